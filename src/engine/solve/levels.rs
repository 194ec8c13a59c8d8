//! The ladder of objectives: each level with the earlier ones fixed.

use super::answer::{Answer, Bounded};
use super::cases::by_cases;
use super::cost::{Least, least_cost};
use super::together::Fewest;
use crate::budget::{Budget, Objective, Options, Phase, Status, Stop, Watch};
use crate::certify::{Certificate, Level};
use crate::exact::Range;
use crate::problem::{Problem, Solution};

/// From the fewest bins to the last level that was asked for, of which `watch` is told.
pub(super) fn climb(
    problem: &Problem,
    objective: &[Objective],
    fewest: &Fewest,
    options: &Options,
    budget: &Budget,
    watch: &dyn Watch,
) -> Answer {
    let answer = fewest.answer(problem, budget);
    let answer = match &fewest.solution {
        Some(solution) if !fewest.impossible && objective.contains(&Objective::Cost) => {
            let least = least_cost(problem, fewest, solution, options, budget, watch);
            answer.with_cost(problem, least, budget)
        }
        _ => answer,
    };
    answer.case_by_case(problem, options, budget)
}

impl Fewest {
    fn answer(&self, problem: &Problem, budget: &Budget) -> Answer {
        if self.impossible {
            let proof = (self.claim.level == Level::Infeasible).then(|| self.claim.clone());
            return Answer::infeasible(proof);
        }
        let value = self.solution.as_ref().map(Solution::bins);
        let status = match value {
            Some(bins) if bins <= self.lower => Status::Optimal,
            Some(_) => Status::Feasible,
            None => Status::Unknown,
        };
        debug_assert!(self.solution.as_ref().is_none_or(|solution| solution.check(problem).is_ok()));
        let certificate = Certificate { claims: vec![self.claim.clone()] };
        let stopped = budget.look().err().or_else(|| (status != Status::Optimal).then_some(Stop::Work));
        let closed_by = self.parts.iter().map(|part| part.phase).max_by_key(|phase| *phase as u8);
        Answer {
            status,
            solution: self.solution.clone(),
            levels: vec![Bounded { value, bound: self.lower, certified: self.claim.bound }],
            certificate,
            stopped,
            work: 0, // told by whoever holds the budget
            closed_by: closed_by.unwrap_or(Phase::Bounds),
        }
    }
}

impl Answer {
    /// The same with the second level.
    fn with_cost(mut self, problem: &Problem, least: Least, budget: &Budget) -> Self {
        let value = u64::try_from(least.solution.cost(problem)).ok();
        if least.proved {
            // the second claim builds on the first: on the number of bins, certified
            let bins = least.solution.bins();
            if let (Some(first), Some(claim)) = (self.certificate.claims.first_mut(), least.claim)
                && first.bound == bins
            {
                first.value = Some(bins);
                self.certificate.claims.push(claim);
            }
            if value.is_none_or(|value| value > least.lower) {
                self.status = Status::Feasible;
                self.stopped = budget.look().err().or(Some(Stop::Work));
            }
        }
        let certified = self.certificate.claims.get(1).map_or(0, |claim| claim.bound);
        self.levels.push(Bounded { value, bound: least.lower, certified });
        self.solution = Some(least.solution);
        self
    }

    /// The same where an exhaustive search proved more than the certificate says: that, too, if the problem is small.
    fn case_by_case(mut self, problem: &Problem, options: &Options, budget: &Budget) -> Self {
        let claims = &mut self.certificate.claims;
        if self.status == Status::Infeasible && claims.is_empty() {
            claims.extend(by_cases(problem, Level::Infeasible, 0, &[], options, budget));
            return self;
        }
        let mut held: Vec<(Objective, Range)> = Vec::new();
        let named = [(Objective::Clusters, Level::Clusters), (Objective::Cost, Level::Cost)];
        for (index, ((objective, name), level)) in named.into_iter().zip(&mut self.levels).enumerate() {
            // each claim builds on those before it
            let (Some(value), true) = (level.value, claims.len() >= index) else { break };
            if level.bound == value && level.certified < value {
                let Some(claim) = by_cases(problem, name, value, &held, options, budget) else { break };
                level.certified = claim.bound;
                claims.truncate(index);
                claims.iter_mut().zip(&held).for_each(|(it, (_, range))| it.value = Some(range.most));
                claims.push(claim);
            }
            held.push((objective, Range { most: value, least: level.certified }));
        }
        self
    }
}
