//! The heaviest bin under groups against enumeration.

use super::*;
use crate::budget::Budget;
use crate::problem::random::Random;

struct Case {
    weights: Vec<u64>,
    copies: Vec<u64>,
    sizes: Vec<Vec<u64>>,
    groups: Vec<Option<usize>>,
    rows: Vec<FixedBitSet>,
    most: Option<u64>,
    overheads: Vec<Vec<u64>>,
    openings: Vec<u64>,
    room: Vec<u64>,
}

fn case(random: &mut Random) -> Case {
    let (len, dimensions) = (1 + random.index(6), random.index(3));
    let unit = [1, 1, 97, 1 << 40][random.index(4)];
    let sizes = |random: &mut Random, most: u64| -> Vec<u64> {
        (0..dimensions).map(|_| random.below(most) * unit + random.below(unit)).collect()
    };
    let mut rows = vec![FixedBitSet::with_capacity(len); len];
    let share = [0, 0, 300][random.index(3)];
    for a in 0..len {
        for b in 0..a {
            if random.chance(share) {
                rows[a].insert(b);
                rows[b].insert(a);
            }
        }
    }
    Case {
        weights: (0..len).map(|_| random.below(9)).collect(),
        copies: (0..len).map(|_| 1 + random.below(3)).collect(),
        sizes: (0..len).map(|_| sizes(random, 6)).collect(),
        groups: (0..len).map(|_| random.chance(850).then_some(random.index(4))).collect(),
        rows,
        most: random.chance(700).then_some(random.below(4)),
        overheads: if random.chance(500) { (0..4).map(|_| sizes(random, 3)).collect() } else { Vec::new() },
        openings: if random.chance(500) { (0..4).map(|_| random.below(7)).collect() } else { Vec::new() },
        room: sizes(random, 12),
    }
}

impl Case {
    /// Read literally.
    fn legal(&self, bin: &[u64]) -> bool {
        let held: Vec<usize> = (0..bin.len()).filter(|&item| bin[item] > 0).collect();
        let mut groups: Vec<usize> = held.iter().filter_map(|&item| self.groups[item]).collect();
        groups.sort_unstable();
        groups.dedup();
        let load = |q: usize| {
            let once: u64 = groups.iter().filter_map(|&group| self.overheads.get(group)).map(|sizes| sizes[q]).sum();
            once + held.iter().map(|&item| self.sizes[item][q] * bin[item]).sum::<u64>()
        };
        self.most.is_none_or(|most| groups.len() as u64 <= most)
            && (0..self.room.len()).all(|q| load(q) <= self.room[q])
            && held.iter().all(|&a| held.iter().all(|&b| !self.rows[a].contains(b)))
    }

    fn worth(&self, bin: &[u64]) -> u64 {
        let opened = |group: usize| (0..bin.len()).any(|item| bin[item] > 0 && self.groups[item] == Some(group));
        let once: u64 = (0..self.openings.len()).filter(|&group| opened(group)).map(|group| self.openings[group]).sum();
        once + bin.iter().zip(&self.weights).map(|(copies, weight)| copies * weight).sum::<u64>()
    }

    /// The heaviest of all bins.
    fn heaviest(&self) -> u64 {
        let mut bin = vec![0; self.weights.len()];
        let mut best = 0;
        loop {
            if self.legal(&bin) {
                best = best.max(self.worth(&bin));
            }
            let Some(next) = (0..bin.len()).find(|&item| bin[item] < self.copies[item]) else { return best };
            bin[..next].fill(0);
            bin[next] += 1;
        }
    }
}

#[test]
fn the_heaviest_bin_is_that_of_enumeration() {
    let mut random = Random::new(11);
    for round in 0..6_000 {
        let case = case(&mut random);
        let candidates: Vec<Candidate> = (0..case.weights.len())
            .map(|item| Candidate { weight: case.weights[item], copies: case.copies[item], size: &case.sizes[item] })
            .collect();
        let overhead = |group: usize| case.overheads.get(group).map_or(&[][..], Vec::as_slice);
        let (groups, openings) = (case.groups.clone(), &case.openings[..]);
        let rule = Rule { groups, most: case.most, overhead: &overhead, openings };
        let heaviest = case.heaviest();
        let budget = Budget::of_work(10_000_000);
        let search =
            |limit: u64| heavier(&candidates, &rule, || case.rows.clone(), &case.room, limit.into(), &budget).unwrap();
        assert_eq!(search(heaviest), None, "round {round}");
        if let Some(limit) = heaviest.checked_sub(1) {
            let mut bin = vec![0; candidates.len()];
            search(limit).unwrap().into_iter().for_each(|(item, copies)| bin[item] = copies);
            assert!(case.legal(&bin) && case.worth(&bin) == heaviest, "round {round}: {bin:?}");
        }
    }
}
