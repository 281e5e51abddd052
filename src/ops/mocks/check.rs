//! What is mocked, held against what the local endpoint has, what the pack's machines use and what AWS answers.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::asl::{self, Resource};
use crate::local;
use crate::model::Pack;
use crate::source::{Diagnostic, Diagnostics, Format, Node, SourceText, Span, read};

/// Integrations that are none or that need no mock, mocks that nothing uses, calls that no mock answers, and answers with members that AWS's
/// answer does not have.
pub(crate) fn check(pack: &Pack) -> Diagnostics {
    let mut findings = Diagnostics::default();
    let mut mocked: BTreeSet<String> = BTreeSet::new();
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
            mocked.extend(mock.get("integration").and_then(Node::text).map(str::to_owned));
            one(mock, &source, &used, &mut findings);
        }
    }
    findings.0.extend(unanswered(pack, &used, &mocked));
    findings
}

/// Calls that fail on the local endpoint, each once.
fn unanswered(pack: &Pack, used: &Used<'_>, mocked: &BTreeSet<String>) -> Vec<Diagnostic> {
    let mut told = BTreeSet::new();
    let mut findings = Vec::new();
    for call in &used.calls {
        if !needs_mock(&call.name) || mocked.contains(&call.name) || !told.insert(&call.name) {
            continue;
        }
        let Some(text) = pack.files.get(call.file).and_then(|bytes| std::str::from_utf8(bytes).ok()) else { continue };
        let message = format!("nothing answers `{}` on the local endpoint: its state fails there", call.name);
        let help = format!(
            "write a mock into mocks.yaml, such as `- {{ integration: {}, answers: [{{ output: {{}} }}] }}`",
            call.name
        );
        let source = SourceText::new(pack.display_path(call.file), text);
        findings.push(Diagnostic::warning("pack::missing-mock", message).help(help).at(&source, call.at));
    }
    findings
}

fn one(mock: &Node, source: &Arc<SourceText>, used: &Used<'_>, findings: &mut Diagnostics) {
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

/// Whether it is an integration that the local endpoint does not have.
fn needs_mock(name: &str) -> bool {
    asl::integration(name).is_ok_and(|resource| !local::has_integration(&resource))
}

/// What the machines of a pack call.
struct Used<'pack> {
    calls: Vec<Call<'pack>>,
    /// A template makes up the name of an integration, so that any may be called.
    any: bool,
}

/// The name of an integration, where it stands.
struct Call<'pack> {
    name: String,
    file: &'pack str,
    at: Span,
}

impl<'pack> Used<'pack> {
    fn of(pack: &'pack Pack) -> Self {
        const FRONT: &str = ":states:::";
        let mut used = Self { calls: Vec::new(), any: false };
        for file in pack.machines.iter().map(|machine| machine.definition.as_str()) {
            let text = pack.files.get(file).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
            for (offset, _) in text.match_indices(FRONT) {
                let offset = offset + FRONT.len();
                let is_part = |c: char| c.is_ascii_alphanumeric() || "-:.".contains(c);
                let rest = text.get(offset..).unwrap_or_default();
                let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                let (name, behind) = rest.split_at(length);
                used.any |= behind.starts_with("{{");
                used.calls.push(Call { name: name.to_owned(), file, at: Span { offset, length } });
            }
        }
        used
    }

    fn has(&self, name: &str) -> bool {
        self.any || self.calls.iter().any(|used| used.name == name)
    }

    /// What is called and was perhaps meant: spelt alike, or with another pattern.
    fn nearest(&self, name: &str) -> Option<String> {
        let mocked = || {
            let names = self.calls.iter().map(|used| &used.name);
            names.filter(|used| needs_mock(used))
        };
        let call = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
        let other = mocked().find(|used| call(used) == call(name));
        let alike = || crate::source::nearest(name, mocked().map(String::as_str)).map(str::to_owned);
        other.cloned().or_else(alike)
    }
}
