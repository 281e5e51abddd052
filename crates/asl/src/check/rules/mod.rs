//! Every rule, by theme. A rule's examples are tested: the wrong one breaks it and nothing else, the right one breaks nothing.

mod choices;
mod data;
mod errors;
mod fields;
mod jsonata;
mod notation;
mod tasks;
mod transitions;
mod variables;

pub(crate) use choices::*;
pub(crate) use data::*;
pub(crate) use errors::*;
pub(crate) use fields::*;
pub(crate) use jsonata::*;
pub(crate) use notation::*;
pub(crate) use tasks::*;
pub(crate) use transitions::*;
pub(crate) use variables::*;

use super::Rule;

/// The code of most refusals.
const SCHEMA: Option<&str> = Some("SCHEMA_VALIDATION_FAILED");

/// Every theme's rules.
pub(super) static ALL: [&[&Rule]; 9] = [
    NOTATION_RULES,
    FIELDS_RULES,
    TRANSITIONS_RULES,
    DATA_RULES,
    JSONATA_RULES,
    VARIABLES_RULES,
    TASKS_RULES,
    ERRORS_RULES,
    CHOICES_RULES,
];
