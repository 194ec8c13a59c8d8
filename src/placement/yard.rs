//! Clusters while they change: what stands in them, what may come, and what finds room on their nodes.

use std::collections::BTreeMap;

use super::nodes::{Node, Packed};
use super::pods::{Filled, NodeContent, Pods, cost};
use crate::fleet::Fleet;
use crate::trust::TrustGraph;

/// Work of placing one cluster for itself, in elementary steps.
pub(super) const PLACE: u64 = 50_000_000;
/// Work of placing a cluster anew for the sake of one more unit.
const AGAIN: u64 = 2_000_000;
/// Clusters that are placed anew for the sake of one unit, at most.
const MOST_AGAIN: usize = 4;

/// Work that may still be done, and a question whether to stop early.
pub struct Effort<'a> {
    /// Elementary steps.
    pub left: u64,
    /// Asked between moves: whether the time is up.
    pub stop: &'a dyn Fn() -> bool,
}

impl Effort<'_> {
    pub(super) fn over(&self) -> bool {
        self.left == 0 || (self.stop)()
    }

    /// Runs with at most so much of the work that is left.
    pub(super) fn within<T>(&mut self, most: u64, run: impl FnOnce(&mut u64) -> T) -> T {
        let given = most.min(self.left);
        let mut left = given;
        let result = run(&mut left);
        self.left -= given - left;
        result
    }
}

/// What a cluster holds: its template, its workloads, and what runs on its nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Index of its template.
    pub template: usize,
    /// Ascending.
    pub workloads: Vec<usize>,
    /// `None` where the pods need not be placed on nodes.
    pub nodes: Option<Vec<NodeContent>>,
}

impl Holding {
    /// What it costs, in thousandths; `None` where its template names no cost.
    #[must_use]
    pub fn cost(&self, fleet: &Fleet) -> Option<u64> {
        cost(&fleet.templates()[self.template], self.nodes.as_deref().unwrap_or_default())
    }
}

/// A unit that found no place, in any cluster or alone in a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Homeless {
    /// Its workloads.
    pub workloads: Vec<usize>,
    /// Whether it has no place even alone, in whatever template.
    pub alone: bool,
}

/// What shares a cluster in any case.
pub(super) struct Unit<'f> {
    pub workloads: &'f [usize],
    /// By dimension of the fleet.
    pub load: Vec<u64>,
    pub classes: Vec<usize>,
    pub templates: Vec<usize>,
    /// The largest share of a cluster that it takes, in millionths.
    share: u64,
}

#[derive(Clone)]
struct Cluster<'p> {
    template: usize,
    units: Vec<usize>,
    load: Vec<u64>,
    /// Trust classes and how many units have them.
    classes: BTreeMap<usize, usize>,
    filled: Filled<'p>,
}

/// The clusters while they change.
pub(super) struct Yard<'p> {
    pub pods: &'p Pods<'p>,
    pub graph: &'p TrustGraph,
    pub units: Vec<Unit<'p>>,
    unit_of: Vec<usize>,
    clusters: Vec<Cluster<'p>>,
    used: Vec<u64>,
}

impl<'p> Yard<'p> {
    pub fn new(pods: &'p Pods<'p>, graph: &'p TrustGraph) -> Self {
        let fleet = pods.fleet();
        let mut unit_of = vec![usize::MAX; fleet.workloads().len()];
        let mut units = Vec::with_capacity(fleet.units().len());
        for (index, workloads) in fleet.units().iter().enumerate() {
            workloads.iter().for_each(|&workload| unit_of[workload] = index);
            units.push(unit(pods, graph, workloads));
        }
        Self { pods, graph, units, unit_of, clusters: Vec::new(), used: vec![0; fleet.templates().len()] }
    }

    /// How many clusters there are.
    pub fn clusters(&self) -> usize {
        self.clusters.len()
    }

    pub fn units_of(&self, workloads: &[usize]) -> Vec<usize> {
        let mut units: Vec<usize> = workloads.iter().map(|&workload| self.unit_of[workload]).collect();
        units.sort_unstable();
        units.dedup();
        units
    }

    /// Large units first; by index where they are alike.
    pub fn sort(&self, units: &mut [usize]) {
        units.sort_by_key(|&unit| (std::cmp::Reverse(self.units[unit].share), unit));
    }

    pub fn open(&mut self, template: usize, units: Vec<usize>, filled: Filled<'p>) {
        let mut cluster = Cluster {
            template,
            units: Vec::new(),
            load: vec![0; self.pods.fleet().dimensions().count()],
            classes: BTreeMap::new(),
            filled,
        };
        for unit in units {
            count_in(&mut cluster, unit, &self.units[unit]);
        }
        self.used[template] += 1;
        self.clusters.push(cluster);
    }

    /// Keeps what finds room, large units first; answers what does not.
    pub fn thin_out(&mut self, template: usize, mut units: Vec<usize>) -> Vec<usize> {
        self.sort(&mut units);
        let mut work = PLACE;
        let Some(mut filled) = self.pods.begin(template, &mut work) else { return units };
        let (mut kept, mut held, mut left) = (Vec::new(), Vec::new(), Vec::new());
        for unit in units {
            held.extend_from_slice(self.units[unit].workloads);
            if self.pods.few_enough(template, &held) && filled.add_all(self.units[unit].workloads, &mut work) {
                kept.push(unit);
            } else {
                held.truncate(held.len() - self.units[unit].workloads.len());
                left.push(unit);
            }
        }
        if !kept.is_empty() {
            self.open(template, kept, filled);
        }
        left
    }

    /// Whether sums, reasons and templates let a unit into a cluster.
    fn may_enter(&self, unit: &Unit, cluster: &Cluster) -> bool {
        self.pods.holds(cluster.template, cluster.load.iter().zip(&unit.load).map(|(&a, &b)| a.saturating_add(b)))
            && unit.templates.contains(&cluster.template)
            && unit.classes.iter().all(|&class| !cluster.classes.keys().any(|&other| self.graph.conflict(class, other)))
    }

    fn workloads(&self, cluster: &Cluster) -> Vec<usize> {
        cluster.units.iter().flat_map(|&unit| self.units[unit].workloads).copied().collect()
    }

    /// Puts a unit into a cluster if there is room: beside what is there, or (`anew`) with everything placed again.
    fn put(&mut self, unit: usize, index: usize, anew: bool, effort: &mut Effort) -> bool {
        let (it, cluster) = (&self.units[unit], &self.clusters[index]);
        let mut workloads = Vec::new();
        if anew || self.pods.counts_owners(cluster.template) {
            workloads = self.workloads(cluster);
            workloads.extend_from_slice(it.workloads);
            if !self.pods.few_enough(cluster.template, &workloads) {
                return false;
            }
        }
        if !anew {
            let cluster = &mut self.clusters[index];
            let fits = effort.within(u64::MAX, |work| cluster.filled.add_all(it.workloads, work));
            if fits {
                count_in(cluster, unit, it);
            }
            return fits;
        }
        let placed = effort.within(AGAIN, |work| self.pods.place(cluster.template, &workloads, work));
        let Packed::Found(nodes) = placed else { return false };
        let filled = self.pods.resume(cluster.template, &nodes);
        let cluster = &mut self.clusters[index];
        cluster.filled = filled;
        count_in(cluster, unit, it);
        true
    }

    /// Puts a unit into the first cluster of `among` that has room. Answers which.
    fn join(&mut self, unit: usize, among: &[usize], most_again: usize, effort: &mut Effort) -> Option<usize> {
        let open = |&&index: &&usize| self.may_enter(&self.units[unit], &self.clusters[index]);
        let open: Vec<usize> = among.iter().filter(open).copied().collect();
        effort.left = effort.left.saturating_sub((among.len() * self.units[unit].load.len()) as u64);
        let beside = open.iter().find(|&&index| self.put(unit, index, false, effort)).copied();
        beside.or_else(|| open.into_iter().take(most_again).find(|&index| self.put(unit, index, true, effort)))
    }

    /// Puts a unit into a cluster, or into a new one.
    pub fn admit(&mut self, unit: usize, effort: &mut Effort) -> Result<(), Homeless> {
        let all: Vec<usize> = (0..self.clusters.len()).collect();
        let again = if effort.over() { 0 } else { MOST_AGAIN };
        if self.join(unit, &all, again, effort).is_some() {
            return Ok(());
        }
        let mut alone = true;
        for template in self.units[unit].templates.clone() {
            let mut work = PLACE;
            let workloads = self.units[unit].workloads;
            if let Packed::Found(nodes) = self.pods.place(template, workloads, &mut work) {
                alone = false;
                if self.pods.fleet().templates()[template].max_count.is_none_or(|most| self.used[template] < most) {
                    self.open(template, vec![unit], self.pods.resume(template, &nodes));
                    return Ok(());
                }
            }
        }
        // no further cluster may be opened: whatever it takes
        let mut last = Effort { left: effort.left.max(PLACE), stop: &|| false };
        if self.join(unit, &all, usize::MAX, &mut last).is_some() {
            return Ok(());
        }
        Err(Homeless { workloads: self.units[unit].workloads.to_vec(), alone })
    }

    /// Hands the units of one cluster to the others, the emptiest first. False where none can be emptied.
    pub fn empty_one(&mut self, effort: &mut Effort) -> bool {
        let fullness = |index: &usize| {
            let shares = self.clusters[*index].units.iter().map(|&unit| self.units[unit].share);
            (shares.fold(0u64, u64::saturating_add), *index)
        };
        let mut order: Vec<usize> = (0..self.clusters.len()).collect();
        order.sort_by_key(fullness);
        for index in order {
            if effort.over() {
                return false;
            }
            let mut units = self.clusters[index].units.clone();
            self.sort(&mut units);
            let others: Vec<usize> = (0..self.clusters.len()).filter(|&other| other != index).collect();
            let mut before: BTreeMap<usize, Cluster<'p>> = BTreeMap::new();
            let moved = units.iter().all(|&unit| self.hand_over(unit, &others, &mut before, effort));
            if moved {
                self.used[self.clusters[index].template] -= 1;
                self.clusters.remove(index);
                return true;
            }
            for (index, cluster) in before {
                self.clusters[index] = cluster;
            }
        }
        false
    }

    fn hand_over(
        &mut self,
        unit: usize,
        others: &[usize],
        before: &mut BTreeMap<usize, Cluster<'p>>,
        effort: &mut Effort,
    ) -> bool {
        for &other in others {
            if effort.over() || !self.may_enter(&self.units[unit], &self.clusters[other]) {
                continue;
            }
            let kept = self.clusters[other].clone();
            if self.put(unit, other, false, effort) || self.put(unit, other, true, effort) {
                before.entry(other).or_insert(kept);
                return true;
            }
        }
        false
    }

    /// Other clusters instead; false where one of them finds no placement.
    pub fn replace(&mut self, groups: &[(usize, Vec<usize>)]) -> bool {
        self.clusters.clear();
        self.used.fill(0);
        for (template, units) in groups {
            let workloads: Vec<usize> = units.iter().flat_map(|&unit| self.units[unit].workloads).copied().collect();
            let mut work = PLACE;
            let Packed::Found(nodes) = self.pods.place(*template, &workloads, &mut work) else { return false };
            self.open(*template, units.clone(), self.pods.resume(*template, &nodes));
        }
        true
    }

    /// The clusters as they are, each placed once more for the fewest nodes.
    pub fn holdings(&self, effort: &mut Effort) -> Vec<Holding> {
        let one = |cluster: &Cluster| {
            let mut workloads = self.workloads(cluster);
            workloads.sort_unstable();
            let kept = cluster.filled.nodes();
            let nodes: Vec<Node> =
                match effort.within(PLACE, |work| self.pods.place(cluster.template, &workloads, work)) {
                    Packed::Found(nodes)
                        if self.pods.paid(cluster.template, &nodes) <= self.pods.paid(cluster.template, &kept) =>
                    {
                        nodes
                    }
                    _ => kept,
                };
            let packs = self.pods.fleet().templates()[cluster.template].packs_nodes();
            let nodes = packs.then(|| self.pods.named(&workloads, &nodes));
            Holding { template: cluster.template, workloads, nodes }
        };
        self.clusters.iter().map(one).collect()
    }
}

fn count_in(cluster: &mut Cluster, index: usize, unit: &Unit) {
    cluster.units.push(index);
    for (load, &more) in cluster.load.iter_mut().zip(&unit.load) {
        *load = load.saturating_add(more);
    }
    for &class in &unit.classes {
        *cluster.classes.entry(class).or_insert(0) += 1;
    }
}

fn unit<'f>(pods: &Pods<'f>, graph: &TrustGraph, workloads: &'f [usize]) -> Unit<'f> {
    let fleet = pods.fleet();
    let resources = fleet.resources().len();
    let mut load = vec![0u64; fleet.dimensions().count()];
    for it in workloads.iter().map(|&workload| &fleet.workloads()[workload]) {
        let group = it.pool.map_or(0, |pool| 1 + pool) * resources;
        for (sum, &part) in load[group..].iter_mut().zip(it.total.iter()) {
            *sum = sum.saturating_add(part);
        }
    }
    let mut classes: Vec<usize> = workloads.iter().filter_map(|&workload| graph.class_of(workload)).collect();
    classes.sort_unstable();
    classes.dedup();
    let open =
        |template: &usize| workloads.iter().all(|&workload| fleet.workloads()[workload].templates.contains(template));
    let templates: Vec<usize> = (0..fleet.templates().len()).filter(open).collect();
    let share = templates.iter().filter_map(|&template| pods.share(template, &load)).min().unwrap_or(u64::MAX);
    Unit { workloads, load, classes, templates, share }
}
