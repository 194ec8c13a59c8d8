//! A square matrix of bits: the conflict graph of classes, one row a class.

use fixedbitset::FixedBitSet;

/// A symmetric relation on `0..len`, one bit set a row.
///
/// The diagonal may be set: `(c, c)` means that two items of class `c` may not share a bin.
/// Memory: `len^2 / 8` bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BitMatrix {
    rows: Vec<FixedBitSet>,
}

impl BitMatrix {
    /// The empty relation on `0..len`.
    #[must_use]
    pub fn new(len: usize) -> Self {
        Self { rows: vec![FixedBitSet::with_capacity(len); len] }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True where there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Relates `a` and `b`, both ways.
    pub fn insert(&mut self, a: usize, b: usize) {
        self.rows[a].insert(b);
        self.rows[b].insert(a);
    }

    /// Whether `a` and `b` are related.
    #[must_use]
    pub fn contains(&self, a: usize, b: usize) -> bool {
        self.rows[a].contains(b)
    }

    /// All that `a` is related to.
    #[must_use]
    pub fn row(&self, a: usize) -> &FixedBitSet {
        &self.rows[a]
    }
}
