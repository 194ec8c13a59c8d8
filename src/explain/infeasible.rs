//! Why no plan exists: which maximum counts are too small, for what, by how much.

use crate::encode::Encoding;
use crate::fleet::Fleet;
use crate::problem::Problem;

use super::amount;

/// Names the inputs that contradict, with figures. `needed` is the lower bound on clusters if there were no maximum
/// counts, where it is known. Never empty. Complexity: linear in item types times the sets of templates that
/// workloads are limited to.
#[must_use]
pub fn contradictions(fleet: &Fleet, problem: &Problem, encoding: &Encoding, needed: Option<u64>) -> Vec<String> {
    let mut found = Vec::new();
    let mut limited: Vec<Vec<usize>> = problem.items().iter().map(|item| item.eligible.ones().collect()).collect();
    limited.push((0..problem.bins().len()).collect());
    limited.sort();
    limited.dedup();
    for templates in &limited {
        found.extend(short_of(fleet, problem, encoding, templates));
    }
    let allowed: Option<u64> = problem.bins().iter().map(|bin| bin.max_count).sum();
    if let (Some(needed), Some(allowed)) = (needed, allowed)
        && needed > allowed
    {
        found.push(format!(
            "at least {needed} {} needed, and the templates allow {allowed} in all ({})",
            if needed == 1 { "cluster is" } else { "clusters are" },
            counts(fleet, &(0..problem.bins().len()).collect::<Vec<_>>())
        ));
    }
    if found.is_empty() {
        found.push(format!(
            "no assignment fits the clusters allowed ({}): every resource alone would suffice, but not together with who \
             may share with whom and the sizes as they are",
            counts(fleet, &(0..problem.bins().len()).collect::<Vec<_>>())
        ));
    }
    found
}

/// The resources that run out for the workloads that only these templates are open to.
fn short_of(fleet: &Fleet, problem: &Problem, encoding: &Encoding, templates: &[usize]) -> Vec<String> {
    let within = |item: &usize| problem.items()[*item].eligible.ones().all(|bin| templates.contains(&bin));
    let items: Vec<usize> = (0..problem.items().len()).filter(within).collect();
    let workloads: usize = items.iter().flat_map(|&item| encoding.units(item)).map(Vec::len).sum();
    let all = templates.len() == problem.bins().len();
    let mut found = Vec::new();
    for (resource, (pool, name)) in fleet.dimensions().enumerate() {
        let load: u128 = items
            .iter()
            .map(|&item| u128::from(problem.items()[item].size[resource]) * u128::from(problem.items()[item].demand))
            .sum();
        let room: Option<u128> = templates
            .iter()
            .map(|&bin| {
                let bin = &problem.bins()[bin];
                bin.max_count.map(|count| u128::from(count) * u128::from(bin.capacity[resource]))
            })
            .sum();
        let (Some(room), Ok(load)) = (room, u64::try_from(load)) else { continue };
        if u128::from(load) > room {
            // below the load, so it fits
            let room = u64::try_from(room).unwrap_or(u64::MAX);
            let who = if all {
                "the workloads".to_owned()
            } else {
                format!("the {workloads} workload(s) that fit no other template")
            };
            found.push(format!(
                "{who} request {} of {name}{}, and the clusters allowed ({}) hold {}",
                amount(name, load),
                pool.map_or_else(String::new, |pool| format!(" in pool `{pool}`")),
                counts(fleet, templates),
                amount(name, room)
            ));
        }
    }
    found
}

fn counts(fleet: &Fleet, templates: &[usize]) -> String {
    let one = |&index: &usize| {
        let template = &fleet.templates()[index];
        match template.max_count {
            Some(count) => format!("`{}`: maxCount {count}", template.name),
            None => format!("`{}`: any number", template.name),
        }
    };
    templates.iter().map(one).collect::<Vec<_>>().join(", ")
}
