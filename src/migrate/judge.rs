//! May these workloads come to that cluster, with everybody there who is there? Asked of the state with all starts of a batch
//! and no stop. It is asked of copies, and reads the rules of their workloads.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::company::Stands;
use super::job::{Job, Whose};
use crate::budget::Budget;
use crate::date::Date;
use crate::fleet::{CountLimit, Fleet};
use crate::placement::{Packed, Pods, Reader, crowded, refuses};

/// Work of one search on the nodes of a cluster, in elementary steps.
const SEARCH: u64 = 2_000_000;

/// The rules, as a coming workload meets them.
pub(super) struct Judge<'p> {
    pub fleet: &'p Fleet,
    pub pods: &'p Pods<'p>,
    whose: Whose,
    /// On the day of the migration, and on the last day that a waiver must last.
    readers: Vec<Reader<'p>>,
    /// Of each workload the split that it is a part of, or itself.
    whole: Vec<usize>,
    /// The day of the migration.
    day: Date,
    /// Whether two kinds may share.
    known: RefCell<FxHashMap<(usize, usize), bool>>,
    /// A search on nodes ended without an answer.
    unsure: Cell<bool>,
}

/// Why somebody may not come to a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Its mode, or what it is for.
    Closed(&'static str),
    /// A rule stands between a coming workload and one that is there, or both are copies of one.
    Apart(usize, usize),
    /// A rule keeps a coming workload in another region than one that is in this.
    Met(usize, usize),
    /// A resource, a maximum, or the platform does not fit: which.
    Full(String),
    /// The pods found no place on the nodes.
    Nodes,
}

impl<'p> Judge<'p> {
    /// Complexity: linear in the workloads.
    pub fn new(pods: &'p Pods<'p>, whose: Whose, as_of: Date, until: Date) -> Self {
        let fleet = pods.fleet();
        let mut readers = vec![Reader::of_all(fleet, as_of)];
        if until != as_of && !fleet.policy().waivers.is_empty() {
            readers.push(Reader::of_all(fleet, until));
        }
        let (known, unsure) = (RefCell::default(), Cell::new(false));
        Self { fleet, pods, whose, readers, whole: fleet.whole(), day: as_of, known, unsure }
    }

    /// Whether a search on nodes ended without an answer since.
    pub fn unsure(&self) -> bool {
        self.unsure.get()
    }

    /// Groups copies between whose workloads no rule tells a difference.
    pub fn kinds(&self, copies: &[usize]) -> Vec<Vec<usize>> {
        let mut kinds: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &copy in copies {
            kinds.entry(self.readers[0].kind(self.whose.one(copy))).or_default().push(copy);
        }
        kinds.into_values().collect()
    }

    /// Whether two copies may share a cluster from the one day to the other; those of one workload never, parts of a split always.
    pub fn share(&self, a: usize, b: usize) -> bool {
        let (a, b) = (self.whose.one(a), self.whose.one(b));
        if a == b {
            return false;
        }
        if self.whole[a] == self.whole[b] {
            return true;
        }
        // waivers only end: the kinds of the earlier day are the finer ones
        let kind = |it| self.readers[0].kind(it);
        let key = (kind(a).min(kind(b)), kind(a).max(kind(b)));
        if let Some(&known) = self.known.borrow().get(&key) {
            return known;
        }
        let free = |reader: &Reader| reader.reasons(a, b).standing.is_empty();
        let answer = self.readers.iter().all(free);
        self.known.borrow_mut().insert(key, answer);
        answer
    }

    /// Whether a cluster holds too much by its sums and maximums.
    pub fn crowded(&self, site: usize, copies: &[usize]) -> bool {
        crowded(self.fleet, site, &self.whose.all(copies)).is_some()
    }

    /// Whether nobody may be at a site in a plan, and this copy is.
    pub fn drained(&self, site: usize, copy: usize) -> bool {
        refuses(self.fleet, self.whose.one(copy), site, self.day) == Some("drain")
    }

    /// Whether a site takes nobody like this copy, whoever is there.
    pub fn shuts(&self, site: usize, copy: usize) -> bool {
        refuses(self.fleet, self.whose.one(copy), site, self.day).is_some()
    }

    /// Why these copies may not come to a site where those are (all of them ascending); nodes aside.
    pub fn refuses(&self, site: usize, there: &[usize], coming: &[usize]) -> Option<Why> {
        if let Some(mode) = coming.iter().find_map(|&it| refuses(self.fleet, self.whose.one(it), site, self.day)) {
            return Some(Why::Closed(mode));
        }
        for (place, &new) in coming.iter().enumerate() {
            let others = there.iter().chain(&coming[place + 1..]);
            if let Some(&other) = others.filter(|&&it| it != new).find(|&&it| !self.share(new, it)) {
                return Some(Why::Apart(new, other));
            }
        }
        crowded(self.fleet, site, &self.whose.all(&merged(there, coming))).map(Why::Full)
    }

    /// The same with those who are in its region, and the pods on the nodes. `stands`: where each copy stands, before a batch and
    /// with its starts.
    pub fn refuses_at(
        &self,
        job: &Job,
        stands: Stands,
        place: usize,
        there: &[usize],
        coming: &[usize],
    ) -> Option<Why> {
        let refused = self.refuses(job.places[place].site, there, coming);
        let refused = refused.or_else(|| job.met(stands, coming, place).map(|(a, b)| Why::Met(a, b)));
        refused.or_else(|| self.homeless(job, place, &merged(there, coming)))
    }

    /// Whether no placement of the pods on the nodes of a cluster is found.
    fn homeless(&self, job: &Job, place: usize, all: &[usize]) -> Option<Why> {
        let site = job.places[place].site;
        if !self.fleet.shape(site).packs_nodes() || job.planned(place, all) {
            return None;
        }
        match self.pods.place(site, &self.whose.all(all), &Budget::of_work(SEARCH)) {
            Packed::Found(_) => None,
            Packed::Impossible => Some(Why::Nodes),
            Packed::NotFound => {
                self.unsure.set(true);
                Some(Why::Nodes)
            }
        }
    }

    /// Clusters that count under each limit: those that hold somebody or are kept. The last counts those that are lent.
    pub fn counts(&self, job: &Job, contents: &[Vec<usize>]) -> Vec<u64> {
        let counts = |place: &usize| job.places[*place].kept || !contents[*place].is_empty();
        let there: Vec<usize> = (0..job.places.len()).filter(counts).collect();
        let of = |limit: &CountLimit| there.iter().filter(|&&place| job.under(limit, place)).count() as u64;
        let lent = there.iter().filter(|&&place| job.places[place].lent).count() as u64;
        self.fleet.limits().iter().map(of).chain([lent]).collect()
    }

    /// Counts a cluster more; whether the limits allow it. Where not, nothing is counted.
    pub fn open(&self, job: &Job, counts: &mut [u64], place: usize) -> bool {
        let limits = self.fleet.limits().iter().enumerate();
        let ours = limits.filter(|(_, limit)| job.under(limit, place)).map(|(index, limit)| (index, limit.most));
        let lent = job.places[place].lent.then_some((self.fleet.limits().len(), job.lent));
        let ours: Vec<(usize, u64)> = ours.chain(lent).collect();
        if ours.iter().any(|&(index, most)| counts[index] >= most) {
            return false;
        }
        ours.iter().for_each(|&(index, _)| counts[index] += 1);
        true
    }
}

/// Two ascending lists as one, without repeats.
pub(super) fn merged(a: &[usize], b: &[usize]) -> Vec<usize> {
    let mut all: Vec<usize> = a.iter().chain(b).copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}
