//! Which clusters of a plan the text shows in full.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::plan::{Assignment, Plan, PlannedCluster};

/// What to show of a plan's clusters. [`Default`]: every cluster with everything in it. The plan's figures, warnings and
/// the list of its clusters are always there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Only the list of clusters, none in full.
    pub summary: bool,
    /// Only these clusters, by name; empty: all of them.
    pub clusters: Vec<String>,
    /// Only clusters that hold one of these tenants, and in them only what is theirs; empty: all of them.
    pub tenants: Vec<String>,
}

impl View {
    /// That the plan has what is asked for.
    ///
    /// # Errors
    /// [`Error::Usage`] for a cluster or a tenant that the plan does not have, with the nearest that it has.
    pub fn check(&self, plan: &Plan) -> Result<()> {
        let clusters: BTreeSet<&str> = plan.clusters.iter().flatten().map(|cluster| cluster.name.as_str()).collect();
        let tenants: BTreeSet<&str> = plan.assignments.iter().map(|row| row.tenant.as_str()).collect();
        known("cluster", &self.clusters, &clusters)?;
        known("tenant", &self.tenants, &tenants)
    }

    /// Whether some clusters or rows are left out.
    pub(super) fn narrows(&self) -> bool {
        self.summary || !self.clusters.is_empty() || !self.tenants.is_empty()
    }

    /// Whether a cluster is shown in full.
    pub(super) fn shows(&self, cluster: &PlannedCluster) -> bool {
        !self.summary
            && (self.clusters.is_empty() || self.clusters.contains(&cluster.name))
            && (self.tenants.is_empty()
                || cluster.tenants.iter().any(|tenant| self.tenants.iter().any(|it| tenant == it)))
    }

    /// Whether a row of such a cluster is shown.
    pub(super) fn lists(&self, row: &Assignment) -> bool {
        self.tenants.is_empty() || self.tenants.iter().any(|it| row.tenant == *it)
    }
}

/// What is wrong with the names asked for, all at once.
fn known(what: &str, asked: &[String], there: &BTreeSet<&str>) -> Result<()> {
    let unknown: Vec<String> = asked
        .iter()
        .filter(|name| !there.contains(name.as_str()))
        .map(|name| {
            let distance = |other: &&&str| strsim::osa_distance(name, other);
            let most = (name.chars().count() / 3).max(2);
            let near = there.iter().min_by_key(distance).filter(|near| distance(near) <= most);
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            format!("the plan has no {what} `{name}`{near}")
        })
        .collect();
    if unknown.is_empty() { Ok(()) } else { Err(Error::Usage(unknown.join("\n"))) }
}
