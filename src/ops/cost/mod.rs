//! What a lab costs: before, from the plan; after, from what ran; and of forgetting to clean up.
//!
//! | file | is |
//! |---|---|
//! | `options`, `run`, `view` | what is asked for, the use case, what it came to |
//! | `planned` | what a user's lab is expected to use, from its definitions, the scenarios and the last bulk test |
//! | `lab` | what of a user's lab is billed |
//! | `stood` | since when labs stand, by the journal |
//! | `measured`, `counted` | what users used, by CloudWatch, log groups and histories |

mod counted;
mod lab;
mod measured;
mod options;
mod planned;
mod run;
mod stood;
mod view;

pub(crate) use options::CostOptions;
pub(crate) use run::{cost, planned_view, standing};
