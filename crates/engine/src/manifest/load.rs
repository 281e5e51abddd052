//! A manifest file, read and checked: every mistake of the manifest and its roster in one run.

use std::collections::BTreeSet;
use std::path::Path;

use super::columns::Columns;
use super::content_places::ContentPlaces;
use super::document::{Codes, Document, read, recover};
use super::iam::IamLayer;
use super::pack::read_pack;
use super::record::{Fields, Record};
use super::reporter::{Reporter, printable};
use super::target::{CommandLine, TargetLayer};
use super::users::{Ground, build};
use super::{Overrides, lab, quotas, roster, schema, settings, tags};
use crate::model::{Iam, Lab, LabName, Pack, PackOrigin, Student, User, UserName};
use crate::source::{Content, Diagnostic, Diagnostics, Format, Node, Severity};

/// Reads a manifest (TOML, YAML or JSON by its extension), its roster and its pack.
///
/// The second value holds warnings. Settings, names and brought roles are checked against the pack.
///
/// # Errors
/// Every mistake of the manifest, the roster and the pack, errors and warnings, in the order of the files.
pub fn load(path: &Path, overrides: &Overrides) -> Result<(Lab, Diagnostics), Diagnostics> {
    match examine(path, overrides) {
        (Some(lab), findings) if !findings.has_errors() => Ok((lab, findings)),
        (_, findings) => Err(findings),
    }
}

/// As [`load`], for commands that only look at what is there or remove it: they need to know whose labs there are and where, and go on
/// where it cannot be told what is in them. The findings are those of [`load`]; where there are errors among them, the pack and the users'
/// settings are worth nothing.
///
/// # Errors
/// Every finding, where a mistake leaves open which lab it is, whose labs there are or where they are.
pub fn load_whereabouts(path: &Path, overrides: &Overrides) -> Result<(Lab, Diagnostics), Diagnostics> {
    let document = parse(path).map_err(|(refused, _)| in_order(refused))?;
    let mut findings = Diagnostics::default();
    let Lowered { lab, content, .. } = lower(&document, path, overrides, &mut findings);
    let findings = in_order(findings);
    let leaves_open = |finding: &Diagnostic| finding.severity == Severity::Error && !content.has(finding);
    match lab.filter(|_| !findings.0.iter().any(leaves_open)) {
        Some(lab) => Ok((lab, findings)),
        None => Err(findings),
    }
}

/// As [`load`], with as much of the lab as can be read: where there are errors it is for finding further mistakes and nothing
/// else. It has at least one user then, whatever the roster says.
pub fn examine(path: &Path, overrides: &Overrides) -> (Option<Lab>, Diagnostics) {
    let mut findings = Diagnostics::default();
    let lab = match parse(path) {
        Ok(document) => lower(&document, path, overrides, &mut findings).with_pack(),
        Err((refused, recovered)) => {
            findings = refused;
            // What is left of the manifest says where the pack and the roster are; of the rest it says nothing for certain.
            recovered.and_then(|document| {
                let mut further = Diagnostics::default();
                let lab = lower(&document, path, overrides, &mut further).with_pack();
                let elsewhere = |finding: &Diagnostic| {
                    let is_of_others = finding.code.starts_with("pack::") || finding.code.starts_with("roster::");
                    is_of_others
                        || finding.place.as_ref().is_some_and(|(source, _)| source.path != document.source.path)
                };
                tell_what_was_seen(&mut findings, &document.root, lab.is_some());
                findings.extend(further.0.into_iter().filter(elsewhere));
                lab
            })
        }
    };
    let lab = lab.map(|lab| if findings.has_errors() && lab.users.is_empty() { with_somebody(lab) } else { lab });
    (lab, in_order(findings))
}

/// A manifest as a tree; where it cannot be read, why, and what could be read of TOML all the same.
pub(super) fn parse(path: &Path) -> Result<Document, (Diagnostics, Option<Document>)> {
    let format = Format::of(path).ok_or_else(|| (unknown_format(path), None))?;
    let source = read(path, &Codes::MANIFEST).map_err(|finding| (Diagnostics(vec![or_init(finding)]), None))?;
    Document::parse(&source, format, &Codes::MANIFEST).map_err(|refused| {
        let root = recover(&source.text, format);
        (refused, Some(Document { source, root }))
    })
}

/// Adds to what is wrong with a manifest's syntax what was looked at all the same, and what was not.
fn tell_what_was_seen(findings: &mut Diagnostics, root: &Node, has_lab: bool) {
    let named = |table: &str, key: &str| root.get(table).and_then(|table| table.get(key)).and_then(Node::text);
    let pack = named("lab", "pack").filter(|_| has_lab).map(|pack| format!("the pack `{pack}`"));
    let roster = named("roster", "file").map(|file| format!("the roster `{file}`"));
    let seen: Vec<String> = pack.iter().chain(&roster).cloned().collect();
    let reported = match (seen.as_slice(), &pack) {
        ([], _) => "nothing else was looked at: which pack and which roster it names cannot be told".to_owned(),
        (seen, Some(_)) => {
            format!("{} were looked at all the same; what else stands in the manifest was not", seen.join(" and "))
        }
        (seen, None) => format!(
            "{} was looked at all the same; the pack and what else stands in the manifest were not",
            seen.join(" and ")
        ),
    };
    let reported = if seen.len() == 1 { reported.replace(" were looked at", " was looked at") } else { reported };
    if let Some(last) = findings.0.last_mut() {
        let help = last.help.take().map_or_else(String::new, |help| help + "; ");
        last.help = Some(help + &reported);
    }
}

/// The lab with one user who has the pack's own settings, so that there is somebody to fill templates in for.
fn with_somebody(lab: Lab) -> Lab {
    let settings = settings::effective(&lab.pack, [&settings::SettingsLayer::new(), &settings::SettingsLayer::new()]);
    let user = UserName::new("user1").ok().map(|name| User {
        name,
        student: Student::default(),
        target: lab.target.clone(),
        iam: Iam::default(),
        settings,
    });
    Lab { users: user.into_iter().collect(), ..lab }
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
pub(super) fn in_order(findings: Diagnostics) -> Diagnostics {
    let mut files = Vec::new();
    let mut keyed: Vec<((usize, usize), Diagnostic)> = Vec::with_capacity(findings.0.len());
    let mut warned = BTreeSet::new();
    for finding in findings.0 {
        // A column of a roster may give one warning a thousand times; once per file says as much.
        let file = finding.place.as_ref().map(|(source, _)| source.path.clone());
        if finding.severity == Severity::Warning && !warned.insert((file, finding.message.clone())) {
            continue;
        }
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
    printable(Diagnostics(keyed.into_iter().map(|(_, finding)| finding).collect()))
}

/// What a manifest says, as far as it can be read.
struct Lowered {
    /// The lab, with an empty pack where there is none.
    lab: Option<Lab>,
    has_pack: bool,
    /// Users whose resources cannot have their names.
    nameless: BTreeSet<UserName>,
    /// Where the files say what is in the labs.
    content: ContentPlaces,
}

impl Lowered {
    /// The lab, if it has a pack. Nothing more is said of users whose resources cannot have their names.
    fn with_pack(self) -> Option<Lab> {
        let mut lab = self.lab.filter(|_| self.has_pack)?;
        lab.users.retain(|user| !self.nameless.contains(&user.name));
        Some(lab)
    }
}

fn lower(document: &Document, path: &Path, overrides: &Overrides, findings: &mut Diagnostics) -> Lowered {
    let base = path.parent().unwrap_or_else(|| Path::new(""));
    let command_line = CommandLine::check(overrides, findings);
    let root = &document.root;
    let mut reporter = Reporter::new(&document.source, &Codes::MANIFEST, findings);
    let pack = pack_of(root, base, &mut reporter);
    // Settings and brought roles are held against a pack that says for certain which there are.
    let certain =
        |part: &str| pack.as_ref().filter(|pack| !pack.unread.iter().any(|it| it.is_empty() || it.starts_with(part)));
    let known = certain("/settings").and(certain("/roles"));
    let schema = schema::for_pack(known);
    let fields = Fields::new(&schema, known.is_some());
    check_shape(root, &schema, &mut reporter);

    let table = |name: &str| root.get(name).filter(|node| !node.members().unwrap_or_default().is_empty());
    let target = table("target").map_or_else(TargetLayer::default, |node| {
        let layer = TargetLayer::read(node, base, &mut reporter);
        layer.check_together(node, &mut reporter);
        layer
    });
    let iam = table("iam").map(|node| IamLayer::read(node, known, &mut reporter)).unwrap_or_default();
    let settings = table("settings").map(|node| settings::read(node, known, &mut reporter)).unwrap_or_default();
    let quotas = table("quotas").map(|node| quotas::read(node, &mut reporter)).unwrap_or_default();
    let tags = table("tags").map(|node| tags::read(node, known, &mut reporter)).unwrap_or_default();
    let (name, expires) = lab::read(root.get("lab"), overrides.now_ms, &mut reporter);
    let before = reporter.findings.0.len();
    let shapes_hold = !root_is_wrong(root, &schema);
    let sources = read_users(root, base, &fields, &mut reporter);
    let empty = sources.iter().all(Vec::is_empty);
    if empty && shapes_hold && reporter.findings.0.len() == before {
        let finding = Diagnostic::error("manifest::no-users", "the manifest names no users")
            .label("nobody to give the lab to")
            .help("add `[[users]]` with `name = \"user1\"`, or `[roster]` with `range = \"user1..user30\"`");
        reporter.tell(finding, root.get("users").or(root.get("roster")).map_or(root.at, |node| node.at));
    }
    let content = ContentPlaces::of(document, &sources);
    let ground = Ground { base, pack: pack.as_ref(), target, iam, settings, command_line };
    let built = build(sources, &ground, findings);
    let nameless = built.iter().filter(|built| !built.can_be_named).map(|built| built.user.name.clone()).collect();
    let users = built.into_iter().map(|built| built.user).collect();
    let target = ground.target.finish(&ground.command_line);
    let name = name.or_else(|| LabName::new("lab").ok().filter(|_| findings.has_errors()));
    let has_pack = pack.is_some();
    let pack = pack.unwrap_or_else(|| {
        let named = root.get("lab").and_then(|lab| lab.get("pack")).and_then(Node::text);
        Pack::empty(named.unwrap_or_default(), PackOrigin::BuiltIn)
    });
    let lab = name.map(|name| Lab { name, expires, target, users, tags, quotas, manifest: path.to_owned(), pack });
    Lowered { lab, has_pack, nameless, content }
}

/// The pack that `lab.pack` names, as far as it can be read; what is wrong with it is told at its own place, or where it is named.
fn pack_of(root: &Node, base: &Path, reporter: &mut Reporter<'_>) -> Option<Pack> {
    let node = root.get("lab")?.get("pack")?;
    let (pack, Diagnostics(findings)) = read_pack(node.text()?, base);
    for finding in findings {
        match finding.place {
            Some(_) => reporter.findings.push(finding),
            None => reporter.tell(finding.label("named here"), node.at),
        }
    }
    pack
}

/// Whether the tables that name users may be there in another shape or under another name, which is told as such.
fn root_is_wrong(root: &Node, schema: &serde_json::Value) -> bool {
    let known = |key: &str| schema.pointer(&format!("/properties/{key}")).is_some();
    if root.members().unwrap_or_default().iter().any(|entry| !known(&entry.key))
        || root.members().unwrap_or_default().is_empty()
    {
        return true;
    }
    let is = |name: &str, fits: fn(&Content) -> bool| root.get(name).is_none_or(|node| fits(&node.content));
    !is("users", |content| matches!(content, Content::Array(_)))
        || !is("roster", |content| matches!(content, Content::Object(_)))
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
    let listed = root.get("users").and_then(Node::elements).unwrap_or_default();
    let listed: Vec<Record> =
        listed.iter().filter_map(|node| Record::of_node(node, fields, &Codes::MANIFEST, reporter)).collect();
    let roster = root.get("roster");
    let field = |name: &str| roster.and_then(|roster| roster.get(name));
    let columns = roster.map(Columns::read).unwrap_or_default();
    let file = field("file").map(|node| roster::of_file(node, base, (&columns, fields), reporter)).unwrap_or_default();
    if field("file").is_none() {
        columns.check_unused("a range", reporter);
    }
    let range = field("range").map(|node| roster::of_range(node, reporter)).unwrap_or_default();
    vec![listed, file, range]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;
    use crate::manifest::document::from_bytes;
    use crate::manifest::test_support::at_root;

    /// What `load` does after the file is read, with any format for any bytes.
    fn load_bytes(bytes: &[u8], format: Format) -> Diagnostics {
        let path = at_root("tests/manifests/good/example");
        let mut findings = Diagnostics::default();
        let document = from_bytes(path, bytes, &Codes::MANIFEST)
            .map_err(|finding| Diagnostics(vec![finding]))
            .and_then(|source| Document::parse(&source, format, &Codes::MANIFEST));
        match document {
            Ok(document) => {
                let lab = lower(&document, path, &Overrides::default(), &mut findings).with_pack();
                assert!(lab.is_some() || findings.has_errors(), "no lab and no error");
            }
            Err(refused) => {
                assert!(refused.has_errors(), "refused without a reason");
                findings = refused;
            }
        }
        in_order(findings)
    }

    fn assert_places_hold(findings: &Diagnostics) {
        for finding in &findings.0 {
            if let Some((source, span)) = &finding.place {
                let under = source.text.get(span.offset..span.offset + span.length);
                assert!(under.is_some(), "{finding:?} points outside its file, or into a character");
            }
            assert!(!finding.message.is_empty() && !finding.message.contains(char::is_control));
        }
    }

    const FORMATS: [Format; 3] = [Format::Toml, Format::Yaml, Format::Json];

    fn examples() -> Vec<(Format, Vec<u8>)> {
        ["all.toml", "all.yaml", "all.json"]
            .into_iter()
            .zip(FORMATS)
            .map(|(name, format)| (format, std::fs::read(at_root("tests/manifests/good").join(name)).unwrap()))
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_make_the_loader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for format in FORMATS {
                assert_places_hold(&load_bytes(&bytes, format));
            }
        }

        #[test]
        fn no_text_makes_the_loader_panic(text in r#"([\[\]{}:,\-"'#&*!|>%@` \n\t=.a-cé0-9]|\\u|null|true|users|name)*"#) {
            for format in FORMATS {
                assert_places_hold(&load_bytes(text.as_bytes(), format));
            }
        }

        #[test]
        fn no_slip_in_a_good_manifest_makes_the_loader_panic(
            example in select(examples()),
            from in any::<Index>(),
            length in 0_usize..12,
            put in "[\\[\\]{}:,\"' \n=.a-zé0-9-]{0,4}",
        ) {
            let (format, mut bytes) = example;
            let from = from.index(bytes.len());
            let to = (from + length).min(bytes.len());
            bytes.splice(from..to, put.bytes());
            assert_places_hold(&load_bytes(&bytes, format));
        }
    }

    #[test]
    fn deep_nesting_and_aliases_of_aliases_are_refused() {
        for (format, open, close) in [(Format::Yaml, "[", "]"), (Format::Json, "[", "]"), (Format::Toml, "a=[", "]")] {
            let text = format!("{}{}", open.repeat(5_000), close.repeat(5_000));
            assert!(load_bytes(text.as_bytes(), format).has_errors());
        }
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..9 {
            let aliases = format!("*a{},", level - 1).repeat(10);
            bomb = bomb + "a" + &level.to_string() + ": &a" + &level.to_string() + " [" + &aliases + "]\n";
        }
        let findings = load_bytes(bomb.as_bytes(), Format::Yaml);
        assert_eq!(findings.0[0].message, "the aliases of this file repeat too much");
    }

    #[test]
    fn findings_come_in_the_order_of_the_files() {
        let findings = load(at_root("tests/manifests/bad/roster-cells.toml"), &Overrides::default()).unwrap_err();
        let offsets: Vec<_> = findings.0.iter().filter_map(|finding| Some(finding.place.as_ref()?.1.offset)).collect();
        let mut sorted = offsets.clone();
        sorted.sort_unstable();
        assert_eq!(offsets, sorted);
    }

    /// The lab of a manifest text, for whoever only looks, and the codes of what is wrong with it.
    fn whereabouts(text: &str) -> Result<(Lab, Vec<&'static str>), Vec<&'static str>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lab-manifest.toml");
        crate::host::write_atomic(&path, text.as_bytes()).unwrap();
        let codes = |findings: Diagnostics| findings.0.iter().map(|finding| finding.code).collect();
        assert!(load(&path, &Overrides::default()).is_err(), "{text}");
        let read = load_whereabouts(&path, &Overrides::default());
        read.map(|(lab, findings)| (lab, codes(findings))).map_err(codes)
    }

    #[test]
    fn whose_labs_there_are_and_where_is_known_without_what_is_in_them() {
        let users = "[[users]]\nname = \"ann\"\nregion = \"eu-west-1\"\n";
        let good = "[lab]\npack = \"step-functions\"\nname = \"lab6\"\n";
        let known = [
            ("[lab]\npack = \"./gone\"\nname = \"lab6\"\n".to_owned() + users, "pack::not-a-pack"),
            ("[lab]\npack = \"step-function\"\nname = \"lab6\"\n".to_owned() + users, "pack::unknown"),
            ("[lab]\nname = \"lab6\"\n".to_owned() + users, "manifest::missing-key"),
            (good.to_owned() + "expires = \"soon\"\n" + users, "manifest::bad-value"),
            (good.to_owned() + "[settings]\nruntme = 1\n" + users, "manifest::unknown-key"),
            (good.to_owned() + "[iam]\nmode = \"none\"\n" + users, "manifest::bad-value"),
            (good.to_owned() + "[tags]\n\"aws:x\" = \"y\"\n" + users, "manifest::bad-value"),
            (good.to_owned() + users + "settings.runtme = 1\n", "manifest::unknown-key"),
            (good.to_owned() + users + "runtime = 1\n", "manifest::wrong-type"),
        ];
        for (text, code) in &known {
            let (lab, codes) = whereabouts(text).unwrap_or_else(|codes| panic!("{codes:?}: {text}"));
            let users: Vec<_> =
                lab.users.iter().map(|user| (user.name.as_str(), user.target.region.as_str())).collect();
            assert_eq!((lab.name.as_str(), users.as_slice()), ("lab6", [("ann", "eu-west-1")].as_slice()), "{text}");
            assert_eq!(codes, [*code], "{text}");
        }
        let slips = [
            good.replace("pack", "pakc") + users,
            good.to_owned() + "[setings]\nruntime = 1\n" + users,
            good.to_owned() + "expirs = 2027-01-01\n" + users,
        ];
        for text in slips {
            let (lab, codes) = whereabouts(&text).unwrap_or_else(|codes| panic!("{codes:?}: {text}"));
            assert!(lab.users.len() == 1 && codes.contains(&"manifest::unknown-key"), "{codes:?}: {text}");
        }
        let open = [
            good.replace("lab6", "-") + users,
            good.replace("name", "nam") + users,
            good.to_owned() + "[tagret]\nregion = \"eu-west-1\"\n" + users,
            good.to_owned() + "[target]\nregion = \"eu-wset-1\"\n" + users,
            good.to_owned() + &users.replace("region", "regoin"),
            good.to_owned() + &users.replace("ann", "-ann"),
            good.to_owned() + users + users,
            good.to_owned() + "[roster]\nfile = \"gone.csv\"\n" + users,
            good.to_owned(),
            good.to_owned() + users + "[settings\n",
        ];
        for text in open {
            assert!(whereabouts(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_missing_manifest_says_how_to_write_one() {
        let findings = load(at_root("tests/manifests/none.toml"), &Overrides::default()).unwrap_err();
        let [finding] = findings.0.as_slice() else { panic!("{findings:?}") };
        assert_eq!(finding.code, "manifest::unreadable");
        assert_eq!(finding.message, "cannot read `tests/manifests/none.toml`: no such file");
        assert!(finding.help.as_deref().unwrap().starts_with("`labctl init`"));
    }
}
