//! What a cluster counts once, and has a maximum of: namespaces and tenants.

use std::collections::{BTreeMap, BTreeSet};

use super::Fleet;
use super::workload::Workload;

/// Something that is counted once in a cluster, however many of its workloads are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    /// Namespaces, those of the platform among them.
    Namespaces,
    /// Tenants, workloads of the platform aside.
    Tenants,
}

impl Count {
    /// All of them, in the order of the problem's dimensions.
    pub(crate) const ALL: [Self; 2] = [Self::Namespaces, Self::Tenants];

    /// As `maximums` names it.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Namespaces => "namespaces",
            Self::Tenants => "tenants",
        }
    }
}

impl Fleet {
    /// For each namespace (by name; those of the platform aside, which are in every cluster), or each tenant, the units that
    /// make it count where they are, ascending. Linear.
    pub(crate) fn holders(&self, count: Count) -> Vec<Vec<usize>> {
        let everywhere: BTreeSet<&str> = self.platform().map(|it| it.namespace.as_str()).collect();
        let mut holders: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
        for (unit, members) in self.units().iter().enumerate() {
            for it in members.iter().map(|&workload| &self.workloads[workload]) {
                let key = match count {
                    Count::Namespaces if everywhere.contains(it.namespace.as_str()) => continue,
                    Count::Namespaces => (0, it.namespace.as_str()),
                    Count::Tenants => (it.tenant, ""),
                };
                let units = holders.entry(key).or_default();
                if units.last() != Some(&unit) {
                    units.push(unit);
                }
            }
        }
        holders.into_values().collect()
    }

    /// How many of what the units bring a cluster of a site may hold; `None`: any number.
    pub(crate) fn most_counted(&self, count: Count, site: usize) -> Option<u64> {
        let most = self.sites[site].shape.most;
        match count {
            Count::Namespaces => {
                let everywhere = self.platform().map(|it| it.namespace.as_str()).collect::<BTreeSet<_>>().len();
                most.namespaces.map(|most| most.saturating_sub(everywhere as u64))
            }
            Count::Tenants => most.tenants,
        }
    }

    /// Whether a maximum can be passed that no sum over units knows of: something that counts once in a cluster is in several
    /// units, or replicas of a split.
    pub(crate) fn counts_in_several(&self, count: Count) -> bool {
        let least = (0..self.sites.len()).filter_map(|site| self.most_counted(count, site)).min();
        let Some(least) = least else { return false };
        let holders = self.holders(count);
        let parted = |it: &Workload| it.is_split() && it.replicas > 1;
        let several = |units: &Vec<usize>| {
            let parted = |&unit: &usize| self.units()[unit].iter().any(|&it| parted(&self.workloads[it]));
            units.len() > 1 || units.iter().any(parted)
        };
        least < holders.len() as u64 && holders.iter().any(several)
    }
}
