//! Branch and bound over a pool of bins: is there a solution with so few?
//!
//! Once every bin that matters is known, nothing has to be priced: a node is the linear relaxation over the bins that its
//! decisions (Ryan & Foster 1981) leave, solved again from its parent's basis by the dual simplex method, which stops
//! as soon as the node is closed. On the way down reduced costs exclude further bins. Every leaf and every
//! exclusion is a node of the certificate, in whole numbers.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;

use crate::budget::{Budget, Stop};
use crate::certify::Node;
use crate::pricing::{Case, Content, Effort, Pricer};
use crate::problem::Pattern;

use super::effort::pool_tree::{DEEPEST, FIRST, NODES, SECOND, SPARE, WORTH};
use super::farley::Witness;
use super::float::{to_float, to_integer};
use super::master::{Master, MasterError, Outcome, Reoptimised, Row, Simplex};
use super::noise::Noise;
use super::pool::{self, Exclusion};
use super::scales::Scales;

/// What a search came to.
#[derive(Debug)]
pub(super) enum Answer {
    /// Bins for everything, no more than the target.
    Packing(Vec<Pattern>),
    /// There are none: the tree of the certificate.
    Proof(Vec<Node>),
}

/// Whole numbers a bin for weights on their way from floats.
const SCALE: f64 = 17_179_869_184.0;
/// Costs are this much above 1, each by another fraction of it: the duals of equal costs are degenerate.
const NOISE: f64 = 5e-7;

/// Looks for a solution of the case with at most `target` bins, to the end: `duals` are those of a relaxation worth nearly
/// as much. `None` where the case is not of the kind (one bin type, one copy an item) or the pool would be too large.
///
/// # Errors
/// [`Stop`] when the budget is used up.
pub(super) fn search(
    case: &Case,
    pricer: &mut Pricer,
    duals: &[f64],
    target: u64,
    seed: u64,
    budget: &Budget,
) -> Result<Option<Answer>, Stop> {
    if !is_suitable(case) {
        return Ok(None);
    }
    let weights: Vec<u64> = duals.iter().map(|&dual| to_integer(dual.clamp(0.0, 1.0) * SCALE)).collect();
    let effort = Effort { nodes: NODES, diverse: false, exact: true };
    let heaviest =
        pricer.heaviest(&weights, case.demand(), to_integer(SCALE * (1.0 + 1e-7)), effort, &[], budget)?.bound;
    let Some(exclusion) = Exclusion::new(&weights, case.demand(), heaviest, target) else { return Ok(None) };
    if exclusion.spare() > SPARE {
        return Ok(None);
    }
    let Some(bins) = pool::enumerate(case, pricer, &exclusion, budget)? else { return Ok(None) };
    through(case, bins, &exclusion, None, target, seed, budget)
}

/// The same where every bin has to be full, and these are the full bins that the exclusion leaves. Of an item there may be several
/// copies. `None` where rounding errors won, or only pairs are left to decide on of which there are several copies each.
///
/// # Errors
/// [`Stop`] when the budget is used up.
pub(super) fn search_full(
    case: &Case,
    bins: &[Content],
    exclusion: &Exclusion,
    scales: &Scales,
    target: u64,
    seed: u64,
    budget: &Budget,
) -> Result<Option<Answer>, Stop> {
    let bins = bins.iter().map(pool::one_by_one).collect();
    through(case, bins, exclusion, Some(scales), target, seed, budget)
}

fn through(
    case: &Case,
    bins: Vec<Vec<usize>>,
    exclusion: &Exclusion,
    full: Option<&Scales>,
    target: u64,
    seed: u64,
    budget: &Budget,
) -> Result<Option<Answer>, Stop> {
    let demand = case.demand();
    let Ok(master) = (if full.is_some() { exact(demand, &bins, seed) } else { cover(demand, &bins, seed) }) else {
        return Ok(None);
    };
    let mut holders = vec![Vec::new(); case.len()];
    for (index, bin) in bins.iter().enumerate() {
        bin.iter().for_each(|&item| holders[item].push(index));
    }
    holders.iter_mut().for_each(Vec::dedup);
    let mut allowed = FixedBitSet::with_capacity(bins.len());
    allowed.insert_range(..);
    let root = Place { master, allowed, home: (0..case.len()).collect(), shares: Vec::new(), joined: 0 };
    let mut tree = Tree { case, bins, holders, full, target, budget, nodes: Vec::new() };
    match tree.visit(root, 0) {
        Ok(below) => {
            tree.nodes.push(exclusion.node(exclusion.weights.clone(), below));
            Ok(Some(Answer::Proof(tree.nodes)))
        }
        Err(Halt::Found(bins)) => Ok(Some(Answer::Packing(bins))),
        Err(Halt::Stopped(stop)) => Err(stop),
        Err(Halt::Lost) => Ok(None),
    }
}

fn is_suitable(case: &Case) -> bool {
    case.bins().len() == 1 && case.demand().iter().all(|&copies| copies == 1)
}

/// The relaxation over the pool: each item covered.
fn cover(demand: &[u64], bins: &[Vec<usize>], seed: u64) -> Result<Simplex, MasterError> {
    let rows: Vec<Row> = demand.iter().map(|&copies| Row::cover(to_float(copies))).collect();
    let mut master = Simplex::new(&rows, seed)?;
    enter(&mut master, 1.0, bins, seed)?;
    Ok(master)
}

/// Each item covered just as often as there are copies. Bins cost nothing; what is missing or too much costs a unit a copy, so that
/// duals stay between -1 and 1.
fn exact(demand: &[u64], bins: &[Vec<usize>], seed: u64) -> Result<Simplex, MasterError> {
    let rows: Vec<Row> = demand.iter().map(|&copies| Row::exactly(to_float(copies))).collect();
    let mut master = Simplex::new(&rows, seed)?;
    enter(&mut master, 0.0, bins, seed)?;
    for row in 0..rows.len() {
        master.add_column(1.0, &[(row, 1.0)])?;
        master.add_column(1.0, &[(row, -1.0)])?;
    }
    Ok(master)
}

fn enter(master: &mut Simplex, cost: f64, bins: &[Vec<usize>], seed: u64) -> Result<(), MasterError> {
    let mut noise = Noise(seed ^ 0x517c_c1b7_2722_0a95);
    for bin in bins {
        // an item named twice counts twice
        let entries: Vec<(usize, f64)> = bin.iter().map(|&item| (item, 1.0)).collect();
        master.add_column(cost + NOISE * noise.fraction(), &entries)?;
    }
    Ok(())
}

/// Why a search ends early.
pub(super) enum Halt {
    /// A packing, in the items of the case that is searched.
    Found(Vec<Pattern>),
    Stopped(Stop),
    /// Rounding errors won.
    Lost,
}

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Self {
        Self::Stopped(stop)
    }
}

impl From<MasterError> for Halt {
    fn from(error: MasterError) -> Self {
        match error {
            MasterError::Stopped(stop) => Self::Stopped(stop),
            _ => Self::Lost,
        }
    }
}

/// Two items, of one of which there is a single copy: a copy of the other with it, or none.
#[derive(Clone, Copy, Debug)]
struct Decision {
    a: usize,
    b: usize,
    together: bool,
}

/// A node of the tree.
#[derive(Clone)]
struct Place {
    master: Simplex,
    /// The bins that its decisions and exclusions leave.
    allowed: FixedBitSet,
    /// Item -> the item of the certificate's case that its single copy is part of, or those of its copies that joined nothing.
    home: Vec<usize>,
    /// Joined items of that case that a copy of an item with several is part of, with this.
    shares: Vec<(usize, usize)>,
    /// How many joined items there are in that case.
    joined: usize,
}

impl Place {
    fn bar(&mut self, bin: usize) {
        self.allowed.remove(bin);
        self.master.bar(bin);
    }

    /// Whether a decision on the pair can be said of bins alone: nothing tells apart which of several copies joined another item.
    fn may_decide(&self, demand: &[u64], a: usize, b: usize) -> bool {
        let whole = |item: usize| demand[item] == 1 || self.shares.iter().all(|&(_, other)| other != item);
        a != b && (demand[a] == 1 || demand[b] == 1) && whole(a) && whole(b)
    }

    /// `holders`: the bins that hold each item, ascending.
    fn decide(&mut self, holders: &[Vec<usize>], demand: &[u64], Decision { a, b, together }: Decision) {
        for (one, other) in [(a, b), (b, a)] {
            if together && demand[one] > 1 {
                // other copies stay where they are
                continue;
            }
            for &bin in &holders[one] {
                if holders[other].binary_search(&bin).is_ok() != together {
                    self.bar(bin);
                }
            }
        }
        if together {
            let new = self.home.len() + self.joined;
            for item in [a, b] {
                let old = self.home[item];
                if demand[item] > 1 {
                    self.shares.push((new, item));
                } else {
                    self.home.iter_mut().filter(|home| **home == old).for_each(|home| *home = new);
                    self.shares.iter_mut().filter(|share| share.0 == old).for_each(|share| share.0 = new);
                }
            }
            self.joined += 1;
        }
    }

    /// Weights of the items of the certificate's case.
    fn weights(&self, weights: &[u64]) -> Vec<u64> {
        let mut joined = vec![0; self.home.len() + self.joined];
        for (&home, &weight) in self.home.iter().zip(weights) {
            joined[home] += weight;
        }
        for &(home, item) in &self.shares {
            joined[home] += weights[item];
        }
        joined
    }

    /// Copies of the items of that case; of one whose copy is part of another, which weighs nothing, one too many.
    fn demand(&self, demand: &[u64]) -> Vec<u64> {
        let mut left = demand.to_vec();
        self.shares.iter().for_each(|&(_, item)| left[item] -= 1);
        left.resize(self.home.len() + self.joined, 1);
        left
    }
}

struct Tree<'a, 'b> {
    case: &'a Case,
    /// Each ascending, an item once for each copy.
    bins: Vec<Vec<usize>>,
    /// The bins that hold each item, ascending.
    holders: Vec<Vec<usize>>,
    /// Where every bin has to be full: how prices become weights.
    full: Option<&'a Scales>,
    target: u64,
    budget: &'a Budget<'b>,
    /// The certificate, children before parents.
    nodes: Vec<Node>,
}

impl Tree<'_, '_> {
    /// The objective from which on a node is closed, with what rounding and noise may take of it.
    fn ceiling(&self) -> f64 {
        let bins = if self.full.is_some() { 0.0 } else { to_float(self.target) };
        bins + to_float(self.target) * 2.0 * NOISE + 1e-6
    }

    /// Closes a place; the index of its node in the certificate.
    fn visit(&mut self, mut place: Place, depth: usize) -> Result<usize, Halt> {
        self.budget.look()?;
        if depth > DEEPEST {
            return Err(Halt::Lost);
        }
        if let Some(leaf) = self.solve(&mut place, depth == 0)? {
            self.nodes.push(leaf);
            return Ok(self.nodes.len() - 1);
        }
        let pairs = self.pairs(&place)?;
        let exclusion = self.exclude(&mut place)?;
        let Some((a, b)) = self.strongest(&place, &pairs)? else { return Err(Halt::Lost) };
        let (home_a, home_b) = (place.home[a], place.home[b]);
        let mut child = place.clone();
        child.decide(&self.holders, self.case.demand(), Decision { a, b, together: true });
        let together = Some(self.visit(child, depth + 1)?);
        let weights = exclusion.as_ref().map(|exclusion| place.weights(&exclusion.weights));
        place.decide(&self.holders, self.case.demand(), Decision { a, b, together: false });
        let apart = self.visit(place, depth + 1)?;
        self.nodes.push(Node::Branch { a: home_a, b: home_b, together, apart });
        if let (Some(exclusion), Some(weights)) = (exclusion, weights) {
            let below = self.nodes.len() - 1;
            self.nodes.push(exclusion.node(weights, below));
        }
        Ok(self.nodes.len() - 1)
    }

    /// Solves the relaxation; the leaf, where that closes the place.
    fn solve(&mut self, place: &mut Place, first: bool) -> Result<Option<Node>, Halt> {
        let mut ceiling = self.ceiling();
        if first && place.master.solve(self.budget)? == Outcome::Infeasible {
            return Err(Halt::Lost);
        }
        loop {
            let ended = place.master.reoptimise(ceiling, u64::MAX, self.budget)?;
            if place.master.objective() >= ceiling {
                let (weights, heaviest) = self.weigh(place)?;
                let (weights, demand) = (place.weights(&weights), place.demand(self.case.demand()));
                let witness = Witness::new(&weights, &demand, &[heaviest], &[1]);
                if let Some(witness) = witness.filter(|witness| witness.bound > self.target) {
                    return Ok(Some(witness.node(&demand, self.target + 1)));
                }
            }
            if ended == Reoptimised::Optimal {
                return Ok(None);
            }
            // the integers want a little more
            ceiling += 1e-3;
        }
    }

    /// The duals in whole numbers, and the heaviest bin that is left.
    fn weigh(&self, place: &Place) -> Result<(Vec<u64>, u64), Stop> {
        self.budget.spend(4 * place.allowed.len() as u64)?;
        let duals = place.master.duals();
        let weights: Vec<u64> = match self.full {
            Some(scales) => scales.weights(self.case, &duals.iter().map(|dual| -dual).collect::<Vec<_>>()),
            None => duals.iter().map(|&dual| to_integer(dual * SCALE)).collect(),
        };
        let weight = |bin: usize| self.bins[bin].iter().map(|&item| weights[item]).sum::<u64>();
        let heaviest = place.allowed.ones().map(weight).max().unwrap_or(0);
        Ok((weights, heaviest))
    }

    /// Excludes bins by reduced cost, where that is worth its while.
    fn exclude(&self, place: &mut Place) -> Result<Option<Exclusion>, Stop> {
        let (weights, heaviest) = self.weigh(place)?;
        let demand = self.case.demand();
        let exclusion = match self.full {
            Some(_) => Exclusion::exactly(weights, demand, heaviest, self.target),
            None => Exclusion::new(&weights, demand, heaviest, self.target),
        };
        let Some(exclusion) = exclusion else { return Ok(None) };
        let excluded: Vec<usize> = place.allowed.ones().filter(|&bin| exclusion.excludes(&self.bins[bin])).collect();
        if excluded.len() * WORTH < place.allowed.count_ones(..) {
            return Ok(None);
        }
        excluded.iter().for_each(|&bin| place.bar(bin));
        Ok(Some(exclusion))
    }

    /// Pairs of items that the solution of the relaxation puts together by a fraction, the most undecided first.
    ///
    /// # Errors
    /// [`Halt::Found`]: it is a solution.
    fn pairs(&self, place: &Place) -> Result<Vec<(usize, usize)>, Halt> {
        let values = place.master.primal();
        let mut shares: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        let mut whole = true;
        let demand = self.case.demand();
        for (bin, &value) in self.bins.iter().zip(values).filter(|&(_, &value)| value > 1e-6) {
            whole &= (value - value.round()).abs() < 1e-4;
            for (at, &a) in bin.iter().enumerate() {
                for &b in bin[at + 1..].iter().filter(|&&b| place.may_decide(demand, a, b)) {
                    *shares.entry((a, b)).or_default() += value;
                }
            }
        }
        if whole {
            let pattern = |(bin, &value): (&Vec<usize>, &f64)| Pattern {
                bin: 0,
                items: bin.chunk_by(|a, b| a == b).map(|copies| (copies[0], copies.len() as u64)).collect(),
                count: to_integer(value.round()),
            };
            let used = self.bins.iter().zip(values).filter(|&(_, &value)| value > 0.5);
            return Err(Halt::Found(used.map(pattern).collect()));
        }
        let mut pairs: Vec<(f64, (usize, usize))> = shares
            .into_iter()
            .filter(|&(_, share)| share > 0.02 && share < 0.98)
            .map(|(pair, share)| ((share - 0.55).abs(), pair))
            .collect();
        pairs.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
        Ok(pairs.into_iter().map(|(_, pair)| pair).collect())
    }

    /// Strong branching in two stages: the pair whose places rise most, among the best by a few pivots.
    fn strongest(&self, place: &Place, pairs: &[(usize, usize)]) -> Result<Option<(usize, usize)>, Halt> {
        let objective = place.master.objective();
        let most = (self.ceiling() - objective).max(1e-6);
        let score = |rises: [f64; 2]| (rises[0] + 1e-3 * most) * (rises[1] + 1e-3 * most);
        let mut trials: Vec<(f64, (usize, usize))> = Vec::new();
        for &(a, b) in pairs.iter().take(FIRST.0) {
            let rises = self.rises(place, (a, b), FIRST.1, most)?;
            trials.push((score(rises), (a, b)));
            if rises == [most; 2] {
                return Ok(Some((a, b)));
            }
        }
        trials.sort_by(|x, y| y.0.total_cmp(&x.0));
        trials.truncate(SECOND.0);
        for trial in &mut trials {
            trial.0 = score(self.rises(place, trial.1, SECOND.1, most)?);
        }
        trials.sort_by(|x, y| y.0.total_cmp(&x.0));
        Ok(trials.first().map(|&(_, pair)| pair))
    }

    /// By how much a pair's places rise within so many pivots, up to `most`.
    fn rises(&self, place: &Place, (a, b): (usize, usize), pivots: u64, most: f64) -> Result<[f64; 2], Halt> {
        let mut rises = [most; 2];
        for (rise, together) in rises.iter_mut().zip([true, false]) {
            let mut child = place.clone();
            child.decide(&self.holders, self.case.demand(), Decision { a, b, together });
            let ended = child.master.reoptimise(self.ceiling(), pivots, self.budget)?;
            if ended != Reoptimised::Ceiling {
                *rise = (child.master.objective() - place.master.objective()).clamp(0.0, most);
            }
        }
        Ok(rises)
    }
}
