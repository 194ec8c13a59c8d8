//! Is there any place where both of two workloads may be?

use crate::fleet::document::OneOrMany;
use crate::fleet::{Closed, Fleet, Site};

/// Sites that are named in one reason.
const FEW: usize = 3;

/// Why there is none, by the keys that say so; empty where there is one. Whatever closes a site to one of the two that is
/// open to the other is a reason. Linear in the sites.
pub(super) fn nowhere(fleet: &Fleet, u: usize, v: usize) -> Vec<(Closed, String)> {
    if !fleet.sites_of(&[u, v]).is_empty() {
        return Vec::new();
    }
    let closed = |site: &Site, workload: usize| site.closed(workload, &fleet.workloads()[workload]);
    let both = |it: &crate::fleet::ExistingCluster| {
        let site = &fleet.sites()[it.site];
        closed(site, u).is_none() && closed(site, v).is_none()
    };
    if fleet.existing().iter().any(both) {
        return Vec::new(); // whether they find room there is not asked
    }
    let mut reasons = Vec::new();
    for by in [Closed::Region, Closed::Admits, Closed::Needs] {
        let one_alone = |&site: &usize| {
            let site = &fleet.sites()[site];
            [(u, v), (v, u)].iter().any(|&(out, in_)| closed(site, out) == Some(by) && closed(site, in_).is_none())
        };
        let sites: Vec<usize> = (0..fleet.sites().len()).filter(one_alone).collect();
        if sites.is_empty() {
            continue;
        }
        let text = match by {
            Closed::Region => format!("{}, and {}", regions(fleet, u), regions(fleet, v)),
            Closed::Needs => format!(
                "{}, {}, and {}",
                needs(fleet, u),
                needs(fleet, v),
                list(fleet, &sites, |site| {
                    let provides = fleet.sites()[site].door.provides.iter().map(|it| format!("`{it}`"));
                    let provides: Vec<String> = provides.collect();
                    let what = if provides.is_empty() { "nothing".to_owned() } else { provides.join(", ") };
                    format!("{} provides {what}", fleet.site_name(site))
                })
            ),
            _ => list(fleet, &sites, |site| {
                let out = if closed(&fleet.sites()[site], u) == Some(by) { u } else { v };
                format!("`admits` of {} leaves {} out", fleet.site_name(site), fleet.identity(out))
            }),
        };
        reasons.push((by, format!("technical, no place is open to both: {text}")));
    }
    reasons
}

fn list(fleet: &Fleet, sites: &[usize], one: impl Fn(usize) -> String) -> String {
    let told: Vec<String> = sites.iter().take(FEW).map(|&site| one(site)).collect();
    let more = if sites.len() > FEW {
        format!(" (and {} more of {} places)", sites.len() - FEW, fleet.sites().len())
    } else {
        String::new()
    };
    format!("{}{more}", told.join(", "))
}

/// Where a workload may be, and who says so.
fn regions(fleet: &Fleet, workload: usize) -> String {
    let names: Vec<&str> =
        fleet.workloads()[workload].regions.iter().map(|&region| fleet.regions()[region].name.as_str()).collect();
    let said = said(fleet, workload, &["regions", "jurisdictions"]);
    format!("{} may be in {}{said}", fleet.identity(workload), names.join(", "))
}

fn needs(fleet: &Fleet, workload: usize) -> String {
    let needs: Vec<String> = fleet.workloads()[workload].needs.iter().map(|need| format!("`{need}`")).collect();
    if needs.is_empty() {
        return format!("{} needs nothing", fleet.identity(workload));
    }
    format!("{} needs {}{}", fleet.identity(workload), needs.join(", "), said(fleet, workload, &["needs"]))
}

/// The keys of the workload and of its tenant that say it, as they are written.
fn said(fleet: &Fleet, workload: usize, keys: &[&str]) -> String {
    let it = &fleet.workloads()[workload];
    let tenant = &fleet.tenants()[it.tenant].name;
    let document = fleet.document();
    let row = document.workloads.iter().find(|row| {
        let namespace = row.namespace.as_ref().map_or(!it.namespace_given, |given| *given == it.namespace);
        row.tenant == *tenant && row.name == it.name && namespace
    });
    let owner = document.tenants.iter().find(|row| row.name == *tenant);
    let of = |key: &str, words: [Option<&OneOrMany>; 3]| match key {
        "regions" => words[0].cloned(),
        "jurisdictions" => words[1].cloned(),
        _ => words[2].cloned(),
    };
    let mut parts = Vec::new();
    for &key in keys {
        let own =
            row.and_then(|row| of(key, [row.regions.as_deref(), row.jurisdictions.as_deref(), row.needs.as_deref()]));
        let theirs =
            owner.and_then(|row| of(key, [row.regions.as_deref(), row.jurisdictions.as_deref(), row.needs.as_deref()]));
        for (whose, words) in [("its own", own), ("its tenant's", theirs)] {
            if let Some(words) = words {
                parts.push(format!("{whose} `{key}`: {}", words.as_slice().join(", ")));
            }
        }
    }
    if parts.is_empty() && keys.contains(&"regions") {
        parts.push("`defaults`: all".to_owned());
    }
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join("; ")) }
}
