//! A pack's mocks as the local endpoint takes them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::local::{Mock, MockAnswer, MockBook, MockOutcome};
use crate::model::{IntegrationMock, MockedAnswer, Pack, TokenAnswer};
use crate::trial::execution_name;

/// The mocks of all executions, and those of each scenario's, which are known by their names.
pub(crate) fn book(pack: &Pack) -> MockBook {
    let of_scenarios = pack.scenarios.iter().filter(|scenario| !scenario.mocks.is_empty());
    MockBook {
        shared: mocks(&pack.mocks),
        named: of_scenarios.map(|scenario| (begins(&scenario.name), mocks(&scenario.mocks))).collect(),
    }
}

/// How the names of a scenario's executions begin.
fn begins(scenario: &str) -> String {
    const RUN: &str = "00000000";
    execution_name(scenario, RUN).trim_end_matches(RUN).to_owned()
}

fn mocks(mocks: &[IntegrationMock]) -> Vec<Mock> {
    let mock = |mock: &IntegrationMock| Mock {
        integration: mock.integration.clone(),
        when: mock.when.clone().map(Value::Object),
        answers: mock.answers.iter().map(answer).collect(),
    };
    mocks.iter().map(mock).collect()
}

fn answer(answer: &MockedAnswer) -> MockAnswer {
    let seconds = answer.delay_seconds.unwrap_or_default();
    MockAnswer {
        outcome: outcome(answer),
        delay: Duration::try_from_secs_f64(seconds).unwrap_or_default(),
        submitted: answer.submitted.clone(),
    }
}

fn outcome(answer: &MockedAnswer) -> MockOutcome {
    let output = || answer.output.clone().unwrap_or_else(|| json!({}));
    let error = answer.error.clone().unwrap_or_default();
    let cause = match &answer.cause {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    match answer.token {
        Some(TokenAnswer::Success) => MockOutcome::TokenSuccess(output()),
        Some(TokenAnswer::Failure) => MockOutcome::TokenFailure { error, cause },
        Some(TokenAnswer::Silent) => MockOutcome::TokenSilent,
        None if answer.error.is_some() => MockOutcome::Error { error, cause },
        None => MockOutcome::Output(output()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_what_they_say() {
        let of = |text: &str| answer(&serde_json::from_str(text).unwrap());
        let error = |error: &str, cause: &str| MockOutcome::Error { error: error.to_owned(), cause: cause.to_owned() };
        assert_eq!(of(r#"{"output": null}"#).outcome, MockOutcome::Output(Value::Null));
        assert_eq!(of(r#"{"error": "E"}"#).outcome, error("E", ""));
        assert_eq!(
            of(r#"{"error": "E", "cause": {"Status": "FAILED"}}"#).outcome,
            error("E", r#"{"Status":"FAILED"}"#)
        );
        assert_eq!(of(r#"{"token": "success"}"#).outcome, MockOutcome::TokenSuccess(json!({})));
        assert_eq!(of(r#"{"token": "silent"}"#).outcome, MockOutcome::TokenSilent);
        let late =
            of(r#"{"token": "failure", "error": "E", "cause": "c", "delay_seconds": 0.5, "submitted": {"a": 1}}"#);
        assert_eq!((late.delay, late.submitted), (Duration::from_millis(500), Some(json!({"a": 1}))));
        assert!(matches!(late.outcome, MockOutcome::TokenFailure { error, cause } if error == "E" && cause == "c"));
    }

    #[test]
    fn a_scenarios_mocks_go_by_its_executions_names() {
        for name in ["valid order", &"long-".repeat(30)] {
            let begins = begins(name);
            assert!(execution_name(name, "1a2b3c4d").starts_with(&begins), "{begins}");
            assert!(begins.ends_with('-'), "{begins}");
        }
    }
}
