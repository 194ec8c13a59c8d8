//! What changes: moves against what runs today, their order, and what losses take.

use super::blocks::{Block, Section, Table};
use super::head::several;
use crate::export::{losses as of_losses, migration as of_migration, moves as of_moves};
use crate::migrate::Migration;
use crate::plan::{Change, Plan};

/// Rows of each table.
const MOST: usize = 200;
/// Names in a line.
const NAMES: usize = 20;

/// What moves, whose it is, and why.
pub(super) fn moves(plan: &Plan) -> Section {
    let mut blocks = Vec::new();
    if let Some(moves) = &plan.moves {
        let forced = format!("can stay in no plan: {}", of_moves::counts(moves.forced));
        let chosen = format!("moved by choice: {}", of_moves::counts(moves.chosen));
        let mut lines = vec![forced, chosen];
        lines.extend(of_moves::left_behind(plan, NAMES));
        blocks.push(Block::List(lines));
        if !moves.by_tenant.is_empty() {
            let heads = ["tenant", "#workloads", "#pods", "#stateful", "#to another region", "#counting"];
            let mut table = Table::new("Moves by tenant", &heads);
            for row in moves.by_tenant.iter().take(MOST) {
                let figures = [row.workloads, row.pods, row.stateful, row.regions, row.cost];
                table.row(std::iter::once(row.tenant.to_string()).chain(figures.map(|it| it.to_string())));
            }
            blocks.push(Block::Table(table.of(moves.by_tenant.len(), "the plan document has all")));
        }
        let moved = plan.assignments.iter().filter(|row| row.change == Change::Move).count();
        if moved > 0 {
            let mut table = Table::new("Workloads that move", &["workload", "from", "to", "because"]);
            of_moves::moved_rows(plan, MOST).into_iter().for_each(|row| table.row(row));
            blocks.push(Block::Table(table.of(moved, "the plan document has all")));
        }
    } else if plan.clusters.is_some() {
        blocks.push(Block::Text("Nothing runs yet, as far as the fleet says: nothing moves.".to_owned()));
    }
    Section { id: "moves", title: "Moves", blocks }
}

/// The order of the moves, batch by batch.
pub(super) fn migration(migration: Option<&Migration>, plan: &Plan) -> Section {
    let section = |blocks| Section { id: "migration", title: "Migration", blocks };
    let Some(it) = migration else {
        // without moves there is nothing to order
        let asked = "The order of the moves was not asked for: `tenantry migrate FLEET PLAN -o migration.json`, then \
                     `tenantry report ... --migration migration.json`.";
        return section(plan.moves.iter().map(|_| Block::Text(asked.to_owned())).collect());
    };
    let mut blocks = vec![Block::List(of_migration::figures(it))];
    let steps = it.batches.iter().map(|batch| (batch.number, of_migration::steps(batch)));
    let steps: Vec<(u64, String)> =
        steps.flat_map(|(number, steps)| steps.into_iter().map(move |it| (number, it))).collect();
    if !steps.is_empty() {
        let mut table =
            Table::new("What is done, batch by batch; each begins when the one before is done", &["#batch", "what"]);
        steps.iter().take(MOST).for_each(|(number, step)| table.row([number.to_string(), step.clone()]));
        blocks.push(Block::Table(table.of(steps.len(), "the migration document has all")));
    }
    if !it.left.is_empty() {
        let heads = ["workloads", "from", "to", "what is in the way", "waits for"];
        let caption = if it.leads_there() { "Left for later batches" } else { "What waits for what" };
        let mut table = Table::new(caption, &heads);
        for left in it.left.iter().take(MOST) {
            let reasons: Vec<String> = left.reasons.iter().map(|it| format!("{} [{}]", it.message, it.rule)).collect();
            table.row([
                super::blocks::few(&left.workloads, NAMES),
                left.from.join(", "),
                left.to.clone().unwrap_or_else(|| "nowhere".to_owned()),
                reasons.join("; "),
                super::blocks::few(&left.waits_for, NAMES),
            ]);
        }
        blocks.push(Block::Table(table.of(it.left.len(), "the migration document has all")));
    }
    if !it.circle.is_empty() {
        blocks.push(Block::Text(format!("A circle: {} and back to the first.", it.circle.join(", then "))));
    }
    if !it.broken.is_empty() {
        blocks.push(Block::Warning("Broken when this is done:".to_owned()));
        let line = |it: &crate::migrate::MigrationReason| format!("{} [{}]", it.message, it.rule);
        let mut lines: Vec<String> = it.broken.iter().take(NAMES).map(line).collect();
        let more = it.summary.broken_after.saturating_sub(lines.len() as u64);
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        blocks.push(Block::List(lines));
    }
    if !it.not_covered.is_empty() {
        blocks.push(Block::Text("Not covered by this order:".to_owned()));
        blocks.push(Block::List(it.not_covered.clone()));
    }
    section(blocks)
}

/// What the loss of a cluster, and of a region, takes.
pub(super) fn losses(plan: &Plan) -> Section {
    let mut blocks = Vec::new();
    if !plan.losses_of_regions.is_empty() {
        let heads = ["region", "#clusters", "#workloads", "#pods", "#tenants"];
        let mut table = Table::new("If a region is lost: workloads with fewer pods than their replicas", &heads);
        for it in plan.losses_of_regions.iter().take(MOST) {
            let [clusters, pods, tenants] = [it.clusters, it.pods, it.tenants].map(|figure| figure.to_string());
            table.row([it.region.clone(), clusters, of_losses::with_left(it.workloads, it.left), pods, tenants]);
        }
        blocks.push(Block::Table(table.of(plan.losses_of_regions.len(), "the plan document has all")));
    }
    if !plan.losses.is_empty() {
        let caption = "If a cluster is lost: workloads with fewer pods than their replicas";
        let mut table = Table::new(caption, &["cluster", "#workloads", "#pods", "#tenants"]);
        for it in plan.losses.iter().take(MOST) {
            let (pods, tenants) = (it.pods.to_string(), it.tenants.to_string());
            table.row([it.cluster.clone(), of_losses::with_left(it.workloads, it.left), pods, tenants]);
        }
        blocks.push(Block::Table(table.of(plan.losses.len(), "the plan document has all")));
    } else if let Some(clusters) = plan.clusters.as_ref().filter(|clusters| !clusters.is_empty()) {
        let holds = several(clusters.len(), "cluster");
        let all =
            "every workload is in one cluster: the loss of a cluster takes what the list of clusters says it holds";
        blocks.push(Block::Text(format!("{holds}, and {all}.")));
    }
    Section { id: "losses", title: "If something is lost", blocks }
}
