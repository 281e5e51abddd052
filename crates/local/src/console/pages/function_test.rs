//! The test of a function: an event in, what the handler gave and wrote out.
//! <https://docs.aws.amazon.com/lambda/latest/dg/testing-functions.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::words::{pretty, refused};
use crate::console::ask::Ask;
use crate::console::request::Request;
use crate::wire::{Answer, AnswerBody};

/// Bytes of an answer on the page, at the most.
const MOST: usize = 256 << 10;

/// The form as it is shown.
pub(super) struct Test {
    /// JSON text.
    pub(super) event: String,
    /// What Lambda refused.
    pub(super) said: Option<String>,
    /// What came of it.
    pub(super) result: Option<Value>,
}

/// The form of a function; carries out what was sent with it.
pub(super) async fn of(ask: &Ask<'_>, request: &Request, name: &str) -> Test {
    if !request.is_form() {
        return Test { event: prefilled(ask, request, name), said: None, result: None };
    }
    let event = request.field("event");
    ask.session.keep_event(ask.region, name, &event);
    let headers = vec![("x-amz-log-type".to_owned(), "Tail".to_owned())];
    let input = json!({"FunctionName": name});
    match ask.answer("lambda", "Invoke", input, event.clone().into_bytes(), headers).await {
        Ok(answer) => Test { event, said: None, result: Some(shown(&answer)) },
        Err(fault) => Test { event, said: Some(refused(&fault)), result: None },
    }
}

/// An event to begin with: what the address asks for, else the last one's, else the first of the lesson.
fn prefilled(ask: &Ask<'_>, request: &Request, name: &str) -> String {
    let chosen = request.query("use").and_then(|at| at.parse::<usize>().ok());
    let chosen = chosen.and_then(|at| ask.suggested(name).nth(at)).map(|suggestion| pretty(&suggestion.input));
    let last = || ask.session.event(ask.region, name);
    let first = || ask.suggested(name).next().map(|suggestion| pretty(&suggestion.input));
    chosen.or_else(last).or_else(first).unwrap_or_else(|| "{}".to_owned())
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
fn shown(answer: &Answer) -> Value {
    let header = |name: &str| answer.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let payload = match &answer.body {
        AnswerBody::Raw(payload) => payload.as_slice(),
        AnswerBody::Members(_) => &[],
    };
    let text = pretty(&String::from_utf8_lossy(payload));
    let log = header("x-amz-log-result").and_then(|log| STANDARD.decode(log).ok()).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let error = header("x-amz-function-error");
    json!({
        "word": if error.is_some() { "Executing function: failed" } else { "Executing function: succeeded" },
        "class": if error.is_some() { "bad" } else { "good" }, "error": error,
        "answer": text.get(..text.floor_char_boundary(MOST)), "left_out": (text.len() > MOST).then_some(text.len()),
        "log": log, "figures": figures(&log),
    })
}

/// What the line that begins with `REPORT` tells: `Duration`, `Billed Duration`, `Memory Size`, …
fn figures(log: &str) -> Vec<Value> {
    let report = log.lines().rev().find_map(|line| line.strip_prefix("REPORT "));
    let parts = report.into_iter().flat_map(|report| report.split('\t'));
    parts
        .filter_map(|part| part.trim().split_once(": "))
        .map(|(word, value)| json!({"word": word, "value": value}))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_told_figure_by_figure() {
        let log = "START RequestId: 1 Version: $LATEST\nREPORT nothing\nEND RequestId: 1\nREPORT RequestId: 1\tDuration: 1.50 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\t\n";
        let wanted: Vec<Value> =
            [("RequestId", "1"), ("Duration", "1.50 ms"), ("Billed Duration", "2 ms"), ("Memory Size", "128 MB")]
                .map(|(word, value)| json!({"word": word, "value": value}))
                .into();
        assert_eq!(figures(log), wanted);
        assert!(figures("").is_empty());
    }

    #[test]
    fn a_failure_is_known_by_its_header_and_a_large_answer_is_cut() {
        let answer = |headers: &[(&str, &str)], payload: &str| Answer {
            status: 200,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: AnswerBody::Raw(payload.as_bytes().to_vec()),
        };
        let failed = shown(&answer(&[("x-amz-function-error", "Unhandled")], "{\"errorType\":\"KeyError\"}"));
        assert_eq!((&failed["class"], &failed["error"]), (&json!("bad"), &json!("Unhandled")));
        assert_eq!(failed["answer"], "{\n  \"errorType\": \"KeyError\"\n}");
        let large = shown(&answer(&[], &"é".repeat(MOST)));
        assert_eq!((large["answer"].as_str().unwrap().len(), &large["class"]), (MOST, &json!("good")));
        assert_eq!(large["left_out"], 2 * MOST);
    }
}
