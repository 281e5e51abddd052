//! `labctl lint`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::context::{Context, Ended};
use crate::ops::explain::language_rules;
use crate::ops::lint::{LintOptions, lint};
use crate::source::Severity;

#[derive(Debug, Args)]
#[command(after_help = "Files are read as YAML when their name ends in .yaml or .yml, else as JSON; `-` is stdin.\n\
In folders: *.asl.json, *.asl.yaml, *.asl.yml, *.asl, and *.json, *.yaml, *.yml with StartAt and States.\n\
`labctl explain CODE` tells more of a finding. Exit code 0 when AWS would take every definition, 64 otherwise.")]
pub(super) struct Arguments {
    /// Definitions, and folders of them.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Hold them against what AWS takes for EXPRESS machines.
    #[arg(long)]
    express: bool,
    /// The least that is told.
    #[arg(long, value_enum, default_value_t = Least::Warning, value_name = "SEVERITY")]
    severity: Least,
    /// Fail on warnings too.
    #[arg(long)]
    strict: bool,
    /// Print a SARIF 2.1.0 log on stdout instead of text.
    #[arg(long, conflicts_with = "json")]
    sarif: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Least {
    Error,
    Warning,
    Note,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Ended {
    let options = LintOptions {
        files: arguments.files.clone(),
        express: arguments.express,
        least: match arguments.severity {
            Least::Error => Severity::Error,
            Least::Warning => Severity::Warning,
            Least::Note => Severity::Note,
        },
        strict: arguments.strict,
    };
    let finished = lint(&context.ops, &options)?;
    if arguments.sarif {
        context.ui.sarif(&finished.document.body, &language_rules());
        return Ok(finished.exit);
    }
    Ok(context.finish(&finished, |ui, document| ui.lint(&document.body)))
}
