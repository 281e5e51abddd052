//! `labctl graph`.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::run::Ended;
use super::{look, render::offline_places, session};
use crate::asl::{self, Asked, Outline, Syntax};
use crate::kind::StateMachine;
use crate::model::{Diagnostic, Diagnostics, Lab, Scenario, SourceText, User};
use crate::report::{Direction, Marks, Picture};
use crate::ui::counted_len;
use crate::{host, render};

/// No definition is larger: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
const LARGEST: u64 = 1024 * 1024;

#[derive(Debug, Args)]
#[command(
    after_help = "Without MACHINE the machines of the pack are listed. The picture goes to stdout unless -o names a file.\n\n\
Examples:\n  labctl graph order-processing-workflow\n  labctl graph order-processing-workflow -o order.svg\n  \
labctl graph my.asl.yaml --format dot | dot -Tpdf -o my.pdf\n  \
labctl graph order-processing-workflow --scenario valid-order -o valid-order.svg"
)]
pub(super) struct Arguments {
    /// A file with a definition in JSON or YAML, `-` for stdin, or a machine of the manifest's pack.
    machine: Option<String>,
    /// The notation; else the file's extension decides, else text on a terminal and SVG in a pipe.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write the picture to a file: .svg, .mmd, .dot or .txt.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where the flow goes.
    #[arg(long, value_enum, default_value_t = Flow::Down)]
    direction: Flow,
    /// The user whose rendering of the pack is drawn; else the first.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Mark the states that an execution entered, in this order.
    #[arg(long, value_name = "STATE,…", value_delimiter = ',')]
    path: Vec<String>,
    /// Mark the path that a scenario of the pack expects.
    #[arg(long, value_name = "NAME", conflicts_with = "path")]
    scenario: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Svg,
    Mermaid,
    Dot,
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Flow {
    Down,
    Right,
}

/// A machine's definition, and whence it is.
struct Found {
    title: String,
    text: String,
    syntax: Syntax,
    /// As the user would name it.
    origin: PathBuf,
    /// The lab and the machine's name in its pack, unless a file was named.
    lab: Option<(Lab, String)>,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Ended {
    let Some(machine) = &arguments.machine else { return list(context, arguments) };
    let format = format(arguments)?;
    let found = find(context, machine, arguments.user.as_deref())?;
    let outline = read(&found)?;
    tell_refused(context, &found);
    let marks = marks(&found, &outline, arguments)?;
    let direction = match arguments.direction {
        Flow::Down => Direction::Down,
        Flow::Right => Direction::Right,
    };
    let picture = Picture { outline: &outline, title: &found.title, direction, marks: marks.as_ref() };
    let drawn = match format {
        Format::Svg => picture.svg(),
        Format::Mermaid => picture.mermaid(),
        Format::Dot => picture.dot(),
        // A file is read by many terminals.
        Format::Text if arguments.output.is_some() => picture.text(80, true),
        Format::Text => {
            let (columns, unicode) = context.ui.columns();
            picture.text(columns.min(100), unicode)
        }
    };
    if let Some(file) = &arguments.output {
        host::write_atomic(file, drawn.as_bytes())
            .map_err(|source| Failure::file("write the picture", file, source))?;
    }
    if context.global.json {
        context.ui.print_json(&context.document("graph", true, json!({ "graph": picture.listing() })));
    } else if let Some(file) = &arguments.output {
        context.ui.note(&format!(
            "Drew {} with {} in {}.",
            found.title,
            counted_len(outline.states.len(), "state"),
            file.display()
        ));
    } else {
        context.ui.raw(&drawn);
    }
    Ok(Exit::Done)
}

/// The notation that was asked for, or that fits where the picture goes.
fn format(arguments: &Arguments) -> Result<Format, Failure> {
    if let Some(format) = arguments.format {
        return Ok(format);
    }
    let Some(file) = &arguments.output else {
        return Ok(if std::io::stdout().is_terminal() { Format::Text } else { Format::Svg });
    };
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    match extension.as_str() {
        "svg" => Ok(Format::Svg),
        "mmd" | "mermaid" => Ok(Format::Mermaid),
        "dot" | "gv" => Ok(Format::Dot),
        "txt" | "text" => Ok(Format::Text),
        _ => Err(Failure::usage(
            format!("the name `{}` does not say in which notation to draw", file.display()),
            "end it with .svg, .mmd, .dot or .txt, or add `--format svg|mermaid|dot|text`",
        )),
    }
}

/// The machines that can be drawn.
fn list(context: &Context, arguments: &Arguments) -> Ended {
    if arguments.output.is_some()
        || arguments.format.is_some()
        || arguments.scenario.is_some()
        || !arguments.path.is_empty()
    {
        return Err(Failure::usage("no machine is named", "`labctl graph` without options lists the machines"));
    }
    let lab = session::load(context)?;
    let user = user(&lab, arguments.user.as_deref())?;
    let machines = definitions(context, &lab, user)?;
    if context.global.json {
        let names: Vec<&str> = machines.iter().map(|(name, _)| name.as_str()).collect();
        context.ui.print_json(&context.document("graph", true, json!({ "machines": names })));
        return Ok(Exit::Done);
    }
    let lines = machines.iter().map(|(name, text)| {
        let outline = asl::outline(text, Syntax::Json).ok();
        let states = outline.as_ref().map_or(0, |outline| outline.states.len());
        let comment = outline.and_then(|outline| outline.comment).unwrap_or_default();
        format!("{name}  {}  {comment}", counted_len(states, "state")).trim_end().to_owned() + "\n"
    });
    context.ui.raw(&lines.collect::<String>());
    Ok(Exit::Done)
}

/// The definition that the argument names: stdin, a file, or a machine of the pack.
fn find(context: &Context, machine: &str, chosen: Option<&str>) -> Result<Found, Failure> {
    let path = Path::new(machine);
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if machine == "-" {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .take(LARGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| Failure::file("read", path, source))?;
        return from_bytes(bytes, "stdin", PathBuf::from("<stdin>"), None);
    }
    if extension == "hbs" {
        return Err(Failure::usage(
            format!("`{machine}` is a template, not a definition"),
            "name the machine as `labctl graph` lists it; its template is then filled in for a user",
        ));
    }
    if matches!(extension, "json" | "yaml" | "yml" | "asl") || machine.contains(std::path::MAIN_SEPARATOR) {
        let file = host::open(path).map_err(|source| Failure::file("read", path, source))?;
        let mut bytes = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|source| Failure::file("read", path, source))?;
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let title = name.trim_end_matches(&format!(".{extension}")).trim_end_matches(".asl").to_owned();
        let syntax = if extension == "json" { Some(Syntax::Json) } else { None };
        return from_bytes(bytes, &title, path.to_owned(), syntax);
    }
    of_pack(context, machine, chosen)
}

fn from_bytes(bytes: Vec<u8>, title: &str, origin: PathBuf, syntax: Option<Syntax>) -> Result<Found, Failure> {
    let shown = origin.display().to_string();
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST {
        return Err(Failure::usage(
            format!("`{shown}` has more than {LARGEST} bytes, which Step Functions does not take"),
            "name a file with a state machine definition",
        ));
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::usage(format!("`{shown}` is not text in UTF-8"), "name a file with a state machine definition")
    })?;
    let is_json = text.trim_start().starts_with('{');
    let syntax = syntax.unwrap_or(if is_json { Syntax::Json } else { Syntax::Yaml });
    Ok(Found { title: title.to_owned(), text, syntax, origin, lab: None })
}

fn of_pack(context: &Context, machine: &str, chosen: Option<&str>) -> Result<Found, Failure> {
    let lab = session::load(context)?;
    let user = user(&lab, chosen)?;
    let machines = definitions(context, &lab, user)?;
    let full = |name: &str| format!("{}-{name}", user.name);
    let found = machines.iter().find(|(name, _)| name == machine || full(name) == machine);
    let Some((name, text)) = found else {
        return Err(Failure::usage(
            format!("no machine `{machine}` in the pack `{}`", lab.pack.name),
            nearest(machine, machines.iter().map(|(name, _)| name.as_str()), "machine"),
        ));
    };
    Ok(Found {
        title: full(name),
        text: text.clone(),
        syntax: Syntax::Json,
        origin: PathBuf::from(format!("{}.asl.json", full(name))),
        lab: Some((lab.clone(), name.clone())),
    })
}

fn user<'l>(lab: &'l Lab, chosen: Option<&str>) -> Result<&'l User, Failure> {
    let found = match chosen {
        Some(name) => lab.users.iter().find(|user| user.name.as_str() == name),
        None => lab.users.first(),
    };
    found.ok_or_else(|| match chosen {
        Some(name) => Failure::usage(
            format!("no user `{name}` in `{}`", lab.manifest.display()),
            nearest(name, lab.users.iter().map(|user| user.name.as_str()), "user"),
        ),
        None => Failure::usage(
            format!("the manifest `{}` has no users", lab.manifest.display()),
            "add one, or name a file with a definition",
        ),
    })
}

/// The pack's machines for a user, by their short names: rendered, after the check that every command makes.
fn definitions(context: &Context, lab: &Lab, user: &User) -> Result<Vec<(String, String)>, Failure> {
    let places = offline_places(lab);
    look::prove(context, lab, &[user], &places)?;
    let rendered = render::desired(lab, &[user], &places, &context.global.out)?;
    let desired = rendered.desired.users.first();
    let named = lab.pack.machines.iter().filter_map(|machine| {
        let key = StateMachine::key(format!("{}-{}", user.name, machine.name));
        let resource = desired?.resources.iter().find(|resource| resource.key == key)?;
        Some((machine.name.clone(), resource.body.of::<StateMachine>()?.definition.to_string()))
    });
    Ok(named.collect())
}

/// What to do about an unknown name.
fn nearest<'n>(written: &str, known: impl Iterator<Item = &'n str>, noun: &str) -> String {
    let known: Vec<&str> = known.collect();
    let near = known.iter().map(|name| (strsim::damerau_levenshtein(written, name), *name)).min();
    match near {
        Some((distance, name)) if distance <= name.chars().count().max(6) / 3 => format!("did you mean `{name}`?"),
        _ if known.is_empty() => format!("there is no {noun}"),
        _ if known.len() <= 12 => {
            format!("there are {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
        }
        _ => {
            format!("there are {} {noun}s, the first is `{}`", known.len(), known.first().copied().unwrap_or_default())
        }
    }
}

/// The machine in words.
///
/// # Errors
/// Why there is nothing to draw.
fn read(found: &Found) -> Result<Outline, Failure> {
    asl::outline(&found.text, found.syntax).map_err(|findings| Failure::Diagnostics(told(found, findings, true)))
}

/// Says on stderr for what AWS would refuse a definition that is drawn nevertheless.
fn tell_refused(context: &Context, found: &Found) {
    let mut findings = asl::lint(&found.text, found.syntax, Asked::default());
    findings.retain(asl::Finding::is_error);
    if !findings.is_empty() {
        context.ui.diagnostics(&told(found, findings, false));
    }
}

/// Findings at their places; those that hinder nothing are warnings.
fn told(found: &Found, findings: Vec<asl::Finding>, hinders: bool) -> Diagnostics {
    let source = SourceText::new(&found.origin, found.text.as_str());
    let told = findings.into_iter().map(|finding| {
        let diagnostic = if hinders {
            Diagnostic::error("graph::definition", finding.message)
        } else {
            Diagnostic::warning("graph::refused", finding.message)
        };
        let diagnostic = diagnostic.at(&source, finding.at).label(finding.code);
        match finding.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    });
    Diagnostics(told.collect())
}

/// The marks of `--path` or `--scenario`.
fn marks(found: &Found, outline: &Outline, arguments: &Arguments) -> Result<Option<Marks>, Failure> {
    let path = match &arguments.scenario {
        Some(name) => expected_path(found, name)?,
        None if arguments.path.is_empty() => return Ok(None),
        None => as_printed(&arguments.path, outline),
    };
    Marks::along(outline, &path).map(Some).map_err(|unknown| {
        Failure::usage(
            format!("no state `{unknown}` in `{}`", found.title),
            nearest(&unknown, outline.states.iter().map(|state| state.name.as_str()), "state"),
        )
    })
}

/// A path as `test` prints it, with blanks after commas or with arrows; the name of a state may have such characters itself.
fn as_printed(path: &[String], outline: &Outline) -> Vec<String> {
    let is_state = |name: &str| outline.states.iter().any(|state| state.name == name);
    let split = |word: &String| {
        let words: Vec<String> = word.replace("->", "→").split('→').map(|name| name.trim().to_owned()).collect();
        if is_state(word) { vec![word.clone()] } else { words }
    };
    path.iter().flat_map(split).filter(|name| !name.is_empty()).collect()
}

fn expected_path(found: &Found, name: &str) -> Result<Vec<String>, Failure> {
    let Some((lab, machine)) = &found.lab else {
        return Err(Failure::usage("a file has no scenarios", "mark a path with `--path STATE,STATE,…`"));
    };
    let scenarios: Vec<&Scenario> = lab.pack.scenarios.iter().filter(|scenario| scenario.machine == *machine).collect();
    let Some(scenario) = scenarios.iter().find(|scenario| scenario.name == name) else {
        return Err(Failure::usage(
            format!("no scenario `{name}` for `{machine}`"),
            nearest(name, scenarios.iter().map(|scenario| scenario.name.as_str()), "scenario"),
        ));
    };
    scenario.expect.path.clone().ok_or_else(|| {
        Failure::usage(format!("the scenario `{name}` expects no path"), "mark a path with `--path STATE,STATE,…`")
    })
}
