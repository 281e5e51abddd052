//! Why an execution did not do what it should, in a user's words.
//!
//! | file | is |
//! |---|---|
//! | `cause` | the cause: key, text, hint |
//! | `counted` | causes of a class, those that are the same told once |
//! | `find` | from an execution and its trace to the cause, also of a failure that a catcher took |
//! | `message` | what stands in an error's cause: Lambda's error object with file and line, another execution's error |
//! | `denial` | a refused permission: who may not do what to what, and the policy file that should allow it |
//! | `key` | what is the same in the causes of many executions |
//! | `hints` | what to do about it |

#[expect(clippy::module_inception, reason = "the file is named for its main type")]
mod cause;
mod counted;
mod denial;
mod find;
mod hints;
mod key;
mod message;

pub use cause::Cause;
pub use counted::{CommonCause, CommonCauses};
pub use denial::PolicyFiles;
pub use find::{FailedExecution, ending, find};
pub use message::message_of;
