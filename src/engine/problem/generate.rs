//! Seeded instances for tests and measurements: the families of the literature and tenant fleets.
//!
//! The same recipe and seed give the same problem on every machine. Shares and densities are in thousandths, so that
//! everything stays in whole numbers.

mod shaped;

pub use self::shaped::{Shape, ShapedFleet};
use super::random::Random;
use super::{BinSet, BinType, BitMatrix, ItemType, Limit, Problem, ProblemError, Terms};

/// How the sizes of an [`Instance`] are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sizes {
    /// One resource, uniform in 20..=100, capacity 150: class u of Falkenauer 1996.
    Uniform,
    /// One resource, triplets that fill a bin of 1000 exactly, shuffled: class t of Falkenauer 1996. The number of
    /// items is rounded up to a multiple of three.
    Triplets,
    /// One resource, uniform in 5..=40, capacity 150: many items a bin.
    Small,
    /// One resource, uniform in 500..=2500, capacity 10,000: class d of Sadykov and Vanderbeck 2013.
    Large,
    /// Each of so many resources as [`Sizes::Uniform`], independent of one another (class 6 of Caprara and Toth 2001).
    VectorUniform(usize),
    /// Each of so many resources uniform in 20..=260, capacity 1000: about seven items a bin.
    VectorSmall(usize),
    /// Each of so many resources uniform in 100..=400, capacity 1000: three or four items a bin (class 1 of Caprara and Toth 2001).
    VectorMedium(usize),
    /// The further resources fall as the first one rises (class 9 of Caprara and Toth 2001), capacity 150.
    VectorOpposed(usize),
    /// Machine flavours on hosts of 64 cores, 256 GiB and 10 disks: up to three resources.
    Cloud(usize),
}

impl Sizes {
    /// Number of resources.
    #[must_use]
    pub fn dimensions(self) -> usize {
        match self {
            Self::Uniform | Self::Triplets | Self::Small | Self::Large => 1,
            Self::VectorUniform(dimensions)
            | Self::VectorSmall(dimensions)
            | Self::VectorMedium(dimensions)
            | Self::VectorOpposed(dimensions) => dimensions,
            Self::Cloud(dimensions) => dimensions.min(3),
        }
    }

    fn capacity(self) -> Vec<u64> {
        match self {
            Self::Uniform | Self::Small => vec![150],
            Self::Triplets => vec![1000],
            Self::Large => vec![10_000],
            Self::VectorUniform(dimensions) | Self::VectorOpposed(dimensions) => vec![150; dimensions],
            Self::VectorSmall(dimensions) | Self::VectorMedium(dimensions) => vec![1000; dimensions],
            Self::Cloud(dimensions) => [64, 256, 10].into_iter().take(dimensions).collect(),
        }
    }

    fn draw(self, items: usize, random: &mut Random) -> Vec<Vec<u64>> {
        if self == Self::Triplets {
            let mut sizes = Vec::with_capacity(items + 2);
            while sizes.len() < items {
                let first = random.between(350, 499);
                let rest = 1000 - first;
                let second = random.between(250, rest.div_ceil(2) - 1);
                sizes.extend([vec![first], vec![second], vec![rest - second]]);
            }
            random.shuffle(&mut sizes);
            return sizes;
        }
        let one = |random: &mut Random| match self {
            Self::Uniform | Self::Triplets => vec![random.between(20, 100)],
            Self::Small => vec![random.between(5, 40)],
            Self::Large => vec![random.between(500, 2500)],
            Self::VectorUniform(dimensions) => (0..dimensions).map(|_| random.between(20, 100)).collect(),
            Self::VectorSmall(dimensions) => (0..dimensions).map(|_| random.between(20, 260)).collect(),
            Self::VectorMedium(dimensions) => (0..dimensions).map(|_| random.between(100, 400)).collect(),
            Self::VectorOpposed(dimensions) => {
                let first = random.between(20, 100);
                (0..dimensions).map(|q| if q == 0 { first } else { 110 - first + random.between(0, 20) }).collect()
            }
            Self::Cloud(dimensions) => {
                let cores = pick(random, &[(1, 30), (2, 30), (4, 22), (8, 13), (16, 5)]);
                let memory = cores * pick(random, &[(1, 15), (2, 30), (4, 40), (8, 15)]);
                let disks = pick(random, &[(0, 55), (1, 25), (2, 15), (5, 5)]);
                [cores, memory, disks].into_iter().take(dimensions).collect()
            }
        };
        (0..items).map(|_| one(random)).collect()
    }
}

/// One of the values, each as often as its share says.
fn pick(random: &mut Random, values: &[(u64, u64)]) -> u64 {
    let mut drawn = random.below(values.iter().map(|value| value.1).sum());
    for &(value, share) in values {
        if drawn < share {
            return value;
        }
        drawn -= share;
    }
    0
}

/// Who conflicts with whom in an [`Instance`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Graph {
    /// Nobody.
    Empty,
    /// Item i draws p_i from 0..1; i and j conflict iff (p_i + p_j) / 2 is at most so many thousandths: the graphs of
    /// Gendreau, Laporte, Semet 2004 and of Muritiba et al. 2010, which are threshold graphs.
    Threshold(u64),
    /// G(n, q): every pair conflicts with a probability of so many thousandths.
    Random(u64),
}

/// A recipe for an instance of the literature's families: one bin type, each item its own class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instance {
    /// Number of items.
    pub items: usize,
    /// Their sizes.
    pub sizes: Sizes,
    /// Their conflicts.
    pub graph: Graph,
}

impl Instance {
    /// The problem of this recipe and seed. The sizes and the numbers p_i depend on the seed, not on the density: the
    /// threshold graphs of one seed are nested. Without conflicts all items are of one class, and equal sizes one type.
    ///
    /// # Errors
    /// [`ProblemError`] where the total passes 2^62.
    pub fn build(&self, seed: u64) -> Result<Problem, ProblemError> {
        let mut random = Random::new(seed);
        let mut sizes = self.sizes.draw(self.items, &mut random);
        let mut graph = random.clone();
        let everywhere = BinSet::all(1);
        let item = |size, demand, class| ItemType { size, demand, class, eligible: everywhere.clone() };
        let mut conflicts = BitMatrix::new(if self.graph == Graph::Empty { 1 } else { sizes.len() });
        let items = match self.graph {
            Graph::Empty => {
                sizes.sort_unstable();
                sizes.chunk_by(|a, b| a == b).map(|same| item(same[0].clone(), same.len() as u64, 0)).collect()
            }
            Graph::Threshold(density) => {
                let drawn: Vec<u64> = sizes.iter().map(|_| graph.below(1_000_000)).collect();
                relate(&mut conflicts, |a, b| drawn[a] + drawn[b] <= 2000 * density);
                sizes.into_iter().enumerate().map(|(class, size)| item(size, 1, class)).collect()
            }
            Graph::Random(density) => {
                relate(&mut conflicts, |_, _| graph.chance(density));
                sizes.into_iter().enumerate().map(|(class, size)| item(size, 1, class)).collect()
            }
        };
        let bins = vec![BinType { capacity: self.sizes.capacity(), cost: 1, max_count: None }];
        Problem::new(self.sizes.dimensions(), items, conflicts, bins)
    }
}

/// Relates every pair `a < b` for which the question is answered yes, asked in lexicographic order.
fn relate(conflicts: &mut BitMatrix, mut ask: impl FnMut(usize, usize) -> bool) {
    for a in 0..conflicts.len() {
        for b in a + 1..conflicts.len() {
            if ask(a, b) {
                conflicts.insert(a, b);
            }
        }
    }
}

/// Tenant and environment of a workload, and its size.
type Drawn = ((usize, usize), Vec<u64>);

/// The tenants and environments of workloads in their order, a class each, and which of these never mix.
fn tenancy(drawn: &[Drawn], distrust: &BitMatrix) -> (Vec<(usize, usize)>, BitMatrix) {
    let mut classes: Vec<(usize, usize)> = drawn.iter().map(|workload| workload.0).collect();
    classes.dedup();
    let mut conflicts = BitMatrix::new(classes.len());
    relate(&mut conflicts, |a, b| {
        let ((a, here), (b, there)) = (classes[a], classes[b]);
        here != there || distrust.contains(a, b)
    });
    (classes, conflicts)
}

/// Workloads in their order, those of one class and size as one item type; all may go everywhere.
fn merged(drawn: &[Drawn], classes: &[(usize, usize)], bins: usize) -> Vec<ItemType> {
    let everywhere = BinSet::all(bins);
    let mut class = 0;
    drawn
        .chunk_by(|a, b| a == b)
        .map(|same| {
            let (own, size) = &same[0];
            while classes[class] != *own {
                class += 1;
            }
            ItemType { size: size.clone(), demand: same.len() as u64, class, eligible: everywhere.clone() }
        })
        .collect()
}

/// A recipe for a tenant fleet: three resources (CPU in milli, memory in MiB, pods), classes = tenant and environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TenantFleet {
    /// Number of workloads (copies).
    pub workloads: usize,
    /// Number of tenants; their populations fall off harmonically.
    pub tenants: usize,
    /// Thousandths of the pairs of trusting tenants that distrust one another.
    pub distrust: u64,
    /// Environments that never mix; every workload draws one of its tenant's two.
    pub environments: usize,
    /// Thousandths of the tenants that share with nobody else.
    pub untrusted: u64,
    /// Thousandths of the tenants whose workloads share with nobody, not even with one another.
    pub hostile: u64,
    /// About how many workloads fill a bin of the first type.
    pub per_bin: u64,
    /// Number of different size vectors; 0: every workload draws its own.
    pub shapes: usize,
    /// 1: one bin type; 2: one of twice the capacity too, but only a few of it; 3: a cheap one of half the capacity too.
    pub bin_types: usize,
}

impl Default for TenantFleet {
    /// 10,000 workloads of 200 tenants, 2 % distrust, three environments, some 30 workloads a bin, 24 shapes.
    fn default() -> Self {
        Self {
            workloads: 10_000,
            tenants: 200,
            distrust: 20,
            environments: 3,
            untrusted: 50,
            hostile: 0,
            per_bin: 30,
            shapes: 24,
            bin_types: 1,
        }
    }
}

impl TenantFleet {
    /// The problem of this recipe and seed. Workloads of the same class and size are one item type.
    /// Complexity: workloads + the square of tenants x environments.
    ///
    /// # Errors
    /// [`ProblemError`] where the total passes 2^62.
    pub fn build(&self, seed: u64) -> Result<Problem, ProblemError> {
        let mut random = Random::new(seed);
        let (tenants, environments) = (self.tenants.max(1), self.environments.max(1));
        let levels: Vec<u64> = (0..tenants)
            .map(|_| {
                let drawn = random.below(1000);
                if drawn < self.hostile { 2 } else { u64::from(drawn < self.hostile + self.untrusted) }
            })
            .collect();
        let homes: Vec<[usize; 2]> = (0..tenants).map(|_| [0; 2].map(|_: usize| random.index(environments))).collect();
        let shapes: Vec<Vec<u64>> = (0..self.shapes).map(|_| workload(&mut random)).collect();

        // the harmonic population: tenant t has a share of about 1 / (t + tenants / 20 + 1)
        let mut shares = Vec::with_capacity(tenants);
        let mut total = 0;
        for tenant in 0..tenants {
            total += 1_000_000_000 / (tenant + tenants / 20 + 1) as u64;
            shares.push(total);
        }
        let mut drawn: Vec<Drawn> = (0..self.workloads)
            .map(|number| {
                let point = random.below(total);
                let tenant = if number < tenants { number } else { shares.partition_point(|&share| share <= point) };
                let home = homes[tenant][usize::from(random.chance(300))];
                let shape = random.index(self.shapes);
                ((tenant, home), shapes.get(shape).cloned().unwrap_or_else(|| workload(&mut random)))
            })
            .collect();
        drawn.sort_unstable();

        let mut distrust = BitMatrix::new(tenants);
        relate(&mut distrust, |a, b| levels[a] > 0 || levels[b] > 0 || random.chance(self.distrust));
        let (classes, mut conflicts) = tenancy(&drawn, &distrust);
        for (class, &(tenant, _)) in classes.iter().enumerate() {
            if levels[tenant] == 2 {
                conflicts.insert(class, class);
            }
        }
        let bins = self.bins(&drawn);
        let items = merged(&drawn, &classes, bins.len());
        Problem::new(3, items, conflicts, bins)
    }

    fn bins(&self, drawn: &[Drawn]) -> Vec<BinType> {
        // capacities from the mean sizes: CPU is the scarcest, memory and pods leave a few per cent
        let mut capacity = vec![0; 3];
        for (q, slack) in [100, 104, 110].into_iter().enumerate() {
            let total: u64 = drawn.iter().map(|workload| workload.1[q]).sum();
            let largest = drawn.iter().map(|workload| workload.1[q]).max().unwrap_or(0);
            capacity[q] = (total * self.per_bin * slack / 100 / (drawn.len().max(1) as u64)).max(2 * largest);
        }
        let double = capacity.iter().map(|cap| 2 * cap).collect();
        let half = capacity.iter().map(|cap| cap / 2).collect();
        let few = (self.workloads as u64 / self.per_bin.max(1)).div_ceil(20);
        let mut bins = vec![
            BinType { capacity, cost: 100, max_count: None },
            BinType { capacity: double, cost: 190, max_count: Some(few) },
            BinType { capacity: half, cost: 60, max_count: None },
        ];
        bins.truncate(self.bin_types.clamp(1, 3));
        bins
    }
}

/// A recipe for a tenant fleet some of whose clusters stand already: each a bin type of which there is one, larger than the
/// template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StandingFleet {
    /// The workloads and the template.
    pub fleet: TenantFleet,
    /// Number of clusters that stand already.
    pub standing: usize,
    /// Number of different shapes among them; 0: each has its own.
    pub shapes: usize,
    /// How many of them are kept even if they are empty.
    pub kept: usize,
    /// At most so many of them in use or kept; 0: no limit.
    pub most: u64,
}

impl StandingFleet {
    /// The problem of this recipe and seed.
    ///
    /// # Errors
    /// [`ProblemError`] where the total passes 2^62.
    pub fn build(&self, seed: u64) -> Result<Problem, ProblemError> {
        let problem = self.fleet.build(seed)?;
        let mut random = Random::new(seed ^ 0x5eed);
        let template = problem.bins()[0].clone();
        let mut larger = || template.capacity.iter().map(|cap| cap * random.between(200, 320) / 100).collect();
        let shapes: Vec<Vec<u64>> = (0..self.shapes).map(|_| larger()).collect();
        let mut bins = problem.bins().to_vec();
        let first = bins.len();
        for number in 0..self.standing {
            let capacity = if shapes.is_empty() { larger() } else { shapes[number % shapes.len()].clone() };
            bins.push(BinType { capacity, cost: 2 * template.cost, max_count: Some(1) });
        }
        let all = BinSet::all(bins.len());
        let items = problem.items().iter().map(|item| ItemType { eligible: all.clone(), ..item.clone() }).collect();
        let kept = (0..bins.len()).map(|bin| u64::from(bin >= first && bin < first + self.kept)).collect();
        let limit = Limit { bins: (first..bins.len()).collect(), most: self.most };
        let limits = if self.most > 0 { vec![limit] } else { Vec::new() };
        let terms = Terms { kept, limits, ..Terms::default() };
        Problem::new(problem.dimensions(), items, problem.conflicts().clone(), bins)?.with(terms)
    }
}

/// Requests x replicas of one workload: CPU in milli, memory in MiB, pods.
fn workload(random: &mut Random) -> Vec<u64> {
    let replicas = pick(random, &[(1, 30), (2, 30), (3, 25), (5, 10), (10, 5)]);
    let cpu = pick(random, &[(50, 10), (100, 25), (250, 30), (500, 20), (1000, 10), (2000, 5)]);
    let memory = pick(random, &[(64, 10), (128, 20), (256, 25), (512, 25), (1024, 15), (4096, 5)]);
    let (cpu, memory) = (cpu * random.between(80, 120) / 100, memory * random.between(80, 120) / 100);
    vec![cpu * replicas, memory * replicas, replicas]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_problem() {
        let recipe = Instance { items: 40, sizes: Sizes::Cloud(3), graph: Graph::Random(300) };
        assert_eq!(recipe.build(5), recipe.build(5));
        assert_ne!(recipe.build(5), recipe.build(6));
        let fleet = TenantFleet { workloads: 500, tenants: 20, hostile: 50, bin_types: 3, ..TenantFleet::default() };
        assert_eq!(fleet.build(5), fleet.build(5));
    }

    #[test]
    fn every_item_fits_a_bin() {
        for dimensions in 1..=3 {
            for sizes in [
                Sizes::Uniform,
                Sizes::Triplets,
                Sizes::Small,
                Sizes::Large,
                Sizes::VectorUniform(dimensions),
                Sizes::VectorSmall(dimensions),
                Sizes::VectorMedium(dimensions),
                Sizes::VectorOpposed(dimensions),
                Sizes::Cloud(dimensions),
            ] {
                let problem = Instance { items: 60, sizes, graph: Graph::Threshold(400) }.build(1).unwrap();
                assert_eq!(problem.copies(), 60);
                assert!((0..problem.items().len()).all(|item| problem.fits_alone(item, 0)), "{sizes:?}");
            }
        }
        let fleet = TenantFleet { shapes: 0, bin_types: 2, ..TenantFleet::default() }.build(1).unwrap();
        assert_eq!(fleet.copies(), 10_000);
        assert!((0..fleet.items().len()).all(|item| fleet.fits_alone(item, 0)));
    }

    #[test]
    fn what_stands_already_is_one_bin_each() {
        let fleet = TenantFleet { workloads: 300, tenants: 20, ..TenantFleet::default() };
        let recipe = StandingFleet { fleet, standing: 6, shapes: 2, kept: 3, most: 4 };
        let problem = recipe.build(7).unwrap();
        assert_eq!((problem.bins().len(), problem.copies()), (7, 300));
        assert!(problem.bins()[1..].iter().all(|bin| bin.max_count == Some(1)));
        assert!((1..3).all(|bin| problem.bins()[bin].capacity == problem.bins()[bin + 2].capacity));
        assert_eq!((0..7).map(|bin| problem.kept(bin)).sum::<u64>(), 3);
        assert_eq!(problem.terms().limits[0].bins.ones().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn densities_are_as_published() {
        let edges = |graph| {
            let problem = Instance { items: 400, sizes: Sizes::Uniform, graph }.build(3).unwrap();
            let ends: usize = (0..400).map(|class| problem.conflicts().row(class).count_ones(..)).sum();
            ends * 1000 / (400 * 399)
        };
        assert!((270..=330).contains(&edges(Graph::Random(300))));
        // a threshold graph of parameter 0.3 has a density of 2 x 0.09
        assert!((150..=210).contains(&edges(Graph::Threshold(300))));
        assert_eq!(edges(Graph::Threshold(0)), 0);
    }

    #[test]
    fn triplets_fill_a_third_as_many_bins() {
        let problem = Instance { items: 60, sizes: Sizes::Triplets, graph: Graph::Empty }.build(9).unwrap();
        assert_eq!(problem.items().iter().map(|item| item.size[0] * item.demand).sum::<u64>(), 20_000);
    }
}
