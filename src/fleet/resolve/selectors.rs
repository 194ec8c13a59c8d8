//! Selectors: names and values to indices.

use std::collections::BTreeSet;

use super::ground::Ground;
use super::names::list_of;
use crate::compact::Text;
use crate::error::InputProblem;
use crate::fleet::document::{OneOrMany, SelectorDocument, ValuesDocument};
use crate::fleet::policy::{Matcher, Selector};
use crate::fleet::problems::{Path, Problems, nearest, quoted};

/// Where a selector stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The one who refuses.
    Subject,
    /// The one refused: may say `tenant: other`.
    Neighbour,
    /// A waiver's side, or a group.
    Other,
}

/// Resolves a selector; `None` where something in it has been reported.
pub(super) fn selector(
    ground: &Ground,
    document: &SelectorDocument,
    side: Side,
    path: &Path,
    problems: &mut Problems,
) -> Option<Selector> {
    let mut resolved = Selector::default();
    let keys = match document {
        SelectorDocument::All(all) => {
            if !all.all {
                problems
                    .add(path, InputProblem::new("bad-selector", "", "`all` says true").with_expected("{all: true}"));
                return None;
            }
            return (!problems.is_spoilt(path)).then_some(resolved);
        }
        SelectorDocument::Keys(keys) => keys,
    };
    if keys.is_empty() {
        if !problems.is_spoilt_below(path) {
            let problem = InputProblem::new("bad-selector", "", "an empty selector could mean all or nothing")
                .with_expected("{all: true}, or keys with values");
            problems.add(path, problem);
        }
        return None;
    }
    let mut whole = !problems.is_spoilt_below(path);
    for (key, document) in keys {
        let path = path.key(key);
        let (not, values, path) = match document {
            ValuesDocument::In(values) => (false, values, path),
            ValuesDocument::Not(it) => (true, &it.not, path),
        };
        let below = path.key("not");
        let path = if not { &below } else { &path };
        if values.as_slice().is_empty() {
            problems.add(path, InputProblem::new("empty-list", "", "a selector's key names at least one value"));
            whole = false;
            continue;
        }
        match key.as_str() {
            "tenant" if values.as_slice().iter().any(|value| value == "other") => {
                let alone = matches!(values, OneOrMany::One(_)) && !not;
                if alone && side == Side::Neighbour {
                    resolved.other_tenant = true;
                } else {
                    let message =
                        "`tenant: other` is another tenant than the subject's: it stands alone, in a neighbour";
                    problems.add(path, InputProblem::new("bad-selector", "", message));
                    whole = false;
                }
            }
            "tenant" => {
                let find = |name: &str, path: &Path, problems: &mut Problems| ground.names.find(name, path, problems);
                resolved.tenant = matcher(not, values, path, problems, find);
                whole &= resolved.tenant.is_some();
            }
            "namespace" => {
                let find = |name: &str, path: &Path, problems: &mut Problems| namespace(ground, name, path, problems);
                resolved.namespace = matcher(not, values, path, problems, find);
                whole &= resolved.namespace.is_some();
            }
            "workload" => {
                let find = |name: &str, path: &Path, problems: &mut Problems| ground.workload(name, path, problems);
                resolved.workload = matcher(not, values, path, problems, find);
                whole &= resolved.workload.is_some();
            }
            "trust" => {
                let find = |name: &str, path: &Path, problems: &mut Problems| ground.levels.find(name, path, problems);
                resolved.trust = matcher(not, values, path, problems, find);
                whole &= resolved.trust.is_some();
            }
            _ => match attribute(ground, key, not, values, path, problems) {
                Some(found) => resolved.attributes.push(found),
                None => whole = false,
            },
        }
    }
    whole.then_some(resolved)
}

fn attribute(
    ground: &Ground,
    key: &str,
    not: bool,
    values: &OneOrMany,
    path: &Path,
    problems: &mut Problems,
) -> Option<(usize, Matcher<usize>)> {
    let Some(attribute) = ground.attributes.quietly(key) else {
        let mut known = vec!["tenant", "namespace", "workload", "trust"];
        known.extend(ground.attributes.list.iter().map(|declared| declared.name.as_str()));
        if !ground.attributes.is_spoilt(key, problems) {
            let problem = InputProblem::new(
                "unknown-attribute",
                "",
                format!("a selector has no key {}: it is no declared attribute", quoted(key)),
            )
            .with_expected(list_of(&known))
            .with_suggestion(nearest(key, known.iter().copied()));
            problems.add(path, problem);
        }
        return None;
    };
    let find = |value: &str, path: &Path, problems: &mut Problems| {
        ground.attributes.class_in_rule(attribute, value, path, problems)
    };
    Some((attribute, matcher(not, values, path, problems, find)?))
}

fn matcher<T: Ord>(
    not: bool,
    values: &OneOrMany,
    path: &Path,
    problems: &mut Problems,
    find: impl Fn(&str, &Path, &mut Problems) -> Option<T>,
) -> Option<Matcher<T>> {
    let mut found = BTreeSet::new();
    let mut whole = true;
    for (index, value) in values.as_slice().iter().enumerate() {
        let item = path.index(index);
        let path = if matches!(values, OneOrMany::One(_)) { path } else { &item };
        match find(value, path, problems) {
            Some(value) => {
                found.insert(value);
            }
            None => whole = false,
        }
    }
    whole.then_some(Matcher { not, values: found })
}

fn namespace(ground: &Ground, name: &str, path: &Path, problems: &mut Problems) -> Option<Text> {
    if ground.namespaces.contains(name) {
        return Some(name.into());
    }
    if ground.sound {
        let suggestion = problems.wants_detail().then(|| nearest(name, ground.namespaces.iter().copied().take(20_000)));
        let problem =
            InputProblem::new("unknown-namespace", "", format!("no workload has the namespace {}", quoted(name)))
                .with_suggestion(suggestion.flatten());
        problems.add(path, problem);
    }
    None
}
