//! Amounts that are right by the letter and hardly meant, as `kubectl` warns of some: fractions of a byte, bytes for want
//! of a unit, binary units of cpu.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::slips::some;
use crate::fleet::Warning;
use crate::fleet::amount::Amount;
use crate::fleet::document::{Document, MissingRequestsDocument, OverheadDocument};
use crate::fleet::problems::{quoted, shown};
use crate::quantity::{self, Rounding, Unit};

/// No container starts in less memory than about 6 MiB (the least that Docker takes as a limit); a plain number below this
/// lacks its unit.
const LITTLE_MEMORY: u64 = 4 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Oddity {
    Fraction,
    LittleMemory,
    BinaryCpu,
}

/// What is odd about an amount that can be read.
fn oddity(resource: &str, amount: &Amount) -> Option<Oddity> {
    let text = amount.as_str();
    if resource == "cpu" {
        return text.ends_with('i').then_some(Oddity::BinaryCpu);
    }
    let up = quantity::parse(text, Unit::One, Rounding::Up).ok()?;
    if quantity::parse(text, Unit::One, Rounding::Down) != Ok(up) {
        return Some(Oddity::Fraction);
    }
    let bare = text.bytes().all(|b| b.is_ascii_digit() || b"+.".contains(&b));
    (resource == "memory" && bare && (1..LITTLE_MEMORY).contains(&up)).then_some(Oddity::LittleMemory)
}

/// The places of each oddity of a resource.
#[derive(Default)]
struct Found<'d> {
    places: BTreeMap<(Oddity, &'d str), Vec<String>>,
    /// Rows mostly say the same few amounts.
    known: FxHashMap<(&'d str, &'d str), Option<Oddity>>,
}

impl<'d> Found<'d> {
    fn look(&mut self, owner: impl Fn() -> String, resource: &'d str, amount: &'d Amount) {
        let odd = *self.known.entry((resource, amount.as_str())).or_insert_with(|| oddity(resource, amount));
        if let Some(odd) = odd {
            let place = format!("{}: {}", owner(), shown(amount.as_str()));
            self.places.entry((odd, resource)).or_default().push(place);
        }
    }
}

/// A warning for each oddity and resource, with some of the places.
pub(super) fn amounts(document: &Document) -> Vec<Warning> {
    let mut found = Found::default();
    for workload in &document.workloads {
        for (resource, amount) in workload.requests.iter().chain(&workload.fixed_requests) {
            found.look(|| format!("{}/{}", shown(&workload.tenant), shown(&workload.name)), resource, amount);
        }
    }
    for tenant in &document.tenants {
        for (resource, amount) in tenant.overhead.iter().flat_map(OverheadDocument::amounts) {
            found.look(|| format!("tenant {}", quoted(&tenant.name)), resource, amount);
        }
    }
    for template in &document.cluster_templates {
        let pools = template.node_pools.iter().flatten().flat_map(|pool| &pool.allocatable);
        for (resource, amount) in template.allocatable.iter().flatten().chain(pools) {
            found.look(|| format!("template {}", quoted(&template.name)), resource, amount);
        }
    }
    let missing = document.defaults.as_ref().and_then(|defaults| defaults.missing_requests.as_ref());
    if let Some(MissingRequestsDocument::Amounts(amounts)) = missing {
        for (resource, amount) in [("cpu", &amounts.cpu), ("memory", &amounts.memory)] {
            if let Some(amount) = amount {
                found.look(|| "defaults.missingRequests".to_owned(), resource, amount);
            }
        }
    }
    let warned = |((odd, resource), mut places): ((Oddity, &str), Vec<String>)| {
        places.sort_unstable(); // whatever the order of the rows
        warning(odd, resource, &places)
    };
    found.places.into_iter().map(warned).collect()
}

fn warning(odd: Oddity, resource: &str, places: &[String]) -> Warning {
    let (name, places) = (shown(resource), some(places));
    let message = match odd {
        Oddity::Fraction if resource == "memory" => format!(
            "memory in fractions of a byte ({places}): the suffix m is a thousandth, Mi or M was probably meant"
        ),
        Oddity::Fraction => format!(
            "{name} in fractions ({places}): Kubernetes takes whole numbers; what is requested was rounded up, what is \
             offered down"
        ),
        Oddity::LittleMemory => {
            format!(
                "so little memory that nothing runs in it ({places}): a number without a unit is bytes; write Mi or Gi"
            )
        }
        Oddity::BinaryCpu => format!("cpu in a unit of bytes ({places}): 4Gi of cpu are 4 x 2^30 cores"),
    };
    Warning { code: "suspicious-amount", message }
}
