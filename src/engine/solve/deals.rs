//! What packings of the components need with this or that share of the limited bin types.

use std::collections::{BTreeMap, BTreeSet};

use super::effort::limited as effort;
use super::part::Part;
use super::rounds::{Totals, bounds, close, enter};
use super::schedule::parallel;
use super::shares::Wants;
use super::task::Task;
use super::ways::within;
use crate::budget::{Budget, Options, Phase};
use crate::exact::{Choice, choices};
use crate::problem::reduce::{Reduced, Rules, reduce};
use crate::problem::{Problem, Solution};

/// All that was packed.
pub(super) struct Deals<'p> {
    problem: &'p Problem,
    parts: &'p [Part],
    reduced: Vec<Reduced>,
    /// What each component asks for, as far as was learned.
    pub wants: Vec<Wants>,
    /// By component and share.
    packed: Vec<BTreeMap<Vec<u64>, Part>>,
}

impl<'p> Deals<'p> {
    /// Nothing is packed yet.
    pub fn of(problem: &'p Problem, parts: &'p [Part]) -> Self {
        let rules = Rules { max_counts: true, costs: true, merge: true };
        let reduced: Vec<Reduced> = parts.iter().map(|part| reduce(problem, &part.items, rules)).collect();
        let wants = reduced.iter().zip(parts).map(|(reduced, part)| Wants::of(problem, reduced, part.lower)).collect();
        Self { problem, parts, reduced, wants, packed: vec![BTreeMap::new(); parts.len()] }
    }

    /// Packs components with these shares, where that was not done; with attempts at the gaps if `patient`. False where there is
    /// a share that cannot suffice.
    pub fn pack(&mut self, wanted: Vec<(usize, Vec<u64>)>, patient: bool, options: &Options, budget: &Budget) -> bool {
        let missing = |(at, share): &(usize, Vec<u64>)| !self.packed[*at].contains_key(share);
        let wanted: Vec<(usize, Vec<u64>)> = wanted.into_iter().filter(missing).collect();
        let fresh: Option<Vec<Part>> = wanted.iter().map(|(at, share)| self.part(*at, share)).collect();
        let Some(mut fresh) = fresh else { return false };
        bounds(&mut fresh, Totals::Some, options, budget);
        packings(&mut fresh, options, budget);
        if patient && fresh.iter().any(Part::open) {
            budget.within_half_time(budget.left() / 4, |own| close(&mut fresh, Totals::Some, options, own));
        }
        for ((at, share), part) in wanted.into_iter().zip(fresh) {
            self.packed[at].insert(share, part);
        }
        true
    }

    /// Whether sand says nothing against a share.
    pub fn may_suffice(&self, at: usize, share: &[u64]) -> bool {
        self.wants[at].fewest(self.problem, share).is_some()
    }

    /// A component's packing with a share, where there is one.
    pub fn restored(&self, at: usize, share: &[u64]) -> Option<Solution> {
        self.packed[at].get(share)?.restored(self.problem)
    }

    /// Bins of a component's packing with a share.
    fn value(&self, at: usize, share: &[u64]) -> Option<u64> {
        self.packed[at].get(share)?.value()
    }

    /// Bins of all of them.
    pub fn bins(&self, dealt: &[Vec<u64>]) -> Option<u64> {
        dealt.iter().enumerate().map(|(at, share)| self.value(at, share)).sum()
    }

    /// Takes note of what packings need beyond sand. True if some need more than was known.
    pub fn learn(&mut self, dealt: &[Vec<u64>]) -> bool {
        let needed: Vec<Option<u64>> = dealt.iter().enumerate().map(|(at, share)| self.value(at, share)).collect();
        let mut learned = false;
        for ((wants, share), needed) in self.wants.iter_mut().zip(dealt).zip(needed) {
            learned |= needed.is_some_and(|needed| wants.learn(self.problem, share, needed));
        }
        learned
    }

    /// Attempts at the gaps that packings with these shares leave.
    pub fn close(&mut self, dealt: &[Vec<u64>], options: &Options, budget: &Budget) {
        let own: Option<Vec<Part>> =
            dealt.iter().zip(&mut self.packed).map(|(share, packed)| packed.remove(share)).collect();
        let Some(mut own) = own else { return };
        close(&mut own, Totals::Shared, options, budget);
        for ((share, packed), part) in dealt.iter().zip(&mut self.packed).zip(own) {
            packed.insert(share.clone(), part);
        }
    }

    /// The components with their shares.
    pub fn taken(self, dealt: &[Vec<u64>]) -> Option<Vec<Part>> {
        dealt.iter().zip(self.packed).map(|(share, mut packed)| packed.remove(share)).collect()
    }

    /// Packs what is near the shares that are dealt, and none, wherever sand says that it may save a bin; then a linear programme chooses
    /// among all that was packed; and so on from there, while that is better. What one number for each component says
    /// of all its shares is little where items are large and resources many: here each share speaks for itself.
    pub fn try_near(&mut self, dealt: &mut Vec<Vec<u64>>, lower: u64, options: &Options, budget: &Budget) {
        let Some(mut sum) = self.bins(dealt).filter(|_| dealt.len() <= effort::MOST_CHOICES.0) else { return };
        let none = vec![0; self.problem.bins().len()];
        let mut from: Vec<(usize, Vec<u64>)> = dealt.iter().cloned().enumerate().collect();
        from.extend((0..dealt.len()).filter(|&at| self.may_suffice(at, &none)).map(|at| (at, none.clone())));
        let mut left = effort::MOST_TRIED;
        loop {
            self.try_these(&from, options, budget);
            let Some(wanted) = self.wanted(&from, &mut left) else { break };
            self.try_these(&wanted, options, budget);
            let Some(found) = self.choose(budget) else { break };
            match self.bins(&found).filter(|&bins| bins < sum && within(self.problem, &found)) {
                Some(bins) => (sum, *dealt) = (bins, found),
                None => break,
            }
            if sum <= lower || budget.look().is_err() {
                break;
            }
            from = dealt.iter().cloned().enumerate().collect();
        }
    }

    /// Packs components with these shares, some at a time, as long as the budget lasts: each has a packing whatever is left of it, and
    /// hundreds of them take a while.
    fn try_these(&mut self, wanted: &[(usize, Vec<u64>)], options: &Options, budget: &Budget) {
        for some in wanted.chunks(effort::AT_A_TIME) {
            if budget.look().is_err() {
                break;
            }
            self.pack(some.to_vec(), false, options, budget);
        }
    }

    /// What is near these shares, may save a bin and is not packed; `None` where that is nothing, or with more item types than are `left`.
    fn wanted(&self, from: &[(usize, Vec<u64>)], left: &mut usize) -> Option<Vec<(usize, Vec<u64>)>> {
        let mut wanted = BTreeSet::new();
        for (at, share) in from {
            let most = self.value(*at, share).unwrap_or(u64::MAX);
            for share in self.near(*at, share) {
                let may = self.wants[*at].fewest(self.problem, &share).is_some_and(|fewest| fewest < most);
                if may && !self.packed[*at].contains_key(&share) && wanted.insert((*at, share)) {
                    *left = left.checked_sub(self.reduced[*at].items.len())?;
                }
            }
        }
        (!wanted.is_empty()).then(|| wanted.into_iter().collect())
    }

    /// The best of all that was packed, as a linear programme has it.
    fn choose(&self, budget: &Budget) -> Option<Vec<Vec<u64>>> {
        let choice = |(share, part): (&Vec<u64>, &Part)| Some(Choice { units: share.clone(), price: part.value()? });
        let all: Vec<Vec<Choice>> =
            self.packed.iter().map(|packed| packed.iter().filter_map(choice).collect()).collect();
        let most: Vec<Option<u64>> = self.problem.bins().iter().map(|bin| bin.max_count).collect();
        choices(&all, &most, budget)
    }

    /// Shares with one bin of a limited type more, or with one for one of another.
    fn near(&self, at: usize, share: &[u64]) -> Vec<Vec<u64>> {
        let bins = self.problem.bins();
        let types = self.wants[at].types();
        let more = |share: &[u64], bin: usize| {
            let mut share = share.to_vec();
            share[bin] += 1;
            bins[bin].max_count.is_some_and(|most| share[bin] <= most).then_some(share)
        };
        let less = types.iter().filter(|&&bin| share[bin] > 0).map(|&bin| {
            let mut share = share.to_vec();
            share[bin] -= 1;
            share
        });
        let starts: Vec<Vec<u64>> = less.chain([share.to_vec()]).collect();
        starts.iter().flat_map(|start| types.iter().filter_map(|&bin| more(start, bin))).collect()
    }

    /// A component with so many bins of each limited type and no more.
    fn part(&self, at: usize, share: &[u64]) -> Option<Part> {
        let mut reduced = self.reduced[at].clone();
        for (bin, &kind) in reduced.bins.iter().enumerate() {
            reduced.problem.limit(bin, self.problem.bins()[kind].max_count.map(|_| share[kind]));
        }
        let mut part = Part::of(self.parts[at].items.clone(), reduced);
        part.raise(self.wants[at].fewest(self.problem, share)?);
        Some(part)
    }
}

/// Into bins that are all open from the start where these hold many items, and in other ways what is not packed then.
fn packings(parts: &mut [Part], options: &Options, budget: &Budget) {
    enter(Phase::Heuristics, budget);
    parallel(parts, options, budget, Part::open, Part::fill_work, Task::Fill);
    let missing = |part: &Part| part.value().is_none();
    parallel(parts, options, budget, missing, Part::plan_work, Task::Plan);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::BinType;
    use crate::problem::reduce::components;

    #[test]
    fn a_bin_goes_where_a_packing_needs_it() {
        // as sand both fill two small bins and four tenths, and the large one would save either of them a bin
        let mut builder = Problem::builder(1);
        builder.bin(&[10]);
        builder.bin_type(BinType { capacity: vec![14], max_count: Some(1), cost: 0 });
        builder.classes(2);
        // these are alone in a small bin, and two share the large one: three bins instead of four
        builder.item(&[6], 4, 0);
        // and of these two share a small one, and three the large one: three bins in any case
        builder.item(&[4], 6, 1);
        builder.conflict(0, 1);
        let problem = builder.build().unwrap();
        let rules = Rules { max_counts: false, costs: false, merge: true };
        let items = components(&problem);
        assert_eq!(items.len(), 2);
        let parts: Vec<Part> = items.into_iter().map(|items| Part::new(&problem, items, rules)).collect();
        let mut deals = Deals::of(&problem, &parts);
        let (options, budget) = (Options::default(), Budget::of_work(100_000_000));
        let mut dealt = vec![vec![0, 0], vec![0, 1]];
        assert!(deals.pack(dealt.iter().cloned().enumerate().collect(), false, &options, &budget));
        assert_eq!(deals.bins(&dealt), Some(7));
        deals.try_near(&mut dealt, 6, &options, &budget);
        assert_eq!((dealt.clone(), deals.bins(&dealt)), (vec![vec![0, 1], vec![0, 0]], Some(6)));
        let own = deals.taken(&dealt).unwrap();
        assert_eq!(own.iter().map(Part::value).collect::<Vec<_>>(), [Some(3), Some(3)]);
    }
}
