//! Cuts: bins that hold one of some classes are as many, at least, as all of them need together.
//!
//! What a class needs is rounded up alone in its least number of bins; what two that share bins need is rounded up together, and sand that is
//! spread thin over many sets of classes breaks such rows. They are found greedily, around each class.

use super::classes::Classes;
use crate::budget::{Budget, Stop};

/// Classes of which so many bins hold one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Union {
    /// Ascending.
    pub classes: Vec<usize>,
    pub bins: Bins,
}

/// A number of bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bins {
    /// At least so many.
    Least(u64),
    /// At most so many.
    Most(u64),
}

impl Bins {
    pub fn number(self) -> u64 {
        let (Self::Least(number) | Self::Most(number)) = self;
        number
    }
}

/// Most unions of a round.
const MOST: usize = 40;
/// Classes of a union at most.
const WIDEST: usize = 16;
/// Fewer bins than this too few are none.
const BROKEN: f64 = 1e-3;

/// Unions that so many bins of these sets of classes break, those first that they break the most. Complexity: a round for each class, of sets and classes times the classes
/// of a union.
///
/// # Errors
/// [`Stop`].
pub(super) fn broken(classes: &Classes, bins: &[(&[usize], f64)], budget: &Budget) -> Result<Vec<Union>, Stop> {
    let open: Vec<(&[usize], f64)> = bins.iter().copied().filter(|&(_, bins)| bins > BROKEN).collect();
    let entries: usize = open.iter().map(|(set, _)| set.len()).sum();
    let mut found: Vec<(f64, Union)> = Vec::new();
    for first in 0..classes.len() {
        let mut loads = vec![0u128; classes.dimensions()];
        let mut members: Vec<usize> = Vec::new();
        // those that hold none of the members yet
        let mut apart = open.clone();
        let mut held = 0.0;
        let mut next = Some(first);
        while let Some(class) = next {
            members.push(class);
            (0..loads.len()).for_each(|q| loads[q] += classes.all[class][q]);
            held += apart.iter().filter(|(set, _)| set.contains(&class)).map(|(_, bins)| bins).sum::<f64>();
            apart.retain(|(set, _)| !set.contains(&class));
            let least = classes.bins_for(&loads);
            if least as f64 - held > BROKEN {
                let mut sorted = members.clone();
                sorted.sort_unstable();
                found.push((least as f64 - held, Union { classes: sorted, bins: Bins::Least(least) }));
            }
            if members.len() >= WIDEST {
                break;
            }
            budget.spend((entries + classes.len() * loads.len()) as u64)?;
            let mut more = vec![0.0; classes.len()];
            for (set, bins) in &apart {
                set.iter().for_each(|&class| more[class] += bins);
            }
            let gap = |class: usize| {
                let with: Vec<u128> = loads.iter().zip(&classes.all[class]).map(|(a, b)| a + b).collect();
                (classes.bins_for(&with) as f64 - more[class], -more[class])
            };
            let others = (0..classes.len()).filter(|class| !members.contains(class)).map(|class| (gap(class), class));
            next = others
                .max_by(|(a, x), (b, y)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(y.cmp(x)))
                .map(|(_, class)| class);
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.classes.cmp(&b.1.classes)));
    found.dedup_by(|a, b| a.1.classes == b.1.classes);
    found.truncate(MOST);
    Ok(found.into_iter().map(|(_, union)| union).collect())
}
