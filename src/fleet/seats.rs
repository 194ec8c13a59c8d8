//! Where each replica of a split may be, and where it runs today.

use std::collections::BTreeSet;

use super::existing::{ClusterMode, Whereabouts};
use super::{Fleet, Standing};
use crate::date::Date;

/// Replicas of a split that may be at the same sites and run in the same clusters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seats {
    /// The sites, ascending.
    pub sites: Vec<usize>,
    /// How many replicas.
    pub replicas: u64,
    /// Existing clusters in one of which each of them runs today, ascending; none: it is new.
    pub homes: Vec<usize>,
}

impl Fleet {
    /// The replicas of a split on a day: one in each cluster where some must be; then of each cluster where it runs as many as run
    /// there; then the new ones. Nobody comes to a cordoned cluster who does not run there. Where fewer are planned than run, it is
    /// not known who stays: any may have run in any of those clusters, and more may be in a cordoned one than run there;
    /// `strictly` as many at most may be there as do. Complexity: linear in sites and clusters.
    pub(crate) fn seats(&self, workload: usize, day: Date, strictly: bool) -> Vec<Seats> {
        let it = &self.workloads[workload];
        let all = self.sites_of(&[workload], day);
        let Some(at) = self.whereabouts(workload) else {
            let some = Seats { sites: all, replicas: it.replicas, homes: Vec::new() };
            return if it.replicas > 0 { vec![some] } else { Vec::new() };
        };
        let stays = if at.stays(day) { &at.runs_in[..] } else { &[] };
        let pins: BTreeSet<usize> = at.pins.iter().chain(stays).copied().collect();
        let running = |cluster: usize| at.replicas_in(cluster, it.replicas);
        let today = at.runs_in.iter().map(|&cluster| running(cluster)).fold(0, u64::saturating_add);
        let mut left = it.replicas;
        let mut new = left.saturating_sub(today);
        let mut seats = Vec::new();
        for &cluster in &pins {
            if left == 0 {
                break;
            }
            let site = self.existing[cluster].site;
            let sites = if all.binary_search(&site).is_ok() { vec![site] } else { Vec::new() };
            let homes = if running(cluster) > 0 {
                vec![cluster]
            } else if new > 0 {
                new -= 1;
                Vec::new()
            } else {
                at.runs_in.clone()
            };
            seats.push(Seats { sites, replicas: 1, homes });
            left -= 1;
        }
        let mut rest: Vec<(usize, u64)> = Vec::new();
        for &cluster in &at.runs_in {
            let taken = u64::from(pins.contains(&cluster));
            rest.push((cluster, running(cluster).saturating_sub(taken)));
        }
        rest.retain(|&(_, count)| count > 0);
        let cordoned = |cluster: usize| self.existing[cluster].mode == ClusterMode::Cordon;
        // with no place that is cordoned but these
        let among = |open: &[usize]| -> Vec<usize> {
            let keeps = |&site: &usize| match self.sites[site].what {
                Standing::Existing { cluster } => !cordoned(cluster) || open.contains(&cluster),
                Standing::New { .. } => true,
            };
            all.iter().copied().filter(keeps).collect()
        };
        let count = rest.iter().map(|&(_, count)| count).fold(0, u64::saturating_add);
        if left >= count {
            for (cluster, replicas) in rest {
                seats.push(Seats { sites: among(&[cluster]), replicas, homes: vec![cluster] });
            }
            let new = Seats { sites: among(&[]), replicas: left - count, homes: Vec::new() };
            seats.extend((new.replicas > 0).then_some(new));
            return seats;
        }
        let homes: Vec<usize> = rest.iter().map(|&(cluster, _)| cluster).collect();
        let (mut closing, open): (Vec<_>, Vec<_>) = rest.into_iter().partition(|&(cluster, _)| cordoned(cluster));
        if !strictly || closing.is_empty() {
            seats.extend((left > 0).then(|| Seats { sites: among(&homes), replicas: left, homes }));
            return seats;
        }
        let open: Vec<usize> = open.into_iter().map(|(cluster, _)| cluster).collect();
        closing.sort_by_key(|&(cluster, count)| (std::cmp::Reverse(count), cluster));
        for (cluster, count) in closing {
            let mut homes = open.clone();
            homes.push(cluster);
            homes.sort_unstable();
            let replicas = count.min(left);
            seats.extend((replicas > 0).then(|| Seats { sites: among(&[cluster]), replicas, homes }));
            left -= replicas;
        }
        seats.extend((left > 0).then(|| Seats { sites: among(&[]), replicas: left, homes: open }));
        seats
    }

    /// Whether some split has fewer replicas than run of it today: nobody knows then who of them stays.
    pub(crate) fn shrinks(&self) -> bool {
        let shrinks = |(workload, at): (usize, &Whereabouts)| {
            let it = &self.workloads[workload];
            let running = at.runs_in.iter().map(|&cluster| at.replicas_in(cluster, it.replicas));
            it.is_split() && it.replicas > 0 && running.fold(0, u64::saturating_add) > it.replicas
        };
        self.whereabouts.iter().enumerate().any(shrinks)
    }

    /// Replicas of a split that are moved where so many are in each of these existing clusters, and all others elsewhere: those
    /// above today's in each cluster, but for those that are more than run today.
    pub(crate) fn moved_replicas(&self, workload: usize, here: impl Iterator<Item = (usize, u64)>) -> u64 {
        let Some(at) = self.whereabouts(workload).filter(|at| !at.runs_in.is_empty()) else { return 0 };
        let it = &self.workloads[workload];
        let today = at.runs_in.iter().map(|&cluster| at.replicas_in(cluster, it.replicas)).fold(0, u64::saturating_add);
        let stay = here.map(|(cluster, replicas)| replicas.min(at.replicas_in(cluster, it.replicas)));
        it.replicas.saturating_sub(stay.fold(0, u64::saturating_add)).saturating_sub(it.replicas.saturating_sub(today))
    }
}
