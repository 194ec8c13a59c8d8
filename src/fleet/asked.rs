//! What a call asks of a fleet beside what its document says: another objective, smaller limits.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::document::{Amount, LimitsDocument};
use super::{Fleet, nearest, quantity_of_thousandths, thousandths};
use crate::error::FleetError;
use crate::quantity;

/// The highest values that a plan may have. [`Default`]: any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ValueLimits {
    /// Clusters of the plan.
    pub clusters: Option<u64>,
    /// What they cost together, in thousandths.
    pub cost: Option<u64>,
    /// What the moves count.
    pub moves: Option<u64>,
}

impl ValueLimits {
    /// Of each the smaller.
    #[must_use]
    pub fn within(self, other: Self) -> Self {
        let smaller = |a: Option<u64>, b: Option<u64>| a.into_iter().chain(b).min();
        Self {
            clusters: smaller(self.clusters, other.clusters),
            cost: smaller(self.cost, other.cost),
            moves: smaller(self.moves, other.moves),
        }
    }

    /// The limit on one value, as `cost` and `1200.50`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn one(name: &str, number: &str) -> Result<Self, String> {
        let whole = || {
            let digits = number.bytes().all(|byte| byte.is_ascii_digit());
            let read = number.parse().ok().filter(|&count: &u64| digits && count <= quantity::MAX);
            read.ok_or_else(|| format!("`{name}` is limited to a whole number"))
        };
        match name {
            "clusters" => Ok(Self { clusters: Some(whole()?), ..Self::default() }),
            "moves" => Ok(Self { moves: Some(whole()?), ..Self::default() }),
            "cost" => {
                let cost = thousandths(number).ok_or("`cost` is limited to a number with at most 3 decimals")?;
                Ok(Self { cost: Some(cost), ..Self::default() })
            }
            _ => {
                let near = nearest(name, ["clusters", "cost", "moves"]);
                let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                Err(format!("what is limited is clusters, cost or moves{near}"))
            }
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    fn document(self) -> Option<LimitsDocument> {
        let cost = self.cost.map(|cost| Amount::from(quantity_of_thousandths(cost)));
        (!self.is_empty()).then_some(LimitsDocument { clusters: self.clusters, cost, moves: self.moves })
    }
}

impl Fleet {
    /// The fleet as a call asks for it: with this objective, and within these limits beside its own. It keeps its digest: it
    /// is the same fleet.
    ///
    /// # Errors
    ///
    /// The fleet cannot be asked that: a template without a cost, moves where nothing exists.
    pub(crate) fn asked(&self, objective: Option<&[&str]>, limits: ValueLimits) -> Result<Cow<'_, Self>, FleetError> {
        let limits = self.most.within(limits);
        if objective.is_none() && limits == self.most {
            return Ok(Cow::Borrowed(self));
        }
        let mut document = self.document().clone();
        if let Some(levels) = objective {
            document.objective = Some(levels.iter().map(|&level| level.to_owned()).collect());
        }
        document.limits = limits.document();
        let mut fleet = Self::from_document(document)?;
        fleet.digest = OnceLock::from(self.digest().to_owned());
        fleet.objective_asked = objective.is_some();
        Ok(Cow::Owned(fleet))
    }
}
