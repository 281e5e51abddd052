//! `labctl man DIR`.

use std::path::PathBuf;

use clap::{Args, Command};
use serde_json::json;

use super::context::{Context, Ended};
use crate::host;
use crate::ops::{Exit, Failure};

#[derive(Debug, Args)]
#[command(after_help = "Then `man -l DIR/labctl.1`, or DIR = ~/.local/share/man/man1 and `man labctl`.")]
pub(super) struct Arguments {
    /// The folder to write them into, made where it is missing.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn run(context: &Context, arguments: &Arguments, command: Command) -> Ended {
    host::create_folder(&arguments.folder)
        .map_err(|source| Failure::file("make the folder", &arguments.folder, source))?;
    let mut written = Vec::new();
    for (name, page) in pages(command) {
        let path = arguments.folder.join(name);
        host::write_atomic(&path, &page).map_err(|source| Failure::file("write", &path, source))?;
        written.push(path);
    }
    let count = written.len();
    context.show(&context.ops.document("man", true, json!({ "written": written })), |ui| {
        ui.raw(&format!("Wrote {count} man pages into {}\n", arguments.folder.display()));
    });
    Ok(Exit::Done)
}

/// A page for labctl and one for each command, `labctl-local-serve.1` for a command of a command.
fn pages(command: Command) -> Vec<(String, Vec<u8>)> {
    // The commit of a release build is no part of a page.
    let mut root = command.version(env!("CARGO_PKG_VERSION")).disable_help_subcommand(true);
    root.build();
    let mut pages = Vec::new();
    add(&root, &mut pages);
    pages
}

fn add(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let page = clap_mangen::Man::new(command.clone()).title(name.to_uppercase());
    let mut text = Vec::new();
    // Writing to memory does not fail.
    if page.render(&mut text).is_ok() {
        pages.push((format!("{name}.1"), text));
    }
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        add(inner, pages);
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::args::Cli;
    use super::*;

    #[test]
    fn each_command_has_a_page_with_its_options_and_its_exit_codes_are_on_the_first() {
        let pages = pages(Cli::command());
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        for name in ["labctl.1", "labctl-deploy.1", "labctl-bulk-test.1", "labctl-local.1", "labctl-local-serve.1"] {
            assert!(names.contains(&name), "{name} is not among {names:?}");
        }
        let deploy = pages.iter().find(|(name, _)| name == "labctl-deploy.1").unwrap();
        let text = String::from_utf8(deploy.1.clone()).unwrap();
        assert!(text.starts_with(".ie") || text.starts_with(".TH"), "{text}");
        assert!(text.contains("overwrite\\-edits") && text.contains("canary"), "{text}");
    }
}
