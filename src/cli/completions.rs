//! `labctl completions SHELL`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use serde_json::json;

use super::args::Cli;
use super::context::Context;
use super::exit::Exit;

#[derive(Debug, Args)]
#[command(after_help = "Bash: `labctl completions bash > ~/.local/share/bash-completion/completions/labctl`")]
pub(super) struct Arguments {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "labctl", &mut script);
    let script = String::from_utf8_lossy(&script);
    let body = json!({ "shell": arguments.shell.to_string(), "script": script });
    context.show(&context.document("completions", true, body), |ui| ui.raw(&script));
    Exit::Done
}
