//! The document of a migration, `tenantry-migration/v1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document;
use crate::error::Result;
use crate::strict::{Object, maybe_word, object, objects, word};

/// The schema that the document names.
pub(super) const MIGRATION_SCHEMA: &str = "tenantry-migration/v1";

/// An order of moves from what runs today to a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "tenantry migration")]
#[non_exhaustive]
pub struct Migration {
    /// `tenantry-migration/v1`.
    #[schemars(extend("const" = MIGRATION_SCHEMA))]
    pub schema: String,
    /// The version of tenantry.
    pub version: String,
    /// The fleet's name; empty where it has none.
    pub name: String,
    /// The digest of the fleet.
    pub fleet_digest: String,
    /// The day on which waivers and stays were judged.
    pub as_of: String,
    /// Sharing that only a waiver allows lasts at least until this day.
    pub until: String,
    /// Whether the batches lead to the plan, and what is known if not.
    #[serde(deserialize_with = "word")]
    pub status: MigrationStatus,
    /// Which limit cut the search short: `time`, `work` or `cancelled`; absent if none did.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "maybe_word")]
    pub stopped: Option<crate::plan::PlanStop>,
    /// What was allowed.
    #[serde(deserialize_with = "object")]
    pub options: MigrationOptions,
    /// The figures in short.
    #[serde(deserialize_with = "object")]
    pub summary: MigrationSummary,
    /// In order; each begins when the one before is done.
    #[serde(deserialize_with = "objects")]
    pub batches: Vec<MigrationBatch>,
    /// Who is not where the plan has it when the batches are done, and what stands in the way.
    #[serde(deserialize_with = "objects")]
    pub left: Vec<MigrationLeft>,
    /// Some of those that are left, each of which waits for the next to leave, the last for the first; empty where there is no
    /// such circle.
    pub circle: Vec<String>,
    /// What is broken when the batches are done, at most 100 entries of `summary.brokenAfter`.
    #[serde(deserialize_with = "objects")]
    pub broken: Vec<MigrationReason>,
    /// What nobody looked at.
    pub not_covered: Vec<String>,
}

/// Whether the batches lead to the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MigrationStatus {
    /// They do.
    Complete,
    /// They are the first ones of an order that does.
    Prefix,
    /// They do not, and no safe order does, whoever stays somewhere else for a time: all of them were tried, or some
    /// workloads cannot move at all, whoever else does.
    Impossible,
    /// They do not, and no safe order does in which everybody moves once. With stays elsewhere none was found.
    ImpossibleDirectly,
    /// They do not; no safe order was found. There may be one.
    NotFound,
}

/// What was allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct MigrationOptions {
    /// Moves in a batch at most; null: any number.
    pub max_in_flight: Option<u64>,
    /// Batches at most; null: all.
    pub first: Option<u64>,
    /// Whether workloads that say `downtime: allowed` may stop before they start.
    pub allow_downtime: bool,
    /// Clusters that may be lent for the time of the migration.
    pub extra_clusters: u64,
    /// Their template; null where there are none.
    pub extra_template: Option<String>,
}

/// The figures in short.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct MigrationSummary {
    /// Batches.
    pub batches: u64,
    /// Starts, switches and stops.
    pub steps: u64,
    /// Workloads that run elsewhere afterwards than today; each copy counts, and each replica of a split.
    pub moved: u64,
    /// Workloads that run nowhere today, and somewhere afterwards; copies that are more than run today.
    pub new: u64,
    /// Copies that run today and that the plan does not have; absent where there are none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub given_up: u64,
    /// Pods of those that are moved or new.
    pub pods: u64,
    /// Starts of a workload in a cluster where it does not stay; of a split all replicas that start beyond those moved or new.
    pub stays: u64,
    /// Workloads that stop before they start.
    pub stopped_first: u64,
    /// Clusters that are made, lent ones among them.
    pub created: u64,
    /// Clusters in which nobody of the fleet is left, and that the plan does not have.
    pub released: u64,
    /// Workloads that are not where the plan has them: copies of the plan that do not run there, and those that run beyond its number.
    pub left: u64,
    /// Rules that are broken today, as `check` counts them in a plan, all of them; workloads that run nowhere yet aside.
    pub broken_today: u64,
    /// The same when the batches are done.
    pub broken_after: u64,
    /// States that were tried where an order is said to be impossible; null elsewhere, and where it is impossible because
    /// some workloads cannot move at all.
    pub states: Option<u64>,
}

/// Steps that belong together: all starts, then the switches, then all stops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct MigrationBatch {
    /// From 1.
    pub number: u64,
    /// In order: what is created, starts, switches, stops, is released.
    #[serde(deserialize_with = "objects")]
    pub steps: Vec<MigrationStep>,
}

/// What is done in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StepAction {
    /// A cluster is made.
    Create,
    /// Workloads start in a cluster.
    Start,
    /// Their traffic goes there from now on.
    Switch,
    /// They stop in a cluster.
    Stop,
    /// Nobody of the fleet is left in a cluster, and the plan does not have it.
    Release,
}

/// One step: of one workload, or of several that must share a cluster. No two copies share one: workload and cluster name a copy. Of
/// a split, so many replicas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct MigrationStep {
    /// What is done.
    #[serde(deserialize_with = "word")]
    pub action: StepAction,
    /// Where.
    pub cluster: String,
    /// The workloads, by identity; empty where a cluster is made or released.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workloads: Vec<String>,
    /// Where the traffic of a switch came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The template of a cluster that is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The region of a cluster that is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// How many replicas of a split start, change or stop; absent of all others, of whom a whole copy does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u64>,
    /// A start where they do not stay, a cluster that is made for the time of the migration.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub temporary: bool,
    /// A stop of copies, or of replicas of a split, that the plan does not have: they start nowhere else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub given_up: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde asks
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Workloads that are not where the plan has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct MigrationLeft {
    /// By identity; several share a cluster in any case.
    pub workloads: Vec<String>,
    /// How many replicas of a split; absent of all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u64>,
    /// The clusters where they stand.
    pub from: Vec<String>,
    /// The cluster where they shall stand; null: nowhere, they are given up.
    pub to: Option<String>,
    /// What is in the way; empty where nothing is, and only a limit (`first`, or of the search) ended the order.
    #[serde(deserialize_with = "objects")]
    pub reasons: Vec<MigrationReason>,
    /// Who would have to leave first: others that are left and stand in that cluster.
    pub waits_for: Vec<String>,
}

/// A rule, and what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct MigrationReason {
    /// The rule.
    pub rule: String,
    /// In words.
    pub message: String,
}

impl Migration {
    /// Reads a migration document. Unknown and repeated keys, and lists in place of objects, are errors.
    ///
    /// # Errors
    /// [`Error::PlanDocument`](crate::Error::PlanDocument) with line and column.
    pub fn from_json(text: &str) -> Result<Self> {
        let Object(read) =
            document::read(text, "a migration document", MIGRATION_SCHEMA, |Object(it): &Object<Self>| &it.schema)?;
        Ok(read)
    }

    /// As JSON.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal): never, as far as is known.
    pub fn to_json(&self) -> Result<String> {
        document::text(self)
    }

    /// Whether the batches lead to the plan, or are the first of an order that does.
    #[must_use]
    pub fn leads_there(&self) -> bool {
        matches!(self.status, MigrationStatus::Complete | MigrationStatus::Prefix)
    }
}

/// The JSON Schema of a migration document (draft 2020-12).
#[must_use]
pub fn schema() -> String {
    format!("{:#}", schemars::schema_for!(Migration).to_value())
}
