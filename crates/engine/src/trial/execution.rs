//! What is said of a single execution: its name, its duration.

use crate::model::{Execution, ExecutionStatus};

/// How long an execution ran by the service's clock.
pub(super) fn duration_ms(execution: &Execution) -> u64 {
    let ms = execution.stopped_ms.map_or(0, |stopped| stopped.saturating_sub(execution.started_ms));
    u64::try_from(ms).unwrap_or(0)
}

/// What becomes of an execution that labctl stops, with why.
pub(super) fn stopped(arn: &str, why: String) -> Execution {
    Execution {
        arn: arn.to_owned(),
        name: arn.split(':').nth(7).unwrap_or_default().to_owned(),
        status: ExecutionStatus::Aborted,
        started_ms: 0,
        stopped_ms: None,
        output: None,
        error: Some("labctl.Stopped".to_owned()),
        cause: Some(why),
    }
}

/// `labctl-<what>-<run id>`: at most 80 of `A-Z a-z 0-9 - _`, the run id whole.
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>
pub fn execution_name(what: &str, run_id: &str) -> String {
    let legal = |text: &str, longest: usize| -> String {
        let kept = text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' });
        kept.take(longest).collect()
    };
    let run_id = legal(run_id, 40);
    let what = legal(what, 80 - "labctl--".len() - run_id.len());
    format!("labctl-{what}-{run_id}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn names_are_legal_and_keep_the_run_apart(what in "\\PC{0,100}", run in "[a-z0-9]{1,20}") {
            let name = execution_name(&what, &run);
            prop_assert!(name.len() <= 80);
            prop_assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
            prop_assert!(name.starts_with("labctl-") && name.ends_with(&run));
        }
    }
}
