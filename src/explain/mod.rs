//! Why: why two workloads are kept apart, why there cannot be fewer clusters, why there is no plan.

mod apart;
mod facts;
mod groups;
mod infeasible;
mod lower_bound;
mod pairs;
mod place;
mod separation;
mod short;

pub use facts::{Facts, searched};
pub use infeasible::{Shortage, allowed, contradictions};
pub use lower_bound::lower_bound;
pub(crate) use lower_bound::refusing;
pub use separation::{ExplainedReason, Explanation, Verdict, explain};
pub(crate) use short::shortages;

/// An amount for people: whole cores where a thousand are too many to read, and bytes that are no round number in Gi.
pub(crate) fn amount(resource: &str, amount: u64) -> String {
    let exact = crate::quantity::format(resource, amount);
    if resource == "cpu" && amount >= 10_000 {
        let (cores, rest) = (amount / 1000, amount % 1000);
        let digits = format!("{cores}.{rest:03}");
        return digits.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    match exact.parse::<u64>() {
        // exact to the hundredth, rounded down
        Ok(bytes) if bytes >= 1 << 30 => {
            let hundredths = (u128::from(bytes) * 100) >> 30;
            format!("about {}.{:02}Gi", hundredths / 100, hundredths % 100)
        }
        _ => exact,
    }
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn amounts_are_readable() {
        assert_eq!(amount("cpu", 1500), "1500m");
        assert_eq!(amount("cpu", 21_365_200), "21365.2");
        assert_eq!(amount("cpu", 16_000), "16");
        assert_eq!(amount("memory", 64 << 30), "64Gi");
        assert_eq!(amount("memory", 50_680_614_092), "about 47.19Gi");
    }
}
