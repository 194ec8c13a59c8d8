//! Who stands where, and what is proved of it, before any of it is written down: all that a further question about a fleet
//! needs to know.

use super::charged::{Witness, charged};
use super::costs::Costs;
use super::leading::{Ground, ground, ground_of};
use super::nodes::{OnNodes, restate};
use super::outcome::{outcome, says_nothing};
use super::stood::Stood;
use super::{PlanOptions, as_of, every, fine, limits, moves};
use crate::budget::{Event, Watch};
use crate::date::Date;
use crate::decode::arrange;
use crate::encode::Encoding;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::pack::{Clock, proofs};
use crate::placement::{Every, Holding, Homeless, Placement, Violation, is_tiny, legal};
use crate::plan::{Outcome, Plan, PlanStatus, PlanStop};
use crate::problem::Problem;
use crate::solve::Answer;
use crate::trust::{Scope, TrustGraph, check_together};

/// An answer in indices and in names, judged by the checkers.
pub(super) struct Judged {
    /// The day against which waivers were judged.
    pub as_of: Date,
    /// Who may not share, and why.
    pub graph: TrustGraph,
    /// The fleet of whose plans alone the answer speaks, with its graph; `None`: of all plans.
    pub within: Option<Box<(Fleet, TrustGraph)>>,
    pub problem: Problem,
    pub encoding: Encoding,
    pub answer: Answer,
    /// What stands for the certificate of a problem without charges.
    pub witness: Option<Witness>,
    pub placement: Option<Placement>,
    pub outcome: Outcome,
    pub remarks: Remarks,
}

/// What is to be said beside that.
#[derive(Default)]
pub(super) struct Remarks {
    /// Who has no place on the nodes.
    pub homeless: Option<Homeless>,
    /// No choice of regions was found to have a plan.
    pub unchosen: bool,
    /// A split that was left in too many clusters.
    pub parted: Option<usize>,
    /// The values of a plan that the limits forbid.
    pub beyond: Option<String>,
    /// What is known of each limit by itself.
    pub contradicted: Vec<String>,
    /// All placements were gone through, and none is legal.
    pub none: bool,
}

/// Solves a fleet, and checks what comes of it: its certificate by integers, who may be where by the fleet.
pub(super) fn judged(fleet: &Fleet, options: &PlanOptions, clock: &mut Clock, watch: &dyn Watch) -> Result<Judged> {
    let as_of = as_of(fleet, options.as_of);
    moves::plannable(fleet, as_of)?; // who must be where
    let graph = TrustGraph::new(fleet, as_of, Scope::All)?; // who may not share, and why
    check_together(fleet, &graph)?; // who must share, against that
    let Ground { mut within, stood } = ground(fleet, &graph, clock, &options.solver, watch)?;
    let Stood { mut problem, mut encoding, mut answer, found, unchosen } = stood;
    let (found, beyond) = limits::kept(fleet, &mut answer, found);
    let costs = Costs::of(fleet, &graph)?;
    let court = Court { fleet, graph: &graph, costs: &costs, options, watch };
    // of a tiny fleet it may have to be said anew
    let before = is_tiny(fleet).then(|| (answer.clone(), found.holdings.clone()));
    let OnNodes { holdings, unfit, homeless, parted } = found;
    let mut said = court.hear((within.as_deref(), &problem), answer, holdings, unfit, clock)?;
    let mut remarks = Remarks { homeless, unchosen, parted, beyond, contradicted: said.contradicted, none: false };
    if let Some((mut answer, known)) = before {
        let limits = clock.rest(&options.solver);
        let Every { better, all, work } = every::better(fleet, as_of, known.as_deref(), &said.outcome, &limits, watch);
        remarks.none = all && known.is_none() && better.is_none();
        answer.work = answer.work.saturating_add(work);
        said.answer.work = answer.work;
        if let Some(better) = &better {
            watch.event(Event::Plan { bins: better.len() as u64 });
            remarks = Remarks::default();
        }
        let unproved = || known.filter(|_| every::is_unproved(&said.outcome));
        if let Some(holdings) = better.or_else(unproved) {
            let among = within.as_deref().map(|(among, _)| among);
            match ground_of(fleet, &holdings, among, (&graph, clock), &options.solver, watch)? {
                // what was proved is proved of plans that keep something else
                Some(ground) => {
                    let work = answer.work.saturating_add(ground.stood.answer.work);
                    (within, problem, encoding) = (ground.within, ground.stood.problem, ground.stood.encoding);
                    answer = ground.stood.answer;
                    answer.work = work;
                }
                None => answer = every::anew(fleet, &problem, answer, &clock.rest(&options.solver), watch)?,
            }
            answer.solution = Some(encoding.solution(holdings.iter().map(Holding::content)));
            restate(&costs, fleet, &problem, &mut answer, &holdings);
            said = court.hear((within.as_deref(), &problem), answer, Some(holdings), unfit, clock)?;
        }
    }
    let Said { answer, witness, placement, mut outcome, .. } = said;
    outcome.stopped = cut_by(&outcome, options, clock, watch);
    Ok(Judged { as_of, graph, within, problem, encoding, answer, witness, placement, outcome, remarks })
}

/// What cut the search short. The answer knows of one search alone; what the others did not come to, because the call was called off
/// or its time went by, is told by the call. Each search gets a share of the time, so one that ends in the second half of it may
/// have ended for want of time, whatever it says itself.
fn cut_by(outcome: &Outcome, options: &PlanOptions, clock: &Clock, watch: &dyn Watch) -> Option<PlanStop> {
    let open = outcome.levels.iter().any(|level| level.status != PlanStatus::Optimal); // one that decides no status, too
    if outcome.status == PlanStatus::Infeasible || outcome.status == PlanStatus::Optimal && !open {
        return outcome.stopped;
    }
    let late = |limit| clock.left().is_some_and(|left| left < limit / 2);
    match options.solver.time_limit {
        _ if watch.cancelled() => Some(PlanStop::Cancelled),
        Some(limit) if late(limit) => Some(PlanStop::Time),
        _ => outcome.stopped,
    }
}

/// What an answer is held against.
struct Court<'c> {
    fleet: &'c Fleet,
    graph: &'c TrustGraph,
    costs: &'c Costs<'c>,
    options: &'c PlanOptions,
    watch: &'c dyn Watch,
}

/// An answer, who stands where, and what of it is proved.
struct Said {
    answer: Answer,
    witness: Option<Witness>,
    placement: Option<Placement>,
    outcome: Outcome,
    contradicted: Vec<String>,
}

impl Court<'_> {
    /// Checks what an answer to a problem claims, level by level; `within`: of whose plans alone it speaks.
    fn hear(
        &self,
        (within, problem): (Option<&(Fleet, TrustGraph)>, &Problem),
        mut answer: Answer,
        holdings: Option<Vec<Holding>>,
        unfit: u64,
        clock: &Clock,
    ) -> Result<Said> {
        let Self { fleet, graph, costs, options, watch } = *self;
        let (among, its) = within.map_or((fleet, graph), |(among, its)| (among, its));
        let limits = || clock.rest(&options.solver);
        let contradicted = limits::contradicted(fleet, problem, &mut answer, (&limits(), watch))?;
        let witness = charged(among, its, problem, &mut answer, holdings.as_deref(), &limits(), watch)?;
        let proofs =
            proofs(fleet.objective(), problem, &answer, witness.as_ref().map(Witness::parts), &limits(), watch)?; // never take the solver's word
        let placement = holdings.map(|holdings| arrange(holdings, fleet, &graph.islands()));
        let mut outcome = Outcome { unfit, ..outcome(fleet, costs, &answer, &proofs, options.solver.seed) };
        moves::add_level(&mut outcome, fleet, placement.as_ref(), graph.as_of());
        fine::add_levels(&mut outcome, fleet, placement.as_ref(), graph.as_of());
        if placement.is_none() && answer.levels.first().is_some_and(|it| it.bound == 0) {
            says_nothing(&mut outcome);
        }
        Ok(Said { answer, witness, placement, outcome, contradicted })
    }
}

impl Judged {
    /// What makes who stands where illegal, read from the fleet alone: nothing, or there is a defect.
    pub fn breaches(&self, fleet: &Fleet) -> Vec<Violation> {
        self.placement.as_ref().map_or_else(Vec::new, |placement| legal(fleet, placement, self.as_of))
    }

    /// The plan, where there is one.
    pub fn written(&self, fleet: &Fleet) -> Option<Plan> {
        let placement = self.placement.as_ref()?;
        Some(Plan::write(fleet, &self.graph, Some(placement), self.outcome.clone()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::budget::{Options, Silent};
    use crate::plan::{LevelObjective, PlanLevel, PlanProof};

    struct CalledOff;
    impl Watch for CalledOff {
        fn cancelled(&self) -> bool {
            true
        }
    }

    #[test]
    fn what_ended_the_call_is_named_whatever_the_first_search_ended_by() {
        let limit = Duration::from_secs(100);
        let of = |status| Outcome {
            status,
            proof: PlanProof::None,
            stopped: Some(PlanStop::Work),
            seed: 0,
            levels: Vec::new(),
            unfit: 0,
        };
        let limited =
            PlanOptions { solver: Options { time_limit: Some(limit), ..Options::default() }, ..PlanOptions::default() };
        let Some(long_ago) = Instant::now().checked_sub(Duration::from_secs(60)) else { return };
        let cut = |status, options: &PlanOptions, started, watch: &dyn Watch| {
            cut_by(&of(status), options, &Clock::start(&options.solver, started), watch)
        };
        let (open, free) = (PlanStatus::Feasible, PlanOptions::default());
        assert_eq!(cut(open, &free, None, &CalledOff), Some(PlanStop::Cancelled));
        assert_eq!(cut(open, &free, Some(long_ago), &Silent), Some(PlanStop::Work));
        assert_eq!(cut(open, &limited, Some(long_ago), &Silent), Some(PlanStop::Time));
        assert_eq!(cut(open, &limited, None, &Silent), Some(PlanStop::Work));
        assert_eq!(cut(PlanStatus::Optimal, &limited, Some(long_ago), &CalledOff), Some(PlanStop::Work));
        // an exposure that may be smaller leaves a plan optimal
        let level = |status| PlanLevel {
            objective: LevelObjective::Exposure,
            status,
            value: None,
            bound: None,
            proof: PlanProof::None,
            forgot: Vec::new(),
        };
        let with = |level| Outcome { levels: vec![level], ..of(PlanStatus::Optimal) };
        let now = Clock::start(&free.solver, None);
        assert_eq!(cut_by(&with(level(open)), &free, &now, &CalledOff), Some(PlanStop::Cancelled));
        assert_eq!(cut_by(&with(level(PlanStatus::Optimal)), &free, &now, &CalledOff), Some(PlanStop::Work));
    }
}
