//! Node.js functions: with the host's `node`, where there is one, and without.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::tests::{ID, function, payload};
use super::zygote::Confinement;
use super::{Function, Ran, Runtime};

/// A Node.js function with this file as its code.
fn node_function(file: &str, code: &str) -> (Function, TempDir) {
    let (mut function, folder) = function("");
    std::fs::File::create(folder.path().join(file)).unwrap().write_all(code.as_bytes()).unwrap();
    "index.handler".clone_into(&mut function.handler);
    "nodejs22.x".clone_into(&mut function.runtime);
    (function, folder)
}

fn has_node() -> bool {
    Command::new("node")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|it| it.success())
}

async fn run(file: &str, code: &str, event: &Value) -> Ran {
    let (function, _folder) = node_function(file, code);
    let runtime = Runtime::new(None);
    let ran = runtime.run(&function, ID, event.to_string().as_bytes()).await.unwrap();
    runtime.shutdown().await;
    ran
}

#[tokio::test]
async fn a_handler_gets_its_event_and_lambdas_context() {
    const CODE: &str = "let calls = 0;\nexport const handler = async (event, context) => {\n  console.log('got', event, '\\ntwo');\n  \
        return { n: event.n + 1, calls: ++calls, id: context.awsRequestId, mb: context.memoryLimitInMB, env: process.env.AWS_EXECUTION_ENV, \
        left: context.getRemainingTimeInMillis() > 1000, args: process.argv.length };\n};\n";
    if !has_node() {
        let told = payload(&run("index.mjs", CODE, &json!({ "n": 1 })).await);
        assert_eq!(told["errorType"], "Runtime.InvalidEntrypoint", "{told}");
        assert!(told["errorMessage"].as_str().unwrap().contains("no `node` on the PATH"), "{told}");
        return;
    }
    for confinement in [Confinement::Namespaces, Confinement::Landlock, Confinement::Nothing] {
        let (function, _folder) = node_function("index.mjs", CODE);
        let runtime = Runtime::new(None).confined(confinement);
        for calls in 1..3 {
            let ran = runtime.run(&function, ID, b"{\"n\": 1}").await.unwrap();
            let told = payload(&ran);
            let expected = json!({ "n": 2, "calls": calls, "id": ID, "mb": "128", "env": "AWS_Lambda_nodejs22.x", "left": true, "args": 2 });
            assert_eq!((told, ran.init_ms.is_some()), (expected, calls == 1), "{confinement:?} {:?}", ran.lines);
            assert_eq!(ran.lines.len(), 1, "{:?}", ran.lines);
            let line = &ran.lines[0];
            assert!(line.contains(&format!("\t{ID}\tINFO\tgot {{ n: 1 }} \ntwo")), "{line:?}");
        }
        runtime.shutdown().await;
    }
}

#[tokio::test]
async fn results_come_by_return_by_callback_or_not_at_all() {
    if !has_node() {
        return;
    }
    for (file, code, expected) in [
        ("index.js", "exports.handler = async () => undefined;", json!(null)),
        (
            "index.js",
            "exports.handler = (event, context, callback) => setTimeout(() => callback(null, 'late'), 5);",
            json!("late"),
        ),
        (
            "index.cjs",
            "exports.handler = (event, context) => { setTimeout(() => context.succeed([1]), 5); };",
            json!([1]),
        ),
        ("index.js", "exports.handler = () => { setTimeout(() => {}, 5); };", json!(null)),
    ] {
        let ran = run(file, code, &json!({})).await;
        assert_eq!((payload(&ran), ran.failed), (expected, false), "{code} {:?}", ran.lines);
    }
}

#[tokio::test]
async fn errors_are_told_as_lambdas_runtime_tells_them() {
    if !has_node() {
        return;
    }
    for (file, code, kind, message) in [
        (
            "index.mjs",
            "export const handler = async () => {\n  throw new RangeError('too far');\n};\n",
            "RangeError",
            "too far",
        ),
        ("index.js", "exports.handler = (e, c, callback) => callback(new TypeError('no'));\n", "TypeError", "no"),
        ("index.js", "exports.handler = (e, c, callback) => callback('plain');\n", "string", "plain"),
        (
            "index.mjs",
            "export const other = 1;\n",
            "Runtime.HandlerNotFound",
            "index.handler is undefined or not exported",
        ),
        ("other.mjs", "export const handler = 1;\n", "Runtime.ImportModuleError", "Error: Cannot find module 'index'"),
        (
            "index.js",
            "exports.handler = async () => 1;\nrequire('nothing-like-it');\n",
            "Runtime.ImportModuleError",
            "Error: Cannot find module 'nothing-like-it'",
        ),
        ("index.js", "exports.handler = async ( => 1;\n", "Runtime.UserCodeSyntaxError", "SyntaxError: "),
        (
            "index.js",
            "exports.handler = () => { setTimeout(() => { throw new Error('later'); }, 1); };\n",
            "Error",
            "later",
        ),
        (
            "index.mjs",
            "export const handler = async () => ({ a: 1n });\n",
            "Error",
            "Unable to stringify response body",
        ),
    ] {
        let ran = run(file, code, &json!({})).await;
        let told = payload(&ran);
        let keys: Vec<&String> = told.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["errorType", "errorMessage", "trace"], "{told}");
        assert_eq!((told["errorType"].as_str(), ran.failed), (Some(kind), true), "{code} {told}");
        assert!(told["errorMessage"].as_str().unwrap().starts_with(message), "{code} {told}");
        assert!(ran.lines.iter().any(|line| line.contains("\tERROR\t") && line.contains(kind)), "{:?}", ran.lines);
    }
    let ran =
        run("index.mjs", "export const handler = async () => {\n  throw new RangeError('too far');\n};\n", &json!({}))
            .await;
    let trace = payload(&ran)["trace"].clone();
    assert_eq!(trace[0], "RangeError: too far");
    assert!(trace[1].as_str().unwrap().contains("file:///var/task/index.mjs:2:9"), "{trace}");
    // The process's end is told as any other's.
    let ran = run("index.mjs", "export const handler = async () => process.exit(3);\n", &json!({})).await;
    assert!(
        payload(&ran)["errorMessage"].as_str().unwrap().ends_with("Runtime exited with error: exit status 3"),
        "{:?}",
        ran.lines
    );
}
