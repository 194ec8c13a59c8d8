//! From what runs today to few clusters and few moves: which clusters remain, who stays in them, and where the others go.
//!
//! | file | what |
//! |---|---|
//! | `crew` | who of a cluster can stay in it |
//! | `choice` | which clusters there shall be |
//! | `fill` | places for whoever stays nowhere |
//! | `ground` | what all three speak of, in whole numbers |
//!
//! Whatever is chosen by sums is held against doors, reasons, nodes and limits unit by unit: what comes out is legal, or nothing does.

mod choice;
mod crew;
mod fill;
mod ground;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::rc::Rc;

use fixedbitset::FixedBitSet;
use rustc_hash::FxHashMap;

use super::moving::{kept, worth};
use super::pods::Pods;
use super::yard::{Holding, Unit, units};
use crate::budget::{Budget, Event, Objective};
use crate::trust::TrustGraph;
use choice::{Chooser, Chosen};
use fill::Field;
use ground::{Ground, House, Member};

/// More kinds than this are not looked at: their foes alone would take 12 MiB.
const MOST_KINDS: usize = 10_000;
/// Work of placing a cluster anew for the sake of one unit.
const CLOSER: u64 = 200_000;
/// What is left free of each cluster where the sums are poured, in millionths: the first that works moves least.
const FREE: [u64; 8] = [0, 300, 600, 1_000, 3_000, 8_000, 20_000, 50_000];
/// Work of making room once, for each member.
const ROOM: u64 = 8_000;

/// Clusters that keep as many as can stay where they run today: as few as possible, from `least` (which no plan is below) to `most`;
/// where nothing is said of the most, as few as all who can stay take. `None` where none were found. Complexity: bounded by the
/// budget.
#[must_use]
pub fn remain(
    pods: &Pods,
    graph: &TrustGraph,
    (least, most): (u64, Option<u64>),
    budget: &Budget,
) -> Option<Vec<Holding>> {
    let fleet = pods.fleet();
    let all = units(pods, graph);
    let units: Vec<&[usize]> = all.iter().map(|unit| unit.workloads).collect();
    let closer = |site: usize, members: &[usize], budget: &Budget| {
        if !pods.looks_closer(site) {
            return true;
        }
        let workloads: Vec<usize> = members.iter().flat_map(|&member| units[member]).copied().collect();
        budget.within(CLOSER, |budget| pods.fits(site, &workloads, budget))
    };
    let ground = ground(pods, graph, all, &closer)?;
    let crews = crews(&ground, budget);
    let mut before = fleet.objective().iter().take_while(|it| **it != Objective::Moves);
    let costs = before.any(|level| *level == Objective::Cost);
    let all = ground.members.len() + ground.usable.len();
    let stays = |(&site, crew): (&usize, &House)| crew.members.iter().any(|&member| ground.worth(member, site) > 0);
    let wanted = crews.iter().filter(|&it| stays(it)).count();
    let least = usize::try_from(least).unwrap_or(usize::MAX).max(if most.is_some() { 1 } else { wanted });
    let wide = most.and_then(|most| usize::try_from(most).ok()).map_or(all, |most| most.min(all));
    // fewer clusters, and more who stay: or the reverse where nobody leaves for their number
    let value = |(stays, it): &(u64, Vec<Holding>)| match most {
        Some(_) => (it.len() as u64, u64::MAX - stays),
        None => (u64::MAX - stays, it.len() as u64),
    };
    // all of the time, if it must be: who calls off early has a plan that keeps most where they are
    let hasty = |budget: &Budget| hasty(&ground, &crews, (least, wide), most.is_some(), costs, budget);
    let early = budget.within(budget.left() / 2, hasty);
    let mut best = early.and_then(|houses| stood(pods, &ground, &units, &houses));
    let mut opened = false;
    for number in least..=wide {
        // so many may let more stay than those that were opened for whoever was left over
        let enough = most.is_some() && best.as_ref().is_some_and(|(_, best)| best.len() < number);
        if enough || budget.look().is_err() {
            break;
        }
        let chooser = Chooser::new(&ground, &crews, number, costs);
        let tried = budget.left() / 2;
        let tried = budget.within_half_time(tried, |budget| with(&ground, &crews, &chooser, number, budget));
        let all = matches!(tried, Tried::All(_));
        let houses = match tried {
            Tried::All(houses) => Some(houses),
            Tried::Short(field) if !opened => {
                let work = budget.left() / 2;
                let houses = budget.within_half_time(work, |budget| field.opened(&crews, wide, costs, budget));
                opened = houses.is_some();
                houses
            }
            _ => None,
        };
        let Some(next) = houses.and_then(|houses| stood(pods, &ground, &units, &houses)) else { continue };
        if best.as_ref().is_none_or(|best| value(&next) < value(best)) {
            best = Some(next);
        }
        if all {
            break;
        }
    }
    let (_, holdings) = best?;
    budget.watch().event(Event::Plan { bins: holdings.len() as u64 });
    Some(holdings)
}

/// What those who stay are worth, and the clusters with their pods on nodes; `None` where some find no place.
fn stood(pods: &Pods, ground: &Ground, units: &[&[usize]], houses: &[House]) -> Option<(u64, Vec<Holding>)> {
    // where nobody is there is no cluster, unless it is kept
    let used = houses.iter().filter(|house| !house.members.is_empty() || ground.kept[house.site]);
    let holdings = used.map(|house| holding(pods, units, house)).collect::<Option<Vec<_>>>()?;
    Some((houses.iter().map(|house| ground.stays(house)).sum(), holdings))
}

/// What was found with so many clusters.
enum Tried<'g, 'a> {
    /// Everybody has a place.
    All(Vec<House>),
    /// Some wait.
    Short(Field<'g, 'a>),
    /// There is no choice of so many.
    None,
}

/// Clusters before there is time to choose well: the first choice of `least` that looks well enough, or, where nobody leaves for there to be
/// `few`, all in which somebody can stay; and further ones, up to `most`, for whoever finds no room in these.
fn hasty(
    ground: &Ground,
    crews: &BTreeMap<usize, House>,
    (least, most): (usize, usize),
    few: bool,
    costs: bool,
    budget: &Budget,
) -> Option<Vec<House>> {
    let chooser = Chooser::new(ground, crews, least, costs);
    let all = if few { None } else { chooser.everywhere() };
    let chosen = all.or_else(|| chooser.first(least, budget))?;
    let mut field = field(ground, crews, &chosen);
    field.fill(&chooser, &chosen, budget);
    field.opened(crews, most, costs, budget)
}

/// The clusters of a choice, and who stays in them; everybody else waits.
fn field<'g, 'a>(ground: &'g Ground<'a>, crews: &BTreeMap<usize, House>, chosen: &Chosen) -> Field<'g, 'a> {
    let mut taken = FixedBitSet::with_capacity(ground.members.len());
    let mut house = |&site: &usize| {
        let mut house = ground.house(site);
        for &member in crews.get(&site).map_or(&[][..], |crew| &crew.members) {
            // who runs in several clusters stays in one, and another copy of it in the next
            if let Some(&free) = ground.copies[member].iter().find(|&&it| !taken.contains(it)) {
                taken.insert(free);
                ground.enter(&mut house, free);
            }
        }
        house
    };
    Field::new(ground, chosen.sites.iter().map(&mut house).collect())
}

/// So many clusters, if they can be filled: without anybody who could stay leaving for it, or else with some, whatever lets more
/// stay.
fn with<'g, 'a>(
    ground: &'g Ground<'a>,
    crews: &BTreeMap<usize, House>,
    chooser: &Chooser,
    number: usize,
    budget: &Budget,
) -> Tried<'g, 'a> {
    let room = |field: &mut Field, most: u64| {
        budget
            .within((ROOM * ground.members.len() as u64).min(budget.left() / 8), |budget| field.make_room(most, budget))
    };
    let mut found = None;
    let mut closest: Option<Field> = None;
    for free in FREE {
        if budget.look().is_err() {
            break;
        }
        // where more shall be free there is no choice either
        let Some(chosen) = chooser.choose(number, free, budget) else { break };
        let mut field = field(ground, crews, &chosen);
        field.fill(chooser, &chosen, budget);
        if room(&mut field, 0) || (chosen.eased && room(&mut field, u64::MAX)) {
            found = Some(field);
            break;
        }
        if closest.as_ref().is_none_or(|other| field.waiting.len() < other.waiting.len()) {
            closest = Some(field);
        }
    }
    let (mut moved, mut short) = (None, None);
    if let Some(mut field) = closest {
        let all = room(&mut field, u64::MAX);
        *if all { &mut moved } else { &mut short } = Some(field);
    }
    let stays = |field: &Field| field.houses.iter().map(|house| ground.stays(house)).sum::<u64>();
    match (found.into_iter().chain(moved).max_by_key(stays), short) {
        (Some(best), _) => Tried::All(best.houses),
        (None, Some(short)) => Tried::Short(short),
        (None, None) => Tried::None,
    }
}

/// A cluster with its pods on nodes; `None` where they find no place.
fn holding(pods: &Pods, units: &[&[usize]], house: &House) -> Option<Holding> {
    let mut workloads: Vec<usize> = house.members.iter().flat_map(|&member| units[member]).copied().collect();
    workloads.sort_unstable();
    Holding::placed(pods, house.site, workloads)
}

/// Who stays in each cluster that there is.
fn crews(ground: &Ground, budget: &Budget) -> BTreeMap<usize, House> {
    let mut here: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, member) in ground.members.iter().enumerate() {
        let bound = ground.bound_to(index).filter(|&site| ground.worth(index, site) == 0);
        for site in member.worth.iter().map(|&(site, _)| site).chain(bound) {
            here.entry(site).or_default().push(index);
        }
    }
    here.into_iter().map(|(site, members)| (site, crew::crew(ground, site, &members, budget))).collect()
}

/// The fleet in whole numbers; `None` where its kinds are too many.
fn ground<'a>(pods: &Pods, graph: &TrustGraph, units: Vec<Unit>, closer: &'a ground::Closer<'a>) -> Option<Ground<'a>> {
    let fleet = pods.fleet();
    let (mut kinds, mut doors) = (FxHashMap::default(), FxHashMap::default());
    let (mut sets, mut open): (Vec<(Vec<usize>, bool)>, Vec<FixedBitSet>) = (Vec::new(), Vec::new());
    let mut members = Vec::with_capacity(units.len());
    for Unit { workloads, twins, load, classes, sites, share, .. } in units {
        let next = sets.len();
        // copies of one unit are a kind of their own, and its own foe
        let kind = *kinds.entry((classes, twins)).or_insert_with_key(|(classes, twins)| {
            sets.push((classes.clone(), twins.is_some()));
            next
        });
        if sets.len() > MOST_KINDS {
            return None;
        }
        let next = open.len();
        let door = *doors.entry(sites).or_insert_with_key(|sites| {
            let mut door = FixedBitSet::with_capacity(fleet.sites().len());
            door.extend(sites.iter().copied());
            open.push(door);
            next
        });
        let worth = worth(fleet, workloads).into_iter().filter(|&(site, _)| open[door].contains(site)).collect();
        members.push(Member { load, kind, twins, door, worth, share });
    }
    let mut foes = vec![FixedBitSet::with_capacity(sets.len()); sets.len()];
    for (one, (set, alone)) in sets.iter().enumerate() {
        let mut against = FixedBitSet::with_capacity(graph.class_count());
        set.iter().for_each(|&class| against.union_with(graph.row(class)));
        foes[one].extend((0..sets.len()).filter(|&other| sets[other].0.iter().any(|&class| against.contains(class))));
        if *alone {
            foes[one].insert(one);
        }
    }
    let sites = fleet.sites();
    let usable = |site: usize| pods.usable(site).map(|usable| usable.unwrap_or(u64::MAX)).collect();
    Some(Ground {
        usable: (0..sites.len()).map(usable).collect(),
        once: sites.iter().map(|site| site.template().is_none()).collect(),
        kept: (0..sites.len()).map(|site| kept(fleet, site)).collect(),
        price: sites.iter().map(|site| site.cost(0).unwrap_or(0)).collect(),
        limits: fleet.limits().iter().map(|limit| (limit.sites.clone(), limit.most)).collect(),
        copies: copies(&members),
        members,
        foes,
        doors: open,
        closer,
    })
}

/// By member: it, or where there are several the copies of its unit that may be wherever it may be.
fn copies(members: &[Member]) -> Vec<Rc<[usize]>> {
    let mut alike: FxHashMap<(usize, usize), Vec<usize>> = FxHashMap::default();
    for (index, member) in members.iter().enumerate() {
        alike
            .entry((member.twins.map_or(index, |_| members.len() + member.kind), member.door))
            .or_default()
            .push(index);
    }
    let mut copies: Vec<Rc<[usize]>> = vec![Rc::from([]); members.len()];
    for list in alike.into_values() {
        let list: Rc<[usize]> = list.into();
        list.iter().for_each(|&index| copies[index] = Rc::clone(&list));
    }
    copies
}
