//! The conflict graph over trust classes.
//!
//! Kept as rows of bits, one a class: 10,000 classes take 12 MB. What separates a pair is found again when it is asked
//! for; how much every rule separates is counted while the rows are made. The diagonal says whether two different
//! workloads of one class may share.

use std::sync::OnceLock;

use crate::date::Date;
use fixedbitset::FixedBitSet;

use crate::error::Result;
use crate::fleet::{Fleet, RuleId, Sharing, Workload};

use super::blocks::{MEASURE, Measure};
use super::class::{Classes, Profiles, classes};
use super::connect::{Connected, connect};
use super::reason::{Direction, Reason, RuleTable};
use super::rules::{PairReasons, Rules, refuses};
use super::scope::{Scope, waivers};
use super::sparse::ones;
use super::stand::Stands;
use super::tally::RulePairs;

/// Who may not share a cluster with whom.
pub struct TrustGraph {
    as_of: Date,
    classes: Classes,
    rules: Rules,
    /// Indices of the waivers in force.
    waivers: Vec<usize>,
    /// For each class those that it may not share with.
    rows: Vec<FixedBitSet>,
    /// The same by rules of trust alone, where there are others.
    trust_rows: Option<Vec<FixedBitSet>>,
    pairs: Vec<RulePairs>,
    waived_pairs: Vec<u64>,
    islands: OnceLock<Vec<Option<usize>>>,
}

impl std::fmt::Debug for TrustGraph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrustGraph").field("classes", &self.class_count()).finish_non_exhaustive()
    }
}

impl TrustGraph {
    /// Builds the graph. Complexity: linear in workloads and in what rules select, quadratic in classes (64 at a time,
    /// where most pairs of them are alike).
    ///
    /// # Errors
    /// [`Error::Fleet`] with code `too-many-classes` where there are too many, and `policy-too-large` where the rules select
    /// more than fits into memory; both before the memory is taken.
    pub fn new(fleet: &Fleet, as_of: Date, scope: Scope) -> Result<Self> {
        Self::measured(fleet, as_of, scope, MEASURE)
    }

    pub(super) fn measured(fleet: &Fleet, as_of: Date, scope: Scope, measure: Measure) -> Result<Self> {
        let waivers = waivers(fleet, as_of, scope);
        let profiles = Profiles::new(fleet, scope)?;
        let stands = Stands::new(fleet, RuleTable::new(fleet.policy()), scope != Scope::ApartOnly, &waivers)?;
        let classes = classes(fleet, &stands, &profiles, scope)?;
        let rules = Rules::new(fleet, &waivers, stands, profiles, scope);
        let technical = !fleet.policy().apart.is_empty() || !fleet.policy().kept_apart.is_empty();
        let Connected { rows, trust_rows, pairs, waived } = connect(&classes, &rules, technical, measure);
        let mut waived_pairs = vec![0; fleet.policy().waivers.len()];
        waivers.iter().zip(waived).for_each(|(&waiver, pairs)| waived_pairs[waiver] = pairs);
        let islands = OnceLock::new();
        let mut graph = Self { as_of, classes, rules, waivers, rows, trust_rows, pairs, waived_pairs, islands };
        fleet.parts().iter().for_each(|parts| graph.share_among(parts));
        Ok(graph)
    }

    /// Parts of one split always may share: where workloads of their class may not, they are a class of their own.
    fn share_among(&mut self, parts: &[usize]) {
        let Some(class) = self.classes.of[parts[0]].filter(|&class| self.conflict(class, class)) else { return };
        let own = self.classes.keys.len();
        self.classes.keys.push(self.classes.keys[class].clone());
        self.classes.members[class].retain(|member| !parts.contains(member));
        self.classes.members.push(parts.to_vec());
        parts.iter().for_each(|&part| self.classes.of[part] = Some(own));
        for rows in [Some(&mut self.rows), self.trust_rows.as_mut()].into_iter().flatten() {
            for row in rows.iter_mut() {
                row.grow(own + 1);
                row.set(own, row.contains(class));
            }
            let mut row = rows[class].clone();
            row.set(own, false);
            rows.push(row);
        }
    }

    /// How many blocks there are by a measure, and how many pairs of classes have something of their own.
    #[cfg(test)]
    pub(super) fn blocks(&self, measure: Measure) -> (usize, usize) {
        let blocks = super::blocks::Blocks::new(&self.classes.keys, &self.rules, measure);
        let (mut found, mut pairs) = (Vec::new(), 0);
        for class in 0..self.class_count() {
            blocks.exceptions(class, &mut found);
            pairs += found.len();
        }
        (blocks.count, pairs)
    }

    /// The day against which waivers were judged.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.as_of
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

    /// The workloads of a class, ascending.
    #[must_use]
    #[cfg(feature = "python")]
    pub fn members(&self, class: usize) -> &[usize] {
        &self.classes.members[class]
    }

    /// Whether two different workloads of these classes may not share a cluster.
    #[must_use]
    pub fn conflict(&self, a: usize, b: usize) -> bool {
        self.rows[a].contains(b)
    }

    /// How many pairs of workloads may not share a cluster. Quadratic in classes.
    #[must_use]
    pub fn separated_pairs(&self) -> u64 {
        let count = |class: usize| self.classes.members[class].len() as u64;
        let of = |(class, row): (usize, &FixedBitSet)| {
            let own = if row.contains(class) { count(class) * count(class).saturating_sub(1) / 2 } else { 0 };
            own + row.ones().filter(|&other| other > class).map(|other| count(class) * count(other)).sum::<u64>()
        };
        self.rows.iter().enumerate().map(of).sum()
    }

    /// The classes that workloads of this one may not share a cluster with.
    pub(crate) fn row(&self, class: usize) -> &FixedBitSet {
        &self.rows[class]
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

    /// The island of each workload, from 0 in the order of their first workloads; `None` for per-cluster
    /// workloads. Trust edges only. Complexity: linear in workloads, and when asked for the first time the square of the
    /// classes, 64 at a time.
    #[must_use]
    pub fn islands(&self) -> Vec<Option<usize>> {
        self.islands.get_or_init(|| self.find_islands()).clone()
    }

    fn find_islands(&self) -> Vec<Option<usize>> {
        let count = self.classes.keys.len();
        let rows = self.trust_rows.as_ref().unwrap_or(&self.rows);
        let mut component = vec![usize::MAX; count];
        let mut sizes = Vec::new();
        let mut unvisited = FixedBitSet::with_capacity(count);
        unvisited.insert_range(..);
        while let Some(start) = unvisited.minimum() {
            let mut queue = vec![start];
            unvisited.remove(start);
            let mut size = 0;
            while let Some(class) = queue.pop() {
                component[class] = sizes.len();
                size += 1;
                let reached: Vec<usize> = unvisited.difference(&rows[class]).collect();
                unvisited.intersect_with(&rows[class]);
                queue.extend(reached);
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
            let alone = sizes[component[class]] == 1 && rows[class].contains(class);
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

    /// The first rule, in the order of [`RuleId`], that separates two different workloads of these classes, waivers applied.
    pub(crate) fn first_rule(&self, a: usize, b: usize) -> Option<RuleId> {
        let mut found = PairReasons::default();
        self.rules.separate(&self.classes.keys[a], &self.classes.keys[b], &mut found);
        ones(&found.standing).next().map(|index| self.rules.table.rule(index))
    }

    /// Every reason between two workloads, the waived ones too, in the order of [`RuleId`]. Empty for a workload and
    /// itself and where one is a per-cluster workload.
    #[must_use]
    pub fn reasons(&self, fleet: &Fleet, u: usize, v: usize) -> Vec<Reason> {
        let (Some(a), Some(b)) = (self.classes.of[u], self.classes.of[v]) else { return Vec::new() };
        if u == v {
            return Vec::new();
        }
        let mut found = PairReasons::default();
        self.rules.separate(&self.classes.keys[a], &self.classes.keys[b], &mut found);
        let waivers: Vec<usize> = found.waivers.iter().map(|&position| self.waivers[position]).collect();
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
    let tenant = |workload: &Workload| fleet.tenants()[workload.tenant].name.to_string();
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
        RuleId::KeptApart(_) => (Direction::Mutual, String::new(), String::new()),
    }
}

fn direction(forward: bool, backward: bool) -> Direction {
    match (forward, backward) {
        (true, false) => Direction::Forward,
        (false, true) => Direction::Backward,
        _ => Direction::Mutual,
    }
}
