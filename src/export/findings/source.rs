//! Where in a fleet's text the clusters and workloads stand that findings are about.

use std::collections::BTreeMap;

use crate::fleet::{Fleet, Lines};
use crate::report::AuditedViolation;

/// The file of a fleet, and the lines of its clusters and workloads. [`Default`]: no file is known.
#[derive(Clone, Debug, Default)]
pub struct AuditSource {
    pub(super) file: Option<String>,
    clusters: BTreeMap<String, usize>,
    workloads: BTreeMap<String, usize>,
}

impl AuditSource {
    /// The places in a text, of a fleet that was read from it. Complexity: reads the text once more.
    #[must_use]
    pub fn new(fleet: &Fleet, file: &str, text: &str, json: bool) -> Self {
        let document = fleet.document();
        let lines = Lines::new(text, json);
        let identity = |row: usize| {
            let it = &document.workloads[row];
            let namespace =
                it.namespace.as_ref().map_or_else(|| format!("{}-{}", it.tenant, it.name), ToString::to_string);
            fleet.find(&format!("{}/{namespace}/{}", it.tenant, it.name)).ok().map(|workload| fleet.identity(workload))
        };
        let clusters = document.existing_clusters.iter().enumerate();
        let cluster = |row: usize| lines.line(&format!("existingClusters[{row}]"));
        let workload = |row: usize| lines.line(&format!("workloads[{row}]"));
        Self {
            file: Some(file.to_owned()),
            clusters: clusters.filter_map(|(row, it)| Some((it.name.clone(), cluster(row)?))).collect(),
            workloads: (0..document.workloads.len()).filter_map(|row| Some((identity(row)?, workload(row)?))).collect(),
        }
    }

    /// The line of a violation's workload, or of its cluster.
    pub(super) fn line(&self, it: &AuditedViolation) -> Option<usize> {
        let workload = it.workload.as_ref().and_then(|workload| self.workloads.get(workload));
        workload.or_else(|| self.clusters.get(it.cluster.as_ref()?)).copied()
    }

    /// The file as a reference by RFC 3986; none for standard input.
    pub(super) fn uri(&self) -> Option<String> {
        let file = self.file.as_ref().filter(|file| !file.starts_with('<'))?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        let mut uri = String::new();
        if file.starts_with('/') {
            uri.push_str("file://");
        }
        for byte in file.replace('\\', "/").bytes() {
            if plain(byte) {
                uri.push(char::from(byte));
            } else {
                uri.push_str(&format!("%{byte:02X}"));
            }
        }
        Some(uri)
    }
}
