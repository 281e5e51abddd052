//! What names a metric: region, namespace, name, dimensions.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::service::members::Members;

/// The finest period, in milliseconds.
pub(super) const MINUTE_MS: i64 = 60_000;

/// One metric with its dimensions. Their order does not matter, so they are kept sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Series {
    pub(super) region: String,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) dimensions: Vec<(String, String)>,
}

impl Series {
    pub(super) fn new<'text>(
        region: &str,
        namespace: &str,
        name: &str,
        dimensions: impl IntoIterator<Item = (&'text str, &'text str)>,
    ) -> Self {
        let mut dimensions: Vec<(String, String)> =
            dimensions.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        dimensions.sort();
        Self { region: region.to_owned(), namespace: namespace.to_owned(), name: name.to_owned(), dimensions }
    }

    /// As `ListMetrics` shows it.
    pub(super) fn shown(&self) -> Value {
        let dimensions: Vec<Value> =
            self.dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
        json!({"Namespace": self.namespace, "MetricName": self.name, "Dimensions": dimensions})
    }
}

/// `Dimensions` of a request.
pub(super) fn dimensions(members: Members<'_>) -> Vec<(&str, &str)> {
    let pair = |item| {
        let item = Members::within(item);
        Some((item.text("Name")?, item.text("Value")?))
    };
    members.list("Dimensions").iter().filter_map(pair).collect()
}
