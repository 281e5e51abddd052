//! Each user's definitions, policies, dashboards and packages, written under `out/`.

use super::context::Context;
use super::failure::Failure;
use super::rendering::{offline_places, prove};
use super::selection::Selection;
use super::{load, reported};
use crate::model::User;
use crate::render;

/// Whose files are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct RenderOptions {
    /// For whom; rendering costs nothing, so that it is for everybody without a choice.
    pub(crate) selection: Selection,
}

/// What was written.
#[derive(Clone, Debug)]
pub(crate) struct RenderResult {
    /// For whom.
    pub(crate) users: Vec<String>,
    /// Files that are new or changed.
    pub(crate) written: usize,
    /// Files that were there already.
    pub(crate) unchanged: usize,
    /// Files that belong to nothing any more.
    pub(crate) removed: usize,
    /// Whether somebody's account is not in the manifest, so that twelve zeros stand for it in ARNs.
    pub(crate) lacks_account: bool,
}

/// Renders, checks and writes the labs of the chosen users. Nobody is asked for an account.
///
/// # Errors
/// Mistakes of manifest, pack and templates; a system that refuses to write.
pub(crate) fn render(context: &Context, options: &RenderOptions) -> Result<RenderResult, Failure> {
    let lab = load::lab(context)?;
    let mut chosen = options.selection.clone();
    chosen.all |= chosen.users.is_empty() && chosen.groups.is_empty() && !chosen.only_failed;
    let users = chosen.choose(&lab, &context.settings.journal_path())?;
    context.target_report.written(users.iter().map(|user| &user.target));
    let users: Vec<&User> = users.iter().collect();
    let out = &context.settings.out;
    let places = offline_places(&lab);
    let warnings = prove(context, &lab, &users, &places)?;
    let rendered = render::render(&lab, &users, &places, out)?;
    let written = render::write(&rendered, out)?;
    // The first time there was no folder to remember them in.
    reported::remember(context, &lab, &warnings);
    Ok(RenderResult {
        users: users.iter().map(|user| user.name.to_string()).collect(),
        written: written.files,
        unchanged: written.unchanged,
        removed: written.removed,
        lacks_account: users.iter().any(|user| user.target.account_id.is_none()),
    })
}
