//! Problems whose bins hold few groups at most, or where a group takes some of each bin's room: the fewest bins.
//!
//! A few plans, the relaxation over bins that obey the groups, dives to its bound. What is proved without the groups is a bound
//! too, where the relaxation comes to none.

use std::collections::BTreeMap;

use super::answer::{Answer, Bounded};
use super::fewest::fewest_bins;
use super::levels::climb;
use super::lift::lift;
use super::rounds::enter;
use super::whole::Known;
use crate::bound;
use crate::budget::{Budget, Objective, Options, Phase, Status, Step};
use crate::certify::{Certificate, Claim, Component, Level, Node};
use crate::exact::GroupedColumns;
use crate::heuristic::grouped;
use crate::problem::reduce::merged;
use crate::problem::{Most, Pattern, Problem, Solution, Terms};

/// Most item types whose bins are generated.
const MOST_TYPES: usize = 4_096;

/// Dives for each number of bins that may do, from the bound on, round after round.
const DIVES: [u64; 3] = [4, 12, 40];

/// What this problem, with groups, asks for that is not known together with them.
pub(super) fn unknown(problem: &Problem, objective: &[Objective]) -> Option<&'static str> {
    let terms = problem.terms();
    let beside = [
        ("a level other than the number of bins", !matches!(objective, [] | [Objective::Clusters])),
        ("maximum counts", problem.bins().iter().any(|bin| bin.max_count.is_some()) || !terms.limits.is_empty()),
        ("kept bins", !terms.kept.is_empty()),
        ("limits on values", terms.most != Most::default()),
    ];
    beside.iter().find(|(_, asked)| *asked).map(|&(what, _)| what)
}

/// The fewest bins.
pub(super) fn fewest(problem: &Problem, options: &Options, budget: &Budget) -> Answer {
    let alone = |bin: usize| problem.most_groups(bin).is_some_and(|most| most <= 1);
    let all = (0..problem.items().len()).all(|item| problem.group(item).is_some());
    if all && (0..problem.bins().len()).all(|bin| !problem.exists(bin) || alone(bin)) {
        apart(problem, options, budget).unwrap_or_else(|| together(problem, options, budget))
    } else {
        together(problem, options, budget)
    }
}

/// Where no bin holds two groups: each for itself. `None`: that says less than all of them together.
fn apart(problem: &Problem, options: &Options, budget: &Budget) -> Option<Answer> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for item in 0..problem.items().len() {
        members.entry(problem.group(item)?).or_default().push(item);
    }
    let mut whole = claim(problem, 0, Level::Clusters, Node::Weights { weights: Vec::new(), capacity: 1 });
    whole.components.clear();
    let mut plan = Vec::new();
    let (mut closed_by, mut left) = (Phase::Bounds, members.len() as u64);
    for (group, items) in members {
        let own = part(problem, group, &items)?;
        let work = budget.left() / left;
        left -= 1;
        let answer = budget.within(work, |budget| match own.has_groups() {
            true => together(&own, options, budget),
            false => plain(&own, options, budget),
        });
        let claim = answer.certificate.claims.into_iter().next()?;
        let plain =
            claim.level == Level::Clusters && claim.scale == 1 && claim.cases.is_empty() && claim.own.is_empty();
        if !plain || claim.merged || claim.savings.is_some() || claim.shared.iter().any(|&price| price > 0) {
            return None;
        }
        for mut component in claim.components {
            let of = component.items.iter().map(|&item| items[item]).collect();
            // the part's only group is this one of the whole
            if let Some(Node::Grouped { openings, .. }) = component.nodes.last_mut() {
                openings.splice(0..0, std::iter::repeat_n(0, group));
            }
            whole.components.push(Component { items: of, ..component });
        }
        whole.bound += claim.bound;
        closed_by = answer.closed_by;
        let real = |&(item, copies): &(usize, u64)| (items[item], copies);
        let of = |it: Pattern| Pattern { items: it.items.iter().map(real).collect(), ..it };
        plan.extend(answer.solution?.patterns.into_iter().map(of));
    }
    Some(answer(Solution::grouped(plan), whole, closed_by, budget))
}

/// The items of one group as a problem; its group is forgotten where it takes nothing and may be in every bin.
fn part(problem: &Problem, group: usize, items: &[usize]) -> Option<Problem> {
    let kinds = items.iter().map(|&item| problem.items()[item].clone()).collect();
    let own = Problem::new(problem.dimensions(), kinds, problem.conflicts().clone(), problem.bins().to_vec()).ok()?;
    let most_groups = (0..problem.bins().len()).map(|bin| problem.most_groups(bin).filter(|&most| most == 0)).collect();
    let overheads = match problem.overhead(group) {
        [] => Vec::new(),
        sizes => vec![sizes.to_vec()],
    };
    own.with(Terms { groups: vec![Some(0); items.len()], most_groups, overheads, ..Terms::default() }).ok()
}

/// The fewest bins of a problem without terms.
fn plain(problem: &Problem, options: &Options, budget: &Budget) -> Answer {
    let objective = &[Objective::Clusters];
    if let Some(claim) = bound::infeasible(problem, budget) {
        return Answer::infeasible(Some(claim));
    }
    climb(
        problem,
        objective,
        &fewest_bins(problem, objective, Known::default(), options, budget),
        options,
        budget,
        budget.watch(),
    )
}

/// The answer that this plan and this claim make.
fn answer(plan: Solution, claim: Claim, closed_by: Phase, budget: &Budget) -> Answer {
    let levels = vec![Bounded::certified(Some(plan.bins()), claim.bound)];
    let status = if plan.bins() == claim.bound { Status::Optimal } else { Status::Feasible };
    let certificate = Certificate { claims: vec![claim] };
    let stopped = budget.stopped();
    Answer { status, solution: Some(plan), levels, certificate, stopped, work: 0, closed_by }
}

/// All of it as one problem.
fn together(problem: &Problem, options: &Options, budget: &Budget) -> Answer {
    let objective = &[Objective::Clusters];
    if problem.items().is_empty() {
        return Answer::empty(problem, objective);
    }
    let all: Vec<usize> = (0..problem.items().len()).collect();
    let reduced = merged(problem, &all);
    enter(Phase::Heuristics, budget);
    let Some(plan) = grouped(&reduced.problem, budget) else { return nowhere(problem) };
    let mut found = Found { plan, bound: 1, node: a_bin(&reduced.problem), closed_by: Phase::Heuristics };
    let small = reduced.items.len() <= MOST_TYPES && options.uses(Step::Columns);
    if small && found.plan.bins() > found.bound {
        found.by_columns(&reduced.problem, options, budget);
    }
    let mut plan = reduced.restore(problem, &found.plan);
    let prices = vec![1; problem.bins().len()];
    let lifted = lift(problem, &all, &reduced, &prices, &[found.node]).and_then(|mut nodes| nodes.pop());
    let mut claim = lifted.map_or_else(
        || claim(problem, 1, Level::Clusters, a_bin(problem)),
        |node| claim(problem, found.bound, Level::Clusters, node),
    );
    if plan.bins() > claim.bound && !small {
        (plan, claim) = without_groups(problem, options, budget, plan, claim);
    }
    answer(plan, claim, found.closed_by, budget)
}

/// Shows that a bin is needed.
fn a_bin(problem: &Problem) -> Node {
    Node::Weights { weights: vec![1; problem.items().len()], capacity: problem.copies() }
}

/// The best plan and the best bound so far.
struct Found {
    plan: Solution,
    bound: u64,
    node: Node,
    closed_by: Phase,
}

impl Found {
    /// The relaxation, bins filled in turn, and dives.
    fn by_columns(&mut self, problem: &Problem, options: &Options, budget: &Budget) {
        enter(Phase::ColumnGeneration, budget);
        let mut columns = GroupedColumns::new(problem, &self.plan);
        // a stop is not an error here: what was proved and found until then counts
        let stopped = columns.bound(self.plan.bins(), budget).is_err();
        if let Some((bound, node)) = columns.proved().filter(|&(bound, _)| bound > self.bound) {
            (self.bound, self.node, self.closed_by) = (bound, node, Phase::ColumnGeneration);
        }
        if stopped || !options.uses(Step::Dives) {
            return;
        }
        enter(Phase::Dive, budget);
        if let Ok(Some(found)) = columns.fill(self.plan.bins(), options.seed, budget) {
            (self.plan, self.closed_by) = (found, Phase::Dive);
        }
        for (round, dives) in DIVES.into_iter().enumerate() {
            for target in self.bound..self.plan.bins() {
                match columns.dive(target, dives, options.seed.wrapping_add(97 * round as u64), budget) {
                    Ok(Some(found)) => {
                        (self.plan, self.closed_by) = (found, Phase::Dive);
                        break;
                    }
                    Ok(None) => {}
                    Err(_) => return,
                }
            }
        }
    }
}

/// What is proved of the problem without its groups holds with them; and its plan may happen to obey them.
fn without_groups(
    problem: &Problem,
    options: &Options,
    budget: &Budget,
    plan: Solution,
    claim: Claim,
) -> (Solution, Claim) {
    // neither charges nor units are left that count
    let Ok(relaxed) = problem.clone().with(Terms::default()) else { return (plan, claim) };
    let answer = budget.within(budget.left() / 2, |own| plain(&relaxed, options, own));
    let better = |found: &Solution| found.bins() < plan.bins() && found.check(problem).is_ok();
    let plan = answer.solution.filter(better).unwrap_or(plan);
    match answer.certificate.claims.into_iter().next() {
        Some(found) if found.level == Level::Clusters && found.bound > claim.bound => (plan, found),
        _ => (plan, claim),
    }
}

/// Some item fits no bin, with what its group takes.
fn nowhere(problem: &Problem) -> Answer {
    let alone = |item: usize, bin: usize| {
        let group = problem.group(item);
        let once = group.map_or(&[][..], |group| problem.overhead(group));
        let sizes = problem.items()[item].size.iter().enumerate();
        let mut both = sizes.map(|(q, &size)| size + once.get(q).copied().unwrap_or(0));
        let counted = group.is_none() || problem.most_groups(bin) != Some(0);
        let room = &problem.bins()[bin].capacity;
        counted && problem.items()[item].eligible.contains(bin) && room.iter().all(|&room| both.next() <= Some(room))
    };
    let bins = || (0..problem.bins().len()).filter(|&bin| problem.exists(bin));
    let lost = |&item: &usize| !bins().any(|bin| alone(item, bin));
    let item = (0..problem.items().len()).find(lost);
    let mut weights = vec![0; problem.items().len()];
    item.into_iter().for_each(|item| weights[item] = 1);
    let node = Node::Weights { weights, capacity: 1 };
    Answer::infeasible(item.map(|_| claim(problem, 1, Level::Infeasible, node)))
}

/// All items as one component, proved by one leaf, which knows the groups.
fn claim(problem: &Problem, bound: u64, level: Level, node: Node) -> Claim {
    let items = (0..problem.items().len()).collect();
    let infeasible = level == Level::Infeasible;
    Claim {
        level,
        bound: if infeasible { 0 } else { bound },
        scale: u64::from(!infeasible),
        shared: vec![0; problem.bins().len()],
        components: vec![Component { items, bound, nodes: vec![node] }],
        ..Claim::default()
    }
}

#[cfg(test)]
mod tests;
