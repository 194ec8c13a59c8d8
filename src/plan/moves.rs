//! What a plan moves, against what runs today: which rows, how much of it is forced, and by whom.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::findings::Findings;
use super::{Change, Plan, PlannedCluster};
use crate::compact::Text;
use crate::date::Date;
use crate::fleet::{ClusterMode, ExistingCluster, Fleet, Standing};
use crate::placement::{Fate, Placement, Share, ViolationCode as Code, fate, forced};
use crate::strict::{maybe_word, object, objects, word};

/// How a cluster that exists stands in a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PlannedMode {
    /// Everybody may come, by the other rules.
    Open,
    /// Nobody comes who does not run there today.
    Cordon,
    /// Nobody is there in a plan.
    Drain,
}

impl PlannedMode {
    /// As documents have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Cordon => "cordon",
            Self::Drain => "drain",
        }
    }
}

/// What a plan says of a cluster because it exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlannedExisting {
    /// Who may come and stay.
    #[serde(deserialize_with = "word")]
    pub mode: PlannedMode,
    /// It is in every plan, even if it is empty.
    pub kept: bool,
    /// Why it is kept; absent where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "maybe_word")]
    pub because: Option<KeptBecause>,
}

/// Why a cluster is in every plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum KeptBecause {
    /// The document says `keep`.
    Keep,
    /// Others are there who are not in the fleet.
    Occupied,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde asks
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// Workloads that go elsewhere, and what that counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoveCount {
    /// What the moves count: the sum of the `moveCost`.
    pub cost: u64,
    /// Workloads.
    pub workloads: u64,
    /// Their pods.
    pub pods: u64,
    /// Those that are stateful.
    pub stateful: u64,
    /// Those that go to another region; absent where none does.
    #[serde(default, skip_serializing_if = "is_none")]
    pub regions: u64,
}

/// What moves of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantMoves {
    /// The tenant.
    pub tenant: Text,
    /// What the moves count: the sum of the `moveCost`.
    pub cost: u64,
    /// Workloads.
    pub workloads: u64,
    /// Their pods.
    pub pods: u64,
    /// Those that are stateful.
    pub stateful: u64,
    /// Those that go to another region; absent where none does.
    #[serde(default, skip_serializing_if = "is_none")]
    pub regions: u64,
}

/// What a plan moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Moves {
    /// Workloads that can stay where they run in no plan.
    #[serde(deserialize_with = "object")]
    pub forced: MoveCount,
    /// Workloads that this plan moves for the sake of its other values, or of somebody else.
    #[serde(deserialize_with = "object")]
    pub chosen: MoveCount,
    /// Both by tenant, where something of it moves.
    #[serde(deserialize_with = "objects")]
    pub by_tenant: Vec<TenantMoves>,
}

/// What becomes of a row.
pub(super) struct Row {
    pub change: Change,
    pub from: Option<Text>,
    /// Why it moves: the rule that keeps it from where it runs, or `chosen`.
    pub because: Option<Text>,
}

/// What becomes of shares.
pub(super) struct Changes<'f> {
    fleet: &'f Fleet,
    forced: Vec<Option<&'static str>>,
}

impl<'f> Changes<'f> {
    pub fn new(fleet: &'f Fleet, day: Date) -> Self {
        let forced = if fleet.existing().is_empty() { Vec::new() } else { forced(fleet, day) };
        Self { fleet, forced }
    }

    /// Of a workload at a site.
    pub fn row(&self, workload: usize, site: usize) -> Row {
        match fate(self.fleet, workload, site) {
            Fate::New => Row { change: Change::New, from: None, because: None },
            Fate::Stay => Row { change: Change::Stay, from: None, because: None },
            Fate::Move(cluster) => Row {
                change: Change::Move,
                from: Some(self.fleet.existing()[cluster].name.as_str().into()),
                because: Some(self.forced[workload].unwrap_or("chosen").into()),
            },
        }
    }

    /// All of them; `None` where nothing exists that could be moved.
    pub fn sum(&self, placement: &Placement) -> Option<Moves> {
        if self.fleet.existing().is_empty() {
            return None;
        }
        let (mut forced, mut chosen) = (MoveCount::default(), MoveCount::default());
        let mut tenants: BTreeMap<usize, MoveCount> = BTreeMap::new();
        let moved = |share: &&Share| {
            matches!(fate(self.fleet, share.workload, placement.clusters[share.cluster].site), Fate::Move(_))
        };
        for share in placement.shares.iter().filter(moved) {
            let cluster = &placement.clusters[share.cluster];
            let abroad = match fate(self.fleet, share.workload, cluster.site) {
                Fate::Move(from) => {
                    let from = self.fleet.sites()[self.fleet.existing()[from].site].regions.first().copied();
                    from != cluster.region
                }
                Fate::New | Fate::Stay => false,
            };
            let sort = if self.forced[share.workload].is_some() { &mut forced } else { &mut chosen };
            let tenant = tenants.entry(self.fleet.workloads()[share.workload].tenant).or_default();
            for count in [sort, tenant] {
                let it = self.fleet.whereabouts(share.workload);
                count.cost = count.cost.saturating_add(it.map_or(0, |it| it.move_cost));
                count.workloads += 1;
                count.pods = count.pods.saturating_add(share.replicas);
                count.stateful += u64::from(it.is_some_and(|it| it.stateful));
                count.regions += u64::from(abroad);
            }
        }
        let by_tenant = tenants.into_iter().map(|(tenant, count)| TenantMoves {
            tenant: self.fleet.tenants()[tenant].name.clone(),
            cost: count.cost,
            workloads: count.workloads,
            pods: count.pods,
            stateful: count.stateful,
            regions: count.regions,
        });
        Some(Moves { forced, chosen, by_tenant: by_tenant.collect() })
    }
}

/// What a plan says of the cluster at a site because it exists.
pub(super) fn existing(fleet: &Fleet, site: usize) -> Option<PlannedExisting> {
    let Standing::Existing { cluster } = fleet.sites()[site].what else { return None };
    let it = &fleet.existing()[cluster];
    let mode = match it.mode {
        ClusterMode::Open => PlannedMode::Open,
        ClusterMode::Cordon => PlannedMode::Cordon,
        ClusterMode::Drain => PlannedMode::Drain,
    };
    let because = match (it.said_keep, &it.occupied) {
        (true, _) => Some(KeptBecause::Keep),
        (false, Some(_)) => Some(KeptBecause::Occupied),
        (false, None) => None,
    };
    Some(PlannedExisting { mode, kept: it.keep, because })
}

/// Existing clusters that are not in a placement: those where somebody of the fleet runs today, and the others.
pub(super) fn left(fleet: &Fleet, placement: &Placement) -> (Vec<Text>, Vec<Text>) {
    let there: BTreeSet<usize> = placement.clusters.iter().map(|cluster| cluster.site).collect();
    let mut runs = vec![false; fleet.existing().len()];
    for it in (0..fleet.workloads().len()).filter_map(|workload| fleet.whereabouts(workload)) {
        it.runs_in.iter().for_each(|&cluster| runs[cluster] = true);
    }
    let gone = fleet.existing().iter().zip(runs).filter(|(it, _)| !there.contains(&it.site));
    let (emptied, unused): (Vec<_>, Vec<_>) = gone.partition(|&(_, runs)| runs);
    let names = |list: Vec<(&ExistingCluster, bool)>| list.iter().map(|(it, _)| it.name.as_str().into()).collect();
    (names(emptied), names(unused))
}

/// What the document says of moves, against the placement that it has.
pub(super) fn check(findings: &mut Findings, placement: &Placement, stated: &[&PlannedCluster]) {
    let (plan, fleet) = (findings.plan, findings.fleet);
    let changes = Changes::new(fleet, findings.as_of);
    findings.expect("moves", &plan.moves, &changes.sum(placement));
    let (emptied, unused) = left(fleet, placement);
    findings.expect("emptied", &plan.emptied, &emptied);
    findings.expect("unused", &plan.unused, &unused);
    let mut sites: BTreeMap<&str, usize> = BTreeMap::new();
    for (cluster, at) in placement.clusters.iter().zip(stated) {
        findings.expect(&format!("cluster `{}`: existing", at.name), &at.existing, &existing(fleet, cluster.site));
        if at.existing.is_none() && fleet.existing().iter().any(|it| it.name == at.name) {
            let message = format!("a new cluster has the name of the existing one `{}`", at.name);
            findings.add(Code::DuplicateCluster, message);
        }
        sites.insert(&at.name, cluster.site);
    }
    let known = crate::placement::by_key(fleet);
    for row in &plan.assignments {
        let key = (row.tenant.as_str(), row.namespace.as_str(), row.workload.as_str());
        let (Some(&workload), Some(&site)) = (known.get(&key), sites.get(row.cluster.as_str())) else { continue };
        if fleet.workloads()[workload].per_cluster {
            continue;
        }
        let right = changes.row(workload, site);
        if (row.change, &row.from, &row.because) == (right.change, &right.from, &right.because) {
            continue;
        }
        let at = |what: &str| format!("`{}/{}/{}`: {what}", row.tenant, row.namespace, row.workload);
        findings.expect(&at("change"), &row.change, &right.change);
        findings.expect(&at("from"), &row.from, &right.from);
        findings.expect(&at("because"), &row.because, &right.because);
    }
}

/// A plan without clusters moves nothing.
pub(super) fn nothing(findings: &mut Findings) {
    let plan: &Plan = findings.plan;
    if plan.moves.is_some() || !plan.emptied.is_empty() || !plan.unused.is_empty() {
        findings.add(Code::WrongStatus, "there are no clusters, and something moves".to_owned());
    }
}
