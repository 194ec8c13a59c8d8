//! One running fleet, and what each key, each pair of keys and each slip makes of its plan: `tests/wishes.json`. A case changes the
//! base at some paths (`-`: one more row; null: away), and says the values of the levels, that there is no plan, or the codes
//! of the errors. Python reads the same file.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use tenantry::plan::{Figure, PlanStatus};
use tenantry::{Error, Fleet, PlanOptions, Ruling};

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
    (case.levels.as_ref() != Some(&levels) || !legal).then(|| format!("{levels:?}, legal: {legal}"))
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
