//! `tenantry completions`.

use super::exit::Exit;
use super::{Outcome, output};

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tenantry completions bash > ~/.local/share/bash-completion/completions/tenantry")]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: clap_complete::Shell,
}

pub(super) fn run(args: &CompletionsArgs, command_line: &mut clap::Command) -> Outcome {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, command_line, "tenantry", &mut text);
    output::print_with(|to| to.write_all(&text))?;
    Ok(Exit::Success)
}
