//! The engine as a whole.

mod engine;
mod reference;
