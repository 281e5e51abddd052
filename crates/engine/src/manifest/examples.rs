//! The examples in `tests/manifests`: each good one loads, each bad one gives exactly the findings beside it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::test_support::at_root;
use super::*;
use crate::model::TargetKind;
use crate::source::{Diagnostics, Severity};

/// The manifests of a folder, sorted: files whose name is that of a manifest, rosters left out.
fn manifests(folder: &str) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(at_root(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .filter(|path| {
            !path.file_name().unwrap().to_str().unwrap().starts_with("roster-") || has_extension(path, "toml")
        })
        .filter(|path| ["toml", "yaml", "json", "ini"].iter().any(|extension| has_extension(path, extension)))
        .filter(|path| path.file_name().unwrap() != "roster.yaml")
        .collect();
    paths.sort();
    paths
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

/// A time in 2027, for the warning about days that are over.
const NOW_MS: i64 = 1_800_000_000_000;

fn overrides() -> Overrides {
    Overrides { now_ms: Some(NOW_MS), ..Overrides::default() }
}

fn shown(findings: &Diagnostics) -> String {
    let mut text = String::new();
    for finding in &findings.0 {
        let severity = if finding.severity == Severity::Error { "error" } else { "warning" };
        let _ = writeln!(text, "{severity}[{}]: {}", finding.code, finding.message);
        if let Some((source, span)) = &finding.place {
            let (line, column) = source.line_column(span.offset);
            let _ = writeln!(text, "  at {}:{line}:{column}", source.path.display());
            let content = source.text.lines().nth(line - 1).unwrap_or_default();
            let under: String = source
                .text
                .get(span.offset..span.offset + span.length)
                .unwrap()
                .chars()
                .take_while(|c| *c != '\n')
                .collect();
            let carets = "^".repeat(under.chars().count().max(1));
            let label = finding.label.as_deref().unwrap_or_default();
            let _ = writeln!(text, "  | {content}\n  | {}{carets} {label}", " ".repeat(column - 1));
        }
        if let Some(help) = &finding.help {
            let _ = writeln!(text, "  help: {help}");
        }
    }
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_bad_manifest_gives_the_findings_beside_it() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../../tests/manifests/bad");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for path in manifests("tests/manifests/bad") {
        let findings = match load(&path, &overrides()) {
            Ok((_, findings)) => panic!("{} loads: {}", path.display(), shown(&findings)),
            Err(findings) => findings,
        };
        assert!(findings.has_errors(), "{}", path.display());
        settings.bind(|| insta::assert_snapshot!(path.file_name().unwrap().to_str().unwrap(), shown(&findings)));
    }
}

#[test]
fn every_good_manifest_loads_without_findings() {
    for path in manifests("tests/manifests/good") {
        match load(&path, &overrides()) {
            Ok((lab, findings)) => {
                assert_eq!(shown(&findings), "", "{}", path.display());
                assert!(!lab.users.is_empty());
            }
            Err(findings) => panic!("{}:\n{}", path.display(), shown(&findings)),
        }
    }
}

#[test]
fn a_user_of_several_places_has_the_fields_of_all_and_the_weightiest_wins() {
    let (lab, _) = load(at_root("tests/manifests/good/all.toml"), &overrides()).unwrap();
    let user = |name: &str| lab.users.iter().find(|user| user.name.as_str() == name).unwrap();
    let names: Vec<&str> = lab.users.iter().map(|user| user.name.as_str()).collect();
    assert_eq!(names[..6], ["user3", "zoe", "ann", "user4", "user1", "user2"]);
    assert_eq!(names.len(), 32);
    // `[[users]]` over the file over the range.
    assert_eq!(user("user3").target.region.as_str(), "eu-west-1");
    assert_eq!(user("user3").settings["runtime"], "python3.13");
    assert_eq!(user("user3").settings["memory_mib"], 256);
    // Cells have the type that their column asks for.
    assert_eq!(user("user4").settings["memory_mib"], 512);
    assert_eq!(user("user4").settings["queue"], true);
    assert_eq!(user("user4").target.region.as_str(), "us-east-1");
    // What nobody says comes from the manifest's tables, then from the pack.
    assert_eq!(user("ann").settings["runtime"], "python3.12");
    assert_eq!(user("ann").settings["memory_mib"], 128);
    assert_eq!(user("ann").iam.brought["lab_role"], "LabRole");
    assert_eq!(user("zoe").iam.brought["lab_role"], "arn:aws:iam::123456789012:role/Zoe");
    assert_eq!(user("zoe").target.endpoint_url.as_deref(), Some("http://127.0.0.1:4566"));
    assert_eq!(lab.target.ca_bundle.as_deref(), Some(at_root("tests/manifests/good/ca.pem")));
    assert_eq!(lab.expires.as_deref(), Some("2099-12-20"));
    assert!((lab.quotas["states:CreateStateMachine"].per_second - 1.5).abs() < f64::EPSILON);
}

#[test]
fn yaml_and_json_say_the_same_as_toml() {
    let (yaml, _) = load(at_root("tests/manifests/good/all.yaml"), &overrides()).unwrap();
    let users: Vec<_> = yaml.users.iter().map(|user| (user.name.as_str(), user.target.region.as_str())).collect();
    let expected =
        [("zoe", "eu-west-1"), ("yan", "eu-west-1"), ("xena", "eu-west-1"), ("ann", "eu-west-1"), ("ben", "eu-west-1")];
    assert_eq!(users, expected);
    assert_eq!(yaml.users[0].settings["runtime"], "python3.12");
    assert_eq!(yaml.users[0].settings["memory_mib"], 512);
    assert_eq!(yaml.users[4].target.account_id.as_ref().unwrap().as_str(), "012345678901");
    let (json, _) = load(at_root("tests/manifests/good/all.json"), &overrides()).unwrap();
    let names: Vec<_> = json.users.iter().map(|user| user.name.as_str()).collect();
    assert_eq!(names, ["zoe", "s01", "s02", "s03"]);
}

#[test]
fn the_command_line_has_the_last_word() {
    let path = at_root("tests/manifests/good/all.json");
    let endpoint = Overrides { endpoint_url: Some("http://127.0.0.1:4566".to_owned()), ..overrides() };
    let (lab, _) = load(path, &endpoint).unwrap();
    assert_eq!(lab.target.kind, TargetKind::Aws);
    assert_eq!(lab.users[0].target.endpoint_url.as_deref(), Some("http://127.0.0.1:4566"));
    let region = Overrides { region: Some("eu-north-1".to_owned()), profile: Some("p".to_owned()), ..overrides() };
    let (lab, _) = load(path, &region).unwrap();
    assert_eq!(lab.users[0].target.region.as_str(), "eu-north-1");
    assert_eq!(lab.users[0].target.profile.as_deref(), Some("p"));
    let local = Overrides { target: Some(TargetKind::Local), ..overrides() };
    let (lab, _) = load(at_root("tests/manifests/good/all.toml"), &local).unwrap();
    assert!(lab.users.iter().all(|user| user.target.kind == TargetKind::Local && user.target.endpoint_url.is_none()));
    let wrong = Overrides { region: Some("us-esat".to_owned()), endpoint_url: Some("nowhere".to_owned()), ..local };
    let findings = load(path, &wrong).unwrap_err();
    insta::assert_snapshot!(shown(&findings), @r"
    error[manifest::bad-value]: `--region us-esat` is not a region such as `eu-west-1`
      help: did you mean `us-east-1`?
    error[manifest::bad-value]: `--endpoint-url nowhere` is not an http or https address
      help: write it as `https://host:port` or `http://127.0.0.1:4566`
    ");
}

#[test]
fn a_deprecated_value_and_a_day_that_is_over_are_warnings() {
    let folder = tempfile::tempdir().unwrap();
    let pack = at_root("tests/packs/tiny").canonicalize().unwrap();
    let manifest = folder.path().join("lab-manifest.toml");
    let text = format!(
        "[lab]\npack = {:?}\nname = \"lab6\"\nexpires = 2020-01-01\n[settings]\nruntime = \"python3.9\"\n[[users]]\nname = \"ann\"\n",
        pack.to_str().unwrap()
    );
    std::fs::File::create(&manifest).unwrap().write_all(text.as_bytes()).unwrap();
    let (_, warnings) = load(&manifest, &overrides()).unwrap();
    let codes: Vec<_> = warnings.0.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["manifest::expired", "manifest::deprecated-value"]);
    assert!(!warnings.has_errors());
}

#[test]
fn the_shipped_manifest_is_what_init_writes() {
    let pack = load_pack("step-functions", Path::new("")).unwrap();
    let shipped = std::fs::read_to_string("lab-manifest.toml").unwrap();
    assert_eq!(shipped, template(&pack, "step-functions", "docs/lab-manifest.schema.json"));
    let (lab, findings) = load(Path::new("lab-manifest.toml"), &overrides()).unwrap();
    assert_eq!(shown(&findings), "");
    assert_eq!((lab.users.len(), lab.users[0].target.kind), (1, TargetKind::Local));
}

#[test]
fn the_published_schema_is_the_one_that_files_are_held_against() {
    let published = std::fs::read_to_string(at_root("docs/lab-manifest.schema.json")).unwrap();
    let current = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    assert_eq!(published, current, "write it anew with `labctl schema > docs/lab-manifest.schema.json`");
}

#[test]
fn the_published_schema_of_packs_is_the_one_that_packs_are_held_against() {
    let published = std::fs::read_to_string(at_root("docs/pack.schema.json")).unwrap();
    let current = serde_json::to_string_pretty(&pack_schema()).unwrap() + "\n";
    assert_eq!(published, current, "write it anew with `labctl schema --pack > docs/pack.schema.json`");
    // Editors know nothing of defaults: what those may say is asked of no entry.
    let schema = pack_schema();
    assert_eq!(schema["$defs"]["FunctionTemplate"]["required"], serde_json::json!(["name"]));
    assert!(schema["properties"]["defaults"]["properties"]["machines"]["properties"].get("name").is_none());
}

/// What is found in a manifest for the built-in pack with these lines in it.
fn found_in(table: &str, line: &str) -> Vec<(bool, String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab-manifest.toml");
    let text =
        format!("[lab]\npack = \"step-functions\"\nname = \"lab6\"\n[{table}]\n{line}\n[[users]]\nname = \"ann\"\n");
    std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), text.as_bytes()).unwrap();
    let findings = match load(&path, &Overrides::default()) {
        Ok((_, findings)) | Err(findings) => findings,
    };
    let reported = findings.0.into_iter();
    reported.map(|it| (it.severity == Severity::Error, it.message, it.help.unwrap_or_default())).collect()
}

#[test]
fn a_region_is_known_or_told_and_never_refused_for_being_new() {
    for known in ["me-west-1", "sa-west-1", "eusc-de-east-1", "us-isof-south-1", "eu-isoe-west-1", "cn-north-1"] {
        assert_eq!(found_in("target", &format!("region = \"{known}\"")), [], "{known}");
    }
    for (region, error, help) in [
        ("us-est-1", true, "did you mean `us-east-1`?"),
        ("eu-wset-1", true, "did you mean `eu-west-1`?"),
        ("eu-west-4", false, "its ARNs are taken to begin with `arn:aws:`"),
        ("af-north-1", false, "its ARNs are taken to begin with `arn:aws:`"),
        ("us-gov-central-1", false, "`arn:aws-us-gov:`"),
        ("us-isob-northeast-1", false, "`arn:aws-iso-b:`"),
        ("eusc-fr-west-1", false, "did you mean `eusc-de-east-1`?"),
        ("mars", true, "write it as `us-east-1`"),
    ] {
        let found = found_in("target", &format!("region = \"{region}\""));
        let [(is_error, _, reported)] = found.as_slice() else { panic!("{region}: {found:?}") };
        assert!(*is_error == error && reported.contains(help), "{region}: {found:?}");
    }
}

#[test]
fn a_runtime_is_known_or_told_and_no_suggestion_is_out_of_support() {
    for known in ["python3.11", "python3.14"] {
        assert_eq!(found_in("settings", &format!("runtime = \"{known}\"")), [], "{known}");
    }
    let dates = "blocks creating functions with it from 2027-02-01 and updating them from 2027-03-03; use `python3.13`";
    for (runtime, error, help) in [
        ("python3.15", false, "Lambda has it"),
        ("python3.27", false, "if Lambda has it by now"),
        ("custom", false, "`bootstrap`"),
        ("provided.al2023", false, "`bootstrap`"),
        ("python3.8", false, dates),
        ("python3.9", false, dates),
        ("python3.10", false, dates),
        ("pyton3.13", true, "did you mean `python3.13`?"),
        ("python3.1x", true, "did you mean `python3.1"),
        ("nodejs22.x", true, "is not written for nodejs"),
        ("ruby4.0", true, "is not written for ruby"),
        ("pythn3.9", true, "python3.1"),
    ] {
        let found = found_in("settings", &format!("runtime = \"{runtime}\""));
        let [(is_error, _, reported)] = found.as_slice() else { panic!("{runtime}: {found:?}") };
        assert!(*is_error == error && reported.contains(help), "{runtime}: {found:?}");
        if ended(runtime) {
            continue;
        }
        assert!(!reported.contains("python3.9`") && !reported.contains("python3.10`"), "{runtime}: {reported}");
    }
}

fn ended(runtime: &str) -> bool {
    crate::model::runtime::Ended::of(runtime).is_some()
}

#[test]
fn tags_are_held_against_awss_rules() {
    assert_eq!(found_in("tags", "CostCenter = \"teaching\"\n\"Kostenstelle Nr.\" = \"4711 / ä\"\nEmpty = \"\""), []);
    let long_key = format!("{} = \"x\"", "k".repeat(129));
    let long_value = format!("k = \"{}\"", "v".repeat(257));
    let many: String = (0..45).fold(String::new(), |text, number| format!("{text}k{number} = \"x\"\n"));
    for (lines, said, help) in [
        ("\"aws:x\" = \"1\"", "begins with `aws:`", "AWS keeps"),
        ("\"AWS:x\" = \"1\"", "begins with `aws:`", "AWS keeps"),
        ("\"labctl:lab\" = \"1\"", "begins with `labctl:`", "labctl knows its own"),
        ("CostCenter = \"1\"\ncostcenter = \"2\"", "differ in case alone", "write it as `CostCenter`"),
        ("project = \"1\"", "`project` and `Project` differ in case alone", "write it as `Project`"),
        ("\"a,b\" = \"1\"", "has `,`", "letters, digits, blanks"),
        ("k = \"a;b\"", "the value of the tag `k` has `;`", "letters, digits, blanks"),
        (&long_key, "has 129 characters", "128 at most"),
        (&long_value, "has 257 characters", "256 at most"),
        ("\"\" = \"1\"", "is empty", "give it a name"),
        (&many, "45 tags, where there is room for 44", "AWS takes 50"),
        ("k = 1", "`tags.k` is a whole number, where text is expected", "write it in quotes: `\"1\"`"),
    ] {
        let found = found_in("tags", lines);
        let [(true, message, reported)] = found.as_slice() else { panic!("{lines}: {found:?}") };
        assert!(message.contains(said) && reported.contains(help), "{lines}: {found:?}");
    }
}

#[test]
fn a_boundary_is_an_arn_and_a_path_has_slashes() {
    for good in [
        "permissions_boundary = \"arn:aws:iam::123456789012:policy/boundary\"",
        "permissions_boundary = \"arn:aws-eusc:iam::123456789012:policy/school/boundary\"",
        "permissions_boundary = \"arn:aws:iam::aws:policy/PowerUserAccess\"",
        "path = \"/\"",
        "path = \"/labs/\"",
        "path = \"/labs/2026/\"",
    ] {
        assert_eq!(found_in("iam", good), [], "{good}");
    }
    for (line, help) in [
        ("permissions_boundary = \"boundary\"", "arn:aws:iam::123456789012:policy/boundary"),
        ("permissions_boundary = \"arn:aws:iam::123456789012:role/boundary\"", "policy/boundary"),
        ("permissions_boundary = \"arn:aws:iam::12345:policy/boundary\"", "policy/boundary"),
        ("path = \"labs\"", "write it as `/labs/`"),
        ("path = \"/labs\"", "write it as `/labs/`"),
        ("path = \"/my labs/\"", "write it as `/mylabs/`"),
        ("path = \"//\"", "write it as `/labs/`"),
    ] {
        let found = found_in("iam", line);
        let [(true, _, reported)] = found.as_slice() else { panic!("{line}: {found:?}") };
        assert!(reported.contains(help), "{line}: {found:?}");
    }
}

#[test]
fn a_user_may_have_another_boundary_and_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab-manifest.toml");
    let text = "[lab]\npack = \"step-functions\"\nname = \"lab6\"\n[iam]\npath = \"/labs/\"\n\
                permissions_boundary = \"arn:aws:iam::123456789012:policy/b\"\n[tags]\nCostCenter = \"x\"\n\
                [[users]]\nname = \"ann\"\n[[users]]\nname = \"bob\"\npath = \"/other/\"\n\
                iam.permissions_boundary = \"arn:aws:iam::123456789012:policy/c\"\n";
    std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), text.as_bytes()).unwrap();
    let (lab, _) = load(&path, &Overrides::default()).unwrap();
    let of = |name: &str| lab.users.iter().find(|user| user.name.as_str() == name).unwrap().iam.clone();
    assert_eq!((of("ann").path.as_deref(), of("bob").path.as_deref()), (Some("/labs/"), Some("/other/")));
    assert!(of("ann").permissions_boundary.unwrap().ends_with("/b"));
    assert!(of("bob").permissions_boundary.unwrap().ends_with("/c"));
    assert_eq!(lab.tags["CostCenter"], "x");
}
