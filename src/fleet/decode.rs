//! Located tree -> document, collecting everything that cannot be read.
//!
//! Every reader answers `None` (or an empty part) where it has reported a problem; the place is then spoilt, so that
//! the checks of meaning, which run all the same, do not complain of the consequence.

mod copies;
mod parts;
mod policy;

use std::collections::BTreeMap;
use std::hash::Hash;
use std::mem::take;

use super::amount::Amount;
use super::document::{OneOrMany, TenantDocument, WorkloadDocument};
use super::located::{Entry, MISSING, Node, Source, Value, is_json_number};
use super::problems::{Path, Problems, nearest, quoted, shown};
use super::todo::TODO;
use crate::compact::{Shared, Text, TextMap, Texts, first_of_each};
use crate::error::InputProblem;

pub(super) use parts::{document, further, row};

/// The maps of rows, most of which come again, and room for the entries of the next.
struct Maps<V> {
    known: Shared<(Text, V)>,
    room: Vec<(Text, V)>,
}

impl<V> Default for Maps<V> {
    fn default() -> Self {
        Self { known: Shared::default(), room: Vec::new() }
    }
}

impl<V: Clone + Eq + Hash> Maps<V> {
    /// The map of the entries in that room, which comes back; of a key that stands twice the first. Maps that are equal
    /// and not `alike` stay apart.
    fn share(&mut self, mut room: Vec<(Text, V)>, alike: impl Fn(&V, &V) -> bool) -> TextMap<V> {
        first_of_each(&mut room);
        let map = match &room[..] {
            [] => TextMap::new(),
            entries => self.known.share_alike(entries, |(_, one), (_, other)| alike(one, other)).into(),
        };
        room.clear();
        self.room = room;
        map
    }
}

/// What every reader needs.
pub(super) struct Decoder {
    pub problems: Problems,
    source: Source,
    texts: Texts,
    string_maps: Maps<Text>,
    amount_maps: Maps<Amount>,
    tenants: Vec<TenantDocument>,
    workloads: Vec<WorkloadDocument>,
}

impl Decoder {
    pub fn new(problems: Problems, source: Source) -> Self {
        Self {
            problems,
            source,
            texts: Texts::default(),
            string_maps: Maps::default(),
            amount_maps: Maps::default(),
            tenants: Vec::new(),
            workloads: Vec::new(),
        }
    }

    /// Room for so many workloads that will be read ahead.
    #[cfg(feature = "python")]
    pub fn expect(&mut self, workloads: usize) {
        self.workloads.reserve(workloads);
    }

    /// Takes the rows that another read ahead: they stand behind ours.
    #[cfg(feature = "python")]
    pub fn append(&mut self, mut other: Self) {
        self.tenants.append(&mut other.tenants);
        self.workloads.append(&mut other.workloads);
    }

    /// What was found, when everything has been read.
    pub fn into_problems(self) -> Problems {
        self.problems
    }

    fn wrong(&mut self, path: &Path, node: &Node, expected: &str) {
        if self.problems.only_counts() {
            return self.problems.unreadable_too(path);
        }
        if matches!(&node.value, Value::Text(text) if text == TODO) && self.problems.is_spoilt(path) {
            return; // it has been said that it is still to be filled in
        }
        let problem = match &node.value {
            Value::Odd(text) if self.source == Source::Values && MISSING.contains(&text.as_ref()) => {
                let message = "a value is missing here: leave the key out, or give the value";
                InputProblem::new("missing-value", "", message)
            }
            Value::Number(text) | Value::Odd(text)
                if self.source != Source::Values && expected.starts_with("a string") =>
            {
                return self.unquoted(path, node.at, text, "this value");
            }
            Value::Strange(why) => InputProblem::new("wrong-type", "", why.as_ref()),
            _ => InputProblem::new("wrong-type", "", format!("this is {}", node.kind())),
        };
        let problem = match &node.value {
            Value::Text(text) | Value::Number(text) | Value::Odd(text) => problem.with_got(quoted(text)),
            _ => problem,
        };
        self.problems.unreadable(path, node.at, problem.with_expected(expected));
    }

    fn unquoted(&mut self, path: &Path, at: super::located::Position, text: &str, what: &str) {
        if self.problems.only_counts() {
            return self.problems.unreadable_too(path);
        }
        let message = if matches!(text, "" | "~" | "null") {
            format!("{what} is empty (null)")
        } else if self.source == Source::Yaml {
            format!("{what} is not quoted, and YAML reads it as something other than a string")
        } else {
            format!("{what} is not a string")
        };
        let problem = InputProblem::new("unquoted-scalar", "", message).with_got(quoted(text)).with_expected(
            if matches!(text, "" | "~" | "null") {
                "a string (write \"null\" for that word)".to_owned()
            } else {
                format!("a string: write \"{}\"", shown(text))
            },
        );
        self.problems.unreadable(path, at, problem);
    }

    /// A string, one of many alike.
    fn string<S: From<Text>>(&mut self, path: &Path, node: &Node) -> Option<S> {
        if let Value::Text(text) = &node.value {
            return Some(self.texts.share(text).into());
        }
        self.wrong(path, node, "a string");
        None
    }

    /// A string that is hardly that of another row.
    fn name(&mut self, path: &Path, node: &Node) -> Option<Text> {
        if let Value::Text(text) = &node.value {
            return Some(text.as_ref().into());
        }
        self.string(path, node)
    }

    /// A list, item by item; an item that answers `None` is left out.
    fn list<T>(
        &mut self,
        path: &Path,
        node: &Node,
        mut item: impl FnMut(&mut Self, &Path, &Node) -> Option<T>,
    ) -> Vec<T> {
        let Value::List(list) = &node.value else {
            self.wrong(path, node, "a list");
            return Vec::new();
        };
        list.iter().enumerate().filter_map(|(index, node)| item(self, &path.index(index), node)).collect()
    }

    fn strings<S: From<Text> + Default>(&mut self, path: &Path, node: &Node) -> Vec<S> {
        // One that cannot be read keeps its place, so that the paths of those behind it stay right.
        self.list(path, node, |decoder, path, node| Some(decoder.string(path, node).unwrap_or_default()))
    }

    /// The entries of a map with free keys, added to those `found`.
    fn entries<T>(
        &mut self,
        path: &Path,
        node: &Node,
        found: &mut Vec<(Text, T)>,
        mut item: impl FnMut(&mut Self, &Path, &Node) -> Option<T>,
    ) -> Option<()> {
        let Value::Map(entries) = &node.value else {
            self.wrong(path, node, "a map");
            return None;
        };
        self.duplicates(path, entries);
        for entry in entries {
            let path = path.key(&entry.key);
            if entry.odd {
                self.unquoted(&path, entry.at, &entry.key, "this key");
            } else if let Some(value) = item(self, &path, &entry.node) {
                found.push((self.texts.share(&entry.key), value));
            }
        }
        Some(())
    }

    /// A map with free keys; of a key that stands twice the first.
    fn map<T>(
        &mut self,
        path: &Path,
        node: &Node,
        item: impl FnMut(&mut Self, &Path, &Node) -> Option<T>,
    ) -> Option<BTreeMap<String, T>> {
        let mut entries = Vec::new();
        self.entries(path, node, &mut entries, item)?;
        Some(entries.into_iter().rev().map(|(key, value)| (key.into(), value)).collect())
    }

    fn duplicates(&mut self, path: &Path, entries: &[Entry]) {
        const FEW: usize = 16;
        let mut seen = rustc_hash::FxHashSet::default();
        for (index, entry) in entries.iter().enumerate() {
            let again = if entries.len() <= FEW {
                entries[..index].iter().any(|earlier| earlier.key == entry.key)
            } else {
                !seen.insert(entry.key.as_ref())
            };
            if again {
                let problem =
                    InputProblem::new("duplicate-key", "", format!("the key {} stands here twice", quoted(&entry.key)));
                self.problems.unreadable(&path.key(&entry.key), entry.at, problem);
            }
        }
    }

    /// A map with known keys. Unknown keys, keys of later versions and missing mandatory keys are reported.
    fn fields<'n, 'a>(
        &mut self,
        path: &Path,
        node: &'n Node<'a>,
        known: &'static [&'static str],
        mandatory: &'static [&'static str],
        later: &'static [&'static str],
    ) -> Option<Fields<'n, 'a>> {
        let Value::Map(entries) = &node.value else {
            self.wrong(path, node, "a map");
            return None;
        };
        self.duplicates(path, entries);
        for entry in entries {
            let key = entry.key.as_ref();
            if known.contains(&key) {
                continue;
            }
            if later.contains(&key) {
                let problem =
                    InputProblem::new("not-supported-yet", "", format!("{} is not supported yet", quoted(key)));
                self.problems.unreadable(&path.key(key), entry.at, problem);
                continue;
            }
            // What stands there already, or is of a later version, would only be refused in its turn.
            let free = |name: &&&str| !entries.iter().any(|entry| entry.key == **name);
            let meant = nearest(key, known.iter().filter(free).chain(later).copied());
            if let Some(meant) = &meant {
                // What the typo leaves unsaid is not reported a second time.
                self.problems.spoil(&path.key(meant));
            }
            let (meant_later, suggestion) = match meant {
                Some(name) if later.contains(&name.as_str()) => {
                    (format!(" ({} is not supported yet)", quoted(&name)), None)
                }
                meant => (String::new(), meant),
            };
            let message = format!("there is no key {} here{meant_later}", quoted(key));
            let problem = InputProblem::new("unknown-key", "", message)
                .with_expected(format!("one of {}", known.join(", ")))
                .with_suggestion(suggestion);
            self.problems.unreadable(&path.key(key), entry.at, problem);
        }
        for key in mandatory {
            if !entries.iter().any(|entry| entry.key == *key) && !self.problems.is_spoilt(&path.key(key)) {
                let problem = InputProblem::new("missing-key", "", format!("the key `{key}` is missing"));
                self.problems.unreadable(&path.key(key), node.at, problem);
            }
        }
        Some(Fields { entries })
    }

    /// A whole number that is not negative; `3.0` is one too.
    fn whole(&mut self, path: &Path, node: &Node) -> Option<u64> {
        if let Value::Number(text) = &node.value {
            let digits = text.split_once('.').map_or(text.as_ref(), |(whole, fraction)| {
                if fraction.bytes().all(|b| b == b'0') { whole } else { text }
            });
            if let Some(number) = digits.parse().ok().filter(|&number| number <= crate::quantity::MAX) {
                return Some(number);
            }
            let problem = InputProblem::new("bad-number", "", "this is not a whole number that can be counted to")
                .with_got(shown(text))
                .with_expected("a whole number from 0 to 2^63 - 1");
            self.problems.unreadable(path, node.at, problem);
            return None;
        }
        self.wrong(path, node, "a whole number");
        None
    }

    fn boolean(&mut self, path: &Path, node: &Node) -> Option<bool> {
        if let Value::Odd(text) = &node.value {
            match text.as_ref() {
                "true" => return Some(true),
                "false" => return Some(false),
                _ => {}
            }
        }
        self.wrong(path, node, "true or false");
        None
    }

    /// A quantity or another number, quoted or not; what it means is checked later.
    fn amount(&mut self, path: &Path, node: &Node) -> Option<Amount> {
        match &node.value {
            Value::Text(text) => return Some(Amount::text(self.texts.share(text))),
            Value::Number(text) if is_json_number(text) => return Some(Amount::number(self.texts.share(text))),
            Value::Odd(text)
                if self.source != Source::Values
                    && !text.is_empty()
                    && text.bytes().next().is_some_and(|b| !b.is_ascii_alphabetic() && b != b'~') =>
            {
                self.unquoted(path, node.at, text, "this amount");
            }
            _ => self.wrong(path, node, "an amount, such as 2 or 100m"),
        }
        None
    }

    fn amounts(&mut self, path: &Path, node: &Node) -> TextMap<Amount> {
        let mut room = take(&mut self.amount_maps.room);
        // what is no map has been reported, and is an empty one
        let _ = self.entries(path, node, &mut room, Self::amount);
        self.amount_maps.share(room, Amount::is_written_as)
    }

    fn string_map(&mut self, path: &Path, node: &Node) -> TextMap<Text> {
        let mut room = take(&mut self.string_maps.room);
        let _ = self.entries(path, node, &mut room, Self::string);
        self.string_maps.share(room, |_, _| true)
    }
}

/// The entries of a map whose keys have been checked.
#[derive(Clone, Copy)]
struct Fields<'n, 'a> {
    entries: &'n [Entry<'a>],
}

impl Fields<'_, '_> {
    /// Reads the value of a key, if it is there.
    fn read<T>(
        &self,
        decoder: &mut Decoder,
        path: &Path,
        key: &str,
        read: impl FnOnce(&mut Decoder, &Path, &Node) -> T,
    ) -> Option<T> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        Some(read(decoder, &path.key(key), &entry.node))
    }

    fn string<S: From<Text>>(&self, decoder: &mut Decoder, path: &Path, key: &str) -> Option<S> {
        self.read(decoder, path, key, Decoder::string).flatten()
    }

    fn name(&self, decoder: &mut Decoder, path: &Path) -> Text {
        self.read(decoder, path, "name", Decoder::name).flatten().unwrap_or_default()
    }

    fn strings<S: From<Text> + Default>(&self, decoder: &mut Decoder, path: &Path, key: &str) -> Vec<S> {
        self.read(decoder, path, key, Decoder::strings).unwrap_or_default()
    }

    /// A word, or a list of words.
    fn words(&self, decoder: &mut Decoder, path: &Path, key: &str) -> Option<Box<OneOrMany>> {
        self.read(decoder, path, key, policy::one_or_many).flatten().map(Box::new)
    }

    fn boolean(&self, decoder: &mut Decoder, path: &Path, key: &str) -> Option<bool> {
        self.read(decoder, path, key, Decoder::boolean).flatten()
    }

    fn whole(&self, decoder: &mut Decoder, path: &Path, key: &str) -> Option<u64> {
        self.read(decoder, path, key, Decoder::whole).flatten()
    }

    fn string_map(&self, decoder: &mut Decoder, path: &Path, key: &str) -> TextMap<Text> {
        self.read(decoder, path, key, Decoder::string_map).unwrap_or_default()
    }

    fn amounts(&self, decoder: &mut Decoder, path: &Path, key: &str) -> TextMap<Amount> {
        self.read(decoder, path, key, Decoder::amounts).unwrap_or_default()
    }

    fn list<T>(
        &self,
        decoder: &mut Decoder,
        path: &Path,
        key: &str,
        item: impl FnMut(&mut Decoder, &Path, &Node) -> Option<T>,
    ) -> Vec<T> {
        self.read(decoder, path, key, |decoder, path, node| decoder.list(path, node, item)).unwrap_or_default()
    }
}
