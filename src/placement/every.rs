//! Every placement of a tiny fleet, until none is better: the last resort where no plan was found, or one whose values no bound
//! meets.
//!
//! Units go one after the other, those with least choice first: each copy, or each part of a split, into a cluster that is there
//! or into a new one. Clusters of one site that hold alike are one choice, copies are not told apart, and values only grow: what
//! is no better already is left. Each cluster is judged once, by the facts that [`legal`] reads, and each better placement by
//! [`legal`] itself.

use std::collections::BTreeSet;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::copies::amiss;
use super::excess::Excess;
use super::fine::{exposed, fullest};
use super::moving::{charge, kept, moves_of_splits};
use super::nodes::Packed;
use super::parts::Parts;
use super::pods::{NodeContent, Pods, cost};
use super::rules::Reader;
use super::yard::Holding;
use super::{Cluster, Placement, Share, facts, legal, level_values};
use crate::budget::Budget;
use crate::date::Date;
use crate::fleet::{Fleet, LevelObjective};

/// More copies, and replicas of splits, than these are not gone through.
pub(crate) const MOST_SEATS: u64 = 12;
/// Work of a step, of judging a cluster (beside its nodes), and of judging a placement.
const STEP: u64 = 20;
const CLUSTER: u64 = 400;
const WHOLE: u64 = 4_000;
/// Work of placing the pods of one cluster.
const PLACE: u64 = 200_000;

/// What going through all placements came to. [`Default`]: nothing was looked at.
#[derive(Default)]
pub(crate) struct Every {
    /// The best clusters, where they are better than those that were known.
    pub better: Option<Vec<Holding>>,
    /// Whether the work sufficed for all of them: there are no better ones then.
    pub all: bool,
    /// The work that it took.
    pub work: u64,
}

/// Whether a fleet is small enough to go through all its placements. Linear in its units.
pub(crate) fn is_tiny(fleet: &Fleet) -> bool {
    let seats = fleet.units().iter().map(|unit| Guest::count(fleet, unit));
    seats.fold(0, u64::saturating_add) <= MOST_SEATS
}

/// The best clusters of a tiny fleet in the order of its levels, where they are better than known ones, of which the values of
/// the first `proved` levels are the least that there are. Complexity: exponential in the units, bounded by the budget.
pub(crate) fn every(pods: &Pods, day: Date, known: Option<&[Holding]>, proved: usize, budget: &Budget) -> Every {
    let mut search = Search::new(pods, day, known, proved, budget);
    search.next(0, None);
    let all = budget.stopped().is_none() && search.sure;
    Every { better: search.found, all, work: budget.spent() }
}

/// A unit of the fleet: who is in the same clusters.
struct Guest<'f> {
    workloads: &'f [usize],
    /// Its copies, or the replicas of a split; and the clusters in which it is at most.
    count: u64,
    parts: u64,
    split: bool,
    /// Where it may be, ascending, and must be.
    sites: Vec<usize>,
    held: BTreeSet<usize>,
}

impl<'f> Guest<'f> {
    fn count(fleet: &Fleet, unit: &[usize]) -> u64 {
        let first = &fleet.workloads()[unit[0]];
        if first.is_split() { first.replicas } else { first.copies() }
    }

    fn of(fleet: &'f Fleet, unit: &'f [usize], day: Date) -> Self {
        let first = &fleet.workloads()[unit[0]];
        Self {
            workloads: unit,
            count: Self::count(fleet, unit),
            parts: first.most_clusters(),
            split: first.is_split(),
            sites: fleet.sites_of(unit, day),
            held: fleet.held_at(unit, day),
        }
    }
}

/// A site and who is there: units in the order of the search, with the replicas of splits.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Home {
    site: usize,
    guests: Vec<(usize, u64)>,
}

/// What a cluster that may be there adds to each value.
struct Worth {
    nodes: Option<Vec<NodeContent>>,
    cost: u64,
    moves: u64,
    exposure: u64,
    balance: u64,
}

/// What is left of a unit: copies or replicas, clusters, the first cluster that may be next, and the first site of a new one.
#[derive(Clone, Copy)]
struct Rest {
    left: u64,
    parts: u64,
    from: usize,
    site: usize,
}

struct Search<'s, 'b> {
    pods: &'s Pods<'s>,
    day: Date,
    reader: Reader<'s>,
    budget: &'s Budget<'b>,
    guests: Vec<Guest<'s>>,
    /// What was judged: `None` may not be there.
    judged: FxHashMap<Home, Option<Rc<Worth>>>,
    homes: Vec<(Home, Rc<Worth>)>,
    /// Clusters under each limit on their number.
    used: Vec<u64>,
    /// The values to beat, and how many of the first no placement beats.
    best: Option<Vec<u64>>,
    proved: usize,
    found: Option<Vec<Holding>>,
    /// Whoever found no nodes has none.
    sure: bool,
}

impl<'s, 'b> Search<'s, 'b> {
    fn new(pods: &'s Pods<'s>, day: Date, known: Option<&[Holding]>, proved: usize, budget: &'s Budget<'b>) -> Self {
        let fleet = pods.fleet();
        let mut guests: Vec<Guest> = fleet.units().iter().map(|unit| Guest::of(fleet, unit, day)).collect();
        guests.sort_by_key(|guest| guest.sites.len()); // stable
        let mut search = Self {
            pods,
            day,
            reader: Reader::new(fleet, day),
            budget,
            guests,
            judged: FxHashMap::default(),
            homes: Vec::new(),
            used: vec![0; fleet.limits().len()],
            best: known.map(|known| level_values(fleet, known).1),
            proved: if known.is_some() { proved } else { 0 },
            found: None,
            sure: true,
        };
        for site in (0..fleet.sites().len()).filter(|&site| kept(fleet, site)) {
            let home = Home { site, guests: Vec::new() };
            // whoever is alone too small for the platform is refused as a whole
            let worth = search
                .judge(&home)
                .unwrap_or_else(|| Rc::new(Worth { nodes: None, cost: 0, moves: 0, exposure: 0, balance: 0 }));
            search.count(site, true);
            search.homes.push((home, worth));
        }
        search
    }

    fn fleet(&self) -> &'s Fleet {
        self.pods.fleet()
    }

    fn count(&mut self, site: usize, comes: bool) {
        for (limit, used) in self.fleet().limits().iter().zip(&mut self.used) {
            if limit.sites.binary_search(&site).is_ok() {
                *used = if comes { *used + 1 } else { *used - 1 };
            }
        }
    }

    /// Whether there may be one more cluster at a site; an existing one is there once.
    fn one_more_at(&self, site: usize) -> bool {
        let there = || self.homes.iter().any(|(home, _)| home.site == site);
        let mut limits = self.fleet().limits().iter().zip(&self.used);
        limits.all(|(limit, &used)| used < limit.most || limit.sites.binary_search(&site).is_err())
            && (self.fleet().sites()[site].template().is_some() || !there())
    }

    /// Places the rest of a unit, then the further ones.
    fn next(&mut self, at: usize, rest: Option<Rest>) {
        if self.budget.spend(STEP * (1 + self.homes.len() as u64)).is_err()
            || !self.values(at).is_some_and(|values| self.beats(&values))
        {
            return;
        }
        let Some(guest) = self.guests.get(at) else { return self.keep() };
        let Rest { left, parts, from, site } =
            rest.unwrap_or(Rest { left: guest.count, parts: guest.parts, from: 0, site: 0 });
        if left == 0 {
            if self.keeps(at) {
                self.next(at + 1, None);
            }
            return;
        }
        if parts == 0 {
            return;
        }
        let open: Vec<usize> = guest.sites.iter().copied().filter(|&open| open >= site).collect();
        // the most replicas first
        let amounts = if guest.split { (1..=left).rev().collect() } else { vec![1] };
        for amount in amounts {
            let (left, parts) = (left - amount, parts - 1);
            for index in from..self.homes.len() {
                let twin = self.homes[from..index].iter().any(|(home, _)| *home == self.homes[index].0);
                if twin || !self.guests[at].sites.contains(&self.homes[index].0.site) {
                    continue;
                }
                let mut home = self.homes[index].0.clone();
                home.guests.push((at, amount));
                let Some(worth) = self.judge(&home) else { continue };
                let before = std::mem::replace(&mut self.homes[index], (home, worth));
                self.next(at, Some(Rest { left, parts, from: index + 1, site }));
                self.homes[index] = before;
            }
            for &site in &open {
                if !self.one_more_at(site) {
                    continue;
                }
                let home = Home { site, guests: vec![(at, amount)] };
                let Some(worth) = self.judge(&home) else { continue };
                self.homes.push((home, worth));
                self.count(site, true);
                self.next(at, Some(Rest { left, parts, from: self.homes.len(), site }));
                self.count(site, false);
                self.homes.pop();
            }
        }
    }

    /// The workloads of a cluster, and the replicas of splits.
    fn inside(&self, home: &Home) -> (Vec<usize>, Parts) {
        let guests = || home.guests.iter().map(|&(guest, amount)| (&self.guests[guest], amount));
        let mut workloads: Vec<usize> = guests().flat_map(|(guest, _)| guest.workloads).copied().collect();
        workloads.sort_unstable();
        let splits = guests().filter(|(guest, _)| guest.split).map(|(guest, amount)| (guest.workloads[0], amount));
        (workloads, Parts::new(splits.collect()))
    }

    /// What a cluster adds to each value; `None` where it may not be. Found once.
    fn judge(&mut self, home: &Home) -> Option<Rc<Worth>> {
        if let Some(known) = self.judged.get(home) {
            return known.clone();
        }
        // what stops the budget is seen by whoever asks it next
        let _ended = self.budget.spend(CLUSTER);
        let found = self.look(home).map(Rc::new);
        self.judged.insert(home.clone(), found.clone());
        found
    }

    fn look(&mut self, home: &Home) -> Option<Worth> {
        let (fleet, site) = (self.fleet(), home.site);
        let (workloads, parts) = self.inside(home);
        let closed = |&it: &usize| {
            facts::closed(fleet, it, site).is_some() || facts::grown(fleet, it, site, parts.pods(fleet, it)).is_some()
        };
        let mut apart = false;
        facts::neighbours(&self.reader, &workloads, &mut |_, _, reasons| apart |= !reasons.standing.is_empty());
        let shape = fleet.shape(site);
        if apart
            || workloads.iter().any(closed)
            || !facts::over(fleet, shape, &workloads, &parts).is_empty()
            || !facts::too_many(fleet, shape, &workloads).is_empty()
        {
            return None;
        }
        let placed = self.budget.within(PLACE, |budget| self.pods.place_parts(site, &workloads, &parts, budget));
        self.sure &= placed != Packed::NotFound;
        let Packed::Found(nodes) = placed else { return None };
        let nodes = shape.packs_nodes().then(|| self.pods.named_parts(&workloads, &parts, &nodes));
        Some(Worth {
            cost: cost(&fleet.sites()[site], nodes.as_deref().unwrap_or_default()).unwrap_or(0),
            moves: workloads.iter().map(|&one| charge(fleet, one, site)).fold(0, u64::saturating_add),
            exposure: exposed(fleet, &workloads),
            balance: fullest(fleet, site, &workloads, &parts),
            nodes,
        })
    }

    /// Whether a unit that is placed, and all before it, keep what is ruled between clusters.
    fn keeps(&self, at: usize) -> bool {
        let guest = &self.guests[at];
        let there = |site: &usize| {
            self.homes.iter().any(|(home, _)| home.site == *site && home.guests.iter().any(|&(it, _)| it == at))
        };
        if !guest.held.iter().all(there) {
            return false;
        }
        if self.fleet().is_of_single_clusters() {
            return true;
        }
        // what stops the budget is seen by whoever asks it next
        let _ended = self.budget.spend(CLUSTER);
        amiss(self.fleet(), &self.placement()).is_empty()
    }

    fn placement(&self) -> Placement {
        let fleet = self.fleet();
        let mut placement = Placement::default();
        for (cluster, (home, worth)) in self.homes.iter().enumerate() {
            let (workloads, parts) = self.inside(home);
            let region = fleet.sites()[home.site].regions.first().copied();
            let share = |workload: usize| Share { workload, cluster, replicas: parts.pods(fleet, workload) };
            placement.shares.extend(workloads.into_iter().map(share));
            let (name, nodes) = (cluster.to_string(), worth.nodes.clone());
            placement.clusters.push(Cluster { name, site: home.site, region, nodes });
        }
        placement.shares.sort_unstable();
        placement
    }

    /// The values of what is placed, in the order of the levels; `None` where they pass a limit. No placement that goes on from here
    /// has less. Units up to `at` are placed wholly.
    fn values(&self, at: usize) -> Option<Vec<u64>> {
        let fleet = self.fleet();
        let sum = |of: fn(&Worth) -> u64| self.homes.iter().map(|(_, it)| of(it)).fold(0, u64::saturating_add);
        let splits = self.homes.iter().flat_map(|(home, _)| {
            let whole = home.guests.iter().filter(|&&(guest, _)| guest < at && self.guests[guest].split);
            whole.map(|&(guest, amount)| (self.guests[guest].workloads[0], home.site, amount))
        });
        let (clusters, cost) = (self.homes.len() as u64, sum(|it| it.cost));
        let moves = sum(|it| it.moves).saturating_sub(fleet.charged_as_new());
        let moves = moves.saturating_add(moves_of_splits(fleet, splits));
        if Excess::beyond(fleet, [clusters, cost, moves]) > 0 {
            return None;
        }
        let one = |level: &LevelObjective| match level {
            LevelObjective::Clusters => clusters,
            LevelObjective::Cost => cost,
            LevelObjective::Moves => moves,
            LevelObjective::Exposure => sum(|it| it.exposure),
            LevelObjective::Balance => self.homes.iter().map(|(_, it)| it.balance).max().unwrap_or(0),
        };
        Some(fleet.levels().iter().map(one).collect())
    }

    /// Whether a placement with at least these values may be better than the best: of the first levels none has less.
    fn beats(&self, values: &[u64]) -> bool {
        let Some(best) = &self.best else { return true };
        let (first, rest) = best.split_at(self.proved.min(best.len()));
        values.iter().zip(first).all(|(value, best)| value <= best) && &values[first.len()..] < rest
    }

    /// Keeps what is placed, if it is legal.
    fn keep(&mut self) {
        // what stops the budget is seen by whoever asks it next
        let _ended = self.budget.spend(WHOLE);
        let placement = self.placement();
        let Some(values) =
            self.values(self.guests.len()).filter(|_| legal(self.fleet(), &placement, self.day).is_empty())
        else {
            return;
        };
        self.best = Some(values);
        let one = |(home, worth): &(Home, Rc<Worth>)| {
            let (workloads, parts) = self.inside(home);
            Holding { site: home.site, workloads, parts, nodes: worth.nodes.clone() }
        };
        self.found = Some(self.homes.iter().map(one).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> Date {
        "2026-11-26".parse().unwrap()
    }

    fn fleet(rows: &str, more: &str) -> Fleet {
        let text = format!(
            "{{schema: tenantry/v1, asOf: '2026-11-26', tenants: [{{name: a, trust: trusted, splitNamespaces: true}}, \
             {{name: b, trust: untrusted}}], workloads: [{rows}], \
             clusterTemplates: [{{name: k, allocatable: {{cpu: 4, memory: 64Gi}}, cost: 5}}, \
             {{name: l, allocatable: {{cpu: 9, memory: 64Gi}}, cost: 9}}]{more}}}"
        );
        Fleet::from_yaml(&text).unwrap()
    }

    fn alike(count: usize, more: &str) -> String {
        let row = |at| format!("{{name: w{at}, tenant: a, requests: {{cpu: 1, memory: 1Gi}}{more}}},");
        (0..count).map(row).collect()
    }

    /// The values of the best, and whether all placements were looked at.
    fn found(fleet: &Fleet, known: Option<&[Holding]>, work: u64) -> (Option<Vec<u64>>, bool) {
        let found = every(&Pods::new(fleet), day(), known, 0, &Budget::of_work(work));
        (found.better.map(|holdings| level_values(fleet, &holdings).1), found.all)
    }

    #[test]
    fn the_best_in_the_order_of_the_levels() {
        let rows = alike(6, "") + "{name: other, tenant: b, requests: {cpu: 3, memory: 1Gi}}";
        let clusters = fleet(&rows, ", objective: [clusters, cost]");
        assert_eq!(found(&clusters, None, 10_000_000), (Some(vec![2, 14_000]), true));
        let balance = fleet(&rows, ", objective: [balance, clusters], limits: {clusters: 4}");
        assert_eq!(found(&balance, None, 100_000_000), (Some(vec![333_334, 3]), true));
        // nothing is better than the best
        let best = every(&Pods::new(&clusters), day(), None, 0, &Budget::of_work(10_000_000)).better;
        assert_eq!(found(&clusters, best.as_deref(), 10_000_000), (None, true));
    }

    #[test]
    fn copies_and_parts_stand_in_clusters_of_their_own() {
        let rows = "{name: twice, tenant: a, copies: 2, requests: {cpu: 1, memory: 1Gi}}, \
                    {name: parts, tenant: a, split: {clusters: 2}, replicas: 10, requests: {cpu: 1, memory: 1Gi}}";
        assert_eq!(found(&fleet(rows, ", objective: [cost]"), None, 10_000_000), (Some(vec![14_000]), true));
    }

    #[test]
    fn what_is_not_legal_is_not_found_and_said_only_where_all_was_looked_at() {
        let fleet = fleet(&alike(10, ""), ", objective: [clusters], limits: {clusters: 2, cost: 13}");
        assert_eq!(found(&fleet, None, 50_000_000), (None, true));
        assert_eq!(found(&fleet, None, 1_000), (None, false));
    }

    #[test]
    fn tiny_is_few_copies_and_replicas_of_splits() {
        assert!(is_tiny(&fleet(&alike(12, ", replicas: 2"), "")) && !is_tiny(&fleet(&alike(13, ""), "")));
        assert!(is_tiny(&fleet(&alike(6, ", copies: 2"), "")) && !is_tiny(&fleet(&alike(7, ", copies: 2"), "")));
        assert!(!is_tiny(&fleet(&alike(1, ", split: true, replicas: 13"), "")));
    }
}
