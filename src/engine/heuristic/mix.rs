//! How many bins of each type a plan of k bins might have.

use super::effort::fitk::MOST_BINS;
use super::shape::Shape;

/// The types of k bins (more only where less than the load of a type would be impossible), mixed evenly. Items that
/// few bin types can hold choose first; each takes the roomiest type that has anything left. `None`: more bins than
/// can be laid open one by one.
pub(super) fn mix(shape: &Shape, k: u64) -> Option<Vec<usize>> {
    let counts = counts(shape, k);
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
