//! `labctl verify`: single defects cost their own points and no others, and what is not known costs nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Write as _};

use serde_json::{Value, json};

use crate::harness::{MANIFEST, Test, wait_until};
use crate::server::Server;

const ORDER: &str = "order-processing-workflow";
const EXPRESS: &str = "express-workflow";
const CALLBACK: &str = "callback-workflow";
const DASHBOARD: &str = "stepfunctions-monitoring";

/// One student's account, in which things are done by hand.
struct Hand<'a> {
    server: &'a Server,
    user: &'a str,
}

impl Hand<'_> {
    fn name(&self, what: &str) -> String {
        format!("{}-{what}", self.user)
    }

    fn arn(&self, what: &str) -> String {
        format!("arn:aws:states:us-east-1:000000000000:stateMachine:{}", self.name(what))
    }

    fn states(&self, operation: &str, input: &Value) -> Value {
        self.server.call("states", &format!("AWSStepFunctions.{operation}"), input)
    }

    fn machine(&self, what: &str) -> Value {
        self.states("DescribeStateMachine", &json!({ "stateMachineArn": self.arn(what) }))
    }

    /// Edits a definition as the console's editor would.
    fn define(&self, what: &str, edit: impl FnOnce(&mut Value)) {
        let found = self.machine(what);
        let mut definition: Value = serde_json::from_str(found["definition"].as_str().unwrap()).unwrap();
        edit(&mut definition);
        prune(&mut definition);
        let update = json!({ "stateMachineArn": self.arn(what), "definition": definition.to_string() });
        self.states("UpdateStateMachine", &update);
    }

    fn delete_machine(&self, what: &str) {
        self.states("DeleteStateMachine", &json!({ "stateMachineArn": self.arn(what) }));
        let gone =
            || !self.states("ListStateMachines", &json!({})).to_string().contains(&format!("{}\"", self.arn(what)));
        wait_until("the machine is gone", gone);
    }

    /// Deletes it and makes it anew as the other type.
    fn retype(&self, what: &str, kind: &str) {
        let mut found = self.machine(what);
        self.delete_machine(what);
        let [name, definition, role] = ["name", "definition", "roleArn"].map(|key| found[key].take());
        let logging = found["loggingConfiguration"].take();
        self.states(
            "CreateStateMachine",
            &json!({ "name": name, "definition": definition, "roleArn": role, "type": kind, "loggingConfiguration": logging }),
        );
    }

    fn logging(&self, what: &str, edit: impl FnOnce(&mut Value)) {
        let mut logging = self.machine(what)["loggingConfiguration"].take();
        edit(&mut logging);
        self.states(
            "UpdateStateMachine",
            &json!({ "stateMachineArn": self.arn(what), "loggingConfiguration": logging }),
        );
    }

    fn lambda(&self, method: &str, path: &str, input: &Value) -> String {
        let headers = [("content-type", "application/json")];
        let path = format!("/2015-03-31/functions/{path}");
        self.server.send("lambda", (method, &path), &headers, input.to_string().as_bytes())
    }

    fn delete_function(&self, what: &str) {
        self.lambda("DELETE", &self.name(what), &json!({}));
    }

    fn configure(&self, what: &str, input: &Value) {
        self.lambda("PUT", &format!("{}/configuration", self.name(what)), input);
    }

    fn code(&self, what: &str, module: &str, text: &str) {
        let zip = base64(&zipped(&format!("{module}.py"), text));
        self.lambda("PUT", &format!("{}/code", self.name(what)), &json!({ "ZipFile": zip }));
    }

    fn form(&self, service: &str, body: &str) -> String {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.server.send(service, ("POST", "/"), &headers, body.as_bytes())
    }

    fn iam(&self, action: &str, members: &str) {
        self.form("iam", &format!("Action={action}&Version=2010-05-08&{members}"));
    }

    fn policy(&self, role: &str, name: &str, document: &Value) {
        let document = encoded(&document.to_string());
        let role = self.name(role);
        self.iam("PutRolePolicy", &format!("RoleName={role}&PolicyName={name}&PolicyDocument={document}"));
    }

    fn dashboard(&self, edit: impl FnOnce(&mut Value)) {
        let name = self.name(DASHBOARD);
        let target = "GraniteServiceVersion20100801";
        let found =
            self.server.call("monitoring", &format!("{target}.GetDashboard"), &json!({ "DashboardName": name }));
        let mut body: Value = serde_json::from_str(found["DashboardBody"].as_str().unwrap()).unwrap();
        edit(&mut body);
        let put = json!({ "DashboardName": name, "DashboardBody": body.to_string() });
        self.server.call("monitoring", &format!("{target}.PutDashboard"), &put);
    }

    fn delete_dashboard(&self) {
        let delete = json!({ "DashboardNames": [self.name(DASHBOARD)] });
        self.server.call("monitoring", "GraniteServiceVersion20100801.DeleteDashboards", &delete);
    }
}

fn zipped(name: &str, text: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(text.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Replaces a text in every text of a document.
fn replace(value: &mut Value, old: &str, new: &str) {
    let text = value.to_string();
    assert!(text.contains(old), "no {old} in {text}");
    *value = serde_json::from_str(&text.replace(old, new)).unwrap();
}

/// Takes out states that nothing leads to any more: AWS refuses them.
fn prune(definition: &mut Value) {
    loop {
        let names: Vec<String> = definition["States"].as_object().unwrap().keys().cloned().collect();
        let text = definition.to_string();
        let is_led_to = |name: &&String| {
            ["Next", "Default", "StartAt"].iter().any(|key| text.contains(&format!("\"{key}\":\"{name}\"")))
        };
        let Some(lost) = names.iter().find(|name| !is_led_to(name)) else { return };
        definition["States"].as_object_mut().unwrap().remove(lost);
    }
}

fn widget<'v>(body: &'v mut Value, title: &str) -> &'v mut Value {
    let widgets = body["widgets"].as_array_mut().unwrap();
    widgets.iter_mut().find(|widget| widget["properties"]["title"] == title).unwrap()
}

/// What was done wrong, and the check that is about it with what it costs.
type Defect = (&'static str, &'static str, u64, fn(&Hand<'_>));

/// Single defects.
const DEFECTS: [Defect; 42] = [
    ("f-gone", "functions/present", 5, |hand| hand.delete_function("payment-processor")),
    ("f-gone2", "functions/present", 5, |hand| hand.delete_function("long-running-task")),
    ("f-syntax", "functions/handlers-run", 7, |hand| {
        hand.code("order-validator", "order_validator", "def lambda_handler(:\n");
    }),
    ("f-handler", "functions/handlers-run", 7, |hand| {
        hand.configure("realtime-validator", &json!({ "Handler": "no.such" }));
    }),
    ("f-raises", "functions/handlers-run", 7, |hand| {
        hand.code(
            "inventory-updater",
            "inventory_updater",
            "def lambda_handler(event, context):\n    raise Exception('no stock')\n",
        );
    }),
    ("f-late", "functions/handlers-run", 7, |hand| {
        hand.code(
            "order-fulfillment",
            "order_fulfillment",
            "import missing_module\ndef lambda_handler(event, context):\n    return event\n",
        );
    }),
    ("f-short", "functions/configuration", 3, |hand| hand.configure("order-fulfillment", &json!({ "Timeout": 3 }))),
    ("s-gone", "standard-workflow/definition", 20, |hand| hand.delete_machine(ORDER)),
    ("s-type", "standard-workflow/definition", 3, |hand| hand.retype(ORDER, "EXPRESS")),
    ("s-calls", "standard-workflow/definition", 3, |hand| {
        hand.define(ORDER, |it| {
            it["States"]["FulfillOrder"] = json!({ "Type": "Pass", "Result": { "status": "COMPLETED" }, "ResultPath": "$.done",
                "Parameters": { "orderId.$": "$.orderId", "status": "COMPLETED" }, "End": true });
            it["States"]["FulfillOrder"].as_object_mut().unwrap().remove("Result");
            it["States"]["FulfillOrder"].as_object_mut().unwrap().remove("ResultPath");
        });
    }),
    ("s-serial", "standard-workflow/parallel", 4, |hand| {
        hand.define(ORDER, |it| {
            let mut pay = it["States"]["ParallelProcessing"]["Branches"][0]["States"]["ProcessPayment"].take();
            let mut stock = it["States"]["ParallelProcessing"]["Branches"][1]["States"]["UpdateInventory"].take();
            for state in [&mut pay, &mut stock] {
                state["Catch"] =
                    json!([{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "ProcessingFailed" }]);
                state.as_object_mut().unwrap().remove("End");
            }
            (pay["Next"], stock["Next"]) = (json!("UpdateInventory"), json!("FulfillOrder"));
            let states = it["States"].as_object_mut().unwrap();
            for gone in ["ParallelProcessing", "CheckParallelResults", "MergeResults"] {
                states.remove(gone);
            }
            states.insert("ProcessPayment".to_owned(), pay);
            states.insert("UpdateInventory".to_owned(), stock);
            replace(it, "\"Next\":\"ParallelProcessing\"", "\"Next\":\"ProcessPayment\"");
        });
    }),
    ("s-choice", "standard-workflow/choice", 2, |hand| {
        hand.define(ORDER, |it| {
            it["States"]["ValidateOrder"]["Next"] = json!("ParallelProcessing");
            it["States"].as_object_mut().unwrap().remove("CheckValidation");
        });
    }),
    ("s-retry", "standard-workflow/retry", 4, |hand| {
        hand.define(ORDER, |it| drop(it["States"]["ValidateOrder"].as_object_mut().unwrap().remove("Retry")));
    }),
    ("s-backoff", "standard-workflow/retry", 4, |hand| {
        hand.define(ORDER, |it| it["States"]["ValidateOrder"]["Retry"][0]["BackoffRate"] = json!(1.0));
    }),
    ("s-error", "standard-workflow/retry", 4, |hand| {
        hand.define(ORDER, |it| it["States"]["ValidateOrder"]["Retry"][0]["ErrorEquals"] = json!(["SomeOtherError"]));
    }),
    ("s-catch", "standard-workflow/catch", 4, |hand| {
        hand.define(ORDER, |it| drop(it["States"]["FulfillOrder"].as_object_mut().unwrap().remove("Catch")));
    }),
    ("s-catch2", "standard-workflow/catch", 4, |hand| {
        hand.define(ORDER, |it| drop(it["States"]["ParallelProcessing"].as_object_mut().unwrap().remove("Catch")));
    }),
    ("s-catch3", "standard-workflow/catch", 4, |hand| {
        hand.define(ORDER, |it| drop(it["States"]["ValidateOrder"].as_object_mut().unwrap().remove("Catch")));
    }),
    ("s-log", "standard-workflow/logging", 3, |hand| hand.logging(ORDER, |it| *it = json!({ "level": "OFF" }))),
    ("s-level", "standard-workflow/logging", 3, |hand| hand.logging(ORDER, |it| it["level"] = json!("ERROR"))),
    ("s-data", "standard-workflow/logging", 3, |hand| {
        hand.logging(ORDER, |it| it["includeExecutionData"] = json!(false));
    }),
    ("e-type", "express-workflow/type", 4, |hand| hand.retype(EXPRESS, "STANDARD")),
    ("e-gone", "express-workflow/type", 15, |hand| hand.delete_machine(EXPRESS)),
    ("e-pass", "express-workflow/validates", 3, |hand| {
        hand.define(EXPRESS, |it| {
            it["States"]["ValidateEvent"] =
                json!({ "Type": "Pass", "Result": { "nextStep": "process_transaction" }, "Next": "RouteEvent" });
        });
    }),
    ("e-route", "express-workflow/routes", 8, |hand| {
        hand.define(EXPRESS, |it| drop(it["States"]["RouteEvent"]["Choices"].as_array_mut().unwrap().pop()));
    }),
    ("e-default", "express-workflow/routes", 8, |hand| {
        hand.define(EXPRESS, |it| drop(it["States"]["RouteEvent"].as_object_mut().unwrap().remove("Default")));
    }),
    ("c-gone", "callback/waits", 15, |hand| hand.delete_machine(CALLBACK)),
    ("c-wait", "callback/waits", 6, |hand| {
        hand.define(CALLBACK, |it| {
            replace(it, "invoke.waitForTaskToken", "invoke");
            replace(it, "\"taskToken.$\":\"$$.Task.Token\"", "\"taskToken\":\"none\"");
        });
    }),
    ("c-success", "callback/success", 4, |hand| {
        hand.define(CALLBACK, |it| it["States"]["TaskCompleted"]["Result"]["status"] = json!("DONE"));
    }),
    ("c-failure", "callback/failure", 3, |hand| {
        hand.define(CALLBACK, |it| drop(it["States"]["StartLongRunningTask"]["Catch"].as_array_mut().unwrap().pop()));
    }),
    ("c-timeout", "callback/timeout", 2, |hand| {
        hand.define(CALLBACK, |it| {
            drop(it["States"]["StartLongRunningTask"].as_object_mut().unwrap().remove("TimeoutSeconds"));
        });
    }),
    ("v-valid", "valid-and-invalid-data/valid", 5, |hand| {
        hand.define(ORDER, |it| {
            let states = it["States"].as_object_mut().unwrap();
            states["FulfillOrder"].as_object_mut().unwrap().remove("End");
            states["FulfillOrder"]["Next"] = json!("Rename");
            let rename =
                json!({ "Type": "Pass", "Parameters": { "orderId.$": "$.orderId", "status": "SHIPPED" }, "End": true });
            states.insert("Rename".to_owned(), rename);
        });
    }),
    ("v-invalid", "valid-and-invalid-data/invalid", 5, |hand| {
        let text = "def lambda_handler(event, context):\n    order = event.get('order', event)\n    \
                    if (order.get('simulation') or {}).get('validation') in ('outage', 'outage-once') and (event.get('attempt', 0) < 1 or \
                    order['simulation']['validation'] == 'outage'):\n        raise type('TransientServiceError', (Exception,), {})('out')\n    \
                    return {**order, 'validation': {'isValid': True}}\n";
        hand.code("order-validator", "order_validator", text);
    }),
    ("d-gone", "dashboard/present", 10, |hand| hand.delete_dashboard()),
    ("d-failed", "dashboard/executions", 3, |hand| {
        hand.dashboard(|it| replace(it, "ExecutionsFailed", "ExecutionsAborted"));
    }),
    ("d-name", "dashboard/executions", 3, |hand| {
        hand.dashboard(|it| replace(widget(it, "Step Functions Executions"), "StateMachineArn", "StateMachineName"));
    }),
    ("d-stat", "dashboard/duration", 2, |hand| {
        hand.dashboard(|it| widget(it, "Average Execution Duration")["properties"]["stat"] = json!("Maximum"));
    }),
    ("d-lambda", "dashboard/functions", 3, |hand| {
        hand.dashboard(|it| widget(it, "Lambda Function Performance")["properties"]["metrics"] = json!([]));
    }),
    ("b-none", "bulk-test/executions", 10, |_| {}),
    ("p-name", "prefix/names", 3, |hand| {
        let code =
            zipped("task.py", "def lambda_handler(event, context):\n    return {**event, 'status': 'COMPLETED'}\n");
        let role = format!("arn:aws:iam::000000000000:role/{}", hand.name("lambda-role"));
        let function = format!("{}s-order-fulfillment", hand.user);
        let input = json!({ "FunctionName": function, "Runtime": "python3.13", "Role": role, "Handler": "task.lambda_handler",
            "Timeout": 30, "Code": { "ZipFile": base64(&code) } });
        hand.lambda("POST", "", &input);
        hand.delete_function("order-fulfillment");
        let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{function}");
        let allow = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn }] });
        hand.policy("stepfunctions-role", "more", &allow);
        hand.define(ORDER, |it| {
            replace(it, &format!("function:{}", hand.name("order-fulfillment")), &format!("function:{function}"));
        });
    }),
    ("p-star", "prefix/roles", 2, |hand| {
        let all = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*" }] });
        hand.policy("stepfunctions-role", "more", &all);
    }),
    ("p-denied", "prefix/roles", 2, |hand| {
        let none = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "lambda:InvokeFunction", "Resource": "*" }] });
        hand.policy("stepfunctions-role", "less", &none);
    }),
];

fn class(users: &[&str]) -> String {
    let head = MANIFEST.split("[[users]]").next().unwrap();
    users.iter().fold(head.to_owned(), |text, user| format!("{text}[[users]]\nname = \"{user}\"\n\n"))
}

fn of<'d>(document: &'d Value, user: &str) -> &'d Value {
    let users = document["users"].as_array().unwrap();
    users.iter().find(|known| known["user"] == user).unwrap_or_else(|| panic!("no {user}: {document:#}"))
}

fn with_verdict<'d>(user: &'d Value, verdict: &str) -> BTreeMap<&'d str, &'d Value> {
    let checks = user["checks"].as_array().unwrap().iter().filter(|check| check["verdict"] == verdict);
    checks.map(|check| (check["id"].as_str().unwrap(), check)).collect()
}

#[test]
fn a_single_defect_costs_its_own_points_and_no_others() {
    let users: Vec<&str> = ["whole"].into_iter().chain(DEFECTS.iter().map(|(user, ..)| *user)).collect();
    let test = Test::with_manifest(&class(&users));
    // On the store of the local target, so that commands go to it as long as it runs.
    let mut server = Server::on(&test, "out/local", &[]);
    test.expect(0, &["deploy", "--all"]);
    let others: Vec<&str> = users.iter().copied().filter(|user| *user != "b-none").collect();
    test.expect(0, &["bulk-test", "-n", "10", "--user", &others.join(",")]);
    for (user, _, _, break_it) in DEFECTS {
        break_it(&Hand { server: &server, user });
    }
    server.end();
    let document = test.json(4, &["verify", "--all", "--time", "jump"]);
    let whole = of(&document, "whole");
    assert_eq!((&whole["score"], &whole["max_score"]), (&json!(100), &json!(100)), "{whole:#}");
    let mut wrong = Vec::new();
    for (user, check, points, _) in DEFECTS {
        let found = of(&document, user);
        let lost = found["max_score"].as_u64().unwrap() - found["score"].as_u64().unwrap();
        let failed = with_verdict(found, "failed");
        let unknown = with_verdict(found, "unknown");
        let causes = |checks: &BTreeMap<&str, &Value>| {
            checks
                .iter()
                .map(|(id, check)| format!("{id}: {}", check["cause"]["text"]))
                .collect::<Vec<_>>()
                .join("\n    ")
        };
        let is_so = failed.keys().copied().eq([check]) && unknown.is_empty() && lost == points;
        if !is_so {
            let skipped = with_verdict(found, "skipped");
            wrong.push(format!(
                "{user}: lost {lost}, not {points}\n  failed {}\n  unknown {}\n  skipped {}",
                causes(&failed),
                causes(&unknown),
                causes(&skipped)
            ));
            continue;
        }
        let check = failed[check];
        assert!(!check["evidence"].as_array().unwrap().is_empty(), "{user}: {check:#}");
        assert!(check["cause"]["hint"].is_string(), "{user}: {check:#}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let keys: BTreeSet<&str> =
        document["summary"]["causes"].as_array().unwrap().iter().map(|cause| cause["key"].as_str().unwrap()).collect();
    assert!(keys.len() >= 30, "{keys:?}");

    // The same evidence, judged again without any call, comes to the same.
    let again = test.json(4, &["verify", "--from", "last"]);
    assert_eq!(again["api_calls"], json!({}));
    assert_eq!(again["from"], document["run"]);
    for user in users {
        let (one, other) = (of(&document, user), of(&again, user));
        assert_eq!((&one["checks"], &one["score"]), (&other["checks"], &other["old_score"]), "{user}");
    }
}
