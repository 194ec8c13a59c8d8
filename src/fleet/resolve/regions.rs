//! Regions: which there are, and in which of them somebody may be.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::amounts::decimal;
use super::names::{check_name, list_of};
use crate::error::InputProblem;
use crate::fleet::amount::Amount;
use crate::fleet::document::{Document, OneOrMany, RegionDocument};
use crate::fleet::problems::{Path, Problems, nearest, quoted, shown};
use crate::fleet::region::{Region, WHOLE};

/// Regions that a fleet may have.
const MOST_REGIONS: usize = 200;
/// The largest cost factor, in millionths.
const DEAREST: u64 = 1_000 * WHOLE;
/// The word for every region.
const ALL: &str = "all";

/// The regions by name, and what names mean.
pub(super) struct Regions<'d> {
    pub list: Vec<Region>,
    by_name: FxHashMap<&'d str, usize>,
    by_jurisdiction: BTreeMap<&'d str, Vec<usize>>,
    /// `defaults: {regions: all}`.
    by_default: bool,
    /// Some region could not be made out, so that no word can be sure to mean nothing.
    unsure: bool,
}

/// What somebody says about where it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stated {
    /// Nothing.
    Nothing,
    /// In these regions, ascending; at least one.
    Regions(Vec<usize>),
    /// What has been reported.
    Unreadable,
}

/// The keys that say it.
#[derive(Clone, Copy)]
pub(super) struct Words<'d> {
    regions: Option<&'d OneOrMany>,
    jurisdictions: Option<&'d OneOrMany>,
}

impl<'d> Words<'d> {
    #[allow(clippy::ref_option)] // as the fields of documents are
    pub fn new(regions: &'d Option<Box<OneOrMany>>, jurisdictions: &'d Option<Box<OneOrMany>>) -> Self {
        Self { regions: regions.as_deref(), jurisdictions: jurisdictions.as_deref() }
    }

    /// The keys that are there, with their words.
    pub fn keys(self) -> impl Iterator<Item = (&'static str, &'d OneOrMany)> {
        let keys = [("regions", self.regions), ("jurisdictions", self.jurisdictions)];
        keys.into_iter().filter_map(|(key, words)| Some((key, words?)))
    }
}

/// Looks at each word with its place.
pub(super) fn each(words: &OneOrMany, path: &Path, mut look: impl FnMut(&str, &Path)) {
    match words {
        OneOrMany::One(word) => look(word, path),
        OneOrMany::Many(words) => {
            words.iter().enumerate().for_each(|(index, word)| look(word, &path.index(index)));
        }
    }
}

/// Checks a list of words: there is one, and none stands there twice.
pub(super) fn check_words(words: &OneOrMany, path: &Path, problems: &mut Problems) -> bool {
    let before = problems.count();
    if words.as_slice().is_empty() {
        problems.add(path, InputProblem::new("empty-list", "", "a list of no words says nothing: leave the key out"));
    }
    let mut seen = BTreeSet::new();
    each(words, path, |word, path| {
        if check_name(word, true, path, problems) && !seen.insert(word.to_owned()) {
            let problem = InputProblem::new("duplicate-value", "", "this word stands here already");
            problems.add(path, problem.with_got(quoted(word)));
        }
    });
    problems.count() == before && !problems.is_spoilt_below(path)
}

impl<'d> Regions<'d> {
    pub fn new(document: &'d Document, problems: &mut Problems) -> Self {
        let root = Path::Root;
        let path = root.key("regions");
        let before = problems.count();
        if document.regions.len() > MOST_REGIONS {
            let message = format!("more than {MOST_REGIONS} regions");
            problems.add(&path, InputProblem::new("too-many-items", "", message));
        }
        let mut seen: FxHashMap<&str, usize> = FxHashMap::default();
        let mut list = Vec::new();
        for (index, region) in document.regions.iter().enumerate().take(MOST_REGIONS) {
            let path = path.index(index);
            if let Some(first) = seen.insert(&region.name, index).filter(|_| !region.name.is_empty()) {
                let message = format!("this region has the name of regions[{first}]");
                let problem = InputProblem::new("duplicate-name", "", message).with_got(quoted(&region.name));
                problems.add(&path.key("name"), problem);
            }
            list.push(read(region, &path, problems));
        }
        list.sort_by(|a, b| a.name.cmp(&b.name));
        let (mut by_name, mut by_jurisdiction) = (FxHashMap::default(), BTreeMap::new());
        for region in document.regions.iter().take(MOST_REGIONS) {
            let Some(at) = list.iter().position(|it| it.name == region.name) else { continue };
            by_name.insert(region.name.as_str(), at);
            for word in region.jurisdictions.iter().flat_map(|it| it.as_slice()) {
                let regions: &mut Vec<usize> = by_jurisdiction.entry(word.as_str()).or_default();
                regions.push(at);
                regions.sort_unstable();
            }
        }
        let unsure = problems.count() > before || problems.is_spoilt_below(&path);
        let word = document.defaults.as_ref().and_then(|defaults| defaults.regions.as_deref());
        let regions = Self { list, by_name, by_jurisdiction, by_default: word.is_some(), unsure };
        let path = root.key("defaults");
        let path = path.key("regions");
        match word {
            Some(ALL) => {
                regions.there_are(&path, problems);
            }
            Some(word) => {
                let problem = InputProblem::new("bad-value", "", "the default is every region, or there is none")
                    .with_got(quoted(word))
                    .with_expected(ALL);
                problems.add(&path, problem);
            }
            None => {}
        }
        regions
    }

    /// Whether the fleet has regions; a key that means nothing without any is reported.
    fn there_are(&self, path: &Path, problems: &mut Problems) -> bool {
        if self.list.is_empty() && !problems.is_spoilt(&Path::Root.key("regions")) {
            let problem = InputProblem::new("no-regions", "", "the fleet has no `regions` that could be meant");
            problems.add(path, problem.with_expected("`regions`: a list of regions, each with a name"));
        }
        !self.list.is_empty()
    }

    /// What these keys say; of a tenant or a template that states none, what the default says.
    pub fn stated_or_default(&self, words: Words, path: &Path, problems: &mut Problems) -> Stated {
        match self.stated(words, None, path, problems) {
            Stated::Nothing if self.by_default && !self.list.is_empty() => Stated::Regions(self.all()),
            stated => stated,
        }
    }

    /// What these keys say, in one of the regions `within` those of the tenant.
    pub fn stated(&self, words: Words, within: Option<&[usize]>, path: &Path, problems: &mut Problems) -> Stated {
        let mut found: Option<BTreeSet<usize>> = None;
        let mut whole = true;
        for (key, words) in words.keys() {
            let path = path.key(key);
            if !self.there_are(&path, problems) {
                whole = false;
                continue;
            }
            whole &= check_words(words, &path, problems);
            let mut union = BTreeSet::new();
            each(words, &path, |word, path| {
                let alone = words.as_slice().len() == 1;
                match self.meant(key, word, alone, path, problems) {
                    Some(regions) => {
                        whole &= self.is_within(key, word, &regions, within, path, problems);
                        union.extend(regions);
                    }
                    None => whole = false,
                }
            });
            found = Some(match found {
                Some(other) => other.intersection(&union).copied().collect(),
                None => union,
            });
        }
        if !whole {
            return Stated::Unreadable;
        }
        let Some(found) = found else { return Stated::Nothing };
        let left = |at: &usize| within.is_none_or(|within| within.binary_search(at).is_ok());
        let found: Vec<usize> = found.into_iter().filter(left).collect();
        if found.is_empty() {
            let message = "what is stated of regions and jurisdictions leaves no region";
            problems.add(&path.key("jurisdictions"), InputProblem::new("no-region", "", message));
            return Stated::Unreadable;
        }
        Stated::Regions(found)
    }

    /// The regions that a word means.
    fn meant(&self, key: &str, word: &str, alone: bool, path: &Path, problems: &mut Problems) -> Option<Vec<usize>> {
        if key == "regions" && word == ALL {
            if !alone {
                let problem = InputProblem::new("bad-value", "", "`all` stands alone");
                problems.add(path, problem.with_expected("all, or a list of regions"));
            }
            return alone.then(|| self.all());
        }
        let found = match key {
            "regions" => self.by_name.get(word).map(|&at| vec![at]),
            _ => self.by_jurisdiction.get(word).cloned(),
        };
        if found.is_none() && !self.unsure {
            let (code, what) = match key {
                "regions" => ("unknown-region", "there is no region"),
                _ => ("unknown-jurisdiction", "no region is in the jurisdiction"),
            };
            let known: Vec<&str> = match key {
                "regions" => self.list.iter().map(|region| region.name.as_str()).collect(),
                _ => self.by_jurisdiction.keys().copied().collect(),
            };
            let problem = InputProblem::new(code, "", format!("{what} {}", quoted(word)))
                .with_expected(list_of(&known))
                .with_suggestion(nearest(word, known.iter().copied()));
            problems.add(path, problem);
        }
        found
    }

    /// Whether there are any.
    pub fn any(&self) -> bool {
        !self.list.is_empty()
    }

    /// The region that an existing cluster is in; `None` where there is none, or something has been reported.
    pub fn of_cluster(&self, word: Option<&str>, path: &Path, problems: &mut Problems) -> Option<usize> {
        let path = path.key("region");
        let Some(word) = word else {
            if !self.list.is_empty() && !problems.is_spoilt(&path) {
                let message = "this cluster does not state its region";
                let problem = InputProblem::new("missing-regions", "", message);
                problems.add(&path, problem.with_expected(self.names(&self.all())));
            }
            return None;
        };
        if word == ALL || !self.there_are(&path, problems) {
            if word == ALL {
                let problem = InputProblem::new("bad-value", "", "a cluster that exists is in one region");
                problems.add(&path, problem.with_got(quoted(word)));
            }
            return None;
        }
        self.meant("regions", word, true, &path, problems)?.first().copied()
    }

    /// Whether what a workload says keeps within what its tenant says.
    fn is_within(
        &self,
        key: &str,
        word: &str,
        regions: &[usize],
        within: Option<&[usize]>,
        path: &Path,
        problems: &mut Problems,
    ) -> bool {
        let Some(within) = within else { return true };
        let inside = |at: &usize| within.binary_search(at).is_ok();
        // a jurisdiction is narrowed to the tenant's regions; a region, or all of them, is said as it is meant
        let keeps = if key == "regions" { regions.iter().all(inside) } else { regions.iter().any(inside) };
        if !keeps {
            let problem = InputProblem::new("outside-tenant", "", "its tenant may not be there")
                .with_got(quoted(word))
                .with_expected(format!("what its tenant allows: {}", self.names(within)));
            problems.add(path, problem);
        }
        keeps
    }

    /// Every region.
    fn all(&self) -> Vec<usize> {
        (0..self.list.len()).collect()
    }

    /// The names of these regions, many cut short.
    pub fn names(&self, regions: &[usize]) -> String {
        const FEW: usize = 4;
        let names: Vec<String> = regions.iter().take(FEW).map(|&at| shown(&self.list[at].name)).collect();
        let more = if regions.len() > FEW { format!(" and {} more", regions.len() - FEW) } else { String::new() };
        format!("{}{more}", names.join(", "))
    }
}

fn read(region: &RegionDocument, path: &Path, problems: &mut Problems) -> Region {
    let for_all = |word: &str, path: &Path, problems: &mut Problems| {
        if word == ALL {
            let message = "`all` is the word for every region: nothing else can be called so";
            problems.add(path, InputProblem::new("bad-name", "", message).with_got(quoted(word)));
        }
    };
    check_name(&region.name, false, &path.key("name"), problems);
    for_all(&region.name, &path.key("name"), problems);
    let mut jurisdictions = Vec::new();
    if let Some(words) = &region.jurisdictions {
        let path = path.key("jurisdictions");
        check_words(words, &path, problems);
        each(words, &path, |word, path| for_all(word, path, problems));
        jurisdictions = words.as_slice().to_vec();
        jurisdictions.sort_unstable();
    }
    let factor = region.cost_factor.as_ref().and_then(|amount| factor(amount, &path.key("costFactor"), problems));
    Region {
        name: region.name.clone(),
        jurisdictions,
        max_clusters: region.max_clusters,
        cost_factor: factor.unwrap_or(WHOLE),
    }
}

/// In millionths.
fn factor(amount: &Amount, path: &Path, problems: &mut Problems) -> Option<u64> {
    let factor = decimal(amount.as_str(), 6).filter(|factor| (1..=DEAREST).contains(factor));
    if factor.is_none() {
        let problem = InputProblem::new("bad-number", "", "this is no factor that costs can be multiplied by")
            .with_got(shown(amount.as_str()))
            .with_expected("a number above 0, at most 1,000, with at most six decimals");
        problems.add(path, problem);
    }
    factor
}
