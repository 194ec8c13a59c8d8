//! What would have to change: every minimal set of levers without which a fleet needs no more than asked.
//!
//! Sets that suffice are closed upwards: with one, every larger one does. So the minimal ones are the minimal hitting sets
//! of the complements of the sets that do not suffice (Reiter 1987), found by turns as in MARCO (Liffiton, Previti, Malik,
//! Marques-Silva 2016): the lightest set that hits all complements known so far is tried; if it suffices, it is minimal; if
//! not, it is grown until nothing more can be added, and what is left is a further complement to hit.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::known::{Known, NEVER, Pulled, figure};
use super::oracle::Oracle;
use super::purse::Purse;
use super::{as_of, waived};
use crate::budget::{Objective, Options, Silent, Watch};
use crate::date::Date;
use crate::error::{Error, Result};
use crate::exact::HittingSets;
use crate::fleet::{Fleet, Lever, LeverKind};
use crate::plan::PlanProof;
use crate::report::{
    NeededFigure, RELAXED_SCHEMA, Relaxed, RelaxedGoal, RelaxedSet, UndecidedSet, WaiverDraft, lever_row,
};
use crate::trust::{Scope, TrustGraph};

/// What is to suffice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RelaxGoal {
    /// So many clusters.
    Clusters(u64),
    /// So much cost, in thousandths.
    Cost(u64),
    /// That there is a plan at all.
    Feasible,
}

impl RelaxGoal {
    fn aim(self) -> Objective {
        match self {
            Self::Cost(_) => Objective::Cost,
            Self::Clusters(_) | Self::Feasible => Objective::Clusters,
        }
    }

    fn most(self) -> u64 {
        match self {
            Self::Clusters(most) | Self::Cost(most) => most,
            Self::Feasible => u64::MAX - 1, // anything but never
        }
    }
}

/// What to look for. [`RelaxOptions::new`]: every lever of the fleet, each of weight 1, up to ten sets.
#[derive(Clone, Debug)]
pub struct RelaxOptions {
    /// Limits of the whole call, seed and threads. After the first run none takes more work than the first did (or a small
    /// least amount).
    pub solver: Options,
    /// When the wall-clock limit began; `None`: with the call.
    pub started: Option<Instant>,
    /// The day against which waivers and stays are judged; `None`: the fleet's, or else today (UTC).
    pub as_of: Option<Date>,
    /// What is to suffice.
    pub goal: RelaxGoal,
    /// Which levers may be pulled.
    pub levers: LeverChoice,
    /// So many sets at most.
    pub sets: usize,
}

impl RelaxOptions {
    /// What would have to change for that.
    #[must_use]
    pub fn new(goal: RelaxGoal) -> Self {
        Self { solver: Options::default(), started: None, as_of: None, goal, levers: LeverChoice::default(), sets: 10 }
    }
}

/// Which levers of a fleet may be pulled, and how hard each is to get. [`Default`]: all but pairs of classes, each of
/// weight 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeverChoice {
    /// Only of these kinds; `None`: of all but [`LeverKind::Classes`].
    pub kinds: Option<BTreeSet<LeverKind>>,
    /// Beside those, these: pairs of classes, headroom with a share.
    pub also: Vec<String>,
    /// Not these.
    pub keep: Vec<String>,
    /// Weights by id, each from 1 to 1,000,000.
    pub weights: BTreeMap<String, u64>,
}

/// So many levers at most.
const MOST_LEVERS: usize = 2_000;
/// The greatest weight of one.
const MOST_WEIGHT: u64 = 1_000_000;

impl LeverChoice {
    /// The levers, each with its weight.
    pub(super) fn of(&self, fleet: &Fleet) -> Result<(Vec<Lever>, Vec<u64>)> {
        let kinds = self.kinds.as_ref();
        let mut levers = fleet.levers();
        if kinds.is_some_and(|kinds| kinds.contains(&LeverKind::Classes)) {
            levers.extend(fleet.levers_of_classes());
        }
        levers.retain(|lever| kinds.is_none_or(|kinds| kinds.contains(&lever.kind)));
        for id in &self.also {
            let lever = fleet.lever(id)?;
            levers.retain(|it| it.id != lever.id);
            levers.push(lever);
        }
        levers.sort_by_key(|lever| lever.kind); // stable
        for id in &self.keep {
            let kept = fleet.lever(id)?; // a slip would pull what is to be kept
            levers.retain(|lever| lever.id != kept.id);
        }
        if levers.len() > MOST_LEVERS {
            let message = format!(
                "the fleet has {} levers, more than {MOST_LEVERS}: say which kinds count (`levers`)",
                levers.len()
            );
            return Err(Error::Usage(message));
        }
        let mut weights: BTreeMap<String, u64> = BTreeMap::new();
        for (id, &weight) in &self.weights {
            weights.insert(fleet.lever(id)?.id, weight);
            if !(1..=MOST_WEIGHT).contains(&weight) {
                return Err(Error::Usage(format!(
                    "a weight is a whole number from 1 to {MOST_WEIGHT}, not {weight} (`{id}`)"
                )));
            }
        }
        let weights = levers.iter().map(|lever| weights.get(&lever.id).copied().unwrap_or(1)).collect();
        Ok((levers, weights))
    }
}

/// Finds every minimal set of levers without which the fleet needs no more than the goal, the lightest first. That a set
/// suffices is shown by a plan of the fleet without it; that it is minimal, by bounds: putting any one of its levers back
/// needs more. What the limits left open is named.
///
/// ```
/// use tenantry::engine::Silent;
/// use tenantry::{Fleet, RelaxGoal, RelaxOptions};
///
/// # let fleet = Fleet::from_yaml("{schema: tenantry/v1, \
/// #     policy: {distrust: [{id: pci, subject: {tenant: a}, neighbour: {tenant: b}}]}, \
/// #     tenants: [{name: a, trust: trusted}, {name: b, trust: trusted}], \
/// #     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}, {name: api, tenant: b, requests: {cpu: 1, memory: 1Gi}}], \
/// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
/// // two tenants of which one distrusts the other: what would have to change for one cluster?
/// let relaxed = tenantry::relax(&fleet, &RelaxOptions::new(RelaxGoal::Clusters(1)), &Silent)?;
/// assert_eq!(relaxed.sets[0].levers[0].id, "distrust:pci");
/// assert!(relaxed.complete); // there is no other
/// # Ok::<(), tenantry::Error>(())
/// ```
///
/// # Errors
/// [`Error::Usage`] for levers that there are not; else as [`plan()`](crate::plan()), but that wishes that contradict are an
/// answer here: no plan exists.
pub fn relax(fleet: &Fleet, options: &RelaxOptions, watch: &dyn Watch) -> Result<Relaxed> {
    let day = as_of(fleet, options.as_of);
    let (levers, weights) = options.levers.of(fleet)?;
    let (aim, most) = (options.goal.aim(), options.goal.most());
    let purse = Purse::new(&options.solver, options.started, watch);
    let mut oracle = Oracle::new(fleet, &levers, (day, aim), purse);
    oracle.may_ask()?;
    let today = oracle.ask(&Pulled::new())?;
    let every: Pulled = (0..levers.len()).collect();
    let Sought { oracle, sets, open, complete } = seek(oracle, (&levers, &weights), most, options.sets)?;
    let all = oracle.infer(&every);
    Ok(Relaxed {
        schema: RELAXED_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        name: fleet.name().to_owned(),
        fleet_digest: fleet.digest().to_owned(),
        as_of: day.to_string(),
        goal: match options.goal {
            RelaxGoal::Clusters(most) => RelaxedGoal::Clusters(most),
            RelaxGoal::Cost(most) => RelaxedGoal::cost(most),
            RelaxGoal::Feasible => RelaxedGoal::Feasible,
        },
        today: needed(aim, today),
        every_lever: needed(aim, all),
        levers: levers.len() as u64,
        sets,
        complete,
        undecided: open
            .iter()
            .map(|set| UndecidedSet::of(set.iter().map(|&it| levers[it].id.clone()).collect()))
            .collect(),
        runs: oracle.purse.runs,
        stopped: oracle.purse.stopped,
    })
}

/// What was found.
pub(super) struct Sought<'a> {
    /// With all that it has learned.
    pub oracle: Oracle<'a>,
    /// The minimal sets, the lightest first.
    pub sets: Vec<RelaxedSet>,
    /// Sets of which the limits did not allow to find out.
    pub open: Vec<Pulled>,
    /// Whether it is shown that there is no further one.
    pub complete: bool,
}

/// Looks for so many minimal sets of levers without which so much suffices; for none where it does as it is.
pub(super) fn seek<'a>(
    mut oracle: Oracle<'a>,
    (levers, weights): (&[Lever], &[u64]),
    most: u64,
    count: usize,
) -> Result<Sought<'a>> {
    let aim = oracle.aim();
    let today = oracle.ask(&Pulled::new())?;
    let open = today.within(most) != Some(true);
    if open {
        oracle.look_into_rules()?;
    }
    let mut search = Search {
        most,
        every: (0..levers.len()).collect(),
        sets: HittingSets::new(weights.to_vec()),
        oracle,
        graph: None,
        found: Vec::new(),
        open: Vec::new(),
        complete: false,
    };
    if open {
        search.go_on(count)?;
    }
    let Search { oracle, found, open, complete, sets, .. } = search;
    let told = found.into_iter().map(|Found { set, minimal, waivers }| RelaxedSet {
        weight: sets.weight(&set),
        reached: needed(aim, oracle.infer(&set)),
        minimal,
        levers: set.iter().map(|&it| lever_row(&levers[it], weights[it])).collect(),
        waivers,
    });
    let sets = told.collect();
    Ok(Sought { oracle, sets, open, complete })
}

impl Fleet {
    /// Finds what would have to change. See [`relax()`](crate::relax()).
    ///
    /// # Errors
    /// As [`relax`].
    pub fn relax(&self, goal: RelaxGoal) -> Result<Relaxed> {
        relax(self, &RelaxOptions::new(goal), &Silent)
    }
}

/// What is known of the least that is needed, as documents say it.
pub(super) fn needed(aim: Objective, known: Known) -> NeededFigure {
    NeededFigure {
        value: known.found.map(|found| figure(aim, found)),
        bound: (known.proof != PlanProof::None && known.least != NEVER).then(|| figure(aim, known.least)),
        never: known.least == NEVER,
        proof: known.proof,
    }
}

/// A set that suffices.
struct Found {
    set: Pulled,
    /// What backs that it is minimal.
    minimal: PlanProof,
    /// Smaller exceptions.
    waivers: Vec<WaiverDraft>,
}

struct Search<'a> {
    most: u64,
    every: Pulled,
    sets: HittingSets,
    oracle: Oracle<'a>,
    /// Made when it is first asked.
    graph: Option<TrustGraph>,
    found: Vec<Found>,
    /// Sets of which the limits did not allow to find out.
    open: Vec<Pulled>,
    /// Whether there is no further set, sets that are open aside.
    complete: bool,
}

impl Search<'_> {
    fn go_on(&mut self, most_sets: usize) -> Result<()> {
        let every = self.every.clone();
        match self.oracle.enough(&every, self.most)? {
            Some(true) => {}
            Some(false) => {
                self.complete = true; // nothing suffices
                return Ok(());
            }
            None => self.open.push(every),
        }
        while self.found.len() < most_sets {
            // what is open is named already, and the integer programme looks at no clock
            if self.oracle.purse.stopped.is_some() && !self.open.is_empty() {
                return Ok(());
            }
            let Some(set) = self.sets.lightest() else { break };
            match self.oracle.enough(&set, self.most)? {
                Some(true) => {
                    // as long as its plan is at hand
                    let waivers = self.waivers(&set)?;
                    let minimal = self.minimal(&set)?;
                    self.sets.block(set.clone());
                    self.found.push(Found { set, minimal, waivers });
                }
                Some(false) => {
                    let grown = self.grown(set)?;
                    self.sets.hit(self.every.difference(&grown).copied().collect());
                }
                None => {
                    if self.oracle.purse.stopped.is_some() {
                        self.open.push(set);
                        return Ok(());
                    }
                    self.sets.skip(set.clone());
                    self.open.push(set);
                }
            }
        }
        // that there is no further one is not believed of the integer programme
        let purse = &self.oracle.purse;
        self.complete = self.open.is_empty() && self.sets.none_is_left(&|| purse.is_over());
        if !self.complete && purse.is_over() {
            self.oracle.purse.is_empty(); // and says why
        }
        Ok(())
    }

    /// A set that does not suffice, with all that can be added to it: halves first, as most levers change nothing.
    fn grown(&mut self, set: Pulled) -> Result<Pulled> {
        let mut grown = set;
        let rest: Vec<usize> = self.every.difference(&grown).copied().collect();
        let mut parts = vec![rest];
        while let Some(part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            if self.oracle.purse.stopped.is_some() {
                break; // what was not added is to be hit still
            }
            let with: Pulled = grown.iter().chain(&part).copied().collect();
            match self.oracle.enough(&with, self.most)? {
                Some(false) => grown = with,
                // open is taken as enough: what is to be hit is larger then, and still to be hit
                _ if part.len() == 1 => {}
                _ => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([second.to_vec(), first.to_vec()]);
                }
            }
        }
        Ok(grown)
    }

    /// What the plan without a set would take as exceptions.
    fn waivers(&mut self, set: &Pulled) -> Result<Vec<WaiverDraft>> {
        let (fleet, levers) = (self.oracle.fleet(), set.iter().map(|&it| self.oracle.lever(it)));
        if !levers.into_iter().any(|lever| lever.kind.is_trust() || lever.kind == LeverKind::Apart) {
            return Ok(Vec::new());
        }
        let Some(plan) = self.oracle.plan_of(set)? else { return Ok(Vec::new()) };
        let graph = match self.graph.take() {
            Some(graph) => graph,
            None => TrustGraph::new(fleet, self.oracle.day(), Scope::All)?,
        };
        Ok(waived::drafts(fleet, self.graph.insert(graph), &plan))
    }

    /// What backs that with any one of its levers put back a set does not suffice.
    fn minimal(&mut self, set: &Pulled) -> Result<PlanProof> {
        let mut proof = PlanProof::Certified;
        let without = |lever: &usize| set.iter().copied().filter(|it| it != lever).collect::<Pulled>();
        let most = self.most;
        self.oracle.ask_each(set.iter().map(without), |known| known.within(most).is_some())?;
        for lever in set {
            let fewer = without(lever);
            let known = match self.oracle.enough(&fewer, self.most)? {
                Some(false) => self.oracle.infer(&fewer).proof,
                _ => PlanProof::None,
            };
            proof = proof.max(known);
        }
        Ok(proof)
    }
}
