//! What a check or a difference comes to, as a list for formats that show findings beside code.

use super::junit::{Outcome, Test, suite};
use super::sarif::{Entry, log};
use super::source::{About, AuditSource};
use super::{github, source};
use crate::error::Result;
use crate::export::clusters::counted;
use crate::placement::Violation;
use crate::report::{DiffKind, FigureValue, PlanDiff};

/// How much a finding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Grade {
    /// It fails a gate.
    Error,
    /// It is looked at.
    Warning,
    /// It is said.
    Note,
}

impl Grade {
    /// As SARIF has it.
    fn level(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

struct Finding {
    rule: String,
    grade: Grade,
    message: String,
    about: Vec<About>,
}

/// Findings in SARIF, JUnit and annotations of GitHub: those of a check, or of a difference between two plans.
pub struct Findings {
    /// What was done: `check`, `diff`.
    of: &'static str,
    list: Vec<Finding>,
}

impl Findings {
    /// Those of a check: breaches of the policy, and what a plan says that is not so. The latter are warnings where the plan was
    /// made for `another` version of the fleet, or for a day with other waivers: that explains them.
    #[must_use]
    pub fn of_check(breaches: &[Violation], differences: &[Violation], another: bool) -> Self {
        let mut findings = Self { of: "check", list: Vec::new() };
        let grades = [(breaches, Grade::Error), (differences, if another { Grade::Warning } else { Grade::Error })];
        for (found, grade) in grades {
            for it in found {
                let about = source::named(&it.message).map(|name| About::Name(name.to_owned())).collect();
                findings.push(it.code.name(), grade, it.message.clone(), about);
            }
        }
        findings
    }

    /// Those of a difference: figures, workloads, separations, waivers, warnings, clusters; tenants are those of the workloads.
    #[must_use]
    pub fn of_diff(diff: &PlanDiff, grade: Grade) -> Self {
        let mut findings = Self { of: "diff", list: Vec::new() };
        let mut add = |rule: &str, message: String, about: Vec<About>| findings.push(rule, grade, message, about);
        for it in &diff.figures {
            let message = format!("{}: {} -> {}", it.figure, said(it.from.as_ref()), said(it.to.as_ref()));
            add("figure-differs", message, Vec::new());
        }
        for it in &diff.workloads {
            let key = format!("{}/{}/{}", it.tenant, it.namespace, it.workload);
            let homes = |homes: &std::collections::BTreeMap<String, u64>| match homes.is_empty() {
                true => "nowhere".to_owned(),
                false => {
                    let list = homes.iter().map(|(cluster, replicas)| format!("`{cluster}` ({replicas})"));
                    list.collect::<Vec<String>>().join(", ")
                }
            };
            let message = format!("`{key}` {}: {}, now {}", kind(it.change), homes(&it.from), homes(&it.to));
            add("workload-differs", message, vec![About::Name(key), About::Tenant(it.tenant.clone())]);
        }
        let pairs = |pairs: Option<u64>| pairs.map_or_else(|| "none".to_owned(), |pairs| pairs.to_string());
        for it in &diff.separations {
            let message = format!("{}: pairs that it separates: {}, now {}", it.rule, pairs(it.from), pairs(it.to));
            add("separation-differs", message, vec![About::Rule(it.rule.clone())]);
        }
        let state = |state: &Option<String>| state.clone().unwrap_or_else(|| "not there".to_owned());
        for it in &diff.waivers {
            let message = format!("waiver `{}`: {}, now {}", it.id, state(&it.from), state(&it.to));
            add("waiver-differs", message, vec![About::Waiver(it.id.clone())]);
        }
        for (list, what) in [(&diff.warnings_gone, "gone"), (&diff.warnings_new, "new")] {
            for it in list {
                add(&format!("warning-{what}"), format!("{} [{}]", it.message, it.code), Vec::new());
            }
        }
        for it in &diff.clusters {
            let names: Vec<&str> = [&it.from, &it.to].into_iter().flatten().map(String::as_str).collect();
            let came = format!("{} came, {} went", counted(it.came.len() as u64, "workload"), it.went.len());
            let message = match it.change {
                DiffKind::Renamed => format!("cluster `{}` is called `{}` now", names[0], names[names.len() - 1]),
                change => format!("cluster `{}` {}: {came}", names[names.len() - 1], kind(change)),
            };
            add("cluster-differs", message, names.into_iter().map(|name| About::Cluster(name.to_owned())).collect());
        }
        findings
    }

    /// Adds what no list has: the verdict on a certificate, say.
    pub fn add(&mut self, rule: &str, grade: Grade, message: impl Into<String>) {
        self.push(rule, grade, message.into(), Vec::new());
    }

    fn push(&mut self, rule: &str, grade: Grade, message: String, about: Vec<About>) {
        self.list.push(Finding { rule: rule.to_owned(), grade, message, about });
    }

    /// As SARIF 2.1.0: a result a finding, at its line of the fleet document where it has one.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal): never, as far as is known.
    pub fn sarif(&self, source: &AuditSource) -> Result<String> {
        let entry = |it: &Finding| {
            let title = it.rule.replace('-', " ");
            let entry = Entry::new(&it.rule, title, it.grade.level(), &it.message);
            entry.at(source.line_of(&it.about))
        };
        log(env!("CARGO_PKG_VERSION"), source, self.list.iter().map(entry).collect())
    }

    /// As JUnit XML: a test a finding, which failed where that is an error; notes pass. Without an error or warning, one more
    /// test that passes.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal): never, as far as is known.
    pub fn junit(&self) -> Result<String> {
        let test = |it: &Finding| {
            let outcome = match it.grade {
                Grade::Error => Outcome::Failed(it.message.clone(), it.message.clone()),
                Grade::Warning => Outcome::Skipped(it.message.clone()),
                Grade::Note => Outcome::Passed,
            };
            // several of one rule are told apart by what they say
            Test { class: it.rule.clone(), name: it.message.clone(), outcome }
        };
        let mut tests: Vec<Test> = self.list.iter().map(test).collect();
        if self.list.iter().all(|it| it.grade == Grade::Note) {
            tests.push(Test { class: "fleet".to_owned(), name: self.of.to_owned(), outcome: Outcome::Passed });
        }
        suite(self.of, &tests)
    }

    /// As workflow commands of GitHub, one a line, errors first.
    #[must_use]
    pub fn github(&self, source: &AuditSource) -> String {
        let mut out = String::new();
        let mut list: Vec<&Finding> = self.list.iter().collect();
        list.sort_by_key(|it| it.grade);
        for it in list {
            let level = match it.grade {
                Grade::Note => "notice",
                other => other.level(),
            };
            let title = format!("{}: {}", self.of, it.rule.replace('-', " "));
            github::command(&mut out, level, source, source.line_of(&it.about), &title, &it.message);
        }
        out
    }
}

fn kind(change: DiffKind) -> &'static str {
    match change {
        DiffKind::Added => "is new",
        DiffKind::Removed => "is gone",
        DiffKind::Renamed => "is called otherwise",
        DiffKind::Moved => "moved",
        DiffKind::Changed => "changed",
    }
}

fn said(value: Option<&FigureValue>) -> String {
    match value {
        None => "none".to_owned(),
        Some(FigureValue::Count(count)) => count.to_string(),
        Some(FigureValue::Number(number)) => number.to_string(),
        Some(FigureValue::Text(text)) => text.clone(),
    }
}
