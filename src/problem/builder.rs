//! A problem put together piece by piece.

use super::{BinSet, BinType, BitMatrix, ItemType, Problem, ProblemError};

/// Collects bin types, classes, conflicts and item types; [`build`](Self::build) validates them all.
///
/// ```
/// use tenantry::engine::Problem;
/// let mut builder = Problem::builder(1);
/// builder.bin(&[10]);
/// let (a, b) = (builder.class(), builder.class());
/// builder.conflict(a, b).item(&[4], 2, a);
/// builder.item(&[3], 1, b);
/// let problem = builder.build()?;
/// assert_eq!(problem.copies(), 3);
/// # Ok::<(), tenantry::engine::ProblemError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ProblemBuilder {
    dimensions: usize,
    bins: Vec<BinType>,
    items: Vec<Wanted>,
    classes: usize,
    conflicts: Vec<(usize, usize)>,
}

/// An item type, and the only bin types for it where they were named.
#[derive(Clone, Debug)]
struct Wanted {
    size: Vec<u64>,
    demand: u64,
    class: usize,
    only: Option<Vec<usize>>,
}

impl Problem {
    /// An empty problem of so many resources, to be filled.
    #[must_use]
    pub fn builder(dimensions: usize) -> ProblemBuilder {
        ProblemBuilder { dimensions, bins: Vec::new(), items: Vec::new(), classes: 0, conflicts: Vec::new() }
    }
}

impl ProblemBuilder {
    /// Adds a bin type of cost 1 without a maximum count; returns its index.
    pub fn bin(&mut self, capacity: &[u64]) -> usize {
        self.bin_type(BinType { capacity: capacity.to_vec(), cost: 1, max_count: None })
    }

    /// Adds a bin type; returns its index.
    pub fn bin_type(&mut self, bin: BinType) -> usize {
        self.bins.push(bin);
        self.bins.len() - 1
    }

    /// Adds a class that conflicts with nothing yet; returns its index.
    pub fn class(&mut self) -> usize {
        self.classes += 1;
        self.classes - 1
    }

    /// Adds as many classes; returns the index of the first.
    pub fn classes(&mut self, count: usize) -> usize {
        self.classes += count;
        self.classes - count
    }

    /// Items of classes `a` and `b` never share a bin; `a == b`: no two items of that class do.
    pub fn conflict(&mut self, a: usize, b: usize) -> &mut Self {
        self.conflicts.push((a, b));
        self
    }

    /// Adds an item type that every bin type may hold; returns its index.
    pub fn item(&mut self, size: &[u64], demand: u64, class: usize) -> usize {
        self.items.push(Wanted { size: size.to_vec(), demand, class, only: None });
        self.items.len() - 1
    }

    /// Adds an item type that only the bin types named may hold; returns its index.
    pub fn item_in(&mut self, size: &[u64], demand: u64, class: usize, bins: &[usize]) -> usize {
        self.items.push(Wanted { size: size.to_vec(), demand, class, only: Some(bins.to_vec()) });
        self.items.len() - 1
    }

    /// The problem. Complexity: linear in the input, and the square of the number of classes in bits.
    ///
    /// # Errors
    /// [`ProblemError`] for the first thing that does not fit together.
    pub fn build(&self) -> Result<Problem, ProblemError> {
        let mut conflicts = BitMatrix::new(self.classes);
        for &(a, b) in &self.conflicts {
            let index = a.max(b);
            if index >= self.classes {
                return Err(ProblemError::OutOfRange { what: "class", index, len: self.classes });
            }
            conflicts.insert(a, b);
        }
        let mut items = Vec::with_capacity(self.items.len());
        for Wanted { size, demand, class, only } in &self.items {
            let eligible = match only {
                None => BinSet::all(self.bins.len()),
                Some(only) => only.iter().copied().collect(),
            };
            items.push(ItemType { size: size.clone(), demand: *demand, class: *class, eligible });
        }
        Problem::new(self.dimensions, items, conflicts, self.bins.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_what_it_was_told() {
        let mut builder = Problem::builder(2);
        let bin = builder.bin(&[5, 7]);
        let other = builder.bin_type(BinType { capacity: vec![9, 1], cost: 3, max_count: Some(2) });
        let first = builder.classes(2);
        builder.conflict(first, first + 1);
        let item = builder.item_in(&[1, 1], 4, first, &[other]);
        let problem = builder.build().unwrap();
        assert!(
            problem.conflicts().contains(1, 0) && !problem.fits_alone(item, bin) && problem.fits_alone(item, other)
        );
    }

    #[test]
    fn refuses_what_is_out_of_range() {
        let mut builder = Problem::builder(1);
        builder.bin(&[5]);
        let class = builder.class();
        assert!(builder.clone().conflict(class, 7).build().is_err());
        let mut wrong = builder.clone();
        wrong.item_in(&[1], 1, class, &[3]);
        assert!(wrong.build().is_err());
        builder.item(&[1], 1, 9);
        assert!(builder.build().is_err());
    }
}
