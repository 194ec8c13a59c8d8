//! A plan on one page: what is said there of a fleet is right for it.

use super::check;
use crate::error::{Error, Result};
use crate::export::Report;
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
        let found = check(fleet, self, self.day())?;
        let wrong = found.violations.len() + found.differences.len();
        let Some(first) = found.violations.first().or(found.differences.first()) else { return Ok(report) };
        let more = if wrong > 1 { format!(" (and {} more)", wrong - 1) } else { String::new() };
        let message = format!("the plan is not right for this fleet: {}{more}", first.message);
        Err(Error::Usage(format!("{message}; `tenantry check` says all")))
    }
}
