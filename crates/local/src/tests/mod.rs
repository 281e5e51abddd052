//! The endpoint as a client sees it: over a socket, signed.

mod account;
mod client;
mod gate;
mod hardships;
mod permissions;
mod sizes;
mod storage;
mod workflows;
