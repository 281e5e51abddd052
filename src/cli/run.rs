//! argv → command → exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};

use super::args::{Cli, Command};
use super::context::{Context, Ended, show_usage_document};
use super::{
    bulk_test, cleanup, completions, console, cost, deploy, doctor, executions, explain, export, gradebook, graph,
    init, interrupt, lint, local, logs, man, pack, plan, pull, rehearse, render, report, roster, schema, start, status,
    test, trace, validate, verify,
};
use crate::host;
use crate::ops::{Exit, Failure};

/// Runs `labctl` with these arguments (the program's name first).
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(usage(&error, &arguments).code()),
    };
    // Everything below opens files and connections; what a shell grants at first is little on some machines.
    crate::local::limits::raise_open_files();
    let context = Context::new(&cli.global);
    let exit = match dispatch(&context, cli.command) {
        Ok(exit) => exit,
        Err(failure) => {
            context.show_failure(&failure);
            failure.exit()
        }
    };
    ExitCode::from(exit.or(complete(&context)).code())
}

/// Failed when what was said did not all reach its file: half a document is no document.
fn complete(context: &Context) -> Exit {
    let Some(source) = context.ui.failure() else { return Exit::Done };
    context.ui.error(
        &format!("cannot write the output: {}", host::cause(&source)),
        Some("free some space or write it elsewhere, then run the same command again"),
    );
    Exit::Failed
}

/// Help and version are answers; everything else clap says is a usage error (64, not clap's 2).
fn usage(error: &clap::Error, arguments: &[OsString]) -> Exit {
    // A closed pipe is the only way printing can fail, and then nobody reads.
    let _ = error.print();
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return Exit::Done;
    }
    // The parser gave up, so whether a document is wanted must be seen here.
    if arguments.iter().take_while(|argument| *argument != "--").any(|argument| argument == "--json") {
        show_usage_document(&error.render().to_string());
    }
    Exit::Usage
}

fn dispatch(context: &Context, command: Command) -> Ended {
    match command {
        Command::Init(arguments) => init::run(context, &arguments),
        Command::Roster(arguments) => roster::run(context, &arguments),
        Command::Validate(arguments) if arguments.watch => wait(context, validate::watched(context)),
        Command::Validate(_) => validate::run(context),
        Command::Lint(arguments) => lint::run(context, &arguments),
        Command::Explain(arguments) => explain::run(context, &arguments),
        Command::Pack(arguments) => pack::run(context, &arguments),
        Command::Schema(arguments) => Ok(schema::run(context, &arguments)),
        Command::Graph(arguments) => graph::run(context, &arguments),
        Command::Render(arguments) => render::run(context, &arguments),
        Command::Completions(arguments) => Ok(completions::run(context, &arguments, &mut Cli::command())),
        Command::Man(arguments) => man::run(context, &arguments, Cli::command()),
        Command::Plan(arguments) => wait(context, plan::run(context, &arguments)),
        Command::Deploy(arguments) => wait(context, deploy::run(context, &arguments)),
        Command::Status(arguments) => wait(context, status::run(context, &arguments)),
        Command::Run(arguments) => wait(context, start::run(context, &arguments)),
        Command::Test(arguments) => wait(context, test::run(context, &arguments)),
        Command::Verify(arguments) => wait(context, verify::run(context, &arguments)),
        Command::Cost(arguments) => wait(context, cost::run(context, &arguments)),
        Command::Gradebook(arguments) => gradebook::run(context, &arguments),
        Command::Report(arguments) => report::run(context, &arguments),
        Command::Executions(arguments) => wait(context, executions::run(context, &arguments)),
        Command::Trace(arguments) => wait(context, trace::run(context, &arguments)),
        Command::Logs(arguments) => wait(context, logs::run(context, &arguments)),
        Command::BulkTest(arguments) => wait(context, bulk_test::run(context, &arguments)),
        Command::Export(arguments) => wait(context, export::run(context, &arguments)),
        Command::Pull(arguments) => wait(context, pull::run(context, &arguments)),
        Command::Cleanup(arguments) => wait(context, cleanup::run(context, &arguments)),
        Command::Rehearse(arguments) => wait(context, rehearse::run(context, &arguments)),
        Command::Local(arguments) => wait(context, local::run(context, &arguments)),
        Command::Console(arguments) => wait(context, console::run(context, &arguments)),
        Command::Doctor(arguments) => wait(context, doctor::run(context, &arguments)),
    }
}

/// Runs the commands that talk to an endpoint. The first interruption is a wish (what is in flight ends), the second an order.
fn wait(context: &Context, command: impl Future<Output = Ended>) -> Ended {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Other { message: format!("cannot start worker threads: {error}"), help: None })?;
    let ended = runtime.block_on(async {
        let signals = tokio::spawn(interrupt::listen(context.ops.interrupt.clone(), context.ui.clone()));
        let ended = command.await;
        signals.abort();
        ended
    });
    // Handlers that still run belong to nobody any more.
    runtime.shutdown_background();
    ended
}
