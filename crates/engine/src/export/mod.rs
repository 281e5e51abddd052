//! A lab for engines that exist: a CloudFormation template for any user, Terraform JSON for a class that is there. Resources in, files
//! out; nothing is asked and nothing is written here.
//!
//! | file | is |
//! |---|---|
//! | `stand_in` | the user, account and region that stand for any while a template is made |
//! | `cloudformation`, `terraform` | a lab as a template, labs as a module |
//! | `template`, `module` | a CloudFormation template and a Terraform module as they are put together |
//! | `kind` | what one resource of each kind is in either |
//! | `name` | names as they may stand in either |

mod cloudformation;
mod file;
mod kind;
mod module;
mod name;
mod stand_in;
mod template;
mod terraform;

pub use cloudformation::cloudformation;
pub use file::ExportFile;
pub use kind::package_name;
pub use module::{Module, Provider};
pub use stand_in::StandIn;
pub use template::{LARGEST_TEMPLATE, MOST_RESOURCES, Template, TemplateError, managed_tags};
pub use terraform::terraform;
