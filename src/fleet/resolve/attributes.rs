//! Attributes: what is declared, and the class of every value.

use std::collections::BTreeMap;

use super::declare::{Declared, declare};
use super::names::{check_id, check_name, list_of};
use crate::error::InputProblem;
use crate::fleet::document::{Document, PolicyDocument};
use crate::fleet::looks::{Look, Twins, spelled};
use crate::fleet::policy::Attribute;
use crate::fleet::problems::{Path, Problems, nearest, quoted};

/// Words that a selector keeps for itself.
const RESERVED: [&str; 6] = ["tenant", "namespace", "workload", "trust", "all", "not"];

/// Every other value is held against every listed one, in case it is a slip: so many of those.
const MOST_OTHERS: usize = 10_000;

/// All declared attributes, by name.
pub(super) struct Attributes {
    pub list: Vec<Declared>,
    by_name: BTreeMap<String, usize>,
    unsure: bool,
}

impl Attributes {
    /// Reads the declarations, then finds the values that the fleet gives to `any` attributes and to `"*"`.
    pub fn new(document: &Document, problems: &mut Problems) -> Self {
        let root = Path::Root;
        let path = root.key("policy");
        let path = path.key("attributes");
        let mut attributes = Self { list: Vec::new(), by_name: BTreeMap::new(), unsure: problems.is_spoilt(&path) };
        let none = PolicyDocument::default();
        for (name, declaration) in &document.policy.as_ref().unwrap_or(&none).attributes {
            let path = path.key(name);
            if RESERVED.contains(&name.as_str()) {
                let message = format!("no attribute can be called {}: selectors use that word", quoted(name));
                problems.add(&path, InputProblem::new("reserved-name", "", message));
            }
            check_id(name, &path, problems);
            attributes.by_name.insert(name.clone(), attributes.list.len());
            attributes.list.push(declare(name, declaration, &path, problems));
        }
        attributes.gather(document, problems);
        attributes
    }

    /// The attribute of that name; reports that there is none.
    pub fn find(&self, name: &str, path: &Path, problems: &mut Problems) -> Option<usize> {
        let found = self.by_name.get(name).copied();
        if found.is_none() && !self.is_spoilt(name, problems) {
            let names: Vec<&str> = self.list.iter().map(|declared| declared.name.as_str()).collect();
            let problem =
                InputProblem::new("unknown-attribute", "", format!("the attribute {} is not declared", quoted(name)))
                    .with_expected(format!("{} (declared in policy.attributes)", list_of(&names)))
                    .with_suggestion(nearest(name, names.iter().copied()));
            problems.add(path, problem);
        }
        found
    }

    /// The attribute of that name, without a word where there is none.
    pub fn quietly(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Whether the attribute's declaration, or all of them, could not be read.
    pub fn is_spoilt(&self, name: &str, problems: &Problems) -> bool {
        self.unsure || problems.is_spoilt(&Path::Root.key("policy").key("attributes").key(name))
    }

    /// Whether this is the class of every other value (`"*"`).
    pub fn is_rest(&self, attribute: usize, class: usize) -> bool {
        self.list[attribute].rest == Some(class)
    }

    /// The class of a value that stands in the fleet; reports that it has none.
    pub fn class(&self, attribute: usize, value: &str, path: &Path, problems: &mut Problems) -> Option<usize> {
        let declared = &self.list[attribute];
        if let Some(&class) = declared.lookup.get(value) {
            return Some(class);
        }
        if let Some(rest) = declared.rest
            && declared.others.contains(value)
        {
            return Some(rest);
        }
        // Under `any` and `"*"` a value without a class has been reported when the values were gathered.
        if !declared.unsure && !declared.open && declared.rest.is_none() {
            problems.add(path, declared.unknown(value));
        }
        None
    }

    /// The class of a value in a rule: one that is listed, or that the fleet has.
    pub fn class_in_rule(&self, attribute: usize, value: &str, path: &Path, problems: &mut Problems) -> Option<usize> {
        let declared = &self.list[attribute];
        let found = declared.lookup.get(value).copied();
        let found = found.or_else(|| declared.rest.filter(|_| declared.others.contains(value)));
        if found.is_none() && !declared.unsure {
            problems.add(path, declared.unknown(value));
        }
        found
    }

    /// The class of what has no value, made where there is none of that name yet.
    pub fn missing_class(
        &mut self,
        attribute: usize,
        class: &str,
        path: &Path,
        problems: &mut Problems,
    ) -> Option<usize> {
        if !check_name(class, true, path, problems) {
            return None;
        }
        let declared = &mut self.list[attribute];
        if class == "*" {
            let problem = InputProblem::new("bad-value", "", "`*` is an alias, not a class")
                .with_expected("a class, or a name for one of its own");
            problems.add(path, problem);
            return None;
        }
        if let Some(&known) = declared.lookup.get(class).filter(|_| !declared.open) {
            return Some(known);
        }
        let look = Look::new(class);
        // Of values that are found and not declared: also of those that "*" took.
        let found = if declared.open { declared.classes.iter() } else { [].iter() };
        if let Some(taken) = found.chain(&declared.others).find(|value| look.is_alike(&Look::new(value))) {
            let message = "the class of a missing value is one that workloads have";
            let problem = InputProblem::new("missing-class-taken", "", message).with_got(quoted(class)).with_expected(
                format!("a name unlike any value of {} (such as {})", quoted(&declared.name), quoted(taken)),
            );
            problems.add(path, problem);
            return None;
        }
        if !declared.open
            && let Some(meant) = declared.near(class)
        {
            let problem =
                InputProblem::new("near-value", "", format!("this is nearly {}, which is listed", quoted(&meant)))
                    .with_got(spelled(class))
                    .with_expected("a listed class, or a name that cannot be mistaken for one")
                    .with_suggestion(Some(meant));
            problems.add(path, problem);
            return None;
        }
        // A class of its own, never that of `"*"`: what has no value is not one of the other values.
        declared.classes.push(class.to_owned());
        Some(declared.classes.len() - 1)
    }

    /// Finds every value of an `any` attribute or of `"*"`, and the values that are too much alike.
    fn gather(&mut self, document: &Document, problems: &mut Problems) {
        if !self.list.iter().any(|declared| declared.open || declared.rest.is_some()) {
            return;
        }
        let root = Path::Root;
        let plain = |name: &String| {
            let all = document.tenants.iter().map(|it| &it.attributes);
            let mut all = all.chain(document.workloads.iter().map(|it| &it.attributes));
            all.all(|map| map.get(name).is_none_or(|value| value.is_ascii()))
        };
        let mut twins: Vec<Twins> = self.list.iter().map(|it| Twins::new(!it.open || plain(&it.name))).collect();
        let tenants = document.tenants.iter().map(|tenant| &tenant.attributes).enumerate();
        let workloads = document.workloads.iter().map(|workload| &workload.attributes).enumerate();
        for (part, (index, map)) in tenants.map(|it| ("tenants", it)).chain(workloads.map(|it| ("workloads", it))) {
            let list = root.key(part);
            let item = list.index(index);
            let path = item.key("attributes");
            for (name, value) in map {
                let Some(&attribute) = self.by_name.get(name.as_str()) else { continue };
                let declared = &mut self.list[attribute];
                if declared.lookup.contains_key(value.as_str()) || declared.others.contains(value.as_str()) {
                    continue;
                }
                if declared.open {
                    declared.take(value, &path.key(name), &mut twins[attribute], problems);
                } else if declared.rest.is_some() {
                    declared.take_other(value, &path.key(name), problems);
                }
            }
        }
        for declared in &mut self.list {
            if declared.open {
                // Classes by name, so that the order of workloads makes no difference.
                declared.classes.sort();
                for (class, value) in declared.classes.iter().enumerate() {
                    declared.lookup.insert(value.clone(), class);
                }
            }
        }
    }

    /// The resolved attributes.
    pub fn into_policy(self) -> Vec<Attribute> {
        let resolved = |declared: Declared| Attribute {
            name: declared.name,
            classes: declared.classes,
            others: declared.others.into_iter().collect(),
        };
        self.list.into_iter().map(resolved).collect()
    }
}

impl Declared {
    /// A new value of an `any` attribute.
    fn take(&mut self, value: &str, path: &Path, twins: &mut Twins, problems: &mut Problems) {
        if !check_name(value, true, path, problems) {
            return;
        }
        if let Some(like) = twins.take(value) {
            let how = if value.is_ascii() && like.is_ascii() {
                format!("this differs from the value {} only in case or white space", quoted(&like))
            } else {
                format!("this looks like the value {} and is another", spelled(&like))
            };
            let problem = InputProblem::new("near-value", "", how)
                .with_got(spelled(value))
                .with_expected("one spelling")
                .with_suggestion(Some(like));
            problems.add(path, problem);
            return;
        }
        self.lookup.insert(value.to_owned(), usize::MAX);
        self.classes.push(value.to_owned());
    }

    /// A new value that only `"*"` covers.
    fn take_other(&mut self, value: &str, path: &Path, problems: &mut Problems) {
        if self.others.len() >= MOST_OTHERS {
            let message = format!("`*` takes at most {MOST_OTHERS} different values");
            problems.add(path, InputProblem::new("too-many-items", "", message));
            return;
        }
        if !check_name(value, true, path, problems) {
            return;
        }
        if let Some(meant) = self.near(value) {
            let problem =
                InputProblem::new("near-value", "", format!("this is nearly {}, which is listed", quoted(&meant)))
                    .with_got(spelled(value))
                    .with_expected("a listed value (list this one too if it is meant)")
                    .with_suggestion(Some(meant));
            problems.add(path, problem);
            return;
        }
        self.others.insert(value.to_owned());
    }

    /// A listed value that `value` may be a slip of, or that it looks like.
    fn near(&self, value: &str) -> Option<String> {
        let look = Look::new(value);
        let made: Vec<Look>;
        let listed = if self.rest.is_some() {
            &self.listed
        } else {
            made = self.lookup.keys().map(|value| Look::new(value)).collect();
            &made
        };
        // One that looks the same is meant rather than one that is a slip away.
        let alike = listed.iter().find(|known| known.is_alike(&look));
        alike.or_else(|| listed.iter().find(|known| known.is_near(&look))).map(|known| known.text.clone())
    }

    fn unknown(&self, value: &str) -> InputProblem {
        let mut known: Vec<&str> = self.lookup.keys().map(String::as_str).collect();
        known.sort_unstable();
        InputProblem::new(
            "unknown-value",
            "",
            format!("{} is not a value of the attribute {}", quoted(value), quoted(&self.name)),
        )
        .with_expected(list_of(&known))
        .with_suggestion(nearest(value, known.iter().copied()))
    }
}
