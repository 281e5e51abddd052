//! A function's package: its text files, and the names of the rest.

use std::io::{Cursor, Read as _};

use serde_json::{Value, json};
use zip::ZipArchive;

use super::words::bytes;
use crate::console::ask::Ask;
use crate::member::Member as _;

/// Files that are shown, the largest of them, and names of others, at the most.
const MOST: usize = 64;
const LARGEST: u64 = 256 << 10;
const MOST_OTHERS: usize = 200;

/// The files behind the location that GetFunction gave out.
pub(super) async fn of(ask: &Ask<'_>, code: &Value, handler: &str) -> Value {
    let location = code.member("Location").as_str().and_then(|location| location.split_once("://"));
    let path = location.and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| format!("/{path}"));
    let Some(package) = path.and_then(|path| ask.services.download(&path)) else { return nothing() };
    let first = handler_file(handler);
    // A package may have thousands of files.
    tokio::task::spawn_blocking(move || files(&package, &first)).await.ok().flatten().unwrap_or_else(nothing)
}

fn nothing() -> Value {
    json!({"files": [], "others": [], "left_out": null, "is_known": false})
}

/// `folder/app.handler` or `folder.app.handler` is a function of `folder/app.py`.
fn handler_file(handler: &str) -> String {
    let module = handler.rsplit_once('.').map_or(handler, |(module, _)| module);
    format!("{}.py", module.replace('.', "/"))
}

/// The files of a package: the handler's first, then what lies least deep, by name.
fn files(package: &[u8], first: &str) -> Option<Value> {
    let mut archive = ZipArchive::new(Cursor::new(package)).ok()?;
    let mut names: Vec<(usize, String, u64)> = Vec::new();
    for index in 0..archive.len() {
        let Ok(entry) = archive.by_index(index) else { continue };
        if let Some(path) = entry.enclosed_name().filter(|_| !entry.is_dir()) {
            names.push((index, path.to_string_lossy().into_owned(), entry.size()));
        }
    }
    names.sort_by_cached_key(|(_, name, _)| (name != first, name.matches('/').count(), name.clone()));
    let (mut shown, mut others) = (Vec::new(), Vec::new());
    for (index, name, size) in names {
        let text = if shown.len() < MOST { text(&mut archive, index) } else { None };
        match text {
            Some(text) => shown.push(json!({
                "at": shown.len(), "name": name, "size": bytes(size), "text": text, "is_open": name == first,
            })),
            None => others.push(json!({"name": name, "size": bytes(size)})),
        }
    }
    let left_out = others.len().checked_sub(MOST_OTHERS).filter(|more| *more > 0);
    others.truncate(MOST_OTHERS);
    Some(json!({"files": shown, "others": others, "left_out": left_out, "is_known": true}))
}

/// A file's text, if it is a text that is not too large. What comes out is counted: the size in a zip's directory may lie.
fn text(archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize) -> Option<String> {
    let mut content = Vec::new();
    archive.by_index(index).ok()?.take(LARGEST + 1).read_to_end(&mut content).ok()?;
    let fits = u64::try_from(content.len()).is_ok_and(|size| size <= LARGEST) && !content.contains(&0);
    String::from_utf8(content).ok().filter(|_| fits)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn package(files: &[(String, Vec<u8>)]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            writer.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn texts_are_shown_the_handlers_first_and_the_rest_is_named() {
        let large = vec![b'x'; usize::try_from(LARGEST).unwrap() + 1];
        let package = package(&[
            ("a.py".to_owned(), b"a = 1".to_vec()),
            ("lib/app.py".to_owned(), b"<script>".to_vec()),
            ("logo.png".to_owned(), vec![0x89, 0, 1]),
            ("large.txt".to_owned(), large),
        ]);
        let found = files(&package, &handler_file("lib/app.handler")).unwrap();
        let names = |list: &str| -> Vec<String> {
            found[list].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names("files"), ["lib/app.py", "a.py"]);
        assert_eq!(names("others"), ["large.txt", "logo.png"]);
        assert_eq!((&found["files"][0]["is_open"], &found["files"][1]["is_open"]), (&json!(true), &json!(false)));
        assert!(files(b"no zip", "app.py").is_none());
    }

    #[test]
    fn a_large_package_is_bounded() {
        let many: Vec<(String, Vec<u8>)> = (0..300).map(|at| (format!("f{at:03}.py"), b"pass".to_vec())).collect();
        let found = files(&package(&many), "app.py").unwrap();
        assert_eq!(found["files"].as_array().unwrap().len(), MOST);
        assert_eq!((found["others"].as_array().unwrap().len(), &found["left_out"]), (MOST_OTHERS, &json!(36)));
    }

    #[test]
    fn a_handler_names_its_file() {
        assert_eq!(handler_file("app.handler"), "app.py");
        assert_eq!(handler_file("lib.app.handler"), "lib/app.py");
        assert_eq!(handler_file(""), ".py");
    }
}
