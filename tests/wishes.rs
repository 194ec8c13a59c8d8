//! One running fleet, and what each key, each pair of keys and each slip makes of its plan: `tests/wishes.json`. A case changes the
//! base at some paths (`-`: one more row; null: away), and says the values of the levels, that there is no plan, or the codes
//! of the errors. Python reads the same file.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use tenantry::plan::{Figure, PlanStatus};
use tenantry::{Error, Fleet, FrontierOptions, GrowOptions, MigrateOptions, Plan, PlanOptions, Ruling};

#[derive(Deserialize)]
struct Wishes {
    base: Value,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    changes: BTreeMap<String, Value>,
    levels: Option<BTreeMap<String, u64>>,
    #[serde(default)]
    infeasible: bool,
    codes: Option<BTreeSet<String>>,
}

fn changed(base: &Value, changes: &BTreeMap<String, Value>) -> Value {
    let mut whole = base.clone();
    // what stands above comes first: a path is longer than those above it
    for (path, value) in changes {
        let (above, last) = path.rsplit_once('/').expect("a pointer");
        match whole.pointer_mut(above).unwrap_or_else(|| panic!("{path}")) {
            Value::Array(rows) if last == "-" => rows.push(value.clone()),
            Value::Array(rows) => rows[last.parse::<usize>().expect("a row")] = value.clone(),
            Value::Object(row) if value.is_null() => _ = row.remove(last).expect("it was there"),
            Value::Object(row) => _ = row.insert(last.to_owned(), value.clone()),
            other => panic!("{path}: {other}"),
        }
    }
    whole
}

/// What is wrong with the answer to a case.
fn wrong(base: &Value, case: &Case) -> Option<String> {
    let document = changed(base, &case.changes);
    let read = Fleet::from_json(&document.to_string()).map_err(Error::from);
    let planned = read.and_then(|fleet| Ok((fleet.plan(&PlanOptions::default())?, fleet)));
    let (plan, fleet) = match planned {
        Ok(found) => found,
        Err(Error::Fleet(error)) => {
            let codes: BTreeSet<String> = error.problems.iter().map(|it| it.code.to_owned()).collect();
            return (case.codes.as_ref() != Some(&codes)).then(|| error.to_string());
        }
        Err(error) => return Some(error.to_string()),
    };
    if case.infeasible {
        return (plan.status != PlanStatus::Infeasible).then(|| format!("{:?}", plan.levels));
    }
    let figure = |figure: Figure| figure.value().round() as u64;
    let levels: BTreeMap<String, u64> = plan
        .levels
        .iter()
        .filter_map(|level| Some((level.objective.name().to_owned(), figure(level.value?))))
        .collect();
    let legal = fleet.check(&plan).is_ok_and(|it| it.ruling() == Ruling::Legal);
    let answered = case.levels.as_ref() == Some(&levels) && legal;
    (!answered).then(|| format!("{levels:?}, legal: {legal}")).or_else(|| beyond(&fleet, &plan, &levels, case))
}

/// What is wrong with what fewer clusters take, with growth, or with the way to a plan.
fn beyond(fleet: &Fleet, plan: &Plan, levels: &BTreeMap<String, u64>, case: &Case) -> Option<String> {
    let frontier = fleet.frontier(&FrontierOptions::default()).map_err(|error| format!("frontier: {error}"));
    let several = ["together", "apart", "split"].iter().any(|word| format!("{:?}", case.changes).contains(word));
    let options = GrowOptions { up_to: "1.5".parse().unwrap(), rises: 1, ..GrowOptions::default() };
    if let Some(Err(error)) = several.then(|| fleet.grow(&options)) {
        return Some(format!("growth: {error}"));
    }
    let frontier = match frontier {
        Ok(frontier) => frontier,
        Err(error) => return Some(error),
    };
    let moves: Vec<Option<u64>> =
        frontier.points.iter().map(|it| Some(it.moves.value?.value().round() as u64)).collect();
    let first = plan.levels.iter().map(|level| level.objective.name()).next();
    // the objective of a frontier is the clusters, then the moves
    let fewest = frontier.fewest.value.map(|it| it.value().round() as u64);
    if first == Some("clusters") && fewest != levels.get("clusters").copied() {
        return Some(format!("frontier: {fewest:?} clusters are the fewest"));
    }
    if moves.iter().any(Option::is_none) || moves.windows(2).any(|pair| pair[1] > pair[0]) {
        return Some(format!("frontier: {moves:?}"));
    }
    if fleet.workloads().iter().any(tenantry::fleet::Workload::is_split) {
        return None; // no migration of those yet
    }
    let migration = match plan.migration(fleet, &MigrateOptions::default()) {
        Ok(migration) => migration,
        Err(error) => return Some(format!("migration: {error}")),
    };
    match tenantry::replay(fleet, plan, &migration, None) {
        Ok(replayed) if replayed.wrong.is_empty() => None,
        other => Some(format!("migration: {other:?}")),
    }
}

#[test]
fn every_wish_is_answered() {
    let wishes: Wishes = serde_json::from_str(include_str!("wishes.json")).unwrap();
    let mut names = BTreeSet::new();
    let mut failed = Vec::new();
    for case in &wishes.cases {
        assert!(names.insert(&case.name), "`{}` twice", case.name);
        if let Some(found) = wrong(&wishes.base, case) {
            failed.push(format!("{}: {found}", case.name));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
