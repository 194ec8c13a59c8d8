//! `tenantry schema`.

#[cfg(feature = "python")]
use clap::ValueEnum as _;

#[cfg(feature = "python")]
use crate::error::{Error, Result};
use crate::{evidence, fleet, migrate, plan, report};

use super::Outcome;
use super::exit::Exit;
use super::output::OutputArgs;

/// Print the JSON Schema of a document
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tenantry schema fleet -o fleet.schema.json")]
pub(super) struct SchemaArgs {
    /// Which document
    document: Which,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Which {
    /// The fleet document, tenantry/v1
    Fleet,
    /// The plan document, tenantry-plan/v1
    Plan,
    /// The audit document, tenantry-audit/v1
    Audit,
    /// A baseline of audits, tenantry-baseline/v1
    Baseline,
    /// The document of `place`, tenantry-places/v1
    Places,
    /// The document of `grow`, tenantry-growth/v1
    Growth,
    /// The document of `frontier`, tenantry-frontier/v1
    Frontier,
    /// The document of `why`, tenantry-why/v1
    Why,
    /// The document of `why-not`, tenantry-why-not/v1
    WhyNot,
    /// The document of `diff`, tenantry-diff/v1
    Diff,
    /// The document of `blast`, tenantry-blast/v1
    Blast,
    /// The document of `compare`, tenantry-comparison/v1
    Comparison,
    /// A row of `batch`, tenantry-batch/v1
    Batch,
    /// The document of `relax`, tenantry-relaxed/v1
    Relaxed,
    /// The document of `prices`, tenantry-prices/v1
    Prices,
    /// The migration document, tenantry-migration/v1
    Migration,
    /// The manifest of an archive, tenantry-evidence/v1
    Evidence,
}

pub(super) fn run(args: &SchemaArgs) -> Outcome {
    args.output.format(&[("json", ())], (), "")?;
    args.output.check(&[])?;
    args.output.write(&format!("{}\n", args.document.schema()))?;
    Ok(Exit::Success)
}

/// The schema of the document of this word.
///
/// # Errors
/// [`Error::Usage`], naming all words.
#[cfg(feature = "python")]
pub(crate) fn named(word: &str) -> Result<String> {
    Which::from_str(word, false).map(Which::schema).map_err(|_| {
        let all = Which::value_variants().iter().filter_map(Which::to_possible_value);
        let all: Vec<String> = all.map(|it| format!("`{}`", it.get_name())).collect();
        Error::Usage(format!("there is no schema `{}`: there are {}", word.escape_debug(), all.join(", ")))
    })
}

impl Which {
    fn schema(self) -> String {
        match self {
            Which::Fleet => fleet::schema(),
            Which::Plan => plan::schema(),
            Which::Audit => report::audit_schema(),
            Which::Baseline => report::baseline_schema(),
            Which::Places => report::places_schema(),
            Which::Growth => report::growth_schema(),
            Which::Frontier => report::frontier_schema(),
            Which::Why => report::why_schema(),
            Which::WhyNot => report::why_not_schema(),
            Which::Diff => report::diff_schema(),
            Which::Blast => report::blast_schema(),
            Which::Comparison => report::comparison_schema(),
            Which::Batch => report::batch_schema(),
            Which::Relaxed => report::relaxed_schema(),
            Which::Prices => report::prices_schema(),
            Which::Migration => migrate::schema(),
            Which::Evidence => evidence::schema(),
        }
    }
}
