//! Plans of running fleets of some hundred workloads: held against a bound on the moves that is counted here, and against what
//! must not matter.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenantry::engine::random::Random;
use tenantry::engine::{Options, Silent};
use tenantry::plan::{Change, Figure, LevelObjective, Plan, PlanStatus};
use tenantry::{Fleet, FrontierOptions, PlanOptions};

const DAY: &str = "2026-11-26";

/// What runs today: name, cpu of the cluster (0 where it is drained), and of each workload in it the cpu, by stage.
struct Running {
    document: Value,
    clusters: BTreeMap<String, (u64, [Vec<u64>; 2])>,
    /// The largest cluster that there may be.
    largest: u64,
}

/// Two stages, some of which are in the wrong clusters, half-empty clusters and full ones, one that is drained, on sums or on nodes.
fn running(seed: u64) -> Running {
    let random = &mut Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 5);
    let number = 6 + random.index(6);
    let nodes = random.chance(500);
    let count = 200 + random.index(200);
    let each = (count as u64 * 5 / number as u64).max(20);
    let mut clusters = BTreeMap::new();
    let mut existing = Vec::new();
    for at in 0..number {
        let mode = if at == 1 { "drain" } else { "open" };
        let name = format!("c{at:02}");
        let mut row = json!({"name": name, "mode": mode, "template": "plain"});
        let mut cpu = each;
        if at % 3 == 2 {
            cpu = each * 4 / 5;
            row = json!({"name": name, "mode": mode, "allocatable": {"cpu": cpu, "memory": "1Ti"}});
        } else if nodes && at % 2 == 0 {
            cpu = (each / 10) * 10;
            row["template"] = json!("pooled");
        }
        clusters.insert(name, (if mode == "drain" { 0 } else { cpu }, [Vec::new(), Vec::new()]));
        existing.push(row);
    }
    let names: Vec<String> = clusters.keys().cloned().collect();
    let (mut workloads, stages) = (Vec::new(), ["live", "test"]);
    for index in 0..count {
        let stage = usize::from(random.chance(350));
        let ours: Vec<usize> =
            (0..number).filter(|at| usize::from(at % 3 == 0) == stage || random.chance(15)).collect();
        let home = ours[random.index(ours.len())];
        let cpu = [1, 1, 2, 3, 5, 8][random.index(6)];
        clusters.get_mut(&names[home]).unwrap().1[stage].push(cpu);
        workloads.push(json!({
            "name": format!("w{index}"), "tenant": format!("t{}", random.index(12)), "runsIn": names[home],
            "requests": {"cpu": cpu, "memory": "1Mi"}, "attributes": {"stage": stages[stage]}
        }));
    }
    let pool = json!({"name": "general", "allocatable": {"cpu": 10, "memory": "64Gi"}, "max": each / 10});
    let tenants: Vec<Value> = (0..12).map(|it| json!({"name": format!("t{it}"), "trust": "trusted"})).collect();
    let document = json!({
        "schema": "tenantry/v1", "asOf": DAY, "tenants": tenants, "workloads": workloads,
        "policy": {"attributes": {"stage": ["live", "test"]}, "separate": [{"by": "stage"}]},
        "clusterTemplates": [
            {"name": "plain", "allocatable": {"cpu": each, "memory": "1Ti"}},
            {"name": "pooled", "nodePools": [pool]}
        ],
        "existingClusters": existing
    });
    Running { document, clusters, largest: each }
}

fn plan_of(document: &Value) -> Plan {
    plan_within(document, 60_000_000)
}

fn plan_within(document: &Value, work: u64) -> Plan {
    let fleet = Fleet::from_json(&document.to_string()).unwrap();
    let solver = Options { threads: Some(1), work_limit: Some(work), ..Options::default() };
    tenantry::plan(&fleet, &PlanOptions { solver, ..PlanOptions::default() }, &Silent).unwrap()
}

fn value(plan: &Plan, objective: LevelObjective) -> u64 {
    match plan.levels.iter().find(|level| level.objective == objective).unwrap().value {
        Some(Figure::Count(count)) => count,
        other => panic!("{other:?}"),
    }
}

impl Running {
    /// So many move at least where there are so many clusters: each that remains is of one stage, and keeps no more than the smallest of it
    /// that fit; the clusters of a stage have room for all of it, those where nobody stays being of the largest kind.
    fn least_moves(&self, number: u64) -> u64 {
        let all = |stage: usize| self.clusters.values().flat_map(move |it| &it.1[stage]);
        let kept = |cpu: u64, sizes: &[u64]| {
            let mut sizes = sizes.to_vec();
            sizes.sort_unstable();
            let fits = sizes.iter().scan(0, |sum, size| {
                *sum += size;
                (*sum <= cpu).then_some(())
            });
            fits.count() as u64
        };
        let open: Vec<(u64, [u64; 2])> = self
            .clusters
            .values()
            .filter(|it| it.0 > 0)
            .map(|(cpu, sizes)| (*cpu, [kept(*cpu, &sizes[0]), kept(*cpu, &sizes[1])]))
            .collect();
        let mut most = 0;
        for mut choice in 0..3usize.pow(u32::try_from(open.len()).unwrap()) {
            let (mut clusters, mut room, mut stay) = (0, [0; 2], 0);
            for (cpu, kept) in &open {
                // closed, of one stage, or of the other
                if let Some(stage) = (choice % 3).checked_sub(1) {
                    clusters += 1;
                    room[stage] += cpu;
                    stay += kept[stage];
                }
                choice /= 3;
            }
            let fresh = |stage: usize| all(stage).sum::<u64>().saturating_sub(room[stage]).div_ceil(self.largest);
            if stay > most && clusters <= number && clusters + fresh(0) + fresh(1) <= number {
                most = stay;
            }
        }
        (all(0).count() + all(1).count()) as u64 - most
    }
}

#[test]
fn few_move_where_clusters_are_few() {
    let (mut moved, mut least) = (0, 0);
    for seed in 0..24 {
        let fleet = running(seed);
        let plan = plan_of(&fleet.document);
        let clusters = value(&plan, LevelObjective::Clusters);
        let moves = value(&plan, LevelObjective::Moves);
        let bound = fleet.least_moves(clusters);
        assert!(moves >= bound, "seed {seed}: {moves} moves, and {bound} must be");
        let counted = plan.assignments.iter().filter(|row| row.change == Change::Move).count() as u64;
        assert_eq!(counted, moves, "seed {seed}");
        let level = &plan.levels[0];
        assert_eq!(level.status, PlanStatus::Optimal, "seed {seed}: {:?} of {:?}", level.value, level.bound);
        (moved, least) = (moved + moves, least + bound);
    }
    // the bound knows sums alone
    assert!(moved * 100 <= least * 101, "{moved} moves, at least {least}");
}

#[test]
fn what_a_move_counts_changes_no_number_of_clusters() {
    for seed in 100..108 {
        let fleet = running(seed);
        let clusters = value(&plan_of(&fleet.document), LevelObjective::Clusters);
        for cost in [0, 7] {
            let mut other = fleet.document.clone();
            for row in other["workloads"].as_array_mut().unwrap() {
                row["moveCost"] = json!(cost);
            }
            let plan = plan_of(&other);
            assert_eq!(value(&plan, LevelObjective::Clusters), clusters, "seed {seed}, cost {cost}");
            assert!(cost > 0 || value(&plan, LevelObjective::Moves) == 0);
        }
    }
}

#[test]
fn who_may_move_never_needs_more_clusters() {
    for seed in 200..208 {
        let fleet = running(seed);
        let mut held = fleet.document.clone();
        let mut staying = 0;
        for row in held["workloads"].as_array_mut().unwrap().iter_mut().step_by(9) {
            // who can: not from where nobody stays, nor beside the other stage
            let cluster: usize = row["runsIn"].as_str().unwrap()[1..].parse().unwrap();
            if cluster != 1 && (cluster.is_multiple_of(3)) == (row["attributes"]["stage"] == "test") {
                row["stay"] = json!("cluster");
                staying += 1;
            }
        }
        assert!(staying > 0);
        let (free, bound) = (plan_of(&fleet.document), plan_of(&held));
        let clusters = |plan: &Plan| value(plan, LevelObjective::Clusters);
        assert!(clusters(&free) <= clusters(&bound), "seed {seed}");
        let moved = bound.assignments.iter().filter(|row| row.change == Change::Move);
        let stays = |name: &str| {
            held["workloads"].as_array().unwrap().iter().any(|it| it["name"] == name && it.get("stay").is_some())
        };
        assert!(moved.into_iter().all(|row| !stays(row.workload.as_str())), "seed {seed}");
    }
}

/// Where moves come first nobody leaves for the number of clusters, but for its limit.
#[test]
fn as_many_clusters_as_may_be_are_enough_where_moves_come_first() {
    for seed in 500..506 {
        let fleet = running(seed);
        let few = plan_of(&fleet.document);
        let (clusters, moves) = (value(&few, LevelObjective::Clusters), value(&few, LevelObjective::Moves));
        for more in [0, 1] {
            let mut document = fleet.document.clone();
            document["objective"] = json!(["moves"]);
            document["limits"] = json!({"clusters": clusters + more});
            let plan = plan_of(&document);
            let used = plan.clusters.as_ref().map_or(0, Vec::len) as u64;
            assert!(0 < used && used <= clusters + more, "seed {seed}: {:?}", plan.status);
            assert!(value(&plan, LevelObjective::Moves) <= moves, "seed {seed}");
        }
    }
}

#[test]
fn a_cluster_that_is_there_and_empty_comes_before_a_new_one() {
    let document = |cost: u64| {
        json!({
            "schema": "tenantry/v1", "asOf": DAY, "tenants": [{"name": "a", "trust": "trusted"}],
            "workloads": [{"name": "w", "tenant": "a", "requests": {"cpu": 2, "memory": "1Gi"}, "runsIn": "left"}],
            "clusterTemplates": [{"name": "plain", "allocatable": {"cpu": 10, "memory": "64Gi"}, "cost": 5}],
            "existingClusters": [
                {"name": "left", "template": "plain", "mode": "drain"},
                {"name": "small", "allocatable": {"cpu": 1, "memory": "64Gi"}, "cost": 1},
                {"name": "cordoned", "template": "plain", "mode": "cordon"},
                {"name": "empty", "allocatable": {"cpu": 10, "memory": "64Gi"}, "cost": cost}
            ]
        })
    };
    let home = |cost: u64| plan_of(&document(cost)).assignments[0].cluster.as_str().to_owned();
    assert_eq!(home(5), "empty");
    assert!(!["left", "small", "cordoned", "empty"].contains(&home(6).as_str()), "it costs more than a new one");
}

/// The bound forgets nodes, and is far below what pods need that fill one each: between the two there are many numbers of clusters
/// to try.
#[test]
fn who_can_stays_though_no_number_near_the_bound_works() {
    for seed in 400..401 {
        let mut fleet = running(seed);
        let document = &mut fleet.document;
        // no two are alike: more kinds than are solved one by one
        for (index, row) in document["workloads"].as_array_mut().unwrap().iter_mut().enumerate() {
            row["requests"] = json!({"cpu": 6, "memory": format!("{}Mi", 1 + index)});
        }
        for row in document["existingClusters"].as_array_mut().unwrap() {
            *row = json!({"name": row["name"], "template": "pooled"});
        }
        document["clusterTemplates"].as_array_mut().unwrap().retain(|it| it["name"] == "pooled");
        let nodes = usize::try_from(fleet.largest / 10).unwrap();
        let plan = plan_within(&fleet.document, 5_000_000);
        let (clusters, moves) = (value(&plan, LevelObjective::Clusters), value(&plan, LevelObjective::Moves));
        let all = |stage: usize| fleet.clusters.values().map(|it| it.1[stage].len()).sum::<usize>();
        let least = all(0).div_ceil(nodes) + all(1).div_ceil(nodes);
        // of the stage that has most in a cluster, one on each node
        let stay = fleet.clusters.values().map(|it| it.1.iter().map(Vec::len).max().unwrap_or(0).min(nodes));
        let moved = all(0) + all(1) - stay.sum::<usize>();
        assert_eq!((clusters, moves), (least as u64, moved as u64), "seed {seed}");
        assert_ne!(plan.levels[0].bound, Some(Figure::Count(clusters)), "seed {seed}: the bound knows of nodes");
    }
}

#[test]
fn fewer_clusters_move_little_more_than_they_must() {
    let (mut moved, mut least, mut bounds, mut forced) = (0, 0, 0, 0);
    for seed in 300..306 {
        let mut fleet = running(seed);
        // no two are alike: more kinds than are solved one by one
        for (index, row) in fleet.document["workloads"].as_array_mut().unwrap().iter_mut().enumerate() {
            row["requests"]["memory"] = json!(format!("{}Mi", 1 + index));
        }
        let solver = Options { threads: Some(1), work_limit: Some(60_000_000), ..Options::default() };
        let options = FrontierOptions { solver, ..FrontierOptions::default() };
        let frontier = Fleet::from_json(&fleet.document.to_string()).unwrap().frontier(&options).unwrap();
        let count = |figure: Option<Figure>| match figure {
            Some(Figure::Count(count)) => count,
            other => panic!("seed {seed}: {other:?}"),
        };
        for point in &frontier.points {
            let (value, bound) = (count(point.moves.value), count(point.moves.bound));
            let must = fleet.least_moves(point.clusters);
            assert!(bound <= value && must <= value, "seed {seed}: {point:?}, at least {must}");
            (moved, least, bounds, forced) =
                (moved + value, least + must, bounds + bound, forced + frontier.least_moves);
        }
    }
    assert!(moved * 100 <= least * 105, "{moved} moves, at least {least}");
    assert!(forced < bounds, "no number of clusters has a bound of its own: {bounds}");
}

/// The same with a few who may be with both stages, and with some who keep state: their clusters are in every plan.
fn running_with_state(seed: u64) -> Value {
    let Running { mut document, .. } = running(seed);
    let mut bound = 0;
    for (index, row) in document["workloads"].as_array_mut().unwrap().iter_mut().enumerate() {
        // no two are alike: more kinds than are solved one by one
        row["requests"]["memory"] = json!(format!("{}Mi", 1 + index));
        let home = row["runsIn"].as_str().unwrap()[1..].parse::<usize>().unwrap();
        let at_home = usize::from(home % 3 == 0) == usize::from(row["attributes"]["stage"] == "test");
        if at_home && home != 1 && home % 4 < 2 && index % 12 == 0 && bound < 12 {
            row["stateful"] = json!(true);
            bound += 1;
        }
    }
    document["policy"]["waivers"] = json!([{
        "id": "both", "between": [{"tenant": ["t0", "t1"]}, {"stage": "test"}], "waives": ["separate:stage"],
        "approvedBy": "a board", "expires": "2027-01-01", "reason": "as agreed"
    }]);
    document
}

#[test]
fn who_may_be_with_both_makes_room_for_who_may_not() {
    let (mut moved, mut least, mut proved) = (0, 0, 0);
    for seed in 500..512 {
        let plan = plan_of(&running_with_state(seed));
        let bound = |at: usize| match plan.levels[at].bound {
            Some(Figure::Count(bound)) => bound,
            other => panic!("seed {seed}: {other:?}"),
        };
        proved += usize::from(plan.levels[0].status == PlanStatus::Optimal);
        (moved, least) = (moved + value(&plan, LevelObjective::Moves), least + bound(1));
    }
    // the bound forgets nodes, and in which of the others who stays nowhere finds room
    assert!(moved * 100 <= least * 116, "{moved} moves, at least {least}");
    assert!(proved >= 9, "{proved} of 12");
}
