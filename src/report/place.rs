//! The document of `place`: where workloads may go now, and why not elsewhere.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::document;
use crate::error::Result;
use crate::fleet::{Fleet, Standing};
use crate::placement::place::{Answer, Present};
use crate::quantity;

/// The schema of the document.
const PLACES_SCHEMA: &str = "tenantry-places/v1";

/// Where workloads may go now, with nobody moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "tenantry places")]
#[non_exhaustive]
pub struct Places {
    /// `tenantry-places/v1`.
    #[schemars(extend("const" = PLACES_SCHEMA))]
    pub schema: String,
    /// The version of tenantry.
    pub version: String,
    /// The fleet's name; empty where it has none.
    pub name: String,
    /// The digest of the fleet, further workloads included.
    pub fleet_digest: String,
    /// The day on which waivers and stays were judged.
    pub as_of: String,
    /// One entry a workload that was asked for, or one for all of them together.
    pub asked: Vec<Placed>,
}

/// Where some workloads may go together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Placed {
    /// The workloads that were asked for.
    pub workloads: Vec<String>,
    /// Those that go with them: they must share a cluster, and run nowhere yet.
    pub company: Vec<String>,
    /// The clusters in which they run today.
    pub runs_in: Vec<String>,
    /// How many of the candidates have room.
    pub places: u64,
    /// The existing clusters by name, then the templates by name.
    pub candidates: Vec<Candidate>,
}

/// What a candidate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CandidateKind {
    /// A cluster that there is.
    Existing,
    /// A further cluster of a template.
    New,
}

/// A cluster, or a further one of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Candidate {
    /// Whether the cluster is there.
    pub kind: CandidateKind,
    /// The cluster's name, or the template's.
    pub name: String,
    /// The template; null for a cluster of none.
    pub template: Option<String>,
    /// The region, or those in which the further cluster could stand; empty in a fleet without regions.
    pub regions: Vec<String>,
    /// Whether they may go there now.
    pub fits: bool,
    /// Whether they all run there today.
    pub current: bool,
    /// Workloads that are there today.
    pub workloads: u64,
    /// What is left of each resource when they are there, as Kubernetes quantities (`unlimited` where it is), of dedicated
    /// pools as `RESOURCE@POOL`; empty where they may not go.
    pub left: BTreeMap<String, String>,
    /// Every reason why not.
    pub reasons: Vec<PlaceReason>,
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PlaceReason {
    /// The rule, as an audit names it.
    pub rule: String,
    /// In words.
    pub message: String,
}

impl Places {
    /// Whether everything that was asked for has a place.
    #[must_use]
    pub fn all_have_one(&self) -> bool {
        self.asked.iter().all(|it| it.places > 0)
    }

    /// As JSON.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal): never, as far as is known.
    pub fn to_json(&self) -> Result<String> {
        document::text(self)
    }
}

/// The document for these workloads, each for itself or all in one cluster.
pub(crate) fn candidates(fleet: &Fleet, as_of: Date, workloads: &[usize], together: bool) -> Places {
    let present = Present::new(fleet, as_of);
    let asked = if together {
        vec![placed(fleet, &present, workloads)]
    } else {
        workloads.iter().map(|&workload| placed(fleet, &present, &[workload])).collect()
    };
    Places {
        schema: PLACES_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        name: fleet.name().to_owned(),
        fleet_digest: fleet.digest().to_owned(),
        as_of: as_of.to_string(),
        asked,
    }
}

fn placed(fleet: &Fleet, present: &Present, workloads: &[usize]) -> Placed {
    let group = present.group(workloads);
    let company = group.set.iter().filter(|it| !workloads.contains(it)).map(|&it| fleet.identity(it));
    let mut homes: Vec<usize> = group.set.iter().flat_map(|&it| present.homes(it)).copied().collect();
    homes.sort_unstable();
    homes.dedup();
    let existing = fleet.existing().iter().enumerate().map(|(cluster, it)| {
        let template = it.template.map(|template| fleet.templates()[template].name.clone());
        let there = present.inhabitants(cluster) as u64;
        candidate(fleet, it.site, (CandidateKind::Existing, &it.name, template, there), present.ask(it.site, &group))
    });
    let new = fleet.sites().iter().enumerate().filter_map(|(site, it)| match it.what {
        Standing::New { template } => {
            let name = &fleet.templates()[template].name;
            let answer = present.ask(site, &group);
            Some(candidate(fleet, site, (CandidateKind::New, name, Some(name.clone()), 0), answer))
        }
        Standing::Existing { .. } => None,
    });
    let candidates: Vec<Candidate> = existing.chain(new).collect();
    Placed {
        workloads: workloads.iter().map(|&it| fleet.identity(it)).collect(),
        company: company.collect(),
        runs_in: homes.iter().map(|&it| fleet.existing()[it].name.clone()).collect(),
        places: candidates.iter().filter(|it| it.fits).count() as u64,
        candidates,
    }
}

fn candidate(
    fleet: &Fleet,
    site: usize,
    (kind, name, template, workloads): (CandidateKind, &str, Option<String>, u64),
    answer: Answer,
) -> Candidate {
    let amount = |resource: &str, amount: Option<u64>| {
        amount.map_or_else(|| "unlimited".to_owned(), |amount| quantity::format(resource, amount))
    };
    let left = answer.left.iter().map(|it| {
        let resource = &fleet.resources()[it.resource];
        let key = match it.pool {
            None => resource.clone(),
            Some(pool) => format!("{resource}@{}", fleet.pools()[pool]),
        };
        (key, amount(resource, it.amount))
    });
    Candidate {
        kind,
        name: name.to_owned(),
        template,
        regions: fleet.sites()[site].regions.iter().map(|&it| fleet.regions()[it].name.clone()).collect(),
        fits: answer.reasons.is_empty(),
        current: answer.current,
        workloads,
        left: left.collect(),
        reasons: answer.reasons.into_iter().map(|it| PlaceReason { rule: it.rule, message: it.message }).collect(),
    }
}
