//! What separates units, pair by pair: each pair counted at the first rule that does.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::apart::{Placed, causes};
use crate::fleet::{Fleet, Paths, RuleId};
use crate::report::{FactPair, FactRule};
use crate::trust::{RuleTable, TrustGraph};

/// Pairs of kinds of units that are looked at, at most.
const MOST_PAIRS: usize = 300_000;
/// Up to so many members, pairs are listed one by one.
const MOST_LISTED: usize = 12;

/// Why two units are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Apart {
    By(RuleId),
    /// They are copies of one.
    Copies,
    /// No rule says so: no place is open to both, none has room for both, or they are copies of one.
    Place,
}

/// Units by the trust classes of their workloads: what rules can tell of them.
pub(super) struct Kinds<'a> {
    fleet: &'a Fleet,
    graph: &'a TrustGraph,
    paths: &'a Paths<'a>,
    of: FxHashMap<Vec<usize>, usize>,
    /// The classes of each kind, and a workload of each class.
    kinds: Vec<Vec<(usize, usize)>>,
}

impl<'a> Kinds<'a> {
    pub fn new(fleet: &'a Fleet, graph: &'a TrustGraph, paths: &'a Paths<'a>) -> Self {
        Self { fleet, graph, paths, of: FxHashMap::default(), kinds: Vec::new() }
    }

    fn kind(&mut self, unit: &[usize]) -> usize {
        let mut classes: BTreeMap<usize, usize> = BTreeMap::new();
        for &workload in unit {
            if let Some(class) = self.graph.class_of(workload) {
                classes.entry(class).or_insert(workload);
            }
        }
        let key: Vec<usize> = classes.keys().copied().collect();
        let kinds = &mut self.kinds;
        *self.of.entry(key).or_insert_with(|| {
            kinds.push(classes.into_iter().collect());
            kinds.len() - 1
        })
    }

    /// The first rule between two different units of these kinds, and two workloads that it separates.
    fn first(&self, a: usize, b: usize) -> Option<(RuleId, (usize, usize))> {
        let pairs = self.kinds[a].iter().flat_map(|&x| self.kinds[b].iter().map(move |&y| (x, y)));
        let rules = pairs.filter_map(|((x, u), (y, v))| Some((self.graph.first_rule(x, y)?, (u, v))));
        rules.min()
    }

    /// All pairs of copies of these units, of which none may share with another.
    pub fn all(&mut self, members: &[(&[usize], u64)]) -> Vec<FactRule> {
        let mut found = Counted::default();
        // of each kind the copies, and the pairs of them that are copies of one unit
        let mut counts: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
        for &(unit, copies) in members {
            let of = counts.entry(self.kind(unit)).or_default();
            *of = (of.0 + copies, of.1 + half(copies));
            found.add(Apart::Copies, (unit[0], unit[0]), half(copies));
        }
        let counts: Vec<(usize, (u64, u64))> = counts.into_iter().collect();
        for (at, &(a, (many, of_one))) in counts.iter().enumerate() {
            self.count(&mut found, (a, a), half(many) - of_one);
            for &(b, (others, _)) in &counts[at + 1..] {
                self.count(&mut found, (a, b), many * others);
            }
        }
        self.told(found)
    }

    /// All pairs of units of different sets; `None` where they are too many.
    pub fn across<'u>(&mut self, sets: impl Iterator<Item = Vec<(&'u [usize], u64)>>) -> Option<Vec<FactRule>> {
        let mut all: BTreeMap<usize, Vec<(usize, u64)>> = BTreeMap::new(); // by kind: sets, each with its number
        let (mut placed, mut kind_of): (Vec<Placed<'u>>, Vec<usize>) = Default::default();
        for (set, units) in sets.enumerate() {
            for (unit, copies) in units {
                let kind = self.kind(unit);
                placed.push((set, unit, copies));
                kind_of.push(kind);
                let of = all.entry(kind).or_default();
                match of.last_mut().filter(|last| last.0 == set) {
                    Some(last) => last.1 += copies,
                    None => of.push((set, copies)),
                }
            }
        }
        if all.len() * all.len() / 2 > MOST_PAIRS {
            return None;
        }
        let all: Vec<(usize, Vec<(usize, u64)>)> = all.into_iter().collect();
        let sum = |sets: &[(usize, u64)]| sets.iter().map(|&(_, count)| count).sum::<u64>();
        let mut found = Counted::default();
        for (at, (a, sets)) in all.iter().enumerate() {
            for (b, others) in &all[at..] {
                let pairs = if a == b {
                    half(sum(sets)) - sets.iter().map(|&(_, count)| half(count)).sum::<u64>()
                } else {
                    sum(sets) * sum(others) - common(sets, others)
                };
                self.count(&mut found, (*a, *b), pairs);
            }
        }
        let mut rules = self.told(found);
        if let Some(row) = rules.iter_mut().find(|row| row.rule == "place") {
            let free = |one: usize, other: usize| self.first(kind_of[one], kind_of[other]).is_none();
            row.says = causes(self.fleet, self.graph.as_of(), &placed, row.pairs, free);
        }
        Some(rules)
    }

    fn count(&self, found: &mut Counted, (a, b): (usize, usize), pairs: u64) {
        if pairs == 0 {
            return;
        }
        match self.first(a, b) {
            Some((rule, example)) => found.add(Apart::By(rule), example, pairs),
            None => found.add(Apart::Place, (self.kinds[a][0].1, self.kinds[b][0].1), pairs),
        }
    }

    fn told(&self, found: Counted) -> Vec<FactRule> {
        let policy = self.fleet.policy();
        let row = |(apart, (example, pairs)): (Apart, ((usize, usize), u64))| {
            let (rule, says, path) = match apart {
                Apart::By(RuleId::Distrust(index)) if self.fleet.is_held_apart_by(index) => (
                    "exposure".to_owned(),
                    "the least exposure: tenants that need not be together are apart".to_owned(),
                    String::new(),
                ),
                Apart::By(rule) => {
                    (RuleTable::name(policy, rule), RuleTable::describe(policy, rule), self.paths.rule(rule, example))
                }
                Apart::Copies => (
                    "copies".to_owned(),
                    "copies of one workload stand in different clusters".to_owned(),
                    String::new(),
                ),
                Apart::Place => (
                    "place".to_owned(),
                    "no place is open to both, none has room for both, or they are copies of one".to_owned(),
                    String::new(),
                ),
            };
            FactRule { rule, says, path, line: None, pairs }
        };
        let mut rules: Vec<FactRule> = found.rules.into_iter().map(row).collect();
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.pairs)); // stable: then in the order of rules
        rules
    }

    /// The pairs one by one, with every rule that separates each; none where they are many.
    pub fn listed(&self, members: &[(&[usize], u64)]) -> Vec<FactPair> {
        if members.len() > MOST_LISTED {
            return Vec::new();
        }
        let mut pairs = Vec::new();
        for (at, &(unit, copies)) in members.iter().enumerate() {
            let name = |unit: &[usize]| self.fleet.identity(unit[0]);
            if copies > 1 {
                pairs.push(FactPair { first: name(unit), second: name(unit), rules: vec!["copies".to_owned()] });
            }
            for &(other, _) in &members[at + 1..] {
                let between = unit.iter().flat_map(|&u| other.iter().map(move |&v| (u, v)));
                let standing = between.flat_map(|(u, v)| self.graph.reasons(self.fleet, u, v));
                let mut rules: Vec<RuleId> =
                    standing.filter(|reason| reason.waived_by.is_empty()).map(|reason| reason.rule).collect();
                rules.sort_unstable();
                rules.dedup();
                let told = |rule: RuleId| match rule {
                    RuleId::Distrust(index) if self.fleet.is_held_apart_by(index) => "exposure".to_owned(),
                    rule => RuleTable::name(self.fleet.policy(), rule),
                };
                let rules: Vec<String> = rules.into_iter().map(told).collect();
                let rules = if rules.is_empty() { vec!["place".to_owned()] } else { rules };
                pairs.push(FactPair { first: name(unit), second: name(other), rules });
            }
        }
        pairs
    }
}

/// Pairs by what separates them, each with an example.
#[derive(Default)]
struct Counted {
    rules: BTreeMap<Apart, ((usize, usize), u64)>,
}

impl Counted {
    fn add(&mut self, apart: Apart, example: (usize, usize), pairs: u64) {
        if pairs > 0 {
            self.rules.entry(apart).or_insert((example, 0)).1 += pairs;
        }
    }
}

fn half(count: u64) -> u64 {
    count * count.saturating_sub(1) / 2
}

/// Pairs within the sets that are in both lists; sets ascend.
fn common(a: &[(usize, u64)], b: &[(usize, u64)]) -> u64 {
    let mut b = b.iter().peekable();
    let mut sum = 0;
    for &(set, count) in a {
        while b.next_if(|other| other.0 < set).is_some() {}
        if let Some(other) = b.peek().filter(|other| other.0 == set) {
            sum += count * other.1;
        }
    }
    sum
}
