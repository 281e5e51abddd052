//! Small data files besides the manifest: quotas and faults of the local endpoint.

use std::path::Path;

use serde::de::DeserializeOwned;

/// Reads TOML, YAML or JSON by the file's extension (TOML when it has none) into a value.
///
/// # Errors
/// The first mistake, with line and column where the format gives them.
pub fn parse_data<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, String> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => serde_json::from_str(text).map_err(|error| error.to_string()),
        Some("yaml" | "yml") => serde_yaml::from_str(text).map_err(|error| error.to_string()),
        _ => toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
            format!("line {line}: {}", error.message())
        }),
    }
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
        assert!(mistake.starts_with("line 2"), "{mistake}");
    }
}
