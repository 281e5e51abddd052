//! Functions.

use serde_json::{Value, json};

use super::words::when;
use crate::console::ask::{Ask, Refusal};
use crate::console::page::{Outcome, Page};
use crate::console::request::Request;
use crate::member::Member as _;

/// Functions that are asked for, and on the page, at the most.
const ALL: usize = 100_000;
const MOST: usize = 1_000;

/// The list.
pub(super) async fn show(ask: &Ask<'_>, request: &Request) -> Result<Outcome, Refusal> {
    let wanted = request.query("find").unwrap_or_default();
    let found = ask.all("lambda", "ListFunctions", json!({}), "Functions", ("NextMarker", "Marker"), ALL).await?;
    let seen: Vec<Value> = found
        .iter()
        .filter_map(|function| {
            let name = function.member("FunctionName").as_str()?;
            let fits = ask.sees(name) && name.contains(wanted);
            fits.then(|| {
                json!({
                    "name": name, "path": ask.path(&["functions", name]), "runtime": function.member("Runtime"),
                    "handler": function.member("Handler"), "modified": modified(function),
                })
            })
        })
        .collect();
    let left_out = seen.len().checked_sub(MOST).filter(|more| *more > 0);
    let rows: Vec<Value> = seen.into_iter().take(MOST).collect();
    let view = json!({"rows": rows, "left_out": left_out, "find": wanted, "here": request.path});
    Ok(Outcome::Page(Page {
        template: "functions",
        title: "Functions".to_owned(),
        trail: Vec::new(),
        is_live: true,
        view,
    }))
}

/// When a function was changed last; Lambda writes it as `2026-01-31T08:00:00.000+0000`.
pub(super) fn modified(function: &Value) -> Option<String> {
    let text = function.member("LastModified").as_str()?;
    let time = jiff::Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).ok()?;
    Some(when(time.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambdas_times_are_read() {
        let modified = |text: &str| modified(&json!({"LastModified": text}));
        assert_eq!(modified("2026-01-31T08:00:00.120+0000").as_deref(), Some("Jan 31, 2026, 08:00:00.120 (UTC)"));
        assert_eq!(modified("yesterday"), None);
    }
}
