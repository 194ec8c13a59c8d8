//! Why a check ends early, and where.

use crate::budget::Stop;

/// Why a check ended early.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// See [`Verdict::Refuted`](super::Verdict::Refuted).
    Refuted {
        /// Path below the caller's own.
        place: String,
        /// What is wrong.
        why: String,
    },
    /// See [`Verdict::Undecided`](super::Verdict::Undecided).
    Undecided,
}

impl From<Stop> for Failure {
    fn from(_: Stop) -> Self {
        Self::Undecided
    }
}

impl Failure {
    /// The same failure seen from one level further up.
    pub fn under(self, prefix: &str) -> Self {
        match self {
            Self::Refuted { place, why } if place.is_empty() => Self::Refuted { place: prefix.to_owned(), why },
            Self::Refuted { place, why } => Self::Refuted { place: format!("{prefix}.{place}"), why },
            Self::Undecided => Self::Undecided,
        }
    }
}

/// A refutation at the place that the caller adds.
pub(super) fn refuted<T>(why: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Refuted { place: String::new(), why: why.into() })
}
