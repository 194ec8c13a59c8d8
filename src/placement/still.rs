//! From clusters that are few to clusters that are as few and move less: a local search, exact in what it counts.

use super::excess::Excess;
use super::pods::Pods;
use super::remain::remain;
use super::town::{House, Houses, Town};
use super::yard::Holding;
use crate::budget::{Budget, Objective};
use crate::fleet::LevelObjective;
use crate::trust::TrustGraph;

/// Clusters that are as good as the best of these starts in all that counts before the moves, and move as little as was found from
/// each of them. `None` without a start. Complexity: bounded by the budget.
#[must_use]
pub fn still(pods: &Pods, graph: &TrustGraph, starts: Vec<Vec<Holding>>, budget: &Budget) -> Option<Vec<Holding>> {
    let levels = pods.fleet().objective();
    let before_moves = levels.iter().take_while(|&&level| level != Objective::Moves);
    let town = Town::new(pods, graph, before_moves.clone().any(|&level| level == Objective::Cost));
    let mut starts: Vec<(Vec<u64>, Vec<Holding>)> = starts.into_iter().map(|it| (value(pods, &it), it)).collect();
    starts.sort_by(|a, b| a.0.cmp(&b.0));
    let mut best = starts.first()?.clone();
    // what passes the limits comes before the levels
    let before = best.0[..=before_moves.count()].to_vec();
    let as_good: Vec<Vec<Holding>> = starts.into_iter().filter(|it| it.0.starts_with(&before)).map(|it| it.1).collect();
    let mut settle = |houses: Option<Houses>| {
        let Some(mut houses) = houses else { return };
        let work = budget.left() / 2;
        budget.within_half_time(work, |budget| settle_down(&town, &mut houses, budget));
        let Some(found) = stands(pods, &town, &houses) else { return };
        let value = value(pods, &found);
        if value < best.0 {
            best = (value, found);
        }
    };
    let most = as_good.iter().map(Vec::len).min().unwrap_or(0);
    as_good.into_iter().for_each(|start| settle(Some(town.houses(&start))));
    // as many as those, and those of today among them
    settle(town.begin_today(most, budget));
    let (found, best) = best;
    Some(reused(&town, &found, best, budget))
}

/// The same, in clusters that are there and empty instead of new ones, where that is no worse. A balance is of how full each is, and is left
/// to those who look at it.
fn reused(town: &Town, found: &[u64], holdings: Vec<Holding>, budget: &Budget) -> Vec<Holding> {
    let (pods, mut houses) = (town.pods, town.houses(&holdings));
    if pods.fleet().levels().contains(&LevelObjective::Balance) || !town.reuse(&mut houses, budget) {
        return holdings;
    }
    stands(pods, town, &houses).filter(|it| value(pods, it).as_slice() <= found).unwrap_or(holdings)
}

/// At most so many clusters that move as little as was found, from those of today that are chosen to remain, and from all of them;
/// `None` where no such clusters were found. Complexity: bounded by the budget.
#[must_use]
pub fn still_within(pods: &Pods, graph: &TrustGraph, most: u64, budget: &Budget) -> Option<Vec<Holding>> {
    let town = Town::new(pods, graph, false);
    let work = budget.left() / 2;
    let remaining = budget.within_half_time(work, |budget| remain(pods, graph, (most, Some(most)), budget));
    let whole = town.begin_today(usize::try_from(most).unwrap_or(usize::MAX), budget);
    let starts = remaining.map(|it| town.houses(&it)).into_iter().chain(whole);
    let settled = starts.filter_map(|mut houses| {
        settle_down(&town, &mut houses, budget);
        stands(pods, &town, &houses)
    });
    settled.min_by_key(|it| Excess::values(pods.fleet(), it)[2])
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
    let one = |house: &House| Holding::placed(pods, house.site, town.workloads(house));
    houses.houses.iter().map(one).collect()
}
