//! The conflict graph over trust classes.
//!
//! Kept as a lower-triangular matrix of 16-bit numbers (petgraph's `MatrixGraph`), each the number of a set of reasons:
//! real policies have few different sets, and 10,000 classes take 100 MB. Sets beyond 65,534 are recomputed when asked
//! for. The diagonal says whether two different workloads of one class may share.

use std::borrow::Cow;

use jiff::civil::Date;
use petgraph::Undirected;
use petgraph::matrix_graph::{MatrixGraph, NodeIndex, NotZero};
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::error::{Error, FleetError, InputProblem, Result};
use crate::fleet::{Fleet, RuleId, Sharing, Workload};

use super::class::{Classes, Profiles, classes, narrow};
use super::reason::{Direction, Reason, ReasonSet, RuleTable, ones};
use super::rules::{PairReasons, Rules, Scope, Sides, refuses};

/// More trust classes than this are refused: the matrix would pass a gigabyte.
pub const MAX_CLASSES: usize = 32_000;

/// The weight of an edge whose set of reasons has no number of its own.
const UNNUMBERED: u16 = u16::MAX;

/// The conflict graph as petgraph knows it: nodes are classes, an edge's weight is the number of its set of reasons.
pub type ConflictMatrix = MatrixGraph<u32, u16, FxBuildHasher, Undirected, NotZero<u16>, u32>;

fn node(class: usize) -> NodeIndex<u32> {
    NodeIndex::new(class)
}

/// How much one rule separates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulePairs {
    /// Pairs of workloads that it separates, waivers applied; other rules may separate them too.
    pub pairs: u64,
    /// Pairs that nothing else separates.
    pub only: u64,
    /// Up to three such pairs, as workload indices.
    pub samples: Vec<[usize; 2]>,
}

/// Who may not share a cluster with whom.
pub struct TrustGraph {
    as_of: Date,
    scope: Scope,
    classes: Classes,
    rules: Rules,
    /// Indices of the waivers in force.
    waivers: Vec<usize>,
    matrix: ConflictMatrix,
    /// Sets by number; number 0 is the empty set.
    sets: Vec<ReasonSet>,
    pairs: Vec<RulePairs>,
    waived_pairs: Vec<u64>,
}

impl std::fmt::Debug for TrustGraph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (classes, edges) = (self.class_count(), self.matrix.edge_count());
        f.debug_struct("TrustGraph").field("classes", &classes).field("edges", &edges).finish_non_exhaustive()
    }
}

impl TrustGraph {
    /// Builds the graph. Complexity: linear in workloads (times the rules about their tenant), quadratic in classes.
    ///
    /// # Errors
    /// [`Error::Fleet`] with code `too-many-classes` above [`MAX_CLASSES`].
    pub fn new(fleet: &Fleet, as_of: Date, scope: Scope) -> Result<Self> {
        let sides = Sides::new(fleet, as_of, scope);
        let profiles = Profiles::new(fleet, scope);
        let classes = classes(fleet, &sides, &profiles, scope);
        let count = classes.keys.len();
        if count > MAX_CLASSES {
            let message =
                "more trust classes than can be planned; give tenants the same attributes where they are alike";
            let problem = InputProblem::new("too-many-classes", "", message)
                .with_got(count.to_string())
                .with_expected(format!("at most {MAX_CLASSES}"));
            return Err(Error::Fleet(FleetError { problems: vec![problem], omitted: 0 }));
        }
        let rules = Rules::new(fleet, &sides, profiles, scope);
        let mut matrix = ConflictMatrix::with_capacity_and_hasher(count, FxBuildHasher);
        for class in 0..count {
            matrix.add_node(narrow(class));
        }
        let pairs = vec![RulePairs::default(); rules.table.len()];
        let waived_pairs = vec![0; fleet.policy().waivers.len()];
        let sets = vec![ReasonSet::from_words(&vec![0; rules.table.words()])];
        let waivers = sides.waivers;
        let mut graph = Self { as_of, scope, classes, rules, waivers, matrix, sets, pairs, waived_pairs };
        graph.connect();
        Ok(graph)
    }

    fn connect(&mut self) {
        let mut found = self.rules.buffer();
        let mut numbers: FxHashMap<ReasonSet, u16> = FxHashMap::default();
        let mut last = 0u16;
        for a in 0..self.classes.keys.len() {
            for b in 0..=a {
                self.rules.separate(&self.classes.keys[a], &self.classes.keys[b], &mut found);
                if found.raw != found.standing {
                    self.count_waived(a, b, &found);
                }
                if found.standing.iter().all(|&word| word == 0) {
                    continue;
                }
                if last == UNNUMBERED || !self.sets[last as usize].is(&found.standing) {
                    last = self.number(&mut numbers, &found.standing);
                }
                self.matrix.update_edge(node(a), node(b), last);
                self.count(a, b, &found.standing);
            }
        }
    }

    fn number(&mut self, numbers: &mut FxHashMap<ReasonSet, u16>, words: &[u64]) -> u16 {
        let set = ReasonSet::from_words(words);
        if let Some(&number) = numbers.get(&set) {
            return number;
        }
        match u16::try_from(self.sets.len()) {
            Ok(number) if number < UNNUMBERED => {
                self.sets.push(set.clone());
                numbers.insert(set, number);
                number
            }
            _ => UNNUMBERED,
        }
    }

    /// Number of pairs of different workloads between two classes.
    fn pairs_between(&self, a: usize, b: usize) -> u64 {
        let (first, second) = (self.classes.members[a].len() as u64, self.classes.members[b].len() as u64);
        if a == b { first * (first - 1) / 2 } else { first * second }
    }

    fn count(&mut self, a: usize, b: usize, words: &[u64]) {
        let pairs = self.pairs_between(a, b);
        if pairs == 0 {
            return;
        }
        let alone = words.iter().map(|word| word.count_ones()).sum::<u32>() == 1;
        for rule in ones(words) {
            let entry = &mut self.pairs[rule];
            entry.pairs += pairs;
            entry.only += if alone { pairs } else { 0 };
            if entry.samples.len() < 3 {
                let first = self.classes.members[b][0];
                let second = if a == b { self.classes.members[a][1] } else { self.classes.members[a][0] };
                entry.samples.push([first.min(second), first.max(second)]);
            }
        }
    }

    fn count_waived(&mut self, a: usize, b: usize, found: &PairReasons) {
        let pairs = self.pairs_between(a, b);
        for waiver in self.rules.waivers_between(&self.classes.keys[a], &self.classes.keys[b]) {
            if self.rules.takes_away(waiver, &found.raw) {
                self.waived_pairs[self.waivers[waiver]] += pairs;
            }
        }
    }

    /// The day against which waivers were judged.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// Which rules count.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Number of trust classes.
    #[must_use]
    pub fn class_count(&self) -> usize {
        self.classes.keys.len()
    }

    /// Class of a workload; `None` for per-cluster workloads, which are exempt from every reason.
    #[must_use]
    pub fn class_of(&self, workload: usize) -> Option<usize> {
        self.classes.of[workload]
    }

    /// The workloads of a class, ascending; never empty.
    #[must_use]
    pub fn members(&self, class: usize) -> &[usize] {
        &self.classes.members[class]
    }

    /// Whether two different workloads of these classes may not share a cluster.
    #[must_use]
    pub fn conflict(&self, a: usize, b: usize) -> bool {
        self.matrix.has_edge(node(a), node(b))
    }

    /// Every rule that separates two different workloads of these classes, waivers applied.
    #[must_use]
    pub fn reason_set(&self, a: usize, b: usize) -> Cow<'_, ReasonSet> {
        match self.matrix.get_edge_weight(node(a), node(b)) {
            None => Cow::Borrowed(&self.sets[0]),
            Some(&UNNUMBERED) => {
                let mut found = self.rules.buffer();
                self.rules.separate(&self.classes.keys[a], &self.classes.keys[b], &mut found);
                Cow::Owned(ReasonSet::from_words(&found.standing))
            }
            Some(&number) => Cow::Borrowed(&self.sets[number as usize]),
        }
    }

    /// Whether two workloads may not share a cluster. A workload never conflicts with itself, nor a per-cluster one with
    /// anything.
    #[must_use]
    pub fn separated(&self, u: usize, v: usize) -> bool {
        match (self.classes.of[u], self.classes.of[v]) {
            (Some(a), Some(b)) => u != v && self.conflict(a, b),
            _ => false,
        }
    }

    /// How many pairs each rule separates, by its number in the [`RuleTable`].
    #[must_use]
    pub fn rule_pairs(&self) -> &[RulePairs] {
        &self.pairs
    }

    /// How the rules are numbered.
    #[must_use]
    pub fn table(&self) -> RuleTable {
        self.rules.table
    }

    /// Indices of the waivers in force, ascending.
    #[must_use]
    pub fn waivers_in_force(&self) -> &[usize] {
        &self.waivers
    }

    /// Pairs of workloads from which a waiver takes a reason away.
    #[must_use]
    pub fn waived_pairs(&self, waiver: usize) -> u64 {
        self.waived_pairs[waiver]
    }

    /// The petgraph graph: nodes are classes (weight: their index), edges carry the number of a set of reasons.
    #[must_use]
    pub fn graph(&self) -> &ConflictMatrix {
        &self.matrix
    }

    /// The island of each workload, from 0 in the order of their first workloads; `None` for per-cluster
    /// workloads. Trust edges only. Complexity: at most quadratic in classes.
    #[must_use]
    pub fn islands(&self) -> Vec<Option<usize>> {
        let count = self.classes.keys.len();
        let mut component = vec![usize::MAX; count];
        let mut sizes = Vec::new();
        let mut unvisited: Vec<usize> = (0..count).collect();
        while let Some(&start) = unvisited.first() {
            let number = sizes.len();
            let mut queue = vec![start];
            unvisited.remove(0);
            component[start] = number;
            let mut size = 0;
            while let Some(class) = queue.pop() {
                size += 1;
                unvisited.retain(|&other| {
                    let reached = !self.distrusted(class, other);
                    if reached {
                        component[other] = number;
                        queue.push(other);
                    }
                    !reached
                });
            }
            sizes.push(size);
        }
        let mut numbers: Vec<Option<usize>> = vec![None; sizes.len()];
        let mut next = 0;
        let mut islands = Vec::with_capacity(self.classes.of.len());
        for class in &self.classes.of {
            let Some(class) = *class else {
                islands.push(None);
                continue;
            };
            // a class of workloads that refuse one another and everybody else: each is an island of its own
            let alone = sizes[component[class]] == 1 && self.distrusted(class, class);
            let known = numbers[component[class]].filter(|_| !alone);
            let number = known.unwrap_or(next);
            if known.is_none() {
                next += 1;
                numbers[component[class]] = Some(number);
            }
            islands.push(Some(number));
        }
        islands
    }

    /// Whether a rule of trust (not only `apart`) separates two different workloads of these classes.
    fn distrusted(&self, a: usize, b: usize) -> bool {
        self.conflict(a, b) && self.reason_set(a, b).iter().any(|rule| RuleTable::is_trust(self.rules.table.rule(rule)))
    }

    /// Every reason between two workloads, the waived ones too, in the order of [`RuleId`]. Empty for a workload and
    /// itself and where one is a per-cluster workload.
    #[must_use]
    pub fn reasons(&self, fleet: &Fleet, u: usize, v: usize) -> Vec<Reason> {
        let (Some(a), Some(b)) = (self.classes.of[u], self.classes.of[v]) else { return Vec::new() };
        if u == v {
            return Vec::new();
        }
        let mut found = self.rules.buffer();
        let (a, b) = (&self.classes.keys[a], &self.classes.keys[b]);
        self.rules.separate(a, b, &mut found);
        let waivers: Vec<usize> = self.rules.waivers_between(a, b).map(|position| self.waivers[position]).collect();
        ones(&found.raw)
            .map(|index| {
                let rule = self.rules.table.rule(index);
                let (direction, first, second) = particulars(fleet, rule, u, v);
                let waives = |waiver: &usize| fleet.policy().waivers[*waiver].waives.contains(&rule);
                let waived_by = waivers.iter().copied().filter(waives).collect();
                Reason { rule, direction, first, second, waived_by }
            })
            .collect()
    }
}

/// Direction and values of a rule that separates `u` and `v`.
fn particulars(fleet: &Fleet, rule: RuleId, u: usize, v: usize) -> (Direction, String, String) {
    let policy = fleet.policy();
    let (x, y) = (&fleet.workloads()[u], &fleet.workloads()[v]);
    let tenant = |workload: &Workload| fleet.tenants()[workload.tenant].name.clone();
    let class = |attribute: usize, class: Option<usize>| {
        class.map_or_else(String::new, |class| policy.attributes[attribute].classes[class].clone())
    };
    match rule {
        RuleId::Level => {
            let level = |rank: usize| policy.levels[rank].name.clone();
            (direction(y.trust < x.accepts, x.trust < y.accepts), level(x.trust), level(y.trust))
        }
        RuleId::Sharing => {
            let excludes = |workload: &Workload| {
                workload.sharing == Sharing::Workload || (workload.sharing == Sharing::Tenant && x.tenant != y.tenant)
            };
            let word = |workload: &Workload| match workload.sharing {
                Sharing::Level => "level".to_owned(),
                Sharing::Tenant => "tenant".to_owned(),
                Sharing::Workload => "workload".to_owned(),
            };
            (direction(excludes(x), excludes(y)), word(x), word(y))
        }
        RuleId::Separate(index) => {
            let attribute = policy.separate[index].attribute;
            let of = |workload: &Workload| class(attribute, workload.separation_classes[index]);
            (Direction::Mutual, of(x), of(y))
        }
        RuleId::Distrust(index) => {
            (direction(refuses(fleet, index, u, v), refuses(fleet, index, v, u)), tenant(x), tenant(y))
        }
        RuleId::Distrusts => {
            let forward = fleet.tenants()[x.tenant].distrusts.contains(&y.tenant);
            let backward = fleet.tenants()[y.tenant].distrusts.contains(&x.tenant);
            (direction(forward, backward), tenant(x), tenant(y))
        }
        RuleId::Apart(index) => {
            let attribute = policy.apart[index].attribute;
            (Direction::Mutual, class(attribute, x.attributes[attribute]), class(attribute, y.attributes[attribute]))
        }
    }
}

fn direction(forward: bool, backward: bool) -> Direction {
    match (forward, backward) {
        (true, false) => Direction::Forward,
        (false, true) => Direction::Backward,
        _ => Direction::Mutual,
    }
}
