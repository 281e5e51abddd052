//! Reads JSON texts with an expression each, line by line, and writes what they give, as JSON: `["value", …]`, `["undef"]`, `["func"]`
//! or `["error", code, words]`. To hold the engine beside another: `cargo run -p labctl-jsonata --example answers < expressions.jsonl`.

use std::io::{BufRead as _, Write as _};

use labctl_jsonata::{Host, Value, evaluate, parse};

struct Nothing;

impl Host for Nothing {
    fn variable(&self, _: &str) -> Option<Value> {
        None
    }
    fn now_ms(&self) -> i64 {
        1_795_950_000_000
    }
    fn random(&self) -> u64 {
        0
    }
    fn uuid(&self) -> String {
        String::new()
    }
}

fn answer(text: &str) -> serde_json::Value {
    let tree = match parse(text) {
        Ok(tree) => tree,
        Err(error) => return serde_json::json!(["error", error.code, error.message]),
    };
    match evaluate(&tree, &Nothing) {
        Ok(Value::Undefined) => serde_json::json!(["undef"]),
        Ok(value) => match value.to_json(500) {
            Ok(value) => serde_json::json!(["value", value]),
            Err(_) => serde_json::json!(["func"]),
        },
        Err(error) => serde_json::json!(["error", error.code, error.message]),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let text: String = serde_json::from_str(&line?)?;
        writeln!(out, "{}", answer(&text))?;
    }
    Ok(())
}
