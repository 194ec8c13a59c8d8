//! What a certificate says of the moves where the clusters were found without them: the same fleet in indices with charges, what is
//! proved of the earlier levels, and then of the moves.

use super::nodes::WORK;
use crate::budget::{Budget, Objective, Options, Watch};
use crate::certify::{Certificate, Claim, Level, without_charges};
use crate::encode::encode_charged;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::placement::Holding;
use crate::problem::{Problem, Solution};
use crate::solve::{Answer, Bounded, fewest_moves};
use crate::trust::TrustGraph;

/// What is held against a plan: the fleet in indices, the plan in these, and what proves its bounds.
pub(super) struct Witness {
    pub problem: Problem,
    pub solution: Option<Solution>,
    pub certificate: Certificate,
}

impl Witness {
    /// What a check is given of it.
    pub fn parts(&self) -> (&Problem, Option<&Solution>, &Certificate) {
        (&self.problem, self.solution.as_ref(), &self.certificate)
    }
}

/// Bounds the moves of a plan where they are the last level, and says so in the answer. `None`: the answer has its own witness.
pub(super) fn charged(
    fleet: &Fleet,
    graph: &TrustGraph,
    problem: &Problem,
    answer: &mut Answer,
    holdings: Option<&[Holding]>,
    limits: &Options,
    watch: &dyn Watch,
) -> Result<Option<Witness>> {
    let levels = fleet.objective();
    let last = levels.split_last().filter(|(last, _)| **last == Objective::Moves);
    let (Some((_, earlier)), Some(holdings)) = (last, holdings) else { return Ok(None) };
    let budget = Budget::new(limits, WORK, watch);
    let claims = answer.certificate.claims.get(..earlier.len()).unwrap_or_default();
    let certified =
        claims.len() == earlier.len() && claims.iter().zip(earlier).all(|(claim, &it)| claim.level == name(it));
    if answer.levels.len() > earlier.len() {
        let (Some(solution), true) = (&answer.solution, certified) else { return Ok(None) };
        if let Some((claims, level)) = bounded(problem, solution, claims.to_vec(), &answer.levels, &budget) {
            let known = &mut answer.levels[earlier.len()];
            if level.certified > known.certified {
                known.certified = level.certified;
                known.bound = known.bound.max(level.bound);
                answer.certificate.claims = claims;
            }
        }
        return Ok(None);
    }
    if !certified {
        return Ok(None);
    }
    let (charged, encoding) = encode_charged(fleet, graph)?;
    let differs = charged != *problem;
    if differs && without_charges(&charged, &budget).as_ref() != Some(problem) {
        return Ok(None); // no claim of the one speaks of the other
    }
    let solution = encoding.solution(holdings.iter().map(Holding::content));
    let claims = claims.iter().map(|claim| Claim { merged: differs, ..claim.clone() }).collect();
    let Some((claims, mut level)) = bounded(&charged, &solution, claims, &answer.levels, &budget) else {
        return Ok(None);
    };
    level.value = level.value.map(|value| value.saturating_sub(fleet.charged_as_new()));
    answer.levels.push(level);
    Ok(Some(Witness { problem: charged, solution: Some(solution), certificate: Certificate { claims } }))
}

fn name(level: Objective) -> Level {
    match level {
        Objective::Clusters => Level::Clusters,
        Objective::Cost => Level::Cost,
        Objective::Moves => Level::Moves,
    }
}

/// The claims with one on the moves after them, all of which hold what the plan has.
fn bounded(
    problem: &Problem,
    plan: &Solution,
    mut claims: Vec<Claim>,
    known: &[Bounded],
    budget: &Budget,
) -> Option<(Vec<Claim>, Bounded)> {
    let cost = u64::try_from(plan.cost(problem)).ok()?;
    let moves = u64::try_from(plan.moves(problem)).ok()?;
    let (mut held, mut paid) = (None, None);
    for (claim, known) in claims.iter_mut().zip(known) {
        let value = Some(if claim.level == Level::Clusters { plan.bins() } else { cost });
        claim.value = value;
        match claim.level {
            Level::Clusters => held = value,
            // a plan that pays for nodes as well may have dearer bins than one that is as cheap
            _ => paid = value.filter(|_| known.value == value),
        }
    }
    let claim = fewest_moves(problem, held, paid, moves, budget)?;
    let level = Bounded::certified(Some(moves), claim.bound);
    claims.push(claim);
    Some((claims, level))
}
