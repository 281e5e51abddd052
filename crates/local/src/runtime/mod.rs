//! Runs Lambda handlers as real processes of the host's python3.
//!
//! A warmed parent (`python/zygote.py`) forks workers; a worker (`python/worker.py`) loads one function and answers one
//! request at a time over a Unix socket. `python/confine.py` keeps it to its function. This folder knows nothing of the Lambda API: it is given a [`Function`] and an
//! event, and gives back what the handler did ([`Ran`]).

mod capacity;
mod environment;
mod error;
mod folder;
mod frame;
mod function;
mod in_flight;
mod memory;
mod output;
mod pool;
mod python;
mod sources;
mod worker;
mod zygote;

pub use error::RuntimeError;
pub use function::{Function, Keys, Ran};
pub use pool::Runtime;
pub use python::{Python, find_python};

#[cfg(test)]
mod confined;
#[cfg(test)]
mod node;
#[cfg(test)]
mod surroundings;
#[cfg(test)]
mod tests;
