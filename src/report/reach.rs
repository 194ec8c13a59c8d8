//! Who is in reach of whom in a plan, and what a loss takes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::blast::{
    BLAST_SCHEMA, Blast, BlastCluster, BlastLoss, BlastSubject, BlastTenant, BlastWorkload, InReach, KeptElsewhere,
    Reach,
};
use crate::error::{Error, Result};
use crate::fleet::{Fleet, nearest};
use crate::plan::{Plan, platform_pods};

/// A workload of the plan, or of the platform.
struct Member<'p> {
    identity: String,
    tenant: &'p str,
    /// `None`: it is not known.
    namespace: Option<&'p str>,
    name: &'p str,
    platform: bool,
    /// Its clusters, with its pods in each.
    homes: BTreeMap<usize, Option<u64>>,
    /// What its tenant and its namespace are marked by.
    marks: (usize, Option<usize>),
}

/// Which members, tenants and namespaces were met in this turn.
#[derive(Default)]
struct Marks {
    turn: u32,
    met: Vec<u32>,
}

impl Marks {
    /// Whether it is met for the first time in this turn.
    fn first(&mut self, it: usize) -> bool {
        std::mem::replace(&mut self.met[it], self.turn) != self.turn
    }
}

/// What stands in some clusters together.
struct Total {
    tenants: u64,
    workloads: u64,
    platform: u64,
    pods: Option<u64>,
    namespaces: Option<u64>,
}

struct Estate<'p> {
    plan: &'p Plan,
    /// By tenant, namespace and name, the platform last.
    members: Vec<Member<'p>>,
    /// The members of each cluster.
    inside: Vec<Vec<usize>>,
    /// The pods of each cluster; `None` where they are not known.
    pods: Vec<Option<u64>>,
    marks: Marks,
    /// Of sets of clusters that were asked about.
    totals: BTreeMap<Vec<usize>, Total>,
}

impl Blast {
    /// What a compromised workload reaches in a plan, and what losses take. `fleet` is that of the plan: without it the pods
    /// and namespaces of the platform are not known. `subject` is a tenant, or else a workload by `tenant/namespace/name`, or
    /// by `tenant/name` or `name` where that is unique. Complexity: near linear in assignments; workloads in several clusters take
    /// as much as is in them, once for each set of clusters.
    ///
    /// ```
    /// # let text = "{schema: tenantry/v1, tenants: [{name: a, trust: trusted}, {name: b, trust: trusted}], \
    /// #     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}, {name: api, tenant: b, replicas: 3, requests: {cpu: 1, memory: 1Gi}}], \
    /// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}";
    /// use tenantry::report::Blast;
    /// use tenantry::{Fleet, PlanOptions};
    ///
    /// let plan = Fleet::from_yaml(text)?.plan(&PlanOptions::default())?;
    /// let blast = Blast::of(&plan, None, Some("a/web"))?;
    /// let worst = &blast.workloads[0];
    /// assert_eq!((worst.workload.as_str(), worst.reach.pods), ("a/web", Some(3)));
    /// assert_eq!(blast.subject.unwrap().clusters[0].workloads, ["b/api"]);
    /// # Ok::<(), tenantry::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Usage`] where the plan is not one for this version of the fleet, or nobody is called so; with the nearest name.
    pub fn of(plan: &Plan, fleet: Option<&Fleet>, subject: Option<&str>) -> Result<Self> {
        if fleet.is_some_and(|fleet| fleet.digest() != plan.fleet_digest) {
            let why = "the plan was made for another version of this fleet (the digests differ)";
            return Err(Error::Usage(why.to_owned()));
        }
        let mut estate = Estate::of(plan, fleet);
        let subject = subject.map(|name| estate.subject(name)).transpose()?;
        let hidden = estate.members.iter().any(|it| it.platform && it.namespace.is_none());
        let note = "A plan document does not say in which namespaces the platform runs, nor with how many pods: the fleet does.";
        Ok(Self {
            schema: BLAST_SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            name: plan.name.clone(),
            fleet_digest: plan.fleet_digest.clone(),
            as_of: plan.as_of.clone(),
            status: plan.status,
            clusters: estate.clusters(),
            tenants: estate.tenants(),
            workloads: estate.workloads(),
            losses: estate.losses_of_clusters(),
            losses_of_regions: estate.losses_of_regions(),
            subject,
            notes: if hidden { vec![note.to_owned()] } else { Vec::new() },
        })
    }
}

/// Worst first; names break ties.
fn badness(reach: &Reach) -> Reverse<(u64, u64, Option<u64>, Option<u64>)> {
    Reverse((reach.tenants, reach.workloads, reach.pods, reach.namespaces))
}

impl<'p> Estate<'p> {
    fn of(plan: &'p Plan, fleet: Option<&'p Fleet>) -> Self {
        let clusters = plan.clusters.as_deref().unwrap_or_default();
        let places: BTreeMap<&str, usize> =
            clusters.iter().enumerate().map(|(at, it)| (it.name.as_str(), at)).collect();
        let mut rows: BTreeMap<(&str, &str, &str), BTreeMap<usize, Option<u64>>> = BTreeMap::new();
        for row in &plan.assignments {
            let Some(&at) = places.get(row.cluster.as_str()) else { continue };
            let homes = rows.entry((row.tenant.as_str(), row.namespace.as_str(), row.workload.as_str())).or_default();
            let pods = homes.entry(at).or_insert(Some(0));
            *pods = pods.map(|pods| pods.saturating_add(row.replicas));
        }
        // those of the platform are in their clusters' lists by identity
        let mut platform: BTreeMap<&str, BTreeMap<usize, Option<u64>>> = BTreeMap::new();
        for (at, cluster) in clusters.iter().enumerate() {
            let pods = fleet.map(|fleet| platform_pods(fleet, cluster)).unwrap_or_default();
            for identity in &cluster.platform {
                let known = pods.get(identity).copied();
                platform.entry(identity).or_default().insert(at, known);
            }
        }
        let mut alike: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        rows.keys().for_each(|&(tenant, _, name)| *alike.entry((tenant, name)).or_default() += 1);
        let parts = platform.keys().map(|identity| taken_apart(identity));
        parts.for_each(|(tenant, _, name)| *alike.entry((tenant, name)).or_default() += 1);
        let mut members: Vec<Member<'p>> = Vec::with_capacity(rows.len() + platform.len());
        for ((tenant, namespace, name), homes) in rows {
            let alone = alike.get(&(tenant, name)) == Some(&1);
            let identity = if alone { format!("{tenant}/{name}") } else { format!("{tenant}/{namespace}/{name}") };
            members.push(Member {
                identity,
                tenant,
                namespace: Some(namespace),
                name,
                platform: false,
                homes,
                marks: (0, None),
            });
        }
        for (identity, homes) in platform {
            let (tenant, written, name) = taken_apart(identity);
            let known = fleet.and_then(|fleet| Some(&*fleet.workloads()[fleet.find(identity).ok()?].namespace));
            let namespace = known.or(written);
            members.push(Member {
                identity: identity.to_owned(),
                tenant,
                namespace,
                name,
                platform: true,
                homes,
                marks: (0, None),
            });
        }
        let mut inside = vec![Vec::new(); clusters.len()];
        let mut pods = vec![Some(0u64); clusters.len()];
        // the members are marked by their own numbers, their tenants and namespaces by those behind
        let mut marks: BTreeMap<(bool, &str), usize> = BTreeMap::new();
        let mut count = members.len();
        let mut mark = |key: (bool, &'p str)| {
            *marks.entry(key).or_insert_with(|| {
                count += 1;
                count - 1
            })
        };
        for (index, member) in members.iter_mut().enumerate() {
            member.marks = (mark((false, member.tenant)), member.namespace.map(|namespace| mark((true, namespace))));
            for (&at, &here) in &member.homes {
                inside[at].push(index);
                pods[at] = pods[at].and_then(|sum| Some(sum.saturating_add(here?)));
            }
        }
        let marks = Marks { turn: 0, met: vec![0; count] };
        Self { plan, members, inside, pods, marks, totals: BTreeMap::new() }
    }

    fn name(&self, cluster: usize) -> &'p str {
        self.plan.clusters.as_deref().map_or("", |clusters| &clusters[cluster].name)
    }

    fn region(&self, cluster: usize) -> Option<&'p str> {
        self.plan.clusters.as_deref()?[cluster].region.as_deref()
    }

    /// What stands in these clusters, which ascend. Complexity: linear in what is in them.
    fn total(&mut self, clusters: &[usize]) -> &Total {
        if !self.totals.contains_key(clusters) {
            let (mut tenants, mut workloads, mut platform, mut namespaces) = (0, 0, 0, Some(0));
            self.marks.turn += 1;
            for &it in clusters.iter().flat_map(|&at| &self.inside[at]) {
                let member = &self.members[it];
                if self.marks.first(it) {
                    workloads += 1;
                    platform += u64::from(member.platform);
                    tenants += u64::from(self.marks.first(member.marks.0));
                    namespaces = member.marks.1.and_then(|mark| Some(namespaces? + u64::from(self.marks.first(mark))));
                }
            }
            let pods = clusters.iter().try_fold(0u64, |sum, &at| Some(sum.saturating_add(self.pods[at]?)));
            self.totals.insert(clusters.to_vec(), Total { tenants, workloads, platform, pods, namespaces });
        }
        &self.totals[clusters]
    }

    /// What is in reach of some members of one tenant in these clusters, all of which hold one of them.
    fn reach(&mut self, own: &[usize], clusters: &[usize]) -> Reach {
        let members = || own.iter().map(|&it| &self.members[it]);
        let pods = members().try_fold(0u64, |sum, it| Some(sum.saturating_add(it.pods(clusters)?)));
        let namespaces: Option<BTreeSet<&str>> = members().map(|it| it.namespace).collect();
        let (namespaces, platform) = (namespaces.map(|it| it.len() as u64), members().filter(|it| it.platform).count());
        let less = |all: Option<u64>, own: Option<u64>| Some(all?.saturating_sub(own?));
        let all = self.total(clusters);
        Reach {
            tenants: all.tenants.saturating_sub(1),
            workloads: all.workloads.saturating_sub(own.len() as u64),
            pods: less(all.pods, pods),
            namespaces: less(all.namespaces, namespaces),
            platform: all.platform.saturating_sub(platform as u64),
        }
    }

    /// Pairs of one of these members, all of one tenant, and a workload of another tenant in one cluster; the platform aside.
    fn pairs(&self, own: &[usize], placed: &[BTreeMap<&'p str, u64>]) -> u64 {
        let members = own.iter().map(|&it| &self.members[it]).filter(|it| !it.platform);
        let beside = |member: &Member<'_>, at: usize| {
            let all: u64 = placed[at].values().sum();
            all - placed[at].get(member.tenant).copied().unwrap_or(0)
        };
        members.map(|it| it.homes.keys().map(|&at| beside(it, at)).sum::<u64>()).sum()
    }

    /// Of each cluster how many workloads of each tenant are placed there.
    fn placed(&self) -> Vec<BTreeMap<&'p str, u64>> {
        let mut placed = vec![BTreeMap::new(); self.inside.len()];
        for member in self.members.iter().filter(|it| !it.platform) {
            member.homes.keys().for_each(|&at| *placed[at].entry(member.tenant).or_default() += 1);
        }
        placed
    }

    fn clusters(&mut self) -> Vec<BlastCluster> {
        let mut rows = Vec::new();
        for at in 0..self.inside.len() {
            let inside = self.inside[at].clone();
            // all reach the same workloads but for themselves
            let reaches: Vec<(usize, Reach)> = inside.iter().map(|&it| (it, self.reach(&[it], &[at]))).collect();
            let identity = |it: usize| &self.members[it].identity;
            let worst = reaches.iter().min_by_key(|(it, reach)| (badness(reach), identity(*it)));
            if let Some(&(worst, reach)) = worst {
                let region = self.region(at).map(str::to_owned);
                let (cluster, worst) = (self.name(at).to_owned(), identity(worst).clone());
                rows.push(BlastCluster { cluster, region, worst, reach });
            }
        }
        rows.sort_by(|a, b| (badness(&a.reach), &a.cluster).cmp(&(badness(&b.reach), &b.cluster)));
        rows
    }

    /// The members of each tenant.
    fn owned(&self) -> BTreeMap<&'p str, Vec<usize>> {
        let mut owned: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, member) in self.members.iter().enumerate() {
            owned.entry(member.tenant).or_default().push(index);
        }
        owned
    }

    /// The clusters in which one of these is, ascending.
    fn homes(&self, own: &[usize]) -> Vec<usize> {
        own.iter().flat_map(|&it| self.members[it].homes.keys().copied()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn tenants(&mut self) -> Vec<BlastTenant> {
        let placed = self.placed();
        let mut rows = Vec::new();
        for (tenant, own) in self.owned() {
            let homes = self.homes(&own);
            let (reach, pairs) = (self.reach(&own, &homes), self.pairs(&own, &placed));
            rows.push(BlastTenant { tenant: tenant.to_owned(), clusters: homes.len() as u64, reach, pairs });
        }
        rows.sort_by(|a, b| (badness(&a.reach), &a.tenant).cmp(&(badness(&b.reach), &b.tenant)));
        rows
    }

    fn workloads(&mut self) -> Vec<BlastWorkload> {
        let placed = self.placed();
        let mut rows = Vec::with_capacity(self.members.len());
        for index in 0..self.members.len() {
            let homes = self.homes(&[index]);
            let (reach, pairs) = (self.reach(&[index], &homes), self.pairs(&[index], &placed));
            let member = &self.members[index];
            rows.push(BlastWorkload {
                workload: member.identity.clone(),
                tenant: member.tenant.to_owned(),
                platform: member.platform,
                clusters: homes.len() as u64,
                reach,
                pairs,
            });
        }
        rows.sort_by(|a, b| (badness(&a.reach), &a.workload).cmp(&(badness(&b.reach), &b.workload)));
        rows
    }

    fn losses_of_clusters(&self) -> Vec<BlastLoss> {
        let places = (0..self.inside.len()).map(|at| (self.name(at), vec![at]));
        self.losses(places)
    }

    fn losses_of_regions(&self) -> Vec<BlastLoss> {
        let mut regions: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for at in 0..self.inside.len() {
            if let Some(region) = self.region(at) {
                regions.entry(region).or_default().push(at);
            }
        }
        self.losses(regions.into_iter())
    }

    /// Each place is given by its clusters. Complexity: linear in what is in them.
    fn losses(&self, places: impl Iterator<Item = (&'p str, Vec<usize>)>) -> Vec<BlastLoss> {
        let one = |(of, clusters): (&str, Vec<usize>)| {
            let all: BTreeSet<usize> = clusters.iter().flat_map(|&at| self.inside[at].iter().copied()).collect();
            let (mut gone, mut kept, mut pods, mut tenants) = (Vec::new(), Vec::new(), 0u64, BTreeSet::new());
            for member in all.iter().map(|&it| &self.members[it]).filter(|it| !it.platform) {
                let whole: u64 = member.homes.values().flatten().sum();
                let lost = member.pods(&clusters).unwrap_or(0);
                if lost == 0 {
                    continue;
                }
                pods = pods.saturating_add(lost);
                tenants.insert(member.tenant);
                if lost == whole {
                    gone.push(member.identity.clone());
                } else {
                    kept.push(KeptElsewhere { workload: member.identity.clone(), left: whole - lost, of: whole });
                }
            }
            let (clusters, tenants) = (clusters.len() as u64, tenants.len() as u64);
            BlastLoss { of: of.to_owned(), clusters, gone, kept, pods, tenants }
        };
        let mut losses: Vec<BlastLoss> = places.map(one).filter(|it| it.pods > 0).collect();
        let badness = |it: &BlastLoss| Reverse((it.gone.len(), it.kept.len(), it.pods));
        losses.sort_by(|a, b| (badness(a), &a.of).cmp(&(badness(b), &b.of)));
        losses
    }

    /// Whom a name means: a tenant, or else a workload.
    fn subject(&mut self, name: &str) -> Result<BlastSubject> {
        let owned = self.owned();
        let (is_tenant, own) = match owned.get(name) {
            Some(own) => (true, own.clone()),
            None => (false, vec![self.workload(name, owned.keys().copied())?]),
        };
        let homes = self.homes(&own);
        let mine: BTreeSet<usize> = own.iter().copied().collect();
        let namespaces: BTreeSet<&str> = own.iter().filter_map(|&it| self.members[it].namespace).collect();
        let owner = self.members[own[0]].tenant;
        let in_reach = |at: usize| {
            let others = || self.inside[at].iter().filter(|it| !mine.contains(it)).map(|&it| &self.members[it]);
            let names = |platform: bool| others().filter(move |it| it.platform == platform);
            let sorted = |texts: BTreeSet<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<String>>();
            let other = |it: &&str| !namespaces.contains(it);
            InReach {
                cluster: self.name(at).to_owned(),
                tenants: sorted(others().map(|it| it.tenant).filter(|&tenant| tenant != owner).collect()),
                namespaces: sorted(names(false).filter_map(|it| it.namespace).filter(other).collect()),
                workloads: sorted(names(false).map(|it| it.identity.as_str()).collect()),
                platform: sorted(names(true).map(|it| it.identity.as_str()).collect()),
            }
        };
        let clusters = homes.iter().map(|&at| in_reach(at)).collect();
        let pairs = self.pairs(&own, &self.placed());
        let name = if is_tenant { owner.to_owned() } else { self.members[own[0]].identity.clone() };
        Ok(BlastSubject { name, is_tenant, reach: self.reach(&own, &homes), pairs, clusters, alone: None })
    }

    fn workload<'n>(&'n self, name: &str, tenants: impl Iterator<Item = &'n str>) -> Result<usize> {
        let parts: Vec<&str> = name.split('/').collect();
        let called = |it: &Member<'_>| match parts[..] {
            [tenant, namespace, own] => it.tenant == tenant && it.namespace == Some(namespace) && it.name == own,
            [tenant, own] => it.tenant == tenant && it.name == own,
            [own] => it.name == own,
            _ => false,
        };
        let found: Vec<usize> = (0..self.members.len()).filter(|&it| called(&self.members[it])).collect();
        let identity = |it: &usize| self.members[*it].identity.as_str();
        let quoted = crate::text::escaped(name);
        match found[..] {
            [one] => Ok(one),
            [] => {
                let known = self.members.iter().map(|it| it.identity.as_str()).chain(tenants);
                let near = nearest(name, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                Err(Error::Usage(format!("the plan has no tenant and no workload `{quoted}`{near}")))
            }
            _ => {
                let some: Vec<&str> = found.iter().take(3).map(identity).collect();
                let more = if found.len() > 3 { ", ..." } else { "" };
                let (count, some) = (found.len(), some.join(", "));
                Err(Error::Usage(format!("{count} workloads are called `{quoted}`: {some}{more}")))
            }
        }
    }
}

impl Member<'_> {
    /// Its pods in these clusters; `None` where they are not known.
    fn pods(&self, clusters: &[usize]) -> Option<u64> {
        let here = clusters.iter().filter_map(|at| self.homes.get(at));
        here.copied().try_fold(0u64, |sum, pods| Some(sum.saturating_add(pods?)))
    }
}

/// Tenant, namespace if it is written, and name.
fn taken_apart(identity: &str) -> (&str, Option<&str>, &str) {
    let (tenant, rest) = identity.split_once('/').unwrap_or(("", identity));
    match rest.split_once('/') {
        Some((namespace, name)) => (tenant, Some(namespace), name),
        None => (tenant, None, rest),
    }
}
