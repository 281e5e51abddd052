//! `report`: a class as one HTML page, from a run of verify and what else is kept. Makes no call.
//!
//! | file | is |
//! |---|---|
//! | `options`, `run` | what is asked for, and the use case |
//! | `class`, `executions` | a run's evidence and verdicts, as the page takes them |
//! | `bulk` | the last bulk test |
//! | `workflows` | where executions went |

mod bulk;
mod class;
mod executions;
mod options;
mod run;
mod workflows;

pub(crate) use options::ReportOptions;
pub(crate) use run::{report, report_in};
