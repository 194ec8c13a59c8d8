//! Orders of moves of workloads with copies, and under rules of regions, against brute force: every state that can be reached by single moves of small
//! fleets, read naively from a model that knows nothing of the library. What is found is gone through again, by the library's
//! replay and by the model; and what is forged is found.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};
use tenantry::engine::Silent;
use tenantry::engine::random::Random;
use tenantry::internals::{Cluster, Placement, Share, migrated, replayed};
use tenantry::migrate::{Migration, MigrationStatus, StepAction};
use tenantry::{Fleet, MigrateOptions};

use crate::seeds::seeds;

/// A set of places, or of loads: one bit for each.
type Set = u8;

fn has(set: Set, place: usize) -> bool {
    set & (1 << place) != 0
}

fn count(set: Set) -> u32 {
    set.count_ones()
}

fn places_of(set: Set) -> impl Iterator<Item = usize> {
    (0..8).filter(move |&place| has(set, place))
}

#[derive(Clone, Debug)]
struct Place {
    name: String,
    room: u64,
    mode: &'static str,
    keep: bool,
    templated: bool,
    region: usize,
}

#[derive(Clone, Debug)]
struct Load {
    name: String,
    unit: usize,
    tenant: usize,
    cpu: u64,
    at: Set,
    stateful: bool,
    downtime: bool,
    pins: Set,
    stays: bool,
}

/// The copies of a unit.
#[derive(Clone, Debug)]
struct Unit {
    copies: u32,
    /// At most so many in a region.
    most: Option<u32>,
    /// One in each region.
    each: bool,
    goal: Set,
}

#[derive(Clone, Debug)]
struct Model {
    places: Vec<Place>,
    existing: usize,
    new: usize,
    lent: u64,
    loads: Vec<Load>,
    units: Vec<Unit>,
    refuses: BTreeSet<(usize, usize)>,
    /// Loads that stand in one region.
    groups: Vec<Vec<usize>>,
    /// Loads of which no two stand in one cluster, or (true) in one region.
    apart: Vec<(Vec<usize>, bool)>,
    max_count: Option<u64>,
    /// Of each region, where there are some.
    max_clusters: Option<Vec<Option<u64>>>,
    template_room: u64,
    downtime: bool,
}

type State = Vec<Set>;

/// Starts and stops of each load.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Batch {
    starts: State,
    stops: State,
}

impl Batch {
    fn of(model: &Model) -> Self {
        Self { starts: vec![0; model.loads.len()], stops: vec![0; model.loads.len()] }
    }

    fn after(&self, state: &State) -> State {
        state.iter().enumerate().map(|(load, set)| (set | self.starts[load]) & !self.stops[load]).collect()
    }
}

impl Model {
    /// `rules`: three regions, groups that stand in one, and loads that are kept apart.
    fn draw(seed: u64, rules: bool) -> Option<Self> {
        let random = &mut Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 4_711);
        let regions = random.chance(600) || rules;
        let of_regions = if rules { 3 } else { 2 };
        let existing = [2, 3, 3, 4][random.index(4)] + usize::from(rules);
        let template_room = 4 + random.below(5);
        let mut places: Vec<Place> = (0..existing)
            .map(|index| {
                let templated = random.chance(150);
                let mode = ["open", "open", "open", "open", "open", "open", "cordon", "drain"][random.index(8)];
                Place {
                    name: format!("c{index}"),
                    room: if templated { template_room } else { 4 + random.below(6) },
                    mode,
                    keep: mode != "drain" && random.chance(100),
                    templated,
                    region: if regions { random.index(of_regions) } else { 0 },
                }
            })
            .collect();
        let (new, lent) = (usize::from(random.chance(300)), usize::from(random.chance(150)));
        for index in 0..new + lent {
            let name = if index < new { format!("n{index}") } else { format!("temporary-{}", index - new + 1) };
            let region = usize::from(regions);
            places.push(Place { name, room: template_room, mode: "open", keep: false, templated: true, region });
        }
        let tenants = 1 + random.index(3);
        let pairs = (0..tenants).flat_map(|a| (0..tenants).map(move |b| (a, b)));
        let refuses = pairs.filter(|(a, b)| a != b).filter(|_| random.chance(80)).collect();
        let max_count = random.chance(300).then(|| 1 + random.below(3));
        let mut most = || random.chance(200).then(|| 1 + random.below(3));
        let max_clusters = regions.then(|| (0..of_regions).map(|_| most()).collect());
        let downtime = random.chance(300);
        let (mut units, mut loads): (Vec<Unit>, Vec<Load>) = (Vec::new(), Vec::new());
        let mut left = 6;
        while left > 0 && units.len() < 4 {
            let each = regions && random.chance(200) && !rules;
            let copies = if each { 2 } else { [1, 1, 2, 2, 3][random.index(5)] };
            let most = match random.index(3) {
                _ if each => Some(1),
                0 if regions && copies <= 2 => Some(1),
                1 if regions => Some(2),
                _ => None,
            };
            left -= copies.min(left);
            let subset = |random: &mut Random, chance: u64, most: u32| -> Set {
                let first = random.index(existing);
                let all = (0..existing).map(|place| (place + first) % existing).filter(|_| random.chance(chance));
                all.take(most as usize).fold(0, |set, place| set | 1 << place)
            };
            let over = u32::from(random.chance(300));
            let (at, tenant) = (subset(random, 650, copies + over), random.index(tenants));
            for _ in 0..1 + usize::from(random.chance(250)) {
                loads.push(Load {
                    name: format!("w{}", loads.len()),
                    unit: units.len(),
                    tenant,
                    cpu: 1 + random.below(4),
                    at: if random.chance(60) { subset(random, 500, copies) } else { at },
                    stateful: random.chance(100),
                    downtime: random.chance(300),
                    pins: if random.chance(80) { subset(random, 300, 1) } else { 0 },
                    stays: random.chance(40),
                });
            }
            units.push(Unit { copies, most, each, goal: 0 });
        }
        let lent = lent as u64;
        let mut model = Self {
            places,
            existing,
            new,
            lent,
            loads,
            units,
            refuses,
            groups: Vec::new(),
            apart: Vec::new(),
            max_count,
            max_clusters,
            template_room,
            downtime,
        };
        if rules {
            model.rule(random);
        }
        for _ in 0..200 {
            let turned = 1 + random.index(existing - 1);
            for unit in 0..model.units.len() {
                let mut all: Vec<usize> =
                    (0..existing + new).filter(|&place| model.may_end(unit, turned, place)).collect();
                let mut goal = 0;
                // often each goes to where another is
                let at = model.loads.iter().find(|load| load.unit == unit).map_or(0, |load| load.at);
                let turns = places_of(if random.chance(750) { at } else { 0 }).map(|place| (place + turned) % existing);
                for place in turns
                    .take(model.units[unit].copies as usize)
                    .filter(|place| all.contains(place))
                    .collect::<Vec<_>>()
                {
                    all.retain(|&it| it != place);
                    goal |= 1 << place;
                }
                while count(goal) < model.units[unit].copies && !all.is_empty() {
                    goal |= 1 << all.remove(random.index(all.len()));
                }
                model.units[unit].goal = goal;
            }
            model.tighten(random);
            if model.is_plan() {
                return Some(model);
            }
        }
        None
    }

    /// Groups, and loads that are kept apart: of units of their own, and none of a group with another of it.
    fn rule(&mut self, random: &mut Random) {
        let mut firsts: Vec<usize> = (0..self.units.len())
            .map(|unit| {
                let of = self.of_unit(unit);
                of[random.index(of.len())]
            })
            .collect();
        let turned = random.index(firsts.len());
        firsts.rotate_left(turned);
        if firsts.len() < 2 {
            return;
        }
        let far = |random: &mut Random, members: &[usize]| (members.to_vec(), random.chance(700));
        match random.index(4) {
            0 => self.apart.push(far(random, &firsts[..2])),
            1 if firsts.len() > 2 => {
                self.groups.push(firsts[..2].to_vec());
                self.apart.push(far(random, &firsts[1..3]));
            }
            2 if firsts.len() > 2 => {
                self.groups.push(firsts[..2].to_vec());
                self.groups.push(firsts[1..3].to_vec());
            }
            3 if firsts.len() > 2 => self.apart.push(far(random, &firsts[..3])),
            _ => self.groups.push(firsts),
        }
        for unit in self.groups.iter().flatten().map(|&load| self.loads[load].unit).collect::<BTreeSet<_>>() {
            self.units[unit].most = None;
        }
    }

    /// Whether a unit of a group may be in a place of the plan, which has its groups in one region; others anywhere.
    fn may_end(&self, unit: usize, region: usize, place: usize) -> bool {
        let grouped = self.groups.iter().flatten().any(|&load| self.loads[load].unit == unit);
        !grouped || self.places[place].region == region % 3
    }

    fn regions_of(&self, set: Set) -> BTreeSet<usize> {
        places_of(set).map(|place| self.places[place].region).collect()
    }

    fn of_group(&self, state: &State, group: &[usize]) -> BTreeSet<usize> {
        group.iter().flat_map(|&load| self.regions_of(state[load])).collect()
    }

    /// Whether each group is in one region, or in several where some load of it was and is; and nobody starts in a region where
    /// somebody is from whom it is kept apart, but where both were.
    fn keeps_rules(&self, before: &State, batch: &Batch) -> bool {
        let (mut full, after) = (before.clone(), batch.after(before));
        full.iter_mut().zip(&batch.starts).for_each(|(set, starts)| *set |= starts);
        let in_one = |group: &Vec<usize>| {
            let held: BTreeSet<usize> = group
                .iter()
                .flat_map(|&load| {
                    self.regions_of(before[load])
                        .intersection(&self.regions_of(after[load]))
                        .copied()
                        .collect::<Vec<_>>()
                })
                .collect();
            let now = self.of_group(&after, group);
            let moved = group.iter().any(|&load| batch.starts[load] | batch.stops[load] != 0);
            !moved || now.len() <= 1 || now.is_subset(&held)
        };
        let far = |(members, by_region): &(Vec<usize>, bool)| {
            let meets = |&load: &usize| {
                self.regions_of(batch.starts[load]).into_iter().any(|region| {
                    let here = |state: &State, load: usize| self.in_region(state[load], region) > 0;
                    let other = |&&other: &&usize| {
                        other != load && here(&full, other) && !(here(before, load) && here(before, other))
                    };
                    members.iter().any(|it| other(&it))
                })
            };
            !by_region || !members.iter().any(meets)
        };
        self.groups.iter().all(in_one) && self.apart.iter().all(far)
    }

    /// Rooms that are little more than what is there in the plan, and often than what is there today.
    fn tighten(&mut self, random: &mut Random) {
        let (goal, today): (State, State) = (self.goal(), self.loads.iter().map(|load| load.at).collect());
        let load = |state: &State, place: usize| -> u64 { self.cpu(self.there(state, place)) };
        let mut rooms: Vec<u64> = (0..self.places.len())
            .map(|place| {
                let today = if random.chance(850) { load(&today, place) } else { 0 };
                load(&goal, place).max(today).max(1) + [0, 0, 0, 1][random.index(4)]
            })
            .collect();
        let templated: Vec<usize> = (0..rooms.len()).filter(|&place| self.places[place].templated).collect();
        self.template_room = templated.iter().map(|&place| rooms[place]).max().unwrap_or(self.template_room);
        templated.into_iter().for_each(|place| rooms[place] = self.template_room);
        self.places.iter_mut().zip(rooms).for_each(|(place, room)| place.room = room);
    }

    fn of_unit(&self, unit: usize) -> Vec<usize> {
        (0..self.loads.len()).filter(|&load| self.loads[load].unit == unit).collect()
    }

    fn unit(&self, load: usize) -> &Unit {
        &self.units[self.loads[load].unit]
    }

    /// Where a load must be.
    fn held(&self, load: usize) -> Set {
        let it = &self.loads[load];
        it.pins | if it.stays { it.at } else { 0 }
    }

    fn in_region(&self, set: Set, region: usize) -> u32 {
        places_of(set).filter(|&place| self.places[place].region == region).count() as u32
    }

    fn there(&self, state: &State, place: usize) -> Set {
        (0..state.len()).filter(|&load| has(state[load], place)).fold(0, |set, load| set | 1 << load)
    }

    fn cpu(&self, loads: Set) -> u64 {
        places_of(loads).map(|load| self.loads[load].cpu).sum()
    }

    /// Clusters of the template, in each region, and lent ones that are in use.
    fn counted(&self, state: &State) -> [u64; 5] {
        let used = |place: &usize| self.places[*place].keep || self.there(state, *place) != 0;
        let number = |test: &dyn Fn(usize) -> bool| {
            (0..self.places.len()).filter(used).filter(|&place| test(place)).count() as u64
        };
        let lent = self.existing + self.new;
        [
            number(&|place| self.places[place].templated),
            number(&|place| self.places[place].region == 0),
            number(&|place| self.places[place].region == 1),
            number(&|place| self.places[place].region == 2),
            number(&|place| place >= lent),
        ]
    }

    fn limits(&self) -> [Option<u64>; 5] {
        let most = |region: usize| *self.max_clusters.as_ref()?.get(region)?;
        [self.max_count, most(0), most(1), most(2), Some(self.lent)]
    }

    fn takes(&self, place: usize, all: Set, new: Set) -> bool {
        let it = &self.places[place];
        let shut = |load: usize| it.mode == "drain" || (it.mode == "cordon" && !has(self.loads[load].at, place));
        let apart = |a: usize, b: usize| {
            let named = self.apart.iter().any(|(members, _)| a != b && members.contains(&a) && members.contains(&b));
            let (a, b) = (self.loads[a].tenant, self.loads[b].tenant);
            named || self.refuses.contains(&(a, b)) || self.refuses.contains(&(b, a))
        };
        !places_of(new).any(shut)
            && self.cpu(all) <= it.room
            && !places_of(new).any(|new| places_of(all).any(|other| apart(new, other)))
    }

    fn goal(&self) -> State {
        self.loads.iter().map(|load| self.units[load.unit].goal).collect()
    }

    fn is_plan(&self) -> bool {
        let goal = self.goal();
        let fits = |place: usize| {
            let all = self.there(&goal, place);
            self.takes(place, all, all)
        };
        let apart = |unit: &Unit| {
            unit.most.is_none_or(|most| (0..3).all(|region| self.in_region(unit.goal, region) <= most))
                && (!unit.each || (0..2).all(|region| self.in_region(unit.goal, region) == 1))
        };
        let counted = self.counted(&goal);
        let alone = |(members, by_region): &(Vec<usize>, bool)| {
            let regions = members.iter().flat_map(|&load| self.regions_of(goal[load]));
            let mut seen = BTreeSet::new();
            !by_region || regions.into_iter().all(|region| seen.insert(region))
        };
        self.groups.iter().all(|group| self.of_group(&goal, group).len() <= 1)
            && self.apart.iter().all(alone)
            && (0..self.places.len()).all(fits)
            && (self.existing..self.existing + self.new).all(|place| self.there(&goal, place) != 0)
            && self.units.iter().all(|unit| count(unit.goal) == unit.copies && apart(unit))
            && (0..self.loads.len()).all(|load| self.held(load) & !goal[load] == 0)
            && self.limits().iter().zip(counted).all(|(most, is)| most.is_none_or(|most| is <= most))
    }

    /// Some of a unit are in a place and somebody else of it, who runs as often as it shall, is not.
    fn parted(&self, state: &State, unit: usize, place: usize) -> bool {
        let members = self.of_unit(unit);
        let away = |&load: &usize| !has(state[load], place) && count(state[load]) >= self.units[unit].copies;
        members.iter().any(|&load| has(state[load], place)) && members.iter().any(away)
    }

    /// Whether a batch obeys every rule, from a state.
    fn allows(&self, before: &State, batch: &Batch) -> bool {
        let mut full = before.clone();
        for (load, &starts) in batch.starts.iter().enumerate() {
            if starts & before[load] != 0 || batch.stops[load] & !before[load] != 0 {
                return false;
            }
            full[load] |= starts;
        }
        let after = batch.after(before);
        if !(0..self.loads.len()).all(|load| self.keeps(load, (before[load], after[load]), batch))
            || !self.keeps_rules(before, batch)
        {
            return false;
        }
        for place in 0..self.places.len() {
            let new = self.there(&batch.starts, place);
            if new != 0 && !self.takes(place, self.there(&full, place), new) {
                return false;
            }
        }
        let (was, is) = (self.counted(before), self.counted(&full));
        for (kind, most) in self.limits().into_iter().enumerate() {
            if most.is_some_and(|most| is[kind] > most && is[kind] > was[kind]) {
                return false;
            }
        }
        (0..self.units.len()).all(|unit| {
            let members = self.of_unit(unit);
            let changed = |list: &State| members.iter().fold(0, |set, &it| set | list[it]);
            let (gained, lost) = (changed(&batch.starts), changed(&batch.stops));
            // somebody is not beside the others already
            let torn = members.iter().any(|&it| before[it] != before[members[0]]);
            let asked = if torn { gained } else { gained | lost };
            !places_of(asked).any(|place| self.parted(&after, unit, place))
        })
    }

    /// What a load asks for itself.
    fn keeps(&self, load: usize, (was, is): (Set, Set), batch: &Batch) -> bool {
        let (it, unit) = (&self.loads[load], self.unit(load));
        let (starts, stops) = (batch.starts[load], batch.stops[load]);
        if starts | stops == 0 {
            return true;
        }
        let today = count(it.at);
        let keeps_state = it.stateful && today > 0;
        let pauses = keeps_state || (self.downtime && it.downtime);
        let least =
            if pauses { unit.copies.min(today).saturating_sub(1) } else { unit.copies.min(today.max(count(was))) };
        // of all who go together
        let mut beside = self.loads.iter().filter(|other| other.unit == it.unit);
        let bound = beside.any(|it| it.stateful || it.stays);
        let paused = pauses && count(is) < unit.copies;
        let apart = (0..3).all(|region| {
            let (was, is) = (self.in_region(was, region), self.in_region(is, region));
            unit.most.is_none_or(|most| is <= most.max(was)) && !(unit.each && !paused && was > 0 && is == 0)
        });
        count(is) >= least
            && count(is) <= unit.copies.max(count(was))
            && !(keeps_state && starts != 0 && count(was) + count(starts) > unit.copies)
            && stops & self.held(load) == 0
            && !(bound && starts & !unit.goal != 0)
            && apart
    }

    /// The loads of a unit go from one place to another: who keeps state only stops.
    fn step(&self, state: &State, unit: usize, from: Option<usize>, to: Option<usize>) -> Option<Batch> {
        let mut batch = Batch::of(self);
        for load in self.of_unit(unit) {
            let leaves = from.is_some_and(|from| has(state[load], from));
            if let Some(from) = from.filter(|_| leaves) {
                batch.stops[load] |= 1 << from;
            }
            let keeps_state = self.loads[load].stateful && self.loads[load].at != 0;
            let pauses = leaves && keeps_state;
            if let Some(to) = to.filter(|&to| !pauses && !has(state[load], to)) {
                batch.starts[load] |= 1 << to;
            }
        }
        (batch != Batch::of(self)).then_some(batch)
    }

    /// Batches in which several of those that are of groups go to one region, in every way: a group that leaves its region goes to
    /// one other.
    fn at_once(&self, state: &State, stays: bool) -> Vec<Batch> {
        let units: BTreeSet<usize> = self.groups.iter().flatten().map(|&load| self.loads[load].unit).collect();
        let mut all = Vec::new();
        for region in 0..if units.is_empty() { 0 } else { 3 } {
            let there = |place: &usize| self.places[*place].region == region;
            let mut ways = vec![Batch::of(self)];
            for &unit in &units {
                let stands = self.of_unit(unit).iter().fold(0, |set, &load| set | state[load]);
                for from in places_of(stands).filter(|place| !there(place)) {
                    let ends = |place: &usize| stays || has(self.units[unit].goal, *place);
                    let places = (0..self.places.len()).filter(there).filter(ends);
                    let steps: Vec<Batch> =
                        places.filter_map(|to| self.step(state, unit, Some(from), Some(to))).collect();
                    let with = |way: &Batch| -> Vec<Batch> {
                        let both = |step: &Batch| {
                            let merged = |a: &State, b: &State| a.iter().zip(b).map(|(a, b)| a | b).collect();
                            let disjoint = way.starts.iter().zip(&step.starts).all(|(a, b)| a & b == 0);
                            let (starts, stops) = (merged(&way.starts, &step.starts), merged(&way.stops, &step.stops));
                            disjoint.then_some(Batch { starts, stops })
                        };
                        steps.iter().filter_map(both).chain([way.clone()]).collect()
                    };
                    ways = ways.iter().flat_map(with).collect();
                }
            }
            let several = |way: &Batch| way.starts.iter().chain(&way.stops).map(|set| count(*set)).sum::<u32>() > 2;
            all.extend(ways.into_iter().filter(several));
        }
        all
    }

    /// Whether some order exists, with or without stays elsewhere.
    fn exists(&self, stays: bool) -> bool {
        let start: State = self.loads.iter().map(|load| load.at).collect();
        let goal = self.goal();
        let (mut seen, mut queue) = (BTreeSet::from([start.clone()]), VecDeque::from([start]));
        let places: Vec<Option<usize>> = std::iter::once(None).chain((0..self.places.len()).map(Some)).collect();
        while let Some(state) = queue.pop_front() {
            if state == goal {
                return true;
            }
            for batch in self.at_once(&state, stays) {
                let after = batch.after(&state);
                if self.allows(&state, &batch) && seen.insert(after.clone()) {
                    queue.push_back(after);
                }
            }
            for unit in 0..self.units.len() {
                let members = self.of_unit(unit);
                let pauses = |load: &usize| {
                    let it = &self.loads[*load];
                    it.at == 0 || it.stateful || (self.downtime && it.downtime)
                };
                let moves = members.iter().any(|&it| self.loads[it].at & !self.units[unit].goal != 0);
                for &from in &places {
                    for &to in places.iter().filter(|&&to| to != from) {
                        if to.is_some_and(|to| !has(self.units[unit].goal, to)) && !stays {
                            continue;
                        }
                        if let (Some(from), None) = (from, to) {
                            // for good, or for a start later of who shall be elsewhere
                            let over = members.iter().all(|&it| count(state[it]) > self.units[unit].copies);
                            let all = members.iter().all(|&it| has(state[it], from));
                            let there = has(self.units[unit].goal, from) && all;
                            if !over && (there || !moves || !members.iter().all(pauses)) {
                                continue;
                            }
                        }
                        let Some(batch) = self.step(&state, unit, from, to) else { continue };
                        if self.allows(&state, &batch) {
                            let after = batch.after(&state);
                            if seen.insert(after.clone()) {
                                queue.push_back(after);
                            }
                        }
                    }
                }
            }
        }
        false
    }

    fn document(&self, reversed: bool) -> String {
        let regions = self.max_clusters.is_some();
        let names = |set: Set| places_of(set).map(|place| self.places[place].name.clone()).collect::<Vec<_>>();
        let tenant = |tenant: usize| {
            let refuses: Vec<String> =
                self.refuses.iter().filter(|pair| pair.0 == tenant).map(|pair| format!("t{}", pair.1)).collect();
            json!({"name": format!("t{tenant}"), "trust": "trusted", "distrusts": refuses})
        };
        let mut workloads: Vec<Value> = self
            .loads
            .iter()
            .map(|load| {
                let unit = &self.units[load.unit];
                let copies = match unit.most {
                    _ if unit.each => json!({"each": "region"}),
                    None => json!(unit.copies),
                    Some(1) => json!({"count": unit.copies, "spread": "region"}),
                    Some(most) => json!({"count": unit.copies, "spread": {"perRegion": most}}),
                };
                let mut row = json!({"name": load.name, "tenant": format!("t{}", load.tenant),
                    "namespace": format!("u{}", load.unit), "runsIn": names(load.at), "copies": copies,
                    "requests": {"cpu": load.cpu.to_string(), "memory": "1"}});
                if load.pins != 0 {
                    row["pin"] = json!(names(load.pins));
                }
                if load.stateful {
                    row["stateful"] = json!(true);
                }
                if load.stateful || load.stays {
                    row["stay"] = json!(if load.stays { "cluster" } else { "none" });
                }
                if load.downtime {
                    row["downtime"] = json!("allowed");
                }
                row
            })
            .collect();
        let size = |cpu: u64| json!({"cpu": cpu.to_string(), "memory": "1Gi"});
        let mut clusters: Vec<Value> = self.places[..self.existing]
            .iter()
            .map(|place| {
                let mut row = json!({"name": place.name, "mode": place.mode});
                match place.templated {
                    true => row["template"] = json!("standard"),
                    false => row["allocatable"] = size(place.room),
                }
                if place.keep {
                    row["keep"] = json!(true);
                }
                if regions {
                    row["region"] = json!(format!("r{}", place.region));
                }
                row
            })
            .collect();
        if reversed {
            workloads.reverse();
            clusters.reverse();
        }
        let mut template = json!({"name": "standard", "allocatable": size(self.template_room)});
        if let Some(most) = self.max_count {
            template["maxCount"] = json!(most);
        }
        let mut whole = json!({"schema": "tenantry/v1", "asOf": "2026-11-23", "tenants": (0..3).map(tenant).collect::<Vec<_>>(),
            "workloads": workloads, "existingClusters": clusters});
        if let Some(most) = &self.max_clusters {
            let region = |(at, most): (usize, &Option<u64>)| match most {
                Some(most) => json!({"name": format!("r{at}"), "maxClusters": most}),
                None => json!({"name": format!("r{at}")}),
            };
            template["regions"] = json!(["r1"]);
            whole["regions"] = most.iter().enumerate().map(region).collect();
            whole["defaults"] = json!({"regions": "all"});
        }
        let members = |loads: &[usize]| -> Vec<String> { loads.iter().map(|&load| self.identity(load)).collect() };
        let group = |(id, loads): (usize, &Vec<usize>)| json!({"id": format!("g{id}"), "members": members(loads), "in": "region", "reason": "r"});
        let apart = |(id, (loads, by_region)): (usize, &(Vec<usize>, bool))| {
            let by = if *by_region { "region" } else { "cluster" };
            json!({"id": format!("a{id}"), "members": members(loads), "by": by, "reason": "r"})
        };
        if !self.groups.is_empty() || !self.apart.is_empty() {
            whole["policy"] = json!({"together": self.groups.iter().enumerate().map(group).collect::<Vec<_>>(),
                "apart": self.apart.iter().enumerate().map(apart).collect::<Vec<_>>()});
        }
        whole["clusterTemplates"] = json!([template]);
        whole.to_string()
    }

    fn identity(&self, load: usize) -> String {
        let it = &self.loads[load];
        format!("t{}/u{}/{}", it.tenant, it.unit, it.name)
    }

    fn target(&self, fleet: &Fleet) -> Placement {
        let goal = self.goal();
        let site = |place: usize| {
            let name = &self.places[place].name;
            let existing = fleet.existing().iter().find(|it| it.name == *name).map(|it| it.site);
            existing.unwrap_or_else(|| fleet.sites().iter().position(|it| it.template().is_some()).unwrap())
        };
        let used: Vec<usize> = (0..self.existing + self.new)
            .filter(|&place| self.places[place].keep || self.there(&goal, place) != 0)
            .collect();
        let clusters = used.iter().map(|&place| Cluster {
            name: self.places[place].name.clone(),
            site: site(place),
            region: self.max_clusters.as_ref().map(|_| self.places[place].region),
            nodes: None,
        });
        let shares = used.iter().enumerate().flat_map(|(cluster, &place)| {
            let share = move |load: usize| {
                let workload = fleet.find(&self.identity(load)).unwrap();
                Share { workload, cluster, replicas: 1 }
            };
            places_of(self.there(&goal, place)).map(share)
        });
        Placement { clusters: clusters.collect(), shares: shares.collect() }
    }

    /// Goes through a migration by the model alone; what breaks a rule on the way.
    fn replay(&self, migration: &Migration) -> Result<State, String> {
        let mut state: State = self.loads.iter().map(|load| load.at).collect();
        let place = |name: &str| self.places.iter().position(|it| it.name == name).unwrap();
        let load = |name: &str| self.loads.iter().position(|it| name.ends_with(&format!("/{}", it.name))).unwrap();
        for it in &migration.batches {
            let mut batch = Batch::of(self);
            for step in &it.steps {
                let list = match step.action {
                    StepAction::Start => &mut batch.starts,
                    StepAction::Stop => &mut batch.stops,
                    _ => continue,
                };
                step.workloads.iter().for_each(|name| list[load(name)] |= 1 << place(&step.cluster));
            }
            if !self.allows(&state, &batch) {
                return Err(format!("batch {} from {state:?}: {batch:?}", it.number));
            }
            state = batch.after(&state);
        }
        Ok(state)
    }

    fn options(&self) -> MigrateOptions {
        MigrateOptions { allow_downtime: self.downtime, extra_clusters: self.lent, ..MigrateOptions::default() }
    }

    /// Whether the members of some unit do not run beside one another today: nothing is proved of those.
    fn is_torn(&self) -> bool {
        self.loads.iter().any(|load| self.loads.iter().any(|it| it.unit == load.unit && it.at != load.at))
    }
}

/// Returns what the seed was an example of.
fn compare(seed: u64, rules: bool) -> &'static str {
    let Some(model) = Model::draw(seed, rules) else { return "no plan" };
    let document = model.document(false);
    let fleet = Fleet::from_json(&document).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{document}"));
    let target = model.target(&fleet);
    let (migration, replayed) = migrated(&fleet, &target, &model.options(), &Silent)
        .unwrap_or_else(|error| panic!("seed {seed}: {error}\n{document}"));
    let say = || format!("seed {seed}: {}\n{model:?}\n{document}", migration.to_json().unwrap());
    assert!(replayed.wrong.is_empty() && replayed.undecided.is_empty(), "{replayed:?} {}", say());
    let end = model.replay(&migration).unwrap_or_else(|why| panic!("{why} {}", say()));
    assert_eq!(end == model.goal(), migration.status == MigrationStatus::Complete, "{}", say());
    let at_all = model.exists(true);
    let torn = model.is_torn();
    let found = match migration.status {
        MigrationStatus::Complete if migration.batches.is_empty() => "nothing to do",
        MigrationStatus::Complete if migration.summary.stays > 0 => "with stays",
        MigrationStatus::Complete => "complete",
        MigrationStatus::Impossible => "impossible",
        _ if torn => "torn",
        _ => panic!("a tiny fleet: {}", say()),
    };
    assert!(!(found == "impossible" && at_all), "an order exists: {}", say());
    if !torn {
        assert!(found == "impossible" || at_all, "no order exists: {}", say());
        let directly = model.exists(false);
        assert_eq!(found == "with stays", at_all && !directly, "directly {directly}: {}", say());
    }
    let other = Fleet::from_json(&model.document(true)).unwrap();
    let (again, _) = migrated(&other, &model.target(&other), &model.options(), &Silent).unwrap();
    assert_eq!((again.status, &again.summary), (migration.status, &migration.summary), "{}", say());
    // one move at a time: every prefix is legal as well
    let one = MigrateOptions { max_in_flight: Some(1), ..model.options() };
    let (single, replayed) = migrated(&fleet, &target, &one, &Silent).unwrap();
    assert!(replayed.wrong.is_empty(), "{replayed:?}\n{single:?} {}", say());
    assert_eq!(single.status, migration.status, "{}", say());
    model.replay(&single).unwrap_or_else(|why| panic!("{why} {}", say()));
    let prefix = MigrateOptions { first: Some(1), ..model.options() };
    let (prefix, replayed) = migrated(&fleet, &target, &prefix, &Silent).unwrap();
    assert!(replayed.wrong.is_empty(), "{replayed:?}\n{prefix:?} {}", say());
    forged(&model, (&fleet, &target), &migration, seed);
    found
}

/// A migration with something else in it is found out wherever the model finds a rule broken.
fn forged(model: &Model, (fleet, target): (&Fleet, &Placement), migration: &Migration, seed: u64) {
    let random = &mut Random::new(seed ^ 99);
    for batch in 0..migration.batches.len() {
        let mut forged = migration.clone();
        let steps = &mut forged.batches[batch].steps;
        let at = random.index(steps.len());
        match random.index(4) {
            0 => _ = steps.remove(at),
            1 => steps[at].cluster.clone_from(&model.places[random.index(model.existing)].name),
            2 if batch > 0 => {
                let moved = steps.remove(at);
                let earlier = &mut forged.batches[batch - 1].steps;
                earlier.push(moved);
                earlier.sort_by_key(|step| step.action);
            }
            _ => steps[at].given_up = !steps[at].given_up,
        }
        let wrong = !replayed(fleet, target, &forged, fleet.as_of().unwrap()).wrong.is_empty();
        let broken = match model.replay(&forged) {
            Err(_) => true,
            Ok(end) => (end == model.goal()) != (forged.status == MigrationStatus::Complete),
        };
        assert!(wrong || !broken, "seed {seed}: a forged migration passes\n{forged:?}\n{model:?}");
    }
}

#[test]
fn brute_force_agrees_on_copies() {
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in seeds(0..1_200) {
        *seen.entry(compare(seed, false)).or_insert(0) += 1;
    }
    for (kind, least) in [("complete", 300), ("impossible", 8), ("with stays", 1)] {
        assert!(seen.get(kind).copied().unwrap_or(0) >= least, "{seen:?}");
    }
}

#[test]
fn brute_force_agrees_under_rules_of_regions() {
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in seeds(0..400) {
        *seen.entry(compare(seed, true)).or_insert(0) += 1;
    }
    for (kind, least) in [("complete", 60), ("impossible", 4), ("with stays", 1)] {
        assert!(seen.get(kind).copied().unwrap_or(0) >= least, "{seen:?}");
    }
}

/// A copy of `web` in each region, and two of a database that keeps state.
fn shop() -> (Fleet, Placement) {
    let cluster = |name: &str| {
        format!("{{name: {name}, region: {}, allocatable: {{cpu: 10, memory: 1Gi}}}}", name.split('-').next().unwrap())
    };
    let text = format!(
        "{{schema: tenantry/v1, asOf: \"2026-11-23\", regions: [{{name: eu}}, {{name: us}}], defaults: {{regions: all}}, \
         tenants: [{{name: t, trust: trusted}}], workloads: [\
         {{name: web, tenant: t, runsIn: [eu-1, us-1], pin: us-1, copies: {{each: region}}, requests: {{cpu: 1, memory: 1Mi}}}}, \
         {{name: db, tenant: t, runsIn: [eu-1, us-1], stateful: true, stay: none, copies: 2, requests: {{cpu: 1, memory: 1Mi}}}}], \
         existingClusters: [{}]}}",
        ["eu-1", "eu-2", "us-1", "us-2"].map(cluster).join(", ")
    );
    let fleet = Fleet::from_yaml(&text).unwrap();
    let names = ["eu-2", "us-1", "us-2"];
    let clusters = names.map(|name| {
        let site = fleet.existing().iter().find(|it| it.name == name).unwrap().site;
        Cluster { name: name.to_owned(), site, region: Some(usize::from(name != "eu-2")), nodes: None }
    });
    let share = |(workload, cluster)| Share { workload: fleet.find(workload).unwrap(), cluster, replicas: 1 };
    let shares = [("web", 0), ("web", 1), ("db", 0), ("db", 2)].map(share);
    let target = Placement { clusters: clusters.to_vec(), shares: shares.to_vec() };
    (fleet, target)
}

#[test]
fn copies_that_pause_do_so_one_at_a_time_and_what_is_forged_is_found() {
    let (fleet, target) = shop();
    let (migration, replay) = migrated(&fleet, &target, &MigrateOptions::default(), &Silent).unwrap();
    assert!(replay.wrong.is_empty() && replay.arrives, "{replay:?}");
    assert_eq!((migration.summary.moved, migration.summary.stopped_first), (3, 2));
    let says = |change: &dyn Fn(&mut Migration), what: &str| {
        let mut forged = migration.clone();
        change(&mut forged);
        let wrong = replayed(&fleet, &target, &forged, fleet.as_of().unwrap()).wrong;
        assert!(wrong.iter().any(|it| it.contains(what)), "{what}: {wrong:?}");
    };
    let all = |it: &mut Migration, action: StepAction, who: &str| -> Vec<(usize, usize)> {
        let steps =
            it.batches.iter().enumerate().flat_map(|(batch, it)| (0..it.steps.len()).map(move |at| (batch, at)));
        let ours = |&(batch, at): &(usize, usize)| {
            let step = &it.batches[batch].steps[at];
            step.action == action && step.workloads == [format!("t/{who}")]
        };
        steps.filter(ours).collect()
    };
    let to = |it: &mut Migration, action: StepAction, who: &str, cluster: &str| {
        let (batch, at) = all(it, action, who)[0];
        it.batches[batch].steps[at].cluster = cluster.to_owned();
    };
    says(&|it| to(it, StepAction::Start, "web", "us-2"), "2 copies of `t/web` are in us, at most 1 may be");
    says(&|it| to(it, StepAction::Start, "web", "us-1"), "`t/web` starts twice");
    says(&|it| to(it, StepAction::Stop, "web", "us-1"), "`t/web` stops where it is pinned");
    // both copies of the database at once, or one that starts too early
    let both = |it: &mut Migration| {
        let (batch, at) = all(it, StepAction::Stop, "db")[1];
        let step = it.batches[batch].steps.remove(at);
        it.batches[0].steps.push(step);
        it.batches[0].steps.sort_by_key(|step| step.action);
    };
    says(&both, "`t/db` stops, and runs nowhere");
    let early = |it: &mut Migration| {
        let (batch, at) = all(it, StepAction::Start, "db")[0];
        let step = it.batches[batch].steps.remove(at);
        it.batches[0].steps.insert(0, step);
    };
    says(&early, "`t/db` keeps state, and starts before it has stopped");
    let fewer = |it: &mut Migration| {
        let (batch, at) = all(it, StepAction::Start, "web")[0];
        it.batches[batch].steps.remove(at);
    };
    says(&fewer, "`t/web` stops, and runs in 1 clusters, where 2 are the least");
    let given_up = |it: &mut Migration| {
        let (batch, at) = all(it, StepAction::Stop, "web")[0];
        it.batches[batch].steps[at].given_up = true;
    };
    says(&given_up, "1 copies of `t/web` are said to be given up, and 0 are");
}
