//! Where workloads may go, for people: who has room, with what is left, and why the others have none.

use std::collections::BTreeMap;

use super::clusters::{counted, ordered};
use crate::quantity::{self, Rounding, Unit};
use crate::report::{Candidate, CandidateKind, Placed, Places};
use crate::text::line;

/// Clusters that have room, and clusters that have none, that are listed.
const WITH_ROOM: usize = 20;
const WITHOUT: usize = 10;

/// Renders the answer as plain text, as [`audit_text`](super::audit_text) does.
#[must_use]
pub fn places_text(places: &Places) -> String {
    let mut out = String::new();
    for (number, it) in places.asked.iter().enumerate() {
        // writing to a string cannot fail
        if number > 0 {
            let _ = line(&mut out, format_args!(""));
        }
        let _ = placed(&mut out, it, &places.as_of);
    }
    out
}

fn placed(out: &mut String, it: &Placed, as_of: &str) -> std::fmt::Result {
    let who = it.workloads.join(", ");
    match it.places {
        0 => line(out, format_args!("{who}: no place, as of {as_of}"))?,
        places => line(out, format_args!("{who}: {}, as of {as_of}, with nobody moved", counted(places, "place")))?,
    }
    if !it.company.is_empty() {
        line(out, format_args!("  with it: {} (they must share a cluster)", it.company.join(", ")))?;
    }
    if !it.runs_in.is_empty() {
        line(out, format_args!("  runs in {} today", it.runs_in.join(", ")))?;
    }
    let of = |kind: CandidateKind, fits: bool| {
        it.candidates.iter().filter(move |it| it.kind == kind && it.fits == fits).collect::<Vec<_>>()
    };
    section(out, "Clusters with room", &of(CandidateKind::Existing, true), WITH_ROOM)?;
    section(out, "Clusters without", &of(CandidateKind::Existing, false), WITHOUT)?;
    let new = it.candidates.iter().filter(|it| it.kind == CandidateKind::New).collect::<Vec<_>>();
    section(out, "A further cluster of a template", &new, WITHOUT)
}

fn section(out: &mut String, title: &str, list: &[&Candidate], most: usize) -> std::fmt::Result {
    if list.is_empty() {
        return Ok(());
    }
    line(out, format_args!("  {title}"))?;
    for it in list.iter().take(most) {
        candidate(out, it)?;
    }
    if list.len() > most {
        // of those that are not listed at least by which rules
        let mut rules: BTreeMap<&str, u64> = BTreeMap::new();
        for reason in list[most..].iter().flat_map(|it| &it.reasons) {
            *rules.entry(&reason.rule).or_insert(0) += 1;
        }
        let rules: Vec<String> = rules.iter().map(|(rule, count)| format!("{rule} in {count}")).collect();
        let why = if rules.is_empty() { String::new() } else { format!(": {}", rules.join(", ")) };
        line(out, format_args!("    and {} more{why} (JSON has all)", list.len() - most))?;
    }
    Ok(())
}

/// An amount as people read it: long ones to the hundredth of a unit, rounded down.
fn short(name: &str, amount: &str) -> String {
    let resource = name.split('@').next().unwrap_or(name);
    match quantity::parse(amount, Unit::of(resource), Rounding::Down) {
        Ok(units) => {
            let [short, _] = quantity::pair(resource, units, units);
            short
        }
        Err(_) => amount.to_owned(),
    }
}

fn candidate(out: &mut String, it: &Candidate) -> std::fmt::Result {
    let region = if it.regions.is_empty() { String::new() } else { format!(" ({})", it.regions.join(", ")) };
    let today = if it.current { format!("{region}, where it runs today") } else { region };
    if it.fits {
        let left = ordered(it.left.keys()).into_iter().map(|name| format!("{name} {}", short(name, &it.left[name])));
        let left: Vec<String> = left.collect();
        return line(out, format_args!("    {}{today}: left {}", it.name, left.join(", ")));
    }
    line(out, format_args!("    {}{today}: no", it.name))?;
    it.reasons.iter().try_for_each(|why| line(out, format_args!("      - {} [{}]", why.message, why.rule)))
}
