//! What is left to pack, and contents near its mean.

use super::super::effort::rest::{DRAWS, NEIGHBOURS, TIGHTER};
use crate::problem::random::Random;
use crate::problem::{Pattern, Problem};

/// At most two single copies more or less, and what they add to the scarcest resource.
pub(super) type Correction = (i64, [(usize, i64); 2]);

/// All corrections, by what they add.
pub(super) fn corrections(problem: &Problem, scarce: usize) -> Vec<Correction> {
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
#[derive(Clone)]
pub(super) struct Rest<'a> {
    pub problem: &'a Problem,
    /// Copies of each size.
    pub left: Vec<u64>,
    /// Bins of each type.
    pub counts: Vec<u64>,
    /// What the maximum counts leave of each type, these bins among them.
    pub stock: Vec<Option<u64>>,
    /// Load in each resource.
    pub totals: Vec<u64>,
    /// Share of the room in each resource that the rest should not exceed.
    pub limit: Vec<f64>,
    /// The resource that is filled to the last unit.
    pub scarce: usize,
}

impl<'a> Rest<'a> {
    /// Everything, and the roomiest bins for it that may hold any item. `None`: so many do not exist.
    pub(super) fn new(problem: &'a Problem, bins: u64) -> Option<Self> {
        let items = problem.items();
        let left: Vec<u64> = items.iter().map(|item| item.demand).collect();
        let load = |q: usize| items.iter().try_fold(0u64, |sum, item| sum.checked_add(item.size[q] * item.demand));
        let totals: Option<Vec<u64>> = (0..problem.dimensions()).map(load).collect();
        let stock = problem.bins().iter().map(|bin| bin.max_count).collect();
        let mut rest = Self {
            problem,
            left,
            counts: vec![0; problem.bins().len()],
            stock,
            totals: totals?,
            limit: Vec::new(),
            scarce: 0,
        };
        let holds_all = |&bin: &usize| (0..items.len()).all(|item| problem.fits_alone(item, bin));
        let mut kinds: Vec<usize> = (0..problem.bins().len()).filter(holds_all).collect();
        // by the resource that runs out first
        let room = |bin: usize| -> f64 {
            let shares =
                (0..problem.dimensions()).map(|q| float(rest.totals[q]) / float(rest.capacity(bin, q)).max(0.5));
            shares.fold(0.0, f64::max)
        };
        kinds.sort_by(|&a, &b| room(a).total_cmp(&room(b)).then(a.cmp(&b)));
        let mut missing = bins;
        for bin in kinds {
            let most = rest.stock[bin].map_or(missing, |stock| stock.min(missing));
            rest.counts[bin] = most;
            missing -= most;
        }
        let shares: Vec<f64> = (0..problem.dimensions()).map(|q| rest.share(q)).collect();
        let by_share = |&a: &usize, &b: &usize| shares[a].total_cmp(&shares[b]).then(b.cmp(&a));
        rest.scarce = (0..shares.len()).max_by(by_share)?;
        rest.limit = shares.iter().map(|share| share + TIGHTER * (1.0 - share)).collect();
        (missing == 0 && shares.iter().all(|&share| share <= 1.0)).then_some(rest)
    }

    pub(super) fn capacity(&self, bin: usize, q: usize) -> u64 {
        self.problem.bins()[bin].capacity[q]
    }

    pub(super) fn bins(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The bin type of which most are left.
    pub(super) fn commonest(&self) -> usize {
        (0..self.counts.len()).max_by_key(|&bin| (self.counts[bin], std::cmp::Reverse(bin))).unwrap_or(0)
    }

    /// Room of all bins that are left.
    pub(super) fn room(&self, q: usize) -> f64 {
        self.counts.iter().enumerate().map(|(bin, &count)| float(count) * float(self.capacity(bin, q))).sum()
    }

    /// Share of the room that the rest takes.
    pub(super) fn share(&self, q: usize) -> f64 {
        float(self.totals[q]) / self.room(q).max(0.5)
    }

    pub(super) fn load(&self, content: &[u64], q: usize) -> u64 {
        content.iter().zip(self.problem.items()).map(|(&copies, item)| copies * item.size[q]).sum()
    }

    /// Packs so many bins with this content.
    pub(super) fn take(&mut self, bin: usize, count: u64, content: &[u64]) -> Pattern {
        for q in 0..self.totals.len() {
            self.totals[q] -= count * self.load(content, q);
        }
        self.left.iter_mut().zip(content).for_each(|(left, &copies)| *left -= copies * count);
        self.counts[bin] -= count;
        self.stock[bin] = self.stock[bin].map(|stock| stock - count);
        let items = content.iter().copied().enumerate().filter(|entry| entry.1 > 0).collect();
        Pattern { bin, items, count }
    }

    /// The mean rounded at random, of some such roundings the one that is nearest to what the rest has on average in the
    /// resources that are less scarce.
    pub(super) fn rounded(&self, bin: usize, mean: &[f64], random: &mut Random) -> Vec<i64> {
        let mut best: Option<(f64, Vec<i64>)> = None;
        for _ in 0..DRAWS {
            let draw = mean.iter().zip(&self.left).map(|(&mean, &left)| rounded(mean, random).min(signed(left)));
            let draw: Vec<i64> = draw.collect();
            let far: f64 = (0..self.totals.len())
                .filter(|&q| q != self.scarce)
                .map(|q| {
                    let load: i64 = draw
                        .iter()
                        .zip(self.problem.items())
                        .map(|(&copies, item)| copies * signed(item.size[q]))
                        .sum();
                    (load as f64 / float(self.capacity(bin, q)).max(1.0) - self.share(q)).abs() * self.share(q).powi(4)
                })
                .sum();
            if best.as_ref().is_none_or(|best| far < best.0) {
                best = Some((far, draw));
            }
        }
        best.map(|best| best.1).unwrap_or_default()
    }

    /// Shows `offer` contents near the mean that leave at most `waste` of the scarcest resource, with what they leave,
    /// until it has seen enough; beginning somewhere in the list.
    pub(super) fn corrected(
        &self,
        bin: usize,
        mean: &[i64],
        waste: i64,
        corrections: &[Correction],
        begin: usize,
        mut offer: impl FnMut(Vec<u64>, i64) -> bool,
    ) {
        let items = self.problem.items();
        let load = |q: usize| mean.iter().zip(items).map(|(&copies, item)| copies * signed(item.size[q])).sum::<i64>();
        let free: Vec<i64> = (0..self.totals.len()).map(|q| signed(self.capacity(bin, q)) - load(q)).collect();
        let missing = free[self.scarce];
        let (before, after) = corrections.split_at(begin);
        for (one, first) in after.iter().chain(before) {
            let end = corrections.partition_point(|other| other.0 <= missing - one);
            for (other, second) in corrections[..end].iter().rev().take(NEIGHBOURS) {
                let left_over = missing - one - other;
                if left_over > waste {
                    break;
                }
                let changes = || first.iter().chain(second);
                let fits = free.iter().enumerate().all(|(q, &free)| {
                    changes().map(|&(item, copies)| copies * signed(items[item].size[q])).sum::<i64>() <= free
                });
                if !fits {
                    continue;
                }
                let mut content = mean.to_vec();
                changes().for_each(|&(item, copies)| content[item] += copies);
                let sound = content.iter().zip(&self.left).all(|(&copies, &left)| (0..=signed(left)).contains(&copies));
                if !sound {
                    continue;
                }
                let content: Vec<u64> = content.into_iter().map(i64::unsigned_abs).collect();
                if !offer(content, left_over) {
                    return;
                }
            }
        }
    }
}

/// Rounded up as often as the fraction says.
fn rounded(mean: f64, random: &mut Random) -> i64 {
    mean as i64 + i64::from((random.below(1_000_000) as f64) < mean.fract() * 1e6)
}

#[allow(clippy::cast_precision_loss)]
pub(super) fn float(value: u64) -> f64 {
    value as f64
}

/// Sizes and copies here are far below 2^62.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
