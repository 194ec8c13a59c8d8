//! Branches on how many bins hold one of a class.

use super::super::master::MasterError;
use super::Fluid;
use super::classes::Classes;
use super::relaxation::{Column, Programme, Proof, Range, Relaxed, Rules, alone};
use super::unions::{Bins, Union, broken};
use crate::budget::Budget;
use crate::certify::{FluidClass, FluidUnion, Node};
use crate::problem::Problem;

/// Beyond the next whole number branches raise a bound by hardly more than this.
/// Measured on 80 classes of 1,000 items: what was proved lay up to 1.22 above the value of the root, and 1.5 were never reached.
const MOST_RAISED: f64 = 0.25;
/// Most branches on a path, as far as what they gain tells.
const DEEPEST: f64 = 30.0;
/// Most nodes of a tree.
const MOST_NODES: usize = 400;
/// Classes that are looked at before a branch.
const TRIED: usize = 6;
/// A count that is this near to a whole number is one.
const WHOLE: f64 = 1e-5;
/// Rounds of cuts at most, and such as raise the value by less than [`RAISED`] one after the other.
const ROUNDS: (usize, usize) = (30, 3);
const RAISED: f64 = 0.01;

pub(super) fn raise(problem: &Problem, lower: u64, seed: u64, budget: &Budget) -> Option<Fluid> {
    let classes = Classes::of(problem);
    let ranges: Vec<Range> = classes.least.iter().map(|&least| Range { least, most: None }).collect();
    let mut columns = alone(&classes);
    let mut unions: Vec<Union> = Vec::new();
    let rules = Rules { ranges: &ranges, unions: &unions };
    let mut root = Programme::new(&classes, rules, (&columns, &[]), seed).ok()?;
    let mut root = root.solve(&mut columns, (lower, u64::MAX), budget).ok()?;
    let mut best = None;
    let mut proved = lower;
    let mut keep = |root: &Relaxed, best: &mut Option<Fluid>| {
        if let Some(proof) = root.proof.as_ref().filter(|proof| proof.bound() > proved) {
            proved = proof.bound();
            *best = Some(Fluid { lower: proved, nodes: vec![leaf(&classes, proof)] });
        }
    };
    keep(&root, &mut best);
    let mut idle = 0;
    for _ in 0..ROUNDS.0 {
        let bins: Vec<(&[usize], f64)> =
            columns.iter().zip(&root.bins).map(|(column, &bins)| (&column.set[..], bins)).collect();
        let Ok(more) = broken(&classes, &bins, budget) else { break };
        if more.is_empty() || idle >= ROUNDS.1 {
            break;
        }
        // those that ask for nothing give way
        unions.retain(|union| root.unions.contains(union));
        unions.extend(more);
        let rules = Rules { ranges: &ranges, unions: &unions };
        let start = root.basic.clone();
        let next = Programme::new(&classes, rules, (&columns, &start), seed)
            .and_then(|mut programme| programme.solve(&mut columns, (lower, u64::MAX), budget));
        let Ok(next) = next else { break };
        idle = if next.value > root.value + RAISED { 0 } else { idle + 1 };
        root = next;
        keep(&root, &mut best);
    }
    loop {
        if root.value + MOST_RAISED < proved as f64 {
            return best;
        }
        let mut tree = Tree { classes: &classes, goal: proved + 1, seed, budget, nodes: Vec::new(), looked: 0 };
        let known = Known { ranges: ranges.clone(), unions: unions.clone() };
        if tree.prove(&mut columns, &known, &root.basic).is_none() {
            return best;
        }
        proved += 1;
        best = Some(Fluid { lower: proved, nodes: tree.nodes });
    }
}

/// A tree without cuts that proves the goal.
#[cfg(test)]
pub(super) fn by_branches(problem: &Problem, goal: u64, budget: &Budget) -> Option<Vec<Node>> {
    let classes = Classes::of(problem);
    let ranges = classes.least.iter().map(|&least| Range { least, most: None }).collect();
    let known = Known { ranges, unions: Vec::new() };
    let mut tree = Tree { classes: &classes, goal, seed: 0, budget, nodes: Vec::new(), looked: 0 };
    tree.prove(&mut alone(&classes), &known, &[]).map(|_| tree.nodes)
}

struct Tree<'c, 'b> {
    classes: &'c Classes,
    /// Bins to be proved.
    goal: u64,
    seed: u64,
    budget: &'c Budget<'b>,
    nodes: Vec<Node>,
    looked: usize,
}

/// What is known in a case.
#[derive(Clone)]
struct Known {
    ranges: Vec<Range>,
    unions: Vec<Union>,
}

impl Known {
    fn rules(&self) -> Rules<'_> {
        Rules { ranges: &self.ranges, unions: &self.unions }
    }

    /// The case where so many bins hold one of these classes.
    fn with(&self, classes: &[usize], bins: Bins) -> Self {
        let mut known = self.clone();
        match (classes, bins) {
            (&[class], Bins::Least(least)) => known.ranges[class].least = least,
            (&[class], Bins::Most(most)) => known.ranges[class].most = Some(most),
            _ => known.unions.push(Union { classes: classes.to_vec(), bins }),
        }
        known
    }
}

impl Tree<'_, '_> {
    /// The root of a tree that proves the goal in this case; `None`: none was found.
    fn prove(&mut self, columns: &mut Vec<Column>, known: &Known, start: &[usize]) -> Option<usize> {
        self.looked += 1;
        if self.looked > MOST_NODES {
            return None;
        }
        let relaxed = self.relaxed(columns, known, start).ok()?;
        let proof = relaxed.proof.as_ref()?;
        if proof.bound() >= self.goal {
            self.nodes.push(leaf(self.classes, proof));
            return Some(self.nodes.len() - 1);
        }
        let (classes, most) = self.branch(columns, known, &relaxed)?;
        let few = self.prove(columns, &known.with(&classes, Bins::Most(most)), &relaxed.basic)?;
        let many = self.prove(columns, &known.with(&classes, Bins::Least(most + 1)), &relaxed.basic)?;
        let mut items: Vec<usize> =
            classes.iter().flat_map(|&class| self.classes.members[class].iter().copied()).collect();
        items.sort_unstable();
        self.nodes.push(Node::Presence { items, most, few, many });
        Some(self.nodes.len() - 1)
    }

    fn relaxed(&self, columns: &mut Vec<Column>, known: &Known, start: &[usize]) -> Result<Relaxed, MasterError> {
        Programme::new(self.classes, known.rules(), (columns, start), self.seed)?.solve(
            columns,
            (self.goal - 1, self.goal),
            self.budget,
        )
    }

    /// The classes to branch on and the most of the side with few: where the sides are worth the most over the columns so far.
    fn branch(&self, columns: &[Column], known: &Known, relaxed: &Relaxed) -> Option<(Vec<usize>, u64)> {
        let open = self.fractional(columns, relaxed);
        let goal = self.goal as f64 - 1.0 + WHOLE;
        let mut best: Option<((f64, f64), usize, u64)> = None;
        for (at, (classes, bins)) in open.iter().enumerate() {
            let most = bins.floor() as u64;
            let value = |bins: Bins| -> Option<f64> {
                let known = known.with(classes, bins);
                let programme = Programme::new(self.classes, known.rules(), (columns, &relaxed.basic), self.seed);
                programme.ok()?.value(self.budget).ok()
            };
            let (few, many) = (value(Bins::Most(most))?, value(Bins::Least(most + 1))?);
            let score = (few.min(many).min(goal), few.max(many));
            if best.as_ref().is_none_or(|(other, ..)| score > *other) {
                best = Some((score, at, most));
            }
        }
        // with so little gained by a branch, too many would be needed
        let ((gained, _), at, most) = best?;
        let gained = gained - relaxed.value;
        (gained * DEEPEST >= goal - relaxed.value).then(|| (open[at].0.clone(), most))
    }

    /// Classes, and pairs of them, of which a fraction of a bin holds one; those first that are the farthest from whole.
    fn fractional(&self, columns: &[Column], relaxed: &Relaxed) -> Vec<(Vec<usize>, f64)> {
        let count = self.classes.len();
        let (mut counts, mut shared) = (vec![0.0; count], vec![0.0; count * count]);
        for (column, bins) in columns.iter().zip(&relaxed.bins).filter(|(_, bins)| **bins > WHOLE) {
            for (at, &class) in column.set.iter().enumerate() {
                counts[class] += bins;
                column.set[at + 1..].iter().for_each(|&other| shared[class * count + other] += bins);
            }
        }
        let away = |count: f64| (count - count.floor()).min(count.ceil() - count);
        let some = |mut all: Vec<(Vec<usize>, f64)>| {
            all.retain(|(_, bins)| away(*bins) > WHOLE);
            all.sort_by(|a, b| away(b.1).total_cmp(&away(a.1)).then_with(|| a.0.cmp(&b.0)));
            all.truncate(TRIED);
            all
        };
        let alone = (0..count).map(|class| (vec![class], counts[class])).collect();
        // a class is in one more set for each pair
        let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
        let pairs = pairs.filter(|&(a, b)| shared[a * count + b] > WHOLE);
        let pairs = pairs.map(|(a, b)| (vec![a, b], counts[a] + counts[b] - shared[a * count + b])).collect();
        let mut found = some(alone);
        found.extend(some(pairs));
        found
    }
}

fn leaf(classes: &Classes, proof: &Proof) -> Node {
    let class = |at: usize| FluidClass {
        items: classes.members[at].clone(),
        prices: proof.worth.units[at].clone(),
        presence: proof.worth.presence[at],
    };
    let union = |(union, worth): &(Union, i64)| FluidUnion { classes: union.classes.clone(), presence: *worth };
    let unions = proof.worth.unions.iter().map(union).collect();
    Node::Fluid { classes: (0..classes.len()).map(class).collect(), unions, capacity: proof.capacity }
}
