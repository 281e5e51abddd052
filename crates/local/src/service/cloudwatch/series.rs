//! What names a metric: region, namespace, name, dimensions.

use indexmap::Equivalent;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::service::members::Members;

/// The finest period, in milliseconds.
pub(super) const MINUTE_MS: i64 = 60_000;

/// One metric with its dimensions. Their order does not matter, so they are kept sorted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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

/// A metric as somebody names it, with its dimensions in order: what is measured most is known by then, and nothing is copied to find it.
///
/// Its hash is that of the [`Series`] it names: of the same parts in the same order.
#[derive(Hash)]
pub(super) struct Named<'text> {
    pub(super) region: &'text str,
    pub(super) namespace: &'text str,
    pub(super) name: &'text str,
    pub(super) dimensions: &'text [(&'text str, &'text str)],
}

impl Named<'_> {
    pub(super) fn to_series(&self) -> Series {
        Series::new(self.region, self.namespace, self.name, self.dimensions.iter().copied())
    }
}

impl Equivalent<Series> for Named<'_> {
    fn equivalent(&self, series: &Series) -> bool {
        let dimensions = series.dimensions.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        (self.region, self.namespace, self.name) == (&*series.region, &*series.namespace, &*series.name)
            && self.dimensions.iter().copied().eq(dimensions)
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

#[cfg(test)]
mod tests {
    use indexmap::IndexSet;

    use super::*;

    #[test]
    fn what_somebody_names_is_found() {
        let dimensions = [("FunctionName", "f"), ("Resource", "f:1")];
        let known = IndexSet::from([
            Series::new("us-east-1", "AWS/Lambda", "Errors", []),
            Series::new("us-east-1", "AWS/Lambda", "Errors", dimensions.into_iter().rev()),
        ]);
        let named = |dimensions| Named { region: "us-east-1", namespace: "AWS/Lambda", name: "Errors", dimensions };
        assert_eq!(known.get_index_of(&named(&[])), Some(0));
        assert_eq!(known.get_index_of(&named(&dimensions)), Some(1));
        assert_eq!(known.get_index_of(&named(&dimensions[..1])), None);
        assert_eq!(known[1], named(&dimensions).to_series());
    }
}
