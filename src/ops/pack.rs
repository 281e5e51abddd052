//! Packs without a class: a new one, and the check of one.

use std::path::PathBuf;

use super::context::Context;
use super::failure::Failure;
use super::validate::{Validated, counted, examine_lab, note_unread};
use crate::model::LabName;
use crate::{host, manifest};

/// A pack that was written.
#[derive(Clone, Debug)]
pub(crate) struct NewPack {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Its files.
    pub(crate) written: Vec<PathBuf>,
}

/// Checks a pack for made-up users, in each IAM mode and with every switch on and off.
///
/// # Errors
/// Every mistake of the pack, as `validate` tells it.
pub(crate) fn check(context: &Context, reference: &str) -> Result<Validated, Failure> {
    let (lab, found) = manifest::examine_pack(reference);
    let Some(lab) = lab else { return Err(Failure::Diagnostics(found)) };
    let (found, read) = examine_lab(&lab, found);
    note_unread(context, read);
    if found.has_errors() { Err(Failure::Diagnostics(found)) } else { Ok(counted(&lab, found)) }
}

/// A name most like this one that a pack may have.
fn as_name(text: &str) -> String {
    let lower = text.to_lowercase();
    let parts = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let joined = parts.collect::<Vec<_>>().join("-");
    let named = if joined.starts_with(|c: char| c.is_ascii_digit()) { format!("pack-{joined}") } else { joined };
    if LabName::new(&named).is_ok() { named } else { "image-processing".to_owned() }
}

/// Writes a small pack that works into a new folder.
///
/// # Errors
/// A name that is none, something that is called so already, a system that refuses to write.
pub(crate) fn new(name: &str) -> Result<NewPack, Failure> {
    let pack = LabName::new(name).map_err(|error| {
        let help = format!("write it as `{}`", as_name(name));
        Failure::usage(format!("pack name `{}` {error}", name.escape_debug()), &help)
    })?;
    if manifest::packs().iter().any(|known| known == pack.as_str()) {
        let message =
            format!("`{pack}` is a pack that labctl brings along, and a folder of that name would stand in its place");
        let help =
            "choose another name; `labctl init --eject-templates` writes the packs it brings along into a folder";
        return Err(Failure::usage(message, help));
    }
    let folder = PathBuf::from(pack.as_str());
    if folder.symlink_metadata().is_ok() {
        let message = format!("`{}` exists already and is left as it is", folder.display());
        return Err(Failure::usage(message, "choose another name, or look at it with `labctl pack check`"));
    }
    let mut written = Vec::new();
    for (path, bytes) in manifest::starter(&pack) {
        let path = folder.join(path);
        host::write_atomic(&path, &bytes).map_err(|source| Failure::file("write", &path, source))?;
        written.push(path);
    }
    Ok(NewPack { folder, written })
}
