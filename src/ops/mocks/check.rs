//! What is mocked, held against what the local endpoint has, what the pack's machines use and what AWS answers.

use std::sync::Arc;

use crate::asl::{self, Resource};
use crate::local;
use crate::model::Pack;
use crate::source::{Diagnostic, Diagnostics, Format, Node, SourceText, read};

/// Integrations that are none or that need no mock, mocks that nothing uses, and answers with members that AWS's answer does not have.
pub(crate) fn check(pack: &Pack) -> Diagnostics {
    let mut findings = Diagnostics::default();
    let used = Used::of(pack);
    for file in pack.files.keys() {
        let mocks = file == "mocks.yaml";
        let scenarios = file.starts_with("scenarios/") && Format::of(file.as_ref()) == Some(Format::Yaml);
        if !mocks && !scenarios {
            continue;
        }
        let Some(text) = pack.files.get(file).and_then(|bytes| std::str::from_utf8(bytes).ok()) else { continue };
        // What cannot be read was told where the pack was loaded.
        let Ok(root) = read(text, Format::Yaml) else { continue };
        let source = SourceText::new(pack.display_path(file), text);
        let items = root.elements().unwrap_or_default();
        let lists = items.iter().filter_map(|item| item.get("mocks")?.elements());
        let of_file: Vec<&Node> = if mocks { items.iter().collect() } else { lists.flatten().collect() };
        for mock in of_file {
            one(mock, &source, &used, &mut findings);
        }
    }
    findings
}

fn one(mock: &Node, source: &Arc<SourceText>, used: &Used, findings: &mut Diagnostics) {
    let Some(node) = mock.get("integration") else { return };
    let Some(name) = node.text() else { return };
    let mut tell = |finding: Diagnostic, at: &Node| findings.push(finding.at(source, at.at));
    let resource = match asl::integration(name) {
        Ok(resource) => resource,
        Err(near) => {
            let message = format!("`{}` is no integration of Step Functions", name.escape_debug());
            let help = match near.or_else(|| used.nearest(name)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    "write what stands behind `arn:aws:states:::` in the state's Resource, such as `dynamodb:putItem`"
                        .to_owned()
                }
            };
            return tell(Diagnostic::error("pack::unknown-integration", message).help(help), node);
        }
    };
    if local::has_integration(&resource) {
        let message = format!("the local endpoint has `{name}` itself: it is called, and never mocked");
        let help = "leave the mock out; for another answer change what is called, or the scenario's input";
        return tell(Diagnostic::error("pack::needless-mock", message).help(help), node);
    }
    if !used.has(name) {
        let message = format!("no machine of the pack calls `{name}`");
        let help = match used.nearest(name) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "take the mock out, or look at the pattern: `.sync` and `.waitForTaskToken` are part of the name"
                .to_owned(),
        };
        tell(Diagnostic::warning("pack::unused-mock", message).help(help), node);
    }
    for (member, known) in unknown_members(mock, &resource) {
        let message = format!("the answer of `{name}` has no `{}`", member.key.escape_debug());
        let help = crate::source::help(&member.key, known.iter().copied());
        findings.push(Diagnostic::warning("pack::mock-member", message).help(help).at(source, member.key_at));
    }
}

/// Members of the outputs of a mock that AWS's answer does not have, where it is known, with those that it has.
fn unknown_members<'n>(mock: &'n Node, resource: &Resource) -> Vec<(&'n crate::source::Member, Vec<&'static str>)> {
    let answers = mock.get("answers").and_then(Node::elements).unwrap_or_default();
    let mut unknown = Vec::new();
    for (key, known) in [("output", asl::answer_members(resource)), ("submitted", asl::submitted_members(resource))] {
        let Some(known) = known else { continue };
        // What a token comes back with is up to whoever sends it.
        let shaped = answers.iter().filter(|answer| key == "submitted" || answer.get("token").is_none());
        for member in shaped.filter_map(|answer| answer.get(key)?.members()).flatten() {
            if !known.iter().any(|known| known.eq_ignore_ascii_case(&member.key)) {
                unknown.push((member, known.clone()));
            }
        }
    }
    unknown
}

/// What the machines of a pack call.
struct Used {
    integrations: Vec<String>,
    /// A template makes up the name of an integration, so that any may be called.
    any: bool,
}

impl Used {
    fn of(pack: &Pack) -> Self {
        const FRONT: &str = ":states:::";
        let mut used = Self { integrations: Vec::new(), any: false };
        let files = pack.machines.iter().filter_map(|machine| pack.files.get(&machine.definition));
        for text in files.filter_map(|bytes| std::str::from_utf8(bytes).ok()) {
            for rest in text.split(FRONT).skip(1) {
                let is_part = |c: char| c.is_ascii_alphanumeric() || "-:.".contains(c);
                let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                let (name, behind) = rest.split_at(end);
                used.any |= behind.starts_with("{{");
                used.integrations.push(name.to_owned());
            }
        }
        used
    }

    fn has(&self, name: &str) -> bool {
        self.any || self.integrations.iter().any(|used| used == name)
    }

    /// What is called and was perhaps meant: spelt alike, or with another pattern.
    fn nearest(&self, name: &str) -> Option<String> {
        let mocked = || {
            self.integrations.iter().filter(|used| asl::integration(used).is_ok_and(|it| !local::has_integration(&it)))
        };
        let call = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
        let other = mocked().find(|used| call(used) == call(name));
        let alike = || crate::source::nearest(name, mocked().map(String::as_str)).map(str::to_owned);
        other.cloned().or_else(alike)
    }
}
