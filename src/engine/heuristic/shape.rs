//! The problem laid out for quick reading: flat sizes, who fits where, which resource is scarce.

use super::effort::shape::COUNTED_CLASSES;
use crate::problem::Problem;

/// A [`Problem`] with what every heuristic asks of it worked out once.
pub(super) struct Shape<'a> {
    /// The problem itself.
    pub problem: &'a Problem,
    /// Number of resources.
    pub dimensions: usize,
    /// Number of bin types.
    pub bin_types: usize,
    /// Resource weights: `(total load / (capacity x bins))^4`, so that the scarce resource rules.
    pub weights: Vec<f64>,
    /// For each item type its weighted size, as a share of the roomiest capacity.
    pub area: Vec<f64>,
    /// For each item type its largest share of a capacity.
    pub ratio: Vec<f64>,
    /// For each class, the share of all copies that it conflicts with.
    pub degree: Vec<f64>,
    /// For each class, whether two of its items conflict.
    pub alone: Vec<bool>,
    /// Bin types, the roomiest first, then the cheapest.
    pub rank: Vec<usize>,
    /// The continuous estimate of the number of bins (not a bound: the roomiest capacities are taken together).
    pub estimate: f64,
    /// The largest capacity in each resource, at least 1.
    pub largest: Vec<f64>,
    totals: Vec<f64>,
    sizes: Vec<u64>,
    fits: Vec<bool>,
}

impl<'a> Shape<'a> {
    /// Lays the problem out for plans of about `lower` bins. Complexity: items x (resources + bin types) + classes^2 / 64.
    pub fn new(problem: &'a Problem, lower: u64) -> Self {
        let (dimensions, bin_types, items) = (problem.dimensions(), problem.bins().len(), problem.items());
        let sizes: Vec<u64> = items.iter().flat_map(|item| item.size.iter().copied()).collect();
        let fits = (0..items.len())
            .flat_map(|item| (0..bin_types).map(move |bin| (item, bin)))
            .map(|(item, bin)| problem.fits_alone(item, bin))
            .collect();
        let largest: Vec<f64> = (0..dimensions)
            .map(|q| problem.bins().iter().map(|bin| bin.capacity[q]).max().unwrap_or(0).max(1) as f64)
            .collect();
        let totals: Vec<f64> = (0..dimensions)
            .map(|q| items.iter().map(|item| item.size[q] as f64 * item.demand as f64).sum::<f64>() / largest[q])
            .collect();
        let estimate = totals.iter().copied().fold(1.0, f64::max);
        let bins = estimate.max(lower as f64);
        let weights: Vec<f64> = totals.iter().map(|total| (total / bins).powi(4).max(1e-6)).collect();
        let share = |item: usize, q: usize| sizes[item * dimensions + q] as f64 / largest[q];
        let area = (0..items.len()).map(|item| (0..dimensions).map(|q| weights[q] * share(item, q)).sum()).collect();
        let ratio = (0..items.len()).map(|item| (0..dimensions).map(|q| share(item, q)).fold(0.0, f64::max)).collect();
        let room = |bin: usize| -> f64 {
            (0..dimensions).map(|q| weights[q] * problem.bins()[bin].capacity[q] as f64 / largest[q]).sum()
        };
        let mut rank: Vec<usize> = (0..bin_types).collect();
        rank.sort_by(|&a, &b| {
            let cost = |bin: usize| problem.bins()[bin].cost;
            room(b).total_cmp(&room(a)).then(cost(a).cmp(&cost(b))).then(a.cmp(&b))
        });
        let alone = (0..problem.conflicts().len()).map(|class| problem.conflicts().contains(class, class)).collect();
        let degree = degrees(problem);
        Self {
            problem,
            dimensions,
            bin_types,
            weights,
            area,
            ratio,
            degree,
            alone,
            rank,
            estimate,
            totals: totals.iter().zip(&largest).map(|(total, largest)| total * largest).collect(),
            largest,
            sizes,
            fits,
        }
    }

    /// Number of item types.
    pub fn len(&self) -> usize {
        self.area.len()
    }

    /// Size of an item type.
    pub fn size(&self, item: usize) -> &[u64] {
        &self.sizes[item * self.dimensions..][..self.dimensions]
    }

    /// Class of an item type.
    pub fn class(&self, item: usize) -> usize {
        self.problem.items()[item].class
    }

    /// Copies of an item type.
    pub fn demand(&self, item: usize) -> u64 {
        self.problem.items()[item].demand
    }

    /// What all copies take of a resource.
    pub fn total(&self, q: usize) -> f64 {
        self.totals[q]
    }

    /// Capacity of a bin type.
    pub fn capacity(&self, bin: usize) -> &[u64] {
        &self.problem.bins()[bin].capacity
    }

    /// Whether one copy may stand alone in a bin of this type.
    pub fn fits(&self, item: usize, bin: usize) -> bool {
        self.fits[item * self.bin_types + bin]
    }

    /// Whether one more copy fits the residual capacity.
    pub fn holds(&self, residual: &[u64], item: usize) -> bool {
        self.size(item).iter().zip(residual).all(|(size, room)| size <= room)
    }

    /// How many copies, at most `wanted`, fit the residual capacity; one at most where the class conflicts with itself.
    pub fn copies_that_fit(&self, residual: &[u64], item: usize, wanted: u64) -> u64 {
        let wanted = if self.alone[self.class(item)] { wanted.min(1) } else { wanted };
        if wanted <= 1 {
            return if self.holds(residual, item) { wanted } else { 0 };
        }
        let sizes = self.size(item).iter().zip(residual).filter(|(size, _)| **size > 0);
        sizes.map(|(size, room)| room / size).min().unwrap_or(wanted).min(wanted)
    }

    /// A fresh count of the bins that may be opened, one entry a bin type.
    pub fn stock(&self) -> Vec<u64> {
        self.problem.bins().iter().map(|bin| bin.max_count.unwrap_or(u64::MAX)).collect()
    }

    /// The roomiest bin type left in stock that may hold the item.
    pub fn roomiest(&self, stock: &[u64], item: usize) -> Option<usize> {
        self.rank.iter().copied().find(|&bin| stock[bin] > 0 && self.fits(item, bin))
    }
}

fn degrees(problem: &Problem) -> Vec<f64> {
    let conflicts = problem.conflicts();
    let classes = conflicts.len();
    if classes > COUNTED_CLASSES {
        return (0..classes).map(|class| conflicts.row(class).count_ones(..) as f64 / classes as f64).collect();
    }
    let mut copies = vec![0.0; classes];
    for item in problem.items() {
        copies[item.class] += item.demand as f64;
    }
    let total: f64 = copies.iter().sum::<f64>().max(1.0);
    (0..classes)
        .map(|class| conflicts.row(class).ones().map(|neighbour| copies[neighbour]).sum::<f64>() / total)
        .collect()
}
