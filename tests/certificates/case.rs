//! What the nodes of a tree make of a component, in a model of its own: everything is tried, nothing is clever.

use tenantry::engine::Problem;

/// What a prover may get wrong about excluded bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A bin must weigh one more than it need.
    Sharper,
    /// The plan costs one less than it need.
    TwoBelow,
    /// All bins cost what the dearest does.
    DearestPrice,
    /// A merged item weighs nothing.
    MergedWeighNothing,
    /// A merged item weighs what one of its parts does.
    MergedWeighOne,
    /// Items that weigh nothing at the leaf are not looked at when a bin is judged.
    WeightlessItems,
    /// Some bin is heavier than the exclusion says.
    CapacityTooSmall,
    /// An exclusion is still believed beside the node that it is for.
    NeverEnds,
}

impl Flaw {
    pub const ALL: [Self; 8] = [
        Self::Sharper,
        Self::TwoBelow,
        Self::DearestPrice,
        Self::MergedWeighNothing,
        Self::MergedWeighOne,
        Self::WeightlessItems,
        Self::CapacityTooSmall,
        Self::NeverEnds,
    ];
}

/// A plan below the goal has no bin of type `t` that weighs less than `least[t]`.
#[derive(Clone)]
pub struct Exclusion {
    weights: Vec<u64>,
    least: Vec<i128>,
}

impl Exclusion {
    /// `prices` are those of all bin types.
    pub fn new(case: &Case, weights: &[u64], capacity: u64, goal: u64, prices: &[u64], flaw: Option<Flaw>) -> Self {
        let total: i128 = weights.iter().zip(&case.demand).map(|(&w, &d)| i128::from(w) * i128::from(d)).sum();
        let least = |&price: &u64| {
            let rest = i128::from(goal)
                - 1
                - match flaw {
                    Some(Flaw::TwoBelow) => i128::from(price) + 1,
                    Some(Flaw::DearestPrice) => prices.iter().max().map_or(0, |&dearest| dearest.into()),
                    _ => i128::from(price),
                };
            total - i128::from(capacity) * rest + i128::from(flaw == Some(Flaw::Sharper))
        };
        Self { weights: weights.to_vec(), least: prices.iter().map(least).collect() }
    }
}

#[derive(Clone)]
pub struct Case {
    pub size: Vec<Vec<u64>>,
    pub demand: Vec<u64>,
    pub eligible: Vec<Vec<bool>>,
    pub conflict: Vec<Vec<bool>>,
    pub exclusions: Vec<Exclusion>,
}

impl Case {
    pub fn together(&self, a: usize, b: usize, flaw: Option<Flaw>) -> Self {
        let mut case = self.clone();
        case.demand[a] -= 1;
        case.demand[b] -= 1;
        case.demand.push(1);
        case.size.push(self.size[a].iter().zip(&self.size[b]).map(|(a, b)| a + b).collect());
        case.eligible.push(self.eligible[a].iter().zip(&self.eligible[b]).map(|(&a, &b)| a && b).collect());
        let mut row: Vec<bool> = (0..self.size.len()).map(|c| self.conflict[a][c] || self.conflict[b][c]).collect();
        for (old, &new) in case.conflict.iter_mut().zip(&row) {
            old.push(new);
        }
        row.push(true);
        case.conflict.push(row);
        for Exclusion { weights, .. } in &mut case.exclusions {
            weights.push(match flaw {
                Some(Flaw::MergedWeighNothing) => 0,
                Some(Flaw::MergedWeighOne) => weights[a],
                _ => weights[a] + weights[b],
            });
        }
        case
    }

    pub fn apart(&self, a: usize, b: usize) -> Self {
        let mut case = self.clone();
        case.conflict[a][b] = true;
        case.conflict[b][a] = true;
        case
    }

    /// Without the bins that are excluded. An exclusion of a smaller case says nothing of the items made since.
    pub fn without(&self, mut exclusion: Exclusion) -> Self {
        let mut case = self.clone();
        exclusion.weights.resize(self.size.len(), 0);
        case.exclusions.push(exclusion);
        case
    }

    pub fn fits(&self, problem: &Problem, item: usize, bin: usize) -> bool {
        self.eligible[item][bin]
            && (0..problem.dimensions()).all(|q| self.size[item][q] <= problem.bins()[bin].capacity[q])
    }

    /// Weight of the heaviest feasible bin of a type that is not excluded, from `item` on.
    pub fn heaviest(
        &self,
        problem: &Problem,
        bin: usize,
        weights: &[u64],
        flaw: Option<Flaw>,
        item: usize,
        content: &mut Vec<usize>,
    ) -> u64 {
        if item == self.size.len() {
            let judged = || content.iter().filter(|&&item| flaw != Some(Flaw::WeightlessItems) || weights[item] > 0);
            let excluded = self.exclusions.iter().any(|other| {
                let weight: u64 = judged().map(|&item| other.weights[item]).sum();
                i128::from(weight) < other.least[bin]
            });
            return if excluded { 0 } else { content.iter().map(|&item| weights[item]).sum() };
        }
        let mut best = self.heaviest(problem, bin, weights, flaw, item + 1, content);
        let before = content.len();
        for _ in 0..self.demand[item] {
            if !self.eligible[item][bin] || content.iter().any(|&other| self.conflict[item][other]) {
                break;
            }
            content.push(item);
            let load = |q: usize| content.iter().map(|&item| self.size[item][q]).sum::<u64>();
            if (0..problem.dimensions()).any(|q| load(q) > problem.bins()[bin].capacity[q]) {
                break;
            }
            best = best.max(self.heaviest(problem, bin, weights, flaw, item + 1, content));
        }
        content.truncate(before);
        best
    }
}
