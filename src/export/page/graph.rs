//! The conflict graph by trust class: who may not share a cluster with whom.

use std::collections::BTreeMap;

use super::blocks::{Block, Graph, GraphNode, Section, Table, few};
use super::head::several;
use crate::error::Result;
use crate::fleet::Fleet;
use crate::plan::Plan;
use crate::trust::{RuleTable, Scope, TrustGraph};

/// Classes that are drawn: of more the lines cannot be told apart.
const DRAWN: usize = 24;
/// Classes that are listed, those of most workloads first.
const LISTED: usize = 200;
/// Names, and other classes, in one cell.
const FEW: usize = 5;
const MANY: usize = 24;

/// The centre of the picture, and the circle of the nodes.
const CENTRE: i64 = 240;
const RADIUS: f64 = 190.0;

/// A trust class of the fleet, numbered from 1 by its workloads, most first.
struct Class {
    /// Its number in the graph.
    index: usize,
    members: Vec<usize>,
}

pub(super) fn conflicts(fleet: Option<&Fleet>, plan: &Plan) -> Result<Section> {
    let section = |blocks| Ok(Section { id: "conflicts", title: "Conflicts between trust classes", blocks });
    let (Some(fleet), Some(day)) = (fleet, plan.day()) else { return section(Vec::new()) };
    let graph = TrustGraph::new(fleet, day, Scope::All)?;
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for workload in 0..fleet.workloads().len() {
        if let Some(class) = graph.class_of(workload) {
            members.entry(class).or_default().push(workload);
        }
    }
    let mut classes: Vec<Class> = members.into_iter().map(|(index, members)| Class { index, members }).collect();
    classes.sort_by_key(|class| (usize::MAX - class.members.len(), class.index));
    let all = classes.len();
    if all == 0 {
        return section(Vec::new());
    }
    classes.truncate(LISTED);
    let joined = |a: &Class, b: &Class| graph.conflict(a.index, b.index);
    let mut blocks = vec![Block::Text(
        "Workloads of one trust class look alike to every rule. A line: no two workloads of its ends may share a cluster; a \
         ring: nor may two of the class. Waivers in force are applied."
            .to_owned(),
    )];
    if all <= DRAWN {
        blocks.push(Block::Graph(picture(&classes, &joined)));
    } else {
        blocks.push(Block::Text(format!(
            "{} are too many to draw; the table says it.",
            several(all, "trust class").replace("classs", "classes")
        )));
    }
    let heads = [
        "#class",
        "trust, and classes of separations",
        "tenants",
        "#workloads",
        "with another of the class",
        "may not share with",
    ];
    let mut table = Table::new("Trust classes, those of most workloads first", &heads);
    for (position, class) in classes.iter().enumerate() {
        let others = classes.iter().enumerate().filter(|&(at, other)| at != position && joined(class, other));
        let others: Vec<String> = others.map(|(at, _)| (at + 1).to_string()).collect();
        // those that are not listed count as well
        let beyond = graph.row(class.index).ones().filter(|&other| other != class.index).count() - others.len();
        let refused = match (others.len(), beyond) {
            (0, 0) => "nobody: it may share with every class".to_owned(),
            (count, 0) if count + 1 == all && count > MANY => "every other class".to_owned(),
            (_, 0) => few(&others, MANY),
            (_, beyond) => format!("{}; and {beyond} that are not listed", few(&others, MANY)),
        };
        let own = match (class.members.len(), joined(class, class)) {
            (1, _) => "one workload".to_owned(),
            (_, false) => "may share".to_owned(),
            (_, true) => {
                let rule = graph.first_rule(class.index, class.index);
                let rule = rule.map_or_else(String::new, |rule| RuleTable::name(fleet.policy(), rule));
                format!("may not share ({rule})")
            }
        };
        table.row([
            (position + 1).to_string(),
            outlook(fleet, class.members[0]),
            few(&tenants(fleet, class), FEW),
            class.members.len().to_string(),
            own,
            refused,
        ]);
    }
    blocks.push(Block::Table(table.of(all, "`tenantry explain FLEET A B` says of any two workloads whether and why")));
    section(blocks)
}

/// What the rules see of a workload, in short.
fn outlook(fleet: &Fleet, workload: usize) -> String {
    let (policy, it) = (fleet.policy(), &fleet.workloads()[workload]);
    let mut words = vec![policy.levels[it.trust].name.clone()];
    for (separation, class) in policy.separate.iter().zip(it.separation_classes.iter()) {
        let attribute = &policy.attributes[separation.attribute];
        words.extend(class.map(|class| format!("{} {}", attribute.name, attribute.classes[class])));
    }
    words.join(", ")
}

fn tenants<'f>(fleet: &'f Fleet, class: &Class) -> Vec<&'f str> {
    let mut tenants: Vec<usize> = class.members.iter().map(|&it| fleet.workloads()[it].tenant).collect();
    tenants.sort_unstable();
    tenants.dedup();
    tenants.into_iter().map(|tenant| fleet.tenants()[tenant].name.as_str()).collect()
}

/// The classes on a circle, from the top and to the right.
fn picture(classes: &[Class], joined: &impl Fn(&Class, &Class) -> bool) -> Graph {
    // far below 2^53, and rounded: whole numbers that no machine draws elsewhere
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    let place = |number: usize| {
        let angle = std::f64::consts::TAU * number as f64 / classes.len() as f64;
        let along = |by: f64| CENTRE + (RADIUS * by).round() as i64;
        if classes.len() == 1 { (CENTRE, CENTRE) } else { (along(angle.sin()), along(-angle.cos())) }
    };
    let nodes: Vec<GraphNode> = classes
        .iter()
        .enumerate()
        .map(|(at, class)| GraphNode {
            label: (at + 1).to_string(),
            at: place(at),
            ring: class.members.len() > 1 && joined(class, class),
        })
        .collect();
    let mut edges = Vec::new();
    for (at, class) in classes.iter().enumerate() {
        let others = classes.iter().enumerate().skip(at + 1).filter(|(_, other)| joined(class, other));
        edges.extend(others.map(|(other, _)| [nodes[at].at, nodes[other].at]));
    }
    let pairs = classes.len() * (classes.len() - 1) / 2;
    let title = format!(
        "{} of {pairs} pairs of {} trust classes may not share a cluster; the table below says which",
        edges.len(),
        classes.len()
    );
    Graph { title, nodes, edges }
}
