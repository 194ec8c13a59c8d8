//! Who may be in a cluster, as far as the cluster says.

use super::policy::Selector;
use super::workload::Workload;
use crate::compact::Text;

/// What a cluster asks of those who come, and what it has for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Door {
    /// Only workloads that match may be there, those of the platform aside; `None`: everybody.
    pub admits: Option<Selector>,
    /// What it provides, ascending.
    pub provides: Vec<Text>,
}

/// What keeps a workload from a site, whatever room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Closed {
    /// It may not be in the region.
    Region,
    /// The cluster does not admit it.
    Admits,
    /// The cluster does not provide what it needs.
    Needs,
}

impl Closed {
    /// The reason id; no waiver takes it away.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Admits => "admits",
            Self::Needs => "needs",
        }
    }
}

impl Door {
    /// Why the workload of this index may not come in.
    #[must_use]
    pub fn closed(&self, index: usize, workload: &Workload) -> Option<Closed> {
        if self.admits.as_ref().is_some_and(|selector| !selector.matches(index, workload)) {
            return Some(Closed::Admits);
        }
        (!workload.needs.iter().all(|need| self.provides.binary_search(need).is_ok())).then_some(Closed::Needs)
    }
}
