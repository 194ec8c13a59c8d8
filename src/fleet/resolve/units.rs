//! Units: what must share one cluster, and whether it fits any.

use std::collections::BTreeSet;
use std::sync::Arc;

use petgraph::unionfind::UnionFind;
use rustc_hash::FxHashMap;

use super::amounts::Resources;
use super::regions::Regions;
use super::templates::{NoRoom, nodes_fit};
use super::workloads::NOBODY;
use crate::compact::{Shared, Text};
use crate::error::InputProblem;
use crate::fleet::document::Document;
use crate::fleet::door::{Closed, Door};
use crate::fleet::existing::{ClusterMode, ExistingCluster, Whereabouts};
use crate::fleet::policy::Together;
use crate::fleet::problems::{Path, Problems, quoted, shown};
use crate::fleet::shape::Shape;
use crate::fleet::site::Site;
use crate::fleet::template::ClusterTemplate;
use crate::fleet::tenant::Tenant;
use crate::fleet::wish::ASKED_FOR;
use crate::fleet::workload::Workload;
use crate::quantity;

/// Workloads of one tenant and namespace go together, unless the tenant splits namespaces.
pub(super) fn namespaces(workloads: &[Workload], tenants: &[Tenant]) -> Vec<Together> {
    // Most namespaces may hold one workload: lists are made for the others alone.
    let mut first: FxHashMap<(usize, &str), usize> = FxHashMap::default();
    first.reserve(workloads.len());
    let mut place = vec![usize::MAX; workloads.len()];
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, workload) in workloads.iter().enumerate() {
        if workload.per_cluster || workload.tenant == NOBODY || tenants[workload.tenant].split_namespaces {
            continue;
        }
        let first = *first.entry((workload.tenant, &workload.namespace)).or_insert(index);
        if first == index {
            continue;
        }
        if place[first] == usize::MAX {
            place[first] = groups.len();
            groups.push(vec![first]);
        }
        groups[place[first]].push(index);
    }
    let together = |members: Vec<usize>| {
        let reason = format!("namespace `{}`", workloads[members[0]].namespace);
        Together { id: None, members, reason }
    };
    groups.sort_unstable_by_key(|members| members[0]);
    groups.into_iter().map(together).collect()
}

/// Overlapping groups united: every workload that is placed stands in exactly one unit; units by their first member.
/// Near-linear.
pub(super) fn unite(workloads: &[Workload], together: &[Together]) -> Vec<Vec<usize>> {
    let mut united = UnionFind::new(workloads.len());
    for pair in together.iter().flat_map(|group| group.members.windows(2)) {
        united.union(pair[0], pair[1]);
    }
    let mut place = vec![usize::MAX; workloads.len()];
    let mut units: Vec<Vec<usize>> = Vec::new();
    for (index, workload) in workloads.iter().enumerate() {
        if workload.per_cluster {
            continue;
        }
        let set = united.find_mut(index);
        if place[set] == usize::MAX {
            place[set] = units.len();
            units.push(Vec::new());
        }
        units[place[set]].push(index);
    }
    units
}

/// So many lists of sites are known by what makes them.
const MOST_KNOWN: usize = 1 << 12;

/// What holds units together, for the message about one that fits nowhere.
pub(super) struct Ties<'g> {
    pub together: &'g [Together],
    pub tenants: &'g [Tenant],
}

impl Ties<'_> {
    /// The groups of a unit: each holds two or more of its members.
    fn groups<'u>(&'u self, unit: &'u [usize]) -> impl Iterator<Item = &'u Together> {
        self.together
            .iter()
            .filter(|group| group.members.first().is_some_and(|first| unit.binary_search(first).is_ok()))
    }

    /// Why the members must share a cluster, a reason each; many are cut short.
    pub fn of(&self, unit: &[usize], workloads: &[Workload]) -> Vec<String> {
        const MOST: usize = 3;
        let tenant = |group: &Together| quoted(&self.tenants[workloads[group.members[0]].tenant].name);
        let mut why: Vec<String> = self
            .groups(unit)
            .map(|group| match &group.id {
                Some(_) if group.reason == ASKED_FOR => ASKED_FOR.to_owned(),
                Some(id) => format!("the group {} of policy.together holds them", quoted(id)),
                None => format!("they are in the {} of the tenant {}", shown(&group.reason), tenant(group)),
            })
            .collect();
        why.dedup();
        let more = why.len().saturating_sub(MOST);
        why.truncate(MOST);
        if more > 0 {
            why.push(format!("for {more} more reasons"));
        }
        why
    }

    /// The tenant, where it is a namespace (too) that holds the unit.
    fn namespace_of(&self, unit: &[usize], workloads: &[Workload]) -> Option<&str> {
        let group = self.groups(unit).find(|group| group.id.is_none())?;
        Some(&self.tenants[workloads[group.members[0]].tenant].name)
    }
}

/// Why something does not fit a site.
#[derive(Clone, Copy)]
enum Unfit {
    /// It cannot carry the per-cluster workloads.
    Overhead,
    /// The pods of the workload find no room on the nodes.
    Nodes { workload: usize, why: NoRoom },
    /// All of it needs more of the column than is usable, with so much that its tenants take once in a cluster.
    Whole { column: usize, needs: u64, once: u64, offers: u64 },
    /// The workload may not be there, whatever room there is.
    Closed { workload: usize, by: Closed },
    /// More of something than the maximum allows, what the platform has of it among them.
    Count { what: &'static str, needs: u64, most: u64 },
}

/// What a unit is held against.
pub(super) struct Places<'a> {
    pub sites: &'a [Site],
    /// What the template of each site is called in messages.
    pub names: &'a [String],
    pub regions: &'a Regions<'a>,
    pub tenants: &'a [Tenant],
    /// Whether what some site offers is not known, because part of it cannot be read.
    pub unsure: bool,
    pub resources: &'a Resources,
}

/// Fills in which sites are open to each workload.
pub(super) fn open(workloads: &mut [Workload], places: &Places) {
    let platform = platform_namespaces(workloads);
    let mut lists = Shared::default();
    let mut open = Vec::new();
    for index in 0..workloads.len() {
        open.clear();
        let alone = [index];
        let unfits = places.unfits(workloads, &alone, &platform).zip(0..);
        open.extend(unfits.filter_map(|(unfit, site)| unfit.is_none().then_some(site)));
        // most may be in the same places, and there may be a million of them
        workloads[index].sites = lists.share(&open);
    }
}

/// Adds the existing clusters that are open to each workload: each is what a template of its shape would be, but for its mode; and
/// who is pinned may be nowhere else. The sites are all there are.
pub(super) fn open_existing(
    workloads: &mut [Workload],
    places: &Places,
    existing: &[ExistingCluster],
    whereabouts: &[Whereabouts],
) {
    if existing.is_empty() || whereabouts.len() < workloads.len() {
        return;
    }
    let platform = platform_namespaces(workloads);
    // clusters that let in the same workloads are looked at once
    let site = |cluster: usize| &places.sites[existing[cluster].site];
    let mut shapes: Vec<&Shape> = Vec::new();
    let mut kinds: Vec<(usize, usize)> = Vec::new();
    let mut kind_of = Vec::with_capacity(existing.len());
    for cluster in 0..existing.len() {
        let shape =
            place_of(&mut shapes, &*site(cluster).shape, |one, other| std::ptr::eq(*one, *other) || one == other);
        kind_of.push(place_of(&mut kinds, (shape, cluster), |&(known, one), &(shape, other)| {
            known == shape && site(one).regions == site(other).regions && site(one).door == site(other).door
        }));
    }
    let cordoned = existing.iter().any(|cluster| cluster.mode == ClusterMode::Cordon);
    let mut lists = Shared::default();
    // by the sites that are open already, and the kinds that are
    let mut known: FxHashMap<(*const usize, Vec<bool>), Arc<[usize]>> = FxHashMap::default();
    // so that no other list takes the place of one of those
    let mut kept: Vec<Arc<[usize]>> = Vec::new();
    for (index, it) in whereabouts.iter().enumerate() {
        let workload = &workloads[index];
        if workload.per_cluster {
            continue;
        }
        let fits = |shape: &&Shape| places.unfit(workloads, &[index], &platform, shape).is_none();
        let fits: Vec<bool> = shapes.iter().map(fits).collect();
        let open = |&(shape, one): &(usize, usize)| fits[shape] && site(one).closed(index, workload).is_none();
        let open: Vec<bool> = kinds.iter().map(open).collect();
        let usual = it.pins.is_empty() && (!cordoned || it.runs_in.is_empty());
        let key = (workload.sites.as_ptr(), open);
        if let Some(list) = known.get(&key).filter(|_| usual) {
            workloads[index].sites = Arc::clone(list);
            continue;
        }
        let lets_in = |cluster: usize| match existing[cluster].mode {
            ClusterMode::Open => true,
            ClusterMode::Cordon => it.runs_in.contains(&cluster),
            ClusterMode::Drain => false,
        };
        let more = (0..existing.len()).filter(|&cluster| key.1[kind_of[cluster]] && lets_in(cluster));
        let mut open = workload.sites.to_vec();
        open.extend(more.map(|cluster| existing[cluster].site));
        // whose copies are all pinned may be nowhere else
        if !it.pins.is_empty() && it.pins.len() as u64 >= workloads[index].most_clusters() {
            open.retain(|&site| it.pins.iter().any(|&pin| existing[pin].site == site));
        }
        let list = lists.share(&open);
        if usual && known.len() < MOST_KNOWN {
            kept.push(std::mem::replace(&mut workloads[index].sites, Arc::clone(&list)));
            known.insert(key, list);
        } else {
            workloads[index].sites = list;
        }
    }
}

/// Where one like this stands in a list, perhaps as a new one.
fn place_of<T>(list: &mut Vec<T>, one: T, alike: impl Fn(&T, &T) -> bool) -> usize {
    list.iter().position(|known| alike(known, &one)).unwrap_or_else(|| {
        list.push(one);
        list.len() - 1
    })
}

fn platform_namespaces(workloads: &[Workload]) -> BTreeSet<Text> {
    workloads.iter().filter(|it| it.per_cluster).map(|it| it.namespace.clone()).collect()
}

/// Reports units that fit none of the sites, if that is sure.
pub(super) fn fit(workloads: &[Workload], units: &[Vec<usize>], places: &Places, ties: &Ties, problems: &mut Problems) {
    if places.sites.is_empty() || places.unsure {
        return;
    }
    let platform = platform_namespaces(workloads);
    for unit in units {
        // The usual case, without a second look: one workload, and some site takes it.
        if unit.len() == 1 && !workloads[unit[0]].sites.is_empty() {
            continue;
        }
        let unfits = places.unfits(workloads, unit, &platform).collect::<Option<Vec<Unfit>>>();
        let Some(unfits) = unfits else { continue };
        report(workloads, unit, places, &unfits, ties, problems);
    }
}

/// Reports copies for which there are too few places, if that is sure: one that stands in every region and has no room in one of
/// them, or more than clusters there may be.
pub(super) fn room(
    document: &Document,
    (workloads, units): (&[Workload], &[Vec<usize>]),
    (templates, places): (&[ClusterTemplate], &Places),
    problems: &mut Problems,
) {
    if places.sites.is_empty() || places.unsure {
        return;
    }
    let platform = platform_namespaces(workloads);
    for unit in units.iter().filter(|unit| workloads[unit[0]].copies() > 1) {
        let it = &workloads[unit[0]];
        let open: Vec<bool> = places.unfits(workloads, unit, &platform).map(|unfit| unfit.is_none()).collect();
        let sites = || places.sites.iter().zip(&open).filter(|(_, open)| **open).map(|(site, _)| site);
        if sites().next().is_none() {
            continue; // that has been reported
        }
        let most = |site: &Site| site.template().and_then(|template| templates[template].max_count);
        let here = |region: usize| {
            let mut clusters = sites().filter(|site| site.regions.contains(&region)).map(most);
            let clusters = clusters.try_fold(0u64, |sum, most| Some(sum.saturating_add(most?)));
            let limits = [clusters, places.regions.list[region].max_clusters, it.most_in_a_region()];
            limits.into_iter().flatten().min().unwrap_or(it.copies())
        };
        // a unit may be where all its members may be
        let row = unit.iter().copied().find(|&row| document.workloads[row].copies.is_some()).unwrap_or(unit[0]);
        let path = Path::Root.key("workloads");
        let path = path.index(row);
        let path = path.key("copies");
        let empty = it.regions.iter().copied().find(|&region| here(region) == 0);
        if let Some(region) = empty.filter(|_| it.is_in_each_region()) {
            let place = places.regions.names(&[region]);
            let message = format!("one copy in every region, and there is no place for one in {place}");
            problems.add(&path, InputProblem::new("no-place-for-copy", "", message));
            continue;
        }
        let mut counted = BTreeSet::new();
        let mut once = sites().filter(|site| counted.insert(site.template())).map(most);
        let clusters = once.try_fold(0u64, |sum, most| Some(sum.saturating_add(most?)));
        let of_regions = if places.regions.any() {
            it.regions.iter().map(|&region| here(region)).fold(0u64, u64::saturating_add)
        } else {
            it.copies()
        };
        let room = clusters.unwrap_or(it.copies()).min(of_regions);
        if room < it.copies() {
            let message = format!("{} copies, and there are at most {room} clusters for them", it.copies());
            problems.add(&path, InputProblem::new("too-many-copies", "", message));
        }
    }
}

/// What was found of the same thing just before, or is found now.
fn once<'s, T>(
    last: &mut Option<(&'s Arc<T>, Option<Unfit>)>,
    now: &'s Arc<T>,
    find: impl FnOnce() -> Option<Unfit>,
) -> Option<Unfit> {
    match last {
        Some((known, unfit)) if Arc::ptr_eq(known, now) => *unfit,
        _ => {
            let unfit = find();
            *last = Some((now, unfit));
            unfit
        }
    }
}

impl Places<'_> {
    /// The tenants of a unit that take something once in its cluster.
    fn owners(&self, workloads: &[Workload], unit: &[usize]) -> BTreeSet<usize> {
        let owners = unit.iter().map(|&w| workloads[w].tenant).filter(|&owner| owner != NOBODY);
        owners.filter(|&owner| self.tenants[owner].takes_once()).collect()
    }

    /// How much of a column.
    fn once(&self, owners: &BTreeSet<usize>, column: usize) -> u64 {
        owners.iter().fold(0, |sum, &owner| sum.saturating_add(self.tenants[owner].overhead[column]))
    }

    /// What keeps a unit from each site. Sites of one shape that follow one another are looked at once.
    fn unfits<'u>(
        &'u self,
        workloads: &'u [Workload],
        unit: &'u [usize],
        platform: &'u BTreeSet<Text>,
    ) -> impl Iterator<Item = Option<Unfit>> + 'u {
        let mut door: Option<(&Arc<Door>, Option<Unfit>)> = None;
        let mut shape: Option<(&Arc<Shape>, Option<Unfit>)> = None;
        self.sites.iter().map(move |site| {
            if workloads[unit[0]].per_cluster {
                // it goes wherever there is a cluster
            } else if let Some(&workload) = unit.iter().find(|&&it| !site.lies_in(&workloads[it].regions)) {
                return Some(Unfit::Closed { workload, by: Closed::Region });
            } else if let Some(closed) = once(&mut door, &site.door, || {
                unit.iter().find_map(|&workload| {
                    let by = site.door.closed(workload, &workloads[workload])?;
                    Some(Unfit::Closed { workload, by })
                })
            }) {
                return Some(closed);
            }
            once(&mut shape, &site.shape, || self.unfit(workloads, unit, platform, &site.shape))
        })
    }

    fn unfit(&self, workloads: &[Workload], unit: &[usize], platform: &BTreeSet<Text>, shape: &Shape) -> Option<Unfit> {
        if !shape.carries {
            return Some(Unfit::Overhead);
        }
        for &workload in unit {
            if let Err(why) = nodes_fit(shape, &workloads[workload]) {
                return Some(Unfit::Nodes { workload, why });
            }
        }
        if workloads[unit[0]].per_cluster {
            return None; // it is in the overhead
        }
        let owners = self.owners(workloads, unit);
        let general = (!owners.is_empty()).then_some(None);
        let groups: BTreeSet<Option<usize>> = unit.iter().map(|&w| workloads[w].pool).chain(general).collect();
        for pool in groups {
            for column in 0..self.resources.len() {
                let members = unit.iter().filter(|&&w| workloads[w].pool == pool);
                let needs = members.fold(0u64, |sum, &w| sum.saturating_add(workloads[w].least(column)));
                let once = if pool.is_none() { self.once(&owners, column) } else { 0 };
                let needs = needs.saturating_add(once);
                if let Some(offers) = shape.usable_by(pool, column).filter(|&usable| usable < needs) {
                    return Some(Unfit::Whole { column, needs, once, offers });
                }
            }
        }
        let limited = [("namespaces", shape.most.namespaces), ("tenants", shape.most.tenants)];
        for (what, most) in limited.into_iter().filter_map(|(what, most)| Some((what, most?))) {
            let needs = if what == "tenants" {
                unit.iter().map(|&w| workloads[w].tenant).collect::<BTreeSet<usize>>().len()
            } else {
                let ours = unit.iter().map(|&w| workloads[w].namespace.as_str());
                ours.chain(platform.iter().map(Text::as_str)).collect::<BTreeSet<&str>>().len()
            };
            if needs as u64 > most {
                return Some(Unfit::Count { what, needs: needs as u64, most });
            }
        }
        None
    }
}

impl Places<'_> {
    /// What a site is called: its template, and where, if the fleet has regions.
    fn name(&self, site: usize) -> String {
        let regions = &self.sites[site].regions;
        let place = if regions.is_empty() { String::new() } else { format!(" in {}", self.regions.names(regions)) };
        format!("{}{place}", self.names[site])
    }

    /// Why something does not fit a site, in words.
    fn words(&self, workloads: &[Workload], site: usize, unfit: Unfit, alone: bool) -> String {
        // Needs and offers in one unit.
        let amounts = |column: usize, needs: u64, offers: u64| {
            let name = &self.resources.names[column];
            let [needs, offers] = quantity::pair(name, needs, offers);
            (format!("{name} {needs}"), format!("{name} {offers}"))
        };
        let name = &self.names[site];
        match unfit {
            Unfit::Overhead => format!("{name} cannot even carry the workloads of the platform"),
            Unfit::Nodes { workload, why } => {
                let (who, workload) = (quoted(&workloads[workload].name), &workloads[workload]);
                match why {
                    NoRoom::Pool => format!("{name} has no node pool for {who}"),
                    NoRoom::Pod { column, offers } => {
                        let (needs, offers) = amounts(column, workload.pod[column], offers);
                        format!("one pod of {who} needs {needs}, a node of {name} offers at most {offers}")
                    }
                    NoRoom::Pods { places } => {
                        let pods = workload.fewest_replicas();
                        let who = if workload.copies() > 1 { format!("a copy of {who}") } else { who };
                        format!("{who} has {pods} pods, and all nodes of {name} have room for {places} of them")
                    }
                }
            }
            Unfit::Whole { column, needs, once, offers } => {
                let who = if alone { "it needs" } else { "they need" };
                let (needs, offers) = amounts(column, needs, offers);
                let with = if once > 0 { " with the overhead of its tenant" } else { "" };
                format!("{who} {needs}{with}, {name} has {offers} usable")
            }
            Unfit::Closed { workload, by } => {
                let (who, workload) = (quoted(&workloads[workload].name), &workloads[workload]);
                match by {
                    Closed::Region => {
                        let place = self.regions.names(&self.sites[site].regions);
                        format!("{who} may not be in {place} ({name}) [{}]", by.id())
                    }
                    Closed::Admits => format!("{name} does not admit {who} [{}]", by.id()),
                    Closed::Needs => {
                        let provides = &self.sites[site].door.provides;
                        let lacks = workload.needs.iter().filter(|need| provides.binary_search(need).is_err());
                        let lacks: Vec<String> = lacks.take(3).map(|need| quoted(need)).collect();
                        format!("{name} does not provide {} for {who} [{}]", lacks.join(", "), by.id())
                    }
                }
            }
            Unfit::Count { what, needs, most } => {
                format!("{needs} {what} with those of the platform, {name} takes at most {most}")
            }
        }
    }

    /// Where each member may be by itself, where all of them may be somewhere.
    fn each_alone(&self, workloads: &[Workload], unit: &[usize]) -> Option<String> {
        const MEMBERS: usize = 4;
        const SITES: usize = 3;
        if unit.iter().any(|&workload| workloads[workload].sites.is_empty()) {
            return None;
        }
        let common = |site: &usize| unit.iter().all(|&it| workloads[it].sites.binary_search(site).is_ok());
        if workloads[unit[0]].sites.iter().any(common) {
            return None;
        }
        let one = |&workload: &usize| {
            let it = &workloads[workload];
            let sites: Vec<String> = it.sites.iter().take(SITES).map(|&site| self.name(site)).collect();
            let more = it.sites.len().saturating_sub(SITES);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{} may be in {}{more}", quoted(&it.name), sites.join(", "))
        };
        let more = unit.len().saturating_sub(MEMBERS);
        let more = if more > 0 { format!("; and {more} more members") } else { String::new() };
        Some(format!("{}{more}", unit.iter().take(MEMBERS).map(one).collect::<Vec<_>>().join("; ")))
    }
}

fn report(
    workloads: &[Workload],
    unit: &[usize],
    places: &Places,
    unfits: &[Unfit],
    ties: &Ties,
    problems: &mut Problems,
) {
    const MOST: usize = 3;
    let closed = unfits.iter().any(|unfit| matches!(unfit, Unfit::Closed { .. }));
    let alone = if closed && unit.len() > 1 { places.each_alone(workloads, unit) } else { None };
    let mut words: Vec<String> = Vec::new();
    for (site, &unfit) in unfits.iter().enumerate() {
        words.push(places.words(workloads, site, unfit, unit.len() == 1));
        words.dedup(); // a template in several regions
        if words.len() > MOST {
            words.pop();
            let (rest, what) = (unfits.len() - site, if closed { "places are closed or" } else { "templates are" });
            words.push(format!("and {rest} more {what} too small"));
            break;
        }
    }
    let pods_only = unfits.iter().all(|unfit| matches!(unfit, Unfit::Nodes { why: NoRoom::Pod { .. }, .. }));
    // where one is open, its size is the matter
    let everywhere = unfits.iter().all(|unfit| matches!(unfit, Unfit::Closed { .. }));
    let (code, nowhere) = match (everywhere, alone.is_some()) {
        (_, true) => ("no-common-place", "have no place in common"),
        (true, _) => ("no-place", "may be in no cluster"),
        _ => ("fits-no-template", if unit.len() == 1 { "fits no template" } else { "fit no template" }),
    };
    let (code, what) = match (pods_only, unit) {
        (true, _) => ("pod-too-large", "a pod is larger than every node".to_owned()),
        (false, [_]) => (code, format!("this workload {nowhere}")),
        (false, _) => {
            let names: Vec<String> = unit.iter().take(4).map(|&w| shown(&workloads[w].name)).collect();
            let more = if unit.len() > 4 { " ..." } else { "" };
            let why = ties.of(unit, workloads);
            let what = format!(
                "{} workloads that must share one cluster ({}{more}), because {}, {nowhere}",
                unit.len(),
                names.join(", "),
                why.join(", and ")
            );
            (code, what)
        }
    };
    let place = match unfits.first() {
        Some(Unfit::Nodes { workload, .. }) if pods_only => *workload,
        _ => unit[0],
    };
    let mut problem = InputProblem::new(code, "", format!("{what}: {}", alone.unwrap_or(words.join("; "))));
    if unit.len() > 1
        && !pods_only
        && let Some(tenant) = ties.namespace_of(unit, workloads)
    {
        let or = if closed { "one place that all of them may be in" } else { "a larger template" };
        problem = problem.with_expected(format!(
            "{or}, or `splitNamespaces: true` in the tenant {}: then its namespaces may lie in several clusters",
            quoted(tenant)
        ));
    }
    let lacking = unfits.iter().find_map(|unfit| match unfit {
        Unfit::Nodes { why: NoRoom::Pod { column, .. }, .. } | Unfit::Whole { column, .. } => Some(*column),
        _ => None,
    });
    if let Some(column) = lacking.filter(|&column| places.resources.is_nowhere(column)) {
        let name = quoted(&places.resources.names[column]);
        problem = problem.with_expected(format!(
            "{name} in the `allocatable` of a template, pool or cluster, which none of them names: an amount or `unlimited`"
        ));
    }
    problems.add(&Path::Root.key("workloads").index(place), problem);
}
