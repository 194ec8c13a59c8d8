//! Limits made tighter, tenants standing alone, and mitigations counted: fleets that are asked about and never planned.

use std::collections::{BTreeMap, BTreeSet};

use super::{Act, Lever, Place, number};
use crate::error::FleetError;
use crate::fleet::document::{Amount, DistrustDocument, PolicyDocument, SelectorDocument, WaiverDocument};
use crate::fleet::sharing::Sharing;
use crate::fleet::{Fleet, thousandths};

/// Headroom is tightened by a hundredth of the cluster at a time, and a number by one; of large numbers so many steps.
const MOST_STEPS: u64 = 1_000;

/// What a limit is on, by the names of templates, regions and existing clusters.
#[derive(Clone, Copy)]
pub(crate) enum Limited<'f> {
    /// The clusters of a template.
    OfTemplate(&'f str),
    /// The clusters in a region.
    InRegion(&'f str),
    /// Nodes, pods, namespaces or tenants of each such cluster.
    Maximum(Which<'f>, &'static str),
    /// The share of each such cluster that is not used.
    Headroom(Which<'f>),
}

/// Clusters of which a limit speaks one by one.
#[derive(Clone, Copy)]
pub(crate) enum Which<'f> {
    /// Those made from a template.
    New(&'f str),
    /// One that exists.
    Existing(&'f str),
}

impl Fleet {
    /// What a limit with a number is on; `None` for other levers.
    pub(crate) fn limited(&self, lever: &Lever) -> Option<Limited<'_>> {
        let document = self.document();
        let template = |row: usize| document.cluster_templates[row].name.as_str();
        let which = |place: Place| match place {
            Place::Template(row) => Which::New(template(row)),
            Place::Existing(row) => Which::Existing(&document.existing_clusters[row].name),
        };
        match lever.act {
            Act::MaxCount(row) => Some(Limited::OfTemplate(template(row))),
            Act::MaxClusters(row) => Some(Limited::InRegion(&document.regions[row].name)),
            Act::Maximum(place, key) => Some(Limited::Maximum(which(place), key)),
            Act::Headroom(place, _) => Some(Limited::Headroom(which(place))),
            _ => None,
        }
    }

    /// The values of a limit, the present one first, each tighter than the one before; `None` where the lever is no limit
    /// with a number.
    pub(crate) fn tighter(&self, lever: &Lever) -> Option<Vec<String>> {
        let document = self.document();
        let counts_from = |least: u64, now: u64| {
            let step = now.div_ceil(MOST_STEPS).max(1);
            let tighter = (0..=now / step).map(|steps| now - steps * step).filter(move |&count| count >= least);
            tighter.map(|count| count.to_string()).collect::<Vec<String>>()
        };
        let counts = |now: u64| counts_from(0, now);
        match lever.act {
            Act::MaxCount(row) => document.cluster_templates[row].max_count.map(counts),
            Act::MaxClusters(row) => document.regions[row].max_clusters.map(counts),
            Act::Maximum(place, key) => {
                let mut maximums = place.maximums(document).clone()?;
                number(&mut maximums, key)?.map(|now| counts_from(u64::from(key != "pods"), now)) // 0 is no maximum of others
            }
            Act::Headroom(place, _) => {
                let now = place.headroom(document).as_ref()?.as_str();
                let read = share_of(now)?;
                let whole = read / 1_000 + 1;
                Some(std::iter::once(now.to_owned()).chain((whole..100).map(|share| format!("{share}%"))).collect())
            }
            _ => None,
        }
    }

    /// The fleet with a limit at one of its tighter values, to hold a plan against it and no more: what `tightened` makes of it, but that the document, the warnings and the
    /// digest may be those of before.
    ///
    /// # Errors
    /// As `tightened`; a fleet that has a plan within a limit on its clusters has none for that limit's sake.
    pub(crate) fn to_check_tightened(&self, lever: &Lever, value: &str) -> Result<Self, FleetError> {
        let Act::MaxCount(row) = lever.act else { return self.tightened(lever, value) };
        let mut fleet = self.clone();
        fleet.cap(row, value.parse().ok());
        Ok(fleet)
    }

    /// The fleet with a limit at one of its tighter values.
    ///
    /// # Errors
    /// What is wrong with such a fleet: a workload that fits nowhere any more.
    pub(crate) fn tightened(&self, lever: &Lever, value: &str) -> Result<Self, FleetError> {
        let mut document = self.document().clone();
        let count = value.parse::<u64>().ok();
        match lever.act {
            Act::MaxCount(row) => document.cluster_templates[row].max_count = count,
            Act::MaxClusters(row) => document.regions[row].max_clusters = count,
            Act::Maximum(place, key) => {
                let number = place.maximums_mut(&mut document).as_mut().and_then(|it| number(it, key));
                number.into_iter().for_each(|number| *number = count);
            }
            Act::Headroom(place, _) => *place.headroom_mut(&mut document) = Some(Amount::text(value)),
            _ => {}
        }
        Self::from_document(document)
    }

    /// The fleet with none but these workloads, by index; its rules and whatever else it says stay.
    ///
    /// # Errors
    /// Rules and groups that name others.
    pub(crate) fn of_only(&self, workloads: &[usize]) -> Result<Self, FleetError> {
        let kept: BTreeSet<usize> = workloads.iter().copied().collect();
        let whole = self.document();
        let mut document = whole.clone_without_lists();
        document.cluster_templates.clone_from(&whole.cluster_templates);
        document.existing_clusters.clone_from(&whole.existing_clusters);
        let rows = self.workload_rows().into_iter().zip(&whole.workloads);
        let kept = rows.filter(|(workload, _)| workload.is_some_and(|it| kept.contains(&it)));
        document.workloads = kept.map(|(_, row)| row.clone()).collect();
        Self::from_document(document)
    }

    /// The fleet in which a tenant, or else a workload by its identity, shares with nobody but the platform: a rule of its own says
    /// so, which no waiver knows.
    ///
    /// # Errors
    /// None that are known: a rule is added to a fleet that is one.
    pub(crate) fn alone(&self, name: &str, is_tenant: bool) -> Result<Self, FleetError> {
        let mut document = self.document().clone();
        let policy = document.policy.get_or_insert_with(PolicyDocument::default);
        let id = (0..).map(|number| format!("what-if-{number}"));
        let free = |id: &String| !policy.distrust.iter().any(|it| it.id == *id);
        let (key, neighbour) = match is_tenant {
            true => ("tenant", SelectorDocument::key("tenant", "other")),
            false => ("workload", SelectorDocument::all()),
        };
        policy.distrust.push(DistrustDocument {
            id: id.into_iter().find(free).unwrap_or_default(), // there are more numbers than rules
            subject: SelectorDocument::key(key, name),
            neighbour,
            reason: Some("what if it stood alone".to_owned()),
        });
        Self::from_document(document)
    }

    /// The mitigations that workloads which are placed state, or their tenants, by name.
    pub(crate) fn mitigations(&self) -> Vec<String> {
        let stated = self.placed().flat_map(|it| it.mitigations.iter().chain(&self.tenants[it.tenant].mitigations));
        let names: BTreeSet<&str> = stated.map(|it| it.as_str()).collect();
        names.into_iter().map(str::to_owned).collect()
    }

    /// The fleet as if a mitigation contained the code of the workloads that state it, and how many those are: nobody else
    /// need fear them for their level or their sharing any more. Whom they fear themselves stays, and so do separations
    /// and distrust.
    ///
    /// # Errors
    /// None that are known: waivers are added to a fleet that is one.
    pub(crate) fn counting(&self, mitigation: &str) -> Result<(Self, u64), FleetError> {
        let contained: Vec<usize> = (0..self.workloads.len())
            .filter(|&it| !self.workloads[it].per_cluster)
            .filter(|&it| {
                let (own, owner) = (&self.workloads[it].mitigations, self.workloads[it].tenant);
                own.iter().chain(&self.tenants[owner].mitigations).any(|name| name.as_str() == mitigation)
            })
            .collect();
        // who may be beside them: who shares with whoever its floor allows, and is not below theirs
        let mut by_floor: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        contained.iter().for_each(|&it| by_floor.entry(self.workloads[it].accepts).or_default().push(it));
        let names = |workloads: &[usize]| -> Vec<String> { workloads.iter().map(|&it| self.identity(it)).collect() };
        let mut document = self.document().clone();
        let policy = document.policy.get_or_insert_with(PolicyDocument::default);
        for (floor, ours) in by_floor {
            let fit = |it: usize| {
                let other = &self.workloads[it];
                !other.per_cluster
                    && other.trust >= floor
                    && (other.sharing == Sharing::Level || contained.binary_search(&it).is_ok())
            };
            let others: Vec<usize> = (0..self.workloads.len()).filter(|&it| fit(it)).collect();
            if others.is_empty() {
                continue;
            }
            let id = (0..).map(|number| format!("what-if-{number}"));
            let free = |id: &String| !policy.waivers.iter().any(|it| it.id == *id);
            policy.waivers.push(WaiverDocument {
                id: id.into_iter().find(free).unwrap_or_default(), // there are more numbers than waivers
                between: vec![
                    SelectorDocument::key("workload", names(&ours)),
                    SelectorDocument::key("workload", names(&others)),
                ],
                waives: vec!["level".to_owned(), "sharing".to_owned()],
                approved_by: "nobody: a question".to_owned(),
                expires: "9999-12-31".to_owned(),
                reason: "what if this mitigation counted".to_owned(),
            });
        }
        Ok((Self::from_document(document)?, contained.len() as u64))
    }
}

/// A share as it is written, in thousandths of a hundredth.
pub(crate) fn share_of(text: &str) -> Option<u64> {
    match text.strip_suffix('%') {
        Some(number) => thousandths(number),
        None => thousandths(text).and_then(|share| share.checked_mul(100)),
    }
}
