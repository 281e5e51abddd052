//! What an expression asks for, read off its syntax tree.

use std::collections::BTreeSet;

use labctl_jsonata::{Kind, Node, Operator, Stage};

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
        mentions.walk(&self.tree);
        mentions.need(&self.tree);
        let bound = std::mem::take(&mut mentions.bound);
        let free = |path: &Vec<String>| path.first().is_some_and(|name| !bound.contains(name));
        mentions.paths.retain(free);
        mentions.needed.retain(free);
        mentions.functions.retain(|name| !bound.contains(name));
        mentions
    }
}

impl Mentions {
    fn walk(&mut self, node: &Node) {
        self.note(node);
        let mut children = node.children();
        if let Some(path) = variable_path(node) {
            self.paths.insert(path);
            if let Kind::Path(path) = &node.kind
                && let Some(first) = path.steps.first()
            {
                // The first step is reported with those after it.
                children.retain(|child| !std::ptr::eq(*child, first));
                children.extend(first.children());
            }
        }
        if let Kind::Call(call) | Kind::TailCall(call) | Kind::Partial(call) = &node.kind
            && matches!(called(&call.function), Called::Variable(_) | Called::Bare(_))
        {
            children.retain(|child| !std::ptr::eq(*child, &raw const call.function));
            children.extend(
                call.function.children().into_iter().filter(|_| matches!(call.function.kind, Kind::Variable(_))),
            );
        }
        for child in children {
            self.walk(child);
        }
    }

    fn note(&mut self, node: &Node) {
        match &node.kind {
            Kind::Call(call) | Kind::TailCall(call) | Kind::Partial(call) => match called(&call.function) {
                Called::Variable(name) => drop(self.functions.insert(name.to_owned())),
                Called::Bare(name) => drop(self.bare_functions.insert(name.to_owned())),
                Called::Other => {}
            },
            Kind::Lambda(lambda) => self.bound.extend(lambda.parameters.iter().map(ToString::to_string)),
            Kind::Assign { name, .. } => drop(self.bound.insert(name.to_string())),
            _ => {}
        }
        if let Some(binding) = &node.binding {
            self.bound.extend([&binding.focus, &binding.index].into_iter().flatten().map(ToString::to_string));
        }
        self.bound.extend(node.stages.iter().filter_map(|stage| match stage {
            Stage::Index(name) => Some(name.to_string()),
            Stage::Filter(_) => None,
        }));
    }

    /// Notes the paths without which a node has no value.
    fn need(&mut self, node: &Node) {
        if let Some(path) = variable_path(node) {
            self.needed.insert(path);
            return;
        }
        match &node.kind {
            Kind::Binary { operator, left, right } if is_strict(*operator) => {
                self.need(left);
                self.need(right);
            }
            Kind::Negation(value) => self.need(value),
            Kind::Block(parts) => {
                if let [only] = parts.as_slice() {
                    self.need(only);
                }
            }
            Kind::Call(call) => {
                if let Called::Variable(name) = called(&call.function)
                    && HAND_ON.contains(&name)
                    && let Some(Some(first)) = call.arguments.first()
                {
                    self.need(first);
                }
            }
            _ => {}
        }
    }
}

/// Operators that have no value if one of their sides has none.
fn is_strict(operator: Operator) -> bool {
    use Operator::{Add, Divide, Greater, GreaterOrEqual, Less, LessOrEqual, Multiply, Remainder, Subtract};
    matches!(operator, Add | Subtract | Multiply | Divide | Remainder | Less | LessOrEqual | Greater | GreaterOrEqual)
}

/// What a call calls.
enum Called<'n> {
    /// `$name(…)`
    Variable(&'n str),
    /// `name(…)`
    Bare(&'n str),
    Other,
}

fn called(function: &Node) -> Called<'_> {
    match &function.kind {
        Kind::Variable(name) if !name.is_empty() => Called::Variable(name),
        Kind::Path(path) => match path.steps.as_slice() {
            [Node { kind: Kind::Name(name), .. }] => Called::Bare(name),
            _ => Called::Other,
        },
        _ => Called::Other,
    }
}

/// `$a.b.c` as its names, up to the first step that is no name.
fn variable_path(node: &Node) -> Option<Vec<String>> {
    let variable = |node: &Node| match &node.kind {
        Kind::Variable(name) if !name.is_empty() && &**name != "$" => Some(name.to_string()),
        _ => None,
    };
    if let Some(name) = variable(node) {
        return Some(vec![name]);
    }
    let Kind::Path(path) = &node.kind else { return None };
    let mut steps = path.steps.iter();
    let root = variable(steps.next()?)?;
    let names = steps.map_while(|step| match &step.kind {
        Kind::Name(name) => Some(name.to_string()),
        _ => None,
    });
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
