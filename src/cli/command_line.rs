//! The command line.

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand};

use super::{
    audit, batch, blast, bundle, check, compare, completions, convert, diff, explain, export, frontier, grow, import,
    migrate, place, plan, prices, relax, report, schema, why, why_not,
};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Yellow.on_default().bold())
    .usage(AnsiColor::Yellow.on_default().bold())
    .literal(AnsiColor::Green.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXIT_CODES: &str = "\
Exit codes:
  0    an answer: a plan (optimal or with a gap), a legal plan, an audit that passes, a document
  1    a definite no: no plan exists, the plan checked is not legal, the audit found violations, there is no place,
       no safe order of moves
  2    the input or the command line is wrong
  3    no answer within the limits
  4    an internal error (please report it)
  130  interrupted (143 by SIGTERM, 129 by SIGHUP): the best plan so far is written, if there is one";

/// Plan which workloads share a Kubernetes cluster: the fewest clusters, proved and explained
///
/// A fleet document says which workloads there are, who owns them and how far they trust one another. The plan is the
/// smallest number of clusters such that nobody shares one with somebody they do not trust, the reason why fewer
/// cannot do, and what goes where.
#[derive(Debug, Parser)]
#[command(name = "tenantry", version, styles = STYLES, after_help = EXIT_CODES, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Plan(plan::PlanArgs),
    Explain(explain::ExplainArgs),
    Why(why::WhyArgs),
    WhyNot(why_not::WhyNotArgs),
    Check(check::CheckArgs),
    Bundle(bundle::BundleArgs),
    Diff(diff::DiffArgs),
    Compare(compare::CompareArgs),
    Batch(batch::BatchArgs),
    Blast(blast::BlastArgs),
    Audit(audit::AuditArgs),
    Place(place::PlaceArgs),
    Grow(grow::GrowArgs),
    Frontier(frontier::FrontierArgs),
    Relax(relax::RelaxArgs),
    Prices(prices::PricesArgs),
    Migrate(migrate::MigrateArgs),
    Report(report::ReportArgs),
    Export(export::ExportArgs),
    Import(import::ImportArgs),
    Convert(convert::ConvertArgs),
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
