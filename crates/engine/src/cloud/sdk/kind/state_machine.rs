//! State machines. <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sfn::operation::describe_state_machine::DescribeStateMachineOutput;
use aws_sdk_sfn::types::{
    CloudWatchLogsLogGroup, ExecutionStatus, LogDestination, LogLevel, LoggingConfiguration, StateMachineStatus,
    StateMachineType, Tag,
};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::calls::{Calls, Owned, Update};
use super::reading::{all, index_of_few, not_in_index, observe_indexed};
use crate::cloud::sdk::caller::{found, still_owned};
use crate::cloud::sdk::clients::Clients;
use crate::cloud::sdk::execution::stop;
use crate::cloud::sdk::failure::refused;
use crate::cloud::sdk::observation::{Observation, ObservedKind};
use crate::cloud::{CloudError, ErrorClass};
use crate::kind::{Live, LiveState, LogGroup, Part, Resource, StateMachine};
use crate::model::{Key, Logging, MachineType, Tags};

/// How long a machine may take to go; its running executions are stopped first.
const GOES: Duration = Duration::from_mins(2);

/// Executions that are stopped at once.
const STOPS_AT_ONCE: usize = 256;

#[async_trait]
impl Calls for StateMachine {
    /// The index tells tags, of which few can be asked for a second, and definitions are read.
    async fn observe(clients: &Clients, observation: Observation<'_>) -> Result<ObservedKind, CloudError> {
        let list = || async { all(names(clients).await) };
        let read = |key: Key| async move {
            let (arn, index) = (observation.arn(&key), index_of_few(clients, observation).await?);
            let known = index.as_ref().ok().and_then(|index| index.get(&arn));
            Ok(read(clients, &arn, known).await?.map(|live| observation.sharing(key, live)))
        };
        let mut observed = observe_indexed::<Self, _, _>(clients, observation, list, read).await?;
        let observation = observation.with(index_of_few(clients, observation).await?);
        observed.notes.extend(not_in_index(observation, Self::KIND, &observed.found));
        Ok(observed)
    }

    async fn read(clients: &Clients, name: &str) -> Result<Option<Live>, CloudError> {
        read(clients, &clients.arn(&Self::key(name)).await?, None).await
    }

    async fn create(&self, clients: &Clients, resource: &Resource) -> Result<String, CloudError> {
        let logging = logging_configuration(clients, self).await?;
        let machine_type = match self.machine_type {
            MachineType::Standard => StateMachineType::Standard,
            MachineType::Express => StateMachineType::Express,
        };
        let create = || {
            let request = clients.states.create_state_machine().name(&resource.key.name).r#type(machine_type.clone());
            let request = request.definition(&*self.definition).role_arn(&self.role);
            request.logging_configuration(logging.clone()).set_tags(Some(tags(&resource.tags))).send()
        };
        Ok(clients.caller.call("states:CreateStateMachine", create).await?.state_machine_arn)
    }

    /// One call changes definition, role and logging; running executions keep the old ones.
    async fn update(&self, clients: &Clients, resource: &Resource, update: Update<'_>) -> Result<(), CloudError> {
        let arn = update.live.arn;
        if update.parts.contains(&Part::Definition) {
            let logging = logging_configuration(clients, self).await?;
            let update = || {
                let request = clients.states.update_state_machine().state_machine_arn(arn);
                let request = request.definition(&*self.definition).role_arn(&self.role);
                request.logging_configuration(logging.clone()).send()
            };
            clients.caller.call("states:UpdateStateMachine", update).await?;
        }
        let put = || clients.states.tag_resource().resource_arn(arn).set_tags(Some(tags(&resource.tags))).send();
        clients.caller.call("states:TagResource", put).await.map(|_| ())
    }

    /// Stops what runs, deletes, and waits until the name is free.
    async fn delete(clients: &Clients, _: &str, live: Owned<'_>) -> Result<bool, CloudError> {
        let Owned { arn, owner } = live;
        let name = arn.rsplit(':').next().unwrap_or(arn);
        let (is_ours, running) = match clients.seen(&Self::key(name), owner) {
            Some(seen) if seen.is_express => (true, Vec::new()),
            Some(_) => (true, running(clients, arn).await?),
            None => {
                let (tags, running) = tokio::try_join!(tags_of(clients, arn), running(clients, arn))?;
                (tags.is_some_and(|tags| owner.owns(&tags)), running)
            }
        };
        // On its way out it may show no tags.
        let is_going = !is_ours && {
            let Some(answer) = describe(clients, arn).await? else { return Ok(false) };
            state(&answer) == LiveState::Deleting
        };
        if !is_ours && !is_going {
            still_owned("states:DeleteStateMachine", name, owner, &Tags::new())?;
        }
        let stops = running.into_iter().map(|execution| async move {
            found(stop(clients, &execution, "its state machine is being deleted").await)
        });
        stream::iter(stops).buffer_unordered(STOPS_AT_ONCE).try_collect::<Vec<_>>().await?;
        if !is_going {
            let delete = || clients.states.delete_state_machine().state_machine_arn(arn).send();
            if found(clients.caller.call("states:DeleteStateMachine", delete).await)?.is_none() {
                return Ok(false);
            }
        }
        let mut poller = clients.caller.poller(GOES);
        while describe(clients, arn).await?.is_some() {
            if !poller.next().await {
                let message =
                    format!("`{arn}` is still being deleted: an execution has not come to its next transition");
                return Err(refused("states:DeleteStateMachine", ErrorClass::Busy, message));
            }
        }
        Ok(true)
    }
}

/// Reads a machine; tags are `known` or asked for (1 a second once 100 are asked).
pub(in crate::cloud::sdk) async fn read(
    clients: &Clients,
    arn: &str,
    known: Option<&Tags>,
) -> Result<Option<Live>, CloudError> {
    let Some(answer) = describe(clients, arn).await? else { return Ok(None) };
    let (content, state) = (content(&answer), state(&answer));
    let live = |tags| Live { arn: answer.state_machine_arn.clone(), body: content.clone().into(), tags, state };
    // A tag index lags behind. It is believed where it agrees with the content it was written with, and of what is on its way
    // out and does not show its tags itself.
    if let Some(known) = known.map(|tags| live(tags.clone()))
        && (state == LiveState::Deleting || known.tagged_digest() == Some(known.body.digest()))
    {
        return Ok(Some(known));
    }
    if state == LiveState::Deleting {
        return Ok(Some(live(Tags::new())));
    }
    Ok(tags_of(clients, arn).await?.map(live))
}

/// A machine without its tags.
pub(in crate::cloud::sdk) async fn described(
    clients: &Clients,
    name: &str,
) -> Result<Option<(String, StateMachine)>, CloudError> {
    let arn = clients.arn(&StateMachine::key(name)).await?;
    let answer = describe(clients, &arn).await?.filter(|answer| state(answer) != LiveState::Deleting);
    Ok(answer.map(|answer| (answer.state_machine_arn.clone(), content(&answer))))
}

/// Step Functions takes the ARN of the group's streams, not of the group.
async fn logging_configuration(clients: &Clients, machine: &StateMachine) -> Result<LoggingConfiguration, CloudError> {
    let Some(logging) = &machine.logging else {
        return Ok(LoggingConfiguration::builder().level(LogLevel::Off).build());
    };
    let group = clients.arn(&LogGroup::key(&logging.log_group)).await?;
    let group = CloudWatchLogsLogGroup::builder().log_group_arn(format!("{group}:*")).build();
    let configuration = LoggingConfiguration::builder()
        .level(LogLevel::from(logging.level.as_str()))
        .include_execution_data(logging.include_execution_data)
        .destinations(LogDestination::builder().cloud_watch_logs_log_group(group).build());
    Ok(configuration.build())
}

/// Names of every machine, page by page.
pub(in crate::cloud::sdk) async fn names(clients: &Clients) -> Result<Vec<String>, CloudError> {
    let (mut machines, mut token) = (Vec::new(), None);
    loop {
        let ask = || clients.states.list_state_machines().max_results(1000).set_next_token(token.clone()).send();
        let page = clients.caller.call("states:ListStateMachines", ask).await?;
        machines.extend(page.state_machines.into_iter().map(|machine| machine.name));
        token = page.next_token;
        if token.is_none() {
            return Ok(machines);
        }
    }
}

async fn describe(clients: &Clients, arn: &str) -> Result<Option<DescribeStateMachineOutput>, CloudError> {
    let ask = || clients.states.describe_state_machine().state_machine_arn(arn).send();
    found(clients.caller.call("states:DescribeStateMachine", ask).await)
}

async fn tags_of(clients: &Clients, arn: &str) -> Result<Option<Tags>, CloudError> {
    let ask = || clients.states.list_tags_for_resource().resource_arn(arn).send();
    let Some(answer) = found(clients.caller.call("states:ListTagsForResource", ask).await)? else { return Ok(None) };
    let tags = answer.tags.unwrap_or_default().into_iter();
    Ok(Some(tags.filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))).collect()))
}

/// ARNs of the executions that run on a machine; none where it is EXPRESS or not there. Its type is not asked for: that
/// would be one more call for every machine.
async fn running(clients: &Clients, arn: &str) -> Result<Vec<String>, CloudError> {
    let (mut running, mut token) = (Vec::new(), None);
    loop {
        let ask = || {
            let request = clients.states.list_executions().state_machine_arn(arn).max_results(1000);
            request.status_filter(ExecutionStatus::Running).set_next_token(token.clone()).send()
        };
        let page = match clients.caller.call("states:ListExecutions", ask).await {
            Err(error) if error.code.as_deref() == Some("StateMachineTypeNotSupported") => return Ok(running),
            answer => found(answer)?,
        };
        let Some(page) = page else { return Ok(running) };
        running.extend(page.executions.into_iter().map(|execution| execution.execution_arn));
        token = page.next_token;
        if token.is_none() {
            return Ok(running);
        }
    }
}

fn tags(wanted: &Tags) -> Vec<Tag> {
    wanted.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn state(answer: &DescribeStateMachineOutput) -> LiveState {
    match answer.status {
        Some(StateMachineStatus::Deleting) => LiveState::Deleting,
        _ => LiveState::Ready,
    }
}

fn content(answer: &DescribeStateMachineOutput) -> StateMachine {
    let machine_type = match answer.r#type {
        StateMachineType::Express => MachineType::Express,
        _ => MachineType::Standard,
    };
    StateMachine {
        machine_type,
        role: answer.role_arn.clone(),
        definition: answer.definition.as_str().into(),
        logging: answer.logging_configuration().and_then(logging),
    }
}

fn logging(configuration: &LoggingConfiguration) -> Option<Logging> {
    let destination = configuration.destinations().first();
    let arn = destination.and_then(|destination| destination.cloud_watch_logs_log_group()?.log_group_arn());
    let level = configuration.level().map_or("OFF", LogLevel::as_str);
    if level == "OFF" && arn.is_none() {
        return None;
    }
    let group = arn.and_then(|arn| arn.split_once(":log-group:")).map_or("", |(_, group)| group);
    Some(Logging {
        level: level.to_owned(),
        include_execution_data: configuration.include_execution_data(),
        log_group: group.strip_suffix(":*").unwrap_or(group).to_owned(),
    })
}
