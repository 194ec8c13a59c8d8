//! The same fleet with more of its workloads: what if they grew by a factor?

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::document::{Amount, RangeDocument, ReplicasDocument, WorkloadDocument};
use super::{Fleet, PODS, Workload};
use crate::error::{Error, FleetError};
use crate::quantity::Unit;

/// A factor of growth, in hundredths: from 1 to 1000.
///
/// ```
/// use tenantry::fleet::Factor;
///
/// let factor: Factor = "2.5".parse()?;
/// assert_eq!((factor.hundredths(), factor.to_string().as_str()), (250, "2.5"));
/// assert!("0.5".parse::<Factor>().is_err() && "1.001".parse::<Factor>().is_err());
/// # Ok::<(), tenantry::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Factor(u64);

impl Factor {
    /// 1: the fleet as it is.
    pub const ONE: Self = Self(100);
    /// 1000.
    const MOST: u64 = 100_000;

    /// So many hundredths; `None` outside of 1 to 1000.
    #[must_use]
    pub fn of_hundredths(hundredths: u64) -> Option<Self> {
        (Self::ONE.0..=Self::MOST).contains(&hundredths).then_some(Self(hundredths))
    }

    /// In hundredths.
    #[must_use]
    pub fn hundredths(self) -> u64 {
        self.0
    }

    /// As a number: what documents have.
    #[must_use]
    pub fn value(self) -> f64 {
        // far below 2^53
        #[allow(clippy::cast_precision_loss)]
        let hundredths = self.0 as f64;
        hundredths / 100.0
    }

    /// So many times as much, rounded up.
    fn times(self, amount: u64) -> u128 {
        (u128::from(amount) * u128::from(self.0)).div_ceil(u128::from(Self::ONE.0))
    }
}

/// Without zeros at the end: `2.5`.
impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 100, self.0 % 100);
        match (rest, rest % 10) {
            (0, _) => write!(f, "{whole}"),
            (_, 0) => write!(f, "{whole}.{}", rest / 10),
            _ => write!(f, "{whole}.{rest:02}"),
        }
    }
}

impl FromStr for Factor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let read = || {
            let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
            let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            if !digits(whole) || !digits(rest) || whole.len() > 4 || rest.len() > 2 {
                return None;
            }
            let rest = rest.parse::<u64>().ok()? * if rest.len() == 1 { 10 } else { 1 };
            Self::of_hundredths(whole.parse::<u64>().ok()? * 100 + rest)
        };
        read().ok_or_else(|| {
            let message = "a factor is a number from 1 to 1000 with two decimals at most, such as 2.5";
            Error::Usage(format!("{message}, not `{}`", text.escape_debug()))
        })
    }
}

/// What of a workload grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grows {
    /// The number of its pods, rounded up. What it requests once (`fixedRequests`) stays.
    #[default]
    Replicas,
    /// What each pod requests, and the workload once, each rounded up to the unit it is counted in. The pods stay.
    Requests,
}

impl Fleet {
    /// The fleet with some workloads `factor` times as large; those that run in every cluster, or on every node, stay. The
    /// objective and the limits are left out: what is asked of it is the number of clusters.
    ///
    /// # Errors
    ///
    /// What is wrong with a fleet so large: a workload that fits nowhere any more.
    pub(crate) fn scaled(&self, factor: Factor, of: Grows, which: &dyn Fn(usize) -> bool) -> Result<Self, FleetError> {
        let mut document = self.document().clone();
        (document.objective, document.limits) = (None, None);
        if factor > Factor::ONE {
            let workloads = self.workloads.iter().enumerate();
            let places: BTreeMap<(&str, &str, &str), usize> = workloads
                .map(|(index, it)| {
                    ((self.tenants[it.tenant].name.as_str(), it.namespace.as_str(), it.name.as_str()), index)
                })
                .collect();
            for row in &mut document.workloads {
                let made;
                let namespace = match &row.namespace {
                    Some(namespace) => namespace.as_str(),
                    None => {
                        made = format!("{}-{}", row.tenant, row.name);
                        made.as_str()
                    }
                };
                let index = places.get(&(row.tenant.as_str(), namespace, row.name.as_str())).copied();
                let grows = |index: &usize| !self.workloads[*index].per_cluster && which(*index);
                let Some(index) = index.filter(grows) else { continue };
                match of {
                    Grows::Replicas => replicas(row, factor),
                    Grows::Requests => requests(row, factor, &self.workloads[index], &self.resources),
                }
            }
        }
        Self::from_document(document)
    }
}

fn replicas(row: &mut WorkloadDocument, factor: Factor) {
    // more than a document may say is refused where it is read
    let times = |count: u64| u64::try_from(factor.times(count)).unwrap_or(u64::MAX);
    row.replicas = Some(match row.replicas {
        None => ReplicasDocument::Exactly(times(1)),
        Some(ReplicasDocument::Exactly(count)) => ReplicasDocument::Exactly(times(count)),
        Some(ReplicasDocument::Range(it)) => {
            ReplicasDocument::Range(RangeDocument { min: times(it.min), max: times(it.max) })
        }
    });
}

fn requests(row: &mut WorkloadDocument, factor: Factor, it: &Workload, resources: &[String]) {
    let written = |resource: &str, amount: u64| {
        let unit = if Unit::of(resource) == Unit::Milli { "m" } else { "" };
        Amount::text(format!("{}{unit}", factor.times(amount)))
    };
    for (index, resource) in resources.iter().enumerate().filter(|(index, _)| *index != PODS) {
        let pod = it.pod[index];
        let pods = u64::try_from(u128::from(pod) * u128::from(it.replicas_of_copy())).unwrap_or(u64::MAX);
        let once = it.total[index].saturating_sub(pods);
        if pod > 0 {
            row.requests.insert(resource.as_str().into(), written(resource, pod));
        }
        if once > 0 {
            row.fixed_requests.insert(resource.as_str().into(), written(resource, once));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors() {
        for (text, hundredths) in [("1", 100), ("1.0", 100), ("1.5", 150), ("2.05", 205), ("1000", 100_000)] {
            let factor: Factor = text.parse().unwrap();
            assert_eq!(factor.hundredths(), hundredths);
            assert_eq!(factor.to_string().parse::<Factor>().unwrap(), factor);
        }
        for wrong in
            ["", "0", "0.99", "1000.01", "1.001", "-2", "1e3", "NaN", "2.", ".5", "1,5", "99999999999999999999"]
        {
            assert!(wrong.parse::<Factor>().is_err(), "{wrong}");
        }
        assert_eq!([1, 2, 3].map(|count| Factor(150).times(count)), [2, 3, 5]);
    }

    #[test]
    fn what_grows_and_what_stays() {
        let text = "
schema: tenantry/v1
defaults: {missingRequests: {cpu: 100m, memory: 10Mi}}
tenants: [{name: a, trust: trusted}, {name: base, trust: trusted, platform: true}]
workloads:
  - {name: one, tenant: a, replicas: 3, requests: {cpu: 150m, memory: 1Mi}, fixedRequests: {cpu: 1}}
  - {name: two, tenant: a}
  - {name: agent, tenant: base, perCluster: true, requests: {cpu: 1, memory: 1Mi}}
clusterTemplates: [{name: t, allocatable: {cpu: 99, memory: 99Gi}}]
";
        let fleet = Fleet::from_yaml(text).unwrap();
        let at = |fleet: &Fleet, name: &str| {
            let it = &fleet.workloads()[fleet.find(name).unwrap()];
            (it.replicas, it.pod[0], it.total[0])
        };
        let more = fleet.scaled(Factor(150), Grows::Replicas, &|_| true).unwrap();
        assert_eq!(
            [at(&more, "one"), at(&more, "two"), at(&more, "agent")],
            [(5, 150, 1750), (2, 100, 200), (1, 1000, 1000)]
        );
        let larger = fleet.scaled(Factor(150), Grows::Requests, &|_| true).unwrap();
        assert_eq!([at(&larger, "one"), at(&larger, "two")], [(3, 225, 2175), (1, 150, 150)]);
        let only = fleet.scaled(Factor(200), Grows::Replicas, &|it| it == fleet.find("two").unwrap()).unwrap();
        assert_eq!([at(&only, "one"), at(&only, "two")], [(3, 150, 1450), (2, 100, 200)]);
        assert_eq!(fleet.scaled(Factor::ONE, Grows::Requests, &|_| true).unwrap().digest(), fleet.digest());
        // 3 replicas in one of two copies, then 5
        let copies = Fleet::from_yaml(&text.replace("fixedRequests", "copies: {count: 3, survive: 1}, fixedRequests"));
        let copies = copies.unwrap();
        assert_eq!(at(&copies, "one"), (3, 150, 1300));
        assert_eq!(at(&copies.scaled(Factor(150), Grows::Replicas, &|_| true).unwrap(), "one"), (5, 150, 1450));
        assert_eq!(at(&copies.scaled(Factor(150), Grows::Requests, &|_| true).unwrap(), "one"), (3, 225, 1950));
    }
}
