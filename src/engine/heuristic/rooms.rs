//! Open bins by their room: the one that first fit or best fit takes, without a look at every other.
//!
//! For first fit a tournament tree over the bins in the order of their opening, every node with the most room below it,
//! resource by resource (Johnson 1974, section 4); for best fit the bins in the order of their weighted room. In one
//! dimension and without conflicts either answers in logarithmic time, else bins that have room and still may not
//! take the item are passed over one by one.

use std::collections::BTreeSet;

/// More bins were passed over than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tired;

/// Bins by their room.
pub(super) enum Rooms {
    /// For first fit.
    Opened(Tournament),
    /// For best fit: bins by falling fullness, and where they stand.
    Fullest {
        /// Weighted room (bits of a float that is not negative, which sort as it does) and bin.
        order: BTreeSet<(u64, usize)>,
        /// Of each bin, the first entry of its pair.
        room: Vec<Option<u64>>,
    },
}

impl Rooms {
    /// No bins yet. Every bin is later told by `residual` in so many resources.
    pub fn opened(dimensions: usize) -> Self {
        Self::Opened(Tournament { dimensions, leaves: 0, most: Vec::new() })
    }

    /// No bins yet.
    pub fn fullest() -> Self {
        Self::Fullest { order: BTreeSet::new(), room: Vec::new() }
    }

    /// The room of this bin, new or known, from now on: by resource, and weighted.
    pub fn set(&mut self, bin: usize, residual: &[u64], weighted: f64) {
        match self {
            Self::Opened(tournament) => tournament.set(bin, residual),
            Self::Fullest { order, room } => {
                if room.len() <= bin {
                    room.resize(bin + 1, None);
                }
                let bits = weighted.max(0.0).to_bits();
                if let Some(old) = room[bin].replace(bits) {
                    order.remove(&(old, bin));
                }
                order.insert((bits, bin));
            }
        }
    }

    /// The first bin in order that takes an item of this size. `weighted`: at most the least weighted room that holds
    /// it. `steps` counts down.
    ///
    /// # Errors
    /// [`Tired`] when the steps are used up.
    pub fn find(
        &self,
        size: &[u64],
        weighted: f64,
        steps: &mut u64,
        takes: impl Fn(usize) -> bool,
    ) -> Result<Option<usize>, Tired> {
        match self {
            Self::Opened(tournament) if tournament.leaves == 0 => Ok(None),
            Self::Opened(tournament) => tournament.find(1, size, steps, &takes),
            Self::Fullest { order, .. } => {
                for &(_, bin) in order.range((weighted.max(0.0).to_bits(), 0)..) {
                    *steps = steps.checked_sub(1).ok_or(Tired)?;
                    if takes(bin) {
                        return Ok(Some(bin));
                    }
                }
                Ok(None)
            }
        }
    }
}

/// A complete binary tree in an array: the children of node `i` are `2 i` and `2 i + 1`, the root is 1.
pub(super) struct Tournament {
    dimensions: usize,
    /// A power of two, or 0.
    leaves: usize,
    /// The most room below each node, `dimensions` numbers a node.
    most: Vec<u64>,
}

impl Tournament {
    fn set(&mut self, leaf: usize, residual: &[u64]) {
        let dimensions = self.dimensions;
        if leaf >= self.leaves {
            self.grow((leaf + 1).next_power_of_two().max(64));
        }
        let mut node = self.leaves + leaf;
        self.most[node * dimensions..][..dimensions].copy_from_slice(residual);
        while node > 1 {
            node /= 2;
            if !self.play(node) {
                break;
            }
        }
    }

    /// The most of both children; whether that changed anything.
    fn play(&mut self, node: usize) -> bool {
        let mut changed = false;
        for q in 0..self.dimensions {
            let [left, right] = [2 * node, 2 * node + 1].map(|child| self.most[child * self.dimensions + q]);
            let most = &mut self.most[node * self.dimensions + q];
            changed |= *most != left.max(right);
            *most = left.max(right);
        }
        changed
    }

    fn grow(&mut self, leaves: usize) {
        let mut most = vec![0; 2 * leaves * self.dimensions];
        let old = &self.most[self.leaves * self.dimensions..];
        most[leaves * self.dimensions..][..old.len()].copy_from_slice(old);
        (self.leaves, self.most) = (leaves, most);
        for node in (1..leaves).rev() {
            self.play(node);
        }
    }

    fn find(
        &self,
        node: usize,
        size: &[u64],
        steps: &mut u64,
        takes: &impl Fn(usize) -> bool,
    ) -> Result<Option<usize>, Tired> {
        *steps = steps.checked_sub(1).ok_or(Tired)?;
        let room = &self.most[node * self.dimensions..][..self.dimensions];
        if room.iter().zip(size).any(|(room, size)| room < size) {
            return Ok(None);
        }
        if node >= self.leaves {
            let leaf = node - self.leaves;
            return Ok(takes(leaf).then_some(leaf));
        }
        match self.find(2 * node, size, steps, takes)? {
            Some(leaf) => Ok(Some(leaf)),
            None => self.find(2 * node + 1, size, steps, takes),
        }
    }
}
