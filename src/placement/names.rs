//! What clusters are called: by what they hold, never by their place in a list.
//!
//! `TEMPLATE-REGION-VALUES-TENANT-DIGEST`: the template; the region, where the fleet has several; the values of the separations that all workloads agree on; the tenant,
//! if there is one only (or, without such values, the largest and how many more); and a short digest of the first
//! workload. No part looks at another cluster, so listing workloads in another order changes no name, and removing a workload changes
//! at most the name of its own cluster.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::fleet::Fleet;

use super::{Key, Placement, key};

/// Letters and digits of the digest: none that make words or look like another.
const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
/// Its length: 14 million different ones. Names that meet all the same take [`LONG`].
const SHORT: usize = 5;
/// See [`SHORT`].
const LONG: usize = 25;
/// A part of a name is cut after so many characters.
const PART: usize = 24;

/// Names every cluster by what it holds. Complexity: linear in workloads times separations.
pub fn by_content(fleet: &Fleet, placement: &mut Placement) {
    let all: Vec<usize> = (0..placement.clusters.len()).collect();
    name(fleet, placement, &all, &BTreeSet::new());
}

/// Keeps the names of an earlier placement: each cluster takes the name of the earlier one of its template and region with which it has most
/// workloads in common, the largest overlaps first. What is left is named by what it holds. `earlier` says of each
/// workload, by tenant, namespace and name, the name of its cluster, and its template and region.
pub fn keep<'a>(
    fleet: &Fleet,
    placement: &mut Placement,
    earlier: impl IntoIterator<Item = (Key<'a>, &'a str, (&'a str, Option<&'a str>))>,
) {
    let homes: BTreeMap<Key, (&str, (&str, Option<&str>))> =
        earlier.into_iter().map(|(workload, name, place)| (workload, (name, place))).collect();
    let mut overlaps: BTreeMap<(usize, &str), u64> = BTreeMap::new();
    for share in &placement.shares {
        let cluster = &placement.clusters[share.cluster];
        let place = (fleet.template_name(cluster.site), cluster.region.map(|it| fleet.regions()[it].name.as_str()));
        if let Some(&(name, _)) = homes.get(&key(fleet, share.workload)).filter(|&&(_, of)| of == place) {
            *overlaps.entry((share.cluster, name)).or_default() += 1;
        }
    }
    let mut overlaps: Vec<_> = overlaps.into_iter().collect();
    overlaps.sort_by_key(|&((cluster, name), count)| (std::cmp::Reverse(count), name, cluster));
    let (mut named, mut taken) = (vec![false; placement.clusters.len()], BTreeSet::new());
    for ((cluster, name), _) in overlaps {
        if !named[cluster] && !taken.contains(name) {
            named[cluster] = true;
            placement.clusters[cluster].name = name.to_owned();
            taken.insert(name.to_owned());
        }
    }
    let rest: Vec<usize> = (0..named.len()).filter(|&cluster| !named[cluster]).collect();
    self::name(fleet, placement, &rest, &taken);
}

/// Names these clusters, none as one that is taken.
fn name(fleet: &Fleet, placement: &mut Placement, clusters: &[usize], taken: &BTreeSet<String>) {
    let contents = placement.contents();
    let named = |cluster: usize, length: usize| {
        let template = fleet.template_name(placement.clusters[cluster].site);
        let region = placement.clusters[cluster].region.filter(|_| fleet.regions().len() > 1);
        let region = region.map_or_else(String::new, |region| slug(&fleet.regions()[region].name) + "-");
        format!("{template}-{region}{}{}", label(fleet, &contents[cluster]), digest(fleet, &contents[cluster], length))
    };
    let mut count: BTreeMap<String, u64> = taken.iter().map(|name| (name.clone(), 1)).collect();
    let short: Vec<String> = clusters.iter().map(|&cluster| named(cluster, SHORT)).collect();
    for name in &short {
        *count.entry(name.clone()).or_default() += 1;
    }
    let names: Vec<String> = clusters
        .iter()
        .zip(short)
        .map(|(&cluster, name)| if count[&name] > 1 { named(cluster, LONG) } else { name })
        .collect();
    for (&cluster, name) in clusters.iter().zip(names) {
        placement.clusters[cluster].name = name;
    }
}

/// The readable part, with a hyphen after each word; may be empty.
fn label(fleet: &Fleet, workloads: &[usize]) -> String {
    let mut parts = Vec::new();
    for (index, separation) in fleet.policy().separate.iter().enumerate() {
        let classes: BTreeSet<_> =
            workloads.iter().map(|&it| fleet.workloads()[it].separation_classes[index]).collect();
        if let (1, Some(&Some(class))) = (classes.len(), classes.first()) {
            let attribute = &fleet.policy().attributes[separation.attribute];
            parts.extend(attribute.classes.get(class).map(|class| slug(class)));
        }
    }
    let mut tenants: BTreeMap<usize, u64> = BTreeMap::new();
    for &workload in workloads {
        *tenants.entry(fleet.workloads()[workload].tenant).or_default() += 1;
    }
    // of equal ones the first by name: tenants stand in that order
    let largest = tenants.iter().max_by_key(|&(&tenant, &count)| (count, std::cmp::Reverse(tenant)));
    if let Some((&tenant, _)) = largest
        && (tenants.len() == 1 || parts.is_empty())
    {
        let name = slug(&fleet.tenants()[tenant].name);
        // `customer-a` says `a` already
        parts.retain(|part| tenants.len() > 1 || !format!("-{name}-").contains(&format!("-{part}-")));
        parts.push(name);
        if tenants.len() > 1 {
            parts.push(format!("and-{}", tenants.len() - 1));
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.dedup();
    parts.into_iter().map(|part| part + "-").collect()
}

/// Lower-case letters, digits and single hyphens.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().map(|c| c.to_ascii_lowercase()) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= PART {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Of the first workload by tenant, namespace and name: it stays as long as that one does.
fn digest(fleet: &Fleet, workloads: &[usize], length: usize) -> String {
    let (tenant, namespace, name) = workloads.first().map_or(("", "", ""), |&first| key(fleet, first));
    let hash = Sha256::digest(format!("{tenant}/{namespace}/{name}"));
    hash.iter().take(length).map(|&byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()])).collect()
}
