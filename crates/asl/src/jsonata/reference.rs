//! What Step Functions refuses in an expression that JSONata itself takes, read off its syntax tree.

use jsonata_core::ast::{AstNode, BinaryOp, PathStep, Stage};

use super::expression::Expression;

/// A name that stands where Step Functions has nothing to look it up in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// A name without `$` at the top level.
    Bare(String),
    /// `$$`
    Root,
}

impl Expression {
    /// The references that Step Functions refuses, each once, in the order of the tree.
    ///
    /// At the top level there is no context. The first step of a path is at the top level, and so is the body of a function; later steps,
    /// predicates, sort terms and groupings have a context.
    pub(crate) fn refused_references(&self) -> Vec<Reference> {
        let mut found = Vec::new();
        look(&self.syntax, true, &mut found);
        found
    }
}

/// A feature of a later JSONata than 2.0.6, which is the one that Step Functions has: the words of 2.0.6's parser.
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>
pub(super) fn too_new(node: &AstNode) -> Option<String> {
    if let AstNode::Binary { op, .. } = node {
        match op {
            BinaryOp::Coalesce => return Some("S0211: The symbol \"?\" cannot be used as a unary operator".to_owned()),
            BinaryOp::Default => return Some("S0211: The symbol \":\" cannot be used as a unary operator".to_owned()),
            BinaryOp::Range => return Some("S0201: Syntax error: \"..\"".to_owned()),
            _ => {}
        }
    }
    // Between the brackets of a list a range is at home.
    let elements = match node {
        AstNode::Array(elements) | AstNode::ArrayGroup(elements) => elements.as_slice(),
        _ => return children(node).into_iter().find_map(too_new),
    };
    elements.iter().find_map(|element| match element {
        AstNode::Binary { op: BinaryOp::Range, lhs, rhs } => too_new(lhs).or_else(|| too_new(rhs)),
        other => too_new(other),
    })
}

fn look(node: &AstNode, top: bool, found: &mut Vec<Reference>) {
    match node {
        AstNode::Name(name) if top => note(Reference::Bare(name.clone()), found),
        AstNode::ParentVariable(_) => note(Reference::Root, found),
        AstNode::Variable(name) if name == "$" => note(Reference::Root, found),
        AstNode::Function { name, args, is_builtin } => {
            if top && !is_builtin {
                note(Reference::Bare(name.clone()), found);
            }
            args.iter().for_each(|argument| look(argument, top, found));
        }
        AstNode::Path { steps } => {
            for (index, step) in steps.iter().enumerate() {
                look(&step.node, top && index == 0, found);
                stages(step).for_each(|stage| look(stage, false, found));
            }
        }
        AstNode::Lambda { body, .. } => look(body, true, found),
        AstNode::ObjectTransform { input, pattern } => {
            look(input, top, found);
            pattern.iter().for_each(|(key, value)| {
                look(key, false, found);
                look(value, false, found);
            });
        }
        AstNode::Sort { input, terms } => {
            look(input, top, found);
            terms.iter().for_each(|(term, _)| look(term, false, found));
        }
        AstNode::Transform { .. } | AstNode::FunctionApplication(_) => {
            children(node).into_iter().for_each(|child| look(child, false, found));
        }
        _ => children(node).into_iter().for_each(|child| look(child, top, found)),
    }
}

fn note(reference: Reference, found: &mut Vec<Reference>) {
    if !found.contains(&reference) {
        found.push(reference);
    }
}

fn stages(step: &PathStep) -> impl Iterator<Item = &AstNode> {
    step.stages.iter().filter_map(|stage| match stage {
        Stage::Filter(inner) => Some(&**inner),
        _ => None,
    })
}

fn children(node: &AstNode) -> Vec<&AstNode> {
    match node {
        AstNode::Path { steps } => {
            steps.iter().flat_map(|step| std::iter::once(&step.node).chain(stages(step))).collect()
        }
        AstNode::Binary { lhs, rhs, .. } => vec![lhs, rhs],
        AstNode::Unary { operand, .. } => vec![operand],
        AstNode::Function { args, .. } => args.iter().collect(),
        AstNode::Call { procedure, args } => std::iter::once(&**procedure).chain(args).collect(),
        AstNode::Lambda { body, .. } => vec![body],
        AstNode::Array(nodes) | AstNode::ArrayGroup(nodes) | AstNode::Block(nodes) => nodes.iter().collect(),
        AstNode::Object(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
        AstNode::ObjectTransform { input, pattern } => {
            std::iter::once(&**input).chain(pattern.iter().flat_map(|(key, value)| [key, value])).collect()
        }
        AstNode::Conditional { condition, then_branch, else_branch } => {
            [Some(&**condition), Some(&**then_branch), else_branch.as_deref()].into_iter().flatten().collect()
        }
        AstNode::FunctionApplication(inner) => vec![inner],
        AstNode::Sort { input, terms } => std::iter::once(&**input).chain(terms.iter().map(|(term, _)| term)).collect(),
        AstNode::Transform { location, update, delete } => {
            [Some(&**location), Some(&**update), delete.as_deref()].into_iter().flatten().collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Vec<Reference> {
        Expression::parse(text).unwrap().refused_references()
    }

    fn bare(name: &str) -> Reference {
        Reference::Bare(name.to_owned())
    }

    #[test]
    fn a_name_at_the_top_level_has_no_context() {
        for (text, name) in [
            ("orderId", "orderId"),
            ("$sum(items.price)", "items"),
            ("$states.input.a + b", "b"),
            ("$map($states.input.l, function($v) { $v & name })", "name"),
            ("{ 'a': total }", "total"),
            ("[1, `two words`]", "two words"),
            ("$x ? ok : 1", "ok"),
            ("sum($states.input.l)", "sum"),
            ("items[price > 3]", "items"),
        ] {
            assert_eq!(refused(text), [bare(name)], "{text}");
        }
        for text in ["$$", "$states.input.l[id = $$.id]", "$map($x, function($v) { $$.a })"] {
            assert_eq!(refused(text), [Reference::Root], "{text}");
        }
    }

    #[test]
    fn a_name_that_has_a_context_is_fine() {
        for text in [
            "$states.input.orderId",
            "$states.input.items[price > 3].name",
            "$states.input.items^(>price).name",
            "$states.input.items{ category: $sum(price) }",
            "$states.input.items.{ 'n': name, 'p': price }",
            "$states.input.items.(name & price)",
            "$sum($states.input.items.(price * quantity))",
            "$states.input.{ 'a': $string(b) }",
            "$filter($states.input.l, function($v) { $v.price > 3 })",
            "($a := 1; $a)",
            "$states.input.o ~> |**|{'secret': hidden}|",
            "'text' & $uuid()",
        ] {
            assert_eq!(refused(text), [], "{text}");
        }
    }

    #[test]
    fn what_is_newer_than_the_jsonata_of_step_functions_is_not_read() {
        for (text, code) in [
            ("$states.input.a ?? 5", "S0211"),
            ("$states.input.a ?: 5", "S0211"),
            ("1..3", "S0201"),
            ("$map([1..3], function($v) { $v ?? 1 })", "S0211"),
            ("$sum(1..3)", "S0201"),
        ] {
            assert!(Expression::parse(text).unwrap_err().starts_with(code), "{text}");
        }
        for text in ["[1..3]", "[0, 1..$count($states.input.l)]", "$x ? 1 : 2", "$states.input.l[[0..2]]"] {
            assert!(Expression::parse(text).is_ok(), "{text}");
        }
    }
}
