//! What fewer clusters take: for each number of them the fewest moves and the least cost, by searches under a limit on clusters.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::moves::{MOST_TYPES, plannable};
use super::nodes::WORK;
use super::purse::Purse;
use super::ways::{Found, Way, within};
use super::{PlanOptions, as_of, planned};
use crate::budget::{Budget, Event, Objective, Options, Silent, Watch};
use crate::certify::{self, Certificate, Verdict};
use crate::date::Date;
use crate::decode::arrange;
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::placement::{self, Holding, Placement, forced, forced_moves, legal};
use crate::plan::{Figure, LevelObjective, Plan, PlanProof, PlanStatus, money, placed};
use crate::problem::Problem;
use crate::report::{FRONTIER_SCHEMA, Frontier, FrontierFigure, FrontierPoint};
use crate::solve::fewest_moves;
use crate::trust::{Scope, TrustGraph, check_together};

/// Where to look for what fewer clusters take. [`Default`]: no limit of time, the fleet's day or today.
#[derive(Clone, Debug, Default)]
pub struct FrontierOptions {
    /// Limits of the whole call, seed and threads. After the first run none takes more work than the first did (or a small
    /// least amount).
    pub solver: Options,
    /// When the wall-clock limit began; `None`: with the call.
    pub started: Option<Instant>,
    /// The day against which waivers and stays are judged; `None`: the fleet's, or else today (UTC).
    pub as_of: Option<Date>,
}

/// Finds for each number of clusters, from the fewest to today's (or to that of the plan for the fleet's own objective, where it
/// has more), the fewest moves and the least cost of plans with at most so many: never more than in that plan. Behind each value stands a placement that was checked against every rule; a bound for more clusters holds for fewer,
/// and a plan with fewer is one for more, so numbers between two with equal moves are not looked at.
///
/// ```
/// use tenantry::engine::Silent;
/// use tenantry::{Fleet, FrontierOptions};
///
/// # let fleet = Fleet::from_yaml("{schema: tenantry/v1, tenants: [{name: a, trust: trusted}], \
/// #     workloads: [{name: web, tenant: a, runsIn: one, requests: {cpu: 4, memory: 1Gi}}, \
/// #       {name: api, tenant: a, runsIn: two, requests: {cpu: 4, memory: 1Gi}}], \
/// #     existingClusters: [{name: one, allocatable: {cpu: 10, memory: 64Gi}}, \
/// #       {name: two, allocatable: {cpu: 10, memory: 64Gi}}]}")?;
/// // two workloads of 4 cpu, each in a cluster of 10 by itself
/// let frontier = tenantry::frontier(&fleet, &FrontierOptions::default(), &Silent)?;
/// let moves: Vec<String> = frontier.points.iter().map(|it| format!("{}: {}", it.clusters, it.moves.value.unwrap().value())).collect();
/// assert_eq!(moves, ["1: 1", "2: 0"]);
/// # Ok::<(), tenantry::Error>(())
/// ```
///
/// # Errors
/// As [`plan()`](crate::plan()), and [`Error::Usage`] where there are no existing clusters.
pub fn frontier(fleet: &Fleet, options: &FrontierOptions, watch: &dyn Watch) -> Result<Frontier> {
    if fleet.existing().is_empty() {
        let message = "nobody runs anywhere yet: the fleet has no existing clusters (`existingClusters`)";
        return Err(Error::Usage(message.to_owned()));
    }
    let day = as_of(fleet, options.as_of);
    plannable(fleet, day)?;
    let graph = TrustGraph::new(fleet, day, Scope::All)?;
    check_together(fleet, &graph)?;
    let mut purse = Purse::new(&options.solver, options.started, watch);
    // the first run is always made
    let limits = purse.next().unwrap_or_default();
    let first = PlanOptions { solver: limits, as_of: Some(day), ..PlanOptions::default() };
    let (planned, work) = planned(&fleet.aimed_at_moves(), &first, watch, false)?;
    purse.spend(work);
    let plan = planned.plan;
    let cannot_stay = forced_moves(fleet, &forced(fleet, day));
    let now = in_use(fleet);
    let mut search = Search {
        fleet,
        graph: &graph,
        day,
        way: Way::first(fleet, &graph)?,
        purse,
        known: BTreeMap::new(),
        least_moves: cannot_stay,
    };
    // what the fleet aims at first may take more clusters than are in use
    let own = search.own_plan()?;
    let high = now.max(own.as_ref().and_then(|it| it.summary.clusters).unwrap_or(0));
    // beyond the fleet's own limit there is no plan
    let high = high.min(fleet.value_limits().clusters.unwrap_or(u64::MAX));
    if let Some(fewest) = plan.summary.clusters {
        search.begin(&plan, fewest);
    }
    own.iter().for_each(|own| search.add(own));
    let fewest = search.known.keys().next().copied();
    if let Some(fewest) = fewest {
        search.go_on(fewest, high.max(fewest))?;
    }
    search.force()?;
    let points = search.points(now, high);
    let level = plan.levels.first().filter(|it| it.objective == LevelObjective::Clusters);
    Ok(Frontier {
        schema: FRONTIER_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        name: fleet.name().to_owned(),
        fleet_digest: fleet.digest().to_owned(),
        as_of: day.to_string(),
        status: match level {
            Some(level) => level.status,
            None => plan.status,
        },
        fewest: FrontierFigure {
            value: fewest.map(Figure::Count),
            bound: (plan.status != PlanStatus::Infeasible).then_some(Figure::Count(plan.summary.lower_bound)),
            proof: level.map_or(plan.proof, |level| level.proof),
        },
        today: now,
        least_moves: search.least_moves,
        points,
        runs: search.purse.runs,
        stopped: search.purse.stopped,
        notes: notes(now, fleet.value_limits().clusters, fewest, high),
    })
}

impl Fleet {
    /// Finds what fewer clusters take. See [`frontier()`](crate::frontier()).
    ///
    /// # Errors
    /// As [`frontier`].
    pub fn frontier(&self, options: &FrontierOptions) -> Result<Frontier> {
        frontier(self, options, &Silent)
    }
}

/// Existing clusters that hold somebody, or are in every plan.
fn in_use(fleet: &Fleet) -> u64 {
    let used: BTreeSet<usize> = (0..fleet.workloads().len())
        .flat_map(|it| fleet.whereabouts(it).map_or(&[][..], |it| &it.runs_in))
        .copied()
        .collect();
    (0..fleet.existing().len()).filter(|it| used.contains(it) || fleet.existing()[*it].keep).count() as u64
}

fn notes(now: u64, limit: Option<u64>, fewest: Option<u64>, high: u64) -> Vec<String> {
    let mut notes = vec![
        "each line is a plan of its own: the one with the fewest moves is not the one with the least cost".to_owned(),
        "today's placement need not keep the rules: what it breaks is mended in every line".to_owned(),
    ];
    if let Some(limit) = limit.filter(|&limit| limit < now) {
        notes.push(format!("the fleet's `limits` allow no more clusters than {limit}"));
    }
    if high > now && fewest.is_some_and(|fewest| fewest < high) {
        let more = format!("more clusters than are in use today ({now})");
        notes.push(format!("the plan for the fleet's own objective has {more}: {high}"));
    }
    if fewest.is_some_and(|fewest| fewest > now) {
        notes.push(format!("no plan was found with as few clusters as are in use today ({now})"));
    }
    notes
}

/// A value, and a bound with what backs it.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    value: Option<u64>,
    bound: Option<(u64, PlanProof)>,
}

impl Known {
    /// Keeps the better of both.
    fn meet(&mut self, other: Self) {
        self.value = self.value.into_iter().chain(other.value).min();
        self.lift(other.bound);
    }

    /// Whether the value is as good as its bound, or as one that holds for all.
    fn is_met(&self, least: u64) -> bool {
        self.value.is_some_and(|value| value <= self.bound.map_or(0, |it| it.0).max(least))
    }

    fn lift(&mut self, other: Option<(u64, PlanProof)>) {
        // of equal bounds the one that is backed better
        let key = |&(bound, proof): &(u64, PlanProof)| (bound, std::cmp::Reverse(proof));
        self.bound = self.bound.into_iter().chain(other).max_by_key(key);
    }

    fn said(self, figure: impl Fn(u64) -> Figure) -> FrontierFigure {
        FrontierFigure {
            value: self.value.map(&figure),
            bound: self.bound.map(|(bound, _)| figure(bound)),
            proof: self.bound.map_or(PlanProof::None, |(_, proof)| proof),
        }
    }
}

/// What is known of one number of clusters.
#[derive(Clone, Copy, Debug, Default)]
struct Point {
    moves: Known,
    /// Clusters of the plan with so few moves.
    with: u64,
    cost: Known,
}

impl Point {
    /// Keeps the better values of what a placement is worth.
    fn meet(&mut self, found: Self) {
        if self.moves.value.is_none_or(|value| found.moves.value < Some(value)) {
            self.with = found.with;
        }
        self.moves.meet(found.moves);
        self.cost.meet(found.cost);
    }
}

struct Search<'a> {
    fleet: &'a Fleet,
    graph: &'a TrustGraph,
    day: Date,
    /// What is searched first, and what bounds are of.
    way: Way<'a>,
    purse: Purse<'a>,
    known: BTreeMap<u64, Point>,
    /// No plan moves less.
    least_moves: u64,
}

impl Search<'_> {
    /// What the plan with the fewest clusters says.
    fn begin(&mut self, plan: &Plan, fewest: u64) {
        let (placement, _) = placed(plan, self.fleet, self.day);
        let mut point = self.of(&placement);
        let level = plan.levels.iter().find(|level| level.objective == LevelObjective::Moves);
        let first = plan.levels.first().is_some_and(|it| it.objective == LevelObjective::Clusters);
        // a bound on a second level speaks of plans with as few clusters, if it is the clusters that come first
        let second = plan.levels.get(1).is_some_and(|it| it.objective == LevelObjective::Moves);
        if let Some(level) = level.filter(|_| first && second)
            && let Some(Figure::Count(bound)) = level.bound
        {
            point.moves.lift(Some((bound, level.proof)));
        }
        self.known.insert(fewest, point);
    }

    /// The plan for the fleet's own objective, where that is another one than the first run had: no line may be worse.
    fn own_plan(&mut self) -> Result<Option<Plan>> {
        if self.fleet.objective() == self.fleet.aimed_at_moves().objective() {
            return Ok(None);
        }
        let Some(limits) = self.purse.aside(1) else { return Ok(None) };
        let options = PlanOptions { solver: limits, as_of: Some(self.day), ..PlanOptions::default() };
        let (planned, work) = planned(self.fleet, &options, self.purse.watch(), false)?;
        self.purse.spend(work);
        Ok(Some(planned.plan))
    }

    /// What another plan says of the number of its clusters.
    fn add(&mut self, plan: &Plan) {
        if plan.summary.clusters.is_none() {
            return;
        }
        let (placement, _) = placed(plan, self.fleet, self.day);
        let found = self.of(&placement);
        self.known.entry(found.with).or_default().meet(found);
    }

    /// What a legal placement is worth.
    fn of(&self, placement: &Placement) -> Point {
        let prices = placement.clusters.iter().map(|cluster| {
            placement::cost(&self.fleet.sites()[cluster.site], cluster.nodes.as_deref().unwrap_or_default())
        });
        let value = Some(placement::moves(self.fleet, placement));
        Point {
            moves: Known { value, bound: None },
            with: placement.clusters.len() as u64,
            cost: Known { value: prices.sum(), bound: None },
        }
    }

    /// Looks at both ends, then between two numbers as long as more clusters save moves between them.
    fn go_on(&mut self, low: u64, high: u64) -> Result<()> {
        for end in [high, low] {
            self.look(end)?;
        }
        let mut between = vec![(low, high)];
        let mut at = 0;
        while let Some(&(low, high)) = between.get(at) {
            at += 1;
            let value = |at: u64| self.known.get(&at).and_then(|point| point.moves.value);
            if high <= low + 1 || self.purse.stopped.is_some() || value(low) <= value(high) {
                continue;
            }
            let middle = low + (high - low) / 2;
            self.look(middle)?;
            self.carry();
            between.extend([(low, middle), (middle, high)]);
        }
        Ok(())
    }

    /// A plan with fewer clusters is one for more.
    fn carry(&mut self) {
        let mut best: Option<Point> = None;
        for point in self.known.values_mut() {
            if let Some(best) = &best {
                if best.moves.value.is_some() && point.moves.value.is_none_or(|it| best.moves.value < Some(it)) {
                    (point.moves.value, point.with) = (best.moves.value, best.with);
                }
                point.cost.value = point.cost.value.into_iter().chain(best.cost.value).min();
            }
            best = Some(*point);
        }
    }

    /// The fewest moves and the least cost with at most so many clusters.
    fn look(&mut self, most: u64) -> Result<()> {
        let Some(limits) = self.purse.next() else { return Ok(()) };
        self.purse.watch().event(Event::Plan { bins: most });
        let mut point = self.known.remove(&most).unwrap_or_default();
        let searched = self.moves(most, &limits, &mut point);
        self.known.insert(most, point);
        searched?;
        self.carry();
        let point = self.known[&most];
        if self.prices()
            && let Some(limits) = self.purse.aside(1)
        {
            let mut point = point;
            let searched = self.cost(most, &limits, &mut point);
            self.known.insert(most, point);
            searched?;
            self.carry();
        }
        Ok(())
    }

    /// Whether every cluster that a plan can have has a price.
    fn prices(&self) -> bool {
        self.fleet.sites().iter().all(|site| site.cost(0).is_some())
    }

    fn moves(&mut self, most: u64, limits: &Options, point: &mut Point) -> Result<()> {
        let (charged, encoding) = self.way.problem(true)?;
        let mut limits = limits.clone();
        let mut found = None;
        if charged.items().len() <= MOST_TYPES {
            limits.time_limit = limits.time_limit.map(|limit| limit / 2);
            limits.work_limit = limits.work_limit.map(|limit| limit / 2);
            let solved = self.way.solved((charged, encoding), Objective::Moves, most, &limits, self.purse.watch())?;
            point.moves.lift(Some(solved.bound));
            found.clone_from(&solved.holdings);
            self.keep(solved.holdings, most, point);
            self.still(most, &limits, point);
            self.purse.spend(solved.work);
        } else {
            self.still(most, &limits, point);
            if let Some(known) = point.moves.value {
                let bound = self.at_least(&within(charged, most)?, known, &limits)?;
                point.moves.lift(bound.map(|bound| (bound, PlanProof::Certified)));
            }
        }
        self.others(Objective::Moves, most, found.as_deref(), point)
    }

    /// From today's clusters.
    fn still(&mut self, most: u64, limits: &Options, point: &mut Point) {
        let (found, work) = self.way.still(most, limits, self.purse.watch());
        self.keep(found, most, point);
        self.purse.spend(work);
    }

    /// Where what was found first is not proved to be best: with regions chosen, and splits in parts, one way after another.
    fn others(&mut self, level: Objective, most: u64, found: Option<&[Holding]>, point: &mut Point) -> Result<()> {
        let (least, charged) = (self.least_moves, level == Objective::Moves);
        let met = |point: &Point| if charged { point.moves.is_met(least) } else { point.cost.is_met(0) };
        if met(point) {
            return Ok(());
        }
        for way in Way::others(self.fleet, self.graph, found)? {
            let Some(limits) = self.purse.aside(1).filter(|_| !met(point)) else { break };
            let problem = match way.problem(charged) {
                Err(Error::Fleet(_)) => continue, // somebody stands nowhere then
                problem => problem?,
            };
            if !charged || problem.0.items().len() <= MOST_TYPES {
                let solved = way.solved(problem, level, most, &limits, self.purse.watch())?;
                self.keep(solved.holdings, most, point);
                self.purse.spend(solved.work);
            }
            if charged && !met(point) {
                let (found, work) = way.still(most, &limits, self.purse.watch());
                self.keep(found, most, point);
                self.purse.spend(work);
            }
        }
        Ok(())
    }

    /// What no plan can do without: beside those who cannot stay, what clusters have no room for or may not hold together.
    fn force(&mut self) -> Result<()> {
        let least = self.known.values().filter_map(|point| point.moves.value).min();
        let Some(known) = least.filter(|&known| known > self.least_moves) else { return Ok(()) };
        let Some(limits) = self.purse.aside(1) else { return Ok(()) };
        let (charged, _) = self.way.problem(true)?;
        if let Some(bound) = self.at_least(&charged, known, &limits)? {
            self.least_moves = self.least_moves.max(bound);
        }
        Ok(())
    }

    /// What a problem with charges is charged at least, if its witness is verified; `known`: what some plan is.
    fn at_least(&mut self, charged: &Problem, known: u64, limits: &Options) -> Result<Option<u64>> {
        let budget = Budget::new(limits, WORK, self.purse.watch());
        // copies that are new are charged, too
        let new = self.fleet.charged_as_new();
        let claim = fewest_moves(charged, None, None, known.saturating_add(new), &budget);
        let certificate = Certificate { claims: claim.into_iter().collect() };
        let Some(bound) = certificate.claims.first().map(|claim| claim.bound) else { return Ok(None) };
        let verdict = certify::check(charged, None, &certificate, &budget);
        self.purse.spend(budget.spent());
        match verdict {
            Verdict::Verified { .. } => Ok(Some(bound.saturating_sub(new))),
            Verdict::Undecided => Ok(None),
            Verdict::Refuted { place, why } => {
                Err(Error::Internal(format!("a bound on the moves is refuted at {place}: {why}")))
            }
        }
    }

    fn cost(&mut self, most: u64, limits: &Options, point: &mut Point) -> Result<()> {
        let watch = self.purse.watch();
        let Found { holdings, bound, work } =
            self.way.solved(self.way.problem(false)?, Objective::Cost, most, limits, watch)?;
        point.cost.lift(Some(bound));
        self.keep(holdings.clone(), most, point);
        self.purse.spend(work);
        self.others(Objective::Cost, most, holdings.as_deref(), point)
    }

    /// Keeps of clusters what is better, if they are a plan with so few.
    fn keep(&self, holdings: Option<Vec<Holding>>, most: u64, point: &mut Point) {
        let Some(holdings) = holdings.filter(|it| it.len() as u64 <= most) else { return };
        let placement = arrange(holdings, self.fleet, &self.graph.islands());
        if !legal(self.fleet, &placement, self.day).is_empty() {
            return; // never take the search's word
        }
        let (found, most) = (self.of(&placement), self.fleet.value_limits());
        let values = [Some(found.with), found.cost.value, found.moves.value];
        let within = |(limit, value): (Option<u64>, Option<u64>)| limit.is_none_or(|limit| value <= Some(limit));
        if ![most.clusters, most.cost, most.moves].into_iter().zip(values).all(within) {
            return;
        }
        point.meet(found);
    }

    /// One for each number of clusters, what is known of one told of the others, too.
    fn points(&self, now: u64, high: u64) -> Vec<FrontierPoint> {
        let (Some((&low, first)), Some((&last, _))) = (self.known.first_key_value(), self.known.last_key_value())
        else {
            return Vec::new();
        };
        let high = high.max(last);
        let mut points: Vec<(u64, Point)> = Vec::new();
        let mut last = *first;
        for clusters in low..=high {
            let mut point = self.known.get(&clusters).copied().unwrap_or_default();
            if last.moves.value.is_some() && point.moves.value.is_none_or(|it| last.moves.value < Some(it)) {
                (point.moves.value, point.with) = (last.moves.value, last.with);
            }
            point.cost.value = point.cost.value.into_iter().chain(last.cost.value).min();
            last = point;
            points.push((clusters, point));
        }
        let prices = self.prices();
        let mut bounds = (Some((self.least_moves, PlanProof::Certified)), None);
        for (_, point) in points.iter_mut().rev() {
            point.moves.lift(bounds.0);
            point.cost.lift(bounds.1);
            bounds = (point.moves.bound, point.cost.bound);
        }
        let said = |(clusters, point): (u64, Point)| FrontierPoint {
            clusters,
            today: clusters == now,
            no_plan_moves_less: point.moves.value == Some(self.least_moves),
            moves: point.moves.said(Figure::Count),
            moves_with: point.with,
            cost: prices.then(|| point.cost.said(|cost| Figure::Money(money(cost)))),
        };
        points.into_iter().map(said).collect()
    }
}
