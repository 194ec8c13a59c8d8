//! What the rules and limits cost, where somebody asked.

use super::blocks::{Block, Section, Table};
use crate::export::prices::{free, needed, place, saved, slack};
use crate::report::{Prices, PricesAim};

/// Rows of each table.
const MOST: usize = 300;

pub(super) fn prices(prices: Option<&Prices>) -> Section {
    let section = |blocks| Section { id: "prices", title: "What the rules cost", blocks };
    let Some(it) = prices else {
        let asked = "Prices were not asked for: `tenantry prices FLEET -o prices.json`, then \
                     `tenantry report ... --prices prices.json`.";
        return section(vec![Block::Text(asked.to_owned())]);
    };
    let unit = match it.aim {
        PricesAim::Clusters => "clusters",
        PricesAim::Cost => "cost",
    };
    let mut blocks = vec![Block::List(vec![
        format!("in {unit}, as it is: {}", needed(&it.today)),
        format!("without its rules of trust: {}", needed(&it.without_rules)),
        format!("those take: {}", saved((&it.today, &it.without_rules), &it.premium)),
    ])];
    if let Some(stopped) = it.stopped {
        let limit = crate::export::prices::limit(stopped);
        blocks.push(Block::Warning(format!("{limit} came before everything was priced: ranges are what is known")));
    }
    if it.ladder.len() > 1 {
        let mut table =
            Table::new("The ladder: rules of trust, added one at a time", &["rule that is added", "#needed"]);
        for step in it.ladder.iter().take(MOST) {
            table.row([step.lever.clone().unwrap_or_else(|| "none".to_owned()), needed(&step.needed)]);
        }
        blocks.push(Block::Table(table.of(it.ladder.len(), "the prices document has all")));
    }
    let costly: Vec<_> = it.levers.iter().filter(|row| !free(&it.today, row)).collect();
    if !costly.is_empty() {
        let heads = ["lever", "#saves", "#without it", "#alone", "#pairs alone", "where"];
        let mut table = Table::new("What one of them away would save", &heads);
        for row in costly.iter().take(MOST) {
            table.row([
                row.lever.id.clone(),
                saved((&it.today, &row.without), &row.saves),
                needed(&row.without),
                row.alone.as_ref().map_or_else(String::new, needed),
                row.pairs_alone.map_or_else(String::new, |pairs| pairs.to_string()),
                place(&row.lever),
            ]);
        }
        blocks.push(Block::Table(table.of(costly.len(), "the prices document has all")));
    }
    let free: Vec<&str> =
        it.levers.iter().filter(|row| free(&it.today, row)).map(|row| row.lever.id.as_str()).collect();
    if !free.is_empty() {
        blocks.push(Block::Text(format!("These save nothing, one at a time: {}", super::blocks::few(&free, 20))));
    }
    let limits: Vec<[String; 4]> = it.levers.iter().filter_map(slack).collect();
    if !limits.is_empty() {
        let heads = ["limit", "now", "tightest", "then more at"];
        let mut table = Table::new("How far limits can tighten with no more needed", &heads);
        limits.iter().take(MOST).for_each(|row| table.row(row.clone()));
        blocks.push(Block::Table(table.of(limits.len(), "the prices document has all")));
    }
    if !it.tenants.is_empty() {
        let heads = ["tenant", "#workloads", "#saves", "#without it"];
        let mut table = Table::new("Without the workloads of a tenant", &heads);
        for row in it.tenants.iter().take(MOST) {
            table.row([
                row.tenant.clone(),
                row.workloads.to_string(),
                saved((&it.today, &row.without), &row.saves),
                needed(&row.without),
            ]);
        }
        blocks.push(Block::Table(table.of(it.tenants.len(), "the prices document has all")));
    }
    if !it.mitigations.is_empty() {
        let heads = ["mitigation", "#workloads", "#would save", "#needed then"];
        let mut table = Table::new("What if a mitigation counted (it never does in a plan)", &heads);
        for row in it.mitigations.iter().take(MOST) {
            table.row([
                row.name.clone(),
                row.workloads.to_string(),
                saved((&it.today, &row.needed), &row.saves),
                needed(&row.needed),
            ]);
        }
        blocks.push(Block::Table(table.of(it.mitigations.len(), "the prices document has all")));
    }
    section(blocks)
}
