//! The canonical order: tenants, templates, existing clusters and the pools of each by name, sites by what they are for and
//! regions, workloads by tenant, namespace and name.
//!
//! In what order a document lists its rows means nothing, so nothing that is made of a fleet may depend on it: neither
//! the plan, nor the name of a cluster, nor the digest.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::abreast::{MANY, halves};
use crate::fleet::existing::{ExistingCluster, Whereabouts};
use crate::fleet::policy::{Matcher, Policy, Selector};
use crate::fleet::shape::Shape;
use crate::fleet::site::{Site, Standing};
use crate::fleet::template::ClusterTemplate;
use crate::fleet::tenant::Tenant;
use crate::fleet::workload::Workload;

/// What is listed in rows, and what points at them.
pub(super) struct Rows<'a> {
    pub tenants: &'a mut Vec<Tenant>,
    pub workloads: &'a mut Vec<Workload>,
    pub templates: &'a mut Vec<ClusterTemplate>,
    pub sites: &'a mut Vec<Site>,
    pub existing: &'a mut Vec<ExistingCluster>,
    /// One a workload, or none at all.
    pub whereabouts: &'a mut Vec<Whereabouts>,
    pub policy: &'a mut Policy,
    pub units: &'a mut Vec<Vec<usize>>,
}

/// Puts the rows in order and points everything at their new places. Answers which row of the document each workload
/// is. Complexity: sorting them.
pub(super) fn order(rows: Rows<'_>) -> Vec<usize> {
    let tenants = places(&sorted(rows.tenants, |a, b| a.name.cmp(&b.name)));
    let templates = places(&sorted(rows.templates, |a, b| a.name.cmp(&b.name)));
    permute(rows.tenants, &tenants);
    permute(rows.templates, &templates);
    let existing = places(&sorted(rows.existing, |a, b| a.name.cmp(&b.name)));
    permute(rows.existing, &existing);
    for template in rows.templates.iter_mut() {
        sort_pools(&mut template.shape);
    }
    for site in rows.sites.iter_mut() {
        match &mut site.what {
            Standing::New { template } => {
                *template = templates[*template];
                site.shape = Arc::clone(&rows.templates[*template].shape);
            }
            Standing::Existing { cluster } => {
                *cluster = existing[*cluster];
                sort_pools(&mut site.shape);
            }
        }
    }
    let sites = places(&sorted(rows.sites, |a, b| (a.what, &a.regions).cmp(&(b.what, &b.regions))));
    permute(rows.sites, &sites);
    for cluster in rows.existing.iter_mut() {
        cluster.template = cluster.template.map(|template| templates[template]);
        cluster.site = sites[cluster.site];
    }
    for it in rows.whereabouts.iter_mut() {
        it.replicas.iter_mut().for_each(|(cluster, _)| *cluster = existing[*cluster]);
        it.replicas.sort_unstable();
        point(&mut it.runs_in, &existing);
        point(&mut it.pins, &existing);
    }
    for tenant in rows.tenants.iter_mut() {
        point(&mut tenant.distrusts, &tenants);
    }
    for workload in rows.workloads.iter_mut() {
        workload.tenant = tenants[workload.tenant];
    }
    point_shared(rows.workloads, &sites);
    let order = by_tenant(rows.workloads);
    let workloads = places(&order);
    permute(rows.workloads, &workloads);
    if !rows.whereabouts.is_empty() {
        permute(rows.whereabouts, &workloads);
    }
    let distrust = rows.policy.distrust.iter_mut().flat_map(|rule| [&mut rule.subject, &mut rule.neighbour]);
    let waived = rows.policy.waivers.iter_mut().flat_map(|waiver| &mut waiver.between);
    for selector in distrust.chain(waived) {
        redirect(selector, &tenants, &workloads);
    }
    for template in rows.templates.iter_mut().filter(|template| template.door.admits.is_some()) {
        let door = Arc::make_mut(&mut template.door);
        door.admits.iter_mut().for_each(|selector| redirect(selector, &tenants, &workloads));
    }
    for cluster in rows.existing.iter_mut() {
        cluster.own.admits.iter_mut().for_each(|selector| redirect(selector, &tenants, &workloads));
    }
    for site in rows.sites.iter_mut() {
        site.door = match site.what {
            Standing::New { template } => Arc::clone(&rows.templates[template].door),
            Standing::Existing { cluster } => {
                let it = &rows.existing[cluster];
                it.own.door(it.template.map(|template| &rows.templates[template].door))
            }
        };
    }
    for group in &mut rows.policy.together {
        point(&mut group.members, &workloads);
    }
    rows.policy.together.sort_by(|a, b| a.members.cmp(&b.members));
    for group in &mut rows.policy.together_in_region {
        point(&mut group.members, &workloads);
    }
    rows.policy.together_in_region.sort_by(|a, b| a.members.cmp(&b.members));
    for rule in &mut rows.policy.kept_apart {
        point(&mut rule.members, &workloads);
    }
    rows.policy.kept_apart.sort_by(|a, b| a.id.cmp(&b.id));
    for unit in rows.units.iter_mut() {
        point(unit, &workloads);
    }
    // No two units have a member in common.
    rows.units.sort_by_cached_key(|unit| unit.first().copied());
    order
}

/// The rows in order.
fn sorted<T>(rows: &[T], compare: impl Fn(&T, &T) -> std::cmp::Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|&a, &b| compare(&rows[a], &rows[b]));
    order
}

/// The workloads by tenant, namespace and name: tenants first, so that few texts are compared, and those close together.
fn by_tenant(workloads: &[Workload]) -> Vec<usize> {
    let mut keyed: Vec<(usize, usize)> = workloads.iter().map(|it| it.tenant).zip(0..).collect();
    keyed.sort_unstable();
    let sorted = |of_tenants: &[&[(usize, usize)]]| {
        let mut order = Vec::with_capacity(of_tenants.iter().map(|rows| rows.len()).sum());
        let key = |row: usize| (&workloads[row].namespace, &workloads[row].name);
        for rows in of_tenants {
            let start = order.len();
            order.extend(rows.iter().map(|&(_, row)| row));
            order[start..].sort_by(|&a, &b| key(a).cmp(&key(b)));
        }
        order
    };
    let of_tenants: Vec<&[(usize, usize)]> = keyed.chunk_by(|a, b| a.0 == b.0).collect();
    let (mut order, more) = halves(keyed.len() >= MANY, &of_tenants, sorted);
    order.extend(more);
    order
}

/// The new place of each row, given the rows in order.
fn places(order: &[usize]) -> Vec<usize> {
    let mut places = vec![0; order.len()];
    for (place, &row) in order.iter().enumerate() {
        places[row] = place;
    }
    places
}

/// Moves every row to its place.
fn permute<T>(rows: &mut [T], places: &[usize]) {
    let mut places = places.to_vec();
    for at in 0..rows.len() {
        while places[at] != at {
            let to = places[at];
            rows.swap(at, to);
            places.swap(at, to);
        }
    }
}

/// Points a list of rows at their new places, ascending.
fn point(list: &mut [usize], places: &[usize]) {
    list.iter_mut().for_each(|row| *row = places[*row]);
    list.sort_unstable();
}

/// Points the sites of workloads at their new places: each list that many share once.
fn point_shared(workloads: &mut [Workload], places: &[usize]) {
    let mut known: FxHashMap<Arc<[usize]>, Arc<[usize]>> = FxHashMap::default();
    for workload in workloads {
        let moved = known.entry(Arc::clone(&workload.sites)).or_insert_with_key(|list| {
            let mut list = list.to_vec();
            point(&mut list, places);
            list.into()
        });
        workload.sites = Arc::clone(moved);
    }
}

/// The pools of a template by name.
fn sort_pools(shape: &mut Arc<Shape>) {
    if !shape.pools.is_sorted_by(|a, b| a.name <= b.name) {
        Arc::make_mut(shape).pools.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

fn redirect(selector: &mut Selector, tenants: &[usize], workloads: &[usize]) {
    let moved = |matcher: &mut Option<Matcher<usize>>, places: &[usize]| {
        if let Some(matcher) = matcher {
            matcher.values = matcher.values.iter().map(|&row| places[row]).collect();
        }
    };
    moved(&mut selector.tenant, tenants);
    moved(&mut selector.workload, workloads);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_goes_to_its_place() {
        let mut rows = vec!["d", "b", "e", "a", "c"];
        let places = places(&sorted(&rows, |a, b| a.cmp(b)));
        assert_eq!(places, [3, 1, 4, 0, 2]);
        permute(&mut rows, &places);
        assert_eq!(rows, ["a", "b", "c", "d", "e"]);
        let mut list = vec![0, 2, 3];
        point(&mut list, &places);
        assert_eq!(list, [0, 3, 4]);
    }
}
