//! The picture of a machine, and the list of machines that can be drawn.

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::load;
use super::marks::marks;
use super::options::{GraphOptions, Notation};
use super::source::{self, LocatedDefinition};
use crate::asl::{self, Asked, Outline, Syntax};
use crate::host;
use crate::picture::{Listing, Picture};
use crate::source::{Diagnostic, Diagnostics, SourceText};

/// A picture.
#[derive(Debug)]
pub(crate) struct Drawn {
    /// What it shows.
    pub(crate) title: String,
    /// How many states it has.
    pub(crate) states: usize,
    /// The picture in its notation.
    pub(crate) text: String,
    /// The same for programs.
    pub(crate) listing: Listing,
}

/// A machine that can be drawn.
#[derive(Clone, Debug)]
pub(crate) struct DrawableMachine {
    /// Its short name.
    pub(crate) name: String,
    /// How many states it has.
    pub(crate) states: usize,
    /// What its definition says of it.
    pub(crate) comment: String,
}

/// Draws a machine, and writes the picture where a file is named.
///
/// # Errors
/// A machine that is not there, a definition without anything to draw, a file that cannot be written.
pub(crate) fn draw(context: &Context, options: &GraphOptions) -> Result<Drawn, Failure> {
    let notation = notation(options)?;
    let source = source::find(context, &options.machine, options.user.as_deref())?;
    let outline = read(&source)?;
    warn_of_refusal(context, &source);
    let marks = marks(&source, &outline, options)?;
    let picture =
        Picture { outline: &outline, title: &source.title, direction: options.direction, marks: marks.as_ref() };
    let text = match notation {
        Notation::Svg => picture.svg(),
        Notation::Mermaid => picture.mermaid(),
        Notation::Dot => picture.dot(),
        // A file is read by many terminals.
        Notation::Text if options.output.is_some() => picture.text(80, true),
        Notation::Text => {
            let (columns, unicode) = options.columns;
            picture.text(columns.min(100), unicode)
        }
    };
    if let Some(file) = &options.output {
        host::write_atomic(file, text.as_bytes()).map_err(|source| Failure::file("write the picture", file, source))?;
    }
    Ok(Drawn { states: outline.states.len(), listing: picture.listing(), text, title: source.title.clone() })
}

/// The pack's machines for a user, else for the first.
///
/// # Errors
/// Mistakes of manifest and pack, an unknown user.
pub(crate) fn machines(context: &Context, user: Option<&str>) -> Result<Vec<DrawableMachine>, Failure> {
    let lab = load::lab(context)?;
    let user = source::user(&lab, user)?;
    let machines = source::definitions(context, &lab, user)?.into_iter().map(|(name, text)| {
        let outline = asl::outline(&text, Syntax::Json).ok();
        let states = outline.as_ref().map_or(0, |outline| outline.states.len());
        let comment = outline.and_then(|outline| outline.comment).unwrap_or_default();
        DrawableMachine { name, states, comment }
    });
    Ok(machines.collect())
}

/// The notation that was asked for, or that fits where the picture goes.
fn notation(options: &GraphOptions) -> Result<Notation, Failure> {
    if let Some(notation) = options.notation {
        return Ok(notation);
    }
    let Some(file) = &options.output else {
        return Ok(options.unless_named);
    };
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    match extension.as_str() {
        "svg" => Ok(Notation::Svg),
        "mmd" | "mermaid" => Ok(Notation::Mermaid),
        "dot" | "gv" => Ok(Notation::Dot),
        "txt" | "text" => Ok(Notation::Text),
        _ => Err(Failure::usage(
            format!("the name `{}` does not say in which notation to draw", file.display()),
            "end it with .svg, .mmd, .dot or .txt, or add `--format svg|mermaid|dot|text`",
        )),
    }
}

/// The machine in words.
///
/// # Errors
/// Why there is nothing to draw.
fn read(source: &LocatedDefinition) -> Result<Outline, Failure> {
    asl::outline(&source.text, source.syntax)
        .map_err(|findings| Failure::Diagnostics(diagnostics(source, findings, true)))
}

/// Says on stderr for what AWS would refuse a definition that is drawn nevertheless.
fn warn_of_refusal(context: &Context, source: &LocatedDefinition) {
    let mut findings = asl::lint(&source.text, source.syntax, Asked::default());
    findings.retain(asl::Finding::is_error);
    if !findings.is_empty() {
        context.audience.diagnostics(&diagnostics(source, findings, false));
    }
}

/// Findings at their places; those that hinder nothing are warnings.
fn diagnostics(source: &LocatedDefinition, findings: Vec<asl::Finding>, hinders: bool) -> Diagnostics {
    let text = SourceText::new(&source.origin, source.text.as_str());
    let diagnostics = findings.into_iter().map(|finding| {
        let diagnostic = if hinders {
            Diagnostic::error("graph::definition", finding.message)
        } else {
            Diagnostic::warning("graph::refused", finding.message)
        };
        let diagnostic = diagnostic.at(&text, finding.at).label(finding.code);
        match finding.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    });
    Diagnostics(diagnostics.collect())
}
