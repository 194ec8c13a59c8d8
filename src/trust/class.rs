//! Workloads to trust classes: what the policy can see of a workload, and nothing else.
//!
//! The tenant enters the key only where some rule asks whether two workloads have the *same* tenant: a tenant with a
//! workload that shares only with its own, or one with workloads on both sides of a `tenant: other` rule. What a
//! tenant's own `distrusts` list says enters as a *profile*: tenants that distrust, and are distrusted by, the same
//! tenants look alike. What distrust rules and waivers select enters as a *stand*.

use fixedbitset::FixedBitSet;
use rustc_hash::FxHashMap;

use crate::error::Result;
use crate::fleet::{Fleet, Sharing};

use super::limit::{MAX_CLASSES, narrow, too_many_classes};
use super::scope::Scope;
use super::sparse::{Word, meet, union};
use super::stand::Stands;

/// The class of a workload without a value that goes with every value.
pub(super) const ANY: u32 = u32::MAX;
/// No tenant in the key: certainly another tenant than any that a rule compares it with.
pub(super) const NO_TENANT: u32 = u32::MAX;

/// Everything that the rules can see of a workload.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct TrustClass {
    /// Tenant index, or [`NO_TENANT`] where no rule needs to compare it.
    pub tenant: u32,
    /// Index of the tenant's distrust profile.
    pub profile: u32,
    pub rest: Outlook,
}

/// All of it but for the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Outlook {
    pub trust: u32,
    pub accepts: u32,
    pub sharing: Sharing,
    pub separations: Box<[u32]>,
    /// Class under each `apart`, or [`ANY`].
    pub apart: Box<[u32]>,
    /// Number of what distrust rules and waivers select.
    pub stand: u32,
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

/// Tenants that distrust, and are distrusted by, the same tenants. Only tenants with a workload to place count.
#[derive(Clone, Debug)]
pub(super) struct Profiles {
    /// Profile of each tenant.
    pub of: Vec<u32>,
    /// Whether profile `p` distrusts profile `q`: row `p`, bit `q`.
    pub refuses: Vec<FixedBitSet>,
}

impl Profiles {
    /// # Errors
    /// Code `too-many-classes`: tenants of different profiles are of different classes.
    pub fn new(fleet: &Fleet, scope: Scope) -> Result<Self> {
        let tenants = fleet.tenants();
        let mut placed = FixedBitSet::with_capacity(tenants.len());
        fleet.workloads().iter().filter(|it| !it.per_cluster).for_each(|workload| placed.insert(workload.tenant));
        let mut refuses: Vec<Vec<usize>> = vec![Vec::new(); tenants.len()];
        let mut refused_by: Vec<Vec<usize>> = vec![Vec::new(); tenants.len()];
        for tenant in placed.ones().filter(|_| scope != Scope::ApartOnly) {
            refuses[tenant] = tenants[tenant].distrusts.iter().copied().filter(|&it| placed.contains(it)).collect();
            refuses[tenant].iter().for_each(|&other| refused_by[other].push(tenant));
        }
        let mut numbers: FxHashMap<(&[usize], &[usize]), u32> = FxHashMap::default();
        let mut firsts: Vec<usize> = Vec::new();
        let mut of = vec![0; tenants.len()];
        for tenant in placed.ones() {
            of[tenant] = *numbers.entry((&refuses[tenant], &refused_by[tenant])).or_insert_with(|| {
                firsts.push(tenant);
                narrow(firsts.len() - 1)
            });
        }
        if firsts.len() > MAX_CLASSES {
            return Err(too_many_classes(firsts.len()));
        }
        let mut rows = vec![FixedBitSet::with_capacity(firsts.len()); firsts.len()];
        for (row, &first) in rows.iter_mut().zip(&firsts) {
            row.extend(refuses[first].iter().map(|&other| of[other] as usize));
        }
        Ok(Self { of, refuses: rows })
    }
}

/// Groups the workloads. Complexity: linear in workloads.
///
/// # Errors
/// Code `too-many-classes`.
pub(super) fn classes(fleet: &Fleet, stands: &Stands, profiles: &Profiles, scope: Scope) -> Result<Classes> {
    let compared = compared_tenants(fleet, stands, scope);
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
            tenant: if compared.contains(workload.tenant) { narrow(workload.tenant) } else { NO_TENANT },
            profile: profiles.of[workload.tenant],
            rest: Outlook {
                trust: if trust_rules { narrow(workload.trust) } else { 0 },
                accepts: if trust_rules { narrow(workload.accepts) } else { 0 },
                sharing: if trust_rules { workload.sharing } else { Sharing::Level },
                separations,
                apart,
                stand: stands.of[index],
            },
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
    if result.keys.len() > MAX_CLASSES { Err(too_many_classes(result.keys.len())) } else { Ok(result) }
}

/// The tenants of which some rule compares two workloads.
fn compared_tenants(fleet: &Fleet, stands: &Stands, scope: Scope) -> FixedBitSet {
    let mut compared = FixedBitSet::with_capacity(fleet.tenants().len());
    if scope == Scope::ApartOnly {
        return compared;
    }
    let mut stood: Vec<(usize, u32)> = Vec::new();
    for (index, workload) in fleet.workloads().iter().enumerate().filter(|(_, workload)| !workload.per_cluster) {
        if workload.sharing == Sharing::Tenant {
            compared.insert(workload.tenant);
        }
        if !stands.other_tenant.is_empty() {
            stood.push((workload.tenant, stands.of[index]));
        }
    }
    stood.sort_unstable();
    stood.dedup();
    for of_tenant in stood.chunk_by(|a, b| a.0 == b.0) {
        let stood = || of_tenant.iter().map(|&(_, stand)| &stands.list[stand as usize]);
        let subject = stood().fold(Vec::new(), |all: Vec<Word>, stand| union(&all, &stand.subject));
        let neighbour = stood().fold(Vec::new(), |all: Vec<Word>, stand| union(&all, &stand.neighbour));
        let both: Vec<Word> = super::sparse::common(&subject, &neighbour).collect();
        if meet(&both, &stands.other_tenant) {
            compared.insert(of_tenant[0].0);
        }
    }
    compared
}
