//! Who is to be placed and where clusters can stand, in whole numbers.

use std::rc::Rc;

use fixedbitset::FixedBitSet;

use crate::budget::Budget;

/// Whether more than sums lets these members be at a site together.
pub type Closer<'a> = dyn Fn(usize, &[usize], &Budget) -> bool + 'a;

/// What shares a cluster in any case.
pub struct Member {
    /// By dimension.
    pub load: Vec<u64>,
    /// Members of one kind have the same foes.
    pub kind: usize,
    /// Where its unit has several copies, whose.
    pub twins: Option<usize>,
    /// Which sites are open to it: index in [`Ground::doors`].
    pub door: usize,
    /// By site: what it is worth that it stays there.
    pub worth: Vec<(usize, u64)>,
    /// The largest share of a cluster that it takes, in millionths.
    pub share: u64,
}

/// All of it.
pub struct Ground<'a> {
    /// By site and dimension: what is usable, [`u64::MAX`] where that is unlimited.
    pub usable: Vec<Vec<u64>>,
    /// By site: at most one cluster stands there.
    pub once: Vec<bool>,
    /// By site: a cluster is there in any case.
    pub kept: Vec<bool>,
    /// By site: what a cluster costs.
    pub price: Vec<u64>,
    /// At these sites (ascending) at most so many clusters.
    pub limits: Vec<(Vec<usize>, u64)>,
    /// Who is to be placed.
    pub members: Vec<Member>,
    /// By member: it and its equal copies.
    pub copies: Vec<Rc<[usize]>>,
    /// By kind: the kinds that may not be in the same cluster.
    pub foes: Vec<FixedBitSet>,
    /// Sets of sites.
    pub doors: Vec<FixedBitSet>,
    /// Asked last.
    pub closer: &'a Closer<'a>,
}

/// A cluster while it changes.
#[derive(Clone)]
pub struct House {
    pub site: usize,
    pub members: Vec<usize>,
    pub load: Vec<u64>,
    /// Kinds in it and how many members have them.
    kinds: Vec<(usize, u32)>,
    present: FixedBitSet,
}

impl House {
    /// The kinds of its members.
    pub fn present(&self) -> &FixedBitSet {
        &self.present
    }
}

impl Ground<'_> {
    /// What it is worth that a member is at a site.
    pub fn worth(&self, member: usize, site: usize) -> u64 {
        self.members[member].worth.iter().find(|&&(at, _)| at == site).map_or(0, |&(_, worth)| worth)
    }

    /// What it is worth that those of a house stay in it.
    pub fn stays(&self, house: &House) -> u64 {
        house.members.iter().map(|&member| self.worth(member, house.site)).sum()
    }

    /// The site where a member must be, if there is only one.
    pub fn bound_to(&self, member: usize) -> Option<usize> {
        let mut open = self.doors[self.members[member].door].ones();
        match (open.next(), open.next()) {
            (Some(site), None) if self.once[site] => Some(site),
            _ => None,
        }
    }

    /// An empty cluster.
    pub fn house(&self, site: usize) -> House {
        let (load, present) = (vec![0; self.usable[site].len()], FixedBitSet::with_capacity(self.foes.len()));
        House { site, members: Vec::new(), load, kinds: Vec::new(), present }
    }

    pub fn enter(&self, house: &mut House, member: usize) {
        let it = &self.members[member];
        house.members.push(member);
        house.load.iter_mut().zip(&it.load).for_each(|(load, &more)| *load = load.saturating_add(more));
        match house.kinds.iter_mut().find(|(kind, _)| *kind == it.kind) {
            Some((_, count)) => *count += 1,
            None => house.kinds.push((it.kind, 1)),
        }
        house.present.insert(it.kind);
    }

    pub fn leave(&self, house: &mut House, member: usize) {
        let it = &self.members[member];
        house.members.retain(|&other| other != member);
        house.load.iter_mut().zip(&it.load).for_each(|(load, &less)| *load = load.saturating_sub(less));
        if let Some((_, count)) = house.kinds.iter_mut().find(|(kind, _)| *kind == it.kind) {
            *count -= 1;
        }
        if house.kinds.contains(&(it.kind, 0)) {
            house.kinds.retain(|&(_, count)| count > 0);
            house.present.set(it.kind, false);
        }
    }

    /// Whether the site is open to a member, whoever is there.
    pub fn is_open(&self, site: usize, member: usize) -> bool {
        self.doors[self.members[member].door].contains(site)
    }

    /// Whether doors, sums and foes let a member in, in the place of another.
    pub fn lets_in(&self, house: &House, member: usize, without: Option<usize>) -> bool {
        let it = &self.members[member];
        let gone = without.map(|other| &self.members[other]);
        for (at, &usable) in self.usable[house.site].iter().enumerate() {
            let left = house.load[at] - gone.map_or(0, |gone| gone.load[at]);
            if left.saturating_add(it.load[at]) > usable {
                return false;
            }
        }
        let foes = &self.foes[it.kind];
        let peace = match gone {
            None => foes.is_disjoint(&house.present),
            Some(gone) => {
                let there = |&&(kind, count): &&(usize, u32)| count > u32::from(kind == gone.kind);
                !house.kinds.iter().filter(there).any(|&(kind, _)| foes.contains(kind))
            }
        };
        peace && self.is_open(house.site, member)
    }

    /// The same, and whether the nodes and what is counted once let it in, too.
    pub fn takes(&self, house: &House, member: usize, without: Option<usize>, budget: &Budget) -> bool {
        if !self.lets_in(house, member, without) {
            return false;
        }
        let others = house.members.iter().copied().filter(|&other| Some(other) != without);
        let all: Vec<usize> = others.chain([member]).collect();
        (self.closer)(house.site, &all, budget)
    }
}
