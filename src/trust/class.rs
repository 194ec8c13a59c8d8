//! Workloads to trust classes: what the policy can see of a workload, and nothing else.
//!
//! The tenant enters the key only where some rule asks whether two workloads have the *same* tenant: a tenant with a
//! workload that shares only with its own, or one with workloads on both sides of a `tenant: other` rule. What a
//! tenant's own `distrusts` list says enters as a *profile*: tenants that distrust, and are distrusted by, the same
//! tenants look alike.

use rustc_hash::FxHashMap;

use crate::fleet::{Fleet, Selector, Sharing, Workload};

use super::rules::{Scope, Sides};

/// The class of a workload without a value that goes with every value.
pub(super) const ANY: u32 = u32::MAX;
/// No tenant in the key: certainly another tenant than any that a rule compares it with.
pub(super) const NO_TENANT: u32 = u32::MAX;

/// Everything that the rules can see of a workload.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct TrustClass {
    pub trust: u32,
    pub accepts: u32,
    pub sharing: Sharing,
    /// Tenant index, or [`NO_TENANT`] where no rule needs to compare it.
    pub tenant: u32,
    /// Index of the tenant's distrust profile.
    pub profile: u32,
    pub separations: Box<[u32]>,
    /// Class under each `apart`, or [`ANY`].
    pub apart: Box<[u32]>,
    /// Bits by distrust rule: matches its subject; its neighbour.
    pub subject: Box<[u64]>,
    pub neighbour: Box<[u64]>,
    /// Bits by waiver in force: matches its first side; its second.
    pub waiver: [Box<[u64]>; 2],
}

/// The workloads of a fleet in classes.
#[derive(Clone, Debug)]
pub(super) struct Classes {
    /// Class of each workload; `None` for per-cluster workloads.
    pub of: Vec<Option<usize>>,
    /// The classes in order of their first workload.
    pub keys: Vec<TrustClass>,
    /// Members of each, ascending.
    pub members: Vec<Vec<usize>>,
}

/// Tenants that distrust, and are distrusted by, the same tenants.
#[derive(Clone, Debug)]
pub(super) struct Profiles {
    /// Profile of each tenant.
    pub of: Vec<u32>,
    /// Whether profile `p` distrusts profile `q`: row `p`, bit `q`.
    pub refuses: Vec<fixedbitset::FixedBitSet>,
}

impl Profiles {
    pub fn new(fleet: &Fleet, scope: Scope) -> Self {
        let tenants = fleet.tenants();
        let mut distrusted_by: Vec<Vec<usize>> = vec![Vec::new(); tenants.len()];
        if scope != Scope::ApartOnly {
            for (index, tenant) in tenants.iter().enumerate() {
                for &other in &tenant.distrusts {
                    distrusted_by[other].push(index);
                }
            }
        }
        let none = Vec::new();
        let mut numbers: FxHashMap<(&[usize], &[usize]), u32> = FxHashMap::default();
        let mut firsts: Vec<usize> = Vec::new();
        let mut of = Vec::with_capacity(tenants.len());
        for (index, tenant) in tenants.iter().enumerate() {
            let distrusts = if scope == Scope::ApartOnly { &none } else { &tenant.distrusts };
            let number = *numbers.entry((distrusts, &distrusted_by[index])).or_insert_with(|| {
                firsts.push(index);
                narrow(firsts.len() - 1)
            });
            of.push(number);
        }
        let mut refuses = vec![fixedbitset::FixedBitSet::with_capacity(firsts.len()); firsts.len()];
        if scope != Scope::ApartOnly {
            for (profile, &first) in firsts.iter().enumerate() {
                for &other in &tenants[first].distrusts {
                    refuses[profile].insert(of[other] as usize);
                }
            }
        }
        Self { of, refuses }
    }
}

/// Groups the workloads. Complexity: linear in workloads times the rules whose tenant keys admit their tenant.
pub(super) fn classes(fleet: &Fleet, sides: &Sides, profiles: &Profiles, scope: Scope) -> Classes {
    let seen = sides.matches(fleet);
    let compared = compared_tenants(fleet, sides, &seen, scope);
    let trust_rules = scope != Scope::ApartOnly;
    let policy = fleet.policy();
    let mut numbers: FxHashMap<TrustClass, usize> = FxHashMap::default();
    let mut result = Classes { of: Vec::with_capacity(fleet.workloads().len()), keys: Vec::new(), members: Vec::new() };
    for (index, workload) in fleet.workloads().iter().enumerate() {
        if workload.per_cluster {
            result.of.push(None);
            continue;
        }
        let separations = if trust_rules {
            workload.separation_classes.iter().map(|class| class.map_or(ANY, narrow)).collect()
        } else {
            Box::default()
        };
        let apart = policy.apart.iter().map(|rule| workload.attributes[rule.attribute].map_or(ANY, narrow)).collect();
        let key = TrustClass {
            trust: if trust_rules { narrow(workload.trust) } else { 0 },
            accepts: if trust_rules { narrow(workload.accepts) } else { 0 },
            sharing: if trust_rules { workload.sharing } else { Sharing::Level },
            tenant: if compared.contains(workload.tenant) { narrow(workload.tenant) } else { NO_TENANT },
            profile: profiles.of[workload.tenant],
            separations,
            apart,
            subject: seen.row(Side::Subject, index),
            neighbour: seen.row(Side::Neighbour, index),
            waiver: [seen.row(Side::WaiverFirst, index), seen.row(Side::WaiverSecond, index)],
        };
        let number = match numbers.get(&key) {
            Some(&number) => number,
            None => {
                let number = result.keys.len();
                result.keys.push(key.clone());
                result.members.push(Vec::new());
                numbers.insert(key, number);
                number
            }
        };
        result.of.push(Some(number));
        result.members[number].push(index);
    }
    result
}

/// The tenants of which some rule compares two workloads.
fn compared_tenants(fleet: &Fleet, sides: &Sides, seen: &Seen, scope: Scope) -> fixedbitset::FixedBitSet {
    let mut compared = fixedbitset::FixedBitSet::with_capacity(fleet.tenants().len());
    if scope == Scope::ApartOnly {
        return compared;
    }
    let words = sides.other_tenant.len();
    let mut both = vec![[0u64; 2]; words * fleet.tenants().len()];
    for (index, workload) in fleet.workloads().iter().enumerate().filter(|(_, workload)| !workload.per_cluster) {
        if workload.sharing == Sharing::Tenant {
            compared.insert(workload.tenant);
        }
        for word in 0..words {
            let of_tenant = &mut both[workload.tenant * words + word];
            of_tenant[0] |= seen.word(Side::Subject, index, word) & sides.other_tenant[word];
            of_tenant[1] |= seen.word(Side::Neighbour, index, word) & sides.other_tenant[word];
        }
    }
    if words > 0 {
        for (tenant, words) in both.chunks(words).enumerate() {
            if words.iter().any(|word| word[0] & word[1] != 0) {
                compared.insert(tenant);
            }
        }
    }
    compared
}

/// The kinds of selectors that a workload is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Subject,
    Neighbour,
    WaiverFirst,
    WaiverSecond,
}

/// Which selectors each workload matches: bits by rule, four rows a workload.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    distrust_words: usize,
    waiver_words: usize,
    bits: Vec<u64>,
}

impl Seen {
    pub fn new(workloads: usize, distrust: usize, waivers: usize) -> Self {
        let (distrust_words, waiver_words) = (distrust.div_ceil(64), waivers.div_ceil(64));
        Self { distrust_words, waiver_words, bits: vec![0; workloads * 2 * (distrust_words + waiver_words)] }
    }

    fn start(&self, side: Side, workload: usize) -> (usize, usize) {
        let base = workload * 2 * (self.distrust_words + self.waiver_words);
        match side {
            Side::Subject => (base, self.distrust_words),
            Side::Neighbour => (base + self.distrust_words, self.distrust_words),
            Side::WaiverFirst => (base + 2 * self.distrust_words, self.waiver_words),
            Side::WaiverSecond => (base + 2 * self.distrust_words + self.waiver_words, self.waiver_words),
        }
    }

    pub fn set(&mut self, side: Side, workload: usize, rule: usize) {
        let (start, _) = self.start(side, workload);
        self.bits[start + rule / 64] |= 1 << (rule % 64);
    }

    fn row(&self, side: Side, workload: usize) -> Box<[u64]> {
        let (start, len) = self.start(side, workload);
        self.bits[start..start + len].into()
    }

    fn word(&self, side: Side, workload: usize, word: usize) -> u64 {
        self.bits[self.start(side, workload).0 + word]
    }
}

/// Whether a workload matches a selector; `tenant: other` is left to the pair.
pub(super) fn selects(selector: &Selector, index: usize, workload: &Workload) -> bool {
    selector.tenant.as_ref().is_none_or(|matcher| matcher.matches(Some(&workload.tenant)))
        && selects_within_tenant(selector, index, workload)
}

/// The same, where the tenant is known to match.
pub(super) fn selects_within_tenant(selector: &Selector, index: usize, workload: &Workload) -> bool {
    selector.trust.as_ref().is_none_or(|matcher| matcher.matches(Some(&workload.trust)))
        && selector.workload.as_ref().is_none_or(|matcher| matcher.matches(Some(&index)))
        && selector.namespace.as_ref().is_none_or(|matcher| matcher.matches(Some(&workload.namespace)))
        && selector
            .attributes
            .iter()
            .all(|(attribute, matcher)| matcher.matches(workload.attributes[*attribute].as_ref()))
}

/// Indices of a fleet fit 32 bits: documents are limited far below that, and a larger fleet is refused on loading.
pub(super) fn narrow(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX - 1)
}
