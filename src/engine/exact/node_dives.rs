//! When branch and price dives, how, and for how long.

use std::rc::Rc;

use crate::budget::{Phase, Step, Stop};
use crate::heuristic::{conflicts_rule, evolve};
use crate::pricing::{Case, Pricer};
use crate::problem::Pattern;

use super::branch_and_price::TreeSearch;
use super::dive::{Course, Diver, Reached, Start};
use super::effort::node_dives::{FAR, LARGE, PATIENCE, SPARE, TABU, WIDE};
use super::float::{to_float, to_integer};
use super::neighbourhood;
use super::perfect;
use super::pool_tree::{self, Answer};

impl TreeSearch<'_, '_> {
    /// Dives from a node at its bound, and around what they miss.
    pub(super) fn dives(
        &mut self,
        case: &Case,
        pricers: &mut [Pricer],
        start: &Rc<Start>,
        index: usize,
        depth: u64,
    ) -> Result<(), Stop> {
        self.enter(Phase::Dive);
        let root = depth == 0;
        let schedule: &[(f64, f64)] = if root {
            &[(0.2, 0.0), (0.1, 0.0), (0.1, 0.1), (0.04, 0.0), (0.1, 0.2), (0.04, 0.1), (0.04, 0.2), (0.02, 0.1)]
        } else {
            &[(0.1, 0.1)]
        };
        let target = self.nodes[index].bound.max(self.lower);
        let mut start = Rc::clone(start);
        let mut search = root && to_float(self.aim(target, &start)) - start.objective(&self.goal.prices) > SPARE;
        let mut until = u64::MAX;
        let mut full = None;
        for (round, &(share, noise)) in schedule.iter().enumerate() {
            if round > 0 && self.budget.spent() > until {
                break;
            }
            let seed = self.options.seed.wrapping_add(1 + round as u64 + 1_000 * index as u64);
            let course = Course {
                share,
                noise,
                retries: if root { 12 } else { 6 },
                seed,
                thorough: if search { 250 } else { 0 },
            };
            let diver = Diver::new(case, &self.goal.prices, self.budget);
            let aim = self.aim(target, &start);
            let reached = diver.dive(diver.top(&start, &self.coupling, aim), pricers, course)?;
            if root && round == 0 && !matches!(reached, Reached::All(_)) {
                full = self.look_at_full(case, &start, target)?;
                if let Some(full) = full.as_ref().filter(|full| !full.is_large()) {
                    // about as long as all of this has taken: where there is a packing, the next dives often find it
                    self.perfect(case, target, full, self.budget.spent().saturating_mul(2))?;
                }
                if self.closed() || self.nodes[index].bound > target {
                    return Ok(());
                }
                self.dive_above(case, pricers, &start, aim)?;
                self.evolve(target, self.options.seed.wrapping_add(1))?;
                self.enter(Phase::Dive);
                // the relaxation may have stopped early, and now it matters what there is to spare
                let mut top = diver.top(&start, &self.coupling, aim);
                if search && diver.relax(&mut top, pricers, Course { thorough: usize::MAX, ..course })? {
                    start = top.state;
                }
                // at first no longer than all of this has taken, and much less where the pool will be large
                let spare = to_float(target) - start.objective(&self.goal.prices);
                let work = self.budget.spent() / if spare > LARGE { 8 } else { 1 };
                let pooled = self.pool(case, pricers, &start, target, work)?;
                if self.closed() || self.nodes[index].bound > target {
                    return Ok(());
                }
                search = root && spare > SPARE;
                // the tree gets its share of the work too: the larger one where a branch or two may close it
                let eighths = if spare > WIDE && !pooled { 6 } else { 1 };
                until = self.budget.spent() + self.budget.left() / 8 * eighths;
            }
            let found = match reached {
                Reached::All(bins) => Some(bins),
                Reached::Part(level) if search => {
                    neighbourhood::search(&diver, pricers, &start, *level, (PATIENCE, until), seed)?
                }
                Reached::Part(_) => None,
            };
            if let Some(bins) = found {
                self.offer(case, &bins);
            }
            if self.nodes[index].bound >= self.value {
                return Ok(());
            }
        }
        if root {
            if let Some(full) = &full {
                self.perfect(case, target, full, self.budget.left() / 8 * 7)?;
            }
            if self.closed() || self.nodes[index].bound > target {
                return Ok(());
            }
            self.pool(case, pricers, &start, target, u64::MAX)?;
        }
        Ok(())
    }

    /// A search to the end over the bins that may matter at all, where those are few; true where it ran out of work.
    fn pool(
        &mut self,
        case: &Case,
        pricers: &mut [Pricer],
        start: &Start,
        target: u64,
        work: u64,
    ) -> Result<bool, Stop> {
        let [pricer] = pricers else { return Ok(false) };
        if !self.options.uses(Step::Pool) || !self.goal.is_count() || !self.coupling.is_empty() || self.closed() {
            return Ok(false);
        }
        self.enter(Phase::BranchAndPrice);
        let seed = self.options.seed;
        let answer = self.budget.within(work, |own| pool_tree::search(case, pricer, &start.duals, target, seed, own));
        self.settle(case, target, answer)
    }

    /// What packings are like in which every bin has to be full.
    fn look_at_full(&mut self, case: &Case, start: &Start, target: u64) -> Result<Option<perfect::Root>, Stop> {
        if !self.options.uses(Step::Pool) || !self.goal.is_count() || !self.coupling.is_empty() || self.closed() {
            return Ok(None);
        }
        self.enter(Phase::BranchAndPrice);
        let found =
            self.budget.within(self.budget.left() / 2, |own| perfect::Root::look(case, target, &start.columns, own));
        self.budget.look()?;
        self.enter(Phase::Dive);
        Ok(found.unwrap_or(None))
    }

    /// A search to the end over these.
    fn perfect(&mut self, case: &Case, target: u64, full: &perfect::Root, work: u64) -> Result<(), Stop> {
        self.enter(Phase::BranchAndPrice);
        let seed = self.options.seed;
        let answer = self.budget.within(work, |own| full.search(case, seed, own));
        self.settle(case, target, answer)?;
        Ok(())
    }

    /// Takes over what a search for so few bins came to; true where it ran out of work.
    fn settle(&mut self, case: &Case, target: u64, answer: Result<Option<Answer>, Stop>) -> Result<bool, Stop> {
        self.budget.look()?;
        let unfinished = answer.is_err();
        match answer {
            Ok(Some(Answer::Packing(bins))) => {
                self.offer(case, &bins);
            }
            Ok(Some(Answer::Proof(nodes))) => {
                self.nodes[0].bound = target + 1;
                self.pooled = Some((target + 1, nodes));
                self.raise();
            }
            Ok(None) | Err(_) => {}
        }
        if !self.closed() {
            self.enter(Phase::Dive);
        }
        Ok(unfinished)
    }

    /// Tabu search and its offspring, where the best packing stays away from the bound: the conflicts rule there, and columns say little.
    /// The bins that they liked.
    pub(super) fn evolve(&mut self, bound: u64, seed: u64) -> Result<Vec<Pattern>, Stop> {
        if !self.is_far(bound) {
            return Ok(Vec::new());
        }
        self.enter(Phase::Tabu);
        let work = TABU.saturating_mul(self.problem.copies());
        let start = self.best.as_ref().unwrap_or(self.start);
        let found =
            self.budget.within_eighths(2, |own| own.within(work, |own| evolve(self.problem, start, bound, seed, own)));
        self.budget.look()?;
        if let Some(found) = found.best {
            self.accept(found);
        }
        Ok(found.seen)
    }

    /// Whether the best packing is so far from the bound that it pays to look for better ones without columns.
    pub(super) fn is_far(&self, bound: u64) -> bool {
        self.goal.is_count() && self.value.saturating_sub(bound) >= FAR.max(bound / 50)
    }

    /// Whether it is, and conflicts rule: columns alone take long to come near.
    pub(super) fn is_far_by_conflicts(&self, bound: u64) -> bool {
        self.is_far(bound) && conflicts_rule(self.problem, self.value)
    }

    /// What is worth diving for: where pricing proves less than the relaxation says, less than that is hardly to be had; but something
    /// better than the best packing.
    fn aim(&self, bound: u64, start: &Start) -> u64 {
        let objective = to_integer((start.objective(&self.goal.prices) - 1e-6).ceil());
        objective.min(self.value.saturating_sub(1)).max(bound)
    }

    /// Dives a little above the bound, where the incumbent is further off: a good solution early.
    fn dive_above(&mut self, case: &Case, pricers: &mut [Pricer], start: &Rc<Start>, bound: u64) -> Result<(), Stop> {
        let seed = self.options.seed;
        let mut step = self.goal.prices.iter().copied().filter(|&price| price > 0).min().unwrap_or(1);
        while bound.saturating_add(step) < self.value {
            let course = Course { share: 0.2, noise: 0.0, retries: 4, seed, thorough: 0 };
            let target = bound + step;
            let diver = Diver::new(case, &self.goal.prices, self.budget);
            let top = diver.top(start, &self.coupling, target);
            let found = match diver.dive(top, pricers, course)? {
                Reached::All(bins) => Some(bins),
                // a bin more than the bound leaves much to spare: around a near miss there is often something
                Reached::Part(level) if target == bound + 1 && self.goal.is_count() => {
                    let until = self.budget.spent() + self.budget.left() / 8;
                    neighbourhood::search(&diver, pricers, start, *level, (PATIENCE, until), seed)?
                }
                Reached::Part(_) => None,
            };
            if found.is_some_and(|bins| self.offer(case, &bins)) {
                break;
            }
            step = step.saturating_mul(2);
        }
        Ok(())
    }
}
