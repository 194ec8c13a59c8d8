use super::classes::Classes;
use super::heaviest::{Worth, greedy, heaviest};
use super::tree::by_branches;
use super::unions::{Bins, Union};
use super::{Fluid, Fluids, Guide, fluid};
use crate::budget::{Budget, Options, Silent};
use crate::certify::{Certificate, Claim, Component, FluidClass, FluidUnion, Node, Verdict, check};
use crate::exact::enumerate::{Aim, enumerate};
use crate::heuristic::fill_meant;
use crate::problem::random::Random;
use crate::problem::{BinSet, BinType, BitMatrix, ItemType, Pattern, Problem, Solution};

/// Some classes of a few items each, most of which distrust one another, in one or two types of bins.
fn drawn(random: &mut Random) -> Problem {
    let (dimensions, classes, bins) = (1 + random.index(2), 3 + random.index(3), 1 + random.index(2));
    let mut conflicts = BitMatrix::new(classes);
    for a in 0..classes {
        for b in 0..a {
            if random.chance(600) {
                conflicts.insert(a, b);
            }
        }
    }
    let mut sizes = |most: u64| -> Vec<u64> { (0..dimensions).map(|_| 1 + random.below(most)).collect() };
    let items: Vec<(Vec<u64>, usize)> =
        (0..classes).flat_map(|class| [class; 2]).map(|class| (sizes(7), class)).collect();
    let kinds: Vec<BinType> = (0..bins)
        .map(|_| BinType { capacity: sizes(4).iter().map(|room| room + 7).collect(), cost: 1, max_count: None })
        .collect();
    let eligible = BinSet::all(bins);
    let item = |(size, class)| ItemType { size, demand: 1, class, eligible: eligible.clone() };
    Problem::new(dimensions, items.into_iter().map(item).collect(), conflicts, kinds).expect("small")
}

fn fewest(problem: &Problem) -> u64 {
    let found = enumerate(problem, Aim { bins: 1, cost: None }, None, &Budget::of_work(1 << 40));
    assert!(found.complete);
    found.better.as_ref().map(Solution::bins).expect("every item fits a bin")
}

fn verdict(problem: &Problem, bound: u64, nodes: &[Node]) -> Verdict {
    let items = (0..problem.items().len()).collect();
    let component = Component { items, bound, nodes: nodes.to_vec() };
    let shared = vec![0; problem.bins().len()];
    let claim = Claim { bound, scale: 1, shared, components: vec![component], ..Claim::default() };
    let budget = Budget::new(&Options::default(), 10_000_000, &Silent);
    check(problem, None, &Certificate { claims: vec![claim] }, &budget)
}

/// Changes something in a node, so that it may prove more than is true.
fn spoil(node: &mut Node, random: &mut Random) {
    match node {
        Node::Fluid { classes, unions, capacity } => {
            if random.chance(400) {
                // a union more, or one that says more
                let some: Vec<usize> = (0..classes.len()).filter(|_| random.chance(500)).collect();
                let presence = (*capacity / (1 + random.below(6))) as i64 * if random.chance(500) { 1 } else { -1 };
                match unions.last_mut() {
                    Some(union) if random.chance(300) => union.presence += presence,
                    Some(union) if random.chance(500) => union.classes = some,
                    _ => unions.push(FluidUnion { classes: some, presence }),
                }
                return;
            }
            let at = random.index(classes.len());
            let FluidClass { items, prices, presence } = &mut classes[at];
            match random.below(5) {
                0 => *capacity = (*capacity * (900 + random.below(100)) / 1000).max(1),
                1 => *presence += (*capacity / (1 + random.below(4))) as i64,
                2 => *presence -= (*capacity / (1 + random.below(4))) as i64,
                3 => {
                    items.pop();
                }
                _ => {
                    let q = random.index(prices.len());
                    prices[q] += *capacity / (1 + random.below(20));
                }
            }
        }
        Node::Presence { items, most, few, many } => match random.below(4) {
            0 => *most += 1,
            1 => *most = most.saturating_sub(1),
            2 => std::mem::swap(few, many),
            _ => {
                items.remove(0);
            }
        },
        _ => {}
    }
}

#[test]
fn no_bound_is_above_the_fewest_and_none_that_was_spoiled() {
    let mut random = Random::new(1);
    let (mut paired, mut raised, mut branched, mut refuted, mut met) = (0, 0, 0, 0, 0);
    for round in 0..3_000 {
        let problem = drawn(&mut random);
        let Some(mut found) = fluid(&problem, 0, 0, &Budget::of_work(100_000_000)) else { continue };
        let fewest = fewest(&problem);
        // what cuts prove, or one more, by branches alone
        let goal = found.lower + round % 2;
        if let Some(nodes) = by_branches(&problem, goal, &Budget::of_work(100_000_000)) {
            assert!(nodes.len() > 1 || goal <= found.lower, "{problem:?}");
            found = Fluid { lower: goal, nodes };
        }
        assert!(found.lower <= fewest, "{problem:?} {found:?} {fewest}");
        met += usize::from(found.lower == fewest);
        raised += 1;
        let over_two = |node: &Node| matches!(node, Node::Fluid { unions, .. } if !unions.is_empty());
        branched += usize::from(found.nodes.len() > 1);
        paired += usize::from(found.nodes.len() > 1 && found.nodes.iter().any(over_two));
        let verified = verdict(&problem, found.lower, &found.nodes);
        assert_eq!(verified, Verdict::Verified { bounds: vec![found.lower] }, "{problem:?} {found:?}");
        for _ in 0..20 {
            let mut nodes = found.nodes.clone();
            let at = random.index(nodes.len());
            spoil(&mut nodes[at], &mut random);
            let bound = found.lower + random.below(3);
            match verdict(&problem, bound, &nodes) {
                Verdict::Verified { .. } => assert!(bound <= fewest, "{problem:?} {nodes:?} {bound} {fewest}"),
                _ => refuted += 1,
            }
        }
    }
    let counts = (raised, branched, paired, refuted, met);
    assert!(raised > 2_000 && branched >= 10 && paired >= 10 && refuted > 10_000 && met > 1_500, "{counts:?}");
}

#[test]
fn the_heaviest_set_is_that_of_all_sets() {
    let mut random = Random::new(2);
    for _ in 0..400 {
        let problem = drawn(&mut random);
        let classes = Classes::of(&problem);
        let mut unit = || random.below(50);
        let units: Vec<Vec<u64>> =
            (0..classes.len()).map(|_| (0..problem.dimensions()).map(|_| unit()).collect()).collect();
        let presence = (0..classes.len()).map(|_| random.below(60) as i64 - 30).collect();
        let unions: Vec<(Union, i64)> = (0..random.index(4))
            .map(|_| {
                let some = (0..classes.len()).filter(|_| random.chance(500)).collect();
                (Union { classes: some, bins: Bins::Least(1) }, random.below(60) as i64 - 20)
            })
            .collect();
        let worth_of = |set: &[usize]| -> i128 {
            let held = unions.iter().filter(|(union, _)| union.classes.iter().any(|class| set.contains(class)));
            held.map(|(_, worth)| i128::from(*worth)).sum()
        };
        let worth = Worth { units, presence, unions: unions.clone() };
        let budget = Budget::of_work(1 << 40);
        for bin in 0..problem.bins().len() {
            let mut best = 0i128;
            for bits in 1u32..1 << classes.len() {
                let set: Vec<usize> = (0..classes.len()).filter(|class| bits >> class & 1 == 1).collect();
                let apart = |&a: &usize| set.iter().any(|&b| a != b && !classes.friends[a].contains(b));
                if set.iter().any(apart) {
                    continue;
                }
                let mut value: i128 = set.iter().map(|&class| i128::from(worth.presence[class])).sum();
                value += worth_of(&set);
                for q in 0..problem.dimensions() {
                    // unit by unit, the dearest first
                    let mut sand: Vec<u64> = set
                        .iter()
                        .flat_map(|&class| vec![worth.units[class][q]; classes.total(bin, class, q) as usize])
                        .collect();
                    sand.sort_unstable_by(|a, b| b.cmp(a));
                    let room = problem.bins()[bin].capacity[q] as usize;
                    value += sand.iter().take(room).map(|&unit| i128::from(unit)).sum::<i128>();
                }
                best = best.max(value);
            }
            let found = heaviest(&classes, bin, &worth, u128::MAX, &budget).unwrap();
            assert_eq!(i128::try_from(found.worth), Ok(best), "{problem:?} {worth:?}");
            let greedy = greedy(&classes, bin, &worth, 0, &budget).unwrap();
            assert!(best > 0 || greedy.is_empty());
            let apart =
                |set: &Vec<usize>| set.iter().any(|&a| set.iter().any(|&b| a < b && !classes.friends[a].contains(b)));
            assert!(!greedy.iter().any(apart), "{greedy:?}");
        }
    }
}

#[test]
fn bytes_are_as_good_as_whole_units() {
    let mut random = Random::new(3);
    let mut bounds = 0;
    for _ in 0..60 {
        let problem = drawn(&mut random);
        let large = |sizes: &[u64]| sizes.iter().map(|size| size << 37).collect::<Vec<u64>>();
        let items = problem.items().iter().map(|item| ItemType { size: large(&item.size), ..item.clone() });
        let bins = problem.bins().iter().map(|bin| BinType { capacity: large(&bin.capacity), ..bin.clone() });
        let bytes = Problem::new(problem.dimensions(), items.collect(), problem.conflicts().clone(), bins.collect());
        // columns that are there already would be found gainful again and again
        let budget = || Budget::of_work(3_000_000);
        let lower = |problem: &Problem| fluid(problem, 0, 0, &budget()).map(|found| found.lower);
        let bound = lower(&problem);
        assert_eq!(lower(&bytes.expect("small")), bound, "{problem:?}");
        bounds += bound.unwrap_or(0);
    }
    assert!(bounds > 60, "{bounds}");
}

/// So many classes that all distrust one another, of one item each that takes one of so much room.
fn crowd(classes: usize, room: u64) -> Problem {
    let mut conflicts = BitMatrix::new(classes);
    (0..classes).for_each(|a| (0..a).for_each(|b| conflicts.insert(a, b)));
    let item = |class| ItemType { size: vec![1], demand: 1, class, eligible: BinSet::all(1) };
    let bins = vec![BinType { capacity: vec![room], cost: 1, max_count: None }];
    Problem::new(1, (0..classes).map(item).collect(), conflicts, bins).expect("small")
}

#[test]
fn a_class_takes_a_bin_however_little_it_is() {
    let problem = crowd(10, 1_000);
    let budget = Budget::of_work(100_000_000);
    let single = |at: usize| Pattern { bin: 0, items: vec![(at, 1)], count: 1 };
    let start = Solution { patterns: (0..10).map(single).collect() };
    for guide in [Guide::Mixed, Guide::Sand] {
        let fluids = Fluids::of(&problem, guide);
        let mut dive = fluids.dive(&start, 0);
        assert!(dive.take_up_to(8, &budget).unwrap() > 1.9, "{guide:?}");
        assert!(dive.take_up_to(10, &budget).unwrap() < 1e-4, "{guide:?}");
        assert!(dive.bins().len() == 10 && dive.take_up_to(7, &budget).unwrap() > 2.9, "{guide:?}");
        assert_eq!(dive.bins().len(), 7, "{guide:?}");
    }
    // in bulk nearly nothing is left
    let bulk = Fluids::of(&problem, Guide::Bulk);
    assert!(bulk.dive(&start, 0).take_up_to(8, &budget).unwrap() < 0.1);
    // the bound knows it, too
    assert_eq!(fluid(&problem, 1, 0, &budget).map(|found| found.lower), Some(10));
}

/// One class of items that take the one resource or the other, and two, which distrust one another, of those that take one of them.
fn two_sorts() -> Problem {
    let mut conflicts = BitMatrix::new(3);
    conflicts.insert(1, 2);
    let item = |(size, class): (Vec<u64>, usize)| ItemType { size, demand: 10, class, eligible: BinSet::all(1) };
    let items = [(vec![9, 1], 0), (vec![1, 9], 0), (vec![9, 1], 1), (vec![1, 9], 2)].map(item).to_vec();
    let bins = vec![BinType { capacity: vec![10, 10], cost: 1, max_count: None }];
    Problem::new(2, items, conflicts, bins).expect("small")
}

#[test]
fn a_bin_may_hold_more_of_one_sort_of_a_class_than_of_another() {
    let problem = two_sorts();
    let budget = Budget::of_work(1_000_000_000);
    let start = Solution { patterns: (0..4).map(|at| Pattern { bin: 0, items: vec![(at, 1)], count: 10 }).collect() };
    assert_eq!(start.check(&problem), Ok(()));
    let fluids = Fluids::of(&problem, Guide::Mixed);
    let mut dive = fluids.dive(&start, 0);
    assert!(dive.take_up_to(20, &budget).unwrap() < 1e-4);
    let found = fill_meant(&problem, dive.kinds(), &dive.bins(), 0, &budget).unwrap();
    assert_eq!(found.bins(), 20);
    // with one bin less some are too full, and count for more from then on
    assert!(dive.take_up_to(19, &budget).unwrap() > 0.9);
    let crowded = fill_meant(&problem, dive.kinds(), &dive.bins(), 0, &Budget::of_work(1_000_000)).unwrap_err();
    assert!(crowded.bins.iter().all(|&bin| bin < 19) && !crowded.bins.is_empty(), "{crowded:?}");
    let spilled = crowded.spilled.unwrap();
    assert_eq!(spilled.check(&problem), Ok(()));
    assert!((20..19 + 10).contains(&spilled.bins()), "{spilled:?}");
    dive.wants_more(&crowded.bins, &budget);
    assert!(dive.take_up_to(20, &budget).unwrap() > 0.01);
}

/// Every item in a bin of its own.
pub(super) fn single(problem: &Problem) -> Solution {
    let single = |at: usize| Pattern { bin: 0, items: vec![(at, 1)], count: problem.items()[at].demand };
    Solution { patterns: (0..problem.items().len()).map(single).collect() }
}

/// Classes of sand that fill so many bins to the brim, in some way: who shares none of these distrusts one another.
pub(super) fn planted(bins: u64, classes: usize, random: &mut Random) -> Problem {
    const ROOM: u64 = 60;
    let mut takes = vec![0; classes];
    let mut conflicts = BitMatrix::new(classes);
    let mut share = vec![vec![false; classes]; classes];
    for _ in 0..bins {
        let some: Vec<usize> = (0..3).map(|_| random.index(classes)).collect();
        let first = random.between(1, ROOM - 2);
        let second = random.between(1, ROOM - 1 - first);
        some.iter().zip([first, second, ROOM - first - second]).for_each(|(&class, part)| takes[class] += part);
        some.iter().for_each(|&a| some.iter().for_each(|&b| share[a][b] = true));
    }
    let pairs = (0..classes).flat_map(|a| (0..a).map(move |b| (a, b)));
    pairs.filter(|&(a, b)| !share[a][b]).for_each(|(a, b)| conflicts.insert(a, b));
    let item = |class| ItemType { size: vec![1], demand: takes[class], class, eligible: BinSet::all(1) };
    let items = (0..classes).filter(|&class| takes[class] > 0).map(item).collect();
    let bins = vec![BinType { capacity: vec![ROOM], cost: 1, max_count: None }];
    Problem::new(1, items, conflicts, bins).expect("small")
}

#[test]
fn further_dives_find_what_the_first_misses() {
    let mut random = Random::new(11);
    let (mut missed, mut found) = (0, 0);
    for _ in 0..60 {
        let bins = random.between(6, 10);
        let problem = planted(bins, 14, &mut random);
        let budget = Budget::of_work(4_000_000_000);
        let start = single(&problem);
        assert_eq!(start.check(&problem), Ok(()));
        let fluids = Fluids::of(&problem, Guide::Mixed);
        let mut dive = fluids.dive(&start, 0);
        // all bins are full: with one less one is left, whatever is taken
        assert!(dive.take_up_to(bins - 1, &budget).unwrap() > 0.999, "{problem:?}");
        assert!(dive.search(bins - 1, 20, &budget).is_none_or(|left| left > 0.999), "{problem:?}");
        let first = dive.take_up_to(bins, &budget).unwrap();
        if first < 1e-5 {
            continue;
        }
        missed += 1;
        let Some(left) = dive.search(bins, 300, &budget) else { continue };
        assert!(left < first, "{left} {first}");
        assert_eq!(dive.bins().len() as u64, bins);
        if left < 1e-5 {
            found += 1;
            let packed = fill_meant(&problem, dive.kinds(), &dive.bins(), 0, &budget).unwrap();
            assert_eq!((packed.check(&problem), packed.bins()), (Ok(()), bins));
        }
    }
    assert!(missed > 10 && found * 10 > missed * 9, "{found} of {missed}");
}
