//! Which two items to decide on: those that share a bin by a fraction that the solutions of the relaxation hardly leave open.
//!
//! Around the centre of these solutions lies an ellipsoid of them (Dikin 1967), and it says how far the share of two items can
//! stray. Where that is little beside the way to 0 and to 1, either decision leaves hardly any solution, and hardly any bin.

use std::collections::BTreeMap;

use super::super::effort::perfect::PAIRS;
use super::centre::Centre;

/// Two items, by how much of the bins that hold both the centre of this weight has, and the places of these.
struct Pair {
    items: (usize, usize),
    share: f64,
    bins: Vec<usize>,
    score: f64,
}

/// The pair on which either decision leaves the least; `None` where no share of a pair is a fraction.
pub(super) fn sharpest(centre: &Centre, weight: f64) -> Option<(usize, usize)> {
    let shares: Vec<f64> = centre.shares(weight).map(|(_, share)| share).collect();
    let mut holders: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (index, bin) in centre.cuts().iter().enumerate().filter(|&(index, _)| shares[index] > 1e-7) {
        for (at, &(a, copies)) in bin.iter().enumerate() {
            if copies > 1 {
                holders.entry((a, a)).or_default().push(index);
            }
            for &(b, _) in &bin[at + 1..] {
                holders.entry((a, b)).or_default().push(index);
            }
        }
    }
    let mut pairs: Vec<Pair> = Vec::new();
    for (items, bins) in holders {
        let share: f64 = bins.iter().map(|&bin| shares[bin]).sum();
        if share > 0.02 && share < 0.98 {
            // how far it strays where nothing but its own bins holds it back: more than it does
            let variance = bins.iter().map(|&bin| shares[bin].powi(2)).sum();
            pairs.push(Pair { items, share, bins, score: score(share, variance) });
        }
    }
    let best_first = |x: &Pair, y: &Pair| y.score.total_cmp(&x.score).then(x.items.cmp(&y.items));
    pairs.sort_by(best_first);
    pairs.truncate(PAIRS);
    for pair in &mut pairs {
        pair.score = score(pair.share, centre.variance(weight, &pair.bins));
    }
    pairs.into_iter().min_by(best_first).map(|pair| pair.items)
}

/// The way to 0 or 1, in terms of how far the share strays, squared; and times the way itself: a share next to 1 leaves nothing apart, but
/// then nothing is won together.
fn score(share: f64, variance: f64) -> f64 {
    share.min(1.0 - share).powi(3) / variance.max(1e-18)
}
