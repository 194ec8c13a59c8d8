//! Quick fillings: one bin made maximal, and first or best fit over a given order.

use fixedbitset::FixedBitSet;

use crate::budget::{Budget, Stop};
use crate::problem::Pattern;

use super::Case;
use super::case::fitting;

/// Adds copies to a bin of type `bin`, in the given order of items, until nothing more fits. `items` is feasible and
/// ascending before and after; `demand` limits the copies. Complexity: linear in `order` times the dimensions, plus a
/// bit row for each item in the bin.
pub fn extend(case: &Case, bin: usize, items: &mut Vec<(usize, u64)>, order: &[usize], demand: &[u64]) {
    let mut room = Open::new(case, bin);
    for &(item, copies) in items.iter() {
        room.put(case, item, copies);
    }
    let held: Vec<(usize, u64)> = std::mem::take(items);
    let mut content = held;
    for &item in order {
        let already = content.iter().find(|entry| entry.0 == item).map_or(0, |entry| entry.1);
        let copies = room.fits(case, item, demand[item].saturating_sub(already));
        if copies > 0 {
            room.put(case, item, copies);
            match content.iter_mut().find(|entry| entry.0 == item) {
                Some(entry) => entry.1 += copies,
                None => content.push((item, copies)),
            }
        }
    }
    content.sort_unstable();
    *items = content;
}

/// A bin that is being filled, or `count` equal ones.
#[derive(Clone, Debug)]
struct Open {
    bin: usize,
    count: u64,
    room: Vec<u64>,
    forbidden: FixedBitSet,
    items: Vec<(usize, u64)>,
}

impl Open {
    fn new(case: &Case, bin: usize) -> Self {
        let room = case.bins()[bin].capacity.clone();
        Self { bin, count: 1, room, forbidden: FixedBitSet::with_capacity(case.len()), items: Vec::new() }
    }

    /// How many of `copies` of `item` still fit.
    fn fits(&self, case: &Case, item: usize, copies: u64) -> u64 {
        if copies == 0 || self.forbidden.contains(item) {
            return 0;
        }
        let most = case.most(item, self.bin, copies);
        fitting(case.size(item), &self.room, most)
    }

    fn put(&mut self, case: &Case, item: usize, copies: u64) {
        for (room, &size) in self.room.iter_mut().zip(case.size(item)) {
            *room = room.saturating_sub(size.saturating_mul(copies));
        }
        self.forbidden.union_with(case.conflicts(item));
        self.items.push((item, copies));
    }
}

/// First fit (`best`: best fit, by the room left in all resources together) of the demanded copies in the given order.
/// A new bin is of the first type in `types` that holds the item and of which `allowed` leaves one.
/// `None` where an item finds no bin, or more than `most` bins would be needed.
///
/// Equal bins are counted, not copied. Complexity: items times groups of equal bins times dimensions.
///
/// # Errors
/// [`Stop`] when the budget is used up.
#[allow(clippy::too_many_arguments)]
pub fn first_fit(
    case: &Case,
    demand: &[u64],
    order: &[usize],
    types: &[usize],
    allowed: &[u64],
    best: bool,
    most: u64,
    budget: &Budget,
) -> Result<Option<Vec<Pattern>>, Stop> {
    let mut open: Vec<Open> = Vec::new();
    let mut opened = 0u64;
    let mut allowed = allowed.to_vec();
    for &item in order {
        let mut left = demand[item];
        if left == 0 {
            continue;
        }
        budget.spend(open.len() as u64 + 1)?;
        while left > 0 && !open.is_empty() {
            budget.spend(open.len() as u64 / 16)?;
            let mut target: Option<(u128, usize)> = None;
            for (index, bin) in open.iter().enumerate() {
                if bin.fits(case, item, 1) == 0 {
                    continue;
                }
                let slack = if best { fullness(case, bin, item) } else { 0 };
                if target.is_none_or(|(least, _)| slack < least) {
                    target = Some((slack, index));
                    if !best {
                        break;
                    }
                }
            }
            let Some((_, index)) = target else { break };
            let copies = open[index].fits(case, item, left);
            // in all bins of the group that can have as many, the first of them
            let (group, full) = (&mut open[index], left / copies);
            if full < group.count {
                let rest = Open { count: group.count - full, ..group.clone() };
                group.count = full;
                open.insert(index + 1, rest);
            }
            let group = &mut open[index];
            group.put(case, item, copies);
            left -= copies * group.count;
        }
        while left > 0 {
            let fitting = types.iter().copied().find(|&bin| allowed[bin] > 0 && case.most(item, bin, 1) > 0);
            let Some(bin) = fitting else { return Ok(None) };
            budget.spend(case.len() as u64 / 64 + 1)?;
            let mut new = Open::new(case, bin);
            let copies = new.fits(case, item, left);
            new.count = (left / copies).min(allowed[bin]);
            allowed[bin] -= new.count;
            opened = opened.saturating_add(new.count);
            if opened > most {
                return Ok(None);
            }
            new.put(case, item, copies);
            left -= copies * new.count;
            open.push(new);
        }
    }
    let patterns = open
        .into_iter()
        .map(|bin| {
            let mut items: Vec<(usize, u64)> = Vec::with_capacity(bin.items.len());
            for (item, copies) in bin.items {
                match items.iter_mut().find(|entry| entry.0 == item) {
                    Some(entry) => entry.1 += copies,
                    None => items.push((item, copies)),
                }
            }
            items.sort_unstable();
            Pattern { bin: bin.bin, items, count: bin.count }
        })
        .collect();
    Ok(Some(patterns))
}

/// Room left after `item`, each resource as a share (2^32 is a whole bin), summed.
fn fullness(case: &Case, bin: &Open, item: usize) -> u128 {
    let capacity = &case.bins()[bin.bin].capacity;
    let room = bin.room.iter().zip(case.size(item));
    room.zip(capacity)
        .map(|((&room, &size), &cap)| (u128::from(room.saturating_sub(size)) << 32) / u128::from(cap.max(1)))
        .sum()
}
