//! What learning platforms export becomes a class, by `roster import` or read as it is.

use crate::harness::Test;

const CANVAS: &str = "Student,ID,SIS User ID,SIS Login ID,Section,Lab 6 (4711)\n    Points Possible,,,,,100\n\
    \"Example, Ana\",101,900,ana.example@school.edu,Monday,\n\"Berg, Jan\",102,901,JBerg,Tuesday,55\n\"Student, Test\",103,,x1,Monday,\n";

const HEAD: &str = "[lab]\npack = \"step-functions\"\nname = \"lab6\"\n\n";

#[test]
fn an_import_makes_a_roster_that_the_manifest_reads() {
    let test = Test::with_manifest(&format!("{HEAD}[roster]\nfile = \"students.csv\"\n"));
    test.write("grades.csv", CANVAS);
    let ran = test.expect(0, &["roster", "import", "grades.csv"]);
    assert!(ran.stdout.contains("Wrote 2 users to `students.csv` (Canvas export)."), "{}", ran.stdout);
    assert!(ran.stderr.contains("line 2 passed over") && ran.stderr.contains("line 5 passed over"), "{}", ran.stderr);
    let again = test.expect(64, &["roster", "import", "grades.csv"]);
    assert!(
        again.stderr.contains("`students.csv` exists already") && again.stderr.contains("--force"),
        "{}",
        again.stderr
    );
    let document = test.json(0, &["roster", "import", "grades.csv", "--force"]);
    assert_eq!((&document["platform"], &document["written"]), (&"canvas".into(), &2.into()), "{document:#}");
    assert_eq!(document["skipped"][0]["row"], 2, "{document:#}");
    let itself = test.expect(64, &["roster", "import", "grades.csv", "-o", "./grades.csv", "--force"]);
    assert!(itself.stderr.contains("is the export itself"), "{}", itself.stderr);
    let plan = test.json(0, &["plan", "--all"]);
    let users: Vec<&str> =
        plan["users"].as_array().unwrap().iter().map(|user| user["user"].as_str().unwrap()).collect();
    assert_eq!(users, ["ana-example", "jberg"]);
    let one = test.json(0, &["plan", "--group", "Tuesday"]);
    assert_eq!(one["users"].as_array().unwrap().len(), 1, "{one:#}");
    let both = test.json(0, &["plan", "--group", "Tuesday", "--user", "ana-example"]);
    assert_eq!(both["users"].as_array().unwrap().len(), 2, "{both:#}");
    let wrong = test.expect(64, &["plan", "--group", "Tuseday"]);
    assert!(wrong.stderr.contains("did you mean `Tuesday`?"), "{}", wrong.stderr);
    let named = test.expect(0, &["status", "--all"]);
    assert!(named.stdout.contains("jberg Jan Berg"), "{}", named.stdout);
}

#[test]
fn an_export_is_a_roster_as_it_is() {
    let columns = "name = \"SIS Login ID\"\nlabel = \"Student\"\ngroup = \"Section\"\nstudent_id = \"SIS User ID\"\n";
    let rows = "skip = [\"Points Possible\", \"Student, Test\"]\n";
    let manifest = |keys: &str| format!("{HEAD}[roster]\nfile = \"grades.csv\"\n{keys}");
    let test = Test::with_manifest(&manifest(&format!("{columns}{rows}other_columns = \"keep\"\n")));
    test.write("grades.csv", CANVAS);
    assert_eq!(test.json(0, &["validate"])["summary"]["users"], 2);
    let shown = test.expect(0, &["plan", "--group", "Monday"]);
    assert!(shown.stdout.contains("ana-example Ana Example"), "{}", shown.stdout);
    // Columns that are nobody's field are refused unless they are kept.
    test.write("lab-manifest.toml", &manifest(&format!("{columns}{rows}")));
    let refused = test.expect(64, &["validate"]);
    assert!(refused.stderr.contains("unknown column `Lab 6 (4711)`"), "{}", refused.stderr);
    test.write("lab-manifest.toml", &manifest(&format!("name = \"SIS Logn ID\"\n{rows}other_columns = \"keep\"\n")));
    let missing = test.expect(64, &["validate"]);
    assert!(missing.stderr.contains("no column `SIS Logn ID`"), "{}", missing.stderr);
    assert!(missing.stderr.contains("did you mean `SIS Login ID`?"), "{}", missing.stderr);
    // A row that is not skipped and has no login says what to do.
    test.write("lab-manifest.toml", &manifest(&format!("{columns}other_columns = \"keep\"\n")));
    let row = test.expect(64, &["validate"]);
    assert!(row.stderr.contains("roster.skip"), "{}", row.stderr);
}
