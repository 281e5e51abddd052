//! All services, and looking up their rows.

use super::operation::{Api, Operation};
use super::{cloudcontrolapi, cloudwatch, iam, lambda, logs, sqs, states, sts, tagging};
use crate::wire::Call;

/// Every service of the endpoint.
pub(crate) static ALL: [&Api; 9] = [
    &iam::API,
    &sts::API,
    &lambda::API,
    &states::API,
    &logs::API,
    &cloudwatch::API,
    &tagging::API,
    &sqs::API,
    &cloudcontrolapi::API,
];

/// A service by its signing name.
pub(crate) fn find(signing: &str) -> Option<&'static Api> {
    ALL.into_iter().find(|api| api.signing == signing)
}

/// An operation's row.
pub(crate) fn operation(signing: &str, name: &str) -> Option<&'static Operation> {
    find(signing)?.operation(name)
}

/// The largest body that an operation takes.
pub(crate) fn largest(signing: &str, name: &str) -> usize {
    let api = find(signing).unwrap_or(&Api::EMPTY);
    api.operation(name).and_then(|operation| operation.largest).unwrap_or(api.largest)
}

/// The IAM action that a call needs.
pub(crate) fn action(call: &Call) -> String {
    action_of(call.service, &call.operation)
}

/// The IAM action that an operation needs.
pub(crate) fn action_of(signing: &str, name: &str) -> String {
    let api = find(signing);
    let own = api.and_then(|api| api.operation(name)?.action);
    own.map_or_else(|| format!("{}:{name}", api.map_or(signing, |api| api.actions)), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_stands_in_one_row() {
        for api in ALL {
            for (at, operation) in api.operations.iter().enumerate() {
                let name = operation.name;
                assert!(api.operations.iter().skip(at + 1).all(|other| other.name != name), "{}:{name}", api.signing);
                assert!(operation.is_offered || operation.members.is_empty(), "{}:{name}", api.signing);
            }
            assert!(ALL.iter().filter(|other| other.signing == api.signing).count() == 1, "{}", api.signing);
        }
    }

    #[test]
    fn actions_are_operations_but_for_a_few() {
        for (signing, name, action) in [
            ("lambda", "Invoke", "lambda:InvokeFunction"),
            ("lambda", "GetFunction", "lambda:GetFunction"),
            ("sqs", "SendMessageBatch", "sqs:SendMessage"),
            ("monitoring", "PutDashboard", "cloudwatch:PutDashboard"),
            ("tagging", "GetResources", "tag:GetResources"),
            ("iam", "NextYear", "iam:NextYear"),
        ] {
            assert_eq!(action_of(signing, name), action);
        }
    }

    #[test]
    fn bodies_have_limits() {
        assert_eq!(largest("lambda", "Invoke"), 6_291_456);
        assert_eq!(largest("lambda", "CreateFunction"), 70_167_211);
        assert_eq!(largest("states", "TestState"), 16 << 20);
        assert_eq!((largest("states", "NextYear"), largest("", "")), (8 << 20, 8 << 20));
    }
}
