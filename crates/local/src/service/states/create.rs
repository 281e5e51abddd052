//! CreateStateMachine. <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>

use crate::member::Member as _;
use std::sync::Arc;

use serde_json::json;

use super::checker::{Checker, checked_definition, checked_role_arn, refuse_parts};
use super::fault::deleting;
use super::logging::Logging;
use super::machine::{MACHINES, Record, StateMachine, seconds};
use super::name::checked_name;
use super::registry::Registry;
use super::state::text;
use super::tags::read_tags;
use crate::arn::arn;
use crate::clock::Clock;
use crate::wire::{Answer, Call, Fault};

pub(super) fn create_state_machine(
    checker: &Checker,
    registry: &Registry,
    clock: &Clock,
    call: &Call,
) -> Result<Answer, Fault> {
    let input = &call.input;
    refuse_parts(input, &call.operation)?;
    let name = checked_name(text(input, "name"))?;
    let machine_arn = arn("states", &call.region, &checker.account, &format!("stateMachine:{name}"));
    checker.access.permit(call, &machine_arn)?;
    let express = input.member("type") == "EXPRESS";
    let definition = checked_definition(text(input, "definition"), express)?;
    let role_arn = checked_role_arn(text(input, "roleArn"))?;
    let logging = Logging::read(input.member("loggingConfiguration"), checker.logs.as_ref())?;
    let tracing = input.member("tracingConfiguration").is_true("enabled");
    let record = Record {
        arn: machine_arn,
        name: name.to_owned(),
        region: call.region.clone(),
        express,
        definition: text(input, "definition").to_owned(),
        role_arn: role_arn.to_owned(),
        logging,
        tracing,
        tags: read_tags(input.member("tags"))?,
        created_ms: clock.now_ms(),
        revision: None,
        updated_ms: None,
        deleting: false,
        first_execution: registry.coming_number(),
    };
    if let Some(answer) = existing(registry, &record)? {
        return Ok(answer);
    }
    checker.role(&call.caller, &record)?;
    checker.managed_rule(&definition, &record)?;
    checker.delivery(registry, &record)?;
    let answer = created(&record);
    let mut state = registry.state();
    if !state.machines.contains_key(&record.arn) {
        registry.store.put(MACHINES, &record.arn, json!(record));
        let machine = StateMachine::new(record);
        state.machines.insert(machine.record.arn.clone(), Arc::new(machine));
    }
    Ok(answer)
}

/// The same request again is answered as the first; role and tags do not count, nor are they taken over.
fn existing(registry: &Registry, wanted: &Record) -> Result<Option<Answer>, Fault> {
    let state = registry.state();
    let Some(there) = state.machines.get(&wanted.arn).map(|machine| &machine.record) else { return Ok(None) };
    if there.deleting {
        return Err(deleting(&wanted.arn));
    }
    let same = there.definition == wanted.definition
        && there.express == wanted.express
        && there.logging == wanted.logging
        && there.tracing == wanted.tracing;
    if same {
        return Ok(Some(created(there)));
    }
    Err(Fault::client("StateMachineAlreadyExists", format!("State Machine Already Exists: '{}'", wanted.arn)))
}

fn created(record: &Record) -> Answer {
    Answer::members(json!({ "stateMachineArn": record.arn, "creationDate": seconds(record.created_ms) }))
}
