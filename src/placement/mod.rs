//! Who stands where: a plan, what runs today, a step of a migration and a what-if are all one type, judged by one reading
//! of the rules. Knows no plan document and no solver.
#![deny(clippy::float_arithmetic)]

pub(crate) mod audit;
mod by_island;
mod charge;
mod coming;
mod contradictions;
mod copies;
mod every;
mod excess;
mod existing;
mod facts;
mod findings;
mod fine;
mod legal;
mod losses;
mod matching;
mod moving;
pub mod names;
mod nodes;
mod on_nodes;
mod parts;
pub(crate) mod place;
mod pods;
mod polish;
mod regroup;
mod remain;
mod remembered;
mod rules;
mod settle;
mod still;
mod town;
mod yard;

use rustc_hash::FxHashMap;

pub use by_island::least_cost;
pub use charge::{counted_before_cost, least_apart, nodes_cost};
pub(crate) use coming::{crowded, crowded_parts, refuses};
pub(crate) use contradictions::wishes;
pub(crate) use every::{Every, every, is_tiny};
pub(crate) use excess::Excess;
pub use existing::today;
pub(crate) use facts::{load, once};
pub(crate) use findings::Findings;
pub use findings::{Violation, ViolationCode};
pub(crate) use fine::{
    FORGOT_BY_COUNTING, balance, exposure, fine_value, held, least_balance, least_exposure, level_values, most_clusters,
};
pub(crate) use legal::found;
pub use legal::legal;
pub(crate) use losses::{Lost, losses_of_clusters, losses_of_regions};
pub(crate) use moving::{Fate, Forced, fate, forced, forced_moves, moved, moves};
pub(crate) use nodes::Packed;
pub use parts::Parts;
pub(crate) use pods::Filled;
pub(crate) use pods::cost;
pub use pods::{NodeContent, Pods, fewest_nodes, forgotten};
pub use polish::polish;
pub use remain::remain;
pub(crate) use rules::Reader;
pub use settle::{Settled, settle};
pub use still::{still, still_within};
pub use yard::{Holding, Homeless};

use crate::fleet::Fleet;

/// Clusters and what stands in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// The clusters.
    pub clusters: Vec<Cluster>,
    /// Which workload stands in which cluster, with how many replicas. Per-cluster workloads stand in every cluster and
    /// are not listed.
    pub shares: Vec<Share>,
}

/// One cluster of a placement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Its name, unique in the placement.
    pub name: String,
    /// Index of its site in [`Fleet::sites`].
    pub site: usize,
    /// Index of its region in [`Fleet::regions`]; `None` where it is said of none.
    pub region: Option<usize>,
    /// What runs on its nodes; `None` where nothing is said of them.
    pub nodes: Option<Vec<NodeContent>>,
}

/// A workload in a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    /// Index in [`Fleet::workloads`].
    pub workload: usize,
    /// Index in [`Placement::clusters`].
    pub cluster: usize,
    /// Replicas that stand there.
    pub replicas: u64,
}

impl Placement {
    /// The workloads of each cluster, each list ascending and without repeats.
    #[must_use]
    pub fn contents(&self) -> Vec<Vec<usize>> {
        let mut contents = vec![Vec::new(); self.clusters.len()];
        for share in &self.shares {
            contents[share.cluster].push(share.workload);
        }
        for workloads in &mut contents {
            workloads.sort_unstable();
            workloads.dedup();
        }
        contents
    }
}

/// A workload by its full name: tenant, namespace, name.
pub(crate) type Key<'a> = (&'a str, &'a str, &'a str);

/// The full name of a workload.
pub(crate) fn key(fleet: &Fleet, workload: usize) -> Key<'_> {
    let it = &fleet.workloads()[workload];
    (&fleet.tenants()[it.tenant].name, &it.namespace, &it.name)
}

/// All workloads of a fleet by their full names.
pub(crate) fn by_key(fleet: &Fleet) -> FxHashMap<Key<'_>, usize> {
    (0..fleet.workloads().len()).map(|workload| (key(fleet, workload), workload)).collect()
}
