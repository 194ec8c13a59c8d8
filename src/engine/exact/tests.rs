//! The exact engine on tiny problems, against a search through all packings.

use super::*;
use crate::budget::{Budget, Options, Silent, Step};
use crate::certify::Node;
use crate::pricing::tests::random_problem;
use crate::pricing::{Case, Effort, Pricer};
use crate::problem::random::Random;
use crate::problem::{BinType, ItemType, Pattern, Problem, Solution};

/// Least value of a packing, by putting copy after copy into every open bin or a new one.
fn optimum(problem: &Problem, goal: &Goal) -> Option<u64> {
    struct Bin {
        kind: usize,
        load: Vec<u64>,
        items: Vec<usize>,
    }
    fn place(
        problem: &Problem,
        goal: &Goal,
        copies: &[usize],
        at: usize,
        bins: &mut Vec<Bin>,
        value: u64,
        best: &mut Option<u64>,
    ) {
        if best.is_some_and(|best| value >= best) || goal.bins.is_some_and(|most| bins.len() as u64 > most) {
            return;
        }
        let Some(&item) = copies.get(at) else {
            if goal.bins.is_none_or(|exactly| bins.len() as u64 == exactly) {
                *best = Some(value);
            }
            return;
        };
        let size = &problem.items()[item].size;
        for index in 0..bins.len() {
            let bin = &bins[index];
            let legal = problem.items()[item].eligible.contains(bin.kind)
                && bin.items.iter().all(|&other| !problem.conflict(item, other))
                && bin.load.iter().zip(size).zip(&problem.bins()[bin.kind].capacity).all(|((a, b), cap)| a + b <= *cap);
            if legal {
                bins[index].items.push(item);
                bins[index].load.iter_mut().zip(size).for_each(|(load, size)| *load += size);
                place(problem, goal, copies, at + 1, bins, value, best);
                bins[index].items.pop();
                bins[index].load.iter_mut().zip(size).for_each(|(load, size)| *load -= size);
            }
        }
        for kind in 0..problem.bins().len() {
            let used = bins.iter().filter(|bin| bin.kind == kind).count() as u64;
            if problem.fits_alone(item, kind) && problem.bins()[kind].max_count.is_none_or(|most| used < most) {
                bins.push(Bin { kind, load: size.clone(), items: vec![item] });
                place(problem, goal, copies, at + 1, bins, value + goal.prices[kind], best);
                bins.pop();
            }
        }
    }
    let copies: Vec<usize> =
        (0..problem.items().len()).flat_map(|item| vec![item; problem.items()[item].demand as usize]).collect();
    let mut best = None;
    place(problem, goal, &copies, 0, &mut Vec::new(), 0, &mut best);
    best
}

/// One copy a bin, each in the first type that holds it.
fn one_each(problem: &Problem) -> Option<Solution> {
    let patterns = (0..problem.items().len())
        .map(|item| {
            let bin = (0..problem.bins().len()).find(|&bin| problem.fits_alone(item, bin))?;
            Some(Pattern { bin, items: vec![(item, 1)], count: problem.items()[item].demand })
        })
        .collect::<Option<Vec<_>>>()?;
    Some(Solution { patterns })
}

/// Replays a tree: every leaf's weights must prove `bound`.
fn replay(case: &Case, goal: &Goal, nodes: &[Node], at: usize, bound: u64) {
    let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
    match &nodes[at] {
        Node::Weights { weights, capacity } => {
            assert_eq!(weights.len(), case.len());
            for bin in 0..case.bins().len() {
                let effort = Effort { nodes: u64::MAX, diverse: false, exact: true };
                let priced = Pricer::new(case, bin).heaviest(weights, case.demand(), 0, effort, &[], &budget).unwrap();
                assert!(priced.bound <= capacity * goal.prices[bin]);
            }
            let total: u64 = weights.iter().zip(case.demand()).map(|(weight, demand)| weight * demand).sum();
            assert!(total.div_ceil(*capacity) >= bound);
        }
        Node::Branch { a, b, together, apart } => {
            let together = together.unwrap();
            assert!(together < at && *apart < at);
            replay(&case.together(*a, *b).unwrap(), goal, nodes, together, bound);
            replay(&case.apart(*a, *b), goal, nodes, *apart, bound);
        }
        other => panic!("{other:?}"),
    }
}

fn agree(random: &mut Random, rounds: usize, without: &[Step]) {
    let mut trees = 0;
    for round in 0..rounds {
        let problem = random_problem(random, 6, 3, 2);
        let Some(start) = one_each(&problem) else { continue };
        if problem.copies() > 8 {
            continue;
        }
        let prices = match random.below(3) {
            0 => problem.bins().iter().map(|bin| bin.cost).collect(),
            _ => vec![1; problem.bins().len()],
        };
        let goal = Goal { prices, bins: None };
        let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
        let options = Options { without: without.to_vec(), seed: round as u64, ..Options::default() };
        let best = optimum(&problem, &goal).unwrap();
        let closed = close_gap(&problem, &goal, &start, &[], 0, &options, &budget);
        let value = goal.value(closed.solution.as_ref().unwrap_or(&start));
        assert_eq!((closed.lower, value), (best, best), "round {round}: {problem:?} {goal:?}");
        if best > 0 {
            replay(&Case::new(&problem), &goal, &closed.nodes, closed.nodes.len() - 1, best);
            trees += usize::from(closed.nodes.len() > 1);
        }
    }
    assert!(trees > 0);
}

#[test]
fn tiny_problems_are_proved_by_the_tree_alone() {
    agree(&mut Random::new(11), 2_000, &Step::SEARCHES);
}

#[test]
fn tiny_problems_are_proved_with_dives() {
    agree(&mut Random::new(12), 1_000, &[]);
}

/// Replays the tree with the charges and adds up what they prove.
fn check_charges(problem: &Problem, goal: &Goal, closed: &Closed) -> usize {
    if closed.nodes.is_empty() {
        return 0;
    }
    let charge = |(bin, &price): (usize, &u64)| {
        assert!(closed.shared[bin] == 0 || problem.bins()[bin].max_count.is_some());
        let charge = i128::from(closed.scale) * i128::from(price) + i128::from(closed.shared[bin]) + closed.offset;
        u64::try_from(charge).unwrap()
    };
    let charged = Goal { prices: goal.prices.iter().enumerate().map(charge).collect(), bins: None };
    assert!(goal.bins.is_some() || closed.offset == 0);
    replay(&Case::new(problem), &charged, &closed.nodes, closed.nodes.len() - 1, closed.charged);
    let rebate: i128 = (problem.bins().iter().zip(&closed.shared))
        .map(|(bin, &shared)| i128::from(shared) * i128::from(bin.max_count.unwrap_or(0)))
        .sum::<i128>()
        + closed.offset * i128::from(goal.bins.unwrap_or(0));
    let proved = i128::from(closed.charged) - rebate;
    assert!(proved > i128::from(closed.scale) * (i128::from(closed.lower) - 1));
    1
}

#[test]
fn maximum_counts_and_fixed_numbers_are_kept() {
    let mut random = Random::new(13);
    let (mut bound, mut trees) = (0, 0);
    for round in 0..2_000 {
        let free = random_problem(&mut random, 5, 3, 2);
        if free.copies() > 7 || one_each(&free).is_none() {
            continue;
        }
        let bins: Vec<BinType> = free
            .bins()
            .iter()
            .map(|bin| BinType { max_count: (random.below(2) == 0).then(|| random.below(4)), ..bin.clone() })
            .collect();
        let items: Vec<ItemType> = free.items().to_vec();
        let problem = Problem::new(free.dimensions(), items, free.conflicts().clone(), bins).unwrap();
        let count = Goal::count(&problem);
        let Some(fewest) = optimum(&problem, &count) else { continue };
        let cost = Goal { prices: problem.bins().iter().map(|bin| bin.cost).collect(), bins: Some(fewest) };
        let cheapest = optimum(&problem, &cost).unwrap();
        let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
        let without = if random.below(2) == 0 { Vec::new() } else { Step::SEARCHES.to_vec() };
        let options = Options { without, ..Options::default() };
        // a start that breaks the limits is worth more than any answer, so one must be found
        let start = one_each(&free).unwrap();
        let dear = count.clone();
        if count.value(&start) > fewest {
            let closed = close_gap(&problem, &dear, &start, &[], 0, &options, &budget);
            let value = dear.value(closed.solution.as_ref().unwrap());
            assert_eq!((closed.lower, value), (fewest, fewest), "round {round}: {problem:?}");
            trees += check_charges(&problem, &dear, &closed);
            bound += 1;
        }
        if cost.value(&start) > cheapest {
            let closed = close_gap(&problem, &cost, &start, &[], 0, &options, &budget);
            let value = cost.value(closed.solution.as_ref().expect("a solution"));
            assert_eq!((closed.lower, value), (cheapest, cheapest), "round {round}: {problem:?}");
            trees += check_charges(&problem, &cost, &closed);
            bound += 1;
        }
    }
    assert!(bound > 100 && trees * 10 > bound * 9, "{trees} of {bound} have a certificate");
}

#[test]
fn a_small_budget_still_gives_a_true_bound() {
    let mut random = Random::new(14);
    for round in 0..500 {
        let problem = random_problem(&mut random, 6, 2, 2);
        let Some(start) = one_each(&problem) else { continue };
        if problem.copies() > 8 {
            continue;
        }
        let goal = Goal::count(&problem);
        let best = optimum(&problem, &goal).unwrap();
        let budget = Budget::new(&Options::default(), 1 << (4 + random.below(12)), &Silent);
        let closed = close_gap(&problem, &goal, &start, &[], 0, &Options::default(), &budget);
        let value = goal.value(closed.solution.as_ref().unwrap_or(&start));
        assert!(closed.lower <= best && best <= value, "round {round}");
    }
}

#[test]
fn billions_of_copies_take_no_more_steps_than_hundreds() {
    // (capacity, sizes, the fewest bins for so many copies of each)
    type Fewest = fn(u64) -> u64;
    let cases: [(u64, &[u64], Fewest); 3] = [
        // the sevens go 24 beside a 333 and a 500; what is left of those is two or three to a bin
        (1001, &[333, 500, 7], |n| (n / 24) + (n - n / 24).div_ceil(2) + (n - n / 24).div_ceil(3)),
        (11, &[5, 3, 2], |n| (11 * n).div_ceil(12)),
        (110, &[34, 40], |n| (3 * n).div_ceil(4)),
    ];
    for (capacity, sizes, fewest) in cases {
        for count in [24, 240, 1_200_000, 960_000_000] {
            let mut builder = Problem::builder(1);
            builder.bin(&[capacity]);
            let class = builder.class();
            for &size in sizes {
                builder.item(&[size], count, class);
            }
            let problem = builder.build().unwrap();
            let start = one_each(&problem).unwrap();
            let budget = Budget::new(&Options::default(), 20_000_000, &Silent);
            let closed = close_gap(&problem, &Goal::count(&problem), &start, &[], 1, &Options::default(), &budget);
            let found = closed.solution.unwrap();
            assert_eq!(found.check(&problem), Ok(()));
            assert!(found.patterns.len() < 20, "{sizes:?} {count}: {} patterns", found.patterns.len());
            assert_eq!((closed.lower, found.bins()), (fewest(count), fewest(count)), "{sizes:?} {count}");
        }
    }
}
