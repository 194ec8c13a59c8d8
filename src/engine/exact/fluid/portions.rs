//! The most valuable parts of some classes that fit a bin together: a linear programme of few rows.
//!
//! As many rows as resources, and a column a class that may be between nothing and its most: the simplex method with bounds (Dantzig 1955) and
//! the inverse of its basis.

/// A column enters for so much at least.
const GAIN: f64 = 1e-9;
/// A pivot below this is none.
const PIVOT: f64 = 1e-9;
/// Steps at most, a column.
const STEPS: usize = 6;

/// What is needed to fill bins, again and again.
#[derive(Default)]
pub(super) struct Portions {
    /// Rows: what a bin has room for is 1 of each.
    rows: usize,
    /// What all of each class takes, class after class.
    loads: Vec<f64>,
    worth: Vec<f64>,
    most: Vec<f64>,
    /// The part of each class, then what is left of each resource.
    parts: Vec<f64>,
    /// Who is in the basis, one a row, and whether each column is; a column beyond the classes is what is left of a resource.
    basis: Vec<usize>,
    basic: Vec<bool>,
    inverse: Vec<f64>,
    prices: Vec<f64>,
    step: Vec<f64>,
}

impl Portions {
    /// Nothing yet, of bins with so many resources.
    pub fn begin(&mut self, rows: usize) {
        self.rows = rows;
        self.loads.clear();
        self.worth.clear();
        self.most.clear();
    }

    /// A class: what all of it takes, what that is worth, and the part that may be in.
    pub fn add(&mut self, loads: &[f64], worth: f64, most: f64) {
        self.loads.extend_from_slice(loads);
        self.worth.push(worth);
        self.most.push(most);
    }

    /// What the bin is worth that is filled best.
    pub fn fill(&mut self) -> f64 {
        let (rows, classes) = (self.rows, self.worth.len());
        self.parts.clear();
        self.parts.resize(classes, 0.0);
        self.parts.resize(classes + rows, 1.0);
        self.basis.clear();
        self.basis.extend(classes..classes + rows);
        self.basic.clear();
        self.basic.resize(classes, false);
        self.basic.resize(classes + rows, true);
        self.inverse.clear();
        self.inverse.extend((0..rows * rows).map(|at| f64::from(u8::from(at / rows == at % rows))));
        for _ in 0..STEPS * (classes + rows) {
            self.price();
            let Some((column, up)) = self.entering() else { break };
            self.enter(column, up);
        }
        self.parts().iter().zip(&self.worth).map(|(part, worth)| part * worth).sum()
    }

    /// The part of each class in it.
    pub fn parts(&self) -> &[f64] {
        &self.parts[..self.worth.len()]
    }

    /// The prices of the resources, at which no other content is worth more.
    pub fn prices(&self) -> &[f64] {
        &self.prices
    }

    fn value(&self, column: usize) -> f64 {
        self.worth.get(column).copied().unwrap_or(0.0)
    }

    fn coefficient(&self, row: usize, column: usize) -> f64 {
        match column.checked_sub(self.worth.len()) {
            None => self.loads[column * self.rows + row],
            Some(slack) => f64::from(u8::from(slack == row)),
        }
    }

    fn price(&mut self) {
        let rows = self.rows;
        self.prices.clear();
        for row in 0..rows {
            let price = (0..rows).map(|at| self.value(self.basis[at]) * self.inverse[at * rows + row]).sum();
            self.prices.push(price);
        }
    }

    /// The column that gains the most for a unit, and whether it grows.
    fn entering(&self) -> Option<(usize, bool)> {
        let mut best: Option<(f64, usize, bool)> = None;
        for column in (0..self.parts.len()).filter(|&column| !self.basic[column]) {
            let takes: f64 = (0..self.rows).map(|row| self.coefficient(row, column) * self.prices[row]).sum();
            let gain = self.value(column) - takes;
            let up = gain > 0.0;
            let at_most = column < self.most.len() && self.parts[column] >= self.most[column];
            let may = if up { !at_most } else { self.parts[column] > 0.0 };
            if may && gain.abs() > GAIN && best.is_none_or(|(most, ..)| gain.abs() > most) {
                best = Some((gain.abs(), column, up));
            }
        }
        best.map(|(_, column, up)| (column, up))
    }

    /// Moves a column as far as it may go; what stops it leaves the basis, unless it is its own bound.
    fn enter(&mut self, column: usize, up: bool) {
        let rows = self.rows;
        let sign = if up { 1.0 } else { -1.0 };
        let most = |at: usize| self.most.get(at).copied().unwrap_or(f64::INFINITY);
        self.step.clear();
        for at in 0..rows {
            let change =
                (0..rows).map(|row| self.inverse[at * rows + row] * self.coefficient(row, column)).sum::<f64>();
            self.step.push(-sign * change);
        }
        let mut far = if up { most(column) - self.parts[column] } else { self.parts[column] };
        let mut leaves = None;
        for at in 0..rows {
            let (part, step) = (self.parts[self.basis[at]], self.step[at]);
            let room = if step < -PIVOT {
                part / -step
            } else if step > PIVOT {
                (most(self.basis[at]) - part) / step
            } else {
                continue;
            };
            if room < far {
                (far, leaves) = (f64::max(room, 0.0), Some(at));
            }
        }
        self.parts[column] += sign * far;
        for at in 0..rows {
            let most = most(self.basis[at]);
            let part = &mut self.parts[self.basis[at]];
            *part = (*part + self.step[at] * far).clamp(0.0, most);
        }
        match leaves {
            None => self.parts[column] = if up { most(column) } else { 0.0 },
            Some(at) => {
                let gone = self.basis[at];
                self.parts[gone] = if self.step[at] < 0.0 { 0.0 } else { most(gone) };
                self.basic[gone] = false;
                self.basic[column] = true;
                self.basis[at] = column;
                self.pivot(at, -sign);
            }
        }
    }

    /// The inverse once the column that moved is in this row of the basis; `sign` times the step is that column by the inverse of before.
    fn pivot(&mut self, at: usize, sign: f64) {
        let rows = self.rows;
        let by = sign * self.step[at];
        self.inverse[at * rows..][..rows].iter_mut().for_each(|it| *it /= by);
        for row in (0..rows).filter(|&row| row != at) {
            let factor = sign * self.step[row];
            for column in 0..rows {
                self.inverse[row * rows + column] -= factor * self.inverse[at * rows + column];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::random::Random;

    #[test]
    fn the_prices_say_that_no_other_content_is_worth_more() {
        let mut random = Random::new(3);
        let mut full = 0;
        for _ in 0..20_000 {
            let (rows, classes) = (1 + random.index(3), 1 + random.index(9));
            let mut part = |most: u64| random.below(most + 1) as f64 / 100.0;
            let draw = |part: &mut dyn FnMut(u64) -> f64| -> (Vec<f64>, f64, f64) {
                ((0..rows).map(|_| part(250)).collect(), part(100), part(100))
            };
            let drawn: Vec<(Vec<f64>, f64, f64)> = (0..classes).map(|_| draw(&mut part)).collect();
            let mut portions = Portions::default();
            portions.begin(rows);
            drawn.iter().for_each(|(loads, worth, most)| portions.add(loads, *worth, *most));
            let value = portions.fill();
            let (parts, prices) = (portions.parts(), portions.prices());
            for (part, (_, _, most)) in parts.iter().zip(&drawn) {
                assert!((0.0..=*most).contains(part), "{drawn:?} {parts:?}");
            }
            for row in 0..rows {
                let taken: f64 = parts.iter().zip(&drawn).map(|(part, (loads, ..))| part * loads[row]).sum();
                assert!(taken <= 1.0 + 1e-9, "{drawn:?} {parts:?}");
                full += usize::from(taken > 1.0 - 1e-9);
            }
            // weak duality: nothing is worth more than that
            let gain = |(loads, worth, most): &(Vec<f64>, f64, f64)| {
                let takes: f64 = loads.iter().zip(prices).map(|(load, price)| load * price).sum();
                most * f64::max(0.0, worth - takes)
            };
            assert!(prices.iter().all(|&price| price >= -1e-9), "{drawn:?} {prices:?}");
            let bound: f64 = prices.iter().sum::<f64>() + drawn.iter().map(gain).sum::<f64>();
            assert!((bound - value).abs() < 1e-6, "{drawn:?} {value} {bound}");
        }
        assert!(full > 10_000, "{full}");
    }
}
