//! A trace as a file of another viewer's format.

use serde_json::Value;

use super::{ExportFormat, ExportedTrace, chrome, otlp};

impl ExportedTrace<'_> {
    /// The file's content.
    pub fn write(&self, format: ExportFormat) -> Value {
        match format {
            ExportFormat::Chrome => chrome::write(self),
            ExportFormat::Otlp => otlp::write(self),
        }
    }
}
