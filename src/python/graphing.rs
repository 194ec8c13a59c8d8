//! The conflict graph as columns: by trust class, as the engine keeps it, by tenant or by workload.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pyo3::prelude::*;
use rustc_hash::FxHashMap;

use super::fleet::Fleet;
use super::run::apart;
use crate::error::{Error, Result};
use crate::fleet::{self, RuleId, Sharing};
use crate::pipeline;
use crate::trust::{Direction, RuleTable, Scope, TrustGraph};

/// Pairs of a tenant's and another's shares of two classes that are gone through, at most: some ten seconds.
const MOST_STEPS: u64 = 1 << 28;

/// A node: its name (of a class none), its workloads, their tenants, trust levels, what levels they accept and how they
/// share, their classes under the separations and under what is apart, their islands and trust classes.
type Node = (
    Option<String>,
    Vec<String>,
    Vec<String>,
    Vec<String>,
    Vec<String>,
    Vec<String>,
    Vec<String>,
    Vec<String>,
    Vec<usize>,
    Vec<usize>,
);
/// What keeps the ends of an edge apart: each standing rule with whether it is one of trust and which end refuses, and
/// each waived rule with its waivers.
type Why = (Vec<(String, bool, &'static str)>, Vec<(String, Vec<String>)>);
/// Nodes; first ends, second ends, pairs and the number of the reasons of each edge; those reasons; the day; workloads that run
/// in every cluster.
type Columns = (Vec<Node>, Vec<u32>, Vec<u32>, Vec<u64>, Vec<u32>, Vec<Why>, String, Vec<String>);

/// Who may not share a cluster with whom: nodes and edges by `class`, `tenant` or `workload`. More than `most` edges are
/// refused before they are made.
#[pyfunction]
#[pyo3(signature = (fleet, by, most, as_of))]
pub(super) fn trust_graph(
    py: Python<'_>,
    fleet: &Fleet,
    by: String,
    most: u64,
    as_of: Option<String>,
) -> PyResult<Columns> {
    let fleet = Arc::clone(&fleet.inner);
    apart(py, move || {
        let as_of = pipeline::as_of(&fleet, as_of.as_deref().map(str::parse).transpose()?);
        let graph = TrustGraph::new(&fleet, as_of, Scope::All)?;
        let mut told =
            Told { fleet: &fleet, graph: &graph, by, most, islands: graph.islands(), reasons: Reasons::default() };
        let (nodes, edges) = match told.by.as_str() {
            "class" => told.classes()?,
            "tenant" => told.tenants()?,
            "workload" => told.workloads()?,
            other => {
                let message = format!("`by` is `class`, `tenant` or `workload`, not `{}`", other.escape_debug());
                return Err(Error::Usage(message));
            }
        };
        let exempt = (0..fleet.workloads().len()).filter(|&it| graph.class_of(it).is_none());
        let exempt = exempt.map(|it| fleet.identity(it)).collect();
        let reasons = told.reasons.list.iter().map(|set| in_words(&fleet, set)).collect();
        let (mut first, mut second, mut pairs, mut why) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for ((a, b), (count, set)) in edges {
            first.push(a);
            second.push(b);
            pairs.push(count);
            why.push(set);
        }
        Ok((nodes, first, second, pairs, why, reasons, as_of.to_string(), exempt))
    })
}

/// A rule, which end refuses, and the waivers that take it away.
type Reason = (RuleId, Direction, Vec<usize>);

/// Different sets of reasons, by number.
#[derive(Default)]
struct Reasons {
    list: Vec<Vec<Reason>>,
    numbers: FxHashMap<Vec<Reason>, u32>,
}

impl Reasons {
    fn number(&mut self, set: Vec<Reason>) -> u32 {
        let next = self.list.len();
        *self.numbers.entry(set).or_insert_with_key(|set| {
            self.list.push(set.clone());
            narrow(next)
        })
    }

    /// All reasons of several sets: who refuses in one and is refused in another does both.
    fn united(&mut self, sets: &[u32]) -> u32 {
        if let [only] = sets {
            return *only;
        }
        let mut all: BTreeMap<(RuleId, Vec<usize>), Direction> = BTreeMap::new();
        for (rule, direction, waivers) in sets.iter().flat_map(|&set| &self.list[set as usize]) {
            all.entry((*rule, waivers.clone()))
                .and_modify(|known| {
                    if *known != *direction {
                        *known = Direction::Mutual;
                    }
                })
                .or_insert(*direction);
        }
        self.number(all.into_iter().map(|((rule, waivers), direction)| (rule, direction, waivers)).collect())
    }
}

/// Edges by their ends: how many pairs of workloads are separated, and the number of the reasons.
type Edges = BTreeMap<(u32, u32), (u64, u32)>;

struct Told<'a> {
    fleet: &'a fleet::Fleet,
    graph: &'a TrustGraph,
    by: String,
    most: u64,
    islands: Vec<Option<usize>>,
    reasons: Reasons,
}

impl Told<'_> {
    fn classes(&mut self) -> Result<(Vec<Node>, Edges)> {
        let graph = self.graph;
        self.few_enough(pairs_apart(graph).count() as u64)?;
        let nodes = (0..graph.class_count()).map(|class| self.node(None, graph.members(class))).collect();
        let mut edges = Edges::new();
        for (a, b) in pairs_apart(graph) {
            let (few, many) = (graph.members(a).len() as u64, graph.members(b).len() as u64);
            let pairs = if a == b { few * (few - 1) / 2 } else { few * many };
            let why = self.why(a, b);
            edges.insert((narrow(a), narrow(b)), (pairs, why));
        }
        Ok((nodes, edges))
    }

    fn tenants(&mut self) -> Result<(Vec<Node>, Edges)> {
        let (fleet, graph) = (self.fleet, self.graph);
        let of_tenant = |workload: usize| fleet.workloads()[workload].tenant;
        let shares: Vec<Vec<(u32, u64)>> = (0..graph.class_count())
            .map(|class| {
                let mut shares: BTreeMap<u32, u64> = BTreeMap::new();
                graph.members(class).iter().for_each(|&it| *shares.entry(narrow(of_tenant(it))).or_default() += 1);
                shares.into_iter().collect()
            })
            .collect();
        let steps = |(a, b): (usize, usize)| shares[a].len() as u64 * shares[b].len() as u64;
        // two classes are apart: so are all their tenants, each pair met twice at most
        self.few_enough(pairs_apart(graph).map(|pair| steps(pair) / 2).max().unwrap_or(0))?;
        let all: u64 = pairs_apart(graph).map(steps).sum();
        if all > MOST_STEPS {
            let message = format!(
                "{all} pairs of tenants and classes would be gone through for a graph by tenant, more than {MOST_STEPS}: \
                 ask for it by class"
            );
            return Err(Error::Usage(message));
        }
        let mut found: BTreeMap<(u32, u32), (u64, Vec<u32>)> = BTreeMap::new();
        for (a, b) in pairs_apart(graph) {
            let why = [self.why(a, b), self.why(b, a)];
            for (at, &(t, few)) in shares[a].iter().enumerate() {
                let others = if a == b { &shares[b][at..] } else { &shares[b][..] };
                for &(s, many) in others {
                    let pairs = if a == b && t == s { few * (few - 1) / 2 } else { few * many };
                    if pairs == 0 {
                        continue;
                    }
                    let edge = found.entry((t.min(s), t.max(s))).or_default();
                    edge.0 += pairs;
                    let sides = if t == s { &why[..] } else { &why[usize::from(t > s)..][..1] };
                    for set in sides.iter().filter(|set| !edge.1.contains(set)).copied().collect::<Vec<_>>() {
                        edge.1.push(set);
                    }
                }
            }
            self.few_enough(found.len() as u64)?;
        }
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); fleet.tenants().len()];
        for workload in (0..fleet.workloads().len()).filter(|&it| graph.class_of(it).is_some()) {
            members[of_tenant(workload)].push(workload);
        }
        let named = fleet.tenants().iter().zip(&members);
        let nodes = named.map(|(tenant, members)| self.node(Some(tenant.name.to_string()), members)).collect();
        let reasons = &mut self.reasons;
        let edges = found.into_iter().map(|(ends, (pairs, sets))| (ends, (pairs, reasons.united(&sets)))).collect();
        Ok((nodes, edges))
    }

    fn workloads(&mut self) -> Result<(Vec<Node>, Edges)> {
        let (fleet, graph) = (self.fleet, self.graph);
        self.few_enough(graph.separated_pairs())?;
        let placed: Vec<usize> = (0..fleet.workloads().len()).filter(|&it| graph.class_of(it).is_some()).collect();
        let mut number = vec![0; fleet.workloads().len()];
        placed.iter().enumerate().for_each(|(at, &workload)| number[workload] = narrow(at));
        let nodes = placed.iter().map(|&it| self.node(Some(fleet.identity(it)), &[it])).collect();
        let mut edges = Edges::new();
        for (a, b) in pairs_apart(graph) {
            let why = [self.why(a, b), self.why(b, a)];
            for (at, &u) in graph.members(a).iter().enumerate() {
                let others = if a == b { &graph.members(b)[at + 1..] } else { graph.members(b) };
                for &v in others {
                    edges.insert((number[u.min(v)], number[u.max(v)]), (1, why[usize::from(u > v)]));
                }
            }
        }
        Ok((nodes, edges))
    }

    /// The number of the reasons between workloads of two classes, as seen from the first.
    fn why(&mut self, a: usize, b: usize) -> u32 {
        let (first, second) = (self.graph.members(a), self.graph.members(b));
        // what the rules can tell is the same for all of a class
        let second = if a == b { second[1] } else { second[0] };
        let reasons = self.graph.reasons(self.fleet, first[0], second).into_iter();
        self.reasons.number(reasons.map(|it| (it.rule, it.direction, it.waived_by)).collect())
    }

    fn few_enough(&self, edges: u64) -> Result<()> {
        if edges <= self.most {
            return Ok(());
        }
        let instead = match self.by.as_str() {
            "class" => "",
            _ => ", or ask for it by class",
        };
        Err(Error::Usage(format!(
            "the graph by {} has at least {edges} edges, more than {}: raise `max_edges`{instead}",
            self.by, self.most
        )))
    }

    fn node(&self, name: Option<String>, members: &[usize]) -> Node {
        let (fleet, policy) = (self.fleet, self.fleet.policy());
        let workloads = || members.iter().map(|&it| &fleet.workloads()[it]);
        let level = |rank: usize| policy.levels[rank].name.clone();
        let value = |attribute: usize, class: usize| {
            let attribute = &policy.attributes[attribute];
            format!("{}={}", attribute.name, attribute.classes[class])
        };
        let separations = workloads().flat_map(|it| {
            let class = |(index, class): (usize, &Option<usize>)| Some((policy.separate[index].attribute, (*class)?));
            it.separation_classes.iter().enumerate().filter_map(class)
        });
        let apart = workloads().flat_map(|it| {
            policy.apart.iter().filter_map(|rule| Some((rule.attribute, it.attributes[rule.attribute]?)))
        });
        let values = |found: BTreeSet<(usize, usize)>| found.into_iter().map(|(at, class)| value(at, class)).collect();
        let levels = |ranks: BTreeSet<usize>| ranks.into_iter().map(level).collect();
        let tenants: BTreeSet<usize> = workloads().map(|it| it.tenant).collect();
        let sharing: BTreeSet<Sharing> = workloads().map(|it| it.sharing).collect();
        let islands: BTreeSet<usize> = members.iter().filter_map(|&it| self.islands[it]).collect();
        let classes: BTreeSet<usize> = members.iter().filter_map(|&it| self.graph.class_of(it)).collect();
        (
            name,
            members.iter().map(|&it| fleet.identity(it)).collect(),
            tenants.into_iter().map(|tenant| fleet.tenants()[tenant].name.to_string()).collect(),
            levels(workloads().map(|it| it.trust).collect()),
            levels(workloads().map(|it| it.accepts).collect()),
            sharing.into_iter().map(|it| it.word().to_owned()).collect(),
            values(separations.collect()),
            values(apart.collect()),
            islands.into_iter().collect(),
            classes.into_iter().collect(),
        )
    }
}

/// Pairs of classes of which some workloads are separated, the first not after the second.
fn pairs_apart(graph: &TrustGraph) -> impl Iterator<Item = (usize, usize)> + '_ {
    let pair = |a: usize, b: usize| a < b || (a == b && graph.members(a).len() > 1);
    (0..graph.class_count()).flat_map(move |a| graph.row(a).ones().filter(move |&b| pair(a, b)).map(move |b| (a, b)))
}

fn in_words(fleet: &fleet::Fleet, set: &[Reason]) -> Why {
    let policy = fleet.policy();
    let side = |direction| match direction {
        Direction::Mutual => "both",
        Direction::Forward => "first",
        Direction::Backward => "second",
    };
    let (standing, waived): (Vec<&Reason>, Vec<&Reason>) = set.iter().partition(|it| it.2.is_empty());
    let names = |waivers: &[usize]| waivers.iter().map(|&waiver| policy.waivers[waiver].id.clone()).collect();
    (
        standing.into_iter().map(|it| (RuleTable::name(policy, it.0), RuleTable::is_trust(it.0), side(it.1))).collect(),
        waived.into_iter().map(|it| (RuleTable::name(policy, it.0), names(&it.2))).collect(),
    )
}

fn narrow(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX) // fleets and edges are limited far below that
}
