//! Witnesses of a reduced component, said of the whole problem.

use super::effort::MOST_NODES;
use crate::certify::{FluidClass, Node};
use crate::problem::Problem;
use crate::problem::reduce::Reduced;

/// The nodes over the item types `items` of the whole problem, at `prices` of all its bin types; `None` where the tree
/// would get too large.
///
/// Merged types weigh what their representative weighs. A branch on merged types becomes a chain of branches, one for
/// each pair that they stand for, with a copy of the `together` side each: its weights hold under the extra conflicts
/// of the chain too. A leaf by resources stays one only if it prices every bin type right that holds one of the items.
pub(super) fn lift(
    problem: &Problem,
    items: &[usize],
    reduced: &Reduced,
    prices: &[u64],
    nodes: &[Node],
) -> Option<Vec<Node>> {
    let place = |index: &usize| items.partition_point(|other| other < index);
    let places = reduced.items.iter().map(|group| group.iter().map(place).collect()).collect();
    let left = items.iter().map(|&item| problem.items()[item].demand).collect();
    let mut lift = Lift { problem, items, reduced, prices, nodes, places, left, lifted: Vec::new() };
    lift.node(nodes.len().checked_sub(1)?)?;
    Some(lift.lifted)
}

struct Lift<'a> {
    problem: &'a Problem,
    items: &'a [usize],
    reduced: &'a Reduced,
    prices: &'a [u64],
    nodes: &'a [Node],
    /// Items of the component that each reduced item type stands for.
    places: Vec<Vec<usize>>,
    /// Copies left of each item of the case.
    left: Vec<u64>,
    lifted: Vec<Node>,
}

impl Lift<'_> {
    /// Weights of merged types for each of their members; those of items made by branches follow.
    fn spread(&self, weights: &[u64]) -> Vec<u64> {
        let own = weights.len().min(self.places.len());
        let mut all = self.reduced.spread(self.items, &weights[..own]);
        all.extend_from_slice(&weights[own..]);
        all
    }

    /// The items of the case that a reduced item stands for.
    fn members(&self, item: usize) -> Vec<usize> {
        match self.places.get(item) {
            Some(group) => group.clone(),
            None => vec![item - self.places.len() + self.items.len()],
        }
    }

    /// The items that these reduced items stand for, ascending.
    fn all(&self, items: &[usize]) -> Vec<usize> {
        let mut all: Vec<usize> = items.iter().flat_map(|&item| self.members(item)).collect();
        all.sort_unstable();
        all
    }

    /// Lifts a node and all below it; the last node written is its root.
    fn node(&mut self, index: usize) -> Option<usize> {
        if self.lifted.len() >= MOST_NODES {
            return None;
        }
        let node = match &self.nodes[index] {
            Node::Weights { weights, capacity } => Node::Weights { weights: self.spread(weights), capacity: *capacity },
            Node::Resources { weights, capacity, prices, divisor } => {
                let (weights, capacity, divisor) = (self.spread(weights), *capacity, *divisor);
                let prices = self.reduced.spread_resources(self.problem, prices);
                let affordable = self.problem.bins().iter().zip(self.prices).enumerate().all(|(at, (bin, &price))| {
                    let room: u128 =
                        bin.capacity.iter().zip(&prices).map(|(&cap, &l)| u128::from(cap) * u128::from(l)).sum();
                    let limit = (u128::from(divisor) * u128::from(capacity)).saturating_mul(u128::from(price));
                    room <= limit || !self.items.iter().any(|&item| self.problem.fits_alone(item, at))
                });
                match affordable {
                    true => Node::Resources { weights, capacity, prices, divisor },
                    false => Node::Weights { weights, capacity },
                }
            }
            // groups keep their numbers
            Node::Grouped { weights, openings, capacity } => {
                Node::Grouped { weights: self.spread(weights), openings: openings.clone(), capacity: *capacity }
            }
            // rows speak of resources, not of item types
            Node::Cover { rows } => {
                let row = |row: &Vec<u64>| self.reduced.spread_resources(self.problem, row);
                Node::Cover { rows: rows.iter().map(row).collect() }
            }
            Node::Unplaceable { item } => {
                let members = self.members(*item);
                let item = members.into_iter().find(|&item| self.left[item] > 0)?;
                Node::Unplaceable { item }
            }
            Node::Branch { a, b, together, apart } => return self.branch(*a, *b, *together, *apart),
            Node::Exclude { weights, capacity, below } => {
                let below = self.node(*below)?;
                Node::Exclude { weights: self.spread(weights), capacity: *capacity, below }
            }
            Node::Fluid { classes, unions, capacity } => {
                let class = |class: &FluidClass| FluidClass {
                    items: self.all(&class.items),
                    prices: self.reduced.spread_resources(self.problem, &class.prices),
                    presence: class.presence,
                };
                let classes = classes.iter().map(class).collect();
                Node::Fluid { classes, unions: unions.clone(), capacity: *capacity }
            }
            Node::Presence { items, most, few, many } => {
                let (few, many) = (self.node(*few)?, self.node(*many)?);
                Node::Presence { items: self.all(items), most: *most, few, many }
            }
        };
        self.lifted.push(node);
        Some(self.lifted.len() - 1)
    }

    fn branch(&mut self, a: usize, b: usize, together: Option<usize>, apart: usize) -> Option<usize> {
        let mut root = self.node(apart)?;
        let (left, right) = (self.members(a), self.members(b));
        for (at, &x) in left.iter().enumerate() {
            for &y in &right[if a == b { at } else { 0 }..] {
                let copies = if x == y { self.left[x] >= 2 } else { self.left[x] >= 1 && self.left[y] >= 1 };
                if !copies {
                    continue;
                }
                let together = match together {
                    None => None,
                    Some(child) => {
                        self.left[x] -= 1;
                        self.left[y] -= 1;
                        self.left.push(1);
                        let lifted = self.node(child)?;
                        self.left.pop();
                        self.left[x] += 1;
                        self.left[y] += 1;
                        Some(lifted)
                    }
                };
                self.lifted.push(Node::Branch { a: x, b: y, together, apart: root });
                root = self.lifted.len() - 1;
            }
        }
        Some(root)
    }
}

#[cfg(test)]
mod tests {
    use super::lift;
    use crate::budget::{Budget, Options, Silent};
    use crate::certify::{Certificate, Claim, Component, Node, Verdict, check};
    use crate::problem::reduce::{Rules, reduce};
    use crate::problem::{BinType, BitMatrix, ItemType, Problem};

    /// Six sizes of 12, three of 33 and two of 44, all but the last of equal kind in two item types each, and a second bin
    /// type that is only smaller: three bins are needed, but the sizes alone leave room in two.
    #[test]
    fn exclusions_are_lifted() {
        let eligible = crate::problem::BinSet::all(2);
        let item = |size, demand| ItemType { size: vec![size], demand, class: 0, eligible: eligible.clone() };
        let bin = |room| BinType { capacity: vec![room], cost: 1, max_count: None };
        let items = vec![item(44, 1), item(33, 1), item(44, 1), item(12, 2), item(33, 2), item(12, 4)];
        let problem = Problem::new(1, items, BitMatrix::new(1), vec![bin(131), bin(132)]).expect("small");
        let all: Vec<usize> = (0..6).collect();
        let reduced = reduce(&problem, &all, Rules { max_counts: true, costs: true, merge: true });
        let sizes: Vec<u64> = reduced.problem.items().iter().map(|item| item.size[0]).collect();
        assert_eq!((&sizes[..], &reduced.bins[..]), (&[44, 33, 12][..], &[1][..]));
        let weights = |weights: &[u64]| Node::Weights { weights: weights.to_vec(), capacity: 1 };
        let nodes = [
            weights(&[0, 0, 0, 3]),
            weights(&[0, 3, 0]),
            Node::Branch { a: 0, b: 1, together: Some(0), apart: 1 },
            Node::Exclude { weights: sizes, capacity: 132, below: 2 },
        ];
        let verdict = |problem: &Problem, nodes: &[Node]| {
            let items = (0..problem.items().len()).collect();
            let component = Component { items, bound: 3, nodes: nodes.to_vec() };
            let shared = vec![0; problem.bins().len()];
            let claim = Claim { bound: 3, scale: 1, shared, components: vec![component], ..Claim::default() };
            let budget = Budget::new(&Options::default(), 1_000_000, &Silent);
            check(problem, None, &Certificate { claims: vec![claim] }, &budget)
        };
        assert_eq!(verdict(&reduced.problem, &nodes), Verdict::Verified { bounds: vec![3] });
        let lifted = lift(&problem, &all, &reduced, &[1, 1], &nodes).expect("small");
        assert_eq!(verdict(&problem, &lifted), Verdict::Verified { bounds: vec![3] });
        assert!(matches!(verdict(&problem, &lifted[..lifted.len() - 1]), Verdict::Refuted { .. }));
    }
}
