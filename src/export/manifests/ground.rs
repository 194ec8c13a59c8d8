//! Who stands where in a plan, by cluster and namespace.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::placement::Key;
use crate::plan::{Plan, PlannedCluster, platform_pods};

/// A plan and its fleet.
pub(super) struct Ground<'a> {
    pub fleet: &'a Fleet,
    pub plan: &'a Plan,
    /// By name.
    pub clusters: Vec<Cluster<'a>>,
}

/// A cluster of the plan.
pub(super) struct Cluster<'a> {
    pub planned: &'a PlannedCluster,
    /// By name.
    pub namespaces: BTreeMap<&'a str, Namespace>,
}

/// A namespace in a cluster.
pub(super) struct Namespace {
    /// Index of its tenant.
    pub tenant: usize,
    /// Some of it runs in every cluster, for everybody.
    pub platform: bool,
    /// Rank of the lowest trust level of its workloads here.
    pub trust: usize,
    /// By workload.
    pub rows: Vec<Row>,
}

/// A workload in a cluster.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub workload: usize,
    /// Its pods here.
    pub replicas: u64,
}

impl<'a> Ground<'a> {
    pub fn new(fleet: &'a Fleet, plan: &'a Plan) -> Result<Self> {
        let Some(planned) = &plan.clusters else {
            return Err(Error::Usage("the plan places nothing: there is nothing to carry out".to_owned()));
        };
        let mut clusters: Vec<Cluster> =
            planned.iter().map(|planned| Cluster { planned, namespaces: BTreeMap::new() }).collect();
        clusters.sort_by(|one, other| one.planned.name.cmp(&other.planned.name));
        let places: BTreeMap<&str, usize> =
            clusters.iter().enumerate().map(|(at, it)| (it.planned.name.as_str(), at)).collect();
        let known: BTreeMap<Key<'_>, usize> = (fleet.workloads().iter().enumerate())
            .map(|(index, it)| {
                ((fleet.tenants()[it.tenant].name.as_str(), it.namespace.as_str(), it.name.as_str()), index)
            })
            .collect();
        let strange = || Error::Internal("a plan that was checked names what the fleet has not".to_owned());
        for row in &plan.assignments {
            let key = (row.tenant.as_str(), row.namespace.as_str(), row.workload.as_str());
            let &workload = known.get(&key).ok_or_else(strange)?;
            let &at = places.get(row.cluster.as_str()).ok_or_else(strange)?;
            clusters[at].add(fleet, workload, row.replicas);
        }
        for cluster in &mut clusters {
            let pods = platform_pods(fleet, cluster.planned);
            for (workload, it) in fleet.workloads().iter().enumerate().filter(|(_, it)| it.per_cluster) {
                let pods = pods.get(&fleet.identity(workload)).copied();
                cluster.add(fleet, workload, pods.unwrap_or_else(|| it.replicas_of_copy()));
            }
            cluster.namespaces.values_mut().for_each(|it| it.rows.sort_by_key(|row| row.workload));
        }
        Ok(Self { fleet, plan, clusters })
    }

    /// The name of a tenant.
    pub fn tenant(&self, namespace: &Namespace) -> &'a str {
        &self.fleet.tenants()[namespace.tenant].name
    }

    /// Each namespace with the clusters that it is in, by name.
    pub fn by_namespace(&self) -> BTreeMap<&'a str, Vec<(&Cluster<'a>, &Namespace)>> {
        let mut all: BTreeMap<&str, Vec<(&Cluster, &Namespace)>> = BTreeMap::new();
        for cluster in &self.clusters {
            for (&name, namespace) in &cluster.namespaces {
                all.entry(name).or_default().push((cluster, namespace));
            }
        }
        all
    }
}

impl<'a> Cluster<'a> {
    pub fn name(&self) -> &'a str {
        &self.planned.name
    }

    fn add(&mut self, fleet: &'a Fleet, workload: usize, replicas: u64) {
        let it = &fleet.workloads()[workload];
        let fresh = || Namespace { tenant: it.tenant, platform: false, trust: it.trust, rows: Vec::new() };
        let namespace = self.namespaces.entry(&it.namespace).or_insert_with(fresh);
        namespace.platform |= it.per_cluster;
        namespace.trust = namespace.trust.min(it.trust);
        namespace.rows.push(Row { workload, replicas });
    }
}
