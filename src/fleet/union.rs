//! Two fleets as one: the workloads of another come to ours.

use super::Fleet;
use super::document::{Document, RunsInDocument, WorkloadDocument};
use super::problems::quoted;
use crate::error::{FleetError, InputProblem};

impl Fleet {
    /// The fleet with the workloads and tenants of another. Policy, templates, regions and clusters stay those of this fleet:
    /// what the other states of them must say the same. Where there are existing clusters, workloads of the other that do not
    /// say where they run run nowhere yet.
    ///
    /// # Errors
    ///
    /// Everything in which the two contradict, and everything that is wrong with the fleet of both, with paths in the other's
    /// document.
    ///
    /// ```
    /// # let ours = tenantry::Fleet::from_yaml("{schema: tenantry/v1, tenants: [{name: a, trust: trusted}], \
    /// #     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}], \
    /// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
    /// # let theirs = tenantry::Fleet::from_yaml("{schema: tenantry/v1, tenants: [{name: b, trust: trusted}], \
    /// #     workloads: [{name: api, tenant: b, requests: {cpu: 1, memory: 1Gi}}], \
    /// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
    /// let both = ours.with_fleet(&theirs)?;
    /// assert_eq!((both.tenants().len(), both.workloads().len()), (2, 2));
    /// # Ok::<(), tenantry::FleetError>(())
    /// ```
    pub fn with_fleet(&self, other: &Self) -> Result<Self, FleetError> {
        let (ours, theirs) = (self.document(), other.document());
        let mut problems = contradictions(ours, theirs);
        let mut new_tenants = Vec::new();
        for (index, tenant) in theirs.tenants.iter().enumerate() {
            match ours.tenants.iter().find(|it| it.name == tenant.name) {
                None => new_tenants.push(index),
                Some(same) if same == tenant => {}
                Some(_) => {
                    let message = format!(
                        "the tenant {} is another one in the fleet that this is added to",
                        quoted(&tenant.name)
                    );
                    problems.push(InputProblem::new("fleets-contradict", format!("tenants[{index}]"), message));
                }
            }
        }
        if !problems.is_empty() {
            return Err(FleetError { problems, omitted: 0 });
        }
        let mut document = ours.clone();
        let before = (document.tenants.len(), document.workloads.len());
        document.tenants.extend(new_tenants.iter().map(|&index| theirs.tenants[index].clone()));
        document.workloads.extend(theirs.workloads.iter().cloned());
        if !ours.existing_clusters.is_empty() {
            let platform = |it: &WorkloadDocument| it.per_cluster == Some(true) || it.per_node == Some(true);
            for row in document.workloads[before.1..].iter_mut().filter(|it| it.runs_in.is_none() && !platform(it)) {
                row.runs_in = Some(Box::new(RunsInDocument::nowhere()));
            }
        }
        Self::from_document(document).map_err(|mut error| {
            for problem in &mut error.problems {
                let row = |list: &str, before: usize| {
                    let (row, rest) = problem.path.strip_prefix(list)?.strip_prefix('[')?.split_once(']')?;
                    Some((row.parse::<usize>().ok()?.checked_sub(before)?, rest.to_owned()))
                };
                let theirs = match (row("tenants", before.0), row("workloads", before.1)) {
                    (Some((at, rest)), _) => new_tenants.get(at).map(|at| format!("tenants[{at}]{rest}")),
                    (_, Some((at, rest))) => Some(format!("workloads[{at}]{rest}")),
                    _ => None,
                };
                if let Some(path) = theirs {
                    problem.path = path;
                }
            }
            error
        })
    }
}

/// What the other states of the ground that both stand on, and otherwise than ours. Lists by name: it may name fewer.
fn contradictions(ours: &Document, theirs: &Document) -> Vec<InputProblem> {
    let mut problems = Vec::new();
    let mut add = |path: String, what: &str| {
        let message = format!("{what} in the fleet that this is added to");
        let problem = InputProblem::new("fleets-contradict", path, message);
        problems.push(problem.with_expected("the same, or nothing: what comes is the workloads and their tenants"));
    };
    for (key, other) in [
        ("policy", theirs.policy.is_some() && theirs.policy != ours.policy),
        ("defaults", theirs.defaults.is_some() && theirs.defaults != ours.defaults),
        ("asOf", theirs.as_of.is_some() && theirs.as_of != ours.as_of),
    ] {
        if other {
            add(key.to_owned(), &format!("`{key}` is another one"));
        }
    }
    for (at, it) in theirs.regions.iter().enumerate().filter(|(_, it)| !ours.regions.contains(it)) {
        add(format!("regions[{at}]"), &format!("the region {} is missing, or another one,", quoted(&it.name)));
    }
    for (at, it) in theirs.cluster_templates.iter().enumerate().filter(|(_, it)| !ours.cluster_templates.contains(it)) {
        add(
            format!("clusterTemplates[{at}]"),
            &format!("the template {} is missing, or another one,", quoted(&it.name)),
        );
    }
    for (at, it) in theirs.existing_clusters.iter().enumerate().filter(|(_, it)| !ours.existing_clusters.contains(it)) {
        add(
            format!("existingClusters[{at}]"),
            &format!("the cluster {} is missing, or another one,", quoted(&it.name)),
        );
    }
    problems
}
