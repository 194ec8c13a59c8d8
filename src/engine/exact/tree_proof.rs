//! What a search tree proves, as the tree of a certificate.

use crate::certify::Node;

use super::branch_and_price::TreeSearch;
use super::charge::Charge;
use super::goal::Closed;

impl TreeSearch<'_, '_> {
    /// The answer, with what proves its bound where that is better than the one `given`.
    pub(super) fn finish(mut self, given: u64) -> Closed {
        self.raise();
        let bins = self.problem.bins().len();
        let charge = self.charge.clone().unwrap_or_else(|| {
            let limits = vec![0; self.coupling.groups.len()];
            Charge { scale: 1, shared: vec![0; bins], limits, offset: 0 }
        });
        let charged = charge.charged(self.lower, &self.coupling);
        let mut nodes = match self.pooled.take() {
            Some((bound, nodes)) if bound >= self.lower => nodes,
            _ => Vec::new(),
        };
        let wanted = nodes.is_empty() && self.lower > given && !self.nodes.is_empty();
        if wanted && !charged.is_some_and(|bound| self.emit(0, bound, &mut nodes)) {
            nodes.clear();
        }
        Closed {
            solution: self.best,
            lower: self.lower,
            nodes,
            charged: charged.unwrap_or(self.lower),
            scale: charge.scale,
            shared: charge.shared,
            limits: charge.limits,
            offset: charge.offset,
            phase: self.phase,
            explored: self.explored,
            columns: self.columns,
        }
    }

    /// Writes the proof of `bound` for a node and all below; false where there is none.
    fn emit(&self, index: usize, bound: u64, nodes: &mut Vec<Node>) -> bool {
        // an explicit stack: trees may be deep. Each entry is visited twice, first to open and then to close it.
        let mut stack = vec![(index, false)];
        let mut done: Vec<usize> = Vec::new();
        while let Some((index, opened)) = stack.pop() {
            let node = &self.nodes[index];
            if let Some(witness) = node.witness.as_ref().filter(|witness| witness.bound >= bound) {
                nodes.push(witness.node(&node.demand, bound));
                done.push(nodes.len() - 1);
                continue;
            }
            let (Some((a, b)), &[together, apart]) = (node.pair, node.children.as_slice()) else { return false };
            if opened {
                // both children were written: together first, then apart
                let (Some(second), Some(first)) = (done.pop(), done.pop()) else { return false };
                nodes.push(Node::Branch { a, b, together: Some(first), apart: second });
                done.push(nodes.len() - 1);
            } else {
                stack.push((index, true));
                stack.push((apart, false));
                stack.push((together, false));
            }
        }
        true
    }
}
