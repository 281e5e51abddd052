//! Tells the story: pictures of machines, and of what an execution did in one.
//!
//! - `picture` draws a machine as SVG, Mermaid, DOT and text, with marks where an execution went.

mod picture;

pub use picture::{Direction, Listing, Marks, Picture, StateMark, Status};
