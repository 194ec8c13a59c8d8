//! Places whoever stays nowhere into the clusters that were chosen, without moving those who stay; what finds no room
//! makes some: others go elsewhere, smaller ones wait in their place, gaps are gathered.
#![allow(clippy::float_arithmetic)] // it steers, and decides nothing

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::choice::{Chooser, Chosen};
use super::ground::{Ground, House, Member};
use crate::budget::Budget;

/// The clusters, and who waits for a place.
#[derive(Clone)]
pub struct Field<'g, 'a> {
    ground: &'g Ground<'a>,
    pub houses: Vec<House>,
    /// By member: index of its house, or [`NOWHERE`].
    home: Vec<usize>,
    pub waiting: Vec<usize>,
    /// By dimension: how scarce it is.
    scarce: Vec<f64>,
    /// By member: equal ones are one sort.
    sort_of: Vec<usize>,
    /// By member: whether its foes left for it once.
    cleared: Vec<bool>,
    /// By house: its guests, as they were last asked for.
    known: RefCell<Vec<Option<Guests>>>,
    /// By house: which sorts it refused for more than doors, sums and foes, in the place of which, since somebody left it.
    refused: RefCell<Vec<Refused>>,
}

/// What their staying is worth at most, and who they are.
type Guests = (u64, Rc<[usize]>);

/// Sorts that find no room, and in the place of which.
type Refused = FxHashSet<(usize, Option<usize>)>;

/// What is left over, what it costs, and what staying there is worth: the less the better.
type Merit = (u64, u64, Reverse<u64>);

/// Where nobody is yet.
const NOWHERE: usize = usize::MAX;
/// Houses in which a gap is gathered, at most.
const GATHERED: usize = 40;

impl<'g, 'a> Field<'g, 'a> {
    /// Clusters in which some are already; everybody else waits.
    pub fn new(ground: &'g Ground<'a>, houses: Vec<House>) -> Self {
        let mut home = vec![NOWHERE; ground.members.len()];
        for (index, house) in houses.iter().enumerate() {
            house.members.iter().for_each(|&member| home[member] = index);
        }
        let mut waiting: Vec<usize> = (0..home.len()).filter(|&member| home[member] == NOWHERE).collect();
        waiting.sort_by_key(|&member| (Reverse(ground.members[member].share), member));
        let dims = ground.usable.first().map_or(0, Vec::len);
        let scarce = (0..dims).map(|at| {
            let all: f64 = ground.members.iter().map(|it| it.load[at] as f64).sum();
            let there: f64 = houses.iter().map(|house| ground.usable[house.site][at] as f64).sum();
            (all / there.max(1.0)).min(1.0).powi(4)
        });
        let scarce = scarce.collect();
        let mut numbers = FxHashMap::default();
        let sort = |it: &'g Member| {
            let next = numbers.len();
            *numbers.entry((it.kind, it.door, &it.load)).or_insert(next)
        };
        let sort_of = ground.members.iter().map(sort).collect();
        let cleared = vec![false; home.len()];
        let known = RefCell::new(vec![None; houses.len()]);
        let refused = RefCell::new(vec![Refused::default(); houses.len()]);
        Self { ground, houses, home, waiting, scarce, sort_of, cleared, known, refused }
    }

    /// How well a member goes with what is free in a house: free and wanted, both as shares of the whole, multiplied and
    /// weighed by what is scarce (Panigrahy et al. 2011).
    fn fit(&self, house: &House, member: usize) -> f64 {
        let usable = &self.ground.usable[house.site];
        let load = &self.ground.members[member].load;
        let part = |at: usize| {
            let whole = (usable[at] as f64).max(1.0);
            let free = usable[at].saturating_sub(house.load[at]) as f64;
            self.scarce[at] * free * (load[at] as f64 + 1.0) / (whole * whole)
        };
        (0..usable.len()).map(part).sum()
    }

    /// Places who waits, large before small, each where it goes best: first where its group was poured, as much as was; then
    /// wherever none of its foes were. Those who find no room go on waiting.
    pub fn fill(&mut self, chooser: &Chooser, chosen: &Chosen, budget: &Budget) {
        let mut quotas = chosen.quotas.clone();
        for poured in [true, false] {
            for member in std::mem::take(&mut self.waiting) {
                let it = &self.ground.members[member];
                if budget.spend((self.houses.len() * it.load.len()) as u64).is_err() {
                    self.waiting.push(member);
                    continue;
                }
                let group = chooser.group_of[member];
                // where less than half of him is wanted, others are wanted more
                let least = chooser.share(member) / 2.0;
                let mut places: Vec<(f64, usize)> = Vec::new();
                for (index, house) in self.houses.iter().enumerate() {
                    let wanted = if poured {
                        quotas[index][group] >= least.max(f64::MIN_POSITIVE)
                    } else {
                        !chosen.reserved[index].contains(it.kind)
                    };
                    if wanted && self.ground.lets_in(house, member, None) {
                        places.push((self.fit(house, member), index));
                    }
                }
                // the first of the best; most often it takes him
                let mut found = None;
                while let Some(best) = (0..places.len()).reduce(|a, b| if places[b].0 > places[a].0 { b } else { a }) {
                    let (_, index) = places.swap_remove(best);
                    if self.takes(index, member, None, budget) {
                        found = Some(index);
                        break;
                    }
                }
                match found {
                    Some(index) => {
                        quotas[index][group] -= chooser.share(member);
                        self.enter(member, index);
                    }
                    None => self.waiting.push(member),
                }
            }
        }
    }

    /// Whether a house takes a member in, perhaps in the place of another. What it refused it does not take with more in it.
    fn takes(&self, index: usize, member: usize, without: Option<usize>, budget: &Budget) -> bool {
        if !self.ground.lets_in(&self.houses[index], member, without) {
            return false;
        }
        let asked = (self.sort_of[member], without.map(|it| self.sort_of[it]));
        if self.refused.borrow()[index].contains(&asked) {
            return false;
        }
        let takes = self.ground.takes(&self.houses[index], member, without, budget);
        if !takes {
            self.refused.borrow_mut()[index].insert(asked);
        }
        takes
    }

    fn enter(&mut self, member: usize, index: usize) {
        self.known.get_mut()[index] = None;
        self.ground.enter(&mut self.houses[index], member);
        self.home[member] = index;
    }

    /// What is known of a house is known no more.
    fn changed(&mut self, index: usize) {
        self.known.get_mut()[index] = None;
        self.refused.get_mut()[index].clear();
    }

    fn leave(&mut self, member: usize) {
        self.changed(self.home[member]);
        self.ground.leave(&mut self.houses[self.home[member]], member);
        self.home[member] = NOWHERE;
    }

    /// Makes room for those who wait: who leaves for them is worth no more than that where he is. True if nobody waits any more.
    pub fn make_room(&mut self, most: u64, budget: &Budget) -> bool {
        // each step but a shrinking one places somebody; each shrinking one lets somebody smaller wait
        while !self.waiting.is_empty() && budget.look().is_ok() {
            self.waiting.sort_by_key(|&member| (Reverse(self.ground.members[member].share), member));
            let mut changed = false;
            for member in std::mem::take(&mut self.waiting) {
                let done = budget.look().is_ok()
                    && (self.join(member, budget)
                        || self.push(member, most, budget)
                        || self.gather(member, budget)
                        || self.shrink(member, most, budget)
                        || self.clear(member, most, budget));
                changed |= done;
                if !done {
                    self.waiting.push(member);
                }
            }
            if !changed {
                break;
            }
        }
        self.waiting.is_empty()
    }

    /// Further clusters for those who wait, at most so many in all: each where least is left over, then where it costs least, then
    /// where staying is worth most. `None` where some find no place.
    pub fn opened(
        mut self,
        crews: &BTreeMap<usize, House>,
        most: usize,
        costs: bool,
        budget: &Budget,
    ) -> Option<Vec<House>> {
        let ground = self.ground;
        let stays: BTreeMap<usize, u64> = crews.iter().map(|(&site, crew)| (site, ground.stays(crew))).collect();
        while !self.waiting.is_empty() && self.houses.len() < most {
            budget.look().ok()?;
            self.waiting.sort_by_key(|&member| (Reverse(ground.members[member].share), member));
            let mut best: Option<(Merit, usize)> = None;
            for site in (0..ground.usable.len()).filter(|&site| self.may_open(site)) {
                budget.spend((self.waiting.len() * self.scarce.len()) as u64).ok()?;
                let (mut house, mut left) = (ground.house(site), 0u64);
                for &member in &self.waiting {
                    match ground.lets_in(&house, member, None) {
                        true => ground.enter(&mut house, member),
                        false => left = left.saturating_add(ground.members[member].share),
                    }
                }
                let price = if costs { ground.price[site] } else { 0 };
                let key = (left, price, Reverse(stays.get(&site).copied().unwrap_or(0)));
                if !house.members.is_empty() && best.is_none_or(|best| key < best.0) {
                    best = Some((key, site));
                }
            }
            let (_, site) = best?;
            let index = self.houses.len();
            self.houses.push(ground.house(site));
            self.known.get_mut().push(None);
            self.refused.get_mut().push(Refused::default());
            for member in std::mem::take(&mut self.waiting) {
                match self.takes(index, member, None, budget) {
                    true => self.enter(member, index),
                    false => self.waiting.push(member),
                }
            }
            if self.houses[index].members.is_empty() {
                return None; // the sums let somebody in, the nodes nobody
            }
        }
        self.waiting.is_empty().then_some(self.houses)
    }

    /// Whether one more cluster may stand at a site.
    fn may_open(&self, site: usize) -> bool {
        let at = |sites: &[usize]| self.houses.iter().filter(|it| sites.binary_search(&it.site).is_ok()).count() as u64;
        let limits = || self.ground.limits.iter().filter(|(sites, _)| sites.binary_search(&site).is_ok());
        (!self.ground.once[site] || at(&[site]) == 0) && limits().all(|(sites, most)| at(sites) < *most)
    }

    fn join(&mut self, member: usize, budget: &Budget) -> bool {
        let found = (0..self.houses.len()).find(|&index| self.takes(index, member, None, budget));
        found.inspect(|&index| self.enter(member, index)).is_some()
    }

    fn worth(&self, member: usize) -> u64 {
        self.ground.worth(member, self.houses[self.home[member]].site)
    }

    /// Who may be sent away from a house: those whose staying is worth no more than that, one of each sort.
    fn guests(&self, index: usize, most: u64) -> Rc<[usize]> {
        if let Some((_, guests)) = self.known.borrow()[index].as_ref().filter(|known| known.0 == most) {
            return Rc::clone(guests);
        }
        let house = &self.houses[index];
        let mut guests: Vec<(u64, usize, usize)> = Vec::new();
        for &member in &house.members {
            let worth = self.ground.worth(member, house.site);
            if worth <= most {
                guests.push((worth, self.sort_of[member], member));
            }
        }
        // who is worth least for the room that he takes goes first
        guests.sort_unstable_by_key(|&(worth, sort, member)| {
            (worth.saturating_mul(1_000_000) / self.ground.members[member].share.max(1), sort, member)
        });
        guests.dedup_by_key(|it| it.1);
        let guests: Rc<[usize]> = guests.into_iter().map(|it| it.2).collect();
        self.known.borrow_mut()[index] = Some((most, Rc::clone(&guests)));
        guests
    }

    /// Lets a member in where a guest can go elsewhere.
    fn push(&mut self, member: usize, most: u64, budget: &Budget) -> bool {
        let mut refused: Vec<usize> = Vec::new(); // sorts that nobody takes
        for index in 0..self.houses.len() {
            if !self.ground.is_open(self.houses[index].site, member) {
                continue;
            }
            for &guest in self.guests(index, most).iter() {
                if budget.spend(4).is_err() {
                    return false;
                }
                if refused.contains(&self.sort_of[guest])
                    || !self.ground.lets_in(&self.houses[index], member, Some(guest))
                {
                    continue;
                }
                let _ended = budget.spend(self.houses.len() as u64 * 2);
                let others = (0..self.houses.len()).filter(|&other| other != index);
                let Some(other) = others.into_iter().find(|&other| self.takes(other, guest, None, budget)) else {
                    refused.push(self.sort_of[guest]);
                    continue;
                };
                if self.takes(index, member, Some(guest), budget) {
                    self.leave(guest);
                    self.enter(guest, other);
                    self.enter(member, index);
                    return true;
                }
            }
        }
        false
    }

    /// Lets a member in where a guest changes places with a smaller one of another house.
    fn gather(&mut self, member: usize, budget: &Budget) -> bool {
        let mut order: Vec<usize> = (0..self.houses.len()).collect();
        let foes = &self.ground.foes[self.ground.members[member].kind];
        order.retain(|&index| {
            self.ground.is_open(self.houses[index].site, member) && foes.is_disjoint(self.houses[index].present())
        });
        // least is missing where most is free
        let fit = |index: usize| self.fit(&self.houses[index], member);
        order.sort_by(|&a, &b| fit(b).total_cmp(&fit(a)).then(a.cmp(&b)));
        for &index in order.iter().take(GATHERED) {
            // who takes what is missing from here has it free
            let others: Vec<usize> =
                (0..self.houses.len()).filter(|&other| other != index && self.spares(other, index, member)).collect();
            let _ended = budget.spend((self.houses.len() * self.scarce.len()) as u64);
            for &guest in self.guests(index, 0).iter() {
                let load = &self.ground.members[guest].load;
                for &other in &others {
                    let guests = self.guests(other, 0);
                    if budget.spend((guests.len() * load.len()) as u64 + 1).is_err() {
                        return false;
                    }
                    for &its in guests.iter() {
                        let theirs = &self.ground.members[its].load;
                        let smaller =
                            load.iter().zip(theirs).any(|(a, b)| a > b) && self.room_after(index, member, guest, its);
                        if smaller
                            && self.ground.lets_in(&self.houses[other], guest, Some(its))
                            && self.exchange(member, (index, guest), (other, its), budget)
                        {
                            return true;
                        }
                    }
                }
            }
        }
        false
    }

    /// Whether as much is free in a house as is missing for a member in another.
    fn spares(&self, other: usize, index: usize, member: usize) -> bool {
        let (theirs, ours) = (&self.houses[other], &self.houses[index]);
        let load = &self.ground.members[member].load;
        (0..load.len()).all(|at| {
            let missing = (ours.load[at] + load[at]).saturating_sub(self.ground.usable[ours.site][at]);
            self.ground.usable[theirs.site][at].saturating_sub(theirs.load[at]) >= missing
        })
    }

    /// Whether the sums of a house hold a member and `its` in the place of `guest`.
    fn room_after(&self, index: usize, member: usize, guest: usize, its: usize) -> bool {
        let (house, members) = (&self.houses[index], &self.ground.members);
        (0..house.load.len()).all(|at| {
            let load = house.load[at] - members[guest].load[at] + members[its].load[at] + members[member].load[at];
            load <= self.ground.usable[house.site][at]
        })
    }

    fn exchange(
        &mut self,
        member: usize,
        (index, guest): (usize, usize),
        (other, its): (usize, usize),
        budget: &Budget,
    ) -> bool {
        let before = (self.houses[index].clone(), self.houses[other].clone());
        self.leave(guest);
        self.leave(its);
        if self.takes(other, guest, None, budget) && self.ground.lets_in(&self.houses[index], its, None) {
            self.enter(guest, other);
            self.enter(its, index);
            if self.takes(index, member, None, budget) {
                self.enter(member, index);
                return true;
            }
        }
        (self.houses[index], self.houses[other]) = before;
        self.changed(index);
        self.changed(other);
        (self.home[guest], self.home[its]) = (index, other);
        false
    }

    /// Lets a member in where a smaller guest waits instead: the smallest of those that are worth least.
    fn shrink(&mut self, member: usize, most: u64, budget: &Budget) -> bool {
        let share = self.ground.members[member].share;
        let mut best: Option<((u64, u64), usize, usize)> = None;
        for index in 0..self.houses.len() {
            for &guest in self.guests(index, most).iter() {
                let its = self.ground.members[guest].share;
                if budget.spend(4).is_err() {
                    return false;
                }
                let key = (self.worth(guest), its);
                let better = its < share && best.is_none_or(|best| key < best.0);
                if better && self.takes(index, member, Some(guest), budget) {
                    best = Some((key, index, guest));
                }
            }
        }
        let Some((_, index, guest)) = best else { return false };
        self.leave(guest);
        self.enter(member, index);
        self.waiting.push(guest);
        true
    }

    /// Lets a member in where its foes leave, who wait instead: each member once.
    fn clear(&mut self, member: usize, most: u64, budget: &Budget) -> bool {
        if self.cleared[member] {
            return false;
        }
        let ground = self.ground;
        let foes = |house: &House| -> Vec<usize> {
            let foes = &ground.foes[ground.members[member].kind];
            house.members.iter().copied().filter(|&it| foes.contains(ground.members[it].kind)).collect()
        };
        let mut best: Option<((u64, u64), usize)> = None;
        for (index, house) in self.houses.iter().enumerate() {
            if budget.spend(house.members.len() as u64).is_err() {
                return false;
            }
            let leaving = foes(house);
            let bound = leaving.iter().any(|&it| ground.bound_to(it).is_some());
            if leaving.is_empty() || bound || !ground.is_open(house.site, member) {
                continue;
            }
            let worth: u64 = leaving.iter().map(|&it| ground.worth(it, house.site)).sum();
            let share: u64 = leaving.iter().map(|&it| ground.members[it].share).sum();
            if worth <= most && best.is_none_or(|best| (worth, share) < best.0) {
                best = Some(((worth, share), index));
            }
        }
        let Some((_, index)) = best else { return false };
        let before = self.houses[index].clone();
        let leaving = foes(&before);
        leaving.iter().for_each(|&it| self.leave(it));
        if !self.takes(index, member, None, budget) {
            leaving.iter().for_each(|&it| self.home[it] = index);
            self.houses[index] = before;
            self.changed(index);
            return false;
        }
        self.cleared[member] = true;
        self.enter(member, index);
        self.waiting.extend(leaving);
        true
    }
}
