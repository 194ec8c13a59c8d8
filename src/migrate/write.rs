//! From an order in indices to its document.

use std::collections::{BTreeMap, BTreeSet};

use super::Terms;
use super::document::{
    MIGRATION_SCHEMA, Migration, MigrationBatch, MigrationLeft, MigrationOptions, MigrationReason, MigrationStatus,
    MigrationStep, MigrationSummary, StepAction,
};
use super::job::{Job, Move, Spots};
use super::judge::Judge;
use super::order::{Ordered, Shown};
use super::parted::Count;
use super::waits::{circle, waiting};
use crate::budget::Budget;
use crate::fleet::Fleet;
use crate::placement::{Cluster, NodeContent, Packed, Placement, Share, ViolationCode, found};

/// What is broken is listed up to so many entries.
const BROKEN: usize = 100;
/// Work of placing the pods of a cluster once it is done, in elementary steps.
const PLACE: u64 = 5_000_000;

/// The document of an order, or of its first batches.
pub(super) fn written((job, fleet): (&Job, &Fleet), judge: &Judge, mut ordered: Ordered, terms: &Terms) -> Migration {
    let all = ordered.batches.len();
    let first = terms.first.and_then(|first| usize::try_from(first).ok()).unwrap_or(usize::MAX);
    ordered.batches.truncate(first);
    let cut = ordered.batches.len() < all;
    let complete = complete(job, &ordered);
    let (mut spots, mut last) = (job.start.clone(), job.start.clone());
    let mut made = vec![false; job.places.len()];
    let mut summary = MigrationSummary::default();
    let mut batches = Vec::with_capacity(ordered.batches.len());
    for (number, batch) in ordered.batches.iter().enumerate() {
        let steps = steps(job, (&batch.moves, &mut spots, &mut last), &mut made, &mut summary);
        batches.push(MigrationBatch { number: number as u64 + 1, steps });
    }
    let left: Vec<usize> = (0..job.items.len()).filter(|&item| !arrived(job, &spots, item)).collect();
    let status = match (complete, cut, ordered.shown) {
        (true, false, _) => MigrationStatus::Complete,
        (true, true, _) => MigrationStatus::Prefix,
        (false, _, Shown::Impossible(_)) => MigrationStatus::Impossible,
        (false, _, Shown::ImpossibleDirectly(_)) => MigrationStatus::ImpossibleDirectly,
        (false, _, Shown::NotFound) => MigrationStatus::NotFound,
    };
    summary.states = match ordered.shown {
        Shown::Impossible(states) if !complete => states,
        Shown::ImpossibleDirectly(states) if !complete => Some(states),
        _ => None,
    };
    let waits = waiting(job, judge, &spots, &left);
    let names = |items: &[usize]| items.iter().map(|&item| named(job, item)).collect::<Vec<_>>();
    // parts of one split have one name
    let waits_for = |items: &[usize]| {
        let mut known = BTreeSet::new();
        names(items).into_iter().filter(|name| known.insert(name.clone())).collect::<Vec<_>>()
    };
    let (before, _) = broken((job, fleet), judge, &job.start, terms);
    let (after, list) = broken((job, fleet), judge, &spots, terms);
    summary.batches = batches.len() as u64;
    (summary.broken_today, summary.broken_after) = (before, after);
    count(job, &spots, &mut summary);
    summary.stays += detours(job, &ordered);
    let rows = waits.iter().map(|it| {
        let item = &job.items[it.item];
        let mut from: Vec<String> =
            item.members.iter().filter_map(|&it| spots[it]).map(|at| job.places[at].name.clone()).collect();
        from.dedup();
        MigrationLeft {
            workloads: astray(job, &spots, it.item).into_iter().map(|it| identity(job, it)).collect(),
            replicas: job.replicas_of(it.item),
            from,
            to: item.to.map(|to| job.places[to].name.clone()),
            reasons: it.why.iter().cloned().collect(),
            waits_for: waits_for(&it.of),
        }
    });
    let mut circle = if complete { Vec::new() } else { names(&circle(&waits)) };
    circle.dedup();
    while circle.len() > 1 && circle.first() == circle.last() {
        circle.pop();
    }
    Migration {
        schema: MIGRATION_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        name: job.fleet.name().to_owned(),
        fleet_digest: job.fleet.digest().to_owned(),
        as_of: terms.as_of.to_string(),
        until: terms.until.to_string(),
        status,
        stopped: ordered.stopped.filter(|_| !complete).map(Into::into),
        options: MigrationOptions {
            max_in_flight: terms.most,
            first: terms.first,
            allow_downtime: terms.downtime,
            extra_clusters: terms.lent.map_or(0, |(_, count)| count),
            extra_template: terms.lent.map(|(template, _)| job.fleet.templates()[template].name.clone()),
        },
        summary,
        left: united(rows),
        batches,
        circle,
        broken: list,
        not_covered: not_covered(fleet),
    }
}

/// Whether an order leads to the plan.
pub(super) fn complete(job: &Job, ordered: &Ordered) -> bool {
    ordered.left.iter().all(|&item| arrived(job, &ordered.spots, item))
}

/// Whether an item is where it shall be, or other parts of its split are.
fn arrived(job: &Job, spots: &Spots, item: usize) -> bool {
    job.done(spots, item) || job.split_of(item).is_some_and(|split| job.has_arrived(split, spots))
}

/// Rows of parts of a split that differ in nothing but their number as one.
fn united(rows: impl Iterator<Item = MigrationLeft>) -> Vec<MigrationLeft> {
    let mut list: Vec<MigrationLeft> = Vec::new();
    let mut known = BTreeMap::new();
    for row in rows {
        let Some(count) = row.replicas else {
            list.push(row);
            continue;
        };
        let it = row.clone();
        let at = *known.entry((it.workloads, it.from, it.to)).or_insert(list.len());
        match list.get_mut(at) {
            Some(first) => first.replicas = first.replicas.map(|before| before + count),
            None => list.push(row),
        }
    }
    list
}

/// The members of an item that are not where they shall be.
fn astray(job: &Job, spots: &Spots, item: usize) -> Vec<usize> {
    let it = &job.items[item];
    it.members.iter().copied().filter(|&member| spots[member] != it.to).collect()
}

/// The workload of a copy in words.
fn identity(job: &Job, copy: usize) -> String {
    job.fleet.identity(job.whose.one(copy))
}

/// Counts who runs elsewhere in the end, and who is not where it shall be: by the clusters of each workload, whichever copy is
/// in them.
fn count(job: &Job, spots: &Spots, summary: &mut MigrationSummary) {
    for split in job.splits.values() {
        let of = |list: &Spots| job.count_of(split, &|it| list[it]);
        let (was, is, goal) = (of(&job.start), of(spots), of(&job.goal));
        let sum = |count: &Count| count.values().sum::<u64>();
        let more = |a: &Count, b: &Count| -> u64 {
            a.iter().map(|(place, count)| count.saturating_sub(b.get(place).copied().unwrap_or(0))).sum()
        };
        let (came, gone) = (more(&is, &was), more(&was, &is));
        let moved = came.min(gone);
        summary.moved += moved;
        summary.new += came - moved;
        summary.given_up += (gone - moved).min(sum(&was).saturating_sub(sum(&goal)));
        summary.pods = summary.pods.saturating_add(came);
        summary.left += more(&goal, &is) + sum(&is).saturating_sub(sum(&goal));
    }
    let parts: BTreeSet<usize> = job.splits.values().flat_map(|it| it.parts.iter().copied()).collect();
    for workload in (0..job.fleet.workloads().len()).filter(|it| !parts.contains(it)) {
        let of = |list: &Spots| job.copies(workload).filter_map(|it| list[it]).collect::<BTreeSet<usize>>();
        let (was, is, goal) = (of(&job.start), of(spots), of(&job.goal));
        let (came, gone) = (is.difference(&was).count() as u64, was.difference(&is).count() as u64);
        let (moved, it) = (came.min(gone), &job.fleet.workloads()[workload]);
        summary.moved += moved;
        summary.new += came - moved;
        summary.given_up += (gone - moved).min((was.len() as u64).saturating_sub(goal.len() as u64));
        summary.pods = summary.pods.saturating_add(came.saturating_mul(it.replicas_of_copy()));
        summary.left += goal.difference(&is).count() as u64 + (is.len() as u64).saturating_sub(goal.len() as u64);
    }
}

/// Replicas of splits that start beyond those who are moved or new: in each cluster as many as start and as stop, or as start beyond what
/// the plan has there, whichever are more. Which of them it is does not matter.
fn detours(job: &Job, ordered: &Ordered) -> u64 {
    let (mut starts, mut stops) = (BTreeMap::new(), BTreeMap::new());
    for it in ordered.batches.iter().flat_map(|batch| &batch.moves).flat_map(Move::parts) {
        let (Some(split), Some(replicas)) = (job.split_at(it.item), job.replicas_of(it.item)) else { continue };
        let to = it.to.filter(|_| !it.starts.is_empty());
        to.into_iter().for_each(|to| *starts.entry((split, to)).or_insert(0u64) += replicas);
        it.stops.iter().for_each(|&(_, from)| *stops.entry((split, from)).or_insert(0u64) += replicas);
    }
    let of = |split: usize, list: &Spots| job.count_of(&job.splits[&split], &|copy| list[copy]);
    let splits: BTreeSet<usize> = starts.keys().map(|it| it.0).collect();
    let known: BTreeMap<usize, Count> = splits.into_iter().map(|it| (it, of(it, &job.goal))).collect();
    let one = |(key, &starts): (&(usize, usize), &u64)| {
        let goal = known[&key.0].get(&key.1).copied().unwrap_or(0);
        let stops = stops.get(key).copied().unwrap_or(0);
        starts.saturating_sub(goal).max(starts.min(stops))
    };
    starts.iter().map(one).sum()
}

/// An item in words: its first workload, and how many go with it.
fn named(job: &Job, item: usize) -> String {
    let members = &job.items[item].members;
    let first = identity(job, members[0]);
    if members.len() > 1 { format!("{first} and {} that go with it", members.len() - 1) } else { first }
}

/// The steps of a batch, in order. `last` keeps where each workload ran last.
fn steps(
    job: &Job,
    (moves, spots, last): (&[Move], &mut Spots, &mut Spots),
    made: &mut [bool],
    summary: &mut MigrationSummary,
) -> Vec<MigrationStep> {
    let step = |action: StepAction, place: usize, workloads: &[usize]| MigrationStep {
        action,
        cluster: job.places[place].name.clone(),
        workloads: workloads.iter().map(|&it| identity(job, it)).collect(),
        from: None,
        template: None,
        region: None,
        replicas: None,
        temporary: false,
        given_up: false,
    };
    let given_up = given_up(job, moves, spots);
    let mut sorted: Vec<&Move> = moves.iter().flat_map(Move::parts).collect();
    sorted.sort_by_key(|it| it.item);
    let (mut creates, mut starts, mut switches, mut stops) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for it in &sorted {
        let replicas = job.replicas_of(it.item);
        if let Some(to) = it.to.filter(|_| !it.starts.is_empty()) {
            let place = &job.places[to];
            if !place.existing && !std::mem::replace(&mut made[to], true) {
                let template = Some(job.fleet.template_name(place.site).to_owned());
                let region = place.region.map(|region| job.fleet.regions()[region].name.clone());
                let create = step(StepAction::Create, to, &[]);
                creates.push(MigrationStep { template, region, temporary: place.lent, ..create });
                summary.created += 1;
            }
            let part = job.split_of(it.item).is_some_and(|split| job.plans_part_at(split, to));
            let temporary = !part && !job.goals(it.item).contains(&to);
            summary.stays += if temporary && replicas.is_none() { it.starts.len() as u64 } else { 0 };
            starts.push(MigrationStep { temporary, replicas, ..step(StepAction::Start, to, &it.starts) });
            let mut from: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for &member in &it.starts {
                if let Some(here) = last[member] {
                    from.entry(here).or_default().push(member);
                }
                last[member] = Some(to);
            }
            for (here, members) in from {
                let from = Some(job.places[here].name.clone());
                switches.push(MigrationStep { from, replicas, ..step(StepAction::Switch, to, &members) });
            }
        }
        let mut from: BTreeMap<(usize, bool, Option<u64>), Vec<usize>> = BTreeMap::new();
        for &(member, here) in &it.stops {
            let gone = given_up.get(&member).copied().unwrap_or(0);
            if gone > 0 {
                from.entry((here, true, replicas.map(|_| gone))).or_default().push(member);
            }
            let others = replicas.map(|all| all - gone);
            if others.map_or(gone == 0, |others| others > 0) {
                from.entry((here, false, others)).or_default().push(member);
                summary.stopped_first += u64::from(!it.starts.contains(&member));
            }
        }
        let stop = |((here, given_up, replicas), members): ((usize, bool, Option<u64>), Vec<usize>)| MigrationStep {
            given_up,
            replicas,
            ..step(StepAction::Stop, here, &members)
        };
        stops.extend(from.into_iter().map(stop));
    }
    let [starts, switches, stops] = [starts, switches, stops].map(joined);
    summary.steps += (starts.len() + switches.len() + stops.len()) as u64;
    let before = job.contents(spots);
    moves.iter().for_each(|it| it.apply(spots));
    let after = job.contents(spots);
    let released = |&place: &usize| {
        let it = &job.places[place];
        !before[place].is_empty() && after[place].is_empty() && !it.planned && !it.kept
    };
    let releases: Vec<MigrationStep> =
        (0..job.places.len()).filter(released).map(|place| step(StepAction::Release, place, &[])).collect();
    for (place, _) in job.places.iter().enumerate().filter(|(place, it)| it.lent && after[*place].is_empty()) {
        made[place] = false; // lent again it is made again
    }
    summary.released += releases.len() as u64;
    [creates, starts, switches, stops, releases].into_iter().flatten().collect()
}

/// Steps of parts of a split that differ in nothing but their number as one.
fn joined(steps: Vec<MigrationStep>) -> Vec<MigrationStep> {
    let mut list: Vec<MigrationStep> = Vec::with_capacity(steps.len());
    let mut known = BTreeMap::new();
    for step in steps {
        let Some(count) = step.replicas else {
            list.push(step);
            continue;
        };
        let it = step.clone();
        let at = *known.entry((it.cluster, it.workloads, it.from, it.temporary, it.given_up)).or_insert(list.len());
        match list.get_mut(at) {
            Some(first) => first.replicas = first.replicas.map(|before| before + count),
            None => list.push(step),
        }
    }
    list
}

/// Copies that stop in a batch for good: those beyond what the plan has, of a part of a split so many of its replicas.
fn given_up(job: &Job, moves: &[Move], spots: &Spots) -> BTreeMap<usize, u64> {
    let mut given_up = BTreeMap::new();
    let mut over: BTreeMap<usize, u64> = BTreeMap::new();
    let mut after = spots.clone();
    moves.iter().for_each(|it| it.apply(&mut after));
    for it in moves.iter().flat_map(Move::parts) {
        let split = job.split_of(it.item);
        if split.is_none() && !job.is_copied(it.item) {
            continue;
        }
        for &(copy, _) in it.stops.iter().filter(|(copy, _)| !it.starts.contains(copy)) {
            let workload = job.whose.one(copy);
            let over = over.entry(job.whole[workload]).or_insert_with(|| match split {
                // who only starts makes up for it
                Some(split) => {
                    let count = |list: &Spots| job.count_of(split, &|it| list[it]).values().sum::<u64>();
                    count(spots).saturating_sub(count(&after)).min(count(spots).saturating_sub(count(&job.goal)))
                }
                None => {
                    let of = |list: &Spots| job.copies(workload).filter(|&it| list[it].is_some()).count() as u64;
                    of(spots).saturating_sub(of(&job.goal))
                }
            });
            let gone = job.replicas_of(it.item).unwrap_or(1).min(*over);
            if gone > 0 {
                *over -= gone;
                given_up.insert(copy, gone);
            }
        }
    }
    given_up
}

/// What is broken in a state, as a plan is judged; who runs nowhere yet and clusters without anybody aside.
fn broken((job, fleet): (&Job, &Fleet), judge: &Judge, spots: &Spots, terms: &Terms) -> (u64, Vec<MigrationReason>) {
    let contents = job.contents(spots);
    let parts: BTreeSet<usize> = job.splits.values().flat_map(|it| it.parts.iter().copied()).collect();
    let parted = |workloads: &[usize]| workloads.iter().any(|it| parts.contains(it));
    let mut placement = Placement::default();
    for (at, copies) in contents.iter().enumerate().filter(|(_, copies)| !copies.is_empty()) {
        let (place, workloads) = (&job.places[at], job.whose.all(copies));
        let nodes = match judge.pods.place(place.site, &workloads, &Budget::of_work(PLACE)) {
            _ if parted(&workloads) && job.all_nodes(at, copies).is_some() => job.all_nodes(at, copies),
            _ if !parted(&workloads) && job.planned(at, copies) => job.planned_nodes(at, copies),
            Packed::Found(nodes) if job.fleet.shape(place.site).packs_nodes() => {
                Some(judge.pods.named(&workloads, &nodes))
            }
            _ => None,
        };
        let nodes = nodes.map(|nodes| nodes.into_iter().map(|it| whole(job, it)).collect());
        let cluster = placement.clusters.len();
        placement.clusters.push(Cluster { name: place.name.clone(), site: place.site, region: place.region, nodes });
        let share = |(workload, replicas): (usize, u64)| Share { workload, cluster, replicas };
        placement.shares.extend(job.together(&workloads).into_iter().map(share));
    }
    let aside = [ViolationCode::EmptyCluster, ViolationCode::MissingCluster, ViolationCode::MissingWorkload];
    let (mut found, others) = found(fleet, &placement, terms.as_of).into_counted();
    found.retain(|it| !aside.contains(&it.code));
    let others: u64 = others.iter().filter(|(code, _)| !aside.contains(code)).map(|it| it.1).sum();
    let rows = found.iter().take(BROKEN);
    let rows = rows.map(|it| MigrationReason { rule: it.code.name().to_owned(), message: it.message.clone() });
    (found.len() as u64 + others, rows.collect())
}

/// A node with the parts of each split put together.
fn whole(job: &Job, node: NodeContent) -> NodeContent {
    let mut pods: BTreeMap<usize, u64> = BTreeMap::new();
    node.pods.iter().for_each(|&(workload, count)| *pods.entry(job.whole[workload]).or_insert(0) += count);
    NodeContent { pods: pods.into_iter().collect(), ..node }
}

/// What no rule of a fleet says.
fn not_covered(fleet: &Fleet) -> Vec<String> {
    let mut list = vec![
        "data: a workload that keeps state starts where it shall be without it; copying it is yours".to_owned(),
        "traffic: that a switch is complete before anything stops is yours to see".to_owned(),
    ];
    let others = fleet.existing().iter().filter(|it| it.occupied.is_some()).map(|it| it.name.as_str());
    let others: Vec<&str> = others.collect();
    if !others.is_empty() {
        list.push(format!("who is not in the fleet: no rule sees who is in {}", others.join(", ")));
    }
    list
}
