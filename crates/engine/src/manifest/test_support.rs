//! What tests of several files of this room need.

use std::path::Path;
use std::sync::Once;

/// A path below the root of the repository, as messages show it there: cargo runs the tests of a package in the package's folder.
pub(in crate::manifest) fn at_root(path: &str) -> &Path {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).unwrap());
    Path::new(path)
}
