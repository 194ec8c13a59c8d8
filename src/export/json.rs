//! The plan document.

use std::io::{self, BufWriter, Write};

use crate::error::{Error, Result};
use crate::plan::Plan;

/// So many bytes are written at a time.
const PART: usize = 1 << 16;

/// The plan as a `tenantry-plan/v1` document: indented JSON, keys in the order of the schema, a final line break. The
/// same plan gives the same bytes. A large one is better written straight to where it goes: [`write_json`].
///
/// # Errors
/// [`Error::Internal`] if a figure is not a finite number, which no plan of this library has.
pub fn json(plan: &Plan) -> Result<String> {
    let mut text = serde_json::to_string_pretty(plan).map_err(|error| Error::Internal(error.to_string()))?;
    text.push('\n');
    Ok(text)
}

/// Writes the same bytes, some at a time: a plan of a million workloads takes hundreds of megabytes.
///
/// ```
/// # let fleet = tenantry::Fleet::from_yaml("{schema: tenantry/v1, tenants: [{name: a, trust: trusted}], \
/// #     workloads: [{name: web, tenant: a, requests: {cpu: 1, memory: 1Gi}}], \
/// #     clusterTemplates: [{name: t, allocatable: {cpu: 8, memory: 8Gi}}]}")?;
/// let plan = fleet.plan(&tenantry::PlanOptions::default())?;
/// let mut bytes = Vec::new();
/// tenantry::export::write_json(&plan, &mut bytes)?;
/// assert_eq!(bytes, tenantry::export::json(&plan)?.as_bytes());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of `to`.
pub fn write_json(plan: &Plan, to: &mut dyn Write) -> io::Result<()> {
    let mut to = BufWriter::with_capacity(PART, to);
    serde_json::to_writer_pretty(&mut to, plan)?;
    to.write_all(b"\n")?;
    to.flush()
}
