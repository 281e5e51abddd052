//! The manifest: TOML, YAML or JSON, a roster and a lab pack become a [`Lab`](crate::model::Lab). Every mistake of one run
//! is collected with file, line, column and help; nothing here talks to AWS, asks the time or prints.

mod alone;
mod check;
mod columns;
mod content_places;
mod data;
mod document;
mod editor_schema;
#[cfg(test)]
mod examples;
mod iam;
mod import;
mod lab;
mod limits;
mod load;
mod login;
mod names;
mod overrides;
mod pack;
mod quotas;
mod record;
mod reporter;
mod roster;
mod schema;
mod settings;
mod tags;
mod target;
mod template;
#[cfg(test)]
mod test_support;
mod users;
mod watched;

pub use alone::examine_pack;
pub use data::parse_data;
pub use editor_schema::{pack_schema, schema, schema_for};
pub use import::{Imported, Listed, Participants, Platform, Skipped, import};
pub use load::{examine, load, load_whereabouts};
pub use names::{RangeError, range as names_of_range};
pub use overrides::Overrides;
pub use pack::{eject, load_pack, packs, starter};
pub use target::check as check_overrides;
pub use template::template;
pub use watched::watched;
