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

#![expect(
    clippy::float_cmp,
    clippy::cast_possible_wrap,
    clippy::manual_checked_ops,
    reason = "the language compares and folds its numbers exactly"
)]
#![expect(
    clippy::unnecessary_wraps,
    clippy::unused_self,
    clippy::needless_pass_by_value,
    reason = "all functions of the language have one signature"
)]
#![expect(
    clippy::assigning_clones,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::items_after_statements,
    clippy::match_same_arms,
    clippy::similar_names,
    reason = "texts are short and cases stand in the order of the language's documentation"
)]

mod datetime;
mod error;
mod evaluate;
mod functions;
mod number;
mod regexp;
mod signature;
mod stack;
mod syntax;
mod text;
mod value;

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
