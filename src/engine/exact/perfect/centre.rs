//! Analytic centres of what cuts leave, found cut by cut (Sonnevend 1985; Goffin, Haurie & Vial 1992).
//!
//! A programme whose solutions are all degenerate keeps the simplex method at the same corner for thousands of pivots, and its
//! corners say least of what the columns have in common. A centre is away from all cuts that it can be away from: in the end
//! just those that no solution is away from are tight.

use crate::budget::{Budget, Stop};
use crate::pricing::Content;

use super::super::float::to_float;
use super::symmetric::Symmetric;

/// The points between -1 and 1 in every coordinate at which no cut is negative, those with small values of a linear form
/// first.
pub(super) struct Centre {
    form: Vec<f64>,
    cuts: Vec<Content>,
    /// Where every cut is positive, known or not.
    inner: Vec<f64>,
    /// Where every known one is.
    point: Vec<f64>,
    matrix: Symmetric,
}

/// A centre is good enough once Newton's method promises no more than this.
const ROUGH: f64 = 0.25;
/// Most steps for one centre.
const STEPS: usize = 60;
/// The least of the way to `inner` that is gone once a cut is violated, as a part of what is left of it, where the form counts once.
const BACK: f64 = 0.3;

impl Centre {
    pub fn new(form: Vec<f64>, inner: Vec<f64>) -> Self {
        let size = form.len();
        Self { form, cuts: Vec::new(), point: inner.clone(), inner, matrix: Symmetric::zero(size) }
    }

    /// Begins with known cuts, near a point.
    pub fn resume(&mut self, cuts: Vec<Content>, point: Vec<f64>) {
        self.point = point;
        self.add(cuts, 1.0);
    }

    pub fn cuts(&self) -> &[Content] {
        &self.cuts
    }

    /// How much each cut holds the form back at the centre of this weight.
    pub fn shares(&self, weight: f64) -> impl Iterator<Item = (&Content, f64)> {
        self.cuts.iter().map(move |cut| (cut, 1.0 / (weight * at(cut, &self.point))))
    }

    /// The square of how far the sum of the shares of these cuts strays within the ellipsoid of solutions around the shares.
    pub fn variance(&self, weight: f64, cuts: &[usize]) -> f64 {
        let mut right = vec![0.0; self.form.len()];
        let mut own = 0.0;
        for &cut in cuts {
            let square = at(&self.cuts[cut], &self.point).powi(-2);
            own += square;
            self.cuts[cut].iter().for_each(|&(item, copies)| right[item] += square * to_float(copies));
        }
        self.matrix.forward(&mut right);
        (own - product(&right, &right)).max(0.0) / (weight * weight)
    }

    pub fn point(&self) -> &[f64] {
        &self.point
    }

    /// The form at the point.
    pub fn value(&self) -> f64 {
        product(&self.form, &self.point)
    }

    /// Adds cuts, and goes so far towards the inner point that none of them is negative: the less far, the nearer to the cuts the centre of
    /// this weight is.
    pub fn add(&mut self, cuts: Vec<Content>, weight: f64) {
        let share = |cut: &Content| {
            let (here, inner) = (at(cut, &self.point), at(cut, &self.inner));
            if here < 0.0 { -here / (inner - here) } else { 0.0 }
        };
        let least = cuts.iter().map(share).fold(0.0, f64::max);
        let back = BACK / weight.sqrt();
        let share = least + back * (1.0 - least);
        self.point.iter_mut().zip(&self.inner).for_each(|(here, inner)| *here += share * (inner - *here));
        self.cuts.extend(cuts);
    }

    /// Moves to about the centre, where the form counts `weight` times; false where rounding errors won.
    ///
    /// # Errors
    /// [`Stop`] when the budget is used up.
    pub fn centre(&mut self, weight: f64, budget: &Budget) -> Result<bool, Stop> {
        let size = self.form.len();
        for _ in 0..STEPS {
            budget.spend((size * size * size) as u64 / 100 + 8 * self.cuts.len() as u64)?;
            let slacks: Vec<f64> = self.cuts.iter().map(|cut| at(cut, &self.point)).collect();
            let mut step: Vec<f64> = (self.form.iter().zip(&self.point))
                .map(|(form, x)| -weight * form - 1.0 / (1.0 - x) + 1.0 / (1.0 + x))
                .collect();
            self.matrix.clear();
            for (at, x) in self.point.iter().enumerate() {
                self.matrix.add(at, at, (1.0 - x).powi(-2) + (1.0 + x).powi(-2));
            }
            for (cut, slack) in self.cuts.iter().zip(&slacks) {
                let square = slack.powi(-2);
                for (index, &(a, copies)) in cut.iter().enumerate() {
                    let copies = to_float(copies);
                    step[a] += copies / slack;
                    for &(b, others) in &cut[index..] {
                        self.matrix.add(a, b, square * copies * to_float(others));
                    }
                }
            }
            let descent = step.clone();
            if !self.matrix.solve(&mut step) {
                return Ok(false);
            }
            let promise = product(&descent, &step);
            if !promise.is_finite() {
                return Ok(false);
            }
            if promise < ROUGH {
                return Ok(true);
            }
            if !self.go(&step, &slacks, weight, promise) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Goes along the step as far as pays; false where it does not pay at all.
    fn go(&mut self, step: &[f64], slacks: &[f64], weight: f64, promise: f64) -> bool {
        let changes: Vec<f64> = self.cuts.iter().map(|cut| at(cut, step)).collect();
        let form = weight * product(&self.form, step);
        let mut longest = 1.0f64;
        let towards = slacks.iter().zip(&changes).map(|(slack, change)| (*slack, *change));
        let walls = self.point.iter().zip(step).flat_map(|(x, step)| [(1.0 - x, -step), (1.0 + x, *step)]);
        let all: Vec<(f64, f64)> = towards.chain(walls).collect();
        for &(slack, change) in &all {
            if change < 0.0 {
                longest = longest.min(-0.95 * slack / change);
            }
        }
        let rise = |length: f64| {
            length * form - all.iter().map(|&(slack, change)| (length * change / slack).ln_1p()).sum::<f64>()
        };
        while longest > 1e-12 {
            if rise(longest) <= -0.1 * longest * promise {
                self.point.iter_mut().zip(step).for_each(|(x, step)| *x += longest * step);
                return true;
            }
            longest *= 0.5;
        }
        false
    }
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn at(cut: &Content, point: &[f64]) -> f64 {
    cut.iter().map(|&(item, copies)| to_float(copies) * point[item]).sum()
}
