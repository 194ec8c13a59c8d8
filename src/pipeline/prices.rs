//! What the rules and the limits of a fleet cost: what it needs without each lever, and with each rule of trust alone; a
//! ladder of the rules; how far limits can tighten; and what mitigations would save if they counted.
//!
//! Most levers change nothing by themselves. So they are asked after in groups: where pulling all of a group saves nothing,
//! pulling one of them saves nothing, and where a group of rules takes nothing, one of them takes nothing.

use std::time::Instant;

use super::as_of;
use super::oracle::{AT_ONCE, Known, NEVER, Oracle, Pulled, figure};
use super::purse::Purse;
use super::relax::{LeverChoice, needed};
use super::slack::slacks;
use crate::budget::{Objective, Options, Silent, Watch};
use crate::date::Date;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, Lever, LeverKind};
use crate::plan::PlanProof;
use crate::report::{
    LadderStep, PRICES_SCHEMA, PricedLever, PricedMitigation, PricedTenant, Prices, PricesAim, Saved, lever_row,
};
use crate::solve::each;
use crate::trust::{RuleTable, Scope, TrustGraph};

/// What to price. [`Default`]: every lever but pairs of classes, in clusters, without tenants.
#[derive(Clone, Debug, Default)]
pub struct PricesOptions {
    /// Limits of the whole call, seed and threads. After the first run none takes more work than the first did (or a small
    /// least amount).
    pub solver: Options,
    /// When the wall-clock limit began; `None`: with the call.
    pub started: Option<Instant>,
    /// The day against which waivers and stays are judged; `None`: the fleet's, or else today (UTC).
    pub as_of: Option<Date>,
    /// In money instead of clusters.
    pub cost: bool,
    /// Which levers.
    pub levers: LeverChoice,
    /// Rules of trust by id, in the order in which the ladder adds them; those that are not named come after these, in document
    /// order.
    pub ladder: Vec<String>,
    /// Each tenant, too: what the fleet needs without its workloads.
    pub tenants: bool,
}

/// Prices the levers of a fleet. Behind every number stands a plan, a bound, or both; where the limits left something open,
/// what is saved is a range.
///
/// ```
/// use tenantry::engine::Silent;
/// use tenantry::{Fleet, PricesOptions};
///
/// # let fleet = Fleet::from_yaml("{schema: tenantry/v1, \
/// #     policy: {distrust: [{id: pci, subject: {tenant: a}, neighbour: {tenant: b}}]}, \
/// #     tenants: [{name: a, trust: trusted}, {name: b, trust: trusted}], \
/// #     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}, {name: api, tenant: b, requests: {cpu: 1, memory: 1Gi}}], \
/// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
/// let prices = tenantry::prices(&fleet, &PricesOptions::default(), &Silent)?;
/// let pci = prices.levers.iter().find(|it| it.lever.id == "distrust:pci").unwrap();
/// assert_eq!((pci.saves.least.value(), pci.pairs_alone), (1.0, Some(1)));
/// # Ok::<(), tenantry::Error>(())
/// ```
///
/// # Errors
/// As [`plan()`](crate::plan()), and [`Error::Usage`] for levers that there are not.
pub fn prices(fleet: &Fleet, options: &PricesOptions, watch: &dyn Watch) -> Result<Prices> {
    let day = as_of(fleet, options.as_of);
    let (levers, weights) = options.levers.of(fleet)?;
    let ladder = order(fleet, &levers, &options.ladder)?;
    let aim = if options.cost { Objective::Cost } else { Objective::Clusters };
    let purse = Purse::new(&options.solver, options.started, watch);
    let mut oracle = Oracle::new(fleet, &levers, (day, aim), purse);
    oracle.may_ask()?;
    let today = oracle.ask(&Pulled::new())?;
    let trust: Pulled = (0..levers.len()).filter(|&it| levers[it].kind.is_trust()).collect();
    let baseline = oracle.ask(&trust)?;
    let every: Vec<usize> = (0..levers.len()).collect();
    let gone = |group: &[usize]| group.iter().copied().collect::<Pulled>();
    in_groups(&mut oracle, &every, gone, |known| today.found.is_some_and(|found| known.least >= found))?;
    let rules: Vec<usize> = trust.iter().copied().collect();
    let but = |group: &[usize]| trust.iter().copied().filter(|it| !group.contains(it)).collect::<Pulled>();
    in_groups(&mut oracle, &rules, but, |known| known.found.is_some_and(|found| found <= baseline.least))?;
    let steps = climb(&mut oracle, &trust, &ladder)?;
    let graph = TrustGraph::new(fleet, day, Scope::All)?;
    let pairs = all_pairs_alone(&mut oracle, &graph, &levers)?;
    let slacks = slacks(&mut oracle, &levers, today)?;
    let told = levers.iter().enumerate().zip(pairs.into_iter().zip(slacks)).map(|((index, lever), (pairs, slack))| {
        let gone = oracle.infer(&Pulled::from([index]));
        PricedLever {
            lever: lever_row(lever, weights[index]),
            without: needed(aim, gone),
            saves: saved(aim, today, gone),
            alone: lever.kind.is_trust().then(|| needed(aim, oracle.infer(&but(&[index])))),
            pairs_alone: pairs,
            slack,
        }
    });
    let told = told.collect();
    let tenants = if options.tenants { without_tenants(&mut oracle, (today, aim))? } else { Vec::new() };
    let mitigations = counting(&mut oracle, (today, aim))?;
    Ok(Prices {
        schema: PRICES_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        name: fleet.name().to_owned(),
        fleet_digest: fleet.digest().to_owned(),
        as_of: day.to_string(),
        aim: if options.cost { PricesAim::Cost } else { PricesAim::Clusters },
        today: needed(aim, today),
        without_rules: needed(aim, baseline),
        premium: saved(aim, today, baseline),
        levers: told,
        ladder: steps.into_iter().map(|(lever, known)| LadderStep { lever, needed: needed(aim, known) }).collect(),
        tenants,
        mitigations,
        runs: oracle.purse.runs,
        stopped: oracle.purse.stopped,
    })
}

impl Fleet {
    /// Prices the levers of this fleet. See [`prices()`](crate::prices()).
    ///
    /// # Errors
    /// As [`prices`].
    pub fn prices(&self, options: &PricesOptions) -> Result<Prices> {
        prices(self, options, &Silent)
    }
}

/// The rules of trust in the order of the ladder.
fn order(fleet: &Fleet, levers: &[Lever], first: &[String]) -> Result<Vec<usize>> {
    let mut order = Vec::new();
    for id in first {
        let lever = fleet.lever(id)?;
        if !lever.kind.is_trust() {
            return Err(Error::Usage(format!(
                "`{id}` is no rule of trust: the ladder has levels, separations and distrust"
            )));
        }
        let place = levers.iter().position(|it| it.id == lever.id);
        let place = place.ok_or_else(|| Error::Usage(format!("`{id}` is not among the levers that are looked at")))?;
        if !order.contains(&place) {
            order.push(place);
        }
    }
    let rest = (0..levers.len()).filter(|&it| levers[it].kind.is_trust() && !order.contains(&it));
    let rest: Vec<usize> = rest.collect();
    order.extend(rest);
    Ok(order)
}

/// Asks what is needed with the levers pulled that `of` makes of each of these: first of all of them at once, then of halves where
/// that says anything but `nothing`.
fn in_groups(
    oracle: &mut Oracle<'_>,
    levers: &[usize],
    of: impl Fn(&[usize]) -> Pulled,
    nothing: impl Fn(Known) -> bool,
) -> Result<()> {
    let mut groups = vec![levers.to_vec()];
    while !groups.is_empty() {
        groups.retain(|group| !group.iter().all(|&it| oracle.infer(&of(&[it])).is_settled()));
        oracle.ask_each(groups.iter().map(|group| of(group)), Known::is_settled)?;
        groups.retain(|group| group.len() > 1 && !nothing(oracle.infer(&of(group))));
        let halves = |group: &Vec<usize>| {
            let (first, second) = group.split_at(group.len() / 2);
            [first.to_vec(), second.to_vec()]
        };
        groups = groups.iter().flat_map(halves).collect();
    }
    Ok(())
}

/// The rules of trust, added one at a time: what is needed after each, first without any.
fn climb(oracle: &mut Oracle<'_>, trust: &Pulled, order: &[usize]) -> Result<Vec<(Option<String>, Known)>> {
    let at = |step: usize| trust.iter().copied().filter(|it| !order[..step].contains(it)).collect::<Pulled>();
    oracle.ask_each([at(0), at(order.len())], Known::is_settled)?;
    // between two steps that need the same nothing is to be asked
    let mut between = vec![(0, order.len())];
    while !between.is_empty() {
        between.retain(|(low, high)| *high > low + 1);
        let middles: Vec<usize> = between.iter().map(|(low, high)| low + (high - low) / 2).collect();
        oracle.ask_each(middles.iter().map(|&middle| at(middle)), Known::is_settled)?;
        let halves = between.iter().zip(middles).flat_map(|(&(low, high), middle)| [(low, middle), (middle, high)]);
        between = halves.collect();
    }
    let name = |step: usize| step.checked_sub(1).map(|it| oracle.lever(order[it]).id.clone());
    Ok((0..=order.len()).map(|step| (name(step), oracle.infer(&at(step)))).collect())
}

/// How much less is needed: exact where both are.
fn saved(aim: Objective, today: Known, then: Known) -> Saved {
    let never = |known: Known| known.least == NEVER;
    if never(today) || never(then) {
        return Saved { least: figure(aim, 0), most: None };
    }
    let bound = if today.proof == PlanProof::None { 0 } else { today.least };
    let least = then.found.map_or(0, |found| bound.saturating_sub(found));
    let bound = if then.proof == PlanProof::None { 0 } else { then.least };
    let most = today.found.map(|found| found.saturating_sub(bound));
    Saved { least: figure(aim, least), most: most.map(|most| figure(aim, most)) }
}

/// Of each lever that separates the pairs of workloads that nothing else does; `None` too where the limits are used up.
fn all_pairs_alone(oracle: &mut Oracle<'_>, graph: &TrustGraph, levers: &[Lever]) -> Result<Vec<Option<u64>>> {
    let (fleet, threads) = (oracle.fleet(), oracle.purse.threads());
    let mut all = Vec::with_capacity(levers.len());
    for some in levers.chunks(AT_ONCE) {
        let over = oracle.purse.is_empty();
        let jobs: Vec<Option<&Lever>> = some.iter().map(|it| Some(it).filter(|_| separates(it) && !over)).collect();
        let pairs = each(threads, jobs, |lever| lever.map(|lever| pairs_alone(fleet, graph, lever)).transpose());
        all.extend(pairs.into_iter().collect::<Result<Vec<Option<u64>>>>()?);
    }
    Ok(all)
}

fn separates(lever: &Lever) -> bool {
    lever.kind.is_trust() || lever.kind == LeverKind::Apart
}

/// Pairs of workloads that nothing but this lever separates.
fn pairs_alone(fleet: &Fleet, graph: &TrustGraph, lever: &Lever) -> Result<u64> {
    if let LeverKind::Distrust | LeverKind::Separate = lever.kind {
        // a whole rule: the graph has counted what nothing else separates
        let name = |rule: usize| RuleTable::name(fleet.policy(), graph.table().rule(rule));
        let rules: Vec<usize> = (0..graph.table().len()).filter(|&rule| name(rule) == lever.id).collect();
        if let [rule] = rules[..] {
            return Ok(graph.rule_pairs()[rule].only);
        }
    }
    let rest = fleet.to_solve_without(std::slice::from_ref(lever))?;
    let rest = TrustGraph::new(&rest, graph.as_of(), Scope::All)?;
    Ok(graph.separated_pairs().saturating_sub(rest.separated_pairs()))
}

/// What the fleet needs without the workloads of each tenant that has some to place.
fn without_tenants(oracle: &mut Oracle<'_>, (today, aim): (Known, Objective)) -> Result<Vec<PricedTenant>> {
    let fleet = oracle.fleet();
    let mut tenants = Vec::new();
    for some in fleet.tenants().chunks(AT_ONCE) {
        let mut asked = Vec::new();
        for it in some {
            let ours = fleet.workloads().iter().filter(|work| fleet.tenants()[work.tenant].name == it.name);
            let workloads = ours.filter(|it| !it.per_cluster).count() as u64;
            if workloads > 0 {
                asked.push((it, workloads, fleet.without_tenant(&it.name)?));
            }
        }
        let rest: Vec<Fleet> = asked.iter().map(|(_, _, rest)| rest.clone()).collect();
        for ((it, workloads, _), known) in asked.into_iter().zip(oracle.ask_of(&rest)?) {
            let saves = saved(aim, today, known);
            tenants.push(PricedTenant { tenant: it.name.to_string(), workloads, without: needed(aim, known), saves });
        }
    }
    Ok(tenants)
}

/// What the fleet would need if each mitigation counted.
fn counting(oracle: &mut Oracle<'_>, (today, aim): (Known, Objective)) -> Result<Vec<PricedMitigation>> {
    let fleet = oracle.fleet();
    let mut mitigations = Vec::new();
    for some in fleet.mitigations().chunks(AT_ONCE) {
        let counting: Vec<(Fleet, u64)> =
            some.iter().map(|name| fleet.counting(name)).collect::<std::result::Result<_, _>>()?;
        let (fleets, workloads): (Vec<Fleet>, Vec<u64>) = counting.into_iter().unzip();
        for ((name, workloads), known) in some.iter().zip(workloads).zip(oracle.ask_of(&fleets)?) {
            let (needed, saves) = (needed(aim, known), saved(aim, today, known));
            mitigations.push(PricedMitigation { name: name.clone(), workloads, needed, saves });
        }
    }
    Ok(mitigations)
}
