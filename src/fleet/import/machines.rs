//! Node objects -> the node pools of a running cluster.
//!
//! Nodes of one pool by their label that offer the same are one pool of the fleet. Machines of one kind differ by some
//! kilobytes, so bytes are counted in whole MiB, rounded down.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::error::InputProblem;
use crate::fleet::problems::{nearest, shown};
use crate::quantity::{self, Rounding, Unit};

use super::manifests::{Labels, Meta};
use super::nodes::POOL_LABELS;
use super::options::{KubernetesOptions, Source};
use super::placed::title;
use super::report::{At, Report};
use super::requests::Amounts;

/// Labels that hold the region of a node.
const REGION_LABELS: [&str; 2] = ["topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"];
/// Taints that a cluster puts on nodes itself while something is wrong with them.
const PASSING: [&str; 2] = ["node.kubernetes.io/", "node.cloudprovider.kubernetes.io/"];
/// Bytes are counted in these.
const MEBIBYTE: u64 = 1 << 20;

/// A Node object.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    pub meta: Meta,
    pool: Option<String>,
    region: Option<String>,
    /// What is allocatable.
    offers: Amounts,
    /// Why nobody comes to it now.
    aside: Option<&'static str>,
    /// Whether a taint keeps pods off that do not tolerate it.
    tainted: bool,
}

/// Reads a Node object.
pub(super) fn machine(meta: Meta, at: &At<'_>, report: &mut Report) -> Machine {
    let (spec, status) = (at.get("spec"), at.get("status"));
    let allocatable = status.get("allocatable");
    if allocatable.node.is_none() {
        let problem = status.problem("no-allocatable", "a node that does not say what it offers");
        report.problem(problem.with_expected("`status.allocatable`, as in `kubectl get nodes -o json`"));
    }
    let mut offers = Amounts::new();
    for (resource, amount) in allocatable.entries(report) {
        let Some(text) = amount.text(report) else { continue };
        match quantity::parse(&text, Unit::of(resource), Rounding::Down) {
            Ok(amount) if is_bytes(resource) => {
                offers.insert(resource.to_owned(), amount / MEBIBYTE * MEBIBYTE);
            }
            Ok(amount) => {
                offers.insert(resource.to_owned(), amount);
            }
            Err(why) => {
                let problem = amount.problem("bad-quantity", why.to_string());
                report.problem(problem.with_expected("a Kubernetes quantity"));
            }
        }
    }
    let conditions = status.get("conditions");
    let ready = conditions.items(report).iter().any(|it| {
        let of = |key: &str, report: &mut Report| it.get(key).string(report);
        of("type", report).as_deref() == Some("Ready") && of("status", report).as_deref() == Some("True")
    });
    let aside = match (spec.get("unschedulable").is_true(), ready || conditions.node.is_none()) {
        (true, _) => Some("cordoned"),
        (false, false) => Some("not ready"),
        (false, true) => None,
    };
    let taints = spec.get("taints");
    let tainted = taints.items(report).iter().any(|it| {
        let key = it.get("key").string(report).unwrap_or_default();
        let effect = it.get("effect").string(report);
        matches!(effect.as_deref(), Some("NoSchedule" | "NoExecute")) && !PASSING.iter().any(|it| key.starts_with(it))
    });
    let first = |labels: &Labels, keys: &[&str]| {
        keys.iter().filter_map(|key| labels.get(*key)).find(|value| !value.is_empty()).cloned()
    };
    let (pool, region) = (first(&meta.labels, POOL_LABELS), first(&meta.labels, &REGION_LABELS));
    let meta = Meta { labels: Labels::new(), annotations: Labels::new(), ..meta };
    Machine { meta, pool, region, offers, aside, tainted }
}

fn is_bytes(resource: &str) -> bool {
    matches!(resource, "memory" | "ephemeral-storage")
}

/// A cluster that runs.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub name: String,
    region: Option<String>,
    labels: BTreeMap<&'static str, String>,
    pools: Vec<Pool>,
    /// What runs there and is not imported.
    pub occupied: Option<Occupied>,
}

/// What is taken in a cluster by what is not imported.
#[derive(Clone, Debug, Default)]
pub(super) struct Occupied {
    pub cpu: u64,
    pub memory: u64,
    pub pods: u64,
    pub namespaces: BTreeSet<String>,
}

impl Occupied {
    /// As it stands in the document.
    fn write(&self) -> Value {
        json!({
            "cpu": quantity::format("cpu", self.cpu), "memory": quantity::format("memory", self.memory), "pods": self.pods,
            "namespaces": self.namespaces.len()
        })
    }
}

/// Nodes of one label and one shape.
#[derive(Clone, Debug)]
struct Pool {
    name: String,
    offers: Amounts,
    max: u64,
    dedicated: bool,
}

impl Running {
    /// The region that it is in, where that decides something: then that of every cluster is known.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// Its pools, and whether each takes only what names it.
    pub fn pools(&self) -> impl Iterator<Item = (&str, bool)> {
        self.pools.iter().map(|pool| (pool.name.as_str(), pool.dedicated))
    }

    /// As it stands in the document, with the resources that somebody requests.
    pub fn write(&self, resources: &BTreeSet<&str>) -> Value {
        let pool = |pool: &Pool| {
            let offers = pool.offers.iter().filter(|(name, _)| resources.contains(name.as_str()));
            let offers: Map<String, Value> =
                offers.map(|(name, &amount)| (name.clone(), quantity::format(name, amount).into())).collect();
            let mut row = json!({"name": pool.name, "allocatable": offers, "max": pool.max});
            if pool.dedicated {
                row["dedicated"] = true.into();
            }
            row
        };
        let mut row = json!({"name": self.name, "nodePools": self.pools.iter().map(pool).collect::<Vec<Value>>()});
        if let Some(region) = &self.region {
            row["region"] = region.as_str().into();
        }
        if let Some(occupied) = &self.occupied {
            row["occupied"] = occupied.write();
        }
        if !self.labels.is_empty() {
            row["labels"] = json!(self.labels);
        }
        row
    }
}

/// The clusters that run, by name: those whose dumps hold nodes. None where no dump of a named cluster does.
pub(super) fn running(
    machines: &[Machine],
    sources: &[Source],
    options: &KubernetesOptions,
    report: &mut Report,
) -> Vec<Running> {
    let mut of_cluster: BTreeMap<&str, Vec<&Machine>> = BTreeMap::new();
    let mut nameless = 0u64;
    for machine in machines {
        match sources[machine.meta.source].cluster.as_deref() {
            Some(cluster) => of_cluster.entry(cluster).or_default().push(machine),
            None => nameless += 1,
        }
    }
    if nameless > 0 {
        let message = format!(
            "{nameless} Node objects of clusters without a name, not used: NAME=FILE makes what runs there an existing \
             cluster"
        );
        report.warn("nodes-not-used", message);
    }
    if of_cluster.is_empty() {
        return Vec::new();
    }
    for source in sources {
        let Some(cluster) = source.cluster.as_deref().filter(|it| !of_cluster.contains_key(it)) else { continue };
        let message =
            format!("no Node object says what the cluster `{}` offers, and others have theirs", shown(cluster));
        let ways = "its nodes in the dump (`kubectl get nodes,...`), or `--ignore-kind Node` for a plan from scratch";
        report.problem(InputProblem::new("no-nodes", &source.name, message).with_expected(ways));
    }
    let mut limits = Limits::new(options);
    let clusters: Vec<Running> = of_cluster
        .iter()
        .map(|(name, machines)| Running {
            name: (*name).to_owned(),
            region: region(name, machines, sources, options, report),
            labels: BTreeMap::new(),
            pools: pools(name, machines, sources, &mut limits, report),
            occupied: None,
        })
        .collect();
    limits.unused(&of_cluster, options, report);
    clusters
}

/// The regions of the fleet: where clusters run, and what templates name (each with a template that does). A fleet knows the
/// region of every cluster or of none. One region decides nothing unless a template speaks of
/// it: it becomes a label.
pub(super) fn regions(
    clusters: &mut [Running],
    named: &BTreeMap<String, String>,
    report: &mut Report,
) -> BTreeSet<String> {
    let mut known: BTreeSet<String> = clusters.iter().filter_map(Running::region).map(str::to_owned).collect();
    let of_cluster = clusters.iter().find_map(|it| Some((&it.name, it.region()?)));
    let of_template = || named.iter().next().map(|(region, template)| (template, region.as_str()));
    let Some((first, theirs)) = of_cluster.or_else(of_template) else { return known };
    for cluster in clusters.iter().filter(|it| it.region.is_none()) {
        let name = shown(&cluster.name);
        let message =
            format!("no node of cluster `{name}` names its region, and `{}` is in `{}`", shown(first), shown(theirs));
        let ways = format!("the label `{}` of its nodes, or `--region {name}=REGION`", REGION_LABELS[0]);
        report.problem(InputProblem::new("missing-region", "", message).with_expected(ways));
    }
    for (region, template) in named.iter().filter(|(region, _)| !known.contains(*region)) {
        let what = "a region where no cluster runs, named by a cluster template: it is one of the fleet's";
        report.note("region-of-template", what, format!("{} (template {})", quoted(region), quoted(template)));
    }
    known.extend(named.keys().cloned());
    if known.len() == 1 && named.is_empty() && clusters.iter().all(|it| it.region.is_some()) {
        for cluster in clusters {
            cluster.labels.extend(cluster.region.take().map(|region| ("region", region)));
        }
        known.clear();
    }
    known
}

/// The largest numbers of nodes that the options name, and which of them were used.
struct Limits<'o> {
    given: &'o [(String, u64)],
    used: BTreeSet<&'o str>,
    known: BTreeSet<String>,
}

impl<'o> Limits<'o> {
    fn new(options: &'o KubernetesOptions) -> Self {
        Self { given: &options.pool_max, used: BTreeSet::new(), known: BTreeSet::new() }
    }

    /// Of a pool of a cluster: `CLUSTER/POOL` before `POOL`.
    fn of(&mut self, cluster: &str, pool: &str) -> Option<u64> {
        let whole = format!("{cluster}/{pool}");
        let found = [whole.as_str(), pool].into_iter().find_map(|name| self.given.iter().find(|(it, _)| it == name));
        self.known.extend([whole.clone(), pool.to_owned()]);
        let (name, most) = found?;
        self.used.insert(name);
        Some(*most)
    }

    /// Reports names that no pool and no cluster has.
    fn unused(&self, clusters: &BTreeMap<&str, Vec<&Machine>>, options: &KubernetesOptions, report: &mut Report) {
        for (name, _) in self.given.iter().filter(|(name, _)| !self.used.contains(name.as_str())) {
            let problem = InputProblem::new("unknown-pool", "", "no node pool has this name").with_got(quoted(name));
            report.problem(problem.with_suggestion(nearest(name, self.known.iter().map(String::as_str))));
        }
        for (name, _) in options.regions.iter().filter(|(name, _)| !clusters.contains_key(name.as_str())) {
            let problem = InputProblem::new("unknown-cluster", "", "no dump of a cluster of this name has nodes");
            report.problem(problem.with_got(quoted(name)).with_suggestion(nearest(name, clusters.keys().copied())));
        }
    }
}

fn quoted(name: &str) -> String {
    format!("`{}`", shown(name))
}

/// The region that is given, or the one that all nodes name that name one.
fn region(
    cluster: &str,
    machines: &[&Machine],
    sources: &[Source],
    options: &KubernetesOptions,
    report: &mut Report,
) -> Option<String> {
    if let Some((_, region)) = options.regions.iter().find(|(name, _)| name == cluster) {
        return Some(region.clone());
    }
    let first = machines.iter().find(|it| it.region.is_some())?;
    if let Some(other) = machines.iter().find(|it| it.region.is_some() && it.region != first.region) {
        let message = format!("the nodes of cluster `{}` are in several regions", shown(cluster));
        let mut problem = InputProblem::new("contradicting-labels", title(&other.meta, sources), message);
        problem.position = other.meta.position;
        let ways = format!("one region, or `--region {cluster}=REGION`");
        report.problem(problem.with_got(format!("the other: {}", title(&first.meta, sources))).with_expected(ways));
    }
    first.region.clone()
}

fn pools(
    cluster: &str,
    machines: &[&Machine],
    sources: &[Source],
    limits: &mut Limits<'_>,
    report: &mut Report,
) -> Vec<Pool> {
    let mut shapes: BTreeMap<(&str, bool, &Amounts), u64> = BTreeMap::new();
    for machine in machines {
        if let Some(why) = machine.aside {
            let what = format!("{why}, so it is left out of its pool: nobody comes to it");
            report.note("node-set-aside", &what, title(&machine.meta, sources));
            continue;
        }
        let pool = machine.pool.as_deref().unwrap_or("nodes");
        *shapes.entry((pool, machine.tainted, &machine.offers)).or_default() += 1;
    }
    if shapes.is_empty() {
        let message = format!("every node of cluster `{}` is cordoned or not ready", shown(cluster));
        report.problem(InputProblem::new("no-nodes", "", message).with_expected("a node that takes pods"));
    }
    let alike = |name: &str| shapes.keys().filter(|(it, ..)| *it == name).count();
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut pools = Vec::with_capacity(shapes.len());
    for (&(label, dedicated, offers), &nodes) in &shapes {
        let number = numbers.entry(label).or_insert(0);
        *number += 1;
        let name = if alike(label) > 1 { format!("{label}-{number}") } else { label.to_owned() };
        let max = limits.of(cluster, &name).unwrap_or(nodes);
        if max < nodes {
            let message = format!("pool `{}` of cluster `{}` has {nodes} nodes", shown(&name), shown(cluster));
            let problem = InputProblem::new("bad-number", "", message).with_got(format!("--pool-max {name}={max}"));
            report.problem(problem.with_expected("at least as many as there are"));
        }
        pools.push(Pool { name, offers: offers.clone(), max, dedicated });
    }
    pools
}
