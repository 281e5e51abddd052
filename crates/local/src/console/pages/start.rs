//! Start execution.

use serde_json::{Value, json};

use super::execution::Execution;
use super::machine::last_input;
use super::state_machine::Machine;
use super::words::pretty;
use crate::console::ask::{Ask, Refusal};
use crate::console::page::{Outcome, Page};
use crate::console::request::Request;
use crate::member::Member as _;

/// The form, or what comes of it.
pub(super) async fn show(ask: &Ask<'_>, request: &Request, name: &str) -> Result<Outcome, Refusal> {
    let machine = Machine::find(ask, name).await?;
    let mut said = None;
    if request.is_form() {
        match started(ask, request, &machine).await {
            Ok(path) => return Ok(Outcome::Elsewhere(path)),
            Err(refused) => said = Some(refused),
        }
    }
    let filled = if request.is_form() {
        (request.field("name"), request.field("input"))
    } else {
        prefilled(ask, request, &machine).await
    };
    let offered: Vec<Value> = ask
        .suggested(name)
        .enumerate()
        .map(|(at, suggestion)| json!({"title": suggestion.title, "path": format!("{}?use={at}", request.path)}))
        .collect();
    let view = json!({
        "machine": name, "form": ask.form(&request.path), "name": filled.0, "input": filled.1, "said": said,
        "offered": offered, "is_express": machine.is_express,
    });
    let mut trail = machine.trail(ask);
    trail.push(("Start execution".to_owned(), request.path.clone()));
    Ok(Outcome::Page(Page {
        template: "start",
        title: format!("Start execution of {name}"),
        trail,
        is_live: false,
        view,
    }))
}

/// A name and an input to begin with: what the address asks for, else the last one's input, else the first of the lesson.
async fn prefilled(ask: &Ask<'_>, request: &Request, machine: &Machine) -> (String, String) {
    if let Some(step) = request.query("again")
        && let Ok(execution) = Execution::find(ask, machine, step).await
        && let Some(input) = execution.input
    {
        return (String::new(), pretty(&input));
    }
    let chosen = request.query("use").and_then(|at| at.parse::<usize>().ok());
    if let Some(suggestion) = chosen.and_then(|at| ask.suggested(&machine.name).nth(at)) {
        return (as_name(&suggestion.title), pretty(&suggestion.input));
    }
    if let Some(last) = last_input(ask, machine).await {
        return (String::new(), last);
    }
    let first = ask.suggested(&machine.name).next();
    first.map_or_else(|| (String::new(), "{}".to_owned()), |first| (as_name(&first.title), pretty(&first.input)))
}

/// A title as an execution's name, where it can be one as it is.
fn as_name(title: &str) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if title.len() <= 80 && title.chars().all(fits) { title.to_owned() } else { String::new() }
}

/// Starts one and gives its path.
async fn started(ask: &Ask<'_>, request: &Request, machine: &Machine) -> Result<String, String> {
    let mut input = json!({"stateMachineArn": machine.arn, "input": request.field("input")});
    let name = request.field("name");
    if let Some(members) = input.as_object_mut().filter(|_| !name.trim().is_empty()) {
        members.insert("name".to_owned(), json!(name.trim()));
    }
    let answer = ask.call("states", "StartExecution", input).await;
    let answer = answer.map_err(|fault| format!("{}: {}", fault.code, fault.message))?;
    let arn = answer.member("executionArn").as_str().unwrap_or_default();
    // What stands behind the machine's name: the execution's, with an id where it is express.
    let step = arn.splitn(8, ':').nth(7).unwrap_or_default();
    Ok(ask.path(&["machines", &machine.name, "executions", step]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_a_name_only_as_it_is() {
        assert_eq!(as_name("successful-order-test"), "successful-order-test");
        assert_eq!(as_name("a valid order"), "");
        assert_eq!(as_name(&"a".repeat(81)), "");
    }
}
