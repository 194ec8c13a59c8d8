//! Sparse Gaussian elimination with Markowitz pivoting (Markowitz 1957; threshold and limited search as in Suhl &
//! Suhl 1990): picks pivots that are large enough and cause little fill.

/// "No element": end of a list, a removed element.
const NONE: u32 = u32::MAX;
/// A pivot is at least this fraction of the largest entry of its column.
const THRESHOLD: f64 = 0.1;
/// A smaller pivot counts as zero: the matrix is singular there.
const SINGULAR: f64 = 1e-9;
/// A smaller entry after cancellation is dropped.
const DROP: f64 = 1e-13;
/// Where so large a part of the pivot's column is there, what is left is full, ...
const DENSE: (usize, usize) = (2, 5);
/// ... unless so few are left.
const LEAST_DENSE: usize = if cfg!(test) { 3 } else { 24 };
/// Rows and columns looked at before the best pivot so far is taken.
const SEARCH: usize = 4;

/// A sparse vector as `(index, value)` pairs.
pub(super) type Sparse = Vec<(u32, f64)>;

/// `P L U Q` of a square matrix, by rows and columns of the input. Column `k` is pivoted in row `pivot_row[k]`.
#[derive(Clone, Default)]
pub(super) struct Elimination {
    /// The row in which each column was pivoted, [`u32::MAX`] for those that depend on the others.
    pub pivot_row: Vec<u32>,
    /// The rows in the order of their pivots.
    pub order: Vec<u32>,
    /// The pivots, by row.
    pub diagonal: Vec<f64>,
    /// `U` without its diagonal, by row: `(column, value)`.
    pub upper: Vec<Sparse>,
    /// `L` without its diagonal: for each pivot row in order, `(row, multiplier)`.
    pub lower: Vec<(u32, Sparse)>,
    /// Elementary steps of the last run.
    pub work: u64,
    /// The active part by column, `(row, value)`, and its pattern by row.
    columns: Vec<Sparse>,
    rows: Vec<Vec<u32>>,
    column_lists: Lists,
    row_lists: Lists,
    multiplier: Vec<f64>,
    seen: Vec<bool>,
}

impl Elimination {
    /// Factorises the matrix of size `size` whose column `k` is written by `column(k, out)`.
    pub fn run(&mut self, size: usize, column: impl Fn(usize, &mut Sparse)) {
        self.reset(size);
        for k in 0..size {
            column(k, &mut self.columns[k]);
            for &(row, _) in &self.columns[k] {
                self.rows[row as usize].push(k as u32);
            }
            self.column_lists.set(k as u32, self.columns[k].len());
            self.work += self.columns[k].len() as u64;
        }
        for row in 0..size {
            self.row_lists.set(row as u32, self.rows[row].len());
        }
        while let Some((row, k)) = self.choose(size) {
            // a pivot of least fill in a column that is full: so are the others, and lists are the slow way
            let left = size - self.order.len();
            if left >= LEAST_DENSE && self.columns[k as usize].len() * DENSE.1 >= left * DENSE.0 {
                return self.eliminate_densely();
            }
            self.eliminate(row, k);
        }
    }

    /// The rest as a full matrix, column by column, the pivot the largest entry.
    fn eliminate_densely(&mut self) {
        let active = |lists: &Lists| -> Vec<u32> {
            (0..lists.count.len() as u32).filter(|&element| lists.count[element as usize] != usize::MAX).collect()
        };
        let (mut rows, columns) = (active(&self.row_lists), active(&self.column_lists));
        let size = rows.len();
        let mut place = vec![usize::MAX; self.diagonal.len()];
        rows.iter().enumerate().for_each(|(at, &row)| place[row as usize] = at);
        let mut full = vec![vec![0.0_f64; size]; columns.len()];
        for (dense, &k) in full.iter_mut().zip(&columns) {
            self.columns[k as usize].iter().for_each(|&(row, value)| dense[place[row as usize]] = value);
        }
        let mut done = 0;
        for index in 0..columns.len() {
            let (this, later) = full[index..].split_at_mut(1);
            let this = &mut this[0];
            let largest = (done..size).max_by(|&a, &b| this[a].abs().total_cmp(&this[b].abs()));
            let Some(at) = largest.filter(|&at| this[at].abs() >= SINGULAR) else { continue };
            let pivot = this[at];
            let row = rows[at];
            rows.swap(at, done);
            this.swap(at, done);
            let multipliers = &mut this[done + 1..];
            multipliers.iter_mut().for_each(|value| *value /= pivot);
            for (dense, &k) in later.iter_mut().zip(&columns[index + 1..]) {
                dense.swap(at, done);
                let factor = dense[done];
                if factor.abs() <= DROP {
                    continue;
                }
                self.upper[row as usize].push((k, factor));
                dense[done + 1..].iter_mut().zip(&*multipliers).for_each(|(entry, &value)| *entry -= value * factor);
            }
            self.work += ((size - done) * (1 + later.len())) as u64 / 4;
            self.pivot_row[columns[index] as usize] = row;
            self.order.push(row);
            self.diagonal[row as usize] = pivot;
            let entries = rows[done + 1..].iter().zip(&*multipliers).filter(|(_, value)| value.abs() > DROP);
            let below: Sparse = entries.map(|(&row, &value)| (row, value)).collect();
            if !below.is_empty() {
                self.lower.push((row, below));
            }
            done += 1;
        }
    }

    fn reset(&mut self, size: usize) {
        self.pivot_row.clear();
        self.pivot_row.resize(size, NONE);
        self.order.clear();
        self.diagonal.clear();
        self.diagonal.resize(size, 0.0);
        self.lower.clear();
        self.multiplier.clear();
        self.multiplier.resize(size, 0.0);
        self.seen.clear();
        self.seen.resize(size, false);
        self.upper.resize_with(size, Vec::new);
        self.columns.resize_with(size, Vec::new);
        self.rows.resize_with(size, Vec::new);
        self.upper.iter_mut().for_each(Vec::clear);
        self.columns.iter_mut().for_each(Vec::clear);
        self.rows.iter_mut().for_each(Vec::clear);
        self.column_lists.reset(size);
        self.row_lists.reset(size);
        self.work = size as u64;
    }

    /// A pivot of small Markowitz cost `(row count - 1) (column count - 1)`; `None` when nothing usable is left.
    fn choose(&mut self, size: usize) -> Option<(u32, u32)> {
        let mut best: Option<(usize, u32, u32)> = None;
        let mut looked = 0;
        for count in 1..=size {
            let bar = (count - 1) * (count - 1);
            let mut k = self.column_lists.head[count];
            while k != NONE {
                self.consider_column(k, count, &mut best);
                looked += 1;
                if best.is_some_and(|(cost, ..)| cost <= bar || looked >= SEARCH) {
                    return best.map(|(_, row, k)| (row, k));
                }
                k = self.column_lists.next[k as usize];
            }
            let mut row = self.row_lists.head[count];
            while row != NONE {
                self.consider_row(row, count, &mut best);
                looked += 1;
                if best.is_some_and(|(cost, ..)| cost <= bar || looked >= SEARCH) {
                    return best.map(|(_, row, k)| (row, k));
                }
                row = self.row_lists.next[row as usize];
            }
        }
        best.map(|(_, row, k)| (row, k))
    }

    fn consider_column(&mut self, k: u32, count: usize, best: &mut Option<(usize, u32, u32)>) {
        let column = &self.columns[k as usize];
        self.work += column.len() as u64;
        let largest = column.iter().fold(0.0_f64, |largest, &(_, value)| largest.max(value.abs()));
        if largest < SINGULAR {
            return;
        }
        for &(row, value) in column {
            let cost = (self.row_lists.count[row as usize] - 1) * (count - 1);
            if value.abs() >= THRESHOLD * largest && best.is_none_or(|(least, ..)| cost < least) {
                *best = Some((cost, row, k));
            }
        }
    }

    fn consider_row(&mut self, row: u32, count: usize, best: &mut Option<(usize, u32, u32)>) {
        for &k in &self.rows[row as usize] {
            let column = &self.columns[k as usize];
            let cost = (column.len() - 1) * (count - 1);
            if best.is_some_and(|(least, ..)| cost >= least) {
                continue;
            }
            self.work += column.len() as u64;
            let mut largest = 0.0_f64;
            let mut here = 0.0;
            for &(other, value) in column {
                largest = largest.max(value.abs());
                if other == row {
                    here = value.abs();
                }
            }
            if here >= SINGULAR && here >= THRESHOLD * largest {
                *best = Some((cost, row, k));
            }
        }
    }

    fn eliminate(&mut self, row: u32, k: u32) {
        let column = std::mem::take(&mut self.columns[k as usize]);
        let across = std::mem::take(&mut self.rows[row as usize]);
        self.column_lists.remove(k);
        self.row_lists.remove(row);
        let pivot = column.iter().find(|&&(other, _)| other == row).map_or(1.0, |&(_, value)| value);
        let mut below: Sparse = Vec::with_capacity(column.len().saturating_sub(1));
        for &(other, value) in &column {
            if other != row {
                forget(&mut self.rows[other as usize], k);
                below.push((other, value / pivot));
                self.multiplier[other as usize] = value / pivot;
            }
        }
        for &other in across.iter().filter(|&&other| other != k) {
            self.update(row, other, &below);
        }
        for &(other, _) in &below {
            self.multiplier[other as usize] = 0.0;
            self.row_lists.set(other, self.rows[other as usize].len());
        }
        self.work += (column.len() + across.len()) as u64;
        self.pivot_row[k as usize] = row;
        self.order.push(row);
        self.diagonal[row as usize] = pivot;
        if !below.is_empty() {
            self.lower.push((row, below));
        }
        // keep the allocations for the next run
        self.columns[k as usize] = column;
        self.columns[k as usize].clear();
        self.rows[row as usize] = across;
        self.rows[row as usize].clear();
    }

    /// Moves the pivot row's entry of column `k` to `U` and subtracts the pivot column from the rest.
    fn update(&mut self, row: u32, k: u32, below: &Sparse) {
        let column = &mut self.columns[k as usize];
        self.work += (column.len() + below.len()) as u64;
        let Some(at) = column.iter().position(|&(other, _)| other == row) else { return };
        let (_, factor) = column.swap_remove(at);
        self.upper[row as usize].push((k, factor));
        if !below.is_empty() {
            for entry in column.iter_mut() {
                let multiplier = self.multiplier[entry.0 as usize];
                if multiplier != 0.0 {
                    entry.1 -= multiplier * factor;
                    self.seen[entry.0 as usize] = true;
                }
            }
            for &(other, multiplier) in below {
                if !std::mem::take(&mut self.seen[other as usize]) {
                    column.push((other, -multiplier * factor));
                    self.rows[other as usize].push(k);
                }
            }
            let rows = &mut self.rows;
            if column.iter().any(|&(_, value)| value.abs() <= DROP) {
                column.retain(|&(other, value)| {
                    let keep = value.abs() > DROP;
                    if !keep {
                        forget(&mut rows[other as usize], k);
                    }
                    keep
                });
            }
        }
        let count = column.len();
        self.column_lists.set(k, count);
    }
}

/// Removes `element` from an unordered list.
fn forget(list: &mut Vec<u32>, element: u32) {
    if let Some(at) = list.iter().position(|&other| other == element) {
        list.swap_remove(at);
    }
}

/// Elements in doubly linked lists by count: the next element of least count in constant time.
#[derive(Clone, Default)]
struct Lists {
    head: Vec<u32>,
    next: Vec<u32>,
    previous: Vec<u32>,
    /// [`usize::MAX`] while the element is in no list.
    count: Vec<usize>,
}

impl Lists {
    fn reset(&mut self, size: usize) {
        self.head.clear();
        self.head.resize(size + 1, NONE);
        self.next.clear();
        self.next.resize(size, NONE);
        self.previous.clear();
        self.previous.resize(size, NONE);
        self.count.clear();
        self.count.resize(size, usize::MAX);
    }

    fn remove(&mut self, element: u32) {
        let at = element as usize;
        if self.count[at] == usize::MAX {
            return;
        }
        let (next, previous) = (self.next[at], self.previous[at]);
        if previous == NONE {
            self.head[self.count[at]] = next;
        } else {
            self.next[previous as usize] = next;
        }
        if next != NONE {
            self.previous[next as usize] = previous;
        }
        self.count[at] = usize::MAX;
    }

    fn set(&mut self, element: u32, count: usize) {
        let at = element as usize;
        if self.count[at] == count {
            return;
        }
        self.remove(element);
        let first = self.head[count];
        self.next[at] = first;
        self.previous[at] = NONE;
        if first != NONE {
            self.previous[first as usize] = element;
        }
        self.head[count] = element;
        self.count[at] = count;
    }
}
