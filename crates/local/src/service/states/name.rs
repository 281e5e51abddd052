//! Names and ARNs of machines and executions.
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>

use super::fault::{invalid_arn, invalid_name, no_execution, no_machine};
use crate::arn::Arn;
use crate::wire::Fault;

/// The name of a machine or an execution, checked.
///
/// # Errors
/// `InvalidName`.
pub(super) fn checked_name(name: &str) -> Result<&str, Fault> {
    const FORBIDDEN: &str = "?*<>{}[]\"#%\\^|~`$&,;:/";
    let bad = |one: char| one.is_whitespace() || one.is_control() || FORBIDDEN.contains(one);
    let length = name.chars().count();
    if length == 0 || length > 80 || name.chars().any(bad) {
        return Err(invalid_name(name));
    }
    Ok(name)
}

/// Checks that a text is a machine's ARN, without a version or alias.
///
/// # Errors
/// `InvalidArn`; `StateMachineDoesNotExist` for an ARN that names something else.
pub(super) fn checked_machine_arn(text: &str) -> Result<&str, Fault> {
    let resource = states_resource(text)?;
    match resource.split_once(':') {
        Some(("stateMachine", name)) if !name.is_empty() => Ok(text),
        Some((kind @ ("execution" | "express" | "activity" | "mapRun"), _)) => {
            Err(invalid_arn(format!("Resource type not valid in this context: {kind}")))
        }
        _ => Err(no_machine(text)),
    }
}

/// Checks that a text is the ARN of a STANDARD execution.
///
/// # Errors
/// `InvalidArn`; `ExecutionDoesNotExist` for an ARN that names something else.
pub(super) fn checked_execution_arn(text: &str) -> Result<&str, Fault> {
    let resource = states_resource(text)?;
    match resource.split_once(':') {
        Some(("execution", _)) => Ok(text),
        Some((kind @ ("express" | "stateMachine" | "activity" | "mapRun"), _)) => {
            Err(invalid_arn(format!("Resource type not valid in this context: {kind}")))
        }
        _ => Err(no_execution(text)),
    }
}

fn states_resource(text: &str) -> Result<&str, Fault> {
    let arn = Arn::parse(text).ok_or_else(|| invalid_arn(format!("Invalid ARN prefix: {text}")))?;
    if arn.service != "states" {
        return Err(invalid_arn(format!("Invalid ARN service: {}", arn.service)));
    }
    Ok(arn.resource)
}

#[cfg(test)]
mod tests {
    use super::{checked_execution_arn, checked_machine_arn, checked_name};

    #[test]
    fn names_follow_the_published_rules() {
        assert!(checked_name("order-workflow_1.ü").is_ok());
        for name in ["", "a b", "a/b", "a\u{1f}", "a\u{7f}", "a:b", "a$", &"x".repeat(81)] {
            assert_eq!(checked_name(name).unwrap_err().message, format!("Invalid Name: '{name}'"));
        }
    }

    #[test]
    fn an_arn_of_another_kind_is_refused_in_awss_words() {
        let machine = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
        assert!(checked_machine_arn(machine).is_ok());
        let message = |result: Result<&str, crate::wire::Fault>| result.unwrap_err().message;
        assert_eq!(message(checked_execution_arn("nonsense")), "Invalid Arn: 'Invalid ARN prefix: nonsense'");
        assert_eq!(
            message(checked_execution_arn("arn:aws:states:us-east-1:000000000000:express:m:n:u")),
            "Invalid Arn: 'Resource type not valid in this context: express'"
        );
        assert_eq!(
            message(checked_machine_arn("arn:aws:states:us-east-1:0:nothing")),
            "State Machine Does Not Exist: 'arn:aws:states:us-east-1:0:nothing'"
        );
    }
}
