//! YAML text -> located tree: what a fleet document may not do is refused here.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::events::{Event, Events};
use super::limits::Limits;
use super::located::{Entry, Node, Position, Value, is_json_number, is_odd};
use super::rows::Outlet;
use crate::error::InputProblem;

/// A list or map that is still open.
enum Open<'a> {
    List(Vec<Node<'a>>),
    Map(Vec<Entry<'a>>, Option<(Cow<'a, str>, bool, Position)>),
}

struct Frame<'a> {
    open: Open<'a>,
    at: Position,
    anchor: Option<String>,
    /// Where the rows of a list go, if not into the tree.
    outlet: Option<usize>,
    taken: usize,
}

/// An anchored node with what a copy of it costs.
struct Anchored<'a> {
    node: Node<'a>,
    cost: usize,
    height: usize,
}

struct Builder<'a, 'l, 't> {
    limits: &'l Limits,
    outlet: Outlet<'t>,
    stack: Vec<Frame<'a>>,
    anchors: FxHashMap<String, Anchored<'a>>,
    aliases: usize,
    expanded: usize,
    root: Option<Node<'a>>,
}

/// Reads one YAML document.
///
/// # Errors
///
/// The first thing that is not YAML, or that a fleet may not contain: several documents, tags, merge keys, keys that
/// are lists or maps, or more depth, entries or aliases than the limits allow.
pub(super) fn read<'a>(text: &'a str, limits: &Limits) -> Result<Node<'a>, Box<InputProblem>> {
    read_rows(text, limits, Outlet::none())
}

/// The same, the rows of long lists taken out.
///
/// # Errors
///
/// As [`read`].
pub(super) fn read_rows<'a>(text: &'a str, limits: &Limits, outlet: Outlet<'_>) -> Result<Node<'a>, Box<InputProblem>> {
    let (stack, anchors) = (Vec::new(), FxHashMap::default());
    let mut builder = Builder { limits, outlet, stack, anchors, aliases: 0, expanded: 0, root: None };
    let mut events = Events::new(text, 0);
    let mut documents = 0;
    while let Some((event, at)) = events.next().map_err(|error| refuse("bad-yaml", error.at, error.message))? {
        if event == Event::DocumentStart {
            documents += 1;
            if documents > 1 {
                return Err(refuse("several-documents", at, "a fleet is one document; a second one begins here"));
            }
        }
        builder.event(event, at)?;
    }
    builder.root.ok_or_else(|| {
        refuse("empty-document", (1, 1), "the document is empty").expecting("`schema: tenantry/v1` and the rest")
    })
}

impl<'a> Builder<'a, '_, '_> {
    fn event(&mut self, event: Event<'a>, at: Position) -> Result<(), Box<InputProblem>> {
        match event {
            Event::Scalar { text, plain, anchor, tag } => {
                no_tag(tag.is_some(), at)?;
                self.scalar(text, plain, anchor, at)
            }
            Event::ListStart { anchor, tag } => {
                no_tag(tag.is_some(), at)?;
                self.open(Open::List(Vec::new()), anchor, at)
            }
            Event::MapStart { anchor, tag } => {
                no_tag(tag.is_some(), at)?;
                self.open(Open::Map(Vec::new(), None), anchor, at)
            }
            Event::End => self.close(),
            Event::Alias(anchor) => self.alias(&anchor, at),
            Event::DocumentStart => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: Cow<'a, str>,
        plain: bool,
        anchor: Option<String>,
        at: Position,
    ) -> Result<(), Box<InputProblem>> {
        let odd = plain && is_odd(&text);
        if let Some(Frame { open: Open::Map(_, key @ None), .. }) = self.stack.last_mut() {
            if odd && text == "<<" {
                return Err(
                    refuse("merge-key", at, "merge keys (`<<`) are not supported").expecting("the keys written out")
                );
            }
            if let Some(anchor) = anchor {
                let node = Node { at, value: Value::Text(text.clone()) };
                self.anchors.insert(anchor, Anchored { cost: 1 + text.len() / 16, node, height: 0 });
            }
            *key = Some((text, odd, at));
            return Ok(());
        }
        let value = if plain && is_json_number(&text) {
            Value::Number(text)
        } else if odd {
            Value::Odd(text)
        } else {
            Value::Text(text)
        };
        self.finished(Node { at, value }, anchor)
    }

    fn open(&mut self, open: Open<'a>, anchor: Option<String>, at: Position) -> Result<(), Box<InputProblem>> {
        if let Some(Frame { open: Open::Map(_, None), .. }) = self.stack.last() {
            return Err(refuse("bad-key", at, "a key is a string, not a list or a map"));
        }
        if self.stack.len() >= self.limits.depth {
            return Err(too_deep(self.limits, at));
        }
        let outlet = match self.stack.as_slice() {
            // What has an anchor may be asked for again, whole.
            [Frame { open: Open::Map(earlier, Some((key, false, _))), anchor: None, .. }] => {
                let list = if matches!(open, Open::List(_)) { self.outlet.list(key, earlier) } else { None };
                list.filter(|_| anchor.is_none())
            }
            _ => None,
        };
        self.stack.push(Frame { open, at, anchor, outlet, taken: 0 });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Box<InputProblem>> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let value = match frame.open {
            Open::List(list) => Value::List(list),
            Open::Map(entries, _) => Value::Map(entries),
        };
        self.finished(Node { at: frame.at, value }, frame.anchor)
    }

    fn alias(&mut self, anchor: &str, at: Position) -> Result<(), Box<InputProblem>> {
        if self.stack.iter().any(|frame| frame.anchor.as_deref() == Some(anchor)) {
            return Err(refuse("bad-alias", at, "this alias stands inside the node that it names"));
        }
        let Some(anchored) = self.anchors.get(anchor) else {
            return Err(refuse("bad-alias", at, "no anchor of this name stands before it"));
        };
        self.aliases += 1;
        self.expanded += anchored.cost;
        if self.aliases > self.limits.aliases || self.expanded > self.limits.alias_nodes {
            let message = format!(
                "too many aliases: at most {} may be expanded, to {} nodes in all",
                self.limits.aliases, self.limits.alias_nodes
            );
            return Err(refuse("too-many-aliases", at, message));
        }
        if self.stack.len() + anchored.height > self.limits.depth {
            return Err(too_deep(self.limits, at));
        }
        let mut node = anchored.node.clone();
        node.at = at;
        if let Some(Frame { open: Open::Map(_, key @ None), .. }) = self.stack.last_mut() {
            let (text, odd) = match node.value {
                Value::Text(text) => (text, false),
                Value::Number(text) | Value::Odd(text) => (text, true),
                _ => return Err(refuse("bad-key", at, "a key is a string, not a list or a map")),
            };
            *key = Some((text, odd, at));
            return Ok(());
        }
        self.finished(node, None)
    }

    fn finished(&mut self, node: Node<'a>, anchor: Option<String>) -> Result<(), Box<InputProblem>> {
        if let Some(anchor) = anchor {
            let (cost, height) = measure(&node);
            self.anchors.insert(anchor, Anchored { node: node.clone(), cost, height });
        }
        let limit = self.limits.items;
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Frame { open: Open::List(list), outlet, taken, .. }) => {
                if list.len() + *taken >= limit {
                    return Err(too_many_items(self.limits, node.at));
                }
                match *outlet {
                    Some(outlet) => {
                        self.outlet.row(outlet, &node);
                        *taken += 1;
                    }
                    None => list.push(node),
                }
            }
            Some(Frame { open: Open::Map(entries, key), .. }) => {
                if entries.len() >= limit {
                    return Err(too_many_items(self.limits, node.at));
                }
                if let Some((key, odd, at)) = key.take() {
                    entries.push(Entry { key, odd, at, node });
                }
            }
        }
        Ok(())
    }
}

/// Cost of a copy, and the levels of lists and maps in it. Depth is bounded, so this may recurse.
fn measure(node: &Node) -> (usize, usize) {
    let join = |(cost, height): (usize, usize), (more, below): (usize, usize)| (cost + more, height.max(below + 1));
    match &node.value {
        Value::Text(text) | Value::Number(text) | Value::Odd(text) | Value::Strange(text) => (1 + text.len() / 16, 0),
        Value::List(list) => list.iter().map(measure).fold((1, 1), join),
        Value::Map(entries) => {
            let each = entries.iter().map(|entry| {
                let (cost, height) = measure(&entry.node);
                (cost + 1 + entry.key.len() / 16, height)
            });
            each.fold((1, 1), join)
        }
    }
}

fn no_tag(tagged: bool, at: Position) -> Result<(), Box<InputProblem>> {
    if tagged { Err(refuse("tag", at, "tags (`!...`) are not supported; quote a string instead")) } else { Ok(()) }
}

pub(super) fn too_deep(limits: &Limits, at: Position) -> Box<InputProblem> {
    refuse("too-deep", at, format!("lists and maps are nested deeper than {} levels", limits.depth))
}

pub(super) fn too_many_items(limits: &Limits, at: Position) -> Box<InputProblem> {
    refuse("too-many-items", at, format!("more than {} entries in one list or map", limits.items))
}

/// A problem of the document as text.
pub(super) fn refuse(code: &'static str, at: Position, message: impl Into<String>) -> Box<InputProblem> {
    let mut problem = InputProblem::new(code, "", message);
    problem.position = Some((at.0 as usize, at.1 as usize));
    Box::new(problem)
}

trait Expecting {
    fn expecting(self, what: &str) -> Self;
}

impl Expecting for Box<InputProblem> {
    fn expecting(mut self, what: &str) -> Self {
        self.expected = Some(what.to_owned());
        self
    }
}
