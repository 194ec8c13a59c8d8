//! One component on its way to a proven optimum.

use crate::bound;
use crate::budget::{Budget, Phase};
use crate::certify::{Component, Node};
use crate::exact::enumerate::{Aim, enumerate, is_small};
use crate::problem::reduce::{Reduced, Rules, reduce};
use crate::problem::{Pattern, Problem, Solution};

use super::first_fit::first_fit;

/// Work for the bounds of a component: some steps an item type, and enough for a small graph's cliques.
const BOUND_STEPS: u64 = 3_000;
/// Work for an exhaustive search before something cleverer gets its turn.
const ENUMERATION: u64 = 20_000_000;

/// What is known about one component (or about the whole problem, where maximum counts join everything).
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Item types of the whole problem, ascending.
    pub items: Vec<usize>,
    /// The component itself, in its own indices.
    pub reduced: Reduced,
    /// No packing of it has fewer bins.
    pub lower: u64,
    /// The bound that `nodes` prove; at most `lower`.
    pub certified: u64,
    /// Witness of `certified`, in the component's own indices.
    pub nodes: Vec<Node>,
    /// The best packing so far, in the component's own indices.
    pub solution: Option<Solution>,
    /// Bins of good packings, for column generation to start from.
    pub seen: Vec<Pattern>,
    /// There is no packing at all, by an exhausted search.
    pub impossible: bool,
    /// The last phase that worked on it.
    pub phase: Phase,
}

impl Part {
    /// The component made of `items`, reduced.
    pub(super) fn new(problem: &Problem, items: Vec<usize>, rules: Rules) -> Self {
        let reduced = reduce(problem, &items, rules);
        let (nodes, seen) = (Vec::new(), Vec::new());
        let (solution, impossible, phase) = (None, false, Phase::Bounds);
        Self { items, reduced, lower: 0, certified: 0, nodes, solution, seen, impossible, phase }
    }

    /// Bins of the best packing.
    pub(super) fn value(&self) -> Option<u64> {
        self.solution.as_ref().map(Solution::bins)
    }

    /// Nothing is left to find or to prove.
    pub(super) fn closed(&self) -> bool {
        self.impossible || self.value().is_some_and(|bins| bins <= self.lower)
    }

    /// Size, for the order in which components are worked on and for shares of the work.
    pub(super) fn weight(&self) -> u64 {
        self.reduced.problem.items().len() as u64
    }

    /// Raises the lower bound where a search says more than the witness can.
    pub(super) fn raise(&mut self, lower: u64) {
        self.lower = self.lower.max(lower);
    }

    /// Work that [`bounds`](Self::bounds) may take.
    pub(super) fn bound_work(&self) -> u64 {
        2_000_000 + BOUND_STEPS * self.weight()
    }

    /// The combinatorial lower bounds.
    pub(super) fn bounds(&mut self, budget: &Budget) {
        let problem = &self.reduced.problem;
        let bound = bound::best(problem, &vec![1; problem.bins().len()], budget);
        if bound.value > self.certified || self.nodes.is_empty() {
            (self.certified, self.nodes) = (bound.value, vec![bound.node]);
        }
        self.raise(self.certified);
    }

    /// Work that [`plan`](Self::plan) may take.
    pub(super) fn plan_work(&self) -> u64 {
        u64::MAX
    }

    /// The first packings.
    pub(super) fn plan(&mut self, budget: &Budget) {
        self.phase = Phase::Heuristics;
        let found = first_fit(&self.reduced.problem, budget);
        self.offer(found);
    }

    /// Keeps a packing if it is legal and better.
    pub(super) fn offer(&mut self, found: Option<Solution>) {
        let Some(found) = found else { return };
        let better = self.value().is_none_or(|bins| found.bins() < bins);
        if better && found.check(&self.reduced.problem).is_ok() {
            self.solution = Some(found);
        }
    }

    /// Work that [`enumerate`](Self::enumerate) may take.
    pub(super) fn enumeration_work(&self) -> u64 {
        if is_small(&self.reduced.problem) { ENUMERATION } else { 0 }
    }

    /// The exhaustive search, for small components.
    pub(super) fn enumerate(&mut self, budget: &Budget) {
        if !is_small(&self.reduced.problem) {
            return;
        }
        self.phase = Phase::Enumeration;
        let aim = Aim { bins: self.lower, cost: None };
        let found = enumerate(&self.reduced.problem, aim, self.solution.as_ref(), budget);
        self.offer(found.better);
        if found.complete {
            match self.value() {
                Some(bins) => self.raise(bins),
                None => self.impossible = true,
            }
        }
    }

    /// The packing in the indices of the whole problem.
    pub(super) fn restored(&self, problem: &Problem) -> Option<Solution> {
        Some(self.reduced.restore(problem, self.solution.as_ref()?))
    }

    /// The witness in the indices of the whole problem.
    pub(super) fn component(&self, problem: &Problem, prices: &[u64]) -> Component {
        let nodes = super::lift::lift(problem, &self.items, &self.reduced, prices, &self.nodes);
        Component { items: self.items.clone(), bound: self.certified, nodes }
    }
}
