//! What CreateFunction and UpdateFunctionConfiguration set, with AWS's limits.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>

use crate::member::Member as _;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::wire::Fault;

/// The Python runtimes that Lambda knows or knew. Which of them may still be created is a matter of dates that move.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>
const PYTHON: [&str; 10] = [
    "python3.6",
    "python3.7",
    "python3.8",
    "python3.9",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "python3.15",
];

/// How other runtimes of Lambda begin, which the local endpoint does not run.
const OTHERS: [&str; 7] = ["nodejs", "java", "dotnet", "ruby", "go1.x", "provided", "custom"];

/// Variables that Lambda sets and nobody else may.
const RESERVED: [&str; 18] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

/// The settings of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Configuration {
    pub(super) runtime: String,
    pub(super) role: String,
    pub(super) handler: String,
    pub(super) description: String,
    /// Seconds.
    pub(super) timeout: u64,
    /// Mebibytes.
    pub(super) memory: u64,
    pub(super) environment: Arc<BTreeMap<String, String>>,
    pub(super) tracing: String,
    pub(super) architectures: Vec<String>,
    /// ARNs of layer versions. What is in them is not here.
    #[serde(default)]
    pub(super) layers: Vec<String>,
    /// Mebibytes.
    pub(super) ephemeral_storage: u64,
    /// `None`: `/aws/lambda/<name>`.
    pub(super) log_group: Option<String>,
}

impl Default for Configuration {
    /// What AWS takes where nothing is said.
    fn default() -> Self {
        Self {
            runtime: String::new(),
            role: String::new(),
            handler: String::new(),
            description: String::new(),
            timeout: 3,
            memory: 128,
            environment: Arc::default(),
            tracing: "PassThrough".to_owned(),
            architectures: vec!["x86_64".to_owned()],
            layers: Vec::new(),
            ephemeral_storage: 512,
            log_group: None,
        }
    }
}

impl Configuration {
    /// This configuration with what the input sets.
    ///
    /// # Errors
    /// `ValidationException` and `InvalidParameterValueException` in AWS's words; 501 for what is not offered.
    pub(super) fn with(mut self, input: &Value, operation: &str) -> Result<Self, Fault> {
        refuse_unknown_territory(input, operation)?;
        if let Some(runtime) = text(input, "Runtime") {
            self.runtime = known_runtime(runtime)?;
        }
        for (member, setting) in
            [("Role", &mut self.role), ("Handler", &mut self.handler), ("Description", &mut self.description)]
        {
            if let Some(value) = text(input, member) {
                value.clone_into(setting);
            }
        }
        self.timeout = input.member("Timeout").as_u64().unwrap_or(self.timeout);
        self.memory = input.member("MemorySize").as_u64().unwrap_or(self.memory);
        if let Some(variables) = input.member("Environment").member("Variables").as_object() {
            self.environment = Arc::new(environment(variables)?);
        }
        if let Some(mode) = input.member("TracingConfig").member("Mode").as_str() {
            mode.clone_into(&mut self.tracing);
        }
        if let Some(architectures) = input.member("Architectures").as_array() {
            self.architectures = architectures.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect();
        }
        if let Some(layers) = input.member("Layers").as_array() {
            self.layers = layers.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect();
        }
        let storage = input.member("EphemeralStorage").member("Size");
        self.ephemeral_storage = storage.as_u64().unwrap_or(self.ephemeral_storage);
        if let Some(group) = input.member("LoggingConfig").member("LogGroup").as_str() {
            self.log_group = Some(group.to_owned());
        }
        Ok(self)
    }
}

fn text<'input>(input: &'input Value, member: &str) -> Option<&'input str> {
    input.member(member).as_str()
}

fn refuse_unknown_territory(input: &Value, operation: &str) -> Result<(), Fault> {
    let refuse = |what: &str| {
        let message = format!("the local endpoint does not offer `{what}` of lambda:{operation}");
        Err(Fault::client("NotImplemented", message).status(501))
    };
    if input.member("PackageType").as_str().is_some_and(|kind| kind != "Zip") {
        return refuse("PackageType Image");
    }
    if input.is_true("Publish") {
        return refuse("Publish");
    }
    if input.member("LoggingConfig").member("LogFormat").as_str().is_some_and(|format| format != "Text") {
        return refuse("LoggingConfig.LogFormat JSON");
    }
    if input.member("SnapStart").member("ApplyOn").as_str().is_some_and(|apply| apply != "None") {
        return refuse("SnapStart");
    }
    Ok(())
}

fn known_runtime(runtime: &str) -> Result<String, Fault> {
    let is_node = |version: &str| version.strip_suffix(".x").is_some_and(|major| major.parse::<u8>().is_ok());
    if PYTHON.contains(&runtime) || runtime.strip_prefix("nodejs").is_some_and(is_node) {
        return Ok(runtime.to_owned());
    }
    if OTHERS.iter().any(|other| runtime.starts_with(other)) {
        let message =
            format!("the local endpoint runs Python and Node.js handlers; it does not offer the runtime `{runtime}`");
        return Err(Fault::client("NotImplemented", message).status(501));
    }
    Err(Fault::client(
        "InvalidParameterValueException",
        format!(
            "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{}] or be a \
             valid ARN",
            PYTHON.join(", ")
        ),
    ))
}

fn environment(variables: &serde_json::Map<String, Value>) -> Result<BTreeMap<String, String>, Fault> {
    const LEAD: &str = "Lambda was unable to configure your environment variables because the environment variables \
                        you have provided";
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let environment: BTreeMap<String, String> =
        variables.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    if let Some(name) = RESERVED.into_iter().find(|name| environment.contains_key(*name)) {
        let message = format!(
            "{LEAD} contains reserved keys that are currently not supported for modification. Reserved keys used in \
             this request: {name}"
        );
        return Err(Fault::client("InvalidParameterValueException", message));
    }
    let text = serde_json::to_string(&environment).unwrap_or_default();
    if text.len() > 4096 {
        let message = format!("{LEAD} exceeded the 4KB limit. String measured: {text}");
        return Err(Fault::client("InvalidParameterValueException", message));
    }
    Ok(environment)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Configuration;

    fn fault(input: &serde_json::Value) -> (String, String) {
        let fault = Configuration::default().with(input, "CreateFunction").unwrap_err();
        (fault.code, fault.message)
    }

    #[test]
    fn what_is_set_replaces_the_defaults() {
        let input = json!({ "Runtime": "python3.9", "Timeout": 30, "Environment": { "Variables": { "A": "1" } } });
        let configuration = Configuration::default().with(&input, "CreateFunction").unwrap();
        assert_eq!((configuration.timeout, configuration.memory), (30, 128));
        assert_eq!(configuration.environment["A"], "1");
    }

    #[test]
    fn limits_are_awss() {
        assert_eq!(fault(&json!({ "Runtime": "python2.7x" })).0, "InvalidParameterValueException");
        let large = json!({ "Environment": { "Variables": { "A": "x".repeat(4096) } } });
        assert!(fault(&large).1.contains("exceeded the 4KB limit"));
        assert!(fault(&json!({ "Environment": { "Variables": { "AWS_REGION": "x" } } })).1.ends_with("AWS_REGION"));
    }

    #[test]
    fn what_is_not_offered_is_refused_by_name() {
        for (input, name) in [
            (json!({ "PackageType": "Image" }), "`PackageType Image`"),
            (json!({ "Runtime": "java21" }), "`java21`"),
            (json!({ "Publish": true }), "`Publish`"),
        ] {
            let (code, message) = fault(&input);
            assert!(code == "NotImplemented" && message.contains(name), "{message}");
        }
    }
}
