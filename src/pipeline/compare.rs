//! Many fleets planned, and what came out side by side.

use std::time::Instant;

use super::shares::Shares;
use super::{PlanOptions, planned};
use crate::budget::{Options, Watch};
use crate::date::Date;
use crate::error::{Error, FleetError, Result};
use crate::fleet::Fleet;
use crate::plan::Plan;
use crate::report::{COMPARISON_SCHEMA, ComparedPlan, Comparison};

/// What is compared.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Contender<'a> {
    /// A fleet, which is planned.
    Fleet(&'a Fleet),
    /// A plan that there is already. What it says of itself is taken as it stands.
    Plan(&'a Plan),
}

/// How to compare. [`Default`]: no wall-clock limit, seed 0, all cores, waivers judged on each fleet's day or today.
#[derive(Clone, Debug, Default)]
pub struct CompareOptions {
    /// Limits of the whole call, seed and threads. Each fleet gets an equal share of what is left when its turn comes.
    pub solver: Options,
    /// When the wall-clock limit began; `None`: with the call.
    pub started: Option<Instant>,
    /// The day against which waivers are judged; `None`: each fleet's, or else today (UTC).
    pub as_of: Option<Date>,
    /// What the rules of trust take in clusters, too: a further run each.
    pub premium: bool,
}

/// Plans fleets one after another and lays what comes out side by side; plans that there are already stand beside them.
/// Complexity: that of the plans.
///
/// ```
/// use tenantry::engine::Silent;
/// use tenantry::{CompareOptions, Contender, Fleet};
///
/// # let fleet = Fleet::from_yaml("{schema: tenantry/v1, tenants: [{name: a, trust: trusted}, {name: b, trust: trusted, distrusts: [a]}], \
/// #     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}, {name: api, tenant: b, requests: {cpu: 1, memory: 1Gi}}], \
/// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
/// let trusting = fleet.without(&[fleet.lever("distrusts:b")?])?;
/// let these = [("today".to_owned(), Contender::Fleet(&fleet)), ("trusting".to_owned(), Contender::Fleet(&trusting))];
/// let comparison = tenantry::compare(&these, &CompareOptions::default(), &Silent)?;
/// let clusters: Vec<f64> = comparison.plans.iter().map(|it| it.clusters.value.unwrap().value()).collect();
/// assert_eq!(clusters, [2.0, 1.0]);
/// # Ok::<(), tenantry::Error>(())
/// ```
///
/// # Errors
/// As [`plan()`](crate::plan()), with the name of the fleet that it is about; [`Error::Usage`] where there is nothing to compare.
pub fn compare(these: &[(String, Contender<'_>)], options: &CompareOptions, watch: &dyn Watch) -> Result<Comparison> {
    if these.len() < 2 {
        return Err(Error::Usage("two fleets or plans are compared at least".to_owned()));
    }
    let waiting = these.iter().filter(|(_, it)| matches!(it, Contender::Fleet(_))).count();
    let mut shares = Shares::new(&options.solver, options.started, waiting);
    let (mut plans, mut stopped) = (Vec::with_capacity(these.len()), None);
    for (name, contender) in these {
        let fleet = match contender {
            Contender::Plan(plan) => {
                plans.push(ComparedPlan::of(name, plan, false, options.premium));
                continue;
            }
            Contender::Fleet(fleet) => fleet,
        };
        let own = PlanOptions { solver: shares.next(watch), as_of: options.as_of, ..PlanOptions::default() };
        let (made, spent) = planned(fleet, &own, watch, options.premium).map_err(|error| of(name, error))?;
        shares.spend(spent);
        stopped = stopped.or(made.plan.stopped);
        plans.push(ComparedPlan::of(name, &made.plan, true, options.premium));
    }
    let version = env!("CARGO_PKG_VERSION").to_owned();
    Ok(Comparison { schema: COMPARISON_SCHEMA.to_owned(), version, plans, runs: shares.runs, stopped })
}

/// Says which fleet contradicts itself.
fn of(name: &str, error: Error) -> Error {
    let Error::Fleet(FleetError { mut problems, omitted }) = error else { return error };
    for problem in &mut problems {
        problem.message = format!("in {name}: {}", problem.message);
    }
    Error::Fleet(FleetError { problems, omitted })
}
