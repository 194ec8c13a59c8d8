//! What an exhaustive search found of a small problem under terms, as a tree that any check can add up.
//!
//! A case is what branches have made of the problem: pairs of items together or apart (Ryan & Foster 1981), and at most or at least
//! so many bins of some types. Its linear programme over all feasible bins (they are few) has a row for all that a plan
//! obeys, held values of earlier levels among them; its duals become whole-number prices of this case alone. Where they do not prove
//! what is sought, the case is branched. Nothing of the programme is believed: what is written was added up in whole numbers.

use super::case_prices::whole;
use super::case_programme::Programme;
use super::effort::case_tree::{DEEPEST, MOST_NODES};
use super::float::{to_float, to_integer};
use super::small_case::{Case, Content, End, Sought};
use crate::bound::gcd;
use crate::budget::Budget;
use crate::certify::{CaseNode, Level};
use crate::problem::Problem;

/// A tree that proves it; `None` where none is found within the budget. The problem must be
/// [small](super::small_case::suits_cases).
#[must_use]
pub fn case_tree(sought: &Sought, budget: &Budget) -> Option<Vec<CaseNode>> {
    let problem = sought.problem;
    let exists: Vec<usize> = (0..problem.bins().len()).filter(|&bin| problem.exists(bin)).collect();
    let mut search = Search { sought, unit: unit(problem, sought.level, &exists), exists, budget, nodes: Vec::new() };
    let root = Case::of(problem);
    search.prove(&root, 0).ok()?;
    Some(search.nodes)
}

/// What every value of the level is a multiple of.
fn unit(problem: &Problem, level: Level, exists: &[usize]) -> u64 {
    let whole = |worths: &mut dyn Iterator<Item = u64>| worths.filter(|&worth| worth > 0).fold(0, gcd);
    let unit = match level {
        Level::Clusters | Level::Infeasible => 1,
        Level::Cost => whole(&mut exists.iter().map(|&bin| problem.bins()[bin].cost)),
        Level::Moves => {
            let charges = problem.terms().charges.iter();
            whole(&mut charges.flat_map(|charge| charge.except.iter().map(|entry| entry.1).chain([charge.base])))
        }
    };
    unit.max(1)
}

struct Search<'a, 'b> {
    sought: &'a Sought<'a>,
    unit: u64,
    exists: Vec<usize>,
    budget: &'a Budget<'b>,
    nodes: Vec<CaseNode>,
}

/// What to branch on.
enum Split {
    Count(Vec<usize>, u64),
    Pair(usize, usize),
}

impl Search<'_, '_> {
    /// Writes what proves the case, its root last.
    fn prove(&mut self, case: &Case, depth: usize) -> Result<(), End> {
        if depth > DEEPEST || self.nodes.len() > MOST_NODES {
            return Err(End::Stopped);
        }
        let contents = case.contents(self.sought.problem, &self.exists, self.budget)?;
        let programme = Programme::new(self.sought, &self.exists, case);
        let solved = programme.solve(&contents, self.budget)?;
        // the least that a value of the level may come to; a little more than the programme says is none
        let missed = self.sought.bound.saturating_sub(self.unit);
        if !solved.duals.feasible || solved.value > to_float(missed) {
            let leaf = whole(self.sought, self.unit, (case, &contents), &solved.duals, self.budget)?;
            if let Some(leaf) = leaf {
                self.nodes.push(CaseNode::Prices(leaf));
                return Ok(());
            }
        }
        if !solved.duals.feasible {
            return Err(End::Stuck);
        }
        match self.split(case, &contents, &solved.amounts) {
            None => Err(End::Stuck),
            Some(Split::Count(bins, most)) => {
                self.prove(&case.turned(&bins, most, true), depth + 1)?;
                let few = self.nodes.len() - 1;
                self.prove(&case.turned(&bins, most, false), depth + 1)?;
                let many = self.nodes.len() - 1;
                self.nodes.push(CaseNode::Count { bins, most, few, many });
                Ok(())
            }
            Some(Split::Pair(a, b)) => {
                let together = match case.together(self.sought.problem, a, b) {
                    Some(case) => {
                        self.prove(&case, depth + 1)?;
                        Some(self.nodes.len() - 1)
                    }
                    None => None,
                };
                self.prove(&case.apart(a, b), depth + 1)?;
                let apart = self.nodes.len() - 1;
                self.nodes.push(CaseNode::Branch { a, b, together, apart });
                Ok(())
            }
        }
    }

    /// Bins first, of all types, of those under one limit, of one; then pairs. Where bins are whole and none that is broken holds a
    /// pair, single items stand in whole bins: then some plan is worth as much.
    fn split(&self, case: &Case, contents: &[Content], amounts: &[(usize, f64)]) -> Option<Split> {
        let problem = self.sought.problem;
        let mut counts = vec![0.0; problem.bins().len()];
        for &(column, amount) in amounts {
            counts[contents[column].bin] += amount;
        }
        let off = |amount: f64| (amount - amount.round()).abs();
        let broken = |bins: &[usize]| -> Option<(f64, u64)> {
            let sum: f64 = bins.iter().map(|&bin| counts[bin]).sum();
            (off(sum) > 1e-3).then(|| (off(sum), to_integer(sum.floor())))
        };
        if let Some((_, most)) = broken(&self.exists) {
            return Some(Split::Count(self.exists.clone(), most));
        }
        let mut sets: Vec<Vec<usize>> = Vec::new();
        for limit in &problem.terms().limits {
            sets.push(self.exists.iter().copied().filter(|&bin| limit.bins.contains(bin)).collect());
        }
        let singles = self.exists.iter().map(|&bin| vec![bin]);
        let widest = |best: Option<(f64, Vec<usize>, u64)>, set: Vec<usize>| match (best, broken(&set)) {
            (Some(best), Some((off, _))) if off <= best.0 => Some(best),
            (_, Some((off, most))) => Some((off, set, most)),
            (best, None) => best,
        };
        let found = sets.into_iter().fold(None, widest).or_else(|| singles.fold(None, widest));
        if let Some((_, bins, most)) = found {
            return Some(Split::Count(bins, most));
        }
        let items = case.items.len();
        let mut shares = vec![0.0; items * items];
        let mut there = vec![false; items * items];
        for &(column, amount) in amounts {
            let content = &contents[column];
            let held: Vec<(usize, u64)> = content.items().collect();
            for (at, &(a, copies)) in held.iter().enumerate() {
                for &(b, _) in &held[at..] {
                    if a != b || copies > 1 {
                        shares[a * items + b] += amount;
                        there[a * items + b] |= off(amount) > 1e-3;
                    }
                }
            }
        }
        let nearest = |pair: usize| (off(shares[pair]) - 0.5).abs();
        let pairs = (0..shares.len()).filter(|&pair| there[pair]);
        let best = pairs.min_by(|&x, &y| nearest(x).total_cmp(&nearest(y)).then(x.cmp(&y)));
        best.map(|pair| Split::Pair(pair / items, pair % items))
    }
}
