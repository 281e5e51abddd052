//! Layered layout of one scope: boxes in rows, lines between them with corners only.
//!
//! The method is Sugiyama's in five steps: `rank` gives every box a row, `rows` puts vertices for lines and labels into the rows that
//! a line passes, `order` sorts each row so that few lines cross, `align` gives every vertex its place in its row (Brandes and
//! Köpf; `straighten` takes small steps out), and `route` draws the lines in
//! the gaps between rows, on the tracks that `track` gives them.
//!
//! What holds by construction: boxes and labels stand in rows and keep their distance there; a line passes a row only through a
//! vertex of its own, and bends only between rows. So no line can pass through a box or a label that is not its own.
//!
//! Lengths are whole pixels. `across` is along a row, `along` is the way the flow takes; `scene` turns that into x and y.

mod align;
mod order;
mod ports;
mod rank;
mod route;
mod rows;
mod straighten;
mod track;
mod wiring;

pub(super) use route::lay_out;
pub(super) use wiring::{Place, Routed, Size, Wire, Wiring, extent};
