//! Amounts in tables whose unit is not written with them.

use std::borrow::Cow;

use crate::fleet::values::{Node, Value};

/// The keys of a row that hold amounts by resource.
const AMOUNTS: [&str; 5] = ["requests", "fixedRequests", "allocatable", "overhead", "occupied"];

/// What is written behind the bare numbers of a resource, such as `Gi`.
pub(super) struct Units {
    suffixes: Vec<(String, String)>,
}

impl Units {
    pub(super) fn new(suffixes: Vec<(String, String)>) -> Self {
        Self { suffixes }
    }

    /// Writes the units into a row. A text that is more than a number says its unit itself.
    pub(super) fn apply(&self, row: &mut Node) {
        let Value::Map(entries) = &mut row.value else { return };
        if self.suffixes.is_empty() {
            return;
        }
        for entry in entries {
            match (entry.key.as_ref(), &mut entry.node.value) {
                (key, Value::Map(_)) if AMOUNTS.contains(&key) => self.amounts(&mut entry.node),
                ("nodePools", Value::List(pools)) => pools.iter_mut().for_each(|pool| self.apply(pool)),
                _ => {}
            }
        }
    }

    fn amounts(&self, node: &mut Node) {
        let Value::Map(entries) = &mut node.value else { return };
        for entry in entries {
            let known = self.suffixes.iter().find(|(resource, _)| *resource == entry.key);
            let Some((_, suffix)) = known.filter(|(_, suffix)| !suffix.is_empty()) else { continue };
            if let Value::Number(text) | Value::Text(text) = &entry.node.value
                && is_bare(text)
            {
                entry.node.value = Value::Text(Cow::Owned(format!("{text}{suffix}")));
            }
        }
    }
}

fn is_bare(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}
