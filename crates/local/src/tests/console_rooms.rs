//! Functions, roles, log groups and queues in the console, over HTTP.

use std::io::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::client::{Client, Reply, Request, start};
use super::console::{Browser, address, header};
use crate::config::{Config, Suggestion};
use crate::endpoint::Endpoint;

const HOME: &str = "/_console/us-east-1";
const HANDLER: &str = "def handler(event, context):\n    print('log <b>line</b>', event)\n    if event.get('fail'):\n        raise KeyError('<b>')\n    return {'got': event, 'html': '<b>'}\n";

/// A role that both Lambda and Step Functions may take, and that may do everything.
async fn role(client: &Client, name: &str) {
    let services = ["lambda.amazonaws.com", "states.amazonaws.com"];
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}}).to_string();
    let policy =
        json!({"Version": "2012-10-17", "Statement": {"Sid": "b", "Effect": "Allow", "Action": "*", "Resource": "*"}});
    let named = ("RoleName", name);
    let fields = [
        ("Action", "CreateRole"),
        named,
        ("AssumeRolePolicyDocument", &*trust),
        ("Description", "of <b>"),
        ("Tags.member.1.Key", "Project"),
        ("Tags.member.1.Value", "ServerlessLab"),
    ];
    assert_eq!(client.form("iam", &fields).await.status, 200);
    let policy = policy.to_string();
    client.form("iam", &[("Action", "PutRolePolicy"), named, ("PolicyName", "p"), ("PolicyDocument", &policy)]).await;
    let arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaRole";
    client.form("iam", &[("Action", "AttachRolePolicy"), named, ("PolicyArn", arn)]).await;
}

/// A function of that role, ready to be invoked.
async fn function(client: &Client, name: &str, role: &str) {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (file, text) in [("app.py", HANDLER), ("lib/more.py", "x = '<b>'\n")] {
        zip.start_file(file, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    let input = json!({
        "FunctionName": name, "Runtime": "python3.13", "Handler": "app.handler", "Description": "a <b>",
        "Role": format!("arn:aws:iam::000000000000:role/{role}"), "Timeout": 20,
        "Environment": {"Variables": {"MODE": "<b>lesson</b>"}}, "Tags": {"Lab": "<b>"},
        "Code": {"ZipFile": STANDARD.encode(zip.finish().unwrap().into_inner())},
    });
    let send = |method, path: String, body: Vec<u8>| async move {
        client.send(Request { method, path: &path, service: "lambda", headers: vec![], body }).await
    };
    let made = send("POST", "/2015-03-31/functions".to_owned(), input.to_string().into_bytes()).await;
    assert_eq!(made.status, 201, "{made:?}");
    for _ in 0..500 {
        let got = send("GET", format!("/2015-03-31/functions/{name}/configuration"), Vec::new()).await.json();
        if got["State"] == "Active" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{name} does not become active");
}

async fn logs(client: &Client, operation: &str, input: &Value) {
    let done = client.json("logs", &format!("Logs_20140328.{operation}"), input).await;
    assert_eq!(done.status, 200, "{done:?}");
}

/// A group with a stream of this many lines, one each second until now.
async fn group(client: &Client, name: &str, stream: &str, lines: i64) {
    logs(client, "CreateLogGroup", &json!({"logGroupName": name})).await;
    let within = json!({"logGroupName": name, "logStreamName": stream});
    logs(client, "CreateLogStream", &within).await;
    let now = crate::clock::Clock::real_ms();
    let event =
        |at: i64| json!({"timestamp": now - (lines - at) * 1000, "message": format!("line-{at:04} <b> of {name}\n")});
    let events: Vec<Value> = (0..lines).map(event).collect();
    let events = json!({"logGroupName": name, "logStreamName": stream, "logEvents": events});
    logs(client, "PutLogEvents", &events).await;
}

async fn queue(client: &Client, name: &str, attributes: &Value) {
    let input = json!({"QueueName": name, "Attributes": attributes, "tags": {"Lab": "lesson"}});
    let made = client.json("sqs", "AmazonSQS.CreateQueue", &input).await;
    assert_eq!(made.status, 200, "{made:?}");
}

/// The page, whatever it shows as text alone.
fn shows(page: &Reply, wanted: &[&str]) {
    for text in wanted {
        assert!(page.body.contains(text), "no `{text}`: {}", page.body);
    }
    assert!(!page.body.contains("<b>"), "foreign HTML: {}", page.body);
    // What a template needs and a view lacks would be told in its place.
    assert!(!page.body.contains("Error rendering"), "{}", page.body);
}

async fn stage(suggestions: Vec<Suggestion>) -> (Endpoint, Client, Browser) {
    let (endpoint, client) = start(Config { suggestions, ..Config::default() }).await;
    let browser = Browser::opened(&endpoint, endpoint.console_url()).await;
    (endpoint, client, browser)
}

#[tokio::test]
async fn a_function_is_shown_with_its_code_and_tested() {
    let suggestion = |title: &str, input: &str| Suggestion {
        resource: "ann-f".to_owned(),
        title: title.into(),
        input: input.into(),
    };
    let offered = vec![suggestion("a valid order", "{\"order\":1}"), suggestion("none", "{\"order\":0}")];
    let (endpoint, client, browser) = stage(offered).await;
    role(&client, "ann-role").await;
    function(&client, "ann-f", "ann-role").await;
    let definition = json!({"StartAt": "F", "States": {"F": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:ann-f", "End": true}}});
    super::console::machine(&client, "ann-machine", &definition).await;
    shows(&browser.get(&format!("{HOME}/functions")).await, &["/functions/ann-f\"", "python3.13", "app.handler"]);
    let none = browser.get(&format!("{HOME}/functions?find=other")).await;
    shows(&none, &["No functions with this in their name"]);
    let page = format!("{HOME}/functions/ann-f");
    let shown = browser.get(&page).await;
    shows(
        &shown,
        &[
            "a &lt;b&gt;",
            "&lt;b&gt;lesson&lt;/b&gt;",
            "lib/more.py",
            "def handler(event, context)",
            "20 seconds",
            "128 MB",
            "/roles/ann-role\"",
            "log-groups/%2Faws%2Flambda%2Fann-f\"",
            "/machines/ann-machine\"",
            "a valid order",
            "&quot;order&quot;: 1",
        ],
    );
    shows(&browser.get(&format!("{page}?use=1")).await, &["&quot;order&quot;: 0"]);
    let done = browser.fill(&page, &[("event", "{\"n\": 7}")]).await;
    shows(
        &done,
        &[
            "Executing function: succeeded",
            "&quot;n&quot;: 7",
            "log &lt;b&gt;line&lt;/b&gt;",
            "<dt>Billed Duration</dt>",
            "START RequestId",
        ],
    );
    let failed = browser.fill(&page, &[("event", "{\"fail\": true}")]).await;
    shows(&failed, &["Executing function: failed", "Unhandled", "KeyError", "&quot;fail&quot;: true"]);
    // What is no JSON is told and kept; the last event is the next one's beginning.
    let refused = browser.fill(&page, &[("event", "{\"n\": <b>")]).await;
    shows(&refused, &["InvalidRequestContentException", "line 1 column 7", ">{&quot;n&quot;: &lt;b&gt;</textarea>"]);
    shows(&browser.get(&page).await, &[">{&quot;n&quot;: &lt;b&gt;</textarea>"]);
    let group = browser.get(&format!("{HOME}/log-groups/%2Faws%2Flambda%2Fann-f")).await;
    shows(&group, &["log &lt;b&gt;line&lt;/b&gt;", "/functions/ann-f\"", "REPORT RequestId"]);
    let metrics = browser.get(&format!("{page}/metrics")).await;
    shows(&metrics, &["Metrics of ann-f", "Total concurrent executions", "Duration, Average"]);
    assert!(!metrics.body.contains("class=\"alert\""), "{}", metrics.body);
    for other in ["none", "ann-f%3A%24LATEST", "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aann-f"] {
        assert_eq!(browser.get(&format!("{HOME}/functions/{other}")).await.status, 404, "{other}");
    }
    endpoint.stop().await;
}

#[tokio::test]
async fn roles_are_made_with_their_policies() {
    let (endpoint, client, browser) = stage(Vec::new()).await;
    role(&client, "bob-role").await;
    let shown = browser.get(&format!("{HOME}/roles/bob-role")).await;
    shows(
        &shown,
        &[
            "arn:aws:iam::000000000000:role/bob-role",
            "of &lt;b&gt;",
            "AWS Service: lambda, AWS Service: states",
            "sts:AssumeRole",
            "ServerlessLab",
            ">p</summary>",
            "AWSLambdaRole",
            "lambda:InvokeFunction",
        ],
    );
    // Task 1 of the lesson, as a student.
    let ann = Browser::opened(&endpoint, &address(&endpoint, Some("ann-"))).await;
    let create = format!("{HOME}/create-role");
    let form = ann.get(&create).await;
    shows(
        &form,
        &[
            "value=\"ann-stepfunctions-role\"",
            "data-name=\"ann-lambda-role\"",
            "Step Functions execution role for workflow orchestration",
            "value=\"Project\"",
            "value=\"ServerlessLab\"",
        ],
    );
    let fields = |name: &'static str| {
        [
            ("entity", "states.amazonaws.com"),
            ("name", name),
            ("description", "for <b>\u{7f}"),
            ("key", "Project"),
            ("value", "ServerlessLab"),
            ("service-role/AWSLambdaRole", "1"),
        ]
    };
    for (name, said) in [("bob-new", "must begin with &#96;ann-&#96;"), ("ann-new", "ValidationError")] {
        let refused = ann.fill(&create, &fields(name)).await;
        shows(&refused, &["role=\"alert\"", said, &format!("value=\"{name}\""), "for &lt;b&gt;"]);
    }
    let mut good = fields("ann-stepfunctions-role");
    good[2].1 = "for states";
    let made = ann.fill(&create, &good).await;
    let page = format!("{HOME}/roles/ann-stepfunctions-role");
    assert_eq!((made.status, header(&made, "location")), (303, &*page));
    shows(&ann.get(&page).await, &["for states", "AWS Service: states", "AWSLambdaRole", "ServerlessLab"]);
    let policy = format!("{page}/create-policy");
    let refused = ann.fill(&policy, &[("name", "P"), ("document", "{\"Version\": \"<b>\"}")]).await;
    shows(&refused, &["MalformedPolicyDocument", "&quot;&lt;b&gt;&quot;", "value=\"P\""]);
    let document = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}});
    let made = ann.fill(&policy, &[("name", "P"), ("document", &document.to_string())]).await;
    assert_eq!((made.status, header(&made, "location")), (303, &*page));
    shows(&ann.get(&page).await, &[">P</summary>", "sqs:SendMessage", "create-policy?policy=P"]);
    shows(&ann.get(&format!("{policy}?policy=P")).await, &["Edit inline policy", "sqs:SendMessage"]);
    assert_eq!(ann.get(&format!("{policy}?policy=none")).await.status, 404);
    assert_eq!(ann.get(&format!("{HOME}/roles/ANN-STEPFUNCTIONS-ROLE")).await.status, 404);
    shows(&browser.get("/_console/eu-west-1/roles").await, &["ann-stepfunctions-role", "bob-role"]);
    endpoint.stop().await;
}

#[tokio::test]
async fn log_events_are_filtered_and_paged() {
    let (endpoint, client, browser) = stage(Vec::new()).await;
    group(&client, "/aws/lambda/ann-f", "2026/[$LATEST]<b>", 1200).await;
    shows(&browser.get(&format!("{HOME}/log-groups")).await, &["/aws/lambda/ann-f", "Never expire"]);
    let page = format!("{HOME}/log-groups/%2Faws%2Flambda%2Fann-f");
    let shown = browser.get(&page).await;
    let stream = format!("{page}/2026%2F%5B%24LATEST%5D%3Cb%3E");
    shows(&shown, &["line-1199 &lt;b&gt;", "line-0700 ", "Older events", &stream]);
    assert!(!shown.body.contains("line-0699 "), "more than 500");
    let link = |page: &Reply, word: &str| {
        let before = page.body.split(&format!("\">{word}</a>")).next().unwrap().to_owned();
        before.rsplit("href=\"").next().unwrap().split('#').next().unwrap().replace("&amp;", "&")
    };
    let older = browser.get(&link(&shown, "Older events")).await;
    shows(&older, &["line-0699 ", "line-0200 ", "Latest events"]);
    let found = browser.get(&format!("{page}?pattern=%22line-0003%22&since=")).await;
    shows(&found, &["line-0003 ", "value=\"&quot;line-0003&quot;\""]);
    assert!(!found.body.contains("line-0004 "), "{}", found.body);
    let recent = browser.get(&format!("{page}?since=5")).await;
    assert!(recent.body.contains("line-1199 ") && !recent.body.contains("line-0800 "), "{}", recent.body);
    let refused = browser.get(&format!("{page}?pattern=%22%3Cb%3E")).await;
    shows(&refused, &["role=\"alert\"", "InvalidParameterException", "value=\"&quot;&lt;b&gt;\""]);
    let tail = browser.get(&stream).await;
    shows(&tail, &["line-1199 ", "line-0700 ", "2026/[$LATEST]&lt;b&gt;"]);
    assert!(tail.body.find("line-0700 ") < tail.body.find("line-1199 "), "oldest first");
    let back = browser.get(&link(&tail, "Older events")).await;
    shows(&back, &["line-0699 ", "line-0200 ", "Newer events", "Latest events"]);
    shows(&browser.get(&link(&back, "Newer events")).await, &["line-0700 "]);
    let first = browser.get(&link(&back, "Older events")).await;
    shows(&first, &["line-0000 ", "Newer events"]);
    assert!(!first.body.contains("Older events") && !tail.body.contains("Newer events"), "neither end has more");
    shows(&browser.get(&format!("{stream}?from=nonsense")).await, &["role=\"alert\""]);
    for other in ["none", "%2Faws%2Flambda%2Fann", "%2Faws%2Flambda%2Fann-f/none", "a%20b"] {
        assert_eq!(browser.get(&format!("{HOME}/log-groups/{other}")).await.status, 404, "{other}");
    }
    endpoint.stop().await;
}

#[tokio::test]
async fn a_queue_takes_messages_and_shows_them_without_taking_them_away() {
    let (endpoint, client, browser) = stage(Vec::new()).await;
    queue(&client, "ann-dead", &json!({})).await;
    let redrive = json!({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:ann-dead", "maxReceiveCount": 5});
    let policy = json!({"Version": "2012-10-17", "Statement": [], "Id": "<b>"});
    let attributes = json!({"RedrivePolicy": redrive.to_string(), "Policy": policy.to_string(), "DelaySeconds": "0"});
    queue(&client, "ann-q", &attributes).await;
    queue(&client, "ann-q.fifo", &json!({"FifoQueue": "true"})).await;
    shows(&browser.get(&format!("{HOME}/queues")).await, &["/queues/ann-q\"", ">FIFO<", "Messages in flight"]);
    let page = format!("{HOME}/queues/ann-q");
    let shown = browser.get(&page).await;
    shows(&shown, &["/queues/ann-dead\"", "after 5 receives", "4 days", "&quot;&lt;b&gt;&quot;", "1.0 MB"]);
    assert!(!shown.body.contains("No messages available"), "nobody asked");
    shows(&browser.fill(&page, &[("do", "poll")]).await, &["No messages available"]);
    let sent = browser.fill(&page, &[("do", "send"), ("body", "{\"a\":\"<b>\"}")]).await;
    shows(
        &sent,
        &["The message was sent", "<dt>Messages available</dt><dd>1</dd>", "spellcheck=\"false\"></textarea>"],
    );
    for count in ["receive count 1", "receive count 2"] {
        let polled = browser.fill(&page, &[("do", "poll")]).await;
        shows(&polled, &["&quot;a&quot;: &quot;&lt;b&gt;&quot;", count, "<dt>Messages available</dt><dd>1</dd>"]);
    }
    for (delay, said) in [("soon", "the delivery delay &#96;soon&#96;"), ("901", "InvalidParameterValue")] {
        let refused = browser.fill(&page, &[("do", "send"), ("body", "kept <b>"), ("delay", delay)]).await;
        shows(&refused, &["role=\"alert\"", said, ">kept &lt;b&gt;</textarea>", &format!("value=\"{delay}\"")]);
    }
    let fifo = format!("{HOME}/queues/ann-q.fifo");
    let refused = browser.fill(&fifo, &[("do", "send"), ("body", "x"), ("group", "")]).await;
    shows(&refused, &["MissingParameter"]);
    let sent = browser.fill(&fifo, &[("do", "send"), ("body", "x"), ("group", "g"), ("deduplication", "1")]).await;
    shows(&sent, &["The message was sent"]);
    assert_eq!(browser.get(&format!("{HOME}/queues/none")).await.status, 404);
    endpoint.stop().await;
}

#[tokio::test]
async fn a_student_sees_no_room_of_another() {
    let (endpoint, client, _) = stage(Vec::new()).await;
    for user in ["ann", "anna", "bob"] {
        role(&client, &format!("{user}-role")).await;
        function(&client, &format!("{user}-f"), &format!("{user}-role")).await;
        group(&client, &format!("/aws/lambda/{user}-f"), "stream", 2).await;
        group(&client, &format!("/aws/vendedlogs/states/{user}-m"), "stream", 2).await;
        queue(&client, &format!("{user}-q"), &json!({})).await;
    }
    group(&client, "/somebody/else", "stream", 1).await;
    let ann = Browser::opened(&endpoint, &address(&endpoint, Some("ann-"))).await;
    for (room, own) in [
        ("functions", "ann-f"),
        ("roles", "ann-role"),
        ("log-groups", "/aws/vendedlogs/states/ann-m"),
        ("queues", "ann-q"),
    ] {
        let list = ann.get(&format!("{HOME}/{room}")).await;
        shows(&list, &[own]);
        for other in ["anna-", "bob-", "somebody"] {
            assert!(!list.body.contains(other), "{room}: {other}: {}", list.body);
        }
    }
    let pages = |user: &str| {
        [
            format!("functions/{user}-f"),
            format!("functions/{user}-f/metrics"),
            format!("roles/{user}-role"),
            format!("roles/{user}-role/create-policy"),
            format!("log-groups/%2Faws%2Flambda%2F{user}-f"),
            format!("log-groups/%2Faws%2Flambda%2F{user}-f/stream"),
            format!("log-groups/%2Faws%2Fvendedlogs%2Fstates%2F{user}-m"),
            format!("log-groups/%2Faws%2Fvendedlogs%2Fstates%2F{user}-m/stream"),
            format!("queues/{user}-q"),
        ]
    };
    for page in pages("ann") {
        assert_eq!(ann.get(&format!("{HOME}/{page}")).await.status, 200, "{page}");
    }
    for page in pages("anna").into_iter().chain(pages("bob")).chain(["log-groups/%2Fsomebody%2Felse".to_owned()]) {
        let path = format!("{HOME}/{page}");
        let shown = ann.get(&path).await;
        assert!(shown.status == 404 && !shown.body.contains("line-"), "{page}: {shown:?}");
        assert_eq!(ann.post(&path, &[("do", "poll"), ("event", "{}")]).await.status, 403, "{page}");
    }
    // Another way to say a name leads nowhere, either.
    for page in ["queues/ann-%2Fbob-q", "functions/ann-%2Fbob-f", "log-groups/bob-f%2Fann-", "roles/ann-%2Fbob-role"] {
        assert_eq!(ann.get(&format!("{HOME}/{page}")).await.status, 404, "{page}");
    }
    endpoint.stop().await;
}
