//! How many bins of each type a plan of k bins might have.

use super::effort::fitk::MOST_BINS;
use super::effort::mix::{EXCHANGES, LOOKED_AT, SCARCE};
use super::shape::Shape;
use crate::problem::Limit;

/// The types of k bins (more only where less than the load of a type would be impossible), mixed evenly. Items that
/// few bin types can hold choose first; each takes the roomiest type that has anything left. `None`: more bins than
/// can be laid open one by one.
pub(super) fn mix(shape: &Shape, k: u64) -> Option<Vec<usize>> {
    evenly(shape, &counts(shape, k))
}

/// Of the types of k bins those that leave the most to spare of what is scarcest: those of [`mix`] where nothing leaves more. `None`:
/// there are not so many, or more than can be laid open one by one.
///
/// The roomiest bins in all are short of one resource where others have more of it; bins change places with those, as long as that
/// helps. Complexity: some times k x the bin types.
pub(super) fn spacious(shape: &Shape, k: u64) -> Option<Vec<usize>> {
    let mixed = Some(counts(shape, k)).filter(|counts| counts.iter().sum::<u64>() <= k);
    let mut counts = match &mixed {
        Some(mixed) => mixed.clone(),
        None => {
            let mut counts = vec![0; shape.bin_types];
            roomiest(shape, k)?.into_iter().for_each(|bin| counts[bin] += 1);
            counts
        }
    };
    exchange(shape, &mut counts, k);
    let all_fit = |counts: &[u64]| {
        (0..shape.len()).all(|item| (0..shape.bin_types).any(|bin| counts[bin] > 0 && shape.fits(item, bin)))
    };
    let kept =
        mixed.filter(|mixed| !all_fit(&counts) || scarcest(&used(shape, mixed)) <= scarcest(&used(shape, &counts)));
    evenly(shape, &kept.unwrap_or(counts))
}

/// What is used of each resource in so many bins of each type, were the sizes sand.
fn used(shape: &Shape, counts: &[u64]) -> Vec<f64> {
    let room = |q: usize| (0..shape.bin_types).map(|bin| counts[bin] as f64 * shape.capacity(bin)[q] as f64).sum();
    (0..shape.dimensions).map(|q| shape.total(q) / f64::max(room(q), 1.0)).collect()
}

/// The same of the scarcest.
fn scarcest(used: &[f64]) -> f64 {
    used.iter().copied().fold(0.0, f64::max)
}

/// Exchanges bins for those of other types while that leaves more of what is scarce.
fn exchange(shape: &Shape, counts: &mut [u64], k: u64) {
    let (stock, limits) = (shape.stock(), &shape.problem.terms().limits);
    let may = |counts: &[u64], given: usize, taken: usize| {
        let under = limits.iter().filter(|limit| limit.bins.contains(taken) && !limit.bins.contains(given));
        let room = |limit: &Limit| limit.bins.ones().map(|bin| counts[bin]).sum::<u64>() < limit.most;
        given != taken && { under }.all(room)
    };
    let mut before = used(shape, counts);
    for _ in 0..k.saturating_mul(EXCHANGES) {
        let most = scarcest(&before);
        // a resource that is less scarce by some parts of a thousand hardly counts
        let scarce = |used: f64| (used / most).powi(SCARCE);
        let worth = |bin: usize| -> f64 {
            let relieved =
                |(q, &used): (usize, &f64)| scarce(used) * shape.capacity(bin)[q] as f64 / shape.total(q).max(1.0);
            before.iter().enumerate().map(relieved).sum()
        };
        let mut order: Vec<(f64, usize)> = (0..shape.bin_types).map(|bin| (worth(bin), bin)).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let given =
            order.iter().map(|&(_, bin)| bin).filter(|&bin| counts[bin] > shape.problem.kept(bin)).take(LOOKED_AT);
        let taken: Vec<usize> =
            order.iter().rev().map(|&(_, bin)| bin).filter(|&bin| counts[bin] < stock[bin]).take(LOOKED_AT).collect();
        let pairs = given.flat_map(|given| taken.iter().map(move |&taken| (given, taken)));
        let weighed = pairs.filter(|&(given, taken)| may(counts, given, taken)).map(|(given, taken)| {
            let changed = |(q, &used): (usize, &f64)| {
                let room = |bin: usize| shape.capacity(bin)[q] as f64 / shape.total(q).max(1.0);
                let left = 1.0 / used + room(taken) - room(given);
                if used > 0.0 { scarce(1.0 / left.max(1e-9)) } else { 0.0 }
            };
            (before.iter().enumerate().map(changed).sum::<f64>(), given, taken)
        });
        let now: f64 = before.iter().map(|&used| scarce(used)).sum();
        let best = weighed.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        let Some((_, given, taken)) = best.filter(|best| best.0 < now) else { return };
        counts[given] -= 1;
        counts[taken] += 1;
        before = used(shape, counts);
    }
}

/// So many bins of each type, mixed evenly.
fn evenly(shape: &Shape, counts: &[u64]) -> Option<Vec<usize>> {
    let total = counts.iter().fold(0, |total: u64, &count| total.saturating_add(count));
    if total > MOST_BINS as u64 {
        return None;
    }
    // Bresenham: at step s type t has had about s x counts_t / total
    let mut open = Vec::with_capacity(total as usize);
    let mut given = vec![0u64; counts.len()];
    for step in 1..=total {
        let behind =
            |t: usize| (u128::from(counts[t]) * u128::from(step)) as i128 - i128::from(given[t]) * i128::from(total);
        let next = shape.rank.iter().copied().filter(|&t| given[t] < counts[t]).max_by_key(|&t| behind(t));
        let Some(next) = next else { break };
        given[next] += 1;
        open.push(next);
    }
    Some(open)
}

/// The types of the k roomiest bins that there are; `None`: there are not so many, or more than can be laid open one by one.
pub(super) fn roomiest(shape: &Shape, k: u64) -> Option<Vec<usize>> {
    let k = usize::try_from(k).ok().filter(|&k| k <= MOST_BINS)?;
    let stock = shape.stock();
    let bins = |&bin: &usize| std::iter::repeat_n(bin, usize::try_from(stock[bin]).unwrap_or(k).min(k));
    let open: Vec<usize> = shape.rank.iter().flat_map(bins).take(k).collect();
    (open.len() == k).then_some(open)
}

fn counts(shape: &Shape, k: u64) -> Vec<u64> {
    let stock = shape.stock();
    if shape.bin_types == 1 {
        return vec![k.min(stock[0])];
    }
    let choices = |item: usize| (0..shape.bin_types).filter(|&bin| shape.fits(item, bin)).count();
    let mut order: Vec<(usize, usize)> = (0..shape.len()).map(|item| (choices(item), item)).collect();
    order.sort_by(|a, b| a.0.cmp(&b.0).then(shape.ratio[b.1].total_cmp(&shape.ratio[a.1])).then(a.1.cmp(&b.1)));
    let dimensions = shape.dimensions;
    let mut load = vec![0.0; shape.bin_types * dimensions];
    let filled = |load: &[f64], bin: usize| -> f64 {
        (0..dimensions).map(|q| load[bin * dimensions + q] / shape.capacity(bin)[q].max(1) as f64).fold(0.0, f64::max)
    };
    for &(_, item) in &order {
        let mut left = shape.demand(item) as f64;
        let fitting: Vec<usize> = shape.rank.iter().copied().filter(|&bin| shape.fits(item, bin)).collect();
        for (place, &bin) in fitting.iter().enumerate() {
            let each = (0..dimensions)
                .map(|q| shape.size(item)[q] as f64 / shape.capacity(bin)[q].max(1) as f64)
                .fold(1e-12, f64::max);
            let room = (stock[bin] as f64 - filled(&load, bin)).max(0.0) / each;
            let taken = if place + 1 == fitting.len() { left } else { left.min(room) };
            for q in 0..dimensions {
                load[bin * dimensions + q] += taken * shape.size(item)[q] as f64;
            }
            left -= taken;
            if left <= 0.0 {
                break;
            }
        }
    }
    let mut counts: Vec<u64> =
        (0..shape.bin_types).map(|bin| (filled(&load, bin).ceil() as u64).min(stock[bin])).collect();
    let mut missing = counts.iter().fold(k, |missing, &count| missing.saturating_sub(count));
    for &bin in &shape.rank {
        let more = missing.min(stock[bin] - counts[bin]);
        counts[bin] += more;
        missing -= more;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::random::Random;
    use crate::problem::{BinType, Problem, every_count};

    /// The least that anybody uses of the scarcest resource in `k` bins, by trying every number of each type.
    fn least(shape: &Shape, k: u64) -> f64 {
        let most: Vec<u64> = shape.stock().iter().map(|&stock| stock.min(k)).collect();
        let as_many = every_count(&most).filter(|counts| counts.iter().sum::<u64>() == k);
        as_many.map(|counts| scarcest(&used(shape, &counts))).fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn spacious_bins_are_nearly_as_spacious_as_any_and_never_less_than_a_mixture() {
        let (mut all, mut exact) = (0, 0);
        for seed in 0..300 {
            let random = &mut Random::new(seed);
            let mut builder = Problem::builder(2);
            builder.bin(&[random.between(20, 30), random.between(20, 30)]);
            for _ in 0..1 + random.index(3) {
                let capacity = vec![random.between(15, 35), random.between(15, 35)];
                builder.bin_type(BinType { capacity, cost: 1, max_count: Some(random.between(1, 4)) });
            }
            let class = builder.class();
            for _ in 0..20 {
                builder.item(&[random.between(1, 9), random.between(1, 9)], 1, class);
            }
            let problem = builder.build().unwrap();
            let shape = Shape::new(&problem, 1);
            let k = random.between(4, 8);
            let open = spacious(&shape, k).unwrap();
            let mut counts = vec![0; shape.bin_types];
            open.iter().for_each(|&bin| counts[bin] += 1);
            assert!(counts.iter().zip(shape.stock()).all(|(&count, stock)| count <= stock), "seed {seed}");
            assert!(open.len() as u64 == k, "seed {seed}");
            let (found, right) = (scarcest(&used(&shape, &counts)), least(&shape, k));
            assert!(found >= right - 1e-9 && found <= right * 1.1, "seed {seed}: {found} {right}");
            if let Some(mixed) = mix(&shape, k).filter(|mixed| mixed.len() as u64 == k) {
                let mut counts = vec![0; shape.bin_types];
                mixed.iter().for_each(|&bin| counts[bin] += 1);
                assert!(found <= scarcest(&used(&shape, &counts)) + 1e-9, "seed {seed}");
            }
            all += 1;
            exact += u64::from(found <= right + 1e-9);
        }
        assert!(exact * 10 >= all * 9, "{exact} of {all}");
    }
}
