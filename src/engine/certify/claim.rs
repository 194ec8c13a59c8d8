//! One claim: its prices, and what its components together prove with them.

use super::case::{self, Ground};
use super::cases;
use super::failure::{Failure, refuted};
use super::partition::partition;
use super::prices::{factor, gcd, prices, taken_off};
use super::savings;
use super::united::united;
use super::{Claim, Component, Level, Own};
use crate::budget::Budget;
use crate::problem::Problem;

/// Checks one claim; `earlier` are those before it.
pub(super) fn check(problem: &Problem, claim: &Claim, earlier: &[Claim], budget: &Budget) -> Result<(), Failure> {
    if let Some(savings) = &claim.savings {
        return savings::check(problem, claim, savings, earlier, budget);
    }
    if claim.merged && factor(claim)? != 0 {
        return refuted("what only charges tell apart is not one where charges count");
    }
    let united = if claim.merged { Some(united(problem, budget)?) } else { None };
    let problem = united.as_ref().unwrap_or(problem);
    if !claim.cases.is_empty() {
        return cases::check(problem, claim, earlier, budget);
    }
    match claim.level {
        Level::Infeasible if claim.scale != 0 || claim.bound != 0 => {
            return refuted("a claim of infeasibility has scale 0 and bound 0");
        }
        Level::Clusters | Level::Cost | Level::Moves if claim.scale == 0 => return refuted("the scale is 0"),
        _ => {}
    }
    let bins: Vec<usize> = (0..problem.bins().len()).filter(|&bin| problem.exists(bin)).collect();
    let prices = prices(problem, claim, &bins, &vec![0; problem.bins().len()])?;
    let factor = factor(claim)?;
    let known = if claim.own.is_empty() { None } else { Some(counts(claim, earlier)?) };
    partition(problem, claim, &bins, budget)?;
    let ground = Ground { problem, bins: &bins, prices: &prices, factor, unit: 1 };
    let mut total = 0i128;
    for (index, component) in claim.components.iter().enumerate() {
        let proved = match &known {
            None => case::check(&ground, component, budget).map(|()| i128::from(component.bound)),
            Some(counts) => own(&ground, component, claim.own[index], counts[index], budget),
        };
        let proved = proved.map_err(|e| e.under(&format!("components[{index}]")))?;
        total = total.checked_add(proved).ok_or(Failure::Undecided)?;
    }
    let total = total.checked_sub(taken_off(problem, claim, earlier)?).ok_or(Failure::Undecided)?;
    if claim.level == Level::Infeasible {
        if total <= 0 {
            return refuted("the components together do not pass what the maximum counts allow");
        }
        return Ok(());
    }
    // bound <= ceil(total / scale), that is scale * (bound - 1) < total
    let below = i128::from(claim.scale).checked_mul(i128::from(claim.bound) - 1).ok_or(Failure::Undecided)?;
    if claim.bound > 0 && below >= total {
        return refuted(format!(
            "the components prove {total} over {}, less than the bound of {}",
            claim.scale, claim.bound
        ));
    }
    Ok(())
}

/// How many bins each component has, exactly, in every plan with as many bins as the first claim's value: what that claim
/// proves of each, if it adds up.
fn counts(claim: &Claim, earlier: &[Claim]) -> Result<Vec<u64>, Failure> {
    let none = |list: &[u64]| list.iter().all(|&price| price == 0);
    let Some(first) = earlier.first().filter(|first| first.level == Level::Clusters) else {
        return refuted("only after a claim on the clusters may components have a scale and an offset of their own");
    };
    if claim.prices != super::Prices::default() || !none(&claim.kept) || claim.own.len() != claim.components.len() {
        return refuted("each component has an offset of its own, or the claim has prices for all");
    }
    let plain = first.scale == 1 && first.prices == super::Prices::default();
    let unpriced = none(&first.shared) && none(&first.limits) && none(&first.kept);
    if !plain || !unpriced || first.merged != claim.merged || !items(first).eq(items(claim)) {
        return refuted("the claim on the clusters does not count the bins of these components");
    }
    let counts: Vec<u64> = first.components.iter().map(|component| component.bound).collect();
    if Some(counts.iter().map(|&count| u128::from(count)).sum()) != first.value.map(u128::from) {
        return refuted("the components' numbers of bins do not add up to the number of clusters");
    }
    Ok(counts)
}

fn items(claim: &Claim) -> impl Iterator<Item = &[usize]> {
    claim.components.iter().map(|component| &component.items[..])
}

/// What a component with prices of its own proves, in the prices of its claim: `g ceil((b - W N) / D)`.
fn own(ground: &Ground, component: &Component, own: Own, count: u64, budget: &Budget) -> Result<i128, Failure> {
    if own.scale == 0 {
        return refuted("the component's scale is 0");
    }
    let Ground { problem, bins, prices, factor, .. } = *ground;
    budget.spend((component.items.len() * bins.len() * (1 + problem.dimensions())) as u64)?;
    // the component has no bin of a type that holds none of its items
    let alone = |item: usize, bin: usize| {
        let kind = &problem.items()[item];
        let room = &problem.bins()[bin].capacity;
        kind.eligible.contains(bin) && kind.size.iter().zip(room).all(|(size, room)| size <= room)
    };
    let useful = |&bin: &usize| component.items.iter().any(|&item| alone(item, bin));
    let bins: Vec<usize> = bins.iter().copied().filter(useful).collect();
    let mut unit = bins.iter().fold(0, |unit, &bin| gcd(unit, prices[bin]));
    // charges of its items in these bins count too; prices and charges that are not negative have a divisor
    if factor < 0 {
        return refuted("charges have a negative price");
    }
    if factor > 0 {
        for &item in &component.items {
            for &bin in bins.iter().filter(|&&bin| alone(item, bin)) {
                let charge = factor.checked_mul(problem.charge(item, bin).into()).ok_or(Failure::Undecided)?;
                unit = gcd(unit, charge);
            }
        }
    }
    let unit = unit.max(1);
    let scale = i128::from(own.scale);
    let mut dear = vec![0; prices.len()];
    for &bin in &bins {
        let price = (prices[bin] / unit).checked_mul(scale).and_then(|price| price.checked_add(own.offset));
        dear[bin] = price.ok_or(Failure::Undecided)?;
        if dear[bin] < 0 {
            return refuted(format!("the component's price of bin type {bin} is negative"));
        }
    }
    let factor = factor.checked_mul(scale).ok_or(Failure::Undecided)?;
    case::check(&Ground { problem, bins: &bins, prices: &dear, factor, unit }, component, budget)?;
    let fixed = own.offset.checked_mul(i128::from(count)).ok_or(Failure::Undecided)?;
    let proved = i128::from(component.bound).checked_sub(fixed).ok_or(Failure::Undecided)?;
    let units = proved.div_euclid(scale) + i128::from(proved.rem_euclid(scale) > 0);
    units.checked_mul(unit).ok_or(Failure::Undecided)
}
