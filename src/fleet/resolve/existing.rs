//! Existing clusters: who they are, what they offer, and what runs there.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::amounts::{CPU, MEMORY, PODS, Resources, quantity_of};
use super::names::{check_name, check_text, list_of};
use super::templates::{self, Everywhere};
use super::workloads::NOBODY;
use crate::date::Date;
use crate::error::InputProblem;
use crate::fleet::copies::Presence;
use crate::fleet::document::{Document, ExistingDocument, OneOrMany, RunsInDocument, StayDocument, TemplateDocument};
use crate::fleet::existing::{ClusterMode, ExistingCluster, Occupied, Own, Stay, StayIn, StayOf, Whereabouts};
use crate::fleet::problems::{Path, Problems, nearest, quoted};
use crate::fleet::shape::Shape;
use crate::fleet::workload::Workload;
use crate::quantity::Rounding;

/// Existing clusters, and node pools of them, that a fleet may have.
const MOST: usize = 10_000;

/// The existing clusters by name.
pub(super) struct Clusters<'d> {
    pub documents: &'d [ExistingDocument],
    index: FxHashMap<&'d str, usize>,
    names: Vec<&'d str>,
    /// Some cluster has no readable name: nobody can be said to be unknown.
    unsure: bool,
}

impl<'d> Clusters<'d> {
    pub fn new(document: &'d Document, problems: &mut Problems) -> Self {
        let documents = &document.existing_clusters[..];
        let list = Path::Root.key("existingClusters");
        let pools: usize = documents.iter().map(|it| it.node_pools.as_ref().map_or(0, Vec::len)).sum();
        if documents.len().max(pools) > MOST {
            let message = format!("more than {MOST} existing clusters or node pools");
            problems.add(&list, InputProblem::new("too-many-items", "", message));
            return Self { documents: &[], index: FxHashMap::default(), names: Vec::new(), unsure: true };
        }
        let (mut index, mut names) = (FxHashMap::default(), Vec::new());
        let mut unsure = problems.is_spoilt(&list);
        for (row, cluster) in documents.iter().enumerate() {
            let path = list.index(row);
            let path = path.key("name");
            if problems.is_spoilt(&path) || !check_name(&cluster.name, false, &path, problems) {
                unsure = true;
            } else if let Some(first) = index.get(cluster.name.as_str()) {
                let message = format!("this cluster has the name of existingClusters[{first}]");
                let problem = InputProblem::new("duplicate-name", "", message).with_got(quoted(&cluster.name));
                problems.add(&path, problem);
            } else {
                index.insert(cluster.name.as_str(), row);
                names.push(cluster.name.as_str());
            }
        }
        Self { documents, index, names, unsure }
    }

    /// Whether there are none, and none was tried to be written.
    fn none(&self) -> bool {
        self.documents.is_empty() && !self.unsure
    }

    fn find(&self, name: &str, path: &Path, problems: &mut Problems) -> Option<usize> {
        let found = self.index.get(name).copied();
        if found.is_none() && !self.unsure {
            let near = problems.wants_detail().then(|| nearest(name, self.names.iter().copied()));
            let problem =
                InputProblem::new("unknown-cluster", "", format!("there is no existing cluster {}", quoted(name)))
                    .with_expected(list_of(&self.names))
                    .with_suggestion(near.flatten());
            problems.add(path, problem);
        }
        found
    }

    /// The clusters of a list, ascending; reports names that stand twice.
    fn all(&self, names: &OneOrMany, path: &Path, problems: &mut Problems) -> Vec<usize> {
        let mut found = Vec::new();
        for (place, name) in names.as_slice().iter().enumerate() {
            let item = path.index(place);
            let path = if matches!(names, OneOrMany::One(_)) { path } else { &item };
            let Some(cluster) = self.find(name, path, problems) else { continue };
            if found.contains(&cluster) {
                let problem = InputProblem::new("duplicate-value", "", "this cluster stands here twice");
                problems.add(path, problem.with_got(quoted(name)));
            } else {
                found.push(cluster);
            }
        }
        found.sort_unstable();
        found
    }
}

/// What the clusters are held against.
pub(super) struct Ground<'g> {
    pub document: &'g Document,
    pub resources: &'g Resources,
    /// What every one of them holds.
    pub everywhere: &'g Everywhere<'g>,
    /// What runs on every node, and the row of the first.
    pub agents: (&'g [Workload], Option<usize>),
    /// The dedicated pools that workloads name.
    pub pools: &'g [String],
    /// The templates have been read, and nothing was wrong with them.
    pub templates_sound: bool,
    pub cost_needed: bool,
}

/// The clusters in the document's order, each with its shape; their sites come later.
pub(super) fn clusters(
    clusters: &Clusters,
    ground: &Ground,
    problems: &mut Problems,
) -> Vec<(ExistingCluster, Arc<Shape>)> {
    let list = Path::Root.key("existingClusters");
    let names: BTreeMap<&str, usize> =
        ground.document.cluster_templates.iter().enumerate().map(|(row, it)| (it.name.as_str(), row)).collect();
    // most clusters say nothing of their shape themselves: one of each template is read
    let mut plain: FxHashMap<usize, Shape> = FxHashMap::default();
    let mut resolved = Vec::with_capacity(clusters.documents.len());
    for (row, cluster) in clusters.documents.iter().enumerate() {
        let path = list.index(row);
        let template = cluster.template.as_ref().and_then(|name| {
            let found = names.get(name.as_str()).copied();
            if found.is_none() {
                let known: Vec<&str> = names.keys().copied().collect();
                let problem =
                    InputProblem::new("unknown-template", "", format!("there is no template {}", quoted(name)))
                        .with_expected(list_of(&known))
                        .with_suggestion(nearest(name, known.iter().copied()));
                problems.add(&path.key("template"), problem);
            }
            found
        });
        let document = template.map(|template| &ground.document.cluster_templates[template]);
        let said = shape_is_said(cluster, document, ground, &path, problems);
        let mut shape = match template.filter(|_| !cluster.has_own_shape()) {
            Some(template) if said => {
                plain.entry(template).or_insert_with(|| ground.read(&cluster.shape(document), &path, problems)).clone()
            }
            _ if said => ground.read(&cluster.shape(document), &path, problems),
            _ => Shape::of_nothing(ground.resources.len(), ground.pools.len()),
        };
        for (name, text) in &cluster.labels {
            check_text(text, 1000, &path.key("labels").key(name), problems);
        }
        let occupied = occupied(cluster, ground.resources, &path, problems);
        if let Some(occupied) = &occupied {
            shape.take(occupied);
        }
        let mode = mode(cluster, &path, problems);
        if mode == ClusterMode::Drain && occupied.is_some() {
            let message = "a cluster where others are who are not in the fleet cannot be drained: nobody can move them";
            problems.add(&path.key("mode"), InputProblem::new("contradiction", "", message));
        }
        let existing = ExistingCluster {
            name: cluster.name.clone(),
            template,
            site: 0,
            mode,
            keep: cluster.keep.unwrap_or(false) || occupied.is_some(),
            said_keep: cluster.keep.unwrap_or(false),
            occupied,
            labels: cluster.shape(document).labels,
            own: Own::default(),
        };
        resolved.push((existing, Arc::new(shape)));
    }
    resolved
}

impl Ground<'_> {
    /// The shape, less what runs in every cluster. The template's own mistakes have been reported there.
    fn read(&self, shape: &TemplateDocument, path: &Path, problems: &mut Problems) -> Shape {
        let mut shape = templates::read(shape, self.resources, (self.agents.0, self.pools), path, problems);
        self.everywhere.take_from(&mut shape);
        shape
    }
}

/// Whether there is a shape that can be read: what cannot is reported here, in the words of a cluster.
fn shape_is_said(
    cluster: &ExistingDocument,
    template: Option<&TemplateDocument>,
    ground: &Ground,
    path: &Path,
    problems: &mut Problems,
) -> bool {
    let shape = cluster.shape(template);
    let whole = cluster.allocatable.is_some() || cluster.node_pools.is_some();
    let unread = |key: &str| problems.is_spoilt(&path.key(key));
    if problems.is_spoilt(path) || unread("template") || unread("allocatable") || unread("nodePools") {
        return false;
    }
    if cluster.template.is_some() && template.is_none() || template.is_some() && !whole && !ground.templates_sound {
        return false; // that has been reported
    }
    let problem = |code, message: String| InputProblem::new(code, "", message);
    if !whole && template.is_none() {
        let message = "a cluster has a `template`, or `allocatable` or `nodePools` of its own";
        problems.add(path, problem("missing-key", message.to_owned()));
        return false;
    }
    if cluster.allocatable.is_some() && cluster.node_pools.is_some() {
        let message = "a cluster has `allocatable` or `nodePools`, not both".to_owned();
        problems.add(&path.key("nodePools"), problem("contradiction", message));
        return false;
    }
    if cluster.node_pools.as_ref().is_some_and(Vec::is_empty) {
        let message = "a cluster has at least one node pool".to_owned();
        problems.add(&path.key("nodePools"), problem("empty-list", message));
        return false;
    }
    if let Some(workload) = ground.agents.1.filter(|_| shape.node_pools.is_none()) {
        let message = format!("workloads[{workload}] runs on every node, and this cluster names no node pools");
        problems.add(path, problem("contradiction", message).with_expected("nodePools"));
        return false;
    }
    if ground.cost_needed && shape.cost.is_none() {
        let message = "the objective or a limit names the cost, and this cluster has none".to_owned();
        problems.add(&path.key("cost"), problem("missing-cost", message));
    }
    true
}

fn mode(cluster: &ExistingDocument, path: &Path, problems: &mut Problems) -> ClusterMode {
    match cluster.mode.as_deref() {
        None | Some("open") => ClusterMode::Open,
        Some("cordon") => ClusterMode::Cordon,
        Some("drain") => ClusterMode::Drain,
        Some(other) => {
            let known = ["open", "cordon", "drain"];
            let problem = InputProblem::new("bad-value", "", "this is no mode of a cluster")
                .with_got(quoted(other))
                .with_expected(list_of(&known))
                .with_suggestion(nearest(other, known));
            problems.add(&path.key("mode"), problem);
            ClusterMode::Open
        }
    }
}

fn occupied(
    cluster: &ExistingDocument,
    resources: &Resources,
    path: &Path,
    problems: &mut Problems,
) -> Option<Occupied> {
    let document = cluster.occupied.as_ref()?;
    let path = path.key("occupied");
    let mut amounts = vec![0; resources.len()];
    for (column, name, amount) in [(CPU, "cpu", &document.cpu), (MEMORY, "memory", &document.memory)] {
        if let Some(amount) = amount {
            amounts[column] = quantity_of(name, amount, Rounding::Up, &path.key(name), problems).unwrap_or(0);
        }
    }
    amounts[PODS] = document.pods.unwrap_or(0);
    if *document == Default::default() && !problems.is_spoilt_below(&path) {
        let problem = InputProblem::new("empty-map", "", "this does not say what others take");
        problems.add(&path, problem.with_expected("cpu, memory, pods or namespaces"));
    }
    Some(Occupied { amounts, namespaces: document.namespaces.unwrap_or(0) })
}

/// Where each workload runs, and what holds it there: one a row of the document. None at all without existing clusters.
pub(super) fn whereabouts(
    document: &Document,
    clusters: &Clusters,
    (workloads, regions): (&[Workload], bool),
    problems: &mut Problems,
) -> Vec<Whereabouts> {
    if clusters.none() {
        without(document, problems);
        return Vec::new();
    }
    let by_default = by_default(document, problems);
    let list = Path::Root.key("tenants");
    let tenants: Vec<Held> = document
        .tenants
        .iter()
        .enumerate()
        .map(|(row, tenant)| {
            let path = list.index(row);
            let said = (tenant.pin.as_deref(), tenant.stay.as_deref());
            let held = held(said, (clusters, regions), &path, problems);
            let many = tenant.pin.as_deref().map_or(0, |names| names.as_slice().len()) as u64;
            let ours = workloads.iter().filter(|it| it.tenant == row && !it.per_cluster);
            let least = if many > 1 { ours.map(Workload::most_clusters).min().unwrap_or(1) } else { 1 };
            if many > least.max(1) {
                problems.add(&path.key("pin"), too_many(many, least, "be"));
            }
            held
        })
        .collect();
    let list = Path::Root.key("workloads");
    let one = |(row, workload): (usize, &Workload)| {
        let path = list.index(row);
        whereabouts_of(document, row, workload, (clusters, regions, &tenants, by_default), &path, problems)
    };
    let found: Vec<Whereabouts> = workloads.iter().enumerate().map(one).collect();
    countable(workloads, &found, problems);
    found
}

/// What moves may count together, at most.
const MOST_MOVES: u128 = 1 << 62;

/// The moves of all workloads together must stay countable: the one that counts most is named.
fn countable(workloads: &[Workload], found: &[Whereabouts], problems: &mut Problems) {
    let all = |(it, at): (&Workload, &Whereabouts)| {
        let times = if it.is_split() { it.replicas } else { it.copies() };
        u128::from(at.move_cost) * u128::from(times)
    };
    let sums: Vec<u128> = workloads.iter().zip(found).map(all).collect();
    let most = sums.iter().enumerate().max_by_key(|&(row, &sum)| (sum, std::cmp::Reverse(row)));
    if let Some((row, _)) = most.filter(|_| sums.iter().sum::<u128>() > MOST_MOVES) {
        let message = "the moves of all workloads together count more than 2^62";
        let problem = InputProblem::new("too-large", "", message).with_got(found[row].move_cost.to_string());
        problems.add(&Path::Root.key("workloads").index(row).key("moveCost"), problem.with_expected("sums below 2^62"));
    }
}

/// More clusters than a workload can be in.
fn too_many(clusters: u64, most: u64, verb: &str) -> InputProblem {
    let (copies, expected) = match most {
        1 => ("one copy".to_owned(), "one cluster".to_owned()),
        most => (format!("at most {most} parts or copies"), format!("at most {most} clusters")),
    };
    let message = format!("a workload has {copies}, and cannot {verb} in {clusters} clusters");
    InputProblem::new("contradiction", "", message).with_expected(expected)
}

/// Whether workloads that say nothing run nowhere.
fn by_default(document: &Document, problems: &mut Problems) -> bool {
    let path = Path::Root.key("defaults");
    let path = path.key("runsIn");
    let given = document.defaults.as_ref().and_then(|defaults| defaults.runs_in.as_ref());
    if given.is_some_and(|names| !names.is_empty()) {
        let message = "where a workload runs is a fact, and no default can know it";
        problems.add(&path, InputProblem::new("bad-value", "", message).with_expected("[]: they run nowhere yet"));
    }
    given.is_some() || problems.is_spoilt(&path)
}

/// Without existing clusters these keys mean nothing.
fn without(document: &Document, problems: &mut Problems) {
    let mut say = |path: &Path| {
        let message = "this means nothing without `existingClusters`";
        problems.add(path, InputProblem::new("contradiction", "", message));
    };
    if document.defaults.as_ref().is_some_and(|defaults| defaults.runs_in.is_some()) {
        say(&Path::Root.key("defaults").key("runsIn"));
    }
    for (row, tenant) in document.tenants.iter().enumerate() {
        let path = Path::Root.key("tenants");
        let path = path.index(row);
        for (key, given) in [("pin", tenant.pin.is_some()), ("stay", tenant.stay.is_some())] {
            if given {
                say(&path.key(key));
            }
        }
    }
    for (row, it) in document.workloads.iter().enumerate() {
        let path = Path::Root.key("workloads");
        let path = path.index(row);
        let keys = [
            ("runsIn", it.runs_in.is_some()),
            ("pin", it.pin.is_some()),
            ("stay", it.stay.is_some()),
            ("stateful", it.stateful.is_some()),
            ("moveCost", it.move_cost.is_some()),
            ("downtime", it.downtime.is_some()),
        ];
        keys.iter().filter(|(_, given)| *given).for_each(|(key, _)| say(&path.key(key)));
    }
}

/// What a tenant or a workload says for itself.
struct Held {
    pins: Vec<usize>,
    stay: Said,
}

/// What `stay` says.
#[derive(Clone, Copy)]
enum Said {
    Nothing,
    /// `none`.
    Free,
    Stays {
        within: StayIn,
        until: Option<Date>,
    },
}

fn held(
    (pin, stay): (Option<&OneOrMany>, Option<&StayDocument>),
    (clusters, regions): (&Clusters, bool),
    path: &Path,
    problems: &mut Problems,
) -> Held {
    let mut pins = Vec::new();
    if let Some(names) = pin {
        let path = path.key("pin");
        pins = clusters.all(names, &path, problems);
        if names.as_slice().is_empty() {
            problems.add(&path, InputProblem::new("empty-list", "", "a pin names a cluster"));
        }
    }
    Held { pins, stay: said(stay, regions, &path.key("stay"), problems) }
}

fn said(stay: Option<&StayDocument>, regions: bool, path: &Path, problems: &mut Problems) -> Said {
    let known = ["cluster", "region", "none"];
    let (word, path, until) = match stay {
        None => return Said::Nothing,
        Some(StayDocument::Word(word)) => (word, *path, None),
        Some(StayDocument::Until(it)) => (&it.for_, path.key("for"), Some(&it.until)),
    };
    let within = match (word.as_str(), until) {
        ("cluster", _) => StayIn::Cluster,
        ("region", _) if regions => StayIn::Region,
        ("region", _) => {
            let message = "a stay in the region means nothing without `regions`";
            problems.add(&path, InputProblem::new("contradiction", "", message));
            return Said::Nothing;
        }
        ("none", None) => return Said::Free,
        (other, until) => {
            let known = if until.is_some() { &known[..2] } else { &known[..] };
            let problem = InputProblem::new("bad-value", "", "this does not say what it stays in")
                .with_got(quoted(other))
                .with_expected(list_of(known))
                .with_suggestion(nearest(other, known.iter().copied()));
            problems.add(&path, problem);
            return Said::Nothing;
        }
    };
    match until {
        None => Said::Stays { within, until: None },
        Some(day) => match super::date(day, &outer(&path).key("until"), problems) {
            Some(day) => Said::Stays { within, until: Some(day) },
            None => Said::Nothing,
        },
    }
}

/// The place that a key stands in.
fn outer<'a>(path: &Path<'a>) -> Path<'a> {
    match path {
        Path::Key(parent, _) | Path::Index(parent, _) => **parent,
        Path::Root => Path::Root,
    }
}

fn whereabouts_of(
    document: &Document,
    row: usize,
    workload: &Workload,
    (clusters, regions, tenants, by_default): (&Clusters, bool, &[Held], bool),
    path: &Path,
    problems: &mut Problems,
) -> Whereabouts {
    let given = &document.workloads[row];
    if workload.per_cluster {
        let keys = [
            ("runsIn", given.runs_in.is_some()),
            ("pin", given.pin.is_some()),
            ("stay", given.stay.is_some()),
            ("stateful", given.stateful.is_some()),
            ("moveCost", given.move_cost.is_some()),
            ("downtime", given.downtime.is_some()),
        ];
        for (key, _) in keys.iter().filter(|(_, given)| *given) {
            let message = "a workload of the platform runs in every cluster: it is nowhere else, and never moves";
            problems.add(&path.key(key), InputProblem::new("contradiction", "", message));
        }
        return Whereabouts::default();
    }
    let mut replicas = Vec::new();
    let runs_in = match given.runs_in.as_deref() {
        Some(RunsInDocument::Clusters(names)) => {
            let path = path.key("runsIn");
            let count = names.as_slice().len();
            match workload.presence {
                // a fact: copies that are too many are given up
                Presence::Copies(_) => {}
                _ if count <= 1 || problems.is_spoilt_at(&outer(&path), &["copies", "split"]) => {}
                Presence::One => problems.add(&path, too_many(count as u64, 1, "run")),
                Presence::Split { .. } => {
                    let message = "this does not say how many replicas of the split run in each";
                    let problem = InputProblem::new("contradiction", "", message);
                    problems.add(&path, problem.with_expected("a map: existing cluster -> replicas"));
                }
            }
            let found = clusters.all(names, &path, problems);
            if workload.is_split() {
                replicas = found.iter().map(|&cluster| (cluster, workload.replicas)).collect();
            }
            found
        }
        Some(RunsInDocument::Replicas(parts)) => {
            replicas = parts_of(parts, workload, clusters, &path.key("runsIn"), problems);
            replicas.iter().map(|&(cluster, _)| cluster).collect()
        }
        None => {
            if !by_default {
                let message = "there are existing clusters, and this workload does not say where it runs";
                let expected = "the name of an existing cluster, or [] where it runs nowhere yet (`defaults: {runsIn: []}` \
                                says that of all that say nothing)";
                let problem = InputProblem::new("missing-runs-in", "", message).with_expected(expected);
                problems.add(&path.key("runsIn"), problem);
            }
            Vec::new()
        }
    };
    let mut own = held((given.pin.as_deref(), given.stay.as_deref()), (clusters, regions), path, problems);
    let (pins, most) =
        (given.pin.as_deref().map_or(0, |it| it.as_slice().len()) as u64, workload.most_clusters().max(1));
    if pins > most && !problems.is_spoilt_at(path, &["copies", "split", "replicas"]) {
        problems.add(&path.key("pin"), too_many(pins, most, "be"));
    }
    let stateful = given.stateful.unwrap_or(false);
    let mut stays = Vec::new();
    let tenant = tenants.get(workload.tenant).filter(|_| workload.tenant != NOBODY);
    if let Some(tenant) = tenant {
        narrowed(tenant, &mut own, most, path, problems);
        if let Said::Stays { within, until } = tenant.stay {
            stays.push(Stay { within, of: StayOf::Tenant, until });
        }
    }
    match own.stay {
        Said::Stays { within, until } => stays.push(Stay { within, of: StayOf::Workload, until }),
        Said::Nothing if stateful => {
            stays.push(Stay { within: StayIn::Cluster, of: StayOf::Stateful, until: None });
        }
        Said::Nothing | Said::Free => {}
    }
    if let Some(word) = given.downtime.as_deref().filter(|&word| word != "allowed") {
        let problem = InputProblem::new("bad-value", "", "this says nothing about downtime")
            .with_got(quoted(word))
            .with_expected("allowed, or nothing")
            .with_suggestion(nearest(word, ["allowed"]));
        problems.add(&path.key("downtime"), problem);
    }
    Whereabouts {
        runs_in,
        replicas,
        pins: own.pins,
        stays,
        stateful,
        move_cost: given.move_cost.unwrap_or(1),
        downtime: given.downtime.is_some(),
    }
}

/// How many replicas of a split run in each cluster, ascending.
fn parts_of(
    parts: &BTreeMap<String, u64>,
    workload: &Workload,
    clusters: &Clusters,
    path: &Path,
    problems: &mut Problems,
) -> Vec<(usize, u64)> {
    if !workload.is_split() && !problems.is_spoilt_at(&outer(path), &["split"]) {
        let message = "replicas run in several clusters only of a workload that says `split`";
        let problem = InputProblem::new("contradiction", "", message);
        problems.add(path, problem.with_expected("the name of an existing cluster, or []"));
        return Vec::new();
    }
    if parts.is_empty() && !problems.is_spoilt_below(path) {
        let problem = InputProblem::new("empty-map", "", "this does not say where its replicas run");
        problems.add(path, problem.with_expected("replicas by cluster, or [] where none runs"));
    }
    let mut found = Vec::new();
    for (name, &replicas) in parts {
        let path = path.key(name);
        if replicas == 0 {
            let problem = InputProblem::new("bad-number", "", "where no replica runs, the cluster is left out");
            problems.add(&path, problem.with_got("0").with_expected("a whole number from 1"));
        }
        found.extend(clusters.find(name, &path, problems).map(|cluster| (cluster, replicas)));
    }
    found.sort_unstable();
    found
}

/// Adds what the tenant says; a workload never lifts it.
fn narrowed(tenant: &Held, own: &mut Held, most: u64, path: &Path, problems: &mut Problems) {
    let lifts = match (tenant.stay, own.stay) {
        (Said::Stays { .. }, Said::Free) => true,
        (Said::Stays { within: theirs, until: last }, Said::Stays { within: ours, until }) => {
            let shorter = until.is_some_and(|until| last.is_none_or(|last| until < last));
            ours < theirs || ours == theirs && shorter
        }
        _ => false,
    };
    if lifts {
        let message = "its tenant stays longer, or closer, and a workload never lifts that";
        problems.add(&path.key("stay"), InputProblem::new("widened", "", message));
    }
    let before = own.pins.len();
    own.pins.extend(&tenant.pins);
    own.pins.sort_unstable();
    own.pins.dedup();
    // each of the two for itself has been looked at
    if before > 0 && own.pins.len() > before.max(tenant.pins.len()).max(usize::try_from(most).unwrap_or(usize::MAX)) {
        let copies = if most == 1 { "one copy".to_owned() } else { format!("at most {most} parts or copies") };
        let message = format!("its tenant pins it to another cluster, and a workload has {copies}");
        problems.add(&path.key("pin"), InputProblem::new("contradiction", "", message));
    }
}
