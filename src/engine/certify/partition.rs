//! Do the components of a claim hold every item type once, and does no bin hold items of two?

use fixedbitset::FixedBitSet;

use super::Claim;
use super::failure::{Failure, refuted};
use crate::budget::Budget;
use crate::problem::Problem;

/// Whose component a class belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Owner {
    Nobody,
    One(usize),
    Several,
}

/// Every item type in exactly one component, and no pair that may meet in two.
pub(super) fn partition(problem: &Problem, claim: &Claim, bins: &[usize], budget: &Budget) -> Result<(), Failure> {
    let items = problem.items();
    let mut owner = vec![usize::MAX; items.len()];
    for (index, component) in claim.components.iter().enumerate() {
        let fault = |why: &str| refuted(why).map_err(|e: Failure| e.under(&format!("components[{index}].items")));
        budget.spend(component.items.len() as u64 + 1)?;
        if component.items.is_empty() {
            return fault("a component without items");
        }
        if component.items.windows(2).any(|pair| pair[0] >= pair[1]) {
            return fault("item types must ascend");
        }
        for &item in &component.items {
            match owner.get_mut(item) {
                Some(owner) if *owner == usize::MAX => *owner = index,
                Some(_) => return fault("an item type of another component"),
                None => return fault("no such item type"),
            }
        }
    }
    if let Some(item) = owner.iter().position(|&owner| owner == usize::MAX) {
        return refuted(format!("item type {item} is in no component")).map_err(|e: Failure| e.under("components"));
    }
    if claim.components.len() < 2 {
        return Ok(());
    }
    let classes = problem.conflicts().len();
    let mut class_owner = vec![Owner::Nobody; classes];
    let mut used = FixedBitSet::with_capacity(classes);
    let mut class_items = vec![Vec::new(); classes];
    for (item, kind) in items.iter().enumerate() {
        used.insert(kind.class);
        class_items[kind.class].push(item);
        class_owner[kind.class] = match class_owner[kind.class] {
            Owner::Nobody => Owner::One(owner[item]),
            Owner::One(one) if one == owner[item] => Owner::One(one),
            _ => Owner::Several,
        };
    }
    for (index, component) in claim.components.iter().enumerate() {
        budget.spend((classes / 64 + component.items.len() * (1 + classes / 64)) as u64 + 1)?;
        // the classes that have an item outside of this component
        let mut outside = used.clone();
        let mut inside = Vec::new();
        for &item in &component.items {
            let class = items[item].class;
            inside.push(class);
            if class_owner[class] == Owner::One(index) {
                outside.remove(class);
            }
        }
        inside.sort_unstable();
        inside.dedup();
        for &class in &inside {
            for other in outside.difference(problem.conflicts().row(class)) {
                for &a in class_items[class].iter().filter(|&&a| owner[a] == index) {
                    for &b in class_items[other].iter().filter(|&&b| owner[b] > index) {
                        budget.spend((bins.len() * (1 + problem.dimensions())) as u64)?;
                        if meet(problem, a, b, bins) {
                            let why = format!("item types {a} and {b} may share a bin but are in two components");
                            return refuted(why).map_err(|e: Failure| e.under("components"));
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

/// Whether some bin holds a copy of `a` and a copy of `b`, whose classes do not conflict.
fn meet(problem: &Problem, a: usize, b: usize, bins: &[usize]) -> bool {
    if problem.unit(a).is_some_and(|unit| problem.unit(b) == Some(unit)) {
        return false;
    }
    let two_groups = match (problem.group(a), problem.group(b)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    };
    let (a, b) = (&problem.items()[a], &problem.items()[b]);
    bins.iter().filter(|&&bin| !two_groups || problem.most_groups(bin).is_none_or(|most| most > 1)).any(|&bin| {
        a.eligible.contains(bin)
            && b.eligible.contains(bin)
            && problem.bins()[bin]
                .capacity
                .iter()
                .zip(a.size.iter().zip(&b.size))
                .all(|(&capacity, (&a, &b))| u128::from(a) + u128::from(b) <= u128::from(capacity))
    })
}
