//! Files as located trees: TOML, YAML, JSON and CSV end in one [`Node`], every value with its place.

mod csv;
mod json;
mod node;
mod recovery;
mod source;
mod toml;
mod yaml;

pub(super) use csv::{Cell, read_table};
pub(super) use node::{Content, Entry, Node};
pub(super) use recovery::recover;
pub(super) use source::{Codes, Document, Format, from_bytes, read};
