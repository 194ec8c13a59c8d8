//! The keys of copies and splits.

use std::collections::BTreeMap;

use super::Decoder;
use crate::fleet::document::{
    CopiesDocument, CopiesPartsDocument, PerRegionDocument, RunsInDocument, SplitClustersDocument, SplitDocument,
    SpreadDocument, SurviveDocument, SurviveRegionsDocument,
};
use crate::fleet::located::{Node, Value};
use crate::fleet::problems::Path;

pub(super) fn copies(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<CopiesDocument> {
    match &node.value {
        Value::Number(_) => decoder.whole(path, node).map(CopiesDocument::Exactly),
        Value::Map(_) => {
            let fields = decoder.fields(path, node, &["count", "each", "spread", "survive"], &[], &[])?;
            Some(CopiesDocument::Parts(CopiesPartsDocument {
                count: fields.whole(decoder, path, "count"),
                each: fields.string(decoder, path, "each"),
                spread: fields.read(decoder, path, "spread", spread).flatten(),
                survive: fields.read(decoder, path, "survive", survive).flatten(),
            }))
        }
        _ => {
            decoder.wrong(path, node, "a whole number, {count, spread, survive} or {each: region}");
            None
        }
    }
}

fn spread(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<SpreadDocument> {
    match &node.value {
        Value::Text(_) => decoder.string(path, node).map(SpreadDocument::Word),
        Value::Map(_) => {
            let fields = decoder.fields(path, node, &["perRegion"], &["perRegion"], &[])?;
            let per_region = fields.whole(decoder, path, "perRegion")?;
            Some(SpreadDocument::PerRegion(PerRegionDocument { per_region }))
        }
        _ => {
            decoder.wrong(path, node, "cluster, region or {perRegion: a whole number}");
            None
        }
    }
}

fn survive(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<SurviveDocument> {
    match &node.value {
        Value::Number(_) => decoder.whole(path, node).map(SurviveDocument::Copies),
        Value::Map(_) => {
            let fields = decoder.fields(path, node, &["regions"], &["regions"], &[])?;
            let regions = fields.whole(decoder, path, "regions")?;
            Some(SurviveDocument::Regions(SurviveRegionsDocument { regions }))
        }
        _ => {
            decoder.wrong(path, node, "a whole number of copies, or {regions: a whole number}");
            None
        }
    }
}

pub(super) fn split(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<SplitDocument> {
    match &node.value {
        Value::Map(_) => {
            let fields = decoder.fields(path, node, &["clusters"], &["clusters"], &[])?;
            let clusters = fields.whole(decoder, path, "clusters")?;
            Some(SplitDocument::Clusters(SplitClustersDocument { clusters }))
        }
        Value::Odd(text) if matches!(text.as_ref(), "true" | "false") => {
            decoder.boolean(path, node).map(SplitDocument::Anywhere)
        }
        _ => {
            decoder.wrong(path, node, "true, or {clusters: a whole number}");
            None
        }
    }
}

/// The name of an existing cluster, a list of them, or replicas in each.
pub(super) fn runs_in(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<RunsInDocument> {
    match &node.value {
        Value::Map(_) => {
            let replicas: BTreeMap<String, u64> = decoder.map(path, node, Decoder::whole)?;
            Some(RunsInDocument::Replicas(replicas))
        }
        _ => super::policy::one_or_many(decoder, path, node).map(RunsInDocument::Clusters),
    }
}
