//! Requirements files of functions: each is pinned and has its hashes.

use std::collections::BTreeSet;

use super::reading::text;
use crate::model::{Pack, requirements};
use crate::source::{Diagnostic, Diagnostics};

/// Tells every requirement that pip would have to choose, and all that is none.
pub(super) fn check(pack: &Pack, findings: &mut Diagnostics) {
    let files: BTreeSet<&String> =
        pack.functions.iter().filter_map(|function| function.requirements.as_ref()).collect();
    for file in files {
        let Some(source) = text(pack, file, findings) else { continue };
        for read in requirements::parse(&source.text) {
            let (at, message, help) = match read {
                Err(at) => {
                    let message = format!("`{}` is no requirement of a project by its name", at.of(&source.text));
                    (
                        at,
                        message,
                        "write `name==version --hash=sha256:…`; pip's options go into its environment, such as PIP_INDEX_URL",
                    )
                }
                Ok(one) if !one.is_pinned => {
                    (one.at, format!("`{}` is not pinned to one version", one.name), "write `name==version`")
                }
                Ok(one) if one.no_hash.is_some() => {
                    let hash = one.no_hash.unwrap_or_default();
                    (
                        one.at,
                        format!("`{hash}` of `{}` is no SHA-256 hash", one.name),
                        "it is `sha256:` and 64 hexadecimal digits, as `uv pip compile --generate-hashes` writes it",
                    )
                }
                Ok(one) if one.hashes.is_empty() => {
                    let message = format!("`{}` has no hash", one.name);
                    (
                        one.at,
                        message,
                        "`pip-compile --generate-hashes` or `uv pip compile --generate-hashes` writes them",
                    )
                }
                Ok(_) => continue,
            };
            findings.push(Diagnostic::error("pack::requirement", message).at(&source, at).help(help));
        }
    }
}
