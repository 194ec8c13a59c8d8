//! What a fleet needs with some of its levers pulled: a plan for each question, and none where earlier answers say it all.
//!
//! Pulling a lever takes constraints away and adds none. So a plan stays one when more levers are pulled, and what is
//! proved to be needed is needed with fewer of them pulled, too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::clock::Clock;
use super::judged::{Judged, judged};
use super::purse::Purse;
use super::refusing::Refusing;
use super::{PlanOptions, no_defect, planned};
use crate::budget::Objective;
use crate::date::Date;
use crate::error::{Error, FleetError, Result};
use crate::explain::refusing;
use crate::fleet::{Fleet, Lever, ValueLimits, Wish, thousandths};
use crate::plan::{Figure, LevelObjective, Outcome, Plan, PlanLevel, PlanProof, PlanStatus, money};
use crate::solve::each;

/// Levers that are pulled, by their place in the list.
pub(super) type Pulled = BTreeSet<usize>;

/// What is counted: clusters, or their cost in thousandths.
pub(super) type Aim = Objective;

/// No plan exists.
pub(super) const NEVER: u64 = u64::MAX;

/// So many questions are asked side by side: each has a share of what is left of the limits.
pub(super) const AT_ONCE: usize = 4;
/// So many sets of workloads that refuse one another are kept.
const MOST_REFUSING: usize = 64;
/// So many fleets with levers pulled that are no light ones are kept.
const MOST_READ: usize = 64;

/// What is known of the least that a fleet needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// No plan has less; [`NEVER`]: there is none.
    pub least: u64,
    /// What backs that.
    pub proof: PlanProof,
    /// The least of the plans that were found.
    pub found: Option<u64>,
}

impl Known {
    const NOTHING: Self = Self { least: 0, proof: PlanProof::None, found: None };

    /// What an answer says of it.
    pub fn of(found: &Asked, aim: Aim) -> Self {
        match found {
            Ok(plan) => stated((plan.status, plan.proof), &plan.levels, aim),
            Err(error) => contradicted(error),
        }
    }

    /// Whether there is no question left.
    pub fn is_settled(self) -> bool {
        self.least == NEVER || self.found.is_some_and(|found| found <= self.least)
    }

    /// Whether a plan of so little was found (true), or is proved not to exist (false).
    pub fn within(self, most: u64) -> Option<bool> {
        match self.found {
            Some(found) if found <= most => Some(true),
            _ if self.least > most => Some(false),
            _ => None,
        }
    }
}

/// What came of a run.
struct Needed {
    known: Known,
    work: u64,
    /// What went by before the search could begin.
    fixed: Duration,
    /// Workloads that refuse one another, by name.
    refusing: Vec<String>,
}

impl Needed {
    fn contradicted(error: &FleetError) -> Self {
        Self { known: contradicted(error), work: 0, fixed: Duration::ZERO, refusing: Vec::new() }
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
    /// What shows without a run how many are needed, where it still does.
    refusing: Vec<Refusing>,
    /// Of other fleets, by their digests.
    others: BTreeMap<String, Known>,
    /// Fleets that were read anew, by the levers that are pulled in them.
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
            refusing: Vec::new(),
            others: BTreeMap::new(),
            read: Mutex::default(),
        }
    }

    /// The same of the plans alone that keep a wish.
    pub fn wishing(self, wish: Option<Wish>) -> Self {
        Self { wish, ..self }
    }

    /// The fleet of whose plans alone this speaks, made of one that has the same names.
    pub fn wished(&self, fleet: &Fleet) -> std::result::Result<Fleet, FleetError> {
        match &self.wish {
            Some(wish) => fleet.wishing(wish),
            None => Ok(fleet.clone()),
        }
    }

    /// What earlier answers say of these levers pulled. Complexity: answers times levers.
    pub fn infer(&self, pulled: &Pulled) -> Known {
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
        let mut all: Vec<Pulled> = all.into_iter().collect();
        all.dedup();
        for some in all.chunks(AT_ONCE) {
            let mut jobs = Vec::new();
            for pulled in some {
                if !done(self.infer(pulled)) && !self.has_asked(pulled) && !self.sees(pulled, &done) {
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
        let known = self.infer(pulled);
        if done(known) || self.has_asked(pulled) || self.sees(pulled, &done) {
            return Ok(self.infer(pulled));
        }
        if let Some(options) = self.limits() {
            let needed = self.needed(pulled, &options)?;
            self.learn(pulled, needed);
        }
        Ok(self.infer(pulled))
    }

    /// Takes in what came of a run.
    fn learn(&mut self, pulled: &Pulled, Needed { known, work, fixed, refusing }: Needed) {
        self.purse.took(fixed);
        self.purse.spend(work);
        self.known.push((pulled.clone(), known));
        // where they say all that is needed
        if known.least != NEVER && refusing.len() as u64 >= known.least && self.refusing.len() < MOST_REFUSING {
            let found: Option<Vec<usize>> = refusing.iter().map(|name| self.fleet.find(name).ok()).collect();
            let found = found.and_then(|it| Refusing::new(self.fleet, &it, self.levers, self.day));
            self.refusing.extend(found.filter(|it| it.hold(pulled)));
        }
    }

    /// Whether workloads that are known to refuse one another say enough, without a run.
    fn sees(&mut self, pulled: &Pulled, done: impl Fn(Known) -> bool) -> bool {
        let known = self.infer(pulled);
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
        Some(PlanOptions { solver, as_of: Some(self.day), ..PlanOptions::default() })
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
                Ok(Needed { known, work: judged.answer.work, fixed: clock.before(), refusing })
            }
            Err(error) => Ok(Needed::contradicted(&wrong(error)?)),
        }
    }

    /// What other fleets need, of which this one's limits and rules say nothing; several are asked after side by side.
    pub fn ask_of(&mut self, fleets: &[Fleet]) -> Result<Vec<Known>> {
        for some in fleets.chunks(AT_ONCE) {
            let mut jobs: Vec<(&Fleet, PlanOptions)> = Vec::new();
            for fleet in some {
                let asked = jobs.iter().any(|(other, _)| other.digest() == fleet.digest());
                if !asked && !self.others.contains_key(fleet.digest()) {
                    jobs.extend(self.limits().map(|options| (fleet, options)));
                }
            }
            for answer in self.side_by_side(jobs, |fleet, options| self.need(fleet, options)) {
                let (fleet, Needed { known, work, fixed, .. }) = answer?;
                self.purse.took(fixed);
                self.purse.spend(work);
                self.others.insert(fleet.digest().to_owned(), known);
            }
        }
        let known = |fleet: &Fleet| self.others.get(fleet.digest()).copied().unwrap_or(Known::NOTHING);
        Ok(fleets.iter().map(known).collect())
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

    /// The fleet with these levers pulled, to be solved and no more. Many sets of levers differ in light ones alone: the rest is
    /// read once.
    fn to_solve(&self, pulled: &Pulled) -> std::result::Result<Fleet, FleetError> {
        let (light, others): (Pulled, Pulled) =
            pulled.iter().partition(|&&lever| self.fleet.is_light(&self.levers[lever]));
        let known = self.read.lock().unwrap_or_else(PoisonError::into_inner).get(&others).cloned();
        let base = match known {
            Some(base) => base,
            None => {
                // what is wrong with a fleet may be right again with more pulled
                let Ok(base) = self.pull(&others) else { return self.pull(pulled) };
                let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
                if read.len() < MOST_READ {
                    read.insert(others, base.clone());
                }
                base
            }
        };
        let light: Vec<Lever> = light.iter().map(|&lever| self.levers[lever].clone()).collect();
        base.to_solve_without(&light)
    }

    /// The fleet with these levers pulled.
    fn pull(&self, pulled: &Pulled) -> std::result::Result<Fleet, FleetError> {
        let levers: Vec<Lever> = pulled.iter().map(|&lever| self.levers[lever].clone()).collect();
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

/// A plan, or why there is none before anything is solved.
pub(super) type Asked = std::result::Result<Plan, FleetError>;

/// What wishes that contradict say: no plan.
fn contradicted(error: &FleetError) -> Known {
    // that no placement on nodes was found says nothing; this is not said of a workload
    let on_nodes = error.problems.iter().any(|it| it.code == "fits-no-template" && it.path == "clusterTemplates");
    if on_nodes { Known::NOTHING } else { Known { least: NEVER, proof: PlanProof::Certified, found: None } }
}

/// What an outcome says of the first level.
fn stated((status, proof): (PlanStatus, PlanProof), levels: &[PlanLevel], aim: Aim) -> Known {
    if status == PlanStatus::Infeasible {
        return Known { least: NEVER, proof, found: None };
    }
    let level = levels.iter().find(|level| level.objective == LevelObjective::from(aim));
    let number = |figure: Figure| match figure {
        Figure::Count(count) => count,
        Figure::Money(amount) => thousandths(&amount.to_string()).unwrap_or(0), // as `money` wrote it
    };
    level.map_or(Known::NOTHING, |level| Known {
        least: level.bound.map_or(0, number),
        proof: level.proof,
        found: level.value.map(number),
    })
}

/// A number of what is counted, for documents.
pub(super) fn figure(aim: Aim, number: u64) -> Figure {
    match aim {
        Objective::Cost => Figure::Money(money(number)),
        _ => Figure::Count(number),
    }
}
