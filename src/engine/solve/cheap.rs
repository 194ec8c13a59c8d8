//! Ways to cover components with bins that cost little, and what these prove.
//!
//! Maximum counts and the number of bins are all that components compete for. Where the level before says how many bins each of them has, exactly,
//! the number is no more in common: a price on each bin of one component, high enough that none more pays, is taken off again (so many
//! times, whatever the plan), and what is left in common are the maximum counts.

use super::effort::whole as effort;
use super::lift::lift;
use super::whole::{Prices, Ways, Whole, holds};
use crate::bound::{self, Bound, MOST_CELLS, cover, gcd, proven};
use crate::budget::Budget;
use crate::certify::{self, Claim, Component, Level, Own};
use crate::exact::{Suggested, continuous};
use crate::problem::reduce::Reduced;
use crate::problem::{BinType, Problem};

/// The components, each with its item types in the whole problem.
type Components = [(Vec<usize>, Reduced)];

/// What an earlier level says of the number of bins: at most `most`, at least `least`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub most: u64,
    pub least: u64,
}

/// How components are counted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Counting<'a> {
    /// In whole bins.
    Whole,
    /// Those of many bins in parts of these: of so many one more or less is saved by many that are dearer, at prices beyond the tables of whole ones.
    Parts,
    /// In whole bins, and each has exactly so many.
    Exact(&'a [u64]),
}

/// Ways to cover components with bins that cost little, the most likely first, all their bins named; and what one more bin of each type, and one
/// more of all (or of each component, where their numbers are known), is worth, in the unit of the costs; and what differs by less was taken for the
/// same.
pub(super) struct Cheap {
    pub ways: Vec<Ways>,
    pub types: Vec<f64>,
    number: f64,
    each: Vec<f64>,
    step: f64,
}

/// Whether some component has so many bins that parts of these are as good.
pub(super) fn suits_parts(components: &Components) -> bool {
    !components.iter().all(|(_, reduced)| holds(reduced, effort::MANY))
}

/// Ways to cover the components of a problem without terms with bins of these costs, within the maximum counts and so many bins in all, or in each
/// component. `ways`: those of a plan. `found`: what a linear programme says where nothing is whole of `limited`, the
/// problem with its number of bins as a limit. `None` where prices or loads are too large for the tables.
///
/// Complexity: as [`covering`](super::whole::covering).
pub(super) fn cheap_ways(
    problem: &Problem,
    limited: &Problem,
    components: &Components,
    (ways, counting): (&[Vec<u64>], Counting),
    found: &Suggested,
    budget: &Budget,
) -> Option<Cheap> {
    let bins = problem.bins();
    let cost = |bin: usize| bins[bin].cost as f64;
    // as if a bin cost one on average
    let used: f64 = found.counts.iter().sum();
    let spent: f64 = found.counts.iter().enumerate().map(|(bin, &count)| count * cost(bin)).sum();
    let unit = spent / used.max(1e-9);
    if components.len() > effort::COMPONENTS || unit <= 0.0 {
        return None;
    }
    let scale = found.scale as f64 * unit;
    let number: f64 = found.limits.iter().map(|&price| price as f64 / scale).sum();
    let own = |bin: usize| {
        let parts = bins[bin].capacity.iter().zip(&found.lambda);
        let worth = parts.map(|(&capacity, &price)| capacity as f64 * price as f64).sum::<f64>() / scale;
        bins[bin].max_count.map_or(0.0, |_| (worth - cost(bin) / unit - number).max(0.0))
    };
    let shared = (0..bins.len()).map(own).collect();
    // as fine as the tables of what everything costs at the highest prices allow
    let cells = MOST_CELLS as f64 / (bins.len() + 1) as f64;
    let fine = (cells / (used * (1.0 + effort::DEAR))).clamp(effort::FINE.0, effort::FINE.1).round();
    let base = (0..bins.len()).map(|bin| (cost(bin) / unit * fine).round().min(effort::DEAREST) as u64).collect();
    let exact = matches!(counting, Counting::Exact(_));
    let (priced, limits) = if exact { (problem, Vec::new()) } else { (limited, vec![number]) };
    let dear = if matches!(counting, Counting::Parts) { effort::DEARER } else { effort::DEAR };
    let mut whole = Whole::new(priced, components, &found.lambda, (fine as u64, base, dear), budget);
    match counting {
        Counting::Whole => {}
        Counting::Parts => whole.spread(effort::LARGE),
        Counting::Exact(counts) => whole.count(counts, (number.max(effort::EACH) * fine).ceil() as u64),
    }
    whole.know(ways);
    let mut best = whole.steps(Prices { shared, limits, kept: vec![0.0; bins.len()] }, effort::BEFORE, None)?;
    whole.programmes(&mut best, None);
    let in_money = |price: f64| price * unit;
    let types = best.prices.shared.iter().copied().map(in_money).collect();
    let number = in_money(best.prices.limits.first().copied().unwrap_or(number));
    let step = unit / fine;
    let each = whole.offsets().iter().map(|&offset| offset as f64 * step).collect();
    (!whole.likely.is_empty()).then(|| Cheap { ways: whole.ways_with(&|_| true), types, number, each, step })
}

/// The claim on the number of bins that every component needs whole ones, whatever the others have: it says how many each of them has, if it adds up.
pub(super) fn each_alone(problem: &Problem, components: &Components, budget: &Budget) -> Option<Claim> {
    let prices = vec![1; problem.bins().len()];
    let components = claimed(problem, components, &prices, budget)?;
    let shared = vec![0; prices.len()];
    let claim = Claim { level: Level::Clusters, scale: 1, shared, components, ..Claim::default() };
    let bound = proven(problem, &claim, 0)?;
    Some(Claim { bound, ..claim })
}

/// What shows best what each component costs at these prices.
fn claimed(problem: &Problem, components: &Components, prices: &[u64], budget: &Budget) -> Option<Vec<Component>> {
    let share = budget.left() / 8 / components.len().max(1) as u64;
    let component = |(items, reduced): &(Vec<usize>, Reduced)| {
        let (best, _) = cheapest(reduced, prices, share, budget);
        let nodes = lift(problem, items, reduced, prices, &[best.node])?;
        Some(Component { items: items.clone(), bound: best.value, nodes })
    };
    components.iter().map(component).collect()
}

impl Cheap {
    /// The claim that whole bins in every component, at what one more of each type and of all is worth, cost so much where there are `held` bins.
    pub fn claim(&self, problem: &Problem, components: &Components, held: Held, budget: &Budget) -> Option<Claim> {
        self.best(problem, |step| self.claim_in(problem, components, step, held, budget))
    }

    /// The same where each component has exactly so many bins.
    pub fn counted(
        &self,
        problem: &Problem,
        components: &Components,
        counts: &[u64],
        budget: &Budget,
    ) -> Option<Claim> {
        self.best(problem, |step| self.counted_in(problem, components, step, counts, budget))
    }

    /// In whole numbers of what divides all costs: tables of these are short; and first, where that is not short enough for many bins, in larger ones.
    fn best(&self, problem: &Problem, claim: impl Fn(u64) -> Option<Claim>) -> Option<Claim> {
        let unit = problem.bins().iter().map(|bin| bin.cost).filter(|&cost| cost > 0).fold(0, gcd).max(1);
        let step = unit.saturating_mul((self.step / unit as f64).round() as u64);
        let steps = (step > unit).then_some(step).into_iter().chain([unit]);
        steps.filter_map(claim).max_by_key(|claim| claim.bound)
    }

    /// The same at prices that are multiples of `step`, as far as bins of types without a maximum count allow.
    fn claim_in(
        &self,
        problem: &Problem,
        components: &Components,
        step: u64,
        held: Held,
        budget: &Budget,
    ) -> Option<Claim> {
        let number = number_near(problem, self.number, step);
        let shared = self.shared(problem, number, step);
        let price = |(bin, &shared): (&BinType, &u64)| bin.cost.checked_add(shared)?.checked_add(number);
        let prices: Vec<u64> = problem.bins().iter().zip(&shared).map(price).collect::<Option<_>>()?;
        let components = claimed(problem, components, &prices, budget)?;
        let prices = certify::Prices { clusters: number.into(), ..certify::Prices::default() };
        let limits = vec![0; problem.terms().limits.len()];
        let claim = Claim { level: Level::Cost, scale: 1, prices, shared, limits, components, ..Claim::default() };
        held.finished(problem, claim)
    }

    fn counted_in(
        &self,
        problem: &Problem,
        components: &Components,
        step: u64,
        counts: &[u64],
        budget: &Budget,
    ) -> Option<Claim> {
        // with it the prices are multiples of the step
        let rest = number_near(problem, 0.0, step);
        let shared = self.shared(problem, rest, step);
        let price = |(bin, &shared): (&BinType, &u64)| bin.cost.checked_add(shared);
        let prices: Vec<u64> = problem.bins().iter().zip(&shared).map(price).collect::<Option<_>>()?;
        let share = budget.left() / 8 / components.len().max(1) as u64;
        let (mut all, mut own, mut sum) = (Vec::new(), Vec::new(), 0i128);
        for (((items, reduced), &count), each) in components.iter().zip(counts).zip(&self.each) {
            let holds = |bin: usize| problem.exists(bin) && items.iter().any(|&item| problem.fits_alone(item, bin));
            let holds: Vec<bool> = (0..prices.len()).map(holds).collect();
            let unit =
                prices.iter().zip(&holds).filter(|(_, holds)| **holds).fold(0, |unit, (&price, _)| gcd(unit, price));
            let unit = unit.max(1);
            let first = (each / step as f64).ceil() as u64;
            let mut best: Option<(i128, Own, Component)> = None;
            // a lower one shows more where a search does not come to an end; with a higher one no more bins pay
            let lower = [(self.number / step as f64) as u64].into_iter().chain(effort::LOWER.map(|part| first / part));
            let higher = (0..effort::RAISES as u32).map(|raise| first.max(1).saturating_mul(1 << raise));
            for (more, last) in lower.map(|more| (more, false)).chain(higher.map(|more| (more, true))) {
                let Some(offset) = more.checked_mul(step).and_then(|more| rest.checked_add(more)) else { break };
                let price = |(&price, &holds): (&u64, &bool)| if holds { price.checked_add(offset) } else { Some(0) };
                let Some(prices) = prices.iter().zip(&holds).map(price).collect::<Option<Vec<u64>>>() else { break };
                let (found, bins) = cheapest(reduced, &prices, if last { share } else { 0 }, budget);
                let above = i128::from(found.value) - i128::from(offset).checked_mul(count.into())?;
                // what a component costs is a multiple of the unit
                let units = above.div_euclid(unit.into()) + i128::from(above.rem_euclid(unit.into()) > 0);
                let proved = units.checked_mul(unit.into())?;
                let most = best.as_ref().map(|best| best.0);
                if most.is_some_and(|most| proved < most) {
                    break; // what a search that comes to no end shows, only falls from here on
                }
                if most.is_none_or(|most| proved > most) {
                    let nodes = lift(problem, items, reduced, &prices, &[found.node])?;
                    let component = Component { items: items.clone(), bound: found.value, nodes };
                    best = Some((proved, Own { scale: unit, offset: offset.into() }, component));
                }
                if last && bins.is_none_or(|bins| bins <= count) {
                    break;
                }
            }
            let (proved, priced, component) = best?;
            sum = proved.checked_add(sum)?;
            own.push(priced);
            all.push(component);
        }
        for (bin, &shared) in problem.bins().iter().zip(&shared) {
            sum -= i128::from(bin.max_count.unwrap_or(0)) * i128::from(shared);
        }
        let bound = u64::try_from(sum.max(0)).ok()?;
        Some(Claim { level: Level::Cost, bound, scale: 1, shared, own, components: all, ..Claim::default() })
    }

    /// The prices of the types, such that with the cost and `number` they are multiples of `step`.
    fn shared(&self, problem: &Problem, number: u64, step: u64) -> Vec<u64> {
        let price = |(bin, &price): (&BinType, &f64)| {
            bin.max_count.map_or(0, |_| nearest(price, bin.cost.saturating_add(number), step))
        };
        problem.bins().iter().zip(&self.types).map(price).collect()
    }
}

/// A price on all bins that makes the price of types without a maximum count a multiple of `step`: there is none but this on them.
fn number_near(problem: &Problem, price: f64, step: u64) -> u64 {
    let free = problem.bins().iter().filter(|bin| bin.max_count.is_none()).map(|bin| bin.cost).min();
    nearest(price, free.unwrap_or(0), step)
}

/// A price that with what is `below` is a multiple of `step`.
fn nearest(price: f64, below: u64, step: u64) -> u64 {
    let wanted = below.saturating_add(price.round() as u64);
    let nearest = wanted.saturating_add(step / 2) / step * step;
    if nearest < below { nearest.saturating_add(step) - below } else { nearest - below }
}

/// What bins of a component cost at the least at these prices of all bin types, and how many are in the cheapest choice of whole bins, if that is
/// what shows it; so much work, if any, is for other bounds.
fn cheapest(reduced: &Reduced, prices: &[u64], share: u64, budget: &Budget) -> (Bound, Option<u64>) {
    let problem = &reduced.problem;
    let own: Vec<u64> = reduced.bins.iter().map(|&bin| prices[bin]).collect();
    // what is scarce in one component is plenty in another
    let mixture = continuous(problem, &own, None, budget).map(|found| found.lambda);
    let spread = mixture.clone().and_then(|mixture| bound::along(problem, &own, mixture)).map(|found| (found, None));
    let rows: Vec<Vec<u64>> = mixture.into_iter().chain(bound::single_resources(problem.dimensions())).collect();
    let mut best = (Bound::least(problem, &own), None);
    let small = holds(reduced, effort::MANY);
    let covered = if small { cover(problem, &own, &rows, effort::NODES.1, budget) } else { None };
    let covered = covered.map(|found| (found.bound, Some(found.counts.iter().sum())));
    let searched = (share > 0 || covered.is_none()).then(|| (bound::best(problem, &own, &budget.child(share)), None));
    for other in [covered, searched, spread].into_iter().flatten() {
        if other.0.value > best.0.value {
            best = other;
        }
    }
    best
}

impl Held {
    /// The claim with the bound that its components prove.
    pub fn finished(self, problem: &Problem, claim: Claim) -> Option<Claim> {
        // a price on the number of bins takes off the most there may be, or adds the least
        let clusters = if claim.prices.clusters > 0 { self.most } else { self.least };
        let bound = proven(problem, &claim, clusters)?;
        Some(Claim { bound, ..claim })
    }
}

#[cfg(test)]
mod tests {
    use super::super::term_bounds::Parts;
    use super::*;
    use crate::certify::{Certificate, Verdict, check};
    use crate::problem::every_count;
    use crate::problem::random::Random;

    const ISLANDS: usize = 3;

    /// Islands of sand, that no two of share a bin; a type without a maximum count, and others with.
    fn islands(random: &mut Random) -> Problem {
        let mut builder = Problem::builder(2);
        builder.classes(ISLANDS);
        (0..ISLANDS).for_each(|a| (0..a).for_each(|b| _ = builder.conflict(a, b)));
        for bin in 0..3 {
            let capacity = vec![random.between(8, 20), random.between(8, 20)];
            let max_count = (bin > 0).then(|| random.between(1, 3));
            builder.bin_type(BinType { capacity, cost: random.between(3, 30), max_count });
        }
        for class in 0..ISLANDS {
            builder.item(&[1, 1], random.between(5, 40), class);
            builder.item(&[0, 1], random.between(1, 10), class);
        }
        builder.build().unwrap()
    }

    /// By island the fewest bins that have the room, and what each choice of so many costs, by trying all.
    fn choices(problem: &Problem) -> (Vec<u64>, Vec<Vec<Vec<u64>>>) {
        let bins = problem.bins();
        let every: Vec<Vec<u64>> =
            every_count(&bins.iter().map(|bin| bin.max_count.unwrap_or(8)).collect::<Vec<_>>()).collect();
        let of = |island: usize| -> (u64, Vec<Vec<u64>>) {
            let [first, second] = [0, 1].map(|at| problem.items()[2 * island + at].demand);
            let room = |counts: &[u64], of: fn(&[u64]) -> u64| -> u64 {
                counts.iter().zip(bins).map(|(count, bin)| count * of(&bin.capacity)).sum()
            };
            // the first takes of both resources, the second of the last alone
            let enough = |counts: &&Vec<u64>| {
                room(counts, |own| own[0].min(own[1])) >= first && room(counts, |own| own[1]) >= first + second
            };
            let fewest = every.iter().filter(enough).map(|counts| counts.iter().sum::<u64>()).min().unwrap();
            let all = every.iter().filter(enough).filter(|counts| counts.iter().sum::<u64>() == fewest);
            (fewest, all.cloned().collect())
        };
        (0..ISLANDS).map(of).unzip()
    }

    #[test]
    fn what_known_numbers_of_bins_prove_is_checked_and_no_more_than_trying_all_says() {
        let (mut exact, mut above, mut tried) = (0, 0, 0);
        for seed in 0..400 {
            let problem = islands(&mut Random::new(seed));
            let (counts, all) = choices(&problem);
            let budget = Budget::of_work(2_000_000_000);
            let parts = Parts::of(&problem);
            let first = parts.alone(&problem, &budget).unwrap();
            let alone: Vec<u64> = first.components.iter().map(|component| component.bound).collect();
            assert!(
                alone.iter().zip(&counts).all(|(bound, fewest)| bound <= fewest),
                "seed {seed}: {alone:?} {counts:?}"
            );
            // the least that each with its fewest cost together, within the maximum counts
            let cost = |chosen: [&Vec<u64>; ISLANDS]| {
                let used = |bin: usize| chosen.iter().map(|own| own[bin]).sum::<u64>();
                let within = (0..3).all(|bin| problem.bins()[bin].max_count.is_none_or(|most| used(bin) <= most));
                within.then(|| (0..3).map(|bin| used(bin) * problem.bins()[bin].cost).sum::<u64>())
            };
            let pairs = all[1].iter().flat_map(|b| all[2].iter().map(move |c| (b, c)));
            let every = all[0].iter().flat_map(|a| pairs.clone().map(move |(b, c)| [a, b, c]));
            let Some(least) = every.filter_map(cost).min().filter(|_| alone == counts) else { continue };
            tried += 1;
            let bins = counts.iter().sum();
            let known = Some(&counts[..]);
            let counting = Counting::Exact(&counts);
            let Some(cheap) = parts.cheap_ways(&problem, bins, (&[], counting), &budget) else { continue };
            let held = Held { most: bins, least: bins };
            let claim = parts.cheap_claim(&problem, &cheap, held, known, &budget).unwrap();
            assert!(claim.bound <= least, "seed {seed}: {} of {least}", claim.bound);
            exact += u64::from(claim.bound == least);
            let other = parts.cheap_ways(&problem, bins, (&[], Counting::Whole), &budget);
            let other = other.and_then(|cheap| parts.cheap_claim(&problem, &cheap, held, None, &budget));
            above += u64::from(other.is_none_or(|other| other.bound < claim.bound));
            let claims = vec![Claim { value: Some(bins), ..first }, claim];
            let bounds = claims.iter().map(|claim| claim.bound).collect();
            let verdict = check(&problem, None, &Certificate { claims }, &budget);
            assert_eq!(verdict, Verdict::Verified { bounds }, "seed {seed}");
        }
        assert!(tried > 100 && exact * 10 > tried * 8 && above > 0, "{exact} and {above} of {tried}");
    }

    #[test]
    fn large_components_in_parts_prove_more_than_in_whole_bins_and_it_is_checked() {
        // two islands of some four hundred bins, alone or with small ones; of a cheaper type, which is hardly smaller, a hundred take one bin more
        let all = [40_050u64, 37_030, 350, 210, 120, 90];
        let budget = Budget::of_work(20_000_000_000);
        for sizes in [&all[..], &all[..2]] {
            let mut builder = Problem::builder(2);
            builder.classes(sizes.len());
            (0..sizes.len()).for_each(|a| (0..a).for_each(|b| _ = builder.conflict(a, b)));
            builder.bin_type(BinType { capacity: vec![100, 100], cost: 741, max_count: None });
            builder.bin_type(BinType { capacity: vec![99, 99], cost: 450, max_count: Some(300) });
            builder.bin_type(BinType { capacity: vec![60, 50], cost: 260, max_count: Some(400) });
            sizes.iter().enumerate().for_each(|(class, &size)| _ = builder.item(&[1, 1], size, class));
            let problem = builder.build().unwrap();
            let parts = Parts::of(&problem);
            let first = parts.alone(&problem, &budget).unwrap();
            let fewest: u64 = sizes.iter().map(|size| size.div_ceil(100)).sum();
            assert_eq!(first.bound, fewest);
            let held = Held { most: fewest, least: fewest };
            let proved = |counting| {
                let cheap = parts.cheap_ways(&problem, fewest, (&[], counting), &budget)?;
                parts.cheap_claim(&problem, &cheap, held, None, &budget)
            };
            let [whole, in_parts] = [Counting::Whole, Counting::Parts].map(&proved);
            let in_parts = in_parts.unwrap_or_else(|| panic!("{sizes:?}"));
            let whole = whole.map_or(0, |claim| claim.bound);
            // of each island as many are the smaller ones as its spare room allows
            let smaller = |size: &u64| (100 * size.div_ceil(100) - size).min(size.div_ceil(100));
            let least: u64 = fewest * 741 - sizes.iter().map(smaller).sum::<u64>() * (741 - 450);
            assert!(in_parts.bound > whole, "{} {whole}", in_parts.bound);
            assert!(in_parts.bound <= least && in_parts.bound * 100 > least * 98, "{} {least}", in_parts.bound);
            let claims = vec![Claim { value: Some(fewest), ..first }, in_parts];
            let bounds = claims.iter().map(|claim| claim.bound).collect();
            assert_eq!(check(&problem, None, &Certificate { claims }, &budget), Verdict::Verified { bounds });
        }
        // and there is no such thing where nobody has that many
        let small = islands(&mut Random::new(1));
        assert!(Parts::of(&small).cheap_ways(&small, 20, (&[], Counting::Parts), &budget).is_none());
    }
}
