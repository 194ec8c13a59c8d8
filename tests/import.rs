//! `import kubernetes`: each rule on small manifests with known numbers, and real applications where they are at hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tenantry::fleet::import::{
    Choice, FileOptions, Imported, KubernetesOptions, MissingRequests, Origin, Source, SourceArgument, kubernetes,
    read_sources,
};
use tenantry::{Error, InputProblem};

fn manifests(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data_manifests").join(name)
}

fn sources(names: &[&str]) -> Vec<Source> {
    let arguments: Vec<SourceArgument> =
        names.iter().map(|name| SourceArgument { path: manifests(name), ..SourceArgument::default() }).collect();
    let mut sources = read_sources(&arguments, &FileOptions::default()).unwrap().sources;
    for source in &mut sources {
        let start = source.name.find("data_manifests").unwrap() + "data_manifests/".len();
        source.name.replace_range(..start, "");
    }
    sources
}

fn below(root: PathBuf) -> FileOptions {
    FileOptions { root: Some(root), ..FileOptions::default() }
}

fn text(name: &str, text: &str) -> Source {
    Source { name: name.to_owned(), content: text.into(), ..Source::default() }
}

/// One tenant `acme`, trusted, nothing else; missing requests are nothing.
fn plain() -> KubernetesOptions {
    let mut options = KubernetesOptions::new(Choice::Fixed("acme".to_owned()), Choice::Fixed("trusted".to_owned()));
    options.missing_requests = "zero".parse().unwrap();
    options
}

fn import(sources: &[Source], options: &KubernetesOptions) -> (Value, Imported) {
    let imported = kubernetes(sources, options).unwrap_or_else(|error| panic!("{error}"));
    (serde_json::to_value(&imported.document).unwrap(), imported)
}

fn problems(sources: &[Source], options: &KubernetesOptions) -> Vec<InputProblem> {
    match kubernetes(sources, options) {
        Err(Error::Fleet(error)) => error.problems,
        Err(other) => panic!("{other}"),
        Ok(imported) => panic!("imported {}", serde_json::to_string(&imported.document).unwrap()),
    }
}

fn workloads(document: &Value) -> BTreeMap<String, Value> {
    let list = document["workloads"].as_array().unwrap();
    let found: BTreeMap<String, Value> =
        list.iter().map(|it| (it["name"].as_str().unwrap().to_owned(), it.clone())).collect();
    assert_eq!(found.len(), list.len(), "names are distinct in these cases");
    found
}

fn warned(imported: &Imported, code: &str) -> Vec<String> {
    imported.warnings.iter().filter(|warning| warning.code == code).map(|warning| warning.message.clone()).collect()
}

#[test]
fn pod_requests_follow_the_scheduler() {
    let (document, imported) = import(&sources(&["requests.yaml"]), &plain());
    let found = workloads(&document);
    let requests = |name: &str| found[name]["requests"].clone();
    assert_eq!(requests("sum"), json!({"cpu": "150m", "memory": "96Mi"}));
    assert_eq!(requests("init-wins"), json!({"cpu": "1", "memory": "96Mi"}));
    assert_eq!(requests("sidecar"), json!({"cpu": "250m", "memory": "160Mi"}));
    assert_eq!(requests("limit-only"), json!({"cpu": "200m", "memory": "64Mi"}));
    assert_eq!(requests("overhead"), json!({"cpu": "350m", "memory": "184Mi"}));
    assert_eq!(requests("whole-pod"), json!({"cpu": "2", "memory": "1Gi"}));
    let extended = json!({"cpu": "100m", "memory": "64Mi", "ephemeral-storage": "2Gi", "example.org/card": "2",
        "hugepages-2Mi": "100Mi"});
    assert_eq!(requests("extended"), extended);
    assert_eq!(requests("partly"), json!({"cpu": "100m"}));
    assert_eq!(found["nothing"].get("requests"), None);
    let partly = warned(&imported, "requests-partly-missing");
    assert_eq!(partly, ["some containers have no cpu request, which counts as 0: requests.yaml: Deployment partly"]);
    let missing = warned(&imported, "missing-requests");
    assert_eq!(missing[0], "no cpu request, planned with 0 a pod: requests.yaml: Deployment nothing");
    assert!(missing[1].ends_with("Deployment partly, requests.yaml: Deployment nothing"), "{}", missing[1]);
    // the default template knows every resource that anything requests
    let allocatable = &document["clusterTemplates"][0]["allocatable"];
    for resource in ["cpu", "memory", "ephemeral-storage", "example.org/card", "hugepages-2Mi"] {
        assert_eq!(allocatable[resource], "unlimited", "{resource}");
    }
    assert_eq!(allocatable["pods"], 150_000);
    assert_eq!(warned(&imported, "default-template").len(), 1);
}

#[test]
fn missing_requests_are_refused_or_assumed() {
    let mut options = plain();
    options.missing_requests = MissingRequests::Error;
    let found = problems(&sources(&["requests.yaml"]), &options);
    let of: Vec<_> = found.iter().map(|it| (it.code, it.path.as_str(), it.message.as_str())).collect();
    assert_eq!(
        of,
        [
            ("missing-requests", "requests.yaml: Deployment nothing", "no cpu request"),
            ("missing-requests", "requests.yaml: Deployment partly", "no memory request"),
            ("missing-requests", "requests.yaml: Deployment nothing", "no memory request"),
        ]
    );
    assert!(found.iter().all(|it| it.position.is_some()));
    options.missing_requests = "cpu=50m".parse().unwrap();
    assert_eq!(problems(&sources(&["requests.yaml"]), &options).len(), 2);
    options.missing_requests = "cpu=50m,memory=32Mi".parse().unwrap();
    let (document, _) = import(&sources(&["requests.yaml"]), &options);
    assert_eq!(document["defaults"], json!({"missingRequests": {"cpu": "50m", "memory": "32Mi"}}));
    // an overhead comes on top of what is assumed
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c}], overhead: {cpu: 25m}}}";
    let (document, _) = import(&[text("p.yaml", pod)], &options);
    assert_eq!(workloads(&document)["p"]["requests"], json!({"cpu": "75m"}));
    for wrong in ["", "none", "cpu", "cpu=", "cpu=-1", "disk=1Gi", "cpu=1,cpu=2"] {
        assert!(wrong.parse::<MissingRequests>().is_err(), "{wrong}");
    }
}

#[test]
fn every_kind_counts_once_with_its_pods() {
    let mut options = plain();
    assert_eq!(problems(&sources(&["kinds.yaml"]), &options)[0].path, "kinds.yaml: Prometheus k8s");
    options.ignore_kinds = vec!["Prometheus".to_owned()];
    let (document, imported) = import(&sources(&["kinds.yaml"]), &options);
    let found = workloads(&document);
    let replicas: BTreeMap<&str, &Value> = found.iter().map(|(name, it)| (name.as_str(), &it["replicas"])).collect();
    let expected = json!({
        "web": 3, "db": 2, "agent": 1, "lone-set": 4, "old-controller": 2, "batch": 5, "few": 2, "paused": 0,
        "nightly": 1, "hourly": 2, "bare": 1, "rollout": 6, "one": 1, "kafka": 2, "kube-apiserver": 1,
    });
    assert_eq!(serde_json::to_value(replicas).unwrap(), expected);
    assert_eq!(warned(&imported, "cron-job-overlap").len(), 1);
    assert!(warned(&imported, "cron-job-overlap")[0].ends_with("CronJob nightly"));
    assert_eq!(warned(&imported, "daemon-set-as-replica").len(), 1);
    let grouped = warned(&imported, "grouped-by-owner");
    assert_eq!(grouped.len(), 1);
    for of in ["Rollout rollout, 6 pods", "StrimziPodSet kafka, 2 pods", "Node kube-apiserver, 1 pod"] {
        assert!(grouped[0].contains(&format!("kinds.yaml: {of}")), "{}", grouped[0]);
    }
    assert_eq!(warned(&imported, "kind-not-read"), ["read and not used: 1 ConfigMap, 1 Service"]);
    assert_eq!(warned(&imported, "kind-ignored"), ["left out as asked: 1 Prometheus (monitoring.coreos.com)"]);
}

#[test]
fn a_dump_gives_the_same_as_the_manifests() {
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "x"},
        "spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "c", "resources":
            {"requests": {"cpu": "100m", "memory": "64Mi"}}}]}}}});
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [deployment]});
    let nested = json!({"apiVersion": "v1", "kind": "List", "items": [list]});
    let mut bare = deployment.clone();
    bare.as_object_mut().unwrap().remove("kind");
    let typed = json!({"kind": "DeploymentList", "apiVersion": "apps/v1", "items": [bare]});
    for dump in [&deployment, &list, &nested, &typed] {
        let pretty = serde_json::to_string_pretty(dump).unwrap();
        for name in ["-", "dump.json", "dump.yaml"] {
            let (document, _) = import(&[text(name, &pretty)], &plain());
            let expected = json!({"name": "web", "tenant": "acme", "namespace": "x", "replicas": 2,
                "requests": {"cpu": "100m", "memory": "64Mi"},
                "labels": {"tenantry/kind": "Deployment", "tenantry/source": name}});
            assert_eq!(document["workloads"], json!([expected]));
        }
    }
}

#[test]
fn autoscalers_give_bounds() {
    let (document, imported) = import(&sources(&["autoscaled.yaml"]), &plain());
    let found = workloads(&document);
    assert_eq!(found["web"]["replicas"], json!({"min": 2, "max": 9}));
    assert_eq!(found["api"]["replicas"], json!({"min": 1, "max": 4}));
    assert_eq!(found["off"]["replicas"], 0);
    assert_eq!(found["other"]["replicas"], 7);
    assert_eq!(warned(&imported, "autoscaler-off").len(), 1);
    assert_eq!(warned(&imported, "autoscaler-without-target").len(), 1);
    let wrong = "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: h}, spec: {minReplicas: 3, \
                 maxReplicas: 2, scaleTargetRef: {kind: Deployment, name: x}}}";
    assert_eq!(problems(&[text("h.yaml", wrong)], &plain())[0].code, "bad-bounds");
}

#[test]
fn tenants_trust_and_attributes_come_from_labels() {
    let mut options = plain();
    options.tenant = Choice::From(Origin::NamespaceLabel("team".to_owned()));
    options.trust = Choice::From(Origin::Annotation("trust".to_owned()));
    options.attributes = vec![("environment".to_owned(), vec![Origin::NamespaceLabel("env".to_owned())])];
    options.separate = vec!["environment".to_owned()];
    options.labels = vec![("owner".to_owned(), Origin::Label("owner".to_owned()))];
    let (document, _) = import(&sources(&["labelled.yaml"]), &options);
    assert_eq!(document["policy"], json!({"attributes": {"environment": "any"}, "separate": [{"by": "environment"}]}));
    let tenants = json!([{"name": "blue", "trust": "trusted"}, {"name": "red", "attributes": {"environment": "prod"}}]);
    assert_eq!(document["tenants"], tenants);
    let found = workloads(&document);
    assert_eq!(found["a"]["attributes"], json!({"environment": "prod"}));
    assert_eq!(found["b"]["attributes"], json!({"environment": "dev"}));
    assert_eq!(found["b"].get("trust"), None);
    assert_eq!(found["c"]["trust"], "untrusted");
    assert_eq!(found["d"]["trust"], "trusted");
    assert_eq!(found["c"].get("attributes"), None);
    assert_eq!(found["c"]["labels"]["owner"], "carol");
}

#[test]
fn contradictions_and_gaps_in_labels_are_errors() {
    let mut options = plain();
    options.tenant = Choice::From(Origin::Label("team".to_owned()));
    options.trust = Choice::From(Origin::NamespaceAnnotation("trust".to_owned()));
    options.attributes = vec![("environment".to_owned(), vec![Origin::NamespaceLabel("env".to_owned())])];
    let found = problems(&sources(&["contradicting.yaml"]), &options);
    let lines: Vec<String> = found.iter().map(|it| format!("{} {}: {}", it.code, it.path, it.message)).collect();
    let (web, api) = ("contradicting.yaml: Deployment shop/web", "contradicting.yaml: Deployment shop/api");
    let no_trust = "no trust level: there is no namespace-annotation:trust";
    assert_eq!(
        lines,
        [
            format!(
                "contradicting-labels {web}: the label `env` of the pods is `dev`, that of the namespace is `prod`"
            ),
            format!("missing-trust {web}: {no_trust}"),
            format!("missing-tenant {api}: no tenant: there is no label:team"),
            format!("missing-trust {api}: {no_trust}"),
        ]
    );
    options.attributes[0].1 = vec![Origin::Label("env".to_owned())];
    assert_eq!(problems(&sources(&["contradicting.yaml"]), &options).len(), 4, "seen from the pods it is the same");
}

#[test]
fn several_origins_must_agree() {
    let mut options = plain();
    let origins = vec![Origin::NamespaceLabel("env".to_owned()), Origin::Cluster];
    options.attributes = vec![("environment".to_owned(), origins)];
    let mut sources = sources(&["labelled.yaml"]);
    sources[0].cluster = Some("prod".to_owned());
    let found = problems(&sources, &options);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "namespace-label:env is `dev`, cluster is `prod`");
}

#[test]
fn platform_daemon_sets_are_in_every_cluster() {
    let mut options = plain();
    options.platform_namespaces = vec!["monitoring".to_owned()];
    let (document, imported) = import(&sources(&["platform.yaml"]), &options);
    let found = workloads(&document);
    let exporter = json!({"name": "exporter", "tenant": "acme", "namespace": "monitoring",
        "replicas": 1, "requests": {"cpu": "112m", "memory": "200Mi"}, "perCluster": true,
        "labels": {"tenantry/kind": "DaemonSet", "tenantry/source": "platform.yaml"}});
    assert_eq!(found["exporter"], exporter);
    assert_eq!((&found["dashboard"]["perCluster"], &found["dashboard"]["replicas"]), (&json!(true), &json!(1)));
    assert_eq!((found["agent"].get("perCluster"), &found["agent"]["replicas"]), (None, &json!(1)));
    assert_eq!(document["tenants"], json!([{"name": "acme", "trust": "trusted", "platform": true}]));
    assert_eq!(warned(&imported, "daemon-set-as-replica").len(), 1);
    assert_eq!(warned(&imported, "daemon-set-per-cluster").len(), 1);
    options.platform_namespaces = vec!["monitorin".to_owned()];
    let found = problems(&sources(&["platform.yaml"]), &options);
    assert_eq!((found[0].code, found[0].suggestion.as_deref()), ("unknown-namespace", Some("monitoring")));
}

#[test]
fn dumps_of_several_clusters() {
    let mut options = plain();
    options.platform_namespaces = vec!["monitoring".to_owned()];
    let mut both = sources(&["platform.yaml", "platform.yaml"]);
    for (source, cluster) in both.iter_mut().zip(["east", "west"]) {
        source.name = format!("{cluster}.yaml");
        source.cluster = Some(cluster.to_owned());
    }
    let found = problems(&both, &options);
    assert_eq!((found[0].code, found[0].path.as_str()), ("two-clusters", "west.yaml: DaemonSet shop/agent"));
    assert!(found[0].got.as_ref().unwrap().contains("east.yaml: DaemonSet shop/agent"));
    options.qualify_namespaces = true;
    let (document, _) = import(&both, &options);
    let list: Vec<(&str, &str, &Value)> = (document["workloads"].as_array().unwrap().iter())
        .map(|it| (it["namespace"].as_str().unwrap(), it["name"].as_str().unwrap(), &it["labels"]["cluster"]))
        .collect();
    assert!(list.contains(&("east-shop", "agent", &json!("east"))), "{list:?}");
    assert!(list.contains(&("west-shop", "agent", &json!("west"))), "{list:?}");
    // the platform's copies in both are one
    for name in ["exporter", "dashboard"] {
        assert_eq!(list.iter().filter(|it| it.1 == name).count(), 1);
    }
}

#[test]
fn namesakes() {
    let pod = |kind: &str, version: &str| {
        format!(
            "{{apiVersion: {version}, kind: {kind}, metadata: {{name: x, namespace: n}}, spec: {{template: {{spec: \
             {{containers: [{{name: c}}]}}}}}}}}\n---\n"
        )
    };
    let different = format!("{}{}", pod("Deployment", "apps/v1"), pod("Job", "batch/v1"));
    let (document, imported) = import(&[text("a.yaml", &different)], &plain());
    assert_eq!(workloads(&document).keys().collect::<Vec<_>>(), ["x-deployment", "x-job"]);
    assert_eq!(warned(&imported, "renamed").len(), 2);
    let other = pod("Deployment", "apps/v1").replace("name: c", "name: d");
    let twice = [text("a.yaml", &pod("Deployment", "apps/v1")), text("b.yaml", &other)];
    let found = problems(&twice, &plain());
    assert_eq!((found[0].code, found[0].path.as_str()), ("duplicate-workload", "b.yaml: Deployment n/x"));
    assert_eq!(found[0].got.as_deref(), Some("the other: a.yaml: Deployment n/x"));
}

#[test]
fn templates_come_from_a_file() {
    let list = "- {name: small, allocatable: {cpu: '4', memory: 16Gi, pods: 110}, cost: 12.5}\n";
    let mapping = format!("clusterTemplates:\n  {list}");
    for text_of in [list, &mapping] {
        let mut options = plain();
        options.templates = Some(text("t.yaml", text_of));
        let (document, imported) = import(&sources(&["platform.yaml"]), &options);
        assert_eq!(document["clusterTemplates"][0]["name"], "small");
        assert_eq!(document["clusterTemplates"][0]["cost"], 12.5);
        assert!(warned(&imported, "default-template").is_empty());
    }
    for wrong in ["a: b\n", "{clusterTemplates: [], tenants: []}\n", "", "x", "a: b: c"] {
        let mut options = plain();
        options.templates = Some(text("t.yaml", wrong));
        assert_eq!(problems(&sources(&["platform.yaml"]), &options)[0].path, "t.yaml", "{wrong}");
    }
}

#[test]
fn every_problem_is_reported_with_its_place() {
    let found = problems(&sources(&["wrong.yaml"]), &plain());
    let place = |it: &InputProblem| it.position.map_or(String::new(), |(line, column)| format!("{line}:{column}"));
    let lines: Vec<String> = found.iter().map(|it| format!("{} {} {}", place(it), it.code, it.path)).collect();
    assert_eq!(
        lines,
        [
            "5:21 wrong-type wrong.yaml: metadata.labels.version",
            "12:29 bad-quantity wrong.yaml: spec.template.spec.containers[0].resources.requests.cpu",
            "13:32 bad-quantity wrong.yaml: spec.template.spec.containers[0].resources.requests.memory",
            "16:7 unknown-kind wrong.yaml: kind",
            "22:18 wrong-type wrong.yaml: spec.replicas",
            "22:41 no-containers wrong.yaml: spec.template.spec.containers",
            "24:1 not-an-object wrong.yaml",
            "28:11 missing-name wrong.yaml: metadata.name",
        ]
    );
    assert_eq!(found[3].suggestion.as_deref(), Some("Deployment"));
}

#[test]
fn charts_are_recognised() {
    let found = problems(&[text("chart.yaml", "kind: {{ .Values.kind }}\nmetadata: x\n")], &plain());
    assert!(found.iter().any(|it| it.expected.as_ref().is_some_and(|it| it.contains("helm template"))), "{found:?}");
}

#[test]
fn nothing_gives_no_fleet() {
    assert_eq!(problems(&[text("-", "")], &plain())[0].code, "no-workloads");
}

#[test]
fn no_text_makes_it_panic() {
    let good = std::fs::read_to_string(manifests("kinds.yaml")).unwrap();
    for cut in (0..good.len()).step_by(31).filter(|&cut| good.is_char_boundary(cut)) {
        let _ = kubernetes(&[text("x.yaml", &good[..cut])], &plain());
        let _ = kubernetes(&[text("x.yaml", &good[cut..])], &plain());
        let mut swapped = good.clone();
        swapped.replace_range(cut..=cut, "[");
        let _ = kubernetes(&[text("x.yaml", &swapped)], &plain());
    }
}

#[test]
fn directories_name_tenants() {
    let argument = |name: &str| SourceArgument { path: manifests(name), ..SourceArgument::default() };
    let read = read_sources(&[argument("apps"), argument("kinds.yaml")], &FileOptions::default()).unwrap().sources;
    let found: Vec<(&str, Option<&str>)> =
        read.iter().map(|it| (it.name.rsplit('/').next().unwrap(), it.directory.as_deref())).collect();
    let expected = [("one.yaml", "apps"), ("two.json", "apps"), ("kinds.yaml", "data_manifests")];
    assert_eq!(found, expected.map(|(name, directory)| (name, Some(directory))));
    let read = read_sources(&[argument("apps")], &below(manifests("apps"))).unwrap().sources;
    let found: Vec<Option<&str>> = read.iter().map(|it| it.directory.as_deref()).collect();
    assert_eq!(found, [Some("first"), Some("second")]);
    let error = read_sources(&[argument("kinds.yaml")], &below(manifests("apps"))).unwrap_err();
    assert!(matches!(error, Error::Usage(_)), "{error}");
    assert!(matches!(read_sources(&[argument("absent")], &FileOptions::default()).unwrap_err(), Error::Io { .. }));
    // both have a `web` without a namespace: fine, they have different tenants
    let mut options = plain();
    options.tenant = Choice::From(Origin::Directory);
    let (document, _) = import(&read, &options);
    let list: Vec<(&str, &Value)> = (document["workloads"].as_array().unwrap().iter())
        .map(|it| (it["tenant"].as_str().unwrap(), &it["replicas"]))
        .collect();
    assert_eq!(list, [("first", &json!({"min": 2, "max": 3})), ("second", &json!(1))]);
}

/// Six real applications against a table of their requests that somebody else derived from the same files.
#[test]
fn real_applications() {
    let Some(data) = std::env::var_os("TENANTRY_DATA").map(PathBuf::from) else {
        eprintln!("skipped: TENANTRY_DATA does not name a directory with the applications' manifests");
        return;
    };
    let boutique = "online-boutique/kubernetes-manifests";
    let others = ["bank-of-anthos", "sock-shop", "opentelemetry-demo", "kube-prometheus", "istio-bookinfo"];
    let paths = std::iter::once(boutique).chain(others);
    let arguments: Vec<SourceArgument> =
        paths.map(|path| SourceArgument { path: data.join(path), ..SourceArgument::default() }).collect();
    // one of them is a kustomization, which only lists the manifests beside it
    let files = FileOptions { exclude: vec!["kustomization.yaml".to_owned()], ..below(data.clone()) };
    let sources = read_sources(&arguments, &files).unwrap().sources;
    let mut options = plain();
    options.tenant = Choice::From(Origin::Directory);
    let custom: Vec<String> =
        problems(&sources, &options).iter().map(|it| format!("{} {}", it.code, it.path)).collect();
    assert_eq!(custom.len(), 2, "nothing but the two custom resources is refused: {custom:?}");
    assert!(custom[0].starts_with("runs-pods") && custom[0].ends_with("Alertmanager monitoring/main"), "{custom:?}");
    assert!(custom[1].starts_with("runs-pods") && custom[1].ends_with("Prometheus monitoring/k8s"), "{custom:?}");
    options.ignore_kinds = vec!["Alertmanager".to_owned(), "Prometheus".to_owned()];
    let (document, _) = import(&sources, &options);
    let mut ours: BTreeMap<(String, String), (Option<f64>, Option<f64>)> = BTreeMap::new();
    for it in document["workloads"].as_array().unwrap() {
        let amount = |resource: &str| it["requests"][resource].as_str().map(plain_number);
        let key = (it["tenant"].as_str().unwrap().to_owned(), it["name"].as_str().unwrap().to_owned());
        ours.insert(key, (amount("cpu").map(|n| n * 1000.0), amount("memory").map(|n| n / 1_048_576.0)));
    }
    let table = std::fs::read_to_string(data.join("workloads-all/workloads_all.csv")).unwrap();
    let mut compared = 0;
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [application, kind, name] = cells[..3] else { panic!("{line}") };
        if matches!(kind, "Alertmanager" | "Prometheus") {
            continue; // custom resources: left out above
        }
        // the table gives requests as written; a limit alone is a request
        let cell = |request: usize| cells[request].parse::<f64>().or_else(|_| cells[request + 2].parse()).ok();
        let found = ours.remove(&(application.to_owned(), name.to_owned())).unwrap_or_else(|| panic!("{line}"));
        assert_eq!(found, (cell(7), cell(8)), "{line}");
        compared += 1;
    }
    assert_eq!(compared, 74);
    assert!(ours.is_empty(), "{ours:?}");
}

/// A quantity of this file's own reading, in cores or bytes.
fn plain_number(text: &str) -> f64 {
    let suffixes = [("Ki", 1024.0), ("Mi", 1_048_576.0), ("Gi", 1_073_741_824.0), ("m", 0.001)];
    let found = suffixes.iter().find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, *unit)));
    let (digits, unit) = found.unwrap_or((text, 1.0));
    (digits.parse::<f64>().unwrap() * unit * 1000.0).round() / 1000.0
}
