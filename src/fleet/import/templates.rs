//! The cluster templates: those that are given, one that holds everything, or in a draft one to be filled in; and what
//! their node pools mean for what runs on nodes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::error::InputProblem;

use super::super::todo::TODO;
use super::emit::Row;
use super::machines::Running;
use super::nodes::Nodes;
use super::options::{KubernetesOptions, Source};
use super::reading;
use super::report::Report;

/// Pods that one cluster is published to support ("Considerations for large clusters", Kubernetes documentation).
const PODS_PER_CLUSTER: u64 = 150_000;

/// The cluster templates, and the clusters that run, as far as they are known before the workloads are.
pub(super) struct Templates {
    templates: Shapes,
    /// The pools of the clusters that run, and whether each is dedicated.
    running: Vec<(String, bool)>,
}

/// The cluster templates.
enum Shapes {
    /// Those of the options; null after an error.
    Listed(Value),
    /// None are given: no limits.
    Unlimited,
    /// None are given, and somebody will fill them in.
    Open,
    /// None are given, and there are clusters that run.
    None,
}

impl Templates {
    /// What the options say.
    pub fn given(options: &KubernetesOptions, running: &[Running], draft: bool, report: &mut Report) -> Self {
        let templates = match &options.templates {
            Some(source) => Shapes::Listed(read(source).unwrap_or_else(|problem| {
                report.problem(*problem);
                Value::Null
            })),
            None if !running.is_empty() => Shapes::None,
            None if draft => Shapes::Open,
            None => Shapes::Unlimited,
        };
        let pools = running.iter().flat_map(Running::pools);
        Self { templates, running: pools.map(|(name, dedicated)| (name.to_owned(), dedicated)).collect() }
    }

    /// The regions that the templates name, each with the first template that does.
    pub fn regions(&self) -> BTreeMap<String, String> {
        let list = if let Shapes::Listed(list) = &self.templates { list.as_array() } else { None };
        let mut found = BTreeMap::new();
        for template in list.into_iter().flatten() {
            let name = template.get("name").and_then(Value::as_str).unwrap_or_default();
            let words = match template.get("regions") {
                Some(Value::Array(words)) => words.iter().collect(),
                word => Vec::from_iter(word),
            };
            // what is no name is refused where the document is read
            for region in words.into_iter().filter_map(Value::as_str).filter(|&region| region != "all") {
                found.entry(region.to_owned()).or_insert_with(|| name.to_owned());
            }
        }
        found
    }

    /// Every node pool by name, and whether it is dedicated.
    fn pools(&self) -> impl Iterator<Item = (&str, bool)> {
        let list = if let Shapes::Listed(list) = &self.templates { list.as_array() } else { None };
        let pools = list.into_iter().flatten().filter_map(|template| template.get("nodePools")?.as_array()).flatten();
        let pools = pools.filter_map(|pool| {
            let dedicated = pool.get("dedicated").and_then(Value::as_bool).unwrap_or(false);
            Some((pool.get("name")?.as_str()?, dedicated))
        });
        pools.chain(self.running.iter().map(|(name, dedicated)| (name.as_str(), *dedicated)))
    }

    /// A pool that is dedicated wherever it is: the fleet knows no other way to a single one.
    fn is_dedicated(&self, name: &str) -> bool {
        let mut found = self.pools().filter(|(pool, _)| *pool == name).peekable();
        found.peek().is_some() && found.all(|(_, dedicated)| dedicated)
    }

    /// The names of the templates that do not say which nodes they have.
    fn without_nodes(&self) -> Vec<&str> {
        match &self.templates {
            Shapes::Listed(list) => {
                let list = list.as_array().into_iter().flatten();
                let without = list.filter(|template| template.get("nodePools").is_none());
                without.map(|template| template.get("name").and_then(Value::as_str).unwrap_or_default()).collect()
            }
            Shapes::Unlimited => vec!["default"],
            Shapes::Open | Shapes::None => Vec::new(),
        }
    }

    /// Says on which nodes the workload runs, and whether on every one.
    pub fn place(&self, row: &mut Row, nodes: &Nodes, report: &mut Report) {
        let pool = nodes.pool.as_ref().filter(|pool| self.is_dedicated(pool));
        if !row.per_cluster {
            row.pool = pool.cloned();
            return;
        }
        if !row.daemon {
            return;
        }
        if row.counted && row.replicas.1 == 0 && (nodes.pool.is_some() || !nodes.asks.is_empty()) {
            let what = "a DaemonSet whose node selection matches no node now, planned on none (`perNode: true` in place \
                        of `perCluster` and `replicas` plans it on every node)";
            report.note("daemon-set-nowhere", what, row.title.clone());
            return;
        }
        let without = self.without_nodes();
        if !without.is_empty() {
            let names = without.join("`, `");
            let what = format!(
                "a DaemonSet runs one pod a node, and the nodes of template `{names}` are not known (`nodePools`): \
                 planned in every cluster with so many pods"
            );
            let now = if row.counted { "as it has now" } else { "which is a guess" };
            report.note("daemon-set-per-cluster", &what, format!("{} ({}, {now})", row.title, row.replicas.1));
            return;
        }
        (row.per_node, row.pool) = (true, pool.cloned());
        if let Some(what) = self.doubt(pool, nodes) {
            report.note("daemon-set-on-every-node", &what, row.title.clone());
        }
    }

    /// What the templates do not tell of where a DaemonSet runs, so that it counts on more nodes than it may run on.
    fn doubt(&self, pool: Option<&String>, nodes: &Nodes) -> Option<String> {
        let named = nodes.pool.as_ref().filter(|_| pool.is_none());
        let named = named.map(|name| format!("the pool `{name}`, which no template has as a dedicated one"));
        let asks: Vec<&str> = nodes.asks.iter().map(String::as_str).chain(named.as_deref()).collect();
        let on = pool.map_or_else(|| "every node".to_owned(), |pool| format!("every node of `{pool}`"));
        if !asks.is_empty() {
            return Some(format!(
                "a DaemonSet selects its nodes by {}, which the templates' pools do not say: planned on {on}",
                asks.join(", ")
            ));
        }
        let kept_off = pool.is_none() && !nodes.tolerates_all && self.pools().any(|(_, dedicated)| dedicated);
        kept_off.then(|| {
            "a DaemonSet that may not tolerate the taints of dedicated pools, which the templates do not say: planned on \
             their nodes as well"
                .to_owned()
        })
    }

    /// The templates as they stand in the document; `None`: there are none.
    pub fn write(self, rows: &[Row], report: &mut Report) -> Option<Value> {
        let others: BTreeSet<&str> =
            rows.iter().flat_map(|row| row.requests.amounts.keys()).map(String::as_str).collect();
        let resources =
            ["cpu", "memory"].into_iter().chain(others.into_iter().filter(|it| !["cpu", "memory"].contains(it)));
        let all = |amount: &str| resources.map(|name| (name.to_owned(), amount.into())).collect::<Map<String, Value>>();
        Some(match self.templates {
            Shapes::None => return None,
            Shapes::Listed(list) => list,
            Shapes::Unlimited => {
                let message = format!(
                    "no cluster templates given: one template `default` without limits but for {PODS_PER_CLUSTER} pods a \
                     cluster"
                );
                report.warn("default-template", message);
                let mut allocatable = all("unlimited");
                allocatable.insert("pods".to_owned(), PODS_PER_CLUSTER.into());
                json!([{"name": "default", "allocatable": allocatable}])
            }
            Shapes::Open => {
                report.note(
                    "todo",
                    "no cluster templates given: TODO",
                    "what a node offers, and how many there may be",
                );
                json!([{"name": "default", "nodePools": [{"name": "default", "allocatable": all(TODO), "max": TODO}]}])
            }
        })
    }
}

fn read(source: &Source) -> Result<Value, Box<InputProblem>> {
    let expected = "a list of cluster templates, or a mapping with the one key `clusterTemplates`";
    let documents = reading::documents(source)?;
    let wrong =
        || Box::new(InputProblem::new("wrong-type", &source.name, "no cluster templates").with_expected(expected));
    let [document] = documents.as_slice() else { return Err(wrong()) };
    match document.to_json() {
        list @ Value::Array(_) => Ok(list),
        Value::Object(mut map) if map.len() == 1 => map.remove("clusterTemplates").ok_or_else(wrong),
        _ => Err(wrong()),
    }
}
