//! From clusters that are few to clusters that are as few and move less: a local search, exact in what it counts.

use super::excess::Excess;
use super::nodes::Packed;
use super::pods::Pods;
use super::town::{House, Houses, Town};
use super::yard::{Holding, PLACE};
use crate::budget::{Budget, Objective};
use crate::trust::TrustGraph;

/// Clusters that are no worse than these, level by level, and move as little as was found: from what was given, and from today's
/// placement. Complexity: bounded by the budget.
#[must_use]
pub fn still(pods: &Pods, graph: &TrustGraph, start: Vec<Holding>, budget: &Budget) -> Vec<Holding> {
    let levels = pods.fleet().objective();
    let before_moves = levels.iter().take_while(|&&level| level != Objective::Moves);
    let town = Town::new(pods, graph, before_moves.clone().any(|&level| level == Objective::Cost));
    // where their number does not come before the moves, nobody has to leave a cluster for it
    let counted = before_moves.clone().any(|&level| level == Objective::Clusters);
    let enough = if counted { start.len() } else { usize::MAX };
    let mut best = (value(pods, &start), start);
    let starts = [Some(town.houses(&best.1)), town.begin_today(enough, budget)];
    for mut houses in starts.into_iter().flatten() {
        settle_down(&town, &mut houses, budget);
        let Some(found) = stands(pods, &town, &houses) else { continue };
        let value = value(pods, &found);
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
    settle_down(&town, &mut houses, budget);
    stands(pods, &town, &houses)
}

/// Moves, exchanges and seats handed out anew, until nothing gets better.
fn settle_down(town: &Town, houses: &mut Houses, budget: &Budget) {
    while budget.look().is_ok() {
        let moved = town.walk(houses, budget);
        if !town.reseat(houses, budget) && !moved {
            break;
        }
    }
}

/// What is compared: what passes the limits, then the values of the levels, in their order.
fn value(pods: &Pods, holdings: &[Holding]) -> Vec<u64> {
    let fleet = pods.fleet();
    let [clusters, cost, moves] = Excess::values(fleet, holdings);
    let level = |level: &Objective| match level {
        Objective::Clusters => clusters,
        Objective::Cost => cost,
        Objective::Moves => moves,
    };
    let excess = Excess::beyond(fleet, [clusters, cost, moves]);
    std::iter::once(excess).chain(fleet.objective().iter().map(level)).collect()
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
