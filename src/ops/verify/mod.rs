//! `verify`: collects evidence of a class and judges it against the pack's checklist.

mod options;
mod run;
mod saved;
mod view;

pub(crate) use options::VerifyOptions;
pub(crate) use run::{again, again_of, verify, verify_in, watch};
pub(crate) use saved::open as open_run;
