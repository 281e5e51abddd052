//! Which field belongs to what.

/// The types of states.
pub(super) const TYPES: [&str; 8] = ["Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"];

/// What a field of the language belongs to, in words; empty for a word that is none.
pub(super) fn owners(field: &str) -> Vec<&'static str> {
    let own = |kind: &&str| own_fields(kind).contains(&field);
    let mut owners: Vec<&'static str> = TYPES.into_iter().filter(own).collect();
    let others = [
        ("the machine", &["StartAt", "States", "Version", "TimeoutSeconds", "QueryLanguage"][..]),
        ("every state that leads on", &["Next", "End", "Assign"]),
        ("states", &["Type", "InputPath", "OutputPath", "Output"]),
        ("Choice rules", &["Variable", "Condition", "And", "Or", "Not"]),
        (
            "the elements of Retry",
            &["IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"],
        ),
        ("the elements of Retry and Catch", &["ErrorEquals"]),
        ("ItemProcessor", &["ProcessorConfig"]),
        ("ReaderConfig", &["InputType", "CSVHeaderLocation", "CSVHeaders", "MaxItems"]),
        ("ItemBatcher", &["MaxItemsPerBatch", "MaxInputBytesPerBatch", "BatchInput"]),
    ];
    owners.extend(others.iter().filter(|(_, fields)| fields.contains(&field)).map(|(owner, _)| *owner));
    owners
}

/// The fields of a type of state, beside those that most types have.
pub(super) fn own_fields(kind: &str) -> &'static [&'static str] {
    match kind {
        "Pass" => &["Result", "Parameters", "ResultPath"],
        "Task" => &[
            "Resource",
            "Arguments",
            "Parameters",
            "ResultSelector",
            "ResultPath",
            "Retry",
            "Catch",
            "TimeoutSeconds",
            "TimeoutSecondsPath",
            "HeartbeatSeconds",
            "HeartbeatSecondsPath",
        ],
        "Choice" => &["Choices", "Default"],
        "Wait" => &["Seconds", "SecondsPath", "Timestamp", "TimestampPath"],
        "Fail" => &["Error", "ErrorPath", "Cause", "CausePath"],
        "Parallel" => &["Branches", "Arguments", "Parameters", "ResultSelector", "ResultPath", "Retry", "Catch"],
        "Map" => &[
            "ItemProcessor",
            "Iterator",
            "Items",
            "ItemsPath",
            "ItemSelector",
            "ItemBatcher",
            "Label",
            "Parameters",
            "MaxConcurrency",
            "MaxConcurrencyPath",
            "ToleratedFailureCount",
            "ToleratedFailureCountPath",
            "ToleratedFailurePercentage",
            "ToleratedFailurePercentagePath",
            "ResultSelector",
            "ResultPath",
            "Retry",
            "Catch",
        ],
        _ => &[],
    }
}
