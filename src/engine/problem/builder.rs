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
    fn what_is_put_in_is_what_is_built() {
        let mut builder = Problem::builder(2);
        let small = builder.bin(&[10, 20]);
        let large = builder.bin_type(BinType { capacity: vec![100, 200], cost: 7, max_count: Some(2) });
        let first = builder.classes(2);
        let third = builder.class();
        builder.conflict(first, third).conflict(first + 1, first + 1);
        let anywhere = builder.item(&[1, 2], 3, first);
        let somewhere = builder.item_in(&[3, 4], 1, third, &[large]);
        assert_eq!((small, large, first, third, anywhere, somewhere), (0, 1, 0, 2, 0, 1));
        let problem = builder.build().unwrap();
        assert_eq!((problem.dimensions(), problem.copies(), problem.conflicts().len()), (2, 4, 3));
        assert_eq!(problem.bins()[small], BinType { capacity: vec![10, 20], cost: 1, max_count: None });
        assert_eq!((problem.bins()[large].cost, problem.bins()[large].max_count), (7, Some(2)));
        assert_eq!(problem.items()[anywhere].eligible, BinSet::all(2));
        assert_eq!(problem.items()[somewhere].eligible, [large].into_iter().collect());
        assert!(problem.fits_alone(anywhere, small) && !problem.fits_alone(somewhere, small));
        assert!(problem.conflict(anywhere, somewhere) && !problem.conflict(anywhere, anywhere));
        assert!(problem.conflicts().contains(first + 1, first + 1));
        assert_eq!(problem.conflicts().related(third).collect::<Vec<_>>(), [first]);
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        let with = |add: &dyn Fn(&mut ProblemBuilder)| {
            let mut builder = Problem::builder(1);
            builder.bin(&[10]);
            builder.class();
            add(&mut builder);
            builder.build().unwrap_err()
        };
        let out = |what, index| ProblemError::OutOfRange { what, index, len: 1 };
        assert_eq!(
            with(&|builder| {
                builder.item_in(&[1], 1, 0, &[0, 5]);
            }),
            out("bin type", 5)
        );
        assert_eq!(
            with(&|builder| {
                builder.item(&[1], 1, 3);
            }),
            out("class", 3)
        );
        assert_eq!(
            with(&|builder| {
                builder.conflict(0, 4);
            }),
            out("class", 4)
        );
        assert_eq!(
            with(&|builder| {
                builder.item(&[1], 0, 0);
            }),
            ProblemError::NoDemand { index: 0 }
        );
    }
}
