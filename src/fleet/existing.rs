//! What runs today: the clusters that there are, and where each workload is and may go.

use std::sync::Arc;

use super::door::Door;
use super::policy::Selector;
use crate::compact::{Text, TextMap};
use crate::date::Date;

/// A cluster that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExistingCluster {
    /// Its name.
    pub name: String,
    /// Index of its template in [`Fleet::templates`](super::Fleet::templates).
    pub template: Option<usize>,
    /// Index of its site in [`Fleet::sites`](super::Fleet::sites).
    pub site: usize,
    /// Who may come and stay.
    pub mode: ClusterMode,
    /// It stays, and is paid for, even if it is empty: it says so, or others are there who are not in the fleet.
    pub keep: bool,
    /// It says so itself.
    pub said_keep: bool,
    /// What others take there who are not in the fleet; off what is usable already.
    pub occupied: Option<Occupied>,
    /// Free labels.
    pub labels: TextMap<Text>,
    /// Where it is, and whom it lets in, as far as it says that itself.
    pub(super) own: Own,
}

/// What a cluster says itself of its region and its door.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Own {
    pub region: Option<usize>,
    pub admits: Option<Selector>,
    pub provides: Option<Vec<Text>>,
}

impl Own {
    /// The door, given the template's.
    pub fn door(&self, template: Option<&Arc<Door>>) -> Arc<Door> {
        match (template, &self.admits, &self.provides) {
            (Some(door), None, None) => Arc::clone(door),
            (template, admits, provides) => Arc::new(Door {
                admits: admits.clone().or_else(|| template?.admits.clone()),
                provides: provides.clone().or_else(|| Some(template?.provides.clone())).unwrap_or_default(),
            }),
        }
    }
}

/// Who may come to an existing cluster, and who may stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClusterMode {
    /// Everybody, by the other rules.
    #[default]
    Open,
    /// Nobody comes who does not run there today.
    Cordon,
    /// Nobody is there in a plan.
    Drain,
}

/// What others take of a cluster who are not in the fleet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occupied {
    /// Of each resource of the fleet.
    pub amounts: Vec<u64>,
    /// Namespaces.
    pub namespaces: u64,
}

/// Where a workload runs, and what holds it there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Whereabouts {
    /// Indices in [`Fleet::existing`](super::Fleet::existing), ascending; none: it runs nowhere yet. More than it has copies:
    /// some are given up.
    pub runs_in: Vec<usize>,
    /// Of a split, how many replicas run in each of them, in their order; empty for all others.
    pub replicas: Vec<(usize, u64)>,
    /// Existing clusters that it must be in, ascending.
    pub pins: Vec<usize>,
    /// Why it stays where it runs; it does as long as one of them holds.
    pub stays: Vec<Stay>,
    /// It keeps state where it runs.
    pub stateful: bool,
    /// What a move of it counts.
    pub move_cost: u64,
    /// It may stop before it starts elsewhere.
    pub downtime: bool,
}

/// A reason to stay where it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// In the cluster, or in its region.
    pub within: StayIn,
    /// Who says so.
    pub of: StayOf,
    /// The last day on which it holds; `None`: for good.
    pub until: Option<Date>,
}

/// What a workload stays in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum StayIn {
    /// The region where it runs.
    Region,
    /// The cluster where it runs.
    Cluster,
}

/// Who says that a workload stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum StayOf {
    /// `stay` of its tenant.
    Tenant,
    /// Its own `stay`.
    Workload,
    /// It is `stateful`, and says nothing else.
    Stateful,
}

impl Stay {
    /// Whether it holds on that day.
    #[must_use]
    pub fn holds(&self, day: Date) -> bool {
        self.until.is_none_or(|until| day <= until)
    }
}

impl Whereabouts {
    /// What it must stay in on that day, if it must.
    #[must_use]
    pub fn stays_in(&self, day: Date) -> Option<StayIn> {
        self.stays.iter().filter(|stay| stay.holds(day)).map(|stay| stay.within).max()
    }

    /// Whether a stay that held it where it runs has ended by that day, and none holds it as closely any more.
    pub(crate) fn is_released(&self, day: Date) -> bool {
        !self.runs_in.is_empty() && self.stays.iter().map(|stay| stay.within).max() > self.stays_in(day)
    }

    /// How many replicas run in an existing cluster today, where a copy of the workload has so many.
    #[must_use]
    pub fn replicas_in(&self, cluster: usize, of_copy: u64) -> u64 {
        let part = self.replicas.iter().find(|&&(it, _)| it == cluster);
        let whole = if self.replicas.is_empty() && self.runs_in.contains(&cluster) { of_copy } else { 0 };
        part.map_or(whole, |&(_, replicas)| replicas)
    }

    /// Whether it must stay in the cluster where it runs on that day.
    #[must_use]
    pub fn stays(&self, day: Date) -> bool {
        self.stays_in(day) == Some(StayIn::Cluster)
    }
}
