//! A case of a small problem: what branches on pairs of items and on numbers of bins have made of it, and all that a bin may hold.

use super::effort::case_tree::MOST_COLUMNS;
use super::master::MasterError;
use crate::budget::{Budget, Stop};
use crate::certify::Level;
use crate::problem::Problem;

/// What is known of a value that is held: of an earlier level, or one with a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// It is at most this.
    pub most: u64,
    /// It is proved to be at least this.
    pub least: u64,
}

/// Whether a problem is of the kind: a bit for each bin type, and four for each item, merged ones included.
#[must_use]
pub fn suits_cases(problem: &Problem) -> bool {
    let items = problem.items();
    let most = (items.len() as u64).saturating_add(problem.copies().saturating_sub(1));
    most <= 32 && items.iter().all(|item| item.demand <= 15) && problem.bins().len() <= 64
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

/// Items, and the branches on numbers of bins.
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
    /// The case of the root.
    pub fn of(problem: &Problem) -> Self {
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
    pub fn together(&self, problem: &Problem, a: usize, b: usize) -> Option<Self> {
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

    /// No bin holds a copy of each.
    pub fn apart(&self, a: usize, b: usize) -> Self {
        let mut case = self.clone();
        case.items[a].apart |= 1 << b;
        case.items[b].apart |= 1 << a;
        case
    }

    /// At most so many bins of these types, or more.
    pub fn turned(&self, bins: &[usize], most: u64, few: bool) -> Self {
        let mut case = self.clone();
        case.path.push(Turn { bins: bins.to_vec(), most, few });
        case
    }

    /// Everything that a bin may hold, nothing included.
    pub fn contents(&self, problem: &Problem, exists: &[usize], budget: &Budget) -> Result<Vec<Content>, End> {
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
