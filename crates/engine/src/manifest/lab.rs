//! `[lab]`: the name, and the day it expires.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::names;
use super::reporter::Reporter;
use crate::model::LabName;
use crate::source::{Diagnostic, Node};

/// The lab's name and its last day (`YYYY-MM-DD`); `now_ms` is the time for the warning about a day that is over.
pub(super) fn read(
    table: Option<&Node>,
    now_ms: Option<i64>,
    reporter: &mut Reporter<'_>,
) -> (Option<LabName>, Option<String>) {
    let field = |name: &str| table.and_then(|table| table.get(name)).and_then(|node| Some((node, node.text()?)));
    let name = field("name").and_then(|(node, text)| match LabName::new(text) {
        Ok(name) => Some(name),
        Err(error) => {
            let help = names::legal(text, &std::collections::BTreeSet::new())
                .map_or_else(|| "write it as `lab6`".to_owned(), |name| format!("`{name}` would be allowed"));
            reporter.refuse(node.at, format!("lab name `{}` {error}", text.escape_debug()), help);
            None
        }
    });
    let expires = field("expires").and_then(|(node, text)| {
        let date: Option<Date> = Some(text).filter(|text| text.len() == 10).and_then(|text| text.parse().ok());
        let Some(date) = date else {
            let message = format!("`expires` is `{}`, which is not a day", text.escape_debug());
            reporter.refuse(node.at, message, "write it as `2026-12-20`");
            return None;
        };
        let today = now_ms
            .and_then(|now| jiff::Timestamp::from_millisecond(now).ok())
            .map(|now| now.to_zoned(TimeZone::UTC).date());
        if today.is_some_and(|today| date < today) {
            let finding = Diagnostic::warning("manifest::expired", format!("the lab expired on {date}"))
                .label("over")
                .help("`labctl cleanup --all` removes the lab; set a later day to keep it");
            reporter.tell(finding, node.at);
        }
        Some(date.to_string())
    });
    (name, expires)
}
