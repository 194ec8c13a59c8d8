//! Branches on how many bins there are of some types.

use super::failure::{Failure, refuted};
use crate::problem::Problem;

/// A branch on the way: at most so many bins of these types, or more.
pub(super) struct Turn<'a> {
    pub bins: &'a [usize],
    pub most: u64,
    pub few: bool,
}

/// Bin types of a branch: ascending, known, at least one.
pub(super) fn named(problem: &Problem, bins: &[usize]) -> Result<(), Failure> {
    let ascending = bins.windows(2).all(|pair| pair[0] < pair[1]);
    if !ascending || bins.last().is_none_or(|&bin| bin >= problem.bins().len()) {
        return refuted("ascending bin types are needed");
    }
    Ok(())
}

/// What prices on the branches of a path are worth: what they add to what is proved, and to the price of a bin of each type.
pub(super) fn turned(problem: &Problem, path: &[Turn], prices: &[u64]) -> Result<(i128, Vec<i128>), Failure> {
    let mut total = 0i128;
    let mut turned = vec![0i128; problem.bins().len()];
    for (&price, turn) in prices.iter().zip(path) {
        let (sign, count) = if turn.few { (1, i128::from(turn.most)) } else { (-1, i128::from(turn.most) + 1) };
        let worth = i128::from(price).checked_mul(count).ok_or(Failure::Undecided)?;
        total = total.checked_sub(sign * worth).ok_or(Failure::Undecided)?;
        for &bin in turn.bins {
            turned[bin] = turned[bin].checked_add(sign * i128::from(price)).ok_or(Failure::Undecided)?;
        }
    }
    Ok((total, turned))
}
