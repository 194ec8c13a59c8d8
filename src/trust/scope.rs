//! Which rules and waivers count.

use crate::date::Date;
use crate::fleet::Fleet;

/// Which of the rules count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All, with the waivers in force.
    All,
    /// All, as if there were no waivers.
    WithoutWaivers,
    /// `apart` only, with the waivers in force: the baseline of the isolation premium.
    ApartOnly,
}

/// Indices of the waivers that count, ascending.
pub(super) fn waivers(fleet: &Fleet, as_of: Date, scope: Scope) -> Vec<usize> {
    let waivers = &fleet.policy().waivers;
    match scope {
        Scope::WithoutWaivers => Vec::new(),
        Scope::All | Scope::ApartOnly => (0..waivers.len()).filter(|&index| as_of <= waivers[index].expires).collect(),
    }
}
