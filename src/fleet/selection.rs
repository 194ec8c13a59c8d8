//! Which selectors match which workloads, without holding every workload against every selector.
//!
//! Workloads that no selector can tell apart are one kind: they differ in nothing but tenants, namespaces, levels and
//! classes that no selector names. A selector that names what it matches is filed under those names; a kind meets the
//! selectors filed under its own names, and those that name nothing but exceptions.

use rustc_hash::FxHashMap;

use super::policy::{Matcher, Selector};
use super::workload::Workload;

/// What holding workloads against selectors came to.
pub(crate) struct Selection {
    /// For each workload the number that its kind was given; [`NOBODY`] for per-cluster workloads, which match nothing.
    pub of: Vec<u32>,
    /// How many times a selector was held against a kind.
    #[cfg_attr(not(test), allow(dead_code))]
    pub held: u64,
}

/// Per-cluster workloads are of no kind.
pub(crate) const NOBODY: u32 = u32::MAX;

/// Gives every kind of workloads the number that `each` says for the selectors that match it (their indices, ascending).
/// Kinds come in the order of their first workloads. Complexity: linear in the workloads, in what the selectors name,
/// and for each kind in the selectors filed under its names.
///
/// # Errors
/// What `each` refuses.
pub(crate) fn select<E>(
    selectors: &[&Selector],
    workloads: &[Workload],
    mut each: impl FnMut(&[u32]) -> Result<u32, E>,
) -> Result<Selection, E> {
    let lens = Lens::new(selectors);
    let filed = Filed::new(selectors, &lens);
    let mut kinds: FxHashMap<Vec<u32>, u32> = FxHashMap::default();
    let (mut of, mut held) = (Vec::with_capacity(workloads.len()), 0);
    let (mut key, mut matched) = (Vec::new(), Vec::new());
    for (index, workload) in workloads.iter().enumerate() {
        if workload.per_cluster {
            of.push(NOBODY);
            continue;
        }
        lens.look(index, workload, &mut key);
        if let Some(&number) = kinds.get(&key) {
            of.push(number);
            continue;
        }
        matched.clear();
        for &selector in filed.under(&key) {
            held += 1;
            if selectors[selector as usize].matches(index, workload) {
                matched.push(selector);
            }
        }
        matched.sort_unstable();
        let number = each(&matched)?;
        kinds.insert(key.clone(), number);
        of.push(number);
    }
    Ok(Selection { of, held })
}

/// What selectors can see of a workload. Numbers of one kind of name begin with 1; 0 is whatever nobody names.
struct Lens<'s> {
    workloads: FxHashMap<usize, u32>,
    namespaces: FxHashMap<&'s str, u32>,
    tenants: FxHashMap<usize, u32>,
    levels: FxHashMap<usize, u32>,
    /// Attributes that a selector asks about, with the classes that are named.
    attributes: Vec<(usize, FxHashMap<usize, u32>)>,
}

fn number<T: std::hash::Hash + Eq>(names: &mut FxHashMap<T, u32>, name: T) {
    let next = u32::try_from(names.len() + 1).unwrap_or(u32::MAX);
    names.entry(name).or_insert(next);
}

impl<'s> Lens<'s> {
    fn new(selectors: &[&'s Selector]) -> Self {
        let mut lens = Self {
            workloads: FxHashMap::default(),
            namespaces: FxHashMap::default(),
            tenants: FxHashMap::default(),
            levels: FxHashMap::default(),
            attributes: Vec::new(),
        };
        for selector in selectors {
            named(selector.workload.as_ref()).for_each(|&name| number(&mut lens.workloads, name));
            named(selector.namespace.as_ref()).for_each(|name| number(&mut lens.namespaces, name.as_str()));
            named(selector.tenant.as_ref()).for_each(|&name| number(&mut lens.tenants, name));
            named(selector.trust.as_ref()).for_each(|&name| number(&mut lens.levels, name));
            for (attribute, matcher) in &selector.attributes {
                let place = lens.attributes.iter().position(|(known, _)| known == attribute).unwrap_or_else(|| {
                    lens.attributes.push((*attribute, FxHashMap::default()));
                    lens.attributes.len() - 1
                });
                matcher.values.iter().for_each(|&class| number(&mut lens.attributes[place].1, class));
            }
        }
        lens
    }

    /// A missing attribute matches what a class that nobody names matches.
    fn look(&self, index: usize, workload: &Workload, key: &mut Vec<u32>) {
        let of = |number: Option<&u32>| number.copied().unwrap_or(0);
        key.clear();
        key.push(of(self.workloads.get(&index)));
        key.push(if self.namespaces.is_empty() { 0 } else { of(self.namespaces.get(workload.namespace.as_str())) });
        key.push(of(self.tenants.get(&workload.tenant)));
        key.push(of(self.levels.get(&workload.trust)));
        for (attribute, classes) in &self.attributes {
            key.push(workload.attributes[*attribute].map_or(0, |class| of(classes.get(&class))));
        }
    }
}

fn named<T: Ord>(matcher: Option<&Matcher<T>>) -> impl Iterator<Item = &T> {
    matcher.into_iter().flat_map(|matcher| &matcher.values)
}

/// Selectors by what they name.
struct Filed {
    /// By place in a key, then by number.
    under: Vec<Vec<Vec<u32>>>,
    /// Those that name nothing, or only what they do not match.
    everywhere: Vec<u32>,
}

impl Filed {
    fn new(selectors: &[&Selector], lens: &Lens) -> Self {
        let mut sizes = vec![lens.workloads.len(), lens.namespaces.len(), lens.tenants.len(), lens.levels.len()];
        sizes.extend(lens.attributes.iter().map(|(_, classes)| classes.len()));
        let under = sizes.into_iter().map(|size| vec![Vec::new(); size + 1]).collect();
        let mut filed = Self { under, everywhere: Vec::new() };
        for (index, selector) in selectors.iter().enumerate() {
            filed.file(u32::try_from(index).unwrap_or(u32::MAX), selector, lens);
        }
        filed
    }

    /// Under the narrowest kind of names, as a rule.
    fn file(&mut self, index: u32, selector: &Selector, lens: &Lens) {
        fn names<T: Ord>(matcher: &Option<Matcher<T>>) -> Option<impl Iterator<Item = &T>> {
            matcher.as_ref().filter(|matcher| !matcher.not).map(|matcher| matcher.values.iter())
        }
        let class = selector.attributes.iter().find(|(_, matcher)| !matcher.not);
        let (place, numbers): (usize, Vec<u32>) = if let Some(names) = names(&selector.workload) {
            (0, names.map(|name| lens.workloads[name]).collect())
        } else if let Some(names) = names(&selector.namespace) {
            (1, names.map(|name| lens.namespaces[name.as_str()]).collect())
        } else if let Some(names) = names(&selector.tenant) {
            (2, names.map(|name| lens.tenants[name]).collect())
        } else if let Some((attribute, matcher)) = class
            && let Some(place) = lens.attributes.iter().position(|(known, _)| known == attribute)
        {
            (4 + place, matcher.values.iter().map(|class| lens.attributes[place].1[class]).collect())
        } else if let Some(names) = names(&selector.trust) {
            (3, names.map(|name| lens.levels[name]).collect())
        } else {
            return self.everywhere.push(index);
        };
        numbers.into_iter().for_each(|number| self.under[place][number as usize].push(index));
    }

    fn under<'f>(&'f self, key: &'f [u32]) -> impl Iterator<Item = &'f u32> {
        let own = self.under.iter().zip(key).flat_map(|(lists, &number)| &lists[number as usize]);
        self.everywhere.iter().chain(own)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::fmt::Write;

    use super::*;
    use crate::fleet::Fleet;

    /// The indices of the selectors that match each workload, and how often one was held against a kind.
    fn selected(fleet: &Fleet) -> (Vec<Vec<u32>>, u64) {
        let selectors: Vec<&Selector> =
            fleet.policy().distrust.iter().flat_map(|rule| [&rule.subject, &rule.neighbour]).collect();
        let mut sets: Vec<Vec<u32>> = Vec::new();
        let selection = select(&selectors, fleet.workloads(), |matched| {
            sets.push(matched.to_vec());
            Ok::<u32, Infallible>(u32::try_from(sets.len() - 1).unwrap())
        })
        .unwrap_or_else(|never| match never {});
        let of = selection.of.iter().map(|&kind| if kind == NOBODY { Vec::new() } else { sets[kind as usize].clone() });
        (of.collect(), selection.held)
    }

    fn fleet(rules: &[(&str, &str)], tenants: usize) -> Fleet {
        let mut text = String::from("schema: tenantry/v1\npolicy:\n  attributes: {colour: any}\n  distrust:\n");
        for (index, (subject, neighbour)) in rules.iter().enumerate() {
            let _ = writeln!(text, "  - {{id: r{index}, subject: {subject}, neighbour: {neighbour}}}");
        }
        text += "tenants:\n- {name: base, trust: trusted, platform: true}\n";
        (0..tenants).for_each(|tenant| {
            let _ = writeln!(text, "- {{name: t{tenant}, trust: {}}}", ["trusted", "untrusted"][tenant % 2]);
        });
        text += "workloads:\n- {name: agent, tenant: base, perCluster: true, requests: {cpu: 1m, memory: 1Ki}}\n";
        for index in 0..3 * tenants {
            let colour = ["", ", attributes: {colour: red}", ", attributes: {colour: blue}"][index / tenants];
            let _ = writeln!(
                text,
                "- {{name: w{index}, tenant: t{}, requests: {{cpu: 1, memory: 1Gi}}{colour}}}",
                index % tenants
            );
        }
        text += "clusterTemplates: [{name: s, allocatable: {cpu: 100, memory: 100Gi}}]\n";
        Fleet::from_yaml(&text).unwrap()
    }

    #[test]
    fn selects_what_a_look_at_every_pair_selects() {
        let sides = [
            "{all: true}",
            "{tenant: t1}",
            "{tenant: {not: [t0, t2]}}",
            "{trust: untrusted}",
            "{colour: red}",
            "{colour: {not: red}}",
            "{colour: [red, blue], tenant: [t0, t3]}",
            "{workload: [t0/w0, t1/w6]}",
            "{workload: {not: t0/w0}, trust: trusted}",
            "{namespace: [t2-w2, t0-w5]}",
            "{namespace: {not: t2-w2}, colour: {not: [red, blue]}}",
        ];
        let rules: Vec<(&str, &str)> = sides.iter().flat_map(|&side| sides.map(|other| (side, other))).collect();
        let fleet = fleet(&rules, 5);
        let (selected, _) = selected(&fleet);
        let selectors: Vec<&Selector> =
            fleet.policy().distrust.iter().flat_map(|rule| [&rule.subject, &rule.neighbour]).collect();
        for (index, workload) in fleet.workloads().iter().enumerate() {
            let naive: Vec<u32> =
                (0..selectors.len()).filter(|&it| selectors[it].matches(index, workload)).map(|it| it as u32).collect();
            assert_eq!(selected[index], naive, "{}", fleet.identity(index));
        }
    }

    #[test]
    fn rules_about_single_tenants_cost_what_they_select() {
        let rules: Vec<(String, String)> = (0..1_000)
            .map(|rule| (format!("{{tenant: t{}}}", rule % 500), format!("{{tenant: t{}}}", rule * 7 % 500)))
            .collect();
        let rules: Vec<(&str, &str)> = rules.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let fleet = fleet(&rules, 500);
        // 2,000 sides, each of one tenant; its three workloads are one kind to them
        assert_eq!(selected(&fleet).1, 2_000);
    }
}
