//! The one place bytes leave by. A reader that has gone (`labctl … | head`) ends the writing, not the command.

use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// A stream shared by results, progress and errors.
#[derive(Clone)]
pub(super) struct Sink(Arc<Mutex<Inner>>);

struct Inner {
    writer: Box<dyn Write + Send>,
    gone: bool,
    failure: Option<io::Error>,
}

impl Sink {
    pub(super) fn new(writer: Box<dyn Write + Send>) -> Self {
        Self(Arc::new(Mutex::new(Inner { writer, gone: false, failure: None })))
    }

    /// Writes a text and a line end.
    pub(super) fn line(&self, text: &str) {
        self.write(|writer| {
            writer.write_all(text.as_bytes())?;
            writer.write_all(b"\n")
        });
    }

    /// Writes with a function; nothing is written once the reader has gone.
    pub(super) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.gone {
            return;
        }
        let result = write(inner.writer.as_mut()).and_then(|()| inner.writer.flush());
        if let Err(error) = result {
            inner.gone = true;
            if error.kind() != ErrorKind::BrokenPipe {
                inner.failure = Some(error);
            }
        }
    }

    /// The first write that failed for another reason than a reader that has gone (a full disk), once.
    pub(super) fn failure(&self) -> Option<io::Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).failure.take()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    struct Failing(ErrorKind, Arc<AtomicU32>);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            self.1.fetch_add(1, Ordering::Relaxed);
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_broken_pipe_is_quiet_and_a_full_disk_is_not() {
        for (kind, told) in [(ErrorKind::BrokenPipe, false), (ErrorKind::StorageFull, true)] {
            let tries = Arc::new(AtomicU32::new(0));
            let sink = Sink::new(Box::new(Failing(kind, Arc::clone(&tries))));
            sink.line("one");
            sink.line("two");
            assert_eq!(sink.failure().is_some(), told);
            assert_eq!(tries.load(Ordering::Relaxed), 1, "nothing is written after the first failure");
        }
    }
}
