//! The reader of paths, to be compared with others: JSON documents in a file, one path as JSON text per line on stdin.
//!
//! One line of JSON per path on stdout: `{"unread": reason}`, or a list with `{"value": …}` or `{"failed": reason}` per document.

use std::io::{BufRead as _, Write as _};

use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("usage: jsonpath DOCUMENTS < PATHS")?;
    let documents: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let path: String = serde_json::from_str(&line?)?;
        let mut answers = Vec::with_capacity(documents.len());
        let mut unread = None;
        for document in &documents {
            match labctl_asl::find_path(&path, document) {
                Err(reason) => unread = Some(reason),
                Ok(Err(reason)) => answers.push(json!({ "failed": reason })),
                Ok(Ok(value)) => answers.push(json!({ "value": value })),
            }
        }
        let answer = unread.map_or(Value::Array(answers), |reason| json!({ "unread": reason }));
        writeln!(out, "{answer}")?;
    }
    out.flush()?;
    Ok(())
}
