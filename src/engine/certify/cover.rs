//! Whole bins: no choice of so many of each type, at less than the bound, has the room.

use super::failure::{Failure, refuted};
use super::prices::gcd;
use crate::budget::Budget;

/// Largest tables, in numbers: 128 MiB.
const MOST_CELLS: usize = 1 << 23;

/// A bin type of which there may be so many.
pub(super) struct Kind {
    /// What one costs.
    pub price: u64,
    /// How many there may be.
    pub most: Option<u64>,
    /// What it holds, a row each.
    pub room: Vec<u128>,
}

/// No choice of bins that costs at most `most` has the room `asked` in every row.
///
/// Complexity: `most` times rows, bin types and logarithm of their numbers, for what each row alone allows; then a search among
/// what all of them allow.
pub(super) fn none_within(kinds: &[Kind], asked: &[u128], most: u64, budget: &Budget) -> Result<(), Failure> {
    // what divides all prices is paid in whole numbers of it
    let unit = kinds.iter().fold(0, |unit, kind| gcd(unit, kind.price.into()));
    let unit = u64::try_from(unit.max(1)).map_err(|_| Failure::Undecided)?;
    let kinds: Vec<Kind> =
        kinds.iter().map(|kind| Kind { price: kind.price / unit, most: kind.most, room: kind.room.clone() }).collect();
    let length = usize::try_from(most / unit).ok().and_then(|most| most.checked_add(1)).ok_or(Failure::Undecided)?;
    let fault = || refuted(format!("so many bins have the room at {most}, less than the bound"));
    let start = || -> Result<Vec<u128>, Failure> {
        budget.spend(length as u64)?;
        Ok(vec![0; length])
    };
    if let [only] = *asked {
        // nothing is left to be searched
        let mut all = start()?;
        for kind in &kinds {
            all = bought(&all, kind, 0, only, budget)?;
        }
        return if all[length - 1] >= only { fault() } else { Ok(()) };
    }
    if length.saturating_mul(kinds.len() + 1).saturating_mul(asked.len()) > MOST_CELLS {
        return Err(Failure::Undecided);
    }
    let mut tables = Vec::with_capacity(asked.len());
    for (row, &asked) in asked.iter().enumerate() {
        let mut rooms = vec![start()?];
        for (at, kind) in kinds.iter().rev().enumerate() {
            let with = bought(&rooms[at], kind, row, asked, budget)?;
            rooms.push(with);
        }
        rooms.reverse();
        tables.push(rooms);
    }
    let mut search = Search { kinds: &kinds, asked, tables, room: vec![0; asked.len()], budget };
    if search.reaches(0, length - 1)? { fault() } else { Ok(()) }
}

/// The most room in a row that each amount buys where bins of this kind may be bought, too.
fn bought(without: &[u128], kind: &Kind, row: usize, asked: u128, budget: &Budget) -> Result<Vec<u128>, Failure> {
    let worth = kind.room[row];
    let mut all = without.to_vec();
    let enough = if worth == 0 { 0 } else { asked.div_ceil(worth) };
    let most = kind.most.map_or(enough, |most| enough.min(most.into()));
    let Ok(price) = usize::try_from(kind.price) else {
        budget.spend(all.len() as u64)?;
        return Ok(all);
    };
    let mut left = most;
    let mut lot = 1u128;
    while left > 0 {
        let lots = lot.min(left);
        left -= lots;
        lot *= 2;
        budget.spend(all.len() as u64)?;
        let more = worth.checked_mul(lots).ok_or(Failure::Undecided)?;
        let Some(paid) = usize::try_from(lots).ok().and_then(|lots| lots.checked_mul(price)) else { break };
        for amount in (paid..all.len()).rev() {
            let sum = all[amount - paid].checked_add(more).ok_or(Failure::Undecided)?;
            all[amount] = all[amount].max(sum);
        }
        if paid >= all.len() {
            break;
        }
    }
    Ok(all)
}

struct Search<'a, 'b> {
    kinds: &'a [Kind],
    asked: &'a [u128],
    /// By row and kind: the most room that each amount buys from this kind on.
    tables: Vec<Vec<Vec<u128>>>,
    /// What the bins chosen so far have.
    room: Vec<u128>,
    budget: &'a Budget<'b>,
}

impl Search<'_, '_> {
    /// Whether bins of the kinds from `kind` on, for `left`, complete the room.
    fn reaches(&mut self, kind: usize, left: usize) -> Result<bool, Failure> {
        self.budget.spend(self.asked.len() as u64 + 1)?;
        let mut rows = self.room.iter().zip(self.asked).zip(&self.tables);
        if !rows.all(|((&room, &asked), table)| room.saturating_add(table[kind][left]) >= asked) {
            return Ok(false);
        }
        let Some(it) = self.kinds.get(kind) else { return Ok(true) };
        let enough = |((&room, &asked), &worth): ((&u128, &u128), &u128)| match worth {
            0 => 0,
            worth => asked.saturating_sub(room).div_ceil(worth),
        };
        let useful = self.room.iter().zip(self.asked).zip(&it.room).map(enough).max().unwrap_or(0);
        let affordable = (left as u64).checked_div(it.price).map_or(useful, u128::from);
        let most = useful.min(affordable).min(it.most.map_or(u128::MAX, u128::from));
        let before = self.room.clone();
        for count in (0..=most).rev() {
            for (room, (&start, &worth)) in self.room.iter_mut().zip(before.iter().zip(&it.room)) {
                *room = start.saturating_add(worth.saturating_mul(count));
            }
            // no overflow: what is affordable costs at most what is left
            let paid = (count as u64 * it.price) as usize;
            if self.reaches(kind + 1, left - paid)? {
                return Ok(true);
            }
        }
        self.room = before;
        Ok(false)
    }
}
