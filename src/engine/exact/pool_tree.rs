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
use crate::pricing::{Case, Effort, Pricer};
use crate::problem::Pattern;

use super::effort::pool_tree::{DEEPEST, FIRST, NODES, SECOND, SPARE, WORTH};
use super::farley::Witness;
use super::float::{to_float, to_integer};
use super::master::{Master, MasterError, Outcome, Reoptimised, Row, Simplex};
use super::noise::Noise;
use super::pool::{self, Exclusion};

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
    let heaviest = pricer.heaviest(&weights, case.demand(), to_integer(SCALE * (1.0 + 1e-7)), effort, budget)?.bound;
    let Some(exclusion) = Exclusion::new(&weights, heaviest, target) else { return Ok(None) };
    if exclusion.spare() > SPARE {
        return Ok(None);
    }
    let Some(bins) = pool::enumerate(case, &exclusion, budget)? else { return Ok(None) };
    let Ok(master) = master(case.len(), &bins, seed) else { return Ok(None) };
    let mut holders = vec![Vec::new(); case.len()];
    for (index, bin) in bins.iter().enumerate() {
        bin.iter().for_each(|&item| holders[item].push(index));
    }
    let mut tree = Tree { bins, holders, target, budget, nodes: Vec::new() };
    let mut allowed = FixedBitSet::with_capacity(tree.bins.len());
    allowed.insert_range(..);
    let root = Place { master, allowed, home: (0..case.len()).collect(), joined: 0 };
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
fn master(items: usize, bins: &[Vec<usize>], seed: u64) -> Result<Simplex, MasterError> {
    let mut master = Simplex::new(&vec![Row::cover(1.0); items], seed)?;
    let mut noise = Noise(seed ^ 0x517c_c1b7_2722_0a95);
    for bin in bins {
        let entries: Vec<(usize, f64)> = bin.iter().map(|&item| (item, 1.0)).collect();
        master.add_column(1.0 + NOISE * noise.fraction(), &entries)?;
    }
    Ok(master)
}

/// Why the search ends early.
enum Halt {
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

/// Two items of one copy each, in one bin or in two.
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
    /// Item -> the item of the certificate's case that it is part of.
    home: Vec<usize>,
    /// How many joined items there are in that case.
    joined: usize,
}

impl Place {
    fn bar(&mut self, bin: usize) {
        self.allowed.remove(bin);
        self.master.bar(bin);
    }

    /// `holders`: the bins that hold each item, ascending.
    fn decide(&mut self, holders: &[Vec<usize>], Decision { a, b, together }: Decision) {
        for (one, other) in [(a, b), (b, a)] {
            for &bin in &holders[one] {
                if holders[other].binary_search(&bin).is_ok() != together {
                    self.bar(bin);
                }
            }
        }
        if together {
            let (old, new) = ([self.home[a], self.home[b]], self.home.len() + self.joined);
            self.home.iter_mut().filter(|home| old.contains(home)).for_each(|home| *home = new);
            self.joined += 1;
        }
    }

    /// Weights of the items of the certificate's case.
    fn weights(&self, weights: &[u64]) -> Vec<u64> {
        let mut joined = vec![0; self.home.len() + self.joined];
        for (&home, &weight) in self.home.iter().zip(weights) {
            joined[home] += weight;
        }
        joined
    }
}

struct Tree<'a, 'b> {
    bins: Vec<Vec<usize>>,
    /// The bins that hold each item, ascending.
    holders: Vec<Vec<usize>>,
    target: u64,
    budget: &'a Budget<'b>,
    /// The certificate, children before parents.
    nodes: Vec<Node>,
}

impl Tree<'_, '_> {
    /// The objective from which on a node is closed, with what rounding and noise may take of it.
    fn ceiling(&self) -> f64 {
        to_float(self.target) * (1.0 + 2.0 * NOISE) + 1e-6
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
        child.decide(&self.holders, Decision { a, b, together: true });
        let together = Some(self.visit(child, depth + 1)?);
        let weights = exclusion.as_ref().map(|exclusion| place.weights(&exclusion.weights));
        place.decide(&self.holders, Decision { a, b, together: false });
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
                let weights = place.weights(&weights);
                let demand = vec![1; weights.len()];
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
        let weights: Vec<u64> = place.master.duals().iter().map(|&dual| to_integer(dual * SCALE)).collect();
        let weight = |bin: usize| self.bins[bin].iter().map(|&item| weights[item]).sum::<u64>();
        let heaviest = place.allowed.ones().map(weight).max().unwrap_or(0);
        Ok((weights, heaviest))
    }

    /// Excludes bins by reduced cost, where that is worth its while.
    fn exclude(&self, place: &mut Place) -> Result<Option<Exclusion>, Stop> {
        let (weights, heaviest) = self.weigh(place)?;
        let Some(exclusion) = Exclusion::new(&weights, heaviest, self.target) else { return Ok(None) };
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
        for (bin, &value) in values.iter().enumerate().filter(|&(_, &value)| value > 1e-6) {
            whole &= (value - value.round()).abs() < 1e-4;
            for (at, &a) in self.bins[bin].iter().enumerate() {
                for &b in &self.bins[bin][at + 1..] {
                    *shares.entry((a, b)).or_default() += value;
                }
            }
        }
        if whole {
            let pattern = |bin: usize| Pattern {
                bin: 0,
                items: self.bins[bin].iter().map(|&item| (item, 1)).collect(),
                count: 1,
            };
            return Err(Halt::Found((0..values.len()).filter(|&bin| values[bin] > 0.5).map(pattern).collect()));
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
            child.decide(&self.holders, Decision { a, b, together });
            let ended = child.master.reoptimise(self.ceiling(), pivots, self.budget)?;
            if ended != Reoptimised::Ceiling {
                *rise = (child.master.objective() - place.master.objective()).clamp(0.0, most);
            }
        }
        Ok(rises)
    }
}
