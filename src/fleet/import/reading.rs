//! Sources -> objects, one after another.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use crate::error::InputProblem;

use super::super::text;
use super::manifests::Objects;
use super::options::{Content, KubernetesOptions, Source};
use super::report::{At, Report};
use super::tree::{self, Node, Part, Total, Typed, Value};

/// Bytes of a file that are read at a time.
const BUFFER: usize = 256 << 10;
/// Names that a line lists before it only counts.
const NAMED: usize = 3;

/// Reads every source.
pub(super) fn objects(sources: &[Source], options: &KubernetesOptions, report: &mut Report) -> Objects {
    let objects = Objects::under(options);
    let mut reader = Reader { objects, report, total: Total::default(), strangers: Vec::new() };
    for (index, source) in sources.iter().enumerate() {
        if !reader.source(index, source) {
            break;
        }
    }
    let Reader { objects, strangers, .. } = reader;
    if let Some(names) = some_of(&strangers) {
        report.warn("no-objects", format!("left out, because no Kubernetes object is in it: {names}"));
    }
    objects
}

/// `a, b, c and 4 more`.
pub(super) fn some_of(names: &[String]) -> Option<String> {
    let (shown, more) = names.split_at(names.len().min(NAMED));
    let shown = shown.join(", ");
    match (shown.is_empty(), more.len()) {
        (true, _) => None,
        (false, 0) => Some(shown),
        (false, more) => Some(format!("{shown} and {more} more")),
    }
}

/// Every document of a source, whole.
///
/// # Errors
/// It cannot be read.
pub(super) fn documents(source: &Source) -> Result<Vec<Node>, Box<InputProblem>> {
    let mut nodes = Vec::new();
    let mut keep = |part| match part {
        Part::Document(node) | Part::Item { node, .. } => nodes.push(node),
    };
    read(source, &mut Total::default(), &mut keep).map_err(|error| Box::new(error.problem(&source.name)))?;
    Ok(nodes)
}

fn read(source: &Source, total: &mut Total, sink: &mut dyn FnMut(Part)) -> Result<(), tree::SyntaxError> {
    let bytes: Box<dyn BufRead + '_> = match open(&source.content) {
        Ok(bytes) => bytes,
        Err(error) => return Err(tree::unreadable(&error)),
    };
    tree::each(&source.name, bytes, total, sink)
}

fn open(content: &Content) -> io::Result<Box<dyn BufRead + '_>> {
    Ok(match content {
        Content::Text(text) => Box::new(text.as_bytes()),
        Content::File(path) => Box::new(BufReader::with_capacity(BUFFER, File::open(path)?)),
    })
}

struct Reader<'r> {
    objects: Objects,
    report: &'r mut Report,
    total: Total,
    /// Files without an object.
    strangers: Vec<String>,
}

impl Reader<'_> {
    /// Whether the next source is to be read.
    fn source(&mut self, index: usize, source: &Source) -> bool {
        let mut first_stranger = None;
        let mut any = false;
        let Self { objects, report, total, .. } = self;
        let done = read(source, total, &mut |part| match part {
            Part::Document(node) if source.found && !is_object(&node) => {
                first_stranger.get_or_insert(node);
            }
            Part::Document(node) if is_release(&node) => {
                any = true;
                let mut problem = At::root(&source.name, &node)
                    .problem("not-an-object", "this is what `helm install` or `helm status` prints");
                problem.got = None;
                report.problem(
                    problem.with_expected("the manifests alone: `helm template`, or `helm get manifest RELEASE`"),
                );
            }
            Part::Document(node) if is_kustomization(&node) => {
                any = true;
                report.problem(kustomization(&source.name, &node));
            }
            Part::Document(node) => {
                any = true;
                objects.object(index, &At::root(&source.name, &node), &Typed::default(), report);
            }
            Part::Item { index: item, of, node } => {
                any = true;
                objects.object(index, &At::listed(&source.name, item, &node), &of, report);
            }
        });
        match done {
            Err(error) if error.code == "syntax" && source.found && !any && !speaks_of_objects(&source.content) => {
                self.strangers.push(source.name.clone());
                true
            }
            Err(mut error) => {
                let more = error.code != "too-large";
                if error.code == "syntax"
                    && error.position.is_some_and(|(line, _)| at_a_template(&source.content, line))
                {
                    error.expected = Some("plain manifests (render a chart first: `helm template`)");
                }
                self.report.problem(error.problem(&source.name));
                more
            }
            Ok(()) => {
                match first_stranger {
                    Some(node) if any => {
                        self.objects.object(index, &At::root(&source.name, &node), &Typed::default(), self.report);
                    }
                    _ if !any && source.found => self.strangers.push(source.name.clone()),
                    _ => {}
                }
                true
            }
        }
    }
}

/// Whether a text stops being YAML where a template of a chart stands. An error is often noticed on the line after its
/// cause.
fn at_a_template(content: &Content, line: u32) -> bool {
    let Ok(bytes) = open(content) else { return false };
    let near = bytes.split(b'\n').skip((line as usize).saturating_sub(2)).take(2);
    near.map_while(Result::ok).any(|line| {
        let line = String::from_utf8_lossy(&line);
        line.trim_start().starts_with("{{") || line.contains(": {{")
    })
}

/// Whether the document says that it is a Kubernetes object, however badly.
fn is_object(node: &Node) -> bool {
    matches!(node.value, Value::Map(_)) && (node.get("kind").is_some() || node.get("apiVersion").is_some())
}

/// Whether it is what `kubectl kustomize` reads, and not an object of a cluster.
fn is_kustomization(node: &Node) -> bool {
    let version = node.get("apiVersion").map(|node| &node.value);
    matches!(version, Some(Value::Scalar { text, .. }) if text.starts_with("kustomize.config.k8s.io/"))
}

/// Whether it is what Helm says of a release, with the manifests somewhere below.
fn is_release(node: &Node) -> bool {
    node.get("kind").is_none() && ["NAME", "NAMESPACE", "STATUS"].iter().all(|key| node.get(key).is_some())
}

fn kustomization(file: &str, node: &Node) -> InputProblem {
    let mut problem = At::root(file, node).problem("kustomization", "this is no object but a recipe for some");
    problem.got = None;
    problem.with_expected("what it makes: `kubectl kustomize DIRECTORY`")
}

/// Whether what is neither YAML nor JSON was meant to be an object: if in doubt, it was.
fn speaks_of_objects(content: &Content) -> bool {
    const MOST: u64 = 1 << 20;
    let mut beginning = Vec::new();
    let read = open(content).and_then(|bytes| bytes.take(MOST).read_to_end(&mut beginning));
    let text = match text::decode(&beginning) {
        Ok(text) => text,
        Err((before, _)) => before.into(),
    };
    read.is_err() || text.contains("apiVersion")
}
