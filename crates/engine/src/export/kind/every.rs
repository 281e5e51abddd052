//! Hands a resource to the file of its kind.

use super::{Exported, Made};
use crate::export::name::identifier;
use crate::export::{Module, Template};
use crate::kind::{self, Body, Resource};
use crate::model::{Key, Kind, kinds};

macro_rules! every {
    ($($(#[$_doc:meta])* $module:ident $name:ident $_word:literal)*) => {
        /// Adds a resource to a template.
        pub(in crate::export) fn cloudformation(resource: &Resource, template: &mut Template<'_>) {
            match &resource.body { $(Body::$name(content) => content.cloudformation(resource, template),)* }
        }

        /// Adds a resource to a module.
        pub(in crate::export) fn terraform(resource: &Resource, made: Made<'_>, module: &mut Module) {
            match &resource.body { $(Body::$name(content) => content.terraform(resource, made, module),)* }
        }

        /// What a resource is called in a module.
        pub(in crate::export) fn address(key: &Key) -> String {
            let type_name = match key.kind { $(Kind::$name => <kind::$name as Exported>::TERRAFORM,)* };
            format!("{type_name}.{}", identifier(&key.name))
        }
    };
}
kinds!(every);
