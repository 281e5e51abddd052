//! The endpoint as a client sees it: over a socket, signed.

mod account;
mod client;
mod console;
mod console_rooms;
mod hardships;
mod mocks;
mod permissions;
mod resources;
mod server;
mod sizes;
mod storage;
mod workflows;
