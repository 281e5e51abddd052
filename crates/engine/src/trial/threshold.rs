//! `--expect`: what a bulk run must reach.

use std::fmt;

use serde::Serialize;

use crate::source;

/// Names a threshold can start with besides an outcome's.
const FIGURES: [&str; 9] = ["p50", "p90", "p95", "p99", "max", "started", "finished", "failed_to_start", "throttled"];

const LEGAL: &str = "write NAME OP VALUE: NAME is an outcome such as `COMPLETED`, or one of `p50`, `p90`, `p95`, `p99`, \
     `max`, `started`, `finished`, `failed_to_start`, `throttled`; OP is one of `<`, `<=`, `>`, `>=`, `==`, `!=`; VALUE is \
     a count or a share (`80%`), for latencies a duration (`800ms`, `5s`, `1m`)";

/// How a figure is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

impl Operator {
    /// Longest first, so that `<=` is not read as `<`.
    const ALL: [(&'static str, Self); 6] = [
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("<", Self::Less),
        (">", Self::Greater),
    ];

    /// `left OP right`, exact: both are whole numbers.
    fn holds(self, left: u128, right: u128) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
            Self::Equal => left == right,
            Self::NotEqual => left != right,
        }
    }
}

/// What a figure is compared with. Decimals are kept as millionths, so that comparing is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    /// Millionths of a count.
    Count(u128),
    /// Millionths of a hundredth of all executions asked for.
    Percent(u128),
    /// Millionths of a millisecond.
    Milliseconds(u128),
}

const MILLION: u128 = 1_000_000;

/// What a bulk run came to, as thresholds see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    /// Executions asked for.
    pub(super) asked: u64,
    /// Started.
    pub(super) started: u64,
    /// Over.
    pub(super) finished: u64,
    /// Refused for good.
    pub(super) failed_to_start: u64,
    /// Calls refused for being too many.
    pub(super) throttled: u64,
    /// Finished with this outcome.
    pub(super) outcomes: std::collections::BTreeMap<String, u64>,
    /// `p50`, `p90`, `p95`, `p99`, `max` in milliseconds; none when nothing finished.
    pub(super) latency_ms: Option<std::collections::BTreeMap<&'static str, u64>>,
}

/// One threshold, read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Threshold {
    expression: String,
    name: String,
    operator: Operator,
    limit: Limit,
}

/// A threshold and whether it held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judged {
    /// As the user wrote it.
    pub expr: String,
    /// Whether it held.
    pub passed: bool,
    /// The figure, with its unit.
    pub actual: String,
}

impl fmt::Display for Threshold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.expression)
    }
}

impl Threshold {
    /// Reads `COMPLETED>=80%`, `FAILED<=20`, `p95<5s`, `p99<800ms`, `max<1m`, `failed_to_start==0`, `throttled<1%`;
    /// blanks around the operator are allowed. Shares are of all executions asked for.
    ///
    /// # Errors
    /// A text that says what is wrong and what is legal.
    pub fn parse(text: &str) -> Result<Self, String> {
        let refuse = |why: &str| Err(format!("threshold `{}` {why}; {LEGAL}", text.trim()));
        let Some(at) = text.find(['<', '>', '=', '!']) else { return refuse("has no comparison") };
        let (name, rest) = text.split_at(at);
        let Some((sign, operator)) = Operator::ALL.into_iter().find(|(sign, _)| rest.starts_with(sign)) else {
            return refuse("has an unknown comparison");
        };
        let (name, value) = (name.trim(), rest.strip_prefix(sign).unwrap_or_default().trim());
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)) {
            return refuse("starts with no name");
        }
        if let Some(meant) = meant(name) {
            return refuse(&format!("has the unknown name `{name}` (did you mean `{meant}`?)"));
        }
        let Some(limit) = limit(value) else { return refuse(&format!("has the unreadable value `{value}`")) };
        match (is_latency(name), limit) {
            (true, Limit::Milliseconds(_)) | (false, Limit::Count(_) | Limit::Percent(_)) => {}
            (true, _) => return refuse("compares a latency with no duration"),
            (false, Limit::Milliseconds(_)) => return refuse("compares a count with a duration"),
        }
        if let Limit::Percent(share) = limit {
            if share > 100 * MILLION {
                return refuse("asks for a share above 100 %");
            }
            if share == 100 * MILLION && operator == Operator::Greater {
                return refuse("asks for more than all");
            }
        }
        Ok(Self { expression: text.trim().to_owned(), name: name.to_owned(), operator, limit })
    }

    /// The outcome that it counts, if it counts one.
    pub fn outcome(&self) -> Option<&str> {
        (!FIGURES.contains(&self.name.as_str())).then_some(self.name.as_str())
    }

    /// Compares. A latency of a run in which nothing finished holds never.
    pub(super) fn judge(&self, figures: &Figures) -> Judged {
        let (passed, actual) = if is_latency(&self.name) { self.latency(figures) } else { self.count(figures) };
        Judged { expr: self.expression.clone(), passed, actual }
    }

    fn latency(&self, figures: &Figures) -> (bool, String) {
        let Some(&ms) = figures.latency_ms.as_ref().and_then(|latency| latency.get(self.name.as_str())) else {
            return (false, "nothing finished".to_owned());
        };
        let Limit::Milliseconds(limit) = self.limit else { return (false, "not a duration".to_owned()) };
        (self.operator.holds(u128::from(ms) * MILLION, limit), format!("{ms} ms"))
    }

    fn count(&self, figures: &Figures) -> (bool, String) {
        let count = match self.name.as_str() {
            "started" => figures.started,
            "finished" => figures.finished,
            "failed_to_start" => figures.failed_to_start,
            "throttled" => figures.throttled,
            outcome => figures.outcomes.get(outcome).copied().unwrap_or(0),
        };
        match self.limit {
            Limit::Count(limit) => (self.operator.holds(u128::from(count) * MILLION, limit), count.to_string()),
            Limit::Percent(limit) => {
                let asked = u128::from(figures.asked);
                // count / asked OP limit / 100, without dividing; of none, every share is 0.
                let (left, right) =
                    if asked == 0 { (0, limit) } else { (u128::from(count) * 100 * MILLION, limit * asked) };
                let tenths = (u128::from(count) * 1000 + asked / 2).checked_div(asked).unwrap_or(0);
                let share = format!("{count} of {asked} ({}.{} %)", tenths / 10, tenths % 10);
                (self.operator.holds(left, right), share)
            }
            Limit::Milliseconds(_) => (false, "not a count".to_owned()),
        }
    }
}

fn is_latency(name: &str) -> bool {
    matches!(name, "p50" | "p90" | "p95" | "p99" | "max")
}

/// The name somebody meant. A slip (`throtled<1%`) would else be an outcome nobody has, and hold for ever.
fn meant(name: &str) -> Option<&'static str> {
    if FIGURES.contains(&name) {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    if lower.strip_prefix('p').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        return Some(FIGURES.into_iter().find(|figure| *figure == lower).unwrap_or("p99"));
    }
    source::nearest_within(name, FIGURES.into_iter().filter(|figure| figure.len() > 4), |_| 2)
}

fn limit(value: &str) -> Option<Limit> {
    let digits = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let (number, unit) = value.split_at(digits);
    let number = millionths(number)?;
    match unit.trim() {
        "" => Some(Limit::Count(number)),
        "%" => Some(Limit::Percent(number)),
        "ms" => Some(Limit::Milliseconds(number)),
        "s" => Some(Limit::Milliseconds(number * 1000)),
        "m" => Some(Limit::Milliseconds(number * 60_000)),
        _ => None,
    }
}

/// `12`, `0.5`, at most twelve digits before and six after the point.
fn millionths(text: &str) -> Option<u128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    if whole.is_empty() || whole.len() > 12 || part.is_empty() || part.len() > 6 || part.contains('.') {
        return None;
    }
    let whole: u128 = whole.parse().ok()?;
    let part: u128 = format!("{part:0<6}").parse().ok()?;
    Some(whole * MILLION + part)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn figures() -> Figures {
        Figures {
            asked: 200,
            started: 198,
            finished: 198,
            failed_to_start: 2,
            throttled: 1,
            outcomes: BTreeMap::from([("COMPLETED".to_owned(), 160), ("FAILED".to_owned(), 38)]),
            latency_ms: Some(BTreeMap::from([("p50", 100), ("p90", 200), ("p95", 799), ("p99", 800), ("max", 60_000)])),
        }
    }

    fn judge(text: &str) -> (bool, String) {
        let judged = Threshold::parse(text).unwrap().judge(&figures());
        assert_eq!(judged.expr, text.trim());
        (judged.passed, judged.actual)
    }

    #[test]
    fn thresholds_of_the_manual_are_judged() {
        assert_eq!(judge("COMPLETED>=80%"), (true, "160 of 200 (80.0 %)".to_owned()));
        assert_eq!(judge("COMPLETED > 80%"), (false, "160 of 200 (80.0 %)".to_owned()));
        assert_eq!(judge("FAILED<=20"), (false, "38".to_owned()));
        assert_eq!(judge("p95<5s"), (true, "799 ms".to_owned()));
        assert_eq!(judge("p99<800ms"), (false, "800 ms".to_owned()));
        assert_eq!(judge("p99<=0.8s"), (true, "800 ms".to_owned()));
        assert_eq!(judge("max<1m"), (false, "60000 ms".to_owned()));
        assert_eq!(judge("max<=1m"), (true, "60000 ms".to_owned()));
        assert_eq!(judge("failed_to_start==0"), (false, "2".to_owned()));
        assert_eq!(judge("throttled<1%"), (true, "1 of 200 (0.5 %)".to_owned()));
        assert_eq!(judge("throttled<0.5%"), (false, "1 of 200 (0.5 %)".to_owned()));
        assert_eq!(judge("LOST!=0"), (false, "0".to_owned()));
        assert_eq!(judge(" started == 198 "), (true, "198".to_owned()));
    }

    #[test]
    fn nothing_finished_holds_no_latency() {
        let empty = Figures::default();
        let judged = Threshold::parse("p95<5s").unwrap().judge(&empty);
        assert_eq!((judged.passed, judged.actual.as_str()), (false, "nothing finished"));
        assert!(!Threshold::parse("COMPLETED>=80%").unwrap().judge(&empty).passed);
    }

    #[test]
    fn a_bad_threshold_says_what_is_legal() {
        let bad = [
            "",
            "COMPLETED",
            "COMPLETED=80%",
            ">=80%",
            "p95<5",
            "p95<5%",
            "COMPLETED<5s",
            "p96<5s",
            "throtled<1%",
            "P95<5s",
            "FAILED<=x",
            "FAILED<=1.2.3",
            "FAILED<=99999999999999999999",
            "p95<5h",
            "a b<1",
            "FAILED<=-1",
            "FAILED<",
            "Finished==3",
            "é<1",
            "COMPLETED>=120%",
            "COMPLETED<=100.000001%",
            "throttled<101%",
            "FAILED>100%",
            "COMPLETED>=NaN",
            "p95<infs",
            "p999<5s",
        ];
        for text in bad {
            let error = Threshold::parse(text).unwrap_err();
            assert!(error.starts_with(&format!("threshold `{}`", text.trim())), "{error}");
            assert!(error.contains("`failed_to_start`"), "{error}");
        }
        assert!(Threshold::parse("throtled<1%").unwrap_err().contains("did you mean `throttled`?"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,24}") {
            let _ = Threshold::parse(&text);
        }

        #[test]
        fn an_operator_and_its_opposite_never_agree(count in 0_u64..1000, limit in 0_u64..100) {
            let figures = Figures { asked: 1000, outcomes: BTreeMap::from([("X".to_owned(), count)]), ..Figures::default() };
            for (sign, opposite) in [("<", ">="), (">", "<="), ("==", "!=")] {
                for unit in ["", "%"] {
                    let held = |sign| Threshold::parse(&format!("X{sign}{limit}{unit}")).unwrap().judge(&figures).passed;
                    prop_assert_ne!(held(sign), held(opposite));
                }
            }
        }
    }
}
