//! How large a cluster may be by what its makers document: nothing that a plan proves, and so with day and source.

use super::shape::Maximums;

/// The day on which the sources were looked at.
pub const LOOKED_AT: &str = "2026-11-26";

/// The largest cluster that is documented to work without asking anybody first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name in `maximums.preset`.
    pub name: &'static str,
    /// Nodes.
    pub nodes: u64,
    /// Pods.
    pub pods: u64,
    /// Namespaces; nobody documents others than Kubernetes itself.
    pub namespaces: u64,
    /// Where that is written.
    pub source: &'static str,
}

/// All of them.
pub const PRESETS: [Preset; 4] = [
    Preset {
        name: "upstream",
        nodes: 5_000,
        pods: 150_000,
        namespaces: 10_000,
        source: "kubernetes.io/docs/setup/best-practices/cluster-large; kubernetes/community, \
                 sig-scalability/configs-and-limits/thresholds.md",
    },
    Preset {
        name: "eks",
        nodes: 1_000,
        pods: 50_000,
        namespaces: 10_000,
        source: "docs.aws.amazon.com/eks/latest/best-practices/scalability.html",
    },
    Preset {
        name: "aks",
        nodes: 5_000,
        pods: 200_000,
        namespaces: 10_000,
        source: "learn.microsoft.com/azure/aks/best-practices-performance-scale-large",
    },
    Preset {
        name: "gke",
        nodes: 5_000,
        pods: 200_000,
        namespaces: 10_000,
        source: "cloud.google.com/kubernetes-engine/docs/concepts/planning-large-clusters",
    },
];

impl Preset {
    /// The preset of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        PRESETS.into_iter().find(|preset| preset.name == name)
    }

    /// Fills in what is left open; nodes only count where there are node pools.
    #[must_use]
    pub fn under(self, own: Maximums, pools: bool) -> Maximums {
        Maximums {
            nodes: own.nodes.or(pools.then_some(self.nodes)),
            pods: own.pods.or(Some(self.pods)),
            namespaces: own.namespaces.or(Some(self.namespaces)),
            tenants: own.tenants,
        }
    }
}
