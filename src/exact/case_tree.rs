//! What an exhaustive search found of a small problem under terms, as a tree that any check can add up.
//!
//! A case is what branches have made of the problem: pairs of items together or apart (Ryan & Foster 1981), and at most or at least
//! so many bins of some types. Its linear programme over all feasible bins (they are few) has a row for all that a plan
//! obeys, held values of earlier levels among them; its duals become whole-number prices of this case alone. Where they do not prove
//! what is sought, the case is branched. Nothing of the programme is believed: what is written was added up in whole numbers.

use super::case_prices::whole;
use super::case_programme::Programme;
use super::effort::case_tree::{DEEPEST, MOST_COLUMNS, MOST_NODES};
use super::float::{to_float, to_integer};
use super::master::MasterError;
use crate::bound::gcd;
use crate::budget::{Budget, Stop};
use crate::certify::{CaseNode, Level};
use crate::problem::Problem;

/// What is known of a value that is held: of an earlier level, or one with a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// It is at most this.
    pub most: u64,
    /// It is proved to be at least this.
    pub least: u64,
}

/// What is to be proved.
pub struct Sought<'a> {
    /// Of which problem.
    pub problem: &'a Problem,
    /// Of which level; [`Level::Infeasible`]: that there is no plan.
    pub level: Level,
    /// No plan is below this.
    pub bound: u64,
    /// What is held.
    pub clusters: Option<Range>,
    /// See [`clusters`](Self::clusters).
    pub cost: Option<Range>,
    /// See [`clusters`](Self::clusters).
    pub moves: Option<Range>,
}

/// A tree that proves it; `None` where none is found within the budget. The problem must be
/// [small](super::under_terms::is_small_under_terms).
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

/// Why no tree is found.
pub(super) enum End {
    /// The budget ended, or the case is larger than what is looked at.
    Stopped,
    /// The linear programme proves too little, and leaves nothing to branch on.
    Stuck,
}

impl From<Stop> for End {
    fn from(_: Stop) -> Self {
        Self::Stopped
    }
}

impl From<MasterError> for End {
    fn from(_: MasterError) -> Self {
        Self::Stopped
    }
}

/// Copies of items, some merged.
#[derive(Clone)]
pub(super) struct Item {
    size: Vec<u64>,
    /// Copies left.
    pub demand: u64,
    /// Bin types that hold one alone, a bit each.
    homes: u64,
    /// Items that share no bin with it, a bit each; its own where two copies do not.
    apart: u64,
    /// In each bin type.
    pub charges: Vec<u64>,
}

/// A branch on the way: at most so many bins of these types, or more.
#[derive(Clone)]
pub(super) struct Turn {
    pub bins: Vec<usize>,
    pub most: u64,
    pub few: bool,
}

#[derive(Clone)]
pub(super) struct Case {
    pub items: Vec<Item>,
    pub path: Vec<Turn>,
}

/// What a bin may hold.
pub(super) struct Content {
    pub bin: usize,
    /// Four bits an item.
    copies: u128,
    /// What these are charged there.
    pub charge: u64,
}

impl Content {
    /// Items and copies.
    pub fn items(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        let mut rest = self.copies;
        std::iter::from_fn(move || {
            if rest == 0 {
                return None;
            }
            let item = rest.trailing_zeros() as usize / 4;
            let copies = (rest >> (4 * item) & 15) as u64;
            rest &= !(15 << (4 * item));
            Some((item, copies))
        })
    }

    /// How many kinds of items.
    pub fn distinct(&self) -> usize {
        self.items().count()
    }
}

impl Case {
    fn of(problem: &Problem) -> Self {
        let bins = problem.bins().len();
        let homes = |item: usize| {
            let all = (0..bins).filter(|&bin| problem.exists(bin) && problem.fits_alone(item, bin));
            all.fold(0, |homes, bin| homes | 1 << bin)
        };
        let count = problem.items().len();
        let items = (0..count).map(|item| Item {
            size: problem.items()[item].size.clone(),
            demand: problem.items()[item].demand,
            homes: homes(item),
            apart: (0..count).filter(|&other| problem.conflict(item, other)).fold(0, |apart, other| apart | 1 << other),
            charges: (0..bins).map(|bin| problem.charge(item, bin)).collect(),
        });
        Self { items: items.collect(), path: Vec::new() }
    }

    /// One copy of each becomes one item; `None` where that fits no bin.
    fn together(&self, problem: &Problem, a: usize, b: usize) -> Option<Self> {
        if self.items[a].apart >> b & 1 == 1 {
            return None;
        }
        let (one, other) = (&self.items[a], &self.items[b]);
        // no overflow: a problem's sums are far below u64::MAX, and no copy is in two items
        let size: Vec<u64> = one.size.iter().zip(&other.size).map(|(a, b)| a + b).collect();
        let room = |bin: usize| size.iter().zip(&problem.bins()[bin].capacity).all(|(size, room)| size <= room);
        let both = one.homes & other.homes;
        let homes = (0..problem.bins().len()).filter(|&bin| both >> bin & 1 == 1 && room(bin));
        let homes = homes.fold(0u64, |homes, bin| homes | 1 << bin);
        let new = self.items.len();
        let apart = one.apart | other.apart | 1 << new;
        let charges = one.charges.iter().zip(&other.charges).map(|(a, b)| a + b).collect();
        let mut case = self.clone();
        for (at, item) in case.items.iter_mut().enumerate() {
            item.apart |= (apart >> at & 1) << new;
        }
        case.items[a].demand -= 1;
        case.items[b].demand -= 1;
        case.items.push(Item { size, demand: 1, homes, apart, charges });
        (homes != 0).then_some(case)
    }

    fn apart(&self, a: usize, b: usize) -> Self {
        let mut case = self.clone();
        case.items[a].apart |= 1 << b;
        case.items[b].apart |= 1 << a;
        case
    }

    fn turned(&self, bins: &[usize], most: u64, few: bool) -> Self {
        let mut case = self.clone();
        case.path.push(Turn { bins: bins.to_vec(), most, few });
        case
    }

    /// Everything that a bin may hold, nothing included.
    fn contents(&self, problem: &Problem, exists: &[usize], budget: &Budget) -> Result<Vec<Content>, End> {
        let mut all = Vec::new();
        for &bin in exists {
            let mut room = problem.bins()[bin].capacity.clone();
            self.fill(0, Content { bin, copies: 0, charge: 0 }, 0, &mut room, &mut all, budget)?;
        }
        Ok(all)
    }

    fn fill(
        &self,
        from: usize,
        content: Content,
        barred: u64,
        room: &mut Vec<u64>,
        all: &mut Vec<Content>,
        budget: &Budget,
    ) -> Result<(), End> {
        budget.spend((self.items.len() - from) as u64 + 1)?;
        let Content { bin, copies, charge } = content;
        all.push(content);
        if all.len() > MOST_COLUMNS {
            return Err(End::Stopped);
        }
        for at in from..self.items.len() {
            let item = &self.items[at];
            if item.homes >> bin & 1 == 0 || barred >> at & 1 == 1 {
                continue;
            }
            let most = if item.apart >> at & 1 == 1 { item.demand.min(1) } else { item.demand };
            let before = room.clone();
            for count in 1..=most {
                if room.iter().zip(&item.size).any(|(room, size)| room < size) {
                    break;
                }
                room.iter_mut().zip(&item.size).for_each(|(room, size)| *room -= size);
                let copies = copies | u128::from(count) << (4 * at);
                let charge = charge + count * item.charges[bin];
                self.fill(at + 1, Content { bin, copies, charge }, barred | item.apart, room, all, budget)?;
            }
            *room = before;
        }
        Ok(())
    }
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
        match self.split(case, &contents, &solved.amounts) {
            _ if !solved.duals.feasible => Err(End::Stuck),
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
