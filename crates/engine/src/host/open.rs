//! Opening what a user named. It is looked at first: a FIFO would be waited for without end, a device read without end, and what is
//! larger than it can be is not read at all.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

/// What no manifest, roster, template, definition or settings file exceeds.
pub const LARGEST_TEXT: u64 = 64 << 20;
/// What no package or journal of one run exceeds.
pub const LARGEST_FILE: u64 = 1 << 30;

/// Opens a file for reading.
///
/// # Errors
/// What the operating system says; [`io::ErrorKind::IsADirectory`] and [`io::ErrorKind::InvalidInput`], with the kind in words,
/// for what is no file.
pub fn open(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().read(true))
}

/// Opens a file to add to its end, making it when it is not there.
///
/// # Errors
/// As [`open()`].
pub fn open_to_append(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().create(true).append(true))
}

/// Opens what a user named to write to: a file, to add to its end, or a terminal or another device that takes bytes as they come.
///
/// # Errors
/// As [`open()`].
pub fn open_output(path: &Path) -> io::Result<File> {
    if fs::metadata(path).is_ok_and(|found| takes_bytes(found.file_type())) {
        return OpenOptions::new().append(true).open(path);
    }
    open_to_append(path)
}

/// Reads a file of at most so many bytes.
///
/// # Errors
/// As [`open()`], and [`io::ErrorKind::FileTooLarge`].
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
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
    match fs::metadata(path) {
        Ok(found) => refuse_kind(found.file_type())?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
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
pub fn refuse_kind(kind: FileType) -> io::Result<()> {
    if kind.is_file() {
        return Ok(());
    }
    if kind.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {}, not a file", name(kind))))
}

#[cfg(unix)]
fn takes_bytes(kind: FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_char_device(&kind)
}

#[cfg(not(unix))]
fn takes_bytes(_: FileType) -> bool {
    false
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
    use std::io::Write as _;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn what_is_no_file_is_refused_by_its_kind_and_a_link_to_it_too() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        rustix::fs::mkfifoat(rustix::fs::CWD, place("fifo"), rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
        let _socket = UnixListener::bind(place("socket")).unwrap();
        fs::create_dir(place("folder")).unwrap();
        for (name, target) in
            [("to-fifo", place("fifo")), ("to-device", "/dev/zero".into()), ("to-folder", place("folder"))]
        {
            symlink(target, place(name)).unwrap();
        }
        for (path, kind) in [
            (place("fifo"), "a FIFO"),
            (place("socket"), "a socket"),
            (place("folder"), "a folder"),
            ("/dev/zero".into(), "a device"),
            ("/dev/null".into(), "a device"),
            (place("to-fifo"), "a FIFO"),
            (place("to-device"), "a device"),
            (place("to-folder"), "a folder"),
        ] {
            for tried in [open(&path), open_to_append(&path)] {
                let error = tried.unwrap_err().to_string();
                assert!(error.starts_with(&format!("it is {kind}")), "{path:?}: {error}");
            }
        }
        // Where events go may be a terminal; a FIFO would wait for somebody to read it.
        open_output(Path::new("/dev/null")).unwrap().write_all(b"text").unwrap();
        for path in [place("to-fifo"), place("socket"), place("folder")] {
            open_output(&path).unwrap_err();
        }
        let (file, link) = (place("file"), place("to-file"));
        File::create(&file).unwrap().write_all(b"text").unwrap();
        symlink(&file, &link).unwrap();
        assert_eq!(read(&link, 4).unwrap(), b"text");
        assert_eq!(read(&file, 3).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(open(&place("nothing")).unwrap_err().kind(), io::ErrorKind::NotFound);
        // Bytes that the file does not admit to are bounded as well.
        assert!(Path::new("/proc/self/maps").metadata().map_or(true, |found| found.len() == 0));
    }
}
