//! Plans against plain first fit and best fit decreasing, written down as they are taught.

use super::*;
use crate::budget::{Options, Silent};
use crate::problem::generate::{Graph, Instance, Sizes, TenantFleet};

fn budget(work: u64) -> Budget<'static> {
    Budget::new(&Options::default(), work, &Silent)
}

/// Bins that first fit (or best fit, by the sum of the shares left) takes for the copies one by one, by falling key.
/// One bin type only.
fn plain(problem: &Problem, keys: &[f64], best: bool) -> u64 {
    let capacity = &problem.bins()[0].capacity;
    let mut order: Vec<usize> = (0..problem.items().len()).collect();
    order.sort_by(|&a, &b| keys[b].total_cmp(&keys[a]).then(a.cmp(&b)));
    let mut bins: Vec<(Vec<u64>, Vec<usize>)> = Vec::new();
    for item in order {
        let size = &problem.items()[item].size;
        for _ in 0..problem.items()[item].demand {
            let takes = |bin: &(Vec<u64>, Vec<usize>)| {
                bin.0.iter().zip(size).all(|(room, size)| room >= size)
                    && bin.1.iter().all(|&other| !problem.conflict(item, other))
            };
            let room = |bin: usize| -> f64 {
                bins[bin].0.iter().zip(capacity).map(|(&room, &most)| room as f64 / most as f64).sum()
            };
            let fitting = (0..bins.len()).filter(|&bin| takes(&bins[bin]));
            let chosen = match best {
                true => fitting.min_by(|&a, &b| room(a).total_cmp(&room(b)).then(a.cmp(&b))),
                false => fitting.min(),
            };
            let chosen = chosen.unwrap_or_else(|| {
                bins.push((capacity.clone(), Vec::new()));
                bins.len() - 1
            });
            bins[chosen].0.iter_mut().zip(size).for_each(|(room, size)| *room -= size);
            bins[chosen].1.push(item);
        }
    }
    bins.len() as u64
}

/// No plan has more bins than the plain methods need, by the sum of the shares and by the largest.
fn never_worse(name: &str, problem: &Problem) {
    let shape = Shape::new(problem, 1);
    let found = construct(problem, 1, 1, &budget(60_000 * problem.items().len() as u64 + 10_000_000));
    let bins = found.best.unwrap_or_else(|| panic!("no plan for {name}")).bins();
    for (key, keys) in [("sum", order::sum(&shape)), ("largest", shape.ratio.clone())] {
        for best in [false, true] {
            let plain = plain(problem, &keys, best);
            assert!(bins <= plain, "{name}: {bins}, by the {key} {plain}, best fit {best}");
        }
    }
}

const SIZES: [Sizes; 7] = [
    Sizes::Uniform,
    Sizes::Triplets,
    Sizes::Small,
    Sizes::Large,
    Sizes::VectorUniform(2),
    Sizes::VectorSmall(3),
    Sizes::VectorOpposed(2),
];

#[test]
fn small_plans_are_never_worse_than_the_plain_methods() {
    for (seed, sizes) in SIZES.into_iter().enumerate() {
        for graph in [Graph::Empty, Graph::Threshold(300), Graph::Random(100)] {
            let problem = Instance { items: 100, sizes, graph }.build(seed as u64).unwrap();
            never_worse(&format!("{sizes:?} {graph:?}"), &problem);
        }
    }
}

/// Item types of sizes up to 1/`most` of the bin, hardly two alike, with so many pairs in 10,000 in conflict.
fn fine(items: usize, dimensions: usize, most: u64, conflicts: u64, seed: u64) -> Problem {
    let mut random = Random::new(seed);
    let mut builder = Problem::builder(dimensions);
    builder.bin(&vec![1_000_000_000; dimensions]);
    let class = builder.class();
    for item in 0..items {
        let own = if conflicts == 0 { class } else { builder.class() };
        for other in 0..item {
            if conflicts > 0 && random.below(10_000) < conflicts {
                builder.conflict(own, 1 + other);
            }
        }
        let size: Vec<u64> = (0..dimensions).map(|_| random.between(1, 1_000_000_000 / most)).collect();
        builder.item(&size, 1, own);
    }
    builder.build().unwrap()
}

#[test]
fn large_plans_are_never_worse_than_the_plain_methods() {
    // as many types and bins as the small portfolio is not for
    for (items, dimensions, most, conflicts) in
        [(2_500, 1, 2, 0), (2_200, 1, 2, 100), (4_000, 1, 4, 0), (2_500, 2, 3, 0), (2_300, 3, 2, 50)]
    {
        let problem = fine(items, dimensions, most, conflicts, 1);
        assert!(scan(&Shape::new(&problem, 1)) > SMALL_SCAN);
        never_worse(&format!("{items} in {dimensions}, 1/{most}, {conflicts}"), &problem);
    }
}

#[test]
fn a_look_by_room_finds_what_a_look_at_every_bin_finds() {
    let mut problems: Vec<(String, Problem)> = Vec::new();
    for (seed, sizes) in SIZES.into_iter().enumerate() {
        for graph in [Graph::Empty, Graph::Threshold(300), Graph::Random(400)] {
            let problem = Instance { items: 150, sizes, graph }.build(seed as u64).unwrap();
            problems.push((format!("{sizes:?} {graph:?}"), problem));
        }
    }
    for bin_types in [1, 3] {
        let fleet = TenantFleet { workloads: 900, tenants: 30, distrust: 100, bin_types, ..TenantFleet::default() };
        problems.push((format!("{fleet:?}"), fleet.build(1).unwrap()));
    }
    for (name, problem) in problems {
        let shape = Shape::new(&problem, 1);
        for share in [1.0, 0.6] {
            let order = order::falling(&order::size_and_degree(&shape, share));
            for fit in [Fit::First, Fit::Best] {
                let [every, by_room] = [EVERY, Reach::ByRoom(u64::MAX)]
                    .map(|reach| first_fit::pack(&shape, &order, fit, reach, &budget(u64::MAX >> 2)));
                assert_eq!(every, by_room, "{name} {fit:?} {share}");
            }
        }
    }
}

#[test]
fn a_look_by_room_keeps_to_its_steps() {
    let sizes = fine(20_000, 1, 2, 0, 1);
    let conflicts = fine(1_000, 2, 4, 9_000, 1);
    // without conflicts the logarithm is enough, whatever it may take; with them patience ends the look
    for (problem, patience, each) in [(&sizes, u64::MAX, 100), (&conflicts, 100, 200)] {
        let shape = Shape::new(problem, 1);
        let order = order::falling(&shape.area);
        for fit in [Fit::First, Fit::Best] {
            let own = budget(u64::MAX >> 2);
            let found = first_fit::pack(&shape, &order, fit, Reach::ByRoom(patience), &own).unwrap();
            assert_eq!(found.check(problem), Ok(()));
            assert!(own.spent() <= each * shape.len() as u64, "{fit:?} {}", own.spent());
        }
    }
}
