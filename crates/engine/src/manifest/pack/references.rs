//! The parts of a pack against each other: what one names, another must be.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::kind::{Constraint, Schema};
use crate::manifest::document::{Codes, Document, from_bytes};
use crate::manifest::reporter::Reporter;
use crate::manifest::schema::{self, IAM_MODES, SECTIONS};
use crate::model::{FunctionTemplate, Kind, LabName, Pack, SettingType};
use crate::source::{self, Content, Diagnostic, Diagnostics, Format, Node, SourceText, Span};

/// A scenario's place: its file and its node there.
pub(super) type Placed = (Arc<SourceText>, Node);

/// Holds a pack's parts against each other.
pub(super) struct References<'a> {
    pack: &'a Pack,
    document: &'a Document,
    findings: &'a mut Diagnostics,
    roles: BTreeSet<&'a str>,
    machines: BTreeSet<&'a str>,
    switches: BTreeSet<&'a str>,
    log_groups: BTreeSet<&'a str>,
}

impl<'a> References<'a> {
    /// `document` is the pack's `pack.toml`.
    pub(super) fn new(pack: &'a Pack, document: &'a Document, findings: &'a mut Diagnostics) -> Self {
        let boolean = pack.settings.iter().filter(|(_, setting)| setting.setting_type == SettingType::Boolean);
        Self {
            pack,
            document,
            findings,
            roles: pack.roles.iter().map(|role| role.id.as_str()).collect(),
            machines: pack.machines.iter().map(|machine| machine.name.as_str()).collect(),
            switches: boolean.map(|(name, _)| name.as_str()).collect(),
            log_groups: pack.log_groups.iter().map(|group| group.name.as_str()).collect(),
        }
    }

    /// Tells every reference that leads nowhere, every name that is there twice or that AWS would refuse.
    pub(super) fn check(mut self, scenarios: &[Placed]) {
        self.head();
        self.settings();
        self.each_role();
        self.each_function();
        self.each_machine();
        self.others();
        self.inputs();
        self.bulk();
        self.stages(scenarios);
        self.scenarios(scenarios);
        self.names();
        self.placeholders();
    }

    fn tell(&mut self, source: &Arc<SourceText>, code: &'static str, span: Span, message: String, help: String) {
        // What a default says is told once for all entries.
        let finding = Diagnostic::error(code, message).at(source, span).help(help);
        if !self.findings.0.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// A finding in `pack.toml`.
    fn refuse(&mut self, code: &'static str, span: Span, message: String, help: String) {
        let source = Arc::clone(&self.document.source);
        self.tell(&source, code, span, message, help);
    }

    fn items(&self, list: &str) -> &'a [Node] {
        self.document.root.get(list).and_then(Node::elements).unwrap_or_default()
    }

    /// A name must be one of those known.
    fn known(&mut self, what: &str, name: &str, span: Span, known: &BTreeSet<&str>, code: &'static str) {
        if !known.contains(name) {
            let help = source::help(name, known.iter().copied());
            self.refuse(code, span, format!("there is no {what} `{name}`"), help);
        }
    }

    /// A path must be a file of the pack.
    fn file(&mut self, path: &str, span: Span) {
        if !self.pack.files.contains_key(path) {
            self.missing_file(path, span);
        }
    }

    fn missing_file(&mut self, path: &str, span: Span) {
        use std::path::{Component, Path};

        let is_inside =
            Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !is_inside {
            let message = format!("`{path}` is not inside the pack");
            let help = "copy it into the pack, and write the path from the pack's folder on, with `/`".to_owned();
            self.refuse("pack::missing-file", span, message, help);
            return;
        }
        let help = match source::nearest(path, self.pack.files.keys().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("put the file at `{}`", self.pack.display_path(path).display()),
        };
        self.refuse("pack::missing-file", span, format!("the pack has no file `{path}`"), help);
    }

    fn unique(&mut self, what: &str, nodes: &[&Node]) {
        let mut seen = BTreeSet::new();
        for node in nodes {
            let name = node.text().unwrap_or_default();
            if !seen.insert(name) {
                let help = "rename one of the two".to_owned();
                self.refuse("pack::duplicate", node.at, format!("{what} `{name}` is there twice"), help);
            }
        }
    }

    fn unique_field(&mut self, what: &str, list: &str, field: &str) {
        let nodes: Vec<&Node> = self.items(list).iter().filter_map(|item| item.get(field)).collect();
        self.unique(what, &nodes);
    }

    fn when(&mut self, when: Option<&str>, node: &Node) {
        let switches = std::mem::take(&mut self.switches);
        if let Some(name) = when {
            let span = place(node, "when");
            if self.pack.settings.contains_key(name) && !switches.contains(name) {
                let message = format!("`when` needs a boolean setting; `{name}` is not one");
                self.refuse("pack::unknown-setting", span, message, "give the setting `type = \"boolean\"`".to_owned());
            } else {
                self.known("boolean setting", name, span, &switches, "pack::unknown-setting");
            }
        }
        self.switches = switches;
    }

    fn head(&mut self) {
        let node = self.document.root.get("pack").and_then(|head| head.get("name"));
        if let (Err(error), Some(node)) = (LabName::new(&self.pack.name), node) {
            let message = format!("pack name `{}` {error}", self.pack.name);
            self.refuse("pack::bad-name", node.at, message, "write it as `step-functions`".to_owned());
        }
    }

    fn settings(&mut self) {
        let Some(table) = self.document.root.get("settings") else {
            return;
        };
        let manifest = schema::for_pack(None);
        let taken = manifest.pointer("/$defs/TargetTable/properties").and_then(|fields| fields.as_object());
        for (entry, setting) in table
            .members()
            .unwrap_or_default()
            .iter()
            .filter_map(|entry| Some((entry, self.pack.settings.get(&entry.key)?)))
        {
            let name = &entry.key;
            let is_taken = taken.is_some_and(|fields| fields.contains_key(name))
                || SECTIONS.contains(&name.as_str())
                || ["name", "mode"].contains(&name.as_str())
                || self.pack.roles.iter().any(|role| role.brought_by == *name);
            if is_taken {
                let message = format!("a setting cannot be called `{name}`: a user's field is called so");
                self.refuse("pack::bad-name", entry.key_at, message, "choose another name".to_owned());
            }
            let shaped = name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            if !shaped {
                let message = format!("setting `{name}` has more than `a-z`, `0-9` and `_` in its name");
                self.refuse("pack::bad-name", entry.key_at, message, "write it as `memory_mib`".to_owned());
            }
            let own = schema::of_setting(setting);
            let mut reporter = Reporter::new(&self.document.source, &Codes::PACK, self.findings);
            if let Some(default) = entry.value.get("default") {
                reporter.check(default, &own, &own, &format!("settings.{name}.default"));
            }
        }
    }

    fn each_role(&mut self) {
        self.unique_field("role id", "roles", "id");
        self.unique_field("`brought_by`", "roles", "brought_by");
        let pack = self.pack;
        for (role, node) in pack.roles.iter().zip(self.items("roles")) {
            self.file(&role.trust, place(node, "trust"));
            if role.brought_by == "mode" {
                let message = "`brought_by` cannot be `mode`: `[iam]` has a key of that name".to_owned();
                self.refuse("pack::bad-name", place(node, "brought_by"), message, "write `lambda_role`".to_owned());
            }
            let policies = node.get("policies").and_then(Node::elements).unwrap_or_default();
            for policy in policies {
                for entry in policy.get("template").and_then(Node::members).unwrap_or_default() {
                    self.mode(&entry.key, entry.key_at);
                    self.file(entry.value.text().unwrap_or_default(), entry.value.at);
                }
            }
            self.tags(node);
            let names: Vec<&Node> = policies.iter().filter_map(|policy| policy.get("name")).collect();
            self.unique("policy", &names);
            for entry in node.get("managed").and_then(Node::members).unwrap_or_default() {
                self.mode(&entry.key, entry.key_at);
            }
        }
    }

    /// Tags by which labctl knows its own, and those AWS keeps for itself, are not a pack's to give.
    fn tags(&mut self, role: &Node) {
        for entry in role.get("tags").and_then(Node::members).unwrap_or_default() {
            if let Some(prefix) = ["labctl:", "aws:"].into_iter().find(|prefix| entry.key.starts_with(prefix)) {
                let message = format!("tag `{}` begins with `{prefix}`", entry.key);
                self.refuse("pack::bad-name", entry.key_at, message, "choose another key".to_owned());
            }
        }
    }

    fn mode(&mut self, word: &str, span: Span) {
        if !IAM_MODES.contains(&word) {
            let help = source::help(word, IAM_MODES);
            self.refuse("pack::unknown-mode", span, format!("there is no IAM mode `{word}`"), help);
        }
    }

    fn each_function(&mut self) {
        self.unique_field("function", "functions", "name");
        let (pack, roles) = (self.pack, self.roles.clone());
        for (function, node) in pack.functions.iter().zip(self.items("functions")) {
            self.known("role", &function.role, place(node, "role"), &roles, "pack::unknown-role");
            self.when(function.when.as_deref(), node);
            for field in ["timeout_seconds", "memory_mib"] {
                self.number(node, field);
            }
            self.environment(node);
            if let Some(file) = &function.requirements {
                self.file(file, place(node, "requirements"));
            }
            self.source(function, node);
        }
    }

    /// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
    fn environment(&mut self, node: &Node) {
        for entry in node.get("environment").and_then(Node::members).unwrap_or_default() {
            let shaped = entry.key.len() > 1
                && entry.key.starts_with(|c: char| c.is_ascii_alphabetic())
                && entry.key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !shaped {
                let message = format!("`{}` cannot be an environment variable of a function", entry.key);
                let help = "two letters, digits and `_` or more, beginning with a letter".to_owned();
                self.refuse("pack::bad-name", entry.key_at, message, help);
            }
        }
    }

    /// Numbers are text, so that they may be `{{…}}`; other text must be a number.
    fn number(&mut self, node: &Node, field: &str) {
        let Some((value, text)) = node.get(field).and_then(|value| Some((value, value.text()?))) else {
            return;
        };
        if !text.contains("{{") && text.parse::<u32>().is_err() {
            let message = format!("`{field}` is `{text}`, which is no whole number");
            let help = "write it as `30` or `\"{{settings.<name>}}\"`".to_owned();
            self.refuse("pack::bad-value", value.at, message, help);
        }
    }

    /// The sources must be there; whether the handler is in them is for `render` to say.
    fn source(&mut self, function: &FunctionTemplate, node: &Node) {
        for (field, paths) in [("source", &function.source), ("shared", &function.shared)] {
            let list = node.get(field).and_then(Node::elements);
            for (index, path) in paths.iter().enumerate() {
                let source = path.trim_end_matches('/');
                let folder = format!("{source}/");
                let is_file = self.pack.files.contains_key(source);
                if !is_file && !self.pack.files.keys().any(|path| path.starts_with(&folder)) {
                    let span = list.and_then(|list| list.get(index)).map_or_else(|| place(node, field), |path| path.at);
                    self.missing_file(source, span);
                }
            }
            if let (true, Some(list)) = (field == "source" && paths.is_empty(), node.get(field)) {
                let help = "name a file or a folder of the pack".to_owned();
                self.refuse("pack::bad-value", list.at, "`source` is empty".to_owned(), help);
            }
        }
    }

    fn each_machine(&mut self) {
        self.unique_field("machine", "machines", "name");
        let (pack, roles, groups) = (self.pack, self.roles.clone(), self.log_groups.clone());
        for (machine, node) in pack.machines.iter().zip(self.items("machines")) {
            self.known("role", &machine.role, place(node, "role"), &roles, "pack::unknown-role");
            self.file(&machine.definition, place(node, "definition"));
            if ![".asl.json.hbs", ".asl.yaml.hbs"].iter().any(|end| machine.definition.ends_with(end)) {
                let message = format!("`{}` is neither JSON nor YAML by its name", machine.definition);
                let help = "name it `….asl.json.hbs` or `….asl.yaml.hbs`".to_owned();
                self.refuse("pack::bad-name", place(node, "definition"), message, help);
            }
            self.when(machine.when.as_deref(), node);
            self.outcome(machine.outcome.as_deref(), node);
            if let (Some(logs), None) = (node.get("logs"), &machine.logging) {
                let message =
                    format!("machine `{}` has `logs` and no `logging`, so that nothing is written", machine.name);
                let help = "add `logging = { level = \"ALL\", include_execution_data = true }`".to_owned();
                self.refuse("pack::missing-key", logs.at, message, help);
            }
            let (Some(logging), Some(table)) = (&machine.logging, node.get("logging")) else {
                continue;
            };
            let levels = BTreeSet::from(["ALL", "ERROR", "FATAL", "OFF"]);
            self.known("log level", &logging.level, place(table, "level"), &levels, "pack::bad-value");
            let span = place(table, "log_group");
            if !groups.contains(logging.log_group.as_str()) {
                let near = source::nearest(&logging.log_group, groups.iter().copied());
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "give the machine `logs = { retention_days = 7 }`, or add the group under `[[log_groups]]`"
                        .to_owned(),
                };
                let message = format!("there is no log group `{}`", logging.log_group);
                self.refuse("pack::unknown-log-group", span, message, help);
            }
        }
    }

    fn others(&mut self) {
        self.unique_field("log group", "log_groups", "name");
        self.unique_field("queue", "queues", "name");
        self.unique_field("resource", "resources", "name");
        self.unique_field("dashboard", "dashboards", "name");
        let pack = self.pack;
        for (group, node) in pack.log_groups.iter().zip(self.items("log_groups")) {
            self.when(group.when.as_deref(), node);
            self.number(node, "retention_days");
            if !group.name.contains("{{user}}") {
                let message = format!("log group `{}` is the same for all users", group.name);
                self.refuse("pack::bad-name", place(node, "name"), message, "put `{{user}}` into it".to_owned());
            }
        }
        for (queue, node) in pack.queues.iter().zip(self.items("queues")) {
            self.when(queue.when.as_deref(), node);
        }
        for (resource, node) in pack.resources.iter().zip(self.items("resources")) {
            self.when(resource.when.as_deref(), node);
            self.file(&resource.properties, place(node, "properties"));
            self.resource_type(&resource.type_name, place(node, "type"));
        }
        for (dashboard, node) in pack.dashboards.iter().zip(self.items("dashboards")) {
            self.file(&dashboard.body, place(node, "body"));
        }
    }

    /// A type has the form of one. That labctl knows it is not asked: AWS's list grows.
    fn resource_type(&mut self, type_name: &str, span: Span) {
        if let Some(refusal) = Constraint::of("resources.type").and_then(|row| row.refusal(type_name)) {
            let near = source::nearest(type_name, Schema::names());
            let help = near.map_or(refusal.help, |near| format!("did you mean `{near}`?"));
            self.refuse("pack::bad-value", span, format!("`type` {}", refusal.why), help);
        }
    }

    fn inputs(&mut self) {
        self.unique_field("input", "inputs", "name");
        let (pack, machines) = (self.pack, self.machines.clone());
        for (input, node) in pack.inputs.iter().zip(self.items("inputs")) {
            self.known("machine", &input.machine, place(node, "machine"), &machines, "pack::unknown-machine");
            match pack.files.get(&input.file) {
                Some(bytes) => self.json(&input.file, bytes),
                None => self.missing_file(&input.file, place(node, "file")),
            }
        }
    }

    /// A file must be JSON.
    fn json(&mut self, file: &str, bytes: &[u8]) {
        let read = from_bytes(&self.pack.display_path(file), bytes, &Codes::PACK);
        let parsed = read.map_err(|finding| Diagnostics(vec![finding]));
        let parsed = parsed.and_then(|source| Document::parse(&source, Format::Json, &Codes::PACK));
        if let Err(mistakes) = parsed {
            self.findings.extend(mistakes.0);
        }
    }

    fn bulk(&mut self) {
        let (Some(bulk), Some(node)) = (&self.pack.bulk, self.document.root.get("bulk")) else {
            return;
        };
        let machines = self.machines.clone();
        self.known("machine", &bulk.machine, place(node, "machine"), &machines, "pack::unknown-machine");
        self.file(&bulk.input, place(node, "input"));
        if let Some(path) = &bulk.invalid_input {
            self.file(path, place(node, "invalid_input"));
        }
        self.outcome(bulk.outcome.as_deref(), node);
    }

    fn outcome(&mut self, pointer: Option<&str>, node: &Node) {
        if let Some(pointer) = pointer.filter(|pointer| !pointer.starts_with('/')) {
            let message = format!("`outcome` is `{pointer}`, which is no JSON pointer");
            self.refuse("pack::bad-value", place(node, "outcome"), message, format!("write it as `/{pointer}`"));
        }
    }

    /// Stages are there once, and `stage` anywhere names one of them.
    fn stages(&mut self, scenarios: &[Placed]) {
        self.unique_field("stage", "stages", "id");
        let known: BTreeSet<&str> = self.pack.stages.iter().map(|stage| stage.id.as_str()).collect();
        for list in ["roles", "log_groups", "functions", "queues", "resources", "machines", "dashboards"] {
            for stage in self.items(list).iter().filter_map(|item| item.get("stage")) {
                self.known("stage", stage.text().unwrap_or_default(), stage.at, &known, "pack::unknown-stage");
            }
        }
        for (scenario, (source, node)) in self.pack.scenarios.iter().zip(scenarios) {
            if let Some(stage) = scenario.stage.as_deref().filter(|stage| !known.contains(stage)) {
                let help = source::help(stage, known.iter().copied());
                self.tell(
                    source,
                    "pack::unknown-stage",
                    place(node, "stage"),
                    format!("there is no stage `{stage}`"),
                    help,
                );
            }
        }
    }

    fn scenarios(&mut self, places: &[Placed]) {
        let mut seen = BTreeSet::new();
        let pack = self.pack;
        for (scenario, (source, node)) in pack.scenarios.iter().zip(places) {
            if !seen.insert(scenario.name.as_str()) {
                let message = format!("scenario `{}` is there twice", scenario.name);
                self.tell(source, "pack::duplicate", place(node, "name"), message, "rename one of the two".to_owned());
            }
            if !self.machines.contains(scenario.machine.as_str()) {
                let help = source::help(&scenario.machine, self.machines.iter().copied());
                let message = format!("there is no machine `{}`", scenario.machine);
                self.tell(source, "pack::unknown-machine", place(node, "machine"), message, help);
            }
            if let Some(when) = scenario.when.as_deref().filter(|when| !self.switches.contains(when)) {
                let help = source::help(when, self.switches.iter().copied());
                let message = format!("there is no boolean setting `{when}`");
                self.tell(source, "pack::unknown-setting", place(node, "when"), message, help);
            }
        }
    }

    /// Names that AWS would refuse for every user, however short.
    fn names(&mut self) {
        for kind in Kind::ALL.iter().filter(|kind| kind.facts().is_prefixed) {
            for node in self.items(kind.facts().list).iter().filter_map(|item| item.get("name")) {
                let name = node.text().unwrap_or_default();
                let stem = kind.facts().name_suffix.and_then(|suffix| name.strip_suffix(suffix));
                if let Some(bad) =
                    stem.unwrap_or(name).chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'))
                {
                    let message = format!("{kind} name `{name}` has `{}`", bad.escape_debug());
                    let help = "letters, digits, `-` and `_` are allowed".to_owned();
                    self.refuse("pack::bad-name", node.at, message, help);
                }
                let room = kind.longest_name().saturating_sub(2);
                if name.is_empty() || name.chars().count() > room {
                    let message = format!("{kind} name `{name}` has {} characters", name.chars().count());
                    let help = format!("1 to {room} are allowed, so that a user's name and a dash fit before it");
                    self.refuse("pack::bad-name", node.at, message, help);
                }
            }
        }
    }

    /// `{{settings.…}}` anywhere in `pack.toml` must be a setting.
    fn placeholders(&mut self) {
        let mut found = Vec::new();
        texts(&self.document.root, &mut |text, span| {
            for part in text.split("settings.").skip(1) {
                let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                found.push((name, span));
            }
        });
        let pack = self.pack;
        for (name, span) in found {
            if !pack.settings.contains_key(&name) {
                let help = source::help(&name, pack.settings.keys().map(String::as_str));
                self.refuse("pack::unknown-setting", span, format!("there is no setting `{name}`"), help);
            }
        }
    }
}

/// Where a field of a table stands; the table itself when it has none.
fn place(node: &Node, field: &str) -> Span {
    node.get(field).unwrap_or(node).at
}

/// Calls back for every text with a placeholder in it.
fn texts(node: &Node, visit: &mut impl FnMut(&str, Span)) {
    match &node.content {
        Content::String(text) if text.contains("{{") => visit(text, node.at),
        Content::Array(items) => items.iter().for_each(|item| texts(item, visit)),
        Content::Object(entries) => entries.iter().for_each(|entry| texts(&entry.value, visit)),
        _ => {}
    }
}
