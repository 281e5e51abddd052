//! `labctl completions SHELL`.

use clap::{Args, Command};
use clap_complete::Shell;
use serde_json::json;

use super::context::Context;
use crate::ops::Exit;

#[derive(Debug, Args)]
#[command(after_help = "Bash: `labctl completions bash > ~/.local/share/bash-completion/completions/labctl`")]
pub(super) struct Arguments {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(context: &Context, arguments: &Arguments, command: &mut Command) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, command, "labctl", &mut script);
    let script = String::from_utf8_lossy(&script);
    let body = json!({ "shell": arguments.shell.to_string(), "script": script });
    context.show(&context.ops.document("completions", true, body), |ui| ui.raw(&script));
    Exit::Done
}
