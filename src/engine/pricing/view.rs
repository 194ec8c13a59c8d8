//! One-dimensional relaxations of a bin: a resource, or a weighted sum of several.

/// Finest capacity of a programme as a rule; larger ones are scaled down to it.
pub(super) const STEPS: u64 = 1_500;
/// Binary digits of the fixed-point numbers in which larger capacities are written.
const DIGITS: u32 = 40;

/// Sizes and a capacity in one number each, such that the contents of every feasible bin fit.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// Position -> size; the bin holds at most `full`.
    pub size: Vec<u64>,
    /// The capacity.
    pub full: u64,
    /// `(x * mul) >> shift` is the number of programme steps of a load or residual `x`, rounded down.
    pub mul: u64,
    /// See `mul`.
    pub shift: u32,
    /// Position -> size in steps.
    pub steps: Vec<usize>,
    /// The capacity in steps.
    pub full_steps: usize,
}

impl View {
    fn new(sizes: &[u128], capacity: u128, finest: u64) -> Self {
        // Rounding down each size and the capacity keeps feasible contents feasible: the sum of the floors is at most the
        // floor of the sum.
        let divisor = sizes.iter().fold(0, |divisor, &size| gcd(divisor, size)).max(1);
        let capacity = capacity / divisor;
        if capacity <= u128::from(finest) {
            let size: Vec<u64> = sizes.iter().map(|&size| clamp(size / divisor)).collect();
            let steps = size.iter().map(|&size| index(size)).collect();
            let full = clamp(capacity);
            return Self { size, full, mul: 1, shift: 0, steps, full_steps: index(full) };
        }
        let size: Vec<u64> = sizes
            .iter()
            .map(|&size| {
                let size = size / divisor;
                if size > capacity { u64::MAX } else { clamp((size << DIGITS) / capacity) }
            })
            .collect();
        let steps = size
            .iter()
            .map(|&size| if size == u64::MAX { usize::MAX } else { index((size * STEPS) >> DIGITS) })
            .collect();
        Self { size, full: 1 << DIGITS, mul: STEPS, shift: DIGITS, steps, full_steps: index(STEPS) }
    }

    /// Programme steps that a residual of `room` leaves.
    pub fn room(&self, room: u64) -> usize {
        index((room * self.mul) >> self.shift)
    }
}

fn clamp(value: u128) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

fn index(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// One view a resource that matters, in order, to the last unit of capacities up to its `finest`; a view without sizes where none does.
/// `sizes` is position-major.
pub(super) fn views(sizes: &[u64], len: usize, capacity: &[u64], matters: &[bool], finest: &[u64]) -> Vec<View> {
    let dimensions = capacity.len();
    let mut views: Vec<View> = (0..dimensions)
        .filter(|&q| matters[q])
        .map(|q| {
            let sizes: Vec<u128> = (0..len).map(|at| u128::from(sizes[at * dimensions + q])).collect();
            View::new(&sizes, u128::from(capacity[q]), finest[q])
        })
        .collect();
    if views.is_empty() {
        views.push(View::new(&vec![0; len], 0, STEPS));
    }
    views
}

/// A weighted sum of several resources, with weights that suit the values of a call: a surrogate of the resources, tuned by
/// a few rounds of multiplicative updates (Glover 1975 on surrogates).
#[derive(Clone, Debug)]
pub(super) struct Mix {
    /// Resource-major sizes as shares of the capacity, in 2^-`SHARE`, rounded down.
    shares: Vec<Vec<u64>>,
    rank: Vec<(u64, usize)>,
}

/// Binary digits of a share of one resource.
const SHARE: u32 = 20;
/// Binary digits of the weights, which add up to one.
const WEIGHT: u32 = 16;
/// Capacity of the mix's programme.
const MIX_STEPS: u64 = 600;
/// Rounds of tuning.
const ROUNDS: u64 = 12;

impl Mix {
    /// `None` unless several resources matter (and not so many that the numbers do not fit).
    pub fn new(sizes: &[u64], len: usize, capacity: &[u64], matters: &[bool]) -> Option<Self> {
        let axes: Vec<usize> = (0..capacity.len()).filter(|&q| matters[q]).collect();
        if !(2..=256).contains(&axes.len()) {
            return None;
        }
        let share = |at: usize, q: usize| {
            clamp((u128::from(sizes[at * capacity.len() + q]) << SHARE) / u128::from(capacity[q].max(1)))
                .min(1 << (SHARE + 1))
        };
        let shares = axes.iter().map(|&q| (0..len).map(|at| share(at, q)).collect()).collect();
        Some(Self { shares, rank: Vec::new() })
    }

    /// A view for these values and numbers of copies.
    pub fn view(&mut self, value: &[u64], most: &[u64]) -> View {
        let axes = self.shares.len();
        let mut weights = vec![(1u64 << WEIGHT) / axes as u64; axes];
        let mut best = weights.clone();
        let mut least = u128::MAX;
        for round in 0..ROUNDS {
            let (bound, usage) = self.fill(&weights, value, most);
            if bound < least {
                least = bound;
                best.clone_from(&weights);
            }
            // resources that the fractional filling overuses gain weight, smaller steps later
            let mut total = 0;
            for (weight, &used) in weights.iter_mut().zip(&usage) {
                let full = 1u64 << SHARE;
                let used = used.min(2 * full);
                let change = |difference: u64| (*weight * difference / (round + 2)) >> (SHARE - 1);
                *weight = if used > full {
                    *weight + change(used - full)
                } else {
                    *weight - change(full - used).min(*weight)
                };
                *weight = (*weight).clamp(1, 1 << (WEIGHT + 4));
                total += *weight;
            }
            for weight in &mut weights {
                *weight = ((*weight << WEIGHT) / total).max(1);
            }
        }
        // floors: the weights add up to at most one, give or take `axes`
        let full = best.iter().sum::<u64>() << SHARE;
        let size: Vec<u64> = (0..value.len())
            .map(|at| self.shares.iter().zip(&best).map(|(shares, &weight)| shares[at] * weight).sum())
            .collect();
        let shift = 40;
        // the largest multiplier with (full * mul) >> shift at most MIX_STEPS
        let mul = (MIX_STEPS << shift) / full.max(1);
        let steps = |x: u64| index(clamp((u128::from(x) * u128::from(mul)) >> shift));
        let full_steps = steps(full);
        View { steps: size.iter().map(|&x| steps(x)).collect(), size, full, mul, shift, full_steps }
    }

    /// Fractional filling by value for weighted size: its value, and its use of each resource as shares of the capacity.
    fn fill(&mut self, weights: &[u64], value: &[u64], most: &[u64]) -> (u128, Vec<u64>) {
        self.rank.clear();
        let weighted = |shares: &[Vec<u64>], at: usize| -> u64 {
            shares.iter().zip(weights).map(|(shares, &weight)| shares[at] * weight).sum()
        };
        for at in 0..value.len() {
            if most[at] > 0 {
                let size = weighted(&self.shares, at) | 1;
                self.rank.push((clamp((u128::from(value[at]) << 40) / u128::from(size)), at));
            }
        }
        self.rank.sort_unstable_by_key(|&(density, at)| (std::cmp::Reverse(density), at));
        let mut room = weights.iter().sum::<u64>() << SHARE;
        let mut usage = vec![0u64; weights.len()];
        let mut bound = 0u128;
        for &(_, at) in &self.rank {
            let size = weighted(&self.shares, at).saturating_mul(most[at]).max(1);
            let taken = size.min(room);
            bound += u128::from(value[at]) * u128::from(most[at]) * u128::from(taken) / u128::from(size);
            for (used, shares) in usage.iter_mut().zip(&self.shares) {
                let all = u128::from(shares[at]) * u128::from(most[at]);
                *used = used.saturating_add(clamp(all * u128::from(taken) / u128::from(size)));
            }
            room -= taken;
            if room == 0 {
                break;
            }
        }
        (bound, usage)
    }
}
