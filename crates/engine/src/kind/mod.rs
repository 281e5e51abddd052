//! What a role, a log group, a function, a queue, a state machine and a dashboard are: one file per kind with its content, digest, difference,
//! dependencies, limits and the calls that a change of it takes. Pure. `docs/adding-a-kind.md` walks through a seventh.
//!
//! `content` is the trait that a kind's file implements, with what is known of the kind as a table of facts; `facts` and `body` hand them out
//! for every kind of the list in `model`, so that whoever handles "a resource" calls methods and matches on nothing. The calls
//! themselves are made by the files of the same names in `cloud/sdk/kind`.

use crate::model::kinds;

/// What each kind is outside this room: its content, by its name.
macro_rules! contents {
    ($($(#[$_doc:meta])* $module:ident $name:ident $_word:literal)*) => { $(pub use $module::$name;)* };
}

mod any_resource;
mod body;
mod constraint;
mod content;
mod dashboard;
mod difference;
mod facts;
mod function;
mod log_group;
mod observed;
pub mod operation;
mod part;
mod queue;
mod resource;
mod role;
mod state_machine;
mod states;

pub use any_resource::{Schema, TagForm, TypedName, Unnamed, filled, is_late, late_in, later};
pub use body::{Body, Variant, difference};
pub use constraint::{Constraint, Refusal};
pub use content::{Content, Dependency, Entry, Facts, Id, Limit, Measure, Price};
pub use difference::{Difference, FieldChange, StateChanges};
pub use function::{Code, Package};
pub use observed::{Live, LiveState, Observed, Other};
pub use part::Part;
pub use resource::{Desired, Resource, UserDesired, mark};
kinds!(contents);
