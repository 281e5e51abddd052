//! Expressions worked out.

use super::functions::{self, Argument};
use super::parse::Node;
use super::refusal::Refusal;
use super::scope::Scope;
use super::value::{Value, apply, negative};

/// Works out an expression.
///
/// # Errors
/// When the expression cannot have a value.
pub(in crate::service::cloudwatch) fn evaluate(node: &Node, scope: &Scope<'_>) -> Result<Value, Refusal> {
    let value = match node {
        Node::Number(number) => Value::number(*number),
        Node::Text(_) => return Err(Refusal::wrong("A string is no value")),
        Node::Word(word) => return Err(Refusal::wrong(format!("'{word}' is no value"))),
        Node::Id(id) => return scope.result(id),
        Node::List(nodes) => list(nodes, scope)?,
        Node::Negative(node) => negative(evaluate(node, scope)?),
        Node::Two(operator, left, right) => apply(*operator, &evaluate(left, scope)?, &evaluate(right, scope)?)?,
        Node::Call(name, nodes) => {
            functions::check(name)?;
            let arguments: Vec<Argument> = nodes.iter().map(|node| argument(node, scope)).collect::<Result<_, _>>()?;
            functions::call(scope, name, arguments)?
        }
    };
    scope.take(value.size())?;
    Ok(value)
}

fn argument(node: &Node, scope: &Scope<'_>) -> Result<Argument, Refusal> {
    Ok(match node {
        Node::Word(word) => Argument::Word(word.clone()),
        Node::Text(text) => Argument::Text(text.clone()),
        node => Argument::Value(evaluate(node, scope)?),
    })
}

fn list(nodes: &[Node], scope: &Scope<'_>) -> Result<Value, Refusal> {
    let mut lines = Vec::new();
    for node in nodes {
        match evaluate(node, scope)? {
            Value::Line(line) => lines.push(line),
            Value::Lines(more) => lines.extend(more),
            Value::Number(_) => return Err(Refusal::wrong("An array can only have time series in it")),
        }
    }
    Ok(Value::Lines(lines))
}
