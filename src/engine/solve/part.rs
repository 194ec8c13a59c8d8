//! One component on its way to a proven optimum.

use super::effort::fluid::START;
use super::effort::{self, ENUMERATION, FILL, MOST_A_BIN, MOST_TYPES, MOST_TYPES_EVER, QUICK};
use super::fluid;
use super::lift::lift;
use super::sizes;
use crate::bound;
use crate::budget::{Budget, Options, Phase, Step};
use crate::certify::{Claim, Component, Node};
use crate::exact::enumerate::{Aim, enumerate, is_small};
use crate::exact::{self, Closed, Goal, close_gap};
use crate::heuristic::{conflicts_rule, construct, fill};
use crate::problem::reduce::{Reduced, Rules, reduce};
use crate::problem::{MANY_RESOURCES, Pattern, Problem, Solution};

/// A bound that leans on maximum counts, see [`Closed`].
#[derive(Clone, Debug)]
pub(super) struct Charged {
    /// The bound.
    pub lower: u64,
    /// What the nodes prove at the charged prices.
    pub charged: u64,
    /// Charge of a bin is `scale + shared_t`.
    pub scale: u64,
    /// One a bin type of the part.
    pub shared: Vec<u64>,
    /// Charged on top of each bin, where their number is fixed.
    pub offset: i128,
    /// The witness.
    pub nodes: Vec<Node>,
}

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
    /// A bound with its witness under maximum counts, or of the cost.
    pub charge: Option<Charged>,
    /// There is no packing at all, by an exhausted search.
    pub impossible: bool,
    /// The last phase that worked on it.
    pub phase: Phase,
}

impl Part {
    /// The component made of `items`, reduced.
    pub(super) fn new(problem: &Problem, items: Vec<usize>, rules: Rules) -> Self {
        let reduced = reduce(problem, &items, rules);
        Self::of(items, reduced)
    }

    /// The component made of `items`, reduced already.
    pub(super) fn of(items: Vec<usize>, reduced: Reduced) -> Self {
        let (nodes, seen) = (Vec::new(), Vec::new());
        let (solution, charge, impossible, phase) = (None, None, false, Phase::Bounds);
        Self { items, reduced, lower: 0, certified: 0, nodes, solution, seen, charge, impossible, phase }
    }

    /// Bins of the best packing.
    pub(super) fn value(&self) -> Option<u64> {
        self.solution.as_ref().map(Solution::bins)
    }

    /// Nothing is left to find or to prove.
    pub(super) fn closed(&self) -> bool {
        self.impossible || self.value().is_some_and(|bins| bins <= self.lower)
    }

    /// Something is left to find or to prove.
    pub(super) fn open(&self) -> bool {
        !self.closed()
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
        let by_classes = if fluid::suits(&self.reduced.problem) { fluid::bound_work(&self.reduced.problem) } else { 0 };
        effort::bound_work(self.weight()).saturating_add(by_classes)
    }

    /// The combinatorial lower bounds.
    pub(super) fn bounds(&mut self, options: &Options, budget: &Budget) {
        if !options.uses(Step::Bounds) {
            return;
        }
        let problem = &self.reduced.problem;
        let bound = bound::best(problem, &vec![1; problem.bins().len()], budget);
        if bound.value > self.certified || self.nodes.is_empty() {
            (self.certified, self.nodes) = (bound.value, vec![bound.node]);
        }
        if self.suits_fluid(options) {
            // on a busy machine the plan still needs its part of the time
            let (problem, lower) = (&self.reduced.problem, self.certified);
            let found = budget.within_half_time(budget.left(), |own| exact::fluid(problem, lower, options.seed, own));
            if let Some(found) = found {
                (self.certified, self.nodes) = (found.lower, found.nodes);
            }
        }
        self.raise(self.certified);
    }

    /// Work that [`plan`](Self::plan) may take.
    pub(super) fn plan_work(&self) -> u64 {
        let construct = effort::PLAN.1.saturating_mul(self.weight()).saturating_add(effort::PLAN.0);
        let by_classes = if fluid::suits(&self.reduced.problem) { effort::fluid::PLAN } else { 0 };
        construct.saturating_add(self.sizes_work()).saturating_add(by_classes)
    }

    /// The part of it for the sizes, and for a quick packing before.
    fn sizes_work(&self) -> u64 {
        let problem = &self.reduced.problem;
        if sizes::suits(problem) { QUICK.saturating_add(sizes::work(problem, self.lower)) } else { 0 }
    }

    /// The first packings: a quick one, one by way of the sizes, then all of the construction.
    pub(super) fn plan(&mut self, options: &Options, budget: &Budget) {
        let seed = options.seed;
        self.phase = Phase::Heuristics;
        let rest = budget.left().saturating_sub(self.sizes_work());
        let rest = if options.uses(Step::Construction) { rest } else { 0 };
        let by_classes = self.suits_fluid(options);
        let quick = if by_classes { START } else { QUICK };
        if options.uses(Step::Sizes) && sizes::suits(&self.reduced.problem) {
            if self.weight() <= MOST_TYPES_EVER {
                self.construct(seed, quick, budget);
            }
            if self.open() {
                self.sizes(seed, budget);
            }
        }
        if self.open() && by_classes {
            if self.solution.is_none() {
                self.construct(seed, quick, budget);
            }
            self.by_classes(seed, budget);
        } else if self.open() {
            self.construct(seed, rest, budget);
        }
    }

    /// A packing by way of the classes.
    fn by_classes(&mut self, seed: u64, budget: &Budget) {
        let Some(start) = self.solution.as_ref().filter(|_| self.open()) else { return };
        let found = budget
            .within_half_time(budget.left(), |own| fluid::packing(&self.reduced.problem, start, self.lower, seed, own));
        self.offer(found);
    }

    /// Packings by way of the classes, as long as that helps.
    pub(super) fn dive(&mut self, seed: u64, budget: &Budget) {
        let Some(start) = self.solution.as_ref().filter(|_| self.open()) else { return };
        for (guide, eighths) in fluid::guides(&self.reduced.problem, start, self.lower, &self.nodes) {
            let Some(start) = self.solution.as_ref().filter(|_| self.open()) else { return };
            let found = budget.within_eighths(eighths, |own| {
                fluid::fewer(&self.reduced.problem, (start, self.lower), guide, seed, own)
            });
            self.offer(found);
        }
    }

    /// Whether packings and bounds by way of the classes are any use: sand says little of bins that hold a handful.
    pub(super) fn suits_fluid(&self, options: &Options) -> bool {
        let handful = self.lower.max(self.certified).saturating_mul(effort::MANY_A_BIN);
        options.uses(Step::Fluid) && self.reduced.problem.copies() >= handful && fluid::suits(&self.reduced.problem)
    }

    pub(super) fn construct(&mut self, seed: u64, work: u64, budget: &Budget) {
        let found = budget.within(work, |own| construct(&self.reduced.problem, self.lower, seed, own));
        self.seen = found.seen;
        self.offer(found.best);
    }

    /// Work that [`fill`](Self::fill) asks for at first.
    pub(super) fn fill_work(&self) -> u64 {
        self.reduced.problem.copies().saturating_mul(FILL.0).saturating_mul(FILL.1)
    }

    /// As few bins as counting allows, or some more, all open from the start: where bins hold many items. What the budget has
    /// left is divided among so many numbers.
    pub(super) fn fill(&mut self, options: &Options, budget: &Budget) {
        let most = self.value().unwrap_or(self.lower.saturating_add(FILL.1 + 1));
        let numbers = (self.lower.max(1)..most).take(FILL.1 as usize);
        let many = self.reduced.problem.copies() >= most.saturating_mul(effort::MANY_A_BIN);
        if !many || !options.uses(Step::LocalSearch) || budget.look().is_err() {
            return;
        }
        let each = budget.left() / (numbers.clone().count() as u64).max(1);
        for bins in numbers {
            let found = budget.within(each, |own| fill(&self.reduced.problem, bins, options.seed, own));
            if found.is_some() {
                return self.offer(found);
            }
        }
    }

    /// One bin less at a time, all of them open from the start, as long as that succeeds.
    pub(super) fn fewer_open(&mut self, options: &Options, budget: &Budget) {
        if !options.uses(Step::LocalSearch) {
            return;
        }
        while let Some(bins) = self.value().filter(|_| self.open() && budget.look().is_ok()) {
            // the last that there is to find gets all that is left
            let work = if bins - 1 == self.lower { budget.left() } else { budget.left() / 2 };
            let found = budget.within(work, |own| fill(&self.reduced.problem, bins - 1, options.seed, own));
            if found.is_none() {
                return;
            }
            self.offer(found);
        }
    }

    /// Bound and packing by way of the sizes alone, where many classes draw from few sizes.
    fn sizes(&mut self, seed: u64, budget: &Budget) {
        let problem = &self.reduced.problem;
        let Some(found) = sizes::by_sizes(problem, self.lower, seed, budget) else { return };
        if found.lower > self.certified {
            (self.certified, self.nodes) = (found.lower, vec![found.node]);
        }
        self.raise(self.certified);
        self.offer(found.solution);
    }

    /// Whether column generation is any use: few enough types, and few enough of them in a bin.
    pub(super) fn suits_columns(&self) -> bool {
        let copies = self.reduced.problem.copies();
        self.weight() <= MOST_TYPES && copies <= self.lower.saturating_mul(MOST_A_BIN)
    }

    /// Column generation, dives, branch and price; the witness too, where something else closed the gap.
    pub(super) fn columns(&mut self, options: &Options, budget: &Budget) {
        let wanted = options.uses(Step::Columns) && budget.look().is_ok();
        let Some(start) = self.solution.clone().filter(|_| wanted) else { return };
        let problem = &self.reduced.problem;
        let known = self.closed();
        let lower = if known { self.certified } else { self.lower };
        let closed = close_gap(problem, &Goal::count(problem), &start, &self.seen, lower, options, budget);
        if !known {
            self.phase = closed.phase;
        }
        self.raise(closed.lower);
        if !closed.columns.is_empty() {
            self.seen.clone_from(&closed.columns);
        }
        let plain = closed.scale == 1 && closed.offset == 0 && closed.shared.iter().all(|&shared| shared == 0);
        if plain && !closed.nodes.is_empty() && closed.lower > self.certified {
            (self.certified, self.nodes) = (closed.lower, closed.nodes);
        } else if !plain && !closed.nodes.is_empty() {
            let Closed { lower, charged, scale, shared, offset, nodes, .. } = closed;
            self.charge = Some(Charged { lower, charged, scale, shared, offset, nodes });
        }
        self.offer(closed.solution);
    }

    /// Whether bins hold so many items that ejection finds more than what is meant for few.
    pub(super) fn many_a_bin(&self) -> bool {
        self.value().is_some_and(|bins| self.reduced.problem.copies() >= bins.saturating_mul(effort::MANY_A_BIN))
    }

    /// Whether there are so many resources, for bins of a few items, that no single one says what goes together.
    pub(super) fn many_resources(&self) -> bool {
        let problem = &self.reduced.problem;
        problem.dimensions() >= MANY_RESOURCES
            && self.value().is_some_and(|bins| problem.copies() <= bins.saturating_mul(effort::FEW_A_BIN))
    }

    /// Whether the best packing has so many more bins than the sizes need that conflicts must be the reason.
    pub(super) fn conflicts_rule(&self) -> bool {
        self.value().is_some_and(|bins| conflicts_rule(&self.reduced.problem, bins))
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
        if !is_small(&self.reduced.problem) || budget.look().is_err() {
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

    /// The witness in the indices of the whole problem; where it cannot be said there, the one that proves nothing.
    pub(super) fn component(&self, problem: &Problem, prices: &[u64]) -> Component {
        match lift(problem, &self.items, &self.reduced, prices, &self.nodes) {
            Some(nodes) => Component { items: self.items.clone(), bound: self.certified, nodes },
            None => Component { items: self.items.clone(), bound: 0, nodes: vec![nothing(self.items.len())] },
        }
    }

    /// The claim on the whole problem of a part that is the whole problem, where maximum counts were priced.
    pub(super) fn claim(&self, problem: &Problem) -> Option<Claim> {
        let charge = self.charge.as_ref()?;
        let shared = map_shared(problem, &self.reduced, &charge.shared);
        let prices: Vec<u64> = shared.iter().map(|&price| price.saturating_add(charge.scale)).collect();
        let nodes = lift(problem, &self.items, &self.reduced, &prices, &charge.nodes)?;
        let components = vec![Component { items: self.items.clone(), bound: charge.charged, nodes }];
        let claim = Claim { scale: charge.scale, shared, components, ..Claim::default() };
        let bound = bound::proven(problem, &claim, 0)?.min(charge.lower);
        Some(Claim { bound, ..claim })
    }
}

/// Shared prices of a part's bin types for all bin types; those that the part dropped have none.
pub(super) fn map_shared(problem: &Problem, reduced: &Reduced, shared: &[u64]) -> Vec<u64> {
    let mut all = vec![0; problem.bins().len()];
    reduced.bins.iter().zip(shared).for_each(|(&bin, &price)| all[bin] = price);
    all
}

/// The leaf that proves nothing.
fn nothing(items: usize) -> Node {
    Node::Weights { weights: vec![0; items], capacity: 1 }
}
