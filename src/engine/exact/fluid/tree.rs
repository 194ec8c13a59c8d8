//! Branches on how many bins hold one of a class.

use super::super::master::MasterError;
use super::Fluid;
use super::classes::Classes;
use super::relaxation::{Column, Programme, Proof, Range, Relaxed, alone};
use crate::budget::Budget;
use crate::certify::{FluidClass, Node};
use crate::problem::Problem;

/// Branches raise a bound by hardly more than this.
const MOST_RAISED: f64 = 1.8;
/// Most branches on a path, as far as what they gain tells.
const DEEPEST: f64 = 9.0;
/// Most nodes of a tree.
const MOST_NODES: usize = 400;
/// Classes that are looked at before a branch.
const TRIED: usize = 6;
/// A count that is this near to a whole number is one.
const WHOLE: f64 = 1e-5;

pub(super) fn raise(problem: &Problem, lower: u64, seed: u64, budget: &Budget) -> Option<Fluid> {
    let classes = Classes::of(problem);
    let ranges: Vec<Range> = classes.least.iter().map(|&least| Range { least, most: None }).collect();
    let mut columns = alone(&classes);
    let mut root = Programme::new(&classes, &ranges, (&columns, &[]), seed).ok()?;
    let root = root.solve(&mut columns, (lower, u64::MAX), budget).ok()?;
    let proof = root.proof.as_ref()?;
    let mut best = None;
    let mut proved = lower;
    if proof.bound() > lower {
        proved = proof.bound();
        best = Some(Fluid { lower: proved, nodes: vec![leaf(&classes, proof)] });
    }
    loop {
        if root.value + MOST_RAISED < proved as f64 {
            return best;
        }
        let mut tree = Tree { classes: &classes, goal: proved + 1, seed, budget, nodes: Vec::new(), looked: 0 };
        let Some(_) = tree.prove(&mut columns, &mut ranges.clone(), &root.basic) else { return best };
        proved += 1;
        best = Some(Fluid { lower: proved, nodes: tree.nodes });
    }
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

impl Tree<'_, '_> {
    /// The root of a tree that proves the goal in the case of these ranges; `None`: none was found.
    fn prove(&mut self, columns: &mut Vec<Column>, ranges: &mut [Range], start: &[usize]) -> Option<usize> {
        self.looked += 1;
        if self.looked > MOST_NODES {
            return None;
        }
        let relaxed = self.relaxed(columns, ranges, start).ok()?;
        let proof = relaxed.proof.as_ref()?;
        if proof.bound() >= self.goal {
            self.nodes.push(leaf(self.classes, proof));
            return Some(self.nodes.len() - 1);
        }
        let (class, most) = self.branch(columns, ranges, &relaxed)?;
        let before = ranges[class].clone();
        ranges[class].most = Some(most);
        let few = self.prove(columns, ranges, &relaxed.basic);
        ranges[class] = Range { least: most + 1, ..before.clone() };
        let many = few.and_then(|_| self.prove(columns, ranges, &relaxed.basic));
        ranges[class] = before;
        let items = self.classes.members[class].clone();
        self.nodes.push(Node::Presence { items, most, few: few?, many: many? });
        Some(self.nodes.len() - 1)
    }

    fn relaxed(&self, columns: &mut Vec<Column>, ranges: &[Range], start: &[usize]) -> Result<Relaxed, MasterError> {
        Programme::new(self.classes, ranges, (columns, start), self.seed)?.solve(
            columns,
            (self.goal - 1, self.goal),
            self.budget,
        )
    }

    /// The class to branch on and the most of the side with few: where the sides are worth the most over the columns so far.
    fn branch(&self, columns: &[Column], ranges: &[Range], relaxed: &Relaxed) -> Option<(usize, u64)> {
        let mut counts = vec![0.0; self.classes.len()];
        for (column, bins) in columns.iter().zip(&relaxed.bins) {
            column.set.iter().for_each(|&class| counts[class] += bins);
        }
        let away = |count: f64| (count - count.floor()).min(count.ceil() - count);
        let mut open: Vec<usize> = (0..counts.len()).filter(|&class| away(counts[class]) > WHOLE).collect();
        open.sort_by(|&a, &b| away(counts[b]).total_cmp(&away(counts[a])).then(a.cmp(&b)));
        let goal = self.goal as f64 - 1.0 + WHOLE;
        let mut best: Option<((f64, f64), usize, u64)> = None;
        for &class in open.iter().take(TRIED) {
            let most = counts[class].floor() as u64;
            let value = |range: Range| -> Option<f64> {
                let mut ranges = ranges.to_vec();
                ranges[class] = range;
                Programme::new(self.classes, &ranges, (columns, &relaxed.basic), self.seed)
                    .ok()?
                    .value(self.budget)
                    .ok()
            };
            let few = value(Range { most: Some(most), ..ranges[class].clone() })?;
            let many = value(Range { least: most + 1, ..ranges[class].clone() })?;
            let score = (few.min(many).min(goal), few.max(many));
            if best.as_ref().is_none_or(|(other, ..)| score > *other) {
                best = Some((score, class, most));
            }
        }
        // with so little gained by a branch, too many would be needed
        let ((gained, _), class, most) = best?;
        let gained = gained - relaxed.value;
        (gained * DEEPEST >= goal - relaxed.value).then_some((class, most))
    }
}

fn leaf(classes: &Classes, proof: &Proof) -> Node {
    let class = |at: usize| FluidClass {
        items: classes.members[at].clone(),
        prices: proof.worth.units[at].clone(),
        presence: proof.worth.presence[at],
    };
    Node::Fluid { classes: (0..classes.len()).map(class).collect(), capacity: proof.capacity }
}
