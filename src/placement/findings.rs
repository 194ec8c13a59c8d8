//! What is wrong with a placement, or with a document that states one.

/// Something that is against the fleet or against itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Stable kebab-case code, such as `over-capacity`.
    pub code: &'static str,
    /// In words, with names and figures.
    pub message: String,
}

impl Violation {
    /// Whether it is a breach of the policy: of a rule, of the room there is, of a group, or a workload left out.
    #[must_use]
    pub fn is_breach(&self) -> bool {
        !self.is_figure() && !self.code.starts_with("wrong-") && self.code != "duplicate-cluster"
            || matches!(self.code, "wrong-replicas" | "wrong-template")
    }

    /// Whether it is a figure or a list that follows from the fleet, so that another version of the fleet explains it.
    #[must_use]
    pub fn is_figure(&self) -> bool {
        matches!(self.code, "empty-cluster" | "unknown-workload" | "wrong-figure" | "wrong-sample")
    }
}

/// At most this many violations are listed.
const MAX_VIOLATIONS: usize = 1_000;

/// The findings so far.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Violation>,
}

impl Findings {
    pub fn add(&mut self, code: &'static str, message: String) {
        if self.list.len() < MAX_VIOLATIONS {
            self.list.push(Violation { code, message });
        }
    }

    pub fn extend(&mut self, found: Vec<Violation>) {
        let room = MAX_VIOLATIONS - self.list.len();
        self.list.extend(found.into_iter().take(room));
    }

    pub fn into_list(self) -> Vec<Violation> {
        self.list
    }
}
