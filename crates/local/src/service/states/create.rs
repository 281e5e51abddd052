//! CreateStateMachine. <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>

use crate::member::Member as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::fault::{access_denied, deleting, invalid_arn, missing, part_not_offered, validation};
use super::logging::Logging;
use super::machine::{Record, StateMachine, seconds};
use super::name::checked_name;
use super::service::Inner;
use super::state::{MACHINES, text};
use super::tags::read_tags;
use super::task::refuse_not_offered;
use crate::arn::{Arn, arn};
use crate::wire::{Answer, Call, Caller, Fault};
use labctl_asl::{self, Syntax};

/// The EventBridge rule through which Step Functions watches child executions.
const MANAGED_RULE: &str = "rule/StepFunctionsGetEventsForStepFunctionsExecutionRule";

/// Who assumes the roles of machines.
const PRINCIPAL: &str = "states.amazonaws.com";

impl Inner {
    pub(super) fn create_state_machine(&self, call: &Call) -> Result<Answer, Fault> {
        let input = &call.input;
        refuse_parts(input, &call.operation)?;
        let name = checked_name(text(input, "name"))?;
        let machine_arn = arn("states", &call.region, &self.deps.account, &format!("stateMachine:{name}"));
        self.permit(call, &machine_arn)?;
        let express = input.member("type") == "EXPRESS";
        let definition = checked_definition(text(input, "definition"), express)?;
        let role_arn = checked_role_arn(text(input, "roleArn"))?;
        let logging = Logging::read(input.member("loggingConfiguration"), &self.deps)?;
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
            created_ms: self.deps.clock.now_ms(),
            revision: None,
            updated_ms: None,
            deleting: false,
        };
        if let Some(answer) = self.existing(&record)? {
            return Ok(answer);
        }
        self.check_role(&call.caller, &record)?;
        self.check_managed_rule(&definition, &record)?;
        self.check_delivery_policy(&record)?;
        let answer = created(&record);
        let mut state = self.state();
        if !state.machines.contains_key(&record.arn) {
            self.deps.store.put(MACHINES, &record.arn, json!(record));
            let machine = StateMachine { record, definition: Arc::new(definition) };
            state.machines.insert(machine.record.arn.clone(), Arc::new(machine));
        }
        Ok(answer)
    }

    /// The same request again is answered as the first; role and tags do not count, nor are they taken over.
    fn existing(&self, wanted: &Record) -> Result<Option<Answer>, Fault> {
        let state = self.state();
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

    /// Whether the role may have the rule made by which `.sync` hears of a child's end.
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html#sync-async-iam-policies>
    pub(super) fn check_managed_rule(&self, definition: &labctl_asl::Definition, record: &Record) -> Result<(), Fault> {
        if !definition.resources().iter().any(waits_for_child) {
            return Ok(());
        }
        let watched = arn("events", &record.region, &self.deps.account, MANAGED_RULE);
        let role = Caller::Role { role_arn: record.role_arn.clone(), session: "states".to_owned() };
        let actions = ["events:PutTargets", "events:PutRule", "events:DescribeRule"];
        if actions.iter().all(|action| self.deps.authority.authorize(&role, action, &watched).is_ok()) {
            return Ok(());
        }
        Err(access_denied(format!("'{}' is not authorized to create managed-rule.", record.role_arn)))
    }

    /// Whether the caller may pass the role, Step Functions may assume it, and it may deliver logs.
    pub(super) fn check_role(&self, caller: &Caller, record: &Record) -> Result<(), Fault> {
        self.authorize(caller, "iam:PassRole", &record.role_arn)?;
        if !self.deps.authority.may_assume(&record.role_arn, PRINCIPAL, &record.arn) {
            return Err(access_denied(
                "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume \
                 the provided role.",
            ));
        }
        record.logging.check_role(&record.role_arn, &self.deps)
    }
}

fn waits_for_child(resource: &labctl_asl::Resource) -> bool {
    matches!(
        resource,
        labctl_asl::Resource::Integration { service, pattern: labctl_asl::Pattern::Sync | labctl_asl::Pattern::Sync2, .. } if service == "states"
    )
}

fn created(record: &Record) -> Answer {
    Answer::members(json!({ "stateMachineArn": record.arn, "creationDate": seconds(record.created_ms) }))
}

/// Refuses what the API allows and the local endpoint does not have.
pub(super) fn refuse_parts(input: &Value, operation: &str) -> Result<(), Fault> {
    if input.is_true("publish") {
        return Err(part_not_offered("`publish` (versions)", operation));
    }
    if input.member("versionDescription").is_string() {
        let message = "Version description can only be set when publish is true";
        return Err(Fault::client("ValidationException", message));
    }
    let encryption = input.member("encryptionConfiguration");
    match encryption.member("type").as_str() {
        None if encryption.is_null() => Ok(()),
        None => Err(missing("encryptionConfiguration.type")),
        Some("AWS_OWNED_KEY") => Ok(()),
        Some("CUSTOMER_MANAGED_KMS_KEY") => {
            Err(part_not_offered("`encryptionConfiguration` with a key of yours", operation))
        }
        Some(other) => {
            let constraint = "Member must satisfy enum value set: [CUSTOMER_MANAGED_KMS_KEY, AWS_OWNED_KEY]";
            Err(validation(other, "encryptionConfiguration.type", constraint))
        }
    }
}

/// A definition, checked and read.
///
/// # Errors
/// `InvalidDefinition` with every finding; 501 for an integration that is not offered.
pub(super) fn checked_definition(definition: &str, express: bool) -> Result<labctl_asl::Definition, Fault> {
    let invalid =
        |findings: &[labctl_asl::Finding]| Fault::client("InvalidDefinition", labctl_asl::aws_message(findings));
    let findings = labctl_asl::check(definition, Syntax::Json, express);
    if findings.iter().any(labctl_asl::Finding::is_error) {
        return Err(invalid(&findings));
    }
    let machine = labctl_asl::parse(definition).map_err(|findings| invalid(&findings))?;
    refuse_not_offered(&machine)?;
    Ok(machine)
}

/// A role's ARN, checked.
///
/// # Errors
/// `InvalidArn`.
pub(super) fn checked_role_arn(text: &str) -> Result<&str, Fault> {
    match Arn::parse(text) {
        None => Err(invalid_arn(format!("Invalid ARN prefix: {text}"))),
        Some(arn) if arn.service == "iam" && arn.resource.starts_with("role/") => Ok(text),
        Some(_) => Err(invalid_arn(format!("Invalid Role Arn: {text}"))),
    }
}
