//! Dashboards, whose tags are a widget of the body.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-dashboard.html>,
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudwatch_dashboard>

use serde_json::json;

use super::{Exported, Made};
use crate::export::module::literal;
use crate::export::{Module, Template};
use crate::kind::{Dashboard, Resource};

impl Exported for Dashboard {
    const TERRAFORM: &'static str = "aws_cloudwatch_dashboard";

    fn cloudformation(&self, resource: &Resource, template: &mut Template<'_>) {
        let Self { body } = self;
        let properties =
            json!({ "DashboardName": template.text(&resource.key.name), "DashboardBody": template.text(body) });
        template.add(&resource.key, "AWS::CloudWatch::Dashboard", properties, &[]);
    }

    fn terraform(&self, resource: &Resource, _: Made<'_>, module: &mut Module) {
        let Self { body } = self;
        let name = &resource.key.name;
        let path = module.file(format!("dashboards/{name}.json"), body.as_bytes().to_vec());
        let arguments = json!({ "dashboard_name": literal(name), "dashboard_body": format!("${{file(\"{path}\")}}") });
        module.add(&resource.key, (Self::TERRAFORM, name), arguments, name);
    }
}
