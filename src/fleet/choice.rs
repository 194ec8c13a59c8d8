//! Choices of regions: what a bound forgets and a plan keeps.
//!
//! Copies that are fewer than their regions have room for, groups that stand in one region, and workloads that are kept in
//! different regions leave open who is in which region. Here are the ways of saying it, and the fleet in which it is said.
//! Of copies it is said how many are in each region; of a split, in which regions its replicas may be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Fleet;
use super::policy::ApartBy;
use super::site::Standing;
use crate::date::Date;

/// How many copies of a unit are in each region, regions ascending; of a split 1 in each that is open to its replicas.
pub(crate) type Spots = Vec<(usize, u64)>;

/// The seats of units, by their numbers.
pub(crate) type Choice = BTreeMap<usize, Spots>;

/// Units whose regions are chosen together.
#[derive(Clone, Debug)]
pub(crate) struct Knot {
    blocks: Vec<Block>,
    /// Blocks (indices) of which no two may be in one region.
    apart: Vec<Vec<usize>>,
    /// Some rule can be kept by no choice: two that it keeps apart are in one block.
    torn: bool,
    /// The rules that tie it, as reasons name them; none where it is copies alone.
    pub rules: BTreeSet<String>,
}

/// Units that stand in one region, or one unit whose copies stand in several.
#[derive(Clone, Debug)]
struct Block {
    units: Vec<Reach>,
    one: bool,
}

/// Where the copies of a unit can be.
#[derive(Clone, Debug)]
struct Reach {
    unit: usize,
    copies: u64,
    /// Its replicas may be in any of its regions.
    split: bool,
    /// Of each region the copies that must be there, and how many can be.
    regions: BTreeMap<usize, (u64, u64)>,
}

/// What is tried first: regions of higher worth; and of them as many copies as are wanted there.
pub(crate) trait Taste {
    /// What a region is worth to a unit.
    fn worth(&self, unit: usize, region: usize) -> u64;
    /// How many copies of a unit a region should have; `None`: as many as can be.
    fn wanted(&self, unit: usize, region: usize) -> Option<u64>;
}

/// No region is worth more than another.
pub(crate) struct Tasteless;

impl Taste for Tasteless {
    fn worth(&self, _: usize, _: usize) -> u64 {
        0
    }

    fn wanted(&self, _: usize, _: usize) -> Option<u64> {
        None
    }
}

/// Steps of looking for choices of one knot.
const STEPS: usize = 20_000;

impl Reach {
    /// Whether all copies can be in a region.
    fn all_in(&self, region: usize) -> bool {
        let others = self.regions.iter().any(|(&other, &(held, _))| other != region && held > 0);
        !others && self.regions.get(&region).is_some_and(|&(_, most)| most >= self.copies)
    }

    /// The ways to seat its copies, the best first, at most so many.
    fn ways(&self, taste: &dyn Taste, most: usize) -> Vec<Spots> {
        let mut order: Vec<usize> = self.regions.keys().copied().collect();
        order.sort_by_key(|&region| (std::cmp::Reverse(taste.worth(self.unit, region)), region));
        if self.split {
            return self.sets(taste, &order, most);
        }
        let mut found = Vec::new();
        self.seat(taste, &order, self.copies, &mut Vec::new(), (&mut found, most));
        found
    }

    /// Sets of regions that may be open to a split, each with those where some of it must be: those where it is wanted; all; the
    /// best, and all but those; each alone, and all but that; then all others.
    fn sets(&self, taste: &dyn Taste, order: &[usize], most: usize) -> Vec<Spots> {
        let held = |region: &usize| self.regions[region].0 > 0;
        let free: Vec<usize> = order.iter().copied().filter(|region| !held(region)).collect();
        let wanted = |region: &usize| taste.wanted(self.unit, *region).is_some_and(|count| count > 0);
        let mut likely: Vec<Vec<usize>> = vec![free.iter().copied().filter(wanted).collect(), free.clone()];
        for number in 0..free.len() {
            let (best, others) = free.split_at(number);
            let but_one = free.iter().copied().filter(|&region| region != free[number]);
            likely.extend([best.to_vec(), others.to_vec(), vec![free[number]], but_one.collect()]);
        }
        // of many regions more sets than are asked for are there anyhow
        let masks = (0..1u64 << free.len().min(20)).rev();
        let others =
            masks.map(|mask| (0..free.len()).filter(|&at| mask >> at.min(63) & 1 == 1).map(|at| free[at]).collect());
        let (mut found, mut known) = (Vec::new(), BTreeSet::new());
        for set in likely.into_iter().chain(others) {
            let open = order.iter().copied().filter(held).chain(set).collect::<BTreeSet<usize>>();
            let seats: Spots = open.into_iter().map(|region| (region, 1)).collect();
            if !seats.is_empty() && known.insert(seats.clone()) {
                found.push(seats);
                if found.len() >= most {
                    break;
                }
            }
        }
        found
    }

    fn seat(
        &self,
        taste: &dyn Taste,
        order: &[usize],
        left: u64,
        seats: &mut Spots,
        (found, most): (&mut Vec<Spots>, usize),
    ) {
        let Some((&region, rest)) = order.split_first() else {
            if left == 0 {
                let mut seats = seats.clone();
                seats.sort_unstable();
                found.push(seats);
            }
            return;
        };
        let sum = |side: fn(&(u64, u64)) -> u64| {
            rest.iter().map(|region| side(&self.regions[region])).fold(0u64, u64::saturating_add)
        };
        let (held, room) = self.regions[&region];
        // the others have room for the rest, and must not have more
        let least = held.max(left.saturating_sub(sum(|it| it.1)));
        let Some(highest) = left.checked_sub(sum(|it| it.0)).map(|it| it.min(room)).filter(|&it| it >= least) else {
            return;
        };
        let first = taste.wanted(self.unit, region).map_or(highest, |wanted| wanted.clamp(least, highest));
        for count in std::iter::once(first).chain((least..=highest).rev().filter(|&count| count != first)) {
            if found.len() >= most {
                return;
            }
            if count > 0 {
                seats.push((region, count));
            }
            self.seat(taste, rest, left - count, seats, (found, most));
            if count > 0 {
                seats.pop();
            }
        }
    }
}

impl Block {
    fn ways(&self, taste: &dyn Taste, most: usize) -> Vec<Vec<(usize, Spots)>> {
        if !self.one {
            let of = |it: &Reach| it.ways(taste, most).into_iter().map(|seats| vec![(it.unit, seats)]).collect();
            return self.units.first().map(of).unwrap_or_default();
        }
        let all = |region: &usize| self.units.iter().all(|it| it.all_in(*region));
        let mut regions: Vec<usize> = self.units[0].regions.keys().copied().filter(all).collect();
        let worth =
            |region: usize| self.units.iter().map(|it| taste.worth(it.unit, region)).fold(0, u64::saturating_add);
        regions.sort_by_key(|&region| (std::cmp::Reverse(worth(region)), region));
        let seated = |region| self.units.iter().map(|it| (it.unit, vec![(region, it.copies)])).collect();
        regions.into_iter().take(most).map(seated).collect()
    }
}

impl Knot {
    /// Choices that keep every rule of it, those of the best taste first, at most so many; and whether these are all, but for
    /// those with fewer regions for some split than another has. Complexity: bounded by steps, and the square of the choices.
    pub fn choices(&self, taste: &dyn Taste, most: usize) -> (Vec<Choice>, bool) {
        if self.torn {
            return (Vec::new(), true);
        }
        let ways: Vec<_> = self.blocks.iter().map(|block| block.ways(taste, most.max(64) + 1)).collect();
        // who has least choice is asked first
        let mut order: Vec<usize> = (0..ways.len()).collect();
        order.sort_by_key(|&block| (ways[block].len(), block));
        let cut = ways.iter().any(|list| list.len() > most.max(64));
        let mut walk = Walk { knot: self, ways, order, most, steps: STEPS, found: Vec::new() };
        walk.next(0, &mut vec![Vec::new(); self.apart.len()], &mut Choice::new());
        let whole = !cut && walk.steps > 0 && walk.found.len() <= most;
        let mut found = walk.found;
        if self.blocks.iter().any(|block| block.units.iter().any(|it| it.split)) {
            let wider = |choice: &Choice| found.iter().any(|other| other != choice && self.is_wider(other, choice));
            let narrow: Vec<bool> = found.iter().map(wider).collect();
            let mut narrow = narrow.into_iter();
            found.retain(|_| narrow.next() != Some(true));
        }
        found.truncate(most);
        (found, whole)
    }

    /// Whether all plans of a choice are plans of another, which has more regions for splits.
    fn is_wider(&self, wide: &Choice, narrow: &Choice) -> bool {
        self.blocks.iter().flat_map(|block| &block.units).all(|it| {
            let (wide, narrow) = (wide.get(&it.unit), narrow.get(&it.unit));
            let holds = |(wide, narrow): (&Spots, &Spots)| narrow.iter().all(|it| wide.contains(it));
            wide == narrow || (it.split && wide.zip(narrow).is_some_and(holds))
        })
    }

    /// Whether copies that stand so keep every rule of it.
    pub fn keeps(&self, seats: &dyn Fn(usize) -> Spots) -> bool {
        let mut taken: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.apart.len()];
        for (index, block) in self.blocks.iter().enumerate() {
            let mut regions: BTreeSet<usize> = BTreeSet::new();
            for it in &block.units {
                let seats = seats(it.unit);
                let fits = |&(region, count): &(usize, u64)| {
                    let within = |&(held, most): &(u64, u64)| it.split || (held..=most).contains(&count);
                    it.regions.get(&region).is_some_and(within)
                };
                if !seats.iter().all(fits) {
                    return false;
                }
                regions.extend(seats.into_iter().map(|(region, _)| region));
            }
            if block.one && regions.len() > 1 {
                return false;
            }
            for (rule, taken) in self.apart.iter().zip(&mut taken) {
                if rule.contains(&index) && !regions.iter().all(|&region| taken.insert(region)) {
                    return false;
                }
            }
        }
        !self.torn
    }

    /// The units of it.
    pub fn units(&self) -> impl Iterator<Item = usize> {
        self.blocks.iter().flat_map(|block| block.units.iter().map(|it| it.unit))
    }
}

struct Walk<'k> {
    knot: &'k Knot,
    ways: Vec<Vec<Vec<(usize, Spots)>>>,
    order: Vec<usize>,
    most: usize,
    steps: usize,
    found: Vec<Choice>,
}

impl Walk<'_> {
    /// Spots the blocks from this one on; `taken` are the regions of each rule that are taken.
    fn next(&mut self, at: usize, taken: &mut Vec<Vec<usize>>, choice: &mut Choice) {
        let Some(&block) = self.order.get(at) else {
            self.found.push(choice.clone());
            return;
        };
        let rules: Vec<usize> = (0..taken.len()).filter(|&rule| self.knot.apart[rule].contains(&block)).collect();
        for way in 0..self.ways[block].len() {
            if self.steps == 0 || self.found.len() > self.most {
                return;
            }
            self.steps -= 1;
            let seats = self.ways[block][way].clone();
            let regions: BTreeSet<usize> =
                seats.iter().flat_map(|(_, seats)| seats).map(|&(region, _)| region).collect();
            if rules.iter().any(|&rule| taken[rule].iter().any(|region| regions.contains(region))) {
                continue;
            }
            rules.iter().for_each(|&rule| taken[rule].extend(&regions));
            let units: Vec<usize> = seats.iter().map(|&(unit, _)| unit).collect();
            choice.extend(seats);
            self.next(at + 1, taken, choice);
            units.iter().for_each(|unit| _ = choice.remove(unit));
            for &rule in &rules {
                let before = taken[rule].len() - regions.len();
                taken[rule].truncate(before);
            }
        }
    }
}

impl Fleet {
    /// What leaves a choice of regions on a day, by first unit. Complexity: linear in the workloads and the members of rules, and
    /// for the units of these in their sites.
    pub(crate) fn knots(&self, day: Date) -> Vec<Knot> {
        if self.is_of_single_clusters() || self.regions.is_empty() {
            return Vec::new();
        }
        let mut unit_of: Vec<usize> = vec![usize::MAX; self.workloads.len()];
        for (unit, members) in self.units.iter().enumerate() {
            members.iter().for_each(|&member| unit_of[member] = unit);
        }
        // a split of no replicas is in no unit
        let placed = |member: &&usize| unit_of[**member] != usize::MAX;
        let units = |members: &[usize]| {
            members.iter().filter(placed).map(|&member| unit_of[member]).collect::<BTreeSet<usize>>()
        };
        let mut one = Sets::new(self.units.len()); // of one region
        let mut tied = Sets::new(self.units.len()); // chosen together
        let mut ruled: BTreeSet<usize> = BTreeSet::new();
        let mut wide: BTreeSet<usize> = BTreeSet::new(); // units of groups
        for group in &self.policy.together_in_region {
            let units = units(&group.members);
            one.unite(&units);
            tied.unite(&units);
            wide.extend(&units);
            ruled.extend(units);
        }
        let apart: Vec<(&str, BTreeSet<usize>, usize)> = self
            .policy
            .kept_apart
            .iter()
            .filter(|rule| rule.by == ApartBy::Region)
            .map(|rule| (rule.id.as_str(), units(&rule.members), rule.members.iter().filter(placed).count()))
            .collect();
        for (_, units, _) in &apart {
            tied.unite(units);
            ruled.extend(units);
        }
        ruled.extend((0..self.units.len()).filter(|&unit| self.leaves_a_choice(unit, day)));
        let mut knots: BTreeMap<usize, Knot> = BTreeMap::new();
        let mut places: BTreeMap<usize, (usize, usize)> = BTreeMap::new(); // of each first of a block its knot and place there
        for &unit in &ruled {
            let (knot, block) = (tied.first(unit), one.first(unit));
            let knots = knots.entry(knot).or_insert_with(|| Knot {
                blocks: Vec::new(),
                apart: Vec::new(),
                torn: false,
                rules: BTreeSet::new(),
            });
            let &mut (_, at) = places.entry(block).or_insert((knot, knots.blocks.len()));
            if at == knots.blocks.len() {
                knots.blocks.push(Block { units: Vec::new(), one: wide.contains(&unit) });
            }
            knots.blocks[at].units.push(self.reach(unit, day));
        }
        for group in &self.policy.together_in_region {
            let knot = group.members.first().and_then(|&member| knots.get_mut(&tied.first(unit_of[member])));
            let id = group.id.as_deref().unwrap_or_default();
            knot.into_iter().for_each(|knot| _ = knot.rules.insert(format!("together:{id}")));
        }
        for (id, units, members) in apart {
            let Some(knot) = units.first().and_then(|&unit| knots.get_mut(&tied.first(unit))) else { continue };
            let blocks: BTreeSet<usize> =
                units.iter().filter_map(|&unit| Some(places.get(&one.first(unit))?.1)).collect();
            knot.torn |= blocks.len() < members;
            knot.apart.push(blocks.into_iter().collect());
            knot.rules.insert(format!("apart:{id}"));
        }
        knots.into_values().collect()
    }

    /// Whether the copies of a unit may stand closer together than they should at sites that are open to them.
    fn leaves_a_choice(&self, unit: usize, day: Date) -> bool {
        let it = &self.workloads[self.units[unit][0]];
        it.most_in_a_region().is_some_and(|most| {
            let open = || self.sites_of(&self.units[unit], day);
            let regions = || open().iter().flat_map(|&site| &self.sites[site].regions).collect::<BTreeSet<_>>().len();
            most < it.copies() && it.copies() < most.saturating_mul(regions() as u64)
        })
    }

    /// Where the copies of a unit can be; each region that a rule is of is told apart, so that a site is in one.
    fn reach(&self, unit: usize, day: Date) -> Reach {
        let members = &self.units[unit];
        let first = &self.workloads[members[0]];
        let copies = first.copies();
        let mut regions: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
        let pins = self.held_at(members, day);
        for site in self.sites_of(members, day) {
            let clusters = match self.sites[site].what {
                Standing::New { template } => self.templates[template].max_count.unwrap_or(u64::MAX),
                Standing::Existing { .. } => 1,
            };
            let Some(&region) = self.sites[site].regions.first() else { continue };
            let (held, most) = regions.entry(region).or_insert((0, 0));
            *held += u64::from(pins.contains(&site));
            *most = most.saturating_add(clusters);
        }
        for (&region, (_, most)) in &mut regions {
            let limits = [first.most_in_a_region(), self.regions[region].max_clusters, Some(copies)];
            *most = limits.into_iter().flatten().fold(*most, u64::min);
        }
        if first.is_in_each_region() {
            regions.values_mut().for_each(|(held, _)| *held = 1);
        }
        Reach { unit, copies, split: first.is_split(), regions }
    }

    /// The same fleet, of whose plans those alone are looked at that keep this choice.
    pub(crate) fn choosing(&self, choice: &Choice) -> Self {
        let mut fleet = self.clone();
        let workloads = Arc::make_mut(&mut fleet.workloads);
        for (&unit, seats) in choice {
            let inside = |site: &usize| {
                let region = self.sites[*site].regions.first();
                region.is_some_and(|region| seats.iter().any(|(other, _)| other == region))
            };
            for &member in &self.units[unit] {
                let workload = &mut workloads[member];
                workload.sites = workload.sites.iter().copied().filter(inside).collect();
            }
            fleet.chosen.insert(self.units[unit][0], seats.clone());
        }
        fleet
    }
}

/// Sets that are united.
struct Sets(Vec<usize>);

impl Sets {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    /// The least of its set.
    fn first(&self, mut it: usize) -> usize {
        while self.0[it] != it {
            it = self.0[it];
        }
        it
    }

    fn unite(&mut self, all: &BTreeSet<usize>) {
        let least = all.iter().map(|&it| self.first(it)).min();
        for &it in all {
            let first = self.first(it);
            if let Some(least) = least {
                self.0[first] = least;
                self.0[it] = least;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fleet(policy: &str, first: &str) -> Fleet {
        let text = format!(
            "{{schema: tenantry/v1, regions: [{{name: a}}, {{name: b}}, {{name: c}}], defaults: {{regions: all}}, \
             policy: {{{policy}}}, tenants: [{{name: t, trust: trusted, splitNamespaces: true}}], \
             workloads: [{{name: first, tenant: t, requests: {{cpu: 1, memory: 1Gi}}{first}}}, \
             {{name: second, tenant: t, requests: {{cpu: 1, memory: 1Gi}}}}, {{name: third, tenant: t, requests: {{cpu: 1, memory: 1Gi}}}}], \
             clusterTemplates: [{{name: k, allocatable: {{cpu: 8, memory: 8Gi}}}}]}}"
        );
        Fleet::from_yaml(&text).unwrap()
    }

    /// Of each knot how many choices it has, after every way to seat its units was held against its rules.
    fn counted(policy: &str, first: &str) -> Vec<usize> {
        let fleet = fleet(policy, first);
        let knots = fleet.knots("2026-11-26".parse().unwrap());
        let count = |knot: &Knot| {
            let (choices, whole) = knot.choices(&Tasteless, 1_000);
            assert!(whole && choices.iter().collect::<BTreeSet<_>>().len() == choices.len());
            // every way to give each copy of each unit a region
            let units: Vec<usize> = knot.units().collect();
            let copies = |unit: usize| fleet.workloads[fleet.units[unit][0]].copies();
            let all: u64 = units.iter().map(|&unit| copies(unit)).sum();
            let mut legal: BTreeSet<Choice> = BTreeSet::new();
            for number in 0..3usize.pow(u32::try_from(all).unwrap()) {
                let mut rest = number;
                let mut choice = Choice::new();
                for &unit in &units {
                    let mut seats: BTreeMap<usize, u64> = BTreeMap::new();
                    for _ in 0..copies(unit) {
                        *seats.entry(rest % 3).or_insert(0) += 1;
                        rest /= 3;
                    }
                    choice.insert(unit, seats.into_iter().collect());
                }
                if knot.keeps(&|unit| choice[&unit].clone()) {
                    legal.insert(choice);
                }
            }
            assert_eq!(choices.into_iter().collect::<BTreeSet<_>>(), legal);
            legal.len()
        };
        knots.iter().map(count).collect()
    }

    #[test]
    fn choices_are_all_ways_that_keep_the_rules() {
        let near = "together: [{id: near, members: [first, second], in: region}]";
        let far = "apart: [{id: far, members: [first, second], by: region}]";
        let three = "apart: [{id: far, members: [first, second, third], by: region}]";
        assert_eq!(counted("", ""), [0; 0]);
        assert_eq!(counted("", ", copies: {count: 2, spread: region}"), [3]);
        assert_eq!(counted("", ", copies: {count: 3, spread: region}"), [0; 0]);
        assert_eq!(counted("", ", copies: {count: 4, spread: {perRegion: 2}}"), [6]);
        assert_eq!(counted(near, ""), [3]);
        assert_eq!(counted(near, ", copies: 2"), [3]);
        assert_eq!(counted(far, ""), [6]);
        assert_eq!(counted(far, ", copies: {count: 2, spread: region}"), [3]);
        assert_eq!(counted(far, ", copies: 2"), [9]); // both of the first in one region, the second in one of two; or each in one, the second in the third
        assert_eq!(counted(three, ""), [6]);
        assert_eq!(counted(three, ", copies: {count: 2, spread: region}"), [0]);
        let both = format!("{near}, apart: [{{id: far, members: [first, third], by: region}}]");
        assert_eq!(counted(&both, ""), [6]);
        // who is held in one region through another is not kept in different ones
        let torn = "together: [{id: one, members: [first, second], in: region}, {id: two, members: [second, third], in: region}], \
                    apart: [{id: far, members: [first, third], by: region}]";
        assert_eq!(counted(torn, ""), [0]);
    }

    #[test]
    fn a_split_has_all_regions_that_others_leave_it() {
        let far = |members: &str| format!("apart: [{{id: far, members: [{members}], by: region}}]");
        let day = "2026-11-26".parse().unwrap();
        let choices = |policy: &str, first: &str| {
            let fleet = fleet(policy, first);
            let knots = fleet.knots(day);
            let (choices, whole) = knots[0].choices(&Tasteless, 1_000);
            assert!(whole && choices.iter().all(|it| knots[0].keeps(&|unit| it[&unit].clone())));
            choices
        };
        let open = |it: &Choice, unit: usize| it[&unit].iter().map(|&(region, _)| region).collect::<Vec<usize>>();
        let split = ", split: true, replicas: 4";
        let pairs: BTreeSet<_> =
            choices(&far("first, second"), split).iter().map(|it| (open(it, 0), open(it, 1))).collect();
        let others = [(vec![1, 2], vec![0]), (vec![0, 2], vec![1]), (vec![0, 1], vec![2])];
        assert_eq!(pairs, BTreeSet::from(others));
        // three in three regions leave it one
        let all = choices(&far("first, second, third"), split);
        assert_eq!(all.len(), 6);
        assert!(all.iter().all(|it| open(it, 0).len() == 1));
        // one that is in no cluster leaves the others alone
        let none = choices(&far("first, second, third"), ", split: true, replicas: 0");
        assert_eq!(none.len(), 6);
        assert!(none.iter().all(|it| it.len() == 2));
    }

    #[test]
    fn the_best_taste_comes_first() {
        struct Last;
        impl Taste for Last {
            fn worth(&self, _: usize, region: usize) -> u64 {
                region as u64
            }
            fn wanted(&self, _: usize, _: usize) -> Option<u64> {
                None
            }
        }
        let fleet =
            fleet("apart: [{id: far, members: [first, second], by: region}]", ", copies: {count: 2, spread: region}");
        let knots = fleet.knots("2026-11-26".parse().unwrap());
        let (choices, whole) = knots[0].choices(&Last, 1);
        assert!(!whole);
        // the first, then the second
        assert_eq!(choices[0], Choice::from([(0, vec![(1, 1), (2, 1)]), (1, vec![(0, 1)])]));
    }
}
