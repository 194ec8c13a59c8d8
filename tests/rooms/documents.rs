//! Fleet documents: what they say, what is refused, how they are written again.

#[path = "../naive/mod.rs"]
mod naive;
#[path = "../partitions/mod.rs"]
mod partitions;

#[path = "../cases.rs"]
mod cases;
#[path = "../fleet_errors.rs"]
mod fleet_errors;
#[path = "../fleet_laws.rs"]
mod fleet_laws;
#[path = "../fuzzed.rs"]
mod fuzzed;
#[path = "../keys.rs"]
mod keys;
#[path = "../laws.rs"]
mod laws;
#[path = "../reasons.rs"]
mod reasons;
#[path = "../refused.rs"]
mod refused;
#[path = "../round_trip.rs"]
mod round_trip;
#[path = "../slips.rs"]
mod slips;
#[path = "../wishes.rs"]
mod wishes;
