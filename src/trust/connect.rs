//! The rows of the graph and what every rule separates, block by block where all pairs of a block are alike, and pair by
//! pair where they are not.

use fixedbitset::FixedBitSet;

use super::blocks::{Blocks, Exception, Measure};
use super::class::{Classes, TrustClass};
use super::rules::{PairReasons, Rules};
use super::tally::{Apart, RulePairs, Tally};

/// What comes of all pairs.
pub(super) struct Connected {
    /// For each class those that it may not share with.
    pub rows: Vec<FixedBitSet>,
    /// The same by rules of trust alone, where they are asked for.
    pub trust_rows: Option<Vec<FixedBitSet>>,
    pub pairs: Vec<RulePairs>,
    /// By position of the waiver among those in force.
    pub waived: Vec<u64>,
}

/// Complexity: for each class, in the blocks and in the classes that it has something of its own with; the rows in words
/// of their bits. Where there are too many blocks, every pair of classes.
pub(super) fn connect(classes: &Classes, rules: &Rules, trust: bool, measure: Measure) -> Connected {
    let blocks = Blocks::new(&classes.keys, rules, measure);
    let empty = |count: usize| vec![FixedBitSet::with_capacity(classes.keys.len()); count];
    let rows = || Rows { of: empty(classes.keys.len()), reached: empty(blocks.count) };
    let mut work = Work {
        known: vec![None; 4 * blocks.count * blocks.count],
        seen: vec![0; blocks.count],
        own: vec![0; blocks.count],
        tally: Tally::new(rules.table, rules.waivers()),
        found: PairReasons::default(),
        rows: rows(),
        trust_rows: trust.then(rows),
        masks: blocks.masks(),
        blocks,
        classes,
        rules,
    };
    let mut exceptions = Vec::new();
    for class in 0..classes.keys.len() {
        work.blocks.exceptions(class, &mut exceptions);
        if work.by_blocks(class, &exceptions) {
            exceptions.iter().for_each(|&exception| work.exception(class, exception));
        } else {
            work.by_pairs(class, &exceptions);
        }
        work.pair(class, class, None);
        if let Some(seen) = work.seen.get_mut(work.blocks.of[class]) {
            *seen += classes.members[class].len() as u64;
        }
    }
    let (pairs, waived) = work.tally.finish();
    let trust_rows = work.trust_rows.map(Rows::mirrored);
    Connected { rows: work.rows.mirrored(), trust_rows, pairs, waived }
}

struct Work<'a> {
    classes: &'a Classes,
    rules: &'a Rules,
    blocks: Blocks,
    masks: Vec<FixedBitSet>,
    /// The outcome by two blocks, whether of one tenant, and whether one refuses the other by name.
    known: Vec<Option<u32>>,
    /// Workloads of each block in the classes before.
    seen: Vec<u64>,
    /// Those of them that have something of their own with the class at hand.
    own: Vec<u64>,
    tally: Tally,
    found: PairReasons,
    rows: Rows,
    trust_rows: Option<Rows>,
}

impl Work<'_> {
    fn place(&self, a: usize, b: usize) -> usize {
        let (x, y) = (&self.classes.keys[a], &self.classes.keys[b]);
        let variant = usize::from(Rules::same_tenant(x, y)) + 2 * usize::from(self.rules.by_name(x, y));
        self.place_of(self.blocks.of[a], self.blocks.of[b], variant)
    }

    fn place_of(&self, one: usize, other: usize, variant: usize) -> usize {
        4 * (one.max(other) * self.blocks.count + one.min(other)) + variant
    }

    /// Counts and relates all pairs of `class` and those before it but for the exceptions. False, and nothing is done,
    /// where some outcome is not known or still lacks samples.
    fn by_blocks(&mut self, class: usize, exceptions: &[Exception]) -> bool {
        if self.blocks.count == 0 {
            return false;
        }
        self.own.fill(0);
        for exception in exceptions {
            let other = exception.class as usize;
            self.own[self.blocks.of[other]] += self.classes.members[other].len() as u64;
        }
        let block = self.blocks.of[class];
        let left = |work: &Self, other: usize| work.seen[other] - work.own[other];
        let settled = |other: usize| {
            let number = self.known[self.place_of(block, other, 0)];
            left(self, other) == 0 || number.is_some_and(|number| self.tally.is_sampled(number))
        };
        if !(0..self.blocks.count).all(settled) {
            return false;
        }
        let members = self.classes.members[class].len() as u64;
        for other in 0..self.blocks.count {
            let (number, left) = (self.known[self.place_of(block, other, 0)], left(self, other));
            if let Some(number) = number.filter(|_| left > 0) {
                self.tally.add_more(number, members * left);
            }
        }
        self.rows.begin(class, block);
        if let Some(rows) = &mut self.trust_rows {
            rows.begin(class, block);
        }
        true
    }

    fn exception(&mut self, class: usize, exception: Exception) {
        let other = exception.class as usize;
        let place = (!exception.more).then(|| self.place(class, other));
        self.pair(class, other, place);
    }

    /// The same for each class before this one.
    fn by_pairs(&mut self, class: usize, exceptions: &[Exception]) {
        let mut exceptions = exceptions.iter().copied().peekable();
        for other in 0..class {
            match exceptions.next_if(|exception| exception.class as usize == other) {
                Some(exception) => self.exception(class, exception),
                None => {
                    let place = self.place(class, other);
                    self.pair(class, other, Some(place));
                }
            }
        }
    }

    /// Counts and relates the pairs of two classes. `place`: where their outcome is kept, if others have the same.
    fn pair(&mut self, a: usize, b: usize, place: Option<usize>) {
        let place = place.filter(|&place| place < self.known.len());
        let mut number = place.and_then(|place| self.known[place]);
        if number.is_none() {
            let [x, y] = [a, b].map(|class| -> &TrustClass { &self.classes.keys[class] });
            self.rules.separate(x, y, &mut self.found);
            number = self.tally.number(&self.found);
            if let (Some(place), Some(number)) = (place, number) {
                self.learn(place, number, a, b);
            }
        }
        let (first, second) = (&self.classes.members[b], &self.classes.members[a]);
        let pairs = match (first.len() as u64, second.len() as u64) {
            (members, _) if a == b => members * (members - 1) / 2,
            (few, many) => few * many,
        };
        let pair = || {
            let second = if a == b { second[1] } else { second[0] };
            [first[0].min(second), first[0].max(second)]
        };
        let apart = match number {
            Some(number) => self.tally.add(number, pairs, [a, b], pair),
            None => self.tally.add_apart(&self.found, pairs, [a, b], pair),
        };
        self.rows.of[a].set(b, apart.any);
        if let Some(rows) = &mut self.trust_rows {
            rows.of[a].set(b, apart.trust);
        }
    }

    /// Keeps an outcome for the pairs of two blocks, or of some of them.
    fn learn(&mut self, place: usize, number: u32, a: usize, b: usize) {
        self.known[place] = Some(number);
        if !place.is_multiple_of(4) {
            return;
        }
        let Apart { any, trust } = self.tally.apart(number);
        let (one, other) = (self.blocks.of[a], self.blocks.of[b]);
        for (block, reached) in [(one, other), (other, one)] {
            if any {
                self.rows.reached[block].union_with(&self.masks[reached]);
            }
            if let Some(rows) = self.trust_rows.as_mut().filter(|_| trust) {
                rows.reached[block].union_with(&self.masks[reached]);
            }
        }
    }
}

/// Rows of a symmetric relation, filled up to the diagonal.
struct Rows {
    of: Vec<FixedBitSet>,
    /// For each block the classes that all of it is related to, exceptions aside.
    reached: Vec<FixedBitSet>,
}

const BITS: usize = usize::BITS as usize;

impl Rows {
    /// Relates a class to what its block is related to before it.
    fn begin(&mut self, class: usize, block: usize) {
        let (words, rest) = (class / BITS, class % BITS);
        let (row, reached) = (self.of[class].as_mut_slice(), self.reached[block].as_slice());
        row[..words].copy_from_slice(&reached[..words]);
        if rest > 0 {
            row[words] = reached[words] & ((1 << rest) - 1);
        }
    }

    /// The rows with the other half of the relation.
    fn mirrored(mut self) -> Vec<FixedBitSet> {
        let blocks = self.of.len().div_ceil(BITS);
        for down in 0..blocks {
            for across in 0..=down {
                let mut square = [0usize; BITS];
                for (word, row) in square.iter_mut().zip(&self.of[down * BITS..]) {
                    *word = row.as_slice()[across];
                }
                transpose(&mut square);
                for (word, row) in square.iter().zip(&mut self.of[across * BITS..]) {
                    row.as_mut_slice()[down] |= word;
                }
            }
        }
        self.of
    }
}

/// Swaps rows and columns of a square of bits, ever smaller quarters of it.
fn transpose(square: &mut [usize; BITS]) {
    let mut half = BITS / 2;
    let mut low = usize::MAX >> half;
    while half > 0 {
        let mut row = 0;
        while row < BITS {
            let swapped = ((square[row] >> half) ^ square[row + half]) & low;
            square[row] ^= swapped << half;
            square[row + half] ^= swapped;
            row = (row + half + 1) & !half;
        }
        half /= 2;
        low ^= low << half;
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;
    use crate::fleet::Fleet;
    use crate::trust::{Scope, TrustGraph};

    /// A fleet of so many tenants whose policy is drawn from these numbers.
    fn fleet(tenants: usize, draws: &[u16]) -> Fleet {
        let mut draws = draws.iter().copied().cycle();
        let mut draw = |below: usize| usize::from(draws.next().unwrap_or(0)) % below;
        let mut text =
            String::from("schema: tenantry/v1\npolicy:\n  attributes: {colour: any, shape: any, stage: any}\n");
        text += "  separate: [{by: colour}, {by: stage}]\n  apart: [{by: shape, missing: any}]\n";
        let side = |draw: &mut dyn FnMut(usize) -> usize| match draw(7) {
            0 => "{all: true}".to_owned(),
            1 => "{trust: untrusted}".to_owned(),
            2 => format!("{{tenant: {{not: t{}}}}}", draw(tenants)),
            _ => format!("{{tenant: [t{}, t{}]}}", draw(tenants), draw(tenants)),
        };
        text += "  distrust:\n";
        for rule in 0..3 + draw(8) {
            let neighbour = if draw(6) == 0 { "{tenant: other}".to_owned() } else { side(&mut draw) };
            let _ = writeln!(text, "  - {{id: d{rule}, subject: {}, neighbour: {neighbour}}}", side(&mut draw));
        }
        text += "  waivers:\n";
        for waiver in 0..2 + draw(4) {
            let waives = ["[level, sharing]", "['separate:colour']", "['distrust:d0', 'distrust:d1']", "[distrusts]"];
            let _ = writeln!(
                text,
                "  - {{id: w{waiver}, between: [{}, {}], waives: {}, approvedBy: board, reason: agreed, expires: '2030-01-01'}}",
                side(&mut draw),
                side(&mut draw),
                waives[draw(4)]
            );
        }
        text += "tenants:\n";
        for tenant in 0..tenants {
            let trust = if tenant == 0 || draw(3) == 0 { "untrusted" } else { "trusted" };
            let refused = if draw(3) == 0 { format!(", distrusts: [t{}]", draw(tenants)) } else { String::new() };
            let refused = if refused.ends_with(&format!("[t{tenant}]")) { String::new() } else { refused };
            let _ = writeln!(text, "- {{name: t{tenant}, trust: {trust}{refused}}}");
        }
        text += "workloads:\n";
        for workload in 0..3 * tenants {
            let shape = if draw(3) == 0 { String::new() } else { format!(", shape: s{}", draw(6)) };
            let _ = writeln!(
                text,
                "- {{name: w{workload}, tenant: t{}, requests: {{cpu: 1, memory: 1Gi}}, \
                 attributes: {{stage: g{}, colour: c{}{shape}}}}}",
                workload % tenants,
                draw(2),
                draw(7),
            );
        }
        text += "clusterTemplates: [{name: s, allocatable: {cpu: 100, memory: 100Gi}}]\n";
        Fleet::from_yaml(&text).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn blocks_say_what_a_look_at_every_pair_says(
            tenants in 4usize..25,
            draws in prop::collection::vec(any::<u16>(), 40..400),
        ) {
            let (fleet, day) = (fleet(tenants, &draws), "2026-11-23".parse().unwrap());
            let graph = |measure| TrustGraph::measured(&fleet, day, Scope::All, measure).unwrap();
            let pairs = graph(Measure { blocks: 0, values: 0, few: 0 });
            let n = pairs.class_count();
            // whole classes, and ever less of them
            for (blocks, values, few) in [(n, 0, 0), (n - 1, 4, 1), (n - 1, 0, 1), (n - 1, 4, 100), (n - 1, 0, 100), (1, 0, 100)] {
                let other = graph(Measure { blocks, values, few });
                prop_assert!((0..n).all(|class| other.row(class) == pairs.row(class)));
                prop_assert_eq!(other.islands(), pairs.islands());
                prop_assert_eq!(other.rule_pairs(), pairs.rule_pairs());
                let waived = |graph: &TrustGraph| -> Vec<u64> {
                    (0..fleet.policy().waivers.len()).map(|waiver| graph.waived_pairs(waiver)).collect()
                };
                prop_assert_eq!(waived(&other), waived(&pairs));
            }
        }
    }

    #[test]
    fn values_and_rules_of_few_make_no_blocks() {
        // every tenant has a colour of its own and is refused by one other: one block, and the neighbours as exceptions
        let mut text =
            String::from("schema: tenantry/v1\npolicy:\n  attributes: {colour: any}\n  separate: [{by: colour}]\n");
        text += "  distrust:\n";
        for rule in 0..200 {
            let _ = writeln!(
                text,
                "  - {{id: d{rule}, subject: {{tenant: t{rule}}}, neighbour: {{tenant: t{}}}}}",
                (rule + 1) % 200
            );
        }
        text += "tenants:\n";
        (0..200).for_each(|it| _ = writeln!(text, "- {{name: t{it}, trust: trusted, attributes: {{colour: c{it}}}}}"));
        text += "workloads:\n";
        (0..200).for_each(|it| _ = writeln!(text, "- {{name: w, tenant: t{it}, requests: {{cpu: 1, memory: 1Gi}}}}"));
        text += "clusterTemplates: [{name: s, allocatable: {cpu: 100, memory: 100Gi}}]\n";
        let fleet = Fleet::from_yaml(&text).unwrap();
        let graph = TrustGraph::new(&fleet, "2026-11-23".parse().unwrap(), Scope::All).unwrap();
        let (count, exceptions) = graph.blocks(Measure { blocks: 100, values: 32, few: 64 });
        assert_eq!((count, exceptions), (1, 200));
    }

    #[test]
    fn squares_are_turned_over() {
        let mut square = [0usize; BITS];
        let is = |row: usize, column: usize| (row * 7 + column * 13).is_multiple_of(5) || row > column + 20;
        for (row, word) in square.iter_mut().enumerate() {
            (0..BITS).filter(|&column| is(row, column)).for_each(|column| *word |= 1 << column);
        }
        transpose(&mut square);
        for (row, word) in square.iter().enumerate() {
            (0..BITS).for_each(|column| assert_eq!(word >> column & 1 == 1, is(column, row), "{row} {column}"));
        }
    }
}
