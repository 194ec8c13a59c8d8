//! The rules on a pair of trust classes: which reasons separate them, and which of those a waiver takes away.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::fleet::{Fleet, Selector, Sharing};

use super::class::{ANY, NO_TENANT, Profiles, Seen, Side, TrustClass, selects, selects_within_tenant};
use super::reason::{RuleTable, ones};

/// Which of the rules count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All, with the waivers in force.
    All,
    /// All, as if there were no waivers.
    WithoutWaivers,
    /// `apart` only, with the waivers in force: the baseline of the isolation premium.
    ApartOnly,
}

/// The selectors of the distrust rules and of the waivers in force, ready to be held against workloads.
#[derive(Clone, Debug)]
pub(super) struct Sides {
    /// Bits by distrust rule: its neighbour must be of another tenant.
    pub other_tenant: Box<[u64]>,
    /// Indices of the waivers in force.
    pub waivers: Vec<usize>,
    distrust: bool,
}

impl Sides {
    pub fn new(fleet: &Fleet, as_of: Date, scope: Scope) -> Self {
        let policy = fleet.policy();
        let distrust = scope != Scope::ApartOnly;
        let rules = if distrust { policy.distrust.len() } else { 0 };
        let mut other_tenant = vec![0u64; rules.div_ceil(64)];
        for (index, rule) in policy.distrust.iter().enumerate().take(rules) {
            if rule.neighbour.other_tenant {
                other_tenant[index / 64] |= 1 << (index % 64);
            }
        }
        let waivers = match scope {
            Scope::WithoutWaivers => Vec::new(),
            _ => (0..policy.waivers.len()).filter(|&index| as_of <= policy.waivers[index].expires).collect(),
        };
        Self { other_tenant: other_tenant.into(), waivers, distrust }
    }

    /// Holds every workload against every selector. The tenant key is evaluated once a tenant, so that thousands of
    /// rules about single tenants stay cheap.
    pub fn matches(&self, fleet: &Fleet) -> Seen {
        let policy = fleet.policy();
        let mut sides: Vec<(Side, usize, &Selector)> = Vec::new();
        if self.distrust {
            for (index, rule) in policy.distrust.iter().enumerate() {
                sides.push((Side::Subject, index, &rule.subject));
                sides.push((Side::Neighbour, index, &rule.neighbour));
            }
        }
        for (index, &waiver) in self.waivers.iter().enumerate() {
            let [first, second] = &policy.waivers[waiver].between;
            sides.push((Side::WaiverFirst, index, first));
            sides.push((Side::WaiverSecond, index, second));
        }
        let rules = if self.distrust { policy.distrust.len() } else { 0 };
        let mut seen = Seen::new(fleet.workloads().len(), rules, self.waivers.len());
        let of_tenant = sides_by_tenant(fleet.tenants().len(), &sides);
        for (index, workload) in fleet.workloads().iter().enumerate().filter(|(_, workload)| !workload.per_cluster) {
            for &side in &of_tenant[workload.tenant] {
                let (kind, rule, selector) = sides[side];
                if selects_within_tenant(selector, index, workload) {
                    seen.set(kind, index, rule);
                }
            }
        }
        seen
    }
}

/// For each tenant the sides whose tenant key admits it.
fn sides_by_tenant(tenants: usize, sides: &[(Side, usize, &Selector)]) -> Vec<Vec<usize>> {
    let mut lists = vec![Vec::new(); tenants];
    for (index, (_, _, selector)) in sides.iter().enumerate() {
        match &selector.tenant {
            Some(matcher) if !matcher.not => {
                for &tenant in matcher.values.iter().filter(|&&tenant| tenant < tenants) {
                    lists[tenant].push(index);
                }
            }
            matcher => {
                for (tenant, list) in lists.iter_mut().enumerate() {
                    if matcher.as_ref().is_none_or(|matcher| matcher.matches(Some(&tenant))) {
                        list.push(index);
                    }
                }
            }
        }
    }
    lists
}

/// Evaluates pairs of classes.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub table: RuleTable,
    scope: Scope,
    profiles: Profiles,
    other_tenant: Box<[u64]>,
    /// What each waiver in force takes away, as words of rule bits.
    waives: Vec<Box<[u64]>>,
}

/// The reasons of one pair: what separates it, and what would without waivers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PairReasons {
    /// Words of rule bits, waivers applied.
    pub standing: Vec<u64>,
    /// Words of rule bits before waivers.
    pub raw: Vec<u64>,
}

impl Rules {
    pub fn new(fleet: &Fleet, sides: &Sides, profiles: Profiles, scope: Scope) -> Self {
        let table = RuleTable::new(fleet.policy());
        let words_of = |waives: &BTreeSet<crate::fleet::RuleId>| {
            let mut words = vec![0u64; table.words()];
            for &rule in waives {
                let index = table.index(rule);
                words[index / 64] |= 1 << (index % 64);
            }
            words.into_boxed_slice()
        };
        let waives = sides.waivers.iter().map(|&waiver| words_of(&fleet.policy().waivers[waiver].waives)).collect();
        Self { table, scope, profiles, other_tenant: sides.other_tenant.clone(), waives }
    }

    /// An empty buffer of the right size for [`separate`](Self::separate).
    pub fn buffer(&self) -> PairReasons {
        PairReasons { standing: vec![0; self.table.words()], raw: vec![0; self.table.words()] }
    }

    /// Finds the reasons between two different workloads of classes `a` and `b`. Complexity: linear in the rules, 64
    /// distrust rules or waivers at a time.
    pub fn separate(&self, a: &TrustClass, b: &TrustClass, out: &mut PairReasons) {
        out.raw.fill(0);
        let raw = &mut out.raw;
        let mut set = |index: usize| raw[index / 64] |= 1 << (index % 64);
        if self.scope != Scope::ApartOnly {
            let same_tenant = a.tenant == b.tenant && a.tenant != NO_TENANT;
            if a.trust < b.accepts || b.trust < a.accepts {
                set(0);
            }
            let narrowest = a.sharing.max(b.sharing);
            if narrowest == Sharing::Workload || (narrowest == Sharing::Tenant && !same_tenant) {
                set(1);
            }
            for (index, (x, y)) in a.separations.iter().zip(&b.separations).enumerate() {
                if x != y {
                    set(2 + index);
                }
            }
            let first_distrust = 2 + a.separations.len();
            for (word, &other) in self.other_tenant.iter().enumerate() {
                let mut hit = (a.subject[word] & b.neighbour[word]) | (b.subject[word] & a.neighbour[word]);
                if same_tenant {
                    hit &= !other;
                }
                while hit != 0 {
                    set(first_distrust + word * 64 + hit.trailing_zeros() as usize);
                    hit &= hit - 1;
                }
            }
            let (p, q) = (a.profile as usize, b.profile as usize);
            if self.profiles.refuses[p].contains(q) || self.profiles.refuses[q].contains(p) {
                set(self.table.index(crate::fleet::RuleId::Distrusts));
            }
        }
        let first_apart = self.table.len() - a.apart.len();
        for (index, (&x, &y)) in a.apart.iter().zip(&b.apart).enumerate() {
            if x != y && x != ANY && y != ANY {
                set(first_apart + index);
            }
        }
        out.standing.copy_from_slice(&out.raw);
        if self.waives.is_empty() {
            return;
        }
        for waiver in self.waivers_between(a, b) {
            for (word, waived) in out.standing.iter_mut().zip(&self.waives[waiver]) {
                *word &= !waived;
            }
        }
    }

    /// The waivers in force (by position among them) whose sides match the pair, either way round.
    pub fn waivers_between<'b>(&self, a: &'b TrustClass, b: &'b TrustClass) -> impl Iterator<Item = usize> + 'b {
        let words = a.waiver[0].len();
        (0..words).flat_map(move |word| {
            let hit = (a.waiver[0][word] & b.waiver[1][word]) | (b.waiver[0][word] & a.waiver[1][word]);
            ones(&[hit]).map(|bit| word * 64 + bit).collect::<Vec<_>>()
        })
    }

    /// Whether the waiver at this position takes away a reason in `raw`.
    pub fn takes_away(&self, waiver: usize, raw: &[u64]) -> bool {
        self.waives[waiver].iter().zip(raw).any(|(waived, word)| waived & word != 0)
    }
}

/// Whether a distrust rule separates `u` (subject side) from `v` (neighbour side).
pub(super) fn refuses(fleet: &Fleet, rule: usize, u: usize, v: usize) -> bool {
    let rule = &fleet.policy().distrust[rule];
    let (subject, neighbour) = (&fleet.workloads()[u], &fleet.workloads()[v]);
    selects(&rule.subject, u, subject)
        && selects(&rule.neighbour, v, neighbour)
        && !(rule.neighbour.other_tenant && subject.tenant == neighbour.tenant)
}
