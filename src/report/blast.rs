//! The document of `blast`: what a compromised workload reaches, and what the loss of a cluster or region takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::compared::ComparedPlan;
use crate::document;
use crate::error::Result;
use crate::plan::PlanStatus;

/// The schema of the document.
pub(crate) const BLAST_SCHEMA: &str = "tenantry-blast/v1";

/// What a compromised workload reaches in its clusters, and what a loss takes. Lists come worst first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "tenantry blast")]
#[non_exhaustive]
pub struct Blast {
    /// `tenantry-blast/v1`.
    #[schemars(extend("const" = BLAST_SCHEMA))]
    pub schema: String,
    /// The version of tenantry.
    pub version: String,
    /// The fleet's name; empty where it has none.
    pub name: String,
    /// The digest of the fleet.
    pub fleet_digest: String,
    /// The day on which waivers were judged.
    pub as_of: String,
    /// What it speaks of.
    pub of: BlastOf,
    /// How the planning ended. Without a plan every list is empty. Null of what runs today: nothing was planned.
    pub status: Option<PlanStatus>,
    /// One a cluster that holds somebody.
    pub clusters: Vec<BlastCluster>,
    /// One a tenant that has a workload somewhere.
    pub tenants: Vec<BlastTenant>,
    /// One a workload, those of the platform too.
    pub workloads: Vec<BlastWorkload>,
    /// What the loss of each cluster takes.
    pub losses: Vec<BlastLoss>,
    /// What the loss of each region takes; empty where the fleet has none.
    pub losses_of_regions: Vec<BlastLoss>,
    /// Whom the call asks about; null where it asks about nobody.
    pub subject: Option<BlastSubject>,
    /// The same of the plan that was given beside what runs today; null where none was.
    pub planned: Option<Box<Blast>>,
    /// What the figures leave out.
    pub notes: Vec<String>,
}

/// What an answer of `blast` speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum BlastOf {
    /// A plan.
    Plan,
    /// What runs today.
    Today,
}

/// What is in reach of somebody, in all of its clusters together, and what is its own left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Reach {
    /// Other tenants.
    pub tenants: u64,
    /// Other workloads.
    pub workloads: u64,
    /// Their pods in these clusters; null where those of the platform are not known.
    pub pods: Option<u64>,
    /// Other namespaces; null where those of the platform are not known.
    pub namespaces: Option<u64>,
    /// Of the workloads those of the platform, which run in every cluster.
    pub platform: u64,
}

/// A cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BlastCluster {
    /// Its name.
    pub cluster: String,
    /// Its region; null where the fleet names none.
    pub region: Option<String>,
    /// The workload that reaches most in it.
    pub worst: String,
    /// What that reaches there.
    pub reach: Reach,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BlastTenant {
    /// Its name.
    pub tenant: String,
    /// The clusters in which it has a workload.
    pub clusters: u64,
    /// What all of its workloads together reach.
    pub reach: Reach,
    /// Pairs of a workload of its and one of another tenant that share a cluster, the platform aside: if it stood alone, the
    /// exposure would be so much smaller.
    pub pairs: u64,
}

/// A workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BlastWorkload {
    /// Its identity.
    pub workload: String,
    /// Its tenant.
    pub tenant: String,
    /// It is one of the platform, and so in every cluster.
    pub platform: bool,
    /// The clusters that it is in.
    pub clusters: u64,
    /// What it reaches.
    pub reach: Reach,
    /// Workloads of other tenants that share a cluster with it, counted in each, the platform aside: if it stood alone, the
    /// exposure would be so much smaller.
    pub pairs: u64,
}

/// What a loss takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BlastLoss {
    /// The cluster, or the region, that is lost.
    pub of: String,
    /// Its clusters.
    pub clusters: u64,
    /// Workloads that have no pod left, by identity.
    pub gone: Vec<String>,
    /// Workloads that lose pods and have some left elsewhere.
    pub kept: Vec<KeptElsewhere>,
    /// Pods that are gone, those of the platform aside.
    pub pods: u64,
    /// Tenants that lose a pod.
    pub tenants: u64,
}

/// A workload that has pods elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct KeptElsewhere {
    /// Its identity.
    pub workload: String,
    /// Pods that it has left.
    pub left: u64,
    /// Pods that it has.
    pub of: u64,
}

/// Whom the call asks about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BlastSubject {
    /// A tenant's name, or a workload's identity.
    pub name: String,
    /// It is a tenant; else a workload.
    pub is_tenant: bool,
    /// What it reaches.
    pub reach: Reach,
    /// As of its tenant, or workload, in the lists.
    pub pairs: u64,
    /// Where, and whom.
    pub clusters: Vec<InReach>,
    /// The plan as it is, and one in which it shares with nobody; null where that was not looked at.
    pub alone: Option<Alone>,
}

/// What is in reach in one cluster, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct InReach {
    /// The cluster.
    pub cluster: String,
    /// Other tenants in it.
    pub tenants: Vec<String>,
    /// Namespaces in it that are not its own, those of the platform among them where they are known.
    pub namespaces: Vec<String>,
    /// Other workloads in it, the platform aside, by identity.
    pub workloads: Vec<String>,
    /// Other workloads of the platform in it.
    pub platform: Vec<String>,
}

/// What it takes that somebody stands alone: two plans of the same call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Alone {
    /// As it is.
    pub today: ComparedPlan,
    /// With nobody else in its clusters but the platform; null where the fleet forbids that.
    pub alone: Option<ComparedPlan>,
    /// Why it is forbidden; null where it is not.
    pub forbidden: Option<String>,
}

impl Blast {
    /// Reads a document. Unknown and repeated keys are errors.
    ///
    /// # Errors
    /// [`Error::PlanDocument`](crate::Error::PlanDocument) with line and column.
    pub fn from_json(text: &str) -> Result<Self> {
        document::read(text, "a document of `blast`", BLAST_SCHEMA, |it: &Self| &it.schema)
    }

    /// As JSON, keys always in the same order.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal): never, as far as is known.
    pub fn to_json(&self) -> Result<String> {
        document::text(self)
    }
}
