//! The document's own keys, tenants, workloads, templates and defaults.

use std::mem::take;

use super::copies;
use super::policy::{selector, unread};
use super::{Decoder, Fields};
use crate::error::InputProblem;
use crate::fleet::document::{
    CostDocument, CostPartsDocument, DefaultsDocument, Document, ErrorWord, ExistingDocument, FLEET_SCHEMA,
    LimitsDocument, MaximumsDocument, MissingAmountsDocument, MissingRequestsDocument, OccupiedDocument,
    OverheadDocument, PoolDocument, RangeDocument, RegionDocument, ReplicasDocument, StayDocument, StayUntilDocument,
    TemplateDocument, TenantDocument, WorkloadDocument,
};
use crate::fleet::located::{Node, Value};
use crate::fleet::problems::{Path, quoted};
use crate::fleet::rows::LISTS;
use crate::fleet::todo;

/// Reads a row of one of the long lists ahead of the document.
pub(in crate::fleet) fn row(decoder: &mut Decoder, list: usize, node: &Node) {
    let root = Path::Root;
    let path = root.key(LISTS[list]);
    match LISTS[list] {
        "tenants" => {
            let path = path.index(decoder.tenants.len());
            todo::refuse(node, &path, &mut decoder.problems);
            let tenant = tenant(decoder, &path, node).unwrap_or_default();
            decoder.tenants.push(tenant);
        }
        _ => {
            let path = path.index(decoder.workloads.len());
            todo::refuse(node, &path, &mut decoder.problems);
            let workload = workload(decoder, &path, node).unwrap_or_default();
            decoder.workloads.push(workload);
        }
    }
}

/// Reads the document, but for the rows that were read ahead.
pub(in crate::fleet) fn document(decoder: &mut Decoder, node: &Node) -> Document {
    let root = Path::Root;
    let known = &[
        "schema",
        "name",
        "asOf",
        "policy",
        "tenants",
        "workloads",
        "regions",
        "clusterTemplates",
        "existingClusters",
        "defaults",
        "objective",
        "limits",
    ];
    let Some(fields) = decoder.fields(&root, node, known, &["schema"], &[]) else {
        return Document::default();
    };
    let (tenants, workloads) = (take(&mut decoder.tenants), take(&mut decoder.workloads));
    Document {
        schema: fields.string(decoder, &root, "schema").unwrap_or_default(),
        name: fields.string(decoder, &root, "name"),
        as_of: fields.string(decoder, &root, "asOf"),
        policy: fields.read(decoder, &root, "policy", super::policy::policy).flatten(),
        tenants: if tenants.is_empty() { fields.list(decoder, &root, "tenants", tenant) } else { tenants },
        workloads: if workloads.is_empty() { fields.list(decoder, &root, "workloads", workload) } else { workloads },
        regions: fields.read(decoder, &root, "regions", regions).unwrap_or_default(),
        cluster_templates: fields.list(decoder, &root, "clusterTemplates", template),
        existing_clusters: fields.list(decoder, &root, "existingClusters", existing),
        defaults: fields.read(decoder, &root, "defaults", defaults).flatten(),
        objective: fields.read(decoder, &root, "objective", Decoder::strings),
        limits: fields.read(decoder, &root, "limits", limits).flatten(),
    }
}

/// The regions: a list of none would permit nothing, or say nothing.
fn regions(decoder: &mut Decoder, path: &Path, node: &Node) -> Vec<RegionDocument> {
    let found = decoder.list(path, node, region);
    if matches!(&node.value, Value::List(list) if list.is_empty()) {
        let problem = InputProblem::new("empty-list", "", "a fleet of no regions has nowhere to stand");
        decoder.problems.add(path, problem.with_expected("`regions`: a list of regions, or the key left out"));
    }
    found
}

/// Reads a document of further tenants and workloads.
pub(in crate::fleet) fn further(decoder: &mut Decoder, node: &Node) -> (Vec<TenantDocument>, Vec<WorkloadDocument>) {
    let root = Path::Root;
    let Some(fields) = decoder.fields(&root, node, &["schema", "tenants", "workloads"], &["workloads"], &[]) else {
        return (Vec::new(), Vec::new());
    };
    if let Some(schema) = fields.string::<String>(decoder, &root, "schema").filter(|schema| schema != FLEET_SCHEMA) {
        let problem = InputProblem::new("unsupported-schema", "", "this version of the document is not known")
            .with_got(quoted(&schema))
            .with_expected(FLEET_SCHEMA);
        decoder.problems.add(&root.key("schema"), problem);
    }
    (fields.list(decoder, &root, "tenants", tenant), fields.list(decoder, &root, "workloads", workload))
}

// A part that is no map still takes its place in the list, so that the paths of the ones behind it stay right.

fn tenant(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<TenantDocument> {
    let known = &[
        "name",
        "trust",
        "sharing",
        "accepts",
        "regions",
        "jurisdictions",
        "needs",
        "attributes",
        "distrusts",
        "platform",
        "splitNamespaces",
        "pin",
        "stay",
        "overhead",
        "labels",
        "mitigations",
    ];
    let Some(fields) = decoder.fields(path, node, known, &["name"], &[]) else {
        return Some(TenantDocument::default());
    };
    Some(TenantDocument {
        name: fields.name(decoder, path),
        trust: fields.string(decoder, path, "trust"),
        sharing: fields.string(decoder, path, "sharing"),
        accepts: fields.string(decoder, path, "accepts"),
        regions: fields.words(decoder, path, "regions"),
        jurisdictions: fields.words(decoder, path, "jurisdictions"),
        needs: fields.words(decoder, path, "needs"),
        attributes: fields.string_map(decoder, path, "attributes"),
        distrusts: fields.strings(decoder, path, "distrusts"),
        platform: fields.boolean(decoder, path, "platform"),
        split_namespaces: fields.boolean(decoder, path, "splitNamespaces"),
        pin: fields.words(decoder, path, "pin"),
        stay: fields.read(decoder, path, "stay", stay).flatten().map(Box::new),
        overhead: fields.read(decoder, path, "overhead", overhead).flatten(),
        labels: fields.string_map(decoder, path, "labels"),
        mitigations: fields.strings(decoder, path, "mitigations"),
    })
}

fn overhead(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<OverheadDocument> {
    let fields = decoder.fields(path, node, &["cpu", "memory", "pods"], &[], &[])?;
    Some(OverheadDocument {
        cpu: fields.read(decoder, path, "cpu", Decoder::amount).flatten(),
        memory: fields.read(decoder, path, "memory", Decoder::amount).flatten(),
        pods: fields.whole(decoder, path, "pods"),
    })
}

fn workload(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<WorkloadDocument> {
    let known = &[
        "name",
        "tenant",
        "namespace",
        "trust",
        "sharing",
        "accepts",
        "regions",
        "jurisdictions",
        "needs",
        "attributes",
        "replicas",
        "copies",
        "split",
        "requests",
        "fixedRequests",
        "perCluster",
        "perNode",
        "pool",
        "runsIn",
        "pin",
        "stay",
        "stateful",
        "moveCost",
        "downtime",
        "labels",
        "mitigations",
    ];
    let Some(fields) = decoder.fields(path, node, known, &["name", "tenant"], &["spread"]) else {
        return Some(WorkloadDocument::default());
    };
    Some(WorkloadDocument {
        name: fields.name(decoder, path),
        tenant: fields.string(decoder, path, "tenant").unwrap_or_default(),
        namespace: fields.string(decoder, path, "namespace"),
        trust: fields.string(decoder, path, "trust"),
        sharing: fields.string(decoder, path, "sharing"),
        accepts: fields.string(decoder, path, "accepts"),
        regions: fields.words(decoder, path, "regions"),
        jurisdictions: fields.words(decoder, path, "jurisdictions"),
        needs: fields.words(decoder, path, "needs"),
        attributes: fields.string_map(decoder, path, "attributes"),
        replicas: fields.read(decoder, path, "replicas", replicas).flatten(),
        copies: fields.read(decoder, path, "copies", copies::copies).flatten().map(Box::new),
        split: fields.read(decoder, path, "split", copies::split).flatten(),
        requests: fields.amounts(decoder, path, "requests"),
        fixed_requests: fields.amounts(decoder, path, "fixedRequests"),
        per_cluster: fields.boolean(decoder, path, "perCluster"),
        per_node: fields.boolean(decoder, path, "perNode"),
        pool: fields.string(decoder, path, "pool"),
        runs_in: fields.read(decoder, path, "runsIn", copies::runs_in).flatten().map(Box::new),
        pin: fields.words(decoder, path, "pin"),
        stay: fields.read(decoder, path, "stay", stay).flatten().map(Box::new),
        stateful: fields.boolean(decoder, path, "stateful"),
        move_cost: fields.whole(decoder, path, "moveCost"),
        downtime: fields.string(decoder, path, "downtime"),
        labels: fields.string_map(decoder, path, "labels"),
        mitigations: fields.strings(decoder, path, "mitigations"),
    })
}

fn replicas(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<ReplicasDocument> {
    match &node.value {
        Value::Map(_) => {
            let fields = decoder.fields(path, node, &["min", "max"], &["min", "max"], &[])?;
            let min = fields.whole(decoder, path, "min");
            let max = fields.whole(decoder, path, "max");
            Some(ReplicasDocument::Range(RangeDocument { min: min?, max: max? }))
        }
        Value::Number(_) => decoder.whole(path, node).map(ReplicasDocument::Exactly),
        _ => {
            decoder.wrong(path, node, "a whole number or {min, max}");
            None
        }
    }
}

fn template(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<TemplateDocument> {
    let known = &[
        "name",
        "regions",
        "jurisdictions",
        "admits",
        "provides",
        "allocatable",
        "nodePools",
        "nodePacking",
        "headroom",
        "maxCount",
        "maximums",
        "cost",
        "labels",
    ];
    let later = &["overhead"];
    let Some(fields) = decoder.fields(path, node, known, &["name"], later) else {
        return Some(TemplateDocument::default());
    };
    Some(TemplateDocument {
        name: fields.string(decoder, path, "name").unwrap_or_default(),
        allocatable: fields.read(decoder, path, "allocatable", Decoder::amounts),
        regions: fields.words(decoder, path, "regions"),
        jurisdictions: fields.words(decoder, path, "jurisdictions"),
        admits: fields
            .read(decoder, path, "admits", |decoder, path, node| selector(decoder, path, node).unwrap_or_else(unread)),
        provides: fields.words(decoder, path, "provides"),
        node_pools: fields.read(decoder, path, "nodePools", |decoder, path, node| decoder.list(path, node, pool)),
        node_packing: fields.string(decoder, path, "nodePacking"),
        headroom: fields.read(decoder, path, "headroom", Decoder::amount).flatten(),
        max_count: fields.whole(decoder, path, "maxCount"),
        maximums: fields.read(decoder, path, "maximums", maximums).flatten(),
        cost: fields.read(decoder, path, "cost", cost).flatten(),
        labels: fields.string_map(decoder, path, "labels"),
    })
}

fn region(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<RegionDocument> {
    let known = &["name", "jurisdictions", "maxClusters", "costFactor"];
    let Some(fields) = decoder.fields(path, node, known, &["name"], &[]) else {
        return Some(RegionDocument::default());
    };
    Some(RegionDocument {
        name: fields.string(decoder, path, "name").unwrap_or_default(),
        jurisdictions: fields.words(decoder, path, "jurisdictions"),
        max_clusters: fields.whole(decoder, path, "maxClusters"),
        cost_factor: fields.read(decoder, path, "costFactor", Decoder::amount).flatten(),
    })
}

fn existing(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<ExistingDocument> {
    let known = &[
        "name",
        "template",
        "region",
        "admits",
        "provides",
        "mode",
        "keep",
        "occupied",
        "allocatable",
        "nodePools",
        "nodePacking",
        "headroom",
        "maximums",
        "cost",
        "labels",
    ];
    let Some(fields) = decoder.fields(path, node, known, &["name"], &[]) else {
        return Some(ExistingDocument::default());
    };
    Some(ExistingDocument {
        name: fields.string(decoder, path, "name").unwrap_or_default(),
        template: fields.string(decoder, path, "template"),
        region: fields.string(decoder, path, "region"),
        admits: fields
            .read(decoder, path, "admits", |decoder, path, node| selector(decoder, path, node).unwrap_or_else(unread)),
        provides: fields.words(decoder, path, "provides"),
        mode: fields.string(decoder, path, "mode"),
        keep: fields.boolean(decoder, path, "keep"),
        occupied: fields.read(decoder, path, "occupied", occupied).flatten(),
        allocatable: fields.read(decoder, path, "allocatable", Decoder::amounts),
        node_pools: fields.read(decoder, path, "nodePools", |decoder, path, node| decoder.list(path, node, pool)),
        node_packing: fields.string(decoder, path, "nodePacking"),
        headroom: fields.read(decoder, path, "headroom", Decoder::amount).flatten(),
        maximums: fields.read(decoder, path, "maximums", maximums).flatten(),
        cost: fields.read(decoder, path, "cost", cost).flatten(),
        labels: fields.string_map(decoder, path, "labels"),
    })
}

fn occupied(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<OccupiedDocument> {
    let fields = decoder.fields(path, node, &["cpu", "memory", "pods", "namespaces"], &[], &[])?;
    Some(OccupiedDocument {
        cpu: fields.read(decoder, path, "cpu", Decoder::amount).flatten(),
        memory: fields.read(decoder, path, "memory", Decoder::amount).flatten(),
        pods: fields.whole(decoder, path, "pods"),
        namespaces: fields.whole(decoder, path, "namespaces"),
    })
}

fn stay(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<StayDocument> {
    match &node.value {
        Value::Map(_) => {
            let fields = decoder.fields(path, node, &["for", "until"], &["for", "until"], &[])?;
            let for_ = fields.string(decoder, path, "for").unwrap_or_default();
            let until = fields.string(decoder, path, "until").unwrap_or_default();
            Some(StayDocument::Until(StayUntilDocument { for_, until }))
        }
        Value::Text(_) => decoder.string(path, node).map(StayDocument::Word),
        _ => {
            decoder.wrong(path, node, "cluster, region, none, or {for: ..., until: DATE}");
            None
        }
    }
}

fn pool(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<PoolDocument> {
    let known = &["name", "allocatable", "max", "min", "dedicated"];
    let later = &["taints", "labels", "regions"];
    let Some(fields) = decoder.fields(path, node, known, &["name", "allocatable", "max"], later) else {
        return Some(PoolDocument::default());
    };
    Some(PoolDocument {
        name: fields.string(decoder, path, "name").unwrap_or_default(),
        allocatable: fields.amounts(decoder, path, "allocatable"),
        max: fields.whole(decoder, path, "max").unwrap_or(1),
        min: fields.whole(decoder, path, "min"),
        dedicated: fields.boolean(decoder, path, "dedicated"),
    })
}

fn maximums(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<MaximumsDocument> {
    let fields = decoder.fields(path, node, &["preset", "nodes", "pods", "namespaces", "tenants"], &[], &[])?;
    Some(MaximumsDocument {
        preset: fields.string(decoder, path, "preset"),
        nodes: fields.whole(decoder, path, "nodes"),
        pods: fields.whole(decoder, path, "pods"),
        namespaces: fields.whole(decoder, path, "namespaces"),
        tenants: fields.whole(decoder, path, "tenants"),
    })
}

fn cost(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<CostDocument> {
    if !matches!(node.value, Value::Map(_)) {
        return decoder.amount(path, node).map(CostDocument::Flat);
    }
    let fields: Fields = decoder.fields(path, node, &["cluster", "perNode"], &[], &[])?;
    let cluster = fields.read(decoder, path, "cluster", Decoder::amount).flatten();
    let per_node = fields.read(decoder, path, "perNode", Decoder::amount).flatten();
    Some(CostDocument::Parts(CostPartsDocument { cluster, per_node }))
}

fn defaults(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<DefaultsDocument> {
    let fields = decoder.fields(path, node, &["missingRequests", "regions", "runsIn"], &[], &[])?;
    let missing_requests = fields.read(decoder, path, "missingRequests", missing_requests).flatten();
    let runs_in = fields.read(decoder, path, "runsIn", Decoder::strings);
    Some(DefaultsDocument { regions: fields.string(decoder, path, "regions"), missing_requests, runs_in })
}

fn limits(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<LimitsDocument> {
    let fields = decoder.fields(path, node, &["clusters", "cost", "moves"], &[], &[])?;
    Some(LimitsDocument {
        clusters: fields.whole(decoder, path, "clusters"),
        cost: fields.read(decoder, path, "cost", Decoder::amount).flatten(),
        moves: fields.whole(decoder, path, "moves"),
    })
}

fn missing_requests(decoder: &mut Decoder, path: &Path, node: &Node) -> Option<MissingRequestsDocument> {
    match &node.value {
        Value::Map(_) => {
            let fields = decoder.fields(path, node, &["cpu", "memory"], &[], &[])?;
            let cpu = fields.read(decoder, path, "cpu", Decoder::amount).flatten();
            let memory = fields.read(decoder, path, "memory", Decoder::amount).flatten();
            Some(MissingRequestsDocument::Amounts(MissingAmountsDocument { cpu, memory }))
        }
        Value::Text(text) if text == "error" => Some(MissingRequestsDocument::Error(ErrorWord::Error)),
        Value::Text(text) => {
            let problem = InputProblem::new("bad-value", "", "this says nothing about missing requests")
                .with_got(quoted(text))
                .with_expected("error, or {cpu, memory}");
            decoder.problems.unreadable(path, node.at, problem);
            None
        }
        _ => {
            decoder.wrong(path, node, "error, or {cpu, memory}");
            None
        }
    }
}
