//! The environment a handler sees.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>

use std::collections::BTreeMap;
use std::path::Path;

use super::function::Function;

/// All variables of a worker: Lambda's, then the function's own, which cannot replace the reserved ones.
pub(super) fn environment(function: &Function, stream: &str, folder: &Path) -> BTreeMap<String, String> {
    let (access_key, secret_key, session_token) = (function.keys)();
    let folder = folder.to_string_lossy();
    let defaults = [
        ("LANG", "en_US.UTF-8"),
        ("TZ", ":UTC"),
        ("PATH", "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"),
        ("SHLVL", "0"),
        ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"),
    ];
    let memory = function.memory_mb.to_string();
    let execution = format!("AWS_Lambda_{}", function.runtime);
    let task_root = function.code.to_string_lossy();
    let reserved = [
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.as_str()),
        ("AWS_LAMBDA_FUNCTION_VERSION", &function.version),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &function.log_group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", stream),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_EXECUTION_ENV", &execution),
        ("AWS_REGION", &function.region),
        ("AWS_DEFAULT_REGION", &function.region),
        ("AWS_ACCESS_KEY_ID", &access_key),
        ("AWS_SECRET_ACCESS_KEY", &secret_key),
        ("AWS_SESSION_TOKEN", &session_token),
        ("_HANDLER", &function.handler),
        ("LAMBDA_TASK_ROOT", &task_root),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        // What AWS has no need of: where AWS is, and a /tmp of the worker's own. A worker that has its own file tree
        // replaces the folders by AWS's.
        ("AWS_ENDPOINT_URL", &function.endpoint_url),
        ("TMPDIR", &folder),
        ("HOME", &folder),
        // A host behind a proxy must not send the handler's calls there.
        ("NO_PROXY", "127.0.0.1,localhost"),
    ];
    let mut environment = BTreeMap::new();
    environment.extend(defaults.map(|(name, value)| (name.to_owned(), value.to_owned())));
    environment.extend(function.environment.iter().map(|(name, value)| (name.clone(), value.clone())));
    environment.extend(reserved.map(|(name, value)| (name.to_owned(), value.to_owned())));
    environment
}
