//! Certificates of problems with terms (shared limits, kept bins, charges, units, limits on values) against exhaustive
//! search: what is true verifies, and no flaw in a prover passes. A model of its own: nothing is taken from the checker.

#[path = "terms/exhaustive.rs"]
mod exhaustive;
#[path = "terms/prover.rs"]
mod prover;

use std::fmt::Write as _;
use std::path::Path;

use exhaustive::{Values, plans};
use prover::{Flaw, problem, prove};
use tenantry::engine::random::Random;
use tenantry::engine::{
    Budget, Certificate, Level, Node, Options, Problem, Silent, Verdict, certificate as file, check,
};

fn verdict(problem: &Problem, certificate: &Certificate) -> Verdict {
    check(problem, None, certificate, &Budget::new(&Options::default(), 10_000_000, &Silent))
}

fn value(level: Level, values: &Values) -> u128 {
    match level {
        Level::Clusters => values.0,
        Level::Cost => values.1,
        Level::Moves => values.2,
        Level::Infeasible => 0,
    }
}

/// Whether every claim is true: of the plans whose earlier values are at most those stated.
fn truthful(certificate: &Certificate, truth: &[Values]) -> bool {
    let claims = &certificate.claims;
    claims.iter().enumerate().all(|(index, claim)| {
        let held = |plan: &&Values| {
            claims[..index]
                .iter()
                .all(|earlier| earlier.value.is_none_or(|most| value(earlier.level, plan) <= u128::from(most)))
        };
        let best = truth.iter().filter(held).map(|plan| value(claim.level, plan)).min();
        match claim.level {
            Level::Infeasible => truth.is_empty(),
            _ => best.is_none_or(|best| u128::from(claim.bound) <= best),
        }
    })
}

#[test]
fn what_is_proved_is_true_and_verifies() {
    let mut random = Random::new(1);
    let (mut tight, mut later, mut infeasible, mut negative, mut kept) = (0, 0, 0, 0, 0);
    let mut own = 0;
    for _ in 0..6_000 {
        let problem = problem(&mut random);
        let truth = plans(&problem);
        let certificate = prove(&problem, &truth, None, &mut random);
        assert!(truthful(&certificate, &truth), "{problem:#?}\n{certificate:#?}\n{truth:?}");
        let bounds = certificate.claims.iter().map(|claim| claim.bound).collect();
        assert_eq!(verdict(&problem, &certificate), Verdict::Verified { bounds }, "{problem:#?}\n{certificate:#?}");
        for (index, claim) in certificate.claims.iter().enumerate() {
            let exact = claim.bound > 0;
            tight += usize::from(exact && index == 0);
            later += usize::from(exact && index > 0);
            infeasible += usize::from(claim.level == Level::Infeasible);
            let prices = claim.prices;
            negative +=
                usize::from(exact && [prices.clusters, prices.cost, prices.moves].iter().any(|&price| price < 0));
            kept += usize::from(exact && claim.kept.iter().any(|&price| price > 0));
            own += usize::from(exact && !claim.own.is_empty());
        }
    }
    let all = [tight, later, infeasible, negative, kept, own];
    assert!(all.iter().all(|&count| count > 50), "{all:?}");
}

/// Proofs by a prover that gets one thing wrong: where they prove what is false they do not pass.
#[test]
fn no_flaw_passes() {
    for (seed, flaw) in Flaw::ALL.into_iter().enumerate() {
        let mut random = Random::new(20 + seed as u64);
        let mut false_ones = 0;
        // that one is rarely of consequence
        let rounds = if flaw == Flaw::MergedChargedTwice { 40_000 } else { 3_000 };
        for _ in 0..rounds {
            let problem = problem(&mut random);
            let truth = plans(&problem);
            let certificate = prove(&problem, &truth, Some(flaw), &mut random);
            if !truthful(&certificate, &truth) {
                false_ones += 1;
                let found = verdict(&problem, &certificate);
                assert!(matches!(found, Verdict::Refuted { .. }), "{flaw:?} {problem:#?}\n{certificate:#?}\n{truth:?}");
            }
        }
        let enough = if flaw == Flaw::MergedChargedTwice { 1 } else { 6 };
        assert!(false_ones >= enough, "{flaw:?}: {false_ones}");
    }
}

/// Mutated certificates: never accepted where false. A share of them is written out for the second checker.
#[test]
fn mutations_never_pass() {
    let mut random = Random::new(3);
    let mut lines = String::new();
    let (mut accepted, mut false_ones) = (0, 0);
    for round in 0..6_000 {
        let problem = problem(&mut random);
        let truth = plans(&problem);
        let flaw = (random.below(4) == 0).then(|| Flaw::ALL[random.index(Flaw::ALL.len())]);
        let certificate = prove(&problem, &truth, flaw, &mut random);
        for turn in 0..6 {
            let mut mutant = certificate.clone();
            for _ in 0..1 + random.below(3) {
                mutate(&mut mutant, &mut random);
            }
            let found = verdict(&problem, &mutant);
            false_ones += usize::from(!truthful(&mutant, &truth));
            if let Verdict::Verified { .. } = found {
                accepted += 1;
                assert!(truthful(&mutant, &truth), "{problem:#?}\n{mutant:#?}\n{truth:?}");
            }
            if (round + turn) % 20 == 0 {
                let mut bytes = Vec::new();
                file::write(&mut bytes, &problem, None, &mutant).expect("writes");
                let document = file::read(&bytes).expect("reads what it wrote");
                assert_eq!((&document.problem, &document.certificate), (&problem, &mutant));
                let word = match found {
                    Verdict::Verified { .. } => "VERIFIED",
                    Verdict::Refuted { .. } => "REFUTED",
                    Verdict::Undecided => "UNDECIDED",
                };
                let text = String::from_utf8(bytes).expect("JSON is UTF-8");
                writeln!(lines, "{{\"verdict\":\"{word}\",\"file\":{}}}", text.trim_end()).expect("a string takes it");
            }
        }
    }
    assert!(accepted > 500 && false_ones > 1_000, "{accepted} {false_ones}");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("terms.jsonl");
    std::fs::write(path, lines).expect("the target directory can be written");
}

fn mutate(certificate: &mut Certificate, random: &mut Random) {
    use prover::spoil;
    let count = certificate.claims.len();
    let which = random.index(count);
    if random.below(12) == 0 && count > 1 {
        let other = random.index(count);
        return certificate.claims.swap(which, other);
    }
    let claim = &mut certificate.claims[which];
    let step = |number: &mut i128, random: &mut Random| *number += random.below(7) as i128 - 3;
    match random.below(14) {
        0 => claim.bound = claim.bound.saturating_add(1),
        1 => spoil(&mut claim.scale, random),
        2 => step(&mut claim.prices.clusters, random),
        3 => step(&mut claim.prices.cost, random),
        4 => step(&mut claim.prices.moves, random),
        5 => claim.value = claim.value.map(|value| value.saturating_add(random.below(3)).saturating_sub(1)),
        6 if !claim.limits.is_empty() => {
            let at = random.index(claim.limits.len());
            spoil(&mut claim.limits[at], random);
        }
        7 if !claim.kept.is_empty() => {
            let at = random.index(claim.kept.len());
            spoil(&mut claim.kept[at], random);
        }
        8 if !claim.shared.is_empty() => {
            let at = random.index(claim.shared.len());
            spoil(&mut claim.shared[at], random);
        }
        9 => claim.level = [Level::Clusters, Level::Cost, Level::Moves, Level::Infeasible][random.index(4)],
        10 if !claim.own.is_empty() => {
            let at = random.index(claim.own.len());
            step(&mut claim.own[at].offset, random);
        }
        _ => {
            let at = random.index(claim.components.len());
            let component = &mut claim.components[at];
            if random.below(3) == 0 {
                component.bound = component.bound.saturating_add(1);
                claim.bound = claim.bound.saturating_add(random.below(2));
                return;
            }
            let node = random.index(component.nodes.len());
            match &mut component.nodes[node] {
                Node::Weights { weights, capacity } | Node::Resources { weights, capacity, .. } => {
                    if random.below(3) == 0 {
                        spoil(capacity, random);
                    } else if let Some(at) = weights.len().checked_sub(1) {
                        spoil(&mut weights[random.index(at + 1)], random);
                    }
                }
                Node::Branch { together, apart, .. } => {
                    if random.below(2) == 0 {
                        *together = None;
                    } else if let Some(child) = together {
                        std::mem::swap(child, apart);
                    }
                }
                Node::Cover { rows } if random.below(4) == 0 => {
                    rows.pop();
                }
                Node::Cover { rows } => rows.iter_mut().flatten().for_each(|price| spoil(price, random)),
                Node::Unplaceable { item } => *item = random.index(4),
                Node::Exclude { .. } => {}
            }
        }
    }
}
