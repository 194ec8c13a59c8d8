//! How far limits can tighten with no more needed: by halves, those of all limits side by side.

use super::oracle::{Known, Oracle};
use crate::date::Date;
use crate::error::Result;
use crate::fleet::{Fleet, Lever};
use crate::placement::legal;
use crate::plan::{Plan, placed};
use crate::report::Slack;
use crate::solve::each;

/// Between the tightest value of a limit that is known to do and the loosest that is known not to, by their places.
struct Narrowing<'l> {
    lever: &'l Lever,
    steps: Vec<String>,
    does: usize,
    fails: usize,
    exact: bool,
}

impl Narrowing<'_> {
    fn is_open(&self) -> bool {
        self.fails > self.does + 1
    }

    fn middle(&self) -> usize {
        self.does + (self.fails - self.does) / 2
    }
}

/// Of each lever how far it can tighten, from the tightest value at which today's plan is known to stay one; `None` where it is no
/// limit with a number, or where nothing is known of the fleet. Answers with nothing where there is no plan today.
pub(super) fn slacks(oracle: &mut Oracle<'_>, levers: &[Lever], today: Known) -> Result<Vec<Option<Slack>>> {
    let (fleet, day) = (oracle.fleet(), oracle.day());
    let plan = oracle.plan_of(&Default::default())?;
    let (Some(plan), Some(found)) = (plan, today.found) else { return Ok(vec![None; levers.len()]) };
    let begin = |lever: &'_ Lever| {
        let steps = fleet.tighter(lever).filter(|steps| !steps.is_empty())?;
        let does = keeps_until(fleet, lever, &steps, &plan, day);
        Some((steps, does))
    };
    let begun = each(oracle.purse.threads(), levers.iter().collect(), begin);
    let mut all: Vec<Option<Narrowing>> = begun
        .into_iter()
        .zip(levers)
        .map(|(begun, lever)| {
            let (steps, does) = begun?;
            Some(Narrowing { lever, fails: steps.len(), steps, does, exact: true })
        })
        .collect();
    loop {
        let mut open: Vec<&mut Narrowing> = all.iter_mut().flatten().filter(|it| it.is_open()).collect();
        if open.is_empty() {
            break;
        }
        if oracle.purse.is_empty() {
            for it in open {
                (it.exact, it.fails) = (false, it.does + 1);
            }
            break;
        }
        let questions: Vec<(&Lever, &str)> = open.iter().map(|it| (it.lever, it.steps[it.middle()].as_str())).collect();
        let fleets = each(oracle.purse.threads(), questions, |(lever, value)| fleet.tightened(lever, value));
        // what is no fleet needs no run
        let asked: Vec<Fleet> = fleets.iter().filter_map(|it| it.as_ref().ok()).cloned().collect();
        let mut answers = oracle.ask_of(&asked)?.into_iter();
        for (it, fleet) in open.iter_mut().zip(fleets) {
            let middle = it.middle();
            let known = fleet.ok().and_then(|_| answers.next());
            let holds = known.is_some_and(|known| known.found.is_some_and(|then| then <= found));
            it.exact &= holds || known.is_none_or(|known| known.least > found);
            if holds { it.does = middle } else { it.fails = middle }
        }
    }
    Ok(all.into_iter().map(|it| it.map(told)).collect())
}

fn told(Narrowing { steps, does, exact, .. }: Narrowing) -> Slack {
    let next = steps.get(does + 1).filter(|_| exact).cloned();
    Slack { now: steps[0].clone(), tightest: steps[does].clone(), next, exact }
}

/// The tightest value of a limit, by its place among the tighter ones, at which a plan stays one.
fn keeps_until(fleet: &Fleet, lever: &Lever, steps: &[String], plan: &Plan, day: Date) -> usize {
    let (mut does, mut fails) = (0, steps.len());
    while fails > does + 1 {
        let middle = does + (fails - does) / 2;
        let holds = fleet.to_check_tightened(lever, &steps[middle]).is_ok_and(|fleet| keeps(&fleet, plan, day));
        if holds { does = middle } else { fails = middle }
    }
    does
}

/// Whether a plan is legal for another fleet of the same names.
fn keeps(fleet: &Fleet, plan: &Plan, day: Date) -> bool {
    let (placement, unknown) = placed(plan, fleet, day);
    unknown.is_empty() && legal(fleet, &placement, day).is_empty()
}
