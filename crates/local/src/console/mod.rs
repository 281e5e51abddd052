//! A page that shows what is in the account, for a browser on this machine.

mod access;
mod page;

pub(crate) use access::Console;
