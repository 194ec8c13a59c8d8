//! Certificates of problems with terms (shared limits, kept bins, charges, units, limits on values) against exhaustive
//! search: what is true verifies, and no flaw in a prover passes. A model of its own: nothing is taken from the checker.

#[path = "terms/cases.rs"]
mod cases;
#[path = "terms/exhaustive.rs"]
pub mod exhaustive;
#[path = "terms/prover.rs"]
pub mod prover;
#[path = "terms/savings.rs"]
mod savings;

use std::path::Path;

use cases::Fault;
use exhaustive::{Values, plans};
use prover::{Flaw, problem, prove};
use savings::Slip;
use tenantry::engine::random::Random;
use tenantry::engine::{
    BitMatrix, Budget, CaseNode, Certificate, Charge, Claim, Count, ItemType, Level, Node, Options, Prices, Problem,
    Silent, Terms, Verdict, certificate as file, check,
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
                lines += &written(&problem, &mutant, &found);
            }
        }
    }
    assert!(accepted > 500 && false_ones > 1_000, "{accepted} {false_ones}");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("terms.jsonl");
    std::fs::write(path, lines).expect("the target directory can be written");
}

/// A problem with charges, and a claim on its moves by savings, perhaps after others that are held at the values of a plan.
fn by_savings(slip: Option<Slip>, random: &mut Random) -> Option<(Problem, Vec<Values>, Certificate)> {
    let problem = problem(random);
    let truth = plans(&problem);
    if problem.terms().charges.is_empty() {
        return None;
    }
    let mut claims: Vec<Claim> = Vec::new();
    if let Some(plan) = truth.first().filter(|_| random.below(3) > 0) {
        for (level, held) in [(Level::Clusters, plan.0), (Level::Cost, plan.1)] {
            if random.below(2) == 0 {
                let empty = prove(&problem, &truth, None, &mut Random::new(1)).claims;
                let plain = |claim: &Claim| claim.prices == Prices::default() && claim.own.is_empty();
                let first = empty.into_iter().find(|claim| claim.level == level && plain(claim));
                claims.extend(first.map(|claim| Claim { value: u64::try_from(held).ok(), ..claim }));
            }
        }
    }
    let claim = savings::claim(&problem, &claims, slip, random)?;
    claims.push(claim);
    Some((problem, truth, Certificate { claims }))
}

#[test]
fn savings_that_are_proved_are_true_and_verify() {
    let mut random = Random::new(31);
    let (mut tight, mut held, mut branched) = (0, 0, 0);
    for _ in 0..6_000 {
        let Some((problem, truth, certificate)) = by_savings(None, &mut random) else { continue };
        assert!(truthful(&certificate, &truth), "{problem:#?}\n{certificate:#?}\n{truth:?}");
        let bounds = certificate.claims.iter().map(|claim| claim.bound).collect();
        assert_eq!(verdict(&problem, &certificate), Verdict::Verified { bounds }, "{problem:#?}\n{certificate:#?}");
        let last = certificate.claims.last().expect("one at least");
        let least = truth.iter().map(|plan| plan.2).min();
        tight += usize::from(last.bound > 0 && least == Some(last.bound.into()));
        held += usize::from(certificate.claims.len() > 1 && last.bound > 0);
        branched += usize::from(last.savings.as_ref().is_some_and(|savings| savings.nodes.len() > 1));
    }
    assert!(tight > 100 && held > 100 && branched > 100, "{tight} {held} {branched}");
}

#[test]
fn no_slip_in_savings_passes() {
    for (seed, slip) in Slip::ALL.into_iter().enumerate() {
        let mut random = Random::new(40 + seed as u64);
        let mut false_ones = 0;
        for _ in 0..4_000 {
            let Some((problem, truth, certificate)) = by_savings(Some(slip), &mut random) else { continue };
            if !truthful(&certificate, &truth) {
                false_ones += 1;
                let found = verdict(&problem, &certificate);
                assert!(matches!(found, Verdict::Refuted { .. }), "{slip:?} {problem:#?}\n{certificate:#?}\n{truth:?}");
            }
        }
        assert!(false_ones >= 6, "{slip:?}: {false_ones}");
    }
}

/// Mutated claims on savings: never accepted where false. A share of them is written out for the second checker.
#[test]
fn mutated_savings_never_pass() {
    let mut random = Random::new(32);
    let mut lines = String::new();
    let (mut accepted, mut false_ones) = (0, 0);
    for round in 0..6_000 {
        let slip = (random.below(4) == 0).then(|| Slip::ALL[random.index(Slip::ALL.len())]);
        let Some((problem, truth, certificate)) = by_savings(slip, &mut random) else { continue };
        for turn in 0..6 {
            let mut mutant = certificate.clone();
            for _ in 0..1 + random.below(3) {
                mutate_savings(mutant.claims.last_mut().expect("one at least"), &mut random);
            }
            let found = verdict(&problem, &mutant);
            false_ones += usize::from(!truthful(&mutant, &truth));
            if let Verdict::Verified { .. } = found {
                accepted += 1;
                assert!(truthful(&mutant, &truth), "{problem:#?}\n{mutant:#?}\n{truth:?}");
            }
            if (round + turn) % 20 == 0 {
                lines += &written(&problem, &mutant, &found);
            }
        }
    }
    assert!(accepted > 500 && false_ones > 1_000, "{accepted} {false_ones}");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("savings.jsonl");
    std::fs::write(path, lines).expect("the target directory can be written");
}

/// A problem and a claim by cases, perhaps after others that are held at the values of a plan.
fn by_cases(fault: Option<Fault>, random: &mut Random) -> Option<(Problem, Vec<Values>, Certificate)> {
    let problem = problem(random);
    let truth = plans(&problem);
    if truth.is_empty() {
        let claim = cases::claim(&problem, Level::Infeasible, &[], fault, random)?;
        return Some((problem, truth, Certificate { claims: vec![claim] }));
    }
    let plan = truth[random.index(truth.len().min(4))];
    let mut levels = [Level::Clusters, Level::Cost, Level::Moves];
    random.shuffle(&mut levels);
    let mut claims: Vec<Claim> = Vec::new();
    for &level in &levels[..1 + random.index(3)] {
        let claim = cases::claim(&problem, level, &claims, fault, random)?;
        claims.push(Claim { value: u64::try_from(value(level, &plan)).ok(), ..claim });
    }
    Some((problem, truth, Certificate { claims }))
}

#[test]
fn cases_that_are_proved_are_true_and_verify() {
    let mut random = Random::new(51);
    let (mut tight, mut later, mut infeasible, mut branched, mut counted, mut empty) = (0, 0, 0, 0, 0, 0);
    for _ in 0..6_000 {
        let Some((problem, truth, certificate)) = by_cases(None, &mut random) else { continue };
        assert!(truthful(&certificate, &truth), "{problem:#?}\n{certificate:#?}\n{truth:?}");
        let bounds = certificate.claims.iter().map(|claim| claim.bound).collect();
        assert_eq!(verdict(&problem, &certificate), Verdict::Verified { bounds }, "{problem:#?}\n{certificate:#?}");
        for (index, claim) in certificate.claims.iter().enumerate() {
            let least = truth.iter().map(|plan| value(claim.level, plan)).min();
            tight += usize::from(claim.bound > 0 && least == Some(claim.bound.into()));
            later += usize::from(claim.bound > 0 && index > 0);
            infeasible += usize::from(claim.level == Level::Infeasible);
            let has = |kind: fn(&CaseNode) -> bool| usize::from(claim.bound > 0 && claim.cases.iter().any(kind));
            branched += has(|node| matches!(node, CaseNode::Branch { .. }));
            counted += has(|node| matches!(node, CaseNode::Count { .. }));
            empty += has(|node| matches!(node, CaseNode::Prices(leaf) if leaf.scale == 0));
        }
    }
    let all = [tight, later, infeasible, branched, counted, empty];
    assert!(all.iter().all(|&count| count > 50), "{all:?}");
}

#[test]
fn no_fault_in_cases_passes() {
    for (seed, fault) in Fault::ALL.into_iter().enumerate() {
        let mut random = Random::new(60 + seed as u64);
        let mut false_ones = 0;
        for _ in 0..4_000 {
            let Some((problem, truth, certificate)) = by_cases(Some(fault), &mut random) else { continue };
            if !truthful(&certificate, &truth) {
                false_ones += 1;
                let found = verdict(&problem, &certificate);
                assert!(
                    matches!(found, Verdict::Refuted { .. }),
                    "{fault:?} {problem:#?}\n{certificate:#?}\n{truth:?}"
                );
            }
        }
        assert!(false_ones >= 6, "{fault:?}: {false_ones}");
    }
}

/// Mutated claims by cases: never accepted where false. A share of them is written out for the second checker.
#[test]
fn mutated_cases_never_pass() {
    let mut random = Random::new(52);
    let mut lines = String::new();
    let (mut accepted, mut false_ones) = (0, 0);
    for round in 0..6_000 {
        let fault = (random.below(4) == 0).then(|| Fault::ALL[random.index(Fault::ALL.len())]);
        let Some((problem, truth, certificate)) = by_cases(fault, &mut random) else { continue };
        for turn in 0..6 {
            let mut mutant = certificate.clone();
            for _ in 0..1 + random.below(3) {
                let which = random.index(mutant.claims.len());
                mutate_cases(&mut mutant.claims[which], &mut random);
            }
            let found = verdict(&problem, &mutant);
            false_ones += usize::from(!truthful(&mutant, &truth));
            if let Verdict::Verified { .. } = found {
                accepted += 1;
                assert!(truthful(&mutant, &truth), "{problem:#?}\n{mutant:#?}\n{truth:?}");
            }
            if (round + turn) % 20 == 0 {
                lines += &written(&problem, &mutant, &found);
            }
        }
    }
    assert!(accepted > 500 && false_ones > 1_000, "{accepted} {false_ones}");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cases.jsonl");
    std::fs::write(path, lines).expect("the target directory can be written");
}

fn mutate_cases(claim: &mut Claim, random: &mut Random) {
    use prover::spoil;
    match random.below(12) {
        0 | 1 => claim.bound = claim.bound.saturating_add(1),
        2 => claim.value = claim.value.map(|value| value.saturating_add(random.below(3)).saturating_sub(1)),
        3 => (claim.level, claim.scale, claim.bound) = (Level::Infeasible, 0, 0),
        4 => claim.level = [Level::Clusters, Level::Cost, Level::Moves][random.index(3)],
        5 => spoil(&mut claim.scale, random),
        _ => {
            let node = random.index(claim.cases.len());
            match &mut claim.cases[node] {
                CaseNode::Prices(leaf) => {
                    if random.below(3) == 0 {
                        let prices = [&mut leaf.clusters, &mut leaf.cost, &mut leaf.moves];
                        let at = random.index(3);
                        for (index, price) in prices.into_iter().enumerate() {
                            *price += if index == at { random.below(7) as i64 - 3 } else { 0 };
                        }
                        return;
                    }
                    let lists = [&mut leaf.shared, &mut leaf.limits, &mut leaf.kept, &mut leaf.path, &mut leaf.weights];
                    let numbers = [&mut leaf.scale, &mut leaf.capacity].into_iter();
                    let mut all: Vec<&mut u64> = numbers.chain(lists.into_iter().flatten()).collect();
                    let at = random.index(all.len());
                    spoil(all[at], random);
                }
                CaseNode::Unplaceable { item } => *item = random.index(4),
                CaseNode::Branch { together, apart, .. } => {
                    if random.below(2) == 0 {
                        *together = None;
                    } else if let Some(child) = together {
                        std::mem::swap(child, apart);
                    }
                }
                CaseNode::Count { bins, most, few, many } => match random.below(3) {
                    0 => spoil(most, random),
                    1 => std::mem::swap(few, many),
                    _ => *bins = vec![random.index(3)],
                },
            }
        }
    }
}

/// A line for the second checker.
fn written(problem: &Problem, certificate: &Certificate, found: &Verdict) -> String {
    let mut bytes = Vec::new();
    file::write(&mut bytes, problem, None, certificate).expect("writes");
    let document = file::read(&bytes).expect("reads what it wrote");
    assert_eq!((&document.problem, &document.certificate), (problem, certificate));
    let word = match found {
        Verdict::Verified { .. } => "VERIFIED",
        Verdict::Refuted { .. } => "REFUTED",
        Verdict::Undecided => "UNDECIDED",
    };
    let text = String::from_utf8(bytes).expect("JSON is UTF-8");
    format!("{{\"verdict\":\"{word}\",\"file\":{}}}\n", text.trim_end())
}

fn mutate_savings(claim: &mut Claim, random: &mut Random) {
    use prover::spoil;
    let Some(savings) = &mut claim.savings else { return };
    match random.below(9) {
        0 | 1 => claim.bound = claim.bound.saturating_add(1),
        8 => (claim.level, claim.scale, claim.bound) = (Level::Infeasible, 0, 0),
        2 if !savings.most.is_empty() => {
            let at = random.index(savings.most.len());
            spoil(&mut savings.most[at], random);
        }
        3 => spoil(&mut claim.scale, random),
        _ => {
            let node = random.index(savings.nodes.len());
            match &mut savings.nodes[node] {
                Count::Prices { scale, clusters, cost, resources, limits, path } => {
                    let prices = [scale, clusters, cost].into_iter();
                    let mut prices: Vec<&mut u64> = prices.chain(resources).chain(limits).chain(path).collect();
                    let at = random.index(prices.len());
                    spoil(prices[at], random);
                }
                Count::Branch { bins, most, few, many } => match random.below(3) {
                    0 => spoil(most, random),
                    1 => std::mem::swap(few, many),
                    _ => *bins = vec![random.index(3)],
                },
            }
        }
    }
}

/// What a claim says of the problem without charges holds of one where these tell copies apart.
#[test]
fn what_only_charges_tell_apart_is_one() {
    let mut random = Random::new(33);
    let (mut split, mut verified, mut refused) = (0, 0, 0);
    let mut lines = String::new();
    for round in 0..4_000 {
        let plain = problem(&mut random);
        let terms = Terms { charges: Vec::new(), units: Vec::new(), ..plain.terms().clone() };
        // in the order that the rule makes, equal ones merged
        let mut kinds: Vec<ItemType> = Vec::new();
        for item in plain.items() {
            let same = |other: &&mut ItemType| {
                (other.class, &other.size, &other.eligible) == (item.class, &item.size, &item.eligible)
            };
            match kinds.iter_mut().find(same) {
                Some(other) => other.demand += item.demand,
                None => kinds.push(item.clone()),
            }
        }
        kinds.sort_by_key(|item| (item.class, item.size.clone(), item.eligible.ones().collect::<Vec<_>>()));
        let conflicts = || -> BitMatrix { plain.conflicts().clone() };
        let make = |items: Vec<ItemType>, terms: Terms| {
            let bins = plain.bins().to_vec();
            Problem::new(plain.dimensions(), items, conflicts(), bins).expect("small").with(terms).expect("small")
        };
        let alike = |a: usize, b: usize| {
            let (bins, limits) = (plain.bins(), &terms.limits);
            let kept = |bin: usize| terms.kept.get(bin).is_some_and(|&kept| kept > 0);
            (&bins[a].capacity, bins[a].cost) == (&bins[b].capacity, bins[b].cost)
                && bins[a].max_count.is_some()
                && bins[b].max_count.is_some()
                && kept(a) == kept(b)
                && limits.iter().all(|limit| limit.bins.contains(a) == limit.bins.contains(b))
                && kinds.iter().all(|item| item.eligible.contains(a) == item.eligible.contains(b))
        };
        if (0..plain.bins().len()).any(|a| (0..a).any(|b| alike(a, b))) {
            continue; // bin types that would be one
        }
        let one = make(kinds.clone(), terms.clone());
        let truth = plans(&one);
        let flaw = (random.below(4) == 0).then(|| Flaw::ALL[random.index(Flaw::ALL.len())]);
        let certificate = prove(&one, &truth, flaw, &mut random);
        let mut items = Vec::new();
        let mut charges = Vec::new();
        for item in &kinds {
            for copy in 0..item.demand {
                items.push(ItemType { demand: 1, ..item.clone() });
                charges.push(Charge { base: copy + 1, except: vec![(0, random.below(2))] });
            }
        }
        let apart = make(items, Terms { charges, ..terms.clone() });
        split += usize::from(apart.items().len() > kinds.len());
        let counts = |claim: &Claim| claim.level == Level::Moves || claim.prices.moves != 0;
        let charged = certificate.claims.iter().any(counts);
        let mut merged = certificate.clone();
        merged.claims.iter_mut().for_each(|claim| claim.merged = true);
        let found = verdict(&apart, &merged);
        if charged {
            refused += 1;
            assert!(!matches!(found, Verdict::Verified { .. }), "{apart:#?}\n{merged:#?}");
        } else {
            verified += usize::from(matches!(found, Verdict::Verified { .. }));
            assert_eq!(
                std::mem::discriminant(&found),
                std::mem::discriminant(&verdict(&one, &certificate)),
                "{apart:#?}\n{merged:#?} {found:?}"
            );
        }
        if round % 10 == 0 {
            lines += &written(&apart, &merged, &found);
        }
    }
    assert!(split > 1_000 && verified > 300 && refused > 100, "{split} {verified} {refused}");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("merged.jsonl");
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
                Node::Fluid { capacity, .. } | Node::Grouped { capacity, .. } => spoil(capacity, random),
                Node::Presence { few, many, .. } => std::mem::swap(few, many),
                Node::Exclude { .. } => {}
            }
        }
    }
}
