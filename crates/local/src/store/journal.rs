//! What was acknowledged and is not in the database yet. An answer waits for one append to a file, which outlives a kill of the process;
//! the database takes the same changes later, many in a transaction. What it lacks is read back when the store is opened.
//!
//! Two files take turns: each is emptied when the database has everything in it. A frame is the length of what follows the checksum, the CRC-32 of that,
//! and changes with their numbers in CBOR. What a kill cut off in the middle was never acknowledged.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

use super::change::Change;
use super::files::JOURNAL;
use crate::open;

/// Bytes of a file after which the other one is written.
const EACH: u64 = 8 << 20;
/// Bytes before what a frame holds.
const HEAD: usize = 8;

/// The journal of an open store.
pub(super) struct Journal {
    files: [Part; 2],
    /// Which of the two is written.
    at: usize,
    frame: Vec<u8>,
}

struct Part {
    file: File,
    size: u64,
    /// The number of the last change in it.
    last: u64,
}

impl Journal {
    /// Opens or makes the files of a folder; the changes found in them, in their order.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn open(folder: &Path) -> io::Result<(Self, Vec<(u64, Change)>)> {
        let [first, second] = JOURNAL.map(|name| part(&folder.join(name)));
        let ((first, mut found), (second, more)) = (first?, second?);
        found.extend(more);
        found.sort_by_key(|(number, _)| *number);
        Ok((Self { files: [first, second], at: 0, frame: Vec::new() }, found))
    }

    /// Empties both files: the database has everything.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn empty(&mut self) -> io::Result<()> {
        self.files.iter_mut().try_for_each(Part::empty)
    }

    /// Makes a frame of numbered changes.
    ///
    /// # Errors
    /// None that memory does not have.
    pub(super) fn frame<'all>(&mut self, changes: impl Iterator<Item = (u64, &'all Change)>) -> io::Result<()> {
        self.frame.clear();
        self.frame.extend([0; HEAD]);
        for numbered in changes {
            ciborium::into_writer(&numbered, &mut self.frame).map_err(io::Error::other)?;
        }
        Ok(())
    }

    /// Appends the frame, whose last change has this number; the database has those up to `written`.
    ///
    /// # Errors
    /// What the operating system says; then nothing of it counts as kept.
    pub(super) fn append(&mut self, last: u64, written: u64) -> io::Result<()> {
        let body = self.frame.get(HEAD..).unwrap_or_default();
        let length = u32::try_from(body.len()).map_err(io::Error::other)?.to_le_bytes();
        let head: Vec<u8> = length.into_iter().chain(crc32fast::hash(body).to_le_bytes()).collect();
        for (place, byte) in self.frame.iter_mut().zip(head) {
            *place = byte;
        }
        self.turn(written)?;
        let [first, second] = &mut self.files;
        let part = if self.at == 0 { first } else { second };
        part.file.write_all(&self.frame)?;
        part.size = part.size.saturating_add(u64::try_from(self.frame.len()).unwrap_or(u64::MAX));
        part.last = last;
        // One large frame is no reason to keep its memory.
        self.frame.shrink_to(1 << 20);
        Ok(())
    }

    /// Empties what the database has, and goes on in the other file when this one is long.
    fn turn(&mut self, written: u64) -> io::Result<()> {
        let [first, second] = &mut self.files;
        let (part, other) = if self.at == 0 { (first, second) } else { (second, first) };
        if other.size > 0 && other.last <= written {
            other.empty()?;
        }
        if part.size < EACH {
            return Ok(());
        }
        if part.last <= written {
            return part.empty();
        }
        if other.size == 0 {
            self.at = 1 - self.at;
        }
        Ok(())
    }
}

impl Part {
    fn empty(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.size = 0;
        Ok(())
    }
}

/// One file, and what is in it.
fn part(path: &Path) -> io::Result<(Part, Vec<(u64, Change)>)> {
    let mut file = open::open_to_change(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let (mut found, mut rest) = (Vec::new(), bytes.as_slice());
    while let Some((body, after)) = frame(rest) {
        rest = after;
        let mut body = body;
        while !body.is_empty() {
            let Ok(one) = ciborium::from_reader(&mut body) else { break };
            found.push(one);
        }
    }
    let last = found.last().map_or(0, |(number, _)| *number);
    // What follows the last whole frame goes: the next one would be unreadable behind it.
    let whole = u64::try_from(bytes.len() - rest.len()).unwrap_or(u64::MAX);
    file.set_len(whole)?;
    file.seek(io::SeekFrom::Start(whole))?;
    Ok((Part { file, size: whole, last }, found))
}

/// The first frame and what follows it; nothing where it is cut off or not as it was written.
fn frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (sum, rest) = rest.split_first_chunk()?;
    let (body, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    (crc32fast::hash(body) == u32::from_le_bytes(*sum)).then_some((body, rest))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests damage files as a kill does")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn put(key: &str) -> Change {
        Change::Put { table: "t".into(), key: key.to_owned(), value: "null".to_owned() }
    }

    fn numbers(found: &[(u64, Change)]) -> Vec<u64> {
        found.iter().map(|(number, _)| *number).collect()
    }

    fn append(journal: &mut Journal, changes: &[(u64, Change)], written: u64) {
        journal.frame(changes.iter().map(|(number, change)| (*number, change))).unwrap();
        journal.append(changes.last().unwrap().0, written).unwrap();
    }

    #[test]
    fn what_was_appended_is_found_in_its_order_over_both_files() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, found) = Journal::open(folder.path()).unwrap();
        assert!(found.is_empty());
        let large = put(&"x".repeat(3 << 20));
        for number in 1..=4 {
            append(&mut journal, &[(number, large.clone())], 0);
        }
        append(&mut journal, &[(5, put("a")), (6, put("b"))], 0);
        let sizes = || JOURNAL.map(|name| std::fs::metadata(folder.path().join(name)).unwrap().len());
        assert!(sizes()[0] > EACH && sizes()[1] > 0, "{:?}", sizes());
        assert_eq!(numbers(&Journal::open(folder.path()).unwrap().1), [1, 2, 3, 4, 5, 6]);
        // The database has what the first file holds.
        append(&mut journal, &[(7, put("c"))], 3);
        assert_eq!(sizes()[0], 0);
        assert_eq!(numbers(&Journal::open(folder.path()).unwrap().1), [4, 5, 6, 7]);
        journal.empty().unwrap();
        assert_eq!(sizes(), [0, 0]);
    }

    #[test]
    fn neither_file_grows_while_the_database_keeps_up() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(folder.path()).unwrap();
        let large = put(&"x".repeat(1 << 20));
        for number in 1..=100 {
            append(&mut journal, &[(number, large.clone())], number - 1);
        }
        let sizes = JOURNAL.map(|name| std::fs::metadata(folder.path().join(name)).unwrap().len());
        assert!(sizes.iter().sum::<u64>() < 3 * EACH, "{sizes:?}");
        assert_eq!(numbers(&Journal::open(folder.path()).unwrap().1).last(), Some(&100));
    }

    proptest! {
        /// Wherever it is cut, and whatever byte is another one: whole frames before that are found, nothing is made up.
        #[test]
        fn a_torn_end_takes_nothing_with_it(cut in 0_usize..400, flipped in any::<Option<(usize, u8)>>()) {
            let folder = tempfile::tempdir().unwrap();
            let (mut journal, _) = Journal::open(folder.path()).unwrap();
            for number in 1..=8 {
                append(&mut journal, &[(number, put("some key"))], 0);
            }
            let path = folder.path().join(JOURNAL[0]);
            let mut bytes = std::fs::read(&path).unwrap();
            let frame = bytes.len() / 8;
            bytes.truncate(cut);
            let mut whole = bytes.len() / frame;
            if let Some((at, by)) = flipped && by != 0 && !bytes.is_empty() {
                let at = at % bytes.len();
                bytes[at] ^= by;
                whole = whole.min(at / frame);
            }
            std::fs::write(&path, &bytes).unwrap();
            let (mut journal, found) = Journal::open(folder.path()).unwrap();
            prop_assert_eq!(numbers(&found), (1..=u64::try_from(whole).unwrap()).collect::<Vec<_>>());
            append(&mut journal, &[(99, put("next"))], 0);
            let found = Journal::open(folder.path()).unwrap().1;
            prop_assert_eq!(found.last().map(|(number, _)| *number), Some(99));
        }
    }
}
