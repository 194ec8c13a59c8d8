use super::*;
use crate::budget::{Options, Silent};
use crate::problem::random::Random;
use crate::problem::{BinType, BitMatrix, ItemType};

fn random(random: &mut Random) -> Problem {
    let (dimensions, kinds, classes) = (1 + random.index(3), 1 + random.below(2), 1 + random.below(4));
    let bins: Vec<BinType> = (0..kinds)
        .map(|_| BinType {
            capacity: (0..dimensions).map(|_| 4 + random.below(8)).collect(),
            cost: random.below(5),
            max_count: None,
        })
        .collect();
    let mut conflicts = BitMatrix::new(classes as usize);
    for a in 0..classes {
        for b in 0..=a {
            if random.below(4) == 0 {
                conflicts.insert(a as usize, b as usize);
            }
        }
    }
    let items = (0..1 + random.below(4)).map(|_| {
        let eligible = (0..bins.len()).filter(|_| random.below(4) > 0).collect();
        ItemType {
            size: (0..dimensions).map(|_| random.below(6)).collect(),
            demand: 1 + random.below(3),
            class: random.below(classes) as usize,
            eligible,
        }
    });
    let items = items.collect();
    Problem::new(dimensions, items, conflicts, bins).unwrap()
}

/// The heaviest bin of type `bin`, by trying every content.
fn heaviest(problem: &Problem, bin: usize, weights: &[u64]) -> u128 {
    fn go(problem: &Problem, bin: usize, weights: &[u64], held: &mut Vec<u64>) -> u128 {
        let item = held.len();
        if item == problem.items().len() {
            return weights.iter().zip(held).map(|(&w, n)| u128::from(w) * u128::from(*n)).sum();
        }
        let mut best = 0;
        for copies in 0..=problem.items()[item].demand {
            held.push(copies);
            let load = |q: usize| -> u64 { held.iter().zip(problem.items()).map(|(n, i)| n * i.size[q]).sum() };
            let fits = (0..problem.dimensions()).all(|q| load(q) <= problem.bins()[bin].capacity[q]);
            let clash =
                (0..=item).any(|a| held[a] > 0 && copies > 0 && (a < item || copies > 1) && problem.conflict(a, item));
            let open = copies == 0 || problem.items()[item].eligible.contains(bin);
            if fits && !clash && open {
                best = best.max(go(problem, bin, weights, held));
            }
            held.pop();
        }
        best
    }
    go(problem, bin, weights, &mut Vec::new())
}

fn sound(problem: &Problem, prices: &[u64], bound: &Bound) {
    let (weights, capacity) = match &bound.node {
        Node::Weights { weights, capacity } => (weights, *capacity),
        Node::Resources { weights, capacity, prices: lambda, divisor } => {
            for (bin, &price) in problem.bins().iter().zip(prices) {
                let room: u128 = bin.capacity.iter().zip(lambda).map(|(&c, &l)| u128::from(c) * u128::from(l)).sum();
                assert!(room <= u128::from(*divisor) * u128::from(*capacity) * u128::from(price));
            }
            for (item, &weight) in problem.items().iter().zip(weights) {
                let worth: u128 = item.size.iter().zip(lambda).map(|(&s, &l)| u128::from(s) * u128::from(l)).sum();
                assert!(u128::from(*divisor) * u128::from(weight) <= worth);
            }
            (weights, *capacity)
        }
        Node::Unplaceable { item } => {
            assert!((0..problem.bins().len()).all(|bin| !problem.fits_alone(*item, bin)));
            return;
        }
        Node::Cover { rows } => {
            // each row is a resource here
            assert!(rows.iter().all(|row| row.iter().sum::<u64>() == 1));
            let least = cover::tests::least(problem, prices);
            return assert!(least.is_none_or(|least| bound.value <= least), "{problem:?} {bound:?}");
        }
        _ => panic!("of no bound here"),
    };
    for (bin, &price) in prices.iter().enumerate() {
        let most = u128::from(capacity) * u128::from(price);
        assert!(heaviest(problem, bin, weights) <= most, "{problem:?} {bound:?} bin {bin}");
    }
    assert!(bound.value <= weighed(problem, weights, capacity).unwrap());
}

#[test]
fn every_witness_holds() {
    let mut source = Random::new(7);
    let options = Options::default();
    let budget = Budget::new(&options, u64::MAX / 4, &Silent);
    for round in 0..1_500 {
        let problem = random(&mut source);
        let prices: Vec<u64> = problem.bins().iter().map(|bin| if round % 2 == 0 { 1 } else { bin.cost }).collect();
        let bounds = [
            capacity(&problem, &prices, &budget),
            capacity_by_eligibility(&problem, &prices, &budget),
            dual_feasible(&problem, &prices, &budget),
            clique(&problem, &prices, &budget),
            Some(best(&problem, &prices, &budget)),
        ];
        bounds.iter().flatten().for_each(|bound| sound(&problem, &prices, bound));
    }
}

#[test]
fn what_is_roomy_in_one_resource_counts_no_more_than_it_has_of_the_other() {
    let problem = |capacities: &[[u64; 2]]| {
        let mut builder = Problem::builder(2);
        for capacity in capacities {
            builder.bin(capacity);
        }
        let class = builder.class();
        builder.item(&[1, 0], 8, class);
        builder.item(&[0, 1], 8, class);
        builder.build().unwrap()
    };
    let budget = Budget::new(&Options::default(), 1_000_000, &Silent);
    let bins = |capacities: &[[u64; 2]]| best(&problem(capacities), &vec![1; capacities.len()], &budget);
    // 8 of each resource: a bin of one of the two has enough of one, and two of them have of both
    assert_eq!(bins(&[[9, 7], [7, 9]]).value, 2);
    assert!(matches!(bins(&[[9, 7], [7, 9]]).node, Node::Cover { .. }));
    assert_eq!(bins(&[[9, 7], [7, 9], [8, 8]]).value, 1);
    assert_eq!(bins(&[[9, 3], [3, 9], [6, 4]]).value, 2);
}

#[test]
fn sizes_and_prices_beyond_all_measure_give_no_bound() {
    let bin = BinType { capacity: vec![1 << 60], cost: 1, max_count: None };
    let item = |eligible: &[usize]| ItemType {
        size: vec![1 << 60],
        demand: 1,
        class: 0,
        eligible: eligible.iter().copied().collect(),
    };
    let items = vec![item(&[0]), item(&[0, 1])];
    let problem = Problem::new(1, items, BitMatrix::new(1), vec![bin.clone(), bin]).unwrap();
    let options = Options::default();
    let budget = Budget::new(&options, 1_000_000, &Silent);
    assert!(capacity_by_eligibility(&problem, &[1 << 60, 1 << 60], &budget).is_none());
    assert_eq!(capacity_by_eligibility(&problem, &[1, 1], &budget).unwrap().value, 2);
}

#[test]
fn the_functions_beat_the_sand() {
    let mut builder = Problem::builder(1);
    builder.bin(&[10]);
    let class = builder.class();
    builder.item(&[6], 3, class);
    let problem = builder.build().unwrap();
    let options = Options::default();
    let budget = Budget::new(&options, 1_000_000, &Silent);
    assert_eq!(capacity(&problem, &[1], &budget).unwrap().value, 2);
    assert_eq!(dual_feasible(&problem, &[1], &budget).unwrap().value, 3);
}

#[test]
fn limited_types_fill_first() {
    let mut builder = Problem::builder(1);
    builder.bin_type(BinType { capacity: vec![100], cost: 10, max_count: Some(2) });
    builder.bin_type(BinType { capacity: vec![10], cost: 3, max_count: None });
    let class = builder.class();
    builder.item(&[5], 48, class);
    let problem = builder.build().unwrap();
    // 240 = 2 * 100 + 4 * 10
    assert_eq!(fewest(&problem).unwrap().bound, 6);
    assert_eq!(least_cost(&problem, 6).unwrap().bound, 32);
}

#[test]
fn too_few_bins_are_too_few() {
    let options = Options::default();
    let budget = Budget::new(&options, 1_000_000, &Silent);
    let mut builder = Problem::builder(1);
    builder.bin_type(BinType { capacity: vec![10], cost: 1, max_count: Some(2) });
    let class = builder.class();
    builder.item(&[4], 4, class);
    assert_eq!(infeasible(&builder.build().unwrap(), &budget), None);
    builder.item(&[5], 1, class);
    assert!(infeasible(&builder.build().unwrap(), &budget).is_some());
    let mut builder = Problem::builder(1);
    builder.bin_type(BinType { capacity: vec![10], cost: 1, max_count: Some(2) });
    let class = builder.class();
    builder.conflict(class, class).item(&[1], 3, class);
    assert!(infeasible(&builder.build().unwrap(), &budget).is_some());
}
