//! What is read is written back, in YAML and in JSON, and means the same.

use tenantry::Fleet;

/// The document of the design, with every kind of rule.
const ACME: &str = r#"
schema: tenantry/v1
name: acme-2026q4
asOf: "2026-11-23"
policy:
  attributes:
    environment: {production: [prod, live], non-production: [dev, test, staging]}
    classification: [public, restricted]
    customer: any
    kubernetes: any
    region: {eu: [eu-west, eu-central], elsewhere: ["*"]}
  levels:
    - {name: hostile,   sharing: workload, accepts: hostile}
    - {name: untrusted, sharing: tenant,   accepts: untrusted}
    - {name: trusted,   sharing: level,    accepts: trusted}
  separate:
    - {by: environment}
    - {by: customer, missing: {class: internal, tenants: [shop, payments, analytics]}}
  apart:
    - {by: kubernetes, missing: any}
  distrust:
    - id: pci-scope
      subject: {classification: restricted}
      neighbour: {classification: {not: restricted}}
      reason: cardholder data only beside in-scope workloads
    - {id: loner, subject: {tenant: [analytics]}, neighbour: {tenant: other, trust: {not: [hostile]}}}
    - {id: nobody, subject: {namespace: vault}, neighbour: {all: true}}
  together:
    - {id: pair, members: [frontend, shop/recommendationservice], reason: "they talk: a lot"}
    - {id: each, by: tenant, where: {environment: production}}
  waivers:
    - id: w-1
      between: [{tenant: payments}, {tenant: analytics}]
      waives: ["distrusts", "distrust:pci-scope", "distrust:loner", level, sharing, "separate:environment", "apart:kubernetes"]
      approvedBy: ciso
      expires: "2026-12-31"
      reason: migration
tenants:
  - {name: shop, trust: trusted, labels: {owner: team-shop, note: "yes"}}
  - {name: payments, trust: trusted, attributes: {classification: restricted}, distrusts: [analytics]}
  - {name: analytics, trust: trusted, sharing: level, accepts: trusted}
  - {name: customer-a, trust: untrusted, attributes: {customer: a, environment: production}}
  - {name: operations, trust: trusted, platform: true, mitigations: [gVisor]}
workloads:
  - {name: frontend, tenant: shop, attributes: {environment: prod, kubernetes: "1.30"}, replicas: 3, requests: {cpu: 100m, memory: 64Mi}}
  - {name: recommendationservice, tenant: shop, attributes: {environment: production}, replicas: {min: 1, max: 2},
     requests: {cpu: 0.1, memory: 220Mi}, fixedRequests: {cpu: "0.050"}}
  - {name: vault, tenant: payments, namespace: vault, attributes: {environment: live, region: us}, requests: {cpu: 2, memory: 1e9, nvidia.com/gpu: 1}}
  - {name: jobs, tenant: analytics, namespace: jobs, attributes: {environment: test}, requests: {memory: 64Mi}}
  - {name: cron, tenant: analytics, namespace: jobs, attributes: {environment: test}, requests: {memory: 64Mi}}
  - {name: app, tenant: customer-a, requests: {cpu: "1.5", memory: 1.5Gi}}
  - {name: agent, tenant: operations, perCluster: true, requests: {cpu: 50m, memory: 32Mi}}
clusterTemplates:
  - {name: standard, allocatable: {cpu: "1590", memory: 5700Gi, pods: 11000, nvidia.com/gpu: unlimited}, headroom: 20%, maxCount: 20, cost: 1573}
  - name: pooled
    nodePools:
      - {name: small, allocatable: {cpu: 4, memory: 16Gi}, max: 10}
      - {name: large, allocatable: {cpu: 16, memory: 64Gi, pods: 250}, max: 2}
    headroom: 0.125
    maximums: {pods: 500}
    cost: {cluster: 72.5, perNode: "30.125"}
    labels: {cloud: x}
defaults:
  missingRequests: {cpu: 10m}
objective: [clusters, cost]
"#;

#[test]
fn resolves_to_exact_numbers() {
    let fleet = Fleet::from_yaml(ACME).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(fleet.resources(), ["cpu", "memory", "pods", "nvidia.com/gpu"]);
    let workload = |name: &str| &fleet.workloads()[fleet.find(name).unwrap()];
    assert_eq!(workload("frontend").total[..], [300, (3 * 64) << 20, 3, 0]);
    assert_eq!(workload("shop/recommendationservice").total[..], [250, (2 * 220) << 20, 2, 0]);
    assert_eq!(workload("payments/vault/vault").total[..], [2000, 1_000_000_000, 1, 1]);
    assert_eq!(workload("jobs").total[..], [10, 64 << 20, 1, 0]);
    let template = |name: &str| fleet.templates().iter().position(|it| it.name == name).unwrap();
    let standard = &fleet.templates()[template("standard")].shape;
    let overhead = [50, 32 << 20, 1];
    assert_eq!(standard.usable[0], Some(1_590_000 * 8 / 10 - overhead[0]));
    assert_eq!(standard.usable[1], Some((5700u64 << 30) * 8 / 10 - overhead[1]));
    assert_eq!(standard.usable[2], Some(8800 - overhead[2]));
    assert_eq!(standard.usable[3], None);
    assert_eq!(standard.cost, Some(1_573_000));
    let pooled = &fleet.templates()[template("pooled")].shape;
    assert_eq!(pooled.allocatable, [Some(72_000), Some(288 << 30), Some(10 * 110 + 2 * 250), Some(0)]);
    assert_eq!(pooled.usable[2], Some(500 - 1));
    assert_eq!((pooled.cost, pooled.node_cost), (Some(72_500), 30_125), "nodes cost what is in use");
    let site = fleet.sites().iter().position(|site| site.template() == Some(template("standard"))).unwrap();
    assert_eq!(workload("vault").sites[..], [site], "the pools have no gpu");
    // by tenant, namespace and name, whatever the order of the document
    assert_eq!(fleet.units(), [vec![0, 1], vec![2], vec![4], vec![5, 6]]);
    assert_eq!(fleet.policy().attributes[3].classes, ["1.30"]);
    assert!(fleet.warnings().iter().all(|warning| warning.code != "nobody-separated"), "{:?}", fleet.warnings());
}

#[test]
fn yaml_and_json_and_back() {
    let fleet = Fleet::from_yaml(ACME).unwrap();
    let yaml = fleet.to_yaml();
    let json = fleet.to_json();
    for again in [Fleet::from_yaml(&yaml), Fleet::from_json(&json), Fleet::from_yaml(&json)] {
        let again = again.unwrap_or_else(|error| panic!("{error}\n{yaml}"));
        assert_eq!(again.document(), fleet.document());
        assert_eq!(again.digest(), fleet.digest());
        assert_eq!(again.to_yaml(), yaml);
        assert_eq!(again.to_json(), json);
        assert_eq!(again.workloads(), fleet.workloads());
        assert_eq!(again.policy(), fleet.policy());
        assert_eq!(again.templates(), fleet.templates());
    }
    assert!(yaml.contains("prod"), "aliases stay as written");
    assert!(yaml.contains("1.5Gi"), "quantities stay as written");
}

#[test]
fn one_digest_however_it_is_written() {
    let fleet = Fleet::from_yaml(ACME).unwrap();
    assert_eq!(fleet.digest().len(), 64);
    // Quoted or not, a number is the same amount; the order of keys, comments and line ends mean nothing.
    let other = ACME
        .replace("cpu: 2,", "cpu: \"2\",")
        .replace("cost: 1573", "cost: \"1573\"")
        .replace("maxCount: 20, cost: \"1573\"", "cost: \"1573\", maxCount: 20")
        .replace("objective:", "# why\nobjective:")
        .replace('\n', "\r\n");
    assert_eq!(Fleet::from_yaml(&other).unwrap().digest(), fleet.digest());
    let another = ACME.replace("maxCount: 20", "maxCount: 21");
    assert_ne!(Fleet::from_yaml(&another).unwrap().digest(), fleet.digest());
    assert_eq!(Fleet::from_document(fleet.document().clone()).unwrap().digest(), fleet.digest());
}

#[test]
fn the_digest_is_that_of_sorted_compact_json() {
    use sha2::{Digest, Sha256};
    let text = r#"{"schema": "tenantry/v1", "tenants": [{"trust": "trusted", "name": "t\u00e9\n"}], "workloads": [],
        "clusterTemplates": [{"name": "a", "cost": 2, "allocatable": {"memory": "1Gi", "cpu": 1.50}}]}"#;
    let text = text.replace("\\n", "");
    let canonical = "{\"clusterTemplates\":[{\"allocatable\":{\"cpu\":\"1.50\",\"memory\":\"1Gi\"},\"cost\":\"2\",\"name\":\"a\"}],\
                     \"schema\":\"tenantry/v1\",\"tenants\":[{\"name\":\"té\",\"trust\":\"trusted\"}],\"workloads\":[]}";
    let expected: String = Sha256::digest(canonical).iter().map(|byte| format!("{byte:02x}")).collect();
    let with_workload = text.replace("\"workloads\": []", "\"workloads\": [{\"name\": \"w\", \"tenant\": \"té\", \"namespace\": \"n\", \"requests\": {\"cpu\": 1, \"memory\": 1}}]");
    let fleet = Fleet::from_json(&with_workload).unwrap_or_else(|error| panic!("{error}"));
    assert_ne!(fleet.digest(), expected);
    let mut document = fleet.document().clone();
    document.workloads.clear();
    assert_eq!(Fleet::from_document(document).unwrap().digest(), expected);
}

#[test]
fn workloads_are_found_by_what_people_call_them() {
    let text = "
schema: tenantry/v1
tenants: [{name: a, trust: trusted}, {name: b, trust: trusted}]
workloads:
  - {name: web, tenant: a, namespace: one, requests: {cpu: 1, memory: 1}}
  - {name: web, tenant: a, namespace: two, requests: {cpu: 1, memory: 1}}
  - {name: web, tenant: b, requests: {cpu: 1, memory: 1}}
  - {name: db, tenant: b, requests: {cpu: 1, memory: 1}}
clusterTemplates: [{name: t, allocatable: {cpu: 9, memory: 9}}]
";
    let fleet = Fleet::from_yaml(text).unwrap_or_else(|error| panic!("{error}"));
    let identities: Vec<String> = (0..4).map(|workload| fleet.identity(workload)).collect();
    assert_eq!(identities, ["a/one/web", "a/two/web", "b/db", "b/web"]);
    for (workload, identity) in identities.iter().enumerate() {
        assert_eq!(fleet.find(identity).unwrap(), workload);
    }
    assert_eq!(fleet.find("db").unwrap(), 2);
    assert_eq!(fleet.find("b/b-web/web").unwrap(), 3);
    for (name, message) in [
        ("web", "3 workloads are called `web`: a/one/web, a/two/web, b/web"),
        ("a/web", "2 workloads are called `a/web`: a/one/web, a/two/web"),
        ("b/wep", "there is no workload `b/wep`; did you mean `b/web`?"),
        ("dbb", "there is no workload `dbb`; did you mean `db`?"),
        ("a/one/web/x", "there is no workload `a/one/web/x`; did you mean `a/one/web`?"),
        ("", "there is no workload ``"),
    ] {
        assert_eq!(fleet.find(name).unwrap_err().to_string(), message);
    }
    assert!(fleet.warnings().iter().any(|warning| warning.code == "nobody-separated"));
}

#[test]
fn the_schema_names_every_key() {
    let schema: serde_json::Value = serde_json::from_str(&tenantry::fleet::schema()).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(schema.get("$id").is_none());
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["required"], serde_json::json!(["schema"]));
    let keys: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
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
    assert_eq!(keys, expected);
    let workload = &schema["$defs"]["WorkloadDocument"];
    assert_eq!(workload["required"], serde_json::json!(["name", "tenant"]));
    assert_eq!(workload["additionalProperties"], false);
    assert!(schema["$defs"]["TogetherDocument"]["properties"].get("where").is_some());
}
