//! What a plan makes small.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::nearest;
use crate::budget::Objective;

/// What a level minimises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LevelObjective {
    /// Clusters of the plan.
    Clusters,
    /// Their cost.
    Cost,
    /// What is charged for workloads that go elsewhere.
    Moves,
    /// Pairs of workloads of different tenants that share a cluster.
    Exposure,
    /// The largest requested / usable of a cluster and resource, in millionths.
    Balance,
}

impl LevelObjective {
    /// The words for all of them.
    pub const NAMES: [&str; 5] = ["clusters", "cost", "moves", "exposure", "balance"];
    const ALL: [Self; 5] = [Self::Clusters, Self::Cost, Self::Moves, Self::Exposure, Self::Balance];

    /// The level that a word names.
    ///
    /// # Errors
    /// It names none: with the nearest word, where there is one.
    pub fn named(word: &str) -> Result<Self, Option<String>> {
        Self::ALL.into_iter().find(|level| level.name() == word).ok_or_else(|| nearest(word, Self::NAMES))
    }

    /// The levels that words name, most important first.
    ///
    /// # Errors
    /// In words: one names none, one stands twice, or there is none at all.
    pub fn list<S: AsRef<str>>(words: &[S]) -> Result<Vec<Self>, String> {
        let mut levels = Vec::new();
        for word in words.iter().map(AsRef::as_ref) {
            let level = Self::named(word).map_err(|near| {
                let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                format!("a level is one of {}{near}", Self::NAMES.join(", "))
            })?;
            if levels.contains(&level) {
                return Err(format!("{} stands twice", level.name()));
            }
            levels.push(level);
        }
        if levels.is_empty() { Err("a level is needed".to_owned()) } else { Ok(levels) }
    }

    /// The level of the engine, where it is one that decides whether a plan is the best.
    pub(crate) fn decides(self) -> Option<Objective> {
        match self {
            Self::Clusters => Some(Objective::Clusters),
            Self::Cost => Some(Objective::Cost),
            Self::Moves => Some(Objective::Moves),
            Self::Exposure | Self::Balance => None,
        }
    }

    /// As documents have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Clusters => "clusters",
            Self::Cost => "cost",
            Self::Moves => "moves",
            Self::Exposure => "exposure",
            Self::Balance => "balance",
        }
    }
}

impl From<Objective> for LevelObjective {
    fn from(objective: Objective) -> Self {
        match objective {
            Objective::Clusters => Self::Clusters,
            Objective::Cost => Self::Cost,
            Objective::Moves => Self::Moves,
        }
    }
}
