//! The needs of one user's machines and functions against the policies of their roles.

use std::collections::{BTreeMap, BTreeSet};

use crate::kind::{LogGroup, StateMachine};
use crate::model::{FunctionTemplate, MachineTemplate, RoleTemplate, arn_in_template};
use crate::render::document;
use crate::render::scope::Scope;
use crate::render::template::Templates;
use crate::source::Diagnostic;

use super::grants::{Grants, Verdict};
use super::needs::{self, LOG_DELIVERY, Need};

/// Calls of the SDK for Python by which a handler answers a task token, and the actions they need.
const TOKEN_CALLS: [(&str, &str); 3] = [
    ("send_task_success", "states:SendTaskSuccess"),
    ("send_task_failure", "states:SendTaskFailure"),
    ("send_task_heartbeat", "states:SendTaskHeartbeat"),
];

/// What each function's code calls, by the function's name in the pack.
pub(in crate::render) type Calls = BTreeMap<String, BTreeSet<String>>;

/// Warns of every permission that a machine or a function needs and its role lacks. Roles that are brought along are not looked at:
/// their policies are not here; nor are policies and definitions that are wrong, by the template's name.
pub(in crate::render) fn check(
    templates: &Templates<'_>,
    scope: &Scope<'_>,
    calls: &Calls,
    is_wrong: &dyn Fn(&str) -> bool,
) -> Vec<Diagnostic> {
    let pack = templates.pack;
    let mut findings = Vec::new();
    for (at, role) in scope.roles() {
        let Some(holder) = Holder::new(templates, scope, role, at) else { continue };
        if holder.files.iter().any(|file| is_wrong(file)) {
            continue;
        }
        for (_, machine) in scope.entries("machines", &pack.machines, |it| it.when.as_deref()) {
            if machine.role == role.id && !is_wrong(&machine.definition) {
                findings.extend(holder.machine(machine));
            }
        }
        for (_, function) in scope.entries("functions", &pack.functions, |it| it.when.as_deref()) {
            if function.role == role.id {
                findings.extend(holder.function(function, calls.get(&function.name)));
            }
        }
    }
    findings
}

/// A role with what its policies say.
struct Holder<'run> {
    templates: &'run Templates<'run>,
    scope: &'run Scope<'run>,
    role: &'run RoleTemplate,
    at: String,
    /// The templates of its inline policies.
    files: Vec<&'run str>,
    grants: Grants,
}

impl<'run> Holder<'run> {
    /// None where a policy cannot be read, which is told elsewhere.
    fn new(
        templates: &'run Templates<'run>,
        scope: &'run Scope<'run>,
        role: &'run RoleTemplate,
        at: String,
    ) -> Option<Self> {
        let mode = scope.user.iam.mode.word();
        let mut grants = Grants::default();
        let mut files = Vec::new();
        for file in role.policies.iter().filter_map(|policy| policy.template.get(mode)) {
            grants.add(files.len(), &document::value(templates, file, &scope.context).ok()?);
            files.push(file.as_str());
        }
        for arn in role.managed.get(mode).into_iter().flatten() {
            grants.add_managed(&templates.string(arn, &scope.context).ok()?);
        }
        Some(Self { templates, scope, role, at, files, grants })
    }

    fn machine(&self, machine: &MachineTemplate) -> Vec<Diagnostic> {
        let full_name = self.scope.full_name(&machine.name);
        let arn = self.scope.place.arn(&StateMachine::key(full_name.as_str()), "/");
        let mut findings = Vec::new();
        if let Ok(definition) = document::value(self.templates, &machine.definition, &self.scope.context) {
            for (state, needs) in needs::of_machine(&definition, &arn, self.scope.place) {
                findings.extend(self.reported(&format!("state `{state}` of machine `{}`", machine.name), &needs));
            }
        }
        if machine.logging.as_ref().is_some_and(|logging| logging.level != "OFF") {
            let needs: Vec<Need> = LOG_DELIVERY.iter().map(|action| Need::new(*action, Some("*".to_owned()))).collect();
            findings.extend(self.reported(&format!("the logging of machine `{}`", machine.name), &needs));
        }
        findings
    }

    fn function(&self, function: &FunctionTemplate, calls: Option<&BTreeSet<String>>) -> Vec<Diagnostic> {
        let group = format!("/aws/lambda/{}", self.scope.full_name(&function.name));
        let stream = format!("{}:log-stream:any", self.scope.place.arn(&LogGroup::key(group.as_str()), "/"));
        let writes =
            ["logs:CreateLogStream", "logs:PutLogEvents"].map(|action| Need::new(action, Some(stream.clone())));
        let made = TOKEN_CALLS.iter().filter(|(call, _)| calls.is_some_and(|calls| calls.contains(*call)));
        let answers: Vec<Need> = made.map(|(_, action)| Need::new(*action, None)).collect();
        let name = &function.name;
        [
            (format!("the log of function `{name}`"), writes.to_vec()),
            (format!("the code of function `{name}`"), answers),
        ]
        .into_iter()
        .flat_map(|(who, needs)| self.reported(&who, &needs))
        .collect()
    }

    /// At most one finding of what is missing and one of what is denied.
    fn reported(&self, who: &str, needs: &[Need]) -> Vec<Diagnostic> {
        let mut missing: Vec<&Need> = Vec::new();
        let mut denied = Vec::new();
        for need in needs {
            match self.grants.verdict(&need.action, need.resource.as_deref()) {
                Verdict::Allowed => {}
                Verdict::Missing => missing.push(need),
                Verdict::Denied(policy, pointer) => denied.push((need, policy, pointer)),
            }
        }
        let lacking = missing.first().map(|first| {
            let (policy, pointer) = self.grants.nearest(&first.action).unwrap_or((0, "/Statement"));
            let elsewhere = missing.iter().any(|need| self.grants.verdict(&need.action, None) == Verdict::Allowed);
            let on = if elsewhere { " for what it is called on" } else { "" };
            let message = format!(
                "{who} needs {}, which no policy of role `{}` allows{on}",
                list(missing.iter().copied()),
                self.role.id
            );
            self.placed(Diagnostic::warning("render::permission", message).help(self.help(first)), policy, pointer)
        });
        let refused = denied.first().map(|(_, policy, pointer)| {
            let message = format!(
                "{who} needs {}, which role `{}` denies here",
                list(denied.iter().map(|(need, ..)| *need)),
                self.role.id
            );
            let finding = Diagnostic::warning("render::permission", message).help("a `Deny` outweighs every `Allow`");
            self.placed(finding, *policy, pointer)
        });
        lacking.into_iter().chain(refused).collect()
    }

    fn help(&self, need: &Need) -> String {
        let resource = need.resource.as_deref().map_or_else(String::new, |resource| {
            format!(" on `{}`", arn_in_template(resource, Some(self.scope.user.name.as_str())))
        });
        match self.files.first() {
            Some(file) => format!("allow `{}`{resource} in `{file}`", need.action),
            None => format!("give the role a policy that allows `{}`{resource}", need.action),
        }
    }

    fn placed(&self, finding: Diagnostic, policy: usize, pointer: &str) -> Diagnostic {
        let file = self.files.get(policy).or(self.files.first());
        let place = file.and_then(|file| document::place(self.templates, file, &self.scope.context, pointer));
        match place {
            Some((source, span)) => finding.at(&source, span),
            None => self.templates.at_place(finding, &format!("{}/id", self.at), &self.role.id),
        }
    }
}

fn list<'need>(needs: impl Iterator<Item = &'need Need>) -> String {
    needs.map(|need| format!("`{}`", need.action)).collect::<Vec<_>>().join(", ")
}
