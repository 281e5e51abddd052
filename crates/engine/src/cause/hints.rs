//! What to do about an error: the lab's own advice, and what AWS's pages say.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html>

/// When a hint is given: the error's name is one of these, unless there are none, and the message has one of those, unless there are none.
struct Hint {
    errors: &'static [&'static str],
    words: &'static [&'static str],
    advice: &'static str,
}

/// The first that fits is given.
const HINTS: &[Hint] = &[
    Hint {
        errors: &["Runtime.ImportModuleError"],
        words: &[],
        advice: "a module is missing from the package, or the handler's file has another name than the configuration says",
    },
    Hint {
        errors: &["Runtime.HandlerNotFound", "Runtime.MalformedHandlerName"],
        words: &[],
        advice: "the function's handler setting is `file.function`: compare it with the names in the code",
    },
    Hint {
        errors: &["Runtime.UserCodeSyntaxError"],
        words: &[],
        advice: "the handler's file is no valid program: mend that line and upload it again",
    },
    Hint {
        errors: &["Runtime.MarshalError"],
        words: &[],
        advice: "the handler returns something that is no JSON: turn dates, decimals and sets into text, numbers and lists",
    },
    Hint {
        errors: &["Sandbox.Timedout", "States.TaskFailed", "Lambda.Unknown"],
        words: &["Task timed out after", "timed out"],
        advice: "the function's own time limit is too short for its work: raise its timeout, or find what it waits for in its log",
    },
    Hint {
        errors: &["Runtime.ExitError", "Lambda.Unknown"],
        words: &["signal: killed", "Runtime exited"],
        advice: "the function ended in the middle of its work, most often for want of memory: raise its memory size",
    },
    Hint {
        errors: &["Lambda.Unknown"],
        words: &[],
        advice: "the function ended without an answer: it ran out of time or memory; its log's last lines tell which",
    },
    Hint {
        errors: &["Lambda.TooManyRequestsException"],
        words: &[],
        advice: "more functions run at once than the account allows: retry this error with a backoff, or run fewer executions at once",
    },
    Hint {
        errors: &["Lambda.ResourceNotFoundException"],
        words: &[],
        advice: "the state calls a function that is not there: compare the name in its Resource with the functions you have, prefix included",
    },
    Hint {
        errors: &[
            "Lambda.ServiceException",
            "Lambda.AWSLambdaException",
            "Lambda.SdkClientException",
            "Lambda.ClientExecutionTimeoutException",
        ],
        words: &[],
        advice: "Lambda itself failed for a moment: a Retry for this error mends it",
    },
    Hint {
        errors: &["States.HeartbeatTimeout"],
        words: &[],
        advice: "nobody sent a heartbeat in time: whoever works on the task must call SendTaskHeartbeat, or HeartbeatSeconds must be longer",
    },
    Hint {
        errors: &["States.Timeout"],
        words: &[],
        advice: "nothing came back within TimeoutSeconds: whoever has the task token must call SendTaskSuccess or SendTaskFailure before that",
    },
    Hint {
        errors: &["States.ParameterPathFailure", "States.Runtime", "States.TaskFailed"],
        words: &["could not be found in the input", "could not be found in the data"],
        advice: "the path names something that the state was not given: compare it with the state's input (`--full` shows it) and with what the state before it returns",
    },
    Hint {
        errors: &["States.ResultPathMatchFailure"],
        words: &[],
        advice: "ResultPath can put a result only into an object: the state's input is no object there",
    },
    Hint {
        errors: &["States.IntrinsicFailure"],
        words: &[],
        advice: "an intrinsic function was given something that it does not take: compare its arguments with the state's input",
    },
    Hint {
        errors: &["States.QueryEvaluationError"],
        words: &[],
        advice: "a JSONata expression failed: compare the names in it with the state's input, and quote names with blanks or hyphens",
    },
    Hint {
        errors: &["States.NoChoiceMatched"],
        words: &[],
        advice: "no rule of the Choice fits its input: add a Default, or compare the rules with what the state before it returns",
    },
    Hint {
        errors: &["States.DataLimitExceeded"],
        words: &[],
        advice: "a state's data is larger than 256 KiB: return less, or keep it in a store and hand on its key",
    },
    Hint {
        errors: &["States.ExceedToleratedFailureThreshold"],
        words: &[],
        advice: "more items of the Map failed than it tolerates: look at the first of them",
    },
    Hint {
        errors: &["States.Permissions"],
        words: &[],
        advice: "the machine's role may not do what the state asks for: add the action to the role's policy",
    },
    Hint {
        errors: &["States.Runtime"],
        words: &["the local endpoint does not have the integration"],
        advice: "what this endpoint lacks is answered by mocks: put the one that the cause ends with into mocks.yaml, and an output into it",
    },
    Hint {
        errors: &["States.Runtime"],
        words: &[],
        advice: "no Retry and no Catch takes this error: the state's input or output does not fit its paths",
    },
    Hint {
        errors: &["KeyError"],
        words: &[],
        advice: "the handler reads a field that its input does not have: compare the state's input with the line in the handler",
    },
    Hint {
        errors: &["TypeError", "AttributeError"],
        words: &[],
        advice: "a value has another type than the handler expects: compare the state's input with the line in the handler",
    },
    Hint {
        errors: &["JSONDecodeError"],
        words: &[],
        advice: "the handler reads text as JSON that is none: what a state hands on is an object already",
    },
    Hint {
        errors: &[],
        words: &["Function not found", "StateMachineDoesNotExist", "does not exist"],
        advice: "what is called is not there: compare the name with what you have, prefix included",
    },
];

/// What to do about an error.
pub(super) fn hint(error: &str, message: &str) -> Option<&'static str> {
    let fits = |hint: &&Hint| {
        (hint.errors.is_empty() || hint.errors.contains(&error))
            && (hint.words.is_empty() || hint.words.iter().any(|word| message.contains(word)))
    };
    HINTS.iter().find(fits).map(|hint| hint.advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrower_hint_is_given() {
        let begins = |error: &str, message: &str, words: &str| {
            let hint = hint(error, message).unwrap_or_default();
            assert!(hint.starts_with(words), "{error}: {hint}");
        };
        begins(
            "Sandbox.Timedout",
            "RequestId: 1 Error: Task timed out after 3.00 seconds",
            "the function's own time limit",
        );
        begins("States.Timeout", "", "nothing came back");
        begins("States.Runtime", "The JSONPath '$.a' could not be found in the input", "the path names something");
        begins(
            "States.Runtime",
            "state `S`: the local endpoint does not have the integration `a:b`",
            "what this endpoint lacks",
        );
        begins("States.Runtime", "anything else", "no Retry and no Catch");
        begins("Lambda.Unknown", "", "the function ended without an answer");
        begins("X", "Function not found: arn", "what is called is not there");
        assert_eq!(hint("ValueError", "no amount"), None, "a lab's own error speaks for itself");
    }

    #[test]
    fn every_hint_can_be_given() {
        for (at, it) in HINTS.iter().enumerate() {
            let errors = if it.errors.is_empty() { &["Other"] } else { it.errors };
            let words = if it.words.is_empty() { &["plain"] } else { it.words };
            let given = errors.iter().flat_map(|error| words.iter().map(move |word| hint(error, word)));
            assert!(given.flatten().any(|given| given == it.advice), "hint {at} is always behind another one");
        }
    }
}
