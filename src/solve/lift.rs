//! Witnesses of a reduced component, said of the whole problem.

use crate::certify::Node;
use crate::problem::Problem;
use crate::problem::reduce::Reduced;

/// The nodes over the item types `items` of the whole problem, at `prices` of all its bin types.
///
/// Merged types weigh what their representative weighs. A branch on merged types becomes a chain of branches, one for
/// each pair that they stand for: all `together` sides share one node, whose weights hold under the extra conflicts of
/// the chain. A leaf by resources stays one only if it prices every bin type of the whole problem right.
pub(super) fn lift(problem: &Problem, items: &[usize], reduced: &Reduced, prices: &[u64], nodes: &[Node]) -> Vec<Node> {
    let place = |index: &usize| items.partition_point(|other| other < index);
    let places: Vec<Vec<usize>> = reduced.items.iter().map(|group| group.iter().map(place).collect()).collect();
    let spread = |weights: &[u64]| {
        let own = weights.len().min(places.len());
        let mut all = reduced.spread(items, &weights[..own]);
        all.extend_from_slice(&weights[own..]);
        all
    };
    // items made by branches follow the original ones, in both numberings
    let shift = |item: usize| match places.get(item) {
        Some(group) => group.clone(),
        None => vec![item - places.len() + items.len()],
    };
    let mut lifted: Vec<Node> = Vec::with_capacity(nodes.len());
    let mut index_of: Vec<usize> = Vec::with_capacity(nodes.len());
    for node in nodes {
        match node {
            Node::Weights { weights, capacity } => {
                lifted.push(Node::Weights { weights: spread(weights), capacity: *capacity });
            }
            Node::Resources { weights, capacity, prices: lambda, divisor } => {
                let weights = spread(weights);
                let affordable = problem.bins().iter().zip(prices).all(|(bin, &price)| {
                    let room: u128 =
                        bin.capacity.iter().zip(lambda).map(|(&c, &l)| u128::from(c) * u128::from(l)).sum();
                    room <= u128::from(*divisor) * u128::from(*capacity) * u128::from(price)
                });
                lifted.push(match affordable {
                    true => Node::Resources { weights, capacity: *capacity, prices: lambda.clone(), divisor: *divisor },
                    false => Node::Weights { weights, capacity: *capacity },
                });
            }
            Node::Unplaceable { item } => lifted.push(Node::Unplaceable { item: shift(*item)[0] }),
            Node::Branch { a, b, together, apart } => {
                let together = together.map(|child| index_of[child]);
                let mut apart = index_of[*apart];
                let (left, right) = (shift(*a), shift(*b));
                for (at, &x) in left.iter().enumerate() {
                    for &y in &right[if a == b { at } else { 0 }..] {
                        lifted.push(Node::Branch { a: x, b: y, together, apart });
                        apart = lifted.len() - 1;
                    }
                }
            }
        }
        index_of.push(lifted.len() - 1);
    }
    lifted
}
