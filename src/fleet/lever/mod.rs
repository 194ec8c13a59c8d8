//! Levers: the named inputs that separate, limit or tie, and the fleet without some of them.
//!
//! A lever has an id that a person can type. To pull it is to leave the input out: the fleet that is left is read anew
//! from its document, by the reader that reads every other (or, for a question that many others are like, changed where the
//! reader would: `light`). Pulling a lever takes constraints away and adds none, so it
//! never makes a plan illegal and never raises the fewest clusters.

mod absent;
mod light;
mod list;
mod pull;
mod set;
mod tighten;

pub(crate) use tighten::{Limited, Which, share_of};

use std::fmt;

use super::document::{Amount, Document, MaximumsDocument};
use super::problems::{nearest, quoted};
use crate::error::{Error, Result};

/// What kind of input a lever is. The order is the order of levers everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LeverKind {
    /// `level:LEVEL`, or of a tenant or workload that asks for more: the lowest level that is accepted beside it.
    Level,
    /// `sharing:LEVEL`, or of a tenant or workload that asks for less: with whom it shares.
    Sharing,
    /// `separate:ATTRIBUTE`.
    Separate,
    /// `separate:ATTRIBUTE=CLASS|CLASS`: two classes of a separation.
    Classes,
    /// `distrust:ID`.
    Distrust,
    /// `distrusts:TENANT`: a tenant's own list.
    Distrusts,
    /// `apart:ATTRIBUTE` or `apart:ID`.
    Apart,
    /// `together:ID`.
    Together,
    /// `namespaces:TENANT`: what shares a namespace shares a cluster.
    Namespaces,
    /// `residency:TENANT`: the regions and jurisdictions that it, or its workloads, may be in.
    Residency,
    /// `pin:WORKLOAD` or `pin:tenant=TENANT`.
    Pin,
    /// `stay:WORKLOAD` or `stay:tenant=TENANT`.
    Stay,
    /// `copies:WORKLOAD`: one instead of several, for all that are together with it.
    Copies,
    /// `maxCount:TEMPLATE`.
    MaxCount,
    /// `maxClusters:REGION`.
    MaxClusters,
    /// `maximum:TEMPLATE=WHAT`, or of an existing cluster.
    Maximum,
    /// `headroom:TEMPLATE=SHARE`, or of an existing cluster: so much instead.
    Headroom,
}

impl LeverKind {
    /// Every kind, in order.
    pub const ALL: [Self; 17] = [
        Self::Level,
        Self::Sharing,
        Self::Separate,
        Self::Classes,
        Self::Distrust,
        Self::Distrusts,
        Self::Apart,
        Self::Together,
        Self::Namespaces,
        Self::Residency,
        Self::Pin,
        Self::Stay,
        Self::Copies,
        Self::MaxCount,
        Self::MaxClusters,
        Self::Maximum,
        Self::Headroom,
    ];

    /// Its word, as `--levers` takes it and documents write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::Sharing => "sharing",
            Self::Separate => "separate",
            Self::Classes => "classes",
            Self::Distrust => "distrust",
            Self::Distrusts => "distrusts",
            Self::Apart => "apart",
            Self::Together => "together",
            Self::Namespaces => "namespaces",
            Self::Residency => "residency",
            Self::Pin => "pin",
            Self::Stay => "stay",
            Self::Copies => "copies",
            Self::MaxCount => "maxCount",
            Self::MaxClusters => "maxClusters",
            Self::Maximum => "maximum",
            Self::Headroom => "headroom",
        }
    }

    /// The kind of that word.
    ///
    /// # Errors
    /// [`Error::Usage`] with the words that there are.
    pub fn of_word(word: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(|| {
            let words = Self::ALL.map(Self::word);
            let near = nearest(word, words).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let list = words.join(", ");
            Error::Usage(format!("there is no kind of lever {}{near} (there are {list})", quoted(word)))
        })
    }

    /// Whether it is a matter of trust, which the isolation premium counts: levels, separations, distrust.
    #[must_use]
    pub fn is_trust(self) -> bool {
        matches!(self, Self::Level | Self::Sharing | Self::Separate | Self::Classes | Self::Distrust | Self::Distrusts)
    }

    /// Whether it says of pairs of workloads that they may not share a cluster: a matter of trust, or another.
    pub(crate) fn separates(self) -> bool {
        self.is_trust() || self == Self::Apart
    }
}

impl fmt::Display for LeverKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A named input that separates, limits or ties.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Lever {
    /// What a person types to name it, unique in its fleet.
    pub id: String,
    /// What kind of input it is.
    pub kind: LeverKind,
    /// Where it stands in the fleet document, such as `policy.distrust[2]`; empty: it is built in (trust levels that no
    /// document lists).
    pub path: String,
    /// What it says, in words.
    pub says: String,
    act: Act,
}

/// Whose stance on sharing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    Level(usize),
    Tenant(usize),
    Workload(usize),
}

/// A template, or an existing cluster, by its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Template(usize),
    Existing(usize),
}

impl Place {
    fn headroom(self, document: &Document) -> &Option<Amount> {
        match self {
            Self::Template(row) => &document.cluster_templates[row].headroom,
            Self::Existing(row) => &document.existing_clusters[row].headroom,
        }
    }

    fn headroom_mut(self, document: &mut Document) -> &mut Option<Amount> {
        match self {
            Self::Template(row) => &mut document.cluster_templates[row].headroom,
            Self::Existing(row) => &mut document.existing_clusters[row].headroom,
        }
    }

    fn maximums(self, document: &Document) -> &Option<MaximumsDocument> {
        match self {
            Self::Template(row) => &document.cluster_templates[row].maximums,
            Self::Existing(row) => &document.existing_clusters[row].maximums,
        }
    }

    fn maximums_mut(self, document: &mut Document) -> &mut Option<MaximumsDocument> {
        match self {
            Self::Template(row) => &mut document.cluster_templates[row].maximums,
            Self::Existing(row) => &mut document.existing_clusters[row].maximums,
        }
    }
}

/// Rows are those of the document.
#[derive(Clone, Debug, PartialEq)]
enum Act {
    Floor(Whose),
    Sharing(Whose),
    Separate(usize),
    /// Of a separation of the resolved policy, two classes by index, the smaller first.
    Classes(usize, [usize; 2]),
    Distrust(usize),
    Distrusts(usize),
    Apart(usize),
    Together(usize),
    Namespaces(usize),
    Residency(usize),
    Pin(Whose),
    Stay(Whose),
    Copies(Vec<usize>),
    MaxCount(usize),
    MaxClusters(usize),
    Maximum(Place, &'static str),
    Headroom(Place, Amount),
}

/// The keys of maximums.
const MAXIMUMS: [&str; 5] = ["preset", "nodes", "pods", "namespaces", "tenants"];

/// The number of a key; `None` where that has none.
fn number<'m>(maximums: &'m mut MaximumsDocument, key: &str) -> Option<&'m mut Option<u64>> {
    match key {
        "nodes" => Some(&mut maximums.nodes),
        "pods" => Some(&mut maximums.pods),
        "namespaces" => Some(&mut maximums.namespaces),
        "tenants" => Some(&mut maximums.tenants),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::Fleet;

    const TEXT: &str = "
schema: tenantry/v1
asOf: '2026-11-01'
policy:
  attributes: {stage: {live: [prod], trial: [dev, test]}, buyer: any, release: [a, b]}
  separate:
    - {by: stage}
    - {by: buyer, missing: {class: own, tenants: [shop, bank]}}
  apart:
    - {by: release, missing: any}
    - {id: pair, members: [shop/web, shop/cart], by: cluster}
  distrust: [{id: pci, subject: {tenant: bank}, neighbour: {tenant: {not: bank}}, reason: card data}]
  together: [{id: desk, members: [bank/ledger, bank/desk]}]
  waivers: [{id: once, between: [{tenant: bank}, {tenant: shop}], waives: ['distrust:pci'], approvedBy: us, expires: '2027-01-01', reason: 'until then'}]
tenants:
  - {name: shop, trust: trusted, attributes: {stage: prod}}
  - {name: bank, trust: trusted, attributes: {stage: prod}, distrusts: [plug]}
  - {name: plug, trust: trusted, sharing: tenant, attributes: {stage: test, buyer: a}}
workloads:
  - {name: web, tenant: shop, copies: 2, requests: {cpu: 1, memory: 1Gi}}
  - {name: cart, tenant: shop, sharing: workload, namespace: one, requests: {cpu: 1, memory: 1Gi}}
  - {name: ledger, tenant: bank, requests: {cpu: 1, memory: 1Gi}}
  - {name: desk, tenant: bank, requests: {cpu: 1, memory: 1Gi}}
  - {name: run, tenant: plug, requests: {cpu: 1, memory: 1Gi}}
clusterTemplates:
  - {name: t, allocatable: {cpu: 8, memory: 64Gi}, headroom: 20%, maxCount: 9, maximums: {namespaces: 5}}
";

    #[test]
    fn every_lever_has_an_id_and_can_be_pulled() {
        let fleet = Fleet::from_yaml(TEXT).unwrap();
        let levers = fleet.levers();
        let ids: Vec<&str> = levers.iter().map(|lever| lever.id.as_str()).collect();
        let expected = "level:untrusted level:trusted sharing:hostile sharing:untrusted sharing:tenant=plug \
                        sharing:workload=shop/cart separate:stage separate:buyer distrust:pci distrusts:bank \
                        apart:release apart:pair together:desk copies:shop/web maxCount:t maximum:t=namespaces \
                        headroom:t=0%";
        assert_eq!(ids.join(" "), expected);
        for lever in &levers {
            assert_eq!(fleet.lever(&lever.id).unwrap(), *lever);
            let rest = fleet.without(std::slice::from_ref(lever)).unwrap();
            assert_ne!(rest.digest(), fleet.digest(), "{}", lever.id);
            assert!(!rest.levers().iter().any(|it| it.id == lever.id), "{}", lever.id);
        }
        let none = fleet.without(&levers).unwrap();
        assert!(none.levers().is_empty(), "{:?}", none.levers());
    }

    #[test]
    fn paths_are_those_of_the_document() {
        let fleet = Fleet::from_yaml(TEXT).unwrap();
        let path = |id: &str| fleet.lever(id).unwrap().path;
        assert_eq!(path("level:trusted"), "");
        assert_eq!(path("sharing:workload=shop/cart"), "workloads[1].sharing");
        assert_eq!(path("apart:pair"), "policy.apart[1]");
        assert_eq!(path("distrusts:bank"), "tenants[1].distrusts");
        assert_eq!(path("maximum:t=namespaces"), "clusterTemplates[0].maximums.namespaces");
    }

    #[test]
    fn pairs_of_classes_and_headroom_take_a_value() {
        let fleet = Fleet::from_yaml(TEXT).unwrap();
        let pairs: Vec<String> = fleet.levers_of_classes().into_iter().map(|lever| lever.id).collect();
        assert_eq!(pairs, ["separate:stage=live|trial", "separate:buyer=a|own"]);
        for (id, rule) in [(&pairs[0], "separate:stage"), (&pairs[1], "separate:buyer")] {
            let rest = fleet.without(&[fleet.lever(id).unwrap()]).unwrap();
            let says = rest.explain("shop/web", "plug/run").unwrap();
            let waived = |reason: &crate::ExplainedReason| !reason.waived.is_empty();
            let of = says.reasons.iter().find(|reason| reason.rule == rule).unwrap();
            assert!(waived(of), "{id}");
            assert_eq!(says.reasons.iter().filter(|reason| waived(reason)).count(), 1, "{id}");
        }
        assert_eq!(fleet.lever("separate:stage=trial|live").unwrap().id, pairs[0]); // in either order
        let share = |ids: &[&str]| {
            let levers: Vec<Lever> = ids.iter().map(|id| fleet.lever(id).unwrap()).collect();
            let rest = fleet.without(&levers).unwrap();
            rest.document().cluster_templates[0].headroom.as_ref().unwrap().as_str().to_owned()
        };
        assert_eq!(share(&["headroom:t=12.5%"]), "12.5%");
        // with several the least of them, in whatever order
        assert_eq!(share(&["headroom:t=0%", "headroom:t=12.5%"]), "0%");
        assert_eq!(share(&["headroom:t=12.5%", "headroom:t=0%"]), "0%");
        for (id, said) in [
            ("headroom:t=20%", "less than the headroom"),
            ("headroom:t=x", "a share below 1"),
            ("distrust:pcl", "did you mean `distrust:pci`?"),
        ] {
            assert!(fleet.lever(id).unwrap_err().to_string().contains(said), "{id}");
        }
    }

    #[test]
    fn a_stay_says_where() {
        let text =
            "{schema: tenantry/v1, asOf: '2026-11-01', regions: [{name: eu}], defaults: {regions: all, runsIn: []},
            tenants: [{name: a, trust: trusted, stay: {for: region, until: '2026-12-31'}},
                {name: b, trust: trusted, stay: {for: cluster, until: '2026-12-01'}}],
            workloads: [{name: w, tenant: a, stay: {for: region, until: '2027-01-01'}, requests: {cpu: 1, memory: 1Gi}},
                {name: w, tenant: b, stay: cluster, requests: {cpu: 1, memory: 1Gi}}],
            clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}],
            existingClusters: [{name: old, template: t, region: eu}]}";
        let fleet = Fleet::from_yaml(text).unwrap();
        let says: Vec<String> =
            fleet.levers().into_iter().filter(|it| it.kind == LeverKind::Stay).map(|it| it.says).collect();
        let expected = [
            "the workloads of tenant `a` stay in their region until 2026-12-31",
            "the workloads of tenant `b` stay where they run until 2026-12-01",
            "workload `a/w` stays in its region until 2027-01-01",
            "workload `b/w` stays where it runs",
        ];
        assert_eq!(says, expected);
    }

    #[test]
    fn kinds_have_words() {
        for kind in LeverKind::ALL {
            assert_eq!(LeverKind::of_word(kind.word()).unwrap(), kind);
        }
        assert!(LeverKind::of_word("maxcount").unwrap_err().to_string().contains("did you mean `maxCount`?"));
    }
}
