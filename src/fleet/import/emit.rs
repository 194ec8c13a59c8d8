//! Rows -> the fleet document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::quantity;

use super::super::todo::TODO;
use super::machines::Running;
use super::open::assumed;
use super::options::KubernetesOptions;
use super::requests::{PodRequests, parse_amount};

/// Labels that say where a workload comes from.
pub(super) const RESERVED: &str = "tenantry/";

/// One workload.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The file, the kind and the name, for messages.
    pub title: String,
    pub position: Option<(usize, usize)>,
    /// The kind of its controller, or of the owner of its pods.
    pub kind: String,
    /// It runs a pod on every node.
    pub daemon: bool,
    /// Whether its replicas are what runs, and no guess.
    pub counted: bool,
    pub name: String,
    pub tenant: String,
    pub trust: String,
    /// As in the object.
    pub original_namespace: Option<String>,
    /// As in the fleet.
    pub namespace: Option<String>,
    pub cluster: Option<String>,
    /// The clusters in each of which it has a copy; empty where it is in one.
    pub across: Vec<String>,
    /// The regions that it is kept in; none: nothing is known, or there is no choice.
    pub regions: BTreeSet<String>,
    /// One value for each attribute of the options.
    pub attributes: Vec<Option<String>>,
    /// Least and most; the same unless `ranged`.
    pub replicas: (u64, u64),
    pub ranged: bool,
    pub overlaps: bool,
    pub requests: PodRequests,
    /// The platform's: in every cluster.
    pub per_cluster: bool,
    /// One pod on every node, of the pool if there is one.
    pub per_node: bool,
    /// The dedicated node pool that it runs on.
    pub pool: Option<String>,
    /// Whether it keeps data where it runs.
    pub stateful: bool,
    pub labels: BTreeMap<String, String>,
}

/// The document: its keys in the order of the specification.
pub(super) fn document(
    rows: &[Row],
    policy: Option<Value>,
    (templates, running, regions): (Option<Value>, &[Running], &BTreeSet<String>),
    options: &KubernetesOptions,
    draft: bool,
) -> Value {
    let mut document = Map::new();
    document.insert("schema".to_owned(), "tenantry/v1".into());
    if let Some(name) = &options.name {
        document.insert("name".to_owned(), name.as_str().into());
    }
    if let Some(policy) = policy {
        document.insert("policy".to_owned(), policy);
    }
    if !regions.is_empty() {
        document.insert("regions".to_owned(), regions.iter().map(|name| json!({"name": name})).collect());
    }
    let mut tenants: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        tenants.entry(&row.tenant).or_default().push(row);
    }
    let whole: BTreeMap<&str, Whole> = tenants.iter().map(|(&name, rows)| (name, Whole::of(rows))).collect();
    let list = whole.iter().map(|(name, whole)| whole.tenant(name, options));
    document.insert("tenants".to_owned(), list.collect());
    let list = rows.iter().map(|row| {
        let mut workload = workload(row, &whole[row.tenant.as_str()], options, draft);
        if !running.is_empty() && !row.per_cluster {
            insert_place(&mut workload, row);
        }
        Value::Object(workload)
    });
    document.insert("workloads".to_owned(), list.collect());
    if let Some(templates) = templates {
        document.insert("clusterTemplates".to_owned(), templates);
    }
    if !running.is_empty() {
        // what somebody requests, and what every node has
        let requested = rows.iter().flat_map(|row| row.requests.amounts.keys()).map(String::as_str);
        let resources: BTreeSet<&str> = requested.chain(["cpu", "memory", "pods"]).collect();
        let list = running.iter().map(|cluster| cluster.write(&resources));
        document.insert("existingClusters".to_owned(), list.collect());
    }
    let mut defaults = Map::new();
    let missing: Map<String, Value> = assumed(options)
        .into_iter()
        .filter_map(|(resource, assumed)| Some((resource.to_owned(), Value::from(assumed?))))
        .collect();
    if !missing.is_empty() {
        defaults.insert("missingRequests".to_owned(), Value::Object(missing));
    }
    if !regions.is_empty() {
        defaults.insert("regions".to_owned(), "all".into());
    }
    if !defaults.is_empty() {
        document.insert("defaults".to_owned(), Value::Object(defaults));
    }
    Value::Object(document)
}

/// What all workloads of a tenant have in common, and so its own.
struct Whole {
    trust: Option<String>,
    attributes: Vec<Option<String>>,
    platform: bool,
    /// All that one of them is kept in.
    regions: BTreeSet<String>,
}

impl Whole {
    fn of(rows: &[&Row]) -> Self {
        let Some((first, rest)) = rows.split_first() else {
            return Self { trust: None, attributes: Vec::new(), platform: false, regions: BTreeSet::new() };
        };
        let trust = rest.iter().all(|row| row.trust == first.trust).then(|| first.trust.clone());
        let same = |index: usize| rest.iter().all(|row| row.attributes[index] == first.attributes[index]);
        let common = |(index, value): (usize, &Option<String>)| value.clone().filter(|_| same(index));
        let attributes = first.attributes.iter().enumerate().map(common).collect();
        let regions = rows.iter().flat_map(|row| row.regions.iter().cloned()).collect();
        Self { trust, attributes, platform: rows.iter().any(|row| row.per_cluster), regions }
    }

    fn tenant(&self, name: &str, options: &KubernetesOptions) -> Value {
        let mut tenant = Map::new();
        tenant.insert("name".to_owned(), name.into());
        if let Some(trust) = &self.trust {
            tenant.insert("trust".to_owned(), trust.as_str().into());
        }
        insert_attributes(&mut tenant, options, self.attributes.iter().map(Option::as_ref));
        if self.platform {
            tenant.insert("platform".to_owned(), true.into());
        }
        if !self.regions.is_empty() {
            tenant.insert("regions".to_owned(), one_or_many(&self.regions));
        }
        Value::Object(tenant)
    }
}

/// One word stands for itself.
fn one_or_many(words: &BTreeSet<String>) -> Value {
    match words.first().filter(|_| words.len() == 1) {
        Some(word) => word.as_str().into(),
        None => json!(words),
    }
}

fn insert_attributes<'a>(
    map: &mut Map<String, Value>,
    options: &KubernetesOptions,
    values: impl Iterator<Item = Option<&'a String>>,
) {
    let names = options.attributes.iter().map(|(name, _)| name);
    let attributes: Map<String, Value> =
        names.zip(values).filter_map(|(name, value)| Some((name.clone(), Value::from(value?.as_str())))).collect();
    if !attributes.is_empty() {
        map.insert("attributes".to_owned(), Value::Object(attributes));
    }
}

/// Where it runs today, and whether it keeps data there. What no cluster's dump holds runs nowhere yet.
fn insert_place(workload: &mut Map<String, Value>, row: &Row) {
    let one = || row.cluster.as_deref().map_or_else(|| json!([]), Value::from);
    let place = if row.across.is_empty() { one() } else { json!(row.across) };
    workload.insert("runsIn".to_owned(), place);
    if row.stateful && row.cluster.is_some() {
        workload.insert("stateful".to_owned(), true.into());
    }
}

fn workload(row: &Row, whole: &Whole, options: &KubernetesOptions, draft: bool) -> Map<String, Value> {
    let mut workload = Map::new();
    workload.insert("name".to_owned(), row.name.as_str().into());
    workload.insert("tenant".to_owned(), row.tenant.as_str().into());
    if let Some(namespace) = &row.namespace {
        workload.insert("namespace".to_owned(), namespace.as_str().into());
    }
    if whole.trust.is_none() {
        workload.insert("trust".to_owned(), row.trust.as_str().into());
    }
    let own = row.attributes.iter().zip(&whole.attributes).map(|(own, whole)| own.as_ref().filter(|_| whole.is_none()));
    insert_attributes(&mut workload, options, own);
    if !row.per_node {
        let (min, max) = row.replicas;
        let replicas = if row.ranged { json!({"min": min, "max": max}) } else { max.into() };
        workload.insert("replicas".to_owned(), replicas);
    }
    if !row.regions.is_empty() && row.regions != whole.regions {
        workload.insert("regions".to_owned(), one_or_many(&row.regions));
    }
    if !row.across.is_empty() {
        workload.insert("copies".to_owned(), row.across.len().into());
    }
    let requests = requests(row, options, draft);
    if !requests.is_empty() {
        workload.insert("requests".to_owned(), Value::Object(requests));
    }
    if row.per_cluster {
        let key = if row.per_node { "perNode" } else { "perCluster" };
        workload.insert(key.to_owned(), true.into());
    }
    if let Some(pool) = &row.pool {
        workload.insert("pool".to_owned(), pool.as_str().into());
    }
    if !row.labels.is_empty() {
        workload.insert("labels".to_owned(), row.labels.iter().map(|(k, v)| (k.clone(), v.as_str())).collect());
    }
    workload
}

/// CPU and memory first, then the others by name. What is missing is left to the fleet's `defaults`, unless the pod has an
/// overhead that comes on top of it.
fn requests(row: &Row, options: &KubernetesOptions, draft: bool) -> Map<String, Value> {
    let mut amounts = row.requests.amounts.clone();
    for (resource, assumed) in assumed(options) {
        let overhead = row.requests.overhead.get(resource).copied().unwrap_or(0);
        let assumed = assumed.and_then(|quantity| parse_amount(resource, quantity).ok());
        if let (true, Some(assumed)) = (overhead > 0, assumed) {
            amounts.insert(resource.to_owned(), assumed.saturating_add(overhead));
        }
    }
    let mut requests = Map::new();
    for resource in ["cpu", "memory"].into_iter().chain(amounts.keys().map(String::as_str)) {
        if let Some(&value) = amounts.get(resource) {
            requests.insert(resource.to_owned(), quantity::format(resource, value).into());
        }
    }
    for (resource, assumed) in assumed(options) {
        if draft && assumed.is_none() && !requests.contains_key(resource) {
            requests.insert(resource.to_owned(), TODO.into());
        }
    }
    requests
}
