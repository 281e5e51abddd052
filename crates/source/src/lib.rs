//! Located documents: what a person wrote, and where.
//!
//! JSON, YAML, TOML and CSV are read into one tree, [`Node`], in which every value and every name has its [`Span`] in the text. What is
//! wrong with a text is told as a [`Diagnostic`], which points into its [`SourceText`]; [`nearest`] finds the word that was meant.
//!
//! ```
//! use labctl_source::{Diagnostic, Format, SourceText, nearest, read};
//!
//! let source = SourceText::new("job.yaml", "name: lab\nregoin: eu-west-1\n");
//! let root = read(&source.text, Format::Yaml).unwrap();
//! let member = &root.members().unwrap()[1];
//! assert_eq!(source.line_column(member.key_at.offset), (2, 1));
//! assert_eq!(nearest(&member.key, ["name", "region"]), Some("region"));
//! let told = Diagnostic::error("job::unknown-key", "unknown key `regoin`").at(&source, member.key_at);
//! assert_eq!(told.place.unwrap().1.length, 6);
//! ```

pub mod csv;
mod diagnostic;
mod error;
pub mod json;
mod node;
mod read;
mod suggest;
mod text;
pub mod toml;
pub mod yaml;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use error::{ReadError, Reason};
pub use node::{Content, Member, Node, pointer_step};
pub use read::{Format, read};
pub use suggest::{help, nearest, nearest_within};
pub use text::{SourceText, Span};
