//! A request's members, read. Numbers and truths may come as strings, as the query protocol sends them.

use serde_json::Value;

use crate::wire::{Call, Fault};

/// The members of an input or of a structure in it.
#[derive(Clone, Copy)]
pub(crate) struct Members<'call>(&'call Value);

impl<'call> Members<'call> {
    /// A request's.
    pub(crate) fn of(call: &'call Call) -> Self {
        Self(&call.input)
    }

    /// A structure's.
    pub(crate) fn within(value: &'call Value) -> Self {
        Self(value)
    }

    /// A member as it is; null counts as absent.
    pub(crate) fn value(self, name: &str) -> Option<&'call Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A string.
    pub(crate) fn text(self, name: &str) -> Option<&'call str> {
        self.value(name)?.as_str()
    }

    /// A string that the operation's row says is there.
    pub(crate) fn given(self, name: &str) -> &'call str {
        self.text(name).unwrap_or_default()
    }

    /// A string that must be there; `code` is the service's own name for a validation error.
    pub(crate) fn required(self, name: &str, code: &str) -> Result<&'call str, Fault> {
        self.text(name).ok_or_else(|| missing(code, name))
    }

    /// A whole number.
    pub(crate) fn integer(self, name: &str) -> Option<i64> {
        let value = self.value(name)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    /// A whole number that is none below zero.
    pub(crate) fn count(self, name: &str) -> Option<usize> {
        usize::try_from(self.integer(name)?).ok()
    }

    /// A number.
    pub(crate) fn number(self, name: &str) -> Option<f64> {
        let value = self.value(name)?;
        value.as_f64().or_else(|| value.as_str()?.parse().ok()).filter(|number| number.is_finite())
    }

    /// A truth.
    pub(crate) fn truth(self, name: &str) -> Option<bool> {
        let value = self.value(name)?;
        value.as_bool().or_else(|| value.as_str()?.parse().ok())
    }

    /// A time in milliseconds since 1970, sent as seconds or as ISO 8601.
    pub(crate) fn time_ms(self, name: &str) -> Option<i64> {
        #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
        let of_seconds = |seconds: f64| (seconds * 1000.0).round() as i64;
        self.number(name)
            .map(of_seconds)
            .or_else(|| self.text(name)?.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond))
    }

    /// A list; absent is empty.
    pub(crate) fn list(self, name: &str) -> &'call [Value] {
        self.value(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// A list of strings; absent is empty.
    pub(crate) fn texts(self, name: &str) -> Vec<&'call str> {
        self.list(name).iter().filter_map(Value::as_str).collect()
    }
}

/// A member that must be there and is not, as AWS words it.
pub(crate) fn missing(code: &str, member: &str) -> Fault {
    let mut letters = member.chars();
    let member: String = letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
    let message = format!(
        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    );
    Fault::client(code, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn strings_stand_for_numbers_and_truths() {
        let value =
            json!({"a": "5", "b": 5, "c": "true", "d": null, "e": "x", "f": "2023-11-14T22:13:20Z", "g": "NaN"});
        let members = Members::within(&value);
        assert_eq!((members.integer("a"), members.integer("b"), members.integer("e")), (Some(5), Some(5), None));
        assert_eq!((members.truth("c"), members.value("d"), members.number("g")), (Some(true), None, None));
        assert_eq!(members.time_ms("f"), Some(1_700_000_000_000));
    }

    #[test]
    fn what_is_missing_is_named_as_aws_does() {
        let fault = missing("ValidationError", "RoleName");
        assert_eq!(
            fault.message,
            "1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null"
        );
    }
}
