//! One execution: what became of it, its way through the graph, its steps and events.

use labctl_asl::trace::{HistoryEvent, Trace};
use labctl_asl::{Outline, Syntax};
use labctl_picture::{Direction, Marks, Picture};
use serde_json::{Value, json};

use super::events;
use super::express::{self, executions};
use super::machine::configured;
use super::state_machine::Machine;
use super::words::{came_to, lasted, ms, pretty, status, when};
use super::{steps, timeline};
use crate::console::ask::{Ask, Refusal};
use crate::console::page::{Outcome, Page};
use crate::console::request::Request;
use crate::member::Member as _;

/// Events of a history that are read.
const MOST: usize = 25_000;

/// An execution, from DescribeExecution and GetExecutionHistory, or from its log.
pub(super) struct Execution {
    pub(super) arn: String,
    pub(super) name: String,
    status: String,
    started_ms: Option<i64>,
    stopped_ms: Option<i64>,
    pub(super) input: Option<String>,
    output: Option<String>,
    error: Option<String>,
    cause: Option<String>,
    /// The definition that it runs, which need not be the machine's latest.
    definition: String,
    /// Each event as the service writes it, and as a trace reads it.
    events: Vec<(Value, HistoryEvent)>,
}

impl Execution {
    /// # Errors
    /// When it is not there.
    pub(super) async fn find(ask: &Ask<'_>, machine: &Machine, step: &str) -> Result<Self, Refusal> {
        if machine.is_express {
            Self::logged(ask, machine, step).await
        } else {
            Self::described(ask, machine, step).await
        }
    }

    async fn described(ask: &Ask<'_>, machine: &Machine, step: &str) -> Result<Self, Refusal> {
        let arn = ask.arn("states", &format!("execution:{}:{step}", machine.name));
        let input = json!({"executionArn": arn});
        let described = ask.call("states", "DescribeExecution", input.clone()).await.map_err(|_| Refusal::NotFound)?;
        let of_execution = ask.call("states", "DescribeStateMachineForExecution", input).await?;
        let input = json!({"executionArn": arn, "maxResults": 1000});
        let more = ("nextToken", "nextToken");
        let events = ask.all("states", "GetExecutionHistory", input, "events", more, MOST).await?;
        let text = |member: &str| described.member(member).as_str().map(str::to_owned);
        Ok(Self {
            name: step.to_owned(),
            status: text("status").unwrap_or_default(),
            started_ms: ms(described.member("startDate")),
            stopped_ms: ms(described.member("stopDate")),
            input: text("input"),
            output: text("output"),
            error: text("error"),
            cause: text("cause"),
            definition: of_execution.member("definition").as_str().unwrap_or_default().to_owned(),
            events: events.into_iter().map(|event| (event.clone(), events::of_history(&event))).collect(),
            arn,
        })
    }

    async fn logged(ask: &Ask<'_>, machine: &Machine, step: &str) -> Result<Self, Refusal> {
        let (name, id) = step.split_once(':').ok_or(Refusal::NotFound)?;
        let events = express::events(ask, machine, step).await?;
        let arn = ask.arn("states", &format!("express:{}:{name}:{id}", machine.name));
        let found = executions(events.iter().map(|(_, event)| (arn.as_str(), event))).pop().unwrap_or_default();
        Ok(Self {
            arn,
            name: name.to_owned(),
            status: if found.status.is_empty() { "RUNNING".to_owned() } else { found.status.to_owned() },
            started_ms: found.started_ms,
            stopped_ms: found.stopped_ms,
            input: found.input,
            output: found.output,
            error: found.error,
            cause: found.cause,
            definition: machine.definition().to_owned(),
            events,
        })
    }

    fn trace(&self, outline: &Outline) -> Trace {
        let events: Vec<HistoryEvent> = self.events.iter().map(|(_, event)| event.clone()).collect();
        Trace::of(outline, &events)
    }
}

/// The page, or what comes of its form: Stop.
pub(super) async fn show(ask: &Ask<'_>, request: &Request, name: &str, step: &str) -> Result<Outcome, Refusal> {
    let machine = Machine::find(ask, name).await?;
    let execution = Execution::find(ask, &machine, step).await?;
    if request.is_form() {
        let input = json!({"executionArn": execution.arn, "cause": "stopped in the console"});
        ask.call("states", "StopExecution", input).await?;
        return Ok(Outcome::Elsewhere(request.path.clone()));
    }
    let outline = labctl_asl::outline(&execution.definition, Syntax::Json).unwrap_or_default();
    let trace = execution.trace(&outline);
    let marks = Marks::of(&trace);
    let picture =
        Picture { outline: &outline, title: &execution.name, direction: Direction::Down, marks: Some(&marks) };
    let start = ask.path(&["machines", name, "start"]);
    let again = percent_encoding::utf8_percent_encode(step, percent_encoding::NON_ALPHANUMERIC).to_string();
    let is_running = execution.status == "RUNNING";
    let view = json!({
        "facts": facts(&execution, &trace),
        "machine": name, "is_express": machine.is_express,
        "stop": (is_running && !machine.is_express).then(|| ask.form(&request.path)),
        "again": format!("{start}?again={again}"), "edit": ask.path(&["machines", name, "edit"]),
        "input": execution.input.as_deref().map(pretty), "output": execution.output.as_deref().map(pretty),
        "error": execution.error, "cause": execution.cause.as_deref().map(pretty),
        "svg": picture.linked_svg("state-"),
        "states": states(&outline, &execution.definition, &trace),
        "timeline": timeline::svg(&trace, ask.now_ms),
        "steps": steps::of(ask, &trace, &outline).await,
        "events": events::shown(&execution.events, request, execution.started_ms),
        "is_waiting": execution.events.is_empty(),
    });
    let mut trail = machine.trail(ask);
    trail.push((execution.name.clone(), request.path.clone()));
    Ok(Outcome::Page(Page { template: "execution", title: execution.name.clone(), trail, is_live: true, view }))
}

fn facts(execution: &Execution, trace: &Trace) -> Value {
    let (word, class) = status(&execution.status);
    let ended = execution.stopped_ms;
    json!({
        "name": execution.name, "arn": execution.arn, "status": word, "class": class,
        "outcome": came_to(execution.output.as_deref(), execution.error.as_deref()),
        "started": execution.started_ms.map(when), "stopped": ended.map(when),
        "duration": execution.started_ms.zip(ended).map(|(from, to)| lasted(from, to)),
        // What AWS bills for a STANDARD execution: states entered and retries.
        "transitions": trace.visits.iter().map(|visit| 1 + visit.retries()).sum::<usize>(),
    })
}

/// Every state as the definition has it, with the steps in which it was entered.
fn states(outline: &Outline, definition: &str, trace: &Trace) -> Vec<Value> {
    let mut shown = configured(outline, definition);
    for state in &mut shown {
        let name = state.member("name").as_str().unwrap_or_default().to_owned();
        let entered = trace.visits.iter().enumerate().filter(|(_, visit)| visit.state == name).map(|(at, _)| at + 1);
        let entered: Vec<usize> = entered.collect();
        if let Some(members) = state.as_object_mut() {
            members.insert("entered".to_owned(), json!(entered));
        }
    }
    shown
}
