//! What is wrong with a placement, or with a document that states one.

use std::fmt;

use rustc_hash::FxHashMap;

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ViolationCode {
    /// Two workloads in a cluster that a rule keeps apart.
    SeparatedPair,
    /// A group that must share a cluster is split.
    SplitTogether,
    /// A workload is assigned to no cluster.
    MissingWorkload,
    /// A workload is assigned more than once.
    DuplicateWorkload,
    /// A workload stands in another number of clusters than it has copies, or a split in more than it may.
    WrongCopies,
    /// Copies stand closer together than they may, or one is missing in a region that has one each.
    WrongSpread,
    /// Workloads that are kept apart by name meet in a cluster or a region.
    KeptApart,
    /// A workload that runs in every cluster is assigned to one.
    PerClusterAssigned,
    /// A workload is assigned with another number of replicas than it has.
    WrongReplicas,
    /// A workload is in a cluster of a template that it cannot use.
    WrongTemplate,
    /// A cluster stands in no region where it may, or a workload in one where it may not be.
    WrongRegion,
    /// A workload is in a cluster that does not admit it.
    NotAdmitted,
    /// A workload is in a cluster that does not provide what it needs.
    NeedNotProvided,
    /// A cluster holds more of a resource than it has room for.
    OverCapacity,
    /// A cluster has more pods, nodes, namespaces or tenants than its template allows.
    OverMaximum,
    /// A template is used more often than it may be.
    OverMaxCount,
    /// More clusters stand in a region than there may be.
    OverMaxClusters,
    /// An existing cluster that is kept is not there.
    MissingCluster,
    /// A workload is in an existing cluster that is drained, or came to one that is cordoned.
    ClosedCluster,
    /// A workload is not in the existing cluster that it is pinned to or stays in.
    NotWherePinned,
    /// Pods are placed on the nodes of a template that has none.
    UnexpectedNodes,
    /// A placement on nodes is missing.
    NoPlacement,
    /// An entry of the placement on nodes has no nodes or no pods.
    EmptyNode,
    /// A pod stands in a pool where its workload may not run.
    WrongPool,
    /// A node holds more than there is room for.
    OverNode,
    /// More nodes of a pool are in use than it may have.
    OverPool,
    /// The pods on the nodes are not those of the workload.
    PodsNotPlaced,
    /// A workload is assigned to a cluster that is not there.
    UnknownCluster,
    /// A cluster has a template that is not there.
    UnknownTemplate,
    /// A value is above the highest that a plan may have.
    BeyondLimit,
    /// A node is of a pool that is not there.
    UnknownPool,
    /// A cluster without workloads.
    EmptyCluster,
    /// A workload that the fleet does not have.
    UnknownWorkload,
    /// A figure or a list is not what follows from the fleet.
    WrongFigure,
    /// Two workloads are named as separated by a rule and are not.
    WrongSample,
    /// Two clusters have one name.
    DuplicateCluster,
    /// Status, proof, bounds and clusters do not agree.
    WrongStatus,
    /// A value is below its bound, or there is a bound where no plan exists.
    WrongBound,
    /// The day is none.
    WrongAsOf,
    /// The schema is another one.
    WrongSchema,
}

/// What a violation means for those who judge it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gravity {
    /// A rule is broken, room is missing, a group is split, or a workload is left out.
    Breach,
    /// What follows from the fleet is not so: another version of the fleet explains it.
    Figure,
    /// The document contradicts itself.
    Document,
}

impl ViolationCode {
    /// Stable, in kebab case, such as `over-capacity`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().0
    }

    fn row(self) -> (&'static str, Gravity) {
        match self {
            Self::SeparatedPair => ("separated-pair", Gravity::Breach),
            Self::SplitTogether => ("split-together", Gravity::Breach),
            Self::MissingWorkload => ("missing-workload", Gravity::Breach),
            Self::DuplicateWorkload => ("duplicate-workload", Gravity::Breach),
            Self::WrongCopies => ("wrong-copies", Gravity::Breach),
            Self::WrongSpread => ("wrong-spread", Gravity::Breach),
            Self::KeptApart => ("kept-apart", Gravity::Breach),
            Self::PerClusterAssigned => ("per-cluster-assigned", Gravity::Breach),
            Self::WrongReplicas => ("wrong-replicas", Gravity::Breach),
            Self::WrongTemplate => ("wrong-template", Gravity::Breach),
            Self::WrongRegion => ("wrong-region", Gravity::Breach),
            Self::NotAdmitted => ("not-admitted", Gravity::Breach),
            Self::NeedNotProvided => ("need-not-provided", Gravity::Breach),
            Self::OverCapacity => ("over-capacity", Gravity::Breach),
            Self::OverMaximum => ("over-maximum", Gravity::Breach),
            Self::OverMaxCount => ("over-max-count", Gravity::Breach),
            Self::OverMaxClusters => ("over-max-clusters", Gravity::Breach),
            Self::MissingCluster => ("missing-cluster", Gravity::Breach),
            Self::ClosedCluster => ("closed-cluster", Gravity::Breach),
            Self::NotWherePinned => ("not-where-pinned", Gravity::Breach),
            Self::UnexpectedNodes => ("unexpected-nodes", Gravity::Breach),
            Self::NoPlacement => ("no-placement", Gravity::Breach),
            Self::EmptyNode => ("empty-node", Gravity::Breach),
            Self::WrongPool => ("wrong-pool", Gravity::Breach),
            Self::OverNode => ("over-node", Gravity::Breach),
            Self::OverPool => ("over-pool", Gravity::Breach),
            Self::PodsNotPlaced => ("pods-not-placed", Gravity::Breach),
            Self::UnknownCluster => ("unknown-cluster", Gravity::Breach),
            Self::UnknownTemplate => ("unknown-template", Gravity::Breach),
            Self::BeyondLimit => ("beyond-limit", Gravity::Breach),
            Self::UnknownPool => ("unknown-pool", Gravity::Breach),
            Self::EmptyCluster => ("empty-cluster", Gravity::Figure),
            Self::UnknownWorkload => ("unknown-workload", Gravity::Figure),
            Self::WrongFigure => ("wrong-figure", Gravity::Figure),
            Self::WrongSample => ("wrong-sample", Gravity::Figure),
            Self::DuplicateCluster => ("duplicate-cluster", Gravity::Document),
            Self::WrongStatus => ("wrong-status", Gravity::Document),
            Self::WrongBound => ("wrong-bound", Gravity::Document),
            Self::WrongAsOf => ("wrong-as-of", Gravity::Document),
            Self::WrongSchema => ("wrong-schema", Gravity::Document),
        }
    }
}

impl fmt::Display for ViolationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Something that is against the fleet or against itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// Of which kind.
    pub code: ViolationCode,
    /// In words, with names and figures.
    pub message: String,
}

impl Violation {
    pub(crate) fn new(code: ViolationCode, message: String) -> Self {
        Self { code, message }
    }

    /// Whether it is a breach of the policy: of a rule, of the room there is, of a group, or a workload left out.
    #[must_use]
    pub fn is_breach(&self) -> bool {
        self.code.row().1 == Gravity::Breach
    }

    /// Whether it is a figure or a list that follows from the fleet, so that another version of the fleet explains it.
    #[must_use]
    pub fn is_figure(&self) -> bool {
        self.code.row().1 == Gravity::Figure
    }
}

/// At most this many violations are listed.
const MAX_VIOLATIONS: usize = 1_000;

/// The findings so far.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Violation>,
    /// So many of each kind are not listed.
    others: FxHashMap<ViolationCode, u64>,
}

impl Findings {
    pub fn add(&mut self, code: ViolationCode, message: String) {
        if self.list.len() < MAX_VIOLATIONS {
            self.list.push(Violation::new(code, message));
        } else {
            *self.others.entry(code).or_insert(0) += 1;
        }
    }

    pub fn extend(&mut self, found: Vec<Violation>) {
        found.into_iter().for_each(|it| self.add(it.code, it.message));
    }

    pub fn into_list(self) -> Vec<Violation> {
        self.list
    }

    /// The list, and how many of each kind are not in it.
    pub fn into_counted(self) -> (Vec<Violation>, FxHashMap<ViolationCode, u64>) {
        (self.list, self.others)
    }
}
