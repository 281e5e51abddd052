//! A commented manifest to start from.

use std::io;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::{host, manifest};

/// What is written where.
#[derive(Clone, Debug)]
pub(crate) struct InitOptions {
    /// The folder, made when it is missing.
    pub(crate) folder: PathBuf,
    /// Whether the built-in packs are copied to `templates/`, too.
    pub(crate) eject_templates: bool,
}

impl Default for InitOptions {
    fn default() -> Self {
        Self { folder: PathBuf::from("."), eject_templates: false }
    }
}

/// Writes a manifest with its schema, for the pack that lies in the folder, if one does; gives the files that were written.
///
/// # Errors
/// A manifest or templates that are there already, a system that refuses to write.
pub(crate) fn init(options: &InitOptions) -> Result<Vec<PathBuf>, Failure> {
    let manifest = options.folder.join("lab-manifest.toml");
    let schema = options.folder.join("lab-manifest.schema.json");
    if manifest.exists() && !options.eject_templates {
        return Err(Failure::usage(
            format!("`{}` exists already and is left as it is", manifest.display()),
            "choose another folder, or add `--eject-templates` to copy the templates beside it",
        ));
    }
    let mut written = Vec::new();
    if !manifest.exists() {
        let reference = own_pack(&options.folder).unwrap_or_else(|| "step-functions".to_owned());
        let pack = manifest::load_pack(&reference, &options.folder)?;
        host::write_atomic(&manifest, manifest::template(&pack, &reference, "./lab-manifest.schema.json").as_bytes())
            .map_err(|source| Failure::file("write", &manifest, source))?;
        written.push(manifest);
        let text = serde_json::to_string_pretty(&manifest::schema()).unwrap_or_default() + "\n";
        host::write_atomic(&schema, text.as_bytes()).map_err(|source| Failure::file("write", &schema, source))?;
        written.push(schema);
    }
    if options.eject_templates {
        let templates = options.folder.join("templates");
        let ejected = manifest::eject(&templates).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => Failure::usage(
                format!(
                    "`{}` holds other templates already, and they are left as they are: {source}",
                    templates.display()
                ),
                "move them away, or choose another folder",
            ),
            _ => Failure::file("write templates to", &templates, source),
        })?;
        written.extend(ejected);
    }
    Ok(written)
}

/// The pack that lies in a folder, as a manifest there names it, if it is the only one.
fn own_pack(folder: &Path) -> Option<String> {
    let entries = std::fs::read_dir(folder).ok()?;
    let is_pack = |path: &PathBuf| path.join("pack.toml").is_file();
    let mut packs = entries.flatten().map(|entry| entry.path()).filter(is_pack);
    let (first, second) = (packs.next()?, packs.next());
    let name = first.file_name()?.to_str()?;
    second.is_none().then(|| format!("./{name}"))
}
