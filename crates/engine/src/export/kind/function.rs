//! Functions. <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html>,
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lambda_function>

use serde_json::{Map, Value, json};

use super::{Exported, Made};
use crate::export::module::{literal, literals, tags};
use crate::export::{Module, Template};
use crate::kind::{Code, Function, LogGroup, Resource};

impl Exported for Function {
    const TERRAFORM: &'static str = "aws_lambda_function";

    fn cloudformation(&self, resource: &Resource, template: &mut Template<'_>) {
        let Self { runtime, handler, role, description, timeout_seconds, memory_mib, environment, .. } = self;
        let Self { architecture, layers, code, .. } = self;
        let name = &resource.key.name;
        let variables: Map<String, Value> =
            environment.iter().map(|(name, value)| (name.clone(), template.value(value))).collect();
        let properties = json!({
            "FunctionName": template.text(name),
            "Runtime": runtime,
            "Handler": handler,
            "Role": template.arn(role),
            "Description": template.text(description),
            "Timeout": timeout_seconds,
            "MemorySize": memory_mib,
            "Architectures": (architecture != Self::X86).then_some([architecture]),
            "Layers": (!layers.is_empty()).then(|| layers.iter().map(|arn| template.text(arn)).collect::<Vec<_>>()),
            "Environment": (!variables.is_empty()).then(|| json!({ "Variables": variables })),
            "Code": { "S3Bucket": { "Ref": "CodeBucket" }, "S3Key": format!("code/{}", package_name(code)) },
            "Tags": template.tags(resource),
        });
        // Lambda makes one without retention where it finds none.
        let group = LogGroup::key(Self::log_group(name));
        template.add(&resource.key, "AWS::Lambda::Function", properties, &[group]);
    }

    fn terraform(&self, resource: &Resource, made: Made<'_>, module: &mut Module) {
        let Self { runtime, handler, role, description, timeout_seconds, memory_mib, environment, .. } = self;
        let Self { architecture, layers, code, .. } = self;
        let name = &resource.key.name;
        let file = made.package.map(|bytes| module.file(format!("packages/{}", package_name(code)), bytes));
        let group = module.address(&LogGroup::key(Self::log_group(name)));
        let arguments = json!({
            "function_name": literal(name),
            "runtime": runtime,
            "handler": literal(handler),
            "role": module.arn(role),
            "description": (!description.is_empty()).then(|| literal(description)),
            "timeout": timeout_seconds,
            "memory_size": memory_mib,
            "architectures": (architecture != Self::X86).then_some([architecture]),
            "layers": (!layers.is_empty()).then(|| layers.iter().map(|arn| literal(arn)).collect::<Vec<_>>()),
            "environment": (!environment.is_empty()).then(|| json!([{ "variables": literals(environment) }])),
            "filename": file,
            "source_code_hash": code.sha256,
            "depends_on": group.map(|group| [group]),
            "tags": tags(&resource.tags),
        });
        module.add(&resource.key, (Self::TERRAFORM, name), arguments, name);
    }
}

/// The file of a package, by its digest.
pub fn package_name(code: &Code) -> String {
    format!("{}.zip", code.sha256_hex())
}
