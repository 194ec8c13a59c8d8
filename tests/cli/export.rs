//! Manifests that carry a plan out.

use super::*;

const FLEET: &str = "\
schema: tenantry/v1
name: carried
asOf: \"2026-11-27\"
tenants:
  - {name: shop, trust: trusted}
  - {name: guests, trust: untrusted, mitigations: [gvisor]}
  - {name: infra, trust: trusted, platform: true}
workloads:
  - {name: web, tenant: shop, namespace: shop, replicas: {min: 2, max: 4}, copies: 2, requests: {cpu: 500m, memory: 512Mi}}
  - {name: mill, tenant: shop, namespace: mill, replicas: 9, split: true, requests: {cpu: 1, memory: 1Gi, nvidia.com/gpu: 1}}
  - {name: sandbox, tenant: guests, replicas: 2, requests: {cpu: 100m, memory: 128Mi}}
  - {name: logs, tenant: infra, namespace: logging, perNode: true, requests: {cpu: 50m, memory: 64Mi}}
clusterTemplates:
  - name: standard
    nodePools: [{name: workers, max: 4, allocatable: {cpu: \"4\", memory: 16Gi, pods: 110, nvidia.com/gpu: 2}}]
";

const TARGETS: [(&str, &[&str]); 6] = [
    ("kubernetes", &["--quota-headroom", "25", "--pod-security", "tenant:infra=privileged"]),
    ("argocd", &["--repo", "https://git.example/platform.git", "--path", "carry"]),
    ("flux", &["--repo", "ssh://git@git.example/platform", "--branch", "live", "--apps", "teams/{tenant}/{namespace}"]),
    ("karmada", &["--group", "oidc:{tenant}"]),
    ("ocm", &["--hub-namespace", "fleet"]),
    ("clusterapi", &["--kubernetes-version", "v1.35.2", "--control-plane", "3"]),
];

/// Every file below a folder but the records, with its text.
fn files(folder: &Path) -> Vec<(String, String)> {
    fn walk(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.retain(|(name, _)| !name.starts_with(".tenantry"));
    found.sort();
    found
}

#[test]
fn every_target_has_its_files() {
    let place = Place::new();
    place.file("fleet.yaml", FLEET);
    assert_eq!(code(&place.run(&["plan", "fleet.yaml", "-o", "plan.json"])), 0);
    for (target, options) in TARGETS {
        let call = |extra: &[&str]| {
            let base = ["export", "fleet.yaml", "plan.json", "--for", target, "-o", target];
            place.run(&[&base, options, extra].concat())
        };
        let dry = call(&["--dry-run"]);
        assert_eq!(code(&dry), 0, "{}", err(&dry));
        assert!(!place.path(target).exists());
        let output = call(&[]);
        assert_eq!(code(&output), 0, "{}", err(&output));
        let all = files(&place.path(target));
        let listed: Vec<String> = all.iter().map(|(name, _)| format!("{:<8} {name}\n", "new")).collect();
        assert_eq!(out(&dry), listed.concat());
        let mut text = err(&output);
        for (name, content) in &all {
            text.push_str(&format!("=== {name}\n{content}"));
        }
        golden(&format!("export-{target}.txt"), &text);
        assert!(err(&call(&[])).contains(&format!("0 new, 0 changed, {} as they were, 0 removed", all.len())));
    }
    // several targets may share a folder
    for (target, options) in TARGETS {
        let base = ["export", "fleet.yaml", "plan.json", "--for", target, "-o", "one"];
        assert_eq!(code(&place.run(&[&base[..], options].concat())), 0, "{target}");
    }
}

#[test]
fn what_an_export_refuses() {
    let place = Place::new();
    place.file("fleet.yaml", FLEET);
    place.file("other.yaml", &FLEET.replace("500m", "600m"));
    place.file(
        "named.yaml",
        &FLEET
            .replace("guests", "Guests!")
            .replace("name: sandbox,", "name: sandbox, namespace: wild,")
            .replace("name: mill", "name: Mill_1"),
    );
    place.file("none.yaml", &FLEET.replace("name: standard\n", "name: standard\n    maxCount: 2\n"));
    for name in ["fleet", "named", "none"] {
        place.run(&["plan", &format!("{name}.yaml"), "-o", &format!("{name}.json")]);
    }
    let refused = |fleet: &str, plan: &str, more: &[&str]| {
        let output = place.run(&[&["export", fleet, plan, "-o", "carry"], more].concat());
        assert_eq!(code(&output), 2, "{}", err(&output));
        assert!(!place.path("carry").exists());
        err(&output)
    };
    let to = ["--for", "kubernetes"];
    assert!(refused("other.yaml", "fleet.json", &to).contains("another version of this fleet"));
    assert!(refused("none.yaml", "none.json", &to).contains("places nothing"));
    assert!(refused("fleet.yaml", "fleet.json", &["--for", "helm"]).contains("the targets are kubernetes, argocd"));
    assert!(refused("fleet.yaml", "fleet.json", &["--for", "argocd"]).contains("--repo URL"));
    let names = refused("named.yaml", "named.json", &to);
    assert!(names.contains("named.yaml:6:12") && names.contains("Mill_1") && names.contains("2 problems"), "{names}");
}
