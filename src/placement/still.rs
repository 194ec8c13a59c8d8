//! From clusters that are few to clusters that are as few and move less: a local search, exact in what it counts.

use super::moving::charge;
use super::nodes::Packed;
use super::pods::Pods;
use super::town::{House, Houses, Town};
use super::yard::{Holding, PLACE};
use crate::budget::Budget;
use crate::trust::TrustGraph;

/// Clusters that are no more than these (and cost no more, if the cost counts), and move as little as was found: from what was given,
/// and from today's placement. Complexity: bounded by the budget.
#[must_use]
pub fn still(pods: &Pods, graph: &TrustGraph, start: Vec<Holding>, budget: &Budget) -> Vec<Holding> {
    let costs = pods.fleet().minimises_cost();
    let town = Town::new(pods, graph, costs);
    let mut best = (value(pods, &start, costs), start);
    let starts = [Some(town.houses(&best.1)), town.begin_today(best.1.len(), budget)];
    for mut houses in starts.into_iter().flatten() {
        while budget.look().is_ok() {
            let moved = town.walk(&mut houses, budget);
            if !town.reseat(&mut houses, budget) && !moved {
                break;
            }
        }
        let Some(found) = stands(pods, &town, &houses) else { continue };
        let value = value(pods, &found, costs);
        if value < best.0 {
            best = (value, found);
        }
    }
    best.1
}

/// At most so many clusters that move as little as was found, from today's placement; `None` where no such clusters were found.
/// Complexity: bounded by the budget.
#[must_use]
pub fn still_within(pods: &Pods, graph: &TrustGraph, most: usize, budget: &Budget) -> Option<Vec<Holding>> {
    let town = Town::new(pods, graph, false);
    let mut houses = town.begin_today(most, budget)?;
    while budget.look().is_ok() {
        let moved = town.walk(&mut houses, budget);
        if !town.reseat(&mut houses, budget) && !moved {
            break;
        }
    }
    stands(pods, &town, &houses)
}

/// What is compared: clusters, cost, moves.
fn value(pods: &Pods, holdings: &[Holding], costs: bool) -> (usize, u64, u64) {
    let fleet = pods.fleet();
    let cost = |it: &Holding| if costs { it.cost(fleet).unwrap_or(0) } else { 0 };
    let moved = |it: &Holding| it.workloads.iter().map(|&workload| charge(fleet, workload, it.site)).sum::<u64>();
    (holdings.len(), holdings.iter().map(cost).sum(), holdings.iter().map(moved).sum())
}

/// The houses with their pods on nodes; `None` where some find no place.
fn stands(pods: &Pods, town: &Town, houses: &Houses) -> Option<Vec<Holding>> {
    let one = |house: &House| {
        let workloads = town.workloads(house);
        let Packed::Found(nodes) = pods.place(house.site, &workloads, &Budget::of_work(PLACE)) else { return None };
        let packs = pods.fleet().shape(house.site).packs_nodes();
        let nodes = packs.then(|| pods.named(&workloads, &nodes));
        Some(Holding { site: house.site, workloads, nodes })
    };
    houses.houses.iter().map(one).collect()
}
