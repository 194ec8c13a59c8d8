//! The report: its facts are those of the documents, whatever came from outside is text in it, and it is the same every time.
//!
//! The expected Markdown is in `tests/golden/report.md`; `TENANTRY_UPDATE_GOLDEN=1` writes it anew.
#![cfg(feature = "cli")]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tenantry::engine::Silent;
use tenantry::export::Report;
use tenantry::report::Prices;
use tenantry::{Fleet, MigrateOptions, Migration, Plan, PlanOptions, PricesOptions};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn example(name: &str) -> Fleet {
    Fleet::from_yaml(&fs::read_to_string(root().join("examples").join(name)).unwrap()).unwrap()
}

fn planned(fleet: &Fleet) -> Plan {
    fleet.plan(&PlanOptions::default()).unwrap()
}

/// A fleet that runs, its plan, what its rules cost, and the order of its moves.
fn running() -> (Fleet, Plan, Prices, Migration) {
    let fleet = example("two-regions-today.yaml");
    let plan = planned(&fleet);
    let prices = tenantry::prices(&fleet, &PricesOptions::default(), &Silent).unwrap();
    let migration = tenantry::migrate(&fleet, &plan, &MigrateOptions::default(), &Silent).unwrap();
    (fleet, plan, prices, migration)
}

/// The rows of a table of the Markdown, by its caption.
fn table(markdown: &str, caption: &str) -> Vec<Vec<String>> {
    let rest = markdown.split_once(&format!("**{caption}**\n\n")).unwrap_or_else(|| panic!("{caption}\n{markdown}")).1;
    let rows = rest.lines().take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn its_figures_are_those_of_the_plan() {
    let fleet = example("acme.yaml");
    let plan = planned(&fleet);
    let report = plan.report(&fleet).unwrap();
    let (page, markdown) = (report.html().unwrap(), report.markdown().unwrap());
    let clusters = plan.clusters.as_ref().unwrap();
    let figures = table(&markdown, "The plan in figures");
    let figure = |what: &str| figures.iter().find(|row| row[0] == what).map(|row| row[1].clone());
    assert_eq!(figure("clusters"), Some(clusters.len().to_string()));
    assert_eq!(figure("workloads"), Some(plan.summary.workloads.to_string()));
    assert_eq!(figure("no plan has fewer than"), Some(plan.summary.lower_bound.to_string()));
    assert_eq!(figure("cost"), plan.summary.cost.map(|cost| cost.to_string()));
    // every workload is in one cell of the matrix
    let matrix = table(&markdown, "Workloads of each tenant in each cluster");
    let cells = matrix.iter().flat_map(|row| &row[1..]).filter_map(|cell| cell.parse::<u64>().ok());
    assert_eq!(cells.sum::<u64>(), plan.summary.workloads);
    let separations = table(&markdown, "Pairs of workloads that may not share a cluster, by rule");
    let pairs: Vec<String> = separations.iter().map(|row| row[1].clone()).collect();
    assert_eq!(pairs, plan.separations.iter().map(|row| row.pairs.to_string()).collect::<Vec<_>>());
    let asked: Vec<&str> = separations.iter().map(|row| row[5].as_str()).collect();
    assert!(
        asked.contains(&"policy.distrust&#91;0&#93;") && asked.contains(&"payments (their lists, below)"),
        "{asked:?}"
    );
    let levels = table(&markdown, "What is minimised, the most important first, each with the earlier ones fixed");
    assert_eq!(levels[0][..5], ["clusters", "7", "7", "optimal", "certified"].map(str::to_owned));
    assert_eq!(
        table(&markdown, "Trust classes, those of most workloads first").len() as u64,
        plan.summary.trust_classes
    );
    for cluster in clusters {
        assert!(page.contains(&cluster.name) && markdown.contains(&cluster.name), "{}", cluster.name);
        let uses = cluster.resources["cpu"].utilisation.unwrap();
        assert!(page.contains(&format!("{:.1} %", uses * 100.0)));
    }
    for text in [&plan.fleet_digest, &plan.not_covered[0], "Prices were not asked for", env!("CARGO_PKG_VERSION")] {
        assert!(page.contains(text) && markdown.contains(text), "{text}");
    }
}

#[test]
fn prices_and_migration_are_in_it_where_they_are_given() {
    let (fleet, plan, prices, migration) = running();
    let bare = plan.report(&fleet).unwrap();
    assert!(bare.markdown().unwrap().contains("The order of the moves was not asked for"));
    let full = bare.with_prices(&prices).unwrap().with_migration(&migration).unwrap();
    let markdown = full.markdown().unwrap();
    assert!(!markdown.contains("not asked for"));
    let ladder = table(&markdown, "The ladder: rules of trust, added one at a time");
    assert_eq!(ladder.len(), prices.ladder.len());
    let batches = table(&markdown, "What is done, batch by batch; each begins when the one before is done");
    assert_eq!(batches.last().unwrap()[0], migration.batches.len().to_string());
    let moved = table(&markdown, "Workloads that move");
    let moves = plan.moves.as_ref().unwrap();
    assert_eq!(moved.len() as u64, moves.forced.workloads + moves.chosen.workloads);
    // of another fleet
    let other = example("acme.yaml");
    let other_plan = planned(&other);
    let refused = other_plan.report(&other).unwrap();
    for error in [refused.with_prices(&prices).unwrap_err(), refused.with_migration(&migration).unwrap_err()] {
        assert!(error.to_string().contains("made for another fleet"), "{error}");
    }
    assert!(plan.report(&other).unwrap_err().to_string().contains("made for another fleet"));
}

#[test]
fn a_plan_that_is_not_right_is_refused() {
    let fleet = example("acme.yaml");
    let mut plan = planned(&fleet);
    plan.summary.pods += 1;
    let error = plan.report(&fleet).unwrap_err().to_string();
    assert!(error.contains("not right for this fleet") && error.contains("`tenantry check`"), "{error}");
}

/// Something of every kind that could be more than text.
const HOSTILE: &str = "</script></style><img src=x onerror=alert(1)>\" ' &amp; --> [a](javascript:x) ![b](http://c) `d` |\n\
                       # e\n- *f* _g_ ~~h~~ @team https://i www.j $k$ \u{202e}\u{1b}[31m {{ l }} \\";

/// Hostile text in every place of a document that takes any text.
fn poisoned(value: &mut Value) {
    // words of the documents, days and digests: anything else is refused when they are read
    const WORDS: [&str; 16] = [
        "schema",
        "fleetDigest",
        "asOf",
        "status",
        "proof",
        "stopped",
        "objective",
        "figure",
        "state",
        "change",
        "mode",
        "aim",
        "minimal",
        "action",
        "until",
        "because",
    ];
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                if !WORDS.contains(&key.as_str()) || !(value.is_string() || value.is_array()) {
                    poisoned(value);
                }
            }
            if let Some(Value::Object(inner)) = map.get_mut("resources") {
                *inner =
                    std::mem::take(inner).into_iter().map(|(key, value)| (format!("{key}{HOSTILE}"), value)).collect();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(poisoned),
        Value::String(text) => text.push_str(HOSTILE),
        _ => {}
    }
}

fn poison(document: &str) -> String {
    let mut value: Value = serde_json::from_str(document).unwrap();
    poisoned(&mut value);
    value.to_string()
}

#[test]
fn hostile_text_is_inert() {
    let (_, plan, prices, migration) = running();
    let plan = Plan::from_json(&poison(&tenantry::export::json(&plan).unwrap())).unwrap();
    let prices = Prices::from_json(&poison(&prices.to_json().unwrap())).unwrap();
    let migration = Migration::from_json(&poison(&migration.to_json().unwrap())).unwrap();
    let report = Report::of_plan(&plan).with_prices(&prices).unwrap().with_migration(&migration).unwrap();
    for page in [report.html().unwrap(), report.fragment().unwrap()] {
        assert!(page.matches("onerror=alert").count() > 100);
        for markup in ["<img", "</script><", "</style><i", "\u{202e}", "\u{1b}", "-->"] {
            assert!(!page.contains(markup), "{markup:?}");
        }
        assert!(page.matches("<script").count() <= 1 && page.matches("<style").count() == 1);
        // nothing leaves an attribute: every tag holds names that the templates write
        for tag in page.split('<').skip(1).filter_map(|rest| rest.split_once('>')) {
            assert!(!tag.0.contains("onerror=alert") || tag.0.contains("aria-label=\""), "{}", tag.0);
        }
    }
    let markdown = report.markdown().unwrap();
    assert!(markdown.matches("onerror=alert").count() > 100);
    for markup in ["<", "](", "![", "`", "@", "://", "$", "~", "\u{202e}", "\u{1b}", "\\"] {
        assert!(!markdown.contains(markup), "{markup:?}");
    }
    for line in markdown.lines().filter(|line| line.starts_with('#')) {
        assert!(line.starts_with("# Plan of ") || line.starts_with("## "), "{line}");
    }
    // a cell does not end before its end
    let rows = table(&markdown, "The plan in figures");
    assert!(rows.iter().all(|row| row.len() == 2));
}

#[test]
fn it_needs_nothing_and_is_the_same_every_time() {
    let (fleet, plan, prices, migration) = running();
    let of = || plan.report(&fleet).unwrap().with_prices(&prices).unwrap().with_migration(&migration).unwrap();
    assert_eq!(of().html().unwrap(), of().html().unwrap());
    let (page, part) = (of().html().unwrap(), of().fragment().unwrap());
    for outside in ["http:", "https:", "src=", "url(", "@import", "<link"] {
        assert!(!page.contains(outside) && !part.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src 'none'") || page.contains("default-src &#39;none&#39;"));
    assert!(!part.contains("<script") && !part.contains(" id=") && !part.contains("<html"));
}

#[test]
fn the_markdown_is_as_expected() {
    let fleet = example("shop.yaml");
    let mut plan = planned(&fleet);
    plan.seed = 0;
    let written = plan.report(&fleet).unwrap().markdown().unwrap();
    let written = written.replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let path = root().join("tests/golden/report.md");
    if std::env::var_os("TENANTRY_UPDATE_GOLDEN").is_some() {
        fs::write(&path, &written).unwrap();
    }
    assert_eq!(written, fs::read_to_string(&path).unwrap());
}

#[test]
fn a_large_plan_is_cut_and_says_so() {
    let mut plan = planned(&example("acme.yaml"));
    let one = plan.assignments[0].clone();
    plan.assignments = (0..100_000)
        .map(|number| {
            let mut row = one.clone();
            row.workload = format!("w{number}").into();
            row
        })
        .collect();
    let cluster = plan.clusters.as_ref().unwrap()[0].clone();
    let tenants: Vec<tenantry::Text> = (0..3_000).map(|it| format!("t{it}").into()).collect();
    plan.clusters = Some(
        (0..2_000)
            .map(|number| {
                let mut cluster = cluster.clone();
                cluster.name = format!("c{number}");
                cluster.tenants = vec![tenants[number].clone(), tenants[number + 1].clone()];
                cluster
            })
            .collect(),
    );
    let report = Report::of_plan(&plan);
    let (page, markdown) = (report.html().unwrap(), report.markdown().unwrap());
    assert!(page.len() < 4 << 20 && markdown.len() < 1 << 20, "{} {}", page.len(), markdown.len());
    for said in
        ["99500 more of 100000 are left out", "1000 more of 2000 are left out", "1750 rows and 1601 tenants left out"]
    {
        assert!(page.contains(said) && markdown.contains(said), "{said}");
    }
}

#[test]
fn a_plan_without_clusters_has_a_page() {
    let text = "{schema: tenantry/v1, asOf: \"2026-11-23\", tenants: [{name: a, trust: trusted}], \
        workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}, {name: api, tenant: a, requests: {cpu: 3, memory: 1Gi}}], \
        clusterTemplates: [{name: t, allocatable: {cpu: 3, memory: 8Gi}, maxCount: 1}]}";
    let fleet = Fleet::from_yaml(text).unwrap();
    let plan = planned(&fleet);
    assert!(plan.clusters.is_none());
    let page = plan.report(&fleet).unwrap().html().unwrap();
    assert!(page.contains("INFEASIBLE: no plan exists") && !page.contains("id=\"matrix\""));
    for reason in &plan.contradictions {
        assert!(page.contains(&reason.replace('&', "&amp;").replace('\'', "&#39;")), "{reason}");
    }
}

#[test]
fn the_program_writes_what_the_ending_says() {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name).display().to_string();
    let fleet = root().join("examples/shop.yaml").display().to_string();
    let run = |args: &[&str]| Command::new(env!("CARGO_BIN_EXE_tenantry")).args(args).output().unwrap();
    assert!(run(&["plan", &fleet, "-o", &path("plan.json")]).status.success());
    let report = |name: &str| run(&["report", &fleet, &path("plan.json"), "-o", &path(name)]);
    for (name, begins) in [("a.html", "<!doctype html>"), ("a.HTM", "<!doctype html>"), ("a.md", "# Plan of ")] {
        let output = report(name);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        assert!(fs::read_to_string(path(name)).unwrap().starts_with(begins), "{name}");
    }
    let output = report("a.pdf");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("no format is known by the ending .pdf: the known ones are .html, .htm, .md"), "{said}");
    assert!(!Path::new(&path("a.pdf")).exists());
    let other = root().join("examples/acme.yaml").display().to_string();
    let output = run(&["report", &other, &path("plan.json")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}
