//! The built-in pack, rendered, and packs that are broken on purpose.

mod bulk;
mod class;
mod files;
mod handlers;
mod mistakes;
mod refusals;
mod rehearsal;
mod scenarios;
