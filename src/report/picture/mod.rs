//! A machine as a picture. Pure: a machine's outline in, text out, the same bytes every time.
//!
//! | part | owns |
//! | --- | --- |
//! | `picture`, `notation` | the way in: what is drawn, and in which notation |
//! | `marks` | what an execution did, to be drawn on the picture |
//! | `layout` | where boxes and lines go, scope by scope |
//! | `measure` | how wide text is, and where it is broken |
//! | `drawing`, `scene` | everything with its place in pixels; how it gets there, from the innermost scope outwards |
//! | `svg`, `style` | the drawing as SVG |
//! | `mermaid`, `dot`, `tree`, `listing` | the other notations, which lay out themselves |

mod dot;
mod drawing;
mod layout;
mod listing;
mod marks;
mod measure;
mod mermaid;
mod notation;
#[expect(clippy::module_inception, reason = "the file is named for its main type")]
mod picture;
mod scene;
mod style;
mod svg;
mod tree;

#[cfg(test)]
mod tests;

pub(in crate::report) use measure::SMALL;
pub(in crate::report) use svg::escaped;

pub use listing::Listing;
pub use marks::{Marks, StateMark, Status};
pub use picture::{Direction, Picture};
