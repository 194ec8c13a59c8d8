//! Against all placements, one by one.

use super::*;
use crate::budget::Budget;
use crate::problem::random::Random;

/// Whether a placement holds: every pod once, no node beyond what it offers, no shape beyond its maximum, and no more
/// nodes counted than the minimums and `further`.
fn holds(shapes: &[Shape], kinds: &[Kind], further: u64, nodes: &[Node]) -> bool {
    let mut placed = vec![0u128; kinds.len()];
    for node in nodes {
        let Some(shape) = shapes.get(node.shape) else { return false };
        for (resource, &offer) in shape.node.iter().enumerate() {
            let load = |&(kind, pods): &(usize, u64)| u128::from(pods) * u128::from(kinds[kind].pod[resource]);
            if offer != UNLIMITED && node.pods.iter().map(load).sum::<u128>() > u128::from(offer) {
                return false;
            }
        }
        for &(kind, pods) in &node.pods {
            placed[kind] += u128::from(pods) * u128::from(node.count);
        }
    }
    let used = |shape: usize| nodes.iter().filter(|node| node.shape == shape).map(|node| node.count).sum::<u64>();
    let mins: u64 = shapes.iter().map(|shape| shape.min).sum();
    placed.iter().zip(kinds).all(|(&placed, kind)| placed == u128::from(kind.count))
        && shapes.iter().enumerate().all(|(index, shape)| used(index) <= shape.max)
        && counted(shapes, nodes) <= mins.saturating_add(further)
}

/// The fewest nodes counted, by putting every pod on every node in turn.
fn exhaustive(shapes: &[Shape], kinds: &[Kind], further: u64) -> Option<u64> {
    let mut nodes: Vec<(usize, Vec<u64>, bool)> = Vec::new();
    for (index, shape) in shapes.iter().enumerate() {
        for _ in 0..shape.max {
            nodes.push((index, shape.node.clone(), false));
        }
    }
    let pods: Vec<&Vec<u64>> =
        kinds.iter().flat_map(|kind| std::iter::repeat_n(&kind.pod, kind.count as usize)).collect();
    let mut best = None;
    place(shapes, &pods, &mut nodes, &mut best);
    let mins: u64 = shapes.iter().map(|shape| shape.min).sum();
    best.filter(|&best| best <= mins + further)
}

fn place(shapes: &[Shape], pods: &[&Vec<u64>], nodes: &mut Vec<(usize, Vec<u64>, bool)>, best: &mut Option<u64>) {
    let Some((pod, rest)) = pods.split_first() else {
        let used = |shape: usize| nodes.iter().filter(|node| node.0 == shape && node.2).count() as u64;
        let value = shapes.iter().enumerate().map(|(index, shape)| used(index).max(shape.min)).sum();
        *best = Some(best.map_or(value, |best: u64| best.min(value)));
        return;
    };
    for index in 0..nodes.len() {
        let before = nodes[index].clone();
        let fits = before.1.iter().zip(*pod).all(|(&room, &pod)| room == UNLIMITED || room >= pod);
        if !fits {
            continue;
        }
        for (room, &pod) in nodes[index].1.iter_mut().zip(*pod).filter(|(room, _)| **room != UNLIMITED) {
            *room -= pod;
        }
        nodes[index].2 = true;
        place(shapes, rest, nodes, best);
        nodes[index] = before;
    }
}

fn draw(random: &mut Random, most_pods: u64) -> (Vec<Shape>, Vec<Kind>, u64) {
    let resources = 1 + random.index(3);
    let amount = |random: &mut Random| if random.chance(60) { UNLIMITED } else { random.below(13) };
    let shapes: Vec<Shape> = (0..1 + random.index(3))
        .map(|_| {
            let max = 1 + random.below(2);
            let node = (0..resources).map(|_| amount(random)).collect();
            Shape { node, min: if random.chance(300) { random.below(max + 1) } else { 0 }, max }
        })
        .collect();
    let mut left = 1 + random.below(most_pods);
    let mut kinds = Vec::new();
    while left > 0 {
        let count = 1 + random.below(left);
        kinds.push(Kind { pod: (0..resources).map(|_| random.below(8)).collect(), count });
        left -= count;
    }
    (shapes, kinds, random.below(5))
}

#[test]
fn as_few_nodes_as_all_placements_allow() {
    let (mut found, mut impossible) = (0, 0);
    for seed in 0..6_000 {
        let random = &mut Random::new(seed);
        let (shapes, kinds, further) = draw(random, 6);
        let truth = exhaustive(&shapes, &kinds, further);
        match pack(&shapes, &kinds, further, &Budget::of_work(10_000_000)) {
            Packed::Found(nodes) => {
                assert!(holds(&shapes, &kinds, further, &nodes), "seed {seed}: {nodes:?}\n{shapes:?}\n{kinds:?}");
                assert_eq!(Some(counted(&shapes, &nodes)), truth, "seed {seed}: {nodes:?}\n{shapes:?}\n{kinds:?}");
                let used: u64 = nodes.iter().map(|node| node.count).sum();
                assert!(fewest(&shapes, &kinds).is_some_and(|least| least <= used), "seed {seed}");
                found += 1;
            }
            Packed::Impossible => {
                assert_eq!(truth, None, "seed {seed}\n{shapes:?}\n{kinds:?}\nfurther {further}");
                impossible += 1;
            }
            Packed::NotFound => panic!("seed {seed}: the work should have sufficed"),
        }
    }
    assert!(found > 1_000 && impossible > 1_000, "{found} {impossible}");
}

#[test]
fn pods_of_more_than_half_a_node_take_one_each() {
    let shapes = [Shape { node: vec![4_000, 16], min: 0, max: 40 }];
    let of = |cpu: u64, count: u64| Kind { pod: vec![cpu, 1], count };
    for (kinds, least) in [
        (vec![of(2_100, 3), of(2_200, 2)], 5),
        (vec![of(1_400, 3), of(2_200, 2), of(1_500, 3)], 4),
        (vec![of(3_000, 2), of(900, 3), of(1_001, 1)], 3),
        (vec![of(0, 12), of(4_000, 1)], 1),
    ] {
        assert_eq!(fewest(&shapes, &kinds), Some(least), "{kinds:?}");
        // no more than it takes
        assert!(exhaustive(&[Shape { max: least, ..shapes[0].clone() }], &kinds, u64::MAX).is_some(), "{kinds:?}");
    }
    assert_eq!(fewest(&[Shape { max: 9, ..shapes[0].clone() }], &[of(2_100, 5), of(2_200, 5)]), None);
}

#[test]
fn little_work_finds_less_and_never_lies() {
    let mut missed = 0;
    for seed in 0..3_000 {
        let random = &mut Random::new(seed ^ 0xabcd);
        let (shapes, kinds, further) = draw(random, 6);
        let budget = Budget::of_work(random.below(60));
        match pack(&shapes, &kinds, further, &budget) {
            Packed::Found(nodes) => assert!(holds(&shapes, &kinds, further, &nodes), "seed {seed}"),
            Packed::Impossible => assert_eq!(exhaustive(&shapes, &kinds, further), None, "seed {seed}"),
            Packed::NotFound => missed += 1,
        }
    }
    assert!(missed > 50, "{missed}");
}

/// By every sum five nodes are enough, and the fillings need six. Fifty million steps through all placements did not say which.
#[test]
fn what_the_fillings_leave_open_is_decided_with_little_work() {
    let pods = [
        (500, 2, 2),
        (1_000, 1, 3),
        (250, 2, 3),
        (1_500, 1, 9),
        (1_500, 8, 1),
        (500, 1, 5),
        (1_500, 2, 8),
        (500, 8, 9),
    ];
    let kinds = pods.map(|(cpu, memory, count)| Kind { pod: vec![cpu, memory << 28, 1], count });
    let nodes = |max| [Shape { node: vec![7_900, 34_254_880_768, 109], min: 1, max }];
    assert_eq!(fewest(&nodes(5), &kinds), Some(5));
    assert_eq!(pack(&nodes(5), &kinds, u64::MAX, &Budget::of_work(50_000)), Packed::Impossible);
    let Packed::Found(found) = pack(&nodes(6), &kinds, 5, &Budget::of_work(50_000)) else { panic!("six do") };
    assert!(holds(&nodes(6), &kinds, 5, &found));
}

#[test]
fn many_equal_pods_cost_no_more_than_few() {
    let shapes = [Shape { node: vec![4_000, 16_000, 110], min: 0, max: 20_000 }];
    let kinds = [
        Kind { pod: vec![1_100, 1_000, 1], count: 50_000 },
        Kind { pod: vec![300, 200, 1], count: 30_001 },
        Kind { pod: vec![50, 50, 1], count: 7 },
    ];
    let packed = pack(&shapes, &kinds, u64::MAX, &Budget::of_work(10_000));
    let Packed::Found(nodes) = packed else { panic!("there is room") };
    assert!(holds(&shapes, &kinds, u64::MAX, &nodes));
    assert!(nodes.len() < 10, "{nodes:?}");
    // three of the largest a node
    assert_eq!(counted(&shapes, &nodes), 16_667);
}

#[test]
fn pods_that_take_most_of_one_resource_leave_room_for_those_of_another() {
    let gib = 1u64 << 30;
    let kind = |cpu: u64, memory: u64, count: u64| Kind { pod: vec![cpu, memory * gib / 8, 1], count };
    // filled one after the other, seven of nine nodes are full of processors and half empty of memory, which the others lack
    let kinds = [
        kind(100, 8, 14),
        kind(500, 1, 2),
        kind(250, 8, 3),
        kind(250, 16, 23),
        kind(250, 1, 6),
        kind(500, 16, 3),
        kind(250, 4, 30),
        kind(1000, 8, 21),
        kind(100, 16, 32),
        kind(1000, 16, 32),
        kind(1000, 1, 23),
        kind(1000, 4, 29),
    ];
    let shapes = [Shape { node: vec![15_500, 60 * gib, 110], min: 0, max: 9 }];
    let budget = Budget::of_work(200_000);
    let Packed::Found(nodes) = pack(&shapes, &kinds, u64::MAX, &budget) else { panic!("found") };
    assert!(holds(&shapes, &kinds, u64::MAX, &nodes));
}
