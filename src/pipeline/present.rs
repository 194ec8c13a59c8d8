//! What is asked about the present placement: the audit of it, and where somebody may go now. Nothing is planned.

use super::{as_of, several};
use crate::date::Date;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::placement::audit::judge;
use crate::report::{Audit, Baseline, Places, candidates, written};

/// How to audit. [`Default`]: on the fleet's day or today, against no baseline, with what ends within 90 days.
#[derive(Clone, Debug, Default)]
pub struct AuditOptions {
    /// The day against which waivers and stays are judged; `None`: the fleet's, or else today (UTC).
    pub as_of: Option<Date>,
    /// Violations that are known, and do not count.
    pub baseline: Option<Baseline>,
    /// List what ends within so many days; `None`: 90.
    pub within: Option<u32>,
}

/// Days ahead of which it is said that a waiver or a stay ends.
const SOON: u32 = 90;

/// Audits what runs today against the rules of the fleet: every violation with an id that stays, what the loss of each
/// cluster takes, and which waivers and stays end soon. Nothing is planned.
///
/// Complexity: linear in the workloads; in a cluster where a rule might separate somebody the square of its different
/// kinds of workloads.
///
/// ```
/// use tenantry::{AuditOptions, Fleet};
/// use tenantry::report::Gate;
///
/// # let fleet = Fleet::from_yaml("{schema: tenantry/v1, tenants: [{name: a, trust: trusted}, {name: b, trust: untrusted}], \
/// #     workloads: [{name: web, tenant: a, runsIn: east, requests: {cpu: 1, memory: 1Gi}}, \
/// #       {name: api, tenant: b, runsIn: east, requests: {cpu: 1, memory: 1Gi}}], \
/// #     existingClusters: [{name: east, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
/// // a trusted and an untrusted tenant run in one cluster
/// let audit = tenantry::audit(&fleet, &AuditOptions::default())?;
/// assert_eq!(audit.failures(Gate::default()), 4); // each of the two, by `level` and by `sharing`
/// assert_eq!(audit.groups[0].cluster.as_deref(), Some("east"));
///
/// // known violations do not count
/// let options = AuditOptions { baseline: Some(audit.baseline()), ..AuditOptions::default() };
/// assert_eq!(tenantry::audit(&fleet, &options)?.failures(Gate::default()), 0);
/// # Ok::<(), tenantry::Error>(())
/// ```
///
/// # Errors
/// [`Error::Usage`] where no workload runs anywhere: there is nothing to audit.
pub fn audit(fleet: &Fleet, options: &AuditOptions) -> Result<Audit> {
    several::refuse(fleet, "an audit")?;
    let as_of = as_of(fleet, options.as_of);
    let judged = judge(fleet, as_of, options.within.unwrap_or(SOON));
    if judged.running == 0 {
        let message = "nothing to audit: no workload says that it runs in an existing cluster (`runsIn`)";
        return Err(Error::Usage(message.to_owned()));
    }
    Ok(written(fleet, &judged, as_of, options.baseline.as_ref()))
}

/// Where workloads may go now, with nobody moved: each existing cluster, then a further cluster of each template, with
/// what would be left there, or every reason why not. Each workload for itself, or (`together`) all in one cluster.
/// Workloads are named `tenant/namespace/name`, `tenant/name`, or `name` where that is unique. Wishes that contradict are
/// looked at only where they are those of the workloads asked for.
///
/// Complexity: for each workload and cluster the different kinds of workloads there; a search of bounded work where pods
/// must fit nodes.
///
/// ```
/// use tenantry::Fleet;
///
/// # let fleet = Fleet::from_yaml("{schema: tenantry/v1, defaults: {runsIn: []}, tenants: [{name: a, trust: trusted}, {name: b, trust: untrusted}], \
/// #     workloads: [{name: web, tenant: a, runsIn: east, requests: {cpu: 1, memory: 1Gi}}, \
/// #       {name: api, tenant: b, requests: {cpu: 1, memory: 1Gi}}], \
/// #     existingClusters: [{name: east, allocatable: {cpu: 8, memory: 8Gi}}, {name: west, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
/// let places = tenantry::place(&fleet, None, &["b/api"], false)?;
/// let [east, west] = &places.asked[0].candidates[..] else { panic!() };
/// assert_eq!(east.reasons[0].rule, "level"); // a trusted tenant is there
/// assert!(west.fits && west.left["cpu"] == "7");
/// # Ok::<(), tenantry::Error>(())
/// ```
///
/// # Errors
/// [`Error::Usage`] for an unknown or ambiguous name, for one of the platform's, or for none.
pub fn place(fleet: &Fleet, as_of: Option<Date>, workloads: &[&str], together: bool) -> Result<Places> {
    several::refuse(fleet, "placing")?;
    let mut asked = Vec::with_capacity(workloads.len());
    for name in workloads {
        let workload = fleet.find(name)?;
        if fleet.workloads()[workload].per_cluster {
            let message = format!("`{}` is the platform's: it runs in every cluster", fleet.identity(workload));
            return Err(Error::Usage(message));
        }
        if !asked.contains(&workload) {
            asked.push(workload);
        }
    }
    if asked.is_empty() {
        return Err(Error::Usage("no workload is named that could be placed".to_owned()));
    }
    Ok(candidates(fleet, super::as_of(fleet, as_of), &asked, together))
}

impl Fleet {
    /// Audits what runs today. See [`audit()`](crate::audit()).
    ///
    /// # Errors
    /// As [`audit`].
    pub fn audit(&self, options: &AuditOptions) -> Result<Audit> {
        audit(self, options)
    }

    /// Says where workloads may go now. See [`place()`](crate::place()).
    ///
    /// # Errors
    /// As [`place`].
    pub fn place(&self, workloads: &[&str], together: bool) -> Result<Places> {
        place(self, None, workloads, together)
    }
}
