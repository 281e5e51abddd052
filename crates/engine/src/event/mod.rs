//! What happened: one past-tense enum between the engine and its audience, and the journal on disk.

mod audience;
mod happened;
mod journal;

pub use audience::{Audience, LogLine, ProgressKind};
pub use happened::{Event, Happened};
pub use journal::{Journal, JournalError, Listener, WeakJournal};
