//! Permissions that machines and functions need and that the policies of their roles do not give: found before deploying.
//!
//! `needs` reads them off definitions, `grants` evaluates the policies, `check` holds one against the other.

mod check;
mod grants;
mod needs;

pub(super) use check::{Calls, check};
