//! A trace as a file of another viewer's format.

use super::{ExportFormat, ExportedTrace, chrome, otlp};

impl ExportedTrace<'_> {
    /// The file's content, JSON on one line.
    pub fn write(&self, format: ExportFormat) -> String {
        match format {
            ExportFormat::Chrome => chrome::write(self),
            ExportFormat::Otlp => otlp::write(self),
        }
    }
}
