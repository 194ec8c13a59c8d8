//! Columns of the master: contents of bins, and the limits that tie them together.

/// Content of a bin of some type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Column {
    pub bin: usize,
    /// Items and copies, ascending.
    pub items: Vec<(usize, u64)>,
}

impl Column {
    /// The column with no more copies than `demand`; `None` where nothing is left.
    pub fn clipped(&self, demand: &[u64]) -> Option<Self> {
        let mut items = self.items.clone();
        for entry in &mut items {
            entry.1 = entry.1.min(demand[entry.0]);
        }
        items.retain(|entry| entry.1 > 0);
        (!items.is_empty()).then_some(Self { bin: self.bin, items })
    }
}

/// Limits that tie the bins together; rows of the master.
#[derive(Clone, Debug, Default)]
pub(super) struct Coupling {
    /// Bin types with a maximum count that may bind.
    pub at_most: Vec<(usize, u64)>,
    /// Bin types with a maximum together, one entry a limit of the problem.
    pub groups: Vec<(Vec<usize>, u64)>,
    /// The number of bins, where it is fixed.
    pub bins: Option<u64>,
}

impl Coupling {
    pub fn is_empty(&self) -> bool {
        self.at_most.is_empty() && self.groups.is_empty() && self.bins.is_none()
    }

    /// How many more bins of this type are allowed.
    pub fn room(&self, bin: usize) -> u64 {
        let limits = self.at_most.iter().filter(|entry| entry.0 == bin).map(|entry| entry.1);
        let groups = self.groups.iter().filter(|entry| entry.0.contains(&bin)).map(|entry| entry.1);
        limits.chain(groups).chain(self.bins).min().unwrap_or(u64::MAX)
    }

    /// Uses `count` bins of this type.
    pub fn take(&mut self, bin: usize, count: u64) {
        self.at_most.iter_mut().filter(|entry| entry.0 == bin).for_each(|entry| entry.1 -= count);
        self.groups.iter_mut().filter(|entry| entry.0.contains(&bin)).for_each(|entry| entry.1 -= count);
        self.bins = self.bins.map(|bins| bins - count);
    }

    /// The opposite of [`take`](Self::take).
    pub fn release(&mut self, bin: usize, count: u64) {
        self.at_most.iter_mut().filter(|entry| entry.0 == bin).for_each(|entry| entry.1 += count);
        self.groups.iter_mut().filter(|entry| entry.0.contains(&bin)).for_each(|entry| entry.1 += count);
        self.bins = self.bins.map(|bins| bins + count);
    }
}
