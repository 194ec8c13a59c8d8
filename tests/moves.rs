//! Plans where something exists already, against an exhaustive search of all assignments: thousands of small random fleets, read a
//! second time here from the published rules, without any of the library's code. And laws.

use serde_json::{Value, json};
use tenantry::engine::random::Random;
use tenantry::engine::{Options, Silent, Verdict};
use tenantry::fleet::ValueLimits;
use tenantry::plan::{Change, Figure, LevelObjective, Plan, PlanLimits, PlanProof, PlanStatus};
use tenantry::{Error, Fleet, PlanOptions, certificate};

const DAY: &str = "2026-11-26";
const LEVELS: [&str; 3] = ["hostile", "untrusted", "trusted"];

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
}

#[derive(Clone)]
struct Job {
    tenant: usize,
    cpu: u64,
    runs_in: Option<usize>,
    pin: Option<usize>,
    /// `none`, `cluster`, until tomorrow, until yesterday, or nothing.
    stay: usize,
    stateful: bool,
    cost: u64,
}

#[derive(Clone)]
struct Model {
    tenants: Vec<usize>,
    jobs: Vec<Job>,
    existing: Vec<Site>,
    /// cpu, cost, most.
    templates: Vec<(u64, u64, Option<u64>)>,
    together: Option<[usize; 2]>,
    objective: Option<Vec<&'static str>>,
    /// On clusters, cost and moves.
    limits: [Option<u64>; 3],
}

impl Model {
    fn draw(seed: u64) -> Self {
        let random = &mut Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 77);
        let templates: Vec<_> = (0..1 + random.index(2))
            .map(|_| (4 + random.below(6), 5 + random.below(4), random.chance(350).then(|| 1 + random.below(4))))
            .collect();
        let existing: Vec<Site> = (0..1 + random.index(4))
            .map(|index| {
                let template = random.chance(600).then(|| random.index(templates.len()));
                let own = (3 + random.below(8), 3 + random.below(6));
                let (cpu, cost) = template.map_or(own, |template| (templates[template].0, templates[template].1));
                let mode = ["open", "open", "open", "cordon", "drain"][random.index(5)];
                let occupied = if random.chance(80) && mode != "drain" { 1 } else { 0 };
                Site { name: format!("e{index}"), cpu, cost, template, mode, keep: random.chance(150), occupied }
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
                drawn.insert(1 + random.index(drawn.len()), level);
            }
        }
        let objective = (!drawn.is_empty()).then_some(drawn);
        let limits = [4, 25, 4].map(|most| random.chance(120).then(|| random.below(most)));
        Self { tenants, jobs, existing, templates, together, objective, limits }
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
                    _ => {}
                }
                row
            })
            .collect();
        let templates: Vec<Value> = self
            .templates
            .iter()
            .enumerate()
            .map(|(index, (cpu, cost, most))| {
                let mut row =
                    json!({"name": format!("k{index}"), "allocatable": {"cpu": cpu, "memory": "1Gi"}, "cost": cost});
                if let Some(most) = most {
                    row["maxCount"] = json!(most);
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
                row
            })
            .collect();
        let mut whole = json!({
            "schema": "tenantry/v1", "asOf": DAY, "tenants": tenants, "workloads": jobs, "clusterTemplates": templates,
            "existingClusters": existing
        });
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
            Place::New(template) => self.templates[template].0,
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
                Place::New(_) => true,
            };
            here && self.held(job).iter().all(|&site| place == Place::Existing(site))
        };
        room && peace && jobs.iter().all(open)
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
        let places: Vec<Place> = existing.chain((0..self.templates.len()).map(Place::New)).collect();
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
            Place::New(template) => Some(template),
        };
        for (index, (_, _, most)) in self.templates.iter().enumerate() {
            let used = places.iter().filter(|place| template(place) == Some(index)).count() as u64;
            if most.is_some_and(|most| used > most) {
                return None;
            }
        }
        let cost = |place: &Place| match *place {
            Place::Existing(site) => self.existing[site].cost,
            Place::New(template) => self.templates[template].1,
        };
        let moves = self.jobs.iter().enumerate().filter_map(|(index, job)| {
            let (place, _) = groups.iter().find(|(_, jobs)| jobs.contains(&index))?;
            job.runs_in.filter(|&site| *place != Place::Existing(site)).map(|_| job.cost)
        });
        let (clusters, cost, moves) = (places.len() as u64, places.iter().map(cost).sum(), moves.sum());
        if [clusters, cost, moves].iter().zip(self.limits).any(|(&value, most)| most.is_some_and(|most| value > most)) {
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
    New(usize),
}

fn options() -> PlanOptions {
    PlanOptions { solver: Options { threads: Some(1), ..Options::default() }, ..PlanOptions::default() }
}

fn number(figure: Figure) -> u64 {
    match figure {
        Figure::Count(count) => count,
        Figure::Money(money) => money.round() as u64,
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
    /// Of exposure and balance: those that are the least, and all.
    least: usize,
    fine: usize,
}

/// Plans a random fleet and holds it against all plans.
fn compare(seed: u64, tally: &mut Tally) -> Option<()> {
    let model = Model::draw(seed);
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
    tally.proved += deciding().filter(|level| level.status == PlanStatus::Optimal).count();
    tally.levels += deciding().count();
    tally.fleets += 1;
    Some(())
}

#[test]
fn an_exhaustive_search_agrees() {
    let mut tally = Tally::default();
    let given = std::env::var("TENANTRY_SEEDS").ok();
    let range = given.as_deref().and_then(|text| text.split_once(".."));
    let seeds = range.map_or(0..1_000, |(from, to)| from.parse::<u64>().unwrap()..to.parse().unwrap());
    for seed in seeds.clone() {
        compare(seed, &mut tally);
    }
    let Tally { fleets, proved, levels, least, fine } = tally;
    assert!(fleets * 2 > seeds.count(), "{fleets} fleets with a plan");
    assert!(proved * 100 > levels * 95, "{proved} of {levels} levels are proved");
    assert!(fine > 100 && least * 100 >= fine * 97, "{least} of {fine} levels of exposure and balance are the least");
    println!("{fleets} fleets; {proved} of {levels} levels proved; {least} of {fine} of exposure and balance least");
}

/// A plan of a document, where there is one.
fn plan_of(document: &Value) -> Option<Plan> {
    let fleet = Fleet::from_json(&document.to_string()).unwrap();
    tenantry::plan(&fleet, &options(), &Silent).ok().filter(|plan| plan.clusters.is_some())
}

#[test]
fn rows_in_another_order_change_nothing() {
    for seed in 5_000..5_300 {
        let document = Model::draw(seed).document();
        let mut other = document.clone();
        for list in ["workloads", "tenants", "existingClusters", "clusterTemplates"] {
            other[list].as_array_mut().unwrap().reverse();
        }
        assert_eq!(plan_of(&document), plan_of(&other), "seed {seed}\n{document}");
    }
}

#[test]
fn what_is_planned_stays_once_it_runs() {
    let mut seen = 0;
    for seed in 6_000..6_300 {
        let mut document = Model { limits: [None; 3], ..Model::draw(seed) }.document();
        document["objective"] = json!(["clusters", "moves"]);
        let Some(plan) = plan_of(&document) else { continue };
        let known = document["existingClusters"].as_array().unwrap().clone();
        let clusters = plan.clusters.as_ref().unwrap();
        for cluster in clusters.iter().filter(|it| it.existing.is_none()) {
            assert!(known.iter().all(|it| it["name"] != json!(cluster.name)));
            let row = json!({"name": cluster.name, "template": cluster.template});
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
        (json!({"clusters": 1}), "`limits.clusters` is 1, and no plan has less than 2"),
        (json!({"cost": 13.5}), "`limits.cost` is 13.5, and no plan has less than 14"),
    ] {
        document["limits"] = limits;
        let fleet = Fleet::from_json(&document.to_string()).unwrap();
        let plan = fleet.plan(&options()).unwrap();
        assert_eq!((plan.status, &plan.contradictions[..]), (PlanStatus::Infeasible, &[words.to_owned()][..]));
        assert_eq!(plan.proof, PlanProof::Certified);
    }
}
