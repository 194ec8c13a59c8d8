//! Tenants and workloads: inherit, narrow, count.

use std::collections::BTreeSet;
use std::collections::hash_map::Entry;
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::amounts::{CPU, MEMORY, PODS, Resources};
use super::attributes::Attributes;
use super::copies::presence;
use super::names::{Tenants, check_name, check_text};
use super::pools::Pools;
use super::trust::{Levels, Stance};
use crate::abreast::{MANY, abreast};
use crate::compact::{Shared, Text, TextMap};
use crate::error::InputProblem;
use crate::fleet::copies::Presence;
use crate::fleet::document::{Document, ReplicasDocument, TenantDocument, WorkloadDocument};
use crate::fleet::problems::{Path, Problems, quoted, shown};
use crate::fleet::tenant::Tenant;
use crate::fleet::workload::Workload;
use crate::quantity;
use crate::text::is_dns_label;

/// Stands for a tenant that could not be resolved; the fleet is refused then.
pub(super) const NOBODY: usize = usize::MAX;

/// What a tenant hands down.
pub(super) struct Inheritance {
    stance: Stance,
    classes: Vec<Option<usize>>,
}

pub(super) fn tenants(
    document: &Document,
    names: &Tenants,
    levels: &Levels,
    (attributes, resources): (&Attributes, &Resources),
    problems: &mut Problems,
) -> (Vec<Tenant>, Vec<Inheritance>) {
    let root = Path::Root;
    let list = root.key("tenants");
    let mut resolved = Vec::with_capacity(document.tenants.len());
    let mut inheritances = Vec::with_capacity(document.tenants.len());
    let states_trust = every_workload_states_trust(document, names);
    for (index, tenant) in document.tenants.iter().enumerate() {
        let path = list.index(index);
        let stance = levels.stance(
            None,
            tenant.trust.as_deref(),
            tenant.sharing.as_deref(),
            tenant.accepts.as_deref(),
            &path,
            problems,
        );
        if tenant.trust.is_none() && !states_trust[index] {
            let message = "neither this tenant nor each of its workloads states its trust, and there is no default";
            let expected = levels.list.iter().map(|level| shown(&level.name)).collect::<Vec<_>>().join(", ");
            let problem = InputProblem::new("missing-trust", "", message).with_expected(format!("one of {expected}"));
            problems.add(&path.key("trust"), problem);
        }
        let mut classes = vec![None; attributes.list.len()];
        for (name, value) in &tenant.attributes {
            let path = path.key("attributes");
            let path = path.key(name);
            if let Some(attribute) = attributes.find(name, &path, problems) {
                classes[attribute] = attributes.class(attribute, value, &path, problems);
            }
        }
        let mut distrusts = BTreeSet::new();
        for (place, name) in tenant.distrusts.iter().enumerate() {
            let path = path.key("distrusts");
            let path = path.index(place);
            if *name == tenant.name {
                problems.add(
                    &path,
                    InputProblem::new("distrusts-itself", "", "a tenant cannot distrust itself").with_got(quoted(name)),
                );
            } else if let Some(other) = names.find_other(name, Some(&tenant.name), &path, problems) {
                distrusts.insert(other);
            }
        }
        let overhead = tenant.overhead.as_ref();
        let overhead = overhead.map(|given| resources.overhead(given, &path.key("overhead"), problems));
        check_free(&tenant.labels, &tenant.mitigations, &path, problems);
        resolved.push(Tenant {
            name: tenant.name.clone(),
            distrusts: distrusts.into_iter().collect(),
            platform: tenant.platform.unwrap_or(false),
            split_namespaces: tenant.split_namespaces.unwrap_or(false),
            overhead: overhead.unwrap_or_default(),
            everywhere: false,
            labels: tenant.labels.clone(),
            mitigations: tenant.mitigations.clone(),
        });
        inheritances.push(Inheritance { stance, classes });
    }
    (resolved, inheritances)
}

/// For each tenant, whether it has workloads and all of them state their trust.
fn every_workload_states_trust(document: &Document, names: &Tenants) -> Vec<bool> {
    let mut states = vec![None; document.tenants.len()];
    for workload in &document.workloads {
        if let Some(tenant) = names.quietly(&workload.tenant) {
            states[tenant] = Some(states[tenant].unwrap_or(true) && workload.trust.is_some());
        }
    }
    states.into_iter().map(|state| state.unwrap_or(false)).collect()
}

fn check_free(labels: &TextMap<Text>, mitigations: &[Text], path: &Path, problems: &mut Problems) {
    for (name, text) in labels {
        let path = path.key("labels");
        check_text(name, 317, &path.key(name), problems);
        check_text(text, 1000, &path.key(name), problems);
    }
    for (index, text) in mitigations.iter().enumerate() {
        check_text(text, 1000, &path.key("mitigations").index(index), problems);
    }
}

/// What every workload is resolved against.
pub(super) struct Ground<'g, 'd> {
    pub names: &'g Tenants<'d>,
    pub levels: &'g Levels,
    pub attributes: &'g Attributes,
    pub resources: &'g Resources,
    pub pools: &'g Pools<'d>,
    pub tenants: &'g [Tenant],
    pub inheritances: &'g [Inheritance],
    pub defaults: [Option<u64>; 2],
}

pub(super) fn workloads(document: &Document, ground: &Ground, problems: &mut Problems) -> Vec<Workload> {
    let count = document.workloads.len();
    // while nothing is wrong no row has to know what was said of others: the halves of many are looked at side by side
    let many = count >= MANY && problems.is_empty();
    let middle = if many { count / 2 } else { count };
    let mut resolved: Vec<Workload> = Vec::with_capacity(count);
    let beside = || {
        let (mut rows, mut wrong) = (Vec::with_capacity(count - middle), Problems::new(1));
        ground.rows(document, middle..count, &mut rows, &mut wrong);
        wrong.is_empty().then_some(rows)
    };
    let here = || ground.rows(document, 0..middle, &mut resolved, problems);
    let ((), second) = abreast(many, here, || many.then(beside).flatten());
    match second.filter(|_| problems.is_empty()) {
        Some(rows) => resolved.extend(rows),
        None => ground.rows(document, middle..count, &mut resolved, problems),
    }
    unique_names(&resolved, document, ground.tenants, problems);
    fleet_totals(&resolved, ground.tenants, ground.resources, problems);
    resolved
}

/// Classes of the attributes, and the values as written.
type Attributed = (Arc<[Option<usize>]>, Arc<[Option<Text>]>);

/// What earlier rows said in the same maps: mostly there are few different ones.
#[derive(Default)]
struct Known {
    /// By the tenant and where the row's own attributes stand.
    attributes: FxHashMap<(usize, usize), Attributed>,
    /// What a pod requests, by where the row's requests stand.
    pods: FxHashMap<usize, Arc<[u64]>>,
    amounts: Shared<u64>,
    /// The amounts of the row at hand.
    row: Vec<u64>,
    /// The namespace made for it.
    made: String,
}

impl Known {
    /// Of more different ones, the later are not kept.
    const MOST: usize = 1 << 16;
}

impl Ground<'_, '_> {
    /// Resolves some rows of the document, behind those that are there.
    fn rows(&self, document: &Document, rows: Range<usize>, resolved: &mut Vec<Workload>, problems: &mut Problems) {
        let root = Path::Root;
        let list = root.key("workloads");
        let mut known = Known::default();
        for index in rows {
            let path = list.index(index);
            resolved.push(self.workload(&document.workloads[index], &mut known, &path, problems));
        }
    }

    fn workload(
        &self,
        workload: &WorkloadDocument,
        known: &mut Known,
        path: &Path,
        problems: &mut Problems,
    ) -> Workload {
        let named = check_name(&workload.name, false, &path.key("name"), problems);
        let tenant = self.names.find(&workload.tenant, &path.key("tenant"), problems);
        let inherited = tenant.map(|tenant| &self.inheritances[tenant]);
        let stance = self.levels.stance(
            inherited.map(|it| it.stance),
            workload.trust.as_deref(),
            workload.sharing.as_deref(),
            workload.accepts.as_deref(),
            path,
            problems,
        );
        let (per_cluster, per_node) = everywhere(workload, path, problems);
        let platform = |tenant: usize| {
            let list = Path::Root.key("tenants");
            self.tenants[tenant].platform || problems.is_spoilt(&list.index(tenant).key("platform"))
        };
        if per_cluster && tenant.is_some_and(|tenant| !platform(tenant)) {
            let (key, message) = if per_node {
                ("perNode", "only a tenant with `platform: true` owns workloads of every node")
            } else {
                ("perCluster", "only a tenant with `platform: true` owns workloads of every cluster")
            };
            problems.add(&path.key(key), InputProblem::new("not-platform", "", message));
        }
        let (attributes, values) = self.known_attributes(workload, tenant, known, path, problems);
        let (min_replicas, replicas) = replicas(workload, path, problems);
        let presence = presence(workload, path, problems);
        let of_copy = match &presence {
            Presence::Copies(copies) => replicas.div_ceil(copies.left),
            Presence::One | Presence::Split { .. } => replicas,
        };
        let pod = self.known_pod(workload, known, path, problems);
        let total = if per_node {
            known.row.clear();
            known.row.resize(pod.len(), 0);
            known.amounts.share(&known.row)
        } else {
            self.total(workload, &pod, of_copy, known, path, problems)
        };
        let pool = workload.pool.as_ref().and_then(|name| self.pools.find(name, &path.key("pool"), problems));
        let namespace = namespace(workload, named && tenant.is_some(), &mut known.made, path, problems);
        check_free(&workload.labels, &workload.mitigations, path, problems);
        let labels = labels(tenant.map(|tenant| &self.tenants[tenant].labels), &workload.labels);
        Workload {
            name: workload.name.clone(),
            tenant: tenant.unwrap_or(NOBODY),
            namespace,
            namespace_given: workload.namespace.is_some(),
            trust: stance.trust.unwrap_or(0),
            sharing: stance.sharing,
            accepts: stance.accepts,
            attributes,
            values,
            separation_classes: Arc::default(),
            replicas,
            min_replicas,
            presence,
            pod,
            total,
            per_cluster,
            per_node,
            pool,
            regions: Arc::default(),
            needs: Arc::default(),
            sites: Arc::default(),
            labels,
            mitigations: workload.mitigations.clone(),
        }
    }

    /// Attributes, worked out once for rows of a tenant that say the same. Where something is wrong each row is looked at:
    /// what is reported has a place.
    fn known_attributes(
        &self,
        workload: &WorkloadDocument,
        tenant: Option<usize>,
        known: &mut Known,
        path: &Path,
        problems: &mut Problems,
    ) -> Attributed {
        let key = (tenant.unwrap_or(NOBODY), workload.attributes.place_in_memory());
        if let Some((classes, values)) = known.attributes.get(&key).filter(|_| problems.is_empty()) {
            return (Arc::clone(classes), Arc::clone(values));
        }
        let (classes, values) = self.attributes_of(workload, tenant, path, problems);
        let attributed: Attributed = (classes.into(), values.into());
        if problems.is_empty() && known.attributes.len() < Known::MOST {
            known.attributes.insert(key, attributed.clone());
        }
        attributed
    }

    /// What one pod requests, worked out once for rows that say the same, as attributes are.
    fn known_pod(
        &self,
        workload: &WorkloadDocument,
        known: &mut Known,
        path: &Path,
        problems: &mut Problems,
    ) -> Arc<[u64]> {
        let key = workload.requests.place_in_memory();
        if let Some(pod) = known.pods.get(&key).filter(|_| problems.is_empty()) {
            return Arc::clone(pod);
        }
        let pod = known.amounts.share(&self.pod(workload, path, problems));
        if problems.is_empty() && known.pods.len() < Known::MOST {
            known.pods.insert(key, Arc::clone(&pod));
        }
        pod
    }

    /// What all of it takes in a cluster: so many pods, and what is requested once.
    fn total(
        &self,
        workload: &WorkloadDocument,
        pod: &Arc<[u64]>,
        replicas: u64,
        known: &mut Known,
        path: &Path,
        problems: &mut Problems,
    ) -> Arc<[u64]> {
        let once = &workload.fixed_requests;
        if replicas == 1 && once.is_empty() {
            return Arc::clone(pod);
        }
        let fixed = (!once.is_empty()).then(|| self.resources.requests(once, &path.key("fixedRequests"), problems));
        known.row.clear();
        for (column, &pod) in pod.iter().enumerate() {
            let fixed = fixed.as_ref().map_or(0, |fixed| fixed[column]);
            let sum =
                pod.checked_mul(replicas).and_then(|all| all.checked_add(fixed)).filter(|&sum| sum <= quantity::MAX);
            if sum.is_none() {
                let message =
                    format!("the {} of all replicas together is more than 2^63 - 1", self.resources.names[column]);
                problems.add(path, InputProblem::new("too-large", "", message));
            }
            known.row.push(sum.unwrap_or(0));
        }
        known.amounts.share(&known.row)
    }

    fn attributes_of(
        &self,
        workload: &WorkloadDocument,
        tenant: Option<usize>,
        path: &Path,
        problems: &mut Problems,
    ) -> (Vec<Option<usize>>, Vec<Option<Text>>) {
        let count = self.attributes.list.len();
        let inherited = tenant.map(|tenant| &self.inheritances[tenant].classes);
        let mut classes = inherited.map_or_else(|| vec![None; count], Clone::clone);
        let mut values: Vec<Option<Text>> = vec![None; count];
        let tenant = tenant.map(|tenant| self.names.document(tenant));
        for (attribute, value) in values.iter_mut().enumerate() {
            if classes[attribute].is_some() {
                *value = tenant
                    .and_then(|it: &TenantDocument| it.attributes.get(&self.attributes.list[attribute].name).cloned());
            }
        }
        for (name, value) in &workload.attributes {
            let path = path.key("attributes");
            let path = path.key(name);
            let Some(attribute) = self.attributes.find(name, &path, problems) else { continue };
            let Some(class) = self.attributes.class(attribute, value, &path, problems) else { continue };
            if let (Some(theirs), Some(word)) = (classes[attribute], &values[attribute])
                && (theirs != class || self.attributes.is_rest(attribute, class) && word != value)
            {
                let problem = InputProblem::new(
                    "changed-attribute",
                    "",
                    format!("its tenant says {} = {}", shown(name), quoted(word)),
                )
                .with_got(quoted(value))
                .with_expected("what the tenant says, or nothing: a workload adds attributes, it never changes one");
                problems.add(&path, problem);
            }
            classes[attribute] = Some(class);
            values[attribute] = Some(value.clone());
        }
        (classes, values)
    }

    /// What one pod requests, the defaults where cpu or memory is not stated.
    fn pod(&self, workload: &WorkloadDocument, path: &Path, problems: &mut Problems) -> Vec<u64> {
        let path = path.key("requests");
        let mut pod = self.resources.requests(&workload.requests, &path, problems);
        for (column, name, default) in [(CPU, "cpu", self.defaults[0]), (MEMORY, "memory", self.defaults[1])] {
            if workload.requests.contains_key(name) {
                continue;
            }
            match default {
                Some(amount) => pod[column] = amount,
                None => {
                    let message = format!("this workload does not say how much {name} a pod requests");
                    let expected = format!("an amount of {name} (or one in defaults.missingRequests)");
                    problems.add(
                        &path.key(name),
                        InputProblem::new("missing-request", "", message).with_expected(expected),
                    );
                }
            }
        }
        pod[PODS] = 1;
        pod
    }
}

/// The namespace. `named`: its own name and its tenant's are sound; else what is made of them says nothing new.
fn namespace(
    workload: &WorkloadDocument,
    named: bool,
    made: &mut String,
    path: &Path,
    problems: &mut Problems,
) -> Text {
    if let Some(given) = &workload.namespace {
        if !is_dns_label(given) {
            let problem = InputProblem::new("bad-namespace", "", "this cannot be the name of a namespace")
                .with_got(quoted(given))
                .with_expected("a DNS label: 1 to 63 lower-case letters, digits and `-`, not `-` at the ends");
            problems.add(&path.key("namespace"), problem);
        }
        return given.clone();
    }
    made.clear();
    [&workload.tenant, "-", &workload.name].into_iter().for_each(|part: &str| made.push_str(part));
    if named && !is_dns_label(made) && !problems.is_spoilt_at(path, &["tenant", "name"]) {
        let problem = InputProblem::new("bad-namespace", "", "tenant and name make no name for a namespace")
            .with_got(quoted(made))
            .with_expected("`namespace`, a DNS label: 1 to 63 lower-case letters, digits and `-`, not `-` at the ends");
        problems.add(&path.key("namespace"), problem);
    }
    made.as_str().into()
}

/// The tenant's labels with the workload's own over them.
fn labels(theirs: Option<&TextMap<Text>>, own: &TextMap<Text>) -> TextMap<Text> {
    match theirs {
        Some(theirs) if own.is_empty() => theirs.clone(),
        Some(theirs) if !theirs.is_empty() => {
            theirs.iter().chain(own).map(|(name, text)| (name.clone(), text.clone())).collect()
        }
        _ => own.clone(),
    }
}

/// Whether it runs in every cluster, and whether on every node; what cannot go with that is reported.
fn everywhere(workload: &WorkloadDocument, path: &Path, problems: &mut Problems) -> (bool, bool) {
    let (per_cluster, per_node) = (workload.per_cluster.unwrap_or(false), workload.per_node.unwrap_or(false));
    let mut against = |key: &str, message: &str| {
        problems.add(&path.key(key), InputProblem::new("contradiction", "", message));
    };
    if per_cluster && per_node {
        against("perNode", "a workload runs once in every cluster, or on every node, not both");
    }
    if per_node && workload.replicas.is_some() {
        against("replicas", "a workload of every node has one pod on each: it has no replicas");
    }
    if per_node && !workload.fixed_requests.is_empty() {
        against("fixedRequests", "a workload of every node takes what its pods request, and nothing once");
    }
    if per_cluster && !per_node && workload.pool.is_some() {
        against("pool", "a workload of every cluster runs on the nodes that are not dedicated");
    }
    (per_cluster || per_node, per_node)
}

fn replicas(workload: &WorkloadDocument, path: &Path, problems: &mut Problems) -> (u64, u64) {
    match workload.replicas {
        None => (1, 1),
        Some(ReplicasDocument::Exactly(count)) => (count, count),
        Some(ReplicasDocument::Range(range)) => {
            if range.min > range.max {
                let problem = InputProblem::new("bad-range", "", "min is more than max")
                    .with_got(format!("min {}, max {}", range.min, range.max));
                problems.add(&path.key("replicas"), problem);
            }
            (range.min, range.max)
        }
    }
}

/// A namespace has one tenant; a name stands once in a namespace.
fn unique_names(workloads: &[Workload], document: &Document, tenants: &[Tenant], problems: &mut Problems) {
    let root = Path::Root;
    let list = root.key("workloads");
    let mut owner: FxHashMap<&str, usize> = FxHashMap::default();
    owner.reserve(workloads.len());
    // Names are told apart only where a namespace holds more than one.
    let mut seen: FxHashMap<(&str, &str), usize> = FxHashMap::default();
    for (index, workload) in workloads.iter().enumerate() {
        let path = list.index(index);
        if workload.tenant == NOBODY || problems.is_spoilt_at(&path, &["name", "namespace"]) {
            continue;
        }
        let first = match owner.entry(&workload.namespace) {
            Entry::Vacant(place) => {
                place.insert(index);
                continue;
            }
            Entry::Occupied(place) => *place.get(),
        };
        if workloads[first].tenant != workload.tenant {
            let message = format!(
                "the namespace {} is of tenant {} already (workloads[{first}])",
                quoted(&workload.namespace),
                quoted(&tenants[workloads[first].tenant].name),
            );
            let place = if document.workloads[index].namespace.is_some() { "namespace" } else { "name" };
            let problem =
                InputProblem::new("namespace-of-two-tenants", "", message).with_expected("a namespace of its own");
            problems.add(&path.key(place), problem);
            continue;
        }
        seen.entry((&workload.namespace, &workloads[first].name)).or_insert(first);
        if let Some(first) = seen.insert((&workload.namespace, &workload.name), index) {
            let message = format!(
                "{}/{}/{} stands here twice (workloads[{first}])",
                shown(&tenants[workload.tenant].name),
                shown(&workload.namespace),
                shown(&workload.name)
            );
            problems.add(&path.key("name"), InputProblem::new("duplicate-identity", "", message));
        }
    }
}

/// All workloads together must stay countable.
fn fleet_totals(workloads: &[Workload], tenants: &[Tenant], resources: &Resources, problems: &mut Problems) {
    for (column, name) in resources.names.iter().enumerate() {
        let once = tenants.iter().filter_map(|tenant| tenant.overhead.get(column).copied());
        let all = workloads.iter().map(|it| u128::from(it.total[column]) * u128::from(it.copies()));
        let sum: u128 = all.chain(once.map(u128::from)).sum();
        if sum > u128::from(quantity::MAX) {
            let message = format!("the {} of all workloads together is more than 2^63 - 1", shown(name));
            problems.add(&Path::Root.key("workloads"), InputProblem::new("too-large", "", message));
        }
    }
}
