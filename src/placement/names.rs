//! What clusters are called: by what they hold, never by their place in a list.
//!
//! `TEMPLATE-REGION-VALUES-TENANT-DIGEST`: the template; the region, where the fleet has several; the values of the separations that all workloads agree on; the tenant,
//! if there is one only (or, without such values, the largest and how many more); and a short digest of the first
//! workload. No part looks at another cluster, so listing workloads in another order changes no name, and removing a workload changes
//! at most the name of its own cluster.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::fleet::{Fleet, Standing};

use super::{Key, Placement, key};

/// Letters and digits of the digest: none that make words or look like another.
const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
/// Its length: 14 million different ones. Names that meet all the same take [`LONG`].
const SHORT: usize = 5;
/// See [`SHORT`].
const LONG: usize = 25;
/// A part of a name is cut after so many characters.
const PART: usize = 24;

/// Names every new cluster by what it holds, and none as an existing one: those have their names. Complexity: linear in workloads
/// times separations.
pub fn by_content(fleet: &Fleet, placement: &mut Placement) {
    let new = new_ones(fleet, placement);
    name(fleet, placement, &new, &existing_names(fleet));
}

/// Existing clusters take their names; which ones are new.
fn new_ones(fleet: &Fleet, placement: &mut Placement) -> Vec<usize> {
    let mut new = Vec::new();
    for (index, cluster) in placement.clusters.iter_mut().enumerate() {
        match fleet.sites()[cluster.site].what {
            Standing::Existing { cluster: existing } => cluster.name.clone_from(&fleet.existing()[existing].name),
            _ => new.push(index),
        }
    }
    new
}

/// The names of all existing clusters, used or not.
fn existing_names(fleet: &Fleet) -> BTreeSet<String> {
    fleet.existing().iter().map(|it| it.name.clone()).collect()
}

/// Where a workload was: the name of a cluster, its template and its region.
type Home<'a> = (&'a str, (&'a str, Option<&'a str>));

/// Keeps the names of an earlier placement: each cluster takes the name of the earlier one of its template and region with which it has most
/// workloads in common, the largest overlaps first. What is left is named by what it holds. `earlier` says of each
/// workload, by tenant, namespace and name, the name of its cluster, and its template and region.
pub fn keep<'a>(
    fleet: &Fleet,
    placement: &mut Placement,
    earlier: impl IntoIterator<Item = (Key<'a>, &'a str, (&'a str, Option<&'a str>))>,
) {
    let mut homes: BTreeMap<Key, Vec<Home>> = BTreeMap::new();
    for (workload, name, place) in earlier {
        homes.entry(workload).or_default().push((name, place));
    }
    let mut overlaps: BTreeMap<(usize, &str), u64> = BTreeMap::new();
    for share in &placement.shares {
        let cluster = &placement.clusters[share.cluster];
        let place = (fleet.template_name(cluster.site), cluster.region.map(|it| fleet.regions()[it].name.as_str()));
        let there = homes.get(&key(fleet, share.workload)).into_iter().flatten().filter(|(_, of)| *of == place);
        for &(name, _) in there {
            *overlaps.entry((share.cluster, name)).or_default() += 1;
        }
    }
    let mut overlaps: Vec<_> = overlaps.into_iter().collect();
    overlaps.sort_by_key(|&((cluster, name), count)| (std::cmp::Reverse(count), name, cluster));
    let new = new_ones(fleet, placement);
    let mut named: Vec<bool> =
        (0..placement.clusters.len()).map(|cluster| new.binary_search(&cluster).is_err()).collect();
    let mut taken = existing_names(fleet);
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
    // of copies of one workload that stand with others, or with the same ones again, all that is there tells
    let all = |cluster: usize, length: usize| {
        let name = named(cluster, length);
        format!("{}{}", &name[..name.len() - length], digest_of_all(fleet, &contents[cluster], length))
    };
    let mut firsts: BTreeMap<Option<usize>, u64> = BTreeMap::new();
    for &cluster in clusters {
        *firsts.entry(contents[cluster].first().copied()).or_default() += 1;
    }
    let shared = |cluster: usize| firsts[&contents[cluster].first().copied()] > 1;
    let of = |cluster: usize, length: usize| {
        if shared(cluster) { all(cluster, length) } else { named(cluster, length) }
    };
    let mut names: Vec<String> = clusters.iter().map(|&cluster| named(cluster, SHORT)).collect();
    for length in [SHORT, LONG] {
        let count = counted(&names, taken);
        // those that hold the same take numbers
        let mut held: BTreeMap<&str, BTreeSet<&[usize]>> = BTreeMap::new();
        for (name, &cluster) in names.iter().zip(clusters) {
            held.entry(name).or_default().insert(&contents[cluster]);
        }
        let longer = |name: &String| count[name] > 1 && (held[name.as_str()].len() > 1 || taken.contains(name));
        let next = names.iter().zip(clusters);
        names = next.map(|(name, &cluster)| if longer(name) { of(cluster, length) } else { name.clone() }).collect();
    }
    let count = counted(&names, taken);
    let mut next: BTreeMap<String, u64> = BTreeMap::new();
    for (&cluster, name) in clusters.iter().zip(names) {
        let number = next.entry(name.clone()).or_insert(0);
        *number += 1;
        let alone = count[&name] == 1;
        placement.clusters[cluster].name = if alone { name } else { format!("{name}-{number}") };
    }
}

/// How many clusters have each name, those that are taken among them.
fn counted(names: &[String], taken: &BTreeSet<String>) -> BTreeMap<String, u64> {
    let mut count: BTreeMap<String, u64> = BTreeMap::new();
    for name in names.iter().chain(taken) {
        *count.entry(name.clone()).or_default() += 1;
    }
    count
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

/// Of everybody who is there.
fn digest_of_all(fleet: &Fleet, workloads: &[usize], length: usize) -> String {
    let mut hash = Sha256::new();
    for &workload in workloads {
        let (tenant, namespace, name) = key(fleet, workload);
        hash.update(format!("{tenant}/{namespace}/{name}\n"));
    }
    letters(&hash.finalize(), length)
}

/// Of the first workload by tenant, namespace and name: it stays as long as that one does.
fn digest(fleet: &Fleet, workloads: &[usize], length: usize) -> String {
    let (tenant, namespace, name) = workloads.first().map_or(("", "", ""), |&first| key(fleet, first));
    let hash = Sha256::digest(format!("{tenant}/{namespace}/{name}"));
    letters(&hash, length)
}

fn letters(hash: &[u8], length: usize) -> String {
    hash.iter().take(length).map(|&byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()])).collect()
}
