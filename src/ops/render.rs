//! Each user's definitions, policies, dashboards and packages, written under `out/`.

use super::context::Context;
use super::failure::Failure;
use super::rendering::{offline_places, prove};
use super::selection::Selection;
use super::{load, reported, wheels};
use crate::model::User;
use crate::render;

/// Whose files are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct RenderOptions {
    /// For whom; rendering costs nothing, so that it is for everybody without a choice.
    pub(crate) selection: Selection,
}

/// What was written.
#[derive(Clone, Debug)]
pub(crate) struct RenderResult {
    /// For whom.
    pub(crate) users: Vec<String>,
    /// Files that are new or changed.
    pub(crate) written: usize,
    /// Files that were there already.
    pub(crate) unchanged: usize,
    /// Files that belong to nothing any more.
    pub(crate) removed: usize,
    /// Whether somebody's account is not in the manifest, so that twelve zeros stand for it in ARNs.
    pub(crate) lacks_account: bool,
}

/// Renders, checks and writes the labs of the chosen users. Nobody is asked for an account.
///
/// # Errors
/// Mistakes of manifest, pack and templates; a system that refuses to write.
pub(crate) fn render(context: &Context, options: &RenderOptions) -> Result<RenderResult, Failure> {
    let lab = load::lab(context)?;
    let mut chosen = options.selection.clone();
    chosen.all |= chosen.users.is_empty() && chosen.groups.is_empty() && !chosen.only_failed;
    let users = chosen.choose(&lab, &context.settings.journal_path())?;
    context.target_report.written(users.iter().map(|user| &user.target));
    let users: Vec<&User> = users.iter().collect();
    let out = &context.settings.out;
    let places = offline_places(&lab);
    let warnings = prove(context, &lab, &users, &places)?;
    let whole = wheels::with(&lab)?;
    let rendered = render::render(&whole, &users, &places, out)?;
    let written = render::write(&rendered, out)?;
    // The first time there was no folder to remember them in.
    reported::remember(context, &lab, &warnings);
    Ok(RenderResult {
        users: users.iter().map(|user| user.name.to_string()).collect(),
        written: written.files,
        unchanged: written.unchanged,
        removed: written.removed,
        lacks_account: users.iter().any(|user| user.target.account_id.is_none()),
    })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests lay files as they need them")]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Write as _;
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::manifest::{self, Overrides};

    /// Every file that a class gets, and every resource with its tags.
    fn made(folder: &Path, settings: &str) -> (BTreeMap<String, Vec<u8>>, String) {
        let manifest = folder.join("lab-manifest.toml");
        let text = format!(
            "[lab]\npack = \"step-functions\"\nname = \"lab6\"\n{settings}\n[[users]]\nname = \"ann\"\n[[users]]\nname = \"ben\"\n"
        );
        fs::write(&manifest, text).unwrap();
        let (lab, _) = manifest::load(&manifest, &Overrides::default()).unwrap();
        let users: Vec<&User> = lab.users.iter().collect();
        let rendered = render::render(&lab, &users, &offline_places(&lab), Path::new("out")).unwrap();
        let out = tempfile::tempdir().unwrap();
        render::write(&rendered, out.path()).unwrap();
        let mut resources = String::new();
        for resource in rendered.desired.users.iter().flat_map(|user| &user.resources) {
            writeln!(resources, "{} {:?} {}", resource.key, resource.tags, resource.body.canonical()).unwrap();
        }
        let mut files = BTreeMap::new();
        collect(out.path(), "", &mut files);
        (files, resources)
    }

    fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                collect(&entry.path(), &format!("{name}/"), files);
            } else {
                files.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }

    #[test]
    fn the_shipped_pack_renders_the_same_bytes_as_written_out() {
        let (short, long) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        manifest::eject(&long.path().join("templates")).unwrap();
        let written = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/written-out/pack.toml");
        fs::copy(written, long.path().join("templates/step-functions/pack.toml")).unwrap();
        for mode in ["least-privilege", "as-written"] {
            for exercise in [false, true] {
                let settings = format!("[iam]\nmode = \"{mode}\"\n[settings]\nsqs_exercise = {exercise}");
                let (files, resources) = made(short.path(), &settings);
                let (other_files, other_resources) = made(long.path(), &settings);
                assert!(files.len() >= 30 && resources.lines().count() > 40, "{} {resources}", files.len());
                assert_eq!(resources, other_resources, "{settings}");
                assert_eq!(files.keys().collect::<Vec<_>>(), other_files.keys().collect::<Vec<_>>(), "{settings}");
                let unlike: Vec<_> = files.iter().filter(|(name, bytes)| other_files[*name] != **bytes).collect();
                assert!(unlike.is_empty(), "{settings}: {:?}", unlike.iter().map(|(name, _)| name).collect::<Vec<_>>());
            }
        }
    }
}
