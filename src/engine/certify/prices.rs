//! The prices of a claim: of a bin of each type, of what items are charged, and what they are worth beside that.

use super::failure::{Failure, refuted};
use super::{Claim, Level};
use crate::problem::Problem;

/// What the prices of a claim take off what is proved of the bins: what maximum counts, limits and held values are worth, less what kept
/// bins add.
pub(super) fn taken_off(problem: &Problem, claim: &Claim, earlier: &[Claim]) -> Result<i128, Failure> {
    let mut total = 0i128;
    let mut more = |price: i128, most: i128| -> Result<(), Failure> {
        let worth = price.checked_mul(most).ok_or(Failure::Undecided)?;
        total = total.checked_add(worth).ok_or(Failure::Undecided)?;
        Ok(())
    };
    for (&shared, kind) in claim.shared.iter().zip(problem.bins()) {
        // where there is no maximum, `prices` made sure that there is nothing to take off
        more(i128::from(shared), i128::from(kind.max_count.unwrap_or(0)))?;
    }
    for (&price, limit) in claim.limits.iter().zip(&problem.terms().limits) {
        more(i128::from(price), i128::from(limit.most))?;
    }
    for (_, price, count) in claim.in_every_plan(problem) {
        more(-i128::from(price), i128::from(count))?;
    }
    for (price, most) in held(problem, claim, earlier)? {
        more(price, i128::from(most))?;
    }
    Ok(total)
}

/// The levels with a price other than 0, each with what its value is held at: at most, where the price takes that off;
/// at least, where it adds it.
fn held(problem: &Problem, claim: &Claim, earlier: &[Claim]) -> Result<Vec<(i128, u64)>, Failure> {
    let most = problem.terms().most;
    let levels = [
        (Level::Clusters, claim.prices.clusters, most.clusters),
        (Level::Cost, claim.prices.cost, most.cost),
        (Level::Moves, claim.prices.moves, most.moves),
    ];
    let mut held = Vec::new();
    for (level, price, limit) in levels.into_iter().filter(|level| level.1 != 0) {
        let before = earlier.iter().find(|other| other.level == level);
        let value = before.and_then(|before| before.value);
        let highest = value.into_iter().chain(limit).min();
        let (Some(highest), true) = (highest, level != claim.level) else {
            return refuted("a price on a value that is neither that of an earlier level nor limited");
        };
        held.push((price, if price > 0 { highest } else { before.map_or(0, |before| before.bound) }));
    }
    Ok(held)
}

/// The price of every bin type, `more` included, and the shape of the claim's numbers. Those that exist have none below 0.
pub(super) fn prices(problem: &Problem, claim: &Claim, bins: &[usize], more: &[i128]) -> Result<Vec<i128>, Failure> {
    let (count, limits) = (problem.bins().len(), &problem.terms().limits);
    let shape = |list: &[u64], wanted: usize| list.is_empty() || list.len() == wanted;
    if claim.shared.len() != count || !shape(&claim.kept, count) || !shape(&claim.limits, limits.len()) {
        return refuted("one price a bin type and a limit is needed");
    }
    if let Some((bin, ..)) = claim.in_every_plan(problem).into_iter().find(|&(.., count)| count == 0) {
        return refuted(format!("bin type {bin} has a price for bins that are in every plan, but none need be"));
    }
    let mut prices = vec![0; count];
    for (bin, kind) in problem.bins().iter().enumerate() {
        let shared = claim.shared[bin];
        let kept = claim.kept.get(bin).copied().unwrap_or(0);
        if shared > 0 && kind.max_count.is_none() {
            return refuted(format!("bin type {bin} has a shared price but no maximum count"));
        }
        let of = |level: Level, price: i128| {
            let scale = if level == claim.level { i128::from(claim.scale) } else { 0 };
            scale.checked_add(price)
        };
        let price = (|| {
            let counted = of(Level::Clusters, claim.prices.clusters)?;
            let paid = of(Level::Cost, claim.prices.cost)?.checked_mul(kind.cost.into())?;
            let groups = limits.iter().zip(&claim.limits).filter(|(limit, _)| limit.bins.contains(bin));
            // at most 2^64 limits of less than 2^64 each
            let groups: u128 = groups.map(|(_, &price)| u128::from(price)).sum();
            let raised = i128::from(shared).checked_add(i128::try_from(groups).ok()?)?;
            counted.checked_add(paid)?.checked_add(raised)?.checked_add(more[bin])?.checked_sub(kept.into())
        })();
        prices[bin] = price.ok_or(Failure::Undecided)?;
    }
    if let Some(&bin) = bins.iter().find(|&&bin| prices[bin] < 0) {
        return refuted(format!("the price of bin type {bin} is negative"));
    }
    Ok(prices)
}

/// How often a charge counts.
pub(super) fn factor(claim: &Claim) -> Result<i128, Failure> {
    let scale = if claim.level == Level::Moves { i128::from(claim.scale) } else { 0 };
    scale.checked_add(claim.prices.moves).ok_or(Failure::Undecided)
}

/// Greatest common divisor of two numbers that are not negative.
pub(super) fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}
