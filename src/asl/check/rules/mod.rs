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

pub(in crate::asl) use choices::*;
pub(in crate::asl) use data::*;
pub(in crate::asl) use errors::*;
pub(in crate::asl) use fields::*;
pub(in crate::asl) use jsonata::*;
pub(in crate::asl) use notation::*;
pub(in crate::asl) use tasks::*;
pub(in crate::asl) use transitions::*;
pub(in crate::asl) use variables::*;

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
