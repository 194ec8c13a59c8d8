//! Sets as bits: the bin types that may hold an item, and the conflict graph of classes, one row a class.

use fixedbitset::FixedBitSet;

/// Some of the bin types of a problem, by index.
///
/// ```
/// use tenantry::engine::BinSet;
/// let some: BinSet = [0, 2].into_iter().collect();
/// assert!(some.contains(2) && !some.contains(1) && !some.contains(9));
/// assert_eq!(some.ones().collect::<Vec<_>>(), [0, 2]);
/// assert_eq!(BinSet::all(2).ones().count(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BinSet(FixedBitSet);

impl BinSet {
    /// The first `len` bin types.
    #[must_use]
    pub fn all(len: usize) -> Self {
        (0..len).collect()
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn contains(&self, bin: usize) -> bool {
        self.0.contains(bin)
    }

    /// All of them, ascending.
    pub fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.ones()
    }

    /// Whether some bin type is in both.
    pub(super) fn meets(&self, other: &Self) -> bool {
        !self.0.is_disjoint(&other.0)
    }

    /// Keeps what is in `other` too.
    pub fn intersect_with(&mut self, other: &Self) {
        self.0.intersect_with(&other.0);
    }

    /// Makes room for `len` bin types, so that equal sets compare equal.
    pub(super) fn grow(&mut self, len: usize) {
        self.0.grow(len);
    }
}

impl FromIterator<usize> for BinSet {
    fn from_iter<I: IntoIterator<Item = usize>>(bins: I) -> Self {
        Self(bins.into_iter().collect())
    }
}

/// A symmetric relation on `0..len`, one bit set a row.
///
/// The diagonal may be set: `(c, c)` means that two items of class `c` may not share a bin.
/// Memory: `len^2 / 8` bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BitMatrix {
    rows: Vec<FixedBitSet>,
}

impl BitMatrix {
    /// The empty relation on `0..len`.
    #[must_use]
    pub fn new(len: usize) -> Self {
        Self { rows: vec![FixedBitSet::with_capacity(len); len] }
    }

    /// The relation of symmetric rows, each as long as there are rows.
    pub fn of_rows(rows: Vec<FixedBitSet>) -> Self {
        Self { rows }
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

    /// All that `a` is related to, ascending.
    pub fn related(&self, a: usize) -> impl Iterator<Item = usize> + '_ {
        self.rows[a].ones()
    }

    /// Sets of `among` such that whoever is in two of them is related: connected by pairs that are not. Each begins with its least, and so
    /// does their list. Complexity: the square of their number over 64.
    pub fn islands(&self, mut among: FixedBitSet) -> Vec<Vec<usize>> {
        let mut found = Vec::new();
        while let Some(start) = among.minimum() {
            among.remove(start);
            let mut island = vec![start];
            let mut next = 0;
            while let Some(&at) = island.get(next) {
                next += 1;
                let mut reached = among.clone();
                reached.difference_with(&self.rows[at]);
                among.difference_with(&reached);
                island.extend(reached.ones());
            }
            found.push(island);
        }
        found
    }

    /// The same as bits.
    pub fn row(&self, a: usize) -> &FixedBitSet {
        &self.rows[a]
    }
}
