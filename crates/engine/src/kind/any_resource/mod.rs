//! Resources of any type that AWS's Cloud Control API makes.
//!
//! The name in a key holds type and name, `AWS::DynamoDB::Table/ann-orders`: an identifier is one among those of its type.

mod content;
mod identity;
mod late;
mod likeness;
mod marks;
mod schema;

pub use content::AnyResource;
pub use identity::{TypedName, Unnamed};
pub use late::{filled, is_late, late_in, later};
pub use schema::{Schema, TagForm};
