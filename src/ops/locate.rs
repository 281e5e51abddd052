//! Where the manifest is and where results go, wherever the user stands in a class's folder.

use std::path::{Path, PathBuf};

use crate::host;

/// Names a manifest is looked for under, the first that is there before the others.
const NAMES: [&str; 4] = ["lab-manifest.toml", "lab-manifest.yaml", "lab-manifest.yml", "lab-manifest.json"];

/// Folders above the current one that are looked into; paths on Linux are shorter than that.
const HIGHEST: usize = 256;

/// The manifest of the user's folder or the nearest above; one that is still to be written stands in the user's folder.
pub(crate) fn manifest() -> PathBuf {
    let written = host::env("PWD").map(PathBuf::from);
    find(Path::new(""), written.as_deref()).unwrap_or_else(|| PathBuf::from(NAMES[0]))
}

/// What there is to say of a manifest that was looked for: that it is another folder's, or that others beside it are not read.
pub(crate) fn doubt(manifest: &Path) -> Option<String> {
    let folder = manifest.parent().unwrap_or_else(|| Path::new(""));
    let others = NAMES.iter().map(|name| folder.join(name)).filter(|other| other != manifest && other.is_file());
    let others: Vec<String> = others.map(|other| format!("`{}`", other.display())).collect();
    let beside = match others.as_slice() {
        [] => String::new(),
        others => format!("; {} beside it is not read, and `--manifest FILE` names another", others.join(" or ")),
    };
    let is_elsewhere = !folder.as_os_str().is_empty();
    let is_there = manifest.symlink_metadata().is_ok();
    (is_there && (is_elsewhere || !beside.is_empty())).then(|| format!("manifest: `{}`{beside}", manifest.display()))
}

/// `out` in the manifest's folder, as the user would name it from where he stands.
pub(crate) fn beside(manifest: &Path) -> PathBuf {
    manifest.parent().unwrap_or_else(|| Path::new("")).join("out")
}

/// The manifest in `here` or the nearest folder above. `..` is the parent that the file system knows; a shell that has entered a
/// folder through a link knows another one, which is asked second.
fn find(here: &Path, written: Option<&Path>) -> Option<PathBuf> {
    let mut folder = here.to_owned();
    for _ in 0..HIGHEST {
        if let Some(manifest) = manifest_in(&folder) {
            return Some(manifest);
        }
        if is_root(&folder) {
            break;
        }
        folder.push("..");
    }
    let written = written.filter(|written| written.is_absolute() && is_same(written, here))?;
    written.ancestors().find_map(manifest_in)
}

fn manifest_in(folder: &Path) -> Option<PathBuf> {
    // Anything by that name is meant, a folder or a pipe too: what is wrong with it is reported when it is read.
    NAMES.iter().map(|name| folder.join(name)).find(|path| path.symlink_metadata().is_ok())
}

fn is_root(folder: &Path) -> bool {
    is_same(&folder.join(".."), folder)
}

fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.join(".").canonicalize().ok();
    real(one).is_some_and(|one| Some(one) == real(other))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests lay files as they need them")]
mod tests {
    use std::fs;

    use super::*;

    /// `class/lab-manifest.toml`, `class/week/day`, `other/lab-manifest.yaml`, and links into both.
    fn folders() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("class/week/day")).unwrap();
        fs::create_dir_all(root.path().join("other/deep")).unwrap();
        fs::write(root.path().join("class/lab-manifest.toml"), "").unwrap();
        fs::write(root.path().join("other/lab-manifest.yaml"), "").unwrap();
        std::os::unix::fs::symlink(root.path().join("class/week"), root.path().join("link")).unwrap();
        root
    }

    #[test]
    fn the_nearest_folder_above_has_the_manifest() {
        let root = folders();
        let find = |name: &str| find(&root.path().join(name), None);
        assert_eq!(find("class"), Some(root.path().join("class/lab-manifest.toml")));
        assert_eq!(find("class/week/day"), Some(root.path().join("class/week/day/../../lab-manifest.toml")));
        assert_eq!(find("other/deep"), Some(root.path().join("other/deep/../lab-manifest.yaml")));
        assert_eq!(find("link"), Some(root.path().join("link/../lab-manifest.toml")), "the folder's own parent");
        fs::write(root.path().join("class/week/lab-manifest.json"), "").unwrap();
        assert_eq!(find("class/week/day"), Some(root.path().join("class/week/day/../lab-manifest.json")), "nearer");
        fs::write(root.path().join("class/week/lab-manifest.toml"), "").unwrap();
        assert_eq!(find("class/week"), Some(root.path().join("class/week/lab-manifest.toml")), "TOML before JSON");
    }

    #[test]
    fn a_folder_entered_through_a_link_has_two_parents() {
        let root = folders();
        let elsewhere = root.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        let link = root.path().join("class/exercise");
        std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
        assert_eq!(find(&elsewhere, Some(&link)), Some(root.path().join("class/lab-manifest.toml")));
        assert_eq!(find(&elsewhere, Some(&root.path().join("class"))), None, "a stale variable says nothing");
    }

    #[test]
    fn a_manifest_that_nobody_named_is_said_where_that_is_not_plain() {
        let root = folders();
        let class = root.path().join("class/lab-manifest.toml");
        assert_eq!(doubt(&class).unwrap(), format!("manifest: `{}`", class.display()));
        assert_eq!(doubt(&root.path().join("class/gone/lab-manifest.toml")), None);
        assert_eq!(doubt(Path::new("lab-manifest.yaml")), None, "to be written here");
        fs::write(root.path().join("class/lab-manifest.yaml"), "").unwrap();
        let said = doubt(&class).unwrap();
        assert!(said.contains("lab-manifest.yaml` beside it is not read") && !said.contains("json"), "{said}");
    }

    #[test]
    fn results_go_beside_the_manifest() {
        assert_eq!(beside(Path::new("lab-manifest.toml")), Path::new("out"));
        assert_eq!(beside(Path::new("../../lab-manifest.toml")), Path::new("../../out"));
        assert_eq!(beside(Path::new("groups/b.toml")), Path::new("groups/out"));
        assert_eq!(beside(Path::new("/class/b.toml")), Path::new("/class/out"));
    }
}
