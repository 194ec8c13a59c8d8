//! A plan as the manifests that carry it out: namespaces with their limits, quotas and RBAC for each cluster, and what the tools
//! that bring workloads to clusters read.
//!
//! Every object is a typed value and is serialised; nothing is put together as text. What a name cannot be in Kubernetes is refused,
//! never turned into another name. Nothing here knows how a plan was found.

mod argocd;
mod clusterapi;
mod fences;
mod flux;
mod folder;
mod ground;
mod karmada;
mod kubernetes;
mod names;
mod object;
mod ocm;
mod options;
mod patches;
mod quotas;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::error::Result;
use crate::fleet::Fleet;
use crate::plan::Plan;

pub use folder::{FileChange, WrittenFile};
pub use options::{ExportOptions, PodSecurity, PodSecurityOf};

use ground::Ground;
use names::Names;
use object::Manifest;

/// What a plan is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ExportTarget {
    /// A folder for each cluster, ready for kustomize.
    Kubernetes,
    /// Argo CD: an AppProject and an ApplicationSet for each tenant, and one of each for the namespaces.
    ArgoCd,
    /// Flux: for each cluster the Kustomizations that reconcile it.
    Flux,
    /// Karmada: PropagationPolicies and OverridePolicies.
    Karmada,
    /// Open Cluster Management: ManagedClusterSets, Placements and ManifestWorkReplicaSets.
    Ocm,
    /// Cluster API: a Cluster with a topology for each new cluster.
    ClusterApi,
}

/// All of them, by their names in commands.
const TARGETS: [(&str, ExportTarget); 6] = [
    ("kubernetes", ExportTarget::Kubernetes),
    ("argocd", ExportTarget::ArgoCd),
    ("flux", ExportTarget::Flux),
    ("karmada", ExportTarget::Karmada),
    ("ocm", ExportTarget::Ocm),
    ("clusterapi", ExportTarget::ClusterApi),
];

impl ExportTarget {
    /// Its name in commands, such as `argocd`.
    #[must_use]
    pub fn name(self) -> &'static str {
        TARGETS.iter().find(|(_, target)| *target == self).map_or("", |(name, _)| name)
    }

    /// The target of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        TARGETS.iter().find(|(it, _)| *it == name).map(|&(_, target)| target)
    }

    /// The names of all.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TARGETS.iter().map(|(name, _)| *name)
    }
}

/// Files that carry a plan out: the text of each by its path in a folder, `/` between the parts, and what is to be known of them.
///
/// Made by [`Plan::export`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifests {
    target: ExportTarget,
    fleet_digest: String,
    files: BTreeMap<String, String>,
    notes: Vec<String>,
}

impl Manifests {
    /// Of a plan that is right for the fleet. Complexity: linear in clusters, namespaces and assignments but for sorting.
    ///
    /// # Errors
    /// [`Error::Usage`](crate::Error::Usage) where an option is missing or makes no sense, or the plan places nothing;
    /// [`Error::Fleet`](crate::Error::Fleet) with every name that Kubernetes or the target cannot have.
    pub(crate) fn new(fleet: &Fleet, plan: &Plan, target: ExportTarget, options: &ExportOptions) -> Result<Self> {
        options.check(fleet, target)?;
        let ground = Ground::new(fleet, plan)?;
        Names::new(&ground).check(target)?;
        let mut pages = Pages::default();
        match target {
            ExportTarget::Kubernetes => kubernetes::write(&ground, options, &mut pages)?,
            ExportTarget::ArgoCd => argocd::write(&ground, options, &mut pages)?,
            ExportTarget::Flux => flux::write(&ground, options, &mut pages)?,
            ExportTarget::Karmada => karmada::write(&ground, options, &mut pages)?,
            ExportTarget::Ocm => ocm::write(&ground, options, &mut pages)?,
            ExportTarget::ClusterApi => clusterapi::write(&ground, options, &mut pages)?,
        }
        let Pages { files, notes } = pages;
        Ok(Self { target, fleet_digest: fleet.digest().to_owned(), files, notes })
    }

    /// What they are written for.
    #[must_use]
    pub fn target(&self) -> ExportTarget {
        self.target
    }

    /// The text of each file by its path, `/` between the parts.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// What is assumed, left out or still to be done, one sentence each.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What [`write`](Self::write) would do, without doing it.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn compare(&self, folder: &Path) -> Result<Vec<WrittenFile>> {
        folder::compare(folder, self)
    }

    /// Writes them into a folder, all of them or none. What is in it and was not written by an export for the same target is never
    /// touched, and neither is what was changed by hand since; what an earlier export wrote and this one does not is removed. The
    /// same files once more change no byte. `.tenantry/` in the folder records what was written.
    ///
    /// ```
    /// use tenantry::export::{ExportOptions, ExportTarget, FileChange};
    /// use tenantry::{Fleet, PlanOptions};
    ///
    /// let fleet = Fleet::from_yaml("{schema: tenantry/v1, tenants: [{name: a, trust: trusted}], \
    ///     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}], \
    ///     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
    /// let plan = fleet.plan(&PlanOptions::default())?;
    /// let manifests = plan.export(&fleet, ExportTarget::Kubernetes, &ExportOptions::default())?;
    /// # let place = std::env::temp_dir().join(format!("tenantry-doc-{}", std::process::id()));
    /// # let folder = place.as_path();
    /// let written = manifests.write(folder)?;
    /// assert!(written.iter().all(|file| file.change == FileChange::New));
    /// assert!(manifests.write(folder)?.iter().all(|file| file.change == FileChange::Same));
    /// # std::fs::remove_dir_all(folder).unwrap();
    /// # Ok::<(), tenantry::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Usage`](crate::Error::Usage) with every file that stands in the way; [`Error::Io`](crate::Error::Io): then the folder
    /// is as it was.
    pub fn write(&self, folder: &Path) -> Result<Vec<WrittenFile>> {
        folder::write(folder, self)
    }
}

/// Files and notes, as they come up.
#[derive(Default)]
struct Pages {
    files: BTreeMap<String, String>,
    notes: Vec<String>,
}

impl Pages {
    /// A file of these objects.
    fn file(&mut self, path: String, objects: &[Manifest]) {
        self.files.insert(path, object::text(objects, &[]));
    }

    fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}
