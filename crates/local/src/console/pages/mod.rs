//! One file a page: the services' answers in, a view out.

mod definition;
mod events;
mod execution;
mod express;
mod handler_lines;

mod machine;
mod machines;
mod start;
mod steps;
mod timeline;
mod words;

use super::ask::{Ask, Refusal};
use super::page::Outcome;
use super::request::{Request, path};

/// What a request comes to.
pub(super) async fn outcome(ask: &Ask<'_>, request: &Request) -> Result<Outcome, Refusal> {
    let steps: Vec<&str> = request.steps.iter().map(String::as_str).collect();
    match *steps {
        [_] => Ok(Outcome::Elsewhere(path(&[ask.region, "machines"]))),
        [_, "machines"] => machines::show(ask, request).await,
        [_, "create-machine"] => definition::create(ask, request).await,
        [_, "machines", name] => machine::show(ask, request, name).await,
        [_, "machines", name, "start"] => start::show(ask, request, name).await,
        [_, "machines", name, "edit"] => definition::edit(ask, request, name).await,
        [_, "machines", name, "executions", execution] => execution::show(ask, request, name, execution).await,
        _ => Err(Refusal::NotFound),
    }
}
