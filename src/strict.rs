//! JSON documents by their letter, as the engine reads its certificates: so are plans read, and the small maps of their rows.

use std::fmt;

use rustc_hash::FxHashSet;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
pub(crate) use tenantry_engine::strict::{
    Object, maybe_object, maybe_objects, maybe_word, object, objects, unique, unique_objects, word,
};

use crate::compact::{Text, TextMap};

/// A small map of a row, in which no key stands twice.
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
