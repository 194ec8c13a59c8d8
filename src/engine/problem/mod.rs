//! The problem in indices and integers: vector bin packing with conflicts and several bin types.
//!
//! Items come as *types* (a class and a size vector) with a *demand* (how many copies there are). Bins
//! come as *bin types* (a capacity vector, a cost and perhaps a maximum count). A conflict relation lives
//! on the classes; an eligibility relation says which item type may use which bin type. Nothing here
//! knows of Kubernetes, names or documents.

#![deny(clippy::float_arithmetic)]

mod binding;
mod bits;
mod builder;
pub mod generate;
pub mod random;
pub mod reduce;
mod solution;
mod terms;

pub use bits::{BinSet, BitMatrix};
pub use builder::ProblemBuilder;
pub use solution::{Infraction, Pattern, Solution};
pub use terms::{Charge, Limit, Most, Terms};

/// One kind of bin.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BinType {
    /// Capacity, one entry a dimension. "Unlimited" is written as the sum of all sizes.
    pub capacity: Vec<u64>,
    /// Cost of one bin, in any integer unit; 0 is allowed.
    pub cost: u64,
    /// How many bins of this type there may be; `None`: any number.
    pub max_count: Option<u64>,
}

/// One kind of item.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ItemType {
    /// Size, one entry a dimension.
    pub size: Vec<u64>,
    /// Number of identical copies, at least 1.
    pub demand: u64,
    /// Row of the conflict relation.
    pub class: usize,
    /// Bin types that may hold it (by index). Fitting is checked apart from this.
    pub eligible: BinSet,
}

/// Vector bin packing with conflicts, several bin types and multiplicities. Immutable once built.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Problem {
    dimensions: usize,
    items: Vec<ItemType>,
    conflicts: BitMatrix,
    bins: Vec<BinType>,
    terms: Terms,
}

/// Why a problem cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemError {
    /// A size or capacity vector has the wrong length.
    #[error("{what} {index} has {got} dimensions, expected {expected}")]
    Dimensions {
        /// "item type" or "bin type".
        what: &'static str,
        /// Its index.
        index: usize,
        /// Length found.
        got: usize,
        /// Length expected.
        expected: usize,
    },
    /// An index points past the end.
    #[error("{what} {index} is out of range: there are {len}")]
    OutOfRange {
        /// What the index names.
        what: &'static str,
        /// The index.
        index: usize,
        /// How many there are.
        len: usize,
    },
    /// An item type without a copy.
    #[error("item type {index} has demand 0")]
    NoDemand {
        /// Its index.
        index: usize,
    },
    /// A list that is neither empty nor as long as what it speaks of.
    #[error("{got} entries of {what}, expected {expected} or none")]
    Length {
        /// The list.
        what: &'static str,
        /// Entries found.
        got: usize,
        /// Entries expected.
        expected: usize,
    },
    /// Bin types that do not ascend.
    #[error("the {what} {index} do not ascend by bin type")]
    Ascending {
        /// What they belong to.
        what: &'static str,
        /// Its index.
        index: usize,
    },
    /// The total size in one dimension, the number of items or the total cost passes 2^62.
    #[error("the sum of {what} passes 2^62")]
    Overflow {
        /// What was summed.
        what: &'static str,
    },
}

/// From so many resources on no single one says what goes together in bins of a few items.
pub const MANY_RESOURCES: usize = 5;

/// Largest sum that a problem may hold in any dimension: leaves room for one more addition in `i64`.
pub const MAX_TOTAL: u64 = 1 << 62;

impl Problem {
    /// Builds and validates. Complexity: linear in the input.
    ///
    /// # Errors
    /// [`ProblemError`] for the first thing that does not fit together.
    pub fn new(
        dimensions: usize,
        mut items: Vec<ItemType>,
        conflicts: BitMatrix,
        bins: Vec<BinType>,
    ) -> Result<Self, ProblemError> {
        for (index, bin) in bins.iter().enumerate() {
            if bin.capacity.len() != dimensions {
                let got = bin.capacity.len();
                return Err(ProblemError::Dimensions { what: "bin type", index, got, expected: dimensions });
            }
        }
        let mut totals = vec![0u128; dimensions];
        let mut copies = 0u128;
        for (index, item) in items.iter().enumerate() {
            if item.size.len() != dimensions {
                let got = item.size.len();
                return Err(ProblemError::Dimensions { what: "item type", index, got, expected: dimensions });
            }
            if item.demand == 0 {
                return Err(ProblemError::NoDemand { index });
            }
            if item.class >= conflicts.len() {
                return Err(ProblemError::OutOfRange { what: "class", index: item.class, len: conflicts.len() });
            }
            if let Some(bin) = item.eligible.ones().find(|&bin| bin >= bins.len()) {
                return Err(ProblemError::OutOfRange { what: "bin type", index: bin, len: bins.len() });
            }
            copies = copies.saturating_add(u128::from(item.demand));
            for (total, &size) in totals.iter_mut().zip(&item.size) {
                *total = total.saturating_add(u128::from(size) * u128::from(item.demand));
            }
        }
        let dearest = bins.iter().map(|bin| u128::from(bin.cost)).max().unwrap_or(0);
        let cost = dearest.saturating_mul(copies);
        for (what, sum) in [("demands", copies), ("costs", cost)] {
            if sum > u128::from(MAX_TOTAL) {
                return Err(ProblemError::Overflow { what });
            }
        }
        if totals.iter().any(|&total| total > u128::from(MAX_TOTAL)) {
            return Err(ProblemError::Overflow { what: "sizes" });
        }
        items.iter_mut().for_each(|item| item.eligible.grow(bins.len()));
        Ok(Self { dimensions, items, conflicts, bins, terms: Terms::default() })
    }

    /// Changes how many bins of a type there are.
    pub(crate) fn limit(&mut self, bin: usize, max_count: Option<u64>) {
        self.bins[bin].max_count = max_count;
    }

    /// Number of resources.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// The item types.
    #[must_use]
    pub fn items(&self) -> &[ItemType] {
        &self.items
    }

    /// The bin types.
    #[must_use]
    pub fn bins(&self) -> &[BinType] {
        &self.bins
    }

    /// The conflict relation on classes.
    #[must_use]
    pub fn conflicts(&self) -> &BitMatrix {
        &self.conflicts
    }

    /// Number of copies of all items.
    #[must_use]
    pub fn copies(&self) -> u64 {
        self.items.iter().map(|item| item.demand).sum()
    }

    /// Whether items of types `a` and `b` may not share a bin (for `a == b`: two copies of it): their classes conflict, or
    /// they are of one unit.
    #[must_use]
    pub fn conflict(&self, a: usize, b: usize) -> bool {
        self.conflicts.contains(self.items[a].class, self.items[b].class)
            || self.unit(a).is_some_and(|unit| self.unit(b) == Some(unit))
    }

    /// Whether one copy of item type `item` may stand alone in a bin of type `bin`.
    #[must_use]
    pub fn fits_alone(&self, item: usize, bin: usize) -> bool {
        let item = &self.items[item];
        item.eligible.contains(bin) && item.size.iter().zip(&self.bins[bin].capacity).all(|(size, cap)| size <= cap)
    }
}

/// Every vector of numbers from 0 to these, for tests that try all.
#[cfg(test)]
pub(crate) fn every_count(most: &[u64]) -> impl Iterator<Item = Vec<u64>> {
    std::iter::successors(Some(vec![0; most.len()]), |counts| {
        let next = (0..most.len()).find(|&at| counts[at] < most[at])?;
        let mut counts = counts.clone();
        counts[..next].fill(0);
        counts[next] += 1;
        Some(counts)
    })
}
