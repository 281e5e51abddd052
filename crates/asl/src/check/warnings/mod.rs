//! What AWS accepts and what will yet go wrong. Only what is certain is reported as a warning: each finding is a mistake whatever the input.

mod all;
mod choices;
mod compare;
mod expressions;
mod flow;
mod handlers;
mod tasks;
mod values;
mod variables;

pub(super) use all::all;
