//! The checker: is every claim of a certificate true, in whole numbers, whatever the solver did?
//!
//! Everything is recomputed from the problem: which items may meet, which bins are feasible, how heavy the heaviest one
//! is (`heaviest.rs`). Nothing here is shared with the solver. A number that leaves the range of `i128`, or a search that
//! outlasts its budget, ends in [`Verdict::Undecided`], never in a panic and never in a wrong yes.

use std::collections::BTreeSet;

use super::claim;
use super::failure::{Failure, refuted};
use super::{Certificate, Level};
use crate::budget::Budget;
use crate::problem::{Problem, Solution};

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every claim holds, and the solution, where one was given, is legal.
    Verified {
        /// The proven bound of each claim, first claim first; 0 for infeasibility.
        bounds: Vec<u64>,
    },
    /// Something does not hold. The claim may still be true; it is not proved by this certificate.
    Refuted {
        /// Where in the certificate, in the notation of the certificate file: `claims[0].components[3].nodes[7]`.
        place: String,
        /// What is wrong there.
        why: String,
    },
    /// The budget ended first, or a number is beyond this checker's range.
    Undecided,
}

/// Checks a certificate, and a solution against it.
///
/// The claims must be a single [`Level::Infeasible`] (then there must be no solution), or different levels, each but the last with
/// the value that the later ones hold it at: the solution's own. Each claim may state less than it proves, never more.
///
/// Complexity: linear in the certificate and the solution, but for the comparison of components (classes squared over
/// 64, and more where only sizes keep items apart) and the leaves by weights (a knapsack with conflicts each).
#[must_use]
pub fn check(problem: &Problem, solution: Option<&Solution>, certificate: &Certificate, budget: &Budget) -> Verdict {
    match claims(problem, solution, certificate, budget) {
        Ok(bounds) => Verdict::Verified { bounds },
        Err(Failure::Refuted { place, why }) => Verdict::Refuted { place, why },
        Err(Failure::Undecided) => Verdict::Undecided,
    }
}

fn claims(
    problem: &Problem,
    solution: Option<&Solution>,
    certificate: &Certificate,
    budget: &Budget,
) -> Result<Vec<u64>, Failure> {
    let claims = &certificate.claims[..];
    let repeated = |index: usize| claims[..index].iter().any(|other| other.level == claims[index].level);
    let infeasible = claims.iter().any(|claim| claim.level == Level::Infeasible);
    if claims.is_empty() || (0..claims.len()).any(repeated) || (infeasible && claims.len() > 1) {
        return refuted("the claims must be of different levels, or a single one of infeasibility")
            .map_err(|e: Failure| e.under("claims"));
    }
    if infeasible && solution.is_some() {
        return refuted("a plan is given for a problem claimed to have none")
            .map_err(|e: Failure| e.under("claims[0]"));
    }
    let values = match solution {
        Some(solution) => Some(legal(problem, solution, budget).map_err(|e| e.under("solution"))?),
        None => None,
    };
    for (index, claim) in claims.iter().enumerate() {
        let place = format!("claims[{index}]");
        claim::check(problem, claim, &claims[..index], budget).map_err(|e| e.under(&place))?;
        let fault = |why: String| refuted(why).map_err(|e: Failure| e.under(&place));
        if index + 1 < claims.len() && claim.value.is_none() {
            return fault("the claims after this one need a value of its level".to_owned());
        }
        let Some(values) = &values else { continue };
        let (what, value) = match claim.level {
            Level::Clusters => ("clusters", values.clusters),
            Level::Cost => ("cost", values.cost),
            Level::Moves => ("moves", values.moves),
            Level::Infeasible => continue,
        };
        if let Some(held) = claim.value.filter(|&held| u128::from(held) != value) {
            return fault(format!("the {what} are held at {held}, the plan has {value}"));
        }
        if value < u128::from(claim.bound) {
            return fault(format!("the plan's {what} of {value} are below the bound of {}", claim.bound));
        }
    }
    Ok(claims.iter().map(|claim| claim.bound).collect())
}

/// What a legal solution is worth at each level. Sums saturate.
struct Values {
    clusters: u128,
    cost: u128,
    moves: u128,
}

/// The values of a solution, if it is legal. Sums saturate: a saturated load is over any capacity, a saturated number of
/// copies over any demand, a saturated value over any limit.
fn legal(problem: &Problem, solution: &Solution, budget: &Budget) -> Result<Values, Failure> {
    let mut moves = 0u128;
    let mut packed = vec![0u128; problem.items().len()];
    let mut used = vec![0u128; problem.bins().len()];
    for (index, pattern) in solution.patterns.iter().enumerate() {
        let fault =
            |why: String| -> Result<Values, Failure> { Err(Failure::Refuted { place: format!("[{index}]"), why }) };
        budget.spend((pattern.items.len() * (pattern.items.len() + problem.dimensions())) as u64 + 1)?;
        let Some(bin) = problem.bins().get(pattern.bin) else { return fault("no such bin type".into()) };
        if pattern.count == 0 {
            return fault("a pattern used 0 times".into());
        }
        used[pattern.bin] = used[pattern.bin].saturating_add(u128::from(pattern.count));
        let mut load = vec![0u128; problem.dimensions()];
        let mut groups = BTreeSet::new();
        let mut last = None;
        for (position, &(item, copies)) in pattern.items.iter().enumerate() {
            let Some(kind) = problem.items().get(item) else { return fault("no such item type".into()) };
            if copies == 0 || last.is_some_and(|last| last >= item) {
                return fault("items must ascend, with at least one copy each".into());
            }
            last = Some(item);
            if !kind.eligible.contains(pattern.bin) {
                return fault(format!("item type {item} may not use bin type {}", pattern.bin));
            }
            if copies > 1 && problem.conflict(item, item) {
                return fault(format!("two copies of item type {item} conflict"));
            }
            if let Some(&(other, _)) =
                pattern.items[..position].iter().find(|&&(other, _)| problem.conflict(item, other))
            {
                return fault(format!("item types {other} and {item} conflict"));
            }
            for (load, &size) in load.iter_mut().zip(&kind.size) {
                *load = load.saturating_add(u128::from(copies) * u128::from(size));
            }
            if let Some(group) = problem.group(item).filter(|&group| groups.insert(group)) {
                for (load, &size) in load.iter_mut().zip(problem.overhead(group)) {
                    *load = load.saturating_add(u128::from(size));
                }
            }
            let all = u128::from(copies) * u128::from(pattern.count);
            packed[item] = packed[item].saturating_add(all);
            moves = moves.saturating_add(all.saturating_mul(u128::from(problem.charge(item, pattern.bin))));
        }
        if problem.most_groups(pattern.bin).is_some_and(|most| groups.len() as u64 > most) {
            return fault(format!("holds items of {} groups, more than it may", groups.len()));
        }
        if let Some(q) = (0..load.len()).find(|&q| load[q] > u128::from(bin.capacity[q])) {
            return fault(format!("holds {} of {} in dimension {q}", load[q], bin.capacity[q]));
        }
    }
    for (item, (&packed, kind)) in packed.iter().zip(problem.items()).enumerate() {
        if packed != u128::from(kind.demand) {
            return refuted(format!("item type {item}: {packed} copies packed of {}", kind.demand));
        }
    }
    let (mut bins, mut cost) = (0u128, 0u128);
    for (index, (&used, kind)) in used.iter().zip(problem.bins()).enumerate() {
        if kind.max_count.is_some_and(|max| used > u128::from(max)) {
            return refuted(format!("{used} bins of type {index}, more than there may be"));
        }
        if used < u128::from(problem.kept(index)) {
            return refuted(format!("{used} bins of type {index}, {} are kept", problem.kept(index)));
        }
        bins = bins.saturating_add(used);
        cost = cost.saturating_add(used.saturating_mul(u128::from(kind.cost)));
    }
    let terms = problem.terms();
    for (index, limit) in terms.limits.iter().enumerate() {
        let together = limit.bins.ones().map(|bin| used[bin]).fold(0, u128::saturating_add);
        if together > u128::from(limit.most) {
            return refuted(format!("{together} bins under limit {index}, more than there may be"));
        }
    }
    let most = terms.most;
    for (what, value, most) in
        [("clusters", bins, most.clusters), ("cost", cost, most.cost), ("moves", moves, most.moves)]
    {
        if most.is_some_and(|most| value > u128::from(most)) {
            return refuted(format!("a value of {value} in {what}, more than there may be"));
        }
    }
    Ok(Values { clusters: bins, cost, moves })
}
