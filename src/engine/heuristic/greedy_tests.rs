//! The first plan under terms against the same rule read literally: copy by copy, every bin looked at.

use super::greedy;
use crate::budget::{Budget, Objective};
use crate::problem::random::Random;
use crate::problem::{BinType, Charge, Limit, Pattern, Problem, Solution, Terms};

const OBJECTIVES: [&[Objective]; 4] = [
    &[Objective::Clusters],
    &[Objective::Clusters, Objective::Moves],
    &[Objective::Cost, Objective::Clusters],
    &[Objective::Moves, Objective::Clusters],
];

fn drawn(seed: u64) -> Problem {
    let random = &mut Random::new(seed);
    let (bins, dimensions) = (1 + random.index(4), 1 + random.index(2));
    let mut builder = Problem::builder(dimensions);
    for _ in 0..bins {
        let capacity = (0..dimensions).map(|_| 4 + random.below(12)).collect();
        let max_count = random.chance(500).then(|| 1 + random.below(4));
        builder.bin_type(BinType { capacity, cost: random.below(9), max_count });
    }
    let classes = 1 + random.index(4);
    builder.classes(classes);
    for (a, b) in (0..classes).flat_map(|a| (0..=a).map(move |b| (a, b))) {
        if random.chance(300) {
            builder.conflict(a, b);
        }
    }
    let items = 1 + random.index(9);
    for _ in 0..items {
        let size: Vec<u64> = (0..dimensions).map(|_| random.below(6)).collect();
        let open: Vec<usize> = (0..bins).filter(|_| random.chance(800)).collect();
        builder.item_in(&size, 1 + random.below(4), random.index(classes), &open);
    }
    let some = |random: &mut Random| (0..bins).filter(|_| random.chance(600)).collect::<Vec<usize>>();
    let charges = (0..items).map(|_| Charge {
        base: random.below(3),
        except: some(random).into_iter().map(|bin| (bin, random.below(3))).collect(),
    });
    let charges = charges.collect();
    let limits = (0..random.index(3))
        .map(|_| Limit { bins: some(random).into_iter().collect(), most: 1 + random.below(6) })
        .collect();
    let problem = builder.build().unwrap();
    let most = |bin: usize| problem.bins()[bin].max_count.unwrap_or(2);
    let kept = (0..bins).map(|bin| random.below(1 + most(bin).min(2))).collect();
    problem.with(Terms { charges, limits, kept, ..Terms::default() }).unwrap()
}

struct Bin {
    kind: usize,
    items: Vec<usize>,
}

fn literally(problem: &Problem, objective: &[Objective]) -> Option<Solution> {
    let kinds = problem.bins().len();
    let most = |q: usize| problem.bins().iter().map(|bin| bin.capacity[q]).max().unwrap().max(1);
    let share = |sizes: &[u64], q: usize| u128::from(sizes[q]) * 1000 / u128::from(most(q));
    let dimensions = || 0..problem.dimensions();
    let largest = |item: usize| dimensions().map(|q| share(&problem.items()[item].size, q)).max().unwrap_or(0);
    let roomy = |bin: usize| dimensions().map(|q| share(&problem.bins()[bin].capacity, q)).sum::<u128>();
    let homes = |item: usize| (0..kinds).filter(|&bin| problem.fits_alone(item, bin)).count();
    let mut order: Vec<usize> = (0..problem.items().len()).collect();
    order.sort_by_key(|&item| (homes(item) * 4 > kinds, u128::MAX - largest(item), item));
    let mut bins: Vec<Bin> = Vec::new();
    for item in order {
        for _ in 0..problem.items()[item].demand {
            let fits = |bin: &Bin| {
                let with =
                    |q: usize| -> u64 { bin.items.iter().chain([&item]).map(|&it| problem.items()[it].size[q]).sum() };
                problem.items()[item].eligible.contains(bin.kind)
                    && dimensions().all(|q| with(q) <= problem.bins()[bin.kind].capacity[q])
                    && bin.items.iter().all(|&other| !problem.conflict(item, other))
            };
            let used = |kind: usize| bins.iter().filter(|bin| bin.kind == kind).count() as u64;
            let there = |kind: usize| used(kind) < problem.kept(kind);
            let counted = |kind: usize| used(kind).max(problem.kept(kind));
            let may = |kind: usize| {
                there(kind)
                    || (problem.bins()[kind].max_count.is_none_or(|most| used(kind) < most)
                        && problem
                            .terms()
                            .limits
                            .iter()
                            .filter(|limit| limit.bins.contains(kind))
                            .all(|limit| limit.bins.ones().map(counted).sum::<u64>() < limit.most))
            };
            let open = (0..bins.len()).filter(|&at| fits(&bins[at]));
            let open = open.min_by_key(|&at| (problem.charge(item, bins[at].kind), at));
            let fresh = (0..kinds).filter(|&kind| may(kind) && problem.fits_alone(item, kind));
            let fresh = fresh.min_by_key(|&kind| {
                let cost = if objective[0] == Objective::Cost { problem.bins()[kind].cost } else { 0 };
                let price = if there(kind) { (false, 0) } else { (true, cost) };
                let by_moves = (false, problem.charge(item, kind));
                let first = if objective[0] == Objective::Moves { by_moves } else { price };
                (first, u128::MAX - roomy(kind), kind)
            });
            let charged = |kind: usize| problem.charge(item, kind);
            let better = |at: &usize| {
                objective[0] != Objective::Moves || fresh.is_none_or(|kind| charged(bins[*at].kind) <= charged(kind))
            };
            match (open.filter(better), fresh) {
                (Some(at), _) => bins[at].items.push(item),
                (None, Some(kind)) => bins.push(Bin { kind, items: vec![item] }),
                (None, None) => return None,
            }
        }
    }
    let empty = (0..kinds).filter_map(|kind| {
        let used = bins.iter().filter(|bin| bin.kind == kind).count() as u64;
        let count = problem.kept(kind).saturating_sub(used);
        (count > 0).then(|| Pattern { bin: kind, items: Vec::new(), count })
    });
    let full = bins.iter().map(|bin| {
        let mut items: Vec<(usize, u64)> = Vec::new();
        for &item in &bin.items {
            match items.iter_mut().find(|it| it.0 == item) {
                Some(it) => it.1 += 1,
                None => items.push((item, 1)),
            }
        }
        items.sort_unstable();
        Pattern { bin: bin.kind, items, count: 1 }
    });
    let plan = Solution::grouped(full.chain(empty).collect());
    plan.check(problem).is_ok().then_some(plan)
}

#[test]
fn the_first_plan_is_the_one_of_the_rule_whatever_the_limits() {
    let (mut found, mut none) = (0, 0);
    for seed in 0..3_000 {
        let problem = drawn(seed);
        for objective in OBJECTIVES {
            let literal = literally(&problem, objective);
            // nothing is left to spend, and the plan comes out all the same
            for work in [0, 1_000_000] {
                let plan = greedy(&problem, objective, &Budget::of_work(work));
                assert_eq!(plan, literal, "seed {seed}, {objective:?}, work {work}");
            }
            *(if literal.is_some() { &mut found } else { &mut none }) += 1;
        }
    }
    assert!(found > 5_000 && none > 500, "{found} found, {none} not");
}
