//! Batches: as many moves at once as are safe together.

use std::collections::BTreeSet;

use super::job::{Job, Move, Spots};
use super::judge::{Judge, Why, merged};
use crate::budget::{Budget, Event, Stop};
use crate::placement::{Filled, Packed};

/// Work of placing the pods of one cluster before it gains somebody.
const PLACE: u64 = 5_000_000;
/// Work of the search that whoever goes through a migration again makes of one cluster.
const SURE: u64 = 20_000_000;
/// Clusters are placed anew for the sake of one more item at most so often in a batch.
const AGAIN: usize = 8;

/// Moves that happen at once: all starts, then the switches, then all stops.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    pub moves: Vec<Move>,
}

/// One batch while it grows.
struct Growing<'a, 'p> {
    job: &'a Job<'p>,
    judge: &'a Judge<'p>,
    /// Where everybody stands before it.
    before: &'a Spots,
    /// Who stands in each cluster, with all that start and those for whom room is kept.
    contents: Vec<Vec<usize>>,
    /// Where everybody stands when what is taken so far is done.
    after: Spots,
    counts: Vec<u64>,
    nodes: Vec<Option<Nodes<'p>>>,
    /// Whether each cluster that gains somebody must be placed on its nodes in one search from nothing, each time.
    strict: bool,
}

/// The nodes of a cluster that gains somebody.
#[derive(Clone)]
struct Nodes<'p> {
    /// `None`: not even what is there has a placement that is known.
    filled: Option<Filled<'p>>,
    searched: usize,
}

impl<'a, 'p> Growing<'a, 'p> {
    fn new(job: &'a Job<'p>, judge: &'a Judge<'p>, spots: &'a Spots, strict: bool) -> Self {
        let contents = job.contents(spots);
        let nodes = (0..contents.len()).map(|_| None).collect();
        let counts = judge.counts(job, &contents);
        Self { job, judge, before: spots, after: spots.clone(), counts, nodes, contents, strict }
    }

    /// Whether a search from nothing finds a placement of who is in a cluster, with all that start: others who go through the
    /// migration have no other.
    fn sure(&self, place: usize, all: &[usize]) -> bool {
        let site = self.job.places[place].site;
        !self.judge.fleet.shape(site).packs_nodes()
            || self.job.planned(place, all)
            || matches!(self.judge.pods.place(site, &self.job.whose.all(all), &Budget::of_work(SURE)), Packed::Found(_))
    }

    /// Takes all of a move, if that is safe: `coming` are the copies (ascending) for which a part of it needs room. Where not,
    /// nothing is taken.
    fn take_all(&mut self, it: &Move, coming: &dyn Fn(&Move) -> Vec<usize>) -> Result<(), Why> {
        if it.with.is_empty() {
            return it.to.map_or(Ok(()), |to| self.take(to, &coming(it)));
        }
        let (counts, after) = (self.counts.clone(), self.after.clone());
        let mut before = Vec::new();
        for part in it.parts() {
            let Some(to) = part.to else { continue };
            before.push((to, self.contents[to].clone(), self.nodes[to].clone()));
            let coming = coming(part);
            let taken = if coming.is_empty() { Ok(()) } else { self.take(to, &coming) };
            if let Err(why) = taken {
                for (place, contents, nodes) in before.into_iter().rev() {
                    (self.contents[place], self.nodes[place]) = (contents, nodes);
                }
                (self.counts, self.after) = (counts, after);
                return Err(why);
            }
            part.apply(&mut self.after); // the others of it see it there
        }
        self.after = after;
        Ok(())
    }

    /// Takes copies (ascending) into a cluster, if that is safe.
    fn take(&mut self, place: usize, coming: &[usize]) -> Result<(), Why> {
        let site = self.job.places[place].site;
        if let Some(why) = self.judge.refuses(site, &self.contents[place], coming) {
            return Err(why);
        }
        if let Some((a, b)) = self.job.met(&|copy| [self.before[copy], self.after[copy]], coming, place) {
            return Err(Why::Met(a, b));
        }
        let empty = self.contents[place].is_empty() && !self.job.places[place].kept;
        let before = self.counts.clone();
        if empty && !self.judge.open(self.job, &mut self.counts, place) {
            return Err(Why::Full(COUNT.to_owned()));
        }
        if !self.fits_nodes(place, coming) {
            self.counts = before;
            return Err(Why::Nodes);
        }
        self.contents[place] = merged(&self.contents[place], coming);
        Ok(())
    }

    fn fits_nodes(&mut self, place: usize, coming: &[usize]) -> bool {
        let (pods, site) = (self.judge.pods, self.job.places[place].site);
        if !self.judge.fleet.shape(site).packs_nodes() {
            return true;
        }
        let all = merged(&self.contents[place], coming);
        if self.job.planned(place, &all) {
            self.nodes[place] = None; // the plan has nodes for all of them
            return true;
        }
        if self.strict {
            return self.sure(place, &all);
        }
        let search = |all: &[usize]| {
            let workloads = self.job.whose.all(all);
            match pods.place(site, &workloads, &Budget::of_work(PLACE)) {
                Packed::Found(nodes) => Some(pods.resume(site, &workloads, &nodes)),
                Packed::Impossible | Packed::NotFound => None,
            }
        };
        let there = &self.contents[place];
        let nodes = self.nodes[place].get_or_insert_with(|| Nodes { filled: search(there), searched: 0 });
        let Some(filled) = &mut nodes.filled else { return false };
        if filled.add_all(&self.job.whose.all(coming), &Budget::of_work(PLACE)) {
            return true;
        }
        nodes.searched += 1;
        if nodes.searched > AGAIN {
            return false;
        }
        let Some(found) = search(&all) else { return false };
        nodes.filled = Some(found);
        true
    }
}

/// Too many clusters of a template.
pub(super) const COUNT: &str = "maxCount";

/// What is remembered of items that could not move.
struct Refused {
    /// The number of the batch in which an item was refused last, for what only its cluster can change.
    at: Vec<u64>,
    /// The number of the batch in which a cluster lost somebody last.
    lost: Vec<u64>,
    number: u64,
}

impl Refused {
    fn new(job: &Job) -> Self {
        Self { at: vec![0; job.items.len()], lost: vec![0; job.places.len()], number: 1 }
    }
}

/// Batch after batch, each as large as is safe, until nothing more can move.
pub(super) fn straight(
    job: &Job,
    judge: &Judge,
    movers: &[usize],
    most: usize,
    (batches, spots): (&mut Vec<Batch>, &mut Spots),
    budget: &Budget,
) -> Result<(), Stop> {
    let mut refused = Refused::new(job);
    let mut waiting = movers.to_vec();
    loop {
        budget.look()?;
        let batch = grow(job, judge, spots, &waiting, (most, &mut refused), budget)?;
        if batch.moves.is_empty() {
            return Ok(());
        }
        batch.moves.iter().for_each(|it| it.apply(spots));
        batches.push(batch);
        waiting.retain(|&item| !job.done(spots, item));
        budget.watch().event(Event::Plan { bins: waiting.len() as u64 });
    }
}

/// One batch as large as is safe: items in this order, each to where it shall be, at most so many. Who keeps state stops only
/// where room for it is kept. Linear in the items that might move, times what stands in their clusters.
fn grow(
    job: &Job,
    judge: &Judge,
    spots: &Spots,
    order: &[usize],
    (most, refused): (usize, &mut Refused),
    budget: &Budget,
) -> Result<Batch, Stop> {
    let mut growing = Growing::new(job, judge, spots, false);
    let mut batch = Batch::default();
    let mut alone = BTreeSet::new(); // those that must go with others, and these cannot now
    let mut tried = BTreeSet::new();
    let half = |item: &usize| {
        let it = &job.items[*item];
        it.members.iter().any(|&member| spots[member].is_none() && job.start[member].is_some())
    };
    // who stands nowhere for a time comes first
    for &item in order.iter().filter(|it| half(it)).chain(order.iter().filter(|it| !half(it))) {
        if batch.moves.len() >= most {
            break;
        }
        if job.done(spots, item) {
            continue;
        }
        let Some(to) = job.items[item].to else {
            let stop = Move::stop(job, spots, item);
            if !moved(&stop, &growing.after) && job.in_batch((spots, &growing.after), &stop) {
                stop.apply(&mut growing.after);
                batch.moves.push(stop);
            }
            continue;
        };
        if refused.at[item] > refused.lost[to] {
            continue;
        }
        let go = Move::go(job, spots, item, to);
        if moved(&go, &growing.after) {
            continue; // it went with another
        }
        let Some(go) = accompanied(job, (spots, &growing.after), go, &mut alone) else { continue };
        let coming = |part: &Move| -> Vec<usize> {
            let members = job.items[part.item].members.iter().copied();
            members.filter(|&member| part.to.is_some() && spots[member] != part.to).collect()
        };
        if !job.in_batch((spots, &growing.after), &go) {
            for go in at_once(job, (spots, &growing.after), &go, &mut tried) {
                budget.spend(1 + go.parts().map(|part| coming(part).len() as u64).sum::<u64>())?;
                if job.in_batch((spots, &growing.after), &go) && growing.take_all(&go, &coming).is_ok() {
                    go.apply(&mut growing.after);
                    batch.moves.push(go);
                    break;
                }
            }
            continue;
        }
        let taken = go.parts().filter_map(|part| Some((growing.contents[part.to?].len() * coming(part).len()) as u64));
        budget.spend(1 + taken.sum::<u64>())?;
        match growing.take_all(&go, &coming) {
            Ok(()) => {
                go.apply(&mut growing.after);
                batch.moves.push(go);
            }
            Err(_) if !go.with.is_empty() => alone.extend(go.parts().map(|part| part.item)),
            // others may end these
            Err(Why::Nodes | Why::Met(..)) => {}
            Err(Why::Full(rule)) if rule == COUNT => {}
            Err(_) => refused.at[item] = refused.number,
        }
    }
    thin_out(&mut batch, &growing, spots, budget)?;
    in_turn(job, spots, &mut batch);
    for (_, from) in batch.moves.iter().flat_map(Move::parts).flat_map(|it| &it.stops) {
        refused.lost[*from] = refused.number;
    }
    refused.number += 1;
    Ok(batch)
}

/// Whether an item stands elsewhere already than before a move.
fn moved(it: &Move, after: &Spots) -> bool {
    it.stops.iter().any(|&(member, from)| after[member] != Some(from))
        || it.starts.iter().any(|&member| after[member].is_some() && it.stops.iter().all(|&(other, _)| other != member))
}

/// A move with all who must go at once with it, each to where it shall be; `None`: somebody of these goes elsewhere, went already
/// or is known to wait. `spots` and `after`: where everybody stands before the batch, and once what is in it is done.
fn accompanied(job: &Job, (spots, after): (&Spots, &Spots), go: Move, alone: &mut BTreeSet<usize>) -> Option<Move> {
    if alone.contains(&go.item) {
        return None;
    }
    let company = job.company(after, &go);
    let region = go.to.and_then(|to| job.places[to].region);
    let mut with = Vec::with_capacity(company.len());
    for item in company {
        let to = job.items[item].to.filter(|&to| job.places[to].region == region && !alone.contains(&item));
        let part = to.map(|to| Move::go(job, spots, item, to)).filter(|part| !moved(part, after));
        let Some(part) = part else {
            alone.insert(go.item);
            return None;
        };
        with.push(part);
    }
    Some(Move { with, ..go })
}

/// A move of a part of a split, which alone would be in too many clusters, with others of it that are not where they shall be: with those
/// from the same cluster to the same, with all from that cluster, with all of the split; what was tried in this batch aside.
fn at_once(
    job: &Job,
    (spots, after): (&Spots, &Spots),
    go: &Move,
    tried: &mut BTreeSet<(usize, [Option<Option<usize>>; 2])>,
) -> Vec<Move> {
    let split = job.split_at(go.item).filter(|split| !job.splits[split].stateful);
    let Some(split) = split else { return Vec::new() };
    let here = |item: usize| spots[job.items[item].members[0]];
    let (from, to) = (here(go.item), go.to);
    let ways = [[Some(from), Some(to)], [Some(from), None], [None, None]];
    let mut found: Vec<Move> = Vec::new();
    for way in ways.into_iter().filter(|&way| tried.insert((split, way))) {
        let [from, to] = way;
        let others = job.parts[&split].iter().copied().filter(|&it| it != go.item && !job.done(spots, it));
        let others = others.filter(|&it| from.is_none_or(|from| here(it) == from));
        let others = others.filter(|&it| to.is_none_or(|to| job.items[it].to == to));
        let part = |it: usize| match job.items[it].to {
            Some(to) => Move::go(job, spots, it, to),
            None => Move::stop(job, spots, it),
        };
        let with: Vec<Move> = others.map(part).filter(|part| !moved(part, after)).collect();
        let it = Move { with, ..go.clone() };
        if !it.with.is_empty() && found.last() != Some(&it) {
            found.push(it);
        }
    }
    found
}

/// Takes the last moves out of a batch that go to clusters of which a search from nothing does not find the nodes: half of them
/// each time.
fn thin_out(batch: &mut Batch, growing: &Growing, spots: &Spots, budget: &Budget) -> Result<(), Stop> {
    let job = growing.job;
    let before = job.contents(spots);
    for place in (0..job.places.len()).filter(|&place| growing.contents[place].len() > before[place].len()) {
        loop {
            budget.look()?;
            let comes = |part: &&Move| part.to == Some(place) && !part.starts.is_empty();
            let ours: Vec<usize> =
                (0..batch.moves.len()).filter(|&it| batch.moves[it].parts().any(|part| comes(&part))).collect();
            let parts = ours.iter().flat_map(|&it| batch.moves[it].parts()).filter(comes);
            let starts = parts.flat_map(|part| &part.starts).copied().collect::<Vec<_>>();
            if ours.is_empty() || growing.sure(place, &merged(&before[place], &starts)) {
                break;
            }
            for &it in ours[ours.len() / 2..].iter().rev() {
                batch.moves.remove(it);
            }
        }
    }
    Ok(())
}

/// Takes moves out of a batch that would have copies too few or too close together, or a group in several regions, now that others
/// are out of it.
fn in_turn(job: &Job, spots: &Spots, batch: &mut Batch) {
    let counted = |it: &Move| job.is_copied(it.item) || job.split_of(it.item).is_some();
    if !job.regions.any_groups() && !batch.moves.iter().any(counted) {
        return;
    }
    let mut after = spots.clone();
    batch.moves.retain(|it| {
        let keeps = job.in_batch((spots, &after), it);
        if keeps {
            it.apply(&mut after);
        }
        keeps
    });
}

/// Puts a legal sequence of moves into batches: each as early as the order of the moves at its clusters allows.
pub(super) fn pack(
    job: &Job,
    judge: &Judge,
    sequence: Vec<Move>,
    spots: &mut Spots,
    most: usize,
    budget: &Budget,
) -> Result<Vec<Batch>, Stop> {
    let mut batches = Vec::new();
    let mut waiting = sequence;
    while !waiting.is_empty() {
        let (mut batch, mut left, mut sure) = next(job, judge, &waiting, (spots, most), false, budget)?;
        if !sure {
            (batch, left, sure) = next(job, judge, &waiting, (spots, most), true, budget)?;
        }
        if batch.moves.is_empty() || !sure {
            // the search on nodes went another way: one move at a time is what was found safe
            left = waiting;
            batch.moves = vec![left.remove(0)];
        }
        batch.moves.iter().for_each(|it| it.apply(spots));
        batches.push(batch);
        waiting = left;
    }
    Ok(batches)
}

/// The next batch of a sequence, what is left of it, and whether a search from nothing finds the nodes of every cluster.
fn next(
    job: &Job,
    judge: &Judge,
    waiting: &[Move],
    (spots, most): (&Spots, usize),
    strict: bool,
    budget: &Budget,
) -> Result<(Batch, Vec<Move>, bool), Stop> {
    let mut growing = Growing::new(job, judge, spots, strict);
    let (mut batch, mut left) = (Batch::default(), Vec::new());
    let (mut blocked, mut moved) = (vec![false; job.places.len()], vec![false; job.items.len()]);
    // copies of one workload keep their order, and so do parts of one split
    let (mut waits, mut parts_wait) = (vec![false; job.items.len()], BTreeSet::new());
    let mut gained = vec![false; job.places.len()];
    let mut opened = true;
    for it in waiting {
        budget.spend(it.parts().map(|part| 1 + part.starts.len() as u64).sum())?;
        let free = batch.moves.len() < most
            && it.parts().all(|part| !moved[part.item])
            && opened
            && it.touched().all(|place| !blocked[place])
            && it.parts().all(|part| job.items[part.item].siblings.clone().all(|sibling| !waits[sibling]))
            && it.parts().all(|part| job.split_at(part.item).is_none_or(|split| !parts_wait.contains(&split)))
            && job.in_batch((spots, &growing.after), it)
            && (!it.gains() || growing.take_all(it, &|part| part.starts.clone()).is_ok());
        it.parts().for_each(|part| moved[part.item] = true);
        if free {
            let comes = it.parts().filter(|part| !part.starts.is_empty()).filter_map(|part| part.to);
            comes.for_each(|to| gained[to] = true);
            it.apply(&mut growing.after);
            batch.moves.push(it.clone());
        } else {
            it.parts().for_each(|part| waits[part.item] = true);
            parts_wait.extend(it.parts().filter_map(|part| job.split_at(part.item)));
            it.touched().for_each(|place| blocked[place] = true);
            // numbers of clusters, and rules of regions, tie all of them together
            opened = judge.fleet.limits().is_empty() && !job.regions.any();
            left.push(it.clone());
        }
    }
    let sure =
        (0..job.places.len()).filter(|&place| gained[place]).all(|place| growing.sure(place, &growing.contents[place]));
    Ok((batch, left, sure))
}
