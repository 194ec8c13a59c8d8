//! JSON -> trees: a dump may hold several values one after another.

use std::fmt;

use rustc_hash::FxHashSet;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{MAX_NODES, Node, SyntaxError, Value};

/// Every value of the text.
pub(super) fn read(text: &str) -> Result<Vec<Node>, SyntaxError> {
    let mut documents = Vec::new();
    let mut nodes = 0;
    let mut stream = serde_json::Deserializer::from_str(text);
    loop {
        let next = Json { nodes: &mut nodes }.deserialize(&mut stream);
        match next {
            Ok(node) => documents.push(node),
            Err(error) if error.is_eof() && !documents.is_empty() && stream.end().is_ok() => return Ok(documents),
            Err(error) => {
                let position = (error.line() > 0).then(|| (error.line(), error.column().max(1)));
                return Err(SyntaxError::new("syntax", position, format!("this is not JSON: {error}")));
            }
        }
        if stream.end().is_ok() {
            return Ok(documents);
        }
    }
}

struct Json<'a> {
    nodes: &'a mut usize,
}

impl<'de> DeserializeSeed<'de> for Json<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        *self.nodes += 1;
        if *self.nodes > MAX_NODES {
            return Err(serde::de::Error::custom(format!("more than {MAX_NODES} values")));
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
        Ok(Value::Scalar { text: value.to_string(), string: false })
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Scalar { text: value.to_string(), string: false })
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Scalar { text: value.to_string(), string: false })
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Scalar { text: value.to_string(), string: false })
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Scalar { text: value.to_owned(), string: true })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Json { nodes: &mut *self.nodes })? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        let mut keys = FxHashSet::default();
        while let Some(key) = map.next_key::<String>()? {
            if !keys.insert(key.clone()) {
                return Err(serde::de::Error::custom(format!("the key `{key}` is there twice")));
            }
            entries.push((key, map.next_value_seed(Json { nodes: &mut *self.nodes })?));
        }
        Ok(Value::Map(entries))
    }
}
