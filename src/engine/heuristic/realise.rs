//! From a packing of sizes to a packing of classes.
//!
//! Where many classes draw from few sizes, the packing without conflicts is easy and good; it says which sizes share a bin.
//! What is left is to say whose they are. First bin by bin, small classes before large ones so that the large ones fill up;
//! then two copies of equal size in different bins are exchanged wherever that leaves fewer conflicts (the min-conflicts
//! rule of Minton, Johnston, Philips, Laird 1992, section 2): no exchange changes the load of a bin. What still conflicts
//! leaves for other bins.

mod crowd;

use fixedbitset::FixedBitSet;

use self::crowd::Crowd;
use super::effort::realise::{DEAL_STEPS, EXCHANGE_STEPS, LOOK_AT, MOST_COPIES, PATIENCE, RESORT, TRIES};
use super::load::{Load, solution};
use super::shape::Shape;
use crate::budget::{Budget, Stop};
use crate::problem::random::Random;
use crate::problem::{Problem, Solution};

/// A place in a bin for one copy of a given size.
#[derive(Clone, Copy)]
struct Slot {
    bin: u32,
    size: u32,
    item: u32,
}

const EMPTY: u32 = u32::MAX;

struct Layout<'s, 'a> {
    shape: &'s Shape<'a>,
    /// Slots of bin `b` are `first[b]..first[b + 1]`.
    first: Vec<usize>,
    kind: Vec<usize>,
    slots: Vec<Slot>,
    class: Vec<u32>,
}

/// A packing of `problem` after a packing of its sizes: `groups` lists the item types of each size (equal in size and
/// eligibility), `sizes` packs the groups as if nothing conflicted. `None`: too many copies, or no bin was left to open.
///
/// # Errors
/// [`Stop`] once the budget is used up before there is a packing.
pub(super) fn realise(
    shape: &Shape,
    groups: &[Vec<usize>],
    sizes: &Solution,
    random: &mut Random,
    budget: &Budget,
) -> Result<Option<Solution>, Stop> {
    let problem = shape.problem;
    if problem.copies() > MOST_COPIES || problem.items().len() >= EMPTY as usize {
        return Ok(None);
    }
    let mut layout = Layout::new(shape, sizes, random);
    budget.spend(layout.slots.len() as u64)?;
    layout.deal(groups, budget)?;
    // what still clashes when the exchanges' share of the work is spent, the last step moves
    let work = (layout.slots.len() as u64).saturating_mul(EXCHANGE_STEPS).min(budget.left() / 2);
    let _ended = budget.within(work, |own| layout.exchange(groups.len(), random, own));
    budget.look()?;
    Ok(layout.finish(budget)?.map(solution))
}

impl<'s, 'a> Layout<'s, 'a> {
    fn new(shape: &'s Shape<'a>, sizes: &Solution, random: &mut Random) -> Self {
        let mut bins: Vec<&crate::problem::Pattern> =
            sizes.patterns.iter().flat_map(|pattern| (0..pattern.count).map(move |_| pattern)).collect();
        random.shuffle(&mut bins);
        let mut layout = Self {
            shape,
            first: vec![0],
            kind: bins.iter().map(|pattern| pattern.bin).collect(),
            slots: Vec::new(),
            class: shape.problem.items().iter().map(|item| item.class as u32).collect(),
        };
        for (bin, pattern) in bins.into_iter().enumerate() {
            for &(size, copies) in &pattern.items {
                let slot = Slot { bin: bin as u32, size: size as u32, item: EMPTY };
                layout.slots.extend((0..copies).map(|_| slot));
            }
            layout.first.push(layout.slots.len());
        }
        layout
    }

    fn bins(&self) -> usize {
        self.kind.len()
    }

    /// Fills the slots: in every bin the smallest class that is left goes first, then the largest that agree with all in
    /// it. What nobody fills without a conflict is filled at the end.
    fn deal(&mut self, groups: &[Vec<usize>], budget: &Budget) -> Result<(), Stop> {
        let problem = self.shape.problem;
        let conflicts = problem.conflicts();
        let classes = conflicts.len();
        // what is left of each class by size: (size, item, copies)
        let mut left: Vec<Vec<(u32, u32, u64)>> = vec![Vec::new(); classes];
        for (size, group) in groups.iter().enumerate() {
            for &item in group {
                left[problem.items()[item].class].push((size as u32, item as u32, problem.items()[item].demand));
            }
        }
        let mut total: Vec<u64> = left.iter().map(|own| own.iter().map(|entry| entry.2).sum()).collect();
        let mut order: Vec<usize> = (0..classes).filter(|&class| total[class] > 0).collect();
        let mut forbidden = FixedBitSet::with_capacity(classes);
        let mut open: Vec<usize> = Vec::new();
        for bin in 0..self.bins() {
            if bin % RESORT == 0 {
                order.retain(|&class| total[class] > 0);
                order.sort_by_key(|&class| (std::cmp::Reverse(total[class]), class));
            }
            forbidden.clear();
            open.clear();
            open.extend(self.first[bin]..self.first[bin + 1]);
            budget.spend(open.len() as u64 / 4)?;
            let mut work = 0;
            let mut seeds = 1;
            // the smallest that has something for this bin, then the largest
            let walk = order.iter().rev().map(|&class| (class, true)).chain(order.iter().map(|&class| (class, false)));
            for (class, small) in walk {
                if open.is_empty() {
                    break;
                }
                work += 1;
                // a single bin may hold very many copies of very many classes
                if work >= 4 * DEAL_STEPS {
                    budget.spend(work / 4)?;
                    work = 0;
                }
                if total[class] == 0 || (small && seeds == 0) || forbidden.contains(class) {
                    continue;
                }
                let alone = self.shape.alone[class];
                let before = open.len();
                let own = &mut left[class];
                let slots = &mut self.slots;
                work += open.len() as u64;
                let mut taken = 0;
                open.retain(|&slot| {
                    if alone && taken > 0 {
                        return true;
                    }
                    let size = slots[slot].size;
                    let Ok(at) = own.binary_search_by_key(&size, |entry| entry.0) else { return true };
                    if own[at].2 == 0 {
                        return true;
                    }
                    own[at].2 -= 1;
                    taken += 1;
                    slots[slot].item = own[at].1;
                    false
                });
                if open.len() < before {
                    total[class] -= (before - open.len()) as u64;
                    forbidden.union_with(conflicts.row(class));
                    if small {
                        seeds -= 1;
                    }
                }
            }
            budget.spend(work / 4)?;
        }
        // the rest in any order
        let mut rest: Vec<Vec<(u32, u64)>> = vec![Vec::new(); groups.len()];
        for (size, item, copies) in left.into_iter().flatten().filter(|entry| entry.2 > 0) {
            rest[size as usize].push((item, copies));
        }
        for slot in self.slots.iter_mut().filter(|slot| slot.item == EMPTY) {
            let stock = &mut rest[slot.size as usize];
            if let Some(last) = stock.last_mut() {
                slot.item = last.0;
                last.1 -= 1;
                if last.1 == 0 {
                    stock.pop();
                }
            }
        }
        Ok(())
    }

    fn class_of(&self, slot: usize) -> usize {
        self.class[self.slots[slot].item as usize] as usize
    }

    /// How many copies in the bin conflict with the class, the one in slot `except` left out.
    fn clashes(&self, class: usize, bin: usize, except: usize) -> i64 {
        let row = self.shape.problem.conflicts().row(class);
        let range = self.first[bin]..self.first[bin + 1];
        range.filter(|&slot| slot != except && row.contains(self.class_of(slot))).count() as i64
    }

    /// Exchanges copies of equal size until nothing conflicts, or no progress is made.
    fn exchange(&mut self, sizes: usize, random: &mut Random, budget: &Budget) -> Result<(), Stop> {
        let mut of_size: Vec<Vec<usize>> = vec![Vec::new(); sizes];
        for (index, slot) in self.slots.iter().enumerate() {
            of_size[slot.size as usize].push(index);
        }
        if self.bins() < 2 {
            return Ok(());
        }
        let bin_of = |layout: &Self, slot: usize| layout.slots[slot].bin as usize;
        let mut clashing: Vec<usize> = Vec::new();
        let mut crowd = Crowd::new(self.shape.problem.conflicts());
        for bin in 0..self.bins() {
            let inside = self.first[bin]..self.first[bin + 1];
            budget.spend(crowd.enter(inside.clone().map(|x| self.class_of(x))) + 4 * inside.len() as u64)?;
            clashing.extend(inside.filter(|&x| crowd.clashes(self.class_of(x)) > 0));
        }
        let mut listed = vec![false; self.slots.len()];
        clashing.iter().for_each(|&x| listed[x] = true);
        let mut since = 0;
        let mut total = 0i64;
        let mut best = 0i64;
        // entries are looked at again when drawn: what no longer clashes drops out then
        while !clashing.is_empty() && since <= PATIENCE * (clashing.len() as u64 + 50) {
            since += 1;
            let draw = random.index(clashing.len());
            let x = clashing[draw];
            let (b, c) = (bin_of(self, x), self.class_of(x));
            let width = (self.first[b + 1] - self.first[b]) as u64;
            budget.spend(width / 4 + TRIES as u64 / 4)?;
            let here = self.clashes(c, b, x);
            if here == 0 {
                listed[x] = false;
                clashing.swap_remove(draw);
                since = since.saturating_sub(1);
                continue;
            }
            let peers = &of_size[self.slots[x].size as usize];
            let mut choice: Option<(i64, usize)> = None;
            for _ in 0..TRIES {
                let y = peers[random.index(peers.len())];
                let (other, d) = (bin_of(self, y), self.class_of(y));
                if other == b || d == c {
                    continue;
                }
                budget.spend(width / 2 + 1)?;
                let arriving = self.clashes(c, other, y);
                if arriving > here {
                    continue;
                }
                let delta = arriving + self.clashes(d, b, x) - here - self.clashes(d, other, y);
                if choice.is_none_or(|best| delta < best.0) {
                    choice = Some((delta, y));
                    if delta < 0 {
                        break;
                    }
                }
            }
            let Some((delta, y)) = choice.filter(|choice| choice.0 <= 0 || random.chance(20)) else { continue };
            let (item, other) = (self.slots[x].item, self.slots[y].item);
            self.slots[x].item = other;
            self.slots[y].item = item;
            total += delta;
            if total < best {
                best = total;
                since = 0;
            }
            for bin in [b, bin_of(self, y)] {
                let (first, next) = (self.first[bin], self.first[bin + 1]);
                for (slot, listed) in (first..next).zip(&mut listed[first..next]) {
                    if !*listed {
                        *listed = true;
                        clashing.push(slot);
                    }
                }
            }
        }
        Ok(())
    }

    /// The bins, with what clashes moved to others, new ones where there is no other way.
    fn finish(&self, budget: &Budget) -> Result<Option<Vec<Load>>, Stop> {
        let shape = self.shape;
        let conflicts = shape.problem.conflicts();
        let mut loads: Vec<Load> = Vec::with_capacity(self.bins());
        let mut homeless: Vec<usize> = Vec::new();
        let mut crowd = Crowd::new(conflicts);
        let rank = ranks(&shape.area);
        for bin in 0..self.bins() {
            let slots = self.first[bin]..self.first[bin + 1];
            budget.spend(crowd.enter(slots.clone().map(|x| self.class_of(x))) + slots.len() as u64)?;
            let key = |x: usize| (self.class_of(x), rank[self.slots[x].item as usize]);
            let left = crowd.evict(slots.clone(), key, budget)?;
            homeless.extend(left.iter().map(|&x| self.slots[x].item as usize));
            let inside: Vec<usize> = slots.filter(|x| left.binary_search(x).is_err()).collect();
            let mut items: Vec<(usize, u64)> = inside.iter().map(|&x| (self.slots[x].item as usize, 1)).collect();
            items.sort_unstable();
            items.dedup_by(|next, kept| {
                let same = next.0 == kept.0;
                kept.1 += if same { next.1 } else { 0 };
                same
            });
            loads.push(Load { bin: self.kind[bin], items, count: 1 });
        }
        homeless.sort_by(|&a, &b| shape.area[b].total_cmp(&shape.area[a]).then(a.cmp(&b)));
        let mut rooms: Vec<Vec<u64>> = loads.iter().map(|load| room(shape.problem, load)).collect();
        let mut stock = shape.stock();
        loads.iter().for_each(|load| stock[load.bin] = stock[load.bin].saturating_sub(1));
        for item in homeless {
            let row = conflicts.row(shape.class(item));
            let count = loads.len();
            // newest first: what was opened here is the emptiest
            let mut work = 0;
            let home = (0..count.min(LOOK_AT)).map(|step| count - 1 - step).find(|&bin| {
                work += 1;
                shape.fits(item, loads[bin].bin)
                    && shape.holds(&rooms[bin], item)
                    && loads[bin].items.iter().all(|&(other, _)| {
                        work += 1;
                        !row.contains(shape.class(other))
                    })
            });
            budget.spend(work / 2 + 1)?;
            let home = match home {
                Some(home) => home,
                None => {
                    let Some(kind) = shape.roomiest(&stock, item) else { return Ok(None) };
                    stock[kind] -= 1;
                    loads.push(Load { bin: kind, items: Vec::new(), count: 1 });
                    rooms.push(shape.capacity(kind).to_vec());
                    loads.len() - 1
                }
            };
            rooms[home].iter_mut().zip(shape.size(item)).for_each(|(room, &size)| *room -= size);
            match loads[home].items.iter_mut().find(|entry| entry.0 == item) {
                Some(entry) => entry.1 += 1,
                None => loads[home].items.push((item, 1)),
            }
        }
        Ok(Some(loads))
    }
}

/// The place of each value in ascending order, equal values alike.
fn ranks(values: &[f64]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0; values.len()];
    for pair in order.windows(2) {
        ranks[pair[1]] = ranks[pair[0]] + u32::from(values[pair[0]] != values[pair[1]]);
    }
    ranks
}

/// What a bin has left.
fn room(problem: &Problem, load: &Load) -> Vec<u64> {
    let mut room = problem.bins()[load.bin].capacity.clone();
    for &(item, copies) in &load.items {
        for (room, &size) in room.iter_mut().zip(&problem.items()[item].size) {
            *room = room.saturating_sub(size.saturating_mul(copies));
        }
    }
    room
}
