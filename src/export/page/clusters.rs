//! Who is where, and how full it is.

use rustc_hash::FxHashMap;

use super::blocks::{Block, Cell, Matrix, MatrixRow, Section, Table, few};
use super::head::several;
use crate::export::clusters::{ordered, used};
use crate::plan::{Plan, PlannedCluster};

/// Rows of the list of clusters.
const MOST_CLUSTERS: usize = 1_000;
/// Cells of the matrix: a browser shows so many without a wait.
const MOST_CELLS: usize = 100_000;
/// Columns of the matrix.
const MOST_TENANTS: usize = 400;
/// Rows of the list of workloads.
const MOST_WORKLOADS: usize = 500;
/// Names in one cell.
const FEW: usize = 4;

/// How to get what is left out.
const ALL: &str = "`tenantry plan FLEET -o plan.csv` lists every workload and its cluster, the plan document has all";

/// Clusters by tenants: workloads. Clusters that hold the same tenants are next to one another, and where there are many, in one row.
pub(super) fn matrix(plan: &Plan) -> Section {
    let section = |blocks| Section { id: "matrix", title: "Who shares with whom", blocks };
    let Some(clusters) = plan.clusters.as_deref().filter(|clusters| !clusters.is_empty()) else {
        return section(vec![]);
    };
    // tenants in the order in which the clusters name them: who shares stands together
    let mut column: FxHashMap<&str, usize> = FxHashMap::default();
    let mut tenants: Vec<&str> = Vec::new();
    for tenant in clusters.iter().flat_map(|cluster| &cluster.tenants) {
        column.entry(tenant).or_insert_with(|| {
            tenants.push(tenant);
            tenants.len() - 1
        });
    }
    let mut held: FxHashMap<(&str, &str), u64> = FxHashMap::default();
    for row in &plan.assignments {
        *held.entry((&row.cluster, &row.tenant)).or_default() += 1;
    }
    let shown = tenants.len().min(MOST_TENANTS);
    let together = clusters.len() * shown > MOST_CELLS / 10;
    let mut places: FxHashMap<&[crate::compact::Text], usize> = FxHashMap::default();
    let mut rows: Vec<(Vec<&str>, MatrixRow)> = Vec::new();
    for cluster in clusters {
        let next = rows.len();
        let at = if together { *places.entry(&cluster.tenants).or_insert(next) } else { next };
        if at == next {
            rows.push((Vec::new(), MatrixRow { name: String::new(), cells: vec![0; shown] }));
        }
        let (names, row) = &mut rows[at];
        names.push(&cluster.name);
        for tenant in &cluster.tenants {
            let place = column[tenant.as_str()];
            if place < shown {
                row.cells[place] += held.get(&(cluster.name.as_str(), tenant.as_str())).copied().unwrap_or(0);
            }
        }
    }
    let all = rows.len();
    rows.truncate((MOST_CELLS / shown.max(1)).max(1));
    let mut left_out = Vec::new();
    if all > rows.len() {
        left_out.push(several(all - rows.len(), "row"));
    }
    if tenants.len() > shown {
        left_out.push(several(tenants.len() - shown, "tenant"));
    }
    let row = |(names, row): (Vec<&str>, MatrixRow)| MatrixRow {
        name: match names.len() {
            1 | 2 => names.join(", "),
            count => format!("{count} clusters: {} to {}", names[0], names[count - 1]),
        },
        ..row
    };
    let matrix = Matrix {
        caption: "Workloads of each tenant in each cluster".to_owned(),
        corner: "cluster",
        columns: tenants.iter().take(shown).map(ToString::to_string).collect(),
        rows: rows.into_iter().map(row).collect(),
        more: (!left_out.is_empty()).then(|| format!("{} left out: {ALL}", left_out.join(" and "))),
    };
    let mut blocks = Vec::new();
    if together {
        blocks.push(Block::Text("Clusters that hold the same tenants are one row.".to_owned()));
    }
    blocks.push(Block::Matrix(matrix));
    section(blocks)
}

/// Each cluster: what it is, who is in it, how full it is.
pub(super) fn utilisation(plan: &Plan) -> Section {
    let clusters = plan.clusters.as_deref().unwrap_or_default();
    let mut blocks = Vec::new();
    if !clusters.is_empty() {
        let regions = clusters.iter().any(|cluster| cluster.region.is_some());
        let existing = clusters.iter().any(|cluster| cluster.existing.is_some());
        let costs = clusters.iter().any(|cluster| cluster.cost.is_some());
        let nodes = clusters.iter().any(|cluster| cluster.nodes.is_some());
        let mut names: Vec<&String> = clusters.iter().flat_map(|cluster| cluster.resources.keys()).collect();
        names.sort_unstable();
        names.dedup();
        let resources = ordered(names.into_iter());
        let mut heads = vec!["cluster", "template"];
        heads.extend(regions.then_some("region"));
        heads.extend(existing.then_some("exists"));
        heads.extend(["tenants", "#workloads"]);
        let of_resources: Vec<String> = resources.iter().map(|name| format!("#{name}")).collect();
        heads.extend(of_resources.iter().map(String::as_str));
        heads.extend(nodes.then_some("#nodes"));
        heads.extend(costs.then_some("#cost"));
        heads.push("#others in reach");
        let caption = "What each cluster holds, and how full it is: requested of what is usable";
        let mut table = Table::new(caption, &heads);
        for cluster in clusters.iter().take(MOST_CLUSTERS) {
            let mut cells: Vec<Cell> = vec![cluster.name.clone().into(), template(cluster).into()];
            if regions {
                cells.push(cluster.region.clone().unwrap_or_default().into());
            }
            if existing {
                cells.push(cluster.existing.map_or("", |it| it.mode.name()).into());
            }
            cells.push(few(&cluster.tenants, FEW).into());
            cells.push((cluster.workloads.len() as u64).into());
            cells.extend(resources.iter().map(|name| usage(cluster, name)));
            if nodes {
                cells.push(cluster.nodes.map_or_else(String::new, |it| it.to_string()).into());
            }
            if costs {
                cells.push(cluster.cost.map_or_else(String::new, |it| it.to_string()).into());
            }
            cells.push(cluster.blast_radius.workloads.into());
            table.row(cells);
        }
        blocks.push(Block::Table(table.of(clusters.len(), ALL)));
        let everywhere = &clusters[0].platform;
        if !everywhere.is_empty() {
            blocks.push(Block::Text(format!("In every cluster: {}", few(everywhere, 20))));
        }
        let reach = "Others in reach: the most other workloads that a compromised one could reach in its cluster.";
        blocks.push(Block::Text(reach.to_owned()));
    }
    Section { id: "clusters", title: "Clusters", blocks }
}

fn template(cluster: &PlannedCluster) -> &str {
    if cluster.template.is_empty() { "none" } else { &cluster.template }
}

fn usage(cluster: &PlannedCluster, name: &str) -> Cell {
    let Some(it) = cluster.resources.get(name) else { return Cell::default() };
    let amounts = used(name, &it.requested, &it.usable);
    let Some(share) = it.utilisation else { return amounts.into() };
    // a share is in thousandths here, and at most the whole
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let bar = (share * 1000.0).round().clamp(0.0, 1000.0) as u64;
    Cell { text: format!("{:.1} %", share * 100.0), of: Some(amounts), bar: Some(bar) }
}

/// Each workload, where there are not too many.
pub(super) fn assignments(plan: &Plan) -> Section {
    let mut blocks = Vec::new();
    if !plan.assignments.is_empty() {
        let heads = ["workload", "namespace", "cluster", "#replicas", "#cpu", "#memory", "change"];
        let mut table = Table::new("Where each workload goes", &heads);
        for row in plan.assignments.iter().take(MOST_WORKLOADS) {
            let request = |name: &str| row.requests.get(name).map_or_else(String::new, ToString::to_string);
            let copy = row.copy.map_or_else(String::new, |copy| format!(" (copy {copy})"));
            table.row([
                format!("{}/{}{copy}", row.tenant, row.workload),
                row.namespace.to_string(),
                row.cluster.to_string(),
                row.replicas.to_string(),
                request("cpu"),
                request("memory"),
                row.change.name().to_owned(),
            ]);
        }
        blocks.push(Block::Table(table.of(plan.assignments.len(), ALL)));
    }
    Section { id: "workloads", title: "Workloads", blocks }
}
