//! Rules of named workloads and regions on the way: groups that stand in one region, and members of which no two share one.
//!
//! A group stands in one region after each batch, so to another it goes as a whole, in one batch. One that stands in several today
//! may do so until that is mended: in regions where somebody of it has stood ever since. Who is kept in different regions is judged
//! with all starts of a batch: nobody comes to a region where another member is, unless it is there itself already.

use std::collections::BTreeSet;

use super::job::{Job, Move, Place, Spots};

/// Where a copy stands, before a batch and with its starts.
pub(super) type Stands<'a> = &'a dyn Fn(usize) -> [Option<usize>; 2];

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
            let others = members.iter().filter(|&&it| !self.is_one(it, but));
            let mut others = others.flat_map(|&member| self.copies(member));
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
