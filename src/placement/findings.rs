//! What is wrong with a placement, or with a document that states one.

/// Something that is against the fleet or against itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Stable kebab-case code, such as `over-capacity`.
    pub code: &'static str,
    /// In words, with names and figures.
    pub message: String,
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
