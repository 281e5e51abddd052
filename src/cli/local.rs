//! `labctl local serve`, `reset`, `status`.

use std::fs;
use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::json;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::run::Ended;
use super::{endpoint, session};
use crate::local::{self, Endpoint, TimeMode};
use crate::model::AccountId;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: LocalCommand,
}

#[derive(Debug, Subcommand)]
enum LocalCommand {
    /// Serve the local endpoint for the AWS CLI, boto3 and other tools, until interrupted.
    ///
    /// Prints four `export` lines on stdout before it serves; the console page's address goes to stderr.
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
    store: Option<std::path::PathBuf>,
    /// Refuse what a role without any policy does, as AWS would. Without, such a role may do everything until it is given
    /// its first policy; from then on its policies decide.
    #[arg(long)]
    strict_iam: bool,
}

pub(super) async fn run(context: &Context, arguments: &Arguments) -> Ended {
    match &arguments.command {
        LocalCommand::Serve(serve) => self::serve(context, serve).await,
        LocalCommand::Reset => reset(context).await,
        LocalCommand::Status => Ok(status(context)),
    }
}

async fn serve(context: &Context, arguments: &Serve) -> Ended {
    // The manifest is optional here: it only gives the account and the region.
    let lab = if context.global.manifest.exists() { Some(session::load(context)?) } else { None };
    let guard = lab.as_ref().and_then(|lab| lab.target.account_id.clone()).unwrap_or_else(AccountId::zero);
    let region = context
        .global
        .region
        .clone()
        .or_else(|| lab.as_ref().map(|lab| lab.target.region.to_string()))
        .unwrap_or_else(|| "us-east-1".to_owned());
    let mut config = endpoint::config(&context.global, guard.as_str(), &region, TimeMode::Real)?;
    config.port = arguments.port;
    config.announce = true;
    config.strict_iam = arguments.strict_iam;
    if let Some(store) = &arguments.store {
        config.store = Some(store.clone());
    }
    let reach = |url| context.whereabouts.local(url, Some(guard.to_string()), Some(region.clone()));
    reach(None);
    let endpoint = Endpoint::start(config).await?;
    reach(Some(endpoint.url().to_owned()));
    let keys = endpoint.credentials();
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint.url().to_owned()),
        ("AWS_ACCESS_KEY_ID", keys.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", keys.secret_access_key),
        ("AWS_REGION", region.clone()),
    ];
    if context.global.json {
        let object: serde_json::Map<_, _> =
            variables.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        context.ui.print_json(&context.document("local-serve", true, object));
    } else {
        let lines: Vec<_> = variables.iter().map(|(name, value)| format!("export {name}={value}")).collect();
        context.ui.raw(&(lines.join("\n") + "\n"));
    }
    context.ui.note(&format!("console: {}", endpoint.console_url()));
    context.ui.note("serving; Ctrl-C stops");
    context.interrupt.wait().await;
    endpoint.stop().await;
    Ok(Exit::Done)
}

/// What the endpoint keeps in its store's folder.
const STORE: [&str; 6] =
    ["endpoint.json", "endpoint.lock", "endpoint.sqlite", "endpoint.sqlite-shm", "endpoint.sqlite-wal", "lambda-code"];

/// A store in use is never deleted under its owner, and nothing but a store is ever deleted.
async fn reset(context: &Context) -> Ended {
    context.whereabouts.local(None, None, None);
    let store = endpoint::store(&context.global);
    let strange = fs::read_dir(&store).ok().and_then(|entries| {
        entries.flatten().map(|entry| entry.file_name()).find(|name| !STORE.iter().any(|known| name == known))
    });
    if let Some(name) = strange {
        return Err(Failure::other(
            format!("`{}` holds `{}`, which is not the local endpoint's", store.display(), name.display()),
            "move it away, then run the same command again; nothing was deleted",
        ));
    }
    let was_there = local::remove_store(&store).await?;
    if was_there {
        context.ui.note(&format!("deleted the store `{}`", store.display()));
    } else {
        context.ui.note(&format!("nothing to delete: `{}` does not exist", store.display()));
    }
    if context.global.json {
        let body = json!({ "store": store, "deleted": was_there });
        context.ui.print_json(&context.document("local-reset", true, body));
    }
    Ok(Exit::Done)
}

fn status(context: &Context) -> Exit {
    let store = endpoint::store(&context.global);
    let running = local::find_running(&store);
    context.whereabouts.local(running.as_ref().map(|running| running.url.clone()), None, None);
    let bytes = size(&store);
    if context.global.json {
        let body = json!({
            "store": store,
            "bytes": bytes,
            "running": running.as_ref().map(|running| json!({ "endpoint": running.url, "pid": running.pid })),
        });
        context.ui.print_json(&context.document("local-status", true, body));
        return Exit::Done;
    }
    let server = running.map_or_else(
        || "no server runs on it; commands start the endpoint themselves".to_owned(),
        |running| format!("served at {} by process {}", running.url, running.pid),
    );
    context.ui.raw(&format!("store   {} ({} KiB)\nserver  {server}\n", store.display(), bytes / 1024));
    Exit::Done
}

fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
