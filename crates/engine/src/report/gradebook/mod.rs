//! Points of a class as learning platforms import them: pure functions from what was earned to files. One file per format.
//!
//! | file | is |
//! |---|---|
//! | `graded`, `amount` | what a user earned, and what that is in a column |
//! | `exported`, `encoded`, `column` | the instructor's own export: one column of it is filled, every other byte stays |
//! | `matched`, `fill` | whose row is whose, and what is written into it |
//! | `plain`, `canvas`, `moodle`, `gradescope`, `classroom50`, `junit` | new files, by the rules of whoever imports them |
//! | `format`, `write`, `written` | which formats there are, and what one comes to |
//! | `cell` | texts that a spreadsheet does not compute |

mod amount;
mod canvas;
mod cell;
mod classroom50;
mod column;
mod encoded;
mod exported;
mod fill;
mod format;
mod graded;
mod gradescope;
mod junit;
mod matched;
mod moodle;
mod plain;
#[cfg(test)]
mod tests;
mod write;
mod written;

pub use column::{NoColumn, column};
pub use exported::{ExportedFile, NotATable};
pub use fill::{Filled, fill};
pub use format::GradebookFormat;
pub use graded::{Graded, GradedCheck, GradedRun, IfUnknown};
pub use matched::{RowOf, Unmatched};
pub use write::write;
pub use written::{GradebookFiles, LeftOut};
