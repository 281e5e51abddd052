//! What learning platforms export about a class → the users of a roster.

mod export;
mod platform;
mod students;

pub use export::{Imported, Skipped, import};
pub use platform::Platform;
