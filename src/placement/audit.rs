//! The present placement against the rules of a legal plan: every violation with an id that stays, what the loss of each
//! cluster takes, and which exceptions end soon. Nothing is planned.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use crate::date::Date;
use crate::fleet::{Fleet, RuleId, StayOf};
use crate::quantity;

use super::contradictions::{Contradiction, MOST, contradictions, together_against_reason};
use super::copies::{Amiss, At, amiss};
use super::facts::{self, Over};
use super::losses::{Lost, losses_of_clusters, losses_of_regions};
use super::parts::Parts;
use super::pods::bounds_on_nodes;
use super::rules::Reader;
use super::{Placement, today};

/// What the present placement comes to.
pub(crate) struct Judged {
    /// By group, the largest first.
    pub violations: Vec<Found>,
    pub losses: Vec<Lost>,
    pub losses_of_regions: Vec<Lost>,
    pub ending: Vec<Ends>,
    /// Existing clusters, by index, in which nobody of the fleet runs, and which are not kept.
    pub unused: Vec<usize>,
    /// How many existing clusters somebody of the fleet runs in.
    pub used: usize,
    /// Workloads that run nowhere yet.
    pub nowhere: Vec<usize>,
    /// Workloads that run somewhere.
    pub running: usize,
    /// The search for contradictions came to an end before all had been looked at.
    pub cut_short: bool,
}

/// One violation.
pub(crate) struct Found {
    /// The rule's id, as it stays.
    pub rule: String,
    /// Index of the existing cluster; `None`: it is about several, or about none.
    pub cluster: Option<usize>,
    /// Index of the workload; `None`: it is about the whole cluster.
    pub workload: Option<usize>,
    /// What else tells it from others of its rule, cluster and workload.
    of: String,
    /// How bad: neighbours, units beyond what is usable, clusters too many. It grows as the violation does.
    pub figure: u64,
    detail: Detail,
}

/// What is needed to put it into words.
enum Detail {
    /// Neighbours that the rule separates it from, one of them, and how many of the cluster's.
    Separated {
        other: usize,
    },
    Over(Over),
    /// Words, with names and figures.
    Said(String),
}

/// An exception, or a hold, that ends.
pub(crate) struct Ends {
    pub what: Ending,
    pub until: Date,
    /// Pairs of neighbours that share today by this waiver; workloads that stay by this hold.
    pub count: u64,
}

pub(crate) enum Ending {
    /// Index of the waiver.
    Waiver(usize),
    /// Who says so, and the tenant or the workload.
    Stay(StayOf, usize),
}

impl Found {
    /// Stays as long as rule, cluster and workload are called the same; 16 hexadecimal digits.
    pub fn id(&self, fleet: &Fleet) -> String {
        let mut hash = Sha256::new();
        let cluster = self.cluster.map_or("", |cluster| &fleet.existing()[cluster].name);
        let names = self.workload.map_or(("", "", ""), |workload| super::key(fleet, workload));
        for part in [self.rule.as_str(), cluster, names.0, names.1, names.2, self.of.as_str()] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().iter().take(8).fold(String::with_capacity(16), |mut id, byte| {
            let _ = write!(id, "{byte:02x}"); // writing to a string cannot fail
            id
        })
    }

    /// In words, with names and figures.
    pub fn message(&self, fleet: &Fleet) -> String {
        let who = self.workload.map_or_else(String::new, |workload| fleet.identity(workload));
        let cluster = self.cluster.map(|cluster| &fleet.existing()[cluster]);
        let name = cluster.map_or("", |cluster| &cluster.name);
        match &self.detail {
            Detail::Separated { other } => {
                let more = match self.figure - 1 {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format!("{who} shares {name} with {}{more}: {} keeps them apart", fleet.identity(*other), self.rule)
            }
            Detail::Over(over) => {
                let resource = &fleet.resources()[over.resource];
                let load = u64::try_from(over.load).unwrap_or(u64::MAX);
                let [load, usable] = quantity::pair(resource, load, over.usable);
                let site = fleet.shape(cluster.map_or(0, |cluster| cluster.site));
                let pool = over.pool.map(|pool| (&fleet.pools()[pool], site.dedicated[pool].is_some()));
                let beside =
                    if cluster.is_some_and(|it| it.occupied.is_some()) { " beside what others take" } else { "" };
                match pool {
                    Some((pool, false)) => {
                        format!(
                            "the workloads of pool {pool} in {name} request {load} of {resource}; there is no such pool"
                        )
                    }
                    Some((pool, true)) => {
                        format!(
                            "the workloads of pool {pool} in {name} request {load} of {resource}; {usable} is usable{beside}"
                        )
                    }
                    None => {
                        format!("the workloads in {name} request {load} of {resource}; {usable} is usable{beside}")
                    }
                }
            }
            Detail::Said(words) => words.clone(),
        }
    }
}

/// Judges what runs today on that day, and what ends within so many days. Complexity: linear; in a cluster where a rule
/// might separate somebody the square of its different kinds of workloads.
pub(crate) fn judge(fleet: &Fleet, as_of: Date, within: u32) -> Judged {
    let placement = today(fleet);
    let (contents, parts) = (placement.contents(), placement.parts(fleet));
    let reader = Reader::new(fleet, as_of);
    let mut found = Vec::new();
    let mut waived = vec![0u64; fleet.policy().waivers.len()];
    for (cluster, workloads) in contents.iter().enumerate() {
        separated(&reader, cluster, workloads, (&mut found, &mut waived));
        room(fleet, cluster, (workloads, &parts[cluster]), &mut found);
        barred(fleet, cluster, workloads, &mut found);
        closed(fleet, cluster, workloads, &mut found);
    }
    absent(fleet, &placement, as_of, &mut found);
    too_often(fleet, &contents, &mut found);
    split(fleet, &placement, &mut found);
    several(fleet, &placement, &mut found);
    let (list, mut cut_short) = contradictions(fleet, &reader, as_of);
    let (apart, cut) = together_against_reason(fleet, &reader, MOST - list.len());
    cut_short |= cut;
    found.extend(list.into_iter().chain(apart).map(contradicts));
    let unused = (0..contents.len()).filter(|&cluster| contents[cluster].is_empty() && !fleet.existing()[cluster].keep);
    let runs = |workload: &usize| fleet.whereabouts(*workload).is_some_and(|it| !it.runs_in.is_empty());
    let placed = (0..fleet.workloads().len()).filter(|&workload| !fleet.workloads()[workload].per_cluster);
    let (running, nowhere): (Vec<usize>, Vec<usize>) = placed.partition(runs);
    Judged {
        violations: sorted(fleet, found),
        losses: losses_of_clusters(fleet, &placement),
        losses_of_regions: losses_of_regions(fleet, &placement),
        ending: ending(fleet, as_of, within, &waived),
        unused: unused.collect(),
        used: contents.iter().filter(|workloads| !workloads.is_empty()).count(),
        nowhere,
        running: running.len(),
        cut_short,
    }
}

/// Groups of one cluster and rule side by side, the largest first; in each the worst first.
fn sorted(fleet: &Fleet, mut found: Vec<Found>) -> Vec<Found> {
    let mut sizes: FxHashMap<(Option<usize>, String), usize> = FxHashMap::default();
    for it in &found {
        *sizes.entry((it.cluster, it.rule.clone())).or_insert(0) += 1;
    }
    let name = |it: &Found| it.cluster.map(|cluster| fleet.existing()[cluster].name.as_str());
    let size = |it: &Found| sizes.get(&(it.cluster, it.rule.clone())).copied().unwrap_or(0);
    let mut keyed: Vec<(usize, Found)> = found.drain(..).map(|it| (size(&it), it)).collect();
    keyed.sort_by(|(a_size, a), (b_size, b)| {
        b_size
            .cmp(a_size)
            .then_with(|| (name(a), &a.rule).cmp(&(name(b), &b.rule)))
            .then_with(|| b.figure.cmp(&a.figure))
            .then_with(|| (a.workload, &a.of).cmp(&(b.workload, &b.of)))
    });
    keyed.into_iter().map(|(_, it)| it).collect()
}

/// Rule 5: for each workload and rule, the neighbours that it may not have.
fn separated(reader: &Reader, cluster: usize, workloads: &[usize], (found, waived): (&mut Vec<Found>, &mut [u64])) {
    // of each kind (by its first member) and rule: how many neighbours, and the first of them
    let mut apart: BTreeMap<(usize, RuleId), (u64, usize)> = BTreeMap::new();
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    facts::neighbours(reader, workloads, &mut |kind, other, reasons| {
        let (pairs, sides) = match other {
            None => (kind.len() as u64 * (kind.len() as u64 - 1) / 2, vec![(kind, kind.len() as u64 - 1, kind[1])]),
            Some(other) => (
                kind.len() as u64 * other.len() as u64,
                vec![(kind, other.len() as u64, other[0]), (other, kind.len() as u64, kind[0])],
            ),
        };
        reasons.waivers.iter().for_each(|&waiver| waived[waiver] += pairs);
        for (kind, neighbours, first) in sides {
            for &rule in &reasons.standing {
                members.entry(kind[0]).or_insert_with(|| kind.to_vec());
                let known = apart.entry((kind[0], rule)).or_insert((0, first));
                *known = (known.0 + neighbours, known.1.min(first));
            }
        }
    });
    for ((kind, rule), (figure, other)) in apart {
        let members = &members[&kind];
        for &workload in members {
            // of its own kind the second stands for all, but for itself
            let other = if other == workload { members[0] } else { other };
            found.push(Found {
                rule: reader.name(rule),
                cluster: Some(cluster),
                workload: Some(workload),
                of: String::new(),
                figure,
                detail: Detail::Separated { other },
            });
        }
    }
}

/// Rules 6 to 8 and 12: what is usable, nodes (by a lower bound), maximums, and the platform's own workloads.
fn room(fleet: &Fleet, cluster: usize, (workloads, parts): (&[usize], &Parts), found: &mut Vec<Found>) {
    let existing = &fleet.existing()[cluster];
    let (site, name) = (existing.site, &existing.name);
    let shape = fleet.shape(site);
    let mut add = |rule: String, workload: Option<usize>, of: &str, figure: u64, detail: Detail| {
        found.push(Found { rule, cluster: Some(cluster), workload, of: of.to_owned(), figure, detail });
    };
    if !shape.carries && (existing.keep || !workloads.is_empty()) {
        let what = if existing.occupied.is_some() { "what others take there and " } else { "" };
        let words = format!("{name} is too small for {what}the workloads of the platform alone");
        add("platform".to_owned(), None, "", 1, Detail::Said(words));
    }
    for over in facts::over(fleet, shape, workloads, parts) {
        let resource = &fleet.resources()[over.resource];
        let rule = match over.pool {
            None => format!("capacity:{resource}"),
            Some(pool) => format!("capacity:{resource}@{}", fleet.pools()[pool]),
        };
        let figure = u64::try_from(over.load - u128::from(over.usable)).unwrap_or(u64::MAX);
        add(rule, None, "", figure, Detail::Over(over));
    }
    if !shape.pools.is_empty() {
        for &workload in workloads {
            let it = &fleet.workloads()[workload];
            let here = parts.pods(fleet, workload);
            let needed = if shape.packs_nodes() { here } else { here.min(1) };
            let places = shape.pods_alone(&it.pod, it.pool);
            if places < needed {
                let who = fleet.identity(workload);
                let pods = if here == 1 { "1 pod".to_owned() } else { format!("{here} pods") };
                let short = lacking(fleet, site, workload);
                let short = if short.is_empty() { short } else { format!(": no node has enough {short}") };
                let words = format!("{who} has {pods}, and the nodes of {name} have room for {places}{short}");
                add("nodes".to_owned(), Some(workload), "", needed - places, Detail::Said(words));
            }
        }
    }
    let bounds = bounds_on_nodes(fleet, site, workloads, parts);
    let (mut least, mut agents) = (0u64, 0u64);
    for bound in &bounds {
        let pool = bound.pool.map_or("", |pool| &fleet.pools()[pool]);
        let Some(fewest) = bound.fewest else {
            let of = if pool.is_empty() { String::new() } else { format!(" of pool {pool}") };
            let words = format!("the pods in {name} do not fit the {} nodes{of} that there may be", bound.max);
            add("nodes".to_owned(), None, pool, 1, Detail::Said(words));
            continue;
        };
        least = least.saturating_add(fewest.max(bound.min));
        agents = agents.saturating_add(fewest.saturating_mul(bound.agents));
    }
    if let Some(most) = shape.most.nodes.filter(|&most| least > most) {
        let words = format!("the pods in {name} need at least {least} nodes; at most {most} are allowed");
        add("maximum:nodes".to_owned(), None, "", least - most, Detail::Said(words));
    }
    let platform = fleet.platform().filter(|it| !it.per_node).map(|it| it.replicas);
    let replicas = workloads.iter().map(|&workload| parts.pods(fleet, workload));
    let once = u64::try_from(fleet.pods_once(&fleet.overheads(workloads))).unwrap_or(u64::MAX);
    let pods = platform.chain(replicas).chain([once]).fold(agents, u64::saturating_add);
    let beside = if existing.occupied.is_some() { " beside those of others" } else { "" };
    if let Some(most) = shape.most.pods.filter(|&most| pods > most && !workloads.is_empty()) {
        let words = format!("{name} has at least {pods} pods; at most {most} are allowed{beside}");
        add("maximum:pods".to_owned(), None, "", pods - most, Detail::Said(words));
    }
    if workloads.is_empty() {
        return;
    }
    for (what, count, most) in facts::too_many(fleet, shape, workloads) {
        let words = format!("{name} has {count} {what}; at most {most} are allowed{beside}");
        add(format!("maximum:{what}"), None, "", count - most, Detail::Said(words));
    }
}

/// Rule 3: region, admits, needs.
fn barred(fleet: &Fleet, cluster: usize, workloads: &[usize], found: &mut Vec<Found>) {
    let existing = &fleet.existing()[cluster];
    for &workload in workloads {
        for (rule, why) in facts::barred(fleet, workload, existing.site) {
            let words = format!("{} runs in {}, and {why}", fleet.identity(workload), existing.name);
            found.push(said(rule, Some(cluster), Some(workload), "", 1, words));
        }
    }
}

/// Rule 9: nobody is in a cluster that is drained. Who runs in a cordoned one today may stay.
fn closed(fleet: &Fleet, cluster: usize, workloads: &[usize], found: &mut Vec<Found>) {
    let existing = &fleet.existing()[cluster];
    for &workload in workloads {
        if facts::closed(fleet, workload, existing.site).is_some() {
            let words = format!("{} still runs in {}, which is drained", fleet.identity(workload), existing.name);
            found.push(said("drain", Some(cluster), Some(workload), "", 1, words));
        }
    }
}

/// Rule 10: who runs somewhere else than it is pinned to.
fn absent(fleet: &Fleet, placement: &Placement, as_of: Date, found: &mut Vec<Found>) {
    for (workload, pinned) in facts::absent(fleet, placement, as_of) {
        let runs_in = fleet.whereabouts(workload).map_or(&[][..], |it| &it.runs_in);
        let here = runs_in.first().copied();
        let name = |cluster: usize| &fleet.existing()[cluster].name;
        let words = format!(
            "{} is pinned to {}, and runs in {}",
            fleet.identity(workload),
            name(pinned),
            few(runs_in.iter().map(|&cluster| name(cluster).as_str()))
        );
        found.push(said("pin", here, Some(workload), name(pinned), 1, words));
    }
}

/// Rule 11: templates that are used too often, regions that hold too many. Clusters that are empty and not kept are not counted.
fn too_often(fleet: &Fleet, contents: &[Vec<usize>], found: &mut Vec<Found>) {
    let there = || {
        let counted = fleet.existing().iter().zip(contents).filter(|(it, workloads)| it.keep || !workloads.is_empty());
        counted.map(|(it, _)| it.site)
    };
    for (region, used, most) in facts::too_crowded(fleet, there()) {
        let name = &fleet.regions()[region].name;
        let are = if used == 1 { "cluster is" } else { "clusters are" };
        let words = format!("{used} {are} in {name}; at most {most} are allowed");
        found.push(said("maxClusters", None, None, name, used - most, words));
    }
    for (template, used, most) in facts::too_often(fleet, there()) {
        let name = &fleet.templates()[template].name;
        let have = if used == 1 { "cluster has" } else { "clusters have" };
        let words = format!("{used} {have} the template {name}; at most {most} are allowed");
        found.push(said("maxCount", None, None, name, used - most, words));
    }
}

/// Rules 2 and 14: groups that must share one cluster and do not.
fn split(fleet: &Fleet, placement: &Placement, found: &mut Vec<Found>) {
    for (group, homes, count) in facts::split(fleet, placement) {
        let group = &fleet.policy().together[group];
        let first = &fleet.workloads()[group.members[0]];
        let (rule, of, what) = match &group.id {
            Some(id) => (format!("together:{id}"), String::new(), format!("the group {id}")),
            None => {
                let tenant = &fleet.tenants()[first.tenant].name;
                (
                    "together".to_owned(),
                    format!("{tenant}/{}", first.namespace),
                    format!("{} of {tenant}", group.reason),
                )
            }
        };
        let homes = few(homes.iter().map(|&home| placement.clusters[home].name.as_str()));
        let words = match first.copies() {
            1 => format!("{what} must share one cluster, and is in {homes}"),
            _ => format!("{what} must be in the same clusters, and not all of it is in each of {homes}"),
        };
        found.push(said(&rule, None, None, &of, count, words));
    }
}

/// The first of many names.
fn few<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    const FEW: usize = 3;
    let more = names.len().saturating_sub(FEW);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.take(FEW).collect::<Vec<_>>().join(", "))
}

/// Rules 2, 4 and 14: copies, parts of splits, groups of a region, and who is kept apart by name.
fn several(fleet: &Fleet, placement: &Placement, found: &mut Vec<Found>) {
    let cluster = |at: usize| placement.clusters[at].name.as_str();
    let region = |at: usize| fleet.regions()[at].name.as_str();
    let counted = |count: u64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    for it in amiss(fleet, placement) {
        match it {
            Amiss::Twice { .. } => {} // a fact has no two shares of one cluster
            Amiss::Copies { workload, clusters } => {
                let copies = fleet.workloads()[workload].copies();
                let has = if copies == 1 { "1 copy".to_owned() } else { format!("{copies} copies") };
                let words =
                    format!("{} runs in {} and has {has}", fleet.identity(workload), counted(clusters, "cluster"));
                found.push(said("copies", None, Some(workload), "", clusters.abs_diff(copies), words));
            }
            Amiss::Replicas { workload, replicas } => {
                let run = u64::try_from(replicas).unwrap_or(u64::MAX);
                let all = fleet.workloads()[workload].replicas;
                let words = format!("{} has {}, and {run} run", fleet.identity(workload), counted(all, "replica"));
                found.push(said("replicas", None, Some(workload), "", run.abs_diff(all), words));
            }
            Amiss::Parts { workload, clusters, most } => {
                let who = fleet.identity(workload);
                let words = format!("{who} is split over {clusters} clusters; at most {most} are allowed");
                found.push(said("split", None, Some(workload), "", clusters - most, words));
            }
            Amiss::Close { workload, region: at, copies, most } => {
                let who = fleet.identity(workload);
                let words = format!("{copies} copies of {who} run in {}; at most {most} are allowed", region(at));
                found.push(said("spread", None, Some(workload), region(at), copies - most, words));
            }
            Amiss::Without { workload, region: at } => {
                let words = format!("no copy of {} runs in {}", fleet.identity(workload), region(at));
                found.push(said("spread", None, Some(workload), region(at), 1, words));
            }
            Amiss::Wide { group, regions } => {
                let id = fleet.policy().together_in_region[group].id.as_deref().unwrap_or_default();
                let names = few(regions.iter().copied().collect::<Vec<_>>().iter().map(|&at| region(at)));
                let words = format!("the group {id} must stand in one region, and is in {names}");
                found.push(said(&format!("together:{id}"), None, None, "", regions.len() as u64 - 1, words));
            }
            Amiss::Met { rule, at, members } => {
                let it = &fleet.policy().kept_apart[rule];
                let (place, of, here) = match at {
                    At::Cluster(at) => (cluster(at), "", Some(at)),
                    At::Region(at) => (region(at), region(at), None),
                };
                for &member in &members {
                    let other = members.iter().find(|&&other| other != member).map_or(member, |&other| other);
                    let more = members.len() - 2;
                    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                    let (who, other) = (fleet.identity(member), fleet.identity(other));
                    let words = format!("{who} is in {place} with {other}{more}: {} keeps them apart", it.id);
                    let rule = format!("apart:{}", it.id);
                    found.push(said(&rule, here, Some(member), of, members.len() as u64 - 1, words));
                }
            }
        }
    }
}

fn contradicts(it: Contradiction) -> Found {
    said(&format!("contradiction:{}", it.code), it.cluster, it.workload, &it.of, 1, it.message)
}

fn said(rule: &str, cluster: Option<usize>, workload: Option<usize>, of: &str, figure: u64, words: String) -> Found {
    Found { rule: rule.to_owned(), cluster, workload, of: of.to_owned(), figure, detail: Detail::Said(words) }
}

/// Waivers and stays in force that end within so many days, the first first.
fn ending(fleet: &Fleet, as_of: Date, within: u32, waived: &[u64]) -> Vec<Ends> {
    let soon = |until: Date| {
        let days = as_of.days_until(until);
        days >= 0 && u32::try_from(days).is_ok_and(|days| days <= within)
    };
    let waivers = fleet.policy().waivers.iter().zip(waived).enumerate().filter(|(_, (it, _))| soon(it.expires));
    let mut ending: Vec<Ends> =
        waivers.map(|(waiver, (it, &count))| Ends { what: Ending::Waiver(waiver), until: it.expires, count }).collect();
    let mut of_tenants: BTreeMap<(usize, Date), u64> = BTreeMap::new();
    for (workload, it) in fleet.whereabouts.iter().enumerate().filter(|(_, it)| !it.runs_in.is_empty()) {
        for stay in &it.stays {
            let Some(until) = stay.until.filter(|&until| soon(until)) else { continue };
            match stay.of {
                StayOf::Tenant => *of_tenants.entry((fleet.workloads()[workload].tenant, until)).or_insert(0) += 1,
                of => ending.push(Ends { what: Ending::Stay(of, workload), until, count: 1 }),
            }
        }
    }
    let tenants = of_tenants.into_iter();
    ending.extend(tenants.map(|((tenant, until), count)| Ends {
        what: Ending::Stay(StayOf::Tenant, tenant),
        until,
        count,
    }));
    // stable: of one day the waivers come first, then workloads, then tenants, each in the fleet's order
    ending.sort_by_key(|it| it.until);
    ending
}

/// The resources of which one pod of a workload requests more than any node of a site has that it may be on.
fn lacking(fleet: &Fleet, site: usize, workload: usize) -> String {
    let it = &fleet.workloads()[workload];
    let pools = || fleet.shape(site).pools.iter().filter(|pool| pool.takes(it.pool));
    let short = |&resource: &usize| {
        pools().all(|pool| pool.node[resource].is_some_and(|offer| offer < it.pod[resource]))
            && pools().next().is_some()
    };
    let names = (0..fleet.resources().len()).filter(short).map(|resource| fleet.resources()[resource].as_str());
    names.collect::<Vec<_>>().join(", ")
}
