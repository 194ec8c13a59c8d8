//! JSON -> trees: a dump may hold several values one after another.

use std::fmt;
use std::io::Read;

use rustc_hash::FxHashSet;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{MAX_NODES, Node, Part, SyntaxError, Value, handed_over, scalar, too_many, unreadable};

/// Hands over every value, and the items of a list as they come.
pub(super) fn read(input: impl Read, sink: &mut dyn FnMut(Part)) -> Result<(), SyntaxError> {
    let mut stream = serde_json::Deserializer::from_reader(input);
    loop {
        match stream.end() {
            Ok(()) => return Ok(()),
            Err(error) if error.is_io() => return Err(wrong(&error)),
            // another value begins
            Err(_) => {}
        }
        let document = Json { nodes: &mut 0, place: Place::Root(sink) };
        let node = document.deserialize(&mut stream).map_err(|error| wrong(&error))?;
        sink(Part::Document(node));
    }
}

fn wrong(error: &serde_json::Error) -> SyntaxError {
    if error.is_io() {
        return unreadable(error);
    }
    let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let position = (error.line() > 0).then(|| (narrow(error.line()), narrow(error.column().max(1))));
    SyntaxError::new("syntax", position, format!("this is not JSON: {error}"))
}

/// Where a value stands.
enum Place<'a> {
    Root(&'a mut dyn FnMut(Part)),
    /// Under the root's key `items`, with the root's entries before it.
    Items {
        list: &'a [(String, Node)],
        sink: &'a mut dyn FnMut(Part),
    },
    Inside,
}

/// Reads one value. `nodes` are those that are kept so far.
struct Json<'a> {
    nodes: &'a mut usize,
    place: Place<'a>,
}

impl<'de> DeserializeSeed<'de> for Json<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        *self.nodes += 1;
        if *self.nodes > MAX_NODES {
            return Err(D::Error::custom(too_many()));
        }
        deserializer.deserialize_any(self).map(|value| Node { value, position: None })
    }
}

impl<'de> Visitor<'de> for Json<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(scalar(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(scalar(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(scalar(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(scalar(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Scalar { text: value.to_owned(), string: true })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let Self { nodes, mut place } = self;
        let mut items = Vec::new();
        let mut index = 0;
        while let Some(node) = seq.next_element_seed(Json { nodes: &mut *nodes, place: Place::Inside })? {
            match &mut place {
                Place::Items { list, sink } => match handed_over(list, &node.value) {
                    Some(of) => {
                        sink(Part::Item { index, of, node });
                        *nodes = 0;
                    }
                    None => items.push(node),
                },
                _ => items.push(node),
            }
            index += 1;
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let Self { nodes, mut place } = self;
        let mut entries = Vec::new();
        let mut keys = FxHashSet::default();
        while let Some(key) = map.next_key::<String>()? {
            if !keys.insert(key.clone()) {
                return Err(A::Error::custom(format!("the key `{key}` is there twice")));
            }
            let below = match &mut place {
                Place::Root(sink) if key == "items" => Place::Items { list: &entries, sink: &mut **sink },
                _ => Place::Inside,
            };
            let node = map.next_value_seed(Json { nodes: &mut *nodes, place: below })?;
            entries.push((key, node));
        }
        Ok(Value::Map(entries))
    }
}
