//! What `labctl explain` tells of findings that are not the language's: of manifests, rosters, packs and what is rendered from them.
//! The rules of the language explain themselves, in `asl`.

mod explanation;
mod manifest;
mod others;
mod pack;
mod render;
mod roster;
#[cfg(test)]
mod tests;

pub(super) use explanation::Explanation;
