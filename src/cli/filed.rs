//! An archive of evidence, gone through again.

use std::fmt::Write as _;
use std::path::Path;

use crate::date::Date;
use crate::error::Error;
use crate::evidence::{self, Evidence};
use crate::export::{self, Grade};
use crate::migrate::Migration;
use crate::pipeline::{self, AuditOptions};
use crate::text::escaped;

use super::documents::{Documents, Said};
use super::exit::Exit;
use super::input::{self, Input};
use super::{Outcome, load};

/// Checks all that is in an archive, on the day that it is of or on another.
pub(super) fn checked(path: &Path, as_of: Option<Date>, work_limit: u64) -> Outcome<(Documents, Said, Exit)> {
    let (name, bytes) = input::read_bytes(path)?;
    if !bytes.starts_with(b"PK") {
        let message = format!(
            "{name}: a fleet needs a plan beside it (`tenantry check FLEET PLAN`); alone stands only an \
                               archive of evidence, and this is none"
        );
        return Err(Error::Usage(message).into());
    }
    let (mut evidence, mut wrong) = Evidence::read(&bytes).map_err(|error| load::named(error, &name))?;
    let mut part = |file: &str| evidence.take(file).map(|text| Input { name: format!("{name}/{file}"), text });
    let missing = |file: &str| Error::PlanDocument(format!("{name}: {file} is missing"));
    let fleet = part(evidence::FLEET).ok_or_else(|| missing(evidence::FLEET))?;
    let plan = part(evidence::PLAN).ok_or_else(|| missing(evidence::PLAN))?;
    let (certificate, migration) = (part(evidence::CERTIFICATE), part(evidence::MIGRATION));
    let loaded = load::fleet(fleet)?;
    let plan = load::plan_of(&plan)?;
    let manifest = evidence.manifest();
    let day = Date::read(&manifest.as_of);
    let mut differs = |what: &str, said: &str, is: &str| {
        if said != is {
            wrong.push(format!("the manifest says {what} `{said}`, and it is `{is}`"));
        }
    };
    differs("name", &manifest.name, loaded.fleet.name());
    differs("fleetDigest", &manifest.fleet_digest, loaded.fleet.digest());
    differs("asOf", &manifest.as_of, &plan.as_of);
    if (manifest.status, manifest.proof) != (plan.status, plan.proof) {
        wrong.push("the manifest says another status or proof than the plan".to_owned());
    }
    let documents = Documents { loaded, plan, certificate, migration, as_of: as_of.or(day) };
    let (retold, not_looked_at) = retold(&evidence, &documents, day);
    wrong.extend(retold);
    let (mut said, mut exit) = documents.judged(work_limit)?;
    let manifest = evidence.manifest();
    let mut text = format!(
        "evidence of fleet `{}` as of {}, {} files, written by tenantry {}\n",
        escaped(&manifest.name),
        escaped(&manifest.as_of),
        manifest.files.len(),
        escaped(&manifest.version)
    );
    if wrong.is_empty() {
        text.push_str("every file is what the manifest says, and what follows from the fleet and the plan follows\n");
    } else {
        list(&mut text, "the archive is not what it says", &wrong);
        exit = Exit::No;
    }
    list(&mut text, "not looked at", &not_looked_at);
    list(&mut text, "not in it", &manifest.left_out);
    for it in &wrong {
        said.findings.add("evidence-differs", Grade::Error, it.as_str());
    }
    for it in not_looked_at.iter().chain(&manifest.left_out) {
        said.findings.add("evidence-not-checked", Grade::Note, it.as_str());
    }
    said.text.insert_str(0, &text);
    Ok((documents, said, exit))
}

fn list(text: &mut String, heading: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    // writing to a string cannot fail
    let _ = writeln!(text, "{heading}");
    lines.iter().for_each(|line| _ = writeln!(text, "  - {}", escaped(line)));
}

/// What follows from the fleet and the plan, made again and compared: what differs, and what was not looked at.
fn retold(evidence: &Evidence, documents: &Documents, day: Option<Date>) -> (Vec<String>, Vec<String>) {
    let (mut wrong, mut open) = (Vec::new(), vec!["README.txt: words".to_owned()]);
    let fleet = documents.loaded.fleet;
    if evidence.text(evidence::SOURCE).is_some_and(|source| !fleet.is_written(source)) {
        wrong.push(format!("{} does not read as the fleet of {}", evidence::SOURCE, evidence::FLEET));
    }
    let mut again = |file: &str, made: Option<String>| match (evidence.text(file), made) {
        (Some(text), Some(made)) if text == made => {}
        (Some(_), _) if evidence.manifest().version != env!("CARGO_PKG_VERSION") => {
            open.push(format!("{file}: another version wrote it, and this one would say it otherwise"));
        }
        (Some(_), _) => wrong.push(format!("{file} is not what follows from the fleet and the plan")),
        (None, _) => {}
    };
    again(evidence::TEXT, Some(export::text(&documents.plan)));
    let options = AuditOptions { as_of: day, ..AuditOptions::default() };
    let migration = documents.migration.as_ref().map(|it| Migration::from_json(&it.text));
    let report = documents.plan.report(fleet);
    let page = report.and_then(|it| evidence::page(it, migration.and_then(Result::ok).as_ref()));
    again(evidence::REPORT, page.ok());
    again(evidence::AUDIT, pipeline::audit(fleet, &options).and_then(|audit| audit.to_json()).ok());
    (wrong, open)
}
