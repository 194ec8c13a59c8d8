//! Prices of resources made whole: what a claim must charge for bins so that none holds more than it is worth.

use super::counts::cost_of;
use crate::certify::{Claim, Level, Prices};
use crate::problem::Problem;

/// A claim without components, and the price of each bin type under it.
#[derive(Clone, Debug)]
pub struct Priced {
    /// Scale, shared prices, those of limits and of bins that are in every plan, and of the number of bins where that is held.
    pub claim: Claim,
    /// `p_t`.
    pub bins: Vec<u64>,
}

/// The prices at which every bin of type `t` costs at least what its capacity is worth, a unit of resource `q` being worth
/// `lambda[q]`: `scale`, `limits` and `held` (for the number of bins, where an earlier level holds it) are raised where
/// they are too low for a bin type without a maximum of its own. `None` where nothing can be raised, or a number does not fit.
#[must_use]
pub fn priced(
    problem: &Problem,
    level: Level,
    lambda: &[u64],
    limits: &[u64],
    scale: u64,
    held: Option<u64>,
) -> Option<Priced> {
    let terms = problem.terms();
    let mut limits = limits.to_vec();
    let (mut scale, mut price) = (scale.max(1), held.unwrap_or(0));
    let useful: Vec<bool> = (0..problem.bins().len())
        .map(|bin| problem.exists(bin) && (0..problem.items().len()).any(|item| problem.fits_alone(item, bin)))
        .collect();
    let worth = |bin: usize| -> Option<u64> {
        let parts = problem.bins()[bin].capacity.iter().zip(lambda);
        let sum = parts.map(|(&capacity, &price)| u128::from(capacity) * u128::from(price)).sum::<u128>();
        u64::try_from(sum).ok().filter(|&worth| worth < 1 << 62)
    };
    let grouped = |limits: &[u64], bin: usize| -> u64 {
        let groups = terms.limits.iter().zip(limits).filter(|(limit, _)| limit.bins.contains(bin));
        groups.fold(0u64, |sum, (_, &price)| sum.saturating_add(price))
    };
    for bin in (0..useful.len()).filter(|&bin| useful[bin] && problem.bins()[bin].max_count.is_none()) {
        let over = worth(bin)?.saturating_sub(price).saturating_sub(grouped(&limits, bin));
        let cost = cost_of(problem, level, bin);
        if over == 0 || over.div_ceil(cost.max(1)) <= scale && cost > 0 {
            continue;
        }
        if cost > 0 {
            scale = over.div_ceil(cost);
        } else if let Some(at) = terms.limits.iter().position(|limit| limit.bins.contains(bin)) {
            limits[at] = limits[at].checked_add(over)?;
        } else if held.is_some() {
            price = price.checked_add(over)?;
        } else {
            return None;
        }
    }
    let mut priced = Priced { claim: Claim::default(), bins: vec![0; useful.len()] };
    let (mut shared, mut kept) = (vec![0; useful.len()], vec![0; useful.len()]);
    let least = problem.least();
    for bin in 0..useful.len() {
        let worth = if useful[bin] { worth(bin)? } else { 0 };
        let own = scale.checked_mul(cost_of(problem, level, bin))?.checked_add(price)?;
        let plain = own.checked_add(grouped(&limits, bin))?;
        if problem.bins()[bin].max_count.is_some() {
            shared[bin] = worth.saturating_sub(plain);
        }
        let raised = plain.checked_add(shared[bin])?;
        if least[bin] > 0 {
            kept[bin] = raised - worth.min(raised);
        }
        priced.bins[bin] = raised - kept[bin];
    }
    let prices = Prices { clusters: i128::from(price), ..Prices::default() };
    priced.claim = Claim { level, scale, prices, shared, limits, kept, ..Claim::default() };
    Some(priced)
}
