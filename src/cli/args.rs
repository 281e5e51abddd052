//! The command line. Names and shapes are the contract of the user's guide: scripts rely on them.

use clap::{Parser, Subcommand};

use super::global::Global;

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

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a commented manifest to start from.
    Init(super::init::Arguments),
    /// Make a roster of what a learning platform exports.
    Roster(super::roster::Arguments),
    /// Check manifest, roster, templates, definitions, policies and packages; touches no AWS.
    Validate(super::validate::Arguments),
    /// Check definitions in the Amazon States Language, of whatever origin: what AWS refuses, and what it accepts and will fail.
    Lint(super::lint::Arguments),
    /// Explain a finding: what it means, a wrong and a right example, the documentation.
    Explain(super::explain::Arguments),
    /// Begin a lab pack of your own, or check one without a manifest.
    Pack(super::pack::Arguments),
    /// Print the JSON Schema of the manifest or of `pack.toml`, for editors.
    Schema(super::schema::Arguments),
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
    /// Start one execution and follow it to its end: with an input of the pack, a scenario's, or your own.
    Run(super::start::Arguments),
    /// Run the pack's scenarios and compare outcome and path with what is expected.
    Test(super::test::Arguments),
    /// Run many generated executions per user and measure them.
    BulkTest(super::bulk_test::Arguments),
    /// Judge each user's lab against the pack's checklist: verdict, evidence and points.
    Verify(super::verify::Arguments),
    /// Write the points of a run of verify as Canvas, Moodle and others import them, or into the instructor's own export.
    Gradebook(super::gradebook::Arguments),
    /// Write the class as one HTML page: board, causes, workflows, bulk test, cost, and a part for each student.
    Report(super::report::Arguments),
    /// Show what labs cost: before, from the plan; after, from what ran; and of forgetting to clean up.
    Cost(super::cost::Arguments),
    /// Show the executions of the chosen users: machine, status, outcome, start, duration, cause.
    Executions(super::executions::Arguments),
    /// Show what one execution did and why it failed: states with bars, attempts, inputs and outputs, handlers' logs.
    Trace(super::trace::Arguments),
    /// Show what functions and machines wrote, by time; with `--follow` as it comes.
    Logs(super::logs::Arguments),
    /// Draw a workflow as SVG, Mermaid, DOT or text.
    Graph(super::graph::Arguments),
    /// Write one lab as a CloudFormation template, or users' labs as Terraform JSON that takes over what is there.
    Export(super::export::Arguments),
    /// Remove what labctl made and prove that nothing is left.
    Cleanup(super::cleanup::Arguments),
    /// The whole lesson: deploy, test, bulk-test, verify, report, cleanup.
    Rehearse(super::rehearse::Arguments),
    /// The embedded endpoint as a server for other tools, and its state.
    Local(super::local::Arguments),
    /// Print the address of the local endpoint's console, for the instructor or for students.
    Console(super::console::Arguments),
    /// Find what would stop this class: credentials, account guard, endpoint, python3, runtimes.
    Doctor(super::doctor::Arguments),
    /// Print completions for a shell.
    Completions(super::completions::Arguments),
    /// Write man pages into a folder.
    Man(super::man::Arguments),
}
