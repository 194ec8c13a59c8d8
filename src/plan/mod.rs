//! The plan: clusters, assignments, status, bound and reasons, as documents carry it (`tenantry-plan/v1`).

mod figures;
mod findings;
mod level;
mod losses;
mod moves;
mod rules;
mod verify;
mod warnings;
mod words;
mod write;

use std::collections::BTreeMap;

pub(crate) use figures::platform_pods;
pub(crate) use level::FORGOT_BY_MOVES;
pub use level::{Figure, LevelObjective, PlanLevel, PlanLimits};
pub use losses::{Loss, LossOfRegion};
pub use moves::{KeptBecause, Leaving, MoveCount, Moves, PlannedExisting, PlannedMode, TenantMoves};
pub(crate) use verify::{placed, verify};
pub(crate) use warnings::another_day;
pub use words::{Change, ComparedFigure, LeftOutReason, PlanProof, PlanStatus, PlanStop, WaiverState};
pub(crate) use write::Outcome;
pub(crate) use write::money;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::compact::{Text, TextMap};
use crate::document;
use crate::fleet::Fleet;
use crate::strict::{
    Object, maybe_object, maybe_objects, maybe_word, object, objects, unique, unique_objects, unique_texts, word,
};

/// The schema version that a plan document names.
pub const PLAN_SCHEMA: &str = "tenantry-plan/v1";

/// A plan. Field names in documents are camelCase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Plan {
    /// `tenantry-plan/v1`.
    pub schema: String,
    /// Version of the program that wrote it.
    pub version: String,
    /// The fleet's name.
    pub name: String,
    /// SHA-256 of the fleet's canonical document.
    pub fleet_digest: String,
    /// The day against which waivers were judged (`YYYY-MM-DD`).
    pub as_of: String,
    /// The seed.
    pub seed: u64,
    /// How it ended.
    #[serde(deserialize_with = "word")]
    pub status: PlanStatus,
    /// What backs the bound.
    #[serde(deserialize_with = "word")]
    pub proof: PlanProof,
    /// Which limit cut the run short: `time`, `work` or `cancelled`; absent if none did.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "maybe_word")]
    pub stopped: Option<PlanStop>,
    /// Comparisons of the summary that could not be made, and what stood in the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "objects")]
    pub left_out: Vec<LeftOut>,
    /// The numbers in short.
    #[serde(deserialize_with = "object")]
    pub summary: Summary,
    /// The objective that the call asked for in place of the fleet's; absent where it asked for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<Vec<LevelObjective>>,
    /// The highest values that the plan may have, by the fleet and by the call, of each the smaller; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "maybe_object")]
    pub limits: Option<PlanLimits>,
    /// The levels of the objective, in order: value, bound and proof of each. Empty where no plan exists.
    #[serde(deserialize_with = "objects")]
    pub levels: Vec<PlanLevel>,
    /// Why no plan exists: the named inputs that contradict, with figures. Empty unless infeasible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contradictions: Vec<String>,
    /// The clusters; null where there is no plan.
    #[serde(default, deserialize_with = "maybe_objects")]
    pub clusters: Option<Vec<PlannedCluster>>,
    /// Existing clusters that are not in the plan and where somebody of the fleet runs today.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emptied: Vec<Text>,
    /// Existing clusters that are not in the plan and where nobody of the fleet runs today.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unused: Vec<Text>,
    /// Copies that are given up, where workloads run in more clusters than they have copies.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "objects")]
    pub leaving: Vec<Leaving>,
    /// What moves; absent where nothing exists yet, or there is no plan.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "maybe_object")]
    pub moves: Option<Moves>,
    /// What the loss of each cluster takes, the largest first; empty where fewer than two are in use, and in a fleet without existing
    /// clusters, copies and splits: there the list of the clusters says it.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "objects")]
    pub losses: Vec<Loss>,
    /// What the loss of each region takes, the largest first; empty where fewer than two are in use.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "objects")]
    pub losses_of_regions: Vec<LossOfRegion>,
    /// One row a workload (per-cluster platform workloads are listed in their clusters instead).
    #[serde(deserialize_with = "objects")]
    pub assignments: Vec<Assignment>,
    /// One row a separating rule.
    #[serde(deserialize_with = "objects")]
    pub separations: Vec<SeparationRow>,
    /// One row an attribute whose class `"*"` took values: which, and how many workloads have each.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "objects")]
    pub other_values: Vec<OtherValues>,
    /// Every waiver of the fleet and whether it is in force.
    #[serde(deserialize_with = "objects")]
    pub waivers: Vec<WaiverRow>,
    /// What the reader should know.
    #[serde(deserialize_with = "objects")]
    pub warnings: Vec<PlanWarning>,
    /// What the proof does not cover.
    pub not_covered: Vec<String>,
}

impl Plan {
    /// Reads a plan document. Unknown and repeated keys, and lists in place of objects, are errors.
    ///
    /// # Errors
    /// [`Error::PlanDocument`](crate::Error::PlanDocument) with line and column.
    pub fn from_json(text: &str) -> crate::Result<Self> {
        let read = document::read(text, "a plan document", PLAN_SCHEMA, |Object(it): &Object<Self>| &it.schema);
        match read {
            Ok(Object(read)) => Ok(read),
            Err(_) if crate::fleet::is_fleet(text) => Err(crate::Error::PlanDocument(
                "not a plan document: this is a fleet; a plan is JSON, as `tenantry plan FLEET --format json` writes it"
                    .to_owned(),
            )),
            Err(error) => Err(error),
        }
    }

    /// Of each assignment the workload (tenant, namespace, name), the name of its cluster, and the cluster's template and
    /// region.
    pub(crate) fn homes(&self) -> impl Iterator<Item = (crate::placement::Key<'_>, &str, (&str, Option<&str>))> {
        let clusters = self.clusters.iter().flatten();
        let places: BTreeMap<&str, (&str, Option<&str>)> =
            clusters.map(|it| (it.name.as_str(), (it.template.as_str(), it.region.as_deref()))).collect();
        self.assignments.iter().filter_map(move |row| {
            let key = (row.tenant.as_str(), row.namespace.as_str(), row.workload.as_str());
            Some((key, row.cluster.as_str(), *places.get(row.cluster.as_str())?))
        })
    }
}

impl Plan {
    /// The day against which waivers were judged; `None` where it is none, or not written in the one way that documents
    /// have.
    #[must_use]
    pub fn day(&self) -> Option<crate::date::Date> {
        crate::date::Date::read(&self.as_of)
    }
}

/// The site of a planned cluster; `None` where the fleet has none like it.
pub(crate) fn site(fleet: &Fleet, cluster: &PlannedCluster) -> Option<usize> {
    let region = region(fleet, cluster);
    let stands = |site: usize| region.is_none_or(|region| fleet.sites()[site].regions.contains(&region));
    let named = cluster.region.is_none() == fleet.regions().is_empty() && cluster.region.is_some() == region.is_some();
    let like = |site: usize| named && fleet.template_name(site) == cluster.template && stands(site);
    let new = |site: usize| fleet.sites()[site].template().is_some();
    match fleet.existing().iter().find(|it| it.name == cluster.name) {
        Some(it) => Some(it.site).filter(|&site| like(site)),
        None if cluster.existing.is_some() => None,
        None => (0..fleet.sites().len()).find(|&site| new(site) && like(site)),
    }
}

/// The region that a planned cluster names; `None` where it names none of the fleet's.
pub(crate) fn region(fleet: &Fleet, cluster: &PlannedCluster) -> Option<usize> {
    let name = cluster.region.as_ref()?;
    fleet.regions().iter().position(|region| region.name == *name)
}

/// The JSON Schema of a plan document (draft 2020-12).
#[must_use]
pub fn schema() -> String {
    format!("{:#}", schemars::schema_for!(Plan).to_value())
}

/// A figure of the summary that is not there because another run would have been needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LeftOut {
    /// The figure.
    #[serde(deserialize_with = "word")]
    pub figure: ComparedFigure,
    /// Why.
    #[serde(deserialize_with = "word")]
    pub because: LeftOutReason,
}

/// The numbers in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Summary {
    /// Clusters of the plan; null where there is none.
    pub clusters: Option<u64>,
    /// The fewest clusters that any plan can have that is as good in the levels before; 0 where no plan exists, or nothing is
    /// known of it.
    pub lower_bound: u64,
    /// Clusters minus lower bound; null where there is no plan, or nothing is known of the fewest clusters.
    pub gap: Option<u64>,
    /// Why there cannot be fewer, in words.
    pub lower_bound_reason: String,
    /// Cost of the plan; null where a template in use has no cost.
    pub cost: Option<f64>,
    /// The least cost that any plan can have that is as good in the levels before; null where cost is not an objective or
    /// not reached.
    pub cost_lower_bound: Option<f64>,
    /// Clusters with the trust rules minus clusters without; null where the second is not proved.
    pub isolation_premium: Option<i64>,
    /// Sets of workloads whose sums fit a cluster and that were treated as not fitting, because no placement of their pods
    /// on its nodes was found within the work.
    pub treated_as_not_fitting: u64,
    /// Clusters that the same fleet takes without the waivers in force; null where there are none or it is not proved.
    pub clusters_without_waivers: Option<u64>,
    /// Tenants with a workload to place.
    pub tenants: u64,
    /// Workloads to place (per-cluster ones not among them).
    pub workloads: u64,
    /// Pods to place.
    pub pods: u64,
    /// Islands: groups that share with no other group.
    pub islands: u64,
    /// Trust classes.
    pub trust_classes: u64,
}

/// One cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PlannedCluster {
    /// A name made of what it holds, or kept from an earlier plan; that of the cluster, where it exists.
    pub name: String,
    /// Its template; empty for an existing cluster of none.
    pub template: String,
    /// Its region; absent where the fleet names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Where the cluster exists: who may come, and whether it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "maybe_object")]
    pub existing: Option<PlannedExisting>,
    /// Its island, from 1; 0 where nobody is in it.
    pub island: u64,
    /// Tenants in it, by name.
    pub tenants: Vec<Text>,
    /// Namespaces in it, by name.
    pub namespaces: Vec<Text>,
    /// Identities of its workloads, by name.
    pub workloads: Vec<String>,
    /// Per-cluster platform workloads in it.
    pub platform: Vec<String>,
    /// What its tenants take once in a cluster, added up, by resource, as Kubernetes quantities; the platform's is off
    /// what is usable.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique")]
    pub overhead: BTreeMap<String, String>,
    /// One entry a resource; what dedicated pools offer stands in `pools`.
    #[serde(deserialize_with = "unique_objects")]
    pub resources: BTreeMap<String, ResourceUse>,
    /// Nodes in use; null where the pods are not placed on nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<u64>,
    /// The fewest nodes that its pods can use, by each resource and each size of pod alone, and by the pods of at
    /// least a size; null where `nodes` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes_lower_bound: Option<u64>,
    /// One entry a node pool of the template.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "objects")]
    pub pools: Vec<PoolUse>,
    /// What runs on its nodes: one entry for equal nodes, every pod of the cluster once, those that run on every node
    /// aside. It shows that there is room for each; the scheduler may choose another placement.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "objects")]
    pub placement: Vec<NodeUse>,
    /// What a compromised workload could reach.
    #[serde(deserialize_with = "object")]
    pub blast_radius: BlastRadius,
    /// Cost, by the nodes that are in use or in the minimum of their pool; null where the template names none.
    pub cost: Option<f64>,
}

/// Use of one node pool of a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PoolUse {
    /// Its name.
    pub name: String,
    /// Only for workloads that name it.
    pub dedicated: bool,
    /// Nodes in use; null where the pods are not placed on nodes.
    pub nodes: Option<u64>,
    /// Nodes that are paid for: those in use, and at least the minimum; null where the pods are not placed on nodes.
    pub paid: Option<u64>,
    /// Nodes at most.
    pub max: u64,
    /// One entry a resource, where it is dedicated and some workload names it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "unique_objects")]
    pub resources: BTreeMap<String, ResourceUse>,
}

/// Equal nodes of a cluster and what runs on each of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeUse {
    /// Their pool.
    pub pool: String,
    /// How many such nodes.
    pub count: u64,
    /// Pods of each workload, by identity, on each of them.
    #[serde(deserialize_with = "unique")]
    pub pods: BTreeMap<String, u64>,
}

/// Use of one resource of a cluster, as Kubernetes quantities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceUse {
    /// Requested by the workloads assigned, and by their tenants once (the per-cluster overhead is already off `usable`).
    pub requested: String,
    /// Usable after headroom, maximums and overhead; `unlimited` where it is.
    pub usable: String,
    /// Requested / usable, rounded to four places; null where unlimited or 0.
    pub utilisation: Option<f64>,
}

/// What a compromised workload could reach in its cluster, platform workloads included: the worst case over the
/// cluster's workloads, so the pods are all but those of the smallest one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BlastRadius {
    /// Other tenants.
    pub tenants: u64,
    /// Other workloads.
    pub workloads: u64,
    /// Pods of other workloads.
    pub pods: u64,
}

/// Where one workload goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Assignment {
    /// Its tenant.
    pub tenant: Text,
    /// Its name.
    pub workload: Text,
    /// Its namespace.
    pub namespace: Text,
    /// Its cluster.
    pub cluster: Text,
    /// Which of several copies this is, from 1 in the order of the clusters; absent where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<u64>,
    /// Replicas planned for: of copies, those of this one.
    pub replicas: u64,
    /// What it takes in all, by resource, as Kubernetes quantities.
    #[serde(deserialize_with = "unique_texts")]
    pub requests: TextMap<Text>,
    /// Free labels.
    #[serde(default, skip_serializing_if = "TextMap::is_empty", deserialize_with = "unique_texts")]
    pub labels: TextMap<Text>,
    /// Against the current placement; `new` where none is given.
    #[serde(deserialize_with = "word")]
    pub change: Change,
    /// The existing cluster that it leaves, where it moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Text>,
    /// Why it moves: `drain`, `cordon`, `pin`, `stay`, `admits`, `needs` or `room`, where that keeps it (or somebody who must be with it) from where it
    /// runs; else `chosen`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Text>,
}

/// One separating rule: how many pairs of workloads it keeps apart, and some of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeparationRow {
    /// The reason id: `level`, `sharing`, `separate:ATTRIBUTE`, `distrust:ID`, `distrusts`, `apart:ATTRIBUTE`.
    pub rule: String,
    /// Whether it is a matter of trust (`apart` is technical).
    pub trust: bool,
    /// In words.
    pub description: String,
    /// Pairs of workloads that it separates (other rules may separate them too), after waivers.
    pub pairs: u64,
    /// Pairs that no other rule separates.
    pub only: u64,
    /// Up to three pairs, as identities.
    pub samples: Vec<[String; 2]>,
}

/// The values of an attribute that no class lists and that the class with `"*"` took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OtherValues {
    /// The attribute.
    pub attribute: String,
    /// The class.
    pub class: String,
    /// The values, ascending.
    #[serde(deserialize_with = "objects")]
    pub values: Vec<ValueCount>,
}

/// A value and how many workloads have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ValueCount {
    /// The value, as written.
    pub value: String,
    /// Workloads that have it.
    pub workloads: u64,
}

/// A waiver and what it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WaiverRow {
    /// Its id.
    pub id: String,
    /// Whether it is in force.
    #[serde(deserialize_with = "word")]
    pub state: WaiverState,
    /// Last day in force.
    pub expires: String,
    /// The reason ids that it waives.
    pub waives: Vec<String>,
    /// Who approved it.
    pub approved_by: String,
    /// Why.
    pub reason: String,
    /// Pairs of workloads that lose a reason by it; 0 where expired.
    pub pairs: u64,
}

/// A warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanWarning {
    /// Stable kebab-case code.
    pub code: String,
    /// In words.
    pub message: String,
}
