//! The restricted master linear programme of column generation, behind a trait with two engines.
//!
//! Minimise `sum c_j x_j` over `x >= 0` subject to covering rows `sum a_ij x_j >= b_i` (one per item type), at-most
//! rows `sum a_ij x_j <= U_i` (the maximum count of a bin type) and exact rows `sum a_ij x_j = N`. Columns arrive one
//! by one, between solves; nothing is ever removed (rebuild the master instead: a fresh start from
//! [`Master::start_from`] costs a few pivots).
//!
//! Every number that leaves an engine is a float to steer by. A caller that wants a bound rounds the duals to whole
//! numbers and prices with those (Farley 1990); the objective is never a bound.

#[cfg(feature = "highs")]
mod highs;
mod simplex;

use crate::budget::{Budget, Stop};

#[cfg(feature = "highs")]
pub use self::highs::Highs;
pub use simplex::{Reoptimised, Simplex};

/// The sense of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// `sum a x >= rhs`; its dual is at least 0.
    Cover,
    /// `sum a x <= rhs`; its dual is at most 0.
    AtMost,
    /// `sum a x = rhs`; its dual has any sign.
    Exactly,
}

/// A row of the master, without coefficients: those come with the columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Which side of `rhs` is allowed.
    pub sense: Sense,
    /// Right-hand side: finite, at least 0, at most 1e9.
    pub rhs: f64,
}

impl Row {
    /// A row that demands at least `rhs`.
    #[must_use]
    pub fn cover(rhs: f64) -> Self {
        Self { sense: Sense::Cover, rhs }
    }

    /// A row that allows at most `rhs`.
    #[must_use]
    pub fn at_most(rhs: f64) -> Self {
        Self { sense: Sense::AtMost, rhs }
    }

    /// A row that wants exactly `rhs`.
    #[must_use]
    pub fn exactly(rhs: f64) -> Self {
        Self { sense: Sense::Exactly, rhs }
    }
}

/// How a solve ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Optimal over the columns so far.
    Optimal,
    /// The columns so far cannot satisfy the rows. The duals are then a ray (Farkas): no column has
    /// `sum dual_i a_ij > 0`, while `sum dual_i b_i > 0`. Price with these duals and **cost 0**: a new column of
    /// positive value reduces the infeasibility; when none exists the full master has no solution.
    Infeasible,
}

/// Why a solve gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MasterError {
    /// The budget ended. The engine is intact: a later solve goes on from here.
    #[error("the master was stopped: {0:?}")]
    Stopped(Stop),
    /// Rounding errors won, or the pivot cap was reached. The caller rebuilds the master (another seed helps).
    #[error("the master lost its numerical footing")]
    Numerical,
    /// A cost, coefficient or right-hand side that is not finite, too large, or negative where that is not allowed;
    /// or a row or column that does not exist.
    #[error("bad input to the master")]
    Input,
}

impl From<Stop> for MasterError {
    fn from(stop: Stop) -> Self {
        Self::Stopped(stop)
    }
}

/// A restricted master: rows are fixed, columns are added, and each solve starts warm from the last basis.
///
/// [`duals`](Self::duals), [`primal`](Self::primal) and [`objective`](Self::objective) speak of the last solve that
/// returned an [`Outcome`]; before that they are zeros.
pub trait Master {
    /// Adds a column with `x >= 0` and returns its index (0, 1, 2 ...). Entries are `(row, coefficient)`; a row that
    /// is named twice gets the sum.
    ///
    /// # Errors
    /// [`MasterError::Input`] unless `0 <= cost <= 1e9`, every `|coefficient| <= 1e9` and every row exists.
    fn add_column(&mut self, cost: f64, entries: &[(usize, f64)]) -> Result<usize, MasterError>;

    /// Changes a right-hand side. Small changes re-solve warm; after large ones rebuild the master.
    ///
    /// # Errors
    /// [`MasterError::Input`] unless the row exists and `0 <= rhs <= 1e9`.
    fn set_demand(&mut self, row: usize, rhs: f64) -> Result<(), MasterError>;

    /// Makes these columns basic, as far as they are independent, before the next solve: a warm start for a master
    /// rebuilt from the basic columns of another. A hint that an engine may ignore; unknown indices are skipped.
    fn start_from(&mut self, columns: &[usize]);

    /// Solves over the columns so far.
    ///
    /// # Errors
    /// [`MasterError::Stopped`] or [`MasterError::Numerical`].
    fn solve(&mut self, budget: &Budget<'_>) -> Result<Outcome, MasterError>;

    /// One dual a row: cost units per unit of right-hand side. Their signs follow the senses exactly (see [`Sense`]).
    fn duals(&self) -> &[f64];

    /// One value a column, at least 0; they meet the rows within about 1e-4. All zeros after
    /// [`Outcome::Infeasible`].
    fn primal(&self) -> &[f64];

    /// `sum b_i dual_i`: equals the cost of the primal within about 1e-5 a row at [`Outcome::Optimal`]; the
    /// remaining infeasibility at [`Outcome::Infeasible`].
    fn objective(&self) -> f64;

    /// `cost - sum dual_i a_ij` of a column with the current duals (about 0 for basic columns).
    ///
    /// # Panics
    /// Unless `column < self.columns()`.
    fn reduced_cost(&self, column: usize) -> f64;

    /// The basic columns, ascending.
    fn basic(&self) -> Vec<usize>;

    /// Number of columns.
    fn columns(&self) -> usize;
}
