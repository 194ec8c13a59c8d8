//! Sites: every place where a cluster can be, and the limits on their number.

use std::sync::Arc;

use crate::fleet::problems::shown;
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

/// What each site is called in messages.
pub(super) fn names(sites: &[Site], templates: &[ClusterTemplate]) -> Vec<String> {
    let name = |site: &Site| match site.what {
        Standing::New { template } => format!("template `{}`", shown(&templates[template].name)),
    };
    sites.iter().map(name).collect()
}

/// How many clusters there may be, and where.
pub(super) fn limits(sites: &[Site], templates: &[ClusterTemplate]) -> Vec<CountLimit> {
    let of_template = |(template, it): (usize, &ClusterTemplate)| {
        let ours = (0..sites.len()).filter(|&site| sites[site].template() == Some(template));
        Some(CountLimit { sites: ours.collect(), most: it.max_count?, of: LimitOf::Template(template) })
    };
    templates.iter().enumerate().filter_map(of_template).collect()
}
