//! Resources by name and quantity -> amounts, under Kubernetes' own rules.
//!
//! What the API server refuses is an error (`ValidateContainerResourceRequirements` in its `pkg/apis/core/validation`); what
//! it takes with a warning, or takes although nobody can mean it, is a warning here.

use crate::fleet::problems::{nearest, shown};
use crate::quantity::{self, Rounding, Unit};

use super::report::{At, Report};
use super::requests::{Amounts, parse_amount};

/// Whose resources they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Container,
    /// A pod as a whole may state CPU, memory and huge pages.
    Pod,
    /// Of a pod's overhead, of a LimitRange or of a status: no limit belongs to them.
    Alone,
}

/// Most bytes of a request that nobody can mean: less than a process needs to start.
const FEW_BYTES: u64 = 1 << 20;

/// CPU in milli that no node has.
const MANY_CPUS: u64 = 2_000_000;

/// The amounts of a mapping from resources to quantities.
pub(super) fn amounts(at: &At<'_>, of: Of, report: &mut Report) -> Amounts {
    let mut amounts = Amounts::new();
    for (resource, quantity) in at.entries(report) {
        let Some(text) = quantity.text(report) else { continue };
        if let Some(why) = bad_name(resource, of) {
            let problem = quantity.problem("bad-resource", format!("`{}` {why}", shown(resource)));
            let known = ["cpu", "memory", "ephemeral-storage"];
            // `gpu` is one letter from `cpu` and means something else
            let short = resource.len() <= 3 && !resource.eq_ignore_ascii_case("cpu");
            let near = nearest(resource, known).filter(|_| !short);
            report.problem(problem.with_suggestion(near));
            continue;
        }
        match parse_amount(resource, &text) {
            Ok(amount) => {
                suspicious(resource, &text, amount, &quantity, report);
                amounts.insert(resource.to_owned(), amount);
            }
            Err(why) => {
                report
                    .problem(quantity.problem("bad-quantity", why.to_string()).with_expected("a Kubernetes quantity"));
            }
        }
    }
    amounts
}

/// Why a container or pod cannot have a resource of this name.
fn bad_name(resource: &str, of: Of) -> Option<&'static str> {
    if let Some(size) = resource.strip_prefix("hugepages-") {
        let page = parse_amount(resource, size).ok().filter(|&bytes| bytes > 0);
        return page.is_none().then_some("names no page size, as `hugepages-2Mi` does");
    }
    if of == Of::Pod {
        let known = ["cpu", "memory"].contains(&resource);
        return (!known).then_some("is no resource of a pod as a whole: cpu, memory and huge pages are");
    }
    let Some((prefix, name)) = resource.split_once('/') else {
        let standard = ["cpu", "memory", "ephemeral-storage"].contains(&resource);
        let why = "is no standard resource (cpu, memory, ephemeral-storage), and others have a prefix, as `nvidia.com/gpu` does";
        return (!standard).then_some(why);
    };
    let word = |text: &str, more: &[u8]| {
        let ends = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = text.as_bytes();
        ends(bytes.first()) && ends(bytes.last()) && bytes.iter().all(|b| b.is_ascii_alphanumeric() || more.contains(b))
    };
    let prefixed = prefix.len() <= 253
        && prefix.split('.').all(|part| word(part, b"-"))
        && !prefix.bytes().any(|b| b.is_ascii_uppercase());
    if !prefixed || name.len() > 63 || !word(name, b"-_.") {
        return Some("is no qualified name, as `nvidia.com/gpu` is");
    }
    resource.starts_with("requests.").then_some("begins with `requests.`, which only a quota does")
}

/// Says what Kubernetes takes and nobody can mean.
fn suspicious(resource: &str, text: &str, amount: u64, at: &At<'_>, report: &mut Report) {
    let bytes = resource == "memory" || resource == "ephemeral-storage";
    if resource == "cpu" {
        if amount > MANY_CPUS {
            let what = format!("{text} of cpu is {} cores a pod", amount.div_ceil(1000));
            report.note("suspicious-quantity", &what, at.path());
        }
    } else if !is_whole(resource, text) {
        if bytes {
            let what = format!(
                "{text} of {resource} is a fraction of a byte, counted as {amount} (did you mean {}?)",
                meant(text)
            );
            report.note("suspicious-quantity", &what, at.path());
        } else {
            let message = format!("`{}` is counted in whole units", shown(resource));
            report.problem(at.problem("bad-quantity", message).with_expected("a whole number"));
        }
    } else if resource == "memory" && (1..FEW_BYTES).contains(&amount) {
        let what = format!("{text} of memory is {amount} bytes, which no process can start in");
        report.note("suspicious-quantity", &what, at.path());
    } else if let Some(size) = resource.strip_prefix("hugepages-") {
        let page = parse_amount(resource, size).unwrap_or(0);
        if page > 0 && !amount.is_multiple_of(page) {
            let message = format!("{text} is no whole number of pages of {size}");
            report.problem(at.problem("bad-quantity", message).with_expected(format!("a multiple of {size}")));
        }
    }
}

/// `100m` is most often meant as `100Mi`.
fn meant(text: &str) -> String {
    text.strip_suffix('m').map_or_else(|| "whole bytes".to_owned(), |digits| format!("{digits}Mi"))
}

fn is_whole(resource: &str, text: &str) -> bool {
    let read = |rounding| quantity::parse(text, Unit::of(resource), rounding);
    read(Rounding::Up) == read(Rounding::Down)
}

/// Checks requests against limits: never above, and equal where a resource cannot be shared out twice.
pub(super) fn against_limits(at: &At<'_>, requests: &Amounts, limits: &Amounts, report: &mut Report) {
    for (resource, &request) in requests {
        let shared =
            !resource.starts_with("hugepages-") && (!resource.contains('/') || resource.contains("kubernetes.io/"));
        let place = at.get("requests");
        let place = place.get(resource);
        match limits.get(resource) {
            Some(&limit) if request > limit => {
                let message = format!("the {resource} request is above its limit");
                report.problem(place.problem("request-above-limit", message));
            }
            Some(&limit) if request < limit && !shared => {
                let message = format!("the {resource} request must equal its limit");
                report.problem(place.problem("request-above-limit", message));
            }
            None if !shared => {
                let message = format!("{resource} is requested without a limit: Kubernetes wants both, and equal");
                report.problem(place.problem("request-above-limit", message));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_api_server() {
        for good in [
            "cpu",
            "memory",
            "ephemeral-storage",
            "hugepages-2Mi",
            "nvidia.com/gpu",
            "kubernetes.io/batteries",
            "a.b/C_d.e",
        ] {
            assert_eq!(bad_name(good, Of::Container), None, "{good}");
        }
        for bad in [
            "gpu",
            "CPU",
            "mem",
            "pods",
            "storage",
            "hugepages-",
            "hugepages-2MB",
            "/gpu",
            "nvidia.com/",
            "a/b/c",
            "requests.nvidia.com/gpu",
            "-a/b",
            "A.b/c",
        ] {
            assert!(bad_name(bad, Of::Container).is_some(), "{bad}");
        }
        assert!(bad_name("nvidia.com/gpu", Of::Pod).is_some() && bad_name("ephemeral-storage", Of::Pod).is_some());
        assert_eq!(bad_name("hugepages-1Gi", Of::Pod), None);
    }
}
