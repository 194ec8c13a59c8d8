//! Nodes that exclude bins: they help, and none of the ways to get them wrong passes.

use tenantry::engine::random::Random;
use tenantry::engine::{Certificate, Component, Level, Node, Verdict};

use super::case::Flaw;
use super::exhaustive::cheapest_by_bins;
use super::prover::{problem, prove};
use super::{truthful, verdict};

fn excludes(component: &Component) -> bool {
    component.nodes.iter().any(|node| matches!(node, Node::Exclude { .. }))
}

/// The tree with every exclusion replaced by the node below it.
fn without_exclusions(component: &mut Component) {
    let mut new: Vec<usize> = Vec::new();
    let mut kept = Vec::new();
    for node in std::mem::take(&mut component.nodes) {
        match node {
            Node::Exclude { below, .. } => {
                new.push(new[below]);
                continue;
            }
            Node::Branch { a, b, together, apart } => {
                kept.push(Node::Branch { a, b, together: together.map(|child| new[child]), apart: new[apart] });
            }
            leaf => kept.push(leaf),
        }
        new.push(kept.len() - 1);
    }
    component.nodes = kept;
}

fn components(certificate: &mut Certificate) -> impl Iterator<Item = &mut Component> {
    certificate.claims.iter_mut().flat_map(|claim| &mut claim.components)
}

#[test]
fn exclusions_prove_more() {
    let mut random = Random::new(11);
    let (mut counts, mut costs, mut own, mut infeasible, mut merged, mut nested) = (0, 0, 0, 0, 0, 0);
    for _ in 0..4_000 {
        let problem = problem(&mut random);
        let truth = cheapest_by_bins(&problem);
        let certificate = prove(&problem, &truth, None, &mut random);
        let verified = verdict(&problem, None, &certificate);
        assert!(matches!(verified, Verdict::Verified { .. }), "{problem:#?}\n{certificate:#?}\n{verified:?}");
        assert!(truthful(&certificate, &truth), "{problem:#?}\n{certificate:#?}\n{truth:?}");
        if let [claim] = &certificate.claims[..]
            && claim.level == Level::Clusters
        {
            // a plan that costs even less uses fewer bins still
            let mut less = certificate.clone();
            less.claims[0].bound = 0;
            components(&mut less).for_each(|component| component.bound = component.bound.saturating_sub(1));
            assert_eq!(verdict(&problem, None, &less), Verdict::Verified { bounds: vec![0] }, "{less:#?}");
        }
        let mut weaker = certificate.clone();
        components(&mut weaker).for_each(without_exclusions);
        let Verdict::Refuted { .. } = verdict(&problem, None, &weaker) else { continue };
        for claim in certificate.claims.iter().filter(|claim| claim.components.iter().any(excludes)) {
            match claim.level {
                Level::Clusters => counts += 1,
                Level::Cost if claim.own.is_empty() => costs += 1,
                Level::Cost => own += 1,
                Level::Moves => {}
                Level::Infeasible => infeasible += 1,
            }
            for component in claim.components.iter().filter(|component| excludes(component)) {
                let below = |node: &Node| match node {
                    Node::Exclude { below, .. } => Some(*below),
                    _ => None,
                };
                let inner = component.nodes.iter().filter_map(below).map(|below| &component.nodes[below]);
                nested += inner.clone().filter(|node| matches!(node, Node::Exclude { .. })).count();
                merged += inner.filter(|node| matches!(node, Node::Branch { together: Some(_), .. })).count();
            }
        }
    }
    let all = [counts, costs, own, infeasible, merged, nested];
    assert!(all.iter().all(|&count| count > 50), "{all:?}");
}

/// Proofs by a prover that gets one thing wrong. Where they prove what is false they must not pass.
#[test]
fn no_flaw_passes() {
    for (seed, flaw) in Flaw::ALL.into_iter().enumerate() {
        let mut random = Random::new(20 + seed as u64);
        let mut false_ones = 0;
        // that one is rarely of consequence
        let rounds = if flaw == Flaw::NeverEnds { 10_000 } else { 1_000 };
        for _ in 0..rounds {
            let problem = problem(&mut random);
            let truth = cheapest_by_bins(&problem);
            let certificate = prove(&problem, &truth, Some(flaw), &mut random);
            if !truthful(&certificate, &truth) {
                false_ones += 1;
                let verdict = verdict(&problem, None, &certificate);
                assert!(
                    matches!(verdict, Verdict::Refuted { .. }),
                    "{flaw:?} {problem:#?}\n{certificate:#?}\n{truth:?}"
                );
            }
        }
        assert!(false_ones > 5, "{flaw:?}: {false_ones}");
    }
}
