//! Tells the story: pictures of machines, and of what an execution did in one.
//!
//! - `export` writes a trace for other viewers.
//! - `picture` draws a machine as SVG, Mermaid, DOT and text, with marks where an execution went.

mod export;
mod picture;

pub use export::{ExportFormat, ExportedTrace};
pub use picture::{Direction, Listing, Marks, Picture, StateMark, Status};
