//! Bins are whole: the least that so many of each type cost if together they have the room, were the sizes sand.
//!
//! A knapsack turned round, over the bin types instead of the items: exact in one row (a mixture of resources) by dynamic programming,
//! in several by a search that these tables prune, amount by amount: where it is too long, what it has excluded by then is a bound.

use std::cmp::Reverse;

use super::{Bound, gcd};
use crate::budget::Budget;
use crate::certify::Node;
use crate::problem::Problem;

/// Largest tables, in numbers. The checker's are of the same size.
pub(crate) const MOST_CELLS: usize = 1 << 22;

/// The least, what shows it, and bins.
#[derive(Clone, Debug)]
pub struct Covered {
    /// Bound and node.
    pub bound: Bound,
    /// So many bins of each type have the room: in the rows of the node, or where the search was too long in one of them.
    pub counts: Vec<u64>,
}

struct Kind {
    bin: usize,
    price: u64,
    most: u64,
    /// There are as many as anybody would take.
    free: bool,
    room: Vec<u128>,
}

impl Kind {
    /// So many are of use where so much room is missing in each row, and to be had for what is left.
    fn affordable(&self, short: &[u128], left: u64) -> u64 {
        let enough =
            short.iter().zip(&self.room).map(|(short, &worth)| if worth == 0 { 0 } else { short.div_ceil(worth) });
        let useful = u64::try_from(enough.max().unwrap_or(0)).unwrap_or(u64::MAX).min(self.most);
        left.checked_div(self.price).map_or(useful, |most| most.min(useful))
    }
}

/// The room that is missing in each row.
fn short(room: &[u128], asked: &[u128]) -> Vec<u128> {
    room.iter().zip(asked).map(|(room, asked)| asked.saturating_sub(*room)).collect()
}

/// Without those of which another costs no more, has no less room in any row, and is there as often as anybody would take it; of two
/// alike the first stays.
fn without_dominated(mut kinds: Vec<Kind>) -> Vec<Kind> {
    // whoever dominates stands before
    kinds.sort_by_cached_key(|kind| {
        let room = kind.room.iter().fold(0u128, |sum, &room| sum.saturating_add(room));
        (kind.price, Reverse(room), !kind.free, kind.bin)
    });
    let mut kept: Vec<Kind> = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let has = |other: &Kind| other.free && other.room.iter().zip(&kind.room).all(|(other, own)| other >= own);
        if !kept.iter().any(has) {
            kept.push(kind);
        }
    }
    kept.sort_by_key(|kind| kind.bin);
    kept
}

/// A row for each resource that measures it alone.
pub(crate) fn single_resources(dimensions: usize) -> Vec<Vec<u64>> {
    (0..dimensions).map(|row| (0..dimensions).map(|q| u64::from(q == row)).collect()).collect()
}

/// The least that whole bins at these prices cost: in the best of `rows` alone, or in all of them as far as `nodes` steps of a search
/// show. `None` where prices are too high for the tables and bins too many to be tried one by one, or no bins have the room.
///
/// Complexity: the least, times bin types and rows, and `nodes` times rows; where that is too much for the tables `nodes` times bin types and
/// rows, or nothing.
#[must_use]
pub fn cover(problem: &Problem, prices: &[u64], rows: &[Vec<u64>], nodes: u64, budget: &Budget) -> Option<Covered> {
    let worth = |vector: &[u64], row: &[u64]| -> Option<u128> {
        vector.iter().zip(row).try_fold(0u128, |sum, (&size, &price)| {
            sum.checked_add(u128::from(size) * u128::from(price)).filter(|&sum| sum < 1 << 100)
        })
    };
    let rows: Vec<&Vec<u64>> = rows.iter().filter(|row| row.iter().any(|&price| price > 0)).collect();
    let mut asked = Vec::with_capacity(rows.len());
    for row in &rows {
        let own = problem.items().iter().map(|item| worth(&item.size, row)?.checked_mul(item.demand.into()));
        asked.push(own.sum::<Option<u128>>()?);
    }
    let (rows, asked): (Vec<&Vec<u64>>, Vec<u128>) =
        rows.into_iter().zip(asked).filter(|(_, asked)| *asked > 0).unzip();
    let mut kinds = Vec::new();
    for (bin, &price) in prices.iter().enumerate() {
        let holds = problem.exists(bin) && (0..problem.items().len()).any(|item| problem.fits_alone(item, bin));
        if !holds {
            continue;
        }
        let room: Vec<u128> =
            rows.iter().map(|row| worth(&problem.bins()[bin].capacity, row)).collect::<Option<_>>()?;
        let useful = room.iter().zip(&asked).map(|(&room, asked)| if room == 0 { 0 } else { asked.div_ceil(room) });
        let useful = u64::try_from(useful.max()?).unwrap_or(u64::MAX);
        let most = problem.bins()[bin].max_count.map_or(useful, |most| most.min(useful));
        kinds.push(Kind { bin, price, most, free: most == useful, room });
    }
    // money is seldom as fine as it is written: tables of what divides all prices
    let unit = kinds.iter().map(|kind: &Kind| kind.price).fold(0, gcd).max(1);
    kinds.iter_mut().for_each(|kind| kind.price /= unit);
    let kinds = without_dominated(kinds);
    // where the dearest choice that anybody would make costs too much, there is no table
    let most = kinds.iter().map(|kind| u128::from(kind.price) * u128::from(kind.most)).sum::<u128>();
    let uppers = (0..rows.len()).map(|row| upper(&kinds, row, asked[row])).collect::<Option<Vec<u64>>>()?;
    let length = |upper: u128| usize::try_from(upper.min(most)).ok()?.checked_add(1);
    let cells = |length: usize| length.saturating_mul(kinds.len() + 1);
    let shortest = length(uppers.iter().copied().max()?.into())?;
    let spread = |counts: &[u64]| {
        let mut all = vec![0; prices.len()];
        kinds.iter().zip(counts).for_each(|(kind, &count)| all[kind.bin] = count);
        all
    };
    if cells(shortest) > MOST_CELLS {
        // prices to the cent: few bins are tried one by one
        let enough = uppers.iter().try_fold(0u64, |sum, &upper| sum.checked_add(upper))?;
        let mut few = Few { kinds: &kinds, asked: &asked, steps: nodes, least: enough, counts: Vec::new() };
        let found = few.improve(0, 0, &mut vec![0; asked.len()], &mut vec![0; kinds.len()]);
        budget.spend((nodes - few.steps).saturating_mul((asked.len() * kinds.len()) as u64)).ok()?;
        found?;
        let node = Node::Cover { rows: rows.into_iter().cloned().collect() };
        return Some(Covered {
            bound: Bound { value: few.least.checked_mul(unit)?, node },
            counts: spread(&few.counts),
        });
    }
    let searchable = |length: usize| cells(length).saturating_mul(rows.len()) <= MOST_CELLS;
    let searched = rows.len() > 1 && nodes > 0 && searchable(shortest);
    let mut kept = Vec::new();
    let mut single: Option<(u64, usize, Vec<u64>)> = None;
    for (row, &asked) in asked.iter().enumerate() {
        let tables = Tables::of(&kinds, row, shortest, budget)?;
        let (least, counts) = alone(&kinds, &tables, row, asked)?;
        if single.as_ref().is_none_or(|single| least > single.0) {
            single = Some((least, row, counts));
        }
        if searched {
            kept.push(tables);
        }
    }
    let (least, row, counts) = single?;
    if searched {
        let mut search = Whole::new(&kinds, &asked, kept, nodes);
        let (mut value, mut found) = search.least(least, shortest as u64 - 1);
        // what is enough for each row alone may be too little for two; all of it in one sum is enough
        let together = length(uppers.iter().map(|&upper| u128::from(upper)).sum())?;
        if !found && search.nodes > 0 && together > shortest && searchable(together) {
            search.tables =
                (0..asked.len()).map(|row| Tables::of(&kinds, row, together, budget)).collect::<Option<Vec<_>>>()?;
            (value, found) = search.least(value, together as u64 - 1);
        }
        budget.spend((nodes - search.nodes).saturating_mul(asked.len() as u64)).ok()?;
        if value > least || found {
            let node = Node::Cover { rows: rows.into_iter().cloned().collect() };
            let counts = spread(if found { &search.counts } else { &counts });
            return Some(Covered { bound: Bound { value: value.checked_mul(unit)?, node }, counts });
        }
    }
    let node = Node::Cover { rows: vec![rows[row].clone()] };
    Some(Covered { bound: Bound { value: least.checked_mul(unit)?, node }, counts: spread(&counts) })
}

/// An amount that buys enough in a row: that of whole bins of whatever type costs least for its room, one after the other.
fn upper(kinds: &[Kind], row: usize, asked: u128) -> Option<u64> {
    let mut order: Vec<&Kind> = kinds.iter().filter(|kind| kind.room[row] > 0).collect();
    order.sort_by(|a, b| {
        let (a, b) = ((u128::from(a.price), a.room[row]), (u128::from(b.price), b.room[row]));
        (a.0.saturating_mul(b.1)).cmp(&b.0.saturating_mul(a.1))
    });
    let (mut left, mut cost) = (asked, 0u64);
    for kind in order {
        let count = u64::try_from(left.div_ceil(kind.room[row])).unwrap_or(u64::MAX).min(kind.most);
        cost = cost.checked_add(kind.price.checked_mul(count)?)?;
        left = left.saturating_sub(kind.room[row] * u128::from(count));
        if left == 0 {
            return Some(cost);
        }
    }
    None
}

/// The least in one row, and the bins.
fn alone(kinds: &[Kind], tables: &Tables, row: usize, asked: u128) -> Option<(u64, Vec<u64>)> {
    let mut left = tables.from(0).partition_point(|&room| room < asked);
    let least = left as u64;
    let mut counts = vec![0; kinds.len()];
    let mut need = asked;
    for (at, kind) in kinds.iter().enumerate() {
        // the fewest of this kind that leave what the others can do
        let price = usize::try_from(kind.price).ok()?;
        while tables.from(at + 1)[left] < need && counts[at] < kind.most {
            counts[at] += 1;
            left = left.checked_sub(price)?;
            need = need.saturating_sub(kind.room[row]);
        }
    }
    Some((least, counts))
}

/// For each kind on, the most room in a row that each amount buys from there on.
struct Tables {
    length: usize,
    /// Those of the last kind first: each begins as the one before.
    cells: Vec<u128>,
}

impl Tables {
    /// Of `row`, for each amount below `length`. `None` at the end of the budget.
    fn of(kinds: &[Kind], row: usize, length: usize, budget: &Budget) -> Option<Self> {
        budget.spend((length * kinds.len()) as u64).ok()?;
        let mut cells = Vec::with_capacity(length * (kinds.len() + 1));
        cells.resize(length, 0u128);
        for kind in kinds.iter().rev() {
            let start = cells.len();
            cells.extend_from_within(start - length..);
            let all = &mut cells[start..];
            let price = usize::try_from(kind.price).unwrap_or(usize::MAX);
            // lots of 1, 2, 4, ... and the rest make every number
            let (mut left, mut lot) = (kind.most, 1u64);
            while left > 0 {
                let lots = lot.min(left);
                (left, lot) = (left - lots, lot.saturating_mul(2));
                let Some(paid) = usize::try_from(lots).ok().and_then(|lots| lots.checked_mul(price)) else { break };
                if paid >= length {
                    break;
                }
                let more = kind.room[row].saturating_mul(lots.into());
                budget.spend((length - paid) as u64).ok()?;
                for amount in (paid..length).rev() {
                    all[amount] = all[amount].max(all[amount - paid].saturating_add(more));
                }
            }
        }
        Some(Self { length, cells })
    }

    /// What the kinds from `kind` on have for each amount.
    fn from(&self, kind: usize) -> &[u128] {
        let end = self.cells.len() - kind * self.length;
        &self.cells[end - self.length..end]
    }
}

struct Whole<'a> {
    kinds: &'a [Kind],
    asked: &'a [u128],
    tables: Vec<Tables>,
    /// The bins chosen so far, and what they have.
    counts: Vec<u64>,
    room: Vec<u128>,
    /// Steps that are left.
    nodes: u64,
}

impl<'a> Whole<'a> {
    fn new(kinds: &'a [Kind], asked: &'a [u128], tables: Vec<Tables>, nodes: u64) -> Self {
        Self { kinds, asked, tables, counts: vec![0; kinds.len()], room: vec![0; asked.len()], nodes }
    }

    /// What bins cost at least in all rows, from `least` on and up to `most`, and whether bins that cost no more were found: not where
    /// the steps end before.
    fn least(&mut self, least: u64, most: u64) -> (u64, bool) {
        for value in least..most {
            let found = self.reaches(0, value as usize);
            if found || self.nodes == 0 {
                return (value, found);
            }
        }
        (most, false)
    }

    /// Whether bins of the kinds from `kind` on, for `left`, complete the room: those are chosen then. False at the last step, too.
    fn reaches(&mut self, kind: usize, left: usize) -> bool {
        if self.nodes == 0 {
            return false;
        }
        self.nodes -= 1;
        let mut rows = self.room.iter().zip(self.asked).zip(&self.tables);
        if !rows.all(|((&room, &asked), table)| room.saturating_add(table.from(kind)[left]) >= asked) {
            return false;
        }
        let Some(it) = self.kinds.get(kind) else { return true };
        let affordable = it.affordable(&short(&self.room, self.asked), left as u64);
        let before = self.room.clone();
        for count in (0..=affordable).rev() {
            for (room, (&start, &worth)) in self.room.iter_mut().zip(before.iter().zip(&it.room)) {
                *room = start.saturating_add(worth.saturating_mul(count.into()));
            }
            self.counts[kind] = count;
            // no overflow: what is affordable costs at most what is left
            if self.reaches(kind + 1, left - (count * it.price) as usize) {
                return true;
            }
        }
        self.counts[kind] = 0;
        self.room = before;
        false
    }
}

/// Few bins, whatever their prices: every choice that may be the cheapest is tried.
struct Few<'a> {
    kinds: &'a [Kind],
    asked: &'a [u128],
    /// Steps that are left.
    steps: u64,
    /// So much is enough, and the bins of that cost once they are known.
    least: u64,
    counts: Vec<u64>,
}

impl Few<'_> {
    /// Tries bins of the kinds from `kind` on beside those chosen, which have the `room`. `None` at the last step.
    fn improve(&mut self, kind: usize, paid: u64, room: &mut [u128], counts: &mut [u64]) -> Option<()> {
        self.steps = self.steps.checked_sub(1)?;
        let short = short(room, self.asked);
        if short.iter().all(|&short| short == 0) {
            (self.least, self.counts) = (paid, counts.to_vec());
            return Some(());
        }
        let Some(it) = self.kinds.get(kind) else { return Some(()) };
        // the first bins that are found may cost what is known to be enough
        let spent = paid + u64::from(!self.counts.is_empty());
        let Some(left) = self.least.checked_sub(spent) else { return Some(()) };
        // what is left buys enough in every row, were bins sand
        let buys = |row: usize, kind: &Kind| {
            let needed = short[row].checked_mul(kind.price.into());
            kind.room[row] > 0 && needed.is_none_or(|needed| needed <= u128::from(left).saturating_mul(kind.room[row]))
        };
        if !(0..short.len()).all(|row| short[row] == 0 || self.kinds[kind..].iter().any(|kind| buys(row, kind))) {
            return Some(());
        }
        let before = room.to_vec();
        for count in (0..=it.affordable(&short, left)).rev() {
            for (room, (&start, &worth)) in room.iter_mut().zip(before.iter().zip(&it.room)) {
                *room = start.saturating_add(worth.saturating_mul(count.into()));
            }
            counts[kind] = count;
            let paid = paid + count * it.price;
            if paid < self.least || (paid == self.least && self.counts.is_empty()) {
                self.improve(kind + 1, paid, room, counts)?;
            }
        }
        counts[kind] = 0;
        room.copy_from_slice(&before);
        Some(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::budget::{Options, Silent};
    use crate::problem::BinType;
    use crate::problem::every_count;
    use crate::problem::random::Random;

    /// The least that bins cost that have all the room, by trying every number of each type that holds an item at all.
    pub fn least(problem: &Problem, prices: &[u64]) -> Option<u64> {
        let asked = |q: usize| problem.items().iter().map(|item| item.size[q] * item.demand).sum::<u64>();
        let holds = |bin: usize| (0..problem.items().len()).any(|item| problem.fits_alone(item, bin));
        let copies = problem.copies();
        let there = |bin: usize| problem.bins()[bin].max_count.map_or(copies, |most| most.min(copies));
        let most: Vec<u64> = (0..prices.len()).map(|bin| if holds(bin) { there(bin) } else { 0 }).collect();
        let enough = |counts: &Vec<u64>| {
            let room = |q: usize| counts.iter().zip(problem.bins()).map(|(count, bin)| count * bin.capacity[q]).sum();
            (0..problem.dimensions()).all(|q| asked(q) <= room(q))
        };
        let cost = |counts: Vec<u64>| counts.iter().zip(prices).map(|(count, price)| count * price).sum();
        every_count(&most).filter(enough).map(cost).min()
    }

    #[test]
    fn whole_bins_cost_what_trying_all_says_and_no_bound_is_above_it() {
        let (mut exact, mut below) = (0, 0);
        for seed in 0..300 {
            let random = &mut Random::new(seed);
            let mut builder = Problem::builder(2);
            builder.classes(1);
            builder.bin(&[10, 10]);
            let types = 1 + random.index(3);
            for _ in 0..types {
                let capacity = vec![random.between(10, 30), random.between(10, 30)];
                builder.bin_type(BinType { capacity, cost: 1, max_count: Some(random.between(1, 2)) });
            }
            for _ in 0..4 {
                builder.item(&[random.between(1, 9), random.between(1, 9)], random.between(1, 2), 0);
            }
            let problem = builder.build().unwrap();
            let prices: Vec<u64> = (0..=types).map(|bin| if bin == 0 { 6 } else { random.between(0, 14) }).collect();
            let rows = [vec![1, 0], vec![0, 1], vec![random.between(1, 3), random.between(1, 3)]];
            let budget = Budget::new(&Options::default(), 100_000_000, &Silent);
            let right = least(&problem, &prices).unwrap();
            let found = cover(&problem, &prices, &rows, 100_000, &budget).unwrap();
            assert!(found.bound.value <= right, "seed {seed}");
            let cost: u64 = found.counts.iter().zip(&prices).map(|(count, price)| count * price).sum();
            let room = |q: usize| {
                found.counts.iter().zip(problem.bins()).map(|(count, bin)| count * bin.capacity[q]).sum::<u64>()
            };
            let asked = |q: usize| problem.items().iter().map(|item| item.size[q] * item.demand).sum::<u64>();
            if (0..2).all(|q| room(q) >= asked(q)) {
                assert_eq!((cost, found.bound.value), (right, right), "seed {seed}");
                exact += 1;
            }
            let short = cover(&problem, &prices, &rows, random.between(0, 12), &budget).unwrap().bound.value;
            assert!(short <= right, "seed {seed}");
            below += u64::from(short < right);
        }
        assert!(exact > 30 && below > 0, "{exact} {below}");
    }

    #[test]
    fn prices_to_the_cent_change_nothing_where_bins_are_few() {
        let mut exact = 0;
        for seed in 0..300 {
            let random = &mut Random::new(seed);
            let mut builder = Problem::builder(2);
            builder.classes(1);
            let types = 2 + random.index(4);
            for bin in 0..types {
                let capacity = vec![random.between(10, 30), random.between(10, 30)];
                let max_count = (bin > 0 && random.chance(300)).then(|| random.between(1, 2));
                builder.bin_type(BinType { capacity, cost: 1, max_count });
            }
            for _ in 0..4 {
                builder.item(&[random.between(1, 9), random.between(1, 9)], random.between(1, 2), 0);
            }
            let problem = builder.build().unwrap();
            // no table has so many amounts
            let prices: Vec<u64> = (0..types).map(|_| random.between(1_000_000, 9_000_000)).collect();
            let budget = Budget::new(&Options::default(), 100_000_000, &Silent);
            let right = least(&problem, &prices);
            let found = cover(&problem, &prices, &single_resources(2), 100_000, &budget);
            assert_eq!(found.as_ref().map(|found| found.bound.value), right, "seed {seed}");
            let Some(found) = found else { continue };
            let cost: u64 = found.counts.iter().zip(&prices).map(|(count, price)| count * price).sum();
            assert_eq!(Some(cost), right, "seed {seed}");
            exact += 1;
            // a search that ends too soon says nothing
            let short = cover(&problem, &prices, &single_resources(2), 3, &budget);
            assert!(short.is_none_or(|short| Some(short.bound.value) == right), "seed {seed}");
        }
        assert!(exact > 200, "{exact}");
    }
}
