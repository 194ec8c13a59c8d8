//! Why there cannot be fewer clusters, for people: each fact with its number, and under it what it follows from.

use std::collections::BTreeMap;
use std::fmt::Result;

use super::clusters::counted;
use super::prices::{at, limit};
use super::sheet::{Sheet, columns};
use crate::explain::amount;
use crate::plan::{PlanProof, PlanStatus};
use crate::report::{Because, Fact, FactCredit, FactGroup, FactMember, FactPair, FactPlace, FactRule, FactUnit, Why};
use crate::text::line;

/// Rows of a list that are shown, unless everything is.
const FEW: usize = 10;
/// Names in a row.
const NAMES: usize = 3;

/// Renders the answer as plain text, as [`growth_text`](super::growth_text) does. `depth` says how much: 1 the facts alone, 2 with who and
/// which rules, the largest first, 3 with every name and pair that the document has.
#[must_use]
pub fn why_text(why: &Why, depth: u8) -> String {
    let mut out = String::new();
    // writing to a string cannot fail
    let _ = written(&mut out, why, depth);
    out
}

pub(super) fn written(out: &mut impl Sheet, it: &Why, depth: u8) -> Result {
    let name = if it.name.is_empty() { "the fleet" } else { &it.name };
    let proof = proof(it.proof);
    let among = it.among.iter().map(|level| level.name()).collect::<Vec<_>>().join(", ");
    let among = if among.is_empty() { among } else { format!(", in plans that are as good in {among}") };
    let head = match (it.status, it.bound) {
        (PlanStatus::Infeasible, _) => format!("Why there is no plan for {name} ({proof})"),
        (_, Some(bound)) => format!("Why {name} takes at least {} ({proof}){among}", counted(bound, "cluster")),
        // the plan is its own proof
        (PlanStatus::Optimal, None) if it.clusters == Some(0) => {
            format!("{name} takes no cluster: there is nothing to place")
        }
        (_, None) => format!("Nothing is known about the fewest clusters of {name}"),
    };
    line(out, format_args!("{head}, as of {}", it.as_of))?;
    for (number, fact) in it.facts.iter().enumerate() {
        line(out, format_args!(""))?;
        let mark = if it.facts.len() > 1 { format!("{}. ", number + 1) } else { String::new() };
        told(out, fact, "", &mark, depth)?;
    }
    if let Some(gives) =
        it.facts.first().and_then(|fact| fact.least).filter(|least| it.bound.is_some_and(|it| it < *least))
    {
        line(out, format_args!(""))?;
        line(
            out,
            format_args!(
                "The argument gives {gives}: more than the {} that was proved within the limits.",
                it.bound.unwrap_or(0)
            ),
        )?;
    }
    if let (Some(clusters), Some(bound)) = (it.clusters, it.bound)
        && clusters > bound
    {
        line(out, format_args!(""))?;
        line(
            out,
            format_args!(
                "The plan has {clusters}: whether {} more than the bound {} needed is open.",
                clusters - bound,
                if clusters - bound == 1 { "is" } else { "are" }
            ),
        )?;
    }
    if it.facts.is_empty() && it.clusters == Some(0) {
        return Ok(());
    }
    line(out, format_args!(""))?;
    match &it.searched[..] {
        _ if it.facts.is_empty() => line(out, format_args!("There is no argument."))?,
        [] => line(
            out,
            format_args!("Nothing of it is a search: every number follows from the fleet by the arithmetic shown."),
        )?,
        [one] => line(out, format_args!("Not an argument but a search: {one}."))?,
        several => line(out, format_args!("Not arguments but searches: {}.", several.join("; ")))?,
    }
    match it.stopped {
        Some(stop) => line(out, format_args!("{} cut the planning short.", limit(stop))),
        None => Ok(()),
    }
}

fn proof(proof: PlanProof) -> &'static str {
    match proof {
        PlanProof::Certified => "certified",
        PlanProof::Claimed => "claimed",
        PlanProof::None => "not proved",
    }
}

fn told(out: &mut impl Sheet, fact: &Fact, indent: &str, mark: &str, depth: u8) -> Result {
    let number = match (fact.least, fact.unit) {
        (Some(least), FactUnit::Clusters) => format!("{}: ", counted(least, "cluster")),
        (Some(least), FactUnit::Worth) => format!("a worth of {least}: "),
        (None, _) => String::new(),
    };
    line(out, format_args!("{indent}{mark}{number}{}", says(&fact.because)))?;
    let deeper = format!("{indent}  ");
    if depth < 2 {
        return match &fact.because {
            Because::Sum { parts, .. } | Because::Priced { parts, .. } => several(out, parts, &deeper, depth),
            Because::TooFew { needs, .. } => told(out, needs, &deeper, "", depth),
            _ => Ok(()),
        };
    }
    under(out, &fact.because, &deeper, depth)
}

/// The sentence of a fact.
fn says(because: &Because) -> String {
    match because {
        Because::One { who } => format!("there is something to place ({})", units(who)),
        Because::Each { sets, who } => format!(
            "{} of {} of which none shares with anybody outside it, one cluster each{}",
            counted(*sets, "set"),
            units(who),
            if *sets > 1 && who.len() as u64 != *sets { "; by tenant and class" } else { "" }
        ),
        Because::Sum { parts, .. } => {
            let numbers: Vec<u64> = parts.iter().filter_map(|part| part.least).collect();
            format!("{} that share with nobody outside add up: {}", sets(parts), sum(&numbers))
        }
        Because::Refuse { members, .. } => {
            let copies: u64 = members.iter().map(|it| it.copies).sum();
            let what = if copies > members.len() as u64 { "copies" } else { "workloads" };
            let what = if members.iter().any(|it| it.workloads.len() > 1) { "units" } else { what };
            format!("{copies} {what} of which no two may share a cluster")
        }
        Because::Copies { member } => {
            format!(
                "{} of {}, no two of them in one cluster",
                plural(member.copies, "copy", "copies"),
                member.workloads.join(", ")
            )
        }
        Because::RunsOut { resource, pool, load, largest, once, .. } => {
            let pool = pool.as_ref().map_or_else(String::new, |pool| format!(" in pool {pool}"));
            let once = if *once { ", with what tenants take once in a cluster" } else { "" };
            format!(
                "{} of {resource}{pool} requested{once}, {} in the largest cluster ({}): {load} / {}, rounded up",
                amount(resource, *load),
                amount(resource, largest.number),
                largest.name,
                largest.number
            )
        }
        Because::Weights { total, each, holds, .. } => {
            let most = match &holds[..] {
                [one] if one.name.is_empty() => format!("no legal cluster more than {}", one.number),
                _ => "no legal cluster more than said below".to_owned(),
            };
            format!(
                "by weights that count what a workload takes and whom it refuses, all weigh {total} and {most}: {total} / {each}, rounded up"
            )
        }
        Because::Kept { .. } => "existing clusters are kept, whatever they hold".to_owned(),
        Because::Priced { parts, added, taken, scale } => {
            let mut text = format!(
                "{} that share with nobody outside, at prices: {}",
                sets(parts),
                parts.iter().filter_map(|part| part.least).sum::<u64>()
            );
            for (sign, list) in [("+", added), ("-", taken)] {
                for it in list.iter().take(FEW) {
                    text.push_str(&format!(" {sign} {} x {}", it.place.number, it.each));
                }
                let worth = |it: &FactCredit| u128::from(it.place.number) * u128::from(it.each);
                let rest: u128 = list.iter().skip(FEW).map(worth).sum();
                if rest > 0 {
                    text.push_str(&format!(" {sign} {rest} ({} more)", list.len() - FEW));
                }
            }
            if *scale == 0 { format!("{text} is more than nothing") } else { format!("({text}) / {scale}, rounded up") }
        }
        Because::TooFew { needs, allowed, elsewhere, .. } => {
            let kept = if *elsewhere > 0 {
                format!(", {elsewhere} of them taken by kept clusters elsewhere")
            } else {
                String::new()
            };
            let needs = needs.least.map_or_else(String::new, |least| format!("{least} needed, "));
            format!("{needs}{allowed} may be there{kept}")
        }
        Because::NoRoom { resource, pool, load, room, .. } => {
            let pool = pool.as_ref().map_or_else(String::new, |pool| format!(" in pool {pool}"));
            format!(
                "{} of {resource}{pool} requested, and all clusters that there may be hold {} together: {load} > {room}",
                amount(resource, *load),
                amount(resource, *room)
            )
        }
        Because::Stated { text } => text.clone(),
        Because::Searched { who, text } => format!("{} ({}; a search)", text, units(who)),
    }
}

fn sets(parts: &[Fact]) -> String {
    let of = |part: &Fact| if let Because::Each { sets, .. } = part.because { sets } else { 1 };
    counted(parts.iter().map(of).sum(), "set")
}

/// `5 + 3 + 1`; of many the first.
fn sum(numbers: &[u64]) -> String {
    let told: Vec<String> = numbers.iter().take(FEW).map(u64::to_string).collect();
    let rest: u64 = numbers.iter().skip(FEW).sum();
    if rest > 0 { format!("{} + {rest} ({} more)", told.join(" + "), numbers.len() - FEW) } else { told.join(" + ") }
}

fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// What a fact follows from.
fn under(out: &mut impl Sheet, because: &Because, indent: &str, depth: u8) -> Result {
    match because {
        Because::One { who } | Because::Each { who, .. } | Because::Searched { who, .. } => {
            groups(out, &who.iter().map(|it| (it, String::new())).collect::<Vec<_>>(), indent, depth)
        }
        Because::Sum { parts, apart } => {
            several(out, parts, indent, depth)?;
            let what = match parts.iter().any(has_several) {
                true => "pairs (one for each copy, and for each replica of a split)",
                false => "pairs of workloads",
            };
            rules(
                out,
                &format!("what keeps the sets apart: {what} by the first rule that separates them"),
                apart,
                indent,
            )
        }
        Because::Refuse { members: all, rules: by, pairs } => {
            members(out, all, indent, depth)?;
            let total: u64 = by.iter().map(|rule| rule.pairs).sum();
            let of = if total == 1 {
                "the pair, by the first rule that separates it".to_owned()
            } else {
                format!("the {total} pairs, by the first rule that separates each")
            };
            rules(out, &of, by, indent)?;
            if depth > 2 { one_by_one(out, pairs, indent) } else { Ok(()) }
        }
        Because::Copies { member } => members(out, std::slice::from_ref(member), indent, depth),
        Because::RunsOut { who, resource, largest, .. } => {
            let rows: Vec<_> = who.iter().map(|it| (&it.group, amount(resource, it.load))).collect();
            groups(out, &rows, indent, depth)?;
            places(out, std::slice::from_ref(largest), indent, |it| amount(resource, it.number))
        }
        Because::Weights { who, holds, .. } => {
            let rows: Vec<_> = who
                .iter()
                .map(|it| (&it.group, format!("{} x {} = {}", it.group.units, it.weight, it.total)))
                .collect();
            groups(out, &rows, indent, depth)?;
            let named: Vec<FactPlace> = holds.iter().filter(|it| !it.name.is_empty()).cloned().collect();
            places(out, &named, indent, |it| format!("at most {}", it.number))
        }
        Because::Kept { clusters } => places(out, clusters, indent, |it| it.number.to_string()),
        Because::Priced { parts, added, taken, .. } => {
            several(out, parts, indent, depth)?;
            credits(out, "clusters that are in every plan add", added, indent)?;
            credits(out, "limits take off", taken, indent)
        }
        Because::TooFew { needs, limits, .. } => {
            told(out, needs, indent, "", depth)?;
            places(out, limits, indent, |it| it.number.to_string())
        }
        Because::NoRoom { who, rooms, resource, .. } => {
            let rows: Vec<_> = who.iter().map(|it| (&it.group, amount(resource, it.load))).collect();
            groups(out, &rows, indent, depth)?;
            for it in rooms {
                let holds = |place: &FactPlace| format!("{} x {}", place.number, amount(resource, it.holds));
                places(out, std::slice::from_ref(&it.place), indent, holds)?;
            }
            Ok(())
        }
        Because::Stated { .. } => Ok(()),
    }
}

fn several(out: &mut impl Sheet, parts: &[Fact], indent: &str, depth: u8) -> Result {
    let shown = if depth > 2 { parts.len() } else { FEW };
    for part in parts.iter().take(shown) {
        told(out, part, indent, "- ", depth)?;
    }
    let rest: u64 = parts.iter().skip(shown).filter_map(|part| part.least).sum();
    if parts.len() > shown {
        let more = parts.len() - shown;
        line(out, format_args!("{indent}- {rest}: {more} more of them, by the same kinds of argument"))?;
    }
    Ok(())
}

/// Whether somebody counts more than once: copies, and replicas of a split.
fn has_several(fact: &Fact) -> bool {
    let several = |group: &FactGroup| group.units > group.workloads.len() as u64;
    match &fact.because {
        Because::One { who } | Because::Each { who, .. } | Because::Searched { who, .. } => who.iter().any(several),
        Because::Sum { parts, .. } | Because::Priced { parts, .. } => parts.iter().any(has_several),
        Because::Refuse { members, .. } => members.iter().any(|it| it.copies > 1),
        Because::Copies { member } => member.copies > 1,
        Because::RunsOut { who, .. } | Because::NoRoom { who, .. } => who.iter().any(|it| several(&it.group)),
        Because::Weights { who, .. } => who.iter().any(|it| several(&it.group)),
        Because::TooFew { needs, .. } => has_several(needs),
        Because::Kept { .. } | Because::Stated { .. } => false,
    }
}

fn units(groups: &[FactGroup]) -> String {
    let workloads: usize = groups.iter().map(|it| it.workloads.len()).sum();
    let units: u64 = groups.iter().map(|it| it.units).sum();
    match (workloads, groups) {
        (1, [one]) if units == 1 => one.workloads[0].clone(),
        _ => counted(workloads as u64, "workload"),
    }
}

/// The class of a group, in short.
fn kind(it: &FactGroup) -> String {
    let classes = it.classes.iter().map(|class| class.split_once('=').map_or(class.as_str(), |(_, class)| class));
    std::iter::once(it.level.as_str()).chain(classes).collect::<Vec<_>>().join(", ")
}

fn names(workloads: &[String], depth: u8) -> String {
    let shown = if depth > 2 { workloads.len() } else { NAMES };
    let told = workloads.iter().take(shown).map(String::as_str).collect::<Vec<_>>().join(", ");
    let rest = workloads.len().saturating_sub(shown);
    if rest > 0 { format!("{told} and {rest} more") } else { told }
}

/// Who is held together: a namespace can be one unit of hundreds of workloads.
fn united(workloads: &[String], depth: u8) -> String {
    if depth > 2 || workloads.len() <= NAMES {
        return workloads.join(" with ");
    }
    format!("{} with {} more", workloads[0], workloads.len() - 1)
}

fn groups(out: &mut impl Sheet, groups: &[(&FactGroup, String)], indent: &str, depth: u8) -> Result {
    let shown = if depth > 2 { groups.len() } else { FEW };
    let row = |(it, said): &(&FactGroup, String)| {
        [format!("{} ({})", it.tenant, kind(it)), said.clone(), names(&it.workloads, depth), at(&it.path, it.line)]
    };
    let rows: Vec<[String; 4]> = groups.iter().take(shown).map(row).collect();
    columns(out, indent, &rows, &[false, true, false, false])?;
    rest(out, groups.len().saturating_sub(shown), "group", indent)
}

fn rest(out: &mut impl Sheet, more: usize, what: &str, indent: &str) -> Result {
    if more > 0 {
        line(out, format_args!("{indent}and {} more (--depth 3)", counted(more as u64, what)))
    } else {
        Ok(())
    }
}

/// One by one where they are few; else by tenant and level, the most first.
fn members(out: &mut impl Sheet, members: &[FactMember], indent: &str, depth: u8) -> Result {
    let copies = |it: &FactMember| if it.copies > 1 { format!("{} copies", it.copies) } else { String::new() };
    if members.len() <= FEW || depth > 2 {
        let row = |it: &FactMember| [united(&it.workloads, depth), it.level.clone(), copies(it), at(&it.path, it.line)];
        return columns(out, indent, &members.iter().map(row).collect::<Vec<_>>(), &[false; 4]);
    }
    let mut by: BTreeMap<(&str, &str), Vec<&FactMember>> = BTreeMap::new();
    for it in members {
        by.entry((&it.tenant, &it.level)).or_default().push(it);
    }
    let mut by: Vec<((&str, &str), Vec<&FactMember>)> = by.into_iter().collect();
    by.sort_by_key(|(_, all)| std::cmp::Reverse(all.iter().map(|it| it.copies).sum::<u64>())); // stable: then by name
    let row = |((tenant, level), all): &((&str, &str), Vec<&FactMember>)| {
        let firsts: Vec<String> = all.iter().map(|it| united(&it.workloads, depth)).collect();
        let count: u64 = all.iter().map(|it| it.copies).sum();
        let place = if let [one] = &all[..] { at(&one.path, one.line) } else { String::new() };
        [format!("{tenant} ({level})"), count.to_string(), names(&firsts, depth), place]
    };
    let rows: Vec<[String; 4]> = by.iter().take(FEW).map(row).collect();
    columns(out, indent, &rows, &[false, true, false, false])?;
    rest(out, by.len().saturating_sub(FEW), "group", indent)
}

fn rules(out: &mut impl Sheet, head: &str, rules: &[FactRule], indent: &str) -> Result {
    if rules.is_empty() {
        return Ok(());
    }
    line(out, format_args!("{indent}{head}:"))?;
    let row = |it: &FactRule| [it.pairs.to_string(), it.rule.clone(), it.says.clone(), at(&it.path, it.line)];
    let rows: Vec<[String; 4]> = rules.iter().map(row).collect();
    columns(out, &format!("{indent}  "), &rows, &[true, false, false, false])
}

fn one_by_one(out: &mut impl Sheet, pairs: &[FactPair], indent: &str) -> Result {
    if pairs.is_empty() {
        return Ok(());
    }
    line(out, format_args!("{indent}one by one, with every rule:"))?;
    let row = |it: &FactPair| [it.first.clone(), it.second.clone(), it.rules.join(", ")];
    columns(out, &format!("{indent}  "), &pairs.iter().map(row).collect::<Vec<_>>(), &[false; 3])
}

fn places(out: &mut impl Sheet, places: &[FactPlace], indent: &str, said: impl Fn(&FactPlace) -> String) -> Result {
    let row = |it: &FactPlace| [it.name.clone(), said(it), at(&it.path, it.line)];
    columns(out, indent, &places.iter().map(row).collect::<Vec<_>>(), &[false; 3])
}

fn credits(out: &mut impl Sheet, head: &str, credits: &[FactCredit], indent: &str) -> Result {
    if credits.is_empty() {
        return Ok(());
    }
    line(out, format_args!("{indent}{head}:"))?;
    let row = |it: &FactCredit| {
        [it.place.name.clone(), format!("{} x {}", it.place.number, it.each), at(&it.place.path, it.place.line)]
    };
    columns(out, &format!("{indent}  "), &credits.iter().map(row).collect::<Vec<_>>(), &[false; 3])
}
