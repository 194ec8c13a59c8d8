//! Many bins of few sizes: contents that fill a bin to the last unit and take all sizes in proportion.
//!
//! The mean content of a bin is rounded at random, then put right by up to four single copies more or less, so that the
//! scarcest resource is used up (two of them looked up in a sorted list, as in the two-list method of Horowitz and
//! Sahni 1974). Such a content serves for a good part of the bins without disturbing the proportions of what is left.
//! The last hundred bins are filled one by one in the same way, large sizes first, as often as it takes to end with
//! what the last few hold; a try costs about a millisecond.

mod rest;

use super::construct;
use super::effort::proportion::{
    CHOICE, GOOD, LAST, LAST_WORK, MOST_SINGLE, MOST_SIZES, PULL, ROUNDINGS, TAIL, TRIES, WASTE,
};
use super::effort::rest::DRAWS;
use crate::budget::Budget;
use crate::problem::random::Random;
use crate::problem::{BinType, ItemType, Pattern, Problem, Solution};
use rest::{Correction, Rest, corrections, float};

/// A packing in `lower` bins, or a few more, of a problem without conflicts. `None`: no such bins hold every item, there
/// are too many sizes or too few bins, or no such contents were found.
/// Complexity: the square of the sizes times the logarithm of the bins, some thousand times.
#[must_use]
pub fn proportion(problem: &Problem, lower: u64, seed: u64, budget: &Budget) -> Option<Solution> {
    let items = problem.items();
    let small = problem.bins().iter().all(|bin| bin.capacity.iter().all(|&capacity| capacity < 1 << 40));
    if lower == 0 || items.len() > MOST_SIZES || !small || budget.spend(1).is_err() {
        return None;
    }
    let mut random = Random::new(seed);
    let mut rest = Rest::new(problem, lower)?;
    let corrections = corrections(problem, rest.scarce);
    let mut patterns: Vec<Pattern> = Vec::new();
    while lower > 2 * TAIL && rest.bins() > TAIL {
        let bin = rest.commonest();
        let Some((count, content)) = rest.content(bin, &corrections, &mut random, budget) else { break };
        patterns.push(rest.take(bin, count, &content));
    }
    patterns.extend(rest.tail(&corrections, &mut random, budget)?);
    let solution = Solution::grouped(patterns);
    solution.check(problem).is_ok().then_some(solution)
}

impl Rest<'_> {
    /// A content and how many bins it serves: the more the better.
    fn content(
        &self,
        bin: usize,
        corrections: &[Correction],
        random: &mut Random,
        budget: &Budget,
    ) -> Option<(u64, Vec<u64>)> {
        let capacity = float(self.capacity(bin, self.scarce));
        let spare = self.room(self.scarce) - float(self.totals[self.scarce]);
        if spare < 0.0 {
            return None;
        }
        // half of the room to spare stays for the rest
        let part = capacity / self.room(self.scarce);
        let waste = (spare / 2.0 * part) as i64;
        let most = (self.counts[bin] / 2).min(self.counts[bin].saturating_sub(TAIL / 2)).max(1);
        let mut best: Option<(u64, Vec<u64>)> = None;
        for _ in 0..ROUNDINGS {
            budget.spend(corrections.len() as u64 * 20).ok()?;
            let mean: Vec<f64> = self.left.iter().map(|&left| float(left) * part).collect();
            let mean = self.rounded(bin, &mean, random);
            self.corrected(bin, &mean, waste, corrections, 0, |content, _| {
                let count = self.serves(bin, &content).min(most);
                if count > best.as_ref().map_or(0, |best| best.0) {
                    best = Some((count, content));
                }
                true
            });
            if best.as_ref().is_some_and(|best| best.0 >= self.counts[bin] / 3) {
                break;
            }
        }
        best
    }

    /// For how many bins the content may be used: half of any size stays, and room for it in every resource.
    fn serves(&self, bin: usize, content: &[u64]) -> u64 {
        let stocked = content.iter().zip(&self.left).filter(|entry| *entry.0 > 0);
        let mut count = stocked.map(|(&copies, &left)| left / (2 * copies)).min().unwrap_or(0);
        for q in 0..self.totals.len() {
            let (load, capacity) = (self.load(content, q), self.capacity(bin, q));
            if load > capacity {
                return 0;
            }
            if q == self.scarce {
                continue;
            }
            // total - n load <= limit (room - n capacity)
            let (total, room, limit) = (float(self.totals[q]), self.room(q), self.limit[q]);
            let pull = limit * float(capacity) - float(load);
            if pull > 0.0 {
                count = count.min(((limit * room - total) / pull).max(0.0) as u64);
            }
        }
        count
    }

    /// The last bins, one by one and the large sizes first: the best of many tries.
    fn tail(&self, corrections: &[Correction], random: &mut Random, budget: &Budget) -> Option<Vec<Pattern>> {
        let mut best: Option<Vec<Pattern>> = None;
        for _ in 0..TRIES {
            let mut rest = self.clone();
            let mut patterns = Vec::new();
            while rest.bins() > LAST {
                let bin = rest.commonest();
                let Some(content) = rest.single(bin, corrections, random, budget) else { break };
                // one by one, but of very many a share at once: the steps grow with the logarithm of the bins
                let share = rest.counts[bin] / MOST_SINGLE;
                let count = if share < 2 { 1 } else { rest.serves(bin, &content).clamp(1, share) };
                patterns.push(rest.take(bin, count, &content));
            }
            let target = rest.bins();
            let count = |patterns: &[Pattern]| patterns.iter().map(|pattern| pattern.count).sum::<u64>();
            if let Some(last) = rest.last(random, budget) {
                let done = count(&last) <= target;
                patterns.extend(last);
                if best.as_ref().is_none_or(|best| count(&patterns) < count(best)) {
                    best = Some(patterns);
                }
                if done {
                    break;
                }
            }
            if budget.look().is_err() {
                break;
            }
        }
        best
    }

    /// Content of one bin that leaves the rest its proportions: with more of the large sizes than their mean.
    fn single(&self, bin: usize, corrections: &[Correction], random: &mut Random, budget: &Budget) -> Option<Vec<u64>> {
        let items = self.problem.items();
        let capacity = float(self.capacity(bin, self.scarce));
        let spare = self.room(self.scarce) - float(self.totals[self.scarce]);
        if spare < 0.0 {
            return None;
        }
        // a resource that got tighter than it should pulls in what is large in it
        let pull: Vec<f64> =
            self.limit.iter().enumerate().map(|(q, limit)| 1.0 + PULL * (self.share(q) - limit).max(0.0)).collect();
        let like = |(item, &left): (&ItemType, &u64)| {
            let large: f64 =
                (0..pull.len()).map(|q| pull[q] * float(item.size[q]) / float(self.capacity(bin, q)).max(1.0)).sum();
            float(left) * (1.0 + large)
        };
        let liking: Vec<f64> = items.iter().zip(&self.left).map(like).collect();
        let whole: f64 = liking.iter().zip(items).map(|(liking, item)| liking * float(item.size[self.scarce])).sum();
        let waste = (spare / float(self.bins()) * WASTE) as i64;
        let mut best: Option<(f64, Vec<u64>)> = None;
        for _ in 0..ROUNDINGS * 4 {
            let mut seen = 0;
            let mean: Vec<f64> = liking.iter().map(|liking| liking * capacity / whole).collect();
            let mean = self.rounded(bin, &mean, random);
            let begin = random.index(corrections.len());
            self.corrected(bin, &mean, waste, corrections, begin, |content, _| {
                seen += 1;
                if let Some(harm) = self.harm(bin, &content)
                    && best.as_ref().is_none_or(|best| harm < best.0)
                {
                    best = Some((harm, content));
                }
                seen < CHOICE && best.as_ref().is_none_or(|best| best.0 > GOOD)
            });
            budget.spend((items.len() * (seen + 4 * DRAWS) + 2 * corrections.len()) as u64).ok()?;
            if best.as_ref().is_some_and(|best| best.0 <= GOOD) {
                break;
            }
        }
        best.map(|best| best.1)
    }

    /// By how many bins' worth a content makes the other resources scarcer for the rest; `None` where it does not fit, or
    /// the rest would not.
    fn harm(&self, bin: usize, content: &[u64]) -> Option<f64> {
        let mut harm = 0.0;
        for q in 0..self.totals.len() {
            let (load, capacity) = (self.load(content, q), self.capacity(bin, q));
            let (total, room) = (float(self.totals[q] - load), self.room(q) - float(capacity));
            if load > capacity || total > room {
                return None;
            }
            if q != self.scarce && room > 0.0 {
                harm += (total / room - self.limit[q]).max(0.0) * room / float(capacity);
            }
        }
        Some(harm)
    }

    /// The very last bins by the ordinary heuristics.
    fn last(&self, random: &mut Random, budget: &Budget) -> Option<Vec<Pattern>> {
        let own: Vec<usize> = (0..self.left.len()).filter(|&item| self.left[item] > 0).collect();
        let items: Vec<ItemType> = (own.iter())
            .map(|&item| ItemType { demand: self.left[item], ..self.problem.items()[item].clone() })
            .collect();
        let problem = &self.problem;
        let bins = problem.bins().iter().zip(&self.stock);
        let bins = bins.map(|(bin, &max_count)| BinType { max_count, ..bin.clone() }).collect();
        let last = Problem::new(problem.dimensions(), items, problem.conflicts().clone(), bins).ok()?;
        let work = LAST_WORK * self.bins().clamp(1, MOST_SINGLE);
        let seed = random.below(1 << 32);
        let found = budget.within(work, |own| construct(&last, self.bins(), seed, own));
        let mut patterns = found.best?.patterns;
        patterns.iter_mut().flat_map(|pattern| &mut pattern.items).for_each(|entry| entry.0 = own[entry.0]);
        Some(patterns)
    }
}
