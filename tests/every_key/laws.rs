//! What must hold between the plans of a fleet and of a fleet that differs in one thing, and on the way to a plan.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenantry::engine::Silent;
use tenantry::migrate::{Migration, MigrationStatus, StepAction};
use tenantry::plan::{Figure, Plan, PlanStatus};
use tenantry::{Error, Fleet, MigrateOptions};

use crate::model::{Model, REGIONS};
use crate::search::{Cluster, Place, Search};
use crate::{options, read};

/// The fewest clusters of a plan and at least of any; `None`: there is none.
fn clusters(model: &Model) -> Option<(Option<u64>, u64)> {
    let document = Model { objective: vec!["clusters"], limits: [None; 3], ..model.clone() }.document();
    let read = Fleet::from_json(&document.to_string()).map_err(Error::from);
    match read.and_then(|fleet| tenantry::plan(&fleet, &options(), &Silent)) {
        Ok(plan) if plan.status == PlanStatus::Infeasible => None,
        Ok(plan) => Some((plan.summary.clusters, plan.summary.lower_bound)),
        Err(Error::Fleet(_)) => None,
        Err(error) => panic!("{error}\n{document}"),
    }
}

/// What is done to a fleet.
type Change<'a> = (&'static str, &'a dyn Fn(&mut Model));

/// A fleet and what is known of its clusters.
type Known<'a> = (&'a Model, Option<(Option<u64>, u64)>);

/// The one with more freedom never needs more clusters than the other. Answers whether the other needs more.
fn never_more(seed: u64, what: &str, (free, free_found): Known, (held, held_found): Known) -> bool {
    let say = || {
        let documents = [free, held].map(Model::document);
        format!("seed {seed}, {what}: {free_found:?} and {held_found:?}\n{}\n{}", documents[0], documents[1])
    };
    let Some((held_clusters, held_bound)) = held_found else { return free_found.is_some() };
    let Some(most) = held_clusters else { return false };
    let (value, bound) = free_found.unwrap_or_else(|| panic!("no plan: {}", say()));
    assert!(bound <= most, "{}", say());
    // where its bound is its value, it is the fewest
    assert!(value.is_none_or(|value| value > bound || value <= most), "{}", say());
    value.is_some_and(|value| value < held_bound)
}

fn shapes(model: &mut Model) -> impl Iterator<Item = &mut crate::model::Shape> {
    model.templates.iter_mut().map(|it| &mut it.shape).chain(model.sites.iter_mut().map(|it| &mut it.shape))
}

#[test]
fn freedom_never_needs_more_clusters() {
    let mut fewer: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 40_000..40_120 {
        let model = Model::draw(seed, false);
        let found = clusters(&model);
        let changed = |change: &dyn Fn(&mut Model)| {
            let mut other = model.clone();
            change(&mut other);
            other
        };
        let all: Vec<usize> = (0..model.regions.len()).collect();
        let freer: [Change; 8] = [
            ("more capacity", &|it| {
                for shape in shapes(it) {
                    shape.cpu += 3;
                    shape.pools.iter_mut().for_each(|pool| pool.cpu += 3);
                }
            }),
            ("more nodes", &|it| {
                shapes(it).for_each(|shape| {
                    shape.pools.iter_mut().for_each(|pool| pool.max += 1);
                    shape.most[0] = None;
                })
            }),
            ("no maximums", &|it| shapes(it).for_each(|shape| shape.most = [None; 4])),
            ("every region", &|it| {
                it.jobs.iter_mut().for_each(|job| job.regions.clone_from(&all));
                it.templates.iter_mut().for_each(|template| template.regions.clone_from(&all));
            }),
            ("any number of clusters", &|it| {
                it.regions.iter_mut().for_each(|region| region.0 = None);
                it.templates.iter_mut().for_each(|template| template.most = None);
            }),
            ("everybody may move", &|it| {
                it.jobs.iter_mut().for_each(|job| (job.pin, job.stay) = (None, usize::from(!it.sites.is_empty())))
            }),
            ("no needs", &|it| {
                it.jobs.iter_mut().for_each(|job| job.needs = false);
                it.tenants.iter_mut().for_each(|tenant| tenant.needs = false);
            }),
            ("nobody distrusts", &|it| it.tenants.iter_mut().for_each(|tenant| tenant.distrusts = false)),
        ];
        for (what, change) in freer {
            let other = changed(change);
            *fewer.entry(what).or_default() +=
                u64::from(never_more(seed, what, (&other, clusters(&other)), (&model, found)));
        }
        let last = model.jobs.len() - 1;
        let tighter: [Change; 4] = [
            ("a need", &|it| it.jobs[last].needs = true),
            ("a stay", &|it| it.jobs[last].stay = if it.sites.is_empty() { 0 } else { 2 }),
            ("a pin", &|it| it.jobs[last].pin = it.jobs[last].pin.or((!it.sites.is_empty()).then_some(0))),
            ("a cluster that is kept", &|it| it.sites.iter_mut().take(1).for_each(|site| site.keep = true)),
        ];
        for (what, change) in tighter {
            let other = changed(change);
            *fewer.entry(what).or_default() +=
                u64::from(never_more(seed, what, (&model, found), (&other, clusters(&other))));
        }
    }
    assert!(fewer.len() == 12 && fewer.values().all(|&count| count > 0), "a law that nothing tests: {fewer:?}");
}

/// Every name another one, in another order.
fn renamed(document: &Value, model: &Model) -> Value {
    let mut names: Vec<(String, String)> = Vec::new();
    let mut add = |letter: &str, count: usize| {
        names.extend((0..count).map(|at| (format!("{letter}{at}"), format!("z{letter}{}", 9 - at))));
    };
    add("t", model.tenants.len());
    add("w", model.jobs.len());
    add("e", model.sites.len());
    add("k", model.templates.len());
    names
        .extend(REGIONS.iter().zip(["atlas", "zenit", "midway"]).map(|(old, new)| ((*old).to_owned(), new.to_owned())));
    names.extend(
        [("special", "another"), ("pool-0", "z-pool"), ("pool-1", "a-pool"), ("gpu", "zink"), ("disk", "acid")]
            .map(|(old, new)| (old.to_owned(), new.to_owned())),
    );
    let text = names.iter().fold(document.to_string(), |text, (old, new)| {
        let member = text.replace(&format!("\"{old}\""), &format!("\"{new}\""));
        // of members of groups: tenant/workload
        let first = member.replace(&format!("\"{old}/"), &format!("\"{new}/"));
        first.replace(&format!("/{old}\""), &format!("/{new}\""))
    });
    serde_json::from_str(&text).unwrap()
}

#[test]
fn names_change_no_value() {
    let mut compared = 0;
    for seed in 41_000..41_400 {
        let model = Model::draw(seed, false);
        let document = model.document();
        let other = renamed(&document, &model);
        let planned = |document: &Value| {
            let read = Fleet::from_json(&document.to_string()).map_err(Error::from);
            read.and_then(|fleet| tenantry::plan(&fleet, &options(), &Silent))
        };
        let (one, two) = match (planned(&document), planned(&other)) {
            (Ok(one), Ok(two)) => (one, two),
            (Err(Error::Fleet(one)), Err(Error::Fleet(two))) => {
                let codes =
                    |error: &tenantry::FleetError| error.problems.iter().map(|it| it.code).collect::<BTreeSet<_>>();
                assert_eq!(codes(&one), codes(&two), "seed {seed}\n{document}\n{other}");
                continue;
            }
            (one, two) => panic!(
                "seed {seed}: {:?} and {:?}\n{document}\n{other}",
                one.map(|it| it.summary),
                two.map(|it| it.summary)
            ),
        };
        assert_eq!(
            one.status == PlanStatus::Infeasible,
            two.status == PlanStatus::Infeasible,
            "seed {seed}\n{document}\n{other}"
        );
        for (a, b) in one.levels.iter().zip(&two.levels) {
            // who is beside whom among the best plans is nobody's wish
            if a.objective.name() == "exposure" {
                break;
            }
            assert_eq!(a.value, b.value, "seed {seed}\n{document}\n{other}");
            compared += u64::from(a.status == PlanStatus::Optimal && b.status == PlanStatus::Optimal);
        }
    }
    assert!(compared > 200, "{compared}");
}

/// Who is where, by the name of the cluster.
type Where = BTreeMap<String, Cluster>;

fn today(model: &Model) -> Where {
    let inside = |site: usize| {
        let here = |(at, job): (usize, &crate::model::Job)| job.runs_in.contains(&site).then_some((at, job.replicas));
        model.jobs.iter().enumerate().filter_map(here).collect()
    };
    (0..model.sites.len()).map(|site| (Model::site(site), (Place::Existing(site), inside(site)))).collect()
}

/// Goes the way of a migration: whoever comes to a cluster that keeps the rules today leaves it so, with all starts of the batch
/// and no stop; answers where everybody is then.
fn walked(seed: u64, model: &Model, migration: &Migration, document: &Value) -> Where {
    let (search, start) = (Search::new(model), today(model));
    let mut state = start.clone();
    for batch in &migration.batches {
        let mut gained = BTreeSet::new();
        let of = |action: StepAction| batch.steps.iter().filter(move |step| step.action == action);
        let job = |name: &String| name.rsplit('w').next().unwrap().parse::<usize>().unwrap();
        for step in of(StepAction::Create) {
            let region = step.region.as_ref().map_or(0, |it| REGIONS.iter().position(|name| name == it).unwrap());
            let template = step.template.as_ref().unwrap()[1..].parse().unwrap();
            assert!(
                state.insert(step.cluster.clone(), (Place::New(template, region), Vec::new())).is_none(),
                "seed {seed}"
            );
        }
        for step in of(StepAction::Start) {
            let cluster = state.get_mut(&step.cluster).unwrap_or_else(|| panic!("seed {seed}: {step:?}\n{document}"));
            for it in step.workloads.iter().map(job) {
                assert!(cluster.1.iter().all(|&(who, _)| who != it), "seed {seed}: twice there: {step:?}\n{document}");
                assert!(!model.jobs[it].stateful || !step.temporary, "seed {seed}: {step:?}\n{document}");
                cluster.1.push((it, model.jobs[it].replicas));
            }
            gained.insert(&step.cluster);
        }
        for name in gained {
            let mut cluster = state[name].clone();
            cluster.1.sort_unstable();
            let sound = start.get(name).is_none_or(|today| search.fits(today).is_some());
            assert!(
                !sound || search.fits(&cluster).is_some(),
                "seed {seed}, batch {}: {cluster:?}\n{document}",
                batch.number
            );
        }
        for step in of(StepAction::Stop) {
            let cluster = state.get_mut(&step.cluster).unwrap();
            for it in step.workloads.iter().map(job) {
                let before = cluster.1.len();
                cluster.1.retain(|&(who, _)| who != it);
                assert_eq!(cluster.1.len() + 1, before, "seed {seed}: not there: {step:?}\n{document}");
            }
        }
        for (at, it) in model.jobs.iter().enumerate().filter(|(_, it)| !it.runs_in.is_empty() && !it.stateful) {
            let runs = state.values().any(|cluster| cluster.1.iter().any(|&(who, _)| who == at));
            assert!(runs, "seed {seed}, batch {}: w{at} of {} runs nowhere\n{document}", batch.number, it.tenant);
        }
    }
    state.values_mut().for_each(|cluster| cluster.1.sort_unstable());
    state
}

fn homes(clusters: impl Iterator<Item = Cluster>) -> BTreeSet<Cluster> {
    clusters
        .filter(|cluster| !cluster.1.is_empty())
        .map(|(place, mut inside)| {
            inside.sort_unstable();
            (place, inside)
        })
        .collect()
}

#[test]
fn a_migration_ends_in_its_plan_and_is_safe_on_the_way() {
    let (mut complete, mut moved) = (0, 0);
    for seed in 42_000..42_600 {
        let model = Model::draw(seed, false);
        let document = model.document();
        let Ok(fleet) = Fleet::from_json(&document.to_string()) else { continue };
        let Ok(plan) = tenantry::plan(&fleet, &options(), &Silent) else { continue };
        if plan.clusters.is_none() || model.sites.is_empty() {
            continue;
        }
        forced(seed, &plan, &document);
        let migration = tenantry::migrate(&fleet, &plan, &MigrateOptions::default(), &Silent).unwrap();
        let end = walked(seed, &model, &migration, &document);
        moved += u64::from(!migration.batches.is_empty());
        let planned = homes(read(&model, &plan).into_iter());
        if migration.status == MigrationStatus::Complete {
            assert_eq!(homes(end.into_values()), planned, "seed {seed}\n{document}");
            complete += 1;
        } else {
            assert_ne!(homes(end.into_values()), planned, "seed {seed}: it says that it is not complete\n{document}");
        }
    }
    assert!(complete > 100 && moved > 80, "{complete} complete, {moved} with a step");
}

/// What no plan can do without is no more than what this one does.
fn forced(seed: u64, plan: &Plan, document: &Value) {
    let moves = plan.moves.as_ref().unwrap();
    let level = plan.levels.iter().find(|level| level.objective.name() == "moves").unwrap();
    let number = |figure: Option<Figure>| figure.unwrap().value().round() as u64;
    assert!(moves.forced.cost <= number(level.value), "seed {seed}\n{document}");
    assert_eq!(moves.forced.cost + moves.chosen.cost, number(level.value), "seed {seed}\n{document}");
}
