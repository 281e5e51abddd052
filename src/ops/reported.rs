//! Which warnings of a pack were reported, so that each is reported once for as long as the pack stays as it is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::context::Context;
use crate::host;
use crate::model::Lab;
use crate::source::{Diagnostic, Diagnostics, Severity};

/// The file below `out/` that remembers them; without it they are reported again.
const FILE: &str = "warnings-told";

/// Reports those warnings of a pack that no command reported since the pack was changed. `validate` always reports all.
pub(crate) fn warn_once(context: &Context, lab: &Lab, found: &Diagnostics) {
    if context.settings.quiet {
        return;
    }
    let marked = marked(lab, found);
    if marked.is_empty() {
        return;
    }
    let before = reported_before(&path(context));
    let fresh: Vec<Diagnostic> =
        marked.iter().filter(|(mark, _)| !before.contains(mark)).map(|(_, finding)| (*finding).clone()).collect();
    if fresh.is_empty() {
        return;
    }
    context.warn(&Diagnostics(fresh));
    remember(context, lab, found);
}

/// Writes down that these warnings were reported. A command that makes nothing below `out/` leaves no file there.
pub(crate) fn remember(context: &Context, lab: &Lab, found: &Diagnostics) {
    let marked = marked(lab, found);
    if context.settings.quiet || marked.is_empty() || !context.settings.out.is_dir() {
        return;
    }
    let path = path(context);
    let mut marks = reported_before(&path);
    marks.extend(marked.into_iter().map(|(mark, _)| mark));
    let lines: Vec<&str> = marks.iter().map(String::as_str).rev().take(MOST).collect();
    let _ = host::write_atomic(&path, (lines.join("\n") + "\n").as_bytes());
}

fn path(context: &Context) -> PathBuf {
    context.settings.out.join(FILE)
}

fn reported_before(path: &Path) -> BTreeSet<String> {
    host::read(path, host::LARGEST_TEXT).map(|text| lines_of(&text)).unwrap_or_default()
}

fn marked<'a>(lab: &Lab, found: &'a Diagnostics) -> Vec<(String, &'a Diagnostic)> {
    let warnings = found.0.iter().filter(|finding| finding.severity == Severity::Warning);
    let pack = digest_of(lab);
    warnings.map(|finding| (mark(&pack, finding), finding)).collect()
}

/// The marks of a file; lines that are no marks are passed over.
fn lines_of(text: &[u8]) -> BTreeSet<String> {
    let is_mark = |line: &&str| line.len() == 16 && line.bytes().all(|byte| byte.is_ascii_hexdigit());
    String::from_utf8_lossy(text).lines().filter(is_mark).map(str::to_owned).collect()
}

/// More are not remembered.
const MOST: usize = 1_000;

fn digest_of(lab: &Lab) -> Sha256 {
    let mut digest = Sha256::new();
    for (path, bytes) in &lab.pack.files {
        digest.update(path.as_bytes());
        digest.update(bytes.len().to_le_bytes());
        digest.update(bytes);
    }
    digest
}

/// A warning of a pack as it is.
fn mark(pack: &Sha256, finding: &Diagnostic) -> String {
    let mut digest = pack.clone();
    digest.update(finding.code);
    digest.update(&finding.message);
    if let Some((source, span)) = &finding.place {
        digest.update(source.path.as_os_str().as_encoded_bytes());
        digest.update(span.offset.to_le_bytes());
    }
    let start = digest.finalize().iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{start:016x}")
}
