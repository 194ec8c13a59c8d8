//! Declarations of attributes: which values there are, and the class of each.

use std::collections::{BTreeMap, BTreeSet};

use super::names::check_name;
use crate::error::InputProblem;
use crate::fleet::document::{AttributeDocument, OneOrMany};
use crate::fleet::looks::{Look, Twins, spelled};
use crate::fleet::problems::{Path, Problems, quoted};

/// Every other value is held against every listed one, in case it is a slip: so many of those.
const MOST_LISTED: usize = 1_000;

/// One declared attribute.
pub(super) struct Declared {
    pub name: String,
    /// `any`: values become classes as they are found.
    pub open: bool,
    pub classes: Vec<String>,
    /// Every listed (or, under `any`, found) value and its class.
    pub lookup: BTreeMap<String, usize>,
    /// The class with `"*"`.
    pub rest: Option<usize>,
    pub others: BTreeSet<String>,
    /// What the listed values look like, where there is a class with `"*"`.
    pub listed: Vec<Look>,
    /// The declaration could not be read: nothing about its values can be said.
    pub unsure: bool,
}

/// Reads one declaration.
pub(super) fn declare(name: &str, declaration: &AttributeDocument, path: &Path, problems: &mut Problems) -> Declared {
    let mut declared = Declared {
        name: name.to_owned(),
        open: false,
        classes: Vec::new(),
        lookup: BTreeMap::new(),
        rest: None,
        others: BTreeSet::new(),
        listed: Vec::new(),
        unsure: problems.is_spoilt(path),
    };
    let before = problems.count();
    match declaration {
        AttributeDocument::Any(_) => declared.open = true,
        AttributeDocument::Values(values) => {
            for (index, value) in values.iter().enumerate() {
                let path = path.index(index);
                if value == "*" {
                    let problem = InputProblem::new(
                        "bad-value",
                        "",
                        "`*` stands for every other value of a class, and a list has no classes",
                    )
                    .with_expected("a map of classes to their aliases");
                    problems.add(&path, problem);
                } else if check_name(value, true, &path, problems) {
                    declared.classes.push(value.clone());
                    declared.list(value, index, &path, problems);
                }
            }
        }
        AttributeDocument::Classes(classes) => declare_classes(&mut declared, classes, path, problems),
    }
    if declared.classes.is_empty() && !declared.open && problems.count() == before {
        let problem = InputProblem::new("empty-list", "", "a closed attribute has at least one value")
            .with_expected("values, or any");
        problems.add(path, problem);
    }
    declared.look_alikes(path, problems);
    declared.unsure |= problems.count() > before;
    declared
}

fn declare_classes(
    declared: &mut Declared,
    classes: &BTreeMap<String, OneOrMany>,
    path: &Path,
    problems: &mut Problems,
) {
    for (class, name) in classes.keys().enumerate() {
        let path = path.key(name);
        if name == "*" {
            let problem =
                InputProblem::new("bad-value", "", "`*` is an alias, not a class").with_expected("CLASS: [\"*\"]");
            problems.add(&path, problem);
        } else {
            check_name(name, true, &path, problems);
        }
        declared.classes.push(name.clone());
        declared.lookup.insert(name.clone(), class);
    }
    for (class, (name, aliases)) in classes.iter().enumerate() {
        let path = path.key(name);
        for (index, alias) in aliases.as_slice().iter().enumerate() {
            let path = path.index(index);
            if alias == "*" {
                if declared.rest.is_some_and(|rest| rest != class) {
                    problems.add(&path, InputProblem::new("duplicate-value", "", "only one class can have `*`"));
                }
                declared.rest = Some(class);
            } else if check_name(alias, true, &path, problems) && alias != name {
                declared.list(alias, class, &path, problems);
            }
        }
    }
    if declared.rest.is_some() && declared.lookup.len() > MOST_LISTED {
        let message = format!("an attribute with `*` lists at most {MOST_LISTED} values");
        problems.add(path, InputProblem::new("too-many-items", "", message));
        declared.rest = None;
    }
}

impl Declared {
    /// Lists a value under a class.
    fn list(&mut self, value: &str, class: usize, path: &Path, problems: &mut Problems) {
        if let Some(&other) = self.lookup.get(value) {
            let owner = self.classes.get(other).map_or("", String::as_str);
            let problem = InputProblem::new(
                "duplicate-value",
                "",
                format!("this value is listed already (class {})", quoted(owner)),
            )
            .with_got(quoted(value));
            problems.add(path, problem);
            return;
        }
        self.lookup.insert(value.to_owned(), class);
    }

    /// Reports listed values of two classes that look the same, and keeps what the listed ones look like.
    fn look_alikes(&mut self, path: &Path, problems: &mut Problems) {
        let mut twins = Twins::new(self.lookup.keys().all(|value| value.is_ascii()));
        for (value, class) in &self.lookup {
            if let Some(like) = twins.take(value)
                && self.lookup.get(&like) != Some(class)
            {
                let message = format!("two classes list values that look the same: {}", spelled(&like));
                let problem =
                    InputProblem::new("near-value", "", message).with_got(spelled(value)).with_expected("one of them");
                problems.add(path, problem);
            }
        }
        if self.rest.is_some() {
            self.listed = self.lookup.keys().map(|value| Look::new(value)).collect();
        }
    }
}
