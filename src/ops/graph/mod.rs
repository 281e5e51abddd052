//! A workflow, drawn.
//!
//! | file | is |
//! |---|---|
//! | `options`, `draw` | what is drawn, and the picture |
//! | `source`, `marks`, `nearest` | the definition, the marked states, names that are nearly right |

mod draw;
mod marks;
mod nearest;
mod options;
mod source;

pub(crate) use draw::{draw, machines};
pub(crate) use options::{GraphOptions, Notation};
