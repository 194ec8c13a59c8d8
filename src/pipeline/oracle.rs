//! What a fleet needs with some of its levers pulled: a plan for each question, and none where earlier answers say it all.
//!
//! Pulling a lever takes constraints away and adds none. So a plan stays one when more levers are pulled, and what is
//! proved to be needed is needed with fewer of them pulled, too.

use std::collections::{BTreeMap, BTreeSet};

use super::purse::Purse;
use super::{PlanOptions, planned};
use crate::budget::Objective;
use crate::date::Date;
use crate::error::{Error, FleetError, Result};
use crate::fleet::{Fleet, Lever, ValueLimits, Wish, thousandths};
use crate::plan::{Figure, LevelObjective, Plan, PlanProof, PlanStatus, money};

/// Levers that are pulled, by their place in the list.
pub(super) type Pulled = BTreeSet<usize>;

/// What is counted: clusters, or their cost in thousandths.
pub(super) type Aim = Objective;

/// No plan exists.
pub(super) const NEVER: u64 = u64::MAX;

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
        learned(found, aim)
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
    /// Of other fleets, by their digests.
    others: BTreeMap<String, Known>,
    /// The last plan that was found, and of what.
    last: Option<(Pulled, Plan)>,
}

impl<'a> Oracle<'a> {
    /// Questions about a fleet and these of its levers.
    pub fn new(fleet: &'a Fleet, levers: &'a [Lever], (day, aim): (Date, Aim), purse: Purse<'a>) -> Self {
        Self { fleet, levers, wish: None, day, aim, purse, known: Vec::new(), others: BTreeMap::new(), last: None }
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

    fn until(&mut self, pulled: &Pulled, done: impl Fn(Known) -> bool) -> Result<Known> {
        let known = self.infer(pulled);
        // what was asked once is not asked again: the same run finds the same
        if done(known) || self.known.iter().any(|(other, _)| other == pulled) {
            return Ok(known);
        }
        if let Some(found) = self.run(pulled)? {
            self.known.push((pulled.clone(), learned(&found, self.aim)));
            self.last = found.ok().filter(|plan| plan.clusters.is_some()).map(|plan| (pulled.clone(), plan));
        }
        Ok(self.infer(pulled))
    }

    /// What another fleet needs, one of which this one's limits and rules say nothing.
    pub fn ask_of(&mut self, fleet: &Fleet) -> Result<Known> {
        if let Some(&known) = self.others.get(fleet.digest()) {
            return Ok(known);
        }
        let Some(found) = self.plan(&fleet.aimed_at(self.aim))? else { return Ok(Known::NOTHING) };
        let known = learned(&found, self.aim);
        self.others.insert(fleet.digest().to_owned(), known);
        Ok(known)
    }

    /// The plan behind what is known to be found with these levers pulled, made again if need be; `None` where there is none,
    /// or where the limits are used up.
    pub fn plan_of(&mut self, pulled: &Pulled) -> Result<Option<Plan>> {
        if let Some((_, plan)) = self.last.as_ref().filter(|(of, _)| of == pulled) {
            return Ok(Some(plan.clone()));
        }
        if self.infer(pulled).found.is_none() {
            return Ok(None);
        }
        let found = self.run(pulled)?;
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

    /// The best plan with these levers pulled that the limits allow; `None` where they are used up.
    fn run(&mut self, pulled: &Pulled) -> Result<Option<Asked>> {
        let levers: Vec<Lever> = pulled.iter().map(|&lever| self.levers[lever].clone()).collect();
        match self.fleet.without(&levers).and_then(|fleet| self.wished(&fleet)) {
            Ok(fleet) => self.plan(&fleet.aimed_at(self.aim)),
            Err(error) => Ok(Some(Err(error))),
        }
    }

    /// A plan of some fleet, by its own objective; `None` where the limits are used up.
    pub fn plan(&mut self, fleet: &Fleet) -> Result<Option<Asked>> {
        let Some(solver) = self.purse.next() else { return Ok(None) };
        let options = PlanOptions { solver, as_of: Some(self.day), ..PlanOptions::default() };
        match planned(fleet, &options, self.purse.watch(), false) {
            Ok((planned, work)) => {
                self.purse.spend(work);
                Ok(Some(Ok(planned.plan)))
            }
            Err(Error::Fleet(error)) if !error.problems.iter().any(|it| it.code == "not-supported-yet") => {
                Ok(Some(Err(error)))
            }
            Err(other) => Err(other),
        }
    }
}

/// A plan, or why there is none before anything is solved.
pub(super) type Asked = std::result::Result<Plan, FleetError>;

fn learned(found: &Asked, aim: Aim) -> Known {
    match found {
        Ok(plan) => of_plan(plan, aim),
        // that no placement on nodes was found says nothing; this is not said of a workload
        Err(error)
            if error.problems.iter().any(|it| it.code == "fits-no-template" && it.path == "clusterTemplates") =>
        {
            Known::NOTHING
        }
        // wishes that contradict leave no plan
        Err(_) => Known { least: NEVER, proof: PlanProof::Certified, found: None },
    }
}

/// What a plan says of the first level.
fn of_plan(plan: &Plan, aim: Aim) -> Known {
    if plan.status == PlanStatus::Infeasible {
        return Known { least: NEVER, proof: plan.proof, found: None };
    }
    let level = plan.levels.iter().find(|level| level.objective == LevelObjective::from(aim));
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
