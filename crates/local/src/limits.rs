//! What this process may have of the machine: open files above all, which sockets are too. Nothing is assumed; what there is is
//! asked for and shared out.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More open files than any class needs.
const WANTED: u64 = 65_536;
/// What macOS grants at the most where it says that there is no limit.
const GRANTED: u64 = 10_240;
/// Files beside connections and workers: the store, pipes, packages that are read, what else runs in this process.
const OTHERS: usize = 48;
/// Sockets of a worker.
const SOCKETS: usize = 2;
/// The most workers. A worker has some 3 MB of its own, so that all of them fit on a laptop.
const MOST_WORKERS: usize = 128;
/// The most connections. The first megabyte of a body each is in memory.
const MOST_CONNECTIONS: usize = 1024;

/// Raises the limit of open files as far as this process may, and says how many it may have open from now on.
pub fn raise_open_files() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(u64::MAX);
    for wanted in [WANTED, GRANTED] {
        let current = wanted.min(most);
        if limit.current.is_none_or(|now| now >= current) {
            break;
        }
        if setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum: limit.maximum }).is_ok() {
            break;
        }
    }
    open_files()
}

/// How many files this process may have open at once.
pub fn open_files() -> usize {
    let limit = getrlimit(Resource::Nofile).current;
    limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
}

/// What this process has run out of, in words, if it has.
pub(crate) fn shortage() -> Option<String> {
    use rustix::fs::{Mode, OFlags, open};
    use rustix::io::Errno;
    match open("/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) {
        Err(Errno::MFILE) => {
            Some(format!("this process may have {} files open and has; raise the limit with `ulimit -n`", open_files()))
        }
        Err(Errno::NFILE) => Some("the system has no more files to open; end other programs".to_owned()),
        _ => None,
    }
}

/// How the open files are shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// Workers at a time.
    pub(crate) workers: usize,
    /// Connections at a time.
    pub(crate) connections: usize,
}

impl Share {
    /// Of what this process may have open now.
    pub(crate) fn of_this_process() -> Self {
        Self::of(open_files())
    }

    /// Half for workers, a quarter for connections, and a quarter for who calls from this very process.
    fn of(files: usize) -> Self {
        let free = files.saturating_sub(OTHERS);
        Self {
            workers: (free / 2 / SOCKETS).clamp(2, MOST_WORKERS),
            connections: (free / 4).clamp(8, MOST_CONNECTIONS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_out_is_there() {
        for files in [128, 256, 1024, 4096, usize::MAX] {
            let share = Share::of(files);
            let taken = share.workers * SOCKETS + 2 * share.connections + OTHERS;
            assert!(taken <= files, "{files}: {share:?}");
        }
        assert_eq!(Share::of(256), Share { workers: 52, connections: 52 });
        assert_eq!(Share::of(1 << 20), Share { workers: MOST_WORKERS, connections: MOST_CONNECTIONS });
        assert_eq!(Share::of(10), Share { workers: 2, connections: 8 }, "something always");
    }

    #[test]
    fn the_limit_is_never_lowered() {
        let before = open_files();
        assert!(raise_open_files() >= before);
        assert_eq!(raise_open_files(), open_files());
    }
}
