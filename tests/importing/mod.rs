//! What the tests of the import share: texts in, workloads and messages out.

use std::collections::BTreeMap;

use serde_json::Value;
use tenantry::fleet::import::{Choice, Imported, KubernetesOptions, Source, kubernetes};
use tenantry::{Error, InputProblem};

/// One tenant `acme`, trusted, nothing else; missing requests are nothing.
pub fn plain() -> KubernetesOptions {
    let mut options = KubernetesOptions::new(Choice::Fixed("acme".to_owned()), Choice::Fixed("trusted".to_owned()));
    options.missing_requests = "zero".parse().unwrap();
    options
}

pub fn source(text: &str) -> Source {
    let name = if text.starts_with('{') { "a.json" } else { "a.yaml" };
    Source { name: name.to_owned(), content: text.into(), ..Source::default() }
}

pub struct Read {
    workloads: BTreeMap<String, Value>,
    imported: Imported,
}

impl Read {
    /// The replicas of a workload and what a pod of it requests.
    pub fn workload(&self, name: &str) -> (Value, Value) {
        let names: Vec<&String> = self.workloads.keys().collect();
        let found = self.workloads.get(name).unwrap_or_else(|| panic!("no {name} in {names:?}"));
        (found["replicas"].clone(), found.get("requests").cloned().unwrap_or_default())
    }

    pub fn names(&self) -> Vec<&str> {
        self.workloads.keys().map(String::as_str).collect()
    }

    pub fn warned(&self, code: &str) -> Vec<String> {
        (self.imported.warnings.iter().filter(|it| it.code == code)).map(|it| it.message.clone()).collect()
    }

    /// The one warning of that code.
    pub fn warning(&self, code: &str) -> String {
        let found = self.warned(code);
        assert_eq!(found.len(), 1, "{code}: {:?}", self.imported.warnings);
        found[0].clone()
    }
}

pub fn read_with(text: &str, options: &KubernetesOptions) -> Read {
    let imported = kubernetes(&[source(text)], options).unwrap_or_else(|error| panic!("{error}"));
    let document = serde_json::to_value(&imported.document).unwrap();
    let list = document["workloads"].as_array().cloned().unwrap_or_default();
    let workloads: BTreeMap<String, Value> =
        list.iter().map(|it| (it["name"].as_str().unwrap().to_owned(), it.clone())).collect();
    assert_eq!(workloads.len(), list.len(), "names are distinct in these cases");
    Read { workloads, imported }
}

pub fn read(text: &str) -> Read {
    read_with(text, &plain())
}

pub fn problems_with(text: &str, options: &KubernetesOptions) -> Vec<InputProblem> {
    match kubernetes(&[source(text)], options) {
        Err(Error::Fleet(error)) => error.problems,
        Err(other) => panic!("{other}"),
        Ok(imported) => panic!("imported {}", serde_json::to_string(&imported.document).unwrap()),
    }
}

pub fn problems(text: &str) -> Vec<InputProblem> {
    problems_with(text, &plain())
}

/// The only problem, as `code path: suggestion`.
pub fn refused(text: &str) -> String {
    let found = problems(text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    let suggestion = found[0].suggestion.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
    format!("{} {}{suggestion}", found[0].code, found[0].path)
}
