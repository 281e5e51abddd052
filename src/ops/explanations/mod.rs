//! Every rule that findings come from, explained, in one table: those of manifests, rosters, packs and what is rendered from them are
//! written down here, those of the language in `asl`.

mod declare;
mod manifest;
mod others;
mod pack;
mod render;
mod roster;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use table::all;
#[cfg(test)]
pub(crate) use table::of_files;
