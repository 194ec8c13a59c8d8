//! What a plan moves, against what runs today: which rows, how much of it is forced, and by whom.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::findings::Findings;
use super::{Change, Plan, PlannedCluster};
use crate::compact::Text;
use crate::date::Date;
use crate::fleet::{ClusterMode, ExistingCluster, Fleet, Standing};
use crate::placement::{Fate, Forced, Placement, Share, ViolationCode as Code, fate, forced, moved};
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

impl Moves {
    /// What all of them count: the value of the level `moves`.
    #[must_use]
    pub fn counted(&self) -> u64 {
        self.forced.cost.saturating_add(self.chosen.cost)
    }
}

/// A copy that is given up: its workload runs in more clusters than it has copies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Leaving {
    /// Its tenant.
    pub tenant: Text,
    /// Its workload.
    pub workload: Text,
    /// Its namespace.
    pub namespace: Text,
    /// The existing cluster that it leaves.
    pub cluster: Text,
}

/// What becomes of a row.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub change: Change,
    /// The existing cluster that it leaves.
    pub from: Option<usize>,
    /// Why it moves: the rule that keeps it from where it runs, or `chosen`.
    pub because: Option<&'static str>,
    /// Its number, where its workload has several copies.
    pub copy: Option<u64>,
}

/// Replicas of a split that are moved.
struct SplitMoves {
    workload: usize,
    /// Those that can stay where they run in no plan.
    forced: u64,
    chosen: u64,
    /// Whether some go to another region.
    abroad: bool,
}

impl SplitMoves {
    /// Counts so many of them as one workload that moves.
    fn count(&self, fleet: &Fleet, count: &mut MoveCount, replicas: u64) {
        let Some(it) = fleet.whereabouts(self.workload).filter(|_| replicas > 0) else { return };
        count.cost = count.cost.saturating_add(it.move_cost.saturating_mul(replicas));
        count.workloads += 1;
        count.pods = count.pods.saturating_add(replicas);
        count.stateful += u64::from(it.stateful);
        count.regions += u64::from(self.abroad);
    }
}

/// Whether replicas of a split go to another region: more are in one than run there today and are new.
fn abroad(fleet: &Fleet, placement: &Placement, workload: usize, parts: &BTreeMap<usize, u64>) -> bool {
    let (it, at) = (&fleet.workloads()[workload], fleet.whereabouts(workload));
    let mut today: BTreeMap<Option<usize>, u64> = BTreeMap::new();
    let mut all = 0u64;
    for &cluster in at.map_or(&[][..], |at| &at.runs_in) {
        let running = at.map_or(0, |at| at.replicas_in(cluster, it.replicas));
        let region = fleet.sites()[fleet.existing()[cluster].site].regions.first().copied();
        *today.entry(region).or_insert(0) += running;
        all = all.saturating_add(running);
    }
    let mut here: BTreeMap<Option<usize>, u64> = BTreeMap::new();
    for (&cluster, &replicas) in parts {
        let there = here.entry(placement.clusters[cluster].region).or_insert(0);
        *there = there.saturating_add(replicas);
    }
    let more = here.iter().map(|(region, count)| count.saturating_sub(today.get(region).copied().unwrap_or(0)));
    more.fold(0, u64::saturating_add) > it.replicas.saturating_sub(all)
}

/// What becomes of shares.
pub(super) struct Changes<'f> {
    fleet: &'f Fleet,
    forced: Vec<Option<Forced>>,
    /// Of workloads in several clusters, in the plan or today, by workload and cluster.
    several: BTreeMap<(usize, usize), Row>,
    /// Workloads, and existing clusters where a copy of them is given up.
    given_up: Vec<(usize, usize)>,
    /// Splits of which some replicas move.
    splits: Vec<SplitMoves>,
}

impl<'f> Changes<'f> {
    pub fn new(fleet: &'f Fleet, day: Date, placement: &Placement) -> Self {
        let forced = if fleet.existing().is_empty() { Vec::new() } else { forced(fleet, day) };
        let mut changes = Self { fleet, forced, several: BTreeMap::new(), given_up: Vec::new(), splits: Vec::new() };
        if fleet.is_of_single_clusters() {
            return changes;
        }
        let mut homes: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut splits: BTreeMap<usize, BTreeMap<usize, u64>> = BTreeMap::new();
        for share in &placement.shares {
            if fleet.workloads()[share.workload].is_split() {
                let here = splits.entry(share.workload).or_default().entry(share.cluster).or_insert(0);
                *here = here.saturating_add(share.replicas);
            } else {
                homes.entry(share.workload).or_default().push(share.cluster);
            }
        }
        for (workload, parts) in splits {
            changes.split(placement, workload, &parts);
        }
        for (workload, mut clusters) in homes {
            let runs = fleet.whereabouts(workload).map_or(0, |it| it.runs_in.len());
            if fleet.workloads()[workload].copies() > 1 || runs > 1 {
                clusters.sort_unstable();
                clusters.dedup();
                changes.copies(placement, workload, &clusters);
            }
        }
        changes
    }

    /// Of a workload in these clusters, in the order of the plan: who is where it runs today stays; as many of the others are
    /// moved as count, from where it no longer runs, those clusters first that it cannot stay in; the rest are new.
    fn copies(&mut self, placement: &Placement, workload: usize, clusters: &[usize]) {
        let fleet = self.fleet;
        let stays = |&cluster: &usize| fate(fleet, workload, placement.clusters[cluster].site) == Fate::Stay;
        let elsewhere = clusters.iter().filter(|cluster| !stays(cluster)).count() as u64;
        let moved = usize::try_from(moved(fleet, workload, elsewhere)).unwrap_or(usize::MAX);
        let used = |&cluster: &usize| {
            let site = fleet.existing()[cluster].site;
            clusters.iter().any(|&at| placement.clusters[at].site == site)
        };
        let forced = self.forced.get(workload).and_then(Option::as_ref);
        let rule =
            |cluster: usize| forced.and_then(|it| it.from.iter().find(|from| from.0 == cluster)).map(|from| from.1);
        let runs_in = fleet.whereabouts(workload).map_or(&[][..], |it| &it.runs_in);
        let mut left: Vec<usize> = runs_in.iter().copied().filter(|cluster| !used(cluster)).collect();
        left.sort_by_key(|&cluster| (rule(cluster).is_none(), cluster));
        let mut from = left.iter().copied().take(moved).enumerate();
        let count = fleet.workloads()[workload].copies();
        for (index, cluster) in clusters.iter().enumerate() {
            let copy = (count > 1).then_some(index as u64 + 1);
            let new = Row { change: Change::New, from: None, because: None, copy };
            let row = if stays(cluster) {
                Row { change: Change::Stay, ..new }
            } else if let Some((at, from)) = from.next() {
                let must = forced.is_some_and(|it| (at as u64) < it.copies);
                let because = rule(from).filter(|_| must).unwrap_or("chosen");
                Row { change: Change::Move, from: Some(from), because: Some(because), copy }
            } else {
                new
            };
            self.several.insert((workload, *cluster), row);
        }
        self.given_up.extend(left.iter().skip(moved).map(|&cluster| (workload, cluster)));
    }

    /// Of a split with so many replicas in these clusters, in the order of the plan: where some run today they stay, however many;
    /// of the others as many are moved as are counted as moves, from where fewer are than run, those clusters first that it
    /// cannot stay in; the rest are new.
    fn split(&mut self, placement: &Placement, workload: usize, parts: &BTreeMap<usize, u64>) {
        let fleet = self.fleet;
        let (it, at) = (&fleet.workloads()[workload], fleet.whereabouts(workload));
        let today = |cluster: usize| at.map_or(0, |at| at.replicas_in(cluster, it.replicas));
        let existing = |cluster: usize| match fleet.sites()[placement.clusters[cluster].site].what {
            Standing::Existing { cluster } => Some(cluster),
            Standing::New { .. } => None,
        };
        let mut here: BTreeMap<usize, u64> = BTreeMap::new();
        for (&cluster, &replicas) in parts {
            here.extend(existing(cluster).map(|existing| (existing, replicas)));
        }
        let forced = self.forced.get(workload).and_then(Option::as_ref);
        let rule =
            |cluster: usize| forced.and_then(|it| it.from.iter().find(|from| from.0 == cluster)).map(|from| from.1);
        let moved = fleet.moved_replicas(workload, here.iter().map(|(&cluster, &replicas)| (cluster, replicas)));
        let runs_in = at.map_or(&[][..], |at| &at.runs_in);
        let fewer = |&cluster: &usize| {
            let fewer = today(cluster).saturating_sub(here.get(&cluster).copied().unwrap_or(0));
            (fewer > 0).then_some((cluster, fewer))
        };
        let mut left: Vec<(usize, u64)> = runs_in.iter().filter_map(fewer).collect();
        left.sort_by_key(|&(cluster, _)| (rule(cluster).is_none(), cluster));
        let mut gone = 0u64; // of those that move
        for (&cluster, &replicas) in parts {
            let new = Row { change: Change::New, from: None, because: None, copy: None };
            let row = if existing(cluster).is_some_and(|existing| today(existing) > 0) {
                Row { change: Change::Stay, ..new }
            } else if gone < moved {
                let mut before = 0u64;
                let from = left.iter().find(|&&(_, count)| {
                    before = before.saturating_add(count);
                    before > gone
                });
                let must = forced.is_some_and(|it| gone < it.copies);
                let because = from.and_then(|&(from, _)| rule(from)).filter(|_| must).unwrap_or("chosen");
                gone = gone.saturating_add(replicas);
                Row { change: Change::Move, from: from.map(|&(from, _)| from), because: Some(because), ..new }
            } else {
                new
            };
            self.several.insert((workload, cluster), row);
        }
        if moved > 0 {
            let abroad = abroad(fleet, placement, workload, parts);
            let must = forced.map_or(0, |it| it.copies).min(moved);
            self.splits.push(SplitMoves { workload, forced: must, chosen: moved - must, abroad });
        }
    }

    /// Of a workload in a cluster of the placement, at that site.
    pub fn row(&self, workload: usize, cluster: usize, site: usize) -> Row {
        if let Some(row) = self.several.get(&(workload, cluster)) {
            return *row;
        }
        let new = Row { change: Change::New, from: None, because: None, copy: None };
        match fate(self.fleet, workload, site) {
            Fate::New => new,
            Fate::Stay => Row { change: Change::Stay, ..new },
            Fate::Move(cluster) => {
                let because = self.forced[workload].as_ref().map_or("chosen", Forced::why);
                Row { change: Change::Move, from: Some(cluster), because: Some(because), ..new }
            }
        }
    }

    /// The name of the cluster that a row leaves.
    pub fn from(&self, row: &Row) -> Option<Text> {
        row.from.map(|from| self.fleet.existing()[from].name.as_str().into())
    }

    /// The copies that are given up.
    pub fn leaving(&self) -> Vec<Leaving> {
        let one = |&(workload, cluster): &(usize, usize)| {
            let it = &self.fleet.workloads()[workload];
            Leaving {
                tenant: self.fleet.tenants()[it.tenant].name.clone(),
                workload: it.name.clone(),
                namespace: it.namespace.clone(),
                cluster: self.fleet.existing()[cluster].name.as_str().into(),
            }
        };
        self.given_up.iter().map(one).collect()
    }

    /// All of them; `None` where nothing exists that could be moved. A workload counts once, however many copies of it move.
    pub fn sum(&self, placement: &Placement) -> Option<Moves> {
        if self.fleet.existing().is_empty() {
            return None;
        }
        let mut moved: Vec<(&Share, Row)> = Vec::new();
        for share in &placement.shares {
            let row = self.row(share.workload, share.cluster, placement.clusters[share.cluster].site);
            if row.change == Change::Move && !self.fleet.workloads()[share.workload].is_split() {
                moved.push((share, row));
            }
        }
        moved.sort_by_key(|(share, _)| **share);
        let (mut forced, mut chosen) = (MoveCount::default(), MoveCount::default());
        let mut tenants: BTreeMap<usize, MoveCount> = BTreeMap::new();
        for ours in moved.chunk_by(|(a, _), (b, _)| a.workload == b.workload) {
            let of = |chosen: bool| ours.iter().filter(move |(_, row)| (row.because == Some("chosen")) == chosen);
            self.count(&mut forced, placement, of(false));
            self.count(&mut chosen, placement, of(true));
            let tenant = tenants.entry(self.fleet.workloads()[ours[0].0.workload].tenant).or_default();
            self.count(tenant, placement, ours.iter());
        }
        for it in &self.splits {
            let tenant = tenants.entry(self.fleet.workloads()[it.workload].tenant).or_default();
            it.count(self.fleet, &mut forced, it.forced);
            it.count(self.fleet, &mut chosen, it.chosen);
            it.count(self.fleet, tenant, it.forced.saturating_add(it.chosen));
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

    /// Counts moved rows of one workload, if there are any.
    fn count<'r>(
        &self,
        count: &mut MoveCount,
        placement: &Placement,
        rows: impl Iterator<Item = &'r (&'r Share, Row)> + Clone,
    ) {
        let Some(&(first, _)) = rows.clone().next() else { return };
        let it = self.fleet.whereabouts(first.workload);
        let region = |cluster: usize| self.fleet.sites()[self.fleet.existing()[cluster].site].regions.first().copied();
        let abroad =
            |(share, row): &(&Share, Row)| row.from.and_then(region) != placement.clusters[share.cluster].region;
        count.workloads += 1;
        count.stateful += u64::from(it.is_some_and(|it| it.stateful));
        count.regions += u64::from(rows.clone().any(abroad));
        for (share, _) in rows {
            count.cost = count.cost.saturating_add(it.map_or(0, |it| it.move_cost));
            count.pods = count.pods.saturating_add(share.replicas);
        }
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

/// What the document says of moves, against the placement that it has. `homes`: of each assignment its workload and its cluster.
pub(super) fn check(
    findings: &mut Findings,
    placement: &Placement,
    stated: &[&PlannedCluster],
    homes: &[Option<(usize, usize)>],
) {
    let (plan, fleet) = (findings.plan, findings.fleet);
    let changes = Changes::new(fleet, findings.as_of, placement);
    findings.expect("leaving", &plan.leaving, &changes.leaving());
    findings.expect("moves", &plan.moves, &changes.sum(placement));
    let (emptied, unused) = left(fleet, placement);
    findings.expect("emptied", &plan.emptied, &emptied);
    findings.expect("unused", &plan.unused, &unused);
    for (cluster, at) in placement.clusters.iter().zip(stated) {
        findings.expect(&format!("cluster `{}`: existing", at.name), &at.existing, &existing(fleet, cluster.site));
        if at.existing.is_none() && fleet.existing().iter().any(|it| it.name == at.name) {
            let message = format!("a new cluster has the name of the existing one `{}`", at.name);
            findings.add(Code::DuplicateCluster, message);
        }
    }
    for (row, home) in plan.assignments.iter().zip(homes) {
        let Some((workload, cluster)) = home.filter(|&(workload, _)| !fleet.workloads()[workload].per_cluster) else {
            continue;
        };
        let right = changes.row(workload, cluster, placement.clusters[cluster].site);
        let (from, because) = (changes.from(&right), right.because.map(Text::from));
        if (row.change, &row.from, &row.because, row.copy) == (right.change, &from, &because, right.copy) {
            continue;
        }
        let at = |what: &str| format!("`{}/{}/{}`: {what}", row.tenant, row.namespace, row.workload);
        findings.expect(&at("change"), &row.change, &right.change);
        findings.expect(&at("from"), &row.from, &from);
        findings.expect(&at("because"), &row.because, &because);
        findings.expect(&at("copy"), &row.copy, &right.copy);
    }
}

/// A plan without clusters moves nothing.
pub(super) fn nothing(findings: &mut Findings) {
    let plan: &Plan = findings.plan;
    if plan.moves.is_some() || !plan.emptied.is_empty() || !plan.unused.is_empty() || !plan.leaving.is_empty() {
        findings.add(Code::WrongStatus, "there are no clusters, and something moves".to_owned());
    }
}
