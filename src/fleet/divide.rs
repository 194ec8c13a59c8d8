//! A fleet whose splits are workloads by themselves, a few replicas each: what stands in clusters is put together again.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::copies::Presence;
use super::existing::Whereabouts;
use super::policy::Selector;
use super::{Door, Fleet};
use crate::compact::Shared;

/// Replicas of a split that are in one cluster together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// At least one.
    pub replicas: u64,
    /// The sites that are open to it, ascending.
    pub sites: Vec<usize>,
    /// Existing clusters where it runs today, ascending; none: it is new.
    pub homes: Vec<usize>,
}

impl Fleet {
    /// Whether replicas of some workload may lie in several clusters. Linear.
    pub(crate) fn has_splits(&self) -> bool {
        self.splits().next().is_some()
    }

    /// The splits, ascending; one of no replicas is in no cluster, and not among them.
    pub(crate) fn splits(&self) -> impl Iterator<Item = usize> {
        let some = |it: &super::Workload| it.is_split() && it.replicas > 0;
        (0..self.workloads.len()).filter(move |&workload| some(&self.workloads[workload]))
    }

    /// The same fleet with these parts as workloads instead of their splits: the first in its place, the others after all others.
    /// Every split has parts that are all of it, or more; what they may not be, and must be, is in their sites. Linear.
    pub(crate) fn divided(&self, parts: &BTreeMap<usize, Vec<Part>>) -> Self {
        let mut fleet = self.clone();
        let mut lists = Shared::default();
        for (&workload, parts) in parts {
            let mut ours = Vec::new();
            for (number, part) in parts.iter().enumerate() {
                let index = if number == 0 { workload } else { fleet.workloads.len() };
                let mut it = self.workloads[workload].clone();
                it.total = it.pod.iter().map(|pod| pod.saturating_mul(part.replicas)).collect();
                (it.replicas, it.min_replicas, it.presence) = (part.replicas, part.replicas, Presence::One);
                it.sites = lists.share(&part.sites);
                let at = self.whereabouts(workload).map(|at| Whereabouts {
                    runs_in: part.homes.clone(),
                    replicas: Vec::new(),
                    pins: Vec::new(),
                    stays: Vec::new(),
                    move_cost: at.move_cost.saturating_mul(part.replicas),
                    ..at.clone()
                });
                if number == 0 && self.workloads[workload].replicas == 0 {
                    Arc::make_mut(&mut fleet.units).push(vec![index]); // it was in none
                }
                if number == 0 {
                    Arc::make_mut(&mut fleet.workloads)[index] = it;
                    if let Some(at) = at {
                        Arc::make_mut(&mut fleet.whereabouts)[index] = at;
                    }
                } else {
                    Arc::make_mut(&mut fleet.workloads).push(it);
                    Arc::make_mut(&mut fleet.whereabouts).extend(at);
                    Arc::make_mut(&mut fleet.unique).push(self.unique[workload]);
                    Arc::make_mut(&mut fleet.units).push(vec![index]);
                }
                ours.push(index);
            }
            fleet.parts.push(ours);
        }
        let others: BTreeMap<usize, Vec<usize>> =
            fleet.parts.iter().map(|parts| (parts[0], parts[1..].to_vec())).collect();
        name_parts(&mut fleet, &others);
        fleet
    }

    /// Of each workload of a divided fleet that of the fleet that was divided.
    pub(crate) fn whole(&self) -> Vec<usize> {
        let mut whole: Vec<usize> = (0..self.workloads.len()).collect();
        for parts in &self.parts {
            parts.iter().for_each(|&part| whole[part] = parts[0]);
        }
        whole
    }

    /// Of a part of a split in a divided fleet the first part of it; of any other workload itself.
    pub(crate) fn split_of(&self, workload: usize) -> usize {
        let of = |parts: &&Vec<usize>| parts.binary_search(&workload).is_ok();
        self.parts.iter().find(of).map_or(workload, |parts| parts[0])
    }

    /// Of a divided fleet, the parts of each split.
    pub(crate) fn parts(&self) -> &[Vec<usize>] {
        &self.parts
    }
}

/// Who names a split by its name names all parts of it.
fn name_parts(fleet: &mut Fleet, others: &BTreeMap<usize, Vec<usize>>) {
    let policy = &mut fleet.policy;
    let lists = policy.kept_apart.iter_mut().map(|rule| &mut rule.members);
    for members in lists.chain(policy.together_in_region.iter_mut().map(|group| &mut group.members)) {
        let further: Vec<usize> = members.iter().filter_map(|it| others.get(it)).flatten().copied().collect();
        members.extend(further);
    }
    let named = |selector: &mut Selector| {
        let Some(matcher) = &mut selector.workload else { return };
        let further: Vec<usize> = matcher.values.iter().filter_map(|it| others.get(it)).flatten().copied().collect();
        matcher.values.extend(further);
    };
    for rule in &mut fleet.policy.distrust {
        named(&mut rule.subject);
        named(&mut rule.neighbour);
    }
    fleet.policy.waivers.iter_mut().flat_map(|waiver| &mut waiver.between).for_each(named);
    for site in &mut fleet.sites {
        if site.door.admits.as_ref().is_some_and(|selector| selector.workload.is_some()) {
            let mut door = Door::clone(&site.door);
            door.admits.iter_mut().for_each(named);
            site.door = Arc::new(door);
        }
    }
}
