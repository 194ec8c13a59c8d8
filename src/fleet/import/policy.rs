//! The policy of the fleet: a file's, completed by what the options declare.

use serde_json::{Map, Value, json};

use crate::error::InputProblem;

use super::options::{KubernetesOptions, Source};
use super::reading;
use super::report::Report;

/// The policy; `None` where there is nothing to say.
pub(super) fn policy(options: &KubernetesOptions, report: &mut Report) -> Option<Value> {
    let mut policy = match options.policy.as_ref().map(read).transpose() {
        Ok(policy) => policy.unwrap_or_default(),
        Err(problem) => {
            report.problem(*problem);
            return None;
        }
    };
    if !options.attributes.is_empty() {
        let declared = policy.entry("attributes").or_insert_with(|| Value::Object(Map::new()));
        // another type is an error of the fleet
        if let Value::Object(declared) = declared {
            for (name, _) in &options.attributes {
                declared.entry(name.as_str()).or_insert_with(|| "any".into());
            }
        }
    }
    let separate: Vec<&String> = options.separate.iter().filter(|name| !separates(&policy, name)).collect();
    if !separate.is_empty()
        && let Value::Array(rules) = policy.entry("separate").or_insert_with(|| Value::Array(Vec::new()))
    {
        rules.extend(separate.iter().map(|name| json!({"by": name})));
    }
    for (name, _) in options.attributes.iter().filter(|(name, _)| !uses(&policy, name)) {
        let message = format!("attribute `{name}` is recorded but separates nobody until the policy names it");
        report.warn("attribute-not-used", message);
    }
    (!policy.is_empty()).then_some(Value::Object(policy))
}

/// The attributes that must be known of every workload.
pub(super) fn needed(policy: Option<&Value>) -> Vec<String> {
    let rules = policy.and_then(|policy| policy.get("separate")).and_then(Value::as_array);
    let strict = rules.into_iter().flatten().filter(|rule| rule.get("missing").is_none());
    strict.filter_map(|rule| rule.get("by")?.as_str().map(str::to_owned)).collect()
}

fn read(source: &Source) -> Result<Map<String, Value>, Box<InputProblem>> {
    const KEYS: [&str; 7] = ["attributes", "levels", "separate", "apart", "distrust", "together", "waivers"];
    let documents = reading::documents(source)?;
    let wrong = || {
        let problem = InputProblem::new("wrong-type", &source.name, "no policy");
        Box::new(problem.with_expected("the policy of a fleet, or a mapping with the one key `policy`"))
    };
    let [document] = documents.as_slice() else { return Err(wrong()) };
    let Value::Object(mut map) = document.to_json() else { return Err(wrong()) };
    if map.len() == 1
        && let Some(inside) = map.remove("policy")
    {
        return if let Value::Object(inside) = inside { Ok(inside) } else { Err(wrong()) };
    }
    // what is no policy at all; a slip in a key is found with the fleet
    if map.keys().any(|key| KEYS.contains(&key.as_str())) { Ok(map) } else { Err(wrong()) }
}

fn separates(policy: &Map<String, Value>, name: &str) -> bool {
    let rules = policy.get("separate").and_then(Value::as_array);
    rules.into_iter().flatten().any(|rule| rule.get("by").and_then(Value::as_str) == Some(name))
}

/// Whether a rule speaks of the attribute.
fn uses(policy: &Map<String, Value>, name: &str) -> bool {
    fn speaks(value: &Value, name: &str) -> bool {
        match value {
            Value::Object(map) => map.iter().any(|(key, value)| {
                key == name || (key == "by" && value.as_str() == Some(name)) || speaks(value, name)
            }),
            Value::Array(list) => list.iter().any(|value| speaks(value, name)),
            _ => false,
        }
    }
    policy.iter().any(|(key, rules)| key != "attributes" && speaks(rules, name))
}
