//! What a deployment would do, and how that would go on an endpoint in memory.

mod run;
mod simulate;

pub(crate) use run::{PlanRequest, plan};
