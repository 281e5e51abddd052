use super::*;

#[test]
fn mistakes_have_the_words_and_codes_of_the_reference() {
    for (text, code, message) in [
        ("1 +", "S0207", "Unexpected end of expression"),
        ("", "S0207", "Unexpected end of expression"),
        ("\"unterminated", "S0101", "String literal must be terminated by a matching quote"),
        ("{\"a\":}", "S0211", "The symbol \"}\" cannot be used as a unary operator"),
        ("$match(\"a\", /abc", "S0302", "No terminating / in regular expression"),
        ("$a ?? 1", "S0211", "The symbol \"?\" cannot be used as a unary operator"),
        ("a.1", "S0213", "The literal value 1 cannot be used as a step within a path expression"),
        ("%", "S0217", "The object representing the 'parent' cannot be derived from this expression"),
        ("(1", "S0203", "Expected \")\" before end of expression"),
        ("[1 2]", "S0202", "Expected \"]\", got 2"),
        ("a ! b", "S0204", "Unknown operator: \"!\""),
        ("/* a", "S0106", "Comment has no closing tag"),
        ("10e1000", "S0102", "Number out of range: \"10e1000\""),
        ("a := 1", "S0212", "The left side of := must be a variable name (start with $)"),
        ("function(a){1}", "S0208", "Parameter 1 of function definition must be a variable name (start with $)"),
        ("a[1]@$x", "S0215", "A context variable binding must precede any predicates on a step"),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!((error.code, error.message.as_str()), (code, message), "{text}");
    }
}

#[test]
fn a_tree_can_be_looked_through() {
    fn walk<'n>(node: &'n Node, found: &mut Vec<(&'n str, usize)>) {
        match &node.kind {
            Kind::Variable(name) | Kind::Name(name) => found.push((name, node.at)),
            _ => {}
        }
        node.children().into_iter().for_each(|child| walk(child, found));
    }
    let tree = parse("$states.input.a[b = $x] ~> $map(function($v) { $$ })").unwrap();
    let mut found = Vec::new();
    walk(&tree, &mut found);
    assert_eq!(found, [("states", 0), ("input", 8), ("a", 14), ("b", 16), ("x", 20), ("map", 27), ("$", 47)]);
}

#[test]
fn depth_is_bounded() {
    for (open, close) in [("(", ")"), ("[", "]"), ("{'a': ", "}"), ("$not(", ")"), ("-", ""), ("function(){", "}")] {
        for depth in [100, 5_000, 50_000] {
            let _ = parse(&format!("{}1{}", open.repeat(depth), close.repeat(depth)));
        }
    }
    for link in [" + 1", ".a", "[0]", " ~> $sum", "^(a)", "{'a': 1}"] {
        let _ = parse(&format!("$x{}", link.repeat(6_000)));
    }
    assert!(parse(&format!("{}1{}", "(".repeat(120), ")".repeat(120))).is_ok());
}
