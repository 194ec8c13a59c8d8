//! Who may not share a cluster with whom, and why: a fleet becomes a conflict graph over trust classes.
//!
//! Every workload falls into a *trust class*: workloads between which the policy cannot tell any difference. The
//! conflict graph has one node a class; an edge says that no two workloads of its ends may share a cluster, and keeps
//! the set of all rules that say so. Text is made on demand, by [`TrustGraph::reasons`].

mod blocks;
mod class;
mod connect;
mod graph;
mod reason;
mod rules;
mod sparse;
mod stand;
mod tally;
mod together;

pub use class::MAX_CLASSES;
pub use graph::TrustGraph;
pub use reason::{Direction, Reason, ReasonSet, RuleTable};
pub use rules::Scope;
pub use tally::RulePairs;
pub use together::check_together;
