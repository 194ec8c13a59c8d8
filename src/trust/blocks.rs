//! Classes in blocks: what separates two classes is the same for whole blocks of them, but for pairs that have something of
//! their own between them: the same tenant, a name in a list, the same value where there are many, a rule that few meet.

use std::hash::Hash;

use fixedbitset::FixedBitSet;
use rustc_hash::FxHashMap;

use crate::fleet::Sharing;

use super::class::{ANY, NO_TENANT, TrustClass};
use super::limit::narrow;
use super::rules::Rules;
use super::sparse::{Word, common, of_ascending, ones, take_out};
use super::stand::Stand;

/// What makes blocks, and when values and rules count pair by pair instead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measure {
    /// Up to so many blocks, all of a class makes its block; above it, only what many share.
    pub blocks: usize,
    /// More values than this are many.
    pub values: usize,
    /// A rule is of few where it concerns so many pairs for each class, or less.
    pub few: usize,
}

/// The measure of every graph: a thousand blocks make a table of 32 MB.
pub(super) const MEASURE: Measure = Measure { blocks: 1_000, values: 32, few: 64 };

/// Rules of few are listed up to so many classes, and pairs of them.
const MOST_LISTED: (u64, u64) = (1 << 25, 1 << 28);

/// Classes of which any of the one side may have something of its own with any of the other.
#[derive(Debug)]
struct Meeting {
    /// Ascending.
    sides: [Vec<u32>; 2],
    /// Whether all that there is between them is the tenants' matter.
    tenants: bool,
}

/// The classes in blocks.
#[derive(Debug)]
pub(super) struct Blocks {
    /// Block of each class.
    pub of: Vec<usize>,
    /// How many; 0: too many to be of use.
    pub count: usize,
    meetings: Vec<Meeting>,
    /// For each class the meetings of which it is on a side, and the number of the other side.
    at: Vec<Vec<(u32, u8)>>,
}

/// A class that has something of its own with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Exception {
    pub class: u32,
    /// Whether more than the tenants may make a difference.
    pub more: bool,
}

impl Blocks {
    pub fn new(keys: &[TrustClass], rules: &Rules, measure: Measure) -> Self {
        let mut blocks = Self { of: Vec::new(), count: 0, meetings: Vec::new(), at: vec![Vec::new(); keys.len()] };
        let whole = |class: &TrustClass| class.rest.clone();
        if !blocks.divide(keys.iter().map(whole), measure.blocks) {
            let parts = Parts::new(keys, rules, measure);
            if blocks.divide(keys.iter().map(|class| parts.shared(class)), measure.blocks) {
                parts.meet(keys, rules, &mut blocks);
            } else {
                (blocks.of, blocks.count) = (vec![0; keys.len()], 0);
                return blocks; // every pair is looked at
            }
        }
        blocks.tenants(keys, rules);
        blocks
    }

    /// Numbers the blocks; false where they are too many.
    fn divide<K: Eq + Hash>(&mut self, keys: impl Iterator<Item = K>, most: usize) -> bool {
        let mut numbers: FxHashMap<K, usize> = FxHashMap::default();
        self.of.clear();
        for key in keys {
            let next = numbers.len();
            self.of.push(*numbers.entry(key).or_insert(next));
            if numbers.len() > most {
                return false;
            }
        }
        self.count = numbers.len();
        true
    }

    /// Classes of one tenant, and of tenants of which one refuses the other.
    fn tenants(&mut self, keys: &[TrustClass], rules: &Rules) {
        self.alike(keys, true, |class| (class.tenant != NO_TENANT).then_some(class.tenant));
        let mut of_profile: Vec<Vec<u32>> = vec![Vec::new(); rules.profiles.refuses.len()];
        for (class, key) in keys.iter().enumerate() {
            of_profile[key.profile as usize].push(narrow(class));
        }
        for (profile, refused) in rules.profiles.refuses.iter().enumerate() {
            let refused = refused.ones().flat_map(|other| of_profile[other].iter().copied());
            self.meeting(of_profile[profile].clone(), refused.collect(), true);
        }
    }

    /// Lets classes meet that have the same of something.
    fn alike(&mut self, keys: &[TrustClass], tenants: bool, what: impl Fn(&TrustClass) -> Option<u32>) {
        let mut groups: FxHashMap<u32, usize> = FxHashMap::default();
        let mut list: Vec<Vec<u32>> = Vec::new();
        for (class, key) in keys.iter().enumerate() {
            let Some(what) = what(key) else { continue };
            let next = list.len();
            let group = *groups.entry(what).or_insert(next);
            if group == next {
                list.push(Vec::new());
            }
            list[group].push(narrow(class));
        }
        for group in list.into_iter().filter(|group| group.len() > 1) {
            let number = narrow(self.meetings.len());
            group.iter().for_each(|&class| self.at[class as usize].push((number, 0)));
            self.meetings.push(Meeting { sides: [group, Vec::new()], tenants });
        }
    }

    fn meeting(&mut self, first: Vec<u32>, mut second: Vec<u32>, tenants: bool) {
        if first.is_empty() || second.is_empty() {
            return;
        }
        second.sort_unstable();
        let number = narrow(self.meetings.len());
        first.iter().for_each(|&class| self.at[class as usize].push((number, 1)));
        second.iter().for_each(|&class| self.at[class as usize].push((number, 0)));
        self.meetings.push(Meeting { sides: [first, second], tenants });
    }

    /// The classes of each block as bits.
    pub fn masks(&self) -> Vec<FixedBitSet> {
        let mut masks = vec![FixedBitSet::with_capacity(self.of.len()); self.count];
        for (class, &block) in self.of.iter().enumerate() {
            if let Some(mask) = masks.get_mut(block) {
                mask.insert(class);
            }
        }
        masks
    }

    /// The classes before `class` that have something of their own with it, ascending, each once.
    pub fn exceptions(&self, class: usize, found: &mut Vec<Exception>) {
        found.clear();
        for &(number, side) in &self.at[class] {
            let meeting = &self.meetings[number as usize];
            let before = meeting.sides[usize::from(side)].iter().take_while(|&&other| (other as usize) < class);
            found.extend(before.map(|&class| Exception { class, more: !meeting.tenants }));
        }
        if self.at[class].len() > 1 {
            found.sort_unstable();
            // of two entries of one class, the one with more comes last
            found.dedup_by(|later, kept| {
                let same = later.class == kept.class;
                kept.more |= same && later.more;
                same
            });
        }
    }
}

/// A side of what selects from two sides, as a stand has it.
type Side = fn(&Stand) -> &[Word];
const RULE_SIDES: [Side; 2] = [|stand| &stand.subject, |stand| &stand.neighbour];
const WAIVER_SIDES: [Side; 2] = [|stand| &stand.waiver[0], |stand| &stand.waiver[1]];

/// Which parts of classes are not shared by many.
struct Parts {
    separations: Vec<bool>,
    apart: Vec<bool>,
    /// Rules of few, by their numbers, and waivers by their positions.
    rules: Box<[Word]>,
    waivers: Box<[Word]>,
    /// What is left of each stand without those, by number of its own.
    rest: Vec<usize>,
}

/// What a class shares with many: its block.
#[derive(PartialEq, Eq, Hash)]
struct Shared {
    trust: u32,
    accepts: u32,
    sharing: Sharing,
    separations: Vec<u32>,
    apart: Vec<Option<u32>>,
    stand: usize,
}

impl Parts {
    fn new(keys: &[TrustClass], rules: &Rules, measure: Measure) -> Self {
        let many = |values: &dyn Fn(&TrustClass) -> u32| {
            let mut different: Vec<u32> = keys.iter().map(values).collect();
            different.sort_unstable();
            different.dedup();
            different.len() > measure.values
        };
        let columns = |of: &dyn Fn(&TrustClass) -> &[u32]| -> Vec<bool> {
            let columns = keys.first().map_or(0, |class| of(class).len());
            (0..columns).map(|column| many(&|class| of(class)[column])).collect()
        };
        let mut classes = vec![0u64; rules.stands.len()];
        keys.iter().for_each(|class| classes[class.rest.stand as usize] += 1);
        let few = |sides: [Side; 2], count: usize| {
            let mut sizes = vec![[0u64; 2]; count];
            for (stand, &classes) in rules.stands.iter().zip(&classes) {
                for (side, words) in sides.iter().enumerate() {
                    ones(words(stand)).for_each(|rule| sizes[rule][side] += classes);
                }
            }
            let (mut listed, mut pairs) = (0u64, 0u64);
            of_ascending((0..count).filter(|&rule| {
                let [first, second] = sizes[rule];
                let (more, of) = (listed + first + second, pairs + first * second);
                let few = first * second <= (measure.few * keys.len()) as u64;
                let few = few && more <= MOST_LISTED.0 && of <= MOST_LISTED.1;
                if few {
                    (listed, pairs) = (more, of);
                }
                few
            }))
        };
        let mut parts = Self {
            separations: columns(&|class| &class.rest.separations),
            apart: columns(&|class| &class.rest.apart),
            rules: few(RULE_SIDES, rules.table.len()),
            waivers: few(WAIVER_SIDES, rules.waivers()),
            rest: Vec::new(),
        };
        let mut numbers: FxHashMap<[Vec<Word>; 4], usize> = FxHashMap::default();
        for stand in &rules.stands {
            let without = |words: &[Word], few: &[Word]| {
                let mut rest = words.to_vec();
                take_out(&mut rest, few);
                rest
            };
            let [first, second] = &stand.waiver;
            let rest = [
                without(&stand.subject, &parts.rules),
                without(&stand.neighbour, &parts.rules),
                without(first, &parts.waivers),
                without(second, &parts.waivers),
            ];
            let next = numbers.len();
            parts.rest.push(*numbers.entry(rest).or_insert(next));
        }
        parts
    }

    fn shared(&self, class: &TrustClass) -> Shared {
        let it = &class.rest;
        let few = |(&value, &many): (&u32, &bool)| (!many).then_some(value);
        // under `apart`, those without a value go with all others
        let few_or_any = |(&value, &many): (&u32, &bool)| (!many || value == ANY).then_some(value);
        Shared {
            trust: it.trust,
            accepts: it.accepts,
            sharing: it.sharing,
            separations: it.separations.iter().zip(&self.separations).filter_map(few).collect(),
            apart: it.apart.iter().zip(&self.apart).map(few_or_any).collect(),
            stand: self.rest[it.stand as usize],
        }
    }

    /// Lets classes meet that have the same value, or stand on the two sides of a rule or a waiver.
    fn meet(&self, keys: &[TrustClass], rules: &Rules, blocks: &mut Blocks) {
        for (column, _) in self.separations.iter().enumerate().filter(|(_, many)| **many) {
            blocks.alike(keys, false, |class| Some(class.rest.separations[column]));
        }
        for (column, _) in self.apart.iter().enumerate().filter(|(_, many)| **many) {
            blocks.alike(keys, false, |class| Some(class.rest.apart[column]).filter(|&value| value != ANY));
        }
        for (sides, few) in [(RULE_SIDES, &self.rules), (WAIVER_SIDES, &self.waivers)] {
            let mut listed: FxHashMap<usize, [Vec<u32>; 2]> = FxHashMap::default();
            for (class, key) in keys.iter().enumerate() {
                let stand = &rules.stands[key.rest.stand as usize];
                for (side, of) in sides.iter().enumerate() {
                    let met: Vec<Word> = common(of(stand), few).collect();
                    ones(&met).for_each(|rule| listed.entry(rule).or_default()[side].push(narrow(class)));
                }
            }
            for rule in ones(few) {
                if let Some([first, second]) = listed.remove(&rule) {
                    blocks.meeting(first, second, false);
                }
            }
        }
    }
}
