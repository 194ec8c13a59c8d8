//! What a fleet needs with some of its levers pulled: a plan for each question, and none where earlier answers say it all.
//!
//! Pulling a lever takes constraints away and adds none. So a plan stays one when more levers are pulled, and what is
//! proved to be needed is needed with fewer of them pulled, too.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::judged::{Judged, judged};
use super::known::{Aim, Asked, Known, NEVER, Pulled, contradicted, stated};
use super::opened::Opened;
use super::purse::Purse;
use super::refusing::Refusing;
use super::{PlanOptions, no_defect, planned};
use crate::budget::{Objective, Options};
use crate::date::Date;
use crate::error::{Error, FleetError, Result};
use crate::explain::refusing;
use crate::fleet::{Fleet, Lever, LeverKind, ValueLimits, Wish};
use crate::pack::Clock;
use crate::plan::{LevelObjective, Outcome, Plan, PlanProof};
use crate::solve::each;
use crate::trust::{Scope, TrustGraph};

/// So many questions are asked side by side: each has a share of what is left of the limits.
pub(super) const AT_ONCE: usize = 4;
/// So many sets of workloads that refuse one another are kept.
const MOST_REFUSING: usize = 64;
/// So many fleets with levers pulled are kept that were read anew, or whose workloads were changed.
const MOST_READ: usize = 64;
/// Of those whose workloads were changed, which share nothing of these, so many workloads in all.
const MOST_CHANGED: usize = 100_000;

/// The pairs of workloads that rules separate are looked into where workloads times rules are no more.
const MOST_LOOKED_INTO: usize = 5_000_000;

/// What came of a run.
struct Needed {
    known: Known,
    work: u64,
    /// What went by before the search could begin.
    fixed: Duration,
    /// Workloads that refuse one another, by name.
    refusing: Vec<String>,
    /// Where it was asked for.
    plan: Option<Plan>,
}

impl Needed {
    fn contradicted(error: &FleetError) -> Self {
        Self { known: contradicted(error), work: 0, fixed: Duration::ZERO, refusing: Vec::new(), plan: None }
    }
}

/// Answers, and what they took.
pub(super) struct Oracle<'a> {
    fleet: &'a Fleet,
    levers: &'a [Lever],
    /// What every plan is to keep beside the document, whatever is pulled.
    wish: Option<Wish>,
    day: Date,
    aim: Aim,
    pub purse: Purse<'a>,
    known: Vec<(Pulled, Known)>,
    /// Which pairs of workloads levers open.
    opened: Option<Opened>,
    /// What shows without a run how many are needed, where it still does.
    refusing: Vec<Refusing>,
    /// Of other fleets, by their digests.
    others: BTreeMap<String, Known>,
    /// That of the first question, where it is kept.
    plan: Option<Plan>,
    keeps_plan: bool,
    /// Fleets that were read anew, or whose workloads were changed, by the levers that are pulled in them.
    read: Mutex<BTreeMap<Pulled, Fleet>>,
}

impl<'a> Oracle<'a> {
    /// Questions about a fleet and these of its levers.
    pub fn new(fleet: &'a Fleet, levers: &'a [Lever], (day, aim): (Date, Aim), purse: Purse<'a>) -> Self {
        Self {
            fleet,
            levers,
            wish: None,
            day,
            aim,
            purse,
            known: Vec::new(),
            opened: None,
            refusing: Vec::new(),
            others: BTreeMap::new(),
            plan: None,
            keeps_plan: false,
            read: Mutex::default(),
        }
    }

    /// The same of the plans alone that keep a wish.
    pub fn wishing(self, wish: Option<Wish>) -> Self {
        Self { wish, ..self }
    }

    /// The same, and the plan of the first question is kept.
    pub fn keeping_plan(self) -> Self {
        Self { keeps_plan: true, ..self }
    }

    /// The fleet of whose plans alone this speaks, made of one that has the same names.
    pub fn wished(&self, fleet: &Fleet) -> std::result::Result<Fleet, FleetError> {
        match &self.wish {
            Some(wish) => fleet.wishing(wish),
            None => Ok(fleet.clone()),
        }
    }

    /// Looks into which pairs of workloads the rules separate, so that levers which open the same are asked after once. Takes
    /// a graph for each rule; does nothing for a fleet that is too large for that.
    pub fn look_into_rules(&mut self) -> Result<()> {
        let of = |all: fn(LeverKind) -> bool| (0..self.levers.len()).filter(|&it| all(self.levers[it].kind)).collect();
        let (rules, plain): (Pulled, Pulled) = (of(LeverKind::separates), of(LeverKind::is_trust));
        let workloads = self.fleet.workloads().len();
        // two classes of a separation are separated by two levers together, and by neither alone
        let both = self.levers.iter().any(|it| it.kind == LeverKind::Classes);
        if both || rules.len().saturating_mul(workloads) > MOST_LOOKED_INTO {
            return Ok(());
        }
        let others = |rule: usize| rules.iter().copied().filter(|&it| it != rule).collect::<Pulled>();
        let asked: Vec<Pulled> = std::iter::once(rules.clone()).chain(rules.iter().copied().map(others)).collect();
        let mut graphs = Vec::with_capacity(asked.len());
        for some in asked.chunks(AT_ONCE) {
            if self.purse.is_empty() {
                return Ok(());
            }
            let found = each(self.purse.threads(), some.iter().collect(), |pulled| {
                self.to_solve(pulled).ok().map(|fleet| TrustGraph::new(&fleet, self.day, Scope::All)).transpose()
            });
            for graph in found {
                let Some(graph) = graph? else { return Ok(()) }; // no fleet
                graphs.push(graph);
            }
        }
        self.opened = match &graphs[..] {
            [none, alone @ ..] => Opened::new(&rules, plain, (none, alone), workloads),
            _ => None,
        };
        for (pulled, known) in std::mem::take(&mut self.known) {
            self.known.push((self.smallest(&pulled).into_owned(), known));
        }
        Ok(())
    }

    /// How many pairs of workloads a lever separates that nothing else does; `None` for levers that separate none, and where that was
    /// not looked into.
    pub fn pairs_alone(&self, lever: usize) -> Option<u64> {
        self.opened.as_ref().filter(|_| self.levers[lever].kind.separates()).map(|opened| opened.alone(lever))
    }

    /// The levers that say the same as these.
    fn smallest<'p>(&self, pulled: &'p Pulled) -> Cow<'p, Pulled> {
        self.opened.as_ref().map_or(Cow::Borrowed(pulled), |opened| Cow::Owned(opened.smallest(pulled)))
    }

    /// What earlier answers say of these levers pulled. Complexity: answers times levers.
    pub fn infer(&self, pulled: &Pulled) -> Known {
        self.inferred(&self.smallest(pulled))
    }

    /// The same of levers that are the smallest.
    fn inferred(&self, pulled: &Pulled) -> Known {
        let mut all = Known::NOTHING;
        for (other, known) in &self.known {
            if pulled.is_subset(other) && known.proof != PlanProof::None {
                // of equal bounds the one that is backed better
                let better = (known.least, std::cmp::Reverse(known.proof)) > (all.least, std::cmp::Reverse(all.proof));
                if better || all.proof == PlanProof::None {
                    (all.least, all.proof) = (known.least, known.proof);
                }
            }
            if other.is_subset(pulled) {
                all.found = all.found.into_iter().chain(known.found).min();
            }
        }
        all
    }

    /// What the fleet needs with these levers pulled, as far as the limits allow to find out.
    pub fn ask(&mut self, pulled: &Pulled) -> Result<Known> {
        self.until(pulled, Known::is_settled)
    }

    /// Whether so little is enough with these levers pulled; `None`: the limits did not allow to find out.
    pub fn enough(&mut self, pulled: &Pulled, most: u64) -> Result<Option<bool>> {
        let known = self.until(pulled, |known| known.within(most).is_some())?;
        Ok(known.within(most))
    }

    /// Asks after each of these as far as earlier answers leave it open, several side by side. What comes of them does not depend on
    /// the number of threads.
    pub fn ask_each(&mut self, all: impl IntoIterator<Item = Pulled>, done: impl Fn(Known) -> bool) -> Result<()> {
        let all: Vec<Pulled> = all.into_iter().map(|pulled| self.smallest(&pulled).into_owned()).collect();
        let mut seen = BTreeSet::new();
        let all: Vec<&Pulled> = all.iter().filter(|&pulled| seen.insert(pulled)).collect();
        for some in all.chunks(AT_ONCE) {
            let mut jobs = Vec::new();
            for &pulled in some {
                if !self.has_shown(pulled, &done) && !self.has_asked(pulled) {
                    jobs.extend(self.limits().map(|options| (pulled, options)));
                }
            }
            for answer in self.side_by_side(jobs, |pulled, options| self.needed(pulled, options)) {
                let (pulled, needed) = answer?;
                self.learn(pulled, needed);
            }
        }
        Ok(())
    }

    /// Runs, as many at the same time as there are threads; what comes of each, in their order.
    fn side_by_side<J: Copy + Send>(
        &self,
        mut jobs: Vec<(J, PlanOptions)>,
        run: impl Fn(J, &PlanOptions) -> Result<Needed> + Sync,
    ) -> Vec<Result<(J, Needed)>> {
        let threads = self.purse.threads();
        let own = (threads / jobs.len().max(1)).max(1);
        jobs.iter_mut().for_each(|(_, options)| options.solver.threads = Some(own));
        each(threads, jobs, |(job, options)| run(job, &options).map(|it| (job, it)))
    }

    fn until(&mut self, pulled: &Pulled, done: impl Fn(Known) -> bool) -> Result<Known> {
        let pulled = &*self.smallest(pulled);
        if !self.has_shown(pulled, done)
            && !self.has_asked(pulled)
            && let Some(options) = self.limits()
        {
            let needed = self.needed(pulled, &options)?;
            self.learn(pulled, needed);
        }
        Ok(self.inferred(pulled))
    }

    /// Takes in what came of a run.
    fn learn(&mut self, pulled: &Pulled, Needed { known, work, fixed, refusing, plan }: Needed) {
        self.purse.took(fixed);
        self.purse.spend(work);
        self.plan = self.plan.take().or(plan);
        self.known.push((pulled.clone(), known));
        // where they say all that is needed
        if known.least != NEVER && refusing.len() as u64 >= known.least && self.refusing.len() < MOST_REFUSING {
            let found: Option<Vec<usize>> = refusing.iter().map(|name| self.fleet.find(name).ok()).collect();
            let found = found.and_then(|it| Refusing::new(self.fleet, &it, self.levers, self.day));
            self.refusing.extend(found.filter(|it| it.hold(pulled)));
        }
    }

    /// Whether enough is known without a run: from earlier answers, or from workloads that are known to refuse one another.
    pub fn knows(&mut self, pulled: &Pulled, done: impl Fn(Known) -> bool) -> bool {
        let pulled = self.smallest(pulled).into_owned();
        self.has_shown(&pulled, done)
    }

    /// The same of levers that are the smallest.
    fn has_shown(&mut self, pulled: &Pulled, done: impl Fn(Known) -> bool) -> bool {
        let known = self.inferred(pulled);
        if done(known) {
            return true;
        }
        let more = |it: &&Refusing| it.count() > known.least && done(Known { least: it.count(), ..known });
        let Some(refusing) = self.refusing.iter().rev().filter(more).find(|it| it.hold(pulled)) else { return false };
        // each pair was looked at: there is nothing else to check
        let known = Known { least: refusing.count(), proof: PlanProof::Certified, found: None };
        self.known.push((pulled.clone(), known));
        true
    }

    /// What was asked once is not asked again: the same run finds the same.
    fn has_asked(&self, pulled: &Pulled) -> bool {
        self.known.iter().any(|(other, _)| other == pulled)
    }

    /// The limits of one more run; `None` where they are used up.
    fn limits(&mut self) -> Option<PlanOptions> {
        let solver = self.purse.next()?;
        Some(self.options(solver))
    }

    fn options(&self, solver: Options) -> PlanOptions {
        PlanOptions { solver, as_of: Some(self.day), ..PlanOptions::default() }
    }

    /// What is needed with these levers pulled, and the work that it took to find out.
    fn needed(&self, pulled: &Pulled, options: &PlanOptions) -> Result<Needed> {
        // its limit counts from here: reading is a part of it
        let options = PlanOptions { started: Some(Instant::now()), ..options.clone() };
        match self.to_solve(pulled) {
            Ok(fleet) => self.need(&fleet, &options),
            Err(error) => Ok(Needed::contradicted(&error)),
        }
    }

    /// What a fleet needs, as a plan would say it; no plan is written.
    fn need(&self, fleet: &Fleet, options: &PlanOptions) -> Result<Needed> {
        let fleet = fleet.aimed_at(self.aim);
        let mut clock = Clock::start(&options.solver, options.started);
        match judged(&fleet, options, &mut clock, self.purse.watch()) {
            Ok(judged) => {
                no_defect(&judged.breaches(&fleet))?; // what is counted is a plan
                let Outcome { status, proof, levels, .. } = &judged.outcome;
                let known = stated((*status, *proof), levels, self.aim);
                let refusing = self.refusing_in(&fleet, &judged, known);
                let wanted = self.keeps_plan && self.known.is_empty();
                let plan = wanted.then(|| judged.written(&fleet)).flatten();
                Ok(Needed { known, work: judged.answer.work, fixed: clock.before(), refusing, plan })
            }
            Err(error) => Ok(Needed::contradicted(&wrong(error)?)),
        }
    }

    /// What other fleets need, of which this one's limits and rules say nothing; several are asked after side by side. What was asked
    /// once is not asked again.
    pub fn ask_of(&mut self, fleets: &[Fleet]) -> Result<Vec<Known>> {
        let (mut open, mut asked): (Vec<Fleet>, BTreeSet<&str>) = Default::default();
        for fleet in fleets {
            if !self.others.contains_key(fleet.digest()) && asked.insert(fleet.digest()) {
                open.push(fleet.clone());
            }
        }
        for (fleet, known) in open.iter().zip(self.ask_of_new(&open, Purse::next)?) {
            self.others.extend(known.map(|known| (fleet.digest().to_owned(), known)));
        }
        Ok(fleets.iter().map(|fleet| self.others.get(fleet.digest()).copied().unwrap_or(Known::NOTHING)).collect())
    }

    /// The same of fleets that nobody asked after, each within the limits that `next` gives; `None` where they are used up.
    pub fn ask_of_new(
        &mut self,
        fleets: &[Fleet],
        next: impl Fn(&mut Purse<'a>) -> Option<Options>,
    ) -> Result<Vec<Option<Known>>> {
        let mut all = Vec::with_capacity(fleets.len());
        for some in fleets.chunks(AT_ONCE) {
            let limits: Vec<Option<Options>> = some.iter().map(|_| next(&mut self.purse)).collect();
            let jobs = some.iter().zip(limits).filter_map(|(fleet, own)| Some((fleet, self.options(own?)))).collect();
            let mut answers = self.side_by_side(jobs, |fleet, options| self.need(fleet, options)).into_iter();
            for _ in some {
                let answer = answers.next().transpose()?;
                all.push(answer.map(|(_, needed)| {
                    self.purse.took(needed.fixed);
                    self.purse.spend(needed.work);
                    needed.known
                }));
            }
        }
        Ok(all)
    }

    /// The plan behind what is known to be found with these levers pulled; `None` where there is none, or where the limits are used
    /// up.
    pub fn plan_of(&mut self, pulled: &Pulled) -> Result<Option<Plan>> {
        if self.infer(pulled).found.is_none() {
            return Ok(None);
        }
        let Ok(fleet) = self.pull(pulled) else { return Ok(None) };
        let found = self.plan(&fleet.aimed_at(self.aim))?;
        Ok(found.and_then(std::result::Result::ok).filter(|plan| plan.clusters.is_some()))
    }

    /// The plan that the first question found, where it is kept.
    pub fn first_plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// Whether the fleet can be asked for what is counted: prices are known where cost is.
    pub fn may_ask(&self) -> Result<()> {
        let level = LevelObjective::from(self.aim);
        self.fleet.asked(Some(&[level.name()]), ValueLimits::default())?;
        Ok(())
    }

    /// What is counted.
    pub fn aim(&self) -> Aim {
        self.aim
    }

    /// The fleet.
    pub fn fleet(&self) -> &'a Fleet {
        self.fleet
    }

    /// A lever, by its place in the list.
    pub fn lever(&self, place: usize) -> &'a Lever {
        &self.levers[place]
    }

    /// The day against which waivers and stays are judged.
    pub fn day(&self) -> Date {
        self.day
    }

    /// The fleet with these levers pulled, to be solved and no more. Many sets of levers differ in light ones alone, and most of these in
    /// rules alone: what is read anew, or changes all workloads, is made once.
    fn to_solve(&self, pulled: &Pulled) -> std::result::Result<Fleet, FleetError> {
        let (light, others): (Pulled, Pulled) =
            pulled.iter().partition(|&&lever| self.fleet.is_light(&self.levers[lever]));
        let (whole, rules): (Pulled, Pulled) =
            light.iter().partition(|&&lever| self.fleet.is_of_workloads(&self.levers[lever]));
        // what is wrong with a fleet may be right again with more pulled
        let Ok(base) = self.read(&others, MOST_READ, || self.pull(&others)) else { return self.pull(pulled) };
        let both: Pulled = others.union(&whole).copied().collect();
        let changed = MOST_CHANGED / self.fleet.workloads().len().max(1);
        let base = self.read(&both, changed.min(MOST_READ) + 1, || base.to_solve_without(&self.levers_of(&whole)))?;
        base.to_solve_without(&self.levers_of(&rules))
    }

    /// A fleet with these levers pulled, which is made where it is not kept; kept where fewer than `most` are.
    fn read(
        &self,
        pulled: &Pulled,
        most: usize,
        make: impl FnOnce() -> std::result::Result<Fleet, FleetError>,
    ) -> std::result::Result<Fleet, FleetError> {
        let held = || self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let known = held().get(pulled).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let made = make()?;
        let mut read = held();
        if read.len() < most {
            read.insert(pulled.clone(), made.clone());
        }
        Ok(made)
    }

    fn levers_of(&self, pulled: &Pulled) -> Vec<Lever> {
        pulled.iter().map(|&lever| self.levers[lever].clone()).collect()
    }

    /// The fleet with these levers pulled.
    fn pull(&self, pulled: &Pulled) -> std::result::Result<Fleet, FleetError> {
        let levers = self.levers_of(pulled);
        let fleet = if levers.is_empty() { self.fleet.clone() } else { self.fleet.without(&levers)? };
        self.wished(&fleet)
    }

    /// Who shows that so many clusters are needed, by refusing one another: the names, as many as are found.
    fn refusing_in(&self, fleet: &Fleet, judged: &Judged, known: Known) -> Vec<String> {
        if self.aim != Objective::Clusters || known.least == NEVER {
            return Vec::new();
        }
        let found = refusing((fleet, &judged.graph), (&judged.problem, &judged.encoding), known.least);
        found.into_iter().map(|workload| fleet.identity(workload)).collect()
    }

    /// A plan of some fleet, by its own objective; `None` where the limits are used up.
    pub fn plan(&mut self, fleet: &Fleet) -> Result<Option<Asked>> {
        let Some(options) = self.limits() else { return Ok(None) };
        match planned(fleet, &options, self.purse.watch(), false) {
            Ok((planned, work)) => {
                self.purse.spend(work);
                Ok(Some(Ok(planned.plan)))
            }
            Err(error) => Ok(Some(Err(wrong(error)?))),
        }
    }
}

/// What is wrong with a fleet; other errors stay errors.
fn wrong(error: Error) -> Result<FleetError> {
    match error {
        Error::Fleet(error) if !error.problems.iter().any(|it| it.code == "not-supported-yet") => Ok(error),
        other => Err(other),
    }
}
