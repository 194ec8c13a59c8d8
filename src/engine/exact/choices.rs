//! One of a few choices for each of many, under maximum counts in common, as a linear programme.
//!
//! In a basic solution no more choose several than there are maximum counts, and what is between their choices, cut off to whole units, is
//! where a search in whole numbers begins. Nothing that came from here is believed.

use super::float::{NEARLY, to_float, to_integer};
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

/// The units of each kind that each takes where all of them together cost the least; `most` are the maximum counts of the
/// kinds. `None` where somebody has no choice, the budget ends or rounding errors won. More than there is costs so much a unit that it is
/// chosen only where nothing else is left. One linear programme: a column a choice, a row for each who chooses and each kind with a maximum.
#[must_use]
pub fn choices(all: &[Vec<Choice>], most: &[Option<u64>], budget: &Budget) -> Option<Vec<Vec<u64>>> {
    if all.iter().any(Vec::is_empty) {
        return None;
    }
    let dearest = to_float(all.iter().flatten().map(|choice| choice.price).max()?.max(1));
    let limited: Vec<(usize, u64)> =
        most.iter().enumerate().filter_map(|(kind, most)| Some((kind, (*most)?))).collect();
    let limits = limited.iter().map(|&(_, most)| Row::at_most(to_float(most.min(1 << 29))));
    let rows: Vec<Row> = all.iter().map(|_| Row::exactly(1.0)).chain(limits).collect();
    let mut master = Simplex::new(&rows, 0).ok()?;
    for (who, own) in all.iter().enumerate() {
        for choice in own {
            let units = limited.iter().enumerate().filter(|(_, (kind, _))| choice.units[*kind] > 0);
            let units = units.map(|(row, &(kind, _))| (all.len() + row, to_float(choice.units[kind])));
            let entries: Vec<(usize, f64)> = std::iter::once((who, 1.0)).chain(units).collect();
            master.add_column(to_float(choice.price) / dearest, &entries).ok()?;
        }
    }
    for row in 0..limited.len() {
        master.add_column(2.0, &[(all.len() + row, -1.0)]).ok()?;
    }
    if master.solve(budget).ok()? != Outcome::Optimal {
        return None;
    }
    let mut parts = master.primal().iter();
    let mut units = |own: &Vec<Choice>| -> Vec<u64> {
        let parts: Vec<f64> = parts.by_ref().take(own.len()).copied().collect();
        let sum = |kind: usize| -> f64 {
            own.iter().zip(&parts).map(|(choice, part)| to_float(choice.units[kind]) * part).sum()
        };
        // what is whole but for an error of rounding is not cut
        (0..most.len()).map(|kind| to_integer(sum(kind) + NEARLY)).collect()
    };
    Some(all.iter().map(&mut units).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

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
        // between ten units and none there are some
        assert_eq!(solved(&[vec![choice(0, 10), choice(10, 2)]], &[Some(7)]), Some(vec![vec![7]]));
    }
}
