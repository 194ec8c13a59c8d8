//! Where a tenant, a trust level or an attribute comes from: a namespace, a directory, a label.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::error::InputProblem;

use super::manifests::{Controller, Labels, Meta};
use super::workloads::Placed;

/// A place from which a value is taken. [`FromStr`] reads `namespace`, `directory`, `cluster`, `label:KEY`,
/// `annotation:KEY`, `namespace-label:KEY` and `namespace-annotation:KEY`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The object's namespace.
    Namespace,
    /// The directory of its source, see [`Source::directory`](super::Source::directory).
    Directory,
    /// The cluster of its source, see [`Source::cluster`](super::Source::cluster).
    Cluster,
    /// A label of the pods, or of the object where the pods have none of that name.
    Label(String),
    /// An annotation, likewise.
    Annotation(String),
    /// A label of the namespace.
    NamespaceLabel(String),
    /// An annotation of the namespace.
    NamespaceAnnotation(String),
}

impl Origin {
    /// The label or annotation that it names.
    pub(super) fn key(&self) -> Option<&str> {
        match self {
            Origin::Namespace | Origin::Directory | Origin::Cluster => None,
            Origin::Label(key)
            | Origin::Annotation(key)
            | Origin::NamespaceLabel(key)
            | Origin::NamespaceAnnotation(key) => Some(key),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Namespace => f.write_str("namespace"),
            Origin::Directory => f.write_str("directory"),
            Origin::Cluster => f.write_str("cluster"),
            Origin::Label(key) => write!(f, "label:{key}"),
            Origin::Annotation(key) => write!(f, "annotation:{key}"),
            Origin::NamespaceLabel(key) => write!(f, "namespace-label:{key}"),
            Origin::NamespaceAnnotation(key) => write!(f, "namespace-annotation:{key}"),
        }
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "namespace" => return Ok(Origin::Namespace),
            "directory" => return Ok(Origin::Directory),
            "cluster" => return Ok(Origin::Cluster),
            _ => {}
        }
        let keyed = text.split_once(':').filter(|(_, key)| !key.is_empty());
        match keyed {
            Some(("label", key)) => Ok(Origin::Label(key.to_owned())),
            Some(("annotation", key)) => Ok(Origin::Annotation(key.to_owned())),
            Some(("namespace-label", key)) => Ok(Origin::NamespaceLabel(key.to_owned())),
            Some(("namespace-annotation", key)) => Ok(Origin::NamespaceAnnotation(key.to_owned())),
            _ => Err(format!(
                "`{text}` is not one of namespace, directory, cluster, label:KEY, annotation:KEY, namespace-label:KEY, \
                 namespace-annotation:KEY"
            )),
        }
    }
}

/// An origin, or `directory:ROOT` for the first directory below ROOT.
///
/// # Errors
/// It is neither.
#[cfg(feature = "cli")]
pub(crate) fn tenant_from(text: &str) -> Result<(Origin, Option<std::path::PathBuf>), String> {
    match text.strip_prefix("directory:") {
        Some("") => Err("`directory:` without a directory".to_owned()),
        Some(root) => Ok((Origin::Directory, Some(root.into()))),
        None => Ok((text.parse()?, None)),
    }
}

/// A workload and what is around it.
pub(super) struct Surroundings<'a> {
    pub placed: &'a Placed,
    /// The object that speaks for it.
    pub controller: &'a Controller,
    /// The namespace's object, if it was among the sources.
    pub namespace: Option<&'a Meta>,
    pub directory: Option<&'a str>,
    pub cluster: Option<&'a str>,
    /// The name of its source.
    pub source: &'a str,
}

impl Surroundings<'_> {
    /// The value, if there is one.
    ///
    /// # Errors
    /// Two places that speak of the same key contradict one another.
    pub fn value(&self, origin: &Origin) -> Result<Option<String>, Box<InputProblem>> {
        let meta = &self.controller.meta;
        match origin {
            Origin::Namespace => Ok(meta.namespace.clone()),
            Origin::Directory => Ok(self.directory.map(str::to_owned)),
            Origin::Cluster => Ok(self.cluster.map(str::to_owned)),
            Origin::Label(key) => self.agreed("label", key, false, &self.controller.pod_labels, |meta| &meta.labels),
            Origin::NamespaceLabel(key) => {
                self.agreed("label", key, true, &self.controller.pod_labels, |meta| &meta.labels)
            }
            Origin::Annotation(key) => {
                self.agreed("annotation", key, false, &self.controller.pod_annotations, |meta| &meta.annotations)
            }
            Origin::NamespaceAnnotation(key) => {
                self.agreed("annotation", key, true, &self.controller.pod_annotations, |meta| &meta.annotations)
            }
        }
    }

    /// The first value among several origins; all that have one must agree.
    ///
    /// # Errors
    /// They do not.
    pub fn first(&self, origins: &[Origin]) -> Result<Option<String>, Box<InputProblem>> {
        let mut found: Option<(&Origin, String)> = None;
        for origin in origins {
            let Some(value) = self.value(origin)? else { continue };
            match &found {
                None => found = Some((origin, value)),
                Some((first, earlier)) if *earlier != value => {
                    let message = format!("{first} is `{earlier}`, {origin} is `{value}`");
                    return Err(Box::new(self.problem(message)));
                }
                Some(_) => {}
            }
        }
        Ok(found.map(|(_, value)| value))
    }

    /// One key, seen from the pods, the object and its namespace.
    fn agreed(
        &self,
        what: &str,
        key: &str,
        of_namespace: bool,
        pods: &Labels,
        of: impl Fn(&Meta) -> &Labels,
    ) -> Result<Option<String>, Box<InputProblem>> {
        let meta = &self.controller.meta;
        // of its namespace it may have what no pod contradicts
        let contradicts = |value: &String| self.namespace.and_then(|it| of(it).get(key)).is_some_and(|it| it != value);
        let differs = |values: &BTreeSet<String>| !of_namespace || values.iter().any(contradicts);
        if self.placed.differing.get(key).is_some_and(differs) {
            let message = format!("its pods do not agree on the {what} `{key}`");
            return Err(Box::new(self.problem(message)));
        }
        let on_pods = pods.get(key).map(|value| ("the pods", value));
        let on_object = of(meta).get(key).map(|value| ("the object", value));
        let on_namespace =
            self.namespace.and_then(|namespace| of(namespace).get(key)).map(|value| ("the namespace", value));
        let all = [on_pods, on_object, on_namespace];
        let mut there = all.iter().flatten();
        if let Some((first, value)) = there.next()
            && let Some((second, other)) = there.find(|(_, other)| other != value)
        {
            let message = format!("the {what} `{key}` of {first} is `{value}`, that of {second} is `{other}`");
            return Err(Box::new(self.problem(message)));
        }
        let value = if of_namespace { on_namespace } else { on_pods.or(on_object) };
        Ok(value.map(|(_, value)| value.clone()))
    }

    fn problem(&self, message: String) -> InputProblem {
        let mut problem = InputProblem::new("contradicting-labels", &self.placed.title, message);
        problem.position = self.controller.meta.position;
        problem.with_expected("one value")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_read_and_write_the_same() {
        for text in [
            "namespace",
            "directory",
            "cluster",
            "label:a/b",
            "annotation:x:y",
            "namespace-label:env",
            "namespace-annotation:n",
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().to_string(), text);
        }
        for text in ["", "label", "label:", "Namespace", "pod-label:x", ":x"] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
