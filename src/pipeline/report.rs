//! A plan that is shown or carried out: what is said there of a fleet is right for it.

use super::check;
use crate::error::{Error, Result};
use crate::export::{ExportOptions, ExportTarget, Manifests, Report};
use crate::fleet::Fleet;
use crate::plan::Plan;

impl Plan {
    /// The report of this plan of a fleet. The plan is checked against the fleet as [`Fleet::check`] does, on the day that it
    /// names; its bound is not, which takes the certificate. Complexity: as that check.
    ///
    /// ```
    /// use tenantry::{Fleet, PlanOptions};
    ///
    /// let fleet = Fleet::from_yaml("{schema: tenantry/v1, tenants: [{name: a, trust: trusted}], \
    ///     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}], \
    ///     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
    /// let plan = fleet.plan(&PlanOptions::default())?;
    /// let page: String = plan.report(&fleet)?.html()?;
    /// assert!(page.contains("no plan has fewer"));
    /// # Ok::<(), tenantry::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Usage`] where the plan is one for another fleet, is not legal for this one, or states a wrong figure;
    /// [`Error::Fleet`] where the fleet contradicts itself.
    pub fn report<'a>(&'a self, fleet: &'a Fleet) -> Result<Report<'a>> {
        let report = Report::new(fleet, self)?;
        check_right(fleet, self)?;
        Ok(report)
    }

    /// The manifests that carry this plan of a fleet out: namespaces with quotas, RBAC and network policies for each cluster, or what
    /// Argo CD, Flux, Karmada, Open Cluster Management or Cluster API read. The plan is checked as for [`report`](Self::report).
    /// Complexity: as that check.
    ///
    /// ```
    /// use tenantry::export::{ExportOptions, ExportTarget};
    /// use tenantry::{Fleet, PlanOptions};
    ///
    /// let fleet = Fleet::from_yaml("{schema: tenantry/v1, tenants: [{name: a, trust: trusted}], \
    ///     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}], \
    ///     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
    /// let plan = fleet.plan(&PlanOptions::default())?;
    /// let manifests = plan.export(&fleet, ExportTarget::Kubernetes, &ExportOptions::default())?;
    /// let cluster = &plan.clusters.as_ref().unwrap()[0].name;
    /// let namespace = &manifests.files()[&format!("clusters/{cluster}/namespaces/a-web.yaml")];
    /// assert!(namespace.contains("requests.memory: 1Gi"));
    /// # Ok::<(), tenantry::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Usage`] as for [`report`](Self::report), where the plan places nothing, and where an option is missing or not read;
    /// [`Error::Fleet`] with every name that would have to be written as another one.
    pub fn export(&self, fleet: &Fleet, target: ExportTarget, options: &ExportOptions) -> Result<Manifests> {
        if self.fleet_digest != fleet.digest() {
            return Err(Error::Usage(
                "the plan was made for another version of this fleet (the digests differ)".to_owned(),
            ));
        }
        check_right(fleet, self)?;
        Manifests::new(fleet, self, target, options)
    }
}

/// Refuses a plan that is not right for the fleet.
pub(super) fn check_right(fleet: &Fleet, plan: &Plan) -> Result<()> {
    let found = check(fleet, plan, plan.day())?;
    let wrong = found.violations.len() + found.differences.len();
    let Some(first) = found.violations.first().or(found.differences.first()) else { return Ok(()) };
    let more = if wrong > 1 { format!(" (and {} more)", wrong - 1) } else { String::new() };
    let message = format!("the plan is not right for this fleet: {}{more}", first.message);
    Err(Error::Usage(format!("{message}; `tenantry check` says all")))
}
