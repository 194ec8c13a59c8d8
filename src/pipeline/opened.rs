//! Which sets of rules keep pairs of workloads apart: pulling levers opens a pair where it pulls every rule that separates
//! it. Most rules separate little that no other does, so most sets of levers open the same pairs as a smaller set, and what
//! is needed with the smaller one pulled is what is needed with all of them.

use fixedbitset::FixedBitSet;
use rustc_hash::FxHashMap;

use super::known::Pulled;
use crate::trust::TrustGraph;

/// So many kinds of workloads are told apart at most, and so many sets of rules; where there are more nothing is known.
const MOST: (usize, usize) = (4_000, 20_000);

/// The sets of rules each of which is all that separates some pair of workloads.
pub(super) struct Opened {
    /// The levers that do no more than separate pairs.
    plain: Pulled,
    /// The sets, by the places of levers, and how many pairs each of them separates that nothing else does.
    sets: Vec<(FixedBitSet, u64)>,
}

impl Opened {
    /// Of all rules that separate workloads, by the places of their levers, and those of them that do no more: `alone` are the graphs of
    /// the fleet in which each rule is in force with none of the others, in their order, and `none` is that without any. A pair must be
    /// separated where any of these separates it, and nowhere else. `None` where there are too many kinds of workloads or sets.
    /// Complexity: kinds of workloads squared, times the rules that separate a pair.
    pub fn new(
        rules: &Pulled,
        plain: Pulled,
        (none, alone): (&TrustGraph, &[TrustGraph]),
        workloads: usize,
    ) -> Option<Self> {
        let graphs: Vec<&TrustGraph> = std::iter::once(none).chain(alone).collect();
        let mut kinds = Kinds::of(&graphs, workloads)?;
        let mut sets = Sets::default();
        let mut pairs: Vec<u64> = Vec::new();
        let mut by = vec![NOBODY; kinds.sizes.len()]; // who separates each kind from the present one
        for one in 0..kinds.sizes.len() {
            by[one..].fill(NOBODY);
            for rule in 0..alone.len() {
                for other in kinds.separated(1 + rule, one).ones().skip_while(|&other| other < one) {
                    by[other] = sets.with(by[other], rule);
                }
            }
            pairs.resize(sets.parents.len() + 1, 0);
            if pairs.len() > MOST.1 {
                return None;
            }
            let anyhow = kinds.separated(0, one).clone();
            for (other, &set) in by.iter().enumerate().skip(one).filter(|(other, _)| !anyhow.contains(*other)) {
                let (first, second) = (kinds.sizes[one], kinds.sizes[other]);
                pairs[set] += if one == other { first * (first - 1) / 2 } else { first * second };
                sets.seen.grow_and_insert(set);
            }
        }
        let places: Vec<usize> = rules.iter().copied().collect();
        let of = |set: usize| (sets.members(set).map(|rule| places[rule]).collect(), pairs[set]);
        let sets = sets.seen.ones().filter(|&set| set != NOBODY).map(of).collect();
        Some(Self { plain, sets })
    }

    /// The smallest set of levers that opens the same pairs and pulls the same levers of other kinds. One set opens all that another does
    /// where its smallest set holds the other's.
    pub fn smallest(&self, pulled: &Pulled) -> Pulled {
        let all: FixedBitSet = pulled.iter().copied().collect();
        let mut smallest: Pulled = pulled.difference(&self.plain).copied().collect();
        self.sets.iter().filter(|(set, _)| set.is_subset(&all)).for_each(|(set, _)| smallest.extend(set.ones()));
        smallest
    }

    /// How many pairs of workloads a rule separates that no other reason does.
    pub fn alone(&self, rule: usize) -> u64 {
        let own = |(set, _): &&(FixedBitSet, u64)| set.contains(rule) && set.count_ones(..) == 1;
        self.sets.iter().find(own).map_or(0, |&(_, pairs)| pairs)
    }
}

/// Workloads that are of one class in each of some graphs.
struct Kinds<'g> {
    graphs: &'g [&'g TrustGraph],
    /// The class of each kind, graph by graph.
    classes: Vec<Vec<usize>>,
    /// How many workloads each has.
    sizes: Vec<u64>,
    /// The kinds that a class of a graph may not share with, where that was asked.
    rows: FxHashMap<(usize, usize), FixedBitSet>,
}

impl<'g> Kinds<'g> {
    fn of(graphs: &'g [&'g TrustGraph], workloads: usize) -> Option<Self> {
        let mut numbers: FxHashMap<Vec<usize>, usize> = FxHashMap::default();
        let (mut classes, mut sizes) = (Vec::new(), Vec::new());
        for workload in 0..workloads {
            // per-cluster workloads have none
            let own: Option<Vec<usize>> = graphs.iter().map(|graph| graph.class_of(workload)).collect();
            let Some(own) = own else { continue };
            let number = *numbers.entry(own).or_insert_with_key(|own| {
                classes.push(own.clone());
                sizes.push(0);
                sizes.len() - 1
            });
            sizes[number] += 1;
            if sizes.len() > MOST.0 {
                return None;
            }
        }
        Some(Self { graphs, classes, sizes, rows: FxHashMap::default() })
    }

    /// The kinds that one may not share with in a graph, itself too where two of it may not.
    fn separated(&mut self, graph: usize, one: usize) -> &FixedBitSet {
        let (row, classes) = (self.classes[one][graph], &self.classes);
        self.rows.entry((graph, row)).or_insert_with(|| {
            let row = self.graphs[graph].row(row);
            (0..classes.len()).filter(|&other| row.contains(classes[other][graph])).collect()
        })
    }
}

/// The set without members.
const NOBODY: usize = 0;

/// Sets of numbers, each of which is another and one more, by numbers of their own.
#[derive(Default)]
struct Sets {
    /// Of each set but the first the smaller one, and what it has beside that.
    parents: Vec<(usize, usize)>,
    children: FxHashMap<(usize, usize), usize>,
    seen: FixedBitSet,
}

impl Sets {
    /// A set and one number more, above those in it.
    fn with(&mut self, set: usize, number: usize) -> usize {
        let Self { parents, children, .. } = self;
        *children.entry((set, number)).or_insert_with(|| {
            parents.push((set, number));
            parents.len()
        })
    }

    fn members(&self, set: usize) -> impl Iterator<Item = usize> {
        let above = |&set: &usize| set.checked_sub(1).map(|place| self.parents[place].0);
        std::iter::successors(Some(set), above).filter_map(|set| set.checked_sub(1)).map(|place| self.parents[place].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::{Fleet, Lever};
    use crate::problem::random::Random;
    use crate::trust::Scope;

    /// Levels, stances of tenants and workloads over them that say what the level says, less and more; separations, distrust,
    /// lists, waivers of one rule and of several, workloads of the platform, copies, a split, what is apart anyhow.
    const TEXT: &str = "
schema: tenantry/v1
asOf: '2026-11-01'
policy:
  attributes: {stage: {live: [prod], trial: [dev, test]}, buyer: any, release: [one, two]}
  separate:
    - {by: buyer, missing: {class: own, tenants: [shop, bank, plug]}}
    - {by: stage}
  apart: [{by: release, missing: any}]
  distrust:
    - {id: pci, subject: {tenant: bank}, neighbour: {tenant: {not: bank}}}
    - {id: out, subject: {trust: trusted}, neighbour: {trust: untrusted}}
    - {id: all, subject: {tenant: plug}, neighbour: {tenant: [shop, bank]}}
  waivers:
    - {id: one, between: [{tenant: bank}, {tenant: shop}], waives: ['distrust:pci'], approvedBy: us, expires: '2999-01-01', reason: once}
    - {id: many, between: [{tenant: plug}, {tenant: shop}], waives: [level, 'separate:stage', 'distrust:all', distrusts], approvedBy: us, expires: '2999-01-01', reason: twice}
tenants:
  - {name: shop, trust: trusted, attributes: {stage: prod}, distrusts: [plug, bank]}
  - {name: plug, trust: untrusted, accepts: trusted, attributes: {stage: test, buyer: a}}
  - {name: bank, trust: trusted, sharing: tenant, attributes: {stage: prod}, distrusts: [plug]}
  - {name: core, platform: true, trust: trusted, attributes: {stage: prod, buyer: b}}
workloads:
  - {name: web, tenant: shop, trust: untrusted, requests: {cpu: 1, memory: 1Gi}}
  - {name: cart, tenant: shop, sharing: workload, namespace: one, attributes: {buyer: b, release: one}, requests: {cpu: 1, memory: 1Gi}}
  - {name: tills, tenant: shop, sharing: workload, namespace: two, copies: 2, requests: {cpu: 1, memory: 1Gi}}
  - {name: run, tenant: plug, requests: {cpu: 1, memory: 1Gi}}
  - {name: ran, tenant: plug, trust: hostile, requests: {cpu: 1, memory: 1Gi}}
  - {name: raw, tenant: plug, sharing: tenant, namespace: raw, attributes: {release: two}, requests: {cpu: 1, memory: 1Gi}}
  - {name: desk, tenant: bank, trust: untrusted, accepts: trusted, requests: {cpu: 1, memory: 1Gi}}
  - {name: safe, tenant: bank, namespace: safe, replicas: 4, split: {clusters: 2}, attributes: {release: two}, requests: {cpu: 1, memory: 1Gi}}
  - {name: log, tenant: core, perCluster: true, requests: {cpu: 100m, memory: 1Gi}}
  - {name: api, tenant: core, namespace: api, attributes: {release: one}, requests: {cpu: 1, memory: 1Gi}}
clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 64Gi}, headroom: 20%}]
";

    fn graph(fleet: &Fleet, levers: &[Lever], pulled: impl IntoIterator<Item = usize>) -> TrustGraph {
        let levers: Vec<Lever> = pulled.into_iter().map(|it| levers[it].clone()).collect();
        let fleet = fleet.without(&levers).unwrap();
        TrustGraph::new(&fleet, fleet.as_of().unwrap(), Scope::All).unwrap()
    }

    fn opened(fleet: &Fleet, levers: &[Lever]) -> Opened {
        let plain: Pulled = (0..levers.len()).filter(|&it| levers[it].kind.is_trust()).collect();
        let rules: Pulled = (0..levers.len()).filter(|&it| levers[it].kind.separates()).collect();
        let but = |rule: usize| rules.iter().copied().filter(move |&it| it != rule);
        let alone: Vec<TrustGraph> = rules.iter().map(|&rule| graph(fleet, levers, but(rule))).collect();
        let none = graph(fleet, levers, rules.iter().copied());
        Opened::new(&rules, plain, (&none, &alone), fleet.workloads().len()).unwrap()
    }

    /// Every pair, and whether others of its class would have to be apart from a workload.
    fn pairs(fleet: &Fleet, graph: &TrustGraph) -> Vec<bool> {
        let classes: Vec<usize> = (0..fleet.workloads().len()).filter_map(|it| graph.class_of(it)).collect();
        classes.iter().flat_map(|&one| classes.iter().map(move |&other| graph.conflict(one, other))).collect()
    }

    #[test]
    fn the_smallest_set_opens_the_same_pairs() {
        let fleet = Fleet::from_yaml(TEXT).unwrap();
        let levers = fleet.levers();
        let opened = opened(&fleet, &levers);
        let today = graph(&fleet, &levers, []).separated_pairs();
        let mut draw = Random::new(7);
        let mut smaller = 0;
        for round in 0..100 {
            let share = [200, 500, 700, 900][round % 4];
            let pulled: Pulled = (0..levers.len()).filter(|_| draw.chance(share)).collect();
            let smallest = opened.smallest(&pulled);
            assert!(smallest.is_subset(&pulled), "{pulled:?}");
            smaller += usize::from(smallest.len() < pulled.len());
            let of = |pulled: &Pulled| pairs(&fleet, &graph(&fleet, &levers, pulled.iter().copied()));
            let all = of(&pulled);
            assert_eq!(all, of(&smallest), "{pulled:?} {smallest:?}");
            for it in smallest.iter().filter(|&&it| levers[it].kind.is_trust()) {
                let fewer: Pulled = smallest.iter().copied().filter(|other| other != it).collect();
                assert_ne!(all, of(&fewer), "{smallest:?} without {it}");
            }
        }
        assert!(smaller > 60, "{smaller}");
        for (it, lever) in levers.iter().enumerate().filter(|(_, lever)| lever.kind.separates()) {
            let without = graph(&fleet, &levers, [it]).separated_pairs();
            assert_eq!(opened.alone(it), today - without, "{}", lever.id);
        }
    }
}
