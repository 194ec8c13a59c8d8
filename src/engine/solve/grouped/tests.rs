//! Problems with groups against exhaustive search; and false certificates of them.

use super::*;
use crate::budget::{Proof, Silent};
use crate::certify::{Verdict, check, file};
use crate::pack::{PackError, pack};
use crate::problem::random::Random;
use crate::problem::{BinType, ItemType, Limit};
use crate::problem::{BitMatrix, Charge};
use crate::solve::{Unsupported, solve};

fn problem(random: &mut Random) -> Problem {
    let (len, dimensions, kinds) = (1 + random.index(5), 1 + random.index(2), 1 + random.index(2));
    let sizes = |random: &mut Random, low: u64, high: u64| -> Vec<u64> {
        (0..dimensions).map(|_| random.between(low, high)).collect()
    };
    let mut conflicts = BitMatrix::new(3);
    if random.chance(400) {
        conflicts.insert(random.index(3), random.index(3));
    }
    let items: Vec<ItemType> = (0..len)
        .map(|_| {
            let size = sizes(random, 0, 5);
            let mut eligible: Vec<usize> = (0..kinds).filter(|_| random.chance(850)).collect();
            if eligible.is_empty() {
                eligible.push(0);
            }
            ItemType {
                size,
                demand: random.between(1, 2),
                class: random.index(3),
                eligible: eligible.into_iter().collect(),
            }
        })
        .collect();
    let bins: Vec<BinType> =
        (0..kinds).map(|_| BinType { capacity: sizes(random, 4, 9), cost: 1, max_count: None }).collect();
    let groups: Vec<Option<usize>> = (0..len).map(|_| random.chance(900).then_some(random.index(len.min(3)))).collect();
    let count = groups.iter().flatten().max().map_or(0, |last| last + 1);
    let overheads = if random.chance(500) { (0..count).map(|_| sizes(random, 0, 2)).collect() } else { Vec::new() };
    let most_groups = (0..kinds).map(|_| random.chance(700).then_some(random.below(4))).collect();
    let units = (0..len).map(|_| random.chance(200).then_some(0)).collect();
    let terms = Terms { groups, most_groups, overheads, units, ..Terms::default() };
    Problem::new(dimensions, items, conflicts, bins).unwrap().with(terms).unwrap()
}

/// Whether these copies of the items may be in a bin of this type, read literally.
fn legal(problem: &Problem, bin: usize, held: &[u64]) -> bool {
    let inside: Vec<usize> = (0..held.len()).filter(|&item| held[item] > 0).collect();
    let terms = problem.terms();
    let mut groups: Vec<usize> = inside.iter().filter_map(|&item| *terms.groups.get(item)?).collect();
    groups.sort_unstable();
    groups.dedup();
    let most = terms.most_groups.get(bin).copied().flatten();
    let room = (0..problem.dimensions()).all(|q| {
        let once: u64 = groups.iter().filter_map(|&group| terms.overheads.get(group)).map(|sizes| sizes[q]).sum();
        let load: u64 = inside.iter().map(|&item| held[item] * problem.items()[item].size[q]).sum();
        once + load <= problem.bins()[bin].capacity[q]
    });
    let peaceful = inside.iter().all(|&a| {
        inside.iter().all(|&b| (a == b && held[a] < 2) || !problem.conflict(a, b))
            && problem.items()[a].eligible.contains(bin)
    });
    room && peaceful && most.is_none_or(|most| groups.len() as u64 <= most)
}

/// The fewest bins by trying every one for the first item that is left; `None`: an item fits nowhere.
fn fewest_of_all(problem: &Problem) -> Option<u64> {
    fn sets(problem: &Problem, left: &[u64]) -> Vec<Vec<u64>> {
        let first = left.iter().position(|&copies| copies > 0).unwrap();
        let (mut all, mut held) = (Vec::new(), vec![0; left.len()]);
        loop {
            if held[first] > 0 && (0..problem.bins().len()).any(|bin| legal(problem, bin, &held)) {
                all.push(held.clone());
            }
            let Some(next) = (0..left.len()).find(|&item| held[item] < left[item]) else { return all };
            held[..next].fill(0);
            held[next] += 1;
        }
    }
    fn least(problem: &Problem, left: &[u64], known: &mut BTreeMap<Vec<u64>, Option<u64>>) -> Option<u64> {
        if left.iter().all(|&copies| copies == 0) {
            return Some(0);
        }
        if let Some(&found) = known.get(left) {
            return found;
        }
        let after = |held: &Vec<u64>| -> Vec<u64> { left.iter().zip(held).map(|(left, held)| left - held).collect() };
        let found = sets(problem, left).iter().filter_map(|held| least(problem, &after(held), known)).min();
        let found = found.map(|bins| bins + 1);
        known.insert(left.to_vec(), found);
        found
    }
    let demand: Vec<u64> = problem.items().iter().map(|item| item.demand).collect();
    least(problem, &demand, &mut BTreeMap::new())
}

#[test]
fn answers_agree_with_exhaustive_search_and_no_false_bound_passes() {
    let mut random = Random::new(5);
    let (mut optimal, mut feasible, mut refused) = (0, 0, 0);
    for round in 0..3_000 {
        let problem = problem(&mut random);
        let least = fewest_of_all(&problem);
        let options = Options { threads: Some(1), work_limit: Some(50_000_000), ..Options::default() };
        let (answer, proof) = pack(&problem, &[Objective::Clusters], &options, &Silent).unwrap();
        let Some(least) = least else {
            assert_eq!((answer.status, proof), (Status::Infeasible, Proof::Certified), "round {round}");
            continue;
        };
        let plan = answer.solution.as_ref().unwrap();
        let held = |it: &Pattern| {
            let mut held = vec![0; problem.items().len()];
            it.items.iter().for_each(|&(item, copies)| held[item] = copies);
            held
        };
        assert!(plan.patterns.iter().all(|it| legal(&problem, it.bin, &held(it))), "round {round}");
        let bound = answer.levels[0].bound;
        assert!(bound <= least && plan.bins() >= least, "round {round}: {bound} {least} {}", plan.bins());
        assert_eq!((proof, answer.status == Status::Optimal), (Proof::Certified, bound == plan.bins()));
        feasible += 1;
        optimal += u64::from(answer.status == Status::Optimal);
        // what is written is read
        let mut bytes = Vec::new();
        file::write(&mut bytes, &problem, Some(plan), &answer.certificate).unwrap();
        let read = file::read(&bytes).unwrap();
        assert_eq!((&read.problem, &read.certificate), (&problem, &answer.certificate));
        // a certificate that says more, with weights that are drawn
        for _ in 0..4 {
            let mut certificate = answer.certificate.clone();
            let claim = &mut certificate.claims[0];
            claim.bound = least + 1;
            let at = random.index(claim.components.len());
            let component = &mut claim.components[at];
            component.bound += claim.bound - bound;
            if let Some(Node::Weights { weights, capacity } | Node::Grouped { weights, capacity, .. }) =
                component.nodes.last_mut()
            {
                *capacity = random.between(1, 4);
                weights.iter_mut().for_each(|weight| *weight = random.below(4));
                if random.chance(500) {
                    // any numbers for the groups too: three at most are named
                    let (weights, openings) = (weights.clone(), (0..3).map(|_| random.below(4)).collect());
                    let capacity = *capacity;
                    *component.nodes.last_mut().unwrap() = Node::Grouped { weights, openings, capacity };
                }
            }
            let verdict = check(&problem, None, &certificate, &Budget::of_work(10_000_000));
            assert!(!matches!(verdict, Verdict::Verified { .. }), "round {round}: {certificate:?}");
            refused += 1;
        }
    }
    // the relaxation's bound is that of the fewest nearly always
    assert!(feasible > 2_000 && optimal * 100 > feasible * 99 && refused > 8_000, "{optimal} of {feasible}, {refused}");
}

/// Two groups of three items that no two bins hold: with one group a bin four bins are asked for, where the items alone ask for three.
#[test]
fn a_group_is_in_as_many_bins_as_its_sizes_need() {
    let mut builder = Problem::builder(1);
    builder.bin(&[10]);
    let class = builder.class();
    builder.item(&[4], 3, class);
    builder.item(&[4], 3, class);
    builder.item(&[1], 1, class);
    let groups = vec![Some(0), Some(1), None];
    let terms = Terms { groups, most_groups: vec![Some(1)], ..Terms::default() };
    let problem = builder.build().unwrap().with(terms).unwrap();
    let certificate = |openings: Vec<u64>, bound: u64| {
        let node = Node::Grouped { weights: vec![0; 3], openings, capacity: 1 };
        Certificate { claims: vec![claim(&problem, bound, Level::Clusters, node)] }
    };
    let verified = |openings: Vec<u64>, bound: u64| {
        matches!(
            check(&problem, None, &certificate(openings, bound), &Budget::of_work(1_000_000)),
            Verdict::Verified { .. }
        )
    };
    assert!(verified(vec![1, 1], 4));
    assert!(!verified(vec![1, 1], 5), "only four bins are proved");
    assert!(!verified(vec![2, 1], 4), "a bin weighs two");
    assert!(!verified(vec![1], 2), "an opening for each group is needed");
    let answer = solve(&problem, &[], &Options::default(), &Silent).unwrap();
    assert_eq!((answer.status, answer.levels[0].bound), (Status::Optimal, 4));
}

#[test]
fn what_is_not_known_together_with_groups_is_refused() {
    let groups = |max_count: Option<u64>| {
        let mut builder = Problem::builder(1);
        builder.bin_type(BinType { capacity: vec![5], cost: 1, max_count });
        let class = builder.class();
        builder.item(&[1], 2, class);
        builder.item(&[1], 2, class);
        builder.build().unwrap()
    };
    let terms = || Terms { groups: vec![Some(0), Some(1)], most_groups: vec![Some(1)], ..Terms::default() };
    let ask = |problem: Problem, objective: &[Objective]| {
        solve(&problem, objective, &Options::default(), &Silent).map(|answer| answer.levels[0].bound)
    };
    assert_eq!(ask(groups(None).with(terms()).unwrap(), &[]), Ok(2));
    let refused = |problem: Problem, objective: &[Objective]| {
        assert!(matches!(ask(problem, objective), Err(Unsupported::Groups { .. })));
    };
    refused(groups(Some(9)).with(terms()).unwrap(), &[]);
    refused(groups(None).with(terms()).unwrap(), &[Objective::Cost]);
    refused(groups(None).with(terms()).unwrap(), &[Objective::Clusters, Objective::Moves]);
    refused(groups(None).with(Terms { kept: vec![1], ..terms() }).unwrap(), &[]);
    let limits = vec![Limit { bins: [0].into_iter().collect(), most: 3 }];
    refused(groups(None).with(Terms { limits, ..terms() }).unwrap(), &[]);
    let most = Most { clusters: Some(3), ..Most::default() };
    refused(groups(None).with(Terms { most, ..terms() }).unwrap(), &[]);
    // charges count at no level but that of the moves
    let charges = vec![Charge { base: 1, except: Vec::new() }; 2];
    assert_eq!(ask(groups(None).with(Terms { charges, ..terms() }).unwrap(), &[]), Ok(2));
    let twice = pack(&groups(None), &[Objective::Cost; 2], &Options::default(), &Silent);
    assert!(matches!(twice, Err(PackError::Unsupported(Unsupported::Repeated))));
}

#[test]
fn items_that_nothing_tells_apart_are_one_type() {
    let sizes = [[3, 0], [3, 1], [5, 0], [4, 2], [2, 1]];
    let built = |apart: bool| {
        let mut builder = Problem::builder(1);
        builder.bin(&[12]);
        let (mut groups, mut class) = (Vec::new(), builder.class());
        for [size, group] in sizes {
            for _ in 0..if apart { 6 } else { 1 } {
                // classes that conflict with nothing are alike
                class = if apart { builder.class() } else { class };
                builder.item(&[size], if apart { 1 } else { 6 }, class);
                groups.push(Some(group as usize));
            }
        }
        let terms = Terms { groups, most_groups: vec![Some(2)], overheads: vec![vec![1]; 3], ..Terms::default() };
        builder.build().unwrap().with(terms).unwrap()
    };
    let options = Options { threads: Some(1), ..Options::default() };
    let ask = |problem: &Problem| {
        let (answer, proof) = pack(problem, &[Objective::Clusters], &options, &Silent).unwrap();
        answer.solution.unwrap().check(problem).unwrap();
        assert_eq!(proof, Proof::Certified);
        (answer.status, answer.levels[0].value, answer.levels[0].bound)
    };
    assert_eq!(ask(&built(true)), ask(&built(false)));
    let all: Vec<usize> = (0..30).collect();
    assert_eq!(merged(&built(true), &all).problem.items().len(), 5);
}
