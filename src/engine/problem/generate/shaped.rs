//! Tenant fleets of real shapes: what made engines that are good on the families of the literature look poor.

use super::super::random::Random;
use super::super::{BinType, BitMatrix, Problem, ProblemError};
use super::{Drawn, merged, pick, relate, tenancy};

/// What is special about a [`ShapedFleet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shape {
    /// Three sizes of cluster, of which the two larger ones are few, over many islands that all want them.
    Tight,
    /// Twenty templates, nineteen of them few, each with capacities and a cost of its own.
    Templates,
    /// Tenants of whom so many thousandths of the pairs distrust one another, some 40 workloads a cluster.
    Dense(u64),
    /// A third resource, GPUs, that a third of the workloads ask for.
    Gpus,
    /// Few giants and many tiny: sizes of a Pareto law.
    Heavy,
    /// Sizes from a menu of eight and nine, 50 to 90 workloads a cluster.
    Menu,
    /// Nobody trusts anybody: about ten workloads a tenant.
    Islands,
}

/// A recipe for a fleet of a real shape: CPU in milli, memory in MiB, pods (and GPUs); classes = tenant and environment; a workload is an
/// item, all its replicas together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShapedFleet {
    /// What is special.
    pub shape: Shape,
    /// Number of workloads.
    pub workloads: usize,
}

/// GPUs of a cluster.
const GPUS: u64 = 128;

impl ShapedFleet {
    /// The problem of this recipe and seed. Workloads of the same class and size are one item type.
    /// Complexity: workloads + the square of the classes.
    ///
    /// ```
    /// use tenantry::engine::generate::{Shape, ShapedFleet};
    ///
    /// let problem = ShapedFleet { shape: Shape::Tight, workloads: 500 }.build(1)?;
    /// assert_eq!((problem.copies(), problem.bins().len()), (500, 3));
    /// assert!(problem.bins()[0].max_count.is_some());
    /// # Ok::<(), tenantry::engine::ProblemError>(())
    /// ```
    ///
    /// # Errors
    /// [`ProblemError`] where the total passes 2^62.
    pub fn build(&self, seed: u64) -> Result<Problem, ProblemError> {
        let mut random = Random::new(seed);
        let tenants = self.tenants();
        let trusted: Vec<bool> = (0..tenants).map(|_| random.chance(self.trusting())).collect();
        let mut distrust = BitMatrix::new(tenants);
        let often = if let Shape::Dense(often) = self.shape { often } else { 20 };
        relate(&mut distrust, |a, b| !trusted[a] || !trusted[b] || random.chance(often));
        let spread = if self.shape == Shape::Islands { 500 } else { 1_000 };
        let mut shares = Vec::with_capacity(tenants);
        let mut total = 0;
        for _ in 0..tenants {
            total += log_normal(&mut random, 1_000_000, spread);
            shares.push(total);
        }
        let capacity = self.capacity();
        let mut drawn: Vec<Drawn> = (0..self.workloads)
            .map(|_| {
                let point = random.below(total);
                let tenant = shares.partition_point(|&share| share <= point);
                let environment = usize::from(random.chance(600));
                ((tenant, environment), self.workload(&capacity, &mut random))
            })
            .collect();
        drawn.sort_unstable();
        let (classes, conflicts) = tenancy(&drawn, &distrust);
        let bins = self.bins(&capacity, &drawn, &trusted, &mut random);
        let items = merged(&drawn, &classes, bins.len());
        Problem::new(capacity.len(), items, conflicts, bins)
    }

    fn tenants(&self) -> usize {
        match self.shape {
            Shape::Islands => (self.workloads / 10).max(4),
            Shape::Dense(_) => (self.workloads / 25).clamp(10, 200),
            _ => (self.workloads / 50).max(4),
        }
    }

    /// Thousandths of the tenants.
    fn trusting(&self) -> u64 {
        match self.shape {
            Shape::Islands => 0,
            Shape::Dense(_) => 1_000,
            Shape::Gpus | Shape::Heavy => 800,
            _ => 700,
        }
    }

    /// Of the largest cluster.
    fn capacity(&self) -> Vec<u64> {
        match self.shape {
            Shape::Islands => vec![64_000, 256 << 10, 1_000],
            Shape::Gpus => vec![800_000, 3 << 20, 5_000, GPUS],
            Shape::Heavy => vec![500_000, 2 << 20, 5_000],
            Shape::Dense(_) | Shape::Menu => vec![200_000, 800 << 10, 3_000],
            Shape::Tight | Shape::Templates => vec![2_000_000, 8 << 20, 15_000],
        }
    }

    /// Requests x replicas of one workload.
    fn workload(&self, capacity: &[u64], random: &mut Random) -> Vec<u64> {
        let mut gpus = 0;
        let (cpu, memory, replicas) = match self.shape {
            Shape::Heavy => {
                let cpu = pareto(random, 50);
                (cpu, cpu * pick(random, &[(1, 1), (2, 1), (4, 1), (8, 1)]) * random.between(700, 1300) / 1000, 1)
            }
            Shape::Gpus => {
                let own = random.chance(300);
                let (cpu, memory) = if own {
                    gpus = pick(random, &[(1, 50), (2, 25), (4, 15), (8, 10)]);
                    (random.between(4_000, 32_000), random.between(16 << 10, 128 << 10))
                } else {
                    (log_normal(random, 1_500, 1_100), log_normal(random, 6_000, 1_200))
                };
                (cpu, memory, log_normal(random, 3, 900))
            }
            Shape::Islands => {
                (log_normal(random, 800, 900), log_normal(random, 3_000, 900), log_normal(random, 4, 800))
            }
            Shape::Menu => (
                [50, 100, 200, 250, 500, 1_000, 2_000, 4_000][random.index(8)],
                64 << random.below(9),
                pick(random, &[(1, 40), (2, 25), (3, 20), (5, 10), (10, 5)]),
            ),
            Shape::Dense(_) | Shape::Tight | Shape::Templates => {
                let fewer = if let Shape::Dense(_) = self.shape { 8 } else { 1 };
                let (cpu, memory, replicas) = match random.below(1_000) {
                    0..600 => ((100, 800), (256, 800), (120, 1_200)),
                    600..900 => ((1_000, 700), (4_096, 700), (25, 1_000)),
                    _ => ((4_000, 500), (32_768, 600), (10, 800)),
                };
                let mut one = |(median, spread): (u64, u64)| log_normal(random, median, spread);
                (one(cpu), one(memory), one(replicas) / fewer)
            }
        };
        // at most 95 % of a cluster, and replicas only up to 30 %
        let (cpu, memory) = (cpu.clamp(10, capacity[0] * 95 / 100), memory.clamp(16, capacity[1] * 95 / 100));
        let most = [capacity[0] * 3 / 10 / cpu, capacity[1] * 3 / 10 / memory, capacity[2] * 3 / 10];
        let most = most.into_iter().map(|most| most.max(1)).min().unwrap_or(1);
        let replicas = replicas.clamp(1, if gpus > 0 { most.min((GPUS / (3 * gpus)).max(1)) } else { most });
        let mut size = vec![cpu * replicas, memory * replicas, replicas];
        size.extend(capacity.get(3).map(|_| gpus * replicas));
        size
    }

    fn bins(&self, capacity: &[u64], drawn: &[Drawn], trusted: &[bool], random: &mut Random) -> Vec<BinType> {
        let part = |thousandths: u64| capacity.iter().map(|cap| cap * thousandths / 1000).collect::<Vec<u64>>();
        match self.shape {
            Shape::Tight => {
                // what islands would need were the sizes sand
                let mut loads = std::collections::BTreeMap::<(Option<usize>, usize), Vec<u64>>::new();
                for ((tenant, environment), size) in drawn {
                    let island = (Some(*tenant).filter(|&tenant| !trusted[tenant]), *environment);
                    let load = loads.entry(island).or_insert_with(|| vec![0; size.len()]);
                    load.iter_mut().zip(size).for_each(|(load, size)| *load += size);
                }
                let needs = |load: &Vec<u64>| {
                    load.iter().zip(capacity).map(|(load, cap)| (load * 103).div_ceil(cap * 100)).max()
                };
                let bins: u64 = loads.values().filter_map(needs).sum();
                vec![
                    BinType { capacity: part(1000), cost: 1000, max_count: Some(bins * 35 / 100) },
                    BinType { capacity: part(600), cost: 640, max_count: Some(bins * 45 / 100) },
                    BinType { capacity: part(350), cost: 380, max_count: None },
                ]
            }
            Shape::Templates => {
                let own = |number: u64, random: &mut Random| {
                    let share = if number == 0 { 1000 } else { random.between(350, 1000) };
                    let wide =
                        |random: &mut Random| if number == 0 { 1000 } else { share * random.between(800, 1200) / 1000 };
                    let shares = [wide(random), wide(random), share];
                    let few = self.workloads as u64 * random.between(20, 250) / 50_000;
                    BinType {
                        capacity: capacity.iter().zip(shares).map(|(cap, share)| cap * share / 1000).collect(),
                        cost: share * random.between(700, 1300) / 1000,
                        max_count: (number > 0).then_some(few.max(1)),
                    }
                };
                (0..20).map(|number| own(number, random)).collect()
            }
            _ => vec![BinType { capacity: part(1000), cost: 1000, max_count: None }],
        }
    }
}

/// Of a log-normal law with this median; `spread` is the standard deviation of the logarithm, in thousandths. In whole numbers: twelve
/// uniform draws for the normal law, a parabola for the power of two.
fn log_normal(random: &mut Random, median: u64, spread: u64) -> u64 {
    let normal = (0..12).map(|_| random.below(1001) as i64).sum::<i64>() - 6_000;
    // log2(e) x 1024 = 1477.3
    let power = normal * spread as i64 * 1_477 / 1_000_000;
    let (whole, part) = (power.div_euclid(1024), power.rem_euclid(1024) as u64);
    let scaled = median * (1024 + part * (672 + 352 * part / 1024) / 1024);
    (if whole >= 0 { scaled << whole.min(20) } else { scaled >> (-whole).min(40) }) / 1024
}

/// Of a Pareto law with index 0.85, from `least` on: twice as large as seldom as 1 : 2^0.85.
fn pareto(random: &mut Random, least: u64) -> u64 {
    let mut size = least;
    while size < least << 30 && random.chance(555) {
        size *= 2;
    }
    random.between(size, 2 * size - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPES: [Shape; 8] = [
        Shape::Tight,
        Shape::Templates,
        Shape::Dense(500),
        Shape::Dense(900),
        Shape::Gpus,
        Shape::Heavy,
        Shape::Menu,
        Shape::Islands,
    ];

    #[test]
    fn the_same_seed_gives_the_same_problem_and_everybody_fits() {
        for shape in SHAPES {
            let recipe = ShapedFleet { shape, workloads: 2_000 };
            let problem = recipe.build(3).unwrap();
            assert_eq!(recipe.build(3).as_ref(), Ok(&problem), "{shape:?}");
            assert_ne!(recipe.build(4).as_ref(), Ok(&problem), "{shape:?}");
            assert_eq!(problem.copies(), 2_000, "{shape:?}");
            assert!((0..problem.items().len()).all(|item| problem.fits_alone(item, 0)), "{shape:?}");
        }
    }

    #[test]
    fn laws_have_their_medians() {
        let mut random = Random::new(1);
        let mut drawn: Vec<u64> = (0..9_999).map(|_| log_normal(&mut random, 1_000, 1_000)).collect();
        drawn.sort_unstable();
        let at = |share: usize| drawn[drawn.len() * share / 1000];
        // a standard deviation to either side is a factor of e
        assert!((950..1_050).contains(&at(500)), "{}", at(500));
        assert!((2_500..2_950).contains(&at(841)) && (330..410).contains(&at(159)), "{} {}", at(841), at(159));
        let mut drawn: Vec<u64> = (0..9_999).map(|_| pareto(&mut random, 1_000)).collect();
        drawn.sort_unstable();
        // 2^(1 / 0.85) = 2.26, and 1000^(1 / 0.85) for one in a thousand
        assert!((2_100..2_500).contains(&drawn[5_000]), "{}", drawn[5_000]);
        assert!(drawn[9_990] > 1_000_000);
    }

    #[test]
    fn counts_are_too_few_for_all() {
        let problem = ShapedFleet { shape: Shape::Tight, workloads: 3_000 }.build(2).unwrap();
        let room = |q: usize| -> u64 {
            let bins = problem.bins().iter().filter_map(|bin| Some(bin.max_count? * bin.capacity[q]));
            bins.sum()
        };
        let load = |q: usize| problem.items().iter().map(|item| item.size[q] * item.demand).sum::<u64>();
        assert!((0..3).any(|q| room(q) < load(q)), "{:?}", (0..3).map(|q| (room(q), load(q))).collect::<Vec<_>>());
    }
}
