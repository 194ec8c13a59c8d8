//! What a compromised workload reaches, and what losses take, for people.

mod beside;

use super::clusters::{counted, more};
use super::comparison::value;
use super::sheet::{Sheet, table};
use crate::plan::PlanStatus;
use crate::report::{Alone, Blast, BlastLoss, BlastOf, BlastSubject, InReach, Reach};
use crate::text::line;

/// So many rows of a list are shown.
const MOST: usize = 10;
/// So many names of a row: it stays readable where there are hundreds.
const NAMES: usize = 5;

/// Renders the answer as plain text, as [`growth_text`](super::growth_text) does: of each list the ten worst.
#[must_use]
pub fn blast_text(blast: &Blast) -> String {
    let mut out = String::new();
    // writing to a string cannot fail
    let _ = written(&mut out, blast);
    out
}

pub(super) fn written(out: &mut impl Sheet, it: &Blast) -> std::fmt::Result {
    let name = if it.name.is_empty() { "the fleet" } else { &it.name };
    match it.of {
        BlastOf::Plan => line(out, format_args!("Blast radius in the plan of {name}, as of {}", it.as_of))?,
        BlastOf::Today => line(out, format_args!("Blast radius of {name} as it runs, as of {}", it.as_of))?,
    }
    if let Some(planned) = &it.planned {
        beside::side_by_side(out, it, planned)?;
    }
    body(out, it)?;
    if let Some(planned) = it.planned.as_ref().filter(|_| it.subject.is_some()) {
        heading(out, &format!("In the plan, as of {}", planned.as_of))?;
        body(out, planned)?;
    }
    Ok(())
}

fn body(out: &mut impl Sheet, it: &Blast) -> std::fmt::Result {
    match it.status {
        Some(PlanStatus::Infeasible) => return nothing(out, "no plan exists, so nobody is anywhere"),
        Some(PlanStatus::Unknown) => return nothing(out, "no plan was found within the limits"),
        Some(PlanStatus::Optimal | PlanStatus::Feasible) | None => {}
    }
    match &it.subject {
        Some(subject) => of_subject(out, it, subject)?,
        None => lists(out, it)?,
    }
    if !it.notes.is_empty() {
        line(out, format_args!(""))?;
        it.notes.iter().try_for_each(|note| line(out, format_args!("{note}")))?;
    }
    Ok(())
}

fn nothing(out: &mut impl Sheet, why: &str) -> std::fmt::Result {
    line(out, format_args!(""))?;
    line(out, format_args!("  {why}"))
}

fn heading(out: &mut impl Sheet, text: &str) -> std::fmt::Result {
    line(out, format_args!(""))?;
    line(out, format_args!("{text}"))
}

/// The figures of a reach, as cells.
fn cells(reach: &Reach) -> [String; 5] {
    let known = |figure: Option<u64>| figure.map_or_else(|| "?".to_owned(), |figure| figure.to_string());
    let platform = reach.platform.to_string();
    [reach.tenants.to_string(), reach.workloads.to_string(), known(reach.pods), known(reach.namespaces), platform]
}

fn lists(out: &mut impl Sheet, it: &Blast) -> std::fmt::Result {
    heading(out, "What a compromised workload reaches in its cluster, by cluster, worst first")?;
    let heads = ["tenants", "workloads", "pods", "namespaces", "of the platform"];
    let [tenants, workloads, pods, namespaces, platform] = heads.map(str::to_owned);
    let mut rows = vec![[
        "cluster".to_owned(),
        tenants.clone(),
        workloads.clone(),
        pods.clone(),
        namespaces.clone(),
        platform.clone(),
        "if it is".to_owned(),
    ]];
    rows.extend(it.clusters.iter().take(MOST).map(|row| {
        let [tenants, workloads, pods, namespaces, platform] = cells(&row.reach);
        [row.cluster.clone(), tenants, workloads, pods, namespaces, platform, row.worst.clone()]
    }));
    table(out, "  ", &rows, &[false, true, true, true, true, true, false])?;
    more(out, it.clusters.len(), MOST, "cluster", "clusters")?;
    heading(out, "By tenant: all that its workloads reach together, worst first")?;
    let head = |first: &str| {
        let [tenants, workloads, pods, namespaces, platform] = heads.map(str::to_owned);
        let (clusters, pairs) = ("clusters".to_owned(), "pairs".to_owned());
        [first.to_owned(), clusters, tenants, workloads, pods, namespaces, platform, pairs]
    };
    let right = [false, true, true, true, true, true, true, true];
    let row = |name: &str, clusters: u64, reach: &Reach, pairs: u64| {
        let [tenants, workloads, pods, namespaces, platform] = cells(reach);
        let (clusters, pairs) = (clusters.to_string(), pairs.to_string());
        [name.to_owned(), clusters, tenants, workloads, pods, namespaces, platform, pairs]
    };
    let mut rows = vec![head("tenant")];
    rows.extend(it.tenants.iter().take(MOST).map(|it| row(&it.tenant, it.clusters, &it.reach, it.pairs)));
    table(out, "  ", &rows, &right)?;
    more(out, it.tenants.len(), MOST, "tenant", "tenants")?;
    heading(out, "By workload, worst first")?;
    let mut rows = vec![head("workload")];
    rows.extend(it.workloads.iter().take(MOST).map(|it| row(&it.workload, it.clusters, &it.reach, it.pairs)));
    table(out, "  ", &rows, &right)?;
    more(out, it.workloads.len(), MOST, "workload", "workloads")?;
    line(out, format_args!("  pairs: with workloads of other tenants; standing alone takes so many off the exposure"))?;
    losses(out, "cluster", &it.losses)?;
    losses(out, "region", &it.losses_of_regions)
}

/// Workloads without a pod, and those that have some elsewhere.
fn losses(out: &mut impl Sheet, what: &str, losses: &[BlastLoss]) -> std::fmt::Result {
    if losses.is_empty() {
        return Ok(());
    }
    heading(out, &format!("If a {what} is lost: workloads that are gone, and those that have pods elsewhere"))?;
    let mut rows = vec![[what, "gone", "pods elsewhere", "pods lost", "tenants"].map(str::to_owned)];
    rows.extend(losses.iter().take(MOST).map(|it| {
        let [gone, kept] = [it.gone.len(), it.kept.len()].map(|count| count.to_string());
        [it.of.clone(), gone, kept, it.pods.to_string(), it.tenants.to_string()]
    }));
    table(out, "  ", &rows, &[false, true, true, true, true])?;
    more(out, losses.len(), MOST, what, &format!("{what}s"))
}

fn of_subject(out: &mut impl Sheet, it: &Blast, subject: &BlastSubject) -> std::fmt::Result {
    let what = if subject.is_tenant { "Tenant" } else { "Workload" };
    let who = &subject.name;
    heading(out, &format!("{what} {who}, compromised, reaches {}", said(&subject.reach)))?;
    if subject.clusters.is_empty() {
        line(out, format_args!("  it runs nowhere"))?;
    }
    for it in subject.clusters.iter().take(MOST) {
        in_reach(out, it)?;
    }
    more(out, subject.clusters.len(), MOST, "cluster", "clusters")?;
    heading(out, "If it stood alone")?;
    line(
        out,
        format_args!(
            "  with all others where they are, {} fewer of workloads of different tenants share a cluster",
            counted(subject.pairs, "pair")
        ),
    )?;
    match &subject.alone {
        Some(alone) => of_alone(out, alone)?,
        None if it.of == BlastOf::Today => {
            line(out, format_args!("  what that takes is asked of a plan, not of today"))?
        }
        None => line(out, format_args!("  what that takes is asked of the fleet, not of a plan"))?,
    }
    heading(out, "What losses take of it")?;
    let lost = |what: &str, it: &BlastLoss| {
        let own = |identity: &String| match subject.is_tenant {
            true => identity.strip_prefix(who.as_str()).is_some_and(|rest| rest.starts_with('/')),
            false => identity == who,
        };
        let (gone, kept) = (it.gone.iter().filter(|it| own(it)).count(), it.kept.iter().filter(|it| own(&it.workload)));
        let kept: Vec<String> =
            kept.map(|it| format!("{} has {} of {} pods left", it.workload, it.left, it.of)).collect();
        if gone == 0 && kept.is_empty() {
            return None;
        }
        let gone = match (gone, subject.is_tenant) {
            (0, _) => None,
            (_, false) => Some("it is gone".to_owned()),
            (gone, true) => Some(format!("{} gone", counted(gone as u64, "workload"))),
        };
        let rest = kept.len().saturating_sub(MOST);
        let more = (rest > 0).then(|| format!("and {rest} more with some"));
        let parts: Vec<String> = gone.into_iter().chain(kept.into_iter().take(MOST)).chain(more).collect();
        Some(format!("  {what} {}: {}", it.of, parts.join(", ")))
    };
    let clusters = it.losses.iter().filter_map(|it| lost("cluster", it));
    let lines: Vec<String> = clusters.chain(it.losses_of_regions.iter().filter_map(|it| lost("region", it))).collect();
    if lines.is_empty() {
        line(out, format_args!("  nothing: it is in every cluster, or has no pods"))?;
    }
    lines.iter().take(2 * MOST).try_for_each(|it| line(out, format_args!("{it}")))?;
    more(out, lines.len(), 2 * MOST, "loss", "losses")
}

fn in_reach(out: &mut impl Sheet, it: &InReach) -> std::fmt::Result {
    line(out, format_args!("  in {}", it.cluster))?;
    let parts = [
        ("tenant", "", &it.tenants),
        ("workload", "", &it.workloads),
        ("namespace", "", &it.namespaces),
        ("workload", " of the platform", &it.platform),
    ];
    let mut nobody = true;
    for (what, whose, names) in parts.into_iter().filter(|(_, _, names)| !names.is_empty()) {
        nobody = false;
        let rest = names.len().saturating_sub(NAMES);
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        let some: Vec<&str> = names.iter().take(NAMES).map(String::as_str).collect();
        let count = counted(names.len() as u64, what);
        line(out, format_args!("    {count}{whose}: {}{more}", some.join(", ")))?;
    }
    if nobody { line(out, format_args!("    nobody")) } else { Ok(()) }
}

fn said(reach: &Reach) -> String {
    let known = |figure: Option<u64>, what: &str| figure.map(|figure| counted(figure, what));
    let parts = [
        Some(counted(reach.tenants, "other tenant")),
        Some(counted(reach.workloads, "workload")),
        known(reach.pods, "pod"),
        known(reach.namespaces, "namespace"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let (last, first) = parts.split_last().map_or(("", &[][..]), |(last, first)| (last.as_str(), first));
    let platform = match reach.platform {
        0 => String::new(),
        some => format!(", {} of the platform among them", counted(some, "workload")),
    };
    format!("{} and {last}{platform}", first.join(", "))
}

fn of_alone(out: &mut impl Sheet, it: &Alone) -> std::fmt::Result {
    if let Some(why) = &it.forbidden {
        return line(out, format_args!("  but the fleet does not let it: {why}"));
    }
    let Some(alone) = &it.alone else { return Ok(()) };
    let mut rows = vec![["", "as it is", "alone, planned anew"].map(str::to_owned)];
    rows.push(["clusters".to_owned(), value(&it.today.clusters), value(&alone.clusters)]);
    rows.push(["cost".to_owned(), value(&it.today.cost), value(&alone.cost)]);
    rows.push(["exposure".to_owned(), value(&it.today.exposure), value(&alone.exposure)]);
    table(out, "  ", &rows, &[false; 3])?;
    match alone.status {
        PlanStatus::Infeasible => line(out, format_args!("  no plan exists in which it stands alone")),
        PlanStatus::Unknown => {
            line(out, format_args!("  no plan in which it stands alone was found within the limits"))
        }
        _ => Ok(()),
    }
}
