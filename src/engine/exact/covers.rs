//! Who covers itself in which way: the linear programme over ways to cover each of many that share what is limited.
//!
//! One way for each (Dantzig and Wolfe 1960). Its duals are the prices at which new ways are looked for, and at the end those at which a
//! sum over all of them shows the most. Nothing that came from here is believed.

use std::collections::BTreeMap;

use super::float::to_float;
use super::master::{Master, Outcome, Row, Simplex};
use crate::budget::Budget;

/// Bins of some types, ascending, none of them 0.
pub type Way = Vec<(usize, u64)>;

/// What of a bin type or of several there is in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Common {
    /// For each limit its bin types, ascending, and how many bins of them there may be.
    pub limits: Vec<(Vec<usize>, u64)>,
    /// Bin types of which so many bins are there anyway, used or not.
    pub kept: Vec<(usize, u64)>,
}

impl Common {
    /// Bins of a way under a limit.
    fn under(&self, limit: usize, way: &[(usize, u64)]) -> u64 {
        let own = way.iter().filter(|it| self.limits[limit].0.binary_search(&it.0).is_ok());
        own.map(|it| it.1).fold(0, u64::saturating_add)
    }

    /// What is left when somebody has covered itself so.
    pub fn take(&mut self, way: &[(usize, u64)]) {
        for limit in 0..self.limits.len() {
            self.limits[limit].1 = self.limits[limit].1.saturating_sub(self.under(limit, way));
        }
        for (bin, left) in &mut self.kept {
            let own = way.iter().find(|it| it.0 == *bin).map_or(0, |it| it.1);
            *left = left.saturating_sub(own);
        }
    }

    /// Whether so much is left.
    #[must_use]
    pub fn allows(&self, way: &[(usize, u64)]) -> bool {
        (0..self.limits.len()).all(|limit| self.under(limit, way) <= self.limits[limit].1)
    }
}

/// Somebody who is covered by parts of bins: of so many that a whole one more or less is little.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sand {
    /// Resources that it asks for.
    pub resources: usize,
    /// The bin types that it may use, ascending, and what a bin of each has of every such resource, as a part of all that is asked for.
    pub types: Vec<(usize, Vec<f64>)>,
}

/// The restricted master.
pub struct Covers {
    master: Simplex,
    common: Common,
    /// What a bin of each type costs.
    costs: Vec<f64>,
    /// For each who is covered, the column of each way; a bin is a way of sand.
    known: Vec<BTreeMap<Way, usize>>,
    /// For each the first of its rows, one for each resource of sand and one for anybody else, and where the rows of the limits begin.
    first: Vec<usize>,
}

impl Covers {
    /// Without any ways for these, or with all parts of bins where somebody is sand; bins are at these costs, and a unit `beyond` a limit costs so much
    /// that it is chosen only where nothing else is left. `None` where there are too many rows of too large numbers.
    #[must_use]
    pub fn of(who: &[Option<&Sand>], common: Common, costs: Vec<f64>, beyond: f64) -> Option<Self> {
        let needs = who.iter().map(|sand| match sand {
            Some(sand) => std::iter::repeat_n(Row::cover(1.0), sand.resources),
            None => std::iter::repeat_n(Row::exactly(1.0), 1),
        });
        let limits = common.limits.iter().map(|&(_, most)| Row::at_most(to_float(most.min(1 << 29))));
        let kept = common.kept.iter().map(|&(_, least)| Row::cover(to_float(least.min(1 << 29))));
        let rows: Vec<Row> = needs.flatten().chain(limits).chain(kept).collect();
        let mut first = vec![0];
        for sand in who {
            first.push(first[first.len() - 1] + sand.map_or(1, |sand| sand.resources));
        }
        let (master, known) = (Simplex::new(&rows, 0).ok()?, vec![BTreeMap::new(); who.len()]);
        let mut own = Self { master, common, costs, known, first };
        let limits = own.first[who.len()];
        for row in 0..own.common.limits.len() {
            own.master.add_column(beyond, &[(limits + row, -1.0)]).ok()?;
        }
        for at in 0..own.common.kept.len() {
            // one that is there and empty
            let entries = own.entries(&[(own.common.kept[at].0, 1)]);
            let cost = own.costs[own.common.kept[at].0];
            own.master.add_column(cost, &entries).ok()?;
        }
        for (at, sand) in who.iter().enumerate() {
            for (bin, room) in sand.iter().flat_map(|sand| &sand.types) {
                let rows = room.iter().enumerate().map(|(q, &room)| (own.first[at] + q, room));
                let entries: Vec<(usize, f64)> = rows.chain(own.entries(&[(*bin, 1)])).collect();
                let column = own.master.add_column(own.costs[*bin], &entries).ok()?;
                own.known[at].insert(vec![(*bin, 1)], column);
            }
        }
        Some(own)
    }

    fn entries(&self, way: &[(usize, u64)]) -> Vec<(usize, f64)> {
        let count = |bin: usize| way.iter().find(|it| it.0 == bin).map_or(0, |it| it.1);
        let limits = (0..self.common.limits.len()).map(|limit| self.common.under(limit, way));
        let kept = self.common.kept.iter().map(|&(bin, _)| count(bin));
        let all = limits.chain(kept).enumerate().filter(|&(_, count)| count > 0);
        all.map(|(row, count)| (self.first[self.known.len()] + row, to_float(count.min(1 << 29)))).collect()
    }

    /// Adds a way to cover one of them who is no sand; whether it is new. `None` where its numbers are too large.
    pub fn add(&mut self, who: usize, way: &Way) -> Option<bool> {
        if self.known[who].contains_key(way) {
            return Some(false);
        }
        let cost = way.iter().map(|it| to_float(it.1) * self.costs[it.0]).sum::<f64>();
        let entries: Vec<(usize, f64)> = std::iter::once((self.first[who], 1.0)).chain(self.entries(way)).collect();
        let column = self.master.add_column(cost, &entries).ok()?;
        self.known[who].insert(way.clone(), column);
        Some(true)
    }

    /// What one more of each limit is worth, and each bin that is kept, in bins. `None` where the budget ends or rounding errors won.
    pub fn prices(&mut self, budget: &Budget) -> Option<(Vec<f64>, Vec<f64>)> {
        if self.master.solve(budget).ok()? != Outcome::Optimal {
            return None;
        }
        let own = &self.master.duals()[self.first[self.known.len()]..];
        let (limits, kept) = own.split_at(self.common.limits.len());
        Some((limits.iter().map(|dual| -dual).collect(), kept.to_vec()))
    }

    /// How many bins of each type one of them has that is sand.
    #[must_use]
    pub fn parts(&self, who: usize) -> Vec<(usize, f64)> {
        self.known[who].iter().map(|(way, &at)| (way[0].0, self.master.primal()[at])).collect()
    }

    /// The ways of one of them and the part of each, the most likely first: by what they lose at the last prices.
    #[must_use]
    pub fn ways(&self, who: usize) -> Vec<(&Way, f64)> {
        // what differs by errors of rounding alone is alike
        let lost = |column: usize| (self.master.reduced_cost(column) * 1e6).round();
        let ways = self.known[who].iter();
        let mut ways: Vec<(&Way, f64, f64)> =
            ways.map(|(way, &at)| (way, lost(at), self.master.primal()[at])).collect();
        ways.sort_by(|a, b| a.1.total_cmp(&b.1).then(b.2.total_cmp(&a.2)));
        ways.into_iter().map(|(way, _, part)| (way, part)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Budget;
    use crate::problem::random::Random;

    #[test]
    fn prices_show_what_the_best_choice_of_ways_costs_or_less() {
        for seed in 0..60 {
            let random = &mut Random::new(seed);
            let most: Vec<u64> = (0..3).map(|_| random.between(0, 2)).collect();
            let kept = vec![(0, random.between(0, most[0]))];
            let costs: Vec<u64> = (0..4).map(|_| if seed % 2 == 0 { 1 } else { random.between(1, 3) }).collect();
            // type 3 is not limited: everybody has a way without the others
            let all: Vec<Vec<Way>> = (0..4)
                .map(|_| {
                    let plain = vec![(3, random.between(2, 5))];
                    let other = |random: &mut Random| -> Way {
                        let kinds: Vec<usize> = (0..4).filter(|_| random.chance(500)).collect();
                        kinds.into_iter().map(|kind| (kind, random.between(1, 2))).collect()
                    };
                    [plain].into_iter().chain((0..3).map(|_| other(random)).filter(|way| !way.is_empty())).collect()
                })
                .collect();
            let limits: Vec<(Vec<usize>, u64)> =
                most.iter().enumerate().map(|(kind, &most)| (vec![kind], most)).collect();
            let common = Common { limits, kept };
            // by trying all: what the bins of a choice cost, and those that are kept and empty
            let choose = |places: [usize; 4]| {
                let mut left = common.clone();
                let mut bins = 0;
                for (own, place) in all.iter().zip(places) {
                    let way = own.get(place)?;
                    if !left.allows(way) {
                        return None;
                    }
                    left.take(way);
                    bins += way.iter().map(|it| it.1 * costs[it.0]).sum::<u64>();
                }
                Some(bins + left.kept[0].1 * costs[0])
            };
            let places = (0..256).map(|at| [at % 4, at / 4 % 4, at / 16 % 4, at / 64]);
            let least = places.filter_map(choose).min().unwrap();
            let mut covers =
                Covers::of(&[None; 4], common.clone(), costs.iter().map(|&cost| to_float(cost)).collect(), 100.0)
                    .unwrap();
            for (who, ways) in all.iter().enumerate() {
                for (at, way) in ways.iter().enumerate() {
                    assert_eq!(covers.add(who, way), Some(!ways[..at].contains(way)));
                }
            }
            let (limits, kept) = covers.prices(&Budget::of_work(1_000_000)).unwrap();
            let cost = |way: &Way| {
                let bins = way
                    .iter()
                    .map(|it| to_float(it.1) * (to_float(costs[it.0]) + limits.get(it.0).copied().unwrap_or(0.0)));
                let own = way.iter().filter(|it| it.0 == 0).map(|it| to_float(it.1) * kept[0]);
                bins.sum::<f64>() - own.sum::<f64>()
            };
            let sum = |ways: &Vec<Way>| ways.iter().map(cost).fold(f64::INFINITY, f64::min);
            let paid = limits.iter().zip(&most).map(|(price, &most)| price * to_float(most)).sum::<f64>();
            let shown = all.iter().map(sum).sum::<f64>() - paid + kept[0] * to_float(common.kept[0].1);
            assert!(shown <= to_float(least) + 1e-4, "seed {seed}: {shown} of {least}");
            // four ways and three limits: not far below
            assert!(
                shown > to_float(least) - 3.0 * to_float(costs.iter().copied().max().unwrap()),
                "seed {seed}: {shown} of {least}"
            );
            let parts: f64 = covers.ways(0).iter().map(|way| way.1).sum();
            assert!((parts - 1.0).abs() < 1e-3, "seed {seed}: {parts}");
        }
    }

    #[test]
    fn sand_takes_the_parts_that_cost_least_beside_whoever_takes_whole_ways() {
        let (mut shared, mut random) = (0, Random::new(4));
        for _ in 0..100 {
            // of two resources so much that a bin of each type has these parts of it
            let part = |random: &mut Random| random.between(5, 20) as f64 / 1_000.0;
            let types = (0..3).map(|bin| (bin, vec![part(&mut random), part(&mut random)])).collect();
            let sand = Sand { resources: 2, types };
            let most = random.between(5, 60);
            let common = Common { limits: vec![(vec![1], most)], kept: Vec::new() };
            let costs: Vec<f64> = (0..3).map(|_| random.between(1, 9) as f64).collect();
            // somebody else takes one of the limited ones, or two others
            let whole: [Way; 2] = [vec![(1, 1)], vec![(0, 2)]];
            let mut covers = Covers::of(&[Some(&sand), None], common, costs.clone(), 1_000.0).unwrap();
            whole.iter().for_each(|way| assert_eq!(covers.add(1, way), Some(true)));
            let (prices, _) = covers.prices(&Budget::of_work(1_000_000)).unwrap();
            let parts = covers.parts(0);
            let used: f64 = parts.iter().filter(|it| it.0 == 1).map(|it| it.1).sum();
            let other = covers.ways(1).iter().find(|way| way.0 == &whole[0]).unwrap().1;
            assert!(used + other <= most as f64 + 1e-3);
            for q in 0..2 {
                let room: f64 = parts.iter().map(|it| it.1 * sand.types[it.0].1[q]).sum();
                assert!(room > 1.0 - 1e-4, "{parts:?}");
            }
            // no mixture of two types costs less at these prices, and it is one of these
            let cost = |bin: usize| costs[bin] + if bin == 1 { prices[0] } else { 0.0 };
            let own: f64 = parts.iter().map(|it| it.1 * cost(it.0)).sum();
            let rooms = |bin: usize| &sand.types[bin].1;
            let pairs = (0..3).flat_map(|a| (0..3).map(move |b| (a, b)));
            let mixtures = pairs.flat_map(|(a, b)| (0..=1_000).map(move |at| (a, b, f64::from(at) / 1_000.0)));
            let least = mixtures
                .map(|(a, b, of)| {
                    let room = |q: usize| of * rooms(a)[q] + (1.0 - of) * rooms(b)[q];
                    (of * cost(a) + (1.0 - of) * cost(b)) / room(0).min(room(1))
                })
                .fold(f64::INFINITY, f64::min);
            assert!(own <= least * 1.001 && own >= least * 0.98, "{own} {least}");
            shared += usize::from(used > 1.0 && prices[0] > 1e-6);
        }
        assert!(shared > 10, "{shared}");
    }
}
