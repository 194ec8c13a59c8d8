//! Who is in reach of whom in a plan, or as the fleet runs, and what a loss takes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::blast::{
    BLAST_SCHEMA, Blast, BlastCluster, BlastLoss, BlastOf, BlastSubject, BlastTenant, BlastWorkload, InReach,
    KeptElsewhere, Reach,
};
use super::estate::{Estate, Member, Total};
use crate::date::Date;
use crate::error::{Error, Result};
use crate::fleet::{Fleet, nearest};
use crate::plan::{Plan, PlanStatus};

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
        let estate = Estate::planned(plan, fleet);
        let hidden = estate.members.iter().any(|it| it.platform && it.namespace.is_none());
        let note = "A plan document does not say in which namespaces the platform runs, nor with how many pods: the fleet does.";
        let notes = if hidden { vec![note.to_owned()] } else { fleet.and_then(unseen).into_iter().collect() };
        let head = (plan.name.clone(), plan.fleet_digest.clone(), plan.as_of.clone());
        Self::written(estate, head, (BlastOf::Plan, Some(plan.status)), subject, notes)
    }

    /// The same of a fleet as it runs (`existingClusters`, `runsIn`): nothing is planned. `as_of` is the day that the document names.
    /// A subject that runs nowhere yet reaches nobody. Complexity: as of [`of`](Self::of).
    ///
    /// ```
    /// # let text = "{schema: tenantry/v1, tenants: [{name: a, trust: trusted}, {name: b, trust: untrusted}], \
    /// #     workloads: [{name: web, tenant: a, runsIn: east, requests: {cpu: 1, memory: 1Gi}}, \
    /// #       {name: api, tenant: b, runsIn: east, replicas: 3, requests: {cpu: 1, memory: 1Gi}}], \
    /// #     existingClusters: [{name: east, allocatable: {cpu: 8, memory: 8Gi}}]}";
    /// use tenantry::report::Blast;
    /// use tenantry::{Date, Fleet};
    ///
    /// let fleet = Fleet::from_yaml(text)?;
    /// let blast = Blast::today(&fleet, Date::today(), None)?;
    /// assert_eq!((blast.clusters[0].worst.as_str(), blast.clusters[0].reach.pods), ("a/web", Some(3)));
    /// assert_eq!(blast.losses[0].gone, ["a/web", "b/api"]);
    /// # Ok::<(), tenantry::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Usage`] where no workload runs anywhere, or nobody is called so; with the nearest name.
    pub fn today(fleet: &Fleet, as_of: Date, subject: Option<&str>) -> Result<Self> {
        let estate = Estate::today(fleet);
        let idle = |it: &&Member<'_>| !it.platform && it.homes.is_empty();
        let nowhere: Vec<&str> = estate.members.iter().filter(idle).map(|it| it.identity.as_str()).collect();
        if nowhere.len() == estate.members.iter().filter(|it| !it.platform).count() {
            let message = "nobody is in reach today: no workload says that it runs in an existing cluster (`runsIn`)";
            return Err(Error::Usage(message.to_owned()));
        }
        let mut notes = Vec::new();
        if !nowhere.is_empty() {
            let (run, are) = if nowhere.len() == 1 { ("runs", "is") } else { ("run", "are") };
            let (names, more) = few(&nowhere);
            notes.push(format!("{names}{more} {run} nowhere today, and {are} in none of the figures."));
        }
        if fleet.platform.iter().any(|&it| fleet.workloads()[it].per_node) {
            let note = "Of the platform, what runs on every node is counted for as many nodes as the pools may have (`max`): \
                        the fleet does not say how many there are.";
            notes.push(note.to_owned());
        }
        notes.extend(unseen(fleet));
        let head = (fleet.name().to_owned(), fleet.digest().to_owned(), as_of.to_string());
        Self::written(estate, head, (BlastOf::Today, None), subject, notes)
    }

    fn written(
        mut estate: Estate<'_>,
        (name, fleet_digest, as_of): (String, String, String),
        (of, status): (BlastOf, Option<PlanStatus>),
        subject: Option<&str>,
        notes: Vec<String>,
    ) -> Result<Self> {
        Ok(Self {
            schema: BLAST_SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            name,
            fleet_digest,
            as_of,
            of,
            status,
            subject: subject.map(|name| estate.subject(name)).transpose()?,
            clusters: estate.clusters(),
            tenants: estate.tenants(),
            workloads: estate.workloads(),
            losses: estate.losses_of_clusters(),
            losses_of_regions: estate.losses_of_regions(),
            planned: None,
            notes,
        })
    }
}

/// Whom no figure counts.
fn unseen(fleet: &Fleet) -> Option<String> {
    let shared = fleet.existing().iter().filter(|it| it.occupied.is_some());
    let names: Vec<&str> = shared.map(|it| it.name.as_str()).collect();
    let (names, more) = few(&names);
    (!names.is_empty()).then(|| format!("Who else is in {names}{more} (`occupied`) is in none of the figures."))
}

/// The first names of a list, and how many more there are.
fn few(names: &[&str]) -> (String, String) {
    let more = if names.len() > FEW { format!(" and {} more", names.len() - FEW) } else { String::new() };
    (names[..names.len().min(FEW)].join(", "), more)
}

/// So many names stand in a note.
const FEW: usize = 5;

/// Worst first; names break ties.
fn badness(reach: &Reach) -> Reverse<(u64, u64, Option<u64>, Option<u64>)> {
    Reverse((reach.tenants, reach.workloads, reach.pods, reach.namespaces))
}

impl<'p> Estate<'p> {
    fn name(&self, cluster: usize) -> &'p str {
        self.towns[cluster].name
    }

    fn region(&self, cluster: usize) -> Option<&'p str> {
        self.towns[cluster].region
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
        // who runs nowhere yet is not among those who are there
        let members = || own.iter().map(|&it| &self.members[it]).filter(|it| !it.homes.is_empty());
        let count = members().count() as u64;
        let pods = members().try_fold(0u64, |sum, it| Some(sum.saturating_add(it.pods(clusters)?)));
        let namespaces: Option<BTreeSet<&str>> = members().map(|it| it.namespace).collect();
        let (namespaces, platform) = (namespaces.map(|it| it.len() as u64), members().filter(|it| it.platform).count());
        let less = |all: Option<u64>, own: Option<u64>| Some(all?.saturating_sub(own?));
        let all = self.total(clusters);
        Reach {
            tenants: all.tenants.saturating_sub(1),
            workloads: all.workloads.saturating_sub(count),
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
            if homes.is_empty() {
                continue; // nowhere yet
            }
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
            if homes.is_empty() {
                continue;
            }
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
                namespaces: sorted(others().filter_map(|it| it.namespace).filter(other).collect()),
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
                Err(Error::Usage(format!("{} has no tenant and no workload `{quoted}`{near}", self.called)))
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
