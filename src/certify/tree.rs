//! The shape of a list of nodes that is a tree.

use fixedbitset::FixedBitSet;

use super::failure::{Failure, refuted};

/// Children before parents, every node the child of exactly one other but for the last, which is the root.
pub(super) fn tree(count: usize, children: impl Fn(usize) -> [Option<usize>; 2]) -> Result<(), Failure> {
    if count == 0 {
        return refuted("no node").map_err(|e: Failure| e.under("nodes"));
    }
    let mut has_parent = FixedBitSet::with_capacity(count);
    for index in 0..count {
        for child in children(index).into_iter().flatten() {
            if child >= index || has_parent.put(child) {
                let why = "a child must come before its parent and have no other";
                return refuted(why).map_err(|e: Failure| e.under(&format!("nodes[{index}]")));
            }
        }
    }
    if has_parent.count_ones(..) != count - 1 {
        return refuted("a node without a parent that is not the last").map_err(|e: Failure| e.under("nodes"));
    }
    Ok(())
}
