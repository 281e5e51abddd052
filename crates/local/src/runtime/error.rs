//! What can go wrong before a handler runs.

use std::io;
use std::path::PathBuf;

/// Handlers cannot be run. What a handler itself does wrong is no error here: it is told in [`super::Ran`].
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// There is no python3.
    #[error("cannot run handlers: `{}` was not found; install python3 (3.9 or later) or put it on the path", python.display())]
    NoPython {
        /// What was tried.
        python: PathBuf,
    },
    /// The python3 there is did not come up.
    #[error("cannot run handlers: `{}` did not start: {reason}", python.display())]
    Broken {
        /// What was tried.
        python: PathBuf,
        /// What it said, or what the operating system said.
        reason: String,
    },
    /// A worker did not come up.
    #[error("cannot run handlers: no worker could be started: {reason}")]
    NoWorker {
        /// The cause.
        reason: String,
    },
    /// The files the runtime needs could not be written.
    #[error("cannot run handlers: cannot write to the temporary folder: {source}")]
    Folder {
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The endpoint is stopping.
    #[error("cannot run handlers: the local endpoint is stopping")]
    Stopping,
}
