//! Who may not share a cluster with whom, and why: a fleet becomes a conflict graph over trust classes.
//!
//! Every workload falls into a *trust class*: workloads between which the policy cannot tell any difference. The
//! conflict graph has one node a class; an edge says that no two workloads of its ends may share a cluster, and keeps
//! the set of all rules that say so. Text is made on demand, by [`TrustGraph::reasons`].

mod blocks;
mod class;
mod connect;
mod graph;
mod limit;
mod reason;
mod rules;
mod scope;
mod sparse;
mod stand;
mod tally;
mod together;

pub use graph::TrustGraph;
pub use limit::MAX_CLASSES;
pub use reason::{Direction, Reason, RuleTable};
pub use scope::Scope;
pub(crate) use together::against;
pub use together::check_together;
