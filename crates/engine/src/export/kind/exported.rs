//! What the file of a kind says.

use crate::export::{Module, Template};
use crate::kind::Resource;
use crate::model::Place;

/// Where a resource is made, and what of it is no text.
pub(in crate::export) struct Made<'lab> {
    /// The account and region.
    pub(in crate::export) place: &'lab Place,
    /// The package of a function.
    pub(in crate::export) package: Option<Vec<u8>>,
}

/// A kind's content as other engines have it.
pub(in crate::export) trait Exported {
    /// Terraform's type of it, which has an `arn` and is called as [`crate::export::name::identifier`] writes the name.
    const TERRAFORM: &'static str;

    /// Adds the resource to a template.
    fn cloudformation(&self, resource: &Resource, template: &mut Template<'_>);

    /// Adds the resource to a module.
    fn terraform(&self, resource: &Resource, made: Made<'_>, module: &mut Module);
}
