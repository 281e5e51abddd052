//! What can go wrong while files are written.

use std::io;
use std::path::PathBuf;

use crate::host::cause;

/// Why `out/` could not be brought up to date. What was written before is whole; running again goes on.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A folder cannot be made or opened.
    #[error("cannot open the folder `{}`: {}", path.display(), cause(source))]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A link or a file stands where a folder is needed.
    #[error("`{}` is not a folder, and labctl follows no links inside `--out`", path.display())]
    NotAFolder {
        /// Which.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("cannot write `{}`: {}", path.display(), cause(source))]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A stale file cannot be removed.
    #[error("cannot remove `{}`, which belongs to nothing any more: {}", path.display(), cause(source))]
    Remove {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
