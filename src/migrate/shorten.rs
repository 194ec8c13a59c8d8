//! An order with fewer moves: what was done twice and need not be.

use super::job::{Job, Move, Spots};
use super::judge::Judge;
use super::next::Next;
use crate::budget::{Budget, Stop};

/// Has who goes on from a stay elsewhere go there at once, where the order remains safe, when the one or when the other was done;
/// and who comes back stay. Complexity: for each item that moves again the moves from there, times the copies.
pub(super) fn shorten(job: &Job, judge: &Judge, sequence: &mut Vec<Move>, budget: &Budget) -> Result<(), Stop> {
    let all: Vec<usize> = (0..job.items.len()).collect();
    let next = Next::new(job, judge, &all, true, budget);
    let mut end = job.start.clone();
    sequence.iter().for_each(|it| it.apply(&mut end));
    let mut again = true;
    while again {
        again = false;
        let (mut at, mut spots) = (0, job.start.clone());
        while at < sequence.len() {
            let shorter = shorter(job, &next, sequence, (at, &spots), &end, budget)?;
            again |= shorter.is_some();
            match shorter {
                Some(rest) => {
                    sequence.truncate(at);
                    sequence.extend(rest);
                }
                None => {
                    sequence[at].apply(&mut spots);
                    at += 1;
                }
            }
        }
    }
    Ok(())
}

/// What is to be done from a place of an order on, if the item that moves there need move less.
fn shorter(
    job: &Job,
    next: &Next,
    sequence: &[Move],
    (at, spots): (usize, &Spots),
    end: &Spots,
    budget: &Budget,
) -> Result<Option<Vec<Move>>, Stop> {
    let goes = |it: &Move| it.with.is_empty() && !it.starts.is_empty();
    let (first, rest) = (&sequence[at], &sequence[at + 1..]);
    let touches = |it: &Move| it.parts().any(|part| part.item == first.item);
    let Some(second) = rest.iter().position(touches).filter(|&it| goes(first) && goes(&rest[it])) else {
        return Ok(None);
    };
    let without = || rest[..second].iter().chain(&rest[second + 1..]).cloned();
    let early = std::iter::once(rest[second].clone()).chain(without()).collect::<Vec<_>>();
    for order in [without().collect(), early, rest.to_vec()] {
        if let Some((moves, after)) = replayed(job, next, &order, spots.clone(), budget)?
            && after == *end
        {
            return Ok(Some(moves));
        }
    }
    Ok(None)
}

/// The same moves from another state, and where everybody stands then; `None`: one of them is not safe.
fn replayed(
    job: &Job,
    next: &Next,
    order: &[Move],
    mut spots: Spots,
    budget: &Budget,
) -> Result<Option<(Vec<Move>, Spots)>, Stop> {
    let mut moves = Vec::with_capacity(order.len());
    for it in order {
        budget.spend(10 + spots.len() as u64)?;
        let part = |part: &Move| match part.to {
            Some(to) => Move::go(job, &spots, part.item, to),
            None => Move::stop(job, &spots, part.item),
        };
        let it = Move { with: it.with.iter().map(part).collect(), ..part(it) };
        if it.parts().all(|part| part.starts.is_empty() && part.stops.is_empty()) {
            continue; // who goes on from there is there already
        }
        if !next.allows(&spots, &job.contents(&spots), &it)? {
            return Ok(None);
        }
        it.apply(&mut spots);
        moves.push(it);
    }
    Ok(Some((moves, spots)))
}
