//! The fleet: the document, and what it means once everything is inherited, checked and counted.

mod policy;
mod template;
mod tenant;
mod workload;

pub use policy::{
    Apart, Attribute, DistrustRule, Matcher, Policy, RuleId, Selector, Separation, Sharing, Together, TrustLevel,
    Waiver,
};
pub use template::ClusterTemplate;
pub use tenant::Tenant;
pub use workload::Workload;

/// A valid fleet. Immutable.
#[derive(Clone, Debug)]
pub struct Fleet {
    pub(crate) name: String,
    pub(crate) as_of: Option<jiff::civil::Date>,
    pub(crate) resources: Vec<String>,
    pub(crate) policy: Policy,
    pub(crate) tenants: Vec<Tenant>,
    pub(crate) workloads: Vec<Workload>,
    pub(crate) templates: Vec<ClusterTemplate>,
    pub(crate) objective: Vec<crate::budget::Objective>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) digest: String,
}

/// Something that a reader of the plan should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Stable kebab-case code.
    pub code: &'static str,
    /// One or two sentences.
    pub message: String,
}

impl Fleet {
    /// Its name; empty where none is given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The day against which waivers are judged, if the fleet names one.
    #[must_use]
    pub fn as_of(&self) -> Option<jiff::civil::Date> {
        self.as_of
    }
    /// The resources: `cpu` (milli), `memory` (bytes), `pods`, then others by name.
    #[must_use]
    pub fn resources(&self) -> &[String] {
        &self.resources
    }
    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
    /// The tenants, in document order.
    #[must_use]
    pub fn tenants(&self) -> &[Tenant] {
        &self.tenants
    }
    /// The workloads, in document order.
    #[must_use]
    pub fn workloads(&self) -> &[Workload] {
        &self.workloads
    }
    /// The cluster templates, in document order.
    #[must_use]
    pub fn templates(&self) -> &[ClusterTemplate] {
        &self.templates
    }
    /// The objective's levels.
    #[must_use]
    pub fn objective(&self) -> &[crate::budget::Objective] {
        &self.objective
    }
    /// What the reader of a plan should know of this input.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
    /// SHA-256 over the canonical document, lower-case hexadecimal.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
    /// The identity of a workload: `tenant/name` where that is unique, else `tenant/namespace/name`.
    #[must_use]
    pub fn identity(&self, workload: usize) -> String {
        let it = &self.workloads[workload];
        let unique = !self
            .workloads
            .iter()
            .enumerate()
            .any(|(index, other)| index != workload && other.tenant == it.tenant && other.name == it.name);
        let tenant = &self.tenants[it.tenant].name;
        if unique { format!("{tenant}/{}", it.name) } else { format!("{tenant}/{}/{}", it.namespace, it.name) }
    }
}
