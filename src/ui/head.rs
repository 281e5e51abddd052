//! What every document begins with.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::TargetKind;

/// Where a command worked. What it did not come to know is `null`: a command that reads no manifest knows nothing of it, one that
/// only reads it knows what is written there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TargetView {
    /// `local` or `aws`.
    pub kind: Option<TargetKind>,
    /// The endpoint's URL.
    pub endpoint: Option<String>,
    /// Twelve digits: whose credentials they are, else whom the manifest guards.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
}

/// What every document starts with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Head {
    /// `labctl/<command>/1`.
    pub schema: String,
    /// Whether the command did what was asked.
    pub ok: bool,
    /// Real time.
    pub elapsed_ms: u64,
    /// Where; the first place when there are several.
    pub target: TargetView,
    /// All places, when there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetView>,
    /// Calls by `service:Operation`.
    pub api_calls: BTreeMap<String, u64>,
}

impl Head {
    /// The head of a command's document, from the places it works in and the calls it made.
    pub fn new(
        command: &str,
        ok: bool,
        elapsed_ms: u64,
        places: Vec<TargetView>,
        calls: BTreeMap<String, u64>,
    ) -> Self {
        Self {
            schema: format!("labctl/{command}/1"),
            ok,
            elapsed_ms,
            target: places.first().cloned().unwrap_or_default(),
            targets: if places.len() > 1 { places } else { Vec::new() },
            api_calls: calls,
        }
    }
}

/// A document: its head and the command's own keys, side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Document<T> {
    /// The head.
    #[serde(flatten)]
    pub head: Head,
    /// The command's own keys.
    #[serde(flatten)]
    pub body: T,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_places_are_all_named_and_one_is_named_once() {
        let place = |region: &str| TargetView { region: Some(region.to_owned()), ..TargetView::default() };
        let head = |places| serde_json::to_value(Head::new("plan", true, 1, places, BTreeMap::new())).unwrap();
        let several = head(vec![place("eu-west-1"), place("us-east-1")]);
        assert_eq!(several["target"], several["targets"][0]);
        assert_eq!(several["targets"][1]["region"], "us-east-1");
        let one = head(vec![place("eu-west-1")]);
        assert_eq!((&one["target"]["region"], one.get("targets")), (&"eu-west-1".into(), None));
        let none = head(Vec::new());
        assert_eq!(
            none["target"],
            serde_json::json!({ "kind": null, "endpoint": null, "account": null, "region": null })
        );
    }
}
