//! The policy's keys and rules.

use super::Decoder;
use crate::error::InputProblem;
use crate::fleet::document::{
    AllDocument, AnyWord, ApartDocument, AttributeDocument, DistrustDocument, LevelDocument, MissingDocument,
    NotDocument, OneOrMany, PolicyDocument, SelectorDocument, SeparateDocument, TogetherDocument, ValuesDocument,
    WaiverDocument,
};
use crate::fleet::located::{Node, Value};
use crate::fleet::problems::Path;

pub(super) fn policy(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<PolicyDocument> {
    let known = &["attributes", "levels", "separate", "apart", "distrust", "together", "waivers"];
    let fields = decoder.fields(path, node, known, &[], &[])?;
    Some(PolicyDocument {
        attributes: fields
            .read(decoder, path, "attributes", |decoder, path, node| decoder.map(path, node, attribute))
            .flatten()
            .unwrap_or_default(),
        levels: fields.read(decoder, path, "levels", |decoder, path, node| decoder.list(path, node, level)),
        separate: fields.list(decoder, path, "separate", separate),
        apart: fields.list(decoder, path, "apart", apart),
        distrust: fields.list(decoder, path, "distrust", distrust),
        together: fields.list(decoder, path, "together", together),
        waivers: fields.list(decoder, path, "waivers", waiver),
    })
}

pub(super) fn one_or_many(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<OneOrMany> {
    match &node.value {
        Value::Text(text) => Some(OneOrMany::One(text.to_string())),
        Value::List(_) => Some(OneOrMany::Many(decoder.strings(path, node))),
        _ => {
            decoder.wrong(path, node, "a string or a list of strings");
            None
        }
    }
}

fn attribute(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<AttributeDocument> {
    match &node.value {
        Value::Text(text) if text == "any" => Some(AttributeDocument::Any(AnyWord::Any)),
        Value::List(_) => Some(AttributeDocument::Values(decoder.strings(path, node))),
        Value::Map(_) => decoder.map(path, node, one_or_many).map(AttributeDocument::Classes),
        _ => {
            decoder.wrong(path, node, "any, a list of values, or a map of classes to their aliases");
            None
        }
    }
}

fn level(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<LevelDocument> {
    let known = &["name", "sharing", "accepts", "reason"];
    let fields = decoder.fields(path, node, known, &["name", "sharing", "accepts"], &[]);
    let mut text = |key| fields.as_ref().and_then(|fields| fields.string(decoder, path, key));
    let [name, sharing, accepts] = ["name", "sharing", "accepts"].map(|key| text(key).unwrap_or_default());
    Some(LevelDocument { name, sharing, accepts, reason: text("reason") })
}

fn separate(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<SeparateDocument> {
    let Some(fields) = decoder.fields(path, node, &["by", "missing", "reason"], &["by"], &[]) else {
        return Some(SeparateDocument::default());
    };
    Some(SeparateDocument {
        by: fields.string(decoder, path, "by").unwrap_or_default(),
        missing: fields.read(decoder, path, "missing", missing).flatten(),
        reason: fields.string(decoder, path, "reason"),
    })
}

fn missing(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<MissingDocument> {
    let known = &["class", "tenants"];
    let fields = decoder.fields(path, node, known, known, &[])?;
    let class = fields.string(decoder, path, "class").unwrap_or_default();
    Some(MissingDocument { class, tenants: fields.strings(decoder, path, "tenants") })
}

fn apart(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<ApartDocument> {
    let known = &["id", "members", "by", "missing", "reason"];
    let Some(fields) = decoder.fields(path, node, known, &["by"], &[]) else {
        return Some(ApartDocument::default());
    };
    let by = fields.string(decoder, path, "by").unwrap_or_default();
    let missing = fields.read(decoder, path, "missing", |decoder, path, node| match &node.value {
        Value::Text(text) if text == "any" => Some(AnyWord::Any),
        _ => {
            decoder.wrong(path, node, "any");
            None
        }
    });
    Some(ApartDocument {
        id: fields.string(decoder, path, "id"),
        members: fields.read(decoder, path, "members", Decoder::strings),
        by,
        missing: missing.flatten(),
        reason: fields.string(decoder, path, "reason"),
    })
}

/// A selector that could not be read: matches nothing, and its place is spoilt.
pub(super) fn unread() -> SelectorDocument {
    SelectorDocument::Keys(std::collections::BTreeMap::new())
}

pub(super) fn selector(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<SelectorDocument> {
    let Some(all) = node.get("all") else {
        return decoder.map(path, node, values).map(SelectorDocument::Keys);
    };
    let alone = matches!(&node.value, Value::Map(entries) if entries.len() == 1);
    let is_true = matches!(&all.node.value, Value::Odd(text) if text == "true");
    if alone && is_true {
        return Some(SelectorDocument::All(AllDocument { all: true }));
    }
    let problem = InputProblem::new("bad-selector", "", "`all` says true, and stands alone")
        .with_expected("{all: true}, or keys with values");
    decoder.problems.unreadable(path, node.at, problem);
    None
}

fn values(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<ValuesDocument> {
    match &node.value {
        Value::Map(_) => {
            let fields = decoder.fields(path, node, &["not"], &["not"], &[])?;
            let not = fields.read(decoder, path, "not", one_or_many).flatten()?;
            Some(ValuesDocument::Not(NotDocument { not }))
        }
        Value::Text(_) | Value::List(_) => one_or_many(decoder, path, node).map(ValuesDocument::In),
        _ => {
            decoder.wrong(path, node, "a string, a list of strings, or {not: ...}");
            None
        }
    }
}

fn distrust(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<DistrustDocument> {
    let known = &["id", "subject", "neighbour", "reason"];
    let Some(fields) = decoder.fields(path, node, known, &["id", "subject", "neighbour"], &[]) else {
        return Some(DistrustDocument { id: String::new(), subject: unread(), neighbour: unread(), reason: None });
    };
    Some(DistrustDocument {
        id: fields.string(decoder, path, "id").unwrap_or_default(),
        subject: fields.read(decoder, path, "subject", selector).flatten().unwrap_or_else(unread),
        neighbour: fields.read(decoder, path, "neighbour", selector).flatten().unwrap_or_else(unread),
        reason: fields.string(decoder, path, "reason"),
    })
}

fn together(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<TogetherDocument> {
    let known = &["id", "members", "by", "where", "in", "reason"];
    let Some(fields) = decoder.fields(path, node, known, &["id"], &[]) else {
        return Some(TogetherDocument::default());
    };
    Some(TogetherDocument {
        id: fields.string(decoder, path, "id").unwrap_or_default(),
        members: fields.read(decoder, path, "members", Decoder::strings),
        by: fields.string(decoder, path, "by"),
        where_: fields.read(decoder, path, "where", selector).flatten(),
        in_: fields.string(decoder, path, "in"),
        reason: fields.string(decoder, path, "reason"),
    })
}

fn waiver(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<WaiverDocument> {
    let known = &["id", "between", "waives", "approvedBy", "expires", "reason"];
    let fields = decoder.fields(path, node, known, known, &[]);
    let Some(fields) = fields else {
        let [id, approved_by, expires, reason] = [const { String::new() }; 4];
        return Some(WaiverDocument { id, between: Vec::new(), waives: Vec::new(), approved_by, expires, reason });
    };
    let mut text = |key| fields.string(decoder, path, key).unwrap_or_default();
    let (id, approved_by, expires, reason) = (text("id"), text("approvedBy"), text("expires"), text("reason"));
    let between = fields.list(decoder, path, "between", |decoder, path, node| {
        Some(selector(decoder, path, node).unwrap_or_else(unread))
    });
    let waives = fields.strings(decoder, path, "waives");
    Some(WaiverDocument { id, between, waives, approved_by, expires, reason })
}
