//! Brings every chosen user's lab to what the manifest says.
//!
//! | file | is |
//! |---|---|
//! | `run` | the deployment |
//! | `rollout` | how far a class is begun while some of it fails |
//! | `result` | what it came to, per user and resource |

mod result;
mod rollout;
mod run;

pub(crate) use rollout::{Rollout, Share};
pub(crate) use run::{DeployOptions, deploy, deploy_in, refuse_elsewhere};
