//! A function as the runtime needs it, and what came of running it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Access key id, secret key, session token.
pub type Keys = (String, String, String);

/// A function as the runtime needs it.
#[derive(Clone)]
pub struct Function {
    /// Its ARN, unqualified.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// `$LATEST`.
    pub version: String,
    /// Changes with code and configuration; workers of another revision are not used.
    pub revision: String,
    /// `module.function`.
    pub handler: String,
    /// Mebibytes.
    pub memory_mb: u64,
    /// How long one request may take.
    pub timeout: Duration,
    /// `/aws/lambda/<name>`.
    pub log_group: String,
    /// The unpacked package.
    pub code: PathBuf,
    /// The region it lives in.
    pub region: String,
    /// `python3.13`, … (what the handler sees in `AWS_EXECUTION_ENV`; the host's python3 runs it).
    pub runtime: String,
    /// The function's own environment variables.
    pub environment: Arc<BTreeMap<String, String>>,
    /// Where the handler finds AWS.
    pub endpoint_url: String,
    /// Whether the code mentions boto3, so that it is worth preloading.
    pub wants_boto3: bool,
    /// Makes temporary keys of the function's role; called once per worker.
    pub keys: Arc<dyn Fn() -> Keys + Send + Sync>,
    /// Names a log stream; called once per worker.
    pub stream: Arc<dyn Fn() -> String + Send + Sync>,
}

/// What came of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ran {
    /// What the handler returned, or Lambda's error object.
    pub payload: Vec<u8>,
    /// Whether it is an error object.
    pub failed: bool,
    /// What was printed and logged, without line ends; and the runtime's own line about an error.
    pub lines: Vec<String>,
    /// The log stream of the worker.
    pub stream: String,
    /// How long the handler ran, in milliseconds.
    pub duration_ms: f64,
    /// How long the code took to load, in milliseconds; only for the first request of a worker.
    pub init_ms: Option<f64>,
    /// The most memory the worker had, in mebibytes.
    pub memory_mb: u64,
    /// `timeout` or `error`, as the REPORT line tells it.
    pub status: Option<&'static str>,
}
