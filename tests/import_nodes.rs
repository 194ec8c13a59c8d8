//! What `import kubernetes` makes of what runs on nodes: DaemonSets against the node pools of the templates.

use serde_json::{Value, json};
use tenantry::Fleet;
use tenantry::fleet::Warning;
use tenantry::fleet::import::{Choice, Imported, KubernetesOptions, Origin, Source, draft, kubernetes};

const POOLS: &str = "
- name: standard
  nodePools:
    - {name: general, allocatable: {cpu: '4', memory: 16Gi}, max: 10}
    - {name: gpu, allocatable: {cpu: '8', memory: 64Gi}, max: 4, dedicated: true}
- name: small
  nodePools: [{name: general, allocatable: {cpu: '2', memory: 8Gi}, max: 3}]
";

fn options(templates: &str) -> KubernetesOptions {
    let mut options = KubernetesOptions::new(Choice::From(Origin::Namespace), Choice::Fixed("trusted".to_owned()));
    options.platform_namespaces = vec!["kube-system".to_owned()];
    if !templates.is_empty() {
        let content = templates.into();
        options.templates = Some(Source { name: "templates.yaml".to_owned(), content, ..Source::default() });
    }
    options
}

/// A controller whose pods ask for their nodes as `more` says, with the desired number of a DaemonSet that runs.
fn controller(kind: &str, namespace: &str, name: &str, more: &Value, desired: Option<u64>) -> Value {
    let resources = json!({"requests": {"cpu": "100m", "memory": "128Mi"}});
    let mut spec = json!({"containers": [{"name": "c", "image": "i", "resources": resources}]});
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut it = json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": {"spec": spec}}});
    if let Some(desired) = desired {
        it["status"] = json!({"desiredNumberScheduled": desired});
    }
    it
}

fn source(items: &[Value]) -> Vec<Source> {
    let content = json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string().into();
    vec![Source { name: "dump.json".to_owned(), content, ..Source::default() }]
}

fn import(items: &[Value], templates: &str) -> Imported {
    kubernetes(&source(items), &options(templates)).unwrap_or_else(|error| panic!("{error}"))
}

fn told(warnings: &[Warning], code: &str) -> Vec<String> {
    warnings.iter().filter(|it| it.code == code).map(|it| it.message.clone()).collect()
}

/// One DaemonSet `agent` of the platform beside an ordinary workload: its keys, and the warnings about it.
fn agent(more: &Value, desired: Option<u64>, templates: &str) -> (Value, Vec<String>) {
    let items = [
        controller("DaemonSet", "kube-system", "agent", more, desired),
        controller("Deployment", "shop", "web", &json!({}), None),
    ];
    let imported = import(&items, templates);
    let document = serde_json::to_value(&imported.document).unwrap();
    let mut found = document["workloads"][0].clone();
    for key in ["name", "tenant", "namespace", "requests", "labels"] {
        found.as_object_mut().unwrap().remove(key);
    }
    let about = imported.warnings.iter().filter(|it| it.code.starts_with("daemon-set"));
    (found, about.map(|it| format!("{}: {}", it.code, it.message)).collect())
}

#[test]
fn daemon_sets_run_on_every_node_of_the_pools_that_they_name() {
    let everywhere = json!({"tolerations": [{"operator": "Exists"}]});
    let (found, warned) = agent(&everywhere, Some(37), POOLS);
    assert_eq!((found, warned), (json!({"perNode": true}), vec![]), "all that is known of it can be said");
    let linux = json!({"nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"operator": "Exists", "effect": "NoSchedule"}]});
    assert_eq!(agent(&linux, None, POOLS), (json!({"perNode": true}), vec![]));
    let gpu = json!({"nodeSelector": {"cloud.google.com/gke-nodepool": "gpu"}});
    assert_eq!(agent(&gpu, Some(2), POOLS), (json!({"perNode": true, "pool": "gpu"}), vec![]));
    let terms = |expressions: Value| {
        json!({"tolerations": [{"operator": "Exists"}], "affinity": {"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": expressions}}}})
    };
    let of = |key: &str, operator: &str, values: Value| json!([{"matchExpressions": [{"key": key, "operator": operator, "values": values}]}]);
    let (found, warned) = agent(&terms(of("eks.amazonaws.com/nodegroup", "In", json!(["gpu"]))), None, POOLS);
    assert_eq!((found, warned), (json!({"perNode": true, "pool": "gpu"}), vec![]));
    // what the templates do not tell counts everywhere, and says so
    for (expressions, asked) in [
        (of("kubernetes.io/arch", "In", json!(["arm64"])), "`kubernetes.io/arch`"),
        (of("eks.amazonaws.com/compute-type", "NotIn", json!(["fargate"])), "`eks.amazonaws.com/compute-type`"),
        (of("agentpool", "In", json!(["gpu", "general"])), "`agentpool`"),
        (of("agentpool", "In", json!(["general"])), "the pool `general`, which no template has as a dedicated one"),
        (of("agentpool", "In", json!(["spot"])), "the pool `spot`, which no template has as a dedicated one"),
        (of("kubernetes.io/os", "In", json!(["windows"])), "`kubernetes.io/os`"),
        (
            json!([{"matchExpressions": [{"key": "agentpool", "operator": "In", "values": ["gpu"]}]},
                {"matchExpressions": [{"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}]}]),
            "`agentpool`",
        ),
    ] {
        let (found, warned) = agent(&terms(expressions), None, POOLS);
        assert_eq!(found, json!({"perNode": true}), "{asked}");
        assert_eq!(warned.len(), 1);
        assert!(warned[0].starts_with("daemon-set-on-every-node: ") && warned[0].contains(asked), "{warned:?}");
        assert!(warned[0].contains("planned on every node: dump.json: DaemonSet kube-system/agent"), "{warned:?}");
    }
    let both = json!({"nodeSelector": {"agentpool": "gpu", "disk": "ssd"}});
    let (found, warned) = agent(&both, None, POOLS);
    assert_eq!(found, json!({"perNode": true, "pool": "gpu"}));
    assert!(warned[0].contains("by `disk`, ") && warned[0].contains("planned on every node of `gpu`"), "{warned:?}");
    // no toleration, and a pool that is dedicated: its taint is not known
    let (found, warned) = agent(&json!({}), None, POOLS);
    assert_eq!(found, json!({"perNode": true}));
    assert!(warned[0].contains("may not tolerate"), "{warned:?}");
}

#[test]
fn daemon_sets_that_run_nowhere_take_nothing_and_say_so() {
    let asks = json!({"nodeSelector": {"accelerator": "tpu"}});
    let (found, warned) = agent(&asks, Some(0), POOLS);
    assert_eq!(found, json!({"perCluster": true, "replicas": 0}));
    assert!(warned[0].starts_with("daemon-set-nowhere: ") && warned.len() == 1, "{warned:?}");
    // a cluster without nodes, not a selection that matches none
    assert_eq!(agent(&json!({"tolerations": [{"operator": "Exists"}]}), Some(0), POOLS).0, json!({"perNode": true}));
    // a manifest knows no number
    assert_eq!(agent(&asks, None, POOLS).0, json!({"perNode": true}));
}

#[test]
fn without_node_pools_a_daemon_set_counts_as_it_is() {
    let flat = "[{name: flat, allocatable: {cpu: '40', memory: 160Gi, pods: 1000}}]";
    for (templates, name) in [("", "default"), (flat, "flat")] {
        let (found, warned) = agent(&json!({}), Some(37), templates);
        assert_eq!(found, json!({"perCluster": true, "replicas": 37}));
        assert!(warned[0].contains(&format!("the nodes of template `{name}` are not known")), "{warned:?}");
        assert_eq!(agent(&json!({}), None, templates).0, json!({"perCluster": true, "replicas": 1}));
    }
    let mixed = format!("{POOLS}\n- {{name: flat, allocatable: {{cpu: '40', memory: 160Gi}}}}\n");
    assert_eq!(agent(&json!({}), Some(3), &mixed).0, json!({"perCluster": true, "replicas": 3}));
}

/// What a node offers is less by what runs on each: the figure is the plan's own.
#[test]
fn what_runs_on_nodes_is_off_each_node() {
    let everywhere = json!({"tolerations": [{"operator": "Exists"}]});
    let mut web = controller("Deployment", "shop", "web", &json!({}), None);
    web["spec"]["replicas"] = 3.into();
    web["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] = "1".into();
    let templates = "[{name: t, nodePools: [{name: p, allocatable: {cpu: '2', memory: 8Gi}, max: 9}]}]";
    let nodes = |items: &[Value]| {
        let mut options = options(templates);
        options.platform_namespaces.truncate(items.len() - 1);
        let imported = kubernetes(&source(items), &options).unwrap_or_else(|error| panic!("{error}"));
        let plan = imported.fleet.plan(&tenantry::PlanOptions::default()).unwrap();
        plan.clusters.unwrap()[0].nodes
    };
    assert_eq!(nodes(std::slice::from_ref(&web)), Some(2), "two of one core fit a node of two");
    let agent = controller("DaemonSet", "kube-system", "agent", &everywhere, Some(5));
    assert_eq!(nodes(&[web, agent]), Some(3), "with an agent on each, one");
}

#[test]
fn workloads_that_name_a_dedicated_pool_run_there() {
    let gpu = json!({"nodeSelector": {"cloud.google.com/gke-nodepool": "gpu"}});
    let general = json!({"nodeSelector": {"cloud.google.com/gke-nodepool": "general"}});
    let items = [
        controller("Deployment", "shop", "train", &gpu, None),
        controller("Deployment", "shop", "web", &general, None),
    ];
    let mut options = options(POOLS);
    options.platform_namespaces.clear();
    let imported = kubernetes(&source(&items), &options).unwrap_or_else(|error| panic!("{error}"));
    let pools: Vec<Option<&str>> = imported.document.workloads.iter().map(|it| it.pool.as_deref()).collect();
    assert_eq!(pools, [Some("gpu"), None]);
}

#[test]
fn daemon_sets_of_tenants_are_no_exempt_platform() {
    let items = [
        controller("DaemonSet", "vendor", "agent", &json!({}), Some(4)),
        controller("DaemonSet", "shop", "logs", &json!({}), None),
    ];
    let mut options = options(POOLS);
    options.platform_namespaces.clear();
    let imported = kubernetes(&source(&items), &options).unwrap_or_else(|error| panic!("{error}"));
    let found: Vec<_> =
        imported.fleet.workloads().iter().map(|it| (it.name.as_str(), it.per_cluster, it.replicas)).collect();
    assert_eq!(found, [("logs", false, 1), ("agent", false, 4)], "by tenant");
    assert!(imported.fleet.tenants().iter().all(|tenant| !tenant.platform));
    assert_eq!(told(&imported.warnings, "daemon-set-as-replicas").len(), 1);
    assert_eq!(told(&imported.warnings, "daemon-set-as-replica").len(), 1);
}

#[test]
fn what_somebody_would_refuse_is_named_before_it_is_exempt() {
    let of = |kind: &str, namespace: &str, name: &str, trust: &str| {
        let mut it = controller(kind, namespace, name, &json!({}), None);
        it["spec"]["template"]["metadata"] = json!({"labels": {"trust": trust}});
        it
    };
    let items = [
        of("DaemonSet", "kube-system", "vendor-agent", "hostile"),
        of("DaemonSet", "kube-system", "proxy", "trusted"),
        of("Deployment", "pay", "ledger", "untrusted"),
    ];
    for templates in ["", POOLS] {
        let mut options = options(templates);
        options.trust = Choice::From(Origin::Label("trust".to_owned()));
        let imported = kubernetes(&source(&items), &options).unwrap_or_else(|error| panic!("{error}"));
        let refused = told(&imported.warnings, "per-cluster-refused");
        assert_eq!(refused.len(), 1);
        assert!(refused[0].contains("kube-system/vendor-agent") && refused[0].contains("`hostile`"), "{refused:?}");
        assert!(imported.to_yaml().contains("[per-cluster-refused]"), "in the head of the document as well");
    }
}

/// Pods alone name the DaemonSet that owns them; its controller wrote the node of each into its affinity.
#[test]
fn pods_of_a_daemon_set_are_one_a_node() {
    let pod = |name: &str| {
        json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": format!("proxy-{name}"), "namespace": "kube-system", "ownerReferences": [
                {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "proxy", "controller": true, "uid": "u"}]},
            "spec": {"nodeName": name, "tolerations": [{"operator": "Exists"}],
                "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                    {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [name]}]}]}}},
                "containers": [{"name": "c", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}]}})
    };
    let imported = import(&[pod("a"), pod("b"), pod("c")], POOLS);
    let document = serde_json::to_value(&imported.document).unwrap();
    assert_eq!(
        (&document["workloads"][0]["name"], &document["workloads"][0]["perNode"]),
        (&json!("proxy"), &json!(true))
    );
    assert!(imported.warnings.iter().all(|it| !it.code.starts_with("daemon-set")), "{:?}", imported.warnings);
}

#[test]
fn a_draft_leaves_the_size_of_a_cluster_open() {
    let mut web = controller("Deployment", "shop", "web", &json!({}), None);
    let requests = &mut web["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"];
    requests["example.org/card"] = "1".into();
    web["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"] = json!({"example.org/card": "1"});
    let items = [web, controller("DaemonSet", "kube-system", "proxy", &json!({}), Some(3))];
    let draft = draft(&source(&items), &options("")).unwrap_or_else(|error| panic!("{error}"));
    let pool = json!({"name": "default", "max": "TODO",
        "allocatable": {"cpu": "TODO", "memory": "TODO", "example.org/card": "TODO"}});
    assert_eq!(draft.document["clusterTemplates"], json!([{"name": "default", "nodePools": [pool]}]));
    assert_eq!(draft.document["workloads"][1]["perNode"], true);
    assert!(told(&draft.warnings, "default-template").is_empty());
    assert!(told(&draft.warnings, "todo")[0].contains("no cluster templates given: TODO"), "{:?}", draft.warnings);
    let text = draft.to_yaml();
    let error = Fleet::from_yaml(&text).unwrap_err();
    let mut open: Vec<(&str, &str)> = error.problems.iter().map(|it| (it.code, it.path.as_str())).collect();
    open.sort_unstable();
    let at = |place: &str| format!("clusterTemplates[0].nodePools[0].{place}");
    let places = [at("allocatable.cpu"), at("allocatable.memory"), at("allocatable[\"example.org/card\"]"), at("max")];
    assert_eq!(open, places.each_ref().map(|place| ("todo", place.as_str())));
    // filled in, it is a fleet
    let filled = text.replace("max: TODO", "max: 3").replace("TODO", "\"64Gi\"");
    assert!(Fleet::from_yaml(&filled).is_ok(), "{filled}");
    // what is given is not open
    let given = tenantry::fleet::import::draft(&source(&items), &options(POOLS)).unwrap();
    assert_eq!(given.document["clusterTemplates"][0]["name"], "standard");
}
