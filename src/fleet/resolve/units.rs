//! Units: what must share one cluster, and whether it fits any.

use rustc_hash::FxHashMap;

use super::amounts::Resources;
use super::templates::pod_fits;
use super::workloads::NOBODY;
use crate::error::InputProblem;
use crate::fleet::policy::Together;
use crate::fleet::problems::{Path, Problems, quoted, shown};
use crate::fleet::template::ClusterTemplate;
use crate::fleet::tenant::Tenant;
use crate::fleet::workload::Workload;
use crate::quantity;

/// Workloads of one tenant and namespace go together, unless the tenant splits namespaces.
pub(super) fn namespaces(workloads: &[Workload], tenants: &[Tenant]) -> Vec<Together> {
    let mut place: FxHashMap<(usize, &str), usize> = FxHashMap::default();
    let mut groups: Vec<(&str, Vec<usize>)> = Vec::new();
    for (index, workload) in workloads.iter().enumerate() {
        if workload.per_cluster || workload.tenant == NOBODY || tenants[workload.tenant].split_namespaces {
            continue;
        }
        let group = *place.entry((workload.tenant, &workload.namespace)).or_insert_with(|| {
            groups.push((&workload.namespace, Vec::new()));
            groups.len() - 1
        });
        groups[group].1.push(index);
    }
    let together = |(namespace, members): (&str, Vec<usize>)| Together {
        id: None,
        members,
        reason: format!("namespace `{namespace}`"),
    };
    groups.into_iter().filter(|(_, members)| members.len() > 1).map(together).collect()
}

/// Overlapping groups united: every workload that is placed stands in exactly one unit; units by their first member.
/// Near-linear.
pub(super) fn unite(workloads: &[Workload], together: &[Together]) -> Vec<Vec<usize>> {
    let mut parent: Vec<usize> = (0..workloads.len()).collect();
    fn root(parent: &mut [usize], mut w: usize) -> usize {
        while parent[w] != w {
            parent[w] = parent[parent[w]];
            w = parent[w];
        }
        w
    }
    for group in together {
        for pair in group.members.windows(2) {
            let (a, b) = (root(&mut parent, pair[0]), root(&mut parent, pair[1]));
            // The smaller index leads, so that a unit's root is its first member.
            parent[a.max(b)] = a.min(b);
        }
    }
    let mut place = vec![usize::MAX; workloads.len()];
    let mut units: Vec<Vec<usize>> = Vec::new();
    for (index, workload) in workloads.iter().enumerate() {
        if workload.per_cluster {
            continue;
        }
        let first = root(&mut parent, index);
        if place[first] == usize::MAX {
            place[first] = units.len();
            units.push(Vec::new());
        }
        units[place[first]].push(index);
    }
    units
}

/// Why something does not fit a template.
enum Unfit {
    /// The template cannot carry the per-cluster workloads.
    Overhead,
    /// One pod of the workload needs more of the column than a node offers.
    Pod { workload: usize, column: usize, offers: u64 },
    /// All of it needs more of the column than is usable.
    Whole { column: usize, needs: u64, offers: u64 },
}

/// Fills in which templates each workload may use, and reports units that fit none.
pub(super) fn fit(
    workloads: &mut [Workload],
    units: &[Vec<usize>],
    templates: &[ClusterTemplate],
    carries: &[bool],
    resources: &Resources,
    problems: &mut Problems,
) {
    for index in 0..workloads.len() {
        let fits = |template: usize| {
            let all: Vec<u64> = if workloads[index].per_cluster { Vec::new() } else { workloads[index].total.clone() };
            unfit(workloads, &[index], &all, &templates[template], carries[template]).is_none()
        };
        workloads[index].templates = (0..templates.len()).filter(|&template| fits(template)).collect();
    }
    if templates.is_empty() {
        return;
    }
    for unit in units {
        // The usual case, without a second look: one workload, and some template takes it.
        if unit.len() == 1 && !workloads[unit[0]].templates.is_empty() {
            continue;
        }
        let sum = |column: usize| unit.iter().fold(0u64, |sum, &w| sum.saturating_add(workloads[w].total[column]));
        let all: Vec<u64> = (0..resources.len()).map(sum).collect();
        let unfits: Vec<Option<Unfit>> = templates
            .iter()
            .zip(carries)
            .map(|(template, &carries)| unfit(workloads, unit, &all, template, carries))
            .collect();
        let Some(unfits) = unfits.into_iter().collect::<Option<Vec<Unfit>>>() else { continue };
        report(workloads, unit, templates, &unfits, resources, problems);
    }
}

fn unfit(
    workloads: &[Workload],
    unit: &[usize],
    all: &[u64],
    template: &ClusterTemplate,
    carries: bool,
) -> Option<Unfit> {
    if !carries {
        return Some(Unfit::Overhead);
    }
    for &workload in unit {
        if let Err((column, offers)) = pod_fits(template, &workloads[workload]) {
            return Some(Unfit::Pod { workload, column, offers });
        }
    }
    let short =
        all.iter().zip(&template.usable).position(|(&needs, usable)| usable.is_some_and(|usable| usable < needs))?;
    Some(Unfit::Whole { column: short, needs: all[short], offers: template.usable[short].unwrap_or(u64::MAX) })
}

fn report(
    workloads: &[Workload],
    unit: &[usize],
    templates: &[ClusterTemplate],
    unfits: &[Unfit],
    resources: &Resources,
    problems: &mut Problems,
) {
    const MOST: usize = 3;
    let amount = |column: usize, amount: u64| {
        format!("{} {}", resources.names[column], quantity::format(&resources.names[column], amount))
    };
    let mut words: Vec<String> = Vec::new();
    for (template, unfit) in templates.iter().zip(unfits).take(MOST) {
        let name = shown(&template.name);
        words.push(match unfit {
            Unfit::Overhead => format!("template `{name}` cannot even carry the per-cluster workloads"),
            Unfit::Pod { workload, column, offers } => format!(
                "one pod of {} needs {}, a node of template `{name}` offers at most {}",
                quoted(&workloads[*workload].name),
                amount(*column, workloads[*workload].pod[*column]),
                amount(*column, *offers)
            ),
            Unfit::Whole { column, needs, offers } => {
                format!(
                    "{} {}, template `{name}` has {} usable",
                    if unit.len() == 1 { "it needs" } else { "they need" },
                    amount(*column, *needs),
                    amount(*column, *offers)
                )
            }
        });
    }
    if unfits.len() > MOST {
        words.push(format!("and {} more templates are too small", unfits.len() - MOST));
    }
    let pods_only = unfits.iter().all(|unfit| matches!(unfit, Unfit::Pod { .. }));
    let (code, what) = match (pods_only, unit) {
        (true, _) => ("pod-too-large", "a pod is larger than every node".to_owned()),
        (false, [_]) => ("fits-no-template", "this workload fits no template".to_owned()),
        (false, _) => {
            let names: Vec<String> = unit.iter().take(4).map(|&w| shown(&workloads[w].name)).collect();
            let more = if unit.len() > 4 { " ..." } else { "" };
            let what =
                format!("{} workloads that share one cluster ({}{more}) fit no template", unit.len(), names.join(", "));
            ("fits-no-template", what)
        }
    };
    let place = match unfits.first() {
        Some(Unfit::Pod { workload, .. }) if pods_only => *workload,
        _ => unit[0],
    };
    problems.add(
        &Path::Root.key("workloads").index(place),
        InputProblem::new(code, "", format!("{what}: {}", words.join("; "))),
    );
}
