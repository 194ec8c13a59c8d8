//! How many bins of each type: the cheapest mixture that has the room, and a packing within it.
//!
//! With the number of bins fixed, cost is a matter of the mixture of types as long as bins are many and items small. Of up
//! to three types the cheapest mixture with enough room in every resource bounds the cost, in whole numbers; with a little
//! more room than that, heuristics that take a mixture for maximum counts find a packing. Of more types a linear programme
//! says nearly how many, and a search in whole numbers the rest.

use super::effort::cost as effort;
use super::part::Part;
use crate::budget::{Budget, Options};
use crate::exact::{Need, linear_mixture};
use crate::problem::reduce::Reduced;
use crate::problem::{BinSet, ItemType, Problem, Solution};

/// Bins of each type.
type Mixture = Vec<u64>;

/// The cheapest mixture of `bins` bins of at most three types with room for the load and some thousandths more, and its
/// cost. `None`: no mixture has the room, or there is too much to try.
fn cheapest(problem: &Problem, bins: u64, thousandths: u64, budget: &Budget) -> Option<(u128, Mixture)> {
    let kinds = problem.bins().len();
    if kinds > EXACT || bins > effort::MOST_STEPS {
        return None;
    }
    let needs: Vec<i128> = (0..problem.dimensions())
        .map(|q| i128::try_from(load(problem, q, thousandths, |_| true)).unwrap_or(i128::MAX))
        .collect();
    let most = |kind: usize| problem.bins()[kind].max_count.unwrap_or(bins).min(bins);
    let mut best: Option<(u128, Mixture)> = None;
    for a in 0..kinds {
        for b in a..kinds {
            for c in b..kinds {
                if kinds >= 3 && (a == b || b == c) {
                    continue;
                }
                for third in 0..=if b == c { 0 } else { most(c) } {
                    budget.spend(1).ok()?;
                    let rest = bins - third;
                    // how many of `b`; the others are of type `a`
                    let within = if a == b { Some((0, 0)) } else { window(problem, &needs, (a, b, c), rest, third) };
                    let Some((low, high)) = within else { continue };
                    let dear = problem.bins()[b].cost > problem.bins()[a].cost;
                    let second = if dear { low } else { high };
                    let mut mixture = vec![0; kinds];
                    mixture[a] += rest - second;
                    mixture[b] += second;
                    mixture[c] += third;
                    let fits =
                        (0..kinds).all(|kind| mixture[kind] <= most(kind)) && has_room(problem, &needs, &mixture);
                    let cost = cost(problem, &mixture);
                    if fits && best.as_ref().is_none_or(|best| cost < best.0) {
                        best = Some((cost, mixture));
                    }
                }
            }
        }
    }
    best
}

/// What some of the items take of a resource, and some thousandths more.
fn load(problem: &Problem, q: usize, thousandths: u64, of: impl Fn(&ItemType) -> bool) -> u128 {
    let items = problem.items().iter().filter(|item| of(item));
    let load: u128 = items.map(|item| u128::from(item.size[q]) * u128::from(item.demand)).sum();
    load + load * u128::from(thousandths) / 1000
}

/// The least and the most bins of type `b` among `rest` bins of types `a` and `b`, beside `third` of type `c`.
fn window(
    problem: &Problem,
    needs: &[i128],
    (a, b, c): (usize, usize, usize),
    rest: u64,
    third: u64,
) -> Option<(u64, u64)> {
    let most = |kind: usize| problem.bins()[kind].max_count.unwrap_or(rest).min(rest);
    let capacity = |kind: usize, q: usize| i128::from(problem.bins()[kind].capacity[q]);
    let mut low = i128::from(rest - most(a));
    let mut high = i128::from(most(b));
    for (q, &need) in needs.iter().enumerate() {
        let missing = need - i128::from(third) * capacity(c, q) - i128::from(rest) * capacity(a, q);
        let gain = capacity(b, q) - capacity(a, q);
        if gain > 0 {
            low = low.max(missing.div_euclid(gain) + i128::from(missing.rem_euclid(gain) > 0));
        } else if gain < 0 {
            high = high.min((-missing).div_euclid(-gain));
        } else if missing > 0 {
            return None;
        }
    }
    let (low, high) = (u64::try_from(low.max(0)).ok()?, u64::try_from(high).ok()?);
    (low <= high).then_some((low, high))
}

/// Beyond so many types a mixture of three is not the cheapest of all.
const EXACT: usize = 3;

/// What all items need, and then what those need that only some types may hold: the first so many sets of types.
fn needs(problem: &Problem, thousandths: u64) -> Vec<Need> {
    let mut sets: Vec<BinSet> = Vec::new();
    for item in problem.items() {
        if !sets.contains(&item.eligible) && sets.len() < effort::MOST_NEEDS {
            sets.push(item.eligible.clone());
        }
    }
    let everywhere = BinSet::all(problem.bins().len());
    sets.retain(|set| *set != everywhere);
    sets.insert(0, everywhere);
    let within = |small: &BinSet, large: &BinSet| small.ones().all(|bin| large.contains(bin));
    let load = |set: &BinSet, q: usize| {
        let load = load(problem, q, thousandths, |item| within(&item.eligible, set));
        u64::try_from(load).unwrap_or(u64::MAX)
    };
    let need = |bins: BinSet| Need { load: (0..problem.dimensions()).map(|q| load(&bins, q)).collect(), bins };
    sets.into_iter().map(need).collect()
}

/// A search for the cheapest mixture near another one.
struct Rounding<'a> {
    problem: &'a Problem,
    needs: &'a [Need],
    /// Bin types, the cheapest first.
    order: Vec<usize>,
    mixture: Mixture,
    best: Option<(u128, Mixture)>,
    steps: u64,
}

impl Rounding<'_> {
    /// Tries all ways to add `left` bins of the types from `order[at]` on; false where it took too long.
    fn add(&mut self, at: usize, left: u64) -> bool {
        self.steps += 1;
        if self.steps > effort::MOST_ROUNDINGS {
            return false;
        }
        let spent = cost(self.problem, &self.mixture);
        let cheapest = self.order.get(at).map_or(0, |&kind| self.problem.bins()[kind].cost);
        let least = spent + u128::from(cheapest) * u128::from(left);
        if self.best.as_ref().is_some_and(|best| least >= best.0) || !self.may_have_room(at, left) {
            return true;
        }
        let Some(&kind) = self.order.get(at) else {
            if left == 0 {
                self.best = Some((spent, self.mixture.clone()));
            }
            return true;
        };
        let most = self.problem.bins()[kind].max_count.unwrap_or(u64::MAX).saturating_sub(self.mixture[kind]).min(left);
        for count in (0..=most).rev() {
            self.mixture[kind] += count;
            let finished = self.add(at + 1, left - count);
            self.mixture[kind] -= count;
            if !finished {
                return false;
            }
        }
        true
    }

    /// Whether `left` more bins of the types from `order[at]` on may give every need its room, each by itself.
    fn may_have_room(&self, at: usize, left: u64) -> bool {
        let bins = self.problem.bins();
        self.needs.iter().all(|need| {
            need.load.iter().enumerate().all(|(q, &load)| {
                let room = |kind: usize| u128::from(bins[kind].capacity[q]);
                let now: u128 = need.bins.ones().map(|kind| room(kind) * u128::from(self.mixture[kind])).sum();
                let later =
                    self.order[at..].iter().filter(|&&kind| need.bins.contains(kind)).map(|&kind| room(kind)).max();
                now + later.unwrap_or(0) * u128::from(left) >= u128::from(load)
            })
        })
    }
}

/// A cheap mixture of `bins` bins of any number of types with room for what all items and those that only some types may
/// hold need, and some thousandths more; and its cost. Nearly the cheapest: the whole part of a linear programme, less a
/// bin of each type in it, made whole again by an exhaustive search with a limit.
fn nearly_cheapest(problem: &Problem, bins: u64, thousandths: u64, budget: &Budget) -> Option<(u128, Mixture)> {
    let needs = needs(problem, thousandths);
    let whole = linear_mixture(problem.bins(), bins, &needs, budget)?;
    let mixture: Mixture = whole.iter().map(|&count| count.saturating_sub(1)).collect();
    let left = bins.checked_sub(mixture.iter().sum())?;
    let mut order: Vec<usize> = (0..problem.bins().len()).collect();
    order.sort_by_key(|&kind| problem.bins()[kind].cost);
    let mut rounding = Rounding { problem, needs: &needs, order, mixture, best: None, steps: 0 };
    rounding.add(0, left);
    budget.spend(rounding.steps).ok()?;
    rounding.best
}

fn has_room(problem: &Problem, needs: &[i128], mixture: &[u64]) -> bool {
    needs.iter().enumerate().all(|(q, &need)| {
        let room = problem.bins().iter().zip(mixture);
        room.map(|(bin, &count)| i128::from(bin.capacity[q]) * i128::from(count)).sum::<i128>() >= need
    })
}

fn cost(problem: &Problem, mixture: &[u64]) -> u128 {
    problem.bins().iter().zip(mixture).map(|(bin, &count)| u128::from(bin.cost) * u128::from(count)).sum()
}

/// No packing of so many bins costs less, where that was found out.
pub(super) fn bound(problem: &Problem, bins: u64, budget: &Budget) -> Option<u64> {
    u64::try_from(cheapest(problem, bins, 0, budget)?.0).ok()
}

/// A packing that costs less than `start`, in as many bins.
pub(super) fn cheaper(reduced: &Reduced, start: &Solution, options: &Options, budget: &Budget) -> Option<Solution> {
    let problem = &reduced.problem;
    let bins = start.bins();
    let all = BinSet::all(problem.bins().len());
    let everywhere = problem.items().iter().all(|item| item.eligible == all);
    let mut best: Option<Solution> = None;
    let mut failed = None;
    for thousandths in effort::ROOM {
        let (price, mixture) = if problem.bins().len() <= EXACT && everywhere {
            cheapest(problem, bins, thousandths, budget)?
        } else {
            nearly_cheapest(problem, bins, thousandths, budget)?
        };
        let known = best.as_ref().unwrap_or(start).cost(problem);
        if price >= known {
            break;
        }
        if failed.as_ref() == Some(&mixture) {
            continue;
        }
        let mut limited = reduced.clone();
        mixture.iter().enumerate().for_each(|(bin, &count)| limited.problem.limit(bin, Some(count)));
        let mut part = Part::of(Vec::new(), limited);
        part.raise(bins);
        budget.within(part.plan_work(), |own| part.plan(options, own));
        budget.look().ok()?;
        let found = part.solution.filter(|found| found.bins() == bins && found.check(problem).is_ok());
        if let Some(found) = found.filter(|found| found.cost(problem) < known) {
            best = Some(found);
            break;
        }
        failed = Some(mixture);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Silent;
    use crate::problem::BinType;
    use crate::problem::random::Random;

    /// Every mixture of so many bins, one by one: the least cost of those with the room.
    fn exhaustive(problem: &Problem, bins: u64, room: impl Fn(&Mixture) -> bool) -> Option<u128> {
        fn mixtures(kinds: usize, bins: u64) -> Vec<Mixture> {
            if kinds == 1 {
                return vec![vec![bins]];
            }
            (0..=bins)
                .flat_map(|first| {
                    mixtures(kinds - 1, bins - first).into_iter().map(move |rest| [vec![first], rest].concat())
                })
                .collect()
        }
        let kept = |mixture: &Mixture| {
            problem.bins().iter().zip(mixture).all(|(bin, &count)| bin.max_count.is_none_or(|most| count <= most))
        };
        let all = mixtures(problem.bins().len(), bins).into_iter();
        all.filter(|mixture| kept(mixture) && room(mixture)).map(|mixture| cost(problem, &mixture)).min()
    }

    #[test]
    fn the_cheapest_mixture_is_the_cheapest_of_all() {
        let mut random = Random::new(5);
        let budget = Budget::new(&Options::default(), u64::MAX / 4, &Silent);
        let (mut found, mut none) = (0, 0);
        for case in 0..2_000 {
            let (dimensions, kinds) = (1 + random.index(3), 1 + random.index(3));
            let mut builder = Problem::builder(dimensions);
            for _ in 0..kinds {
                let capacity: Vec<u64> = (0..dimensions).map(|_| random.between(5, 34)).collect();
                let max_count = random.chance(333).then(|| random.below(6));
                builder.bin_type(BinType { capacity, cost: random.below(20), max_count });
            }
            let class = builder.class();
            for _ in 0..5 {
                let size: Vec<u64> = (0..dimensions).map(|_| random.below(6)).collect();
                builder.item(&size, random.between(1, 9), class);
            }
            let problem = builder.build().unwrap();
            let bins = random.between(1, 12);
            let thousandths = [0, 0, 50, 300][random.index(4)];
            let load = |q: usize| problem.items().iter().map(|item| item.size[q] * item.demand).sum::<u64>();
            let needs: Vec<i128> =
                (0..dimensions).map(load).map(|load| i128::from(load + load * thousandths / 1000)).collect();
            let cheapest = cheapest(&problem, bins, thousandths, &budget);
            let all = exhaustive(&problem, bins, |mixture| has_room(&problem, &needs, mixture));
            assert_eq!(cheapest.as_ref().map(|best| best.0), all, "case {case}");
            if let Some((price, mixture)) = cheapest {
                assert_eq!((mixture.iter().sum::<u64>(), cost(&problem, &mixture)), (bins, price));
                assert!(has_room(&problem, &needs, &mixture), "case {case}");
                found += 1;
            } else {
                none += 1;
            }
        }
        assert!(found > 500 && none > 300, "{found} {none}");
    }
    #[test]
    fn a_mixture_of_many_types_is_hardly_ever_dearer_than_the_cheapest_of_all() {
        let mut random = Random::new(6);
        let budget = Budget::new(&Options::default(), u64::MAX / 4, &Silent);
        let (mut found, mut cheapest, mut none) = (0, 0, 0);
        for case in 0..600 {
            let (dimensions, kinds) = (1 + random.index(3), 4 + random.index(3));
            let mut builder = Problem::builder(dimensions);
            for _ in 0..kinds {
                let capacity: Vec<u64> = (0..dimensions).map(|_| random.between(10, 34)).collect();
                let max_count = random.chance(333).then(|| random.below(6));
                builder.bin_type(BinType { capacity, cost: random.below(20), max_count });
            }
            let class = builder.class();
            for _ in 0..5 {
                let size: Vec<u64> = (0..dimensions).map(|_| random.below(6)).collect();
                let some: Vec<usize> = (0..kinds).filter(|&kind| kind == 0 || random.chance(600)).collect();
                let eligible = if random.chance(500) { (0..kinds).collect() } else { some };
                builder.item_in(&size, random.between(1, 9), class, &eligible);
            }
            let problem = builder.build().unwrap();
            let bins = random.between(1, 9);
            let needs = needs(&problem, 20);
            let covered = |mixture: &Mixture| {
                needs.iter().all(|need| {
                    need.load.iter().enumerate().all(|(q, &load)| {
                        need.bins.ones().map(|kind| problem.bins()[kind].capacity[q] * mixture[kind]).sum::<u64>()
                            >= load
                    })
                })
            };
            let all = exhaustive(&problem, bins, covered);
            match (nearly_cheapest(&problem, bins, 20, &budget), all) {
                (Some((price, mixture)), Some(least)) => {
                    assert_eq!((mixture.iter().sum::<u64>(), cost(&problem, &mixture)), (bins, price), "case {case}");
                    assert!(covered(&mixture) && price >= least, "case {case}");
                    found += 1;
                    cheapest += u64::from(price == least);
                }
                (None, _) => none += 1,
                (Some(_), None) => panic!("case {case}: a mixture where there is none"),
            }
        }
        assert!(found > 200 && none > 100 && cheapest * 100 >= found * 95, "{cheapest} of {found}, {none}");
    }
}
