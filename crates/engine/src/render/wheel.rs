//! Wheels, as they are installed. <https://packaging.python.org/en/latest/specifications/binary-distribution-format/>

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use super::package::LARGEST_UNPACKED;

/// The files of a wheel by their paths where modules are looked for; scripts and headers are left out.
///
/// # Errors
/// What is no zip file, has a path that leads out of it, or is larger than any package may be.
pub fn unpack_wheel(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let mut files = BTreeMap::new();
    let mut left = LARGEST_UNPACKED;
    for index in 0..archive.len() {
        let file = archive.by_index(index).map_err(|error| error.to_string())?;
        if !file.is_file() {
            continue;
        }
        let path = file.enclosed_name().and_then(|path| path.to_str().map(str::to_owned));
        let Some(path) = path else { return Err("a path in it leads out of it".to_owned()) };
        let Some(path) = installed(&path) else { continue };
        let mut content = Vec::new();
        let most = u64::try_from(left).unwrap_or(u64::MAX);
        file.take(most.saturating_add(1)).read_to_end(&mut content).map_err(|error| error.to_string())?;
        left = left.checked_sub(content.len()).ok_or("it is larger than any package may be")?;
        files.insert(path, content);
    }
    Ok(files)
}

/// Where a file of a wheel goes; none for what is no module's.
fn installed(path: &str) -> Option<String> {
    let Some((first, rest)) = path.split_once('/').filter(|(first, _)| first.rsplit('.').next() == Some("data")) else {
        return Some(path.to_owned());
    };
    let (scheme, rest) = rest.split_once('/')?;
    (!first.is_empty() && matches!(scheme, "purelib" | "platlib")).then(|| rest.to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    #[test]
    fn modules_go_to_the_root_and_scripts_nowhere() {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["six.py", "a-1.data/purelib/a/b.py", "a-1.data/scripts/tool", "a-1.dist-info/METADATA"] {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(name.as_bytes()).unwrap();
        }
        let files = unpack_wheel(&zip.finish().unwrap().into_inner()).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["a-1.dist-info/METADATA", "a/b.py", "six.py"]);
        assert!(unpack_wheel(b"no zip").is_err());
    }
}
