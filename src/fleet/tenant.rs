//! A resolved tenant.

use crate::compact::{Text, TextMap};

/// Owner of workloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its name.
    pub name: Text,
    /// Indices of the tenants on its own distrust list, ascending.
    pub distrusts: Vec<usize>,
    /// May own per-cluster workloads.
    pub platform: bool,
    /// Its workloads of one namespace need not share a cluster.
    pub split_namespaces: bool,
    /// Free labels.
    pub labels: TextMap<Text>,
    /// Recorded and reported; they change nothing.
    pub mitigations: Vec<Text>,
}
