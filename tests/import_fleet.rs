//! What `import kubernetes` makes of the objects: the platform, several clusters, a policy, drafts, nothing at all.

use serde_json::{Value, json};
use tenantry::fleet::Warning;
use tenantry::fleet::import::{Choice, Imported, KubernetesOptions, Origin, Source, draft, kubernetes};
use tenantry::{Error, Fleet, InputProblem};

/// One tenant `acme`, trusted, nothing else; missing requests are nothing.
fn plain() -> KubernetesOptions {
    let mut options = KubernetesOptions::new(Choice::Fixed("acme".to_owned()), Choice::Fixed("trusted".to_owned()));
    options.missing_requests = "zero".parse().unwrap();
    options
}

fn controller(kind: &str, namespace: &str, name: &str, labels: Value) -> Value {
    let mut it = json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [
                {"name": "c", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}]}}}});
    if kind == "DaemonSet" {
        it["spec"].as_object_mut().unwrap().remove("replicas");
    }
    it
}

fn list(items: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

fn from(cluster: Option<&str>, name: &str, items: &[Value]) -> Source {
    let cluster = cluster.map(str::to_owned);
    Source { name: name.to_owned(), content: list(items).into(), cluster, ..Source::default() }
}

fn refused(sources: &[Source], options: &KubernetesOptions) -> Vec<InputProblem> {
    match kubernetes(sources, options) {
        Err(Error::Fleet(error)) => error.problems,
        other => panic!("{other:?}"),
    }
}

fn warned(warnings: &[Warning], code: &str) -> String {
    let found: Vec<&Warning> = warnings.iter().filter(|warning| warning.code == code).collect();
    assert_eq!(found.len(), 1, "{code}: {warnings:?}");
    found[0].message.clone()
}

fn identities(imported: &Imported) -> Vec<String> {
    (0..imported.fleet.workloads().len()).map(|workload| imported.fleet.identity(workload)).collect()
}

/// Tenants by a label of the namespace, separated by another, with a platform, as the help says it.
fn recipe() -> KubernetesOptions {
    let from = |key: &str| Origin::NamespaceLabel(key.to_owned());
    let mut options = KubernetesOptions::new(Choice::From(from("team")), Choice::From(from("trust")));
    options.attributes = vec![("environment".to_owned(), vec![from("env")])];
    options.separate = vec!["environment".to_owned()];
    options.platform_namespaces = vec!["kube-system".to_owned()];
    options
}

fn namespace(name: &str, labels: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
}

#[test]
fn all_of_a_platform_namespace_is_in_every_cluster() {
    let items = [
        namespace("kube-system", json!({"kubernetes.io/metadata.name": "kube-system"})),
        namespace("shop", json!({"team": "shop", "trust": "trusted", "env": "prod"})),
        controller("DaemonSet", "kube-system", "proxy", json!({})),
        controller("Deployment", "kube-system", "dns", json!({})),
        controller("StatefulSet", "kube-system", "store", json!({})),
        controller("Deployment", "shop", "web", json!({})),
    ];
    let imported = kubernetes(&[from(None, "dump.json", &items)], &recipe()).unwrap_or_else(|error| panic!("{error}"));
    let document = serde_json::to_value(&imported.document).unwrap();
    let per_cluster: Vec<(&Value, &Value)> = (document["workloads"].as_array().unwrap().iter())
        .filter(|it| it["perCluster"] == true)
        .map(|it| (&it["name"], &it["replicas"]))
        .collect();
    let (one, two) = (json!(1), json!(2));
    assert_eq!(per_cluster, [(&json!("proxy"), &one), (&json!("dns"), &two), (&json!("store"), &two)]);
    assert_eq!(document["tenants"][0], json!({"name": "kube-system", "trust": "trusted", "platform": true}));
    assert!(warned(&imported.warnings, "daemon-set-per-cluster").contains("kube-system/proxy"));
    let assumed: Vec<&str> =
        imported.warnings.iter().filter(|it| it.code == "platform-assumed").map(|it| it.message.as_str()).collect();
    assert_eq!(assumed.len(), 2, "{assumed:?}");
    assert!(
        assumed[0].contains("taken as tenant `kube-system`") && assumed[1].contains("taken as trust level `trusted`")
    );
}

#[test]
fn namespaces_of_two_clusters_are_two() {
    let east = from(Some("east"), "east.json", &[controller("Deployment", "shop", "web", json!({}))]);
    let west = from(Some("west"), "west.json", &[controller("Deployment", "shop", "batch", json!({}))]);
    let sources = [east, west];
    let problem = refused(&sources, &plain()).remove(0);
    assert_eq!(problem.code, "two-clusters");
    assert!(
        problem.path.starts_with("west.json: ") && problem.got.unwrap().contains("east.json: "),
        "{}",
        problem.path
    );
    assert!(problem.expected.unwrap().contains("--qualify-namespaces"));
    let qualified = KubernetesOptions { qualify_namespaces: true, ..plain() };
    assert_eq!(kubernetes(&sources, &qualified).unwrap().fleet.units().len(), 2);
    let merged = KubernetesOptions { merge_namespaces: true, ..plain() };
    assert_eq!(kubernetes(&sources, &merged).unwrap().fleet.units().len(), 1);
    let platform = KubernetesOptions { platform_namespaces: vec!["shop".to_owned()], ..plain() };
    assert_eq!(kubernetes(&sources, &platform).unwrap().fleet.units().len(), 0);
}

#[test]
fn namesakes_are_one_only_if_they_are_the_same() {
    let with_uid = |uid: &str| {
        let mut it = controller("Deployment", "shop", "web", json!({}));
        it["metadata"]["uid"] = uid.into();
        it
    };
    let two = |a: Value, b: Value| [from(None, "a.json", &[a]), from(None, "b.json", &[b])];
    let plain_one = || controller("Deployment", "shop", "web", json!({}));
    for sources in [two(plain_one(), plain_one()), two(with_uid("1"), with_uid("1"))] {
        let imported = kubernetes(&sources, &plain()).unwrap();
        assert_eq!(identities(&imported), ["acme/web"]);
        assert!(warned(&imported.warnings, "given-twice").contains("b.json: Deployment shop/web"));
    }
    let problem = refused(&two(with_uid("1"), with_uid("2")), &plain()).remove(0);
    assert_eq!(problem.code, "two-clusters");
    assert!(problem.path.starts_with("b.json") && problem.got.unwrap().contains("a.json"));
    let mut other = plain_one();
    other["spec"]["replicas"] = 7.into();
    assert_eq!(refused(&two(plain_one(), other), &plain())[0].code, "duplicate-workload");
    let spaces = |uid: &str| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "uid": uid}});
    let sources = [from(None, "a.json", &[spaces("1"), plain_one()]), from(None, "b.json", &[spaces("2")])];
    assert_eq!(refused(&sources, &plain())[0].code, "two-clusters");
}

#[test]
fn a_namespace_for_those_that_state_none() {
    let mut open = controller("Deployment", "shop", "web", json!({}));
    open["metadata"].as_object_mut().unwrap().remove("namespace");
    let sources = [from(None, "a.json", &[open, controller("Deployment", "bank", "ledger", json!({}))])];
    let options = KubernetesOptions { namespace: Some("retail".to_owned()), ..plain() };
    let imported = kubernetes(&sources, &options).unwrap();
    let mut namespaces: Vec<&str> = imported.fleet.workloads().iter().map(|it| it.namespace.as_str()).collect();
    namespaces.sort_unstable();
    assert_eq!(namespaces, ["bank", "retail"]);
}

#[test]
fn a_policy_comes_beside_the_objects() {
    let items = [controller("Deployment", "shop", "web", json!({"area": "retail"}))];
    let sources = [from(None, "a.json", &items)];
    let policy = |text: &str| {
        let source = Source { name: "policy.yaml".to_owned(), content: text.into(), ..Source::default() };
        let mut options = KubernetesOptions { policy: Some(source), ..plain() };
        options.attributes = vec![
            ("area".to_owned(), vec![Origin::Label("area".to_owned())]),
            ("place".to_owned(), vec![Origin::Namespace]),
        ];
        options.separate = vec!["area".to_owned()];
        options
    };
    let text =
        "attributes: {area: {trade: [retail]}}\nseparate: [{by: area, missing: {class: trade, tenants: [acme]}}]\n";
    for text in [text.to_owned(), format!("policy: {{{}}}", text.trim().replace('\n', ", "))] {
        let imported = kubernetes(&sources, &policy(&text)).unwrap_or_else(|error| panic!("{error}"));
        let document = serde_json::to_value(&imported.document).unwrap();
        let separate = json!([{"by": "area", "missing": {"class": "trade", "tenants": ["acme"]}}]);
        let expected = json!({"attributes": {"area": {"trade": ["retail"]}, "place": "any"}, "separate": separate});
        assert_eq!(document["policy"], expected);
        assert!(warned(&imported.warnings, "attribute-not-used").contains("`place`"));
    }
    for wrong in ["[1]", "schema: tenantry/v1\nname: x\n", "policy: []", "a: b: c", ""] {
        let problem = refused(&sources, &policy(wrong)).remove(0);
        assert!(problem.path.starts_with("policy.yaml"), "{wrong}: {problem:?}");
    }
    assert_eq!(refused(&sources, &policy("separate: []\nseperate: []\n"))[0].code, "unknown-key");
}

#[test]
fn the_document_says_what_was_assumed() {
    let imported = kubernetes(&[from(None, "a.json", &[controller("Deployment", "shop", "web", json!({}))])], &plain());
    let imported = imported.unwrap();
    let text = imported.to_yaml();
    assert!(
        text.starts_with("# Made by `tenantry import kubernetes`. Left out, or assumed:\n# - no cluster templates")
    );
    assert_eq!(Fleet::from_yaml(&text).unwrap().digest(), imported.fleet.digest());
    let labels = &imported.fleet.workloads()[0].labels;
    assert_eq!((labels["tenantry/kind"].as_str(), labels["tenantry/source"].as_str()), ("Deployment", "a.json"));
    let options = KubernetesOptions { labels: vec![("tenantry/kind".to_owned(), Origin::Namespace)], ..plain() };
    let sources = [from(None, "a.json", &[controller("Deployment", "shop", "web", json!({}))])];
    assert_eq!(refused(&sources, &options)[0].code, "reserved-label");
}

#[test]
fn a_draft_leaves_open_what_is_not_known() {
    let mut bare = controller("Deployment", "shop", "web", json!({}));
    bare["spec"]["template"]["spec"]["containers"][0].as_object_mut().unwrap().remove("resources");
    let sources = [from(None, "a.json", &[bare])];
    let mut options = recipe();
    options.platform_namespaces.clear();
    let codes: Vec<&str> = refused(&sources, &options).iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["missing-tenant", "missing-trust", "missing-requests", "missing-requests"]);
    let draft = draft(&sources, &options).unwrap_or_else(|error| panic!("{error}"));
    let workload = &draft.document["workloads"][0];
    assert_eq!(workload["requests"], json!({"cpu": "TODO", "memory": "TODO"}));
    let tenant = json!({"name": "TODO", "trust": "TODO", "attributes": {"environment": "TODO"}});
    assert_eq!(draft.document["tenants"], json!([tenant]));
    assert_eq!(draft.warnings.iter().filter(|it| it.code == "todo").count(), 6);
    let error = Fleet::from_yaml(&draft.to_yaml()).unwrap_err();
    let mut open: Vec<&str> = error.problems.iter().filter(|it| it.code == "todo").map(|it| it.path.as_str()).collect();
    open.sort_unstable();
    assert_eq!(
        open,
        [
            "clusterTemplates[0].nodePools[0].allocatable.cpu",
            "clusterTemplates[0].nodePools[0].allocatable.memory",
            "clusterTemplates[0].nodePools[0].max",
            "tenants[0].attributes.environment",
            "tenants[0].name",
            "tenants[0].trust",
            "workloads[0].requests.cpu",
            "workloads[0].requests.memory",
            "workloads[0].tenant",
        ]
    );
    assert_eq!(error.problems.len(), open.len(), "{error}");
    // a fleet made in Rust may hold no such value either
    let document = Fleet::from_yaml(
        "{schema: tenantry/v1, policy: {attributes: {e: {a: [\"*\", b]}}}, tenants: [{name: x, trust: trusted}],\
         workloads: [{name: w, tenant: x, attributes: {e: c}, requests: {cpu: 1, memory: 1}}],\
         clusterTemplates: [{name: t, allocatable: {cpu: 4, memory: 4}}]}",
    );
    let mut document = document.unwrap_or_else(|error| panic!("{error}")).document().clone();
    document.workloads[0].attributes.insert("e".into(), "TODO".into());
    assert_eq!(Fleet::from_document(document).unwrap_err().problems[0].code, "todo");
    // people may write so where nothing depends on it
    let noted = "{schema: tenantry/v1, tenants: [{name: x, trust: trusted, labels: {owner: TODO}}],\
                 workloads: [], clusterTemplates: []}";
    assert!(Fleet::from_yaml(noted).is_ok());
}

#[test]
fn nothing_is_an_error() {
    for text in ["", "# nothing\n", "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": []}"] {
        let source = Source { name: "a.yaml".to_owned(), content: text.into(), ..Source::default() };
        assert_eq!(refused(&[source], &plain())[0].code, "no-workloads", "{text}");
    }
    let fleet = Fleet::from_yaml("{schema: tenantry/v1, tenants: [], workloads: [], clusterTemplates: []}").unwrap();
    assert_eq!(warned(fleet.warnings(), "empty-fleet"), fleet.warnings()[0].message);
}
