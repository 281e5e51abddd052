//! Opening files of a store. What lies there is looked at first: a FIFO would be waited for without end, a device read without end.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

/// Opens a file for reading.
///
/// # Errors
/// What the operating system says; [`io::ErrorKind::IsADirectory`] and [`io::ErrorKind::InvalidInput`], with the kind in words,
/// for what is no file.
pub(super) fn open(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().read(true))
}

/// Opens a file for reading and writing, making it when it is not there.
///
/// # Errors
/// As [`open`].
pub(super) fn open_to_change(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().read(true).write(true).create(true).truncate(false))
}

/// Looks at what lies at a path that another library opens: a file, or nothing.
///
/// # Errors
/// As [`open`].
pub(super) fn look(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) => refuse_kind(found.file_type()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Reads a file of at most so many bytes.
///
/// # Errors
/// As [`open`], and [`io::ErrorKind::FileTooLarge`].
pub(super) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {} MiB", most >> 20));
    if file.metadata()?.len() > most {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // It may grow while it is read.
    file.take(most + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most { Err(too_large()) } else { Ok(bytes) }
}

fn open_with(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Opening a device may do something already, so it is looked at before; and afterwards at what was really opened.
    look(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default());
    }
    let file = options.open(path)?;
    refuse_kind(file.metadata()?.file_type())?;
    Ok(file)
}

/// Refuses what is no regular file.
///
/// # Errors
/// With the kind in words.
fn refuse_kind(kind: FileType) -> io::Result<()> {
    if kind.is_file() {
        return Ok(());
    }
    if kind.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {}, not a file", name(kind))))
}

#[cfg(unix)]
fn name(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    match kind {
        kind if kind.is_fifo() => "a FIFO",
        kind if kind.is_socket() => "a socket",
        kind if kind.is_char_device() || kind.is_block_device() => "a device",
        _ => "something else",
    }
}

#[cfg(not(unix))]
fn name(_: FileType) -> &'static str {
    "something else"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_refused_by_its_kind() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        for (path, kind) in [(fifo.as_path(), "a FIFO"), (folder.path(), "a folder"), (link.as_path(), "a device")] {
            for tried in [open(path).map(drop), open_to_change(path).map(drop), read(path, 9).map(drop), look(path)] {
                assert!(tried.unwrap_err().to_string().starts_with(&format!("it is {kind}")), "{path:?}");
            }
        }
        assert!(look(&folder.path().join("nothing")).is_ok());
    }
}
