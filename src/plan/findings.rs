//! What is wrong with a plan, collected.

use crate::date::Date;
use serde::Serialize;

use super::Plan;
use crate::fleet::Fleet;
use crate::placement::{Findings as Found, Violation, ViolationCode as Code};

/// The findings so far, and what they are about.
pub(super) struct Findings<'a> {
    pub plan: &'a Plan,
    pub fleet: &'a Fleet,
    pub as_of: Date,
    pub found: Found,
}

impl<'a> Findings<'a> {
    /// None yet.
    pub fn new(plan: &'a Plan, fleet: &'a Fleet, as_of: Date) -> Self {
        Self { plan, fleet, as_of, found: Found::default() }
    }

    /// What a part of the check finds, to be taken in its turn.
    pub fn part(&self, check: impl FnOnce(&mut Self)) -> Vec<Violation> {
        let mut part = Self::new(self.plan, self.fleet, self.as_of);
        check(&mut part);
        part.found.into_list()
    }

    pub fn add(&mut self, code: Code, message: String) {
        self.found.add(code, message);
    }

    /// Adds a violation where a figure of the plan is not what it should be. Both are shown as the document has them.
    pub fn expect<T: PartialEq + Serialize>(&mut self, what: &str, stated: &T, right: &T) {
        if stated != right {
            let message = format!("{what} is {} in the plan and should be {}", shown(stated), shown(right));
            self.add(Code::WrongFigure, message);
        }
    }
}

/// A value as documents have it.
pub(super) fn shown<T: Serialize>(value: &T) -> String {
    // only maps with odd keys cannot be written, and there are none
    serde_json::to_string(value).unwrap_or_default()
}
