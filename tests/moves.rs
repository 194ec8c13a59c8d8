//! Plans where something exists already, against an exhaustive search of all assignments: thousands of small random fleets, read a
//! second time here from the published rules, without any of the library's code. And laws.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tenantry::engine::random::Random;
use tenantry::engine::{Event, Options, Silent, Verdict, Watch};
use tenantry::fleet::ValueLimits;
use tenantry::plan::{Change, Figure, KeptBecause, LevelObjective, Plan, PlanLimits, PlanProof, PlanStatus, PlanStop};
use tenantry::{Error, Fleet, FrontierOptions, GrowOptions, MigrateOptions, PlanOptions, Ruling, certificate};

use crate::seeds::seeds;

const DAY: &str = "2026-11-26";
const LEVELS: [&str; 3] = ["hostile", "untrusted", "trusted"];
const REGIONS: [&str; 3] = ["north", "south", "west"];

#[derive(Clone)]
struct Site {
    name: String,
    cpu: u64,
    cost: u64,
    /// Index of its template.
    template: Option<usize>,
    mode: &'static str,
    keep: bool,
    occupied: u64,
    region: usize,
    /// In place of the template's: admits only the first tenant; what it provides.
    admits: bool,
    provides: Option<bool>,
}

#[derive(Clone)]
struct Job {
    tenant: usize,
    cpu: u64,
    runs_in: Option<usize>,
    pin: Option<usize>,
    /// `none`, `cluster`, until today, until yesterday, or nothing; the same for the region.
    stay: usize,
    stateful: bool,
    cost: u64,
    /// Of regions, where it may be.
    regions: Vec<usize>,
    needs: bool,
}

#[derive(Clone)]
struct Region {
    most: Option<u64>,
    /// In hundredths.
    factor: u64,
}

#[derive(Clone)]
struct Template {
    cpu: u64,
    cost: u64,
    most: Option<u64>,
    regions: Vec<usize>,
    provides: bool,
}

#[derive(Clone)]
struct Model {
    tenants: Vec<usize>,
    jobs: Vec<Job>,
    existing: Vec<Site>,
    templates: Vec<Template>,
    together: Option<[usize; 2]>,
    objective: Option<Vec<&'static str>>,
    /// None: of none.
    regions: Vec<Region>,
    /// On clusters, cost and moves.
    limits: [Option<u64>; 3],
}

impl Model {
    fn draw(seed: u64) -> Self {
        let random = &mut Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 77);
        let templates: Vec<_> = (0..1 + random.index(2))
            .map(|_| {
                let (cpu, cost) = (4 + random.below(6), 5 + random.below(4));
                let most = random.chance(350).then(|| 1 + random.below(4));
                Template { cpu, cost, most, regions: Vec::new(), provides: true }
            })
            .collect();
        let existing: Vec<Site> = (0..1 + random.index(4))
            .map(|index| {
                let template = random.chance(600).then(|| random.index(templates.len()));
                let own = (3 + random.below(8), 3 + random.below(6));
                let (cpu, cost) = template.map_or(own, |template| (templates[template].cpu, templates[template].cost));
                let mode = ["open", "open", "open", "cordon", "drain"][random.index(5)];
                let occupied = if random.chance(80) && mode != "drain" { 1 } else { 0 };
                let (name, keep) = (format!("e{index}"), random.chance(150));
                Site { name, cpu, cost, template, mode, keep, occupied, region: 0, admits: false, provides: None }
            })
            .collect();
        let tenants: Vec<usize> = (0..1 + random.index(3)).map(|_| [2, 2, 1, 0][random.index(4)]).collect();
        let jobs: Vec<Job> = (0..1 + random.index(5))
            .map(|_| Job {
                tenant: random.index(tenants.len()),
                cpu: 1 + random.below(4),
                runs_in: random.chance(800).then(|| random.index(existing.len())),
                pin: random.chance(80).then(|| random.index(existing.len())),
                stay: if random.chance(200) { 1 + random.index(4) } else { 0 },
                stateful: random.chance(120),
                cost: [1, 1, 1, 0, 3][random.index(5)],
                regions: Vec::new(),
                needs: false,
            })
            .collect();
        let together = (jobs.len() > 1 && random.chance(200)).then_some([0, 1]);
        // nothing, or some of the levels in any order
        let mut levels = vec!["clusters", "cost", "moves"];
        let mut drawn: Vec<&str> = (0..random.index(4)).map(|_| levels.remove(random.index(levels.len()))).collect();
        if random.chance(300) {
            drawn.retain(|level| *level != "moves");
        }
        for level in ["exposure", "balance"] {
            if !drawn.is_empty() && random.chance(300) {
                drawn.insert(random.index(drawn.len() + 1), level);
            }
        }
        if drawn.len() > 1 && seed.is_multiple_of(5) {
            drawn.retain(|level| ["exposure", "balance"].contains(level)); // then clusters and moves come by themselves
        }
        let objective = (!drawn.is_empty()).then_some(drawn);
        let limits = [4, 25, 4].map(|most| random.chance(120).then(|| random.below(most)));
        Self { tenants, jobs, existing, templates, together, objective, regions: Vec::new(), limits }
    }

    /// The same in regions, with purposes and needs.
    fn regional(seed: u64) -> Self {
        let mut model = Self::draw(seed);
        let random = &mut Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 4_711);
        let count = 1 + random.index(3);
        let some = |random: &mut Random, chance: u64| -> Vec<usize> {
            let all: Vec<usize> = (0..count).collect();
            let few: Vec<usize> = all.iter().copied().filter(|_| random.chance(500)).collect();
            if random.chance(chance) && !few.is_empty() { few } else { all }
        };
        let region = |_| Region {
            most: random.chance(300).then(|| random.below(4)),
            factor: [100, 100, 112, 95][random.index(4)],
        };
        model.regions = (0..count).map(region).collect();
        for template in &mut model.templates {
            template.regions = some(random, 400);
            template.provides = random.chance(600);
        }
        model.templates[0].provides = true;
        for site in &mut model.existing {
            site.region = random.index(count);
            site.admits = random.chance(120);
            site.provides = random.chance(300).then(|| random.chance(500));
        }
        for job in &mut model.jobs {
            job.regions = some(random, 350);
            job.needs = random.chance(150);
            if random.chance(250) {
                job.stay = 5 + random.index(3);
            }
        }
        model
    }

    fn document(&self) -> Value {
        let tenants: Vec<Value> = self
            .tenants
            .iter()
            .enumerate()
            .map(|(index, &trust)| json!({"name": format!("t{index}"), "trust": LEVELS[trust]}))
            .collect();
        let jobs: Vec<Value> = self
            .jobs
            .iter()
            .enumerate()
            .map(|(index, job)| {
                let runs_in: Vec<&str> = job.runs_in.iter().map(|&it| self.existing[it].name.as_str()).collect();
                let mut row = json!({
                    "name": format!("w{index}"), "tenant": format!("t{}", job.tenant), "moveCost": job.cost,
                    "requests": {"cpu": job.cpu, "memory": 0}, "runsIn": runs_in, "stateful": job.stateful
                });
                if let Some(pin) = job.pin {
                    row["pin"] = json!(self.existing[pin].name);
                }
                match job.stay {
                    1 => row["stay"] = json!("none"),
                    2 => row["stay"] = json!("cluster"),
                    3 => row["stay"] = json!({"for": "cluster", "until": "2026-11-26"}),
                    4 => row["stay"] = json!({"for": "cluster", "until": "2026-11-25"}),
                    5 => row["stay"] = json!("region"),
                    6 => row["stay"] = json!({"for": "region", "until": "2026-11-26"}),
                    7 => row["stay"] = json!({"for": "region", "until": "2026-11-25"}),
                    _ => {}
                }
                if !self.regions.is_empty() {
                    row["regions"] = json!(names(&job.regions));
                    if job.needs {
                        row["needs"] = json!("gpu");
                    }
                }
                row
            })
            .collect();
        let templates: Vec<Value> = self
            .templates
            .iter()
            .enumerate()
            .map(|(index, it)| {
                let mut row = json!({"name": format!("k{index}"), "allocatable": {"cpu": it.cpu, "memory": "1Gi"}, "cost": it.cost});
                if let Some(most) = it.most {
                    row["maxCount"] = json!(most);
                }
                if !self.regions.is_empty() {
                    row["regions"] = json!(names(&it.regions));
                    if it.provides {
                        row["provides"] = json!(["gpu"]);
                    }
                }
                row
            })
            .collect();
        let existing: Vec<Value> = self
            .existing
            .iter()
            .map(|site| {
                let mut row = json!({"name": site.name, "mode": site.mode, "keep": site.keep});
                match site.template {
                    Some(template) => row["template"] = json!(format!("k{template}")),
                    None => {
                        row["allocatable"] = json!({"cpu": site.cpu, "memory": "1Gi"});
                        row["cost"] = json!(site.cost);
                    }
                }
                if site.occupied > 0 {
                    row["occupied"] = json!({"cpu": site.occupied});
                }
                if !self.regions.is_empty() {
                    row["region"] = json!(REGIONS[site.region]);
                    if site.admits {
                        row["admits"] = json!({"tenant": "t0"});
                    }
                    if let Some(provides) = site.provides {
                        row["provides"] = json!(if provides { "gpu" } else { "disk" });
                    }
                }
                row
            })
            .collect();
        let mut whole = json!({
            "schema": "tenantry/v1", "asOf": DAY, "tenants": tenants, "workloads": jobs, "clusterTemplates": templates,
            "existingClusters": existing
        });
        if !self.regions.is_empty() {
            let region = |(index, it): (usize, &Region)| {
                let factor = format!("{}.{:02}", it.factor / 100, it.factor % 100);
                let mut row = json!({"name": REGIONS[index], "costFactor": factor});
                if let Some(most) = it.most {
                    row["maxClusters"] = json!(most);
                }
                row
            };
            whole["defaults"] = json!({"regions": "all"});
            whole["regions"] = self.regions.iter().enumerate().map(region).collect();
        }
        if let Some([a, b]) = self.together {
            let member = |job: usize| format!("t{}/w{job}", self.jobs[job].tenant);
            whole["policy"] = json!({"together": [{"id": "pair", "members": [member(a), member(b)]}]});
        }
        if let Some(objective) = &self.objective {
            whole["objective"] = json!(objective);
        }
        for (what, limit) in ["clusters", "cost", "moves"].into_iter().zip(self.limits) {
            if let Some(limit) = limit {
                whole["limits"][what] = json!(limit);
            }
        }
        whole
    }

    fn levels(&self) -> Vec<&'static str> {
        let mut levels = self.objective.clone().unwrap_or_else(|| vec!["clusters", "moves"]);
        if !levels.iter().any(|level| ["clusters", "cost", "moves"].contains(level)) {
            levels.push("clusters");
        }
        if !levels.contains(&"moves") {
            levels.push("moves");
        }
        levels
    }

    fn kept(&self, site: usize) -> bool {
        self.existing[site].keep || self.existing[site].occupied > 0
    }

    /// Where a job must be: pins, and stays on the day.
    fn held(&self, job: &Job) -> Vec<usize> {
        let stays = match job.stay {
            2 | 3 => true,
            // nothing is said of it, or of what it implies
            0 => job.stateful,
            _ => false,
        };
        job.pin.into_iter().chain(job.runs_in.filter(|_| stays)).collect()
    }

    fn apart(&self, a: usize, b: usize) -> bool {
        let (one, other) = (&self.jobs[a], &self.jobs[b]);
        let (x, y) = (self.tenants[one.tenant], self.tenants[other.tenant]);
        // hostile workloads are alone, untrusted ones with their tenant, and each level accepts itself and above
        x == 0 || y == 0 || x != y || (x == 1 && one.tenant != other.tenant)
    }

    fn room(&self, place: Place) -> u64 {
        match place {
            Place::Existing(site) => self.existing[site].cpu.saturating_sub(self.existing[site].occupied),
            Place::New(template, _) => self.templates[template].cpu,
        }
    }

    /// Whether these jobs may be in the cluster, an existing one or of a template, together.
    fn fits(&self, jobs: &[usize], place: Place) -> bool {
        let cpu = self.room(place);
        let room = jobs.iter().map(|&job| self.jobs[job].cpu).sum::<u64>() <= cpu;
        let peace = jobs.iter().enumerate().all(|(at, &a)| jobs[..at].iter().all(|&b| !self.apart(a, b)));
        let open = |&job: &usize| {
            let job = &self.jobs[job];
            let here = match place {
                Place::Existing(site) => match self.existing[site].mode {
                    "drain" => false,
                    "cordon" => job.runs_in == Some(site),
                    _ => true,
                },
                Place::New(..) => true,
            };
            here && self.welcome(job, place) && self.held(job).iter().all(|&site| place == Place::Existing(site))
        };
        room && peace && jobs.iter().all(open)
    }

    /// Whether region, purpose and needs allow a job there.
    fn welcome(&self, job: &Job, place: Place) -> bool {
        if self.regions.is_empty() {
            return true;
        }
        let (region, admits, provides) = match place {
            Place::Existing(site) => {
                let it = &self.existing[site];
                let inherited = it.template.is_some_and(|template| self.templates[template].provides);
                (it.region, it.admits, it.provides.unwrap_or(inherited))
            }
            Place::New(template, region) => (region, false, self.templates[template].provides),
        };
        let stays = matches!(job.stay, 5 | 6).then_some(job.runs_in).flatten();
        job.regions.contains(&region)
            && stays.is_none_or(|home| self.existing[home].region == region)
            && (!admits || job.tenant == 0)
            && (!job.needs || provides)
    }

    /// In thousandths.
    fn cost(&self, place: Place) -> u64 {
        let (cost, region) = match place {
            Place::Existing(site) => (self.existing[site].cost, self.existing[site].region),
            Place::New(template, region) => (self.templates[template].cost, region),
        };
        (cost * 1_000 * self.regions.get(region).map_or(100, |it| it.factor)).div_ceil(100)
    }

    /// Where a further cluster could stand.
    fn places(&self) -> Vec<Place> {
        let one = |(index, it): (usize, &Template)| -> Vec<Place> {
            let regions = if self.regions.is_empty() { vec![0] } else { it.regions.clone() };
            regions.into_iter().map(|region| Place::New(index, region)).collect()
        };
        self.templates.iter().enumerate().flat_map(one).collect()
    }

    /// The values of all legal plans, by level.
    fn all(&self) -> Vec<Vec<u64>> {
        let mut found = Vec::new();
        let mut groups: Vec<(Place, Vec<usize>)> = Vec::new();
        self.next(0, &mut groups, &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }

    fn next(&self, job: usize, groups: &mut Vec<(Place, Vec<usize>)>, found: &mut Vec<Vec<u64>>) {
        if job == self.jobs.len() {
            found.extend(self.values(groups));
            return;
        }
        for index in 0..groups.len() {
            groups[index].1.push(job);
            if self.fits(&groups[index].1, groups[index].0) {
                self.next(job + 1, groups, found);
            }
            groups[index].1.pop();
        }
        let used = |groups: &[(Place, Vec<usize>)], place: Place| groups.iter().any(|(at, _)| *at == place);
        let existing = (0..self.existing.len()).map(Place::Existing).filter(|&place| !used(groups, place));
        let places: Vec<Place> = existing.chain(self.places()).collect();
        for place in places {
            if self.fits(&[job], place) {
                groups.push((place, vec![job]));
                self.next(job + 1, groups, found);
                groups.pop();
            }
        }
    }

    fn values(&self, groups: &[(Place, Vec<usize>)]) -> Option<Vec<u64>> {
        let home = |job: usize| groups.iter().position(|(_, jobs)| jobs.contains(&job));
        if self.together.is_some_and(|[a, b]| home(a) != home(b)) {
            return None;
        }
        let mut places: Vec<Place> = groups.iter().map(|(place, _)| *place).collect();
        let missing = (0..self.existing.len()).filter(|&site| self.kept(site)).map(Place::Existing);
        let missing: Vec<Place> = missing.filter(|place| !places.contains(place)).collect();
        places.extend(missing);
        let template = |place: &Place| match *place {
            Place::Existing(site) => self.existing[site].template,
            Place::New(template, _) => Some(template),
        };
        for (index, it) in self.templates.iter().enumerate() {
            let used = places.iter().filter(|place| template(place) == Some(index)).count() as u64;
            if it.most.is_some_and(|most| used > most) {
                return None;
            }
        }
        let region = |place: &Place| match *place {
            Place::Existing(site) => self.existing[site].region,
            Place::New(_, region) => region,
        };
        for (index, it) in self.regions.iter().enumerate() {
            let used = places.iter().filter(|place| region(place) == index).count() as u64;
            if it.most.is_some_and(|most| used > most) {
                return None;
            }
        }
        let cost = |place: &Place| self.cost(*place);
        let moves = self.jobs.iter().enumerate().filter_map(|(index, job)| {
            let (place, _) = groups.iter().find(|(_, jobs)| jobs.contains(&index))?;
            job.runs_in.filter(|&site| *place != Place::Existing(site)).map(|_| job.cost)
        });
        let (clusters, cost, moves) = (places.len() as u64, places.iter().map(cost).sum(), moves.sum());
        let [most_clusters, most_cost, most_moves] = self.limits;
        let limits = [most_clusters, most_cost.map(|most| most * 1_000), most_moves];
        if [clusters, cost, moves].iter().zip(limits).any(|(&value, most)| most.is_some_and(|most| value > most)) {
            return None;
        }
        let tenants = |a: usize, b: usize| self.jobs[a].tenant != self.jobs[b].tenant;
        let pairs = |jobs: &Vec<usize>| {
            let all = jobs.iter().enumerate().flat_map(|(at, &a)| jobs[..at].iter().map(move |&b| (a, b)));
            all.filter(|&(a, b)| tenants(a, b)).count() as u64
        };
        let share = |(place, jobs): &(Place, Vec<usize>)| {
            let requested = jobs.iter().map(|&job| self.jobs[job].cpu).sum::<u64>() * 1_000_000;
            requested.div_ceil(self.room(*place).max(1))
        };
        let value = |level: &&str| match *level {
            "clusters" => clusters,
            "cost" => cost,
            "moves" => moves,
            "exposure" => groups.iter().map(|(_, jobs)| pairs(jobs)).sum(),
            _ => groups.iter().map(share).max().unwrap_or(0),
        };
        Some(self.levels().iter().map(value).collect())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Existing(usize),
    /// Of a template in a region.
    New(usize, usize),
}

fn names(regions: &[usize]) -> Vec<&'static str> {
    regions.iter().map(|&region| REGIONS[region]).collect()
}

fn options() -> PlanOptions {
    PlanOptions { solver: Options { threads: Some(1), ..Options::default() }, ..PlanOptions::default() }
}

fn number(figure: Figure) -> u64 {
    match figure {
        Figure::Count(count) => count,
        Figure::Money(money) => (money * 1_000.0).round() as u64,
    }
}

/// The values that a plan states, and the bounds.
fn stated(plan: &Plan) -> (Vec<u64>, Vec<Option<u64>>) {
    let values = plan.levels.iter().map(|level| number(level.value.unwrap())).collect();
    (values, plan.levels.iter().map(|level| level.bound.map(number)).collect())
}

/// What was found of the levels of random fleets.
#[derive(Default)]
struct Tally {
    fleets: usize,
    /// Of clusters, cost and moves: those that are proved, and all.
    proved: usize,
    levels: usize,
    /// Plans that are proved, and those of them with a certificate for all of it.
    optimal: usize,
    certified: usize,
    /// Of these, where some claim stands on cases.
    by_cases: usize,
    /// The same of fleets without a plan.
    infeasible: usize,
    refuted: usize,
    /// Of exposure and balance: those that are the least, and all.
    least: usize,
    fine: usize,
}

/// Plans a random fleet and holds it against all plans.
fn compare(seed: u64, model: &Model, tally: &mut Tally) -> Option<()> {
    let document = model.document();
    let fleet =
        Fleet::from_json(&document.to_string()).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{document}"));
    let all = model.all();
    let planned = match tenantry::plan_with_proof(&fleet, &options(), &Silent) {
        Ok(planned) => planned,
        Err(Error::Fleet(error)) => {
            let codes: Vec<_> = error.problems.iter().map(|problem| problem.code).collect();
            assert!(all.is_empty(), "seed {seed}: there is a plan, and {error}\n{document}");
            assert!(codes.iter().all(|code| *code != "not-supported-yet"), "seed {seed}: {error}");
            return None;
        }
        Err(error) => panic!("seed {seed}: {error}\n{document}"),
    };
    let plan = &planned.plan;
    if all.is_empty() {
        assert_eq!(plan.status, PlanStatus::Infeasible, "seed {seed}\n{document}");
        tally.infeasible += 1;
        tally.refuted += usize::from(plan.proof == PlanProof::Certified);
        return None;
    }
    let say = || format!("seed {seed}: {:?} of {:?}\n{document}", stated(plan), all.first());
    let (values, bounds) = stated(plan);
    assert!(all.contains(&values), "no such plan: {}", say());
    let mut best = true;
    for (at, bound) in bounds.iter().enumerate() {
        let among = all.iter().filter(|other| (0..at).all(|level| other[level] <= values[level]));
        let least = among.map(|other| other[at]).min().unwrap();
        assert!(bound.is_none_or(|bound| bound <= least), "a false bound: {}", say());
        if ["exposure", "balance"].contains(&plan.levels[at].objective.name()) {
            assert!(bound.is_some() && plan.levels[at].proof == PlanProof::Certified, "{}", say());
            (tally.fine, tally.least) = (tally.fine + 1, tally.least + usize::from(values[at] == least));
            continue;
        }
        best &= values[at] == least;
        if plan.levels[at].status == PlanStatus::Optimal {
            assert!(best, "not the best: {}", say());
        }
    }
    let whole = model.objective.as_ref().is_none_or(|levels| levels.contains(&"moves"));
    let deciding = || {
        let fine = [LevelObjective::Exposure, LevelObjective::Balance];
        plan.levels.iter().filter(move |level| !fine.contains(&level.objective))
    };
    let decide = deciding().filter(|level| whole || level.objective != LevelObjective::Moves);
    let optimal = decide.clone().all(|level| level.status == PlanStatus::Optimal);
    assert_eq!(plan.status == PlanStatus::Optimal, optimal, "{}", say());
    let moved = plan.moves.as_ref().unwrap();
    let at = model.levels().iter().position(|level| *level == "moves").unwrap();
    assert_eq!(moved.forced.cost + moved.chosen.cost, values[at], "{}", say());
    // another reader of the certificate
    let file = certificate::write(&planned).unwrap();
    let read = certificate::read(file.as_bytes()).unwrap();
    let verdict = certificate::check_certificate(&fleet, plan, &read, None, 50_000_000).unwrap();
    let fine = match plan.proof {
        PlanProof::Certified => matches!(verdict, Verdict::Verified { .. }),
        _ => !matches!(verdict, Verdict::Refuted { .. }),
    };
    assert!(fine, "{verdict:?}: {}", say());
    if !model.regions.is_empty() {
        migrates(&fleet, plan, seed, model);
    }
    tally.proved += deciding().filter(|level| level.status == PlanStatus::Optimal).count();
    tally.levels += deciding().count();
    tally.optimal += usize::from(plan.status == PlanStatus::Optimal);
    let whole = plan.status == PlanStatus::Optimal && plan.proof == PlanProof::Certified;
    tally.certified += usize::from(whole);
    let cases = planned.certificate.claims.iter().any(|claim| !claim.cases.is_empty());
    tally.by_cases += usize::from(whole && cases);
    tally.fleets += 1;
    Some(())
}

/// Every step of a migration to a plan keeps to the rules, and nobody who stays in a region is in another one on the way.
fn migrates(fleet: &Fleet, plan: &Plan, seed: u64, model: &Model) {
    let options = MigrateOptions { extra_clusters: seed % 2, extra_template: Some("k0".into()), ..Default::default() };
    let options = if seed.is_multiple_of(2) { MigrateOptions::default() } else { options };
    let migration = tenantry::migrate(fleet, plan, &options, &Silent).unwrap();
    let replayed = tenantry::replay(fleet, plan, &migration, None).unwrap();
    assert!(replayed.wrong.is_empty(), "seed {seed}: {:?}\n{}", replayed.wrong, model.document());
    let mut regions: BTreeMap<&str, &str> = BTreeMap::new();
    regions.extend(model.existing.iter().map(|it| (it.name.as_str(), REGIONS[it.region])));
    for step in migration.batches.iter().flat_map(|batch| &batch.steps) {
        if let Some(region) = &step.region {
            regions.insert(&step.cluster, region);
        }
        for name in &step.workloads {
            let number: usize = name.rsplit('w').next().unwrap().parse().unwrap();
            let job = &model.jobs[number];
            if let Some(home) = job.runs_in.filter(|_| matches!(job.stay, 5 | 6)) {
                let home = REGIONS[model.existing[home].region];
                assert_eq!(regions[step.cluster.as_str()], home, "seed {seed}: {step:?}\n{}", model.document());
            }
        }
    }
}

/// Plans fleets of some seeds.
fn agrees(draw: fn(u64) -> Model) {
    let mut tally = Tally::default();
    let seeds = seeds(0..1_000);
    for seed in seeds.clone() {
        compare(seed, &draw(seed), &mut tally);
    }
    let Tally { fleets, proved, levels, optimal, certified, by_cases, infeasible, refuted, least, fine } = tally;
    assert!(fleets * 10 > seeds.count() * 3, "{fleets} fleets with a plan");
    assert!(proved * 100 > levels * 95, "{proved} of {levels} levels are proved");
    assert!(fine > 100 && least * 200 >= fine * 199, "{least} of {fine} levels of exposure and balance are the least");
    println!(
        "{certified} of {optimal} plans ({by_cases} by cases) and {refuted} of {infeasible} without a plan certified"
    );
    assert!((certified, refuted) == (optimal, infeasible), "{certified} of {optimal}, {refuted} of {infeasible}");
    println!("{fleets} fleets; {proved} of {levels} levels proved; {least} of {fine} of exposure and balance least");
}

#[test]
fn an_exhaustive_search_agrees() {
    agrees(Model::draw);
}

#[test]
fn an_exhaustive_search_agrees_in_regions() {
    agrees(Model::regional);
}

/// A plan of a document, where there is one.
fn plan_of(document: &Value) -> Option<Plan> {
    let fleet = Fleet::from_json(&document.to_string()).unwrap();
    tenantry::plan(&fleet, &options(), &Silent).ok().filter(|plan| plan.clusters.is_some())
}

#[test]
fn rows_in_another_order_change_nothing() {
    for seed in 5_000u64..5_300 {
        let model = if seed.is_multiple_of(2) { Model::draw(seed) } else { Model::regional(seed) };
        let document = model.document();
        let mut other = document.clone();
        for list in ["workloads", "tenants", "existingClusters", "clusterTemplates", "regions"] {
            if let Some(rows) = other.get_mut(list).and_then(Value::as_array_mut) {
                rows.reverse();
            }
        }
        assert_eq!(plan_of(&document), plan_of(&other), "seed {seed}\n{document}");
    }
}

#[test]
fn what_is_planned_stays_once_it_runs() {
    let mut seen = 0;
    for seed in 6_000u64..6_300 {
        let model = if seed.is_multiple_of(2) { Model::draw(seed) } else { Model::regional(seed) };
        let mut document = Model { limits: [None; 3], ..model }.document();
        document["objective"] = json!(["clusters", "moves"]);
        let Some(plan) = plan_of(&document) else { continue };
        let known = document["existingClusters"].as_array().unwrap().clone();
        let clusters = plan.clusters.as_ref().unwrap();
        for cluster in clusters.iter().filter(|it| it.existing.is_none()) {
            assert!(known.iter().all(|it| it["name"] != json!(cluster.name)));
            let mut row = json!({"name": cluster.name, "template": cluster.template});
            if let Some(region) = &cluster.region {
                row["region"] = json!(region);
            }
            document["existingClusters"].as_array_mut().unwrap().push(row);
        }
        for row in document["workloads"].as_array_mut().unwrap() {
            let home = plan.assignments.iter().find(|it| row["name"] == json!(it.workload.as_str())).unwrap();
            row["runsIn"] = json!(home.cluster.as_str());
            row.as_object_mut().unwrap().remove("stay");
        }
        let again = plan_of(&document).unwrap();
        if again.summary.clusters != plan.summary.clusters {
            continue; // the first was not the fewest
        }
        let moves = again.moves.as_ref().unwrap();
        let moved: u64 = moves.forced.workloads + moves.chosen.workloads;
        assert_eq!(moves.forced.cost + moves.chosen.cost, 0, "seed {seed}: {moved}\n{document}");
        seen += 1;
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn pins_stays_and_drains_never_save_a_cluster() {
    for seed in 7_000..7_300 {
        let model =
            Model { limits: [None; 3], objective: Some(vec!["clusters", "moves", "cost"]), ..Model::draw(seed) };
        let Some(free) = plan_of(&model.document()).filter(|plan| plan.status == PlanStatus::Optimal) else { continue };
        let mut held = model.clone();
        held.jobs[0].stay = 2;
        let mut pinned = model.clone();
        pinned.jobs[0].pin = Some(0);
        let mut drained = model.clone();
        drained.existing[0].mode = "drain";
        drained.existing[0].occupied = model.existing[0].occupied;
        for other in [held, pinned, drained]
            .into_iter()
            .filter(|it| it.existing[0].mode != "drain" || it.existing[0].occupied == 0)
        {
            let Some(plan) = plan_of(&other.document()) else { continue };
            assert!(plan.summary.clusters >= free.summary.clusters, "seed {seed}\n{}", other.document());
            let moves = plan.moves.as_ref().unwrap();
            let value = plan.levels.iter().find(|level| level.objective == LevelObjective::Moves).unwrap().value;
            assert!(Figure::Count(moves.forced.cost) == value.unwrap() || moves.forced.cost < number(value.unwrap()));
        }
    }
}

#[test]
fn a_row_says_what_becomes_of_it() {
    let document = json!({
        "schema": "tenantry/v1", "asOf": DAY,
        "tenants": [{"name": "shop", "trust": "trusted"}],
        "clusterTemplates": [{"name": "standard", "allocatable": {"cpu": 8, "memory": "32Gi"}}],
        "existingClusters": [
            {"name": "east", "template": "standard", "mode": "drain"}, {"name": "north", "template": "standard"},
            {"name": "south", "allocatable": {"cpu": 1, "memory": "1Gi"}}, {"name": "west", "template": "standard", "keep": true}
        ],
        "workloads": [
            {"name": "api", "tenant": "shop", "runsIn": "east", "moveCost": 4, "replicas": 2, "requests": {"cpu": 1, "memory": "1Gi"}},
            {"name": "db", "tenant": "shop", "runsIn": "west", "stateful": true, "requests": {"cpu": 1, "memory": "1Gi"}},
            {"name": "web", "tenant": "shop", "runsIn": "north", "requests": {"cpu": 1, "memory": "1Gi"}},
            {"name": "job", "tenant": "shop", "runsIn": [], "requests": {"cpu": 1, "memory": "1Gi"}}
        ]
    });
    let plan = plan_of(&document).unwrap();
    assert_eq!((plan.status, plan.summary.clusters), (PlanStatus::Optimal, Some(1)));
    let row = |name: &str| plan.assignments.iter().find(|row| row.workload.as_str() == name).unwrap();
    let words = |name: &str| (row(name).change, row(name).from.as_deref(), row(name).because.as_deref());
    assert_eq!(words("api"), (Change::Move, Some("east"), Some("drain")));
    assert_eq!(words("db"), (Change::Stay, None, None));
    assert_eq!(words("web"), (Change::Move, Some("north"), Some("chosen")));
    assert_eq!(words("job"), (Change::New, None, None));
    let moves = plan.moves.as_ref().unwrap();
    assert_eq!((moves.forced.cost, moves.forced.pods, moves.chosen.cost, moves.chosen.stateful), (4, 2, 1, 0));
    let names = |list: &[tenantry::Text]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        (names(&plan.emptied), names(&plan.unused)),
        (vec!["east".into(), "north".into()], vec!["south".into()])
    );
    let west = &plan.clusters.as_ref().unwrap()[0];
    assert!(west.name == "west" && west.existing.unwrap().kept);
}

/// What a plan of two regions says of the clusters: name, region.
fn regions_of(document: &Value) -> Vec<(String, String)> {
    let plan = plan_of(document).unwrap();
    let row = |it: &tenantry::plan::PlannedCluster| (it.name.clone(), it.region.clone().unwrap());
    plan.clusters.as_ref().unwrap().iter().map(row).collect()
}

#[test]
fn a_new_cluster_stands_where_most_of_it_runs_today() {
    let row = |name: &str, home: &str| json!({"name": name, "tenant": "shop", "runsIn": home, "requests": {"cpu": 2, "memory": "1Gi"}});
    let own = json!({"cpu": 4, "memory": "8Gi"});
    let mut document = json!({
        "schema": "tenantry/v1", "asOf": DAY, "regions": [{"name": "north"}, {"name": "south"}, {"name": "west"}],
        "defaults": {"regions": "all"}, "tenants": [{"name": "shop", "trust": "trusted"}],
        "clusterTemplates": [{"name": "standard", "allocatable": {"cpu": 8, "memory": "32Gi"}}],
        "existingClusters": [
            {"name": "a", "allocatable": own, "mode": "drain", "region": "north"},
            {"name": "b", "allocatable": own, "mode": "drain", "region": "south"}
        ],
        "workloads": [row("w1", "a"), row("w2", "b"), row("w3", "b")]
    });
    let [(name, region)] = &regions_of(&document)[..] else { panic!() };
    assert!(name.starts_with("standard-south-shop-") && region == "south", "{name} {region}");
    // of equals the first by name, wherever it is listed
    document["workloads"] = json!([row("w1", "b"), row("w2", "a")]);
    document["regions"].as_array_mut().unwrap().reverse();
    assert_eq!(regions_of(&document)[0].1, "north");
    // another region that nothing tells from it is as good, and one where it may not be is not
    let fleet = Fleet::from_json(&document.to_string()).unwrap();
    let plan = fleet.plan(&options()).unwrap();
    let ruling = |region: &str, abroad: u64| {
        let mut moved = plan.clone();
        moved.clusters.as_mut().unwrap()[0].region = Some(region.to_owned());
        let moves = moved.moves.as_mut().unwrap();
        (moves.forced.regions, moves.by_tenant[0].regions) = (abroad, abroad);
        fleet.check(&moved).unwrap().ruling()
    };
    let rulings = [ruling("north", 1), ruling("west", 2), ruling("west", 1), ruling("east", 2)];
    assert_eq!(rulings, [Ruling::Legal, Ruling::Legal, Ruling::Wrong, Ruling::Illegal]);
}

#[test]
fn who_stays_in_its_region_moves_within_it() {
    let stays = |name: &str, stay: &Value| json!({"name": name, "tenant": "shop", "runsIn": "a", "stay": stay, "requests": {"cpu": 2, "memory": "1Gi"}});
    let mut document = json!({
        "schema": "tenantry/v1", "asOf": DAY, "regions": [{"name": "north"}, {"name": "south", "costFactor": "0.5"}],
        "defaults": {"regions": "all"}, "tenants": [{"name": "shop", "trust": "trusted"}],
        "objective": ["clusters", "cost", "moves"],
        "clusterTemplates": [{"name": "standard", "allocatable": {"cpu": 8, "memory": "32Gi"}, "cost": 10}],
        "existingClusters": [{"name": "a", "allocatable": {"cpu": 4, "memory": "8Gi"}, "mode": "drain", "region": "north", "cost": 1}],
        "workloads": [stays("w1", &json!("region")), stays("w2", &json!("none"))]
    });
    assert_eq!(regions_of(&document)[0].1, "north");
    // it holds up to and including its day
    for (until, region) in [("2026-11-26", "north"), ("2026-11-25", "south")] {
        document["workloads"][0]["stay"] = json!({"for": "region", "until": until});
        assert_eq!(regions_of(&document)[0].1, region);
    }
    // a plan that moves it elsewhere is refused by name
    let fleet = Fleet::from_json(&document.to_string()).unwrap();
    let elsewhere = fleet.plan(&options()).unwrap();
    document["workloads"][0]["stay"] = json!("region");
    let held = Fleet::from_json(&document.to_string()).unwrap();
    let checked = held.check(&elsewhere).unwrap();
    assert!(checked.violations.iter().any(|it| it.message.contains("stays in region `north`")), "{checked:?}");
    // and so are wishes that no plan keeps
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut document = document.clone();
        change(&mut document);
        let fleet = Fleet::from_json(&document.to_string()).unwrap();
        match fleet.plan(&options()) {
            Err(Error::Fleet(error)) => error.problems,
            other => panic!("{other:?}"),
        }
    };
    let asked =
        |change: &dyn Fn(&mut Value)| -> Vec<&'static str> { refused(change).iter().map(|it| it.code).collect() };
    let said =
        |change: &dyn Fn(&mut Value)| -> Vec<String> { refused(change).iter().map(|it| it.message.clone()).collect() };
    let further = json!({"name": "b", "template": "standard", "region": "south"});
    let pinned = asked(&|document| {
        document["existingClusters"].as_array_mut().unwrap().push(further.clone());
        document["workloads"][0]["pin"] = json!("b");
    });
    assert_eq!(pinned, ["held-in-two-regions"]);
    let together = asked(&|document| {
        document["existingClusters"].as_array_mut().unwrap().push(further.clone());
        document["workloads"][1]["runsIn"] = json!("b");
        document["workloads"][1]["stay"] = json!("region");
        document["policy"] = json!({"together": [{"id": "pair", "members": ["w1", "w2"]}]});
    });
    assert_eq!(together, ["held-in-two-regions"]);
    assert_eq!(asked(&|document| document["workloads"][0]["regions"] = json!("south")), ["held-where-barred"]);
    // of each thing in the way the first, with all that is in its way
    let barred = said(&|document| {
        document["existingClusters"][0]["mode"] = json!("open");
        document["existingClusters"][0]["allocatable"]["cpu"] = json!(8);
        document["clusterTemplates"][0]["provides"] = json!(["gpu", "disk"]);
        document["workloads"].as_array_mut().unwrap().push(stays("w3", &json!("none")));
        for (row, needs) in [(0, "gpu"), (1, "gpu"), (2, "disk")] {
            document["workloads"][row]["needs"] = json!(needs);
            document["workloads"][row]["stay"] = json!("none");
        }
        document["workloads"][0]["pin"] = json!("a");
        document["workloads"][0]["regions"] = json!("south");
        document["policy"] = json!({"together": [{"id": "all", "members": ["w1", "w2", "w3"]}]});
    });
    let first = "may not be in north, and needs gpu, which is not provided there";
    assert!(barred[0].contains("w1 must be in a, and ") && barred[0].contains(first), "{barred:?}");
    assert!(barred[1].ends_with("w3 must be in a, and needs disk, which is not provided there"), "{barred:?}");
    assert_eq!(barred.len(), 2, "{barred:?}");
    let kept = asked(&|document| {
        document["existingClusters"].as_array_mut().unwrap().push(further.clone());
        document["existingClusters"][1]["keep"] = json!(true);
        document["regions"][1]["maxClusters"] = json!(0);
    });
    assert_eq!(kept, ["kept-too-many"]);
}

#[test]
fn why_there_is_no_plan_counts_kept_clusters() {
    let alone =
        |name: &str| json!({"name": name, "tenant": "lab", "runsIn": [], "requests": {"cpu": 1, "memory": "1Gi"}});
    let document = json!({
        "schema": "tenantry/v1", "asOf": DAY, "regions": [{"name": "north", "maxClusters": 2}], "defaults": {"regions": "all"},
        "tenants": [{"name": "lab", "trust": "hostile"}, {"name": "shop", "trust": "trusted"}],
        "clusterTemplates": [{"name": "standard", "allocatable": {"cpu": 8, "memory": "32Gi"}}],
        "existingClusters": [
            {"name": "a", "template": "standard", "region": "north", "keep": true, "admits": {"tenant": "shop"}}
        ],
        "workloads": [alone("w1"), alone("w2"), {"name": "web", "tenant": "shop", "runsIn": "a", "requests": {"cpu": 1, "memory": 1}}]
    });
    let fleet = Fleet::from_json(&document.to_string()).unwrap();
    let plan = fleet.plan(&options()).unwrap();
    assert_eq!(plan.status, PlanStatus::Infeasible);
    let why = plan.contradictions.join("\n");
    assert!(
        why.contains("at least 2 clusters, and 1 may be there") && why.contains("a kept cluster that is closed"),
        "{why}"
    );
    // what nothing offers is named
    let mut document = document.clone();
    document["workloads"][0]["requests"]["example.com/gpu"] = json!(1);
    let error = Fleet::from_json(&document.to_string()).unwrap().plan(&options()).unwrap_err().to_string();
    assert!(error.contains("lets it in: nothing offers example.com/gpu"), "{error}");
}

#[test]
fn a_plan_says_why_a_cluster_is_kept_and_who_changes_its_region() {
    let row = |name: &str, home: &str| json!({"name": name, "tenant": "shop", "runsIn": home, "requests": {"cpu": 1, "memory": "1Gi"}});
    let cluster = |name: &str, region: &str| json!({"name": name, "template": "standard", "region": region});
    let mut document = json!({
        "schema": "tenantry/v1", "asOf": DAY, "regions": [{"name": "north"}, {"name": "south"}], "defaults": {"regions": "all"},
        "tenants": [{"name": "shop", "trust": "trusted"}],
        "clusterTemplates": [{"name": "standard", "allocatable": {"cpu": 8, "memory": "32Gi"}}],
        "existingClusters": [cluster("a", "north"), cluster("b", "north"), cluster("c", "south"), cluster("d", "south")],
        "workloads": [row("w1", "a"), row("w2", "b"), row("w3", "d")]
    });
    document["existingClusters"][0]["keep"] = json!(true);
    document["existingClusters"][2]["occupied"] = json!({"cpu": 8});
    let plan = plan_of(&document).unwrap();
    let kept = |name: &str| {
        let clusters = plan.clusters.as_ref().unwrap();
        clusters.iter().find(|it| it.name == name).and_then(|it| it.existing?.because)
    };
    assert_eq!((kept("a"), kept("c")), (Some(KeptBecause::Keep), Some(KeptBecause::Occupied)));
    let moves = plan.moves.as_ref().unwrap();
    assert_eq!((moves.chosen.workloads, moves.chosen.regions, moves.by_tenant[0].regions), (2, 1, 1));
    let text = tenantry::export::text(&plan);
    assert!(
        text.contains("2 workloads, 1 to another region, 2 pods") && text.contains("kept because of others in it"),
        "{text}"
    );
    // every figure of it is checked
    let fleet = Fleet::from_json(&document.to_string()).unwrap();
    let mut other = plan.clone();
    other.moves.as_mut().unwrap().chosen.regions = 0;
    assert_eq!(fleet.check(&other).unwrap().ruling(), Ruling::Wrong);
}

#[test]
fn a_lent_cluster_stands_where_it_is_needed() {
    let row = |name: &str, tenant: &str, home: &str| json!({"name": name, "tenant": tenant, "runsIn": home, "stay": "region", "requests": {"cpu": 3, "memory": "1Gi"}});
    let cluster = |name: &str, tenant: &str| json!({"name": name, "template": "standard", "region": "south", "admits": {"tenant": tenant}, "keep": true});
    let document = json!({
        "schema": "tenantry/v1", "asOf": DAY, "regions": [{"name": "north"}, {"name": "south"}], "defaults": {"regions": "all"},
        "tenants": [{"name": "one", "trust": "trusted"}, {"name": "two", "trust": "trusted"}],
        "clusterTemplates": [{"name": "standard", "allocatable": {"cpu": 4, "memory": "32Gi"}}],
        "existingClusters": [cluster("a", "two"), cluster("b", "one")],
        "workloads": [row("w1", "one", "a"), row("w2", "two", "b")]
    });
    let fleet = Fleet::from_json(&document.to_string()).unwrap();
    let plan = fleet.plan(&options()).unwrap();
    let homes: Vec<&str> = plan.assignments.iter().map(|row| row.cluster.as_str()).collect();
    assert_eq!(homes, ["b", "a"]);
    // each admits only who is in the other: without a third place there is no order
    let order = |count: u64| {
        let options = MigrateOptions { extra_clusters: count, ..MigrateOptions::default() };
        let migration = tenantry::migrate(&fleet, &plan, &options, &Silent).unwrap();
        let replayed = tenantry::replay(&fleet, &plan, &migration, None).unwrap();
        assert!(replayed.wrong.is_empty(), "{replayed:?}");
        (replayed.arrives, migration)
    };
    assert!(!order(0).0);
    let (arrives, migration) = order(1);
    let lent = migration.batches.iter().flat_map(|it| &it.steps).find(|step| step.temporary && step.region.is_some());
    assert!(arrives && lent.unwrap().region.as_deref() == Some("south"), "{migration:?}");
}

/// What a call asks is what the document would have asked; the plan says so, and only with it are its levels right.
#[test]
fn a_call_asks_as_a_document_does() {
    let mut seen = 0;
    for seed in 8_000..8_150 {
        let model = Model::draw(seed);
        let plain = Model { objective: None, limits: [None; 3], ..model.clone() };
        let fleet = Fleet::from_json(&plain.document().to_string()).unwrap();
        let Some(words) = model.objective.clone() else { continue };
        let [clusters, cost, moves] = model.limits;
        let limits = ValueLimits { clusters, cost: cost.map(|cost| cost * 1000), moves };
        let asked = PlanOptions { objective: Some(LevelObjective::list(&words).unwrap()), limits, ..options() };
        let (written, called) = (
            Fleet::from_json(&model.document().to_string()).unwrap().plan(&options()),
            tenantry::plan_with_proof(&fleet, &asked, &Silent),
        );
        let (Ok(written), Ok(called)) = (written, called) else { continue };
        let plan = &called.plan;
        assert_eq!(plan.objective.as_deref(), Some(&LevelObjective::list(&words).unwrap()[..]), "seed {seed}");
        assert_eq!((&plan.levels, &plan.clusters, &plan.limits), (&written.levels, &written.clusters, &written.limits));
        let checked = fleet.check(plan).unwrap();
        assert!(checked.violations.is_empty() && checked.differences.is_empty(), "seed {seed}: {checked:?}");
        let file = certificate::read(certificate::write(&called).unwrap().as_bytes()).unwrap();
        let verdict = certificate::check_certificate(&fleet, plan, &file, None, 50_000_000).unwrap();
        assert!(!matches!(verdict, Verdict::Refuted { .. }), "seed {seed}: {verdict:?}");
        if plan.clusters.is_some() {
            let mut silent = plan.clone();
            silent.objective = None;
            let usual = plan.levels.iter().map(|it| it.objective.name()).eq(["clusters", "moves"]);
            assert!(usual || !fleet.check(&silent).unwrap().differences.is_empty(), "seed {seed}");
            let too_few = PlanLimits { clusters: plan.summary.clusters.map(|it| it - 1), ..PlanLimits::default() };
            let mut beyond = plan.clone();
            beyond.limits = Some(too_few);
            let codes: Vec<_> = fleet.check(&beyond).unwrap().violations.iter().map(|it| it.code.name()).collect();
            assert!(codes.contains(&"beyond-limit"), "seed {seed}: {codes:?}");
            seen += 1;
        }
    }
    assert!(seen > 60, "{seen}");
}

/// Calls off at the first sign of a search: from there on a call has an answer.
#[derive(Default)]
struct AtOnce(AtomicBool);

impl Watch for AtOnce {
    fn event(&self, event: Event) {
        if let Event::Phase(_) = event {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn calls_about_many_who_run_tell_of_their_first_search() {
    let clusters: Vec<Value> =
        (0..30).map(|it| json!({"name": format!("c{it}"), "allocatable": {"cpu": 40, "memory": "64Gi"}})).collect();
    // each is an item type of its own: the moves are sought beside the search
    let row = |it: usize| {
        json!({"name": format!("w{it}"), "tenant": "a", "runsIn": format!("c{}", it % 30),
            "requests": {"cpu": format!("{}m", 1000 + it), "memory": "1Gi"}})
    };
    let fleet = Fleet::from_json(
        &json!({"schema": "tenantry/v1", "asOf": DAY, "tenants": [{"name": "a", "trust": "trusted"}],
            "workloads": (0..400).map(row).collect::<Vec<_>>(), "existingClusters": clusters})
        .to_string(),
    )
    .unwrap();
    let watch = AtOnce::default();
    let plan = tenantry::plan(&fleet, &options(), &watch).unwrap();
    assert!(watch.cancelled() && plan.summary.clusters.is_some());
    assert_eq!(plan.stopped, Some(PlanStop::Cancelled));
    let watch = AtOnce::default();
    let frontier = tenantry::frontier(&fleet, &FrontierOptions::default(), &watch).unwrap();
    assert!(watch.cancelled() && frontier.fewest.value.is_some());
    assert_eq!(frontier.stopped, Some(PlanStop::Cancelled));
    let watch = AtOnce::default();
    let growth = tenantry::grow(&fleet, &GrowOptions::default(), &watch).unwrap();
    assert!(watch.cancelled());
    assert_eq!(growth.stopped, Some(PlanStop::Cancelled));
}

#[test]
fn limits_that_nobody_keeps_are_named() {
    let mut document = json!({
        "schema": "tenantry/v1", "asOf": DAY,
        "tenants": [{"name": "a", "trust": "trusted"}, {"name": "b", "trust": "untrusted"}],
        "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 8, "memory": "32Gi"}, "cost": 7}],
        "existingClusters": [
            {"name": "one", "template": "t", "mode": "drain"}, {"name": "two", "template": "t", "keep": true},
            {"name": "three", "template": "t", "keep": true}
        ],
        "workloads": [
            {"name": "api", "tenant": "a", "runsIn": "one", "moveCost": 4, "requests": {"cpu": 1, "memory": "1Gi"}},
            {"name": "web", "tenant": "b", "runsIn": "two", "requests": {"cpu": 1, "memory": "1Gi"}}
        ]
    });
    for (limits, code, path) in [
        (json!({"clusters": 1}), "limit-below-kept", "limits.clusters"),
        (json!({"cost": 13.999}), "limit-below-kept", "limits.cost"),
        (json!({"moves": 3}), "limit-below-forced", "limits.moves"),
    ] {
        document["limits"] = limits;
        let error = Fleet::from_json(&document.to_string()).unwrap().plan(&options()).unwrap_err();
        let Error::Fleet(error) = error else { panic!("{error}") };
        let found: Vec<_> = error.problems.iter().map(|it| (it.code, it.path.as_str())).collect();
        assert_eq!(found, [(code, path)]);
    }
    // what takes a search is an answer
    document["existingClusters"] = json!([{"name": "two", "template": "t"}]);
    document["workloads"][0]["runsIn"] = json!([]);
    for (limits, words) in [
        (json!({"clusters": 1}), "`limits.clusters` is 1, and no plan has fewer than 2"),
        (json!({"cost": 13.5}), "`limits.cost` is 13.5, and no plan has less than 14"),
    ] {
        document["limits"] = limits;
        let fleet = Fleet::from_json(&document.to_string()).unwrap();
        let plan = fleet.plan(&options()).unwrap();
        assert_eq!((plan.status, &plan.contradictions[..]), (PlanStatus::Infeasible, &[words.to_owned()][..]));
        assert_eq!(plan.proof, PlanProof::Certified);
    }
}

/// An error of a wish points at the wish: whose it is, and which.
#[test]
fn who_is_held_is_pointed_at() {
    let size = json!({"cpu": 10, "memory": "64Gi"});
    let load = |name: &str, at: &str| json!({"name": name, "tenant": "a", "runsIn": at, "requests": {"cpu": 4, "memory": "1Gi"}});
    let drained = |name: &str| json!({"name": name, "mode": "drain", "allocatable": size});
    let clusters = ["one", "two", "three"].map(drained);
    let mut document = json!({"schema": "tenantry/v1", "asOf": "2026-11-23", "tenants": [{"name": "a", "trust": "trusted"}],
        "workloads": [load("web", "one"), load("api", "two"), load("db", "three")],
        "existingClusters": clusters,
        "clusterTemplates": [{"name": "std", "allocatable": size}]});
    document["workloads"][0]["pin"] = json!("one");
    document["workloads"][1]["stay"] = json!("cluster");
    document["workloads"][2]["stateful"] = json!(true);
    let fleet = Fleet::from_json(&document.to_string()).unwrap();
    let Err(Error::Fleet(error)) = fleet.plan(&options()) else { panic!("a drained cluster that somebody must be in") };
    let mut paths: Vec<&str> = error.problems.iter().map(|it| it.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["workloads[0].pin", "workloads[1].stay", "workloads[2].stateful"], "{error}");
}

/// A copy in each region, of a workload that stays in the one where it runs.
#[test]
fn each_region_beside_a_stay_is_named() {
    let size = json!({"cpu": 10, "memory": "64Gi"});
    let document = json!({"schema": "tenantry/v1", "asOf": "2026-11-23", "regions": [{"name": "r1"}, {"name": "r2"}],
        "defaults": {"regions": "all"}, "tenants": [{"name": "a", "trust": "trusted"}],
        "workloads": [{"name": "web", "tenant": "a", "runsIn": "one", "stay": "region", "copies": {"each": "region"},
            "requests": {"cpu": 4, "memory": "1Gi"}}],
        "existingClusters": [{"name": "one", "region": "r1", "allocatable": size}],
        "clusterTemplates": [{"name": "std", "allocatable": size}]});
    let fleet = Fleet::from_json(&document.to_string()).unwrap();
    let error = fleet.plan(&options()).unwrap_err().to_string();
    assert!(error.contains("no place for one in r2 while it stays in its region (`stay: region`)"), "{error}");
}

/// What is wrong is said once.
#[test]
fn a_maximum_of_nothing_is_one_problem() {
    let document = json!({"schema": "tenantry/v1", "tenants": [{"name": "a", "trust": "trusted"}],
        "workloads": [{"name": "web", "tenant": "a", "requests": {"cpu": 4, "memory": "1Gi"}}],
        "clusterTemplates": [{"name": "std", "allocatable": {"cpu": 10, "memory": "64Gi"}, "maximums": {"tenants": 0}}]});
    let Err(error) = Fleet::from_json(&document.to_string()) else { panic!("no tenant at all") };
    let paths: Vec<(&str, &str)> = error.problems.iter().map(|it| (it.code, it.path.as_str())).collect();
    assert_eq!(paths, [("bad-number", "clusterTemplates[0].maximums.tenants")]);
}

/// A call that must name a template says by what.
#[test]
fn extra_clusters_name_the_option_of_their_template() {
    let size = json!({"cpu": 10, "memory": "64Gi"});
    let document = json!({"schema": "tenantry/v1", "asOf": "2026-11-23", "tenants": [{"name": "a", "trust": "trusted"}],
        "workloads": [{"name": "web", "tenant": "a", "runsIn": "one", "requests": {"cpu": 4, "memory": "1Gi"}}],
        "existingClusters": [{"name": "one", "allocatable": size}],
        "clusterTemplates": [{"name": "std", "allocatable": size}, {"name": "big", "allocatable": size}]});
    let fleet = Fleet::from_json(&document.to_string()).unwrap();
    let plan = fleet.plan(&options()).unwrap();
    let two = MigrateOptions { extra_clusters: 2, ..MigrateOptions::default() };
    let error = plan.migration(&fleet, &two).unwrap_err().to_string();
    assert!(error.contains("`--extra-template`") && error.contains("`big`"), "{error}");
}
