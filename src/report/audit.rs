//! The audit document: what is wrong with what runs today.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::baseline::{Baseline, BaselineEntry};
use super::words::title;
use crate::date::Date;
use crate::document;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, StayOf};
use crate::placement::audit::{Ending, Ends, Found, Judged};
pub use crate::plan::{Loss, LossOfRegion};

/// The schema of the document.
const AUDIT_SCHEMA: &str = "tenantry-audit/v1";
/// Names given as samples.
const FEW: usize = 3;

/// What an audit found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "tenantry audit")]
#[non_exhaustive]
pub struct Audit {
    /// `tenantry-audit/v1`.
    #[schemars(extend("const" = AUDIT_SCHEMA))]
    pub schema: String,
    /// The version of tenantry.
    pub version: String,
    /// The fleet's name; empty where it has none.
    pub name: String,
    /// The fleet's digest.
    pub fleet_digest: String,
    /// The day on which waivers and stays were judged.
    pub as_of: String,
    /// Whether there was a baseline.
    pub compared: bool,
    /// The figures.
    pub summary: AuditSummary,
    /// The violations by cluster and rule, the largest group first.
    pub groups: Vec<AuditGroup>,
    /// Every violation, in the order of the groups, the worst of each first.
    pub violations: Vec<AuditedViolation>,
    /// Violations of the baseline that are there no more.
    pub mended: Vec<BaselineEntry>,
    /// What the loss of each cluster takes, the largest first.
    pub losses: Vec<Loss>,
    /// What the loss of each region takes, the largest first.
    pub losses_of_regions: Vec<LossOfRegion>,
    /// Waivers and stays in force that end soon, the first first.
    pub ending: Vec<EndingSoon>,
    /// What the reader should know of the fleet.
    pub warnings: Vec<AuditMessage>,
    /// What is no violation, and may be of use.
    pub notes: Vec<AuditMessage>,
    /// What no rule saw.
    pub not_covered: Vec<String>,
}

/// The figures of an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct AuditSummary {
    /// Existing clusters.
    pub clusters: u64,
    /// Those in which somebody of the fleet runs.
    pub used_clusters: u64,
    /// Workloads that run somewhere.
    pub running: u64,
    /// Workloads that run nowhere yet.
    pub nowhere: u64,
    /// All violations.
    pub violations: u64,
    /// Those that the baseline does not know (all of them without one).
    pub new: u64,
    /// Those that the baseline knows, and that have grown.
    pub worse: u64,
    /// Those that the baseline knows as they are.
    pub known: u64,
    /// Those of the baseline that are there no more.
    pub mended: u64,
}

/// The violations of one rule in one cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct AuditGroup {
    /// The cluster; null where they are about several.
    pub cluster: Option<String>,
    /// The rule, as a waiver would name it where one can.
    pub rule: String,
    /// What the rule is about.
    pub title: String,
    /// How many.
    pub count: u64,
    /// Those of them that count: new ones, and known ones that have grown.
    pub counting: u64,
    /// The worst of them in words, those that count first.
    pub samples: Vec<String>,
}

/// Whether a baseline knows a violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AuditState {
    /// It does not, or there is none.
    New,
    /// It knows it with a smaller figure.
    Worse,
    /// It knows it.
    Known,
}

/// One violation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct AuditedViolation {
    /// Stays as long as its rule, cluster and workload are called the same.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// The cluster; null where it is about several.
    pub cluster: Option<String>,
    /// The workload's identity; null where it is about the whole cluster.
    pub workload: Option<String>,
    /// How bad: neighbours that it may not have, units beyond what is usable (thousandths of cpu, bytes), counts too many.
    pub figure: u64,
    /// Whether the baseline knows it.
    pub state: AuditState,
    /// In words.
    pub message: String,
}

/// What ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EndsWhat {
    /// A waiver.
    Waiver,
    /// A stay of a tenant.
    TenantStay,
    /// A stay of a workload.
    Stay,
}

/// An exception, or a hold, in force that ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct EndingSoon {
    /// What.
    pub what: EndsWhat,
    /// The waiver's id, the tenant, or the workload.
    pub name: String,
    /// Its last day.
    pub until: String,
    /// Days until then; 0: today is the last.
    pub days: u32,
    /// Pairs of workloads that share a cluster today by the waiver; workloads that the stay holds.
    pub count: u64,
}

/// A warning, or a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct AuditMessage {
    /// Stable, in kebab case.
    pub code: String,
    /// In words.
    pub message: String,
}

impl fmt::Display for EndingSoon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = match self.days {
            0 => "today is its last day".to_owned(),
            1 => "in a day".to_owned(),
            days => format!("in {days} days"),
        };
        let plural = if self.count == 1 { "" } else { "s" };
        let (name, until, count) = (&self.name, &self.until, self.count);
        match self.what {
            EndsWhat::Waiver => {
                write!(f, "waiver {name}: until {until}, {days}; {count} pair{plural} of workloads share by it today")
            }
            EndsWhat::TenantStay => {
                write!(f, "stay of tenant {name}: until {until}, {days}; {count} workload{plural} held")
            }
            EndsWhat::Stay => write!(f, "stay of {name}: until {until}, {days}"),
        }
    }
}

/// From what on an audit fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FailOn {
    /// Notes, warnings and violations.
    Note,
    /// Warnings (what ends soon is one) and violations.
    Warning,
    /// Violations that are new, or have grown.
    #[default]
    Violation,
}

/// What counts. [`Default`]: violations that are new or have grown, and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    /// From what on.
    pub fail_on: FailOn,
    /// And what ends within so many days, whatever `fail_on` says.
    pub within: Option<u32>,
}

impl Gate {
    /// Whether warnings count.
    #[must_use]
    pub fn counts_warnings(&self) -> bool {
        self.fail_on <= FailOn::Warning
    }

    /// Whether notes count.
    #[must_use]
    pub fn counts_notes(&self) -> bool {
        self.fail_on == FailOn::Note
    }

    /// Whether it counts that this ends.
    #[must_use]
    pub fn counts_ending(&self, it: &EndingSoon) -> bool {
        self.counts_warnings() || self.within.is_some_and(|within| it.days <= within)
    }
}

impl Audit {
    /// How many findings count: none, and the audit passes.
    #[must_use]
    pub fn failures(&self, gate: Gate) -> u64 {
        self.summary.new + self.summary.worse + self.failures_beside_violations(gate)
    }

    /// The same without the violations, for one that has just made all of them known.
    #[must_use]
    pub fn failures_beside_violations(&self, gate: Gate) -> u64 {
        let ending = self.ending.iter().filter(|it| gate.counts_ending(it)).count();
        let warnings = if gate.counts_warnings() { self.warnings.len() } else { 0 };
        let notes = if gate.counts_notes() { self.notes.len() } else { 0 };
        (ending + warnings + notes) as u64
    }

    /// A baseline that knows every violation of this audit.
    #[must_use]
    pub fn baseline(&self) -> Baseline {
        let entry = |it: &AuditedViolation| BaselineEntry {
            id: it.id.clone(),
            rule: it.rule.clone(),
            cluster: it.cluster.clone(),
            workload: it.workload.clone(),
            figure: it.figure,
        };
        Baseline::new(self.violations.iter().map(entry).collect())
    }

    /// As JSON.
    ///
    /// # Errors
    /// [`Error::Internal`]: never, as far as is known.
    pub fn to_json(&self) -> Result<String> {
        document::text(self)
    }

    /// Reads an audit document.
    ///
    /// # Errors
    /// [`Error::PlanDocument`] where the text is none.
    pub fn from_json(text: &str) -> Result<Self> {
        let wrong = |why: String| Error::PlanDocument(format!("this is no audit: {why}"));
        let read: Self = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if read.schema != AUDIT_SCHEMA {
            return Err(wrong(format!("its schema is not {AUDIT_SCHEMA}")));
        }
        Ok(read)
    }
}

/// The document of what was judged on that day.
pub(crate) fn written(fleet: &Fleet, judged: &Judged, as_of: Date, baseline: Option<&Baseline>) -> Audit {
    let known = baseline.map(Baseline::figures).unwrap_or_default();
    let violations: Vec<AuditedViolation> =
        judged.violations.iter().map(|found| violation(fleet, found, &known)).collect();
    let there: BTreeMap<&str, ()> = violations.iter().map(|it| (it.id.as_str(), ())).collect();
    let mended: Vec<BaselineEntry> =
        known.values().filter(|entry| !there.contains_key(entry.id.as_str())).map(|&entry| entry.clone()).collect();
    let count = |state: AuditState| violations.iter().filter(|it| it.state == state).count() as u64;
    let summary = AuditSummary {
        clusters: fleet.existing().len() as u64,
        used_clusters: judged.used as u64,
        running: judged.running as u64,
        nowhere: judged.nowhere.len() as u64,
        violations: violations.len() as u64,
        new: count(AuditState::New),
        worse: count(AuditState::Worse),
        known: count(AuditState::Known),
        mended: mended.len() as u64,
    };
    let message = |it: &crate::fleet::Warning| AuditMessage { code: it.code.to_owned(), message: it.message.clone() };
    let mut warnings: Vec<AuditMessage> = fleet.warnings().iter().map(message).collect();
    if judged.cut_short {
        let message = "wishes that contradict were not all looked at: the first are among the violations".to_owned();
        warnings.push(AuditMessage { code: "contradictions-cut-short".to_owned(), message });
    }
    Audit {
        schema: AUDIT_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        name: fleet.name().to_owned(),
        fleet_digest: fleet.digest().to_owned(),
        as_of: as_of.to_string(),
        compared: baseline.is_some(),
        summary,
        groups: groups(fleet, &violations),
        violations,
        mended,
        losses: judged.losses.iter().map(|lost| Loss::of(fleet, &fleet.existing()[lost.of].name, lost)).collect(),
        losses_of_regions: judged.losses_of_regions.iter().map(|lost| LossOfRegion::of(fleet, lost)).collect(),
        ending: judged.ending.iter().map(|it| ends(fleet, it, as_of)).collect(),
        warnings,
        notes: notes(fleet, judged, as_of),
        not_covered: not_covered(fleet),
    }
}

fn violation(fleet: &Fleet, found: &Found, known: &BTreeMap<&str, &BaselineEntry>) -> AuditedViolation {
    let id = found.id(fleet);
    let state = match known.get(id.as_str()) {
        None => AuditState::New,
        Some(entry) if entry.figure < found.figure => AuditState::Worse,
        Some(_) => AuditState::Known,
    };
    AuditedViolation {
        id,
        rule: found.rule.clone(),
        cluster: found.cluster.map(|cluster| fleet.existing()[cluster].name.clone()),
        workload: found.workload.map(|workload| fleet.identity(workload)),
        figure: found.figure,
        state,
        message: found.message(fleet),
    }
}

/// They stand side by side.
fn groups(fleet: &Fleet, violations: &[AuditedViolation]) -> Vec<AuditGroup> {
    let same = |a: &AuditedViolation, b: &AuditedViolation| a.cluster == b.cluster && a.rule == b.rule;
    let group = |all: &[AuditedViolation]| {
        let counts = |it: &&AuditedViolation| it.state != AuditState::Known;
        let samples = all.iter().filter(counts).chain(all.iter().filter(|it| !counts(it)));
        AuditGroup {
            cluster: all[0].cluster.clone(),
            rule: all[0].rule.clone(),
            title: title(fleet, &all[0].rule),
            count: all.len() as u64,
            counting: all.iter().filter(counts).count() as u64,
            samples: samples.take(FEW).map(|it| it.message.clone()).collect(),
        }
    };
    violations.chunk_by(same).map(group).collect()
}

fn ends(fleet: &Fleet, it: &Ends, as_of: Date) -> EndingSoon {
    let (what, name) = match it.what {
        Ending::Waiver(waiver) => (EndsWhat::Waiver, fleet.policy().waivers[waiver].id.clone()),
        Ending::Stay(StayOf::Tenant, tenant) => (EndsWhat::TenantStay, fleet.tenants()[tenant].name.to_string()),
        Ending::Stay(_, workload) => (EndsWhat::Stay, fleet.identity(workload)),
    };
    let days = u32::try_from(as_of.days_until(it.until)).unwrap_or(0); // in force: not before today
    EndingSoon { what, name, until: it.until.to_string(), days, count: it.count }
}

fn notes(fleet: &Fleet, judged: &Judged, as_of: Date) -> Vec<AuditMessage> {
    let names = |list: &mut dyn Iterator<Item = String>, count: usize| {
        let few: Vec<String> = list.take(FEW).collect();
        let more = if count > FEW { format!(" and {} more", count - FEW) } else { String::new() };
        format!("{}{more}", few.join(", "))
    };
    let mut notes = Vec::new();
    if !judged.unused.is_empty() {
        let count = judged.unused.len();
        let list = names(&mut judged.unused.iter().map(|&it| fleet.existing()[it].name.clone()), count);
        let what = if count == 1 { "a cluster that is" } else { "clusters that are" };
        let message = format!("nobody of the fleet runs in {what} not kept either: {list}");
        notes.push(AuditMessage { code: "unused-clusters".to_owned(), message });
    }
    if !judged.nowhere.is_empty() {
        let count = judged.nowhere.len();
        let list = names(&mut judged.nowhere.iter().map(|&it| fleet.identity(it)), count);
        let what = if count == 1 { "a workload runs".to_owned() } else { format!("{count} workloads run") };
        let message = format!("{what} nowhere yet: {list}");
        notes.push(AuditMessage { code: "runs-nowhere".to_owned(), message });
    }
    let released = |&workload: &usize| fleet.whereabouts(workload).is_some_and(|it| it.is_released(as_of));
    let released: Vec<usize> = (0..fleet.workloads().len()).filter(released).collect();
    if !released.is_empty() {
        let count = released.len();
        let list = names(&mut released.iter().map(|&it| fleet.identity(it)), count);
        let what = if count == 1 { "the stay" } else { "the stays" };
        let message = format!("{what} of {list} ended before {as_of}: a plan may move them");
        notes.push(AuditMessage { code: "stay-ended".to_owned(), message });
    }
    notes
}

fn not_covered(fleet: &Fleet) -> Vec<String> {
    let of = |test: &dyn Fn(&crate::fleet::ExistingCluster) -> bool| {
        let names: Vec<&str> = fleet.existing().iter().filter(|it| test(it)).map(|it| it.name.as_str()).collect();
        let more = if names.len() > FEW { format!(" and {} more", names.len() - FEW) } else { String::new() };
        (!names.is_empty()).then(|| format!("{}{more}", names[..names.len().min(FEW)].join(", ")))
    };
    let mut texts = Vec::new();
    if let Some(names) = of(&|it| it.occupied.is_some()) {
        texts.push(format!("who else is in {names}: no rule sees who is there, only what they take"));
    }
    if let Some(names) = of(&|it| fleet.shape(it.site).packs_nodes()) {
        texts.push(format!(
            "on which node each pod really is in {names}: of the nodes only what a lower bound shows is a violation"
        ));
    }
    if let Some(names) = of(&|it| !fleet.shape(it.site).packs_nodes()) {
        texts.push(format!("whether each pod fits a node in {names}: only sums count there"));
    }
    texts.push("that requests, replicas, attributes and `runsIn` are what really runs".to_owned());
    texts
}
