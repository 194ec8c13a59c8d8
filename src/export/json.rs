//! The plan document.

use crate::error::{Error, Result};
use crate::plan::Plan;

/// The plan as a `tenantry-plan/v1` document: indented JSON, keys in the order of the schema, a final line break. The
/// same plan gives the same bytes.
///
/// # Errors
/// [`Error::Internal`] if a figure is not a finite number, which no plan of this library has.
pub fn json(plan: &Plan) -> Result<String> {
    let mut text = serde_json::to_string_pretty(plan).map_err(|error| Error::Internal(error.to_string()))?;
    text.push('\n');
    Ok(text)
}
