//! A random small fleet, and its document.

use serde_json::{Map, Value, json};
use tenantry::engine::random::Random;

/// One of these.
fn pick<T: Clone>(from: &[T], random: &mut Random) -> T {
    from[random.index(from.len())].clone()
}

pub struct Level {
    pub name: String,
    /// 0 level, 1 tenant, 2 workload: larger is narrower.
    pub sharing: u64,
    pub accepts: usize,
}

pub struct Tenant {
    pub name: String,
    pub trust: Option<usize>,
    pub sharing: Option<u64>,
    pub accepts: Option<usize>,
    pub attributes: Vec<(String, String)>,
    pub distrusts: Vec<usize>,
    pub platform: bool,
    pub split: bool,
    /// Cores and bytes once in every cluster where it has a workload.
    pub overhead: Option<(u64, u64)>,
}

pub struct Workload {
    pub name: String,
    pub tenant: usize,
    pub namespace: Option<String>,
    pub trust: Option<usize>,
    pub sharing: Option<u64>,
    pub accepts: Option<usize>,
    pub attributes: Vec<(String, String)>,
    pub replicas: u64,
    pub cpu: u64,
    pub memory: u64,
    pub per_cluster: bool,
}

/// One key of a selector: `None` values is `tenant: other`.
pub struct Key {
    pub key: String,
    pub not: bool,
    pub values: Vec<String>,
}

/// No keys: `{all: true}`.
pub struct Selector {
    pub keys: Vec<Key>,
    pub other: bool,
}

pub struct Waiver {
    pub sides: [Selector; 2],
    pub waives: Vec<String>,
    pub expired: bool,
}

pub struct Template {
    pub cpu: u64,
    pub memory: u64,
    pub max_count: Option<u64>,
    pub cost: u64,
}

pub struct Model {
    pub levels: Vec<Level>,
    custom_levels: bool,
    pub separate_env: bool,
    /// The tenants that may leave `customer` out, if it separates.
    pub separate_customer: Option<Vec<usize>>,
    pub apart: bool,
    pub distrust: Vec<(Selector, Selector)>,
    pub together: Vec<Vec<usize>>,
    pub waivers: Vec<Waiver>,
    pub tenants: Vec<Tenant>,
    pub workloads: Vec<Workload>,
    pub templates: Vec<Template>,
    /// The most important level first.
    pub objective: Vec<&'static str>,
    /// On clusters and on cost.
    pub limits: [Option<u64>; 2],
}

/// Half of the fleets ask for the usual.
const OBJECTIVES: [&[&str]; 8] = [
    &["clusters"],
    &["clusters"],
    &["clusters"],
    &["clusters", "cost"],
    &["clusters", "cost"],
    &["cost", "clusters"],
    &["cost", "clusters"],
    &["cost"],
];

/// Environment values and their classes.
pub const ENVIRONMENTS: [(&str, &str); 4] =
    [("production", "production"), ("prod", "production"), ("dev", "non-production"), ("test", "non-production")];
pub const SHARING: [&str; 3] = ["level", "tenant", "workload"];

impl Model {
    pub fn draw(seed: u64) -> Self {
        let random = &mut Random::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let custom_levels = random.chance(400);
        let levels: Vec<_> = if custom_levels {
            (0..3)
                .map(|rank| Level {
                    name: format!("level-{rank}"),
                    sharing: if random.chance(700) { 0 } else { random.below(3) },
                    accepts: if random.chance(600) { 0 } else { random.index(3) },
                })
                .collect()
        } else {
            let level = |name: &str, sharing, accepts| Level { name: name.into(), sharing, accepts };
            vec![level("hostile", 2, 0), level("untrusted", 1, 1), level("trusted", 0, 2)]
        };
        let separate_env = random.chance(300);
        let tenant_count = 1 + random.index(4);
        let mut separate_customer =
            random.chance(250).then(|| (0..tenant_count).filter(|_| random.chance(600)).collect::<Vec<_>>());
        if separate_customer.as_ref().is_some_and(Vec::is_empty) {
            separate_customer = Some(vec![0]);
        }
        let apart = random.chance(250);
        let mut tenants: Vec<_> = (0..tenant_count)
            .map(|index| {
                let trust = if random.chance(750) { 2 } else { random.index(3) };
                Tenant {
                    name: format!("t{index}"),
                    trust: random.chance(900).then_some(trust),
                    sharing: None,
                    accepts: None,
                    attributes: Vec::new(),
                    distrusts: (0..tenant_count).filter(|&other| other != index && random.chance(120)).collect(),
                    platform: false,
                    split: random.chance(300),
                    overhead: None,
                }
            })
            .collect();
        for tenant in &mut tenants {
            let Some(trust) = tenant.trust else { continue };
            if random.chance(150) {
                tenant.sharing = Some(levels[trust].sharing + random.below(3 - levels[trust].sharing));
            }
            if random.chance(100) {
                tenant.accepts = Some(levels[trust].accepts + random.index(3 - levels[trust].accepts));
            }
        }
        let mut workloads = Vec::new();
        for index in 0..1 + random.below(6) {
            let tenant = random.index(tenant_count);
            workloads.push(workload(random, index, tenant, &tenants[tenant], &levels));
        }
        for (index, tenant) in tenants.iter_mut().enumerate() {
            if !workloads.iter().any(|workload| workload.tenant == index) {
                tenant.trust.get_or_insert(2); // nobody else states it
            }
            let listed = separate_customer.as_ref().is_some_and(|tenants| tenants.contains(&index));
            if random.chance(600) {
                tenant.attributes.push(("environment".into(), pick(&ENVIRONMENTS, random).0.into()));
            }
            if (separate_customer.is_some() && !listed) || random.chance(200) {
                tenant.attributes.push(("customer".into(), pick(&["a", "b", "c"], random).into()));
            }
        }
        for workload in &mut workloads {
            let has = |key: &str| tenants[workload.tenant].attributes.iter().any(|(name, _)| name == key);
            let mut add = |key: &str, value: &str| workload.attributes.push((key.into(), value.into()));
            if !has("environment") && (separate_env || random.chance(300)) {
                add("environment", pick(&ENVIRONMENTS, random).0);
            }
            if random.chance(300) {
                add("version", pick(&["1.30", "1.31"], random));
            }
        }
        if random.chance(200) {
            tenants.push(Tenant {
                name: "platform".into(),
                trust: Some(2),
                sharing: None,
                accepts: None,
                attributes: Vec::new(),
                distrusts: Vec::new(),
                platform: true,
                split: false,
                overhead: None,
            });
            let mut agent = workload(random, 99, tenant_count, &tenants[tenant_count], &levels);
            agent = Workload { namespace: None, trust: None, sharing: None, accepts: None, ..agent };
            workloads.push(Workload { per_cluster: true, cpu: 1, memory: 1, replicas: 1, ..agent });
        }
        let placed: Vec<_> = (0..workloads.len()).filter(|&index| !workloads[index].per_cluster).collect();
        let together = (0..random.below(3))
            .filter_map(|_| {
                let members: Vec<_> = placed.iter().copied().filter(|_| random.chance(350)).collect();
                (members.len() >= 2).then_some(members)
            })
            .collect();
        let mut model = Self {
            levels,
            custom_levels,
            separate_env,
            separate_customer,
            apart,
            distrust: Vec::new(),
            together,
            waivers: Vec::new(),
            tenants,
            workloads,
            templates: Vec::new(),
            objective: Vec::new(),
            limits: [None; 2],
        };
        if random.chance(500) {
            model.together.clear();
        }
        for _ in 0..random.below(3) {
            let sides = (model.selector(random, false), model.selector(random, true));
            model.distrust.push(sides);
        }
        for _ in 0..random.below(3) {
            let sides = [model.selector(random, false), model.selector(random, false)];
            let waives = model.reason_ids().into_iter().filter(|_| random.chance(500)).collect::<Vec<_>>();
            if !waives.is_empty() {
                model.waivers.push(Waiver { sides, waives, expired: random.chance(400) });
            }
        }
        for index in 0..1 + random.below(2) {
            let max_count = random.chance(300).then(|| 1 + random.below(4));
            let (cpu, memory) = (6 + random.below(8), 6 + random.below(8));
            model.templates.push(Template { cpu, memory, max_count, cost: 10 + 5 * index + random.below(4) });
        }
        model.limits = [5, 60].map(|most| random.chance(120).then(|| random.below(most)));
        model.objective = OBJECTIVES[random.index(OBJECTIVES.len())].to_vec();
        if random.chance(300) {
            for tenant in model.tenants.iter_mut() {
                tenant.overhead = random.chance(600).then(|| (random.below(4), random.below(3)));
            }
        }
        model
    }

    /// Every reason id of the policy.
    pub fn reason_ids(&self) -> Vec<String> {
        let mut ids = vec!["level".to_owned(), "sharing".into(), "distrusts".into()];
        ids.extend(self.separate_env.then(|| "separate:environment".into()));
        ids.extend(self.separate_customer.as_ref().map(|_| "separate:customer".into()));
        ids.extend(self.apart.then(|| "apart:version".into()));
        ids.extend((0..self.distrust.len()).map(|index| format!("distrust:rule-{index}")));
        ids
    }

    pub fn namespace(&self, workload: usize) -> String {
        let it = &self.workloads[workload];
        it.namespace.clone().unwrap_or_else(|| format!("{}-{}", self.tenants[it.tenant].name, it.name))
    }

    pub fn identity(&self, workload: usize) -> String {
        let it = &self.workloads[workload];
        format!("{}/{}/{}", self.tenants[it.tenant].name, self.namespace(workload), it.name)
    }

    fn selector(&self, random: &mut Random, neighbour: bool) -> Selector {
        if random.chance(100) {
            return Selector { keys: Vec::new(), other: false };
        }
        let mut keys = Vec::new();
        let mut other = false;
        let placed: Vec<_> = (0..self.workloads.len()).filter(|&index| !self.workloads[index].per_cluster).collect();
        if neighbour && random.chance(250) {
            other = true;
        } else if random.chance(500) {
            keys.push(key(random, "tenant", self.tenants.iter().map(|tenant| tenant.name.clone()).collect()));
        }
        if random.chance(200) {
            keys.push(key(random, "trust", self.levels.iter().map(|level| level.name.clone()).collect()));
        }
        if random.chance(300) {
            keys.push(key(random, "environment", ENVIRONMENTS.iter().map(|(value, _)| (*value).into()).collect()));
        }
        if random.chance(100) {
            keys.push(key(random, "workload", placed.iter().map(|&index| self.identity(index)).collect()));
        }
        if random.chance(100) {
            keys.push(key(random, "namespace", placed.iter().map(|&index| self.namespace(index)).collect()));
        }
        if keys.is_empty() && !other {
            keys.push(key(random, "tenant", vec!["t0".into()]));
        }
        Selector { keys, other }
    }

    pub fn document(&self) -> String {
        let mut policy = Map::new();
        policy.insert(
            "attributes".into(),
            json!({"environment": {"production": ["prod"], "non-production": ["dev", "test"]}, "customer": "any", "version": "any"}),
        );
        if self.custom_levels {
            let levels: Vec<_> = self
                .levels
                .iter()
                .map(|level| {
                    let (sharing, accepts) = (SHARING[level.sharing as usize], &self.levels[level.accepts].name);
                    json!({"name": level.name, "sharing": sharing, "accepts": accepts})
                })
                .collect();
            policy.insert("levels".into(), levels.into());
        }
        let mut separate = Vec::new();
        if self.separate_env {
            separate.push(json!({"by": "environment"}));
        }
        if let Some(tenants) = &self.separate_customer {
            let names: Vec<_> = tenants.iter().map(|&tenant| &self.tenants[tenant].name).collect();
            separate.push(json!({"by": "customer", "missing": {"class": "nobody", "tenants": names}}));
        }
        policy.insert("separate".into(), separate.into());
        if self.apart {
            policy.insert("apart".into(), json!([{"by": "version", "missing": "any"}]));
        }
        let rules = self.distrust.iter().enumerate().map(|(index, (subject, neighbour))| {
            let id = format!("rule-{index}");
            json!({"id": id, "subject": write_selector(subject), "neighbour": write_selector(neighbour)})
        });
        policy.insert("distrust".into(), rules.collect::<Vec<_>>().into());
        let groups = self.together.iter().enumerate().map(|(index, members)| {
            let names: Vec<_> = members.iter().map(|&member| self.identity(member)).collect();
            json!({"id": format!("group-{index}"), "members": names, "reason": "drawn"})
        });
        policy.insert("together".into(), groups.collect::<Vec<_>>().into());
        let waivers = self.waivers.iter().enumerate().map(|(index, waiver)| {
            let between: Vec<_> = waiver.sides.iter().map(write_selector).collect();
            let expires = if waiver.expired { "2026-11-22" } else { "2026-11-23" };
            json!({"id": format!("waiver-{index}"), "between": between, "waives": waiver.waives, "approvedBy": "someone",
                   "expires": expires, "reason": "drawn"})
        });
        policy.insert("waivers".into(), waivers.collect::<Vec<_>>().into());
        let tenants: Vec<_> = self.tenants.iter().map(|tenant| self.write_tenant(tenant)).collect();
        let workloads: Vec<_> = self.workloads.iter().map(|workload| self.write_workload(workload)).collect();
        let templates: Vec<_> = self
            .templates
            .iter()
            .enumerate()
            .map(|(index, template)| {
                let allocatable = json!({"cpu": template.cpu, "memory": template.memory});
                let mut document =
                    json!({"name": format!("template-{index}"), "allocatable": allocatable, "cost": template.cost});
                if let Some(max) = template.max_count {
                    document["maxCount"] = max.into();
                }
                document
            })
            .collect();
        let mut whole = json!({"schema": "tenantry/v1", "asOf": "2026-11-23", "policy": policy, "tenants": tenants, "workloads": workloads,
               "clusterTemplates": templates, "objective": self.objective});
        for (what, limit) in ["clusters", "cost"].into_iter().zip(self.limits) {
            if let Some(limit) = limit {
                whole["limits"][what] = limit.into();
            }
        }
        whole.to_string()
    }

    fn write_trust(&self, document: &mut Value, trust: Option<usize>, sharing: Option<u64>, accepts: Option<usize>) {
        if let Some(trust) = trust {
            document["trust"] = self.levels[trust].name.clone().into();
        }
        if let Some(sharing) = sharing {
            document["sharing"] = SHARING[sharing as usize].into();
        }
        if let Some(accepts) = accepts {
            document["accepts"] = self.levels[accepts].name.clone().into();
        }
    }

    fn write_tenant(&self, tenant: &Tenant) -> Value {
        let mut document = json!({"name": tenant.name, "attributes": map(&tenant.attributes)});
        self.write_trust(&mut document, tenant.trust, tenant.sharing, tenant.accepts);
        let distrusts: Vec<_> = tenant.distrusts.iter().map(|&other| &self.tenants[other].name).collect();
        document["distrusts"] = json!(distrusts);
        if tenant.platform {
            document["platform"] = true.into();
        }
        if tenant.split {
            document["splitNamespaces"] = true.into();
        }
        if let Some((cpu, memory)) = tenant.overhead {
            document["overhead"] = json!({"cpu": cpu, "memory": memory});
        }
        document
    }

    fn write_workload(&self, workload: &Workload) -> Value {
        let requests = json!({"cpu": workload.cpu, "memory": workload.memory});
        let tenant = &self.tenants[workload.tenant].name;
        let mut document = json!({"name": workload.name, "tenant": tenant, "replicas": workload.replicas,
                                  "requests": requests, "attributes": map(&workload.attributes)});
        self.write_trust(&mut document, workload.trust, workload.sharing, workload.accepts);
        if let Some(namespace) = &workload.namespace {
            document["namespace"] = namespace.clone().into();
        }
        if workload.per_cluster {
            document["perCluster"] = true.into();
        }
        document
    }
}

fn map(pairs: &[(String, String)]) -> Value {
    Value::Object(pairs.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect())
}

fn key(random: &mut Random, key: &str, from: Vec<String>) -> Key {
    let mut values: Vec<_> = from.iter().filter(|_| random.chance(400)).cloned().collect();
    if values.is_empty() {
        values.push(pick(&from, random));
    }
    Key { key: key.into(), not: random.chance(250), values }
}

fn write_selector(selector: &Selector) -> Value {
    if selector.keys.is_empty() && !selector.other {
        return json!({"all": true});
    }
    let mut document = Map::new();
    if selector.other {
        document.insert("tenant".into(), "other".into());
    }
    for key in &selector.keys {
        let values = if key.values.len() == 1 { json!(key.values[0]) } else { json!(key.values) };
        document.insert(key.key.clone(), if key.not { json!({"not": values}) } else { values });
    }
    document.into()
}

fn workload(random: &mut Random, index: u64, tenant: usize, owner: &Tenant, levels: &[Level]) -> Workload {
    let trust = match owner.trust {
        Some(trust) => random.chance(150).then(|| random.index(trust + 1)),
        None => Some(random.index(3)),
    };
    let level = &levels[trust.or(owner.trust).unwrap_or(0)];
    let inherited = level.sharing.max(owner.sharing.unwrap_or(0)).max(owner.trust.map_or(0, |t| levels[t].sharing));
    let floor = level.accepts.max(owner.accepts.unwrap_or(0));
    Workload {
        name: format!("w{index}"),
        tenant,
        namespace: random.chance(150).then(|| format!("{}-shared", owner.name)),
        trust,
        sharing: random.chance(100).then(|| inherited + random.below(3 - inherited)),
        accepts: random.chance(100).then(|| floor + random.index(3 - floor)),
        attributes: Vec::new(),
        replicas: 1 + random.below(2),
        cpu: random.below(4),
        memory: random.below(4),
        per_cluster: false,
    }
}
