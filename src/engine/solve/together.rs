//! The components together: their packings as one, and what their bounds add up to.

use super::part::Part;
use crate::certify::{Claim, Component};
use crate::exact::bin_types::retype;
use crate::problem::{Problem, Solution};

/// What the level of counts found.
pub(super) struct Fewest {
    /// The components, if they were enough; one part with everything in it, if maximum counts joined them.
    pub parts: Vec<Part>,
    /// Whether maximum counts joined them.
    pub joint: bool,
    /// The best packing within the maximum counts.
    pub solution: Option<Solution>,
    /// There is none.
    pub impossible: bool,
    /// No packing has fewer bins.
    pub lower: u64,
    /// What proves that, or part of it.
    pub claim: Claim,
}

impl Fewest {
    /// Every component for itself.
    pub fn apart(problem: &Problem, parts: Vec<Part>, solution: Option<Solution>) -> Self {
        let impossible = parts.iter().any(|part| part.impossible);
        let (lower, claim) = (sum_of_bounds(&parts), counted(problem, &parts));
        Self { parts, joint: false, solution, impossible, lower, claim }
    }
}

/// The packing with the cheapest bin types within the maximum counts, or as it is; `None` if neither is legal.
pub(super) fn legal(problem: &Problem, found: &Solution) -> Option<Solution> {
    let retyped = retype(problem, found).filter(|found| found.check(problem).is_ok());
    retyped.or_else(|| found.check(problem).is_ok().then(|| found.clone()))
}

pub(super) fn sum_of_bounds(parts: &[Part]) -> u64 {
    parts.iter().fold(0, |sum, part| sum.saturating_add(part.lower))
}

/// The packings of all parts as one.
pub(super) fn together(problem: &Problem, parts: &[Part]) -> Option<Solution> {
    let mut patterns = Vec::new();
    for part in parts {
        patterns.extend(part.restored(problem)?.patterns);
    }
    Some(Solution { patterns })
}

/// How many bins each component has, in every packing with as many as the claim proves, where it prices nothing but bins, all alike: see
/// [`Own`](crate::certify::Own).
pub(super) fn numbers(claim: &Claim) -> Option<Vec<u64>> {
    let none = |prices: &[u64]| prices.iter().all(|&price| price == 0);
    let plain = claim.scale == 1 && none(&claim.shared) && none(&claim.limits) && none(&claim.kept);
    let counts: Vec<u64> = claim.components.iter().map(|component| component.bound).collect();
    let sum = counts.iter().fold(0, |sum: u64, &count| sum.saturating_add(count));
    (plain && sum == claim.bound).then_some(counts)
}

/// The claim that the parts' bounds add up to.
pub(super) fn counted(problem: &Problem, parts: &[Part]) -> Claim {
    let prices = vec![1; problem.bins().len()];
    let components: Vec<Component> = parts.iter().map(|part| part.component(problem, &prices)).collect();
    let bound = components.iter().fold(0u64, |sum: u64, part: &Component| sum.saturating_add(part.bound));
    Claim { bound, scale: 1, shared: vec![0; problem.bins().len()], components, ..Claim::default() }
}
