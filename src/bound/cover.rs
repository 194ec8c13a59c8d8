//! Bins are whole: the least that so many of each type cost if together they have the room, were the sizes sand.
//!
//! A knapsack turned round, over the bin types instead of the items: exact in one row (a mixture of resources) by dynamic programming,
//! in several by a search that these tables prune.

use super::Bound;
use crate::budget::Budget;
use crate::certify::Node;
use crate::problem::Problem;

/// Largest tables, in numbers. The checker's are of the same size.
const MOST_CELLS: usize = 1 << 22;
/// Most nodes of a search over several rows.
const MOST_NODES: u64 = 20_000;

/// The least, what shows it, and bins that cost it.
#[derive(Clone, Debug)]
pub struct Covered {
    /// Bound and node.
    pub bound: Bound,
    /// So many bins of each type have the room in the rows of the node.
    pub counts: Vec<u64>,
}

struct Kind {
    bin: usize,
    price: u64,
    most: u64,
    room: Vec<u128>,
}

/// The least that whole bins at these prices cost: in the best of `rows` alone, or in all of them where there are few enough of them.
/// `None` where a price is too high for the tables, or no bins have the room.
///
/// Complexity: the least, times bin types and rows, and a bounded search.
#[must_use]
pub fn cover(problem: &Problem, prices: &[u64], rows: &[Vec<u64>], budget: &Budget) -> Option<Covered> {
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
        kinds.push(Kind { bin, price, most, room });
    }
    // where the dearest choice that anybody would make costs too much, there is no table
    let most = kinds.iter().map(|kind| u128::from(kind.price) * u128::from(kind.most)).sum::<u128>();
    let mut single: Option<(u64, usize, Vec<u64>)> = None;
    for (row, &asked) in asked.iter().enumerate() {
        let (least, counts) = alone(&kinds, row, asked, most, budget)?;
        if single.as_ref().is_none_or(|single| least > single.0) {
            single = Some((least, row, counts));
        }
    }
    let (least, row, counts) = single?;
    let spread = |counts: &[u64]| {
        let mut all = vec![0; prices.len()];
        kinds.iter().zip(counts).for_each(|(kind, &count)| all[kind.bin] = count);
        all
    };
    if rows.len() > 1
        && let Some((value, counts)) = all(&kinds, &asked, least, most, budget)
        && value > least
    {
        let node = Node::Cover { rows: rows.into_iter().cloned().collect() };
        return Some(Covered { bound: Bound { value, node }, counts: spread(&counts) });
    }
    let node = Node::Cover { rows: vec![rows[row].clone()] };
    Some(Covered { bound: Bound { value: least, node }, counts: spread(&counts) })
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
fn alone(kinds: &[Kind], row: usize, asked: u128, most: u128, budget: &Budget) -> Option<(u64, Vec<u64>)> {
    let upper = upper(kinds, row, asked)?;
    let length = usize::try_from(u128::from(upper).min(most)).ok()?.checked_add(1)?;
    if length.saturating_mul(kinds.len() + 1) > MOST_CELLS {
        return None;
    }
    let tables = tables(kinds, row, length, budget)?;
    let mut left = tables[0].partition_point(|&room| room < asked);
    let least = left as u64;
    let mut counts = vec![0; kinds.len()];
    let mut need = asked;
    for (at, kind) in kinds.iter().enumerate() {
        // the fewest of this kind that leave what the others can do
        let price = usize::try_from(kind.price).ok()?;
        while tables[at + 1][left] < need && counts[at] < kind.most {
            counts[at] += 1;
            left = left.checked_sub(price)?;
            need = need.saturating_sub(kind.room[row]);
        }
    }
    Some((least, counts))
}

/// For each kind on, the most room in a row that each amount buys.
fn tables(kinds: &[Kind], row: usize, length: usize, budget: &Budget) -> Option<Vec<Vec<u128>>> {
    let mut tables = vec![vec![0u128; length]];
    for kind in kinds.iter().rev() {
        let mut all = tables.last()?.clone();
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
        tables.push(all);
    }
    tables.reverse();
    Some(tables)
}

/// The least in all rows, and the bins; `None` where the search is too long.
fn all(kinds: &[Kind], asked: &[u128], least: u64, most: u128, budget: &Budget) -> Option<(u64, Vec<u64>)> {
    // whatever covers each row covers them all
    let uppers = (0..asked.len()).map(|row| upper(kinds, row, asked[row])).collect::<Option<Vec<u64>>>()?;
    let upper = uppers.iter().fold(0u64, |sum, &own| sum.saturating_add(own));
    let length = usize::try_from(u128::from(upper).min(most)).ok()?.checked_add(1)?;
    if length.saturating_mul(kinds.len() + 1).saturating_mul(asked.len()) > MOST_CELLS {
        return None;
    }
    let tables = (0..asked.len()).map(|row| tables(kinds, row, length, budget)).collect::<Option<Vec<_>>>()?;
    let mut search = Whole {
        kinds,
        asked,
        tables,
        least,
        best: length as u64,
        counts: vec![0; kinds.len()],
        found: None,
        nodes: MOST_NODES,
    };
    search.go(0, 0, &mut vec![0; asked.len()]);
    budget.spend(MOST_NODES - search.nodes).ok()?;
    (search.nodes > 0).then_some(())?;
    search.found.map(|counts| (search.best, counts))
}

struct Whole<'a> {
    kinds: &'a [Kind],
    asked: &'a [u128],
    tables: Vec<Vec<Vec<u128>>>,
    /// No choice costs less.
    least: u64,
    /// Choices from here on are of no interest.
    best: u64,
    counts: Vec<u64>,
    found: Option<Vec<u64>>,
    nodes: u64,
}

impl Whole<'_> {
    fn go(&mut self, kind: usize, paid: u64, room: &mut Vec<u128>) {
        if self.nodes == 0 || self.best <= self.least || paid >= self.best {
            return;
        }
        self.nodes -= 1;
        if room.iter().zip(self.asked).all(|(room, asked)| room >= asked) {
            (self.best, self.found) = (paid, Some(self.counts.clone()));
            return;
        }
        let left = (self.best - 1 - paid) as usize;
        let short = |((&room, &asked), table): ((&u128, &u128), &Vec<Vec<u128>>)| room + table[kind][left] < asked;
        if kind == self.kinds.len() || room.iter().zip(self.asked).zip(&self.tables).any(short) {
            return;
        }
        let it = &self.kinds[kind];
        let affordable = (left as u64).checked_div(it.price).map_or(it.most, |most| most.min(it.most));
        let before = room.clone();
        for count in (0..=affordable).rev() {
            for (room, (&start, &worth)) in room.iter_mut().zip(before.iter().zip(&it.room)) {
                *room = start.saturating_add(worth.saturating_mul(count.into()));
            }
            self.counts[kind] = count;
            self.go(kind + 1, paid + count * it.price, room);
        }
        self.counts[kind] = 0;
        *room = before;
    }
}
