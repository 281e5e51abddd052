//! Removes what labctl made and proves that nothing is left.
//!
//! | file | is |
//! |---|---|
//! | `run` | the cleanup |
//! | `sweep` | what became of each thing, over all rounds |

mod run;
mod sweep;

pub(crate) use run::{CleanupOptions, cleanup, cleanup_in};
