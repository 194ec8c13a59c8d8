//! A resolved tenant.

use std::collections::BTreeMap;

/// Owner of workloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its name.
    pub name: String,
    /// Indices of the tenants on its own distrust list, ascending.
    pub distrusts: Vec<usize>,
    /// May own per-cluster workloads.
    pub platform: bool,
    /// Its workloads of one namespace need not share a cluster.
    pub split_namespaces: bool,
    /// Free labels.
    pub labels: BTreeMap<String, String>,
    /// Recorded and reported; they change nothing.
    pub mitigations: Vec<String>,
}
