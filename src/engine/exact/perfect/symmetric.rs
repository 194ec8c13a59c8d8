//! Symmetric positive definite equations, dense: a few hundred unknowns.

/// Rows of the factor that are made before the rows below change.
const PANEL: usize = 4;

/// The upper triangle of a symmetric matrix, row by row.
pub(super) struct Symmetric {
    size: usize,
    rows: Vec<f64>,
}

impl Symmetric {
    pub fn zero(size: usize) -> Self {
        Self { size, rows: vec![0.0; size * size] }
    }

    pub fn clear(&mut self) {
        self.rows.fill(0.0);
    }

    /// Adds at row `a` and column `b`, where `a <= b`.
    pub fn add(&mut self, a: usize, b: usize, value: f64) {
        self.rows[a * self.size + b] += value;
    }

    /// Solves for the right-hand side, which becomes the solution; the matrix becomes its factor (Cholesky). False: it is not positive
    /// definite, for what rounding leaves of it.
    pub fn solve(&mut self, right: &mut [f64]) -> bool {
        if !self.factorise() {
            return false;
        }
        let size = self.size;
        self.forward(right);
        for pivot in (0..size).rev() {
            let row = &self.rows[pivot * size..(pivot + 1) * size];
            let known: f64 = row[pivot + 1..].iter().zip(&right[pivot + 1..]).map(|(&one, &value)| one * value).sum();
            right[pivot] = (right[pivot] - known) / row[pivot];
        }
        true
    }

    /// Some rows become those of the factor, then all of them are taken off the rows below at once, so that each of these is read and written
    /// once for so many.
    fn factorise(&mut self) -> bool {
        let size = self.size;
        for first in (0..size).step_by(PANEL) {
            let end = (first + PANEL).min(size);
            for pivot in first..end {
                let (head, tail) = self.rows.split_at_mut((pivot + 1) * size);
                let row = &mut head[pivot * size..];
                let root = row[pivot].sqrt();
                if !root.is_finite() || root <= 0.0 {
                    return false;
                }
                row[pivot..].iter_mut().for_each(|value| *value /= root);
                for (below, other) in tail.chunks_exact_mut(size).zip(pivot + 1..end) {
                    let factor = row[other];
                    below[other..].iter_mut().zip(&row[other..]).for_each(|(value, &one)| *value -= factor * one);
                }
            }
            // the last panel, which may be narrower, has no rows below
            let (head, tail) = self.rows.split_at_mut(end * size);
            for (below, other) in tail.chunks_exact_mut(size).zip(end..) {
                let [a, b, c, d]: [&[f64]; PANEL] =
                    std::array::from_fn(|row| &head[(first + row) * size + other..][..size - other]);
                let factors = [a[0], b[0], c[0], d[0]];
                let rows = a.iter().zip(b).zip(c.iter().zip(d));
                for (value, ((&a, &b), (&c, &d))) in below[other..].iter_mut().zip(rows) {
                    *value -= factors[0] * a + factors[1] * b + (factors[2] * c + factors[3] * d);
                }
            }
        }
        true
    }

    /// The first half of a solution, once the matrix is its factor: its square is `right` times the solution.
    pub fn forward(&self, right: &mut [f64]) {
        let size = self.size;
        for pivot in 0..size {
            let row = &self.rows[pivot * size..(pivot + 1) * size];
            right[pivot] /= row[pivot];
            let value = right[pivot];
            if value != 0.0 {
                right[pivot + 1..].iter_mut().zip(&row[pivot + 1..]).for_each(|(right, &one)| *right -= value * one);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_and_says_what_it_cannot() {
        let mut matrix = Symmetric::zero(3);
        let full = [[4.0, 2.0, -1.0], [2.0, 5.0, 3.0], [-1.0, 3.0, 6.0]];
        for (a, row) in full.iter().enumerate() {
            (a..3).for_each(|b| matrix.add(a, b, row[b]));
        }
        let wanted = [1.0, -2.0, 3.0];
        let mut right: Vec<f64> = full.iter().map(|row| row.iter().zip(&wanted).map(|(a, b)| a * b).sum()).collect();
        assert!(matrix.solve(&mut right));
        assert!(right.iter().zip(&wanted).all(|(a, b): (&f64, &f64)| (a - b).abs() < 1e-9), "{right:?}");
        let mut flat = Symmetric::zero(2);
        [(0, 0), (0, 1), (1, 1)].iter().for_each(|&(a, b)| flat.add(a, b, 1.0));
        assert!(!flat.solve(&mut [1.0, 2.0]));
    }
}
