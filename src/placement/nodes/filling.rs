//! Nodes that are filled kind by kind.

use super::{Node, Shape, UNLIMITED, fit, grouped};
use crate::budget::Budget;

/// Which shape a new node has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::placement) enum Opening {
    /// The one that takes most pods of the kind.
    Most,
    /// The one that is left with least.
    Tightest,
    /// The first that takes one.
    First,
}

/// Equal nodes, in the order in which they were opened.
#[derive(Clone, Debug)]
struct Open {
    shape: usize,
    count: u64,
    room: Vec<u64>,
    pods: Vec<(usize, u64)>,
}

/// A part of a placement.
#[derive(Clone, Debug)]
pub(in crate::placement) struct Filling<'s> {
    shapes: &'s [Shape],
    /// Nodes counted at most.
    most: u64,
    used: Vec<u64>,
    open: Vec<Open>,
}

impl<'s> Filling<'s> {
    pub fn new(shapes: &'s [Shape], most: u64) -> Self {
        Self { shapes, most, used: vec![0; shapes.len()], open: Vec::new() }
    }

    /// The same with these nodes (shape, number, pods on each) in use.
    pub fn resume<'n, 'k>(
        shapes: &'s [Shape],
        most: u64,
        nodes: impl Iterator<Item = (usize, u64, &'n [(usize, u64)])>,
        pod: impl Fn(usize) -> &'k [u64],
    ) -> Self {
        let mut filling = Self::new(shapes, most);
        for (shape, count, pods) in nodes {
            let mut room = shapes[shape].node.clone();
            for &(kind, pods) in pods {
                for (room, &pod) in room.iter_mut().zip(pod(kind)).filter(|(room, _)| **room != UNLIMITED) {
                    *room = room.saturating_sub(pod * pods);
                }
            }
            filling.used[shape] += count;
            filling.open.push(Open { shape, count, room, pods: pods.to_vec() });
        }
        filling
    }

    /// Nodes counted: those in use, and at least the minimum of each shape.
    pub fn counted(&self) -> u64 {
        self.used.iter().zip(self.shapes).map(|(&used, shape)| used.max(shape.min)).sum()
    }

    /// Places pods of a kind, on open nodes first, then on new ones. Answers how many are left over.
    pub fn add(&mut self, kind: usize, pod: &[u64], count: u64, opening: Opening, budget: &Budget) -> u64 {
        let mut left = count;
        let mut index = 0;
        let mut allowed = budget.spend((self.open.len() * pod.len()) as u64);
        while left > 0 && index < self.open.len() {
            let each = fit(&self.open[index].room, pod).min(left);
            if let Some(full) = left.checked_div(each) {
                let full = full.min(self.open[index].count);
                left -= self.put(&mut index, full, kind, pod, each);
            }
            index += 1;
        }
        while left > 0 && allowed.is_ok() {
            allowed = budget.spend((self.shapes.len() * pod.len()) as u64);
            let Some(shape) = self.shape_for(pod, opening) else { break };
            let node = &self.shapes[shape].node;
            let each = fit(node, pod).min(left);
            let nodes = (left / each).min(self.more(shape));
            self.used[shape] += nodes;
            self.open.push(Open { shape, count: nodes, room: node.clone(), pods: Vec::new() });
            let mut last = self.open.len() - 1;
            left -= self.put(&mut last, nodes, kind, pod, each);
        }
        left
    }

    /// Puts `each` pods on `nodes` of the nodes of an entry, and splits the rest of the entry off behind it. Answers how
    /// many pods that are; `index` is then the last entry that was filled.
    fn put(&mut self, index: &mut usize, nodes: u64, kind: usize, pod: &[u64], each: u64) -> u64 {
        let entry = &mut self.open[*index];
        if nodes < entry.count {
            let rest = Open { count: entry.count - nodes, ..entry.clone() };
            entry.count = nodes;
            self.open.insert(*index + 1, rest);
        }
        let entry = &mut self.open[*index];
        for (room, &pod) in entry.room.iter_mut().zip(pod).filter(|(room, _)| **room != UNLIMITED) {
            *room -= pod * each; // `each` is at most what fits
        }
        match entry.pods.iter_mut().find(|(it, _)| *it == kind) {
            Some((_, pods)) => *pods += each,
            None => entry.pods.push((kind, each)),
        }
        nodes * each
    }

    /// Nodes of the shape that may still be opened.
    fn more(&self, shape: usize) -> u64 {
        let paid = self.shapes[shape].min.saturating_sub(self.used[shape]);
        let further = self.most.saturating_sub(self.counted());
        (self.shapes[shape].max - self.used[shape]).min(paid.saturating_add(further))
    }

    /// The shape of the next node for a pod: one that is counted anyway, if there is any.
    fn shape_for(&self, pod: &[u64], opening: Opening) -> Option<usize> {
        let fits = |&shape: &usize| self.more(shape) > 0 && fit(&self.shapes[shape].node, pod) > 0;
        let open = (0..self.shapes.len()).filter(fits);
        open.min_by_key(|&shape| {
            let further = self.used[shape] >= self.shapes[shape].min;
            let pods = fit(&self.shapes[shape].node, pod);
            let rest = match opening {
                Opening::Most => u128::from(UNLIMITED - pods),
                Opening::Tightest => self.waste(shape, pod, pods),
                Opening::First => 0,
            };
            (further, rest, shape)
        })
    }

    /// What is left on a node of only such pods: shares of the largest node, added up.
    fn waste(&self, shape: usize, pod: &[u64], pods: u64) -> u128 {
        let mut waste = 0;
        for (resource, &pod) in pod.iter().enumerate() {
            let largest = self.shapes.iter().map(|it| it.node[resource]).filter(|&node| node != UNLIMITED).max();
            let node = self.shapes[shape].node[resource];
            let (Some(largest), true) = (largest.filter(|&largest| largest > 0), node != UNLIMITED) else { continue };
            let left = u128::from(node) - u128::from(pod) * u128::from(pods);
            waste += left * 1_000_000 / u128::from(largest);
        }
        waste
    }

    /// The nodes in use, equal ones together.
    pub fn nodes(&self) -> Vec<Node> {
        let node = |open: &Open| Node { shape: open.shape, pods: open.pods.clone(), count: open.count };
        grouped(self.open.iter().map(node).collect())
    }
}
