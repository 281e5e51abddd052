//! The local endpoint as a server for other tools.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::browser;
use super::super::context::Context;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::{endpoint, load, mocks};
use super::suggestions::suggestions;
use crate::host;
use crate::local::{Endpoint, Mocks, TimeMode};
use crate::manifest;
use crate::model::AccountId;

/// How the endpoint is served.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServeOptions {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub(crate) port: u16,
    /// Where it keeps its state instead of `out/local`.
    pub(crate) store: Option<PathBuf>,
    /// Whether what a role without any policy does is refused.
    pub(crate) strict_iam: bool,
    /// How long executions that are over and log events are kept.
    pub(crate) keep: Option<Duration>,
    /// Whether the console is opened in the user's browser.
    pub(crate) open: bool,
    /// The file that the variables are written into.
    pub(crate) env_file: Option<PathBuf>,
    /// A command that runs with the server in its environment, and ends it.
    pub(crate) command: Vec<OsString>,
}

/// What other tools reach the server by: names and values.
#[derive(Clone, Debug)]
pub(crate) struct Variables(pub(crate) [(&'static str, String); 6]);

impl Variables {
    /// Host prefixes would turn `127.0.0.1` into `sync-127.0.0.1`, which is no host.
    fn of(endpoint: &Endpoint, region: &str) -> Self {
        let keys = endpoint.credentials();
        Self([
            ("AWS_ENDPOINT_URL", endpoint.url().to_owned()),
            ("AWS_ACCESS_KEY_ID", keys.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", keys.secret_access_key),
            ("AWS_REGION", region.to_owned()),
            ("AWS_DEFAULT_REGION", region.to_owned()),
            ("AWS_DISABLE_HOST_PREFIX_INJECTION", "true".to_owned()),
        ])
    }

    /// As a shell takes them, a line each.
    pub(crate) fn exports(&self) -> String {
        self.0.iter().fold(String::new(), |lines, (name, value)| lines + &format!("export {name}={value}\n"))
    }
}

/// Serves until the user interrupts, or until the command beside it ends. `announce` is given the variables before anything is served.
///
/// # Errors
/// An endpoint that does not start, a file or a command that cannot be used.
pub(crate) async fn serve(
    context: &Context,
    options: &ServeOptions,
    announce: impl FnOnce(&Variables),
) -> Result<Exit, Failure> {
    // The manifest is optional here: it gives the account, the region and what the console offers as inputs.
    let lab = if context.settings.manifest.exists() { Some(load::whereabouts(context)?.0) } else { None };
    if lab.is_none() {
        manifest::check_overrides(&context.settings.overrides())?;
    }
    let guard = lab.as_ref().and_then(|lab| lab.target.account_id.clone()).unwrap_or_else(AccountId::zero);
    let region = context
        .settings
        .region
        .clone()
        .or_else(|| lab.as_ref().map(|lab| lab.target.region.to_string()))
        .unwrap_or_else(|| "us-east-1".to_owned());
    let mut config = endpoint::config(&context.settings, guard.as_str(), &region, TimeMode::Real)?;
    config.port = options.port;
    config.announce = true;
    config.strict_iam = options.strict_iam;
    config.keep = options.keep;
    config.suggestions = lab.as_ref().map(suggestions).unwrap_or_default();
    let mocked = Mocks::new(lab.as_ref().map(|lab| mocks::book(&lab.pack)).unwrap_or_default());
    config.mocks = mocked.clone();
    if let Some(store) = &options.store {
        config.store = Some(store.clone());
    }
    if context.settings.for_program && !options.command.is_empty() {
        return Err(Failure::usage(
            "`--json` and a command cannot both have stdout",
            "leave `--json` out: the command has the server in its environment",
        ));
    }
    let env_file = options.env_file.as_deref().map(EnvFile::claim).transpose()?;
    let reach = |url| context.target_report.local(url, Some(guard.to_string()), Some(region.clone()));
    reach(None);
    let endpoint = Endpoint::start(config).await?;
    reach(Some(endpoint.url().to_owned()));
    let variables = Variables::of(&endpoint, &region);
    if let Some(file) = &env_file {
        file.write(&variables.exports())?;
    }
    announce(&variables);
    context.audience.note(&format!("console: {}", endpoint.console_url()));
    if options.open {
        browser::open(context, endpoint.console_url()).await;
    }
    let serving = async {
        if options.command.is_empty() {
            context.audience.note("serving; Ctrl-C stops");
            context.interrupt.wait().await;
            Ok(Exit::Done)
        } else {
            accompany(context, &options.command, &variables).await
        }
    };
    let exit = tokio::select! {
        exit = serving => exit,
        never = mocks::follow(context, lab.as_ref(), &mocked) => match never {},
    };
    endpoint.stop().await;
    exit
}

/// Runs a command beside the server and gives its exit code. An interruption is passed on to it, and its end waited for.
async fn accompany(context: &Context, command: &[OsString], variables: &Variables) -> Result<Exit, Failure> {
    let Some((program, words)) = command.split_first() else { return Ok(Exit::Done) };
    let mut started = tokio::process::Command::new(program);
    // Keys and a region of the surroundings would name another account or another place.
    for name in ["AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        started.env_remove(name);
    }
    started.args(words).envs(variables.0.iter().map(|(name, value)| (name, value))).kill_on_drop(true);
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
struct EnvFile(PathBuf);

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
