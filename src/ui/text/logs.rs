//! `labctl logs` as text: `TIME  NAME | text`.

use std::fmt::Write as _;

use super::super::short::shortened;
use super::super::style::{Style, Verbosity};
use crate::asl::trace::HistoryEvent;
use crate::event::LogLine;
use crate::model::visible;

/// Each line with its time and whose it is. What a handler wrote in several lines has both before each.
pub(in crate::ui) fn log_lines(lines: &[LogLine], style: Style, verbosity: Verbosity) -> String {
    let is_whole = verbosity == Verbosity::Verbose;
    let mut text = String::new();
    for line in lines {
        let name = style.tint(&line.name, &line.name);
        let reported = if is_whole { None } else { of_machine(&line.text) };
        for part in reported.as_deref().unwrap_or(&line.text).split('\n') {
            // Nothing that a handler writes steers the terminal.
            let part = visible(part.trim_end_matches('\r').replace('\t', "  ").as_str());
            let part = if is_whole { part } else { shortened(&part) };
            let _ = writeln!(text, "{}", style.spell(format!("{}  {name} | {part}", line.at).trim_end()));
        }
    }
    text
}

/// An event of an execution in words; none where the line is something else.
fn of_machine(text: &str) -> Option<String> {
    let (arn, event) = HistoryEvent::from_log_line(text)?;
    let execution = arn.split(':').nth(7).unwrap_or(&arn);
    let state = event.name.map(|name| format!(" {name}")).unwrap_or_default();
    let message = event.cause.as_deref().map(crate::cause::message_of).filter(|message| !message.is_empty());
    let error = [event.error, message].into_iter().flatten().collect::<Vec<_>>().join(": ");
    let error = if error.is_empty() { error } else { format!(": {error}") };
    Some(format!("{execution}: {}{state}{error}", event.event_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, text: &str) -> LogLine {
        LogLine { at: "2026-11-30T10:00:00.000Z".into(), name: name.into(), text: text.into(), ..LogLine::default() }
    }

    #[test]
    fn a_line_has_its_time_and_whose_it_is() {
        let event = r#"{"id":"3","type":"LambdaFunctionFailed","details":{"error":"ValueError","cause":"{\"errorMessage\":\"no amount\"}"},"previous_event_id":"2","event_timestamp":"1","execution_arn":"arn:aws:states:us-east-1:1:execution:ann-orders:e1"}"#;
        let lines = [line("ann-pay", "one\ntwo\tand \u{1b}[31mred"), line("ann-orders", event)];
        let wanted = "\
2026-11-30T10:00:00.000Z  ann-pay | one
2026-11-30T10:00:00.000Z  ann-pay | two  and \\u{1b}[31mred
2026-11-30T10:00:00.000Z  ann-orders | e1: LambdaFunctionFailed: ValueError: no amount
";
        assert_eq!(log_lines(&lines, Style::plain(), Verbosity::Normal), wanted);
        assert!(log_lines(&lines, Style::plain(), Verbosity::Verbose).contains(event));
        let long = log_lines(&[line("ann-pay", &"x".repeat(5000))], Style::plain(), Verbosity::Normal);
        assert!(long.len() < 400, "{long}");
        let colour = log_lines(&lines, Style { color: true, ..Style::plain() }, Verbosity::Normal);
        assert!(colour.contains("ann-pay\u{1b}"), "{colour}");
    }
}
