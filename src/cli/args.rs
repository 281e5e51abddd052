//! The command line. Names and shapes are the contract of the user's guide: scripts rely on them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Gives a whole class a serverless lab: renders, deploys, tests and removes username-prefixed Step Functions workflows,
/// Lambda functions, roles and dashboards.
///
/// Without an AWS account everything runs on the embedded local endpoint, which is the default. There is no telemetry.
#[derive(Debug, Parser)]
#[command(name = "labctl", version = env!("LABCTL_VERSION"), propagate_version = true, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "Start with `labctl init`, then `labctl rehearse`.\n\
Exit codes: 0 done, 1 failed, 2 changes (plan --detailed-exitcode), 3 partial, 4 tests or thresholds not met,\n\
5 cleanup left something, 64 usage or manifest, 77 credentials or permission, 130 interrupted.")]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Options every command takes.
#[derive(Clone, Debug, Args)]
pub(super) struct Global {
    /// The manifest: TOML, YAML or JSON by its extension [default: `lab-manifest.toml` here or in the nearest folder above].
    #[arg(long = "manifest", global = true, value_name = "FILE", help_heading = "Global options")]
    pub(super) typed_manifest: Option<PathBuf>,
    /// The manifest that `--manifest` names, or that was found.
    #[arg(skip)]
    pub(super) manifest: PathBuf,
    /// Where the lab goes, whatever the manifest says.
    #[arg(long, global = true, value_enum, help_heading = "Global options")]
    pub(super) target: Option<TargetChoice>,
    /// Any endpoint that speaks AWS; makes the target `aws` at that endpoint.
    #[arg(long, global = true, value_name = "URL", help_heading = "Global options")]
    pub(super) endpoint_url: Option<String>,
    /// The AWS region.
    #[arg(long, global = true, help_heading = "Global options")]
    pub(super) region: Option<String>,
    /// A profile of the AWS configuration files.
    #[arg(long, global = true, help_heading = "Global options")]
    pub(super) profile: Option<String>,
    /// Where rendered files, the journal and the local endpoint's store go [default: `out` beside the manifest].
    #[arg(long = "out", global = true, value_name = "DIR", help_heading = "Global options")]
    pub(super) typed_out: Option<PathBuf>,
    /// The folder that `--out` names, or the one beside the manifest.
    #[arg(skip)]
    pub(super) out: PathBuf,
    /// Print one JSON document on stdout instead of text.
    #[arg(long, global = true, help_heading = "Global options")]
    pub(super) json: bool,
    /// Append everything that happens to a file, one JSON object per line.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub(super) events: Option<PathBuf>,
    /// Do not ask before costly or destructive work on AWS.
    #[arg(long, short = 'y', global = true, help_heading = "Global options")]
    pub(super) yes: bool,
    /// When to use colour; `NO_COLOR` is honoured.
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN", help_heading = "Global options")]
    pub(super) color: ColorChoice,
    /// Tell more.
    #[arg(long, short, global = true, conflicts_with = "quiet", help_heading = "Global options")]
    pub(super) verbose: bool,
    /// Tell only results and errors.
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub(super) quiet: bool,
    /// How fast time goes on the local endpoint: `real`, `10x`, `jump`.
    #[arg(long, global = true, value_name = "MODE", value_parser = super::endpoint::parse_time, help_heading = "Local endpoint")]
    pub(super) time: Option<crate::local::TimeMode>,
    /// Throttling of the local endpoint: `none`, `aws`, or a TOML or JSON file.
    #[arg(long, global = true, value_name = "QUOTAS", help_heading = "Local endpoint")]
    pub(super) quotas: Option<String>,
    /// Faults of the local endpoint: a TOML or JSON file.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Local endpoint")]
    pub(super) faults: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TargetChoice {
    Local,
    Aws,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    Auto,
    Always,
    Never,
}

/// Which users.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Selection {
    /// A user of the manifest; may be given more than once.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["all", "only_failed"])]
    pub(super) user: Vec<String>,
    /// Every user of the manifest.
    #[arg(long, conflicts_with = "only_failed")]
    pub(super) all: bool,
    /// The users that failed in the last run, or were not begun.
    #[arg(long)]
    pub(super) only_failed: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a commented manifest to start from.
    Init(super::init::Arguments),
    /// Check manifest, roster, templates, definitions, policies and packages; touches no AWS.
    Validate(super::validate::Arguments),
    /// Check definitions in the Amazon States Language, of whatever origin: what AWS refuses, and what it accepts and will fail.
    Lint(super::lint::Arguments),
    /// Explain a finding: what it means, a wrong and a right example, the documentation.
    Explain(super::explain::Arguments),
    /// Print the JSON Schema of the manifest, for editors.
    Schema,
    /// Write each user's definitions, policies, dashboards and packages under `out/`.
    Render(super::render::Arguments),
    /// Show what deploy would do.
    Plan(super::plan::Arguments),
    /// Bring every chosen user's lab to what the manifest says; safe to repeat and to interrupt.
    Deploy(super::deploy::Arguments),
    /// Show what exists now, against what should.
    Status(super::status::Arguments),
    /// Save what users edited under `out/<user>/edited/`, before anything else happens to it.
    Pull(super::pull::Arguments),
    /// Run the pack's scenarios and compare outcome and path with what is expected.
    Test(super::test::Arguments),
    /// Run many generated executions per user and measure them.
    BulkTest(super::bulk_test::Arguments),
    /// Draw a workflow as SVG, Mermaid, DOT or text.
    Graph(super::graph::Arguments),
    /// Remove what labctl made and prove that nothing is left.
    Cleanup(super::cleanup::Arguments),
    /// The whole lesson: deploy, test, bulk-test, cleanup.
    Rehearse(super::rehearse::Arguments),
    /// The embedded endpoint as a server for other tools, and its state.
    Local(super::local::Arguments),
    /// Find what would stop this class: credentials, account guard, endpoint, python3, runtimes.
    Doctor(super::doctor::Arguments),
    /// Print completions for a shell.
    Completions(super::completions::Arguments),
    /// Write man pages into a folder.
    Man(super::man::Arguments),
}
