//! Sites: every place where a cluster can be, and the limits on their number.

use std::sync::Arc;

use super::regions::Regions;
use crate::error::InputProblem;
use crate::fleet::existing::{ExistingCluster, Own};
use crate::fleet::problems::{Path, Problems, shown};
use crate::fleet::region::{Region, WHOLE};
use crate::fleet::shape::Shape;
use crate::fleet::site::{CountLimit, LimitOf, Site, Standing};
use crate::fleet::template::ClusterTemplate;

/// Sites that a fleet may have: every workload is held against each.
const MOST_SITES: usize = 5_000;

/// The sites of these templates, in their order: one for each set of regions of one kind.
pub(super) fn sites(
    templates: &[ClusterTemplate],
    regions: &Regions,
    kinds: &[usize],
    problems: &mut Problems,
) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::with_capacity(templates.len());
    for (template, it) in templates.iter().enumerate() {
        let mut sets: Vec<Vec<usize>> = Vec::new();
        for &region in &it.regions {
            match sets.iter_mut().find(|set| kinds[set[0]] == kinds[region]) {
                Some(set) => set.push(region),
                None => sets.push(vec![region]),
            }
        }
        if it.regions.is_empty() {
            sets.push(Vec::new());
        }
        sites.extend(sets.into_iter().map(|set| Site {
            what: Standing::New { template },
            cost_factor: set.first().map_or(WHOLE, |&region| regions.list[region].cost_factor),
            regions: set,
            door: Arc::clone(&it.door),
            shape: Arc::clone(&it.shape),
        }));
    }
    if sites.len() > MOST_SITES.max(templates.len()) {
        let message = format!("templates in regions that differ make more than {MOST_SITES} kinds of places");
        problems.add(&Path::Root.key("regions"), InputProblem::new("too-many-items", "", message));
        sites.truncate(MOST_SITES);
    }
    sites
}

/// Adds a site for each existing cluster, and points the clusters at them.
pub(super) fn add_existing(
    sites: &mut Vec<Site>,
    (templates, regions): (&[ClusterTemplate], &[Region]),
    clusters: Vec<(ExistingCluster, Arc<Shape>)>,
    doors: Vec<Own>,
) -> Vec<ExistingCluster> {
    let one = |(cluster, ((it, shape), own)): (usize, ((ExistingCluster, Arc<Shape>), Own))| {
        let door = own.door(it.template.map(|template| &templates[template].door));
        let what = Standing::Existing { cluster };
        let cost_factor = own.region.map_or(WHOLE, |region| regions[region].cost_factor);
        sites.push(Site { what, regions: own.region.into_iter().collect(), cost_factor, door, shape });
        ExistingCluster { site: sites.len() - 1, own, ..it }
    };
    clusters.into_iter().zip(doors).enumerate().map(one).collect()
}

/// What the cluster or the template of each site is called in messages.
pub(super) fn names(sites: &[Site], templates: &[ClusterTemplate], existing: &[ExistingCluster]) -> Vec<String> {
    let name = |site: &Site| match site.what {
        Standing::New { template } => format!("template `{}`", shown(&templates[template].name)),
        Standing::Existing { cluster } => format!("cluster `{}`", shown(&existing[cluster].name)),
    };
    sites.iter().map(name).collect()
}

/// How many clusters there may be, and where: templates, then regions.
pub(super) fn limits(
    sites: &[Site],
    templates: &[ClusterTemplate],
    existing: &[ExistingCluster],
    regions: &[Region],
) -> Vec<CountLimit> {
    let template_of = |site: &Site| match site.what {
        Standing::New { template } => Some(template),
        Standing::Existing { cluster } => existing[cluster].template,
    };
    let limit = |most: Option<u64>, of: LimitOf, ours: &dyn Fn(&Site) -> bool| {
        let ours: Vec<usize> = (0..sites.len()).filter(|&site| ours(&sites[site])).collect();
        (!ours.is_empty()).then_some(CountLimit { sites: ours, most: most?, of })
    };
    let of_template = |(template, it): (usize, &ClusterTemplate)| {
        limit(it.max_count, LimitOf::Template(template), &|site| template_of(site) == Some(template))
    };
    let of_region = |(region, it): (usize, &Region)| {
        limit(it.max_clusters, LimitOf::Region(region), &|site| site.regions.contains(&region))
    };
    let of_templates = templates.iter().enumerate().filter_map(of_template);
    of_templates.chain(regions.iter().enumerate().filter_map(of_region)).collect()
}
