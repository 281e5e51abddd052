//! JSONata 2.0.6 as AWS Step Functions evaluates it.
//!
//! [`parse`] reads an expression into a [`Node`]; the tree is public, so that a checker can look for names, variables and calls.
//! Nothing here reads a clock, draws a random number or does input and output: the caller gives what an expression may see.
//!
//! ```
//! let tree = labctl_jsonata::parse("$states.input.total * 2").unwrap();
//! assert!(matches!(tree.kind, labctl_jsonata::Kind::Binary { .. }));
//! let error = labctl_jsonata::parse("1 +").unwrap_err();
//! assert_eq!(error.message, "Unexpected end of expression");
//! ```

mod datetime;
mod error;
mod evaluate;
mod functions;
mod number;
mod quote;
mod regexp;
mod signature;
mod stack;
mod syntax;
mod text;
mod value;

#[cfg(test)]
mod tests;

pub use error::{EvaluationError, ParseError};
pub use evaluate::{Host, evaluate};
pub use functions::names as function_names;
pub use number::Number;
pub use regexp::Pattern;
pub use signature::Signature;
pub use syntax::{
    Binding, Call, Group, Kind, Lambda, Literal, Node, Operator, Path, Slot, Stage, Term, Transform, parse,
};
pub use value::{NoJson, Value};
