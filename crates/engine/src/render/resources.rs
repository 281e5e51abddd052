//! One user's resources and files.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::any_resource::{self, Filled};
use super::callable;
use super::document;
use super::index::{self, Index};
use super::package::{self, Packages, Zip};
use super::scope::Scope;
use super::template::Templates;
use crate::kind::{
    AnyResource, Body, Code, Constraint, Dashboard, Function, LogGroup, Package, Queue, Resource, Role, StateMachine,
    UserDesired, is_late, mark,
};
use crate::model::{
    DashboardTemplate, FunctionTemplate, Kind, LogGroupTemplate, Logging, MachineTemplate, Policy, QueueTemplate,
    ResourceTemplate, RoleTemplate, Tags, UserName, tag,
};
use crate::source::Diagnostic;
use serde_json::Value;

/// The files of one user, by path inside the user's folder.
pub(super) struct Folder {
    pub(super) user: UserName,
    pub(super) files: BTreeMap<String, Content>,
}

/// What goes into a file.
pub(super) enum Content {
    Text(String),
    Package(Arc<Zip>),
}

impl Content {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Package(package) => &package.bytes,
        }
    }

    fn sha256(&self) -> String {
        match self {
            Self::Text(text) => index::sha256(text.as_bytes()),
            Self::Package(package) => package.sha256_hex.clone(),
        }
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn text_file(text: &str) -> Content {
    Content::Text([text, "\n"].concat())
}

/// One user's resources, files and findings that stop nothing.
pub(super) struct Made {
    pub(super) desired: UserDesired,
    pub(super) folder: Folder,
    pub(super) warnings: Vec<Diagnostic>,
}

/// Whether the files of what is made are kept for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Files {
    /// They are kept, with their index.
    Kept,
    /// They are not made: for a class they would be half of what is rendered.
    Left,
}

/// Makes everything one user shall have.
///
/// # Errors
/// Every mistake in the templates that shows for this user.
pub(super) fn build(
    templates: &Templates<'_>,
    packages: &Packages,
    scope: &Scope<'_>,
    out: &Path,
    keep: Files,
) -> Result<Made, Vec<Diagnostic>> {
    let mut builder = Builder {
        templates,
        packages,
        scope,
        out,
        keep,
        resources: Vec::new(),
        files: BTreeMap::new(),
        findings: Vec::new(),
    };
    builder.all();
    builder.finish()
}

struct Builder<'run> {
    templates: &'run Templates<'run>,
    packages: &'run Packages,
    scope: &'run Scope<'run>,
    out: &'run Path,
    keep: Files,
    resources: Vec<Arc<Resource>>,
    files: BTreeMap<String, Content>,
    findings: Vec<Diagnostic>,
}

impl Builder<'_> {
    fn all(&mut self) {
        let (pack, scope) = (self.templates.pack, self.scope);
        for (at, role) in scope.roles() {
            self.keep(|builder, role| builder.role(role, &at), role);
        }
        for (at, group) in scope.entries("log_groups", &pack.log_groups, |it| it.when.as_deref()) {
            self.keep(|builder, group| builder.log_group(group, &at), group);
        }
        for (at, function) in scope.entries("functions", &pack.functions, |it| it.when.as_deref()) {
            self.keep(|builder, function| builder.function(function, &at), function);
        }
        for (at, queue) in scope.entries("queues", &pack.queues, |it| it.when.as_deref()) {
            self.keep(|builder, queue| builder.queue(queue, &at), queue);
        }
        for (at, resource) in scope.entries("resources", &pack.resources, |it| it.when.as_deref()) {
            self.keep(|builder, resource| builder.any_resource(resource, &at), resource);
        }
        for (at, machine) in scope.entries("machines", &pack.machines, |it| it.when.as_deref()) {
            self.keep(|builder, machine| builder.machine(machine, &at), machine);
        }
        for (at, dashboard) in scope.entries("dashboards", &pack.dashboards, |_| None) {
            self.keep(|builder, dashboard| builder.dashboard(dashboard, &at), dashboard);
        }
    }

    /// Runs one step and keeps its mistake, so that the next steps are looked at too.
    fn keep<T>(&mut self, step: impl FnOnce(&mut Self, &T) -> Result<(), Diagnostic>, template: &T) {
        let before = self.resources.len();
        let (result, referred) = callable::noting(|| step(self, template));
        self.findings.extend(result.err());
        for resource in self.resources.iter_mut().skip(before).filter(|_| !referred.is_empty()) {
            let resource = Arc::make_mut(resource);
            // A policy may name what is not there yet, unless it waits for what nobody knows before.
            if resource.key.kind != Role::KIND || is_late(&resource.body.canonical().to_string()) {
                let needs = referred.iter().map(AnyResource::key);
                resource.needs = needs.filter(|key| *key != resource.key).collect();
            }
        }
    }

    fn finish(mut self) -> Result<Made, Vec<Diagnostic>> {
        if self.findings.is_empty() {
            let arn = |resource: &Resource| self.scope.place.arn(&resource.key, resource.body.path());
            self.findings = any_resource::circles(self.templates, &self.resources, &arn);
        }
        if !self.findings.is_empty() {
            return Err(self.findings);
        }
        let user = self.scope.user.name.clone();
        if self.keep == Files::Kept {
            let mut index = Index::new(self.scope.lab.name.as_str(), user.as_str());
            index.files = self.files.iter().map(|(path, content)| (path.clone(), content.sha256())).collect();
            self.files.insert(index::FILE.to_owned(), Content::Text(index.text()));
        }
        self.resources.sort_by(|left, right| left.key.cmp(&right.key));
        let warnings = self.functions_without_log_group();
        let desired = UserDesired { user: user.clone(), place: self.scope.place.clone(), resources: self.resources };
        Ok(Made { desired, folder: Folder { user, files: self.files }, warnings })
    }

    /// Lambda makes a missing log group itself if the role lets it: without retention and without the lab's tags.
    fn functions_without_log_group(&self) -> Vec<Diagnostic> {
        let has = |group: String| {
            let key = LogGroup::key(group);
            self.resources.iter().any(|it| it.key == key)
        };
        let functions = self.scope.entries("functions", &self.templates.pack.functions, |it| it.when.as_deref());
        let without = functions.filter(|(_, it)| !has(Function::log_group(&self.scope.full_name(&it.name))));
        let reported = without.map(|(at, it)| {
            let message = format!("the function `{}` has no log group in the pack", it.name);
            let help = format!(
                "give it `logs = {{ retention_days = 7 }}`, or add `/aws/lambda/{{{{user}}}}-{}` under `[[log_groups]]`: else its output may be lost or kept for ever",
                it.name
            );
            let finding = Diagnostic::warning("render::function-log-group", message).help(help);
            self.templates.at_place(finding, &format!("{at}/name"), &it.name)
        });
        reported.collect()
    }

    fn role(&mut self, role: &RoleTemplate, at: &str) -> Result<(), Diagnostic> {
        let name = self.name(Role::KIND, &role.name, at)?;
        let mode = self.scope.user.iam.mode.word();
        let trust_policy = self.file(&role.trust, format!("iam/{}.trust.json", role.name))?;
        let mut inline_policies = BTreeMap::new();
        for (index, policy) in role.policies.iter().enumerate() {
            let Some(template) = policy.template.get(mode) else { continue };
            check_name("policy", &policy.name, Constraint::of("roles.policies.name")).map_err(|finding| {
                self.templates.at_place(finding, &format!("{at}/policies/{index}/name"), &policy.name)
            })?;
            let content = self.file(template, format!("iam/{}.{}.json", role.name, policy.name))?;
            inline_policies.insert(policy.name.clone(), content);
        }
        let mut managed_policies = Vec::new();
        for arn in role.managed.get(mode).into_iter().flatten() {
            managed_policies.push(self.string(arn)?);
        }
        managed_policies.sort();
        let mut tags = Tags::new();
        for (key, value) in &role.tags {
            tags.insert(key.clone(), self.string(value)?);
        }
        let description = self.string(&role.description)?;
        let path = self.scope.role_path();
        let permissions_boundary = self.scope.user.iam.permissions_boundary.clone();
        let body = Role { path, description, trust_policy, inline_policies, managed_policies, permissions_boundary };
        self.push(name, body, tags);
        Ok(())
    }

    fn log_group(&mut self, group: &LogGroupTemplate, at: &str) -> Result<(), Diagnostic> {
        let name = &group.name;
        let full_name = self.string(name)?;
        check_name("log group", &full_name, LogGroup::KIND.name_constraint())
            .map_err(|finding| self.templates.at_place(finding, &format!("{at}/name"), name))?;
        let days = group.retention_days.as_deref();
        let retention_days = days.map(|days| self.number(days, "retention_days", name, at)).transpose()?;
        self.push(full_name, LogGroup { retention_days }, Tags::new());
        Ok(())
    }

    fn function(&mut self, function: &FunctionTemplate, at: &str) -> Result<(), Diagnostic> {
        let name = self.name(Function::KIND, &function.name, at)?;
        let Some(package) = self.packages.get(&package::origin(function)) else { return Ok(()) };
        let path = format!("lambda/{}.zip", function.name);
        let on_disk = Package {
            path: self.out.join(self.scope.user.name.as_str()).join(&path),
            size: u64::try_from(package.bytes.len()).unwrap_or(u64::MAX),
        };
        let mut environment = BTreeMap::new();
        for (key, value) in &function.environment {
            environment.insert(key.clone(), self.string(value)?);
        }
        let layers = function.layers.iter().map(|arn| self.string(arn)).collect::<Result<_, _>>()?;
        let body = Function {
            runtime: self.string(&function.runtime)?,
            handler: function.handler.clone(),
            role: self.role_arn(&function.role, at)?,
            description: self.string(&function.description)?,
            timeout_seconds: self.number(&function.timeout_seconds, "timeout_seconds", &function.name, at)?,
            memory_mib: self.number(&function.memory_mib, "memory_mib", &function.name, at)?,
            environment,
            architecture: function.architecture.clone().unwrap_or_else(|| Function::X86.to_owned()),
            layers,
            code: Code { sha256: package.sha256_base64.clone(), package: Some(on_disk) },
        };
        self.put(path, || Content::Package(Arc::clone(package)));
        self.push(name, body, Tags::new());
        Ok(())
    }

    fn queue(&mut self, queue: &QueueTemplate, at: &str) -> Result<(), Diagnostic> {
        let full_name = self.name(Queue::KIND, &queue.name, at)?;
        let mut filled = BTreeMap::new();
        for (key, value) in &queue.attributes {
            filled.insert(key.clone(), self.string(value)?);
        }
        self.push(full_name, Queue { attributes: filled }, Tags::new());
        Ok(())
    }

    fn any_resource(&mut self, resource: &ResourceTemplate, at: &str) -> Result<(), Diagnostic> {
        let Filled { name, content, tags } = any_resource::fill(self.templates, &self.scope.context, resource, at)?;
        let key = AnyResource::key(name.as_str());
        if let Some(other) = self.resources.iter().find(|other| other.key == key) {
            let entry = other.body.of::<AnyResource>().and_then(|other| other.entry.as_deref()).unwrap_or_default();
            let message = format!("resources `{entry}` and `{}` are one and the same: `{name}`", resource.name);
            let finding = Diagnostic::error("render::resource-name", message).help("give each a name of its own");
            return Err(self.templates.at_place(finding, &format!("{at}/name"), &resource.name));
        }
        let shown = Value::Object(content.tagged(&tags));
        self.put(format!("resources/{}.json", resource.name), || text_file(&pretty(&shown)));
        self.push(name, content, tags);
        Ok(())
    }

    fn machine(&mut self, machine: &MachineTemplate, at: &str) -> Result<(), Diagnostic> {
        let name = self.name(StateMachine::KIND, &machine.name, at)?;
        let definition: Arc<str> =
            document::fill(self.templates, &machine.definition, &self.scope.context)?.text.into();
        self.put(format!("asl/{}.asl.json", machine.name), || text_file(&definition));
        let logging = machine.logging.as_ref().map(|logging| self.logging(logging, at)).transpose()?;
        let role = self.role_arn(&machine.role, at)?;
        let body = StateMachine { machine_type: machine.machine_type, role, definition, logging };
        self.push(name, body, Tags::new());
        Ok(())
    }

    fn logging(&self, logging: &Logging, at: &str) -> Result<Logging, Diagnostic> {
        let log_group = self.string(&logging.log_group)?;
        let key = LogGroup::key(log_group.as_str());
        if !self.resources.iter().any(|resource| resource.key == key) {
            let finding =
                Diagnostic::error("render::log-group", format!("the log group `{log_group}` is not in the pack"))
                    .help("give the machine `logs = { retention_days = 7 }`, or add it under `[[log_groups]]`: Step Functions makes none itself");
            return Err(self.templates.at_place(finding, &format!("{at}/logging/log_group"), &logging.log_group));
        }
        Ok(Logging { log_group, ..logging.clone() })
    }

    fn dashboard(&mut self, dashboard: &DashboardTemplate, at: &str) -> Result<(), Diagnostic> {
        let name = &dashboard.name;
        let full_name = self.name(Dashboard::KIND, name, at)?;
        let body: Arc<str> = document::fill(self.templates, &dashboard.body, &self.scope.context)?.text.into();
        self.put(format!("dashboards/{name}.json"), || text_file(&body));
        self.push(full_name, Dashboard { body }, Tags::new());
        Ok(())
    }

    /// Fills in a policy, keeps it as a file and gives its content.
    fn file(&mut self, template: &str, path: String) -> Result<Policy, Diagnostic> {
        let document = document::fill(self.templates, template, &self.scope.context)?;
        self.put(path, || text_file(&document.text));
        Ok(Policy::new(&document.value))
    }

    /// Keeps a file, where files are kept.
    fn put(&mut self, path: String, content: impl FnOnce() -> Content) {
        if self.keep == Files::Kept {
            self.files.insert(path, content());
        }
    }

    fn string(&self, text: &str) -> Result<String, Diagnostic> {
        self.templates.string(text, &self.scope.context)
    }

    fn number(&self, text: &str, field: &str, name: &str, at: &str) -> Result<u32, Diagnostic> {
        let filled = self.string(text)?;
        filled.parse().map_err(|_| {
            let finding =
                Diagnostic::error("render::number", format!("`{field}` of `{name}` is `{filled}`, not a whole number"));
            let finding = finding.help("write a number, or `{{settings.…}}` of an integer setting");
            self.templates.at_place(finding, &format!("{at}/{field}"), text)
        })
    }

    fn role_arn(&self, id: &str, at: &str) -> Result<String, Diagnostic> {
        let role = self.templates.pack.roles.iter().find(|role| role.id == id);
        role.map(|role| self.scope.role_arn(role)).ok_or_else(|| {
            let finding = Diagnostic::error("render::role", format!("the pack has no role `{id}`"));
            let finding = finding.help("`role` is the `id` of one of the `[[roles]]`");
            self.templates.at_place(finding, &format!("{at}/role"), id)
        })
    }

    /// The name in the account, held against the kind's rules.
    fn name(&self, kind: Kind, name: &str, at: &str) -> Result<String, Diagnostic> {
        let full_name = self.scope.full_name(name);
        check_name(kind.word(), &full_name, kind.name_constraint())
            .map_err(|finding| self.templates.at_place(finding, &format!("{at}/name"), name))
            .map(|()| full_name)
    }

    fn push(&mut self, name: String, body: impl Into<Body>, mut tags: Tags) {
        let (body, lab) = (body.into(), self.scope.lab);
        tags.extend(lab.tags.iter().map(|(key, value)| (key.clone(), value.clone())));
        tags.insert(tag::LAB.into(), lab.name.as_str().into());
        tags.insert(tag::USER.into(), self.scope.user.name.as_str().into());
        tags.insert(tag::PACK.into(), lab.pack.name.clone());
        mark(&mut tags, &body);
        if let Some(day) = &lab.expires {
            tags.insert(tag::EXPIRES.into(), day.clone());
        }
        self.resources.push(Arc::new(Resource::new(name, body, tags)));
    }
}

/// A name that AWS would take is also a name that is safe in a path: it has no slash, and it does not begin with a dot.
fn check_name(noun: &str, name: &str, row: Option<&Constraint>) -> Result<(), Diagnostic> {
    let refusal = row.and_then(|row| row.refusal(name));
    let (why, help) = match refusal {
        Some(refusal) => (refusal.why, refusal.help),
        None if name.starts_with('.') => ("begins with a dot".to_owned(), "begin it with a letter".to_owned()),
        None => return Ok(()),
    };
    let finding = Diagnostic::error("render::name", format!("the {noun} name `{name}` {why}"));
    Err(finding.help(format!("{help}; names are made of the user's name, a dash and the name in the pack")))
}
