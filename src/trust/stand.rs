//! Where a workload stands: the distrust rules of whose subject or neighbour it is one, the entries that name it to be kept apart
//! from others (on both sides of which it is), and the sides of waivers.

use rustc_hash::FxHashMap;

use crate::error::{Error, FleetError, InputProblem, Result};
use crate::fleet::{Fleet, Matcher, RuleId, Selector, select};

use super::limit::{MAX_CLASSES, narrow, too_many_classes};
use super::reason::RuleTable;
use super::sparse::{Word, of_ascending};

/// What selectors select of a workload. Rules go by their numbers in the [`RuleTable`], waivers by their
/// positions among those in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Stand {
    pub subject: Box<[Word]>,
    pub neighbour: Box<[Word]>,
    /// First and second sides.
    pub waiver: [Box<[Word]>; 2],
}

impl Stand {
    fn words(&self) -> usize {
        self.subject.len() + self.neighbour.len() + self.waiver.iter().map(|side| side.len()).sum::<usize>()
    }
}

/// The stands of a fleet's workloads.
#[derive(Clone, Debug)]
pub(super) struct Stands {
    /// Number of the stand of each workload; per-cluster workloads have none, whatever the number.
    pub of: Vec<u32>,
    pub list: Vec<Stand>,
    /// The distrust rules whose neighbour must be of another tenant.
    pub other_tenant: Box<[Word]>,
}

/// More words of bits than this are refused: a gigabyte.
const MOST_WORDS: usize = 1 << 26;

impl Stands {
    /// Looks at distrust rules where `distrust` says so, at who is named to be kept apart, and at these waivers. Complexity: see [`select`].
    ///
    /// # Errors
    /// Code `too-many-classes`: workloads of different stands are of different classes; code `policy-too-large`.
    pub fn new(fleet: &Fleet, table: RuleTable, distrust: bool, waivers: &[usize]) -> Result<Self> {
        let policy = fleet.policy();
        let distrust = if distrust { &policy.distrust[..] } else { &[] };
        let rules = distrust.len() + policy.kept_apart.len();
        let number = |rule: usize| match rule.checked_sub(distrust.len()) {
            None => table.index(RuleId::Distrust(rule)),
            Some(named) => table.index(RuleId::KeptApart(named)),
        };
        let waived = waivers.iter().flat_map(|&waiver| &policy.waivers[waiver].between);
        let ruled = distrust.iter().flat_map(|rule| [&rule.subject, &rule.neighbour]);
        let named: Vec<Selector> = policy.kept_apart.iter().map(|it| naming(&it.members)).collect();
        let selectors: Vec<&Selector> = ruled.chain(named.iter().flat_map(|it| [it, it])).chain(waived).collect();
        let mut numbers: FxHashMap<Stand, u32> = FxHashMap::default();
        let mut list: Vec<Stand> = Vec::new();
        let mut words = 0;
        let selection = select(&selectors, fleet.workloads(), |matched| {
            // subject and neighbour of rule r are selectors 2r and 2r + 1; waivers follow in the same way
            let (ruled, waived) = matched.split_at(matched.partition_point(|&it| (it as usize) < 2 * rules));
            let side = |of: &[u32], side: u32| -> Vec<usize> {
                of.iter().filter(|&&it| it % 2 == side).map(|&it| it as usize / 2).collect()
            };
            let ruled = |which| of_ascending(side(ruled, which).into_iter().map(number));
            let waived = |which| of_ascending(side(waived, which).into_iter().map(|waiver| waiver - rules));
            let stand = Stand { subject: ruled(0), neighbour: ruled(1), waiver: [waived(0), waived(1)] };
            if let Some(&known) = numbers.get(&stand) {
                return Ok(known);
            }
            words += stand.words();
            if list.len() == MAX_CLASSES {
                return Err(too_many_classes(list.len() + 1));
            }
            if words > MOST_WORDS {
                return Err(too_large(rules, waivers.len(), list.len()));
            }
            let next = narrow(list.len());
            list.push(stand.clone());
            numbers.insert(stand, next);
            Ok(next)
        })?;
        let other = (0..distrust.len()).filter(|&rule| distrust[rule].neighbour.other_tenant).map(number);
        Ok(Self { of: selection.of, list, other_tenant: of_ascending(other) })
    }
}

/// Selects these workloads.
fn naming(workloads: &[usize]) -> Selector {
    let values = workloads.iter().copied().collect();
    Selector { workload: Some(Matcher { not: false, values }), ..Selector::default() }
}

fn too_large(rules: usize, waivers: usize, kinds: usize) -> Error {
    let message = "the distrust rules and waivers select more than can be held in memory at once";
    let problem = InputProblem::new("policy-too-large", "policy", message)
        .with_got(format!("{rules} distrust rules and {waivers} waivers, on more than {kinds} kinds of workloads"))
        .with_expected(format!("rules times kinds up to {} million", MOST_WORDS / 1_000_000 * 64));
    Error::Fleet(FleetError { problems: vec![problem], omitted: 0 })
}
