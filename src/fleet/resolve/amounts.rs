//! Resources and amounts: names to columns, quantities to integers.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::compact::TextMap;
use crate::error::InputProblem;
use crate::fleet::amount::Amount;
use crate::fleet::document::{Document, MissingAmountsDocument, OverheadDocument, PoolDocument};
use crate::fleet::problems::{Path, Problems, nearest, quoted, shown};
use crate::quantity::{self, QuantityError, Rounding, Unit};

/// The resources of the fleet: `cpu`, `memory`, `pods`, then the others by name.
pub(super) struct Resources {
    pub names: Vec<String>,
    column: FxHashMap<String, usize>,
    /// Names that have been reported: what is requested of them is not held against the templates.
    doubtful: BTreeSet<String>,
    /// The columns that some template, cluster or pool names.
    named: BTreeSet<usize>,
}

/// Every workload has a column for each resource: a document that names ever new ones must not fill the memory.
const MOST: usize = 256;

/// Resources that every fleet has.
const KNOWN: [&str; 3] = ["cpu", "memory", "pods"];

/// Their columns.
pub(super) const CPU: usize = 0;
pub(super) const MEMORY: usize = 1;
pub(super) use crate::fleet::PODS;

impl Resources {
    /// Every resource that is named somewhere; reports names that cannot be one, and requests for a resource that no
    /// template names where one of nearly that name exists.
    pub fn new(document: &Document, problems: &mut Problems) -> Self {
        let mut doubtful = BTreeSet::new();
        let mut offered: BTreeSet<&str> = BTreeSet::new();
        let root = Path::Root;
        each_offer(document, &mut |path, map| {
            map.keys().for_each(|name| note(name, &mut offered, &path.key(name), problems));
        });
        let mut all: BTreeSet<&str> = offered.clone();
        let somewhere = offered.clone();
        offered.extend(["cpu", "memory"]);
        offered.remove("pods"); // is never requested
        let nothing_offered = document.cluster_templates.is_empty() && document.existing_clusters.is_empty();
        let mut requested: BTreeSet<&str> = BTreeSet::new();
        let list = root.key("workloads");
        for (index, workload) in document.workloads.iter().enumerate() {
            for (part, map) in [("requests", &workload.requests), ("fixedRequests", &workload.fixed_requests)] {
                for name in map.keys() {
                    requested.insert(name);
                    if all.contains(name.as_str()) {
                        continue;
                    }
                    let path = list.index(index);
                    let path = path.key(part);
                    let path = path.key(name);
                    let before = problems.count();
                    note(name, &mut all, &path, problems);
                    if all.len() > MOST {
                        continue;
                    }
                    let meant = nearest(name, offered.iter().copied());
                    if let (Some(meant), false) = (meant, nothing_offered || offered.contains(name.as_str())) {
                        let problem = InputProblem::new(
                            "unknown-resource",
                            "",
                            format!("no template offers the resource {}", quoted(name)),
                        )
                        .with_suggestion(Some(meant));
                        problems.add(&path, problem);
                    }
                    if problems.count() > before {
                        doubtful.insert(name.to_string());
                    }
                }
            }
        }
        each_offer(document, &mut |path, map| slips(map, &requested, path, problems));
        let mut names = KNOWN.map(str::to_owned).to_vec();
        names.extend(all.into_iter().filter(|name| !KNOWN.contains(name)).map(str::to_owned));
        if names.len() > MOST {
            let message = format!("more than {MOST} different resources are named");
            problems.add(&root, InputProblem::new("too-many-items", "", message));
            names.truncate(MOST);
        }
        let column = names.iter().enumerate().map(|(index, name)| (name.clone(), index)).collect();
        let named = (0..names.len()).filter(|&it| it == PODS || somewhere.contains(names[it].as_str())).collect();
        Self { names, column, doubtful, named }
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether no template, cluster or pool names this resource: none has any of it then.
    pub fn is_nowhere(&self, column: usize) -> bool {
        !self.named.contains(&column)
    }

    /// What one pod requests: rounded up, a column each; `pods` is left at 0.
    pub fn requests(&self, map: &TextMap<Amount>, path: &Path, problems: &mut Problems) -> Vec<u64> {
        let mut row = vec![0; self.len()];
        for (name, amount) in map {
            let path = path.key(name);
            if name == "pods" {
                let message = "pods are counted from `replicas`, never requested";
                problems.add(&path, InputProblem::new("pods-request", "", message).with_got(quoted(amount.as_str())));
            } else if let Some(&column) =
                self.column.get(name.as_str()).filter(|_| !self.doubtful.contains(name.as_str()))
            {
                row[column] = quantity_of(name, amount, Rounding::Up, &path, problems).unwrap_or(0);
            }
        }
        row
    }

    /// What a tenant takes once in a cluster: rounded up, a column each; empty where that is nothing.
    pub fn overhead(&self, given: &OverheadDocument, path: &Path, problems: &mut Problems) -> Vec<u64> {
        let mut row = vec![0; self.len()];
        for (name, amount) in given.amounts() {
            row[self.column[name]] = quantity_of(name, amount, Rounding::Up, &path.key(name), problems).unwrap_or(0);
        }
        row[PODS] = given.pods.unwrap_or(0);
        if *given == OverheadDocument::default() && !problems.is_spoilt_below(path) {
            let problem = InputProblem::new("empty-map", "", "this names no overhead");
            problems.add(path, problem.with_expected("cpu, memory or pods"));
        }
        if row.iter().all(|&amount| amount == 0) { Vec::new() } else { row }
    }

    /// What is offered: rounded down, a column each; `None` is unlimited, what is not named is 0. An amount that cannot be
    /// read is spoilt, and the largest: nothing may be found too large for it.
    pub fn allocatable(&self, map: &TextMap<Amount>, path: &Path, problems: &mut Problems) -> Vec<Option<u64>> {
        let mut row = vec![Some(0); self.len()];
        for (name, amount) in map {
            if let Some(&column) = self.column.get(name.as_str()) {
                row[column] = if amount.as_str() == "unlimited" {
                    None
                } else {
                    let path = path.key(name);
                    let read = quantity_of(name, amount, Rounding::Down, &path, problems);
                    if read.is_none() {
                        problems.spoil(&path);
                    }
                    read
                };
            }
        }
        for (offer, name) in row.iter_mut().zip(&self.names) {
            if problems.is_spoilt(&path.key(name)) {
                *offer = Some(quantity::MAX);
            }
        }
        row
    }
}

/// What each template and cluster, or each of its pools, says that it has.
fn each_offer<'d>(document: &'d Document, tell: &mut dyn FnMut(&Path, &'d TextMap<Amount>)) {
    let mut of = |path: &Path, own: Option<&'d TextMap<Amount>>, pools: Option<&'d [PoolDocument]>| {
        if let Some(map) = own {
            tell(&path.key("allocatable"), map);
        }
        let list = path.key("nodePools");
        for (index, pool) in pools.into_iter().flatten().enumerate() {
            tell(&list.index(index).key("allocatable"), &pool.allocatable);
        }
    };
    let list = Path::Root.key("clusterTemplates");
    for (index, template) in document.cluster_templates.iter().enumerate() {
        of(&list.index(index), template.allocatable.as_ref(), template.node_pools.as_deref());
    }
    let list = Path::Root.key("existingClusters");
    for (index, cluster) in document.existing_clusters.iter().enumerate() {
        of(&list.index(index), cluster.allocatable.as_ref(), cluster.node_pools.as_deref());
    }
}

/// A slip in a name that every fleet knows would leave the limit that it states to a default: nobody requests what it says.
fn slips(map: &TextMap<Amount>, requested: &BTreeSet<&str>, path: &Path, problems: &mut Problems) {
    for name in map.keys().filter(|name| !KNOWN.contains(&name.as_str()) && !requested.contains(name.as_str())) {
        let unsaid = KNOWN.into_iter().filter(|known| !map.contains_key(known));
        if let Some(meant) = nearest(name, unsaid) {
            let message = format!("nobody requests the resource {}, and {meant} is not stated here", quoted(name));
            // that there is none of what was meant is no second problem
            problems.spoil(&path.key(&meant));
            let problem = InputProblem::new("unknown-resource", "", message).with_suggestion(Some(meant));
            problems.add(&path.key(name), problem);
        }
    }
}

fn note<'d>(name: &'d str, names: &mut BTreeSet<&'d str>, path: &Path, problems: &mut Problems) {
    if !names.insert(name) {
        return;
    }
    let fits =
        (1..=253).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b));
    if !fits {
        let problem = InputProblem::new("bad-name", "", "this cannot be the name of a resource")
            .with_got(quoted(name))
            .with_expected("letters, digits, `.`, `_`, `-` and `/`, such as cpu or nvidia.com/gpu");
        problems.add(path, problem);
    }
}

/// A quantity in the resource's unit; reports that it is none.
pub(super) fn quantity_of(
    resource: &str,
    amount: &Amount,
    rounding: Rounding,
    path: &Path,
    problems: &mut Problems,
) -> Option<u64> {
    match quantity::parse(amount.as_str(), Unit::of(resource), rounding) {
        Ok(units) => Some(units),
        Err(error) => {
            let text = amount.as_str();
            let problem = InputProblem::new("bad-quantity", "", error.to_string()).with_got(shown(text));
            let problem = match error {
                QuantityError::Grammar if text == "unlimited" => {
                    problem.with_expected("an amount (only a template can be unlimited)")
                }
                QuantityError::Grammar => problem
                    .with_expected(
                        "a number with one of the suffixes n u m k M G T P E Ki Mi Gi Ti Pi Ei, such as 100m or 64Mi",
                    )
                    .with_suggestion(near_quantity(text)),
                _ => problem,
            };
            problems.add(path, problem);
            None
        }
    }
}

/// `1K`, `64mi` and `2GB` are the usual slips.
fn near_quantity(text: &str) -> Option<String> {
    let text = text.trim();
    let end = text.bytes().position(|b| !b.is_ascii_digit() && b != b'.')?;
    let (number, suffix) = text.split_at(end);
    let suffix = suffix.trim().to_ascii_lowercase();
    let meant = match suffix.trim_end_matches('b') {
        "k" => "k",
        "m" if suffix.ends_with('b') => "M",
        "m" => "m",
        "g" => "G",
        "t" => "T",
        "p" => "P",
        "ki" => "Ki",
        "mi" => "Mi",
        "gi" => "Gi",
        "ti" => "Ti",
        "pi" => "Pi",
        _ => return None,
    };
    let fixed = format!("{number}{meant}");
    quantity::parse(&fixed, Unit::One, Rounding::Up).ok().map(|_| shown(&fixed))
}

/// The amounts of pods that state none: cpu and memory, where the fleet gives them.
pub(super) fn defaults(document: &Document, problems: &mut Problems) -> [Option<u64>; 2] {
    use crate::fleet::document::MissingRequestsDocument::Amounts;
    let root = Path::Root;
    let path = root.key("defaults");
    let path = path.key("missingRequests");
    // What cannot be read is no reason to call requests missing.
    if problems.is_spoilt(&path) {
        return [Some(0), Some(0)];
    }
    let Some(Amounts(MissingAmountsDocument { cpu, memory })) =
        document.defaults.as_ref().and_then(|defaults| defaults.missing_requests.as_ref())
    else {
        return [None, None];
    };
    if cpu.is_none() && memory.is_none() {
        let problem = InputProblem::new("empty-map", "", "this names neither cpu nor memory")
            .with_expected("error, or {cpu, memory}");
        problems.add(&path, problem);
    }
    let mut read = |name: &str, amount: &Option<Amount>| {
        if problems.is_spoilt(&path.key(name)) {
            return Some(0);
        }
        let amount = amount.as_ref()?;
        Some(quantity_of(name, amount, Rounding::Up, &path.key(name), problems).unwrap_or(0))
    };
    [read("cpu", cpu), read("memory", memory)]
}

/// A decimal number with at most `places` decimals, in units of the last place.
pub(in crate::fleet) fn decimal(text: &str, places: usize) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let significant = fraction.trim_end_matches('0');
    let pointed = text.len() > whole.len();
    if whole.is_empty()
        || !digits(whole)
        || !digits(fraction)
        || (pointed && fraction.is_empty())
        || significant.len() > places
    {
        return None;
    }
    let scale = 10u64.checked_pow(u32::try_from(places).ok()?)?;
    let mut value = whole.parse::<u64>().ok()?.checked_mul(scale)?;
    if !significant.is_empty() {
        let shift = 10u64.pow(u32::try_from(places - significant.len()).ok()?);
        value = value.checked_add(significant.parse::<u64>().ok()?.checked_mul(shift)?)?;
    }
    (value <= quantity::MAX).then_some(value)
}
