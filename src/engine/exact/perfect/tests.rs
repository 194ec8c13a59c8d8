//! Perfect packings against an exhaustive search and the checker.

use std::collections::BTreeMap;

use super::super::enumerate::{Aim, enumerate};
use super::super::pool_tests::verdict;
use super::*;
use crate::budget::{Options, Silent};
use crate::certify::Verdict;
use crate::problem::random::Random;
use crate::problem::{BinType, BitMatrix, ItemType, Problem};

/// Full bins cut in pieces, some of which then change a little, in pairs; equal pieces are copies. Some may not share.
fn cut(random: &mut Random, bins: u64, capacity: u64, conflicts: u64) -> Problem {
    let mut pieces = Vec::new();
    for _ in 0..bins {
        let mut left = capacity;
        for _ in 0..1 + random.below(3) {
            let piece = 1 + random.below(left);
            if left > piece {
                pieces.push(piece);
                left -= piece;
            }
        }
        pieces.push(left);
    }
    for _ in 0..random.below(2 * bins) {
        let (a, b) = (random.index(pieces.len()), random.index(pieces.len()));
        if a != b && pieces[a] > 1 && pieces[b] < capacity {
            pieces[a] -= 1;
            pieces[b] += 1;
        }
    }
    let mut types: BTreeMap<u64, u64> = BTreeMap::new();
    for piece in pieces {
        *types.entry(piece).or_default() += 1;
    }
    let eligible = crate::problem::BinSet::all(1);
    let item = |(class, (&size, &demand))| ItemType { size: vec![size], demand, class, eligible: eligible.clone() };
    let items: Vec<ItemType> = types.iter().enumerate().map(item).collect();
    let mut matrix = BitMatrix::new(items.len());
    for a in 0..items.len() {
        (0..a).filter(|_| random.below(100) < conflicts).for_each(|b| matrix.insert(a, b));
    }
    Problem::new(1, items, matrix, vec![BinType { capacity: vec![capacity], cost: 1, max_count: None }]).unwrap()
}

/// Two items fill a bin, and whoever may share stands in two odd rings, with a few chords: halves of all pairs are a solution
/// of the relaxation.
fn rings(random: &mut Random) -> (u64, Problem) {
    let lengths = [3 + 2 * random.index(3), 3 + 2 * random.index(3)];
    let count = lengths[0] + lengths[1];
    let mut conflicts = BitMatrix::new(count);
    let starts = [0, lengths[0]];
    for a in 0..count {
        for b in 0..a {
            let ring = usize::from(a >= lengths[0]);
            let (start, length) = (starts[ring], lengths[ring]);
            let next = b >= start && ((a - start) - (b - start) == 1 || (a - start) - (b - start) == length - 1);
            if !next && random.below(40) > 0 {
                conflicts.insert(a, b);
            }
        }
    }
    let eligible = crate::problem::BinSet::all(1);
    let item = |class| ItemType { size: vec![5], demand: 1, class, eligible: eligible.clone() };
    let bin = BinType { capacity: vec![10], cost: 1, max_count: None };
    (count as u64 / 2, Problem::new(1, (0..count).map(item).collect(), conflicts, vec![bin]).unwrap())
}

#[test]
fn packings_and_proofs_agree_with_exhaustive_search() {
    let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
    let mut random = Random::new(97);
    let (mut packings, mut empty, mut pools, mut branched) = (0, 0, 0, 0);
    for round in 0..4_000 {
        let (bins, problem) = if round % 4 == 0 {
            rings(&mut random)
        } else {
            let (bins, capacity) = (2 + random.below(4), [9, 20, 60][random.index(3)]);
            let conflicts = if random.below(3) == 0 { 10 } else { 0 };
            (bins, cut(&mut random, bins, capacity, conflicts))
        };
        let case = Case::new(&problem);
        let root = Root::look(&case, bins, &[], &budget).unwrap();
        let answer = root.and_then(|root| root.search(&case, round, &budget).unwrap());
        let exists = enumerate(&problem, Aim { bins, cost: None }, None, &budget).better.unwrap().bins() <= bins;
        match answer.unwrap_or_else(|| panic!("round {round}: nothing is known")) {
            Answer::Packing(found) => {
                let packing = case.expand(&found, case.demand());
                assert_eq!((packing.check(&problem), packing.bins()), (Ok(()), bins), "round {round}");
                packings += 1;
            }
            Answer::Proof(nodes) => {
                assert!(!exists, "round {round}");
                let excluded = nodes.iter().any(|node| matches!(node, Node::Exclude { .. }));
                empty += usize::from(nodes.len() == 1);
                pools += usize::from(excluded);
                branched += usize::from(nodes.iter().any(|node| matches!(node, Node::Branch { .. })));
                let bounds = vec![bins + 1];
                assert_eq!(verdict(&problem, bins + 1, nodes), Verdict::Verified { bounds }, "round {round}");
            }
        }
    }
    assert!(packings > 500 && empty > 100 && pools > 20 && branched > 20, "{packings} {empty} {pools} {branched}");
}

#[test]
fn bins_with_room_to_spare_are_not_for_this() {
    let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
    let mut random = Random::new(98);
    let problem = cut(&mut random, 3, 20, 0);
    assert!(Root::look(&Case::new(&problem), 4, &[], &budget).unwrap().is_none());
}
