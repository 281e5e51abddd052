//! What stands in an error's cause.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// An error as whoever failed told of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// The error's name, where the cause has a better one than the event.
    pub(super) error: Option<String>,
    /// The whole message.
    pub(super) message: String,
    /// A handler's file and line, as `pay.py:31`.
    pub(super) place: Option<String>,
}

/// Executions that start executions that start executions: so many causes within causes are read.
const DEEPEST: usize = 5;

/// Reads a cause: plain text, Lambda's error object, or the description of another execution that failed.
/// <https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html>
pub(super) fn told(cause: &str) -> Told {
    read(cause, DEEPEST)
}

/// What a cause says, in one line.
pub fn message_of(cause: &str) -> String {
    told(cause).message.lines().next().unwrap_or_default().trim().to_owned()
}

fn read(cause: &str, deepest: usize) -> Told {
    let plain = || Told { error: None, message: cause.trim().to_owned(), place: place_in_message(cause) };
    let Ok(Value::Object(members)) = serde_json::from_str(cause) else { return plain() };
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    if let Some(inner) = text("Cause").filter(|_| deepest > 0) {
        // Of a nested execution, of a task that somebody else reported.
        let inner = read(inner, deepest - 1);
        return Told { error: inner.error.or_else(|| text("Error").map(str::to_owned)), ..inner };
    }
    let message = ["errorMessage", "message", "Message", "StatusReason", "StoppedReason"].into_iter().find_map(text);
    let error = ["errorType", "Error", "__type"].into_iter().find_map(text);
    let Some(message) = message.or(error) else { return plain() };
    let frames = ["stackTrace", "trace"].into_iter().find_map(|name| members.get(name)?.as_array());
    let frames = frames.into_iter().flatten().filter_map(Value::as_str);
    Told {
        error: error.map(str::to_owned),
        message: message.trim().to_owned(),
        place: frames.filter_map(place_in_frame).next_back().or_else(|| place_in_message(message)),
    }
}

/// Python: `File "/var/task/pay.py", line 31, in handler`.
static PYTHON: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"File "([^"]+)",? [Ll]ine (\d+)"#).ok());
/// Node.js: `at handler (/var/task/index.mjs:3:9)`; Java: `com.example.Pay.handle(Pay.java:12)`.
static OTHERS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\(?((?:/|file://)?[\w./-]+\.\w+):(\d+)(?::\d+)?\)?$").ok());
/// Python's own words for a file that is no program: `invalid syntax (pay.py, line 31)`.
static SYNTAX: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\(([\w./-]+\.\w+), line (\d+)\)").ok());

/// Where in a handler's own files a frame of a stack is; none for what Lambda or a layer brings.
fn place_in_frame(frame: &str) -> Option<String> {
    let frame = frame.lines().next().unwrap_or_default().trim();
    let found = PYTHON.as_ref().and_then(|it| it.captures(frame)).or_else(|| OTHERS.as_ref()?.captures(frame))?;
    let (file, line) = (found.get(1)?.as_str(), found.get(2)?.as_str());
    let file = file.trim_start_matches("file://");
    let brought = ["/var/runtime/", "/var/lang/", "/opt/", "/usr/"].iter().any(|folder| file.starts_with(folder));
    let own = file.strip_prefix("/var/task/").unwrap_or(file);
    (!brought && !own.contains("node_modules/") && !own.starts_with('<')).then(|| format!("{own}:{line}"))
}

fn place_in_message(message: &str) -> Option<String> {
    let found = SYNTAX.as_ref()?.captures(message)?;
    Some(format!("{}:{}", found.get(1)?.as_str(), found.get(2)?.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(cause: &Value) -> (String, String, String) {
        let told = told(&cause.to_string());
        (told.error.unwrap_or_default(), told.message, told.place.unwrap_or_default())
    }

    #[test]
    fn a_handlers_error_has_its_file_and_line() {
        let python = json!({"errorMessage": "no amount\nin it", "errorType": "ValueError", "requestId": "1", "stackTrace": [
            "  File \"/var/task/pay.py\", line 31, in handler\n    check(event)\n",
            "  File \"/var/task/lib/check.py\", line 7, in check\n    raise ValueError()\n",
            "  File \"/var/lang/lib/python3.13/json/decoder.py\", line 345, in decode\n"]});
        assert_eq!(read(&python), ("ValueError".into(), "no amount\nin it".into(), "lib/check.py:7".into()));
        let node = json!({"errorType": "TypeError", "errorMessage": "x is not a function", "trace": [
            "TypeError: x is not a function", "    at pay (/var/task/index.mjs:3:9)", "    at Runtime.handle (file:///var/runtime/index.mjs:1:2)"]});
        assert_eq!(read(&node).2, "index.mjs:3");
        let java = json!({"errorMessage": "m", "errorType": "java.lang.X", "stackTrace": ["com.example.Pay.handle(Pay.java:12)"]});
        assert_eq!(read(&java).2, "Pay.java:12");
        let syntax = json!({"errorType": "Runtime.UserCodeSyntaxError", "errorMessage": "Syntax error in module 'pay': invalid syntax (pay.py, line 4)",
            "stackTrace": ["  File \"/var/task/pay.py\" Line 4\n    def\n"]});
        assert_eq!(read(&syntax).2, "pay.py:4");
        let import = json!({"errorType": "Runtime.ImportModuleError", "errorMessage": "Unable to import module 'pay'", "stackTrace": []});
        assert_eq!(
            read(&import),
            ("Runtime.ImportModuleError".into(), "Unable to import module 'pay'".into(), String::new())
        );
    }

    #[test]
    fn what_another_execution_failed_with_is_found_inside() {
        let inner = json!({"errorMessage": "no stock", "errorType": "StockError", "stackTrace": ["  File \"/var/task/a.py\", line 2, in f"]});
        let child =
            json!({"ExecutionArn": "arn", "Status": "FAILED", "Error": "StockError", "Cause": inner.to_string()});
        assert_eq!(read(&child), ("StockError".into(), "no stock".into(), "a.py:2".into()));
        let plain = json!({"Error": "E", "Cause": "because"});
        assert_eq!(read(&plain), ("E".into(), "because".into(), String::new()));
    }

    #[test]
    fn anything_else_is_its_own_message() {
        for text in ["Task timed out after 3.00 seconds", "", "{\"a\": 1}", "[1]", "{"] {
            assert_eq!(told(text).message, text);
        }
        let deep = (0..10).fold("end".to_owned(), |inner, _| json!({ "Cause": inner }).to_string());
        assert!(told(&deep).message.contains("end"));
    }
}
