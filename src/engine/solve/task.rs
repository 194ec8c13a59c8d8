//! What may be done with one component: here, or by whoever does jobs elsewhere.

use super::attempt;
use super::component_cost::cheapest;
use super::part::Part;
use crate::budget::{Budget, Options};

/// A step of one phase. What comes of it depends on the component, the seed, the steps left out and the work it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Lower bounds.
    Bounds,
    /// First packings.
    Plan,
    /// A packing in bins that are all open from the start.
    Fill,
    /// An attempt at the gap.
    Close {
        /// Each has more work than the one before, and another seed.
        round: u64,
    },
    /// The exhaustive search.
    Enumerate,
    /// The cheapest packing with as many bins.
    Cheapest,
    /// Column generation; the witness too, where something else closed the gap.
    Columns,
}

impl Task {
    /// Does it.
    pub fn run(self, part: &mut Part, options: &Options, budget: &Budget) {
        match self {
            Self::Bounds => part.bounds(options, budget),
            Self::Plan => part.plan(options, budget),
            Self::Fill => part.fill(options, budget),
            Self::Close { round } => attempt::close(part, round, options, budget),
            Self::Enumerate => part.enumerate(budget),
            Self::Cheapest => cheapest(part, options, budget),
            Self::Columns => part.columns(options, budget),
        }
    }
}
