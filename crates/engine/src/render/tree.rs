//! Files on disk: what is new is written whole, what is ours and stale goes, and nothing else is touched.
//!
//! Every step goes through an open folder and follows no link, so that nothing outside `out` can be reached, whatever
//! somebody put inside it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::thread;

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::error::RenderError;
use super::index::{self, FOLDERS, Index};
use super::rendered::{Rendered, processors};
use super::resources::{Content, Folder};
use crate::host;
use crate::model::UserName;

/// What came of writing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files written because they were missing or different.
    pub files: usize,
    /// Files that were as they should be.
    pub unchanged: usize,
    /// Files removed because nothing asks for them any more.
    pub removed: usize,
}

impl Written {
    fn add(&mut self, other: Self) {
        self.files += other.files;
        self.unchanged += other.unchanged;
        self.removed += other.removed;
    }
}

/// Brings `out/<user>/…` of every rendered user up to date. Files that are right are not touched.
///
/// When the whole class was rendered, folders of users who have left the lab go too, as far as their index lists their files.
///
/// # Errors
/// When the system refuses, or a link stands where a folder is needed. What was written before is whole.
pub fn write(rendered: &Rendered, out: &Path) -> Result<Written, RenderError> {
    let root = open_out(out)?;
    let share = rendered.folders.len().div_ceil(processors()).max(1);
    let results: Vec<Result<Written, RenderError>> = thread::scope(|scope| {
        let root = &root;
        let workers: Vec<_> = rendered
            .folders
            .chunks(share)
            .map(|chunk| scope.spawn(move || chunk.iter().map(|folder| write_user(root, folder)).collect::<Vec<_>>()))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut written = Written::default();
    for result in results {
        written.add(result?);
    }
    if rendered.whole_class {
        written.add(remove_departed(&root, rendered)?);
    }
    Ok(written)
}

/// Saves files of a user's edits under `out/<user>/edited/<stamp>/`; paths are `folder/name` or `name`. Gives the folder.
///
/// # Errors
/// When the system refuses, a link stands where a folder is needed, or the folder is there already.
pub fn save_edits(
    out: &Path,
    user: &UserName,
    stamp: &str,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<PathBuf, RenderError> {
    let (user, _) = open_out(out)?.make(user.as_str())?;
    let (edited, _) = user.make("edited")?;
    let (folder, is_new) = edited.make(stamp)?;
    if !is_new {
        return Err(RenderError::Folder { path: folder.path, source: Errno::EXIST.into() });
    }
    for (path, bytes) in files {
        let (folder, name) = match path.split_once('/') {
            Some((inner, name)) => (folder.make(inner)?.0, name),
            None => (folder.make(".")?.0, path.as_str()),
        };
        let failed = |source| RenderError::Write { path: folder.path.join(name), source };
        folder.replace(name, bytes).map_err(failed)?;
    }
    Ok(folder.path)
}

/// The folder that everything goes to.
fn open_out(out: &Path) -> Result<Opened, RenderError> {
    let failed = |source| RenderError::Folder { path: out.to_owned(), source };
    host::create_folder(out).map_err(failed)?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let fd = rustix::fs::open(out, flags, Mode::empty()).map_err(|errno| failed(errno.into()))?;
    Ok(Opened { fd, path: out.to_owned() })
}

fn write_user(root: &Opened, folder: &Folder) -> Result<Written, RenderError> {
    let (user, is_new) = root.make(folder.user.as_str())?;
    let mut written = Written::default();
    let mut inner: Option<(&str, Opened, bool)> = None;
    // Paths are sorted, so each inner folder is opened once; the index sorts between them and comes last.
    for (path, content) in folder.files.iter().filter(|(path, _)| *path != index::FILE) {
        let Some((name, file)) = index::parts(path) else { continue };
        if inner.as_ref().is_none_or(|(open, ..)| *open != name) {
            let (opened, inner_is_new) = user.make(name)?;
            inner = Some((name, opened, inner_is_new));
        }
        if let Some((_, opened, inner_is_new)) = &inner {
            written.add(opened.put(file, content, *inner_is_new)?);
        }
    }
    if !is_new {
        written.removed += remove_stale(&user, folder)?;
    }
    if let Some(index) = folder.files.get(index::FILE) {
        written.add(user.put(index::FILE, index, is_new)?);
    }
    Ok(written)
}

/// Removes what the old index lists and the new one does not.
fn remove_stale(user: &Opened, folder: &Folder) -> Result<usize, RenderError> {
    let Some(old) = user.read(index::FILE).and_then(|bytes| Index::parse(&bytes)) else { return Ok(0) };
    let mut removed = 0;
    for path in old.files.keys().filter(|path| !folder.files.contains_key(*path)) {
        removed += user.remove_listed(path)?;
    }
    Ok(removed)
}

fn remove_departed(root: &Opened, rendered: &Rendered) -> Result<Written, RenderError> {
    let failed = |source| RenderError::Folder { path: root.path.clone(), source };
    let mut written = Written::default();
    for entry in std::fs::read_dir(&root.path).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let Some(name) = name.to_str().filter(|name| UserName::new(name).is_ok()) else { continue };
        if rendered.folders.iter().any(|folder| folder.user.as_str() == name) {
            continue;
        }
        let Ok(user) = root.open(OsStr::new(name)) else { continue };
        let Some(index) = user.read(index::FILE).and_then(|bytes| Index::parse(&bytes)) else { continue };
        if index.lab != rendered.lab.as_str() || index.user != name {
            continue;
        }
        for path in index.files.keys() {
            written.removed += user.remove_listed(path)?;
        }
        written.removed += user.remove(index::FILE)?;
        for folder in FOLDERS {
            user.remove_if_empty(folder);
        }
        root.remove_if_empty(name);
    }
    Ok(written)
}

/// An open folder and its path, the path for messages only.
struct Opened {
    fd: OwnedFd,
    path: PathBuf,
}

impl Opened {
    fn open(&self, name: &OsStr) -> Result<Self, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.fd, name, flags, Mode::empty())?;
        Ok(Self { fd, path: self.path.join(name) })
    }

    /// Opens a folder inside this one, making it first if need be; says whether it was made.
    fn make(&self, name: &str) -> Result<(Self, bool), RenderError> {
        let path = || self.path.join(name);
        let made = match rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(0o755)) {
            Ok(()) => true,
            Err(Errno::EXIST) => false,
            Err(errno) => return Err(RenderError::Folder { path: path(), source: errno.into() }),
        };
        match self.open(OsStr::new(name)) {
            Ok(opened) => Ok((opened, made)),
            Err(Errno::NOTDIR | Errno::LOOP) => Err(RenderError::NotAFolder { path: path() }),
            Err(errno) => Err(RenderError::Folder { path: path(), source: errno.into() }),
        }
    }

    /// The content of a file that is no link; nothing else is of interest.
    fn read(&self, name: &str) -> Option<Vec<u8>> {
        let mut file = self.open_file(name)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    fn open_file(&self, name: &str) -> Option<File> {
        // NONBLOCK: opening a pipe that somebody left here must not wait for a writer.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(&self.fd, name, flags, Mode::empty()).ok()?);
        file.metadata().ok()?.is_file().then_some(file)
    }

    fn holds(&self, name: &str, bytes: &[u8]) -> bool {
        let Some(mut file) = self.open_file(name) else { return false };
        let same_length = file.metadata().is_ok_and(|metadata| usize::try_from(metadata.len()) == Ok(bytes.len()));
        let mut found = Vec::with_capacity(bytes.len());
        same_length && file.read_to_end(&mut found).is_ok() && found == bytes
    }

    /// Writes a file whole, unless it holds just that already.
    fn put(&self, name: &str, content: &Content, folder_is_new: bool) -> Result<Written, RenderError> {
        let bytes = content.bytes();
        if !folder_is_new && self.holds(name, bytes) {
            return Ok(Written { unchanged: 1, ..Written::default() });
        }
        self.replace(name, bytes)
            .map(|()| Written { files: 1, ..Written::default() })
            .map_err(|source| RenderError::Write { path: self.path.join(name), source })
    }

    /// Writes beside the file and renames over it: a reader sees the old content or the new, and a link is replaced, not followed.
    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let beside = format!(".{name}.{}", std::process::id());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(0o644);
        let fd = match rustix::fs::openat(&self.fd, &beside, flags, mode) {
            Err(Errno::EXIST) => {
                // Left by a run of the same number that was killed.
                rustix::fs::unlinkat(&self.fd, &beside, AtFlags::empty())?;
                rustix::fs::openat(&self.fd, &beside, flags, mode)?
            }
            other => other?,
        };
        let mut file = File::from(fd);
        let result = file
            .write_all(bytes)
            .and_then(|()| Ok(rustix::fs::fchmod(&file, mode)?))
            .and_then(|()| Ok(rustix::fs::renameat(&self.fd, &beside, &self.fd, name)?));
        if result.is_err() {
            let _ = rustix::fs::unlinkat(&self.fd, &beside, AtFlags::empty());
        }
        result
    }

    /// Removes a file that an index lists; a forged path is left alone.
    fn remove_listed(&self, path: &str) -> Result<usize, RenderError> {
        let Some((folder, name)) = index::parts(path) else { return Ok(0) };
        let Ok(folder) = self.open(OsStr::new(folder)) else { return Ok(0) };
        folder.remove(name)
    }

    fn remove(&self, name: &str) -> Result<usize, RenderError> {
        match rustix::fs::unlinkat(&self.fd, name, AtFlags::empty()) {
            Ok(()) => Ok(1),
            Err(Errno::NOENT | Errno::ISDIR) => Ok(0),
            Err(errno) => Err(RenderError::Remove { path: self.path.join(name), source: errno.into() }),
        }
    }

    fn remove_if_empty(&self, name: &str) {
        // What is not empty holds something that is not ours.
        let _ = rustix::fs::unlinkat(&self.fd, name, AtFlags::REMOVEDIR);
    }
}
