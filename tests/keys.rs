//! The keys of fleet documents stand in one place, the types under `fleet/document/`, of which the JSON Schema is made. What
//! repeats them is held against it here: the reader, the writers, the builder, the paths of problems, and
//! `tests/keys.json`, fleets with every key, which the second checker and the Python builder read as well
//! (`tests/python/test_keys.py`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tenantry::fleet::document::{
    CopiesDocument, CostDocument, CostPartsDocument, ExistingDocument, LimitsDocument, MaximumsDocument,
    OccupiedDocument, OneOrMany, OverheadDocument, PoolDocument, RegionDocument, RunsInDocument, SelectorDocument,
    StayDocument, TemplateDocument, TenantDocument, WaiverDocument, WorkloadDocument,
};
use tenantry::{Fleet, FleetError};

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn samples() -> Vec<Value> {
    serde_json::from_str(&text("tests/keys.json")).unwrap()
}

/// The schemas that a schema stands for: behind references, and each of several.
fn alternatives<'a>(schema: &'a Value, root: &'a Value) -> Vec<&'a Value> {
    if let Some(reference) = schema["$ref"].as_str() {
        return alternatives(root.pointer(reference.trim_start_matches('#')).unwrap(), root);
    }
    match schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
        Some(several) => several.iter().flat_map(|one| alternatives(one, root)).collect(),
        None => vec![schema],
    }
}

fn keys(schema: &Value) -> BTreeSet<String> {
    schema["properties"].as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
}

fn required(schema: &Value) -> BTreeSet<String> {
    schema["required"].as_array().into_iter().flatten().map(|key| key.as_str().unwrap().to_owned()).collect()
}

/// Every object of known keys: its JSON pointer, and its schema.
fn objects<'a>(value: &Value, schema: &'a Value, root: &'a Value, at: String, out: &mut Vec<(String, &'a Value)>) {
    let ways = alternatives(schema, root);
    match value {
        Value::Object(map) => {
            let fits = |way: &&&Value| way["properties"].is_object() && map.keys().all(|key| keys(way).contains(key));
            if let Some(way) = ways.iter().find(fits) {
                out.push((at.clone(), way));
                map.iter().for_each(|(key, value)| {
                    objects(value, &way["properties"][key], root, format!("{at}/{key}"), out);
                });
            } else {
                let way = ways.iter().find(|way| way["additionalProperties"].is_object());
                let way = way.unwrap_or_else(|| panic!("{at}: no schema takes {value}"));
                map.iter().for_each(|(key, value)| {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    objects(value, &way["additionalProperties"], root, format!("{at}/{key}"), out);
                });
            }
        }
        Value::Array(list) => {
            let way = ways.iter().find(|way| way["items"].is_object()).unwrap_or_else(|| panic!("{at}: {value}"));
            list.iter().enumerate().for_each(|(index, value)| {
                objects(value, &way["items"], root, format!("{at}/{index}"), out);
            });
        }
        _ => {}
    }
}

fn problems(document: &Value) -> FleetError {
    Fleet::from_json(&document.to_string()).expect_err("a refusal")
}

/// `/tenants/0` as problems name it: `tenants[0]`.
fn path(pointer: &str) -> String {
    let mut path = String::new();
    for step in pointer.split('/').skip(1) {
        match step.parse::<usize>() {
            Ok(index) => path.push_str(&format!("[{index}]")),
            Err(_) if path.is_empty() => path.push_str(step),
            Err(_) => path.push_str(&format!(".{step}")),
        }
    }
    path
}

#[test]
fn the_samples_have_every_key_and_are_written_as_they_are_read() {
    let schema: Value = serde_json::from_str(&tenantry::fleet::schema()).unwrap();
    let (mut there, mut all) = (BTreeMap::new(), BTreeMap::new());
    for sample in samples() {
        let mut found = Vec::new();
        objects(&sample, &schema, &schema, String::new(), &mut found);
        for (at, way) in found {
            let title = way["description"].as_str().unwrap_or_default();
            let here = sample.pointer(&at).unwrap().as_object().unwrap().keys().cloned();
            there.entry(title).or_insert_with(BTreeSet::new).extend(here);
            all.insert(title, keys(way));
        }
        let fleet = Fleet::from_json(&sample.to_string()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(serde_json::from_str::<Value>(&fleet.to_json()).unwrap(), sample);
        let again = Fleet::from_yaml(&fleet.to_yaml()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(again.document(), fleet.document());
    }
    assert_eq!(there, all);
    // the schema has no object that the samples do not have
    let kinds = schema["$defs"].as_object().unwrap().values().filter(|way| way["properties"].is_object()).count();
    assert_eq!(all.len(), kinds + 1, "{:?}", all.keys());
}

#[test]
fn the_reader_knows_the_keys_of_the_schema_and_no_other() {
    let schema: Value = serde_json::from_str(&tenantry::fleet::schema()).unwrap();
    let mut looked_at = 0;
    for sample in samples() {
        let mut found = Vec::new();
        objects(&sample, &schema, &schema, String::new(), &mut found);
        // `all` is a key like any other attribute's, but that it stands alone
        for (at, way) in found.into_iter().filter(|(_, way)| keys(way) != BTreeSet::from(["all".to_owned()])) {
            let mut document = sample.clone();
            document.pointer_mut(&at).unwrap()["zzzzzzzz"] = json!(1);
            let error = problems(&document);
            let unknown = error.problems.iter().find(|it| it.code == "unknown-key").unwrap_or_else(|| panic!("{at}"));
            let known = unknown.expected.as_deref().unwrap().trim_start_matches("one of ").split(", ");
            assert_eq!(known.map(str::to_owned).collect::<BTreeSet<_>>(), keys(way), "{at}");
            let mut document = sample.clone();
            *document.pointer_mut(&at).unwrap() = json!({});
            let missing: BTreeSet<String> = match Fleet::from_json(&document.to_string()) {
                Ok(_) => BTreeSet::new(),
                Err(error) => error
                    .problems
                    .iter()
                    .filter(|it| it.code == "missing-key")
                    .map(|it| it.path.trim_start_matches(&path(&at)).trim_start_matches('.').to_owned())
                    .filter(|key| !key.is_empty()) // one of two keys, neither of which is required
                    .collect(),
            };
            assert_eq!(missing, required(way), "{at}");
            looked_at += 1;
        }
    }
    assert!(looked_at > 30, "{looked_at}");
}

#[test]
fn what_the_schema_takes_is_no_null() {
    assert!(!tenantry::fleet::schema().contains("null"), "no key of a fleet takes null");
}

/// Every literal in `.key("...")` under `src/fleet/`, but for the import, is a key of the schema or a resource.
#[test]
fn problems_name_keys_that_there_are() {
    fn walk(folder: &Path, out: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("import") {
                    walk(&path, out);
                }
                continue;
            }
            let source = fs::read_to_string(&path).unwrap();
            let source = source.split("#[cfg(test)]").next().unwrap_or_default();
            for road in [".key(\"", "string(decoder, path, \"", "read(decoder, path, \"", "list(decoder, path, \""] {
                for (start, _) in source.match_indices(road) {
                    let rest = &source[start + road.len()..];
                    out.insert(rest.split('"').next().unwrap().to_owned());
                }
            }
        }
    }
    let schema: Value = serde_json::from_str(&tenantry::fleet::schema()).unwrap();
    let ways = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    let known: BTreeSet<String> = ways.flat_map(keys).collect();
    let mut named = BTreeSet::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/fleet"), &mut named);
    let unknown: Vec<_> =
        named.difference(&known).filter(|it| !matches!(it.as_str(), "cpu" | "memory" | "pods")).collect();
    assert!(unknown.is_empty(), "no keys of a fleet: {unknown:?}");
    assert!(named.len() > 30, "{named:?}");
}

/// The first sample, made in Rust.
fn built() -> tenantry::fleet::FleetBuilder {
    let in_cellar = SelectorDocument::key("namespace", "cellar");
    let others = SelectorDocument::key("tenant", "other").and_not("fruit", "apple");
    let heavy = PoolDocument::new("heavy", 2).allocatable("cpu", 16).allocatable("memory", "64Gi").dedicated();
    let plain = PoolDocument::new("plain", 6).allocatable("cpu", 4).allocatable("memory", "16Gi").min(1);
    let farm = TemplateDocument {
        node_packing: Some("nodes".to_owned()),
        maximums: Some(MaximumsDocument {
            preset: Some("eks".to_owned()),
            nodes: Some(8),
            pods: Some(500),
            namespaces: Some(90),
            tenants: Some(5),
        }),
        cost: Some(CostDocument::Parts(CostPartsDocument {
            cluster: Some("72.5".into()),
            per_node: Some("30.125".into()),
        })),
        labels: [("soil", "loam".into())].into_iter().collect(),
        ..TemplateDocument::new("farm")
    };
    let mut grove = TenantDocument::new("grove").trust("tame").attribute("stage", "prod").label("team", "trees");
    grove.mitigations.push("fence".into());
    let mut cider = TenantDocument::new("cider").trust("tame").sharing("level").attribute("stage", "canary");
    (cider.accepts, cider.split_namespaces) = (Some("tame".into()), Some(true));
    let gateway = OverheadDocument { cpu: Some("200m".into()), memory: Some("64Mi".into()), pods: Some(2) };
    let mut hermit = WorkloadDocument::new("grove", "hermit").trust("wild").sharing("workload").cpu(1);
    hermit.accepts = Some("tame".into());
    let press = WorkloadDocument::new("cider", "press").namespace("cellar").attribute("fruit", "apple").pool("heavy");
    let mut press = press.cpu(2).memory("1Gi").fixed_request("memory", "1Gi").label("noise", "loud");
    press.mitigations.push("gVisor".into());
    let sort = WorkloadDocument::new("grove", "sort").replicas_between(1, 2);
    Fleet::builder()
        .name("orchard")
        .as_of("2026-11-23")
        .classes("stage", [("live", OneOrMany::from(["prod", "canary"])), ("trial", "dev".into())])
        .attribute("fruit", ["apple", "pear"])
        .any_attribute("buyer")
        .level("wild", "workload", "wild")
        .because("nobody knows what it does")
        .level("tame", "level", "tame")
        .separate("stage")
        .because("trials break")
        .separate_with_missing("buyer", "own", ["grove", "cider", "land"])
        .apart("fruit", true)
        .because("one press, one fruit")
        .distrust("cellar", in_cellar, others)
        .because("the recipe")
        .distrust("hermit", SelectorDocument::key("workload", ["grove/hermit"]), SelectorDocument::all())
        .together("pair", ["grove/pick", "sort"])
        .because("crates go by hand")
        .together_by_tenant("each", SelectorDocument::key("stage", ["live"]).and("tenant", "cider"))
        .waiver(WaiverDocument {
            id: "feast".to_owned(),
            between: ["grove", "cider"].map(|it| SelectorDocument::key("tenant", it)).into(),
            waives: vec!["distrust:cellar".to_owned()],
            approved_by: "the owner".to_owned(),
            expires: "2027-03-31".to_owned(),
            reason: "until the new cellar stands".to_owned(),
        })
        .tenant(grove)
        .tenant(cider.distrusts("grove").overhead(gateway))
        .tenant(TenantDocument::new("land").trust("tame").platform().attribute("stage", "prod"))
        .workload(WorkloadDocument::new("grove", "pick").replicas(3).cpu("100m").memory("64Mi"))
        .workload(sort.cpu("0.5").memory("128Mi").request("example.com/belt", 1))
        .workload(hermit)
        .workload(press)
        .workload(WorkloadDocument::new("land", "gate").per_cluster().cpu("50m").memory("32Mi"))
        .workload(WorkloadDocument::new("land", "watch").per_node().cpu("10m").memory("16Mi"))
        .template(
            farm.node_pool(plain.allocatable("example.com/belt", 2)).node_pool(heavy).headroom("20%").max_count(9),
        )
        .missing_requests("10m", "16Mi")
        .objective(["clusters", "cost"])
        .limits(LimitsDocument { clusters: Some(9), cost: Some("1200.50".into()), moves: None })
}

/// The second sample, made in Rust.
fn built_flat() -> tenantry::fleet::FleetBuilder {
    let flat = TemplateDocument::new("flat").allocatable("cpu", 16).allocatable("memory", "64Gi").cost(1573);
    let flat = flat.regions("north").jurisdictions(["cold"]).provides(["smoke", "honey"]);
    let bee = TenantDocument::new("bee").trust("trusted").regions("all").jurisdictions(["cold"]).needs("smoke");
    let hive = WorkloadDocument::new("bee", "hive").regions(["north"]).jurisdictions("dark").needs(["honey"]);
    Fleet::builder()
        .all_regions()
        .region(RegionDocument::new("north").jurisdictions(["cold", "dark"]).max_clusters(2).cost_factor("1.12"))
        .region(RegionDocument::new("south").jurisdictions("warm"))
        .tenant(bee)
        .workload(hive.cpu(1).memory("1Gi"))
        .template(flat.admits(SelectorDocument::key("tenant", "bee")))
}

/// The third sample, made in Rust.
fn built_today() -> tenantry::fleet::FleetBuilder {
    let occupied =
        OccupiedDocument { cpu: Some(1.into()), memory: Some("2Gi".into()), pods: Some(3), namespaces: Some(2) };
    let mut north =
        ExistingDocument::of("yard", "north").region("hill").keep().occupied(occupied).headroom("10%").cost(900);
    north.labels.insert("row".into(), "a".into());
    north = north.admits(SelectorDocument::key("trust", "trusted")).provides(["light"]);
    let plain = PoolDocument::new("plain", 6).allocatable("cpu", 4).allocatable("memory", "16Gi");
    let mut south = ExistingDocument::new("south").region("dale").cordon().node_pool(plain);
    south.node_packing = Some("sums".to_owned());
    south.maximums = Some(MaximumsDocument { nodes: Some(5), ..MaximumsDocument::default() });
    let seat = WorkloadDocument::new("bus", "seat").cpu(1).memory("1Gi").runs_in(["south"]).pin(["south"]);
    let seat = seat.stay(StayDocument::cluster_until("2027-03-31")).stateful().move_cost(5).downtime_allowed();
    let van = TenantDocument::new("van").trust("trusted").pin("north").stay(StayDocument::Word("cluster".into()));
    Fleet::builder()
        .tenant(van)
        .tenant(TenantDocument::new("bus").trust("trusted").stay(StayDocument::cluster_until("2027-01-31")))
        .workload(WorkloadDocument::new("van", "post").cpu(1).memory("1Gi").runs_in("north"))
        .workload(seat)
        .workload(WorkloadDocument::new("bus", "bell").cpu(1).memory("1Gi"))
        .template(TemplateDocument::new("yard").allocatable("cpu", 16).allocatable("memory", "64Gi"))
        .region(RegionDocument { name: "hill".to_owned(), ..RegionDocument::default() })
        .region(RegionDocument { name: "dale".to_owned(), ..RegionDocument::default() })
        .all_regions()
        .existing(north)
        .existing(south)
        .existing(
            ExistingDocument::new("west").region("dale").drain().allocatable("cpu", 8).allocatable("memory", "32Gi"),
        )
        .runs_nowhere_yet()
        .limits(LimitsDocument { moves: Some(7), ..LimitsDocument::default() })
}

/// The fourth sample, made in Rust.
fn built_several() -> tenantry::fleet::FleetBuilder {
    let mail = |name: &str| WorkloadDocument::new("mail", name).cpu(1).memory("1Gi");
    let round = CopiesDocument::count(3).per_region(1).survive_regions(1);
    let region = |name: &str| RegionDocument { name: name.to_owned(), ..RegionDocument::default() };
    Fleet::builder()
        .region(region("hill"))
        .region(region("dale"))
        .region(region("fen"))
        .apart_in_regions("ledgers", ["mail/active", "passive"])
        .because("one flood, one ledger")
        .together_in_region("counter", ["mail/desk", "till"])
        .tenant(TenantDocument::new("mail").trust("trusted"))
        .workload(mail("active"))
        .workload(mail("passive"))
        .workload(mail("desk").copies(CopiesDocument::count(2)).runs_in(["north", "south"]))
        .workload(
            mail("till")
                .copies(CopiesDocument::count(2).spread("cluster").survive(0))
                .replicas(4)
                .pin(["north", "south"]),
        )
        .workload(mail("round").copies(round).replicas(4))
        .workload(mail("box").copies(CopiesDocument::each_region()))
        .workload(mail("sort").split().replicas(4).replicas_run_in([("north", 3), ("south", 1)]))
        .workload(mail("stamp").split_over(2).replicas(4))
        .template(TemplateDocument::new("yard").allocatable("cpu", 16).allocatable("memory", "64Gi"))
        .existing(ExistingDocument::of("yard", "north").region("hill"))
        .existing(ExistingDocument::of("yard", "south").region("hill"))
        .all_regions()
        .runs_nowhere_yet()
}

#[test]
fn the_builder_says_what_the_document_says() {
    for (builder, sample) in [built(), built_flat(), built_today(), built_several()].into_iter().zip(samples()) {
        let read = Fleet::from_json(&sample.to_string()).unwrap();
        assert_eq!(builder.document(), read.document());
        let made = builder.build().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(made.digest(), read.digest());
    }
    // what no sample says
    let apart = Fleet::builder().apart_in_clusters("a", ["x", "y"]);
    assert_eq!(apart.document().policy.as_ref().unwrap().apart[0].by, "cluster");
    assert_eq!(RunsInDocument::nowhere(), RunsInDocument::from(Vec::new()));
    let pool = PoolDocument::new("p", 1).allocatable("cpu", 1);
    let sums = TemplateDocument::new("t").node_pool(pool.allocatable("memory", 1)).sums_only();
    assert_eq!(sums.node_packing.as_deref(), Some("sums"));
    let not = serde_json::to_value(SelectorDocument::not("fruit", ["pear"])).unwrap();
    assert_eq!(not, json!({"fruit": {"not": ["pear"]}}));
    let stray = Fleet::builder().because("no rule").build().unwrap_err();
    assert_eq!(stray.problems[0].code, "contradiction");
}

/// Every public method of the builder and of the parts it takes stands in this file.
#[test]
fn every_method_of_the_builder_is_tried() {
    let own = text("tests/keys.rs");
    let mut methods = 0;
    let files = [
        "builder",
        "document/copies",
        "document/existing",
        "document/region",
        "document/selector",
        "document/template",
        "document/tenant",
        "document/workload",
    ];
    for file in files {
        let source = text(&format!("src/fleet/{file}.rs"));
        for (start, _) in source.match_indices("    pub fn ") {
            let name: String = source[start + 11..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let called = [format!(".{name}("), format!("::{name}(")].iter().any(|it| own.contains(it));
            assert!(called || name == "as_slice", "{file}: `{name}` is tried nowhere here");
            methods += 1;
        }
    }
    assert!(methods > 50, "{methods}");
}
