//! What `import kubernetes` makes of clusters that run: their nodes, what runs where, what keeps data.

use serde_json::{Value, json};
use tenantry::fleet::import::{Choice, Imported, KubernetesOptions, Origin, Source, kubernetes};
use tenantry::{Error, Fleet, InputProblem};

fn options() -> KubernetesOptions {
    KubernetesOptions::new(Choice::From(Origin::Namespace), Choice::Fixed("trusted".to_owned()))
}

/// Where `east` is among the clusters: its DaemonSet is the platform's.
fn platform() -> KubernetesOptions {
    KubernetesOptions { platform_namespaces: vec!["kube-system".to_owned()], ..options() }
}

/// A machine of a pool; `more` is added to its `spec`.
fn node(name: &str, pool: &str, memory: &str, more: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Node",
           "metadata": {"name": name, "labels": {"nodepool": pool, "topology.kubernetes.io/region": "eu-west-1"}},
           "spec": more,
           "status": {"allocatable": {"cpu": "3920m", "memory": memory, "pods": "110", "example.com/unused": "4"},
                      "conditions": [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": "True"}]}})
}

fn workload(kind: &str, namespace: &str, name: &str, pod: &Value) -> Value {
    let resources = json!({"requests": {"cpu": "500m", "memory": "1Gi"}});
    let mut spec = json!({"containers": [{"name": "c", "image": "i", "resources": resources}]});
    spec.as_object_mut().unwrap().extend(pod.as_object().unwrap().clone());
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace},
           "spec": {"selector": {"matchLabels": {"app": name}}, "template": {"spec": spec}}})
}

fn dump(cluster: Option<&str>, items: &[Value]) -> Source {
    let content = json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string().into();
    let name = format!("{}.json", cluster.unwrap_or("plain"));
    Source { name, content, cluster: cluster.map(str::to_owned), ..Source::default() }
}

fn import_with(sources: &[Source], options: &KubernetesOptions) -> Imported {
    kubernetes(sources, options).unwrap_or_else(|error| panic!("{error}"))
}

fn problems(sources: &[Source], options: &KubernetesOptions) -> Vec<InputProblem> {
    match kubernetes(sources, options) {
        Err(Error::Fleet(error)) => error.problems,
        other => panic!("{:?}", other.map(|it| it.document)),
    }
}

fn warned(imported: &Imported, code: &str) -> Vec<String> {
    imported.warnings.iter().filter(|it| it.code == code).map(|it| it.message.clone()).collect()
}

fn east() -> Source {
    let claim = json!({"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]});
    let mut sets = workload("StatefulSet", "bank", "ledger", &json!({}));
    sets["spec"]["volumeClaimTemplates"] = json!([{"metadata": {"name": "data"}}]);
    let mut agent = workload(
        "DaemonSet",
        "kube-system",
        "agent",
        &json!({"volumes": [{"name": "log", "hostPath": {"path": "/var/log"}}]}),
    );
    agent["status"] = json!({"desiredNumberScheduled": 4});
    dump(
        Some("east"),
        &[
            node("a", "workers", "16099020Ki", &json!({})),
            node("b", "workers", "16099028Ki", &json!({})),
            node(
                "c",
                "workers",
                "16099020Ki",
                &json!({"unschedulable": true, "taints": [
                {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]}),
            ),
            node("d", "gpu", "64Gi", &json!({"taints": [{"key": "example.com/gpu", "effect": "NoSchedule"}]})),
            workload("Deployment", "shop", "web", &json!({})),
            workload("Deployment", "shop", "db", &claim),
            workload("Deployment", "shop", "train", &json!({"nodeSelector": {"nodepool": "gpu"}})),
            sets,
            agent,
        ],
    )
}

fn west() -> Source {
    let scratch = json!({"volumes": [{"name": "tmp", "emptyDir": {}}]});
    dump(Some("west"), &[node("w", "workers", "8Gi", &json!({})), workload("Deployment", "shop", "web", &scratch)])
}

fn rows(imported: &Imported) -> Value {
    let document = serde_json::to_value(&imported.document).unwrap();
    let keep = ["name", "namespace", "runsIn", "stateful", "perNode", "pool"];
    let row = |it: &Value| {
        let kept = it.as_object().unwrap().iter().filter(|(key, _)| keep.contains(&key.as_str()));
        kept.map(|(key, value)| (key.clone(), value.clone())).collect::<serde_json::Map<_, _>>()
    };
    document["workloads"].as_array().unwrap().iter().map(row).collect::<Vec<_>>().into()
}

#[test]
fn a_dump_with_nodes_is_a_cluster_that_exists() {
    let imported = import_with(&[east()], &platform());
    let document = serde_json::to_value(&imported.document).unwrap();
    // machines of one kind differ by some kilobytes; what nobody requests is not written
    let expected = json!([{"name": "east", "labels": {"region": "eu-west-1"}, "nodePools": [
        {"name": "gpu", "allocatable": {"cpu": "3920m", "memory": "64Gi", "pods": "110"}, "max": 1, "dedicated": true},
        {"name": "workers", "allocatable": {"cpu": "3920m", "memory": "15721Mi", "pods": "110"}, "max": 2}]}]);
    assert_eq!(document["existingClusters"], expected);
    assert!(document.get("clusterTemplates").is_none(), "no template is made up");
    let expected = json!([
        {"name": "web", "namespace": "shop", "runsIn": "east"},
        {"name": "db", "namespace": "shop", "runsIn": "east", "stateful": true},
        {"name": "train", "namespace": "shop", "runsIn": "east", "pool": "gpu"},
        {"name": "ledger", "namespace": "bank", "runsIn": "east", "stateful": true},
        {"name": "agent", "namespace": "kube-system", "perNode": true}]);
    assert_eq!(rows(&imported), expected);
    let aside = warned(&imported, "node-set-aside");
    assert!(aside.len() == 1 && aside[0].contains("cordoned") && aside[0].contains("Node c"), "{aside:?}");
    let audit = imported.fleet.audit(&Default::default()).unwrap();
    assert!(audit.violations.is_empty(), "{audit:?}");
}

#[test]
fn namesakes_of_two_clusters_stay_two_workloads() {
    let imported = import_with(&[east(), west()], &platform());
    let rows = rows(&imported);
    let webs: Vec<(&str, &str)> = (rows.as_array().unwrap().iter())
        .filter(|it| it["name"] == "web")
        .map(|it| (it["namespace"].as_str().unwrap(), it["runsIn"].as_str().unwrap()))
        .collect();
    assert_eq!(webs, [("east-shop", "east"), ("west-shop", "west")]);
    assert_eq!(imported.fleet.existing().len(), 2);
    // the same pool by another size is another one, and an autoscaler may add nodes to it
    let mut options = platform();
    options.pool_max = vec![("west/workers".to_owned(), 5), ("gpu".to_owned(), 3)];
    options.regions = vec![("west".to_owned(), "us-east-1".to_owned())];
    let document = serde_json::to_value(import_with(&[east(), west()], &options).document).unwrap();
    let most = |cluster: usize, pool: usize| document["existingClusters"][cluster]["nodePools"][pool]["max"].as_u64();
    assert_eq!([most(0, 0), most(0, 1), most(1, 0)], [Some(3), Some(2), Some(5)]);
    assert_eq!(document["existingClusters"][1]["region"], "us-east-1");
}

#[test]
fn nodes_of_one_label_and_two_shapes_are_two_pools() {
    let nodes = ["4Gi", "8Gi", "4Gi"].map(|memory| node("n", "mixed", memory, &json!({})));
    let mut nodes: Vec<Value> = nodes.into();
    for (index, node) in nodes.iter_mut().enumerate() {
        node["metadata"]["name"] = format!("n{index}").into();
    }
    nodes.push(workload("Deployment", "shop", "web", &json!({})));
    let imported = import_with(&[dump(Some("one"), &nodes)], &options());
    let document = serde_json::to_value(&imported.document).unwrap();
    let pools: Vec<(&str, u64)> = (document["existingClusters"][0]["nodePools"].as_array().unwrap().iter())
        .map(|it| (it["name"].as_str().unwrap(), it["max"].as_u64().unwrap()))
        .collect();
    assert_eq!(pools, [("mixed-1", 2), ("mixed-2", 1)]);
}

#[test]
fn what_no_cluster_holds_runs_nowhere_yet() {
    let new = dump(None, &[workload("Deployment", "coming", "api", &json!({}))]);
    let imported = import_with(&[west(), new], &options());
    let rows = rows(&imported);
    assert_eq!(rows[1], json!({"name": "api", "namespace": "coming", "runsIn": []}));
    assert_eq!(imported.fleet.audit(&Default::default()).unwrap().violations.len(), 0);
}

#[test]
fn nodes_without_a_cluster_are_named_as_not_used() {
    let items = [node("a", "workers", "8Gi", &json!({})), workload("Deployment", "shop", "web", &json!({}))];
    let imported = import_with(&[dump(None, &items)], &options());
    assert!(imported.document.existing_clusters.is_empty());
    assert!(warned(&imported, "nodes-not-used")[0].starts_with("1 Node"));
    // and where nobody wants them, a named cluster is a label as it was
    let mut without = options();
    without.ignore_kinds = vec!["Node".to_owned()];
    let imported = import_with(&[west()], &without);
    assert!(imported.document.existing_clusters.is_empty() && imported.fleet.workloads().len() == 1);
    assert_eq!(warned(&imported, "default-template").len(), 1);
}

#[test]
fn what_a_cluster_offers_must_be_known() {
    let code = |sources: &[Source], options: &KubernetesOptions| -> Vec<String> {
        problems(sources, options).into_iter().map(|it| it.code.to_owned()).collect()
    };
    let bare = dump(Some("north"), &[workload("Deployment", "store", "web", &json!({}))]);
    let found = problems(&[west(), bare], &options());
    assert!(found.len() == 1 && found[0].code == "no-nodes" && found[0].message.contains("`north`"), "{found:?}");
    let all =
        |more: &Value| dump(Some("x"), &[node("a", "p", "8Gi", more), workload("Deployment", "s", "w", &json!({}))]);
    assert_eq!(code(&[all(&json!({"unschedulable": true}))], &options()), ["no-nodes"]);
    let mut silent = node("a", "p", "8Gi", &json!({}));
    silent["status"].as_object_mut().unwrap().remove("allocatable");
    let silent = dump(Some("x"), &[silent, workload("Deployment", "s", "w", &json!({}))]);
    assert!(code(&[silent], &options()).contains(&"no-allocatable".to_owned()));
    let mut two = node("b", "p", "8Gi", &json!({}));
    two["metadata"]["labels"]["topology.kubernetes.io/region"] = "us-east-1".into();
    let two = dump(Some("x"), &[node("a", "p", "8Gi", &json!({})), two, workload("Deployment", "s", "w", &json!({}))]);
    assert_eq!(code(std::slice::from_ref(&two), &options()), ["contradicting-labels"]);
    let mut said = options();
    said.regions = vec![("x".to_owned(), "eu".to_owned())];
    assert_eq!(import_with(&[two], &said).fleet.existing().len(), 1);
    for (pools, regions, expected) in [
        (vec![("worker".to_owned(), 9)], vec![], "unknown-pool"),
        (vec![("west/workers".to_owned(), 0)], vec![], "bad-number"),
        (vec![], vec![("wets".to_owned(), "eu".to_owned())], "unknown-cluster"),
    ] {
        let mut options = options();
        (options.pool_max, options.regions) = (pools, regions);
        let found = problems(&[west()], &options);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].code, expected);
        assert!(expected == "bad-number" || found[0].suggestion.is_some(), "{found:?}");
    }
}

#[test]
fn regions_of_nodes_are_those_of_the_fleet() {
    let whole = |imported: &Imported| serde_json::to_value(&imported.document).unwrap();
    // one region: nobody could be elsewhere, so it decides nothing
    let one = import_with(&[east(), west()], &platform());
    assert!(whole(&one).get("regions").is_none() && whole(&one).get("defaults").is_none());
    assert!(whole(&one)["existingClusters"][0].get("region").is_none());
    assert_eq!(whole(&one)["existingClusters"][0]["labels"], json!({"region": "eu-west-1"}));
    assert!(warned(&one, "assumed-regions").is_empty());
    let mut said = platform();
    said.regions = vec![("west".to_owned(), "us-east-1".to_owned())];
    let two = import_with(&[east(), west()], &said);
    assert_eq!(whole(&two)["regions"], json!([{"name": "eu-west-1"}, {"name": "us-east-1"}]));
    let regions: Vec<Value> =
        whole(&two)["existingClusters"].as_array().unwrap().iter().map(|it| it["region"].clone()).collect();
    assert_eq!(regions, ["eu-west-1", "us-east-1"]);
    let assumed = warned(&two, "assumed-regions");
    assert!(assumed.len() == 1 && assumed[0].contains("`eu-west-1`, `us-east-1`"), "{assumed:?}");
    assert!(two.to_yaml().lines().any(|line| line.starts_with("# ") && line.contains("[assumed-regions]")));
    // no region is known: none is made up
    let nowhere = |cluster: &str| {
        let mut node = node("n", "workers", "8Gi", &json!({}));
        node["metadata"]["labels"].as_object_mut().unwrap().remove("topology.kubernetes.io/region");
        dump(Some(cluster), &[node, workload("Deployment", "shop", "web", &json!({}))])
    };
    let none = whole(&import_with(&[nowhere("north")], &options()));
    assert!(none.get("regions").is_none() && none.get("defaults").is_none(), "{none}");
    assert!(none["existingClusters"][0].get("region").is_none());
    // one is known and another is not
    let found = problems(&[east(), nowhere("north")], &platform());
    assert!(found.len() == 1 && found[0].code == "missing-region", "{found:?}");
    assert!(found[0].message.contains("`north`") && found[0].message.contains("`east` is in `eu-west-1`"), "{found:?}");
    assert!(found[0].expected.as_deref().unwrap().contains("--region north=REGION"), "{found:?}");
    said.regions = vec![("north".to_owned(), "eu-west-1".to_owned())];
    assert_eq!(import_with(&[east(), nowhere("north")], &said).fleet.existing().len(), 2);
}

/// Read from the document alone: in which regions each workload that is no platform's may be, and in which it runs.
fn homes(imported: &Imported) -> Vec<(String, Vec<String>, Vec<String>)> {
    let document = serde_json::to_value(&imported.document).unwrap();
    let list = |key: &str| document[key].as_array().cloned().unwrap_or_default();
    let words = |value: &Value| match value {
        Value::Array(words) => words.iter().map(|it| it.as_str().unwrap().to_owned()).collect(),
        Value::String(word) => vec![word.clone()],
        _ => Vec::new(),
    };
    let all: Vec<String> = list("regions").iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect();
    let (tenants, clusters) = (list("tenants"), list("existingClusters"));
    let stands = list("workloads").into_iter().filter(|it| it.get("perNode").is_none());
    stands
        .map(|it| {
            let tenant = tenants.iter().find(|tenant| tenant["name"] == it["tenant"]).unwrap();
            let may = match (&it["regions"], &tenant["regions"]) {
                (Value::Null, Value::Null) => all.clone(),
                (Value::Null, its) => words(its),
                (own, _) => words(own),
            };
            let region = |name: &String| {
                let cluster = clusters.iter().find(|it| it["name"] == name.as_str()).unwrap();
                cluster["region"].as_str().unwrap().to_owned()
            };
            let mut runs: Vec<String> = words(&it["runsIn"]).iter().map(region).collect();
            runs.sort_unstable();
            runs.dedup();
            (format!("{}/{}", it["namespace"].as_str().unwrap(), it["name"].as_str().unwrap()), may, runs)
        })
        .collect()
}

#[test]
fn everybody_is_kept_in_the_regions_where_they_run() {
    let mut options = platform();
    options.regions = vec![("west".to_owned(), "us-east-1".to_owned())];
    let coming = || dump(None, &["coming", "shop"].map(|it| workload("Deployment", it, "api", &json!({}))));
    let regions = |imported: &Imported, key: &str| -> Vec<Value> {
        let document = serde_json::to_value(&imported.document).unwrap();
        document[key].as_array().unwrap().iter().map(|it| it["regions"].clone()).collect()
    };
    let imported = import_with(&[east(), west(), coming()], &options);
    for (name, may, runs) in homes(&imported) {
        match name.as_str() {
            "coming/api" => assert_eq!(may, ["eu-west-1", "us-east-1"], "its tenant runs nowhere"),
            "shop/api" => assert_eq!(may, ["eu-west-1", "us-east-1"], "its tenant runs in both"),
            _ => assert_eq!(may, runs, "{name}"),
        }
    }
    // bank, coming, kube-system, shop: a tenant states what is all of its workloads', and they only what is less
    let both = json!(["eu-west-1", "us-east-1"]);
    assert_eq!(regions(&imported, "tenants"), [json!("eu-west-1"), Value::Null, Value::Null, both.clone()]);
    let open = warned(&imported, "open-regions");
    assert!(open.len() == 1 && open[0].contains("tenant `coming`") && !open[0].contains("shop"), "{open:?}");
    // nobody leaves a region for a plan with fewer clusters
    let plan = imported.fleet.plan(&Default::default()).unwrap();
    assert_eq!(plan.summary.clusters, Some(2));
    // a namespace of both is in one cluster, so all of it may be where any of it runs
    options.merge_namespaces = true;
    let cart = workload("Deployment", "shop", "cart", &json!({}));
    let other = dump(Some("west"), &[node("w", "workers", "8Gi", &json!({})), cart]);
    let merged = import_with(&[east(), other, coming()], &options);
    let shop = homes(&merged).into_iter().filter(|(name, ..)| name.starts_with("shop/"));
    assert!(shop.map(|(_, may, _)| may).all(|may| json!(may) == both));
    // what has a copy in each has one in each region
    let options =
        KubernetesOptions { regions: options.regions, same_across: vec!["shop".to_owned()], ..self::options() };
    let same = dump(
        Some("west"),
        &[node("w", "workers", "8Gi", &json!({})), workload("Deployment", "shop", "web", &json!({}))],
    );
    let alone = dump(
        Some("east"),
        &[node("e", "workers", "8Gi", &json!({})), workload("Deployment", "shop", "web", &json!({}))],
    );
    let across = import_with(&[alone, same], &options);
    assert_eq!(regions(&across, "tenants"), [both]);
    assert!(homes(&across).iter().all(|(_, may, runs)| may == runs && runs.len() == 2));
}

#[test]
fn the_document_is_read_again() {
    let imported = import_with(&[east(), west()], &platform());
    let again = Fleet::from_yaml(&imported.to_yaml()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again.document(), &imported.document);
}

fn with_templates(templates: &Value, options: KubernetesOptions) -> KubernetesOptions {
    let content = json!({"clusterTemplates": templates}).to_string().into();
    KubernetesOptions {
        templates: Some(Source { name: "templates.json".to_owned(), content, ..Source::default() }),
        ..options
    }
}

#[test]
fn a_template_may_name_a_region_where_no_cluster_runs() {
    let shape = json!({"cpu": 16, "memory": "64Gi"});
    let template = |regions: Value| json!([{"name": "standard", "allocatable": shape, "regions": regions}]);
    let regions = |imported: &Imported| {
        let document = serde_json::to_value(&imported.document).unwrap();
        (document["regions"].clone(), document["existingClusters"][0]["region"].clone())
    };
    let options = with_templates(&template(json!(["eu-west-1", "us-east-1"])), platform());
    let imported = import_with(&[east()], &options);
    assert_eq!(regions(&imported), (json!([{"name": "eu-west-1"}, {"name": "us-east-1"}]), json!("eu-west-1")));
    let told = warned(&imported, "region-of-template");
    assert!(told.len() == 1 && told[0].contains("`us-east-1` (template `standard`)"), "{told:?}");
    assert_eq!(warned(&imported, "assumed-regions").len(), 1);
    // one word is a list of one, and a region that is only that of the cluster is no further one
    let imported = import_with(&[east()], &with_templates(&template(json!("eu-west-1")), platform()));
    assert_eq!(regions(&imported), (json!([{"name": "eu-west-1"}]), json!("eu-west-1")));
    assert!(warned(&imported, "region-of-template").is_empty() && warned(&imported, "assumed-regions").is_empty());
    // where no node names its region, the cluster's is asked for
    let mut bare = node("w", "workers", "8Gi", &json!({}));
    bare["metadata"]["labels"] = json!({"nodepool": "workers"});
    let dumped = dump(Some("west"), &[bare, workload("Deployment", "shop", "web", &json!({}))]);
    let found =
        problems(std::slice::from_ref(&dumped), &with_templates(&template(json!("eu-west-1")), self::options()));
    assert_eq!(found.iter().map(|it| it.code).collect::<Vec<_>>(), ["missing-region"]);
    assert!(import_with(&[dumped], &self::options()).fleet.regions().is_empty());
}

#[test]
fn what_is_not_imported_is_occupied() {
    let mut agent = workload("DaemonSet", "kube-system", "agent", &json!({}));
    agent["status"] = json!({"desiredNumberScheduled": 3});
    let mut dns = workload("Deployment", "kube-system", "dns", &json!({}));
    dns["spec"]["replicas"] = 2.into();
    let sources = [dump(
        Some("east"),
        &[
            node("a", "workers", "16Gi", &json!({})),
            agent,
            dns,
            workload("Deployment", "mesh", "gateway", &json!({})),
            workload("Deployment", "shop", "web", &json!({})),
        ],
    )];
    let except = |names: &[&str]| KubernetesOptions {
        except_namespaces: names.iter().map(|&it| it.to_owned()).collect(),
        ..options()
    };
    let imported = import_with(&sources, &except(&["kube-system", "mesh"]));
    let document = serde_json::to_value(&imported.document).unwrap();
    let expected = json!({"cpu": "3", "memory": "6Gi", "pods": 6, "namespaces": 2});
    assert_eq!(document["existingClusters"][0]["occupied"], expected);
    assert_eq!(rows(&imported), json!([{"name": "web", "namespace": "shop", "runsIn": "east"}]));
    let told = warned(&imported, "occupied");
    assert!(told.len() == 1 && told[0].contains("3 of cpu, 6Gi of memory and 6 pods are taken"), "{told:?}");
    assert!(imported.fleet.existing()[0].keep);
    // without its name it is imported as ever
    let whole = import_with(&sources, &options());
    assert!(whole.document.existing_clusters[0].occupied.is_none() && whole.fleet.workloads().len() == 4);
    // a slip is no reason to import everything
    let codes = |options: &KubernetesOptions| problems(&sources, options).iter().map(|it| it.code).collect::<Vec<_>>();
    assert_eq!(codes(&except(&["kube-sytem"])), ["unknown-namespace"]);
    let both = KubernetesOptions { platform_namespaces: vec!["mesh".to_owned()], ..except(&["mesh"]) };
    assert!(codes(&both).contains(&"contradiction"));
    // what takes nobody knows how much is asked for
    let open = json!({"containers": [{"name": "c", "image": "i"}]});
    let unsized_ = [dump(
        Some("east"),
        &[
            node("a", "workers", "16Gi", &json!({})),
            workload("Deployment", "mesh", "gateway", &open),
            workload("Deployment", "shop", "web", &json!({})),
        ],
    )];
    let found = problems(&unsized_, &except(&["mesh"]));
    assert!(found.len() == 2 && found.iter().all(|it| it.code == "missing-requests"), "{found:?}");
    // in plain manifests it is only left out
    let plain = [dump(
        None,
        &[workload("Deployment", "mesh", "gateway", &json!({})), workload("Deployment", "shop", "web", &json!({}))],
    )];
    let imported = import_with(&plain, &except(&["mesh"]));
    assert_eq!((imported.fleet.workloads().len(), warned(&imported, "left-out").len()), (1, 1));
}

#[test]
fn what_is_the_same_across_clusters_has_copies() {
    let with = |replicas: u64, name: &str| {
        let mut it = workload("Deployment", "shop", name, &json!({}));
        it["spec"]["replicas"] = replicas.into();
        it
    };
    let machine = |name: &str| node(name, "workers", "16Gi", &json!({}));
    let sources = [
        dump(Some("east"), &[machine("e"), with(2, "web"), with(2, "api"), with(1, "job")]),
        dump(Some("west"), &[machine("w"), with(2, "web"), with(3, "api")]),
        dump(Some("south"), &[machine("s"), workload("Deployment", "bank", "web", &json!({}))]),
    ];
    let same = |names: &[&str]| KubernetesOptions {
        same_across: names.iter().map(|&it| it.to_owned()).collect(),
        ..options()
    };
    let imported = import_with(&sources, &same(&["shop"]));
    let document = serde_json::to_value(&imported.document).unwrap();
    let list = document["workloads"].as_array().unwrap();
    let found: Vec<(&str, &str, &Value, &Value)> = list
        .iter()
        .map(|it| (it["name"].as_str().unwrap(), it["namespace"].as_str().unwrap(), &it["runsIn"], &it["copies"]))
        .collect();
    let (east, west, south) = (json!("east"), json!("west"), json!("south"));
    let expected = [
        ("web", "shop", &json!(["east", "west"]), &json!(2)),
        ("api", "east-shop", &east, &Value::Null),
        ("job", "east-shop", &east, &Value::Null),
        ("api", "west-shop", &west, &Value::Null),
        ("web", "south-bank", &south, &Value::Null),
    ];
    assert_eq!(found, expected);
    let told = warned(&imported, "differs-across").join("\n");
    assert!(told.contains("replicas 2..2 in `east`, 3..3 in `west`") && told.contains("job (not in `west`)"), "{told}");
    // without the option namesakes stay two, and a slip is no reason to leave them so
    let plain = import_with(&sources, &options());
    assert!(plain.fleet.workloads().len() == 6 && warned(&plain, "differs-across").is_empty());
    let found = problems(&sources, &same(&["shp"]));
    assert_eq!((found[0].code, found[0].suggestion.as_deref()), ("unknown-namespace", Some("shop")));
}
