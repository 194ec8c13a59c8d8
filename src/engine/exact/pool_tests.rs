//! The search over a pool of bins, against an exhaustive search and the checker.

use super::column_generation::{Relaxation, Until};
use super::columns::Coupling;
use super::enumerate::{Aim, enumerate};
use super::pool_tree::{Answer, search};
use crate::budget::{Budget, Options, Silent};
use crate::certify::{Certificate, Claim, Component, Node, Verdict, check};
use crate::pricing::{Case, Pricer};
use crate::problem::random::Random;
use crate::problem::{BinType, BitMatrix, ItemType, Problem};

/// One bin type, one copy an item.
fn problem(sizes: Vec<Vec<u64>>, conflict: impl Fn(usize, usize) -> bool) -> Problem {
    let (count, dimensions) = (sizes.len(), sizes[0].len());
    let eligible = crate::problem::BinSet::all(1);
    let item = |(class, size)| ItemType { size, demand: 1, class, eligible: eligible.clone() };
    let items = sizes.into_iter().enumerate().map(item).collect();
    let mut conflicts = BitMatrix::new(count);
    for a in 0..count {
        (0..a).filter(|&b| conflict(a, b)).for_each(|b| conflicts.insert(a, b));
    }
    let bin = BinType { capacity: vec![150; dimensions], cost: 1, max_count: None };
    Problem::new(dimensions, items, conflicts, vec![bin]).unwrap()
}

/// A random graph; one or two resources.
fn on_a_random_graph(random: &mut Random) -> Problem {
    let (count, dimensions) = (8 + random.index(11), 1 + random.index(2));
    let (density, least) = (random.below(8), [5, 20, 30][random.index(3)]);
    let sizes = (0..count).map(|_| (0..dimensions).map(|_| least + random.below(81)).collect()).collect();
    let drawn: Vec<bool> = (0..count * count).map(|_| random.below(10) < density).collect();
    problem(sizes, |a, b| drawn[a * count + b])
}

/// Whoever may share stands in odd rings, with a few chords: a relaxation puts half of every pair into a bin.
fn on_odd_rings(random: &mut Random) -> Problem {
    let lengths: Vec<usize> = (0..2 + random.index(2)).map(|_| 3 + 2 * random.index(3)).collect();
    let count: usize = lengths.iter().sum();
    let mut friends = vec![false; count * count];
    let mut start = 0;
    for length in lengths {
        for at in 0..length {
            let (a, b) = (start + at, start + (at + 1) % length);
            friends[a.max(b) * count + a.min(b)] = true;
        }
        start += length;
    }
    for _ in 0..random.index(4) {
        let (a, b) = (random.index(count), random.index(count));
        friends[a.max(b) * count + a.min(b)] = true;
    }
    // a third of them may stand in threes
    let sizes = (0..count).map(|_| vec![45 + random.below(30)]).collect();
    problem(sizes, |a, b| !friends[a * count + b])
}

/// The claim of `bound` bins by this tree over all items, as the checker sees it.
pub(super) fn verdict(problem: &Problem, bound: u64, nodes: Vec<Node>) -> Verdict {
    let items = (0..problem.items().len()).collect();
    let components = vec![Component { items, bound, nodes }];
    let claim = Claim { bound, scale: 1, shared: vec![0], components, ..Claim::default() };
    let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
    check(problem, None, &Certificate { claims: vec![claim] }, &budget)
}

#[test]
fn packings_and_proofs_agree_with_exhaustive_search() {
    let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
    let mut random = Random::new(42);
    let (mut packings, mut proofs, mut branched, mut nested) = (0, 0, 0, 0);
    for round in 0..3_000 {
        let problem = if round % 3 == 0 { on_a_random_graph(&mut random) } else { on_odd_rings(&mut random) };
        let case = Case::new(&problem);
        let mut pricers = vec![Pricer::new(&case, 0)];
        let prices = [1];
        let mut relaxation =
            Relaxation::new(&case, &prices, case.demand(), &Coupling::default(), Vec::new(), round).unwrap();
        relaxation.thorough = true;
        relaxation.solve(&mut pricers, Until { bound: u64::MAX, objective: None }, &budget).unwrap();
        let (target, duals) = (relaxation.proved.bound, relaxation.master.duals());
        let Some(answer) = search(&case, &mut pricers[0], &duals, target, round, &budget).unwrap() else { continue };
        let better = enumerate(&problem, Aim { bins: target, cost: None }, None, &budget);
        let optimum = better.better.unwrap().bins();
        match answer {
            Answer::Packing(bins) => {
                let packing = case.expand(&bins, case.demand());
                assert_eq!((packing.check(&problem), packing.bins()), (Ok(()), target), "round {round}");
                packings += 1;
            }
            Answer::Proof(nodes) => {
                assert!(optimum > target, "round {round}");
                branched += usize::from(nodes.iter().any(|node| matches!(node, Node::Branch { .. })));
                nested += usize::from(nodes.iter().filter(|node| matches!(node, Node::Exclude { .. })).count() > 1);
                let bounds = vec![target + 1];
                assert_eq!(verdict(&problem, target + 1, nodes), Verdict::Verified { bounds }, "round {round}");
                proofs += 1;
            }
        }
    }
    assert!(packings > 200 && proofs > 200 && branched > 100 && nested > 5, "{packings} {proofs} {branched} {nested}");
}
