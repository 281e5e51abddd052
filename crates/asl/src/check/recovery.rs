//! Retry and Catch.

use labctl_source::{Content, Node, pointer_step};

use super::fields::Fields;
use super::payload;
use super::reader::{Reader, Siblings};
use super::rules;
use crate::definition::{Catcher, Retrier};

impl Reader {
    pub(super) fn retry(&mut self, fields: &Fields<'_>) -> Vec<Retrier> {
        let known = [
            "ErrorEquals",
            "IntervalSeconds",
            "MaxAttempts",
            "BackoffRate",
            "MaxDelaySeconds",
            "JitterStrategy",
            "Comment",
        ];
        let mut retriers = Vec::new();
        for (retrier, errors) in self.handlers(fields, "Retry", &known) {
            let report = &mut self.report;
            let jitter = retrier.text("JitterStrategy", report);
            if let Some(other) = jitter.filter(|jitter| !["FULL", "NONE"].contains(jitter)) {
                let message = "The field 'JitterStrategy' should have one of these values: [FULL, NONE]";
                report.tell(
                    &rules::BAD_VALUE,
                    message,
                    &retrier.pointer("JitterStrategy"),
                    retrier.value_place("JitterStrategy"),
                );
                report.suggest(other, ["FULL", "NONE"]);
            }
            let interval_seconds = retrier.integer("IntervalSeconds", 1, report).unwrap_or(1);
            let longest_delay_seconds = retrier.integer("MaxDelaySeconds", 1, report);
            if longest_delay_seconds.is_some_and(|longest| longest < interval_seconds || longest > 31_622_400) {
                let message = "MaxDelaySeconds must be at least IntervalSeconds and at most 31622400";
                report.tell(
                    &rules::RETRY_DELAY,
                    message,
                    &retrier.pointer("MaxDelaySeconds"),
                    retrier.place("MaxDelaySeconds"),
                );
            }
            retriers.push(Retrier {
                errors,
                interval_seconds,
                attempts: retrier.integer("MaxAttempts", 0, report).unwrap_or(3),
                backoff: self.backoff(&retrier).unwrap_or(2.0),
                longest_delay_seconds,
                full_jitter: jitter == Some("FULL"),
            });
        }
        retriers
    }

    fn backoff(&mut self, retrier: &Fields<'_>) -> Option<f64> {
        let node = retrier.get("BackoffRate")?;
        let rate = match &node.content {
            Content::Number(number) => number.as_f64().filter(|rate| *rate >= 1.0),
            _ => None,
        };
        if rate.is_none() {
            self.report.tell(
                &rules::BAD_NUMBER,
                "Value must be a number of at least 1.0",
                &retrier.pointer("BackoffRate"),
                node.at,
            );
        }
        rate
    }

    pub(super) fn catch(&mut self, fields: &Fields<'_>, siblings: &Siblings<'_>) -> Vec<Catcher> {
        let mut catchers = Vec::new();
        let known = ["ErrorEquals", "Next", "ResultPath", "Comment", "Assign", "Output"];
        for (catcher, errors) in self.handlers(fields, "Catch", &known) {
            catcher.require(&["Next"], &mut self.report);
            let detour = payload::detour(self, &catcher);
            if let Some(next) = self.target(&catcher, "Next", siblings) {
                catchers.push(Catcher { errors, next, detour });
            }
        }
        catchers
    }

    /// The elements of Retry or Catch, and the errors that each one names.
    fn handlers<'n>(&mut self, fields: &Fields<'n>, name: &str, known: &[&str]) -> Vec<(Fields<'n>, Vec<String>)> {
        let Some(node) = fields.get(name) else { return Vec::new() };
        let pointer = fields.pointer(name);
        let Some(elements) = node.elements() else {
            self.report.tell(&rules::WRONG_TYPE, "Value must be an array", &pointer, node.at);
            return Vec::new();
        };
        let mut handlers = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let pointer = pointer_step(&pointer, &index.to_string());
            let Some(handler) = Fields::of(element, &pointer, &mut self.report) else { continue };
            handler.allow(known, &mut self.report);
            for member in handler.members {
                if known.contains(&member.key.as_str()) && self.language.excludes(&member.key) {
                    self.foreign(&handler, &member.key);
                }
            }
            handler.require(&["ErrorEquals"], &mut self.report);
            let errors = handler.get("ErrorEquals").map(|node| self.errors(node, &handler.pointer("ErrorEquals")));
            let errors = errors.unwrap_or_default();
            if errors.iter().any(|error| error == "States.ALL") && index + 1 < elements.len() {
                let message = format!("States.ALL must appear in the last element of the {name} array");
                self.report.tell(
                    &rules::ALL_NOT_LAST,
                    message,
                    &handler.pointer("ErrorEquals"),
                    handler.place("ErrorEquals"),
                );
            }
            handlers.push((handler, errors));
        }
        handlers
    }

    fn errors(&mut self, node: &Node, pointer: &str) -> Vec<String> {
        let Some(elements) = node.elements() else {
            self.report.tell(&rules::WRONG_TYPE, "Value must be an array", pointer, node.at);
            return Vec::new();
        };
        if elements.is_empty() {
            self.report.tell(&rules::EMPTY_VALUE, "Value cannot be empty", pointer, node.at);
        }
        let mut errors = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let Some(text) = element.text() else {
                let pointer = pointer_step(pointer, &index.to_string());
                self.report.tell(&rules::WRONG_TYPE, "Value must be a string", &pointer, element.at);
                continue;
            };
            if text == "States.ALL" && elements.len() > 1 {
                self.report.tell(
                    &rules::ALL_NOT_ALONE,
                    "States.ALL must appear alone in ErrorEquals",
                    pointer,
                    element.at,
                );
            }
            errors.push(text.to_owned());
        }
        errors
    }
}
