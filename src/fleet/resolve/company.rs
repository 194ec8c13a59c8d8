//! Who must be together, against what its members say of copies and of being kept apart.

use super::copies::in_words;
use super::units::Ties;
use crate::error::InputProblem;
use crate::fleet::document::Document;
use crate::fleet::policy::{ApartBy, KeptApart, Together};
use crate::fleet::problems::{Path, Problems, quoted};
use crate::fleet::workload::Workload;

/// Who must be together has the same copies, is not split, and is not kept apart.
pub(super) fn in_company(
    document: &Document,
    (workloads, units): (&[Workload], &[Vec<usize>]),
    (ties, in_region, kept_apart): (&Ties, &[Together], &[KeptApart]),
    problems: &mut Problems,
) {
    let root = Path::Root;
    let list = root.key("workloads");
    let says = |row: usize| document.workloads[row].copies.is_some() || workloads[row].is_split();
    let unread = |row: usize, problems: &Problems| {
        let path = list.index(row);
        ["copies", "split", "namespace", "regions"].iter().any(|key| problems.is_spoilt_below(&path.key(key)))
    };
    if !kept_apart.is_empty() {
        for unit in units.iter().filter(|unit| unit.len() > 1) {
            held_and_apart(
                workloads,
                (kept_apart, false),
                (unit, &|| ties.of(unit, workloads).join(", and ")),
                problems,
            );
        }
    }
    for unit in units.iter().filter(|unit| unit.len() > 1 && unit.iter().any(|&row| says(row))) {
        if unit.iter().any(|&row| unread(row, problems)) {
            continue;
        }
        let why = || ties.of(unit, workloads).join(", and ");
        for &row in unit.iter().filter(|&&row| workloads[row].is_split()) {
            let other = unit.iter().find(|&&it| it != row).map_or("", |&it| &workloads[it].name);
            let message = format!(
                "{}: a split has no one cluster, and must share one with {}: {}",
                quoted(&workloads[row].name),
                quoted(other),
                why()
            );
            problems.add(&list.index(row).key("split"), InputProblem::new("contradiction", "", message));
        }
        let first = &workloads[unit[0]];
        let differs = |row: &&usize| {
            let it = &workloads[**row];
            (it.copies(), it.most_in_a_region(), it.is_in_each_region())
                != (first.copies(), first.most_in_a_region(), first.is_in_each_region())
        };
        if unit.iter().any(|&row| workloads[row].is_split()) {
            continue;
        }
        if let Some(&row) = unit.iter().find(differs) {
            let message = format!(
                "{} {}, and {} {}; they must be in the same clusters: {}",
                quoted(&workloads[row].name),
                in_words(&workloads[row]),
                quoted(&first.name),
                in_words(first),
                why()
            );
            // where copies are written
            let row = if document.workloads[row].copies.is_some() { row } else { unit[0] };
            let problem = InputProblem::new("contradiction", "", message).with_expected("the same `copies`");
            problems.add(&list.index(row).key("copies"), problem);
        }
    }
    for group in in_region {
        let id = quoted(group.id.as_deref().unwrap_or_default());
        let why = || format!("the group {id} of policy.together holds them in one region");
        held_and_apart(workloads, (kept_apart, true), (&group.members, &why), problems);
        for &row in group.members.iter().filter(|&&row| workloads[row].is_split()) {
            let message = format!("a split stands in no one region, and the group {id} holds it in one");
            problems.add(&list.index(row).key("split"), InputProblem::new("contradiction", "", message));
        }
        for &row in group.members.iter().filter(|&&row| workloads[row].copies() > 1) {
            let Some(most) = workloads[row].most_in_a_region().filter(|&most| most < workloads[row].copies()) else {
                continue;
            };
            let message = format!(
                "{} copies with at most {most} in a region, and the group {id} holds all of them in one",
                workloads[row].copies()
            );
            problems.add(&list.index(row).key("copies"), InputProblem::new("contradiction", "", message));
        }
    }
}

/// Two workloads that share a cluster, or a region, and are named to be kept apart.
fn held_and_apart(
    workloads: &[Workload],
    (kept_apart, wide): (&[KeptApart], bool),
    (together, why): (&[usize], &dyn Fn() -> String),
    problems: &mut Problems,
) {
    for rule in kept_apart.iter().filter(|rule| !wide || rule.by == ApartBy::Region) {
        let mut both = rule.members.iter().filter(|member| together.contains(member));
        if let (Some(&a), Some(&b)) = (both.next(), both.next()) {
            let names = [a, b].map(|it| quoted(&workloads[it].name));
            let message = format!(
                "the entry {} of policy.apart keeps {} and {} apart, and they must be together: {}",
                quoted(&rule.id),
                names[0],
                names[1],
                why()
            );
            let list = Path::Root.key("workloads");
            problems.add(&list.index(a), InputProblem::new("contradiction", "", message));
        }
    }
}
