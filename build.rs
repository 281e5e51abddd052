//! Puts the commit and its date beside the version of a release build.

#![expect(clippy::disallowed_methods, reason = "cargo tells a build script in its environment")]

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=LABCTL_VERSION={}{}", env!("CARGO_PKG_VERSION"), built_from().unwrap_or_default());
}

/// ` (0123456789 2026-11-29)`: of the checkout that this package is the root of, or of the published package.
///
/// A debug build has none: it would be compiled again after each commit.
fn built_from() -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if std::env::var("PROFILE").ok()? != "release" {
        return None;
    }
    let published = root.join(".cargo_vcs_info.json");
    if let Ok(text) = std::fs::read_to_string(&published) {
        let at = text.find("\"sha1\"")? + "\"sha1\"".len();
        let commit: String = text.get(at..)?.chars().skip_while(|c| !c.is_ascii_hexdigit()).take(10).collect();
        return Some(format!(" ({commit})"));
    }
    // A copy inside somebody else's checkout must not take that one's commit for its own.
    if Path::new(&git(root, &["rev-parse", "--show-toplevel"])?).canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    for name in ["HEAD", "logs/HEAD"] {
        let path = git(root, &["rev-parse", "--git-path", name])?;
        println!("cargo::rerun-if-changed={path}");
    }
    let changed = !git(root, &["status", "--porcelain", "--untracked-files=no"])?.is_empty();
    let commit = git(root, &["log", "-1", "--abbrev=10", "--format=%h"])?;
    let date = git(root, &["log", "-1", "--format=%cs"])?;
    Some(if changed { format!(" ({commit}, changed, {date})") } else { format!(" ({commit} {date})") })
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
