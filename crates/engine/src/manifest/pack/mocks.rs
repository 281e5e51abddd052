//! `mocks.yaml`: answers in place of services that the local endpoint does not have. Whether machines use what is mocked is looked at later.

use super::reading::{parse, read_as, text};
use super::shape::of_mock;
use crate::manifest::document::Codes;
use crate::manifest::reporter::Reporter;
use crate::model::{IntegrationMock, Pack};
use crate::source::{Content, Diagnostic, Diagnostics, Format, Node};

/// The file of a pack's mocks.
const FILE: &str = "mocks.yaml";

/// Reads the mocks of a pack that are not a scenario's.
pub(super) fn read(pack: &mut Pack, findings: &mut Diagnostics) {
    let Some(document) = text(pack, FILE, findings).and_then(|source| parse(&source, Format::Yaml, findings)) else {
        return;
    };
    let mut reporter = Reporter::new(&document.source, &Codes::PACK, findings);
    match &document.root.content {
        Content::Array(items) => {
            let schema = of_mock();
            for item in items {
                if let Some(mock) = read_as::<IntegrationMock>(item, &schema, "mock", &mut reporter) {
                    check(&mock, item, &mut reporter);
                    pack.mocks.push(mock);
                }
            }
        }
        Content::Null => {}
        _ => {
            let message = format!("mocks are a list; this is {}", document.root.kind());
            let finding =
                Diagnostic::error(Codes::PACK.wrong_type, message).help("begin each mock with `- integration:`");
            reporter.tell(finding, document.root.at);
        }
    }
}

/// Tells every answer that says nothing or several things.
pub(super) fn check(mock: &IntegrationMock, node: &Node, reporter: &mut Reporter<'_>) {
    let answers = node.get("answers");
    if mock.answers.is_empty() {
        let at = answers.unwrap_or(node).at;
        reporter.refuse(
            at,
            format!("the mock of `{}` has no answer", mock.integration),
            "add one, such as `- output: {}`",
        );
    }
    let waits_for_token = mock.integration.ends_with(".waitForTaskToken");
    let nodes = answers.and_then(Node::elements).unwrap_or_default();
    for (answer, node) in mock.answers.iter().zip(nodes) {
        if let Some((what, instead)) = answer.mistake(waits_for_token) {
            reporter.refuse(node.at, format!("this answer of `{}`: {what}", mock.integration), instead);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::test_support::at_root;

    use crate::manifest::load_pack;
    use crate::model::Pack;
    use crate::source::Diagnostics;

    /// The smallest pack with these mocks, in `mocks.yaml` and in its scenario.
    fn with(mocks: &str, of_scenario: &str) -> Result<Pack, Diagnostics> {
        let folder = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &[u8]| {
            let path = folder.path().join("tiny").join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            crate::host::write_atomic(&path, text).unwrap();
        };
        let pack = load_pack("tiny", at_root("tests/packs")).unwrap();
        for (file, text) in &pack.files {
            write(file, text);
        }
        write("mocks.yaml", mocks.as_bytes());
        let scenario = String::from_utf8(pack.files["scenarios/greet.yaml"].to_vec()).unwrap();
        write("scenarios/greet.yaml", format!("{}\n{of_scenario}", scenario.trim_end()).as_bytes());
        load_pack("./tiny", folder.path())
    }

    #[test]
    fn mocks_are_read_from_the_pack_and_from_its_scenarios() {
        let mocks = "- integration: sns:publish\n  when: { TopicArn: t }\n  answers:\n    - { output: { MessageId: m }, delay_seconds: 0.5 }\n    - { error: E }\n";
        let own = "  mocks:\n    - integration: sns:publish.waitForTaskToken\n      answers: [{ token: silent }]\n";
        let pack = with(mocks, own).unwrap();
        assert_eq!((pack.mocks.len(), pack.mocks[0].answers.len()), (1, 2));
        assert_eq!(pack.mocks[0].answers[0].delay_seconds, Some(0.5));
        assert_eq!(pack.scenarios[0].mocks[0].integration, "sns:publish.waitForTaskToken");
        assert!(with("# nothing yet\n", "").unwrap().mocks.is_empty());
    }

    #[test]
    fn mistakes_have_their_place_and_what_was_meant() {
        for (mocks, own, place, code, said) in [
            (
                "- integraton: a:b\n  answers: []\n",
                "",
                "mocks.yaml:1:3",
                "pack::unknown-key",
                "did you mean `integration`",
            ),
            (
                "- integration: a:b\n  answers:\n    - outptu: {}\n",
                "",
                "mocks.yaml:3:7",
                "pack::unknown-key",
                "did you mean `output`",
            ),
            ("- integration: a:b\n  answers: []\n", "", "mocks.yaml:2:12", "pack::bad-value", "such as `- output: {}`"),
            (
                "- integration: a:b\n  answers:\n    - { output: 1, error: E }\n",
                "",
                "mocks.yaml:3:7",
                "pack::bad-value",
                "two answers",
            ),
            (
                "- integration: a:b\n  answers:\n    - { token: sucess }\n",
                "",
                "mocks.yaml:3:16",
                "pack::bad-value",
                "did you mean `success`",
            ),
            (
                "- integration: a:b\n  answers:\n    - { error: E, delay_seconds: -1 }\n",
                "",
                "mocks.yaml:3:34",
                "pack::bad-value",
                "",
            ),
            (
                "- integration: a:b\n  when: 3\n  answers: [{ error: E }]\n",
                "",
                "mocks.yaml:2:9",
                "pack::wrong-type",
                "",
            ),
            ("integration: a:b\n", "", "mocks.yaml:1:1", "pack::wrong-type", "- integration:"),
            (
                "",
                "  mocks: [{ integration: a:b, answers: [{ token: silent }] }]\n",
                "greet.yaml:",
                "pack::bad-value",
                "`.waitForTaskToken` behind",
            ),
        ] {
            let finding = with(mocks, own).unwrap_err().0.remove(0);
            let (source, span) = finding.place.as_ref().unwrap();
            let (line, column) = source.line_column(span.offset);
            let found = format!("{}:{line}:{column}", source.path.file_name().unwrap().to_string_lossy());
            assert!(found.starts_with(place) && finding.code == code, "{mocks}{own}: {found} {finding:?}");
            assert!(finding.help.unwrap_or_default().contains(said), "{mocks}{own}: {}", finding.message);
        }
    }
}
