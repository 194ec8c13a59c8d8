//! One Kubernetes object, and several as one text.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::fleet::yaml_text;

/// An object, serialised.
pub(super) type Manifest = Value;

/// Labels and annotations.
pub(super) type Labels = BTreeMap<String, String>;

/// The label of what belongs to a tenant.
pub(super) const TENANT: &str = "tenantry/tenant";
/// The label of a namespace's trust level.
pub(super) const TRUST: &str = "tenantry/trust";
/// The label by which a cluster is selected where its tool knows no names.
pub(super) const CLUSTER: &str = "tenantry/cluster";

const HEAD: &str = "# Written by `tenantry export`: change the fleet and its plan, not this file.\n";

/// An object's metadata.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Meta {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub annotations: Labels,
}

impl Meta {
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    pub fn within(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.to_owned());
        self
    }

    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.labels.insert(key.to_owned(), value.to_owned());
        self
    }
}

/// The rest of an object that has nothing but a `spec`.
#[derive(Debug, Serialize)]
pub(super) struct Spec<S> {
    pub spec: S,
}

/// The rest of an object that has nothing else.
#[derive(Debug, Serialize)]
pub(super) struct Nothing {}

/// A reference to an object by its name.
#[derive(Clone, Debug, Serialize)]
pub(super) struct NameOf {
    pub name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a, B> {
    api_version: &'a str,
    kind: &'a str,
    metadata: Meta,
    #[serde(flatten)]
    body: B,
}

/// An object of that version and kind.
///
/// # Errors
/// [`Error::Internal`]: it cannot be serialised, which the types rule out.
pub(super) fn manifest(api_version: &str, kind: &str, metadata: Meta, body: impl Serialize) -> Result<Manifest> {
    let object = Object { api_version, kind, metadata, body };
    serde_json::to_value(object).map_err(|error| Error::Internal(format!("a {kind} cannot be written: {error}")))
}

/// An object without metadata, as kustomize has it.
///
/// # Errors
/// As [`manifest`].
pub(super) fn bare(api_version: &str, kind: &str, body: impl Serialize) -> Result<Manifest> {
    let mut object = manifest(api_version, kind, Meta::default(), body)?;
    if let Some(map) = object.as_object_mut() {
        map.shift_remove("metadata");
    }
    Ok(object)
}

/// Several objects as one YAML text, each a document of its own, under a head of comments: lines that the caller vouches for.
pub(super) fn text(objects: &[Manifest], comments: &[String]) -> String {
    let mut text = HEAD.to_owned();
    for comment in comments {
        text.push_str("# ");
        text.push_str(comment);
        text.push('\n');
    }
    for (at, object) in objects.iter().enumerate() {
        if at > 0 {
            text.push_str("---\n");
        }
        text.push_str(&yaml_text(object));
    }
    text
}
