//! Fleets that stand for another in a further search: with regions chosen where its rules leave a choice, and with its splits in
//! parts. Each is solved as one problem, and its clusters are clusters of the other; a bound is of the first alone, which forgets
//! those rules.

use std::borrow::Cow;

use super::again::Quiet;
use super::choices;
use super::divided::{divisions, singly, together};
use super::nodes::WORK;
use crate::budget::{Budget, Objective, Options, Status, Watch};
use crate::decode::decode;
use crate::encode::{Encoding, encode, encode_charged};
use crate::error::{Error, Result};
use crate::fleet::Fleet;
use crate::pack::proofs;
use crate::placement::{Holding, Pods, settle, still_within};
use crate::plan::PlanProof;
use crate::problem::{Problem, Solution, Terms};
use crate::solve::solve;
use crate::trust::{Scope, TrustGraph};

/// A fleet in the place of another.
pub(super) struct Way<'a> {
    /// That whose clusters are wanted.
    of: &'a Fleet,
    fleet: Cow<'a, Fleet>,
    graph: &'a TrustGraph,
    /// That of the fleet whose splits are in parts, if they are.
    own: Option<TrustGraph>,
}

/// What a search under a limit on clusters found.
pub(super) struct Found {
    pub holdings: Option<Vec<Holding>>,
    pub bound: (u64, PlanProof),
    pub work: u64,
}

impl<'a> Way<'a> {
    /// The fleet itself; replica by replica where it has splits of which that is not too many. What bounds it bounds the fleet.
    pub fn first(of: &'a Fleet, graph: &'a TrustGraph) -> Result<Self> {
        match singly(of, graph.as_of()).filter(|_| of.has_splits()) {
            Some(fine) => Self::parted(of, fine, graph),
            None => Ok(Self::itself(of, graph)),
        }
    }

    /// The fleet as it is.
    pub fn itself(of: &'a Fleet, graph: &'a TrustGraph) -> Self {
        Self { of, fleet: Cow::Borrowed(of), graph, own: None }
    }

    fn parted(of: &'a Fleet, divided: Fleet, graph: &'a TrustGraph) -> Result<Self> {
        let own = Some(TrustGraph::new(&divided, graph.as_of(), Scope::All)?);
        Ok(Self { of, fleet: Cow::Owned(divided), graph, own })
    }

    /// The others, the likeliest first, beside one that found these clusters. Empty where the first is all there is.
    pub fn others(of: &'a Fleet, graph: &'a TrustGraph, found: Option<&[Holding]>) -> Result<Vec<Self>> {
        let day = graph.as_of();
        let most = choices::tries(of);
        let chosen = choices::chosen(of, day, found);
        let mut ways = Vec::new();
        if !of.has_splits() {
            let one = |among: Fleet| Self { of, fleet: Cow::Owned(among), graph, own: None };
            ways.extend(chosen.into_iter().take(most).map(one));
            return Ok(ways);
        }
        let limited = of.splits().any(|split| of.workloads()[split].most_clusters() < of.workloads()[split].replicas);
        let whole = [(Cow::Borrowed(of), true)];
        let among = chosen.into_iter().map(|among| (Cow::Owned(among), false));
        for (among, solved) in whole.into_iter().chain(among) {
            let fine = singly(&among, day);
            let closer = limited || fine.is_none() || Pods::new(&among).matter();
            let parts = if closer { divisions(&among, day, fine.is_some() && limited, found) } else { Vec::new() };
            for divided in fine.filter(|_| !solved).into_iter().chain(parts.iter().map(|(_, it)| among.divided(it))) {
                if ways.len() >= most {
                    return Ok(ways);
                }
                ways.push(Self::parted(of, divided, graph)?);
            }
        }
        Ok(ways)
    }

    /// In indices, with the charges of moves or without.
    pub fn problem(&self, charged: bool) -> Result<(Problem, Encoding)> {
        let encode = if charged { encode_charged } else { encode };
        encode(&self.fleet, self.graph())
    }

    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    pub fn graph(&self) -> &TrustGraph {
        self.own.as_ref().unwrap_or(self.graph)
    }

    /// Clusters in indices as those of the fleet that is meant.
    pub fn decoded(&self, found: &Solution, encoding: &Encoding) -> Vec<Holding> {
        self.whole(decode(found, encoding))
    }

    /// One level under a limit on clusters.
    pub fn solved(
        &self,
        (problem, encoding): (Problem, Encoding),
        level: Objective,
        most: u64,
        limits: &Options,
        watch: &dyn Watch,
    ) -> Result<Found> {
        let problem = within(problem, most)?;
        let answer = solve(&problem, &[level], limits, &Quiet(watch))?;
        let proof = proofs(&[level], &problem, &answer, None, limits, &Quiet(watch))?;
        let proof = proof.first().map_or(PlanProof::None, |&proof| proof.into());
        // under this limit there is a plan: what says that there is none is no answer to this question
        let bound =
            if answer.status == Status::Infeasible { 0 } else { answer.levels.first().map_or(0, |it| it.bound) };
        let bound = if level == Objective::Moves { bound.saturating_sub(self.of.charged_as_new()) } else { bound };
        let pods = Pods::new(&self.fleet);
        let holdings = answer.solution.as_ref().and_then(|found| {
            let holdings = decode(found, &encoding);
            if !pods.matter() || (self.fleet.has_splits() && self.own.is_none()) {
                return Some(holdings); // whoever keeps them sees whether they stand
            }
            let start: Vec<(usize, Vec<usize>)> = holdings.into_iter().map(|it| (it.site, it.workloads)).collect();
            let budget = Budget::new(limits, WORK, watch);
            settle(&pods, self.graph(), &start, most, &budget).ok().map(|settled| settled.holdings)
        });
        Ok(Found { holdings: holdings.map(|it| self.whole(it)), bound: (bound, proof), work: answer.work })
    }

    /// From today's clusters, and what it took.
    pub fn still(&self, most: u64, limits: &Options, watch: &dyn Watch) -> (Option<Vec<Holding>>, u64) {
        if self.fleet.has_splits() && self.own.is_none() {
            return (None, 0);
        }
        let budget = Budget::new(limits, WORK, watch);
        let found = still_within(&Pods::new(&self.fleet), self.graph(), most, &budget);
        (found.map(|it| self.whole(it)), budget.spent())
    }

    fn whole(&self, holdings: Vec<Holding>) -> Vec<Holding> {
        if self.own.is_some() { together(self.of, &self.fleet, holdings) } else { holdings }
    }
}

/// The same problem with at most so many clusters.
pub(super) fn within(problem: Problem, most: u64) -> Result<Problem> {
    let mut terms: Terms = problem.terms().clone();
    terms.most.clusters = Some(terms.most.clusters.map_or(most, |given| given.min(most)));
    problem.with(terms).map_err(|error| Error::Internal(error.to_string()))
}
