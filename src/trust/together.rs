//! Together against a reason: members of one unit that a standing reason separates.

use crate::error::{Error, FleetError, InputProblem, Result};
use crate::fleet::Fleet;

use super::graph::TrustGraph;
use super::reason::RuleTable;

/// How many problems one report keeps.
const MAX_PROBLEMS: usize = 100;

/// Checks that no reason, waivers applied, separates two workloads that must share a cluster: one problem a unit and
/// pair of trust classes, naming the first two workloads. Complexity: for each unit, the square of its classes.
///
/// # Errors
/// [`Error::Fleet`] with code `together-against-reason`.
pub fn check_together(fleet: &Fleet, graph: &TrustGraph) -> Result<()> {
    let mut problems = Vec::new();
    let mut omitted = 0;
    for unit in fleet.units().iter().filter(|unit| unit.len() > 1) {
        for [u, v] in contradictions(graph, unit) {
            if problems.len() == MAX_PROBLEMS {
                omitted += 1;
                continue;
            }
            problems.push(problem(fleet, graph, unit, u, v));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Fleet(FleetError { problems, omitted })) }
}

/// The first two workloads of each pair of classes in the unit that conflict.
fn contradictions(graph: &TrustGraph, unit: &[usize]) -> Vec<[usize; 2]> {
    let mut firsts: Vec<(usize, usize, Option<usize>)> = Vec::new();
    let mut position = std::collections::BTreeMap::new();
    for &workload in unit {
        let Some(class) = graph.class_of(workload) else { continue };
        let at = *position.entry(class).or_insert_with(|| {
            firsts.push((class, workload, None));
            firsts.len() - 1
        });
        if firsts[at].1 != workload && firsts[at].2.is_none() {
            firsts[at].2 = Some(workload);
        }
    }
    let mut found = Vec::new();
    for (index, &(a, u, second)) in firsts.iter().enumerate() {
        if let Some(second) = second.filter(|_| graph.conflict(a, a)) {
            found.push([u, second]);
        }
        found.extend(firsts[index + 1..].iter().filter(|&&(b, _, _)| graph.conflict(a, b)).map(|&(_, v, _)| [u, v]));
    }
    found
}

fn problem(fleet: &Fleet, graph: &TrustGraph, unit: &[usize], u: usize, v: usize) -> InputProblem {
    let policy = fleet.policy();
    let rules: Vec<String> = graph
        .reasons(fleet, u, v)
        .iter()
        .filter(|reason| reason.waived_by.is_empty())
        .map(|reason| RuleTable::name(policy, reason.rule))
        .collect();
    let (path, message) = against(fleet, unit, [u, v], &rules);
    InputProblem::new("together-against-reason", path, message)
        .with_expected("no reason between members of one group, or a waiver of it")
}

/// Two members of a unit that these rules separate: where what holds them together stands, and what is said of them.
pub(crate) fn against(fleet: &Fleet, unit: &[usize], [u, v]: [usize; 2], rules: &[String]) -> (String, String) {
    let policy = fleet.policy();
    let holds = |group: &&crate::fleet::Together| group.members.iter().any(|member| unit.contains(member));
    let direct = policy.together.iter().find(|group| group.members.contains(&u) && group.members.contains(&v));
    let group = direct.or_else(|| policy.together.iter().find(holds));
    let (path, why) = match group {
        Some(group) => match &group.id {
            Some(id) => (entry(fleet, id), group.reason.clone()),
            None => (format!("workloads[{u}].namespace"), group.reason.clone()),
        },
        None => (format!("workloads[{u}]"), String::new()),
    };
    let message = format!(
        "`{}` and `{}` must share one cluster, and may not: {}{}",
        fleet.identity(u),
        fleet.identity(v),
        rules.join(", "),
        if why.is_empty() { String::new() } else { format!(" (held together by: {why})") },
    );
    (path, message)
}

/// Where the group of that id stands in the document.
fn entry(fleet: &Fleet, id: &str) -> String {
    let groups = fleet.document().policy.iter().flat_map(|policy| &policy.together);
    match groups.into_iter().position(|group| group.id == id) {
        Some(index) => format!("policy.together[{index}]"),
        None => "policy.together".to_owned(),
    }
}
