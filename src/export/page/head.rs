//! What comes first and last: the count and what is proved of it, the levels, and which documents this is made of.

use super::blocks::{Block, Section, Table};
use crate::export::clusters::counted;
use crate::export::{levels as of_levels, words};
use crate::migrate::Migration;
use crate::plan::{Plan, PlanProof, PlanStatus};
use crate::report::Prices;

pub(super) fn title(plan: &Plan) -> String {
    let name = if plan.name.is_empty() { "the fleet" } else { &plan.name };
    format!("Plan of {name}, as of {}", plan.as_of)
}

pub(super) fn headline(plan: &Plan) -> String {
    words::headline(plan)
}

/// `certified`, `claimed`, `none`: as documents have it.
pub(super) fn proof(proof: PlanProof) -> &'static str {
    match proof {
        PlanProof::Certified => "certified",
        PlanProof::Claimed => "claimed",
        PlanProof::None => "none",
    }
}

fn status(status: PlanStatus) -> &'static str {
    match status {
        PlanStatus::Optimal => "optimal",
        PlanStatus::Feasible => "feasible",
        PlanStatus::Infeasible => "infeasible",
        PlanStatus::Unknown => "unknown",
    }
}

/// The figures, why there cannot be fewer, and what the reader should know.
pub(super) fn summary(plan: &Plan) -> Section {
    let summary = &plan.summary;
    let mut blocks = Vec::new();
    if !plan.contradictions.is_empty() {
        blocks.push(Block::List(plan.contradictions.clone()));
    }
    if !summary.lower_bound_reason.is_empty() {
        blocks.push(Block::Text(summary.lower_bound_reason.clone()));
    }
    blocks.extend(words::stopped(plan).map(Block::Warning));
    blocks.extend(words::treated_as_not_fitting(plan).map(Block::Warning));
    blocks.extend(plan.warnings.iter().map(|it| Block::Warning(format!("{} [{}]", it.message, it.code))));
    let mut table = Table::new("The plan in figures", &["what", "#figure"]).plain();
    let mut figure = |what: &str, figure: String| table.row([what.to_owned(), figure]);
    figure("status", status(plan.status).to_owned());
    figure("proof of the whole", proof(plan.proof).to_owned());
    figure("clusters", summary.clusters.map_or_else(|| "none".to_owned(), |it| it.to_string()));
    // 0 says that nothing is known, or that there is no plan
    if summary.lower_bound > 0 {
        figure("no plan has fewer than", summary.lower_bound.to_string());
    }
    if let Some(cost) = summary.cost {
        figure("cost", cost.to_string());
    }
    if let Some(least) = summary.cost_lower_bound {
        figure("least cost", least.to_string());
    }
    if let Some(without) = summary.clusters_without_waivers {
        figure("clusters without the waivers in force", without.to_string());
    }
    for (what, count) in [
        ("tenants", summary.tenants),
        ("workloads", summary.workloads),
        ("pods", summary.pods),
        ("islands: groups that share with no other", summary.islands),
        ("trust classes: workloads that the rules cannot tell apart", summary.trust_classes),
    ] {
        figure(what, count.to_string());
    }
    let everywhere = plan.clusters.iter().flatten().next().map_or(0, |cluster| cluster.platform.len());
    if everywhere > 0 {
        figure("workloads that run in every cluster", everywhere.to_string());
    }
    blocks.push(Block::Table(table));
    let beside = words::premium(plan).into_iter().chain(plan.left_out.iter().map(words::left_out));
    let beside: Vec<String> = beside.collect();
    if !beside.is_empty() {
        blocks.push(Block::List(beside));
    }
    Section { id: "summary", title: "In short", blocks }
}

/// The ladder of the objective.
pub(super) fn levels(plan: &Plan) -> Section {
    let mut blocks = Vec::new();
    if !plan.levels.is_empty() {
        let heads = ["level", "#value", "#no plan has less than", "status", "proof", "the bound forgets"];
        let mut table =
            Table::new("What is minimised, the most important first, each with the earlier ones fixed", &heads);
        for it in &plan.levels {
            table.row([
                it.objective.name().to_owned(),
                of_levels::shown(it, it.value),
                of_levels::shown(it, it.bound),
                status(it.status).to_owned(),
                proof(it.proof).to_owned(),
                if it.forgot.is_empty() { "nothing".to_owned() } else { it.forgot.join(", ") },
            ]);
        }
        blocks.push(Block::Table(table));
    }
    blocks.extend(of_levels::limits(plan).map(|limits| Block::Text(format!("Limits: {limits}"))));
    Section { id: "levels", title: "What is proved", blocks }
}

/// What this was made of.
pub(super) fn documents(plan: &Plan, prices: Option<&Prices>, migration: Option<&Migration>) -> Section {
    let mut table =
        Table::new("Documents", &["document", "schema", "version of tenantry", "as of", "digest of its fleet"]);
    table.row(["plan", &plan.schema, &plan.version, &plan.as_of, &plan.fleet_digest]);
    if let Some(it) = prices {
        table.row(["prices", &it.schema, &it.version, &it.as_of, &it.fleet_digest]);
    }
    if let Some(it) = migration {
        table.row(["migration", &it.schema, &it.version, &it.as_of, &it.fleet_digest]);
    }
    let wrote =
        format!("Written by tenantry {}; the plan was made with seed {}.", env!("CARGO_PKG_VERSION"), plan.seed);
    let words = "Proof words are those of the documents: certified (an independent check in whole numbers passed when the \
                 document was made), claimed (by the solver's own argument), none. \
                 `tenantry check FLEET PLAN CERTIFICATE` goes through a proof again.";
    let blocks = vec![Block::Table(table), Block::Text(wrote), Block::Text(words.to_owned())];
    Section { id: "documents", title: "Made from", blocks }
}

/// How many, and what they are called.
pub(super) fn several(count: usize, word: &str) -> String {
    counted(count as u64, word)
}
