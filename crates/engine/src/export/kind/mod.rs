//! One resource of each kind in a template of CloudFormation and in a module of Terraform.
//!
//! `exported` is the trait they implement; `every` hands a resource to the file of its kind.

mod any_resource;
mod dashboard;
pub(super) mod every;
mod exported;
mod function;
mod log_group;
mod queue;
mod role;
mod state_machine;

pub(super) use exported::{Exported, Made};
pub use function::package_name;
