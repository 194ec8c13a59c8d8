//! Which seeds a comparison with an exhaustive search is made for.

use std::ops::Range;

/// These, or those of `TENANTRY_SEEDS=FROM..TO`, for more of them or for one again.
pub fn seeds(usual: Range<u64>) -> Range<u64> {
    let Ok(given) = std::env::var("TENANTRY_SEEDS") else { return usual };
    let range = given.split_once("..").and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    range.unwrap_or_else(|| panic!("TENANTRY_SEEDS is `{given}`, expected FROM..TO"))
}
