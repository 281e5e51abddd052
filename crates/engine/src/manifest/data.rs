//! Small data files besides the manifest: quotas and faults of the local endpoint.

use std::path::Path;

use serde::de::DeserializeOwned;

/// Reads TOML, YAML or JSON by the file's extension (TOML when it has none) into a value. A file holds a table.
///
/// # Errors
/// The first mistake, with the file, line and column where the format gives them, in words that name no type of Rust's.
pub fn parse_data<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, String> {
    let (value, table) = match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => {
            let reported = |error: serde_json::Error| reported(path, error.line(), error.column(), &error.to_string());
            (serde_json::from_str(text).map_err(reported), is_table(serde_json::from_str(text)))
        }
        Some("yaml" | "yml") => {
            let reported = |error: serde_yaml::Error| {
                let at = error.location().map_or((0, 0), |at| (at.line(), at.column()));
                reported(path, at.0, at.1, &error.to_string())
            };
            (serde_yaml::from_str(text).map_err(reported), is_table(serde_yaml::from_str(text)))
        }
        _ => {
            let reported = |error: toml::de::Error| {
                let before = text.get(..error.span().map_or(0, |span| span.start)).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
                reported(path, line, column, error.message())
            };
            (toml::from_str(text).map_err(reported), true)
        }
    };
    // A list would be taken for a table's values in their order.
    if table { value } else { Err(value.err().unwrap_or_else(|| reported(path, 1, 1, "sequence, expected a map"))) }
}

/// Whether the whole is a table; what cannot be read at all is told by its own mistake.
fn is_table<E>(whole: Result<serde_json::Value, E>) -> bool {
    whole.map_or(true, |whole| whole.is_object())
}

/// `q.json:1:31: expected a number`.
fn reported(path: &Path, line: usize, column: usize, message: &str) -> String {
    let place =
        if line == 0 { path.display().to_string() } else { format!("{}:{line}:{}", path.display(), column.max(1)) };
    format!("{place}: {}", in_words(message))
}

/// What the readers call things, and what a user would.
const WORDS: [(&str, &str); 14] = [
    ("invalid type: ", ""),
    ("invalid value: ", ""),
    (", expected ", ", where there must be "),
    ("where there must be f64", "where there must be a number"),
    ("where there must be u64", "where there must be a whole number from 0"),
    ("where there must be u16", "where there must be a whole number from 0 to 65535"),
    ("where there must be a map", "where there must be a table"),
    ("where there must be a sequence", "where there must be a list"),
    ("where there must be a boolean", "where there must be `true` or `false`"),
    ("floating point `", "the number `"),
    ("integer `", "the number `"),
    ("string \"", "the text \""),
    ("sequence,", "a list,"),
    ("EOF while parsing", "the file ends in the middle of"),
];

fn in_words(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or(message);
    let reported = WORDS.iter().fold(message.to_owned(), |reported, (theirs, ours)| reported.replace(theirs, ours));
    reported.replace("map,", "a table,").replace("unknown field `", "there is no field `")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn three_formats_give_one_value() {
        type Data = BTreeMap<String, BTreeMap<String, f64>>;
        let wanted: Data = BTreeMap::from([("a:B".to_owned(), BTreeMap::from([("burst".to_owned(), 1.0)]))]);
        for (name, text) in [
            ("q.toml", "\"a:B\" = { burst = 1.0 }"),
            ("q.yaml", "'a:B': {burst: 1.0}"),
            ("q.json", r#"{"a:B":{"burst":1.0}}"#),
        ] {
            assert_eq!(parse_data::<Data>(Path::new(name), text).unwrap(), wanted, "{name}");
        }
    }

    #[test]
    fn a_mistake_names_its_line() {
        let mistake = parse_data::<BTreeMap<String, f64>>(Path::new("q.toml"), "a = 1.0\nb = \"x\"\n").unwrap_err();
        assert!(mistake.starts_with("q.toml:2:5: "), "{mistake}");
    }

    #[test]
    fn no_type_of_rusts_is_named() {
        type Data = BTreeMap<String, BTreeMap<String, f64>>;
        for (name, text, reported) in [
            ("q.json", r#"{"a:B": 5}"#, "q.json:1:9: the number `5`, where there must be a table"),
            ("q.json", r#"{"a:B": {"burst": "a"}}"#, "q.json:1:21: the text \"a\", where there must be a number"),
            ("q.json", "[1]", "q.json:1:1: a list, where there must be a table"),
            ("q.json", "{", "q.json:1:1: the file ends in the middle of an object"),
            ("q.toml", "\"a:B\" = 5", "q.toml:1:9: the number `5`, where there must be a table"),
            ("q.yaml", "a:B: 5", "q.yaml:1:6: a:B: the number `5`, where there must be a table"),
        ] {
            let mistake = parse_data::<Data>(Path::new(name), text).unwrap_err();
            assert_eq!(mistake, reported);
        }
    }

    #[test]
    fn a_list_is_no_table_even_where_it_would_fit() {
        #[derive(serde::Deserialize)]
        struct Pair {
            _left: u64,
        }
        assert_eq!(
            parse_data::<Pair>(Path::new("f.json"), "[1]").err().unwrap(),
            "f.json:1:1: a list, where there must be a table"
        );
    }
}
