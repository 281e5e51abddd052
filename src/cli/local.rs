//! `labctl local serve`, `reset`, `status`.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::json;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::run::Ended;
use super::{endpoint, session};
use crate::host;
use crate::local::{self, Endpoint, TimeMode};
use crate::manifest;
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
    store: Option<std::path::PathBuf>,
    /// Refuse what a role without any policy does, as AWS would. Without, such a role may do everything until it is given
    /// its first policy; from then on its policies decide.
    #[arg(long)]
    strict_iam: bool,
    /// Write the `export` lines into this file instead, whole before it serves; it goes with the server.
    #[arg(long, value_name = "FILE")]
    env_file: Option<std::path::PathBuf>,
    /// Run this command with the server in its environment; its exit code is the server's.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
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
    if lab.is_none() {
        manifest::check_overrides(&session::overrides(context))?;
    }
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
    if context.global.json && !arguments.command.is_empty() {
        return Err(Failure::usage(
            "`--json` and a command cannot both have stdout",
            "leave `--json` out: the command has the server in its environment",
        ));
    }
    let env_file = arguments.env_file.as_deref().map(EnvFile::claim).transpose()?;
    let reach = |url| context.whereabouts.local(url, Some(guard.to_string()), Some(region.clone()));
    reach(None);
    let endpoint = Endpoint::start(config).await?;
    reach(Some(endpoint.url().to_owned()));
    let variables = variables(&endpoint, &region);
    let lines =
        variables.iter().fold(String::new(), |lines, (name, value)| lines + &format!("export {name}={value}\n"));
    if let Some(file) = &env_file {
        file.write(&lines)?;
    }
    if context.global.json {
        let object: serde_json::Map<_, _> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        context.ui.print_json(&context.document("local-serve", true, object));
    } else if env_file.is_none() && arguments.command.is_empty() {
        context.ui.raw(&lines);
    }
    context.ui.note(&format!("console: {}", endpoint.console_url()));
    let exit = if arguments.command.is_empty() {
        context.ui.note("serving; Ctrl-C stops");
        context.interrupt.wait().await;
        Ok(Exit::Done)
    } else {
        accompany(context, &arguments.command, &variables).await
    };
    endpoint.stop().await;
    exit
}

/// What other tools reach the server by. Host prefixes would turn `127.0.0.1` into `sync-127.0.0.1`, which is no host.
fn variables(endpoint: &Endpoint, region: &str) -> [(&'static str, String); 6] {
    let keys = endpoint.credentials();
    [
        ("AWS_ENDPOINT_URL", endpoint.url().to_owned()),
        ("AWS_ACCESS_KEY_ID", keys.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", keys.secret_access_key),
        ("AWS_REGION", region.to_owned()),
        ("AWS_DEFAULT_REGION", region.to_owned()),
        ("AWS_DISABLE_HOST_PREFIX_INJECTION", "true".to_owned()),
    ]
}

/// Runs a command beside the server and gives its exit code. An interruption is passed on to it, and its end waited for.
async fn accompany(context: &Context, command: &[OsString], variables: &[(&'static str, String)]) -> Ended {
    let Some((program, words)) = command.split_first() else { return Ok(Exit::Done) };
    let mut started = tokio::process::Command::new(program);
    // Keys and a region of the surroundings would name another account or another place.
    for name in ["AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        started.env_remove(name);
    }
    started.args(words).envs(variables.iter().map(|(name, value)| (name, value))).kill_on_drop(true);
    let cannot = |verb: &str, source: &std::io::Error| {
        Failure::usage(
            format!("cannot {verb} `{}`: {}", program.display(), host::cause(source)),
            "give the command as you would type it, after `--`",
        )
    };
    let mut child = started.spawn().map_err(|source| cannot("run", &source))?;
    let status = tokio::select! {
        status = child.wait() => status,
        () = context.interrupt.wait() => {
            if let Some(pid) = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(rustix::process::Pid::from_raw) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            }
            child.wait().await
        }
    };
    let status = status.map_err(|source| cannot("wait for", &source))?;
    let signalled = std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| 128 + signal);
    let code = status.code().or(signalled).and_then(|code| u8::try_from(code).ok());
    Ok(Exit::of_command(code.unwrap_or(u8::MAX)))
}

/// The file of `--env-file`; gone when it is dropped, since its keys are those of this server.
struct EnvFile(std::path::PathBuf);

impl EnvFile {
    /// Takes away what an earlier server left, so that nobody reads it in place of what is to come.
    fn claim(path: &Path) -> Result<Self, Failure> {
        match fs::symlink_metadata(path) {
            Ok(found) if !found.is_file() => {
                let message = format!("`{}` is no file: it cannot take the environment", path.display());
                return Err(Failure::usage(&message, "name a file that is not there yet"));
            }
            Ok(_) => fs::remove_file(path).map_err(|source| Self::failed(path, &source))?,
            Err(_) => {}
        }
        Ok(Self(path.to_owned()))
    }

    fn write(&self, text: &str) -> Result<(), Failure> {
        host::write_private(&self.0, text.as_bytes()).map_err(|source| Self::failed(&self.0, &source))
    }

    fn failed(path: &Path, source: &std::io::Error) -> Failure {
        let message = format!("cannot write `{}`: {}", path.display(), host::cause(source));
        Failure::other(message, "name a file in a folder that can be written to")
    }
}

impl Drop for EnvFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A store in use is never deleted under its owner, and nothing but a store is ever deleted.
async fn reset(context: &Context) -> Ended {
    context.whereabouts.local(None, None, None);
    let store = endpoint::store(&context.global);
    let strange = fs::read_dir(&store).ok().and_then(|entries| {
        entries
            .flatten()
            .map(|entry| entry.file_name())
            .find(|name| !local::STORE_FILES.iter().any(|known| name == known))
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
