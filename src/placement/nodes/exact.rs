//! The fewest nodes by the engine: pods are items, nodes are bins, and those that are counted though they stay empty cost nothing.

use super::{Kind, Node, Packed, Shape, UNLIMITED, counted, grouped};
use crate::budget::{Budget, Objective, Options, Proof, Status, Watch};
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
    let Some(asked) = Asked::of(shapes, kinds) else { return Packed::NotFound };
    let most = shapes.iter().fold(0u64, |sum, shape| sum.saturating_add(shape.max)).min(most);
    let options = Options {
        time_limit: budget.time_left(),
        work_limit: Some(budget.left().min(WORK)),
        threads: Some(1),
        ..Options::default()
    };
    // of one shape alone every node counts, and the most are held against those that are needed
    let (objective, paid) = match shapes {
        [_] => (Objective::Clusters, 0),
        _ => (Objective::Cost, shapes.iter().map(|shape| shape.min).sum::<u64>()),
    };
    let Ok((answer, proof)) = pack(&asked.problem, &[objective], &options, &Quiet(budget.watch())) else {
        return Packed::NotFound;
    };
    // what stops the budget is seen by whoever asks it next
    let _ended = budget.spend(answer.work);
    let nodes = answer.solution.map(|solution| asked.nodes(solution));
    if let Some(nodes) = nodes.filter(|nodes| counted(shapes, nodes) <= most) {
        return Packed::Found(nodes);
    }
    let too_many = answer.levels.first().is_some_and(|level| paid.saturating_add(level.bound) > most);
    match proof {
        Proof::Certified if too_many || answer.status == Status::Infeasible => Packed::Impossible,
        _ => Packed::NotFound,
    }
}

/// Pods and nodes as items and bins.
struct Asked {
    problem: Problem,
    /// The shape of each bin type.
    shapes: Vec<usize>,
    /// The kind of each item type.
    kinds: Vec<usize>,
}

impl Asked {
    /// Of one shape a bin type without a maximum, for how many there may be is seen from the bound; of several a bin type for the nodes
    /// that are counted anyway and one for the others of each. Kinds without pods are no items. `None` where the sums are beyond what the
    /// engine counts in.
    fn of(shapes: &[Shape], kinds: &[Kind]) -> Option<Self> {
        let resources = shapes.first().map_or(0, |shape| shape.node.len());
        let load = |resource: usize| {
            kinds.iter().try_fold(0u64, |sum, it| sum.checked_add(it.pod[resource].checked_mul(it.count)?))
        };
        let loads = (0..resources).map(load).collect::<Option<Vec<u64>>>()?;
        let capacity = |shape: &Shape| -> Vec<u64> {
            let offers = shape.node.iter().zip(&loads);
            offers.map(|(&offer, &load)| if offer == UNLIMITED { load } else { offer }).collect()
        };
        let mut builder = Problem::builder(resources);
        let mut of_bin = Vec::new();
        if let [shape] = shapes {
            builder.bin(&capacity(shape));
            of_bin.push(0);
        } else {
            for (index, shape) in shapes.iter().enumerate() {
                for (cost, count) in [(0, shape.min.min(shape.max)), (1, shape.max.saturating_sub(shape.min))] {
                    if count > 0 {
                        builder.bin_type(BinType { capacity: capacity(shape), cost, max_count: Some(count) });
                        of_bin.push(index);
                    }
                }
            }
        }
        let class = builder.class();
        let of_item: Vec<usize> = (0..kinds.len()).filter(|&kind| kinds[kind].count > 0).collect();
        for &kind in &of_item {
            builder.item(&kinds[kind].pod, kinds[kind].count, class);
        }
        Some(Self { problem: builder.build().ok()?, shapes: of_bin, kinds: of_item })
    }

    /// Bins as nodes.
    fn nodes(&self, solution: Solution) -> Vec<Node> {
        let node = |pattern: Pattern| Node {
            shape: self.shapes[pattern.bin],
            pods: pattern.items.into_iter().map(|(item, pods)| (self.kinds[item], pods)).collect(),
            count: pattern.count,
        };
        grouped(solution.patterns.into_iter().map(node).collect())
    }
}

/// Whoever watches may call it off, and hears nothing of it.
struct Quiet<'a>(&'a dyn Watch);

impl Watch for Quiet<'_> {
    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}
