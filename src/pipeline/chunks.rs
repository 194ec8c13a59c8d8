//! Ways to part a split: how many replicas together, and where they would be.

use std::collections::{BTreeMap, BTreeSet};

use crate::date::Date;
use crate::fleet::{ClusterMode, Fleet, Part};

/// Parts of one split, at most.
const MOST: u64 = 200_000;
/// All ways to part a split into few parts are tried where they are as few as that.
const MOST_WAYS: usize = 12;

/// Replicas that are to stand together, and where they would.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Chunk {
    pub replicas: u64,
    pub site: Option<usize>,
}

/// Ways to part a split, the likeliest first: as it stood in what was found; as it runs today; as few as there can be; alike; where
/// it may be in any number of clusters also smaller ones; and where those are few all that there are.
pub(super) fn ways(fleet: &Fleet, split: usize, day: Date, found: Option<Vec<Chunk>>) -> Vec<Vec<Chunk>> {
    let it = &fleet.workloads()[split];
    let (all, most) = (it.replicas, it.most_clusters());
    let sites = fleet.sites_of(&[split], day);
    let Some(cap) = sites.iter().map(|&site| most_alone(fleet, split, site)).max().filter(|&cap| cap > 0) else {
        return Vec::new();
    };
    let at = fleet.whereabouts(split);
    let today = at.filter(|at| !at.runs_in.is_empty()).map(|at| {
        let chunk = |&cluster: &usize| {
            let site = Some(fleet.existing()[cluster].site);
            Chunk { replicas: at.replicas_in(cluster, all), site }
        };
        at.runs_in.iter().map(chunk).collect::<Vec<_>>()
    });
    let mut ways = Vec::new();
    let limited = most < all;
    for known in found.into_iter().chain(today) {
        let mut known = known;
        known.sort_by_key(|it| (std::cmp::Reverse(it.replicas), it.site));
        ways.extend(filled(&known, (all, most, cap)));
    }
    ways.extend(filled(&[], (all, most, cap)));
    if limited {
        let parts = most.min(all);
        let alike = (0..parts.min(MOST)).map(|part| all / parts + u64::from(part < all % parts));
        ways.push(alike.map(|replicas| Chunk { replicas, site: None }).collect());
        ways.extend(partitions(all, most));
    } else {
        for smaller in [2, 4, 16] {
            ways.extend(filled(&[], (all, most, cap / smaller)));
        }
    }
    let mut seen = BTreeSet::new();
    ways.retain(|way| {
        let mut way = way.clone();
        way.sort_unstable();
        seen.insert(way)
    });
    ways
}

/// Chunks that are known, the first of them as far as so many may be, filled up with what the others have, and others for the rest;
/// none larger than `cap`. `None`: they would be too many.
fn filled(known: &[Chunk], (all, most, cap): (u64, u64, u64)) -> Option<Vec<Chunk>> {
    if cap == 0 || all.div_ceil(cap) > most.min(MOST) {
        return None;
    }
    let mut left = all;
    let mut chunks: Vec<Chunk> = Vec::new();
    for it in known.iter().take(usize::try_from(most).unwrap_or(usize::MAX)) {
        let replicas = it.replicas.min(cap).min(left);
        left -= replicas;
        chunks.extend((replicas > 0).then_some(Chunk { replicas, ..*it }));
    }
    while left > 0 && (chunks.len() as u64) < most.min(MOST) && (most >= all || chunks.len() < known.len().max(1)) {
        let replicas = cap.min(left);
        left -= replicas;
        chunks.push(Chunk { replicas, site: None });
    }
    for it in &mut chunks {
        let more = (cap - it.replicas).min(left);
        it.replicas += more;
        left -= more;
    }
    while left > 0 && (chunks.len() as u64) < most.min(MOST) {
        let replicas = cap.min(left);
        left -= replicas;
        chunks.push(Chunk { replicas, site: None });
    }
    (left == 0).then_some(chunks)
}

/// All ways to part so many into at most so many parts; none where they are many.
fn partitions(all: u64, most: u64) -> Vec<Vec<Chunk>> {
    let mut done: Vec<Vec<u64>> = Vec::new();
    let mut open: Vec<(Vec<u64>, u64)> = vec![(Vec::new(), all)];
    while let Some((parts, left)) = open.pop() {
        if left == 0 {
            done.push(parts);
        } else if (parts.len() as u64) < most {
            let largest = parts.last().copied().unwrap_or(left).min(left);
            let room = most - parts.len() as u64;
            for part in (left.div_ceil(room)..=largest).take(MOST_WAYS + 1) {
                open.push(([&parts[..], &[part]].concat(), left - part));
            }
        }
        if done.len() + open.len() > MOST_WAYS {
            return Vec::new();
        }
    }
    let chunks = |parts: Vec<u64>| parts.into_iter().map(|replicas| Chunk { replicas, site: None }).collect();
    done.into_iter().map(chunks).collect()
}

/// The most replicas of a split that an otherwise empty cluster at a site can hold, as far as is known without a search.
fn most_alone(fleet: &Fleet, split: usize, site: usize) -> u64 {
    let (it, shape) = (&fleet.workloads()[split], fleet.shape(site));
    let taken = |&resource: &usize| it.pod[resource] > 0;
    let room = |resource: usize| fleet.room(site, it.pool, resource).map(|room| room / it.pod[resource]);
    let sums = (0..fleet.resources().len()).filter(taken).filter_map(room).min().unwrap_or(u64::MAX);
    let nodes = if shape.packs_nodes() { shape.pods_alone(&it.pod, it.pool) } else { u64::MAX };
    sums.min(nodes)
}

/// The parts of a split by its chunks: where some replica must be one is, and nobody is in a cordoned cluster but as many as run
/// there. `None`: that cannot be, or a chunk fits nowhere.
pub(super) fn parted(fleet: &Fleet, split: usize, day: Date, chunks: &[Chunk]) -> Option<Vec<Part>> {
    let it = &fleet.workloads()[split];
    let all = fleet.sites_of(&[split], day);
    let at = fleet.whereabouts(split);
    let runs_in = at.map_or(&[][..], |at| &at.runs_in);
    let today = |cluster: usize| at.map_or(0, |at| at.replicas_in(cluster, it.replicas));
    let site = |cluster: usize| fleet.existing()[cluster].site;
    let mut pinned: Vec<Option<usize>> = vec![None; chunks.len()];
    let mut pins: BTreeSet<usize> = at.map_or_else(BTreeSet::new, |at| at.pins.iter().copied().collect());
    if at.is_some_and(|at| at.stays(day)) {
        pins.extend(runs_in);
    }
    let mut waiting = Vec::new();
    for cluster in pins {
        match chunks.iter().position(|it| it.site == Some(site(cluster))) {
            Some(chunk) => pinned[chunk] = Some(cluster),
            None => waiting.push(cluster),
        }
    }
    for cluster in waiting {
        // one that is wanted nowhere, or else any
        let free = |&chunk: &usize| pinned[chunk].is_none();
        let chunk = (0..chunks.len()).filter(free).min_by_key(|&chunk| chunks[chunk].site.is_some())?;
        pinned[chunk] = Some(cluster);
    }
    let mode = |cluster: usize| fleet.existing()[cluster].mode;
    let mut closed: BTreeMap<usize, Option<usize>> = BTreeMap::new(); // of each cordoned site the chunk that may be there
    let mut homes: Vec<Option<usize>> = vec![None; chunks.len()];
    for (cluster, existing) in fleet.existing().iter().enumerate() {
        let own =
            |&chunk: &usize| pinned[chunk].map_or(chunks[chunk].site == Some(existing.site), |pin| pin == cluster);
        let mine = (0..chunks.len()).find(own);
        if mode(cluster) == ClusterMode::Cordon {
            let may = |&chunk: &usize| pinned[chunk].is_none_or(|pin| pin == cluster);
            let fits = |&chunk: &usize| chunks[chunk].replicas <= today(cluster);
            let chunk = mine.filter(|&chunk| fits(&chunk)).or_else(|| (0..chunks.len()).filter(may).find(fits));
            closed.insert(existing.site, chunk);
        }
        if let Some(mine) = mine.filter(|_| today(cluster) > 0) {
            homes[mine] = Some(cluster);
        }
    }
    let mut rest: Vec<usize> = runs_in.iter().copied().filter(|&cluster| !homes.contains(&Some(cluster))).collect();
    rest.sort_by_key(|&cluster| (today(cluster), std::cmp::Reverse(cluster)));
    homes.iter_mut().filter(|home| home.is_none()).for_each(|home| *home = rest.pop());
    let part = |(number, chunk): (usize, &Chunk)| {
        let may = |place: &usize| {
            closed.get(place).is_none_or(|&only| only == Some(number))
                && pinned[number].is_none_or(|pin| site(pin) == *place)
                && most_alone(fleet, split, *place) >= chunk.replicas
        };
        let sites: Vec<usize> = all.iter().copied().filter(may).collect();
        let homes = homes[number].into_iter().collect();
        (!sites.is_empty()).then_some(Part { replicas: chunk.replicas, sites, homes })
    };
    chunks.iter().enumerate().map(part).collect()
}
