//! Text or document -> fleet: the one way in, whatever the source.

use std::borrow::Cow;

use super::decode::{self, Decoder};
use super::document::Document;
use super::limits::Limits;
use super::lines::Lines;
use super::located::{Node, Source};
use super::problems::{Path, Problems};
use super::rows::Outlet;
use super::{Fleet, json, resolve, text, todo, yaml};
use crate::error::{FleetError, InputProblem};

impl Fleet {
    /// Reads a fleet document in YAML (which JSON is too, but for a few escapes: see [`Fleet::from_json`]).
    ///
    /// Linear in the text but for sorting.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the document, each with its place.
    ///
    /// ```
    /// let fleet = tenantry::Fleet::from_yaml("
    /// schema: tenantry/v1
    /// tenants: [{name: shop, trust: trusted}]
    /// workloads: [{name: frontend, tenant: shop, requests: {cpu: 100m, memory: 64Mi}}]
    /// clusterTemplates: [{name: standard, allocatable: {cpu: 4, memory: 16Gi}}]
    /// ")?;
    /// assert_eq!(fleet.identity(0), "shop/frontend");
    /// # Ok::<(), tenantry::FleetError>(())
    /// ```
    pub fn from_yaml(text: &str) -> Result<Self, FleetError> {
        Self::from_yaml_with(text, &Limits::default())
    }

    /// [`Fleet::from_yaml`] within limits of the caller's.
    ///
    /// # Errors
    ///
    /// As [`Fleet::from_yaml`].
    pub fn from_yaml_with(text: &str, limits: &Limits) -> Result<Self, FleetError> {
        read(text, limits, Source::Yaml, yaml::read_rows)
    }

    /// Reads a fleet document in YAML from bytes: UTF-8, or UTF-16 with a byte order mark.
    ///
    /// # Errors
    ///
    /// As [`Fleet::from_yaml`], and for bytes that are no text.
    pub fn from_yaml_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, FleetError> {
        Self::from_yaml_with(&decoded(bytes, limits)?, limits)
    }

    /// Reads a fleet document in JSON, exactly by RFC 8259.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the document, each with its place.
    pub fn from_json(text: &str) -> Result<Self, FleetError> {
        Self::from_json_with(text, &Limits::default())
    }

    /// [`Fleet::from_json`] within limits of the caller's.
    ///
    /// # Errors
    ///
    /// As [`Fleet::from_json`].
    pub fn from_json_with(text: &str, limits: &Limits) -> Result<Self, FleetError> {
        read(text, limits, Source::Json, json::read_rows)
    }

    /// Reads a fleet document in JSON from bytes: UTF-8, or UTF-16 with a byte order mark.
    ///
    /// # Errors
    ///
    /// As [`Fleet::from_json`], and for bytes that are no text.
    pub fn from_json_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, FleetError> {
        Self::from_json_with(&decoded(bytes, limits)?, limits)
    }

    /// Resolves and checks a document made in Rust.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the document, each with its path (and no position).
    pub fn from_document(document: Document) -> Result<Self, FleetError> {
        let mut problems = Problems::new(Limits::default().problems);
        todo::refuse_in(&document, &mut problems);
        match resolve::resolve(document, &mut problems) {
            Some(fleet) => Ok(fleet),
            None => Err(problems.into_error(None)),
        }
    }
}

/// Finds the places of problems that came up after a document was read (together against a reason, say), whose paths are
/// known and positions not, in the document's text. What cannot be found stays without a position.
#[must_use]
pub fn locate(mut error: FleetError, text: &str, json: bool) -> FleetError {
    if error.problems.iter().all(|problem| problem.position.is_some() || problem.path.is_empty()) {
        return error;
    }
    let lines = Lines::new(text, json);
    for problem in error.problems.iter_mut().filter(|it| it.position.is_none()) {
        problem.position = lines.position(&problem.path);
    }
    error
}

fn read<'a>(
    text: &'a str,
    limits: &Limits,
    source: Source,
    parse: impl Fn(&'a str, &Limits, Outlet<'_>) -> Result<Node<'a>, Box<InputProblem>>,
) -> Result<Fleet, FleetError> {
    if text.len() > limits.bytes {
        return Err(too_long(text.len(), limits));
    }
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if let Some(at) = text.find('\0') {
        return Err(alone(at_byte(
            text.as_bytes(),
            at,
            InputProblem::new("bad-character", "", "a NUL character stands in the text"),
        )));
    }
    let mut decoder = Decoder::new(Problems::new(limits.problems), source);
    let mut take = |list: usize, node: &Node| decode::row(&mut decoder, list, node);
    let root = parse(text, limits, Outlet::to(&mut take)).map_err(|problem| alone(*problem))?;
    // Where problems stand is looked up in the whole tree, made once more when there are any.
    resolved(decoder, root).map_err(|problems| problems.into_error(parse(text, limits, Outlet::none()).ok().as_ref()))
}

/// What is left of a located tree whose rows the decoder has taken -> fleet.
pub(super) fn resolved(mut decoder: Decoder, root: Node) -> Result<Fleet, Problems> {
    todo::refuse(&root, &Path::Root, &mut decoder.problems);
    let document = decode::document(&mut decoder, &root);
    let mut problems = decoder.into_problems();
    drop(root);
    // a plan of it will say its digest: that is part of reading, and not of what is kept back for writing
    resolve::resolve(document, &mut problems).inspect(|fleet| _ = fleet.digest()).ok_or(problems)
}

fn decoded<'b>(bytes: &'b [u8], limits: &Limits) -> Result<Cow<'b, str>, FleetError> {
    if bytes.len() > limits.bytes {
        return Err(too_long(bytes.len(), limits));
    }
    text::decode(bytes).map_err(|(before, what)| {
        let problem = InputProblem::new("bad-character", "", format!("the text is not {what} from here on"));
        alone(at_byte(before.as_bytes(), before.len(), problem))
    })
}

fn too_long(bytes: usize, limits: &Limits) -> FleetError {
    let problem = InputProblem::new("too-long", "", "the document is too long");
    alone(problem.with_got(format!("{bytes} bytes")).with_expected(format!("at most {} bytes", limits.bytes)))
}

/// A problem at a byte of the text; bytes before it are UTF-8.
fn at_byte(bytes: &[u8], at: usize, mut problem: InputProblem) -> InputProblem {
    let before = &bytes[..at];
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1);
    let column = before[start..].iter().filter(|&&b| b & 0xC0 != 0x80).count() + 1;
    problem.position = Some((line, column));
    problem
}

fn alone(problem: InputProblem) -> FleetError {
    FleetError { problems: vec![problem], omitted: 0 }
}
