//! All nodes at once: each pod where it leaves the fullest resource least full.

use super::{Kind, Node, Shape, UNLIMITED, fit, grouped};
use crate::budget::Budget;

/// More nodes than this are not filled one by one.
const MOST: u64 = 500;

/// The least loaded of so many nodes, pod by pod in that order of the kinds: what is scarce on one node is not used up while
/// something else is left over on it, as it is where nodes are filled one after the other. `None` where pods are left over.
/// Complexity: pods times nodes, fewer where there are several of a kind for each node.
pub(super) fn even(
    shapes: &[Shape],
    kinds: &[Kind],
    order: &[usize],
    nodes: u64,
    budget: &Budget,
) -> Option<Vec<Node>> {
    let mut open = open(shapes, nodes)?;
    for &kind in order {
        let Kind { pod, count } = &kinds[kind];
        // as many on each as come to each, then one by one
        let each = count / nodes.max(1);
        let mut left = *count;
        budget.spend((open.len() * pod.len()) as u64).ok()?;
        for node in &mut open {
            let pods = fit(&node.room, pod).min(each);
            node.put(kind, pod, pods);
            left -= pods;
        }
        while left > 0 {
            budget.spend((open.len() * pod.len()) as u64).ok()?;
            let fits = open.iter_mut().filter(|node| fit(&node.room, pod) > 0);
            fits.min_by_key(|node| node.after(&shapes[node.shape].node, pod))?.put(kind, pod, 1);
            left -= 1;
        }
    }
    let used = open.into_iter().filter(|node| !node.pods.is_empty());
    Some(grouped(used.map(|node| Node { shape: node.shape, pods: node.pods, count: 1 }).collect()))
}

struct Open {
    shape: usize,
    room: Vec<u64>,
    pods: Vec<(usize, u64)>,
}

impl Open {
    fn put(&mut self, kind: usize, pod: &[u64], pods: u64) {
        if pods == 0 {
            return;
        }
        for (room, &pod) in self.room.iter_mut().zip(pod).filter(|(room, _)| **room != UNLIMITED) {
            *room -= pod * pods; // at most what fits
        }
        match self.pods.iter_mut().find(|(it, _)| *it == kind) {
            Some((_, already)) => *already += pods,
            None => self.pods.push((kind, pods)),
        }
    }

    /// How full the fullest resource is with one more pod, and how full all are, in millionths.
    fn after(&self, node: &[u64], pod: &[u64]) -> (u128, u128) {
        let finite = self.room.iter().zip(pod).zip(node).filter(|(_, node)| **node != UNLIMITED && **node > 0);
        let full = finite.map(|((room, pod), node)| u128::from(node - room + pod) * 1_000_000 / u128::from(*node));
        full.fold((0, 0), |(most, sum), full| (most.max(full), sum + full))
    }
}

/// So many empty nodes: those that are counted anyway, then the largest; `None` where there are fewer, or too many for this.
fn open(shapes: &[Shape], nodes: u64) -> Option<Vec<Open>> {
    if nodes > MOST {
        return None;
    }
    let size = |shape: usize| {
        let most = |resource: usize| shapes.iter().map(|it| it.node[resource]).max().unwrap_or(0).max(1);
        let node = shapes[shape].node.iter().enumerate();
        node.map(|(resource, &node)| u128::from(node) * 1_000_000 / u128::from(most(resource))).sum::<u128>()
    };
    let mut by_size: Vec<usize> = (0..shapes.len()).collect();
    by_size.sort_by_key(|&shape| (std::cmp::Reverse(size(shape)), shape));
    let mins = by_size.iter().map(|&shape| (shape, shapes[shape].min));
    let further = by_size.iter().map(|&shape| (shape, shapes[shape].max.saturating_sub(shapes[shape].min)));
    let mut open = Vec::new();
    for (shape, count) in mins.chain(further) {
        for _ in 0..count.min(nodes - open.len() as u64) {
            open.push(Open { shape, room: shapes[shape].node.clone(), pods: Vec::new() });
        }
    }
    (open.len() as u64 == nodes).then_some(open)
}
