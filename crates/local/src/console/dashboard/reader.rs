//! Who gets figures.

use async_trait::async_trait;
use serde_json::Value;

/// Who gets figures.
#[async_trait]
pub(in crate::console) trait Reader: Sync {
    /// The account whose metrics these are.
    fn account(&self) -> &str;

    /// GetMetricData in a region: its input and its output.
    ///
    /// # Errors
    /// The message of a refusal.
    async fn get_metric_data(&self, region: &str, input: Value) -> Result<Value, String>;
}
