//! Many bins of few sizes: contents that fill a bin to the last unit and take all sizes in proportion.
//!
//! The mean content of a bin is rounded at random, then put right by up to four single copies more or less, so that the
//! scarcest resource is used up (two of them looked up in a sorted list, as in the two-list method of Horowitz and
//! Sahni 1974). Such a content serves for a good part of the bins without disturbing the proportions of what is left.
//! The last hundred bins are an ordinary small problem.

use super::construct;
use crate::budget::Budget;
use crate::problem::random::Random;
use crate::problem::{ItemType, Pattern, Problem, Solution};

/// Bins left to the ordinary heuristics.
const TAIL: u64 = 100;
/// Most sizes: the list of corrections grows with their square.
const MOST_SIZES: usize = 64;
/// Roundings tried for a content.
const ROUNDINGS: usize = 6;
/// Entries of the list looked at for the second half of a correction.
const NEIGHBOURS: usize = 3;

/// At most two single copies more or less, and what they add to the scarcest resource.
type Correction = (i64, [(usize, i64); 2]);

/// A packing in `lower` bins, or a few more, of a problem without conflicts and with one bin type. `None`: it has other
/// bins, too many sizes or too few bins, or no such contents were found.
/// Complexity: the square of the sizes times the logarithm of the bins, some thousand times.
#[must_use]
pub fn proportion(problem: &Problem, lower: u64, seed: u64, budget: &Budget) -> Option<Solution> {
    let [bin] = problem.bins() else { return None };
    let items = problem.items();
    let fits = (0..items.len()).all(|item| problem.fits_alone(item, 0));
    let small = bin.capacity.iter().all(|&capacity| capacity < 1 << 40);
    if lower <= 2 * TAIL || items.len() > MOST_SIZES || !fits || !small || bin.max_count.is_some() {
        return None;
    }
    let mut random = Random::new(seed);
    let mut rest = Rest { problem, left: items.iter().map(|item| item.demand).collect(), bins: lower };
    let scarce = (0..problem.dimensions()).max_by(|&a, &b| rest.ratio(a).total_cmp(&rest.ratio(b)).then(b.cmp(&a)))?;
    let corrections = corrections(problem, scarce);
    let mut patterns: Vec<Pattern> = Vec::new();
    while rest.bins > TAIL {
        let Some((count, content)) = rest.content(scarce, &corrections, &mut random, budget) else { break };
        let content = content.into_iter().enumerate().filter(|entry| entry.1 > 0);
        let pattern = Pattern { bin: 0, items: content.collect(), count };
        pattern.items.iter().for_each(|&(item, copies)| rest.left[item] -= copies * count);
        rest.bins -= count;
        patterns.push(pattern);
    }
    if rest.bins * 2 > lower {
        return None;
    }
    patterns.extend(rest.pack(seed, budget)?);
    patterns.sort_unstable();
    patterns.dedup_by(|next, kept| {
        let same = next.bin == kept.bin && next.items == kept.items;
        kept.count += if same { next.count } else { 0 };
        same
    });
    let solution = Solution { patterns };
    solution.check(problem).is_ok().then_some(solution)
}

/// All corrections, by what they add.
fn corrections(problem: &Problem, scarce: usize) -> Vec<Correction> {
    let size = |item: usize| problem.items()[item].size[scarce] as i64;
    let single: Vec<(usize, i64)> =
        (0..problem.items().len()).flat_map(|item| [(item, 1), (item, -1)]).chain([(0, 0)]).collect();
    let mut all = Vec::with_capacity(single.len() * single.len() / 2);
    for (at, &a) in single.iter().enumerate() {
        all.extend(single[at..].iter().map(|&b| (size(a.0) * a.1 + size(b.0) * b.1, [a, b])));
    }
    all.sort_unstable();
    all
}

/// What is not packed yet, and the bins left for it.
struct Rest<'a> {
    problem: &'a Problem,
    left: Vec<u64>,
    bins: u64,
}

impl Rest<'_> {
    fn total(&self, q: usize) -> f64 {
        self.problem.items().iter().zip(&self.left).map(|(item, &left)| item.size[q] as f64 * left as f64).sum()
    }

    /// Share of the room that the rest takes.
    fn ratio(&self, q: usize) -> f64 {
        self.total(q) / (self.problem.bins()[0].capacity[q] as f64 * self.bins as f64).max(1.0)
    }

    /// A content and how many bins it serves: the more the better.
    fn content(
        &self,
        scarce: usize,
        corrections: &[Correction],
        random: &mut Random,
        budget: &Budget,
    ) -> Option<(u64, Vec<u64>)> {
        let items = self.problem.items();
        let capacity = &self.problem.bins()[0].capacity;
        let totals: Vec<f64> = (0..capacity.len()).map(|q| self.total(q)).collect();
        let room = capacity[scarce] as f64 * self.bins as f64 - totals[scarce];
        if room < 0.0 {
            return None;
        }
        // half of the room to spare stays for the rest
        let waste = (room / 2.0 / self.bins as f64) as i64;
        let most = (self.bins / 2).min(self.bins - TAIL / 2);
        let mut best: Option<(u64, Vec<u64>)> = None;
        for _ in 0..ROUNDINGS {
            budget.spend(corrections.len() as u64 * 20).ok()?;
            let mean: Vec<i64> = self.left.iter().map(|&left| self.rounded(left, random)).collect();
            let used: i64 = mean.iter().zip(items).map(|(&copies, item)| copies * item.size[scarce] as i64).sum();
            let missing = capacity[scarce] as i64 - used;
            for (one, first) in corrections {
                let end = corrections.partition_point(|other| other.0 <= missing - one);
                for (other, second) in corrections[..end].iter().rev().take(NEIGHBOURS) {
                    if missing - one - other > waste {
                        break;
                    }
                    let mut content = mean.clone();
                    first.iter().chain(second).for_each(|&(item, copies)| content[item] += copies);
                    if content.iter().any(|&copies| copies < 0) {
                        continue;
                    }
                    let content: Vec<u64> = content.into_iter().map(i64::unsigned_abs).collect();
                    let count = self.serves(&content, &totals, scarce).min(most);
                    if count > best.as_ref().map_or(0, |best| best.0) {
                        best = Some((count, content));
                    }
                }
            }
            if best.as_ref().is_some_and(|best| best.0 >= self.bins / 3) {
                break;
            }
        }
        best
    }

    /// The mean of one size a bin, rounded up as often as its fraction says.
    fn rounded(&self, left: u64, random: &mut Random) -> i64 {
        let fraction = (left % self.bins) as f64 / self.bins as f64 * 1e6;
        (left / self.bins) as i64 + i64::from((random.below(1_000_000) as f64) < fraction)
    }

    /// For how many bins the content may be used: half of any size stays, and room for it in every resource.
    fn serves(&self, content: &[u64], totals: &[f64], scarce: usize) -> u64 {
        let stocked = content.iter().zip(&self.left).filter(|entry| *entry.0 > 0);
        let mut count = stocked.map(|(&copies, &left)| left / (2 * copies)).min().unwrap_or(0);
        for (q, &capacity) in self.problem.bins()[0].capacity.iter().enumerate() {
            let load: u64 = content.iter().zip(self.problem.items()).map(|(&copies, item)| copies * item.size[q]).sum();
            if load > capacity {
                return 0;
            }
            if q == scarce {
                continue;
            }
            // the rest may get tighter by half of what is free now: (total - n load) <= limit (bins - n)
            let (total, bins, load) = (totals[q], self.bins as f64, load as f64);
            let limit = f64::midpoint(capacity as f64, total / bins);
            if load < limit {
                count = count.min(((limit * bins - total) / (limit - load)).max(0.0) as u64);
            }
        }
        count
    }

    /// The last bins by the ordinary heuristics.
    fn pack(&self, seed: u64, budget: &Budget) -> Option<Vec<Pattern>> {
        let own: Vec<usize> = (0..self.left.len()).filter(|&item| self.left[item] > 0).collect();
        let items: Vec<ItemType> = (own.iter())
            .map(|&item| ItemType { demand: self.left[item], ..self.problem.items()[item].clone() })
            .collect();
        let problem = &self.problem;
        let last =
            Problem::new(problem.dimensions(), items, problem.conflicts().clone(), problem.bins().to_vec()).ok()?;
        let mut patterns = construct(&last, self.bins, seed, budget).best?.patterns;
        patterns.iter_mut().flat_map(|pattern| &mut pattern.items).for_each(|entry| entry.0 = own[entry.0]);
        Some(patterns)
    }
}
