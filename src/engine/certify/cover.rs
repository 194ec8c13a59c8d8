//! Whole bins: no choice of so many of each type, at less than the bound, has the room.

use super::failure::{Failure, refuted};
use super::prices::gcd;
use crate::budget::Budget;

/// Largest tables, in numbers: 128 MiB.
const MOST_CELLS: usize = 1 << 23;

/// Above so many amounts choices are tried one by one first, in so many steps.
const LONG: usize = 1 << 14;
const STEPS: u128 = 1 << 17;

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
/// Complexity: where choices are few their number, times rows and bin types; else `most` times rows, bin types and logarithm of their numbers,
/// for what each row alone allows, then a search among what all of them allow.
pub(super) fn none_within(kinds: &[Kind], asked: &[u128], most: u64, budget: &Budget) -> Result<(), Failure> {
    // what divides all prices is paid in whole numbers of it
    let unit = kinds.iter().fold(0, |unit, kind| gcd(unit, kind.price.into()));
    let unit = u64::try_from(unit.max(1)).map_err(|_| Failure::Undecided)?;
    let kinds: Vec<Kind> =
        kinds.iter().map(|kind| Kind { price: kind.price / unit, most: kind.most, room: kind.room.clone() }).collect();
    let length = usize::try_from(most / unit).ok().and_then(|most| most.checked_add(1)).ok_or(Failure::Undecided)?;
    let fault = || refuted(format!("so many bins have the room at {most}, less than the bound"));
    if length > LONG
        && let Some(found) = one_by_one(&kinds, asked, length as u64 - 1, budget)?
    {
        return if found { fault() } else { Ok(()) };
    }
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

impl Kind {
    /// So many are of use where so much room is missing in each row, and to be had for what is left.
    fn affordable(&self, short: &[u128], left: u64) -> u128 {
        let enough =
            short.iter().zip(&self.room).map(|(short, &worth)| if worth == 0 { 0 } else { short.div_ceil(worth) });
        let useful = enough.max().unwrap_or(0).min(self.most.map_or(u128::MAX, u128::from));
        left.checked_div(self.price).map_or(useful, |most| useful.min(most.into()))
    }
}

/// The room that is missing in each row.
fn short(room: &[u128], asked: &[u128]) -> Vec<u128> {
    room.iter().zip(asked).map(|(room, asked)| asked.saturating_sub(*room)).collect()
}

/// Whether bins for `most` have the room in every row, by trying all; `None` where these are too many.
fn one_by_one(kinds: &[Kind], asked: &[u128], most: u64, budget: &Budget) -> Result<Option<bool>, Failure> {
    let mut stack = vec![(0, most, vec![0u128; asked.len()])];
    let mut steps = 0;
    while let Some((kind, left, room)) = stack.pop() {
        budget.spend((asked.len() * (kinds.len() - kind + 1)) as u64)?;
        let short = short(&room, asked);
        if short.iter().all(|&short| short == 0) {
            return Ok(Some(true));
        }
        // were bins sand, all of it for the kind that has the most room for it
        let buys = |row: usize, kind: &Kind| {
            let cost = short[row].checked_mul(kind.price.into());
            let worth = kind.room[row];
            worth > 0 && cost.is_none_or(|cost| worth.checked_mul(left.into()).is_none_or(|room| cost <= room))
        };
        if !(0..short.len()).all(|row| short[row] == 0 || kinds[kind..].iter().any(|kind| buys(row, kind))) {
            continue;
        }
        let Some(it) = kinds.get(kind) else { continue };
        let bins = it.affordable(&short, left);
        // whatever is put aside counts, so that a certificate cannot ask for any amount of memory
        steps = bins.saturating_add(1).saturating_add(steps);
        if steps > STEPS {
            return Ok(None);
        }
        for count in 0..=bins {
            let with = |(room, worth): (&u128, &u128)| room.saturating_add(worth.saturating_mul(count));
            // no overflow: what is affordable costs at most what is left
            stack.push((kind + 1, left - count as u64 * it.price, room.iter().zip(&it.room).map(with).collect()));
        }
    }
    Ok(Some(false))
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
        let most = it.affordable(&short(&self.room, self.asked), left as u64);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::every_count;
    use crate::problem::random::Random;

    #[test]
    fn prices_to_the_cent_change_no_verdict() {
        let mut said = [[0, 0], [0, 0]];
        for seed in 0..600 {
            let random = &mut Random::new(seed);
            let rows = 1 + random.index(2);
            // above `LONG` amounts choices are tried one by one, below there are tables
            let cents = if seed % 2 == 0 { 1 } else { 100_003 };
            let kinds: Vec<Kind> = (0..1 + random.index(3))
                .map(|_| Kind {
                    price: random.between(1, 9) * cents + seed % 2,
                    most: random.chance(500).then(|| random.between(0, 2)),
                    room: (0..rows).map(|_| [0u128, 1, 3, 7][random.index(4)]).collect(),
                })
                .collect();
            let asked: Vec<u128> = (0..rows).map(|_| random.below(21).into()).collect();
            let most = random.below(21) * cents;
            let counts: Vec<u64> =
                kinds.iter().map(|kind| kind.most.unwrap_or(most / kind.price).min(most / kind.price)).collect();
            let exists = every_count(&counts).any(|counts| {
                let sum = |of: &dyn Fn(&Kind) -> u128| -> u128 {
                    counts.iter().zip(&kinds).map(|(&count, kind)| u128::from(count) * of(kind)).sum()
                };
                sum(&|kind| kind.price.into()) <= most.into()
                    && (0..rows).all(|row| sum(&|kind| kind.room[row]) >= asked[row])
            });
            let verdict = none_within(&kinds, &asked, most, &Budget::of_work(100_000_000));
            assert_eq!(matches!(verdict, Err(Failure::Refuted { .. })), exists, "seed {seed}: {verdict:?}");
            assert_eq!(verdict.is_ok(), !exists, "seed {seed}");
            said[usize::from(cents > 1)][usize::from(exists)] += 1;
        }
        assert!(said.iter().flatten().all(|&count| count > 50), "{said:?}");
    }

    #[test]
    fn too_many_choices_are_put_aside_by_nobody() {
        // 120,000 bins are asked for, and one less can be paid: tables have no room for the prices
        let kind = |at: u64| Kind { price: 1_000_003, most: None, room: vec![(at % 2).into(), (1 - at % 2).into()] };
        let kinds: Vec<Kind> = (0..30).map(kind).chain([Kind { price: 2_000_007, ..kind(0) }]).collect();
        let verdict = none_within(&kinds, &[60_000, 60_000], 119_999 * 1_000_003, &Budget::of_work(100_000_000));
        assert!(matches!(verdict, Err(Failure::Undecided)), "{verdict:?}");
    }
}
