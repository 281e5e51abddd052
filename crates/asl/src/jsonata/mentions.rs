//! What an expression asks for, read off its syntax tree.

use std::collections::BTreeSet;

use serde_json::Value;

use super::expression::Expression;

/// Functions whose value is undefined when their first argument is.
const HAND_ON: [&str; 18] = [
    "abs",
    "average",
    "ceil",
    "contains",
    "floor",
    "keys",
    "length",
    "lowercase",
    "max",
    "min",
    "number",
    "pad",
    "round",
    "split",
    "string",
    "sum",
    "trim",
    "uppercase",
];

/// What an expression asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mentions {
    /// Names after `$` that it does not bind itself, each with the names that follow it: `["states", "input", "total"]`.
    pub paths: BTreeSet<Vec<String>>,
    /// Those of the paths without which it has no value.
    pub needed: BTreeSet<Vec<String>>,
    /// Names of functions called with `$`.
    pub functions: BTreeSet<String>,
    /// Names of functions called without `$`.
    pub bare_functions: BTreeSet<String>,
    bound: BTreeSet<String>,
}

impl Expression {
    /// What it asks for.
    pub(crate) fn mentions(&self) -> Mentions {
        let mut mentions = Mentions::default();
        // The tree is read as data: its nodes are many, and only few of them matter here.
        let Ok(tree) = serde_json::to_value(&self.syntax) else { return mentions };
        mentions.walk(&tree);
        mentions.need(&tree);
        let bound = std::mem::take(&mut mentions.bound);
        let free = |path: &Vec<String>| path.first().is_some_and(|name| !bound.contains(name));
        mentions.paths.retain(free);
        mentions.needed.retain(free);
        mentions.functions.retain(|name| !bound.contains(name));
        mentions
    }
}

impl Mentions {
    fn walk(&mut self, node: &Value) {
        match node {
            Value::Array(nodes) => nodes.iter().for_each(|node| self.walk(node)),
            Value::Object(members) => {
                for (name, inner) in members {
                    self.note(name, inner);
                    if name == "Path"
                        && let Some(path) = variable_path(node)
                    {
                        self.paths.insert(path);
                        // The first step is told with those after it.
                        let rest = inner.get("steps").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                        rest.iter().skip(1).for_each(|step| self.walk(step));
                        rest.first().and_then(|step| step.get("stages")).into_iter().for_each(|inner| self.walk(inner));
                        continue;
                    }
                    self.walk(inner);
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, name: &str, inner: &Value) {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        match name {
            "Variable" => self.paths.extend(text(Some(inner)).filter(|name| !name.is_empty()).map(|name| vec![name])),
            "Function" => {
                let with_dollar = inner.get("is_builtin").and_then(Value::as_bool) == Some(true);
                let set = if with_dollar { &mut self.functions } else { &mut self.bare_functions };
                set.extend(text(inner.get("name")));
            }
            "Lambda" => {
                let parameters = inner.get("params").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                self.bound.extend(parameters.iter().filter_map(|name| text(Some(name))));
            }
            "Binary" if inner.get("op").and_then(Value::as_str) == Some("ColonEqual") => {
                self.bound.extend(inner.get("lhs").and_then(|lhs| text(lhs.get("Variable"))));
            }
            "focus" | "index_var" | "Index" => self.bound.extend(text(Some(inner))),
            _ => {}
        }
    }

    /// Notes the paths without which a node has no value.
    fn need(&mut self, node: &Value) {
        if let Some(path) = variable_path(node) {
            self.needed.insert(path);
            return;
        }
        let Some((name, inner)) = node.as_object().and_then(|members| members.iter().next()) else { return };
        match name.as_str() {
            "Binary" => {
                let op = inner.get("op").and_then(Value::as_str).unwrap_or_default();
                let strict = ["Add", "Subtract", "Multiply", "Divide", "Modulo"];
                if strict.contains(&op) || op.starts_with("LessThan") || op.starts_with("GreaterThan") {
                    ["lhs", "rhs"].iter().filter_map(|side| inner.get(side)).for_each(|side| self.need(side));
                }
            }
            "Unary" => inner.get("operand").into_iter().for_each(|operand| self.need(operand)),
            "Block" => {
                if let Some([only]) = inner.as_array().map(Vec::as_slice) {
                    self.need(only);
                }
            }
            "Function" => {
                let known = inner.get("name").and_then(Value::as_str).is_some_and(|name| HAND_ON.contains(&name));
                let first = inner.get("args").and_then(Value::as_array).and_then(|arguments| arguments.first());
                first.filter(|_| known).into_iter().for_each(|argument| self.need(argument));
            }
            _ => {}
        }
    }
}

/// `$a.b.c` as its names, up to the first step that is no name.
fn variable_path(node: &Value) -> Option<Vec<String>> {
    let name = |node: &Value, kind: &str| node.get(kind).and_then(Value::as_str).map(str::to_owned);
    if let Some(variable) = name(node, "Variable") {
        return Some(vec![variable]).filter(|path| path.iter().all(|name| !name.is_empty()));
    }
    let mut steps = node.get("Path")?.get("steps")?.as_array()?.iter();
    let root = name(steps.next()?.get("node")?, "Variable").filter(|name| !name.is_empty())?;
    let names = steps.map_while(|step| step.get("node").and_then(|node| name(node, "Name")));
    Some(std::iter::once(root).chain(names).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mentions(text: &str) -> Mentions {
        Expression::parse(text).unwrap().mentions()
    }

    fn paths(set: &BTreeSet<Vec<String>>) -> Vec<String> {
        set.iter().map(|path| path.join(".")).collect()
    }

    #[test]
    fn names_in_quotes_and_names_bound_inside_do_not_count() {
        let found =
            mentions("($v := $x.y; $map($states.input.list, function($i) { $i + $v }) ~> $sum()) & '$states.result'");
        assert_eq!(paths(&found.paths), ["states.input.list", "x.y"]);
        assert_eq!(found.functions.iter().map(String::as_str).collect::<Vec<_>>(), ["map", "sum"]);
        assert_eq!(paths(&mentions("$a.b[$c = 1].d").paths), ["a.b.d", "c"]);
    }

    #[test]
    fn what_an_expression_cannot_do_without() {
        let needed = |text| paths(&mentions(text).needed);
        assert_eq!(needed("$x.y"), ["x.y"]);
        assert_eq!(needed("$x + $string($y.z) * 2"), ["x", "y.z"]);
        for optional in ["$exists($x)", "$x = 1", "$x & 'a'", "$x ? 1 : 2", "[$x]", "{'a': $x}", "$x and true"] {
            assert!(needed(optional).is_empty(), "{optional}");
        }
    }
}
