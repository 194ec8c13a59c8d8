//! Reasons: rules by number, sets of them as bits, and one reason of one pair with its direction and values.

use crate::fleet::{Policy, RuleId};

use super::sparse::{Word, ones};

/// Numbers the rules of a policy, in the order of [`RuleId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleTable {
    separate: usize,
    distrust: usize,
    kept_apart: usize,
    apart: usize,
}

impl RuleTable {
    /// The table of `policy`.
    #[must_use]
    pub fn new(policy: &Policy) -> Self {
        Self {
            separate: policy.separate.len(),
            distrust: policy.distrust.len(),
            kept_apart: policy.kept_apart.len(),
            apart: policy.apart.len(),
        }
    }

    /// Number of rules; at least 3 (`level`, `sharing` and `distrusts` always exist).
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        3 + self.separate + self.distrust + self.kept_apart + self.apart
    }

    fn distrusts(&self) -> usize {
        2 + self.separate + self.distrust + self.kept_apart
    }

    /// The number of a rule.
    #[must_use]
    pub fn index(&self, rule: RuleId) -> usize {
        match rule {
            RuleId::Level => 0,
            RuleId::Sharing => 1,
            RuleId::Separate(index) => 2 + index,
            RuleId::Distrust(index) => 2 + self.separate + index,
            RuleId::KeptApart(index) => 2 + self.separate + self.distrust + index,
            RuleId::Distrusts => self.distrusts(),
            RuleId::Apart(index) => 1 + self.distrusts() + index,
        }
    }

    /// The rule of a number below [`len`](Self::len).
    #[must_use]
    pub fn rule(&self, index: usize) -> RuleId {
        match index {
            0 => RuleId::Level,
            1 => RuleId::Sharing,
            _ if index < 2 + self.separate => RuleId::Separate(index - 2),
            _ if index < 2 + self.separate + self.distrust => RuleId::Distrust(index - 2 - self.separate),
            _ if index < self.distrusts() => RuleId::KeptApart(index - 2 - self.separate - self.distrust),
            _ if index == self.distrusts() => RuleId::Distrusts,
            _ => RuleId::Apart(index - 1 - self.distrusts()),
        }
    }

    /// The reason id of a rule, as documents write it.
    #[must_use]
    pub fn name(policy: &Policy, rule: RuleId) -> String {
        let attribute = |index: usize| &policy.attributes[index].name;
        match rule {
            RuleId::Level => "level".to_owned(),
            RuleId::Sharing => "sharing".to_owned(),
            RuleId::Separate(index) => format!("separate:{}", attribute(policy.separate[index].attribute)),
            RuleId::Distrust(index) => format!("distrust:{}", policy.distrust[index].id),
            RuleId::Distrusts => "distrusts".to_owned(),
            RuleId::Apart(index) => format!("apart:{}", attribute(policy.apart[index].attribute)),
            RuleId::KeptApart(index) => format!("apart:{}", policy.kept_apart[index].id),
        }
    }

    /// Why a rule is there, in the user's words; of a matter of trust levels: why the level is as it is.
    #[must_use]
    pub fn reason(policy: &Policy, rule: RuleId, level: usize) -> Option<&str> {
        let reason = match rule {
            RuleId::Level | RuleId::Sharing => policy.levels[level].reason.as_deref(),
            RuleId::Separate(index) => policy.separate[index].reason.as_deref(),
            RuleId::Distrust(index) => policy.distrust[index].reason.as_deref(),
            RuleId::Distrusts => None,
            RuleId::Apart(index) => policy.apart[index].reason.as_deref(),
            RuleId::KeptApart(index) => policy.kept_apart[index].reason.as_deref(),
        };
        reason.map(str::trim).filter(|reason| !reason.is_empty())
    }

    /// What a rule says, in words, and why where the policy tells.
    #[must_use]
    pub fn describe(policy: &Policy, rule: RuleId) -> String {
        let why = match rule {
            RuleId::Level | RuleId::Sharing => {
                let levels = policy.levels.iter().enumerate();
                let told = levels.filter_map(|(rank, level)| Some((&level.name, Self::reason(policy, rule, rank)?)));
                told.map(|(level, reason)| format!("`{level}`: {reason}")).collect::<Vec<_>>().join("; ")
            }
            RuleId::Distrust(_) => String::new(), // its reason is its description
            _ => Self::reason(policy, rule, 0).unwrap_or_default().to_owned(),
        };
        let what = Self::says(policy, rule);
        if why.is_empty() { what } else { format!("{what} ({why})") }
    }

    fn says(policy: &Policy, rule: RuleId) -> String {
        let attribute = |index: usize| &policy.attributes[index].name;
        match rule {
            RuleId::Level => "neighbours below the trust level that one side accepts".to_owned(),
            RuleId::Sharing => "one side shares only with its own tenant, or with nobody".to_owned(),
            RuleId::Separate(index) => {
                format!("different classes of `{}` never share a cluster", attribute(policy.separate[index].attribute))
            }
            RuleId::Distrust(index) => Self::reason(policy, rule, 0).map_or_else(
                || format!("rule `{}`: its subject refuses its neighbour", policy.distrust[index].id),
                str::to_owned,
            ),
            RuleId::Distrusts => "tenants that another tenant distrusts by name".to_owned(),
            RuleId::Apart(index) => {
                format!(
                    "technical: different values of `{}` cannot share a cluster",
                    attribute(policy.apart[index].attribute)
                )
            }
            RuleId::KeptApart(index) => {
                format!("technical: workloads that are named to be kept in different {}", policy.kept_apart[index].by)
            }
        }
    }

    /// Whether a rule is a matter of trust; `apart`, of attributes or of named workloads, is technical.
    #[must_use]
    pub fn is_trust(rule: RuleId) -> bool {
        !matches!(rule, RuleId::Apart(_) | RuleId::KeptApart(_))
    }
}

/// A set of rules of one policy, by their numbers in the [`RuleTable`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReasonSet {
    words: Box<[Word]>,
}

impl ReasonSet {
    pub(super) fn from_words(words: &[Word]) -> Self {
        Self { words: words.into() }
    }

    pub(super) fn is(&self, words: &[Word]) -> bool {
        *self.words == *words
    }

    /// Whether no rule is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Number of rules in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.1.count_ones() as usize).sum()
    }

    /// The numbers of its rules, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        ones(&self.words)
    }
}

/// Which side refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Both sides, or a relation without sides.
    Mutual,
    /// The first workload refuses the second.
    Forward,
    /// The second workload refuses the first.
    Backward,
}

/// One reason why two workloads may not share a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The rule.
    pub rule: RuleId,
    /// Which side refuses.
    pub direction: Direction,
    /// What the rule sees of the first workload: a level's name, a class, a tenant.
    pub first: String,
    /// What it sees of the second.
    pub second: String,
    /// Indices of the waivers in force that take it away from this pair, ascending; empty: it stands.
    pub waived_by: Vec<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_rules_are_one_to_one_and_in_order() {
        let table = RuleTable { separate: 2, distrust: 3, kept_apart: 2, apart: 2 };
        let rules: Vec<RuleId> = (0..table.len()).map(|index| table.rule(index)).collect();
        assert!(rules.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(rules.iter().enumerate().all(|(index, &rule)| table.index(rule) == index));
    }

    #[test]
    fn a_set_lists_its_rules() {
        let set = ReasonSet::from_words(&[(0, 0b101), (1, 1 << 63)]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 2, 127]);
        assert_eq!(set.len(), 3);
    }
}
