//! Text -> fleet, with the text kept for messages.

use crate::error::Error;
use crate::fleet::Fleet;

use super::args::FleetArgs;
use super::input::{self, Input};
use super::{Failure, Outcome};

/// A fleet and the text it was read from.
pub(super) struct Loaded {
    pub fleet: Fleet,
    pub input: Input,
}

/// Reads a fleet document.
pub(super) fn load(args: &FleetArgs) -> Outcome<Loaded> {
    let input = input::read(&args.fleet)?;
    let fleet = if input.is_json() { Fleet::from_json(&input.text) } else { Fleet::from_yaml(&input.text) };
    match fleet {
        Ok(fleet) => Ok(Loaded { fleet, input }),
        Err(error) => Err(Failure { error: Error::Fleet(error), inputs: vec![input] }),
    }
}

impl Loaded {
    /// An error that may be about this fleet.
    pub fn failure(&self, error: Error) -> Failure {
        Failure { error, inputs: vec![self.input.clone()] }
    }
}
