//! `checks.yaml`: the pack's checklist, read and held against the pack.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::reading::{parse, read_as, text};
use super::references::Placed;
use super::shape::of_checklist_point;
use crate::manifest::document::Codes;
use crate::manifest::reporter::Reporter;
use crate::model::{Check, ChecklistPoint, Pack};
use crate::source::{self, Content, Diagnostic, Diagnostics, Format, Node, SourceText, Span};

/// The file of a pack's checklist.
pub(super) const FILE: &str = "checks.yaml";

/// Reads the checklist into the pack; gives the place of each point.
pub(super) fn read(pack: &mut Pack, findings: &mut Diagnostics) -> Vec<Placed> {
    let mut places = Vec::new();
    let Some(document) = text(pack, FILE, findings).and_then(|source| parse(&source, Format::Yaml, findings)) else {
        return places;
    };
    let mut reporter = Reporter::new(&document.source, &Codes::PACK, findings);
    match &document.root.content {
        Content::Array(items) => {
            let schema = of_checklist_point();
            for item in items {
                if let Some(point) = read_as::<ChecklistPoint>(item, &schema, "point", &mut reporter) {
                    pack.checklist.push(point);
                    places.push((Arc::clone(&document.source), item.clone()));
                }
            }
        }
        Content::Null => {}
        _ => {
            let message = format!("a checklist is a list of points; this is {}", document.root.kind());
            let finding = Diagnostic::error(Codes::PACK.wrong_type, message).help("begin each point with `- id:`");
            reporter.tell(finding, document.root.at);
        }
    }
    places
}

/// Tells every check that looks at nothing or at several things, and every name in it that leads nowhere.
pub(super) fn check(pack: &Pack, places: &[Placed], findings: &mut Diagnostics) {
    let ids = pack
        .checklist
        .iter()
        .flat_map(|point| point.checks.iter().map(move |check| format!("{}/{}", point.id, check.id)));
    let names = Names {
        functions: pack.functions.iter().map(|function| function.name.as_str()).collect(),
        machines: pack.machines.iter().map(|machine| machine.name.as_str()).collect(),
        dashboards: pack.dashboards.iter().map(|dashboard| dashboard.name.as_str()).collect(),
        scenarios: pack.scenarios.iter().map(|scenario| scenario.name.as_str()).collect(),
        stages: pack.stages.iter().map(|stage| stage.id.as_str()).collect(),
        checks: ids.collect(),
    };
    let mut seen = BTreeSet::new();
    for (point, (source, node)) in pack.checklist.iter().zip(places) {
        let mut held = Held { source, findings, names: &names };
        held.unique("point", &point.id, node, &mut seen);
        let mut own = BTreeSet::new();
        let nodes = node.get("checks").and_then(Node::elements).unwrap_or_default();
        for (check, node) in point.checks.iter().zip(nodes) {
            held.unique("check", &check.id, node, &mut own);
            held.check(check, node);
        }
    }
}

struct Names<'a> {
    functions: BTreeSet<&'a str>,
    machines: BTreeSet<&'a str>,
    dashboards: BTreeSet<&'a str>,
    scenarios: BTreeSet<&'a str>,
    stages: BTreeSet<&'a str>,
    checks: BTreeSet<String>,
}

struct Held<'a> {
    source: &'a Arc<SourceText>,
    findings: &'a mut Diagnostics,
    names: &'a Names<'a>,
}

impl Held<'_> {
    fn tell(&mut self, code: &'static str, at: Span, message: String, help: impl Into<String>) {
        self.findings.push(Diagnostic::error(code, message).at(self.source, at).help(help));
    }

    fn unique(&mut self, what: &str, id: &str, node: &Node, seen: &mut BTreeSet<String>) {
        if !seen.insert(id.to_owned()) {
            self.tell(
                "pack::duplicate",
                place(node, "id"),
                format!("{what} `{id}` is there twice"),
                "rename one of the two",
            );
        }
    }

    fn check(&mut self, check: &Check, node: &Node) {
        let tests = check.tests();
        if tests.len() != 1 {
            let message = match tests.len() {
                0 => format!("check `{}` looks at nothing", check.id),
                several => format!("check `{}` looks at {several} things", check.id),
            };
            let help = "give it exactly one key that says what is looked at, such as `functions_present` or `outcomes`";
            self.tell("pack::bad-value", place(node, "id"), message, help);
        }
        let names = self.names;
        for test in tests {
            self.each("function", "pack::unknown-function", &test.functions(), &names.functions, node);
            self.each("machine", "pack::unknown-machine", &test.machines(), &names.machines, node);
            self.each("dashboard", "pack::unknown-dashboard", &test.dashboards(), &names.dashboards, node);
            self.each("scenario", "pack::unknown-scenario", &test.scenarios(), &names.scenarios, node);
        }
        let stage: Vec<String> = check.stage.iter().cloned().collect();
        self.each("stage", "pack::unknown-stage", &stage, &names.stages, node);
        let checks: BTreeSet<&str> = names.checks.iter().map(String::as_str).collect();
        self.each("check", "pack::unknown-check", &check.yields_to, &checks, node);
    }

    fn each(&mut self, what: &str, code: &'static str, used: &[String], known: &BTreeSet<&str>, node: &Node) {
        for name in used.iter().filter(|name| !known.contains(name.as_str())) {
            let at = find(node, name).unwrap_or(node.at);
            let help = source::help(name, known.iter().copied());
            self.tell(code, at, format!("there is no {what} `{name}`"), help);
        }
    }
}

/// Where a field of a table stands; the table itself when it has none.
fn place(node: &Node, field: &str) -> Span {
    node.get(field).unwrap_or(node).at
}

/// Where a text stands in a value. What was read is never deep, so this recursion ends.
fn find(node: &Node, text: &str) -> Option<Span> {
    if node.text() == Some(text) {
        return Some(node.at);
    }
    let items = node.elements().unwrap_or_default().iter();
    let members = node.members().unwrap_or_default().iter().filter(|entry| entry.key != "id").map(|entry| &entry.value);
    items.chain(members).find_map(|inner| find(inner, text))
}

#[cfg(test)]
mod tests {
    use crate::manifest::test_support::at_root;

    use crate::manifest::load_pack;
    use crate::source::Diagnostics;

    fn broken(old: &str, new: &str) -> Diagnostics {
        let folder = tempfile::tempdir().unwrap();
        super::super::built_in::eject(folder.path()).unwrap();
        let file = folder.path().join("step-functions/checks.yaml");
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(old), "{old}");
        crate::host::write_atomic(&file, text.replacen(old, new, 1).as_bytes()).unwrap();
        load_pack("./step-functions", folder.path()).unwrap_err()
    }

    #[test]
    fn what_a_check_names_must_be_there() {
        for (old, new, code) in [
            ("functions_present: [order-validator", "functions_present: [order-validater", "pack::unknown-function"),
            ("machine: express-workflow", "machine: expres-workflow", "pack::unknown-machine"),
            ("scenario: valid-order", "scenario: valid-ordr", "pack::unknown-scenario"),
            ("dashboards_present: [step", "dashboards_present: [stop", "pack::unknown-dashboard"),
            ("stage: task-2", "stage: task-22", "pack::unknown-stage"),
            ("yields_to: [functions/present", "yields_to: [functions/presence", "pack::unknown-check"),
            ("- id: handlers-run", "- id: present", "pack::duplicate"),
            ("      names: true", "      names: false", "pack::bad-value"),
            ("      names: true", "      names: true\n      roles: true", "pack::bad-value"),
            ("visibility: hidden", "visibility: secret", "pack::bad-value"),
            ("      points: 5\n", "", "pack::missing-key"),
        ] {
            let findings = broken(old, new);
            assert_eq!(findings.0[0].code, code, "{new}: {findings:?}");
            assert!(
                findings.0[0].place.as_ref().is_some_and(|(source, _)| source.path.ends_with("checks.yaml")),
                "{new}"
            );
        }
        assert!(at_root("templates/step-functions/checks.yaml").is_file());
    }
}
