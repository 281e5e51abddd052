//! The page itself, made from the services' own answers.

use serde_json::{Value, json};

use crate::services::Services;
use crate::wire::{AnswerBody, Call, Caller};

/// Machines, functions and groups shown at the most.
const MOST: usize = 200;
/// Executions shown of each machine.
const EXECUTIONS: usize = 10;
/// Log groups whose latest lines are shown, and how many lines.
const GROUPS: usize = 30;
const LINES: usize = 5;

const STYLE: &str = "
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); vertical-align: top; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; }
.none { opacity: .6; }";

/// What a browser without the right to see the page gets.
pub(super) fn refused() -> String {
    document(
        "<h1>Not open</h1><p>This page is opened by the address with its token that the endpoint gave when it was started.</p>",
    )
}

/// The page.
pub(super) async fn render(services: &Services, account: &str, region: &str) -> String {
    let view = View { services, region };
    let mut html =
        format!("<h1>Local AWS endpoint</h1><p>Account {}, region {}</p>", escaped(account), escaped(region));
    html.push_str(&regions(services, region));
    html.push_str(&view.machines().await);
    html.push_str(&view.functions().await);
    html.push_str(&view.logs().await);
    html.push_str(&view.dashboards().await);
    document(&html)
}

/// Links to the other regions that hold something.
fn regions(services: &Services, shown: &str) -> String {
    let others: Vec<String> = services
        .regions()
        .into_iter()
        .filter(|region| region != shown)
        .map(|region| format!("<a href=\"?region={0}\">{0}</a>", escaped(&region)))
        .collect();
    if others.is_empty() { String::new() } else { format!("<p>Other regions: {}</p>", others.join(" · ")) }
}

struct View<'services> {
    services: &'services Services,
    region: &'services str,
}

impl View<'_> {
    /// What a service answers; nothing when it cannot.
    async fn ask(&self, service: &'static str, operation: &str, input: Value) -> Value {
        let Some(found) = self.services.find(service) else { return Value::Null };
        let call = Call {
            service,
            operation: operation.to_owned(),
            region: self.region.to_owned(),
            caller: Caller::Root,
            input,
            payload: Vec::new(),
            headers: Vec::new(),
        };
        match found.call(call).await.map(|answer| answer.body) {
            Ok(AnswerBody::Members(members)) => members,
            _ => Value::Null,
        }
    }

    async fn machines(&self) -> String {
        let found = self.ask("states", "ListStateMachines", json!({"maxResults": MOST})).await;
        let mut rows = Vec::new();
        for machine in items(&found, "stateMachines") {
            let arn = text(machine, "stateMachineArn");
            let list = json!({"stateMachineArn": arn, "maxResults": EXECUTIONS});
            let executions = self.ask("states", "ListExecutions", list).await;
            let lines: Vec<String> = items(&executions, "executions")
                .map(|execution| format!("{:<10} {}", text(execution, "status"), text(execution, "name")))
                .collect();
            rows.push(vec![
                escaped(text(machine, "name")),
                escaped(text(machine, "type")),
                format!("<pre>{}</pre>", escaped(&lines.join("\n"))),
            ]);
        }
        section("State machines", &["Name", "Type", "Latest executions"], &rows)
    }

    async fn functions(&self) -> String {
        let found = self.ask("lambda", "ListFunctions", json!({"MaxItems": 50})).await;
        let row = |function| {
            ["FunctionName", "Runtime", "Handler", "LastModified"].map(|name| escaped(text(function, name))).to_vec()
        };
        let rows: Vec<_> = items(&found, "Functions").map(row).collect();
        section("Functions", &["Name", "Runtime", "Handler", "Last modified"], &rows)
    }

    async fn logs(&self) -> String {
        let found = self.ask("logs", "DescribeLogGroups", json!({"limit": 50})).await;
        let mut rows = Vec::new();
        for group in items(&found, "logGroups").take(GROUPS) {
            let name = text(group, "logGroupName");
            let latest = json!({"logGroupName": name, "orderBy": "LastEventTime", "descending": true, "limit": 1});
            let streams = self.ask("logs", "DescribeLogStreams", latest).await;
            let stream = items(&streams, "logStreams").next().map(|stream| text(stream, "logStreamName"));
            let get = json!({"logGroupName": name, "logStreamName": stream, "limit": LINES});
            let events = self.ask("logs", "GetLogEvents", get).await;
            let lines: Vec<&str> = items(&events, "events").map(|event| text(event, "message").trim_end()).collect();
            rows.push(vec![escaped(name), format!("<pre>{}</pre>", escaped(&lines.join("\n")))]);
        }
        section("Log groups", &["Name", "Latest lines"], &rows)
    }

    async fn dashboards(&self) -> String {
        let found = self.ask("monitoring", "ListDashboards", json!({})).await;
        let rows: Vec<_> =
            items(&found, "DashboardEntries").map(|entry| vec![escaped(text(entry, "DashboardName"))]).collect();
        section("Dashboards", &["Name"], &rows)
    }
}

fn items<'value>(value: &'value Value, name: &str) -> impl Iterator<Item = &'value Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text<'value>(value: &'value Value, name: &str) -> &'value str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn section(title: &str, heads: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return format!("<h2>{title}</h2><p class=none>none</p>");
    }
    let head = cells("<th scope=col>", heads.iter().copied(), "</th>");
    let rows: Vec<String> = rows.iter().map(|row| cells("<td>", row.iter().map(String::as_str), "</td>")).collect();
    let body = cells("<tr>", rows.iter().map(String::as_str), "</tr>");
    format!("<h2>{title}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
}

/// Each part between its tags.
fn cells<'part>(open: &str, parts: impl Iterator<Item = &'part str>, close: &str) -> String {
    parts.fold(String::new(), |html, part| html + open + part + close)
}

fn document(body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>Local AWS endpoint</title><style>{STYLE}</style></head><body>{body}</body></html>"
    )
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut html, letter| {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(letter),
        }
        html
    })
}
