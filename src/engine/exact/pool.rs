//! The pool: every bin that a solution with few bins may hold, by reduced cost.
//!
//! Let no feasible bin weigh more than `capacity`. A solution with at most `target` bins, one of which weighs `w`, weighs
//! at most `capacity * (target - 1) + w`. So all of its bins weigh at least what all items weigh less `capacity *
//! (target - 1)`. Where the relaxation is worth hardly less than `target`, that leaves a few thousand bins, which can be
//! enumerated once and for all (Baldacci, Christofides & Mingozzi 2008, section 5).

use crate::budget::{Budget, Stop};
use crate::certify::Node;
use crate::pricing::{Case, Content, Pricer};

use super::effort::pool::{MOST, WORK};
use super::float::to_float;

/// Weights and what they leave out.
#[derive(Clone, Debug)]
pub(super) struct Exclusion {
    /// Of each item.
    pub weights: Vec<u64>,
    /// No feasible bin weighs more.
    capacity: u64,
    /// A bin below this is in no solution with few enough bins.
    least: u64,
}

/// The weight of the heaviest bin after scaling: fine enough to lose nothing, coarse enough to be read.
const CAPACITY: u64 = 1 << 24;

impl Exclusion {
    /// What these weights, of which no bin holds more than `heaviest`, say of the solutions with at most `target` bins.
    /// `None` where they exclude nothing.
    pub fn new(weights: &[u64], demand: &[u64], heaviest: u64, target: u64) -> Option<Self> {
        let scaled =
            |&weight: &u64| u64::try_from(u128::from(weight) * u128::from(CAPACITY) / u128::from(heaviest.max(1))).ok();
        let weights: Vec<u64> = weights.iter().map(scaled).collect::<Option<_>>()?;
        Self::exactly(weights, demand, CAPACITY, target)
    }

    /// The same as the weights stand, where their last digits matter.
    pub fn exactly(weights: Vec<u64>, demand: &[u64], heaviest: u64, target: u64) -> Option<Self> {
        let total: u128 =
            weights.iter().zip(demand).map(|(&weight, &copies)| u128::from(weight) * u128::from(copies)).sum();
        let least = total.checked_sub(u128::from(heaviest) * u128::from(target.saturating_sub(1)))?;
        let least = u64::try_from(least).ok().filter(|&least| least > 0)?;
        Some(Self { weights, capacity: heaviest, least })
    }

    /// A bin below this is in no solution with few enough bins.
    pub fn least(&self) -> u64 {
        self.least
    }

    /// Whether no solution with few enough bins holds this one.
    pub fn excludes(&self, bin: &[usize]) -> bool {
        bin.iter().map(|&item| self.weights[item]).sum::<u64>() < self.least
    }

    /// The share of a bin that is to spare: 1 where nothing is known of a bin.
    pub fn spare(&self) -> f64 {
        1.0 - to_float(self.least) / to_float(self.capacity)
    }

    /// The node of the certificate above that of what is left, by weights of the items of its case.
    pub fn node(&self, weights: Vec<u64>, below: usize) -> Node {
        Node::Exclude { weights, capacity: self.capacity, below }
    }
}

/// All feasible bins that the weights do not exclude, each ascending, an item once for each copy; `None` where they are too many, or
/// too hard to find.
///
/// # Errors
/// [`Stop`] when the budget is used up.
pub(super) fn enumerate(
    case: &Case,
    pricer: &mut Pricer,
    exclusion: &Exclusion,
    budget: &Budget,
) -> Result<Option<Vec<Vec<usize>>>, Stop> {
    let bins = budget
        .within(WORK, |own| pricer.all(&exclusion.weights, case.demand(), exclusion.least, MOST, own))
        .unwrap_or(None);
    budget.look()?;
    Ok(bins.map(|bins| bins.iter().map(one_by_one).collect()))
}

/// An item once for each copy.
pub(super) fn one_by_one(bin: &Content) -> Vec<usize> {
    bin.iter().flat_map(|&(item, copies)| (0..copies).map(move |_| item)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Options, Silent};
    use crate::pricing::tests::random_problem;
    use crate::problem::random::Random;

    #[test]
    fn enumerates_the_heavy_bins_and_no_others() {
        let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
        let mut random = Random::new(41);
        let (mut kept, mut left_out) = (0, 0);
        for _ in 0..2_000 {
            let problem = random_problem(&mut random, 8, 3, 1);
            let case = Case::new(&problem);
            let weights: Vec<u64> = (0..case.len()).map(|_| random.below(100)).collect();
            let feasible = |set: u32| -> Option<Vec<usize>> {
                let items: Vec<usize> = (0..case.len()).filter(|item| set >> item & 1 == 1).collect();
                let fits = (0..case.dimensions())
                    .all(|q| items.iter().map(|&item| case.size(item)[q]).sum::<u64>() <= case.bins()[0].capacity[q]);
                let apart = |&a: &usize| items.iter().all(|&b| a == b || !case.conflicts(a).contains(b));
                let eligible = items.iter().all(|&item| problem.items()[item].eligible.contains(0));
                (!items.is_empty() && fits && eligible && items.iter().all(apart)).then_some(items)
            };
            let all: Vec<Vec<usize>> = (1..1u32 << case.len()).filter_map(feasible).collect();
            let weight = |bin: &Vec<usize>| bin.iter().map(|&item| weights[item]).sum::<u64>();
            let heaviest = all.iter().map(weight).max().unwrap_or(0);
            let Some(exclusion) = Exclusion::new(&weights, case.demand(), heaviest, 1 + random.below(4)) else {
                continue;
            };
            let count = all.len();
            let mut expected: Vec<Vec<usize>> = all.into_iter().filter(|bin| !exclusion.excludes(bin)).collect();
            left_out += count - expected.len();
            let mut pricer = Pricer::new(&case, 0);
            let mut found = enumerate(&case, &mut pricer, &exclusion, &budget).unwrap().unwrap();
            expected.sort();
            found.sort();
            kept += found.len();
            assert_eq!(found, expected);
        }
        assert!(kept > 1_000 && left_out > 1_000, "{kept} {left_out}");
    }
}
