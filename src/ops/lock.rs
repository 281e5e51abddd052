//! Which command changes which users' labs: a second one that would change the same labs is refused with the first one's name.
//!
//! A command that changes labs has a file in `out/locks/` that says which, and holds it locked. The operating system frees the lock when
//! the process ends, however that happens, so that a file nobody holds is a leftover and counts for nothing. The folder itself is
//! locked for as long as it is looked through. This speaks for one machine and one `--out` folder; elsewhere ownership and what is
//! read before each change keep two commands from harm.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::context::Context;
use super::failure::Failure;
use crate::host;

/// The hold on some users' labs; let go when dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Left behind, it is a file that nobody holds.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Who holds what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Holder {
    pid: u32,
    host: String,
    command: String,
    /// `2026-12-01 09:00:00 UTC`
    since: String,
    /// Users by endpoint, account and lab. Regions do not tell labs apart: roles and dashboards are the account's.
    users: BTreeMap<String, BTreeSet<String>>,
}

/// Takes the labs of these users, named by realm, for as long as the lock lives. Where the file system knows no locks, that is said and
/// nothing is held.
///
/// # Errors
/// When another command holds one of them, with who that is; when the folder cannot be made.
pub(crate) fn take(context: &Context, held: BTreeMap<String, BTreeSet<String>>) -> Result<Option<Lock>, Failure> {
    let now = jiff::Timestamp::from_millisecond(host::now_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let own = Holder {
        pid: std::process::id(),
        host: host::machine_name(),
        command: host::command_line(),
        since: now.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        users: held,
    };
    let folder = context.settings.out.join("locks");
    match hold(&folder, &own) {
        Ok(Ok(lock)) => Ok(Some(lock)),
        Ok(Err(other)) => Err(refused(&own, &other)),
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            context.audience.note(&format!(
                "cannot lock `{}`: {}; a second labctl on the same users would not be noticed",
                folder.display(),
                host::cause(&error)
            ));
            Ok(None)
        }
        Err(error) => Err(Failure::file("lock", &folder, error)),
    }
}

/// Says which commands are at work at the embedded endpoint, for who waits until it is free.
pub(crate) fn note_who_is_local(context: &Context) {
    let folder = context.settings.out.join("locks");
    let holders = Door::open(&folder).and_then(|door| door.holders()).unwrap_or_default();
    let local = holders.iter().filter(|holder| holder.users.keys().any(|realm| realm.starts_with(LOCAL)));
    let who: Vec<String> = local.map(Holder::described).collect();
    let who = if who.is_empty() { "another command".to_owned() } else { who.join(", ") };
    context.audience.note(&format!("waiting for the local endpoint, which is in use by {who}"));
}

/// How the realms of the embedded endpoint begin, whatever its port.
pub(crate) const LOCAL: &str = "local ";

fn refused(own: &Holder, other: &Holder) -> Failure {
    let both: Vec<&String> = own.common(other).collect();
    let whose = match both.as_slice() {
        [] => "a lab".to_owned(),
        [user] => format!("the lab of `{user}`"),
        [user, more @ ..] => format!("the labs of `{user}` and {} more", more.len()),
    };
    Failure::other(
        format!("the command {} is at work on {whose}; nothing was touched", other.described()),
        "wait for its end, or choose other users with `--user`",
    )
}

impl Holder {
    /// `labctl deploy --all` (process 4711 on `desk`, since …)
    fn described(&self) -> String {
        let Self { pid, host, command, since, .. } = self;
        format!("`{command}` (process {pid} on `{host}`, since {since})")
    }

    /// Users whom both hold.
    fn common<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a String> {
        self.users.iter().flat_map(|(realm, users)| {
            let others = other.users.get(realm);
            users.iter().filter(move |user| others.is_some_and(|others| others.contains(*user)))
        })
    }
}

/// The folder, looked through by one process at a time: a file in it is never seen between its making and its locking.
struct Door<'a> {
    folder: &'a Path,
    _locked: File,
}

impl<'a> Door<'a> {
    fn open(folder: &'a Path) -> io::Result<Self> {
        let file = File::open(folder)?;
        flock(&file, FlockOperation::LockExclusive).map_err(unsupported)?;
        Ok(Self { folder, _locked: file })
    }

    /// Those who hold something now. What the dead have left is removed.
    fn holders(&self) -> io::Result<Vec<Holder>> {
        let mut holders = Vec::new();
        for entry in std::fs::read_dir(self.folder)? {
            let path = entry?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            // Its holder may end at any moment and take its file away.
            let Ok(mut file) = host::open(&path) else { continue };
            if flock(&file, FlockOperation::NonBlockingLockShared).is_ok() {
                let _ = std::fs::remove_file(&path);
                continue;
            }
            let mut text = String::new();
            let read = file.read_to_string(&mut text).ok().and_then(|_| serde_json::from_str(&text).ok());
            holders.extend(read);
        }
        Ok(holders)
    }
}

/// Writes and locks a file for `own`, unless another process holds one of the same users: then that holder.
fn hold(folder: &Path, own: &Holder) -> io::Result<Result<Lock, Holder>> {
    host::create_folder(folder)?;
    let door = Door::open(folder)?;
    if let Some(other) = door.holders()?.into_iter().find(|other| own.common(other).next().is_some()) {
        return Ok(Err(other));
    }
    let path = folder.join(format!("{}-{:08x}.json", own.pid, host::random_u64() >> 32));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
    let lock = flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(unsupported);
    let written = lock.and_then(|()| file.write_all(serde_json::to_string_pretty(own)?.as_bytes()));
    let lock = Lock { path, _file: file };
    written.map(|()| Ok(lock))
}

/// Some network file systems have no locks.
fn unsupported(error: rustix::io::Errno) -> io::Error {
    use rustix::io::Errno;
    match error {
        Errno::NOLCK | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::BADF => {
            io::Error::new(io::ErrorKind::Unsupported, "the file system has no locks")
        }
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(pid: u32, realm: &str, users: &[&str]) -> Holder {
        let users = users.iter().map(|user| (*user).to_owned()).collect();
        Holder {
            pid,
            host: "desk".to_owned(),
            command: format!("labctl deploy {pid}"),
            since: "2026-12-01 09:00:00 UTC".to_owned(),
            users: BTreeMap::from([(realm.to_owned(), users)]),
        }
    }

    #[test]
    fn one_user_has_one_holder_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = holder(1, "aws 1 lab6", &["ann", "bob", "cid"]);
        let lock = hold(folder.path(), &first).unwrap().unwrap();
        let second = holder(2, "aws 1 lab6", &["bob", "cid", "dan"]);
        assert_eq!(hold(folder.path(), &second).unwrap().unwrap_err(), first);
        let reported = refused(&second, &first).message();
        assert_eq!(
            reported,
            "the command `labctl deploy 1` (process 1 on `desk`, since 2026-12-01 09:00:00 UTC) is at work on the labs of `bob` \
             and 1 more; nothing was touched"
        );
        for other in [holder(3, "aws 1 lab6", &["dan"]), holder(4, "aws 2 lab6", &["ann"])] {
            assert!(hold(folder.path(), &other).unwrap().is_ok(), "{other:?}");
        }
        drop(lock);
        let lock = hold(folder.path(), &second).unwrap().unwrap();
        drop(lock);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_dead_process_left_counts_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let dead = serde_json::to_string(&holder(1, "aws 1 lab6", &["ann"])).unwrap();
        let path = folder.path().join("1-00000000.json");
        File::create(&path).unwrap().write_all(dead.as_bytes()).unwrap();
        assert!(hold(folder.path(), &holder(2, "aws 1 lab6", &["ann"])).unwrap().is_ok());
        assert!(!path.exists());
    }
}
