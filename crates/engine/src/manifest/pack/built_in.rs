use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rust_embed::RustEmbed;

use crate::host;

/// The packs inside the binary, as they stand in `templates/`.
#[derive(RustEmbed)]
#[folder = "../../templates/"]
#[exclude = "*.pyc"]
#[exclude = "*/.*"]
struct BuiltIn;

/// The names of the built-in packs, sorted.
pub fn packs() -> Vec<String> {
    let names: BTreeSet<String> = BuiltIn::iter()
        .filter_map(|path| path.strip_suffix("/pack.toml").map(str::to_owned))
        .filter(|name| !name.contains('/'))
        .collect();
    names.into_iter().collect()
}

/// The files of a built-in pack by path inside it; none when there is no such pack.
pub(super) fn files(name: &str) -> BTreeMap<String, Arc<[u8]>> {
    let prefix = format!("{name}/");
    BuiltIn::iter()
        .filter_map(|path| {
            let inner = path.strip_prefix(&prefix)?.to_owned();
            let file = BuiltIn::get(&path)?;
            Some((inner, Arc::from(file.data.as_ref())))
        })
        .collect()
}

/// Writes the built-in packs into a folder (`templates/` beside the manifest), so that they can be edited, and says which
/// files it wrote. A file that is there already with the same content is left as it is.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`], naming the file, when one is there with other content: then nothing is written.
/// Otherwise what the operating system says, with the path.
pub fn eject(into: &Path) -> io::Result<Vec<PathBuf>> {
    let mut missing = Vec::new();
    for name in packs() {
        for (inner, bytes) in files(&name) {
            let path = into.join(&name).join(inner);
            match host::read(&path, host::LARGEST_TEXT) {
                Ok(there) if *there == *bytes => {}
                Ok(_) => {
                    let message = format!("`{}` is there already with other content", path.display());
                    return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => missing.push((path, bytes)),
                Err(error) => return Err(named(&path, &error)),
            }
        }
    }
    for (path, bytes) in &missing {
        write_new(path, bytes).map_err(|error| named(path, &error))?;
    }
    Ok(missing.into_iter().map(|(path, _)| path).collect())
}

/// Writes a file whole or not at all, and never over another.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(".labctl-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_functions_pack_is_inside() {
        assert!(packs().contains(&"step-functions".to_owned()));
        assert!(files("step-functions").contains_key("pack.toml"));
        assert!(files("no-such-pack").is_empty());
    }

    #[test]
    fn ejecting_twice_writes_once_and_an_edited_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let written = eject(folder.path()).unwrap();
        assert!(written.contains(&folder.path().join("step-functions/pack.toml")));
        assert_eq!(eject(folder.path()).unwrap(), Vec::<PathBuf>::new());

        let edited = folder.path().join("step-functions/pack.toml");
        std::fs::remove_file(&edited).unwrap();
        std::fs::File::create(&edited).unwrap().write_all(b"mine").unwrap();
        let error = eject(folder.path()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert!(error.to_string().contains("pack.toml"), "{error}");
        assert_eq!(std::fs::read(&edited).unwrap(), b"mine");
    }
}
