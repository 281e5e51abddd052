//! Many generated executions per user, measured; and the runs that are kept.
//!
//! | file | is |
//! |---|---|
//! | `options`, `run`, `view` | what is asked for, the bulk test, what it came to |
//! | `names`, `completion` | outcomes that nothing has; runs that prove nothing |
//! | `saved_runs`, `merge` | runs under `out/runs/`: listed, found, compared, several as one |

mod completion;
mod merge;
mod names;
mod options;
mod run;
mod saved_runs;
mod view;

pub(crate) use merge::merge;
pub(crate) use names::check_names;
pub(crate) use options::BulkTestOptions;
pub(crate) use run::{bulk_test, bulk_test_in};
pub(crate) use saved_runs::{compare_saved, list};
