//! State machines. <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_sfn::operation::describe_state_machine::DescribeStateMachineOutput;
use aws_sdk_sfn::types::{
    CloudWatchLogsLogGroup, ExecutionStatus, LogDestination, LogLevel, LoggingConfiguration, StateMachineStatus,
    StateMachineType, Tag, ValidateStateMachineDefinitionResultCode, ValidateStateMachineDefinitionSeverity,
};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::account::Account;
use super::caller::{found, refused, still_owned};
use crate::cloud::{CloudError, ErrorClass};
use crate::kind::{Body, Live, LiveState, LogGroup, Part, Resource, StateMachine};
use crate::model::{Logging, MachineType, Owner, Tags};

/// How long a machine may take to go; its running executions are stopped first.
const GOES: Duration = Duration::from_mins(2);

struct Wanted<'a> {
    machine_type: MachineType,
    role: &'a str,
    definition: &'a str,
    logging: LoggingConfiguration,
}

/// Executions that are stopped at once.
const STOPS_AT_ONCE: usize = 256;

impl Account {
    async fn wanted_machine<'a>(&self, resource: &'a Resource) -> Result<Wanted<'a>, CloudError> {
        let Some(StateMachine { machine_type, role, definition, logging }) = resource.body.of::<StateMachine>() else {
            let message = format!("{} has no state machine's content", resource.key);
            return Err(refused("states:CreateStateMachine", ErrorClass::Invalid, message));
        };
        let logging = match logging {
            Some(logging) => {
                let group = self.arn(LogGroup::KIND, &logging.log_group).await?;
                // Step Functions takes the ARN of the group's streams, not of the group.
                let group = CloudWatchLogsLogGroup::builder().log_group_arn(format!("{group}:*")).build();
                LoggingConfiguration::builder()
                    .level(LogLevel::from(logging.level.as_str()))
                    .include_execution_data(logging.include_execution_data)
                    .destinations(LogDestination::builder().cloud_watch_logs_log_group(group).build())
                    .build()
            }
            None => LoggingConfiguration::builder().level(LogLevel::Off).build(),
        };
        Ok(Wanted { machine_type: *machine_type, role, definition, logging })
    }

    /// Reads a machine; tags are `known` or asked for (1 a second once 100 are asked).
    pub(super) async fn read_state_machine(&self, arn: &str, known: Option<&Tags>) -> Result<Option<Live>, CloudError> {
        let Some(answer) = self.describe_machine(arn).await? else { return Ok(None) };
        let (body, state) = (body(&answer), state(&answer));
        // A tag index lags behind. It is believed where it agrees with the content it was written with, and of what is on its way
        // out and does not show its tags itself.
        let believed = known.filter(|tags| {
            if state == LiveState::Deleting {
                return true;
            }
            let live = Live { arn: String::new(), body: body.clone(), tags: (*tags).clone(), state };
            live.tagged_digest() == Some(body.digest())
        });
        let tags = match believed {
            Some(tags) => tags.clone(),
            None if state == LiveState::Deleting => Tags::new(),
            None => {
                let Some(tags) = self.machine_tags(arn).await? else { return Ok(None) };
                tags
            }
        };
        Ok(Some(Live { arn: answer.state_machine_arn, body, tags, state }))
    }

    pub(super) async fn create_state_machine(&self, resource: &Resource) -> Result<String, CloudError> {
        let machine = self.wanted_machine(resource).await?;
        let machine_type = match machine.machine_type {
            MachineType::Standard => StateMachineType::Standard,
            MachineType::Express => StateMachineType::Express,
        };
        let create = || {
            let request = self.states.create_state_machine().name(&resource.key.name).r#type(machine_type.clone());
            let request = request.definition(machine.definition).role_arn(machine.role);
            let request = request.logging_configuration(machine.logging.clone());
            request.set_tags(Some(tags(&resource.tags))).send()
        };
        Ok(self.caller.call("states:CreateStateMachine", create).await?.state_machine_arn)
    }

    /// One call changes definition, role and logging; running executions keep the old ones.
    pub(super) async fn update_state_machine(
        &self,
        resource: &Resource,
        arn: &str,
        parts: &BTreeSet<Part>,
    ) -> Result<(), CloudError> {
        if parts.contains(&Part::Definition) {
            let machine = self.wanted_machine(resource).await?;
            let update = || {
                let request = self.states.update_state_machine().state_machine_arn(arn);
                let request = request.definition(machine.definition).role_arn(machine.role);
                request.logging_configuration(machine.logging.clone()).send()
            };
            self.caller.call("states:UpdateStateMachine", update).await?;
        }
        let put = || self.states.tag_resource().resource_arn(arn).set_tags(Some(tags(&resource.tags))).send();
        self.caller.call("states:TagResource", put).await.map(|_| ())
    }

    /// Stops what runs, deletes, and waits until the name is free.
    pub(super) async fn delete_state_machine(&self, arn: &str, owner: &Owner) -> Result<bool, CloudError> {
        let name = arn.rsplit(':').next().unwrap_or(arn);
        let (is_ours, running) = match self.seen(StateMachine::KIND, name, owner) {
            Some(seen) if seen.is_express => (true, Vec::new()),
            Some(_) => (true, self.running(arn).await?),
            None => {
                let (tags, running) = tokio::try_join!(self.machine_tags(arn), self.running(arn))?;
                (tags.is_some_and(|tags| owner.owns(&tags)), running)
            }
        };
        // On its way out it may show no tags.
        let is_going = !is_ours && {
            let Some(answer) = self.describe_machine(arn).await? else { return Ok(false) };
            state(&answer) == LiveState::Deleting
        };
        if !is_ours && !is_going {
            still_owned("states:DeleteStateMachine", name, owner, &Tags::new())?;
        }
        let stop = running.into_iter().map(|execution| async move {
            found(self.stop_execution(&execution, "its state machine is being deleted").await)
        });
        stream::iter(stop).buffer_unordered(STOPS_AT_ONCE).try_collect::<Vec<_>>().await?;
        if !is_going {
            let delete = || self.states.delete_state_machine().state_machine_arn(arn).send();
            if found(self.caller.call("states:DeleteStateMachine", delete).await)?.is_none() {
                return Ok(false);
            }
        }
        let mut looks = self.caller.looks(GOES);
        while self.describe_machine(arn).await?.is_some() {
            if !looks.next().await {
                let message =
                    format!("`{arn}` is still being deleted: an execution has not come to its next transition");
                return Err(refused("states:DeleteStateMachine", ErrorClass::Busy, message));
            }
        }
        Ok(true)
    }

    /// Names of every machine, page by page.
    pub(super) async fn machine_names(&self) -> Result<Vec<String>, CloudError> {
        let (mut machines, mut token) = (Vec::new(), None);
        loop {
            let ask = || self.states.list_state_machines().max_results(1000).set_next_token(token.clone()).send();
            let page = self.caller.call("states:ListStateMachines", ask).await?;
            machines.extend(page.state_machines.into_iter().map(|machine| machine.name));
            token = page.next_token;
            if token.is_none() {
                return Ok(machines);
            }
        }
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html>
    pub(super) async fn validate_machine(&self, definition: &str, express: bool) -> Result<Vec<String>, CloudError> {
        let machine_type = if express { StateMachineType::Express } else { StateMachineType::Standard };
        let ask = || {
            let request = self.states.validate_state_machine_definition().definition(definition);
            request.r#type(machine_type.clone()).severity(ValidateStateMachineDefinitionSeverity::Error).send()
        };
        let answer = self.caller.call("states:ValidateStateMachineDefinition", ask).await?;
        if answer.result == ValidateStateMachineDefinitionResultCode::Ok {
            return Ok(Vec::new());
        }
        let told = answer.diagnostics.iter().map(|found| match found.location() {
            Some(location) => format!("{}: {} (at `{location}`)", found.code(), found.message()),
            None => format!("{}: {}", found.code(), found.message()),
        });
        let told: Vec<String> = told.collect();
        Ok(if told.is_empty() { vec!["the definition is refused without a reason".to_owned()] } else { told })
    }

    async fn describe_machine(&self, arn: &str) -> Result<Option<DescribeStateMachineOutput>, CloudError> {
        let ask = || self.states.describe_state_machine().state_machine_arn(arn).send();
        found(self.caller.call("states:DescribeStateMachine", ask).await)
    }

    async fn machine_tags(&self, arn: &str) -> Result<Option<Tags>, CloudError> {
        let ask = || self.states.list_tags_for_resource().resource_arn(arn).send();
        let Some(answer) = found(self.caller.call("states:ListTagsForResource", ask).await)? else { return Ok(None) };
        let tags = answer.tags.unwrap_or_default().into_iter();
        Ok(Some(tags.filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))).collect()))
    }

    /// ARNs of the executions that run on a machine; none where it is EXPRESS or not there. Its type is not asked for: that
    /// would be one more call for every machine.
    async fn running(&self, arn: &str) -> Result<Vec<String>, CloudError> {
        let (mut running, mut token) = (Vec::new(), None);
        loop {
            let ask = || {
                let request = self.states.list_executions().state_machine_arn(arn).max_results(1000);
                request.status_filter(ExecutionStatus::Running).set_next_token(token.clone()).send()
            };
            let page = match self.caller.call("states:ListExecutions", ask).await {
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

fn body(answer: &DescribeStateMachineOutput) -> Body {
    let machine_type = match answer.r#type {
        StateMachineType::Express => MachineType::Express,
        _ => MachineType::Standard,
    };
    let content = StateMachine {
        machine_type,
        role: answer.role_arn.clone(),
        definition: answer.definition.as_str().into(),
        logging: answer.logging_configuration().and_then(logging),
    };
    content.into()
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
