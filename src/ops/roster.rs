//! A roster made of what a learning platform exports.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::host;
use crate::manifest::{self, Imported, Platform};

/// What is read and where the roster goes.
#[derive(Clone, Debug)]
pub(crate) struct ImportOptions {
    /// The export.
    pub(crate) file: PathBuf,
    /// The roster.
    pub(crate) output: PathBuf,
    /// Whose export it is; by its columns where nobody says.
    pub(crate) platform: Option<Platform>,
    /// Whether a roster that is there is replaced.
    pub(crate) force: bool,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self { file: PathBuf::new(), output: PathBuf::from("students.csv"), platform: None, force: false }
    }
}

/// Writes the roster; gives what the export came to.
///
/// # Errors
/// An export that is none, a roster that is there already, a system that refuses to write.
pub(crate) fn import(options: &ImportOptions) -> Result<Imported, Failure> {
    let output = &options.output;
    if same_file(&options.file, output) {
        return Err(Failure::usage(
            format!("`{}` is the export itself", output.display()),
            "choose another file with `-o FILE`",
        ));
    }
    let imported = manifest::import(&options.file, options.platform)?;
    if output.exists() && !options.force {
        return Err(Failure::usage(
            format!("`{}` exists already and is left as it is", output.display()),
            "choose another file with `-o FILE`, or replace it with `--force`",
        ));
    }
    host::write_atomic(output, imported.to_csv().as_bytes())
        .map_err(|source| Failure::file("write", output, source))?;
    Ok(imported)
}

fn same_file(one: &Path, other: &Path) -> bool {
    one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
