//! Copies and splits: what they say, and against regions.

use std::collections::BTreeSet;

use super::regions::Regions;
use crate::error::InputProblem;
use crate::fleet::copies::{Copies, CopySpread, Presence};
use crate::fleet::document::{
    CopiesDocument, CopiesPartsDocument, Document, PerRegionDocument, SplitClustersDocument, SplitDocument,
    SpreadDocument, SurviveDocument, WorkloadDocument,
};
use crate::fleet::problems::{Path, Problems, nearest, quoted};
use crate::fleet::workload::Workload;
use crate::fleet::{Fleet, Warning};

/// Copies that a workload may have.
const MOST: u64 = 10_000;
/// Copies that all workloads together may have beyond the first of each.
const MOST_IN_ALL: u64 = 2_000_000;

/// What a workload says of the clusters it is in. How many copies there are in each region comes with the regions.
pub(super) fn presence(workload: &WorkloadDocument, path: &Path, problems: &mut Problems) -> Presence {
    let split = split(workload, path, problems);
    let Some(document) = workload.copies.as_deref() else { return split };
    if problems.is_spoilt_below(&path.key("copies")) {
        return split;
    }
    if workload.split.is_some_and(|it| it != SplitDocument::Anywhere(false)) {
        let message =
            "the replicas of a split lie in several clusters, whole copies in others: a workload has one or the other";
        problems.add(&path.key("copies"), InputProblem::new("contradiction", "", message));
        return split;
    }
    if everywhere(workload) {
        let message = "a workload of the platform runs in every cluster: it has no copies";
        problems.add(&path.key("copies"), InputProblem::new("contradiction", "", message));
        return Presence::One;
    }
    copies(document, &path.key("copies"), problems).map_or(Presence::One, |copies| Presence::Copies(Box::new(copies)))
}

fn everywhere(workload: &WorkloadDocument) -> bool {
    workload.per_cluster == Some(true) || workload.per_node == Some(true)
}

fn split(workload: &WorkloadDocument, path: &Path, problems: &mut Problems) -> Presence {
    let most = match workload.split {
        None | Some(SplitDocument::Anywhere(false)) => return Presence::One,
        Some(SplitDocument::Anywhere(true)) => None,
        Some(SplitDocument::Clusters(SplitClustersDocument { clusters })) => Some(clusters),
    };
    let path = path.key("split");
    if most == Some(0) {
        let problem = InputProblem::new("bad-number", "", "its replicas lie in at least one cluster").with_got("0");
        problems.add(&path.key("clusters"), problem);
    }
    let mut against = |message: &str| {
        problems.add(&path, InputProblem::new("contradiction", "", message));
    };
    if everywhere(workload) {
        against("a workload of the platform runs in every cluster: it is never split");
        return Presence::One;
    }
    if !workload.fixed_requests.is_empty() {
        against("`fixedRequests` are taken once, and a split has no one place for them");
    }
    Presence::Split { most }
}

fn copies(document: &CopiesDocument, path: &Path, problems: &mut Problems) -> Option<Copies> {
    let parts = match document {
        CopiesDocument::Exactly(count) => {
            let count = counted(*count, path, problems)?;
            return Some(Copies { count, spread: CopySpread::Clusters, left: 1 });
        }
        CopiesDocument::Parts(parts) => parts,
    };
    let CopiesPartsDocument { count, each, spread, survive } = parts;
    if let Some(word) = each {
        return one_in_each(word, parts, path, problems);
    }
    let Some(count) = count else {
        let problem = InputProblem::new("missing-key", "", "this does not say how many copies there are");
        problems.add(path, problem.with_expected("`count`, or `each: region`"));
        return None;
    };
    let count = counted(*count, &path.key("count"), problems)?;
    let spread = spread.as_ref().map_or(Some(CopySpread::Clusters), |it| over(it, &path.key("spread"), problems))?;
    let path = path.key("survive");
    let gone = match survive {
        None => count - 1,
        Some(SurviveDocument::Copies(copies)) => {
            if *copies >= count {
                let message = format!("of {count} {} at least one is left", plural(count, "copy", "copies"));
                let problem = InputProblem::new("out-of-range", "", message).with_got(copies.to_string());
                problems.add(&path, problem.with_expected(format!("a whole number from 0 to {}", count - 1)));
                return None;
            }
            *copies
        }
        Some(SurviveDocument::Regions(it)) => {
            let path = path.key("regions");
            let CopySpread::PerRegion(each) = spread else {
                let message = "what the loss of a region leaves is not known: the copies are not spread by region";
                let problem = InputProblem::new("contradiction", "", message);
                problems.add(&path, problem.with_expected("`spread: region`, or `spread: {perRegion: n}`"));
                return None;
            };
            let gone = it.regions.saturating_mul(each);
            if gone >= count {
                let message = format!(
                    "with {} {} gone all {count} copies may be gone: {each} may stand in one",
                    it.regions,
                    plural(it.regions, "region", "regions")
                );
                problems.add(&path, InputProblem::new("out-of-range", "", message).with_got(it.regions.to_string()));
                return None;
            }
            gone
        }
    };
    Some(Copies { count, spread, left: count - gone })
}

fn plural<'w>(count: u64, one: &'w str, many: &'w str) -> &'w str {
    if count == 1 { one } else { many }
}

fn one_in_each(word: &str, parts: &CopiesPartsDocument, path: &Path, problems: &mut Problems) -> Option<Copies> {
    let beside =
        [("count", parts.count.is_some()), ("spread", parts.spread.is_some()), ("survive", parts.survive.is_some())];
    let before = problems.count();
    for (key, _) in beside.iter().filter(|(_, given)| *given) {
        let message = "`each` stands alone: one full copy in every region that the workload may be in";
        problems.add(&path.key(key), InputProblem::new("contradiction", "", message));
    }
    if word != "region" {
        let problem = InputProblem::new("bad-value", "", "this does not say where there is a copy each")
            .with_got(quoted(word))
            .with_expected("region")
            .with_suggestion(nearest(word, ["region"]));
        problems.add(&path.key("each"), problem);
    }
    // as many as there are regions, which come later
    (problems.count() == before).then_some(Copies { count: 0, spread: CopySpread::Each, left: 1 })
}

fn counted(count: u64, path: &Path, problems: &mut Problems) -> Option<u64> {
    if (1..=MOST).contains(&count) {
        return Some(count);
    }
    let problem = InputProblem::new("bad-number", "", "a workload cannot have so many copies")
        .with_got(count.to_string())
        .with_expected(format!("a whole number from 1 to {MOST}"));
    problems.add(path, problem);
    None
}

fn over(spread: &SpreadDocument, path: &Path, problems: &mut Problems) -> Option<CopySpread> {
    match spread {
        SpreadDocument::Word(word) => match word.as_str() {
            "cluster" => Some(CopySpread::Clusters),
            "region" => Some(CopySpread::PerRegion(1)),
            other => {
                let known = ["cluster", "region"];
                let problem = InputProblem::new("bad-value", "", "this does not say how far apart copies are")
                    .with_got(quoted(other))
                    .with_expected("cluster, region or {perRegion: n}")
                    .with_suggestion(nearest(other, known));
                problems.add(path, problem);
                None
            }
        },
        SpreadDocument::PerRegion(PerRegionDocument { per_region: 0 }) => {
            let problem = InputProblem::new("bad-number", "", "no copy could stand anywhere").with_got("0");
            problems.add(&path.key("perRegion"), problem.with_expected("a whole number from 1"));
            None
        }
        SpreadDocument::PerRegion(it) => Some(CopySpread::PerRegion(it.per_region)),
    }
}

/// Where the spread of a workload is said.
fn place_of_spread<'a>(document: &CopiesDocument, path: &'a Path<'a>) -> Path<'a> {
    match document {
        CopiesDocument::Exactly(_) => *path,
        CopiesDocument::Parts(it) if it.each.is_some() => path.key("each"),
        CopiesDocument::Parts(it) if it.spread.is_some() => path.key("spread"),
        CopiesDocument::Parts(_) => path.key("count"),
    }
}

/// Counts the copies that stand in every region, and holds the others against the regions that their workloads may be in.
pub(super) fn in_regions(document: &Document, regions: &Regions, workloads: &mut [Workload], problems: &mut Problems) {
    let root = Path::Root;
    let list = root.key("workloads");
    let mut further = 0u64;
    for (index, (row, workload)) in document.workloads.iter().zip(workloads).enumerate() {
        let (Some(written), Presence::Copies(copies)) = (row.copies.as_deref(), &mut workload.presence) else {
            continue;
        };
        let path = list.index(index);
        let path = path.key("copies");
        let most = match copies.spread {
            CopySpread::Clusters => None,
            CopySpread::PerRegion(most) => Some(most),
            CopySpread::Each => {
                copies.count = (workload.regions.len() as u64).max(1);
                Some(1)
            }
        };
        further = further.saturating_add(copies.count - 1);
        let Some(most) = most else { continue };
        if !regions.any() {
            if !problems.is_spoilt(&root.key("regions")) {
                let message = "this means nothing without `regions`";
                problems.add(&place_of_spread(written, &path), InputProblem::new("contradiction", "", message));
            }
            continue;
        }
        let room = most.saturating_mul(workload.regions.len() as u64);
        // without any region that it may be in, that has been reported
        if copies.count > room && room > 0 {
            let message = format!(
                "{} copies, and it may be in {}, with at most {most} in each: there is room for {room}",
                copies.count,
                regions.names(&workload.regions)
            );
            let problem = InputProblem::new("too-many-copies", "", message).with_got(copies.count.to_string());
            problems.add(&place_of_spread(written, &path), problem);
        }
    }
    if further > MOST_IN_ALL {
        let message = format!("the copies of all workloads are more than {MOST_IN_ALL} beyond the first of each");
        problems.add(&list, InputProblem::new("too-many-items", "", message));
    }
}

/// The regions that copies, or rules of regions, tell apart: each of them is one of its own.
pub(super) fn told_apart(workloads: &[Workload], by_rules: &[&[usize]]) -> BTreeSet<usize> {
    let spread = workloads.iter().filter(|it| it.most_in_a_region().is_some());
    let ruled = by_rules.iter().flat_map(|members| members.iter().map(|&member| &workloads[member]));
    spread.chain(ruled).flat_map(|it| it.regions.iter().copied()).collect()
}

/// `has 3 copies, at most 1 in a region`.
pub(super) fn in_words(workload: &Workload) -> String {
    let count = workload.copies();
    let copies = format!("has {count} {}", plural(count, "copy", "copies"));
    match workload.most_in_a_region() {
        _ if workload.is_in_each_region() => format!("{copies}, one in every region"),
        Some(most) => format!("{copies}, at most {most} in a region"),
        None => copies,
    }
}

/// Says which splits have no replicas, and so no place; few by name.
pub(super) fn of_nothing(fleet: &Fleet) -> Option<Warning> {
    let none = |&workload: &usize| fleet.workloads[workload].is_split() && fleet.workloads[workload].replicas == 0;
    let all: Vec<usize> = (0..fleet.workloads.len()).filter(none).collect();
    let message = format!("{}: split, and of no replicas: a plan has it in no cluster", named(fleet, &all));
    (!all.is_empty()).then_some(Warning { code: "split-of-nothing", message })
}

/// Says which workloads run in more clusters than they have copies; few by name.
pub(super) fn given_up(fleet: &Fleet) -> Option<Warning> {
    let more = |&workload: &usize| {
        let it = &fleet.workloads[workload];
        let runs = fleet.whereabouts(workload).map_or(0, |it| it.runs_in.len()) as u64;
        !it.is_split() && runs > it.copies()
    };
    let all: Vec<usize> = (0..fleet.workloads.len()).filter(more).collect();
    let who = named(fleet, &all);
    let message = format!("{who}: more clusters run them than they have copies, and a plan gives some up");
    (!all.is_empty()).then_some(Warning { code: "copies-given-up", message })
}

/// Says which splits run with more replicas than they have; few by name.
pub(super) fn replicas_given_up(fleet: &Fleet) -> Option<Warning> {
    let more = |&workload: &usize| {
        let it = &fleet.workloads[workload];
        let runs = fleet.whereabouts(workload).map_or(0, |at| {
            at.runs_in.iter().map(|&cluster| at.replicas_in(cluster, it.replicas)).fold(0, u64::saturating_add)
        });
        it.is_split() && it.replicas > 0 && runs > it.replicas
    };
    let all: Vec<usize> = (0..fleet.workloads.len()).filter(more).collect();
    let who = named(fleet, &all);
    let message = format!("{who}: split, and more replicas run than it has: a plan gives some up");
    (!all.is_empty()).then_some(Warning { code: "replicas-given-up", message })
}

/// The first few, and how many more.
fn named(fleet: &Fleet, workloads: &[usize]) -> String {
    const FEW: usize = 3;
    let names: Vec<String> = workloads.iter().take(FEW).map(|&workload| fleet.identity(workload)).collect();
    let rest = workloads.len().saturating_sub(FEW);
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("{}{rest}", names.join(", "))
}
