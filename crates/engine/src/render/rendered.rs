//! The whole selection of users, rendered.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::Path;
use std::thread;

use super::package;
use super::resources::{self, Files, Folder};
use super::scope::Scope;
use super::template::Templates;
use crate::kind::Desired;
use crate::model::{Lab, LabName, Place, User, UserName};
use crate::source::{Diagnostic, Diagnostics};

/// What the chosen users shall have, with the files that say so.
pub struct Rendered {
    /// What `plan` compares with what is there.
    pub desired: Desired,
    /// Findings that stop nothing.
    pub warnings: Diagnostics,
    pub(super) lab: LabName,
    /// Whether every user of the lab is in it, so that folders of others are left over.
    pub(super) whole_class: bool,
    pub(super) folders: Vec<Folder>,
}

impl Rendered {
    /// The same without the files, once they are written or where they are not needed: for a large class they are most of it.
    #[must_use]
    pub fn without_files(self) -> Self {
        Self { folders: Vec::new(), ..self }
    }

    /// A user's package, by the path that it has or would have on disk; `None` where files were not kept.
    pub fn package(&self, user: &UserName, path: &Path) -> Option<&[u8]> {
        let folder = self.folders.iter().find(|folder| folder.user == *user)?;
        let name = path.file_name()?.to_str()?;
        Some(folder.files.get(&format!("lambda/{name}"))?.bytes())
    }
}

/// Fills in the pack's templates for some users of a lab. Writes nothing; see [`super::write`].
///
/// `places` has the account and region of each user; `out` is only named in the paths of packages.
///
/// # Errors
/// Every mistake in the templates, each at its place, each once however many users it shows for.
pub fn render(
    lab: &Lab,
    users: &[&User],
    places: &BTreeMap<UserName, Place>,
    out: &Path,
) -> Result<Rendered, Diagnostics> {
    class(lab, users, places, out, Files::Kept)
}

/// As [`render`], where no files are to be written: what the users shall have, and half the memory.
///
/// # Errors
/// As [`render`].
pub fn desired(
    lab: &Lab,
    users: &[&User],
    places: &BTreeMap<UserName, Place>,
    out: &Path,
) -> Result<Rendered, Diagnostics> {
    class(lab, users, places, out, Files::Left)
}

fn class(
    lab: &Lab,
    users: &[&User],
    places: &BTreeMap<UserName, Place>,
    out: &Path,
    files: Files,
) -> Result<Rendered, Diagnostics> {
    let templates = Templates::compile(&lab.pack)?;
    let packages = package::build(&templates).map_err(Diagnostics)?;
    let results = each_user(users, |user| {
        let scope = scope(&templates, lab, user, places)?;
        resources::build(&templates, &packages, &scope, out, files)
    });
    let mut rendered = Rendered {
        desired: Desired { users: Vec::with_capacity(users.len()) },
        warnings: Diagnostics::default(),
        lab: lab.name.clone(),
        whole_class: lab.users.iter().all(|user| users.iter().any(|chosen| chosen.name == user.name)),
        folders: Vec::with_capacity(users.len()),
    };
    let mut findings = Diagnostics::default();
    for result in results {
        match result {
            Ok(made) => {
                rendered.desired.users.push(made.desired);
                if files == Files::Kept {
                    rendered.folders.push(made.folder);
                }
                rendered.warnings.extend(made.warnings);
            }
            Err(mistakes) => findings.extend(mistakes),
        }
    }
    rendered.warnings = once(rendered.warnings);
    if findings.0.is_empty() { Ok(rendered) } else { Err(once(findings)) }
}

fn scope<'run>(
    templates: &'run Templates<'_>,
    lab: &'run Lab,
    user: &'run User,
    places: &'run BTreeMap<UserName, Place>,
) -> Result<Scope<'run>, Vec<Diagnostic>> {
    let place = places.get(&user.name).ok_or_else(|| {
        vec![Diagnostic::error("render::no-place", format!("the account of user `{}` is not known", user.name))]
    })?;
    Scope::new(templates, lab, user, place)
}

/// Does some work for every user on all processors; results come in the order of the users.
pub(super) fn each_user<'u, T: Send>(users: &[&'u User], work: impl Fn(&'u User) -> T + Sync) -> Vec<T> {
    let share = users.len().div_ceil(processors()).max(1);
    thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> = users
            .chunks(share)
            .map(|chunk| scope.spawn(move || chunk.iter().map(|user| work(user)).collect::<Vec<_>>()))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

pub(super) fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Codes of which several findings may stand at one place: a policy lacks what several states need.
const SEVERAL: [&str; 1] = ["render::permission"];

/// Leaves one of findings that stand at the same place with the same code.
pub(super) fn once(findings: Diagnostics) -> Diagnostics {
    let mut kept: Vec<Diagnostic> = Vec::new();
    for finding in findings.0 {
        let same = |known: &Diagnostic| match (&known.place, &finding.place) {
            (Some((source, span)), Some((other_source, other_span))) => {
                let alike = !SEVERAL.contains(&known.code) || known.message == finding.message;
                known.code == finding.code && alike && span == other_span && source.path == other_source.path
            }
            (None, None) => known.code == finding.code && known.message == finding.message,
            _ => false,
        };
        if !kept.iter().any(same) {
            kept.push(finding);
        }
    }
    Diagnostics(kept)
}
