//! What a rule asks, in a few words.

use crate::fleet::Fleet;

/// A title for a rule of an audit by its id.
pub(super) fn title(fleet: &Fleet, rule: &str) -> String {
    let (kind, of) = rule.split_once(':').unwrap_or((rule, ""));
    match kind {
        "level" => "neighbours below the trust that is accepted".to_owned(),
        "sharing" => "neighbours of somebody who shares with nobody else".to_owned(),
        "separate" => format!("different classes of {of} in one cluster"),
        "distrust" => format!("neighbours that the rule {of} refuses"),
        "distrusts" => "neighbours that a tenant refuses".to_owned(),
        "apart" if fleet.policy().kept_apart.iter().any(|it| it.id == of) => format!("workloads that {of} keeps apart"),
        "together" if fleet.policy().together_in_region.iter().any(|it| it.id.as_deref() == Some(of)) => {
            "a group that must stand in one region is in several".to_owned()
        }
        "copies" => "another number of copies than there should be".to_owned(),
        "replicas" => "other replicas of a split than there should be".to_owned(),
        "split" => "a split over too many clusters".to_owned(),
        "spread" => "copies that are not spread as they should be".to_owned(),
        "apart" => format!("different values of {of} in one cluster"),
        "capacity" => match of.split_once('@') {
            Some((resource, pool)) => format!("more {resource} than pool {pool} has usable"),
            None => format!("more {of} than is usable"),
        },
        "nodes" => "pods that the nodes have no room for".to_owned(),
        "maximum" => format!("more {of} than the maximum"),
        "platform" => "no room for the workloads of the platform".to_owned(),
        "drain" => "somebody is left in a cluster that is drained".to_owned(),
        "pin" => "somebody runs elsewhere than pinned".to_owned(),
        "region" => "somebody is in a region where it may not be".to_owned(),
        "admits" => "somebody is where it is not admitted".to_owned(),
        "needs" => "what somebody needs is not provided".to_owned(),
        "maxClusters" => "more clusters in a region than allowed".to_owned(),
        "maxCount" => "more clusters of a template than allowed".to_owned(),
        "together" => "a group that must share one cluster is split".to_owned(),
        "contradiction" => "wishes that no plan can keep".to_owned(),
        _ => rule.to_owned(),
    }
}
