//! Where each copy of a unit may be.

use std::collections::{BTreeMap, BTreeSet};

use super::Fleet;
use super::workload::Workload;
use crate::date::Date;

/// Copies of a unit that may be at the same sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rooms {
    /// The sites, ascending.
    pub sites: Vec<usize>,
    /// How many copies.
    pub copies: u64,
}

impl Fleet {
    /// Where the copies of a unit may be on a day: one at each cluster where the unit must be; in each region as many as the
    /// others leave over at least, where so many at most may be in one; the rest at every site that is open to the unit. Where their
    /// regions are chosen, as many in each as that says. A unit of one copy has one room. Complexity: linear in its members and sites, and in its copies.
    pub(crate) fn rooms(&self, unit: &[usize], day: Date) -> Vec<Rooms> {
        let all = self.sites_of(unit, day);
        let first = &self.workloads[unit[0]];
        let copies = first.copies();
        if copies == 1 {
            return vec![Rooms { sites: all, copies }];
        }
        let pins = self.held_at(unit, day);
        let open = |site: usize| if all.binary_search(&site).is_ok() { vec![site] } else { Vec::new() };
        let mut rooms: Vec<Rooms> = pins.iter().map(|&site| Rooms { sites: open(site), copies: 1 }).collect();
        let mut left = copies.saturating_sub(pins.len() as u64);
        if let Some(seats) = self.chosen.get(&unit[0]) {
            for &(region, count) in seats {
                let inside = |site: &usize| self.sites[*site].regions.first() == Some(&region);
                let held = pins.iter().filter(|site| inside(site)).count() as u64;
                let sites = all.iter().copied().filter(inside).collect();
                rooms.extend((count > held).then(|| Rooms { sites, copies: count - held }));
            }
            return rooms;
        }
        if let Some(most) = first.most_in_a_region().filter(|_| left > 0) {
            let mut regions: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for &site in &all {
                // regions that copies are spread over are told apart
                self.sites[site].regions.iter().for_each(|&region| regions.entry(region).or_default().push(site));
            }
            let others = most.saturating_mul(regions.len().saturating_sub(1) as u64);
            let least = copies.saturating_sub(others);
            let held = |sites: &[usize]| pins.iter().filter(|site| sites.contains(site)).count() as u64;
            for sites in regions.into_values() {
                let here = least.min(most).saturating_sub(held(&sites)).min(left);
                left -= here;
                rooms.extend((here > 0).then_some(Rooms { sites, copies: here }));
            }
            if least > most && left > 0 {
                // more copies than there is room for in all regions: no plan has them
                rooms.push(Rooms { sites: Vec::new(), copies: left });
                left = 0;
            }
        }
        rooms.extend((left > 0).then_some(Rooms { sites: all, copies: left }));
        rooms
    }

    /// The sites of the existing clusters where some of a unit must be on a day.
    pub(crate) fn held_at(&self, unit: &[usize], day: Date) -> BTreeSet<usize> {
        let mut pins: BTreeSet<usize> = BTreeSet::new();
        for it in unit.iter().filter_map(|&member| self.whereabouts(member)) {
            let stays = if it.stays(day) { &it.runs_in[..] } else { &[] };
            pins.extend(it.pins.iter().chain(stays).map(|&cluster| self.existing[cluster].site));
        }
        pins
    }

    /// What the charges of copies count beyond the moves: each is charged wherever its workload does not run today, and those that
    /// are more than run today are new, wherever they are.
    pub(crate) fn charged_as_new(&self) -> u64 {
        let new = |(workload, it): (usize, &Workload)| {
            let at = self.whereabouts(workload).filter(|at| !at.runs_in.is_empty())?;
            Some(at.move_cost.saturating_mul(it.copies().saturating_sub(at.runs_in.len() as u64)))
        };
        self.workloads.iter().enumerate().filter_map(new).fold(0, u64::saturating_add)
    }
}
