//! Sites: every place where a cluster can be, and the limits on their number.

use std::sync::Arc;

use crate::fleet::existing::ExistingCluster;
use crate::fleet::problems::shown;
use crate::fleet::shape::Shape;
use crate::fleet::site::{CountLimit, LimitOf, Site, Standing};
use crate::fleet::template::ClusterTemplate;

/// The sites of these templates, in their order.
pub(super) fn sites(templates: &[ClusterTemplate]) -> Vec<Site> {
    let site = |(template, it): (usize, &ClusterTemplate)| Site {
        what: Standing::New { template },
        shape: Arc::clone(&it.shape),
    };
    templates.iter().enumerate().map(site).collect()
}

/// Adds a site for each existing cluster, and points the clusters at them.
pub(super) fn add_existing(
    sites: &mut Vec<Site>,
    clusters: Vec<(ExistingCluster, Arc<Shape>)>,
) -> Vec<ExistingCluster> {
    let one = |(cluster, (it, shape)): (usize, (ExistingCluster, Arc<Shape>))| {
        sites.push(Site { what: Standing::Existing { cluster }, shape });
        ExistingCluster { site: sites.len() - 1, ..it }
    };
    clusters.into_iter().enumerate().map(one).collect()
}

/// What each site is called in messages.
pub(super) fn names(sites: &[Site], templates: &[ClusterTemplate], existing: &[ExistingCluster]) -> Vec<String> {
    let name = |site: &Site| match site.what {
        Standing::New { template } => format!("template `{}`", shown(&templates[template].name)),
        Standing::Existing { cluster } => format!("cluster `{}`", shown(&existing[cluster].name)),
    };
    sites.iter().map(name).collect()
}

/// How many clusters there may be, and where.
pub(super) fn limits(sites: &[Site], templates: &[ClusterTemplate], existing: &[ExistingCluster]) -> Vec<CountLimit> {
    let of_template = |(template, it): (usize, &ClusterTemplate)| {
        let template_of = |site: &usize| match sites[*site].what {
            Standing::New { template } => Some(template),
            Standing::Existing { cluster } => existing[cluster].template,
        };
        let ours = (0..sites.len()).filter(|site| template_of(site) == Some(template));
        Some(CountLimit { sites: ours.collect(), most: it.max_count?, of: LimitOf::Template(template) })
    };
    templates.iter().enumerate().filter_map(of_template).collect()
}
