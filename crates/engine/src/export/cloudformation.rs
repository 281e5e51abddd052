//! A lab as a template.

use std::sync::Arc;

use super::kind::every;
use super::{ExportFile, StandIn, Template, TemplateError};
use crate::kind::Resource;

/// The template of a lab that was rendered for the stand-in. Its parameters are `User`, by default `user`, and `CodeBucket`, by default `bucket`.
///
/// # Errors
/// What CloudFormation cannot say, and limits that it has.
pub fn cloudformation(
    stand_in: &StandIn,
    resources: &[Arc<Resource>],
    (title, user, bucket): (&str, &str, &str),
) -> Result<ExportFile, Vec<TemplateError>> {
    let mut template = Template::new(stand_in, resources);
    for resource in resources {
        every::cloudformation(resource, &mut template);
    }
    template.finish(title, user, bucket)
}
