//! A slip never loosens: what looks like another is refused, what is allowed and hardly meant is warned of, and a
//! suggestion is one that works.

use proptest::prelude::*;
use serde_json::{Value, json};
use tenantry::export;
use tenantry::{Fleet, FleetError, Plan, PlanOptions};

/// A fleet of trusted tenants with these attributes each, a workload each.
fn fleet(policy: &Value, tenants: &[(&str, Value)]) -> Value {
    let owners: Vec<Value> = tenants
        .iter()
        .map(|(name, attributes)| json!({"name": name, "trust": "trusted", "attributes": attributes}))
        .collect();
    let workloads: Vec<Value> = tenants
        .iter()
        .enumerate()
        .map(|(at, (name, _))| {
            json!({"name": "web", "tenant": name, "namespace": format!("n{at}"), "requests": {"cpu": 1, "memory": "1Gi"}})
        })
        .collect();
    json!({
        "schema": "tenantry/v1", "policy": policy, "tenants": owners, "workloads": workloads,
        "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 100, "memory": "100Gi"}}],
    })
}

fn read(document: &Value) -> Result<Fleet, FleetError> {
    Fleet::from_json(&document.to_string())
}

fn codes(error: &FleetError) -> Vec<&'static str> {
    error.problems.iter().map(|problem| problem.code).collect()
}

fn sound(document: &Value) -> Fleet {
    read(document).unwrap_or_else(|error| panic!("{error}\n{document:#}"))
}

/// The messages of the warnings of this code.
fn warned(document: &Value, code: &str) -> Vec<String> {
    let fleet = sound(document);
    fleet.warnings().iter().filter(|it| it.code == code).map(|it| it.message.clone()).collect()
}

fn warns(document: &Value, code: &str, words: &[&str]) {
    let found = warned(document, code);
    assert_eq!(found.len(), 1, "{code}: {found:?}\n{document:#}");
    for word in words {
        assert!(found[0].contains(word), "{word:?} is not in {:?}", found[0]);
    }
}

fn silent(document: &Value, code: &str) {
    assert_eq!(warned(document, code), [""; 0], "{document:#}");
}

/// Letters of other scripts that look like these.
fn other_script(letter: char) -> char {
    let pairs = [
        ('a', 'а'),
        ('c', 'с'),
        ('d', 'ԁ'),
        ('e', 'е'),
        ('h', 'һ'),
        ('i', 'і'),
        ('j', 'ј'),
        ('o', 'о'),
        ('p', 'р'),
        ('s', 'ѕ'),
        ('v', 'ν'),
        ('x', 'х'),
        ('y', 'у'),
        ('A', 'А'),
        ('B', 'В'),
        ('E', 'Ε'),
        ('H', 'Н'),
        ('O', 'Ο'),
        ('P', 'Р'),
        ('T', 'Τ'),
    ];
    pairs.iter().find(|(latin, _)| *latin == letter).map_or(letter, |(_, other)| *other)
}

/// The letter as another code point that looks, or reads, the same.
fn disguised(letter: char, how: u8) -> String {
    match how {
        0 => letter.to_string(),
        1 => other_script(letter).to_string(),
        2 if ('!'..='~').contains(&letter) => char::from_u32(u32::from(letter) + 0xFEE0).unwrap().to_string(),
        3 if letter.is_ascii_lowercase() => char::from_u32(0x1D41A + u32::from(letter) - 97).unwrap().to_string(),
        4 => letter.to_uppercase().to_string(),
        5 if letter == 'é' => "e\u{301}".to_owned(),
        5 if letter == 'ü' => "u\u{308}".to_owned(),
        6 => format!("{letter}\u{200b}"),
        7 => format!("{letter} "),
        8 => format!("{letter}\u{fe0f}"),
        _ => letter.to_string(),
    }
}

fn look_alike() -> impl Strategy<Value = (String, String)> {
    let words = prop::sample::select(vec!["production", "prod", "live", "acme", "café", "münchen", "eu-west", "HOME"]);
    (words, prop::collection::vec(0u8..9, 12)).prop_map(|(word, how)| {
        let made = word.chars().zip(how.iter().cycle()).map(|(letter, &how)| disguised(letter, how)).collect();
        (word.to_owned(), made)
    })
}

proptest! {
    /// Whatever looks like a listed value has its class, or is refused.
    #[test]
    fn nothing_that_looks_listed_falls_to_the_star((listed, made) in look_alike()) {
        let policy = json!({
            "attributes": {"stage": {"first": [listed], "rest": ["*"]}}, "separate": [{"by": "stage"}],
        });
        let document = fleet(&policy, &[("a", json!({"stage": made})), ("b", json!({"stage": "sandbox"}))]);
        match read(&document) {
            Ok(fleet) => {
                prop_assert_eq!(&made, &listed);
                let classes: Vec<_> = fleet.workloads().iter().map(|workload| workload.attributes[0]).collect();
                prop_assert_ne!(classes[0], classes[1]);
            }
            Err(error) => prop_assert!(codes(&error).iter().all(|code| ["near-value", "bad-name"].contains(code)), "{}", error),
        }
    }

    /// Two values of an open attribute that look the same are one value, or refused.
    #[test]
    fn no_two_values_look_the_same((first, second) in look_alike()) {
        let policy = json!({"attributes": {"stage": "any"}, "separate": [{"by": "stage"}]});
        let document = fleet(&policy, &[("a", json!({"stage": first})), ("b", json!({"stage": second}))]);
        prop_assert_eq!(read(&document).is_ok(), first == second);
    }

    /// Two tenants that look the same do not stand beside a rule that names one of them, in whatever order.
    #[test]
    fn no_tenant_looks_like_one_that_a_rule_names((first, second) in look_alike(), swap: bool) {
        let mut names = [first.as_str(), second.as_str()];
        prop_assume!(first != second);
        if swap {
            names.reverse();
        }
        let rules = json!({"distrust": [{"id": "r", "subject": {"tenant": "bank"}, "neighbour": {"tenant": first}}]});
        let tenants = [(names[0], json!({})), (names[1], json!({})), ("bank", json!({}))];
        let error = read(&fleet(&rules, &tenants)).err();
        prop_assert!(error.is_some_and(|error| codes(&error).iter().any(|code| ["near-name", "bad-name"].contains(code))));
    }
}

#[test]
fn hidden_characters_are_named_by_their_code_points() {
    for (name, code) in [
        ("vendor\u{61c}", "U+061C"),
        ("ven\u{34f}dor", "U+034F"),
        ("vendor\u{fe0f}", "U+FE0F"),
        ("vendor\u{3164}", "U+3164"),
        ("vendor\u{2800}", "U+2800"),
        ("vendor\u{e0041}", "U+E0041"),
        ("ven\u{ad}dor", "U+00AD"),
        ("ven\u{a0}dor", "U+00A0"),
        ("vendor\u{115f}x", "U+115F"),
        ("a\u{7f}b", "U+007F"),
        ("a\u{9b}b", "U+009B"),
        ("a\u{e000}b", "U+E000"),
        ("a\u{2028}b", "U+2028"),
        ("a\u{180e}b", "U+180E"),
    ] {
        let error = read(&fleet(&json!({}), &[(name, json!({}))])).unwrap_err();
        let problem = error.problems.iter().find(|it| it.code == "bad-name").unwrap_or_else(|| panic!("{error}"));
        assert!(problem.message.contains(code), "{problem}");
        assert!(!error.to_string().contains(name), "{error}");
        let policy = json!({"attributes": {"team": "any"}, "separate": [{"by": "team"}]});
        let error = read(&fleet(&policy, &[("a", json!({"team": name}))])).unwrap_err();
        assert!(error.to_string().contains(code), "{error}");
    }
}

#[test]
fn a_value_that_a_rule_nearly_names() {
    let policy = json!({
        "attributes": {"team": "any"},
        "distrust": [{"id": "cards", "subject": {"team": "payments"}, "neighbour": {"team": {"not": "payments"}}}],
    });
    let tenants = |typo: &str| [("a", json!({"team": "payments"})), ("b", json!({"team": typo}))];
    for typo in ["paymnets", "payment", "payroll-eu"] {
        let document = fleet(&policy, &tenants(typo));
        if typo == "payroll-eu" {
            silent(&document, "near-value");
        } else {
            warns(&document, "near-value", &[typo, "`payments`", "`cards`"]);
        }
    }
    silent(&fleet(&policy, &tenants("shop")), "near-value");
    let numbered = json!({
        "attributes": {"team": "any"},
        "distrust": [{"id": "r", "subject": {"team": "team-1"}, "neighbour": {"team": {"not": "team-1"}}}],
    });
    silent(&fleet(&numbered, &[("a", json!({"team": "team-1"})), ("b", json!({"team": "team-2"}))]), "near-value");
}

#[test]
fn a_namespace_that_a_rule_nearly_names() {
    let rules = json!({
        "distrust": [{"id": "room", "subject": {"namespace": "vaults"}, "neighbour": {"namespace": {"not": "vaults"}}}],
    });
    let mut document = fleet(&rules, &[("a", json!({})), ("b", json!({}))]);
    document["workloads"][0]["namespace"] = json!("vaults");
    document["workloads"][1]["namespace"] = json!("valuts");
    warns(&document, "near-value", &["`valuts`", "`vaults`", "`room`"]);
}

#[test]
fn an_attribute_that_no_rule_uses() {
    let tenants = [("a", json!({"stage": "prod"})), ("b", json!({"stage": "dev"}))];
    let unused = json!({"attributes": {"stage": ["prod", "dev"]}});
    warns(&fleet(&unused, &tenants), "attribute-unused", &["`stage`"]);
    for rule in [
        json!({"separate": [{"by": "stage"}]}),
        json!({"apart": [{"by": "stage"}]}),
        json!({"distrust": [{"id": "r", "subject": {"stage": "prod"}, "neighbour": {"all": true}}]}),
        json!({"together": [{"id": "g", "by": "tenant", "where": {"stage": "prod"}}]}),
    ] {
        let mut policy = unused.clone();
        policy.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
        silent(&fleet(&policy, &tenants), "attribute-unused");
    }
}

#[test]
fn an_attribute_that_stands_under_labels() {
    let policy = json!({
        "attributes": {"data-class": ["public", "secret"]},
        "distrust": [{"id": "r", "subject": {"data-class": "secret"}, "neighbour": {"data-class": {"not": "secret"}}}],
    });
    for key in ["data-class", "dataClass", "DATA_CLASS", "example.org/data-class"] {
        let mut document = fleet(&policy, &[("a", json!({})), ("b", json!({"data-class": "secret"}))]);
        document["tenants"][0]["labels"] = json!({key: "secret"});
        warns(&document, "label-like-attribute", &[key, "`data-class`", "`a/web`"]);
        // with the attribute beside it there is nothing to warn of
        document["tenants"][0]["attributes"] = json!({"data-class": "secret"});
        silent(&document, "label-like-attribute");
        document["tenants"][0]["attributes"] = json!({});
        document["tenants"][0]["labels"] = json!({"app.kubernetes.io/data-class": "secret"});
        silent(&document, "label-like-attribute");
    }
}

#[test]
fn a_per_cluster_workload_that_somebody_would_refuse() {
    let with = |rules: Value, trust: &str, guard: Value| {
        let mut document = fleet(&rules, &[("bank", json!({})), ("vendor", json!({}))]);
        document["tenants"][1]["platform"] = json!(true);
        document["tenants"][0].as_object_mut().unwrap().extend(guard.as_object().unwrap().clone());
        document["workloads"][1]["perCluster"] = json!(true);
        document["workloads"][1]["trust"] = json!(trust);
        document
    };
    let code = "per-cluster-refused";
    silent(&with(json!({}), "trusted", json!({})), code);
    warns(&with(json!({}), "trusted", json!({"distrusts": ["vendor"]})), code, &["`vendor/web`", "`bank` distrusts"]);
    for low in ["hostile", "untrusted"] {
        warns(&with(json!({}), low, json!({})), code, &["`vendor/web`", low, "`bank/web`", "`trusted`"]);
    }
    let rule = |subject: Value, neighbour: Value| json!({"distrust": [{"id": "guard", "subject": subject, "neighbour": neighbour}]});
    let (bank, vendor) = (json!({"tenant": "bank"}), json!({"tenant": "vendor"}));
    warns(&with(rule(bank.clone(), vendor.clone()), "trusted", json!({})), code, &["`bank/web` refuses it", "`guard`"]);
    warns(&with(rule(vendor, bank.clone()), "trusted", json!({})), code, &["it refuses `bank/web`", "`guard`"]);
    warns(&with(rule(bank, json!({"tenant": "other"})), "trusted", json!({})), code, &["`guard`"]);
    let mut staged = with(
        json!({"attributes": {"stage": ["prod", "dev"]}, "separate": [{"by": "stage"}]}),
        "trusted",
        json!({"attributes": {"stage": "prod"}}),
    );
    silent(&staged, code);
    staged["tenants"][1]["attributes"] = json!({"stage": "dev"});
    warns(&staged, code, &["`stage` is `dev`", "`bank/web`", "`prod`"]);
}

#[test]
fn suspicious_amounts() {
    let with = |resource: &str, amount: Value| {
        let mut document = fleet(&json!({}), &[("shop", json!({}))]);
        document["workloads"][0]["requests"][resource] = amount;
        document
    };
    let code = "suspicious-amount";
    for (amount, word) in [
        (json!("128m"), "fractions of a byte"),
        (json!("100m"), "fractions of a byte"),
        (json!(1.5), "fractions of a byte"),
        (json!("4.0"), "without a unit"),
        (json!(512), "without a unit"),
    ] {
        warns(&with("memory", amount), code, &[word, "shop/web"]);
    }
    for amount in [json!("2Mi"), json!("128M"), json!("64Ki"), json!(134_217_728), json!(0), json!("1.5Gi")] {
        silent(&with("memory", amount), code);
    }
    let mut cpu = with("cpu", json!("1Ki"));
    cpu["clusterTemplates"][0]["allocatable"]["cpu"] = json!(5_000);
    warns(&cpu, code, &["bytes", "shop/web: 1Ki"]);
    silent(&with("cpu", json!("1500m")), code);
    let mut devices = with("example.org/fpga", json!("500m"));
    devices["clusterTemplates"][0]["allocatable"]["example.org/fpga"] = json!(2);
    warns(&devices, code, &["example.org/fpga in fractions"]);
    let mut defaults = fleet(&json!({}), &[("shop", json!({}))]);
    defaults["defaults"] = json!({"missingRequests": {"cpu": "100m", "memory": "128m"}});
    warns(&defaults, code, &["defaults.missingRequests"]);
}

/// Every scalar and key of a document, as the way to it.
fn places(value: &Value, here: &mut Vec<String>, found: &mut Vec<(Vec<String>, bool)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                here.push(key.clone());
                found.push((here.clone(), true));
                places(value, here, found);
                here.pop();
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                here.push(index.to_string());
                places(value, here, found);
                here.pop();
            }
        }
        Value::String(_) => found.push((here.clone(), false)),
        _ => {}
    }
}

fn at<'v>(mut value: &'v mut Value, way: &[String]) -> &'v mut Value {
    for step in way {
        value = if value.is_array() { &mut value[step.parse::<usize>().unwrap()] } else { &mut value[step.as_str()] };
    }
    value
}

/// Another text at the place: the scalar, or the key.
fn put(document: &mut Value, way: &[String], key: bool, text: &str) {
    if !key {
        *at(document, way) = json!(text);
        return;
    }
    let (last, parent) = way.split_last().unwrap();
    let map = at(document, parent).as_object_mut().unwrap();
    // in its place: the order of keys stays
    let entries = std::mem::take(map);
    map.extend(entries.into_iter().map(|(key, value)| (if key == *last { text.to_owned() } else { key }, value)));
}

fn rich() -> Value {
    json!({
        "schema": "tenantry/v1",
        "name": "acme",
        "asOf": "2026-11-23",
        "policy": {
            "attributes": {"environment": {"production": ["prod", "live"], "testing": ["dev"]}, "customer": "any"},
            "levels": [
                {"name": "hostile", "sharing": "workload", "accepts": "hostile"},
                {"name": "untrusted", "sharing": "tenant", "accepts": "untrusted"},
                {"name": "trusted", "sharing": "level", "accepts": "trusted", "reason": "reviewed code"},
            ],
            "separate": [{"by": "environment", "missing": {"class": "production", "tenants": ["operations"]}}],
            "apart": [{"by": "customer", "missing": "any"}],
            "distrust": [{"id": "cards", "subject": {"tenant": "shop"}, "neighbour": {"tenant": "guest", "trust": "untrusted"}}],
            "together": [{"id": "pair", "members": ["frontend", "shop/cart"]}],
            "waivers": [{
                "id": "w", "between": [{"tenant": "shop"}, {"workload": "vault"}], "waives": ["distrust:cards", "level"],
                "approvedBy": "ciso", "expires": "2026-12-31", "reason": "migration",
            }],
        },
        "tenants": [
            {"name": "shop", "trust": "trusted", "attributes": {"environment": "prod"}, "distrusts": ["guest"]},
            {"name": "guest", "trust": "untrusted", "sharing": "tenant", "attributes": {"environment": "live", "customer": "a"}},
            {"name": "operations", "trust": "trusted", "platform": true},
        ],
        "workloads": [
            {"name": "frontend", "tenant": "shop", "requests": {"cpu": "100m", "memory": "64Mi"}},
            {"name": "cart", "tenant": "shop", "accepts": "trusted", "requests": {"cpu": "100m", "memory": "64Mi"}},
            {"name": "vault", "tenant": "guest", "trust": "hostile", "requests": {"cpu": "1", "memory": "1Gi"}},
            {"name": "agent", "tenant": "operations", "perCluster": true, "requests": {"cpu": "50m", "memory": "32Mi"}},
        ],
        "clusterTemplates": [
            {"name": "standard", "allocatable": {"cpu": "16", "memory": "64Gi", "pods": "500"}, "headroom": "20%", "cost": 10},
        ],
        "objective": ["clusters", "cost"],
    })
}

/// One edit of a text.
fn slip(text: &str, how: usize) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let place = how / 4 % letters.len().max(1);
    match how % 4 {
        0 if letters.len() > 1 => {
            letters.remove(place);
        }
        1 => letters.insert(place, 'q'),
        2 if place + 1 < letters.len() => letters.swap(place, place + 1),
        _ => letters.push('s'),
    }
    letters.into_iter().collect()
}

#[test]
fn what_is_suggested_works() {
    let document = rich();
    sound(&document);
    let mut found = Vec::new();
    places(&document, &mut Vec::new(), &mut found);
    let mut tried = 0;
    for (way, key) in &found {
        let text = if *key {
            way.last().unwrap().clone()
        } else {
            at(&mut document.clone(), way).as_str().unwrap().to_owned()
        };
        for how in (0..4 * text.chars().count()).step_by(3) {
            let typo = slip(&text, how);
            let mut wrong = document.clone();
            put(&mut wrong, way, *key, &typo);
            let Err(error) = read(&wrong) else { continue };
            let [problem] = &error.problems[..] else { continue };
            // about the slip itself, not about what it caused elsewhere
            let quoted = format!("`{typo}`");
            let about = problem.got.as_ref() == Some(&quoted)
                || problem.code.starts_with("unknown") && problem.message.contains(&quoted);
            let Some(suggestion) = problem.suggestion.clone().filter(|_| about) else { continue };
            tried += 1;
            put(&mut wrong, &with_last(way, *key, &typo), *key, &suggestion);
            if let Err(error) = read(&wrong) {
                panic!("{way:?}: {typo:?} -> {suggestion:?}: {error}");
            }
        }
    }
    assert!(tried > 100, "{tried}");
}

/// The way to a key that was renamed.
fn with_last(way: &[String], key: bool, name: &str) -> Vec<String> {
    let mut way = way.to_vec();
    if key {
        way.pop();
        way.push(name.to_owned());
    }
    way
}

#[test]
fn the_keys_of_copies_are_suggested() {
    for (key, meant) in [("copeis", Some("copies")), ("splitt", Some("split")), ("leaving", None)] {
        let mut document = fleet(&json!({}), &[("a", json!({}))]);
        document["workloads"][0][key] = json!("x");
        let error = read(&document).unwrap_err();
        let about = error.problems.iter().find(|it| it.code == "unknown-key").unwrap_or_else(|| panic!("{error}"));
        assert_eq!(about.suggestion.as_deref(), meant, "{about}");
    }
}

#[test]
fn a_unit_that_fits_nowhere_says_why_it_is_one() {
    let mut document = fleet(&json!({}), &[("a", json!({})), ("b", json!({}))]);
    document["workloads"] = json!([
        {"name": "one", "tenant": "a", "namespace": "apps", "requests": {"cpu": 60, "memory": "1Gi"}},
        {"name": "two", "tenant": "a", "namespace": "apps", "requests": {"cpu": "60500m", "memory": "1Gi"}},
        {"name": "three", "tenant": "b", "requests": {"cpu": 1, "memory": "1Gi"}},
    ]);
    let error = read(&document).unwrap_err();
    assert_eq!(codes(&error), ["fits-no-template"]);
    let text = error.to_string();
    for word in ["namespace `apps`", "tenant `a`", "splitNamespaces: true", "cpu 120.5", "has cpu 100 usable"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    document["tenants"][0]["splitNamespaces"] = json!(true);
    sound(&document);
    document["policy"] = json!({"together": [{"id": "pair", "members": ["one", "two", "three"]}]});
    let text = read(&document).unwrap_err().to_string();
    assert!(text.contains("`pair`") && !text.contains("splitNamespaces"), "{text}");
}

#[test]
fn every_rule_may_say_why() {
    let mut policy = rich()["policy"].clone();
    policy["separate"][0]["reason"] = json!("audit");
    policy["apart"][0]["reason"] = json!("one operator a cluster");
    let mut document = rich();
    document["policy"] = policy;
    document["workloads"][1]["attributes"] = json!({"customer": "b"});
    document["tenants"][1]["attributes"]["environment"] = json!("dev");
    let fleet = sound(&document);
    let text = fleet.explain("shop/cart", "guest/vault").unwrap().to_string();
    for word in ["audit", "one operator a cluster", "reviewed code"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    for list in ["separate", "apart", "levels", "distrust", "together"] {
        document["policy"][list][0]["reason"] = json!("a\u{7}b");
        let error = read(&document).unwrap_err();
        assert_eq!(error.problems[0].path, format!("policy.{list}[0].reason"), "{error}");
        document["policy"][list][0]["reason"] = json!("because");
        sound(&document);
    }
}

#[test]
fn the_builder_says_why_too() {
    let fleet = |builder: tenantry::fleet::FleetBuilder| builder.document().policy.clone().unwrap();
    let policy =
        fleet(Fleet::builder().separate("stage").because("audit").apart("version", true).because("one version"));
    assert_eq!(policy.separate[0].reason.as_deref(), Some("audit"));
    assert_eq!(policy.apart[0].reason.as_deref(), Some("one version"));
    assert!(Fleet::builder().because("of nothing").build().is_err());
}

fn planned(document: &Value) -> Plan {
    sound(document).plan(&PlanOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn plan_warns(document: &Value, code: &str) -> Option<String> {
    planned(document).warnings.into_iter().find(|it| it.code == code).map(|it| it.message)
}

#[test]
fn values_that_the_star_took_are_listed() {
    let policy = json!({
        "attributes": {"stage": {"first": ["prod"], "rest": ["*"]}, "team": {"red": [], "others": "*"}},
        "separate": [{"by": "stage"}, {"by": "team"}],
    });
    let values = |stage: &str, team: &str| json!({"stage": stage, "team": team});
    let tenants = [
        ("a", values("prod", "red")),
        ("b", values("sandbox", "red")),
        ("c", values("trial-eu", "blue")),
        ("d", values("rest", "red")),
        ("e", values("sandbox", "others")),
    ];
    let plan = planned(&fleet(&policy, &tenants));
    let listed: Vec<_> = plan
        .other_values
        .iter()
        .map(|row| {
            (
                row.attribute.as_str(),
                row.class.as_str(),
                row.values.iter().map(|it| (it.value.as_str(), it.workloads)).collect::<Vec<_>>(),
            )
        })
        .collect();
    assert_eq!(
        listed,
        [("stage", "rest", vec![("sandbox", 2), ("trial-eu", 1)]), ("team", "others", vec![("blue", 1)]),]
    );
    let text = export::text(&plan);
    assert!(text.contains("stage: sandbox (2 workloads), trial-eu (1 workload) went to the class rest"), "{text}");
    // and a plan that lists others is found out
    let mut forged = plan.clone();
    forged.other_values[0].values.pop();
    let fleet = sound(&fleet(&policy, &tenants));
    assert_eq!(fleet.check(&plan).unwrap().differences, []);
    let found = fleet.check(&forged).unwrap().differences;
    assert!(found.iter().any(|it| it.message.contains("otherValues")), "{found:?}");
}

#[test]
fn soft_tenancy_is_of_clusters_with_several_tenants() {
    let two = fleet(&json!({}), &[("a", json!({})), ("b", json!({}))]);
    assert!(plan_warns(&two, "soft-tenancy").is_some());
    let mut one = fleet(&json!({}), &[("a", json!({}))]);
    let mut second = one["workloads"][0].clone();
    second["namespace"] = json!("n9");
    one["workloads"].as_array_mut().unwrap().push(second);
    assert_eq!(plan_warns(&one, "soft-tenancy"), None);
    assert_eq!(planned(&one).clusters.unwrap()[0].namespaces.len(), 2);
}

#[test]
fn the_limits_of_kubernetes() {
    let with = |replicas: u64, nodes: u64| {
        let mut document = fleet(&json!({}), &[("a", json!({}))]);
        document["workloads"][0]["replicas"] = json!(replicas);
        document["workloads"][0]["requests"]["cpu"] = json!("1m");
        document["workloads"][0]["requests"]["memory"] = json!("4Mi");
        let node = json!({"name": "n", "allocatable": {"cpu": 64, "memory": "256Gi"}, "max": nodes});
        document["clusterTemplates"] = json!([{"name": "t", "nodePools": [node]}]);
        document
    };
    let code = "beyond-upstream-limits";
    assert_eq!(plan_warns(&with(150_000, 5_000), code), None);
    let message = plan_warns(&with(150_001, 5_000), code).unwrap();
    assert!(message.contains("150001") && message.contains("150000"), "{message}");
    // what a template may have is no matter where the plan says which nodes are in use
    assert_eq!(plan_warns(&with(10, 20_000), code), None);
    let mut large = with(5_001, 20_000);
    large["workloads"][0]["requests"]["cpu"] = json!(40);
    let message = plan_warns(&large, code).unwrap();
    assert!(message.contains("has nodes: 5001, documented are 5000"), "{message}");
    let mut kept = with(10, 20_000);
    kept["clusterTemplates"][0]["nodePools"][0]["min"] = json!(6_000);
    assert!(plan_warns(&kept, code).unwrap().contains("has nodes: 6000"), "those that are there and empty too");
    // a pod on every node
    let mut agents = with(149_000, 4_000);
    agents["tenants"].as_array_mut().unwrap().push(json!({"name": "p", "trust": "trusted", "platform": true}));
    let agent = json!({"name": "agent", "tenant": "p", "perNode": true, "requests": {"cpu": "1m", "memory": "1Mi"}});
    agents["workloads"].as_array_mut().unwrap().push(agent);
    assert!(
        plan_warns(&agents, code).unwrap().contains("has pods: 150"),
        "149,000 and one on each of some 1,370 nodes"
    );
    // only where they are not placed
    let mut sums = with(10, 5_001);
    sums["clusterTemplates"][0]["nodePacking"] = json!("sums");
    let message = plan_warns(&sums, code).unwrap();
    assert!(message.contains("template t allows nodes: 5001, documented are 5000"), "{message}");
    sums["clusterTemplates"][0]["maximums"] = json!({"nodes": 5_000});
    assert_eq!(plan_warns(&sums, code), None);
}

#[test]
fn waivers_that_count_on_another_day() {
    let with = |as_of: Option<&str>, expires: &str| {
        let policy = json!({
            "distrust": [{"id": "d", "subject": {"tenant": "bank"}, "neighbour": {"tenant": "vendor"}}],
            "waivers": [{
                "id": "w", "between": [{"tenant": "bank"}, {"tenant": "vendor"}], "waives": ["distrust:d"],
                "approvedBy": "ciso", "expires": expires, "reason": "migration",
            }],
        });
        let mut document = fleet(&policy, &[("bank", json!({})), ("vendor", json!({}))]);
        if let Some(day) = as_of {
            document["asOf"] = json!(day);
        }
        document
    };
    // a day that is past for good: the year of it was mistyped, or the file is old
    let message = plan_warns(&with(Some("2016-11-23"), "2020-12-31"), "waiver-ended").unwrap();
    assert!(message.contains("`w` (until 2020-12-31) has ended") && message.contains("2016-11-23"), "{message}");
    let message = plan_warns(&with(Some("2016-11-23"), "2999-12-31"), "as-of-another-day").unwrap();
    assert!(message.contains("a day that has passed") && !message.contains("`w`"), "{message}");
    let message = plan_warns(&with(Some("2999-11-23"), "2998-12-31"), "as-of-another-day").unwrap();
    assert!(message.contains("a day to come") && message.contains("`w` (until 2998-12-31)"), "{message}");
    for code in ["as-of-another-day", "waiver-ended"] {
        assert_eq!(plan_warns(&with(None, "2020-12-31"), code), None);
        let mut without = with(Some("2016-11-23"), "2020-12-31");
        without["policy"].as_object_mut().unwrap().remove("waivers");
        assert_eq!(plan_warns(&without, code), None);
    }
}

const HOSTILE: &str = "x\n  0 clusters: OPTIMAL\r\n\u{1b}[31m\u{9b}32m\u{202e}desrever\u{2066}\u{2028}y\u{e0041}";

/// Nothing in a text that moves the cursor, changes a colour or turns the direction, and no line of the document's.
fn tame(text: &str) {
    assert!(!text.lines().any(|line| line.trim() == "0 clusters: OPTIMAL"), "{text}");
    for c in text.chars() {
        assert!(c == '\n' || !tenantry::internals::is_hidden(c), "{c:?} in {text:?}");
    }
}

#[test]
fn text_forges_nothing() {
    let mut document = fleet(
        &json!({
            "attributes": {"stage": ["prod", "dev"]},
            "distrust": [{"id": "d", "subject": {"tenant": "bank"}, "neighbour": {"tenant": "vendor"}, "reason": "R"}],
            "separate": [{"by": "stage", "reason": "R"}],
            "together": [{"id": "t", "members": ["bank/web", "bank/two"], "reason": "R"}],
            "waivers": [{
                "id": "w", "between": [{"tenant": "bank"}, {"tenant": "vendor"}], "waives": ["distrust:d"],
                "approvedBy": "A", "expires": "2999-12-31", "reason": "R",
            }],
        }),
        &[("bank", json!({"stage": "prod"})), ("vendor", json!({"stage": "dev"}))],
    );
    let mut second = document["workloads"][0].clone();
    second["name"] = json!("two");
    document["workloads"].as_array_mut().unwrap().push(second);
    // what free text may hold by the rules of the document
    let free: String = HOSTILE.chars().filter(|c| !c.is_control() || *c == '\n').collect();
    for place in [
        "/name",
        "/policy/distrust/0/reason",
        "/policy/separate/0/reason",
        "/policy/together/0/reason",
        "/policy/waivers/0/reason",
        "/policy/waivers/0/approvedBy",
    ] {
        if place == "/name" {
            document["name"] = json!("n");
        }
        *document.pointer_mut(place).unwrap() = json!(free);
    }
    let fleet = sound(&document);
    let mut plan = planned(&document);
    tame(&export::text(&plan));
    tame(&fleet.explain("bank/web", "vendor/web").unwrap().to_string());
    tame(&fleet.explain("bank/web", "bank/two").unwrap().to_string());
    // a plan document may come from anywhere: every text of it is held to that
    fn spoil(value: &mut Value) {
        match value {
            Value::String(text) => text.push_str(HOSTILE),
            Value::Array(list) => list.iter_mut().for_each(spoil),
            // words, of which a document has no others
            Value::Object(map) => map
                .iter_mut()
                .filter(|(key, _)| !["change", "state"].contains(&key.as_str()))
                .for_each(|(_, it)| spoil(it)),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(&plan).unwrap();
    for part in
        ["name", "asOf", "summary", "clusters", "assignments", "separations", "waivers", "warnings", "notCovered"]
    {
        spoil(&mut value[part]);
    }
    plan = serde_json::from_value(value).unwrap();
    tame(&export::text(&plan));
}

#[test]
fn errors_forge_nothing() {
    for place in
        ["/tenants/0/name", "/workloads/0/name", "/workloads/0/tenant", "/tenants/0/trust", "/workloads/0/requests/cpu"]
    {
        let mut document = fleet(&json!({}), &[("a", json!({}))]);
        *document.pointer_mut(place).unwrap() = json!(HOSTILE);
        tame(&read(&document).unwrap_err().to_string());
        let mut document = fleet(&json!({}), &[("a", json!({}))]);
        let (parent, _) = place.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap()[HOSTILE] = json!("x");
        tame(&read(&document).unwrap_err().to_string());
    }
}

#[test]
fn one_slip_is_one_problem_and_says_what_it_is() {
    let fleet = |regions: &str, waives: &str| {
        let document = json!({
            "schema": "tenantry/v1", "asOf": "2026-11-23",
            "regions": [{"name": "north"}, {"name": "south"}], "defaults": {"regions": regions},
            "tenants": [{"name": "a", "trust": "trusted"}, {"name": "b", "trust": "trusted"}],
            "workloads": [
                {"name": "x", "tenant": "a", "requests": {"cpu": 1, "memory": "1Gi"}},
                {"name": "y", "tenant": "a", "requests": {"cpu": 1, "memory": "1Gi"}}
            ],
            "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 8, "memory": "8Gi"}}],
            "policy": {
                "apart": [{"id": "far", "members": ["x", "y"], "by": "cluster"}],
                "waivers": [{"id": "w", "between": [{"workload": "x"}, {"workload": "y"}], "waives": [waives],
                             "approvedBy": "me", "expires": "2026-12-31", "reason": "r"}]
            }
        });
        let error = read(&document).unwrap_err();
        error.problems.iter().map(|it| format!("{}: {}", it.code, it.message)).collect::<Vec<String>>()
    };
    // whoever states nothing would state it by the default
    let slip = "bad-value: the default is every region, or there is none";
    assert!(fleet("All", "level").contains(&slip.to_owned()) && fleet("All", "level").len() == 1);
    for technical in ["region", "apart:far"] {
        assert_eq!(
            fleet("all", technical),
            [format!("unknown-reason: `{technical}` is technical: no waiver takes it away")]
        );
    }
    assert_eq!(fleet("all", "apart:fra"), ["unknown-reason: there is no reason `apart:fra`"]);
}

/// `pods` that is not stated is a large number: a slip in its name must not take the limit away.
#[test]
fn a_limit_is_not_lost_with_a_letter_of_its_name() {
    let with = |allocatable: Value, more: Value| {
        let mut document = fleet(&json!({}), &[("a", json!({})), ("b", json!({}))]);
        document["clusterTemplates"][0] = json!({"name": "t", "allocatable": allocatable});
        document["workloads"][0]["requests"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        document
    };
    for slip in ["pdos", "pod", "Pods", "podz"] {
        let document = with(json!({"cpu": 8, "memory": "64Gi", slip: 5}), json!({}));
        let error = read(&document).unwrap_err();
        assert_eq!(codes(&error), ["unknown-resource"], "{slip}: {error}");
        let problem = &error.problems[0];
        assert_eq!(problem.path, format!("clusterTemplates[0].allocatable.{slip}"));
        assert_eq!(problem.suggestion.as_deref(), Some("pods"));
    }
    // pools and clusters that run, too
    let mut document = with(json!({"cpu": 8, "memory": "64Gi"}), json!({}));
    let pool = json!({"name": "p", "max": 3, "allocatable": {"cpu": 8, "memory": "64Gi", "pod": 5}});
    document["clusterTemplates"][0] = json!({"name": "t", "nodePools": [pool]});
    document["existingClusters"] = json!([{"name": "c", "allocatable": {"cpu": 8, "memory": "64Gi", "pdos": 5}}]);
    let paths: Vec<String> = read(&document).unwrap_err().problems.into_iter().map(|it| it.path).collect();
    let slips = ["clusterTemplates[0].nodePools[0].allocatable.pod", "existingClusters[0].allocatable.pdos"];
    assert!(slips.iter().all(|slip| paths.iter().any(|path| path == slip)), "{paths:?}");
    // what is requested is meant, and so is what stands beside the name that it looks like
    sound(&with(json!({"cpu": 8, "memory": "64Gi", "ports": 5}), json!({"ports": 1})));
    sound(&with(json!({"cpu": 8, "memory": "64Gi", "pods": 110, "ports": 5}), json!({})));
    sound(&with(json!({"cpu": 8, "memory": "64Gi", "nvidia.com/gpu": 5}), json!({})));
}

#[test]
fn names_that_differ_in_case_and_clusters_that_are_kept_all_the_same_are_named() {
    let mut document = fleet(&json!({}), &[("a", json!({}))]);
    document["regions"] = json!([{"name": "r1"}, {"name": "R1"}]);
    document["defaults"] = json!({"regions": "all", "runsIn": []});
    document["clusterTemplates"][0]["provides"] = json!(["gpu"]);
    document["existingClusters"] = json!([
        {"name": "prod", "template": "t", "region": "r1", "provides": ["GPU"]},
        {"name": "Prod", "template": "t", "region": "r1", "occupied": {"cpu": 1}}
    ]);
    let found = warned(&document, "differ-in-case");
    assert_eq!(found.len(), 3, "{found:?}");
    for words in ["regions", "existing clusters", "words of `provides`"] {
        assert!(found.iter().any(|it| it.starts_with(words)), "{words}: {found:?}");
    }
    silent(&document, "occupied-is-kept");
    document["existingClusters"][1]["keep"] = json!(false);
    warns(&document, "occupied-is-kept", &["Prod", "kept all the same"]);
    document["existingClusters"].as_array_mut().unwrap().pop();
    document["regions"].as_array_mut().unwrap().pop();
    document["existingClusters"][0].as_object_mut().unwrap().remove("provides");
    silent(&document, "differ-in-case");
}
