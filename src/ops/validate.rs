//! All that a manifest leads to, checked without touching AWS.

use std::path::Path;

use serde_json::Value;

use super::context::Context;
use super::failure::Failure;
use super::origins::Origins;
use super::rendering::offline_places;
use super::{handlers, load, mocks, outcomes, unused, wheels};
use crate::manifest::Overrides;
use crate::model::{Lab, User};
use crate::source::{Diagnostic, Diagnostics};
use crate::ui::counted_len;
use crate::{manifest, render};

/// A lab in which nothing stops anybody.
#[derive(Clone, Debug)]
pub(crate) struct Validated {
    /// Users.
    pub(crate) users: usize,
    /// The pack's name.
    pub(crate) pack: String,
    /// Functions of the class's lab.
    pub(crate) functions: usize,
    /// State machines of the class's lab.
    pub(crate) machines: usize,
    /// Scenarios of the class's lab.
    pub(crate) scenarios: usize,
    /// Queues and resources of any type of the class's lab.
    pub(crate) resources: usize,
    /// Mocks of the pack and of its scenarios.
    pub(crate) mocks: usize,
    /// What is to be said nevertheless.
    pub(crate) warnings: Diagnostics,
}

/// Checks manifest, roster, templates, definitions, policies and packages.
///
/// # Errors
/// Every mistake of all of them.
pub(crate) fn validate(context: &Context) -> Result<Validated, Failure> {
    context.say_manifest();
    let (lab, mut found, read) = examine(&context.settings.manifest, &context.settings.overrides());
    let Some(lab) = lab else { return Err(Failure::Diagnostics(found)) };
    load::loaded(context, &lab);
    note_unread(context, read);
    if found.has_errors() {
        return Err(Failure::Diagnostics(found));
    }
    found.0.extend(Origins::read(context, &lab).namesakes(&lab.name).into_iter().map(|manifest| {
        let message = format!("`{manifest}` has put users of a lab of the same name, `{}`, to an account", lab.name);
        Diagnostic::warning("manifest::shared-name", message)
            .help("give each manifest its own `lab.name`: by their tags the users of both are one lab's")
    }));
    Ok(counted(&lab, found))
}

/// Says that no compiler has seen the handlers.
pub(crate) fn note_unread(context: &Context, read: bool) {
    if !read {
        context.audience.note("note: no `python3` on the PATH: the handlers were parsed, and not compiled");
    }
}

/// What is switched off for everybody is not part of this class's lab.
pub(crate) fn counted(lab: &Lab, warnings: Diagnostics) -> Validated {
    let pack = &lab.pack;
    let is_on = |when: Option<&str>| {
        let has = |user: &User, setting: &str| user.settings.get(setting).and_then(Value::as_bool).unwrap_or(false);
        when.is_none_or(|setting| lab.users.iter().any(|user| has(user, setting)))
    };
    Validated {
        users: lab.users.len(),
        pack: pack.name.clone(),
        functions: pack.functions.iter().filter(|it| is_on(it.when.as_deref())).count(),
        machines: pack.machines.iter().filter(|it| is_on(it.when.as_deref())).count(),
        scenarios: pack.scenarios.iter().filter(|it| is_on(it.when.as_deref())).count(),
        resources: pack.queues.iter().filter(|it| is_on(it.when.as_deref())).count()
            + pack.resources.iter().filter(|it| is_on(it.when.as_deref())).count(),
        mocks: pack.mocks.len() + pack.scenarios.iter().map(|scenario| scenario.mocks.len()).sum::<usize>(),
        warnings,
    }
}

impl Validated {
    /// `2 functions, 1 state machine, 3 scenarios, 1 resource, 4 mocks`; of the last two only what there is.
    pub(crate) fn counts(&self) -> String {
        let needed = [(self.functions, "function"), (self.machines, "state machine"), (self.scenarios, "scenario")];
        let others = [(self.resources, "resource"), (self.mocks, "mock")].into_iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> =
            needed.into_iter().chain(others).map(|(count, noun)| counted_len(count, noun)).collect();
        counts.join(", ")
    }
}

/// Looks at all that a manifest leads to, each layer as far as the mistakes of those before it allow: the lab, what is to be said of
/// it, and whether the handlers could be compiled. There is no lab where no manifest or no pack could be read.
pub(crate) fn examine(manifest: &Path, overrides: &Overrides) -> (Option<Lab>, Diagnostics, bool) {
    let (lab, found) = manifest::examine(manifest, overrides);
    let Some(lab) = lab else { return (None, found, true) };
    let (found, read) = examine_lab(&lab, found);
    (Some(lab), found, read)
}

/// Looks at all that a lab is made of, beside what was found when it was read; says whether the handlers could be compiled.
pub(crate) fn examine_lab(lab: &Lab, mut found: Diagnostics) -> (Diagnostics, bool) {
    let users: Vec<_> = lab.users.iter().collect();
    match wheels::with(lab) {
        Ok(whole) => found.follow(render::check(&whole, &users, &offline_places(lab)).0),
        // Without what it imports nothing is certain of a function; everything else is.
        Err(missing) => {
            found.follow(missing.0);
            let of_imports = |one: &Diagnostic| one.code == "pack::missing-module";
            found.follow(render::check(lab, &users, &offline_places(lab)).0.into_iter().filter(|one| !of_imports(one)));
        }
    }
    found.follow(mocks::check(&lab.pack).0);
    found.follow(outcomes::check(&lab.pack).0);
    if !found.has_errors() {
        found.follow(unused::check(&lab.pack).0);
    }
    let mistakes = handlers::check(lab, &found);
    let read = mistakes.is_some();
    found.follow(mistakes.unwrap_or_default().0);
    (found, read)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests lay files as they need them")]
mod tests {
    use std::fs;

    use super::*;
    use crate::ops::test_support::copy_tiny_pack;

    /// A class with the smallest pack, some of whose texts are replaced: file, what, by what.
    fn class(changes: &[(&str, &str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        copy_tiny_pack(folder.path());
        let manifest = "[lab]\npack = \"./tiny\"\nname = \"lab6\"\n\n[roster]\nfile = \"students.csv\"\n";
        fs::write(folder.path().join("lab-manifest.toml"), manifest).unwrap();
        fs::write(folder.path().join("students.csv"), "name\nann\nben\n").unwrap();
        for (file, old, new) in changes {
            let path = folder.path().join(file);
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(old), "{file} has no {old}");
            fs::write(path, text.replacen(old, new, 1)).unwrap();
        }
        folder
    }

    /// Code and file of everything that is found, warnings of the class's size aside.
    fn found(folder: &tempfile::TempDir) -> Vec<String> {
        let (_, found, _) = examine(&folder.path().join("lab-manifest.toml"), &Overrides::default());
        let mut reported: Vec<String> = found
            .0
            .iter()
            .filter(|finding| finding.code != "render::function-log-group")
            .map(|finding| {
                let place = finding.place.as_ref().map(|(source, span)| {
                    format!(
                        "{}:{}",
                        source.path.file_name().unwrap().to_string_lossy(),
                        source.line_column(span.offset).0
                    )
                });
                format!("{} {}", finding.code, place.unwrap_or_else(|| finding.message.clone()))
            })
            .collect();
        reported.sort();
        reported
    }

    const MANIFEST: (&str, &str, &str) =
        ("lab-manifest.toml", "name = \"lab6\"", "name = \"lab6\"\nexpire = 2026-12-20");
    const ROSTER: (&str, &str, &str) = ("students.csv", "ben", "Ben Example");
    const SHAPE: (&str, &str, &str) = ("tiny/pack.toml", "outcome = ", "outcom = ");
    const REFERENCE: (&str, &str, &str) = ("tiny/checks.yaml", "scenarios: [hello]", "scenarios: [helo]");
    const LITERAL: (&str, &str, &str) = ("tiny/pack.toml", "timeout_seconds = \"3\"", "timeout_seconds = \"3000\"");
    const SCENARIO: (&str, &str, &str) = ("tiny/scenarios/greet.yaml", "machine: greet", "machine: grete");
    const TEMPLATE: (&str, &str, &str) = ("tiny/dashboards/monitoring.json.hbs", "[]", "[\"{{regoin}}\"]");
    const DEFINITION: (&str, &str, &str) = ("tiny/asl/greet.asl.json.hbs", "\"End\": true", "\"Next\": \"Gone\"");
    const POLICY: (&str, &str, &str) = ("tiny/iam/invoke.json.hbs", "\"Effect\": \"Allow\"", "\"Effect\": \"allow\"");
    const HANDLER: (&str, &str, &str) = ("tiny/lambda/greeter.py", "):\n", ")\n");

    #[test]
    fn nothing_is_wrong_with_the_class_itself() {
        assert_eq!(found(&class(&[])), [""; 0]);
    }

    /// What is found in each layer below the manifest's own keys.
    const BELOW_THE_MANIFEST: [&str; 8] = [
        "manifest::user-name",
        "pack::unknown-key",
        "pack::refused-value",
        "pack::unknown-machine",
        "render::template",
        "asl::missing-target",
        "render::policy",
        "pack::python-syntax",
    ];

    #[test]
    fn one_mistake_of_every_layer_is_reported_in_one_run() {
        let all = [MANIFEST, ROSTER, SHAPE, LITERAL, SCENARIO, TEMPLATE, DEFINITION, POLICY, HANDLER];
        let together = found(&class(&all));
        let mut alone: Vec<String> = all.iter().flat_map(|change| found(&class(&[*change]))).collect();
        alone.sort();
        assert_eq!(together, alone, "left: together, right: one by one");
        let codes: Vec<&str> = together.iter().filter_map(|reported| reported.split(' ').next()).collect();
        for code in BELOW_THE_MANIFEST.into_iter().chain(["manifest::unknown-key"]) {
            assert!(codes.contains(&code), "{code}: {together:?}");
        }
        assert_eq!(found(&class(&[REFERENCE])), ["pack::unknown-scenario checks.yaml:8"]);
    }

    #[test]
    fn a_missing_permission_is_reported_whatever_else_is_wrong() {
        const PERMISSION: (&str, &str, &str) =
            ("tiny/iam/invoke.json.hbs", "lambda:InvokeFunction", "lambda:GetFunction");
        let reported = |changes: &[(&str, &str, &str)]| {
            let is_permission = |one: &String| one.starts_with("render::permission");
            found(&class(changes)).into_iter().filter(is_permission).collect::<Vec<_>>()
        };
        let alone = reported(&[PERMISSION]);
        assert!(!alone.is_empty());
        for other in [MANIFEST, ROSTER, LITERAL, TEMPLATE, HANDLER] {
            assert_eq!(reported(&[PERMISSION, other]), alone, "{other:?}");
        }
        // A definition or policy that is wrong itself says nothing for certain.
        for wrong in [DEFINITION, POLICY] {
            assert_eq!(reported(&[PERMISSION, wrong]), [""; 0], "{wrong:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_hides_only_what_hangs_on_it() {
        // No tree of the manifest, and the pack that it names all the same.
        let reported = found(&class(&[("lab-manifest.toml", "name = \"lab6\"", "name = lab6"), HANDLER]));
        assert!(reported.iter().any(|one| one.starts_with("manifest::syntax")), "{reported:?}");
        assert!(reported.iter().any(|one| one.starts_with("pack::python-syntax")), "{reported:?}");
        // The same in the other two forms, and what was not looked at is said.
        let yaml = "lab:\n  pack: ./tiny\n  name: [lab6\nroster:\n  file: students.csv\n";
        let json = "{\"lab\": {\"pack\": \"./tiny\" \"name\": \"lab6\"},\n \"roster\": {\"file\": \"students.csv\"}}";
        for (name, text) in [("lab.yaml", yaml), ("lab.json", json)] {
            let all = [ROSTER, SHAPE, LITERAL, SCENARIO, TEMPLATE, DEFINITION, POLICY, HANDLER];
            let folder = class(&all);
            fs::write(folder.path().join(name), text).unwrap();
            let (_, found, _) = examine(&folder.path().join(name), &Overrides::default());
            let codes: std::collections::BTreeSet<&str> = found.0.iter().map(|finding| finding.code).collect();
            for code in BELOW_THE_MANIFEST.into_iter().chain(["manifest::syntax"]) {
                assert!(codes.contains(code), "{name}: {code}: {codes:?}");
            }
            let help = found.0.iter().find(|one| one.code == "manifest::syntax").unwrap().help.clone().unwrap();
            let reported = "the pack `./tiny` and the roster `students.csv` were looked at all the same; what else stands in the manifest was not";
            assert!(help.ends_with(reported), "{name}: {help}");
        }
        // No tree of the pack, and the files that stand beside it all the same.
        let reported = found(&class(&[
            ("tiny/pack.toml", "id = \"all\"", "id = all"),
            HANDLER,
            ("tiny/dashboards/monitoring.json.hbs", "[]", "[{{{region}}}]"),
        ]));
        let codes: Vec<&str> = reported.iter().filter_map(|reported| reported.split(' ').next()).collect();
        assert_eq!(codes, ["pack::python-syntax", "pack::syntax", "render::raw-value"]);
        // An entry that cannot be read, and what names it.
        let reported = found(&class(&[("tiny/pack.toml", "timeout_seconds = \"3\"", "timeout_seconds = 3.5")]));
        assert_eq!(reported, ["pack::wrong-type pack.toml:59"]);
        let reported = found(&class(&[("tiny/pack.toml", "type = \"EXPRESS\"", "type = \"FAST\"")]));
        assert_eq!(reported.len(), 1, "{reported:?}");
        // Slips that a bulk test would find.
        let reported = found(&class(&[("tiny/pack.toml", "outcome = \"/status\"", "outcome = \"/statuss\"")]));
        assert_eq!(reported, ["pack::outcome-pointer pack.toml:81"]);
        let definition = "definition = \"asl/greet.asl.json.hbs\"";
        let good = |name: &str| {
            found(&class(&[("tiny/pack.toml", definition, &format!("{definition}\ngood = [\"{name}\"]"))]))
        };
        assert_eq!(good("PASED"), ["pack::unknown-outcome pack.toml:71"]);
        assert_eq!(good("SUCCEEDED"), [""; 0]);
    }
}
