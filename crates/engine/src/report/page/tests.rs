use std::collections::BTreeSet;

use super::write::TEMPLATE;
use super::*;
use crate::verify::CheckVerdict;

const EVIL: &str = "</script><img src=x onerror=alert(1)>\"'`&\u{202e}{{{x}}}";

fn outline() -> crate::asl::Outline {
    let text = r#"{"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": true, "Next": "B"}], "Default": "C"},
        "B": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:1:function:f", "End": true}, "C": {"Type": "Fail"}}}"#;
    crate::asl::outline(text, crate::asl::Syntax::Json).unwrap()
}

/// A class of so many students and checks, of which each student fails every tenth.
pub(super) fn class(students: usize, checks: usize, text: &str) -> ClassReport {
    let arn = |user: &str| format!("arn:aws:states:us-east-1:1:execution:{user}-m:verify-{text}");
    let cause = |check: usize| ReportCause {
        key: format!("cause/{}", check % 10),
        text: format!("the role of the machine is not authorized to invoke the function {check} {text}"),
        hint: Some(format!("allow `lambda:InvokeFunction` on it in the machine's role {text}")),
        ..ReportCause::default()
    };
    let user = |at: usize| {
        let name = format!("user{at}");
        let verdict = |check: usize| {
            let is_bad = (check + at).is_multiple_of(10);
            ReportVerdict {
                check,
                verdict: if is_bad { CheckVerdict::Failed } else { CheckVerdict::Passed },
                points: if is_bad { 0 } else { 3 },
                cause: is_bad.then(|| cause(check)),
                evidence: vec![ReportEvidence {
                    text: format!("status of the execution: expected SUCCEEDED, found FAILED {text}"),
                    execution_arn: Some(arn(&name)),
                    event_id: Some(4),
                    state: Some("B".to_owned()),
                }],
            }
        };
        let line = |event_id, is_failure| ReportLine {
            event_id,
            state: "B".to_owned(),
            is_failure,
            text: format!("B Task 1.2 s {text}"),
        };
        ReportUser {
            label: Some(format!("Student {at} {text}")),
            group: Some(format!("Group {} {text}", at % 3)),
            score: 90,
            max_score: 96,
            verdicts: (0..checks).map(verdict).collect(),
            executions: vec![ReportExecution {
                scenario: format!("valid {text}"),
                machine: "m".to_owned(),
                arn: arn(&name),
                status: "FAILED".to_owned(),
                lines: vec![line(2, false), line(4, false), line(7, true)],
            }],
            name,
            ..ReportUser::default()
        }
    };
    let users: Vec<ReportUser> = (0..students).map(user).collect();
    let causes = (0..10.min(checks)).map(|check| {
        let has = |user: &&ReportUser| {
            user.verdicts.iter().any(|it| it.cause.as_ref().is_some_and(|known| known.key == cause(check).key))
        };
        ReportCause { users: users.iter().filter(has).map(|user| user.name.clone()).collect(), ..cause(check) }
    });
    let machine = ReportMachine {
        name: "m".to_owned(),
        outline: outline(),
        executions: students as u64,
        states: [("B".to_owned(), StateFigures { entered: 3, failed: 1, retried: 1, users: BTreeSet::new() })].into(),
        taken: BTreeSet::new(),
    };
    let bulk = BulkRunFigures {
        run: text.to_owned(),
        machine: "m".to_owned(),
        outcomes: [(format!("COMPLETED {text}"), 90), ("FAILED".to_owned(), 10)].into(),
        histogram: vec![(100, 4), (200, 90)],
        states: vec![StateSeconds { state: format!("B {text}"), count: 9, p50: 1, p95: 2_000, p99: 3_000 }],
        users: users
            .iter()
            .map(|user| UserSeconds { user: user.name.clone(), latency_ms: Some([1, 2, 3]), ..UserSeconds::default() })
            .collect(),
        thresholds: vec![(text.to_owned(), text.to_owned(), false)],
        causes: vec![cause(1)],
        ..BulkRunFigures::default()
    };
    ClassReport {
        lab: format!("lab6 {text}"),
        title: text.to_owned(),
        run: "1a2b".to_owned(),
        at: "2026-11-30T10:00:00.000Z".to_owned(),
        version: "0.1.0".to_owned(),
        is_student: false,
        checks: (0..checks)
            .map(|at| CheckColumn {
                id: format!("point-{}/check-{at}", at / 4),
                title: format!("The workflow of the order is as the handout has it {at} {text}"),
                max_points: 3,
            })
            .collect(),
        causes: causes.collect(),
        users,
        machines: vec![machine],
        bulk: Some(bulk),
        cost: Some(ReportCost { planned: text.to_owned(), notes: vec![text.to_owned()], ..ReportCost::default() }),
        standing: vec![StandingLab { user: text.to_owned(), ..StandingLab::default() }],
    }
}

#[test]
fn nothing_foreign_becomes_markup() {
    let evil = page(&class(3, 5, EVIL)).unwrap();
    assert!(!evil.contains("<img") && !evil.contains('\u{202e}') && !evil.contains("onerror=alert(1)>"), "{evil}");
    assert_eq!(evil.matches("</script>").count(), 1);
    let plain = page(&class(3, 5, "")).unwrap();
    let tags = |page: &str| page.matches('<').count();
    assert_eq!(tags(&evil), tags(&plain), "the same elements, whatever texts say");
}

#[test]
fn only_our_own_drawings_style_and_script_are_taken_as_they_are() {
    let unescaped: BTreeSet<&str> =
        TEMPLATE.split("{{{").skip(1).filter_map(|rest| rest.split_once("}}}")).map(|(name, _)| name).collect();
    let known = ["histogram_svg", "outcomes_svg", "script", "states_svg", "style", "svg", "users_svg"];
    assert_eq!(unescaped, BTreeSet::from(known));
    assert!(!TEMPLATE.contains("{{&") && !TEMPLATE.contains("{{~{"));
}

#[test]
fn a_class_of_300_and_32_checks_fits() {
    let class = class(300, 32, "");
    let first = page(&class).unwrap();
    assert_eq!(first, page(&class).unwrap(), "the same bytes");
    assert!(first.len() <= 3_000_000, "{} bytes", first.len());
    // Elements, and a text for most of them.
    let elements = first.matches('<').count() - first.matches("</").count();
    assert!(elements <= 36_000, "{elements} elements");
}

#[test]
fn every_link_leads_somewhere() {
    let page = page(&class(12, 12, "x")).unwrap();
    let ids: BTreeSet<&str> = page.split(" id=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0)).collect();
    let count = page.split(" id=\"").count() - 1;
    assert_eq!(ids.len(), count, "an id stands once");
    for link in page.split("href=\"#").skip(1) {
        let target = link.split_once('"').unwrap().0;
        assert!(ids.contains(target), "{target} is nowhere");
    }
    for shown in ["event 4", "what was logged", "href=\"#s-0-1\""] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains("http://") || !page.replace("http://www.w3.org/2000/svg", "").contains("http://"));
}

/// Rows that nobody sees are not laid out, so no column is measured: their widths stand in the page.
#[test]
fn the_board_is_as_wide_as_its_names_within_reason() {
    let widths = |names: &[&str], group: Option<&str>| {
        let mut class = class(names.len(), 2, "");
        for (user, name) in class.users.iter_mut().zip(names) {
            (user.name, user.label, user.group) = ((*name).to_owned(), None, group.map(str::to_owned));
        }
        let text = page(&class).unwrap();
        let style = text.split(r#"<table class="board" role="table" style=""#).nth(1).unwrap();
        style.split('"').next().unwrap().to_owned()
    };
    assert_eq!(widths(&["ann"], None), "--checks:2;--names:9ch;--group:0ch");
    assert_eq!(widths(&["ann", "bartholomew"], Some("tuesday")), "--checks:2;--names:12ch;--group:9ch");
    assert_eq!(widths(&[&"x".repeat(63)], Some(&"y".repeat(63))), "--checks:2;--names:41ch;--group:26ch");
    assert_eq!(widths(&["\u{59d3}\u{540d}\u{59d3}\u{540d}\u{59d3}"], None), "--checks:2;--names:11ch;--group:0ch");
}
