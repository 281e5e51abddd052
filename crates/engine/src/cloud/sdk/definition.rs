//! What the service itself says of a definition.

use aws_sdk_sfn::types::{
    StateMachineType, ValidateStateMachineDefinitionResultCode, ValidateStateMachineDefinitionSeverity,
};

use super::clients::Clients;
use crate::cloud::CloudError;

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html>
pub(super) async fn validate(clients: &Clients, definition: &str, express: bool) -> Result<Vec<String>, CloudError> {
    let machine_type = if express { StateMachineType::Express } else { StateMachineType::Standard };
    let ask = || {
        let request = clients.states.validate_state_machine_definition().definition(definition);
        request.r#type(machine_type.clone()).severity(ValidateStateMachineDefinitionSeverity::Error).send()
    };
    let answer = clients.caller.call("states:ValidateStateMachineDefinition", ask).await?;
    if answer.result == ValidateStateMachineDefinitionResultCode::Ok {
        return Ok(Vec::new());
    }
    let reported = answer.diagnostics.iter().map(|found| match found.location() {
        Some(location) => format!("{}: {} (at `{location}`)", found.code(), found.message()),
        None => format!("{}: {}", found.code(), found.message()),
    });
    let reported: Vec<String> = reported.collect();
    Ok(if reported.is_empty() { vec!["the definition is refused without a reason".to_owned()] } else { reported })
}
