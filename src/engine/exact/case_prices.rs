//! Duals of a case as whole-number prices, added up as a check would.

use super::effort::case_tree::MOST_PARTS;
use super::float::{to_float, to_integer, to_signed};
use super::small_case::{Case, Content, End, Sought};
use crate::budget::Budget;
use crate::certify::{CasePrices, Level};

/// The largest price that is written, in bits: sums of products of these stay far within 128.
const BITS: u32 = 48;
/// A scale is at most so fine.
const FINEST: u32 = 56;

/// The duals of a case, as prices in the level's own numbers: not negative, but for those of held values.
pub(super) struct Duals {
    /// Not so: a ray, by which there is no plan in the case.
    pub feasible: bool,
    pub items: Vec<f64>,
    pub shared: Vec<f64>,
    pub kept: Vec<f64>,
    pub limits: Vec<f64>,
    pub path: Vec<f64>,
    pub clusters: f64,
    pub cost: f64,
    pub moves: f64,
}

impl Duals {
    fn all(&self) -> impl Iterator<Item = f64> + '_ {
        let lists = [&self.items, &self.shared, &self.kept, &self.limits, &self.path];
        lists.into_iter().flatten().copied().chain([self.clusters, self.cost, self.moves])
    }

    /// At a scale: each to the nearest whole number, or (`safe`) to the side on which less is proved.
    fn scaled(&self, scale: f64, safe: bool) -> CasePrices {
        let nearest = |value: &f64| to_integer((value * scale).round());
        let up = |value: &f64| to_integer((value * scale).ceil());
        let down = |value: &f64| to_integer(value * scale);
        let list = |values: &[f64], side: &dyn Fn(&f64) -> u64| -> Vec<u64> {
            values.iter().map(|value| if safe { side(value) } else { nearest(value) }).collect()
        };
        let signed = |value: f64| i64::try_from(to_signed(value * scale)).unwrap_or(0);
        CasePrices {
            scale: if self.feasible { to_integer(scale) } else { 0 },
            clusters: signed(self.clusters),
            cost: signed(self.cost),
            moves: signed(self.moves),
            shared: list(&self.shared, &up),
            limits: list(&self.limits, &up),
            kept: list(&self.kept, &down),
            path: list(&self.path, &up),
            weights: list(&self.items, &down),
            capacity: 1,
        }
    }
}

/// Prices that prove what is sought of the case; `None` where these duals do not. Small numbers first.
///
/// # Errors
/// [`End::Stopped`] when the budget is used up.
pub(super) fn whole(
    sought: &Sought,
    unit: u64,
    (case, contents): (&Case, &[Content]),
    duals: &Duals,
    budget: &Budget,
) -> Result<Option<CasePrices>, End> {
    let sum = Sum { sought, unit, case, contents };
    let highest = duals.all().fold(0.0f64, |highest, dual| highest.max(dual.abs()));
    if highest == 0.0 && sought.bound > 0 {
        return Ok(None);
    }
    // a ray may be of any length: its largest entry is as good as 1
    let length = if duals.feasible || highest == 0.0 { 1.0 } else { highest };
    for parts in 1..=MOST_PARTS {
        let scale = f64::from(parts) / length;
        let near = |dual: f64| (dual * scale - (dual * scale).round()).abs() < 1e-6 * f64::from(parts);
        if duals.all().all(near) && highest * scale < to_float(1 << BITS) {
            budget.spend(contents.len() as u64 * 4)?;
            let prices = duals.scaled(scale, false);
            if sum.proves(&prices) {
                return Ok(Some(prices));
            }
        }
    }
    let finest = (to_float(1 << BITS) / highest.max(f64::MIN_POSITIVE)).floor();
    let scale = if duals.feasible { finest.min(to_float(1 << FINEST)) } else { finest };
    budget.spend(contents.len() as u64 * 8)?;
    if scale < 1.0 && duals.feasible {
        return Ok(None);
    }
    let mut prices = duals.scaled(scale, true);
    Ok((sum.raised(&mut prices) && sum.proves(&prices)).then_some(prices))
}

struct Sum<'a> {
    sought: &'a Sought<'a>,
    unit: u64,
    case: &'a Case,
    contents: &'a [Content],
}

impl Sum<'_> {
    /// The price of a bin of a type.
    fn price(&self, prices: &CasePrices, bin: usize) -> i128 {
        let (problem, scale) = (self.sought.problem, i128::from(prices.scale));
        let kind = &problem.bins()[bin];
        let own = match self.sought.level {
            Level::Clusters => scale,
            Level::Cost => scale * i128::from(kind.cost),
            Level::Moves | Level::Infeasible => 0,
        };
        let limits = prices.limits.iter().zip(&problem.terms().limits);
        let limits: i128 =
            limits.filter(|(_, limit)| limit.bins.contains(bin)).map(|(&price, _)| i128::from(price)).sum();
        let turns = prices.path.iter().zip(&self.case.path).filter(|(_, turn)| turn.bins.contains(&bin));
        let turns: i128 = turns.map(|(&price, turn)| if turn.few { price.into() } else { -i128::from(price) }).sum();
        own + i128::from(prices.clusters)
            + i128::from(prices.cost) * i128::from(kind.cost)
            + limits
            + turns
            + i128::from(prices.shared[bin])
            - i128::from(prices.kept[bin])
    }

    /// How often a charge counts.
    fn factor(&self, prices: &CasePrices) -> i128 {
        let own = if self.sought.level == Level::Moves { i128::from(prices.scale) } else { 0 };
        own + i128::from(prices.moves)
    }

    /// By how much a bin of this content weighs more than its price.
    fn over(&self, prices: &CasePrices, content: &Content, price: i128) -> i128 {
        let weights: i128 =
            content.items().map(|(item, copies)| i128::from(prices.weights[item]) * i128::from(copies)).sum();
        weights - self.factor(prices) * i128::from(content.charge) - price
    }

    /// The largest of these of all bins.
    fn worst(&self, prices: &CasePrices) -> i128 {
        let bins = 0..self.sought.problem.bins().len();
        let each: Vec<i128> = bins.map(|bin| self.price(prices, bin)).collect();
        self.contents.iter().map(|content| self.over(prices, content, each[content.bin])).max().unwrap_or(0)
    }

    /// Mends what roundings left: bins that cost less than nothing, and bins that weigh too much.
    fn raised(&self, prices: &mut CasePrices) -> bool {
        let problem = self.sought.problem;
        for content in self.contents.iter().filter(|content| content.distinct() == 0) {
            let (bin, kind) = (content.bin, &problem.bins()[content.bin]);
            let mut lacks = u64::try_from(-self.price(prices, bin).min(0)).unwrap_or(u64::MAX);
            let mut lower = |price: &mut u64| {
                let less = lacks.min(*price);
                *price -= less;
                lacks -= less;
            };
            lower(&mut prices.kept[bin]);
            let turns = || self.case.path.iter().enumerate().filter(|(_, turn)| turn.bins.contains(&bin));
            turns().filter(|(_, turn)| !turn.few).for_each(|(at, _)| lower(&mut prices.path[at]));
            if lacks == 0 {
                continue;
            }
            let limit = problem.terms().limits.iter().position(|limit| limit.bins.contains(bin));
            let few = turns().find(|(_, turn)| turn.few).map(|(at, _)| at);
            let signed = i64::try_from(lacks).unwrap_or(i64::MAX);
            if kind.max_count.is_some() {
                prices.shared[bin] = prices.shared[bin].saturating_add(lacks);
            } else if let Some(at) = limit {
                prices.limits[at] = prices.limits[at].saturating_add(lacks);
            } else if let Some(at) = few {
                prices.path[at] = prices.path[at].saturating_add(lacks);
            } else if self.sought.clusters.is_some() {
                prices.clusters = prices.clusters.saturating_add(signed);
            } else if self.sought.cost.is_some() && kind.cost > 0 {
                let more = i64::try_from(lacks.div_ceil(kind.cost)).unwrap_or(i64::MAX);
                prices.cost = prices.cost.saturating_add(more);
            } else {
                return false;
            }
        }
        let worst = u64::try_from(self.worst(prices).max(0)).unwrap_or(u64::MAX);
        prices.weights.iter_mut().for_each(|weight| *weight = weight.saturating_sub(worst));
        true
    }

    /// Whether these prices prove the bound, or (with scale 0) that there is no plan.
    fn proves(&self, prices: &CasePrices) -> bool {
        // nothing in a bin weighs nothing: that no price is negative is among these
        if self.worst(prices) > 0 {
            return false;
        }
        let (problem, terms) = (self.sought.problem, self.sought.problem.terms());
        let times = |price: u64, count: u64| i128::from(price) * i128::from(count);
        let items = prices.weights.iter().zip(&self.case.items);
        let mut total: i128 = items.map(|(&weight, item)| times(weight, item.demand)).sum();
        for (bin, kind) in problem.bins().iter().enumerate() {
            total += times(prices.kept[bin], problem.kept(bin));
            total -= times(prices.shared[bin], kind.max_count.unwrap_or(0));
        }
        total -= prices.limits.iter().zip(&terms.limits).map(|(&price, limit)| times(price, limit.most)).sum::<i128>();
        for (&price, turn) in prices.path.iter().zip(&self.case.path) {
            total += if turn.few { -times(price, turn.most) } else { times(price, turn.most) + i128::from(price) };
        }
        let held = [
            (prices.clusters, self.sought.clusters),
            (prices.cost, self.sought.cost),
            (prices.moves, self.sought.moves),
        ];
        for (price, range) in held {
            let Some(range) = range else {
                if price != 0 {
                    return false;
                }
                continue;
            };
            let worth = if price > 0 { range.most } else { range.least };
            total -= i128::from(price) * i128::from(worth);
        }
        match prices.scale {
            0 => total > 0,
            scale if self.sought.level != Level::Infeasible => {
                let whole = i128::from(scale) * i128::from(self.unit);
                let units = total.div_euclid(whole) + i128::from(total.rem_euclid(whole) > 0);
                units * i128::from(self.unit) >= i128::from(self.sought.bound)
            }
            _ => false,
        }
    }
}
