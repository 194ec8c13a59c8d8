//! Everything that can be wrong with a fleet: one change to a sound document, and exactly the problems it must cause.

use tenantry::fleet::Limits;
use tenantry::{Fleet, FleetError};

const SOUND: &str = r#"schema: tenantry/v1
name: acme
asOf: "2026-11-23"
policy:
  attributes:
    environment: {production: [prod, live], non-production: [dev, test]}
    classification: [public, restricted]
    customer: any
    region: {eu: [eu-west], elsewhere: ["*"]}
    version: any
  levels:
    - {name: hostile, sharing: workload, accepts: hostile}
    - {name: untrusted, sharing: tenant, accepts: untrusted}
    - {name: trusted, sharing: level, accepts: trusted}
  separate:
    - {by: environment}
    - {by: customer, missing: {class: internal, tenants: [shop, payments, operations]}}
  apart:
    - {by: version, missing: any}
  distrust:
    - {id: pci, subject: {classification: restricted}, neighbour: {classification: {not: restricted}}, reason: cards}
    - {id: away, subject: {tenant: shop}, neighbour: {tenant: other, trust: untrusted}}
    - {id: room, subject: {namespace: vault}, neighbour: {workload: frontend}}
  together:
    - {id: pair, members: [frontend, shop/cart]}
    - {id: each, by: tenant, where: {environment: production, region: {not: elsewhere}}}
  waivers:
    - {id: w1, between: [{tenant: shop}, {tenant: payments}], waives: ["distrust:pci", "separate:environment"], approvedBy: ciso, expires: "2026-12-31", reason: migration}
tenants:
  - {name: shop, trust: trusted, attributes: {environment: prod}, labels: {owner: team-shop}}
  - {name: payments, trust: trusted, attributes: {environment: live, classification: restricted}, distrusts: [guest]}
  - {name: guest, trust: untrusted, attributes: {environment: prod, customer: a}}
  - {name: operations, trust: trusted, platform: true}
workloads:
  - {name: frontend, tenant: shop, replicas: 3, requests: {cpu: 100m, memory: 64Mi}}
  - {name: cart, tenant: shop, attributes: {region: us, version: "1.30"}, requests: {cpu: 100m, memory: 64Mi}}
  - {name: vault, tenant: payments, namespace: vault, requests: {cpu: 2, memory: 1Gi}, fixedRequests: {memory: 1Gi}}
  - {name: app, tenant: guest, replicas: {min: 1, max: 2}, requests: {cpu: 1500m, memory: 2Gi}}
  - {name: agent, tenant: operations, perCluster: true, requests: {cpu: 50m, memory: 32Mi}}
clusterTemplates:
  - {name: standard, allocatable: {cpu: 16, memory: 64Gi}, headroom: 20%, maxCount: 20, cost: 1573}
  - name: pooled
    nodePools: [{name: small, allocatable: {cpu: 4, memory: 16Gi}, max: 10}]
    maximums: {nodes: 8, pods: 500}
    cost: {cluster: 72.5, perNode: 30.125}
defaults: {missingRequests: error}
objective: [clusters, cost]
"#;

fn problems(text: &str) -> FleetError {
    match Fleet::from_yaml(text) {
        Ok(_) => panic!("no problem found in:\n{text}"),
        Err(error) => error,
    }
}

fn changed(from: &str, to: &str) -> String {
    assert!(SOUND.contains(from), "{from:?} is not in the document");
    SOUND.replacen(from, to, 1)
}

/// One replacement, and the code and path of each problem, in order.
fn check(from: &str, to: &str, expected: &[(&str, &str)]) {
    let text = changed(from, to);
    let error = problems(&text);
    let got: Vec<(&str, &str)> = error.problems.iter().map(|p| (p.code, p.path.as_str())).collect();
    assert_eq!(got, expected, "{from:?} -> {to:?}\n{error}");
    for problem in &error.problems {
        assert!(problem.position.is_some(), "{problem}");
        assert!(!problem.message.ends_with('.'), "{problem}");
    }
}

/// One replacement, one problem with a suggestion.
fn suggests(from: &str, to: &str, code: &str, path: &str, suggestion: &str) {
    check(from, to, &[(code, path)]);
    let error = problems(&changed(from, to));
    assert_eq!(error.problems[0].suggestion.as_deref(), Some(suggestion), "{error}");
}

#[test]
fn the_sound_document_is_sound() {
    let fleet = Fleet::from_yaml(SOUND).unwrap_or_else(|error| panic!("{error}"));
    assert!(fleet.warnings().is_empty(), "{:?}", fleet.warnings());
}

#[test]
fn an_empty_fleet_is_valid() {
    for text in
        ["schema: tenantry/v1", "{\"schema\": \"tenantry/v1\"}", "\u{FEFF}schema: tenantry/v1\r\nworkloads: []\r\n"]
    {
        let fleet = Fleet::from_yaml(text).unwrap_or_else(|error| panic!("{error}"));
        assert!(fleet.workloads().is_empty() && fleet.units().is_empty());
    }
}

#[test]
fn a_typo_in_a_key_is_never_passed_over() {
    for (from, to, path, suggestion) in [
        ("asOf:", "asof:", "asof", "asOf"),
        ("policy:", "polcy:", "polcy", "policy"),
        ("  separate:", "  seperate:", "policy.seperate", "separate"),
        ("  apart:", "  appart:", "policy.appart", "apart"),
        ("  distrust:", "  distrusts:", "policy.distrusts", "distrust"),
        ("  waivers:", "  waiver:", "policy.waiver", "waivers"),
        ("missing: {class", "mising: {class", "policy.separate[1].mising", "missing"),
        ("subject: {class", "subjekt: {class", "policy.distrust[0].subjekt", "subject"),
        ("neighbour: {class", "neighbor: {class", "policy.distrust[0].neighbor", "neighbour"),
        (
            "trust: trusted, attributes: {environment: prod}",
            "trusts: trusted, attributes: {environment: prod}",
            "tenants[0].trusts",
            "trust",
        ),
        ("distrusts: [guest]", "distrust: [guest]", "tenants[1].distrust", "distrusts"),
        ("platform: true", "plattform: true", "tenants[3].plattform", "platform"),
        ("replicas: 3", "replica: 3", "workloads[0].replica", "replicas"),
        ("fixedRequests", "fixedrequests", "workloads[2].fixedrequests", "fixedRequests"),
        ("perCluster", "percluster", "workloads[4].percluster", "perCluster"),
        ("headroom", "head-room", "clusterTemplates[0].head-room", "headroom"),
        ("maxCount", "maxcount", "clusterTemplates[0].maxcount", "maxCount"),
        ("nodes: 8", "node: 8", "clusterTemplates[1].maximums.node", "nodes"),
        ("perNode: 30", "pernode: 30", "clusterTemplates[1].cost.pernode", "perNode"),
        ("missingRequests", "missingRequest", "defaults.missingRequest", "missingRequests"),
        ("{min: 1, max: 2}", "{min: 1, mx: 2}", "workloads[3].replicas.mx", "max"),
        ("{not: restricted}", "{nott: restricted}", "policy.distrust[0].neighbour.classification.nott", "not"),
    ] {
        let error = problems(&changed(from, to));
        let first = error.problems.iter().find(|p| p.code == "unknown-key").unwrap_or_else(|| panic!("{to}: {error}"));
        assert_eq!((first.path.as_str(), first.suggestion.as_deref()), (path, Some(suggestion)), "{error}");
    }
}

#[test]
fn a_typo_in_a_name_or_value_is_never_passed_over() {
    suggests(
        "{environment: prod}, labels",
        "{enviroment: prod}, labels",
        "unknown-attribute",
        "tenants[0].attributes.enviroment",
        "environment",
    );
    suggests(
        "{environment: prod, customer",
        "{environment: prd, customer",
        "unknown-value",
        "tenants[2].attributes.environment",
        "prod",
    );
    suggests("- {by: environment}", "- {by: enviroment}", "unknown-attribute", "policy.separate[0].by", "environment");
    suggests("- {by: version,", "- {by: versoin,", "unknown-attribute", "policy.apart[0].by", "version");
    suggests(
        "tenants: [shop, pay",
        "tenants: [shp, pay",
        "unknown-tenant",
        "policy.separate[1].missing.tenants[0]",
        "shop",
    );
    suggests(
        "subject: {classification: restricted}",
        "subject: {classification: restrcted}",
        "unknown-value",
        "policy.distrust[0].subject.classification",
        "restricted",
    );
    suggests(
        "subject: {classification: restricted}",
        "subject: {clasification: restricted}",
        "unknown-attribute",
        "policy.distrust[0].subject.clasification",
        "classification",
    );
    suggests(
        "{not: restricted}",
        "{not: [restricted, publc]}",
        "unknown-value",
        "policy.distrust[0].neighbour.classification.not[1]",
        "public",
    );
    suggests(
        "subject: {tenant: shop}",
        "subject: {tenant: shopp}",
        "unknown-tenant",
        "policy.distrust[1].subject.tenant",
        "shop",
    );
    suggests(
        "trust: untrusted}}",
        "trust: untrustd}}",
        "unknown-level",
        "policy.distrust[1].neighbour.trust",
        "untrusted",
    );
    suggests(
        "{namespace: vault}",
        "{namespace: valt}",
        "unknown-namespace",
        "policy.distrust[2].subject.namespace",
        "vault",
    );
    suggests(
        "{workload: frontend}",
        "{workload: fronted}",
        "unknown-workload",
        "policy.distrust[2].neighbour.workload",
        "frontend",
    );
    suggests(
        "members: [frontend,",
        "members: [frotend,",
        "unknown-workload",
        "policy.together[0].members[0]",
        "frontend",
    );
    suggests("shop/cart]", "shop/carts]", "unknown-workload", "policy.together[0].members[1]", "shop/cart");
    suggests("\"distrust:pci\"", "\"distrust:pcl\"", "unknown-reason", "policy.waivers[0].waives[0]", "distrust:pci");
    suggests("trust: untrusted, attr", "trust: untrustd, attr", "unknown-level", "tenants[2].trust", "untrusted");
    suggests("distrusts: [guest]", "distrusts: [gest]", "unknown-tenant", "tenants[1].distrusts[0]", "guest");
    suggests("name: cart, tenant: shop", "name: cart, tenant: shp", "unknown-tenant", "workloads[1].tenant", "shop");
    suggests("{region: us, ", "{region: eu-wst, ", "near-value", "workloads[1].attributes.region", "eu-west");
    suggests("{region: us, ", "{region: EU, ", "near-value", "workloads[1].attributes.region", "eu");
    suggests(
        "sharing: tenant, accepts",
        "sharing: tennant, accepts",
        "bad-value",
        "policy.levels[1].sharing",
        "tenant",
    );
    suggests("accepts: trusted}", "accepts: trustd}", "unknown-level", "policy.levels[2].accepts", "trusted");
    suggests(
        "fixedRequests: {memory",
        "fixedRequests: {memroy",
        "unknown-resource",
        "workloads[2].fixedRequests.memroy",
        "memory",
    );
    suggests("[clusters, cost]", "[clusters, costs]", "bad-value", "objective[1]", "cost");
    suggests("tenantry/v1", "tenantry/v2", "unsupported-schema", "schema", "tenantry/v1");
    suggests("memory: 64Mi", "memory: 64MB", "bad-quantity", "workloads[0].requests.memory", "64M");
    // Under `any`, two spellings of one value would be two classes: stricter than meant, or looser.
    let error = problems(&changed(
        "classification: restricted}, distrusts",
        "classification: restricted, customer: A}, distrusts",
    ));
    assert_eq!(error.problems[0].code, "near-value", "{error}");
}

#[test]
fn names_and_references() {
    // whoever names a tenant whose name is refused is not at fault
    let refused = SOUND.replace("guest", "gu/est");
    let error = problems(&refused);
    let got: Vec<(&str, &str)> = error.problems.iter().map(|p| (p.code, p.path.as_str())).collect();
    assert_eq!(got, [("bad-name", "tenants[2].name")], "{error}");
    // nor is what would be made of a name that is refused, or of a tenant that nobody knows
    let codes = |from: &str, to: &str| -> Vec<&str> {
        let error = problems(&changed(from, to));
        error.problems.iter().map(|it| it.code).collect()
    };
    for (to, code) in [("name: \" cart\", tenant: shop", "bad-name"), ("name: cart, tenant: sh op", "unknown-tenant")] {
        let got = codes("name: cart, tenant: shop", to);
        assert!(got.contains(&code) && !got.contains(&"bad-namespace"), "{got:?}");
    }
    check(
        "name: guest, trust",
        "name: other, trust",
        &[
            ("unknown-tenant", "tenants[1].distrusts[0]"),
            ("reserved-name", "tenants[2].name"),
            ("unknown-tenant", "workloads[3].tenant"),
        ],
    );
    check("    customer: any", "    customer: any\n    trust: any", &[("reserved-name", "policy.attributes.trust")]);
    check("    customer: any", "    customer: any\n    \"a b\": any", &[("bad-name", "policy.attributes[\"a b\"]")]);
    check(
        "name: operations, trust",
        "name: shop, trust",
        &[
            ("unknown-tenant", "policy.separate[1].missing.tenants[2]"),
            ("duplicate-name", "tenants[3].name"),
            ("unknown-tenant", "workloads[4].tenant"),
        ],
    );
    check("id: away", "id: pci", &[("duplicate-name", "policy.distrust[1].id")]);
    check("id: each", "id: pair", &[("duplicate-name", "policy.together[1].id")]);
    check("id: w1", "id: \"w 1\"", &[("bad-name", "policy.waivers[0].id")]);
    check("- name: pooled", "- name: standard", &[("duplicate-name", "clusterTemplates[1].name")]);
    check(
        "name: cart,",
        "name: frontend, namespace: shop-frontend,",
        &[
            ("ambiguous-workload", "policy.distrust[2].neighbour.workload"),
            ("ambiguous-workload", "policy.together[0].members[0]"),
            ("unknown-workload", "policy.together[0].members[1]"),
            ("duplicate-identity", "workloads[1].name"),
        ],
    );
    check("namespace: vault, r", "namespace: shop-cart, r", &[("namespace-of-two-tenants", "workloads[2].namespace")]);
    check("namespace: vault, r", "namespace: Vault_1, r", &[("bad-namespace", "workloads[2].namespace")]);
    check("name: agent,", "name: Agent,", &[("bad-namespace", "workloads[4].namespace")]);
    check(
        "name: app, tenant: guest",
        "name: frontend, tenant: guest",
        &[
            ("ambiguous-workload", "policy.distrust[2].neighbour.workload"),
            ("ambiguous-workload", "policy.together[0].members[0]"),
        ],
    );
    check("shop/cart]", "frontend]", &[("duplicate-value", "policy.together[0].members[1]")]);
    check("shop/cart]", "agent]", &[("per-cluster-member", "policy.together[0].members[1]")]);
    check("members: [frontend, shop/cart]", "members: [frontend]", &[("empty-list", "policy.together[0].members")]);
    check(
        "members: [frontend, shop/cart]",
        "members: [frontend, shop/cart], by: tenant",
        &[("contradiction", "policy.together[0]")],
    );
    check("by: tenant, where", "by: namespace, where", &[("bad-value", "policy.together[1].by")]);
    check(
        "name: cart,",
        "name: \"ca\\u0007rt\",",
        &[("unknown-workload", "policy.together[0].members[1]"), ("bad-name", "workloads[1].name")],
    );
}

#[test]
fn trust_and_attributes() {
    check("name: shop, trust: trusted", "name: shop", &[("missing-trust", "tenants[0].trust")]);
    check("name: app, tenant: guest", "name: app, tenant: guest, trust: trusted", &[("widened", "workloads[3].trust")]);
    check(
        "name: app, tenant: guest",
        "name: app, tenant: guest, sharing: level",
        &[("widened", "workloads[3].sharing")],
    );
    check(
        "name: cart, tenant: shop",
        "name: cart, tenant: shop, accepts: untrusted",
        &[("widened", "workloads[1].accepts")],
    );
    check(
        "name: guest, trust: untrusted",
        "name: guest, trust: untrusted, sharing: level",
        &[("widened", "tenants[2].sharing")],
    );
    check(
        "{region: us, ",
        "{environment: dev, region: us, ",
        &[("changed-attribute", "workloads[1].attributes.environment")],
    );
    check(
        "trust: trusted, attributes: {environment: prod}",
        "trust: trusted",
        &[
            ("missing-separation-value", "workloads[0].attributes.environment"),
            ("missing-separation-value", "workloads[1].attributes.environment"),
        ],
    );
    check(
        "tenants: [shop, payments, operations]",
        "tenants: [payments, operations]",
        &[
            ("missing-separation-value", "workloads[0].attributes.customer"),
            ("missing-separation-value", "workloads[1].attributes.customer"),
        ],
    );
    check(
        "{by: version, missing: any}",
        "{by: version}",
        &[
            ("missing-separation-value", "workloads[0].attributes.version"),
            ("missing-separation-value", "workloads[2].attributes.version"),
            ("missing-separation-value", "workloads[3].attributes.version"),
        ],
    );
    check("class: internal", "class: a", &[("missing-class-taken", "policy.separate[1].missing.class")]);
    check(
        "tenants: [shop, payments, operations]",
        "tenants: []",
        &[("empty-list", "policy.separate[1].missing.tenants")],
    );
    check("distrusts: [guest]", "distrusts: [payments]", &[("distrusts-itself", "tenants[1].distrusts[0]")]);
    check(", platform: true", "", &[("not-platform", "workloads[4].perCluster")]);
    check(
        "[public, restricted]",
        "[public, restricted, public]",
        &[("duplicate-value", "policy.attributes.classification[2]")],
    );
    check("[dev, test]", "[dev, prod]", &[("duplicate-value", "policy.attributes.environment.production[0]")]);
    check("eu: [eu-west]", "eu: [\"*\"]", &[("duplicate-value", "policy.attributes.region.eu[0]")]);
    check(
        "[public, restricted]",
        "[public, restricted, \"*\"]",
        &[("bad-value", "policy.attributes.classification[2]")],
    );
    check(
        "- {name: hostile, sharing: workload, accepts: hostile}",
        "- {name: trusted, sharing: workload, accepts: trusted}",
        &[("duplicate-name", "policy.levels[2].name")],
    );
    check(
        "- {by: environment}",
        "- {by: environment}\n    - {by: environment}",
        &[("duplicate-name", "policy.separate[1].by")],
    );
    check(
        "    region: {eu: [eu-west], elsewhere: [\"*\"]}",
        "    region: []",
        &[("empty-list", "policy.attributes.region")],
    );
}

#[test]
fn scalars_that_are_not_what_they_seem() {
    check("version: \"1.30\"", "version: 1.30", &[("unquoted-scalar", "workloads[1].attributes.version")]);
    let error = problems(&changed("version: \"1.30\"", "version: 1.30"));
    assert_eq!(error.problems[0].expected.as_deref(), Some("a string: write \"1.30\""));
    assert_eq!(error.problems[0].position, Some((36, 66)));
    for word in ["no", "true", "null", "~", "0x1F", "2026-11-23", "12:30", "010", "1_000", ".5", "on", "Y"] {
        check("region: us", &format!("region: {word}"), &[("unquoted-scalar", "workloads[1].attributes.region")]);
        let quoted = changed("region: us", &format!("region: \"{word}\""));
        assert!(Fleet::from_yaml(&quoted).is_ok(), "{word}");
    }
    check("region: us", "region: ", &[("unquoted-scalar", "workloads[1].attributes.region")]);
    check("asOf: \"2026-11-23\"", "asOf: 2026-11-23", &[("unquoted-scalar", "asOf")]);
    check("\"2026-12-31\"", "2026-12-31", &[("unquoted-scalar", "policy.waivers[0].expires")]);
    check("eu: [eu-west]", "no: [eu-west]", &[("unquoted-scalar", "policy.attributes.region.no")]);
    check("owner: team-shop", "owner: 7", &[("unquoted-scalar", "tenants[0].labels.owner")]);
    check("name: cart,", "name: 12,", &[("unquoted-scalar", "workloads[1].name")]);
    check("trust: trusted, platform", "trust: , platform", &[("unquoted-scalar", "tenants[3].trust")]);
    check("platform: true", "platform: yes", &[("wrong-type", "tenants[3].platform")]);
    check("platform: true", "platform: \"true\"", &[("wrong-type", "tenants[3].platform")]);
    check("replicas: 3", "replicas: \"3\"", &[("wrong-type", "workloads[0].replicas")]);
    check("replicas: 3", "replicas: -3", &[("bad-number", "workloads[0].replicas")]);
    check("replicas: 3", "replicas: 2.5", &[("bad-number", "workloads[0].replicas")]);
    check("replicas: 3", "replicas: 99999999999999999999", &[("bad-number", "workloads[0].replicas")]);
    check("replicas: 3", "replicas: [3]", &[("wrong-type", "workloads[0].replicas")]);
    assert!(Fleet::from_yaml(&changed("replicas: 3", "replicas: 3.0")).is_ok());
    assert!(Fleet::from_yaml(&changed("replicas: 3", "replicas: 0")).is_ok());
    check("apart:\n    - {by: version, missing: any}", "apart:", &[("wrong-type", "policy.apart")]);
}

#[test]
fn amounts() {
    check(
        "cpu: 100m, memory: 64Mi}}\n  - {name: cart",
        "cpu: -1, memory: 64Mi}}\n  - {name: cart",
        &[("bad-quantity", "workloads[0].requests.cpu")],
    );
    check("memory: 64Mi", "memory: 9Ei", &[("bad-quantity", "workloads[0].requests.memory")]);
    check("memory: 64Mi", "memory: lots", &[("bad-quantity", "workloads[0].requests.memory")]);
    check("memory: 64Mi", "memory: unlimited", &[("bad-quantity", "workloads[0].requests.memory")]);
    check("memory: 64Mi", "memory: 4Ei", &[("too-large", "workloads[0]")]);
    check("cpu: 100m, memory: 64Mi", "cpu: 100m", &[("missing-request", "workloads[0].requests.memory")]);
    check(
        "cpu: 100m, memory: 64Mi",
        "cpu: 100m, memory: 64Mi, pods: 2",
        &[("pods-request", "workloads[0].requests.pods")],
    );
    check(
        "cpu: 100m, memory: 64Mi",
        "cpu: 100m, memory: 64Mi, \"a b\": 2",
        &[("bad-name", "workloads[0].requests[\"a b\"]")],
    );
    check("{min: 1, max: 2}", "{min: 3, max: 2}", &[("bad-range", "workloads[3].replicas")]);
    check("{missingRequests: error}", "{missingRequests: none}", &[("bad-value", "defaults.missingRequests")]);
    check("{missingRequests: error}", "{missingRequests: {}}", &[("empty-map", "defaults.missingRequests")]);
    check("headroom: 20%", "headroom: 100%", &[("bad-headroom", "clusterTemplates[0].headroom")]);
    check("headroom: 20%", "headroom: 20", &[("bad-headroom", "clusterTemplates[0].headroom")]);
    check("headroom: 20%", "headroom: -0.1", &[("bad-headroom", "clusterTemplates[0].headroom")]);
    check("headroom: 20%", "headroom: 0.1234567", &[("bad-headroom", "clusterTemplates[0].headroom")]);
    check("cost: 1573", "cost: 1.2345", &[("bad-cost", "clusterTemplates[0].cost")]);
    check("cost: 1573", "cost: -1", &[("bad-cost", "clusterTemplates[0].cost")]);
    // four workloads are to be placed: at most four clusters, and a plan's costs are exact up to 10^12
    check("cost: 1573", "cost: 250000000000.001", &[("too-large", "clusterTemplates[0].cost")]);
    check("cost: 1573", "cost: 9007199254740.993", &[("too-large", "clusterTemplates[0].cost")]);
    check("perNode: 30.125", "perNode: 31250000000", &[("too-large", "clusterTemplates[1].cost")]);
    assert!(Fleet::from_yaml(&SOUND.replace("cost: 1573", "cost: 250000000000")).is_ok());
    check("cost: 1573", "cost: {}", &[("empty-map", "clusterTemplates[0].cost")]);
    check("cost: 1573", "cost: {cluster: 1, perNode: 2}", &[("contradiction", "clusterTemplates[0].cost.perNode")]);
    check(", cost: 1573", "", &[("missing-cost", "clusterTemplates[0].cost")]);
}

#[test]
fn templates_and_fit() {
    check(
        "name: standard, allocatable: {cpu: 16, memory: 64Gi}",
        "name: standard",
        &[("missing-key", "clusterTemplates[0]")],
    );
    check(
        "nodePools: [",
        "allocatable: {cpu: 4}\n    nodePools: [",
        &[("contradiction", "clusterTemplates[1].nodePools")],
    );
    check(
        "nodePools: [{name: small, allocatable: {cpu: 4, memory: 16Gi}, max: 10}]",
        "nodePools: []",
        &[("empty-list", "clusterTemplates[1].nodePools")],
    );
    check("max: 10}]", "max: 0}]", &[("bad-number", "clusterTemplates[1].nodePools[0].max")]);
    check(
        "max: 10}]",
        "max: 10}, {name: small, allocatable: {cpu: 1}, max: 1}]",
        &[("duplicate-name", "clusterTemplates[1].nodePools[1].name")],
    );
    check("headroom: 20%,", "maximums: {nodes: 3},", &[("contradiction", "clusterTemplates[0].maximums.nodes")]);
    check("cpu: 2, memory: 1Gi", "cpu: 200, memory: 1Gi", &[("fits-no-template", "workloads[2]")]);
    let error = problems(&changed("cpu: 2, memory: 1Gi", "cpu: 200, memory: 1Gi"));
    let message = &error.problems[0].message;
    assert!(message.contains("cpu 200") && message.contains("cpu 12.75"), "{message}");
    // Each fits alone; together they do not.
    let text = changed("replicas: 3, requests: {cpu: 100m", "replicas: 3, requests: {cpu: 4")
        .replace("version: \"1.30\"}, requests: {cpu: 100m", "version: \"1.30\"}, replicas: 8, requests: {cpu: 3");
    let error = problems(&text);
    assert_eq!(error.problems[0].code, "fits-no-template", "{error}");
    assert!(
        error.problems[0]
            .message
            .contains("2 workloads that must share one cluster (frontend, cart), because the group `pair`"),
        "{error}"
    );
    // One pod larger than every node of every template.
    let pooled = changed(
        "allocatable: {cpu: 16, memory: 64Gi}",
        "nodePools: [{name: one, allocatable: {cpu: 1, memory: 64Gi}, max: 16}]",
    );
    let error = problems(&pooled.replace("cpu: 2, memory: 1Gi", "cpu: 5, memory: 1Gi"));
    let codes: Vec<_> = error.problems.iter().map(|p| (p.code, p.path.as_str())).collect();
    assert_eq!(codes, [("pod-too-large", "workloads[2]")], "{error}");
    assert!(error.problems[0].message.contains("cpu 5") && error.problems[0].message.contains("cpu 4"), "{error}");
    // Overhead that eats a whole template leaves it out, with a warning while another one serves.
    let heavy = changed("requests: {cpu: 50m", "requests: {cpu: 13")
        .replace("{cpu: 4, memory: 16Gi}", "{cpu: 40, memory: 64Gi}");
    let fleet = Fleet::from_yaml(&heavy).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(fleet.warnings()[0].code, "template-unusable");
    let unusable = &fleet.warnings()[0].message;
    for &site in fleet.workloads().iter().flat_map(|workload| &workload.sites[..]) {
        let name = &fleet.templates()[fleet.sites()[site].template().unwrap()].name;
        assert!(!unusable.contains(&format!("`{name}`")), "{unusable}, {name}");
    }
    assert!(fleet.workloads().iter().all(|workload| workload.sites.len() == 1));
    // None at all.
    let start = SOUND.find("clusterTemplates:").unwrap();
    let end = SOUND.find("defaults:").unwrap();
    let error = problems(&format!("{}{}", &SOUND[..start], &SOUND[end..]));
    assert_eq!(error.problems[0].code, "no-template", "{error}");
    assert_eq!(error.problems.len(), 1, "{error}");
}

#[test]
fn rules_and_waivers() {
    check("neighbour: {workload: frontend}", "neighbour: {}", &[("bad-selector", "policy.distrust[2].neighbour")]);
    check(
        "neighbour: {workload: frontend}",
        "neighbour: {all: false}",
        &[("bad-selector", "policy.distrust[2].neighbour")],
    );
    check(
        "neighbour: {workload: frontend}",
        "neighbour: {all: true, tenant: shop}",
        &[("bad-selector", "policy.distrust[2].neighbour")],
    );
    check(
        "neighbour: {workload: frontend}",
        "neighbour: {workload: []}",
        &[("empty-list", "policy.distrust[2].neighbour.workload")],
    );
    check(
        "subject: {tenant: shop}",
        "subject: {tenant: other}",
        &[("bad-selector", "policy.distrust[1].subject.tenant")],
    );
    check(
        "{tenant: other, trust",
        "{tenant: [other, shop], trust",
        &[("bad-selector", "policy.distrust[1].neighbour.tenant")],
    );
    check(
        "between: [{tenant: shop}",
        "between: [{tenant: other}",
        &[("bad-selector", "policy.waivers[0].between[0].tenant")],
    );
    check(
        "between: [{tenant: shop}, {tenant: payments}]",
        "between: [{tenant: shop}]",
        &[("bad-value", "policy.waivers[0].between")],
    );
    check(
        "between: [{tenant: shop}",
        "between: [{tenant: operations}",
        &[("matches-nothing", "policy.waivers[0].between[0]")],
    );
    check("\"2026-12-31\"", "\"2026-02-30\"", &[("bad-date", "policy.waivers[0].expires")]);
    check("\"2026-12-31\"", "\"31.12.2026\"", &[("bad-date", "policy.waivers[0].expires")]);
    check("\"2026-11-23\"", "\"today\"", &[("bad-date", "asOf")]);
    check("approvedBy: ciso", "approvedBy: \"\"", &[("empty-text", "policy.waivers[0].approvedBy")]);
    check(", approvedBy: ciso", "", &[("missing-key", "policy.waivers[0].approvedBy")]);
    check("[\"distrust:pci\", \"separate:environment\"]", "[]", &[("empty-list", "policy.waivers[0].waives")]);
    check("[clusters, cost]", "[]", &[("empty-list", "objective")]);
    check("[clusters, cost]", "[clusters, moves]", &[("contradiction", "objective[1]")]);
    check("[clusters, cost]", "[clusters, clusters]", &[("duplicate-value", "objective[1]")]);
    let quiet = Fleet::from_yaml(&changed(
        "{id: pci, subject: {classification: restricted}",
        "{id: pci, subject: {classification: public}",
    ))
    .unwrap();
    assert_eq!(quiet.warnings()[0].code, "matches-nothing");
}

#[test]
fn what_comes_later_is_refused() {
    check("replicas: 3", "spread: region", &[("not-supported-yet", "workloads[0].spread")]);
}

#[test]
fn everything_at_once_in_document_order() {
    let text = SOUND
        .replace("subject: {classification: restricted}", "subject: {classification: restrcted}")
        .replace("trust: untrusted, attributes", "trust: untrustd, attributes")
        .replace("replicas: 3", "replica: 3")
        .replace("\"1.30\"", "1.30")
        .replace("cpu: 2, memory: 1Gi", "cpu: 2X, memory: 1Gi")
        .replace("headroom: 20%", "headroom: 120%")
        .replace("[clusters, cost]", "[clusters, price]");
    let error = problems(&text);
    let codes: Vec<&str> = error.problems.iter().map(|p| p.code).collect();
    let expected = [
        "unknown-value",
        "unknown-level",
        "unknown-key",
        "unquoted-scalar",
        "bad-quantity",
        "bad-headroom",
        "bad-value",
    ];
    assert_eq!(codes, expected, "{error}");
    let lines: Vec<usize> = error.problems.iter().map(|p| p.position.unwrap().0).collect();
    assert!(lines.is_sorted(), "{error}");
    // Without a text there are paths, and no lines.
    let mut document = Fleet::from_yaml(SOUND).unwrap().document().clone();
    document.tenants[0].trust = Some("trustd".into());
    document.workloads[1].requests.insert("cpu".into(), "1 m".into());
    let error = Fleet::from_document(document).unwrap_err();
    let got: Vec<_> = error.problems.iter().map(|p| (p.code, p.path.as_str(), p.position)).collect();
    assert_eq!(got, [("unknown-level", "tenants[0].trust", None), ("bad-quantity", "workloads[1].requests.cpu", None)]);
}

#[test]
fn at_most_so_many_are_reported_and_the_rest_counted() {
    let mut text = String::from("schema: tenantry/v1\nworkloads:\n");
    for _ in 0..5000 {
        text.push_str("  - {nme: x}\n");
    }
    let error = problems(&text);
    assert_eq!(error.problems.len(), 100);
    assert!(error.omitted >= 4900);
    assert_eq!(error.problems[1].path, "workloads[0].nme");
}

#[test]
fn the_text_itself() {
    for (text, code) in [
        ("a: [", "bad-yaml"),
        ("a: b: c", "bad-yaml"),
        ("", "empty-document"),
        ("# nothing", "empty-document"),
        ("schema: tenantry/v1\n---\nschema: tenantry/v1", "several-documents"),
        ("schema: !!str tenantry/v1", "tag"),
        ("schema: tenantry/v1\nname: !secret x", "tag"),
        ("a: &a {b: c}\nd: {<<: *a}", "merge-key"),
        ("schema: tenantry/v1\nname: a\0b", "bad-character"),
        ("? [a]\n: b", "bad-key"),
        ("? {a: b}\n: b", "bad-key"),
        ("- a", "wrong-type"),
        ("hello", "wrong-type"),
        ("42", "wrong-type"),
        ("schema: tenantry/v1\nschema: tenantry/v1", "duplicate-key"),
        ("a: &x [*x]", "bad-alias"),
        ("a: *nothing", "bad-alias"),
        ("{}", "missing-key"),
    ] {
        let error = problems(text);
        assert_eq!(error.problems[0].code, code, "{text:?}: {error}");
        assert!(error.problems[0].position.is_some(), "{error}");
    }
    for (text, code) in [
        ("{", "bad-json"),
        ("{\"a\":1,}", "bad-json"),
        ("", "bad-json"),
        ("{\"a\":1,\"a\":2}", "duplicate-key"),
        ("[]", "wrong-type"),
        ("{\"schema\": \"tenantry/v1\", \"name\": null}", "unquoted-scalar"),
    ] {
        let error = Fleet::from_json(text).unwrap_err();
        assert!(error.problems.iter().any(|p| p.code == code), "{text:?}: {error}");
    }
    let error = Fleet::from_yaml_bytes(b"schema: tenantry/v1\nname: \xC3\xA9\xFF", &Limits::default()).unwrap_err();
    assert_eq!((error.problems[0].code, error.problems[0].position), ("bad-character", Some((2, 8))));
    // Anchors and aliases within reason are only a way of writing.
    let anchored = changed("requests: {cpu: 100m, memory: 64Mi}}", "requests: &small {cpu: 100m, memory: 64Mi}}")
        .replacen(
            "version: \"1.30\"}, requests: {cpu: 100m, memory: 64Mi}}",
            "version: \"1.30\"}, requests: *small}",
            1,
        );
    assert_eq!(Fleet::from_yaml(&anchored).unwrap().document(), Fleet::from_yaml(SOUND).unwrap().document());
    assert!(Fleet::from_yaml(&SOUND.replace('\n', "\r\n")).is_ok());
}

#[test]
fn hostile_texts() {
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let last = level - 1;
        laughs.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{last}"); 9].join(", ")));
    }
    assert_eq!(problems(&laughs).problems[0].code, "too-many-aliases");
    let many = format!("a: &a x\nb: [{}]", vec!["*a"; 2000].join(", "));
    assert_eq!(problems(&many).problems[0].code, "too-many-aliases");
    let large = format!("a: &a {}\nb: [{}]", "x".repeat(1 << 20), vec!["*a"; 900].join(", "));
    assert_eq!(problems(&large).problems[0].code, "too-many-aliases");
    for text in ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000), "? ".repeat(1_000)] {
        assert!(["too-deep", "bad-yaml", "bad-key"].contains(&problems(&text).problems[0].code), "{}", &text[..4]);
        assert!(Fleet::from_json(&text).is_err());
    }
    let deep_alias = "a: &a [[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]\nb: [[[[[[[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]]]]]]";
    assert_eq!(problems(deep_alias).problems[0].code, "too-deep");
    let limits = Limits { bytes: 10, ..Limits::default() };
    assert_eq!(Fleet::from_yaml_with(SOUND, &limits).unwrap_err().problems[0].code, "too-long");
    assert_eq!(Fleet::from_json_bytes(SOUND.as_bytes(), &limits).unwrap_err().problems[0].code, "too-long");
    let limits = Limits { items: 3, ..Limits::default() };
    assert_eq!(Fleet::from_yaml_with(SOUND, &limits).unwrap_err().problems[0].code, "too-many-items");
    let limits = Limits { problems: 0, ..Limits::default() };
    assert_eq!(Fleet::from_yaml_with("{}", &limits).unwrap_err().problems.len(), 1);
    // Names of a megabyte, names that cannot be seen or that steer a terminal.
    let long = "x".repeat(1 << 20);
    let error = problems(&SOUND.replace("frontend", &long));
    assert!(error.to_string().len() < 20_000);
    assert!(error.problems.iter().any(|p| p.code == "bad-name"), "{error}");
    for odd in ["\\u202Efrontend", "front\\u200Bend", "\\e[2Jx", " frontend", "front\\nend", "\\uFEFFx", "a/b"] {
        let error = problems(&SOUND.replace("name: frontend", &format!("name: \"{odd}\"")));
        assert!(error.problems.iter().any(|p| p.code == "bad-name"), "{odd}: {error}");
        assert!(!error.to_string().contains(['\u{1b}', '\u{202e}']), "{error}");
    }
    // Ever new resources and templates must not multiply.
    let mut wide = String::from("schema: tenantry/v1\ntenants: [{name: t, trust: trusted}]\nworkloads:\n");
    for n in 0..1000 {
        wide.push_str(&format!("  - {{name: w{n}, tenant: t, requests: {{cpu: 1, memory: 1, x{n}: 1}}}}\n"));
    }
    assert!(problems(&wide).problems.iter().any(|p| p.code == "too-many-items"));
    let mut templates = String::from("schema: tenantry/v1\nclusterTemplates:\n");
    for n in 0..1001 {
        templates.push_str(&format!("  - {{name: t{n}, allocatable: {{cpu: 1}}}}\n"));
    }
    assert_eq!(problems(&templates).problems[0].code, "too-many-items");
}

mod noise {
    use super::{Fleet, SOUND};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Pieces of the document cut out, doubled or swapped for odd ones: an answer or an error, never a panic.
        #[test]
        fn mutated_documents_never_panic(cuts in proptest::collection::vec((0usize..SOUND.len(), 0usize..40, 0usize..14), 1..6)) {
            const ODD: [&str; 14] = ["", "[]", "{}", "null", "\"\"", "-1", "1e999", "*x", "&x ", "\n", "\u{202e}", "'", "other", "99999999999999999999Ei"];
            let mut text = SOUND.to_owned();
            for (at, length, odd) in cuts {
                let at = (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap();
                let end = (at..=(at + length).min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap();
                text.replace_range(at..end, ODD[odd]);
            }
            match Fleet::from_yaml(&text) {
                Ok(fleet) => prop_assert!(fleet.workloads().len() <= 5),
                Err(error) => prop_assert!(!error.problems.is_empty() && !error.to_string().is_empty()),
            }
        }

        /// Whole scalars of the JSON document exchanged for others of the document.
        #[test]
        fn shuffled_scalars_never_panic(swaps in proptest::collection::vec((0usize..200, 0usize..200), 1..5)) {
            let json = Fleet::from_yaml(SOUND).unwrap().to_json();
            let mut parts: Vec<&str> = json.split('"').collect();
            let count = parts.len();
            for (a, b) in swaps {
                parts.swap((a * 2 + 1) % count, (b * 2 + 1) % count);
            }
            match Fleet::from_json(&parts.join("\"")) {
                Ok(fleet) => prop_assert!(!fleet.digest().is_empty()),
                Err(error) => prop_assert!(!error.problems.is_empty()),
            }
        }
    }
}

/// The table in the documentation has every code that the fleet layer raises.
#[test]
fn every_code_is_documented() {
    fn codes(folder: &std::path::Path, found: &mut std::collections::BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                codes(&path, found);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for call in ["InputProblem::new(", "refuse(", "code: "] {
                for rest in text.split(call).skip(1) {
                    if let Some(code) = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) {
                        found.insert(code.to_owned());
                    }
                }
            }
        }
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut raised = std::collections::BTreeSet::new();
    codes(&root.join("src/fleet"), &mut raised);
    assert!(raised.len() > 60, "{raised:?}");
    let documented = std::fs::read_to_string(root.join("docs/errors.md")).unwrap();
    let missing: Vec<&String> = raised.iter().filter(|code| !documented.contains(&format!("`{code}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn free_text_and_nothing_in_it() {
    check("owner: team-shop", "owner: \"a\\u0007b\"", &[("bad-text", "tenants[0].labels.owner")]);
    check("reason: cards", "reason: \"a\\eb\"", &[("bad-text", "policy.distrust[0].reason")]);
    check("[clusters, cost]", "[cost, price]", &[("bad-value", "objective[1]")]);
}

/// What is requested and named by no template is missing in the template: that is said.
#[test]
fn a_resource_that_no_template_names_is_to_be_named() {
    for template in
        ["allocatable: {cpu: 4, memory: 8Gi}", "nodePools: [{name: p, max: 2, allocatable: {cpu: 4, memory: 8Gi}}]"]
    {
        let text = |template: &str| {
            format!(
                "{{schema: tenantry/v1, tenants: [{{name: a, trust: trusted}}], clusterTemplates: [{{name: t, {template}}}], \
                 workloads: [{{name: w, tenant: a, requests: {{cpu: 1, memory: 1Gi, example.com/gpu: 1}}}}]}}"
            )
        };
        let error = problems(&text(template));
        let expected = "`example.com/gpu` in the `allocatable` of a template, pool or cluster, which none of them names: an amount or \
                        `unlimited`";
        assert_eq!(error.problems[0].expected.as_deref(), Some(expected), "{error}");
        for amount in ["1", "unlimited"] {
            let named = template.replace("memory: 8Gi", &format!("memory: 8Gi, example.com/gpu: {amount}"));
            assert!(Fleet::from_yaml(&text(&named)).is_ok(), "{named}");
        }
        // one that has too little of it is too small, no more
        let little = template.replace("memory: 8Gi", "memory: 8Gi, example.com/gpu: 0");
        assert_eq!(problems(&text(&little)).problems[0].expected, None);
    }
}

/// One template, defaults, and a workload that takes both at their word.
fn with_one_template(template: &str, defaults: &str) -> Vec<(&'static str, String)> {
    let text = format!(
        "schema: tenantry/v1\ntenants: [{{name: a, trust: trusted}}]\nworkloads:\n\
         - {{name: w, tenant: a, replicas: 200, requests: {{cpu: 1, memory: 1Gi}}}}\n\
         - {{name: p, tenant: a, pool: gpu, requests: {{cpu: 1, memory: 1Gi}}}}\n\
         - {{name: d, tenant: a}}\n\
         clusterTemplates: [{{name: t, {template}}}]\ndefaults: {defaults}\n"
    );
    problems(&text).problems.into_iter().map(|problem| (problem.code, problem.path)).collect()
}

#[test]
fn what_a_template_or_a_default_fails_to_say_is_held_against_nobody() {
    let (pools, known) = (
        "nodePools: [{name: all, max: 99, allocatable: {cpu: 4, memory: 8Gi}}, {name: gpu, dedicated: true, max: 3, ",
        "{missingRequests: {cpu: 1, memory: 1Gi}}",
    );
    let at = |place: &str| format!("clusterTemplates[0].{place}");
    let own = "allocatable: {cpu: 4, memory: 8Gi, pods: 500}}";
    for (template, code, path) in [
        ("allocatable: 8".to_owned(), "wrong-type", at("allocatable")),
        ("allocatable: [8]".to_owned(), "wrong-type", at("allocatable")),
        ("allocatable: {cpu: [8], memory: 900Gi}".to_owned(), "wrong-type", at("allocatable.cpu")),
        ("allocatable: {cppu: 900, memory: 900Gi}".to_owned(), "unknown-resource", at("allocatable.cppu")),
        ("allocatable: {cpu: 900, memory: 900Gx}".to_owned(), "bad-quantity", at("allocatable.memory")),
        ("allocatable: {cpu: 900, memory: 900Gi, pods: x}".to_owned(), "bad-quantity", at("allocatable.pods")),
        ("nodePools: x".to_owned(), "wrong-type", at("nodePools")),
        ("nodePools: {name: gpu}".to_owned(), "wrong-type", at("nodePools")),
        ("nodePool: [{name: gpu}]".to_owned(), "unknown-key", at("nodePool")),
        ("nodePools: [gpu]".to_owned(), "wrong-type", at("nodePools[0]")),
        (format!("{pools}allocatble: {{cpu: 4}}}}]"), "unknown-key", at("nodePools[1].allocatble")),
        (format!("{pools}allocatable: 4}}]"), "wrong-type", at("nodePools[1].allocatable")),
        (
            format!("{pools}allocatable: {{cpu: 4, memory: 1Gx}}}}]"),
            "bad-quantity",
            at("nodePools[1].allocatable.memory"),
        ),
        (
            format!("nodePools: [{{name: gpu, dedicate: true, max: 300, {own}]"),
            "unknown-key",
            at("nodePools[0].dedicate"),
        ),
        (format!("nodePools: [{{nme: gpu, dedicated: true, max: 300, {own}]"), "unknown-key", at("nodePools[0].nme")),
        (
            format!("nodePools: [{{name: gpu, dedicated: 1, max: 300, {own}]"),
            "wrong-type",
            at("nodePools[0].dedicated"),
        ),
    ] {
        let found: Vec<_> = with_one_template(&template, known);
        // of the pool that somebody names a template without pools knows nothing, which is true
        let found: Vec<_> = found.into_iter().filter(|it| it.0 != "unknown-pool" || template.contains("ool")).collect();
        assert_eq!(found, [(code, path)], "{template}");
    }
    let (template, at) =
        (format!("nodePools: [{{name: gpu, dedicated: true, max: 9, {own}, {{name: all, max: 99, {own}]"), "defaults");
    for (defaults, code, path) in [
        ("{missingRequest: {cpu: 1}}", "unknown-key", ".missingRequest"),
        ("{missingRequests: typo}", "bad-value", ".missingRequests"),
        ("{missingRequests: {cpux: 1, memory: 1Gi}}", "unknown-key", ".missingRequests.cpux"),
        ("x", "wrong-type", ""),
    ] {
        assert_eq!(with_one_template(&template, defaults), [(code, format!("{at}{path}"))], "{defaults}");
    }
}
