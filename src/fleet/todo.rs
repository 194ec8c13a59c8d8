//! What a draft leaves open: the word `TODO`, which no fleet may still hold.

use super::document::Document;
use super::located::{Node, Value};
use super::problems::{Path, Problems};
use crate::error::InputProblem;

/// What stands where nothing is known.
pub(super) const TODO: &str = "TODO";

/// Text for people, which may say so for good.
const FREE: [&str; 2] = ["labels", "reason"];

/// Refuses every value that is still to be filled in.
pub(super) fn refuse(node: &Node, path: &Path, problems: &mut Problems) {
    match &node.value {
        Value::Text(text) if text == TODO => problems.unreadable(path, node.at, problem()),
        Value::Text(_) | Value::Number(_) | Value::Odd(_) | Value::Strange(_) => {}
        Value::List(list) => {
            for (index, node) in list.iter().enumerate() {
                refuse(node, &path.index(index), problems);
            }
        }
        Value::Map(entries) => {
            for entry in entries.iter().filter(|entry| !FREE.contains(&entry.key.as_ref())) {
                refuse(&entry.node, &path.key(&entry.key), problems);
            }
        }
    }
}

/// Refuses such values of a document made in Rust, where nothing else would: other places do not take the word anyway.
pub(super) fn refuse_in(document: &Document, problems: &mut Problems) {
    let open = |text: &str, path: &Path, problems: &mut Problems| {
        if text == TODO {
            problems.add(path, problem());
        }
    };
    for (index, tenant) in document.tenants.iter().enumerate() {
        let list = Path::Root.key("tenants");
        let path = list.index(index);
        open(&tenant.name, &path.key("name"), problems);
        for (name, value) in &tenant.attributes {
            open(value, &path.key("attributes").key(name), problems);
        }
    }
    for (index, workload) in document.workloads.iter().enumerate() {
        let list = Path::Root.key("workloads");
        for (name, value) in &workload.attributes {
            open(value, &list.index(index).key("attributes").key(name), problems);
        }
    }
}

fn problem() -> InputProblem {
    InputProblem::new("todo", "", "this is still to be filled in").with_got(format!("`{TODO}`"))
}
