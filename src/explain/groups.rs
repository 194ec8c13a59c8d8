//! Units in groups that a person can read: of one tenant, and alike to the rules; the largest first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::encode::Encoding;
use crate::fleet::{Fleet, Paths};
use crate::report::{FactGroup, FactLoad, FactMember, FactWeight};
use crate::trust::TrustGraph;

/// Makes groups.
pub(super) struct Grouper<'a> {
    pub fleet: &'a Fleet,
    pub graph: &'a TrustGraph,
    pub encoding: &'a Encoding,
    pub paths: &'a Paths<'a>,
}

/// Units of a group: how many, and their workloads.
#[derive(Default)]
struct Gathered {
    units: u64,
    workloads: Vec<usize>,
}

/// Tenant, trust class, and what is said of each unit.
type Key = (usize, Option<usize>, u64);

impl Grouper<'_> {
    /// The units of item types.
    pub fn groups(&self, items: impl IntoIterator<Item = usize>) -> Vec<FactGroup> {
        let mut found: Vec<FactGroup> =
            self.gather(items.into_iter().map(|item| (item, 0))).into_iter().map(|row| self.group(row)).collect();
        found.sort_by_key(|group| Reverse(group.units)); // stable: then by tenant
        found
    }

    /// What the units of item types request, given what a copy of each does.
    pub fn loads(&self, items: impl IntoIterator<Item = (usize, u64)>) -> Vec<FactLoad> {
        let mut loads: BTreeMap<(usize, Option<usize>), (Gathered, u64)> = BTreeMap::new();
        for ((tenant, class, load), gathered) in self.gather(items) {
            let (all, sum) = loads.entry((tenant, class)).or_default();
            *sum = sum.saturating_add(load.saturating_mul(gathered.units));
            all.units += gathered.units;
            all.workloads.extend(gathered.workloads);
        }
        let row =
            |((tenant, class), (gathered, load))| FactLoad { group: self.group(((tenant, class, 0), gathered)), load };
        let mut found: Vec<FactLoad> = loads.into_iter().map(row).filter(|row| row.load > 0).collect();
        found.sort_by_key(|row| Reverse(row.load));
        found
    }

    /// What the units of item types weigh, given what a copy of each does; whoever weighs nothing is left out.
    pub fn weights(&self, items: impl IntoIterator<Item = (usize, u64)>) -> Vec<FactWeight> {
        let row = |(key, gathered): (Key, Gathered)| {
            let total = key.2.saturating_mul(gathered.units);
            FactWeight { group: self.group((key, gathered)), weight: key.2, total }
        };
        let gathered = self.gather(items.into_iter().filter(|&(_, weight)| weight > 0));
        let mut found: Vec<FactWeight> = gathered.into_iter().map(row).collect();
        found.sort_by_key(|row| Reverse(row.total));
        found
    }

    fn gather(&self, items: impl IntoIterator<Item = (usize, u64)>) -> BTreeMap<Key, Gathered> {
        let mut found: BTreeMap<Key, Gathered> = BTreeMap::new();
        for (item, said) in items {
            let shares = self.encoding.shares(item);
            for (at, unit) in self.encoding.units(item).iter().enumerate() {
                let Some(&first) = unit.first() else { continue };
                let key = (self.fleet.workloads()[first].tenant, self.graph.class_of(first), said);
                let gathered = found.entry(key).or_default();
                gathered.units += shares.get(at).copied().unwrap_or(1);
                gathered.workloads.extend(unit);
            }
        }
        found
    }

    fn group(&self, ((tenant, _, _), mut gathered): (Key, Gathered)) -> FactGroup {
        gathered.workloads.sort_unstable();
        gathered.workloads.dedup(); // copies of one count once
        let first = gathered.workloads.first().map(|&first| &self.fleet.workloads()[first]);
        let policy = self.fleet.policy();
        let class = |(index, class): (usize, &Option<usize>)| {
            let attribute = &policy.attributes[policy.separate[index].attribute];
            Some(format!("{}={}", attribute.name, attribute.classes[(*class)?]))
        };
        FactGroup {
            tenant: self.fleet.tenants()[tenant].name.to_string(),
            level: first.map_or_else(String::new, |it| policy.levels[it.trust].name.clone()),
            classes: first
                .map_or_else(Vec::new, |it| it.separation_classes.iter().enumerate().filter_map(class).collect()),
            units: gathered.units,
            workloads: gathered.workloads.iter().map(|&workload| self.fleet.identity(workload)).collect(),
            path: self.paths.tenant(tenant),
            line: None,
        }
    }

    /// A unit of which so many copies count.
    pub fn member(&self, unit: &[usize], copies: u64) -> FactMember {
        let first = &self.fleet.workloads()[unit[0]];
        FactMember {
            workloads: unit.iter().map(|&workload| self.fleet.identity(workload)).collect(),
            copies,
            tenant: self.fleet.tenants()[first.tenant].name.to_string(),
            level: self.fleet.policy().levels[first.trust].name.clone(),
            path: self.paths.workload(unit[0]),
            line: None,
        }
    }
}
