//! The fields that plans are made of: what may be missing, lists, and maps in which no key stands twice.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use rustc_hash::FxHashSet;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::{Object, Word};
use crate::compact::{Text, TextMap};

/// An object, or null. With `#[serde(default)]` it may be missing.
pub(crate) fn maybe_object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|Object(it)| it))
}

/// A list of objects.
pub(crate) fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let list = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(list.into_iter().map(|Object(entry)| entry).collect())
}

/// A list of objects, or null. With `#[serde(default)]` it may be missing.
pub(crate) fn maybe_objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    let list = Option::<Vec<Object<T>>>::deserialize(deserializer)?;
    Ok(list.map(|list| list.into_iter().map(|Object(entry)| entry).collect()))
}

/// A word, or null. With `#[serde(default)]` it may be missing.
pub(crate) fn maybe_word<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(Option::<Word<T>>::deserialize(deserializer)?.map(|Word(word)| word))
}

/// A map in which no key stands twice.
pub(crate) fn unique<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, T>, D::Error> {
    struct Entries<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
        type Value = BTreeMap<String, T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut entries = BTreeMap::new();
            while let Some((key, value)) = map.next_entry::<String, T>()? {
                if entries.insert(key.clone(), value).is_some() {
                    return Err(A::Error::custom(format_args!("the key `{}` stands twice", key.escape_debug())));
                }
            }
            Ok(entries)
        }
    }

    deserializer.deserialize_map(Entries(PhantomData))
}

/// The same of the small maps that rows have.
pub(crate) fn unique_texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TextMap<Text>, D::Error> {
    struct Entries;

    impl<'de> Visitor<'de> for Entries {
        type Value = TextMap<Text>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            const FEW: usize = 16;
            let mut entries: Vec<(Text, Text)> = Vec::new();
            let mut seen = FxHashSet::default();
            while let Some((key, value)) = map.next_entry::<Text, Text>()? {
                let again = if entries.len() < FEW {
                    entries.iter().any(|(known, _)| *known == key)
                } else {
                    if seen.is_empty() {
                        seen.extend(entries.iter().map(|(known, _)| known.clone()));
                    }
                    !seen.insert(key.clone())
                };
                if again {
                    return Err(A::Error::custom(format_args!("the key `{}` stands twice", key.escape_debug())));
                }
                entries.push((key, value));
            }
            Ok(entries.into_iter().collect())
        }
    }

    deserializer.deserialize_map(Entries)
}

/// The same, of objects.
pub(crate) fn unique_objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, T>, D::Error> {
    let map: BTreeMap<String, Object<T>> = unique(deserializer)?;
    Ok(map.into_iter().map(|(key, Object(entry))| (key, entry)).collect())
}
