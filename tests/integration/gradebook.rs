//! `labctl gradebook`: points of a run, as learning platforms import them.

use std::fs;

use crate::harness::Test;

const MANIFEST: &str = "[lab]\npack = \"step-functions\"\nname = \"lab6\"\n\n[roster]\nfile = \"students.csv\"\n";

const ROSTER: &str = "name,label,email,student_id,group\nana,Ana Example,ana@school.edu,900,Monday\njan,=Jan,jan@school.edu,901,Tuesday\n";

const CANVAS: &str = "\u{feff}Student,ID,SIS User ID,SIS Login ID,Section,Lab 6 (4711),Lab 7 (4712)\r\n    Points Possible,,,,,10,5\r\n\
    \"Example, Ana\",101,900,ana@school.edu,Monday,,4\r\n\"Jan\",102,901,jan,\"Tue\nsday\",3.00,\r\n\"Late, Lea\",103,902,lea,Monday,7,\r\n\"Student, Test\",104,,x1,Monday,,\r\n";

/// A class with a run of verify.
fn class() -> Test {
    let test = Test::with_manifest(MANIFEST);
    test.write("students.csv", ROSTER);
    test.expect(0, &["deploy", "--all"]);
    let verified = test.json(4, &["verify", "--all", "--time", "jump"]);
    for user in verified["users"].as_array().unwrap() {
        let scored = (&user["score"], &user["max_score"], &user["unknown_points"]);
        assert_eq!(scored, (&90.into(), &100.into(), &0.into()), "the bulk test was not run: {user:#}");
    }
    test
}

#[test]
fn an_export_takes_the_points_and_keeps_every_other_byte() {
    let test = class();
    test.write("grades.csv", CANVAS);
    let fill = ["gradebook", "--format", "canvas", "--into", "grades.csv"];
    test.refuses(64, &fill, &["several columns of `grades.csv`", "`Lab 6 (4711)`, `Lab 7 (4712)`"]);
    let with = |column: &'static str| [&fill[..], &["--column", column]].concat();
    test.refuses(64, &with("Lab 9"), &["has no column `Lab 9`", "new assignment"]);
    test.refuses(64, &with("Section"), &["says who somebody is"]);
    let document = test.json(0, &with("Lab 6"));
    let expected = CANVAS
        .replace("ana@school.edu,Monday,,4", "ana@school.edu,Monday,9.00,4")
        .replace("\"Tue\nsday\",3.00,", "\"Tue\nsday\",9.00,");
    assert_eq!(test.read("grades.csv"), expected);
    assert_eq!(test.read("grades.csv.orig"), CANVAS);
    assert_eq!((&document["written"], &document["points_possible"]), (&2.into(), &"10".into()), "{document:#}");
    assert_eq!(document["unmatched"][0]["row"], 6, "the line of Lea, behind a cell of two lines: {document:#}");
    assert_eq!((document["unmatched"].as_array().unwrap().len(), document["api_calls"].to_string()), (1, "{}".into()));

    // A second run leaves the original and says so; a file of something else in its place is not replaced.
    test.edit("grades.csv", "9.00,4", "1.00,4");
    let again = test.expect(0, &with("Lab 6 (4711)"));
    assert!(again.stdout.contains("grades.csv.orig`, left as the first run put it there"), "{}", again.stdout);
    assert_eq!((test.read("grades.csv"), test.read("grades.csv.orig")), (expected.clone(), CANVAS.to_owned()));
    test.edit("grades.csv", "9.00,4", "1.00,5");
    test.refuses(64, &with("Lab 6"), &["is the original of something else", "move it away"]);

    // Somebody whose row is missing is told, and the others are graded.
    test.write("one.csv", "Student;ID;SIS Login ID;Section;Lab 6 (4711)\nExample, Ana;1;ana;M;\n");
    let document = test.json(3, &["gradebook", "--format", "canvas", "--into", "one.csv"]);
    assert_eq!(test.read("one.csv"), "Student;ID;SIS Login ID;Section;Lab 6 (4711)\nExample, Ana;1;ana;M;90.00\n");
    assert_eq!(document["unmatched"][0]["user"], "jan", "{document:#}");
    test.write("other.csv", "Student,ID,SIS Login ID,Section,Lab 6 (4711)\nX,1,x,M,\n");
    test.refuses(64, &["gradebook", "--format", "canvas", "--into", "other.csv"], &["no row of `other.csv`"]);
    test.refuses(
        64,
        &["gradebook", "--format", "moodle", "--into", "students.csv"],
        &["no column of `students.csv` takes points"],
    );
}

#[test]
fn new_files_hold_what_their_importers_take() {
    let test = class();
    let plain = test.expect(0, &["gradebook", "--format", "csv", "--user", "jan"]);
    assert!(plain.stdout.contains("Wrote the points of 1 user to `"), "{}", plain.stdout);
    assert_eq!(
        test.read("out/gradebook/grades.csv"),
        "name,label,email,student_id,group,points,max_points\njan,'=Jan,jan@school.edu,901,Tuesday,90.00,100.00\n"
    );
    test.expect(0, &["gradebook", "--format", "moodle", "-o", "moodle.csv"]);
    let moodle = test.read("moodle.csv");
    assert!(moodle.starts_with("email,fullname,grade,grade feedback\nana@school.edu,Ana Example,90.00,"), "{moodle}");
    test.refuses(64, &["gradebook", "--format", "moodle", "-o", "moodle.csv"], &["`moodle.csv` exists already"]);
    test.refuses(64, &["gradebook", "--format", "canvas"], &["makes a new one", "--into EXPORTED.csv"]);
    test.expect(0, &["gradebook", "--format", "canvas", "--column", "Lab 6 (4711)"]);
    let canvas = test.read("out/gradebook/canvas.csv");
    assert_eq!(canvas.lines().nth(1), Some("Ana Example,,900,ana@school.edu,Monday,90.00"));
    test.expect(0, &["gradebook", "--format", "gradescope", "-o", "results"]);
    let results: serde_json::Value = serde_json::from_str(&test.read("results/jan/results.json")).unwrap();
    let points = results["tests"].as_array().unwrap().iter().map(|test| test["score"].as_u64().unwrap()).sum::<u64>();
    let most = results["tests"].as_array().unwrap().iter().map(|test| test["max_score"].as_u64().unwrap()).sum::<u64>();
    assert_eq!((points, most), (90, 100), "{results:#}");
    test.expect(0, &["gradebook", "--format", "junit"]);
    assert!(test.read("out/gradebook/junit.xml").contains("<testsuite name=\"jan\" "));
    let github = test.json(3, &["gradebook", "--format", "classroom50", "--user", "ana"]);
    assert!(github["skipped"][0]["reason"].as_str().unwrap().contains("github_username"), "{github:#}");
    test.refuses(64, &["gradebook", "--format", "junit", "--into", "moodle.csv"], &["`junit` is none"]);
    test.refuses(64, &["gradebook", "--format", "csv", "--from", "1234"], &["no run `1234` of `labctl verify`"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(test.path("moodle.csv")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "points are for the instructor's eyes");
    }
}
