//! Faults on purpose: latency, errors, broken connections and a slow IAM, the same again for the same seed.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::api;
use super::quota::throttled;
use super::wire::Fault;

/// What goes wrong on purpose. The default is nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "faults by name, such as `error_rate`")]
pub struct Faults {
    /// Draws depend on this, the operation and how often it was called: not on time, and not on other operations.
    pub seed: u64,
    /// Share of requests, 0 to 1, answered with a 500 of the service.
    pub error_rate: f64,
    /// Share of requests, 0 to 1, whose connection breaks before anything was done.
    pub reset_rate: f64,
    /// Share of requests, 0 to 1, that are done but whose connection breaks before the answer.
    pub lost_rate: f64,
    /// Share of requests, 0 to 1, answered with a 503.
    pub unavailable_rate: f64,
    /// Share of requests, 0 to 1, answered with the service's throttle, whatever its buckets hold.
    pub throttle_rate: f64,
    /// Share of requests, 0 to 1, that take `slow_ms` longer.
    pub slow_rate: f64,
    /// Real milliseconds that a slow request takes longer.
    pub slow_ms: u64,
    /// Real milliseconds added to every request.
    pub latency_ms: u64,
    /// Milliseconds of the endpoint's time until a new or changed role is in force.
    pub iam_delay_ms: u64,
    /// What goes wrong at named places; the first rule that fits is applied.
    pub rules: Vec<Rule>,
}

/// A fault at a named place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a rule, such as { \"operation\": \"lambda:*\", \"nth\": 1 }")]
pub struct Rule {
    /// `service:Operation`, with `*` and `?` as wildcards.
    pub operation: String,
    /// Only the so-manieth matching request (from 1).
    #[serde(default)]
    pub nth: Option<u64>,
    /// Each so-manieth matching request.
    #[serde(default)]
    pub every: Option<u64>,
    /// Only from the so-manieth matching request on (from 1).
    #[serde(default)]
    pub from: Option<u64>,
    /// The error's code; without one the service's own internal error.
    #[serde(default)]
    pub code: Option<String>,
    /// The error's message.
    #[serde(default)]
    pub message: Option<String>,
    /// HTTP status; 400 when a code is given, otherwise 500.
    #[serde(default)]
    pub status: Option<u16>,
    /// The connection breaks, and nothing was done.
    #[serde(default)]
    pub reset: bool,
    /// The connection breaks after the request was done.
    #[serde(default)]
    pub lost: bool,
    /// No answer ever comes, and nothing was done; with `lost`, the request was done.
    #[serde(default)]
    pub silent: bool,
    /// Real milliseconds that the request takes longer, and nothing else happens to it.
    #[serde(default)]
    pub slow_ms: Option<u64>,
}

impl Faults {
    /// Whether anything goes wrong; a seed alone does nothing.
    pub(crate) fn are_active(&self) -> bool {
        *self != Self { seed: self.seed, ..Self::default() }
    }

    /// What is wrong with the figures, if anything: rates outside 0 to 1, a rule that can never fit.
    ///
    /// # Errors
    /// A sentence that names the field.
    pub fn check(&self) -> Result<(), String> {
        let rates = [
            ("error_rate", self.error_rate),
            ("reset_rate", self.reset_rate),
            ("lost_rate", self.lost_rate),
            ("unavailable_rate", self.unavailable_rate),
            ("throttle_rate", self.throttle_rate),
            ("slow_rate", self.slow_rate),
        ];
        for (name, rate) in rates {
            if !(0.0..=1.0).contains(&rate) {
                return Err(format!("`{name}` is {rate}: give a share from 0 to 1"));
            }
        }
        let total: f64 = rates.iter().map(|(_, rate)| rate).sum();
        if total > 1.0 {
            return Err(format!("the rates are {total} together: one request has one fault, so they can be 1 at most"));
        }
        for rule in &self.rules {
            let operation = &rule.operation;
            if !operation.contains(':') && operation != "*" {
                return Err(format!("rule `{operation}` is not of the form `service:Operation`"));
            }
            if [rule.nth, rule.every, rule.from].contains(&Some(0)) {
                return Err(format!("rule `{operation}` counts requests from 1"));
            }
            if rule.status.is_some_and(|status| !(400..=599).contains(&status)) {
                return Err(format!("rule `{operation}` needs a `status` from 400 to 599"));
            }
        }
        Ok(())
    }
}

/// What befalls one request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mishap {
    /// Nothing is done, and this is the answer.
    Answer(Fault),
    /// Nothing is done, and the connection breaks.
    Reset,
    /// The request is done, and the connection breaks.
    Lost,
    /// The connection stays, and no answer ever comes.
    Silent {
        /// Whether the request is done.
        done: bool,
    },
    /// The request waits, and is then done as ever.
    Slow(Duration),
}

/// The faults in use, with their counts.
pub(crate) struct Injector {
    faults: Faults,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    operations: BTreeMap<String, u64>,
    rules: BTreeMap<usize, u64>,
}

impl Injector {
    pub(crate) fn new(faults: Faults) -> Self {
        Self { faults, counts: Mutex::default() }
    }

    pub(crate) fn latency_ms(&self) -> u64 {
        self.faults.latency_ms
    }

    /// What befalls the next request of this operation.
    pub(crate) fn next(&self, service: &str, operation: &str) -> Option<Mishap> {
        let name = format!("{service}:{operation}");
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let number = counts.operations.entry(name.clone()).or_default();
        *number += 1;
        let number = *number;
        for (index, rule) in self.faults.rules.iter().enumerate() {
            if !wildcard(&rule.operation, &name) {
                continue;
            }
            let seen = counts.rules.entry(index).or_default();
            *seen += 1;
            if rule.fits(*seen) {
                return Some(rule.mishap(service));
            }
        }
        self.drawn(service, draw(self.faults.seed, &name, number))
    }

    /// What a draw means: the rates lie side by side on the way from 0 to 1.
    fn drawn(&self, service: &str, mut draw: f64) -> Option<Mishap> {
        let faults = &self.faults;
        let slow = || Mishap::Slow(Duration::from_millis(faults.slow_ms));
        let shares: [(f64, &dyn Fn() -> Mishap); 6] = [
            (faults.reset_rate, &|| Mishap::Reset),
            (faults.error_rate, &|| Mishap::Answer(internal(service))),
            (faults.lost_rate, &|| Mishap::Lost),
            (faults.unavailable_rate, &|| Mishap::Answer(unavailable(service))),
            (faults.throttle_rate, &|| Mishap::Answer(throttled(service))),
            (faults.slow_rate, &slow),
        ];
        for (rate, mishap) in shares {
            if draw < rate {
                return Some(mishap());
            }
            draw -= rate;
        }
        None
    }
}

impl Rule {
    /// Whether the so-manieth matching request is meant.
    fn fits(&self, seen: u64) -> bool {
        self.nth.is_none_or(|nth| nth == seen)
            && self.every.is_none_or(|every| seen.is_multiple_of(every))
            && self.from.is_none_or(|from| from <= seen)
    }

    fn mishap(&self, service: &str) -> Mishap {
        match self.slow_ms {
            _ if self.silent => Mishap::Silent { done: self.lost },
            _ if self.reset => Mishap::Reset,
            _ if self.lost => Mishap::Lost,
            Some(slow_ms) => Mishap::Slow(Duration::from_millis(slow_ms)),
            None => Mishap::Answer(answer(self, service)),
        }
    }
}

fn answer(rule: &Rule, service: &str) -> Fault {
    let Some(code) = &rule.code else {
        let fault = internal(service);
        let status = rule.status.unwrap_or(fault.status);
        return fault.status(status);
    };
    let message = rule.message.clone().unwrap_or_else(|| "injected fault".to_owned());
    Fault::client(code, message).status(rule.status.unwrap_or(400))
}

/// A service's own internal error.
fn internal(service: &str) -> Fault {
    let code = api::find(service).map_or("InternalFailure", |api| api.internal);
    Fault::client(code, "injected fault").status(500)
}

/// A service that cannot be had for now.
fn unavailable(service: &str) -> Fault {
    let code = api::find(service).map_or("ServiceUnavailable", |api| api.unavailable);
    Fault::client(code, "injected fault").status(503)
}

/// A figure from 0 up to 1 that depends on nothing else.
fn draw(seed: u64, name: &str, number: u64) -> f64 {
    let digest =
        Sha256::new().chain_update(seed.to_be_bytes()).chain_update(name).chain_update(number.to_be_bytes()).finalize();
    let head = digest.iter().take(4).fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
    f64::from(head) / (f64::from(u32::MAX) + 1.0)
}

/// Whether a text fits a pattern in which `*` stands for any run and `?` for one character.
pub(crate) fn wildcard(pattern: &str, text: &str) -> bool {
    if pattern.is_ascii() && text.is_ascii() {
        return fits(pattern.as_bytes(), text.as_bytes(), (b'*', b'?'), |a, b| a == b);
    }
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    fits(&pattern, &text, ('*', '?'), |a, b| a == b)
}

/// The same without regard to the case of ASCII letters.
pub(crate) fn wildcard_in_any_case(pattern: &str, text: &str) -> bool {
    if pattern.is_ascii() && text.is_ascii() {
        return fits(pattern.as_bytes(), text.as_bytes(), (b'*', b'?'), u8::eq_ignore_ascii_case);
    }
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    fits(&pattern, &text, ('*', '?'), char::eq_ignore_ascii_case)
}

/// Whether a text of these characters fits; `run` stands for any run of them and `any` for one.
fn fits<C: PartialEq + Copy>(pattern: &[C], text: &[C], (run, any): (C, C), same: impl Fn(&C, &C) -> bool) -> bool {
    let (mut at, mut here) = (0, 0);
    // Where the last run was, and how much of the text it has swallowed so far.
    let mut last: Option<(usize, usize)> = None;
    while let Some(character) = text.get(here) {
        match pattern.get(at) {
            Some(wanted) if *wanted == run => {
                last = Some((at, here));
                at += 1;
            }
            Some(wanted) if *wanted == any || same(wanted, character) => {
                at += 1;
                here += 1;
            }
            _ => {
                let Some((run_at, swallowed)) = last else { return false };
                at = run_at + 1;
                here = swallowed + 1;
                last = Some((run_at, here));
            }
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_runs_and_single_characters() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abbd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*:Create*", "lambda:CreateFunction", true),
            ("a*b*c", "a-b-b-c", true),
            ("", "a", false),
            ("é*", "éa", true),
        ] {
            assert_eq!(wildcard(pattern, text), fits, "{pattern} {text}");
            assert_eq!(
                wildcard_in_any_case(pattern, &text.to_uppercase()),
                fits && text.is_ascii(),
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_mishaps() {
        let run = |seed| {
            let injector = Injector::new(Faults { seed, error_rate: 0.2, reset_rate: 0.1, ..Faults::default() });
            (0..500).map(|_| injector.next("states", "StartExecution")).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let resets = run(1).iter().filter(|mishap| **mishap == Some(Mishap::Reset)).count();
        let errors = run(1).iter().filter(|mishap| matches!(mishap, Some(Mishap::Answer(_)))).count();
        assert!((25..=80).contains(&resets) && (65..=140).contains(&errors), "{resets} {errors}");
    }

    #[test]
    fn a_rule_hits_its_nth_request_only() {
        let faults: Faults = serde_json::from_str(
            r#"{"rules": [{"operation": "lambda:Create*", "nth": 2, "code": "TooManyRequestsException", "status": 429}]}"#,
        )
        .unwrap();
        let injector = Injector::new(faults);
        assert_eq!(injector.next("lambda", "CreateFunction"), None);
        assert_eq!(injector.next("lambda", "ListFunctions"), None);
        let Some(Mishap::Answer(fault)) = injector.next("lambda", "CreateFunction") else { panic!("no fault") };
        assert_eq!((fault.code.as_str(), fault.status), ("TooManyRequestsException", 429));
        assert_eq!(injector.next("lambda", "CreateFunction"), None);
    }

    #[test]
    fn a_rule_holds_from_a_request_on() {
        let faults: Faults = serde_json::from_str(
            r#"{"rules": [{"operation": "*", "from": 3, "lost": true}, {"operation": "*", "nth": 1, "slow_ms": 20}]}"#,
        )
        .unwrap();
        let injector = Injector::new(faults);
        let befalls: Vec<_> =
            ["ListRoles", "GetRole", "GetRole", "ListRoles"].map(|name| injector.next("iam", name)).into();
        let slow = Some(Mishap::Slow(Duration::from_millis(20)));
        assert_eq!(befalls, [slow, None, Some(Mishap::Lost), Some(Mishap::Lost)]);
    }

    #[test]
    fn a_request_is_never_answered_whether_or_not_it_was_done() {
        let mishap = |text: &str| {
            let rules: Vec<Rule> = serde_json::from_str(text).unwrap();
            Injector::new(Faults { rules, ..Faults::default() }).next("monitoring", "PutDashboard")
        };
        let silent = mishap(r#"[{"operation": "monitoring:*", "silent": true}]"#);
        assert_eq!(silent, Some(Mishap::Silent { done: false }));
        let lost = mishap(r#"[{"operation": "monitoring:*", "silent": true, "lost": true}]"#);
        assert_eq!(lost, Some(Mishap::Silent { done: true }));
        assert_eq!(mishap(r#"[{"operation": "monitoring:*", "lost": true}]"#), Some(Mishap::Lost));
    }

    #[test]
    fn every_rate_has_its_share() {
        let faults: Faults = serde_json::from_str(
            r#"{"reset_rate": 0.1, "error_rate": 0.1, "lost_rate": 0.1, "unavailable_rate": 0.1, "throttle_rate": 0.1,
                "slow_rate": 0.1, "slow_ms": 5}"#,
        )
        .unwrap();
        let injector = Injector::new(faults);
        let mut counts = BTreeMap::<String, usize>::new();
        for _ in 0..3000 {
            let word = match injector.next("lambda", "GetFunction") {
                Some(Mishap::Answer(fault)) => format!("{} {}", fault.status, fault.code),
                other => format!("{other:?}"),
            };
            *counts.entry(word).or_default() += 1;
        }
        assert_eq!(counts.len(), 7, "{counts:?}");
        let (none, others) = (counts.remove("None").unwrap(), counts.into_values().collect::<Vec<_>>());
        assert!((1050..1350).contains(&none) && others.iter().all(|count| (220..380).contains(count)), "{others:?}");
    }

    #[test]
    fn figures_that_cannot_be_are_refused() {
        let refused = |text: &str| serde_json::from_str::<Faults>(text).unwrap().check().unwrap_err();
        assert!(refused(r#"{"error_rate": 2}"#).contains("`error_rate`"));
        assert!(refused(r#"{"error_rate": 0.6, "lost_rate": 0.6}"#).contains("together"));
        assert!(refused(r#"{"rules": [{"operation": "x"}]}"#).contains("`x`"));
        assert!(serde_json::from_str::<Faults>(r#"{"eror_rate": 1}"#).is_err());
    }
}
