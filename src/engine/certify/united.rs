//! The problem where charges do not count: what only these tell apart is one.

use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::failure::Failure;
use crate::budget::Budget;
use crate::problem::{BinSet, BinType, ItemType, Limit, Problem, Terms};

/// What makes item types one: class, size, bin types; and the item type itself, if it has a unit.
type Key<'a> = (usize, &'a [u64], Rc<[usize]>, Option<usize>);

/// Bin types with a maximum count that agree in capacity, cost, limits, whether some are kept, and the item types that may use
/// them are one type, in the place of the first; their maximum counts and kept bins add up. Then item types without a unit
/// that agree in class, size and bin types are one type, and their copies add up; all of them in the order of class, size and bin types.
pub(super) fn united(problem: &Problem, budget: &Budget) -> Result<Problem, Failure> {
    let (bins, items, terms) = (problem.bins(), problem.items(), problem.terms());
    budget.spend((items.len() * (1 + problem.dimensions() + bins.len() / 64)) as u64)?;
    // most item types may use the same bin types
    let mut lists: Vec<&BinSet> = Vec::new();
    let mut numbers: FxHashMap<&BinSet, usize> = FxHashMap::default();
    let mut list_of = Vec::with_capacity(items.len());
    for item in items {
        let number = *numbers.entry(&item.eligible).or_insert(lists.len());
        if number == lists.len() {
            budget.spend(bins.len() as u64)?;
            lists.push(&item.eligible);
        }
        list_of.push(number);
    }
    let mut open: Vec<Vec<usize>> = vec![Vec::new(); bins.len()];
    for (number, list) in lists.iter().enumerate() {
        list.ones().for_each(|bin| open[bin].push(number));
    }
    let mut known = BTreeMap::new();
    let (mut members, mut bin_of): (Vec<Vec<usize>>, Vec<usize>) = (Vec::new(), Vec::new());
    for (bin, kind) in bins.iter().enumerate() {
        let limits: Vec<bool> = terms.limits.iter().map(|limit| limit.bins.contains(bin)).collect();
        let apart = kind.max_count.is_none().then_some(bin);
        let mark = (&kind.capacity, kind.cost, apart, limits, problem.kept(bin) > 0, &open[bin]);
        let place = *known.entry(mark).or_insert(members.len());
        if place == members.len() {
            members.push(Vec::new());
        }
        members[place].push(bin);
        bin_of.push(place);
    }
    let sum =
        |group: &[usize], of: &dyn Fn(usize) -> u64| group.iter().try_fold(0u64, |sum, &bin| sum.checked_add(of(bin)));
    let mut one_bins = Vec::with_capacity(members.len());
    let mut kept = Vec::with_capacity(members.len());
    for group in &members {
        let kind = &bins[group[0]];
        let most = sum(group, &|bin| bins[bin].max_count.unwrap_or(0)).ok_or(Failure::Undecided)?;
        one_bins.push(BinType { max_count: kind.max_count.map(|_| most), ..kind.clone() });
        kept.push(sum(group, &|bin| problem.kept(bin)).ok_or(Failure::Undecided)?);
    }
    let within = |set: &BinSet| -> BinSet { set.ones().map(|bin| bin_of[bin]).collect() };
    let lists: Vec<Rc<[usize]>> = lists.into_iter().map(|list| within(list).ones().collect()).collect();
    let mut types: BTreeMap<Key, (u64, Option<usize>)> = BTreeMap::new();
    for (index, (item, &list)) in items.iter().zip(&list_of).enumerate() {
        let unit = problem.unit(index);
        let key = (item.class, &item.size[..], Rc::clone(&lists[list]), unit.map(|_| index));
        types.entry(key).or_insert((0, unit)).0 += item.demand; // a problem has at most 2^62 copies
    }
    let units = types.values().map(|&(_, unit)| unit).collect();
    let one_items = types.into_iter().map(|((class, size, eligible, _), (demand, _))| ItemType {
        size: size.to_vec(),
        demand,
        class,
        eligible: eligible.iter().copied().collect(),
    });
    let limit = |limit: &Limit| Limit { bins: within(&limit.bins), most: limit.most };
    let limits = terms.limits.iter().map(limit).collect();
    // groups are forgotten: what is bounded without them is bounded with them
    let terms = Terms { limits, kept, units, most: terms.most, ..Terms::default() };
    let (conflicts, one_items) = (problem.conflicts().clone(), one_items.collect());
    let united = Problem::new(problem.dimensions(), one_items, conflicts, one_bins);
    // what a problem adds up to does not change
    united.and_then(|united| united.with(terms)).map_err(|_| Failure::Undecided)
}
