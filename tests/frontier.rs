//! What fewer clusters take, against all placements that there are.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenantry::engine::random::Random;
use tenantry::engine::{Options, Silent, Watch};
use tenantry::plan::{Figure, LevelObjective, PlanProof};
use tenantry::report::Frontier;
use tenantry::{Fleet, FrontierOptions, PlanOptions, frontier};

/// Existing clusters and one template, workloads of a few sizes, and who may not share.
struct Model {
    rooms: Vec<u64>,
    drained: Vec<bool>,
    template: u64,
    prices: Option<Vec<u64>>,
    loads: Vec<(u64, usize, Option<usize>, u64)>,
    apart: bool,
}

impl Model {
    fn draw(seed: u64) -> Self {
        let random = &mut Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 5);
        let existing = 2 + random.index(2);
        let rooms: Vec<u64> = (0..existing).map(|_| 5 + random.below(6)).collect();
        let drained = (0..existing).map(|_| random.chance(150)).collect();
        let template = 6 + random.below(5);
        // of all clusters, the template last
        let prices = random.chance(500).then(|| (0..=existing).map(|_| 1 + random.below(9)).collect());
        let loads = (0..3 + random.index(3))
            .map(|_| {
                let at = random.chance(900).then(|| random.index(existing));
                (1 + random.below(5), random.index(2), at, 1 + random.below(2))
            })
            .collect();
        Self { rooms, drained, template, prices, loads, apart: random.chance(400) }
    }

    fn document(&self) -> String {
        let size = |cpu: u64| json!({"cpu": cpu.to_string(), "memory": "1Gi"});
        let mut clusters: Vec<Value> = (0..self.rooms.len())
            .map(|at| json!({"name": format!("c{at}"), "allocatable": size(self.rooms[at])}))
            .collect();
        let mut template = json!({"name": "standard", "allocatable": size(self.template)});
        for (at, row) in clusters.iter_mut().enumerate() {
            if self.drained[at] {
                row["mode"] = json!("drain");
            }
            if let Some(prices) = &self.prices {
                row["cost"] = json!(prices[at]);
                template["cost"] = json!(prices[self.rooms.len()]);
            }
        }
        let loads: Vec<Value> = self
            .loads
            .iter()
            .enumerate()
            .map(|(name, &(cpu, tenant, at, cost))| {
                let runs: Vec<String> = at.iter().map(|at| format!("c{at}")).collect();
                json!({"name": format!("w{name}"), "tenant": format!("t{tenant}"), "runsIn": runs, "moveCost": cost,
                    "requests": {"cpu": cpu.to_string(), "memory": "1"}})
            })
            .collect();
        let distrusts = if self.apart { json!(["t1"]) } else { json!([]) };
        json!({"schema": "tenantry/v1", "asOf": "2026-11-23", "workloads": loads, "existingClusters": clusters,
            "clusterTemplates": [template], "tenants": [{"name": "t0", "trust": "trusted", "distrusts": distrusts},
            {"name": "t1", "trust": "trusted"}]})
        .to_string()
    }

    /// By number of clusters, the fewest moves and the least cost of placements with exactly so many.
    fn all(&self) -> BTreeMap<usize, (u64, u64)> {
        let mut best = BTreeMap::new();
        let existing = self.rooms.len();
        let places = existing + self.loads.len();
        let mut homes = vec![0; self.loads.len()];
        loop {
            if let Some((clusters, moves, cost)) = self.value(&homes) {
                let known = best.entry(clusters).or_insert((moves, cost));
                *known = (known.0.min(moves), known.1.min(cost));
            }
            let Some(at) = homes.iter().position(|&home| home + 1 < places) else { return best };
            homes[at] += 1;
            homes[..at].fill(0);
        }
    }

    fn value(&self, homes: &[usize]) -> Option<(usize, u64, u64)> {
        let existing = self.rooms.len();
        let mut there: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        homes.iter().enumerate().for_each(|(load, &home)| there.entry(home).or_default().push(load));
        let mut cost = 0;
        for (&place, loads) in &there {
            let new = place >= existing;
            let room = if new { self.template } else { self.rooms[place] };
            let tenant = |tenant: usize| loads.iter().any(|&load| self.loads[load].1 == tenant);
            if (!new && self.drained[place])
                || loads.iter().map(|&load| self.loads[load].0).sum::<u64>() > room
                || (self.apart && tenant(0) && tenant(1))
            {
                return None;
            }
            cost += self.prices.as_ref().map_or(0, |prices| prices[place.min(existing)]);
        }
        let moved = |(load, home): (&(u64, usize, Option<usize>, u64), &usize)| match load.2 {
            Some(at) if at != *home => load.3,
            _ => 0,
        };
        Some((there.len(), self.loads.iter().zip(homes).map(moved).sum(), cost))
    }
}

/// The moves and the cost, each with its bound, of each number of clusters.
fn lines(frontier: &Frontier) -> Vec<(u64, [f64; 2], Option<[f64; 2]>)> {
    let both = |it: &tenantry::report::FrontierFigure| [it.value.unwrap().value(), it.bound.unwrap().value()];
    frontier.points.iter().map(|it| (it.clusters, both(&it.moves), it.cost.as_ref().map(both))).collect()
}

#[test]
fn every_placement_agrees() {
    let (mut drawn, mut exact) = (0, 0);
    for seed in 0..150 {
        let model = Model::draw(seed);
        let all = model.all();
        let text = model.document();
        let Some((&fewest, _)) = all.first_key_value() else { continue };
        let fleet = Fleet::from_json(&text).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
        let found = frontier(&fleet, &FrontierOptions::default(), &Silent).unwrap();
        let used: std::collections::BTreeSet<usize> = model.loads.iter().filter_map(|load| load.2).collect();
        let end = used.len().max(fewest);
        assert_eq!(found.points.len(), end - fewest + 1, "seed {seed}: {found:?}\n{text}");
        for (clusters, moves, cost) in lines(&found) {
            let within = || all.range(..=usize::try_from(clusters).unwrap()).map(|(_, values)| values);
            let least = within().map(|it| it.0).min().unwrap() as f64;
            assert_eq!(moves[0], least, "seed {seed}, {clusters} clusters: {found:?}\n{text}");
            assert!(moves[1] <= least, "seed {seed}, {clusters} clusters: {found:?}\n{text}");
            assert_eq!(cost.is_some(), model.prices.is_some());
            if let Some([value, bound]) = cost {
                let least = within().map(|it| it.1).min().unwrap() as f64;
                assert_eq!(value, least, "seed {seed}, {clusters} clusters: {found:?}\n{text}");
                assert!(bound <= least, "seed {seed}, {clusters} clusters: {found:?}\n{text}");
            }
        }
        let least = all.values().map(|it| it.0).min().unwrap();
        assert!(found.least_moves <= least, "seed {seed}: {found:?}\n{text}");
        exact += usize::from(found.least_moves == least);
        for pair in found.points.windows(2) {
            assert!(pair[1].moves.value.unwrap().value() <= pair[0].moves.value.unwrap().value());
            assert!(pair[1].moves.bound.unwrap().value() <= pair[0].moves.bound.unwrap().value());
        }
        let read = Frontier::from_json(&found.to_json().unwrap()).unwrap();
        assert_eq!(read.to_json().unwrap(), found.to_json().unwrap());
        drawn += 1;
    }
    assert!(drawn > 100 && exact * 10 > drawn * 9, "{exact} of {drawn}");
}

/// Whatever a fleet aims at first: its own plan is on a line, or behind one.
#[test]
fn no_line_is_worse_than_the_plan_of_the_fleet() {
    let objectives: [&[&str]; 4] =
        [&["cost", "moves"], &["clusters", "cost"], &["moves", "cost"], &["cost", "clusters"]];
    let mut more = 0;
    for seed in 0..120 {
        let random = &mut Random::new(seed ^ 4_242);
        let mut model = Model::draw(seed + 9_000);
        model.prices = Some((0..=model.rooms.len()).map(|_| 1 + random.below(12)).collect());
        let objective = objectives[random.index(objectives.len())];
        let mut document: Value = serde_json::from_str(&model.document()).unwrap();
        document["objective"] = json!(objective);
        // some of one cluster that costs much, beside templates that cost little
        if random.chance(300) {
            for load in document["workloads"].as_array_mut().unwrap() {
                load["runsIn"] = json!(["c0"]);
            }
        }
        let document = document.to_string();
        let Ok(fleet) = Fleet::from_json(&document) else { continue };
        let Ok(plan) = fleet.plan(&PlanOptions::default()) else { continue };
        let Some(clusters) = plan.summary.clusters else { continue };
        let frontier = frontier(&fleet, &FrontierOptions::default(), &Silent).unwrap();
        let line = frontier.points.iter().find(|it| it.clusters == clusters);
        let line = line.unwrap_or_else(|| panic!("seed {seed}: no line of {clusters}: {frontier:?}\n{document}"));
        let level = |objective: LevelObjective| {
            plan.levels
                .iter()
                .find(|it| it.objective == objective)
                .and_then(|it| it.value.as_ref())
                .map(|it| it.value())
        };
        let cost = line.cost.as_ref().and_then(|it| it.value.as_ref()).map(|it| it.value());
        let moves = line.moves.value.as_ref().map(|it| it.value());
        for (line, plan) in [(cost, level(LevelObjective::Cost)), (moves, level(LevelObjective::Moves))] {
            assert!(plan.is_none() || line <= plan, "seed {seed}: {line:?} {plan:?} {frontier:?}\n{document}");
        }
        if objective[0] == "cost" && plan.levels[0].proof != PlanProof::None {
            let best = frontier.points.iter().filter_map(|it| Some(it.cost.as_ref()?.value.as_ref()?.value()));
            let best = best.fold(f64::INFINITY, f64::min);
            assert_eq!(Some(best), level(LevelObjective::Cost), "seed {seed}: {frontier:?}\n{document}");
        }
        more += u64::from(clusters > frontier.today);
    }
    assert!(more > 5, "{more}");
}

/// Three half-empty clusters that fit one, and a fourth that nobody runs in.
fn spread() -> Fleet {
    let row = |at: usize| format!("{{name: w{at}, tenant: a, runsIn: c{at}, requests: {{cpu: 3, memory: 1Mi}}}}");
    let cluster = |at: usize| format!("{{name: c{at}, allocatable: {{cpu: 9, memory: 1Gi}}}}");
    let text = format!(
        "{{schema: tenantry/v1, name: spread, asOf: \"2026-11-23\", tenants: [{{name: a, trust: trusted}}], workloads: [{}], \
         existingClusters: [{}]}}",
        [row(0), row(1), row(2)].join(", "),
        [0, 1, 2, 3].map(cluster).join(", ")
    );
    Fleet::from_yaml(&text).unwrap()
}

#[test]
fn today_and_the_least_moves_are_marked() {
    let found = spread().frontier(&FrontierOptions::default()).unwrap();
    let marks: Vec<(u64, bool, bool)> =
        found.points.iter().map(|it| (it.clusters, it.today, it.no_plan_moves_less)).collect();
    assert_eq!(marks, [(1, false, false), (2, false, false), (3, true, true)]);
    assert_eq!(lines(&found).iter().map(|it| it.1[0]).collect::<Vec<_>>(), [2.0, 1.0, 0.0]);
    let text = tenantry::export::frontier_text(&found);
    assert!(text.contains("today, no plan moves less") && text.contains("  in use today: 3 clusters\n"), "{text}");
}

#[test]
fn one_of_two_who_may_not_stay_together_moves_in_any_plan() {
    let text = "{schema: tenantry/v1, asOf: '2026-11-23', tenants: [{name: a, trust: untrusted}, {name: b, trust: untrusted}], workloads: [\
        {name: w, tenant: a, requests: {cpu: 1, memory: 1Mi}, runsIn: c}, {name: w, tenant: b, requests: {cpu: 1, memory: 1Mi}, runsIn: c, \
        moveCost: 3}], existingClusters: [{name: c, allocatable: {cpu: 9, memory: 1Gi}}, {name: d, allocatable: {cpu: 9, memory: 1Gi}}]}";
    // either may stay, and not both
    let found = Fleet::from_yaml(text).unwrap().frontier(&FrontierOptions::default()).unwrap();
    assert_eq!((found.least_moves, found.points[0].no_plan_moves_less), (1, true));
}

#[test]
fn a_call_that_is_cancelled_says_so_and_keeps_its_promises() {
    struct Never;
    impl Watch for Never {
        fn cancelled(&self) -> bool {
            true
        }
    }
    let found = frontier(&spread(), &FrontierOptions::default(), &Never).unwrap();
    assert!(found.stopped.is_some());
    for point in &found.points {
        let (value, bound) = (point.moves.value.map(|it| it.value()), point.moves.bound.map(|it| it.value()));
        assert!(value.is_none_or(|value| bound.is_some_and(|bound| bound <= value)), "{point:?}");
    }
    let solver = Options { work_limit: Some(1), ..Options::default() };
    let found = spread().frontier(&FrontierOptions { solver, ..FrontierOptions::default() }).unwrap();
    assert!(found.points.iter().all(|point| point.clusters >= 1));
}

#[test]
fn nothing_that_exists_is_no_question() {
    let text = "{schema: tenantry/v1, tenants: [{name: a, trust: trusted}], workloads: [{name: w, tenant: a, \
        requests: {cpu: 1, memory: 1Mi}}], clusterTemplates: [{name: t, allocatable: {cpu: 9, memory: 1Gi}}]}";
    let error = Fleet::from_yaml(text).unwrap().frontier(&FrontierOptions::default()).unwrap_err();
    assert!(error.to_string().contains("existingClusters"), "{error}");
}

#[test]
fn the_document_has_the_keys_of_its_schema() {
    let schema: Value = serde_json::from_str(&tenantry::report::frontier_schema()).unwrap();
    assert_eq!(schema["properties"]["schema"]["const"], "tenantry-frontier/v1");
    let found = spread().frontier(&FrontierOptions::default()).unwrap();
    let document: Value = serde_json::from_str(&found.to_json().unwrap()).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>();
    assert_eq!(keys(&document), keys(&schema["properties"]));
    assert_eq!(keys(&document["points"][0]), keys(&schema["$defs"]["FrontierPoint"]["properties"]));
}

/// The limits of a fleet hold for every line: nothing stands there that no plan may be.
#[test]
fn limits_hold_for_every_line() {
    let line = |limits: Value| -> Vec<(u64, u64, u64)> {
        let names = ["e1", "e2", "e3"];
        let requests = json!({"cpu": 3, "memory": "1Gi"});
        let workloads =
            names.map(|home| json!({"name": home, "tenant": "a", "runsIn": home, "requests": requests.clone()}));
        let clusters =
            names.map(|name| json!({"name": name, "cost": 100, "allocatable": {"cpu": 10, "memory": "64Gi"}}));
        let document = json!({
            "schema": "tenantry/v1", "asOf": "2026-11-23", "limits": limits,
            "tenants": [{"name": "a", "trust": "trusted"}],
            "workloads": workloads,
            "existingClusters": clusters
        });
        let found = Fleet::from_json(&document.to_string()).unwrap().frontier(&FrontierOptions::default()).unwrap();
        let count = |figure: Option<Figure>| figure.unwrap().value() as u64;
        found.points.iter().map(|it| (it.clusters, count(it.moves.value), count(it.moves.bound))).collect()
    };
    assert_eq!(line(json!({"cost": 300})), [(1, 2, 2), (2, 1, 1), (3, 0, 0)]);
    assert_eq!(line(json!({"cost": 200})), [(1, 2, 2), (2, 1, 1), (3, 1, 1)]);
    assert_eq!(line(json!({"clusters": 2})), [(1, 2, 2), (2, 1, 1)]);
    assert_eq!(line(json!({"moves": 1})), [(2, 1, 1), (3, 0, 0)]);
}
