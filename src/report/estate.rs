//! Who is where, and with how many pods: in a plan document, or as the fleet runs.

use std::collections::BTreeMap;

use crate::fleet::{Fleet, Shape};
use crate::placement::{self, key};
use crate::plan::{Plan, platform_pods};

/// A workload that is somewhere, or one of the platform.
pub(super) struct Member<'p> {
    pub identity: String,
    pub tenant: &'p str,
    /// `None`: it is not known.
    pub namespace: Option<&'p str>,
    pub name: &'p str,
    pub platform: bool,
    /// Its clusters, with its pods in each; none where it runs nowhere yet.
    pub homes: BTreeMap<usize, Option<u64>>,
    /// What its tenant and its namespace are marked by.
    pub marks: (usize, Option<usize>),
}

/// A cluster.
pub(super) struct Town<'p> {
    pub name: &'p str,
    pub region: Option<&'p str>,
}

/// Which members, tenants and namespaces were met in this turn.
#[derive(Default)]
pub(super) struct Marks {
    pub turn: u32,
    met: Vec<u32>,
}

impl Marks {
    /// Whether it is met for the first time in this turn.
    pub fn first(&mut self, it: usize) -> bool {
        std::mem::replace(&mut self.met[it], self.turn) != self.turn
    }
}

/// What stands in some clusters together.
pub(super) struct Total {
    pub tenants: u64,
    pub workloads: u64,
    pub platform: u64,
    pub pods: Option<u64>,
    pub namespaces: Option<u64>,
}

pub(super) struct Estate<'p> {
    pub towns: Vec<Town<'p>>,
    /// By tenant, namespace and name, the platform last.
    pub members: Vec<Member<'p>>,
    /// The members of each cluster.
    pub inside: Vec<Vec<usize>>,
    /// The pods of each cluster; `None` where they are not known.
    pub pods: Vec<Option<u64>>,
    pub marks: Marks,
    /// Of sets of clusters that were asked about.
    pub totals: BTreeMap<Vec<usize>, Total>,
    /// What it is called where somebody is not in it.
    pub called: &'static str,
}

type Homes = BTreeMap<usize, Option<u64>>;

impl<'p> Estate<'p> {
    /// Whoever a plan places. Without the fleet the pods and namespaces of the platform are not known.
    pub fn planned(plan: &'p Plan, fleet: Option<&'p Fleet>) -> Self {
        let clusters = plan.clusters.as_deref().unwrap_or_default();
        let places: BTreeMap<&str, usize> =
            clusters.iter().enumerate().map(|(at, it)| (it.name.as_str(), at)).collect();
        let mut rows: BTreeMap<(&str, &str, &str), Homes> = BTreeMap::new();
        for row in &plan.assignments {
            let Some(&at) = places.get(row.cluster.as_str()) else { continue };
            let homes = rows.entry((row.tenant.as_str(), row.namespace.as_str(), row.workload.as_str())).or_default();
            come(homes, at, row.replicas);
        }
        // those of the platform are in their clusters' lists by identity
        let mut platform: BTreeMap<&str, Homes> = BTreeMap::new();
        for (at, cluster) in clusters.iter().enumerate() {
            let pods = fleet.map(|fleet| platform_pods(fleet, cluster)).unwrap_or_default();
            for identity in &cluster.platform {
                let known = pods.get(identity).copied();
                platform.entry(identity).or_default().insert(at, known);
            }
        }
        let mut alike: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        rows.keys().for_each(|&(tenant, _, name)| *alike.entry((tenant, name)).or_default() += 1);
        let parts = platform.keys().map(|identity| taken_apart(identity));
        parts.for_each(|(tenant, _, name)| *alike.entry((tenant, name)).or_default() += 1);
        let mut members: Vec<Member<'p>> = Vec::with_capacity(rows.len() + platform.len());
        for ((tenant, namespace, name), homes) in rows {
            let alone = alike.get(&(tenant, name)) == Some(&1);
            let identity = if alone { format!("{tenant}/{name}") } else { format!("{tenant}/{namespace}/{name}") };
            members.push(Member::new(identity, (tenant, Some(namespace), name), false, homes));
        }
        for (identity, homes) in platform {
            let (tenant, written, name) = taken_apart(identity);
            let known = fleet.and_then(|fleet| Some(&*fleet.workloads()[fleet.find(identity).ok()?].namespace));
            members.push(Member::new(identity.to_owned(), (tenant, known.or(written), name), true, homes));
        }
        let towns = clusters.iter().map(|it| Town { name: &it.name, region: it.region.as_deref() });
        Self::of(towns.collect(), members, "the plan")
    }

    /// Every workload of a fleet where it runs today, the platform in every cluster that there is.
    pub fn today(fleet: &'p Fleet) -> Self {
        let placement = placement::today(fleet);
        let mut homes: Vec<Homes> = vec![Homes::new(); fleet.workloads().len()];
        for share in &placement.shares {
            come(&mut homes[share.workload], share.cluster, share.replicas);
        }
        for (at, cluster) in placement.clusters.iter().enumerate() {
            for &workload in &fleet.platform {
                let it = &fleet.workloads()[workload];
                let shape = fleet.shape(cluster.site);
                let pods = if it.per_node { most_nodes(shape, it.pool) } else { it.replicas_of_copy() };
                come(&mut homes[workload], at, pods);
            }
        }
        let mut order: Vec<usize> = (0..homes.len()).collect();
        order.sort_by_key(|&it| (fleet.workloads()[it].per_cluster, key(fleet, it)));
        let members = order.into_iter().map(|workload| {
            let (tenant, namespace, name) = key(fleet, workload);
            let (homes, platform) = (std::mem::take(&mut homes[workload]), fleet.workloads()[workload].per_cluster);
            Member::new(fleet.identity(workload), (tenant, Some(namespace), name), platform, homes)
        });
        let members = members.collect();
        let region = |it: usize| fleet.regions()[it].name.as_str();
        let towns = fleet.existing().iter().zip(&placement.clusters);
        let towns = towns.map(|(it, cluster)| Town { name: &it.name, region: cluster.region.map(region) });
        Self::of(towns.collect(), members, "the fleet")
    }

    fn of(towns: Vec<Town<'p>>, mut members: Vec<Member<'p>>, called: &'static str) -> Self {
        let mut inside = vec![Vec::new(); towns.len()];
        let mut pods = vec![Some(0u64); towns.len()];
        // the members are marked by their own numbers, their tenants and namespaces by those behind
        let mut marks: BTreeMap<(bool, &str), usize> = BTreeMap::new();
        let mut count = members.len();
        let mut mark = |key: (bool, &'p str)| {
            *marks.entry(key).or_insert_with(|| {
                count += 1;
                count - 1
            })
        };
        for (index, member) in members.iter_mut().enumerate() {
            member.marks = (mark((false, member.tenant)), member.namespace.map(|namespace| mark((true, namespace))));
            for (&at, &here) in &member.homes {
                inside[at].push(index);
                pods[at] = pods[at].and_then(|sum| Some(sum.saturating_add(here?)));
            }
        }
        let marks = Marks { turn: 0, met: vec![0; count] };
        Self { towns, members, inside, pods, marks, totals: BTreeMap::new(), called }
    }
}

impl<'p> Member<'p> {
    fn new(
        identity: String,
        (tenant, namespace, name): (&'p str, Option<&'p str>, &'p str),
        platform: bool,
        homes: Homes,
    ) -> Self {
        Self { identity, tenant, namespace, name, platform, homes, marks: (0, None) }
    }

    /// Its pods in these clusters; `None` where they are not known.
    pub fn pods(&self, clusters: &[usize]) -> Option<u64> {
        let here = clusters.iter().filter_map(|at| self.homes.get(at));
        here.copied().try_fold(0u64, |sum, pods| Some(sum.saturating_add(pods?)))
    }
}

/// Adds pods to those of a cluster.
fn come(homes: &mut Homes, at: usize, pods: u64) {
    let here = homes.entry(at).or_insert(Some(0));
    *here = here.map(|sum| sum.saturating_add(pods));
}

/// As many nodes as a dedicated pool, or all of them, may have.
fn most_nodes(shape: &Shape, pool: Option<usize>) -> u64 {
    let ours = shape.pools.iter().filter(|it| pool.is_none_or(|pool| it.named == Some(pool)));
    ours.fold(0u64, |sum, it| sum.saturating_add(it.max))
}

/// Tenant, namespace if it is written, and name.
fn taken_apart(identity: &str) -> (&str, Option<&str>, &str) {
    let (tenant, rest) = identity.split_once('/').unwrap_or(("", identity));
    match rest.split_once('/') {
        Some((namespace, name)) => (tenant, Some(namespace), name),
        None => (tenant, None, rest),
    }
}
