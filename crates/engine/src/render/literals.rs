//! Values of `pack.toml` that AWS would refuse, after `{{…}}` is filled in. Names and whole numbers are held to their rules when
//! the resources are made.

use std::collections::BTreeMap;

use serde_json::Value;

use super::scope::Scope;
use super::template::Templates;
use crate::kind::{Constraint, Queue};
use crate::model::{FunctionTemplate, LogGroupTemplate, QueueTemplate, RoleTemplate};
use crate::source::Diagnostic;

/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MOST_LAYERS: usize = 5;

/// Tags that labctl puts on what it makes.
const OWN_TAGS: u64 = 5;

/// Holds every value of one user against the table of what AWS takes.
pub(super) fn check(templates: &Templates<'_>, scope: &Scope<'_>) -> Vec<Diagnostic> {
    let pack = templates.pack;
    let mut literals = Literals { templates, scope, findings: Vec::new() };
    for (at, role) in scope.roles() {
        literals.role(role, &at);
    }
    for (at, group) in scope.entries("log_groups", &pack.log_groups, |it| it.when.as_deref()) {
        literals.log_group(group, &at);
    }
    for (at, function) in scope.entries("functions", &pack.functions, |it| it.when.as_deref()) {
        literals.function(function, &at);
    }
    for (at, queue) in scope.entries("queues", &pack.queues, |it| it.when.as_deref()) {
        literals.queue(queue, &at);
    }
    literals.findings
}

struct Literals<'run> {
    templates: &'run Templates<'run>,
    scope: &'run Scope<'run>,
    findings: Vec<Diagnostic>,
}

impl Literals<'_> {
    /// A text with its values; None where it cannot be filled in, which is told elsewhere.
    fn filled(&self, text: &str) -> Option<String> {
        self.templates.string(text, &self.scope.context).ok()
    }

    fn refuse(&mut self, message: String, help: String, pointer: &str, text: &str) {
        let finding = Diagnostic::error("pack::refused-value", message).help(help);
        self.findings.push(self.templates.at_place(finding, pointer, text));
    }

    /// Holds a value against a row; `what` is how it is called.
    fn value(&mut self, row: &str, what: &str, text: &str, pointer: &str) {
        let Some(value) = self.filled(text) else { return };
        let Some(refusal) = Constraint::of(row).and_then(|row| row.refusal(&value)) else { return };
        self.refuse(format!("{what} {}", refusal.why), refusal.help, pointer, text);
    }

    /// A number in quotes; what is none is told where the resource is made.
    fn number(&mut self, row: &str, what: &str, text: &str, pointer: &str) {
        if self.filled(text).is_some_and(|value| value.parse::<u32>().is_ok()) {
            self.value(row, what, text, pointer);
        }
    }

    fn role(&mut self, role: &RoleTemplate, at: &str) {
        let of = |what: &str| format!("{what} of role `{}`", role.id);
        self.value("roles.description", &of("the description"), &role.description, &format!("{at}/description"));
        for (key, value) in &role.tags {
            let pointer = format!("{at}/tags/{key}");
            self.value("roles.tags.key", &of(&format!("the tag `{key}`")), key, &format!("{pointer}#"));
            self.value("roles.tags.value", &of(&format!("the tag `{key}`")), value, &pointer);
        }
        let count = u64::try_from(role.tags.len()).unwrap_or(u64::MAX);
        let most = Constraint::of("roles.tags").and_then(|row| row.maximum).unwrap_or(u64::MAX);
        if count.saturating_add(OWN_TAGS) > most {
            let message = format!("role `{}` has {count} tags, and labctl adds {OWN_TAGS}", role.id);
            self.refuse(message, format!("iam:CreateRole takes {most}"), &format!("{at}/tags"), &role.id);
        }
    }

    fn log_group(&mut self, group: &LogGroupTemplate, at: &str) {
        if let Some(days) = &group.retention_days {
            let what = format!("`retention_days` of `{}`", group.name);
            self.number("log_groups.retention_days", &what, days, &format!("{at}/retention_days"));
        }
    }

    fn function(&mut self, function: &FunctionTemplate, at: &str) {
        let of = |what: &str| format!("{what} of function `{}`", function.name);
        for (field, text) in [("timeout_seconds", &function.timeout_seconds), ("memory_mib", &function.memory_mib)] {
            self.number(&format!("functions.{field}"), &of(&format!("`{field}`")), text, &format!("{at}/{field}"));
        }
        if let Some(architecture) = &function.architecture {
            self.value("functions.architecture", &of("the architecture"), architecture, &format!("{at}/architecture"));
        }
        for (index, arn) in function.layers.iter().enumerate() {
            self.value("functions.layers", &of("a layer"), arn, &format!("{at}/layers/{index}"));
        }
        if function.layers.len() > MOST_LAYERS {
            let message = format!("function `{}` has {} layers", function.name, function.layers.len());
            self.refuse(message, format!("Lambda takes {MOST_LAYERS}"), &format!("{at}/layers"), &function.name);
        }
        self.value("functions.handler", &of("the handler"), &function.handler, &format!("{at}/handler"));
        self.value(
            "functions.description",
            &of("the description"),
            &function.description,
            &format!("{at}/description"),
        );
        let mut variables = BTreeMap::new();
        for (key, text) in &function.environment {
            let pointer = format!("{at}/environment/{key}#");
            self.value("functions.environment.key", &of(&format!("the variable `{key}`")), key, &pointer);
            if let Some(value) = self.filled(text) {
                variables.insert(key.clone(), value);
            }
        }
        // Lambda measures the variables as JSON.
        let size = serde_json::to_string(&variables).map_or(0, |text| text.len());
        let most = Constraint::of("functions.environment").and_then(|row| row.longest).unwrap_or(usize::MAX);
        if size > most {
            let largest = variables.iter().max_by_key(|(_, value)| value.len()).map_or("", |(key, _)| key.as_str());
            let message =
                format!("the environment of function `{}` has {size} bytes, and Lambda takes {most}", function.name);
            let finding =
                Diagnostic::error("render::environment", message).help("put large values into a file of the package");
            let pointer = format!("{at}/environment/{largest}#");
            self.findings.push(self.templates.at_place(finding, &pointer, largest));
        }
    }

    fn queue(&mut self, queue: &QueueTemplate, at: &str) {
        let mut is_fifo = false;
        for (key, text) in &queue.attributes {
            let pointer = format!("{at}/attributes/{key}");
            let (row, what) = (format!("queues.attributes.{key}"), format!("`{key}` of queue `{}`", queue.name));
            if let Some(refusal) = Constraint::of("queues.attributes").and_then(|row| row.refusal(key)) {
                let message = format!("queue `{}` has no attribute `{key}`", queue.name);
                self.refuse(message, refusal.help, &format!("{pointer}#"), key);
                continue;
            }
            self.value(&row, &what, text, &pointer);
            let Some(value) = self.filled(text) else { continue };
            is_fifo |= key == "FifoQueue" && value == "true";
            let is_document = matches!(key.as_str(), "Policy" | "RedrivePolicy" | "RedriveAllowPolicy");
            if is_document && !serde_json::from_str::<Value>(&value).is_ok_and(|value| value.is_object()) {
                let help = "write a JSON object as one text in quotes".to_owned();
                self.refuse(format!("{what} is no JSON object"), help, &pointer, text);
            }
        }
        self.fifo(queue, is_fifo, at);
    }

    /// A queue is FIFO by its attribute and by its name, or by neither.
    #[expect(clippy::case_sensitive_file_extension_comparisons, reason = "SQS takes no other spelling")]
    fn fifo(&mut self, queue: &QueueTemplate, is_fifo: bool, at: &str) {
        let named = queue.name.ends_with(".fifo");
        if named != is_fifo {
            let (message, help) = if is_fifo {
                (format!("the FIFO queue `{}` is not named as one", queue.name), "let its name end in `.fifo`")
            } else {
                (
                    format!("the {} `{}` is named as a FIFO queue", Queue::KIND, queue.name),
                    "add `FifoQueue = \"true\"` to its attributes",
                )
            };
            self.refuse(message, help.to_owned(), &format!("{at}/name"), &queue.name);
        }
        if is_fifo || named {
            return;
        }
        for key in ["ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"] {
            if queue.attributes.contains_key(key) {
                let message = format!("`{key}` of queue `{}` is for FIFO queues", queue.name);
                let help = "remove it, or make the queue FIFO by its name and `FifoQueue = \"true\"`".to_owned();
                self.refuse(message, help, &format!("{at}/attributes/{key}#"), key);
            }
        }
    }
}
