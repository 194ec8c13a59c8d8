//! Which clusters there shall be: those in which most can stay, if what is left over finds room.
//!
//! Room is told by sums alone, as if workloads were sand: what stays nowhere is poured into the clusters, kinds with
//! least room first. Prices on the room for each kind decide which clusters are chosen; they rise where sand is left over and
//! fall where none is (subgradients: Held and Karp 1971). All of it steers and proves nothing.
#![allow(clippy::float_arithmetic)]

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;

use super::ground::{Ground, House};
use crate::budget::Budget;

/// Groups of members that are poured for themselves, at most; and how much of an average cluster they take at least. What is beyond is poured last, wherever there is room.
const MOST_GROUPS: usize = 64;
const LEAST: f64 = 0.5;
/// Rounds of prices.
const ROUNDS: usize = 60;
/// Where prices start (as shares of all that staying is worth), and how fast they change.
const STARTS: [(f64, f64); 4] = [(0.2, 0.5), (0.02, 0.25), (2.0, 0.3), (0.5, 0.1)];
/// The same, where any choice will do.
const HASTE: usize = 12;
/// Exchanges of one cluster for another that are looked at.
const EXCHANGES: usize = 3_000;
/// Of less than this share of everything that finds no room it is asked whether others make some.
const EASED: f64 = 0.05;
/// Clusters that may come in pairs, at most; twice as many may go.
const PAIRED: usize = 30;

/// The clusters chosen: the site of each, and for each group how much of it is poured there (a share of all of the group).
#[derive(Clone, Debug)]
pub struct Chosen {
    pub sites: Vec<usize>,
    pub quotas: Vec<Vec<f64>>,
    /// By cluster: the kinds that are foes of what is poured there.
    pub reserved: Vec<FixedBitSet>,
    /// What those are worth who can stay.
    pub worth: u64,
    /// Some of the crews leave for others.
    pub eased: bool,
}

/// What does not depend on which clusters there are.
pub struct Chooser<'g, 'a> {
    ground: &'g Ground<'a>,
    crews: &'g BTreeMap<usize, House>,
    /// By member.
    pub group_of: Vec<usize>,
    /// By group: kind and door; the last group is all the rest.
    kinds: Vec<Option<(usize, usize)>>,
    /// By group and dimension: all of it.
    loads: Vec<Vec<f64>>,
    totals: Vec<f64>,
    /// By site: what the crew is worth, and what it takes.
    worth: BTreeMap<usize, u64>,
    taken: BTreeMap<usize, Vec<Taken>>,
    /// By site and group: whether it may be there beside the crew.
    admits: Vec<Vec<bool>>,
    /// Sites that must be chosen.
    fixed: Vec<usize>,
    /// The cost comes before the moves.
    costs: bool,
}

/// What those of a group take who stay at a site.
#[derive(Clone)]
struct Taken {
    group: usize,
    load: Vec<f64>,
    /// What their staying is worth.
    worth: f64,
}

struct Pour {
    /// What each group still lacks room for, resource by resource.
    rest: Vec<Vec<f64>>,
    quotas: Vec<Vec<f64>>,
    /// By cluster: what is free, and to which groups it is open.
    room: Vec<Vec<f64>>,
    open: Vec<Vec<bool>>,
    /// What those are worth who leave for others.
    lost: f64,
}

impl<'g, 'a> Chooser<'g, 'a> {
    pub fn new(ground: &'g Ground<'a>, crews: &'g BTreeMap<usize, House>, number: usize, costs: bool) -> Self {
        let dims = ground.usable.first().map_or(0, Vec::len);
        let mut sums: BTreeMap<(usize, usize), (u64, Vec<f64>)> = BTreeMap::new();
        for it in &ground.members {
            let (share, load) = sums.entry((it.kind, it.door)).or_insert_with(|| (0, vec![0.0; dims]));
            *share = share.saturating_add(it.share);
            load.iter_mut().zip(&it.load).for_each(|(sum, &load)| *sum += load as f64);
        }
        let all: f64 = sums.values().map(|&(share, _)| share as f64).sum();
        let mut order: Vec<_> = sums.iter().collect();
        order.sort_by_key(|&(key, (share, _))| (std::cmp::Reverse(*share), *key));
        order.retain(|(_, (share, _))| *share as f64 * number as f64 >= LEAST * all);
        order.truncate(MOST_GROUPS);
        let mut kinds: Vec<Option<(usize, usize)>> = order.into_iter().map(|(key, _)| Some(*key)).collect();
        let rest = kinds.len();
        let mut number: BTreeMap<(usize, usize), usize> =
            kinds.iter().flatten().enumerate().map(|(at, &key)| (key, at)).collect();
        // those that are few go with a group that may be where they may be, as far as the groups tell
        let foes = |kind: usize| kinds.iter().flatten().map(|&(other, _)| ground.foes[kind].contains(other)).collect();
        let mut like: BTreeMap<(Vec<bool>, usize), usize> = BTreeMap::new();
        for (at, &(kind, door)) in kinds.iter().flatten().enumerate() {
            like.entry((foes(kind), door)).or_insert(at);
        }
        for &(kind, door) in sums.keys() {
            let group = like.get(&(foes(kind), door)).copied().unwrap_or(rest);
            number.entry((kind, door)).or_insert(group);
        }
        kinds.push(None);
        let mut loads = vec![vec![0.0; dims]; kinds.len()];
        for (key, (_, load)) in &sums {
            loads[number[key]].iter_mut().zip(load).for_each(|(sum, &load)| *sum += load);
        }
        let group_of: Vec<usize> = ground.members.iter().map(|it| number[&(it.kind, it.door)]).collect();
        let mut totals = vec![0.0; dims];
        loads.iter().for_each(|load| totals.iter_mut().zip(load).for_each(|(sum, load)| *sum += load));
        let (mut worth, mut taken) = (BTreeMap::new(), BTreeMap::new());
        for (&site, house) in crews {
            let mut parts: BTreeMap<usize, Taken> = BTreeMap::new();
            for &member in &house.members {
                let group = group_of[member];
                let part = parts.entry(group).or_insert_with(|| Taken { group, load: vec![0.0; dims], worth: 0.0 });
                part.load.iter_mut().zip(&ground.members[member].load).for_each(|(sum, &load)| *sum += load as f64);
                part.worth += ground.worth(member, site) as f64;
            }
            taken.insert(site, parts.into_values().collect());
            worth.insert(site, house.members.iter().map(|&member| ground.worth(member, site)).sum());
        }
        let none = FixedBitSet::with_capacity(ground.foes.len());
        let admits = (0..ground.usable.len()).map(|site| {
            let present = crews.get(&site).map_or(&none, House::present);
            let one = |group: &Option<(usize, usize)>| {
                group.is_none_or(|(kind, door)| {
                    ground.doors[door].contains(site) && ground.foes[kind].is_disjoint(present)
                })
            };
            kinds.iter().map(one).collect()
        });
        let admits = admits.collect();
        let bound = (0..ground.members.len()).filter_map(|member| ground.bound_to(member));
        let mut fixed: Vec<usize> = bound.chain((0..ground.kept.len()).filter(|&site| ground.kept[site])).collect();
        fixed.sort_unstable();
        fixed.dedup();
        Self { ground, crews, group_of, kinds, loads, totals, worth, taken, admits, fixed, costs }
    }

    /// The first choice of so many clusters in which next to no sand is left over, or the one of a few in which least is. `None` where
    /// there is no choice of so many.
    pub fn first(&self, number: usize, budget: &Budget) -> Option<Chosen> {
        if self.fixed.len() > number {
            return None;
        }
        let scarce = self.scarce(number);
        let all: u64 = self.worth.values().sum();
        let (start, speed) = STARTS[0];
        let mut price = vec![(all.max(1) as f64) * start; self.kinds.len()];
        let mut best: Option<(f64, Vec<usize>, Pour)> = None;
        for _ in 0..HASTE {
            let sites = self.top(number, &price, &scarce, 0)?;
            let poured = self.pour(&sites, 0);
            let left = self.left(&poured);
            let sum = left.iter().sum::<f64>();
            if best.as_ref().is_none_or(|best| sum < best.0) {
                best = Some((sum, sites, poured));
            }
            let ended = budget.spend((self.ground.usable.len() * (self.kinds.len() + 8)) as u64).is_err();
            if ended || sum <= 0.0 {
                break;
            }
            raise(&mut price, &left, speed);
        }
        best.map(|(_, sites, poured)| self.chosen(sites, poured))
    }

    /// The best choice of so many clusters that was found, with so much of each left free (in millionths); `None` where
    /// sand is left over in every choice that was looked at.
    pub fn choose(&self, number: usize, free: u64, budget: &Budget) -> Option<Chosen> {
        if self.fixed.len() > number {
            return None;
        }
        let all: u64 = self.worth.values().sum();
        let scarce = self.scarce(number);
        let groups = self.kinds.len();
        let mut best: Option<Chosen> = None;
        for (start, speed) in STARTS {
            let mut price = vec![(all.max(1) as f64) * start; groups];
            let mut step = speed;
            for round in 0..ROUNDS {
                if budget.spend((self.ground.usable.len() * (groups + 8)) as u64).is_err() {
                    return best;
                }
                let Some(sites) = self.top(number, &price, &scarce, free) else { return best };
                let poured = self.poured(&sites, free);
                let left = self.left(&poured);
                if left.iter().sum::<f64>() <= 0.0 {
                    let found = self.chosen(sites, poured);
                    if best.as_ref().is_none_or(|best| self.key(&found) > self.key(best)) {
                        best = Some(found);
                    }
                    price.iter_mut().for_each(|price| *price *= 1.0 - step * 0.5);
                } else {
                    raise(&mut price, &left, step);
                }
                if round % 6 == 5 {
                    step = (step * 0.85).max(0.004);
                }
            }
            best.as_ref()?; // where there is none, there is none from elsewhere
        }
        let best = self.exchange(best?, free, budget);
        Some(self.exchange_pairs(best, free, budget))
    }

    /// How much of its group a member is.
    pub fn share(&self, member: usize) -> f64 {
        let part = |load: &mut dyn Iterator<Item = f64>| {
            load.zip(&self.totals).filter(|it| *it.1 > 0.0).map(|(load, total)| load / total).fold(0.0, f64::max)
        };
        let whole = part(&mut self.loads[self.group_of[member]].iter().copied());
        part(&mut self.ground.members[member].load.iter().map(|&load| load as f64)) / whole.max(1e-12)
    }

    fn key(&self, chosen: &Chosen) -> (std::cmp::Reverse<u64>, u64) {
        let cost = if self.costs { chosen.sites.iter().map(|&site| self.ground.price[site]).sum() } else { 0 };
        (std::cmp::Reverse(cost), chosen.worth)
    }

    /// Every cluster in which somebody can stay, and nothing poured into any. `None` where these are more than there may be.
    pub fn everywhere(&self) -> Option<Chosen> {
        let of_crews = self.worth.iter().filter(|(_, worth)| **worth > 0).map(|(&site, _)| site);
        let sites: Vec<usize> =
            of_crews.chain(self.fixed.iter().copied()).collect::<BTreeSet<usize>>().into_iter().collect();
        if !self.within_limits(&sites) {
            return None;
        }
        let quotas = vec![vec![0.0; self.kinds.len()]; sites.len()];
        let reserved = vec![FixedBitSet::with_capacity(self.ground.foes.len()); sites.len()];
        Some(Chosen { worth: self.worth.values().sum(), sites, quotas, reserved, eased: false })
    }

    fn chosen(&self, sites: Vec<usize>, poured: Pour) -> Chosen {
        let worth: u64 = sites.iter().filter_map(|site| self.worth.get(site)).sum();
        // not below 0: nobody leaves twice
        let worth = worth.saturating_sub(poured.lost.ceil() as u64);
        let foes = |quotas: &Vec<f64>| {
            let mut foes = FixedBitSet::with_capacity(self.ground.foes.len());
            for (kind, _) in quotas.iter().zip(&self.kinds).filter(|it| *it.0 > 1e-6).filter_map(|it| *it.1) {
                foes.union_with(&self.ground.foes[kind]);
            }
            foes
        };
        let reserved = poured.quotas.iter().map(foes).collect();
        Chosen { sites, quotas: poured.quotas, reserved, worth, eased: poured.lost > 0.0 }
    }

    /// How scarce each dimension is with so many clusters: what is asked for of the most there can be, to the fourth.
    fn scarce(&self, number: usize) -> Vec<f64> {
        let dim = |at: usize| {
            let mut most: Vec<u64> = Vec::new();
            for (site, usable) in self.ground.usable.iter().enumerate() {
                let copies = if self.ground.once[site] { 1 } else { number };
                most.extend(std::iter::repeat_n(usable[at], copies));
            }
            most.sort_unstable_by(|a, b| b.cmp(a));
            let sum: f64 = most.iter().take(number).map(|&it| it as f64).sum();
            let part = if sum > 0.0 { (self.totals[at] / sum).min(1.0) } else { 0.0 };
            part * part * part * part
        };
        let parts: Vec<f64> = (0..self.totals.len()).map(dim).collect();
        let all: f64 = parts.iter().sum::<f64>().max(1e-12);
        parts.into_iter().map(|part| part / all).collect()
    }

    /// A share of everything, weighed by what is scarce.
    fn part(&self, load: impl Iterator<Item = f64>, scarce: &[f64]) -> f64 {
        let dims = load.zip(&self.totals).zip(scarce).filter(|((_, total), _)| **total > 0.0);
        dims.map(|((load, total), weight)| weight * (load / total).min(1.0)).sum()
    }

    /// What is usable at a site, less what shall be left free.
    fn usable(&self, site: usize, free: u64) -> impl Iterator<Item = f64> {
        let whole =
            move |&usable: &u64| if usable == u64::MAX { 1e30 } else { usable as f64 * (1.0 - free as f64 / 1e6) };
        self.ground.usable[site].iter().map(whole)
    }

    /// The clusters that are worth most at these prices.
    fn top(&self, number: usize, price: &[f64], scarce: &[f64], free: u64) -> Option<Vec<usize>> {
        let parts: Vec<f64> = self.loads.iter().map(|load| self.part(load.iter().copied(), scarce)).collect();
        let mut by_price: Vec<usize> = (0..price.len()).collect();
        by_price.sort_by(|&a, &b| price[b].partial_cmp(&price[a]).unwrap_or(Ordering::Equal).then(a.cmp(&b)));
        let value = |site: usize| {
            let crew = self.crews.get(&site);
            let stay = self.worth.get(&site).map_or(0.0, |&worth| worth as f64);
            let taken = self.taken.get(&site).map_or(&[][..], |taken| &taken[..]);
            let served: f64 = taken.iter().map(|it| price[it.group] * self.part(it.load.iter().copied(), scarce)).sum();
            let load = |at: usize| crew.map_or(0.0, |crew| crew.load[at] as f64);
            let rest = self.usable(site, free).enumerate().map(|(at, usable)| (usable - load(at)).max(0.0));
            // the dearest first, of each no more than there is
            let mut left = self.part(rest, scarce);
            let mut room = 0.0;
            for &group in by_price.iter().filter(|&&group| self.admits[site][group]) {
                let taken = parts[group].min(left);
                room += taken * price[group];
                left -= taken;
            }
            stay + served + room
        };
        let mut order: Vec<(f64, usize)> = (0..self.ground.usable.len()).map(|site| (value(site), site)).collect();
        let cost = |site: usize| if self.costs { self.ground.price[site] } else { 0 };
        order.sort_by(|a, b| {
            (cost(a.1), b.0).partial_cmp(&(cost(b.1), a.0)).unwrap_or(Ordering::Equal).then(a.1.cmp(&b.1))
        });
        let mut left: Vec<u64> = self.ground.limits.iter().map(|&(_, most)| most).collect();
        let mut sites = Vec::with_capacity(number);
        let mut take = |site: usize, sites: &mut Vec<usize>| {
            let ours: Vec<usize> =
                (0..left.len()).filter(|&at| self.ground.limits[at].0.binary_search(&site).is_ok()).collect();
            let fits = ours.iter().all(|&at| left[at] > 0);
            if fits {
                ours.into_iter().for_each(|at| left[at] -= 1);
                sites.push(site);
            }
            fits
        };
        for &site in &self.fixed {
            if !take(site, &mut sites) {
                return None;
            }
        }
        for (_, site) in order {
            if self.fixed.binary_search(&site).is_ok() && self.ground.once[site] {
                continue;
            }
            let copies = if self.ground.once[site] { 1 } else { number };
            for _ in 0..copies {
                if sites.len() == number || !take(site, &mut sites) {
                    break;
                }
            }
        }
        (sites.len() == number).then_some(sites)
    }

    /// What each group lacks room for, as a share of everything.
    fn left(&self, poured: &Pour) -> Vec<f64> {
        poured.rest.iter().map(|rest| Some(self.most(rest)).filter(|&part| part > 1e-9).unwrap_or(0.0)).collect()
    }

    /// The largest share of everything, over the resources.
    fn most(&self, load: &[f64]) -> f64 {
        let dims = load.iter().zip(&self.totals).filter(|it| *it.1 > 0.0);
        dims.map(|(load, total)| load / total).fold(0.0, f64::max)
    }

    fn against(&self, group: usize, other: usize) -> bool {
        match (self.kinds[group], self.kinds[other]) {
            (Some((kind, _)), Some((foe, _))) => self.ground.foes[kind].contains(foe),
            _ => false,
        }
    }

    /// Pours what stays nowhere into the clusters; where that leaves something over, others go where it cannot.
    fn poured(&self, sites: &[usize], free: u64) -> Pour {
        let mut poured = self.pour(sites, free);
        let left: f64 = self.left(&poured).iter().sum();
        if left > 0.0 && left < EASED {
            self.ease(sites, &mut poured);
        }
        poured
    }

    /// Makes room for what is left over: of those who stay in a cluster that is open to it some go to another one, the ones first
    /// that are worth least for their room.
    fn ease(&self, sites: &[usize], poured: &mut Pour) {
        let mut taken: Vec<Vec<Taken>> =
            sites.iter().map(|site| self.taken.get(site).cloned().unwrap_or_default()).collect();
        for group in (0..self.kinds.len()).filter(|&group| self.kinds[group].is_some()) {
            if self.most(&poured.rest[group]) <= 1e-9 {
                continue;
            }
            let mut guests: Vec<(f64, usize, usize)> = Vec::new();
            for (at, taken) in taken.iter().enumerate().filter(|&(at, _)| poured.open[at][group]) {
                for (index, it) in taken.iter().enumerate() {
                    if it.group != group && self.kinds[it.group].is_some() && self.most(&it.load) > 1e-9 {
                        guests.push((it.worth / self.most(&it.load), at, index));
                    }
                }
            }
            guests.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
            for (_, at, index) in guests {
                let guest = taken[at][index].group;
                let mut others: Vec<usize> = (0..sites.len()).collect();
                others.retain(|&to| to != at && poured.open[to][guest] && !poured.open[to][group]);
                for to in others {
                    let Some(gone) = self.give_way(poured, &taken[at][index], group, (at, to)) else { continue };
                    let it = &mut taken[at][index];
                    poured.lost += it.worth * gone;
                    it.worth *= 1.0 - gone;
                    it.load.iter_mut().for_each(|load| *load *= 1.0 - gone);
                }
                if self.most(&poured.rest[group]) <= 1e-9 {
                    break;
                }
            }
        }
    }

    /// A part of those who stay in one cluster goes to another, and what is left over of a group comes in their place: which part.
    fn give_way(&self, poured: &mut Pour, guest: &Taken, group: usize, (at, to): (usize, usize)) -> Option<f64> {
        let part = |room: &[f64], load: &[f64]| {
            let dims = room.iter().zip(load).filter(|it| *it.1 > 0.0);
            dims.map(|(room, load)| room / load).fold(1.0, f64::min)
        };
        let rest = &poured.rest[group];
        // as much as is needed, if there is room for it
        let lacking = rest.iter().zip(&poured.room[at]).zip(&guest.load).filter(|it| it.0.0 > it.0.1);
        let needed = lacking.map(|((rest, room), load)| (rest - room) / load.max(1e-12)).fold(0.0, f64::max);
        let gone = part(&poured.room[to], &guest.load).min(needed);
        if gone <= 1e-9 {
            return None;
        }
        let room: Vec<f64> = poured.room[at].iter().zip(&guest.load).map(|(room, load)| room + gone * load).collect();
        let came = part(&room, rest);
        let whole = |group: usize| self.most(&self.loads[group]).max(1e-12);
        poured.quotas[at][group] += self.most(rest) * came / whole(group);
        poured.quotas[to][guest.group] += self.most(&guest.load) * gone / whole(guest.group);
        poured.room[at] = room.iter().zip(rest).map(|(room, rest)| (room - came * rest).max(0.0)).collect();
        poured.room[to].iter_mut().zip(&guest.load).for_each(|(room, load)| *room = (*room - gone * load).max(0.0));
        poured.rest[group].iter_mut().for_each(|rest| *rest *= 1.0 - came);
        for (place, comer) in [(at, group), (to, guest.group)] {
            for other in (0..self.kinds.len()).filter(|&other| other != comer && self.against(comer, other)) {
                poured.open[place][other] = false;
            }
        }
        Some(gone)
    }

    /// Pours what stays nowhere into the clusters.
    fn pour(&self, sites: &[usize], free: u64) -> Pour {
        let groups = self.kinds.len();
        let mut rest = self.loads.clone();
        for it in sites.iter().filter_map(|site| self.taken.get(site)).flatten() {
            rest[it.group].iter_mut().zip(&it.load).for_each(|(rest, load)| *rest = (*rest - load).max(0.0));
        }
        let mut room: Vec<Vec<f64>> = sites
            .iter()
            .map(|site| {
                let crew = self.crews.get(site);
                let load = |at: usize| crew.map_or(0.0, |crew| crew.load[at] as f64);
                self.usable(*site, free).enumerate().map(|(at, usable)| (usable - load(at)).max(0.0)).collect()
            })
            .collect();
        let mut open: Vec<Vec<bool>> = sites.iter().map(|&site| self.admits[site].clone()).collect();
        let part = |load: &[f64]| self.most(load);
        let space = |room: &[f64]| {
            let dims = room.iter().zip(&self.totals).filter(|it| *it.1 > 0.0);
            dims.map(|(room, total)| room / total).fold(f64::INFINITY, f64::min)
        };
        // those with least room come first, of equals those with most foes; the rest comes last
        let waiting: Vec<f64> = rest.iter().map(|rest| part(rest)).collect();
        let against = |group: usize, other: usize| self.against(group, other);
        let mut order: Vec<(bool, f64, usize)> = (0..groups)
            .map(|group| {
                let all: f64 = (0..sites.len()).filter(|&at| open[at][group]).map(|at| space(&room[at])).sum();
                let foes: f64 = (0..groups).filter(|&other| against(group, other)).map(|other| waiting[other]).sum();
                (self.kinds[group].is_none(), all - foes, group)
            })
            .collect();
        order.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.partial_cmp(&b.1).unwrap_or(Ordering::Equal)).then(a.2.cmp(&b.2)));
        let mut quotas = vec![vec![0.0; groups]; sites.len()];
        for &(_, _, group) in &order {
            let whole = part(&self.loads[group]).max(1e-12);
            // where fewest others could be instead
            let others =
                |at: usize| -> f64 { open[at].iter().zip(&waiting).filter(|it| *it.0).map(|(_, it)| it).sum() };
            let mut places: Vec<(f64, usize)> = (0..sites.len())
                .filter(|&at| open[at][group] && space(&room[at]) > 0.0)
                .map(|at| (others(at), at))
                .collect();
            places.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal).then(a.1.cmp(&b.1)));
            for (_, at) in places {
                let wanted = part(&rest[group]);
                if wanted <= 1e-9 {
                    break;
                }
                let fits = rest[group].iter().zip(&room[at]).filter(|it| *it.0 > 0.0);
                let share = fits.map(|(rest, room)| room / rest).fold(1.0, f64::min);
                if share <= 0.0 {
                    continue;
                }
                for (rest, room) in rest[group].iter_mut().zip(&mut room[at]) {
                    let moved = *rest * share;
                    *rest -= moved;
                    *room = (*room - moved).max(0.0);
                }
                quotas[at][group] += wanted * share / whole;
                for (other, open) in open[at].iter_mut().enumerate() {
                    *open &= !against(group, other) || other == group;
                }
            }
        }
        Pour { rest, quotas, room, open, lost: 0.0 }
    }

    /// Changes one cluster for another while that lets more stay.
    fn exchange(&self, mut best: Chosen, free: u64, budget: &Budget) -> Chosen {
        let worth = |site: usize| self.worth.get(&site).copied().unwrap_or(0);
        let dims = self.totals.len();
        let mut tries = EXCHANGES;
        loop {
            let mut better = None;
            let mut whole = vec![0.0; dims];
            best.sites
                .iter()
                .for_each(|&site| whole.iter_mut().zip(self.usable(site, free)).for_each(|(sum, it)| *sum += it));
            let mut ins: Vec<usize> = (0..self.ground.usable.len())
                .filter(|site| !self.ground.once[*site] || !best.sites.contains(site))
                .collect();
            ins.sort_by_key(|&site| (std::cmp::Reverse(worth(site)), site));
            let mut outs: Vec<usize> = (0..best.sites.len()).collect();
            outs.retain(|&at| self.fixed.binary_search(&best.sites[at]).is_err());
            outs.sort_by_key(|&at| (worth(best.sites[at]), best.sites[at]));
            outs.dedup_by_key(|at| best.sites[*at]);
            'look: for &site in &ins {
                for &at in &outs {
                    let other = best.sites[at];
                    if worth(site) <= worth(other) || (self.costs && self.ground.price[site] > self.ground.price[other])
                    {
                        break;
                    }
                    let sums = |site: usize| self.usable(site, free);
                    let enough = (0..dims).all(|at| {
                        let one = |site: usize| sums(site).nth(at).unwrap_or(0.0);
                        whole[at] - one(other) + one(site) >= self.totals[at]
                    });
                    let mut sites = best.sites.clone();
                    sites[at] = site;
                    if !enough || !self.within_limits(&sites) {
                        continue;
                    }
                    tries -= 1;
                    if tries == 0 || budget.spend((best.sites.len() * self.kinds.len() * 2) as u64).is_err() {
                        return best;
                    }
                    let poured = self.poured(&sites, free);
                    if self.left(&poured).iter().sum::<f64>() <= 0.0 {
                        let found = self.chosen(sites, poured);
                        if found.worth > best.worth {
                            better = Some(found);
                            break 'look;
                        }
                    }
                }
            }
            match better {
                Some(found) => best = found,
                None => return best,
            }
        }
    }

    /// Changes two clusters for two others while that lets more stay: roomy ones come with those in which many stay.
    fn exchange_pairs(&self, mut best: Chosen, free: u64, budget: &Budget) -> Chosen {
        let worth = |site: usize| self.worth.get(&site).copied().unwrap_or(0);
        let dims = self.totals.len();
        let sums: Vec<Vec<f64>> = (0..self.ground.usable.len()).map(|site| self.usable(site, free).collect()).collect();
        let mut tries = EXCHANGES;
        'again: loop {
            let whole: Vec<f64> = (0..dims).map(|at| best.sites.iter().map(|&site| sums[site][at]).sum()).collect();
            let mut ins: Vec<usize> = (0..sums.len()).filter(|site| !best.sites.contains(site)).collect();
            ins.sort_by_key(|&site| (std::cmp::Reverse(worth(site)), site));
            ins.truncate(PAIRED);
            let templates: Vec<usize> = (0..sums.len()).filter(|&site| !self.ground.once[site]).collect();
            ins.extend(templates.into_iter().filter(|site| best.sites.contains(site)));
            let mut outs: Vec<usize> = (0..best.sites.len()).collect();
            outs.retain(|&at| self.fixed.binary_search(&best.sites[at]).is_err());
            outs.sort_by_key(|&at| (worth(best.sites[at]), best.sites[at]));
            outs.truncate(2 * PAIRED);
            let pairs = |count: usize| (0..count).flat_map(move |a| (a..count).map(move |b| (a, b)));
            for (x, y) in pairs(ins.len()) {
                let (x, y) = (ins[x], ins[y]);
                let gained = worth(x) + worth(y);
                if x == y && self.ground.once[x] {
                    continue;
                }
                for (a, b) in pairs(outs.len()).filter(|(a, b)| a != b) {
                    let (a, b) = (outs[a], outs[b]);
                    let (one, other) = (best.sites[a], best.sites[b]);
                    if budget.spend(1).is_err() {
                        return best;
                    }
                    let price = |a: usize, b: usize| self.ground.price[a].saturating_add(self.ground.price[b]);
                    let enough = |at: usize| {
                        whole[at] - sums[one][at] - sums[other][at] + sums[x][at] + sums[y][at] >= self.totals[at]
                    };
                    if gained <= worth(one) + worth(other)
                        || (self.costs && price(x, y) > price(one, other))
                        || !(0..dims).all(enough)
                    {
                        continue;
                    }
                    let mut sites = best.sites.clone();
                    (sites[a], sites[b]) = (x, y);
                    if !self.within_limits(&sites) {
                        continue;
                    }
                    tries -= 1;
                    if tries == 0 || budget.spend((sites.len() * self.kinds.len() * 2) as u64).is_err() {
                        return best;
                    }
                    let poured = self.poured(&sites, free);
                    if self.left(&poured).iter().sum::<f64>() <= 0.0 {
                        let found = self.chosen(sites, poured);
                        if found.worth > best.worth {
                            best = found;
                            continue 'again;
                        }
                    }
                }
            }
            return best;
        }
    }

    fn within_limits(&self, sites: &[usize]) -> bool {
        let count = |list: &[usize]| sites.iter().filter(|site| list.binary_search(site).is_ok()).count() as u64;
        self.ground.limits.iter().all(|(list, most)| count(list) <= *most)
    }
}

/// Room for groups that lack it becomes dearer.
fn raise(price: &mut [f64], left: &[f64], step: f64) {
    for (price, _) in price.iter_mut().zip(left).filter(|it| *it.1 > 0.0) {
        *price *= 1.0 + step;
    }
}
