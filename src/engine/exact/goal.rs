//! What branch and price is asked for, and what it answers.

use crate::budget::Phase;
use crate::certify::Node;
use crate::problem::{Pattern, Problem, Solution};

/// What is to be minimised over one component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// Price of a bin of each type; all 1 to count bins.
    pub prices: Vec<u64>,
    /// Exactly this many bins, where an earlier objective fixed their number.
    pub bins: Option<u64>,
}

impl Goal {
    /// Fewest bins.
    #[must_use]
    pub fn count(problem: &Problem) -> Self {
        Self { prices: vec![1; problem.bins().len()], bins: None }
    }

    /// Whether nothing but the number of bins counts.
    #[must_use]
    pub fn is_count(&self) -> bool {
        self.bins.is_none() && self.prices.iter().all(|&price| price == 1)
    }

    /// What a solution is worth.
    #[must_use]
    pub fn value(&self, solution: &Solution) -> u64 {
        solution
            .patterns
            .iter()
            .fold(0u64, |value, pattern| value.saturating_add(self.prices[pattern.bin].saturating_mul(pattern.count)))
    }
}

/// What [`close_gap`](super::close_gap) found.
#[derive(Clone, Debug)]
pub struct Closed {
    /// A solution better than the start, checked; `None` where none was found.
    pub solution: Option<Solution>,
    /// No solution is worth less than this.
    pub lower: u64,
    /// A tree whose leaves prove `lower` by weights (children before parents, the root last). Empty where `lower` is no
    /// better than the one that was given, or was proved with maximum counts in a way that one charge cannot repeat.
    pub nodes: Vec<Node>,
    /// What the leaves prove for the bins' charges (see `charge`); `lower` itself without maximum counts.
    pub charged: u64,
    /// The charge of a bin of type `t` in the tree is `scale * price_t + shared_t + offset`, hence
    /// `scale * value >= charged - sum U_t shared_t - offset * N`. 1, zeros and 0 unless maximum counts or a fixed number of
    /// bins bind.
    pub scale: u64,
    /// See `scale`: one a bin type, positive only where the type has a maximum count.
    pub shared: Vec<u64>,
    /// Charged on top, and off again: one a limit of the problem's [terms](crate::problem::Terms), for its bin types.
    pub limits: Vec<u64>,
    /// See `scale`: 0 unless the number of bins is fixed.
    pub offset: i128,
    /// Where the gap closed, or what was running at the end.
    pub phase: Phase,
    /// Nodes of the tree that were looked at.
    pub explored: u64,
    /// Bins of the root's relaxation (each once), for another attempt to start from.
    pub columns: Vec<Pattern>,
}
