//! Who stands where: audits, copies, splits, nodes, regions, moves.

#[path = "../naive/mod.rs"]
mod naive;
#[path = "../partitions/mod.rs"]
mod partitions;
#[path = "../seeds.rs"]
mod seeds;

#[path = "../audit.rs"]
mod audit;
#[path = "../copied_fleets.rs"]
mod copied_fleets;
#[path = "../copies.rs"]
mod copies;
#[path = "../counted.rs"]
mod counted;
#[path = "../existing.rs"]
mod existing;
#[path = "../frontier.rs"]
mod frontier;
#[path = "../grow.rs"]
mod grow;
#[path = "../leading.rs"]
mod leading;
#[path = "../migrated_copies.rs"]
mod migrated_copies;
#[path = "../migrated_splits.rs"]
mod migrated_splits;
#[path = "../moves.rs"]
mod moves;
#[path = "../node_costs.rs"]
mod node_costs;
#[path = "../nodes.rs"]
mod nodes;
#[path = "../places.rs"]
mod places;
#[path = "../planned_copies.rs"]
mod planned_copies;
#[path = "../planned_splits.rs"]
mod planned_splits;
#[path = "../regions.rs"]
mod regions;
#[path = "../ruled_fleets.rs"]
mod ruled_fleets;
#[path = "../stays.rs"]
mod stays;
