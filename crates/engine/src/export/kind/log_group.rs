//! Log groups. <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html>,
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudwatch_log_group>

use serde_json::json;

use super::{Exported, Made};
use crate::export::module::{literal, tags};
use crate::export::{Module, Template};
use crate::kind::{LogGroup, Resource};

impl Exported for LogGroup {
    const TERRAFORM: &'static str = "aws_cloudwatch_log_group";

    fn cloudformation(&self, resource: &Resource, template: &mut Template<'_>) {
        let Self { retention_days } = self;
        let properties = json!({
            "LogGroupName": template.text(&resource.key.name),
            "RetentionInDays": retention_days,
            "Tags": template.tags(resource),
        });
        template.add(&resource.key, "AWS::Logs::LogGroup", properties, &[]);
    }

    fn terraform(&self, resource: &Resource, _: Made<'_>, module: &mut Module) {
        let Self { retention_days } = self;
        let name = &resource.key.name;
        let arguments =
            json!({ "name": literal(name), "retention_in_days": retention_days, "tags": tags(&resource.tags) });
        module.add(&resource.key, (Self::TERRAFORM, name), arguments, name);
    }
}
