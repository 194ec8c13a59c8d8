//! Namespaces of the fleet that the objects do not give, and namespaces of several tenants.

use std::collections::BTreeMap;

use crate::error::InputProblem;
use crate::text::{is_dns_label, is_dns_subdomain};

use super::emit::Row;
use super::report::Report;

/// Gives a namespace to every workload without one whose own name, a legal one with dots or of up to 253 characters, makes
/// none, and refuses namespaces of several tenants.
pub(super) fn namespaces(mut rows: Vec<Row>, report: &mut Report) -> Vec<Row> {
    for row in &mut rows {
        let made = format!("{}-{}", row.tenant, row.name);
        if row.namespace.is_none() && !row.tenant.is_empty() && !is_dns_label(&made) && is_dns_subdomain(&row.name) {
            let namespace = label(&made);
            let what = "its name makes no name for a namespace, so it gets one of its own";
            report.note("namespace-made", what, format!("{} in `{namespace}`", row.title));
            row.namespace = Some(namespace);
        }
    }
    let mut first: BTreeMap<&str, &Row> = BTreeMap::new();
    for row in &rows {
        // a missing tenant has been reported
        let Some(namespace) = row.namespace.as_deref().filter(|_| !row.tenant.is_empty()) else { continue };
        let earlier = *first.entry(namespace).or_insert(row);
        if earlier.tenant == row.tenant {
            continue;
        }
        let message = format!(
            "namespace `{namespace}` has two tenants: `{}` here, `{}` for {}",
            row.tenant, earlier.tenant, earlier.title
        );
        let mut problem = InputProblem::new("namespace-of-two-tenants", &row.title, message);
        problem.position = row.position;
        let ways = "one tenant a namespace: `--tenant-from namespace`, or `--tenant-from namespace-label:KEY`";
        report.problem(problem.with_expected(ways));
    }
    rows
}

/// A name for a namespace that is near to the text, and another one for another text.
fn label(text: &str) -> String {
    let mut label: String =
        text.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    label = label.trim_matches('-').to_owned();
    // the text of a label is shorter than this, so that what follows tells namesakes apart
    const KEPT: usize = 54;
    label.truncate(KEPT);
    format!("{}-{:08x}", label.trim_end_matches('-'), fnv(text))
}

/// Fowler, Noll and Vo's hash 1a: the same on every machine.
fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_labels_and_tell_texts_apart() {
        let long = "a.".repeat(120) + "a";
        for text in ["acme-my.app.v1", "acme-my-app.v1", "Team_A-web", long.as_str()] {
            assert!(is_dns_label(&label(text)), "{}", label(text));
            assert!(!is_dns_label(text));
        }
        assert_ne!(label("acme-my.app.v1"), label("acme-my-app.v1"));
        assert!(is_dns_label("acme-web") && !is_dns_subdomain("-a") && !is_dns_subdomain("a..b"));
    }
}
