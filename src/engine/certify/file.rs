//! The certificate as a file: flat, versioned JSON (`tenantry-certificate/v1` and `/v2`). The format is described in
//! `docs/certificate.md`. What the first version can say is written in it, so that it stays as it is.
//!
//! Reading is strict: unknown, missing and repeated keys, lists where an object is meant, numbers that are not integers
//! and anything out of the limits are errors. What is read is a well-formed [`Problem`], but the solution and the certificate beside it are only as good
//! as [`check`](super::check()) finds them.

mod runs;

use std::io::Write;

use serde::{Deserialize, Deserializer, Serialize};

use super::{
    CaseNode, CasePrices, Certificate, Claim, Component, Count, FluidClass, FluidUnion, Level, Node, Own, Prices,
    Savings,
};
use crate::problem::{
    BinType, BitMatrix, Charge, ItemType, Limit, Most, Pattern, Problem, ProblemError, Solution, Terms,
};
use crate::strict::{Object, word};
use runs::Runs;

/// What the key `schema` says where nothing of the second version is needed.
pub const SCHEMA: &str = "tenantry-certificate/v1";
/// What it says else.
pub const SCHEMA_2: &str = "tenantry-certificate/v2";
/// Longest file that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 30;
/// Most classes: their conflicts take 128 MiB then.
pub const MAX_CLASSES: usize = 1 << 15;
/// Most resources.
pub const MAX_DIMENSIONS: usize = 256;
/// Most item types times bin types.
pub const MAX_ELIGIBLE: usize = 1 << 30;

/// Why a certificate file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Not JSON, or not of this shape.
    #[error("not a certificate: {0}")]
    Json(#[from] serde_json::Error),
    /// Another version.
    #[error("schema is {0:?}, expected \"tenantry-certificate/v1\" or \"tenantry-certificate/v2\"")]
    Schema(String),
    /// A part is too large.
    #[error("{what}: {got}, at most {limit} are supported")]
    TooLarge {
        /// The part.
        what: &'static str,
        /// Its size.
        got: usize,
        /// The limit.
        limit: usize,
    },
    /// A value that the format does not allow.
    #[error("{place}: {why}")]
    Malformed {
        /// Where, in the notation `problem.items[3].eligible`.
        place: String,
        /// What is wrong.
        why: &'static str,
    },
    /// The problem does not fit together.
    #[error("problem: {0}")]
    Problem(#[from] ProblemError),
}

/// Everything that a certificate file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The problem.
    pub problem: Problem,
    /// The plan, if there is one.
    pub solution: Option<Solution>,
    /// The claims and their proofs.
    pub certificate: Certificate,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FileDoc {
    schema: String,
    problem: Object<ProblemDoc>,
    #[serde(deserialize_with = "present")]
    solution: Option<Vec<Object<PatternDoc>>>,
    claims: Vec<Object<ClaimDoc>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProblemDoc {
    dimensions: usize,
    bins: Vec<Object<BinDoc>>,
    items: Vec<Object<ItemDoc>>,
    conflicts: Vec<String>,
    /// Only in the second version, and always there.
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    terms: Option<Object<TermsDoc>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TermsDoc {
    limits: Vec<Object<LimitDoc>>,
    kept: Vec<u64>,
    charges: Vec<Object<ChargeDoc>>,
    units: Vec<Option<usize>>,
    most: Object<MostDoc>,
    /// Only where there are groups.
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    groups: Option<Object<GroupsDoc>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GroupsDoc {
    of: Vec<Option<usize>>,
    most: Vec<Option<u64>>,
    overheads: Vec<Vec<u64>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LimitDoc {
    bins: Vec<usize>,
    most: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChargeDoc {
    base: u64,
    except: Vec<(usize, u64)>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MostDoc {
    #[serde(deserialize_with = "present")]
    clusters: Option<u64>,
    #[serde(deserialize_with = "present")]
    cost: Option<u64>,
    #[serde(deserialize_with = "present")]
    moves: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BinDoc {
    capacity: Vec<u64>,
    cost: u64,
    #[serde(deserialize_with = "present")]
    max_count: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ItemDoc {
    size: Vec<u64>,
    demand: u64,
    class: usize,
    eligible: Runs,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PatternDoc {
    bin: usize,
    items: Vec<(usize, u64)>,
    count: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClaimDoc {
    #[serde(deserialize_with = "word")]
    level: LevelDoc,
    /// In the first version.
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    clusters: Option<Option<u64>>,
    bound: u64,
    /// In the second version.
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    value: Option<Option<u64>>,
    scale: u64,
    /// In the second version.
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    prices: Option<Object<PricesDoc>>,
    shared: Vec<u64>,
    /// In the first version.
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    offset: Option<i128>,
    /// In the second version.
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    limits: Option<Vec<u64>>,
    /// In the second version.
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    kept: Option<Vec<u64>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    own: Vec<Object<OwnDoc>>,
    components: Vec<Object<ComponentDoc>>,
    /// In the second version.
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    merged: Option<bool>,
    /// In the second version.
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    savings: Option<Object<SavingsDoc>>,
    /// In the second version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cases: Vec<Object<CaseDoc>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", deny_unknown_fields)]
enum CaseDoc {
    Prices {
        scale: u64,
        clusters: i64,
        cost: i64,
        moves: i64,
        shared: Vec<u64>,
        limits: Vec<u64>,
        kept: Vec<u64>,
        path: Vec<u64>,
        weights: Vec<u64>,
        capacity: u64,
    },
    Unplaceable {
        item: usize,
    },
    Branch {
        a: usize,
        b: usize,
        #[serde(deserialize_with = "present")]
        together: Option<usize>,
        apart: usize,
    },
    Count {
        bins: Vec<usize>,
        most: u64,
        few: usize,
        many: usize,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SavingsDoc {
    most: Vec<u64>,
    nodes: Vec<Object<CountDoc>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", deny_unknown_fields)]
enum CountDoc {
    Prices { scale: u64, clusters: u64, cost: u64, resources: Vec<u64>, limits: Vec<u64>, path: Vec<u64> },
    Branch { bins: Vec<usize>, most: u64, few: usize, many: usize },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PricesDoc {
    clusters: i128,
    cost: i128,
    moves: i128,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OwnDoc {
    scale: u64,
    offset: i128,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum LevelDoc {
    Clusters,
    Cost,
    Moves,
    Infeasible,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ComponentDoc {
    items: Vec<usize>,
    bound: u64,
    nodes: Vec<Object<NodeDoc>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", deny_unknown_fields)]
enum NodeDoc {
    Weights {
        weights: Vec<u64>,
        capacity: u64,
    },
    /// In the second version.
    Grouped {
        weights: Vec<u64>,
        openings: Vec<u64>,
        capacity: u64,
    },
    Resources {
        weights: Vec<u64>,
        capacity: u64,
        prices: Vec<u64>,
        divisor: u64,
    },
    /// In the second version.
    Cover {
        rows: Vec<Vec<u64>>,
    },
    Unplaceable {
        item: usize,
    },
    Branch {
        a: usize,
        b: usize,
        #[serde(deserialize_with = "present")]
        together: Option<usize>,
        apart: usize,
    },
    Exclude {
        weights: Vec<u64>,
        capacity: u64,
        below: usize,
    },
    /// In the second version.
    Fluid {
        classes: Vec<Object<FluidClassDoc>>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unions: Vec<Object<FluidUnionDoc>>,
        capacity: u64,
    },
    /// In the second version.
    Presence {
        items: Vec<usize>,
        most: u64,
        few: usize,
        many: usize,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FluidUnionDoc {
    classes: Vec<usize>,
    presence: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FluidClassDoc {
    items: Vec<usize>,
    prices: Vec<u64>,
    presence: i64,
}

/// A key that may be null but not missing.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(from)
}

/// A key that may be missing: where it is there it has a value.
fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Reads a certificate file.
///
/// # Errors
/// [`FileError`] for the first thing that is not as the format says.
pub fn read(bytes: &[u8]) -> Result<Document, FileError> {
    within("bytes", bytes.len(), MAX_BYTES)?;
    let Object(doc): Object<FileDoc> = serde_json::from_slice(bytes)?;
    if minus_zero(bytes) {
        return Err(FileError::Malformed { place: "the text".to_owned(), why: "-0 is not an integer" });
    }
    let second = doc.schema == SCHEMA_2;
    if !second && doc.schema != SCHEMA {
        return Err(FileError::Schema(doc.schema));
    }
    if doc.problem.0.terms.is_some() != second {
        let place = "problem.terms".to_owned();
        return Err(FileError::Malformed { place, why: "terms are in the second version, and only there" });
    }
    let problem = read_problem(doc.problem.0)?;
    let patterns = |Object(doc): Object<PatternDoc>| Pattern { bin: doc.bin, items: doc.items, count: doc.count };
    let solution = doc.solution.map(|list| Solution { patterns: list.into_iter().map(patterns).collect() });
    let claims = match second {
        true => doc.claims.into_iter().enumerate().map(|(index, claim)| read_claim(index, claim.0)).collect(),
        false => read_first_version(doc.claims),
    };
    let certificate = Certificate { claims: claims? };
    Ok(Document { problem, solution, certificate })
}

/// Whether a `-0` stands outside a string. Numbers of 128 bits would be read as 0, while others refuse it.
fn minus_zero(bytes: &[u8]) -> bool {
    let mut in_text = false;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if in_text => at += 1,
            b'"' => in_text = !in_text,
            b'-' if !in_text && bytes.get(at + 1) == Some(&b'0') => return true,
            _ => {}
        }
        at += 1;
    }
    false
}

/// Writes a certificate file, one line, a line feed at the end. The same input gives the same bytes.
///
/// # Errors
/// [`FileError::TooLarge`] where [`read`] would refuse the file, [`FileError::Json`] where `out` fails.
pub fn write(
    out: impl Write,
    problem: &Problem,
    solution: Option<&Solution>,
    certificate: &Certificate,
) -> Result<(), FileError> {
    let patterns =
        |pattern: &Pattern| Object(PatternDoc { bin: pattern.bin, items: pattern.items.clone(), count: pattern.count });
    let second = problem.terms() != &Terms::default() || !in_first_version(certificate);
    let held = certificate.claims.first().and_then(|claim| claim.value);
    let claim = |claim: &Claim| Object(write_claim(claim, second, held));
    let doc = FileDoc {
        schema: if second { SCHEMA_2 } else { SCHEMA }.to_owned(),
        problem: Object(write_problem(problem, second)?),
        solution: solution.map(|solution| solution.patterns.iter().map(patterns).collect()),
        claims: certificate.claims.iter().map(claim).collect(),
    };
    let mut out = Counted { out, bytes: 0 };
    serde_json::to_writer(&mut out, &doc)?;
    out.write_all(b"\n").map_err(serde_json::Error::io)?;
    within("bytes", out.bytes, MAX_BYTES)
}

struct Counted<W> {
    out: W,
    bytes: usize,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

fn within(what: &'static str, got: usize, limit: usize) -> Result<(), FileError> {
    if got > limit { Err(FileError::TooLarge { what, got, limit }) } else { Ok(()) }
}

fn limits(dimensions: usize, classes: usize, items: usize, bins: usize) -> Result<(), FileError> {
    within("dimensions", dimensions, MAX_DIMENSIONS)?;
    within("classes", classes, MAX_CLASSES)?;
    within("item types times bin types", items.saturating_mul(bins), MAX_ELIGIBLE)
}

fn read_problem(doc: ProblemDoc) -> Result<Problem, FileError> {
    limits(doc.dimensions, doc.conflicts.len(), doc.items.len(), doc.bins.len())?;
    let mut conflicts = BitMatrix::new(doc.conflicts.len());
    for (class, row) in doc.conflicts.iter().enumerate() {
        let place = || format!("problem.conflicts[{class}]");
        if row.is_empty() || (row.len() > 1 && row.starts_with('0')) {
            return Err(FileError::Malformed {
                place: place(),
                why: "a hexadecimal number without leading zeros is needed",
            });
        }
        for (position, digit) in row.bytes().rev().enumerate() {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return Err(FileError::Malformed { place: place(), why: "not a lower-case hexadecimal number" }),
            };
            for bit in (0..4).filter(|bit| value >> bit & 1 == 1) {
                let other = position * 4 + bit;
                if other > class {
                    return Err(FileError::Malformed { place: place(), why: "a bit above the row's own class" });
                }
                conflicts.insert(class, other);
            }
        }
    }
    let count = doc.bins.len();
    let bins = doc.bins.into_iter();
    let bins =
        bins.map(|Object(bin)| BinType { capacity: bin.capacity, cost: bin.cost, max_count: bin.max_count }).collect();
    let mut items = Vec::with_capacity(doc.items.len());
    for (index, Object(item)) in doc.items.into_iter().enumerate() {
        if !item.eligible.are_below(count) {
            let place = format!("problem.items[{index}].eligible");
            return Err(FileError::Malformed { place, why: "ascending indices of bin types are needed" });
        }
        let eligible = item.eligible.indices().collect();
        items.push(ItemType { size: item.size, demand: item.demand, class: item.class, eligible });
    }
    let problem = Problem::new(doc.dimensions, items, conflicts, bins)?;
    match doc.terms {
        Some(Object(terms)) => Ok(problem.with(read_terms(terms, count)?)?),
        None => Ok(problem),
    }
}

fn read_terms(doc: TermsDoc, bins: usize) -> Result<Terms, FileError> {
    let mut limits = Vec::with_capacity(doc.limits.len());
    within("limits times bin types", doc.limits.len().saturating_mul(bins), MAX_ELIGIBLE)?;
    for (index, Object(limit)) in doc.limits.into_iter().enumerate() {
        if limit.bins.windows(2).any(|pair| pair[0] >= pair[1]) || limit.bins.iter().any(|&bin| bin >= bins) {
            let place = format!("problem.terms.limits[{index}].bins");
            return Err(FileError::Malformed { place, why: "ascending indices of bin types are needed" });
        }
        limits.push(Limit { bins: limit.bins.into_iter().collect(), most: limit.most });
    }
    let charge = |Object(ChargeDoc { base, except })| Charge { base, except };
    let MostDoc { clusters, cost, moves } = doc.most.0;
    let charges = doc.charges.into_iter().map(charge).collect();
    let (groups, most_groups, overheads) =
        doc.groups.map(|Object(GroupsDoc { of, most, overheads })| (of, most, overheads)).unwrap_or_default();
    let most = Most { clusters, cost, moves };
    Ok(Terms { limits, kept: doc.kept, charges, units: doc.units, groups, most_groups, overheads, most })
}

fn write_terms(problem: &Problem) -> TermsDoc {
    let terms = problem.terms();
    let limit = |limit: &Limit| Object(LimitDoc { bins: limit.bins.ones().collect(), most: limit.most });
    let charge = |charge: &Charge| Object(ChargeDoc { base: charge.base, except: charge.except.clone() });
    let Most { clusters, cost, moves } = terms.most;
    TermsDoc {
        limits: terms.limits.iter().map(limit).collect(),
        kept: terms.kept.clone(),
        charges: terms.charges.iter().map(charge).collect(),
        units: terms.units.clone(),
        most: Object(MostDoc { clusters, cost, moves }),
        groups: problem.has_groups().then(|| {
            let (of, most) = (terms.groups.clone(), terms.most_groups.clone());
            Object(GroupsDoc { of, most, overheads: terms.overheads.clone() })
        }),
    }
}

fn write_problem(problem: &Problem, second: bool) -> Result<ProblemDoc, FileError> {
    let classes = problem.conflicts().len();
    limits(problem.dimensions(), classes, problem.items().len(), problem.bins().len())?;
    let conflicts = (0..classes)
        .map(|class| {
            let row = problem.conflicts().row(class);
            let digit = |position: usize| {
                (0..4)
                    .filter(|bit| position * 4 + bit <= class && row.contains(position * 4 + bit))
                    .map(|bit| 1 << bit)
                    .sum()
            };
            let digits: String =
                (0..=class / 4).rev().filter_map(|position| char::from_digit(digit(position), 16)).collect();
            let trimmed = digits.trim_start_matches('0');
            if trimmed.is_empty() { "0".to_owned() } else { trimmed.to_owned() }
        })
        .collect();
    let bins = problem.bins().iter();
    let bins =
        bins.map(|bin| Object(BinDoc { capacity: bin.capacity.clone(), cost: bin.cost, max_count: bin.max_count }));
    let items = problem.items().iter().map(|item| {
        let eligible = item.eligible.ones().collect();
        Object(ItemDoc { size: item.size.clone(), demand: item.demand, class: item.class, eligible })
    });
    let terms = second.then(|| Object(write_terms(problem)));
    Ok(ProblemDoc { dimensions: problem.dimensions(), bins: bins.collect(), items: items.collect(), conflicts, terms })
}

/// What the first version says: clusters, and then perhaps the cost with exactly as many; or infeasible.
fn read_first_version(docs: Vec<Object<ClaimDoc>>) -> Result<Vec<Claim>, FileError> {
    let malformed = |place: String, why: &'static str| Err(FileError::Malformed { place, why });
    let mut claims: Vec<Claim> = Vec::with_capacity(docs.len());
    for (index, Object(mut doc)) in docs.into_iter().enumerate() {
        let place = format!("claims[{index}]");
        let (Some(clusters), Some(offset)) = (doc.clusters.take(), doc.offset.take()) else {
            return malformed(place, "the keys clusters and offset are needed");
        };
        let second = doc.merged.is_some() || doc.savings.is_some() || !doc.cases.is_empty();
        if second || doc.value.is_some() || doc.prices.is_some() || doc.limits.is_some() || doc.kept.is_some() {
            return malformed(place, "a key of the second version");
        }
        match (index, &doc.level, clusters) {
            (0, LevelDoc::Clusters | LevelDoc::Infeasible, None) => {}
            (1, LevelDoc::Cost, Some(clusters))
                if claims[0].level == Level::Clusters && claims[0].bound == clusters =>
            {
                claims[0].value = Some(clusters);
            }
            _ => return malformed(place, "clusters; clusters, and cost with as many; or infeasible"),
        }
        if offset != 0 && index == 0 {
            return malformed(format!("{place}.offset"), "an offset is for the cost");
        }
        doc.value = Some(None);
        doc.prices = Some(Object(PricesDoc { clusters: offset, cost: 0, moves: 0 }));
        (doc.limits, doc.kept) = (Some(Vec::new()), Some(Vec::new()));
        claims.push(read_claim(index, doc)?);
        if claims.last().is_some_and(covers) {
            return malformed(place, "a kind of node of the second version");
        }
    }
    Ok(claims)
}

/// Whether it has a kind of node that the first version does not know.
fn covers(claim: &Claim) -> bool {
    claim.components.iter().flat_map(|component| &component.nodes).any(|node| {
        matches!(node, Node::Cover { .. } | Node::Grouped { .. } | Node::Fluid { .. } | Node::Presence { .. })
    })
}

/// Whether the first version can say it.
fn in_first_version(certificate: &Certificate) -> bool {
    let plain = |claim: &Claim| {
        let second = claim.merged || claim.savings.is_some() || !claim.cases.is_empty();
        claim.limits.is_empty() && claim.kept.is_empty() && !second
    };
    let first = |claim: &Claim| plain(claim) && claim.prices == Prices::default();
    if certificate.claims.iter().any(covers) {
        return false;
    }
    match &certificate.claims[..] {
        [] => true,
        [only] => first(only) && only.value.is_none() && matches!(only.level, Level::Clusters | Level::Infeasible),
        [counted, paid] => {
            first(counted)
                && (counted.level, paid.level) == (Level::Clusters, Level::Cost)
                && counted.value == Some(counted.bound)
                && plain(paid)
                && paid.value.is_none()
                && paid.prices == (Prices { clusters: paid.prices.clusters, ..Prices::default() })
        }
        _ => false,
    }
}

fn read_claim(index: usize, doc: ClaimDoc) -> Result<Claim, FileError> {
    let level = match doc.level {
        LevelDoc::Clusters => Level::Clusters,
        LevelDoc::Cost => Level::Cost,
        LevelDoc::Moves => Level::Moves,
        LevelDoc::Infeasible => Level::Infeasible,
    };
    let (Some(value), Some(Object(prices)), Some(limits), Some(kept), None, None) =
        (doc.value, doc.prices, doc.limits, doc.kept, doc.clusters, doc.offset)
    else {
        let place = format!("claims[{index}]");
        return Err(FileError::Malformed {
            place,
            why: "the keys value, prices, limits and kept are needed, and no others",
        });
    };
    let node = |Object(node)| match node {
        NodeDoc::Weights { weights, capacity } => Node::Weights { weights, capacity },
        NodeDoc::Grouped { weights, openings, capacity } => Node::Grouped { weights, openings, capacity },
        NodeDoc::Resources { weights, capacity, prices, divisor } => {
            Node::Resources { weights, capacity, prices, divisor }
        }
        NodeDoc::Cover { rows } => Node::Cover { rows },
        NodeDoc::Unplaceable { item } => Node::Unplaceable { item },
        NodeDoc::Branch { a, b, together, apart } => Node::Branch { a, b, together, apart },
        NodeDoc::Exclude { weights, capacity, below } => Node::Exclude { weights, capacity, below },
        NodeDoc::Fluid { classes, unions, capacity } => {
            let class = |Object(FluidClassDoc { items, prices, presence })| FluidClass { items, prices, presence };
            let union = |Object(FluidUnionDoc { classes, presence })| FluidUnion { classes, presence };
            let (classes, unions) = (classes.into_iter().map(class), unions.into_iter().map(union));
            Node::Fluid { classes: classes.collect(), unions: unions.collect(), capacity }
        }
        NodeDoc::Presence { items, most, few, many } => Node::Presence { items, most, few, many },
    };
    let count = |Object(node)| match node {
        CountDoc::Prices { scale, clusters, cost, resources, limits, path } => {
            Count::Prices { scale, clusters, cost, resources, limits, path }
        }
        CountDoc::Branch { bins, most, few, many } => Count::Branch { bins, most, few, many },
    };
    let savings =
        |Object(doc): Object<SavingsDoc>| Savings { most: doc.most, nodes: doc.nodes.into_iter().map(count).collect() };
    let case = |Object(node)| match node {
        CaseDoc::Prices { scale, clusters, cost, moves, shared, limits, kept, path, weights, capacity } => {
            CaseNode::Prices(CasePrices { scale, clusters, cost, moves, shared, limits, kept, path, weights, capacity })
        }
        CaseDoc::Unplaceable { item } => CaseNode::Unplaceable { item },
        CaseDoc::Branch { a, b, together, apart } => CaseNode::Branch { a, b, together, apart },
        CaseDoc::Count { bins, most, few, many } => CaseNode::Count { bins, most, few, many },
    };
    let component = |Object(doc): Object<ComponentDoc>| Component {
        items: doc.items,
        bound: doc.bound,
        nodes: doc.nodes.into_iter().map(node).collect(),
    };
    Ok(Claim {
        level,
        bound: doc.bound,
        value,
        scale: doc.scale,
        prices: Prices { clusters: prices.clusters, cost: prices.cost, moves: prices.moves },
        shared: doc.shared,
        limits,
        kept,
        own: doc.own.into_iter().map(|Object(OwnDoc { scale, offset })| Own { scale, offset }).collect(),
        components: doc.components.into_iter().map(component).collect(),
        merged: doc.merged.unwrap_or_default(),
        savings: doc.savings.map(savings),
        cases: doc.cases.into_iter().map(case).collect(),
    })
}

/// A claim in the second version, or in the first, where the first claim's value is `held`.
fn write_claim(claim: &Claim, second: bool, held: Option<u64>) -> ClaimDoc {
    let level = match claim.level {
        Level::Clusters => LevelDoc::Clusters,
        Level::Cost => LevelDoc::Cost,
        Level::Moves => LevelDoc::Moves,
        Level::Infeasible => LevelDoc::Infeasible,
    };
    let Prices { clusters, cost, moves } = claim.prices;
    let node = |node: &Node| match node.clone() {
        Node::Weights { weights, capacity } => NodeDoc::Weights { weights, capacity },
        Node::Grouped { weights, openings, capacity } => NodeDoc::Grouped { weights, openings, capacity },
        Node::Resources { weights, capacity, prices, divisor } => {
            NodeDoc::Resources { weights, capacity, prices, divisor }
        }
        Node::Cover { rows } => NodeDoc::Cover { rows },
        Node::Unplaceable { item } => NodeDoc::Unplaceable { item },
        Node::Branch { a, b, together, apart } => NodeDoc::Branch { a, b, together, apart },
        Node::Exclude { weights, capacity, below } => NodeDoc::Exclude { weights, capacity, below },
        Node::Fluid { classes, unions, capacity } => {
            let class = |FluidClass { items, prices, presence }| Object(FluidClassDoc { items, prices, presence });
            let union = |FluidUnion { classes, presence }| Object(FluidUnionDoc { classes, presence });
            let (classes, unions) = (classes.into_iter().map(class), unions.into_iter().map(union));
            NodeDoc::Fluid { classes: classes.collect(), unions: unions.collect(), capacity }
        }
        Node::Presence { items, most, few, many } => NodeDoc::Presence { items, most, few, many },
    };
    let count = |node: &Count| match node.clone() {
        Count::Prices { scale, clusters, cost, resources, limits, path } => {
            CountDoc::Prices { scale, clusters, cost, resources, limits, path }
        }
        Count::Branch { bins, most, few, many } => CountDoc::Branch { bins, most, few, many },
    };
    let savings = |savings: &Savings| SavingsDoc {
        most: savings.most.clone(),
        nodes: savings.nodes.iter().map(count).map(Object).collect(),
    };
    let case = |node: &CaseNode| match node.clone() {
        CaseNode::Prices(CasePrices {
            scale,
            clusters,
            cost,
            moves,
            shared,
            limits,
            kept,
            path,
            weights,
            capacity,
        }) => CaseDoc::Prices { scale, clusters, cost, moves, shared, limits, kept, path, weights, capacity },
        CaseNode::Unplaceable { item } => CaseDoc::Unplaceable { item },
        CaseNode::Branch { a, b, together, apart } => CaseDoc::Branch { a, b, together, apart },
        CaseNode::Count { bins, most, few, many } => CaseDoc::Count { bins, most, few, many },
    };
    let component = |component: &Component| ComponentDoc {
        items: component.items.clone(),
        bound: component.bound,
        nodes: component.nodes.iter().map(node).map(Object).collect(),
    };
    ClaimDoc {
        level,
        clusters: (!second).then(|| held.filter(|_| claim.level == Level::Cost)),
        bound: claim.bound,
        value: second.then_some(claim.value),
        scale: claim.scale,
        prices: second.then_some(Object(PricesDoc { clusters, cost, moves })),
        shared: claim.shared.clone(),
        offset: (!second).then_some(clusters),
        limits: second.then(|| claim.limits.clone()),
        kept: second.then(|| claim.kept.clone()),
        own: claim.own.iter().map(|&Own { scale, offset }| Object(OwnDoc { scale, offset })).collect(),
        components: claim.components.iter().map(component).map(Object).collect(),
        merged: claim.merged.then_some(true),
        savings: claim.savings.as_ref().map(savings).map(Object),
        cases: claim.cases.iter().map(case).map(Object).collect(),
    }
}
