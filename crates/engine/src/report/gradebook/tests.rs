//! The rules of whoever imports a gradebook, a row each.

use std::collections::BTreeMap;

use super::*;
use crate::model::{Student, Visibility};
use crate::source::{self, Node};
use crate::verify::CheckVerdict;

fn check(id: &str, verdict: CheckVerdict, points: u32, visibility: Visibility) -> GradedCheck {
    GradedCheck {
        id: id.to_owned(),
        title: format!("Title of {id}"),
        verdict,
        points: if verdict == CheckVerdict::Passed { points } else { 0 },
        max_points: points,
        counts: true,
        visibility,
        reason: (verdict != CheckVerdict::Passed).then(|| format!("reason of {id}")),
    }
}

fn run() -> GradedRun {
    GradedRun { lab: "lab6".to_owned(), run: "1a2b".to_owned(), at: "2026-11-30T07:00:00.123Z".to_owned() }
}

/// A user with 70 points earned of 100: one public check failed, one hidden.
fn user(name: &str, edit: impl FnOnce(&mut Student)) -> Graded {
    let mut student = Student {
        label: Some(format!("{name} Example")),
        email: Some(format!("{name}@school.edu")),
        student_id: Some(format!("9-{name}")),
        group: Some("Monday".to_owned()),
        other: Vec::new(),
    };
    edit(&mut student);
    Graded {
        user: name.to_owned(),
        student,
        score: 70,
        max_score: 100,
        unknown_points: 0,
        checks: vec![
            check("a/one", CheckVerdict::Passed, 60, Visibility::Public),
            check("a/two", CheckVerdict::Failed, 20, Visibility::Public),
            check("b/three", CheckVerdict::Passed, 10, Visibility::Hidden),
            check("b/four", CheckVerdict::Failed, 10, Visibility::Hidden),
        ],
    }
}

/// The same with its failed checks unknown.
fn unknown(name: &str) -> Graded {
    let mut user = user(name, |_| ());
    for check in user.checks.iter_mut().filter(|check| check.verdict == CheckVerdict::Failed) {
        check.verdict = CheckVerdict::Unknown;
    }
    user.unknown_points = 30;
    user
}

fn rows(files: &GradebookFiles) -> Vec<Vec<String>> {
    let table = source::csv::read(&files.files[0].1).unwrap();
    let cells = |row: &Node| row.elements().unwrap().iter().map(|cell| cell.text().unwrap().to_owned()).collect();
    table.elements().unwrap().iter().map(cells).collect()
}

#[test]
fn what_is_not_known_is_left_or_counts_as_said() {
    assert!(unknown("ana").settled(IfUnknown::Leave).unwrap_err().contains("30 of 100 points are not known"));
    assert_eq!(unknown("ana").settled(IfUnknown::Passed).unwrap().score, 100);
    let failed = unknown("ana").settled(IfUnknown::Failed).unwrap();
    assert_eq!(
        (failed.score, failed.checks),
        (
            70,
            user("ana", |_| ())
                .checks
                .into_iter()
                .zip(unknown("ana").checks)
                .map(|(failed, unknown)| GradedCheck { reason: unknown.reason, ..failed })
                .collect::<Vec<_>>()
        )
    );
    let nothing = Graded { max_score: 0, score: 0, ..user("ana", |_| ()) };
    assert!(nothing.settled(IfUnknown::Failed).is_err());
}

#[test]
fn canvas() {
    let title = Some("Lab 6 (4711)");
    for (rule, student, expected) in [
        (
            "the school's number and the address",
            user("ana", |_| ()),
            Ok("ana Example||9-ana|ana@school.edu|Monday|70.00"),
        ),
        (
            "Canvas' own id and login from the columns that the roster kept",
            user("ana", |student| {
                student.other = [("ID", "101"), ("SIS User ID", "900"), ("SIS Login ID", "ana.e")]
                    .map(|(title, text)| (title.to_owned(), text.to_owned()))
                    .to_vec();
            }),
            Ok("ana Example|101|900|ana.e|Monday|70.00"),
        ),
        (
            "whoever has no id would be a new user",
            user("ana", |student| (student.student_id, student.email) = (None, None)),
            Err("no student_id or email"),
        ),
        (
            "an id that a spreadsheet computes is none",
            user("ana", |student| {
                (student.student_id, student.email) = (Some("=1".to_owned()), Some("-x@y".to_owned()));
            }),
            Err("no student_id or email"),
        ),
        (
            "a name that Canvas takes for the assignments' points",
            user("ana", |student| student.label = Some("Points Possible".to_owned())),
            Err("assignments' points"),
        ),
        (
            "formulas in names and sections",
            user("ana", |student| (student.label, student.group) = (Some("=1+1".to_owned()), Some("@x\ny".to_owned()))),
            Ok("'=1+1||9-ana|ana@school.edu|'@x y|70.00"),
        ),
    ] {
        let files = write(&[student], &run(), GradebookFormat::Canvas, title).unwrap();
        match expected {
            Ok(row) => assert_eq!(rows(&files)[1].join("|"), row, "{rule}"),
            Err(part) => {
                assert_eq!((files.written, rows(&files).len()), (0, 1), "{rule}");
                assert!(files.left_out[0].reason.contains(part), "{rule}: {files:?}");
            }
        }
    }
    let files = write(&[user("ana", |_| ())], &run(), GradebookFormat::Canvas, title).unwrap();
    assert_eq!(rows(&files)[0].join(","), "Student,ID,SIS User ID,SIS Login ID,Section,Lab 6 (4711)");
    assert!(!files.files[0].1.contains("Points Possible"), "that row would change the assignment");
    for title in [None, Some("Lab 6"), Some("Lab 6 (new)"), Some("Lab (4) six"), Some("")] {
        assert!(write(&[], &run(), GradebookFormat::Canvas, title).is_err(), "{title:?} would be a new assignment");
    }
}

#[test]
fn moodle() {
    let without =
        |email: bool| move |student: &mut Student| if email { student.email = None } else { student.student_id = None };
    for (rule, users, expected, left_out) in [
        (
            "grade and feedback; hidden checks are not named",
            vec![user("ana", |_| ())],
            vec![
                "ana@school.edu|ana Example|70.00|70 of 100 points. Not passed: Title of a/two. Checks that are not public did not pass.",
            ],
            vec![],
        ),
        (
            "one column says who it is; an empty cell of it would grade the student before",
            vec![user("ana", without(false)), user("bob", without(true))],
            vec!["ana@school.edu|"],
            vec!["bob"],
        ),
        (
            "the one that most have",
            vec![user("ana", |_| ()), user("bob", without(true))],
            vec!["9-ana|", "9-bob|"],
            vec![],
        ),
        (
            "PHP takes 0 for empty",
            vec![user("ana", |student| (student.email, student.student_id) = (None, Some("0".to_owned())))],
            vec![],
            vec!["ana"],
        ),
        (
            "an address of two",
            vec![
                user("ana", without(false)),
                user("bob", |student| (student.email, student.student_id) = (Some("ANA@school.edu".to_owned()), None)),
            ],
            vec![],
            vec!["ana", "bob"],
        ),
        (
            "an address that begins as a formula cannot be written so that both take it",
            vec![user("ana", |student| (student.email, student.student_id) = (Some("+ana@x".to_owned()), None))],
            vec![],
            vec!["ana"],
        ),
        (
            "a grade above 100 ends the import, so that they are put on a scale of 100",
            vec![Graded { score: 150, max_score: 200, ..user("ana", |_| ()) }],
            vec!["ana@school.edu|ana Example|75.00|150 of 200 points."],
            vec![],
        ),
    ] {
        let files = write(&users, &run(), GradebookFormat::Moodle, None).unwrap();
        let rows = rows(&files);
        assert_eq!(rows.len() - 1, expected.len(), "{rule}: {rows:?}");
        for (row, start) in rows[1..].iter().zip(&expected) {
            assert!(row.join("|").starts_with(start), "{rule}: {row:?}");
            assert!(
                row.iter().all(|cell| !cell.is_empty()),
                "{rule}: an empty grade would delete the one that is there: {row:?}"
            );
        }
        let left: Vec<&str> = files.left_out.iter().map(|left| left.user.as_str()).collect();
        assert_eq!((left, files.written), (left_out, expected.len()), "{rule}");
    }
}

#[test]
fn a_plain_table_keeps_the_columns_of_the_roster() {
    let users = [
        user("ana", |student| student.other = vec![("Team".to_owned(), "=kept".to_owned())]),
        user("bob", |student| student.label = Some("-Bob".to_owned())),
    ];
    let files = write(&users, &run(), GradebookFormat::Csv, None).unwrap();
    assert_eq!(
        rows(&files).iter().map(|row| row.join("|")).collect::<Vec<_>>(),
        [
            "name|label|email|student_id|group|points|max_points|Team",
            "ana|ana Example|ana@school.edu|9-ana|Monday|70.00|100.00|=kept",
            "bob|'-Bob|bob@school.edu|9-bob|Monday|70.00|100.00|",
        ]
    );
}

const EXPORT: &str = "Student,ID,SIS User ID,SIS Login ID,Section,Lab 6 (4711),Lab 7 (4712)\r\n    Points Possible,,,,,50,10\r\n\
    \"ana Example\",101,9-ana,ana,Monday,12.00,3\r\n\"bob Example\",102,9-bob,bob,Monday,,\r\n\"Other\",103,9-other,other,Monday,44,5\r\n";

/// The rows of [`EXPORT`]'s shape, as logins and numbers.
fn listed(file: &ExportedFile) -> Vec<(usize, Result<RowOf, String>)> {
    let row_of = |cells: &[Node]| RowOf {
        name: ExportedFile::cell(cells, 3).to_owned(),
        student_id: Some(ExportedFile::cell(cells, 2).to_owned()).filter(|text| !text.is_empty()),
        ..RowOf::default()
    };
    let students = file.rows().enumerate().filter(|(_, cells)| !ExportedFile::is_points_possible(cells));
    students.map(|(row, cells)| (row, Ok(row_of(cells)))).collect()
}

fn fill_in(text: &str, users: &[Graded], if_unknown: IfUnknown) -> Filled {
    let file = ExportedFile::of(text.as_bytes()).unwrap();
    let column = column(&file, GradebookFormat::Canvas, Some("Lab 6")).unwrap();
    fill(&file, (GradebookFormat::Canvas, column), listed(&file), users, if_unknown).unwrap()
}

#[test]
fn an_export_is_filled_by_its_own_scale_and_nobody_else_is_touched() {
    let users = [user("ana", |_| ()), user("bob", |_| ()), user("eve", |_| ())];
    let filled = fill_in(EXPORT, &users, IfUnknown::Leave);
    let expected = EXPORT.replace("Monday,12.00,3", "Monday,35.00,3").replace("bob,Monday,,", "bob,Monday,35.00,");
    assert_eq!(String::from_utf8(filled.bytes).unwrap(), expected);
    assert_eq!((filled.written, filled.scale.as_deref()), (2, Some("50")));
    let unmatched: Vec<_> = filled.unmatched.iter().map(|it| (it.row, it.user.as_deref())).collect();
    assert_eq!(unmatched, [(Some(5), None), (None, Some("eve"))]);
}

#[test]
fn no_grade_is_wiped() {
    // Unknown, excused, and two rows about one: each cell stays as it was.
    let text = EXPORT.replace("bob,Monday,,", "bob,Monday,EX,")
        + "\"ana too\",104,9-cid,cid,Monday,7,\r\n\"Cid\",105,9-cid,cid,Monday,8,\r\n";
    let users = [unknown("ana"), user("bob", |_| ()), user("cid", |_| ())];
    let filled = fill_in(&text, &users, IfUnknown::Leave);
    assert_eq!(String::from_utf8(filled.bytes).unwrap(), text);
    let left: BTreeMap<&str, &str> =
        filled.left_out.iter().map(|left| (left.user.as_str(), left.reason.as_str())).collect();
    assert!(left["ana"].contains("not known") && left["bob"].contains("excused"), "{left:?}");
    let twice: Vec<_> =
        filled.unmatched.iter().filter(|it| it.user.as_deref() == Some("cid")).map(|it| it.row).collect();
    assert_eq!(twice, [Some(6), Some(7)]);
    let filled = fill_in(&text, &users, IfUnknown::Passed);
    assert!(String::from_utf8(filled.bytes).unwrap().contains("Monday,50.00,3"));
}

#[test]
fn a_row_is_whose_it_says_or_nobodys() {
    let users = [user("ana", |_| ()), user("bob", |_| ())];
    let row = |name: &str, email: Option<&str>, student_id: Option<&str>| RowOf {
        name: name.to_owned(),
        label: None,
        email: email.map(str::to_owned),
        student_id: student_id.map(str::to_owned),
    };
    for (rule, row, expected) in [
        ("the login", row("ana", None, None), Ok("ana")),
        ("the address, whatever the login", row("x", Some("Ana@School.edu"), None), Ok("ana")),
        ("the number", row("x", None, Some("9-bob")), Ok("bob")),
        ("a login of one and a number of another", row("ana", None, Some("9-bob")), Err("`bob`")),
        (
            "an address of one and a number of another",
            row("x", Some("ana@school.edu"), Some("9-bob")),
            Err("`ana` and `bob`"),
        ),
        ("a login like one's, another's address", row("ana", Some("ana@elsewhere.org"), None), Err("is not")),
        ("nobody", row("eve", None, None), Err("no chosen user")),
    ] {
        let found = matched::user_of(&row, &users).map(|user| user.user.as_str());
        match expected {
            Ok(user) => assert_eq!(found, Ok(user), "{rule}"),
            Err(part) => assert!(found.is_err_and(|reason| reason.contains(part)), "{rule}"),
        }
    }
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn gradescope_adds_up_visible_tests_and_learns_nothing_of_hidden_ones() {
    let files = write(&[user("ana", |_| ()), user("bob", |_| ())], &run(), GradebookFormat::Gradescope, None).unwrap();
    let names: Vec<&str> = files.files.iter().map(|(path, _)| path.to_str().unwrap()).collect();
    assert_eq!((names, files.written), (vec!["ana/results.json", "bob/results.json"], 2));
    let results = json(&files.files[0].1);
    let tests = results["tests"].as_array().unwrap();
    let sum = |key: &str| tests.iter().map(|test| test[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("score"), sum("max_score")), (70, 100), "{results:#}");
    assert!(results.get("score").is_none(), "a score of its own outweighs the tests");
    assert!(tests.iter().all(|test| test["visibility"] == "visible"), "any other hides the total: {results:#}");
    let hidden = &tests[2];
    assert_eq!(
        (&hidden["name"], &hidden["status"], hidden.get("output")),
        (&"not public".into(), &"failed".into(), None)
    );
    assert!(!files.files[0].1.contains("b/"), "{results:#}");
    assert_eq!((&tests[1]["output"], &tests[1]["number"]), (&"reason of a/two".into(), &"2".into()));
}

#[test]
fn classroom_50_takes_whole_points_of_names_that_github_knows() {
    let github = |student: &mut Student| student.other = vec![("github_username".to_owned(), "ana-gh".to_owned())];
    let users = [user("ana", github), user("bob", |_| ())];
    let files = write(&users, &run(), GradebookFormat::Classroom50, Some("lab-6")).unwrap();
    assert_eq!((files.written, files.left_out[0].user.as_str()), (1, "bob"));
    let result = json(&files.files[0].1);
    let keys: Vec<&String> = result.as_object().unwrap().keys().collect();
    let wanted = "schema classroom assignment assignment_type owner submission commit release review datetime score max-score tests";
    assert_eq!(keys, wanted.split(' ').collect::<Vec<_>>());
    assert!(result.as_object().unwrap().values().all(|value| value.as_str() != Some("")), "{result:#}");
    assert_eq!(
        (&result["owner"], &result["assignment"], &result["datetime"]),
        (&"ana-gh".into(), &"lab-6".into(), &"2026-11-30T07:00:00Z".into())
    );
    assert!(result["submission"].as_str().unwrap().starts_with("submit/"), "only such tags are submissions");
    let tests = result["tests"].as_array().unwrap();
    assert_eq!(
        tests.iter().map(|test| test["score"].as_u64().unwrap()).sum::<u64>(),
        result["score"].as_u64().unwrap()
    );
    assert_eq!(tests[2]["test-name"], "not public");
}

#[test]
fn junit_has_a_suite_for_each_user_and_a_case_for_each_check() {
    let mut users = [unknown("ana"), user("bob", |student| student.label = Some("<Bob> & \"Co\"\u{1}".to_owned()))];
    users[1].checks[3].verdict = CheckVerdict::Skipped;
    let files = write(&users, &run(), GradebookFormat::Junit, None).unwrap();
    let text = &files.files[0].1;
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"lab6\" tests=\"8\" failures=\"1\" errors=\"2\" skipped=\"1\">"), "{text}");
    assert!(text.contains("<testsuite name=\"ana\" tests=\"4\" failures=\"0\" errors=\"2\" skipped=\"0\" timestamp=\"2026-11-30T07:00:00\">"), "{text}");
    assert!(text.contains("<property name=\"label\" value=\"&lt;Bob&gt; &amp; &quot;Co&quot; \"/>"), "{text}");
    assert!(
        text.contains(
            "<testcase name=\"two\" classname=\"ana.a\">\n      <error message=\"reason of a/two\" type=\"unknown\"/>"
        ),
        "{text}"
    );
    assert!(
        text.contains("<failure message=\"reason of a/two\" type=\"failed\"/>") && text.contains("<skipped"),
        "{text}"
    );
    let (opened, closed) = (text.matches("<testcase ").count(), text.matches("</testcase>").count());
    assert_eq!((opened, opened - closed), (8, text.matches("<testcase ").count() - closed));
}
