//! How many bins of each type are cheapest for a load, as a linear programme.
//!
//! Its whole part is where a search in whole numbers begins, and nothing that came from here is believed.

use super::float::{NEARLY, to_float, to_integer};
use super::master::{Master, Outcome, Row, Simplex};
use crate::budget::Budget;
use crate::problem::{BinSet, BinType};

/// A load that only some bin types may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Which.
    pub bins: BinSet,
    /// The load in each resource.
    pub load: Vec<u64>,
}

/// The cheapest `bins` bins with the room for every need, parts of bins allowed and then cut off: so many whole bins of
/// each type. At most one type more than there are rows (needs times resources) loses a part. `None` where no mixture has
/// the room, the budget ends or rounding errors won. One small linear programme: as many columns as bin types.
#[must_use]
pub fn linear_mixture(kinds: &[BinType], bins: u64, needs: &[Need], budget: &Budget) -> Option<Vec<u64>> {
    let dearest = to_float(kinds.iter().map(|kind| kind.cost).max()?.max(1));
    let mut rows = vec![Row::exactly(to_float(bins))];
    let mut entries = vec![vec![(0, 1.0)]; kinds.len()];
    for (kind, entries) in kinds.iter().zip(&mut entries) {
        if let Some(most) = kind.max_count.filter(|&most| most < bins) {
            entries.push((rows.len(), 1.0));
            rows.push(Row::at_most(to_float(most)));
        }
    }
    for need in needs {
        for (q, &load) in need.load.iter().enumerate().filter(|entry| *entry.1 > 0) {
            // in shares of the largest capacity, so that tolerances mean the same for bytes and cores
            let unit = to_float(need.bins.ones().map(|kind| kinds[kind].capacity[q]).max().unwrap_or(1).max(1));
            for kind in need.bins.ones() {
                entries[kind].push((rows.len(), to_float(kinds[kind].capacity[q]) / unit));
            }
            rows.push(Row::cover(to_float(load) / unit));
        }
    }
    let mut master = Simplex::new(&rows, 0).ok()?;
    for (kind, entries) in kinds.iter().zip(&entries) {
        master.add_column(to_float(kind.cost) / dearest, entries).ok()?;
    }
    if master.solve(budget).ok()? != Outcome::Optimal {
        return None;
    }
    // what is whole but for an error of rounding is not cut
    Some(master.primal().iter().map(|count| to_integer(count + NEARLY)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(capacity: &[u64], cost: u64) -> BinType {
        BinType { capacity: capacity.to_vec(), cost, max_count: None }
    }

    fn solved(kinds: &[BinType], bins: u64, needs: &[Need]) -> Option<Vec<u64>> {
        linear_mixture(kinds, bins, needs, &Budget::of_work(1_000_000))
    }

    #[test]
    fn two_flavours_share_what_one_would_waste() {
        // 10 bins for 600 cores and 1,000 GiB: with `a` wide bins and `10 - a` deep ones 100 a + 20 (10 - a) >= 600
        // wants a >= 5, and 50 a + 150 (10 - a) >= 1,000 wants a <= 5
        let kinds = [kind(&[100, 50], 4), kind(&[20, 150], 3), kind(&[100, 150], 9)];
        let all = Need { bins: BinSet::all(3), load: vec![600, 1_000] };
        assert_eq!(solved(&kinds, 10, std::slice::from_ref(&all)), Some(vec![5, 5, 0]));
        // what only the third holds needs bins of the third
        let some = Need { bins: [2].into_iter().collect(), load: vec![190, 0] };
        let mixed = solved(&kinds, 10, &[all, some]).unwrap();
        assert_eq!(mixed[2], 1, "1.9 bins, cut off: {mixed:?}");
    }

    #[test]
    fn no_room_no_mixture() {
        let need = Need { bins: BinSet::all(1), load: vec![11] };
        assert_eq!(solved(&[kind(&[5], 1)], 2, std::slice::from_ref(&need)), None);
        assert_eq!(solved(&[kind(&[5], 1)], 3, &[need]), Some(vec![3]));
    }
}
