use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::files::Files;
use super::reading::{parse, read_as, text, value_of};
use super::references::{Placed, References};
use super::shape::{PackFile, of_pack, of_scenario};
use super::shorthand::written_out;
use super::{built_in, checklist, files, mocks, requirements, salvage};
use crate::host;
use crate::manifest::document::{Codes, Document, extent};
use crate::manifest::reporter::{Reporter, printable};
use crate::model::{Pack, PackOrigin, Scenario};
use crate::source::{self, Content, Diagnostic, Diagnostics, Format, Node, Span};

/// Reads a pack with all its files: a path (`./my-lab`, anything with a `/`), else `templates/<name>` or `<name>` as a folder
/// beside the manifest, else the built-in pack of that name. `base` is the manifest's folder.
///
/// # Errors
/// Every mistake of `pack.toml` and of the scenarios: their shapes, and references between their parts.
pub fn load_pack(reference: &str, base: &Path) -> Result<Pack, Diagnostics> {
    match read_pack(reference, base) {
        (Some(pack), findings) if !findings.has_errors() => Ok(pack),
        (_, findings) => Err(findings),
    }
}

/// As [`load_pack`], with what can be read of a pack that has mistakes, for looking further; None where there is no pack.
pub(in crate::manifest) fn read_pack(reference: &str, base: &Path) -> (Option<Pack>, Diagnostics) {
    let (origin, Files { files, executables }, mut findings) = match find(reference, base) {
        Ok(found) => found,
        Err(findings) => return (None, findings),
    };
    let mut pack = Pack { files, executables, ..Pack::empty(reference, origin) };
    // A file that could not be read is told of; whatever asks for it would say that it is missing.
    let unreadable = findings.has_errors();
    let head = read_head(&mut pack, &mut findings);
    let before = findings.0.len();
    let scenarios = read_scenarios(&mut pack, &mut findings);
    let unread_scenarios = findings.0.len() > before;
    mocks::read(&mut pack, &mut findings);
    let points = checklist::read(&mut pack, &mut findings);
    if let Some((document, written)) = head {
        let mut further = Diagnostics::default();
        References::new(&pack, &written, &mut further).check(&scenarios);
        checklist::check(&pack, &points, &mut further);
        requirements::check(&pack, &mut further);
        let unsure = |finding: &Diagnostic| {
            let lists = [
                ("pack::unknown-role", "/roles"),
                ("pack::unknown-log-group", "/log_groups"),
                ("pack::unknown-machine", "/machines"),
                ("pack::unknown-setting", "/settings"),
                ("pack::unknown-function", "/functions"),
                ("pack::unknown-dashboard", "/dashboards"),
                ("pack::unknown-stage", "/stages"),
            ];
            let unread = |list: &str| pack.unread.iter().any(|pointer| pointer.starts_with(list));
            (unreadable && finding.code == "pack::missing-file")
                || lists.iter().any(|(code, list)| finding.code == *code && unread(list))
                || (unread_scenarios && finding.code == "pack::unknown-scenario")
                || finding.place.as_ref().is_some_and(|(source, span)| {
                    source.path == document.source.path && in_unread(&pack, &document, *span)
                })
        };
        further.0.retain(|finding| !unsure(finding));
        findings.follow(further.0);
    }
    (Some(pack), printable(findings))
}

/// Whether a place of `pack.toml` lies in a table that could not be read as a whole.
fn in_unread(pack: &Pack, document: &Document, place: Span) -> bool {
    let within = |pointer: &String| {
        let node = pointer.split('/').skip(1).try_fold(&document.root, |node, step| match &node.content {
            Content::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => node.get(step),
        });
        node.is_some_and(|node| extent(node).overlaps(place))
    };
    pack.unread.iter().any(within)
}

/// The files of a pack, and what is to be said of those that cannot be read.
fn find(reference: &str, base: &Path) -> Result<(PackOrigin, Files, Diagnostics), Diagnostics> {
    let is_path = reference.contains(['/', '\\']) || reference.starts_with('.');
    let candidates = if is_path {
        vec![base.join(reference.trim_start_matches("./"))]
    } else {
        vec![base.join("templates").join(reference), base.join(reference)]
    };
    if let Some(folder) = candidates.into_iter().find(|folder| folder.join("pack.toml").is_file()) {
        let (files, findings) = files::read(&folder);
        return Ok((PackOrigin::Folder(folder), files, findings));
    }
    // Built-in files in place of an edited folder would be a surprise.
    let edited = base.join("templates").join(reference);
    if !is_path && !reference.is_empty() && edited.is_dir() {
        let message = format!("`{}` is not a pack: {}", edited.display(), why_no_pack(&edited));
        let help = "put `pack.toml` back, or remove the folder to use the built-in pack";
        return Err(Diagnostics(vec![Diagnostic::error("pack::not-a-pack", message).help(help)]));
    }
    if is_path {
        let folder = base.join(reference.trim_start_matches("./"));
        let message = format!("`{}` is not a pack: {}", folder.display(), why_no_pack(&folder));
        let finding = Diagnostic::error("pack::not-a-pack", message);
        return Err(Diagnostics(vec![finding.help("a pack's path is relative to the manifest")]));
    }
    let files = built_in::files(reference);
    if !reference.is_empty() && files.contains_key("pack.toml") {
        return Ok((PackOrigin::BuiltIn, Files { files, ..Files::default() }, Diagnostics::default()));
    }
    let names = built_in::packs();
    let help = source::help(reference, names.iter().map(String::as_str));
    let message = format!("there is no pack `{}`", reference.escape_debug());
    Err(Diagnostics(vec![Diagnostic::error("pack::unknown", message).help(help)]))
}

/// What is wrong with the `pack.toml` of a folder that is no pack.
fn why_no_pack(folder: &Path) -> String {
    match fs::metadata(folder.join("pack.toml")).map(|found| host::refuse_kind(found.file_type())) {
        Ok(Err(error)) => format!("its `pack.toml` {}", error.to_string().trim_start_matches("it ")),
        _ => "there is no `pack.toml` in it".to_owned(),
    }
}

/// Reads `pack.toml` as it is written and with its short forms written out.
fn read_head(pack: &mut Pack, findings: &mut Diagnostics) -> Option<(Document, Document)> {
    let Some(document) = text(pack, "pack.toml", findings).and_then(|source| parse(&source, Format::Toml, findings))
    else {
        pack.unread.insert(String::new());
        return None;
    };
    let schema = of_pack(document.root.get("defaults"));
    let written = Document { source: Arc::clone(&document.source), root: written_out(&document.root) };
    let mut reporter = Reporter::new(&document.source, &Codes::PACK, findings);
    let fits = reporter.check(&document.root, &schema, &schema, "");
    let file = Some(fits).filter(|fits| *fits).and_then(|_| value_of(&written.root, &mut reporter));
    let file = file.unwrap_or_else(|| salvage::read(&written.root, &mut pack.unread));
    note_places(&written.root, &mut String::new(), &mut pack.places);
    let PackFile {
        pack: head,
        settings,
        roles,
        log_groups,
        functions,
        queues,
        resources,
        machines,
        dashboards,
        inputs,
        bulk,
        stages,
    } = file;
    (pack.name, pack.title) = (head.name, head.title);
    (pack.settings, pack.roles, pack.log_groups, pack.functions) = (settings, roles, log_groups, functions);
    (pack.queues, pack.resources) = (queues, resources);
    (pack.machines, pack.dashboards) = (machines, dashboards);
    (pack.inputs, pack.bulk, pack.stages) = (inputs, bulk, stages);
    share_outcome(pack);
    Some((document, written))
}

/// `outcome` of `[bulk]` is that of its machine, unless the machine has its own.
fn share_outcome(pack: &mut Pack) {
    let Some(bulk) = &pack.bulk else { return };
    if let Some(machine) = pack.machines.iter_mut().find(|machine| machine.name == bulk.machine) {
        machine.outcome = machine.outcome.take().or_else(|| bulk.outcome.clone());
    }
}

/// Writes down where each value and key stands.
fn note_places(node: &Node, pointer: &mut String, places: &mut BTreeMap<String, Span>) {
    places.insert(pointer.clone(), node.at);
    let length = pointer.len();
    let mut inner = |step: &str, node: &Node, key_at: Option<Span>| {
        pointer.push('/');
        pointer.push_str(step);
        note_places(node, pointer, places);
        if let Some(span) = key_at {
            places.insert(format!("{pointer}#"), span);
        }
        pointer.truncate(length);
    };
    for (index, item) in node.elements().unwrap_or_default().iter().enumerate() {
        inner(&index.to_string(), item, None);
    }
    for entry in node.members().unwrap_or_default() {
        inner(&entry.key, &entry.value, Some(entry.key_at));
    }
}

/// Reads `scenarios/*.yaml`, files in order of their names, into the pack; gives the place of each.
fn read_scenarios(pack: &mut Pack, findings: &mut Diagnostics) -> Vec<Placed> {
    let names: Vec<String> = pack
        .files
        .keys()
        .filter(|path| path.strip_prefix("scenarios/").is_some_and(|name| !name.contains('/')))
        .filter(|path| Format::of(Path::new(path)) == Some(Format::Yaml))
        .cloned()
        .collect();
    let schema = of_scenario();
    let mut places = Vec::new();
    for name in names {
        let Some(document) = text(pack, &name, findings).and_then(|source| parse(&source, Format::Yaml, findings))
        else {
            continue;
        };
        let mut reporter = Reporter::new(&document.source, &Codes::PACK, findings);
        match &document.root.content {
            Content::Array(items) => {
                for item in items {
                    if let Some(scenario) = read_as::<Scenario>(item, &schema, "scenario", &mut reporter) {
                        let nodes = item.get("mocks").and_then(Node::elements).unwrap_or_default();
                        for (mock, node) in scenario.mocks.iter().zip(nodes) {
                            mocks::check(mock, node, &mut reporter);
                        }
                        pack.scenarios.push(scenario);
                        places.push((Arc::clone(&document.source), item.clone()));
                    }
                }
            }
            // A file of comments only.
            Content::Null => {}
            _ => {
                let message = format!("a scenario file is a list; this is {}", document.root.kind());
                let finding =
                    Diagnostic::error(Codes::PACK.wrong_type, message).help("begin each scenario with `- name:`");
                reporter.tell(finding, document.root.at);
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::test_support::at_root;
    use crate::model::{FunctionTemplate, MachineTemplate, MachineType};

    fn refusal(reference: &str) -> Diagnostic {
        let mut findings = load_pack(reference, at_root("tests/packs")).unwrap_err().0;
        assert_eq!(findings.len(), 1, "{findings:?}");
        findings.remove(0)
    }

    #[test]
    fn the_built_in_pack_is_whole() {
        let pack = load_pack("step-functions", Path::new("tests")).unwrap_or_else(|findings| panic!("{findings:#?}"));
        assert_eq!(pack.origin, PackOrigin::BuiltIn);
        assert_eq!((pack.functions.len(), pack.dashboards.len()), (6, 1));
        let count = |kind| pack.machines.iter().filter(|machine| machine.machine_type == kind).count();
        assert_eq!(count(MachineType::Express), 1);
        let checked = pack.checklist.iter().flat_map(|point| &point.checks).map(|check| check.points).sum::<u32>();
        assert_eq!(checked, 100);
        // Every machine has scenarios, so that a lab that deploys is a lab that can be tested.
        for machine in &pack.machines {
            assert!(pack.scenarios.iter().any(|scenario| scenario.machine == machine.name), "{}", machine.name);
        }
    }

    #[test]
    fn a_folder_beside_the_manifest_is_a_pack_and_overrides_the_built_in_one() {
        let tiny = load_pack("tiny", at_root("tests/packs")).unwrap();
        assert_eq!(tiny.origin, PackOrigin::Folder("tests/packs/tiny".into()));
        assert_eq!(load_pack("./tiny", at_root("tests/packs")).unwrap(), tiny);
        assert_eq!(tiny.display_path("pack.toml"), at_root("tests/packs/tiny/pack.toml"));
        assert!(tiny.files.contains_key("lambda/greeter.py"));
        assert_eq!(tiny.scenarios.len(), 1);

        let folder = tempfile::tempdir().unwrap();
        built_in::eject(&folder.path().join("templates")).unwrap();
        let ejected = load_pack("step-functions", folder.path()).unwrap();
        let inside = load_pack("step-functions", Path::new("tests")).unwrap();
        assert!(matches!(ejected.origin, PackOrigin::Folder(_)));
        assert_eq!(Pack { origin: PackOrigin::BuiltIn, ..ejected }, inside);
    }

    #[test]
    fn a_pack_that_is_not_there_is_told_with_what_is() {
        let unknown = refusal("step-function");
        assert_eq!((unknown.code, unknown.help.as_deref()), ("pack::unknown", Some("did you mean `step-functions`?")));
        assert_eq!(refusal("./nothing").code, "pack::not-a-pack");
        assert_eq!(refusal("../../etc").code, "pack::not-a-pack");
        assert_eq!(refusal("").code, "pack::unknown");
    }

    /// The smallest pack with a function's timeout left out, a log group less, and a table of defaults in front.
    fn with_defaults(defaults: &str, edit: (&str, &str)) -> Result<Pack, Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let mut pack = load_pack("tiny", at_root("tests/packs")).unwrap();
        let text = String::from_utf8(pack.files["pack.toml"].to_vec()).unwrap();
        let group = "[[log_groups]]\nname = \"/aws/vendedlogs/states/{{user}}-greet\"\nretention_days = \"{{settings.log_retention_days}}\"\n";
        let text = text.replacen(group, "", 1).replacen("timeout_seconds = \"3\"\n", "", 1);
        let text = text.replacen(", log_group = \"/aws/vendedlogs/states/{{user}}-greet\" }", " }", 1);
        let text =
            text.replacen("title = \"One function behind one workflow\"\n", &format!("title = \"T\"\n{defaults}"), 1);
        assert!(text.contains(edit.0), "{edit:?}");
        pack.files.insert("pack.toml".to_owned(), Arc::from(text.replacen(edit.0, edit.1, 1).into_bytes()));
        for (file, bytes) in &pack.files {
            let path = folder.path().join("tiny").join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            host::write_atomic(&path, bytes).unwrap();
        }
        load_pack("tiny", folder.path()).map_err(|findings| {
            let told = findings.0.iter().map(|it| {
                let (source, span) = it.place.as_ref().unwrap();
                let (line, column) = source.line_column(span.offset);
                format!("{line}:{column} {} {}; {}", it.code, it.message, it.help.clone().unwrap_or_default())
            });
            told.collect()
        })
    }

    const DEFAULTS: &str =
        "[defaults]\nfunctions = { timeout_seconds = 3 }\nmachines = { logs = { retention_days = 7 } }\n";

    #[test]
    fn what_defaults_say_may_be_missing_in_entries() {
        let pack = with_defaults(DEFAULTS, ("", "")).unwrap();
        assert_eq!(pack.functions[0].timeout_seconds, "3");
        let groups: Vec<_> =
            pack.log_groups.iter().map(|it| (it.name.as_str(), it.retention_days.as_deref())).collect();
        assert_eq!(groups, [("/aws/vendedlogs/states/{{user}}-greet", Some("7"))]);
        assert_eq!(pack.machines[0].logging.as_ref().unwrap().log_group, "/aws/vendedlogs/states/{{user}}-greet");
    }

    #[test]
    fn a_mistake_in_defaults_is_told_once_at_its_place() {
        let second = "\n[[functions]]\nname = \"second\"\nsource = \"lambda/greeter.py\"\nhandler = \"greeter.lambda_handler\"\n\
                      runtime = \"python3.13\"\nrole = \"all\"\nmemory_mib = 128\n\n[[queues]]";
        for (defaults, edit, told) in [
            (
                "[defaults.functions]\ntimout_seconds = 3\n",
                ("", ""),
                "7:1 pack::unknown-key unknown key `timout_seconds` in `defaults.functions`",
            ),
            (
                "[defaults.functions]\ntimeout_seconds = 3\nname = \"a\"\n",
                ("", ""),
                "8:1 pack::unknown-key unknown key `name`",
            ),
            ("[defaults]\nqueues = {}\n", ("", ""), "7:1 pack::unknown-key unknown key `queues` in `defaults`"),
            (
                "[defaults.functions]\ntimeout_seconds = 3.5\n",
                ("", ""),
                "7:19 pack::wrong-type `defaults.functions.timeout_seconds` is a number, where a whole number or text is expected",
            ),
            ("[defaults.functions]\ntimeout_seconds = -3\n", ("", ""), "7:19 pack::bad-value"),
            (
                "[defaults.functions]\ntimeout_seconds = \"x\"\n",
                ("[[queues]]", second),
                "7:19 pack::bad-value `timeout_seconds` is `x`",
            ),
            (
                "[defaults.functions]\ntimeout_seconds = 3\nwhen = \"queu\"\n",
                ("[[queues]]", second),
                "8:8 pack::unknown-setting",
            ),
            (
                "[defaults.machines]\nlogs = { retention = 7 }\n",
                ("runtime = \"{{", "timeout_seconds = 3\nruntime = \"{{"),
                "7:10 pack::unknown-key unknown key `retention` in `defaults.machines.logs`",
            ),
        ] {
            let defaults = if defaults.contains("machines") {
                defaults.to_owned()
            } else {
                format!("{defaults}[defaults.machines.logs]\n")
            };
            let defaults = if defaults.contains("queues") {
                defaults.replace("queues = {}\n", "queues = {}\n[defaults.functions]\ntimeout_seconds = 3\n")
            } else {
                defaults
            };
            let found = with_defaults(&defaults, edit).unwrap_err();
            let missing = |it: &&String| !it.contains("`timeout_seconds` is missing");
            let found: Vec<&String> = found.iter().filter(missing).collect();
            assert!(found.len() == 1 && found[0].starts_with(told), "{defaults}{found:#?}");
        }
        let bare = with_defaults("[defaults.machines.logs]\n", ("", "")).unwrap_err();
        assert!(
            bare.len() == 1 && bare[0].contains("pack::missing-key `timeout_seconds` is missing in `functions`"),
            "{bare:?}"
        );
    }

    #[test]
    fn a_machine_that_logs_has_a_log_group() {
        let bare = with_defaults("[defaults.functions]\ntimeout_seconds = 3\n", ("", "")).unwrap_err();
        let told = "pack::unknown-log-group there is no log group `/aws/vendedlogs/states/{{user}}-greet`; give the machine `logs";
        assert!(bare.len() == 1 && bare[0].contains(told), "{bare:?}");
        let edit = ("logging = { level = \"ALL\", include_execution_data = true }", "");
        let mute = with_defaults(DEFAULTS, edit).unwrap_err();
        assert!(
            mute.len() == 1 && mute[0].starts_with("8:21 pack::missing-key machine `greet` has `logs` and no"),
            "{mute:?}"
        );
    }

    #[test]
    fn the_shipped_pack_says_in_half_the_lines_what_it_says_written_out() {
        let short = load_pack("step-functions", Path::new("tests")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        built_in::eject(folder.path()).unwrap();
        let path = at_root("tests/packs/written-out/pack.toml");
        let text = fs::read(path).unwrap();
        host::write_atomic(&folder.path().join("step-functions/pack.toml"), &text).unwrap();
        let long = load_pack("./step-functions", folder.path()).unwrap();
        let lines = |pack: &Pack| String::from_utf8_lossy(&pack.files["pack.toml"]).lines().count();
        assert!(2 * lines(&short) < lines(&long), "{} of {}", lines(&short), lines(&long));
        let plain = |pack: Pack| {
            let functions = pack.functions.into_iter().map(|it| FunctionTemplate { logs: None, ..it }).collect();
            let machines = pack.machines.into_iter().map(|it| MachineTemplate { logs: None, ..it }).collect();
            let (origin, files, places) = (PackOrigin::BuiltIn, BTreeMap::new(), BTreeMap::new());
            Pack { origin, files, places, functions, machines, ..pack }
        };
        assert_eq!(plain(short), plain(long));
    }

    #[test]
    fn an_input_needs_a_machine_a_file_and_json() {
        let folder = tempfile::tempdir().unwrap();
        built_in::eject(folder.path()).unwrap();
        let pack = folder.path().join("step-functions");
        let input = |name: &str, machine: &str, file: &str| {
            format!("{{ name = \"{name}\", machine = \"{machine}\", file = \"{file}\" }},\n")
        };
        let more = [
            input("callback-test", "callback-workflow", "inputs/callback-test.json"),
            input("a", "callbck-workflow", "inputs/callback-tets.json"),
            input("b", "callback-workflow", "inputs/broken.json"),
        ];
        let text = fs::read_to_string(pack.join("pack.toml")).unwrap();
        let text = text.replacen("inputs = [\n", &format!("inputs = [\n{}", more.concat()), 1);
        host::write_atomic(&pack.join("pack.toml"), text.as_bytes()).unwrap();
        host::write_atomic(&pack.join("inputs/broken.json"), b"{\"a\": 1,}").unwrap();
        let findings = load_pack("./step-functions", folder.path()).unwrap_err();
        let told: Vec<_> = findings.0.iter().map(|it| (it.code, it.help.clone().unwrap_or_default())).collect();
        let is_told = |code: &str, help: &str| told.iter().any(|(found, told)| *found == code && told.contains(help));
        assert!(is_told("pack::duplicate", "") && is_told("pack::syntax", ""), "{told:?}");
        assert!(is_told("pack::unknown-machine", "did you mean `callback-workflow`?"), "{told:?}");
        assert!(is_told("pack::missing-file", "did you mean `inputs/callback-test.json`?"), "{told:?}");
        assert_eq!(findings.0.len(), 4, "{told:?}");
        let place = |finding: &Diagnostic| finding.place.as_ref().map(|(source, _)| source.path.clone());
        assert!(findings.0.iter().filter_map(place).any(|path| path.ends_with("inputs/broken.json")));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_a_pack_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        built_in::eject(folder.path()).unwrap();
        let link = folder.path().join("step-functions/lambda/secret.py");
        std::os::unix::fs::symlink("/etc/hostname", link).unwrap();
        let findings = load_pack("./step-functions", folder.path()).unwrap_err();
        assert!(findings.0[0].message.contains("secret.py"), "{findings:?}");
    }
}
