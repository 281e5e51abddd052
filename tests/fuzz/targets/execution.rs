//! A definition that is good by construction, run with whatever fate its tasks have.
#![no_main]

use std::sync::Arc;

use arbitrary::{Result, Unstructured};
use labctl::asl::fuzzing::execute;
use serde_json::{Map, Value, json};

const DEEPEST: usize = 3;
const PATHS: [&str; 12] = [
    "$",
    "$.a",
    "$.a.b",
    "$.list",
    "$.list[0]",
    "$.list[*].n",
    "$..n",
    "$.list[?(@.n > 1)]",
    "$$",
    "$$.Map.Item.Value",
    "$$.State.EnteredTime",
    "$.gone",
];
const CALLS: [&str; 8] = [
    "States.Array($.a, $.list, 1)",
    "States.ArrayRange(0, 6, 2)",
    "States.Format('{}-{}', $.a, $$.State.Name)",
    "States.UUID()",
    "States.MathAdd($.list[0].n, 1)",
    "States.JsonMerge($, $.a, false)",
    "States.ArrayPartition($.list, 2)",
    "States.JsonToString($)",
];
const EXPRESSIONS: [&str; 14] = [
    "$states.input",
    "$states.input.list",
    "$states.input.list.n",
    "$states.result",
    "$states.context.State.Name",
    "$states.errorOutput",
    "1 + 1",
    "$count($states.input.list)",
    "{'list': [1, 2, {'n': 3}], 'a': $states.input}",
    "$states.input.gone",
    "$sum($states.input.list.n)",
    "true",
    "[]",
    "$map([1..3], function($x) { {'n': $x} })",
];
const ERRORS: [&str; 8] = [
    "X",
    "States.ALL",
    "States.Timeout",
    "States.TaskFailed",
    "States.Runtime",
    "Lambda.TooManyRequestsException",
    "States.HeartbeatTimeout",
    "States.QueryEvaluationError",
];
const RESOURCES: [&str; 5] = [
    "arn:aws:lambda:us-east-1:111111111111:function:f",
    "arn:aws:states:::lambda:invoke",
    "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "arn:aws:states:::states:startExecution.sync:2",
];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut source = Unstructured::new(data);
    let _ = run(&mut source);
});

fn run(source: &mut Unstructured<'_>) -> Result<()> {
    let express = source.arbitrary()?;
    let mut maker = Maker { names: 0, jsonata: source.arbitrary()? };
    let mut definition = maker.scope(source, 0)?;
    if maker.jsonata {
        definition["QueryLanguage"] = json!("JSONata");
    }
    if source.arbitrary()? {
        definition["TimeoutSeconds"] = json!(source.int_in_range(1..=100)?);
    }
    let input = json!({
        "a": {"b": source.int_in_range(-2..=9)?, "x": "y"}, "list": [{"n": 1}, {"n": 2.5}, source.arbitrary::<bool>()?], "t": "2026-11-22T10:00:00Z",
    });
    let text = definition.to_string();
    // What the generator does not know (names that clash, fields of one language in the other) is for the checker to tell.
    if let Ok(machine) = labctl::asl::parse(&text) {
        let rest = source.bytes(source.len())?;
        execute(&Arc::new(machine), &input, express, rest);
    }
    Ok(())
}

struct Maker {
    names: usize,
    jsonata: bool,
}

fn pick(source: &mut Unstructured<'_>, from: &[&str]) -> Result<Value> {
    source.choose(from).map(|text| json!(text))
}

fn query(source: &mut Unstructured<'_>) -> Result<Value> {
    source.choose(&EXPRESSIONS).map(|text| json!(format!("{{% {text} %}}")))
}

impl Maker {
    fn scope(&mut self, source: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
        let count = source.int_in_range(1..=4)?;
        let first = self.names;
        self.names += count;
        let mut states = Map::new();
        for index in 0..count {
            let next = (index + 1 < count).then(|| format!("S{}", first + index + 1));
            // Back to the first state, or on: never out of the scope.
            let other = format!("S{}", first + if source.arbitrary()? { 0 } else { (index + 1).min(count - 1) });
            let state = self.state(source, depth, next.as_deref(), &other)?;
            states.insert(format!("S{}", first + index), state);
        }
        Ok(json!({"StartAt": format!("S{first}"), "States": states}))
    }

    fn state(&mut self, source: &mut Unstructured<'_>, depth: usize, next: Option<&str>, other: &str) -> Result<Value> {
        let most = if depth < DEEPEST { 7 } else { 4 };
        let mut state = match source.int_in_range(0..=most)? {
            0 => json!({"Type": "Pass"}),
            1 => self.wait(source)?,
            2 | 3 => self.task(source)?,
            4 if next.is_some() => return self.choice(source, next.unwrap_or(other), other),
            4 => {
                return Ok(if source.arbitrary()? {
                    json!({"Type": "Succeed"})
                } else {
                    json!({"Type": "Fail", "Error": "X", "Cause": "because"})
                });
            }
            5 => {
                let branches = (0..source.int_in_range(1..=3)?)
                    .map(|_| self.scope(source, depth + 1))
                    .collect::<Result<Vec<_>>>()?;
                json!({"Type": "Parallel", "Branches": branches})
            }
            _ => self.map(source, depth)?,
        };
        self.flow(source, &mut state)?;
        if matches!(state["Type"].as_str(), Some("Task" | "Parallel" | "Map")) {
            self.recovery(source, &mut state, other)?;
        }
        match next {
            Some(next) => state["Next"] = json!(next),
            None => state["End"] = json!(true),
        }
        Ok(state)
    }

    fn wait(&self, source: &mut Unstructured<'_>) -> Result<Value> {
        Ok(match source.int_in_range(0..=2)? {
            0 => json!({"Type": "Wait", "Seconds": source.int_in_range(0..=9)?}),
            1 if self.jsonata => json!({"Type": "Wait", "Seconds": query(source)?}),
            1 => json!({"Type": "Wait", "SecondsPath": pick(source, &PATHS)?}),
            _ if self.jsonata => json!({"Type": "Wait", "Timestamp": "{% $states.input.t %}"}),
            _ => json!({"Type": "Wait", "TimestampPath": "$.t"}),
        })
    }

    fn task(&self, source: &mut Unstructured<'_>) -> Result<Value> {
        let resource = *source.choose(&RESOURCES)?;
        let mut task = json!({"Type": "Task", "Resource": resource, "TimeoutSeconds": 20});
        if source.arbitrary()? {
            task["HeartbeatSeconds"] = json!(source.int_in_range(1..=19)?);
        }
        let token = if self.jsonata { ("t", "{% $states.context.Task.Token %}") } else { ("t.$", "$$.Task.Token") };
        let mut input = Map::new();
        input.insert(token.0.to_owned(), json!(token.1));
        let message = if resource.ends_with("Token") { Value::Object(input) } else { json!({"x": 1}) };
        let parameters = match resource {
            _ if resource.contains(":lambda:invoke") => json!({"FunctionName": "f", "Payload": message}),
            _ if resource.contains("sqs") => json!({"QueueUrl": "http://127.0.0.1/q", "MessageBody": message}),
            _ if resource.contains("startExecution") => {
                json!({"StateMachineArn": "arn:aws:states:us-east-1:111111111111:stateMachine:m", "Input": message})
            }
            _ => return Ok(task),
        };
        task[if self.jsonata { "Arguments" } else { "Parameters" }] = parameters;
        Ok(task)
    }

    fn choice(&self, source: &mut Unstructured<'_>, next: &str, other: &str) -> Result<Value> {
        let rule = match source.int_in_range(0..=3)? {
            _ if self.jsonata => json!({"Condition": query(source)?, "Next": other}),
            0 => json!({"Variable": pick(source, &PATHS)?, "IsPresent": source.arbitrary::<bool>()?, "Next": other}),
            1 => {
                json!({"And": [{"Variable": "$.a.b", "NumericGreaterThan": source.int_in_range(-2..=9)?}, {"Not": {"Variable": "$.t", "IsNull": true}}], "Next": other})
            }
            2 => json!({"Variable": "$.t", "StringMatches": "2026-*Z", "Next": other}),
            _ => json!({"Variable": pick(source, &PATHS)?, "NumericEqualsPath": pick(source, &PATHS)?, "Next": other}),
        };
        Ok(json!({"Type": "Choice", "Choices": [rule], "Default": next}))
    }

    fn map(&mut self, source: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
        let mut processor = self.scope(source, depth + 1)?;
        let distributed = source.arbitrary()?;
        processor["ProcessorConfig"] = if distributed {
            json!({"Mode": "DISTRIBUTED", "ExecutionType": source.choose(&["STANDARD", "EXPRESS"])?})
        } else {
            json!({"Mode": "INLINE"})
        };
        let mut map = json!({"Type": "Map", "ItemProcessor": processor, "MaxConcurrency": source.int_in_range(0..=3)?});
        if self.jsonata {
            map["Items"] = json!("{% $states.input.list %}");
        } else {
            map["ItemsPath"] = json!("$.list");
            if source.arbitrary()? {
                map["ItemSelector"] =
                    json!({"v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index", "list.$": "$.list"});
            }
        }
        if distributed {
            if source.arbitrary()? {
                map["ToleratedFailurePercentage"] = json!(source.int_in_range(0..=100)?);
            }
            if source.arbitrary()? {
                map["ItemBatcher"] = json!({"MaxItemsPerBatch": source.int_in_range(1..=3)?});
            }
        }
        Ok(map)
    }

    /// How data gets in and out.
    fn flow(&self, source: &mut Unstructured<'_>, state: &mut Value) -> Result<()> {
        if self.jsonata {
            if source.arbitrary()? {
                state["Output"] = if source.arbitrary()? {
                    query(source)?
                } else {
                    json!({"a": query(source)?, "list": [1, query(source)?], "t": "x"})
                };
            }
            if source.arbitrary()? {
                state["Assign"] = json!({"v": query(source)?});
            }
            return Ok(());
        }
        let with_result = matches!(state["Type"].as_str(), Some("Pass" | "Task" | "Parallel" | "Map"));
        if source.ratio(1, 4)? {
            state["InputPath"] = pick(source, &PATHS)?;
        }
        if source.ratio(1, 4)? {
            state["OutputPath"] = pick(source, &PATHS)?;
        }
        if with_result && source.arbitrary()? {
            state["ResultPath"] = pick(source, &["$", "$.a", "$.list[0]", "$.list", "$.x.y", "$.t"])?;
        }
        if state["Type"] == "Pass" && source.arbitrary()? {
            state["Parameters"] =
                json!({"a.$": pick(source, &PATHS)?, "b.$": pick(source, &CALLS)?, "list": [1, {"n.$": "$.a"}]});
        }
        if source.ratio(1, 4)? {
            state["Assign"] = json!({"v.$": pick(source, &PATHS)?});
        }
        Ok(())
    }

    fn recovery(&self, source: &mut Unstructured<'_>, state: &mut Value, other: &str) -> Result<()> {
        if source.arbitrary()? {
            state["Retry"] = json!([{
                "ErrorEquals": [pick(source, &ERRORS)?], "MaxAttempts": source.int_in_range(0..=3)?, "IntervalSeconds": source.int_in_range(1..=9)?,
                "BackoffRate": 1.5, "MaxDelaySeconds": 12, "JitterStrategy": source.choose(&["FULL", "NONE"])?,
            }]);
        }
        if source.arbitrary()? {
            let mut catcher = json!({"ErrorEquals": [pick(source, &ERRORS)?], "Next": other});
            if self.jsonata {
                catcher["Output"] = json!({"a": "{% $states.errorOutput %}", "list": [1]});
            } else {
                catcher["ResultPath"] = pick(source, &["$", "$.error", "$.a"])?;
            }
            state["Catch"] = json!([catcher]);
        }
        Ok(())
    }
}
