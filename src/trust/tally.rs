//! How many pairs each rule separates. Real policies have few different sets of reasons: pairs are counted by their set,
//! and sets are taken apart once, at the end.

use rustc_hash::FxHashMap;

use super::reason::{ReasonSet, RuleTable};
use super::rules::PairReasons;

/// How much one rule separates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulePairs {
    /// Pairs of workloads that it separates, waivers applied; other rules may separate them too.
    pub pairs: u64,
    /// Pairs that nothing else separates.
    pub only: u64,
    /// Up to three such pairs, as workload indices.
    pub samples: Vec<[usize; 2]>,
}

/// So many pairs of a rule are shown.
const SAMPLES: usize = 3;
/// So many different outcomes are kept; pairs of further ones are counted rule by rule.
const MOST_OUTCOMES: usize = 1 << 16;

/// What came of a pair of classes.
#[derive(Clone, Debug, Default)]
struct Outcome {
    standing: ReasonSet,
    trust: bool,
    waivers: Vec<usize>,
    counted: Counted,
}

/// Pairs of workloads between classes, and the first of them with the classes that they are of.
#[derive(Clone, Debug, Default)]
struct Counted {
    pairs: u64,
    first: Vec<([usize; 2], [usize; 2])>,
}

impl Counted {
    fn add(&mut self, pairs: u64, classes: [usize; 2], pair: impl FnOnce() -> [usize; 2]) {
        self.pairs += pairs;
        // classes come in ascending order
        if pairs > 0 && self.first.len() < SAMPLES {
            self.first.push((classes, pair()));
        }
    }

    fn join(&mut self, other: &Self) {
        self.pairs += other.pairs;
        self.first.extend_from_slice(&other.first);
        self.first.sort_unstable();
        self.first.truncate(SAMPLES);
    }
}

pub(super) struct Tally {
    table: RuleTable,
    /// The first is that of pairs that nothing separates.
    outcomes: Vec<Outcome>,
    numbers: FxHashMap<(ReasonSet, Vec<usize>), u32>,
    last: usize,
    rules: Vec<(Counted, u64)>,
    waived: Vec<u64>,
}

/// Whether a pair may not share, and whether that is (also) a matter of trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Apart {
    pub any: bool,
    pub trust: bool,
}

impl Tally {
    /// For so many waivers in force.
    pub fn new(table: RuleTable, waivers: usize) -> Self {
        let (rules, waived) = (vec![(Counted::default(), 0); table.len()], vec![0; waivers]);
        let outcomes = vec![Outcome::default()];
        let numbers = std::iter::once(((ReasonSet::default(), Vec::new()), 0)).collect();
        Self { table, outcomes, numbers, last: 0, rules, waived }
    }

    /// The number of an outcome; `None` where there are too many.
    pub fn number(&mut self, found: &PairReasons) -> Option<u32> {
        let same = |outcome: &Outcome| outcome.standing.is(&found.standing) && outcome.waivers == found.waivers;
        if !same(&self.outcomes[self.last]) {
            let key = (ReasonSet::from_words(&found.standing), found.waivers.clone());
            let next = self.outcomes.len();
            self.last = match self.numbers.get(&key) {
                Some(&known) => known as usize,
                None if next >= MOST_OUTCOMES => return None,
                None => {
                    let trust = self.is_trust(&key.0);
                    let (standing, waivers) = key.clone();
                    self.outcomes.push(Outcome { standing, trust, waivers, counted: Counted::default() });
                    self.numbers.insert(key, u32::try_from(next).unwrap_or(u32::MAX));
                    next
                }
            };
        }
        u32::try_from(self.last).ok()
    }

    fn is_trust(&self, set: &ReasonSet) -> bool {
        set.iter().any(|rule| RuleTable::is_trust(self.table.rule(rule)))
    }

    /// Whether all samples of the outcome are there.
    pub fn is_sampled(&self, number: u32) -> bool {
        self.outcomes[number as usize].counted.first.len() == SAMPLES
    }

    /// Counts pairs of an outcome that has its samples.
    pub fn add_more(&mut self, number: u32, pairs: u64) {
        self.outcomes[number as usize].counted.pairs += pairs;
    }

    /// What the outcome is.
    pub fn apart(&self, number: u32) -> Apart {
        let outcome = &self.outcomes[number as usize];
        Apart { any: !outcome.standing.is_empty(), trust: outcome.trust }
    }

    /// Counts pairs of the outcome of that number.
    pub fn add(&mut self, number: u32, pairs: u64, classes: [usize; 2], pair: impl FnOnce() -> [usize; 2]) -> Apart {
        self.outcomes[number as usize].counted.add(pairs, classes, pair);
        self.apart(number)
    }

    /// Counts pairs of an outcome that has no number.
    pub fn add_apart(
        &mut self,
        found: &PairReasons,
        pairs: u64,
        classes: [usize; 2],
        pair: impl FnOnce() -> [usize; 2],
    ) -> Apart {
        let standing = ReasonSet::from_words(&found.standing);
        let mut counted = Counted::default();
        counted.add(pairs, classes, pair);
        self.count(&standing, &found.waivers, &counted);
        Apart { any: !standing.is_empty(), trust: self.is_trust(&standing) }
    }

    fn count(&mut self, standing: &ReasonSet, waivers: &[usize], counted: &Counted) {
        let alone = standing.len() == 1;
        for rule in standing.iter() {
            let (all, only) = &mut self.rules[rule];
            all.join(counted);
            *only += if alone { counted.pairs } else { 0 };
        }
        for &waiver in waivers {
            self.waived[waiver] += counted.pairs;
        }
    }

    /// Pairs by rule, and pairs by waiver in force.
    pub fn finish(mut self) -> (Vec<RulePairs>, Vec<u64>) {
        for Outcome { standing, waivers, counted, .. } in std::mem::take(&mut self.outcomes) {
            self.count(&standing, &waivers, &counted);
        }
        let rule = |(all, only): (Counted, u64)| RulePairs {
            pairs: all.pairs,
            only,
            samples: all.first.into_iter().map(|(_, pair)| pair).collect(),
        };
        (self.rules.into_iter().map(rule).collect(), self.waived)
    }
}
