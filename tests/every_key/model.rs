//! A random small fleet with every key that a fleet may have, and its document.

use serde_json::{Value, json};
use tenantry::engine::random::Random;

pub const DAY: &str = "2026-11-26";
pub const REGIONS: [&str; 3] = ["north", "south", "west"];
const LEVELS: [&str; 2] = ["untrusted", "trusted"];
const STAGES: [&str; 2] = ["live", "test"];

#[derive(Clone)]
pub struct Tenant {
    /// 0: shares with itself alone.
    pub trust: usize,
    /// Cores once in a cluster.
    pub overhead: u64,
    /// Refuses the first tenant.
    pub distrusts: bool,
    pub needs: bool,
}

#[derive(Clone)]
pub struct Pool {
    pub cpu: u64,
    pub min: u64,
    pub max: u64,
    pub dedicated: bool,
}

/// What a cluster has.
#[derive(Clone)]
pub struct Shape {
    /// Cores, where there are no pools.
    pub cpu: u64,
    pub pools: Vec<Pool>,
    /// In per cent.
    pub headroom: u64,
    /// Nodes, pods, namespaces, tenants.
    pub most: [Option<u64>; 4],
    pub price: u64,
    pub per_node: u64,
    pub provides: bool,
    /// Only the first tenant.
    pub admits: bool,
}

#[derive(Clone)]
pub struct Template {
    pub shape: Shape,
    pub regions: Vec<usize>,
    pub most: Option<u64>,
}

#[derive(Clone)]
pub struct Site {
    pub template: Option<usize>,
    /// Its own, or the template's with what it says otherwise.
    pub shape: Shape,
    /// Its own headroom, where it has a template.
    own_headroom: bool,
    own_provides: bool,
    pub region: usize,
    pub mode: &'static str,
    pub keep: bool,
    /// Cores, pods and namespaces of others.
    pub occupied: Option<[u64; 3]>,
}

#[derive(Clone, PartialEq)]
pub enum Presence {
    One,
    /// Count, most in a region, how many may be lost at once.
    Copies(u64, Option<u64>, Option<u64>),
    /// One in every allowed region.
    Each,
    /// Parts at most.
    Split(u64),
}

#[derive(Clone)]
pub struct Job {
    pub tenant: usize,
    pub cpu: u64,
    pub replicas: u64,
    pub fixed: u64,
    /// In the dedicated pool.
    pub special: bool,
    pub stage: usize,
    pub runs_in: Vec<usize>,
    /// Of a split the replicas in each cluster where it runs.
    pub parts: Vec<u64>,
    pub pin: Option<usize>,
    /// Nothing, `none`, cluster, cluster until a day that has passed, region.
    pub stay: usize,
    pub stateful: bool,
    pub cost: u64,
    pub regions: Vec<usize>,
    pub needs: bool,
    pub presence: Presence,
}

/// A rule over two workloads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Pair {
    Together,
    TogetherInRegion,
    ApartByCluster,
    ApartByRegion,
}

#[derive(Clone)]
pub struct Model {
    pub tenants: Vec<Tenant>,
    pub jobs: Vec<Job>,
    pub sites: Vec<Site>,
    pub templates: Vec<Template>,
    /// The most clusters, and the factor in per cent.
    pub regions: Vec<(Option<u64>, u64)>,
    /// On every node, in every cluster: cores.
    pub agent: u64,
    pub everywhere: u64,
    pub separate: bool,
    pub pairs: Vec<(Pair, usize, usize)>,
    pub objective: Vec<&'static str>,
    pub limits: [Option<u64>; 3],
}

fn shape(random: &mut Random, pools: bool, special: bool) -> Shape {
    let mut most = [None, Some(3 + random.below(6)), Some(1 + random.below(4)), Some(1 + random.below(2))];
    most.iter_mut().for_each(|most| *most = most.filter(|_| random.chance(150)));
    let pools: Vec<Pool> = if pools {
        let mut pools: Vec<Pool> = (0..1 + random.index(2))
            .map(|_| {
                let (max, min) = (1 + random.below(2), u64::from(random.chance(200)));
                Pool { cpu: 3 + random.below(5), min, max, dedicated: false }
            })
            .collect();
        if special {
            pools.push(Pool { cpu: 3 + random.below(4), min: 0, max: 1 + random.below(2), dedicated: true });
        }
        if random.chance(150) {
            let least: u64 = pools.iter().map(|pool| pool.min).sum();
            most[0] = Some(least.max(1) + random.below(2));
        }
        pools
    } else {
        Vec::new()
    };
    let nodes = !pools.is_empty() && random.chance(500);
    Shape {
        cpu: 3 + random.below(7),
        headroom: if random.chance(200) { 25 } else { 0 },
        most,
        price: random.below(9),
        per_node: if nodes { random.below(3) } else { 0 },
        provides: random.chance(600),
        admits: random.chance(60),
        pools,
    }
}

impl Model {
    /// `several`: with workloads in several clusters, and rules between clusters.
    pub fn draw(seed: u64, several: bool) -> Self {
        let random = &mut Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xe7e7);
        let regions: Vec<(Option<u64>, u64)> = if random.chance(500) {
            let count = 1 + random.index(2);
            let region = |_| (random.chance(250).then(|| random.below(4)), [100, 100, 112, 95][random.index(4)]);
            (0..count).map(region).collect()
        } else {
            Vec::new()
        };
        let everywhere: Vec<usize> = (0..regions.len()).collect();
        let some = |random: &mut Random, chance: u64| -> Vec<usize> {
            let few: Vec<usize> = everywhere.iter().copied().filter(|_| random.chance(500)).collect();
            if random.chance(chance) && !few.is_empty() { few } else { everywhere.clone() }
        };
        let tenants: Vec<Tenant> = (0..2 + random.index(2))
            .map(|index| Tenant {
                trust: usize::from(random.chance(800)),
                overhead: if random.chance(200) { 1 } else { 0 },
                distrusts: index > 0 && random.chance(150),
                needs: random.chance(80),
            })
            .collect();
        let nodes = random.chance(500);
        let (special, agent) = (nodes && random.chance(400), u64::from(nodes && random.chance(300)));
        let mut templates: Vec<Template> = (0..1 + random.index(2))
            .map(|_| Template {
                shape: {
                    let pools = nodes && (agent > 0 || random.chance(800));
                    shape(random, pools, special)
                },
                regions: some(random, 300),
                most: random.chance(250).then(|| 1 + random.below(2)),
            })
            .collect();
        templates[0].shape.provides = true;
        let sites: Vec<Site> = (0..random.index(4))
            .map(|_| {
                let template = random.chance(500).then(|| random.index(templates.len()));
                let (own_headroom, own_provides) = (random.chance(200), random.chance(200));
                let pools = nodes && (agent > 0 || random.chance(700));
                let own = shape(random, pools, special);
                let shape = match template {
                    None => own,
                    Some(template) => {
                        let mut shape = templates[template].shape.clone();
                        shape.headroom = if own_headroom { own.headroom } else { shape.headroom };
                        shape.provides = if own_provides { own.provides } else { shape.provides };
                        shape
                    }
                };
                let mode = if random.chance(700) { "open" } else { ["cordon", "drain"][random.index(2)] };
                let occupied = (mode != "drain" && random.chance(150))
                    .then(|| [random.below(3), random.below(2), random.below(2)]);
                let region = random.index(regions.len().max(1));
                Site { template, shape, own_headroom, own_provides, region, mode, keep: random.chance(150), occupied }
            })
            .collect();
        // a pool that somebody names is dedicated wherever there is one
        let has = |shape: &Shape| shape.pools.iter().any(|pool| pool.dedicated);
        let special = templates.iter().map(|it| &it.shape).chain(sites.iter().map(|it| &it.shape)).any(has);
        let mut jobs: Vec<Job> = (0..1 + random.below(if several { 4 } else { 5 }))
            .map(|_| {
                let presence = match random.below(if several { 10 } else { 1 }) {
                    6 if !regions.is_empty() => Presence::Each,
                    7 => Presence::Split(1 + random.below(3)),
                    8 | 9 => {
                        let count = 1 + random.below(3);
                        let spread = (!regions.is_empty()).then(|| 1 + random.below(2)).filter(|_| random.chance(400));
                        Presence::Copies(count, spread, random.chance(400).then(|| random.below(count)))
                    }
                    _ => Presence::One,
                };
                let split = matches!(presence, Presence::Split(_));
                let homes = match presence {
                    Presence::One => 1,
                    Presence::Split(_) => 2,
                    Presence::Copies(count, ..) => count + u64::from(random.chance(100)),
                    Presence::Each => 2,
                };
                let mut runs_in: Vec<usize> = Vec::new();
                if random.chance(800) && !sites.is_empty() {
                    runs_in = (0..homes).map(|_| random.index(sites.len())).collect();
                    runs_in.sort_unstable();
                    runs_in.dedup();
                }
                let special = special && random.chance(250);
                Job {
                    tenant: random.index(tenants.len()),
                    cpu: 1 + random.below(3),
                    replicas: 1 + random.below(if split { 3 } else { 2 }),
                    fixed: u64::from(!split && !special && random.chance(100)),
                    special,
                    stage: random.index(2),
                    parts: runs_in.iter().map(|_| 1 + random.below(2)).collect(),
                    runs_in,
                    pin: (!sites.is_empty() && random.chance(60)).then(|| random.index(sites.len())),
                    stay: if random.chance(200) { 1 + random.index(4) } else { 0 },
                    stateful: random.chance(80),
                    cost: [1, 1, 1, 0, 3][random.index(5)],
                    regions: some(random, 250),
                    needs: random.chance(100),
                    presence,
                }
            })
            .collect();
        for job in &mut jobs {
            if sites.is_empty() {
                job.stay = 0;
            } else if regions.is_empty() && job.stay == 4 {
                job.stay = 2;
            }
        }
        let mut pairs = Vec::new();
        if jobs.len() > 1 && random.chance(350) {
            let pair = match random.below(if several { 4 } else { 1 }) {
                1 if !regions.is_empty() => Pair::TogetherInRegion,
                2 => Pair::ApartByCluster,
                3 if !regions.is_empty() => Pair::ApartByRegion,
                _ => Pair::Together,
            };
            if pair == Pair::Together {
                // who must be together has the same copies, and is no split
                jobs[0].presence =
                    if jobs[0].presence == Presence::Each { Presence::One } else { jobs[0].presence.clone() };
                if matches!(jobs[0].presence, Presence::Split(_)) {
                    jobs[0].presence = Presence::One;
                }
                jobs[1].presence = jobs[0].presence.clone();
                for job in &mut jobs[..2] {
                    if job.presence == Presence::One {
                        job.runs_in.truncate(1);
                    }
                }
            }
            pairs.push((pair, 0, 1));
        }
        let mut levels = vec!["clusters", "cost", "moves"];
        let mut objective: Vec<&str> =
            (0..1 + random.index(3)).map(|_| levels.remove(random.index(levels.len()))).collect();
        if sites.is_empty() {
            objective.retain(|level| *level != "moves");
        }
        if objective.is_empty() {
            objective.push("clusters");
        }
        if random.chance(200) {
            objective.insert(1 + random.index(objective.len()), "exposure");
        }
        let mut limits = [4, 25, 4].map(|most| random.chance(100).then(|| random.below(most)));
        limits[2] = limits[2].filter(|_| !sites.is_empty());
        let separate = random.chance(200);
        let everywhere = u64::from(random.chance(200));
        Self { tenants, jobs, sites, templates, regions, agent, everywhere, separate, pairs, objective, limits }
    }

    fn shape(shape: &Shape, row: &mut Value) {
        if shape.pools.is_empty() {
            row["allocatable"] = json!({"cpu": shape.cpu, "memory": "1Gi"});
        } else {
            let pool = |(index, it): (usize, &Pool)| {
                let name = if it.dedicated { "special".to_owned() } else { format!("pool-{index}") };
                json!({"name": name, "allocatable": {"cpu": it.cpu, "memory": "1Gi"}, "min": it.min, "max": it.max,
                       "dedicated": it.dedicated})
            };
            row["nodePools"] = shape.pools.iter().enumerate().map(pool).collect();
        }
        row["cost"] = if shape.per_node > 0 {
            json!({"cluster": shape.price, "perNode": shape.per_node})
        } else {
            json!(shape.price)
        };
        for (what, most) in ["nodes", "pods", "namespaces", "tenants"].iter().zip(shape.most) {
            if let Some(most) = most {
                row["maximums"][what] = most.into();
            }
        }
        if shape.admits {
            row["admits"] = json!({"tenant": "t0"});
        }
        Self::headroom(shape, row);
        Self::provides(shape, row);
    }

    fn headroom(shape: &Shape, row: &mut Value) {
        row["headroom"] = json!(format!("{}%", shape.headroom));
    }

    fn provides(shape: &Shape, row: &mut Value) {
        row["provides"] = json!([if shape.provides { "gpu" } else { "disk" }]);
    }

    pub fn names(regions: &[usize]) -> Vec<&'static str> {
        regions.iter().map(|&region| REGIONS[region]).collect()
    }

    pub fn site(index: usize) -> String {
        format!("e{index}")
    }

    pub fn document(&self) -> Value {
        let regional = !self.regions.is_empty();
        let mut whole = json!({"schema": "tenantry/v1", "asOf": DAY, "policy": {"attributes": {"stage": STAGES}},
                               "objective": self.objective});
        if self.separate {
            whole["policy"]["separate"] = json!([{"by": "stage"}]);
        }
        for (at, &(pair, a, b)) in self.pairs.iter().enumerate() {
            let members = [a, b].map(|it| format!("t{}/w{it}", self.jobs[it].tenant));
            let (list, more) = match pair {
                Pair::Together => ("together", json!({})),
                Pair::TogetherInRegion => ("together", json!({"in": "region"})),
                Pair::ApartByCluster => ("apart", json!({"by": "cluster", "reason": "two"})),
                Pair::ApartByRegion => ("apart", json!({"by": "region", "reason": "two"})),
            };
            let mut row = json!({"id": format!("pair-{at}"), "members": members});
            row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            whole["policy"][list] = json!([row]);
        }
        let tenant = |(index, it): (usize, &Tenant)| {
            let mut row = json!({"name": format!("t{index}"), "trust": LEVELS[it.trust], "splitNamespaces": true});
            if it.overhead > 0 {
                row["overhead"] = json!({"cpu": it.overhead});
            }
            if it.distrusts {
                row["distrusts"] = json!(["t0"]);
            }
            if it.needs {
                row["needs"] = json!(["gpu"]);
            }
            row
        };
        let mut tenants: Vec<Value> = self.tenants.iter().enumerate().map(tenant).collect();
        tenants.push(json!({"name": "platform", "trust": "trusted", "platform": true}));
        let mut workloads: Vec<Value> = self.jobs.iter().enumerate().map(|it| self.workload(it)).collect();
        for (name, key, cpu) in [("agent", "perNode", self.agent), ("dns", "perCluster", self.everywhere)] {
            if cpu > 0 {
                workloads.push(
                    json!({"name": name, "tenant": "platform", key: true, "requests": {"cpu": cpu, "memory": 0}}),
                );
            }
        }
        let template = |(index, it): (usize, &Template)| {
            let mut row = json!({"name": format!("k{index}")});
            Self::shape(&it.shape, &mut row);
            if let Some(most) = it.most {
                row["maxCount"] = most.into();
            }
            if regional {
                row["regions"] = json!(Self::names(&it.regions));
            }
            row
        };
        whole["clusterTemplates"] = self.templates.iter().enumerate().map(template).collect();
        let site = |(index, it): (usize, &Site)| {
            let mut row = json!({"name": Self::site(index), "mode": it.mode, "keep": it.keep});
            match it.template {
                None => Self::shape(&it.shape, &mut row),
                Some(template) => {
                    row["template"] = json!(format!("k{template}"));
                    if it.own_headroom {
                        Self::headroom(&it.shape, &mut row);
                    }
                    if it.own_provides {
                        Self::provides(&it.shape, &mut row);
                    }
                }
            }
            if let Some([cpu, pods, namespaces]) = it.occupied {
                row["occupied"] = json!({"cpu": cpu, "pods": pods, "namespaces": namespaces});
            }
            if regional {
                row["region"] = json!(REGIONS[it.region]);
            }
            row
        };
        if !self.sites.is_empty() {
            whole["existingClusters"] = self.sites.iter().enumerate().map(site).collect();
        }
        if regional {
            let region = |(index, (most, factor)): (usize, &(Option<u64>, u64))| {
                let mut row =
                    json!({"name": REGIONS[index], "costFactor": format!("{}.{:02}", factor / 100, factor % 100)});
                if let Some(most) = most {
                    row["maxClusters"] = json!(most);
                }
                row
            };
            whole["defaults"] = json!({"regions": "all"});
            whole["regions"] = self.regions.iter().enumerate().map(region).collect();
        }
        (whole["tenants"], whole["workloads"]) = (json!(tenants), json!(workloads));
        for (what, limit) in ["clusters", "cost", "moves"].into_iter().zip(self.limits) {
            if let Some(limit) = limit {
                whole["limits"][what] = json!(limit);
            }
        }
        whole
    }

    fn workload(&self, (index, job): (usize, &Job)) -> Value {
        let mut row = json!({
            "name": format!("w{index}"), "tenant": format!("t{}", job.tenant), "replicas": job.replicas,
            "requests": {"cpu": job.cpu, "memory": 0}, "attributes": {"stage": STAGES[job.stage]}
        });
        if job.fixed > 0 {
            row["fixedRequests"] = json!({"cpu": job.fixed});
        }
        if job.special {
            row["pool"] = json!("special");
        }
        if job.needs {
            row["needs"] = json!("gpu");
        }
        if !self.regions.is_empty() {
            row["regions"] = json!(Self::names(&job.regions));
        }
        match &job.presence {
            Presence::One => {}
            Presence::Each => row["copies"] = json!({"each": "region"}),
            Presence::Split(most) => row["split"] = json!({"clusters": most}),
            Presence::Copies(count, spread, survive) => {
                row["copies"] = json!({"count": count});
                if let Some(spread) = spread {
                    row["copies"]["spread"] = json!({"perRegion": spread});
                }
                if let Some(survive) = survive {
                    row["copies"]["survive"] = json!(survive);
                }
            }
        }
        if self.sites.is_empty() {
            return row;
        }
        let homes: Vec<String> = job.runs_in.iter().map(|&it| Self::site(it)).collect();
        row["runsIn"] = match (&job.presence, homes.len()) {
            (Presence::Split(_), 1..) => {
                homes.into_iter().zip(&job.parts).map(|(name, &it)| (name, json!(it))).collect()
            }
            _ => json!(homes),
        };
        row["moveCost"] = json!(job.cost);
        row["stateful"] = json!(job.stateful);
        if let Some(pin) = job.pin {
            row["pin"] = json!(Self::site(pin));
        }
        match job.stay {
            1 => row["stay"] = json!("none"),
            2 => row["stay"] = json!("cluster"),
            3 => row["stay"] = json!({"for": "cluster", "until": "2026-11-25"}),
            4 => row["stay"] = json!("region"),
            _ => {}
        }
        row
    }
}
