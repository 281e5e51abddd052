//! Our Python files: inside the binary, written out beside the socket when the first handler runs.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// Path below the runtime's folder, and content.
const SOURCES: [(&str, &str); 8] = [
    ("zygote.py", include_str!("python/zygote.py")),
    ("worker.py", include_str!("python/worker.py")),
    ("packages/boto3/__init__.py", include_str!("python/boto3/__init__.py")),
    ("packages/boto3/client.py", include_str!("python/boto3/client.py")),
    ("packages/boto3/session.py", include_str!("python/boto3/session.py")),
    ("packages/botocore/__init__.py", include_str!("python/botocore/__init__.py")),
    ("packages/botocore/config.py", include_str!("python/botocore/config.py")),
    ("packages/botocore/exceptions.py", include_str!("python/botocore/exceptions.py")),
];

/// The folder with the stand-in for boto3, below the runtime's folder.
pub(super) const PACKAGES: &str = "packages";

/// Writes them all.
///
/// # Errors
/// When the operating system refuses.
pub(super) fn write_sources(folder: &Path) -> io::Result<()> {
    for (name, text) in SOURCES {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::File::create(path)?.write_all(text.as_bytes())?;
    }
    Ok(())
}
