//! What must move: clusters, and items that move as one. Everything but what names a workload is counted by copies.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use super::parts::Splits;
use super::regions::Regions;
use crate::date::Date;
use crate::fleet::{CountLimit, Fleet, LimitOf, Standing, Whereabouts};
use crate::placement::{NodeContent, Placement, today};

/// A cluster of today, of the plan, or one lent for the time of the migration.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub name: String,
    /// Index of its site in [`Fleet::sites`].
    pub site: usize,
    /// Index of its region in [`Fleet::regions`]; `None` where there are none.
    pub region: Option<usize>,
    /// It is there today.
    pub existing: bool,
    /// It counts even if it is empty.
    pub kept: bool,
    /// The plan has it.
    pub planned: bool,
    /// It is lent: empty before and after.
    pub lent: bool,
}

/// Copies of workloads that share a cluster in any case, and move as one: one of each at most.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Copies, ascending.
    pub members: Vec<usize>,
    /// Where it stands in the end; `None`: the plan gives it up.
    pub to: Option<usize>,
    /// Somebody of it runs today, and not where it shall.
    pub moves: bool,
    /// It may stop before it starts: all its members say so, or keep state.
    pub drops: bool,
    /// It may stay somewhere for a time: nobody in it keeps state or stays. Who stands where it is pinned does not go:
    /// [`Job::may_visit`].
    pub visits: bool,
    /// The items that are copies of it, itself among them.
    pub siblings: Range<usize>,
}

/// Where each copy stands; `None`: nowhere.
pub(super) type Spots = Vec<Option<usize>>;

/// Where each copy stands, for a question.
type At<'a> = &'a dyn Fn(usize) -> Option<usize>;

/// Whose each copy is. A fleet without copies has one of each workload, under the same number.
#[derive(Clone, Debug)]
pub(super) struct Whose {
    of: Rc<[usize]>,
    several: bool,
}

impl Whose {
    /// The workload of a copy.
    pub fn one(&self, copy: usize) -> usize {
        self.of[copy]
    }

    /// The workloads of copies of which no two are of one, in their order.
    pub fn all<'a>(&self, copies: &'a [usize]) -> Cow<'a, [usize]> {
        if self.several { copies.iter().map(|&it| self.of[it]).collect() } else { Cow::Borrowed(copies) }
    }
}

/// From today to a plan.
pub(super) struct Job<'f> {
    pub fleet: &'f Fleet,
    pub places: Vec<Place>,
    pub items: Vec<Item>,
    pub whose: Whose,
    /// Of each workload its first copy, and the number of all copies.
    first: Vec<usize>,
    /// Today.
    pub start: Spots,
    /// In the plan.
    pub goal: Spots,
    /// What runs on the nodes of each cluster in the plan.
    nodes: Vec<Option<Vec<NodeContent>>>,
    /// By copy: it stops before it starts.
    pub stateful: Vec<bool>,
    /// By workload: its copies may stop before they start, one at a time.
    pub pauses: Vec<bool>,
    /// Splits, whose parts are workloads here, by the first of these.
    pub splits: Splits,
    /// The items that are parts of each split.
    pub parts: BTreeMap<usize, Vec<usize>>,
    /// Of each workload the one that it is a part of, or itself.
    pub whole: Vec<usize>,
    /// So many lent clusters may be in use at a time.
    pub lent: u64,
    /// What ties moves of different items together.
    pub regions: Regions,
    day: Date,
}

/// What is allowed beside moving.
#[derive(Clone, Debug, Default)]
pub(super) struct Leave {
    /// Workloads that say so may stop before they start.
    pub downtime: bool,
    /// The template of lent clusters (its index), and how many.
    pub lent: Option<(usize, u64)>,
}

impl<'f> Job<'f> {
    /// The clusters of today, then those of the plan that are new, then lent ones. Complexity: linear; for each workload the
    /// square of its copies.
    pub fn new(fleet: &'f Fleet, (target, splits): (&Placement, Splits), leave: &Leave, as_of: Date) -> Self {
        let now = today(fleet);
        let kept = |site: usize| fleet.existing().iter().any(|it| it.site == site && it.keep);
        let first_region = |site: usize| fleet.sites()[site].regions.first().copied();
        let mut places: Vec<Place> = Vec::new();
        for cluster in &now.clusters {
            let (name, site) = (cluster.name.clone(), cluster.site);
            let region = cluster.region.or_else(|| first_region(site));
            places.push(Place { name, site, region, existing: true, kept: kept(site), planned: false, lent: false });
        }
        let mut index = Vec::with_capacity(target.clusters.len());
        let mut nodes: Vec<Option<Vec<NodeContent>>> = vec![None; places.len()];
        for cluster in &target.clusters {
            let existing = matches!(fleet.sites()[cluster.site].what, Standing::Existing { .. });
            let known = places.iter().position(|it| existing && it.site == cluster.site);
            let at = known.unwrap_or_else(|| {
                let (name, site, region) = (cluster.name.clone(), cluster.site, cluster.region);
                places.push(Place { name, site, region, existing: false, kept: false, planned: false, lent: false });
                places.len() - 1
            });
            places[at].planned = true;
            nodes.resize(places.len(), None);
            nodes[at].clone_from(&cluster.nodes);
            index.push(at);
        }
        let workloads = fleet.workloads().len();
        let (mut runs, mut homes) = (vec![Vec::new(); workloads], vec![Vec::new(); workloads]);
        now.shares.iter().for_each(|share| runs[share.workload].push(share.cluster));
        target.shares.iter().for_each(|share| homes[share.workload].push(index[share.cluster]));
        let (mut of, mut first) = (Vec::with_capacity(workloads), Vec::with_capacity(workloads + 1));
        let (mut start, mut goal): (Spots, Spots) = (Vec::with_capacity(workloads), Vec::with_capacity(workloads));
        for workload in 0..workloads {
            first.push(of.len());
            homes[workload].sort_unstable();
            runs[workload].sort_unstable();
            let mut pairs = matched(&runs[workload], &homes[workload], &places);
            if pairs.is_empty() {
                pairs.push((None, None));
            }
            for (from, to) in pairs {
                of.push(workload);
                start.push(from);
                goal.push(to);
            }
        }
        first.push(of.len());
        let whose = Whose { several: of.len() > workloads, of: of.into() };
        let whereabouts = |copy: usize| fleet.whereabouts(whose.one(copy));
        let stateful: Vec<bool> =
            (0..start.len()).map(|it| start[it].is_some() && whereabouts(it).is_some_and(|it| it.stateful)).collect();
        let pauses = (0..workloads).map(|it| {
            let runs = |it: &Whereabouts| !it.runs_in.is_empty();
            fleet.whereabouts(it).is_some_and(|it| (it.stateful && runs(it)) || (leave.downtime && it.downtime))
        });
        let pauses = pauses.collect();
        let whole = fleet.whole();
        let bound = |it: usize| splits.get(&whole[whose.one(it)]).is_some_and(|split| split.held);
        let held = |it: usize| bound(it) || whereabouts(it).is_some_and(|it| it.stateful || it.stays(as_of));
        let drops = |it: usize| {
            stateful[it] || start[it].is_none() || (leave.downtime && whereabouts(it).is_some_and(|it| it.downtime))
        };
        let item = |members: Vec<usize>, to: Option<usize>| Item {
            to,
            moves: members.iter().any(|&it| start[it].is_some() && start[it] != to),
            drops: members.iter().all(|&it| drops(it)),
            visits: !members.iter().any(|&it| held(it)),
            members,
            siblings: 0..0,
        };
        let mut items: Vec<Item> = Vec::new();
        for unit in fleet.units() {
            // all of a unit are in the same clusters of the plan
            let Some(goals) = unit.iter().map(|&it| &homes[it]).find(|homes| !homes.is_empty()) else {
                // a part of a split that the plan gives up: it only stops
                let gone = unit.iter().flat_map(|&it| first[it]..first[it + 1]).filter(|&it| start[it].is_some());
                let gone: Vec<usize> = gone.collect();
                if !gone.is_empty() {
                    let siblings = items.len()..items.len() + 1;
                    items.push(Item { drops: true, visits: false, siblings, ..item(gone, None) });
                }
                continue;
            };
            let before = items.len();
            for (number, &to) in goals.iter().enumerate() {
                let ours = |&it: &usize| Some(first[it] + number).filter(|&copy| copy < first[it + 1]);
                items.push(item(unit.iter().filter_map(ours).collect(), Some(to)));
            }
            let mut given_up: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for &it in unit {
                let over = (first[it]..first[it + 1]).skip(goals.len());
                over.filter_map(|copy| Some((start[copy]?, copy))).for_each(|(from, copy)| {
                    given_up.entry(from).or_default().push(copy);
                });
            }
            items.extend(given_up.into_values().map(|members| item(members, None)));
            let siblings = before..items.len();
            items[before..].iter_mut().for_each(|it| it.siblings = siblings.clone());
        }
        if let Some((template, count)) = leave.lent {
            // in whatever region it is needed: how many of them are in use at a time is judged as they are opened
            let sites = (0..fleet.sites().len()).filter(|&site| fleet.sites()[site].template() == Some(template));
            let mut number = 0u64;
            for site in sites.flat_map(|site| std::iter::repeat_n(site, usize::try_from(count).unwrap_or(0))) {
                let name = loop {
                    number += 1;
                    let name = format!("temporary-{number}");
                    if places.iter().all(|it| it.name != name) {
                        break name;
                    }
                };
                let region = first_region(site);
                places.push(Place { name, site, region, existing: false, kept: false, planned: false, lent: true });
            }
        }
        nodes.resize(places.len(), None);
        let lent = leave.lent.map_or(0, |(_, count)| count);
        let members: Vec<&[usize]> = items.iter().map(|it| &it.members[..]).collect();
        let regions = Regions::new(fleet, &members, &|workload| first[workload]..first[workload + 1]);
        let day = as_of;
        let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            let split = whole[whose.one(item.members[0])];
            splits.get(&split).into_iter().for_each(|_| parts.entry(split).or_default().push(index));
        }
        Self {
            fleet,
            places,
            items,
            whose,
            first,
            start,
            goal,
            nodes,
            stateful,
            pauses,
            splits,
            parts,
            whole,
            lent,
            regions,
            day,
        }
    }

    /// Whether an item stands where it shall; one that is given up: nowhere.
    pub fn done(&self, spots: &Spots, item: usize) -> bool {
        let it = &self.items[item];
        it.members.iter().all(|&member| spots[member] == it.to)
    }

    /// The copies of a workload.
    pub fn copies(&self, workload: usize) -> Range<usize> {
        self.first[workload]..self.first[workload + 1]
    }

    /// The clusters that an item has to do with: where it shall be, and where it runs.
    pub fn touched(&self, item: usize) -> impl Iterator<Item = usize> {
        let it = &self.items[item];
        it.to.into_iter().chain(it.members.iter().filter_map(|&member| self.start[member]))
    }

    /// Has each of these items end where moves from today leave it: which copy goes where is open, and which part of a split.
    /// Answers where everybody stands then.
    pub fn agree(&mut self, moves: &[Move], items: &[usize]) -> Spots {
        let mut spots = self.start.clone();
        moves.iter().for_each(|it| it.apply(&mut spots));
        for &item in items.iter().filter(|&&item| self.is_copied(item)).collect::<Vec<_>>() {
            self.items[item].to = self.items[item].members.iter().find_map(|&member| spots[member]);
        }
        for &item in items.iter().filter(|&&item| self.split_of(item).is_some()).collect::<Vec<_>>() {
            let member = self.items[item].members[0];
            (self.goal[member], self.items[item].to) = (spots[member], spots[member]);
            self.items[item].moves = self.start[member].is_some() && self.start[member] != spots[member];
        }
        spots
    }

    /// Where an item may end: of several copies wherever the plan has one.
    pub fn goals(&self, item: usize) -> Vec<usize> {
        self.items[item].siblings.clone().filter_map(|it| self.items[it].to).collect()
    }

    /// Whether an item is one of several copies.
    pub fn is_copied(&self, item: usize) -> bool {
        self.items[item].siblings.len() > 1
    }

    /// Whether the plan has a copy of a workload in a cluster.
    pub fn has(&self, workload: usize, place: usize) -> bool {
        self.copies(workload).any(|copy| self.goal[copy] == Some(place))
    }

    /// Whether somebody of an item must be in a cluster: a pin or a stay holds it there.
    pub fn is_held(&self, item: usize, place: usize) -> bool {
        self.items[item].members.iter().any(|&member| self.holds(member, place))
    }

    /// The same of one copy.
    fn holds(&self, copy: usize, place: usize) -> bool {
        self.fleet.whereabouts(self.whose.one(copy)).is_some_and(|it| {
            let held = |clusters: &[usize]| {
                clusters.iter().any(|&it| self.fleet.existing()[it].site == self.places[place].site)
            };
            held(&it.pins) || (it.stays(self.day) && held(&it.runs_in))
        })
    }

    /// Whether an item may stay elsewhere for a time now: a pin that is not fulfilled yet holds nobody, one that is does.
    pub fn may_visit(&self, item: usize, spots: &Spots) -> bool {
        let it = &self.items[item];
        it.visits && !it.members.iter().any(|&copy| spots[copy].is_some_and(|place| self.holds(copy, place)))
    }

    /// Whether copies remain as many as must run, and as far apart as they should be, and groups in one region, once a move is done
    /// from there.
    pub fn in_turn(&self, spots: &Spots, it: &Move) -> bool {
        self.keeps_groups(spots, spots, it) && it.parts().all(|part| self.keeps_copies(spots, it, part))
    }

    /// The same of a move that follows others of its batch; where everybody stands before that, and once they are done.
    pub fn in_batch(&self, (beginning, spots): (&Spots, &Spots), it: &Move) -> bool {
        self.in_turn(spots, it)
            && self.keeps_groups(beginning, spots, it)
            && it.parts().all(|part| self.parts_start_late((beginning, spots), it, part))
    }

    /// The same of the copies of one item, or of a part of a split.
    fn keeps_copies(&self, spots: &Spots, it: &Move, part: &Move) -> bool {
        if let Some(split) = self.split_at(part.item) {
            // all parts of it that go are asked at once
            let first = it.parts().find(|other| self.split_at(other.item) == Some(split));
            return first.is_some_and(|first| first.item != part.item)
                || self.parts_in_turn(&self.splits[&split], spots, it);
        }
        if !self.is_copied(part.item) {
            return true;
        }
        let touched: BTreeSet<usize> =
            part.starts.iter().copied().chain(part.stops.iter().map(|&(copy, _)| copy)).collect();
        touched.into_iter().all(|copy| {
            let workload = self.whose.one(copy);
            let (copies, planned) = (self.copies(workload), self.fleet.workloads()[workload].copies());
            let after = |copy: usize| it.after(copy, spots);
            let count =
                |at: &dyn Fn(usize) -> Option<usize>| copies.clone().filter(|&it| at(it).is_some()).count() as u64;
            let (was, is) = (count(&|it| spots[it]), count(&after));
            let today = copies.clone().filter(|&it| self.start[it].is_some()).count() as u64;
            let enough = planned.min(today.max(was));
            let least = if self.pauses[workload] { planned.min(today).saturating_sub(1) } else { enough };
            // who stops for a start later does so when nobody is left who stops for good
            let early = part.to.is_some() && was > planned;
            (is >= was || (is >= least && !early))
                && (is <= was || is <= planned)
                && self.keeps_spread(workload, (&|it| spots[it], &after), self.pauses[workload] && is < planned)
        })
    }

    /// Whether no region gets more copies than there may be, and none loses its only one that must have one.
    fn keeps_spread(&self, workload: usize, (was, is): (At, At), pauses: bool) -> bool {
        let it = &self.fleet.workloads()[workload];
        let Some(most) = it.most_in_a_region() else { return true };
        let in_regions = |at: At| {
            let mut count: BTreeMap<usize, u64> = BTreeMap::new();
            let regions = self.copies(workload).filter_map(|copy| self.places[at(copy)?].region);
            regions.for_each(|region| *count.entry(region).or_insert(0) += 1);
            count
        };
        let (was, is) = (in_regions(was), in_regions(is));
        let close = |(region, &count): (&usize, &u64)| count > most.max(was.get(region).copied().unwrap_or(0));
        let lost = |region: &&usize| it.regions.contains(region) && !is.contains_key(region);
        !is.iter().any(close) && (pauses || !it.is_in_each_region() || !was.keys().any(|region| lost(&region)))
    }

    /// Items that are not where they shall be.
    pub fn left(&self, spots: &Spots) -> Vec<usize> {
        (0..self.items.len()).filter(|&item| !self.done(spots, item)).collect()
    }

    /// The one cluster where all of an item stands; the inner `None`: all of it stands nowhere.
    pub fn whole(&self, spots: &Spots, item: usize) -> Option<Option<usize>> {
        let members = &self.items[item].members;
        let first = spots[members[0]];
        members.iter().all(|&it| spots[it] == first).then_some(first)
    }

    /// Whether the plan has all of these in that cluster: then their pods fit its nodes, as they do in the plan.
    pub fn planned(&self, place: usize, copies: &[usize]) -> bool {
        copies.iter().all(|&it| self.goal[it] == Some(place) || self.has(self.whose.one(it), place))
    }

    /// What of the plan runs on the nodes of a cluster if all of the plan is there, and nobody else.
    pub fn all_nodes(&self, place: usize, copies: &[usize]) -> Option<Vec<NodeContent>> {
        let all = self.goal.iter().filter(|goal| **goal == Some(place)).count();
        let same = copies.len() == all && copies.iter().all(|&it| self.goal[it] == Some(place));
        self.nodes[place].clone().filter(|_| same)
    }

    /// What of the plan runs on the nodes of a cluster if only these of it are there.
    pub fn planned_nodes(&self, place: usize, copies: &[usize]) -> Option<Vec<NodeContent>> {
        let workloads = self.whose.all(copies);
        let stays = |it: &usize| self.fleet.workloads()[*it].per_cluster || workloads.binary_search(it).is_ok();
        let one = |it: &NodeContent| {
            let pods: Vec<(usize, u64)> = it.pods.iter().copied().filter(|(it, _)| stays(it)).collect();
            (!pods.is_empty()).then(|| NodeContent { pods, ..it.clone() })
        };
        Some(self.nodes[place].as_ref()?.iter().filter_map(one).collect())
    }

    /// Whether a cluster counts under a limit, if it is used.
    pub fn under(&self, limit: &CountLimit, place: usize) -> bool {
        let it = &self.places[place];
        match limit.of {
            LimitOf::Region(region) => it.region == Some(region),
            LimitOf::Template(_) => limit.sites.binary_search(&it.site).is_ok(),
        }
    }

    /// Who stands in each cluster, ascending.
    pub fn contents(&self, spots: &Spots) -> Vec<Vec<usize>> {
        let mut contents = vec![Vec::new(); self.places.len()];
        for (copy, spot) in spots.iter().enumerate() {
            if let Some(cluster) = spot {
                contents[*cluster].push(copy);
            }
        }
        contents
    }
}

/// Which copy of today becomes which of the plan (both ascending, by cluster): who is there stays, then who is in the same
/// region, then in order. One for each of the plan in order, then those that are given up.
fn matched(runs: &[usize], homes: &[usize], places: &[Place]) -> Vec<(Option<usize>, Option<usize>)> {
    if let ([from], [to]) = (runs, homes) {
        return vec![(Some(*from), Some(*to))];
    }
    let mut pairs: Vec<(Option<usize>, Option<usize>)> =
        homes.iter().map(|to| (runs.contains(to).then_some(*to), Some(*to))).collect();
    let mut left: Vec<usize> = runs.iter().copied().filter(|from| !homes.contains(from)).collect();
    for near in [true, false] {
        for (from, to) in pairs.iter_mut().filter(|(from, _)| from.is_none()) {
            let fits = |&it: &usize| !near || to.is_some_and(|to| places[it].region == places[to].region);
            if let Some(at) = left.iter().position(fits) {
                *from = Some(left.remove(at));
            }
        }
    }
    pairs.extend(left.into_iter().map(|from| (Some(from), None)));
    pairs
}

/// What happens to an item in one batch, and to those that must go at once with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub item: usize,
    /// Where it goes; `None`: it only stops.
    pub to: Option<usize>,
    /// Members that start there.
    pub starts: Vec<usize>,
    /// Members that stop, and where.
    pub stops: Vec<(usize, usize)>,
    /// Other items that go in the same batch; these have nobody with them.
    pub with: Vec<Move>,
}

impl Move {
    /// An item goes to a cluster: who keeps state stops first, and starts in a later batch.
    pub fn go(job: &Job, spots: &Spots, item: usize, to: usize) -> Self {
        let (mut starts, mut stops) = (Vec::new(), Vec::new());
        for &member in &job.items[item].members {
            match spots[member] {
                None => starts.push(member),
                Some(here) if here == to => {}
                Some(here) => {
                    stops.push((member, here));
                    if !job.stateful[member] {
                        starts.push(member);
                    }
                }
            }
        }
        Self { item, to: Some(to), starts, stops, with: Vec::new() }
    }

    /// Who of an item runs today stops, and starts in a later batch.
    pub fn stop(job: &Job, spots: &Spots, item: usize) -> Self {
        let members = job.items[item].members.iter().filter(|&&member| job.start[member].is_some());
        let stops = members.filter_map(|&member| Some((member, spots[member]?))).collect();
        Self { item, to: None, starts: Vec::new(), stops, with: Vec::new() }
    }

    /// What happens to each item.
    pub fn parts(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.with)
    }

    /// Whether somebody starts.
    pub fn gains(&self) -> bool {
        self.parts().any(|part| !part.starts.is_empty())
    }

    /// All who start, ascending.
    pub fn coming(&self) -> Vec<usize> {
        let mut coming: Vec<usize> = self.parts().flat_map(|part| part.starts.iter().copied()).collect();
        coming.sort_unstable();
        coming
    }

    /// The clusters that somebody goes to or leaves.
    pub fn touched(&self) -> impl Iterator<Item = usize> {
        self.parts().flat_map(|part| part.to.into_iter().chain(part.stops.iter().map(|&(_, from)| from)))
    }

    /// Where a copy stands afterwards.
    pub fn after(&self, copy: usize, spots: &Spots) -> Option<usize> {
        for part in self.parts() {
            if part.starts.contains(&copy) {
                return part.to;
            }
            if part.stops.iter().any(|&(other, _)| other == copy) {
                return None;
            }
        }
        spots[copy]
    }

    /// Afterwards.
    pub fn apply(&self, spots: &mut Spots) {
        for part in self.parts() {
            part.stops.iter().for_each(|&(member, _)| spots[member] = None);
            if let Some(to) = part.to {
                part.starts.iter().for_each(|&member| spots[member] = Some(to));
            }
        }
    }
}
