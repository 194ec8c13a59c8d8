//! What waits for what, where nothing can move.

use std::collections::BTreeMap;

use super::document::MigrationReason;
use super::job::{Job, Move, Spots};
use super::judge::{Judge, Why};

/// An item that is left.
pub(super) struct Waiting {
    pub item: usize,
    /// Why it cannot come; `None`: nothing is in the way.
    pub why: Option<MigrationReason>,
    /// Items that are left too, and stand where it shall be, if it is they that are in the way.
    pub of: Vec<usize>,
}

/// Why each item that is left waits. Complexity: the pairs of what is left and what stands where it shall be.
pub(super) fn waiting(job: &Job, judge: &Judge, spots: &Spots, left: &[usize]) -> Vec<Waiting> {
    let contents = job.contents(spots);
    let counts = judge.counts(job, &contents);
    let mut item_of = vec![usize::MAX; spots.len()];
    for (index, item) in job.items.iter().enumerate() {
        item.members.iter().for_each(|&member| item_of[member] = index);
    }
    let one = |&item: &usize| {
        let too_few = match job.split_of(item) {
            Some(_) => {
                "too few of its replicas would run then, or in too many clusters, and no more of them can go at once"
            }
            None => "its copies would be too few then, or too close together, or not where they must be",
        };
        let Some(to) = job.items[item].to else {
            let stays = !job.in_turn(spots, &Move::stop(job, spots, item));
            return Waiting { item, why: stays.then(|| said("copies", too_few.to_owned())), of: Vec::new() };
        };
        let place = &job.places[to];
        let coming: Vec<usize> =
            job.items[item].members.iter().copied().filter(|&member| spots[member] != Some(to)).collect();
        let full = contents[to].is_empty() && !place.kept && !judge.open(job, &mut counts.clone(), to);
        let stands = |copy: usize| [spots[copy], None];
        let why = judge.refuses_at(job, &stands, to, &contents[to], &coming);
        let go = Move::go(job, spots, item, to);
        let company = job.company(spots, &go);
        let leaving = |&member: &usize| {
            let other = item_of[member];
            (other != item && left.binary_search(&other).is_ok()).then_some(other)
        };
        let apart = matches!(why, Some(Why::Apart(..)));
        let in_the_way = |member: &&usize| !apart || coming.iter().any(|&it| !judge.share(it, **member));
        let mut of: Vec<usize> = match why {
            Some(Why::Closed(_)) => Vec::new(),
            None => company.iter().copied().filter(|other| left.binary_search(other).is_ok()).collect(),
            Some(Why::Met(_, ref other)) => leaving(other).into_iter().collect(),
            _ => contents[to].iter().filter(in_the_way).filter_map(leaving).collect(),
        };
        of.sort_unstable();
        of.dedup();
        let name = &place.name;
        let why = match why {
            None if full => Some(said("maxCount", format!("there may be no further cluster like {name}"))),
            None if !company.is_empty() => {
                let message =
                    format!("it goes to the region of {name} at once with its group, and not all of that can");
                Some(said("together", message))
            }
            None if !job.in_turn(spots, &go) => Some(said("copies", too_few.to_owned())),
            None => None,
            Some(Why::Closed(rule)) => Some(said(rule, format!("{name} takes nobody"))),
            Some(Why::Apart(a, b)) if job.whose.one(a) == job.whose.one(b) => {
                let who = job.fleet.identity(job.whose.one(a));
                Some(said("copies", format!("a copy of {who} is in {name} already")))
            }
            Some(Why::Apart(a, b)) => {
                let (a, b) = (job.fleet.identity(job.whose.one(a)), job.fleet.identity(job.whose.one(b)));
                Some(said("apart", format!("{a} may not share {name} with {b}, or not until the day asked for")))
            }
            Some(Why::Met(a, b)) => {
                let (a, b) = (job.fleet.identity(job.whose.one(a)), job.fleet.identity(job.whose.one(b)));
                Some(said("apart", format!("{a} may not be in the region of {name} with {b}")))
            }
            Some(Why::Full(rule)) => {
                let message = format!("{name} has no room beside who is there");
                Some(said(&rule, message))
            }
            Some(Why::Nodes) => {
                Some(said("nodes", format!("no placement of the pods on the nodes of {name} was found")))
            }
        };
        Waiting { item, why, of }
    };
    left.iter().map(one).collect()
}

fn said(rule: &str, message: String) -> MigrationReason {
    MigrationReason { rule: rule.to_owned(), message }
}

/// Items each of which waits for the next, and the last for the first; empty where there is none.
pub(super) fn circle(waiting: &[Waiting]) -> Vec<usize> {
    let next: BTreeMap<usize, &[usize]> = waiting.iter().map(|it| (it.item, &it.of[..])).collect();
    // an item from which the walk came back without a circle is never walked again
    let mut done: BTreeMap<usize, bool> = BTreeMap::new();
    for &start in next.keys() {
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        if done.insert(start, false).is_some() {
            continue;
        }
        while let Some((item, position)) = path.last_mut() {
            let Some(&other) = next.get(item).and_then(|of| of.get(*position)) else {
                done.insert(*item, true);
                path.pop();
                continue;
            };
            *position += 1;
            match done.get(&other) {
                Some(true) => {}
                Some(false) => {
                    let from = path.iter().position(|&(it, _)| it == other).unwrap_or(0);
                    return path[from..].iter().map(|&(it, _)| it).collect();
                }
                None => {
                    done.insert(other, false);
                    path.push((other, 0));
                }
            }
        }
    }
    Vec::new()
}
