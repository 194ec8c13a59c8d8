//! What must move: clusters, and items that move as one.

use crate::fleet::{CountLimit, Fleet, LimitOf, Standing};
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

/// Workloads that share a cluster in any case, and move as one.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Ascending.
    pub members: Vec<usize>,
    /// Where it stands in the end.
    pub to: usize,
    /// Somebody of it runs today, and not where it shall.
    pub moves: bool,
    /// It may stop before it starts: all its members say so, or keep state.
    pub drops: bool,
    /// It may stay somewhere for a time: nobody in it keeps state, is pinned or stays.
    pub visits: bool,
}

/// Where each workload stands; `None`: nowhere.
pub(super) type Spots = Vec<Option<usize>>;

/// From today to a plan.
pub(super) struct Job<'f> {
    pub fleet: &'f Fleet,
    pub places: Vec<Place>,
    pub items: Vec<Item>,
    /// Today.
    pub start: Spots,
    /// In the plan.
    pub goal: Spots,
    /// What runs on the nodes of each cluster in the plan.
    nodes: Vec<Option<Vec<NodeContent>>>,
    /// By workload: it stops before it starts.
    pub stateful: Vec<bool>,
    /// So many lent clusters may be in use at a time.
    pub lent: u64,
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
    /// The clusters of today, then those of the plan that are new, then lent ones. Complexity: linear.
    pub fn new(fleet: &'f Fleet, target: &Placement, leave: &Leave, as_of: crate::date::Date) -> Self {
        let now = today(fleet);
        let kept = |site: usize| fleet.existing().iter().any(|it| it.site == site && it.keep);
        let first = |site: usize| fleet.sites()[site].regions.first().copied();
        let mut places: Vec<Place> = Vec::new();
        for cluster in &now.clusters {
            let (name, site) = (cluster.name.clone(), cluster.site);
            let region = cluster.region.or_else(|| first(site));
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
        let mut start: Spots = vec![None; fleet.workloads().len()];
        now.shares.iter().for_each(|share| start[share.workload] = Some(share.cluster));
        let mut goal: Spots = vec![None; fleet.workloads().len()];
        target.shares.iter().for_each(|share| goal[share.workload] = Some(index[share.cluster]));
        let whereabouts = |workload: usize| fleet.whereabouts(workload);
        let stateful: Vec<bool> =
            (0..start.len()).map(|it| start[it].is_some() && whereabouts(it).is_some_and(|it| it.stateful)).collect();
        let held = |it: usize| whereabouts(it).is_some_and(|it| it.stateful || !it.pins.is_empty() || it.stays(as_of));
        let drops = |it: usize| {
            stateful[it] || start[it].is_none() || (leave.downtime && whereabouts(it).is_some_and(|it| it.downtime))
        };
        let item = |members: &Vec<usize>| {
            let to = members.iter().find_map(|&it| goal[it])?;
            Some(Item {
                to,
                moves: members.iter().any(|&it| start[it].is_some_and(|here| here != to)),
                drops: members.iter().all(|&it| drops(it)),
                visits: !members.iter().any(|&it| held(it)),
                members: members.clone(),
            })
        };
        let items = fleet.units().iter().filter_map(item).collect();
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
                let region = first(site);
                places.push(Place { name, site, region, existing: false, kept: false, planned: false, lent: true });
            }
        }
        nodes.resize(places.len(), None);
        let lent = leave.lent.map_or(0, |(_, count)| count);
        Self { fleet, places, items, start, goal, nodes, stateful, lent }
    }

    /// Whether an item stands where it shall.
    pub fn done(&self, spots: &Spots, item: usize) -> bool {
        let it = &self.items[item];
        it.members.iter().all(|&member| spots[member] == Some(it.to))
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
    pub fn planned(&self, place: usize, workloads: &[usize]) -> bool {
        workloads.iter().all(|&it| self.goal[it] == Some(place))
    }

    /// What of the plan runs on the nodes of a cluster if only these of it are there.
    pub fn planned_nodes(&self, place: usize, workloads: &[usize]) -> Option<Vec<NodeContent>> {
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
        for (workload, spot) in spots.iter().enumerate() {
            if let Some(cluster) = spot {
                contents[*cluster].push(workload);
            }
        }
        contents
    }
}

/// What happens to an item in one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub item: usize,
    /// Where it goes; `None`: it only stops.
    pub to: Option<usize>,
    /// Members that start there.
    pub starts: Vec<usize>,
    /// Members that stop, and where.
    pub stops: Vec<(usize, usize)>,
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
        Self { item, to: Some(to), starts, stops }
    }

    /// Who of an item runs today stops, and starts in a later batch.
    pub fn stop(job: &Job, spots: &Spots, item: usize) -> Self {
        let members = job.items[item].members.iter().filter(|&&member| job.start[member].is_some());
        let stops = members.filter_map(|&member| Some((member, spots[member]?))).collect();
        Self { item, to: None, starts: Vec::new(), stops }
    }

    /// Afterwards.
    pub fn apply(&self, spots: &mut Spots) {
        self.stops.iter().for_each(|&(member, _)| spots[member] = None);
        if let Some(to) = self.to {
            self.starts.iter().for_each(|&member| spots[member] = Some(to));
        }
    }
}
