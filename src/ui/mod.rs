//! The only room that prints: results to stdout, progress and trouble to stderr.
//!
//! Every result is a view: plain data that is printed as the `--json` document or as text, so that both say the same.
//!
//! | file | is |
//! |---|---|
//! | `style`, `sink`, `ui` | colour, width, characters; the one place bytes leave by; what commands call |
//! | `head`, `view` | what all documents begin with; the documents of the `--json` tables |
//! | `text/` | the same as text, pure functions to strings |
//! | `diagnostics`, `failures`, `alike`, `histogram`, `short` | carets, causes, bars, long values |
//! | `sarif` | findings for other tools |
//! | `progress`, `time_left` | events while they happen |

mod alike;
mod diagnostics;
mod failures;
mod head;
mod histogram;
#[cfg(test)]
mod paper;
mod progress;
mod sarif;
mod short;
mod sink;
mod style;
mod text;
mod time_left;
#[expect(clippy::module_inception, reason = "a file is named for its main type, here `Ui`")]
mod ui;
mod unanswered;
pub mod view;

pub use alike::told_once;
pub use style::{Color, Environment, Labels, Style, Verbosity, counted, counted_len};
pub use ui::Ui;
