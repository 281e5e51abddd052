use std::borrow::Cow;
use std::path::PathBuf;

use rust_embed::RustEmbed;

use crate::model::LabName;

/// The pack that `labctl pack new` writes, under the name that is replaced.
#[derive(RustEmbed)]
#[folder = "src/manifest/pack/starter/"]
struct Starter;

const NAME: &str = "my-pack";

/// The files of a new pack by path inside its folder.
pub fn starter(name: &LabName) -> Vec<(PathBuf, Vec<u8>)> {
    let files = Starter::iter().filter_map(|path| {
        let bytes = Starter::get(&path)?.data;
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => Cow::from(text.replace(NAME, name.as_str()).into_bytes()),
            Err(_) => bytes,
        };
        Some((PathBuf::from(path.as_ref()), text.into_owned()))
    });
    files.collect()
}
