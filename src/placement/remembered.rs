//! Placements on nodes that were found: what is left of one when somebody leaves is one too, which a search need not find again.

use std::collections::{BTreeMap, VecDeque};

use super::nodes::{Node, grouped};

/// So many are remembered of a site, the last ones.
const MOST: usize = 1_000;

/// Pods by kind.
type Counts = BTreeMap<usize, u64>;

/// Of one site: pods, and nodes that hold them.
#[derive(Default)]
pub(super) struct Remembered {
    known: VecDeque<(Counts, Vec<Node>)>,
}

impl Remembered {
    /// Remembers a placement, in the place of those that are a part of it.
    pub fn add(&mut self, counts: Counts, nodes: &[Node]) {
        self.known.retain(|(part, _)| !within(part, &counts));
        if self.known.len() == MOST {
            self.known.pop_front();
        }
        self.known.push_back((counts, nodes.to_vec()));
    }

    /// The largest known placement that is a part of one of these pods, and the pods that it lacks. Complexity: as above.
    pub fn base(&self, counts: &Counts) -> Option<(&[Node], Counts)> {
        let parts = self.known.iter().rev().filter(|(part, _)| within(part, counts));
        let (part, nodes) = parts.max_by_key(|(part, _)| part.values().sum::<u64>())?;
        let lacking = counts.iter().map(|(&kind, &all)| (kind, all - part.get(&kind).copied().unwrap_or(0)));
        Some((nodes, lacking.filter(|&(_, count)| count > 0).collect()))
    }

    /// A placement of these pods that is a part of a known one. Complexity: kinds times what is remembered.
    pub fn part(&self, counts: &Counts) -> Option<Vec<Node>> {
        let (whole, nodes) = self.known.iter().rev().find(|(whole, _)| within(counts, whole))?;
        let mut nodes = nodes.clone();
        for (&kind, &all) in whole {
            take_off(&mut nodes, kind, all - counts.get(&kind).copied().unwrap_or(0));
        }
        nodes.retain(|node| !node.pods.is_empty());
        Some(grouped(nodes))
    }
}

/// Whether there are at most as many of each kind.
fn within(part: &Counts, whole: &Counts) -> bool {
    part.iter().all(|(kind, count)| whole.get(kind).is_some_and(|all| count <= all))
}

/// Takes so many pods of a kind off the nodes.
fn take_off(nodes: &mut Vec<Node>, kind: usize, mut surplus: u64) {
    let mut index = 0;
    while surplus > 0 && index < nodes.len() {
        let node = &mut nodes[index];
        index += 1;
        let Some(at) = node.pods.iter().position(|&(it, _)| it == kind) else { continue };
        let (each, whole) = (node.pods[at].1, node.clone());
        let emptied = (surplus / each).min(node.count);
        // of one more node a part of them
        let (count, less) = if emptied > 0 { (emptied, each) } else { (1, surplus) };
        node.count = count;
        node.pods[at].1 -= less;
        node.pods.retain(|&(_, pods)| pods > 0);
        surplus -= count * less;
        if whole.count > count {
            nodes.insert(index, Node { count: whole.count - count, ..whole });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::random::Random;

    #[test]
    fn a_part_holds_the_pods_that_are_asked_for_and_no_node_gains_any() {
        let mut random = Random::new(7);
        for _ in 0..500 {
            let node = |random: &mut Random| {
                let pods = (0..3).map(|kind| (kind, random.below(4))).filter(|it| it.1 > 0).collect();
                Node { shape: random.below(2) as usize, pods, count: 1 + random.below(4) }
            };
            let nodes: Vec<Node> = (0..4).map(|_| node(&mut random)).filter(|it| !it.pods.is_empty()).collect();
            let count = |nodes: &[Node]| {
                let mut counts = Counts::new();
                for node in nodes {
                    node.pods.iter().for_each(|&(kind, pods)| *counts.entry(kind).or_insert(0) += pods * node.count);
                }
                counts
            };
            let whole = count(&nodes);
            let fewer = |(&kind, &count): (&usize, &u64)| (kind, random.below(count + 1));
            let asked: Counts = whole.iter().map(fewer).filter(|it| it.1 > 0).collect();
            let mut remembered = Remembered::default();
            remembered.add(whole.clone(), &nodes);
            let part = remembered.part(&asked).unwrap();
            assert_eq!(count(&part), asked);
            // node by node: as many of each shape at most, and no more pods than some node had
            let used = |nodes: &[Node], shape: usize| {
                nodes.iter().filter(|it| it.shape == shape).map(|it| it.count).sum::<u64>()
            };
            assert!((0..2).all(|shape| used(&part, shape) <= used(&nodes, shape)));
            let under = |less: &Node, more: &Node| {
                less.shape == more.shape
                    && less.pods.iter().all(|(kind, pods)| more.pods.iter().any(|it| it.0 == *kind && pods <= &it.1))
            };
            assert!(part.iter().all(|less| nodes.iter().any(|more| under(less, more))));
            let more = whole.iter().map(|(&kind, &count)| (kind, count + 1)).collect();
            assert!(whole.is_empty() || remembered.part(&more).is_none());
        }
    }
}
