//! The semantics a second time, as plainly as possible: no classes, no indices, no cleverness.

use std::collections::BTreeSet;

use crate::model::{ENVIRONMENTS, Model, Selector, Waiver};
use crate::partitions::{each, members};

#[derive(Debug)]
pub enum Verdict {
    /// The document must be refused with this code.
    Invalid(&'static str),
    /// The maximum counts forbid every plan.
    Infeasible,
    /// The clusters and the cost of every plan, ascending.
    Plans(Vec<(u64, u64)>),
}

fn attribute(model: &Model, workload: usize, key: &str) -> Option<String> {
    let it = &model.workloads[workload];
    let all = it.attributes.iter().chain(&model.tenants[it.tenant].attributes);
    let value = all.into_iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())?;
    Some(if key == "environment" { class(&value).into() } else { value })
}

fn class(environment: &str) -> &'static str {
    ENVIRONMENTS.iter().find(|(value, _)| *value == environment).expect("drawn from the list").1
}

fn level(model: &Model, workload: usize) -> usize {
    let it = &model.workloads[workload];
    it.trust.or(model.tenants[it.tenant].trust).expect("one of the two is drawn")
}

fn sharing(model: &Model, workload: usize) -> u64 {
    let it = &model.workloads[workload];
    let tenant = &model.tenants[it.tenant];
    let levels = [Some(level(model, workload)), tenant.trust];
    let inherited = levels.into_iter().flatten().map(|level| model.levels[level].sharing).max().unwrap_or(0);
    inherited.max(tenant.sharing.unwrap_or(0)).max(it.sharing.unwrap_or(0))
}

fn accepts(model: &Model, workload: usize) -> usize {
    let it = &model.workloads[workload];
    let floor = model.levels[level(model, workload)].accepts;
    floor.max(model.tenants[it.tenant].accepts.unwrap_or(0)).max(it.accepts.unwrap_or(0))
}

/// Whether `workload` matches; `subject` is the other side of a rule, for `tenant: other`.
fn matches(model: &Model, selector: &Selector, workload: usize, subject: Option<usize>) -> bool {
    let it = &model.workloads[workload];
    if it.per_cluster {
        return false;
    }
    if selector.other && subject.is_some_and(|subject| model.workloads[subject].tenant == it.tenant) {
        return false;
    }
    selector.keys.iter().all(|key| {
        let value = match key.key.as_str() {
            "tenant" => Some(model.tenants[it.tenant].name.clone()),
            "trust" => Some(model.levels[level(model, workload)].name.clone()),
            "workload" => Some(model.identity(workload)),
            "namespace" => Some(model.namespace(workload)),
            name => attribute(model, workload, name),
        };
        let listed = value.is_some_and(|value| {
            key.values.iter().any(|wanted| match key.key.as_str() {
                "environment" => class(wanted) == value,
                _ => *wanted == value,
            })
        });
        listed != key.not
    })
}

/// The ids of the reasons that separate two different workloads, waivers applied, ascending.
pub fn reasons(model: &Model, a: usize, b: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for (u, v) in [(a, b), (b, a)] {
        let same_tenant = model.workloads[u].tenant == model.workloads[v].tenant;
        if level(model, u) < accepts(model, v) {
            ids.push("level".to_owned());
        }
        if sharing(model, u) == 2 || (sharing(model, u) == 1 && !same_tenant) {
            ids.push("sharing".into());
        }
        if model.tenants[model.workloads[u].tenant].distrusts.contains(&model.workloads[v].tenant) {
            ids.push("distrusts".into());
        }
        for (index, (subject, neighbour)) in model.distrust.iter().enumerate() {
            if matches(model, subject, u, None) && matches(model, neighbour, v, Some(u)) {
                ids.push(format!("distrust:rule-{index}"));
            }
        }
    }
    if model.separate_env && attribute(model, a, "environment") != attribute(model, b, "environment") {
        ids.push("separate:environment".into());
    }
    if model.separate_customer.is_some() && attribute(model, a, "customer") != attribute(model, b, "customer") {
        ids.push("separate:customer".into());
    }
    if model.apart
        && let (Some(x), Some(y)) = (attribute(model, a, "version"), attribute(model, b, "version"))
        && x != y
    {
        ids.push("apart:version".into());
    }
    ids.retain(|id| !model.waivers.iter().any(|waiver| waives(model, waiver, id, a, b)));
    ids.sort();
    ids.dedup();
    ids
}

fn waives(model: &Model, waiver: &Waiver, id: &String, a: usize, b: usize) -> bool {
    let side = |index: usize, workload| matches(model, &waiver.sides[index], workload, None);
    !waiver.expired && waiver.waives.contains(id) && ((side(0, a) && side(1, b)) || (side(0, b) && side(1, a)))
}

pub fn judge(model: &Model) -> Verdict {
    let placed: Vec<_> = (0..model.workloads.len()).filter(|&index| !model.workloads[index].per_cluster).collect();
    for waiver in &model.waivers {
        for side in &waiver.sides {
            if !placed.iter().any(|&workload| matches(model, side, workload, None)) {
                return Verdict::Invalid("matches-nothing");
            }
        }
    }
    for &workload in &placed {
        if model.separate_env && attribute(model, workload, "environment").is_none() {
            return Verdict::Invalid("missing-separation-value");
        }
    }
    let units = units(model, &placed);
    for unit in &units {
        if !clique(model, unit) {
            // an oversized unit is found first, when the fleet is read
            let fits = units.iter().all(|unit| !fitting(model, unit).is_empty());
            return Verdict::Invalid(if fits { "together-against-reason" } else { "fits-no-template" });
        }
    }
    if units.iter().any(|unit| fitting(model, unit).is_empty()) {
        return Verdict::Invalid("fits-no-template");
    }
    let mut plans = plans(model, &units);
    plans.retain(|plan| {
        [plan.0, plan.1].iter().zip(model.limits).all(|(&value, most)| most.is_none_or(|most| value <= most))
    });
    if plans.is_empty() { Verdict::Infeasible } else { Verdict::Plans(plans.into_iter().collect()) }
}

/// The groups that must stay together, by repeated merging.
fn units(model: &Model, placed: &[usize]) -> Vec<Vec<usize>> {
    let mut units: Vec<Vec<usize>> = placed.iter().map(|&workload| vec![workload]).collect();
    let together = |a: usize, b: usize| {
        let grouped = model.together.iter().any(|group| group.contains(&a) && group.contains(&b));
        let tenant = model.workloads[a].tenant;
        let shared = tenant == model.workloads[b].tenant
            && model.namespace(a) == model.namespace(b)
            && !model.tenants[tenant].split;
        grouped || shared
    };
    loop {
        let count = units.len();
        'search: for i in 0..count {
            for j in 0..i {
                if units[i].iter().any(|&a| units[j].iter().any(|&b| together(a, b))) {
                    let moved = units.remove(i);
                    units[j].extend(moved);
                    break 'search;
                }
            }
        }
        if units.len() == count {
            return units;
        }
    }
}

fn clique(model: &Model, members: &[usize]) -> bool {
    members.iter().all(|&a| members.iter().all(|&b| a == b || reasons(model, a, b).is_empty()))
}

/// The templates that hold these workloads beside the per-cluster ones, with what the tenants of all of them take once.
fn fitting(model: &Model, members: &[usize]) -> Vec<usize> {
    let overhead = (0..model.workloads.len()).filter(|&index| model.workloads[index].per_cluster);
    let all: Vec<_> = members.iter().copied().chain(overhead).collect();
    let total = |size: &dyn Fn(usize) -> u64| -> u64 {
        all.iter().map(|&workload| size(workload) * model.workloads[workload].replicas).sum()
    };
    let mut owners: Vec<usize> = all.iter().map(|&workload| model.workloads[workload].tenant).collect();
    owners.sort_unstable();
    owners.dedup();
    let once: Vec<(u64, u64)> = owners.into_iter().filter_map(|owner| model.tenants[owner].overhead).collect();
    let cpu = total(&|workload| model.workloads[workload].cpu) + once.iter().map(|it| it.0).sum::<u64>();
    let memory = total(&|workload| model.workloads[workload].memory) + once.iter().map(|it| it.1).sum::<u64>();
    (0..model.templates.len())
        .filter(|&index| cpu <= model.templates[index].cpu && memory <= model.templates[index].memory)
        .collect()
}

/// Every partition of the units into cliques that fit, and every choice of templates for it.
fn plans(model: &Model, units: &[Vec<usize>]) -> BTreeSet<(u64, u64)> {
    let mut found = BTreeSet::new();
    let mut fits = |block: &[usize]| {
        let members = members(block, units);
        clique(model, &members) && !fitting(model, &members).is_empty()
    };
    each(units.len(), &mut fits, &mut |blocks| {
        let blocks: Vec<Vec<usize>> = blocks.iter().map(|block| members(block, units)).collect();
        let mut left: Vec<_> = model.templates.iter().map(|template| template.max_count.unwrap_or(u64::MAX)).collect();
        costs(model, &blocks, &mut left, 0, &mut |cost| _ = found.insert((blocks.len() as u64, cost)));
    });
    found
}

fn costs(model: &Model, blocks: &[Vec<usize>], left: &mut [u64], sum: u64, found: &mut dyn FnMut(u64)) {
    let Some((block, rest)) = blocks.split_first() else { return found(sum) };
    for template in fitting(model, block) {
        if left[template] > 0 {
            left[template] -= 1;
            costs(model, rest, left, sum + model.templates[template].cost, found);
            left[template] += 1;
        }
    }
}
