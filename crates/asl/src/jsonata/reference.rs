//! What Step Functions refuses in an expression that JSONata itself takes, read off its syntax tree.

use labctl_jsonata::{Kind, Node, Stage};

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
        look(&self.tree, true, &mut found);
        found
    }
}

fn look(node: &Node, top: bool, found: &mut Vec<Reference>) {
    match &node.kind {
        Kind::Name(name) if top => note(Reference::Bare(name.to_string()), found),
        Kind::Variable(name) if &**name == "$" => note(Reference::Root, found),
        Kind::Path(path) => {
            for (index, step) in path.steps.iter().enumerate() {
                look(step, top && index == 0, found);
            }
        }
        Kind::Lambda(lambda) => look(&lambda.body, true, found),
        Kind::Sort(terms) => terms.iter().for_each(|term| look(&term.expression, false, found)),
        Kind::Transform(transform) => {
            [Some(&transform.place), Some(&transform.update), transform.delete.as_ref()]
                .into_iter()
                .flatten()
                .for_each(|part| look(part, false, found));
        }
        _ => own_parts(node).into_iter().for_each(|part| look(part, top, found)),
    }
    for part in with_context(node) {
        look(part, false, found);
    }
}

/// Its filters and its grouping: what is in context there is the value before them.
fn with_context(node: &Node) -> Vec<&Node> {
    let filters = node.stages.iter().filter_map(|stage| match stage {
        Stage::Filter(filter) => Some(filter),
        Stage::Index(_) => None,
    });
    let group = node.group.iter().flat_map(|group| &group.pairs).flat_map(|(key, value)| [key, value]);
    node.predicates.iter().chain(filters).chain(group).collect()
}

/// Its parts but for filters and grouping.
fn own_parts(node: &Node) -> Vec<&Node> {
    let later = with_context(node);
    node.children().into_iter().filter(|child| !later.iter().any(|other| std::ptr::eq(*other, *child))).collect()
}

fn note(reference: Reference, found: &mut Vec<Reference>) {
    if !found.contains(&reference) {
        found.push(reference);
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
            ("$sum(1..3)", "S0202"),
        ] {
            assert!(Expression::parse(text).unwrap_err().starts_with(code), "{text}");
        }
        for text in ["[1..3]", "[0, 1..$count($states.input.l)]", "$x ? 1 : 2", "$states.input.l[[0..2]]"] {
            assert!(Expression::parse(text).is_ok(), "{text}");
        }
    }
}
