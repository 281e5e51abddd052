//! What to do about a finding that brings no line of help of its own.

use super::rule::Rule;
use super::rules;

/// By rule; the text of the rule tells more.
static HELP: [(&Rule, &str); 28] = [
    (&rules::ALL_NOT_ALONE, "let `States.ALL` stand alone, in an element of its own"),
    (&rules::ALL_NOT_LAST, "move this element to the end"),
    (&rules::BAD_LABEL, "write it without spaces and special characters, like `EachOrder`"),
    (&rules::BAD_NUMBER, "write a number within these bounds, without quotes"),
    (&rules::BAD_TIMESTAMP, "write it like `2026-11-22T15:00:00Z`"),
    (&rules::BAD_VALUE, "write one of these values"),
    (&rules::CALLBACK_WITHOUT_TIMEOUT, "set `TimeoutSeconds`, and catch States.Timeout"),
    (&rules::DUPLICATE_KEY, "remove or rename one of the two"),
    (&rules::DUPLICATE_LABEL, "give each distributed Map a Label of its own"),
    (&rules::EMPTY_VALUE, "put at least one element into it, or remove the field"),
    (&rules::EXCLUSIVE_FIELDS, "keep one of them"),
    (&rules::HEARTBEAT_TOO_LONG, "let the heartbeat be a fraction of the timeout"),
    (&rules::INVALID_JSON, "definitions are strict JSON: commas between members, none after the last, no comments"),
    (&rules::INVALID_YAML, "check the indentation and the quotes"),
    (&rules::MISSING_FIELD, "add one of these fields"),
    (&rules::MISSING_TARGET, "name a state that stands in the same `States`"),
    (&rules::NEXT_AND_END, "remove `End` if something follows, else `Next`"),
    (&rules::NO_DEFINITION, "a definition is an object with `StartAt` and `States`"),
    (&rules::NO_OPERATOR, "add a comparison such as `\"IsPresent\": true` or `\"StringEquals\": \"…\"`"),
    (&rules::NOT_IN_EXPRESS, "use a STANDARD machine, or a call that returns at once"),
    (&rules::NOT_IN_LOCAL, "AWS takes it: deploy there, or choose another way for the local endpoint"),
    (
        &rules::ONLY_DISTRIBUTED,
        "add `\"ProcessorConfig\": { \"Mode\": \"DISTRIBUTED\", … }` to the ItemProcessor, or remove the field",
    ),
    (&rules::RESERVED_VARIABLE, "give the variable another name"),
    (&rules::RETRY_DELAY, "let it be larger than `IntervalSeconds`"),
    (&rules::STATE_NAME_LENGTH, "shorten it: explanations belong in `Comment`"),
    (&rules::TOO_DEEP, "move inner workflows into machines of their own"),
    (
        &rules::UNKNOWN_RESOURCE,
        "write the ARN of a function, or an integration such as `arn:aws:states:::lambda:invoke`",
    ),
    (&rules::WRONG_TYPE, "write the kind of value that the field takes"),
];

/// The line for a rule.
pub(super) fn of(rule: &Rule) -> &'static str {
    let known = HELP.iter().find(|(known, _)| *known == rule).map(|(_, help)| *help);
    known.unwrap_or("the documentation of the code tells what it means")
}
