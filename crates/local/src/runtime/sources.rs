//! Our Python files, and that of Node.js: inside the binary, written out beside the socket when the first handler runs.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Path below the runtime's folder, and content.
const SOURCES: [(&str, &str); 12] = [
    ("zygote.py", include_str!("python/zygote.py")),
    ("confine.py", include_str!("python/confine.py")),
    ("answer.py", include_str!("python/answer.py")),
    ("temporary.py", include_str!("python/temporary.py")),
    ("worker.py", include_str!("python/worker.py")),
    ("packages/index.mjs", include_str!("node/index.mjs")),
    ("packages/boto3/__init__.py", include_str!("python/boto3/__init__.py")),
    ("packages/boto3/client.py", include_str!("python/boto3/client.py")),
    ("packages/boto3/session.py", include_str!("python/boto3/session.py")),
    ("packages/botocore/__init__.py", include_str!("python/botocore/__init__.py")),
    ("packages/botocore/config.py", include_str!("python/botocore/config.py")),
    ("packages/botocore/exceptions.py", include_str!("python/botocore/exceptions.py")),
];

/// The folder with the stand-in for boto3 and what runs Node.js functions, below the runtime's folder.
pub(super) const PACKAGES: &str = "packages";

/// Writes them all, readable for the users that root's workers run as.
///
/// # Errors
/// When the operating system refuses.
pub(super) fn write_sources(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder.join(PACKAGES))?;
    fs::set_permissions(folder.join(PACKAGES), Permissions::from_mode(0o755))?;
    for (name, text) in SOURCES {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
            // Whoever may pass can read what he knows the name of; the folder itself shows nothing.
            fs::set_permissions(parent, Permissions::from_mode(if parent == folder { 0o711 } else { 0o755 }))?;
        }
        fs::File::create(&path)?.write_all(text.as_bytes())?;
        fs::set_permissions(&path, Permissions::from_mode(0o644))?;
    }
    Ok(())
}
