//! Files under `out/`.
#![expect(clippy::disallowed_methods, reason = "these tests put files in the way of others")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::class::{lab, places, user, users, with_mode, with_setting};
use crate::kind::{Dashboard, Function, Role, StateMachine};
use crate::model::{IamMode, Kind, Lab, Region, tag};
use crate::render::{RenderError, Rendered, Written, render, write};

fn rendered(lab: &Lab) -> Rendered {
    render(lab, &users(lab), &places(lab), Path::new("out")).unwrap_or_else(|findings| panic!("{findings:?}"))
}

fn written(lab: &Lab, out: &Path) -> Written {
    write(&rendered(lab), out).unwrap()
}

/// Every file below a folder, with its content; links are named, not followed.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                walk(&entry.path(), &format!("{name}/"), found);
            } else if kind.is_file() {
                found.insert(name, fs::read(entry.path()).unwrap());
            } else {
                found.insert(name, b"a link".to_vec());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, "", &mut found);
    found
}

/// All text files, and of packages what is in them.
fn reported(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut all = String::new();
    for (name, bytes) in files {
        let _ = writeln!(all, "==== {name}");
        if Path::new(name).extension().is_some_and(|extension| extension == "zip") {
            let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
            for index in 0..archive.len() {
                let entry = archive.by_index(index).unwrap();
                let _ = writeln!(all, "{} {:?}", entry.name().unwrap(), entry.unix_mode());
            }
        } else if name.ends_with("index.json") {
            // Digests of packages change with every word of a handler: their shape is enough here.
            let index: Value = serde_json::from_slice(bytes).unwrap();
            for (path, digest) in index["files"].as_object().unwrap() {
                let _ = writeln!(all, "{path} {}", digest.as_str().unwrap().len());
            }
        } else {
            all.push_str(std::str::from_utf8(bytes).unwrap());
        }
    }
    all
}

#[test]
fn every_file_of_a_user() {
    let out = tempfile::tempdir().unwrap();
    let lab = with_setting(lab(&["user3"]), "sqs_exercise", json!(true));
    let counted = written(&lab, out.path());
    let files = tree(out.path());
    assert_eq!(counted, Written { files: files.len(), unchanged: 0, removed: 0 });
    insta::assert_snapshot!(reported(&files));
}

#[test]
fn every_file_of_a_user_as_the_handout_has_it() {
    let out = tempfile::tempdir().unwrap();
    let mut lab = with_mode(lab(&["user3"]), IamMode::AsWritten);
    lab.users[0].target.region = Region::new("cn-north-1").unwrap();
    written(&lab, out.path());
    let policies = tree(out.path()).into_iter().filter(|(name, _)| name.starts_with("user3/iam/")).collect();
    insta::assert_snapshot!(reported(&policies));
}

#[test]
fn every_resource_of_a_user() {
    let lab = lab(&["user3"]);
    let rendered = rendered(&lab);
    let user = &rendered.desired.users[0];
    let mut all = String::new();
    for resource in &user.resources {
        let _ = writeln!(all, "{}", resource.key);
        assert_eq!(resource.tags[tag::DIGEST], resource.body.digest().as_str());
        let tags: Vec<_> = resource.tags.iter().filter(|(key, _)| *key != tag::DIGEST).collect();
        let _ = writeln!(all, "    {tags:?}");
        let mut body = resource.body.canonical();
        if let Some(body) = body.as_object_mut() {
            for document in ["definition", "body", "trust_policy", "inline_policies", "code"] {
                body.shift_remove(document);
            }
        }
        let _ = writeln!(all, "    {body}");
        if let Some(function) = resource.body.of::<Function>() {
            let package = function.code.package.as_ref().unwrap();
            let _ = writeln!(all, "    {}", package.path.display());
        }
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_second_run_touches_nothing() {
    let out = tempfile::tempdir().unwrap();
    let lab = lab(&["ann", "bob"]);
    let first = written(&lab, out.path());
    let times = |out: &Path| fs::metadata(out.join("ann/asl/express-workflow.asl.json")).unwrap().modified().unwrap();
    let before = times(out.path());
    assert_eq!(written(&lab, out.path()), Written { files: 0, unchanged: first.files, removed: 0 });
    assert_eq!(times(out.path()), before);
}

#[test]
fn a_file_that_was_edited_or_lost_is_written_again() {
    let out = tempfile::tempdir().unwrap();
    let lab = lab(&["ann"]);
    written(&lab, out.path());
    let whole = tree(out.path());
    fs::write(out.path().join("ann/asl/express-workflow.asl.json"), "{}").unwrap();
    fs::remove_file(out.path().join("ann/lambda/order-validator.zip")).unwrap();
    assert_eq!(written(&lab, out.path()).files, 2);
    assert_eq!(tree(out.path()), whole);
}

/// Runs this test binary again, so that umask and time zone can differ.
#[test]
fn files_are_the_same_whatever_the_umask_and_the_time_zone() {
    const VARIABLE: &str = "LABCTL_TEST_RENDER_INTO";
    if let Some(out) = crate::host::env(VARIABLE) {
        written(&lab(&["ann"]), Path::new(&out));
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let mut trees = Vec::new();
    for (umask, zone) in [("022", "UTC"), ("077", "Asia/Kathmandu"), ("002", "America/St_Johns")] {
        let folder = out.path().join(umask);
        let this = std::env::current_exe().unwrap();
        let test = "render::tests::files::files_are_the_same_whatever_the_umask_and_the_time_zone";
        let script = format!("umask {umask}; exec \"$0\" --exact {test}");
        let status = Command::new("sh")
            .args(["-c", &script, this.to_str().unwrap()])
            .env("TZ", zone)
            .env(VARIABLE, &folder)
            .output()
            .unwrap();
        assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
        let mode = fs::metadata(folder.join("ann/lambda/order-validator.zip")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
        trees.push(tree(&folder));
    }
    assert!(trees[0].len() > 10);
    assert_eq!(trees[0], trees[1]);
    assert_eq!(trees[0], trees[2]);
}

#[test]
fn files_do_not_depend_on_who_else_is_rendered() {
    let (alone, together) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    written(&lab(&["bob"]), alone.path());
    written(&lab(&["ann", "bob", "cid", "dan", "eve"]), together.path());
    assert_eq!(tree(&alone.path().join("bob")), tree(&together.path().join("bob")));
}

#[test]
fn the_index_has_the_digest_of_every_file() {
    let out = tempfile::tempdir().unwrap();
    written(&lab(&["ann"]), out.path());
    let mut files = tree(&out.path().join("ann"));
    let index: Value = serde_json::from_slice(&files.remove("index.json").unwrap()).unwrap();
    let digests: BTreeMap<String, String> = serde_json::from_value(index["files"].clone()).unwrap();
    let found: BTreeMap<String, String> =
        files.iter().map(|(path, bytes)| (path.clone(), super::super::index::sha256(bytes))).collect();
    assert_eq!(digests, found);
}

#[test]
fn files_of_a_removed_resource_go_and_others_stay() {
    let out = tempfile::tempdir().unwrap();
    let with = with_setting(lab(&["ann"]), "sqs_exercise", json!(true));
    written(&with, out.path());
    let stale = out.path().join("ann/asl/notification-workflow.asl.json");
    assert!(stale.exists());
    fs::write(out.path().join("ann/asl/notes.txt"), "mine").unwrap();
    fs::write(out.path().join("ann/notes.txt"), "mine").unwrap();
    let counted = written(&lab(&["ann"]), out.path());
    assert_eq!(counted.removed, 1);
    assert!(!stale.exists());
    assert!(out.path().join("ann/asl/notes.txt").exists());
    assert!(out.path().join("ann/notes.txt").exists());
}

#[test]
fn folders_of_users_who_left_go_when_the_whole_class_is_rendered() {
    let out = tempfile::tempdir().unwrap();
    written(&lab(&["ann", "bob", "cid"]), out.path());
    fs::write(out.path().join("cid/notes.txt"), "mine").unwrap();
    fs::create_dir(out.path().join("dan")).unwrap();
    fs::write(out.path().join("dan/index.json"), "{}").unwrap();
    fs::create_dir_all(out.path().join("local")).unwrap();
    fs::write(out.path().join("local/store.sqlite"), "store").unwrap();

    // Only one of two: nobody knows what the others shall have.
    let two = lab(&["ann", "bob"]);
    let some = render(&two, &users(&two)[..1], &places(&two), Path::new("out")).unwrap_or_else(|_| panic!());
    assert_eq!(write(&some, out.path()).unwrap().removed, 0);

    let counted = written(&lab(&["ann"]), out.path());
    assert!(counted.removed > 20);
    assert!(!out.path().join("bob").exists());
    assert_eq!(tree(&out.path().join("cid")).into_keys().collect::<Vec<_>>(), ["notes.txt"]);
    assert!(out.path().join("dan/index.json").exists());
    assert!(out.path().join("local/store.sqlite").exists());
}

#[test]
fn folders_of_another_lab_stay() {
    let out = tempfile::tempdir().unwrap();
    let mut other = lab(&["zoe"]);
    other.name = crate::model::LabName::new("other").unwrap();
    written(&other, out.path());
    let before = tree(out.path());
    assert_eq!(written(&lab(&["ann"]), out.path()).removed, 0);
    assert!(before.keys().all(|path| out.path().join(path).exists()));
}

#[test]
fn an_index_cannot_be_forged_to_remove_files_elsewhere() {
    let out = tempfile::tempdir().unwrap();
    let victim = out.path().join("victim.txt");
    let one = lab(&["ann"]);
    written(&one, out.path());
    fs::write(&victim, "mine").unwrap();
    let forged = json!({ "schema": "labctl/index/1", "lab": "lab6", "user": "ann", "files": {
        "../victim.txt": "0", "asl/../../victim.txt": "0", victim.to_str().unwrap(): "0", "asl/.": "0",
    } });
    fs::write(out.path().join("ann/index.json"), forged.to_string()).unwrap();
    assert_eq!(written(&one, out.path()).removed, 0);
    assert_eq!(fs::read(&victim).unwrap(), b"mine");
}

#[test]
fn links_inside_out_are_not_followed() {
    let one = lab(&["ann"]);
    let outside = tempfile::tempdir().unwrap();
    for link in ["ann", "ann/asl", "ann/lambda"] {
        let out = tempfile::tempdir().unwrap();
        fs::create_dir_all(out.path().join(link).parent().unwrap()).unwrap();
        symlink(outside.path(), out.path().join(link)).unwrap();
        let error = write(&rendered(&one), out.path()).unwrap_err();
        assert!(matches!(&error, RenderError::NotAFolder { path } if path.ends_with(link)), "{error}");
        assert_eq!(tree(outside.path()).len(), 0, "{link}");
    }
}

#[test]
fn a_link_in_the_place_of_a_file_is_replaced_and_its_target_left_alone() {
    let one = lab(&["ann"]);
    let (out, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    written(&one, out.path());
    let whole = tree(out.path());
    let victim = outside.path().join("victim.txt");
    for file in ["ann/asl/express-workflow.asl.json", "ann/index.json"] {
        // The same content behind the link: even then it is no file of ours.
        fs::write(&victim, &whole[file]).unwrap();
        fs::remove_file(out.path().join(file)).unwrap();
        symlink(&victim, out.path().join(file)).unwrap();
        fs::set_permissions(&victim, fs::Permissions::from_mode(0o600)).unwrap();
        written(&one, out.path());
        assert_eq!(tree(out.path()), whole);
        assert_eq!(fs::read(&victim).unwrap(), whole[file]);
        assert_eq!(fs::metadata(&victim).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_departed_user_who_is_a_link_is_left_alone() {
    let (out, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    written(&lab(&["bob"]), outside.path());
    let before = tree(outside.path());
    fs::create_dir_all(out.path()).unwrap();
    symlink(outside.path().join("bob"), out.path().join("bob")).unwrap();
    assert_eq!(written(&lab(&["ann"]), out.path()).removed, 0);
    assert_eq!(tree(outside.path()), before);
}

#[test]
fn a_file_in_the_place_of_a_folder_is_told() {
    let out = tempfile::tempdir().unwrap();
    fs::write(out.path().join("ann"), "a file").unwrap();
    let error = write(&rendered(&lab(&["ann"])), out.path()).unwrap_err().to_string();
    assert!(error.contains("is not a folder"), "{error}");
    let file = out.path().join("ann");
    let error = write(&rendered(&lab(&["ann"])), &file).unwrap_err().to_string();
    assert!(error.starts_with("cannot open the folder"), "{error}");
}

#[test]
fn a_folder_in_the_place_of_a_file_is_told_and_nothing_is_left_beside_it() {
    let out = tempfile::tempdir().unwrap();
    fs::create_dir_all(out.path().join("ann/asl/express-workflow.asl.json/mine")).unwrap();
    let error = write(&rendered(&lab(&["ann"])), out.path()).unwrap_err().to_string();
    assert!(error.starts_with("cannot write"), "{error}");
    assert!(
        !fs::read_dir(out.path().join("ann/asl")).unwrap().any(|entry| entry
            .unwrap()
            .file_name()
            .to_str()
            .unwrap()
            .starts_with('.'))
    );
}

#[test]
fn hostile_values_stay_inside_their_strings() {
    let hostile = "\" , \"Effect\": \"Allow\", \"x\": \"{{user}}\\ \n\t\u{0} ' </script> \u{f0000} \u{1f600}";
    let mut lab = lab(&["user3"]);
    // A template that puts a setting into every kind of string there is.
    let setting = |lab: &mut Lab, file: &str, old: &str, new: &str| {
        let text = String::from_utf8(lab.pack.files[file].to_vec()).unwrap();
        assert!(text.contains(old));
        lab.pack.files.insert(file.into(), text.replacen(old, new, 1).into_bytes().into());
    };
    setting(&mut lab, "asl/express-workflow.asl.json.hbs", "Express workflow for", "{{settings.runtime}}");
    setting(
        &mut lab,
        "asl/notification-workflow.asl.yaml.hbs",
        "Comment: Sends an",
        "Comment: '{{settings.runtime}}'\n#",
    );
    setting(&mut lab, "iam/lambda.trust.json.hbs", "OwnFunctionsOnly", "{{settings.runtime}}");
    setting(
        &mut lab,
        "dashboards/stepfunctions-monitoring.json.hbs",
        "Average Execution Duration",
        "{{settings.runtime}}",
    );
    let lab = with_setting(with_setting(lab, "runtime", json!(hostile)), "sqs_exercise", json!(true));
    let rendered = rendered(&lab);
    let resources = &rendered.desired.users[0].resources;
    let body = |kind: Kind, name: &str| {
        let resource = resources.iter().find(|it| it.key.kind == kind && it.key.name.ends_with(name)).unwrap();
        resource.body.canonical()
    };
    assert_eq!(
        body(StateMachine::KIND, "express-workflow")["definition"]["Comment"],
        format!("{hostile} real-time event processing")
    );
    assert_eq!(body(Role::KIND, "lambda-role")["trust_policy"]["Statement"][0]["Sid"], hostile);
    assert_eq!(body(Dashboard::KIND, "monitoring")["body"]["widgets"][1]["properties"]["title"], hostile);
    assert_eq!(body(Function::KIND, "order-validator")["runtime"], hostile);
    // Between apostrophes YAML knows no escapes: the value shows them, and is still one value.
    let comment = &body(StateMachine::KIND, "notification-workflow")["definition"]["Comment"];
    assert!(comment.as_str().unwrap().contains("\\u0027 </script>"), "{comment}");
    assert_eq!(body(StateMachine::KIND, "notification-workflow")["definition"].as_object().unwrap().len(), 3);
}

#[test]
fn brought_roles_are_used_and_not_made() {
    let mut lab = lab(&["user3"]);
    lab.users[0].iam.brought.insert("lambda_role".into(), "LabRole".into());
    lab.users[0].iam.brought.insert("stepfunctions_role".into(), "arn:aws:iam::123456789012:role/x/Own".into());
    let rendered = rendered(&lab);
    let resources = &rendered.desired.users[0].resources;
    assert!(resources.iter().all(|resource| resource.key.kind != Role::KIND));
    for resource in resources {
        let brought = if resource.key.kind == Function::KIND { "LabRole" } else { "x/Own" };
        let brought = format!("arn:aws:iam::123456789012:role/{brought}");
        assert!(resource.body.role().is_none_or(|role| role == brought), "{resource:?}");
    }
}

#[test]
fn a_user_has_a_region_and_settings_of_their_own() {
    let mut lab = lab(&["ann"]);
    let mut bob = user("bob", &lab.pack);
    bob.target.region = Region::new("eu-west-1").unwrap();
    bob.settings.insert("runtime".into(), json!("python3.12"));
    lab.users.push(bob);
    let rendered = rendered(&lab);
    let function = |user: usize| {
        rendered.desired.users[user].resources.iter().find(|it| it.key.kind == Function::KIND).unwrap().body.canonical()
    };
    assert_eq!(function(0)["runtime"], "python3.13");
    assert_eq!(function(1)["runtime"], "python3.12");
    let machine = rendered.desired.users[1].resources.iter().find(|it| it.key.kind == StateMachine::KIND).unwrap();
    assert!(machine.body.canonical().to_string().contains("arn:aws:lambda:eu-west-1:123456789012:function:bob-"));
}

#[test]
fn an_institutions_tags_boundary_and_path_are_on_everything_that_takes_them() {
    let mut lab = lab(&["user3"]);
    lab.tags =
        BTreeMap::from([("CostCenter".to_owned(), "teaching".to_owned()), ("Project".to_owned(), "own".to_owned())]);
    for user in &mut lab.users {
        user.iam.path = Some("/labs/".to_owned());
        user.iam.permissions_boundary = Some("arn:aws:iam::123456789012:policy/b".to_owned());
    }
    let rendered = rendered(&lab);
    let resources = &rendered.desired.users[0].resources;
    assert!(resources.iter().all(|it| it.tags["CostCenter"] == "teaching"), "{resources:?}");
    assert!(resources.iter().all(|it| it.tags["Project"] == "own"), "the manifest's word is over the pack's");
    assert!(resources.iter().all(|it| it.tags[tag::USER] == "user3"));
    for resource in resources {
        let body = &resource.body;
        if let Some(role) = body.of::<Role>() {
            assert_eq!(role.path, "/labs/");
            assert_eq!(role.permissions_boundary.as_deref(), Some("arn:aws:iam::123456789012:policy/b"));
        }
        assert!(body.role().is_none_or(|role| role.contains(":role/labs/user3-")), "{body:?}");
    }
}

#[test]
fn arns_are_of_the_regions_partition() {
    for (region, partition) in
        [("eusc-de-east-1", "aws-eusc"), ("cn-north-1", "aws-cn"), ("us-isob-east-1", "aws-iso-b")]
    {
        let lab = lab(&["user3"]);
        let mut places = places(&lab);
        for place in places.values_mut() {
            place.region = Region::new(region).unwrap();
        }
        let rendered =
            render(&lab, &users(&lab), &places, Path::new("out")).unwrap_or_else(|findings| panic!("{findings:?}"));
        let text = format!("{:?}", rendered.desired);
        assert!(
            text.contains(&format!("arn:{partition}:states:{region}:")) && !text.contains("arn:aws:"),
            "{region}: {text}"
        );
    }
}
