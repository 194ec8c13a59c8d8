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
        let stays = |&&other: &&usize| item_of[other] != item && item_of[other] < fixed.len() && fixed[item_of[other]];
        let there: Vec<usize> = contents[place].iter().filter(stays).copied().collect();
        budget.spend(10 + (there.len() * (1 + it.starts.len())) as u64)?;
        if judge.refuses(site, &there, &it.starts).is_some() {
            return Ok(false);
        }
        let all = merged(&there, &it.starts);
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
            let stops = it.drops && it.moves;
            let mut free = stops || (here != Some(it.to) && takes(&fixed, it.to, item)?);
            for place in (0..job.places.len()).filter(|&place| it.visits && Some(place) != here) {
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
        if fixed[item] || !takes(&fixed, job.items[item].to, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}
