//! This machine: clock, environment, chance, atomic file writes. Nothing else in labctl asks for these.
#![expect(clippy::disallowed_methods, reason = "`host` owns the clock, the environment and file writes")]

mod browser;
mod interrupt;
mod open;
mod pages;
mod reader;
mod time;

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub use browser::open_in_browser;
pub use interrupt::Interrupt;
pub use open::{LARGEST_FILE, LARGEST_TEXT, open, open_output, open_to_append, read, refuse_kind};
pub use pages::use_ordinary_pages;
pub use reader::nobody_reads;
#[cfg(test)]
pub(crate) use time::virtual_time;
pub use time::{Hold, Time, Timekeeper, real_time, steady};

/// Milliseconds since 1970 on this machine's clock.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A time in milliseconds since 1970, as documents have it: RFC 3339, UTC, with milliseconds.
pub fn rfc3339(ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// A stopwatch, started now.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts it.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// The time since the start, in milliseconds.
    pub fn elapsed_ms(self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// An environment variable, `None` when unset, empty or not Unicode.
pub fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// 64 random bits from the operating system.
pub fn random_u64() -> u64 {
    let mut bytes = [0_u8; 8];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u64::from_le_bytes(bytes),
        // Without a source of chance, the clock still keeps names apart.
        Err(_) => now_ms().unsigned_abs(),
    }
}

/// What the operating system said, as the end of a sentence: without its number and without a capital.
pub fn cause(error: &io::Error) -> String {
    let text = error.to_string();
    let plain = text.split(" (os error ").next().unwrap_or(&text);
    let mut letters = plain.chars();
    // An abbreviation keeps its capitals.
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => plain.to_owned(),
    }
}

/// Makes a folder and those above it.
///
/// # Errors
/// When the operating system refuses.
pub fn create_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Writes a file whole or not at all: into a temporary file beside it, then renamed over it. Mode 0644 whatever the umask.
///
/// # Errors
/// When the operating system refuses; nothing is left behind.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with_mode(path, bytes, 0o644)
}

/// As [`write_atomic`], for this user's eyes alone.
///
/// # Errors
/// When the operating system refuses; nothing is left behind.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with_mode(path, bytes, 0o600)
}

/// As [`write_atomic`], with the mode of a file that is there: who may read that one may read this.
///
/// # Errors
/// When the operating system refuses; nothing is left behind.
pub fn write_like(path: &Path, bytes: &[u8], like: &Path) -> io::Result<()> {
    let found = fs::metadata(like)?;
    #[cfg(unix)]
    let mode = std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o777;
    #[cfg(not(unix))]
    let mode = 0o644;
    write_with_mode(path, bytes, mode)
}

fn write_with_mode(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    create_folder(folder)?;
    let mut file = tempfile::Builder::new().prefix(".labctl-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// How many files and connections this process may have open at once.
pub fn open_files() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
}

/// This machine's name, as its users know it.
pub fn machine_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The command line of this process, for telling: the program's name without its folder, and its arguments.
pub fn command_line() -> String {
    let mut words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    if let Some(program) = words.first_mut() {
        let name = Path::new(program.as_str()).file_name().map(|name| name.to_string_lossy().into_owned());
        *program = name.unwrap_or_else(|| program.clone());
    }
    words.join(" ")
}
