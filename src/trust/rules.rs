//! The rules on a pair of trust classes: which reasons separate them, and which of those a waiver takes away.

use crate::fleet::{Fleet, RuleId, Sharing};

use super::class::{ANY, NO_TENANT, Profiles, TrustClass};
use super::reason::RuleTable;
use super::scope::Scope;
use super::sparse::{Word, common, meet, of_ascending, ones, push, push_number, take_out, union};
use super::stand::{Stand, Stands};

/// Evaluates pairs of classes.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub table: RuleTable,
    scope: Scope,
    pub profiles: Profiles,
    pub stands: Vec<Stand>,
    other_tenant: Box<[Word]>,
    /// What each waiver in force takes away.
    waives: Vec<Box<[Word]>>,
}

/// The reasons of one pair: what separates it, and what would without waivers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PairReasons {
    /// Rules that separate the pair, waivers applied.
    pub standing: Vec<Word>,
    /// The same before waivers.
    pub raw: Vec<Word>,
    /// The waivers in force, by position among them, that take something away.
    pub waivers: Vec<usize>,
}

impl Rules {
    pub fn new(fleet: &Fleet, waivers: &[usize], stands: Stands, profiles: Profiles, scope: Scope) -> Self {
        let table = RuleTable::new(fleet.policy());
        let waives = |&waiver: &usize| {
            // in the order of the rules, and so of their numbers
            of_ascending(fleet.policy().waivers[waiver].waives.iter().map(|&rule| table.index(rule)))
        };
        let waives = waivers.iter().map(waives).collect();
        Self { table, scope, profiles, stands: stands.list, other_tenant: stands.other_tenant, waives }
    }

    /// How many waivers are in force.
    pub fn waivers(&self) -> usize {
        self.waives.len()
    }

    /// Whether two workloads of these classes are known to have the same tenant.
    pub fn same_tenant(a: &TrustClass, b: &TrustClass) -> bool {
        a.tenant == b.tenant && a.tenant != NO_TENANT
    }

    /// Whether the tenant of one refuses that of the other by name.
    pub fn by_name(&self, a: &TrustClass, b: &TrustClass) -> bool {
        let (p, q) = (a.profile as usize, b.profile as usize);
        self.profiles.refuses[p].contains(q) || self.profiles.refuses[q].contains(p)
    }

    /// Finds the reasons between two different workloads of classes `a` and `b`. Complexity: linear in the separations
    /// and in the words of what both select.
    pub fn separate(&self, a: &TrustClass, b: &TrustClass, out: &mut PairReasons) {
        let (same_tenant, by_name) = (Self::same_tenant(a, b), self.by_name(a, b));
        let (a, b) = (&a.rest, &b.rest);
        let [x, y] = [a, b].map(|it| &self.stands[it.stand as usize]);
        out.raw.clear();
        out.waivers.clear();
        let raw = &mut out.raw;
        if self.scope != Scope::ApartOnly {
            if a.trust < b.accepts || b.trust < a.accepts {
                push_number(raw, self.table.index(RuleId::Level));
            }
            let narrowest = a.sharing.max(b.sharing);
            if narrowest == Sharing::Workload || (narrowest == Sharing::Tenant && !same_tenant) {
                push_number(raw, self.table.index(RuleId::Sharing));
            }
            for (index, (x, y)) in a.separations.iter().zip(&b.separations).enumerate() {
                if x != y {
                    push_number(raw, self.table.index(RuleId::Separate(index)));
                }
            }
        }
        if meet(&x.subject, &y.neighbour) || meet(&y.subject, &x.neighbour) {
            let forward: Vec<Word> = common(&x.subject, &y.neighbour).collect();
            let backward: Vec<Word> = common(&y.subject, &x.neighbour).collect();
            let mut hit = union(&forward, &backward);
            if same_tenant {
                take_out(&mut hit, &self.other_tenant);
            }
            hit.into_iter().for_each(|word| push(raw, word));
        }
        if by_name && self.scope != Scope::ApartOnly {
            push_number(raw, self.table.index(RuleId::Distrusts));
        }
        for (index, (&x, &y)) in a.apart.iter().zip(&b.apart).enumerate() {
            if x != y && x != ANY && y != ANY {
                push_number(raw, self.table.index(RuleId::Apart(index)));
            }
        }
        out.standing.clone_from(&out.raw);
        if !out.raw.is_empty() && !self.waives.is_empty() {
            out.waivers.extend(between(x, y).filter(|&waiver| meet(&self.waives[waiver], &out.raw)));
            for &waiver in &out.waivers {
                take_out(&mut out.standing, &self.waives[waiver]);
            }
        }
    }
}

/// The waivers in force (by position among them) whose sides are these two, either way round.
fn between(x: &Stand, y: &Stand) -> impl Iterator<Item = usize> + use<> {
    let forward: Vec<Word> = common(&x.waiver[0], &y.waiver[1]).collect();
    let backward: Vec<Word> = common(&y.waiver[0], &x.waiver[1]).collect();
    ones(&union(&forward, &backward)).collect::<Vec<_>>().into_iter()
}

/// Whether a distrust rule separates `u` (subject side) from `v` (neighbour side).
pub(super) fn refuses(fleet: &Fleet, rule: usize, u: usize, v: usize) -> bool {
    let rule = &fleet.policy().distrust[rule];
    let (subject, neighbour) = (&fleet.workloads()[u], &fleet.workloads()[v]);
    rule.subject.matches(u, subject)
        && rule.neighbour.matches(v, neighbour)
        && !(rule.neighbour.other_tenant && subject.tenant == neighbour.tenant)
}
