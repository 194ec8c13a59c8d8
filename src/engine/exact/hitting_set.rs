//! Sets that hit every one of a family: the lightest, by a small integer programme, checked in integers.

use std::collections::BTreeSet;

use good_lp::{Expression, Solution as _, SolverModel, Variable, constraint, microlp, variable, variables};

/// So many sets are looked at to show that there is none.
const STEPS: u64 = 1_000_000;
/// After so many it is asked whether it is over.
const LOOK_UP: u64 = 1_000;

/// What a set must hit, and what it must not hold.
#[derive(Clone, Debug, Default)]
pub struct HittingSets {
    /// Weights of the elements, each at least 1.
    weights: Vec<u64>,
    /// Each is to be hit.
    cores: Vec<BTreeSet<usize>>,
    /// None of these is to be held whole.
    found: Vec<BTreeSet<usize>>,
    /// Not these to the letter.
    skipped: Vec<BTreeSet<usize>>,
}

impl HittingSets {
    /// Of elements of these weights.
    pub fn new(weights: Vec<u64>) -> Self {
        Self { weights, ..Self::default() }
    }

    /// A set that is to be hit.
    pub fn hit(&mut self, core: BTreeSet<usize>) {
        self.cores.push(core);
    }

    /// A set that is not to be held whole any more.
    pub fn block(&mut self, found: BTreeSet<usize>) {
        self.found.push(found);
    }

    /// A set that is not the answer.
    pub fn skip(&mut self, set: BTreeSet<usize>) {
        self.skipped.push(set);
    }

    /// Whether a set does as it must.
    fn allows(&self, set: &BTreeSet<usize>) -> bool {
        self.cores.iter().all(|core| !core.is_disjoint(set))
            && !self.found.iter().any(|found| found.is_subset(set))
            && !self.skipped.contains(set)
    }

    /// The lightest set, of equals one with the fewest elements of high number. `None`: there is none, or the solver (in
    /// floating point) found none: what it gives is checked here, that it is the lightest is not.
    pub fn lightest(&self) -> Option<BTreeSet<usize>> {
        let mut all = variables!();
        let taken: Vec<Variable> = self.weights.iter().map(|_| all.add(variable().binary())).collect();
        // elements of low number first: the sum of all of this is below one unit of weight
        let count = taken.len() as f64;
        let weight = |element: usize| self.weights[element] as f64 + element as f64 / (count * count + 1.0);
        let objective: Expression = taken.iter().enumerate().map(|(element, &is)| weight(element) * is).sum();
        let mut model = all.minimise(objective).using(microlp);
        let sum = |set: &BTreeSet<usize>| set.iter().map(|&element| taken[element]).sum::<Expression>();
        for core in &self.cores {
            model = model.with(constraint!(sum(core) >= 1.0));
        }
        for found in &self.found {
            model = model.with(constraint!(sum(found) <= found.len() as f64 - 1.0));
        }
        for set in &self.skipped {
            let others: BTreeSet<usize> = (0..taken.len()).filter(|element| !set.contains(element)).collect();
            model = model.with(constraint!(sum(set) - sum(&others) <= set.len() as f64 - 1.0));
        }
        let solved = model.solve().ok()?;
        let set: BTreeSet<usize> = (0..taken.len()).filter(|&it| solved.value(taken[it]) > 0.5).collect();
        self.allows(&set).then_some(set)
    }

    /// Whether it is shown, in whole numbers, that there is no set: by going through what hits each core in turn. False too where
    /// that takes too long, where it is `over` before, and where some set was skipped. Complexity: exponential, up to a number of steps.
    pub fn none_is_left(&self, over: &dyn Fn() -> bool) -> bool {
        let mut steps = STEPS;
        self.skipped.is_empty() && self.none_beside(&mut BTreeSet::new(), &mut BTreeSet::new(), (&mut steps, over))
    }

    /// The same of sets that hold all of `taken` and nothing of `left`.
    fn none_beside(
        &self,
        taken: &mut BTreeSet<usize>,
        left: &mut BTreeSet<usize>,
        (steps, over): (&mut u64, &dyn Fn() -> bool),
    ) -> bool {
        if *steps == 0 || (*steps).is_multiple_of(LOOK_UP) && over() {
            *steps = 0; // for all that would come
            return false;
        }
        *steps -= 1;
        if self.found.iter().any(|found| found.is_subset(taken)) {
            return true; // and so of every larger set
        }
        let Some(core) = self.cores.iter().find(|core| core.is_disjoint(taken)) else { return false };
        let mut tried = Vec::new();
        let mut none = true;
        let free: Vec<usize> = core.difference(left).copied().collect();
        for element in free {
            taken.insert(element);
            none = self.none_beside(taken, left, (&mut *steps, over));
            taken.remove(&element);
            if !none {
                break;
            }
            left.insert(element);
            tried.push(element);
        }
        tried.iter().for_each(|element| _ = left.remove(element));
        none
    }

    /// What a set weighs.
    pub fn weight(&self, set: &BTreeSet<usize>) -> u64 {
        set.iter().map(|&element| self.weights[element]).fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(lists: &[&[usize]]) -> Vec<BTreeSet<usize>> {
        lists.iter().map(|list| list.iter().copied().collect()).collect()
    }

    /// Every set in order of weight, by the letter.
    fn all(family: &HittingSets) -> Vec<(u64, BTreeSet<usize>)> {
        let count = family.weights.len();
        let set = |bits: u32| (0..count).filter(|it| bits >> it & 1 == 1).collect::<BTreeSet<usize>>();
        let mut found: Vec<_> = (0..1u32 << count).map(set).filter(|set| family.allows(set)).collect();
        found.sort_by_key(|set| family.weight(set));
        found.into_iter().map(|set| (family.weight(&set), set)).collect()
    }

    #[test]
    fn the_lightest_is_found() {
        let mut state = 1u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..300 {
            let count = 1 + next(7) as usize;
            let mut family = HittingSets::new((0..count).map(|_| 1 + next(3)).collect());
            for _ in 0..next(5) {
                let core: BTreeSet<usize> = (0..count).filter(|_| next(2) == 0).collect();
                family.hit(core);
            }
            for _ in 0..next(3) {
                let found: BTreeSet<usize> = (0..count).filter(|_| next(3) == 0).collect();
                family.block(found);
            }
            for _ in 0..next(3) {
                family.skip((0..count).filter(|_| next(3) == 0).collect());
            }
            let least = all(&family).first().map(|(weight, _)| *weight);
            assert_eq!(family.lightest().map(|set| family.weight(&set)), least, "{family:?}");
            let shown = family.skipped.is_empty() && least.is_none();
            assert_eq!(family.none_is_left(&|| false), shown, "{family:?}");
        }
    }

    #[test]
    fn nothing_to_hit_is_hit_by_nothing() {
        let mut family = HittingSets::new(vec![1, 1]);
        assert_eq!(family.lightest(), Some(BTreeSet::new()));
        family.skip(BTreeSet::new());
        assert_eq!(family.lightest().map(|set| set.len()), Some(1));
        for core in sets(&[&[0], &[1]]) {
            family.hit(core);
        }
        assert_eq!(family.lightest(), Some(BTreeSet::from([0, 1])));
        family.hit(BTreeSet::new());
        assert_eq!(family.lightest(), None);
    }
}
