//! The multiple-choice knapsack (Kellerer, Pferschy, Pisinger 2004, chapter 11): at most one item type of each clique.

/// Widest table of the dynamic programme in exact sizes; larger capacities are scaled down.
const EXACT_WIDTH: u64 = 4096;
/// Width after scaling down.
const SCALED_WIDTH: u64 = 1024;

/// The multiple-choice knapsack over the cliques, last clique first, in one resource or the sum of several.
pub(super) struct Table {
    /// For each resource used: its index, and the units that its capacity is divided into.
    resources: Vec<Scale>,
    /// Largest load, in units.
    width: usize,
    /// Row `g`, column `c`: the most that cliques `g..` weigh within a load of `c`.
    best: Vec<u64>,
}

/// Turns sizes in one resource into units, rounding down: what fits a residual also fits it in units.
struct Scale {
    resource: usize,
    capacity: u64,
    units: u64,
}

impl Scale {
    /// For sizes that are all multiples of a unit, which is in the capacity so many times.
    fn exact(resource: usize, units: u64, unit: u64) -> Self {
        Self { resource, capacity: units * unit, units }
    }

    fn units(&self, amount: u64) -> usize {
        // at most `units`, since no amount passes the capacity by a unit
        (u128::from(amount) * u128::from(self.units) / u128::from(self.capacity.max(1))) as usize
    }
}

impl Table {
    /// For the items of which `group` gives the clique, ascending from 0, and `item` weight, copies and size, which is a multiple of
    /// the `unit` of each resource. `widest` is about how many columns there may be.
    pub fn new<'a>(
        group: &[usize],
        item: impl Fn(usize) -> (u64, u64, &'a [u64]),
        resources: &[usize],
        residual: &[u64],
        unit: &[u64],
        widest: usize,
    ) -> Self {
        let most = (widest / resources.len().max(1)).max(8) as u64;
        let scale = |&resource: &usize| {
            let exact = residual[resource] / unit[resource];
            let alone = resources.len() == 1 && exact <= EXACT_WIDTH;
            let units = if alone { exact } else { SCALED_WIDTH / resources.len() as u64 };
            // exact sizes only where they are not cut down by the size of the table
            if alone && units <= most {
                Scale::exact(resource, units, unit[resource])
            } else {
                Scale { resource, capacity: residual[resource], units: units.min(most) }
            }
        };
        Self::fill(group, item, resources.iter().map(scale).collect())
    }

    /// The same in one resource to the last unit, however wide: without any to spare, what is rounded decides nothing.
    pub fn exact<'a>(
        group: &[usize],
        item: impl Fn(usize) -> (u64, u64, &'a [u64]),
        resource: usize,
        residual: &[u64],
        unit: &[u64],
    ) -> Self {
        Self::fill(group, item, vec![Scale::exact(resource, residual[resource] / unit[resource], unit[resource])])
    }

    fn fill<'a>(group: &[usize], item: impl Fn(usize) -> (u64, u64, &'a [u64]), resources: Vec<Scale>) -> Self {
        let width = resources.iter().map(|scale| scale.units).sum::<u64>() as usize;
        let columns = width + 1;
        let groups = group.last().map_or(0, |last| last + 1);
        let mut best = vec![0u64; (groups + 1) * columns];
        let mut run = Vec::new();
        let mut end = group.len();
        for clique in (0..groups).rev() {
            let start = group[..end].partition_point(|&other| other < clique);
            let (head, tail) = best.split_at_mut((clique + 1) * columns);
            let (row, next) = (&mut head[clique * columns..], &tail[..columns]);
            row.copy_from_slice(next);
            for position in start..end {
                let (weight, copies, size) = item(position);
                let size: usize = resources.iter().map(|scale| scale.units(size[scale.resource])).sum();
                // no overflow in a product: one candidate's copies weigh less than 2^62
                if size == 0 {
                    row.iter_mut()
                        .zip(next)
                        .for_each(|(best, &rest)| *best = (*best).max(rest.saturating_add(weight * copies)));
                } else if copies <= 32 {
                    for taken in (1..=copies).take_while(|&taken| taken as usize * size <= width) {
                        let added = weight * taken;
                        for (best, &rest) in row[taken as usize * size..].iter_mut().zip(next) {
                            *best = (*best).max(rest.saturating_add(added));
                        }
                    }
                } else {
                    // as many copies as fit: more than there are, but never fewer
                    run.clear();
                    run.extend_from_slice(next);
                    for load in size..columns {
                        run[load] = run[load].max(run[load - size].saturating_add(weight));
                    }
                    row.iter_mut().zip(&run).for_each(|(best, &value)| *best = (*best).max(value));
                }
            }
            end = start;
        }
        Self { resources, width, best }
    }

    /// Memory, in words.
    pub fn words(&self) -> usize {
        self.best.len()
    }

    /// How many columns a row has, but one.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The most that the cliques from `group` on can add within `residual`.
    pub fn bound(&self, group: usize, residual: &[u64]) -> u64 {
        let load: usize = self.resources.iter().map(|scale| scale.units(residual[scale.resource])).sum();
        self.best[group * (self.width + 1) + load]
    }
}
