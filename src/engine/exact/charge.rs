//! What bins are charged where maximum counts or a fixed number of bins bind.

use super::columns::Coupling;

/// Prices under a coupling: a bin of type `t` is charged `scale * price_t + shared_t + offset`.
///
/// Limits of groups are charged on top. Where every bin of type `t` weighs at most `M` times that, `scale * value >= sum d Y / M - sum U_t shared_t - N offset`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    pub scale: u64,
    pub shared: Vec<u64>,
    /// One for each group of the coupling, on top of `shared` for its bin types.
    pub limits: Vec<u64>,
    pub offset: i128,
}

impl Charge {
    /// What a bin of each type is charged; `None` where a number does not fit or is negative.
    pub fn prices(&self, prices: &[u64], coupling: &Coupling) -> Option<Vec<u64>> {
        let charge = |(bin, (&price, &shared)): (usize, (&u64, &u64))| {
            let groups = coupling.groups.iter().zip(&self.limits).filter(|((bins, _), _)| bins.contains(&bin));
            let groups: i128 = groups.map(|(_, &limit)| i128::from(limit)).sum();
            u64::try_from(i128::from(self.scale) * i128::from(price) + i128::from(shared) + groups + self.offset).ok()
        };
        prices.iter().zip(&self.shared).enumerate().map(charge).collect()
    }

    /// What the limits give back: `sum U_t shared_t + N offset`.
    fn rebate(&self, coupling: &Coupling) -> i128 {
        let shared: i128 =
            coupling.at_most.iter().map(|&(bin, most)| i128::from(self.shared[bin]) * i128::from(most)).sum();
        let groups = coupling.groups.iter().zip(&self.limits);
        let groups: i128 = groups.map(|((_, most), &limit)| i128::from(limit) * i128::from(*most)).sum();
        shared + groups + self.offset * i128::from(coupling.bins.unwrap_or(0))
    }

    /// The bound on the value that a bound on the charges proves.
    pub fn value(&self, charged: u64, coupling: &Coupling) -> u64 {
        let scale = i128::from(self.scale);
        let value = i128::from(charged) - self.rebate(coupling) + scale - 1;
        u64::try_from(value.div_euclid(scale).max(0)).unwrap_or(u64::MAX)
    }

    /// The least bound on the charges that proves `value`; `None` where it does not fit.
    pub fn charged(&self, value: u64, coupling: &Coupling) -> Option<u64> {
        let least = i128::from(self.scale) * (i128::from(value) - 1) + 1 + self.rebate(coupling);
        u64::try_from(least.max(0)).ok()
    }
}
