//! The console over HTTP, as a browser talks to it.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::client::{Client, Reply, start};
use crate::config::{Config, Suggestion};
use crate::console::{TEMPLATES, address as made_address};
use crate::endpoint::Endpoint;

/// A browser that has been let in, or has not.
pub(super) struct Browser {
    client: Client,
    cookie: Option<String>,
}

impl Browser {
    pub(super) async fn get(&self, path: &str) -> Reply {
        self.client.raw("GET", path, &self.headers(&[]), b"").await.unwrap()
    }

    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let origin = format!("http://{}", self.client.address);
        self.send(path, fields, &[("origin", &origin)]).await
    }

    async fn send(&self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Reply {
        let mut body = form_urlencoded::Serializer::new(String::new());
        let body = body.extend_pairs(fields).finish();
        self.client.raw("POST", path, &self.headers(headers), body.as_bytes()).await.unwrap()
    }

    fn headers(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let cookie = self.cookie.iter().map(|cookie| ("cookie".to_owned(), cookie.clone()));
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        [("host".to_owned(), self.client.address.clone())].into_iter().chain(cookie).chain(more).collect()
    }

    /// A browser that opened an address.
    pub(super) async fn opened(endpoint: &Endpoint, address: &str) -> Self {
        let mut browser = Self { client: Client::of(endpoint), cookie: None };
        let token = address.split_once('#').unwrap().1;
        let answer = browser.post("/_console/session", &[("token", token)]).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        browser.cookie = Some(header(&answer, "set-cookie").split(';').next().unwrap().to_owned());
        browser
    }

    /// Sends the form that a page has for a path, with these fields.
    pub(super) async fn fill(&self, page: &str, fields: &[(&str, &str)]) -> Reply {
        let shown = self.get(page).await;
        let token = shown
            .body
            .split("name=\"token\" value=\"")
            .nth(2)
            .or_else(|| shown.body.split("name=\"token\" value=\"").nth(1));
        let token = token.unwrap_or_else(|| panic!("{page} has no form: {}", shown.body)).split('"').next().unwrap();
        let fields: Vec<_> = [("token", token)].into_iter().chain(fields.iter().copied()).collect();
        self.post(page.split('?').next().unwrap(), &fields).await
    }
}

pub(super) fn header<'reply>(answer: &'reply Reply, name: &str) -> &'reply str {
    let found = answer.head.split(&format!("{name}: ")).nth(1).unwrap_or_else(|| panic!("no {name}: {}", answer.head));
    found.split("\r\n").next().unwrap()
}

pub(super) fn address(endpoint: &Endpoint, prefix: Option<&str>) -> String {
    made_address(endpoint.url(), &endpoint.credentials().secret_access_key, prefix)
}

pub(super) async fn machine(client: &Client, name: &str, definition: &Value) {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    client
        .form(
            "iam",
            &[
                ("Action", "CreateRole"),
                ("RoleName", &format!("{}-role", name.split('-').next().unwrap())),
                ("AssumeRolePolicyDocument", &trust.to_string()),
            ],
        )
        .await;
    let role = format!("arn:aws:iam::000000000000:role/{}-role", name.split('-').next().unwrap());
    let input = json!({"name": name, "definition": definition.to_string(), "roleArn": role});
    let made = client.json("states", "AWSStepFunctions.CreateStateMachine", &input).await;
    assert_eq!(made.status, 200, "{made:?}");
}

fn hello() -> Value {
    json!({"StartAt": "Hello <b>", "States": {"Hello <b>": {"Type": "Pass", "Result": {"status": "COMPLETED"}, "End": true}}})
}

/// Without foreign HTML anywhere, and with the policy that forbids it.
fn is_safe(answer: &Reply) {
    assert!(!answer.body.contains("Hello <b>") && !answer.body.contains("<script>"), "{}", answer.body);
    let policy = header(answer, "content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self' 'sha256-")
            && !policy.contains("unsafe"),
        "{policy}"
    );
}

#[tokio::test]
async fn the_console_opens_once_with_its_token_and_then_for_that_browser() {
    let (endpoint, client) = start(Config::default()).await;
    let stranger = Browser { client: Client::of(&endpoint), cookie: None };
    let shown = stranger.get("/_console/").await;
    assert!(shown.status == 200 && shown.body.contains("id=\"sign-in\""), "{shown:?}");
    assert_eq!(stranger.get("/_console/us-east-1/machines").await.status, 401);
    assert_eq!(stranger.post("/_console/us-east-1/create-machine", &[]).await.status, 401);
    assert_eq!(stranger.post("/_console/session", &[("token", "guess")]).await.status, 403);
    let large = "x".repeat(1 << 20);
    assert_eq!(
        stranger.post("/_console/session", &[("token", &large)]).await.status,
        413,
        "a stranger has nothing large to say"
    );
    let first = endpoint.console_url().to_owned();
    let browser = Browser::opened(&endpoint, &first).await;
    let cookie = browser.cookie.clone().unwrap();
    assert!(
        cookie.starts_with(&format!("endpoint_console_{}=", client.address.rsplit(':').next().unwrap())),
        "{cookie}"
    );
    let token = first.split_once('#').unwrap().1;
    assert_eq!(stranger.post("/_console/session", &[("token", token)]).await.status, 403, "spent");
    for from in [vec![], vec![("origin", "http://elsewhere.example")], vec![("origin", "null")]] {
        let fresh = address(&endpoint, None);
        let token = fresh.split_once('#').unwrap().1;
        assert_eq!(stranger.send("/_console/session", &[("token", token)], &from).await.status, 403, "{from:?}");
    }
    assert_eq!(header(&browser.get("/_console/").await, "location"), "/_console/us-east-1/machines");
    let page = browser.get("/_console/us-east-1/machines").await;
    assert!(
        page.status == 200 && page.body.contains("No state machines") && !page.body.contains(&client.keys.1),
        "{page:?}"
    );
    assert_eq!(browser.get("/_console/us-east-1/nothing").await.status, 404);
    // A form without the page's token is nobody's.
    assert_eq!(browser.post("/_console/sign-out", &[]).await.status, 403);
    let token = page.body.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(
        browser.post("/_console/us-east-1/create-machine", &[("token", token)]).await.status,
        403,
        "of another path"
    );
    assert_eq!(browser.post("/_console/sign-out", &[("token", token)]).await.status, 303);
    assert_eq!(browser.get("/_console/us-east-1/machines").await.status, 401);
    endpoint.stop().await;
}

#[tokio::test]
async fn a_machine_is_started_watched_and_edited() {
    let suggestions =
        vec![Suggestion { resource: "ann-hello".into(), title: "first-order".into(), input: "{\"n\":1}".into() }];
    let (endpoint, client) = start(Config { suggestions, ..Config::default() }).await;
    machine(&client, "ann-hello", &hello()).await;
    let browser = Browser::opened(&endpoint, endpoint.console_url()).await;
    let list = browser.get("/_console/us-east-1/machines").await;
    assert!(list.body.contains("/_console/us-east-1/machines/ann-hello"), "{list:?}");
    let shown = browser.get("/_console/us-east-1/machines/ann-hello").await;
    assert!(shown.body.contains("href=\"#state-0\"") && shown.body.contains("No executions"), "{}", shown.body);
    is_safe(&shown);
    let form = browser.get("/_console/us-east-1/machines/ann-hello/start").await;
    assert!(form.body.contains("value=\"first-order\"") && form.body.contains("&quot;n&quot;: 1"), "{}", form.body);
    let started =
        browser.fill("/_console/us-east-1/machines/ann-hello/start", &[("name", "one"), ("input", "{\"a\": 7}")]).await;
    let execution = header(&started, "location").to_owned();
    assert_eq!(execution, "/_console/us-east-1/machines/ann-hello/executions/one");
    let mut page = browser.get(&execution).await;
    for _ in 0..100 {
        if page.body.contains(">Succeeded</span>") {
            break;
        }
        page = browser.get(&execution).await;
    }
    assert!(
        page.body.contains(">COMPLETED</dd>")
            && page.body.contains("id=\"step-1\"")
            && page.body.contains("PassStateEntered"),
        "{}",
        page.body
    );
    is_safe(&page);
    // The name is taken by another input: AWS's words, and nothing that was typed is lost.
    let again =
        browser.fill("/_console/us-east-1/machines/ann-hello/start", &[("name", "one"), ("input", "{\"b\": 8}")]).await;
    assert!(
        again.status == 200 && again.body.contains("ExecutionAlreadyExists") && again.body.contains("&quot;b&quot;: 8"),
        "{again:?}"
    );
    let again = browser.get(&format!("{}?again=one", "/_console/us-east-1/machines/ann-hello/start")).await;
    assert!(again.body.contains("&quot;a&quot;: 7"), "{again:?}");
    let edit = "/_console/us-east-1/machines/ann-hello/edit";
    let wrong = hello().to_string().replace("\"End\":true", "\"Next\":\"B\"");
    let checked = browser.fill(edit, &[("do", "check"), ("role", "ann-role"), ("definition", &wrong)]).await;
    assert!(
        checked.status == 200
            && checked.body.contains("class=\"finding\"")
            && checked.body.contains("MISSING_TRANSITION_TARGET"),
        "{}",
        checked.body
    );
    let refused = browser.fill(edit, &[("do", "save"), ("role", "ann-role"), ("definition", &wrong)]).await;
    assert!(refused.status == 200 && refused.body.contains("InvalidDefinition"), "{}", refused.body);
    let better = hello().to_string().replace("COMPLETED", "BETTER");
    let saved = browser.fill(edit, &[("do", "save"), ("role", "ann-role"), ("definition", &better)]).await;
    assert_eq!((saved.status, header(&saved, "location")), (303, "/_console/us-east-1/machines/ann-hello"));
    assert!(browser.get(edit).await.body.contains("BETTER"));
    endpoint.stop().await;
}

#[tokio::test]
async fn a_student_sees_the_students_own_and_nothing_else() {
    let (endpoint, client) = start(Config::default()).await;
    for name in ["ann-hello", "anna-hello", "bob-hello"] {
        machine(&client, name, &hello()).await;
        let arn = format!("arn:aws:states:us-east-1:000000000000:stateMachine:{name}");
        client.json("states", "AWSStepFunctions.StartExecution", &json!({"stateMachineArn": arn, "name": "one"})).await;
    }
    let ann = Browser::opened(&endpoint, &address(&endpoint, Some("ann-"))).await;
    let list = ann.get("/_console/us-east-1/machines").await;
    assert!(list.body.contains("ann-hello") && !list.body.contains("anna-") && !list.body.contains("bob"), "{list:?}");
    for other in ["anna-hello", "bob-hello"] {
        for page in ["", "/start", "/edit", "/executions/one"] {
            let path = format!("/_console/us-east-1/machines/{other}{page}");
            let shown = ann.get(&path).await;
            assert!(shown.status == 404 && !shown.body.contains("Hello"), "{path}: {shown:?}");
        }
    }
    assert_eq!(ann.get("/_console/us-east-1/machines/ann-hello/executions/one").await.status, 200);
    // Nor can a machine be made for, or be given the role of, somebody else.
    let make = |name: &'static str, role: &'static str| {
        let ann = &ann;
        let definition = hello().to_string();
        async move {
            let fields =
                [("do", "save"), ("name", name), ("role", role), ("kind", "STANDARD"), ("definition", &definition)];
            ann.fill("/_console/us-east-1/create-machine", &fields).await
        }
    };
    for (name, role) in [("bob-new", "ann-role"), ("ann-new", "bob-role"), ("ann-new", "../bob-role")] {
        let refused = make(name, role).await;
        assert!(refused.status == 200 && refused.body.contains("role=\"alert\""), "{name}, {role}: {refused:?}");
    }
    assert_eq!(make("ann-new", "ann-role").await.status, 303);
    endpoint.stop().await;
}

#[tokio::test]
async fn a_dashboard_is_made_widget_by_widget() {
    let (endpoint, client) = start(Config::default()).await;
    let arn = |name: &str| format!("arn:aws:states:us-east-1:000000000000:stateMachine:{name}");
    for name in ["ann-hello", "bob-hello"] {
        machine(&client, name, &hello()).await;
        client
            .json("states", "AWSStepFunctions.StartExecution", &json!({"stateMachineArn": arn(name), "name": "one"}))
            .await;
    }
    let ann = Browser::opened(&endpoint, &address(&endpoint, Some("ann-"))).await;
    let dashboards = "/_console/us-east-1/dashboards";
    let refused = ann.fill(dashboards, &[("name", "bob-board")]).await;
    assert!(refused.status == 200 && refused.body.contains("must begin with"), "{refused:?}");
    let created = ann.fill(dashboards, &[("name", "ann-stepfunctions-monitoring")]).await;
    let add = header(&created, "location").to_owned();
    assert_eq!(add, "/_console/us-east-1/dashboards/ann-stepfunctions-monitoring/add");
    let again = ann.fill(dashboards, &[("name", "ann-stepfunctions-monitoring")]).await;
    assert!(again.body.contains("already"), "{again:?}");
    let choose = ann.get(&format!("{add}?kind=line&namespace=AWS%2FStates")).await;
    assert!(
        choose.body.contains("ExecutionsStarted") && choose.body.contains("ann-hello") && !choose.body.contains("bob"),
        "{}",
        choose.body
    );
    let of = |name: &str| json!([["StateMachineArn", arn(name)]]).to_string();
    let (own, other) = (of("ann-hello"), of("bob-hello"));
    let widget = |of: String, title: &'static str| {
        let (ann, add) = (&ann, &add);
        async move {
            let fields = [
                ("kind", "number"),
                ("namespace", "AWS/States"),
                ("title", title),
                ("of", &of),
                ("metric", "ExecutionsStarted"),
                ("stat", "Sum"),
                ("period", "60"),
            ];
            ann.fill(add, &fields).await
        }
    };
    let refused = widget(other, "Theirs").await;
    assert!(refused.status == 200 && refused.body.contains("choose at least one"), "{refused:?}");
    let board = header(&widget(own, "Started <b>").await, "location").to_owned();
    let shown = ann.get(&board).await;
    assert!(
        shown.body.contains("<h2>Started &lt;b&gt;</h2>") && shown.body.contains("class=\"number c0\">1"),
        "{}",
        shown.body
    );
    // A body that names somebody else's figures shows none of them.
    let body = json!({"widgets": [{"type": "metric", "properties": {"region": "us-east-1", "view": "singleValue", "metrics": [["AWS/States", "ExecutionsStarted", "StateMachineArn", arn("bob-hello")]]}}, {"type": "metric", "properties": {"region": "us-east-1", "metrics": [["AWS/States", "ExecutionsStarted"]]}}]});
    let source = format!("{board}/source");
    assert_eq!(ann.fill(&source, &[("body", &body.to_string())]).await.status, 303);
    let shown = ann.get(&board).await;
    assert!(
        shown.body.matches("not yours to see").count() == 2 && !shown.body.contains("class=\"number"),
        "{}",
        shown.body
    );
    let refused = ann.fill(&source, &[("body", "{\"widgets\": 3}")]).await;
    assert!(refused.status == 200 && refused.body.contains("&quot;widgets&quot;: 3"), "{refused:?}");
    assert_eq!(ann.fill(&board, &[("remove", "0")]).await.status, 303);
    assert_eq!(ann.get(&board).await.body.matches("not yours to see").count(), 1);
    // Metrics of a machine, and of all.
    let shown = ann.get("/_console/us-east-1/machines/ann-hello/metrics?with=bob-hello").await;
    assert_eq!(shown.status, 404);
    let shown = ann.get("/_console/us-east-1/machines/ann-hello/metrics?range=1h").await;
    assert!(shown.body.contains("Execution rate") && shown.body.contains("<svg"), "{}", shown.body);
    let shown = ann.get("/_console/us-east-1/metrics").await;
    assert!(shown.body.contains("ann-hello") && !shown.body.contains("bob"), "{}", shown.body);
    endpoint.stop().await;
}

/// What comes until something is among it.
async fn until(socket: &mut tokio::net::TcpStream, wanted: &str) -> String {
    let (mut text, mut buffer) = (String::new(), vec![0; 65536]);
    while !text.contains(wanted) {
        let count = socket.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the stream ended before `{wanted}`: {text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    text
}

#[tokio::test]
async fn a_stream_tells_what_changed_and_another_tab_takes_it() {
    let (endpoint, client) = start(Config::default()).await;
    machine(&client, "ann-hello", &hello()).await;
    let browser = Browser::opened(&endpoint, endpoint.console_url()).await;
    let open = || async {
        let mut socket = tokio::net::TcpStream::connect(&client.address).await.unwrap();
        let page = "%2F_console%2Fus-east-1%2Fmachines%2Fann-hello";
        let head = format!(
            "GET /_console/stream?page={page} HTTP/1.1\r\nhost: {}\r\ncookie: {}\r\n\r\n",
            client.address,
            browser.cookie.as_ref().unwrap()
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        socket
    };
    let mut first = open().await;
    let shown = until(&mut first, "No executions").await;
    assert!(shown.contains("event: page") && shown.contains("content-type: text/event-stream"), "{shown}");
    let arn = "arn:aws:states:us-east-1:000000000000:stateMachine:ann-hello";
    client
        .json("states", "AWSStepFunctions.StartExecution", &json!({"stateMachineArn": arn, "name": "live-one"}))
        .await;
    until(&mut first, "live-one").await;
    let mut second = open().await;
    until(&mut first, "event: taken").await;
    until(&mut second, "live-one").await;
    // A stream does not hold the server's end up.
    let stopping = tokio::time::Instant::now();
    endpoint.stop().await;
    until(&mut second, "0\r\n\r\n").await;
    assert!(stopping.elapsed() < std::time::Duration::from_secs(20));
}

#[test]
fn templates_write_only_our_own_pictures_as_they_are() {
    let raw = regex::Regex::new(r"\{\{\{([^}]*)\}\}\}|\{\{&([^}]*)\}\}").unwrap();
    let mut found: Vec<String> = TEMPLATES
        .iter()
        .flat_map(|(_, template)| raw.captures_iter(template).map(|name| name[1].to_owned()).collect::<Vec<_>>())
        .collect();
    found.sort();
    found.dedup();
    assert_eq!(found, ["editor.svg", "inner", "sparkline", "svg", "swatch", "timeline"]);
}
