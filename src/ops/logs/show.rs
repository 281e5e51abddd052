//! The use case.

use super::super::context::Context;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::session::Session;
use super::super::step::{Finished, Step};
use super::follow::follow;
use super::groups::{Groups, groups};
use super::options::LogsOptions;
use super::read::{left_out, read, tails};
use crate::ui::counted_len;
use crate::ui::view::LogsView;

/// Shows what functions and machines wrote, by time.
///
/// # Errors
/// What names no user, function or machine, and what cannot be read.
pub(crate) async fn logs(context: &Context, options: &LogsOptions) -> Result<Finished<LogsView>, Failure> {
    if options.follow {
        if context.settings.for_program {
            return Err(Failure::usage(
                "`--json` prints one document when the command ends, and `--follow` does not end",
                "leave one of them out; `--since` reads what was written since a time",
            ));
        }
        return Box::pin(follow(context, options)).await;
    }
    let work = async |session: &Session| {
        let step = Step::whole(context);
        let journal = session.begin_looking(context, "logs")?;
        let view = context
            .unless_interrupted(async {
                let Groups { found, notes } = groups(session, options).await?;
                let mut tails = tails(session, found, options)?;
                let what = format!("reading {}", counted_len(tails.len(), "log group"));
                session.note_wait(context, &what, "logs:FilterLogEvents", tails.len());
                let (events, left) = read(session, &mut tails, options.limit).await?;
                let notes = notes.into_iter().chain(left_out(events.len(), left)).collect();
                Ok::<_, Failure>(LogsView { events, notes })
            })
            .await?;
        step.finish(&journal, "logs", Exit::Done, String::new())?;
        Ok(Finished { document: step.document(context, "logs", true, view), exit: Exit::Done })
    };
    Session::during_as_it_stands(context, &options.selection, work).await
}
