//! `labctl report`: a class as one page.

use crate::harness::Test;

const MANIFEST: &str = "[lab]\npack = \"step-functions\"\nname = \"lab6\"\n\n[roster]\nfile = \"students.csv\"\n\n[settings]\nsimulated_delay_scale = 0\n";

const ROSTER: &str = "name,label,group\nana,Ana <b>Example</b>,Monday\njan,Jan O'Neil,Tuesday\nlea,Lea & Co,Tuesday\n";

#[test]
fn a_class_is_one_page_and_a_student_sees_nothing_of_others() {
    let test = Test::with_manifest(MANIFEST);
    test.write("students.csv", ROSTER);
    test.refuses(64, &["report"], &["no run `last` of `labctl verify`"]);
    test.expect(0, &["deploy", "--user", "ana,jan"]);
    test.expect(0, &["bulk-test", "--user", "ana,jan", "-n", "12"]);
    test.expect(4, &["verify", "--all", "--time", "jump"]);
    let document = test.json(0, &["report"]);
    assert_eq!((&document["users"], &document["api_calls"]), (&3.into(), &serde_json::json!({})), "{document:#}");
    let page = test.read("out/report.html");
    assert_eq!(document["bytes"], page.len());
    for shown in [
        "Ana &lt;b&gt;Example&lt;/b&gt;",
        "Jan O&#39;Neil",
        "Lea &amp; Co",
        "class=\"labctl-graph marked\"",
        "order-processing-workflow",
        "24 started, 24 over",
        "dashboards",
        "2 labs stand",
        "Causes",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains("<b>Example"), "a roster's text is no markup");
    test.expect(0, &["report", "-o", "again.html"]);
    assert_eq!(test.read("again.html"), page, "the same bytes");

    let said = test.expect(0, &["report", "--student", "lea"]).stdout;
    assert!(said.contains("report-lea.html"), "{said}");
    let own = test.read("out/report-lea.html");
    assert!(own.contains("Lea &amp; Co") && own.contains("Not public: 0 of "), "{own}");
    for other in ["ana-", "jan-", ">ana<", ">jan<", "Example", "Neil", "Monday", "3 students"] {
        assert!(!own.contains(other), "{other}");
    }
    let ana = test.json(0, &["report", "--student", "ana", "-o", "ana.html"]);
    assert_eq!((&ana["student"], &ana["users"]), (&"ana".into(), &1.into()));
    assert!(test.read("ana.html").contains("12 started, 12 over."));
    test.refuses(64, &["report", "--student", "anna"], &["no user `anna`", "`ana`"]);
    test.refuses(64, &["report", "--from", "none"], &["no run `none`"]);
}
