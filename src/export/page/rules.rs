//! Who is kept apart and by whose wish, what is waived and until when, and what nobody looked at.

use rustc_hash::FxHashMap;

use super::blocks::{Block, Section, Table, few};
use crate::error::Result;
use crate::export::words;
use crate::fleet::{Fleet, Paths, RuleId};
use crate::plan::{Plan, SeparationRow};
use crate::trust::RuleTable;

/// Rows of rules.
const MOST: usize = 500;
/// Names of a tenant's own list.
const MOST_REFUSED: usize = 50;
/// The rule that all tenants' own lists make together.
const DISTRUSTS: &str = "distrusts";

/// One row a rule: what it separates, and where it stands.
pub(super) fn separations(fleet: Option<&Fleet>, plan: &Plan) -> Result<Section> {
    let mut blocks = Vec::new();
    if plan.separations.is_empty() {
        blocks.push(Block::Text("No rule separates any two workloads.".to_owned()));
    } else {
        let heads = ["rule", "#pairs", "#by it alone", "of trust", "what it says", "who asked for it", "such as"];
        let mut table = Table::new("Pairs of workloads that may not share a cluster, by rule", &heads);
        let asked = fleet.map(|fleet| Asked::new(fleet, plan));
        for row in plan.separations.iter().take(MOST) {
            let sample = row.samples.first();
            table.row([
                row.rule.clone(),
                row.pairs.to_string(),
                row.only.to_string(),
                if row.trust { "yes" } else { "no, technical" }.to_owned(),
                row.description.clone(),
                asked.as_ref().map_or_else(|| "not known: it takes the fleet".to_owned(), |asked| asked.by(row)),
                sample.map_or_else(String::new, |[first, second]| format!("{first} and {second}")),
            ]);
        }
        blocks.push(Block::Table(table.of(plan.separations.len(), "the plan document has all")));
    }
    if let Some(fleet) = fleet.filter(|_| plan.separations.iter().any(|row| row.rule == DISTRUSTS)) {
        blocks.push(Block::Table(refused_by_name(fleet)));
    }
    if !plan.other_values.is_empty() {
        blocks.push(Block::Warning("Values that no class lists:".to_owned()));
        blocks.push(Block::List(plan.other_values.iter().map(words::other_values).collect()));
    }
    Ok(Section { id: "separations", title: "Kept apart", blocks })
}

/// What one row of the rules stands for: the own list of each tenant.
fn refused_by_name(fleet: &Fleet) -> Table {
    let lists = || fleet.tenants().iter().enumerate().filter(|(_, tenant)| !tenant.distrusts.is_empty());
    let paths = Paths::new(fleet);
    let mut table =
        Table::new("Tenants that refuse others by name (`distrusts`)", &["tenant", "refuses", "where it says so"]);
    for (row, tenant) in lists().take(MOST) {
        let names: Vec<&str> = tenant.distrusts.iter().map(|&it| fleet.tenants()[it].name.as_str()).collect();
        let path = format!("{}.distrusts", paths.tenant(row));
        table.row([tenant.name.to_string(), few(&names, MOST_REFUSED), path]);
    }
    table.of(lists().count(), "the fleet document has all")
}

/// Where each rule of a fleet stands.
struct Asked<'f> {
    fleet: &'f Fleet,
    paths: Paths<'f>,
    rules: FxHashMap<String, RuleId>,
}

impl<'f> Asked<'f> {
    fn new(fleet: &'f Fleet, plan: &Plan) -> Self {
        let table = RuleTable::new(fleet.policy());
        let named = |index| (RuleTable::name(fleet.policy(), table.rule(index)), table.rule(index));
        let stated = |(name, _): &(String, RuleId)| plan.separations.iter().any(|row| row.rule == *name);
        let rules = (0..table.len()).map(named).filter(stated).collect();
        Self { fleet, paths: Paths::new(fleet), rules }
    }

    fn by(&self, row: &SeparationRow) -> String {
        let sample = row
            .samples
            .first()
            .and_then(|[first, second]| Some((self.fleet.find(first).ok()?, self.fleet.find(second).ok()?)));
        let (Some(&rule), Some(sample)) = (self.rules.get(&row.rule), sample) else { return String::new() };
        if rule == RuleId::Distrusts {
            let tenants = self.fleet.tenants().iter().filter(|tenant| !tenant.distrusts.is_empty());
            let names: Vec<&str> = tenants.map(|tenant| tenant.name.as_str()).collect();
            return format!("{} (their lists, below)", few(&names, 5));
        }
        match self.paths.rule(rule, sample) {
            path if path.is_empty() => "built in".to_owned(),
            path => path,
        }
    }
}

/// Every waiver, whether it is in force, and until when.
pub(super) fn waivers(plan: &Plan) -> Section {
    let mut blocks = Vec::new();
    if plan.waivers.is_empty() {
        blocks.push(Block::Text("There are none: every rule holds for everybody.".to_owned()));
    } else {
        let heads = ["waiver", "state", "last day", "waives", "#pairs", "approved by", "reason"];
        let mut table = Table::new("Waivers, and when they end", &heads);
        for row in plan.waivers.iter().take(MOST) {
            table.row([
                row.id.clone(),
                row.state.name().to_owned(),
                row.expires.clone(),
                row.waives.join(", "),
                row.pairs.to_string(),
                row.approved_by.clone(),
                row.reason.trim().to_owned(),
            ]);
        }
        blocks.push(Block::Table(table.of(plan.waivers.len(), "the plan document has all")));
    }
    Section { id: "waivers", title: "Waivers", blocks }
}

/// What no proof and no check knows of.
pub(super) fn not_covered(plan: &Plan) -> Section {
    let blocks = if plan.not_covered.is_empty() { vec![] } else { vec![Block::List(plan.not_covered.clone())] };
    Section { id: "not-covered", title: "Not covered by any proof", blocks }
}
