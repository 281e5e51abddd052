//! One file a page: the services' answers in, a view out.

mod create_policy;
mod create_role;
mod dashboards;
mod definition;
mod events;
mod execution;
mod express;
mod figures;
mod function;
mod function_code;
mod function_metrics;
mod function_test;
mod functions;
mod handler_lines;
mod log_group;
mod log_groups;
mod log_stream;
mod machine;
mod machines;
mod messages;
mod metrics;
mod queue;
mod queues;
mod role;
mod roles;
mod start;
mod state_machine;
mod steps;
mod timeline;
mod widget;
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
        [_, "functions"] => functions::show(ask, request).await,
        [_, "functions", name] => function::show(ask, request, name).await,
        [_, "functions", name, "metrics"] => function_metrics::show(ask, request, name).await,
        [_, "roles"] => roles::show(ask, request).await,
        [_, "create-role"] => create_role::show(ask, request).await,
        [_, "roles", name] => role::show(ask, name).await,
        [_, "roles", name, "create-policy"] => create_policy::show(ask, request, name).await,
        [_, "log-groups"] => log_groups::show(ask, request).await,
        [_, "log-groups", name] => log_group::show(ask, request, name).await,
        [_, "log-groups", group, stream] => log_stream::show(ask, request, group, stream).await,
        [_, "queues"] => queues::show(ask, request).await,
        [_, "queues", name] => queue::show(ask, request, name).await,
        [_, "machines", name, "metrics"] => metrics::of_machine(ask, request, name).await,
        [_, "metrics"] => metrics::show(ask, request).await,
        [_, "dashboards"] => dashboards::list(ask, request).await,
        [_, "dashboards", name] => dashboards::show(ask, request, name).await,
        [_, "dashboards", name, "source"] => dashboards::source(ask, request, name).await,
        [_, "dashboards", name, "add"] => widget::show(ask, request, name).await,
        _ => Err(Refusal::NotFound),
    }
}
