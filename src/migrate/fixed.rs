//! Who can never move, in any order: a proof for fleets of any size where a circle is as tight as that.

use super::job::{Job, Move};
use super::judge::{Judge, merged};
use crate::budget::{Budget, Stop};
use crate::placement::Packed;

/// Work of one search on the nodes of a cluster, in elementary steps.
const SEARCH: u64 = 2_000_000;

/// Whether some item can never come to where it shall be, whoever stays elsewhere for a time.
///
/// At first everybody is fixed. Who has a place beside all who are fixed is fixed no longer, as if everybody else had gone;
/// and so on, until nothing changes. Whoever is fixed then never moves: the first of them to move would find all the others
/// where they are today, and adding somebody never makes an illegal cluster legal. It is too careful, never wrong.
///
/// Complexity: for each round the items that are fixed, times the clusters.
pub(super) fn never(job: &Job, judge: &Judge, budget: &Budget) -> Result<bool, Stop> {
    let contents = job.contents(&job.start);
    let mut item_of = vec![usize::MAX; job.start.len()];
    for (index, item) in job.items.iter().enumerate() {
        item.members.iter().for_each(|&member| item_of[member] = index);
    }
    let runs = |item: usize| job.items[item].members.iter().any(|&it| job.start[it].is_some());
    let mut fixed: Vec<bool> = (0..job.items.len()).map(runs).collect();
    let takes = |fixed: &[bool], place: usize, item: usize| -> Result<bool, Stop> {
        let site = job.places[place].site;
        let it = Move::go(job, &job.start, item, place);
        if it.starts.is_empty() {
            return Ok(!it.stops.is_empty()); // who only stops needs no room
        }
        let stays = |&&other: &&usize| item_of[other] != item && item_of[other] < fixed.len() && fixed[item_of[other]];
        let there: Vec<usize> = contents[place].iter().filter(stays).copied().collect();
        budget.spend(10 + (there.len() * (1 + it.starts.len())) as u64)?;
        let held = |copy: usize| {
            let item = item_of[copy];
            [
                job.start[copy]
                    .filter(|_| item < fixed.len() && (fixed[item] || job.items[it.item].siblings.contains(&item))),
                None,
            ]
        };
        if judge.refuses(site, &there, &it.starts).is_some() || job.met(&held, &it.starts, place).is_some() {
            return Ok(false);
        }
        let all = merged(&there, &it.starts);
        let all = job.whose.all(&all);
        Ok(!matches!(judge.pods.place(site, &all, &Budget::of_work(SEARCH)), Packed::Impossible))
    };
    loop {
        let mut freed = false;
        for item in 0..fixed.len() {
            let it = &job.items[item];
            if !fixed[item] {
                continue;
            }
            let here = job.whole(&job.start, item).flatten();
            let mut free = (it.drops && it.moves) || gives_up(job, item);
            for to in job.goals(item) {
                free = free || (here != Some(to) && takes(&fixed, to, item)?);
            }
            // who stands where it is pinned stays there
            let visits = job.may_visit(item, &job.start);
            for place in (0..job.places.len()).filter(|&place| visits && Some(place) != here) {
                free = free || takes(&fixed, place, item)?;
            }
            fixed[item] = !free;
            freed |= free;
        }
        if !freed {
            break;
        }
    }
    for item in (0..fixed.len()).filter(|&item| !job.done(&job.start, item)) {
        // any copy may come to where this one shall be
        let siblings = job.items[item].siblings.clone();
        let (Some(to), false) = (job.items[item].to, gives_up(job, item)) else { continue };
        let mut comes = false;
        for sibling in siblings {
            comes = comes || (!fixed[sibling] && takes(&fixed, to, sibling)?);
        }
        if !comes {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether of an item copies may stop for good, or are not beside one another today: nothing is said of those.
fn gives_up(job: &Job, item: usize) -> bool {
    let mut siblings = job.items[item].siblings.clone();
    job.is_copied(item) && siblings.any(|it| job.items[it].to.is_none() || job.whole(&job.start, it).is_none())
}
