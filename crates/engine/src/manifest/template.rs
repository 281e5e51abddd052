//! The manifest that `init` writes: it works as it is, and its comments teach what else may be said.

use serde_json::Value;

use crate::model::Pack;

/// A commented `lab-manifest.toml` for a pack, which it names by `reference`: target `local`, one user, every setting of the pack with
/// its default. `schema`
/// is the address or path of the JSON Schema that editors complete from. The text loads without findings.
pub fn template(pack: &Pack, reference: &str, schema: &str) -> String {
    let lab = if reference.starts_with("./") { pack.name.as_str() } else { "lab6" };
    let mut text = format!(
        r#"#:schema {schema}
# One class: which lab it gets, where the lab goes, and who is in it. `labctl validate` checks this file,
# `labctl plan` shows what `labctl deploy` would do, `labctl cleanup` removes all of it again.

[lab]
pack = "{reference}" # {title}; a folder such as "./my-lab" works too
name = "{lab}" # goes into the tags by which labctl knows its own
# expires = 2099-12-31 # goes into the tags: the day after which the lab may go

[target]
kind = "local" # the embedded endpoint: no AWS account needed; "aws" is any AWS endpoint
region = "us-east-1"
# account_id = "123456789012" # a guard: any other account is refused
# profile = "classroom" # of the AWS configuration files
# role_arn = "arn:aws:iam::123456789012:role/instructor" # a role to assume
# endpoint_url = "http://127.0.0.1:4566" # with kind = "aws": any endpoint that speaks AWS
# ca_bundle = "ca.pem" # further certificate authorities, relative to this file

[iam]
mode = "least-privilege" # or "as-written": the handout's broad policies
"#,
        title = pack.title,
    );
    if !pack.roles.is_empty() {
        text.push_str("# Bring your own roles (AWS Academy), by name or ARN; labctl then makes none:\n");
    }
    for role in &pack.roles {
        push_line(&mut text, &format!("# {} = \"LabRole\"", role.brought_by));
    }
    text.push_str(
        r#"# What an institution asks of the roles that labctl makes:
# permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
# path = "/labs/"

# On everything that takes tags, in the request that makes it:
# [tags]
# CostCenter = "teaching"
"#,
    );
    text.push_str("\n[settings]\n");
    if !pack.settings.is_empty() {
        text.push_str("# What the pack lets you choose, with the values it has when you do not:\n");
    }
    for (name, setting) in &pack.settings {
        push_line(&mut text, &format!("# {name} = {} # {}", toml_value(&setting.default), setting.description));
    }
    text.push_str(
        r#"
# The class as a range, or as a file: CSV with a column `name` and one for every field that differs, or YAML.
# [roster]
# range = "user1..user30" # or with leading zeros: "s01..s30"
# file = "students.csv"

# Users one by one, instead of a roster or beside it. A name is 1 to 20 of `a-z 0-9 -` and the prefix of all the user has.
# Any field of [target], [iam] and [settings] may differ for one user; what is said here outweighs the roster.
[[users]]
name = "user3"
# region = "eu-west-1"
"#,
    );
    if let Some((name, setting)) =
        pack.settings.iter().find(|(name, _)| *name == "runtime").or(pack.settings.iter().next())
    {
        push_line(&mut text, &format!("# settings.{name} = {}", toml_value(&setting.default)));
    }
    text
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// A setting's value as TOML writes it; for scalars JSON writes the same.
fn toml_value(value: &Value) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::manifest::document::{Codes, Document};
    use crate::manifest::test_support::at_root;
    use crate::manifest::{Overrides, load, load_pack};
    use crate::model::TargetKind;
    use crate::source::{Diagnostics, Format, SourceText};

    fn load_text(text: &str) -> Result<(crate::model::Lab, Diagnostics), Diagnostics> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lab-manifest.toml");
        let pack = at_root("tests/packs/tiny").canonicalize().unwrap();
        let text = text.replace("\"tiny\"", &format!("{pack:?}"));
        std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        load(&path, &Overrides::default())
    }

    fn tiny() -> String {
        template(&load_pack("tests/packs/tiny", at_root("")).unwrap(), "tiny", "lab-manifest.schema.json")
    }

    #[test]
    fn the_template_loads_without_findings() {
        let (lab, findings) = load_text(&tiny()).unwrap();
        assert_eq!(findings, Diagnostics::default());
        assert_eq!(lab.name.as_str(), "lab6");
        assert_eq!(lab.target.kind, TargetKind::Local);
        let names: Vec<_> = lab.users.iter().map(|user| user.name.as_str()).collect();
        assert_eq!(names, ["user3"]);
    }

    #[test]
    fn every_line_that_is_commented_out_is_right_too() {
        let commented: Vec<String> = tiny()
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')))
            .map(str::to_owned)
            .collect();
        assert!(commented.len() > 10, "{commented:?}");
        for line in &commented {
            let text = tiny().replace(&format!("# {line}"), line);
            let source = SourceText::new("lab-manifest.toml", text.as_str());
            Document::parse(&source, Format::Toml, &Codes::MANIFEST).unwrap();
            // Those that need a second line or a file beside them are right but not enough by themselves.
            let alone = !["endpoint_url", "file", "[roster]", "range", "CostCenter"]
                .iter()
                .any(|start| line.starts_with(start));
            if alone {
                load_text(&text).unwrap_or_else(|findings| panic!("{line}: {findings:?}"));
            }
        }
        let roster = tiny().replace("# [roster]", "[roster]").replace("# range", "range");
        assert_eq!(load_text(&roster).unwrap().0.users.len(), 30);
        let endpoint = tiny().replace("# endpoint_url", "endpoint_url").replace("\"local\"", "\"aws\"");
        assert_eq!(load_text(&endpoint).unwrap().0.target.kind, TargetKind::Aws);
    }
}
