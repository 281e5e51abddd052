//! The class as one self-contained HTML page. Pure: what is known of a class in, text out, the same bytes every time.
//!
//! | file | is |
//! |---|---|
//! | `class` | what is known of a class |
//! | `shown`, `users`, `machines` | the same in the words and numbers that the template takes |
//! | `write`, `page.html.hbs`, `page.css`, `page.js` | the page; whatever is foreign is escaped there |

mod class;
mod machines;
mod shown;
#[cfg(test)]
mod tests;
mod users;
mod write;

pub use class::{
    BulkRunFigures, CheckColumn, ClassReport, CostLine, ReportCause, ReportCost, ReportEvidence, ReportExecution,
    ReportLine, ReportMachine, ReportUser, ReportVerdict, StandingLab, StateFigures, StateSeconds, UserSeconds,
};
pub use write::page;
