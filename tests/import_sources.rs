//! What `import kubernetes` reads: YAML as `kubectl` takes it, encodings, lists item by item, directories of a repository.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tenantry::fleet::import::{
    Choice, Content, FileOptions, Found, Imported, KubernetesOptions, Source, SourceArgument, kubernetes, read_sources,
};
use tenantry::fleet::{Limits, Warning};
use tenantry::{Error, Fleet};

fn plain() -> KubernetesOptions {
    let mut options = KubernetesOptions::new(Choice::Fixed("acme".to_owned()), Choice::Fixed("trusted".to_owned()));
    options.missing_requests = "zero".parse().unwrap();
    options
}

fn source(name: &str, content: &str) -> Source {
    Source { name: name.to_owned(), content: content.into(), ..Source::default() }
}

fn pod(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}]}})
}

fn names(imported: &Imported) -> Vec<String> {
    let document = serde_json::to_value(&imported.document).unwrap();
    document["workloads"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
}

/// The names of the workloads of one text.
fn read(name: &str, text: &str) -> Vec<String> {
    names(&kubernetes(&[source(name, text)], &plain()).unwrap_or_else(|error| panic!("{text}\n{error}")))
}

/// Code, path and position of the first problem.
fn refused(sources: &[Source]) -> (&'static str, String, Option<(usize, usize)>) {
    match kubernetes(sources, &plain()) {
        Err(Error::Fleet(error)) => {
            let first = &error.problems[0];
            (first.code, first.path.clone(), first.position)
        }
        other => panic!("{other:?}"),
    }
}

fn find(directory: &Path, exclude: &[&str]) -> Result<Found, Error> {
    let argument = SourceArgument { path: directory.to_owned(), ..SourceArgument::default() };
    let exclude = exclude.iter().map(|&glob| glob.to_owned()).collect();
    read_sources(&[argument], &FileOptions { root: None, exclude })
}

fn usage(found: Result<Found, Error>) -> String {
    match found {
        Err(Error::Usage(message)) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn yaml_as_kubectl_reads_it() {
    let head = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: c\n    ";
    for list in [
        "args: [\n\"a\",\n'b'\n]\n",
        "args: [\n      'a'\n]\n    image: x\n",
        "args: {\n\t\"a\": \"1\"\n\t}\n",
        "args: [a,\n\t'b'\n\t]\n",
        "command: [\"sh\", \"-c\", \"echo\n\n  twice\"]\n",
        "image: x # why\n# and\n    args:\n    - >-\n      a\n       b\n    - |2\n         c",
        "args: [a, ? b, {c: [d]},]\r\n",
        "args: [--at=:, {a:}, b:]\n",
    ] {
        assert_eq!(read("web.yaml", &format!("{head}{list}")), ["web"], "{list}");
    }
    assert_eq!(read("web.yaml", &format!("%YAML 1.1\n---\n{head}image: x\n...\n# end\n--- # next\n")), ["web"]);
    let flow = "{apiVersion: v1, kind: Pod, metadata: {name: \"web\"}, spec: {containers: [{\"name\":c}]}}";
    assert_eq!(read("web.yaml", flow), ["web"]);
    assert_eq!(read("<stdin>", flow), ["web"]);
    assert_eq!(read("web.yaml", &flow.replace("apiVersion", "\"apiVersion\"")), ["web"]);
    assert_eq!(read("web.json", &format!("{head}image: x\n")), ["web"]);
    assert_eq!(read("<stdin>", &format!("{}\n---\n{head}image: x\n", pod("api"))), ["api", "web"]);
    // JSON has escapes that YAML has not
    let mut face = pod("web");
    face["metadata"]["annotations"] = json!({"face": "FACE"});
    let face = face.to_string().replace("FACE", "\\ud83d\\ude00");
    assert_eq!(read("web.yaml", &face), ["web"]);
}

#[test]
fn fleets_are_read_by_the_same_yaml() {
    let fleet = "schema: tenantry/v1\ntenants: [\n{name: shop, trust: \"trusted\"}\n]\nworkloads: [\n\
                 {name: \"web\", tenant: shop, requests: {cpu: 1, memory: \"1Gi\"\n}}\n]\n\
                 clusterTemplates: [\n{name: 'small', allocatable: {cpu: 4, memory: 8Gi}}\n]\n";
    assert_eq!(Fleet::from_yaml(fleet).unwrap().identity(0), "shop/web");
    let (little, big) = utf16(fleet);
    for bytes in [fleet.as_bytes(), &little, &big] {
        assert_eq!(Fleet::from_yaml_bytes(bytes, &Limits::default()).unwrap().identity(0), "shop/web");
    }
    let problem = |text: &str| Fleet::from_yaml(text).unwrap_err().problems.remove(0);
    let unclosed = problem("schema: tenantry/v1\ntenants: [\n  a\nb: c\n");
    assert_eq!((unclosed.code, unclosed.position), ("bad-yaml", Some((4, 2))));
    assert!(unclosed.message.contains("did not find expected ',' or ']'"), "{}", unclosed.message);
    assert!(unclosed.message.contains("that begins in line 2"), "{}", unclosed.message);
    assert_eq!(problem("a: &x [*x]").code, "bad-alias");
    assert_eq!(problem("a: *x").code, "bad-alias");
    assert_eq!(problem("a: &x 1\nb: &x [*x]").code, "bad-alias");
}

fn utf16(text: &str) -> (Vec<u8>, Vec<u8>) {
    let units: Vec<u16> = std::iter::once(0xFEFF).chain(text.encode_utf16()).collect();
    (
        units.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        units.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
    )
}

#[test]
fn every_encoding_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("dump");
    let text = format!("# Größe \u{1f600}\n{}\n", pod("web"));
    let (little, big) = utf16(&text);
    let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    let crlf = text.replace('\n', "\r\n").into_bytes();
    for bytes in [text.clone().into_bytes(), marked, little.clone(), big, crlf] {
        fs::write(&file, &bytes).unwrap();
        let source = Source { name: "dump".to_owned(), content: Content::File(file.clone()), ..Source::default() };
        assert_eq!(names(&kubernetes(&[source], &plain()).unwrap()), ["web"]);
    }
    for (bytes, place) in [
        (b"a: b\nc\xFFd".to_vec(), (2, 2)),
        (little[..little.len() - 1].to_vec(), (2, text.lines().nth(1).unwrap().len() + 1)),
    ] {
        fs::write(&file, &bytes).unwrap();
        let source = Source { name: "dump".to_owned(), content: Content::File(file.clone()), ..Source::default() };
        assert_eq!(refused(&[source]), ("bad-character", "dump".to_owned(), Some(place)));
    }
}

#[test]
fn lists_are_read_item_by_item() {
    let items = [pod("a"), pod("b"), json!({"apiVersion": "v1", "kind": "List", "items": [pod("c")]})];
    let head_first = json!({"apiVersion": "v1", "kind": "List", "items": items});
    let mut head_last = json!({"apiVersion": "v1"});
    head_last["items"] = head_first["items"].clone();
    head_last["kind"] = "List".into();
    for list in [head_first, head_last] {
        assert_eq!(read("list.json", &list.to_string()), ["a", "b", "c"]);
        assert_eq!(read("list.yaml", &list.to_string()), ["a", "b", "c"]);
    }
    let yaml = "kind: List\napiVersion: v1\nitems:\n- &pod {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c}]}}\n\
                - <<: *pod\n  metadata: {name: b}\n---\n# another\napiVersion: v1\nkind: Pod\nmetadata: {name: c}\n\
                spec: {containers: [{name: c}]}\n";
    assert_eq!(read("list.yaml", yaml), ["a", "b", "c"]);

    // as the API server lists them: the items have no kind of their own, whether it comes before them or after
    let mut bare = pod("a");
    bare.as_object_mut().unwrap().retain(|key, _| key != "kind" && key != "apiVersion");
    for list in [json!({"kind": "PodList", "items": [bare]}), json!({"items": [bare], "kind": "PodList"})] {
        assert_eq!(read("pods.json", &list.to_string()), ["a"]);
    }

    // their version is the list's as well: another project's StatefulSet is none of Kubernetes'
    let set = json!({"metadata": {"name": "db"}, "spec": {"replicas": 2, "scaleStrategy": {}, "template": {"spec":
        {"containers": [{"name": "c"}]}}}});
    for list in [
        json!({"kind": "StatefulSetList", "apiVersion": "apps.kruise.io/v1beta1", "items": [set]}),
        json!({"items": [set], "kind": "StatefulSetList", "apiVersion": "apps.kruise.io/v1beta1"}),
    ] {
        assert_eq!(read("sets.json", &list.to_string()), ["db"]);
        let own = list.to_string().replace("apps.kruise.io/v1beta1", "apps/v1");
        assert_eq!(refused(&[source("sets.json", &own)]).0, "unknown-key", "Kubernetes' own has no such key");
        let wrong = list.to_string().replace("apps.kruise.io/v1beta1", "app/v1");
        assert_eq!(refused(&[source("sets.json", &wrong)]).0, "unknown-version");
    }
    // an item that says what it is, is that
    let mixed = json!({"kind": "DeploymentList", "apiVersion": "apps/v1", "items": [pod("a")]});
    assert_eq!(read("mixed.json", &mixed.to_string()), ["a"]);

    let mut wrong = pod("b");
    wrong["metadata"] = "x".into();
    let list = json!({"apiVersion": "v1", "items": [pod("a"), wrong], "kind": "List"});
    let (code, path, _) = refused(&[source("list.json", &list.to_string())]);
    assert!(!code.is_empty() && path.starts_with("list.json: items[1]"), "{code} {path}");
    // lines are counted through the documents before
    let text = "# a\n---\n# x\n---\nb: [\n";
    assert_eq!(refused(&[source("x.yaml", &format!("{}\n---\n{text}", pod("a")))]).2, Some((8, 1)));
}

#[test]
fn a_name_in_a_warning_forges_no_line() {
    let owned = |name: &str| {
        let mut it = pod(name);
        it["metadata"]["ownerReferences"] = json!([{"apiVersion": "x/v1", "kind": "Cluster\nwarning: nothing [all-is-well]", "name": name, "controller": true}]);
        it
    };
    let names = ["a\nb", "c\u{1b}[31m", "d"];
    let mut items: Vec<Value> = names.iter().map(|name| owned(name)).collect();
    items.push(json!({"apiVersion": "x/v1", "kind": "Odd\nkind", "metadata": {"name": "x"}}));
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
    let Err(Error::Fleet(error)) = kubernetes(&[source("x\ny.json", &list)], &plain()) else { panic!("such names") };
    assert!(error.problems.iter().all(|it| it.code == "bad-name"), "{error}");
    let draft = tenantry::fleet::import::draft(&[source("x\ny.json", &list)], &plain()).unwrap();
    for warning in &draft.warnings {
        let mut lines = warning.message.lines();
        assert!(lines.next().is_some() && lines.all(|line| line.starts_with("    ")), "{warning:?}");
        assert!(!warning.message.contains('\u{1b}') && !warning.message.contains("\nwarning"), "{warning:?}");
    }
    let grouped = draft.warnings.iter().find(|it| it.code == "grouped-by-owner").unwrap();
    assert!(grouped.message.contains("\\nwarning: nothing"), "{grouped:?}");
}

#[test]
fn repositories_hold_more_than_manifests() {
    let directory = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    put("deploy/web.yaml", &pod("web").to_string());
    put("deploy/package.json", "{\"name\": \"web\", \"version\": \"1\"}");
    put("compose.yml", "services: {web: {image: x}}\n");
    put("ci/build.yaml", "on: [push]\n---\n- just\n- a list\n");
    put("ci/template.yaml", "{% for x in y %}\na: b: c\n");
    put("ci/empty.yaml", "# nothing\n");
    put("notes.txt", "apiVersion: v1\nkind: Pod\n");
    put(".git/config.yaml", "apiVersion: v1\nkind: Pod\n");
    #[cfg(unix)]
    for name in ["notes", "deploy/old.yaml"] {
        std::os::unix::fs::symlink("/nowhere", directory.path().join(name)).unwrap();
    }
    let found = find(directory.path(), &[]).unwrap();
    if cfg!(unix) {
        let codes: Vec<&str> = found.warnings.iter().map(|warning| warning.code).collect();
        assert_eq!(codes, ["link-to-nowhere"]);
        assert!(found.warnings[0].message.ends_with("deploy/old.yaml"), "{}", found.warnings[0].message);
    }
    let imported = kubernetes(&found.sources, &plain()).unwrap();
    assert_eq!(names(&imported), ["web"]);
    let left_out: Vec<&str> =
        imported.warnings.iter().filter(|it| it.code == "no-objects").map(|it| it.message.as_str()).collect();
    assert_eq!(left_out.len(), 1);
    assert!(left_out[0].contains("build.yaml") && left_out[0].ends_with("and 2 more"), "{}", left_out[0]);

    // what is named is no stranger, and what speaks of objects is none either
    for name in ["compose.yml", "deploy/package.json"] {
        let named = SourceArgument { path: directory.path().join(name), ..SourceArgument::default() };
        let named = read_sources(&[named], &FileOptions::default()).unwrap();
        assert_eq!(refused(&named.sources).0, "not-an-object", "{name}");
    }
    put("ci/broken.yaml", "apiVersion: v1\nkind: Pod\na: b: c\n");
    assert_eq!(refused(&find(directory.path(), &[]).unwrap().sources).0, "syntax");
    put("ci/broken.yaml", "apiVersion: v1\nmetadata: {}\n");
    assert_eq!(refused(&find(directory.path(), &[]).unwrap().sources).0, "not-an-object");

    for exclude in ["broken.yaml", "ci", "ci/", "./ci/broken.*", "**/bro?en.yaml"] {
        let found = find(directory.path(), &[exclude]).unwrap();
        assert_eq!(names(&kubernetes(&found.sources, &plain()).unwrap()), ["web"], "{exclude}");
        assert!(found.warnings.iter().all(|it| it.code != "exclude-not-used"), "{exclude}");
    }
    let found = find(directory.path(), &["ci/*", "build.yaml/x", "CI"]).unwrap();
    let unused: Vec<&Warning> = found.warnings.iter().filter(|it| it.code == "exclude-not-used").collect();
    assert_eq!(unused.len(), 2);
    assert!(usage(find(directory.path(), &["[a"])).contains("--exclude [a"));
    assert!(usage(find(&directory.path().join("ci"), &["*"])).contains("no .yaml"));
}

#[test]
fn parts_of_other_programs_are_no_manifests() {
    let directory = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    put("base/kustomization.yaml", "resources: [web.yaml]\n");
    put("base/web.yaml", &pod("web").to_string());
    let base = directory.path().join("base");
    let message = usage(find(&base, &[]));
    assert!(message.contains("is a kustomization"), "{message}");
    assert!(message.ends_with(&format!("\n    kubectl kustomize {}", base.display())), "{message}");
    put("overlays/two prod/Kustomization", "resources: [../../base]\n");
    put("chart/Chart.yaml", "name: x\n");
    put("chart/templates/web.yaml", "a: {{ .b }}\n");
    put("chart/charts/sub/Chart.yaml", "name: y\n");
    put("web.yaml", &pod("web").to_string());
    let message = usage(find(directory.path(), &[]));
    assert!(message.starts_with("there are 3 Helm charts and kustomizations"), "{message}");
    assert!(message.contains(&format!("helm template {}/chart\n", directory.path().display())), "{message}");
    assert!(message.contains("overlays/two prod'"), "{message}");
    assert_eq!(message.lines().count(), 4, "{message}");
    let found = find(directory.path(), &["base", "overlays", "chart"]).unwrap();
    assert_eq!(names(&kubernetes(&found.sources, &plain()).unwrap()), ["web"]);
    for name in ["base/kustomization.yaml", "chart/Chart.yaml"] {
        assert!(usage(find(&directory.path().join(name), &[])).contains("the files there are parts"), "{name}");
    }
    // rendered by somebody else, it says itself what it is
    let kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a]\n";
    assert_eq!(refused(&[source("<stdin>", kustomization)]).0, "kustomization");
}
