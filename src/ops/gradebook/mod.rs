//! `gradebook`: what users earned in a run of verify, as learning platforms import it. Makes no call.

mod earned;
mod export;
mod options;
mod run;

pub(crate) use options::GradebookOptions;
pub(crate) use run::gradebook;
