//! The fleet: the document, and what it means once everything is inherited, checked and counted.

mod aim;
mod amount;
mod asked;
mod builder;
mod choice;
mod copies;
mod counts;
#[cfg(any(test, feature = "python"))]
pub(crate) mod decimal;
mod decode;
mod digest;
mod divide;
pub mod document;
mod door;
mod events;
mod existing;
mod fold;
mod further;
mod held;
pub mod import;
mod json;
mod lever;
mod limits;
mod lines;
mod located;
mod looks;
mod paths;
mod policy;
mod presets;
mod problems;
mod read;
mod region;
mod resolve;
mod rooms;
mod rows;
mod scale;
mod seats;
mod selection;
mod shape;
mod sharing;
mod site;
mod template;
mod tenant;
pub(crate) mod text;
mod todo;
mod union;
#[cfg(feature = "python")]
pub(crate) mod values;
mod wish;
mod workload;
mod write;
mod yaml;

pub use aim::LevelObjective;
pub use asked::ValueLimits;
pub use builder::FleetBuilder;
pub(crate) use choice::{Choice, Knot, Spots, Taste, Tasteless};
pub use copies::{Copies, CopySpread, Presence};
pub(crate) use counts::Count;
pub(crate) use divide::Part;
pub(crate) use document::is_fleet;
pub use document::{Document, schema};
pub use door::{Closed, Door};
pub use existing::{ClusterMode, ExistingCluster, Occupied, Stay, StayIn, StayOf, Whereabouts};
pub(crate) use held::Held;
pub use lever::{Lever, LeverKind};
pub(crate) use lever::{Limited, Which, share_of};
pub use limits::Limits;
pub use lines::Lines;

pub(crate) use paths::Paths;
pub use policy::{
    Apart, ApartBy, Attribute, DistrustRule, KeptApart, Matcher, Policy, RuleId, Selector, Separation, Together,
    TrustLevel, Waiver,
};
pub use presets::{LOOKED_AT, PRESETS, Preset};
pub(crate) use problems::nearest;
pub use read::locate;
pub use region::Region;
pub(crate) use rooms::Rooms;
pub use scale::{Factor, Grows};
pub(crate) use seats::Seats;
pub(crate) use selection::select;
pub use shape::{Maximums, NodePacking, NodePool, Shape};
pub use sharing::Sharing;
pub use site::{CountLimit, LimitOf, Site, Standing};
pub use template::ClusterTemplate;
pub use tenant::Tenant;
pub(crate) use wish::Wish;
pub use workload::Workload;
pub(crate) use write::value as yaml_text;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use crate::error::{Error, Result};

/// The place of `pods` among the resources of every fleet.
const PODS: usize = 2;

/// A valid fleet. Immutable.
#[derive(Clone, Debug)]
pub struct Fleet {
    pub(crate) name: String,
    pub(crate) as_of: Option<crate::date::Date>,
    pub(crate) resources: Vec<String>,
    pub(crate) pools: Vec<String>,
    pub(crate) policy: Policy,
    /// Changed fleets share them, and the workloads and what is made of them, as long as they are the same.
    pub(crate) tenants: Arc<Vec<Tenant>>,
    pub(crate) workloads: Arc<Vec<Workload>>,
    pub(crate) regions: Vec<Region>,
    pub(crate) templates: Vec<ClusterTemplate>,
    pub(crate) sites: Vec<Site>,
    pub(crate) limits: Vec<CountLimit>,
    pub(crate) existing: Vec<ExistingCluster>,
    /// One a workload where there are existing clusters, else none.
    pub(crate) whereabouts: Arc<Vec<Whereabouts>>,
    pub(crate) levels: Vec<LevelObjective>,
    pub(crate) objective: Vec<crate::budget::Objective>,
    pub(crate) moves_decide: bool,
    /// It is that of a call.
    pub(crate) objective_asked: bool,
    pub(crate) most: ValueLimits,
    /// What of its plans alone is looked at.
    pub(crate) held: Held,
    /// The same of a choice of regions: of units with several copies (by their first workloads) how many are in each.
    pub(crate) chosen: std::collections::BTreeMap<usize, choice::Spots>,
    pub(crate) warnings: Vec<Warning>,
    /// Made when somebody asks for it: of the many fleets that a question changes and solves, nobody does.
    digest: OnceLock<String>,
    /// United groups, by first member.
    pub(crate) units: Arc<Vec<Vec<usize>>>,
    /// The workloads that run in every cluster.
    pub(crate) platform: Vec<usize>,
    /// For each workload, whether `tenant/name` means it alone.
    pub(crate) unique: Arc<Vec<bool>>,
    /// Where its splits were divided, the workloads that are the parts of each, the first of them in its place; else none.
    parts: Vec<Vec<usize>>,
    index: resolve::WorkloadIndex,
    document: Arc<Document>,
    /// Of each workload its row of the document.
    rows: Arc<[usize]>,
}

/// Something that a reader of the plan should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Stable kebab-case code.
    pub code: &'static str,
    /// One or two sentences.
    pub message: String,
}

impl Warning {
    /// The code of a fleet that holds nothing to place.
    pub const EMPTY_FLEET: &str = "empty-fleet";
}

/// The count of thousandths that a decimal number of at most three decimals is.
pub(crate) fn thousandths(text: &str) -> Option<u64> {
    resolve::decimal(text, 3)
}

/// A count of thousandths as a decimal number.
pub(crate) fn quantity_of_thousandths(count: u64) -> String {
    let (whole, rest) = (count / 1000, count % 1000);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:03}").trim_end_matches('0').to_owned() }
}

impl Fleet {
    /// Its name; empty where none is given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The day against which waivers are judged, if the fleet names one.
    #[must_use]
    pub fn as_of(&self) -> Option<crate::date::Date> {
        self.as_of
    }
    /// The resources: `cpu` (milli), `memory` (bytes), `pods`, then others by name.
    #[must_use]
    pub fn resources(&self) -> &[String] {
        &self.resources
    }
    /// The tenants of these workloads that take something once in a cluster that holds one of them, ascending.
    pub(crate) fn overheads(&self, workloads: &[usize]) -> BTreeSet<usize> {
        let owners = workloads.iter().map(|&workload| self.workloads[workload].tenant);
        owners.filter(|&owner| self.tenants[owner].takes_once()).collect()
    }
    /// Pods that these tenants, and those that have a workload in every cluster, have once in a cluster.
    pub(crate) fn pods_once(&self, owners: &BTreeSet<usize>) -> u128 {
        let tenants = self.tenants.iter().enumerate().filter(|(index, it)| it.everywhere || owners.contains(index));
        tenants.map(|(_, it)| u128::from(it.overhead.get(PODS).copied().unwrap_or(0))).sum()
    }
    /// The dedicated node pools that workloads name, ascending.
    #[must_use]
    pub fn pools(&self) -> &[String] {
        &self.pools
    }
    /// What is added up in a cluster: each resource of the workloads that name no pool, then each again for every
    /// dedicated pool. With the name of the pool.
    pub fn dimensions(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        let pools = std::iter::once(None).chain(self.pools.iter().map(|pool| Some(pool.as_str())));
        pools.flat_map(|pool| self.resources.iter().map(move |resource| (pool, resource.as_str())))
    }
    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
    /// The tenants, by name.
    #[must_use]
    pub fn tenants(&self) -> &[Tenant] {
        &self.tenants
    }
    /// The workloads, by tenant, namespace and name.
    #[must_use]
    pub fn workloads(&self) -> &[Workload] {
        &self.workloads
    }
    /// The cluster templates, by name.
    #[must_use]
    pub fn templates(&self) -> &[ClusterTemplate] {
        &self.templates
    }
    /// The regions, by name; none where nothing is known of them.
    #[must_use]
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }
    /// The kinds of places where a cluster can be: each template, by name, in each set of its regions of which nothing tells
    /// one from another; then the existing clusters, by name.
    #[must_use]
    pub fn sites(&self) -> &[Site] {
        &self.sites
    }
    /// How many clusters there may be at which sites.
    #[must_use]
    pub fn limits(&self) -> &[CountLimit] {
        &self.limits
    }
    /// The sites that are open to all of these workloads, ascending; every site where there are none. Who stays where it runs
    /// is not looked at.
    pub(crate) fn open_to(&self, workloads: &[usize]) -> Vec<usize> {
        let open = |&workload: &usize| &self.workloads[workload].sites;
        let [first, rest @ ..] = workloads else { return (0..self.sites.len()).collect() };
        let mut all = open(first).to_vec();
        for other in rest {
            all.retain(|site| open(other).binary_search(site).is_ok());
        }
        all
    }
    /// The same on a day: who must stay where it runs then does, with all of its copies.
    pub(crate) fn sites_of(&self, workloads: &[usize], day: crate::date::Date) -> Vec<usize> {
        let mut all = self.open_to(workloads);
        for &workload in workloads {
            let Some(it) = self.whereabouts(workload) else { continue };
            if self.workloads[workload].is_split() {
                // where as many clusters as it may be in must hold some of it, no other does
                let stays = if it.stays(day) { &it.runs_in[..] } else { &[] };
                let held: BTreeSet<usize> = it.pins.iter().chain(stays).copied().collect();
                if !held.is_empty() && held.len() as u64 >= self.workloads[workload].most_clusters() {
                    all.retain(|&site| held.iter().any(|&cluster| self.existing[cluster].site == site));
                }
            }
            // who has more copies than run today may be elsewhere with the others
            let split = self.workloads[workload].is_split();
            let whole = !split && it.runs_in.len() as u64 >= self.workloads[workload].most_clusters();
            if it.stays(day) && !it.runs_in.is_empty() && whole {
                all.retain(|&site| it.runs_in.iter().any(|&cluster| self.existing[cluster].site == site));
            } else if let Some(regions) = self.stays_in_regions(workload, day) {
                all.retain(|&site| self.sites[site].lies_in(&regions));
            }
        }
        all
    }
    /// The regions that a workload must stay in on a day, ascending, where it stays in its region; `None`: it need not.
    pub(crate) fn stays_in_regions(&self, workload: usize, day: crate::date::Date) -> Option<Vec<usize>> {
        let it = self.whereabouts(workload)?;
        (it.stays_in(day) == Some(StayIn::Region) && !it.runs_in.is_empty()).then(|| self.regions_of(&it.runs_in))
    }
    /// The regions of these existing clusters, ascending.
    fn regions_of(&self, clusters: &[usize]) -> Vec<usize> {
        let sites = clusters.iter().map(|&cluster| &self.sites[self.existing[cluster].site]);
        let mut regions: Vec<usize> = sites.filter_map(|site| site.regions.first().copied()).collect();
        regions.sort_unstable();
        regions.dedup();
        regions
    }
    /// The clusters that there are, by name.
    #[must_use]
    pub fn existing(&self) -> &[ExistingCluster] {
        &self.existing
    }
    /// Whether every workload is in one cluster, which it says nothing of, and no rule speaks of clusters or regions of named
    /// ones. Linear.
    #[must_use]
    pub fn is_of_single_clusters(&self) -> bool {
        self.policy.kept_apart.is_empty()
            && self.policy.together_in_region.is_empty()
            && self.workloads.iter().all(|it| it.presence == Presence::One)
    }
    /// Where a workload runs, and what holds it there; `None` in a fleet without existing clusters.
    #[must_use]
    pub fn whereabouts(&self, workload: usize) -> Option<&Whereabouts> {
        self.whereabouts.get(workload)
    }
    /// What a cluster at a site offers and costs.
    pub(crate) fn shape(&self, site: usize) -> &Shape {
        &self.sites[site].shape
    }
    /// The name of a site for people: its template, and where.
    pub(crate) fn site_name(&self, site: usize) -> String {
        let name = match self.sites[site].what {
            Standing::New { template } => &self.templates[template].name,
            Standing::Existing { cluster } => &self.existing[cluster].name,
        };
        let regions: Vec<String> =
            self.sites[site].regions.iter().map(|&region| format!("`{}`", self.regions[region].name)).collect();
        if regions.is_empty() { format!("`{name}`") } else { format!("`{name}` in {}", regions.join(" or ")) }
    }
    /// The name of the template of the clusters at a site; empty for an existing cluster of none.
    pub(crate) fn template_name(&self, site: usize) -> &str {
        let template = match self.sites[site].what {
            Standing::New { template } => Some(template),
            Standing::Existing { cluster } => self.existing[cluster].template,
        };
        template.map_or("", |template| &self.templates[template].name)
    }
    /// Which of its templates a cluster at a site has.
    pub(crate) fn template_at(&self, site: usize) -> Option<usize> {
        match self.sites[site].what {
            Standing::New { template } => Some(template),
            Standing::Existing { cluster } => self.existing[cluster].template,
        }
    }
    /// The levels of the objective, the most important first. With existing clusters that of the moves is among them.
    #[must_use]
    pub fn levels(&self) -> &[LevelObjective] {
        &self.levels
    }
    /// Those of them that decide whether a plan is the best: clusters, cost, moves.
    #[must_use]
    pub fn objective(&self) -> &[crate::budget::Objective] {
        &self.objective
    }
    /// How many levels come before the number of clusters; `None` where that is not in the objective.
    pub(crate) fn levels_before_clusters(&self) -> Option<usize> {
        self.levels.iter().position(|&level| level == LevelObjective::Clusters)
    }
    /// Whether the least cost is one of them.
    #[must_use]
    pub fn minimises_cost(&self) -> bool {
        self.objective.contains(&crate::budget::Objective::Cost)
    }
    /// The same fleet with the fewest clusters as its objective, and no limits on values.
    pub(crate) fn aimed_at_clusters(&self) -> Self {
        let objective = vec![crate::budget::Objective::Clusters];
        let levels = objective.iter().map(|&level| level.into()).collect();
        Self { levels, objective, most: ValueLimits::default(), ..self.clone() }
    }
    /// The same fleet with one objective, within its limits.
    pub(crate) fn aimed_at(&self, objective: crate::budget::Objective) -> Self {
        Self { levels: vec![objective.into()], objective: vec![objective], ..self.clone() }
    }
    /// The same fleet with the fewest clusters as its objective, and then the fewest moves.
    pub(crate) fn aimed_at_moves(&self) -> Self {
        use crate::budget::Objective;
        let objective = vec![Objective::Clusters, Objective::Moves];
        let levels = objective.iter().map(|&level| level.into()).collect();
        Self { levels, objective, moves_decide: true, ..self.clone() }
    }

    /// Whether the level of the moves decides the status of a plan: the objective names it, or there is none.
    #[must_use]
    pub fn moves_decide(&self) -> bool {
        self.moves_decide
    }
    /// The highest values that a plan may have.
    #[must_use]
    pub fn value_limits(&self) -> ValueLimits {
        self.most
    }
    /// Whether the objective is that of a call, and not the document's.
    pub(crate) fn objective_asked(&self) -> bool {
        self.objective_asked
    }
    /// What the reader of a plan should know of this input.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
    /// Whether a text, YAML or JSON, reads as this very fleet.
    #[cfg(feature = "cli")]
    pub(crate) fn is_written(&self, text: &str) -> bool {
        let read = Self::from_yaml(text).or_else(|_| Self::from_json(text));
        read.is_ok_and(|read| read.digest() == self.digest())
    }
    /// SHA-256 over the canonical document, lower-case hexadecimal.
    #[must_use]
    pub fn digest(&self) -> &str {
        self.digest
            .get_or_init(|| digest::digest(&self.document, &self.rows, &digest::Rows::of(&self.document.workloads)))
    }
    /// What must share one cluster: together groups and shared namespaces, overlapping ones united. Every workload but
    /// the per-cluster ones stands in exactly one unit; units and their members ascend.
    #[must_use]
    pub fn units(&self) -> &[Vec<usize>] {
        &self.units
    }
    /// The workloads that run in every cluster, ascending.
    pub(crate) fn platform(&self) -> impl Iterator<Item = &Workload> + Clone {
        self.platform.iter().map(|&workload| &self.workloads[workload])
    }
    /// The identity of a workload: `tenant/name` where that is unique, else `tenant/namespace/name`. O(1).
    #[must_use]
    pub fn identity(&self, workload: usize) -> String {
        let it = &self.workloads[workload];
        let tenant = &self.tenants[it.tenant].name;
        let parts = [tenant.as_str(), &it.namespace, &it.name];
        if self.unique[workload] { [parts[0], parts[2]].join("/") } else { parts.join("/") }
    }
    /// The workload meant by `tenant/namespace/name`, `tenant/name` or `name`, the latter two where they are unique.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`]: no workload is called so (with the nearest that is), or several are (with their identities).
    pub fn find(&self, name: &str) -> Result<usize> {
        let tenant = |name: &str| self.tenants.iter().position(|tenant| tenant.name == name);
        let tenant_name = |tenant: usize| self.tenants[tenant].name.as_str();
        self.index.find(name, &self.workloads, tenant, tenant_name, Some(|_| true)).map_err(|error| {
            let name = problems::quoted(name);
            Error::Usage(match error {
                resolve::NotFound::Unknown(Some(near)) => {
                    format!("there is no workload {name}; did you mean `{near}`?")
                }
                resolve::NotFound::Unknown(None) => format!("there is no workload {name}"),
                resolve::NotFound::Ambiguous { count, some } => {
                    let names: Vec<String> = some.iter().map(|&workload| self.identity(workload)).collect();
                    let more = if count > some.len() { ", ..." } else { "" };
                    format!("{count} workloads are called {name}: {}{more}", names.join(", "))
                }
            })
        })
    }
    /// The document that it was made from: as written, aliases and quantity strings and all.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }
    /// The document as YAML. [`Fleet::from_yaml`] reads it back to an equal document.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        write::yaml(&self.document)
    }
    /// The document as JSON. [`Fleet::from_json`] reads it back to an equal document.
    #[must_use]
    pub fn to_json(&self) -> String {
        // The document's types serialise without errors: their maps have string keys.
        let mut text = serde_json::to_string_pretty(self.document()).unwrap_or_default();
        text.push('\n');
        text
    }
}
