//! What the API has: the members of requests that each operation reads, beside those that AWS's model of it lists.

mod members;

pub(crate) use members::{HEADERS, check};
