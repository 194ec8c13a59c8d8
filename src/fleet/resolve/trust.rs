//! Trust levels, and what a tenant or workload makes of the one it has.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::names::{check_id, check_reason, list_of};
use crate::error::InputProblem;
use crate::fleet::document::{Document, LevelDocument, TenantDocument, WorkloadDocument};
use crate::fleet::policy::TrustLevel;
use crate::fleet::problems::{Path, Problems, nearest, quoted};
use crate::fleet::sharing::Sharing;

/// The levels, lowest first.
pub(super) struct Levels {
    pub list: Vec<TrustLevel>,
    unsure: bool,
}

/// How far something shares: effective, or as far as it is known yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stance {
    /// Rank of the level; `None` where it is left open.
    pub trust: Option<usize>,
    /// The narrowest sharing so far.
    pub sharing: Sharing,
    /// The highest floor so far: the level's own, and what was said.
    pub accepts: usize,
    /// The highest floor that was said; unlike the level's own it stays when a workload lowers its trust.
    said: usize,
}

impl Levels {
    pub fn new(document: &Document, problems: &mut Problems) -> Self {
        let Some(levels) = document.policy.as_ref().and_then(|policy| policy.levels.as_ref()) else {
            return Self { list: built_in(), unsure: false };
        };
        let root = Path::Root;
        let path = root.key("policy");
        let path = path.key("levels");
        let before = problems.count();
        let unsure = problems.is_spoilt(&path);
        if levels.is_empty() {
            problems.add(&path, InputProblem::new("empty-list", "", "a custom list of levels has at least one"));
        }
        let names: Vec<&str> = levels.iter().map(|level| level.name.as_str()).collect();
        let mut list = Vec::new();
        let mut spoilt = false;
        for (rank, level) in levels.iter().enumerate() {
            let path = path.index(rank);
            spoilt |= problems.is_spoilt(&path.key("name"));
            list.push(read(level, rank, &names, &path, problems));
        }
        Self { list, unsure: unsure || spoilt || problems.count() > before }
    }

    /// The rank of the level of that name; reports that there is none.
    pub fn find(&self, name: &str, path: &Path, problems: &mut Problems) -> Option<usize> {
        self.find_among(name, 0..self.list.len(), path, problems)
    }

    /// The same, where only levels of these ranks would be taken: no other one is suggested.
    fn find_among(&self, name: &str, ranks: Range<usize>, path: &Path, problems: &mut Problems) -> Option<usize> {
        let found = self.list.iter().position(|level| level.name == name);
        if found.is_none() && !self.unsure {
            let taken = self.list.get(ranks).unwrap_or_default();
            let names: Vec<&str> = taken.iter().map(|level| level.name.as_str()).collect();
            problems.add(path, unknown(name, &names));
        }
        found
    }

    /// What a tenant or workload with these words has, given what it inherits.
    pub fn stance(
        &self,
        inherited: Option<Stance>,
        trust: Option<&str>,
        sharing: Option<&str>,
        accepts: Option<&str>,
        path: &Path,
        problems: &mut Problems,
    ) -> Stance {
        let mut stance = inherited.unwrap_or(Stance { trust: None, sharing: Sharing::Level, accepts: 0, said: 0 });
        if let Some(name) = trust {
            let path = path.key("trust");
            let most = stance.trust.map_or(self.list.len(), |tenant| tenant + 1);
            if let Some(rank) = self.find_among(name, 0..most, &path, problems) {
                if let Some(above) = stance.trust.filter(|&tenant| rank > tenant) {
                    let problem = InputProblem::new("widened", "", "a workload cannot be trusted more than its tenant")
                        .with_got(quoted(name))
                        .with_expected(format!("{} or a lower level", quoted(&self.list[above].name)));
                    problems.add(&path, problem);
                }
                let level = &self.list[rank];
                stance.trust = Some(rank);
                stance.sharing = stance.sharing.max(level.sharing);
                stance.accepts = stance.said.max(level.accepts);
            }
        }
        if let Some(word) = sharing {
            let path = path.key("sharing");
            if let Some(own) = sharing_of(word, stance.sharing, &path, problems) {
                if own < stance.sharing {
                    let problem = InputProblem::new("widened", "", "this shares more widely than is inherited")
                        .with_got(quoted(word))
                        .with_expected(format!("{} or narrower", quoted(stance.sharing.word())));
                    problems.add(&path, problem);
                }
                stance.sharing = stance.sharing.max(own);
            }
        }
        if let Some(name) = accepts {
            let path = path.key("accepts");
            if let Some(own) = self.find_among(name, stance.accepts..self.list.len(), &path, problems) {
                if own < stance.accepts {
                    let problem = InputProblem::new("widened", "", "this accepts lower levels than is inherited")
                        .with_got(quoted(name))
                        .with_expected(format!("{} or a higher level", quoted(&self.list[stance.accepts].name)));
                    problems.add(&path, problem);
                }
                stance.accepts = stance.accepts.max(own);
                stance.said = stance.said.max(own);
            }
        }
        stance
    }
}

/// How far each workload shares and the lowest rank that it accepts, row by row, under these levels: of a document in which nothing
/// is wrong. What a tenant or workload says of both itself is left to `says`: its words on sharing, and on whom it accepts.
pub(in crate::fleet) fn stances<'d>(
    document: &'d Document,
    levels: Vec<TrustLevel>,
    says: impl Fn(Owner<'d>) -> [Option<&'d str>; 2],
) -> Vec<(Sharing, usize)> {
    let levels = Levels { list: levels, unsure: false };
    let nothing_wrong = &mut Problems::new(0);
    let mut stance = |inherited: Option<Stance>, trust: Option<&str>, owner: Owner<'d>| {
        let [sharing, accepts] = says(owner);
        levels.stance(inherited, trust, sharing, accepts, &Path::Root, nothing_wrong)
    };
    let mut tenants: FxHashMap<&str, Stance> = FxHashMap::default();
    for (row, it) in document.tenants.iter().enumerate() {
        tenants.insert(&it.name, stance(None, it.trust.as_deref(), Owner::Tenant(row, it)));
    }
    let rows = document.workloads.iter().enumerate().map(|(row, it)| {
        let inherited = tenants.get(it.tenant.as_str()).copied();
        let own = stance(inherited, it.trust.as_deref(), Owner::Workload(row, it));
        (own.sharing, own.accepts)
    });
    rows.collect()
}

/// A tenant or workload of a document, and its row.
#[derive(Clone, Copy)]
pub(in crate::fleet) enum Owner<'d> {
    Tenant(usize, &'d TenantDocument),
    Workload(usize, &'d WorkloadDocument),
}

/// The three levels of the published guidance: hostile code alone, untrusted tenants by themselves, trusted ones together.
fn built_in() -> Vec<TrustLevel> {
    let level = |name: &str, sharing, accepts| TrustLevel { name: name.to_owned(), sharing, accepts, reason: None };
    vec![
        level("hostile", Sharing::Workload, 0),
        level("untrusted", Sharing::Tenant, 1),
        level("trusted", Sharing::Level, 2),
    ]
}

fn read(level: &LevelDocument, rank: usize, names: &[&str], path: &Path, problems: &mut Problems) -> TrustLevel {
    check_id(&level.name, &path.key("name"), problems);
    check_reason(level.reason.as_ref(), path, problems);
    if names[..rank].contains(&level.name.as_str()) && !level.name.is_empty() {
        let problem =
            InputProblem::new("duplicate-name", "", "a level of this name stands above").with_got(quoted(&level.name));
        problems.add(&path.key("name"), problem);
    }
    let sharing =
        sharing_of(&level.sharing, Sharing::Level, &path.key("sharing"), problems).unwrap_or(Sharing::Workload);
    let accepts = names.iter().position(|name| *name == level.accepts);
    if accepts.is_none() {
        problems.add(&path.key("accepts"), unknown(&level.accepts, names));
    }
    TrustLevel { name: level.name.clone(), sharing, accepts: accepts.unwrap_or(rank), reason: level.reason.clone() }
}

fn unknown(name: &str, names: &[&str]) -> InputProblem {
    InputProblem::new("unknown-level", "", format!("there is no trust level {}", quoted(name)))
        .with_expected(list_of(names))
        .with_suggestion(nearest(name, names.iter().copied()))
}

/// The sharing of that word; one that is no wider than `widest` is suggested where it is none.
fn sharing_of(word: &str, widest: Sharing, path: &Path, problems: &mut Problems) -> Option<Sharing> {
    let found = Sharing::WORDS.iter().find(|(name, _)| *name == word).map(|&(_, sharing)| sharing);
    if found.is_none() {
        let taken = Sharing::WORDS.iter().filter(|(_, sharing)| *sharing >= widest);
        let names: Vec<&str> = taken.map(|&(name, _)| name).collect();
        let problem = InputProblem::new("bad-value", "", format!("{} says nothing about sharing", quoted(word)))
            .with_expected(list_of(&names))
            .with_suggestion(nearest(word, names.iter().copied()));
        problems.add(path, problem);
    }
    found
}
