//! Texts that many rows share, and small maps of them: a fleet may have a million rows, and most say the same few words.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::Hash;
use std::ops::{Deref, Index};
use std::sync::Arc;

use rustc_hash::FxHashSet;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer};
use serde::{Serialize, Serializer};

/// A text that cannot be changed. A copy of it is another reference.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text(Arc<str>);

impl Text {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&Text> for Text {
    fn from(text: &Text) -> Self {
        text.clone()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Text {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Into::into)
    }
}

impl JsonSchema for Text {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        String::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

/// Texts seen so far, so that those that come again are shared.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    known: FxHashSet<Text>,
}

impl Texts {
    /// Longer ones hardly come again.
    const LONGEST: usize = 128;
    /// Of more different ones, the later are not kept.
    const MOST: usize = 1 << 17;

    /// The text, shared where it was seen before.
    pub fn share(&mut self, text: &str) -> Text {
        if text.len() > Self::LONGEST {
            return text.into();
        }
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let text = Text::from(text);
        if self.known.len() < Self::MOST {
            self.known.insert(text.clone());
        }
        text
    }
}

/// Lists seen so far, so that those that come again are one.
#[derive(Debug)]
pub(crate) struct Shared<T> {
    known: FxHashSet<Arc<[T]>>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self { known: FxHashSet::default() }
    }
}

impl<T: Clone + Eq + Hash> Shared<T> {
    /// Of more different ones, the later are not kept.
    const MOST: usize = 1 << 16;

    /// The list, shared where it was seen before.
    pub fn share(&mut self, list: &[T]) -> Arc<[T]> {
        self.share_alike(list, |_, _| true)
    }

    /// The same of lists that may be equal and yet not `alike`: those are apart.
    pub fn share_alike(&mut self, list: &[T], alike: impl Fn(&T, &T) -> bool) -> Arc<[T]> {
        if let Some(known) = self.known.get(list) {
            let alike = known.iter().zip(list).all(|(one, other)| alike(one, other));
            return if alike { Arc::clone(known) } else { list.into() };
        }
        let list: Arc<[T]> = list.into();
        if self.known.len() < Self::MOST {
            self.known.insert(Arc::clone(&list));
        }
        list
    }
}

/// A small map, ascending by key. A copy of it is another reference. To add or change an entry is linear in the others.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextMap<V> {
    /// `None` where there are none.
    entries: Option<Arc<[(Text, V)]>>,
}

impl<V> TextMap<V> {
    /// A map without entries.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: None }
    }

    fn as_slice(&self) -> &[(Text, V)] {
        self.entries.as_deref().unwrap_or_default()
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_none()
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Where its entries stand, zero where there are none: maps of which this is the same are the same.
    pub(crate) fn place_in_memory(&self) -> usize {
        self.entries.as_ref().map_or(0, |entries| entries.as_ptr().addr())
    }

    fn place(&self, key: &str) -> Result<usize, usize> {
        self.as_slice().binary_search_by(|(known, _)| known.as_str().cmp(key))
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&V> {
        self.place(key).ok().map(|at| &self.as_slice()[at].1)
    }

    /// Whether there is such a key.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.place(key).is_ok()
    }

    /// The entries, ascending by key.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Text, &V)> {
        self.as_slice().iter().map(|(key, value)| (key, value))
    }

    /// The keys, ascending.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Text> {
        self.as_slice().iter().map(|(key, _)| key)
    }

    /// The values, ascending by key.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> {
        self.as_slice().iter().map(|(_, value)| value)
    }
}

impl<V: Clone> TextMap<V> {
    fn as_mut_slice(&mut self) -> &mut [(Text, V)] {
        self.entries.as_mut().map(Arc::make_mut).unwrap_or_default()
    }

    /// Adds an entry; the value that the key had before.
    pub fn insert(&mut self, key: Text, value: V) -> Option<V> {
        match self.place(&key) {
            Ok(at) => Some(std::mem::replace(&mut self.as_mut_slice()[at].1, value)),
            Err(at) => {
                let mut entries = self.as_slice().to_vec();
                entries.insert(at, (key, value));
                self.entries = Some(entries.into());
                None
            }
        }
    }

    /// The values, to be changed.
    pub fn values_mut(&mut self) -> impl ExactSizeIterator<Item = &mut V> {
        self.as_mut_slice().iter_mut().map(|(_, value)| value)
    }
}

/// Puts entries into the order of their keys; of a key that stands twice the first one stays.
pub(crate) fn first_of_each<V>(entries: &mut Vec<(Text, V)>) {
    if !entries.is_sorted_by(|(one, _), (another, _)| one < another) {
        entries.sort_by(|(one, _), (another, _)| one.cmp(another));
        entries.dedup_by(|(one, _), (another, _)| one == another);
    }
}

impl<V> From<Arc<[(Text, V)]>> for TextMap<V> {
    /// The map of entries that ascend by key, no key twice.
    fn from(entries: Arc<[(Text, V)]>) -> Self {
        debug_assert!(entries.is_sorted_by(|(one, _), (another, _)| one < another));
        Self { entries: Some(entries).filter(|entries| !entries.is_empty()) }
    }
}

impl<V> Index<&str> for TextMap<V> {
    type Output = V;

    /// # Panics
    /// There is no such key.
    fn index(&self, key: &str) -> &V {
        self.get(key).expect("a key of the map")
    }
}

impl<V> Default for TextMap<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Into<Text>, V> FromIterator<(K, V)> for TextMap<V> {
    /// Of a key that stands twice the last one stays.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut entries: Vec<(Text, V)> = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
        if !entries.is_sorted_by(|(one, _), (another, _)| one < another) {
            entries.reverse();
            first_of_each(&mut entries);
        }
        Arc::<[(Text, V)]>::from(entries).into()
    }
}

impl<'m, V> IntoIterator for &'m TextMap<V> {
    type Item = (&'m Text, &'m V);
    type IntoIter = std::iter::Map<std::slice::Iter<'m, (Text, V)>, fn(&'m (Text, V)) -> (&'m Text, &'m V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.as_slice().iter().map(|(key, value)| (key, value))
    }
}

impl<V: fmt::Debug> fmt::Debug for TextMap<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<V: Serialize> Serialize for TextMap<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<V: JsonSchema> JsonSchema for TextMap<V> {
    fn inline_schema() -> bool {
        BTreeMap::<String, V>::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        BTreeMap::<String, V>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeMap::<String, V>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_small_map_is_a_map(entries in proptest::collection::vec(("[a-c]{0,2}", 0..9_u32), 0..8)) {
            let entries: Vec<(String, u32)> = entries;
            let theirs: BTreeMap<String, u32> = entries.iter().cloned().collect();
            let ours: TextMap<u32> = entries.iter().cloned().collect();
            let mut one_by_one = TextMap::new();
            for (key, value) in &entries {
                one_by_one.insert(key.as_str().into(), *value);
            }
            assert_eq!(ours, one_by_one);
            assert_eq!((ours.len(), ours.is_empty()), (theirs.len(), theirs.is_empty()));
            assert!(ours.iter().map(|(key, value)| (key.as_str(), *value)).eq(theirs.iter().map(|(key, value)| (key.as_str(), *value))));
            assert_eq!(serde_json::to_string(&ours).unwrap(), serde_json::to_string(&theirs).unwrap());
            for key in ["", "a", "b", "ab", "cc"] {
                assert_eq!((ours.get(key), ours.contains_key(key)), (theirs.get(key), theirs.contains_key(key)));
            }
            let mut first = entries.iter().map(|(key, value)| (key.as_str().into(), *value)).collect();
            first_of_each(&mut first);
            let first = TextMap::from(Arc::<[(Text, u32)]>::from(first));
            let theirs: BTreeMap<String, u32> = entries.into_iter().rev().collect();
            assert_eq!(serde_json::to_string(&first).unwrap(), serde_json::to_string(&theirs).unwrap());
        }
    }

    #[test]
    fn what_comes_again_is_shared() {
        let mut texts = Texts::default();
        let (one, again, long) = (texts.share("prod"), texts.share("prod"), texts.share(&"x".repeat(200)));
        assert!(Arc::ptr_eq(&one.0, &again.0) && !Arc::ptr_eq(&long.0, &texts.share(&long).0));
        assert_eq!((one.as_str(), format!("{one:>6}{again:?}")), ("prod", "  prod\"prod\"".to_owned()));
        let mut lists = Shared::default();
        let (one, again) = (lists.share(&[1, 2]), lists.share(&[1, 2]));
        assert!(Arc::ptr_eq(&one, &again) && !Arc::ptr_eq(&one, &lists.share(&[1])));
        let unlike = lists.share_alike(&[1, 2], |_, other| *other != 2);
        assert_eq!((unlike == one, Arc::ptr_eq(&unlike, &one)), (true, false));
    }
}
