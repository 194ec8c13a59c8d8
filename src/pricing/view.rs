//! One-dimensional relaxations of a bin: a resource, or a weighted sum of several.

use super::Case;

/// Finest capacity of a programme; larger ones are scaled down to it.
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
    fn new(sizes: &[u128], capacity: u128) -> Self {
        // Rounding down each size and the capacity keeps feasible contents feasible: the sum of the floors is at most the
        // floor of the sum.
        let divisor = sizes.iter().fold(0, |divisor, &size| gcd(divisor, size)).max(1);
        let capacity = capacity / divisor;
        if capacity <= u128::from(STEPS) {
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

/// One view a resource that matters, and averages of several: of every pair up to four resources, and of all.
pub(super) fn views(case: &Case, bin: usize, order: &[usize], matters: &[bool]) -> Vec<View> {
    let capacity = &case.bins()[bin].capacity;
    let axes: Vec<usize> = (0..case.dimensions()).filter(|&q| matters[q]).collect();
    let mut views: Vec<View> = axes
        .iter()
        .map(|&q| {
            let sizes: Vec<u128> = order.iter().map(|&item| u128::from(case.size(item)[q])).collect();
            View::new(&sizes, u128::from(capacity[q]))
        })
        .collect();
    let mut mixes: Vec<Vec<usize>> = Vec::new();
    if axes.len() > 1 {
        mixes.push(axes.clone());
    }
    if (3..=4).contains(&axes.len()) {
        for (k, &p) in axes.iter().enumerate() {
            mixes.extend(axes[k + 1..].iter().map(|&q| vec![p, q]));
        }
    }
    for mix in mixes {
        // each resource at 2^50 a full bin: 2^62 in all dimensions together would need 2^12 of them
        let price = |q: usize| (1u128 << 62) / u128::from(capacity[q].max(1));
        let sizes: Vec<u128> = order
            .iter()
            .map(|&item| mix.iter().map(|&q| (u128::from(case.size(item)[q]) * price(q)) >> 12).sum())
            .collect();
        let full: u128 = mix.iter().map(|&q| (u128::from(capacity[q]) * price(q)) >> 12).sum();
        views.push(View::new(&sizes, full));
    }
    if views.is_empty() {
        views.push(View::new(&vec![0; order.len()], 0));
    }
    views
}
