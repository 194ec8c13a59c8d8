//! Rules of named workloads and regions on the way: groups that stand in one region, and members of which no two share one.
//!
//! A group stands in one region after each batch, so to another it goes as a whole, in one batch. One that stands in several today
//! may do so until that is mended: in regions where somebody of it has stood ever since. Who is kept in different regions is judged
//! with all starts of a batch: nobody comes to a region where another member is, unless it is there itself already.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::job::{Item, Job, Move, Place, Spots};
use crate::fleet::{ApartBy, Fleet};

/// Where a copy stands, before a batch and with its starts.
pub(super) type Stands<'a> = &'a dyn Fn(usize) -> [Option<usize>; 2];

/// The rules, by copies and items.
#[derive(Default)]
pub(super) struct Regions {
    groups: Vec<Group>,
    /// By item the groups it is of; empty where there are none.
    groups_of: Vec<Vec<usize>>,
    /// Members of each rule that keeps apart.
    apart: Vec<Vec<usize>>,
    /// By workload the rules that it is a member of.
    apart_of: BTreeMap<usize, Vec<usize>>,
}

/// A group of one region.
struct Group {
    /// The copies of its members.
    copies: Vec<usize>,
    /// The items that hold some of them.
    items: Vec<usize>,
}

impl Regions {
    /// Complexity: linear in the items and the members.
    pub fn new(fleet: &Fleet, items: &[Item], copies: &dyn Fn(usize) -> Range<usize>) -> Self {
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
            it.members.iter().for_each(|&copy| _ = item_of.insert(copy, item));
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

    fn of(&self, item: usize) -> &[usize] {
        self.groups_of.get(item).map_or(&[], Vec::as_slice)
    }
}

fn region(places: &[Place], at: Option<usize>) -> Option<usize> {
    places[at?].region
}

impl Job<'_> {
    /// Items that a rule ties together, wherever they are.
    pub fn ties(&self) -> Vec<Vec<usize>> {
        let groups = self.regions.groups.iter().map(|group| group.items.clone());
        let of_rule = |members: &Vec<usize>| {
            let ours: BTreeSet<usize> = members.iter().flat_map(|&member| self.copies(member)).collect();
            let held = |item: &usize| self.items[*item].members.iter().any(|it| ours.contains(it));
            (0..self.items.len()).filter(held).collect()
        };
        groups.chain(self.regions.apart.iter().map(of_rule)).collect()
    }

    /// The regions where a group stands.
    fn regions_of(&self, group: usize, at: &dyn Fn(usize) -> Option<usize>) -> BTreeSet<usize> {
        self.regions.groups[group].copies.iter().filter_map(|&copy| region(&self.places, at(copy))).collect()
    }

    /// Whether every group stands in one region after a move from `spots`, or in several where somebody of it stood at the beginning
    /// of the batch and stays.
    pub fn keeps_groups(&self, beginning: &Spots, spots: &Spots, it: &Move) -> bool {
        if self.regions.groups.is_empty() {
            return true;
        }
        let goes = |copy: usize| region(&self.places, spots[copy]) != region(&self.places, it.after(copy, spots));
        let leaves =
            |part: &Move| part.starts.iter().any(|&copy| goes(copy)) || part.stops.iter().any(|&(copy, _)| goes(copy));
        if !it.parts().any(leaves) {
            return true;
        }
        let groups: BTreeSet<usize> = it.parts().flat_map(|part| self.regions.of(part.item)).copied().collect();
        groups.into_iter().all(|group| {
            let after = self.regions_of(group, &|copy| it.after(copy, spots));
            let stays = |copy: usize| {
                let is = region(&self.places, it.after(copy, spots));
                is.filter(|_| region(&self.places, beginning[copy]) == is)
            };
            let copies = self.regions.groups[group].copies.iter();
            after.len() <= 1 || after.is_subset(&copies.filter_map(|&copy| stays(copy)).collect())
        })
    }

    /// Items that must go to the same region in the same batch as who starts in a move: of groups that stand elsewhere.
    pub fn company(&self, spots: &Spots, it: &Move) -> Vec<usize> {
        let Some(there) = region(&self.places, it.to).filter(|_| !it.starts.is_empty()) else { return Vec::new() };
        if self.regions.groups.is_empty() {
            return Vec::new();
        }
        let mut company = BTreeSet::from([it.item]);
        let (mut waiting, mut seen) = (vec![it.item], BTreeSet::new());
        while let Some(item) = waiting.pop() {
            for &group in self.regions.of(item).iter().filter(|&&group| seen.insert(group)) {
                if self.regions_of(group, &|copy| spots[copy]).contains(&there) {
                    continue;
                }
                let stands = |item: &usize| self.items[*item].members.iter().any(|&copy| spots[copy].is_some());
                let others = self.regions.groups[group].items.iter().copied().filter(stands);
                waiting.extend(others.filter(|&other| company.insert(other)));
            }
        }
        company.remove(&it.item);
        company.into_iter().collect()
    }

    /// Of copies that come to a cluster one that is kept in another region than somebody who stands in this one, and who that is.
    pub fn met(&self, stands: Stands, coming: &[usize], place: usize) -> Option<(usize, usize)> {
        if self.regions.apart.is_empty() {
            return None;
        }
        let there = self.places[place].region?;
        let here = |copy: &usize| stands(*copy).iter().any(|&at| region(&self.places, at) == Some(there));
        let with = |members: &[usize], but: usize| {
            let mut others =
                members.iter().filter(|&&it| !self.is_one(it, but)).flat_map(|&member| self.copies(member));
            others.find(|other| here(other) || coming.contains(other))
        };
        coming.iter().find_map(|&copy| {
            let workload = self.whose.one(copy);
            let rules = self.regions.apart_of.get(&workload)?;
            if self.fellows(workload).into_iter().flat_map(|it| self.copies(it)).any(|copy| here(&copy)) {
                return None; // whoever it meets it has met already
            }
            rules.iter().find_map(|&rule| Some((copy, with(&self.regions.apart[rule], workload)?)))
        })
    }

    /// Whether two are the same workload, or parts of one split.
    fn is_one(&self, a: usize, b: usize) -> bool {
        self.whole[a] == self.whole[b]
    }

    /// The parts of the split that a workload is a part of; or itself.
    fn fellows(&self, workload: usize) -> Vec<usize> {
        self.splits.get(&self.whole[workload]).map_or_else(|| vec![workload], |it| it.parts.clone())
    }

    /// Who else is kept in another region than somebody, and stands in the same.
    pub fn meets(&self, spots: &Spots, copy: usize) -> usize {
        let workload = self.whose.one(copy);
        let Some(here) = region(&self.places, spots[copy]) else { return 0 };
        let rules = self.regions.apart_of.get(&workload).into_iter().flatten();
        let others = rules.flat_map(|&rule| &self.regions.apart[rule]).filter(|&&other| !self.is_one(other, workload));
        let near = |copy: &usize| region(&self.places, spots[*copy]) == Some(here);
        others.flat_map(|&other| self.copies(other)).filter(near).count()
    }

    /// Whether an item leaves a region where its group does not all stand.
    pub fn mends(&self, item: usize) -> bool {
        let goal = region(&self.places, self.items[item].to);
        let away = |&copy: &usize| self.start[copy].is_some() && region(&self.places, self.start[copy]) != goal;
        self.items[item].members.iter().any(away)
            && self.regions.of(item).iter().any(|&group| self.regions_of(group, &|copy| self.start[copy]).len() > 1)
    }
}
