//! The levers of a fleet, and the one that an id names.

use std::collections::{BTreeMap, BTreeSet};

use super::{Act, Lever, LeverKind, MAXIMUMS, Place, Whose};
use crate::error::{Error, Result};
use crate::fleet::document::{Amount, MaximumsDocument, OneOrMany, PolicyDocument, StayDocument, WorkloadDocument};
use crate::fleet::problems::{nearest, quoted};
use crate::fleet::sharing::Sharing;
use crate::fleet::{Fleet, Workload};

/// A pair of classes is listed for separations of so many classes at most: their number is a square.
const MOST_CLASSES: usize = 40;

impl Fleet {
    /// Every lever of the fleet but the pairs of classes ([`LeverKind::Classes`]), by kind and then in document order.
    /// Headroom is to be given up whole (`=0%`). Linear.
    ///
    /// ```
    /// # let fleet = tenantry::Fleet::from_yaml("{schema: tenantry/v1, \
    /// #     policy: {distrust: [{id: pci, subject: {tenant: a}, neighbour: {tenant: b}}]}, \
    /// #     tenants: [{name: a, trust: trusted}, {name: b, trust: trusted}], \
    /// #     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}, {name: api, tenant: b, requests: {cpu: 1, memory: 1Gi}}], \
    /// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}, maxCount: 2}]}")?;
    /// // the built-in levels are levers of every fleet
    /// let built_in = ["level:untrusted", "level:trusted", "sharing:hostile", "sharing:untrusted"];
    /// let ids: Vec<String> = fleet.levers().into_iter().map(|lever| lever.id).collect();
    /// assert_eq!(ids, [&built_in[..], &["distrust:pci", "maxCount:t"]].concat());
    /// let shared = fleet.without(&[fleet.lever("distrust:pci")?])?;
    /// assert!(shared.policy().distrust.is_empty());
    /// # Ok::<(), tenantry::Error>(())
    /// ```
    #[must_use]
    pub fn levers(&self) -> Vec<Lever> {
        let document = self.document();
        let empty = PolicyDocument::default();
        let policy = document.policy.as_ref().unwrap_or(&empty);
        let mut found = Vec::new();
        let mut add =
            |kind, id: String, path: String, says: String, act| found.push(Lever { id, kind, path, says, act });
        let why = |reason: &Option<String>| {
            let reason = reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
            reason.map_or_else(String::new, |reason| format!(" ({reason})"))
        };
        for (rank, level) in self.policy.levels.iter().enumerate() {
            let path = policy.levels.as_ref().map_or_else(String::new, |_| format!("policy.levels[{rank}]"));
            let key = |key: &str| if path.is_empty() { String::new() } else { format!("{path}.{key}") };
            let (name, why) = (&level.name, why(&level.reason));
            if level.accepts > 0 {
                let floor = &self.policy.levels[level.accepts].name;
                let says = format!("level `{name}` accepts no neighbour below `{floor}`{why}");
                add(LeverKind::Level, format!("level:{name}"), key("accepts"), says, Act::Floor(Whose::Level(rank)));
            }
            if level.sharing != Sharing::Level {
                let says = format!("workloads of level `{name}` share {}{why}", with_whom(level.sharing));
                let act = Act::Sharing(Whose::Level(rank));
                add(LeverKind::Sharing, format!("sharing:{name}"), key("sharing"), says, act);
            }
        }
        for (row, it) in document.tenants.iter().enumerate() {
            let (name, path) = (&it.name, format!("tenants[{row}]"));
            stances(
                &mut add,
                &format!("tenant={name}"),
                &format!("tenant `{name}`"),
                &path,
                Whose::Tenant(row),
                [it.accepts.as_deref(), it.sharing.as_deref()],
            );
            if !it.distrusts.is_empty() {
                let others: Vec<String> = it.distrusts.iter().map(|other| format!("`{other}`")).collect();
                let says = format!("tenant `{name}` distrusts {}", others.join(", "));
                let path = format!("{path}.distrusts");
                add(LeverKind::Distrusts, format!("distrusts:{name}"), path, says, Act::Distrusts(row));
            }
        }
        for (row, it) in policy.separate.iter().enumerate() {
            let says = format!("different classes of `{}` never share a cluster{}", it.by, why(&it.reason));
            let path = format!("policy.separate[{row}]");
            add(LeverKind::Separate, format!("separate:{}", it.by), path, says, Act::Separate(row));
        }
        for (row, it) in policy.distrust.iter().enumerate() {
            let says = format!("rule `{}`: its subject refuses its neighbour{}", it.id, why(&it.reason));
            add(
                LeverKind::Distrust,
                format!("distrust:{}", it.id),
                format!("policy.distrust[{row}]"),
                says,
                Act::Distrust(row),
            );
        }
        for (row, it) in policy.apart.iter().enumerate() {
            let (name, what) = match &it.id {
                Some(id) => (id, format!("the members of `{id}` are kept in different {}s", it.by)),
                None => (&it.by, format!("different values of `{}` cannot share a cluster", it.by)),
            };
            let (id, path) = (format!("apart:{name}"), format!("policy.apart[{row}]"));
            add(LeverKind::Apart, id, path, what + &why(&it.reason), Act::Apart(row));
        }
        for (row, it) in policy.together.iter().enumerate() {
            let one = it.in_.as_deref().unwrap_or("cluster");
            let says = format!("the members of `{}` share one {one}{}", it.id, why(&it.reason));
            add(
                LeverKind::Together,
                format!("together:{}", it.id),
                format!("policy.together[{row}]"),
                says,
                Act::Together(row),
            );
        }
        self.levers_of_owners(&mut add);
        self.levers_of_places(&mut add);
        found.sort_by_key(|lever| lever.kind); // stable
        found
    }

    /// What tenants and workloads say of where they are.
    fn levers_of_owners(&self, add: &mut impl FnMut(LeverKind, String, String, String, Act)) {
        let document = self.document();
        let mut narrowed: BTreeSet<&str> = BTreeSet::new();
        let mut shared: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for it in document.workloads.iter() {
            if !self.regions.is_empty() && (it.regions.is_some() || it.jurisdictions.is_some()) {
                narrowed.insert(&it.tenant);
            }
            if let Some(namespace) = it.namespace.as_deref().filter(|_| !is_everywhere(it)) {
                *shared.entry((&it.tenant, namespace)).or_default() += 1;
            }
        }
        let shares: BTreeSet<&str> =
            shared.iter().filter(|&(_, &count)| count > 1).map(|(&(tenant, _), _)| tenant).collect();
        for (row, it) in document.tenants.iter().enumerate() {
            let (name, path) = (&it.name, format!("tenants[{row}]"));
            if shares.contains(name.as_str()) && it.split_namespaces != Some(true) {
                let says = format!("workloads of tenant `{name}` in one namespace share one cluster");
                let path = format!("{path}.splitNamespaces");
                add(LeverKind::Namespaces, format!("namespaces:{name}"), path, says, Act::Namespaces(row));
            }
            let own = it.jurisdictions.is_some() || it.regions.as_ref().is_some_and(|it| it.as_slice() != ["all"]);
            if !self.regions.is_empty() && (own || narrowed.contains(name.as_str())) {
                let says = format!("tenant `{name}` says in which regions it, or some of its workloads, may be");
                add(LeverKind::Residency, format!("residency:{name}"), path.clone(), says, Act::Residency(row));
            }
            if let Some(pin) = &it.pin {
                let says = format!("the workloads of tenant `{name}` are pinned to {}", named(pin));
                let (id, path) = (format!("pin:tenant={name}"), format!("{path}.pin"));
                add(LeverKind::Pin, id, path, says, Act::Pin(Whose::Tenant(row)));
            }
            if it.stay.as_ref().is_some_and(|stay| holds(stay)) {
                let says = format!(
                    "the workloads of tenant `{name}` stay {}",
                    where_to_stay(it.stay.as_deref(), ["they", "their"])
                );
                let (id, path) = (format!("stay:tenant={name}"), format!("{path}.stay"));
                add(LeverKind::Stay, id, path, says, Act::Stay(Whose::Tenant(row)));
            }
        }
        let rows = self.workload_rows();
        let mut several: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut unit_of = vec![usize::MAX; self.workloads.len()];
        for (unit, members) in self.units.iter().enumerate() {
            members.iter().for_each(|&member| unit_of[member] = unit);
        }
        for (row, it) in document.workloads.iter().enumerate() {
            let Some(index) = rows[row] else { continue };
            let (name, path) = (self.identity(index), format!("workloads[{row}]"));
            let (who, whose) = (format!("workload `{name}`"), Whose::Workload(row));
            stances(
                add,
                &format!("workload={name}"),
                &who,
                &path,
                whose,
                [it.accepts.as_deref(), it.sharing.as_deref()],
            );
            if let Some(pin) = &it.pin {
                let says = format!("{who} is pinned to {}", named(pin));
                add(LeverKind::Pin, format!("pin:{name}"), format!("{path}.pin"), says, Act::Pin(whose));
            }
            if it.stay.as_ref().is_some_and(|stay| holds(stay)) {
                let says = format!("{who} stays {}", where_to_stay(it.stay.as_deref(), ["it", "its"]));
                add(LeverKind::Stay, format!("stay:{name}"), format!("{path}.stay"), says, Act::Stay(whose));
            }
            if self.workloads[index].copies() > 1 {
                several.entry(unit_of[index]).or_default().push(row);
            }
        }
        for rows_of_unit in several.into_values() {
            let names: Vec<String> =
                rows_of_unit.iter().filter_map(|&row| rows[row]).map(|index| self.identity(index)).collect();
            let count = rows[rows_of_unit[0]].map_or(0, |index| self.workloads[index].copies());
            let says = format!("{count} copies of {}, each in a cluster of its own", names.join(", "));
            let path = format!("workloads[{}].copies", rows_of_unit[0]);
            add(LeverKind::Copies, format!("copies:{}", names[0]), path, says, Act::Copies(rows_of_unit));
        }
    }

    /// What templates, regions and existing clusters limit.
    fn levers_of_places(&self, add: &mut impl FnMut(LeverKind, String, String, String, Act)) {
        let document = self.document();
        for (row, it) in document.cluster_templates.iter().enumerate() {
            let (name, path) = (&it.name, format!("clusterTemplates[{row}]"));
            if let Some(most) = it.max_count {
                let says = format!("there may be at most {} of template `{name}`", counted(most, "cluster"));
                add(
                    LeverKind::MaxCount,
                    format!("maxCount:{name}"),
                    format!("{path}.maxCount"),
                    says,
                    Act::MaxCount(row),
                );
            }
            limits(add, name, &path, Place::Template(row), (it.maximums.as_ref(), it.headroom.as_ref()));
        }
        for (row, it) in document.existing_clusters.iter().enumerate() {
            let path = format!("existingClusters[{row}]");
            limits(add, &it.name, &path, Place::Existing(row), (it.maximums.as_ref(), it.headroom.as_ref()));
        }
        for (row, it) in document.regions.iter().enumerate() {
            if let Some(most) = it.max_clusters {
                let (name, path) = (&it.name, format!("regions[{row}].maxClusters"));
                let says = format!("there may be at most {} in region `{name}`", counted(most, "cluster"));
                add(LeverKind::MaxClusters, format!("maxClusters:{name}"), path, says, Act::MaxClusters(row));
            }
        }
    }

    /// The pairs of classes of the separations that workloads of the fleet have, in document order; of separations of more
    /// than 40 classes none.
    #[must_use]
    pub fn levers_of_classes(&self) -> Vec<Lever> {
        let mut found = Vec::new();
        for separation in 0..self.policy.separate.len() {
            let seen: BTreeSet<usize> = self.placed().filter_map(|it| it.separation_classes[separation]).collect();
            let seen: Vec<usize> = seen.into_iter().collect();
            if seen.len() <= MOST_CLASSES {
                let pairs = seen.iter().enumerate().flat_map(|(at, &a)| seen[at + 1..].iter().map(move |&b| [a, b]));
                found.extend(pairs.map(|pair| self.lever_of_classes(separation, pair)));
            }
        }
        found
    }

    fn lever_of_classes(&self, separation: usize, [a, b]: [usize; 2]) -> Lever {
        let attribute = &self.policy.attributes[self.policy.separate[separation].attribute];
        let mut names = [&attribute.classes[a], &attribute.classes[b]];
        let mut pair = [a, b];
        if names[0] > names[1] {
            (names, pair) = ([names[1], names[0]], [b, a]);
        }
        // the resolved separations stand in document order
        Lever {
            id: format!("separate:{}={}|{}", attribute.name, names[0], names[1]),
            kind: LeverKind::Classes,
            path: format!("policy.separate[{separation}]"),
            says: format!("classes `{}` and `{}` of `{}` never share a cluster", names[0], names[1], attribute.name),
            act: Act::Classes(separation, pair),
        }
    }

    /// The id of a pair of classes with the other one first.
    fn turned(&self, lever: &Lever) -> Option<String> {
        let Act::Classes(separation, pair) = lever.act else { return None };
        let attribute = &self.policy.attributes[self.policy.separate[separation].attribute];
        let [first, second] = pair.map(|class| &attribute.classes[class]);
        Some(format!("separate:{}={second}|{first}", attribute.name))
    }

    /// The workloads that stand somewhere, those of every cluster aside.
    pub(super) fn placed(&self) -> impl Iterator<Item = &Workload> {
        self.workloads.iter().filter(|it| !it.per_cluster)
    }

    /// The lever of an id: one of [`levers`](Self::levers), a pair of classes in either order
    /// (`separate:environment=production|test`), or a headroom with another share (`headroom:standard=10%`).
    ///
    /// # Errors
    /// [`Error::Usage`]: there is none; with the nearest.
    pub fn lever(&self, id: &str) -> Result<Lever> {
        let levers = self.levers();
        if let Some(lever) = levers.iter().find(|lever| lever.id == id) {
            return Ok(lever.clone());
        }
        if let Some((place, share)) = id.strip_prefix("headroom:").and_then(|rest| rest.rsplit_once('=')) {
            let zero = format!("headroom:{place}=0%");
            if let Some(Lever { act: Act::Headroom(at, _), kind, path, says, .. }) =
                levers.iter().find(|it| it.id == zero)
            {
                self.share_below(*at, share)
                    .map_err(|message| Error::Usage(format!("lever {}: {message}", quoted(id))))?;
                let (kind, path, says) = (*kind, path.clone(), format!("{says}: {share} instead"));
                let act = Act::Headroom(*at, Amount::text(share));
                return Ok(Lever { id: id.to_owned(), kind, path, says, act });
            }
        }
        let pairs = self.levers_of_classes();
        let turned = |lever: &&Lever| self.turned(lever).as_deref() == Some(id);
        if let Some(lever) = pairs.iter().find(|lever| lever.id == id).or_else(|| pairs.iter().find(turned)) {
            return Ok(lever.clone());
        }
        let known = levers.iter().chain(&pairs).map(|lever| lever.id.as_str());
        let near = nearest(id, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        Err(Error::Usage(format!("there is no lever {}{near}", quoted(id))))
    }

    /// Whether a headroom of `share` is one, and smaller than the one at a place.
    fn share_below(&self, place: Place, share: &str) -> std::result::Result<(), String> {
        let wanted = super::tighten::share_of(share).filter(|&share| share < 100_000);
        let wanted = wanted.ok_or("a headroom is a share below 1, such as 10% or 0.1")?;
        let document = self.document();
        let now = place.headroom(document);
        let now = now.as_ref().and_then(|now| super::tighten::share_of(now.as_str()));
        if now.is_some_and(|now| wanted < now) {
            Ok(())
        } else {
            Err("it is to be less than the headroom that there is".to_owned())
        }
    }

    /// For each workload of the document, which one it is here.
    pub(in crate::fleet) fn workload_rows(&self) -> Vec<Option<usize>> {
        let mut found = vec![None; self.document().workloads.len()];
        self.rows.iter().enumerate().for_each(|(workload, &row)| found[row] = Some(workload));
        found
    }
}

/// What a tenant or a workload asks for beyond what it inherits.
fn stances(
    add: &mut impl FnMut(LeverKind, String, String, String, Act),
    id: &str,
    who: &str,
    path: &str,
    whose: Whose,
    [accepts, sharing]: [Option<&str>; 2],
) {
    if let Some(floor) = accepts {
        let says = format!("{who} accepts no neighbour below `{floor}`");
        add(LeverKind::Level, format!("level:{id}"), format!("{path}.accepts"), says, Act::Floor(whose));
    }
    let own = sharing.and_then(|own| Sharing::WORDS.iter().find(|(word, _)| *word == own));
    if let Some(&(_, own)) = own.filter(|(_, own)| *own != Sharing::Level) {
        let says = format!("{who} shares {}", with_whom(own));
        add(LeverKind::Sharing, format!("sharing:{id}"), format!("{path}.sharing"), says, Act::Sharing(whose));
    }
}

/// What a template or a cluster limits.
fn limits(
    add: &mut impl FnMut(LeverKind, String, String, String, Act),
    name: &str,
    path: &str,
    place: Place,
    (maximums, headroom): (Option<&MaximumsDocument>, Option<&Amount>),
) {
    let of = match place {
        Place::Template(_) => "a cluster of template",
        Place::Existing(_) => "cluster",
    };
    if let Some(it) = maximums {
        let preset = it.preset.as_ref().map(|preset| format!("the documented limits of {preset}"));
        let most = |most: Option<u64>, what: &str| most.map(|most| format!("at most {}", counted(most, what)));
        let said = [
            preset,
            most(it.nodes, "node"),
            most(it.pods, "pod"),
            most(it.namespaces, "namespace"),
            most(it.tenants, "tenant"),
        ];
        for (key, said) in MAXIMUMS.into_iter().zip(said) {
            if let Some(said) = said {
                let (id, path) = (format!("maximum:{name}={key}"), format!("{path}.maximums.{key}"));
                add(LeverKind::Maximum, id, path, format!("{of} `{name}` has {said}"), Act::Maximum(place, key));
            }
        }
    }
    if let Some(share) = headroom.filter(|share| !matches!(share.as_str(), "0" | "0%" | "0.0")) {
        let says = format!("{} of {of} `{name}` stays free", share.as_str());
        let act = Act::Headroom(place, Amount::text("0%"));
        add(LeverKind::Headroom, format!("headroom:{name}=0%"), format!("{path}.headroom"), says, act);
    }
}

fn counted(number: u64, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

fn with_whom(sharing: Sharing) -> &'static str {
    match sharing {
        Sharing::Level => "with anyone the floors allow",
        Sharing::Tenant => "only with their own tenant",
        Sharing::Workload => "with nobody",
    }
}

fn named(list: &OneOrMany) -> String {
    list.as_slice().iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn is_everywhere(it: &WorkloadDocument) -> bool {
    it.per_cluster == Some(true) || it.per_node == Some(true)
}

/// Where somebody stays, and until when.
fn where_to_stay(stay: Option<&StayDocument>, [who, whose]: [&str; 2]) -> String {
    let (what, until) = match stay {
        Some(StayDocument::Word(word)) => (word.as_str(), String::new()),
        Some(StayDocument::Until(it)) => (it.for_.as_str(), format!(" until {}", it.until)),
        None => ("cluster", String::new()),
    };
    let runs = if who == "it" { "runs" } else { "run" };
    match what {
        "region" => format!("in {whose} region{until}"),
        _ => format!("where {who} {runs}{until}"),
    }
}

/// Whether it holds somebody: `none` is a word.
fn holds(stay: &StayDocument) -> bool {
    !matches!(stay, StayDocument::Word(word) if word.as_str() == "none")
}
