//! Lambda functions. <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;
use serde_json::{Value, json};

use super::content::when;
use super::log_group::LogGroup;
use super::role::Role;
use super::{Content, Dependency, Difference, Entry, Facts, Id, Limit, Measure, Part};
use crate::model::{Pack, hexadecimal};

/// A Lambda deployment package on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Package {
    /// The zip file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
}

/// A function's code: by digest everywhere, with bytes at hand only where it is to be uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Code {
    /// SHA-256 of the zip, base64, as Lambda's `CodeSha256` gives it.
    pub sha256: String,
    /// Where the zip lies; absent on what was read from an account.
    pub package: Option<Package>,
}

/// A function's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Function {
    /// `python3.13`.
    pub runtime: String,
    /// `module.function`.
    pub handler: String,
    /// The execution role's ARN.
    pub role: String,
    /// Free text.
    pub description: String,
    /// Seconds.
    pub timeout_seconds: u32,
    /// MiB.
    pub memory_mib: u32,
    /// Environment variables.
    pub environment: BTreeMap<String, String>,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// ARNs of layer versions, in the order in which they are laid over each other.
    pub layers: Vec<String>,
    /// What runs.
    pub code: Code,
}

impl Code {
    /// The digest in hexadecimal digits, as file names have it.
    pub fn sha256_hex(&self) -> String {
        hexadecimal(&BASE64.decode(&self.sha256).unwrap_or_default())
    }
}

impl Function {
    /// The architecture of a function that names none.
    pub const X86: &str = "x86_64";

    /// The log group that Lambda writes to for a function of this name.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html>
    pub fn log_group(name: &str) -> String {
        format!("{}{name}", LogGroup::OF_FUNCTIONS)
    }
}

impl Content for Function {
    const FACTS: Facts = Facts {
        plural: "functions",
        list: "functions",
        is_prefixed: true,
        name_suffix: None,
        has_template: false,
        folder: "lambda",
        service: "lambda",
        arn_prefix: "function:",
        has_path: false,
        is_global: false,
        rank: 1,
        teardown: 1,
        parts: &[Part::Code, Part::Configuration],
        way_out: super::content::RENAME,
        is_work: true,
        is_logged: true,
        is_known_late: false,
        scarce: None,
        finds_roles_out: true,
        is_indexed: true,
        is_few: false,
        limits: &[
            Limit { name: "functions", order: 1, measure: Measure::Resources, published: None },
            Limit { name: "code-storage", order: 2, measure: Measure::Bytes, published: Some(300 << 30) },
            // One run for each user.
            Limit { name: "concurrency", order: 3, measure: Measure::Users, published: Some(1_000) },
        ],
        price: None,
        operations: &[
            ("lambda:CreateFunction", &["FunctionArn"]),
            ("lambda:DeleteFunction", &[]),
            ("lambda:GetFunction", &["Configuration.FunctionName"]),
            ("lambda:ListFunctions", &["Functions"]),
            ("lambda:TagResource", &[]),
            ("lambda:UntagResource", &[]),
            ("lambda:UpdateFunctionCode", &["FunctionName"]),
            ("lambda:UpdateFunctionConfiguration", &["FunctionName"]),
        ],
        delete_calls: &["lambda:GetFunction", "lambda:DeleteFunction"],
        constraints: CONSTRAINTS,
    };

    fn as_written(&self) -> Value {
        let Self { runtime, handler, role, description, timeout_seconds, memory_mib, .. } = self;
        let Self { environment, architecture, layers, code, .. } = self;
        let mut written = json!({
            "runtime": runtime, "handler": handler, "role": role, "description": description,
            "timeout_seconds": timeout_seconds, "memory_mib": memory_mib,
            "environment": environment, "code": code.sha256,
        });
        // What is as AWS makes it unasked stays out, so that digests of functions without it are as they were.
        if let Some(written) = written.as_object_mut() {
            if architecture != Self::X86 {
                written.insert("architecture".to_owned(), json!(architecture));
            }
            if !layers.is_empty() {
                written.insert("layers".to_owned(), json!(layers));
            }
        }
        written
    }

    fn compare(&self, wanted: &Self, found: &mut Difference) {
        let Self { runtime, handler, role, description, timeout_seconds, memory_mib, environment, .. } = wanted;
        let Self { architecture, layers, code, .. } = wanted;
        found.field(Part::Configuration, "runtime", &json!(self.runtime), &json!(runtime));
        found.field(Part::Configuration, "handler", &json!(self.handler), &json!(handler));
        found.field(Part::Configuration, "role", &json!(self.role), &json!(role));
        found.field(Part::Configuration, "description", &json!(self.description), &json!(description));
        found.field(Part::Configuration, "timeout_seconds", &json!(self.timeout_seconds), &json!(timeout_seconds));
        found.field(Part::Configuration, "memory_mib", &json!(self.memory_mib), &json!(memory_mib));
        found.field(Part::Configuration, "environment", &json!(self.environment), &json!(environment));
        found.field(Part::Configuration, "layers", &json!(self.layers), &json!(layers));
        // It is changed with the code.
        found.field(Part::Code, "architecture", &json!(self.architecture), &json!(architecture));
        found.field(Part::Code, "code", &json!(self.code.sha256), &json!(code.sha256));
    }

    /// With its log group finished, one without a retention is somebody's edit. Lambda writes to whatever log group has the name.
    fn dependencies(&self, name: &str) -> Vec<Dependency<'_>> {
        let role = Dependency { what: "its role", kind: Role::KIND, id: Id::Arn(&self.role), is_own: true };
        let group = Id::Name(Self::log_group(name).into());
        vec![role, Dependency { what: "its log group", kind: LogGroup::KIND, id: group, is_own: false }]
    }

    fn role(&self) -> Option<&str> {
        Some(&self.role)
    }

    fn replace_texts(&mut self, replace: &dyn Fn(&str) -> String) {
        self.role = replace(&self.role);
        for value in self.environment.values_mut() {
            *value = replace(value);
        }
    }

    /// It is looked at once after it was made.
    fn create_calls(&self) -> Vec<&'static str> {
        vec!["lambda:CreateFunction", "lambda:GetFunction"]
    }

    fn update_calls(parts: &BTreeSet<Part>) -> Vec<&'static str> {
        let (code, configuration) = (parts.contains(&Part::Code), parts.contains(&Part::Configuration));
        [
            when(code && configuration, &["lambda:UntagResource"]),
            when(code, &["lambda:UpdateFunctionCode", "lambda:GetFunction"]),
            when(configuration, &["lambda:UpdateFunctionConfiguration", "lambda:GetFunction"]),
            vec!["lambda:TagResource"],
        ]
        .concat()
    }

    fn stored_bytes(&self) -> u64 {
        self.code.package.as_ref().map_or(0, |package| package.size)
    }

    fn entries(pack: &Pack) -> Vec<Entry<'_>> {
        let entry = |name, when| Entry { name, when, brought_by: None, template: None };
        pack.functions.iter().map(|it| entry(&it.name, it.when.as_deref())).collect()
    }
}

const CONSTRAINTS: &str = r#"{
  "functions.name": {"operation": "lambda:CreateFunction", "member": "FunctionName", "shortest": 1, "longest": 64,
    "pattern": "[A-Za-z0-9_-]+", "page": "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"},
  "functions.handler": {"operation": "lambda:CreateFunction", "member": "Handler", "longest": 128, "pattern":
    "[^\\s]+", "shortest": 1},
  "functions.description": {"operation": "lambda:CreateFunction", "member": "Description", "longest": 256},
  "functions.runtime": {"operation": "lambda:CreateFunction", "member": "Runtime", "values": ["nodejs", "nodejs4.3",
    "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x", "nodejs16.x", "nodejs18.x", "nodejs20.x",
    "nodejs22.x", "nodejs24.x", "java8", "java8.al2", "java11", "java17", "java21", "java25", "python2.7",
    "python3.6", "python3.7", "python3.8", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13",
    "python3.14", "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet6", "dotnet8",
    "dotnet10", "nodejs4.3-edge", "go1.x", "ruby2.5", "ruby2.7", "ruby3.2", "ruby3.3", "ruby3.4", "ruby4.0",
    "provided", "provided.al2", "provided.al2023", "nodejs26.x", "python3.15", "java8.al2023", "java11.al2023",
    "java17.al2023"]},
  "functions.architecture": {"operation": "lambda:CreateFunction", "member": "Architectures.member", "values":
    ["x86_64", "arm64"]},
  "functions.layers": {"operation": "lambda:CreateFunction", "member": "Layers.member", "shortest": 1, "longest":
    2048, "pattern":
    "((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+))"},
  "functions.timeout_seconds": {"operation": "lambda:CreateFunction", "member": "Timeout", "minimum": 1, "maximum":
    900},
  "functions.memory_mib": {"operation": "lambda:CreateFunction", "member": "MemorySize", "minimum": 128, "maximum":
    10240, "page": "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"},
  "functions.environment": {"operation": "lambda:CreateFunction", "member": "Environment.Variables", "longest":
    4096, "page": "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"},
  "functions.environment.key": {"operation": "lambda:CreateFunction", "member": "Environment.Variables.key",
    "pattern": "[a-zA-Z]([a-zA-Z0-9_])+", "reserved": ["AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "_HANDLER", "_X_AMZN_TRACE_ID"], "page":
    "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"}
}"#;
