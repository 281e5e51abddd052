//! The use case.

use super::super::context::Context;
use super::super::execution::read::{self, Reported};
use super::super::execution::{FoundExecution, handler_log, view};
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::load;
use super::super::selection::Selection;
use super::super::session::Session;
use super::super::step::{Finished, Step};
use super::find::find;
use super::options::{TraceForm, TraceOptions};
use super::reference::Reference;
use crate::cause::PolicyFiles;
use crate::host;
use crate::picture::{Direction, Marks, Picture};
use crate::report::ExportedTrace;
use crate::ui::view::{ExecutionView, TraceData, TraceView};

/// Shows what one execution did.
///
/// # Errors
/// When there is no such execution, or it cannot be read.
pub(crate) async fn trace(context: &Context, options: &TraceOptions) -> Result<Finished<TraceView>, Failure> {
    let (lab, _) = load::whereabouts(context)?;
    let reference = Reference::read(options.execution.as_deref(), &lab)?;
    let selection = match &reference.user {
        Some(user) => Selection { users: vec![user.clone()], ..Selection::default() },
        None => options.selection.clone(),
    };
    let users = selection.choose(&lab, &context.settings.journal_path())?;
    let session = Box::pin(Session::for_users(context, lab, users)).await?;
    let done = trace_in(context, &session, &reference, options).await;
    session.close().await;
    done
}

async fn trace_in(
    context: &Context,
    session: &Session,
    reference: &Reference,
    options: &TraceOptions,
) -> Result<Finished<TraceView>, Failure> {
    let step = Step::whole(context);
    let journal = session.begin_looking(context, "trace")?;
    let (found, reported, (lines, more)) = context
        .unless_interrupted(async {
            let found = find(session, reference).await?;
            let reported = read::reported(&found.machine, &found.execution, found.logged.as_ref()).await?;
            let lines = handler_log::read(found.machine.cloud.as_ref(), &reported.trace).await;
            Ok::<_, Failure>((found, reported, lines))
        })
        .await?;
    let policies = PolicyFiles::of(&session.lab, &found.machine.user);
    let execution = view::execution(&found, &reported, &policies);
    let states = view::states(&found, &reported, &lines, options.only_failed);
    let (exported, picture) = formed(&found, &reported, &execution, options);
    let text = exported.as_ref().or(picture.as_ref());
    let written = match options.output.as_ref().zip(text) {
        Some((file, text)) => {
            host::write_atomic(file, text.as_bytes())
                .map_err(|source| Failure::file("write the trace", file, source))?;
            Some(file.display().to_string())
        }
        _ => None,
    };
    let is_written = written.is_some();
    let view = TraceView {
        execution,
        states,
        notes: reported.notes.into_iter().chain(more).collect(),
        exported: exported.filter(|_| !is_written).map(|text| TraceData::of(Some(text.into()))),
        picture: picture.filter(|_| !is_written),
        written,
        full: options.full,
        only_failed: options.only_failed,
    };
    step.finish(&journal, "trace", Exit::Done, String::new())?;
    Ok(Finished { document: step.document(context, "trace", true, view), exit: Exit::Done })
}

/// The trace in the form that was asked for: for another viewer, or as a picture.
fn formed(
    found: &FoundExecution,
    reported: &Reported,
    execution: &ExecutionView,
    options: &TraceOptions,
) -> (Option<String>, Option<String>) {
    let marks = Marks::of(&reported.trace);
    let picture = Picture {
        outline: &reported.outline,
        title: &found.machine.name,
        direction: Direction::Down,
        marks: Some(&marks),
    };
    match options.form {
        TraceForm::Timeline => (None, None),
        // A file is read by many terminals.
        TraceForm::GraphText if options.output.is_some() => (None, Some(picture.text(80, true))),
        TraceForm::GraphText => (None, Some(picture.text(options.columns.0.min(100), options.columns.1))),
        TraceForm::GraphSvg => (None, Some(picture.svg())),
        TraceForm::Export(format) => {
            let cause = execution.cause.as_ref().map(|cause| cause.text());
            let exported = ExportedTrace {
                arn: &execution.arn,
                name: &execution.name,
                machine: &found.machine.name,
                cause: cause.as_deref(),
                trace: &reported.trace,
            };
            (Some(exported.write(format)), None)
        }
    }
}
