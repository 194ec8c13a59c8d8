//! Random masters, and the columns a real one would get.

use tenantry::engine::random::Random;

/// A sparse column: cost and entries.
pub type Column = (f64, Vec<(usize, f64)>);

/// A bin-packing instance like the u classes of Falkenauer (1996) with random conflicts: item types with size,
/// demand and conflict bits; capacity 150.
pub struct Packing {
    pub sizes: Vec<usize>,
    pub demands: Vec<usize>,
    pub conflicts: Vec<Vec<bool>>,
    pub capacity: usize,
}

impl Packing {
    /// `items` item types of sizes 20..=100; about `density` percent of the pairs conflict. A type keeps its own row
    /// unless it can be merged with one of the same size (only without conflicts).
    pub fn new(items: usize, density: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut sizes: Vec<usize> = (0..items).map(|_| 20 + random.index(81)).collect();
        let mut demands = vec![1; items];
        if density == 0 {
            let mut count = vec![0; 101];
            sizes.iter().for_each(|&size| count[size] += 1);
            sizes = (0..=100).filter(|&size| count[size] > 0).collect();
            demands = sizes.iter().map(|&size| count[size]).collect();
        }
        let n = sizes.len();
        let mut conflicts = vec![vec![false; n]; n];
        for (a, b) in (0..n).flat_map(|a| (0..a).map(move |b| (a, b))) {
            let apart = random.index(100) < density;
            conflicts[a][b] = apart;
            conflicts[b][a] = apart;
        }
        Self { sizes, demands, conflicts, capacity: 150 }
    }

    /// A maximal bin filled in the given order.
    pub fn fill(&self, order: &[usize]) -> Column {
        let mut left = self.capacity;
        let mut bin: Vec<(usize, f64)> = Vec::new();
        for &item in order {
            let fits = left.checked_div(self.sizes[item]).unwrap_or(0).min(self.demands[item]);
            if fits > 0 && bin.iter().all(|&(other, _)| !self.conflicts[item][other]) {
                left -= fits * self.sizes[item];
                bin.push((item, fits as f64));
            }
        }
        (1.0, bin)
    }

    /// First-fit-like bins that cover every item, by descending size.
    pub fn start(&self) -> Vec<Column> {
        let mut left = self.demands.clone();
        let mut order: Vec<usize> = (0..self.sizes.len()).collect();
        order.sort_by_key(|&item| (std::cmp::Reverse(self.sizes[item]), item));
        let mut columns = Vec::new();
        while let Some(&first) = order.iter().find(|&&item| left[item] > 0) {
            let mut bin: Vec<(usize, f64)> = Vec::new();
            let mut room = self.capacity;
            for &item in order.iter().filter(|&&item| self.sizes[item] <= self.sizes[first]) {
                let fits = (room / self.sizes[item]).min(left[item]);
                if fits > 0 && bin.iter().all(|&(other, _)| !self.conflicts[item][other]) {
                    room -= fits * self.sizes[item];
                    left[item] -= fits;
                    bin.push((item, fits as f64));
                }
            }
            columns.push((1.0, bin));
        }
        columns
    }

    /// A round of heuristic pricing: greedy bins by value per size, one started at each item of value, at most three
    /// bins a type; only those worth more than 1.
    pub fn price(&self, duals: &[f64]) -> Vec<Column> {
        let value = |item: usize| duals[item] / self.sizes[item] as f64;
        let mut order: Vec<usize> = (0..self.sizes.len()).filter(|&item| duals[item] > 1e-9).collect();
        order.sort_by(|&a, &b| value(b).total_cmp(&value(a)).then(a.cmp(&b)));
        let mut covered = vec![0; self.sizes.len()];
        let mut columns = Vec::new();
        for at in 0..order.len() {
            if covered[order[at]] >= 3 {
                continue;
            }
            let mut from = vec![order[at]];
            from.extend(order.iter().copied().filter(|&item| item != order[at] && covered[item] < 3));
            let column = self.fill(&from);
            if column.1.iter().map(|&(item, count)| duals[item] * count).sum::<f64>() > 1.0 + 1e-7 {
                column.1.iter().for_each(|&(item, _)| covered[item] += 1);
                columns.push(column);
            }
        }
        columns
    }
}
