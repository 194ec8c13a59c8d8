//! One of a few choices for each of many, under maximum counts in common, as a linear programme.
//!
//! Whoever has one whole choice in it keeps that, and so does who is nearest to one; the rest is solved again. Nothing that came from here is
//! believed.

use super::float::{NEARLY, to_float};
use super::master::{Master, Outcome, Row, Simplex};
use crate::budget::Budget;

/// What somebody may choose: so many units of each kind, at a price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Units of each kind.
    pub units: Vec<u64>,
    /// What it costs.
    pub price: u64,
}

/// The units of each kind that each takes where all of them together cost little; `most` are the maximum counts of the
/// kinds. `None` where somebody has no choice, the budget ends or rounding errors won. More than there is costs so much a unit that it is
/// chosen only where nothing else is left. At most as many linear programmes as there are who choose: a column a choice, a row for each who
/// chooses and each kind with a maximum.
#[must_use]
pub fn choices(all: &[Vec<Choice>], most: &[Option<u64>], budget: &Budget) -> Option<Vec<Vec<u64>>> {
    let dearest = to_float(all.iter().flatten().map(|choice| choice.price).max()?.max(1));
    let mut left: Vec<(usize, u64)> =
        most.iter().enumerate().filter_map(|(kind, most)| Some((kind, (*most)?))).collect();
    let mut chosen: Vec<Option<&Choice>> = vec![None; all.len()];
    loop {
        let open: Vec<usize> = (0..all.len()).filter(|&who| chosen[who].is_none()).collect();
        if open.is_empty() {
            break;
        }
        let parts = solved(all, &open, &left, dearest, budget)?;
        let whole = |parts: &[f64]| {
            let largest = parts.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
            largest.unwrap_or((0, 0.0))
        };
        let largest: Vec<(usize, f64)> = parts.iter().map(|parts| whole(parts)).collect();
        let nearest = largest.iter().map(|largest| largest.1).fold(0.0, f64::max).min(1.0 - NEARLY);
        let mut some = false;
        for (&who, &(at, part)) in open.iter().zip(&largest) {
            // of those who are not whole, the first alone
            if part >= 1.0 - NEARLY || (part >= nearest && !some) {
                some |= part < 1.0 - NEARLY;
                let choice = &all[who][at];
                left.iter_mut().for_each(|(kind, left)| *left = left.saturating_sub(choice.units[*kind]));
                chosen[who] = Some(choice);
            }
        }
    }
    Some(chosen.into_iter().flatten().map(|choice| choice.units.clone()).collect())
}

/// The units of each kind that each takes on the average in the programme, rounded down: no more than there are, and for whoever has many nearly
/// what is best, whether or not it is a choice. `None` where somebody has no choice, more is wanted than there is, the budget ends or rounding
/// errors won.
#[must_use]
pub fn averages(all: &[Vec<Choice>], most: &[Option<u64>], budget: &Budget) -> Option<Vec<Vec<u64>>> {
    let dearest = to_float(all.iter().flatten().map(|choice| choice.price).max()?.max(1));
    let left: Vec<(usize, u64)> = most.iter().enumerate().filter_map(|(kind, most)| Some((kind, (*most)?))).collect();
    let parts = solved(all, &(0..all.len()).collect::<Vec<_>>(), &left, dearest, budget)?;
    let average = |(choices, parts): (&Vec<Choice>, &Vec<f64>)| -> Vec<u64> {
        let of = |kind: usize| {
            choices.iter().zip(parts).map(|(choice, part)| to_float(choice.units[kind]) * part).sum::<f64>()
        };
        (0..most.len()).map(|kind| (of(kind) + NEARLY).floor() as u64).collect()
    };
    let found: Vec<Vec<u64>> = all.iter().zip(&parts).map(average).collect();
    within(&found, most).then_some(found)
}

/// Whether all together take no more units of each kind than its maximum count.
#[must_use]
pub fn within(taken: &[Vec<u64>], most: &[Option<u64>]) -> bool {
    let used = |kind: usize| taken.iter().map(|units| units[kind]).fold(0, u64::saturating_add);
    most.iter().enumerate().all(|(kind, most)| most.is_none_or(|most| used(kind) <= most))
}

/// The part of each choice of those who are `open`, where the programme's sum is least; so many units are left.
fn solved(
    all: &[Vec<Choice>],
    open: &[usize],
    left: &[(usize, u64)],
    dearest: f64,
    budget: &Budget,
) -> Option<Vec<Vec<f64>>> {
    if open.iter().any(|&who| all[who].is_empty()) {
        return None;
    }
    let limits = left.iter().map(|&(_, most)| Row::at_most(to_float(most.min(1 << 29))));
    let rows: Vec<Row> = open.iter().map(|_| Row::exactly(1.0)).chain(limits).collect();
    let mut master = Simplex::new(&rows, 0).ok()?;
    for (row, &who) in open.iter().enumerate() {
        for choice in &all[who] {
            let units = left.iter().enumerate().filter(|(_, (kind, _))| choice.units[*kind] > 0);
            let units = units.map(|(at, &(kind, _))| (open.len() + at, to_float(choice.units[kind].min(1 << 29))));
            let entries: Vec<(usize, f64)> = std::iter::once((row, 1.0)).chain(units).collect();
            master.add_column(to_float(choice.price) / dearest, &entries).ok()?;
        }
    }
    for row in 0..left.len() {
        master.add_column(2.0, &[(open.len() + row, -1.0)]).ok()?;
    }
    if master.solve(budget).ok()? != Outcome::Optimal {
        return None;
    }
    let mut parts = master.primal().iter().copied();
    Some(open.iter().map(|&who| parts.by_ref().take(all[who].len()).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::random::Random;

    fn solved(all: &[Vec<Choice>], most: &[Option<u64>]) -> Option<Vec<Vec<u64>>> {
        choices(all, most, &Budget::of_work(1_000_000))
    }

    #[test]
    fn who_gains_most_from_what_is_scarce_has_it() {
        let choice = |units: u64, price: u64| Choice { units: vec![units], price };
        // a unit saves the first one bin, the second two, the third three
        let all = [1, 2, 3].map(|saved| vec![choice(0, 5), choice(1, 5 - saved)]).to_vec();
        let units = |units: [u64; 3]| Some(units.map(|units| vec![units]).to_vec());
        assert_eq!(solved(&all, &[None]), units([1, 1, 1]));
        assert_eq!(solved(&all, &[Some(2)]), units([0, 1, 1]));
        assert_eq!(solved(&all, &[Some(0)]), units([0, 0, 0]));
        assert_eq!(solved(&[Vec::new()], &[None]), None);
        // between ten units and none there are some, and neither is what is chosen unless it fits
        assert_eq!(solved(&[vec![choice(0, 10), choice(10, 2)]], &[Some(10)]), Some(vec![vec![10]]));
    }

    #[test]
    fn averages_stay_within_what_there_is_and_lose_less_than_a_unit_each() {
        let mut random = Random::new(3);
        let mut parted = 0;
        for _ in 0..200 {
            let many = random.between(20, 200);
            // without any, or with many that save a little each
            let all: Vec<Vec<Choice>> = (0..random.between(2, 6))
                .map(|_| {
                    let saved = random.between(1, many);
                    let choice = |units: u64, price: u64| Choice { units: vec![units, 1], price };
                    vec![choice(0, 2 * many), choice(many, 2 * many - saved)]
                })
                .collect();
            let most = [Some(random.between(0, 3 * many)), None];
            let budget = Budget::of_work(10_000_000);
            let found = averages(&all, &most, &budget).unwrap();
            let used: u64 = found.iter().map(|units| units[0]).sum();
            let wanted = (all.len() as u64 * many).min(most[0].unwrap());
            assert!(used <= wanted && used + found.len() as u64 > wanted, "{found:?} {most:?}");
            assert!(found.iter().all(|units| units[0] <= many && units[1] == 1), "{found:?}");
            // those who save most have all they can use
            let saved = |at: usize| all[at][0].price - all[at][1].price;
            for (a, b) in (0..all.len()).flat_map(|a| (0..all.len()).map(move |b| (a, b))) {
                assert!(saved(a) <= saved(b) || found[a][0] == many || found[b][0] == 0, "{found:?}");
            }
            parted += usize::from(found.iter().any(|units| !all[0].iter().any(|choice| choice.units == *units)));
        }
        assert!(parted > 50, "{parted}");
        let choice = |units: u64| Choice { units: vec![units], price: 1 };
        // more than there is, and nothing at all
        assert_eq!(averages(&[vec![choice(3)]], &[Some(2)], &Budget::of_work(1_000)), None);
        assert_eq!(averages(&[Vec::new()], &[None], &Budget::of_work(1_000)), None);
    }
}
