//! The checker: is every claim of a certificate true, in whole numbers, whatever the solver did?
//!
//! Everything is recomputed from the problem: which items may meet, which bins are feasible, how heavy the heaviest one
//! is (`heaviest.rs`). Nothing here is shared with the solver. A number that leaves the range of `i128`, or a search that
//! outlasts its budget, ends in [`Verdict::Undecided`], never in a panic and never in a wrong yes.

use super::case;
use super::failure::{Failure, refuted};
use super::partition::partition;
use super::{Certificate, Claim, Component, Level, Own};
use crate::budget::Budget;
use crate::problem::{Problem, Solution};

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every claim holds, and the solution, where one was given, is legal.
    Verified {
        /// The proven bound of each claim, first claim first; 0 for infeasibility.
        bounds: Vec<u64>,
    },
    /// Something does not hold. The claim may still be true; it is not proved by this certificate.
    Refuted {
        /// Where in the certificate, in the notation of the certificate file: `claims[0].components[3].nodes[7]`.
        place: String,
        /// What is wrong there.
        why: String,
    },
    /// The budget ended first, or a number is beyond this checker's range.
    Undecided,
}

/// Checks a certificate, and a solution against it.
///
/// The claims must be a single [`Level::Infeasible`] (then there must be no solution), or a [`Level::Clusters`] and after
/// it perhaps a [`Level::Cost`] among the plans with exactly as many bins as the first claim's bound.
/// Each claim may state less than it proves, never more.
///
/// Complexity: linear in the certificate and the solution, but for the comparison of components (classes squared over
/// 64, and more where only sizes keep items apart) and the leaves by weights (a knapsack with conflicts each).
#[must_use]
pub fn check(problem: &Problem, solution: Option<&Solution>, certificate: &Certificate, budget: &Budget) -> Verdict {
    match claims(problem, solution, certificate, budget) {
        Ok(bounds) => Verdict::Verified { bounds },
        Err(Failure::Refuted { place, why }) => Verdict::Refuted { place, why },
        Err(Failure::Undecided) => Verdict::Undecided,
    }
}

fn claims(
    problem: &Problem,
    solution: Option<&Solution>,
    certificate: &Certificate,
    budget: &Budget,
) -> Result<Vec<u64>, Failure> {
    let shape: Vec<Level> = certificate.claims.iter().map(|claim| claim.level).collect();
    match shape[..] {
        [Level::Clusters] => {}
        [Level::Clusters, Level::Cost { clusters }] => {
            if clusters != certificate.claims[0].bound {
                return refuted("the cost is bounded for another number of clusters than the first claim's bound")
                    .map_err(|e: Failure| e.under("claims[1]"));
            }
        }
        [Level::Infeasible] => {
            if solution.is_some() {
                return refuted("a plan is given for a problem claimed to have none")
                    .map_err(|e: Failure| e.under("claims[0]"));
            }
        }
        _ => {
            return refuted("the claims must be clusters, clusters and cost, or infeasible")
                .map_err(|e: Failure| e.under("claims"));
        }
    }
    let value = match solution {
        Some(solution) => Some(legal(problem, solution, budget).map_err(|e| e.under("solution"))?),
        None => None,
    };
    for (index, claim) in certificate.claims.iter().enumerate() {
        let place = format!("claims[{index}]");
        let before = index.checked_sub(1).map(|before| &certificate.claims[before]);
        check_claim(problem, claim, before, budget).map_err(|e| e.under(&place))?;
        let Some((bins, cost)) = value else { continue };
        let (what, value) = match claim.level {
            Level::Clusters => ("clusters", bins),
            Level::Cost { clusters } if bins == u128::from(clusters) => ("cost", cost),
            Level::Cost { clusters } => {
                let why = format!("the cost is bounded for {clusters} clusters, the plan has {bins}");
                return refuted(why).map_err(|e: Failure| e.under(&place));
            }
            Level::Infeasible => continue,
        };
        if value < u128::from(claim.bound) {
            let why = format!("the plan's {what} of {value} are below the bound of {}", claim.bound);
            return refuted(why).map_err(|e: Failure| e.under(&place));
        }
    }
    Ok(certificate.claims.iter().map(|claim| claim.bound).collect())
}

/// The number of bins and the cost of a solution, if it is legal. Sums saturate: a saturated load is over any capacity,
/// and a saturated number of copies is over any demand.
fn legal(problem: &Problem, solution: &Solution, budget: &Budget) -> Result<(u128, u128), Failure> {
    let mut packed = vec![0u128; problem.items().len()];
    let mut used = vec![0u128; problem.bins().len()];
    for (index, pattern) in solution.patterns.iter().enumerate() {
        let fault = |why: String| -> Result<(u128, u128), Failure> {
            Err(Failure::Refuted { place: format!("[{index}]"), why })
        };
        budget.spend((pattern.items.len() * (pattern.items.len() + problem.dimensions())) as u64 + 1)?;
        let Some(bin) = problem.bins().get(pattern.bin) else { return fault("no such bin type".into()) };
        if pattern.count == 0 {
            return fault("a pattern used 0 times".into());
        }
        used[pattern.bin] = used[pattern.bin].saturating_add(u128::from(pattern.count));
        let mut load = vec![0u128; problem.dimensions()];
        let mut last = None;
        for (position, &(item, copies)) in pattern.items.iter().enumerate() {
            let Some(kind) = problem.items().get(item) else { return fault("no such item type".into()) };
            if copies == 0 || last.is_some_and(|last| last >= item) {
                return fault("items must ascend, with at least one copy each".into());
            }
            last = Some(item);
            if !kind.eligible.contains(pattern.bin) {
                return fault(format!("item type {item} may not use bin type {}", pattern.bin));
            }
            if copies > 1 && problem.conflict(item, item) {
                return fault(format!("two copies of item type {item} conflict"));
            }
            if let Some(&(other, _)) =
                pattern.items[..position].iter().find(|&&(other, _)| problem.conflict(item, other))
            {
                return fault(format!("item types {other} and {item} conflict"));
            }
            for (load, &size) in load.iter_mut().zip(&kind.size) {
                *load = load.saturating_add(u128::from(copies) * u128::from(size));
            }
            packed[item] = packed[item].saturating_add(u128::from(copies) * u128::from(pattern.count));
        }
        if let Some(q) = (0..load.len()).find(|&q| load[q] > u128::from(bin.capacity[q])) {
            return fault(format!("holds {} of {} in dimension {q}", load[q], bin.capacity[q]));
        }
    }
    for (item, (&packed, kind)) in packed.iter().zip(problem.items()).enumerate() {
        if packed != u128::from(kind.demand) {
            return refuted(format!("item type {item}: {packed} copies packed of {}", kind.demand));
        }
    }
    let (mut bins, mut cost) = (0u128, 0u128);
    for (index, (&used, kind)) in used.iter().zip(problem.bins()).enumerate() {
        if kind.max_count.is_some_and(|max| used > u128::from(max)) {
            return refuted(format!("{used} bins of type {index}, more than there may be"));
        }
        bins = bins.saturating_add(used);
        cost = cost.saturating_add(used.saturating_mul(u128::from(kind.cost)));
    }
    Ok((bins, cost))
}

fn check_claim(problem: &Problem, claim: &Claim, before: Option<&Claim>, budget: &Budget) -> Result<(), Failure> {
    let prices = prices(problem, claim)?;
    // a bin type of which there may be none does not exist
    let bins: Vec<usize> = (0..prices.len()).filter(|&bin| problem.bins()[bin].max_count != Some(0)).collect();
    if let Some(&bin) = bins.iter().find(|&&bin| prices[bin] < 0) {
        return refuted(format!("the price of bin type {bin} is negative"));
    }
    let known = if claim.own.is_empty() { None } else { Some(counts(claim, before)?) };
    partition(problem, claim, &bins, budget)?;
    let mut total = 0i128;
    for (index, component) in claim.components.iter().enumerate() {
        let proved = match &known {
            None => case::check(problem, component, &bins, &prices, budget).map(|()| i128::from(component.bound)),
            Some(counts) => own(problem, component, claim.own[index], counts[index], &bins, &prices, budget),
        };
        let proved = proved.map_err(|e| e.under(&format!("components[{index}]")))?;
        total = total.checked_add(proved).ok_or(Failure::Undecided)?;
    }
    for (&shared, kind) in claim.shared.iter().zip(problem.bins()) {
        // where there is no maximum, `prices` made sure that there is nothing to take off
        let most = i128::from(shared).checked_mul(i128::from(kind.max_count.unwrap_or(0))).ok_or(Failure::Undecided)?;
        total = total.checked_sub(most).ok_or(Failure::Undecided)?;
    }
    if let Level::Cost { clusters } = claim.level {
        let offset = claim.offset.checked_mul(i128::from(clusters)).ok_or(Failure::Undecided)?;
        total = total.checked_sub(offset).ok_or(Failure::Undecided)?;
    }
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

/// How many bins each component has, exactly, in every plan with as many bins as this claim fixes: what the claim
/// `before` proves of each, if that adds up.
fn counts(claim: &Claim, before: Option<&Claim>) -> Result<Vec<u64>, Failure> {
    let (Level::Cost { clusters }, Some(before)) = (claim.level, before) else {
        return refuted("only a claim on the cost may have components with a scale and an offset of their own");
    };
    if claim.offset != 0 || claim.own.len() != claim.components.len() {
        return refuted("each component has an offset of its own, or the claim has one for all");
    }
    let same = items(before).eq(items(claim));
    if before.scale != 1 || before.shared.iter().any(|&shared| shared > 0) || !same {
        return refuted("the claim on the clusters does not count the bins of these components");
    }
    let counts: Vec<u64> = before.components.iter().map(|component| component.bound).collect();
    if counts.iter().map(|&count| u128::from(count)).sum::<u128>() != u128::from(clusters) {
        return refuted("the components' numbers of bins do not add up to the number of clusters");
    }
    Ok(counts)
}

fn items(claim: &Claim) -> impl Iterator<Item = &[usize]> {
    claim.components.iter().map(|component| &component.items[..])
}

/// What a component with prices of its own proves, in the prices of its claim: `g ceil((b - W N) / D)`.
fn own(
    problem: &Problem,
    component: &Component,
    own: Own,
    count: u64,
    bins: &[usize],
    prices: &[i128],
    budget: &Budget,
) -> Result<i128, Failure> {
    if own.scale == 0 {
        return refuted("the component's scale is 0");
    }
    budget.spend((component.items.len() * bins.len() * (1 + problem.dimensions())) as u64)?;
    // the component has no bin of a type that holds none of its items
    let alone = |item: usize, bin: usize| {
        let kind = &problem.items()[item];
        let room = &problem.bins()[bin].capacity;
        kind.eligible.contains(bin) && kind.size.iter().zip(room).all(|(size, room)| size <= room)
    };
    let useful = |&bin: &usize| component.items.iter().any(|&item| alone(item, bin));
    let bins: Vec<usize> = bins.iter().copied().filter(useful).collect();
    let unit = bins.iter().fold(0, |unit, &bin| gcd(unit, prices[bin])).max(1);
    let scale = i128::from(own.scale);
    let mut dear = vec![0; prices.len()];
    for &bin in &bins {
        let price = (prices[bin] / unit).checked_mul(scale).and_then(|price| price.checked_add(own.offset));
        dear[bin] = price.ok_or(Failure::Undecided)?;
        if dear[bin] < 0 {
            return refuted(format!("the component's price of bin type {bin} is negative"));
        }
    }
    case::check(problem, component, &bins, &dear, budget)?;
    let fixed = own.offset.checked_mul(i128::from(count)).ok_or(Failure::Undecided)?;
    let proved = i128::from(component.bound).checked_sub(fixed).ok_or(Failure::Undecided)?;
    let units = proved.div_euclid(scale) + i128::from(proved.rem_euclid(scale) > 0);
    units.checked_mul(unit).ok_or(Failure::Undecided)
}

/// Greatest common divisor of two numbers that are not negative.
fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The price of every bin type, and the shape of the claim's numbers.
fn prices(problem: &Problem, claim: &Claim) -> Result<Vec<i128>, Failure> {
    match claim.level {
        Level::Infeasible if claim.scale != 0 || claim.bound != 0 => {
            return refuted("a claim of infeasibility has scale 0 and bound 0");
        }
        Level::Clusters | Level::Cost { .. } if claim.scale == 0 => return refuted("the scale is 0"),
        Level::Clusters | Level::Infeasible if claim.offset != 0 => {
            return refuted("only a claim on the cost may have an offset");
        }
        _ => {}
    }
    if claim.shared.len() != problem.bins().len() {
        return refuted("one shared price a bin type is needed");
    }
    let mut prices = Vec::with_capacity(claim.shared.len());
    for (bin, (&shared, kind)) in claim.shared.iter().zip(problem.bins()).enumerate() {
        if shared > 0 && kind.max_count.is_none() {
            return refuted(format!("bin type {bin} has a shared price but no maximum count"));
        }
        let cost = if matches!(claim.level, Level::Cost { .. }) { kind.cost } else { 1 };
        let price = i128::from(claim.scale)
            .checked_mul(i128::from(cost))
            .and_then(|price| price.checked_add(i128::from(shared)))
            .and_then(|price| price.checked_add(claim.offset))
            .ok_or(Failure::Undecided)?;
        prices.push(price);
    }
    Ok(prices)
}
