//! Units: what must share one cluster, and whether it fits any.

use std::collections::BTreeSet;
use std::sync::Arc;

use petgraph::unionfind::UnionFind;
use rustc_hash::FxHashMap;

use super::amounts::Resources;
use super::templates::{NoRoom, nodes_fit};
use super::workloads::NOBODY;
use crate::compact::{Shared, Text};
use crate::error::InputProblem;
use crate::fleet::policy::Together;
use crate::fleet::problems::{Path, Problems, quoted, shown};
use crate::fleet::shape::Shape;
use crate::fleet::site::Site;
use crate::fleet::tenant::Tenant;
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

/// What holds units together, for the message about one that fits nowhere.
pub(super) struct Ties<'g> {
    pub together: &'g [Together],
    pub tenants: &'g [Tenant],
    pub resources: &'g Resources,
}

impl Ties<'_> {
    /// The groups of a unit: each holds two or more of its members.
    fn groups<'u>(&'u self, unit: &'u [usize]) -> impl Iterator<Item = &'u Together> {
        self.together
            .iter()
            .filter(|group| group.members.first().is_some_and(|first| unit.binary_search(first).is_ok()))
    }

    /// Why the members must share a cluster, a reason each; many are cut short.
    fn of(&self, unit: &[usize], workloads: &[Workload]) -> Vec<String> {
        const MOST: usize = 3;
        let tenant = |group: &Together| quoted(&self.tenants[workloads[group.members[0]].tenant].name);
        let mut why: Vec<String> = self
            .groups(unit)
            .map(|group| match &group.id {
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
    /// All of it needs more of the column than is usable.
    Whole { column: usize, needs: u64, offers: u64 },
    /// More of something than the maximum allows, what the platform has of it among them.
    Count { what: &'static str, needs: u64, most: u64 },
}

/// What a unit is held against.
pub(super) struct Places<'a> {
    pub sites: &'a [Site],
    /// What each site is called in messages.
    pub names: &'a [String],
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
        report(workloads, unit, places.names, &unfits, ties, problems);
    }
}

impl Places<'_> {
    /// What keeps a unit from each site. Sites of one shape that follow one another are looked at once.
    fn unfits<'u>(
        &'u self,
        workloads: &'u [Workload],
        unit: &'u [usize],
        platform: &'u BTreeSet<Text>,
    ) -> impl Iterator<Item = Option<Unfit>> + 'u {
        let mut last: Option<(&Arc<Shape>, Option<Unfit>)> = None;
        self.sites.iter().map(move |site| match &last {
            Some((shape, unfit)) if Arc::ptr_eq(shape, &site.shape) => *unfit,
            _ => {
                let unfit = self.unfit(workloads, unit, platform, &site.shape);
                last = Some((&site.shape, unfit));
                unfit
            }
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
        let groups: BTreeSet<Option<usize>> = unit.iter().map(|&w| workloads[w].pool).collect();
        for pool in groups {
            for column in 0..self.resources.len() {
                let members = unit.iter().filter(|&&w| workloads[w].pool == pool);
                let needs = members.fold(0u64, |sum, &w| sum.saturating_add(workloads[w].total[column]));
                if let Some(offers) = shape.usable_by(pool, column).filter(|&usable| usable < needs) {
                    return Some(Unfit::Whole { column, needs, offers });
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

fn report(
    workloads: &[Workload],
    unit: &[usize],
    names: &[String],
    unfits: &[Unfit],
    ties: &Ties,
    problems: &mut Problems,
) {
    const MOST: usize = 3;
    // Needs and offers in one unit.
    let amounts = |column: usize, needs: u64, offers: u64| {
        let name = &ties.resources.names[column];
        let [needs, offers] = quantity::pair(name, needs, offers);
        (format!("{name} {needs}"), format!("{name} {offers}"))
    };
    let mut words: Vec<String> = Vec::new();
    for (name, unfit) in names.iter().zip(unfits).take(MOST) {
        words.push(match unfit {
            Unfit::Overhead => format!("{name} cannot even carry the workloads of the platform"),
            Unfit::Nodes { workload, why } => {
                let (who, workload) = (quoted(&workloads[*workload].name), &workloads[*workload]);
                match why {
                    NoRoom::Pool => format!("{name} has no node pool for {who}"),
                    NoRoom::Pod { column, offers } => {
                        let (needs, offers) = amounts(*column, workload.pod[*column], *offers);
                        format!("one pod of {who} needs {needs}, a node of {name} offers at most {offers}")
                    }
                    NoRoom::Pods { places } => {
                        let pods = workload.replicas;
                        format!("{who} has {pods} pods, and all nodes of {name} have room for {places} of them")
                    }
                }
            }
            Unfit::Whole { column, needs, offers } => {
                let who = if unit.len() == 1 { "it needs" } else { "they need" };
                let (needs, offers) = amounts(*column, *needs, *offers);
                format!("{who} {needs}, {name} has {offers} usable")
            }
            Unfit::Count { what, needs, most } => {
                format!("{needs} {what} with those of the platform, {name} takes at most {most}")
            }
        });
    }
    if unfits.len() > MOST {
        words.push(format!("and {} more templates are too small", unfits.len() - MOST));
    }
    let pods_only = unfits.iter().all(|unfit| matches!(unfit, Unfit::Nodes { why: NoRoom::Pod { .. }, .. }));
    let (code, what) = match (pods_only, unit) {
        (true, _) => ("pod-too-large", "a pod is larger than every node".to_owned()),
        (false, [_]) => ("fits-no-template", "this workload fits no template".to_owned()),
        (false, _) => {
            let names: Vec<String> = unit.iter().take(4).map(|&w| shown(&workloads[w].name)).collect();
            let more = if unit.len() > 4 { " ..." } else { "" };
            let why = ties.of(unit, workloads);
            let what = format!(
                "{} workloads that must share one cluster ({}{more}), because {}, fit no template",
                unit.len(),
                names.join(", "),
                why.join(", and ")
            );
            ("fits-no-template", what)
        }
    };
    let place = match unfits.first() {
        Some(Unfit::Nodes { workload, .. }) if pods_only => *workload,
        _ => unit[0],
    };
    let mut problem = InputProblem::new(code, "", format!("{what}: {}", words.join("; ")));
    if unit.len() > 1
        && !pods_only
        && let Some(tenant) = ties.namespace_of(unit, workloads)
    {
        problem = problem.with_expected(format!(
            "a larger template, or `splitNamespaces: true` in the tenant {}: then its namespaces may lie in several clusters",
            quoted(tenant)
        ));
    }
    problems.add(&Path::Root.key("workloads").index(place), problem);
}
