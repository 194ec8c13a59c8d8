//! How far limits can tighten with no more needed: by halves, those of all limits side by side.

use super::known::{Known, NEVER};
use super::oracle::Oracle;
use super::purse::Purse;
use crate::date::Date;
use crate::error::Result;
use crate::fleet::{Fleet, Lever, Limited, Which, share_of};
use crate::placement::legal;
use crate::plan::{Plan, PlannedCluster, placed};
use crate::report::Slack;
use crate::solve::each;

/// Between the tightest value of a limit that is known to do and the loosest that is known not to, by their places.
struct Narrowing<'l> {
    lever: &'l Lever,
    steps: Vec<String>,
    does: usize,
    fails: usize,
    /// Whether no plan exists there.
    never: bool,
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
    let (Some(plan), Some(found)) = (oracle.first_plan(), today.found) else { return Ok(vec![None; levers.len()]) };
    let begin = |lever: &'_ Lever| {
        let steps = fleet.tighter(lever).filter(|steps| !steps.is_empty())?;
        let does = keeps_until(fleet, lever, &steps, plan, day);
        Some((steps, does))
    };
    let begun = each(oracle.purse.threads(), levers.iter().collect(), begin);
    let mut all: Vec<Option<Narrowing>> = begun
        .into_iter()
        .zip(levers)
        .map(|(begun, lever)| {
            let (steps, does) = begun?;
            Some(Narrowing { lever, fails: steps.len(), steps, does, never: false, exact: true })
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
        let mut answers = oracle.ask_of_new(&asked, Purse::next_slight)?.into_iter();
        for (it, fleet) in open.iter_mut().zip(fleets) {
            let middle = it.middle();
            // of a fleet nothing is known where the limits are used up
            let known = fleet.ok().map(|_| answers.next().flatten().unwrap_or(Known::NOTHING));
            let holds = known.is_some_and(|known| known.found.is_some_and(|then| then <= found));
            it.exact &= holds || known.is_none_or(|known| known.least > found);
            if holds {
                it.does = middle;
            } else {
                // what is no fleet has somebody who fits nowhere
                (it.fails, it.never) = (middle, known.is_none_or(|known| known.least == NEVER));
            }
        }
    }
    Ok(all.into_iter().map(|it| it.map(told)).collect())
}

fn told(Narrowing { steps, does, never, exact, .. }: Narrowing) -> Slack {
    let next = steps.get(does + 1).filter(|_| exact).cloned();
    Slack { now: steps[0].clone(), tightest: steps[does].clone(), never: never && next.is_some(), next, exact }
}

/// A value of a limit, by its place among the tighter ones, at which a plan stays one: the tightest, as far as the plan's own figures
/// say.
fn keeps_until(fleet: &Fleet, lever: &Lever, steps: &[String], plan: &Plan, day: Date) -> usize {
    let holds = |place: usize| {
        place == 0 || fleet.to_check_tightened(lever, &steps[place]).is_ok_and(|fleet| keeps(&fleet, plan, day))
    };
    let within =
        |value: &String| fleet.limited(lever).is_some_and(|limited| is_within(limited, value, &steps[0], plan));
    let says = steps.partition_point(within).saturating_sub(1);
    // they are rounded, and other rules may hold
    if let Some(place) = [says, says.saturating_sub(1)].into_iter().find(|&place| holds(place)) {
        return place;
    }
    let (mut does, mut fails) = (0, says - 1);
    while fails > does + 1 {
        let middle = does + (fails - does) / 2;
        if holds(middle) { does = middle } else { fails = middle }
    }
    does
}

/// Whether the figures of a plan are within another value of a limit than `now`: as near as they are written.
fn is_within(limited: Limited<'_>, value: &str, now: &str, plan: &Plan) -> bool {
    let clusters = || plan.clusters.iter().flatten();
    let among = |cluster: &PlannedCluster, which: Which<'_>| match which {
        Which::New(name) => cluster.existing.is_none() && cluster.template == name,
        Which::Existing(name) => cluster.existing.is_some() && cluster.name == name,
    };
    let most = value.parse::<usize>().unwrap_or(0);
    match limited {
        Limited::OfTemplate(name) => clusters().filter(|it| it.template == name).count() <= most,
        Limited::InRegion(name) => clusters().filter(|it| it.region.as_deref() == Some(name)).count() <= most,
        Limited::Maximum(which, key) => clusters().filter(|it| among(it, which)).all(|cluster| {
            let has = match key {
                "nodes" => cluster.nodes.map(|nodes| nodes as usize),
                "namespaces" => Some(cluster.namespaces.len()),
                "tenants" => Some(cluster.tenants.len()),
                _ => cluster.resources.get("pods").and_then(|pods| pods.requested.parse().ok()),
            };
            has.is_none_or(|has| has <= most)
        }),
        Limited::Headroom(which) => {
            let free = |text: &str| 1.0 - share_of(text).map_or(1.0, |share| share as f64 / 1e5);
            let used = |cluster: &PlannedCluster| {
                cluster.resources.values().filter_map(|it| it.utilisation).fold(0.0, f64::max)
            };
            clusters().filter(|it| among(it, which)).all(|cluster| used(cluster) * free(now) <= free(value))
        }
    }
}

/// Whether a plan is legal for another fleet of the same names.
fn keeps(fleet: &Fleet, plan: &Plan, day: Date) -> bool {
    let (placement, unknown) = placed(plan, fleet, day);
    unknown.is_empty() && legal(fleet, &placement, day).is_empty()
}
