//! What is read otherwise than it looks: by Jayway 2.0, and so by Step Functions.

use super::syntax::{PathWarning, Step};

/// What to write instead of something that cannot be read.
pub(super) fn instead(reason: &str) -> &'static str {
    if reason.starts_with("Space") {
        "write a name with blanks in it as `['a name']`; a filter knows `==`, `!=`, `<`, `<=`, `>`, `>=` and `=~` only"
    } else if reason.starts_with("Could not analyze") {
        "names in brackets have single quotes, positions are numbers: `['name']`, `[0]`"
    } else if reason.contains("is not definite") {
        "in a filter each path leads to one value"
    } else if reason.contains("function") || reason.contains("from the end") {
        "the last element is `[(@.length-1)]`"
    } else {
        "write names, positions, slices and simple filters: `$.list[?(@.price < 10)]`"
    }
}

/// Looks over the steps of a path.
pub(super) fn look(letters: &[char], steps: &[Step], warnings: &mut Vec<PathWarning>) {
    let text: String = letters.iter().collect();
    for (index, step) in steps.iter().enumerate() {
        let is_last = index + 1 == steps.len();
        let Some((reason, help, sign)) = odd(step, is_last, &text) else { continue };
        let at = letters.iter().position(|letter| *letter == sign).unwrap_or_default();
        warnings.push(PathWarning { reason, help, at });
    }
    if let Some((before, _)) = text.split_once("[\"") {
        warnings.push(PathWarning {
            reason: "Step Functions does not read a name in double quotes".to_owned(),
            help: "use single quotes: `['name']`",
            at: before.chars().count() + 1,
        });
    }
}

fn odd(step: &Step, is_last: bool, text: &str) -> Option<(String, &'static str, char)> {
    Some(match step {
        Step::Names(names) if names.len() > 1 && !is_last => (
            "Multi properties can only be used as path leafs".to_owned(),
            "end the path with the names, or use one path for each of them",
            ',',
        ),
        Step::Names(names) => {
            if let Some(name) = names.iter().find(|name| is_call(name) && text.contains(&format!(".{name}"))) {
                return Some((
                    format!("Step Functions knows no functions in paths: it looks for a member called `{name}`"),
                    "`States.ArrayLength` counts; anything else needs JSONata or a Lambda function",
                    '(',
                ));
            }
            let name = names.iter().find(|name| name.ends_with('\\') || name.contains(['\'', ']']))?;
            (
                format!("this leads to a member called `{name}`: nothing is escaped in quotes"),
                "choose another name for the member",
                '\'',
            )
        }
        Step::Index(at) if *at < 0 => (
            format!("a position counts from the front, so that `[{at}]` is out of bounds"),
            "the last element is `[(@.length-1)]`; `[-1:]` is a list with it",
            '-',
        ),
        Step::Indices(all) if all.iter().any(|at| *at < 0) => (
            "positions count from the front, so that negative ones are out of bounds".to_owned(),
            "write the positions from 0 on, or a slice such as `[-2:]`",
            '-',
        ),
        Step::SliceBetween(from, to) if *from < 0 || *to < 0 => (
            "a slice with two bounds counts from the front: below zero it fails, or finds nothing".to_owned(),
            "leave one bound out: `[-2:]`, `[:-1]`",
            '-',
        ),
        _ => return None,
    })
}

/// Whether a name looks like a call: `length()`.
fn is_call(name: &str) -> bool {
    let function = name.split_once('(').map(|(function, _)| function).unwrap_or_default();
    !function.is_empty() && function.bytes().all(|byte| byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::super::parser::parse;

    #[test]
    fn what_is_read_otherwise_than_it_looks_is_reported() {
        for (text, words) in [
            ("$.a[-1]", "from the front"),
            ("$.a[-3:-1]", "two bounds"),
            ("$.a[0,-1]", "from the front"),
            ("$.list.length()", "no functions"),
            ("$.list.nope()", "no functions"),
            (r"$['it\'s']", "nothing is escaped"),
            ("$['a','b'].c", "path leafs"),
            (r#"$["a1"]"#, "double quotes"),
            (r#"$.a[?(@.b == "x")]"#, "single quotes"),
            ("$.a[?(@.b && (@.c || @.d))]", "brackets"),
            ("$.a[?(@ > 1)]", "scalar"),
        ] {
            let path = parse(text).unwrap();
            assert!(path.oddities().any(|odd| odd.reason.contains(words)), "{text}: {path:?}");
        }
        for text in [
            "$.a[0:3]",
            "$.a[-2:]",
            "$['a','b']",
            "$.a[?(@.b == 'x' && @.c || @.d > 3)].e",
            "$.a[(@.length-1)]",
            "$['Total (USD)']",
            "$['size(cm)']",
            r"$.a\.b",
        ] {
            assert!(parse(text).unwrap().is_sound(), "{text}");
        }
    }
}
