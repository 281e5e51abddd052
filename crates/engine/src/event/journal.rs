//! The journal: one JSON object per line, on disk before anybody hears of it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::{Event, Happened};
use crate::host;

/// Somebody who hears events after they are written down.
pub trait Listener: Send + Sync {
    /// One thing happened.
    fn hear(&self, event: &Event);
}

/// The journal could not be opened or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{}`: {}", path.display(), host::cause(source))]
pub struct JournalError {
    /// The file.
    pub path: PathBuf,
    /// The cause.
    #[source]
    pub source: io::Error,
}

/// Writes each event down, then tells the listeners. All clones are one journal.
#[derive(Clone)]
pub struct Journal(Arc<Inner>);

struct Inner {
    run: u32,
    files: Mutex<Vec<(PathBuf, File)>>,
    failure: Mutex<Option<JournalError>>,
    listeners: Vec<Box<dyn Listener>>,
}

/// A journal, as long as somebody else holds it.
#[derive(Clone)]
pub struct WeakJournal(Weak<Inner>);

impl WeakJournal {
    /// The journal, unless it is closed.
    pub fn upgrade(&self) -> Option<Journal> {
        self.0.upgrade().map(Journal)
    }
}

impl Journal {
    /// The journal for who must not keep it open.
    pub fn downgrade(&self) -> WeakJournal {
        WeakJournal(Arc::downgrade(&self.0))
    }

    /// A journal that appends to `file`, which later runs read, and writes the same to `events`, which may be a terminal or `/dev/null`
    /// too; folders are made. With neither it only tells.
    ///
    /// # Errors
    /// When a file cannot be opened for appending.
    pub fn open(
        file: Option<&Path>,
        events: Option<&Path>,
        listeners: Vec<Box<dyn Listener>>,
    ) -> Result<Self, JournalError> {
        let file = file.map(|path| (path, host::open_to_append as fn(&Path) -> io::Result<File>));
        let events = events.map(|path| (path, host::open_output as fn(&Path) -> io::Result<File>));
        let mut files = Vec::new();
        for (path, open_it) in file.into_iter().chain(events) {
            let open = || {
                if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                    host::create_folder(folder)?;
                }
                open_it(path)
            };
            match open() {
                Ok(file) => files.push((path.to_owned(), file)),
                Err(source) => return Err(JournalError { path: path.to_owned(), source }),
            }
        }
        let run = u32::try_from(host::random_u64() >> 32).unwrap_or_default();
        Ok(Self(Arc::new(Inner { run, files: Mutex::new(files), failure: Mutex::new(None), listeners })))
    }

    /// Writes one event down and tells it. A failed write is kept for [`Journal::failure`]: telling goes on.
    pub fn tell(&self, happened: Happened) {
        let event = Event { at_ms: host::now_ms(), run: self.0.run, event: happened };
        if let Ok(mut line) = serde_json::to_string(&event) {
            line.push('\n');
            let mut files = self.0.files.lock().unwrap_or_else(PoisonError::into_inner);
            for (path, file) in files.iter_mut() {
                if let Err(source) = file.write_all(line.as_bytes()) {
                    let mut failure = self.0.failure.lock().unwrap_or_else(PoisonError::into_inner);
                    failure.get_or_insert(JournalError { path: path.to_owned(), source });
                }
            }
        }
        for listener in &self.0.listeners {
            listener.hear(&event);
        }
    }

    /// The first write that failed, once.
    pub fn failure(&self) -> Option<JournalError> {
        self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// As [`Journal::read`], of lines that have one of these texts alone: most of a class's journal is then not parsed.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn read_having<'t>(path: &Path, texts: &'t [&'t str]) -> io::Result<impl Iterator<Item = Event> + use<'t>> {
        let lines = BufReader::new(host::open(path)?).lines().map_while(Result::ok);
        let meant = lines.filter(|line| texts.iter().any(|text| line.contains(text)));
        Ok(meant.filter_map(|line| serde_json::from_str(&line).ok()))
    }

    /// Events of a journal on disk, one at a time, since a class leaves tens of thousands; a line that was cut off or that another
    /// version wrote is passed over.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn read(path: &Path) -> io::Result<impl Iterator<Item = Event> + use<>> {
        let lines = BufReader::new(host::open(path)?).lines();
        Ok(lines.map_while(Result::ok).filter_map(|line| serde_json::from_str(&line).ok()))
    }
}
