//! How far a fleet can grow: the factors at which the number of clusters rises, by plans of scaled fleets.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::breaks::breaks;
use super::purse::Purse;
use super::{PlanOptions, as_of, planned};
use crate::budget::{Options, Silent, Watch};
use crate::date::Date;
use crate::error::{Error, FleetError, Result};
use crate::fleet::{Factor, Fleet, Grows};
use crate::plan::{LevelObjective, PlanProof, PlanStatus};
use crate::report::{
    AddedFleet, Broken, BrokenWhat, GROWTH_SCHEMA, Growth, GrowthPart, GrowthPoint, Rise, assumptions,
};

/// What grows at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrowBy {
    /// Every workload.
    #[default]
    All,
    /// The workloads of one tenant, each tenant by itself.
    Tenant,
    /// The workloads of one class of this attribute, each class by itself.
    Attribute(String),
}

/// How to grow. [`Default`]: all replicas up to fivefold, the first five rises.
#[derive(Clone, Debug)]
pub struct GrowOptions {
    /// Limits of the whole call, seed and threads. After the first run none takes more work than the first did (or a small
    /// least amount).
    pub solver: Options,
    /// When the wall-clock limit began; `None`: with the call.
    pub started: Option<Instant>,
    /// The day against which waivers and stays are judged; `None`: the fleet's, or else today (UTC).
    pub as_of: Option<Date>,
    /// What grows at a time.
    pub by: GrowBy,
    /// The greatest factor.
    pub up_to: Factor,
    /// Replicas or requests.
    pub of: Grows,
    /// A fleet whose workloads are added first.
    pub add: Option<Arc<Fleet>>,
    /// So many rises of the whole fleet are looked for; of one tenant or class at a time, the first.
    pub rises: usize,
}

impl Default for GrowOptions {
    fn default() -> Self {
        Self {
            solver: Options::default(),
            started: None,
            as_of: None,
            by: GrowBy::All,
            // 5
            up_to: Factor::of_hundredths(500).unwrap_or(Factor::ONE),
            of: Grows::Replicas,
            add: None,
            rises: 5,
        }
    }
}

/// So many tenants or classes are looked at, those with the most pods.
const MOST_PARTS: usize = 100;

/// Finds the factors at which a fleet that grows needs more clusters, and what breaks there. Each number has a plan behind
/// it or a proof: `lasts_to` is the greatest factor with a plan of so few clusters, `needed_from` the smallest at which more
/// are proved to be needed; what lies between is open. A plan for a larger fleet is one for a smaller, and a bound for a
/// smaller one holds for a larger, so few factors are looked at: the number of runs is logarithmic in the steps for each rise.
///
/// ```
/// use tenantry::{Fleet, GrowOptions};
/// use tenantry::engine::Silent;
///
/// # let fleet = Fleet::from_yaml("{schema: tenantry/v1, tenants: [{name: a, trust: trusted}], \
/// #     workloads: [{name: web, tenant: a, replicas: 4, requests: {cpu: 1, memory: 1Gi}}, \
/// #       {name: api, tenant: a, replicas: 4, requests: {cpu: 1, memory: 1Gi}}], \
/// #     clusterTemplates: [{name: t, allocatable: {cpu: 10, memory: 64Gi}}]}")?;
/// // two workloads of 4 pods of 1 cpu each, and clusters of 10 cpu
/// let growth = tenantry::grow(&fleet, &GrowOptions::default(), &Silent)?;
/// let rise = &growth.parts[0].rises[0];
/// assert_eq!((rise.from, rise.lasts_to, rise.needed_from), (1, 1.25, Some(1.26))); // 5 pods each, and then 6
/// assert_eq!(rise.breaks[0].name, "cpu");
/// # Ok::<(), tenantry::Error>(())
/// ```
///
/// # Errors
/// As [`plan()`](crate::plan()) of the fleet as it is, [`Error::Usage`] for an attribute that the policy does not declare, and
/// [`Error::Fleet`] where the fleet to be added contradicts (with paths in its document).
pub fn grow(fleet: &Fleet, options: &GrowOptions, watch: &dyn Watch) -> Result<Growth> {
    let both = options.add.as_deref().map(|other| fleet.with_fleet(other)).transpose()?;
    let grown = both.as_ref().unwrap_or(fleet);
    let (parts, left_out) = parts(grown, &options.by)?;
    let day = as_of(fleet, options.as_of);
    let mut search =
        Search { fleet: grown, day, of: options.of, purse: Purse::new(&options.solver, options.started, watch) };
    let start = search.first(grown)?;
    let added = match &options.add {
        Some(other) => {
            let before = search.first(fleet)?;
            let workloads = other.workloads().len() as u64;
            Some(AddedFleet { name: other.name().to_owned(), workloads, before: before.said(Factor::ONE) })
        }
        None => None,
    };
    let most = if options.by == GrowBy::All { options.rises } else { options.rises.min(1) };
    let mut told = Vec::with_capacity(parts.len());
    let mut unreached = 0;
    for part in parts {
        if search.purse.stopped.is_some() {
            unreached += 1;
        } else {
            told.push(search.part(&part, &start, options.up_to, most)?);
        }
    }
    Ok(Growth {
        schema: GROWTH_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        name: grown.name().to_owned(),
        fleet_digest: grown.digest().to_owned(),
        as_of: day.to_string(),
        of: options.of.into(),
        up_to: options.up_to.value(),
        added,
        start: start.said(Factor::ONE),
        parts: told,
        parts_left_out: left_out + unreached,
        runs: search.purse.runs,
        stopped: search.purse.stopped,
        assumptions: assumptions(options.of, options.up_to),
    })
}

impl Fleet {
    /// Finds how far this fleet can grow. See [`grow()`](crate::grow()).
    ///
    /// # Errors
    /// As [`grow`].
    pub fn grow(&self, options: &GrowOptions) -> Result<Growth> {
        grow(self, options, &Silent)
    }
}

/// Workloads that grow together.
struct Part {
    by: String,
    name: Option<String>,
    /// Ascending.
    workloads: Vec<usize>,
    pods: u64,
}

/// What grows, by name, and how many parts are left out.
fn parts(fleet: &Fleet, by: &GrowBy) -> Result<(Vec<Part>, u64)> {
    let attribute = match by {
        GrowBy::Attribute(name) => {
            let declared = &fleet.policy().attributes;
            Some(declared.iter().position(|it| it.name == *name).ok_or_else(|| {
                let names: Vec<String> = declared.iter().map(|it| format!("`{}`", it.name)).collect();
                let known = if names.is_empty() {
                    "declares none".to_owned()
                } else {
                    format!("declares {}", names.join(", "))
                };
                Error::Usage(format!("there is no attribute `{}`: the policy {known}", name.escape_debug()))
            })?)
        }
        GrowBy::All | GrowBy::Tenant => None,
    };
    let mut groups: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    for (index, it) in fleet.workloads().iter().enumerate().filter(|(_, it)| !it.per_cluster) {
        let name = match (by, attribute) {
            (GrowBy::Tenant, _) => Some(fleet.tenants()[it.tenant].name.as_str()),
            (_, Some(attribute)) => {
                it.attributes[attribute].map(|class| fleet.policy().attributes[attribute].classes[class].as_str())
            }
            _ => None,
        };
        groups.entry(name).or_default().push(index);
    }
    let by = match by {
        GrowBy::All => "all".to_owned(),
        GrowBy::Tenant => "tenant".to_owned(),
        GrowBy::Attribute(name) => format!("attribute:{name}"),
    };
    let part = |(name, workloads): (Option<&str>, Vec<usize>)| {
        let pods = |&it: &usize| {
            let it = &fleet.workloads()[it];
            it.replicas_of_copy().saturating_mul(it.copies())
        };
        let pods = workloads.iter().map(pods).fold(0, u64::saturating_add);
        Part { by: by.clone(), name: name.map(str::to_owned), workloads, pods }
    };
    let mut parts: Vec<Part> = groups.into_iter().map(part).collect();
    parts.sort_by(|a, b| b.pods.cmp(&a.pods).then_with(|| a.name.cmp(&b.name)));
    let left_out = parts.len().saturating_sub(MOST_PARTS) as u64;
    parts.truncate(MOST_PARTS);
    parts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((parts, left_out))
}

/// What is known of a factor.
#[derive(Clone, Debug)]
struct Point {
    clusters: Option<u64>,
    /// `None`: no plan exists.
    bound: Option<u64>,
    proof: PlanProof,
    why: String,
    /// What is known to break without a further run.
    breaks: Vec<Broken>,
}

impl Point {
    fn said(&self, factor: Factor) -> GrowthPoint {
        GrowthPoint {
            factor: factor.value(),
            clusters: self.clusters,
            lower_bound: self.bound,
            proof: self.proof,
            why: self.why.clone(),
        }
    }

    /// Whether there is a plan of so few clusters.
    fn does(&self, enough: u64) -> bool {
        self.clusters.is_some_and(|clusters| clusters <= enough)
    }

    /// Whether it is proved that more are needed.
    fn needs_more(&self, enough: u64) -> bool {
        self.bound.is_none_or(|bound| bound > enough)
    }
}

/// The factors that were looked at, in hundredths.
type Points = BTreeMap<u64, Point>;

struct Search<'a> {
    fleet: &'a Fleet,
    day: Date,
    of: Grows,
    purse: Purse<'a>,
}

impl Search<'_> {
    /// A fleet as it is. What is wrong with it is an error; where the limits are used up nothing is known.
    fn first(&mut self, fleet: &Fleet) -> Result<Point> {
        let fleet = fleet.scaled(Factor::ONE, self.of, &|_| true)?;
        match self.purse.next() {
            Some(limits) => self.plan(&fleet, limits),
            None => Ok(Point {
                clusters: None,
                bound: Some(0),
                proof: PlanProof::None,
                why: String::new(),
                breaks: Vec::new(),
            }),
        }
    }

    fn plan(&mut self, fleet: &Fleet, solver: Options) -> Result<Point> {
        let options = PlanOptions { solver, as_of: Some(self.day), ..PlanOptions::default() };
        let (planned, work) = planned(fleet, &options, self.purse.watch(), false)?;
        self.purse.spend(work);
        let plan = planned.plan;
        let impossible = plan.status == PlanStatus::Infeasible;
        let counted = plan.levels.iter().find(|level| level.objective == LevelObjective::Clusters);
        let nodes = Broken { what: BrokenWhat::Nodes, name: String::new() };
        Ok(Point {
            clusters: plan.summary.clusters,
            bound: (!impossible).then_some(plan.summary.lower_bound),
            proof: if impossible { plan.proof } else { counted.map_or(plan.proof, |level| level.proof) },
            why: if impossible { plan.contradictions.join("; ") } else { plan.summary.lower_bound_reason },
            breaks: if plan.summary.treated_as_not_fitting > 0 { vec![nodes] } else { Vec::new() },
        })
    }

    /// Looks at a factor; false where the limits are used up.
    fn look(&mut self, part: &Part, factor: Factor, points: &mut Points) -> Result<bool> {
        let Some(limits) = self.purse.next() else { return Ok(false) };
        let point = match self.scaled(part, factor) {
            Ok(fleet) => match self.plan(&fleet, limits) {
                // found by the search for places on nodes: no proof
                Err(Error::Fleet(error)) => refused(&fleet, &error, false),
                point => point?,
            },
            Err(error) => refused(self.fleet, &error, true),
        };
        points.insert(factor.hundredths(), point);
        Ok(true)
    }

    fn scaled(&self, part: &Part, factor: Factor) -> std::result::Result<Fleet, FleetError> {
        self.fleet.scaled(factor, self.of, &|workload| part.workloads.binary_search(&workload).is_ok())
    }

    fn part(&mut self, part: &Part, start: &Point, up_to: Factor, most: usize) -> Result<GrowthPart> {
        let end = up_to.hundredths();
        let mut points = Points::from([(Factor::ONE.hundredths(), start.clone())]);
        let mut rises: Vec<Rise> = Vec::new();
        let mut complete = false;
        if let Some(first) = start.clusters {
            if up_to > Factor::ONE {
                self.look(part, up_to, &mut points)?;
            }
            let mut from = first;
            loop {
                while let Some(factor) = middle(&points, from).and_then(Factor::of_hundredths) {
                    if !points.contains_key(&end) || rises.len() == most || !self.look(part, factor, &mut points)? {
                        break;
                    }
                }
                let lasts = lasts(&points, from);
                complete = lasts == end;
                if complete || rises.len() == most || !points.contains_key(&end) {
                    break;
                }
                rises.push(self.rise(part, &points, from)?);
                match points.range(lasts + 1..).find_map(|(_, point)| point.clusters) {
                    Some(next) if self.purse.stopped.is_none() => from = next,
                    next => {
                        complete =
                            next.is_none() && rises.last().is_some_and(|rise| rise.exact && rise.after.is_impossible());
                        break;
                    }
                }
            }
        }
        Ok(GrowthPart {
            by: part.by.clone(),
            name: part.name.clone(),
            workloads: part.workloads.len() as u64,
            pods: part.pods,
            rises,
            end: points.get(&end).map(|point| point.said(up_to)),
            complete,
        })
    }

    /// What is known of the rise from so many clusters. There is a factor above that was looked at.
    fn rise(&mut self, part: &Part, points: &Points, from: u64) -> Result<Rise> {
        let lasts = lasts(points, from);
        let needed = points.iter().find(|(_, point)| point.needs_more(from)).map(|(&at, _)| at);
        let at = needed.or_else(|| points.range(lasts + 1..).next().map(|(&at, _)| at)).unwrap_or(lasts);
        let factor = |hundredths: u64| Factor::of_hundredths(hundredths).unwrap_or(Factor::ONE);
        let point = &points[&at];
        let mut breaks = point.breaks.clone();
        if needed.is_some()
            && point.breaks.is_empty()
            && let Ok(fleet) = self.scaled(part, factor(at))
        {
            breaks.extend(self::breaks(&fleet, self.day, (from, point.bound.is_none()), &mut self.purse)?);
        }
        Ok(Rise {
            from,
            lasts_to: factor(lasts).value(),
            needed_from: needed.map(|at| factor(at).value()),
            exact: needed == Some(lasts + 1),
            after: point.said(factor(at)),
            breaks,
        })
    }
}

/// The greatest factor with a plan of so few clusters.
fn lasts(points: &Points, enough: u64) -> u64 {
    let does = points.iter().rev().find(|(_, point)| point.does(enough));
    does.map_or(Factor::ONE.hundredths(), |(&at, _)| at)
}

/// The factor to look at next for the rise from so many clusters: between the last that does and the first above it that
/// was looked at; then below the first that is proved to need more. `None` where nothing lies between.
fn middle(points: &Points, enough: u64) -> Option<u64> {
    let between = |low: u64, high: u64| (high > low + 1).then(|| low + (high - low) / 2);
    let lasts = lasts(points, enough);
    let (&above, _) = points.range(lasts + 1..).next()?;
    between(lasts, above).or_else(|| {
        let (&needed, _) = points.range(above..).find(|(_, point)| point.needs_more(enough))?;
        let (&below, _) = points.range(..needed).next_back()?;
        between(below, needed)
    })
}

/// A fleet that is no fleet any more: where what is wrong is that a workload has outgrown every cluster, no plan exists; else
/// nothing is known.
fn refused(fleet: &Fleet, error: &FleetError, proved: bool) -> Point {
    const OUTGROWN: [&str; 7] = [
        "fits-no-template",
        "pod-too-large",
        "fits-nowhere",
        "held-beyond-room",
        "no-place-for-copy",
        "too-many-copies",
        "too-many-replicas",
    ];
    const UNPROVED: &str = "fits-no-template";
    let impossible = error.problems.iter().all(|it| OUTGROWN.contains(&it.code) && (proved || it.code != UNPROVED));
    let rows = &fleet.document().workloads;
    let name = |path: &str| {
        let row = path.strip_prefix("workloads[")?.split(']').next()?.parse::<usize>().ok()?;
        rows.get(row).map(|row| format!("{}/{}", row.tenant, row.name))
    };
    // whatever the order of the rows
    let mut told: Vec<(Option<String>, &str)> =
        error.problems.iter().map(|it| (name(&it.path), it.message.as_str())).collect();
    told.sort();
    told.truncate(3);
    let why: Vec<String> = told
        .iter()
        .map(|(name, message)| name.as_ref().map_or_else(|| (*message).to_owned(), |name| format!("{name}: {message}")))
        .collect();
    let outgrown = told.into_iter().filter_map(|(name, _)| name).filter(|_| impossible);
    let breaks = outgrown.map(|name| Broken { what: BrokenWhat::Workload, name }).collect();
    Point {
        clusters: None,
        bound: if impossible { None } else { Some(0) },
        // arithmetic that every reading of such a fleet does again
        proof: if impossible { PlanProof::Certified } else { PlanProof::None },
        why: why.join("; "),
        breaks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(list: &[(u64, Option<u64>, Option<u64>)]) -> Points {
        let point = |clusters, bound| Point {
            clusters,
            bound,
            proof: PlanProof::Claimed,
            why: String::new(),
            breaks: Vec::new(),
        };
        list.iter().map(|&(at, clusters, bound)| (at, point(clusters, bound))).collect()
    }

    #[test]
    fn bisects_between_a_plan_and_a_proof() {
        let known = points(&[(100, Some(1), Some(1)), (500, Some(4), Some(4))]);
        assert_eq!(middle(&known, 1), Some(300));
        // two clusters are planned at 3, one is proved there: one side after the other
        let open = points(&[
            (100, Some(1), Some(1)),
            (299, Some(1), Some(1)),
            (300, Some(2), Some(1)),
            (500, Some(4), Some(4)),
        ]);
        assert_eq!(middle(&open, 1), Some(400));
        let done = points(&[
            (100, Some(1), Some(1)),
            (299, Some(1), Some(1)),
            (300, Some(2), Some(2)),
            (500, Some(4), Some(4)),
        ]);
        assert_eq!((middle(&done, 1), lasts(&done, 1)), (None, 299));
        // nothing is proved anywhere
        let never = points(&[(100, Some(1), Some(1)), (101, Some(2), Some(1)), (500, Some(2), Some(1))]);
        assert_eq!(middle(&never, 1), None);
        // no plan exists from some factor on
        let ends = points(&[(100, Some(1), Some(1)), (200, None, None)]);
        assert_eq!(middle(&ends, 1), Some(150));
    }
}
