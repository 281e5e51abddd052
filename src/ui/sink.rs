//! The one place bytes leave by. A reader that has gone (`labctl … | head`) ends the writing, not the command.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A stream shared by results, progress and errors.
#[derive(Clone)]
pub(super) struct Sink(Arc<Mutex<Inner>>);

struct Inner {
    writer: Box<dyn Write + Send>,
    gone: bool,
    /// Whether the last line is a question that nobody has answered.
    asking: bool,
    failure: Option<io::Error>,
}

impl Sink {
    pub(super) fn new(writer: Box<dyn Write + Send>) -> Self {
        Self(Arc::new(Mutex::new(Inner { writer, gone: false, asking: false, failure: None })))
    }

    /// Writes a text and a line end.
    pub(super) fn line(&self, text: &str) {
        self.write(|writer| {
            writer.write_all(text.as_bytes())?;
            writer.write_all(b"\n")
        });
    }

    /// Writes a question and leaves the line open for the answer. Whatever is written before that begins a line of its own.
    pub(super) fn ask(&self, question: &str) {
        let mut inner = self.inner();
        inner.write(|writer| write!(writer, "{question} "));
        inner.asking = true;
    }

    /// The answer's line has come to its end.
    pub(super) fn answered(&self) {
        self.inner().asking = false;
    }

    /// Whether a question waits for its answer.
    pub(super) fn is_asking(&self) -> bool {
        self.inner().asking
    }

    /// Writes with a function; nothing is written once the reader has gone.
    pub(super) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        self.inner().write(write);
    }

    /// The first write that failed for another reason than a reader that has gone (a full disk), once.
    pub(super) fn failure(&self) -> Option<io::Error> {
        self.inner().failure.take()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes in pieces of 64 KiB: stdout itself would make a system call for each line of a document.
fn gathered(writer: &mut dyn Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut pieces = BufWriter::with_capacity(1 << 16, writer);
    let result = write(&mut pieces).and_then(|()| pieces.flush());
    if result.is_err() {
        // Else what is left would be tried once more.
        let _ = pieces.into_parts();
    }
    result
}

impl Inner {
    fn write(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        if self.gone {
            return;
        }
        let begun = if std::mem::take(&mut self.asking) { self.writer.write_all(b"\n") } else { Ok(()) };
        let result = begun.and_then(|()| gathered(self.writer.as_mut(), write)).and_then(|()| self.writer.flush());
        if let Err(error) = result {
            self.gone = true;
            if error.kind() != ErrorKind::BrokenPipe {
                self.failure = Some(error);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::super::paper::Paper;
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

    #[derive(Clone, Default)]
    struct Counting(Arc<AtomicU32>, Arc<AtomicU32>);

    impl Write for Counting {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.fetch_add(1, Ordering::Relaxed);
            self.1.fetch_add(u32::try_from(bytes.len()).unwrap(), Ordering::Relaxed);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn many_lines_are_few_writes() {
        let counting = Counting::default();
        let lines = |writer: &mut dyn Write| (0..10_000).try_for_each(|_| writer.write_all(b"a line of a document\n"));
        Sink::new(Box::new(counting.clone())).write(lines);
        let (writes, bytes) = (counting.0.load(Ordering::Relaxed), counting.1.load(Ordering::Relaxed));
        assert_eq!(bytes, 210_000);
        assert!(writes <= 4, "{writes} writes");
    }

    #[test]
    fn a_broken_pipe_is_quiet_and_a_full_disk_is_not() {
        for (kind, reported) in [(ErrorKind::BrokenPipe, false), (ErrorKind::StorageFull, true)] {
            let tries = Arc::new(AtomicU32::new(0));
            let sink = Sink::new(Box::new(Failing(kind, Arc::clone(&tries))));
            sink.line("one");
            sink.line("two");
            assert_eq!(sink.failure().is_some(), reported);
            assert_eq!(tries.load(Ordering::Relaxed), 1, "nothing is written after the first failure");
        }
    }

    #[test]
    fn what_is_said_at_an_open_question_begins_a_line() {
        let paper = Paper::default();
        let sink = Sink::new(Box::new(paper.clone()));
        let written = || paper.take();
        sink.ask("Go on?");
        assert!(sink.is_asking());
        sink.line("interrupted");
        sink.line("nothing was touched");
        assert_eq!(written(), "Go on? \ninterrupted\nnothing was touched\n");
        sink.ask("Go on?");
        sink.answered();
        sink.line("done");
        assert_eq!(written(), "Go on? done\n", "whoever answers ends the line");
    }
}
