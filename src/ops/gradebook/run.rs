//! A gradebook, from a run to files.

use std::path::{Path, PathBuf};

use super::super::context::Context;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::step::Finished;
use super::earned::{Earned, earned};
use super::export;
use super::options::GradebookOptions;
use crate::host;
use crate::report::{self, GradebookFormat, IfUnknown, LeftOut, Unmatched};
use crate::ui::view::{GradebookView, SkippedUser, UnmatchedView};

/// Writes what users earned.
///
/// # Errors
/// Mistakes of the manifest, a run that is not there, an export that cannot be filled, a file that is in the way.
pub(crate) fn gradebook(context: &Context, options: &GradebookOptions) -> Result<Finished<GradebookView>, Failure> {
    if options.into.is_some() && !options.format.is_table() {
        return Err(Failure::usage(
            format!("`--into` fills a table, and `{}` is none", options.format),
            "leave one of the two out; `--format csv` fills any table",
        ));
    }
    let earned = earned(context, options)?;
    let mut view =
        GradebookView { format: options.format.to_string(), run: earned.run.run.clone(), ..GradebookView::default() };
    let absent =
        earned.absent.iter().map(|user| SkippedUser { user: user.clone(), reason: "not in the run".to_owned() });
    view.skipped.extend(absent);
    match &options.into {
        Some(path) => fill(path, options, &earned, &mut view)?,
        None => write(context, options, earned, &mut view)?,
    }
    let is_whole = view.skipped.is_empty() && view.unmatched.iter().all(|unmatched| unmatched.user.is_none());
    let exit = if is_whole { Exit::Done } else { Exit::Partial };
    Ok(Finished { document: context.document("gradebook", exit == Exit::Done, view), exit })
}

fn fill(path: &Path, options: &GradebookOptions, earned: &Earned, view: &mut GradebookView) -> Result<(), Failure> {
    let export::FilledExport { filled, column, original, original_kept } = export::fill(path, options, &earned.users)?;
    path.clone_into(&mut view.file);
    view.column = Some(column);
    view.points_possible = filled.scale;
    (view.original, view.original_kept) = (original, original_kept);
    view.written = filled.written;
    view.skipped.extend(filled.left_out.into_iter().map(skipped));
    view.unmatched = filled.unmatched.into_iter().map(unmatched).collect();
    Ok(())
}

fn write(
    context: &Context,
    options: &GradebookOptions,
    earned: Earned,
    view: &mut GradebookView,
) -> Result<(), Failure> {
    let mut users = Vec::new();
    for user in earned.users {
        let name = user.user.clone();
        if options.format.knows_unknown() && options.if_unknown == IfUnknown::Leave {
            users.push(user);
            continue;
        }
        match user.settled(options.if_unknown) {
            Ok(user) => users.push(user),
            Err(reason) => view.skipped.push(SkippedUser { user: name, reason }),
        }
    }
    let files = report::write(&users, &earned.run, options.format, options.column.as_deref())
        .map_err(|reason| Failure::usage(reason, help_without_column(options.format)))?;
    let place = place(context, options)?;
    for (name, text) in &files.files {
        let path = if name.as_os_str().is_empty() { place.clone() } else { place.join(name) };
        host::write_private(&path, text.as_bytes()).map_err(|error| Failure::file("write", &path, error))?;
    }
    view.file = place;
    view.written = files.written;
    view.skipped.extend(files.left_out.into_iter().map(skipped));
    Ok(())
}

fn help_without_column(format: GradebookFormat) -> &'static str {
    match format {
        GradebookFormat::Canvas => {
            "fill Canvas' own export with `--into EXPORTED.csv`, or give the title as it exports it: `--column 'Lab 6 (4711)'`"
        }
        _ => "say it with `--column TITLE`",
    }
}

/// Where it is written. What labctl did not name itself is not replaced: it might be the instructor's export.
fn place(context: &Context, options: &GradebookOptions) -> Result<PathBuf, Failure> {
    let Some(output) = &options.output else {
        return Ok(context.settings.out.join("gradebook").join(options.format.file_name()));
    };
    if options.format.is_one_file() && output.symlink_metadata().is_ok() {
        return Err(Failure::usage(
            format!("`{}` exists already and is left as it is", output.display()),
            "choose another file with `-o FILE`; `--into FILE` fills a column of an export",
        ));
    }
    Ok(output.clone())
}

fn skipped(left_out: LeftOut) -> SkippedUser {
    SkippedUser { user: left_out.user, reason: left_out.reason }
}

fn unmatched(unmatched: Unmatched) -> UnmatchedView {
    UnmatchedView { row: unmatched.row, user: unmatched.user, reason: unmatched.reason }
}
