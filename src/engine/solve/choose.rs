//! One of a few choices for each of many, within maximum counts in common.
//!
//! A knapsack with multiple choices and few rows. At prices on what is limited each chooses alone (Everett 1963), and subgradients find
//! the prices; whoever loses least by it gives back what is asked for too much, what is left goes to whoever gains most, and pairs
//! change their minds together. Some attempts from prices near these end on other sides of the ties.

use std::collections::BTreeMap;

use super::effort::choose as effort;
use crate::budget::Budget;
use crate::exact::Choice;
use crate::problem::random::Random;

/// The place of each one's choice among its own; all of them together cost little, and take no more than `most` of each kind wherever
/// such choices were found. What costs no more than `enough` is not bettered. `None` where somebody has no choice.
/// Complexity: in each attempt all choices once a change, and the pairs of different changes.
pub(super) fn choose(
    all: &[Vec<Choice>],
    most: &[Option<u64>],
    enough: u64,
    seed: u64,
    budget: &Budget,
) -> Option<Vec<usize>> {
    if all.iter().any(Vec::is_empty) {
        return None;
    }
    let mut chosen = Chosen { all, most, prices: vec![0.0; most.len()], at: Vec::new(), counts: Vec::new() };
    let prices = chosen.priced(budget);
    let mut random = Random::new(seed);
    let mut least: Option<((u64, u64), Vec<usize>)> = None;
    for attempt in 0..effort::ATTEMPTS {
        let mut near = |price: &f64| price * (1.0 + effort::NEAR * (random.below(2001) as f64 / 1000.0 - 1.0));
        chosen.prices = if attempt == 0 { prices.clone() } else { prices.iter().map(&mut near).collect() };
        chosen.cheapest();
        while budget.spend(chosen.size()).is_ok() && (chosen.changed() || chosen.exchanged(budget)) {}
        let found = (chosen.over(|_| 0), chosen.price());
        if least.as_ref().is_none_or(|(least, _)| found < *least) {
            least = Some((found, chosen.at.clone()));
        }
        if budget.look().is_err() || least.as_ref().is_some_and(|(least, _)| *least <= (0, enough)) {
            break;
        }
    }
    Some(least?.1)
}

/// The place of each one's choice among its own, from choices that are nearly as cheap as may be and perhaps take a little too much: what is too much is
/// given back where that costs least, then some change their minds as long as that saves something. `None` where somebody has no such choice.
/// Complexity: all choices once a change, and the pairs of different changes.
pub(super) fn mended(
    all: &[Vec<Choice>],
    most: &[Option<u64>],
    from: &[Vec<u64>],
    budget: &Budget,
) -> Option<Vec<usize>> {
    let mut chosen = Chosen { all, most, prices: vec![0.0; most.len()], at: Vec::new(), counts: Vec::new() };
    chosen.prices = chosen.priced(budget);
    let place = |(own, units): (&Vec<Choice>, &Vec<u64>)| own.iter().position(|choice| choice.units == *units);
    let at: Vec<usize> = all.iter().zip(from).map(place).collect::<Option<_>>()?;
    chosen.cheapest();
    at.into_iter().enumerate().for_each(|(part, at)| chosen.set(part, at));
    while budget.spend(chosen.size()).is_ok() && (chosen.changed() || chosen.exchanged(budget)) {}
    Some(chosen.at)
}

struct Chosen<'a> {
    all: &'a [Vec<Choice>],
    most: &'a [Option<u64>],
    /// Of a unit of each kind.
    prices: Vec<f64>,
    /// What each chooses, and the units of all.
    at: Vec<usize>,
    counts: Vec<u64>,
}

impl Chosen<'_> {
    /// Numbers in all choices.
    fn size(&self) -> u64 {
        (self.all.iter().map(Vec::len).sum::<usize>() * (self.most.len() + 1)) as u64
    }

    /// The prices at which choices within the maximum counts are shown to cost the most, as far as subgradients find them.
    fn priced(&mut self, budget: &Budget) -> Vec<f64> {
        let mut best = (f64::NEG_INFINITY, self.prices.clone());
        for round in 0..effort::ROUNDS {
            self.cheapest();
            let own: f64 = self.all.iter().zip(&self.at).map(|(own, &at)| self.cost(&own[at])).sum();
            let limits = self.most.iter().zip(&self.prices);
            let value = own - limits.map(|(most, price)| most.unwrap_or(0) as f64 * price).sum::<f64>();
            if value > best.0 {
                best = (value, self.prices.clone());
            }
            let length = effort::STEP / (1.0 + round as f64 / effort::SLOWER);
            if budget.spend(self.size()).is_err() || !self.step(length) {
                break;
            }
        }
        best.1
    }

    /// What a choice costs with its units at their prices.
    fn cost(&self, choice: &Choice) -> f64 {
        self.worth(choice) + choice.price as f64
    }

    /// What its units are worth.
    fn worth(&self, choice: &Choice) -> f64 {
        choice.units.iter().zip(&self.prices).map(|(&units, price)| units as f64 * price).sum()
    }

    /// What all choices cost.
    fn price(&self) -> u64 {
        self.all.iter().zip(&self.at).fold(0, |sum: u64, (own, &at)| sum.saturating_add(own[at].price))
    }

    /// Everybody's cheapest choice at these prices.
    fn cheapest(&mut self) {
        let best = |own: &Vec<Choice>| {
            (0..own.len()).min_by(|&a, &b| self.cost(&own[a]).total_cmp(&self.cost(&own[b]))).unwrap_or(0)
        };
        self.at = self.all.iter().map(best).collect();
        self.counts = vec![0; self.most.len()];
        for (own, &at) in self.all.iter().zip(&self.at) {
            self.counts.iter_mut().zip(&own[at].units).for_each(|(count, units)| *count += units);
        }
    }

    /// The prices a step towards what is asked for too much; false where nothing would change.
    fn step(&mut self, length: f64) -> bool {
        let mut moved = false;
        for ((price, &count), most) in self.prices.iter_mut().zip(&self.counts).zip(self.most) {
            let Some(most) = *most else { continue };
            let over = (count as f64 - most as f64) / most.max(1) as f64;
            let next = (*price + length * over).max(0.0);
            moved |= next.total_cmp(price).is_ne();
            *price = next;
        }
        moved
    }

    /// Units beyond the maximum counts, with so many more of each kind.
    fn over(&self, more: impl Fn(usize) -> i64) -> u64 {
        let over = |(kind, most): (usize, &Option<u64>)| {
            most.map_or(0, |most| self.counts[kind].saturating_add_signed(more(kind)).saturating_sub(most))
        };
        self.most.iter().enumerate().map(over).sum()
    }

    /// The change that takes away most of what is too much for what it costs; where nothing is, the one that stays so and saves
    /// most for what its units are worth.
    fn changed(&mut self) -> bool {
        let over = self.over(|_| 0);
        let mut best: Option<(f64, usize, usize)> = None;
        for (part, own) in self.all.iter().enumerate() {
            let now = &own[self.at[part]];
            for (at, then) in own.iter().enumerate() {
                if over == 0 && then.price >= now.price {
                    continue;
                }
                let left = self.over(|kind| change(now.units[kind], then.units[kind]));
                let gain = if over > 0 && left < over {
                    (self.cost(now) - self.cost(then)) / (over - left) as f64
                } else if over == 0 && left == 0 {
                    (now.price - then.price) as f64 / (self.worth(then) - self.worth(now)).max(effort::NOTHING)
                } else {
                    continue;
                };
                if best.is_none_or(|(most, ..)| gain > most) {
                    best = Some((gain, part, at));
                }
            }
        }
        let Some((_, part, at)) = best else { return false };
        self.set(part, at);
        true
    }

    /// Two changes at once that together cost less within the maximum counts; false where there are none.
    fn exchanged(&mut self, budget: &Budget) -> bool {
        // for each different change two who could make it
        let mut changes: BTreeMap<Change, Vec<(usize, usize)>> = BTreeMap::new();
        for (part, own) in self.all.iter().enumerate() {
            let now = &own[self.at[part]];
            for (at, then) in own.iter().enumerate().filter(|(at, _)| *at != self.at[part]) {
                let units = now.units.iter().zip(&then.units).map(|(&now, &then)| change(now, then)).collect();
                let who = changes.entry(Change { price: change(now.price, then.price), units }).or_default();
                if who.len() < 2 && who.iter().all(|&(other, _)| other != part) {
                    who.push((part, at));
                }
            }
        }
        let changes: Vec<_> = changes.into_iter().take(effort::MOST_CHANGES).collect();
        // the one of the two that saves comes first
        for (at, (less, first)) in changes.iter().enumerate().take_while(|(_, (less, _))| less.price < 0) {
            if budget.spend((changes.len() * self.most.len()) as u64).is_err() {
                return false;
            }
            let saves = |(more, _): &&(Change, _)| less.price.saturating_add(more.price) < 0;
            let fits =
                |(more, _): &&(Change, _)| self.over(|kind| less.units[kind].saturating_add(more.units[kind])) == 0;
            let seconds = changes[at..].iter().take_while(saves).filter(fits).flat_map(|(_, second)| second);
            let mut pairs = seconds.flat_map(|&other| first.iter().map(move |&one| (one, other)));
            if let Some((one, other)) = pairs.find(|(one, other)| one.0 != other.0) {
                self.set(one.0, one.1);
                self.set(other.0, other.1);
                return true;
            }
        }
        false
    }

    /// Somebody's choice.
    fn set(&mut self, part: usize, at: usize) {
        let (now, then) = (&self.all[part][self.at[part]], &self.all[part][at]);
        for ((count, less), more) in self.counts.iter_mut().zip(&now.units).zip(&then.units) {
            *count = *count - less + more;
        }
        self.at[part] = at;
    }
}

/// What changes where somebody chooses something else; the one that saves most comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    price: i64,
    units: Vec<i64>,
}

/// From one number to another.
fn change(now: u64, then: u64) -> i64 {
    i64::try_from(i128::from(then) - i128::from(now)).unwrap_or(if then > now { i64::MAX } else { i64::MIN })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(all: &[Vec<Choice>], most: &[Option<u64>]) -> Option<Vec<usize>> {
        choose(all, most, 0, 1, &Budget::of_work(100_000_000))
    }

    #[test]
    fn who_gains_most_from_what_is_scarce_has_it() {
        let choice = |units: u64, price: u64| Choice { units: vec![units], price };
        // a unit saves the first one bin, the second two, the third three
        let all = [1, 2, 3].map(|saved| vec![choice(0, 5), choice(1, 5 - saved)]).to_vec();
        assert_eq!(chosen(&all, &[None]), Some(vec![1, 1, 1]));
        assert_eq!(chosen(&all, &[Some(2)]), Some(vec![0, 1, 1]));
        assert_eq!(chosen(&all, &[Some(0)]), Some(vec![0, 0, 0]));
        assert_eq!(chosen(&[Vec::new()], &[None]), None);
        // there is no other choice than too much
        assert_eq!(chosen(&[vec![choice(3, 5)]], &[Some(1)]), Some(vec![0]));
    }

    #[test]
    fn all_choices_gone_through_are_seldom_better() {
        let mut random = Random::new(7);
        let (mut best, mut all_of_them) = (0, 0);
        for _ in 0..300 {
            let choice = |random: &mut Random| Choice {
                units: (0..2).map(|_| random.below(4)).collect(),
                price: random.between(1, 9),
            };
            let all: Vec<Vec<Choice>> =
                (0..5).map(|_| (0..random.between(1, 4)).map(|_| choice(&mut random)).collect()).collect();
            let most = [Some(random.between(2, 12)), Some(random.between(2, 12))];
            let judged = |at: &[usize]| -> (u64, u64) {
                let own = || all.iter().zip(at).map(|(own, &at)| &own[at]);
                let over = |kind: usize| {
                    own().map(|choice| choice.units[kind]).sum::<u64>().saturating_sub(most[kind].unwrap_or(u64::MAX))
                };
                (over(0) + over(1), own().map(|choice| choice.price).sum())
            };
            let mut every = vec![Vec::new()];
            for own in &all {
                let longer =
                    |at: &Vec<usize>| (0..own.len()).map(|one| [at.as_slice(), &[one]].concat()).collect::<Vec<_>>();
                every = every.iter().flat_map(longer).collect();
            }
            let least = every.iter().map(|at| judged(at)).min().unwrap();
            let found = judged(&chosen(&all, &most).unwrap());
            assert!(found >= least);
            if least.0 == 0 {
                all_of_them += 1;
                best += usize::from(found == least);
            }
        }
        assert!(all_of_them > 100 && best * 100 >= all_of_them * 95, "{best} of {all_of_them}");
    }

    #[test]
    fn what_is_too_much_is_given_back_and_nothing_is_lost() {
        let mut random = Random::new(12);
        let (mut legal, mut best) = (0, 0);
        for _ in 0..300 {
            let choice =
                |random: &mut Random, units: u64| Choice { units: vec![units, 1], price: random.between(1, 9) };
            // whoever takes nothing pays ten
            let all: Vec<Vec<Choice>> = (0..5)
                .map(|_| {
                    let some = (1..random.between(2, 5)).map(|units| choice(&mut random, units));
                    some.chain([Choice { units: vec![0, 1], price: 10 }]).collect()
                })
                .collect();
            let most = [Some(random.between(0, 9)), Some(5)];
            let from: Vec<Vec<u64>> = all.iter().map(|own| own[random.index(own.len())].units.clone()).collect();
            let found = mended(&all, &most, &from, &Budget::of_work(10_000_000)).unwrap();
            let own = || all.iter().zip(&found).map(|(own, &at)| &own[at]);
            assert!(own().map(|choice| choice.units[0]).sum::<u64>() <= most[0].unwrap(), "{all:?} {found:?}");
            let price = |units: &[Vec<u64>]| -> u64 {
                let one =
                    |(own, units): (&Vec<Choice>, &Vec<u64>)| own.iter().find(|it| it.units == *units).unwrap().price;
                all.iter().zip(units).map(one).sum()
            };
            let now: u64 = own().map(|choice| choice.price).sum();
            if from.iter().map(|units| units[0]).sum::<u64>() <= most[0].unwrap() {
                legal += 1;
                assert!(now <= price(&from));
            }
            let searched = chosen(&all, &most).unwrap();
            let other: u64 = all.iter().zip(&searched).map(|(own, &at)| own[at].price).sum();
            best += usize::from(now <= other);
        }
        assert!(legal > 30 && best > 200, "{legal} {best}");
        let choice = |units: u64| Choice { units: vec![units], price: 1 };
        assert_eq!(mended(&[vec![choice(1)]], &[None], &[vec![2]], &Budget::of_work(1_000)), None);
    }
}
