//! A problem at the level of its classes: what all items of a class take together, and which classes share bins.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;

use crate::problem::Problem;

/// A resource of which a class takes less than this of what it takes of another is not taken in earnest.
const EARNEST: f64 = 0.5;
/// A class that takes less of every resource of a bin is not parted.
const PARTED: f64 = 0.1;

/// The classes of a problem with their totals. Items of a class are sand: any part of them in each resource.
pub(super) struct Classes {
    /// The item types of each class, ascending.
    pub members: Vec<Vec<usize>>,
    /// What all copies take that may be in a bin of this type: one a bin type, class and resource.
    totals: Vec<Vec<Vec<u128>>>,
    /// What all copies take: one a class and resource.
    pub all: Vec<Vec<u128>>,
    /// The same in the widest bins.
    shares: Vec<Vec<f64>>,
    /// The classes that may share a bin with each, itself aside.
    pub friends: Vec<FixedBitSet>,
    /// In no plan fewer bins hold one of the class.
    pub least: Vec<u64>,
    /// The bins: capacities.
    pub rooms: Vec<Vec<u64>>,
}

impl Classes {
    /// Those of a problem. Linear in items times bin types, quadratic in classes.
    pub fn of(problem: &Problem) -> Self {
        Self::with(problem, of_class(problem))
    }

    /// The same with every class parted by the resource of which its items take the most: for the same part of every resource.
    pub fn parted(&self, problem: &Problem) -> Self {
        let mut members = Vec::new();
        for (class, items) in self.members.iter().enumerate() {
            let all = &self.shares[class];
            if all.iter().all(|&share| share < PARTED) {
                members.push(items.clone());
                continue;
            }
            let mut kinds = vec![Vec::new(); self.dimensions()];
            for &item in items {
                let size = &problem.items()[item].size;
                let part = |q: usize| size[q] as f64 / self.all[class][q].max(1) as f64;
                let most =
                    (0..size.len()).filter(|&q| self.matters(class, q)).max_by(|&a, &b| part(a).total_cmp(&part(b)));
                kinds[most.unwrap_or(0)].push(item);
            }
            members.extend(kinds.into_iter().filter(|kind| !kind.is_empty()));
        }
        Self::with(problem, members)
    }

    fn with(problem: &Problem, members: Vec<Vec<usize>>) -> Self {
        let class = |at: usize| problem.items()[members[at][0]].class;
        let sum = |items: &[usize], may: &dyn Fn(usize) -> bool| -> Vec<u128> {
            let mut sum = vec![0; problem.dimensions()];
            for &index in items.iter().filter(|&&index| may(index)) {
                let item = &problem.items()[index];
                let each = sum.iter_mut().zip(&item.size);
                each.for_each(|(sum, &size)| *sum += u128::from(size) * u128::from(item.demand));
            }
            sum
        };
        let all: Vec<Vec<u128>> = members.iter().map(|items| sum(items, &|_| true)).collect();
        let of_bin = |bin: usize| {
            let fits = |index: usize| problem.fits_alone(index, bin);
            members.iter().map(|items| sum(items, &fits)).collect()
        };
        let totals = (0..problem.bins().len()).map(of_bin).collect();
        let friends = |at: usize| -> FixedBitSet {
            let against = problem.conflicts().row(class(at));
            (0..members.len()).filter(|&other| other != at && !against.contains(class(other))).collect()
        };
        let friends = (0..members.len()).map(friends).collect();
        let rooms: Vec<Vec<u64>> = problem.bins().iter().map(|bin| bin.capacity.clone()).collect();
        let widest = |q: usize| rooms.iter().map(|room| room[q]).max().unwrap_or(0).max(1);
        let share = |total: &Vec<u128>| (0..total.len()).map(|q| total[q] as f64 / widest(q) as f64).collect();
        let shares = all.iter().map(share).collect();
        let mut classes = Self { shares, least: Vec::new(), friends, members, totals, all, rooms };
        classes.least = classes.all.iter().map(|loads| classes.bins_for(loads)).collect();
        classes
    }

    /// So many bins what takes that much needs at the least, one if it takes nothing.
    pub fn bins_for(&self, loads: &[u128]) -> u64 {
        let widest = |q: usize| self.rooms.iter().map(|room| room[q]).max().unwrap_or(0).max(1);
        let bins = loads.iter().enumerate().map(|(q, load)| load.div_ceil(widest(q).into()));
        u64::try_from(bins.max().unwrap_or(0).max(1)).unwrap_or(u64::MAX)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Resources.
    pub fn dimensions(&self) -> usize {
        self.rooms.first().map_or(0, Vec::len)
    }

    /// Whether a class takes a resource in earnest: not far less than it takes of the one that it takes the most of. What does not matter may
    /// be forgotten.
    pub fn matters(&self, class: usize, q: usize) -> bool {
        self.shares[class][q] > 0.0
            && self.shares[class][q] >= EARNEST * self.shares[class].iter().fold(0.0, |most: f64, &it| most.max(it))
    }

    /// What of a class may be in a bin of this type at most.
    pub fn total(&self, bin: usize, class: usize, q: usize) -> u128 {
        self.totals[bin][class][q]
    }
}

/// The item types of each class, ascending by class.
fn of_class(problem: &Problem) -> Vec<Vec<usize>> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    problem.items().iter().enumerate().for_each(|(index, item)| members.entry(item.class).or_default().push(index));
    members.into_values().collect()
}
