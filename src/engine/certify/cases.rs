//! A claim proved case by case: one tree over the whole problem, and prices of its own in every leaf.
//!
//! A branch on two items is that of a component's tree; one on how many bins there are of some types is that of savings. A leaf
//! says what a claim without cases says, of the plans of its case alone.

use super::case::{Case, Ground};
use super::failure::{Failure, refuted};
use super::prices::{factor, gcd, prices, taken_off};
use super::tree::tree;
use super::turns::{Turn, named, turned};
use super::{CaseNode, CasePrices, Claim, Level, Prices};
use crate::budget::Budget;
use crate::problem::Problem;

/// What is to be done next in the replay.
enum Step<'a> {
    Enter(usize),
    LeaveTogether { a: usize, b: usize },
    KeepApart { a: usize, b: usize, node: usize },
    LeaveApart { a: usize, b: usize },
    Turn(Turn<'a>, usize),
    LeaveTurn,
}

/// Checks a claim that stands on cases; `earlier` are those before it. Of a merged claim `problem` is the one without charges.
pub(super) fn check(problem: &Problem, claim: &Claim, earlier: &[Claim], budget: &Budget) -> Result<(), Failure> {
    let none = |list: &[u64]| list.iter().all(|&price| price == 0);
    let plain = claim.prices == Prices::default() && claim.own.is_empty() && claim.components.is_empty();
    let scaled = match claim.level {
        Level::Infeasible => (claim.scale, claim.bound) == (0, 0),
        _ => claim.scale == 1,
    };
    if !plain || !scaled || !none(&claim.shared) || !none(&claim.limits) || !none(&claim.kept) {
        return refuted("a claim by cases has its prices in its nodes, and scale 1 (0 for infeasible)");
    }
    let cases = &claim.cases[..];
    tree("cases", cases.len(), |index| match &cases[index] {
        CaseNode::Branch { together, apart, .. } => [*together, Some(*apart)],
        CaseNode::Count { few, many, .. } => [Some(*few), Some(*many)],
        _ => [None; 2],
    })?;
    let bins: Vec<usize> = (0..problem.bins().len()).filter(|&bin| problem.exists(bin)).collect();
    let items: Vec<usize> = (0..problem.items().len()).collect();
    let all = vec![0; problem.bins().len()];
    let ground = Ground { problem, bins: &bins, prices: &all, factor: 0, unit: 1 };
    let aim = Aim { problem, claim, earlier, bins: &bins, unit: unit(problem, claim.level, &bins, budget)? };
    let mut case = Case::new(&ground, &items, true);
    let mut path: Vec<Turn> = Vec::new();
    let mut steps = vec![Step::Enter(cases.len() - 1)];
    while let Some(step) = steps.pop() {
        budget.spend(1)?;
        let index = match step {
            Step::Enter(node) => node,
            Step::LeaveTogether { a, b } => {
                case.split(a, b);
                continue;
            }
            Step::KeepApart { a, b, node } => {
                if case.set_apart(a, b, true) {
                    steps.push(Step::LeaveApart { a, b });
                }
                node
            }
            Step::LeaveApart { a, b } => {
                case.set_apart(a, b, false);
                continue;
            }
            Step::Turn(turn, node) => {
                path.push(turn);
                steps.push(Step::LeaveTurn);
                node
            }
            Step::LeaveTurn => {
                path.pop();
                continue;
            }
        };
        let place = |e: Failure| e.under(&format!("cases[{index}]"));
        match &cases[index] {
            CaseNode::Prices(leaf) => aim.leaf(leaf, &mut case, &path, budget).map_err(place)?,
            CaseNode::Unplaceable { item } => case.unplaceable(*item, budget).map_err(place)?,
            CaseNode::Branch { a, b, together, apart } => {
                let (a, b) = (*a, *b);
                case.branch(a, b, together.is_some(), budget).map_err(place)?;
                // last in, first out: the apart case comes after the together case has been undone
                steps.push(Step::KeepApart { a, b, node: *apart });
                if let Some(together) = together {
                    steps.push(Step::LeaveTogether { a, b });
                    steps.push(Step::Enter(*together));
                }
            }
            CaseNode::Count { bins, most, few, many } => {
                budget.spend(bins.len() as u64)?;
                named(problem, bins).map_err(place)?;
                steps.push(Step::Turn(Turn { bins, most: *most, few: false }, *many));
                steps.push(Step::Turn(Turn { bins, most: *most, few: true }, *few));
            }
        }
    }
    Ok(())
}

/// What every value of the level is a multiple of.
fn unit(problem: &Problem, level: Level, bins: &[usize], budget: &Budget) -> Result<i128, Failure> {
    let all = |worths: &mut dyn Iterator<Item = u64>| worths.fold(0, |unit, worth| gcd(unit, worth.into())).max(1);
    Ok(match level {
        Level::Cost => all(&mut bins.iter().map(|&bin| problem.bins()[bin].cost)),
        Level::Moves => {
            let charges = &problem.terms().charges;
            budget.spend(charges.iter().map(|charge| charge.except.len() as u64 + 1).sum())?;
            let each = |charge: &'_ crate::problem::Charge| -> Vec<u64> {
                charge.except.iter().map(|entry| entry.1).chain([charge.base]).collect()
            };
            all(&mut charges.iter().flat_map(each))
        }
        Level::Clusters | Level::Infeasible => 1,
    })
}

/// What every leaf is to prove.
struct Aim<'a> {
    problem: &'a Problem,
    claim: &'a Claim,
    earlier: &'a [Claim],
    bins: &'a [usize],
    unit: i128,
}

impl Aim<'_> {
    /// The prices of a leaf show the bound for its case, or that there is no plan in it.
    fn leaf(&self, leaf: &CasePrices, case: &mut Case, path: &[Turn], budget: &Budget) -> Result<(), Failure> {
        let Aim { problem, claim, earlier, bins, unit } = *self;
        let looked_at: usize = path.iter().map(|turn| turn.bins.len()).sum();
        budget.spend((problem.bins().len() * (2 + problem.terms().limits.len()) + looked_at) as u64)?;
        if claim.level == Level::Infeasible && leaf.scale != 0 {
            return refuted("where a claim is of infeasibility the scale of a case is 0");
        }
        if leaf.path.len() != path.len() {
            return refuted("one price a branch on numbers of bins is needed");
        }
        let shared = if leaf.shared.is_empty() { vec![0; problem.bins().len()] } else { leaf.shared.clone() };
        let own = Claim {
            level: claim.level,
            scale: leaf.scale,
            prices: Prices { clusters: leaf.clusters.into(), cost: leaf.cost.into(), moves: leaf.moves.into() },
            shared,
            limits: leaf.limits.clone(),
            kept: leaf.kept.clone(),
            ..Claim::default()
        };
        let factor = factor(&own)?;
        if claim.merged && factor != 0 {
            return refuted("what only charges tell apart is not one where charges count");
        }
        let (worth, more) = turned(problem, path, &leaf.path)?;
        let prices = prices(problem, &own, bins, &more)?;
        case.reprice(prices, factor);
        let total = case.proved(&leaf.weights, leaf.capacity, budget)?;
        let total = total.checked_add(worth).ok_or(Failure::Undecided)?;
        let total = total.checked_sub(taken_off(problem, &own, earlier)?).ok_or(Failure::Undecided)?;
        let proved = if leaf.scale == 0 {
            total > 0
        } else {
            let whole = i128::from(leaf.scale).checked_mul(unit).ok_or(Failure::Undecided)?;
            let units = total.div_euclid(whole) + i128::from(total.rem_euclid(whole) > 0);
            claim.bound == 0 || units.checked_mul(unit).ok_or(Failure::Undecided)? >= i128::from(claim.bound)
        };
        if proved {
            return Ok(());
        }
        refuted(format!("the prices prove {total} over {}, less than the bound of {}", leaf.scale, claim.bound))
    }
}
