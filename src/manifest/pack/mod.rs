//! Lab packs: `pack.toml`, scenarios and files, from inside the binary or from a folder.

mod built_in;
mod files;
mod load;
mod references;
mod shape;

pub use built_in::{eject, packs};
pub use load::load_pack;
