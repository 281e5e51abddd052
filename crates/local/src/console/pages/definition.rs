//! The definition in a field, with the checker's findings at their places.

use std::sync::Arc;

use labctl_asl::{Asked, Finding, Syntax};
use labctl_picture::{Direction, Picture};
use labctl_source::{Severity, SourceText};
use serde_json::{Value, json};

use super::state_machine::Machine;
use crate::console::ask::{Ask, Refusal};
use crate::console::page::{Outcome, Page};
use crate::console::request::Request;
use crate::member::Member as _;

/// Findings on the page at the most.
const MOST: usize = 100;
/// A machine to begin with.
const FIRST: &str = "{\n  \"Comment\": \"\",\n  \"StartAt\": \"Hello\",\n  \"States\": {\n    \"Hello\": {\n      \"Type\": \"Pass\",\n      \"End\": true\n    }\n  }\n}\n";

/// Edit: the definition and the role of a machine that is there.
pub(super) async fn edit(ask: &Ask<'_>, request: &Request, name: &str) -> Result<Outcome, Refusal> {
    let machine = Machine::find(ask, name).await?;
    let role = machine.described.member("roleArn").as_str().and_then(|arn| arn.rsplit('/').next()).unwrap_or_default();
    let (definition, role) = if request.is_form() {
        (request.field("definition"), request.field("role"))
    } else {
        (machine.definition().to_owned(), role.to_owned())
    };
    let mut said = None;
    if request.field("do") == "save" {
        let input = json!({"stateMachineArn": machine.arn, "definition": definition, "roleArn": ask.role_arn(&role)});
        match saved(ask, "UpdateStateMachine", input, &role).await {
            Ok(()) => return Ok(Outcome::Elsewhere(ask.path(&["machines", name]))),
            Err(refused) => said = Some(refused),
        }
    }
    let view = json!({
        "is_new": false, "machine": name, "form": ask.form(&request.path), "said": said,
        "editor": editor(&definition, machine.is_express, name), "roles": roles(ask, &role).await?, "kind": if machine.is_express { "EXPRESS" } else { "STANDARD" },
        "prefix": ask.session.prefix,
    });
    let mut trail = machine.trail(ask);
    trail.push(("Edit".to_owned(), request.path.clone()));
    Ok(Outcome::Page(Page { template: "definition", title: format!("Edit {name}"), trail, is_live: false, view }))
}

/// Create state machine.
pub(super) async fn create(ask: &Ask<'_>, request: &Request) -> Result<Outcome, Refusal> {
    let (name, role, kind) = (request.field("name"), request.field("role"), request.field("kind"));
    let definition = if request.is_form() { request.field("definition") } else { FIRST.to_owned() };
    let mut said = None;
    if request.field("do") == "save" {
        let name = name.trim();
        let level = if request.field("logging").is_empty() { "OFF" } else { "ALL" };
        let mut input = json!({"name": name, "definition": definition, "roleArn": ask.role_arn(&role), "type": kind});
        if level == "ALL" {
            let group = format!("/aws/vendedlogs/states/{name}");
            let arn = ask.arn("logs", &format!("log-group:{group}:*"));
            // As the AWS console does, which makes the group along with the machine; one that is there already is as good.
            if ask.sees(name) {
                let _ = ask.call("logs", "CreateLogGroup", json!({"logGroupName": group})).await;
            }
            let logging = json!({"level": level, "includeExecutionData": true, "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]});
            if let Some(input) = input.as_object_mut() {
                input.insert("loggingConfiguration".to_owned(), logging);
            }
        }
        let made = if ask.sees(name) {
            saved(ask, "CreateStateMachine", input, &role).await
        } else {
            Err(format!("the name must begin with `{}`", ask.session.prefix.as_deref().unwrap_or_default()))
        };
        match made {
            Ok(()) => return Ok(Outcome::Elsewhere(ask.path(&["machines", name]))),
            Err(refused) => said = Some(refused),
        }
    }
    let view = json!({
        "is_new": true, "machine": name, "form": ask.form(&request.path), "said": said,
        "editor": editor(&definition, kind == "EXPRESS", "definition"), "roles": roles(ask, &role).await?,
        "kind": if kind == "EXPRESS" { "EXPRESS" } else { "STANDARD" }, "prefix": ask.session.prefix,
    });
    let trail = vec![
        ("State machines".to_owned(), ask.path(&["machines"])),
        ("Create state machine".to_owned(), request.path.clone()),
    ];
    let title = "Create state machine".to_owned();
    Ok(Outcome::Page(Page { template: "definition", title, trail, is_live: false, view }))
}

async fn saved(ask: &Ask<'_>, operation: &str, input: Value, role: &str) -> Result<(), String> {
    if !ask.sees(role) {
        return Err(format!("the execution role `{role}` is not there, or not yours"));
    }
    let saved = ask.call("states", operation, input).await;
    saved.map(|_| ()).map_err(|fault| format!("{}: {}", fault.code, fault.message))
}

/// The roles that this browser may give to a machine.
async fn roles(ask: &Ask<'_>, chosen: &str) -> Result<Vec<Value>, Refusal> {
    let more = ("Marker", "Marker");
    let found = ask.all("iam", "ListRoles", json!({"MaxItems": 1000}), "Roles", more, 10_000).await?;
    let names = found.iter().filter_map(|role| role.member("RoleName").as_str()).filter(|name| ask.sees(name));
    Ok(names.map(|name| json!({"name": name, "is_chosen": name == chosen})).collect())
}

/// The text, what is wrong in it, and its graph.
fn editor(definition: &str, express: bool, title: &str) -> Value {
    let findings = labctl_asl::lint(definition, Syntax::Json, Asked { express, lesson: true });
    let source = Arc::new(SourceText::new("definition", definition));
    let outline = labctl_asl::outline(definition, Syntax::Json).ok();
    let svg =
        outline.map(|outline| Picture { outline: &outline, title, direction: Direction::Down, marks: None }.svg());
    json!({
        "definition": definition,
        "findings": findings.iter().take(MOST).map(|finding| shown(finding, &source)).collect::<Vec<_>>(),
        "left_out": findings.len().checked_sub(MOST).filter(|more| *more > 0),
        "is_good": !findings.iter().any(Finding::is_error),
        "svg": svg,
    })
}

/// A finding with its line, and a mark below what is wrong in it.
fn shown(finding: &Finding, source: &Arc<SourceText>) -> Value {
    let diagnostic = finding.diagnostic(source);
    let (line, column) = source.line_column(finding.at.offset);
    let text = source.text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    // Columns count characters; a tab keeps its width below itself.
    let before: String =
        text.chars().take(column.saturating_sub(1)).map(|letter| if letter == '\t' { '\t' } else { ' ' }).collect();
    let end = finding.at.offset + finding.at.length;
    let marked = source.text.get(finding.at.offset..end).map_or(1, |marked| marked.chars().count().max(1));
    let (word, class) = match finding.severity {
        Severity::Error => ("Error", "bad"),
        Severity::Warning => ("Warning", "warn"),
        Severity::Note => ("Note", "dim"),
    };
    json!({
        "word": word, "class": class, "message": diagnostic.message, "help": diagnostic.help, "code": diagnostic.label,
        "line": line, "column": column, "text": text, "mark": format!("{before}{}", "^".repeat(marked)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_stand_at_their_places() {
        let text = "{\"StartAt\": \"A\",\n\t\"States\": {\"A\": {\"Type\": \"Pass\", \"Next\": \"B\"}}}";
        let editor = editor(text, false, "m");
        let finding = &editor["findings"][0];
        assert_eq!((&finding["line"], &finding["word"]), (&json!(2), &json!("Error")), "{editor}");
        let (shown, mark) = (finding["text"].as_str().unwrap(), finding["mark"].as_str().unwrap());
        let from = mark.find('^').unwrap();
        assert_eq!(shown.get(from..mark.len()), Some("\"B\""), "{shown}\n{mark}");
        assert_eq!(editor["is_good"], false);
        assert!(super::editor(FIRST, false, "m")["is_good"] == true);
        // Whatever is typed has an answer.
        for text in ["", "{", "é", "[1,\r\n2", "{\"States\": 3}"] {
            super::editor(text, true, "m");
        }
    }
}
