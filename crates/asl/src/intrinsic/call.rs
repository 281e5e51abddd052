//! A call, and its value.

use std::borrow::Cow;

use serde_json::Value;

use super::function::{Function, Shape};
use crate::failure::Failure;
use crate::path::Path;
use crate::scope::Scope;

/// A call of an intrinsic function.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// As it is written.
    pub(super) text: String,
    pub(super) function: Function,
    pub(super) arguments: Vec<Argument>,
}

#[derive(Clone, Debug)]
pub(super) enum Argument {
    Literal(Value),
    /// Between its quotes, escapes kept.
    Text(String),
    Path(Path),
    Call(Call),
}

impl Call {
    /// In States.Format, here or in an argument: how many values its text has places for, and how many it is given, if these differ.
    pub(crate) fn miscounted(&self) -> Option<(usize, usize)> {
        if let (Function::Format, [Argument::Text(text), values @ ..]) = (self.function, self.arguments.as_slice()) {
            let places =
                text.match_indices("{}").filter(|(at, _)| !text.get(..*at).unwrap_or_default().ends_with('\\'));
            let places = places.count();
            if places != values.len() {
                return Some((places, values.len()));
            }
        }
        self.arguments.iter().find_map(|argument| match argument {
            Argument::Call(call) => call.miscounted(),
            _ => None,
        })
    }

    /// An argument that the function cannot take whatever the input is, here or in an argument: what is wrong with it.
    pub(crate) fn misfit(&self) -> Option<String> {
        self.arguments.iter().enumerate().find_map(|(at, argument)| {
            let (shape, written) = match argument {
                Argument::Call(call) => {
                    if let Some(inner) = call.misfit() {
                        return Some(inner);
                    }
                    (call.function.gives()?, call.function.name().to_owned())
                }
                Argument::Text(text) => (Shape::Text, format!("'{text}'")),
                Argument::Literal(value) => (Shape::of(value)?, value.to_string()),
                Argument::Path(_) => return None,
            };
            let wanted = self.function.takes(at).filter(|wanted| *wanted != shape)?;
            let name = self.function.name();
            Some(format!("argument {} of `{name}` must be {}, not `{written}`", at + 1, wanted.words()))
        })
    }

    /// Its value. Fails with States.IntrinsicFailure, or with States.Runtime if a path leads nowhere.
    pub(crate) fn evaluate(&self, scope: &mut Scope<'_>) -> Result<Value, Failure> {
        self.value(scope, &self.text)
    }

    /// A failure names the `whole` expression, not the call inside that failed.
    fn value(&self, scope: &mut Scope<'_>, whole: &str) -> Result<Value, Failure> {
        let said = |reason: &str| format!("The function '{whole}' had the following error: {reason}");
        let mut values = Vec::with_capacity(self.arguments.len());
        for (index, argument) in self.arguments.iter().enumerate() {
            values.push(match argument {
                Argument::Literal(value) => value.clone(),
                // Format reads the escapes of its template itself.
                Argument::Text(text) if self.function == Function::Format && index == 0 => Value::String(text.clone()),
                Argument::Text(text) => Value::String(unescape(text)),
                Argument::Call(call) => call.value(scope, whole)?,
                Argument::Path(path) => scope.select(path).map(Cow::into_owned).map_err(|_| {
                    Failure::runtime(said(&format!(
                        "The JsonPath argument for the field '{}' could not be found in the input '{}'",
                        path.text, scope.input
                    )))
                })?,
            });
        }
        let result = self.function.apply(values, scope.random);
        result.map_err(|reason| Failure::named("States.IntrinsicFailure", said(&reason)))
    }
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letters.peek() {
            Some(next @ ('\'' | '\\' | '{' | '}')) if letter == '\\' => {
                plain.push(*next);
                letters.next();
            }
            _ => plain.push(letter),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::context::Context;
    use crate::effect::Seed;
    use crate::payload::Payload;
    use crate::random::Random;
    use crate::variables::Variables;

    fn evaluate(text: &str, input: &Value) -> Result<Value, Failure> {
        let text_of = |name: &str| name.to_owned();
        let seed = Seed {
            execution_arn: text_of("arn:e"),
            execution_name: text_of("e"),
            machine_arn: text_of("arn:m"),
            machine_name: text_of("m"),
            role_arn: text_of("arn:r"),
            express: false,
            input: json!({}),
            started_ms: 0,
            token_seed: 1,
        };
        let payload = Payload::new(json!({}));
        let context = Context {
            seed: &seed,
            input: &payload,
            state: "S",
            entered_ms: 0,
            now_ms: 0,
            variables: &Variables::default(),
            retries: None,
            token: None,
            item: None,
            child: None,
        };
        let mut random = Random::new(1);
        Call::parse(text).unwrap().evaluate(&mut Scope::new(input, &context, &mut random))
    }

    #[track_caller]
    fn gives(text: &str, result: Value) {
        let input = json!({"a": [1, 2, 3], "s": "x,y", "o": {"k": [1, {"n": null}]}, "t": "a {} b"});
        assert_eq!(evaluate(text, &input), Ok(result), "{text}");
    }

    #[track_caller]
    fn fails(text: &str) -> Failure {
        evaluate(text, &json!({"a": [1], "s": "{"})).unwrap_err()
    }

    #[test]
    fn format_fills_in_and_unescapes() {
        gives("States.Format('{} and {}', $.s, 1)", json!("x,y and 1"));
        gives(r"States.Format('\{\} it\'s {}', $.o)", json!("{} it's {k=[1, {n=null}]}"));
        gives("States.Format($.t, null)", json!("a null b"));
        assert_eq!(fails("States.Format('{}')").error.as_deref(), Some("States.IntrinsicFailure"));
        assert_eq!(fails("States.Format('x', 1)").error.as_deref(), Some("States.IntrinsicFailure"));
    }

    #[test]
    fn arrays_are_made_cut_and_searched() {
        gives("States.Array(1, 'a', $.a, null, true)", json!([1, "a", [1, 2, 3], null, true]));
        gives("States.Array()", json!([]));
        gives("States.ArrayPartition($.a, 2)", json!([[1, 2], [3]]));
        gives("States.ArrayContains($.a, 3)", json!(true));
        gives("States.ArrayContains(States.Array(1.0), 1)", json!(true));
        gives("States.ArrayRange(1, 9, 4)", json!([1, 5, 9]));
        gives("States.ArrayRange(3, 1, -1)", json!([3, 2, 1]));
        gives("States.ArrayRange(3, 1, 1)", json!([]));
        gives("States.ArrayGetItem($.a, 2)", json!(3));
        gives("States.ArrayLength($.a)", json!(3));
        gives("States.ArrayUnique(States.Array(1, 2, 1, 'a', 'a', null, null))", json!([1, 2, "a", null]));
        assert_eq!(fails("States.ArrayGetItem($.a, 7)").error.as_deref(), Some("States.IntrinsicFailure"));
        fails("States.ArrayRange(1, 5000, 1)");
        fails("States.ArrayRange(1, 5, 0)");
        fails("States.ArrayPartition($.a, 0)");
    }

    #[test]
    fn json_goes_to_text_and_back() {
        gives("States.StringToJson('{\"a\": [1]}')", json!({"a": [1]}));
        gives("States.JsonToString($.o)", json!(r#"{"k":[1,{"n":null}]}"#));
        gives("States.JsonMerge($.o, States.StringToJson('{\"k\":1,\"z\":2}'), false)", json!({"k": 1, "z": 2}));
        for nothing in ["''", "' '", "'   '"] {
            gives(&format!("States.StringToJson({nothing})"), json!(null));
        }
        fails("States.StringToJson($.s)");
        fails("States.JsonMerge($.a, $.a, false)");
    }

    #[test]
    fn text_is_encoded_hashed_and_split() {
        gives("States.Base64Encode('Data to encode')", json!("RGF0YSB0byBlbmNvZGU="));
        gives("States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", json!("Data to encode"));
        gives("States.Hash('input data', 'SHA-1')", json!("aaff4a450a104cd177d28d18d74485e8cae074b7"));
        gives("States.StringSplit('a.b+c', '.+')", json!(["a", "b", "c"]));
        gives("States.StringSplit(', , ,', ',')", json!([" ", " "]));
        fails("States.Hash('a', 'SHA-3')");
        fails("States.Base64Decode('%')");
    }

    #[test]
    fn numbers_are_rounded_half_up() {
        for (left, right, sum) in
            [("1.49", "1.5", 3), ("-1.5", "0", -1), ("-1.51", "0", -2), ("-0.5", "0.5", 1), ("2.5", "0", 3)]
        {
            gives(&format!("States.MathAdd({left}, {right})"), json!(sum));
        }
        let drawn = evaluate("States.MathRandom(1, 10)", &json!({})).unwrap();
        assert!((1..10).contains(&drawn.as_i64().unwrap()));
        assert_eq!(
            evaluate("States.MathRandom(1, 999, 5)", &json!({})),
            evaluate("States.MathRandom(1, 999, 5)", &json!({}))
        );
        fails("States.MathAdd('1', 1)");
        fails("States.MathRandom(2, 2)");
    }

    #[test]
    fn a_path_that_leads_nowhere_is_a_runtime_error() {
        let failure = fails("States.Format('{}', States.ArrayLength($.gone))");
        assert_eq!(failure.error.as_deref(), Some("States.Runtime"));
        assert_eq!(
            failure.cause.unwrap(),
            "The function 'States.Format('{}', States.ArrayLength($.gone))' had the following error: The JsonPath argument for the \
             field '$.gone' could not be found in the input '{\"a\":[1],\"s\":\"{\"}'"
        );
    }

    #[test]
    fn what_is_no_call_is_refused_with_a_reason() {
        for text in [
            "",
            "States",
            "States.Format",
            "States.Format(",
            "States.Format('a'",
            "States.Format('a",
            "States.Nope()",
            "States.UUID(1)",
            "States.UUID() x",
            "States.ArrayLength()",
            "States.ArrayLength($.a $.b)",
            "States.ArrayLength($[)",
            "States.Array(a)",
            "States.Array(1,)",
        ] {
            assert!(Call::parse(text).is_err(), "{text}");
        }
        assert!(Call::parse("States.Formt('a')").unwrap_err().contains("did you mean `States.Format`?"));
        assert!(Call::parse(&"States.Array(".repeat(50_000)).is_err());
        assert_eq!(Call::parse("States.Array($['a,b)'], $.c[?(@.d == 1)].e)").unwrap().arguments.len(), 2);
    }
}
