//! `labctl local serve`, `reset`, `status`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::context::{Context, Ended};
use crate::event::Audience as _;
use crate::ops::local::{ServeOptions, reset, serve, status};
use crate::ops::{Exit, parse_duration};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: LocalCommand,
}

#[derive(Debug, Subcommand)]
enum LocalCommand {
    /// Serve the local endpoint for the AWS CLI, boto3 and other tools, until interrupted.
    ///
    /// Prints six `export` lines on stdout before it serves; the console page's address goes to stderr. With a command after
    /// `--`, that command gets them as its environment, and the server ends with it.
    Serve(Serve),
    /// Delete everything the local endpoint holds.
    Reset,
    /// Show whether a server runs on the store, and what it holds.
    Status,
}

#[derive(Debug, Args)]
struct Serve {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// Where it keeps its state instead of `out/local`.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Refuse what a role without any policy does, as AWS would. Without, such a role may do everything until it is given
    /// its first policy; from then on its policies decide.
    #[arg(long)]
    strict_iam: bool,
    /// Forget executions that are over and log events after so long, such as `2h`; by the endpoint's clock. Without it executions go after
    /// 90 days, as on AWS, and log events when their group keeps them no longer.
    #[arg(long, value_name = "LENGTH", value_parser = parse_duration)]
    keep: Option<Duration>,
    /// Open the console in the browser once it serves: the one of `BROWSER`, else the system's.
    #[arg(long)]
    open: bool,
    /// Write the `export` lines into this file instead, whole before it serves; it goes with the server.
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Run this command with the server in its environment; its exit code is the server's.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    match &arguments.command {
        LocalCommand::Serve(arguments) => run_serve(context, arguments).await,
        LocalCommand::Reset => run_reset(context).await,
        LocalCommand::Status => Ok(run_status(context)),
    }
}

async fn run_serve(context: &Context, arguments: &Serve) -> Ended {
    let options = ServeOptions {
        port: arguments.port,
        store: arguments.store.clone(),
        strict_iam: arguments.strict_iam,
        keep: arguments.keep,
        open: arguments.open,
        env_file: arguments.env_file.clone(),
        command: arguments.command.clone(),
    };
    serve(&context.ops, &options, |variables| {
        let object: Map<String, Value> =
            variables.0.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        context.show(&context.ops.document("local-serve", true, object), |ui| {
            if options.env_file.is_none() && options.command.is_empty() {
                ui.raw(&variables.exports());
            }
        });
    })
    .await
}

async fn run_reset(context: &Context) -> Ended {
    let reset = reset(&context.ops).await?;
    let store = reset.store.display();
    context.ui.note(&if reset.deleted {
        format!("deleted the store `{store}`")
    } else {
        format!("nothing to delete: `{store}` does not exist")
    });
    let body = json!({ "store": reset.store, "deleted": reset.deleted });
    context.show(&context.ops.document("local-reset", true, body), |_| {});
    Ok(Exit::Done)
}

fn run_status(context: &Context) -> Exit {
    let status = status(&context.ops);
    let body = json!({
        "store": status.store,
        "bytes": status.bytes,
        "running": status.server.as_ref().map(|(url, pid)| json!({ "endpoint": url, "pid": pid })),
    });
    context.show(&context.ops.document("local-status", true, body), |ui| {
        let server = status.server.as_ref().map_or_else(
            || "no server runs on it; commands start the endpoint themselves".to_owned(),
            |(url, pid)| format!("served at {url} by process {pid}"),
        );
        ui.raw(&format!("store   {} ({} KiB)\nserver  {server}\n", status.store.display(), status.bytes / 1024));
    });
    Exit::Done
}
