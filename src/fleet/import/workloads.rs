//! Objects -> workloads: controllers, and pods grouped by an owner that is not read, each with its pods at a time and what
//! one of them takes.

use std::collections::{BTreeMap, BTreeSet};

use super::groups;
use super::kinds::Kind;
use super::manifests::{Controller, Objects};
use super::options::Source;
use super::placed::{Address, Owner, Root, Standing, beside, root, standings, title};
use super::report::Report;
use super::requests::PodRequests;
use super::running;
use super::scaling::{self, Target};

/// Pods that are alike, counted once.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// The object that speaks for it: its controller, or one of its pods.
    pub index: usize,
    /// The kind of its controller or owner.
    pub kind: String,
    pub name: String,
    /// Names it in messages.
    pub title: String,
    /// Least and most; the same unless `ranged`.
    pub replicas: (u64, u64),
    pub ranged: bool,
    /// Pods that run now, as far as they are among the objects.
    pub running: u64,
    pub requests: PodRequests,
    /// Whether some pod of it keeps data where it runs.
    pub stateful: bool,
    /// Labels and annotations on which its pods differ, with their values.
    pub differing: BTreeMap<String, BTreeSet<String>>,
}

/// The workloads, in the order of the objects. `lent`: who counts within whom because of a borrowed template.
pub(super) fn workloads(
    objects: &Objects,
    sources: &[Source],
    lent: &BTreeMap<usize, usize>,
    report: &mut Report,
) -> Vec<Placed> {
    let controllers = &objects.controllers;
    let standings = standings(objects, sources, lent);
    let mut own: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut owned: BTreeMap<&Owner<'_>, Vec<usize>> = BTreeMap::new();
    for index in 0..controllers.len() {
        match root(&standings, index) {
            Some(Root::Controller(above)) => {
                let within = own.entry(above).or_default();
                within.extend((above != index).then_some(index));
            }
            Some(Root::Owner(owner)) => owned.entry(owner).or_default().push(index),
            None => {}
        }
    }
    let mut placed = Vec::with_capacity(own.len() + owned.len());
    let mut numbers: BTreeMap<Root<'_, '_>, Vec<usize>> = BTreeMap::new();
    for (&index, within) in &own {
        numbers.insert(Root::Controller(index), vec![placed.len()]);
        placed.push(of_controller(index, within, controllers, sources, report));
    }
    for (&owner, members) in &owned {
        let before = placed.len();
        placed.extend(groups::workloads(owner, members, controllers, sources, report));
        numbers.insert(Root::Owner(owner), (before..placed.len()).collect());
    }
    let targets = targets(controllers, sources, &standings, &numbers);
    for (number, (least, most)) in scaling::bounds(&objects.autoscalers, &targets, sources, report) {
        let it = &mut placed[number];
        (it.replicas, it.ranged) = ((least, most), true);
    }
    for it in &mut placed {
        running::count(it, report);
    }
    placed.sort_by_key(|it| it.index);
    for it in &placed {
        say(it, &controllers[it.index], report);
    }
    placed
}

fn of_controller(
    index: usize,
    within: &[usize],
    controllers: &[Controller],
    sources: &[Source],
    report: &mut Report,
) -> Placed {
    let it = &controllers[index];
    let title = if it.name == it.meta.name {
        title(&it.meta, sources)
    } else {
        format!("{} ({})", title(&it.meta, sources), it.name)
    };
    let (pods, made): (Vec<&Controller>, Vec<&Controller>) =
        within.iter().map(|&child| &controllers[child]).partition(|child| child.kind == Kind::Pod);
    let staying = pods.iter().filter(|pod| !pod.leaving).count() as u64;
    // what it made says how many pods it wants: Jobs whose runs overlap, a ReplicaSet that is still there
    let made: Vec<&Controller> = made.into_iter().filter(|child| child.kind.is_made() && !child.suspended).collect();
    let wanted = made.iter().fold(0_u64, |sum, child| sum.saturating_add(child.replicas));
    let running = staying.max(wanted);
    let replicas = if it.counted { it.replicas } else { it.replicas.max(running) };
    let mut placed = Placed {
        index,
        kind: it.meta.kind.clone(),
        name: it.name.clone(),
        requests: running::total(&it.pod, &title, it.meta.position, report),
        title,
        replicas: (replicas, replicas),
        ranged: false,
        running,
        stateful: it.pod.keeps_data || pods.iter().any(|pod| pod.pod.keeps_data),
        differing: BTreeMap::new(),
    };
    let alive = made.into_iter().filter(|child| child.replicas > 0);
    running::raise_to(&mut placed, pods.into_iter().chain(alive), report);
    placed
}

/// What an autoscaler may name, by address: every controller, and the owners of groups.
fn targets<'a>(
    controllers: &'a [Controller],
    sources: &'a [Source],
    standings: &[Standing<'a>],
    numbers: &BTreeMap<Root<'_, 'a>, Vec<usize>>,
) -> BTreeMap<Address<'a>, Vec<Target>> {
    let mut targets: BTreeMap<Address<'a>, Vec<Target>> = BTreeMap::new();
    for (index, it) in controllers.iter().enumerate().filter(|(_, it)| it.kind != Kind::Pod) {
        let Some(root) = root(standings, index) else { continue };
        let of_root = numbers.get(&root).into_iter().flatten();
        let found = of_root.map(|&workload| Target { workload, replicas: it.replicas });
        targets.entry(beside(&it.meta, sources, &it.meta.kind, &it.meta.name)).or_default().extend(found);
    }
    for (root, found) in numbers {
        let Root::Owner(owner) = root else { continue };
        // pods that name their ReplicaSet alone may be a Rollout's as well as a Deployment's
        let kinds: &[&str] = if owner.kind == "Deployment" { &["Deployment", "Rollout"] } else { &[] };
        for kind in kinds.iter().copied().chain((kinds.is_empty()).then_some(owner.kind)) {
            let address = (owner.cluster, owner.directory, owner.namespace, kind, owner.name);
            let found = found.iter().map(|&workload| Target { workload, replicas: 1 });
            targets.entry(address).or_default().extend(found);
        }
    }
    targets
}

/// Says what the figures leave out.
fn say(placed: &Placed, it: &Controller, report: &mut Report) {
    // of a DaemonSet, its row says more
    if placed.replicas.1 == 0 && placed.kind != "DaemonSet" {
        report.note("scaled-to-zero", "0 replicas, so it takes nothing in the plan", &placed.title);
    } else if it.suspended {
        let what = "suspended, so it makes no pods now; planned as if it did";
        report.note("suspended", what, &placed.title);
    }
    if it.pod.claims {
        let what = "claims devices (dynamic resource allocation), which are not counted";
        report.note("claims-not-counted", what, &placed.title);
    }
    if it.kind == Kind::Shaped {
        let what =
            "a kind that is not known, read as replicas of its pod template; whatever else it runs is not counted";
        report.note("read-by-shape", what, &placed.title);
    }
}
