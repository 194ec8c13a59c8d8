//! The engine under terms against brute force: shared limits, kept bins, charges, units, limits on values, and the levels
//! in every order.

use crate::terms::{exhaustive, prover};

use exhaustive::{Values, plans};
use prover::problem;
use tenantry::engine::random::Random;
use tenantry::engine::{
    Answer, Budget, ItemType, Objective, Options, Problem, Silent, Status, Step, Terms, Verdict, check, solve,
};

const ORDERS: [&[Objective]; 10] = {
    use Objective::{Clusters, Cost, Moves};
    [
        &[Clusters],
        &[Clusters, Cost],
        &[Clusters, Moves],
        &[Cost],
        &[Clusters, Cost, Moves],
        &[Clusters, Moves, Cost],
        &[Cost, Clusters, Moves],
        &[Cost, Moves, Clusters],
        &[Moves, Clusters, Cost],
        &[Moves, Cost, Clusters],
    ]
};

fn options() -> Options {
    Options { threads: Some(1), ..Options::default() }
}

fn in_order(objective: &[Objective], plan: &Values) -> Vec<u128> {
    let of = |level: &Objective| match level {
        Objective::Clusters => plan.0,
        Objective::Cost => plan.1,
        _ => plan.2,
    };
    objective.iter().map(of).collect()
}

/// The least values level by level, by trying everything; `None` where there is no plan.
fn least(problem: &Problem, objective: &[Objective]) -> Option<Vec<u128>> {
    plans(problem).iter().map(|plan| in_order(objective, plan)).min()
}

/// No certificate claims what the checker cannot confirm.
fn certified(problem: &Problem, answer: &Answer) {
    if answer.certificate.claims.is_empty() {
        return;
    }
    let options = Options::default();
    let budget = Budget::new(&options, 1 << 34, &Silent);
    match check(problem, answer.solution.as_ref(), &answer.certificate, &budget) {
        Verdict::Verified { .. } => {}
        other => panic!("{other:?} {problem:#?} {answer:#?}"),
    }
}

#[test]
fn every_order_of_the_levels_agrees_with_brute_force() {
    let mut random = Random::new(1);
    let (mut infeasible, mut claimed, mut tight, mut all, mut cases) = (0, 0, 0, 0, 0);
    for round in 0..6_000 {
        let problem = problem(&mut random);
        let objective = ORDERS[round % ORDERS.len()];
        let expected = least(&problem, objective);
        let answer = solve(&problem, objective, &options(), &Silent).unwrap();
        certified(&problem, &answer);
        cases += answer.certificate.claims.iter().filter(|claim| !claim.cases.is_empty()).count();
        let Some(expected) = expected else {
            assert_eq!(answer.status, Status::Infeasible, "{problem:#?} {answer:#?}");
            infeasible += 1;
            claimed += usize::from(!answer.certificate.claims.is_empty());
            continue;
        };
        assert_eq!(answer.status, Status::Optimal, "{objective:?} {problem:#?} {answer:#?} {expected:?}");
        answer.solution.as_ref().unwrap().check(&problem).unwrap();
        let values: Vec<u128> = answer.levels.iter().map(|level| level.value.unwrap().into()).collect();
        let bounds: Vec<u128> = answer.levels.iter().map(|level| level.bound.into()).collect();
        assert_eq!((&values, &bounds), (&expected, &expected), "{objective:?} {problem:#?} {answer:#?}");
        for level in &answer.levels {
            assert!(level.certified <= level.bound);
            all += 1;
            tight += usize::from(level.certified == level.bound);
        }
    }
    println!("{claimed} of {infeasible} infeasible, {tight} of {all} levels certified, {cases} of them by cases");
    assert!(infeasible > 500 && claimed == infeasible && tight == all, "{infeasible} {claimed} {tight} {all}");
    assert!(cases > 500, "{cases}");
}

/// Without the exhaustive search no bound is false and no plan illegal, whatever is proved.
#[test]
fn nothing_false_without_the_exhaustive_search() {
    let mut random = Random::new(2);
    let (mut optimal, mut solved, mut all) = (0, 0, 0);
    for round in 0..3_000 {
        let problem = problem(&mut random);
        let objective = ORDERS[round % ORDERS.len()];
        let options = Options { without: vec![Step::Enumeration], work_limit: Some(30_000_000), ..options() };
        let answer = solve(&problem, objective, &options, &Silent).unwrap();
        certified(&problem, &answer);
        let truth = plans(&problem);
        if truth.is_empty() {
            assert!([Status::Infeasible, Status::Unknown].contains(&answer.status), "{problem:#?} {answer:#?}");
            continue;
        }
        all += 1;
        assert_ne!(answer.status, Status::Infeasible, "{problem:#?} {answer:#?}");
        let Some(plan) = &answer.solution else {
            let least = least(&problem, &objective[..1]).unwrap();
            assert!(u128::from(answer.levels[0].bound) <= least[0], "{problem:#?} {answer:#?}");
            continue;
        };
        plan.check(&problem).unwrap();
        solved += 1;
        let values: Vec<u128> = answer.levels.iter().map(|level| level.value.unwrap().into()).collect();
        for (index, level) in answer.levels.iter().enumerate() {
            let within = |plan: &Vec<u128>| (0..index).all(|earlier| plan[earlier] <= values[earlier]);
            let best = truth.iter().map(|plan| in_order(objective, plan)).filter(within).map(|plan| plan[index]).min();
            assert!(best.is_none_or(|best| u128::from(level.bound) <= best), "{objective:?} {problem:#?} {answer:#?}");
        }
        if answer.status == Status::Optimal {
            optimal += 1;
            assert_eq!(Some(values), least(&problem, objective), "{objective:?} {problem:#?} {answer:#?}");
        }
    }
    assert!(solved * 10 > all * 9 && optimal * 2 > all, "{solved} {optimal} {all}");
}

/// Bin types that nothing tells apart, and so many limited ones that they are not looked at one by one.
#[test]
fn many_types_and_types_that_are_alike() {
    let mut random = Random::new(5);
    let (mut infeasible, mut optimal) = (0, 0);
    for round in 0..1_500 {
        let few = problem(&mut random);
        let copies = 2 + random.index(if few.copies() > 4 { 2 } else { 4 });
        let mut bins = few.bins().to_vec();
        let real = bins.len();
        let of: Vec<usize> = (real..real + copies).map(|_| random.index(real)).collect();
        for &like in &of {
            let mut bin = few.bins()[like].clone();
            bin.max_count = Some(random.below(3));
            if random.below(3) == 0 {
                bin.capacity.iter_mut().for_each(|room| *room += random.below(3));
            }
            bins.push(bin);
        }
        let all = || (0..real).chain(of.iter().copied()).enumerate();
        let with = |set: &dyn Fn(usize) -> bool| all().filter(|&(_, like)| set(like)).map(|(bin, _)| bin).collect();
        let items = few.items().iter();
        let items = items.map(|item| ItemType { eligible: with(&|bin| item.eligible.contains(bin)), ..item.clone() });
        let mut terms = few.terms().clone();
        for limit in &mut terms.limits {
            limit.bins = with(&|bin| limit.bins.contains(bin));
        }
        if !terms.kept.is_empty() {
            terms.kept = all().map(|(bin, like)| terms.kept[like].min(if bin < real { 9 } else { 1 })).collect();
        }
        for charge in &mut terms.charges {
            charge.except = all().map(|(bin, like)| (bin, charge.of(like))).collect();
        }
        if round % 3 == 0 {
            terms = Terms::default();
        }
        let many = Problem::new(few.dimensions(), items.collect(), few.conflicts().clone(), bins).unwrap();
        let many = many.with(terms).unwrap();
        let objective = if round % 3 == 0 { ORDERS[round / 3 % 2] } else { ORDERS[round % ORDERS.len()] };
        let answer = solve(&many, objective, &options(), &Silent).unwrap();
        certified(&many, &answer);
        let Some(expected) = least(&many, objective) else {
            assert_eq!(answer.status, Status::Infeasible, "{many:#?} {answer:#?}");
            infeasible += 1;
            continue;
        };
        optimal += 1;
        assert_eq!(answer.status, Status::Optimal, "{objective:?} {many:#?} {answer:#?} {expected:?}");
        answer.solution.as_ref().unwrap().check(&many).unwrap();
        let values: Vec<u128> = answer.levels.iter().map(|level| level.value.unwrap().into()).collect();
        assert_eq!(values, expected, "{objective:?} {many:#?} {answer:#?}");
    }
    assert!(infeasible > 50 && optimal > 500, "{infeasible} {optimal}");
}

#[test]
fn threads_change_nothing() {
    let mut random = Random::new(3);
    for round in 0..60 {
        let problem = problem(&mut random);
        let objective = ORDERS[round % ORDERS.len()];
        let run = |threads| {
            let options = Options { threads: Some(threads), work_limit: Some(200_000), ..Options::default() };
            solve(&problem, objective, &options, &Silent).unwrap()
        };
        let (one, two) = (run(1), run(2));
        assert_eq!((one.status, one.solution, one.levels), (two.status, two.solution, two.levels));
        assert_eq!(one.certificate, two.certificate);
    }
}

/// Terms that say nothing change nothing, and a level stands once.
#[test]
fn what_says_nothing_and_what_is_refused() {
    let mut random = Random::new(4);
    for _ in 0..200 {
        let problem = problem(&mut random).with(Terms::default()).unwrap();
        let silent = Terms { kept: vec![0; problem.bins().len()], ..Terms::default() };
        assert_eq!(problem.clone().with(silent).unwrap(), problem);
        let twice = [Objective::Clusters, Objective::Cost, Objective::Clusters];
        assert!(solve(&problem, &twice, &options(), &Silent).is_err());
    }
}
