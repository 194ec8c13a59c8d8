//! Random claims by cases, each step proved by trying everything.

use tenantry::engine::random::Random;
use tenantry::engine::{CaseNode, CasePrices, Claim, Level, Problem};

use super::exhaustive::in_every_plan;
use super::prover::{Case, Flaw, existing};

/// What a prover may get wrong about cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// As in a claim without cases.
    Of(Flaw),
    /// Where a branch says at most, there is one bin less.
    FewOneLess,
    /// Where a branch says more, there is one bin more than that.
    ManyOneMore,
    /// What a branch is worth counts, but bins are not cheaper by it.
    OnlyAdds,
    /// Where a branch says more, it says at most, too.
    ManyIsFew,
    /// Values are multiples of the highest cost or charge.
    LargerUnit,
    /// That there is no plan is shown by nothing, too.
    NothingIsEnough,
}

impl Fault {
    pub const ALL: [Self; 13] = [
        Self::Of(Flaw::ValueForBound),
        Self::Of(Flaw::BoundForValue),
        Self::Of(Flaw::KeptAreNotCheaper),
        Self::Of(Flaw::LimitOnceLess),
        Self::Of(Flaw::HighestCharge),
        Self::Of(Flaw::UnitsAreOne),
        Self::Of(Flaw::HeldOneLess),
        Self::FewOneLess,
        Self::ManyOneMore,
        Self::OnlyAdds,
        Self::ManyIsFew,
        Self::LargerUnit,
        Self::NothingIsEnough,
    ];
}

/// Bin types, a number, and whether there are at most so many.
type Turn = (Vec<usize>, u64, bool);

struct Aim<'a> {
    problem: &'a Problem,
    level: Level,
    earlier: &'a [Claim],
    exists: Vec<usize>,
    unit: i128,
    fault: Option<Fault>,
}

/// A claim on a level after these; `None` where nothing that can be said was found.
pub fn claim(
    problem: &Problem,
    level: Level,
    earlier: &[Claim],
    fault: Option<Fault>,
    random: &mut Random,
) -> Option<Claim> {
    let exists = existing(problem);
    let mut worths: Vec<u64> = match level {
        Level::Cost => exists.iter().map(|&bin| problem.bins()[bin].cost).collect(),
        Level::Moves => {
            let charges = problem.terms().charges.iter();
            charges.flat_map(|charge| charge.except.iter().map(|one| one.1).chain([charge.base])).collect()
        }
        _ => vec![1],
    };
    worths.retain(|&worth| worth > 0);
    let most = worths.iter().copied().max().unwrap_or(1);
    let unit = (1..=most).rev().find(|unit| worths.iter().all(|worth| worth % unit == 0)).unwrap_or(1);
    let unit = if fault == Some(Fault::LargerUnit) { most } else { unit };
    let aim = Aim { problem, level, earlier, exists, unit: unit.into(), fault };
    let items: Vec<usize> = (0..problem.items().len()).collect();
    let flaw = aim.flaw();
    let mut nodes = Vec::new();
    let depth = random.below(4);
    let bound =
        aim.tree(&|factor| Case::new(problem, &items, factor, flaw), &mut Vec::new(), depth, &mut nodes, random)?;
    let (scale, bound) = match level {
        Level::Infeasible if bound == NONE => (0, 0),
        Level::Infeasible => return None,
        _ if bound == NONE => (1, 30),
        _ => (1, u64::try_from(bound.max(0)).ok()?),
    };
    let shared = vec![0; problem.bins().len()];
    Some(Claim { level, bound, scale, shared, cases: nodes, ..Claim::default() })
}

/// What is proved of a case that has no plan.
const NONE: i128 = i128::MAX;

impl Aim<'_> {
    fn flaw(&self) -> Option<Flaw> {
        match self.fault {
            Some(Fault::Of(flaw)) => Some(flaw),
            _ => None,
        }
    }

    /// Appends a proof for the case, given as what it is with charges that count so often, and says how much it proves; `None` where
    /// some leaf proves nothing.
    fn tree(
        &self,
        case: &dyn Fn(i128) -> Case,
        path: &mut Vec<Turn>,
        depth: u64,
        nodes: &mut Vec<CaseNode>,
        random: &mut Random,
    ) -> Option<i128> {
        let (problem, plain, flaw) = (self.problem, case(1), self.flaw());
        let nowhere = |case: &Case, item: usize| !self.exists.iter().any(|&bin| case.fits(problem, item, bin));
        let items = plain.size.len();
        if let Some(item) = (0..items).find(|&item| plain.demand[item] > 0 && nowhere(&plain, item)) {
            nodes.push(CaseNode::Unplaceable { item });
            return Some(NONE);
        }
        if depth > 0 && random.below(2) == 0 {
            let bins = problem.bins().len();
            let mut group: Vec<usize> = (0..bins).filter(|_| random.below(2) == 0).collect();
            if group.is_empty() {
                group.push(random.index(bins));
            }
            let most = random.below(3);
            path.push((group.clone(), most, true));
            let few = self.tree(case, path, depth - 1, nodes, random)?;
            let few_at = nodes.len() - 1;
            path.last_mut().expect("just pushed").2 = false;
            let many = self.tree(case, path, depth - 1, nodes, random)?;
            let many_at = nodes.len() - 1;
            path.pop();
            nodes.push(CaseNode::Count { bins: group, most, few: few_at, many: many_at });
            return Some(few.min(many));
        }
        if depth > 0 && items > 0 {
            let (a, b) = (random.index(items), random.index(items));
            let copies = if a == b { plain.demand[a] >= 2 } else { plain.demand[a] >= 1 && plain.demand[b] >= 1 };
            if copies {
                let possible = !plain.conflict[a][b] && !nowhere(&plain.together(a, b, None), items);
                let mut least = NONE;
                let mut together = None;
                if possible {
                    let below = |factor: i128| case(factor).together(a, b, flaw);
                    least = self.tree(&below, path, depth - 1, nodes, random)?;
                    together = Some(nodes.len() - 1);
                }
                let below = |factor: i128| case(factor).apart(a, b);
                least = least.min(self.tree(&below, path, depth - 1, nodes, random)?);
                let apart = nodes.len() - 1;
                nodes.push(CaseNode::Branch { a, b, together, apart });
                return Some(least);
            }
        }
        let mut best: Option<(i128, CasePrices)> = None;
        for _ in 0..16 {
            if let Some((bound, leaf)) = self.leaf(case, path, random)
                && best.as_ref().is_none_or(|(found, _)| bound > *found)
            {
                best = Some((bound, leaf));
            }
        }
        let (bound, leaf) = best?;
        nodes.push(CaseNode::Prices(leaf));
        Some(bound)
    }

    /// Random prices and weights, and what they prove, if anything.
    fn leaf(&self, case: &dyn Fn(i128) -> Case, path: &[Turn], random: &mut Random) -> Option<(i128, CasePrices)> {
        let (problem, terms, flaw) = (self.problem, self.problem.terms(), self.flaw());
        let bins = problem.bins();
        let scale = if self.level == Level::Infeasible { 0 } else { [0, 1, 1, 1, 2][random.index(5)] };
        let some = |random: &mut Random| [0, 0, 1, 2, 4][random.index(5)];
        let mut total = 0i128;
        let mut held = [0i64; 3];
        for (at, (level, limit)) in
            [(Level::Clusters, terms.most.clusters), (Level::Cost, terms.most.cost), (Level::Moves, terms.most.moves)]
                .into_iter()
                .enumerate()
        {
            let before = self.earlier.iter().find(|claim| claim.level == level);
            let value = before.and_then(|claim| claim.value).into_iter().chain(limit).min();
            let Some(value) = value.filter(|_| level != self.level && random.below(3) > 0) else { continue };
            held[at] = random.below(7) as i64 - 3;
            let proved = before.map_or(0, |claim| claim.bound);
            let worth = match (held[at] >= 0, flaw) {
                (false, Some(Flaw::ValueForBound)) => value,
                (true, Some(Flaw::BoundForValue)) => proved,
                (true, Some(Flaw::HeldOneLess)) => value.saturating_sub(1),
                (true, _) => value,
                (false, _) => proved,
            };
            total -= i128::from(held[at]) * i128::from(worth);
        }
        let shared: Vec<u64> = bins.iter().map(|bin| if bin.max_count.is_some() { some(random) } else { 0 }).collect();
        let limits: Vec<u64> = terms.limits.iter().map(|_| some(random)).collect();
        let turns: Vec<u64> = path.iter().map(|_| some(random)).collect();
        total -=
            shared.iter().zip(bins).map(|(&shared, bin)| i128::from(shared * bin.max_count.unwrap_or(0))).sum::<i128>();
        for (&price, limit) in limits.iter().zip(&terms.limits) {
            let most = if flaw == Some(Flaw::LimitOnceLess) { limit.most.saturating_sub(1) } else { limit.most };
            total -= i128::from(price * most);
        }
        let few = |turn: &Turn| turn.2 || self.fault == Some(Fault::ManyIsFew);
        for (&price, turn) in turns.iter().zip(path) {
            let most = turn.1;
            total += match few(turn) {
                true if self.fault == Some(Fault::FewOneLess) => -i128::from(price * most.saturating_sub(1)),
                true => -i128::from(price * most),
                false if self.fault == Some(Fault::ManyOneMore) => i128::from(price * (most + 2)),
                false => i128::from(price * (most + 1)),
            };
        }
        let raised = |bin: usize| {
            let own = |level: Level, price: i64| i128::from(price) + if level == self.level { scale.into() } else { 0 };
            let groups = terms.limits.iter().zip(&limits).filter(|(limit, _)| limit.bins.contains(bin));
            let groups: u64 = groups.map(|(_, price)| price).sum();
            let turned = turns.iter().zip(path).filter(|(_, turn)| turn.0.contains(&bin));
            let turned: i128 =
                turned.map(|(&price, turn)| if few(turn) { price.into() } else { -i128::from(price) }).sum();
            let turned = if self.fault == Some(Fault::OnlyAdds) { turned.max(0) } else { turned };
            own(Level::Clusters, held[0])
                + own(Level::Cost, held[1]) * i128::from(bins[bin].cost)
                + i128::from(shared[bin] + groups)
                + turned
        };
        let q: Vec<i128> = (0..bins.len()).map(raised).collect();
        if self.exists.iter().any(|&bin| q[bin] < 0) {
            return None;
        }
        let keep = |bin: usize| in_every_plan(problem, bin, flaw == Some(Flaw::BoundElsewhere));
        let mut kept = vec![0u64; bins.len()];
        for &bin in self.exists.iter().filter(|&&bin| keep(bin) > 0) {
            kept[bin] = random.below(1 + q[bin] as u64);
        }
        total += (0..bins.len()).map(|bin| i128::from(kept[bin] * keep(bin))).sum::<i128>();
        let cheaper = |bin: usize| if flaw == Some(Flaw::KeptAreNotCheaper) { 0 } else { i128::from(kept[bin]) };
        let factor = i128::from(held[2]) + if self.level == Level::Moves { i128::from(scale) } else { 0 };
        let case = case(factor);
        let capacity = 1 + random.below(3);
        let weights: Vec<u64> = match random.below(3) {
            0 => vec![capacity; case.size.len()],
            1 => (0..case.size.len()).map(|_| random.below(2)).collect(),
            _ => (0..case.size.len()).map(|_| random.below(9)).collect(),
        };
        let light = |&bin: &usize| {
            case.excess(problem, bin, &weights, capacity, flaw) <= i128::from(capacity) * (q[bin] - cheaper(bin))
        };
        if !self.exists.iter().all(light) {
            return None;
        }
        let weigh: u64 = weights.iter().zip(&case.demand).map(|(weight, demand)| weight * demand).sum();
        total += i128::from(weigh.div_ceil(capacity));
        let enough = total > 0 || self.fault == Some(Fault::NothingIsEnough) && total == 0;
        let bound = match scale {
            0 if enough => NONE,
            0 => return None,
            scale => {
                let whole = i128::from(scale) * self.unit;
                (total.div_euclid(whole) + i128::from(total.rem_euclid(whole) > 0)) * self.unit
            }
        };
        let [clusters, cost, moves] = held;
        let leaf = CasePrices { scale, clusters, cost, moves, shared, limits, kept, path: turns, weights, capacity };
        Some((bound, leaf))
    }
}
