//! Answers say who, with numbers, and nothing that is not so.

use super::*;

/// What a command on a fleet says.
#[track_caller]
fn said(fleet: &str, args: &[&str]) -> String {
    let place = Place::new();
    place.file("fleet.yaml", fleet);
    let output = place.run(&[&args[..1], &["fleet.yaml"], &args[1..]].concat());
    assert!(code(&output) < 2, "{}{}", out(&output), err(&output));
    out(&output)
}

#[track_caller]
fn example(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)).unwrap()
}

const TWO: &str = "\
schema: tenantry/v1
asOf: \"2026-11-23\"
tenants: [{name: a, trust: trusted}, {name: b, trust: untrusted}]
";

#[test]
fn moves_are_proved_as_the_plan_counts_them() {
    let place = Place::new();
    place.file("fleet.yaml", &example("copies.yaml"));
    assert_eq!(code(&place.run(&["bundle", "fleet.yaml", "-o", "all.zip"])), 0);
    let checked = place.run(&["check", "all.zip"]);
    // one copy more than run today is new wherever it is: no move
    let words = "none with 4 clusters counts fewer moves than 1, this one counts 1";
    assert!(out(&checked).contains(words), "{}", out(&checked));
}

#[test]
fn why_says_that_the_place_for_both_is_drained() {
    let fleet = |mode: &str, small: &str| {
        format!(
            "schema: tenantry/v1
asOf: \"2026-11-23\"
tenants: [{{name: t, trust: trusted}}]
workloads:
  - {{name: one, tenant: t, needs: [arm], runsIn: [], requests: {{cpu: 1, memory: 1Gi}}}}
  - {{name: two, tenant: t, needs: [gpu], runsIn: [], requests: {{cpu: 1, memory: 1Gi}}}}
clusterTemplates:
  - {{name: x, provides: [arm], allocatable: {{cpu: 8, memory: 8Gi}}}}
  - {{name: z, provides: [gpu], allocatable: {{cpu: 8, memory: 8Gi}}}}
{small}existingClusters: [{{name: old, mode: {mode}, provides: [arm, gpu], allocatable: {{cpu: 16, memory: 8Gi}}}}]
"
        )
    };
    for mode in ["drain", "cordon"] {
        let small = "  - {name: small, provides: [arm, gpu], allocatable: {cpu: 1, memory: 8Gi}}\n";
        let text = said(&fleet(mode, small), &["why"]);
        // a place that would take both has too little room: that is the reason
        assert!(text.contains("no place has room for both"), "{text}");
        let text = said(&fleet(mode, ""), &["why"]);
        let how = format!("no place that is open to both takes them, as for t/one and t/two: old is {mode}ed");
        assert!(text.contains(&how) && !text.contains("has room for both"), "{text}");
    }
}

#[test]
fn why_says_what_keeps_sets_apart_and_who() {
    let text = said(&example("two-regions-today.yaml"), &["why"]);
    assert!(!text.contains("no place is open to both, none has room for both"), "{text}");
    assert!(text.contains("4 sets of 6 workloads") && text.contains("; by tenant and class"), "{text}");
    let row = text.lines().find(|line| line.contains(" place ")).unwrap();
    assert!(row.contains("8 ") && row.contains("because") && row.contains("us-east-1"), "{row}");
    let split = format!(
        "{TWO}workloads:
  - {{name: parts, tenant: a, replicas: 5, split: true, requests: {{cpu: 3, memory: 1Gi}}}}
  - {{name: u, tenant: b, requests: {{cpu: 1, memory: 1Gi}}}}
clusterTemplates: [{{name: t, allocatable: {{cpu: 8, memory: 64Gi}}}}]
"
    );
    let text = said(&split, &["why"]);
    assert!(text.contains("pairs (one for each copy, and for each replica of a split) by the first rule"), "{text}");
    let full = "schema: tenantry/v1
tenants: [{name: a, trust: trusted}]
workloads:
  - {name: one, tenant: a, requests: {cpu: 5, memory: 1Gi}}
  - {name: two, tenant: a, requests: {cpu: 6, memory: 1Gi}}
clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 64Gi}}]
";
    assert!(said(full, &["why"]).contains("2 clusters"), "{}", said(full, &["why"]));
    let empty = full.split("workloads:").next().unwrap().to_owned()
        + "workloads: []\nclusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 64Gi}}]\n";
    let text = said(&empty, &["why"]);
    assert!(text.contains("takes no cluster: there is nothing to place") && !text.contains("no argument"), "{text}");
}

#[test]
fn why_not_names_every_reason_in_words_of_the_question() {
    let held = "schema: tenantry/v1
asOf: \"2026-11-23\"
defaults: {runsIn: []}
tenants: [{name: a, trust: trusted}, {name: b, trust: trusted}]
workloads:
  - {name: one, tenant: a, requests: {cpu: 1, memory: 1Gi}, runsIn: west, stay: cluster}
  - {name: two, tenant: b, requests: {cpu: 1, memory: 1Gi}}
clusterTemplates: [{name: t, allocatable: {cpu: 4, memory: 8Gi}}]
existingClusters: [{name: west, template: t}, {name: east, template: t, admits: {tenant: b}}]
";
    let text = said(held, &["why-not", "a/one", "--in", "east"]);
    assert!(text.contains("must be in east and in west") && text.contains("is not admitted there"), "{text}");
    let regions = example("two-regions-today.yaml");
    for (cluster, why) in [("dublin-1", "is not admitted there"), ("dublin-old", "is drained")] {
        let text = said(&regions, &["why-not", "shop/search", "--in", cluster]);
        assert!(text.contains("stays in the region us-east-1") && text.contains(why), "{text}");
    }
    let text = said(&example("copies.yaml"), &["why-not", "search/index", "--with", "shop/queue"]);
    assert!(!text.contains("what-if") && text.contains("`index` has 2 copies, and `queue` has 3 copies"), "{text}");
    assert!(text.contains("what was asked for is that they share a cluster"), "{text}");
}

#[test]
fn prices_say_whether_there_is_a_plan_then() {
    let rows = "workloads:
  - {name: w, tenant: a, requests: {cpu: 1, memory: 1Gi}}
  - {name: w, tenant: b, requests: {cpu: 1, memory: 1Gi}}
  - {name: x, tenant: a, requests: {cpu: 1, memory: 1Gi}}
";
    let few =
        format!("{TWO}{rows}clusterTemplates: [{{name: t, allocatable: {{cpu: 8, memory: 64Gi}}, maxCount: 1}}]\n");
    let text = said(&few, &["prices"]);
    assert!(!text.contains("at least 0"), "{text}");
    assert!(text.contains("those take: a plan: there is one then"), "{text}");
    let row = |id: &str| text.lines().find(|line| line.trim_start().starts_with(id)).unwrap().to_owned();
    assert!(row("maxCount:t").contains("a plan: there is one then"), "{text}");
    assert!(text.contains("save nothing, one at a time: level:untrusted"), "{text}");
    let slack = format!(
        "{TWO}{rows}clusterTemplates:
  - {{name: t, allocatable: {{cpu: 8, memory: 64Gi}}, headroom: 10%, maxCount: 3, maximums: {{namespaces: 4}}}}
"
    );
    let text = said(&slack, &["prices"]);
    let row = |id: &str| text.lines().rfind(|line| line.trim_start().starts_with(id)).unwrap().to_owned();
    assert!(row("maxCount:t").contains(" 1: no plan"), "{text}");
    assert!(!row("maximum:t=namespaces").trim_end().ends_with(" 0"), "{text}");
}

#[test]
fn reasons_count_the_copies_of_each() {
    let copies = format!(
        "{TWO}workloads:
  - {{name: two, tenant: a, replicas: 2, copies: 2, requests: {{cpu: 1, memory: 1Gi}}}}
  - {{name: u, tenant: b, requests: {{cpu: 1, memory: 1Gi}}}}
clusterTemplates: [{{name: t, allocatable: {{cpu: 4, memory: 8Gi}}}}]
"
    );
    let text = said(&copies, &["plan"]);
    assert!(!text.contains("a/two and a/two") && text.contains("2 copies of a/two"), "{text}");
}

#[test]
fn findings_stand_at_their_lines() {
    let fleet = "schema: tenantry/v1
asOf: \"2026-11-23\"
policy:
  distrust: [{id: d, subject: {tenant: a}, neighbour: {tenant: b}}]
  waivers:
    - {id: w, between: [{tenant: a}, {tenant: b}], waives: [distrusts], approvedBy: me, expires: \"2026-12-01\", reason: r}
tenants:
  - {name: a, trust: trusted, distrusts: [b]}
  - {name: b, trust: trusted}
workloads:
  - {name: w, tenant: a, requests: {cpu: 1, memory: 1Gi}, runsIn: east}
  - {name: w, tenant: b, requests: {cpu: 1, memory: 1Gi}, runsIn: []}
existingClusters: [{name: east, allocatable: {cpu: 4, memory: 8Gi}}]
";
    let place = Place::new();
    place.file("fleet.yaml", fleet);
    let text = out(&place.run(&["audit", "fleet.yaml", "--format", "github"]));
    let line = |title: &str| {
        let row =
            text.lines().find(|line| line.contains(&format!("title={title}"))).unwrap_or_else(|| panic!("{text}"));
        row.split("line=").nth(1).and_then(|rest| rest.split(',').next()).map(str::to_owned)
    };
    assert_eq!((line("ends soon").as_deref(), line("runs-nowhere").as_deref()), (Some("6"), Some("12")), "{text}");
    let sarif = out(&place.run(&["audit", "fleet.yaml", "--format", "sarif"]));
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    let place_of = |rule: &str| {
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        let it = results.iter().find(|it| it["ruleId"] == rule).unwrap();
        it["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64()
    };
    assert_eq!((place_of("ends-soon"), place_of("runs-nowhere")), (Some(6), Some(12)), "{sarif:#}");
    // a tenant's list that separates more pairs
    let row = "  - {name: x, tenant: b, requests: {cpu: 1, memory: 1Gi}}\n";
    let plain = |more: &str| {
        format!(
            "{TWO}workloads:
  - {{name: w, tenant: a, requests: {{cpu: 1, memory: 1Gi}}}}
  - {{name: w, tenant: b, requests: {{cpu: 1, memory: 1Gi}}}}
{more}clusterTemplates: [{{name: t, allocatable: {{cpu: 4, memory: 8Gi}}}}]
"
        )
        .replace(
            "{name: a, trust: trusted}, {name: b, trust: untrusted}",
            "{name: a, trust: trusted, distrusts: [b]}, {name: b, trust: trusted}",
        )
    };
    for (name, more) in [("one", ""), ("two", row)] {
        place.file(&format!("{name}.yaml"), &plain(more));
        place.run(&["plan", &format!("{name}.yaml"), "-o", &format!("{name}.json")]);
    }
    let args = ["diff", "one.json", "two.json", "--fleet", "two.yaml", "--format", "github"];
    let text = out(&place.run(&args));
    let row = text.lines().find(|line| line.contains("::distrusts: ")).unwrap_or_else(|| panic!("{text}"));
    assert!(row.contains("line=3"), "{row}");
}

#[test]
fn what_is_unlimited_and_nobody_requests_is_in_no_quota() {
    let place = Place::new();
    let fleet = "schema: tenantry/v1
asOf: \"2026-11-23\"
tenants: [{name: a, trust: trusted}]
workloads: [{name: w, tenant: a, requests: {cpu: 1, memory: 1Gi}}]
clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 64Gi, ephemeral-storage: unlimited}}]
";
    place.file("fleet.yaml", fleet);
    assert_eq!(code(&place.run(&["plan", "fleet.yaml", "-o", "plan.json"])), 0);
    let output = place.run(&["export", "fleet.yaml", "plan.json", "--for", "kubernetes", "-o", "out"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let mut open = vec![place.path("out")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                assert!(!text.contains("ephemeral-storage"), "{}: {text}", path.display());
            }
        }
    }
}

#[test]
fn one_of_something_is_no_plural() {
    let place = Place::new();
    let fleet = format!(
        "{TWO}workloads:
  - {{name: w, tenant: a, requests: {{cpu: 1, memory: 1Gi}}}}
  - {{name: w, tenant: b, requests: {{cpu: 1, memory: 1Gi}}}}
clusterTemplates: [{{name: t, allocatable: {{cpu: 8, memory: 64Gi}}, maxCount: 1, maximums: {{tenants: 1}}}}]
"
    );
    place.file("fleet.yaml", &fleet);
    let all = place.run(&["relax", "fleet.yaml", "--feasible"]);
    for says in ["at most 1 cluster of template `t`", "has at most 1 tenant\n"] {
        assert!(out(&all).contains(says), "{}", out(&all));
    }
    let one = place.run(&["relax", "fleet.yaml", "--feasible", "--levers", "maxCount"]);
    assert!(out(&one).contains("with its 1 lever away"), "{}", out(&one));
    let none = place.run(&["why-not", "fleet.yaml", "a/w", "--with", "b/w", "--levers", "maxCount"]);
    assert!(out(&none).contains("Not even without the 1 lever that was looked at."), "{}", out(&none));
    // no empty line twice where only figures differ
    place.file("more.yaml", &fleet.replace("maxCount: 1, maximums: {tenants: 1}", "maxCount: 3"));
    place.run(&["plan", "more.yaml", "-o", "a.json"]);
    let plan = fs::read_to_string(place.path("a.json")).unwrap();
    let mut plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    plan["summary"]["pods"] = 3.into();
    place.file("b.json", &plan.to_string());
    let diff = place.run(&["diff", "a.json", "b.json"]);
    assert!(out(&diff).contains("Figures") && !out(&diff).contains("\n\n\n"), "{}{}", out(&diff), err(&diff));
}

/// What a browser shows of the part of a page that is an answer, word by word.
#[track_caller]
fn words(page: &str) -> Vec<String> {
    let main = page.split_once("<main>").unwrap().1.split_once("</main>").unwrap().0;
    let mut shown = String::new();
    let mut rest = main;
    while let Some((text, tag)) = rest.split_once('<') {
        shown.push_str(text);
        shown.push(' ');
        rest = tag.split_once('>').unwrap().1;
    }
    let marks = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    let shown = marks.iter().fold(shown + rest, |text, (code, mark)| text.replace(code, mark));
    shown.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn pages_say_what_texts_say() {
    let place = Place::new();
    let hostile = "reason: \"<script>alert(1)</script>\u{202e} & 'quoted'\"";
    let fleet = example("acme.yaml").replace("reason: cardholder data only beside in-scope workloads", hostile);
    place.file("acme.yaml", &fleet);
    place.file("other.yaml", &example("acme.yaml").replace("- {by: environment}", ""));
    place.file("today.yaml", &example("today/fleet.yaml"));
    place.file("growth.yaml", &example("growth/fleet.yaml"));
    for name in ["acme", "other"] {
        let plan = format!("{name}.json");
        assert_eq!(code(&place.run(&["plan", &format!("{name}.yaml"), "-o", &plan])), 0);
    }
    for args in [
        &["why", "acme.yaml"][..],
        &["why", "acme.yaml", "--depth", "3"],
        &["why", "today.yaml"],
        &["why-not", "acme.yaml", "shop/frontend", "--with", "payments/ledger"],
        &["why-not", "acme.yaml", "--clusters", "6"],
        &["relax", "acme.yaml", "--clusters", "5"],
        &["prices", "acme.yaml", "--tenants"],
        &["compare", "acme.yaml", "today.yaml", "acme.json"],
        &["diff", "acme.json", "other.json"],
        &["blast", "acme.yaml"],
        &["blast", "acme.yaml", "analytics"],
        &["blast", "today.yaml", "--today"],
        &["frontier", "today.yaml"],
        &["grow", "growth.yaml"],
    ] {
        let text = place.run(args);
        assert!(code(&text) < 2, "{args:?} {}", err(&text));
        let page = place.run(&[args, &["--format", "html"]].concat());
        assert_eq!(code(&page), code(&text), "{args:?}");
        let (text, page) = (out(&text), out(&page));
        assert_eq!(words(&page), text.split_whitespace().collect::<Vec<_>>(), "{args:?}");
        assert!(page.starts_with("<!doctype html>") && !page.contains("<script"), "{args:?}");
        assert!(!page.contains('\u{202e}') && page.matches("<h1>").count() == 1, "{args:?}");
        let written = place.run(&[args, &["-o", "page.html"]].concat());
        assert_eq!(code(&written), code(&place.run(args)), "{args:?} {}", err(&written));
        assert_eq!(fs::read_to_string(place.path("page.html")).unwrap(), page, "{args:?}");
    }
}

#[test]
fn levers_stand_at_their_lines() {
    let place = Place::new();
    place.file("fleet.yaml", &example("acme.yaml"));
    let lines: Vec<String> = example("acme.yaml").lines().map(str::to_owned).collect();
    let mut named = 0;
    for args in [
        &["relax", "fleet.yaml", "--clusters", "1"][..],
        &["why-not", "fleet.yaml", "--clusters", "6"],
        &["prices", "fleet.yaml"],
    ] {
        let document = json(&place.run(&[args, &["--format", "json"]].concat()));
        let levers =
            ["/sets/0/levers", "/against/levers", "/levers"].iter().find_map(|at| document.pointer(at)).unwrap();
        for row in levers.as_array().unwrap() {
            let lever = row.get("lever").unwrap_or(row);
            let (id, path) = (lever["id"].as_str().unwrap(), lever["path"].as_str().unwrap());
            let Some(line) = lever["line"].as_u64() else {
                assert_eq!(path, "", "{id}");
                continue;
            };
            // what the line says is what names the lever
            let word = id.split([':', '=']).nth(1).unwrap();
            let at = &lines[line as usize - 1];
            let near = at.contains(word) || id.starts_with("headroom") || id.starts_with("maxCount");
            assert!(near, "{id} {path} {line}: {at}");
            assert!(out(&place.run(args)).contains(&format!("{path}, line {line}")) || args[0] == "prices", "{id}");
            named += 1;
        }
    }
    assert!(named > 10, "{named}");
}

#[test]
fn long_ladders_and_many_drafts_are_cut() {
    let mut fleet = "schema: tenantry/v1\nasOf: \"2026-11-23\"\ntenants:\n".to_owned();
    for at in 0..60 {
        fleet += &format!("  - {{name: t{at}, trust: untrusted, distrusts: [t{}]}}\n", (at + 1) % 60);
    }
    fleet += "workloads:\n";
    for at in 0..60 {
        fleet += &format!("  - {{name: w, tenant: t{at}, namespace: n{at}, requests: {{cpu: 3, memory: 1Gi}}}}\n");
    }
    fleet += "clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 64Gi}}]\n";
    let text = said(&fleet, &["prices"]);
    let ladder = text.split_once("The ladder").unwrap().1.split("\n\n").next().unwrap();
    // steps that need the same are told once they are many, and none is lost
    let steps = ladder.lines().filter(|line| line.starts_with("  + ")).map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words[2] == "more" { words[1].parse().unwrap() } else { 1 }
    });
    assert_eq!(steps.sum::<usize>(), 60 + 4, "{ladder}");
    assert!(ladder.lines().count() < 30, "{ladder}");
    let text = said(&fleet, &["relax", "--clusters", "40", "--limit", "1"]);
    let drafts = text.lines().filter(|line| line.trim_start().starts_with("- ") && line.contains(" pair")).count();
    assert!(drafts <= 21 && text.contains("JSON has all"), "{text}");
}
