//! Branch and price for one component: the optimum, or the best bound and solution within the budget.

use std::collections::BinaryHeap;
use std::rc::Rc;

use rustc_hash::FxHashSet;

use crate::budget::{Budget, Event, Options, Phase, Step, Stop};
use crate::certify::Node;
use crate::pricing::{Case, Pricer, extend};
use crate::problem::{Pattern, Problem, Solution};

use super::charge::Charge;
use super::column_generation::{End, Relaxation, Until};
use super::columns::{Column, Coupling};
use super::dive::Start;
use super::effort::branch_and_price::{CANDIDATES, MOMENT, RAISE, RELAXATION};
use super::farley::Witness;
use super::float::{to_float, to_integer};
use super::goal::{Closed, Goal};
use super::ryan_foster::{Decision, candidates};
use super::strong_branching;

/// A node of the search tree.
pub(super) struct Branch {
    parent: Option<usize>,
    decision: Option<Decision>,
    pub(super) bound: u64,
    pub(super) witness: Option<Witness>,
    /// Demand of the node's case; known once it was looked at.
    pub(super) demand: Vec<u64>,
    pub(super) children: Vec<usize>,
    /// The pair it was split on.
    pub(super) pair: Option<(usize, usize)>,
    /// Columns of the parent, to be translated.
    columns: Rc<Vec<Column>>,
    /// Which of them were basic.
    basic: Rc<Vec<usize>>,
    closed: bool,
}

/// Raises the bound of one component and looks for better solutions until they meet (Sadykov & Vanderbeck 2013).
///
/// `start` is a legal solution, `seen` are bins that heuristics liked, `lower` is a bound that holds already. Column
/// generation at the root, dives towards the bound, then best-bound branch and price on pairs of items. Every bound is
/// a whole-number one (Farley 1990) whatever the floating-point master did.
///
/// With `options.heuristics` off only the tree looks for solutions. Exponential in the worst case: give a budget.
#[must_use]
pub fn close_gap(
    problem: &Problem,
    goal: &Goal,
    start: &Solution,
    seen: &[Pattern],
    lower: u64,
    options: &Options,
    budget: &Budget,
) -> Closed {
    let mut search = TreeSearch::new(problem, goal, start, lower, options, budget);
    // the stop itself is recorded in the budget; what was found so far is the answer
    let _ = search.run(seen);
    search.finish(lower)
}

pub(super) struct TreeSearch<'a, 'b> {
    pub(super) problem: &'a Problem,
    pub(super) start: &'a Solution,
    pub(super) goal: &'a Goal,
    pub(super) options: &'a Options,
    pub(super) budget: &'a Budget<'b>,
    pub(super) coupling: Coupling,
    demand: Vec<u64>,
    pub(super) best: Option<Solution>,
    pub(super) value: u64,
    pub(super) lower: u64,
    pub(super) nodes: Vec<Branch>,
    /// Charges of the root, which the whole tree uses in its proof.
    pub(super) charge: Option<Charge>,
    /// A bound that was proved over a pool of bins, and its proof.
    pub(super) pooled: Option<(u64, Vec<Node>)>,
    pub(super) phase: Phase,
    pub(super) explored: u64,
    /// See [`Closed::columns`].
    pub(super) columns: Vec<Pattern>,
}

impl<'a, 'b> TreeSearch<'a, 'b> {
    fn new(
        problem: &'a Problem,
        goal: &'a Goal,
        start: &'a Solution,
        lower: u64,
        options: &'a Options,
        budget: &'a Budget<'b>,
    ) -> Self {
        let copies = problem.copies();
        let at_most = (problem.bins().iter().enumerate())
            .filter_map(|(bin, kind)| kind.max_count.filter(|&most| most < copies).map(|most| (bin, most)))
            .collect();
        let groups = problem.terms().limits.iter().map(|limit| (limit.bins.ones().collect(), limit.most)).collect();
        Self {
            problem,
            start,
            goal,
            options,
            budget,
            coupling: Coupling { at_most, groups, bins: goal.bins },
            demand: problem.items().iter().map(|item| item.demand).collect(),
            best: None,
            value: goal.value(start),
            lower,
            nodes: Vec::new(),
            charge: None,
            pooled: None,
            phase: Phase::ColumnGeneration,
            explored: 0,
            columns: Vec::new(),
        }
    }

    pub(super) fn closed(&self) -> bool {
        self.lower >= self.value
    }

    pub(super) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.budget.watch().event(Event::Phase(phase));
    }

    /// Believes a solution only after the exact check.
    pub(super) fn offer(&mut self, case: &Case, bins: &[Pattern]) -> bool {
        self.accept(case.expand(bins, &self.demand))
    }

    /// The same for a solution of the whole problem.
    pub(super) fn accept(&mut self, solution: Solution) -> bool {
        let fits = self.goal.bins.is_none_or(|bins| solution.bins() == bins);
        let value = self.goal.value(&solution);
        let better = fits && value < self.value && solution.check(self.problem).is_ok();
        if better {
            self.value = value;
            self.best = Some(solution);
        }
        better
    }

    fn run(&mut self, seen: &[Pattern]) -> Result<(), Stop> {
        if self.closed() {
            return Ok(());
        }
        let case = Case::new(self.problem);
        if case.unplaceable().is_some() {
            return Ok(());
        }
        self.enter(Phase::ColumnGeneration);
        let columns: Vec<Column> = self
            .start
            .patterns
            .iter()
            .chain(seen)
            .map(|pattern| Column { bin: pattern.bin, items: pattern.items.clone() })
            .collect();
        self.nodes.push(Branch {
            parent: None,
            decision: None,
            bound: self.lower,
            witness: None,
            demand: self.demand.clone(),
            children: Vec::new(),
            pair: None,
            columns: Rc::new(columns),
            basic: Rc::default(),
            closed: false,
        });
        let mut open = BinaryHeap::new();
        open.push((std::cmp::Reverse(self.lower), 0u64, std::cmp::Reverse(0usize)));
        while let Some((_, depth, std::cmp::Reverse(index))) = open.pop() {
            if self.nodes[index].bound >= self.value {
                // best bound first: all others are closed too
                break;
            }
            let looked = self.look(index, depth);
            self.raise();
            looked?;
            if self.closed() {
                break;
            }
            for child in self.nodes[index].children.clone() {
                if self.nodes[child].bound < self.value {
                    open.push((std::cmp::Reverse(self.nodes[child].bound), depth + 1, std::cmp::Reverse(child)));
                }
            }
        }
        self.raise();
        Ok(())
    }

    /// The bound of the whole: the least over the leaves.
    pub(super) fn raise(&mut self) {
        let least = self
            .nodes
            .iter()
            .filter(|node| node.children.is_empty())
            .map(|node| if node.closed { u64::MAX } else { node.bound })
            .min();
        if let Some(least) = least {
            let bound = least.min(self.value);
            if bound > self.lower {
                self.lower = bound;
                // at the root the bound is the component's own; deeper ones only matter once all agree
            }
        }
    }

    fn path(&self, index: usize) -> Vec<Decision> {
        let mut path = Vec::new();
        let mut at = Some(index);
        while let Some(node) = at {
            path.extend(self.nodes[node].decision);
            at = self.nodes[node].parent;
        }
        path.reverse();
        path
    }

    /// Solves the relaxation of a node, dives from it, splits it.
    fn look(&mut self, index: usize, depth: u64) -> Result<(), Stop> {
        self.explored += 1;
        let mut case = Case::new(self.problem);
        for decision in self.path(index) {
            match decision.apply(&case) {
                Some(next) => case = next,
                None => {
                    self.nodes[index].closed = true;
                    return Ok(());
                }
            }
        }
        let inherited = std::mem::take(&mut self.nodes[index].columns);
        let columns: Vec<Column> = match self.nodes[index].decision {
            Some(decision) => inherited.iter().flat_map(|column| decision.translate(column, &case)).collect(),
            None => inherited.to_vec(),
        };
        let basic = match self.nodes[index].decision {
            Some(decision) => {
                let basic = std::mem::take(&mut self.nodes[index].basic);
                basic.iter().flat_map(|&column| decision.translate(&inherited[column], &case)).collect()
            }
            None => FxHashSet::default(),
        };
        drop(inherited);
        self.nodes[index].demand = case.demand().to_vec();
        let mut pricers: Vec<Pricer> = (0..case.bins().len()).map(|bin| Pricer::new(&case, bin)).collect();
        let seed = self.options.seed;
        let Ok(mut relaxation) =
            Relaxation::new(&case, &self.goal.prices, case.demand(), &self.coupling, columns, seed)
        else {
            return Ok(());
        };
        if index > 0 {
            relaxation.master.start_from(&basic);
        }
        relaxation.proved.anchor = self.charge.clone();
        // once the relaxation is worth no more than the bound that holds already, it cannot raise it
        let enough = self.coupling.is_empty().then(|| to_float(self.nodes[index].bound));
        let until = Until { bound: self.value, objective: enough };
        let far = index == 0 && self.options.uses(Step::LocalSearch) && self.is_far_by_conflicts(self.lower);
        let end = match far {
            true => self.relax_from_afar(&case, &mut relaxation, &mut pricers, until),
            false => relaxation.solve(&mut pricers, until, self.budget),
        };
        if relaxation.proved.bound > self.nodes[index].bound {
            self.nodes[index].bound = relaxation.proved.bound;
        }
        self.nodes[index].witness = relaxation.proved.witness.take();
        if index == 0 {
            let start = Start::of(&relaxation);
            let (columns, _) = shortlist(&start, case.len());
            let pattern = |Column { bin, items }| Pattern { bin, items, count: 1 };
            self.columns = columns.into_iter().map(pattern).collect();
            self.charge = relaxation.proved.charge.take();
        } else if self.charge.is_none() && !self.coupling.is_empty() {
            // proved with charges of its own, which the certificate cannot mix
            self.nodes[index].witness = None;
        }
        let end = end?;
        if end == End::Infeasible {
            self.nodes[index].closed = true;
            return Ok(());
        }
        self.raise();
        if self.nodes[index].bound >= self.value {
            return Ok(());
        }
        let start = Rc::new(Start::of(&relaxation));
        self.round(&case, &start);
        // deep in the tree mostly the bound is missing, so only some nodes dive
        let dives = self.explored <= 4 || self.explored.is_multiple_of(4);
        if self.options.uses(Step::Dives) && dives && !self.closed() && self.nodes[index].bound < self.value {
            self.dives(&case, &mut pricers, &start, index, depth)?;
        }
        if self.closed() || self.nodes[index].bound >= self.value {
            return Ok(());
        }
        self.enter(Phase::BranchAndPrice);
        let several = if self.options.uses(Step::StrongBranching) { CANDIDATES } else { 1 };
        let pairs = candidates(&case, &start.columns, &start.values, several);
        let (columns, basic) = shortlist(&start, case.len());
        let node = strong_branching::Split {
            case: &case,
            prices: &self.goal.prices,
            coupling: &self.coupling,
            columns: &columns,
            basic: &basic,
            objective: start.objective(&self.goal.prices),
            closed: strong_branching::closing(self.value),
        };
        let Some((a, b)) = strong_branching::strongest(&node, &pairs, seed, self.budget)? else { return Ok(()) };
        let (columns, basic) = (Rc::new(columns), Rc::new(basic));
        self.nodes[index].pair = Some((a, b));
        for together in [true, false] {
            let child = self.nodes.len();
            self.nodes.push(Branch {
                parent: Some(index),
                decision: Some(Decision { a, b, together }),
                bound: self.nodes[index].bound,
                witness: None,
                demand: Vec::new(),
                children: Vec::new(),
                pair: None,
                columns: Rc::clone(&columns),
                basic: Rc::clone(&basic),
                closed: false,
            });
            self.nodes[index].children.push(child);
        }
        Ok(())
    }

    /// Solves the relaxation of the root where the best packing is far from the bound: what takes longer than a moment goes on with columns
    /// of better packings, and leaves some of the budget for what it shows when it does not come to an end.
    fn relax_from_afar(
        &mut self,
        case: &Case,
        relaxation: &mut Relaxation,
        pricers: &mut [Pricer],
        mut until: Until,
    ) -> Result<End, Stop> {
        let moment = MOMENT.saturating_mul(self.problem.copies());
        let mut end =
            self.budget.within_eighths(1, |own| own.within(moment, |own| relaxation.solve(pricers, until, own)));
        self.budget.look()?;
        if end.is_err() {
            let order = case.by_volume();
            for Pattern { bin, mut items, .. } in self.evolve(self.lower, self.options.seed)? {
                extend(case, bin, &mut items, &order, case.demand());
                if relaxation.master.add(Column { bin, items }).is_err() {
                    return Ok(End::Numerical);
                }
            }
            if self.closed() {
                return Ok(End::Bound);
            }
            self.enter(Phase::ColumnGeneration);
            until.bound = self.value;
            let eighths = if self.is_far(self.lower) { RELAXATION } else { 8 };
            end = self.budget.within_eighths(eighths, |own| relaxation.solve(pricers, until, own));
            self.budget.look()?;
        }
        let open = to_float(relaxation.proved.bound.max(self.lower)) < relaxation.master.objective().ceil();
        if open && self.is_far(self.lower) && !matches!(end, Ok(End::Infeasible | End::Numerical)) {
            // a stop is not an error here: what was proved until then counts
            let _ = self.budget.within_eighths(RAISE, |own| relaxation.raise(pricers, self.lower, self.value, own));
            self.budget.look()?;
        }
        Ok(end.unwrap_or(End::Converged))
    }

    /// The relaxation's solution itself, where it is whole.
    fn round(&mut self, case: &Case, start: &Start) {
        let mut bins = Vec::new();
        for (column, &value) in start.columns.iter().zip(&start.values) {
            if (value - value.round()).abs() > 0.01 {
                return;
            }
            let count = to_integer(value.round());
            if count > 0 {
                bins.push(Pattern { bin: column.bin, items: column.items.clone(), count });
            }
        }
        self.offer(case, &bins);
    }
}

/// The columns worth passing on: basic ones, then by reduced cost; and which of them are basic.
fn shortlist(start: &Start, rows: usize) -> (Vec<Column>, Vec<usize>) {
    let mut ranked: Vec<(f64, usize)> = start.reduced.iter().map(|reduced| reduced.max(0.0)).zip(0..).collect();
    for &index in &start.basic {
        ranked[index].0 = -1.0;
    }
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    ranked.truncate(5 * rows + 100);
    let columns = ranked.iter().map(|&(_, index)| start.columns[index].clone()).collect();
    (columns, (0..start.basic.len()).collect())
}
