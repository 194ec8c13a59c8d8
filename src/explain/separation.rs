//! May these two workloads share a cluster, and if not, why?

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::place::nowhere;
use crate::fleet::{Fleet, RuleId, Sharing, Workload};
use crate::text::line;
use crate::trust::{Direction, Reason, RuleTable, TrustGraph};

/// The short answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// At least one reason separates them.
    Separated,
    /// Nothing separates them.
    MayShare,
    /// They must share one cluster.
    MustShare,
    /// They are one workload: its replicas share.
    SameWorkload,
    /// One of them runs in every cluster and is exempt from all reasons.
    InEveryCluster,
}

/// One reason in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ExplainedReason {
    /// The reason id, as a waiver would name it; `region`, `admits` and `needs` are technical, and no waiver names them.
    pub rule: String,
    /// Whether it is a matter of trust (`apart`, `region`, `admits` and `needs` are technical).
    pub trust: bool,
    /// In words, with direction and values.
    pub text: String,
    /// The waivers in force that take it away, in words; empty: it stands.
    pub waived: Vec<String>,
}

/// All there is to say about a pair of workloads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Explanation {
    /// Identity of the first workload.
    pub first: String,
    /// Identity of the second.
    pub second: String,
    /// The day against which waivers were judged.
    pub as_of: String,
    /// The short answer.
    pub verdict: Verdict,
    /// Every reason, the waived ones too.
    pub reasons: Vec<ExplainedReason>,
    /// What else to know, a sentence each.
    pub notes: Vec<String>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, second, .. } = self;
        match self.verdict {
            Verdict::Separated => line(f, format_args!("{first} and {second} may not share a cluster:"))?,
            Verdict::MayShare => {
                line(f, format_args!("{first} and {second} may share a cluster: no reason separates them."))?
            }
            Verdict::MustShare => line(f, format_args!("{first} and {second} must share one cluster."))?,
            Verdict::SameWorkload => line(f, format_args!("{first} is one workload: its replicas share a cluster."))?,
            Verdict::InEveryCluster => {
                line(f, format_args!("{first} and {second} share every cluster that either is in."))?
            }
        }
        for reason in &self.reasons {
            if reason.waived.is_empty() {
                line(f, format_args!("  - {} [{}]", reason.text, reason.rule))?;
            } else {
                line(f, format_args!("  - waived: {} [{}]", reason.text, reason.rule))?;
                for waiver in &reason.waived {
                    line(f, format_args!("      by {waiver}"))?;
                }
            }
        }
        for note in &self.notes {
            line(f, format_args!("{note}"))?;
        }
        Ok(())
    }
}

/// Explains a pair of workloads, given by index. Complexity: linear in the rules, the together groups and the sites.
#[must_use]
pub fn explain(fleet: &Fleet, graph: &TrustGraph, u: usize, v: usize) -> Explanation {
    let [x, y] = [&fleet.workloads()[u], &fleet.workloads()[v]];
    let reasons = graph.reasons(fleet, u, v);
    let exempt = u == v || x.per_cluster || y.per_cluster;
    let nowhere = if exempt { Vec::new() } else { nowhere(fleet, u, v) };
    let standing = !nowhere.is_empty() || reasons.iter().any(|reason| reason.waived_by.is_empty());
    let together = united(fleet, u, v);
    let mut notes = Vec::new();
    let verdict = if u == v {
        Verdict::SameWorkload
    } else if x.per_cluster || y.per_cluster {
        let who = if x.per_cluster { u } else { v };
        notes.push(format!(
            "{} is marked perCluster: one copy runs in every cluster, exempt from every reason.",
            fleet.identity(who)
        ));
        Verdict::InEveryCluster
    } else if standing {
        Verdict::Separated
    } else if let Some(why) = together {
        notes.push(why);
        Verdict::MustShare
    } else {
        Verdict::MayShare
    };
    if matches!(verdict, Verdict::MayShare | Verdict::MustShare) {
        notes.push(soft_tenancy(fleet, x, y));
    }
    if verdict == Verdict::MayShare {
        notes.push(
            "Whether they do depends on all members of a cluster: everyone in it must accept everyone else.".into(),
        );
    }
    let nowhere = nowhere.into_iter().map(|(by, text)| ExplainedReason {
        rule: by.id().to_owned(),
        trust: false,
        text,
        waived: Vec::new(),
    });
    Explanation {
        first: fleet.identity(u),
        second: fleet.identity(v),
        as_of: graph.as_of().to_string(),
        verdict,
        reasons: reasons.iter().map(|reason| in_words(fleet, reason, u, v)).chain(nowhere).collect(),
        notes,
    }
}

fn soft_tenancy(fleet: &Fleet, x: &Workload, y: &Workload) -> String {
    let tenant = |workload: &Workload| fleet.tenants()[workload.tenant].name.clone();
    let boundary = if x.namespace == y.namespace {
        format!("They share the namespace `{}` too", x.namespace)
    } else {
        "Sharing a cluster is soft multi-tenancy: a namespace is a logical partition, not a security boundary"
            .to_owned()
    };
    let reach = if x.tenant == y.tenant {
        format!("a weakness in one workload of `{}` may reach the other", tenant(x))
    } else {
        format!("a weakness in one soft tenant may reach the other (`{}`, `{}`)", tenant(x), tenant(y))
    };
    format!("{boundary}; {reach}.")
}

/// What holds two workloads together, if anything does.
fn united(fleet: &Fleet, u: usize, v: usize) -> Option<String> {
    let groups = &fleet.policy().together;
    if let Some(group) = groups.iter().find(|group| group.members.contains(&u) && group.members.contains(&v)) {
        let what = group.id.as_ref().map_or_else(String::new, |id| format!("together `{id}`: "));
        return Some(format!("{what}{}.", group.reason));
    }
    let unit = fleet.units().iter().find(|unit| unit.binary_search(&u).is_ok())?;
    let joined = unit.len() > 1 && unit.binary_search(&v).is_ok();
    joined.then(|| "Together groups that overlap hold them in one cluster.".to_owned())
}

fn in_words(fleet: &Fleet, reason: &Reason, u: usize, v: usize) -> ExplainedReason {
    let policy = fleet.policy();
    let waived = reason.waived_by.iter().map(|&index| {
        let waiver = &policy.waivers[index];
        format!(
            "waiver `{}`, approved by {}, in force until {}: {}",
            waiver.id, waiver.approved_by, waiver.expires, waiver.reason
        )
    });
    ExplainedReason {
        rule: RuleTable::name(policy, reason.rule),
        trust: RuleTable::is_trust(reason.rule),
        text: with_reason(text(fleet, reason, u, v), fleet, reason, u, v),
        waived: waived.collect(),
    }
}

/// With why the policy has the rule, where it tells; of trust levels: why that of the side that refuses is as it is.
fn with_reason(text: String, fleet: &Fleet, reason: &Reason, u: usize, v: usize) -> String {
    let refuses = if reason.direction == Direction::Backward { v } else { u };
    match RuleTable::reason(fleet.policy(), reason.rule, fleet.workloads()[refuses].trust) {
        Some(why) => format!("{text}: {why}"),
        None => text,
    }
}

fn text(fleet: &Fleet, reason: &Reason, u: usize, v: usize) -> String {
    let policy = fleet.policy();
    // told from the side that refuses
    let (u, v, mine, theirs) = match reason.direction {
        Direction::Backward => (v, u, &reason.second, &reason.first),
        _ => (u, v, &reason.first, &reason.second),
    };
    let (x, y) = (&fleet.workloads()[u], &fleet.workloads()[v]);
    let (name, other) = (fleet.identity(u), fleet.identity(v));
    let mutual = reason.direction == Direction::Mutual;
    let value = |workload: &Workload, attribute: usize, class: &str| match &workload.values[attribute] {
        Some(value) if value != class => format!("`{class}` (written `{value}`)"),
        Some(_) => format!("`{class}`"),
        None => format!("`{class}` (no value given)"),
    };
    match reason.rule {
        RuleId::Level => {
            let floor = |workload: &Workload| &policy.levels[workload.accepts].name;
            let one =
                format!("{name} (`{mine}`) accepts neighbours from `{}` upwards and {other} is `{theirs}`", floor(x));
            if mutual { format!("{one}, and the other way round (`{}` upwards)", floor(y)) } else { one }
        }
        RuleId::Sharing => {
            let with = |workload: &Workload| match workload.sharing {
                Sharing::Workload => "nobody",
                _ => "its own tenant",
            };
            let one =
                format!("{name} shares a cluster only with {}", with(x)).replace("only with nobody", "with nobody");
            if mutual { format!("{one}, and so does {other}") } else { format!("{one}, and {other} is another") }
                .replace(
                    "is another",
                    if x.sharing == Sharing::Workload { "is another workload" } else { "is another tenant's" },
                )
        }
        RuleId::Separate(index) => {
            let attribute = policy.separate[index].attribute;
            let title = &policy.attributes[attribute].name;
            format!(
                "`{title}` separates: {name} is {}, {other} is {}",
                value(x, attribute, mine),
                value(y, attribute, theirs)
            )
        }
        RuleId::Distrust(index) => {
            let rule = &policy.distrust[index];
            let both = if mutual { ", and the other way round" } else { "" };
            format!("{name} refuses {other}{both}, by rule `{}`", rule.id)
        }
        RuleId::Distrusts => {
            let both = if mutual { ", and the other way round" } else { "" };
            format!("tenant `{mine}` distrusts tenant `{theirs}`{both}")
        }
        RuleId::KeptApart(index) => {
            format!("technical: {name} and {other} are named to be kept in different {}", policy.kept_apart[index].by)
        }
        RuleId::Apart(index) => {
            let attribute = policy.apart[index].attribute;
            let title = &policy.attributes[attribute].name;
            format!(
                "technical: `{title}` must be the same in one cluster: {name} has {}, {other} has {}",
                value(x, attribute, mine),
                value(y, attribute, theirs)
            )
        }
    }
}
