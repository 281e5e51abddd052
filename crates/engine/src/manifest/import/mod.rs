//! What learning platforms export about a class → the users of a roster.

mod export;
mod participants;
mod platform;
mod students;

pub use export::{Imported, Skipped, import};
pub use participants::{Listed, Participants};
pub use platform::Platform;
