//! What the functions and machines of users wrote.
//!
//! | file | is |
//! |---|---|
//! | `options`, `show` | what is asked for, and the use case |
//! | `groups` | the log groups of a user, and whose each is |
//! | `read`, `tail` | what was read of each group, so that nothing is reported twice and nothing is left out |
//! | `follow` | new lines as they come, over connections that end |

mod follow;
mod groups;
mod options;
mod read;
mod show;
mod tail;

pub(crate) use options::LogsOptions;
pub(crate) use show::logs;
