//! `labctl validate`.

use std::path::Path;

use clap::Args;
use serde_json::json;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::findings::findings;
use super::run::Ended;
use super::{handlers, render::offline_places, session};
use crate::manifest::Overrides;
use crate::model::{Diagnostics, Lab};
use crate::{manifest, render};

#[derive(Debug, Args)]
#[command(after_help = "Exit code 0 when there is nothing but warnings, 64 otherwise.")]
pub(super) struct Arguments {}

pub(super) fn run(context: &Context, _: &Arguments) -> Ended {
    let (lab, found, read) = look(&context.global.manifest, &session::overrides(context))?;
    session::loaded(context, &lab);
    if !read {
        context.ui.note("note: no `python3` on the PATH: the syntax of the handlers was not checked");
    }
    if found.has_errors() {
        return Err(Failure::Diagnostics(found));
    }
    show(context, &lab, &found);
    Ok(Exit::Done)
}

/// Looks at all that a manifest leads to: the lab, what is to be said of it, and whether the handlers could be read.
///
/// # Errors
/// What is to be said, where the manifest or its pack cannot be read.
pub(super) fn look(manifest: &Path, overrides: &Overrides) -> Result<(Lab, Diagnostics, bool), Diagnostics> {
    let (lab, mut found) = manifest::load(manifest, overrides)?;
    let users: Vec<_> = lab.users.iter().collect();
    found.extend(render::check(&lab, &users, &offline_places(&lab)).0);
    let mistakes = handlers::check(&lab);
    let read = mistakes.is_some();
    found.extend(mistakes.unwrap_or_default().0);
    Ok((lab, found, read))
}

fn show(context: &Context, lab: &Lab, found: &Diagnostics) {
    let pack = &lab.pack;
    let body = json!({
        "summary": { "users": lab.users.len(), "warnings": found.0.len() },
        "findings": findings(found),
    });
    let text = format!(
        "Valid: {} users, pack {} ({} functions, {} state machines, {} scenarios), {} warnings.\n",
        lab.users.len(),
        pack.name,
        pack.functions.len(),
        pack.machines.len(),
        pack.scenarios.len(),
        found.0.len(),
    );
    context.show(&context.document("validate", true, body), |ui| {
        session::warn(context, found);
        ui.raw(&text);
    });
}
