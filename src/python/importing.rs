//! Kubernetes manifests and dumps -> a fleet, or a draft of one.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pyo3::prelude::*;
use serde::Deserialize;

use super::fleet::Fleet;
use super::run::apart;
use crate::error::{Error, Result};
use crate::fleet::import::{self, Choice, FileOptions, KubernetesOptions, Origin, Source, SourceArgument};

/// The keyword arguments of `Fleet.from_kubernetes`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    name: Option<String>,
    tenant: Option<String>,
    tenant_from: Option<String>,
    trust: Option<String>,
    trust_from: Option<String>,
    attributes: Vec<(String, Vec<String>)>,
    separate: Vec<String>,
    labels: BTreeMap<String, String>,
    namespace: Option<String>,
    platform_namespaces: Vec<String>,
    except_namespaces: Vec<String>,
    qualify_namespaces: bool,
    merge_namespaces: bool,
    same_across: Vec<String>,
    /// Documents, with the names of their files.
    policy: Option<(String, String)>,
    templates: Option<(String, String)>,
    missing_requests: Option<String>,
    pool_max: BTreeMap<String, u64>,
    regions: BTreeMap<String, String>,
    ignore_kinds: Vec<String>,
    exclude: Vec<String>,
}

/// What an import gives: the fleet unless it was a draft, its text, and the warnings.
type Given = (Option<Fleet>, String, Vec<(&'static str, String)>);

/// Reads files and directories, each with the name of its cluster; `options` is a JSON document.
#[pyfunction]
pub(super) fn import_kubernetes(
    py: Python<'_>,
    files: Vec<(PathBuf, Option<String>)>,
    options: String,
    draft: bool,
) -> PyResult<Given> {
    apart(py, move || {
        let asked: Asked = serde_json::from_str(&options).map_err(|error| Error::Usage(error.to_string()))?;
        let arguments: Vec<SourceArgument> =
            files.into_iter().map(|(path, cluster)| SourceArgument { path, cluster, content: None }).collect();
        let (options, files) = options_of(asked)?;
        let found = import::read_sources(&arguments, &files)?;
        let told = |warnings: &[crate::fleet::Warning]| {
            found.warnings.iter().chain(warnings).map(|it| (it.code, it.message.clone())).collect()
        };
        if draft {
            let draft = import::draft(&found.sources, &options)?;
            return Ok((None, draft.to_yaml(), told(&draft.warnings)));
        }
        let imported = import::kubernetes(&found.sources, &options)?;
        let (text, warnings) = (imported.to_yaml(), told(&imported.warnings));
        Ok((Some(imported.fleet.into()), text, warnings))
    })
}

fn options_of(asked: Asked) -> Result<(KubernetesOptions, FileOptions)> {
    let wrong = |what: &str| {
        let what = what.to_owned();
        move |message: String| Error::Usage(format!("`{what}`: {message}"))
    };
    let origin = |text: &str, what: &str| text.parse::<Origin>().map_err(wrong(what));
    let mut root = None;
    let tenant = match (asked.tenant, asked.tenant_from) {
        (Some(tenant), None) => Choice::Fixed(tenant),
        (None, Some(from)) => {
            let (origin, below) = import::tenant_from(&from).map_err(wrong("tenant_from"))?;
            root = below;
            Choice::From(origin)
        }
        _ => return Err(Error::Usage("either `tenant` or `tenant_from` is needed".to_owned())),
    };
    let trust = match (asked.trust, asked.trust_from) {
        (Some(trust), None) => Choice::Fixed(trust),
        (None, Some(from)) => Choice::From(origin(&from, "trust_from")?),
        _ => return Err(Error::Usage("either `trust` or `trust_from` is needed".to_owned())),
    };
    let mut options = KubernetesOptions::new(tenant, trust);
    for (name, origins) in asked.attributes {
        let origins = origins.iter().map(|text| origin(text, "attributes")).collect::<Result<Vec<Origin>>>()?;
        options.attributes.push((name, origins));
    }
    for (name, from) in asked.labels {
        options.labels.push((name, origin(&from, "labels")?));
    }
    if let Some(name) = asked.separate.iter().find(|&name| options.attributes.iter().all(|(known, _)| known != name)) {
        return Err(Error::Usage(format!("`separate`: there is no attribute `{name}` in `attributes`")));
    }
    let beside = |(name, text): (String, String)| Source { name, content: text.into(), ..Source::default() };
    options.name = asked.name;
    options.separate = asked.separate;
    options.namespace = asked.namespace;
    options.platform_namespaces = asked.platform_namespaces;
    options.except_namespaces = asked.except_namespaces;
    options.qualify_namespaces = asked.qualify_namespaces;
    options.merge_namespaces = asked.merge_namespaces;
    options.same_across = asked.same_across;
    options.policy = asked.policy.map(beside);
    options.templates = asked.templates.map(beside);
    if let Some(rule) = asked.missing_requests {
        options.missing_requests = rule.parse().map_err(wrong("missing_requests"))?;
    }
    options.pool_max = asked.pool_max.into_iter().collect();
    options.regions = asked.regions.into_iter().collect();
    options.ignore_kinds = asked.ignore_kinds;
    Ok((options, FileOptions { root, exclude: asked.exclude }))
}
