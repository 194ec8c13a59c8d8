//! All placements of few pods, one after the other.

use rustc_hash::FxHashSet;

use super::{Kind, Node, Packed, Shape, UNLIMITED, counted, fit, grouped};
use crate::budget::{Budget, Stop};

/// More pods than this are not searched through.
const MOST_PODS: u64 = 200;
/// States that are remembered.
const MOST_STATES: usize = 100_000;

/// The placement with the fewest nodes counted, at most `most` and no better than `least`: pods large before small, equal
/// ones onto nodes in ascending order, one node of those that are alike, and no state twice.
pub(super) fn search(shapes: &[Shape], kinds: &[Kind], (least, most): (u64, u64), budget: &Budget) -> Packed {
    let pods = kinds.iter().fold(0u64, |sum, kind| sum.saturating_add(kind.count));
    if pods > MOST_PODS || budget.stopped().is_some() {
        return Packed::NotFound;
    }
    let share = |kind: usize| {
        let finite = kinds[kind].pod.iter().enumerate().map(|(resource, &pod)| {
            let largest = shapes.iter().map(|it| it.node[resource]).filter(|&node| node != UNLIMITED).max();
            largest.map_or(0, |largest| u128::from(pod) * 1_000_000 / u128::from(largest).max(1))
        });
        finite.max().unwrap_or(0)
    };
    let mut order: Vec<usize> = (0..kinds.len()).filter(|&kind| kinds[kind].count > 0).collect();
    order.sort_by_key(|&kind| (std::cmp::Reverse(share(kind)), kind));
    let resources = shapes.first().map_or(0, |shape| shape.node.len());
    let loads = (0..resources).map(|resource| {
        let each = order.iter().map(|&kind| u128::from(kinds[kind].pod[resource]) * u128::from(kinds[kind].count));
        each.sum()
    });
    let largest = |resource: usize| {
        let mut order: Vec<usize> = (0..shapes.len()).collect();
        order.sort_by_key(|&shape| std::cmp::Reverse(shapes[shape].node[resource]));
        order
    };
    let mut search = Search {
        shapes,
        kinds,
        order: &order,
        most,
        least,
        used: vec![0; shapes.len()],
        left: loads.collect(),
        nodes: Vec::new(),
        largest: (0..resources).map(largest).collect(),
        seen: FxHashSet::default(),
        scratch: (Vec::new(), Vec::new()),
        best: None,
        budget,
    };
    let first = order.first().map_or(0, |&kind| kinds[kind].count);
    let complete = search.next(0, first, 0).is_ok();
    match search.best {
        Some(nodes) => Packed::Found(nodes),
        None if complete => Packed::Impossible,
        None => Packed::NotFound,
    }
}

/// The work is spent, or nothing better can be found.
struct Ended;

impl From<Stop> for Ended {
    fn from(_: Stop) -> Self {
        Self
    }
}

/// An open node.
struct Open {
    shape: usize,
    room: Vec<u64>,
    pods: Vec<(usize, u64)>,
}

/// Position, pods left, first node that they may go to, and of each open node its shape and what is free.
type State = Box<[u64]>;

struct Search<'a> {
    shapes: &'a [Shape],
    kinds: &'a [Kind],
    order: &'a [usize],
    most: u64,
    least: u64,
    used: Vec<u64>,
    /// What the pods that are not placed yet take of each resource.
    left: Vec<u128>,
    nodes: Vec<Open>,
    /// By resource: the shapes, those that offer most first.
    largest: Vec<Vec<usize>>,
    seen: FxHashSet<State>,
    /// The order of the nodes in a state, and the state, while it is looked up.
    scratch: (Vec<usize>, Vec<u64>),
    best: Option<Vec<Node>>,
    budget: &'a Budget<'a>,
}

impl Search<'_> {
    /// Places the `count` pods that are left of the kind at `position` onto nodes from `from` on.
    fn next(&mut self, position: usize, count: u64, from: usize) -> Result<(), Ended> {
        if count == 0 {
            let Some(&kind) = self.order.get(position + 1) else { return self.keep() };
            return self.next(position + 1, self.kinds[kind].count, 0);
        }
        let Some(&kind) = self.order.get(position) else { return self.keep() };
        self.budget.spend((self.nodes.len() + 1) as u64 * self.left.len() as u64)?;
        if !self.room() || !self.fresh(position, count, from) {
            return Ok(());
        }
        let kinds = self.kinds;
        let pod = &kinds[kind].pod;
        for node in from..self.nodes.len() {
            let here = &self.nodes[node];
            let alike = |it: &Open| it.shape == here.shape && it.room == here.room;
            if fit(&here.room, pod) == 0 || self.nodes[from..node].iter().any(alike) {
                continue;
            }
            self.put(node, kind, pod);
            let result = self.next(position, count - 1, node);
            self.take(node, kind, pod);
            result?;
        }
        for shape in 0..self.shapes.len() {
            let it = &self.shapes[shape];
            if self.used[shape] == it.max || fit(&it.node, pod) == 0 || !self.may_open(shape) {
                continue;
            }
            self.used[shape] += 1;
            self.nodes.push(Open { shape, room: it.node.clone(), pods: Vec::new() });
            let node = self.nodes.len() - 1;
            self.put(node, kind, pod);
            let result = self.next(position, count - 1, node);
            self.nodes.pop();
            for (left, &pod) in self.left.iter_mut().zip(pod) {
                *left += u128::from(pod);
            }
            self.used[shape] -= 1;
            result?;
        }
        Ok(())
    }

    fn counted(&self) -> u64 {
        self.used.iter().zip(self.shapes).map(|(&used, shape)| used.max(shape.min)).sum()
    }

    fn may_open(&self, shape: usize) -> bool {
        self.used[shape] < self.shapes[shape].min || self.counted() < self.most
    }

    /// Whether the sums leave room for what is not placed yet.
    fn room(&self) -> bool {
        let further = self.most.saturating_sub(self.counted());
        self.left.iter().enumerate().all(|(resource, &left)| {
            let open = self.nodes.iter().map(|node| u128::from(node.room[resource])).sum::<u128>();
            let (mut further, mut new) = (further, 0u128);
            for &shape in &self.largest[resource] {
                let (it, used) = (&self.shapes[shape], self.used[shape]);
                let paid = it.min.saturating_sub(used);
                let more = (it.max - used - paid).min(further);
                further -= more;
                new += u128::from(it.node[resource]) * u128::from(paid + more);
            }
            left <= open + new
        })
    }

    /// Whether this state was not there before: the nodes as a set, those that equal pods may still go to apart.
    fn fresh(&mut self, position: usize, count: u64, from: usize) -> bool {
        if self.seen.len() >= MOST_STATES {
            return true;
        }
        let (order, state) = &mut self.scratch;
        order.clear();
        order.extend(0..self.nodes.len());
        let nodes = &self.nodes;
        let plain = |&node: &usize| (nodes[node].shape, &nodes[node].room[..]);
        order[..from].sort_unstable_by(|a, b| plain(a).cmp(&plain(b)));
        order[from..].sort_unstable_by(|a, b| plain(a).cmp(&plain(b)));
        state.clear();
        state.extend([position as u64, count, from as u64]);
        for &node in order.iter() {
            state.push(nodes[node].shape as u64);
            state.extend_from_slice(&nodes[node].room);
        }
        if self.seen.contains(&state[..]) {
            return false;
        }
        self.seen.insert(state.as_slice().into())
    }

    fn put(&mut self, node: usize, kind: usize, pod: &[u64]) {
        let Open { room, pods, .. } = &mut self.nodes[node];
        for (room, &pod) in room.iter_mut().zip(pod).filter(|(room, _)| **room != UNLIMITED) {
            *room -= pod;
        }
        match pods.iter_mut().find(|(it, _)| *it == kind) {
            Some((_, pods)) => *pods += 1,
            None => pods.push((kind, 1)),
        }
        for (left, &pod) in self.left.iter_mut().zip(pod) {
            *left -= u128::from(pod);
        }
    }

    fn take(&mut self, node: usize, kind: usize, pod: &[u64]) {
        let Open { room, pods, .. } = &mut self.nodes[node];
        for (room, &pod) in room.iter_mut().zip(pod).filter(|(room, _)| **room != UNLIMITED) {
            *room += pod;
        }
        if let Some(at) = pods.iter().position(|(it, _)| *it == kind) {
            pods[at].1 -= 1;
            if pods[at].1 == 0 {
                pods.remove(at);
            }
        }
        for (left, &pod) in self.left.iter_mut().zip(pod) {
            *left += u128::from(pod);
        }
    }

    /// A whole placement: the next one must have fewer nodes.
    fn keep(&mut self) -> Result<(), Ended> {
        let one = self.nodes.iter().map(|node| Node { shape: node.shape, pods: node.pods.clone(), count: 1 });
        let nodes = grouped(one.collect());
        let value = counted(self.shapes, &nodes);
        self.best = Some(nodes);
        if value <= self.least {
            return Err(Ended);
        }
        self.most = value - 1;
        Ok(())
    }
}
