//! The logging configuration of a machine.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>

use crate::member::Member as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::access::Access;
use super::fault::{access_denied, invalid_logging};
use crate::arn::Arn;
use crate::service::LogSink;
use crate::wire::Fault;

/// What the execution role must be allowed on `*`, or nothing can be delivered. AWS's page may name `logs:CreateLogStream` and
/// `logs:PutLogEvents` too; whether roles without them are refused was not measured, so that they are not asked for.
const DELIVERY_ACTIONS: [&str; 8] = [
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
];

/// Which events are logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Level {
    /// All of them.
    All,
    /// Those that tell of a failure.
    Error,
    /// Those that end an execution badly.
    Fatal,
    /// None.
    #[default]
    Off,
}

/// The logging configuration of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Logging {
    pub(super) level: Level,
    pub(super) include_data: bool,
    /// The log group's ARN as it was given, with its `:*`.
    pub(super) group_arn: Option<String>,
}

impl Logging {
    /// Reads and checks `loggingConfiguration`.
    ///
    /// # Errors
    /// `InvalidLoggingConfiguration`, `ValidationException`.
    pub(super) fn read(input: &Value, logs: &dyn LogSink) -> Result<Self, Fault> {
        let level = match input.member("level").as_str() {
            Some("ALL") => Level::All,
            Some("ERROR") => Level::Error,
            Some("FATAL") => Level::Fatal,
            _ => Level::Off,
        };
        let destinations = input.member("destinations").as_array().map(Vec::as_slice).unwrap_or_default();
        let group_arn = match destinations {
            [] if level == Level::Off => None,
            [one] => {
                Some(one.member("cloudWatchLogsLogGroup").member("logGroupArn").as_str().unwrap_or_default().to_owned())
            }
            _ => return Err(invalid_logging("Must specify exactly one Log Destination.")),
        };
        let logging = Self { level, include_data: input.is_true("includeExecutionData"), group_arn };
        if let Some(arn) = &logging.group_arn {
            let (region, group) = logging.group().ok_or_else(|| {
                invalid_logging(format!("Log Destination `{arn}` must be the ARN of a log group and end with `:*`."))
            })?;
            if !logs.has_group(region, group) {
                return Err(invalid_logging(format!("Log Destination `{arn}` does not exist.")));
            }
        }
        Ok(logging)
    }

    /// Checks that the execution role may deliver logs.
    ///
    /// # Errors
    /// `AccessDeniedException` in AWS's words.
    pub(super) fn check_role(&self, role_arn: &str, access: &Access) -> Result<(), Fault> {
        if self.level == Level::Off || access.role_may(role_arn, &DELIVERY_ACTIONS, "*") {
            return Ok(());
        }
        Err(access_denied("The state machine IAM Role is not authorized to access the Log Destination"))
    }

    /// Region and name of the log group.
    pub(super) fn group(&self) -> Option<(&str, &str)> {
        let arn = Arn::parse(self.group_arn.as_deref()?).filter(|arn| arn.service == "logs")?;
        let name = arn.resource.strip_prefix("log-group:")?.strip_suffix(":*")?;
        Some((arn.region, name))
    }

    /// Region and name of the log group that events are delivered to.
    pub(super) fn destination(&self) -> Option<(&str, &str)> {
        if self.level == Level::Off { None } else { self.group() }
    }

    /// As DescribeStateMachine gives it.
    pub(super) fn to_wire(&self) -> Value {
        let mut wire = json!({ "level": self.level, "includeExecutionData": self.include_data });
        if let (Some(arn), Some(members)) = (&self.group_arn, wire.as_object_mut()) {
            let destination = json!([{ "cloudWatchLogsLogGroup": { "logGroupArn": arn } }]);
            members.insert("destinations".to_owned(), destination);
        }
        wire
    }
}
