//! Task states.

use labctl_source::Span;

use super::fields::Fields;
use super::integration::{self, Unknown};
use super::payload;
use super::reader::Reader;
use super::rules;
use crate::definition::{Kind, Limit, TaskState};
use crate::effect::{Pattern, Resource};

impl Reader {
    pub(super) fn task(&mut self, fields: &Fields<'_>) -> Kind {
        fields.require(&["Resource"], &mut self.report);
        let timeout = self.limit(fields, "TimeoutSeconds", "TimeoutSecondsPath");
        let heartbeat = self.limit(fields, "HeartbeatSeconds", "HeartbeatSecondsPath");
        if let (Limit::Seconds(timeout), Limit::Seconds(heartbeat)) = (&timeout, &heartbeat)
            && heartbeat >= timeout
        {
            let message = "HeartbeatSeconds must be smaller than TimeoutSeconds";
            self.report.tell(
                &rules::HEARTBEAT_TOO_LONG,
                message,
                &fields.pointer("HeartbeatSeconds"),
                fields.place("HeartbeatSeconds"),
            );
        }
        let Some(text) = fields.text("Resource", &mut self.report) else { return Kind::Succeed };
        let at = fields.get("Resource").map_or(fields.at, |node| node.at);
        let pointer = fields.pointer("Resource");
        let resource = match integration::parse(text) {
            Ok(resource) => resource,
            Err(unknown) => {
                let is_activity = matches!(unknown, Unknown::Activity);
                self.unknown_resource(text, unknown, &pointer, at);
                // Never run, but drawn.
                if is_activity {
                    let action = text.rsplit(':').next().unwrap_or(text).to_owned();
                    Resource::Integration { service: "activity".to_owned(), action, pattern: Pattern::RequestResponse }
                } else {
                    Resource::LambdaFunction { arn: text.to_owned() }
                }
            }
        };
        self.credentials(fields);
        let waits = resource.pattern() == Pattern::WaitForTaskToken;
        if waits && matches!((&timeout, &heartbeat), (Limit::None, Limit::None)) && !self.express && !self.has_timeout {
            let message = "A task that waits for its token has neither TimeoutSeconds nor HeartbeatSeconds";
            self.report.tell(&rules::CALLBACK_WITHOUT_TIMEOUT, message, &fields.pointer, fields.at);
            self.report
                .help("a lost token would keep the execution open for a year: set a limit, and catch States.Timeout");
        }
        self.refuse_in_express(&resource, &pointer, at);
        self.arguments(fields, &resource);
        Kind::Task(TaskState { resource, timeout, heartbeat })
    }

    fn unknown_resource(&mut self, text: &str, unknown: Unknown, pointer: &str, at: Span) {
        match unknown {
            Unknown::Activity if self.express => {
                self.report.tell(
                    &rules::NOT_IN_EXPRESS,
                    "Express state machine does not support Activity ARN",
                    pointer,
                    at,
                );
            }
            Unknown::Activity => {
                self.report.tell(&rules::NOT_IN_LOCAL, format!("activities are not supported: `{text}`"), pointer, at);
            }
            Unknown::Nothing { .. } | Unknown::Unfilled => {
                let message = format!(
                    "The resource provided {text} is not recognized. The value is not a valid resource ARN, or the resource is not \
                     available in this region."
                );
                self.report.tell(&rules::UNKNOWN_RESOURCE, message, pointer, at);
                match unknown {
                    Unknown::Nothing { near: Some(near) } => self.report.help(format!("did you mean `{near}`?")),
                    Unknown::Unfilled => {
                        self.report.unfilled();
                        self.report.help("put in the region and the account of twelve digits before it goes to AWS");
                    }
                    _ => {}
                }
            }
        }
    }

    fn refuse_in_express(&mut self, resource: &Resource, pointer: &str, at: Span) {
        let suffix = match resource.pattern() {
            Pattern::RequestResponse => return,
            Pattern::Sync2 => Pattern::Sync.suffix(),
            pattern => pattern.suffix(),
        };
        if self.express {
            let message = format!("Express state machine does not support '{suffix}' service integration");
            self.report.tell(&rules::NOT_IN_EXPRESS, message, pointer, at);
            self.report.help("use a STANDARD machine, or a call that is answered at once");
        }
    }

    fn limit(&mut self, fields: &Fields<'_>, name: &str, path_name: &str) -> Limit {
        fields.exclusive(&[name, path_name], &mut self.report);
        if let Some(path) = payload::path(self, fields, path_name) {
            return Limit::Path(path);
        }
        if payload::is_query(self, fields, name) {
            return payload::query(self, fields, name).map_or(Limit::None, Limit::Query);
        }
        fields.integer(name, 1, &mut self.report).map_or(Limit::None, Limit::Seconds)
    }
}
