//! Lab packs: `pack.toml`, scenarios and files, from inside the binary or from a folder.

mod built_in;
mod checklist;
mod files;
mod load;
mod mocks;
mod reading;
mod references;
mod requirements;
mod salvage;
mod shape;
mod shorthand;
mod starter;

pub use built_in::{eject, packs};
pub use load::load_pack;
pub(super) use load::read_pack;
pub(super) use shape::published;
pub use starter::starter;
