//! Whether a text writes a member's value as it stands, or puts it together while it runs.
//!
//! This is a look at the text and no reading of its language: it decides between a refusal and a warning, and says "put together" where it
//! cannot tell.

/// Integrations whose answer is data of somebody else's: any member may come from there.
const BRINGS_DATA: [&str; 7] =
    ["dynamodb:", "aws-sdk:", "http:invoke", "states:startExecution.sync", ":activity:", "athena:", "bedrock:"];

/// Whether a field of a definition gives `member` a value that is made at run time.
pub(super) fn in_field(name: &str, text: &str, member: &str) -> bool {
    if name == "Resource" {
        return BRINGS_DATA.iter().any(|service| text.contains(service));
    }
    if name.strip_suffix(".$") == Some(member) {
        return !ends_at(text, member);
    }
    let Some(expression) = text.trim().strip_prefix("{%").and_then(|text| text.strip_suffix("%}")) else {
        return false;
    };
    if name == member { !is_plain(expression, member) } else { in_source(expression, member) }
}

/// Whether a handler, an expression or a document gives `member` a value that is made at run time: `"status": f"{kind}_DONE"`,
/// `order['status'] = kind`, `status=kind`.
pub(super) fn in_source(text: &str, member: &str) -> bool {
    if member.is_empty() {
        return false;
    }
    let places = text.match_indices(member).map(|(at, _)| at);
    places.into_iter().any(|at| {
        let (before, rest) = (text.get(..at).unwrap_or_default(), text.get(at + member.len()..).unwrap_or_default());
        let is_quoted = before.ends_with(['"', '\'']) && rest.trim_start_matches('\\').starts_with(['"', '\'']);
        let is_word = |letter: Option<char>| letter.is_some_and(|it| it.is_alphanumeric() || it == '_');
        if !is_quoted && (is_word(before.chars().next_back()) || is_word(rest.chars().next())) {
            return false;
        }
        let rest = rest.trim_start_matches(['\\', '"', '\'', ']', ' ', '\t']);
        let value = match (is_quoted, rest.strip_prefix(':'), rest.strip_prefix('=')) {
            (true, Some(value), _) => value,
            // A keyword argument or a member of an object, no comparison.
            (_, _, Some(value)) if !value.starts_with(['=', '>', '~']) => value,
            _ => return false,
        };
        !is_plain(end_of(value), member)
    })
}

/// The value as far as it goes on this line: up to a comma or a bracket that was not opened in it.
fn end_of(value: &str) -> &str {
    let (mut depth, mut quote) = (0_i32, None);
    for (at, letter) in value.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if open == letter => quote = None,
            (None, '"' | '\'' | '`') => quote = Some(letter),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') if depth > 0 => depth -= 1,
            (None, ')' | ']' | '}') => return value.get(..at).unwrap_or(value),
            (None, ',' | ';' | '\n' | '#') if depth == 0 => {
                let before = value.get(..at).unwrap_or_default();
                if !before.trim().is_empty() {
                    return before;
                }
            }
            _ => {}
        }
    }
    value
}

/// Whether a value is a text as it stands, one of several such by a condition, a copy of another `member`, or no text.
fn is_plain(value: &str, member: &str) -> bool {
    let value = value.trim();
    // `A if x else B` of Python, `x ? A : B` of JSONata and JavaScript: what stands on both sides.
    if let Some((yes, no)) = value.split_once(" if ").and_then(|(yes, rest)| Some((yes, rest.split_once(" else ")?.1)))
    {
        return is_plain(yes, member) && is_plain(no, member);
    }
    if let Some((yes, no)) = value.split_once('?').and_then(|(_, rest)| rest.split_once(':')) {
        return is_plain(yes, member) && is_plain(no, member);
    }
    let is_scalar = matches!(value, "None" | "null" | "nil" | "True" | "False" | "true" | "false")
        || value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_scalar || is_literal(value) || ends_at(value, member)
}

/// `"COMPLETED"`, also escaped in a JSON text; neither a template's nor a formatted text.
fn is_literal(value: &str) -> bool {
    let value = value.trim_start_matches('\\');
    let Some(quote @ ('"' | '\'')) = value.chars().next() else { return false };
    let Some(inside) = value.get(1..).and_then(|rest| rest.strip_suffix(quote)) else { return false };
    !inside.trim_end_matches('\\').contains([quote, '{'])
}

/// Whether a path or an access ends at the member: `$.payment.status`, `payment["status"]`, `event.get('status')`.
fn ends_at(value: &str, member: &str) -> bool {
    let value = value.trim().trim_end_matches([')', ']', '"', '\'', '\\']);
    let Some(before) = value.strip_suffix(member) else { return false };
    // `.get("status")` reads a member; every other call makes something of it.
    let path = before.trim_end_matches(['"', '\'']);
    if path.strip_suffix(".get(").unwrap_or(path).contains('(') {
        return false;
    }
    // A path and nothing but a path: what is concatenated has blanks or operators before it.
    before.ends_with(['.', '"', '\'', '`'])
        && !before.contains(['&', '+', '%'])
        && !before.contains("States.")
        && !before.contains("$$")
        && !before.contains("$context")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_as_it_stands_is_not_put_together() {
        for source in [
            "return {\"status\": \"COMPLETED\", \"n\": 1}",
            "return {**event, 'status': 'COMPLETED'}",
            "payment = {\"id\": None, \"status\": \"FAILED\", \"code\": code}",
            "completed = payment[\"status\"] == \"COMPLETED\"",
            "if payment.get(\"status\") != \"COMPLETED\":",
            "order['status'] = 'SHIPPED'  # at last",
            "{\"status\": \"LATE\" if late else \"IN_TIME\"}",
            "{\"status\": payment[\"status\"], \"n\": 1}",
            "{\"status\": 200}",
            "paymentStatus = kind",
            "status_code = kind",
            "return dict(status=\"DONE\")",
            "exports.handler = async () => ({ \"status\": ok ? \"DONE\" : \"LEFT\" });",
        ] {
            assert!(!in_source(source, "status"), "{source}");
        }
        for field in [
            ("status.$", "$.payment.status"),
            ("status", "{% 'DONE' %}"),
            ("status", "{% $states.input.status %}"),
            ("status", "{% $states.input.n > 5 ? 'LARGE' : 'SMALL' %}"),
            ("Output", "{% {'status': 'DONE', 'n': $n} %}"),
            ("Resource", "arn:aws:states:::lambda:invoke"),
            ("note.$", "$.text"),
        ] {
            assert!(!in_field(field.0, field.1, "status"), "{field:?}");
        }
    }

    #[test]
    fn a_value_that_is_made_while_it_runs_is() {
        for source in [
            "return {\"status\": f\"ORDER_{kind}\"}",
            "return {\"status\": \"ORDER_\" + kind}",
            "return {'status': kind.upper()}",
            "return {'status': STATUS[kind], 'n': 1}",
            "return {'status': event['kind']}",
            "order[\"status\"] = kind",
            "return dict(status=kind)",
            "{\"status\": \"DONE\" if ok else reason}",
            "{ \"status\": `ORDER_${kind}` }",
            "{\"status\": \"{{user}}-ok\"}",
            "return {\"status\": \"ORDER_{}\".format(kind)}",
        ] {
            assert!(in_source(source, "status"), "{source}");
        }
        for field in [
            ("status.$", "States.Format('ORDER_{}', $.kind)"),
            ("status.$", "$.kind"),
            ("status.$", "$$.Execution.Name"),
            ("status", "{% 'ORDER_' & $states.input.kind %}"),
            ("status", "{% $uppercase($states.input.status) %}"),
            ("status", "{% 'ORDER_' & $states.input.status %}"),
            ("Output", "{% {'status': $states.input.kind} %}"),
            ("Resource", "arn:aws:states:::dynamodb:getItem"),
        ] {
            assert!(in_field(field.0, field.1, "status"), "{field:?}");
        }
    }
}
