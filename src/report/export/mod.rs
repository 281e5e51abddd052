//! A trace in the formats of other viewers.
//!
//! | file | is |
//! |---|---|
//! | `exported` | what is exported, as spans of time, and in which format |
//! | `rows` | spans on rows, so that none overlaps another one |
//! | `chrome` | Chrome's trace events, for Perfetto and `chrome://tracing` |
//! | `otlp` | OpenTelemetry's JSON, for Jaeger, Tempo and others |

mod chrome;
mod exported;
mod otlp;
mod rows;

#[cfg(test)]
mod properties;

pub use exported::{ExportFormat, ExportedTrace};
