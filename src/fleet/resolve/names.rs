//! Names: what they may look like, and who is meant by one.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::error::InputProblem;
use crate::fleet::document::{Document, TenantDocument};
use crate::fleet::problems::{Path, Problems, nearest, quoted, shown};
use crate::fleet::workload::Workload;
use crate::text::is_hidden;

/// At most so many names are compared for a suggestion.
const CANDIDATES: usize = 20_000;

/// Checks the name of a tenant, workload, template, class or alike: 1 to 253 characters, all of them visible, no white
/// space at the ends, no `/` where it is part of an identity.
pub(super) fn check_name(text: &str, slash: bool, path: &Path, problems: &mut Problems) -> bool {
    // Most names are plain, and there may be a million.
    if (1..=253).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && (slash || b != b'/')) {
        return true;
    }
    let hidden = || text.chars().enumerate().find(|&(_, c)| is_hidden(c));
    let message = if text.is_empty() {
        "a name cannot be empty".to_owned()
    } else if text.len() > 253 && text.chars().count() > 253 {
        "a name has at most 253 characters".to_owned()
    } else if let Some((at, c)) = hidden() {
        let (place, code) = (at + 1, u32::from(c));
        format!("a name has no control or invisible characters: character {place} is U+{code:04X}")
    } else if text.trim() != text {
        "a name neither begins nor ends with white space".to_owned()
    } else if !slash && text.contains('/') {
        "a name has no `/`: that separates tenant, namespace and name".to_owned()
    } else {
        return true;
    };
    problems.add(path, InputProblem::new("bad-name", "", message).with_got(quoted(text)));
    false
}

/// Checks an attribute's, level's or rule's name: letters, digits, `.`, `_` and `-`, 1 to 63 of them.
pub(super) fn check_id(text: &str, path: &Path, problems: &mut Problems) -> bool {
    let fits = (1..=63).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if !fits {
        let problem = InputProblem::new("bad-name", "", "this cannot be a name here")
            .with_got(quoted(text))
            .with_expected("1 to 63 letters, digits, `.`, `_` or `-`");
        problems.add(path, problem);
    }
    fits
}

/// Checks free text: labels, reasons.
pub(super) fn check_text(text: &str, most: usize, path: &Path, problems: &mut Problems) {
    let message = if text.len() > most && text.chars().count() > most {
        format!("this text has more than {most} characters")
    } else if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        "this text has control characters".to_owned()
    } else {
        return;
    };
    problems.add(path, InputProblem::new("bad-text", "", message).with_got(quoted(text)));
}

/// Checks why a rule is there, in the user's words.
pub(super) fn check_reason(reason: Option<&String>, rule: &Path, problems: &mut Problems) {
    if let Some(reason) = reason {
        check_text(reason, 1000, &rule.key("reason"), problems);
    }
}

/// The tenants by name.
pub(super) struct Tenants<'d> {
    index: FxHashMap<&'d str, usize>,
    names: Vec<&'d str>,
    /// Names that cannot be one, which has been reported: whoever refers to them says nothing new.
    refused: FxHashSet<&'d str>,
    documents: &'d [TenantDocument],
    /// Some tenant has no readable name: nobody can be said to be unknown.
    unsure: bool,
}

impl<'d> Tenants<'d> {
    pub fn new(document: &'d Document, problems: &mut Problems) -> Self {
        let mut tenants = Self {
            index: FxHashMap::default(),
            names: Vec::new(),
            refused: FxHashSet::default(),
            documents: &document.tenants,
            unsure: false,
        };
        let root = Path::Root;
        let list = root.key("tenants");
        tenants.unsure = problems.is_spoilt(&list);
        for (index, tenant) in document.tenants.iter().enumerate() {
            let path = list.index(index);
            let path = path.key("name");
            if problems.is_spoilt(&path) {
                tenants.unsure = true;
                continue;
            }
            if !check_name(&tenant.name, false, &path, problems) {
                tenants.refused.insert(&tenant.name);
                continue;
            }
            if tenant.name == "other" {
                let problem = InputProblem::new(
                    "reserved-name",
                    "",
                    "no tenant can be called `other`: in a selector that is another tenant",
                );
                problems.add(&path, problem);
            }
            if let Some(first) = tenants.index.get(tenant.name.as_str()) {
                let problem =
                    InputProblem::new("duplicate-name", "", format!("this tenant has the name of tenants[{first}]"))
                        .with_got(quoted(&tenant.name));
                problems.add(&path, problem);
            } else {
                tenants.index.insert(&tenant.name, index);
                tenants.names.push(&tenant.name);
            }
        }
        tenants
    }

    /// The tenant of that name, without a word where there is none.
    pub fn quietly(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// Whether some tenant has this name, and it cannot be one, which has been reported.
    fn is_refused(&self, name: &str) -> bool {
        self.refused.contains(&name)
    }

    /// The tenant as it is written.
    pub fn document(&self, tenant: usize) -> &'d TenantDocument {
        &self.documents[tenant]
    }

    /// The tenant of that name; reports that there is none.
    pub fn find(&self, name: &str, path: &Path, problems: &mut Problems) -> Option<usize> {
        self.find_other(name, None, path, problems)
    }

    /// The same, where `but` cannot be meant: it is not suggested.
    pub fn find_other(&self, name: &str, but: Option<&str>, path: &Path, problems: &mut Problems) -> Option<usize> {
        let found = self.index.get(name).copied();
        if found.is_none() && !self.unsure && !self.is_refused(name) {
            let others = || self.names.iter().copied().filter(|&known| Some(known) != but).take(CANDIDATES);
            let suggestion = problems.wants_detail().then(|| nearest(name, others()));
            let problem = InputProblem::new("unknown-tenant", "", format!("there is no tenant {}", quoted(name)))
                .with_expected(list_of(&self.names))
                .with_suggestion(suggestion.flatten());
            problems.add(path, problem);
        }
        found
    }
}

/// `one of a, b, c`, cut short where there are many.
pub(super) fn list_of<S: AsRef<str>>(names: &[S]) -> String {
    const MOST: usize = 8;
    if names.is_empty() {
        return "one that the fleet names, and it names none".to_owned();
    }
    let first: Vec<String> = names.iter().take(MOST).map(|name| shown(name.as_ref())).collect();
    let more = names.len().saturating_sub(MOST);
    let end = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("one of {}{end}", first.join(", "))
}

/// The workloads sorted by name, so that one can be found by what people call it. Sorted when it is first asked.
#[derive(Clone, Debug, Default)]
pub(in crate::fleet) struct WorkloadIndex {
    by_name: OnceLock<Vec<usize>>,
}

/// Why a reference does not lead to one workload.
pub(in crate::fleet) enum NotFound {
    /// Several match.
    Ambiguous {
        /// How many.
        count: usize,
        /// The indices of the first few.
        some: Vec<usize>,
    },
    /// None does; the nearest identity.
    Unknown(Option<String>),
}

impl WorkloadIndex {
    fn by_name(&self, workloads: &[Workload]) -> &[usize] {
        self.by_name.get_or_init(|| {
            let mut keyed: Vec<(u64, usize)> = workloads.iter().map(|it| start(&it.name)).zip(0..).collect();
            keyed.sort_unstable_by(|&(one, a), &(other, b)| {
                let key = |w: usize| (&workloads[w].name, workloads[w].tenant, &workloads[w].namespace, w);
                one.cmp(&other).then_with(|| key(a).cmp(&key(b)))
            });
            keyed.into_iter().map(|(_, workload)| workload).collect()
        })
    }

    /// The workloads called `name`, in order of tenant and namespace. O(log n) and the answer.
    fn called(&self, name: &str, workloads: &[Workload]) -> &[usize] {
        let by_name = self.by_name(workloads);
        let from = by_name.partition_point(|&w| workloads[w].name.as_str() < name);
        let length = by_name[from..].partition_point(|&w| workloads[w].name == name);
        &by_name[from..from + length]
    }

    /// The workload meant by `tenant/namespace/name`, `tenant/name` or `name`. `tenant` looks a tenant up by its name,
    /// `tenant_name` the name by its index (empty for one that could not be resolved). Where nobody is meant, one of those
    /// that `suggest` lets pass is suggested. O(log n) where it is found, once the workloads have been sorted.
    pub fn find<'t>(
        &self,
        text: &str,
        workloads: &[Workload],
        tenant: impl Fn(&str) -> Option<usize>,
        tenant_name: impl Fn(usize) -> &'t str,
        suggest: Option<fn(&Workload) -> bool>,
    ) -> Result<usize, NotFound> {
        let parts: Vec<&str> = text.splitn(4, '/').collect();
        let matches = match parts[..] {
            [name] => self.called(name, workloads),
            [owner, name] => self.of_tenant(name, tenant(owner), workloads),
            [owner, namespace, name] => {
                let all = self.of_tenant(name, tenant(owner), workloads);
                let from = all.partition_point(|&w| workloads[w].namespace.as_str() < namespace);
                let length = all[from..].partition_point(|&w| workloads[w].namespace == namespace);
                &all[from..from + length]
            }
            _ => &[],
        };
        match *matches {
            [one] => Ok(one),
            [] => {
                let near = |passes: fn(&Workload) -> bool| self.near(text, workloads, tenant_name, passes);
                Err(NotFound::Unknown(suggest.and_then(near)))
            }
            _ => Err(NotFound::Ambiguous { count: matches.len(), some: matches.iter().take(9).copied().collect() }),
        }
    }

    /// Those of them that the tenant owns.
    fn of_tenant(&self, name: &str, tenant: Option<usize>, workloads: &[Workload]) -> &[usize] {
        let Some(tenant) = tenant else { return &[] };
        let all = self.called(name, workloads);
        let from = all.partition_point(|&w| workloads[w].tenant < tenant);
        let length = all[from..].partition_point(|&w| workloads[w].tenant == tenant);
        &all[from..from + length]
    }

    /// The nearest name, as long as it takes to mean one workload.
    fn near<'t>(
        &self,
        text: &str,
        workloads: &[Workload],
        tenant_name: impl Fn(usize) -> &'t str,
        passes: fn(&Workload) -> bool,
    ) -> Option<String> {
        let parts = text.matches('/').count();
        let by_name = self.by_name(workloads);
        let some = || by_name.iter().take(CANDIDATES).map(|&w| &workloads[w]).filter(|workload| passes(workload));
        let named = |workload: &Workload, parts: usize| {
            let (tenant, namespace, name) = (tenant_name(workload.tenant), &workload.namespace, &workload.name);
            match parts {
                0 => name.to_string(),
                1 => format!("{tenant}/{name}"),
                _ => format!("{tenant}/{namespace}/{name}"),
            }
        };
        let names: Vec<String> = some().map(|workload| named(workload, parts)).collect();
        let meant = nearest(text, names.iter().map(String::as_str))?;
        let workload = some().find(|workload| named(workload, parts) == meant)?;
        let alone = |parts: usize| some().filter(|other| named(other, parts) == named(workload, parts)).count() == 1;
        Some(named(workload, (parts..2).find(|&parts| alone(parts)).unwrap_or(2)))
    }
}

/// For each workload, whether `tenant/name` means it alone. The workloads of a tenant stand side by side.
pub(super) fn unique(workloads: &[Workload]) -> Vec<bool> {
    let mut unique = vec![true; workloads.len()];
    let mut from = 0;
    for tenant in workloads.chunk_by(|a, b| a.tenant == b.tenant) {
        let mut seen: FxHashMap<&str, usize> = FxHashMap::default();
        seen.reserve(tenant.len());
        for (index, workload) in (from..).zip(tenant) {
            if let Some(&first) = seen.get(workload.name.as_str()) {
                unique[first] = false;
                unique[index] = false;
            } else {
                seen.insert(&workload.name, index);
            }
        }
        from += tenant.len();
    }
    unique
}

/// The first eight bytes as a number in the order of the texts: of two whose numbers differ, the lesser number is the
/// lesser text.
pub(super) fn start(text: &str) -> u64 {
    let mut first = [0; 8];
    let length = text.len().min(8);
    first[..length].copy_from_slice(&text.as_bytes()[..length]);
    u64::from_be_bytes(first)
}
