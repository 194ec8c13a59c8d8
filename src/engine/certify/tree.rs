//! The shape of a list of nodes that is a tree.

use fixedbitset::FixedBitSet;

use super::failure::{Failure, refuted};

/// Children before parents, every node the child of exactly one other but for the last, which is the root. `list` is where they stand
/// in the file.
pub(super) fn tree(list: &str, count: usize, children: impl Fn(usize) -> [Option<usize>; 2]) -> Result<(), Failure> {
    if count == 0 {
        return refuted("no node").map_err(|e: Failure| e.under(list));
    }
    let mut has_parent = FixedBitSet::with_capacity(count);
    for index in 0..count {
        for child in children(index).into_iter().flatten() {
            if child >= index || has_parent.put(child) {
                let why = "a child must come before its parent and have no other";
                return refuted(why).map_err(|e: Failure| e.under(&format!("{list}[{index}]")));
            }
        }
    }
    if has_parent.count_ones(..) != count - 1 {
        return refuted("a node without a parent that is not the last").map_err(|e: Failure| e.under(list));
    }
    Ok(())
}
