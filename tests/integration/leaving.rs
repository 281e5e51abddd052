//! What a student edited or made, and another manifest's users, when labs are removed.

use serde_json::{Value, json};

use crate::account::{everything, form, zipped};
use crate::harness::{MANIFEST, Test};
use crate::server::Server;

/// The manifest with these users.
fn class(users: &[&str]) -> String {
    let head = MANIFEST.split("[[users]]").next().unwrap();
    users.iter().fold(head.to_owned(), |text, user| format!("{text}[[users]]\nname = \"{user}\"\n\n"))
}

fn served(manifest: &str) -> (Server, Test) {
    let test = Test::with_manifest(manifest);
    let server = Server::start(&test, &[]);
    let test = server.reached_by(test);
    (server, test)
}

const IAM: &str = "Version=2010-05-08";
const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

/// The pack's handler with a line of the student's own.
fn own_code() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/step-functions/lambda/order_validator.py");
    let code = std::fs::read_to_string(path).unwrap();
    code.replacen("import json\n", "import json\nMINE = 1\n", 1)
}

/// Edits one thing of each kind: a machine, code, a policy, a dashboard, a retention.
fn edit(server: &Server, user: &str) {
    let own = json!({ "StartAt": "Mine", "States": { "Mine": { "Type": "Pass", "End": true } } }).to_string();
    let arn = format!("arn:aws:states:us-east-1:000000000000:stateMachine:{user}-order-processing-workflow");
    let input = json!({ "stateMachineArn": arn, "definition": own });
    server.call("states", "AWSStepFunctions.UpdateStateMachine", &input);
    let path = format!("/2015-03-31/functions/{user}-order-validator/code");
    server.send(
        "lambda",
        ("PUT", &path),
        &JSON,
        json!({ "ZipFile": zipped("order_validator.py", &own_code()) }).to_string().as_bytes(),
    );
    let policy = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22\
                  s3%3AListBucket%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";
    let role = format!("RoleName={user}-lambda-role&PolicyName=Mine&PolicyDocument={policy}");
    form(server, "iam", &format!("Action=PutRolePolicy&{role}&{IAM}"));
    let name = format!("{user}-stepfunctions-monitoring");
    let get = format!("Action=GetDashboard&DashboardName={name}&Version=2010-08-01");
    let body = form(server, "monitoring", &get);
    let body = body.split("<DashboardBody>").nth(1).unwrap().split("</DashboardBody>").next().unwrap();
    let mut body: Value = serde_json::from_str(
        &body.replace("&quot;", "\"").replace("&amp;", "&").replace("&gt;", ">").replace("&lt;", "<"),
    )
    .unwrap();
    let note =
        json!({ "type": "text", "x": 0, "y": 90, "width": 6, "height": 2, "properties": { "markdown": "mine" } });
    body["widgets"].as_array_mut().unwrap().push(note);
    let body: String = form_urlencoded::byte_serialize(body.to_string().as_bytes()).collect();
    form(
        server,
        "monitoring",
        &format!("Action=PutDashboard&DashboardName={name}&DashboardBody={body}&Version=2010-08-01"),
    );
    let group = json!({ "logGroupName": format!("/aws/lambda/{user}-order-validator"), "retentionInDays": 30 });
    server.call("logs", "Logs_20140328.PutRetentionPolicy", &group);
}

/// What was saved, by kind, each with a file that is there and not empty.
fn saved(test: &Test, document: &Value) -> Vec<String> {
    let mut kinds = Vec::new();
    for user in document["saved"].as_array().unwrap() {
        let folder = user["folder"].as_str().unwrap();
        for resource in user["resources"].as_array().unwrap() {
            kinds.push(resource["kind"].as_str().unwrap().to_owned());
            for file in resource["files"].as_array().unwrap() {
                assert!(
                    std::fs::metadata(test.path(&format!("{folder}/{}", file.as_str().unwrap()))).unwrap().len() > 0
                );
            }
        }
        assert!(test.read(&format!("{folder}/changes.json")).contains("edited"));
    }
    kinds.sort();
    kinds
}

const FIVE: [&str; 5] = ["dashboard", "function", "log-group", "role", "state-machine"];

#[test]
fn every_path_that_removes_saves_an_edit_of_each_kind_first() {
    let (server, test) = served(&class(&["ann", "zoe"]));
    let expired = class(&["ann", "zoe"]).replace("name = \"lab6\"", "name = \"lab6\"\nexpires = 2020-01-01");
    for (path, manifest, arguments) in [
        ("all", class(&["ann", "zoe"]), &["cleanup", "--all"][..]),
        ("one user", class(&["ann", "zoe"]), &["cleanup", "--user", "zoe"]),
        ("departed", class(&["ann", "zoe"]), &["cleanup", "--departed"]),
        ("orphans", class(&["ann", "zoe"]), &["cleanup", "--orphans"]),
        ("expired", expired, &["cleanup", "--expired"]),
    ] {
        test.write("lab-manifest.toml", &manifest);
        test.expect(0, &["deploy", "--all"]);
        edit(&server, "zoe");
        if matches!(path, "departed" | "orphans") {
            test.write("lab-manifest.toml", &class(&["ann"]));
        }
        let dry = test.expect(0, &[arguments, &["--dry-run"]].concat()).stdout;
        assert_eq!(dry.matches("   ! edited by the user").count(), 6, "five, and the legend: {path}: {dry}");
        let document = test.json(0, arguments);
        assert_eq!(saved(&test, &document), FIVE, "{path}: {document:#}");
        assert_eq!(document["summary"]["residue"], 0);
        let said = test.expect(0, arguments).stdout;
        assert!(!said.contains("saved"), "nothing is left to be saved: {said}");
    }
    // The summary says it; so does a plan that prunes.
    test.write("lab-manifest.toml", &class(&["ann", "zoe"]));
    test.expect(0, &["deploy", "--all"]);
    edit(&server, "zoe");
    test.write("lab-manifest.toml", &class(&["ann"]));
    let plan = test.expect(0, &["plan", "--prune"]).stdout;
    assert!(plan.contains("- delete state-machine zoe-order-processing-workflow   ! edited by the user"), "{plan}");
    let said = test.expect(0, &["cleanup", "--departed"]).stdout;
    assert!(said.contains("zoe: saved 5 edited resources under `out/zoe/edited/"), "{said}");
}

#[test]
fn a_rehearsal_touches_no_lab_with_edits_and_leaves_them_where_it_keeps_what_is_there() {
    let (server, test) = served(&class(&["ann", "zoe"]));
    test.expect(0, &["deploy", "--all"]);
    edit(&server, "zoe");
    let before = everything(&server);
    for arguments in
        [&["rehearse", "--user", "zoe"][..], &["rehearse", "--all"], &["rehearse", "--user", "z*", "-n", "2"]]
    {
        let all = [arguments, &["--expect", "COMPLETED>=1"]].concat();
        test.refuses(64, &all, &["are there already", "`zoe`", "nothing was touched", "--keep"]);
        assert_eq!(everything(&server), before, "{arguments:?}");
    }
    // The student's own machine completes nothing of the lab's: what is tried fails, and all five edits are still there.
    let kept = test.json(4, &["rehearse", "--user", "zoe", "-n", "2", "--keep"]);
    assert_eq!(kept["steps"]["deploy"]["summary"]["edited"], 5, "{kept:#}");
    assert_eq!(kept["steps"]["cleanup"], Value::Null);
    assert_eq!(test.json(0, &["status", "--user", "zoe"])["summary"]["edited"], 5);
    let others = |seen: &std::collections::BTreeMap<String, String>| {
        let of_ann = seen.iter().filter(|(name, _)| name.contains("ann-"));
        of_ann.map(|(name, what)| (name.clone(), what.clone())).collect::<Vec<_>>()
    };
    assert_eq!(others(&everything(&server)), others(&before), "another user's lab stays as it is");
}

#[test]
fn an_edit_that_cannot_be_saved_stays_and_is_told() {
    let (server, test) = served(MANIFEST);
    test.expect(0, &["deploy"]);
    edit(&server, "user3");
    // Where the folder should be, a file stands.
    test.write("out/user3/edited", "in the way");
    let ran = test.expect(5, &["cleanup"]);
    ran.says(&["changes failed", "next: "]);
    assert!(ran.stdout.contains("16 deleted, 0 already gone, 5 left."), "{}", ran.stdout);
    std::fs::remove_file(test.path("out/user3/edited")).unwrap();
    let document = test.json(0, &["cleanup"]);
    assert_eq!((saved(&test, &document).len(), &document["summary"]["deleted"]), (5, &5.into()));
}

#[test]
fn another_manifest_of_the_same_lab_name_keeps_its_users() {
    let (_server, test) = served(&class(&["ann"]));
    test.write("group-b.toml", &class(&["bob", "cid"]));
    let b = |arguments: &[&str]| {
        [arguments, &["--manifest", "group-b.toml"]].concat().iter().map(|one| (*one).to_owned()).collect::<Vec<_>>()
    };
    let of_b = |arguments: &[&str]| {
        let all = b(arguments);
        test.expect(0, &all.iter().map(String::as_str).collect::<Vec<_>>())
    };
    of_b(&["deploy", "--all"]);
    test.expect(0, &["deploy"])
        .says(&["2 users were not deployed to lab `lab6` from this manifest: bob, cid", "from `group-b.toml`"]);
    test.expect(0, &["validate"]).says(&["`group-b.toml` has put users of a lab of the same name"]);
    for arguments in [&["cleanup", "--departed"][..], &["cleanup", "--orphans"], &["cleanup", "--expired"]] {
        assert_eq!(test.json(0, arguments)["summary"]["deleted"], 0);
    }
    let listed = test.json(0, &["cleanup", "--departed"]);
    assert_eq!(listed["others"].as_array().unwrap().len(), 2, "{listed:#}");
    assert_eq!(listed["others"][0]["manifest"], "group-b.toml");
    assert!(test.expect(0, &["plan", "--prune"]).stdout.contains("bob: stays (last deployed"));
    test.refuses(64, &["cleanup", "--departed", "--also", "bog"], &["`--also bog`", "did you mean `bob`?"]);
    test.refuses(64, &["cleanup", "--also", "bob"], &["add `--departed` or `--orphans`"]);
    assert_eq!(test.json(0, &["cleanup", "--departed", "--also", "bob"])["summary"]["deleted"], 21);
    assert!(of_b(&["plan", "--user", "cid"]).stdout.contains("No changes."));
    // A lost journal: nobody has departed, and whoever is named goes.
    test.write("group-b.toml", &class(&["bob"]));
    std::fs::remove_file(test.path("out/journal.jsonl")).unwrap();
    assert!(of_b(&["cleanup", "--departed"]).stdout.contains("cid: stays (when last deployed is not known here)"));
    of_b(&["cleanup", "--departed", "--also", "cid", "--also", "ann"]);
    assert!(test.expect(0, &["status"]).stdout.contains("21 absent"));
}

#[test]
fn users_who_departed_from_two_regions_are_told_once_and_where_their_labs_are() {
    let abroad = |text: String, user: &str| {
        let name = format!("name = \"{user}\"\n");
        text.replace(&name, &format!("{name}region = \"eu-central-1\"\n"))
    };
    let (_server, test) = served(&abroad(class(&["ann", "bob"]), "bob"));
    test.expect(0, &["deploy", "--all"]);
    // One region is looked at: what is the account's shows there, and stays.
    test.write("lab-manifest.toml", &class(&["cid"]));
    let shown = test.expect(0, &["cleanup", "--departed", "--dry-run"]).stdout;
    assert!(
        shown.contains("bob: stays (last deployed") && shown.contains(" to eu-central-1 from `lab-manifest.toml`)"),
        "{shown}"
    );
    assert!(!shown.contains("ann: stays"), "{shown}");
    test.write("lab-manifest.toml", &abroad(class(&["cid", "dan"]), "dan"));
    for arguments in
        [&["plan", "--all", "--prune"][..], &["cleanup", "--departed", "--dry-run"], &["cleanup", "--departed"]]
    {
        let shown = test.expect(0, arguments).stdout;
        assert!(!shown.contains("stays"), "{arguments:?}: {shown}");
    }
    assert_eq!(test.json(0, &["cleanup", "--departed"])["summary"]["deleted"], 0);
    assert_eq!(test.json(0, &["cleanup", "--departed"])["others"], Value::Null);
}

#[test]
fn what_a_student_made_by_hand_is_counted_and_goes_when_it_is_asked_for() {
    let (server, test) = served(MANIFEST);
    test.expect(0, &["deploy"]);
    let role = "arn:aws:iam::000000000000:role/user3-lambda-role";
    let input = json!({ "FunctionName": "user3-extra", "Role": role, "Runtime": "python3.13", "Handler": "x.y",
        "Code": { "ZipFile": zipped("x.py", "def y(event, context):\n    return 1\n") } });
    server.send("lambda", ("POST", "/2015-03-31/functions"), &JSON, input.to_string().as_bytes());
    let definition = json!({ "StartAt": "A", "States": { "A": { "Type": "Succeed" } } }).to_string();
    let role = "arn:aws:iam::000000000000:role/user3-stepfunctions-role";
    let machine = json!({ "name": "user3-my-own", "definition": definition, "roleArn": role });
    server.call("states", "AWSStepFunctions.CreateStateMachine", &machine);
    for name in ["/aws/lambda/user3-extra", "/aws/vendedlogs/states/user3-my-own", "user3-notes", "user30-notes"] {
        server.call("logs", "Logs_20140328.CreateLogGroup", &json!({ "logGroupName": name }));
    }
    let status = test.json(0, &["status"]);
    assert_eq!(status["summary"], json!({ "present": 21, "absent": 0, "drifted": 0, "edited": 0, "foreign": 0 }));
    assert_eq!((&status["by_hand"][0]["user"], &status["by_hand"][0]["count"]), (&"user3".into(), &5.into()));
    assert!(test.expect(0, &["status"]).stdout.contains("5 more things begin with `user3-`"));
    let cleanup = test.expect(0, &["cleanup"]).stdout;
    assert!(cleanup.contains("21 deleted") && cleanup.contains("5 more things begin with `user3-`"), "{cleanup}");

    test.refuses(
        64,
        &["cleanup", "--with-prefix"],
        &["not labctl's: function user3-extra", "nobody can be asked", "`--yes`"],
    );
    let document = test.json(0, &["cleanup", "--with-prefix", "--yes"]);
    assert_eq!(
        (&document["summary"]["deleted"], &document["summary"]["residue"]),
        (&5.into(), &0.into()),
        "{document:#}"
    );
    assert_eq!(saved(&test, &document), ["function", "state-machine"]);
    let left = server.call("logs", "Logs_20140328.DescribeLogGroups", &json!({}));
    assert_eq!(left["logGroups"].as_array().unwrap().len(), 1, "another name is nobody's prefix: {left}");
}

#[test]
fn a_log_group_that_came_back_after_cleanup_is_labctls_again() {
    let (server, test) = served(MANIFEST);
    test.expect(0, &["deploy"]);
    test.expect(0, &["cleanup"]);
    for name in ["/aws/lambda/user3-order-validator", "/aws/vendedlogs/states/user3-callback-workflow"] {
        server.call("logs", "Logs_20140328.CreateLogGroup", &json!({ "logGroupName": name }));
    }
    assert_eq!(test.json(0, &["plan"])["summary"]["foreign"], 0);
    assert_eq!(test.json(0, &["cleanup"])["summary"]["deleted"], 2);
    server.call(
        "logs",
        "Logs_20140328.CreateLogGroup",
        &json!({ "logGroupName": "/aws/lambda/user3-order-validator" }),
    );
    test.expect(0, &["deploy"]);
    assert_eq!(test.expect(0, &["plan"]).stdout, "No changes.\n");
}

#[test]
fn a_code_edit_is_shown_as_the_lines_that_changed() {
    let (server, test) = served(MANIFEST);
    test.expect(0, &["deploy"]);
    edit(&server, "user3");
    let shown = test.expect(0, &["status", "--diff"]).stdout;
    assert!(
        shown.contains("+++ b/order_validator.py\n") && shown.contains("     import json\n    +MINE = 1\n"),
        "{shown}"
    );
    assert!(!shown.contains("code: \""), "no digests beside the lines: {shown}");
    let document = test.json(0, &["status", "--diff"]);
    assert!(document.to_string().contains("\"diff\":\"--- a/order_validator.py"), "{document:#}");
}
