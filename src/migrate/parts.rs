//! Splits on the way: replicas that go from one cluster to another are a few workloads by themselves.
//!
//! Replicas that are where the plan has as many stay. The others go from where there are too many to where there are too few, first
//! within a region: replica by replica where they are few, else in parts. More than run today are new, and those beyond what the
//! plan has are given up.

use std::collections::BTreeMap;

use crate::fleet::{Fleet, Part, Standing};
use crate::placement::{Cluster, Placement, Share};

/// So many replicas of all splits that move do so one by one.
const SINGLE: u64 = 64;
/// Else those from one cluster to another go in so many parts at most.
const PARTS: u64 = 8;

/// How replicas are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fine {
    /// Those that go, as finely as their number allows.
    Moving,
    /// Each of them by itself, those that stay as well.
    Each,
}

/// A split, all of whose replicas are workloads of a divided fleet.
#[derive(Clone, Debug)]
pub(super) struct Split {
    /// Workloads of the divided fleet.
    pub parts: Vec<usize>,
    /// In so many clusters at most.
    pub most: u64,
    /// Replicas of the plan, and those that run today.
    pub planned: u64,
    pub today: u64,
    /// It may stop before it starts, a part at a time.
    pub pauses: bool,
    /// Or as many parts at a time as have the replicas of its largest cluster today.
    pub at_once: bool,
    pub largest: u64,
    pub stateful: bool,
    /// It must be somewhere, or stays in its region: it stays nowhere for a time.
    pub held: bool,
}

/// Splits by their first parts.
pub(super) type Splits = BTreeMap<usize, Split>;

/// A fleet whose splits are divided, and where its plan has them.
pub(super) struct Divided {
    pub fleet: Fleet,
    pub target: Placement,
    pub splits: Splits,
}

/// One flow of replicas: from the existing cluster and to the cluster of the plan, of these numbers.
struct Flow {
    from: Option<usize>,
    to: Option<usize>,
    replicas: u64,
}

/// Divides the splits of a fleet for the way from today to a plan; `None`: it has none, or more replicas than [`SINGLE`] for each by itself. Complexity: for each split the clusters of
/// today times those of the plan.
pub(super) fn divided(
    fleet: &Fleet,
    target: &Placement,
    leave_downtime: bool,
    day: crate::date::Date,
    fine: Fine,
) -> Option<Divided> {
    let splits: Vec<usize> = (0..fleet.workloads().len()).filter(|&it| fleet.workloads()[it].is_split()).collect();
    if splits.is_empty() {
        return None;
    }
    let flows: BTreeMap<usize, Vec<Flow>> = splits.iter().map(|&split| (split, flows(fleet, target, split))).collect();
    let moves = |it: &&Flow| it.from.is_none() || it.to.is_none() || site_from(fleet, it) != site_to(target, it);
    let moving = flows.values().flatten().filter(moves).map(|it| it.replicas).fold(0, u64::saturating_add);
    let all = flows.values().flatten().map(|it| it.replicas).fold(0, u64::saturating_add);
    if fine == Fine::Each && all > SINGLE {
        return None;
    }
    let sizes = |flow: &Flow| -> Vec<u64> {
        let count = match moves(&flow) {
            _ if fine == Fine::Each => flow.replicas,
            false => 1,
            true if moving <= SINGLE => flow.replicas,
            true => flow.replicas.min(PARTS),
        };
        (0..count).map(|part| flow.replicas / count + u64::from(part < flow.replicas % count)).collect()
    };
    let mut parts: BTreeMap<usize, Vec<Part>> = BTreeMap::new();
    let mut ends: BTreeMap<usize, Vec<Option<usize>>> = BTreeMap::new();
    for (&split, flows) in &flows {
        let sites = fleet.workloads()[split].sites.to_vec();
        for flow in flows {
            for replicas in sizes(flow) {
                let homes = flow.from.into_iter().collect();
                parts.entry(split).or_default().push(Part { replicas, sites: sites.clone(), homes });
                ends.entry(split).or_default().push(flow.to);
            }
        }
    }
    let own = fleet.divided(&parts);
    let clusters = target.clusters.iter().map(|it| Cluster { nodes: it.nodes.clone(), ..it.clone() });
    let mut placed = Placement { clusters: clusters.collect(), shares: Vec::new() };
    placed.shares.extend(target.shares.iter().filter(|it| !fleet.workloads()[it.workload].is_split()).copied());
    let mut found = Splits::new();
    for (ours, (&split, ends)) in own.parts().iter().zip(&ends) {
        for (&workload, end) in ours.iter().zip(ends) {
            let replicas = own.workloads()[workload].replicas;
            placed.shares.extend(end.map(|cluster| Share { workload, cluster, replicas }));
        }
        let it = &fleet.workloads()[split];
        let at = fleet.whereabouts(split);
        let stays = at.is_some_and(|at| at.stays_in(day).is_some() && !at.runs_in.is_empty());
        let stateful = at.is_some_and(|at| at.stateful && !at.runs_in.is_empty());
        let running: Vec<u64> = at.map_or_else(Vec::new, |at| {
            at.runs_in.iter().map(|&cluster| at.replicas_in(cluster, it.replicas)).collect()
        });
        let known = Split {
            parts: ours.clone(),
            most: it.most_clusters(),
            planned: it.replicas,
            today: running.iter().sum(),
            largest: running.into_iter().max().unwrap_or(0),
            at_once: false,
            pauses: stateful || (leave_downtime && at.is_some_and(|at| at.downtime)),
            stateful,
            held: at.is_some_and(|at| !at.pins.is_empty()) || stays,
        };
        found.insert(split, known);
    }
    placed.shares.sort_unstable();
    Some(Divided { fleet: own, target: placed, splits: found })
}

fn site_from(fleet: &Fleet, flow: &Flow) -> Option<usize> {
    flow.from.map(|cluster| fleet.existing()[cluster].site)
}

fn site_to(target: &Placement, flow: &Flow) -> Option<usize> {
    flow.to.map(|cluster| target.clusters[cluster].site)
}

/// Who stays, who goes where, who is new and who is given up.
fn flows(fleet: &Fleet, target: &Placement, split: usize) -> Vec<Flow> {
    let replicas = fleet.workloads()[split].replicas;
    let at = fleet.whereabouts(split);
    let runs = at.map_or(&[][..], |at| &at.runs_in);
    // of existing clusters and of those of the plan what is left
    let mut over: Vec<(usize, u64)> =
        runs.iter().map(|&cluster| (cluster, at.map_or(0, |at| at.replicas_in(cluster, replicas)))).collect();
    let shares = target.shares.iter().filter(|share| share.workload == split);
    let mut under: Vec<(usize, u64)> = shares.map(|share| (share.cluster, share.replicas)).collect();
    under.sort_unstable();
    let exists =
        |cluster: usize| matches!(fleet.sites()[target.clusters[cluster].site].what, Standing::Existing { .. });
    let same = |from: usize, to: usize| exists(to) && fleet.existing()[from].site == target.clusters[to].site;
    let region = |from: usize| fleet.sites()[fleet.existing()[from].site].regions.first().copied();
    let near = |from: usize, to: usize| region(from) == target.clusters[to].region;
    let any = |_: usize, _: usize| true;
    let rounds: [&dyn Fn(usize, usize) -> bool; 3] = [&same, &near, &any];
    let mut found = Vec::new();
    for fits in rounds {
        for (from, left) in &mut over {
            for (to, room) in &mut under {
                let replicas = if fits(*from, *to) { (*left).min(*room) } else { 0 };
                if replicas > 0 {
                    *left -= replicas;
                    *room -= replicas;
                    found.push(Flow { from: Some(*from), to: Some(*to), replicas });
                }
            }
        }
    }
    let given_up = over.into_iter().filter(|it| it.1 > 0);
    found.extend(given_up.map(|(from, replicas)| Flow { from: Some(from), to: None, replicas }));
    let new = under.into_iter().filter(|it| it.1 > 0);
    found.extend(new.map(|(to, replicas)| Flow { from: None, to: Some(to), replicas }));
    found
}
