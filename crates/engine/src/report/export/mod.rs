//! A trace in the formats of other viewers.
//!
//! | file | is |
//! |---|---|
//! | `exported` | what is exported, as spans of time, and in which format |
//! | `rows` | spans on rows, so that none overlaps another one |
//! | `chrome` | Chrome's trace events, for Perfetto and `chrome://tracing` |
//! | `write` | which of them it is written in |
//! | `otlp` | OpenTelemetry's JSON, for Jaeger, Tempo and others |
//! | `text` | their lists as text, one element after the other |

mod chrome;
mod exported;
mod otlp;
mod rows;
mod text;
mod write;

#[cfg(test)]
mod properties;

pub use exported::{ExportFormat, ExportedTrace};
