//! The heaviest bin of sand: which classes share it.
//!
//! In each resource the classes fill the bin in the order of what a unit of them is worth (a fractional knapsack), so the worth of a
//! set of classes is submodular: what a class adds to a set only falls as the set grows; and so is what it is worth that a set holds
//! one of a union of classes. A search over the cliques of compatible
//! classes cuts by that, with a colouring of the rest as for heaviest cliques (Kumlander 2004; Tomita and Seki 2003).

use super::classes::Classes;
use super::unions::Union;
use crate::budget::{Budget, Stop};

/// What sand is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Worth {
    /// A unit of each class in each resource.
    pub units: Vec<Vec<u64>>,
    /// A bin that holds one of a class; a price where negative.
    pub presence: Vec<i64>,
    /// A bin that holds one of these classes; a price where negative.
    pub unions: Vec<(Union, i64)>,
}

impl Worth {
    /// The unions that each class is of.
    fn unions_of(&self) -> Vec<Vec<usize>> {
        let mut of = vec![Vec::new(); self.units.len()];
        for (at, (union, _)) in self.unions.iter().enumerate() {
            union.classes.iter().for_each(|&class| of[class].push(at));
        }
        of
    }
}

/// The best sets of classes in a bin of one type.
pub(super) struct Heaviest {
    /// No bin is worth more.
    pub worth: u128,
    /// Sets worth so much or nearly so much, where that is more than was asked about; else sets that only rose to it.
    pub sets: Vec<Vec<usize>>,
}

/// Sets of a round at most.
const MOST_SETS: usize = 40;

/// The heaviest bins of a type; where it is worth more than `unit`, others whose gain above that is half of its at least. Complexity: exponential
/// in the classes that share a bin, bounded by the budget.
///
/// # Errors
/// [`Stop`]: nothing is known then.
pub(super) fn heaviest(
    classes: &Classes,
    bin: usize,
    worth: &Worth,
    unit: u128,
    budget: &Budget,
) -> Result<Heaviest, Stop> {
    let mut search = Search::new(classes, bin, worth, (0, true), budget);
    let all: Vec<usize> = (0..classes.len()).collect();
    search.pay(0, all.clone())?;
    let best = search.best;
    let unit = i128::try_from(unit).unwrap_or(i128::MAX);
    if best > unit {
        // others nearly as good
        (search.best, search.raise) = (unit + (best - unit) / 2, false);
        search.sets.clear();
        search.pay(0, all)?;
        // what is worth enough with a price paid that it does not owe was found without
        search.sets.sort_unstable();
        search.sets.dedup();
    }
    Ok(Heaviest { worth: u128::try_from(best).unwrap_or(0), sets: search.sets })
}

/// The place of each class in the order of what it is worth in each resource.
fn order(classes: &Classes, worth: &Worth) -> Vec<Vec<usize>> {
    let mut order = Vec::with_capacity(classes.dimensions());
    for q in 0..classes.dimensions() {
        let mut by_worth: Vec<usize> = (0..classes.len()).collect();
        by_worth.sort_by_key(|&class| std::cmp::Reverse(worth.units[class][q])); // stable
        let mut rank = vec![0; classes.len()];
        by_worth.iter().enumerate().for_each(|(at, &class)| rank[class] = at);
        order.push(rank);
    }
    order
}

/// For each class a set around it that is worth more than `above`, if one is found by adding whoever adds the most; each once.
/// Complexity: quadratic in classes, times the classes of a set.
///
/// # Errors
/// [`Stop`].
pub(super) fn greedy(
    classes: &Classes,
    bin: usize,
    worth: &Worth,
    above: u128,
    budget: &Budget,
) -> Result<Vec<Vec<usize>>, Stop> {
    let above = i128::try_from(above).unwrap_or(i128::MAX);
    let search = Search::new(classes, bin, worth, (above, false), budget);
    let mut sets = Vec::new();
    for first in 0..classes.len() {
        let mut set = vec![first];
        let mut value = search.value(&set);
        let mut rest: Vec<usize> = classes.friends[first].ones().collect();
        loop {
            budget.spend((rest.len() * (set.len() + 1) * classes.dimensions()) as u64 + 1)?;
            // what adds nothing now adds nothing later
            let mut best: Option<(i128, usize)> = None;
            rest.retain(|&class| {
                set.push(class);
                let with = search.value(&set);
                set.pop();
                if with > value && best.is_none_or(|(most, _)| with > most) {
                    best = Some((with, class));
                }
                with > value
            });
            let Some((with, class)) = best else { break };
            set.push(class);
            value = with;
            rest.retain(|&other| classes.friends[class].contains(other));
        }
        if value > above {
            set.sort_unstable();
            sets.push(set);
        }
    }
    sets.sort_unstable();
    sets.dedup();
    Ok(sets)
}

struct Search<'s, 'b> {
    classes: &'s Classes,
    bin: usize,
    worth: &'s Worth,
    /// The place of each class in the order of each resource.
    order: Vec<Vec<usize>>,
    /// The unions that each class is of.
    unions_of: Vec<Vec<usize>>,
    /// The prices that are paid.
    paid: i128,
    best: i128,
    /// Whether what is found raises that.
    raise: bool,
    sets: Vec<Vec<usize>>,
    budget: &'s Budget<'b>,
}

impl<'s, 'b> Search<'s, 'b> {
    fn new(
        classes: &'s Classes,
        bin: usize,
        worth: &'s Worth,
        (best, raise): (i128, bool),
        budget: &'s Budget<'b>,
    ) -> Self {
        let (order, unions_of) = (order(classes, worth), worth.unions_of());
        Self { classes, bin, worth, order, unions_of, paid: 0, best, raise, sets: Vec::new(), budget }
    }

    /// Whether a set holds one of each union.
    fn held(&self, set: &[usize]) -> Vec<bool> {
        let mut held = vec![false; self.worth.unions.len()];
        set.iter().flat_map(|&class| &self.unions_of[class]).for_each(|&union| held[union] = true);
        held
    }

    /// For each union that has a price, from this one on, either it is paid, or none of its classes is there.
    fn pay(&mut self, union: usize, rest: Vec<usize>) -> Result<(), Stop> {
        let costs = |&union: &usize| self.worth.unions[union].1 < 0;
        let Some(union) = (union..self.worth.unions.len()).find(costs) else {
            return self.extend(&mut Vec::new(), 0, &rest);
        };
        self.budget.spend(1 + rest.len() as u64)?;
        let classes = &self.worth.unions[union].0.classes;
        let without: Vec<usize> = rest.iter().copied().filter(|class| !classes.contains(class)).collect();
        if without.len() < rest.len() {
            let price = i128::from(self.worth.unions[union].1);
            self.paid -= price;
            self.pay(union + 1, rest)?;
            self.paid += price;
        }
        self.pay(union + 1, without)
    }

    /// What it is worth to hold one of these unions, prices aside.
    fn unions(&self, held: &[bool]) -> i128 {
        let worth = self.worth.unions.iter().zip(held).filter(|(_, held)| **held);
        worth.map(|((_, worth), _)| i128::from(*worth).max(0)).sum()
    }

    /// The prices of the unions that are held.
    fn prices(&self, held: &[bool]) -> i128 {
        let worth = self.worth.unions.iter().zip(held).filter(|(_, held)| **held);
        worth.map(|((_, worth), _)| i128::from(*worth).min(0)).sum()
    }

    /// What a class adds by the unions that are not held without it.
    fn further(&self, held: &[bool], class: usize) -> i128 {
        let further = self.unions_of[class].iter().filter(|&&union| !held[union]);
        further.map(|&union| i128::from(self.worth.unions[union].1).max(0)).sum()
    }

    /// What sand of these classes in a bin is worth, whatever it is worth that they are there.
    fn sand(&self, set: &[usize]) -> i128 {
        let mut sorted = set.to_vec();
        let mut sum = 0u128;
        for (q, rank) in self.order.iter().enumerate() {
            sorted.sort_unstable_by_key(|&class| rank[class]);
            let mut room = u128::from(self.classes.rooms[self.bin][q]);
            for &class in &sorted {
                let taken = self.classes.total(self.bin, class, q).min(room);
                sum += taken * u128::from(self.worth.units[class][q]);
                room -= taken;
                if room == 0 {
                    break;
                }
            }
        }
        i128::try_from(sum).unwrap_or(i128::MAX)
    }

    fn presence(&self, set: &[usize]) -> i128 {
        set.iter().map(|&class| i128::from(self.worth.presence[class])).sum()
    }

    fn value(&self, set: &[usize]) -> i128 {
        let held = self.held(set);
        self.sand(set) + self.presence(set) + self.unions(&held) + self.prices(&held)
    }

    fn extend(&mut self, set: &mut Vec<usize>, sand: i128, rest: &[usize]) -> Result<(), Stop> {
        if !self.raise && self.sets.len() >= MOST_SETS {
            return Ok(());
        }
        let held = self.held(set);
        let value = sand + self.presence(set) + self.unions(&held) - self.paid;
        if value > self.best && !set.is_empty() {
            if self.raise {
                self.best = value;
            }
            self.sets.push(set.clone());
        }
        let steps = rest.len() * (set.len() + 1) * self.classes.dimensions() + held.len();
        self.budget.spend(steps as u64 + 1)?;
        // what each adds to the set
        let mut adds: Vec<(i128, usize, i128)> = Vec::with_capacity(rest.len());
        for &class in rest {
            set.push(class);
            let with = self.sand(set);
            set.pop();
            let more = with - sand + i128::from(self.worth.presence[class]) + self.further(&held, class);
            if more > 0 {
                adds.push((more, class, with));
            }
        }
        let kept: Vec<usize> = adds.iter().map(|&(_, class, _)| class).chain(set.iter().copied()).collect();
        let rewards: i128 = adds.iter().map(|&(_, class, _)| i128::from(self.worth.presence[class].max(0))).sum();
        let all = self.sand(&kept) + self.unions(&self.held(&kept));
        if adds.is_empty() || all + self.presence(set) + rewards - self.paid <= self.best {
            return Ok(());
        }
        // of classes that conflict with one another a bin holds one
        adds.sort_unstable_by_key(|&(more, class, _)| (std::cmp::Reverse(more), class));
        let mut colours: Vec<Vec<usize>> = Vec::new();
        let mut colour_of = vec![0; adds.len()];
        for (at, &(_, class, _)) in adds.iter().enumerate() {
            let friends = &self.classes.friends[class];
            let free = colours.iter().position(|colour| colour.iter().all(|&other| !friends.contains(adds[other].1)));
            let colour = free.unwrap_or(colours.len());
            if free.is_none() {
                colours.push(Vec::new());
            }
            colours[colour].push(at);
            colour_of[at] = colour;
        }
        let mut bound = value;
        let mut bounds = vec![0; adds.len()];
        let mut listed = Vec::with_capacity(adds.len());
        for colour in &colours {
            let mut most = 0;
            // the least of a colour first: each is bounded by those before it and itself
            for &at in colour.iter().rev() {
                most = adds[at].0;
                bounds[at] = bound + most;
                listed.push(at);
            }
            bound += most;
        }
        for (place, &at) in listed.iter().enumerate().rev() {
            if bounds[at] <= self.best {
                break;
            }
            let (_, class, with) = adds[at];
            let friends = &self.classes.friends[class];
            let before = listed[..place].iter().map(|&other| adds[other].1);
            let rest: Vec<usize> = before.filter(|&other| friends.contains(other)).collect();
            set.push(class);
            let ended = self.extend(set, with, &rest);
            set.pop();
            ended?;
        }
        Ok(())
    }
}
