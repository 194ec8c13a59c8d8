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
    /// What it takes of each resource once in every cluster where it has a workload; empty where that is nothing.
    pub overhead: Vec<u64>,
    /// Whether it has a workload in every cluster: its overhead is off what is usable then.
    pub everywhere: bool,
    /// Free labels.
    pub labels: TextMap<Text>,
    /// Recorded and reported; they change nothing.
    pub mitigations: Vec<Text>,
}

impl Tenant {
    /// Whether a cluster holds more for its sake than its workloads.
    #[must_use]
    pub fn takes_once(&self) -> bool {
        !self.everywhere && !self.overhead.is_empty()
    }
}
