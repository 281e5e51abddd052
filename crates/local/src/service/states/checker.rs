//! What CreateStateMachine and UpdateStateMachine check alike.

use std::sync::Arc;

use crate::member::Member as _;
use serde_json::Value;

use super::access::Access;
use super::delivery;
use super::fault::{access_denied, invalid_arn, part_not_offered};
use super::machine::Record;
use super::registry::Registry;
use super::resource::unknown_operation;
use crate::arn::{Arn, arn};
use crate::service::LogSink;
use crate::wire::{Caller, Fault};
use labctl_asl::{Definition, Syntax, managed_rule};

/// What a machine is held to before it is kept.
pub(super) struct Checker {
    pub(super) access: Access,
    pub(super) logs: Arc<dyn LogSink>,
    pub(super) account: String,
    /// Whether sizes and counts are limited as AWS publishes them.
    pub(super) published_limits: bool,
}

impl Checker {
    /// Whether the role may have the rules made by which `.sync` hears of the end of a child or a job.
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html#sync-async-iam-policies>
    pub(super) fn managed_rule(&self, definition: &Definition, record: &Record) -> Result<(), Fault> {
        let actions = ["events:PutTargets", "events:PutRule", "events:DescribeRule"];
        let may = |rule: &str| {
            let watched = arn("events", &record.region, &self.account, &format!("rule/{rule}"));
            self.access.role_may(&record.role_arn, &actions, &watched)
        };
        if definition.resources().iter().filter_map(managed_rule).all(may) {
            return Ok(());
        }
        Err(access_denied(format!("'{}' is not authorized to create managed-rule.", record.role_arn)))
    }

    /// Whether the caller may pass the role, Step Functions may assume it, and it may deliver logs.
    pub(super) fn role(&self, caller: &Caller, record: &Record) -> Result<(), Fault> {
        self.access.may_pass(caller, &record.role_arn)?;
        if !self.access.is_assumable(&record.role_arn, &record.arn) {
            return Err(access_denied(
                "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume \
                 the provided role.",
            ));
        }
        record.logging.check_role(&record.role_arn, &self.access)
    }

    /// Whether logs can be delivered for one machine more, where AWS's limits are kept.
    pub(super) fn delivery(&self, registry: &Registry, record: &Record) -> Result<(), Fault> {
        if self.published_limits { delivery::check_policy(&self.account, registry, record) } else { Ok(()) }
    }
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
    if input.member("encryptionConfiguration").member("type") == "CUSTOMER_MANAGED_KMS_KEY" {
        return Err(part_not_offered("`encryptionConfiguration` with a key of yours", operation));
    }
    Ok(())
}

/// A definition, checked and read.
///
/// # Errors
/// `InvalidDefinition` with every finding.
pub(super) fn checked_definition(definition: &str, express: bool) -> Result<Definition, Fault> {
    let invalid =
        |findings: &[labctl_asl::Finding]| Fault::client("InvalidDefinition", labctl_asl::aws_message(findings));
    let findings = labctl_asl::check(definition, Syntax::Json, express);
    if findings.iter().any(labctl_asl::Finding::is_error) {
        return Err(invalid(&findings));
    }
    let machine = labctl_asl::parse(definition).map_err(|findings| invalid(&findings))?;
    match unknown_operation(&machine) {
        Some(message) => Err(invalid(&[labctl_asl::Finding::unknown_resource(message)])),
        None => Ok(machine),
    }
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
