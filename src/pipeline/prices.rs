//! What the rules and the limits of a fleet cost: what it needs without each lever, and with each rule of trust alone; a
//! ladder of the rules; how far limits can tighten; and what mitigations would save if they counted.
//!
//! Most levers change nothing by themselves. So they are asked after in groups: where pulling all of a group saves nothing,
//! pulling one of them saves nothing, and where a group of rules takes nothing, one of them takes nothing.

use std::time::Instant;

use super::as_of;
use super::known::{Known, NEVER, Pulled, figure};
use super::oracle::{AT_ONCE, Oracle};
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
    /// least amount); one that asks how far a limit can tighten has a small part of that.
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
    let mut oracle = Oracle::new(fleet, &levers, (day, aim), purse).keeping_plan();
    oracle.may_ask()?;
    let today = oracle.ask(&Pulled::new())?;
    let trust: Pulled = (0..levers.len()).filter(|&it| levers[it].kind.is_trust()).collect();
    oracle.look_into_rules()?;
    let baseline = oracle.ask(&trust)?;
    let gone = |group: &[usize]| group.iter().copied().collect::<Pulled>();
    let but = |group: &[usize]| trust.iter().copied().filter(|it| !group.contains(it)).collect::<Pulled>();
    let saves_nothing = |known: Known| today.found.is_some_and(|found| known.least >= found);
    let takes_nothing = |known: Known| known.found.is_some_and(|found| found <= baseline.least);
    let mut climb = Climb::new(&trust, &ladder);
    let mut without = InGroups::new(&mut oracle, (0..levers.len()).collect(), GROUPS.0, gone, saves_nothing);
    let mut alone = InGroups::new(&mut oracle, trust.iter().copied().collect(), GROUPS.1, but, takes_nothing);
    ask_all(&mut oracle, &mut [&mut climb, &mut without, &mut alone])?;
    let steps = climb.steps(&oracle, aim);
    let pairs = all_pairs_alone(&mut oracle, &levers)?;
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
        ladder: steps,
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

/// Questions, some of which follow from what is known.
trait Questions {
    /// What to ask next; none: nothing is left.
    fn next(&mut self, oracle: &Oracle<'_>) -> Vec<Pulled>;
}

/// Asks all of them, side by side.
fn ask_all(oracle: &mut Oracle<'_>, all: &mut [&mut dyn Questions]) -> Result<()> {
    loop {
        let asked: Vec<Pulled> = all.iter_mut().flat_map(|questions| questions.next(oracle)).collect();
        if asked.is_empty() {
            return Ok(());
        }
        oracle.ask_each(asked, Known::is_settled)?;
    }
}

/// So many groups of levers are asked after first: of those that pulled might save, of which many do, and of rules, of which few take
/// anything by themselves.
const GROUPS: (usize, usize) = (16, 4);

/// What is needed with the levers pulled that `of` makes of each of some: first of groups of them, then of halves where that says
/// anything but `nothing`.
struct InGroups<O, N> {
    groups: Vec<Vec<usize>>,
    asked: bool,
    of: O,
    nothing: N,
}

impl<O: Fn(&[usize]) -> Pulled, N: Fn(Known) -> bool> InGroups<O, N> {
    fn new(oracle: &mut Oracle<'_>, mut levers: Vec<usize>, groups: usize, of: O, nothing: N) -> Self {
        levers.retain(|&it| !oracle.knows(&of(&[it]), Known::is_settled));
        let groups = levers.chunks(levers.len().div_ceil(groups).max(1)).map(<[usize]>::to_vec).collect();
        Self { groups, asked: false, of, nothing }
    }
}

impl<O: Fn(&[usize]) -> Pulled, N: Fn(Known) -> bool> Questions for InGroups<O, N> {
    fn next(&mut self, oracle: &Oracle<'_>) -> Vec<Pulled> {
        let Self { groups, of, nothing, .. } = self;
        if std::mem::replace(&mut self.asked, true) {
            groups.retain(|group| group.len() > 1 && !nothing(oracle.infer(&of(group))));
            let open = |it: &usize| !oracle.infer(&of(&[*it])).is_settled();
            let halves = groups.iter().flat_map(|group| {
                let group: Vec<usize> = group.iter().copied().filter(open).collect();
                let (first, second) = group.split_at(group.len() / 2);
                [first.to_vec(), second.to_vec()]
            });
            *groups = halves.filter(|group| !group.is_empty()).collect();
        }
        groups.iter().map(|group| of(group)).collect()
    }
}

/// The rules of trust, added one at a time: what is needed after each, first without any.
struct Climb<'c> {
    trust: &'c Pulled,
    order: &'c [usize],
    /// Between two steps that need the same nothing is to be asked.
    between: Vec<(usize, usize)>,
}

impl<'c> Climb<'c> {
    fn new(trust: &'c Pulled, order: &'c [usize]) -> Self {
        Self { trust, order, between: vec![(0, order.len())] }
    }

    /// All rules but the first so many.
    fn at(&self, step: usize) -> Pulled {
        self.trust.iter().copied().filter(|it| !self.order[..step].contains(it)).collect()
    }

    fn steps(&self, oracle: &Oracle<'_>, aim: Objective) -> Vec<LadderStep> {
        let name = |step: usize| step.checked_sub(1).map(|it| oracle.lever(self.order[it]).id.clone());
        let step = |step| LadderStep { lever: name(step), needed: needed(aim, oracle.infer(&self.at(step))) };
        (0..=self.order.len()).map(step).collect()
    }
}

impl Questions for Climb<'_> {
    fn next(&mut self, oracle: &Oracle<'_>) -> Vec<Pulled> {
        let open = |&(low, high): &(usize, usize)| (low + 1..high).any(|it| !oracle.infer(&self.at(it)).is_settled());
        let between: Vec<(usize, usize)> = self.between.iter().copied().filter(open).collect();
        let middle = |(low, high): (usize, usize)| low + (high - low) / 2;
        self.between = between.iter().flat_map(|&it| [(it.0, middle(it)), (middle(it), it.1)]).collect();
        between.into_iter().map(|it| self.at(middle(it))).collect()
    }
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
fn all_pairs_alone(oracle: &mut Oracle<'_>, levers: &[Lever]) -> Result<Vec<Option<u64>>> {
    let (fleet, threads) = (oracle.fleet(), oracle.purse.threads());
    let mut all: Vec<Option<u64>> = (0..levers.len()).map(|it| oracle.pairs_alone(it)).collect();
    let open: Vec<usize> = (0..levers.len()).filter(|&it| all[it].is_none() && levers[it].kind.separates()).collect();
    if open.is_empty() {
        return Ok(all);
    }
    let graph = TrustGraph::new(fleet, oracle.day(), Scope::All)?;
    for some in open.chunks(AT_ONCE) {
        if oracle.purse.is_empty() {
            break;
        }
        let pairs = each(threads, some.to_vec(), |it| pairs_alone(fleet, &graph, &levers[it]));
        for (&it, pairs) in some.iter().zip(pairs) {
            all[it] = Some(pairs?);
        }
    }
    Ok(all)
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
