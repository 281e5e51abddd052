//! `labctl render`.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::json;

use super::args::Selection;
use super::context::Context;
use super::exit::Exit;
use super::run::Ended;
use super::{look, selection, session, told};
use crate::model::{AccountId, Lab, Place, User, UserName};
use crate::render;
use crate::ui::counted_len;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Ended {
    let lab = session::load(context)?;
    let mut chosen = arguments.selection.clone();
    // Rendering costs nothing: without a choice it is for everybody.
    chosen.all |= chosen.user.is_empty() && !chosen.only_failed;
    let users = selection::choose(&chosen, &lab, &context.journal_path())?;
    context.whereabouts.written(users.iter().map(|user| &user.target));
    let users: Vec<&User> = users.iter().collect();
    let out = &context.global.out;
    let places = offline_places(&lab);
    let warnings = look::prove(context, &lab, &users, &places)?;
    let rendered = render::render(&lab, &users, &places, out)?;
    let written = render::write(&rendered, out)?;
    // The first time there was no folder to remember them in.
    told::remember(context, &lab, &warnings);
    if context.global.json {
        let body = json!({
            "out": out,
            "users": users.iter().map(|user| user.name.as_str()).collect::<Vec<_>>(),
            "summary": { "written": written.files, "unchanged": written.unchanged, "removed": written.removed },
        });
        context.ui.print_json(&context.document("render", true, body));
    } else {
        context.ui.raw(&format!(
            "Render complete: {} written, {} unchanged, {} removed ({}) under {}.\n",
            written.files,
            written.unchanged,
            written.removed,
            counted_len(users.len(), "user"),
            out.display(),
        ));
        if users.iter().any(|user| user.target.account_id.is_none()) {
            context.ui.note("ARNs carry account 000000000000: the manifest's `target.account_id` names none, and render asks nobody");
        }
    }
    Ok(Exit::Done)
}

/// Where each user's lab goes as far as the manifest alone says: the guarded account, else twelve zeros.
pub(super) fn offline_places(lab: &Lab) -> BTreeMap<UserName, Place> {
    lab.users
        .iter()
        .map(|user| {
            let account = user.target.account_id.clone().unwrap_or_else(AccountId::zero);
            (user.name.clone(), Place { account, region: user.target.region.clone() })
        })
        .collect()
}
