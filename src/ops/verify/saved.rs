//! Runs of verify under `out/runs/verify/`: `<run>.jsonl` with the evidence, `<run>.json` with what it came to.

use std::path::PathBuf;

use super::super::context::Context;
use super::super::failure::Failure;
use crate::host;
use crate::trial::{NotOneRun, SavedRun};
use crate::ui::view::{Document, VerifyUser, VerifyView};
use crate::verify::Bundle;

/// A run's document is never larger.
const MOST: u64 = 1 << 30;

/// Where runs are kept.
pub(super) fn folder(context: &Context) -> PathBuf {
    context.settings.out.join("runs").join("verify")
}

/// The run that a user means, and its evidence.
///
/// # Errors
/// When no run or several go by that name, or its file is none.
pub(crate) fn open(context: &Context, name: &str) -> Result<(SavedRun, Bundle), Failure> {
    let run = find(context, name)?;
    let bundle = Bundle::read(&run.records).map_err(|error| Failure::file("read", &run.records, error))?;
    Ok((run, bundle))
}

fn find(context: &Context, name: &str) -> Result<SavedRun, Failure> {
    let folder = folder(context);
    let found = SavedRun::find(&folder, name).map_err(|error| Failure::file("read", &folder, error))?;
    found.map_err(|problem| match problem {
        NotOneRun::None => Failure::usage(
            format!("no run `{name}` of `labctl verify` in `{}`", folder.display()),
            "`last` is the newest; an id, its beginning or a path to a run's file will do. `labctl verify` makes one",
        ),
        NotOneRun::Several(runs) => {
            Failure::usage(format!("several runs begin with `{name}`: {}", runs.join(", ")), "write more of its id")
        }
    })
}

/// What a run came to when it was made.
///
/// # Errors
/// When no run or several go by that name, or its document cannot be read.
pub(super) fn scores(context: &Context, name: &str) -> Result<Vec<VerifyUser>, Failure> {
    scores_of(&find(context, name)?)
}

/// The same of a run that was found.
///
/// # Errors
/// When its document cannot be read.
pub(super) fn scores_of(run: &SavedRun) -> Result<Vec<VerifyUser>, Failure> {
    #[derive(serde::Deserialize)]
    struct Saved {
        users: Vec<VerifyUser>,
    }
    let path = run.document();
    let bytes = host::read(&path, MOST).map_err(|error| Failure::file("read", &path, error))?;
    let saved: Saved = serde_json::from_slice(&bytes).map_err(|error| Failure::file("read", &path, error.into()))?;
    Ok(saved.users)
}

/// Writes a run down: its evidence first, then what it came to.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn write(context: &Context, bundle: &Bundle, document: &Document<VerifyView>) -> Result<(), Failure> {
    let path = folder(context).join(format!("{}.jsonl", bundle.header.run));
    bundle.write(&path).map_err(|error| Failure::file("write", &path, error))?;
    let path = path.with_extension("json");
    let text = serde_json::to_vec(document).map_err(|error| Failure::file("write", &path, error.into()))?;
    host::write_private(&path, &text).map_err(|error| Failure::file("write", &path, error))
}
