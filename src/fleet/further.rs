//! A fleet with further workloads: what if these came too.

use super::decode::{self, Decoder};
use super::document::{RunsInDocument, WorkloadDocument};
use super::limits::Limits;
use super::located::Source;
use super::problems::{Path, Problems};
use super::{Fleet, json, locate, todo, yaml};
use crate::error::FleetError;

impl Fleet {
    /// The fleet with the `workloads` (and `tenants`) of another document of such parts alone. Where there are existing
    /// clusters, workloads that do not say where they run run nowhere yet.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the parts, with paths and places in their text.
    ///
    /// ```
    /// # let fleet = tenantry::Fleet::from_yaml("{schema: tenantry/v1, tenants: [{name: a, trust: trusted}], \
    /// #     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}], \
    /// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
    /// let more = fleet.with_further("workloads: [{name: api, tenant: a, requests: {cpu: 1, memory: 1Gi}}]", false)?;
    /// assert_eq!(more.workloads().len(), 2);
    /// # Ok::<(), tenantry::FleetError>(())
    /// ```
    pub fn with_further(&self, text: &str, json: bool) -> Result<Self, FleetError> {
        let limits = Limits::default();
        let alone = |problem: Box<_>| FleetError { problems: vec![*problem], omitted: 0 };
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let (source, root) =
            if json { (Source::Json, json::read(text, &limits)) } else { (Source::Yaml, yaml::read(text, &limits)) };
        let root = root.map_err(alone)?;
        let mut decoder = Decoder::new(Problems::new(limits.problems), source);
        todo::refuse(&root, &Path::Root, &mut decoder.problems);
        let (tenants, mut workloads) = decode::further(&mut decoder, &root);
        let problems = decoder.into_problems();
        if !problems.is_empty() {
            return Err(problems.into_error(Some(&root)));
        }
        if !self.existing.is_empty() {
            let platform = |it: &WorkloadDocument| it.per_cluster == Some(true) || it.per_node == Some(true);
            for workload in workloads.iter_mut().filter(|it| it.runs_in.is_none() && !platform(it)) {
                workload.runs_in = Some(Box::new(RunsInDocument::nowhere()));
            }
        }
        let mut document = self.document().clone();
        let before = [("tenants", document.tenants.len()), ("workloads", document.workloads.len())];
        document.tenants.extend(tenants);
        document.workloads.extend(workloads);
        Self::from_document(document).map_err(|mut error| {
            for problem in &mut error.problems {
                problem.path = before.iter().fold(std::mem::take(&mut problem.path), |path, it| in_its_text(path, *it));
            }
            locate(error, text, json)
        })
    }
}

#[cfg(any(feature = "cli", feature = "python"))]
impl Fleet {
    /// The workloads that this fleet's document lists beyond those of another, those of the platform aside: by their full
    /// names.
    pub(crate) fn beyond(&self, fleet: &Self) -> Vec<String> {
        let rows = self.document.workloads.get(fleet.document.workloads.len()..).unwrap_or_default();
        let placed = rows.iter().filter(|it| it.per_cluster != Some(true) && it.per_node != Some(true));
        placed.map(full_name).collect()
    }
}

/// `tenant/namespace/name` of a row.
#[cfg(any(feature = "cli", feature = "python"))]
fn full_name(it: &WorkloadDocument) -> String {
    let namespace = it.namespace.as_ref().map_or_else(|| format!("{}-{}", it.tenant, it.name), ToString::to_string);
    format!("{}/{namespace}/{}", it.tenant, it.name)
}

/// The path of a row behind the first `before`, counted from there.
fn in_its_text(path: String, (list, before): (&str, usize)) -> String {
    let parts = path.strip_prefix(list).and_then(|rest| rest.strip_prefix('[')).and_then(|rest| rest.split_once(']'));
    match parts.and_then(|(row, rest)| Some((row.parse::<usize>().ok()?.checked_sub(before)?, rest))) {
        Some((row, rest)) => format!("{list}[{row}]{rest}"),
        None => path,
    }
}
