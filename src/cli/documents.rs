//! A plan, its certificate and its migration gone through again, and what is said of them.

use std::fmt::Write as _;

use crate::date::Date;
use crate::export::{Findings, Grade};
use crate::migrate::Migration;
use crate::pipeline::certificate::{self, Judged};
use crate::pipeline::{self, Checked, Ruling};
use crate::placement::Violation;
use crate::plan::{Figure, LevelObjective, Plan, PlanStatus, money};
use crate::text::escaped;

use super::exit::Exit;
use super::input::Input;
use super::load::{Loaded, named};
use super::{Outcome, tell};

/// What is said, in words and as findings.
pub(super) struct Said {
    pub text: String,
    pub findings: Findings,
}

/// What is checked.
pub(super) struct Documents {
    pub loaded: Loaded,
    pub plan: Plan,
    pub certificate: Option<Input>,
    pub migration: Option<Input>,
    /// The day on which waivers are judged, if it is given.
    pub as_of: Option<Date>,
}

impl Documents {
    /// Goes through all of it.
    pub fn judged(&self, work_limit: u64) -> Outcome<(Said, Exit)> {
        let Self { loaded, plan, as_of, .. } = self;
        let checked = pipeline::check(loaded.fleet, plan, *as_of).map_err(|error| loaded.failure(error))?;
        for remark in &checked.remarks {
            tell(&format!("note: {}\n", escaped(remark)));
        }
        let ruling = checked.ruling();
        if self.certificate.is_none() && ruling == Ruling::Legal && plan.summary.lower_bound > 0 {
            let bound = plan.summary.lower_bound;
            tell(&format!("note: the lower bound of {bound} is not checked: that takes the certificate\n"));
        }
        let mut said =
            Said { text: placement(&checked, plan), findings: checked.findings(plan, self.certificate.is_some()) };
        let exit = match (ruling, &self.certificate) {
            (Ruling::Illegal | Ruling::Wrong, _) => Exit::No,
            (Ruling::Drifted, _) | (Ruling::Nothing, None) => Exit::Unknown,
            (Ruling::Legal, None) => Exit::Success,
            (Ruling::Legal | Ruling::Nothing, Some(document)) => self.bound(document, work_limit, &mut said)?,
        };
        let exit = match (&self.migration, exit) {
            (Some(document), Exit::Success) => self.moves(document, &mut said)?,
            (Some(_), exit) => {
                let why = "the migration is not looked at: its plan does not pass";
                tell(&format!("note: {why}\n"));
                said.findings.add("migration-not-checked", Grade::Warning, why);
                exit
            }
            (None, exit) => exit,
        };
        Ok((said, exit))
    }

    /// Goes through the migration and says what was found.
    fn moves(&self, document: &Input, said: &mut Said) -> Outcome {
        let read = Migration::from_json(&document.text).map_err(|error| named(error, &document.name))?;
        let found = pipeline::replay(self.loaded.fleet, &self.plan, &read, self.as_of)
            .map_err(|error| self.loaded.failure(error))?;
        for (rule, grade, list) in [
            ("migration-unsafe", Grade::Error, &found.wrong),
            ("migration-undecided", Grade::Warning, &found.undecided),
        ] {
            list.iter().for_each(|it| said.findings.add(rule, grade, it.to_string()));
        }
        // writing to a string cannot fail
        let mut say = |line: String| _ = writeln!(said.text, "{}", escaped(&line));
        if !found.wrong.is_empty() {
            say(format!("the migration is not safe, or not what it says: {} found", found.wrong.len()));
            found.wrong.iter().for_each(|it| say(format!("  {it}")));
            return Ok(Exit::No);
        }
        if !found.undecided.is_empty() {
            say("UNDECIDED: the migration is not refuted, and not all of it could be decided".to_owned());
            found.undecided.iter().for_each(|it| say(format!("  {it}")));
            return Ok(Exit::Unknown);
        }
        let end = if found.arrives { "and ends in the plan" } else { "and does not reach the plan yet, as it says" };
        say(format!("safe: every state of the migration keeps the rules, {end}"));
        Ok(Exit::Success)
    }

    /// Checks the certificate and says what it proves.
    fn bound(&self, document: &Input, work_limit: u64, said: &mut Said) -> Outcome {
        let read = certificate::read(document.text.as_bytes()).map_err(|error| named(error, &document.name))?;
        let verdict = certificate::judge(self.loaded.fleet, &self.plan, &read, self.as_of, work_limit)
            .map_err(|error| self.loaded.failure(error))?;
        let (line, exit) = match verdict {
            Judged::Verified { bounds } => (format!("VERIFIED: {}", proved(&self.plan, &bounds)), Exit::Success),
            Judged::Refuted { place, why } => (format!("REFUTED at {}: {}", escaped(&place), escaped(&why)), Exit::No),
            Judged::Undecided(why) => (format!("UNDECIDED: {why}"), Exit::Unknown),
        };
        match exit {
            Exit::No => said.findings.add("certificate-refuted", Grade::Error, line.as_str()),
            Exit::Unknown => said.findings.add("certificate-undecided", Grade::Warning, line.as_str()),
            _ => said.findings.add("certificate-verified", Grade::Note, line.as_str()),
        }
        let _ = writeln!(said.text, "{line}"); // writing to a string cannot fail
        Ok(exit)
    }
}

/// At most so many findings of a kind are listed.
const MOST: usize = 100;

/// What was found of the placement, breaches of the policy before what is only said otherwise.
fn placement(checked: &Checked, plan: &Plan) -> String {
    let mut text = checked.verdict(plan).map_or_else(String::new, |verdict| verdict + "\n");
    list(&mut text, "not legal", ["breach of the policy", "breaches of the policy"], &checked.violations);
    list(
        &mut text,
        "also",
        ["place where the plan says otherwise", "places where the plan says otherwise"],
        &checked.differences,
    );
    text
}

/// Lists findings under a heading, if there are any.
fn list(text: &mut String, heading: &str, [one, many]: [&str; 2], found: &[Violation]) {
    if found.is_empty() {
        return;
    }
    // writing to a string cannot fail
    let _ = writeln!(text, "{heading}: {} {}", found.len(), if found.len() == 1 { one } else { many });
    for violation in found.iter().take(MOST) {
        let _ = writeln!(text, "  [{}] {}", violation.code, escaped(&violation.message));
    }
    if found.len() > MOST {
        let _ = writeln!(text, "  and {} more", found.len() - MOST);
    }
}

/// What the bounds of a verified certificate say, and no more.
fn proved(plan: &Plan, bounds: &[u64]) -> String {
    if plan.status == PlanStatus::Infeasible {
        return "no plan exists".to_owned();
    }
    let mut words = String::new();
    let own = plan.clusters.as_ref().map(|list| list.len() as u64);
    let claimed = plan.levels.iter().filter(|level| level.objective.decides().is_some());
    for (place, (level, &bound)) in claimed.zip(bounds).enumerate() {
        // a later level speaks of the plans that are as good in all the earlier ones
        let none = match (place, plan.levels[0].objective) {
            (0, _) => "no plan".to_owned(),
            // as many as the plan has, or fewer
            (1, LevelObjective::Clusters) => format!("none with {}", clusters(own.unwrap_or(bounds[0]))),
            _ => "none as good before".to_owned(),
        };
        let separator = if place == 0 { "" } else { "; " };
        // writing to a string cannot fail
        let _ = match (level.objective, level.value.map(Figure::value)) {
            (LevelObjective::Clusters, _) => {
                let this = own.map(|own| format!(", this one has {own}"));
                write!(words, "{separator}{none} has fewer than {}{}", clusters(bound), this.unwrap_or_default())
            }
            (LevelObjective::Cost, Some(cost)) => {
                write!(words, "{separator}{none} costs less than {}, this one costs {cost}", money(bound))
            }
            (LevelObjective::Moves, Some(moves)) => {
                write!(words, "{separator}{none} counts fewer moves than {bound}, this one counts {moves}")
            }
            // no certificate speaks of them
            (LevelObjective::Exposure | LevelObjective::Balance, _) => Ok(()),
            (LevelObjective::Cost, None) => write!(words, "{separator}{none} costs less than {}", money(bound)),
            (LevelObjective::Moves, None) => write!(words, "{separator}{none} counts fewer moves than {bound}"),
        };
    }
    if plan.clusters.is_none() {
        words.push_str("; whether there is a plan is not known");
    }
    words
}

fn clusters(count: u64) -> String {
    format!("{count} cluster{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fleet, PlanOptions};

    /// Each bound is said of what its level minimises, and of nothing else.
    #[test]
    fn bounds_speak_of_their_levels() {
        let fleet = "{schema: tenantry/v1, objective: [clusters, cost], tenants: [{name: a, trust: trusted}],
            workloads: [{name: w, tenant: a, requests: {cpu: 1, memory: 1Gi}}],
            clusterTemplates: [{name: t, allocatable: {cpu: 4, memory: 8Gi}, cost: 7}]}";
        let mut planned = Fleet::from_yaml(fleet).unwrap().plan(&PlanOptions::default()).unwrap();
        let first = "no plan has fewer than 1 cluster, this one has 1";
        assert_eq!(proved(&planned, &[1]), first);
        let cost = "; none with 1 cluster costs less than 6.5, this one costs 7";
        assert_eq!(proved(&planned, &[1, 6500]), format!("{first}{cost}"));
        planned.levels[1].objective = LevelObjective::Moves;
        planned.levels[1].value = Some(Figure::Count(27));
        let moves = "; none with 1 cluster counts fewer moves than 3, this one counts 27";
        assert_eq!(proved(&planned, &[1, 3]), format!("{first}{moves}"));
    }
}
