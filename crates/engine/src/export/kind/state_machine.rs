//! State machines. <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html>,
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/sfn_state_machine>

use serde_json::json;

use super::{Exported, Made};
use crate::export::module::{literal, tags};
use crate::export::{Module, Template};
use crate::kind::{LogGroup, Resource, StateMachine};
use crate::model::Logging;

impl Exported for StateMachine {
    const TERRAFORM: &'static str = "aws_sfn_state_machine";

    fn cloudformation(&self, resource: &Resource, template: &mut Template<'_>) {
        let Self { machine_type, role, definition, logging } = self;
        let logging = logging.as_ref().map(|Logging { level, include_execution_data, log_group }| {
            // What GetAtt gives ends in `:*` already, as Step Functions wants it.
            let group = template.arn_of(&LogGroup::key(log_group.clone()));
            let group = group.unwrap_or_else(|| template.text(&template.log_group_arn(log_group)));
            json!({
                "Level": level,
                "IncludeExecutionData": include_execution_data,
                "Destinations": [{ "CloudWatchLogsLogGroup": { "LogGroupArn": group } }],
            })
        });
        let properties = json!({
            "StateMachineName": template.text(&resource.key.name),
            "StateMachineType": machine_type,
            "RoleArn": template.arn(role),
            "DefinitionString": template.text(definition),
            "LoggingConfiguration": logging,
            "Tags": template.tags(resource),
        });
        template.add(&resource.key, "AWS::StepFunctions::StateMachine", properties, &[]);
    }

    fn terraform(&self, resource: &Resource, made: Made<'_>, module: &mut Module) {
        let Self { machine_type, role, definition, logging } = self;
        let name = &resource.key.name;
        let path = module.file(format!("definitions/{name}.asl.json"), definition.as_bytes().to_vec());
        let logging = logging.as_ref().map(|Logging { level, include_execution_data, log_group }| {
            let key = LogGroup::key(log_group.clone());
            let group = match module.address(&key) {
                Some(address) => format!("${{{address}.arn}}:*"),
                None => format!("{}:*", literal(&made.place.arn(&key, "/"))),
            };
            json!([{ "level": level, "include_execution_data": include_execution_data, "log_destination": group }])
        });
        let arguments = json!({
            "name": literal(name),
            "type": machine_type,
            "role_arn": module.arn(role),
            "definition": format!("${{file(\"{path}\")}}"),
            "logging_configuration": logging,
            "tags": tags(&resource.tags),
        });
        let arn = made.place.arn(&resource.key, "/");
        module.add(&resource.key, (Self::TERRAFORM, name), arguments, &arn);
    }
}
