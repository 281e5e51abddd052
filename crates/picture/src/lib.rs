//! State machines as pictures, and figures as charts. Pure: outlines and numbers in, text out, the same bytes every time.
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
//! | `chart` | bars, histograms, ranges and shares as SVG for a page |
//! | `escape` | foreign text for a page |
//!
//! ```
//! use labctl_asl::{Syntax, outline};
//! use labctl_picture::{Direction, Picture};
//!
//! let machine = r#"{"StartAt": "Greet", "States": {"Greet": {"Type": "Pass", "End": true}}}"#;
//! let outline = outline(machine, Syntax::Json).unwrap();
//! let picture = Picture { outline: &outline, title: "greeting", direction: Direction::Down, marks: None };
//! assert!(picture.svg().contains("Greet"));
//! ```

pub mod chart;
mod dot;
mod drawing;
mod escape;
mod layout;
mod listing;
mod marks;
mod measure;
mod mermaid;
mod notation;
mod picture;
mod scene;
mod style;
mod svg;
mod tree;

#[cfg(test)]
mod tests;

pub use escape::escape;
pub use listing::Listing;
pub use marks::{Marks, StateMark, Status};
pub use picture::{Direction, Picture};

/// The style sheet that stands in every picture in SVG: the same text each time, for a page whose policy names what it takes.
pub fn style_sheet() -> String {
    style::sheet()
}
