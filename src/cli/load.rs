//! Text -> fleet, with the text kept for messages.

use std::path::Path;

use crate::error::{Error, FleetError};
use crate::export::AuditSource;
use crate::fleet::{Fleet, locate};
use crate::plan::{PLAN_SCHEMA, Plan};

use super::args::FleetArgs;
use super::input::{self, Input};
use super::{Failure, Outcome};

/// A fleet and the text it was read from.
pub(super) struct Loaded {
    /// For good: to take a million rows apart again would only delay the end of the program.
    pub fleet: &'static Fleet,
    pub input: Input,
}

/// Reads a fleet document.
pub(super) fn load(args: &FleetArgs) -> Outcome<Loaded> {
    load_from(&args.fleet)
}

/// The same of a path.
pub(super) fn load_from(path: &Path) -> Outcome<Loaded> {
    fleet(input::read(path)?)
}

/// A fleet out of its text.
pub(super) fn fleet(input: Input) -> Outcome<Loaded> {
    match fleet_of(&input) {
        Ok(fleet) => Ok(Loaded { fleet: Box::leak(Box::new(fleet)), input }),
        Err(error) => Err(Failure { error: Error::Fleet(error), inputs: vec![input] }),
    }
}

/// What a text says.
pub(super) fn fleet_of(input: &Input) -> Result<Fleet, FleetError> {
    if input.is_json() { Fleet::from_json(&input.text) } else { Fleet::from_yaml(&input.text) }
}

/// A fleet, or a plan.
pub(super) enum Either {
    Fleet(Loaded),
    /// With what to call it; for good, as a fleet is.
    Plan(String, &'static Plan),
}

/// Reads a document that is a plan, if it says so, and else a fleet.
pub(super) fn either(path: &Path) -> Outcome<Either> {
    let input = input::read_any(path)?;
    if is_plan(&input) {
        let plan = Plan::from_json(&input.text).map_err(|error| named(error, &input.name))?;
        return Ok(Either::Plan(input.name, Box::leak(Box::new(plan))));
    }
    fleet(input).map(Either::Fleet)
}

/// Whether a text is JSON that names the schema of plans.
fn is_plan(input: &Input) -> bool {
    #[derive(serde::Deserialize)]
    struct Head {
        schema: Option<String>,
    }
    let head = || serde_json::from_str::<Head>(&input.text).ok()?.schema;
    input.is_json() && head().is_some_and(|schema| schema == PLAN_SCHEMA)
}

/// Reads a plan document.
pub(super) fn plan(path: &Path) -> Outcome<Plan> {
    plan_of(&input::read_exactly(path)?)
}

/// A plan out of its text.
pub(super) fn plan_of(document: &Input) -> Outcome<Plan> {
    Plan::from_json(&document.text).map_err(|error| named(error, &document.name))
}

/// Says which file is no plan, or no certificate.
pub(super) fn named(error: Error, name: &str) -> Failure {
    let error = match error {
        Error::PlanDocument(message) => Error::PlanDocument(format!("{name}: {message}")),
        other => other,
    };
    error.into()
}

impl Loaded {
    /// The lines of its text.
    pub fn source(&self) -> AuditSource {
        AuditSource::new(self.fleet, &self.input.name, &self.input.text, self.input.is_json())
    }

    /// An error that may be about this fleet.
    pub fn failure(&self, error: Error) -> Failure {
        failure(error, &self.input)
    }
}

/// An error that may be about the fleet of this text, with the places of what came up after reading.
pub(super) fn failure(error: Error, input: &Input) -> Failure {
    let error = match error {
        Error::Fleet(error) => Error::Fleet(locate(error, &input.text, input.is_json())),
        other => other,
    };
    Failure { error, inputs: vec![input.clone()] }
}
