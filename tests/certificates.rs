//! Certificates against exhaustive search: what is true verifies, what is false never does, and nothing crashes.

#[path = "certificates/case.rs"]
mod case;
#[path = "certificates/exclusions.rs"]
mod exclusions;
mod exhaustive;
#[path = "certificates/prover.rs"]
mod prover;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use case::Flaw;
use exhaustive::cheapest_by_bins;
use prover::{counted, owned, problem, prove, spoil};
use tenantry::engine::random::Random;
use tenantry::engine::{
    Budget, Certificate, Claim, FluidClass, FluidUnion, Level, Node, Options, Own, Pattern, Problem, Silent, Solution,
    Verdict, certificate as file, check,
};

fn verdict(problem: &Problem, solution: Option<&Solution>, certificate: &Certificate) -> Verdict {
    check(problem, solution, certificate, &Budget::new(&Options::default(), 10_000_000, &Silent))
}

/// Whether every claim is true.
fn truthful(certificate: &Certificate, truth: &BTreeMap<u64, u128>) -> bool {
    let held = |level: Level, before: &[Claim]| before.iter().find(|claim| claim.level == level)?.value;
    certificate.claims.iter().enumerate().all(|(index, claim)| {
        let most = |level| held(level, &certificate.claims[..index]).unwrap_or(u64::MAX);
        let plans = || truth.iter().filter(|&(&bins, _)| bins <= most(Level::Clusters));
        match claim.level {
            // the truth knows only the least cost of a number of bins
            Level::Clusters => {
                let within = plans().filter(|&(_, &cost)| cost <= most(Level::Cost).into());
                within.map(|(&bins, _)| bins).min().is_none_or(|fewest| claim.bound <= fewest)
            }
            Level::Cost => plans().map(|(_, &cost)| cost).min().is_none_or(|cost| u128::from(claim.bound) <= cost),
            Level::Moves => plans().next().is_none() || claim.bound == 0,
            Level::Infeasible => truth.is_empty(),
        }
    })
}

#[test]
fn what_is_proved_is_true_and_verifies() {
    let mut random = Random::new(1);
    let (mut tight, mut costs, mut own, mut infeasible) = (0, 0, 0, 0);
    for _ in 0..8000 {
        let problem = problem(&mut random);
        let truth = cheapest_by_bins(&problem);
        let certificate = prove(&problem, &truth, None, &mut random);
        assert!(truthful(&certificate, &truth), "{problem:#?}\n{certificate:#?}\n{truth:?}");
        let bounds = certificate.claims.iter().map(|claim| claim.bound).collect();
        let verdict = verdict(&problem, None, &certificate);
        assert_eq!(verdict, Verdict::Verified { bounds }, "{problem:#?}\n{certificate:#?}");
        let claim = certificate.claims.last().expect("at least one claim");
        match claim.level {
            Level::Clusters => tight += usize::from(truth.keys().next() == Some(&claim.bound)),
            Level::Moves => {}
            Level::Cost => {
                let exact =
                    truth.get(&certificate.claims[0].bound) == Some(&u128::from(claim.bound)) && claim.bound > 0;
                costs += usize::from(exact && claim.own.is_empty());
                own += usize::from(exact && claim.own.len() > 1);
            }
            Level::Infeasible => infeasible += 1,
        }
    }
    // the test means something only if many of the bounds are as good as bounds can be
    assert!(tight > 400 && costs > 50 && own > 50 && infeasible > 50, "{tight} {costs} {own} {infeasible}");
}

/// One more than what is proved: refuted, or true after all.
#[test]
fn no_more_than_what_is_proved() {
    let mut random = Random::new(2);
    for _ in 0..3000 {
        let problem = problem(&mut random);
        let truth = cheapest_by_bins(&problem);
        let mut certificate = prove(&problem, &truth, None, &mut random);
        let claim = certificate.claims.last_mut().expect("at least one claim");
        claim.bound += 1;
        if random.below(2) == 0 {
            let scale = claim.scale;
            let factor = claim.own.first().map_or(1, |own| own.scale);
            if let Some(component) = claim.components.first_mut() {
                component.bound += scale * factor;
            }
        }
        if let Verdict::Verified { .. } = verdict(&problem, None, &certificate) {
            assert!(truthful(&certificate, &truth), "{problem:#?}\n{certificate:#?}");
        }
    }
}

/// Proofs that are right in every step, but count the bins of other components than the claim before: a component's
/// bins in another's place, or one more here and one less there.
#[test]
fn own_prices_need_the_counts_of_the_same_components() {
    let mut random = Random::new(4);
    let mut false_ones = 0;
    for _ in 0..20_000 {
        let problem = problem(&mut random);
        let first = counted(&problem, None, &mut random);
        if first.components.len() < 2 {
            continue;
        }
        let truth = cheapest_by_bins(&problem);
        let mut believed = first.clone();
        let last = believed.components.len() - 1;
        if random.below(2) == 0 {
            let items = believed.components[0].items.clone();
            believed.components[0].items = std::mem::replace(&mut believed.components[last].items, items);
        } else {
            believed.components[0].bound += 1;
            believed.components[last].bound = believed.components[last].bound.saturating_sub(1);
        }
        let Some(second) = owned(&problem, &believed, None, &mut random) else { continue };
        let first = Claim { value: Some(first.bound), ..first };
        let certificate = Certificate { claims: vec![first, second] };
        false_ones += usize::from(!truthful(&certificate, &truth));
        if let Verdict::Verified { .. } = verdict(&problem, None, &certificate) {
            assert!(truthful(&certificate, &truth), "{problem:#?}\n{certificate:#?}\n{truth:?}");
        }
    }
    assert!(false_ones > 50, "{false_ones}");
}

/// Mutated certificates: never accepted where false. A share of them is written out for the second checker.
#[test]
fn mutations_never_pass() {
    let mut random = Random::new(3);
    let mut lines = String::new();
    let (mut accepted, mut false_ones, mut total) = (0, 0, 0);
    for round in 0..20_000 {
        let problem = problem(&mut random);
        let truth = cheapest_by_bins(&problem);
        let flaw = (random.below(4) == 0).then(|| Flaw::ALL[random.index(Flaw::ALL.len())]);
        let certificate = prove(&problem, &truth, flaw, &mut random);
        for turn in 0..8 {
            let mut mutant = certificate.clone();
            for _ in u64::from(flaw.is_some())..=random.below(3) {
                mutate(&mut mutant, &mut random);
            }
            let solution = (random.below(4) == 0).then(|| some_solution(&problem, &mut random));
            let verdict = verdict(&problem, solution.as_ref(), &mutant);
            total += 1;
            false_ones += usize::from(!truthful(&mutant, &truth));
            if let Verdict::Verified { bounds } = &verdict {
                accepted += 1;
                assert!(truthful(&mutant, &truth), "{problem:#?}\n{mutant:#?}\n{truth:?}");
                assert_eq!(bounds.len(), mutant.claims.len());
                if let Some(solution) = &solution {
                    solution.check(&problem).expect("a verified plan is legal");
                }
            }
            if (round + turn) % 40 == 0 {
                let mut bytes = Vec::new();
                file::write(&mut bytes, &problem, solution.as_ref(), &mutant).expect("writes");
                let document = file::read(&bytes).expect("reads what it wrote");
                assert_eq!(
                    (&document.problem, &document.solution, &document.certificate),
                    (&problem, &solution, &mutant)
                );
                let text = String::from_utf8(bytes).expect("JSON is UTF-8");
                let word = word(&verdict);
                writeln!(lines, "{{\"verdict\":\"{word}\",\"file\":{}}}", text.trim_end()).expect("a string takes it");
            }
        }
    }
    assert!(total >= 10_000 && accepted > 500 && false_ones > 10_000, "{total} {accepted} {false_ones}");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("certificates.jsonl");
    std::fs::write(path, lines).expect("the target directory can be written");
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Verified { .. } => "VERIFIED",
        Verdict::Refuted { .. } => "REFUTED",
        Verdict::Undecided => "UNDECIDED",
    }
}

/// First fit, then perhaps spoilt.
fn some_solution(problem: &Problem, random: &mut Random) -> Solution {
    let mut bins: Vec<(usize, Vec<usize>)> = Vec::new();
    for (item, kind) in problem.items().iter().enumerate() {
        for _ in 0..kind.demand {
            let home = bins.iter_mut().find(|(bin, content)| {
                let mut with = content.clone();
                with.push(item);
                exhaustive::feasible(problem, *bin, &with)
            });
            if let Some((_, content)) = home {
                content.push(item);
            } else {
                let bin = (0..problem.bins().len()).find(|&bin| exhaustive::feasible(problem, bin, &[item]));
                bins.push((bin.unwrap_or(0), vec![item]));
            }
        }
    }
    let pattern = |(bin, content): (usize, Vec<usize>)| {
        let mut items: Vec<(usize, u64)> = Vec::new();
        for item in content {
            match items.last_mut() {
                Some((last, copies)) if *last == item => *copies += 1,
                _ => items.push((item, 1)),
            }
        }
        Pattern { bin, items, count: 1 }
    };
    let mut patterns: Vec<Pattern> = bins.into_iter().map(pattern).collect();
    if random.below(3) == 0
        && let Some(pattern) = patterns.last_mut()
    {
        match random.below(4) {
            0 => pattern.bin += 1,
            1 => spoil(&mut pattern.count, random),
            2 => pattern.items.reverse(),
            _ => pattern.items.iter_mut().for_each(|(_, copies)| spoil(copies, random)),
        }
    }
    Solution { patterns }
}

fn mutate(certificate: &mut Certificate, random: &mut Random) {
    let claims = certificate.claims.len();
    if claims == 0 {
        return;
    }
    let which = random.index(claims);
    let claim = &mut certificate.claims[which];
    match random.below(18) {
        0 => spoil(&mut claim.bound, random),
        1 => spoil(&mut claim.scale, random),
        2 if !claim.shared.is_empty() => {
            let bin = random.index(claim.shared.len());
            spoil(&mut claim.shared[bin], random);
        }
        3 => claim.prices.clusters += random.below(7) as i128 - 3,
        4 => {
            claim.level = match random.below(3) {
                0 => Level::Clusters,
                1 => Level::Cost,
                _ => Level::Infeasible,
            }
        }
        5 => {
            certificate.claims.remove(which);
        }
        6 if claim.components.len() > 1 => {
            let last = claim.components.pop().expect("more than one");
            if random.below(2) == 0 {
                claim.components[0].items.extend(last.items);
                claim.components[0].items.sort_unstable();
            }
        }
        7 => claim.bound = claim.bound.saturating_add(1),
        8 | 9 if !claim.own.is_empty() => spoil_own(certificate, which, random),
        10 if claim.components.len() > 1 => {
            // one component before another, here alone or with its own prices
            let (a, b) = (random.index(claim.components.len()), random.index(claim.components.len()));
            claim.components.swap(a, b);
            if random.below(2) == 0 && claim.own.len() == claim.components.len() {
                claim.own.swap(a, b);
            }
        }
        _ if !claim.components.is_empty() => {
            let index = random.index(claim.components.len());
            let component = &mut claim.components[index];
            let node = random.index(component.nodes.len());
            match random.below(6) {
                0 => spoil(&mut component.bound, random),
                1 => {
                    let item = random.index(component.items.len());
                    component.items[item] = random.index(6);
                }
                2 => {
                    // a bound for free, if nobody looks at the children
                    component.bound = component.bound.saturating_add(1);
                    claim.bound = claim.bound.saturating_add(1);
                }
                3 if component.nodes.len() > 1 => {
                    component.nodes.remove(node);
                }
                _ => spoil_node(&mut component.nodes[node], random),
            }
        }
        _ => {}
    }
}

/// Another offset, scale or number of bins; often with the bound that it would prove if the checker let it pass.
fn spoil_own(certificate: &mut Certificate, which: usize, random: &mut Random) {
    let claims = certificate.claims.len();
    let claim = &mut certificate.claims[which];
    let (at, other) = (random.index(claim.own.len()), random.index(claim.own.len()));
    let greedy = random.below(2);
    match random.below(9) {
        0 => claim.own[at].offset -= 1 + random.below(3) as i128,
        1 => claim.own[at].offset += 1 + random.below(3) as i128,
        2 => spoil(&mut claim.own[at].scale, random),
        3 => claim.own.swap(at, other),
        4 => {
            claim.own.pop();
        }
        5 => claim.own.push(Own { scale: 1, offset: -1 }),
        // one offset for all of them, as without own ones
        6 => claim.prices.clusters = std::mem::take(&mut claim.own)[at].offset,
        // another number of bins in the fixed level, or in one component of the level before
        7 => certificate.claims[0].value = Some(random.below(5)),
        _ if claims > 1 => {
            let first = &mut certificate.claims[0];
            let at = random.index(first.components.len());
            spoil(&mut first.components[at].bound, random);
            if random.below(2) == 0 {
                first.bound = first.components.iter().fold(0, |sum, part| sum.saturating_add(part.bound));
            }
        }
        _ => {}
    }
    let claim = &mut certificate.claims[which];
    claim.bound = claim.bound.saturating_add(greedy);
}

fn spoil_node(node: &mut Node, random: &mut Random) {
    match node {
        Node::Weights { weights, capacity } => match random.below(4) {
            0 => spoil(capacity, random),
            1 => {
                weights.pop();
            }
            _ if !weights.is_empty() => {
                let item = random.index(weights.len());
                spoil(&mut weights[item], random);
            }
            _ => weights.push(1),
        },
        Node::Grouped { weights, openings, capacity } => match random.below(3) {
            0 => spoil(capacity, random),
            1 => openings.iter_mut().for_each(|opening| spoil(opening, random)),
            _ => weights.iter_mut().for_each(|weight| spoil(weight, random)),
        },
        Node::Resources { weights, capacity, prices, divisor } => match random.below(4) {
            0 => spoil(capacity, random),
            1 => spoil(divisor, random),
            2 if !prices.is_empty() => {
                let resource = random.index(prices.len());
                spoil(&mut prices[resource], random);
            }
            _ if !weights.is_empty() => {
                let item = random.index(weights.len());
                spoil(&mut weights[item], random);
            }
            _ => weights.push(1),
        },
        Node::Cover { rows } => rows.iter_mut().flatten().for_each(|price| spoil(price, random)),
        Node::Unplaceable { item } => *item = random.index(6),
        Node::Branch { a, b, together, apart } => match random.below(5) {
            0 => *a = random.index(6),
            1 => *b = random.index(6),
            2 => *together = if together.is_some() { None } else { Some(random.index(6)) },
            3 => *apart = random.index(6),
            _ => {
                if let Some(child) = together {
                    std::mem::swap(child, apart);
                }
            }
        },
        Node::Exclude { weights, capacity, below } => match random.below(6) {
            0 => spoil(capacity, random),
            1 => *below = random.index(6),
            2 => {
                weights.pop();
            }
            _ if !weights.is_empty() => {
                let item = random.index(weights.len());
                spoil(&mut weights[item], random);
            }
            _ => weights.push(1),
        },
        Node::Fluid { classes, unions, capacity } => match random.below(7) {
            0 => spoil(capacity, random),
            6 => match unions.last_mut() {
                Some(union) => union.presence += random.below(3) as i64 - 1,
                None => unions.push(FluidUnion { classes: vec![0], presence: 1 }),
            },
            1 => {
                classes.pop();
            }
            _ if !classes.is_empty() => {
                let FluidClass { items, prices, presence } = {
                    let at = random.index(classes.len());
                    &mut classes[at]
                };
                match random.below(4) {
                    0 => *presence += random.below(3) as i64 - 1,
                    1 => {
                        items.pop();
                    }
                    _ => prices.iter_mut().for_each(|price| spoil(price, random)),
                }
            }
            _ => {}
        },
        Node::Presence { items, most, few, many } => match random.below(4) {
            0 => spoil(most, random),
            1 => std::mem::swap(few, many),
            2 => *many = random.index(6),
            _ => {
                items.pop();
            }
        },
    }
}

fn files(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates").join(kind);
    let entries = std::fs::read_dir(folder).expect("the folder exists");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    paths
}

#[test]
fn good_files_verify() {
    let paths = files("good");
    assert!(paths.len() >= 5);
    for path in paths {
        let document = file::read(&std::fs::read(&path).expect("readable")).expect("a certificate");
        let verdict = verdict(&document.problem, document.solution.as_ref(), &document.certificate);
        assert!(matches!(verdict, Verdict::Verified { .. }), "{}: {verdict:?}", path.display());
    }
}

#[test]
fn bad_files_do_not() {
    let paths = files("bad");
    assert!(paths.len() >= 20);
    for path in paths {
        let Ok(document) = file::read(&std::fs::read(&path).expect("readable")) else { continue };
        let verdict = verdict(&document.problem, document.solution.as_ref(), &document.certificate);
        assert!(matches!(verdict, Verdict::Refuted { .. }), "{}: {verdict:?}", path.display());
    }
}
