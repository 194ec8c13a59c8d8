//! One claim: its prices, and what its components together prove with them.

use super::case::{self, Ground};
use super::cases;
use super::failure::{Failure, refuted};
use super::partition::partition;
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
    for (bin, &kept) in claim.kept.iter().enumerate() {
        more(-i128::from(kept), i128::from(problem.kept(bin)))?;
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
    let mut prices = vec![0; count];
    for (bin, kind) in problem.bins().iter().enumerate() {
        let shared = claim.shared[bin];
        let kept = claim.kept.get(bin).copied().unwrap_or(0);
        if shared > 0 && kind.max_count.is_none() {
            return refuted(format!("bin type {bin} has a shared price but no maximum count"));
        }
        if kept > 0 && problem.kept(bin) == 0 {
            return refuted(format!("bin type {bin} has a price for kept bins, but none is kept"));
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

/// Greatest common divisor of two numbers that are not negative.
pub(super) fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}
