//! Condition operators.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use std::borrow::Cow;

use serde_json::Value;

use super::elements::texts;
use crate::fault::wildcard;

/// What is known of a request: keys in lower case (`aws:sourcearn`) and their values.
pub(super) type Context<'request> = [(&'request str, &'request [&'request str])];

/// The values of a key, where the request has it.
fn values<'request>(context: &Context<'request>, key: &str) -> Option<&'request [&'request str]> {
    context.iter().find(|(known, _)| *known == key).map(|(_, values)| *values)
}

/// Operators without their `ForAnyValue:` and `IfExists` parts.
pub(super) const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

/// One operator on one key.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    operator: String,
    /// All of the request's values must fit, rather than any.
    for_all: bool,
    if_exists: bool,
    key: String,
    wanted: Vec<String>,
}

impl Condition {
    /// Reads a `Condition` element.
    pub(super) fn read_all(value: Option<&Value>) -> Vec<Self> {
        let operators = value.and_then(Value::as_object).into_iter().flatten();
        operators
            .flat_map(|(operator, keys)| {
                let keys = keys.as_object().into_iter().flatten();
                keys.map(move |(key, wanted)| {
                    let (for_all, name) = match operator.split_once(':') {
                        Some(("ForAllValues", name)) => (true, name),
                        Some((_, name)) => (false, name),
                        None => (false, operator.as_str()),
                    };
                    Self {
                        operator: name.strip_suffix("IfExists").unwrap_or(name).to_owned(),
                        for_all,
                        if_exists: name.ends_with("IfExists"),
                        key: key.to_ascii_lowercase(),
                        wanted: texts(wanted),
                    }
                })
            })
            .collect()
    }

    /// Whether a request fits. A key that the request does not carry fits nothing but a negated operator, `…IfExists`,
    /// and `Null: true`.
    pub(super) fn holds(&self, context: &Context<'_>) -> bool {
        let values = values(context, &self.key);
        if self.operator == "Null" {
            return self.wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case("true") == values.is_none());
        }
        let negated = self.operator.contains("Not");
        let Some(values) = values else { return self.if_exists || self.for_all || negated };
        // A variable without a value takes the statement away, whatever the operator.
        let wanted: Option<Vec<String>> =
            self.wanted.iter().map(|wanted| Some(resolved(wanted, context)?.into_owned())).collect();
        let Some(wanted) = wanted else { return false };
        let fits = |value: &&str| {
            let any = wanted.iter().any(|wanted| self.fits(value, wanted));
            any != negated
        };
        if self.for_all || negated { values.iter().all(fits) } else { values.iter().any(fits) }
    }

    /// Whether one value fits one wanted value, the operator's `Not` aside.
    fn fits(&self, value: &str, wanted: &str) -> bool {
        match self.operator.replace("Not", "").as_str() {
            "StringEquals" | "BinaryEquals" => value == wanted,
            "StringEqualsIgnoreCase" | "Bool" => value.eq_ignore_ascii_case(wanted),
            "StringLike" => wildcard(wanted, value),
            "ArnEquals" | "ArnLike" => arn_fits(wanted, value),
            numeric if numeric.starts_with("Numeric") => {
                compared(numeric, value.parse::<f64>().ok(), wanted.parse::<f64>().ok())
            }
            date if date.starts_with("Date") => compared(date, seconds(value), seconds(wanted)),
            "IpAddress" => address_fits(wanted, value),
            _ => false,
        }
    }
}

/// A pattern with its policy variables (`${aws:PrincipalAccount}`) filled in; `None` when one has no value.
pub(super) fn resolved<'pattern>(pattern: &'pattern str, context: &Context<'_>) -> Option<Cow<'pattern, str>> {
    if !pattern.contains("${") {
        return Some(Cow::Borrowed(pattern));
    }
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}')?;
        text.push_str(before);
        text.push_str(values(context, &name.to_ascii_lowercase())?.first()?);
        rest = after;
    }
    text.push_str(rest);
    Some(Cow::Owned(text))
}

/// The six fields of an ARN fit one by one, so that a `*` does not reach over a colon.
fn arn_fits(pattern: &str, arn: &str) -> bool {
    let (mut wanted, mut given) = (pattern.splitn(6, ':'), arn.splitn(6, ':'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wildcard(wanted, given) => {}
            _ => return false,
        }
    }
}

fn compared(operator: &str, value: Option<f64>, wanted: Option<f64>) -> bool {
    let (Some(value), Some(wanted)) = (value, wanted) else { return false };
    match operator.trim_start_matches("Numeric").trim_start_matches("Date") {
        "Equals" => (value - wanted).abs() < f64::EPSILON,
        "LessThan" => value < wanted,
        "LessThanEquals" => value <= wanted,
        "GreaterThan" => value > wanted,
        "GreaterThanEquals" => value >= wanted,
        _ => false,
    }
}

fn seconds(text: &str) -> Option<f64> {
    let parsed = || {
        let moment = text.parse::<jiff::Timestamp>().ok()?;
        Some(moment.as_duration().as_secs_f64())
    };
    text.parse().ok().or_else(parsed)
}

/// `10.0.0.0/8` or a single address.
fn address_fits(wanted: &str, value: &str) -> bool {
    use std::net::IpAddr;
    let (network, bits) = wanted.split_once('/').map_or((wanted, None), |(network, bits)| (network, bits.parse().ok()));
    let whole = |address: IpAddr| match address {
        IpAddr::V4(four) => (u128::from(u32::from(four)), 32_u32),
        IpAddr::V6(six) => (u128::from(six), 128),
    };
    let (Ok(network), Ok(value)) = (network.parse().map(whole), value.parse().map(whole)) else { return false };
    let bits: u32 = bits.unwrap_or(network.1).min(network.1);
    network.1 == value.1 && (network.0 ^ value.0).checked_shr(network.1 - bits).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn holds(condition: &Value) -> bool {
        let context: [(&str, &[&str]); 7] = [
            ("aws:sourceaccount", &["111122223333"]),
            ("aws:sourcearn", &["arn:aws:states:us-east-1:111122223333:stateMachine:user3-order"]),
            ("aws:currenttime", &["2026-01-02T00:00:00Z"]),
            ("aws:sourceip", &["127.0.0.1"]),
            ("aws:securetransport", &["false"]),
            ("n", &["5"]),
            ("aws:tagkeys", &["a", "b"]),
        ];
        Condition::read_all(Some(condition)).iter().all(|condition| condition.holds(&context))
    }

    #[test]
    fn each_operator_holds_and_fails() {
        for (condition, expected) in [
            (json!({"StringEquals": {"aws:SourceAccount": "111122223333"}}), true),
            (json!({"StringEquals": {"AWS:sourceaccount": ["x", "111122223333"]}}), true),
            (json!({"StringEquals": {"aws:SourceAccount": "1111"}}), false),
            (json!({"StringNotEquals": {"aws:SourceAccount": "1111"}}), true),
            (json!({"StringNotEquals": {"aws:SourceAccount": ["1111", "111122223333"]}}), false),
            (json!({"StringLike": {"aws:SourceAccount": "1111*"}}), true),
            (json!({"StringNotLike": {"aws:SourceAccount": "1111*"}}), false),
            (json!({"ArnLike": {"aws:SourceArn": "arn:aws:states:*:111122223333:stateMachine:user3-*"}}), true),
            (json!({"ArnEquals": {"aws:SourceArn": "arn:aws:states:*:*:stateMachine:*"}}), true),
            (json!({"ArnLike": {"aws:SourceArn": "arn:aws:*:stateMachine:user3-*"}}), false),
            (json!({"ArnNotLike": {"aws:SourceArn": "arn:aws:states:*:*:stateMachine:user4-*"}}), true),
            (json!({"NumericLessThan": {"n": "6"}}), true),
            (json!({"NumericGreaterThanEquals": {"n": 6}}), false),
            (json!({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}), true),
            (json!({"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}), false),
            (json!({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}), true),
            (json!({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}), false),
            (json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}), true),
            (json!({"Bool": {"aws:SecureTransport": "false"}}), true),
            (json!({"Null": {"aws:SourceArn": "false"}}), true),
            (json!({"Null": {"aws:PrincipalTag/x": true}}), true),
            (json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b", "c"]}}), true),
            (json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}), false),
            (json!({"ForAnyValue:StringEquals": {"aws:TagKeys": ["b"]}}), true),
            (json!({"ArnLike": {"aws:SourceArn": "arn:aws:states:*:${aws:SourceAccount}:stateMachine:*"}}), true),
            (json!({"StringEquals": {"n": "${aws:SourceAccount}"}}), false),
            (json!({"StringNotEquals": {"n": "${aws:UnheardOf}"}}), false),
            (json!({"Imagined": {"n": "5"}}), false),
        ] {
            assert_eq!(holds(&condition), expected, "{condition}");
        }
    }

    #[test]
    fn a_key_that_is_not_there_fits_only_where_aws_says_so() {
        assert!(!holds(&json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}})));
        assert!(holds(&json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}})));
        assert!(holds(&json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}})));
    }

    #[test]
    fn all_conditions_must_hold() {
        assert!(!holds(&json!({"StringEquals": {"aws:SourceAccount": "111122223333", "n": "6"}})));
    }
}
