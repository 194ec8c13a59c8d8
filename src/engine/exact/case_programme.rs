//! The linear programme of a case: bins of whatever content cover its items, within all that a plan obeys.

use super::case_prices::Duals;
use super::effort::case_tree::{COLUMNS, START};
use super::float::to_float;
use super::master::{Master, MasterError, Outcome, Row, Simplex};
use super::small_case::{Case, Content, End, Item, Range, Sought};
use crate::budget::Budget;
use crate::certify::Level;

/// What a reduced cost must fall short of to be worth a column.
const SLACK: f64 = 1e-9;

/// What the programme came to.
pub(super) struct Solved {
    pub duals: Duals,
    /// In the level's own numbers.
    pub value: f64,
    /// Contents, and how many bins have them where that is more than nothing.
    pub amounts: Vec<(usize, f64)>,
}

/// The rows of a case.
pub(super) struct Programme<'a> {
    sought: &'a Sought<'a>,
    case: &'a Case,
    rows: Vec<Row>,
    items: Vec<Option<usize>>,
    /// Of the maximum count, and of the kept bins, of each bin type.
    own: Vec<Option<usize>>,
    kept: Vec<Option<usize>>,
    limits: Vec<usize>,
    path: Vec<usize>,
    /// At most, at least.
    clusters: Option<[usize; 2]>,
    cost: Option<[usize; 2]>,
    moves: Option<usize>,
    /// What cost and charges are counted in.
    dear: f64,
    charged: f64,
}

impl<'a> Programme<'a> {
    pub fn new(sought: &'a Sought, exists: &[usize], case: &'a Case) -> Self {
        let (problem, terms) = (sought.problem, sought.problem.terms());
        let limited = |count: u64| to_float(count.min(1 << 29));
        let dear = to_float(exists.iter().map(|&bin| problem.bins()[bin].cost).max().unwrap_or(0).max(1));
        let highest = |item: &Item| item.charges.iter().copied().max().unwrap_or(0) * item.demand;
        let charged = to_float(case.items.iter().map(highest).sum::<u64>().max(1));
        let mut rows = Vec::new();
        let mut put = |row: Row| {
            rows.push(row);
            rows.len() - 1
        };
        let cover = |item: &Item| (item.demand > 0).then(|| Row::cover(to_float(item.demand)));
        let items = case.items.iter().map(|item| cover(item).map(&mut put)).collect();
        let (mut own, mut kept) = (vec![None; problem.bins().len()], vec![None; problem.bins().len()]);
        for &bin in exists {
            own[bin] = problem.bins()[bin].max_count.map(|most| put(Row::at_most(limited(most))));
        }
        // of a type that does not exist, too: then there is no plan
        for (bin, row) in kept.iter_mut().enumerate() {
            *row = (problem.kept(bin) > 0).then(|| put(Row::cover(limited(problem.kept(bin)))));
        }
        let limits = terms.limits.iter().map(|limit| put(Row::at_most(limited(limit.most)))).collect();
        let turns = case.path.iter().map(|turn| match turn.few {
            true => Row::at_most(limited(turn.most)),
            false => Row::cover(limited(turn.most.saturating_add(1))),
        });
        let path = turns.map(&mut put).collect();
        let mut held = |range: Option<Range>, unit: f64| {
            let scaled = |value: u64| (to_float(value) / unit).min(1e9);
            range.map(|range| [put(Row::at_most(scaled(range.most))), put(Row::cover(scaled(range.least)))])
        };
        let (clusters, cost) = (held(sought.clusters, 1.0), held(sought.cost, dear));
        // that they are at least so many is no row: items that are covered twice would earn what they are charged
        let moves = sought.moves.map(|range| put(Row::at_most((to_float(range.most) / charged).min(1e9))));
        Self { sought, case, rows, items, own, kept, limits, path, clusters, cost, moves, dear, charged }
    }

    /// What the level counts a value of 1 of the programme.
    fn unit(&self) -> f64 {
        match self.sought.level {
            Level::Clusters | Level::Infeasible => 1.0,
            Level::Cost => self.dear,
            Level::Moves => self.charged,
        }
    }

    /// The cost of a column, and its entries.
    fn column(&self, content: &Content) -> (f64, Vec<(usize, f64)>) {
        let (problem, bin) = (self.sought.problem, content.bin);
        let paid = to_float(problem.bins()[bin].cost) / self.dear;
        let share = to_float(content.charge) / self.charged;
        let cost = match self.sought.level {
            Level::Clusters => 1.0,
            Level::Cost => paid,
            Level::Moves => share,
            Level::Infeasible => 0.0,
        };
        let held = content.items().filter_map(|(item, copies)| Some((self.items[item]?, to_float(copies))));
        let mut entries: Vec<(usize, f64)> = held.collect();
        entries.extend(self.own[bin].into_iter().chain(self.kept[bin]).map(|row| (row, 1.0)));
        let limits = self.limits.iter().zip(&problem.terms().limits).filter(|(_, limit)| limit.bins.contains(bin));
        entries.extend(limits.map(|(&row, _)| (row, 1.0)));
        let turns = self.path.iter().zip(&self.case.path).filter(|(_, turn)| turn.bins.contains(&bin));
        entries.extend(turns.map(|(&row, _)| (row, 1.0)));
        entries.extend(self.clusters.into_iter().flatten().map(|row| (row, 1.0)));
        entries.extend(self.cost.into_iter().flatten().map(|row| (row, paid)));
        entries.extend(self.moves.map(|row| (row, share)));
        (cost, entries)
    }

    pub fn solve(&self, contents: &[Content], budget: &Budget) -> Result<Solved, End> {
        match self.attempt(contents, 0, budget) {
            Err(MasterError::Numerical) => Ok(self.attempt(contents, 1, budget)?),
            other => Ok(other?),
        }
    }

    fn attempt(&self, contents: &[Content], seed: u64, budget: &Budget) -> Result<Solved, MasterError> {
        let mut master = Simplex::new(&self.rows, seed)?;
        let mut entered: Vec<usize> = Vec::new();
        let mut inside = vec![false; contents.len()];
        let all = contents.len() <= START;
        let mut next: Vec<usize> = (0..contents.len()).filter(|&at| all || contents[at].distinct() <= 1).collect();
        let feasible = loop {
            for &at in &next {
                let (cost, entries) = self.column(&contents[at]);
                master.add_column(cost, &entries)?;
                inside[at] = true;
                entered.push(at);
            }
            let feasible = master.solve(budget)? == Outcome::Optimal;
            next = self.attractive(contents, &inside, master.duals(), feasible, budget)?;
            if next.is_empty() {
                break feasible;
            }
        };
        let amounts = entered.into_iter().zip(master.primal().iter().copied()).filter(|&(_, amount)| amount > 1e-6);
        let duals = self.duals(master.duals(), feasible);
        Ok(Solved { duals, value: master.objective() * self.unit(), amounts: amounts.collect() })
    }

    /// The contents outside whose reduced cost is lowest, some of each bin type; without costs, where the rows cannot be met.
    fn attractive(
        &self,
        contents: &[Content],
        inside: &[bool],
        duals: &[f64],
        priced: bool,
        budget: &Budget,
    ) -> Result<Vec<usize>, MasterError> {
        let mut found: Vec<(usize, f64, usize)> = Vec::new();
        for (at, content) in contents.iter().enumerate().filter(|&(at, _)| !inside[at]) {
            let (cost, entries) = self.column(content);
            budget.spend(entries.len() as u64)?;
            let worth: f64 = entries.iter().map(|&(row, entry)| duals[row] * entry).sum();
            let reduced = if priced { cost - worth } else { -worth };
            if reduced < -SLACK {
                found.push((content.bin, reduced, at));
            }
        }
        found.sort_by(|x, y| x.0.cmp(&y.0).then(x.1.total_cmp(&y.1)).then(x.2.cmp(&y.2)));
        let among = found.chunk_by(|x, y| x.0 == y.0);
        Ok(among.flat_map(|same| same.iter().take(COLUMNS).map(|&(_, _, at)| at)).collect())
    }

    /// The duals as prices, in the level's own numbers; of a ray in whatever is largest.
    fn duals(&self, duals: &[f64], feasible: bool) -> Duals {
        let unit = if feasible { self.unit() } else { 1.0 };
        let worth = |row: usize| duals[row] * unit;
        let worths = |rows: &[Option<usize>]| -> Vec<f64> {
            rows.iter().map(|row| row.map_or(0.0, |row| worth(row).abs())).collect()
        };
        // a row of at most has a dual that is not positive: what it takes off is its price
        let held = |rows: Option<[usize; 2]>| -rows.map_or(0.0, |[most, least]| worth(most) + worth(least));
        Duals {
            feasible,
            items: worths(&self.items),
            shared: worths(&self.own),
            kept: worths(&self.kept),
            limits: self.limits.iter().map(|&row| worth(row).abs()).collect(),
            path: self.path.iter().map(|&row| worth(row).abs()).collect(),
            clusters: held(self.clusters),
            cost: held(self.cost) / self.dear,
            moves: -self.moves.map_or(0.0, worth) / self.charged,
        }
    }
}
