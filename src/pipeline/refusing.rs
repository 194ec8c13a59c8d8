//! Workloads no two of which may share a cluster: so many clusters are needed with any further levers pulled that leave each
//! pair of them apart, and to see whether they do takes no run.

use std::collections::{BTreeMap, BTreeSet};

use crate::date::Date;
use crate::fleet::{Fleet, Lever, LeverKind};
use crate::trust::{Scope, TrustGraph};

/// Such workloads, by themselves.
pub(super) struct Refusing {
    /// A fleet of nobody else, with the same rules.
    alone: Fleet,
    /// Of each lever what it is there.
    levers: Vec<Role>,
    day: Date,
}

/// What a lever has to do with who may share.
enum Role {
    Nothing,
    Lever(Box<Lever>),
    /// It says something of who may share, and nothing of the fleet that is left: not looked into.
    Unknown,
}

impl Refusing {
    /// Of these workloads of a fleet, by their indices there; `None` where the fleet makes no sense without the others.
    pub fn new(fleet: &Fleet, workloads: &[usize], levers: &[Lever], day: Date) -> Option<Self> {
        let alone = fleet.of_only(workloads).ok()?;
        // somebody else's group or copies would make them fewer
        let each = alone.units().len() == workloads.len() && alone.workloads().len() == workloads.len();
        let there: BTreeMap<String, Lever> = alone.levers().into_iter().map(|it| (it.id.clone(), it)).collect();
        let role = |lever: &Lever| match lever.kind {
            LeverKind::Together
            | LeverKind::Namespaces
            | LeverKind::Residency
            | LeverKind::Pin
            | LeverKind::Stay
            | LeverKind::Copies
            | LeverKind::MaxCount
            | LeverKind::MaxClusters
            | LeverKind::Maximum
            | LeverKind::Headroom => Role::Nothing,
            LeverKind::Level
            | LeverKind::Sharing
            | LeverKind::Separate
            | LeverKind::Classes
            | LeverKind::Distrust
            | LeverKind::Distrusts
            | LeverKind::Apart => match there.get(&lever.id).filter(|it| it.kind == lever.kind) {
                Some(lever) => Role::Lever(Box::new(lever.clone())),
                None => Role::Unknown,
            },
        };
        each.then(|| Self { levers: levers.iter().map(role).collect(), alone, day })
    }

    /// How many they are: so many clusters are needed.
    pub fn count(&self) -> u64 {
        self.alone.workloads().len() as u64
    }

    /// Whether no two of them may share with these levers pulled; false too where that is not known.
    pub fn hold(&self, pulled: &BTreeSet<usize>) -> bool {
        let mut levers = Vec::new();
        for &lever in pulled {
            match &self.levers[lever] {
                Role::Nothing => {}
                Role::Lever(lever) => levers.push(Lever::clone(lever)),
                Role::Unknown => return false,
            }
        }
        let Ok(fleet) = self.alone.to_solve_without(&levers) else { return false };
        let Ok(graph) = TrustGraph::new(&fleet, self.day, Scope::All) else { return false };
        let all: Option<Vec<usize>> = (0..fleet.workloads().len()).map(|it| graph.class_of(it)).collect();
        let Some(classes) = all else { return false };
        let apart = |(at, &class): (usize, &usize)| classes[..at].iter().all(|&other| graph.conflict(class, other));
        classes.len() as u64 == self.count() && classes.iter().enumerate().all(apart)
    }
}
