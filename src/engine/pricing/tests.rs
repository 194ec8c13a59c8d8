//! Pricing against an enumeration of every feasible bin.

use super::*;
use crate::budget::{Budget, Options, Silent};
use crate::problem::random::Random;
use crate::problem::{BinType, BitMatrix, ItemType, Pattern, Problem};

/// A random problem of at most `most` item types with any mixture of features.
pub(crate) fn random_problem(random: &mut Random, most: u64, types: u64, copies: u64) -> Problem {
    let dimensions = random.index(4);
    random_problem_in(random, dimensions, most, types, copies)
}

fn random_problem_in(random: &mut Random, dimensions: usize, most: u64, types: u64, copies: u64) -> Problem {
    let scale = [1, 1, 7, 1_000_003][random.index(4)];
    let bins: Vec<BinType> = (0..1 + random.below(types))
        .map(|_| BinType {
            capacity: (0..dimensions).map(|_| (5 + random.below(30)) * scale + random.below(scale)).collect(),
            cost: random.below(5),
            max_count: None,
        })
        .collect();
    let len = 1 + random.below(most) as usize;
    let classes = 1 + random.index(len);
    let density = random.below(11);
    let mut conflicts = BitMatrix::new(classes);
    for a in 0..classes {
        for b in 0..=a {
            if random.below(if a == b { 40 } else { 10 }) < density {
                conflicts.insert(a, b);
            }
        }
    }
    let largest = 3 + random.below(25);
    let items = (0..len)
        .map(|_| {
            let first = random.index(bins.len());
            let mut eligible = vec![first];
            for bin in 0..bins.len() {
                if bin != first && random.below(4) > 0 {
                    eligible.push(bin);
                }
            }
            ItemType {
                size: (0..dimensions).map(|_| random.below(largest * scale)).collect(),
                demand: 1 + random.below(copies),
                class: random.index(classes),
                eligible: eligible.into_iter().collect(),
            }
        })
        .collect();
    Problem::new(dimensions, items, conflicts, bins).unwrap()
}

type Visit<'v> = &'v mut dyn FnMut(&[(usize, u64)]);

/// Every feasible content of a bin, by plain recursion on the problem itself.
fn enumerate(problem: &Problem, bin: usize, item: usize, chosen: &mut Vec<(usize, u64)>, visit: Visit<'_>) {
    if item == problem.items().len() {
        visit(chosen);
        return;
    }
    for copies in 0..=problem.items()[item].demand {
        if copies > 0 {
            chosen.push((item, copies));
        }
        let legal = chosen.iter().all(|&(other, count)| {
            problem.items()[other].eligible.contains(bin)
                && (count == 1 || !problem.conflict(other, other))
                && chosen.iter().all(|&(another, _)| another == other || !problem.conflict(other, another))
        }) && (0..problem.dimensions()).all(|q| {
            let load: u64 = chosen.iter().map(|&(other, count)| count * problem.items()[other].size[q]).sum();
            load <= problem.bins()[bin].capacity[q]
        });
        if legal {
            enumerate(problem, bin, item + 1, chosen, visit);
        }
        if copies > 0 {
            chosen.pop();
        }
        if !legal {
            break;
        }
    }
}

/// A bin of the problem that holds these.
fn assert_feasible(problem: &Problem, bin: usize, items: &[(usize, u64)], round: u64) {
    let one = Pattern { bin, items: items.to_vec(), count: 1 };
    let wrong = crate::problem::Solution { patterns: vec![one] }.check(problem);
    let legal = matches!(wrong, Ok(()) | Err(crate::problem::Infraction::WrongDemand { .. }));
    assert!(legal, "round {round}: {wrong:?}");
}

#[test]
fn pricing_equals_enumeration() {
    let mut random = Random::new(1);
    for round in 0..4_000 {
        let problem = random_problem(&mut random, 9, 3, 3);
        prices_as_enumerated(&problem, &mut random, round);
    }
}

#[test]
fn pricing_equals_enumeration_where_many_resources_matter() {
    let mut random = Random::new(2);
    let mut many = 0;
    for round in 0..4_000 {
        let dimensions = 5 + random.index(4);
        let problem = random_problem_in(&mut random, dimensions, 9, 2, 3);
        many += prices_as_enumerated(&problem, &mut random, round);
    }
    assert!(many > 1_000, "{many}");
}

/// Bounds and bins of all kinds of calls against enumeration; how many pricers there were of many resources.
fn prices_as_enumerated(problem: &Problem, random: &mut Random, round: u64) -> u64 {
    let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
    let mut many = 0;
    let case = Case::new(problem);
    let values: Vec<u64> = (0..case.len()).map(|_| random.below(3) * random.below(1_000)).collect();
    for bin in 0..problem.bins().len() {
        let mut heaviest = 0;
        let mut near: Vec<Vec<(usize, u64)>> = Vec::new();
        enumerate(problem, bin, 0, &mut Vec::new(), &mut |items| {
            heaviest = heaviest.max(items.iter().map(|&(item, copies)| copies * values[item]).sum());
            if random.chance(100) && near.len() < 3 {
                near.push(items.to_vec());
            }
        });
        let near: Vec<&[(usize, u64)]> = near.iter().map(|items| &items[..]).collect();
        let mut pricer = Pricer::new(&case, bin);
        many += u64::from(pricer.many_resources());
        for nodes in [1, 5, u64::MAX] {
            for diverse in [false, true] {
                let threshold = random.below(2) * random.below(heaviest + 10);
                let effort = Effort { nodes, diverse, exact: true };
                let priced = pricer.heaviest(&values, case.demand(), threshold, effort, &near, &budget).unwrap();
                assert!(priced.bound >= heaviest, "round {round}: {priced:?} but {heaviest}");
                assert!(!priced.complete || priced.bound <= threshold.max(heaviest), "round {round}");
                assert_eq!(priced.bins.is_empty(), heaviest <= threshold, "round {round}");
                for found in &priced.bins {
                    let value: u64 = found.items.iter().map(|&(item, copies)| copies * values[item]).sum();
                    assert_eq!(value, found.value);
                    assert!(value > threshold && value <= heaviest);
                    assert_feasible(problem, bin, &found.items, round);
                }
                if priced.complete && heaviest > threshold {
                    assert_eq!(priced.bins[0].value, heaviest);
                }
            }
        }
    }
    many
}

#[test]
fn covers_tell_whether_a_bin_is_heavier() {
    let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
    let mut random = Random::new(8);
    let (mut some, mut none) = (0, 0);
    for round in 0..4_000 {
        let problem = random_problem(&mut random, 10, 2, 3);
        let case = Case::new(&problem);
        let values: Vec<u64> = (0..case.len()).map(|_| random.below(4) * random.below(100)).collect();
        for bin in 0..problem.bins().len() {
            let mut heaviest = 0;
            enumerate(&problem, bin, 0, &mut Vec::new(), &mut |items| {
                heaviest = heaviest.max(items.iter().map(|&(item, copies)| copies * values[item]).sum());
            });
            let mut pricer = Pricer::new(&case, bin);
            for most in [heaviest.saturating_sub(1), heaviest, heaviest + 1] {
                let answer = pricer.none_heavier(&values, case.demand(), most, &budget).unwrap();
                assert_eq!(answer, heaviest <= most, "round {round}: {heaviest}, {most}");
                *if answer { &mut none } else { &mut some } += 1;
            }
            // ever heavier bins up to the heaviest, each of them feasible
            let covered = pricer.by_covers(0, u64::MAX, &budget).unwrap();
            assert!(covered.complete);
            assert!(covered.found.is_sorted_by(|a, b| a.0 < b.0));
            assert_eq!(covered.found.last().map_or(0, |found| found.0), heaviest);
            for found in pricer.as_bins(covered.found) {
                let value: u64 = found.items.iter().map(|&(item, copies)| copies * values[item]).sum();
                assert_eq!(value, found.value);
                assert_feasible(&problem, bin, &found.items, round);
            }
        }
    }
    assert!(some > 1_000 && none > 1_000, "{some} {none}");
}

#[test]
fn all_bins_that_are_heavy_enough() {
    let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
    let mut random = Random::new(6);
    let mut some = 0;
    for round in 0..2_000 {
        let problem = random_problem(&mut random, 7, 2, 3);
        let case = Case::new(&problem);
        let values: Vec<u64> = (0..case.len()).map(|_| random.below(3) * random.below(1_000)).collect();
        let bin = random.index(problem.bins().len());
        let least = random.below(2_500);
        let mut wanted: Vec<Content> = Vec::new();
        enumerate(&problem, bin, 0, &mut Vec::new(), &mut |items| {
            let value: u64 = items.iter().map(|&(item, copies)| copies * values[item]).sum();
            if value >= least && !items.is_empty() {
                wanted.push(items.to_vec());
            }
        });
        let mut pricer = Pricer::new(&case, bin);
        let mut found = pricer.all(&values, case.demand(), least, wanted.len(), &budget).unwrap().unwrap();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "round {round}");
        some += usize::from(!wanted.is_empty());
        if let Some(fewer) = wanted.len().checked_sub(1) {
            assert_eq!(pricer.all(&values, case.demand(), least, fewer, &budget).unwrap(), None, "round {round}");
        }
    }
    assert!(some > 500, "{some}");
}

#[test]
fn joined_items_stand_for_both() {
    let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
    let mut random = Random::new(2);
    for _ in 0..2_000 {
        let problem = random_problem(&mut random, 6, 1, 3);
        let case = Case::new(&problem);
        let (a, b) = (random.index(case.len()), random.index(case.len()));
        let mut meets = false;
        enumerate(&problem, 0, 0, &mut Vec::new(), &mut |items| {
            let holds = |item: usize, least: u64| items.iter().any(|&(other, copies)| other == item && copies >= least);
            meets |= if a == b { holds(a, 2) } else { holds(a, 1) && holds(b, 1) };
        });
        let together = case.together(a, b);
        assert_eq!(together.is_some(), meets);
        let apart = case.apart(a, b);
        let values: Vec<u64> = (0..=case.len()).map(|_| random.below(1_000)).collect();
        let exact = Effort { nodes: u64::MAX, diverse: false, exact: true };
        let mut best = 0;
        enumerate(&problem, 0, 0, &mut Vec::new(), &mut |items| {
            let holds = |item: usize, least: u64| items.iter().any(|&(other, copies)| other == item && copies >= least);
            if !(if a == b { holds(a, 2) } else { holds(a, 1) && holds(b, 1) }) {
                best = best.max(items.iter().map(|&(item, copies)| copies * values[item]).sum());
            }
        });
        let priced = Pricer::new(&apart, 0).heaviest(&values, apart.demand(), 0, exact, &[], &budget).unwrap();
        assert_eq!(priced.bound, best);
        let Some(case) = together else { continue };
        // a bin of the joined case is one of the problem, with the joined copies in it
        let mut values = values;
        values[case.len() - 1] = 1_000_000;
        let priced = Pricer::new(&case, 0).heaviest(&values, case.demand(), 0, exact, &[], &budget).unwrap();
        let pattern = Pattern { bin: 0, items: priced.bins[0].items.clone(), count: 1 };
        assert!(pattern.items.iter().any(|entry| entry.0 == case.len() - 1));
        let demand: Vec<u64> = problem.items().iter().map(|item| item.demand).collect();
        let wrong = case.expand(&[pattern], &demand).check(&problem);
        assert!(matches!(wrong, Ok(()) | Err(crate::problem::Infraction::WrongDemand { .. })), "{wrong:?}");
    }
}

#[test]
fn a_filled_bin_is_maximal() {
    let mut random = Random::new(3);
    for _ in 0..2_000 {
        let problem = random_problem(&mut random, 8, 2, 3);
        let case = Case::new(&problem);
        let order: Vec<usize> = (0..case.len()).collect();
        let mut items = Vec::new();
        extend(&case, 0, &mut items, &order, case.demand());
        let mut larger = 0;
        enumerate(&problem, 0, 0, &mut Vec::new(), &mut |other| {
            let holds = |item: usize| other.iter().find(|entry| entry.0 == item).map_or(0, |entry| entry.1);
            if items.iter().all(|&(item, copies)| holds(item) >= copies) {
                larger = larger.max(other.iter().map(|entry| entry.1).sum());
            }
        });
        assert_eq!(larger, items.iter().map(|entry| entry.1).sum::<u64>());
    }
}

#[test]
fn first_fit_is_legal() {
    let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
    let mut random = Random::new(4);
    for _ in 0..1_000 {
        let problem = random_problem(&mut random, 12, 3, 4);
        let case = Case::new(&problem);
        let order: Vec<usize> = (0..case.len()).rev().collect();
        let types: Vec<usize> = (0..problem.bins().len()).collect();
        let allowed = vec![u64::MAX; types.len()];
        for best in [false, true] {
            let bins = first_fit(&case, case.demand(), &order, &types, &allowed, best, u64::MAX, &budget).unwrap();
            match bins {
                Some(bins) => case.expand(&bins, case.demand()).check(&problem).unwrap(),
                None => assert!(case.unplaceable().is_some()),
            }
        }
    }
}

#[test]
fn first_fit_counts_equal_bins_as_if_they_were_filled_one_by_one() {
    let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
    let mut random = Random::new(5);
    for _ in 0..300 {
        let problem = random_problem(&mut random, 8, 2, 9);
        let singles = problem
            .items()
            .iter()
            .flat_map(|item| (0..item.demand).map(|_| crate::problem::ItemType { demand: 1, ..item.clone() }));
        let bins = problem.bins().to_vec();
        let singles = Problem::new(problem.dimensions(), singles.collect(), problem.conflicts().clone(), bins).unwrap();
        let types: Vec<usize> = (0..problem.bins().len()).collect();
        let allowed = vec![u64::MAX; types.len()];
        for best in [false, true] {
            let [counted, single] = [&problem, &singles].map(|problem| {
                let case = Case::new(problem);
                let order: Vec<usize> = (0..case.len()).collect();
                let found = first_fit(&case, case.demand(), &order, &types, &allowed, best, u64::MAX, &budget).unwrap();
                found.map(|bins| bins.iter().map(|bin| bin.count).sum::<u64>())
            });
            assert_eq!(counted, single);
        }
    }
    // and in as many groups as differ
    let mut builder = Problem::builder(1);
    builder.bin(&[10]);
    let class = builder.class();
    builder.item(&[4], 1_000_000_000_000, class);
    builder.item(&[1], 1_500_000_000_000, class);
    let case = Case::new(&builder.build().unwrap());
    let budget = Budget::new(&Options::default(), 100, &Silent);
    let bins = first_fit(&case, case.demand(), &[0, 1], &[0], &[u64::MAX], false, u64::MAX, &budget).unwrap().unwrap();
    assert_eq!(bins.len(), 2);
}
