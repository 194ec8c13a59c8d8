//! A fleet without some of its levers.

use std::collections::BTreeSet;

use super::{Act, Lever, Whose, number, share_of};
use crate::error::FleetError;
use crate::fleet::Fleet;
use crate::fleet::document::{
    CopiesDocument, Document, LevelDocument, OneOrMany, PolicyDocument, SelectorDocument, WaiverDocument,
};
use crate::fleet::sharing::Sharing;

impl Fleet {
    /// The fleet with these levers pulled: what they name is left out. Levers of another fleet make no sense here.
    ///
    /// # Errors
    /// What is wrong with the fleet that is left, though nothing was added: members of a group that must have the same copies.
    pub fn without(&self, levers: &[Lever]) -> Result<Self, FleetError> {
        let mut document = self.document().clone();
        let mut policy = document.policy.take().unwrap_or_default();
        let mut gone: Gone = Gone::default();
        for lever in levers {
            self.pull(&lever.act, &mut document, &mut policy, &mut gone);
        }
        gone.leave(&mut policy);
        document.policy = (policy != PolicyDocument::default()).then_some(policy);
        Self::from_document(document)
    }

    fn pull(&self, act: &Act, document: &mut Document, policy: &mut PolicyDocument, gone: &mut Gone) {
        match *act {
            Act::Floor(Whose::Level(rank)) => {
                self.levels_of(policy)[rank].accepts.clone_from(&self.policy.levels[0].name);
            }
            Act::Sharing(Whose::Level(rank)) => self.levels_of(policy)[rank].sharing = Sharing::Level.word().to_owned(),
            Act::Floor(Whose::Tenant(row)) => document.tenants[row].accepts = None,
            Act::Floor(Whose::Workload(row)) => document.workloads[row].accepts = None,
            Act::Sharing(Whose::Tenant(row)) => document.tenants[row].sharing = None,
            Act::Sharing(Whose::Workload(row)) => document.workloads[row].sharing = None,
            Act::Separate(row) => _ = gone.separate.insert(row),
            Act::Classes(separation, pair) => policy.waivers.extend(self.shared(separation, pair, &policy.waivers)),
            Act::Distrust(row) => _ = gone.distrust.insert(row),
            Act::Distrusts(row) => document.tenants[row].distrusts.clear(),
            Act::Apart(row) => _ = gone.apart.insert(row),
            Act::Together(row) => _ = gone.together.insert(row),
            Act::Namespaces(row) => document.tenants[row].split_namespaces = Some(true),
            Act::Residency(row) => {
                let tenant = &mut document.tenants[row];
                (tenant.regions, tenant.jurisdictions) = (Some(Box::new(OneOrMany::from("all"))), None);
                let name = tenant.name.clone();
                for it in document.workloads.iter_mut().filter(|it| it.tenant == name) {
                    (it.regions, it.jurisdictions) = (None, None);
                }
            }
            Act::Pin(Whose::Tenant(row)) => document.tenants[row].pin = None,
            Act::Pin(Whose::Workload(row)) => document.workloads[row].pin = None,
            Act::Stay(Whose::Tenant(row)) => document.tenants[row].stay = None,
            Act::Stay(Whose::Workload(row)) => document.workloads[row].stay = None,
            Act::Pin(Whose::Level(_)) | Act::Stay(Whose::Level(_)) => {} // no level has any
            Act::Copies(ref rows) => {
                for &row in rows {
                    // written, so that what runs today in several clusters may be given up
                    document.workloads[row].copies = Some(Box::new(CopiesDocument::count(1)));
                }
            }
            Act::MaxCount(row) => document.cluster_templates[row].max_count = None,
            Act::MaxClusters(row) => document.regions[row].max_clusters = None,
            Act::Maximum(place, key) => {
                if let Some(maximums) = place.maximums_mut(document) {
                    match number(maximums, key) {
                        Some(number) => *number = None,
                        None => maximums.preset = None, // the one that is no number
                    }
                }
            }
            Act::Headroom(place, ref share) => {
                // of several shares of one headroom the smallest: pulling more levers takes nothing back
                let headroom = place.headroom_mut(document);
                let now = headroom.as_ref().and_then(|it| share_of(it.as_str()));
                if now > share_of(share.as_str()) {
                    *headroom = Some(share.clone());
                }
            }
        }
    }

    /// The trust levels of a policy, written out where it has the built-in ones.
    fn levels_of<'p>(&self, policy: &'p mut PolicyDocument) -> &'p mut Vec<LevelDocument> {
        policy.levels.get_or_insert_with(|| {
            let name = |rank: usize| self.policy.levels[rank].name.clone();
            let levels = self.policy.levels.iter().map(|it| LevelDocument {
                name: it.name.clone(),
                sharing: it.sharing.word().to_owned(),
                accepts: name(it.accepts),
                reason: it.reason.clone(),
            });
            levels.collect()
        })
    }

    /// Waivers that let two classes of a separation share.
    fn shared(&self, separation: usize, pair: [usize; 2], others: &[WaiverDocument]) -> Vec<WaiverDocument> {
        let attribute = &self.policy.attributes[self.policy.separate[separation].attribute];
        let sides = pair.map(|class| self.sides(separation, class));
        let mut made: Vec<WaiverDocument> = Vec::new();
        for (first, second) in sides[0].iter().flat_map(|first| sides[1].iter().map(move |second| (first, second))) {
            let id = (0..).map(|number| format!("what-if-{number}"));
            let free = |id: &String| !others.iter().chain(&made).any(|it| it.id == *id);
            made.push(WaiverDocument {
                id: id.into_iter().find(free).unwrap_or_default(), // there are more numbers than waivers
                between: vec![first.clone(), second.clone()],
                waives: vec![format!("separate:{}", attribute.name)],
                approved_by: "nobody: a question".to_owned(),
                expires: "9999-12-31".to_owned(),
                reason: "what if these classes shared".to_owned(),
            });
        }
        made
    }

    /// Selectors of the workloads of a class of a separation: those that have a value, and those that have none.
    fn sides(&self, separation: usize, class: usize) -> Vec<SelectorDocument> {
        let of = self.policy.separate[separation].attribute;
        let attribute = &self.policy.attributes[of];
        let ours = || self.placed().filter(|it| it.separation_classes[separation] == Some(class));
        let mut sides = Vec::new();
        if ours().any(|it| it.attributes[of].is_some()) {
            sides.push(SelectorDocument::key(&attribute.name, attribute.classes[class].as_str()));
        }
        if ours().any(|it| it.attributes[of].is_none()) {
            // only what has no value matches none of them
            let seen: BTreeSet<usize> = self.placed().filter_map(|it| it.attributes[of]).collect();
            let seen: Vec<String> = seen.into_iter().map(|class| attribute.classes[class].clone()).collect();
            sides.push(if seen.is_empty() {
                SelectorDocument::all()
            } else {
                SelectorDocument::not(&attribute.name, seen)
            });
        }
        sides
    }
}

/// Rows of the policy that go, after the last was looked at by its number.
#[derive(Default)]
struct Gone {
    separate: BTreeSet<usize>,
    distrust: BTreeSet<usize>,
    apart: BTreeSet<usize>,
    together: BTreeSet<usize>,
}

impl Gone {
    /// Takes them out, and what waivers say of them.
    fn leave(&self, policy: &mut PolicyDocument) {
        let mut ids: BTreeSet<String> = BTreeSet::new();
        ids.extend(self.separate.iter().map(|&row| format!("separate:{}", policy.separate[row].by)));
        ids.extend(self.distrust.iter().map(|&row| format!("distrust:{}", policy.distrust[row].id)));
        let by =
            |row: &usize| policy.apart[*row].is_of_an_attribute().then(|| format!("apart:{}", policy.apart[*row].by));
        ids.extend(self.apart.iter().filter_map(by));
        for waiver in &mut policy.waivers {
            waiver.waives.retain(|id| !ids.contains(id));
        }
        policy.waivers.retain(|waiver| !waiver.waives.is_empty());
        keep(&mut policy.separate, &self.separate);
        keep(&mut policy.distrust, &self.distrust);
        keep(&mut policy.apart, &self.apart);
        keep(&mut policy.together, &self.together);
    }
}

pub(super) fn keep<T>(list: &mut Vec<T>, gone: &BTreeSet<usize>) {
    let mut row = 0;
    list.retain(|_| {
        row += 1;
        !gone.contains(&(row - 1))
    });
}
