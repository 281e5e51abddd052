//! Templates to what shall be there, and to files under `out/`.
//!
//! - `template` compiles a pack's templates and fills them in; `callable` is what they may call; `scope` is what they see.
//! - `trace` finds the place in a template that a place in its result came from.
//! - `resources` makes one user's resources, `package` the functions' zips, `rendered` the whole class.
//! - `check` is what `validate` asks beyond that: `definition`, `policy`, `dashboard`, `handler` with `python`, `literals` (values
//!   that AWS refuses), `permissions`, `log_delivery`.
//! - `tree` puts the files on disk and touches nothing else; `index` says which files are ours.
//! - `code` compares two packages file by file.
//! - `bulk` makes the inputs of a bulk test.
//!
//! Values never break out of a string: they are escaped for JSON, and templates cannot ask for anything else.

mod any_resource;
mod bulk;
mod callable;
mod check;
mod code;
mod dashboard;
mod definition;
mod document;
mod error;
mod handler;
mod index;
mod literals;
mod log_delivery;
mod managed;
mod package;
mod permissions;
mod policy;
mod python;
mod rehearsed;
mod rendered;
mod resources;
mod scope;
mod template;
mod trace;
mod tree;
mod wheel;

#[cfg(test)]
mod tests;

pub use bulk::BulkInputs;
pub use check::check;
pub use code::{CodeChange, code_changes};
pub use error::RenderError;
pub use handler::runtimes_of;
pub use rendered::{Rendered, desired, render};
pub use tree::{Written, save_edits, write};
pub use wheel::unpack_wheel;
