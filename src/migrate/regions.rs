//! The rules of a fleet that tie moves to different regions together, by copies and items.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::fleet::{ApartBy, Fleet};

/// The rules, by copies and items.
#[derive(Default)]
pub(super) struct Regions {
    pub groups: Vec<Group>,
    /// By item the groups it is of; empty where there are none.
    groups_of: Vec<Vec<usize>>,
    /// Members of each rule that keeps apart.
    pub apart: Vec<Vec<usize>>,
    /// By workload the rules that it is a member of.
    pub apart_of: BTreeMap<usize, Vec<usize>>,
}

/// A group of one region.
pub(super) struct Group {
    /// The copies of its members.
    pub copies: Vec<usize>,
    /// The items that hold some of them.
    pub items: Vec<usize>,
}

impl Regions {
    /// `items`: the copies of each. Complexity: linear in the items and the members.
    pub fn new(fleet: &Fleet, items: &[&[usize]], copies: &dyn Fn(usize) -> Range<usize>) -> Self {
        let (together, apart) = (&fleet.policy().together_in_region, &fleet.policy().kept_apart);
        let mut apart_of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let apart: Vec<Vec<usize>> =
            apart.iter().filter(|rule| rule.by == ApartBy::Region).map(|rule| rule.members.clone()).collect();
        for (rule, members) in apart.iter().enumerate() {
            members.iter().for_each(|&member| apart_of.entry(member).or_default().push(rule));
        }
        if together.is_empty() {
            return Self { apart, apart_of, ..Self::default() };
        }
        let mut item_of: BTreeMap<usize, usize> = BTreeMap::new();
        for (item, it) in items.iter().enumerate() {
            it.iter().for_each(|&copy| _ = item_of.insert(copy, item));
        }
        let mut groups_of = vec![Vec::new(); items.len()];
        let mut groups = Vec::with_capacity(together.len());
        for group in together {
            let copies: Vec<usize> = group.members.iter().flat_map(|&member| copies(member)).collect();
            let items: BTreeSet<usize> = copies.iter().filter_map(|copy| item_of.get(copy)).copied().collect();
            items.iter().for_each(|&item| groups_of[item].push(groups.len()));
            groups.push(Group { copies, items: items.into_iter().collect() });
        }
        Self { groups, groups_of, apart, apart_of }
    }

    /// Whether there are any.
    pub fn any(&self) -> bool {
        self.any_groups() || !self.apart.is_empty()
    }

    /// Whether there are groups of one region.
    pub fn any_groups(&self) -> bool {
        !self.groups.is_empty()
    }

    /// The groups of an item.
    pub fn of(&self, item: usize) -> &[usize] {
        self.groups_of.get(item).map_or(&[], Vec::as_slice)
    }
}
