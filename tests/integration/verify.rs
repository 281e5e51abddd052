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

pub(crate) fn zipped(name: &str, text: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(text.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

pub(crate) fn base64(bytes: &[u8]) -> String {
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

/// A handler as a student may write one: it knows nothing of `simulation`.
const OWN_HANDLERS: [(&str, &str); 6] = [
    (
        "order-validator",
        "def handler(event, context):\n    items = event.get('items', [])\n    total = sum(i['price'] * i['quantity'] for i in items)\n    \
         ok = bool(event.get('orderId')) and bool(items) and abs(total - event.get('amount', 0)) < 0.01\n    \
         return {**event, 'validation': {'isValid': ok}}\n",
    ),
    ("payment-processor", "def handler(event, context):\n    return {**event, 'payment': {'status': 'COMPLETED'}}\n"),
    ("inventory-updater", "def handler(event, context):\n    return {**event, 'inventory': {'updatedAt': 1}}\n"),
    ("order-fulfillment", "def handler(event, context):\n    return {**event, 'status': 'COMPLETED'}\n"),
    (
        "realtime-validator",
        "STEPS = {'purchase': 'process_transaction', 'view': 'log_analytics'}\ndef handler(event, context):\n    \
         return {**event, 'nextStep': STEPS.get(event['action'], 'log_event')}\n",
    ),
    (
        "long-running-task",
        "import boto3, json\ndef handler(event, context):\n    boto3.client('stepfunctions').send_task_success(\n        \
         taskToken=event['taskToken'], output=json.dumps({'status': 'COMPLETED'}))\n    return {'status': 'STARTED'}\n",
    ),
];

impl Hand<'_> {
    fn role(&self, name: &str, service: &str, policy: &Value) -> String {
        let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
            "Principal": { "Service": format!("{service}.amazonaws.com") }, "Action": "sts:AssumeRole" }] });
        let trust = encoded(&trust.to_string());
        self.iam("CreateRole", &format!("RoleName={name}&Path=%2Fservice-role%2F&AssumeRolePolicyDocument={trust}"));
        let policy = encoded(&policy.to_string());
        self.iam("PutRolePolicy", &format!("RoleName={name}&PolicyName=own&PolicyDocument={policy}"));
        format!("arn:aws:iam::000000000000:role/service-role/{name}")
    }

    fn function_arn(&self, what: &str) -> String {
        format!("arn:aws:lambda:us-east-1:000000000000:function:{}", self.name(what))
    }

    /// Roles as the console names them, functions of one file called `lambda_function`.
    fn own_functions(&self) -> String {
        let allow =
            |action: Value, resource: Value| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
        let mine =
            |service: &str, kind: &str| format!("arn:aws:{service}:us-east-1:000000000000:{kind}:{}-*", self.user);
        let statements = json!({ "Version": "2012-10-17", "Statement": [
            allow(json!("lambda:InvokeFunction"), json!([mine("lambda", "function")])),
            allow(json!(["logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
                "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"]), json!("*")),
        ]});
        let machines = self.role(&format!("StepFunctions-{}-orders-role-x1y2", self.user), "states", &statements);
        let statements = json!({ "Version": "2012-10-17", "Statement": [
            allow(json!(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]), json!("*")),
            allow(json!(["states:SendTaskSuccess", "states:SendTaskFailure"]), json!(mine("states", "stateMachine"))),
        ]});
        let functions = self.role(&format!("{}-functions-role-a1b2", self.user), "lambda", &statements);
        for (what, text) in OWN_HANDLERS {
            let code = base64(&zipped("lambda_function.py", text));
            let input = json!({ "FunctionName": self.name(what), "Runtime": "python3.12", "Role": functions,
                "Handler": "lambda_function.handler", "Timeout": 60, "Code": { "ZipFile": code } });
            self.lambda("POST", "", &input);
        }
        wait_until("the functions are there", || !self.lambda("GET", "", &json!({})).contains("Pending"));
        machines
    }

    fn own_machines(&self, role: &str) {
        let group = format!("/aws/vendedlogs/states/{}-my-own-logs", self.user);
        self.server.call("logs", "Logs_20140328.CreateLogGroup", &json!({ "logGroupName": group }));
        let destination = format!("arn:aws:logs:us-east-1:000000000000:log-group:{group}:*");
        let logging = json!({ "level": "ALL", "includeExecutionData": true,
            "destinations": [{ "cloudWatchLogsLogGroup": { "logGroupArn": destination } }] });
        let retry =
            json!([{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 5, "BackoffRate": 1.5 }]);
        let catch = |next: &str| json!([{ "ErrorEquals": ["States.ALL"], "Next": next }]);
        let call = |what: &str| {
            json!({ "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Output": "{% $states.result.Payload %}",
                "Arguments": { "FunctionName": self.function_arn(what), "Payload": "{% $states.input %}" }, "Retry": retry })
        };
        let with = |mut state: Value, more: Value| {
            state.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            state
        };
        let branch = |name: &str, what: &str| json!({ "StartAt": name, "States": { name: with(call(what), json!({ "End": true })) } });
        let failed = json!({ "Type": "Pass", "Output": { "status": "FAILED" }, "End": true });
        let orders = json!({ "QueryLanguage": "JSONata", "StartAt": "Check", "States": {
            "Check": with(call("order-validator"), json!({ "Next": "IsValid", "Catch": catch("Refused") })),
            "IsValid": { "Type": "Choice", "Choices": [{ "Condition": "{% $states.input.validation.isValid %}", "Next": "Both" }],
                "Default": "Refused" },
            "Both": { "Type": "Parallel", "Branches": [branch("Pay", "payment-processor"), branch("Stock", "inventory-updater")],
                "Output": "{% $merge($states.result) %}", "Next": "Ship", "Catch": catch("Refused") },
            "Ship": with(call("order-fulfillment"), json!({ "End": true, "Catch": catch("Refused") })),
            "Refused": failed } });
        let pass = |status: &str| json!({ "Type": "Pass", "Result": { "status": status }, "End": true });
        let branching =
            |step: &str, next: &str| json!({ "Variable": "$.nextStep", "StringEquals": step, "Next": next });
        let events = json!({ "StartAt": "Validate", "States": {
            "Validate": { "Type": "Task", "Resource": self.function_arn("realtime-validator"), "Next": "Route" },
            "Route": { "Type": "Choice", "Default": "Log",
                "Choices": [branching("process_transaction", "Buy"), branching("log_analytics", "View")] },
            "Buy": pass("TRANSACTION_PROCESSED"), "View": pass("ANALYTICS_LOGGED"), "Log": pass("EVENT_LOGGED") } });
        let callback = json!({ "StartAt": "Long", "States": {
            "Long": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 200,
                "Parameters": { "FunctionName": self.name("long-running-task"),
                    "Payload": { "taskToken.$": "$$.Task.Token", "input.$": "$" } },
                "Catch": [{ "ErrorEquals": ["States.Timeout"], "Next": "Late" }, { "ErrorEquals": ["States.ALL"], "Next": "Bad" }],
                "Next": "Good" },
            "Good": pass("COMPLETED"), "Late": pass("TIMEOUT"), "Bad": pass("FAILED") } });
        for (what, kind, definition, logging) in [
            (ORDER, "STANDARD", orders, Some(logging)),
            (EXPRESS, "EXPRESS", events, None),
            (CALLBACK, "STANDARD", callback, None),
        ] {
            let mut input =
                json!({ "name": self.name(what), "type": kind, "roleArn": role, "definition": definition.to_string() });
            if let Some(logging) = logging {
                input["loggingConfiguration"] = logging;
            }
            self.states("CreateStateMachine", &input);
        }
    }

    fn own_dashboard(&self) {
        let mut states = Vec::new();
        for what in [ORDER, EXPRESS] {
            states.push(json!(["AWS/States", "ExecutionsStarted", "StateMachineArn", self.arn(what)]));
            states.push(json!([".", "ExecutionsSucceeded", ".", "."]));
            states.push(json!([".", "ExecutionsFailed", ".", "."]));
        }
        let mut lambda = vec![json!(["AWS/Lambda", "Invocations", "FunctionName", self.name("order-validator")])];
        for (what, _) in OWN_HANDLERS.iter().skip(1) {
            lambda.push(json!(["...", self.name(what)]));
        }
        for metric in ["Errors", "Duration"] {
            for (what, _) in OWN_HANDLERS {
                lambda.push(json!(["AWS/Lambda", metric, "FunctionName", self.name(what)]));
            }
        }
        let time = json!([["AWS/States", "ExecutionTime", "StateMachineArn", self.arn(ORDER)]]);
        let widget = |metrics: Value, stat: &str| {
            json!({ "type": "metric", "x": 0, "y": 0, "width": 6, "height": 6,
                "properties": { "region": "us-east-1", "stat": stat, "metrics": metrics } })
        };
        let body =
            json!({ "widgets": [widget(json!(states), "Sum"), widget(time, "Average"), widget(json!(lambda), "Sum")] });
        let put = json!({ "DashboardName": self.name(DASHBOARD), "DashboardBody": body.to_string() });
        self.server.call("monitoring", "GraniteServiceVersion20100801.PutDashboard", &put);
    }

    /// Ten orders, under names of the student's own.
    fn own_orders(&self) {
        for number in 0..10 {
            let input =
                json!({ "orderId": format!("o{number}"), "amount": 5, "items": [{ "price": 5, "quantity": 1 }] });
            let start = json!({ "stateMachineArn": self.arn(ORDER), "name": format!("bulk-test-{number}-17"), "input": input.to_string() });
            self.states("StartExecution", &start);
        }
        let list = json!({ "stateMachineArn": self.arn(ORDER), "statusFilter": "RUNNING" });
        wait_until("the orders are over", || self.states("ListExecutions", &list)["executions"] == json!([]));
    }
}

#[test]
fn a_lab_made_by_hand_has_all_points_and_stays_as_it_is() {
    let test = Test::with_manifest(&class(&["hand"]));
    let mut server = Server::on(&test, "out/local", &[]);
    let hand = Hand { server: &server, user: "hand" };
    let role = hand.own_functions();
    hand.own_machines(&role);
    hand.own_dashboard();
    hand.own_orders();
    let before = [ORDER, EXPRESS, CALLBACK].map(|what| hand.machine(what)["updateDate"].take());
    server.end();
    let document = test.json(0, &["verify", "--time", "jump"]);
    let user = of(&document, "hand");
    assert_eq!(
        (&user["score"], &user["max_score"], &user["unknown_points"]),
        (&json!(100), &json!(100), &json!(0)),
        "{user:#}"
    );
    let passed = with_verdict(user, "passed");
    assert_eq!(passed.len(), 25, "{user:#}");
    // Handlers that cannot be steered are judged by the definition, and the evidence says so.
    assert!(passed["standard-workflow/retry"]["evidence"].to_string().contains("judged by the definition"), "{user:#}");
    let server = Server::on(&test, "out/local", &[]);
    let hand = Hand { server: &server, user: "hand" };
    assert_eq!([ORDER, EXPRESS, CALLBACK].map(|what| hand.machine(what)["updateDate"].take()), before);

    // A fixed answer is none: the nonce of the run must come back.
    hand.define(ORDER, |it| {
        it["States"]["Ship"]["Output"] = json!({ "status": "COMPLETED", "orderId": "order-12345" });
    });
    drop(server);
    let document = test.json(4, &["verify", "--time", "jump", "--baseline", "last"]);
    let user = of(&document, "hand");
    assert_eq!(
        with_verdict(user, "failed").into_keys().collect::<Vec<_>>(),
        ["valid-and-invalid-data/valid"],
        "{user:#}"
    );
    assert_eq!((&user["old_score"], &user["score"]), (&json!(100), &json!(95)));
    assert_eq!(
        user["changes"],
        json!([{ "id": "valid-and-invalid-data/valid", "before": "passed", "after": "failed" }])
    );
}

const FAULTS: &str = r#"{ "seed": 3, "throttle_rate": 0.2, "rules": [
    { "operation": "states:StartExecution", "every": 19, "code": "AccessDeniedException", "message": "no" },
    { "operation": "states:Describe*", "every": 20, "code": "AccessDeniedException", "message": "no" },
    { "operation": "states:GetExecutionHistory", "every": 18, "code": "AccessDeniedException", "message": "no" },
    { "operation": "lambda:*", "every": 3, "code": "AccessDeniedException", "message": "no" },
    { "operation": "iam:*", "every": 3, "code": "AccessDenied", "message": "no" },
    { "operation": "cloudwatch:*", "every": 2, "code": "AccessDenied", "message": "no" },
    { "operation": "logs:FilterLogEvents", "every": 2, "code": "AccessDeniedException", "message": "no" } ] }"#;

#[test]
fn what_is_refused_to_labctl_costs_no_point() {
    let users = ["ann", "ben", "cleo", "dan"];
    let test = Test::with_manifest(&class(&users));
    test.write("faults.json", FAULTS);
    test.expect(0, &["deploy", "--all"]);
    test.expect(0, &["bulk-test", "-n", "10", "--all"]);
    let document = test.json(3, &["verify", "--all", "--time", "jump", "--faults", "faults.json"]);
    let mut unknown = 0;
    for name in users {
        let user = of(&document, name);
        assert!(with_verdict(user, "failed").is_empty(), "{user:#}");
        let open = with_verdict(user, "unknown");
        unknown += open.len();
        let points: u64 = open.values().map(|check| check["max_points"].as_u64().unwrap()).sum();
        let lost = user["max_score"].as_u64().unwrap() - user["score"].as_u64().unwrap();
        assert_eq!((user["unknown_points"].as_u64(), lost), (Some(points), points), "{user:#}");
        assert!(open.values().all(|check| check["cause"]["hint"].is_string()), "{user:#}");
    }
    assert!(unknown > 0, "{document:#}");
    let document = test.json(0, &["verify", "--all", "--time", "jump"]);
    assert!(users.iter().all(|user| of(&document, user)["score"] == 100), "{document:#}");
}

#[test]
fn stages_runs_and_the_public_part_are_what_was_asked_for() {
    let test = Test::new();
    test.expect(0, &["deploy"]);
    // By the end of Task 4 neither dashboard nor callback nor bulk test is due.
    let document = test.json(0, &["verify", "--through", "task-4", "--time", "jump"]);
    let user = of(&document, "user3");
    assert_eq!((&user["score"], &user["max_score"]), (&json!(55), &json!(55)), "{user:#}");
    assert!(with_verdict(user, "skipped").contains_key("dashboard/present"), "{user:#}");
    // Nothing changed, so the public part is worth what it was; hidden checks are no part of that.
    let again = test.json(0, &["verify", "--from", "last", "--public"]);
    let user = of(&again, "user3");
    assert_eq!(user["old_score"], user["score"], "{user:#}");
    assert_ne!(user["score"], 55, "there are hidden checks: {user:#}");
    let document = test.json(4, &["verify", "--public", "--time", "jump"]);
    let user = of(&document, "user3");
    assert_eq!((&user["score"], &user["max_score"]), (&json!(75), &json!(85)), "{user:#}");
    assert!(!document.to_string().contains("hidden"), "{document}");
    let nothing = Test::new().json(4, &["verify"]);
    let user = of(&nothing, "user3");
    assert_eq!(user["score"], 0, "an empty account earns nothing: {user:#}");
    assert_eq!(with_verdict(user, "unknown").len() + with_verdict(user, "passed").len(), 0, "{user:#}");
    assert_eq!(user["max_score"], 80, "what stands on a missing machine elsewhere is not asked for: {user:#}");
    test.refuses(64, &["verify", "--through", "task-44"], &["no stage `task-44`", "did you mean `task-4`?"]);
    test.refuses(64, &["verify", "--from", "nothing"], &["no run `nothing`", "labctl verify"]);
    test.refuses(64, &["verify", "--watch", "--json"], &["`--watch` shows a board"]);
    test.write("out/runs/verify/odd.jsonl", "{}\n");
    test.expect(1, &["verify", "--from", "odd"]).says(&["line 1: this is no evidence of `labctl verify`"]);
}

#[test]
fn a_lesson_is_given_stage_by_stage() {
    let test = Test::new();
    let document = test.json(0, &["deploy", "--through", "task-2"]);
    // Two roles, four functions and their log groups: what students begin with, and not the solution.
    assert_eq!(document["summary"]["created"], 10, "{document:#}");
    assert_eq!(test.json(0, &["plan", "--through", "task-2"])["summary"]["create"], 0);
    let status = test.json(0, &["status", "--through", "task-2"]);
    assert_eq!(status["summary"]["present"], 10, "{status:#}");
    assert_eq!(test.json(0, &["status"])["summary"]["absent"], 11, "nobody remembers a stage");
    assert_eq!(test.json(0, &["verify", "--through", "task-2", "--time", "jump"])["users"][0]["max_score"], 13);

    // Somebody is stuck: the next stage, and what is later stays as it is.
    test.expect(0, &["deploy", "--through", "task-5"]);
    let document = test.json(0, &["test", "--through", "task-5"]);
    assert!(document["scenarios"].as_array().unwrap().iter().all(|it| it["machine"] != CALLBACK), "{document:#}");
    assert_eq!(document["coverage"]["states"]["missing"], json!([]), "{document:#}");
    test.expect(0, &["deploy"]);
    let document = test.json(0, &["deploy", "--through", "task-2"]);
    assert_eq!(
        (&document["summary"]["unchanged"], &document["api_calls"]["states:DeleteStateMachine"]),
        (&json!(10), &Value::Null)
    );
    assert_eq!(test.json(0, &["status"])["summary"]["present"], 21);
    for command in ["deploy", "plan", "status", "test"] {
        test.refuses(64, &[command, "--through", "task-0"], &["no stage `task-0`"]);
    }
}
