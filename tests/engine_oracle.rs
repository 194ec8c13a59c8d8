//! The engine against brute force on thousands of tiny problems, and the laws it must keep.

use std::sync::atomic::{AtomicU64, Ordering};

use tenantry::engine::internals::milp::milp;
use tenantry::engine::internals::reduce::{Rules, compatible, components, reduce};
use tenantry::engine::random::Random;
use tenantry::engine::{
    Answer, BinType, BitMatrix, Budget, Event, ItemType, Objective, Options, Problem, Silent, Status, Step, Verdict,
    Watch, check,
};

/// A problem with at most `copies` copies.
fn random(random: &mut Random, copies: u64, limited: bool) -> Problem {
    let dimensions = 1 + random.index(3);
    let kinds = 1 + random.below(3);
    let roomy = random.below(3);
    let bins: Vec<BinType> = (0..kinds)
        .map(|_| BinType {
            capacity: (0..dimensions).map(|_| 5 + random.below(6) + 10 * u64::from(roomy == 0)).collect(),
            cost: random.below(7),
            max_count: if limited && random.below(2) == 0 { Some(random.below(4)) } else { None },
        })
        .collect();
    let classes = 1 + random.index(6);
    let mut conflicts = BitMatrix::new(classes);
    let density = random.below(5);
    for a in 0..classes {
        for b in 0..=a {
            // some are threshold graphs, some random, some cycles
            let joined = match density {
                0 => (a + b) % 3 == 0 && a != b,
                1 => a == b + 1 || (b == 0 && a + 1 == classes && a > 1),
                _ => random.below(5) < density - if a == b { 2 } else { 1 },
            };
            if joined {
                conflicts.insert(a, b);
            }
        }
    }
    let mut items = Vec::new();
    let mut left = 1 + random.below(copies);
    let choosy = random.below(3) == 0;
    while left > 0 {
        let demand = 1 + random.below(left.min(3));
        left -= demand;
        let eligible = (0..bins.len()).filter(|_| !choosy || random.below(3) > 0).collect();
        let size = (0..dimensions).map(|_| random.below(6)).collect();
        items.push(ItemType { size, demand, class: random.index(classes), eligible });
    }
    Problem::new(dimensions, items, conflicts, bins).unwrap()
}

/// The fewest bins and the least cost with them, by trying every way to group single copies and every bin type.
fn brute(problem: &Problem) -> Option<(u64, u64)> {
    let copies: Vec<usize> =
        (0..problem.items().len()).flat_map(|item| vec![item; problem.items()[item].demand as usize]).collect();
    fn holds(problem: &Problem, bin: usize, group: &[usize]) -> bool {
        (0..problem.dimensions())
            .all(|q| group.iter().map(|&i| problem.items()[i].size[q]).sum::<u64>() <= problem.bins()[bin].capacity[q])
            && group.iter().all(|&i| problem.items()[i].eligible.contains(bin))
    }
    fn choose(problem: &Problem, groups: &[Vec<usize>], used: &mut Vec<u64>, cost: u64, best: &mut Option<u64>) {
        let Some((first, rest)) = groups.split_first() else {
            *best = Some(best.map_or(cost, |best| best.min(cost)));
            return;
        };
        for bin in 0..problem.bins().len() {
            let kind = &problem.bins()[bin];
            if kind.max_count.is_none_or(|max| used[bin] < max) && holds(problem, bin, first) {
                used[bin] += 1;
                choose(problem, rest, used, cost + kind.cost, best);
                used[bin] -= 1;
            }
        }
    }
    fn group(problem: &Problem, copies: &[usize], groups: &mut Vec<Vec<usize>>, best: &mut Option<(u64, u64)>) {
        if best.is_some_and(|(bins, _)| groups.len() as u64 > bins) {
            return;
        }
        let Some((&first, rest)) = copies.split_first() else {
            let mut cost = None;
            choose(problem, groups, &mut vec![0; problem.bins().len()], 0, &mut cost);
            if let Some(cost) = cost {
                let value = (groups.len() as u64, cost);
                *best = Some(best.map_or(value, |best| best.min(value)));
            }
            return;
        };
        for at in 0..groups.len() {
            if groups[at].iter().all(|&other| !problem.conflict(first, other)) {
                groups[at].push(first);
                if (0..problem.bins().len()).any(|bin| holds(problem, bin, &groups[at])) {
                    group(problem, rest, groups, best);
                }
                groups[at].pop();
            }
        }
        groups.push(vec![first]);
        group(problem, rest, groups, best);
        groups.pop();
    }
    let mut best = None;
    group(problem, &copies, &mut Vec::new(), &mut best);
    best
}

/// These problems ask for nothing that is not supported.
fn solve(problem: &Problem, objective: &[Objective], options: &Options, watch: &dyn Watch) -> Answer {
    tenantry::engine::solve(problem, objective, options, watch).unwrap()
}

fn options() -> Options {
    Options { threads: Some(1), ..Options::default() }
}

/// No certificate claims what the checker cannot confirm.
fn certified(problem: &Problem, answer: &Answer) {
    if answer.certificate.claims.is_empty() {
        return;
    }
    let options = Options::default();
    let budget = Budget::new(&options, 1 << 40, &Silent);
    match check(problem, answer.solution.as_ref(), &answer.certificate, &budget) {
        Verdict::Verified { .. } => {}
        other => panic!("{other:?} {problem:?} {answer:?}"),
    }
}

fn agrees(problem: &Problem, answer: &Answer, expected: Option<(u64, u64)>, levels: usize) {
    certified(problem, answer);
    let Some((bins, cost)) = expected else {
        assert_eq!(answer.status, Status::Infeasible, "{problem:?}");
        assert!(answer.solution.is_none());
        return;
    };
    assert_eq!(answer.status, Status::Optimal, "{problem:?} {answer:?} expected {expected:?}");
    let solution = answer.solution.as_ref().unwrap();
    solution.check(problem).unwrap();
    assert_eq!((solution.bins(), answer.levels[0].bound), (bins, bins), "{problem:?}");
    assert!(answer.levels[0].certified <= bins);
    if levels > 1 {
        let found = (solution.cost(problem), answer.levels[1].bound);
        assert_eq!(found, (u128::from(cost), cost), "{problem:?} {answer:?}");
        assert!(answer.levels[1].certified <= cost);
    }
}

#[test]
fn the_fewest_bins() {
    let mut source = Random::new(1);
    for _ in 0..3_000 {
        let problem = random(&mut source, 8, false);
        let answer = solve(&problem, &[Objective::Clusters], &options(), &Silent);
        agrees(&problem, &answer, brute(&problem), 1);
        assert!(answer.levels.iter().all(|level| Some(level.certified) == level.value), "{problem:?} {answer:?}");
    }
}

#[test]
fn the_fewest_bins_then_the_least_cost_with_maximum_counts() {
    let mut source = Random::new(2);
    let (mut infeasible, mut proved) = (0, 0);
    for _ in 0..4_000 {
        let problem = random(&mut source, 7, true);
        let expected = brute(&problem);
        let answer = solve(&problem, &[Objective::Clusters, Objective::Cost], &options(), &Silent);
        agrees(&problem, &answer, expected, 2);
        infeasible += u32::from(expected.is_none());
        proved += u32::from(answer.levels.iter().all(|level| Some(level.certified) == level.value));
    }
    assert!(infeasible > 300 && infeasible < 3_000, "{infeasible}");
    assert_eq!(proved, 4_000);
}

/// Without maximum counts every component's cost is certified, however many there are.
#[test]
fn the_least_cost_of_several_components_is_certified() {
    let mut source = Random::new(9);
    let (mut several, mut proved) = (0, 0);
    for _ in 0..2_000 {
        let problem = random(&mut source, 8, false);
        let answer = solve(&problem, &[Objective::Clusters, Objective::Cost], &options(), &Silent);
        agrees(&problem, &answer, brute(&problem), 2);
        if answer.status == Status::Optimal && components(&problem).len() > 1 {
            several += 1;
            proved += u32::from(answer.levels.iter().all(|level| Some(level.certified) == level.value));
        }
    }
    assert!(several > 500 && proved == several, "{proved} of {several}");
}

/// Every "no packing exists" has a claim; case by case, where no prices of the maximum counts can say it.
#[test]
fn infeasible_is_certified() {
    let mut source = Random::new(10);
    let (mut infeasible, mut claimed) = (0, 0);
    for _ in 0..4_000 {
        let problem = random(&mut source, 8, true);
        let answer = solve(&problem, &[Objective::Clusters], &options(), &Silent);
        if answer.status == Status::Infeasible {
            infeasible += 1;
            claimed += u32::from(!answer.certificate.claims.is_empty());
            certified(&problem, &answer);
        }
    }
    assert!(infeasible > 500 && claimed == infeasible, "{claimed} of {infeasible}");
}

#[test]
fn what_is_left_out_is_not_needed_for_the_truth() {
    let mut source = Random::new(3);
    let mut optimal = 0;
    for round in 0..650 {
        let problem = random(&mut source, 8, round % 2 == 1);
        // all the searches together, then each step alone
        let without = match round / 2 % (1 + Step::ALL.len()) {
            0 => Step::SEARCHES.to_vec(),
            step => vec![Step::ALL[step - 1]],
        };
        // what cannot end without the step that is missing ends by the limit
        let options = Options { without, work_limit: Some(2_000_000), ..options() };
        let answer = solve(&problem, &[Objective::Clusters, Objective::Cost], &options, &Silent);
        let Some((bins, cost)) = brute(&problem) else {
            assert!([Status::Infeasible, Status::Unknown].contains(&answer.status), "{options:?} {problem:?}");
            continue;
        };
        assert_ne!(answer.status, Status::Infeasible, "{options:?} {problem:?}");
        assert!(answer.levels[0].bound <= bins, "{options:?} {problem:?}");
        let Some(found) = &answer.solution else { continue };
        found.check(&problem).unwrap();
        optimal += u64::from(answer.status == Status::Optimal);
        if answer.status == Status::Optimal {
            assert_eq!((found.bins(), found.cost(&problem)), (bins, cost.into()), "{options:?} {problem:?}");
        }
    }
    assert!(optimal > 400, "{optimal}");
}

/// Keeps the highest bound and the lowest plan that it is told of.
struct Heard(AtomicU64, AtomicU64);

impl Watch for Heard {
    fn event(&self, event: Event) {
        match event {
            Event::Bound { bins } => _ = self.0.fetch_max(bins, Ordering::Relaxed),
            Event::Plan { bins } => _ = self.1.fetch_min(bins, Ordering::Relaxed),
            _ => {}
        }
    }
}

#[test]
fn what_is_told_on_the_way_is_so() {
    let mut source = Random::new(12);
    let (mut limited, mut exact) = (0, 0);
    for _ in 0..2_000 {
        let problem = random(&mut source, 8, true);
        let Some((fewest, _)) = brute(&problem) else { continue };
        let heard = Heard(AtomicU64::new(0), AtomicU64::new(u64::MAX));
        solve(&problem, &[Objective::Clusters], &options(), &heard);
        let Heard(bound, plan) = heard;
        let (bound, plan) = (bound.into_inner(), plan.into_inner());
        assert!(bound <= fewest && fewest <= plan, "{bound} <= {fewest} <= {plan}: {problem:?}");
        limited += u64::from(problem.bins().iter().any(|bin| bin.max_count.is_some()));
        exact += u64::from(plan == fewest);
    }
    assert!(limited > 500 && exact > 1_000, "{limited} {exact}");
}

#[test]
fn components_share_no_bin_and_add_up() {
    let mut source = Random::new(4);
    for _ in 0..1_000 {
        let problem = random(&mut source, 8, false);
        let parts = components(&problem);
        let mut place = vec![usize::MAX; problem.items().len()];
        for (at, part) in parts.iter().enumerate() {
            part.iter().for_each(|&item| place[item] = at);
        }
        assert!(place.iter().all(|&at| at != usize::MAX));
        for a in 0..place.len() {
            for b in 0..a {
                assert!(place[a] == place[b] || !compatible(&problem, a, b));
            }
        }
        let rules = Rules { max_counts: true, costs: true, merge: true };
        let sums: Option<(u64, u64)> = parts.iter().try_fold((0, 0), |(bins, cost), part| {
            let (more_bins, more_cost) = brute(&reduce(&problem, part, rules).problem)?;
            Some((bins + more_bins, cost + more_cost))
        });
        assert_eq!(sums, brute(&problem), "{problem:?}");
    }
}

#[test]
fn reductions_come_back() {
    let mut source = Random::new(5);
    for _ in 0..1_500 {
        let problem = random(&mut source, 8, true);
        let all: Vec<usize> = (0..problem.items().len()).collect();
        let reduced = reduce(&problem, &all, Rules { max_counts: true, costs: true, merge: true });
        assert_eq!(brute(&reduced.problem), brute(&problem), "{problem:?}");
        if let Some(solution) = solve(&reduced.problem, &[Objective::Clusters], &options(), &Silent).solution {
            let restored = reduced.restore(&problem, &solution);
            restored.check(&problem).unwrap();
            assert_eq!(restored.bins(), solution.bins());
        }
    }
}

#[test]
fn another_conflict_never_helps_and_a_permutation_changes_nothing() {
    let mut source = Random::new(6);
    for _ in 0..1_000 {
        let problem = random(&mut source, 12, false);
        let clusters = options();
        let before = solve(&problem, &[Objective::Clusters], &clusters, &Silent);
        let mut conflicts = problem.conflicts().clone();
        let (a, b) = (source.below(conflicts.len() as u64) as usize, source.below(conflicts.len() as u64) as usize);
        conflicts.insert(a, b);
        let harder =
            Problem::new(problem.dimensions(), problem.items().to_vec(), conflicts, problem.bins().to_vec()).unwrap();
        let after = solve(&harder, &[Objective::Clusters], &clusters, &Silent);
        assert_eq!(before.status, after.status);
        if let (Some(before), Some(after)) = (&before.solution, &after.solution) {
            assert!(after.bins() >= before.bins());
        }
        let items = problem.items().iter().rev().cloned().collect();
        let turned =
            Problem::new(problem.dimensions(), items, problem.conflicts().clone(), problem.bins().to_vec()).unwrap();
        let turned = solve(&turned, &[Objective::Clusters], &clusters, &Silent);
        assert_eq!(turned.solution.map(|s| s.bins()), before.solution.map(|s| s.bins()));
    }
}

#[test]
fn threads_change_nothing() {
    let mut source = Random::new(7);
    for _ in 0..100 {
        let problem = random(&mut source, 20, true);
        let run = |threads| {
            let options = Options { threads: Some(threads), work_limit: Some(20_000), ..Options::default() };
            solve(&problem, &[Objective::Clusters, Objective::Cost], &options, &Silent)
        };
        let (one, two) = (run(1), run(2));
        certified(&problem, &one);
        assert_eq!((one.status, one.solution, one.levels), (two.status, two.solution, two.levels));
        assert_eq!(one.certificate, two.certificate);
    }
}

/// Without any work: every component that is not empty takes a bin, and that is certified.
#[test]
fn no_work_still_proves_a_bin_for_each_component() {
    let mut source = Random::new(11);
    for _ in 0..300 {
        let problem = random(&mut source, 8, true);
        let answer = solve(&problem, &[Objective::Clusters], &Options { work_limit: Some(0), ..options() }, &Silent);
        certified(&problem, &answer);
        if answer.status != Status::Infeasible {
            let least = components(&problem).len() as u64;
            assert!(answer.levels[0].certified >= least, "{problem:?} {answer:?}");
        }
    }
}

#[test]
fn a_five_cycle_needs_three() {
    let mut builder = Problem::builder(1);
    builder.bin(&[10]);
    builder.classes(5);
    for class in 0..5 {
        builder.conflict(class, (class + 1) % 5).item(&[1], 1, class);
    }
    let problem = builder.build().unwrap();
    let answer = solve(&problem, &[Objective::Clusters], &options(), &Silent);
    assert_eq!((answer.status, answer.solution.unwrap().bins()), (Status::Optimal, 3));
}

#[test]
fn the_compact_model_says_the_same() {
    let mut source = Random::new(8);
    let mut compared = 0;
    for _ in 0..150 {
        let problem = random(&mut source, 9, true);
        let answer = solve(&problem, &[Objective::Clusters], &options(), &Silent);
        let Some(solution) = &answer.solution else { continue };
        assert_eq!(answer.status, Status::Optimal);
        // the MILP solver takes minutes on what is a little larger
        if problem.items().len() as u64 * solution.bins() * problem.bins().len() as u64 > 24 {
            continue;
        }
        if let Some(found) = milp(&problem, solution.bins(), false) {
            assert_eq!(found.bins(), solution.bins(), "{problem:?}");
            compared += 1;
        }
    }
    assert!(compared > 30, "{compared}");
}
