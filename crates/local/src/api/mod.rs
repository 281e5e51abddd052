//! What the API has: a row for each operation of each service, beside the members that AWS's models list.

mod cloudcontrolapi;
mod cloudwatch;
mod constraint;
mod hold;
mod iam;
mod lambda;
mod logs;
mod members;
mod operation;
mod sqs;
mod states;
mod sts;
mod table;
mod tagging;
mod wording;

pub(crate) use hold::{hold, hold_input};
pub(crate) use members::check;
pub(crate) use operation::{Api, MapForm, Operation};
pub(crate) use table::{ALL, action, action_of, find, largest, operation};
