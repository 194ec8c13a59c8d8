//! All ways to part a few things: the oracles try each of them.
#![allow(dead_code)]

/// Calls `whole` with every partition of the numbers below `count` whose blocks all `fit`, as does every part of them.
pub fn each(count: usize, fits: &mut dyn FnMut(&[usize]) -> bool, whole: &mut dyn FnMut(&[Vec<usize>])) {
    from(0, count, &mut Vec::new(), fits, whole);
}

fn from(
    next: usize,
    count: usize,
    blocks: &mut Vec<Vec<usize>>,
    fits: &mut dyn FnMut(&[usize]) -> bool,
    whole: &mut dyn FnMut(&[Vec<usize>]),
) {
    if next == count {
        return whole(blocks);
    }
    for index in 0..=blocks.len() {
        if index == blocks.len() {
            blocks.push(Vec::new());
        }
        blocks[index].push(next);
        if fits(&blocks[index]) {
            from(next + 1, count, blocks, fits, whole);
        }
        blocks[index].pop();
        if blocks[index].is_empty() {
            blocks.pop();
        }
    }
}

/// The members of these groups, in one list.
pub fn members(block: &[usize], groups: &[Vec<usize>]) -> Vec<usize> {
    block.iter().flat_map(|&group| &groups[group]).copied().collect()
}
