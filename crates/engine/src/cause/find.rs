//! From an execution and its trace to the cause.

use serde_json::Value;

use super::cause::Cause;
use super::denial::{Denial, PolicyFiles};
use super::{hints, key, message};
use crate::asl::Outline;
use crate::asl::trace::{FailureOrigin, Trace, Visit};
use crate::model::{Execution, ExecutionStatus, arn_in_template};

/// An execution that did not do what it should.
#[derive(Clone, Copy, Debug)]
pub struct FailedExecution<'a> {
    /// How it ended, and what it gave.
    pub execution: &'a Execution,
    /// What it did, and in which machine.
    pub trace: Option<(&'a Trace, &'a Outline)>,
    /// Whose it is, in whose prefix names differ.
    pub user: Option<&'a str>,
}

/// The cause of an execution that did not do what it should.
pub fn find(failed: &FailedExecution<'_>, policies: &PolicyFiles) -> Cause {
    let origin = failed.trace.map(|(trace, outline)| trace.failure_origin(outline)).unwrap_or_default();
    let visit = failed.trace.zip(origin.visit).and_then(|((trace, _), at)| trace.visits.get(at));
    let state = visit.map(|visit| visit.state.as_str());
    match named(failed.execution, &origin) {
        Some((error, cause)) => of_error(failed, state, &error, &cause, policies),
        None => of_outcome(failed.execution, visit),
    }
}

/// The error, and what was said about it; none where nothing failed.
fn named(execution: &Execution, origin: &FailureOrigin) -> Option<(String, String)> {
    let own = origin.error.as_ref();
    // What the execution itself ended with is another failure than the one that was caught.
    let last = Some(execution).filter(|_| origin.caught.is_none());
    let error = own.and_then(|own| own.error.as_deref()).or_else(|| last?.error.as_deref());
    let cause = own.and_then(|own| own.cause.as_deref()).or_else(|| last?.cause.as_deref());
    let error = match (error, execution.status) {
        (Some(error), _) => error,
        (None, ExecutionStatus::TimedOut) => "States.Timeout",
        (None, ExecutionStatus::Aborted) => "stopped",
        (None, status) if status == ExecutionStatus::Failed || own.is_some() || cause.is_some() => "",
        (None, _) => return None,
    };
    Some((error.to_owned(), cause.unwrap_or_default().to_owned()))
}

/// What is the same in executions that ended alike, as far as their ends alone tell: status, outcome, error and the beginning of what
/// was said.
pub fn ending(execution: &Execution, outcome: &str, user: Option<&str>) -> String {
    let status = execution.status.word();
    let outcome = if outcome == status { "" } else { outcome };
    let told = execution.cause.as_deref().map(message::told).unwrap_or_default();
    let given = execution.output.as_ref().and_then(reason);
    let said = given.unwrap_or_else(|| told.message.lines().next().unwrap_or_default().to_owned());
    key::of(&[status, outcome, execution.error.as_deref().unwrap_or_default()], &said, user)
}

fn of_error(
    failed: &FailedExecution<'_>,
    state: Option<&str>,
    error: &str,
    cause: &str,
    policies: &PolicyFiles,
) -> Cause {
    let told = message::told(cause);
    // What failed inside says it more closely than the name under which it was reported.
    let inner = told.error.filter(|_| matches!(error, "" | "States.TaskFailed" | "States.Runtime"));
    let error = inner.as_deref().unwrap_or(error);
    if let Some(denial) = Denial::of(&told.message) {
        return of_denial(failed, state, error, &denial, policies);
    }
    let first = told.message.lines().next().unwrap_or_default().trim().to_owned();
    let what = match (error, first.is_empty(), failed.execution.status) {
        (_, false, _) => first.clone(),
        ("States.Timeout", true, ExecutionStatus::TimedOut) => "the execution's time was over".to_owned(),
        ("stopped", true, _) => "somebody stopped the execution".to_owned(),
        _ => String::new(),
    };
    let name = if error.is_empty() { "failed" } else { error };
    Cause {
        key: key::of(&[name, state.unwrap_or_default()], &first, failed.user),
        state: state.map(str::to_owned),
        error: Some(name.to_owned()),
        message: what,
        place: told.place,
        hint: hints::hint(error, &told.message).map(str::to_owned),
    }
}

/// One denial may break several states: it is one cause.
fn of_denial(
    failed: &FailedExecution<'_>,
    state: Option<&str>,
    error: &str,
    denial: &Denial,
    policies: &PolicyFiles,
) -> Cause {
    let file = policies.file(&denial.principal);
    // A file of the pack is every student's; a policy that somebody wrote is one's own.
    let shown = |arn: &str| if file.is_some() { arn_in_template(arn, failed.user) } else { arn.to_owned() };
    let on = denial.resource.as_deref().map(|arn| format!(" on `{}`", shown(arn))).unwrap_or_default();
    let hint = match file {
        Some(file) => format!("allow `{}`{on} in `{file}`, then run `labctl deploy`", denial.action),
        None => format!("allow `{}`{on} in a policy of `{}`", denial.action, denial.principal),
    };
    Cause {
        key: key::of(&["denied", &denial.action, &denial.principal], "", failed.user),
        state: state.map(str::to_owned),
        error: Some(error).filter(|error| !error.is_empty()).map(str::to_owned),
        message: denial.text(),
        place: file.map(str::to_owned),
        hint: Some(hint),
    }
}

/// Nothing failed: the state in which it ended says why.
fn of_outcome(execution: &Execution, visit: Option<&Visit>) -> Cause {
    let state = visit.map(|visit| visit.state.clone());
    let given = execution.output.as_ref().and_then(reason);
    let message = given.unwrap_or_else(|| "nothing failed, and the outcome is none that counts as good".to_owned());
    Cause {
        key: format!("outcome/{}", state.as_deref().unwrap_or("unknown")),
        state,
        error: None,
        message,
        place: None,
        hint: None,
    }
}

/// What an output says in words.
fn reason(output: &Value) -> Option<String> {
    const NAMES: [&str; 7] = ["reason", "message", "errorMessage", "error", "cause", "Cause", "detail"];
    let text = match output {
        Value::Object(members) => NAMES.iter().find_map(|name| members.get(*name)?.as_str())?,
        Value::String(text) => text,
        _ => return None,
    };
    text.lines().next().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DENIED: &str = "User: arn:aws:sts::1:assumed-role/ann-sfn/x is not authorized to perform: lambda:InvokeFunction on resource: \
        arn:aws:lambda:us-east-1:1:function:ann-pay because no identity-based policy allows it";

    fn execution(status: ExecutionStatus, error: Option<&str>, cause: Option<&str>) -> Execution {
        Execution {
            arn: "arn".to_owned(),
            name: "name".to_owned(),
            status,
            started_ms: 0,
            stopped_ms: Some(5),
            output: None,
            error: error.map(str::to_owned),
            cause: cause.map(str::to_owned),
        }
    }

    fn found(execution: &Execution, policies: &PolicyFiles) -> Cause {
        find(&FailedExecution { execution, trace: None, user: Some("ann") }, policies)
    }

    fn cause(execution: &Execution) -> Cause {
        found(execution, &PolicyFiles::with("ann-sfn", "iam/sfn.json.hbs"))
    }

    #[test]
    fn an_error_is_told_with_its_message_and_place() {
        let object = json!({"errorType": "ValueError", "errorMessage": "no amount\nmore", "stackTrace": ["  File \"/var/task/pay.py\", line 3, in f"]});
        let cause = cause(&execution(ExecutionStatus::Failed, Some("ValueError"), Some(&object.to_string())));
        assert_eq!(
            (cause.text().as_str(), cause.key.as_str()),
            ("ValueError: no amount (pay.py:3)", "ValueError/no-amount")
        );
    }

    #[test]
    fn a_denial_names_action_resource_and_file() {
        let cause = cause(&execution(ExecutionStatus::Failed, Some("Lambda.AWSLambdaException"), Some(DENIED)));
        assert_eq!(cause.key, "denied/lambda:InvokeFunction/sfn");
        assert_eq!(
            cause.text(),
            "Lambda.AWSLambdaException: role `ann-sfn` may not `lambda:InvokeFunction` on `ann-pay` (iam/sfn.json.hbs)"
        );
        assert!(
            cause.hint.is_some_and(|hint| hint.contains("iam/sfn.json.hbs")
                && hint.contains("{{region}}:{{account}}:function:{{user}}-pay"))
        );
        let other = found(&execution(ExecutionStatus::Failed, Some("E"), Some(DENIED)), &PolicyFiles::default());
        assert!(other.place.is_none() && other.hint.is_some_and(|hint| hint.contains("a policy of `ann-sfn`")));
    }

    #[test]
    fn the_end_of_time_and_a_stop_have_words_of_their_own() {
        let text = |status, error, told| cause(&execution(status, error, told)).text();
        assert_eq!(text(ExecutionStatus::TimedOut, None, None), "States.Timeout: the execution's time was over");
        assert_eq!(text(ExecutionStatus::Aborted, None, None), "stopped: somebody stopped the execution");
        assert_eq!(
            text(ExecutionStatus::Aborted, Some("labctl.Stopped"), Some("waited in vain")),
            "labctl.Stopped: waited in vain"
        );
        assert_eq!(text(ExecutionStatus::Failed, None, None), "failed");
    }

    #[test]
    fn what_ended_alike_has_one_ending() {
        let failed = |error, message: &str| {
            let execution = execution(ExecutionStatus::Failed, error, Some(message));
            ending(&execution, "FAILED", Some("ann"))
        };
        assert_eq!(failed(Some("E"), "order 17 of ann-shop"), failed(Some("E"), "order 18 of ann-shop"));
        assert_eq!(failed(Some("E"), "no amount"), "FAILED/E/no-amount");
        let output = json!({"status": "DECLINED", "reason": "card 7 refused"});
        let given = Execution { output: Some(output), ..execution(ExecutionStatus::Succeeded, None, None) };
        assert_eq!(ending(&given, "DECLINED", None), "SUCCEEDED/DECLINED/card-#-refused");
        assert_eq!(ending(&execution(ExecutionStatus::Failed, None, None), "FAILED", None), "FAILED");
    }

    #[test]
    fn without_an_error_the_output_says_why() {
        let output = json!({"status": "FAILED", "reason": "payment declined"});
        let found = cause(&Execution { output: Some(output), ..execution(ExecutionStatus::Succeeded, None, None) });
        assert_eq!((found.text().as_str(), found.key.as_str()), ("payment declined", "outcome/unknown"));
        assert!(
            cause(&execution(ExecutionStatus::Succeeded, None, None))
                .message
                .starts_with("nothing failed, and the outcome")
        );
    }
}
