//! Map: where its elements come from, and how iterations start.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html>

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::enter::beyond_limits;
use super::stepper::{Alarm, EXPRESS_LIMIT_MS, Run};
use super::thread::{Children, Element, Elements, Phase, Thread, ThreadId};
use crate::context::{Child, Context, Item};
use crate::definition::{Amount, Batcher, Definition, Items, MapState, State, Tolerance};
use crate::failure::Failure;
use crate::flow::FlowFields;
use crate::payload::{LARGEST, Payload};
use crate::random::Random;
use crate::scope::Scope;
use crate::text::bare;

/// An inline Map runs no more at a time. <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html>
const MOST_ITERATIONS: u64 = 40;
/// A distributed one does this many. <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>
const MOST_CHILDREN: u64 = 10_000;

impl Run {
    /// Starts the first iterations of a Map.
    pub(super) fn iterate(
        &mut self,
        machine: &Definition,
        id: ThreadId,
        state: &State,
        map: &MapState,
    ) -> Result<(), Failure> {
        let Some((context, thread, random)) = self.view(id, state) else { return Ok(()) };
        let input = state.flow.input(&thread.raw, &context)?;
        let mut scope = Scope::new(input.value(), &context, random);
        let limit = concurrency(map, &mut scope)?;
        let mut all = elements(state, map, &mut scope)?;
        let length = all.len();
        let random = scope.random;
        if let Some(batcher) = &map.batcher {
            all = batches(batcher, map, all, &input, &context, random)?;
        }
        let mut last =
            self.tell(id, "MapStateStarted", Some(("mapStateStartedEventDetails", json!({ "length": length }))));
        // AWS looks at what is tolerated when the Map has started already.
        let Some((context, _, random)) = self.view(id, state) else { return Ok(()) };
        let mut scope = Scope::new(input.value(), &context, random);
        let most_failures = most_failures(map.tolerated.as_ref(), length, &mut scope)?;
        let mut label = String::new();
        if let Some(distributed) = &map.distributed {
            label.clone_from(&distributed.label);
            if label.is_empty() {
                label = self.random.uuid();
            }
            let details = json!({ "mapRunArn": self.map_run_arn(&label) });
            last = self.tell(id, "MapRunStarted", Some(("mapRunStartedEventDetails", details)));
        }
        let iterations = all.len();
        if let Some(thread) = self.thread_mut(id) {
            let children = Children {
                threads: vec![None; iterations],
                results: vec![None; iterations],
                open: iterations,
                next: 0,
                failures: 0,
                elements: Some(Elements { all: Arc::new(all), label, input, most_failures }),
            };
            thread.phase = Phase::Children(children);
        }
        if iterations == 0 {
            self.all_joined(machine, id, state);
        }
        for _ in 0..iterations.min(limit) {
            self.start_iteration(machine, id, state, map, last);
        }
        Ok(())
    }

    /// `arn:…:mapRun:machine/label:uuid`
    fn map_run_arn(&mut self, label: &str) -> String {
        let run = self.random.uuid();
        format!("{}/{label}:{run}", self.seed.machine_arn.replacen(":stateMachine:", ":mapRun:", 1))
    }

    /// A new child execution: `arn:…:execution:machine/label:uuid`, or `arn:…:express:machine/label:uuid:uuid`.
    fn child_execution(&mut self, label: &str, express: bool, input: Payload) -> Child {
        let name = self.random.uuid();
        let machine_arn = format!("{}/{label}", self.seed.machine_arn);
        let mut arn = if express {
            machine_arn.replacen(":stateMachine:", ":express:", 1)
        } else {
            machine_arn.replacen(":stateMachine:", ":execution:", 1)
        };
        arn.extend([":", &name]);
        if express {
            arn.extend([":", &self.random.uuid()]);
        }
        let machine_name = format!("{}/{label}", self.seed.machine_name);
        Child { arn, name, machine_arn, machine_name, express, started_ms: self.now_ms, input }
    }

    /// Starts the next iteration, if one is left; its first event follows `last`.
    pub(super) fn start_iteration(
        &mut self,
        machine: &Definition,
        id: ThreadId,
        state: &State,
        map: &MapState,
        last: i64,
    ) {
        let Some(Phase::Children(children)) = self.thread_mut(id).map(|thread| &mut thread.phase) else { return };
        let (index, Some(elements)) = (children.next, children.elements.clone()) else { return };
        let Some(element) = elements.all.get(index) else { return };
        children.next += 1;
        let item = Item { index, key: element.key.clone(), value: element.value.clone() };
        let selected = match self.view(id, state) {
            // Of a batch the elements were selected before they were put together.
            Some((context, _, random)) if map.batcher.is_none() => {
                select(map, &item, &elements.input, &context, random)
            }
            _ => Ok(element.value.clone()),
        };
        let selected = selected.and_then(|raw| beyond_limits(&raw, &state.name).map_or(Ok(raw), Err));
        let raw = match selected {
            Ok(raw) => raw,
            Err(failure) => {
                self.abort_children(machine, id);
                let inside = failure.location.is_some();
                let failure = self.reported(machine, id, failure);
                self.fail(id, failure, inside);
                return;
            }
        };
        let Some(scope) = machine.scopes.get(map.processor) else { return };
        let mut started = last;
        if map.distributed.is_none() {
            let details = Some(iteration("mapIterationStartedEventDetails", state, index));
            started = self.note(id, last, "MapIterationStarted", details);
        }
        let mut child = Thread::new(Some((id, index)), scope.start, raw.clone(), started);
        if let Some(distributed) = &map.distributed {
            // An execution of its own: it sees neither the element nor the variables around it.
            child.child = Some(Arc::new(self.child_execution(&elements.label, distributed.express, raw)));
        } else if let Some(parent) = self.thread(id) {
            child.item = Some(Arc::new(item));
            child.child.clone_from(&parent.child);
            child.variables = parent.variables.clone();
        }
        let child = self.spawn(child);
        if map.distributed.as_ref().is_some_and(|distributed| distributed.express) {
            let limit = self.set_timer(EXPRESS_LIMIT_MS, Alarm::Child(child));
            if let Some(thread) = self.thread_mut(child) {
                thread.limit = Some(limit);
            }
        }
        if let Some(Phase::Children(children)) = self.thread_mut(id).map(|thread| &mut thread.phase)
            && let Some(place) = children.threads.get_mut(index)
        {
            *place = Some(child);
        }
    }
}

/// `{name, index}`
pub(super) fn iteration(member: &'static str, state: &State, index: usize) -> (&'static str, Value) {
    (member, json!({ "name": state.name, "index": index }))
}

/// What an iteration gets: the element, or what ItemSelector makes of it.
fn select(
    map: &MapState,
    item: &Item,
    input: &Payload,
    context: &Context<'_>,
    random: &mut Random,
) -> Result<Payload, Failure> {
    let Some(template) = &map.selector else { return Ok(bare_item(item)) };
    let context = Context { item: Some(item), ..*context };
    template.evaluate(&mut Scope::new(input.value(), &context, random)).map(Payload::new)
}

/// What an iteration gets without an ItemSelector: the element, or the pair of a member's name and value.
fn bare_item(item: &Item) -> Payload {
    match &item.key {
        Some(key) => Payload::new(json!({ "Key": key, "Value": item.value.value() })),
        None => item.value.clone(),
    }
}

/// The elements, put together as ItemBatcher wants them.
fn batches(
    batcher: &Batcher,
    map: &MapState,
    elements: Vec<Element>,
    input: &Payload,
    context: &Context<'_>,
    random: &mut Random,
) -> Result<Vec<Element>, Failure> {
    let mut scope = Scope::new(input.value(), context, random);
    let most_items = batcher.most_items.as_ref().map(|most| positive(most, &mut scope)).transpose()?;
    let most_bytes = batcher.most_bytes.as_ref().map(|most| positive(most, &mut scope)).transpose()?;
    let common = batcher.input.as_ref().map(|template| template.evaluate(&mut scope)).transpose()?;
    let random = scope.random;
    let most_items = most_items.unwrap_or(usize::MAX);
    let most_bytes = most_bytes.map_or(LARGEST, |most| most.min(LARGEST));
    // The size is that of the whole batch: what is around the items counts too.
    let around = batch_of(Vec::new(), common.as_ref()).text().len();
    let mut made = Vec::new();
    let (mut batch, mut bytes) = (Vec::new(), around);
    for (index, Element { key, value }) in elements.into_iter().enumerate() {
        let selected = select(map, &Item { index, key, value }, input, context, random)?;
        let size = selected.text().len();
        let comma = usize::from(!batch.is_empty());
        if !batch.is_empty() && (batch.len() >= most_items || bytes + comma + size > most_bytes) {
            made.push(batch_of(std::mem::take(&mut batch), common.as_ref()));
            bytes = around + size;
        } else {
            bytes += comma + size;
        }
        batch.push(selected.into_value());
    }
    if !batch.is_empty() {
        made.push(batch_of(batch, common.as_ref()));
    }
    Ok(made.into_iter().map(|value| Element { key: None, value }).collect())
}

fn batch_of(items: Vec<Value>, common: Option<&Value>) -> Payload {
    let mut members = Map::new();
    if let Some(common) = common {
        members.insert("BatchInput".to_owned(), common.clone());
    }
    members.insert("Items".to_owned(), Value::Array(items));
    Payload::new(Value::Object(members))
}

/// How many elements an iteration works on: more than one only in a batch.
pub(super) fn weight(map: &MapState, element: &Payload) -> usize {
    let items = map.batcher.as_ref().and_then(|_| element.value().get("Items")?.as_array().map(Vec::len));
    items.unwrap_or(1)
}

fn concurrency(map: &MapState, scope: &mut Scope<'_>) -> Result<usize, Failure> {
    let wanted = amount(&map.concurrency, scope)?;
    let most = if map.distributed.is_some() { MOST_CHILDREN } else { MOST_ITERATIONS };
    let allowed = if wanted == 0 { most } else { wanted.min(most) };
    Ok(usize::try_from(allowed).unwrap_or(1))
}

/// How many elements may fail. Without a limit that is set, none.
fn most_failures(tolerated: Option<&Tolerance>, length: usize, scope: &mut Scope<'_>) -> Result<usize, Failure> {
    let Some(tolerated) = tolerated else { return Ok(0) };
    let mut most = usize::MAX;
    if let Some(count) = &tolerated.count {
        most = most.min(usize::try_from(amount(count, scope)?).unwrap_or(usize::MAX));
    }
    if let Some(percentage) = &tolerated.percentage {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a part of a length"
        )]
        let part = (rate(percentage, scope)? / 100.0 * length as f64).floor() as usize;
        most = most.min(part);
    }
    Ok(most)
}

/// A number of things, a whole one.
fn amount(amount: &Amount, scope: &mut Scope<'_>) -> Result<u64, Failure> {
    match amount {
        Amount::Fixed(number) => Ok(*number),
        // Only a percentage has one.
        Amount::Fraction(_) => Ok(0),
        Amount::Path { field, path } => {
            let value = scope
                .select(path)
                .map_err(|missing| Failure::runtime(format!("Invalid path '{}' : {}", path.text, missing.0)))?;
            // AWS reads numbers out of strings here.
            let number = value.as_i64().or_else(|| value.as_str()?.parse().ok()).ok_or_else(|| {
                Failure::runtime(format!(
                    "The {field} field refers to value \"{}\" which is not a valid integer: {}",
                    bare(&value),
                    path.text
                ))
            })?;
            let name = field.strip_suffix("Path").unwrap_or(field);
            u64::try_from(number).map_err(|_| Failure::runtime(format!("{name} cannot be negative.")))
        }
        Amount::Query(query) => query.integer(0, u64::from(u32::MAX), scope),
    }
}

/// A number of things of which there must be one at least.
fn positive(wanted: &Amount, scope: &mut Scope<'_>) -> Result<usize, Failure> {
    if let Amount::Query(query) = wanted {
        let number = query.integer(1, u64::from(u32::MAX), scope)?;
        return Ok(usize::try_from(number).unwrap_or(usize::MAX));
    }
    let number = amount(wanted, scope)?;
    usize::try_from(number).ok().filter(|number| *number > 0).ok_or_else(|| {
        let field = if let Amount::Path { field, .. } = wanted { field } else { "" };
        Failure::runtime(format!("The {field} field refers to value \"{number}\" which is not a positive integer."))
    })
}

/// A percentage, which may have a fraction.
fn rate(amount: &Amount, scope: &mut Scope<'_>) -> Result<f64, Failure> {
    match amount {
        #[expect(clippy::cast_precision_loss, reason = "from 0 to 100")]
        Amount::Fixed(number) => Ok(*number as f64),
        Amount::Fraction(number) => Ok(*number),
        Amount::Path { field, path } => {
            let value = scope
                .select(path)
                .map_err(|missing| Failure::runtime(format!("Invalid path '{}' : {}", path.text, missing.0)))?;
            let rate = value.as_f64().or_else(|| value.as_str()?.parse().ok()).ok_or_else(|| {
                Failure::runtime(format!(
                    "The {field} field refers to value \"{}\" which is not a valid float: {}",
                    bare(&value),
                    path.text
                ))
            })?;
            let name = field.strip_suffix("Path").unwrap_or(field);
            let cause = format!("{name} must be between 0 and 100.");
            if (0.0..=100.0).contains(&rate) { Ok(rate) } else { Err(Failure::runtime(cause)) }
        }
        Amount::Query(query) => query.number(0.0, 100.0, scope),
    }
}

fn elements(state: &State, map: &MapState, scope: &mut Scope<'_>) -> Result<Vec<Element>, Failure> {
    let (whole, place) = match &map.items {
        Items::Input => (scope.input.clone(), "$"),
        Items::Path(path) => {
            let found = scope
                .select(path)
                .map_err(|missing| Failure::runtime(format!("Invalid path '{}' : {}", path.text, missing.0)))?;
            (found.into_owned(), path.text.as_str())
        }
        Items::Template(template) => (template.evaluate(scope)?, "Items"),
        Items::Query(query) => (query.array(map.distributed.is_some(), scope)?, "Items"),
    };
    match whole {
        Value::Array(elements) => {
            Ok(elements.into_iter().map(|value| Element { key: None, value: Payload::new(value) }).collect())
        }
        // <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>: an INLINE Map takes arrays only.
        Value::Object(members) if map.distributed.is_some() => {
            let members = members.into_iter();
            Ok(members.map(|(key, value)| Element { key: Some(key), value: Payload::new(value) }).collect())
        }
        whole if matches!((&map.items, &state.flow.fields), (Items::Input, FlowFields::Query { .. })) => {
            // No expression is to blame, so no place of one is reported.
            let cause = format!("Map state input must be an array but was: {whole}");
            Err(Failure { location: Some(String::new()), ..Failure::named("States.QueryEvaluationError", cause) })
        }
        _ => Err(Failure::runtime(format!("Reference path \"{place}\" must point to array."))),
    }
}
