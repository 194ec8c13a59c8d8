//! The resolved policy: attributes, trust levels, separations, distrust, waivers, together.

use std::collections::BTreeSet;

use super::sharing::Sharing;
use crate::compact::Text;

/// A declared attribute and its classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Classes by name; an attribute value of a workload is an index into this. Values that fall to `"*"` all map to
    /// that class; under `any` each value found in the fleet is a class.
    pub classes: Vec<String>,
    /// Values of the fleet that fell to the class `"*"`, ascending.
    pub others: Vec<String>,
}

impl Attribute {
    /// Whether it is a value that fell to the class `"*"`. O(log n).
    #[must_use]
    pub fn is_other(&self, value: &str) -> bool {
        self.others.binary_search_by(|other| other.as_str().cmp(value)).is_ok()
    }
}

/// One trust level; its rank is its index in [`Policy::levels`], lowest trust first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustLevel {
    /// Its name.
    pub name: String,
    /// How far its workloads share.
    pub sharing: Sharing,
    /// Rank of the lowest level that its workloads accept as neighbours.
    pub accepts: usize,
    /// Why, in the user's words.
    pub reason: Option<String>,
}

/// An attribute whose classes must not share a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Separation {
    /// Index of the attribute.
    pub attribute: usize,
    /// The class of the listed tenants' workloads that have no value. Its name; its index in [`Attribute::classes`]
    /// is what [`Workload::separation_classes`](super::Workload::separation_classes) holds.
    pub missing_class: Option<usize>,
    /// Why, in the user's words.
    pub reason: Option<String>,
}

/// A technical conflict: different values never share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apart {
    /// Index of the attribute.
    pub attribute: usize,
    /// A missing value goes with every value (`missing: any`); otherwise a missing value is an error.
    pub missing_any: bool,
    /// Why, in the user's words.
    pub reason: Option<String>,
}

/// The values that a selector's key matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher<T: Ord> {
    /// Matches what is *not* among the values (a missing attribute matches only this).
    pub not: bool,
    /// The values.
    pub values: BTreeSet<T>,
}

impl<T: Ord> Matcher<T> {
    /// Whether `value` matches; `None` is a missing attribute.
    pub fn matches(&self, value: Option<&T>) -> bool {
        match value {
            Some(value) => self.values.contains(value) != self.not,
            None => self.not,
        }
    }
}

/// A conjunction over the keys given; all `None` and empty is `{all: true}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Tenant indices.
    pub tenant: Option<Matcher<usize>>,
    /// `tenant: other`: another tenant than the subject's (neighbour sides only).
    pub other_tenant: bool,
    /// Namespaces.
    pub namespace: Option<Matcher<Text>>,
    /// Workload indices.
    pub workload: Option<Matcher<usize>>,
    /// Trust level ranks.
    pub trust: Option<Matcher<usize>>,
    /// Attribute index and class indices.
    pub attributes: Vec<(usize, Matcher<usize>)>,
}

impl Selector {
    /// Whether the workload of this index matches in every key. A per-cluster workload never does. `tenant: other` is a
    /// relation to the subject and not judged here.
    #[must_use]
    pub fn matches(&self, index: usize, workload: &super::Workload) -> bool {
        fn agrees<T: Ord>(matcher: Option<&Matcher<T>>, value: &T) -> bool {
            matcher.is_none_or(|matcher| matcher.matches(Some(value)))
        }
        !workload.per_cluster
            && agrees(self.tenant.as_ref(), &workload.tenant)
            && agrees(self.namespace.as_ref(), &workload.namespace)
            && agrees(self.workload.as_ref(), &index)
            && agrees(self.trust.as_ref(), &workload.trust)
            && self
                .attributes
                .iter()
                .all(|(attribute, matcher)| matcher.matches(workload.attributes[*attribute].as_ref()))
    }
}

/// A directed refusal between selectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistrustRule {
    /// Its id.
    pub id: String,
    /// Who refuses.
    pub subject: Selector,
    /// Whom.
    pub neighbour: Selector,
    /// Why, in the user's words.
    pub reason: Option<String>,
}

/// What a waiver may take away. The order is the order of reasons everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RuleId {
    /// `level`: a trust floor.
    Level,
    /// `sharing`.
    Sharing,
    /// `separate:ATTRIBUTE`, by index into [`Policy::separate`].
    Separate(usize),
    /// `distrust:ID`, by index into [`Policy::distrust`].
    Distrust(usize),
    /// `apart:ID`, by index into [`Policy::kept_apart`]; no waiver takes it away.
    KeptApart(usize),
    /// `distrusts`: a tenant's own list.
    Distrusts,
    /// `apart:ATTRIBUTE`, by index into [`Policy::apart`].
    Apart(usize),
}

/// An approved, expiring exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// Its id.
    pub id: String,
    /// The two sides (either may be `u`).
    pub between: [Selector; 2],
    /// The reasons taken away.
    pub waives: BTreeSet<RuleId>,
    /// Who approved it.
    pub approved_by: String,
    /// Last day in force.
    pub expires: crate::date::Date,
    /// Why.
    pub reason: String,
}

/// Workloads that must share one cluster, before overlapping groups unite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Together {
    /// Its id; `None` for a shared namespace.
    pub id: Option<String>,
    /// Workload indices, ascending; at least two.
    pub members: Vec<usize>,
    /// What holds them together, in words: the reason given, or the namespace.
    pub reason: String,
}

/// Workloads of which no two may be in one cluster, or in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptApart {
    /// Its id.
    pub id: String,
    /// Workload indices, ascending; at least two.
    pub members: Vec<usize>,
    /// What they may not have in common.
    pub by: ApartBy,
    /// Why, in the user's words.
    pub reason: Option<String>,
}

/// What workloads that are kept apart may not have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ApartBy {
    /// A cluster.
    Cluster,
    /// A region.
    Region,
}

impl std::fmt::Display for ApartBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Cluster => "clusters",
            Self::Region => "regions",
        })
    }
}

/// The resolved policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Declared attributes.
    pub attributes: Vec<Attribute>,
    /// Trust levels, lowest first.
    pub levels: Vec<TrustLevel>,
    /// Separations.
    pub separate: Vec<Separation>,
    /// Technical conflicts.
    pub apart: Vec<Apart>,
    /// Distrust rules.
    pub distrust: Vec<DistrustRule>,
    /// Waivers, in force or not.
    pub waivers: Vec<Waiver>,
    /// Together groups and shared namespaces: each shares one cluster, or the same ones where its members have copies.
    pub together: Vec<Together>,
    /// Groups of which all that they have stands in one region.
    pub together_in_region: Vec<Together>,
    /// Workloads that are kept in different clusters or regions, by id.
    pub kept_apart: Vec<KeptApart>,
}
