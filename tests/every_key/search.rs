//! Every legal plan of a small fleet, by trying all of them; the rules are read a second time, as plainly as possible.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Job, Model, Pair, Presence, Shape};

/// Where a cluster is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    Existing(usize),
    /// Of a template, in a region.
    New(usize, usize),
}

/// A cluster, and of each workload in it the pods.
pub type Cluster = (Place, Vec<(usize, u64)>);

pub struct Search<'a> {
    model: &'a Model,
    /// What was asked before: the nodes that are paid for.
    nodes: RefCell<BTreeMap<Cluster, Option<u64>>>,
}

impl<'a> Search<'a> {
    pub fn new(model: &'a Model) -> Self {
        Self { model, nodes: RefCell::default() }
    }

    fn shape(&self, place: Place) -> &Shape {
        match place {
            Place::Existing(site) => &self.model.sites[site].shape,
            Place::New(template, _) => &self.model.templates[template].shape,
        }
    }

    fn region(&self, place: Place) -> usize {
        match place {
            Place::Existing(site) => self.model.sites[site].region,
            Place::New(_, region) => region,
        }
    }

    fn kept(&self, site: usize) -> bool {
        self.model.sites[site].keep || self.model.sites[site].occupied.is_some()
    }

    /// How many clusters hold the workload: none of a split.
    fn copies(&self, job: &Job) -> Option<u64> {
        match job.presence {
            Presence::One => Some(1),
            Presence::Copies(count, ..) => Some(count),
            Presence::Each => Some(job.regions.len() as u64),
            Presence::Split(_) => None,
        }
    }

    /// Pods of one copy.
    fn pods(&self, job: &Job) -> u64 {
        match job.presence {
            Presence::Copies(count, _, Some(survive)) => job.replicas.div_ceil(count - survive),
            _ => job.replicas,
        }
    }

    /// Clusters where it must be.
    fn held(&self, job: &Job) -> BTreeSet<usize> {
        let stays = job.stay == 2 || (job.stay == 0 && job.stateful);
        job.pin.into_iter().chain(job.runs_in.iter().copied().filter(|_| stays)).collect()
    }

    fn apart(&self, a: usize, b: usize) -> bool {
        let (one, other) = (&self.model.jobs[a], &self.model.jobs[b]);
        let (x, y) = (&self.model.tenants[one.tenant], &self.model.tenants[other.tenant]);
        let strangers = one.tenant != other.tenant && (x.trust == 0 || y.trust == 0);
        let refused = (x.distrusts && other.tenant == 0) || (y.distrusts && one.tenant == 0);
        let pair =
            |&(pair, c, d): &(Pair, usize, usize)| pair == Pair::ApartByCluster && [[a, b], [b, a]].contains(&[c, d]);
        // a level accepts no lower one
        x.trust != y.trust
            || strangers
            || refused
            || (self.model.separate && one.stage != other.stage)
            || self.model.pairs.iter().any(pair)
    }

    /// Whether the workload may be there, whoever else is.
    fn welcome(&self, job: &Job, pods: u64, place: Place) -> bool {
        let (shape, region) = (self.shape(place), self.region(place));
        let open = match place {
            Place::Existing(site) => match self.model.sites[site].mode {
                "drain" => false,
                "cordon" => {
                    let home = job.runs_in.iter().position(|&home| home == site);
                    let today = |home: usize| if self.copies(job).is_some() { pods } else { job.parts[home] };
                    home.is_some_and(|home| pods <= today(home))
                }
                _ => true,
            },
            Place::New(..) => true,
        };
        let homes: Vec<usize> = job.runs_in.iter().map(|&home| self.model.sites[home].region).collect();
        let stays = job.stay != 4 || homes.is_empty() || homes.contains(&region);
        let needs = job.needs || self.model.tenants[job.tenant].needs;
        let special = !job.special || shape.pools.iter().any(|pool| pool.dedicated);
        open && special
            && stays
            && (self.model.regions.is_empty() || job.regions.contains(&region))
            && (!needs || shape.provides)
            && (!shape.admits || job.tenant == 0)
    }

    /// The fewest nodes that a cluster with these workloads pays for; `None`: they do not fit, or may not be there together.
    pub fn fits(&self, cluster: &Cluster) -> Option<u64> {
        if let Some(&known) = self.nodes.borrow().get(cluster) {
            return known;
        }
        let found = self.looked_at(cluster);
        self.nodes.borrow_mut().insert(cluster.clone(), found);
        found
    }

    fn looked_at(&self, (place, inside): &Cluster) -> Option<u64> {
        let (model, shape) = (self.model, self.shape(*place));
        let job = |it: &(usize, u64)| &model.jobs[it.0];
        if !inside.iter().all(|it| self.welcome(job(it), it.1, *place)) {
            return None;
        }
        if inside.iter().enumerate().any(|(at, a)| inside[..at].iter().any(|b| self.apart(a.0, b.0))) {
            return None;
        }
        let others = self.others(*place);
        let platform = u64::from(model.everywhere > 0) + u64::from(model.agent > 0);
        let tenants: BTreeSet<usize> = inside.iter().map(|it| job(it).tenant).collect();
        let [most_nodes, most_pods, most_namespaces, most_tenants] = shape.most.map(|most| most.unwrap_or(u64::MAX));
        if inside.len() as u64 + platform + others[2] > most_namespaces || tenants.len() as u64 > most_tenants {
            return None;
        }
        if self.loads(&(*place, inside.clone())).iter().any(|&(load, usable)| usable.is_none_or(|most| load > most)) {
            return None;
        }
        let mut pods: Vec<(u64, bool)> =
            inside.iter().flat_map(|it| (0..it.1).map(move |_| (job(it).cpu, job(it).special))).collect();
        pods.extend((model.everywhere > 0).then_some((model.everywhere, false)));
        let spare = most_pods.checked_sub(pods.len() as u64 + others[1])?;
        if shape.pools.is_empty() {
            return Some(0);
        }
        pods.sort_unstable_by(|a, b| b.cmp(a));
        let node = |index: usize| Some((index, shape.pools[index].cpu.checked_sub(model.agent)?, false));
        let nodes = (0..shape.pools.len()).flat_map(|pool| vec![node(pool); shape.pools[pool].max as usize]);
        let mut nodes: Vec<(usize, u64, bool)> = nodes.collect::<Option<_>>()?;
        let mut best = None;
        self.pack(shape, &pods, &mut nodes, spare, &mut best);
        best.filter(|&best| best <= most_nodes)
    }

    /// What is requested and what is usable: milli-cores, and pods where they have a maximum; each by the workloads of no pool and what
    /// their tenants take once, and by those of the dedicated pool. `None`: not even what runs there in any case.
    fn loads(&self, (place, inside): &Cluster) -> Vec<(u64, Option<u64>)> {
        let (model, shape) = (self.model, self.shape(*place));
        let job = |it: &(usize, u64)| &model.jobs[it.0];
        let [occupied, others, _] = self.others(*place);
        let most_nodes = shape.most[0].unwrap_or(u64::MAX);
        let tenants: BTreeSet<usize> = inside.iter().map(|it| job(it).tenant).collect();
        let once: u64 = tenants.iter().map(|&it| model.tenants[it].overhead).sum();
        let general = inside.iter().filter(|it| !job(it).special);
        let load = once + general.map(|it| job(it).cpu * it.1 + job(it).fixed).sum::<u64>();
        let room = |cores: u64| cores * 1000 * (100 - shape.headroom) / 100;
        let usable = if shape.pools.is_empty() { room(shape.cpu) } else { self.usable(shape, 0, 0, 0, most_nodes) };
        let special: u64 = inside.iter().filter(|it| job(it).special).map(|it| job(it).cpu * it.1).sum();
        // as many of its nodes as may be paid for beside those that are paid for in any case
        let mins: u64 = shape.pools.iter().filter(|pool| !pool.dedicated).map(|pool| pool.min).sum();
        let own = shape.pools.iter().find(|pool| pool.dedicated).map_or(0, |pool| {
            room(pool.max.min(most_nodes.saturating_sub(mins)) * pool.cpu.saturating_sub(model.agent))
        });
        let left = usable.checked_sub((model.everywhere + occupied) * 1000);
        let mut loads = vec![(load * 1000, left), (special * 1000, Some(own))];
        if let Some(most) = shape.most[1] {
            let pods = |special: bool| inside.iter().filter(|it| job(it).special == special).map(|it| it.1).sum();
            loads.push((pods(false), most.checked_sub(others + u64::from(model.everywhere > 0))));
            loads.push((pods(true), Some(most)));
        }
        loads
    }

    /// Cores, pods and namespaces of others.
    fn others(&self, place: Place) -> [u64; 3] {
        match place {
            Place::Existing(site) => self.model.sites[site].occupied.unwrap_or_default(),
            Place::New(..) => [0; 3],
        }
    }

    /// The largest share of what is usable that is requested, in millionths, rounded up.
    fn fullest(&self, cluster: &Cluster) -> u64 {
        let share = |(load, usable): (u64, Option<u64>)| {
            usable.filter(|&usable| usable > 0).map(|usable| (load * 1_000_000).div_ceil(usable))
        };
        self.loads(cluster).into_iter().filter_map(share).max().unwrap_or(0)
    }

    /// Milli-cores of the pools that are not dedicated, of the nodes that may be paid for.
    fn usable(&self, shape: &Shape, pool: usize, paid: u64, cores: u64, most: u64) -> u64 {
        let Some(it) = shape.pools.get(pool) else {
            return if paid <= most { cores * 1000 * (100 - shape.headroom) / 100 } else { 0 };
        };
        let (last, each) = if it.dedicated { (it.min, 0) } else { (it.max, it.cpu.saturating_sub(self.model.agent)) };
        let one = |nodes: u64| self.usable(shape, pool + 1, paid + nodes, cores + nodes * each, most);
        (it.min..=last).map(one).max().unwrap_or(0)
    }

    fn pack(
        &self,
        shape: &Shape,
        pods: &[(u64, bool)],
        nodes: &mut Vec<(usize, u64, bool)>,
        spare: u64,
        best: &mut Option<u64>,
    ) {
        let Some((&(cpu, special), rest)) = pods.split_first() else {
            let used = |pool: usize| nodes.iter().filter(|node| node.0 == pool && node.2).count() as u64;
            let all: u64 = (0..shape.pools.len()).map(used).sum();
            if self.model.agent == 0 || all <= spare {
                let paid = shape.pools.iter().enumerate().map(|(pool, it)| used(pool).max(it.min)).sum();
                *best = Some(best.map_or(paid, |best: u64| best.min(paid)));
            }
            return;
        };
        for index in 0..nodes.len() {
            let before = nodes[index];
            let twin = nodes[..index].contains(&before);
            if twin || shape.pools[before.0].dedicated != special || before.1 < cpu {
                continue;
            }
            nodes[index] = (before.0, before.1 - cpu, true);
            self.pack(shape, rest, nodes, spare, best);
            nodes[index] = before;
        }
    }

    /// The levels of all legal plans.
    pub fn all(&self) -> BTreeSet<Vec<u64>> {
        let mut found = BTreeSet::new();
        self.next(0, None, &mut Vec::new(), &mut found);
        found
    }

    /// Places the rest of a workload, of which parts stand in clusters up to `after`, then the further ones.
    fn next(
        &self,
        at: usize,
        rest: Option<(u64, u64, usize)>,
        clusters: &mut Vec<Cluster>,
        found: &mut BTreeSet<Vec<u64>>,
    ) {
        let Some(job) = self.model.jobs.get(at) else {
            found.extend(self.values(clusters));
            return;
        };
        // clusters or replicas that are left, parts that may still be, the first cluster of the next part
        let (left, parts, from) = rest.unwrap_or_else(|| match (self.copies(job), &job.presence) {
            (Some(copies), _) => (copies, copies, 0),
            (None, Presence::Split(most)) => (job.replicas, *most, 0),
            (None, _) => unreachable!("only a split has no number of copies"),
        });
        if left == 0 {
            return self.next(at + 1, None, clusters, found);
        }
        if parts == 0 {
            return;
        }
        let split = self.copies(job).is_none();
        let amounts: Vec<(u64, u64)> =
            if split { (1..=left).map(|pods| (pods, left - pods)).collect() } else { vec![(self.pods(job), left - 1)] };
        for (pods, left) in amounts {
            for index in from..clusters.len() {
                clusters[index].1.push((at, pods));
                if self.fits(&clusters[index]).is_some() {
                    self.next(at, Some((left, parts - 1, index + 1)), clusters, found);
                }
                clusters[index].1.pop();
            }
            let used = |place: Place| clusters.iter().any(|it| it.0 == place);
            let existing = (0..self.model.sites.len()).map(Place::Existing).filter(|&place| !used(place));
            let places: Vec<Place> = existing.chain(self.new_places()).collect();
            for place in places {
                let cluster = (place, vec![(at, pods)]);
                if self.fits(&cluster).is_some() {
                    clusters.push(cluster);
                    let index = clusters.len();
                    self.next(at, Some((left, parts - 1, index)), clusters, found);
                    clusters.pop();
                }
            }
        }
    }

    fn new_places(&self) -> Vec<Place> {
        let one = |(index, it): (usize, &crate::model::Template)| -> Vec<Place> {
            let regions = if self.model.regions.is_empty() { vec![0] } else { it.regions.clone() };
            regions.into_iter().map(|region| Place::New(index, region)).collect()
        };
        self.model.templates.iter().enumerate().flat_map(one).collect()
    }

    /// The values of the levels, if the plan is legal.
    pub fn values(&self, clusters: &[Cluster]) -> Option<Vec<u64>> {
        let model = self.model;
        let homes =
            |job: usize| clusters.iter().filter(move |it| it.1.iter().any(|&(who, _)| who == job)).map(|it| it.0);
        for (index, job) in model.jobs.iter().enumerate() {
            let there: Vec<Place> = homes(index).collect();
            if !self.held(job).iter().all(|&site| there.contains(&Place::Existing(site))) {
                return None;
            }
            let inside = |region: usize| there.iter().filter(|&&place| self.region(place) == region).count() as u64;
            let most = match job.presence {
                Presence::Copies(_, spread, _) => spread,
                Presence::Each => Some(1),
                _ => None,
            };
            if most.is_some_and(|most| (0..model.regions.len()).any(|region| inside(region) > most)) {
                return None;
            }
        }
        for &(pair, a, b) in &model.pairs {
            let regions = |job: usize| homes(job).map(|place| self.region(place)).collect::<BTreeSet<usize>>();
            let fine = match pair {
                Pair::Together => {
                    let at = |job: usize| -> Vec<bool> {
                        clusters.iter().map(|it| it.1.iter().any(|&(who, _)| who == job)).collect()
                    };
                    at(a) == at(b)
                }
                Pair::TogetherInRegion => {
                    &regions(a) | &regions(b) == regions(a) && regions(a).len() == 1 && regions(a) == regions(b)
                }
                Pair::ApartByCluster => true, // judged cluster by cluster
                Pair::ApartByRegion => regions(a).is_disjoint(&regions(b)),
            };
            if !fine {
                return None;
            }
        }
        let mut whole: Vec<Cluster> = clusters.to_vec();
        let there = |site: usize| clusters.iter().any(|it| it.0 == Place::Existing(site));
        let empty = (0..model.sites.len()).filter(|&site| self.kept(site) && !there(site));
        whole.extend(empty.map(|site| (Place::Existing(site), Vec::new())));
        let template = |place: Place| match place {
            Place::Existing(site) => model.sites[site].template,
            Place::New(template, _) => Some(template),
        };
        for (index, it) in model.templates.iter().enumerate() {
            let used = whole.iter().filter(|cluster| template(cluster.0) == Some(index)).count() as u64;
            if it.most.is_some_and(|most| used > most) {
                return None;
            }
        }
        for (index, (most, _)) in model.regions.iter().enumerate() {
            let used = whole.iter().filter(|cluster| self.region(cluster.0) == index).count() as u64;
            if most.is_some_and(|most| used > most) {
                return None;
            }
        }
        let cost = whole.iter().map(|cluster| self.cost(cluster)).sum::<Option<u64>>()?;
        let moves = (0..model.jobs.len()).map(|job| self.moves(job, clusters)).sum();
        let clusters = whole.len() as u64;
        let limits = [model.limits[0], model.limits[1].map(|most| most * 1_000), model.limits[2]];
        if [clusters, cost, moves].iter().zip(limits).any(|(&value, most)| most.is_some_and(|most| value > most)) {
            return None;
        }
        let level = |level: &&str| match *level {
            "clusters" => clusters,
            "cost" => cost,
            "moves" => moves,
            "balance" => whole.iter().map(|cluster| self.fullest(cluster)).max().unwrap_or(0),
            _ => whole.iter().map(|(_, inside)| self.strangers(inside)).sum(),
        };
        Some(self.levels().iter().map(level).collect())
    }

    pub fn levels(&self) -> Vec<&'static str> {
        let mut levels = self.model.objective.clone();
        if !self.model.sites.is_empty() && !levels.contains(&"moves") {
            levels.push("moves");
        }
        levels
    }

    /// In thousandths.
    pub fn cost(&self, cluster: &Cluster) -> Option<u64> {
        let (shape, nodes) = (self.shape(cluster.0), self.fits(cluster)?);
        let factor = self.model.regions.get(self.region(cluster.0)).map_or(100, |it| it.1);
        Some(((shape.price + shape.per_node * nodes) * 1_000 * factor).div_ceil(100))
    }

    fn moves(&self, at: usize, clusters: &[Cluster]) -> u64 {
        let job = &self.model.jobs[at];
        let pods = |site: usize| {
            let cluster = clusters.iter().find(|it| it.0 == Place::Existing(site));
            cluster.and_then(|it| it.1.iter().find(|it| it.0 == at)).map_or(0, |it| it.1)
        };
        let moved = match self.copies(job) {
            Some(copies) => {
                let stay = job.runs_in.iter().filter(|&&home| pods(home) > 0).count() as u64;
                copies.min(job.runs_in.len() as u64) - stay
            }
            None if job.runs_in.is_empty() => 0,
            None => {
                let stay: u64 = job.runs_in.iter().zip(&job.parts).map(|(&home, &today)| pods(home).min(today)).sum();
                let (above, today) = (job.replicas - stay, job.parts.iter().sum::<u64>());
                above.saturating_sub(job.replicas.saturating_sub(today))
            }
        };
        job.cost * moved
    }

    fn strangers(&self, inside: &[(usize, u64)]) -> u64 {
        let tenant = |it: &(usize, u64)| self.model.jobs[it.0].tenant;
        let pairs = inside.iter().enumerate().flat_map(|(at, a)| inside[..at].iter().map(move |b| (a, b)));
        pairs.filter(|(a, b)| tenant(a) != tenant(b)).count() as u64
    }
}
