//! What an archive says of itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::{PlanProof, PlanStatus};

/// The schema of the manifest.
pub const EVIDENCE_SCHEMA: &str = "tenantry-evidence/v1";

/// The manifest of an archive: `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "tenantry evidence")]
#[non_exhaustive]
pub struct EvidenceManifest {
    /// `tenantry-evidence/v1`.
    #[schemars(extend("const" = EVIDENCE_SCHEMA))]
    pub schema: String,
    /// The version of tenantry that wrote it.
    pub version: String,
    /// The fleet's name; empty where it has none.
    pub name: String,
    /// SHA-256 of the fleet's canonical document.
    pub fleet_digest: String,
    /// The day on which waivers and stays were judged.
    pub as_of: String,
    /// How the plan ended.
    pub status: PlanStatus,
    /// What backs its bounds.
    pub proof: PlanProof,
    /// Every other file, in the order of the archive.
    pub files: Vec<EvidenceFile>,
    /// What could be in such an archive and is not, and why.
    pub left_out: Vec<String>,
}

/// A file of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct EvidenceFile {
    /// Its name.
    pub name: String,
    /// What it is.
    pub what: String,
    /// How long it is, in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
}

/// JSON Schema of the manifest.
#[must_use]
pub fn schema() -> String {
    format!("{:#}", schemars::schema_for!(EvidenceManifest).to_value())
}
