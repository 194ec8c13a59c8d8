//! What differs between two plans, workload by workload.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document;
use crate::error::Result;
use crate::plan::{Plan, PlanWarning};

/// The schema of the document.
pub(crate) const DIFF_SCHEMA: &str = "tenantry-diff/v1";

/// What differs between two plans. A cluster of one is that of the other which has its name or, among those without a namesake,
/// holds most of its workloads: a name that only follows what the cluster holds is no move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "tenantry diff")]
#[non_exhaustive]
pub struct PlanDiff {
    /// `tenantry-diff/v1`.
    #[schemars(extend("const" = DIFF_SCHEMA))]
    pub schema: String,
    /// The version of tenantry.
    pub version: String,
    /// The first plan.
    pub from: DiffedPlan,
    /// The second.
    pub to: DiffedPlan,
    /// Figures that differ, in the order of plan documents: status, proof, and those of the summary.
    pub figures: Vec<FigureChange>,
    /// Clusters that differ, in the order of the second plan, then those that only the first has.
    pub clusters: Vec<ClusterChange>,
    /// Workloads that differ, by tenant, namespace and name.
    pub workloads: Vec<WorkloadChange>,
    /// Tenants whose clusters differ, by name.
    pub tenants: Vec<TenantChange>,
    /// Separating rules that differ in what they separate, by id.
    pub separations: Vec<SeparationChange>,
    /// Waivers that differ in their state, by id.
    pub waivers: Vec<WaiverChange>,
    /// Warnings that only the first has.
    pub warnings_gone: Vec<PlanWarning>,
    /// Warnings that only the second has.
    pub warnings_new: Vec<PlanWarning>,
}

/// One of the two plans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct DiffedPlan {
    /// The fleet's name; empty where it has none.
    pub name: String,
    /// The digest of the fleet.
    pub fleet_digest: String,
    /// The day on which waivers were judged.
    pub as_of: String,
}

/// A figure that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct FigureChange {
    /// Its key in the plan document.
    pub figure: String,
    /// In the first plan; null where it is not there.
    pub from: Option<FigureValue>,
    /// In the second.
    pub to: Option<FigureValue>,
}

/// A figure of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[non_exhaustive]
pub enum FigureValue {
    /// A count.
    Count(u64),
    /// Another number.
    Number(f64),
    /// A word, or a sentence.
    Text(String),
}

impl FigureValue {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => number.as_u64().map(Self::Count).or_else(|| number.as_f64().map(Self::Number)),
            Value::String(text) => Some(Self::Text(text.clone())),
            _ => None,
        }
    }
}

/// What became of a cluster or a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DiffKind {
    /// Only the second plan has it.
    Added,
    /// Only the first has it.
    Removed,
    /// A cluster that is called otherwise and holds the same.
    Renamed,
    /// A workload in other clusters.
    Moved,
    /// A cluster that holds something else; a workload with other replicas or requests in the same clusters.
    Changed,
}

/// A cluster that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ClusterChange {
    /// What became of it.
    pub change: DiffKind,
    /// Its name in the first plan; null where it is not there.
    pub from: Option<String>,
    /// Its name in the second.
    pub to: Option<String>,
    /// Workloads that came, by identity.
    pub came: Vec<String>,
    /// Workloads that went.
    pub went: Vec<String>,
}

/// A workload that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct WorkloadChange {
    /// What became of it.
    pub change: DiffKind,
    /// Its tenant.
    pub tenant: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub workload: String,
    /// Replicas in each cluster of the first plan, by the names there.
    pub from: BTreeMap<String, u64>,
    /// The same of the second.
    pub to: BTreeMap<String, u64>,
}

/// A tenant whose clusters differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct TenantChange {
    /// Its name.
    pub tenant: String,
    /// Its clusters in the first plan.
    pub from: Vec<String>,
    /// In the second.
    pub to: Vec<String>,
}

/// A separating rule that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct SeparationChange {
    /// Its id.
    pub rule: String,
    /// Pairs that it separates in the first; null where it separates none.
    pub from: Option<u64>,
    /// The same of the second.
    pub to: Option<u64>,
}

/// A waiver that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct WaiverChange {
    /// Its id.
    pub id: String,
    /// Its state and last day in the first plan; null where it is not there.
    pub from: Option<String>,
    /// The same of the second.
    pub to: Option<String>,
}

/// Tenant, namespace, name.
type Key<'p> = (&'p str, &'p str, &'p str);
/// Replicas by cluster.
type Homes<'p> = BTreeMap<&'p str, u64>;

impl PlanDiff {
    /// What differs between two plans, of one fleet or of two. Complexity: linear in assignments, but for a sort.
    ///
    /// ```
    /// # let text = "{schema: tenantry/v1, tenants: [{name: a, trust: trusted}, {name: b, trust: trusted}], \
    /// #     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}, {name: api, tenant: b, requests: {cpu: 1, memory: 1Gi}}], \
    /// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}";
    /// use tenantry::report::PlanDiff;
    /// use tenantry::{Fleet, PlanOptions};
    ///
    /// let together = Fleet::from_yaml(text)?.plan(&PlanOptions::default())?;
    /// let apart = text.replace("b, trust: trusted", "b, trust: trusted, distrusts: [a]");
    /// let apart = Fleet::from_yaml(&apart)?.plan(&PlanOptions::default())?;
    /// let diff = PlanDiff::new(&together, &apart);
    /// assert!(!diff.is_empty() && PlanDiff::new(&apart, &apart).is_empty());
    /// assert!(diff.figures.iter().any(|it| it.figure == "clusters"));
    /// # Ok::<(), tenantry::Error>(())
    /// ```
    #[must_use]
    pub fn new(from: &Plan, to: &Plan) -> Self {
        let (first, second) = (homes(from), homes(to));
        let twins = twins(from, to, (&first, &second));
        let of = |plan: &Plan| DiffedPlan {
            name: plan.name.clone(),
            fleet_digest: plan.fleet_digest.clone(),
            as_of: plan.as_of.clone(),
        };
        let gone = |these: &Plan, others: &Plan| -> Vec<PlanWarning> {
            these.warnings.iter().filter(|it| !others.warnings.contains(it)).cloned().collect()
        };
        Self {
            schema: DIFF_SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            from: of(from),
            to: of(to),
            figures: figures(from, to),
            clusters: clusters((from, &first), (to, &second), &twins),
            workloads: workloads((from, &first), (to, &second), &twins),
            tenants: tenants((&first, &second), &twins),
            separations: separations(from, to),
            waivers: waivers(from, to),
            warnings_gone: gone(from, to),
            warnings_new: gone(to, from),
        }
    }

    /// Whether nothing differs: neither what is where nor what is said of it. The fleets may be two.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.figures.is_empty()
            && self.clusters.is_empty()
            && self.workloads.is_empty()
            && self.tenants.is_empty()
            && self.separations.is_empty()
            && self.waivers.is_empty()
            && self.warnings_gone.is_empty()
            && self.warnings_new.is_empty()
    }

    /// Reads a document. Unknown and repeated keys are errors.
    ///
    /// # Errors
    /// [`Error::PlanDocument`](crate::Error::PlanDocument) with line and column.
    pub fn from_json(text: &str) -> Result<Self> {
        document::read(text, "a document of `diff`", DIFF_SCHEMA, |it: &Self| &it.schema)
    }

    /// As JSON, keys always in the same order.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal): never, as far as is known.
    pub fn to_json(&self) -> Result<String> {
        document::text(self)
    }
}

/// Where each workload is.
fn homes(plan: &Plan) -> BTreeMap<Key<'_>, Homes<'_>> {
    let mut homes: BTreeMap<Key<'_>, Homes<'_>> = BTreeMap::new();
    for row in &plan.assignments {
        let key = (row.tenant.as_str(), row.namespace.as_str(), row.workload.as_str());
        *homes.entry(key).or_default().entry(row.cluster.as_str()).or_default() += row.replicas;
    }
    homes
}

fn names(plan: &Plan) -> impl Iterator<Item = &str> {
    plan.clusters.iter().flatten().map(|cluster| cluster.name.as_str())
}

/// For each cluster of the first plan that has one, that of the second.
fn twins<'p>(
    from: &'p Plan,
    to: &'p Plan,
    (first, second): (&BTreeMap<Key<'p>, Homes<'p>>, &BTreeMap<Key<'p>, Homes<'p>>),
) -> BTreeMap<&'p str, &'p str> {
    let theirs: BTreeSet<&str> = names(to).collect();
    let mut twins: BTreeMap<&str, &str> = names(from).filter_map(|it| Some((it, *theirs.get(it)?))).collect();
    let mut taken: BTreeSet<&str> = twins.values().copied().collect();
    let mut common: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (key, homes) in first {
        for there in second.get(key).into_iter().flat_map(BTreeMap::keys).filter(|it| !taken.contains(*it)) {
            for here in homes.keys().filter(|it| !twins.contains_key(*it)) {
                *common.entry((here, there)).or_default() += 1;
            }
        }
    }
    let mut ordered: Vec<_> = common.into_iter().collect();
    ordered.sort_by_key(|&(pair, count)| (Reverse(count), pair));
    for ((here, there), _) in ordered {
        if !twins.contains_key(here) && taken.insert(there) {
            twins.insert(here, there);
        }
    }
    twins
}

fn figures(from: &Plan, to: &Plan) -> Vec<FigureChange> {
    // a summary is written without errors: its keys are strings
    let read = |plan: &Plan| {
        let mut all = vec![
            ("status".to_owned(), serde_json::to_value(plan.status).unwrap_or_default()),
            ("proof".to_owned(), serde_json::to_value(plan.proof).unwrap_or_default()),
        ];
        if let Ok(Value::Object(summary)) = serde_json::to_value(&plan.summary) {
            all.extend(summary);
        }
        all.extend(plan.moves.as_ref().map(|moves| ("moves".to_owned(), moves.counted().into())));
        all
    };
    let (ours, theirs) = (read(from), read(to));
    let value = |all: &[(String, Value)], key: &str| {
        all.iter().find(|(name, _)| name == key).and_then(|(_, value)| FigureValue::of(value))
    };
    let mut keys: Vec<&String> = ours.iter().map(|(key, _)| key).collect();
    keys.extend(theirs.iter().map(|(key, _)| key).filter(|key| !ours.iter().any(|(name, _)| name == *key)));
    let change = |key: &String| FigureChange { figure: key.clone(), from: value(&ours, key), to: value(&theirs, key) };
    keys.into_iter().map(change).filter(|it| it.from != it.to).collect()
}

fn identity((tenant, namespace, workload): &Key<'_>) -> String {
    if *namespace == format!("{tenant}-{workload}") {
        format!("{tenant}/{workload}")
    } else {
        format!("{tenant}/{namespace}/{workload}")
    }
}

type Side<'s, 'p> = (&'p Plan, &'s BTreeMap<Key<'p>, Homes<'p>>);

fn clusters(
    (from, first): Side<'_, '_>,
    (to, second): Side<'_, '_>,
    twins: &BTreeMap<&str, &str>,
) -> Vec<ClusterChange> {
    fn held<'p>(homes: &BTreeMap<Key<'p>, Homes<'p>>) -> BTreeMap<&'p str, BTreeSet<Key<'p>>> {
        let mut held: BTreeMap<&str, BTreeSet<Key<'_>>> = BTreeMap::new();
        for (key, homes) in homes {
            homes.keys().for_each(|cluster| _ = held.entry(cluster).or_default().insert(*key));
        }
        held
    }
    let (here, there) = (held(first), held(second));
    let none = BTreeSet::new();
    let back: BTreeMap<&str, &str> = twins.iter().map(|(&here, &there)| (there, here)).collect();
    let list = |keys: Vec<&Key<'_>>| keys.into_iter().map(identity).collect::<Vec<String>>();
    let mut changes = Vec::new();
    for name in names(to) {
        let now = there.get(name).unwrap_or(&none);
        let Some(&old) = back.get(name) else {
            let came = list(now.iter().collect());
            changes.push(ClusterChange {
                change: DiffKind::Added,
                from: None,
                to: Some(name.to_owned()),
                came,
                went: Vec::new(),
            });
            continue;
        };
        let before = here.get(old).unwrap_or(&none);
        let (came, went) = (list(now.difference(before).collect()), list(before.difference(now).collect()));
        let change = if !came.is_empty() || !went.is_empty() {
            DiffKind::Changed
        } else if old != name {
            DiffKind::Renamed
        } else {
            continue;
        };
        changes.push(ClusterChange { change, from: Some(old.to_owned()), to: Some(name.to_owned()), came, went });
    }
    for name in names(from).filter(|name| !twins.contains_key(name)) {
        let went = list(here.get(name).unwrap_or(&none).iter().collect());
        changes.push(ClusterChange {
            change: DiffKind::Removed,
            from: Some(name.to_owned()),
            to: None,
            came: Vec::new(),
            went,
        });
    }
    changes
}

fn workloads(
    (from, first): Side<'_, '_>,
    (to, second): Side<'_, '_>,
    twins: &BTreeMap<&str, &str>,
) -> Vec<WorkloadChange> {
    type Requests<'p> = BTreeMap<(Key<'p>, &'p str), &'p crate::compact::TextMap<crate::compact::Text>>;
    fn requests(plan: &Plan) -> Requests<'_> {
        let rows = plan.assignments.iter().map(|row| {
            let key = (row.tenant.as_str(), row.namespace.as_str(), row.workload.as_str());
            ((key, row.cluster.as_str()), &row.requests)
        });
        rows.collect()
    }
    let (asked, asks) = (requests(from), requests(to));
    let keys: BTreeSet<&Key<'_>> = first.keys().chain(second.keys()).collect();
    let owned = |homes: Option<&Homes<'_>>| -> BTreeMap<String, u64> {
        homes.into_iter().flatten().map(|(&cluster, &replicas)| (cluster.to_owned(), replicas)).collect()
    };
    let change = |key: &Key<'_>| {
        let (old, new) = (first.get(key), second.get(key));
        let change = match (old, new) {
            (None, _) => DiffKind::Added,
            (_, None) => DiffKind::Removed,
            (Some(old), Some(new)) => {
                let mapped: Vec<Option<&str>> = old.keys().map(|cluster| twins.get(cluster).copied()).collect();
                let stays =
                    mapped.len() == new.len() && mapped.iter().all(|it| it.is_some_and(|it| new.contains_key(it)));
                let same = |(&cluster, &replicas): (&&str, &u64)| {
                    twins.get(cluster).is_some_and(|twin| {
                        new.get(twin) == Some(&replicas) && asked.get(&(*key, cluster)) == asks.get(&(*key, *twin))
                    })
                };
                if !stays {
                    DiffKind::Moved
                } else if old.iter().all(same) {
                    return None;
                } else {
                    DiffKind::Changed
                }
            }
        };
        let (tenant, namespace, workload) = *key;
        Some(WorkloadChange {
            change,
            tenant: tenant.to_owned(),
            namespace: namespace.to_owned(),
            workload: workload.to_owned(),
            from: owned(old),
            to: owned(new),
        })
    };
    keys.into_iter().filter_map(change).collect()
}

fn tenants(
    (first, second): (&BTreeMap<Key<'_>, Homes<'_>>, &BTreeMap<Key<'_>, Homes<'_>>),
    twins: &BTreeMap<&str, &str>,
) -> Vec<TenantChange> {
    fn stand<'p>(homes: &BTreeMap<Key<'p>, Homes<'p>>) -> BTreeMap<&'p str, BTreeSet<&'p str>> {
        let mut stand: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for ((tenant, ..), homes) in homes {
            stand.entry(tenant).or_default().extend(homes.keys());
        }
        stand
    }
    let (here, there) = (stand(first), stand(second));
    let none = BTreeSet::new();
    let names: BTreeSet<&str> = here.keys().chain(there.keys()).copied().collect();
    let change = |name: &str| {
        let (old, new) = (here.get(name).unwrap_or(&none), there.get(name).unwrap_or(&none));
        let mapped: BTreeSet<Option<&str>> = old.iter().map(|cluster| twins.get(cluster).copied()).collect();
        let same = mapped == new.iter().map(|&cluster| Some(cluster)).collect();
        let list = |clusters: &BTreeSet<&str>| clusters.iter().map(|&it| it.to_owned()).collect();
        (!same).then(|| TenantChange { tenant: name.to_owned(), from: list(old), to: list(new) })
    };
    names.into_iter().filter_map(change).collect()
}

fn separations(from: &Plan, to: &Plan) -> Vec<SeparationChange> {
    let read = |plan: &Plan| -> BTreeMap<String, u64> {
        plan.separations.iter().map(|row| (row.rule.clone(), row.pairs)).collect()
    };
    let (ours, theirs) = (read(from), read(to));
    let rules: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let change = |rule: &String| SeparationChange {
        rule: rule.clone(),
        from: ours.get(rule).copied(),
        to: theirs.get(rule).copied(),
    };
    rules.into_iter().map(change).filter(|it| it.from != it.to).collect()
}

fn waivers(from: &Plan, to: &Plan) -> Vec<WaiverChange> {
    let read = |plan: &Plan| -> BTreeMap<String, String> {
        let state = |row: &crate::plan::WaiverRow| serde_json::to_value(row.state).unwrap_or_default();
        let said =
            |row: &crate::plan::WaiverRow| format!("{} until {}", state(row).as_str().unwrap_or_default(), row.expires);
        plan.waivers.iter().map(|row| (row.id.clone(), said(row))).collect()
    };
    let (ours, theirs) = (read(from), read(to));
    let ids: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let change =
        |id: &String| WaiverChange { id: id.clone(), from: ours.get(id).cloned(), to: theirs.get(id).cloned() };
    ids.into_iter().map(change).filter(|it| it.from != it.to).collect()
}
