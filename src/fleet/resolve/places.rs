//! Where somebody may be: what tenants, workloads and templates say of regions, of purpose and of needs.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::ground::Ground;
use super::names::{Tenants, list_of};
use super::regions::{Regions, Stated, Words, check_words, each};
use super::selectors::{Side, selector};
use crate::compact::{Shared, Text};
use crate::error::InputProblem;
use crate::fleet::Warning;
use crate::fleet::document::{Document, OneOrMany, TemplateDocument, TenantDocument, WorkloadDocument};
use crate::fleet::door::Door;
use crate::fleet::existing::{Own, StayIn, Whereabouts};
use crate::fleet::policy::Selector;
use crate::fleet::problems::{Path, Problems, nearest, quoted, shown};
use crate::fleet::workload::Workload;

/// What a tenant hands down.
struct Handed {
    stated: Stated,
    needs: Vec<Text>,
}

/// What is known of a tenant's workloads.
#[derive(Clone, Copy, Default)]
struct Owned {
    placed: bool,
    platform: bool,
    /// Some workload that is placed states no region.
    silent: bool,
}

/// Fills in the regions that each workload may be in, and what it needs. Linear.
pub(super) fn wishes(
    document: &Document,
    names: &Tenants,
    regions: &Regions,
    workloads: &mut [Workload],
    problems: &mut Problems,
) {
    let says =
        |tenant: &TenantDocument| tenant.regions.is_some() || tenant.jurisdictions.is_some() || tenant.needs.is_some();
    let speaks = |it: &WorkloadDocument| it.regions.is_some() || it.jurisdictions.is_some() || it.needs.is_some();
    if regions.list.is_empty() && !document.tenants.iter().any(says) && !document.workloads.iter().any(speaks) {
        return;
    }
    let provided: BTreeSet<&str> = document
        .cluster_templates
        .iter()
        .map(|it| &it.provides)
        .chain(document.existing_clusters.iter().map(|it| &it.provides))
        .flat_map(|it| it.iter().flat_map(|it| it.as_slice()))
        .map(String::as_str)
        .collect();
    let handed = tenants(document, names, regions, workloads, &provided, problems);
    let root = Path::Root;
    let list = root.key("workloads");
    let (mut places, mut wants) = (Shared::default(), Shared::default());
    for (index, (row, workload)) in document.workloads.iter().zip(workloads).enumerate() {
        let path = list.index(index);
        let words = Words::new(&row.regions, &row.jurisdictions);
        if workload.per_cluster {
            everywhere(words, row.needs.as_deref(), &path, problems);
            continue;
        }
        let Some(tenant) = names.quietly(&row.tenant).map(|tenant| &handed[tenant]) else { continue };
        let within = match &tenant.stated {
            Stated::Regions(regions) => Some(&regions[..]),
            _ => None,
        };
        let own = regions.stated(words, within, &path, problems);
        let found = match &own {
            Stated::Regions(regions) => &regions[..],
            _ => within.unwrap_or_default(),
        };
        workload.regions = places.share(found);
        let mut needs = needs(row.needs.as_deref(), &provided, &path, problems);
        needs.extend_from_slice(&tenant.needs);
        needs.sort_unstable();
        needs.dedup();
        workload.needs = wants.share(&needs);
    }
}

fn tenants(
    document: &Document,
    names: &Tenants,
    regions: &Regions,
    workloads: &[Workload],
    provided: &BTreeSet<&str>,
    problems: &mut Problems,
) -> Vec<Handed> {
    let mut owned = vec![Owned::default(); document.tenants.len()];
    for (row, workload) in document.workloads.iter().zip(workloads) {
        let Some(tenant) = names.quietly(&row.tenant) else { continue };
        let it = &mut owned[tenant];
        it.platform |= workload.per_cluster;
        it.placed |= !workload.per_cluster;
        it.silent |= !workload.per_cluster && row.regions.is_none() && row.jurisdictions.is_none();
    }
    let root = Path::Root;
    let list = root.key("tenants");
    let mut handed = Vec::with_capacity(document.tenants.len());
    for (index, (tenant, owned)) in document.tenants.iter().zip(owned).enumerate() {
        let path = list.index(index);
        let words = Words::new(&tenant.regions, &tenant.jurisdictions);
        if !owned.placed && (owned.platform || tenant.platform == Some(true)) {
            everywhere(words, tenant.needs.as_deref(), &path, problems);
            handed.push(Handed { stated: Stated::Nothing, needs: Vec::new() });
            continue;
        }
        let stated = regions.stated_or_default(words, &path, problems);
        if stated == Stated::Nothing && !regions.list.is_empty() && (owned.silent || !owned.placed) {
            let message = "neither this tenant nor each of its workloads states its regions, and there is no default";
            missing(message, &path, problems);
        }
        handed.push(Handed { stated, needs: needs(tenant.needs.as_deref(), provided, &path, problems) });
    }
    handed
}

fn missing(message: &str, path: &Path, problems: &mut Problems) {
    if !problems.is_spoilt_at(path, &["regions", "jurisdictions"]) {
        let problem = InputProblem::new("missing-regions", "", message)
            .with_expected("`regions` (or `all`), `jurisdictions`, or `defaults: {regions: all}`");
        problems.add(&path.key("regions"), problem);
    }
}

/// What runs in every cluster is wherever there is one.
fn everywhere(words: Words, needs: Option<&OneOrMany>, path: &Path, problems: &mut Problems) {
    let keys = words.keys().map(|(key, _)| key).chain(needs.map(|_| "needs"));
    for key in keys {
        let message = "what runs in every cluster is wherever there is one: it cannot choose";
        problems.add(&path.key(key), InputProblem::new("contradiction", "", message));
    }
}

/// What is needed; what nothing provides is reported.
fn needs(words: Option<&OneOrMany>, provided: &BTreeSet<&str>, path: &Path, problems: &mut Problems) -> Vec<Text> {
    let Some(words) = words else { return Vec::new() };
    let path = path.key("needs");
    check_words(words, &path, problems);
    let unsure =
        ["clusterTemplates", "existingClusters"].iter().any(|it| problems.is_spoilt_below(&Path::Root.key(it)));
    each(words, &path, |word, path| {
        if !provided.contains(word) && !unsure && !word.is_empty() {
            let known: Vec<&str> = provided.iter().copied().collect();
            let problem = InputProblem::new("unknown-need", "", format!("nothing provides {}", quoted(word)))
                .with_expected(list_of(&known))
                .with_suggestion(nearest(word, known));
            problems.add(path, problem);
        }
    });
    words.as_slice().iter().map(|word| word.as_str().into()).collect()
}

/// Where each existing cluster is, and whom it lets in, as far as it says so itself.
pub(super) fn of_existing(
    document: &Document,
    ground: &Ground,
    regions: &Regions,
    problems: &mut Problems,
    warnings: &mut Vec<Warning>,
) -> Vec<Own> {
    let root = Path::Root;
    let list = root.key("existingClusters");
    let mut found = Vec::with_capacity(document.existing_clusters.len());
    for (index, cluster) in document.existing_clusters.iter().enumerate() {
        let path = list.index(index);
        let region = regions.of_cluster(cluster.region.as_deref(), &path, problems);
        let admits = cluster.admits.as_ref();
        let admits = admits.and_then(|document| selector(ground, document, Side::Other, &path.key("admits"), problems));
        let provides = cluster.provides.as_ref().map(|words| provided(words, &path.key("provides"), problems));
        found.push(Own { region, admits, provides });
    }
    let admits: Vec<(usize, &Selector)> =
        found.iter().enumerate().filter_map(|(at, own)| Some((at, own.admits.as_ref()?))).collect();
    if ground.sound {
        let matched = ground.matched(&admits.iter().map(|&(_, selector)| selector).collect::<Vec<_>>());
        for ((at, _), _) in admits.iter().zip(matched).filter(|&(_, matched)| !matched) {
            let name = shown(&document.existing_clusters[*at].name);
            let message = format!("`admits` of the cluster `{name}` matches no workload: nobody may be there");
            warnings.push(Warning { code: "matches-nothing", message });
        }
    }
    found
}

/// The words, ascending.
fn provided(words: &OneOrMany, path: &Path, problems: &mut Problems) -> Vec<Text> {
    check_words(words, path, problems);
    let mut provides: Vec<Text> = words.as_slice().iter().map(|word| word.as_str().into()).collect();
    provides.sort_unstable();
    provides
}

/// Where the clusters of each template may stand, and whom they let in.
pub(super) fn of_templates(
    document: &Document,
    ground: &Ground,
    regions: &Regions,
    problems: &mut Problems,
    warnings: &mut Vec<Warning>,
) -> Vec<(Vec<usize>, Door)> {
    let root = Path::Root;
    let list = root.key("clusterTemplates");
    let mut found = Vec::with_capacity(document.cluster_templates.len());
    for (index, template) in document.cluster_templates.iter().enumerate() {
        found.push(of_template(template, &list.index(index), ground, regions, problems));
    }
    let admits: Vec<(usize, &Selector)> =
        found.iter().enumerate().filter_map(|(at, (_, door))| Some((at, door.admits.as_ref()?))).collect();
    if ground.sound {
        let matched = ground.matched(&admits.iter().map(|&(_, selector)| selector).collect::<Vec<_>>());
        for ((at, _), _) in admits.iter().zip(matched).filter(|&(_, matched)| !matched) {
            let name = shown(&document.cluster_templates[*at].name);
            let message = format!("`admits` of the template `{name}` matches no workload: it is never used");
            warnings.push(Warning { code: "matches-nothing", message });
        }
    }
    found
}

fn of_template(
    template: &TemplateDocument,
    path: &Path,
    ground: &Ground,
    regions: &Regions,
    problems: &mut Problems,
) -> (Vec<usize>, Door) {
    let words = Words::new(&template.regions, &template.jurisdictions);
    let places = match regions.stated_or_default(words, path, problems) {
        Stated::Regions(regions) => regions,
        Stated::Nothing if !regions.list.is_empty() => {
            missing("this template does not state its regions, and there is no default", path, problems);
            Vec::new()
        }
        _ => Vec::new(),
    };
    let admits = template.admits.as_ref();
    let admits = admits.and_then(|document| selector(ground, document, Side::Other, &path.key("admits"), problems));
    let provides = template.provides.as_ref().map(|words| provided(words, &path.key("provides"), problems));
    let provides = provides.unwrap_or_default();
    (places, Door { admits, provides })
}

/// The kind of each region: those that no workload, limit, factor, spread, stay or rule of regions tells apart are of one kind.
/// Linear in the different lists of regions that workloads have, times the regions.
pub(super) fn kinds(regions: &Regions, workloads: &[Workload], told_apart: &BTreeSet<usize>) -> Vec<usize> {
    let mut kinds: Vec<usize> = vec![0; regions.list.len()];
    if kinds.is_empty() {
        return kinds;
    }
    let mut split = |key: &dyn Fn(usize) -> u64| {
        let mut seen: Vec<(usize, u64)> = Vec::new();
        for (region, kind) in kinds.iter_mut().enumerate() {
            let key = (*kind, key(region));
            *kind = seen.iter().position(|&known| known == key).unwrap_or_else(|| {
                seen.push(key);
                seen.len() - 1
            });
        }
    };
    // a limited region is one of its own, and one in which copies are counted
    let alone = |region: usize| regions.list[region].max_clusters.is_some() || told_apart.contains(&region);
    split(&|region| if alone(region) { 1 + region as u64 } else { 0 });
    split(&|region| regions.list[region].cost_factor);
    let mut seen: FxHashSet<&Arc<[usize]>> = FxHashSet::default();
    for workload in workloads.iter().filter(|it| !it.per_cluster) {
        if seen.insert(&workload.regions) {
            split(&|region| u64::from(workload.regions.binary_search(&region).is_ok()));
        }
    }
    kinds
}

/// The regions where somebody stays, on whatever day that ends: each of them is one of its own. `homes` are the regions of the
/// existing clusters.
pub(super) fn stayed_in<'a>(whereabouts: &'a [Whereabouts], homes: &'a [Own]) -> impl Iterator<Item = usize> + 'a {
    let staying = whereabouts.iter().filter(|it| it.stays.iter().any(|stay| stay.within == StayIn::Region));
    staying.flat_map(|it| &it.runs_in).filter_map(|&cluster| homes.get(cluster)?.region)
}
