//! What can go wrong: bad input, with every problem at once and its place; and defects.

use std::fmt;

use crate::text::escaped;

/// One thing that is wrong with an input document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InputProblem {
    /// Stable kebab-case code, such as `unknown-key`; listed in the documentation.
    pub code: &'static str,
    /// Path into the document, such as `workloads[3].requests.cpu`; empty for the document as a whole.
    pub path: String,
    /// Line and column of the source text, from 1; `None` where the fleet did not come from text.
    pub position: Option<(usize, usize)>,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What was found, as it stands in the document.
    pub got: Option<String>,
    /// What would be right.
    pub expected: Option<String>,
    /// The nearest known key or name.
    pub suggestion: Option<String>,
}

impl InputProblem {
    /// A problem without particulars; add them with the `with_` methods.
    #[must_use]
    pub fn new(code: &'static str, path: impl Into<String>, message: impl Into<String>) -> Self {
        let (path, message) = (path.into(), message.into());
        Self { code, path, position: None, message, got: None, expected: None, suggestion: None }
    }

    /// Says what was found.
    #[must_use]
    pub fn with_got(mut self, got: impl Into<String>) -> Self {
        self.got = Some(got.into());
        self
    }

    /// Says what would be right.
    #[must_use]
    pub fn with_expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Names the nearest known key or name.
    #[must_use]
    pub fn with_suggestion(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }
}

/// On one line: whatever of the document stands in it is escaped.
impl fmt::Display for InputProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, _)) = self.position {
            write!(f, "line {line}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", escaped(&self.path))?;
        }
        write!(f, "{}", escaped(&self.message))?;
        if let Some(got) = &self.got {
            write!(f, "; got {}", escaped(got))?;
        }
        if let Some(expected) = &self.expected {
            write!(f, "; expected {}", escaped(expected))?;
        }
        if let Some(suggestion) = &self.suggestion {
            write!(f, "; did you mean `{}`?", escaped(suggestion))?;
        }
        write!(f, " [{}]", self.code)
    }
}

/// Everything that is wrong with an input document. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetError {
    /// The problems in document order, at most as many as the limits keep.
    pub problems: Vec<InputProblem>,
    /// How many more there were.
    pub omitted: usize,
}

impl fmt::Display for FleetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len() + self.omitted;
        write!(f, "{count} problem{} in the fleet", if count == 1 { "" } else { "s" })?;
        for problem in &self.problems {
            write!(f, "\n  {problem}")?;
        }
        if self.omitted > 0 {
            write!(f, "\n  and {} more", self.omitted)?;
        }
        Ok(())
    }
}

impl std::error::Error for FleetError {}

/// Any error of the library.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input is not a fleet.
    #[error(transparent)]
    Fleet(#[from] FleetError),
    /// The call makes no sense for this input: an unknown workload in `explain`, a bad option.
    #[error("{0}")]
    Usage(String),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A plan document cannot be read.
    #[error("{0}")]
    PlanDocument(String),
    /// A defect of tenantry: an answer that its own checks refuse. Never a plan.
    #[error("internal error (please report it): {0}")]
    Internal(String),
}

/// The library's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;
