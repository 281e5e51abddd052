//! Two packages, compared file by file.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};

use serde::Serialize;
use similar::TextDiff;
use zip::ZipArchive;

/// What is read of one file at most, and of how many: a package is a student's, and may unfold into anything.
const LONGEST: u64 = 1 << 20;
const MOST: usize = 500;

/// One file that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CodeChange {
    /// Its path in the package.
    pub file: String,
    /// The lines that differ, with three around them, as `diff -u` prints them; what happened in words where it is no text.
    pub diff: String,
}

/// The files that differ from one package to another. What is no package has no files.
pub fn code_changes(from: &[u8], to: &[u8]) -> Vec<CodeChange> {
    let (from, to) = (files(from), files(to));
    let names: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let changed = names.into_iter().filter(|name| from.get(*name) != to.get(*name));
    let reported =
        changed.map(|name| CodeChange { file: name.clone(), diff: reported(name, from.get(name), to.get(name)) });
    reported.collect()
}

fn reported(name: &str, from: Option<&Vec<u8>>, to: Option<&Vec<u8>>) -> String {
    let text =
        |bytes: Option<&Vec<u8>>| bytes.map_or(Some(String::new()), |bytes| String::from_utf8(bytes.clone()).ok());
    match (text(from), text(to)) {
        (Some(before), Some(after)) => {
            let side =
                |letter: &str, there: bool| if there { format!("{letter}/{name}") } else { "/dev/null".to_owned() };
            let (old, new) = (side("a", from.is_some()), side("b", to.is_some()));
            TextDiff::from_lines(&before, &after).unified_diff().context_radius(3).header(&old, &new).to_string()
        }
        _ => match (from, to) {
            (None, _) => "added, no text\n".to_owned(),
            (_, None) => "removed, no text\n".to_owned(),
            _ => "changed, no text\n".to_owned(),
        },
    }
}

fn files(package: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let Ok(mut archive) = ZipArchive::new(Cursor::new(package)) else { return files };
    for index in 0..archive.len().min(MOST) {
        let Ok(file) = archive.by_index(index) else { continue };
        if !file.is_file() {
            continue;
        }
        let Ok(name) = file.name().map(std::borrow::Cow::into_owned) else { continue };
        let mut bytes = Vec::new();
        if file.take(LONGEST).read_to_end(&mut bytes).is_ok() {
            files.insert(name, bytes);
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn package(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn lines_that_differ_are_told_and_what_is_alike_is_not() {
        let from =
            package(&[("main.py", b"a = 1\nb = 2\n"), ("same.py", b"x\n"), ("old.py", b"gone\n"), ("logo", b"\xff1")]);
        let to =
            package(&[("main.py", b"a = 1\nb = 3\n"), ("same.py", b"x\n"), ("new.py", b"came\n"), ("logo", b"\xff2")]);
        let reported: BTreeMap<String, String> =
            code_changes(&from, &to).into_iter().map(|change| (change.file, change.diff)).collect();
        assert_eq!(reported.keys().collect::<Vec<_>>(), ["logo", "main.py", "new.py", "old.py"]);
        assert_eq!(reported["main.py"], "--- a/main.py\n+++ b/main.py\n@@ -1,2 +1,2 @@\n a = 1\n-b = 2\n+b = 3\n");
        assert!(
            reported["new.py"].starts_with("--- /dev/null\n+++ b/new.py\n") && reported["new.py"].contains("+came")
        );
        assert!(reported["old.py"].contains("+++ /dev/null\n") && reported["logo"] == "changed, no text\n");
        assert_eq!(code_changes(b"no zip", b""), Vec::new());
    }
}
