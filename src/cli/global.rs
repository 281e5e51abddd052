//! Options that every command takes.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::host;
use crate::model::TargetKind;
use crate::ops::Settings;
use crate::ui::{Color, Environment, Ui};

/// Options every command takes.
#[derive(Clone, Debug, Args)]
pub(super) struct Global {
    /// The manifest: TOML, YAML or JSON by its extension [default: `lab-manifest.toml` here or in the nearest folder above].
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    manifest: Option<PathBuf>,
    /// Where the lab goes, whatever the manifest says.
    #[arg(long, global = true, value_enum, help_heading = "Global options")]
    target: Option<TargetChoice>,
    /// Any endpoint that speaks AWS; makes the target `aws` at that endpoint.
    #[arg(long, global = true, value_name = "URL", help_heading = "Global options")]
    endpoint_url: Option<String>,
    /// The AWS region.
    #[arg(long, global = true, help_heading = "Global options")]
    region: Option<String>,
    /// A profile of the AWS configuration files.
    #[arg(long, global = true, help_heading = "Global options")]
    profile: Option<String>,
    /// Where rendered files, the journal and the local endpoint's store go [default: `out` beside the manifest].
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    out: Option<PathBuf>,
    /// Print one JSON document on stdout instead of text.
    #[arg(long, global = true, help_heading = "Global options")]
    pub(super) json: bool,
    /// Append everything that happens to a file, one JSON object per line.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    events: Option<PathBuf>,
    /// Do not ask before costly or destructive work on AWS.
    #[arg(long, short = 'y', global = true, help_heading = "Global options")]
    yes: bool,
    /// When to use colour; `NO_COLOR` is honoured.
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN", help_heading = "Global options")]
    color: ColorChoice,
    /// Tell more.
    #[arg(long, short, global = true, conflicts_with = "quiet", help_heading = "Global options")]
    verbose: bool,
    /// Tell only results and errors.
    #[arg(long, short, global = true, help_heading = "Global options")]
    quiet: bool,
    /// How fast time goes on the local endpoint: `real`, `10x`, `jump`.
    #[arg(long, global = true, value_name = "MODE", value_parser = crate::ops::parse_time, help_heading = "Local endpoint")]
    time: Option<crate::local::TimeMode>,
    /// Throttling of the local endpoint: `none`, `aws`, or a TOML or JSON file.
    #[arg(long, global = true, value_name = "QUOTAS", help_heading = "Local endpoint")]
    quotas: Option<String>,
    /// Faults of the local endpoint: a TOML or JSON file.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Local endpoint")]
    faults: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TargetChoice {
    Local,
    Aws,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ColorChoice {
    Auto,
    Always,
    Never,
}

impl Global {
    /// As use cases take them.
    pub(super) fn settings(&self) -> Settings {
        Settings {
            target: self.target.map(|target| match target {
                TargetChoice::Local => TargetKind::Local,
                TargetChoice::Aws => TargetKind::Aws,
            }),
            endpoint_url: self.endpoint_url.clone(),
            region: self.region.clone(),
            profile: self.profile.clone(),
            events: self.events.clone(),
            yes: self.yes,
            quiet: self.quiet,
            for_program: self.json,
            time: self.time,
            quotas: self.quotas.clone(),
            faults: self.faults.clone(),
            ..Settings::located(self.manifest.clone(), self.out.clone())
        }
    }

    /// The options that say where a command works, as they were typed.
    fn again(&self) -> String {
        let path = |path: &PathBuf| path.display().to_string();
        let target = self.target.map(|target| match target {
            TargetChoice::Local => "local".to_owned(),
            TargetChoice::Aws => "aws".to_owned(),
        });
        let typed = [
            ("--manifest", self.manifest.as_ref().map(path)),
            ("--target", target),
            ("--endpoint-url", self.endpoint_url.clone()),
            ("--region", self.region.clone()),
            ("--profile", self.profile.clone()),
            ("--out", self.out.as_ref().map(path)),
        ];
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@,+".contains(letter);
        let quoted = |value: String| {
            if value.chars().all(is_plain) { value } else { format!("'{}'", value.replace('\'', "'\\''")) }
        };
        let typed = typed.into_iter().filter_map(|(option, value)| Some(format!(" {option} {}", quoted(value?))));
        typed.collect()
    }

    /// This process's streams.
    pub(super) fn ui(&self) -> Ui {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| host::env(name)).unwrap_or_default();
        let environment = Environment {
            color: match self.color {
                ColorChoice::Auto => Color::Auto,
                ColorChoice::Always => Color::Always,
                ColorChoice::Never => Color::Never,
            },
            no_color: host::env("NO_COLOR").is_some(),
            term: host::env("TERM"),
            locale_utf8: locale.to_ascii_lowercase().replace('-', "").contains("utf8"),
            columns: host::env("COLUMNS").and_then(|columns| columns.parse().ok()),
            stdout_terminal: std::io::stdout().is_terminal(),
            stderr_terminal: std::io::stderr().is_terminal(),
            again: self.again(),
        };
        Ui::from_environment(&environment, self.json, self.quiet, self.verbose)
    }
}
