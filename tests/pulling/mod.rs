//! Levers pulled by an own reading of what a lever is.
#![allow(dead_code)]

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::naive::Naive;

pub fn rows<'a>(value: &'a mut Value, list: &str) -> &'a mut Vec<Value> {
    value[list].as_array_mut().unwrap()
}

/// The document with a lever pulled, by hand.
pub fn pull(document: &mut Value, id: &str) {
    let (kind, rest) = id.split_once(':').unwrap();
    let drop = |document: &mut Value, list: &str, key: &str| {
        rows(&mut document["policy"], list).retain(|row| row[key] != rest);
        for waiver in document["policy"]["waivers"].as_array_mut().into_iter().flatten() {
            waiver["waives"].as_array_mut().unwrap().retain(|it| it != id);
        }
    };
    match kind {
        "level" | "sharing" if !rest.contains('=') => {
            if document["policy"]["levels"].is_null() {
                document["policy"]["levels"] = json!([
                    {"name": "hostile", "sharing": "workload", "accepts": "hostile"},
                    {"name": "untrusted", "sharing": "tenant", "accepts": "untrusted"},
                    {"name": "trusted", "sharing": "level", "accepts": "trusted"}
                ]);
            }
            let lowest = document["policy"]["levels"][0]["name"].clone();
            let level = rows(&mut document["policy"], "levels").iter_mut().find(|row| row["name"] == rest).unwrap();
            if kind == "level" {
                level["accepts"] = lowest;
            } else {
                level["sharing"] = json!("level");
            }
        }
        "level" | "sharing" => {
            let (whose, name) = rest.split_once('=').unwrap();
            let key = if kind == "level" { "accepts" } else { "sharing" };
            for row in rows(document, if whose == "tenant" { "tenants" } else { "workloads" }) {
                let own = row["name"].as_str().unwrap();
                let named = whose == "tenant" && own == name
                    || whose == "workload" && format!("{}/{own}", row["tenant"].as_str().unwrap()) == name;
                if named {
                    row.as_object_mut().unwrap().remove(key);
                }
            }
        }
        "separate" => drop(document, "separate", "by"),
        "apart" => drop(document, "apart", "by"),
        "distrust" => drop(document, "distrust", "id"),
        "together" => rows(&mut document["policy"], "together").retain(|row| row["id"] != rest),
        "distrusts" | "namespaces" => {
            let tenant = rows(document, "tenants").iter_mut().find(|row| row["name"] == rest).unwrap();
            if kind == "distrusts" {
                tenant.as_object_mut().unwrap().remove("distrusts");
            } else {
                tenant["splitNamespaces"] = json!(true);
            }
        }
        "pin" => {
            let own = |row: &Value| format!("{}/{}", row["tenant"].as_str().unwrap(), row["name"].as_str().unwrap());
            let row = rows(document, "workloads").iter_mut().find(|row| own(row) == rest).unwrap();
            row.as_object_mut().unwrap().remove("pin");
        }
        "maxCount" | "headroom" => {
            let name = rest.split('=').next().unwrap();
            let template = rows(document, "clusterTemplates").iter_mut().find(|row| row["name"] == name).unwrap();
            template.as_object_mut().unwrap().remove(kind);
        }
        other => panic!("{other}"),
    }
}

/// The fewest clusters by brute force for every set of levers (by bits).
pub fn needed_without(document: &Value, ids: &[String]) -> Vec<Option<u64>> {
    without_each(document, ids, |rest| Naive::new(rest).best(true).map(|(clusters, _)| clusters))
}

/// What is found of the document without each set of levers (by bits).
pub fn without_each<T>(document: &Value, ids: &[String], found: impl Fn(&Value) -> T) -> Vec<T> {
    let one = |bits: usize| {
        let mut rest = document.clone();
        ids.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1).for_each(|(_, id)| pull(&mut rest, id));
        found(&rest)
    };
    (0..1 << ids.len()).map(one).collect()
}

pub fn minimal(needed: &[Option<u64>], most: u64) -> BTreeSet<usize> {
    let enough = |bits: usize| needed[bits].is_some_and(|needed| needed <= most);
    let is = |&bits: &usize| enough(bits) && (0..16).all(|at| bits >> at & 1 == 0 || !enough(bits & !(1 << at)));
    (0..needed.len()).filter(is).collect()
}
