//! Why there cannot be fewer clusters, as a tree of facts: the same arguments as in the sentence that a plan has, with everybody and
//! every number in them.

use std::cmp::Reverse;

use super::groups::Grouper;
use super::lower_bound::{BY_CLASSES, Scarce, Taken, Teller, case_by_case, named};
use super::pairs::Kinds;
use crate::certify::{Certificate, Claim, Component, Level, Node, Prices};
use crate::encode::Encoding;
use crate::fleet::{Fleet, Paths};
use crate::plan::PlanProof;
use crate::problem::Problem;
use crate::report::{Because, Fact, FactCredit, FactPlace, FactRule, FactUnit};
use crate::trust::TrustGraph;

/// Makes facts of one problem.
pub struct Facts<'a> {
    teller: Teller<'a>,
    paths: &'a Paths<'a>,
    proof: PlanProof,
}

impl<'a> Facts<'a> {
    /// Of a problem and what its indices stand for; `proof` backs what is said of it.
    #[must_use]
    pub(crate) fn new(
        (fleet, graph): (&'a Fleet, &'a TrustGraph),
        (problem, encoding): (&'a Problem, &'a Encoding),
        paths: &'a Paths<'a>,
        proof: PlanProof,
    ) -> Self {
        Self { teller: Teller { fleet, graph, problem, encoding }, paths, proof }
    }

    /// Why every plan has at least `bound` clusters, which is at least 1. Complexity: for each component the square of its item
    /// types, and the square of the kinds of units.
    #[must_use]
    pub fn bound(&self, certificate: &Certificate, bound: u64) -> Fact {
        let problem = self.teller.problem;
        let all: Vec<usize> = (0..problem.items().len()).collect();
        let kept = (0..problem.bins().len()).map(|bin| problem.kept(bin)).fold(0, u64::saturating_add);
        if kept >= bound {
            return self.kept(kept);
        }
        if let Some(fact) = self.simply(&all, bound) {
            return fact;
        }
        let claim = certificate.claims.iter().find(|claim| claim.level == Level::Clusters && claim.bound == bound);
        let Some(claim) = claim else {
            return self.searched(&all, bound, "all assignments were searched, and none has fewer");
        };
        if claim.prices != Prices::default() {
            let text = "whole-number weights on the workloads, and prices on clusters and on the values that are held, leave no room \
                        for fewer";
            return self.searched(&all, bound, text);
        }
        if !claim.cases.is_empty() {
            return self.searched(&all, bound, &format!("{} for fewer", case_by_case(claim)));
        }
        let any = |prices: &[u64]| prices.iter().any(|&price| price > 0);
        if claim.scale != 1 || any(&claim.shared) || any(&claim.limits) || any(&claim.kept) {
            return self
                .priced(claim)
                .unwrap_or_else(|| self.searched(&all, bound, "weights and prices beyond what a document holds"));
        }
        match &claim.components[..] {
            [component] => self.component(component),
            components => self.sum(components),
        }
    }

    /// What the prices of a claim come to: more than the limits are worth, where it says that there is no plan.
    #[must_use]
    pub fn outweighed(&self, claim: &Claim) -> Fact {
        let all: Vec<usize> = (0..self.teller.problem.items().len()).collect();
        let plain = claim.prices == Prices::default() && claim.cases.is_empty();
        let priced = if plain { self.priced(claim) } else { None };
        let text = if claim.cases.is_empty() {
            "whole-number weights on the workloads, and prices on the clusters, leave no room".to_owned()
        } else {
            case_by_case(claim)
        };
        priced.unwrap_or_else(|| Fact { least: None, ..self.searched(&all, 0, &text) })
    }

    fn fact(&self, least: u64, because: Because) -> Fact {
        Fact { least: Some(least), unit: FactUnit::Clusters, proof: self.proof, because }
    }

    pub(super) fn searched(&self, items: &[usize], bound: u64, text: &str) -> Fact {
        let who = self.grouper().groups(items.iter().copied());
        self.fact(bound, Because::Searched { who, text: text.to_owned() })
    }

    pub(super) fn grouper(&self) -> Grouper<'_> {
        let Teller { fleet, graph, encoding, .. } = self.teller;
        Grouper { fleet, graph, encoding, paths: self.paths }
    }

    pub(super) fn place(&self, bin: usize, number: u64) -> FactPlace {
        let sites = self.teller.encoding.sites(bin);
        let name = self.teller.fleet.site_name(sites[0]).replace('`', "");
        let like = if sites.len() > 1 { format!("{name} and {} like it", sites.len() - 1) } else { name };
        FactPlace { name: like, number, path: self.paths.site(sites[0]), line: None }
    }

    fn kept(&self, kept: u64) -> Fact {
        let problem = self.teller.problem;
        let bins = (0..problem.bins().len()).filter(|&bin| problem.kept(bin) > 0);
        self.fact(kept, Because::Kept { clusters: bins.map(|bin| self.place(bin, problem.kept(bin))).collect() })
    }

    /// An argument without a certificate that reaches `bound` on these item types, if there is one.
    fn simply(&self, items: &[usize], bound: u64) -> Option<Fact> {
        if bound <= 1 {
            return Some(self.fact(1, Because::One { who: self.grouper().groups(items.iter().copied()) }));
        }
        let refusing = self.teller.refusing(items, bound);
        if refusing.count >= bound {
            let wanted = usize::try_from(bound).unwrap_or(usize::MAX).min(refusing.each.len());
            return Some(self.refuse(&refusing.each[..wanted]));
        }
        if let Some((unit, count)) = self.teller.most_copies(items).filter(|&(_, count)| count >= bound) {
            return Some(self.fact(count, Because::Copies { member: self.grouper().member(unit, count) }));
        }
        let scarce = self.teller.scarce(items);
        let scarce = scarce.into_iter().filter(|scarce| scarce.bound >= bound).min_by_key(|scarce| scarce.bound)?;
        Some(self.runs_out(items, &scarce))
    }

    fn refuse(&self, items: &[usize]) -> Fact {
        let mut members: Vec<(&[usize], u64)> = Vec::new();
        for unit in self.teller.copies(items) {
            match members.last_mut().filter(|last| last.0 == &unit[..]) {
                Some(last) => last.1 += 1,
                None => members.push((unit, 1)),
            }
        }
        members.sort_by_key(|&(unit, _)| unit[0]); // by tenant, then by name
        let mut kinds = Kinds::new(self.teller.fleet, self.teller.graph, self.paths);
        let (rules, pairs) = (kinds.all(&members), kinds.listed(&members));
        let grouper = self.grouper();
        let told: Vec<_> = members.iter().map(|&(unit, copies)| grouper.member(unit, copies)).collect();
        let least = told.iter().map(|member| member.copies).sum();
        self.fact(least, Because::Refuse { members: told, rules, pairs })
    }

    fn runs_out(&self, items: &[usize], scarce: &Scarce) -> Fact {
        let (pool, resource) = self.taken(scarce.dimension);
        let because = Because::RunsOut {
            resource,
            pool,
            who: self.grouper().loads(self.sizes(items, scarce.dimension)),
            load: scarce.load,
            largest: self.place(scarce.largest, scarce.capacity),
            once: scarce.once,
        };
        self.fact(scarce.bound, because)
    }

    /// What a dimension is called, and of which dedicated pool it is.
    pub(super) fn taken(&self, dimension: usize) -> (Option<String>, String) {
        match named(self.teller.fleet, self.teller.encoding, dimension) {
            Taken::Of { pool, name } => (pool.map(str::to_owned), name.to_owned()),
            Taken::Counted(name) => (None, name.to_owned()),
        }
    }

    pub(super) fn sizes<'i>(&'i self, items: &'i [usize], dimension: usize) -> impl Iterator<Item = (usize, u64)> + 'i {
        items.iter().map(move |&item| (item, self.teller.problem.items()[item].size[dimension]))
    }

    /// Components that share with no other.
    fn sum(&self, components: &[Component]) -> Fact {
        let (single, several): (Vec<&Component>, Vec<&Component>) =
            components.iter().partition(|component| component.bound <= 1);
        let mut parts: Vec<Fact> = several.iter().map(|component| self.component(component)).collect();
        parts.sort_by_key(|part| Reverse(part.least));
        if !single.is_empty() {
            let who = self.grouper().groups(single.iter().flat_map(|component| component.items.iter().copied()));
            parts.push(self.fact(single.len() as u64, Because::Each { sets: single.len() as u64, who }));
        }
        let least = parts.iter().filter_map(|part| part.least).sum();
        self.fact(least, Because::Sum { parts, apart: self.apart(components) })
    }

    /// What keeps components apart.
    fn apart(&self, components: &[Component]) -> Vec<FactRule> {
        let encoding = self.teller.encoding;
        let units = |component: &Component| {
            let of = |&item: &usize| {
                let shares = encoding.shares(item);
                let units = encoding.units(item).iter().enumerate();
                units.map(move |(at, unit)| (&unit[..], shares.get(at).copied().unwrap_or(1)))
            };
            component.items.iter().flat_map(of).collect::<Vec<_>>()
        };
        let mut kinds = Kinds::new(self.teller.fleet, self.teller.graph, self.paths);
        kinds.across(components.iter().map(units)).unwrap_or_default()
    }

    fn component(&self, component: &Component) -> Fact {
        if let Some(fact) = self.simply(&component.items, component.bound) {
            return fact;
        }
        let inner = |node: &&Node| matches!(node, Node::Branch { .. } | Node::Exclude { .. });
        let leaves = component.nodes.len() - component.nodes.iter().filter(inner).count();
        let text = match component.nodes.last() {
            Some(Node::Weights { weights, capacity } | Node::Resources { weights, capacity, .. }) => {
                return self.weights(component, weights, *capacity);
            }
            Some(Node::Branch { .. }) => format!(
                "whichever pairs of workloads share a cluster, weights rule out fewer ({leaves} cases, all of them checked)"
            ),
            Some(Node::Exclude { .. }) => {
                "with fewer, each cluster would have to be so full that the few fillings left do not hold all"
                    .to_owned()
            }
            Some(Node::Fluid { .. } | Node::Presence { .. }) => BY_CLASSES.to_owned(),
            Some(Node::Cover { .. }) => {
                "clusters are whole: every choice of fewer was looked at, and none has the room for what is requested"
                    .to_owned()
            }
            _ => "all assignments were searched, and none has fewer".to_owned(),
        };
        self.searched(&component.items, component.bound, &text)
    }

    /// Weights on the items of a component, where every cluster counts as one.
    fn weights(&self, component: &Component, weights: &[u64], capacity: u64) -> Fact {
        // the heaviest cluster weighs a multiple of what divides all weights
        let unit = weights.iter().copied().fold(0, gcd).max(1);
        if let Some(items) = self.one_each(component, weights, capacity / unit) {
            return self.refuse(&items);
        }
        let who =
            self.grouper().weights(component.items.iter().copied().zip(weights.iter().map(|weight| weight / unit)));
        let total = who.iter().fold(0u64, |sum, row| sum.saturating_add(row.total));
        let most = (capacity / unit).max(1);
        let holds = vec![FactPlace { name: String::new(), number: most, path: String::new(), line: None }];
        self.fact(total.div_ceil(most), Because::Weights { who, total, holds, each: most })
    }

    /// The items that count where a cluster holds one of them at most: one entry a copy.
    fn one_each(&self, component: &Component, weights: &[u64], most: u64) -> Option<Vec<usize>> {
        let counted = || component.items.iter().zip(weights).filter(|(_, weight)| **weight > 0).map(|(&item, _)| item);
        let heaviest = weights.iter().copied().max().unwrap_or(0);
        let equal = weights.iter().all(|&weight| weight == 0 || weight == heaviest);
        let split = counted().any(|item| !self.teller.encoding.shares(item).is_empty());
        if most != 1 || !equal || split {
            return None;
        }
        let demand = |item: usize| usize::try_from(self.teller.problem.items()[item].demand).unwrap_or(usize::MAX);
        Some(counted().flat_map(|item| std::iter::repeat_n(item, demand(item))).collect())
    }

    /// A claim with prices on limits and on clusters that are in every plan; `None` where its numbers are too large for a document, or something in it is
    /// searched.
    fn priced(&self, claim: &Claim) -> Option<Fact> {
        let Teller { fleet, problem, encoding, .. } = self.teller;
        let price = |bin: usize| -> Option<u64> {
            let groups = problem.terms().limits.iter().zip(&claim.limits).filter(|(limit, _)| limit.bins.contains(bin));
            let sum = groups.map(|(_, &price)| u128::from(price)).sum::<u128>()
                + u128::from(claim.shared[bin])
                + u128::from(if claim.level == Level::Infeasible { 0 } else { claim.scale });
            u64::try_from(sum.checked_sub(claim.kept.get(bin).copied().unwrap_or(0).into())?).ok()
        };
        let bins: Vec<usize> = (0..problem.bins().len()).filter(|&bin| problem.exists(bin)).collect();
        let mut parts = Vec::new();
        for component in &claim.components {
            parts.push(self.worth(component, &bins, &price)?);
        }
        let there = claim.in_every_plan(problem).into_iter();
        let added: Vec<FactCredit> =
            there.map(|(bin, each, count)| FactCredit { place: self.place(bin, count), each }).collect();
        let mut taken = Vec::new();
        for (bin, &each) in claim.shared.iter().enumerate().filter(|(_, price)| **price > 0) {
            taken.push(FactCredit { place: self.place(bin, problem.bins()[bin].max_count?), each });
        }
        for (limit, &each) in problem.terms().limits.iter().zip(&claim.limits).filter(|(_, price)| **price > 0) {
            let sites: Vec<usize> = limit.bins.ones().flat_map(|bin| encoding.sites(bin)).copied().collect();
            let of = fleet.limits().iter().find(|it| it.most == limit.most && it.sites.iter().eq(sites.iter()));
            let (name, path) = of.map_or_else(Default::default, |it| self.paths.limit(it.of));
            taken.push(FactCredit { place: FactPlace { name, number: limit.most, path, line: None }, each });
        }
        let worth =
            |list: &[FactCredit]| list.iter().map(|it| u128::from(it.each) * u128::from(it.place.number)).sum::<u128>();
        let sum = parts.iter().filter_map(|part| part.least).map(u128::from).sum::<u128>() + worth(&added);
        let left = sum.checked_sub(worth(&taken))?;
        let least = match claim.level {
            Level::Infeasible => None,
            _ => Some(u64::try_from(left.div_ceil(claim.scale.max(1).into())).ok()?),
        };
        parts.sort_by_key(|part| Reverse(part.least));
        let scale = if claim.level == Level::Infeasible { 0 } else { claim.scale };
        let because = Because::Priced { parts, added, taken, scale };
        Some(Fact { least, unit: FactUnit::Clusters, proof: self.proof, because })
    }

    /// What the clusters of a component are worth at prices.
    fn worth(&self, component: &Component, bins: &[usize], price: &impl Fn(usize) -> Option<u64>) -> Option<Fact> {
        let fact = |because| Fact { least: Some(component.bound), unit: FactUnit::Worth, proof: self.proof, because };
        let Some(Node::Weights { weights, capacity } | Node::Resources { weights, capacity, .. }) =
            component.nodes.last()
        else {
            let who = self.grouper().groups(component.items.iter().copied());
            let text =
                "cases of who shares with whom, or of how many clusters there are, all of them checked".to_owned();
            return Some(fact(Because::Searched { who, text }));
        };
        let who = self.grouper().weights(component.items.iter().copied().zip(weights.iter().copied()));
        let total = who.iter().fold(0u64, |sum, row| sum.saturating_add(row.total));
        let open = |bin: usize| component.items.iter().any(|&item| self.teller.problem.fits_alone(item, bin));
        let mut holds = Vec::new();
        for &bin in bins.iter().filter(|&&bin| open(bin)) {
            holds.push(self.place(bin, price(bin)?.checked_mul(*capacity)?));
        }
        let because = Because::Weights { who, total, holds, each: *capacity };
        Some(Fact { least: Some(total.div_ceil((*capacity).max(1))), ..fact(because) })
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// What is no argument but a search in these facts: a sentence each, no sentence twice.
#[must_use]
pub fn searched(facts: &[Fact]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open: Vec<&Fact> = facts.iter().rev().collect();
    while let Some(fact) = open.pop() {
        match &fact.because {
            Because::Searched { text, .. } if !found.contains(text) => found.push(text.clone()),
            Because::Sum { parts, .. } | Because::Priced { parts, .. } => open.extend(parts.iter().rev()),
            Because::TooFew { needs, .. } => open.push(needs),
            _ => {}
        }
    }
    found
}
