//! What somebody asks for beside what a document says: workloads together, or in a cluster.

use super::document::{OneOrMany, TogetherDocument};
use super::problems::{nearest, quoted};
use super::{Fleet, Workload};
use crate::error::{Error, FleetError, Result};

/// What a group says that a question makes: no document has it.
pub(in crate::fleet) const ASKED_FOR: &str = "what was asked for is that they share a cluster";

/// A wish that a plan is to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// All of these in one cluster: names as `tenant/namespace/name`.
    Together(Vec<String>),
    /// All of these in an existing cluster.
    In(Vec<String>, String),
}

impl Fleet {
    /// The workloads that some words name: a workload, `tenant=NAME` or `namespace=NAME`; those of every cluster are none.
    ///
    /// # Errors
    /// [`Error::Usage`]: there are none; with the nearest name.
    pub(crate) fn named(&self, words: &str) -> Result<Vec<usize>> {
        let placed = |matches: &dyn Fn(&Workload) -> bool| -> Vec<usize> {
            let all = self.workloads.iter().enumerate();
            all.filter(|(_, it)| !it.per_cluster && matches(it)).map(|(index, _)| index).collect()
        };
        let near = |name: &str, known: &mut dyn Iterator<Item = &str>| {
            nearest(name, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
        };
        let (what, name, found) = if let Some(name) = words.strip_prefix("tenant=") {
            let Some(tenant) = self.tenants.iter().position(|it| it.name == name) else {
                let near = near(name, &mut self.tenants.iter().map(|it| it.name.as_str()));
                return Err(Error::Usage(format!("there is no tenant {}{near}", quoted(name))));
            };
            ("tenant", name, placed(&|it| it.tenant == tenant))
        } else if let Some(name) = words.strip_prefix("namespace=") {
            if !self.workloads.iter().any(|it| it.namespace == name) {
                let near = near(name, &mut self.workloads.iter().map(|it| it.namespace.as_str()));
                return Err(Error::Usage(format!("there is no namespace {}{near}", quoted(name))));
            }
            ("namespace", name, placed(&|it| it.namespace == name))
        } else {
            let workload = self.find(words)?;
            let found = if self.workloads[workload].per_cluster { Vec::new() } else { vec![workload] };
            ("workload", words, found)
        };
        if found.is_empty() {
            let message = format!("the {what} {} runs in every cluster, or has nobody to place", quoted(name));
            return Err(Error::Usage(message));
        }
        Ok(found)
    }

    /// `tenant/namespace/name`, whether shorter names are unique or not.
    pub(crate) fn whole_name(&self, workload: usize) -> String {
        let it = &self.workloads[workload];
        format!("{}/{}/{}", self.tenants[it.tenant].name, it.namespace, it.name)
    }

    /// The name of an existing cluster.
    ///
    /// # Errors
    /// [`Error::Usage`]: there is none; with the nearest, or with what exists.
    pub(crate) fn existing_named(&self, name: &str) -> Result<String> {
        if self.existing.iter().any(|it| it.name == name) {
            return Ok(name.to_owned());
        }
        let names = || self.existing.iter().map(|it| it.name.as_str());
        let near = nearest(name, names()).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let few: Vec<&str> = names().take(5).collect();
        let exist = match self.existing.len() {
            0 => " (none exists: ask with whom they would be there)".to_owned(),
            count if count > few.len() => format!(" (there are {}, and {} more)", few.join(", "), count - few.len()),
            _ => format!(" (there are {})", few.join(", ")),
        };
        Err(Error::Usage(format!("there is no existing cluster {}{near}{exist}", quoted(name))))
    }

    /// The fleet with a wish. Linear.
    ///
    /// # Errors
    /// The wish contradicts the document: no plan keeps both.
    pub(crate) fn wishing(&self, wish: &Wish) -> Result<Self, FleetError> {
        let mut document = self.document().clone();
        match wish {
            Wish::Together(members) => {
                if members.len() < 2 {
                    return Ok(self.clone());
                }
                let together = &mut document.policy.get_or_insert_default().together;
                let free = (0..).map(|number| format!("what-if-{number}"));
                let id = free.into_iter().find(|id| !together.iter().any(|it| it.id == *id));
                together.push(TogetherDocument {
                    id: id.unwrap_or_default(), // there are more numbers than groups
                    members: Some(members.clone()),
                    by: None,
                    where_: None,
                    in_: None,
                    reason: Some(ASKED_FOR.to_owned()),
                });
            }
            Wish::In(members, cluster) => {
                for (row, workload) in self.workload_rows().into_iter().enumerate() {
                    if workload.is_none_or(|it| !members.contains(&self.whole_name(it))) {
                        continue;
                    }
                    let pin = &mut document.workloads[row].pin;
                    let mut names: Vec<String> = pin.as_ref().map_or_else(Vec::new, |it| it.as_slice().to_vec());
                    if !names.contains(cluster) {
                        names.push(cluster.clone());
                    }
                    *pin = Some(Box::new(OneOrMany::from(names)));
                }
            }
        }
        Self::from_document(document)
    }
}
