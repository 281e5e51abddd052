//! The embedded endpoint as a server for other tools, and its state.

mod reset;
mod serve;
mod status;
mod suggestions;

pub(crate) use reset::reset;
pub(crate) use serve::{ServeOptions, serve};
pub(crate) use status::status;
