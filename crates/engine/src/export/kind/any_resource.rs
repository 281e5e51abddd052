//! Resources of any type: CloudFormation has the same types with the same properties.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>,
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudcontrolapi_resource>

use serde_json::{Value, json};

use super::{Exported, Made};
use crate::export::module::literal;
use crate::export::{Module, Template};
use crate::kind::{AnyResource, Resource, late_in};

impl Exported for AnyResource {
    const TERRAFORM: &'static str = "aws_cloudcontrolapi_resource";

    /// What is known after deploy cannot be written: the template has no name for it that labctl knows.
    fn cloudformation(&self, resource: &Resource, template: &mut Template<'_>) {
        let key = &resource.key;
        let properties = Value::Object(self.tagged(&resource.tags));
        for (_, attribute) in late_in(&properties.to_string()) {
            template.unknown_attribute(key, &attribute);
        }
        let properties = template.document(key, &properties);
        template.add(key, &self.type_name, properties, &resource.needs);
    }

    /// The provider takes none over that is there, so `ops` refuses a lab that has any.
    fn terraform(&self, resource: &Resource, _: Made<'_>, module: &mut Module) {
        let name = &resource.key.name;
        let desired = Value::Object(self.tagged(&resource.tags)).to_string();
        let arguments = json!({ "type_name": self.type_name, "desired_state": literal(&desired) });
        module.add(&resource.key, (Self::TERRAFORM, name), arguments, name);
    }
}
