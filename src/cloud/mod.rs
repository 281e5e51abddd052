//! The seam: one narrow trait over the verbs labctl needs. `sdk` is the only folder that names `aws_*`.

mod error;
mod seam;

pub use error::{CloudError, ErrorClass};
pub use seam::{Cloud, Identity, Scope, Started};
