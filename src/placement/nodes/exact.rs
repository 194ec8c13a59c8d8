//! The fewest nodes by the engine: pods are items, nodes are bins, and those that are counted though they stay empty cost nothing.

use super::{Kind, Node, Packed, Shape, UNLIMITED, counted, grouped};
use crate::budget::{Budget, Event, Objective, Options, Proof, Status, Watch};
use crate::pack::pack;
use crate::problem::{BinType, Pattern, Problem, Solution};

/// More pods than this are left to the fillings.
const MOST_PODS: u64 = 2_000;
/// Work at most, in elementary steps.
const WORK: u64 = 5_000_000;

/// The placement with the fewest nodes counted that the engine finds, if it has at most `most`. "Impossible" is said only where the
/// checker of certificates accepts that there is none. Spends what the engine did, at most [`WORK`] and what the budget has left.
pub(super) fn exact(shapes: &[Shape], kinds: &[Kind], most: u64, budget: &Budget) -> Packed {
    let pods = kinds.iter().fold(0u64, |sum, kind| sum.saturating_add(kind.count));
    if pods > MOST_PODS || budget.stopped().is_some() {
        return Packed::NotFound;
    }
    let Some((problem, of_bin)) = problem(shapes, kinds) else { return Packed::NotFound };
    let alone = shapes.len() == 1;
    let most = shapes.iter().fold(0u64, |sum, shape| sum.saturating_add(shape.max)).min(most);
    let quiet = Quiet(budget.watch());
    let options = Options {
        time_limit: budget.time_left(),
        work_limit: Some(budget.left().min(WORK)),
        threads: Some(1),
        ..Options::default()
    };
    let objective = if alone { Objective::Clusters } else { Objective::Cost };
    let Ok((answer, proof)) = pack(&problem, &[objective], &options, &quiet) else { return Packed::NotFound };
    // what stops the budget is seen by whoever asks it next
    let _ended = budget.spend(answer.work);
    let nodes = answer.solution.map(|solution| nodes(kinds, &of_bin, solution));
    let few = |nodes: &[Node]| counted(shapes, nodes) <= most;
    if let Some(nodes) = nodes.filter(|nodes| few(nodes)) {
        return Packed::Found(nodes);
    }
    let paid: u64 = if alone { 0 } else { shapes.iter().map(|shape| shape.min).sum() };
    let too_many = answer.levels.first().is_some_and(|level| paid.saturating_add(level.bound) > most);
    match proof {
        Proof::Certified if too_many || answer.status == Status::Infeasible => Packed::Impossible,
        _ => Packed::NotFound,
    }
}

/// Of one shape a bin type without a maximum, for how many there may be is seen from the bound; of several a bin type for the nodes
/// that are counted anyway and one for the others of each; with the shape of each. `None` where the sums are beyond what the engine
/// counts in. Kinds without pods are no items.
fn problem(shapes: &[Shape], kinds: &[Kind]) -> Option<(Problem, Vec<usize>)> {
    let resources = shapes.first().map_or(0, |shape| shape.node.len());
    let load = |resource: usize| {
        kinds.iter().try_fold(0u64, |sum, it| it.pod[resource].checked_mul(it.count).and_then(|it| sum.checked_add(it)))
    };
    let loads = (0..resources).map(load).collect::<Option<Vec<u64>>>()?;
    let mut builder = Problem::builder(resources);
    let mut of_bin = Vec::new();
    for (index, shape) in shapes.iter().enumerate() {
        let offers = shape.node.iter().zip(&loads);
        let capacity: Vec<u64> = offers.map(|(&offer, &load)| if offer == UNLIMITED { load } else { offer }).collect();
        if shapes.len() == 1 {
            builder.bin(&capacity);
            of_bin.push(index);
            break;
        }
        for (cost, count) in [(0, shape.min.min(shape.max)), (1, shape.max.saturating_sub(shape.min))] {
            if count > 0 {
                builder.bin_type(BinType { capacity: capacity.clone(), cost, max_count: Some(count) });
                of_bin.push(index);
            }
        }
    }
    let class = builder.class();
    for kind in kinds.iter().filter(|kind| kind.count > 0) {
        builder.item(&kind.pod, kind.count, class);
    }
    Some((builder.build().ok()?, of_bin))
}

/// Bins as nodes.
fn nodes(kinds: &[Kind], of_bin: &[usize], solution: Solution) -> Vec<Node> {
    let items: Vec<usize> = (0..kinds.len()).filter(|&kind| kinds[kind].count > 0).collect();
    let node = |pattern: Pattern| Node {
        shape: of_bin[pattern.bin],
        pods: pattern.items.into_iter().map(|(item, pods)| (items[item], pods)).collect(),
        count: pattern.count,
    };
    grouped(solution.patterns.into_iter().map(node).collect())
}

/// Whoever watches may call it off, and hears nothing of it.
struct Quiet<'a>(&'a dyn Watch);

impl Watch for Quiet<'_> {
    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }

    fn event(&self, _: Event) {}
}
