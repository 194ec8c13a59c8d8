//! The heaviest bin against enumeration, and where the search must give up.

use std::collections::BTreeSet;

use super::fits::Fits;
use super::*;
use crate::budget::{Options, Silent};

struct Knapsack {
    weights: Vec<u64>,
    copies: Vec<u64>,
    sizes: Vec<Vec<u64>>,
    capacity: Vec<u64>,
    conflicts: Vec<FixedBitSet>,
    /// Other weights, and how much of each the bin must weigh.
    floors: Vec<(Vec<u64>, u64)>,
}

impl Knapsack {
    fn random(floors: u64, next: &mut impl FnMut(u64) -> u64) -> Self {
        let dimensions = next(4) as usize;
        Self::random_of(dimensions, floors, next)
    }

    fn random_of(dimensions: usize, floors: u64, next: &mut impl FnMut(u64) -> u64) -> Self {
        let len = 1 + next(11) as usize;
        let unit = [1, 1, 1000, 1 << 40][next(4) as usize];
        let capacity: Vec<u64> = (0..dimensions).map(|_| (8 + next(12)) * unit + next(unit)).collect();
        let density = next(5);
        let mut conflicts = vec![FixedBitSet::with_capacity(len); len];
        for a in 0..len {
            for b in 0..a {
                if next(6) < density {
                    conflicts[a].insert(b);
                    conflicts[b].insert(a);
                }
            }
        }
        let sizes = (0..len).map(|_| (0..dimensions).map(|_| next(8) * unit + next(unit)).collect()).collect();
        let lightest = u64::from(floors == 0);
        let weights = (0..len).map(|_| lightest + next(9) * next(2).max(lightest)).collect();
        let copies = (0..len).map(|_| 1 + next(2) * next(3)).collect();
        let floors = (0..floors).map(|_| ((0..len).map(|_| next(6)).collect(), next(20))).collect();
        Self { weights, copies, sizes, capacity, conflicts, floors }
    }

    fn weigh(weights: &[u64], content: &[(usize, u64)]) -> u64 {
        content.iter().map(|&(item, copies)| weights[item] * copies).sum()
    }

    fn reaches(&self, content: &[(usize, u64)]) -> bool {
        self.floors.iter().all(|(weights, least)| Self::weigh(weights, content) >= *least)
    }

    /// Weight of the heaviest bin with this content that reaches the floors; `None` if none does.
    fn heaviest(&self, item: usize, content: &[(usize, u64)]) -> Option<u64> {
        if item == self.weights.len() {
            return self.reaches(content).then(|| Self::weigh(&self.weights, content));
        }
        let mut best = self.heaviest(item + 1, content);
        for copies in 1..=self.copies[item] {
            let mut with = content.to_vec();
            with.push((item, copies));
            if self.feasible(&with) {
                best = best.max(self.heaviest(item + 1, &with));
            }
        }
        best
    }

    fn feasible(&self, content: &[(usize, u64)]) -> bool {
        let load = |q: usize| content.iter().map(|&(item, copies)| self.sizes[item][q] * copies).sum::<u64>();
        (0..self.capacity.len()).all(|q| load(q) <= self.capacity[q])
            && content.iter().all(|&(a, copies)| {
                copies <= self.copies[a] && content.iter().all(|&(b, _)| !self.conflicts[a].contains(b))
            })
    }

    fn floors(&self) -> Vec<Floor> {
        let floor = |(weights, least): &(Vec<u64>, u64)| Floor {
            weights: weights.iter().map(|&weight| weight.into()).collect(),
            least: u128::from(*least),
        };
        self.floors.iter().map(floor).collect()
    }

    fn heavier(&self, limit: u64) -> Option<Content> {
        self.heavier_within(limit, &Budget::of_work(10_000_000))
    }

    fn heavier_within(&self, limit: u64, budget: &Budget) -> Option<Content> {
        let candidates: Vec<Candidate> = (0..self.weights.len())
            .map(|item| Candidate { weight: self.weights[item], copies: self.copies[item], size: &self.sizes[item] })
            .filter(|candidate| candidate.size.iter().zip(&self.capacity).all(|(size, room)| size <= room))
            .collect();
        assert_eq!(candidates.len(), self.weights.len());
        heavier(&candidates, &self.floors(), || self.conflicts.clone(), &self.capacity, u128::from(limit), budget)
            .expect("small enough")
    }
}

impl Knapsack {
    /// The same by what fits alone, with or without what goes with pairs; in turns of at most so many steps.
    fn heavier_by_fits(&self, limit: u64, paired: bool, share: u64) -> Option<Content> {
        let budget = Budget::of_work(u64::MAX);
        let (items, left) = self.vectors(limit);
        let search = HeaviestSearch::new(&items, &self.conflicts, self.capacity.len(), &budget);
        let pool: Vec<(usize, u64)> = self.copies.iter().copied().enumerate().collect();
        let stage = search.stage(&pool, &left).expect("no limit");
        let mut fits = Fits::new(&stage, &left, 40, if paired { 1 << 20 } else { 0 }).expect("few items");
        for turn in 1.. {
            match fits.search(0, share * turn, &budget).expect("no limit") {
                Outcome::Nothing => return None,
                Outcome::Found => break,
                Outcome::TooLong => {}
            }
        }
        Some(fits.content().map(|(at, copies)| (stage.ids[at], copies)).collect())
    }

    fn vectors(&self, limit: u64) -> (Vec<Vec<u64>>, Vec<u64>) {
        let passed =
            Floor { weights: self.weights.iter().map(|&weight| weight.into()).collect(), least: u128::from(limit) + 1 };
        let floors = self.floors();
        let floors: Vec<&Floor> = std::iter::once(&passed).chain(&floors).collect();
        vectors(self.sizes.iter().map(|size| &size[..]), &floors, &self.capacity)
    }

    /// So many items of which three or four fill a bin, by any of ten resources.
    fn of_resources(len: usize, next: &mut impl FnMut(u64) -> u64) -> Self {
        let sizes: Vec<Vec<u64>> = (0..len).map(|_| (0..10).map(|_| 100 + next(301)).collect()).collect();
        Self {
            weights: sizes.iter().map(|size| size.iter().sum()).collect(),
            copies: vec![1; len],
            sizes,
            capacity: vec![1000; 10],
            conflicts: vec![FixedBitSet::with_capacity(len); len],
            floors: Vec::new(),
        }
    }

    /// The same by covers alone.
    fn heavier_by_covers(&self, limit: u64, budget: &Budget) -> Result<Option<Content>, Failure> {
        let (items, left) = self.vectors(limit);
        let mut search = HeaviestSearch::new(&items, &self.conflicts, self.capacity.len(), budget);
        let pool: Vec<(usize, u64)> = self.copies.iter().copied().enumerate().collect();
        let stage = search.stage(&pool, &left)?;
        let mut everyone = FixedBitSet::with_capacity(pool.len());
        everyone.insert_range(..);
        let (outcome, _) = search.by_covers(&stage, &everyone, &left, u64::MAX)?;
        assert!(outcome != Outcome::TooLong);
        Ok((outcome == Outcome::Found).then_some(search.picked))
    }

    /// So many items that weigh the same; half of the pairs conflict, and nothing else limits a bin.
    fn of_conflicts(len: usize, next: &mut impl FnMut(u64) -> u64) -> Self {
        let mut conflicts = vec![FixedBitSet::with_capacity(len); len];
        for a in 0..len {
            for b in (0..a).filter(|_| next(2) == 0) {
                conflicts[a].insert(b);
                conflicts[b].insert(a);
            }
        }
        let (sizes, capacity) = (vec![Vec::new(); len], Vec::new());
        Self { weights: vec![1; len], copies: vec![1; len], sizes, capacity, conflicts, floors: Vec::new() }
    }
}

/// Numbers below what is asked for each time.
fn draws(mut state: u64) -> impl FnMut(u64) -> u64 {
    move |end| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end
    }
}

#[test]
fn agrees_with_enumeration() {
    let mut next = draws(7);
    let (mut reached, mut unreached) = (0, 0);
    for round in 0..6000 {
        let knapsack = Knapsack::random(round % 3, &mut next);
        let Some(heaviest) = knapsack.heaviest(0, &[]) else {
            assert_eq!(knapsack.heavier(0), None);
            unreached += 1;
            continue;
        };
        assert_eq!(knapsack.heavier(heaviest), None);
        if heaviest == 0 {
            continue;
        }
        let found = knapsack.heavier(heaviest - 1).expect("the heaviest is heavier");
        assert!(knapsack.feasible(&found) && knapsack.reaches(&found));
        assert_eq!(Knapsack::weigh(&knapsack.weights, &found), heaviest);
        reached += usize::from(round % 3 > 0);
    }
    assert!(reached > 1000 && unreached > 500, "{reached} {unreached}");
}

#[test]
fn covers_agree_with_enumeration() {
    let mut next = draws(13);
    let (mut reached, mut unreached) = (0, 0);
    let budget = Budget::of_work(u64::MAX);
    for round in 0..6000 {
        let knapsack = Knapsack::random(round % 3, &mut next);
        let Some(heaviest) = knapsack.heaviest(0, &[]) else {
            assert_eq!(knapsack.heavier_by_covers(0, &budget).expect("no limit"), None);
            unreached += 1;
            continue;
        };
        assert_eq!(knapsack.heavier_by_covers(heaviest, &budget).expect("no limit"), None, "round {round}");
        if heaviest == 0 {
            continue;
        }
        let found = knapsack.heavier_by_covers(heaviest - 1, &budget).expect("no limit").expect("the heaviest");
        assert!(knapsack.feasible(&found) && knapsack.reaches(&found), "round {round}");
        assert_eq!(Knapsack::weigh(&knapsack.weights, &found), heaviest);
        reached += usize::from(round % 3 > 0);
    }
    assert!(reached > 1000 && unreached > 500, "{reached} {unreached}");
}

#[test]
fn what_fits_agrees_with_enumeration() {
    let mut next = draws(19);
    let (mut reached, mut unreached) = (0, 0);
    for round in 0..6000 {
        let knapsack = Knapsack::random_of(5 + (round % 4) as usize, round % 3, &mut next);
        let (paired, share) = (round % 2 == 0, [7, u64::MAX / 8][(round / 2 % 2) as usize]);
        let Some(heaviest) = knapsack.heaviest(0, &[]) else {
            assert_eq!(knapsack.heavier_by_fits(0, paired, share), None);
            unreached += 1;
            continue;
        };
        assert_eq!(knapsack.heavier_by_fits(heaviest, paired, share), None, "round {round}");
        if heaviest == 0 {
            continue;
        }
        let found = knapsack.heavier_by_fits(heaviest - 1, paired, share).expect("the heaviest");
        assert!(knapsack.feasible(&found) && knapsack.reaches(&found), "round {round}");
        assert_eq!(Knapsack::weigh(&knapsack.weights, &found), heaviest);
        reached += usize::from(round % 3 > 0);
    }
    assert!(reached > 1000 && unreached > 500, "{reached} {unreached}");
}

#[test]
fn what_fits_decides_where_many_resources_bind() {
    let knapsack = Knapsack::of_resources(120, &mut draws(23));
    let mut heaviest = 0;
    while let Some(found) = knapsack.heavier_by_fits(heaviest, true, u64::MAX / 8) {
        heaviest = Knapsack::weigh(&knapsack.weights, &found);
    }
    for (limit, any) in [(heaviest, false), (heaviest - 1, true)] {
        let found = knapsack.heavier_within(limit, &Budget::of_work(12_000_000));
        assert_eq!(found.is_some(), any);
        assert!(found.is_none_or(|found| knapsack.feasible(&found)));
    }
}

#[test]
fn covers_decide_where_conflicts_rule() {
    let knapsack = Knapsack::of_conflicts(300, &mut draws(17));
    let budget = Budget::of_work(u64::MAX);
    let mut heaviest = 0;
    while let Some(found) = knapsack.heavier_by_covers(heaviest, &budget).expect("no limit") {
        heaviest = Knapsack::weigh(&knapsack.weights, &found);
    }
    for (limit, any) in [(heaviest, false), (heaviest - 1, true)] {
        // by tables alone it takes twice as much
        let found = knapsack.heavier_within(limit, &Budget::of_work(8_000_000));
        assert_eq!(found.is_some(), any);
        assert!(found.is_none_or(|found| knapsack.feasible(&found)));
    }
}

#[test]
fn weights_that_weigh_nothing_may_count() {
    // the first alone passes the limit, but only with the second, which weighs nothing, does the bin reach the floor
    let one = [1u64];
    let candidates = [5u64, 0].map(|weight| Candidate { weight, copies: 1, size: &one });
    let budget = Budget::new(&Options::default(), 1_000, &Silent);
    let floor = |weights: [u128; 2], least| [Floor { weights: weights.to_vec(), least }];
    let rows = || vec![FixedBitSet::with_capacity(2); 2];
    let found = heavier(&candidates, &floor([1, 1], 2), rows, &[2], 4, &budget).expect("small");
    assert_eq!(found.map(|content| content.len()), Some(2));
    assert!(heavier(&candidates, &floor([1, 1], 3), rows, &[2], 4, &budget).expect("small").is_none());
    assert!(heavier(&candidates, &floor([1, 1], 2), rows, &[1], 4, &budget).expect("small").is_none());
    // beyond what is searched
    let large = floor([1 << 62, 1 << 62], (1 << 62) + 1);
    assert!(matches!(heavier(&candidates, &large, rows, &[2], 4, &budget), Err(Failure::Undecided)));
    let huge = floor([1 << 126, 1 << 126], 1 << 127);
    assert!(matches!(heavier(&candidates, &huge, rows, &[2], 4, &budget), Err(Failure::Undecided)));
}

#[test]
fn survives_a_bin_of_thousands() {
    // a path of conflicts and weights that no bound closes at once: the search goes as deep as it may
    let size: [u64; 0] = [];
    let len = 1400;
    let candidates: Vec<Candidate> =
        (0..len).map(|item| Candidate { weight: 5 + item % 7, copies: 1, size: &size }).collect();
    let rows = || {
        let mut rows = vec![FixedBitSet::with_capacity(1400); 1400];
        for item in 1..1400 {
            rows[item].insert(item - 1);
            rows[item - 1].insert(item);
        }
        rows
    };
    let budget = Budget::new(&Options::default(), 100_000_000, &Silent);
    let result = heavier(&candidates, &[], rows, &[], 5_900, &budget);
    assert!(!matches!(result, Ok(Some(_))));
}

#[test]
fn stops_at_the_budget() {
    let sizes: Vec<Vec<u64>> =
        (0..60).map(|item| vec![1_000_003 + item * 7919, 2_000_029 - item * 104_729 % 999]).collect();
    let candidates: Vec<Candidate> =
        sizes.iter().map(|size| Candidate { weight: size[0] * 3 + size[1], copies: 1, size }).collect();
    let budget = Budget::new(&Options::default(), 5_000, &Silent);
    let rows = || vec![FixedBitSet::with_capacity(60); 60];
    let capacity = [20_000_000, 33_000_000];
    let result = heavier(&candidates, &[], rows, &capacity, 93_000_000, &budget);
    assert!(matches!(result, Err(Failure::Undecided)));
}

impl Knapsack {
    /// All feasible contents that reach the floors, items ascending.
    fn contents(&self, item: usize, content: &[(usize, u64)], found: &mut BTreeSet<Content>) {
        if item == self.weights.len() {
            if !content.is_empty() && self.reaches(content) {
                found.insert(content.to_vec());
            }
            return;
        }
        self.contents(item + 1, content, found);
        for copies in 1..=self.copies[item] {
            let mut with = content.to_vec();
            with.push((item, copies));
            if self.feasible(&with) {
                self.contents(item + 1, &with, found);
            }
        }
    }

    fn all(&self) -> Option<Vec<Content>> {
        let items: Vec<(u64, &[u64])> =
            self.copies.iter().zip(&self.sizes).map(|(&copies, size)| (copies, &size[..])).collect();
        let budget = Budget::new(&Options::default(), u64::MAX, &Silent);
        let mut found = all(&items, &self.floors(), &self.conflicts, &self.capacity, &budget).expect("no limit")?;
        found.iter_mut().for_each(|content| content.sort_unstable());
        Some(found)
    }
}

#[test]
fn lists_what_enumeration_finds() {
    let mut next = draws(11);
    let (mut listed, mut none) = (0, 0);
    for round in 0..2_000 {
        let knapsack = Knapsack::random(1 + round % 3, &mut next);
        let mut wanted = BTreeSet::new();
        knapsack.contents(0, &[], &mut wanted);
        if wanted.len() > 20_000 {
            continue;
        }
        let found = knapsack.all().expect("few bins");
        assert_eq!(found.len(), wanted.len(), "round {round}");
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), wanted, "round {round}");
        listed += wanted.len();
        none += usize::from(wanted.is_empty());
    }
    assert!(listed > 20_000 && none > 50, "{listed} {none}");
}

#[test]
fn lists_full_bins_of_hundreds_of_items() {
    // each pair fits a bin, and one of thirty fills it with a third: no step is for the others
    let mut sizes: Vec<u64> = (0..600).map(|item| 5_001 + item * item % 3_001).collect();
    sizes.sort_unstable();
    let wanted = (0..600)
        .flat_map(|a| (0..a).map(move |b| (a, b)))
        .filter(|&(a, b)| {
            20_000u64.checked_sub(sizes[a] + sizes[b]).is_some_and(|rest| sizes[..b].binary_search(&rest).is_ok())
        })
        .count();
    let knapsack = Knapsack {
        weights: vec![1; 600],
        copies: vec![1; 600],
        capacity: vec![20_000],
        conflicts: vec![FixedBitSet::with_capacity(600); 600],
        floors: vec![(sizes.clone(), 20_000)],
        sizes: sizes.into_iter().map(|size| vec![size]).collect(),
    };
    let found = knapsack.all().expect("few bins, and few steps");
    assert!(found.len() == wanted && wanted > 3_000, "{} {wanted}", found.len());
}
