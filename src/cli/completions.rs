//! `labctl completions SHELL`.

use clap::{Args, Command};
use clap_complete::Shell;
use serde_json::json;

use super::context::Context;
use crate::ops::{Exit, candidates};

#[derive(Debug, Args)]
#[command(
    after_help = "Users, groups, machines, functions, scenarios and inputs complete from the manifest of the folder.\n\n\
Examples:\n  labctl completions bash > ~/.local/share/bash-completion/completions/labctl\n  labctl completions zsh > ~/.zfunc/_labctl\n  \
labctl completions fish > ~/.config/fish/completions/labctl.fish"
)]
pub(super) struct Arguments {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
    /// The words of a command line up to the one that is completed: prints the names that go on with it.
    #[arg(long, hide = true, num_args = 0.., allow_hyphen_values = true)]
    words: Option<Vec<String>>,
}

pub(super) fn run(context: &Context, arguments: &Arguments, command: &mut Command) -> Exit {
    if let Some(words) = &arguments.words {
        let lines = names(context, arguments.shell, words).into_iter().map(|name| name + "\n");
        context.ui.raw(&lines.collect::<String>());
        return Exit::Done;
    }
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, command, "labctl", &mut script);
    let script = with_names(arguments.shell, &String::from_utf8_lossy(&script));
    let body = json!({ "shell": arguments.shell.to_string(), "script": script });
    context.show(&context.ops.document("completions", true, body), |ui| ui.raw(&script));
    Exit::Done
}

/// The names that go on with a command line, as the shell wants them.
fn names(context: &Context, shell: Shell, words: &[String]) -> Vec<String> {
    match shell {
        Shell::Bash => for_bash(context, words),
        Shell::Fish => {
            // Fish puts the option of `--user=a` before what it is given.
            let values = candidates(&context.ops, words).into_iter();
            values.map(|name| name.split_once('=').map_or(name.clone(), |(_, value)| value.to_owned())).collect()
        }
        _ => candidates(&context.ops, words),
    }
}

/// Bash breaks words at colons and equals signs, and wants what follows the last one.
fn for_bash(context: &Context, words: &[String]) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    for word in words {
        match joined.last_mut() {
            Some(last) if word == ":" || word == "=" || last.ends_with([':', '=']) => last.push_str(word),
            _ => joined.push(word.clone()),
        }
    }
    let before = joined.last().and_then(|last| last.rfind([':', '='])).map_or(0, |at| at + 1);
    let found = candidates(&context.ops, &joined);
    found.iter().filter_map(|name| name.get(before..).map(str::to_owned)).collect()
}

/// The script that also asks for the names of the manifest; of shells that have no such place it stays as it is.
fn with_names(shell: Shell, script: &str) -> String {
    match shell {
        Shell::Bash => {
            script.replace("complete -F _labctl ", "complete -F _labctl_names ").replacen("_labctl() {", BASH, 1)
        }
        Shell::Zsh => script.replacen("_labctl() {", ZSH, 1),
        Shell::Fish => {
            let lines: Vec<String> = script.lines().map(with_values).collect();
            format!("{}\n{FISH}", lines.join("\n"))
        }
        _ => script.to_owned(),
    }
}

/// A line of the Fish script, with names where it is about an option whose values are names: Fish looks for those nowhere else. An input may
/// also be a file.
fn with_values(line: &str) -> String {
    let is_about = |option: &str| line.starts_with("complete ") && line.contains(&format!(" -l {option} "));
    if ["user", "group", "machine", "function", "scenario"].into_iter().any(is_about) {
        return format!("{line} -f -a '(__labctl_names)'");
    }
    if is_about("input") { format!("{line} -a '(__labctl_names)'") } else { line.to_owned() }
}

const BASH: &str = r#"_labctl_names() {
    local found IFS=$'\n'
    found="$("$1" completions bash --words "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)"
    if [[ -n "$found" ]]; then
        COMPREPLY=($found)
        return 0
    fi
    unset IFS
    _labctl "$@"
}

_labctl() {"#;

const ZSH: &str = r#"_labctl() {
    local -a found
    found=("${(@f)$(${words[1]} completions zsh --words "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -n "$found[1]" ]]; then
        compadd -- "$found[@]"
        return
    fi"#;

const FISH: &str = r#"
function __labctl_names
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    command $words[1] completions fish --words $words[2..-1] "$current" 2>/dev/null
end
complete -c labctl -n 'set -l found (__labctl_names); test -n "$found"' -f -a '(__labctl_names)'
"#;
