//! Which pair of items to decide on (Ryan & Foster 1981), and how columns follow the decision.

use crate::pricing::Case;

use super::columns::Column;

/// A decision about one copy of each of two items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    pub a: usize,
    pub b: usize,
    /// True: some bin holds a copy of both. False: none does.
    pub together: bool,
}

impl Decision {
    /// The case after the decision; `None` where it cannot be.
    pub fn apply(self, case: &Case) -> Option<Case> {
        if self.together { case.together(self.a, self.b) } else { Some(case.apart(self.a, self.b)) }
    }

    /// A column of the case before as columns of the case after.
    pub fn translate(self, column: &Column, after: &Case) -> Vec<Column> {
        let Self { a, b, together } = self;
        let copies = |item: usize| column.items.iter().find(|entry| entry.0 == item).map_or(0, |entry| entry.1);
        let both = if a == b { copies(a) >= 2 } else { copies(a) > 0 && copies(b) > 0 };
        if !both {
            return column.clipped(after.demand()).into_iter().collect();
        }
        let mut result = Vec::new();
        if together {
            let mut joined = column.clone();
            for (item, gone) in if a == b { vec![(a, 2)] } else { vec![(a, 1), (b, 1)] } {
                for entry in joined.items.iter_mut().filter(|entry| entry.0 == item) {
                    entry.1 -= gone;
                }
            }
            joined.items.retain(|entry| entry.1 > 0);
            joined.items.push((after.len() - 1, 1));
            // what remains of a and b may conflict with the joined item where a conflicts with itself
            let legal = joined
                .items
                .iter()
                .all(|&(item, _)| item == after.len() - 1 || !after.conflicts(after.len() - 1).contains(item));
            if legal {
                result.extend(joined.clipped(after.demand()));
            }
            result.extend(column.clipped(after.demand()));
        } else if a == b {
            let mut single = column.clone();
            single.items.iter_mut().filter(|entry| entry.0 == a).for_each(|entry| entry.1 = 1);
            result.push(single);
        } else {
            for dropped in [a, b] {
                let mut without = column.clone();
                without.items.retain(|entry| entry.0 != dropped);
                result.extend(without.clipped(after.demand()));
            }
        }
        result
    }
}

/// Pairs by how promising they are as a decision, best first: those whose togetherness has a fraction near 0.6, larger
/// items first; where no pair is fractional, pairs of fractional columns. At most `most`.
pub(super) fn candidates(case: &Case, columns: &[Column], values: &[f64], most: usize) -> Vec<(usize, usize)> {
    let mut shares: Vec<((usize, usize), f64, bool)> = Vec::new();
    for (column, &value) in columns.iter().zip(values) {
        if value < 1e-6 {
            continue;
        }
        let fractional = (value - value.round()).abs() > 1e-3;
        for (index, &(a, copies)) in column.items.iter().enumerate() {
            if copies > 1 {
                shares.push(((a, a), value, fractional));
            }
            shares.extend(column.items[index + 1..].iter().map(|&(b, _)| ((a, b), value, fractional)));
        }
    }
    shares.sort_by_key(|share| share.0);
    let mut pairs: Vec<((usize, usize), f64)> = Vec::new();
    let largest = (0..case.len()).map(|item| case.volume(item)).max().unwrap_or(1).max(1);
    let mut at = 0;
    while at < shares.len() {
        let pair = shares[at].0;
        let mut total = 0.0;
        let mut fractional = false;
        while at < shares.len() && shares[at].0 == pair {
            total += shares[at].1;
            fractional |= shares[at].2;
            at += 1;
        }
        if !fractional {
            continue;
        }
        let fraction = total - total.floor();
        #[allow(clippy::cast_precision_loss)]
        let size = (case.volume(pair.0) as f64 + case.volume(pair.1) as f64) / largest as f64;
        // a pair that is not fractional still halves the case, but only where there is nothing better
        let undecided = fraction > 0.01 && fraction < 0.99;
        let score = if undecided { 10.0 - 4.0 * (fraction - 0.6).abs() + 0.5 * size } else { size };
        pairs.push((pair, score));
    }
    pairs.sort_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
    pairs.truncate(most);
    pairs.into_iter().map(|(pair, _)| pair).collect()
}
