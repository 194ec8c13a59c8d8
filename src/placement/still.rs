//! From clusters that are few to clusters that are as few and move less: a local search, exact in what it counts.

use super::moving::charge;
use super::nodes::Packed;
use super::pods::Pods;
use super::town::{House, Houses, Town};
use super::yard::{Holding, PLACE};
use crate::budget::{Budget, Objective};
use crate::trust::TrustGraph;

/// Clusters that are as good as the best of these starts in all that counts before the moves, and move as little as was found from
/// each of them. `None` without a start. Complexity: bounded by the budget.
#[must_use]
pub fn still(pods: &Pods, graph: &TrustGraph, starts: Vec<Vec<Holding>>, budget: &Budget) -> Option<Vec<Holding>> {
    let mut starts: Vec<(Vec<u64>, Vec<Holding>)> = starts.into_iter().map(|it| (value(pods, &it), it)).collect();
    starts.sort_by(|a, b| a.0.cmp(&b.0));
    let town = Town::new(pods, graph, pods.fleet().minimises_cost());
    let mut best = starts.first()?.clone();
    let fewest = best.0.first().copied();
    for (_, start) in starts.into_iter().filter(|it| it.0.first().copied() == fewest) {
        let work = budget.left() / 2;
        let houses = budget.within_half_time(work, |budget| settled(&town, &start, budget));
        let Some(found) = stands(pods, &town, &houses) else { continue };
        let value = value(pods, &found);
        if value < best.0 {
            best = (value, found);
        }
    }
    Some(best.1)
}

/// The clusters after moves, exchanges and seats handed out anew, until nothing gets better.
fn settled(town: &Town, start: &[Holding], budget: &Budget) -> Houses {
    let mut houses = town.houses(start);
    while budget.look().is_ok() {
        let moved = town.walk(&mut houses, budget);
        if !town.reseat(&mut houses, budget) && !moved {
            break;
        }
    }
    houses
}

/// What is compared: the values of the levels, in their order.
fn value(pods: &Pods, holdings: &[Holding]) -> Vec<u64> {
    let fleet = pods.fleet();
    let cost = |it: &Holding| it.cost(fleet).unwrap_or(0);
    let moved = |it: &Holding| it.workloads.iter().map(|&workload| charge(fleet, workload, it.site)).sum::<u64>();
    let level = |objective: &Objective| match objective {
        Objective::Clusters => holdings.len() as u64,
        Objective::Cost => holdings.iter().map(cost).sum(),
        Objective::Moves => holdings.iter().map(moved).sum(),
    };
    fleet.objective().iter().map(level).collect()
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
