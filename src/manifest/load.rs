//! A manifest file, read and checked: every mistake of the manifest and its roster in one run.

use std::path::Path;

use super::document::{Codes, Document, Format, Node, read};
use super::iam::IamLayer;
use super::pack::load_pack;
use super::record::{Fields, Record};
use super::reporter::Reporter;
use super::target::{CommandLine, TargetLayer};
use super::users::{Ground, build};
use super::{Overrides, lab, quotas, roster, schema, settings};
use crate::model::{Diagnostic, Diagnostics, Lab, Pack};

/// Reads a manifest (TOML, YAML or JSON by its extension), its roster and its pack.
///
/// The second value holds warnings. Settings, names and brought roles are checked against the pack.
///
/// # Errors
/// Every mistake of the manifest, the roster and the pack, errors and warnings, in the order of the files.
pub fn load(path: &Path, overrides: &Overrides) -> Result<(Lab, Diagnostics), Diagnostics> {
    let mut findings = Diagnostics::default();
    let lab = Format::of(path).ok_or_else(|| unknown_format(path)).and_then(|format| {
        let source = read(path, &Codes::MANIFEST).map_err(|finding| Diagnostics(vec![or_init(finding)]))?;
        let document = Document::parse(&source, format, &Codes::MANIFEST)?;
        Ok(lower(&document, path, overrides, &mut findings))
    });
    match lab {
        Ok(Some(lab)) if !findings.has_errors() => Ok((lab, in_order(findings))),
        Ok(_) => Err(in_order(findings)),
        Err(findings) => Err(findings),
    }
}

fn unknown_format(path: &Path) -> Diagnostics {
    let message = format!("`{}` is neither TOML, YAML nor JSON by its name", path.display());
    let finding = Diagnostic::error("manifest::unknown-format", message);
    Diagnostics(vec![finding.help("name it `lab-manifest.toml`, `.yaml` or `.json`")])
}

fn or_init(finding: Diagnostic) -> Diagnostic {
    if finding.place.is_some() || finding.help.is_some() {
        return finding;
    }
    finding.help("`labctl init` writes a manifest; `--manifest FILE` names another")
}

/// Files in the order they were first spoken of, findings within a file from top to bottom.
fn in_order(findings: Diagnostics) -> Diagnostics {
    let mut files = Vec::new();
    let mut keyed: Vec<((usize, usize), Diagnostic)> = Vec::with_capacity(findings.0.len());
    for finding in findings.0 {
        let key = match &finding.place {
            None => (0, 0),
            Some((source, span)) => {
                let known = files.iter().position(|path| *path == source.path);
                let index = known.unwrap_or_else(|| {
                    files.push(source.path.clone());
                    files.len() - 1
                });
                (index + 1, span.offset)
            }
        };
        keyed.push((key, finding));
    }
    keyed.sort_by_key(|(key, _)| *key);
    Diagnostics(keyed.into_iter().map(|(_, finding)| finding).collect())
}

fn lower(document: &Document, path: &Path, overrides: &Overrides, findings: &mut Diagnostics) -> Option<Lab> {
    let base = path.parent().unwrap_or_else(|| Path::new(""));
    let command_line = CommandLine::check(overrides, findings);
    let root = &document.root;
    let mut reporter = Reporter::new(&document.source, &Codes::MANIFEST, findings);
    let pack = read_pack(root, base, &mut reporter);
    let schema = schema::for_pack(pack.as_ref());
    let fields = Fields::new(&schema, pack.is_some());
    check_shape(root, &schema, &mut reporter);

    let table = |name: &str| root.get(name).filter(|node| !node.entries().is_empty());
    let target = table("target").map_or_else(TargetLayer::default, |node| {
        let layer = TargetLayer::read(node, base, &mut reporter);
        layer.check_together(node, &mut reporter);
        layer
    });
    let iam = table("iam").map(|node| IamLayer::read(node, pack.as_ref(), &mut reporter)).unwrap_or_default();
    let settings = table("settings").map(|node| settings::read(node, pack.as_ref(), &mut reporter)).unwrap_or_default();
    let quotas = table("quotas").map(|node| quotas::read(node, &mut reporter)).unwrap_or_default();
    let (name, expires) = lab::read(root.get("lab"), overrides.now_ms, &mut reporter);
    let sources = read_users(root, base, &fields, &mut reporter);
    let empty = sources.iter().all(Vec::is_empty);
    if empty && !reporter.findings.has_errors() {
        let finding = Diagnostic::error("manifest::no-users", "the manifest names no users")
            .label("nobody to give the lab to")
            .help("add `[[users]]` with `name = \"user1\"`, or `[roster]` with `range = \"user1..user30\"`");
        reporter.tell(finding, root.get("users").or(root.get("roster")).map_or(root.span, |node| node.span));
    }
    let ground = Ground { base, pack: pack.as_ref(), target, iam, settings, command_line };
    let users = build(sources, &ground, findings);
    let target = ground.target.finish(&ground.command_line);
    Some(Lab { name: name?, expires, target, users, quotas, manifest: path.to_owned(), pack: pack? })
}

/// The pack that `lab.pack` names; what is wrong with it is told at its own place, or where it is named.
fn read_pack(root: &Node, base: &Path, reporter: &mut Reporter<'_>) -> Option<Pack> {
    let node = root.get("lab")?.get("pack")?;
    match load_pack(node.text()?, base) {
        Ok(pack) => Some(pack),
        Err(Diagnostics(findings)) => {
            for finding in findings {
                match finding.place {
                    Some(_) => reporter.findings.push(finding),
                    None => reporter.tell(finding.label("named here"), node.span),
                }
            }
            None
        }
    }
}

/// Holds everything but users, who have rules of their own, against the schema.
fn check_shape(root: &Node, schema: &serde_json::Value, reporter: &mut Reporter<'_>) {
    let mut shape = schema.clone();
    if let Some(items) = shape.pointer_mut("/properties/users/items") {
        *items = serde_json::Value::Bool(true);
    }
    reporter.check(root, &shape, schema, "");
}

/// The users of `[[users]]`, of the roster's file and of its range, the weightiest first.
fn read_users(root: &Node, base: &Path, fields: &Fields<'_>, reporter: &mut Reporter<'_>) -> Vec<Vec<Record>> {
    let listed = root.get("users").map(Node::items).unwrap_or_default();
    let listed: Vec<Record> =
        listed.iter().filter_map(|node| Record::of_node(node, fields, &Codes::MANIFEST, reporter)).collect();
    let roster = root.get("roster");
    let field = |name: &str| roster.and_then(|roster| roster.get(name));
    let file = field("file").map(|node| roster::of_file(node, base, fields, reporter)).unwrap_or_default();
    let range = field("range").map(|node| roster::of_range(node, reporter)).unwrap_or_default();
    vec![listed, file, range]
}
