//! Whether somebody still reads what is printed.

use std::time::Duration;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(150);

/// Waits until stdout leads to a pipe that nobody reads any more, as after `| head -1`. Without it, a command that goes on until it is
/// interrupted would find out with its next line, which may never come.
pub async fn nobody_reads() {
    while !is_closed(&std::io::stdout()) {
        tokio::time::sleep(LOOK).await;
    }
}

/// Whether the other end of a pipe or socket is closed.
#[cfg(unix)]
fn is_closed(output: &impl std::os::fd::AsFd) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let mut asked = [PollFd::new(output, PollFlags::empty())];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    let closed = PollFlags::ERR | PollFlags::HUP;
    poll(&mut asked, Some(&at_once)).is_ok() && asked.iter().any(|asked| asked.revents().intersects(closed))
}

/// Whether the other end of a pipe is closed: not known here, so a command finds out when it writes.
#[cfg(not(unix))]
fn is_closed(_output: &std::io::Stdout) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_closed_when_its_reader_is_gone() {
        let (reader, writer) = std::io::pipe().unwrap();
        assert!(!is_closed(&writer));
        drop(reader);
        assert!(is_closed(&writer));
        assert!(!is_closed(&std::fs::File::open("/dev/null").unwrap()));
    }
}
